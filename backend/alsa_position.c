// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: an ALSA sink's pointer and delay, for sink_position.c.
 */
#include <errno.h>

#include "alsa_priv.h"

/* how long a device waits for its stock after an xrun, at most */
#define STOCK_WAIT_NS	(100 * NSEC_PER_MSEC)

/**
 * alsa_reset_device() - the device's buffer is empty; the guest's count goes on.
 * @d: endpoint; its device is prepared next, or has been
 */
void alsa_reset_device(struct audio_alsa *d)
{
	d->started = false;
	d->stock = false;
	sink_position_prepared(&d->pos);
}

/**
 * alsa_reset_counts() - the guest counts from 0 again.
 * @d: endpoint whose device has no data
 */
void alsa_reset_counts(struct audio_alsa *d)
{
	d->started = false;
	d->stock = false;
	sink_position_reset(&d->pos);
}

/**
 * alsa_set_stock() - start again with two periods, or some time later.
 * @d: endpoint whose device was prepared after an xrun
 */
void alsa_set_stock(struct audio_alsa *d)
{
	d->stock = true;
	d->stock_until = now_ns() + min_u64(sink_position_ns(&d->pos, 5 * d->dev.period / 2),
					    STOCK_WAIT_NS);
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

	if (avail == -EPIPE || avail == -ESTRPIPE)
		sink_position_by_time(&d->pos);
	if (avail < 0)
		return (int)avail;
	sink_position_look(&d->pos, d->dev.buffer -
			   min_u64((uint64_t)avail, d->dev.buffer));
	/* PulseAudio's waits until the server has reported once */
	if ((d->pos.server && d->pos.passed == d->pos.base) ||
	    snd_pcm_delay(d->dev.pcm, &delay) < 0 || delay < 0)
		return 0;
	sink_position_delay(&d->pos, (uint64_t)delay);
	return 0;
}

/**
 * alsa_play_out() - play the end of a sound after STOP.
 * @d: endpoint that is about to be stopped
 *
 * snd_pcm_drop() would cut off what the device has not played yet, so it goes
 * on with silence until that is played.
 *
 * Return: false if it is to be stopped at once.
 */
bool alsa_play_out(struct audio_alsa *d)
{
	int err;

	if (d->audio.capture || !d->started || d->paused)
		return false;
	err = alsa_look_at_device(d);
	if (err && err != -EPIPE)
		return false;
	d->tail_until = sink_position_tail(&d->pos);
	if (!d->tail_until)
		return false;
	if (!err)
		alsa_write_silence(d->dev.pcm, &d->p, d->pos.behind);
	return true;
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
