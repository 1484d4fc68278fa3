// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: an ALSA endpoint's device: open, close, lost, found again.
 *
 * A device that is gone, that does not answer or whose pointer stands still is
 * lost (audio.h): the stream goes on without it, one line in the log says so,
 * and the device is tried again until it works. An OPEN that finds no device is
 * the same case. The guest only gets an error that it can act on: the device is
 * busy, or does not support the parameters.
 */
#include <errno.h>
#include <string.h>

#include "alsa_priv.h"

/* how long a device's capabilities are cached */
#define CAPS_AGE_NS	(2 * NSEC_PER_SEC)

/* how long a stream's thread waits for a call */
#define CALL_NS		NSEC_PER_SEC

/* a device that does not work is tried again after that long, then longer */
#define RETRY_MIN_NS	(250 * NSEC_PER_MSEC)
#define RETRY_MAX_NS	(2 * NSEC_PER_SEC)

/**
 * alsa_xen_error() - the status of a response.
 * @err: negative errno
 *
 * Return: -XEN_Exx.
 */
int alsa_xen_error(int err)
{
	switch (err) {
	case -EBUSY:
		return -XEN_EBUSY;
	case -EINVAL:
		return -XEN_EINVAL;
	default:
		return -XEN_EIO;
	}
}

/**
 * alsa_log_failure() - one line about a call that failed.
 * @d: endpoint
 * @what: the call
 * @err: negative errno
 * @text: alsa-lib's message, may be empty
 * @so: the consequence, may be empty
 */
void alsa_log_failure(struct audio_alsa *d, const char *what, int err,
			const char *text, const char *so)
{
	log_for(d->audio.log, LVL_ERROR, "alsa:%s: %s: %s%s%s%s", d->name,
		what, snd_strerror(err), *text ? ": " : "", text, so);
}

/* ---- a device that does not work ---- */

/**
 * alsa_retry_later() - plan the next attempt to open a device.
 * @d: endpoint
 * @err: negative errno
 */
void alsa_retry_later(struct audio_alsa *d, int err)
{
	d->last_err = err;
	d->retry_ns = d->retry_ns ? min_u64(2 * d->retry_ns, RETRY_MAX_NS) :
				    RETRY_MIN_NS;
	d->retry_at = now_ns() + d->retry_ns;
}

static void say_lost(struct audio_alsa *d, const char *what, int err,
		     const char *text)
{
	if (!d->said)
		alsa_log_failure(d, what, err, text,
			    d->audio.capture ? "; silence is recorded until it works" :
			    "; playback is discarded until it works");
	d->said = true;
}

static struct alsa_job *close_job(struct audio_alsa *d, uint64_t until)
{
	struct alsa_job *job = alsa_job_new(ALSA_CLOSE, d->name,
					    d->audio.capture);

	if (job) {
		job->dev = d->dev;
		job->until = until;
	}
	if (!job || !alsa_job_run(job)) {
		/* without memory or a thread it blocks here */
		snd_pcm_close(d->dev.pcm);
		if (job)
			job->dev.pcm = NULL;
		if (job)
			alsa_job_put(job);
		job = NULL;
	}
	d->dev.pcm = NULL;
	return job;
}

/**
 * alsa_lose_device() - go on without the device.
 * @d: endpoint
 * @what: the call that failed, or what else is wrong
 * @err: negative errno
 *
 * The device, if there is one, is closed by another thread.
 */
void alsa_lose_device(struct audio_alsa *d, const char *what, int err)
{
	struct alsa_job *job;

	say_lost(d, what, err, "");
	if (d->dev.pcm) {
		job = close_job(d, 0);
		if (job)
			alsa_job_put(job);
	}
	d->audio.lost = true;
	d->started = false;
	d->pos.part_len = 0;
	d->tail_until = 0;
	alsa_retry_later(d, err);
}

