/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Xen para-virtual sound frontend: what the backend can do
 */
#ifndef __XEN_SND_FRONT_HW_H
#define __XEN_SND_FRONT_HW_H

#include "xen_snd_front_stream.h"

int xen_snd_front_hw_open(struct xen_snd_front_stream *stream, struct snd_pcm_runtime *runtime);
int xen_snd_front_hw_check(struct xen_snd_front_stream *stream,
			   struct snd_pcm_hw_params *params);

#endif /* __XEN_SND_FRONT_HW_H */
