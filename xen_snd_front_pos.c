// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: following the backend's position
 *
 * XENSND_EVT_CUR_POS carries octets since some moment that sndif.h does not fix:
 * backends restart from 0 at OPEN or at START, or go on counting. So only the
 * difference between two positions counts, and the first one after an OPEN is taken
 * as counted from 0 if that is possible. Whatever the other domain says, the result
 * never goes back and never passes the limit.
 */

#include <linux/math64.h>

#include "xen_snd_front.h"

/**
 * xen_snd_front_pos_reset() - start anew, at OPEN
 * @pos: the position; its last raw value is kept, for backends that go on from it
 *
 * Context: PCM stream lock, or no stream running.
 */
void xen_snd_front_pos_reset(struct xen_snd_front_pos *pos)
{
	pos->hw = 0;
	pos->based = false;
}

/* Octets from the last position to this one; a step back is a huge step. */
static u64 step(const struct xen_snd_front_pos *pos, u64 octets, u64 room)
{
	if (pos->based)
		return octets - pos->raw;

	/* The first of this OPEN: from 0, unless that cannot be. */
	if (octets > room && octets - pos->raw <= room)
		return octets - pos->raw;

	return octets;
}

/**
 * xen_snd_front_pos_advance() - take a position from the backend
 * @pos: the position so far
 * @octets: what the backend says
 * @limit: the most frames since prepare that can be true; not below @pos->hw
 * @frame_bits: size of a frame, bits
 *
 * Source: sndif.h, "Current stream position".
 *
 * Context: PCM stream lock.
 */
void xen_snd_front_pos_advance(struct xen_snd_front_pos *pos, u64 octets, u64 limit,
			       unsigned int frame_bits)
{
	u64 room = div_u64((limit - pos->hw) * frame_bits, 8);
	u64 delta = step(pos, octets, room);
	u64 frames;

	if (delta <= room) {
		/* Whole frames only; the rest of a split one comes with the next event. */
		frames = div_u64(delta * 8, frame_bits);
		pos->hw += frames;
		pos->raw = octets - (delta - div_u64(frames * frame_bits, 8));
	} else if ((s64)delta > 0) {
		pos->hw = limit;
		pos->raw = octets;
	} else if (-delta > room && octets <= pos->raw / 2) {
		/* Far back: the backend began a new count. */
		pos->raw = octets;
	}
	/* A little back: a coarse clock behind the position. Wait until it has caught up. */

	pos->based = true;
}

/**
 * xen_snd_front_pos_crossed() - has a period ended
 * @from: frames before
 * @to: frames now, not less
 * @period: frames
 *
 * Context: any.
 * Return: true if a period boundary lies after @from and not after @to.
 */
bool xen_snd_front_pos_crossed(u64 from, u64 to, unsigned int period)
{
	u32 past;

	div_u64_rem(from, period, &past);
	return to - from >= period - past;
}

/**
 * xen_snd_front_pos_offset() - the place of a frame in the buffer
 * @frames: frames since prepare
 * @buffer: buffer size, frames
 *
 * Context: any.
 * Return: frames from the start of the buffer.
 */
unsigned int xen_snd_front_pos_offset(u64 frames, unsigned int buffer)
{
	u32 offset;

	div_u64_rem(frames, buffer, &offset);
	return offset;
}
