/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: volume and mute of a stream, in software.
 *
 * Two sides have a volume and a mute for each channel: the guest (by the
 * protocol) and the host (its administrator). The volumes add up; a channel is
 * silent if either side has muted it. Neither side sees the other's values.
 *
 * A volume is in steps of 0.001 dB, 0 leaves the samples as they are.
 */
#ifndef XSB_VOLUME_H
#define XSB_VOLUME_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto.h"

/* this and anything below is silence */
#define VOLUME_MIN	(-120000)
/* the most for each side, and for both together */
#define VOLUME_MAX	12000

/* a ramp from silence to 0 dB takes so long; others in proportion */
#define VOLUME_RAMP_MS	10u

/* instead of a channel: all of them */
#define VOLUME_ALL	SND_MAX_CHANNELS

enum volume_side {
	VOLUME_GUEST,
	VOLUME_HOST,
	VOLUME_SIDES,
};

/**
 * struct volume - the volume of one stream; all 0 at first: 0 dB, not muted
 * @mdb: what each side has set, 0.001 dB
 * @muted: likewise
 * @changed: one of these was set since the stream's thread looked
 * @p: parameters since OPEN
 * @step: most that a gain changes from frame to frame
 * @gain: factor of each channel now
 * @target: where @gain goes
 * @flat: all of @gain and @target are 1
 *
 * The first three are for any thread, the others for the stream's.
 */
struct volume {
	atomic_int mdb[VOLUME_SIDES][SND_MAX_CHANNELS];
	atomic_bool muted[VOLUME_SIDES][SND_MAX_CHANNELS];
	atomic_bool changed;
	struct snd_params p;
	double step;
	double gain[SND_MAX_CHANNELS];
	double target[SND_MAX_CHANNELS];
	bool flat;
};

bool volume_linear(uint8_t format);
double volume_gain(int32_t mdb);

bool volume_set(struct volume *v, enum volume_side side, unsigned int channel,
		int32_t mdb);
int32_t volume_get(struct volume *v, enum volume_side side,
		   unsigned int channel);
void volume_mute(struct volume *v, enum volume_side side, unsigned int channel,
		 bool on);
bool volume_muted(struct volume *v, enum volume_side side,
		  unsigned int channel);

void volume_open(struct volume *v, const struct snd_params *p);
void volume_jump(struct volume *v);
bool volume_active(struct volume *v);
void volume_scale(struct volume *v, void *data, size_t units);

#endif
