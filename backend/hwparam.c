// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: HW_PARAM_QUERY, the refinement of a configuration space.
 *
 * A query is a box (a mask of formats, intervals of rate, channels, buffer
 * and period). The answer is the smallest box that holds every configuration
 * which lies in the query and which this side can do. Pure functions.
 */
#include <string.h>

#include "proto.h"
#include "util.h"

/**
 * snd_caps_any() - capabilities without any limit.
 * @caps: filled in; narrow it afterwards
 */
void snd_caps_any(struct snd_caps *caps)
{
	memset(caps, 0, sizeof(*caps));
	caps->formats = SND_ALL_FORMATS;
	caps->rates = (struct snd_range){ 1, SND_MAX_RATE };
	caps->channels = (struct snd_range){ 1, SND_MAX_CHANNELS };
	caps->buffer = (struct snd_range){ 1, UINT32_MAX };
	caps->period = (struct snd_range){ 1, UINT32_MAX };
	caps->buffer_bytes = SND_MAX_BUFFER;
}

static bool same_range(struct snd_range a, struct snd_range b)
{
	return a.min == b.min && a.max == b.max;
}

/**
 * snd_caps_same() - can both do the same?
 * @a: one
 * @b: the other
 */
bool snd_caps_same(const struct snd_caps *a, const struct snd_caps *b)
{
	return a->formats == b->formats && same_range(a->rates, b->rates) &&
	       a->num_rates == b->num_rates &&
	       !memcmp(a->rate_list, b->rate_list,
		       a->num_rates * sizeof(*a->rate_list)) &&
	       same_range(a->channels, b->channels) &&
	       same_range(a->buffer, b->buffer) && same_range(a->period, b->period) &&
	       a->buffer_bytes == b->buffer_bytes;
}

#define NARROW(q, r) do {			\
	(q).min = max_u32((q).min, (r).min);	\
	(q).max = min_u32((q).max, (r).max);	\
} while (0)

static void refine_rates(const struct snd_caps *caps,
			 struct xensnd_query_hw_param *q)
{
	uint32_t lo = UINT32_MAX, hi = 0;
	unsigned int i;

	NARROW(q->rates, caps->rates);
	if (!caps->num_rates)
		return;
	for (i = 0; i < caps->num_rates; i++) {
		uint32_t r = caps->rate_list[i];

		if (r < q->rates.min || r > q->rates.max)
			continue;
		lo = min_u32(lo, r);
		hi = max_u32(hi, r);
	}
	q->rates.min = lo;
	q->rates.max = hi;
}

static unsigned int least_bits(uint64_t mask)
{
	unsigned int i, bits = UINT32_MAX;

	for (i = 0; i < SND_NUM_FORMATS; i++)
		if (mask >> i & 1)
			bits = min_u32(bits, snd_format_bits(i));
	return bits;
}

/*
 * The buffer's limit is in bytes: what it means in frames depends on format
 * and channels, so each of the three narrows the others. Once is enough: each
 * step uses the least values of the other two, and no step raises those but
 * the removal of formats, whose least sample size is taken afterwards.
 */
static void refine_bytes(const struct snd_caps *caps,
			  struct xensnd_query_hw_param *q)
{
	uint64_t bits_max = (uint64_t)caps->buffer_bytes * 8;
	uint64_t samples = (uint64_t)q->buffer.min * q->channels.min;
	unsigned int i, bits;

	for (i = 0; i < SND_NUM_FORMATS; i++)
		if (samples * snd_format_bits(i) > bits_max)
			q->formats &= ~(1ull << i);
	if (!q->formats)
		return;
	bits = least_bits(q->formats);
	q->channels.max = (uint32_t)min_u64(q->channels.max,
			bits_max / bits / q->buffer.min);
	q->buffer.max = (uint32_t)min_u64(q->buffer.max,
			bits_max / bits / q->channels.min);
}

static bool box_empty(const struct xensnd_query_hw_param *q)
{
	return !q->formats || q->rates.min > q->rates.max ||
	       q->channels.min > q->channels.max ||
	       q->buffer.min > q->buffer.max ||
	       q->period.min > q->period.max;
}

/**
 * snd_refine() - intersect a query with what one side can do.
 * @caps: that side
 * @q: private copy of the query, narrowed in place
 *
 * All sizes in @q are in frames. Call it once for each side; the result does
 * not depend on their order.
 *
 * Return: 0, or -XEN_EINVAL if nothing is left.
 */
int snd_refine(const struct snd_caps *caps, struct xensnd_query_hw_param *q)
{
	q->formats &= caps->formats & SND_ALL_FORMATS;
	refine_rates(caps, q);
	NARROW(q->channels, caps->channels);
	NARROW(q->buffer, caps->buffer);
	NARROW(q->period, caps->period);
	q->buffer.min = max_u32(q->buffer.min, 1);
	q->channels.min = max_u32(q->channels.min, 1);
	if (box_empty(q))
		return -XEN_EINVAL;

	/* a period is not larger than the buffer it lies in */
	q->buffer.min = max_u32(q->buffer.min, q->period.min);
	refine_bytes(caps, q);
	q->period.max = min_u32(q->period.max, q->buffer.max);
	return box_empty(q) ? -XEN_EINVAL : 0;
}
