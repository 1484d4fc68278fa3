// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: calls into alsa-lib that may never return, see alsa_job.h.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alsa_job.h"
#include "util.h"

/* calls that may hang at a time; with more no PCM can be opened */
#define JOBS_MAX	256u
#define JOB_STACK	(1u << 20)

static atomic_uint jobs_running;
static pthread_once_t errors_once = PTHREAD_ONCE_INIT;
static _Thread_local char last_error[ALSA_TEXT_MAX];

/*
 * alsa-lib would write to stderr, as often as a guest makes it fail. The last
 * line of a call becomes a part of the daemon's line.
 */
static void keep_error(const char *file, int line, const char *function,
		       int err, const char *fmt, ...)
{
	va_list ap;

	(void)file;
	(void)line;
	(void)function;
	(void)err;
	va_start(ap, fmt);
	vsnprintf(last_error, sizeof(last_error), fmt, ap);
	va_end(ap);
}

static void install_errors(void)
{
	snd_lib_error_set_handler(keep_error);
}

/**
 * alsa_job_new() - prepare a call.
 * @call: which
 * @name: PCM name
 * @capture: a source, else a sink
 *
 * Fill in what the call needs, then alsa_job_run().
 *
 * Return: job, or NULL if there is no memory.
 */
struct alsa_job *alsa_job_new(enum alsa_call call, const char *name,
			      bool capture)
{
	struct alsa_job *job = calloc(1, sizeof(*job));
	pthread_condattr_t attr;

	if (!job)
		return NULL;
	pthread_once(&errors_once, install_errors);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&job->lock, NULL);
	pthread_cond_init(&job->cond, &attr);
	pthread_condattr_destroy(&attr);
	atomic_init(&job->refs, 1);
	job->call = call;
	job->capture = capture;
	snprintf(job->name, sizeof(job->name), "%s", name);
	return job;
}

static void wait_until(struct alsa_job *job, uint64_t at)
{
	struct timespec ts = {
		.tv_sec = (time_t)(at / NSEC_PER_SEC),
		.tv_nsec = (long)(at % NSEC_PER_SEC),
	};

	pthread_cond_timedwait(&job->cond, &job->lock, &ts);
}

static void close_pcm(struct alsa_job *job)
{
	pthread_mutex_lock(&job->lock);
	while (now_ns() < job->until)
		wait_until(job, job->until);
	pthread_mutex_unlock(&job->lock);
	if (job->dev.pcm)
		snd_pcm_close(job->dev.pcm);
	job->dev.pcm = NULL;
}

static int drop_pcm(struct alsa_job *job)
{
	int err = snd_pcm_drop(job->dev.pcm);

	return err < 0 ? err : snd_pcm_prepare(job->dev.pcm);
}

static void set_result(struct alsa_job *job, const char *what, int err)
{
	job->what = what;
	job->err = err < 0 ? err : 0;
}

static void make_call(struct alsa_job *job)
{
	switch (job->call) {
	case ALSA_PROBE:
		alsa_probe(job);
		break;
	case ALSA_OPEN:
		alsa_open_pcm(job);
		break;
	case ALSA_REOPEN:
		alsa_try_pcm(job);
		break;
	case ALSA_PREPARE:
		set_result(job, "prepare", snd_pcm_prepare(job->dev.pcm));
		break;
	case ALSA_START:
		set_result(job, "start", snd_pcm_start(job->dev.pcm));
		break;
	case ALSA_PAUSE:
		set_result(job, "pause", snd_pcm_pause(job->dev.pcm, 1));
		break;
	case ALSA_RESUME:
		set_result(job, "resume", snd_pcm_pause(job->dev.pcm, 0));
		break;
	case ALSA_DROP:
		set_result(job, "stop", drop_pcm(job));
		break;
	case ALSA_CLOSE:
		close_pcm(job);
		break;
	}
}

static void *job_main(void *arg)
{
	struct alsa_job *job = arg;

	last_error[0] = '\0';
	make_call(job);
	if (job->err)
		memcpy(job->text, last_error, sizeof(job->text));
	job->cpu_ns = thread_cpu_ns();
	pthread_mutex_lock(&job->lock);
	job->done = true;
	pthread_cond_broadcast(&job->cond);
	pthread_mutex_unlock(&job->lock);
	if (atomic_fetch_sub(&job->refs, 1) == 1) {
		/* given up: this thread is the only one that knows the PCM */
		close_pcm(job);
		pthread_cond_destroy(&job->cond);
		pthread_mutex_destroy(&job->lock);
		free(job);
	}
	atomic_fetch_sub(&jobs_running, 1);
	return NULL;
}

/**
 * alsa_job_run() - start a thread that makes the call.
 * @job: that has not run yet
 *
 * Return: false if no thread can be started; nothing has been done.
 */
bool alsa_job_run(struct alsa_job *job)
{
	pthread_attr_t attr;
	pthread_t thread;
	int ret = EAGAIN;

	atomic_fetch_add(&job->refs, 1);
	if (atomic_fetch_add(&jobs_running, 1) < JOBS_MAX) {
		pthread_attr_init(&attr);
		pthread_attr_setstacksize(&attr, JOB_STACK);
		pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
		ret = pthread_create(&thread, &attr, job_main, job);
		pthread_attr_destroy(&attr);
	}
	if (!ret)
		return true;
	atomic_fetch_sub(&jobs_running, 1);
	atomic_fetch_sub(&job->refs, 1);
	return false;
}

/**
 * alsa_job_wait() - wait for the results.
 * @job: that runs
 * @ns: at most so long
 *
 * Return: the results are there.
 */
bool alsa_job_wait(struct alsa_job *job, uint64_t ns)
{
	uint64_t end = now_ns() + ns;
	bool done;

	pthread_mutex_lock(&job->lock);
	while (!job->done && now_ns() < end)
		wait_until(job, end);
	done = job->done;
	pthread_mutex_unlock(&job->lock);
	return done;
}

/**
 * alsa_job_hurry() - end the wait of a CLOSE for its time.
 * @job: that runs
 */
void alsa_job_hurry(struct alsa_job *job)
{
	pthread_mutex_lock(&job->lock);
	job->until = 0;
	pthread_cond_broadcast(&job->cond);
	pthread_mutex_unlock(&job->lock);
}

/**
 * alsa_job_put() - release a job, or give it up.
 * @job: job; what the caller keeps of @job->dev must be taken out before, and
 *	only of one that is done
 */
void alsa_job_put(struct alsa_job *job)
{
	if (atomic_fetch_sub(&job->refs, 1) != 1)
		return;
	if (job->dev.pcm) {
		/* closing may hang as well */
		atomic_store(&job->refs, 0);
		job->call = ALSA_CLOSE;
		job->until = 0;
		if (alsa_job_run(job))
			return;
		snd_pcm_close(job->dev.pcm);
	}
	pthread_cond_destroy(&job->cond);
	pthread_mutex_destroy(&job->lock);
	free(job);
}
