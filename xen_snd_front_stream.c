// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: a stream's requests and positions
 *
 * Playback: frames that the application hands over are covered by WRITE requests at once. The
 * backend reads them directly from the buffer, and its position reports what it has played.
 * Capture: the position reports what the backend has recorded. The driver READs exactly these
 * frames, and the responses report that they are in the buffer. All counts are frames since
 * prepare; appl is ALSA's appl_ptr as such a count:
 *
 *	playback	core <= pos.hw <= sent, appl <= pos.hw + buffer
 *	capture		core <= done <= sent <= pos.hw, appl <= done
 *
 * While our buffer is full, a backend may continue to record into a buffer of its own, so pos.hw
 * may be more than a buffer ahead of appl.
 *
 * A playback stream needs WRITEs beyond appl in two cases, see cover_ahead(): when it drains,
 * because the backend plays until STOP, and when it runs freely (its stop_threshold is beyond the
 * buffer, as dmix and sound servers set it), because its position must move whether or not the
 * application writes. A capture stream that runs freely is READ whether or not the application
 * reads.
 *
 * Only xen_snd_front_stream_pointer() moves ALSA's hw_ptr, to the position that the backend has
 * reported. ALSA's core guesses in two cases, which must not occur. It sees the position modulo
 * the buffer, so it cannot see a step of a whole buffer. And if a period interrupt is late, and
 * the pointer has not crossed a period, it assumes a lost interrupt and adds a whole buffer. So
 * the pointer moves by less than a buffer each time, and the driver makes the core read the
 * pointer without an interrupt first, by SNDRV_PCM_IOCTL_DELAY.
 */

#include <kunit/visibility.h>

#include <linux/math64.h>

#include "xen_snd_front.h"
#include "xen_snd_front_stream.h"

/* Time between two checks whether the backend of a running stream responds, ms. */
#define XEN_SND_FRONT_WATCHDOG_MS	500

static bool is_playback(const struct xen_snd_front_stream *stream)
{
	return stream->cfg->direction == SNDRV_PCM_STREAM_PLAYBACK;
}

static struct xen_snd_front_stream *chan_stream(struct xen_snd_front_chan *chan)
{
	return container_of(chan, struct xen_snd_front_stream, chan);
}

static void report_failure(struct xen_snd_front_stream *stream, u8 op, int error)
{
	static const char * const names[] = {
		[XENSND_OP_OPEN] = "OPEN",
		[XENSND_OP_CLOSE] = "CLOSE",
		[XENSND_OP_READ] = "READ",
		[XENSND_OP_WRITE] = "WRITE",
		[XENSND_OP_TRIGGER] = "TRIGGER",
	};

	dev_err_ratelimited(&stream->chan.dev->dev, "%s: %s failed: %d\n", stream->cfg->path,
			    names[op], error);
}

/* ---- The backend's position ---- */

/* At OPEN. Keeps the last raw value, because some backends continue from it. */
VISIBLE_IF_KUNIT void xen_snd_front_pos_reset(struct xen_snd_front_pos *pos)
{
	pos->hw = 0;
	pos->based = false;
}

/* Bytes from the last position to this one; a step back is a huge number. */
static u64 position_step(const struct xen_snd_front_pos *pos, u64 bytes, u64 room)
{
	if (pos->based)
		return bytes - pos->raw;

	/* The first of this OPEN counts from 0, unless only a continuation is possible. */
	if (bytes > room && bytes - pos->raw <= room)
		return bytes - pos->raw;

	return bytes;
}

/*
 * Takes a position from the backend, @bytes. @limit: the largest possible value of @pos->hw, not
 * less than its present one.
 *
 * XENSND_EVT_CUR_POS (sndif.h, "Current stream position") carries bytes since a moment that
 * sndif.h does not define: backends restart from 0 at OPEN or at START, or continue to count. So
 * only the difference between two positions is used, and the first one after an OPEN counts from
 * 0 if that is possible. Whatever the other domain sends, the result never goes back and
 * never passes the limit.
 */
