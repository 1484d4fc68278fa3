// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: ALSA PCMs as sinks and sources.
 *
 * The stream's thread moves the data; a job (alsa_job.h) makes each call that
 * may hang. How a PCM is opened is in alsa_setup.c.
 *
 * alsa_position.c has the position, alsa_device.c what happens to a device that
 * does not work.
 *
 * Xruns are recovered from and counted; a device starts again when enough
 * is queued. A device that cannot pause plays what it has already got.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alsa_priv.h"

/* a device that takes so much more data than its rate says has no clock */
#define HASTE_NS	(500 * NSEC_PER_MSEC)
#define HASTE_WINDOW_NS	(10 * NSEC_PER_SEC)

/* ---- START, STOP, PAUSE ---- */

static int prepare_device(struct audio_alsa *d)
{
	alsa_reset_device(d);
	return alsa_call_device(d, ALSA_PREPARE);
}

static int start_device(struct audio_alsa *d)
{
	int err = 0;

	if (snd_pcm_state(d->dev.pcm) != SND_PCM_STATE_PREPARED)
		err = prepare_device(d);
	if (!err && (d->pos.fed || d->audio.capture))
		err = alsa_call_device(d, ALSA_START);
	if (err)
		return err;
	d->started = d->pos.fed || d->audio.capture;
	d->pos.moved_at = now_ns();
	pace_start(&d->pos.clock, d->pos.moved_at, d->pos.position * d->pos.frame);
	return 0;
}

/* What the device still plays of the last sound is a lead of the next one. */
static void begin_in_tail(struct audio_alsa *d)
{
	snd_pcm_sframes_t avail = snd_pcm_avail(d->dev.pcm);
	bool runs = avail >= 0 &&
		    snd_pcm_state(d->dev.pcm) == SND_PCM_STATE_RUNNING;

	alsa_reset_counts(d);
	if (!runs) {
		alsa_call_device(d, ALSA_PREPARE);
		return;
	}
	d->started = true;
	d->pos.lead = d->dev.buffer - min_u64((uint64_t)avail, d->dev.buffer);
}

static int alsa_start(struct audio *a)
{
	struct audio_alsa *d = to_alsa(a);
	int err;

	d->go = true;
	d->haste_fed = 0;
	d->haste_at = now_ns();
	if (d->tail_until)
		begin_in_tail(d);
	d->tail_until = 0;
	if (a->lost || !a->capture)
		return 0; /* see alsa_kick() */
	err = start_device(d);
	if (!err || a->lost)
		return 0;
	d->go = false;
	alsa_log_failure(d, "start", err, "", "");
	return alsa_xen_error(err);
}

/* Enough to start with, or as much as there will be. */
static bool in_stock(const struct audio_alsa *d)
{
	uint64_t most = min_u64(d->dev.buffer, d->p.buffer_sz / d->pos.frame);

	return !d->stock || now_ns() >= d->stock_until ||
	       d->pos.fed >= min_u64(2 * d->dev.period, most);
}

static int alsa_kick(struct audio *a, bool report)
{
	struct audio_alsa *d = to_alsa(a);
	int err;

	if (a->lost || !d->go || d->paused || d->started || !d->pos.fed ||
	    !in_stock(d))
		return 0;
	err = start_device(d);
	if (!err || a->lost)
		return 0;
	if (!report) {
		alsa_lose_device(d, "start", err);
		return 0;
	}
	d->go = false;
	alsa_log_failure(d, "start", err, "", "");
	return alsa_xen_error(err);
}

static void alsa_stop(struct audio *a)
{
	struct audio_alsa *d = to_alsa(a);
	int err;

	d->pos.part_len = 0;
	if (!a->lost && !d->tail_until && (d->pos.fed || (a->capture && d->go)) &&
	    !alsa_play_out(d)) {
		err = alsa_call_device(d, ALSA_DROP);
		if (err && !a->lost)
			alsa_lose_device(d, "stop", err);
		alsa_reset_counts(d);
	}
	d->go = false;
	d->paused = false;
}

