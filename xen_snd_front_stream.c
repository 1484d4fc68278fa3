// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: a stream's requests and positions
 *
 * Playback: what the application hands over is covered by WRITE requests at once; the
 * backend reads it straight from the buffer, and its position says what it has played.
 * Capture: the position says what the backend has recorded; exactly that is READ, and
 * the responses say that it is in the buffer. All counts are frames since prepare; appl is
 * where ALSA's appl_ptr stands:
 *
 *	playback	core <= pos.hw <= sent, appl <= pos.hw + buffer
 *	capture		core <= done <= sent <= pos.hw, appl <= done
 *
 * A backend may go on recording into a buffer of its own while ours is full, so that
 * pos.hw is ahead then.
 *
 * A playback stream needs WRITEs beyond appl in two cases, see cover_ahead(): when it drains,
 * because the backend plays on until STOP, and when it runs freely (its stop_threshold lies
 * beyond the buffer, as dmix and sound servers set it), because its time must go on whether
 * or not the application writes. A capture stream that runs freely is READ whether or not
 * the application reads.
 *
 * ALSA's hw_ptr is moved by xen_snd_front_stream_pointer() only, and shows what the backend
 * reported. ALSA's core guesses in two cases, which must not arise: it sees the position
 * modulo the buffer, so a step of a whole buffer is none to it; and it takes a period
 * interrupt that comes late, and with a pointer that has not crossed a period, for a lost one
 * and adds a whole buffer. So the pointer moves by less than a buffer each time, and the
 * core first takes the pointer without an interrupt, by SNDRV_PCM_IOCTL_DELAY.
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

/* No more than a buffer, @from and @to in frames since prepare. */
static void silence_region(struct snd_pcm_runtime *runtime, u64 from, u64 to)
{
	unsigned int at = xen_snd_front_pos_offset(from, runtime->buffer_size);
	unsigned int frames = to - from;
	unsigned int part = min_t(u64, frames, runtime->buffer_size - at);

	snd_pcm_format_set_silence(runtime->format,
				   runtime->dma_area + frames_to_bytes(runtime, at),
				   part * runtime->channels);
	snd_pcm_format_set_silence(runtime->format, runtime->dma_area,
				   (frames - part) * runtime->channels);
}

static int call_open(struct xen_snd_front_stream *stream, struct snd_pcm_runtime *runtime)
{
	struct xensnd_req req = { .operation = XENSND_OP_OPEN };
	int format = xen_snd_front_fmt_to_xen(runtime->format);

	if (format < 0)
		return format;
	/* A stream that runs freely plays what nobody has written, too. */
	if (is_playback(stream))
		silence_region(runtime, 0, runtime->buffer_size);

	req.op.open.pcm_rate = runtime->rate;
	req.op.open.pcm_format = format;
	req.op.open.pcm_channels = runtime->channels;
	req.op.open.buffer_sz = frames_to_bytes(runtime, runtime->buffer_size);
	req.op.open.gref_directory = stream->shbuf.dir_grefs[0];
	req.op.open.period_sz = frames_to_bytes(runtime, stream->event_frames);

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

	return ret == -EAGAIN ? -EBUSY : ret;
}

/* Whatever is in the ring comes before it. Context: @up held. */
static void post_close(struct xen_snd_front_stream *stream)
{
	struct xensnd_req req = { .operation = XENSND_OP_CLOSE };

	stream->close_due = xen_snd_front_chan_post(&stream->chan, &req, 1, true) == 0;
	if (!stream->close_due)
		WRITE_ONCE(stream->open_state, XEN_SND_FRONT_CLOSED);
}

/*
 * Only an answer, or a request that was really sent, changes the state: a stream whose CLOSE
 * finds no room in the ring is still open, and its CLOSE is due.
 */