VISIBLE_IF_KUNIT void xen_snd_front_pos_advance(struct xen_snd_front_pos *pos, u64 bytes, u64 limit,
						unsigned int frame_bits)
{
	u64 room = div_u64((limit - pos->hw) * frame_bits, 8);
	u64 delta = position_step(pos, bytes, room);
	u64 frames;

	if (delta <= room) {
		/* Whole frames only; the next event reports the rest of a split one. */
		frames = div_u64(delta * 8, frame_bits);
		pos->hw += frames;
		pos->raw = bytes - (delta - div_u64(frames * frame_bits, 8));
	} else if ((s64)delta > 0) {
		pos->hw = limit;
		pos->raw = bytes;
	} else if (-delta > room && bytes <= pos->raw / 2) {
		/* Far back: the backend has started a new count. */
		pos->raw = bytes;
	}
	/* A little back: the backend's clock is coarse. Ignored until it has caught up. */

	pos->based = true;
}

/* Return: a period ends after @from and not after @to; all in frames. */
VISIBLE_IF_KUNIT bool xen_snd_front_pos_crossed(u64 from, u64 to, unsigned int period)
{
	u32 past;

	div_u64_rem(from, period, &past);
	return to - from >= period - past;
}

/* The place of a frame in the buffer: frames from its start. */
VISIBLE_IF_KUNIT unsigned int xen_snd_front_pos_offset(u64 frames, unsigned int buffer)
{
	u32 offset;

	div_u64_rem(frames, buffer, &offset);
	return offset;
}

/* ---- OPEN and CLOSE ---- */

/* Silences the buffer from @from to @to, frames since prepare; no more than a buffer. */
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
	u64 format = xen_snd_front_cfg_formats_to_xen(pcm_format_to_bits(runtime->format));

	if (!format)
		return -EINVAL;
	/* A stream that runs freely also plays parts that were not written. */
	if (is_playback(stream))
		silence_region(runtime, 0, runtime->buffer_size);

	req.op.open.pcm_rate = runtime->rate;
	req.op.open.pcm_format = __ffs64(format);
	req.op.open.pcm_channels = runtime->channels;
	req.op.open.buffer_sz = frames_to_bytes(runtime, runtime->buffer_size);
	req.op.open.gref_directory = stream->shbuf.dir_grefs[0];
	req.op.open.period_sz = frames_to_bytes(runtime, stream->event_frames);

	return xen_snd_front_chan_call(&stream->chan, stream->opened, &req, NULL);
}

/*
 * OPEN and grants are valid in their own connection only: the next backend has not opened the
 * stream, and after a restore the grants do not exist in Xen.
 */
static void discard_old_backend(struct xen_snd_front_stream *stream)
{
	unsigned int epoch = READ_ONCE(stream->chan.epoch);

	if (stream->opened == epoch)
		return;

	xen_snd_front_shbuf_end(&stream->shbuf);
	WRITE_ONCE(stream->open_state, XEN_SND_FRONT_NOT_OPEN);
	stream->opened = epoch;
}

static int open_backend(struct xen_snd_front_stream *stream, struct snd_pcm_runtime *runtime)
{
	struct xen_snd_front_peer peer = xen_snd_front_chan_peer(&stream->chan);
	int ret;

	if (!stream->shbuf.num_grefs) {
		ret = xen_snd_front_shbuf_grant(&stream->shbuf, &peer, runtime->dma_area,
						frames_to_bytes(runtime, runtime->buffer_size));
		if (ret)
			return ret;
	}

	/* Responses and events of an earlier OPEN do not belong to this one. */
	xen_snd_front_chan_discard(&stream->chan);
	/* Until there is a response, the backend may have opened it. */
	WRITE_ONCE(stream->open_state, XEN_SND_FRONT_OPEN_DIRTY);
	ret = call_open(stream, runtime);
	if (ret != -ETIMEDOUT)
		WRITE_ONCE(stream->open_state,
			   ret ? XEN_SND_FRONT_NOT_OPEN : XEN_SND_FRONT_OPEN_CLEAN);
	if (ret)
		report_failure(stream, XENSND_OP_OPEN, ret);

	return ret == -EAGAIN ? -EBUSY : ret;
}

