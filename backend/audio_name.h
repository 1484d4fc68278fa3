/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: names of sound files.
 */
#ifndef XSB_AUDIO_NAME_H
#define XSB_AUDIO_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "audio.h"

#define AUDIO_PATH_MAX	1024
#define AUDIO_NAME_MAX	(AUDIO_PATH_MAX + 16)

const char *audio_name_error(const char *path);
bool audio_name_expand(char *buf, size_t size, const char *path,
		       const struct audio_id *id);
bool audio_name_take(const char *path, char *name, unsigned int *number);
void audio_name_return(const char *path, unsigned int number);

#endif
