// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: ALSA PCMs as sinks and sources.
 *
 * The PCM is opened without blocking, with the guest's parameters and, as near
 * as the device can, its period and buffer. What the device cannot do is not
 * offered; conversion is a matter of the name: "plug:..." and "default"
 * convert, "hw:..." does not.
 *
 * Xruns are recovered from and counted. A device that cannot pause plays what
 * it has already got.
 */
#include <alsa/asoundlib.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio.h"
#include "util.h"

/* how long a device's answer about its capabilities is believed */
#define CAPS_AGE_NS	(2 * NSEC_PER_SEC)

/* ALSA counts frames, so samples must be whole octets of a known size */
#define ALSA_FORMATS	(SND_ALL_FORMATS & \
			 ~(1ull << XENSND_PCM_FORMAT_IMA_ADPCM | \
			   1ull << XENSND_PCM_FORMAT_MPEG | \
			   1ull << XENSND_PCM_FORMAT_GSM))

/**
 * struct audio_alsa - one ALSA endpoint
 * @audio: common part
 * @name: PCM name
 * @pcm: open device or NULL
 * @frame: octets of a frame
 * @buffer: frames that @pcm can hold
 * @go: between START and STOP
 * @can_pause: the device can stand still with data in it
 * @part: an incomplete frame that waits for its rest
 * @part_len: octets in @part
 * @caps: what the device can do
 * @caps_time: when @caps was found out, 0 for never
 */
struct audio_alsa {
	struct audio audio;
	char name[256];
	snd_pcm_t *pcm;
	uint32_t frame;
	snd_pcm_uframes_t buffer;
	bool go;
	bool can_pause;
	uint8_t part[SND_MAX_CHANNELS * 8];
	size_t part_len;
	struct snd_caps caps;
	uint64_t caps_time;
};

static const unsigned int usual_rates[] = {
	5512, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000,
	64000, 88200, 96000, 176400, 192000, 352800, 384000, 705600, 768000,
};

static struct audio_alsa *to_alsa(struct audio *a)
{
	return (struct audio_alsa *)a;
}

static int alsa_error(struct audio_alsa *d, const char *what, int err)
{
	log_for(d->audio.log, LVL_ERROR, "alsa:%s: %s: %s", d->name, what,
		snd_strerror(err));
	switch (err) {
	case -EBUSY:
		return -XEN_EBUSY;
	case -EINVAL:
		return -XEN_EINVAL;
	default:
		return -XEN_EIO;
	}
}

static int device_open(struct audio_alsa *d, snd_pcm_t **pcm)
{
	return snd_pcm_open(pcm, d->name, d->audio.capture ?
			    SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK,
			    SND_PCM_NONBLOCK);
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
	if (!snd_pcm_hw_params_get_buffer_size_max(hw, &hi))
		c->buffer.max = (uint32_t)min_u64(hi, UINT32_MAX);
}

static int device_caps(struct audio_alsa *d)
{
	snd_pcm_hw_params_t *hw;
	snd_pcm_t *pcm;
	unsigned int i;
	int err;

	err = device_open(d, &pcm);
	if (err < 0)
		return alsa_error(d, "open", err);
	snd_pcm_hw_params_alloca(&hw);
	err = snd_pcm_hw_params_any(pcm, hw);
	if (err >= 0)
		err = snd_pcm_hw_params_set_access(pcm, hw,
				SND_PCM_ACCESS_RW_INTERLEAVED);
	if (err >= 0) {
		snd_caps_any(&d->caps);
		d->caps.formats = ALSA_FORMATS;
		for (i = 0; i < SND_NUM_FORMATS; i++)
			if (snd_pcm_hw_params_test_format(pcm, hw,
					(snd_pcm_format_t)i))
				d->caps.formats &= ~(1ull << i);
		rates_of(pcm, hw, &d->caps);
		sizes_of(hw, &d->caps);
		d->caps_time = now_ns();
	}
	snd_pcm_close(pcm);
	return err < 0 ? alsa_error(d, "no capabilities", err) : 0;
}

/* The device is asked once in a while, not for each of a series of queries. */
static int alsa_caps(struct audio *a, struct snd_caps *caps)
{
	struct audio_alsa *d = to_alsa(a);
	int ret;

	if (!d->pcm && (!d->caps_time ||
			now_ns() - d->caps_time > CAPS_AGE_NS)) {
		ret = device_caps(d);
		if (ret)
			return ret;
	}
	*caps = d->caps;
	return 0;
}

