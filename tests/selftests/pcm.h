/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * PCM streams for tests: open, configure, move known data, close.
 *
 * Each call is an assertion: it ends the test if it does not do just what was
 * asked for. Environment:
 *
 *   XENSND_CARD	the card, as after "hw:" [0]
 *   XENSND_SOURCE	"pattern" if each capture stream gives the signal
 *			PATTERN_SOURCE from its beginning, see ./pattern
 *   XENSND_PLAYED	a file that gets a line for each signal played, see
 *			pcm_played()
 */
#ifndef PCM_H
#define PCM_H

#include <alsa/asoundlib.h>

#include "ktap.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define PLAYBACK	SND_PCM_STREAM_PLAYBACK
#define CAPTURE		SND_PCM_STREAM_CAPTURE

/**
 * struct pcm_setup - what to ask for
 * @access: how data are moved
 * @format: sample format
 * @rate: frames per second
 * @channels: samples in a frame
 * @period: frames
 * @buffer: frames
 * @start: start threshold, frames; 0 for a full buffer, or for capture a frame
 * @avail_min: frames; 0 for a period
 * @run_on: an xrun does not stop the stream
 * @no_wakeup: no period wakes anybody
 */
struct pcm_setup {
	snd_pcm_access_t access;
	snd_pcm_format_t format;
	unsigned int rate;
	unsigned int channels;
	snd_pcm_uframes_t period;
	snd_pcm_uframes_t buffer;
	snd_pcm_uframes_t start;
	snd_pcm_uframes_t avail_min;
	bool run_on;
	bool no_wakeup;
};

/**
 * struct pcm - an open stream
 * @handle: alsa-lib's
 * @name: for alsa-lib: hw:CARD,DEVICE,SUBDEVICE
 * @dir: PLAYBACK or CAPTURE
 * @set: what it is configured to
 * @tag: number of the signal that it plays or gives
 * @frames: of the signal, moved so far
 * @next: the next open stream
 */
struct pcm {
	snd_pcm_t *handle;
	char name[32];
	snd_pcm_stream_t dir;
	struct pcm_setup set;
	unsigned int tag;
	snd_pcm_uframes_t frames;
	struct pcm *next;
};

/* 48 kHz, two channels, S16_LE, 4 periods of 1024 frames */
extern const struct pcm_setup pcm_usual;

/* sndif.h, "PCM FORMATS", but for MPEG and GSM, for which ALSA has no PCM */
#define PCM_FORMATS	23
extern const snd_pcm_format_t pcm_formats[PCM_FORMATS];

#define alsa(call)	pcm_call(__FILE__, __LINE__, #call, call)

long pcm_call(const char *file, int line, const char *what, long ret);
const char *pcm_card(void);
const char *pcm_dir_name(snd_pcm_stream_t dir);

void pcm_tags(unsigned int first);
struct pcm *pcm_open(snd_pcm_stream_t dir, int device, int subdevice, int mode);
void pcm_close(struct pcm *pcm);
void pcm_close_all(void);

int pcm_try(struct pcm *pcm, const struct pcm_setup *setup);
void pcm_configure(struct pcm *pcm, const struct pcm_setup *setup);
struct pcm *pcm_make(snd_pcm_stream_t dir, const struct pcm_setup *setup);
unsigned int pcm_rates(snd_pcm_stream_t dir, unsigned int *rates, unsigned int max);

size_t pcm_bytes(const struct pcm *pcm, snd_pcm_uframes_t frames);
void pcm_new_signal(struct pcm *pcm);
void pcm_prepare(struct pcm *pcm);
void pcm_write(struct pcm *pcm, snd_pcm_uframes_t frames);
long pcm_write_some(struct pcm *pcm, snd_pcm_uframes_t frames);
void pcm_read(struct pcm *pcm, snd_pcm_uframes_t frames);
long pcm_read_some(struct pcm *pcm, snd_pcm_uframes_t frames);
void pcm_drain(struct pcm *pcm);
void pcm_drained(const struct pcm *pcm);
void pcm_ran_on(const struct pcm *pcm);
void pcm_played(const struct pcm *pcm, snd_pcm_uframes_t least);
void pcm_spoilt(const struct pcm *pcm, snd_pcm_uframes_t least);
void pcm_need_source(void);

snd_pcm_uframes_t pcm_position(const struct pcm *pcm);
snd_pcm_state_t pcm_state(const struct pcm *pcm);
void pcm_sleep(const struct pcm *pcm, snd_pcm_uframes_t frames);

#endif
