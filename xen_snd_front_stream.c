// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: a stream's requests and positions
 *
 * Playback: what the application hands over is covered by WRITE requests at once; the
 * backend reads it straight from the buffer, and its position says what it has played.
 * Capture: the position says what the backend has recorded; exactly that is READ, and
 * the responses say that it is in the buffer. Both count frames since prepare:
 *
 *	playback	pos.hw <= sent <= appl
 *	capture		appl <= done <= sent <= pos.hw, sent <= appl + buffer
 *
 * A backend may go on recording into a buffer of its own while ours is full, so that
 * pos.hw is ahead then.
 */

#include "xen_snd_front.h"

static bool is_playback(const struct xen_snd_front_stream *stream)
{
	return stream->cfg->direction == SNDRV_PCM_STREAM_PLAYBACK;
}

static void complain(struct xen_snd_front_stream *stream, u8 op, int error)
{
	dev_err_ratelimited(&stream->chan.dev->dev, "%s: operation %u failed: %d\n",
			    stream->cfg->path, op, error);
}

static int call_open(struct xen_snd_front_stream *stream, struct snd_pcm_runtime *runtime)
{
	struct xensnd_req req = { .operation = XENSND_OP_OPEN };
	int format = xen_snd_front_fmt_to_xen(runtime->format);

	if (format < 0)
		return format;

	req.op.open.pcm_rate = runtime->rate;
	req.op.open.pcm_format = format;
	req.op.open.pcm_channels = runtime->channels;
	req.op.open.buffer_sz = frames_to_bytes(runtime, runtime->buffer_size);
	req.op.open.gref_directory = stream->shbuf.dir_grefs[0];
	req.op.open.period_sz = frames_to_bytes(runtime, runtime->period_size);

	return xen_snd_front_chan_call(&stream->chan, stream->opened, &req, NULL);
}

/*
 * What was opened and shared with a backend that is gone is not any more: the next one
 * knows nothing of it, and after a restore neither does Xen.
 */
static void forget_backend(struct xen_snd_front_stream *stream)
{
	unsigned int epoch = READ_ONCE(stream->chan.epoch);

	if (stream->opened == epoch)
		return;

	xen_snd_front_shbuf_end(&stream->shbuf);
	WRITE_ONCE(stream->open_state, XEN_SND_FRONT_CLOSED);
	stream->opened = epoch;
}

static int open_fresh(struct xen_snd_front_stream *stream, struct snd_pcm_runtime *runtime)
{
	int ret;

	if (!stream->shbuf.num_grefs) {
		ret = xen_snd_front_held_check(stream->chan.dev);
		if (ret)
			return ret;
		ret = xen_snd_front_shbuf_grant(&stream->shbuf,
						xen_snd_front_held_peer(stream->chan.dev),
						runtime->dma_area,
						frames_to_bytes(runtime, runtime->buffer_size));
		if (ret)
			return ret;
	}

	xen_snd_front_chan_forget(&stream->chan);
	/* Until the response says otherwise, the backend may have opened it. */
	WRITE_ONCE(stream->open_state, XEN_SND_FRONT_USED);
	ret = call_open(stream, runtime);
	if (ret != -ETIMEDOUT)
		WRITE_ONCE(stream->open_state, ret ? XEN_SND_FRONT_CLOSED : XEN_SND_FRONT_FRESH);
	if (ret)
		complain(stream, XENSND_OP_OPEN, ret);

	return ret;
}

static void close_backend(struct xen_snd_front_stream *stream)
{
	struct xensnd_req req = { .operation = XENSND_OP_CLOSE };
	int ret;

	if (stream->open_state == XEN_SND_FRONT_CLOSED)
		return;

	/* It may come back, and will find the request. */
	if (xen_snd_front_chan_silent(&stream->chan)) {
		if (xen_snd_front_chan_post(&stream->chan, &req, 1, true))
			WRITE_ONCE(stream->open_state, XEN_SND_FRONT_CLOSED);
		return;
	}

	ret = xen_snd_front_chan_call(&stream->chan, stream->opened, &req, NULL);
	if (ret && ret != -ENODEV)
		complain(stream, XENSND_OP_CLOSE, ret);
	/* Only a backend that never answered may still have it open. */
	if (ret != -ETIMEDOUT)
		WRITE_ONCE(stream->open_state, XEN_SND_FRONT_CLOSED);
}