/* ---- open and close ---- */

static int set_hw(struct audio_alsa *d, const struct snd_params *p,
		  snd_pcm_uframes_t *period)
{
	snd_pcm_uframes_t buffer = p->buffer_sz / p->unit_octets;
	snd_pcm_hw_params_t *hw;
	int err;

	*period = p->period_sz ? p->period_sz / p->unit_octets : buffer / 4;
	snd_pcm_hw_params_alloca(&hw);
	err = snd_pcm_hw_params_any(d->pcm, hw);
	if (err >= 0)
		err = snd_pcm_hw_params_set_access(d->pcm, hw,
				SND_PCM_ACCESS_RW_INTERLEAVED);
	if (err >= 0)
		err = snd_pcm_hw_params_set_format(d->pcm, hw,
				(snd_pcm_format_t)p->format);
	if (err >= 0)
		err = snd_pcm_hw_params_set_channels(d->pcm, hw, p->channels);
	if (err >= 0)
		err = snd_pcm_hw_params_set_rate(d->pcm, hw, p->rate, 0);
	if (err >= 0)
		err = snd_pcm_hw_params_set_period_size_near(d->pcm, hw,
							     period, NULL);
	if (err >= 0)
		err = snd_pcm_hw_params_set_buffer_size_near(d->pcm, hw,
							     &buffer);
	if (err >= 0)
		err = snd_pcm_hw_params(d->pcm, hw);
	if (err < 0)
		return err;
	d->buffer = buffer;
	d->can_pause = snd_pcm_hw_params_can_pause(hw) == 1;
	log_for(d->audio.log, LVL_DEBUG, "alsa:%s: period %lu, buffer %lu",
		d->name, *period, buffer);
	return 0;
}

/* Started by hand; woken up once a period. */
static int set_sw(struct audio_alsa *d, snd_pcm_uframes_t period)
{
	snd_pcm_sw_params_t *sw;
	snd_pcm_uframes_t never;
	int err;

	snd_pcm_sw_params_alloca(&sw);
	err = snd_pcm_sw_params_current(d->pcm, sw);
	if (err >= 0)
		err = snd_pcm_sw_params_get_boundary(sw, &never);
	if (err >= 0)
		err = snd_pcm_sw_params_set_start_threshold(d->pcm, sw, never);
	if (err >= 0)
		err = snd_pcm_sw_params_set_avail_min(d->pcm, sw, period);
	if (err >= 0)
		err = snd_pcm_sw_params(d->pcm, sw);
	return err < 0 ? err : 0;
}

static void alsa_close(struct audio *a)
{
	struct audio_alsa *d = to_alsa(a);

	if (d->pcm)
		snd_pcm_close(d->pcm);
	d->pcm = NULL;
}

static int alsa_open(struct audio *a, const struct snd_params *p)
{
	struct audio_alsa *d = to_alsa(a);
	snd_pcm_uframes_t period;
	int err;

	a->xruns = 0;
	d->frame = p->unit_octets;
	d->part_len = 0;
	d->go = false;
	err = device_open(d, &d->pcm);
	if (err < 0)
		return alsa_error(d, "open", err);
	err = set_hw(d, p, &period);
	if (!err)
		err = set_sw(d, period);
	if (!err)
		err = snd_pcm_prepare(d->pcm);
	if (!err)
		return 0;
	alsa_close(a);
	return alsa_error(d, "set up", err);
}

static int alsa_start(struct audio *a)
{
	struct audio_alsa *d = to_alsa(a);
	int err;

	d->go = true;
	if (!a->capture)
		return 0; /* with the first data */
	err = snd_pcm_start(d->pcm);
	return err < 0 ? alsa_error(d, "start", err) : 0;
}

static void alsa_stop(struct audio *a)
{
	struct audio_alsa *d = to_alsa(a);

	d->go = false;
	d->part_len = 0;
	snd_pcm_drop(d->pcm);
	snd_pcm_prepare(d->pcm);
}

static void alsa_pause(struct audio *a, bool on)
{
	struct audio_alsa *d = to_alsa(a);

	if (d->can_pause)
		snd_pcm_pause(d->pcm, on);
}

/* ---- data ---- */