static void close_backend(struct xen_snd_front_stream *stream)
{
	struct xensnd_req req = { .operation = XENSND_OP_CLOSE };
	int ret;

	/* One that was due is not sent any more, unless it has just been. */
	mutex_lock(&stream->up);
	stream->close_due = false;
	/* The backend may come back, and will find the request. */
	if (stream->open_state != XEN_SND_FRONT_CLOSED && xen_snd_front_chan_silent(&stream->chan))
		post_close(stream);
	mutex_unlock(&stream->up);
	if (stream->open_state == XEN_SND_FRONT_CLOSED || stream->close_due)
		return;

	ret = xen_snd_front_chan_call(&stream->chan, stream->opened, &req, NULL);
	if (ret && ret != -ENODEV)
		complain(stream, XENSND_OP_CLOSE, ret);
	if (ret != -EAGAIN) {
		WRITE_ONCE(stream->open_state, XEN_SND_FRONT_CLOSED);
		return;
	}

	mutex_lock(&stream->up);
	post_close(stream);
	mutex_unlock(&stream->up);
}

/* From now on positions and responses count for this use of the stream. */
static int arm_stream(struct xen_snd_front_stream *stream)
{
	int ret = 0;

	snd_pcm_stream_lock_irq(stream->substream);
	xen_snd_front_pos_reset(&stream->pos);
	/* Where ALSA puts hw_ptr and appl_ptr after prepare. */
	stream->core = 0;
	stream->shown = 0;
	stream->sent = 0;
	stream->silenced = 0;
	stream->done = 0;
	stream->running = false;
	stream->written = false;
	/* Lost meanwhile: whoever was asked is not who will play. */
	if (xen_snd_front_chan_is_up(&stream->chan, stream->opened))
		stream->armed = true;
	else
		ret = -ENODEV;
	snd_pcm_stream_unlock_irq(stream->substream);

	return ret;
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
	/* The ring is full of requests that the backend does not answer. */
	if (stream->open_state == XEN_SND_FRONT_USED)
		return -EBUSY;
	if (stream->open_state != XEN_SND_FRONT_FRESH) {
		ret = open_fresh(stream, runtime);
		if (ret)
			return ret;
	}

	return arm_stream(stream);
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
	stream->running = false;
	snd_pcm_stream_unlock_irq(stream->substream);

	forget_backend(stream);
	close_backend(stream);
	xen_snd_front_shbuf_end(&stream->shbuf);
}

/**
 * xen_snd_front_stream_trigger() - start, stop, pause or resume
 * @stream: the stream
 * @substream: its substream
 * @type: XENSND_OP_TRIGGER_XXX
 *
 * Source: sndif.h, "Request stream running state change".
 *
 * Context: PCM stream lock. Does not wait: a refusal stops the stream later.
 * Return: 0 or a negative errno.
 */
int xen_snd_front_stream_trigger(struct xen_snd_front_stream *stream,
				 struct snd_pcm_substream *substream, u8 type)
{
	bool runs = type == XENSND_OP_TRIGGER_START || type == XENSND_OP_TRIGGER_RESUME;
	struct xensnd_req req = {
		.operation = XENSND_OP_TRIGGER,
		.op.trigger.type = type,
	};
	int ret;

	stream->running = runs;
	/* Some backends refuse to start without data; a stream that runs freely may have none. */
	if (runs)
		xen_snd_front_stream_flush(stream, substream);

	ret = xen_snd_front_chan_post(&stream->chan, &req, 1, true);
	if (ret == 1) {
		WRITE_ONCE(stream->open_state, XEN_SND_FRONT_USED);
		if (runs)
			xen_snd_front_lost_watch(stream);
		return 0;
	}

	if (runs)
		stream->running = false;
	return ret < 0 ? ret : -EBUSY;
}