/* Return: false if it does not end in time; then the job is given up. */
static bool finish_job(struct audio_alsa *d, struct alsa_job *job)
{
	if (!alsa_job_wait(job, CALL_NS))
		return false;
	d->audio.cpu_ns += job->cpu_ns;
	return true;
}

/**
 * alsa_call_device() - make a call on the open device.
 * @d: endpoint with an open device
 * @call: neither PROBE, OPEN, REOPEN nor CLOSE
 *
 * Waits for a second at most.
 *
 * Return: 0 or a negative errno; with -ETIMEDOUT the device is lost.
 */
int alsa_call_device(struct audio_alsa *d, enum alsa_call call)
{
	struct alsa_job *job = alsa_job_new(call, d->name, d->audio.capture);
	int err = -ENOMEM;

	if (!job)
		return err;
	job->dev = d->dev;
	if (!alsa_job_run(job)) {
		err = -EAGAIN;
		job->dev.pcm = NULL;
	} else if (finish_job(d, job)) {
		err = job->err;
		job->dev.pcm = NULL;
	} else {
		/* the job's thread closes it */
		d->dev.pcm = NULL;
		err = -ETIMEDOUT;
		alsa_lose_device(d, "no answer", err);
	}
	alsa_job_put(job);
	return err;
}

/* ---- open and close ---- */

static void take_device(struct audio_alsa *d, struct alsa_job *job)
{
	d->dev = job->dev;
	job->dev.pcm = NULL;
	d->pos.server = d->dev.server;
	d->pos.period = d->dev.period;
	sink_position_forget(&d->pos);
	alsa_reset_device(d);
	d->pos.position = d->pos.base;
	pace_start(&d->pos.clock, d->pos.moved_at, d->pos.base * d->pos.frame);
	if (d->go)
		alsa_set_stock(d);
	d->haste_fed = 0;
	d->haste_at = d->pos.moved_at;
	d->retry_ns = 0;
	d->audio.lost = false;
	log_for(d->audio.log, LVL_DEBUG, "alsa:%s: period %lu, buffer %lu",
		d->name, d->dev.period, d->dev.buffer);
	if (d->said)
		log_for(d->audio.log, LVL_INFO, "alsa:%s: works again",
			d->name);
	d->said = false;
}

static bool same_params(const struct snd_params *a, const struct snd_params *b)
{
	return a->rate == b->rate && a->format == b->format &&
	       a->channels == b->channels && a->buffer_sz == b->buffer_sz &&
	       a->period_sz == b->period_sz;
}

/* The results of @d->job, which is done. */
static void take_results(struct audio_alsa *d)
{
	struct alsa_job *job = d->job;

	d->job = NULL;
	if (job->err) {
		say_lost(d, job->what, job->err, job->text);
		alsa_retry_later(d, job->err);
	} else if (job->call == ALSA_PROBE) {
		d->caps = job->caps;
		d->caps_time = now_ns();
	} else if (d->audio.lost && same_params(&job->p, &d->p)) {
		take_device(d, job);
	}
	alsa_job_put(job);
}

/**
 * alsa_check_job() - take the results of a call that was not waited for.
 * @d: endpoint
 */
void alsa_check_job(struct audio_alsa *d)
{
	if (d->job && alsa_job_wait(d->job, 0)) {
		d->audio.cpu_ns += d->job->cpu_ns;
		take_results(d);
	}
}

/**
 * alsa_start_job() - let another thread open the device.
 * @d: endpoint without a device and a job
 * @call: PROBE, OPEN or REOPEN
 *
 * Return: false if no thread can be started.
 */
bool alsa_start_job(struct audio_alsa *d, enum alsa_call call)
{
	struct alsa_job *job = alsa_job_new(call, d->name, d->audio.capture);

	if (!job)
		return false;
	job->p = d->p;
	job->dev.server = d->pos.server;
	if (!alsa_job_run(job)) {
		alsa_job_put(job);
		return false;
	}
	d->job = job;
	return true;
}

/*
 * Make the call, if it is time to try the device at all.
 *
 * Return: 0, or -errno; then @d->last_err says why, and the log as well.
 */
