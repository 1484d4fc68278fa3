// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: what each request does.
 *
 * Every request is answered, in any order that a guest sends them. What can
 * be answered at once is; READs and WRITEs that must wait are queued, and
 * TRIGGER, CLOSE and the others pass them.
 *
 * Context of all functions: the stream's thread.
 */
#include <stdlib.h>
#include <string.h>

#include "stream_priv.h"

/* events are sent at most this often, whatever period the guest asks for */
#define LEAST_EVT_NS	(250 * NSEC_PER_USEC)

/* ---- OPEN and CLOSE ---- */

static int audio_caps(struct stream *s, struct snd_caps *caps)
{
	snd_caps_any(caps);
	return s->audio->ops->caps(s->audio, caps);
}

/* What OPEN is checked against. */
static int open_caps(struct stream *s, struct snd_caps *caps)
{
	if (!s->audio->ops->open_checks)
		return audio_caps(s, caps);
	snd_caps_any(caps);
	return 0;
}

/*
 * A device's least buffer and greatest period are what suits it, not what it
 * refuses: its buffer is not the guest's. If nothing else is left they do not
 * count.
 */
static int refine_by_audio(const struct snd_caps *caps,
			   struct xensnd_query_hw_param *q)
{
	struct xensnd_query_hw_param asked = *q;
	struct snd_caps wider = *caps;
	int ret = snd_refine(caps, q);

	if (!ret)
		return 0;
	wider.buffer.min = 1;
	wider.period.max = UINT32_MAX;
	*q = asked;
	return snd_refine(&wider, q);
}

static int map_buffer(struct stream *s)
{
	int ret;

	ret = shbuf_map(&s->buf, s->xen, s->p.gref_directory, s->p.num_pages,
			s->info.capture);
	if (ret || !s->info.capture)
		return ret;
	s->ring = malloc(s->ring_sz);
	if (s->ring)
		return 0;
	shbuf_unmap(&s->buf, s->xen);
	return -XEN_ENOMEM;
}

static int open_buffer(struct stream *s, const char **why)
{
	uint64_t bytes = (uint64_t)s->p.num_pages * SND_PAGE_SIZE;
	int ret = -XEN_ENOMEM;

	*why = ": the card's memory is used up";
	s->ring_sz = (s->p.buffer_sz + s->p.unit_bytes - 1) /
		     s->p.unit_bytes * s->p.unit_bytes;
	if (s->info.capture)
		bytes += s->ring_sz;
	if (budget_take(s->budget, bytes)) {
		*why = ": its buffer cannot be mapped";
		ret = map_buffer(s);
		if (ret)
			budget_return(s->budget, bytes);
	}
	s->taken = ret ? 0 : bytes;
	return ret;
}

static void close_buffer(struct stream *s)
{
	shbuf_unmap(&s->buf, s->xen);
	free(s->ring);
	s->ring = NULL;
	budget_return(s->budget, s->taken);
	s->taken = 0;
}

static void reset_positions(struct stream *s)
{
	regions_clear(&s->regions);
	pace_stop(&s->pace, 0);
	s->running = false;
	s->paused = false;
	s->starved = false;
	s->written = 0;
	s->consumed = 0;
	s->fetched = 0;
	s->staged = 0;
	s->scaled = 0;
	s->passed = 0;
	s->position = 0;
	s->awaited = 0;
	s->margin = 0;
	s->skipped = 0;
	s->reported = 0;
	stream_plan_event(s);
}

static void open_state(struct stream *s)
{
	uint64_t frames = s->p.rate * LEAST_EVT_NS / NSEC_PER_SEC;

	pace_init(&s->pace, s->p.rate, s->p.unit_frames, s->p.unit_bytes);
	volume_open(&s->volume, &s->p);
	s->least_evt = max_u64(1, frames / s->p.unit_frames *
				  s->p.unit_bytes);
	s->slack = s->info.mainline ? s->p.unit_bytes : 0;
	s->by_clock = false;
	s->open = true;
	quirks_opened(s);
	reset_positions(s);
}

/* @why: for the log, if it is refused */
static int open_parts(struct stream *s, const struct xensnd_open_req *req,
		      const char **why)
{
	struct snd_caps caps;
	int ret;

	*why = ": the sink or source cannot be used";
	ret = open_caps(s, &caps);
	if (ret)
		return ret;
	*why = ": beyond the limits of the card, or of its sink or source";
	ret = snd_open_check(req, &s->info.caps, &caps, &s->p);
	if (!ret)
		ret = open_buffer(s, why);
	if (ret)
		return ret;
	*why = ": the sink or source refuses";
	ret = s->audio->ops->open(s->audio, &s->p);
	if (ret)
		close_buffer(s);
	return ret;
}

static int do_open(struct stream *s, const struct xensnd_open_req *req)
{
	const char *why;
	int ret;

	if (s->open)
		return -XEN_EBUSY;
	if (quirks_refuse_open(s, &ret))
		return ret;
	ret = open_parts(s, req, &why);
	log_for(s->log, ret ? LVL_WARN : LVL_INFO,
		"stream %s: OPEN %s %u Hz, %u channels, buffer %u, period %u bytes: status %d%s",
		s->info.unique_id, snd_format_name(req->pcm_format),
		req->pcm_rate, req->pcm_channels, req->buffer_sz,
		req->period_sz, ret, ret ? why : "");
	if (ret)
		return ret;
	open_state(s);
	return 0;
}