/* Return: where appl_ptr stands, frames since prepare; it may lie behind hw_ptr. */
static u64 appl_frames(const struct xen_snd_front_stream *stream,
		       const struct snd_pcm_runtime *runtime)
{
	snd_pcm_sframes_t boundary = runtime->boundary;
	snd_pcm_sframes_t most = 2 * runtime->buffer_size;
	snd_pcm_sframes_t ahead = runtime->control->appl_ptr - runtime->status->hw_ptr;

	/* One that never moves seems to come round in the end. */
	if (is_playback(stream) && !stream->written)
		return 0;

	/*
	 * It was no more than a buffer ahead, and moves by no more than that at a time, so
	 * whatever is farther away lies behind.
	 */
	if (ahead > most)
		ahead -= boundary;
	else if (ahead <= most - boundary)
		ahead += boundary;

	return max_t(s64, 0, stream->core + ahead);
}

/**
 * xen_snd_front_stream_unplayed() - what the application has written and nobody played yet
 * @stream: the stream
 * @runtime: of its substream
 *
 * Context: PCM stream lock.
 * Return: frames, 0 for capture.
 */
u64 xen_snd_front_stream_unplayed(const struct xen_snd_front_stream *stream,
				  const struct snd_pcm_runtime *runtime)
{
	u64 appl = appl_frames(stream, runtime);

	if (!is_playback(stream) || appl < stream->pos.hw)
		return 0;
	return appl - stream->pos.hw;
}

/* The stream goes on at the end of the data (and ALSA has no xrun for it). */
static bool runs_freely(const struct snd_pcm_runtime *runtime)
{
	return runtime->stop_threshold > runtime->buffer_size;
}

/*
 * What a stream that runs freely has played must not be played again. It is silenced before
 * hw_ptr shows that there is room: an application that uses mmap may write at any time from
 * then on, and moves appl_ptr later. Not where ALSA does the same, and not where the
 * application has never moved appl_ptr: it plays the buffer over and over.
 */
static void silence_played(struct xen_snd_front_stream *stream, struct snd_pcm_runtime *runtime,
			   u64 from)
{
	if (!is_playback(stream) || !runs_freely(runtime) || !stream->written ||
	    runtime->silence_size >= runtime->boundary)
		return;

	silence_region(runtime, from, stream->pos.hw);
}

/* Nobody writes any more; frames of before lie between the end, @appl, and @to. */
static void silence_free(struct xen_snd_front_stream *stream, struct snd_pcm_runtime *runtime,
			 u64 appl, u64 to)
{
	u64 from = max3(appl, stream->silenced, stream->pos.hw);

	if (to <= from)
		return;
	silence_region(runtime, from, to);
	stream->silenced = to;
}

/*
 * How far WRITEs must reach, in frames since prepare, where that is beyond @appl.
 *
 * Draining: the backend plays until STOP, which comes when ALSA has seen the end and may be
 * late. All of the buffer that is free is silenced, and played if need be.
 *
 * Running freely: no farther than needed, because the application may still write there in
 * time. Unless there is data until the next event, the backend gets twice as much.
 */
static u64 cover_ahead(struct xen_snd_front_stream *stream, struct snd_pcm_runtime *runtime,
		       u64 appl)
{
	u64 to = appl;

	if (!stream->running)
		return to;
	if (runtime->state == SNDRV_PCM_STATE_DRAINING) {
		to = stream->pos.hw + runtime->buffer_size;
		silence_free(stream, runtime, appl, to);
	} else if (runs_freely(runtime) && appl < stream->pos.hw + stream->event_frames) {
		to = stream->pos.hw + 2 * stream->event_frames;
	}

	return max(appl, to);
}

