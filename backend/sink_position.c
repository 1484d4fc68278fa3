// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: the position of a sink with a clock of its own.
 *
 * It comes from the sink's pointer. Data behind the pointer (a sound server's
 * quantum, HDMI, Bluetooth) have left the buffer: the guest may write there
 * again. A sink's delay includes them, so the position of a guest that keeps
 * less queued than that would never move. The delay is only used to play the
 * end of a sound before the device is closed.
 *
 * A pointer may advance over all that the guest has queued at once, and a guest
 * that reads such a position has an xrun. So the last queued period is reported
 * as time passes.
 *
 * A sound server takes data in pieces of any size, and often a large one first.
 * If the guest keeps less queued than that, silence is written before the first
 * frame and stays in the buffer as a lead. The guest's position moves with time
 * then, never ahead of the pointer, which counts the lead.
 */
#include <string.h>

#include "audio.h"
#include "sink_position.h"
#include "util.h"

/* how long the end of a sound may be played after STOP */
#define TAIL_MAX_NS	NSEC_PER_SEC

/* the least distance from the pointer is measured over this time */
#define LAG_WINDOW_NS	NSEC_PER_SEC

/* the largest piece that a sink takes is that of the last two windows */
#define LUMP_WINDOW_NS	(250 * NSEC_PER_MSEC)

/**
 * sink_position_init() - a sink that was not opened yet.
 * @s: filled with 0
 * @latency_ms: what is kept queued for a sound server at first; each xrun doubles it
 */
void sink_position_init(struct sink_position *s, uint32_t latency_ms)
{
	s->want_ns = latency_ms * NSEC_PER_MSEC;
}

/**
 * sink_position_params() - the parameters of an OPEN.
 * @s: sink
 * @p: parameters
 */
void sink_position_params(struct sink_position *s, const struct snd_params *p)
{
	pace_init(&s->clock, p->rate, p->unit_frames, p->unit_bytes);
	s->rate = p->rate;
	s->frame = p->unit_bytes;
	s->guest_buffer = p->buffer_sz / p->unit_bytes;
	s->guest_period = p->period_sz / p->unit_bytes;
	s->part_len = 0;
	audio_silence(p->format, s->quiet, s->frame);
	sink_position_reset(s);
}

/**
 * sink_position_forget() - the device is another: how it takes data is not known.
 * @s: sink
 */
void sink_position_forget(struct sink_position *s)
{
	s->lump = 0;
	s->lump_before = 0;
}

/**
 * sink_position_prepared() - the sink's buffer is empty; the guest's count goes on.
 * @s: sink that was prepared, or is next
 */
void sink_position_prepared(struct sink_position *s)
{
	s->base += s->fed;
	s->passed = s->base;
	s->fed = 0;
	s->lead = 0;
	s->silent = 0;
	s->left = 0;
	s->behind = 0;
	s->lag_at = 0;
	s->moved_at = now_ns();
}

/**
 * sink_position_reset() - the guest counts from 0 again.
 * @s: sink that has no data
 */
void sink_position_reset(struct sink_position *s)
{
	s->fed = 0;
	s->base = 0;
	s->position = 0;
	sink_position_prepared(s);
	pace_start(&s->clock, s->moved_at, 0);
}

/* ---- data ---- */

static void count_frames(struct sink_position *s, const uint8_t *data,
			 uint64_t frames)
{
	uint64_t n = 0;

	while (n < frames && !memcmp(data + (frames - 1 - n) * s->frame,
				     s->quiet, s->frame))
		n++;
	s->silent = n == frames ? s->silent + n : n;
	s->fed += frames;
}

static size_t put_part(struct sink_position *s, const void *data, size_t bytes,
		       sink_put put, void *sink)
{
	size_t k = min_u32((uint32_t)bytes, s->frame - (uint32_t)s->part_len);

	memcpy(s->part + s->part_len, data, k);
	if (s->part_len + k < s->frame) {
		s->part_len += k;
		return k;
	}
	if (!put(sink, s->part, 1))
		return 0;
	count_frames(s, s->part, 1);
	s->part_len = 0;
	return k;
}

/**
 * sink_position_write() - give the sink data of any length.
 * @s: sink
 * @data: the guest's
 * @bytes: how much
 * @put: gives it whole frames
 * @sink: argument of @put
 *
 * Return: bytes taken.
 */
size_t sink_position_write(struct sink_position *s, const void *data,
			   size_t bytes, sink_put put, void *sink)
{
	uint64_t n;

	if (s->part_len || bytes < s->frame)
		return put_part(s, data, bytes, put, sink);
	n = put(sink, data, bytes / s->frame);
	count_frames(s, data, n);
	return n * s->frame;
}

/**
 * sink_position_lead() - frames of silence to be written before the first frame.
 * @s: sink that has not started
 *
 * Return: 0 if the guest keeps enough queued.
 */
uint64_t sink_position_lead(const struct sink_position *s)
{
	uint64_t want = s->want_ns * s->rate / NSEC_PER_SEC + s->period;

	if (!s->server || s->fed || s->lead || want <= s->guest_buffer)
		return 0;
	return want - s->guest_buffer;
}

/* ---- position ---- */

/* A sink's first piece is often larger than all others. */
static void note_lump(struct sink_position *s, uint64_t frames)
{
	uint64_t now = now_ns();

	if (now - s->lump_at > LUMP_WINDOW_NS) {
		s->lump_at = now;
		s->lump_before = s->lump;
		s->lump = 0;
	}
	s->lump = max_u64(s->lump, frames);
}