/* The backend handles it after the requests in the ring. Context: @substream_lock held. */
static void post_close(struct xen_snd_front_stream *stream)
{
	struct xensnd_req req = { .operation = XENSND_OP_CLOSE };

	stream->close_due = xen_snd_front_chan_post(&stream->chan, &req, 1, true) == 0;
	if (!stream->close_due)
		WRITE_ONCE(stream->open_state, XEN_SND_FRONT_NOT_OPEN);
}

/*
 * Only a response, or a request that was sent, changes the state: if there is no room in the ring
 * for CLOSE, the stream is still open, and its CLOSE is due.
 */
static void close_backend(struct xen_snd_front_stream *stream)
{
	struct xensnd_req req = { .operation = XENSND_OP_CLOSE };
	int ret;

	/* From here on the IRQ thread sends no CLOSE. */
	mutex_lock(&stream->substream_lock);
	stream->close_due = false;
	/* If the backend responds again later, it finds the request in the ring. */
	if (stream->open_state != XEN_SND_FRONT_NOT_OPEN &&
	    xen_snd_front_chan_is_unresponsive(&stream->chan))
		post_close(stream);
	mutex_unlock(&stream->substream_lock);
	if (stream->open_state == XEN_SND_FRONT_NOT_OPEN || stream->close_due)
		return;

	ret = xen_snd_front_chan_call(&stream->chan, stream->opened, &req, NULL);
	if (ret && ret != -ENODEV)
		report_failure(stream, XENSND_OP_CLOSE, ret);
	if (ret != -EAGAIN) {
		WRITE_ONCE(stream->open_state, XEN_SND_FRONT_NOT_OPEN);
		return;
	}

	mutex_lock(&stream->substream_lock);
	post_close(stream);
	mutex_unlock(&stream->substream_lock);
}

/* From now on positions and responses belong to this use of the stream. */
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
	/* In another connection the backend has not opened it. */
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
 * A stream that has been used is closed first, because backends differ in the position that they
 * report after STOP.
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

	discard_old_backend(stream);
	if (stream->open_state == XEN_SND_FRONT_OPEN_DIRTY)
		close_backend(stream);
	/* No CLOSE was sent: the ring is full, and the backend does not answer. */
	if (stream->open_state == XEN_SND_FRONT_OPEN_DIRTY)
		return -EBUSY;
	if (stream->open_state != XEN_SND_FRONT_OPEN_CLEAN) {
		ret = open_backend(stream, runtime);
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

	discard_old_backend(stream);
	close_backend(stream);
	xen_snd_front_shbuf_end(&stream->shbuf);
}

/* ---- Requests for data ---- */

/* Return: appl_ptr as frames since prepare; it may be behind hw_ptr. */
static u64 appl_frames(const struct xen_snd_front_stream *stream,
		       const struct snd_pcm_runtime *runtime)
{
	snd_pcm_sframes_t boundary = runtime->boundary;
	snd_pcm_sframes_t most = 2 * runtime->buffer_size;
	snd_pcm_sframes_t ahead = runtime->control->appl_ptr - runtime->status->hw_ptr;

	/* If it never moves, hw_ptr wraps and seems to be behind it. */
	if (is_playback(stream) && !stream->written)
		return 0;

	/*
	 * It was at most a buffer ahead, and moves by at most a buffer at a time, so a larger
	 * distance means that it is behind.
	 */
	if (ahead > most)
		ahead -= boundary;
	else if (ahead <= most - boundary)
		ahead += boundary;

	return max_t(s64, 0, stream->core + ahead);
}

/* Frames that the application has written and the backend is not known to have played. */
static u64 unplayed_frames(const struct xen_snd_front_stream *stream,
			   const struct snd_pcm_runtime *runtime)
{
	u64 appl = appl_frames(stream, runtime);

	if (!is_playback(stream) || appl < stream->pos.hw)
		return 0;
	return appl - stream->pos.hw;
}