/* How far requests should reach now, frames since prepare. */
static u64 request_target(struct xen_snd_front_stream *stream, struct snd_pcm_runtime *runtime)
{
	u64 appl = appl_frames(stream, runtime);

	if (is_playback(stream))
		return cover_ahead(stream, runtime, appl);

	/* One batch of READs at a time: then the order of their responses is no matter. */
	if (stream->sent != stream->done)
		return stream->sent;
	if (runs_freely(runtime))
		return min(stream->pos.hw, stream->sent + runtime->buffer_size);
	return min(stream->pos.hw, appl + runtime->buffer_size);
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
	u64 to = request_target(stream, runtime);
	struct xensnd_req req[2] = {};
	unsigned int part[2];
	unsigned int n = 0;
	unsigned int at;
	u64 frames;
	int ret;
	int i;

	if (to <= stream->sent)
		return 0;
	frames = min_t(u64, to - stream->sent, runtime->buffer_size);
	/* Formats with less than a byte per frame: whole bytes only. */
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

	ret = xen_snd_front_chan_post(&stream->chan, req, n, false);
	if (ret < 0)
		return ret;
	if (ret)
		WRITE_ONCE(stream->open_state, XEN_SND_FRONT_USED);
	for (i = 0; i < ret; i++)
		stream->sent += part[i];

	return 0;
}

/**
 * xen_snd_front_stream_ack() - the application has moved appl_ptr
 * @stream: the stream
 * @substream: its substream
 *
 * Playback: frames written. Capture: frames of the buffer that are free to record into.
 *
 * Context: PCM stream lock; does not sleep.
 * Return: 0 or a negative errno, with which ALSA takes the move back.
 */
int xen_snd_front_stream_ack(struct xen_snd_front_stream *stream,
			     struct snd_pcm_substream *substream)
{
	struct snd_pcm_runtime *runtime = substream->runtime;
	u64 most = stream->pos.hw + runtime->buffer_size;

	/* There is no backend, or none that knows the stream. */
	if (!stream->armed)
		return 0;
	stream->written = true;
	if (!is_playback(stream))
		most = stream->done;
	/* ALSA only looks at the length of each single move. */
	if (appl_frames(stream, runtime) > most)
		return -EINVAL;

	return xen_snd_front_stream_flush(stream, substream);
}

/**
 * xen_snd_front_stream_reset() - the application drops what it has written
 * @stream: the stream
 * @substream: its substream
 *
 * The backend has requests for it already, and plays silence instead if it has not read it.
 *
 * Context: process context, takes the PCM stream lock.
 */
void xen_snd_front_stream_reset(struct xen_snd_front_stream *stream,
				struct snd_pcm_substream *substream)
{
	u64 to;

	snd_pcm_stream_lock_irq(substream);
	/* What found no room in the ring is in the buffer as well. */
	to = max(stream->sent, appl_frames(stream, substream->runtime));
	to = min(to, stream->pos.hw + substream->runtime->buffer_size);
	if (stream->armed && is_playback(stream) && to > stream->pos.hw)
		silence_region(substream->runtime, stream->pos.hw, to);
	snd_pcm_stream_unlock_irq(substream);
}

/* Where hw_ptr has to get to, frames since prepare. */
static u64 hw_ptr_goal(const struct xen_snd_front_stream *stream)
{
	return is_playback(stream) ? stream->pos.hw : stream->done;
}

/**
 * xen_snd_front_stream_pointer() - move ALSA's hw_ptr towards the backend's position
 * @stream: the stream
 * @runtime: of its substream
 *
 * ALSA's core calls it each time that it updates hw_ptr, and takes what it returns. A step of
 * a buffer or more would be lost on it: such a step is made in pieces.
 *
 * Context: PCM stream lock.
 * Return: frames from the start of the buffer.
 */
snd_pcm_uframes_t xen_snd_front_stream_pointer(struct xen_snd_front_stream *stream,
					       struct snd_pcm_runtime *runtime)
{
	u64 most = stream->core + runtime->buffer_size - runtime->period_size;
	u64 next = min(hw_ptr_goal(stream), most);

	/* ALSA rounds it down, too. */
	next -= xen_snd_front_pos_offset(next, runtime->min_align);
	/* A stream that lost its backend keeps its last pointer. */
	stream->core = max(stream->core, next);

	return xen_snd_front_pos_offset(stream->core, runtime->buffer_size);
}

/*
 * Lets ALSA take the position, and see an xrun, the end of draining, or that somebody who
 * waits can go on. Where periods have ended, its timer and SIGIO are served, once. ALSA may
 * have taken the position before, for an application that asked; the period is still to be
 * reported then.
 */
