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
#include "sink_position.h"
#include "util.h"

/**
 * struct audio_alsa - one ALSA endpoint
 * @audio: common part
 * @name: PCM name
 * @p: parameters of the guest's OPEN
 * @pos: what it has got, and how far it is
 * @dev: open device
 * @job: OPEN, REOPEN or PROBE that is not waited for
 * @closing: CLOSE that waits until the end of the sound has been played
 * @retry_at: the device is not tried before this time
 * @retry_ns: and then after so long
 * @last_err: why
 * @said: the log has a line that the device is lost
 * @go: between START and STOP
 * @paused: likewise PAUSE and RESUME
 * @started: the device runs, or has run empty
 * @stock: it ran empty, and starts again when enough is queued
 * @stock_until: or at this time
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
	struct sink_position pos;
	struct alsa_pcm dev;
	struct alsa_job *job;
	struct alsa_job *closing;
	uint64_t retry_at;
	uint64_t retry_ns;
	int last_err;
	bool said;
	bool go;
	bool paused;
	bool started;
	bool stock;
	uint64_t stock_until;
	uint64_t haste_at;
	uint64_t haste_fed;
	uint64_t tail_until;
	struct snd_caps caps;
	uint64_t caps_time;
};

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
uint64_t alsa_stand_limit(const struct audio_alsa *d);

static inline struct audio_alsa *to_alsa(struct audio *a)
{
	return (struct audio_alsa *)a;
}

#endif
