/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: the inside of sound files, shared by audio_file.c, file_*.c.
 *
 * Context of all functions: the stream's thread; those of file_format.c and
 * file_wav.c are pure.
 */
#ifndef XSB_FILE_PRIV_H
#define XSB_FILE_PRIV_H

#include <sndfile.h>

#include "audio.h"
#include "audio_name.h"

/* bytes of the longest WAV header */
#define WAV_HEADER_MAX	94u

/**
 * enum file_access - how libsndfile moves samples
 * @FILE_RAW: as they are in the file
 * @FILE_SHORT: as 16-bit numbers of this machine
 * @FILE_INT: as 32-bit numbers
 * @FILE_FLOAT: as float
 * @FILE_DOUBLE: as double
 */
enum file_access {
	FILE_RAW,
	FILE_SHORT,
	FILE_INT,
	FILE_FLOAT,
	FILE_DOUBLE,
};

/**
 * struct file_format - what samples of a file are to the guest
 * @subtype: SF_FORMAT_PCM_16 and the like
 * @format: XENSND_PCM_FORMAT_XXX
 * @access: how these are read or written without a loss
 */
struct file_format {
	int subtype;
	uint8_t format;
	enum file_access access;
};

/**
 * struct audio_file - one file endpoint
 * @audio: common part
 * @path: as configured, expanded
 * @name: sink: file of this OPEN
 * @number: sink: which of the path's files that is
 * @major: by the suffix: SF_FORMAT_WAV, SF_FORMAT_FLAC, SF_FORMAT_AIFF, or 0 for
 *	raw bytes
 * @sf: open sound file
 * @fd: open file that libsndfile does not write or read, or -1
 * @access: how @sf is read or written
 * @p: parameters of this OPEN
 * @bytes: sink: sound stored in this OPEN
 * @header_at: sink: the header is renewed at so many of @bytes
 * @header: sink: bytes before the sound, if this is a WAV file
 * @part: sink: an incomplete frame that waits for its rest
 * @part_len: bytes in @part
 * @failed: broken or at its end: go on in silence
 */
struct audio_file {
	struct audio audio;
	char path[AUDIO_PATH_MAX];
	char name[AUDIO_NAME_MAX];
	unsigned int number;
	int major;
	SNDFILE *sf;
	int fd;
	enum file_access access;
	struct snd_params p;
	uint64_t bytes;
	uint64_t header_at;
	size_t header;
	uint8_t part[SND_MAX_CHANNELS * 8];
	size_t part_len;
	bool failed;
};

static inline struct audio_file *to_file(struct audio *a)
{
	return (struct audio_file *)a;
}

/* file_format.c */
int file_major(const char *path);
uint64_t file_sink_formats(int major);
const struct file_format *file_sink_format(int major, uint8_t format);
const struct file_format *file_source_format(int sf_format);
const char *file_container_name(int sf_format);
const char *file_samples_name(int sf_format);

/* file_wav.c */
size_t wav_header(uint8_t *header, const struct snd_params *p, uint64_t bytes);

/* file_sink.c, file_source.c */
extern const struct audio_ops file_sink_ops;
extern const struct audio_ops file_source_ops;

#endif
