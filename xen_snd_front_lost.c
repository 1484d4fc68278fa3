// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: streams whose backend is lost, or not heard of
 */

#include "xen_snd_front.h"

/*
 * The stream is of no use to the backend any more, nor the backend to it. Stream lock.
 * Return: frames that were accepted and are not known to be played.
 */
static u64 disarm_stream(struct xen_snd_front_stream *stream)
{
	u64 lost = 0;

	if (stream->armed)
		lost = xen_snd_front_stream_unplayed(stream, stream->substream->runtime);
	stream->armed = false;
	stream->running = false;
	return lost;
}

/* Which ALSA did not suspend: without CONFIG_PM, or linked with one that is in no state for it. */
static void stop_if_running(struct xen_snd_front_stream *stream)
{
	mutex_lock(&stream->up);
	if (stream->substream) {
		snd_pcm_stream_lock_irq(stream->substream);
		if (!stream->armed && snd_pcm_running(stream->substream))
			snd_pcm_stop(stream->substream, SNDRV_PCM_STATE_XRUN);
		snd_pcm_stream_unlock_irq(stream->substream);
	}
	mutex_unlock(&stream->up);
}

/*
 * Applications see -ESTRPIPE, and snd_pcm_resume() tells when to prepare again. Streams that
 * are linked with one of these are suspended by ALSA as well, and resumed with it.
 */
static void suspend_pcm(struct xen_snd_front_card *card, struct snd_pcm *pcm)
{
	unsigned int i;

	snd_pcm_suspend_all(pcm);
	for (i = 0; i < card->num_streams; i++)
		if (card->streams[i].pcm == pcm)
			stop_if_running(&card->streams[i]);
}

/**
 * xen_snd_front_lost_suspend_later() - let the worker suspend a stream that cannot go on
 * @substream: the substream; its stream is not armed
 *
 * Context: any, the PCM stream lock may be held.
 */
void xen_snd_front_lost_suspend_later(struct snd_pcm_substream *substream)
{
	struct xen_snd_front_card *card = snd_pcm_substream_chip(substream);
	struct xen_snd_front_stream *stream = substream->runtime->private_data;

	WRITE_ONCE(stream->suspend_due, true);
	xen_snd_front_kick(card->front);
}

/**
 * xen_snd_front_lost_suspend_due() - suspend what xen_snd_front_lost_suspend_later() has left
 * @card: the card
 *
 * ALSA suspends all streams of a PCM device. Those with a backend that answers go on meanwhile,
 * and resume as if nothing had been.
 *
 * Context: the worker; waits for those who open or close a PCM.
 */
void xen_snd_front_lost_suspend_due(struct xen_snd_front_card *card)
{
	unsigned int i;

	WRITE_ONCE(card->sparing, true);
	for (i = 0; i < card->num_streams; i++)
		if (xchg(&card->streams[i].suspend_due, false))
			suspend_pcm(card, card->streams[i].pcm);
	WRITE_ONCE(card->sparing, false);
}

/* Ends a stream whose backend does not answer. Stream lock. */
static void mark_unresponsive(struct xen_snd_front_stream *stream)
{
	u64 lost;

	/* Finds responses from better times in the ring. */
	xen_snd_front_stream_trigger(stream, stream->substream, XENSND_OP_TRIGGER_STOP);
	lost = disarm_stream(stream);
	xen_snd_front_chan_miss(&stream->chan);
	dev_err_ratelimited(&stream->chan.dev->dev,
			    "%s: backend does not answer, %llu frames not known to be played\n",
			    stream->cfg->path, lost);
	xen_snd_front_lost_suspend_later(stream->substream);
}

/* An answer or a movement is due. Stream lock. */
static bool expects_sign(const struct xen_snd_front_stream *stream)
{
	if (READ_ONCE(stream->chan.urgent))
		return true;
	if (stream->cfg->direction == SNDRV_PCM_STREAM_CAPTURE)
		return true;

	/* The backend need not say where it is inside of a period. */
	return stream->sent - stream->pos.hw >= stream->event_frames;
}

/*
 * How often to look, ms. Where the application wants no period wake-ups, ALSA's core takes
 * a pointer that was not asked for within half a buffer for one that moved by a buffer more.
 */
