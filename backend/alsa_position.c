// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: an ALSA sink's position.
 *
 * It comes from the device's hardware pointer. Data behind the pointer (a sound
 * server's quantum, HDMI, Bluetooth) have left the buffer: the guest may write
 * there again. snd_pcm_delay() includes them, so the position of a guest that
 * keeps less queued than that would never move. The delay is only used to play
 * the end of a sound before the device is closed.
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
#include <errno.h>

#include "alsa_priv.h"

/* how long the end of a sound may be played after STOP */
#define TAIL_MAX_NS	NSEC_PER_SEC

/* the most that is kept queued for a sound server */
#define STOCK_MAX_NS	(480 * NSEC_PER_MSEC)

/* how long a device waits for its stock after an xrun, at most */
#define STOCK_WAIT_NS	(100 * NSEC_PER_MSEC)

/* the least distance from the pointer is measured over this time */
#define LAG_WINDOW_NS	NSEC_PER_SEC

/**
 * alsa_reset_device() - the device's buffer is empty; the guest's count goes on.
 * @d: endpoint; its device is prepared next, or has been
 */
void alsa_reset_device(struct audio_alsa *d)
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

/**
 * alsa_reset_counts() - the guest counts from 0 again.
 * @d: endpoint whose device has no data
 */
void alsa_reset_counts(struct audio_alsa *d)
{
	d->fed = 0;
	d->base = 0;
	d->position = 0;
	alsa_reset_device(d);
	pace_start(&d->clock, d->moved_at, 0);
}

/**
 * alsa_set_stock() - start again with two periods, or some time later.
 * @d: endpoint whose device was prepared after an xrun
 */
void alsa_set_stock(struct audio_alsa *d)
{
	d->stock = true;
	d->stock_until = now_ns() + min_u64(alsa_frames_ns(d, 5 * d->dev.period / 2),
					    STOCK_WAIT_NS);
}

/*
 * Two clocks are never alike. If @position falls further behind the pointer
 * than it was in the beginning, the difference is added to it.
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

/* Move the guest's position; @top is the most that the pointer allows. */
static void move_position(struct audio_alsa *d, uint64_t top, bool known)
{
	uint64_t now = now_ns(), total = d->base + d->fed;
	uint64_t at = pace_bytes(&d->clock, now) / d->frame, clock = at;
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

/**
 * alsa_look_at_device() - read the pointer and the delay.
 * @d: endpoint with an open sink
 *
 * Return: 0, -EPIPE or -ESTRPIPE if it has run empty (the position goes on with
 * time then), or another negative errno.
 */
int alsa_look_at_device(struct audio_alsa *d)
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
	/* PulseAudio's waits until the server has reported once */
	if ((d->server && passed == d->base) ||
	    snd_pcm_delay(d->dev.pcm, &delay) < 0 || delay < 0)
		return 0;
	ahead = d->base + d->fed - d->position;
	d->behind = (uint64_t)delay - min_u64(ahead, (uint64_t)delay);
	d->heard_at = now_ns() + alsa_frames_ns(d, (uint64_t)delay);
	return 0;
}

/**
 * alsa_play_out() - play the end of a sound after STOP.
 * @d: endpoint that is about to be stopped
 *
 * A sound has ended if all that the guest's position has not passed is silence.
 * snd_pcm_drop() would cut off what the position has passed and the device has
 * not played yet. So the device goes on with silence until that is played.
 *
 * Return: false if it is to be stopped at once.
 */
bool alsa_play_out(struct audio_alsa *d)
{
	uint64_t now = now_ns();
	int err;

	if (d->audio.capture || !d->started || d->paused)
		return false;
	err = alsa_look_at_device(d);
	if ((err && err != -EPIPE) || !d->behind || d->heard_at <= now ||
	    d->base + d->fed - d->position > d->silent)
		return false;
	d->tail_until = d->heard_at;
	/* the last of it may be taken with the next piece only */
	if (d->server)
		d->tail_until += alsa_frames_ns(d, d->lump);
	d->tail_until = min_u64(d->tail_until, now + TAIL_MAX_NS);
	if (!err)
		alsa_write_silence(d->dev.pcm, &d->p, d->behind);
	return true;
}

/**
 * alsa_want_more() - a sink has run empty.
 * @d: endpoint
 *
 * If the guest had kept up, the sink needs more queued, as a sound server does.
 */
void alsa_want_more(struct audio_alsa *d)
{
	move_position(d, d->base + d->fed, false);
	if (d->base + d->fed - d->position <= d->dev.period)
		return;
	if (d->server)
		d->want_ns = min_u64(2 * d->want_ns, STOCK_MAX_NS);
	d->server = true;
}

/**
 * alsa_stand_limit() - for how long the pointer may stand, ns.
 * @d: endpoint with an open device
 */
uint64_t alsa_stand_limit(const struct audio_alsa *d)
{
	return (uint64_t)alsa_stand_limit_ms(&d->dev, d->p.rate) *
	       NSEC_PER_MSEC;
}
