/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * hostile-guest: what the guest does while its backend is hostile
 */
#ifndef HOSTILE_GUEST_H
#define HOSTILE_GUEST_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define ERRNO_MAX	600

/**
 * struct job - one stream in use
 * @thread: its thread
 * @pcm: ALSA's name of it
 * @name: short, "p0" or "c3"
 * @capture: else playback
 * @uses: how often to open it
 * @strict: any error is the end
 * @fill: only open, with a large buffer, and close, until an error
 * @opens: successful ones
 * @frames: moved
 * @bad: frames recorded that are not what the backend gives
 * @stalls: waits in which nothing happened
 * @errors: by errno
 * @where: the first error's place
 */
struct job {
	pthread_t thread;
	char pcm[32];
	const char *name;
	bool capture;
	unsigned int uses;
	bool strict;
	bool fill;
	unsigned int opens;
	unsigned long frames;
	unsigned long bad;
	unsigned int stalls;
	unsigned int errors[ERRNO_MAX];
	const char *where;
};

void *job_main(void *arg);
void memory_fill(unsigned int mbytes);

#endif
