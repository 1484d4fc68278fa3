/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back fuzzing: what the targets share.
 *
 * A target reads its input from the front; when it is used up, everything is 0.
 * What must hold beyond what ASan and UBSan see is said with MUST().
 */
#ifndef XSB_FUZZ_H
#define XSB_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUST(cond) do {							\
	if (!(cond)) {							\
		fprintf(stderr, "%s:%d: violated: %s\n", __FILE__,	\
			__LINE__, #cond);				\
		abort();						\
	}								\
} while (0)

struct input {
	const uint8_t *data;
	size_t size;
};

static inline void in_bytes(struct input *in, void *to, size_t n)
{
	size_t k = n < in->size ? n : in->size;

	memset(to, 0, n);
	if (k)
		memcpy(to, in->data, k);
	in->data += k;
	in->size -= k;
}

static inline uint8_t in_u8(struct input *in)
{
	uint8_t v;

	in_bytes(in, &v, sizeof(v));
	return v;
}

static inline uint16_t in_u16(struct input *in)
{
	uint16_t v;

	in_bytes(in, &v, sizeof(v));
	return v;
}

static inline uint32_t in_u32(struct input *in)
{
	uint32_t v;

	in_bytes(in, &v, sizeof(v));
	return v;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* clock.c: time as the backend sees it; it passes when it is looked at, too */
extern uint64_t fuzz_now, fuzz_cpu;

#endif
