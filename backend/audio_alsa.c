// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: ALSA PCMs as sinks and sources.
 *
 * Data are moved by the stream's thread; every call that may hang is a job's
 * (alsa_job.h). How a PCM is opened is in alsa_setup.c.
 *
 * Positions come from the device's hardware pointer. What lies behind it (a
 * sound server's quantum, HDMI, Bluetooth) has left the buffer: the guest may
 * fill that room again. snd_pcm_delay() counts it, and a guest that keeps less
 * queued than that would never see its position move. The delay is only used
 * to let the end of a sound be heard.
 *
 * A pointer may leap over all that the guest has queued, and a guest that reads
 * that has an xrun. So its last period passes in the time that it takes.
 *
 * A sound server takes data in lumps, as large as it likes, and often a big one
 * first. It gets silence before the first frame of a guest that keeps less
 * queued than that; this stays in its buffer as a lead. The guest's position
 * moves with time then, never ahead of the pointer, which counts the lead.
 *
 * Xruns are recovered from and counted; a device starts again when it has
 * something in stock. A device that cannot pause plays what it has already got.
 *
 * A device that is gone, that does not answer or whose pointer stands still is
 * lost (audio.h): time goes on without it, one line in the log says so, and it
 * is tried again and again until it works.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alsa_job.h"
#include "audio.h"
#include "pace.h"
#include "util.h"

/* how long a device's answer about its capabilities is believed */
#define CAPS_AGE_NS	(2 * NSEC_PER_SEC)

/* how long a stream's thread waits for a call */
#define CALL_NS		NSEC_PER_SEC

/* a device that does not work is tried again after that long, then longer */
#define RETRY_MIN_NS	(250 * NSEC_PER_MSEC)
#define RETRY_MAX_NS	(2 * NSEC_PER_SEC)

/* the end of a sound may take so long to be heard */
#define TAIL_MAX_NS	NSEC_PER_SEC

/* what a sound server wants in stock, at first and at most */
#define STOCK_MIN_NS	(120 * NSEC_PER_MSEC)
#define STOCK_MAX_NS	(480 * NSEC_PER_MSEC)

/* how long a device waits for that after an xrun, at most */
#define STOCK_WAIT_NS	(100 * NSEC_PER_MSEC)

/* the least distance from the pointer is looked for in such a time */
#define LAG_WINDOW_NS	NSEC_PER_SEC

/* a device that takes data that much faster than time passes has no clock */
#define HASTE_NS	(500 * NSEC_PER_MSEC)
#define HASTE_WINDOW_NS	(10 * NSEC_PER_SEC)

#define FRAME_MAX	(SND_MAX_CHANNELS * 8)

/**
 * struct audio_alsa - one ALSA endpoint
 * @audio: common part
 * @name: PCM name
 * @p: parameters of the guest's OPEN
 * @clock: what the position would be by time alone
 * @dev: open device
 * @job: OPEN, REOPEN or PROBE that is not waited for
 * @closing: CLOSE that waits until the end of the sound has been heard
 * @retry_at: the device is not tried before this time
 * @retry_ns: and then after so long
 * @last_err: why
 * @said: the log knows that the device is lost
 * @frame: octets of a frame
 * @quiet: a silent one
 * @part: an incomplete frame that waits for its rest
 * @part_len: octets in @part
 * @go: between START and STOP
 * @paused: likewise PAUSE and RESUME
 * @started: the device runs, or has run empty
 * @stock: it ran empty, and starts again when it has something in stock
 * @stock_until: or at this time
 * @base: the guest's frames that were written before it was last prepared
 * @fed: and since then
 * @lead: frames of silence before these
 * @silent: as many of the last of @fed were silence
 * @position: the guest's frames that have been passed
 * @passed: what the pointer says to that
 * @left: frames that the pointer had not passed when it was last seen
 * @behind: frames that @position had passed and that were not heard yet
 * @heard_at: when all that it had will have been heard, ns
 * @server: it takes data in lumps
 * @lump: frames of the largest one
 * @want_ns: what it wants in stock
 * @lag_min: least distance of @position from @passed in the current window
 * @lag_ref: and in the first one
 * @lag_at: start of the window, 0 if there was none since it was prepared, ns
 * @moved_at: when that changed, ns
 * @haste_at: start of the current window, ns
 * @haste_fed: frames written in it
 * @tail_until: after STOP it plays to the end, but not longer than this
 * @caps: what the device can do
 * @caps_time: when @caps was found out, 0 for never
 */