/* Return: 0 to try again, else the error that is left. */
static int recover(struct audio_alsa *d, int err)
{
	if (err == -EPIPE)
		d->audio.xruns++;
	err = snd_pcm_recover(d->pcm, err, 1);
	if (!err && d->audio.capture)
		err = snd_pcm_start(d->pcm);
	return err < 0 ? err : 0;
}

static snd_pcm_sframes_t put(struct audio_alsa *d, const void *data,
			     snd_pcm_uframes_t frames)
{
	snd_pcm_sframes_t n = snd_pcm_writei(d->pcm, data, frames);
	int err;

	if (n < 0 && n != -EAGAIN) {
		err = recover(d, (int)n);
		if (err)
			return err;
		n = snd_pcm_writei(d->pcm, data, frames);
	}
	if (n == -EAGAIN)
		return 0;
	if (n > 0 && d->go && snd_pcm_state(d->pcm) == SND_PCM_STATE_PREPARED)
		snd_pcm_start(d->pcm);
	return n;
}

static ssize_t put_part(struct audio_alsa *d, const void *data, size_t octets)
{
	size_t k = min_u32((uint32_t)octets, d->frame - (uint32_t)d->part_len);
	snd_pcm_sframes_t n;

	memcpy(d->part + d->part_len, data, k);
	if (d->part_len + k < d->frame) {
		d->part_len += k;
		return (ssize_t)k;
	}
	n = put(d, d->part, 1);
	if (n <= 0)
		return n;
	d->part_len = 0;
	return (ssize_t)k;
}

static ssize_t alsa_write(struct audio *a, const void *data, size_t octets)
{
	struct audio_alsa *d = to_alsa(a);
	snd_pcm_sframes_t n;

	if (d->part_len || octets < d->frame)
		return put_part(d, data, octets);
	n = put(d, data, octets / d->frame);
	return n < 0 ? n : n * (ssize_t)d->frame;
}

static ssize_t alsa_read(struct audio *a, void *data, size_t octets)
{
	struct audio_alsa *d = to_alsa(a);
	snd_pcm_sframes_t n = snd_pcm_readi(d->pcm, data, octets / d->frame);

	if (n == -EAGAIN)
		return 0;
	if (n < 0)
		return recover(d, (int)n);
	return n * (ssize_t)d->frame;
}

/*
 * What lies behind the device's buffer (a sound server's quantum, HDMI,
 * Bluetooth) has left it: the guest may fill that room again. snd_pcm_delay()
 * counts it, and a guest that keeps less queued than that would never see its
 * position move. After an xrun the device has played all that it had.
 */
static uint64_t alsa_queued(struct audio *a)
{
	struct audio_alsa *d = to_alsa(a);
	snd_pcm_sframes_t avail = snd_pcm_avail(d->pcm);

	if (avail < 0 || (snd_pcm_uframes_t)avail >= d->buffer)
		return 0;
	return (d->buffer - (uint64_t)avail) * d->frame;
}

static unsigned int alsa_pollfds(struct audio *a, struct pollfd *fds,
				 unsigned int max)
{
	int n = snd_pcm_poll_descriptors(to_alsa(a)->pcm, fds, max);

	return n < 0 ? 0 : (unsigned int)n;
}

static bool alsa_pollack(struct audio *a, struct pollfd *fds, unsigned int n)
{
	unsigned short revents = 0;

	snd_pcm_poll_descriptors_revents(to_alsa(a)->pcm, fds, n, &revents);
	return revents != 0;
}

static void alsa_free(struct audio *a)
{
	free(a);
}

static const struct audio_ops alsa_ops = {
	.caps = alsa_caps,
	.open = alsa_open,
	.close = alsa_close,
	.start = alsa_start,
	.stop = alsa_stop,
	.pause = alsa_pause,
	.write = alsa_write,
	.read = alsa_read,
	.queued = alsa_queued,
	.pollfds = alsa_pollfds,
	.pollack = alsa_pollack,
	.free = alsa_free,
};

/**
 * audio_alsa_new() - an ALSA endpoint; the device is not touched yet.
 * @name: PCM name
 * @capture: a source, else a sink
 *
 * Return: endpoint, or NULL for want of memory.
 */
struct audio *audio_alsa_new(const char *name, bool capture)
{
	struct audio_alsa *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->audio.ops = &alsa_ops;
	d->audio.capture = capture;
	snprintf(d->name, sizeof(d->name), "%s", name);
	return &d->audio;
}
