// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * hostile-guest: one stream, opened, used and closed again and again
 *
 * Every call may fail and none may hang: descriptors do not block, waits are short, and
 * what goes wrong is counted.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <alsa/asoundlib.h>

#include "guest.h"
#include "sound.h"

#define PERIOD		2048u
#define PERIODS		4u
/* a buffer of 1 MiB */
#define FILL_PERIODS	128u
/* in one use */
#define ROUNDS		6u
#define WAIT_MS		250
/* between two uses: the backend may strike at a stream that nobody has open */
#define PAUSE_US	100000
/* waits in vain before giving up: longer than the driver's own patience */
#define MAX_STALLS	16u

static int count(struct job *j, int err, const char *where)
{
	if (err < 0 && err != -EAGAIN) {
		j->errors[-err < ERRNO_MAX ? -err : 0]++;
		if (!j->where)
			j->where = where;
	}
	return err;
}

static int choose(struct job *j, snd_pcm_t *pcm)
{
	snd_pcm_hw_params_t *p;
	int ret;

	snd_pcm_hw_params_alloca(&p);
	ret = snd_pcm_hw_params_any(pcm, p);
	if (ret >= 0)
		ret = snd_pcm_hw_params_set_access(pcm, p,
						   SND_PCM_ACCESS_RW_INTERLEAVED);
	if (ret >= 0)
		ret = snd_pcm_hw_params_set_format(pcm, p, SND_PCM_FORMAT_S16_LE);
	if (ret >= 0)
		ret = snd_pcm_hw_params_set_channels(pcm, p, 2);
	if (ret >= 0)
		ret = snd_pcm_hw_params_set_rate(pcm, p, 48000, 0);
	if (ret >= 0)
		ret = snd_pcm_hw_params_set_period_size(pcm, p, PERIOD, 0);
	if (ret >= 0)
		ret = snd_pcm_hw_params_set_periods(pcm, p, j->fill ? FILL_PERIODS :
						    PERIODS, 0);
	/* Prepares, too: here the stream is opened. */
	if (ret >= 0)
		ret = snd_pcm_hw_params(pcm, p);
	return count(j, ret, "params");
}

static void make(uint32_t *buf, unsigned long first)
{
	unsigned int i;

	for (i = 0; i < PERIOD; i++)
		buf[i] = sound_frame((uint32_t)(first + i));
}

static unsigned long wrong(const uint32_t *buf, unsigned long first,
			   unsigned long frames)
{
	unsigned long i, n = 0;

	for (i = 0; i < frames; i++)
		n += buf[i] != sound_frame((uint32_t)(first + i));
	return n;
}

/* Return: 0 to go on, negative when this use is over. */
static int recover(struct job *j, snd_pcm_t *pcm, int err, unsigned long *at)
{
	if (err == -EPIPE && !j->strict) {
		*at = 0;
		err = count(j, snd_pcm_prepare(pcm), "prepare");
		if (!err && j->capture)
			err = count(j, snd_pcm_start(pcm), "start");
		return err;
	}
	return err;
}

static int wait_a_while(struct job *j, snd_pcm_t *pcm, unsigned int *stalls)
{
	int ret = snd_pcm_wait(pcm, WAIT_MS);

	if (ret < 0)
		return count(j, ret, "wait");
	if (ret) {
		*stalls = 0;
		return 0;
	}
	j->stalls++;
	return ++*stalls < MAX_STALLS ? 0 : count(j, -ETIME, "stall");
}

static void transfer(struct job *j, snd_pcm_t *pcm)
{
	uint32_t buf[PERIOD];
	unsigned long at = 0;
	unsigned int n = 0, stalls = 0;
	snd_pcm_sframes_t got;
	int ret = 0;

	if (j->capture)
		ret = count(j, snd_pcm_start(pcm), "start");
	while (ret >= 0 && n < ROUNDS) {
		if (!j->capture)
			make(buf, at);
		got = j->capture ? snd_pcm_readi(pcm, buf, PERIOD) :
				   snd_pcm_writei(pcm, buf, PERIOD);
		if (got == -EAGAIN) {
			ret = wait_a_while(j, pcm, &stalls);
			if (ret < 0) {
				ret = recover(j, pcm, ret, &at);
				n++;
			}
			continue;
		}
		if (got < 0) {
			count(j, (int)got, j->capture ? "read" : "write");
			ret = recover(j, pcm, (int)got, &at);
			n++;
			continue;
		}
		if (j->capture)
			j->bad += wrong(buf, at, (unsigned long)got);
		at += (unsigned long)got;
		j->frames += (unsigned long)got;
		n += got == PERIOD || j->capture;
	}
}

static void finish(struct job *j, snd_pcm_t *pcm, unsigned int use)
{
	unsigned int stalls = 0;

	switch (use % 3) {
	case 0:
		/* What has been played is all there only after a drain. */
		if (!j->capture) {
			while (snd_pcm_drain(pcm) == -EAGAIN &&
			       snd_pcm_state(pcm) == SND_PCM_STATE_DRAINING &&
			       ++stalls < MAX_STALLS)
				snd_pcm_wait(pcm, WAIT_MS);
			break;
		}
		/* fall through */
	case 1:
		count(j, snd_pcm_drop(pcm), "drop");
		break;
	default:
		if (snd_pcm_state(pcm) == SND_PCM_STATE_RUNNING)
			count(j, snd_pcm_pause(pcm, 1), "pause");
		break;
	}
}

static void use(struct job *j, unsigned int n)
{
	snd_pcm_t *pcm;

	if (count(j, snd_pcm_open(&pcm, j->pcm, j->capture ?
				  SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK,
				  SND_PCM_NONBLOCK), "open") < 0)
		return;
	j->opens++;
	if (choose(j, pcm) >= 0 && !j->fill) {
		transfer(j, pcm);
		finish(j, pcm, n);
	}
	count(j, snd_pcm_close(pcm), "close");
}

/**
 * job_main() - a stream's thread.
 * @arg: its job
 */
void *job_main(void *arg)
{
	struct job *j = arg;
	unsigned int i;

	for (i = 0; i < j->uses && !(j->fill && j->where); i++) {
		use(j, i);
		usleep(PAUSE_US);
	}
	return NULL;
}