/* The stream continues at the end of the data, and ALSA does not detect an xrun. */
static bool runs_freely(const struct snd_pcm_runtime *runtime)
{
	return runtime->stop_threshold > runtime->buffer_size;
}

/*
 * A stream that runs freely must not play old frames again. They are silenced before hw_ptr shows
 * that there is room, because from then on an application that uses mmap may write at any
 * time, and move appl_ptr later. Not if ALSA does the same, and not if the application has never
 * moved appl_ptr: it plays the buffer in a loop.
 */
static void silence_played(struct xen_snd_front_stream *stream, struct snd_pcm_runtime *runtime,
			   u64 from)
{
	if (!is_playback(stream) || !runs_freely(runtime) || !stream->written ||
	    runtime->silence_size >= runtime->boundary)
		return;

	silence_region(runtime, from, stream->pos.hw);
}

/* Draining: silences old frames between the end of the data, @appl, and @to. */
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
 * Return: how far WRITEs must reach, frames since prepare; @appl or more.
 *
 * Draining: the backend plays until STOP, which ALSA sends when it has seen the end, perhaps late.
 * All of the free buffer is silenced, and covered by WRITEs.
 *
 * Running freely: no farther than needed, because the application may still write there in
 * time. If the data end before the next event, WRITEs reach two events ahead.
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

	/* One batch of READs at a time, so the order of their responses does not matter. */
	if (stream->sent != stream->done)
		return stream->sent;
	if (runs_freely(runtime))
		return min(stream->pos.hw, stream->sent + runtime->buffer_size);
	return min(stream->pos.hw, appl + runtime->buffer_size);
}

/*
 * Sends requests (sndif.h, "Request read/write") for all frames up to request_target(). Frames for
 * which the ring has no room are sent later, in one request. PCM stream lock.
 */
static int send_requests(struct xen_snd_front_stream *stream,
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
	/* Whole bytes only: a frame may have less than a byte. */
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
		WRITE_ONCE(stream->open_state, XEN_SND_FRONT_OPEN_DIRTY);
	for (i = 0; i < ret; i++)
		stream->sent += part[i];

	return 0;
}

/**
 * xen_snd_front_stream_ack() - the application has moved appl_ptr
 * @substream: the substream
 *
 * Playback: frames written. Capture: frames of the buffer that are free to record into.
 *
 * Context: PCM stream lock; does not sleep.
 * Return: 0 or a negative errno, at which ALSA undoes the move.
 */
int xen_snd_front_stream_ack(struct snd_pcm_substream *substream)
{
	struct xen_snd_front_stream *stream = substream->runtime->private_data;
	struct snd_pcm_runtime *runtime = substream->runtime;
	u64 most = stream->pos.hw + runtime->buffer_size;

	/* There is no backend, or it has not opened the stream. */
	if (!stream->armed)
		return 0;
	stream->written = true;
	if (!is_playback(stream))
		most = stream->done;
	/* ALSA checks the length of each single move only. */
	if (appl_frames(stream, runtime) > most)
		return -EINVAL;

	return send_requests(stream, substream);
}

/**
 * xen_snd_front_stream_reset() - the application drops what it has written
 * @substream: the substream
 *
 * The backend already has requests for these frames, so they become silence. Frames that the
 * backend has read before are played.
 *
 * Context: process context, takes the PCM stream lock.
 */
void xen_snd_front_stream_reset(struct snd_pcm_substream *substream)
{
	struct xen_snd_front_stream *stream = substream->runtime->private_data;
	u64 to;

	snd_pcm_stream_lock_irq(substream);
	/* Also frames in the buffer that were not sent yet. */
	to = max(stream->sent, appl_frames(stream, substream->runtime));
	to = min(to, stream->pos.hw + substream->runtime->buffer_size);
	if (stream->armed && is_playback(stream) && to > stream->pos.hw)
		silence_region(substream->runtime, stream->pos.hw, to);
	snd_pcm_stream_unlock_irq(substream);
}