struct audio_alsa {
	struct audio audio;
	char name[ALSA_NAME_MAX];
	struct snd_params p;
	struct pace clock;
	struct alsa_pcm dev;
	struct alsa_job *job;
	struct alsa_job *closing;
	uint64_t retry_at;
	uint64_t retry_ns;
	int last_err;
	bool said;
	uint32_t frame;
	uint8_t quiet[FRAME_MAX];
	uint8_t part[FRAME_MAX];
	size_t part_len;
	bool go;
	bool paused;
	bool started;
	bool stock;
	uint64_t stock_until;
	uint64_t base;
	uint64_t fed;
	uint64_t lead;
	uint64_t silent;
	uint64_t position;
	uint64_t passed;
	uint64_t left;
	uint64_t behind;
	uint64_t heard_at;
	bool server;
	uint64_t lump;
	uint64_t want_ns;
	uint64_t lag_min;
	uint64_t lag_ref;
	uint64_t lag_at;
	uint64_t moved_at;
	uint64_t haste_at;
	uint64_t haste_fed;
	uint64_t tail_until;
	struct snd_caps caps;
	uint64_t caps_time;
};

static struct audio_alsa *to_alsa(struct audio *a)
{
	return (struct audio_alsa *)a;
}

static uint64_t frames_ns(const struct audio_alsa *d, uint64_t frames)
{
	return pace_duration(&d->clock, frames * d->frame);
}

static int xen_error(int err)
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

static void log_failure(struct audio_alsa *d, const char *what, int err,
			const char *text, const char *so)
{
	log_for(d->audio.log, LVL_ERROR, "alsa:%s: %s: %s%s%s%s", d->name,
		what, snd_strerror(err), *text ? ": " : "", text, so);
}

/* ---- a device that does not work ---- */

static void retry_later(struct audio_alsa *d, int err)
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
		log_failure(d, what, err, text,
			    d->audio.capture ? "; silence until it works" :
			    "; time goes on without it until it works");
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
		/* no memory or no thread: that is the time to block */
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

static void lose_device(struct audio_alsa *d, const char *what, int err)
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
	d->part_len = 0;
	d->tail_until = 0;
	retry_later(d, err);
}

/* Return: false if it does not answer; then the job is given up. */
static bool finish_job(struct audio_alsa *d, struct alsa_job *job)
{
	if (!alsa_job_wait(job, CALL_NS))
		return false;
	d->audio.cpu_ns += job->cpu_ns;
	return true;
}

/* A call on the open device. Return: 0 or -errno; -ETIMEDOUT: it is lost. */
static int call_device(struct audio_alsa *d, enum alsa_call call)
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
		lose_device(d, "no answer", err);
	}
	alsa_job_put(job);
	return err;
}

/* ---- open and close ---- */

/* What the device had is gone, but not the guest's count. */
static void reset_device(struct audio_alsa *d)
{
	d->started = false;
	d->stock = false;
	d->base += d->fed;
	d->passed = d->base;
	d->fed = 0;
	d->lead = 0;
	d->silent = 0;
	d->left = 0;
	d->behind = 0;
	d->lag_at = 0;
	d->moved_at = now_ns();
}

static void reset_counts(struct audio_alsa *d)
{
	d->fed = 0;
	d->base = 0;
	d->position = 0;
	reset_device(d);
	pace_start(&d->clock, d->moved_at, 0);
}

/* It starts again with two periods, or with what there is after that long. */
static void set_stock(struct audio_alsa *d)
{
	d->stock = true;
	d->stock_until = now_ns() + min_u64(frames_ns(d, 5 * d->dev.period / 2),
					    STOCK_WAIT_NS);
}

static void take_device(struct audio_alsa *d, struct alsa_job *job)
{
	d->dev = job->dev;
	job->dev.pcm = NULL;
	d->server = d->dev.server;
	d->lump = 0;
	reset_device(d);
	d->position = d->base;
	pace_start(&d->clock, d->moved_at, d->base * d->frame);
	if (d->go)
		set_stock(d);
	d->haste_fed = 0;
	d->haste_at = d->moved_at;
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
		retry_later(d, job->err);
	} else if (job->call == ALSA_PROBE) {
		d->caps = job->caps;
		d->caps_time = now_ns();
	} else if (d->audio.lost && same_params(&job->p, &d->p)) {
		take_device(d, job);
	}
	alsa_job_put(job);
}

