// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: ALSA PCMs, from their name until they are prepared.
 *
 * A PCM is opened without blocking, with the guest's parameters and, as near
 * as the device can, its period and buffer. What the device cannot do is not
 * offered; conversion is a matter of the name: "plug:..." and "default"
 * convert, "hw:..." does not.
 *
 * Context of all functions: a job's thread, or another one that may block.
 */
#include <errno.h>
#include <string.h>

#include "alsa_job.h"
#include "audio.h"
#include "util.h"

/* ALSA counts frames, so samples must be whole bytes of a known size */
#define ALSA_FORMATS	(SND_ALL_FORMATS & \
			 ~(1ull << XENSND_PCM_FORMAT_IMA_ADPCM | \
			   1ull << XENSND_PCM_FORMAT_MPEG | \
			   1ull << XENSND_PCM_FORMAT_GSM))

/* a pointer that does not move for so long, and two periods, stands still */
#define STAND_MS	500

/* a sound server's buffer holds at least this part of 1 s */
#define SERVER_PART	2u

/* how often the pointer of a device on trial is read */
#define TRIAL_NS	(5 * (long)NSEC_PER_MSEC)

static const unsigned int usual_rates[] = {
	5512, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000,
	64000, 88200, 96000, 176400, 192000, 352800, 384000, 705600, 768000,
};

/**
 * alsa_formats() - mask of the formats that alsa-lib supports.
 */
uint64_t alsa_formats(void)
{
	return ALSA_FORMATS;
}

/**
 * alsa_stand_limit_ms() - for how long a pointer may stand.
 * @dev: open PCM
 * @rate: frames per second
 */
int alsa_stand_limit_ms(const struct alsa_pcm *dev, uint32_t rate)
{
	return STAND_MS + (int)(2 * dev->period * 1000 / rate);
}

static bool open_failed(struct alsa_job *job)
{
	job->what = "open";
	job->err = snd_pcm_open(&job->dev.pcm, job->name, job->capture ?
				SND_PCM_STREAM_CAPTURE :
				SND_PCM_STREAM_PLAYBACK, SND_PCM_NONBLOCK);
	if (job->err < 0)
		job->dev.pcm = NULL;
	else
		job->err = 0;
	return job->err;
}

static void close_again(struct alsa_job *job)
{
	snd_pcm_close(job->dev.pcm);
	job->dev.pcm = NULL;
}

/* ---- capabilities ---- */

static void rates_of(snd_pcm_t *pcm, snd_pcm_hw_params_t *hw,
		     struct snd_caps *c)
{
	unsigned int i, lo = 1, hi = SND_MAX_RATE, missing = 0;
	int dir = 0;

	snd_pcm_hw_params_get_rate_min(hw, &lo, &dir);
	snd_pcm_hw_params_get_rate_max(hw, &hi, &dir);
	c->rates.min = max_u32(lo, 1);
	c->rates.max = min_u32(hi, SND_MAX_RATE);
	c->num_rates = 0;
	for (i = 0; i < ARRAY_SIZE(usual_rates); i++) {
		unsigned int r = usual_rates[i];

		if (r < c->rates.min || r > c->rates.max)
			continue;
		if (snd_pcm_hw_params_test_rate(pcm, hw, r, 0))
			missing++;
		else
			c->rate_list[c->num_rates++] = r;
	}
	/* gaps in the range: only offer what is known to work */
	if (!missing)
		c->num_rates = 0;
}

