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
 * pace_init() - set a stopped clock to byte 0.
 * @p: clock
 * @rate: frames per second, not 0
 * @unit_frames: frames of a unit, not 0
 * @unit_bytes: bytes of a unit, not 0
 */
void pace_init(struct pace *p, uint32_t rate, uint32_t unit_frames,
	       uint32_t unit_bytes)
{
	memset(p, 0, sizeof(*p));
	p->rate = rate;
	p->unit_frames = unit_frames;
	p->unit_bytes = unit_bytes;
}

/**
 * pace_start() - let the clock run.
 * @p: clock
 * @now: time, ns
 * @base: its position now, bytes
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
 * @base: the position that it keeps, bytes
 */
void pace_stop(struct pace *p, uint64_t base)
{
	p->base = base;
	p->running = false;
}

/**
 * pace_bytes() - the clock's position, whole units rounded down.
 * @p: clock
 * @now: time, ns; earlier than the start counts as the start
 *
 * Return: bytes.
 */
uint64_t pace_bytes(const struct pace *p, uint64_t now)
{
	u128 units;

	if (!p->running || now <= p->t0)
		return p->base;
	units = (u128)(now - p->t0) * p->rate /
		((u128)NSEC_PER_SEC * p->unit_frames);
	return p->base + (uint64_t)(units * p->unit_bytes);
}

/**
 * pace_duration() - how long some bytes take.
 * @p: clock
 * @bytes: amount, rounded up to whole units
 *
 * Return: ns, rounded up, so that waiting this long suffices.
 */
uint64_t pace_duration(const struct pace *p, uint64_t bytes)
{
	u128 units = (bytes + p->unit_bytes - 1) / p->unit_bytes;
	u128 frames_ns = units * p->unit_frames * NSEC_PER_SEC;

	return (uint64_t)((frames_ns + p->rate - 1) / p->rate);
}

/**
 * pace_time() - the earliest time at which a position is reached.
 * @p: clock
 * @bytes: position
 *
 * Return: ns, or TIME_NEVER if the clock stands before it.
 */
uint64_t pace_time(const struct pace *p, uint64_t bytes)
{
	if (bytes <= p->base)
		return p->running ? p->t0 : 0;
	if (!p->running)
		return TIME_NEVER;
	return p->t0 + pace_duration(p, bytes - p->base);
}

/**
 * next_boundary() - the period boundary to report next.
 * @pos: position, bytes
 * @period: bytes, not 0
 * @least: do not report more often than every so many bytes
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
