/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back tests: a PCM of alsa-lib's with a script.
 *
 * It takes the place of the snd_pcm_xxx() that the backend uses. Its pointer
 * moves with real time. It has a ring as real ones have: what it plays after
 * its data have ended is what the ring holds, until somebody notices that it
 * has run empty. Two channels of 16 bits.
 */
#ifndef XSB_FAKE_ALSA_H
#define XSB_FAKE_ALSA_H

#include <stdbool.h>
#include <stdint.h>

#define FAKE_FRAMES	(1u << 20)

/**
 * struct fake_alsa - the script, and what happened
 * @open_err: what snd_pcm_open() says
 * @params_err: what snd_pcm_hw_params() says
 * @start_err: what the next @start_errs starts say
 * @start_errs: how many
 * @open_cpu_ms: CPU time that snd_pcm_open() takes
 * @hang_open: snd_pcm_open() does not return
 * @hang_start: nor does snd_pcm_start()
 * @hang_close: nor does snd_pcm_close()
 * @gone: there is no such device any more
 * @frozen: the pointer stands still
 * @instant: it has no clock: all is played at once
 * @step: frames by which the pointer moves; 0: 1
 * @percent: speed of its clock; 0: 100
 * @exclusive: it cannot be opened twice
 * @server: it is a sound server's
 * @behind: frames that lie behind the buffer
 * @period_min: least period, frames
 * @buffer_max: largest buffer, frames; 0 for any
 * @period_max: greatest period that it reports, frames; 0: half of its ring
 * @buffer_min: least buffer that it reports, frames; 0: 32
 * @xrun: the next look finds it empty, or full
 * @rate_only: the only rate that it can do, 0 for any
 * @opens: calls of snd_pcm_open()
 * @opening: calls of snd_pcm_open() that have not returned
 * @handles: open now
 * @drops: calls of snd_pcm_drop()
 * @starts: successful starts
 * @fed_at: frames that it had when it was started, the first 16 times
 * @played: frames that have left the ring, of all handles
 * @data: the first channel of these
 * @cut: frames that were not silent and were behind the ring at a drop or close
 */
struct fake_alsa {
	int open_err;
	int params_err;
	int start_err;
	unsigned int start_errs;
	unsigned int open_cpu_ms;
	volatile bool hang_open;
	volatile bool hang_start;
	volatile bool hang_close;
	volatile bool gone;
	volatile bool frozen;
	volatile bool instant;
	unsigned int step;
	unsigned int percent;
	bool exclusive;
	bool server;
	unsigned int behind;
	unsigned int period_min;
	unsigned int buffer_max;
	unsigned int period_max;
	unsigned int buffer_min;
	volatile bool xrun;
	unsigned int rate_only;
	volatile unsigned int opens;
	volatile unsigned int opening;
	volatile unsigned int handles;
	volatile unsigned int drops;
	volatile unsigned int starts;
	uint64_t fed_at[16];
	volatile uint64_t played;
	int16_t data[FAKE_FRAMES];
	volatile uint64_t cut;
};

extern struct fake_alsa fake_alsa;

void fake_alsa_reset(void);
/* Let time pass for what is open. */
void fake_alsa_look(void);

#endif
