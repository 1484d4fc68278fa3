// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: playback, from the guest's buffer to the sink.
 *
 * A WRITE only says where data lie. It is answered at once and its region is
 * queued; the data are written from the guest's pages to the sink when they are
 * due; if they have to be made louder or softer, they go through a copy of
 * bounded size. The guest may use a region again when a
 * position event has passed it. Without events (period_sz 0) the answer is
 * the only sign of that, so there it is given when the data are consumed.
 *
 * No more than the buffer holds is accepted: a WRITE beyond that waits.
 *
 * Context of all functions: the stream's thread. None allocates.
 */
#include <string.h>

#include "stream_priv.h"

/* a device's position is asked again no sooner than this; see least_wait() */
#define DEVICE_POLL_NS	NSEC_PER_MSEC

static bool accept_one(struct stream *s, struct pending *p)
{
	if (s->written - s->consumed + p->length > s->p.buffer_sz ||
	    !regions_push(&s->regions, p->offset, p->length))
		return false;
	if (s->running && s->starved) {
		s->starved = false;
		if (s->written)
			s->stats.underruns++;
		if (!s->paused)
			pace_start(&s->pace, s->now, s->consumed);
	}
	s->written += p->length;
	p->end = s->written;
	p->accepted = true;
	return true;
}

/*
 * Accept what fits, in order. Accepted WRITEs stay in the queue only without
 * position events.
 */
static bool accept_pending(struct stream *s)
{
	bool progress = false;
	unsigned int i;

	for (i = 0; i < s->pend_num; i++) {
		struct pending *p;

		p = &s->pend[(s->pend_head + i) % PENDING_MAX];
		if (p->accepted)
			continue;
		if (!accept_one(s, p))
			break;
		progress = true;
	}
	while (s->pend_num && s->pend[s->pend_head].accepted &&
	       (s->p.period_sz || s->consumed >= s->pend[s->pend_head].end))
		pending_answer(s, 0);
	return progress;
}

/* Its region lies inside of the buffer and is not empty. */
static void playback_write(struct stream *s, const struct xensnd_req *req)
{
	pending_add(s, req);
	accept_pending(s);
}

/* Give the sink what is ready in the stage; false if it has no room for all. */
static bool flush_stage(struct stream *s)
{
	size_t done;

	while (s->passed < s->scaled) {
		done = s->audio->ops->write(s->audio, s->stage + s->passed,
					    s->scaled - s->passed);
		if (!done)
			return false;
		s->passed += (uint32_t)done;
	}
	s->staged -= s->scaled;
	memmove(s->stage, s->stage + s->scaled, s->staged);
	s->scaled = 0;
	s->passed = 0;
	return true;
}

/*
 * Take data into the stage, and change the volume of what are whole units. The
 * rest of one that is not complete waits there. The stage is flushed.
 */
static void fill_stage(struct stream *s, uint64_t target)
{
	uint32_t room = STAGE_SIZE - STAGE_SIZE % s->p.unit_bytes;
	uint32_t offset, n;

	while (s->staged < room && s->consumed < target) {
		n = regions_peek(&s->regions, &offset);
		n = min_u32(n, room - s->staged);
		n = (uint32_t)min_u64(n, target - s->consumed);
		memcpy(s->stage + s->staged, s->buf.data + offset, n);
		regions_consume(&s->regions, n);
		s->staged += n;
		s->consumed += n;
	}
	s->scaled = s->staged - s->staged % s->p.unit_bytes;
	if (volume_active(&s->volume))
		volume_scale(&s->volume, s->stage,
			     s->scaled / s->p.unit_bytes);
}

/* From the guest's pages to the sink; false if it has no room. */
static bool pass_data(struct stream *s, uint64_t target)
{
	uint32_t offset, n;
	size_t done;

	n = regions_peek(&s->regions, &offset);
	n = (uint32_t)min_u64(n, target - s->consumed);
	done = s->audio->ops->write(s->audio, s->buf.data + offset, n);
	if (!done)
		return false;
	regions_consume(&s->regions, (uint32_t)done);
	s->consumed += done;
	return true;
}

/*
 * Give the sink what is due, at most up to @target. Without a volume nothing is
 * copied. The rest of a unit takes the way that its beginning took.
 */
static bool feed_sink(struct stream *s, uint64_t target)
{
	uint64_t before = s->consumed, end;
	uint32_t rest;

	while (flush_stage(s) && s->consumed < target) {
		end = target;
		if (s->staged || volume_active(&s->volume)) {
			rest = (uint32_t)(s->consumed % s->p.unit_bytes);
			if (s->staged || !rest) {
				fill_stage(s, target);
				continue;
			}
			end = min_u64(end, s->consumed - rest + s->p.unit_bytes);
		}
		if (!pass_data(s, end))
			break;
	}
	stream_follow_clock(s);
	return s->consumed != before;
}

static uint64_t due_position(const struct stream *s)
{
	if (!stream_paced(s))
		return s->written;
	return min_u64(pace_bytes(&s->pace, s->now), s->written);
}

/* What is not left of @skipped has been passed. */
static uint64_t skipped_left(struct stream *s)
{
	uint64_t passed = s->skipped ? pace_bytes(&s->skip_pace, s->now) : 0;

	if (passed >= s->skipped)
		s->skipped = 0;
	return s->skipped - passed;
}

static uint64_t period_duration(const struct stream *s)
{
	return pace_duration(&s->pace, s->p.period_sz);
}

/*
 * A device's clock may be slower than ours, and its position may move in steps: each
 * wake-up would come too early, and a second one be needed. So the timer is set later
 * by what was missing. The margin shrinks slowly: a device need not stay that late.
 * A device that does not move at all has not begun yet.
 */