static void alsa_pause(struct audio *a, bool on)
{
	struct audio_alsa *d = to_alsa(a);

	d->paused = on;
	d->pos.moved_at = now_ns();
	if (on)
		pace_stop(&d->pos.clock, d->pos.position * d->pos.frame);
	else
		pace_start(&d->pos.clock, d->pos.moved_at, d->pos.position * d->pos.frame);
	if (!a->lost && d->dev.can_pause && d->started)
		alsa_call_device(d, on ? ALSA_PAUSE : ALSA_RESUME);
}

/* ---- data ---- */

/* The device has run empty, or full, or was suspended. */
static bool recover_xrun(struct audio_alsa *d, int err)
{
	if (err != -EPIPE && err != -ESTRPIPE) {
		alsa_lose_device(d, d->audio.capture ? "read" : "write", err);
		return false;
	}
	if (err == -EPIPE)
		d->audio.xruns++;
	if (!d->audio.capture)
		sink_position_want_more(&d->pos);
	err = prepare_device(d);
	if (!err && d->audio.capture && d->go)
		err = start_device(d);
	if (err && !d->audio.lost)
		alsa_lose_device(d, "recovery from an xrun", err);
	alsa_set_stock(d);
	return !d->audio.lost;
}

/* With a device that has no clock the guest would play too fast. */
static void check_haste(struct audio_alsa *d, uint64_t frames)
{
	uint64_t passed = now_ns() - d->haste_at;

	if (passed > HASTE_WINDOW_NS) {
		d->haste_at += passed;
		d->haste_fed = 0;
		passed = 0;
	}
	d->haste_fed += frames;
	if (sink_position_ns(&d->pos, d->haste_fed) >
	    passed + sink_position_ns(&d->pos, d->dev.buffer) + HASTE_NS)
		alsa_lose_device(d, "data are consumed faster than their rate", -EIO);
}

/* Write silence before the first frame if the guest keeps too little queued. */
static void write_lead(struct audio_alsa *d)
{
	uint64_t lead = sink_position_lead(&d->pos);

	if (!lead || d->started || d->dev.buffer <= d->pos.guest_buffer)
		return;
	d->pos.lead = alsa_write_silence(d->dev.pcm, &d->p,
					 min_u64(lead, d->dev.buffer -
						 d->pos.guest_buffer));
}

static uint64_t put_frames(void *sink, const void *data, uint64_t frames)
{
	struct audio_alsa *d = sink;
	snd_pcm_sframes_t n;

	write_lead(d);
	n = snd_pcm_writei(d->dev.pcm, data, frames);
	if (n < 0 && n != -EAGAIN) {
		if (!recover_xrun(d, (int)n))
			return 0;
		write_lead(d);
		n = snd_pcm_writei(d->dev.pcm, data, frames);
		if (n < 0 && n != -EAGAIN)
			alsa_lose_device(d, "write", (int)n);
	}
	if (n <= 0)
		return 0;
	check_haste(d, (uint64_t)n);
	return (uint64_t)n;
}

static size_t alsa_write(struct audio *a, const void *data, size_t bytes)
{
	struct audio_alsa *d = to_alsa(a);

	if (a->lost)
		return bytes;
	return sink_position_write(&d->pos, data, bytes, put_frames, d);
}

/* Lose a device whose pointer has not moved for too long. */
static void check_stand(struct audio_alsa *d)
{
	if (d->go && d->started && !d->paused &&
	    now_ns() - d->pos.moved_at > alsa_stand_limit(d))
		alsa_lose_device(d, d->audio.capture ? "no data captured" :
			    "pointer does not move", -ETIMEDOUT);
}

static size_t alsa_read(struct audio *a, void *data, size_t bytes)
{
	struct audio_alsa *d = to_alsa(a);
	snd_pcm_sframes_t n;

	if (a->lost) {
		audio_silence(d->p.format, data, bytes);
		return bytes;
	}
	n = snd_pcm_readi(d->dev.pcm, data, bytes / d->pos.frame);
	if (n == -EAGAIN || !n) {
		check_stand(d);
		return 0;
	}
	if (n < 0) {
		recover_xrun(d, (int)n);
		return 0;
	}
	d->pos.moved_at = now_ns();
	return (size_t)n * d->pos.frame;
}