static unsigned int watch_interval(const struct snd_pcm_runtime *runtime)
{
	u64 buffer = div_u64(1000ULL * runtime->buffer_size, runtime->rate);

	if (!runtime->no_period_wakeup)
		return XEN_SND_FRONT_WATCH_MS;
	return clamp_t(u64, buffer / 4, 1, XEN_SND_FRONT_WATCH_MS);
}

/* Return: shall there be another look? Stream lock. */
static bool watch_stream(struct xen_snd_front_stream *stream)
{
	struct snd_pcm_runtime *runtime = stream->substream->runtime;
	unsigned int heard = READ_ONCE(stream->chan.heard);
	unsigned int patience;

	if (!stream->armed || !stream->running)
		return false;

	/* Looks, not time: a guest that was paused looks once when it wakes up. */
	stream->quiet += watch_interval(runtime);
	if (heard != stream->heard || !expects_sign(stream))
		stream->quiet = 0;
	stream->heard = heard;

	patience = 1000 + div_u64(1000ULL * runtime->period_size, runtime->rate);
	if (stream->quiet < patience)
		return true;

	mark_unresponsive(stream);
	return false;
}

static void watch_work(struct work_struct *work)
{
	struct xen_snd_front_stream *stream =
		container_of(to_delayed_work(work), struct xen_snd_front_stream, watch);
	struct snd_pcm_substream *substream;
	snd_pcm_sframes_t delay;
	unsigned long flags;
	unsigned int again = 0;

	mutex_lock(&stream->up);
	substream = stream->substream;
	if (substream) {
		if (substream->runtime->no_period_wakeup)
			snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_DELAY, &delay);
		snd_pcm_stream_lock_irqsave(substream, flags);
		if (watch_stream(stream))
			again = watch_interval(substream->runtime);
		snd_pcm_stream_unlock_irqrestore(substream, flags);
	}
	mutex_unlock(&stream->up);
	if (again)
		schedule_delayed_work(&stream->watch, msecs_to_jiffies(again));
}

/**
 * xen_snd_front_lost_init() - prepare for losses
 * @stream: the stream
 *
 * Context: any.
 */
void xen_snd_front_lost_init(struct xen_snd_front_stream *stream)
{
	INIT_DELAYED_WORK(&stream->watch, watch_work);
}

/**
 * xen_snd_front_lost_watch() - look after the backend as long as the stream runs
 * @stream: the stream
 *
 * Nothing else ends the wait of an application whose backend is silent: ALSA is told to
 * be patient (XEN_SND_FRONT_WAIT_MS).
 *
 * Context: PCM stream lock.
 */
void xen_snd_front_lost_watch(struct xen_snd_front_stream *stream)
{
	unsigned int ms = watch_interval(stream->substream->runtime);

	stream->quiet = 0;
	schedule_delayed_work(&stream->watch, msecs_to_jiffies(ms));
}

/**
 * xen_snd_front_lost_suspend() - the connection has gone, but perhaps not for good
 * @card: the card; its channels are shut
 *
 * Streams in use are suspended: what their applications do next comes too late for this
 * connection and too early for the next one, until they prepare the streams again.
 *
 * Context: process context; does not sleep for the backend, but for those who open or close
 * a PCM.
 */
void xen_snd_front_lost_suspend(struct xen_snd_front_card *card)
{
	struct xen_snd_front_stream *stream;
	unsigned int i;
	u64 lost;

	for (i = 0; i < card->num_streams; i++) {
		stream = &card->streams[i];
		lost = 0;
		mutex_lock(&stream->up);
		if (stream->substream) {
			snd_pcm_stream_lock_irq(stream->substream);
			lost = disarm_stream(stream);
			snd_pcm_stream_unlock_irq(stream->substream);
		}
		mutex_unlock(&stream->up);
		if (lost)
			dev_info_ratelimited(&stream->chan.dev->dev,
					     "%s: backend gone, %llu frames not known to be played\n",
					     stream->cfg->path, lost);
	}

	/* The streams of a PCM device follow each other. */
	for (i = 0; i < card->num_streams; i++)
		if (!i || card->streams[i].pcm != card->streams[i - 1].pcm)
			suspend_pcm(card, card->streams[i].pcm);
}
