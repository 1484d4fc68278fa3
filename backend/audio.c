// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: endpoint specifications, and the endpoint that is none.
 *
 *   file:PATH   a sound file; its suffix says which kind: .wav .flac .raw
 *   alsa:NAME   any ALSA PCM
 *   null        play into nothing, capture silence, in real time
 *
 * In PATH %d is the domain id, %u the stream's unique-id with anything but
 * letters, digits, '-', '_' and '.' made '_', a '.' at its beginning, too, and
 * %% is '%'.
 */
#include <alsa/asoundlib.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio.h"
#include "util.h"

_Static_assert(XENSND_PCM_FORMAT_S8 == (int)SND_PCM_FORMAT_S8 &&
	       XENSND_PCM_FORMAT_S24_LE == (int)SND_PCM_FORMAT_S24_LE &&
	       XENSND_PCM_FORMAT_F64_BE == (int)SND_PCM_FORMAT_FLOAT64_BE &&
	       XENSND_PCM_FORMAT_GSM == (int)SND_PCM_FORMAT_GSM,
	       "the protocol numbers formats as ALSA does");

static bool has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n > m && !strcmp(s + n - m, suffix);
}

static const char *path_error(const char *path)
{
	const char *p;

	if (!has_suffix(path, ".wav") && !has_suffix(path, ".flac") &&
	    !has_suffix(path, ".raw"))
		return "the file name must end in .wav, .flac or .raw";
	for (p = strchr(path, '%'); p; p = strchr(p + 2, '%'))
		if (!p[1] || !strchr("du%", p[1]))
			return "only %d, %u and %% are known in a file name";
	return NULL;
}

/**
 * audio_spec_error() - say what is wrong with a specification.
 * @spec: as given by the user
 * @capture: for a source, else for a sink
 *
 * Return: NULL if nothing is.
 */
const char *audio_spec_error(const char *spec, bool capture)
{
	(void)capture;
	if (!strcmp(spec, "null"))
		return NULL;
	if (!strncmp(spec, "file:", 5))
		return path_error(spec + 5);
	if (!strncmp(spec, "alsa:", 5))
		return spec[5] ? NULL : "no PCM name after alsa:";
	return "expected file:PATH, alsa:NAME or null";
}

/* The guest's: neither a directory, nor ".." as a whole, nor a hidden file. */
static void sanitise(char *buf, size_t size, const char *s)
{
	size_t len;

	for (len = 0; s[len] && len + 1 < size; len++) {
		unsigned char c = (unsigned char)s[len];
		bool ok = isalnum(c) || strchr("-_", c) || (c == '.' && len);

		buf[len] = ok ? (char)c : '_';
	}
	buf[len] = '\0';
}

static bool append(char *buf, size_t size, const char *s)
{
	size_t len = strlen(buf), n = strlen(s);

	if (n >= size - len)
		return false;
	memcpy(buf + len, s, n + 1);
	return true;
}

/* Return: false if it does not fit: no name may end before its suffix. */
static bool expand(char *buf, size_t size, const char *path,
		   const struct audio_id *id)
{
	char num[16], one[2] = "", name[256];
	bool ok = true;

	sanitise(name, sizeof(name), id->unique_id);
	snprintf(num, sizeof(num), "%u", id->domid);
	buf[0] = '\0';
	for (; *path && ok; path++) {
		one[0] = *path;
		if (*path != '%')
			ok = append(buf, size, one);
		else if (*++path == 'd')
			ok = append(buf, size, num);
		else if (*path == 'u')
			ok = append(buf, size, name);
		else
			ok = append(buf, size, "%");
	}
	return ok;
}

/**
 * audio_new() - make the endpoint that a specification describes.
 * @spec: valid specification
 * @capture: a source, else a sink
 * @id: the stream
 * @log: the guest's log budget, outlives the endpoint
 *
 * Nothing is opened yet.
 *
 * Return: endpoint, or NULL with errno set.
 */
struct audio *audio_new(const char *spec, bool capture,
			const struct audio_id *id, struct log_guest *log)
{
	struct audio *a;
	char path[1024];

	if (!strncmp(spec, "file:", 5)) {
		if (!expand(path, sizeof(path), spec + 5, id)) {
			errno = ENAMETOOLONG;
			return NULL;
		}
		a = audio_file_new(path, capture);
	} else if (!strncmp(spec, "alsa:", 5)) {
		a = audio_alsa_new(spec + 5, capture);
	} else {
		a = audio_null_new(capture);
	}
	if (!a)
		return NULL;
	a->log = log;
	a->capture = capture;
	return a;
}

/**
 * audio_free() - dispose of an endpoint that is not open.
 * @a: endpoint or NULL
 */
void audio_free(struct audio *a)
{
	if (a)
		a->ops->free(a);
}

/**
 * audio_silence() - fill with a format's silence.
 * @format: XENSND_PCM_FORMAT_XXX
 * @data: to be filled
 * @octets: how much
 */
void audio_silence(uint8_t format, void *data, size_t octets)
{
	int bits = snd_pcm_format_physical_width((snd_pcm_format_t)format);

	if (bits <= 0 || snd_pcm_format_set_silence((snd_pcm_format_t)format,
			data, (unsigned int)(octets * 8 / (size_t)bits)) < 0)
		memset(data, 0, octets);
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

static size_t null_write(struct audio *a, const void *data, size_t octets)
{
	(void)a;
	(void)data;
	return octets;
}

static size_t null_read(struct audio *a, void *data, size_t octets)
{
	audio_silence(((struct audio_null *)a)->format, data, octets);
	return octets;
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

/**
 * audio_null_new() - an endpoint that swallows sound or gives silence.
 * @capture: a source, else a sink
 *
 * Return: endpoint, or NULL for want of memory.
 */
struct audio *audio_null_new(bool capture)
{
	struct audio_null *n = calloc(1, sizeof(*n));

	(void)capture;
	if (!n)
		return NULL;
	n->audio.ops = &null_ops;
	return &n->audio;
}
