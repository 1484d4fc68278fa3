// SPDX-License-Identifier: MIT
/*
 * xen-snd-back fuzzing: a page directory in the guest's memory, mapped.
 */
#include <unistd.h>

#include "fake_xen.h"
#include "fuzz.h"
#include "shbuf.h"

#define PAGES	16u

static uint32_t *mem, first;
static struct xenif *xen;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	mem = fake_pages(PAGES, &first);
	xen = xenif_open(7, NULL);
	return 0;
}

/* Small numbers are the guest's pages, others what the input says. */
static uint32_t gref(uint32_t v)
{
	return v < 2 * PAGES ? first + v : v;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	unsigned int num = in_u16(&in) % SND_MAX_PAGES + 1, i;
	bool writable = in_u8(&in) & 1;
	uint32_t dir = gref(in_u8(&in)), all = gref(in_u8(&in));
	volatile uint8_t *p;
	struct shbuf b;
	int ret;

	for (i = 0; i < PAGES * 1024; i++)
		mem[i] = all;
	while (in.size) {
		i = in_u16(&in) % (PAGES * 1024);
		mem[i & in_u8(&in) ? i : i & ~1023u] = gref(in_u32(&in) >> (in_u8(&in) % 32));
	}
	ret = shbuf_map(&b, xen, dir, num, writable);
	MUST(ret <= 0 && !ret == !!b.data);
	MUST(fake_mapped() == (ret ? 0 : num));
	for (i = 0, p = b.data; !ret && i < num; i++) {
		(void)p[i * SND_PAGE_SIZE];
		if (writable)
			p[i * SND_PAGE_SIZE + 4095] = 0;
	}
	shbuf_unmap(&b, xen);
	MUST(!fake_mapped());
	return 0;
}
