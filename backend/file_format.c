// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: which samples of which sound files keep every bit. Pure
 * functions.
 */
#include <string.h>

#include "file_priv.h"
#include "util.h"

static const struct {
	const char *suffix;
	int major;
} suffixes[] = {
	{ ".wav", SF_FORMAT_WAV },
	{ ".flac", SF_FORMAT_FLAC },
	{ ".aiff", SF_FORMAT_AIFF },
};

/* file_wav.c writes the header and the bytes as they are. */
static const struct file_format wav_sinks[] = {
	{ SF_FORMAT_PCM_U8, XENSND_PCM_FORMAT_U8, FILE_RAW },
	{ SF_FORMAT_PCM_16, XENSND_PCM_FORMAT_S16_LE, FILE_RAW },
	{ SF_FORMAT_PCM_32, XENSND_PCM_FORMAT_S32_LE, FILE_RAW },
	{ SF_FORMAT_FLOAT, XENSND_PCM_FORMAT_F32_LE, FILE_RAW },
	{ SF_FORMAT_DOUBLE, XENSND_PCM_FORMAT_F64_LE, FILE_RAW },
	{ SF_FORMAT_ULAW, XENSND_PCM_FORMAT_MU_LAW, FILE_RAW },
	{ SF_FORMAT_ALAW, XENSND_PCM_FORMAT_A_LAW, FILE_RAW },
	{ 0 },
};

static const struct file_format aiff_sinks[] = {
	{ SF_FORMAT_PCM_S8, XENSND_PCM_FORMAT_S8, FILE_RAW },
	{ SF_FORMAT_PCM_U8, XENSND_PCM_FORMAT_U8, FILE_RAW },
	{ SF_FORMAT_PCM_16, XENSND_PCM_FORMAT_S16_BE, FILE_RAW },
	{ SF_FORMAT_PCM_32, XENSND_PCM_FORMAT_S32_BE, FILE_RAW },
	{ SF_FORMAT_FLOAT, XENSND_PCM_FORMAT_F32_BE, FILE_RAW },
	{ SF_FORMAT_DOUBLE, XENSND_PCM_FORMAT_F64_BE, FILE_RAW },
	{ SF_FORMAT_ULAW, XENSND_PCM_FORMAT_MU_LAW, FILE_RAW },
	{ SF_FORMAT_ALAW, XENSND_PCM_FORMAT_A_LAW, FILE_RAW },
	{ 0 },
};

static const struct file_format flac_sinks[] = {
	{ SF_FORMAT_PCM_16, XENSND_PCM_FORMAT_S16_LE, FILE_SHORT },
	{ 0 },
};

/*
 * Samples of more than a byte are read as numbers, so the file's byte order does
 * not matter. 24 bits become the upper bits of 32.
 */
static const struct file_format sources[] = {
	{ SF_FORMAT_PCM_S8, XENSND_PCM_FORMAT_S8, FILE_RAW },
	{ SF_FORMAT_PCM_U8, XENSND_PCM_FORMAT_U8, FILE_RAW },
	{ SF_FORMAT_PCM_16, XENSND_PCM_FORMAT_S16_LE, FILE_SHORT },
	{ SF_FORMAT_PCM_24, XENSND_PCM_FORMAT_S32_LE, FILE_INT },
	{ SF_FORMAT_PCM_32, XENSND_PCM_FORMAT_S32_LE, FILE_INT },
	{ SF_FORMAT_FLOAT, XENSND_PCM_FORMAT_F32_LE, FILE_FLOAT },
	{ SF_FORMAT_DOUBLE, XENSND_PCM_FORMAT_F64_LE, FILE_DOUBLE },
	{ SF_FORMAT_ULAW, XENSND_PCM_FORMAT_MU_LAW, FILE_RAW },
	{ SF_FORMAT_ALAW, XENSND_PCM_FORMAT_A_LAW, FILE_RAW },
	{ 0 },
};

/* A FLAC file's bytes are no samples. 8 bits become the upper ones of 16. */
static const struct file_format flac_sources[] = {
	{ SF_FORMAT_PCM_S8, XENSND_PCM_FORMAT_S16_LE, FILE_SHORT },
	{ SF_FORMAT_PCM_16, XENSND_PCM_FORMAT_S16_LE, FILE_SHORT },
	{ SF_FORMAT_PCM_24, XENSND_PCM_FORMAT_S32_LE, FILE_INT },
	{ 0 },
};

/**
 * file_major() - what kind of file a suffix stands for.
 * @path: ends in one of the suffixes that audio_name_error() accepts
 *
 * Return: SF_FORMAT_WAV and the like, 0 for raw bytes.
 */
int file_major(const char *path)
{
	const char *dot = strrchr(path, '.');
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (!strcmp(dot, suffixes[i].suffix))
			return suffixes[i].major;
	return 0;
}

static const struct file_format *sinks_of(int major)
{
	switch (major) {
	case SF_FORMAT_WAV:
		return wav_sinks;
	case SF_FORMAT_AIFF:
		return aiff_sinks;
	default:
		return flac_sinks;
	}
}

/**
 * file_sink_formats() - mask of the formats that a sink can hold.
 * @major: as file_major() returned it, not 0
 */
uint64_t file_sink_formats(int major)
{
	const struct file_format *f;
	uint64_t mask = 0;

	for (f = sinks_of(major); f->subtype; f++)
		mask |= 1ull << f->format;
	return mask;
}

/**
 * file_sink_format() - how a sink holds a format.
 * @major: as file_major() returned it, not 0
 * @format: XENSND_PCM_FORMAT_XXX
 *
 * Return: NULL if it cannot.
 */
const struct file_format *file_sink_format(int major, uint8_t format)
{
	const struct file_format *f;

	for (f = sinks_of(major); f->subtype; f++)
		if (f->format == format)
			return f;
	return NULL;
}

/**
 * file_source_format() - how a file can be a source.
 * @sf_format: libsndfile's format of the file
 *
 * Return: NULL if it cannot.
 */
const struct file_format *file_source_format(int sf_format)
{
	const struct file_format *f;

	switch (sf_format & SF_FORMAT_TYPEMASK) {
	case SF_FORMAT_WAV:
	case SF_FORMAT_WAVEX:
	case SF_FORMAT_RF64:
	case SF_FORMAT_W64:
	case SF_FORMAT_AIFF:
	case SF_FORMAT_AU:
	case SF_FORMAT_CAF:
		f = sources;
		break;
	case SF_FORMAT_FLAC:
		f = flac_sources;
		break;
	default:
		return NULL;
	}
	for (; f->subtype; f++)
		if (f->subtype == (sf_format & SF_FORMAT_SUBMASK))
			return f;
	return NULL;
}

static const char *name_of_format(int format)
{
	SF_FORMAT_INFO info = { .format = format };

	sf_command(NULL, SFC_GET_FORMAT_INFO, &info, sizeof(info));
	return info.name ? info.name : "unknown";
}

/**
 * file_container_name() - what a file is, for messages.
 * @sf_format: libsndfile's format of the file
 */
const char *file_container_name(int sf_format)
{
	return name_of_format(sf_format & SF_FORMAT_TYPEMASK);
}

/**
 * file_samples_name() - what its samples are, for messages.
 * @sf_format: libsndfile's format of the file
 */
const char *file_samples_name(int sf_format)
{
	return name_of_format(sf_format & SF_FORMAT_SUBMASK);
}