static void check_job(struct audio_alsa *d)
{
	if (d->job && alsa_job_wait(d->job, 0)) {
		d->audio.cpu_ns += d->job->cpu_ns;
		take_results(d);
	}
}

static bool start_job(struct audio_alsa *d, enum alsa_call call)
{
	struct alsa_job *job = alsa_job_new(call, d->name, d->audio.capture);

	if (!job)
		return false;
	job->p = d->p;
	job->dev.server = d->server;
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

	check_job(d);
	if (d->dev.pcm)
		return 0;
	if (d->job)
		return d->last_err = -ETIMEDOUT;
	if (now_ns() < d->retry_at)
		return d->last_err;
	if (!start_job(d, call)) {
		say_lost(d, "no thread", -EAGAIN, "");
		retry_later(d, -EAGAIN);
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
	/* that is the guest's to know */
	log_failure(d, d->job->what, err, d->job->text, "");
	d->last_err = err;
	d->retry_ns = 0;
	d->retry_at = err == -EBUSY ? now_ns() + RETRY_MIN_NS : 0;
	alsa_job_put(d->job);
	d->job = NULL;
	return err;
}

static bool guests_to_know(int err)
{
	return err == -EBUSY || err == -EINVAL;
}

/*
 * The device is asked once in a while, not for each of a series of queries.
 * One that does not work may be able to do anything, or what it could before.
 */
static int alsa_caps(struct audio *a, struct snd_caps *caps)
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
	if (guests_to_know(err))
		return xen_error(err);
	snd_caps_any(caps);
	caps->formats = alsa_formats();
	return 0;
}