static uint64_t alsa_queued(struct audio *a)
{
	struct audio_alsa *d = to_alsa(a);
	int err;

	if (a->lost)
		return 0;
	err = alsa_look_at_device(d);
	if (err && err != -EPIPE && err != -ESTRPIPE)
		alsa_lose_device(d, "pointer", err);
	else if (!err)
		check_stand(d);
	return a->lost ? 0 : sink_position_queued(&d->pos);
}

static bool alsa_ample(struct audio *a, uint64_t ns)
{
	const struct audio_alsa *d = to_alsa(a);

	return d->started && sink_position_ample(&d->pos, ns);
}

/* ---- what is due later ---- */

static void alsa_check(struct audio *a, bool live)
{
	struct audio_alsa *d = to_alsa(a);

	if (d->tail_until && now_ns() >= d->tail_until) {
		d->tail_until = 0;
		alsa_call_device(d, ALSA_DROP);
		alsa_reset_counts(d);
	}
	if (!a->lost || !live)
		return;
	alsa_check_job(d);
	if (a->lost && !d->job && now_ns() >= d->retry_at &&
	    !alsa_start_job(d, ALSA_REOPEN))
		alsa_retry_later(d, -EAGAIN);
	if (!a->lost && a->capture && start_device(d))
		alsa_lose_device(d, "start", -EIO);
}

static uint64_t alsa_deadline(struct audio *a)
{
	struct audio_alsa *d = to_alsa(a);

	if (d->tail_until)
		return d->tail_until;
	if (a->capture && !a->lost && d->go && d->started && !d->paused)
		return d->pos.moved_at + alsa_stand_limit(d) + NSEC_PER_MSEC;
	return TIME_NEVER;
}

static unsigned int alsa_pollfds(struct audio *a, struct pollfd *fds,
				 unsigned int max)
{
	int n = snd_pcm_poll_descriptors(to_alsa(a)->dev.pcm, fds, max);

	return n < 0 ? 0 : (unsigned int)n;
}

static void alsa_pollack(struct audio *a, struct pollfd *fds, unsigned int n)
{
	unsigned short revents = 0;

	snd_pcm_poll_descriptors_revents(to_alsa(a)->dev.pcm, fds, n,
					 &revents);
}

static void alsa_free(struct audio *a)
{
	struct audio_alsa *d = to_alsa(a);

	if (d->job)
		alsa_job_put(d->job);
	if (d->closing)
		alsa_job_put(d->closing);
	free(d);
}

static const struct audio_ops alsa_ops = {
	.open_checks = true,
	.caps = alsa_caps,
	.open = alsa_open,
	.close = alsa_close,
	.start = alsa_start,
	.kick = alsa_kick,
	.stop = alsa_stop,
	.pause = alsa_pause,
	.write = alsa_write,
	.read = alsa_read,
	.queued = alsa_queued,
	.ample = alsa_ample,
	.check = alsa_check,
	.deadline = alsa_deadline,
	.pollfds = alsa_pollfds,
	.pollack = alsa_pollack,
	.free = alsa_free,
};

static const char *pcm_name_error(const char *name)
{
	return *name ? NULL : "no PCM name after alsa:";
}

static struct audio *make_alsa(const char *name, bool capture,
			       const struct audio_id *id)
{
	struct audio_alsa *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->audio.ops = &alsa_ops;
	sink_position_init(&d->pos, id->latency_ms);
	d->audio.capture = capture;
	snprintf(d->name, sizeof(d->name), "%s", name);
	return &d->audio;
}

const struct audio_kind audio_alsa_kind = {
	.name = "alsa",
	.live = true,
	.arg_error = pcm_name_error,
	.make = make_alsa,
};
