// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: position and time arithmetic. Pure functions.
 *
 * Positions are always computed from the start time and the whole elapsed
 * time, never by adding up periods, so rounding does not accumulate: after a
 * year the error is still less than one frame.
 */
#include <string.h>

#include "pace.h"
#include "util.h"

typedef unsigned __int128 u128;

/**
 * pace_init() - set a stopped clock to octet 0.
 * @p: clock
 * @rate: frames per second, not 0
 * @unit_frames: frames of a unit, not 0
 * @unit_octets: octets of a unit, not 0
 */
void pace_init(struct pace *p, uint32_t rate, uint32_t unit_frames,
	       uint32_t unit_octets)
{
	memset(p, 0, sizeof(*p));
	p->rate = rate;
	p->unit_frames = unit_frames;
	p->unit_octets = unit_octets;
}

/**
 * pace_start() - let the clock run.
 * @p: clock
 * @now: time, ns
 * @base: its position now, octets
 */
void pace_start(struct pace *p, uint64_t now, uint64_t base)
{
	p->t0 = now;
	p->base = base;
	p->running = true;
}

/**
 * pace_stop() - freeze the clock.
 * @p: clock
 * @base: the position that it keeps, octets
 */
void pace_stop(struct pace *p, uint64_t base)
{
	p->base = base;
	p->running = false;
}

/**
 * pace_octets() - the clock's position, whole units rounded down.
 * @p: clock
 * @now: time, ns; earlier than the start counts as the start
 *
 * Return: octets.
 */
uint64_t pace_octets(const struct pace *p, uint64_t now)
{
	u128 units;

	if (!p->running || now <= p->t0)
		return p->base;
	units = (u128)(now - p->t0) * p->rate /
		((u128)NSEC_PER_SEC * p->unit_frames);
	return p->base + (uint64_t)(units * p->unit_octets);
}

/**
 * pace_duration() - how long some octets take.
 * @p: clock
 * @octets: amount, rounded up to whole units
 *
 * Return: ns, rounded up, so that waiting this long suffices.
 */
uint64_t pace_duration(const struct pace *p, uint64_t octets)
{
	u128 units = (octets + p->unit_octets - 1) / p->unit_octets;
	u128 frames_ns = units * p->unit_frames * NSEC_PER_SEC;

	return (uint64_t)((frames_ns + p->rate - 1) / p->rate);
}

/**
 * pace_time() - the earliest time at which a position is reached.
 * @p: clock
 * @octets: position
 *
 * Return: ns, or TIME_NEVER if the clock stands before it.
 */
uint64_t pace_time(const struct pace *p, uint64_t octets)
{
	if (octets <= p->base)
		return p->running ? p->t0 : 0;
	if (!p->running)
		return TIME_NEVER;
	return p->t0 + pace_duration(p, octets - p->base);
}

/**
 * next_boundary() - the period boundary to report next.
 * @pos: position, octets
 * @period: octets, not 0
 * @least: do not report more often than every so many octets
 *
 * Periods shorter than @least are reported several at a time, which bounds
 * the wake-ups that a guest can ask for.
 *
 * Return: a multiple of @period greater than @pos.
 */
uint64_t next_boundary(uint64_t pos, uint32_t period, uint64_t least)
{
	uint64_t next = (pos / period + 1) * period;

	if (period < least && next - pos < least)
		next += (least - (next - pos) + period - 1) / period * period;
	return next;
}
