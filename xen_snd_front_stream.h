/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Xen para-virtual sound frontend: a stream's requests and positions
 */
#ifndef __XEN_SND_FRONT_STREAM_H
#define __XEN_SND_FRONT_STREAM_H

#include <linux/mutex.h>
#include <linux/workqueue.h>

#include <sound/core.h>
#include <sound/pcm.h>

#include "xen_snd_front_cfg.h"
#include "xen_snd_front_evtchnl.h"
#include "xen_snd_front_shbuf.h"

/**
 * struct xen_snd_front_pos - follows the backend's position
 * @raw: the last position that was accepted, bytes
 * @hw: frames since prepare, never more than the limit of each step
 * @based: @raw belongs to the present OPEN
 */
struct xen_snd_front_pos {
	u64 raw;
	u64 hw;
	bool based;
};

/**
 * struct xen_snd_front_query - a question to the backend and its answer
 * @ask: the configuration space asked about
 * @answer: what is left of it
 */
struct xen_snd_front_query {
	struct xensnd_query_hw_param ask;
	struct xensnd_query_hw_param answer;
};

#define XEN_SND_FRONT_QUERIES	8

/**
 * enum xen_snd_front_open_state - has the backend opened a stream
 * @XEN_SND_FRONT_NOT_OPEN: no
 * @XEN_SND_FRONT_OPEN_CLEAN: yes; no data and no trigger were sent
 * @XEN_SND_FRONT_OPEN_DIRTY: yes, with data or a trigger sent, or the response to OPEN is
 *	missing: needs CLOSE before the next OPEN
 */
enum xen_snd_front_open_state {
	XEN_SND_FRONT_NOT_OPEN,
	XEN_SND_FRONT_OPEN_CLEAN,
	XEN_SND_FRONT_OPEN_DIRTY,
};

/**
 * struct xen_snd_front_stream - one playback or capture stream
 * @cfg: its description
 * @chan: its channels
 * @shbuf: its audio buffer
 * @lock: serialises hardware queries
 * @asked: the connection that @no_query and @queries belong to, a @chan.epoch
 * @no_query: the backend does not answer XENSND_OP_HW_PARAM_QUERY
 * @next_query: index in @queries for the next new question, modulo their number
 * @queries: questions that this backend has answered
 * @rates: the list of rates as ALSA wants it
 * @pcm: the PCM device that it belongs to
 * @substream_lock: protects @substream, @shown and @close_due
 * @substream: the open substream, or NULL
 * @opened: the connection that @shbuf and @open_state belong to, a @chan.epoch
 * @open_state: whether the backend has opened it; ALSA serialises prepare and hw_free
 * @close_due: there was no room for a CLOSE request; it is sent when there is some
 * @event_frames: frames between two position events, as requested at OPEN
 * @armed: positions are accepted: prepared and not stopped since
 * @running: the backend's clock runs: started, and neither paused nor stopped since
 * @written: playback: appl_ptr has moved since prepare
 * @suspend_due: the stream cannot go on with this backend, and is to be suspended
 * @pos: the backend's position
 * @core: frames since prepare at ALSA's hw_ptr, as last returned to ALSA
 * @shown: @core when ended periods were last reported to ALSA
 * @sent: frames covered by WRITE or READ requests since prepare
 * @silenced: draining: frames since prepare up to which the buffer holds silence after the
 *	last frame
 * @done: capture: frames read since prepare
 * @watchdog: checks whether the backend of a running stream responds
 * @activity: @chan.activity at its last check
 * @idle_ms: time for which responses and events have been missing, ms
 *
 * From @armed to @done: PCM stream lock, except @suspend_due (atomic) and @shown.
 */
struct xen_snd_front_stream {
	const struct xen_snd_front_cfg_stream *cfg;
	struct xen_snd_front_chan chan;
	struct xen_snd_front_shbuf shbuf;

	/* Queries come from any thread that refines parameters. */
	struct mutex lock;
	unsigned int asked;
	bool no_query;
	unsigned int next_query;
	struct xen_snd_front_query queries[XEN_SND_FRONT_QUERIES];
	struct snd_pcm_hw_constraint_list rates;

	struct snd_pcm *pcm;
	/* Held while the IRQ threads and the watchdog use the substream. */
	struct mutex substream_lock;
	struct snd_pcm_substream *substream;
	unsigned int opened;
	enum xen_snd_front_open_state open_state;
	bool close_due;
	unsigned int event_frames;

	bool armed;
	bool running;
	bool written;
	bool suspend_due;
	struct xen_snd_front_pos pos;
	u64 core;
	u64 shown;
	u64 sent;
	u64 silenced;
	u64 done;

	struct delayed_work watchdog;
	unsigned int activity;
	unsigned int idle_ms;
};

/* Operations of struct snd_pcm_ops, and functions that the card calls. */
void xen_snd_front_stream_init(struct xen_snd_front_stream *stream, struct xenbus_device *dev,
			       unsigned int devid);
int xen_snd_front_stream_open(struct xen_snd_front_stream *stream,
			      struct snd_pcm_runtime *runtime);
void xen_snd_front_stream_close(struct xen_snd_front_stream *stream);
int xen_snd_front_stream_trigger(struct snd_pcm_substream *substream, int cmd);
int xen_snd_front_stream_ack(struct snd_pcm_substream *substream);
void xen_snd_front_stream_reset(struct snd_pcm_substream *substream);
snd_pcm_uframes_t xen_snd_front_stream_pointer(struct snd_pcm_substream *substream);
void xen_snd_front_stream_disarm(struct xen_snd_front_stream *stream);
void xen_snd_front_stream_shutdown(struct xen_snd_front_stream *stream);

#if IS_ENABLED(CONFIG_KUNIT)
void xen_snd_front_pos_reset(struct xen_snd_front_pos *pos);
void xen_snd_front_pos_advance(struct xen_snd_front_pos *pos, u64 bytes, u64 limit,
			       unsigned int frame_bits);
bool xen_snd_front_pos_crossed(u64 from, u64 to, unsigned int period);
unsigned int xen_snd_front_pos_offset(u64 frames, unsigned int buffer);
#endif

#endif /* __XEN_SND_FRONT_STREAM_H */
