/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: names for recorded files.
 */
#ifndef XSB_AUDIO_NAME_H
#define XSB_AUDIO_NAME_H

#include <stdbool.h>

#define AUDIO_PATH_MAX	1024
#define AUDIO_NAME_MAX	(AUDIO_PATH_MAX + 16)

bool audio_name_take(const char *path, char *name, unsigned int *number);
void audio_name_return(const char *path, unsigned int number);

#endif