static uint64_t largest_lump(const struct sink_position *s)
{
	return max_u64(s->lump, s->lump_before);
}

/*
 * Two clocks are never alike. If @position falls further behind the pointer
 * than it was in the beginning, the difference is added to it. The beginning is some
 * time after the pointer last held the position: a server that has just started
 * takes large pieces, and is right to do so. The pointer is read once a period, so it may
 * always be seen just before it moves, and later just after that.
 */
static uint64_t lag_too_much(struct sink_position *s, uint64_t now)
{
	uint64_t lag = s->passed - min_u64(s->position, s->passed);
	uint64_t usual = max_u64(largest_lump(s), s->rate / 100), more = 0;

	if (!lag || !s->lag_at) {
		s->lag_at = now + LAG_WINDOW_NS;
		s->lag_min = UINT64_MAX;
		s->lag_ref = UINT64_MAX;
	}
	if (now < s->lag_at)
		return 0;
	s->lag_min = min_u64(lag, s->lag_min);
	if (now - s->lag_at < LAG_WINDOW_NS)
		return 0;
	if (s->lag_ref == UINT64_MAX)
		s->lag_ref = s->lag_min;
	else if (s->lag_min > s->lag_ref + usual)
		more = s->lag_min - s->lag_ref - usual;
	s->lag_at = now;
	s->lag_min = UINT64_MAX;
	return more;
}

/* Move the guest's position; @top is the most that the pointer allows. */
static void move_position(struct sink_position *s, uint64_t top, bool known)
{
	uint64_t now = now_ns(), total = s->base + s->fed;
	uint64_t at = pace_bytes(&s->clock, now) / s->frame, clock = at;
	uint64_t keep = s->guest_period ? s->guest_period : s->period;

	keep = total - min_u64(total, keep);
	if (known && s->server)
		at = max_u64(at, min_u64(at + lag_too_much(s, now), keep));
	else if (known && s->position >= s->base)
		at = max_u64(at, min_u64(top, keep));
	at = max_u64(min_u64(at, min_u64(top, total)), s->position);
	s->position = at;
	if (at != clock)
		pace_start(&s->clock, now, at * s->frame);
}

/**
 * sink_position_by_time() - the sink has run empty: time alone moves the position.
 * @s: sink
 */
void sink_position_by_time(struct sink_position *s)
{
	s->left = 0;
	move_position(s, s->base + s->fed, false);
}

/**
 * sink_position_look() - the sink's pointer was read.
 * @s: sink
 * @left: frames, silence among them, that it has not passed
 */
void sink_position_look(struct sink_position *s, uint64_t left)
{
	uint64_t passed = s->base + s->lead + s->fed;

	passed -= min_u64(left, passed);
	if (!s->left || passed != s->passed)
		s->moved_at = now_ns();
	note_lump(s, passed - min_u64(s->passed, passed));
	s->passed = passed;
	s->left = left;
	move_position(s, passed, true);
}

/**
 * sink_position_delay() - the sink's delay was read, after its pointer.
 * @s: sink
 * @delay: frames until the last one that was written can be noticed
 */
void sink_position_delay(struct sink_position *s, uint64_t delay)
{
	uint64_t ahead = s->base + s->fed - s->position;

	s->behind = delay - min_u64(ahead, delay);
	s->played_at = now_ns() + sink_position_ns(s, delay);
}

/**
 * sink_position_ample() - data that come later come in time.
 * @s: sink; its pointer was just read
 * @ns: how much later
 *
 * In that time it takes what the time is worth, and may be ahead of that by a piece;
 * a server that was late by two.
 *
 * Return: false also if it has not taken any yet.
 */
bool sink_position_ample(const struct sink_position *s, uint64_t ns)
{
	uint64_t lump = largest_lump(s);
	uint64_t ahead = s->server ? 2 * lump : lump;

	return lump && s->left > ahead + ns * s->rate / NSEC_PER_SEC;
}

/**
 * sink_position_tail() - until when the end of a sound is played after STOP.
 * @s: sink that is about to be stopped; pointer and delay were just read
 *
 * A sound has ended if all that the guest's position has not passed is silence.
 * To stop at once would cut off what the position has passed and the sink has
 * not played yet.
 *
 * Return: ns, or 0 if it is to be stopped at once.
 */
uint64_t sink_position_tail(const struct sink_position *s)
{
	uint64_t now = now_ns(), until = s->played_at;

	if (!s->behind || until <= now ||
	    s->base + s->fed - s->position > s->silent)
		return 0;
	/* the last of it may be taken with the next piece only */
	if (s->server)
		until += sink_position_ns(s, largest_lump(s));
	return min_u64(until, now + TAIL_MAX_NS);
}

/**
 * sink_position_want_more() - the sink has run empty.
 * @s: sink
 *
 * If the guest had kept up, the sink needs more queued, as a sound server does.
 *
 * Return: the guest had kept up.
 */
bool sink_position_want_more(struct sink_position *s)
{
	sink_position_by_time(s);
	if (s->base + s->fed - s->position <= s->period)
		return false;
	if (s->server)
		s->want_ns = min_u64(2 * s->want_ns,
				     AUDIO_LATENCY_MAX_MS * NSEC_PER_MSEC);
	s->server = true;
	return true;
}
