// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: silence, and the endpoint that is none.
 */
#include <alsa/asoundlib.h>
#include <stdlib.h>
#include <string.h>

#include "audio.h"

_Static_assert(XENSND_PCM_FORMAT_S8 == (int)SND_PCM_FORMAT_S8 &&
	       XENSND_PCM_FORMAT_S24_LE == (int)SND_PCM_FORMAT_S24_LE &&
	       XENSND_PCM_FORMAT_F64_BE == (int)SND_PCM_FORMAT_FLOAT64_BE &&
	       XENSND_PCM_FORMAT_GSM == (int)SND_PCM_FORMAT_GSM,
	       "the protocol numbers formats as ALSA does");

/**
 * audio_silence() - fill with a format's silence.
 * @format: XENSND_PCM_FORMAT_XXX
 * @data: to be filled
 * @bytes: how much
 */
void audio_silence(uint8_t format, void *data, size_t bytes)
{
	int bits = snd_pcm_format_physical_width((snd_pcm_format_t)format);

	if (bits <= 0 || snd_pcm_format_set_silence((snd_pcm_format_t)format,
			data, (unsigned int)(bytes * 8 / (size_t)bits)) < 0)
		memset(data, 0, bytes);
}

struct audio_null {
	struct audio audio;
	uint8_t format;
};

static int null_caps(struct audio *a, struct snd_caps *caps)
{
	(void)a;
	(void)caps;
	return 0;
}

static int null_open(struct audio *a, const struct snd_params *p)
{
	((struct audio_null *)a)->format = p->format;
	return 0;
}

static void null_close(struct audio *a)
{
	(void)a;
}

static size_t null_write(struct audio *a, const void *data, size_t bytes)
{
	(void)a;
	(void)data;
	return bytes;
}

static size_t null_read(struct audio *a, void *data, size_t bytes)
{
	audio_silence(((struct audio_null *)a)->format, data, bytes);
	return bytes;
}

static void null_free(struct audio *a)
{
	free(a);
}

static const struct audio_ops null_ops = {
	.paced = true,
	.caps = null_caps,
	.open = null_open,
	.close = null_close,
	.write = null_write,
	.read = null_read,
	.free = null_free,
};

static struct audio *make_null(const char *arg, bool capture,
			       const struct audio_id *id)
{
	struct audio_null *n = calloc(1, sizeof(*n));

	(void)arg;
	(void)capture;
	(void)id;
	if (!n)
		return NULL;
	n->audio.ops = &null_ops;
	return &n->audio;
}

const struct audio_kind audio_null_kind = {
	.name = "null",
	.make = make_null,
};