/**
 * xen_snd_front_stream_open() - make the backend ready for data, at position 0
 * @stream: the stream
 * @runtime: rate, format, channels, buffer and period are set, the buffer is zeroed
 *
 * A stream that has been used is closed first: what its position would be after STOP
 * differs between backends.
 *
 * Source: sndif.h, "Request open".
 *
 * Context: process context, sleeps for the backend; the PCM is not running.
 * Return: 0 or a negative errno.
 */
int xen_snd_front_stream_open(struct xen_snd_front_stream *stream,
			      struct snd_pcm_runtime *runtime)
{
	int ret;

	forget_backend(stream);
	if (stream->open_state == XEN_SND_FRONT_USED)
		close_backend(stream);
	if (stream->open_state != XEN_SND_FRONT_FRESH) {
		ret = open_fresh(stream, runtime);
		if (ret)
			return ret;
	}

	snd_pcm_stream_lock_irq(stream->substream);
	/* Lost meanwhile: whoever was asked is not who will play. */
	if (stream->opened != READ_ONCE(stream->chan.epoch)) {
		snd_pcm_stream_unlock_irq(stream->substream);
		return -ENODEV;
	}
	xen_snd_front_pos_reset(&stream->pos);
	stream->appl = 0;
	/* Where ALSA puts it after prepare. */
	stream->appl_ptr = 0;
	stream->sent = 0;
	stream->done = 0;
	stream->armed = true;
	snd_pcm_stream_unlock_irq(stream->substream);

	return 0;
}

/**
 * xen_snd_front_stream_close() - close the stream and take the buffer back
 * @stream: the stream, opened or not
 *
 * Context: process context, sleeps for the backend; the PCM is not running.
 */
void xen_snd_front_stream_close(struct xen_snd_front_stream *stream)
{
	snd_pcm_stream_lock_irq(stream->substream);
	stream->armed = false;
	snd_pcm_stream_unlock_irq(stream->substream);

	forget_backend(stream);
	close_backend(stream);
	xen_snd_front_shbuf_end(&stream->shbuf);
}

/**
 * xen_snd_front_stream_trigger() - start, stop, pause or resume
 * @stream: the stream
 * @type: XENSND_OP_TRIGGER_XXX
 *
 * Source: sndif.h, "Request stream running state change".
 *
 * Context: PCM stream lock. Does not wait: a refusal stops the stream later.
 * Return: 0 or a negative errno.
 */
int xen_snd_front_stream_trigger(struct xen_snd_front_stream *stream, u8 type)
{
	struct xensnd_req req = {
		.operation = XENSND_OP_TRIGGER,
		.op.trigger.type = type,
	};
	int ret;

	WRITE_ONCE(stream->open_state, XEN_SND_FRONT_USED);
	ret = xen_snd_front_chan_post(&stream->chan, &req, 1, true);
	if (ret < 0)
		return ret;
	if (!ret)
		return -EBUSY;

	if (type == XENSND_OP_TRIGGER_START || type == XENSND_OP_TRIGGER_RESUME) {
		stream->quiet = 0;
		xen_snd_front_lost_watch(stream);
	}
	return 0;
}

/*
 * At the end of a stream, fill the last period with silence: backends may play, and
 * tell their position, in whole periods only.
 */
static void pad(struct xen_snd_front_stream *stream, struct snd_pcm_runtime *runtime)
{
	unsigned int past = xen_snd_front_pos_offset(stream->appl, runtime->period_size);
	unsigned int at = xen_snd_front_pos_offset(stream->appl, runtime->buffer_size);
	snd_pcm_uframes_t frames = past ? runtime->period_size - past : 0;

	/* Not over frames that are still to be played. */
	if (stream->appl + frames > stream->pos.hw + runtime->buffer_size)
		return;

	/* Buffers are whole periods, so the last one does not wrap. */
	snd_pcm_format_set_silence(runtime->format,
				   runtime->dma_area + frames_to_bytes(runtime, at),
				   frames * runtime->channels);
	stream->appl += frames;
}

