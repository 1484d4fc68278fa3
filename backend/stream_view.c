// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: what others see of a stream: the main thread's copy of its state,
 * and log lines about what it counts.
 */
#include <inttypes.h>

#include "stream_priv.h"

static uint64_t to_frames(const struct stream *s, uint64_t bytes)
{
	return bytes / s->p.unit_bytes * s->p.unit_frames;
}

static void show_open(const struct stream *s, struct stream_view *v)
{
	uint64_t queued = s->info.capture ? s->consumed - s->fetched :
					    s->written - s->position;

	v->running = s->running;
	v->paused = s->paused;
	v->lost = s->audio->lost;
	v->format = s->p.format;
	v->channels = s->p.channels;
	v->rate = s->p.rate;
	v->buffer = (uint32_t)to_frames(s, s->p.buffer_sz);
	v->period = (uint32_t)to_frames(s, s->p.period_sz);
	v->frames = to_frames(s, s->position);
	v->latency_us = to_frames(s, queued) * USEC_PER_SEC / s->p.rate;
	v->xruns = s->audio->xruns;
	v->underruns = s->stats.underruns;
	v->overruns = s->stats.overruns;
}

static void log_bursts(struct stream *s, const struct stream_view *v)
{
	const char *id = s->info.unique_id;

	if (burst_begins(&s->xrun_burst, v->xruns, s->now))
		log_for(s->log, LVL_WARN,
			"stream %s: xrun of the device, %" PRIu64 " since OPEN",
			id, v->xruns);
	if (burst_begins(&s->underrun_burst, v->underruns, s->now))
		log_for(s->log, LVL_INFO,
			"stream %s: underrun, the guest's data came late, %" PRIu64 " since OPEN",
			id, v->underruns);
	if (burst_begins(&s->overrun_burst, v->overruns, s->now))
		log_for(s->log, LVL_INFO,
			"stream %s: overrun, the guest did not fetch its data, %" PRIu64 " since OPEN",
			id, v->overruns);
	if (burst_begins(&s->throttle_burst, v->throttled, s->now))
		log_for(s->log, LVL_WARN,
			"stream %s: throttled, the card has used its share of CPU time, %" PRIu64 " times so far",
			id, v->throttled);
}

/**
 * stream_show() - let others see how the stream is.
 * @s: stream
 *
 * Context: the stream's thread, at the end of a round.
 */
void stream_show(struct stream *s)
{
	struct stream_view v = {
		.open = s->open,
		.denied = s->denied && s->audio == s->denied,
		.broken = s->broken,
		.cpu_ns = s->cpu_ns,
		.throttled = s->throttled,
	};

	if (s->open)
		show_open(s, &v);
	log_bursts(s, &v);
	pthread_mutex_lock(&s->view_lock);
	s->view = v;
	pthread_mutex_unlock(&s->view_lock);
}

/**
 * stream_look() - how is a stream?
 * @s: stream
 * @v: result
 *
 * Context: any thread.
 */
void stream_look(struct stream *s, struct stream_view *v)
{
	pthread_mutex_lock(&s->view_lock);
	*v = s->view;
	pthread_mutex_unlock(&s->view_lock);
}
