// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * PCM streams for tests: open, configure, close.
 */
#include "pcm.h"

#include <pthread.h>

#include "pattern.h"

const struct pcm_setup pcm_usual = {
	.access = SND_PCM_ACCESS_RW_INTERLEAVED,
	.format = SND_PCM_FORMAT_S16_LE,
	.rate = 48000,
	.channels = 2,
	.period = 1024,
	.buffer = 4096,
};

const snd_pcm_format_t pcm_formats[PCM_FORMATS] = {
	SND_PCM_FORMAT_S8, SND_PCM_FORMAT_U8, SND_PCM_FORMAT_S16_LE, SND_PCM_FORMAT_S16_BE,
	SND_PCM_FORMAT_U16_LE, SND_PCM_FORMAT_U16_BE, SND_PCM_FORMAT_S24_LE,
	SND_PCM_FORMAT_S24_BE, SND_PCM_FORMAT_U24_LE, SND_PCM_FORMAT_U24_BE,
	SND_PCM_FORMAT_S32_LE, SND_PCM_FORMAT_S32_BE, SND_PCM_FORMAT_U32_LE,
	SND_PCM_FORMAT_U32_BE, SND_PCM_FORMAT_FLOAT_LE, SND_PCM_FORMAT_FLOAT_BE,
	SND_PCM_FORMAT_FLOAT64_LE, SND_PCM_FORMAT_FLOAT64_BE,
	SND_PCM_FORMAT_IEC958_SUBFRAME_LE, SND_PCM_FORMAT_IEC958_SUBFRAME_BE,
	SND_PCM_FORMAT_MU_LAW, SND_PCM_FORMAT_A_LAW, SND_PCM_FORMAT_IMA_ADPCM,
};

/* Streams that are open, whatever became of their test */
static struct pcm *pcms;
static pthread_mutex_t pcms_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int next_tag = 1;

/**
 * pcm_call() - a call that has to succeed
 * @file: source file
 * @line: line in it
 * @what: the call
 * @ret: what it returned
 *
 * Return: @ret.
 */
long pcm_call(const char *file, int line, const char *what, long ret)
{
	if (ret < 0)
		ktap_fail(file, line, "%s: %s", what, snd_strerror(ret));
	return ret;
}

/**
 * pcm_card() - the card under test, as after "hw:"
 */
const char *pcm_card(void)
{
	const char *card = getenv("XENSND_CARD");

	return card ? card : "0";
}

/**
 * pcm_dir_name() - for names of tests
 * @dir: direction
 */
const char *pcm_dir_name(snd_pcm_stream_t dir)
{
	return dir == PLAYBACK ? "playback" : "capture";
}

/**
 * pcm_tags() - number the signals from here on
 * @first: the next one's; no two processes may use the same
 */
void pcm_tags(unsigned int first)
{
	next_tag = first;
}

/**
 * pcm_new_signal() - what is moved from here on begins again
 * @pcm: a stream that has been prepared
 */
void pcm_new_signal(struct pcm *pcm)
{
	pcm->frames = 0;
	pcm->tag = PATTERN_SOURCE;
	if (pcm->dir == CAPTURE)
		return;
	pthread_mutex_lock(&pcms_lock);
	pcm->tag = next_tag++;
	pthread_mutex_unlock(&pcms_lock);
	ktap_true(pcm->tag < PATTERN_TAGS, "too many signals");
}

/**
 * pcm_open() - open a stream
 * @dir: direction
 * @device: number of the device
 * @subdevice: number of the substream
 * @mode: SND_PCM_NONBLOCK or 0
 *
 * Return: the stream, not configured.
 */
struct pcm *pcm_open(snd_pcm_stream_t dir, int device, int subdevice, int mode)
{
	struct pcm *pcm = calloc(1, sizeof(*pcm));

	ktap_true(pcm, "no memory");
	pcm->dir = dir;
	snprintf(pcm->name, sizeof(pcm->name), "hw:%s,%d,%d", pcm_card(), device, subdevice);
	alsa(snd_pcm_open(&pcm->handle, pcm->name, dir, mode));
	pthread_mutex_lock(&pcms_lock);
	pcm->next = pcms;
	pcms = pcm;
	pthread_mutex_unlock(&pcms_lock);
	return pcm;
}