/* How far requests should reach now, frames since prepare. */
static u64 target(struct xen_snd_front_stream *stream, struct snd_pcm_runtime *runtime)
{
	if (is_playback(stream)) {
		/* ALSA sends no DRAIN trigger where draining starts the stream. */
		if (runtime->state == SNDRV_PCM_STATE_DRAINING)
			pad(stream, runtime);
		return stream->appl;
	}

	/* One batch of READs at a time: then the order of their responses is no matter. */
	if (stream->sent != stream->done)
		return stream->sent;

	return min(stream->pos.hw, stream->appl + runtime->buffer_size);
}

/**
 * xen_snd_front_stream_flush() - send requests for all that is there
 * @stream: the stream
 * @substream: its substream
 *
 * What does not fit into the ring is sent, in one piece, when there is room again.
 *
 * Source: sndif.h, "Request read/write".
 *
 * Context: PCM stream lock; does not sleep.
 * Return: 0 or a negative errno.
 */
int xen_snd_front_stream_flush(struct xen_snd_front_stream *stream,
			       struct snd_pcm_substream *substream)
{
	struct snd_pcm_runtime *runtime = substream->runtime;
	u64 frames = target(stream, runtime) - stream->sent;
	struct xensnd_req req[2] = {};
	unsigned int part[2];
	unsigned int n = 0;
	unsigned int at;
	int ret;
	int i;

	/* Formats with less than an octet per frame: whole octets only. */
	frames -= xen_snd_front_pos_offset(frames, runtime->min_align);
	if (!frames)
		return 0;

	at = xen_snd_front_pos_offset(stream->sent, runtime->buffer_size);
	while (frames) {
		part[n] = min_t(u64, frames, runtime->buffer_size - at);
		req[n].operation = is_playback(stream) ? XENSND_OP_WRITE : XENSND_OP_READ;
		req[n].op.rw.offset = frames_to_bytes(runtime, at);
		req[n].op.rw.length = frames_to_bytes(runtime, part[n]);
		frames -= part[n++];
		at = 0;
	}

	WRITE_ONCE(stream->open_state, XEN_SND_FRONT_USED);
	ret = xen_snd_front_chan_post(&stream->chan, req, n, false);
	if (ret < 0)
		return ret;
	for (i = 0; i < ret; i++)
		stream->sent += part[i];

	return 0;
}

/*
 * ALSA sees the position modulo the buffer: a step of a whole buffer is none to it, and an
 * application that has nothing left playing would wait in vain. So make it two steps.
 */
static void tell(struct xen_snd_front_stream *stream, u64 *hw, u64 from)
{
	struct snd_pcm_substream *substream = stream->substream;
	u64 half = substream->runtime->buffer_size / 2;

	if (*hw - from > half) {
		*hw -= half;
		snd_pcm_period_elapsed_under_stream_lock(substream);
		*hw += half;
	}
	snd_pcm_period_elapsed_under_stream_lock(substream);
}

/* On the way from @from to @hw; the end is a place to wake up at, wherever it is. */
static bool period_ended(struct xen_snd_front_stream *stream, u64 from, u64 hw, u64 end)
{
	struct snd_pcm_runtime *runtime = stream->substream->runtime;

	return hw != from && (hw == end ||
			      xen_snd_front_pos_crossed(from, hw, runtime->period_size));
}

/* @hw, where alsa_pointer() looks, has moved here from @from. */
static void elapse(struct xen_snd_front_stream *stream, u64 *hw, u64 from)
{
	struct snd_pcm_runtime *runtime = stream->substream->runtime;
	/* Nothing moves any more: an application that is too late must hear of it. */
	u64 end = is_playback(stream) ? stream->sent : stream->appl + runtime->buffer_size;

	if (!runtime->no_period_wakeup && period_ended(stream, from, *hw, end))
		tell(stream, hw, from);
}

/*
 * Return: was it worth an interrupt? A backend whose own periods are shorter must not
 * be slowed down like one that storms: Xen would let it wait for up to a second.
 */