static int do_stop(struct stream *s)
{
	bool reset_event = s->slack && s->reported;
	int status;

	if (!s->open)
		return -XEN_EIO;
	status = s->direction->end(s);
	if (s->audio->ops->stop)
		s->audio->ops->stop(s->audio);
	while (pending_head(s))
		pending_answer(s, status);
	s->stats.bytes += s->position;
	stream_send_held(s, true);
	quirks_stopped(s);
	reset_positions(s);
	if (reset_event)
		stream_send_event(s, 0);
	return 0;
}

/**
 * stream_close() - undo OPEN; harmless on a closed stream.
 * @s: stream
 */
void stream_close(struct stream *s)
{
	quirks_closed(s);
	if (!s->open)
		return;
	s->slack = 0;
	do_stop(s);
	s->stats.xruns = s->audio->xruns;
	s->audio->ops->close(s->audio);
	close_buffer(s);
	s->open = false;
	stats_write(&s->info, &s->p, &s->stats);
	memset(&s->stats, 0, sizeof(s->stats));
	log_for(s->log, LVL_INFO, "stream %s: closed", s->info.unique_id);
}

/* ---- TRIGGER ---- */

static int do_resume(struct stream *s)
{
	s->paused = false;
	if (s->audio->ops->pause)
		s->audio->ops->pause(s->audio, false);
	if (!s->starved)
		pace_start(&s->pace, s->now, s->position);
	return 0;
}

static int begin_stream(struct stream *s)
{
	int ret = 0;

	if (s->audio->ops->start)
		ret = s->audio->ops->start(s->audio);
	if (!ret && s->direction->begin)
		ret = s->direction->begin(s);
	return ret;
}

static int do_start(struct stream *s)
{
	int ret;

	if (s->running)
		return s->paused ? do_resume(s) : 0;
	if (quirks_refuse_start(s, &ret))
		return ret;
	s->running = true;
	volume_jump(&s->volume);
	pace_start(&s->pace, s->now, s->position);
	ret = begin_stream(s);
	if (ret) {
		/* not started; the next START tries again */
		s->running = false;
		s->starved = false;
		pace_stop(&s->pace, s->position);
	}
	return ret;
}

static int do_pause(struct stream *s)
{
	if (!s->running)
		return -XEN_EINVAL;
	if (s->paused)
		return 0;
	s->direction->advance(s);
	s->paused = true;
	pace_stop(&s->pace, s->position);
	if (s->audio->ops->pause)
		s->audio->ops->pause(s->audio, true);
	return 0;
}

static int do_trigger(struct stream *s, uint8_t type)
{
	if (!s->open)
		return -XEN_EIO;
	switch (type) {
	case XENSND_OP_TRIGGER_START:
		return do_start(s);
	case XENSND_OP_TRIGGER_PAUSE:
		return do_pause(s);
	case XENSND_OP_TRIGGER_STOP:
		return do_stop(s);
	case XENSND_OP_TRIGGER_RESUME:
		return s->running ? do_start(s) : -XEN_EINVAL;
	default:
		return -XEN_EINVAL;
	}
}

/* ---- the rest ---- */

static void do_query(struct stream *s, const struct xensnd_req *req)
{
	struct xensnd_resp resp;
	struct xensnd_query_hw_param *q = &resp.resp.hw_param;
	struct snd_caps caps;
	int ret;

	memset(&resp, 0, sizeof(resp));
	resp.id = req->id;
	resp.operation = req->operation;
	*q = req->op.hw_param;
	ret = audio_caps(s, &caps);
	if (!ret) {
		s->asked = true;
		s->offered = caps;
		ret = snd_refine(&s->info.caps, q);
	}
	if (!ret)
		ret = refine_by_audio(&caps, q);
	if (!ret)
		ret = snd_refine(&s->info.caps, q);
	resp.status = ret;
	if (ret)
		memset(q, 0, sizeof(*q));
	rings_respond(&s->rings, &resp);
	s->responses++;
	s->stats.queries++;
	quirks_query(s);
}

static void do_rw(struct stream *s, const struct xensnd_req *req)
{
	bool read = req->operation == XENSND_OP_READ;
	int ret = 0;

	if (read)
		s->stats.reads++;
	else
		s->stats.writes++;
	if (!s->open)
		ret = -XEN_EIO;
	else if (read != s->info.capture)
		ret = -XEN_EINVAL;
	else
		ret = snd_rw_check(&req->op.rw, s->p.buffer_sz);
	if (ret || !req->op.rw.length)
		stream_respond(s, req->id, req->operation, ret);
	else
		s->direction->request(s, req);
}

/**
 * stream_request() - carry out one request.
 * @s: stream
 * @req: private copy of the request
 */
void stream_request(struct stream *s, const struct xensnd_req *req)
{
	int ret;

	s->stats.requests++;
	switch (req->operation) {
	case XENSND_OP_OPEN:
		ret = do_open(s, &req->op.open);
		break;
	case XENSND_OP_CLOSE:
		stream_close(s);
		ret = 0;
		break;
	case XENSND_OP_TRIGGER:
		ret = do_trigger(s, req->op.trigger.type);
		break;
	case XENSND_OP_HW_PARAM_QUERY:
		do_query(s, req);
		return;
	case XENSND_OP_READ:
	case XENSND_OP_WRITE:
		do_rw(s, req);
		return;
	case XENSND_OP_SET_VOLUME:
	case XENSND_OP_GET_VOLUME:
	case XENSND_OP_MUTE:
	case XENSND_OP_UNMUTE:
		ret = stream_volume_request(s, req);
		break;
	default:
		ret = -XEN_EOPNOTSUPP;
		break;
	}
	stream_respond(s, req->id, req->operation, ret);
}