static int try_device(struct audio_alsa *d, enum alsa_call call)
{
	int err;

	alsa_check_job(d);
	if (d->dev.pcm)
		return 0;
	if (d->job)
		return d->last_err = -ETIMEDOUT;
	if (now_ns() < d->retry_at)
		return d->last_err;
	if (!alsa_start_job(d, call)) {
		say_lost(d, "cannot start a thread", -EAGAIN, "");
		alsa_retry_later(d, -EAGAIN);
		return d->last_err;
	}
	if (!finish_job(d, d->job)) {
		say_lost(d, "no answer", -ETIMEDOUT, "");
		return d->last_err = -ETIMEDOUT;
	}
	err = d->job->err;
	if (err != -EBUSY && err != -EINVAL) {
		take_results(d);
		return err;
	}
	/* the guest can act on it */
	alsa_log_failure(d, d->job->what, err, d->job->text, "");
	d->last_err = err;
	d->retry_ns = 0;
	d->retry_at = err == -EBUSY ? now_ns() + RETRY_MIN_NS : 0;
	alsa_job_put(d->job);
	d->job = NULL;
	return err;
}

static bool is_for_guest(int err)
{
	return err == -EBUSY || err == -EINVAL;
}

/**
 * alsa_caps() - what the device can do; see audio.h.
 * @a: endpoint
 * @caps: filled in
 *
 * The device is not queried for each of a series of requests. For one that does
 * not work the last capabilities count, or none are excluded.
 *
 * Return: 0 or -XEN_Exx.
 */
int alsa_caps(struct audio *a, struct snd_caps *caps)
{
	struct audio_alsa *d = to_alsa(a);
	int err = 0;

	if (!d->dev.pcm && (!d->caps_time ||
			    now_ns() - d->caps_time > CAPS_AGE_NS))
		err = try_device(d, ALSA_PROBE);
	if (d->caps_time) {
		*caps = d->caps;
		return 0;
	}
	if (is_for_guest(err))
		return alsa_xen_error(err);
	snd_caps_any(caps);
	caps->formats = alsa_formats();
	return 0;
}

static void set_params(struct audio_alsa *d, const struct snd_params *p)
{
	d->p = *p;
	d->go = false;
	d->paused = false;
	d->tail_until = 0;
	d->started = false;
	d->stock = false;
	sink_position_params(&d->pos, p);
}

/* Others may only have the device once it is closed. */
static void end_tail(struct audio_alsa *d)
{
	if (!d->closing)
		return;
	alsa_job_hurry(d->closing);
	alsa_job_wait(d->closing, CALL_NS);
	alsa_job_put(d->closing);
	d->closing = NULL;
}

/**
 * alsa_open() - open the device, or go on without; see audio.h.
 * @a: endpoint
 * @p: parameters
 *
 * Return: 0 or -XEN_Exx.
 */
int alsa_open(struct audio *a, const struct snd_params *p)
{
	struct audio_alsa *d = to_alsa(a);
	int err;

	if (!(alsa_formats() >> p->format & 1))
		return -XEN_EINVAL;
	set_params(d, p);
	a->xruns = 0;
	a->lost = true;
	err = try_device(d, ALSA_OPEN);
	if (err == -EBUSY && d->closing) {
		/* this daemon still has it open */
		end_tail(d);
		d->retry_at = 0;
		err = try_device(d, ALSA_OPEN);
	}
	if (a->lost && is_for_guest(err))
		return alsa_xen_error(err);
	return 0;
}

/**
 * alsa_close() - close the device once the end of the sound was played.
 * @a: endpoint that is stopped
 */
void alsa_close(struct audio *a)
{
	struct audio_alsa *d = to_alsa(a);
	bool tail = now_ns() < d->tail_until;

	a->lost = false;
	if (!d->dev.pcm)
		return;
	end_tail(d);
	d->closing = close_job(d, d->tail_until);
	d->tail_until = 0;
	if (!tail)
		end_tail(d);
}

