// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * bench-play: one stream, from open to close.
 *
 * A failure is a result like any other: a driver that cannot do something is
 * measured by how it says so.
 */
#include <stdlib.h>
#include <sys/resource.h>

#include "guest.h"
#include "stream.h"

#define CHANNELS	2u
#define WAIT_MS		5000

/* The card of bench.sh */
#define SUBSTREAMS	8u
#define CAPTURE_DEVICE	2u

/* "check(r, call)" is true if call went well; else it is noted. */
#define check(r, call)	noted(r, #call, call)

static bool noted(struct result *r, const char *what, int ret)
{
	if (ret >= 0)
		return true;
	if (!r->error) {
		r->error = ret;
		r->where = what;
	}
	return false;
}

/* In the order of aplay, which every driver has to stand. */
static bool set_hw(const struct plan *plan, snd_pcm_t *pcm, struct result *r)
{
	snd_pcm_access_t access = plan->mmap ? SND_PCM_ACCESS_MMAP_INTERLEAVED :
					       SND_PCM_ACCESS_RW_INTERLEAVED;
	snd_pcm_uframes_t period = plan->period;
	snd_pcm_uframes_t buffer = (snd_pcm_uframes_t)plan->period *
				   plan->periods;
	unsigned int rate = plan->rate;
	snd_pcm_hw_params_t *hw;
	bool ok;

	if (!check(r, snd_pcm_hw_params_malloc(&hw)))
		return false;
	ok = check(r, snd_pcm_hw_params_any(pcm, hw)) &&
	     check(r, snd_pcm_hw_params_set_access(pcm, hw, access)) &&
	     check(r, snd_pcm_hw_params_set_format(pcm, hw,
						   SND_PCM_FORMAT_S16_LE)) &&
	     check(r, snd_pcm_hw_params_set_channels(pcm, hw, CHANNELS)) &&
	     check(r, snd_pcm_hw_params_set_rate_near(pcm, hw, &rate, NULL)) &&
	     check(r, snd_pcm_hw_params_set_period_size_near(pcm, hw, &period,
							     NULL)) &&
	     check(r, snd_pcm_hw_params_set_buffer_size_near(pcm, hw,
							     &buffer)) &&
	     check(r, snd_pcm_hw_params(pcm, hw));
	if (ok && (period != plan->period || rate != plan->rate ||
		   buffer != (snd_pcm_uframes_t)plan->period * plan->periods))
		ok = noted(r, "exact sizes", -EINVAL);
	snd_pcm_hw_params_free(hw);
	return ok;
}

static bool set_sw(const struct plan *plan, snd_pcm_t *pcm, struct result *r)
{
	snd_pcm_uframes_t start = (snd_pcm_uframes_t)plan->period *
				  plan->periods;
	snd_pcm_sw_params_t *sw;
	bool ok;

	/* Timed streams are started by hand, capture by its first read. */
	if (plan->capture)
		start = 1;
	else if (plan->timed)
		start *= 2;
	if (!check(r, snd_pcm_sw_params_malloc(&sw)))
		return false;
	ok = check(r, snd_pcm_sw_params_current(pcm, sw)) &&
	     check(r, snd_pcm_sw_params_set_start_threshold(pcm, sw, start)) &&
	     check(r, snd_pcm_sw_params_set_avail_min(pcm, sw, plan->period)) &&
	     check(r, snd_pcm_sw_params(pcm, sw));
	snd_pcm_sw_params_free(sw);
	return ok;
}

static snd_pcm_t *open_pcm(const struct plan *plan, unsigned int substream,
			   struct result *r)
{
	snd_pcm_stream_t dir = plan->capture ? SND_PCM_STREAM_CAPTURE :
					       SND_PCM_STREAM_PLAYBACK;
	uint64_t began = now_ns();
	char name[32];
	snd_pcm_t *pcm;

	snprintf(name, sizeof(name), "hw:0,%u,%u",
		 plan->capture ? CAPTURE_DEVICE : substream / SUBSTREAMS,
		 substream % SUBSTREAMS);
	if (!check(r, snd_pcm_open(&pcm, name, dir, 0)))
		return NULL;
	if (set_hw(plan, pcm, r) && set_sw(plan, pcm, r) &&
	    check(r, snd_pcm_prepare(pcm))) {
		r->open_ns = now_ns() - began;
		return pcm;
	}
	snd_pcm_close(pcm);
	return NULL;
}

