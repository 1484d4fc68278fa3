/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What is played and recorded: frame n of a stream since OPEN, two 16-bit channels.
 */
#ifndef HOSTILE_SOUND_H
#define HOSTILE_SOUND_H

#include <stdint.h>

static inline uint32_t sound_frame(uint32_t n)
{
	/* Never 0, which is silence. */
	return (n * 2654435761u) | 1;
}

#endif
