// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: an ALSA sink's position.
 *
 * It comes from the device's hardware pointer. What lies behind that (a sound
 * server's quantum, HDMI, Bluetooth) has left the buffer: the guest may fill
 * that room again. snd_pcm_delay() counts it, and a guest that keeps less queued
 * than that would never see its position move. The delay is only used to let
 * the end of a sound be heard.
 *
 * A pointer may leap over all that the guest has queued, and a guest that reads
 * that has an xrun. So its last period passes in the time that it takes.
 *
 * A sound server takes data in lumps, as large as it likes, and often a big one
 * first. It gets silence before the first frame of a guest that keeps less
 * queued than that; this stays in its buffer as a lead. The guest's position
 * moves with time then, never ahead of the pointer, which counts the lead.
 */
#include <errno.h>

#include "alsa_priv.h"

/* the end of a sound may take so long to be heard */
#define TAIL_MAX_NS	NSEC_PER_SEC

/* what a sound server can want in stock at most */
#define STOCK_MAX_NS	(480 * NSEC_PER_MSEC)

/* how long a device waits for its stock after an xrun, at most */
#define STOCK_WAIT_NS	(100 * NSEC_PER_MSEC)

/* the least distance from the pointer is looked for in such a time */
#define LAG_WINDOW_NS	NSEC_PER_SEC

/**
 * alsa_reset_device() - what the device had is gone, but not the guest's count.
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

/**
 * alsa_look_at_device() - see what has been played, and what has been heard.
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
	/* PulseAudio's waits for the server's first word */
	if ((d->server && passed == d->base) ||
	    snd_pcm_delay(d->dev.pcm, &delay) < 0 || delay < 0)
		return 0;
	ahead = d->base + d->fed - d->position;
	d->behind = (uint64_t)delay - min_u64(ahead, (uint64_t)delay);
	d->heard_at = now_ns() + alsa_frames_ns(d, (uint64_t)delay);
	return 0;
}

/**
 * alsa_play_out() - let the end of a sound be heard.
 * @d: endpoint that is about to be stopped
 *
 * A sound has ended if all that the guest's position has not passed is silence.
 * What it has passed and nobody has heard would be cut off by snd_pcm_drop(). So
 * the device goes on for as long as that takes, with silence.
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
	/* the last of it may have to wait for the next lump */
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
 * If the guest had kept up it wants more in stock, as a sound server does.
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
