/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: calls into alsa-lib that may never return.
 *
 * A PCM may belong to a sound server; if that hangs, open, start and close
 * hang, too. So a thread of its own makes each of these calls. The stream's
 * thread waits for it for a limited time, then gives the call up. The thread
 * releases everything by itself when the call returns. What belongs to the call
 * (the PCM among it) belongs to the job.
 */
#ifndef XSB_ALSA_JOB_H
#define XSB_ALSA_JOB_H

#include <alsa/asoundlib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto.h"

#define ALSA_NAME_MAX	256u
#define ALSA_TEXT_MAX	128u

enum alsa_call {
	ALSA_PROBE,	/* read the capabilities */
	ALSA_OPEN,	/* with parameters, until it is prepared */
	ALSA_REOPEN,	/* likewise, and its pointer was seen moving */
	ALSA_PREPARE,
	ALSA_START,
	ALSA_PAUSE,
	ALSA_RESUME,
	ALSA_DROP,	/* and prepare */
	ALSA_CLOSE,
};

/**
 * struct alsa_pcm - an open PCM
 * @pcm: handle, or NULL
 * @period: frames
 * @buffer: frames
 * @can_pause: it can stand still with data in it
 * @server: it belongs to a sound server and takes data in large pieces
 */
struct alsa_pcm {
	snd_pcm_t *pcm;
	snd_pcm_uframes_t period;
	snd_pcm_uframes_t buffer;
	bool can_pause;
	bool server;
};

/**
 * struct alsa_job - one call
 * @refs: the caller and the thread
 * @lock: of @done and @until
 * @cond: one of these has changed
 * @done: the results are there
 * @until: CLOSE: not before this time, ns
 * @call: what is to be done
 * @name: PCM name
 * @capture: a source, else a sink
 * @p: parameters of OPEN
 * @dev: of the calls on an open PCM, and result of OPEN; what is left here
 *	when the last reference is dropped is closed
 * @caps: result of PROBE
 * @err: result of all, 0 or a negative errno
 * @what: the call that failed
 * @text: alsa-lib's message
 * @cpu_ns: CPU time that it took
 */
struct alsa_job {
	atomic_uint refs;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool done;
	uint64_t until;
	enum alsa_call call;
	char name[ALSA_NAME_MAX];
	bool capture;
	struct snd_params p;
	struct alsa_pcm dev;
	struct snd_caps caps;
	int err;
	const char *what;
	char text[ALSA_TEXT_MAX];
	uint64_t cpu_ns;
};

/* alsa_job.c */
struct alsa_job *alsa_job_new(enum alsa_call call, const char *name,
			      bool capture);
bool alsa_job_run(struct alsa_job *job);
bool alsa_job_wait(struct alsa_job *job, uint64_t ns);
void alsa_job_hurry(struct alsa_job *job);
void alsa_job_put(struct alsa_job *job);

/* alsa_setup.c; by the job's thread */
void alsa_probe(struct alsa_job *job);
void alsa_open_pcm(struct alsa_job *job);
void alsa_try_pcm(struct alsa_job *job);
uint64_t alsa_write_silence(snd_pcm_t *pcm, const struct snd_params *p,
			    uint64_t frames);
int alsa_stand_limit_ms(const struct alsa_pcm *dev, uint32_t rate);
uint64_t alsa_formats(void);

#endif
