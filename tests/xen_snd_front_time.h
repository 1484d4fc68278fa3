/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * KUnit: random sequences in which time passes: one stream, its application and its sink
 *
 * Frames count from prepare, as in the driver. What is expected follows from two things
 * only: what the sink has reported, and which requests it has been given.
 */
#ifndef __XEN_SND_FRONT_TIME_H
#define __XEN_SND_FRONT_TIME_H

#include <linux/math64.h>
#include <linux/prandom.h>
#include <linux/wait.h>

#include "xen_snd_front_fake.h"

/* Jiffies between two rounds with which ALSA's core draws wrong conclusions: see @quiet. */
#define TIME_STALL	4
#define TIME_NOTES	64
#define TIME_NOTE_LEN	80

/**
 * struct time_due - a request that the sink has not answered
 * @id: its id
 * @op: XENSND_OP_XXX
 * @end: READ, WRITE: where it ends, frames since prepare
 */
struct time_due {
	u16 id;
	u8 op;
	u64 end;
};

/**
 * struct time_sink - a backend's stream with a clock of its own
 * @speed: of its clock, per mille of the nominal rate
 * @step: it reports multiples of this many bytes; 1: as it is
 * @base: what it counts from, bytes
 * @runs_on: its clock goes on where it has no request
 * @opened: between OPEN and CLOSE
 * @used: STOP has been sent since OPEN; nothing may follow but CLOSE
 * @started: START has been sent since OPEN
 * @going: between START and STOP, and not paused
 * @beyond: its clock went on where it had no request, since OPEN
 * @at: bytes played or recorded since OPEN
 * @rest: of its clock, frames * HZ * 1000
 * @reported: the last position reported, bytes since OPEN
 * @covered: frames that requests cover since OPEN
 * @filled: capture: frames that answered READs cover
 * @due: requests not answered, oldest first
 * @num_due: their number
 * @notify: a response is there that the frontend wants to be notified of
 */
struct time_sink {
	unsigned int speed;
	unsigned int step;
	u64 base;
	bool runs_on;

	bool opened;
	bool used;
	bool started;
	bool going;
	bool beyond;
	u64 at;
	u64 rest;
	u64 reported;
	u64 covered;
	u64 filled;
	struct time_due due[RING];
	unsigned int num_due;
	bool notify;
};

/**
 * struct time_run - one stream, and what is expected of it
 * @f: the fake that it belongs to
 * @seed: all that is random follows from it
 * @rnd: the generator
 * @why: the first thing that was wrong; empty: none
 * @notes: what was done last
 * @num_notes: how much that was
 * @substream: the open PCM
 * @chan: its channels
 * @direction: SNDRV_PCM_STREAM_XXX
 * @format: U8 or S16
 * @rate: Hz
 * @frame: size of a frame, bytes
 * @period: frames
 * @buffer: frames
 * @ticks: jiffies that the buffer takes
 * @stop: stop_threshold
 * @endless: it is the boundary: never an xrun
 * @start: start_threshold
 * @fills: silence_size is the boundary: ALSA silences what has been played
 * @tiny: frames are handed over in many pieces
 * @mixes: as dmix: appl_ptr never moves, data are written ahead of hw_ptr
 * @quiet: no period wake-ups
 * @late_params: thresholds are set after prepare
 * @laziness: the application does nothing in so many rounds out of 100
 * @lost_rounds: no event in so many rounds out of 100
 * @slowness: no response in so many rounds out of 100
 * @sink: the backend's side
 * @state: the state that the PCM is to be in
 * @hw: playback: what was reported, clamped. Capture: what has been read
 * @raw: the report that was taken last, whole frames, bytes since OPEN
 * @recorded: capture: what was reported, frames
 * @lossy: capture: the sink was too far ahead; how much is to be read is not known
 * @appl: frames handed over or taken
 * @dropped: frames handed over before a RESET
 * @appl_ptr: ALSA's appl_ptr that belongs to @appl
 * @origin: ALSA's hw_ptr at @hw 0; RESET moves it
 * @mixed: @mixes: frames written so far
 * @behind: positions came that ALSA's core does not look at: paused
 * @drains: the driver knows that it drains; it need not if that is how it was started
 * @moved: the last report took @hw further
 * @stalled: @quiet: nothing is known until the next prepare
 * @poller: waits for the PCM, as poll() does
 * @woken: it has been woken
 * @hold: rounds for which no event comes
 * @jiffies: when the sink's clock was looked at, for @quiet
 */