/* ---- ALSA's hw_ptr ---- */

/* The position that hw_ptr has to reach, frames since prepare. */
static u64 hw_ptr_goal(const struct xen_snd_front_stream *stream)
{
	return is_playback(stream) ? stream->pos.hw : stream->done;
}

/**
 * xen_snd_front_stream_pointer() - move ALSA's hw_ptr towards the backend's position
 * @substream: the substream
 *
 * ALSA's core calls it each time that it updates hw_ptr, and uses the returned value. It cannot
 * see a step of a buffer or more, so the driver divides such a step.
 *
 * Context: PCM stream lock.
 * Return: frames from the start of the buffer.
 */
snd_pcm_uframes_t xen_snd_front_stream_pointer(struct snd_pcm_substream *substream)
{
	struct snd_pcm_runtime *runtime = substream->runtime;
	struct xen_snd_front_stream *stream = runtime->private_data;
	u64 most = stream->core + runtime->buffer_size - runtime->period_size;
	u64 next = min(hw_ptr_goal(stream), most);

	/* ALSA rounds it down as well. */
	next -= xen_snd_front_pos_offset(next, runtime->min_align);
	/* A stream that lost its backend keeps its last pointer. */
	stream->core = max(stream->core, next);

	return xen_snd_front_pos_offset(stream->core, runtime->buffer_size);
}

/*
 * Makes ALSA read the position, detect an xrun or the end of draining, and wake waiting
 * applications. If a period has ended, reports that once, for ALSA's timer and SIGIO, even if ALSA
 * has read the position before, for an application that asked for it.
 */
static void report_position(struct xen_snd_front_stream *stream)
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
 * Return: the position justifies an interrupt. After one that does not, Xen delays the next
 * interrupt, by up to a second. That is for backends that flood, not for those whose own periods
 * are shorter.
 */
static bool advance_position(struct xen_snd_front_stream *stream, u64 bytes)
{
	struct snd_pcm_runtime *runtime = stream->substream->runtime;
	u64 limit = stream->sent;
	u64 from = stream->pos.hw;
	u64 moved;

	if (!is_playback(stream)) {
		limit = runs_freely(runtime) ? stream->done : appl_frames(stream, runtime);
		limit += 2 * runtime->buffer_size;
	}
	/* The limit may have become smaller, but the position never goes back. */
	limit = max(limit, from);
	xen_snd_front_pos_advance(&stream->pos, bytes, limit, runtime->frame_bits);
	silence_played(stream, runtime, from);
	send_requests(stream, stream->substream);

	moved = stream->pos.hw - from;
	return moved && (stream->pos.hw == limit ||
			 moved >= max(stream->event_frames / 16, 1U) ||
			 xen_snd_front_pos_crossed(from, stream->pos.hw, stream->event_frames));
}

static bool stream_position(struct xen_snd_front_chan *chan, u64 bytes)
{
	struct xen_snd_front_stream *stream = chan_stream(chan);
	struct snd_pcm_substream *substream;
	unsigned long flags;
	bool worth = false;
	bool show = false;

	mutex_lock(&stream->substream_lock);
	substream = stream->substream;
	if (substream) {
		snd_pcm_stream_lock_irqsave(substream, flags);
		if (stream->armed)
			worth = advance_position(stream, bytes);
		show = stream->armed && stream->shown != hw_ptr_goal(stream);
		snd_pcm_stream_unlock_irqrestore(substream, flags);
		if (show)
			report_position(stream);
	}
	mutex_unlock(&stream->substream_lock);

	return worth;
}

/* ---- Responses ---- */

static void stop_failed(struct xen_snd_front_stream *stream,
			const struct xen_snd_front_done *done)
{
	snd_pcm_state_t state = SNDRV_PCM_STATE_XRUN;

	report_failure(stream, done->error_op, done->error);
	/* Not XRUN: the application would prepare and start again, without end. */
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
	send_requests(stream, stream->substream);
}

