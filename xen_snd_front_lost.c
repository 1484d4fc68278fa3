// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: streams whose backend is lost, or not heard of
 */

#include "xen_snd_front.h"

/*
 * Applications see -ESTRPIPE, and snd_pcm_resume() tells when to prepare again.
 * Stream lock. Return: frames that were accepted and are not known to be played.
 */
static u64 suspend(struct xen_snd_front_stream *stream)
{
	struct snd_pcm_runtime *runtime = stream->substream->runtime;
	u64 lost = 0;

	if (stream->armed && stream->cfg->direction == SNDRV_PCM_STREAM_PLAYBACK)
		lost = stream->appl - stream->pos.hw;
	stream->armed = false;

	switch (runtime->state) {
	case SNDRV_PCM_STATE_PREPARED:
	case SNDRV_PCM_STATE_RUNNING:
	case SNDRV_PCM_STATE_XRUN:
	case SNDRV_PCM_STATE_DRAINING:
	case SNDRV_PCM_STATE_PAUSED:
		snd_pcm_stop(stream->substream, SNDRV_PCM_STATE_SUSPENDED);
		fallthrough;
	case SNDRV_PCM_STATE_SUSPENDED:
		/* What did not run would resume by itself, and not be prepared. */
		runtime->suspended_state = SNDRV_PCM_STATE_RUNNING;
		break;
	default:
		break;
	}

	return lost;
}

/* Ends a stream whose backend is not heard of. */
static void miss(struct xen_snd_front_stream *stream)
{
	u64 lost;

	/* Sends STOP, and finds responses from better times in the ring. */
	lost = suspend(stream);
	xen_snd_front_chan_miss(&stream->chan);
	dev_err_ratelimited(&stream->chan.dev->dev,
			    "%s: backend not heard of, %llu frames not known to be played\n",
			    stream->cfg->path, lost);
}

/* Return: shall there be another look? */
static bool look(struct xen_snd_front_stream *stream)
{
	struct snd_pcm_runtime *runtime = stream->substream->runtime;
	unsigned int heard = READ_ONCE(stream->chan.heard);
	unsigned int patience;

	if (!stream->armed || !snd_pcm_running(stream->substream))
		return false;

	stream->quiet++;
	if (heard != stream->heard)
		stream->quiet = 0;
	stream->heard = heard;

	/* Looks, not time: a guest that was paused looks once when it wakes up. */
	patience = 1000 + div_u64(1000ULL * runtime->period_size, runtime->rate);
	if (stream->quiet * XEN_SND_FRONT_WATCH_MS < patience)
		return true;

	miss(stream);
	return false;
}

static void watch_work(struct work_struct *work)
{
	struct xen_snd_front_stream *stream =
		container_of(to_delayed_work(work), struct xen_snd_front_stream, watch);
	unsigned long flags;
	bool again = false;

	mutex_lock(&stream->up);
	if (stream->substream) {
		snd_pcm_stream_lock_irqsave(stream->substream, flags);
		again = look(stream);
		snd_pcm_stream_unlock_irqrestore(stream->substream, flags);
	}
	mutex_unlock(&stream->up);
	if (again)
		xen_snd_front_lost_watch(stream);
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
 * Context: any.
 */
void xen_snd_front_lost_watch(struct xen_snd_front_stream *stream)
{
	schedule_delayed_work(&stream->watch, msecs_to_jiffies(XEN_SND_FRONT_WATCH_MS));
}

/**
 * xen_snd_front_lost_suspend() - the connection has gone, but perhaps not for good
 * @stream: the stream; its channel is shut
 *
 * A stream in use is suspended: what the application does next comes too late for this
 * connection and too early for the next one, until it prepares the stream again.
 *
 * Context: process context; does not sleep for the backend.
 */
void xen_snd_front_lost_suspend(struct xen_snd_front_stream *stream)
{
	u64 lost = 0;

	mutex_lock(&stream->up);
	if (stream->substream) {
		snd_pcm_stream_lock_irq(stream->substream);
		lost = suspend(stream);
		snd_pcm_stream_unlock_irq(stream->substream);
	}
	mutex_unlock(&stream->up);

	if (lost)
		dev_info(&stream->chan.dev->dev,
			 "%s: backend gone, %llu frames not known to be played\n",
			 stream->cfg->path, lost);
}