static void show_position(struct xen_snd_front_stream *stream)
{
	struct snd_pcm_substream *substream = stream->substream;
	u64 shown = stream->shown;
	snd_pcm_sframes_t delay;
	u64 before;

	do {
		before = stream->core;
		snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_DELAY, &delay);
	} while (stream->core != before && stream->core != hw_ptr_goal(stream));

	stream->shown = stream->core;
	if (!substream->runtime->no_period_wakeup &&
	    xen_snd_front_pos_crossed(shown, stream->shown, substream->runtime->period_size))
		snd_pcm_period_elapsed(substream);
}

/*
 * Return: was it worth an interrupt? A backend whose own periods are shorter must not
 * be slowed down like one that storms: Xen would let it wait for up to a second.
 */
static bool advance_position(struct xen_snd_front_stream *stream, u64 octets)
{
	struct snd_pcm_runtime *runtime = stream->substream->runtime;
	u64 limit = stream->sent;
	u64 from = stream->pos.hw;
	u64 moved;

	if (!is_playback(stream)) {
		limit = runs_freely(runtime) ? stream->done : appl_frames(stream, runtime);
		limit += 2 * runtime->buffer_size;
	}
	/* Room that the application gave back while requests were on their way. */
	limit = max(limit, from);
	xen_snd_front_pos_advance(&stream->pos, octets, limit, runtime->frame_bits);
	silence_played(stream, runtime, from);
	xen_snd_front_stream_flush(stream, stream->substream);

	moved = stream->pos.hw - from;
	return moved && (stream->pos.hw == limit ||
			 moved >= max(stream->event_frames / 16, 1U) ||
			 xen_snd_front_pos_crossed(from, stream->pos.hw, stream->event_frames));
}

static bool stream_position(struct xen_snd_front_stream *stream, u64 octets)
{
	struct snd_pcm_substream *substream;
	unsigned long flags;
	bool worth = false;
	bool show = false;

	mutex_lock(&stream->up);
	substream = stream->substream;
	if (substream) {
		snd_pcm_stream_lock_irqsave(substream, flags);
		if (stream->armed)
			worth = advance_position(stream, octets);
		show = stream->armed && stream->shown != hw_ptr_goal(stream);
		snd_pcm_stream_unlock_irqrestore(substream, flags);
		if (show)
			show_position(stream);
	}
	mutex_unlock(&stream->up);

	return worth;
}

static void stop_failed(struct xen_snd_front_stream *stream,
			const struct xen_snd_front_done *done)
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
	if (done->error) {
		stop_failed(stream, done);
		return;
	}

	if (done->reads_done)
		stream->done = stream->sent;
	xen_snd_front_stream_flush(stream, stream->substream);
}

static void stream_completed(struct xen_snd_front_stream *stream,
			     const struct xen_snd_front_done *done)
{
	struct snd_pcm_substream *substream;
	unsigned long flags;
	bool show = false;

	mutex_lock(&stream->up);
	substream = stream->substream;
	if (stream->close_due)
		post_close(stream);
	if (substream) {
		snd_pcm_stream_lock_irqsave(substream, flags);
		if (stream->armed) {
			complete_batch(stream, done);
			show = stream->shown != hw_ptr_goal(stream);
		}
		snd_pcm_stream_unlock_irqrestore(substream, flags);
		if (show)
			show_position(stream);
	}
	mutex_unlock(&stream->up);
}

/*
 * Streams of other cards that are linked with this one stop as well, and can be prepared
 * again; this one finds no backend then.
 */
static void stream_broken(struct xen_snd_front_stream *stream)
{
	unsigned long flags;

	mutex_lock(&stream->up);
	if (stream->substream) {
		snd_pcm_stream_lock_irqsave(stream->substream, flags);
		if (snd_pcm_running(stream->substream))
			snd_pcm_stop(stream->substream, SNDRV_PCM_STATE_XRUN);
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
