// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: what a stream sends to its guest: responses, READs and WRITEs
 * that wait for theirs, positions.
 *
 * Context of all functions: the stream's thread.
 */
#include <string.h>

#include "stream_priv.h"

/**
 * stream_respond() - answer a request; it is pushed at the end of the round.
 * @s: stream
 * @id: of the request
 * @op: of the request
 * @status: 0 or -XEN_Exx
 */
void stream_respond(struct stream *s, uint16_t id, uint8_t op, int status)
{
	struct xensnd_resp resp;

	/* the union's unused bytes, too: the guest sees them */
	memset(&resp, 0, sizeof(resp));
	resp.id = id;
	resp.operation = op;
	resp.status = status;
	rings_respond(&s->rings, &resp);
	s->responses++;
}

/* The period that is reported next has ended: how long ago? */
static void note_delay(struct stream *s)
{
	uint64_t delay = s->position - s->slack - s->next_evt;

	s->stats.delay = max_u64(s->stats.delay, delay);
	if (2 * delay > max_u64(s->p.period_sz, s->least_evt))
		s->stats.late++;
}

/**
 * stream_send_event() - send a position to the guest.
 * @s: stream
 * @pos: position, bytes
 */
void stream_send_event(struct stream *s, uint64_t pos)
{
	rings_event(&s->rings, pos);
	xenif_notify(s->xen, s->evt_port);
	s->stats.notify_evt++;
}

/**
 * stream_plan_event() - find the boundary that is reported next.
 * @s: open stream
 */
void stream_plan_event(struct stream *s)
{
	if (s->p.period_sz)
		s->next_evt = quirks_next(s, next_boundary(s->position,
					  s->p.period_sz, s->least_evt));
}

/**
 * stream_report() - send the position, if it is worth an event.
 * @s: stream
 * @final: playback has come to the end of its data: do not wait for a boundary
 */
void stream_report(struct stream *s, bool final)
{
	uint64_t pos = s->position;

	if (!s->p.period_sz)
		return;
	if (final && !s->info.capture)
		pos += s->slack;
	if (pos <= s->reported || (!final && pos < s->next_evt + s->slack))
		return;
	/*
	 * Reports are always a little late. An application that has room for a
	 * few frames less or more than a period writes each period in two
	 * pieces.
	 */
	if (!final)
		pos = quirks_reached(s, pos - (pos - s->slack) %
						s->p.period_sz);
	/* If the data have run out meanwhile, that is late, too. */
	if (s->position >= s->next_evt + s->slack)
		note_delay(s);
	s->reported = pos;
	stream_plan_event(s);
	if (quirks_pass_event(s, &pos, final))
		stream_send_event(s, pos);
}

/**
 * stream_send_held() - send events that were held back; only in the lab's build.
 * @s: stream
 * @all: also those whose time has not come
 */
void stream_send_held(struct stream *s, bool all)
{
	uint64_t pos;

	while (quirks_held_event(s, all, &pos))
		stream_send_event(s, pos);
}

/**
 * stream_follow_clock() - the device may have been lost, or found again.
 * @s: open stream
 *
 * Once it is lost time goes on from the position that it had reached.
 */
void stream_follow_clock(struct stream *s)
{
	if (s->by_clock == s->audio->lost)
		return;
	s->by_clock = s->audio->lost;
	if (s->by_clock && stream_live(s) && !s->starved)
		/* not @now: the check of the device may have taken long */
		pace_start(&s->pace, now_ns(), s->position);
}

/**
 * pending_add() - queue a READ or WRITE that waits for its response.
 * @s: stream
 * @req: private copy of the request
 *
 * There is always room: see PENDING_MAX.
 */
struct pending *pending_add(struct stream *s, const struct xensnd_req *req)
{
	struct pending *p;

	p = &s->pend[(s->pend_head + s->pend_num++) % PENDING_MAX];
	p->id = req->id;
	p->op = req->operation;
	p->accepted = false;
	p->offset = req->op.rw.offset;
	p->length = req->op.rw.length;
	p->end = 0;
	return p;
}

/**
 * pending_head() - the oldest READ or WRITE that waits, or NULL.
 * @s: stream
 */
struct pending *pending_head(struct stream *s)
{
	return s->pend_num ? &s->pend[s->pend_head] : NULL;
}

/**
 * pending_answer() - answer the oldest READ or WRITE that waits.
 * @s: stream
 * @status: 0 or -XEN_Exx
 */
void pending_answer(struct stream *s, int status)
{
	struct pending *p = &s->pend[s->pend_head];

	stream_respond(s, p->id, p->op, status);
	s->pend_head = (s->pend_head + 1) % PENDING_MAX;
	s->pend_num--;
}