static void stream_completed(struct xen_snd_front_chan *chan,
			     const struct xen_snd_front_done *done)
{
	struct xen_snd_front_stream *stream = chan_stream(chan);
	struct snd_pcm_substream *substream;
	unsigned long flags;
	bool show = false;

	mutex_lock(&stream->substream_lock);
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
			report_position(stream);
	}
	mutex_unlock(&stream->substream_lock);
}

/*
 * Linked streams of other cards stop as well, and can be prepared again. This one cannot be
 * prepared until the next connection.
 */
static void stream_broken(struct xen_snd_front_chan *chan)
{
	struct xen_snd_front_stream *stream = chan_stream(chan);
	unsigned long flags;

	mutex_lock(&stream->substream_lock);
	if (stream->substream) {
		snd_pcm_stream_lock_irqsave(stream->substream, flags);
		if (snd_pcm_running(stream->substream))
			snd_pcm_stop(stream->substream, SNDRV_PCM_STATE_XRUN);
		snd_pcm_stream_unlock_irqrestore(stream->substream, flags);
	}
	mutex_unlock(&stream->substream_lock);
}

static const struct xen_snd_front_chan_ops stream_ops = {
	.position = stream_position,
	.completed = stream_completed,
	.broken = stream_broken,
};

/* ---- The watchdog ---- */

/*
 * Time between two checks, ms. Without period wake-ups, ALSA's core has to read the pointer at
 * least once in half a buffer: after a longer time it adds a whole buffer.
 */
static unsigned int watchdog_interval(const struct snd_pcm_runtime *runtime)
{
	u64 buffer = div_u64(1000ULL * runtime->buffer_size, runtime->rate);

	if (!runtime->no_period_wakeup)
		return XEN_SND_FRONT_WATCHDOG_MS;
	return clamp_t(u64, buffer / 4, 1, XEN_SND_FRONT_WATCHDOG_MS);
}

/* Checks the backend as long as the stream runs. PCM stream lock. */
static void start_watchdog(struct xen_snd_front_stream *stream)
{
	unsigned int ms = watchdog_interval(stream->substream->runtime);

	stream->idle_ms = 0;
	schedule_delayed_work(&stream->watchdog, msecs_to_jiffies(ms));
}

/* A refusal by the backend stops the stream later. PCM stream lock. Return: 0 or an errno. */
static int post_trigger(struct xen_snd_front_stream *stream,
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
		send_requests(stream, substream);

	ret = xen_snd_front_chan_post(&stream->chan, &req, 1, true);
	if (ret == 1) {
		WRITE_ONCE(stream->open_state, XEN_SND_FRONT_OPEN_DIRTY);
		if (runs)
			start_watchdog(stream);
		return 0;
	}

	if (runs)
		stream->running = false;
	return ret < 0 ? ret : -EBUSY;
}

/* Return: number of frames that were accepted and are not known to be played. PCM stream lock. */
static u64 disarm_stream(struct xen_snd_front_stream *stream)
{
	u64 lost = 0;

	if (stream->armed)
		lost = unplayed_frames(stream, stream->substream->runtime);
	stream->armed = false;
	stream->running = false;
	return lost;
}

/* Makes the worker suspend a stream that is not armed any more. PCM stream lock. */
static void request_suspend(struct snd_pcm_substream *substream)
{
	struct xen_snd_front_stream *stream = substream->runtime->private_data;
	struct xen_snd_front_card *card = snd_pcm_substream_chip(substream);
	struct xen_snd_front *front = card->front;
	unsigned long flags;

	WRITE_ONCE(stream->suspend_due, true);
	spin_lock_irqsave(&front->clients_lock, flags);
	if (!front->removed)
		queue_work(front->wq, &front->work);
	spin_unlock_irqrestore(&front->clients_lock, flags);
}

/* Ends a stream whose backend does not respond. PCM stream lock. */
static void mark_unresponsive(struct xen_snd_front_stream *stream)
{
	u64 lost;

	/* This also fetches responses that are still in the ring. */
	post_trigger(stream, stream->substream, XENSND_OP_TRIGGER_STOP);
	lost = disarm_stream(stream);
	xen_snd_front_chan_mark_unresponsive(&stream->chan);
	dev_err_ratelimited(&stream->chan.dev->dev,
			    "%s: backend does not respond, %llu frames not known to be played\n",
			    stream->cfg->path, lost);
	request_suspend(stream->substream);
}