/**
 * pcm_close() - close a stream
 * @pcm: the stream, freed
 */
void pcm_close(struct pcm *pcm)
{
	struct pcm **link = &pcms;
	int ret;

	pthread_mutex_lock(&pcms_lock);
	while (*link != pcm)
		link = &(*link)->next;
	*link = pcm->next;
	pthread_mutex_unlock(&pcms_lock);
	ret = snd_pcm_close(pcm->handle);
	free(pcm);
	alsa(ret);
}

/**
 * pcm_close_all() - what a test has left
 */
void pcm_close_all(void)
{
	struct pcm *pcm;

	while (pcms) {
		pcm = pcms;
		pcms = pcm->next;
		snd_pcm_close(pcm->handle);
		free(pcm);
	}
}

/* Exactly these, nothing near them */
static int choose(snd_pcm_t *handle, snd_pcm_hw_params_t *hw, const struct pcm_setup *s)
{
	int ret;

	ret = snd_pcm_hw_params_any(handle, hw);
	if (ret >= 0)
		ret = snd_pcm_hw_params_set_rate_resample(handle, hw, 0);
	if (ret >= 0 && s->no_wakeup)
		ret = snd_pcm_hw_params_set_period_wakeup(handle, hw, 0);
	if (ret >= 0)
		ret = snd_pcm_hw_params_set_access(handle, hw, s->access);
	if (ret >= 0)
		ret = snd_pcm_hw_params_set_format(handle, hw, s->format);
	if (ret >= 0)
		ret = snd_pcm_hw_params_set_channels(handle, hw, s->channels);
	if (ret >= 0)
		ret = snd_pcm_hw_params_set_rate(handle, hw, s->rate, 0);
	if (ret >= 0)
		ret = snd_pcm_hw_params_set_period_size(handle, hw, s->period, 0);
	if (ret >= 0)
		ret = snd_pcm_hw_params_set_buffer_size(handle, hw, s->buffer);

	return ret;
}

/* What the kernel has now must be what was asked for. */
static void check_kept(snd_pcm_t *handle, const struct pcm_setup *s)
{
	snd_pcm_uframes_t period, buffer;
	unsigned int rate, channels, periods;
	snd_pcm_hw_params_t *hw;
	snd_pcm_access_t access;
	snd_pcm_format_t format;
	int dir;

	snd_pcm_hw_params_alloca(&hw);
	alsa(snd_pcm_hw_params_current(handle, hw));
	alsa(snd_pcm_hw_params_get_access(hw, &access));
	alsa(snd_pcm_hw_params_get_format(hw, &format));
	alsa(snd_pcm_hw_params_get_channels(hw, &channels));
	alsa(snd_pcm_hw_params_get_rate(hw, &rate, &dir));
	ktap_eq(access, s->access);
	ktap_eq(format, s->format);
	ktap_eq(channels, s->channels);
	ktap_eq(rate, s->rate);
	ktap_eq(dir, 0);
	alsa(snd_pcm_hw_params_get_period_size(hw, &period, &dir));
	ktap_eq(period, s->period);
	ktap_eq(dir, 0);
	alsa(snd_pcm_hw_params_get_buffer_size(hw, &buffer));
	ktap_eq(buffer, s->buffer);
	alsa(snd_pcm_hw_params_get_periods(hw, &periods, &dir));
	ktap_eq(dir, 0);
	ktap_eq(periods * period, buffer);
	alsa(snd_pcm_get_params(handle, &buffer, &period));
	ktap_eq(period, s->period);
	ktap_eq(buffer, s->buffer);
}

