/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: the inside of an ALSA endpoint, shared by audio_alsa.c,
 * alsa_device.c and alsa_position.c.
 *
 * Context of all functions: the stream's thread.
 */
#ifndef XSB_ALSA_PRIV_H
#define XSB_ALSA_PRIV_H

#include "alsa_job.h"
#include "audio.h"
#include "pace.h"
#include "util.h"

/* what is kept queued for a sound server at first; doubled by each xrun */
#define ALSA_STOCK_NS	(120 * NSEC_PER_MSEC)

/* bytes of the largest frame */
#define ALSA_FRAME_MAX	(SND_MAX_CHANNELS * 8)

/**
 * struct audio_alsa - one ALSA endpoint
 * @audio: common part
 * @name: PCM name
 * @p: parameters of the guest's OPEN
 * @clock: what the position would be by time alone
 * @dev: open device
 * @job: OPEN, REOPEN or PROBE that is not waited for
 * @closing: CLOSE that waits until the end of the sound has been played
 * @retry_at: the device is not tried before this time
 * @retry_ns: and then after so long
 * @last_err: why
 * @said: the log has a line that the device is lost
 * @frame: bytes of a frame
 * @quiet: a silent one
 * @part: an incomplete frame that waits for its rest
 * @part_len: bytes in @part
 * @go: between START and STOP
 * @paused: likewise PAUSE and RESUME
 * @started: the device runs, or has run empty
 * @stock: it ran empty, and starts again when enough is queued
 * @stock_until: or at this time
 * @base: the guest's frames that were written before it was last prepared
 * @fed: and since then
 * @lead: frames of silence before these
 * @silent: as many of the last of @fed were silence
 * @position: the guest's frames that have been passed
 * @passed: the same by the pointer
 * @left: frames that the pointer had not passed when it was last seen
 * @behind: frames that @position had passed and that were not played yet
 * @heard_at: when all that was queued will have been played, ns
 * @server: it takes data in large pieces
 * @lump: frames of the largest piece
 * @want_ns: what is kept queued for it
 * @lag_min: least distance of @position from @passed in the current window
 * @lag_ref: and in the first one
 * @lag_at: start of the window, 0 if there was none since it was prepared, ns
 * @moved_at: when that changed, ns
 * @haste_at: start of the current window, ns
 * @haste_fed: frames written in it
 * @tail_until: after STOP it plays to the end, but not longer than this
 * @caps: what the device can do
 * @caps_time: when @caps was found out, 0 for never
 */
struct audio_alsa {
	struct audio audio;
	char name[ALSA_NAME_MAX];
	struct snd_params p;
	struct pace clock;
	struct alsa_pcm dev;
	struct alsa_job *job;
	struct alsa_job *closing;
	uint64_t retry_at;
	uint64_t retry_ns;
	int last_err;
	bool said;
	uint32_t frame;
	uint8_t quiet[ALSA_FRAME_MAX];
	uint8_t part[ALSA_FRAME_MAX];
	size_t part_len;
	bool go;
	bool paused;
	bool started;
	bool stock;
	uint64_t stock_until;
	uint64_t base;
	uint64_t fed;
	uint64_t lead;
	uint64_t silent;
	uint64_t position;
	uint64_t passed;
	uint64_t left;
	uint64_t behind;
	uint64_t heard_at;
	bool server;
	uint64_t lump;
	uint64_t want_ns;
	uint64_t lag_min;
	uint64_t lag_ref;
	uint64_t lag_at;
	uint64_t moved_at;
	uint64_t haste_at;
	uint64_t haste_fed;
	uint64_t tail_until;
	struct snd_caps caps;
	uint64_t caps_time;
};

static inline uint64_t alsa_frames_ns(const struct audio_alsa *d,
				      uint64_t frames)
{
	return pace_duration(&d->clock, frames * d->frame);
}

/* alsa_device.c */
int alsa_xen_error(int err);
void alsa_log_failure(struct audio_alsa *d, const char *what, int err,
		      const char *text, const char *so);
void alsa_retry_later(struct audio_alsa *d, int err);
void alsa_lose_device(struct audio_alsa *d, const char *what, int err);
int alsa_call_device(struct audio_alsa *d, enum alsa_call call);
void alsa_check_job(struct audio_alsa *d);
bool alsa_start_job(struct audio_alsa *d, enum alsa_call call);
int alsa_caps(struct audio *a, struct snd_caps *caps);
int alsa_open(struct audio *a, const struct snd_params *p);
void alsa_close(struct audio *a);

/* alsa_position.c */
void alsa_reset_device(struct audio_alsa *d);
void alsa_reset_counts(struct audio_alsa *d);
void alsa_set_stock(struct audio_alsa *d);
int alsa_look_at_device(struct audio_alsa *d);
bool alsa_play_out(struct audio_alsa *d);
void alsa_want_more(struct audio_alsa *d);
uint64_t alsa_stand_limit(const struct audio_alsa *d);

static inline struct audio_alsa *to_alsa(struct audio *a)
{
	return (struct audio_alsa *)a;
}

#endif