/* A response or a position is due. PCM stream lock. */
static bool is_activity_due(const struct xen_snd_front_stream *stream)
{
	if (READ_ONCE(stream->chan.nr_sync))
		return true;
	if (stream->cfg->direction == SNDRV_PCM_STREAM_CAPTURE)
		return true;

	/* Within a period the backend need not report its position. */
	return stream->sent - stream->pos.hw >= stream->event_frames;
}

/* Return: the stream still has to be checked. PCM stream lock. */
static bool watchdog_check(struct xen_snd_front_stream *stream)
{
	struct snd_pcm_runtime *runtime = stream->substream->runtime;
	unsigned int activity = READ_ONCE(stream->chan.activity);
	unsigned int patience;

	if (!stream->armed || !stream->running)
		return false;

	/* Counts checks, not time: after a pause of the guest there is only one check. */
	stream->idle_ms += watchdog_interval(runtime);
	if (activity != stream->activity || !is_activity_due(stream))
		stream->idle_ms = 0;
	stream->activity = activity;

	patience = 1000 + div_u64(1000ULL * runtime->period_size, runtime->rate);
	if (stream->idle_ms < patience)
		return true;

	mark_unresponsive(stream);
	return false;
}

static void watchdog_work(struct work_struct *work)
{
	struct xen_snd_front_stream *stream =
		container_of(to_delayed_work(work), struct xen_snd_front_stream, watchdog);
	struct snd_pcm_substream *substream;
	snd_pcm_sframes_t delay;
	unsigned long flags;
	unsigned int again = 0;

	mutex_lock(&stream->substream_lock);
	substream = stream->substream;
	if (substream) {
		if (substream->runtime->no_period_wakeup)
			snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_DELAY, &delay);
		snd_pcm_stream_lock_irqsave(substream, flags);
		if (watchdog_check(stream))
			again = watchdog_interval(substream->runtime);
		snd_pcm_stream_unlock_irqrestore(substream, flags);
	}
	mutex_unlock(&stream->substream_lock);
	if (again)
		schedule_delayed_work(&stream->watchdog, msecs_to_jiffies(again));
}

/* ---- Triggers, and the end of a connection ---- */

/* START and PAUSE_RELEASE. A stream that was prepared without a backend is suspended. */
static int run_stream(struct snd_pcm_substream *substream, u8 type)
{
	struct xen_snd_front_stream *stream = substream->runtime->private_data;

	if (stream->armed)
		return post_trigger(stream, substream, type);

	request_suspend(substream);
	return 0;
}

static int pause_stream(struct snd_pcm_substream *substream)
{
	struct xen_snd_front_stream *stream = substream->runtime->private_data;

	/* ALSA's core would count the pause as time played. */
	if (substream->runtime->no_period_wakeup)
		return -EOPNOTSUPP;
	if (!stream->armed)
		return 0;

	return post_trigger(stream, substream, XENSND_OP_TRIGGER_PAUSE);
}

static int stop_stream(struct snd_pcm_substream *substream)
{
	struct xen_snd_front_stream *stream = substream->runtime->private_data;

	if (!stream->armed)
		return 0;
	/* From now on positions and responses are ignored. */
	stream->armed = false;
	return post_trigger(stream, substream, XENSND_OP_TRIGGER_STOP);
}

/* Return: -EPIPE: it has to be prepared; -EAGAIN: there is no backend yet; 0: it is running. */
static int resume_stream(struct snd_pcm_substream *substream)
{
	struct xen_snd_front_stream *stream = substream->runtime->private_data;
	struct xen_snd_front_card *card = snd_pcm_substream_chip(substream);

	/* It was suspended because of another stream, and still runs. */
	if (stream->armed)
		return 0;
	if (READ_ONCE(card->link) != XEN_SND_FRONT_CONNECTED ||
	    xen_snd_front_chan_is_unresponsive(&stream->chan))
		return -EAGAIN;
	return -EPIPE;
}

