// SPDX-License-Identifier: MIT
/*
 * xen-snd-back fuzzing: the request ring and the event page, whose every byte
 * changes at any time, and the queue of regions.
 */
#include "fuzz.h"
#include "regions.h"
#include "rings.h"

static uint8_t ring_page[SND_PAGE_SIZE] __attribute__((aligned(SND_PAGE_SIZE)));
static uint8_t evt_page[SND_PAGE_SIZE] __attribute__((aligned(SND_PAGE_SIZE)));

static void scribble(struct input *in)
{
	xen_sndif_sring_t *sring = (void *)ring_page;
	uint8_t *page = in_u8(in) & 1 ? ring_page : evt_page;

	switch (in_u8(in) % 5) {
	case 0:
		sring->req_prod += (int8_t)in_u8(in);
		break;
	case 1:
		sring->req_prod = in_u32(in);
		break;
	case 2:
		sring->rsp_prod = in_u32(in);
		break;
	case 3:
		sring->rsp_event = in_u32(in);
		break;
	default:
		page[in_u16(in) % SND_PAGE_SIZE] = in_u8(in);
		break;
	}
}

static void fuzz_rings(struct input *in)
{
	xen_sndif_sring_t *sring = (void *)ring_page;
	RING_IDX unanswered = 0, before;
	struct xensnd_resp resp = { 0 };
	struct xensnd_req req;
	struct rings r;
	int ret;

	memset(ring_page, 0, sizeof(ring_page));
	memset(evt_page, 0, sizeof(evt_page));
	scribble(in);
	scribble(in);
	if (!rings_attach(&r, ring_page, evt_page))
		return;
	while (in->size) {
		switch (in_u8(in) % 7) {
		case 0:
		case 1:
			before = sring->req_prod - r.req.req_cons;
			ret = rings_fetch(&r, &req);
			MUST(ret < 1 || before >= 1);
			MUST(ret >= 0 || before > 32 - unanswered);
			if (ret < 0)
				return;
			unanswered += (unsigned int)ret;
			MUST(unanswered <= 32);
			break;
		case 2:
			if (!unanswered)
				break;
			rings_respond(&r, &resp);
			unanswered--;
			break;
		case 3:
			rings_push(&r);
			break;
		case 4:
			rings_idle(&r, in_u8(in) & 1);
			rings_patient(&r);
			break;
		case 5:
			rings_event(&r, in_u32(in));
			break;
		default:
			scribble(in);
			break;
		}
	}
}

static void fuzz_regions(struct input *in)
{
	uint32_t buffer = in_u32(in) % SND_MAX_BUFFER + 1, offset, n;
	struct regions q;
	uint64_t bytes = 0;

	regions_clear(&q);
	while (in->size) {
		if (in_u8(in) & 1) {
			offset = in_u32(in) % buffer;
			n = in_u32(in) % (buffer - offset) + 1;
			/* as playback.c does: never more than the buffer */
			if (bytes + n <= buffer && regions_push(&q, offset, n))
				bytes += n;
		} else {
			n = regions_peek(&q, &offset);
			MUST(!n == !bytes);
			if (n)
				MUST((uint64_t)offset + n <= buffer);
			n = n ? in_u32(in) % n + 1 : 0;
			if (n)
				regions_consume(&q, n);
			bytes -= n;
		}
		MUST(q.bytes == bytes && q.num <= REGIONS_MAX);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	if (in_u8(&in) & 1)
		fuzz_rings(&in);
	else
		fuzz_regions(&in);
	return 0;
}