static void sizes_of(snd_pcm_hw_params_t *hw, struct snd_caps *c)
{
	snd_pcm_uframes_t lo, hi;
	unsigned int clo = 1, chi = SND_MAX_CHANNELS;
	int dir = 0;

	snd_pcm_hw_params_get_channels_min(hw, &clo);
	snd_pcm_hw_params_get_channels_max(hw, &chi);
	c->channels.min = max_u32(clo, 1);
	c->channels.max = min_u32(chi, SND_MAX_CHANNELS);
	if (!snd_pcm_hw_params_get_period_size_min(hw, &lo, &dir))
		c->period.min = (uint32_t)min_u64(lo, UINT32_MAX);
	if (!snd_pcm_hw_params_get_period_size_max(hw, &hi, &dir) && hi)
		c->period.max = (uint32_t)min_u64(hi, UINT32_MAX);
	if (!snd_pcm_hw_params_get_buffer_size_min(hw, &lo))
		c->buffer.min = (uint32_t)min_u64(lo, UINT32_MAX);
	if (!snd_pcm_hw_params_get_buffer_size_max(hw, &hi))
		c->buffer.max = (uint32_t)min_u64(hi, UINT32_MAX);
}

static void caps_of(snd_pcm_t *pcm, snd_pcm_hw_params_t *hw,
		    struct snd_caps *c)
{
	unsigned int i;

	snd_caps_any(c);
	c->formats = ALSA_FORMATS;
	for (i = 0; i < SND_NUM_FORMATS; i++)
		if (snd_pcm_hw_params_test_format(pcm, hw,
						  (snd_pcm_format_t)i))
			c->formats &= ~(1ull << i);
	rates_of(pcm, hw, c);
	sizes_of(hw, c);
}

/**
 * alsa_probe() - find out what a PCM can do.
 * @job: its results are filled in
 */
void alsa_probe(struct alsa_job *job)
{
	snd_pcm_hw_params_t *hw;

	if (open_failed(job))
		return;
	job->what = "query";
	snd_pcm_hw_params_alloca(&hw);
	job->err = snd_pcm_hw_params_any(job->dev.pcm, hw);
	if (job->err >= 0)
		job->err = snd_pcm_hw_params_set_access(job->dev.pcm, hw,
				SND_PCM_ACCESS_RW_INTERLEAVED);
	if (job->err >= 0) {
		job->err = 0;
		caps_of(job->dev.pcm, hw, &job->caps);
	}
	close_again(job);
}

/* ---- parameters ---- */

static int set_hw(struct alsa_pcm *dev, const struct snd_params *p)
{
	snd_pcm_hw_params_t *hw;
	int err;

	dev->server |= snd_pcm_type(dev->pcm) == SND_PCM_TYPE_IOPLUG;
	dev->buffer = p->buffer_sz / p->unit_bytes;
	dev->period = p->period_sz ? p->period_sz / p->unit_bytes :
				     dev->buffer / 4;
	if (dev->server && snd_pcm_stream(dev->pcm) == SND_PCM_STREAM_PLAYBACK)
		dev->buffer += p->rate / SERVER_PART;
	snd_pcm_hw_params_alloca(&hw);
	err = snd_pcm_hw_params_any(dev->pcm, hw);
	if (err >= 0)
		err = snd_pcm_hw_params_set_access(dev->pcm, hw,
				SND_PCM_ACCESS_RW_INTERLEAVED);
	if (err >= 0)
		err = snd_pcm_hw_params_set_format(dev->pcm, hw,
				(snd_pcm_format_t)p->format);
	if (err >= 0)
		err = snd_pcm_hw_params_set_channels(dev->pcm, hw,
						     p->channels);
	if (err >= 0)
		err = snd_pcm_hw_params_set_rate(dev->pcm, hw, p->rate, 0);
	if (err >= 0)
		err = snd_pcm_hw_params_set_period_size_near(dev->pcm, hw,
							&dev->period, NULL);
	if (err >= 0)
		err = snd_pcm_hw_params_set_buffer_size_near(dev->pcm, hw,
							&dev->buffer);
	if (err >= 0)
		err = snd_pcm_hw_params(dev->pcm, hw);
	if (err < 0)
		return err;
	dev->can_pause = snd_pcm_hw_params_can_pause(hw) == 1;
	return 0;
}

/*
 * Started by hand; woken up once a period. What lies behind the data is
 * silence: a device runs on for a while when they have ended, and its ring
 * still holds what it played a buffer ago.
 */