/**
 * xen_snd_front_stream_trigger() - start, stop, pause, resume, suspend or drain
 * @substream: the substream
 * @cmd: SNDRV_PCM_TRIGGER_XXX
 *
 * Source: sndif.h, "Request stream running state change".
 *
 * Context: PCM stream lock. Does not wait: a refusal by the backend stops the stream later.
 * Return: 0 or a negative errno.
 */
int xen_snd_front_stream_trigger(struct snd_pcm_substream *substream, int cmd)
{
	struct xen_snd_front_stream *stream = substream->runtime->private_data;
	struct xen_snd_front_card *card = snd_pcm_substream_chip(substream);

	switch (cmd) {
	case SNDRV_PCM_TRIGGER_START:
		return run_stream(substream, XENSND_OP_TRIGGER_START);
	case SNDRV_PCM_TRIGGER_PAUSE_RELEASE:
		return run_stream(substream, XENSND_OP_TRIGGER_RESUME);
	case SNDRV_PCM_TRIGGER_PAUSE_PUSH:
		return pause_stream(substream);
	case SNDRV_PCM_TRIGGER_SUSPEND:
		if (READ_ONCE(card->sparing))
			return 0;
		return stop_stream(substream);
	case SNDRV_PCM_TRIGGER_STOP:
		return stop_stream(substream);
	case SNDRV_PCM_TRIGGER_RESUME:
		return resume_stream(substream);
	case SNDRV_PCM_TRIGGER_DRAIN:
		if (!is_playback(stream) || !stream->armed)
			return 0;
		return send_requests(stream, substream);
	default:
		return -EINVAL;
	}
}

/**
 * xen_snd_front_stream_disarm() - ignore positions and responses of a connection that is gone
 * @stream: the stream; its channel is shut
 *
 * Context: process context, may sleep, not for the backend.
 */
void xen_snd_front_stream_disarm(struct xen_snd_front_stream *stream)
{
	u64 lost = 0;

	mutex_lock(&stream->substream_lock);
	if (stream->substream) {
		snd_pcm_stream_lock_irq(stream->substream);
		lost = disarm_stream(stream);
		snd_pcm_stream_unlock_irq(stream->substream);
	}
	mutex_unlock(&stream->substream_lock);
	if (lost)
		dev_info_ratelimited(&stream->chan.dev->dev,
				     "%s: backend gone, %llu frames not known to be played\n",
				     stream->cfg->path, lost);
}

/**
 * xen_snd_front_stream_shutdown() - stop and close before the connection ends
 * @stream: the stream
 *
 * Some backends crash if the device is removed while a stream plays.
 *
 * Context: any; does not sleep.
 */
void xen_snd_front_stream_shutdown(struct xen_snd_front_stream *stream)
{
	struct xensnd_req req[2] = {
		{
			.operation = XENSND_OP_TRIGGER,
			.op.trigger.type = XENSND_OP_TRIGGER_STOP,
		},
		{ .operation = XENSND_OP_CLOSE },
	};

	if (READ_ONCE(stream->open_state) != XEN_SND_FRONT_NOT_OPEN)
		xen_snd_front_chan_post(&stream->chan, req, ARRAY_SIZE(req), true);
}

/**
 * xen_snd_front_stream_init() - make a stream ready for its first connection
 * @stream: the stream, zeroed
 * @dev: the xenbus device
 * @devid: its number in XenStore
 *
 * Context: any.
 */
void xen_snd_front_stream_init(struct xen_snd_front_stream *stream, struct xenbus_device *dev,
			       unsigned int devid)
{
	mutex_init(&stream->lock);
	mutex_init(&stream->substream_lock);
	INIT_DELAYED_WORK(&stream->watchdog, watchdog_work);
	xen_snd_front_chan_init(&stream->chan, dev, devid, &stream_ops);
}