struct time_run {
	struct fake *f;
	u32 seed;
	struct rnd_state rnd;
	char why[160];
	char notes[TIME_NOTES][TIME_NOTE_LEN];
	unsigned int num_notes;

	struct snd_pcm_substream *substream;
	struct xen_snd_front_chan *chan;
	int direction;
	snd_pcm_format_t format;
	unsigned int rate;
	unsigned int frame;
	unsigned int period;
	unsigned int buffer;
	unsigned int ticks;
	snd_pcm_uframes_t stop;
	snd_pcm_uframes_t start;
	bool endless;
	bool fills;
	bool tiny;
	bool mixes;
	bool quiet;
	bool late_params;
	unsigned int laziness;
	unsigned int lost_rounds;
	unsigned int slowness;

	struct time_sink sink;

	snd_pcm_state_t state;
	u64 hw;
	u64 raw;
	u64 recorded;
	bool lossy;
	u64 appl;
	u64 dropped;
	snd_pcm_uframes_t appl_ptr;
	snd_pcm_uframes_t origin;
	u64 mixed;
	bool behind;
	bool drains;
	bool moved;
	bool stalled;
	struct wait_queue_entry poller;
	bool woken;

	unsigned int hold;
	unsigned long jiffies;
};

static inline bool time_plays(const struct time_run *run)
{
	return run->direction == SNDRV_PCM_STREAM_PLAYBACK;
}

/* Runs whether or not anybody writes or reads. */
static inline bool time_is_free(const struct time_run *run)
{
	return run->stop > run->buffer;
}

/* ALSA's core takes positions. */
static inline bool time_runs(const struct time_run *run)
{
	return run->state == SNDRV_PCM_STATE_RUNNING ||
	       (run->state == SNDRV_PCM_STATE_DRAINING && time_plays(run));
}

/* Whole frames of so many bytes. */
static inline u64 time_frames(const struct time_run *run, u64 bytes)
{
	return div_u64(bytes, run->frame);
}

/* xen_snd_front_time_run.c */
u32 time_below(struct time_run *run, u32 n);
bool time_chance(struct time_run *run, unsigned int percent);
__printf(2, 3) void time_note(struct time_run *run, const char *fmt, ...);
__printf(2, 3) void time_fail(struct time_run *run, const char *fmt, ...);
u64 time_appl(struct time_run *run);
void time_put(struct time_run *run, void *at, u64 frame);
bool time_is_frame(struct time_run *run, const void *at, u64 frame);
bool time_is_silent(struct time_run *run, u64 from, u64 to);

/* xen_snd_front_time_sink.c */
void time_sink_choose(struct time_run *run);
void time_sink_took(struct time_run *run, const struct xensnd_req *req);
void time_sink_play(struct time_run *run, unsigned int ticks);
void time_sink_run_over(struct time_run *run);
u64 time_sink_position(struct time_run *run);
void time_sink_answer(struct time_run *run, unsigned int n);

/* xen_snd_front_time_model.c */
void time_model_reset(struct time_run *run);
snd_pcm_uframes_t time_model_hw_ptr(struct time_run *run);
snd_pcm_uframes_t time_model_avail(struct time_run *run);
void time_model_report(struct time_run *run, u64 bytes);
void time_model_responses(struct time_run *run);
void time_model_wake_up(struct time_run *run, snd_pcm_uframes_t from);
void time_model_look(struct time_run *run, bool event);

/* xen_snd_front_time_app.c */
int time_app_open(struct time_run *run);
void time_app_round(struct time_run *run);
void time_app_end(struct time_run *run);
void time_app_close(struct time_run *run);

#endif /* __XEN_SND_FRONT_TIME_H */