static void set_params(struct audio_alsa *d, const struct snd_params *p)
{
	d->p = *p;
	d->frame = p->unit_octets;
	d->part_len = 0;
	d->go = false;
	d->paused = false;
	d->tail_until = 0;
	pace_init(&d->clock, p->rate, p->unit_frames, p->unit_octets);
	audio_silence(p->format, d->quiet, d->frame);
	reset_counts(d);
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

static int alsa_open(struct audio *a, const struct snd_params *p)
{
	struct audio_alsa *d = to_alsa(a);
	int err;

	set_params(d, p);
	a->xruns = 0;
	a->lost = true;
	err = try_device(d, ALSA_OPEN);
	if (err == -EBUSY && d->closing) {
		/* it is us who have it */
		end_tail(d);
		d->retry_at = 0;
		err = try_device(d, ALSA_OPEN);
	}
	if (a->lost && guests_to_know(err))
		return xen_error(err);
	return 0;
}

static void alsa_close(struct audio *a)
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

/* ---- START, STOP, PAUSE ---- */

static int prepare_device(struct audio_alsa *d)
{
	reset_device(d);
	return call_device(d, ALSA_PREPARE);
}

static int start_device(struct audio_alsa *d)
{
	int err = 0;

	if (snd_pcm_state(d->dev.pcm) != SND_PCM_STATE_PREPARED)
		err = prepare_device(d);
	if (!err && (d->fed || d->audio.capture))
		err = call_device(d, ALSA_START);
	if (err)
		return err;
	d->started = d->fed || d->audio.capture;
	d->moved_at = now_ns();
	return 0;
}

/* What it still plays of the last sound is a lead of the next one. */
static void begin_in_tail(struct audio_alsa *d)
{
	snd_pcm_sframes_t avail = snd_pcm_avail(d->dev.pcm);
	bool runs = avail >= 0 &&
		    snd_pcm_state(d->dev.pcm) == SND_PCM_STATE_RUNNING;

	reset_counts(d);
	if (!runs) {
		call_device(d, ALSA_PREPARE);
		return;
	}
	d->started = true;
	d->lead = d->dev.buffer - min_u64((uint64_t)avail, d->dev.buffer);
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
	log_failure(d, "start", err, "", "");
	return xen_error(err);
}

/* Enough to start with, or as much as there will be. */
static bool in_stock(const struct audio_alsa *d)
{
	uint64_t most = min_u64(d->dev.buffer, d->p.buffer_sz / d->frame);

	return !d->stock || now_ns() >= d->stock_until ||
	       d->fed >= min_u64(2 * d->dev.period, most);
}

static int alsa_kick(struct audio *a, bool told)
{
	struct audio_alsa *d = to_alsa(a);
	int err;

	if (a->lost || !d->go || d->paused || d->started || !d->fed ||
	    !in_stock(d))
		return 0;
	err = start_device(d);
	if (!err || a->lost)
		return 0;
	if (!told) {
		lose_device(d, "start", err);
		return 0;
	}
	d->go = false;
	log_failure(d, "start", err, "", "");
	return xen_error(err);
}

/*
 * Two clocks are never alike. What @position falls behind the pointer over what
 * it was in the beginning is made good.
 */
static uint64_t lag_too_much(struct audio_alsa *d, uint64_t now)
{
	uint64_t lag = d->passed - min_u64(d->position, d->passed), more = 0;
	bool first = !d->lag_at;

	d->lag_min = first ? lag : min_u64(lag, d->lag_min);
	if (first)
		d->lag_ref = UINT64_MAX;
	else if (now - d->lag_at < LAG_WINDOW_NS)
		return 0;
	else if (d->lag_ref == UINT64_MAX)
		d->lag_ref = d->lag_min;
	else if (d->lag_min > d->lag_ref + d->p.rate / 100)
		more = d->lag_min - d->lag_ref;
	d->lag_at = now;
	d->lag_min = lag;
	return more;
}

/* Where the guest's position is, given where the pointer can be: see above. */
static void move_position(struct audio_alsa *d, uint64_t top, bool known)
{
	uint64_t now = now_ns(), total = d->base + d->fed;
	uint64_t at = pace_octets(&d->clock, now) / d->frame, clock = at;
	uint64_t keep = d->p.period_sz ? d->p.period_sz / d->frame :
					 d->dev.period;

	keep = total - min_u64(total, keep);
	if (known && d->server)
		at = max_u64(at, min_u64(at + lag_too_much(d, now), keep));
	else if (known && d->position >= d->base)
		at = max_u64(at, min_u64(top, keep));
	at = max_u64(min_u64(at, min_u64(top, total)), d->position);
	d->position = at;
	if (at != clock)
		pace_start(&d->clock, now, at * d->frame);
}

/* See what has been played, and what has been heard. */
static int look_at_device(struct audio_alsa *d)
{
	snd_pcm_sframes_t avail = snd_pcm_avail(d->dev.pcm), delay;
	uint64_t left, passed, ahead;

	if (avail == -EPIPE || avail == -ESTRPIPE)
		move_position(d, d->base + d->fed, false);
	if (avail < 0)
		return (int)avail;
	left = d->dev.buffer - min_u64((uint64_t)avail, d->dev.buffer);
	passed = d->base + d->lead + d->fed;
	passed -= min_u64(left, passed);
	if (!d->left || passed != d->passed)
		d->moved_at = now_ns();
	d->lump = max_u64(d->lump, passed - min_u64(d->passed, passed));
	d->passed = passed;
	d->left = left;
	move_position(d, passed, true);
	/* PulseAudio's waits for the server's first word */
	if ((d->server && passed == d->base) ||
	    snd_pcm_delay(d->dev.pcm, &delay) < 0 || delay < 0)
		return 0;
	ahead = d->base + d->fed - d->position;
	d->behind = (uint64_t)delay - min_u64(ahead, (uint64_t)delay);
	d->heard_at = now_ns() + frames_ns(d, (uint64_t)delay);
	return 0;
}

/*
 * A sound has ended if all that the guest's position has not passed is silence.
 * What it has passed and nobody has heard would be cut off by snd_pcm_drop(). So
 * the device goes on for as long as that takes, with silence.
 */
static bool play_out(struct audio_alsa *d)
{
	uint64_t now = now_ns();
	int err;

	if (d->audio.capture || !d->started || d->paused)
		return false;
	err = look_at_device(d);
	if ((err && err != -EPIPE) || !d->behind || d->heard_at <= now ||
	    d->base + d->fed - d->position > d->silent)
		return false;
	d->tail_until = d->heard_at;
	/* the last of it may have to wait for the next lump */
	if (d->server)
		d->tail_until += frames_ns(d, d->lump);
	d->tail_until = min_u64(d->tail_until, now + TAIL_MAX_NS);
	if (!err)
		alsa_write_silence(d->dev.pcm, &d->p, d->behind);
	return true;
}

static void alsa_stop(struct audio *a)
{
	struct audio_alsa *d = to_alsa(a);
	int err;

	d->part_len = 0;
	if (!a->lost && !d->tail_until && (d->fed || (a->capture && d->go)) &&
	    !play_out(d)) {
		err = call_device(d, ALSA_DROP);
		if (err && !a->lost)
			lose_device(d, "stop", err);
		reset_counts(d);
	}
	d->go = false;
	d->paused = false;
}

static void alsa_pause(struct audio *a, bool on)
{
	struct audio_alsa *d = to_alsa(a);

	d->paused = on;
	d->moved_at = now_ns();
	if (on)
		pace_stop(&d->clock, d->position * d->frame);
	else
		pace_start(&d->clock, d->moved_at, d->position * d->frame);
	if (!a->lost && d->dev.can_pause && d->started)
		call_device(d, on ? ALSA_PAUSE : ALSA_RESUME);
}

/* ---- data ---- */

/* It ran empty although the guest had kept up: then it wants more in stock. */
static void want_more(struct audio_alsa *d)
{
	move_position(d, d->base + d->fed, false);
	if (d->base + d->fed - d->position <= d->dev.period)
		return;
	if (d->server)
		d->want_ns = min_u64(2 * d->want_ns, STOCK_MAX_NS);
	d->server = true;
}

/* The device has run empty, or full, or was suspended. */
static bool recover_xrun(struct audio_alsa *d, int err)
{
	if (err != -EPIPE && err != -ESTRPIPE) {
		lose_device(d, d->audio.capture ? "read" : "write", err);
		return false;
	}
	if (err == -EPIPE)
		d->audio.xruns++;
	if (!d->audio.capture)
		want_more(d);
	err = prepare_device(d);
	if (!err && d->audio.capture && d->go)
		err = start_device(d);
	if (err && !d->audio.lost)
		lose_device(d, "no recovery from an xrun", err);
	set_stock(d);
	return !d->audio.lost;
}

static void count_silence(struct audio_alsa *d, const uint8_t *data,
			  uint64_t frames)
{
	uint64_t n = 0;

	while (n < frames && !memcmp(data + (frames - 1 - n) * d->frame,
				     d->quiet, d->frame))
		n++;
	d->silent = n == frames ? d->silent + n : n;
}

/* A device without a clock would make the guest's time run away. */
static void check_haste(struct audio_alsa *d, uint64_t frames)
{
	uint64_t passed = now_ns() - d->haste_at;

	if (passed > HASTE_WINDOW_NS) {
		d->haste_at += passed;
		d->haste_fed = 0;
		passed = 0;
	}
	d->haste_fed += frames;
	if (frames_ns(d, d->haste_fed) >
	    passed + frames_ns(d, d->dev.buffer) + HASTE_NS)
		lose_device(d, "it is faster than time", -EIO);
}

/* Silence before the first frame, so that a guest's little is enough. */
static void write_lead(struct audio_alsa *d)
{
	uint64_t guest = d->p.buffer_sz / d->frame;
	uint64_t want = d->want_ns * d->p.rate / NSEC_PER_SEC + d->dev.period;

	if (!d->server || d->fed || d->lead || d->started || want <= guest ||
	    d->dev.buffer <= guest)
		return;
	d->lead = alsa_write_silence(d->dev.pcm, &d->p,
				     min_u64(want - guest,
					     d->dev.buffer - guest));
}

static uint64_t put_frames(struct audio_alsa *d, const void *data,
			   snd_pcm_uframes_t frames)
{
	snd_pcm_sframes_t n;

	write_lead(d);
	n = snd_pcm_writei(d->dev.pcm, data, frames);
	if (n < 0 && n != -EAGAIN) {
		if (!recover_xrun(d, (int)n))
			return 0;
		write_lead(d);
		n = snd_pcm_writei(d->dev.pcm, data, frames);
		if (n < 0 && n != -EAGAIN)
			lose_device(d, "write", (int)n);
	}
	if (n <= 0)
		return 0;
	d->fed += (uint64_t)n;
	count_silence(d, data, (uint64_t)n);
	check_haste(d, (uint64_t)n);
	return (uint64_t)n;
}

static size_t put_part(struct audio_alsa *d, const void *data, size_t octets)
{
	size_t k = min_u32((uint32_t)octets, d->frame - (uint32_t)d->part_len);

	memcpy(d->part + d->part_len, data, k);
	if (d->part_len + k < d->frame) {
		d->part_len += k;
		return k;
	}
	if (!put_frames(d, d->part, 1))
		return 0;
	d->part_len = 0;
	return k;
}

static size_t alsa_write(struct audio *a, const void *data, size_t octets)
{
	struct audio_alsa *d = to_alsa(a);

	if (a->lost)
		return octets;
	if (d->part_len || octets < d->frame)
		return put_part(d, data, octets);
	return put_frames(d, data, octets / d->frame) * d->frame;
}

static uint64_t stand_limit(const struct audio_alsa *d)
{
	return (uint64_t)alsa_stand_limit_ms(&d->dev, d->p.rate) *
	       NSEC_PER_MSEC;
}

static void check_stand(struct audio_alsa *d)
{
	if (d->go && d->started && !d->paused &&
	    now_ns() - d->moved_at > stand_limit(d))
		lose_device(d, d->audio.capture ? "no data come" :
			    "its pointer stands still", -ETIMEDOUT);
}

static size_t alsa_read(struct audio *a, void *data, size_t octets)
{
	struct audio_alsa *d = to_alsa(a);
	snd_pcm_sframes_t n;

	if (a->lost) {
		audio_silence(d->p.format, data, octets);
		return octets;
	}
	n = snd_pcm_readi(d->dev.pcm, data, octets / d->frame);
	if (n == -EAGAIN || !n) {
		check_stand(d);
		return 0;
	}
	if (n < 0) {
		recover_xrun(d, (int)n);
		return 0;
	}
	d->moved_at = now_ns();
	return (size_t)n * d->frame;
}

static uint64_t alsa_queued(struct audio *a)
{
	struct audio_alsa *d = to_alsa(a);
	int err;

	if (a->lost)
		return 0;
	err = look_at_device(d);
	if (err && err != -EPIPE && err != -ESTRPIPE)
		lose_device(d, "pointer", err);
	else if (!err)
		check_stand(d);
	return a->lost ? 0 : (d->base + d->fed - d->position) * d->frame;
}

/* ---- what is to be done some time ---- */

static void alsa_check(struct audio *a, bool live)
{
	struct audio_alsa *d = to_alsa(a);

	if (d->tail_until && now_ns() >= d->tail_until) {
		d->tail_until = 0;
		call_device(d, ALSA_DROP);
		reset_counts(d);
	}
	if (!a->lost || !live)
		return;
	check_job(d);
	if (a->lost && !d->job && now_ns() >= d->retry_at &&
	    !start_job(d, ALSA_REOPEN))
		retry_later(d, -EAGAIN);
	if (!a->lost && a->capture && start_device(d))
		lose_device(d, "start", -EIO);
}

static uint64_t alsa_deadline(struct audio *a)
{
	struct audio_alsa *d = to_alsa(a);

	if (d->tail_until)
		return d->tail_until;
	if (a->capture && !a->lost && d->go && d->started && !d->paused)
		return d->moved_at + stand_limit(d) + NSEC_PER_MSEC;
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
	.check = alsa_check,
	.deadline = alsa_deadline,
	.pollfds = alsa_pollfds,
	.pollack = alsa_pollack,
	.free = alsa_free,
};

/**
 * audio_alsa_new() - an ALSA endpoint; the device is not touched yet.
 * @name: PCM name
 * @capture: a source, else a sink
 *
 * Return: endpoint, or NULL for want of memory.
 */
struct audio *audio_alsa_new(const char *name, bool capture)
{
	struct audio_alsa *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->audio.ops = &alsa_ops;
	d->want_ns = STOCK_MIN_NS;
	d->audio.capture = capture;
	snprintf(d->name, sizeof(d->name), "%s", name);
	return &d->audio;
}