static void adjust_margin(struct stream *s, bool moved)
{
	if (!s->awaited || s->looked_at < s->due_at)
		return;
	if (s->position >= s->awaited)
		s->margin -= s->margin / 256;
	else if (moved)
		s->margin += pace_duration(&s->pace, s->awaited - s->position +
						     s->p.unit_bytes);
	s->margin = min_u64(s->margin, period_duration(s) / 4);
	s->awaited = 0;
}

static void update_position(struct stream *s)
{
	uint64_t before = s->position, queued;

	if (!stream_paced(s)) {
		queued = s->audio->ops->queued(s->audio) +
			 s->scaled - s->passed + skipped_left(s);
		s->looked_at = now_ns();
		stream_follow_clock(s);
		if (queued < s->consumed && !s->by_clock)
			s->position = max_u64(s->position,
					      s->consumed - queued);
		adjust_margin(s, s->position != before);
	}
	/* a device that is lost had taken data ahead of their time */
	if (stream_paced(s))
		s->position = max_u64(s->position, min_u64(s->consumed,
					pace_bytes(&s->pace, s->now)));
	if (s->position != before)
		s->moved_at = s->now;
}

/* START: nothing to play yet is not an underrun. */
static int playback_begin(struct stream *s)
{
	if (s->written == s->position) {
		s->starved = true;
		pace_stop(&s->pace, s->position);
	}
	if (stream_paced(s))
		return 0;
	while (feed_sink(s, s->written) && accept_pending(s))
		;
	return s->audio->ops->kick(s->audio, true);
}

/* Do all that is due now. */
static void playback_advance(struct stream *s)
{
	bool live = stream_live(s);
	bool progress;

	do {
		progress = live && feed_sink(s, due_position(s));
		progress |= accept_pending(s);
	} while (progress && live);
	if (!live)
		return;

	if (s->audio->ops->kick)
		s->audio->ops->kick(s->audio, false);
	stream_follow_clock(s);
	update_position(s);
	if (s->position == s->written && !s->starved) {
		s->starved = true;
		pace_stop(&s->pace, s->consumed);
		stream_report(s, true);
	} else {
		stream_report(s, false);
	}
}

/* What has been due until now was played; WRITEs that wait share its fate. */
static int playback_end(struct stream *s)
{
	playback_advance(s);
	return 0;
}

/* The position at which the first waiting WRITE can be answered. */
static uint64_t pending_target(const struct stream *s)
{
	uint64_t target = UINT64_MAX;
	uint32_t offset = 0;
	unsigned int i;

	for (i = 0; i < s->pend_num; i++) {
		const struct pending *p;

		p = &s->pend[(s->pend_head + i) % PENDING_MAX];
		if (p->accepted) {
			target = min_u64(target, p->end);
			continue;
		}
		if (s->written + p->length > s->consumed + s->p.buffer_sz)
			return min_u64(target, s->written + p->length -
					       s->p.buffer_sz);
		/* it fits, so it is the queue of regions that is full */
		return min_u64(target, s->consumed +
				       regions_peek(&s->regions, &offset));
	}
	return target;
}

/* Data wait for room in the device. */
static bool playback_wants_fds(const struct stream *s)
{
	return s->open && stream_live(s) && !stream_paced(s) &&
	       (s->regions.num || s->passed < s->scaled);
}

/* Devices have their own pace: most need their data early. */
static bool data_in_time(const struct stream *s, uint64_t until)
{
	return stream_paced(s) || (s->audio->ops->ample &&
				   s->audio->ops->ample(s->audio, until - s->now));
}

/* The timer runs and will be in time for the next WRITE. */
static bool playback_quiet(const struct stream *s, uint64_t until)
{
	return stream_live(s) && !s->starved && data_in_time(s, until) &&
	       s->p.period_sz && !s->pend_num;
}

/*
 * A device's position may move in steps: it is not read more often than 8 times a
 * period, and a position that stands, because the device has not begun yet, less and
 * less often, down to once.
 */
static uint64_t least_wait(const struct stream *s)
{
	uint64_t period = period_duration(s);
	uint64_t least = max_u64(period / 8, DEVICE_POLL_NS);
	/* the stream's own clock began when the position could */
	uint64_t stands = s->looked_at - max_u64(s->moved_at, s->pace.t0);

	return max_u64(least, min_u64(stands / 2, period));
}

/*
 * The end of the data, the next position event, or the room that a waiting
 * WRITE needs, whichever is first.
 */
static uint64_t playback_wake(struct stream *s)
{
	uint64_t target = s->written;
	uint64_t wait;

	if (!stream_live(s) || s->starved)
		return TIME_NEVER;
	if (s->p.period_sz)
		target = min_u64(target, s->next_evt + s->slack);
	target = min_u64(target, pending_target(s));
	if (stream_paced(s))
		return pace_time(&s->pace, target);

	/* when data wait for room, the device wakes the thread: the timer may be late */
	wait = target > s->position ?
		pace_duration(&s->pace, target - s->position) : 0;
	if (playback_wants_fds(s))
		wait += period_duration(s) / 4;
	s->awaited = target;
	s->due_at = s->looked_at + max_u64(wait + s->margin, least_wait(s));
	return s->due_at;
}

const struct direction_ops stream_playback = {
	.request = playback_write,
	.begin = playback_begin,
	.advance = playback_advance,
	.end = playback_end,
	.wake = playback_wake,
	.quiet = playback_quiet,
	.wants_fds = playback_wants_fds,
};