static snd_pcm_sframes_t transfer(const struct plan *plan, snd_pcm_t *pcm,
				  void *data, snd_pcm_uframes_t frames)
{
	if (plan->capture)
		return plan->mmap ? snd_pcm_mmap_readi(pcm, data, frames) :
				    snd_pcm_readi(pcm, data, frames);
	return plan->mmap ? snd_pcm_mmap_writei(pcm, data, frames) :
			    snd_pcm_writei(pcm, data, frames);
}

static uint64_t sleeps(const struct plan *plan)
{
	struct rusage use;

	if (!plan->timed)
		return 0;
	getrusage(RUSAGE_THREAD, &use);
	return (uint64_t)use.ru_nvcsw;
}

/* A timed playback starts when it is full; then room is awaited. */
static int wait_for_room(const struct plan *plan, snd_pcm_t *pcm,
			 struct result *r)
{
	uint64_t began;
	int ret;

	if (snd_pcm_avail_update(pcm) >= (snd_pcm_sframes_t)plan->chunk)
		return 0;
	if (snd_pcm_state(pcm) != SND_PCM_STATE_PREPARED)
		return snd_pcm_wait(pcm, WAIT_MS);
	began = now_ns();
	ret = snd_pcm_start(pcm);
	if (ret >= 0)
		ret = snd_pcm_wait(pcm, WAIT_MS);
	if (!r->first_ns)
		r->first_ns = now_ns() - began;
	return ret;
}

/* Return: false if there is no going on. */
static bool survive(const struct plan *plan, snd_pcm_t *pcm, struct result *r,
		    int error)
{
	if (error == -EPIPE) {
		r->xruns++;
		return r->xruns <= plan->xruns &&
		       check(r, snd_pcm_prepare(pcm));
	}
	return noted(r, plan->capture ? "read" : "write", error);
}

/* Return: frames, 0 if there is no going on. */
static size_t one_chunk(const struct plan *plan, snd_pcm_t *pcm, void *data,
			size_t frames, struct result *r)
{
	uint64_t slept, began;
	snd_pcm_sframes_t n;

	for (;;) {
		n = plan->timed && !plan->capture ?
			wait_for_room(plan, pcm, r) : 0;
		if (n >= 0) {
			slept = sleeps(plan);
			began = now_ns();
			n = transfer(plan, pcm, data, frames);
			r->took[r->num] = (uint32_t)(now_ns() - began);
			r->sleeps += sleeps(plan) - slept;
		}
		if (n >= 0) {
			r->num++;
			return (size_t)n;
		}
		if (!survive(plan, pcm, r, (int)n))
			return 0;
	}
}

/**
 * stream_run() - open, play or record, close.
 * @plan: how
 * @substream: which
 * @count: periods
 * @r: zeroed, gets the result; @r->took is to be freed
 */
void stream_run(const struct plan *plan, unsigned int substream,
		unsigned int count, struct result *r)
{
	size_t total = (size_t)count * plan->period, done = 0, most, n;
	void *data = calloc(plan->chunk, CHANNELS * sizeof(int16_t));
	uint64_t began;
	snd_pcm_t *pcm;

	/* Each xrun may cut a write in two. */
	most = total / plan->chunk + plan->xruns + 2;
	r->took = calloc(most, sizeof(*r->took));
	if (!data || !r->took)
		abort();
	pcm = open_pcm(plan, substream, r);
	if (pcm) {
		if (plan->prepared)
			plan->prepared();
		do {
			n = total - done < plan->chunk ? total - done :
							 plan->chunk;
			n = n ? one_chunk(plan, pcm, data, n, r) : 0;
			done += n;
		} while (n && r->num < most);
		r->done = (unsigned int)(done / plan->period);
		began = now_ns();
		check(r, snd_pcm_drop(pcm));
		snd_pcm_close(pcm);
		r->close_ns = now_ns() - began;
	}
	free(data);
}