static void configure_software(struct pcm *pcm)
{
	struct pcm_setup *s = &pcm->set;
	snd_pcm_sw_params_t *sw;
	snd_pcm_uframes_t boundary;

	snd_pcm_sw_params_alloca(&sw);
	alsa(snd_pcm_sw_params_current(pcm->handle, sw));
	alsa(snd_pcm_sw_params_set_start_threshold(pcm->handle, sw, s->start));
	alsa(snd_pcm_sw_params_set_avail_min(pcm->handle, sw, s->avail_min));
	alsa(snd_pcm_sw_params_set_tstamp_mode(pcm->handle, sw, SND_PCM_TSTAMP_ENABLE));
	alsa(snd_pcm_sw_params_set_tstamp_type(pcm->handle, sw, SND_PCM_TSTAMP_TYPE_MONOTONIC));
	if (s->run_on) {
		alsa(snd_pcm_sw_params_get_boundary(sw, &boundary));
		alsa(snd_pcm_sw_params_set_stop_threshold(pcm->handle, sw, boundary));
	}
	alsa(snd_pcm_sw_params(pcm->handle, sw));
}

/**
 * pcm_try() - configure a stream, which may be refused
 * @pcm: the stream
 * @setup: what to ask for
 *
 * Return: 0 and the stream is prepared, or what alsa-lib said.
 */
int pcm_try(struct pcm *pcm, const struct pcm_setup *setup)
{
	snd_pcm_hw_params_t *hw;
	int ret;

	snd_pcm_hw_params_alloca(&hw);
	ret = choose(pcm->handle, hw, setup);
	/* This prepares the stream, too. */
	if (ret >= 0)
		ret = snd_pcm_hw_params(pcm->handle, hw);
	if (ret < 0)
		return ret;

	pcm->set = *setup;
	if (!setup->start)
		pcm->set.start = pcm->dir == PLAYBACK ? setup->buffer : 1;
	if (!setup->avail_min)
		pcm->set.avail_min = setup->period;
	check_kept(pcm->handle, setup);
	configure_software(pcm);
	pcm_new_signal(pcm);
	return 0;
}

/**
 * pcm_configure() - configure a stream
 * @pcm: the stream
 * @setup: what it has to do exactly
 */
void pcm_configure(struct pcm *pcm, const struct pcm_setup *setup)
{
	alsa(pcm_try(pcm, setup));
	ktap_eq(pcm_state(pcm), SND_PCM_STATE_PREPARED);
}

/**
 * pcm_make() - the first stream of a direction, configured
 * @dir: direction
 * @setup: what it has to do exactly
 *
 * Return: the stream.
 */
struct pcm *pcm_make(snd_pcm_stream_t dir, const struct pcm_setup *setup)
{
	struct pcm *pcm = pcm_open(dir, 0, 0, 0);

	pcm_configure(pcm, setup);
	return pcm;
}

/* The smallest rate from @rate on, or 0 */
static unsigned int next_rate(snd_pcm_t *handle, unsigned int rate)
{
	snd_pcm_hw_params_t *hw;
	int dir = 0;

	snd_pcm_hw_params_alloca(&hw);
	if (snd_pcm_hw_params_any(handle, hw) < 0 ||
	    snd_pcm_hw_params_set_rate_resample(handle, hw, 0) < 0 ||
	    snd_pcm_hw_params_set_rate_min(handle, hw, &rate, &dir) < 0)
		return 0;
	return rate;
}

/**
 * pcm_rates() - the rates that the first stream of a direction offers
 * @dir: direction
 * @rates: filled in, ascending
 * @max: size of @rates
 *
 * For use before the tests: says nothing if anything is wrong.
 *
 * Return: their number; 0 also if the stream cannot be opened.
 */
unsigned int pcm_rates(snd_pcm_stream_t dir, unsigned int *rates, unsigned int max)
{
	unsigned int rate = 1, n = 0;
	snd_pcm_t *handle;
	char name[32];

	snprintf(name, sizeof(name), "hw:%s,0,0", pcm_card());
	if (snd_pcm_open(&handle, name, dir, SND_PCM_NONBLOCK) < 0)
		return 0;
	while (n < max && (rate = next_rate(handle, rate)))
		rates[n++] = rate++;
	snd_pcm_close(handle);
	return n;
}