static int set_sw(struct alsa_pcm *dev)
{
	snd_pcm_sw_params_t *sw;
	snd_pcm_uframes_t never;
	int err;

	snd_pcm_sw_params_alloca(&sw);
	err = snd_pcm_sw_params_current(dev->pcm, sw);
	if (err >= 0)
		err = snd_pcm_sw_params_get_boundary(sw, &never);
	if (err >= 0)
		err = snd_pcm_sw_params_set_start_threshold(dev->pcm, sw,
							    never);
	if (err >= 0)
		err = snd_pcm_sw_params_set_avail_min(dev->pcm, sw,
						      dev->period);
	if (err >= 0)
		err = snd_pcm_sw_params_set_silence_threshold(dev->pcm, sw, 0);
	if (err >= 0)
		err = snd_pcm_sw_params_set_silence_size(dev->pcm, sw, never);
	if (err >= 0)
		err = snd_pcm_sw_params(dev->pcm, sw);
	return err < 0 ? err : 0;
}

/**
 * alsa_open_pcm() - open a PCM and prepare it.
 * @job: its @p is given, its results are filled in
 */
void alsa_open_pcm(struct alsa_job *job)
{
	if (open_failed(job))
		return;
	job->what = "set up";
	job->err = set_hw(&job->dev, &job->p);
	if (!job->err)
		job->err = set_sw(&job->dev);
	if (!job->err)
		job->err = snd_pcm_prepare(job->dev.pcm);
	if (job->err < 0)
		close_again(job);
	else
		job->err = 0;
}

/* ---- trial ---- */

/**
 * alsa_write_silence() - write silence to a PCM.
 * @pcm: prepared or running
 * @p: its parameters
 * @frames: how much
 *
 * Return: frames that it took.
 */
uint64_t alsa_write_silence(snd_pcm_t *pcm, const struct snd_params *p,
			    uint64_t frames)
{
	uint8_t quiet[4096];
	size_t most = sizeof(quiet) / p->unit_bytes;
	uint64_t done = 0;
	snd_pcm_sframes_t n;

	audio_silence(p->format, quiet, most * p->unit_bytes);
	while (done < frames) {
		n = snd_pcm_writei(pcm, quiet, min_u64(frames - done, most));
		if (n <= 0)
			break;
		done += (uint64_t)n;
	}
	return done;
}

/* A PCM that has run empty has moved. */
static bool pcm_moves(struct alsa_job *job)
{
	snd_pcm_sframes_t first = snd_pcm_avail(job->dev.pcm), avail = first;
	int ms = alsa_stand_limit_ms(&job->dev, job->p.rate);
	struct timespec ts = { .tv_nsec = TRIAL_NS };
	uint64_t end = now_ns() + (uint64_t)ms * NSEC_PER_MSEC;

	while (avail == first && now_ns() < end) {
		nanosleep(&ts, NULL);
		avail = snd_pcm_avail(job->dev.pcm);
	}
	return avail != first && (avail >= 0 || avail == -EPIPE);
}

/**
 * alsa_try_pcm() - open a PCM that was lost, and see whether it works.
 * @job: its @p is given, its results are filled in
 *
 * A sound server without a device takes data, but its pointer does not move. So
 * the PCM plays silence, or records, until the pointer has moved.
 */
void alsa_try_pcm(struct alsa_job *job)
{
	alsa_open_pcm(job);
	if (job->err)
		return;
	if (!job->capture)
		alsa_write_silence(job->dev.pcm, &job->p,
				   min_u64(job->dev.buffer,
					   2 * job->dev.period));
	job->what = "start";
	job->err = snd_pcm_start(job->dev.pcm);
	if (job->err >= 0) {
		job->what = "pointer does not move";
		job->err = pcm_moves(job) ? 0 : -ETIMEDOUT;
	}
	if (job->err >= 0)
		job->err = snd_pcm_drop(job->dev.pcm);
	if (job->err >= 0)
		job->err = snd_pcm_prepare(job->dev.pcm);
	if (job->err < 0)
		close_again(job);
	else
		job->err = 0;
}
