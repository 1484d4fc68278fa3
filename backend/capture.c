// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: capture, from the source to the guest's buffer.
 *
 * What is captured is kept in a ring as large as the guest's buffer until the
 * guest fetches it with READs, in order: byte n of the READs is byte n of
 * the positions. A READ is answered when all its bytes are there.
 *
 * Overrun: when the ring is full, capture and position stop until the guest
 * fetches data. So a guest that is too slow misses some time, but its data
 * always match its positions. (A device loses what it would have recorded
 * meanwhile, a file does not.)
 *
 * Context of all functions: the stream's thread. None allocates.
 */
#include <string.h>

#include "stream_priv.h"

/* Its region lies inside of the buffer and is not empty. */
static void capture_read(struct stream *s, const struct xensnd_req *req)
{
	pending_add(s, req);
}

static uint32_t ring_room(const struct stream *s)
{
	return s->ring_sz - (uint32_t)(s->consumed - s->fetched);
}

/* Get up to @n bytes from the source into the ring. */
static uint64_t pull_data(struct stream *s, uint64_t n)
{
	uint64_t before = s->consumed;

	while (n) {
		uint32_t at = (uint32_t)(s->consumed % s->ring_sz);
		uint32_t len = (uint32_t)min_u64(n, s->ring_sz - at);
		size_t done;

		done = s->audio->ops->read(s->audio, s->ring + at, len);
		if (!done)
			break;
		/* sources give whole units, and the ring holds whole units */
		if (volume_active(&s->volume))
			volume_scale(&s->volume, s->ring + at,
				     done / s->p.unit_bytes);
		s->consumed += done;
		n -= done;
	}
	return s->consumed - before;
}

static void note_overrun(struct stream *s)
{
	if (s->starved)
		return;
	s->starved = true;
	s->stats.overruns++;
	pace_stop(&s->pace, s->consumed);
}

static void capture_more(struct stream *s)
{
	uint64_t target, want;

	if (!stream_paced(s)) {
		pull_data(s, ring_room(s));
		stream_follow_clock(s);
		if (ring_room(s) < s->p.unit_bytes)
			note_overrun(s);
		return;
	}
	target = pace_bytes(&s->pace, s->now);
	want = target - s->consumed;
	if (want <= ring_room(s)) {
		pull_data(s, want);
		return;
	}
	pull_data(s, ring_room(s) - ring_room(s) % s->p.unit_bytes);
	note_overrun(s);
}

/* Answer the oldest READ if its data are there. */
static bool serve_read(struct stream *s)
{
	const struct pending *p = pending_head(s);
	uint32_t at, first;

	if (!p || s->consumed - s->fetched < p->length)
		return false;
	at = (uint32_t)(s->fetched % s->ring_sz);
	first = min_u32(p->length, s->ring_sz - at);
	memcpy(s->buf.data + p->offset, s->ring + at, first);
	memcpy(s->buf.data + p->offset + first, s->ring, p->length - first);
	s->fetched += p->length;
	pending_answer(s, 0);
	if (s->starved) {
		s->starved = false;
		if (!s->paused)
			pace_start(&s->pace, s->now, s->consumed);
	}
	return true;
}

/* Do all that is due now. */
static void capture_advance(struct stream *s)
{
	do {
		if (stream_live(s) && !s->starved)
			capture_more(s);
	} while (serve_read(s));
	s->position = s->consumed;
	if (stream_live(s))
		stream_report(s, s->starved);
}

/* READs that wait get no data any more. */
static int capture_end(struct stream *s)
{
	(void)s;
	return -XEN_EIO;
}

/* The device has to wake the thread when it has data. */
static bool capture_wants_fds(const struct stream *s)
{
	return s->open && stream_live(s) && !stream_paced(s) &&
	       !s->starved;
}

/*
 * The next position event or the end of the oldest READ. Devices wake
 * the thread themselves.
 */
static uint64_t capture_wake(struct stream *s)
{
	uint64_t target = UINT64_MAX;

	if (!stream_live(s) || s->starved || !stream_paced(s))
		return TIME_NEVER;
	if (s->p.period_sz)
		target = s->next_evt + s->slack;
	if (s->pend_num)
		target = min_u64(target,
				 s->fetched + s->pend[s->pend_head].length);
	return target == UINT64_MAX ? TIME_NEVER :
				      pace_time(&s->pace, target);
}

const struct direction_ops stream_capture = {
	.request = capture_read,
	.advance = capture_advance,
	.end = capture_end,
	.wake = capture_wake,
	.wants_fds = capture_wants_fds,
};
