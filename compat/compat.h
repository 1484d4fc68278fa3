/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What an external build includes before each file: what older kernels lack,
 * found by name. A whole header that they lack is beside this file, where the
 * compiler looks last.
 */

#ifndef __XEN_SND_FRONT_COMPAT_H
#define __XEN_SND_FRONT_COMPAT_H

#include <sound/asound.h>

/* Its absence makes alsa-lib add silence to a stream that drains. */
#ifndef SNDRV_PCM_INFO_PERFECT_DRAIN
#define SNDRV_PCM_INFO_PERFECT_DRAIN 0
#endif

#endif /* __XEN_SND_FRONT_COMPAT_H */