static bool advance(struct xen_snd_front_stream *stream, u64 octets)
{
	struct snd_pcm_runtime *runtime = stream->substream->runtime;
	u64 limit = stream->sent;
	u64 from = stream->pos.hw;
	bool told;

	if (!is_playback(stream))
		limit = stream->appl + 2 * runtime->buffer_size;
	/* Room that the application gave back while requests were on their way. */
	limit = max(limit, from);
	xen_snd_front_pos_advance(&stream->pos, octets, limit, runtime->frame_bits);
	xen_snd_front_stream_flush(stream, stream->substream);
	told = period_ended(stream, from, stream->pos.hw, limit) ||
	       stream->pos.hw - from >= max(runtime->period_size / 16, 1UL);
	if (is_playback(stream))
		elapse(stream, &stream->pos.hw, from);

	return told;
}

static bool stream_position(struct xen_snd_front_stream *stream, u64 octets)
{
	unsigned long flags;
	bool told = false;

	mutex_lock(&stream->up);
	if (stream->substream) {
		snd_pcm_stream_lock_irqsave(stream->substream, flags);
		if (stream->armed)
			told = advance(stream, octets);
		snd_pcm_stream_unlock_irqrestore(stream->substream, flags);
	}
	mutex_unlock(&stream->up);

	return told;
}

static void fail(struct xen_snd_front_stream *stream, const struct xen_snd_front_done *done)
{
	snd_pcm_state_t state = SNDRV_PCM_STATE_XRUN;

	complain(stream, done->error_op, done->error);
	/* An application that tried again after each refusal to start would never end. */
	if (done->error_op == XENSND_OP_TRIGGER)
		state = SNDRV_PCM_STATE_SETUP;
	if (snd_pcm_running(stream->substream))
		snd_pcm_stop(stream->substream, state);
}

static void complete_batch(struct xen_snd_front_stream *stream,
			   const struct xen_snd_front_done *done)
{
	u64 from = stream->done;

	if (done->error) {
		fail(stream, done);
		return;
	}

	if (done->reads_done)
		stream->done = stream->sent;
	xen_snd_front_stream_flush(stream, stream->substream);
	if (!is_playback(stream))
		elapse(stream, &stream->done, from);
}

static void stream_completed(struct xen_snd_front_stream *stream,
			     const struct xen_snd_front_done *done)
{
	unsigned long flags;

	mutex_lock(&stream->up);
	if (stream->substream) {
		snd_pcm_stream_lock_irqsave(stream->substream, flags);
		if (stream->armed)
			complete_batch(stream, done);
		snd_pcm_stream_unlock_irqrestore(stream->substream, flags);
	}
	mutex_unlock(&stream->up);
}

static void stream_broken(struct xen_snd_front_stream *stream)
{
	unsigned long flags;

	mutex_lock(&stream->up);
	if (stream->substream) {
		snd_pcm_stream_lock_irqsave(stream->substream, flags);
		snd_pcm_stop(stream->substream, SNDRV_PCM_STATE_DISCONNECTED);
		snd_pcm_stream_unlock_irqrestore(stream->substream, flags);
	}
	mutex_unlock(&stream->up);
}

const struct xen_snd_front_chan_ops xen_snd_front_stream_ops = {
	.position = stream_position,
	.completed = stream_completed,
	.broken = stream_broken,
};

/**
 * xen_snd_front_stream_farewell() - stop and close before the connection goes
 * @stream: the stream
 * @wait: the backend is alive, wait until it has closed
 *
 * A backend that hears of the device's end first may not survive what still plays.
 *
 * Context: process context; does not sleep for the backend unless @wait.
 */
void xen_snd_front_stream_farewell(struct xen_snd_front_stream *stream, bool wait)
{
	struct xensnd_req req[2] = {
		{
			.operation = XENSND_OP_TRIGGER,
			.op.trigger.type = XENSND_OP_TRIGGER_STOP,
		},
		{ .operation = XENSND_OP_CLOSE },
	};

	if (READ_ONCE(stream->open_state) == XEN_SND_FRONT_CLOSED)
		return;

	xen_snd_front_chan_post(&stream->chan, req, wait ? 1 : 2, true);
	if (wait)
		xen_snd_front_chan_call(&stream->chan, stream->chan.epoch, &req[1], NULL);
}
