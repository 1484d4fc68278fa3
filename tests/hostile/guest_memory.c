// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * hostile-guest: leave the marker all over the guest's memory
 *
 * What is freed afterwards lies around with the marker in it, as any secret would.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"
#include "marker.h"

#define MBYTE	(1u << 20)
#define FILE_NAME	"/tmp/hostile-marker"

static void mark(char *p, size_t bytes)
{
	size_t i;

	for (i = 0; i + MARKER_LEN <= bytes; i += MARKER_LEN)
		memcpy(p + i, MARKER, MARKER_LEN);
}

static void fill_anonymous(unsigned int mbytes)
{
	size_t bytes = (size_t)mbytes * MBYTE;
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return;
	mark(p, bytes);
	munmap(p, bytes);
}

/* Page cache, and what the kernel itself copies through. */
static void fill_files(unsigned int mbytes)
{
	static char block[MBYTE / 4];
	FILE *f = fopen(FILE_NAME, "we");
	unsigned int i;

	mark(block, sizeof(block));
	for (i = 0; f && i < mbytes * 4; i++)
		if (fwrite(block, sizeof(block), 1, f) != 1)
			break;
	if (f)
		fclose(f);
	unlink(FILE_NAME);
}

/**
 * memory_fill() - mark that much memory, and free it again.
 * @mbytes: at most so much at a time
 */
void memory_fill(unsigned int mbytes)
{
	fill_files(mbytes);
	fill_anonymous(mbytes);
	printf("marked mbytes=%u\n", mbytes);
}
