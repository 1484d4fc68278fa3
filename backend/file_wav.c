// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: the header of a WAV file. A pure function.
 *
 * The header can be written again in one piece while the file grows, so a file
 * whose writer died can be read. Up to 4 GiB it is RIFF with room for a ds64
 * chunk (named JUNK, which readers skip); beyond that this chunk has the sizes
 * and the file is RF64 (EBU Tech 3306). Only the samples that are no integers
 * have a fact chunk.
 */
#include <string.h>

#include "file_priv.h"

#define TAG_PCM		1u
#define TAG_FLOAT	3u
#define TAG_A_LAW	6u
#define TAG_MU_LAW	7u

/* 64-bit sizes of the file, of the sound, its frames, and an empty table */
#define DS64_SIZE	28u

static uint8_t *put_number(uint8_t *at, uint64_t value, unsigned int bytes)
{
	for (; bytes; bytes--, value >>= 8)
		*at++ = (uint8_t)value;
	return at;
}

static uint8_t *put_name(uint8_t *at, const char *name)
{
	memcpy(at, name, 4);
	return at + 4;
}

/* A chunk's name and the size of what follows. */
static uint8_t *put_chunk(uint8_t *at, const char *name, uint64_t size)
{
	return put_number(put_name(at, name), size, 4);
}

static unsigned int tag_of(uint8_t format)
{
	switch (format) {
	case XENSND_PCM_FORMAT_F32_LE:
	case XENSND_PCM_FORMAT_F64_LE:
		return TAG_FLOAT;
	case XENSND_PCM_FORMAT_A_LAW:
		return TAG_A_LAW;
	case XENSND_PCM_FORMAT_MU_LAW:
		return TAG_MU_LAW;
	default:
		return TAG_PCM;
	}
}

static uint8_t *put_fmt(uint8_t *at, const struct snd_params *p)
{
	unsigned int tag = tag_of(p->format);

	at = put_chunk(at, "fmt ", tag == TAG_PCM ? 16 : 18);
	at = put_number(at, tag, 2);
	at = put_number(at, p->channels, 2);
	at = put_number(at, p->rate, 4);
	at = put_number(at, (uint64_t)p->rate * p->unit_bytes, 4);
	at = put_number(at, p->unit_bytes, 2);
	at = put_number(at, snd_format_bits(p->format), 2);
	return tag == TAG_PCM ? at : put_number(at, 0, 2);
}

/**
 * wav_header() - make a WAV file's header.
 * @header: room for WAV_HEADER_MAX bytes
 * @p: rate, format (one of file_sink_formats(SF_FORMAT_WAV)) and channels
 * @bytes: of sound that follow; incomplete frames do not count
 *
 * Return: bytes of the header, always the same for a format.
 */
size_t wav_header(uint8_t *header, const struct snd_params *p, uint64_t bytes)
{
	bool linear = tag_of(p->format) == TAG_PCM;
	uint64_t frames = bytes / p->unit_bytes;
	uint64_t sound = frames * p->unit_bytes;
	uint64_t file = (linear ? 80 : 94) - 8 + sound + sound % 2;
	bool large = file > UINT32_MAX;
	uint8_t *at = header;

	at = put_chunk(at, large ? "RF64" : "RIFF", large ? UINT32_MAX : file);
	at = put_name(at, "WAVE");
	at = put_chunk(at, large ? "ds64" : "JUNK", DS64_SIZE);
	at = put_number(at, large ? file : 0, 8);
	at = put_number(at, large ? sound : 0, 8);
	at = put_number(at, large ? frames : 0, 8);
	at = put_number(at, 0, 4);
	at = put_fmt(at, p);
	if (!linear) {
		at = put_chunk(at, "fact", 4);
		at = put_number(at, large ? UINT32_MAX : frames, 4);
	}
	at = put_chunk(at, "data", large ? UINT32_MAX : sound);
	return (size_t)(at - header);
}
