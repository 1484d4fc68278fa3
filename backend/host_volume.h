/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: the host's part of the volume, as xen-snd-ctl has set it.
 *
 * It is kept until the daemon ends, by the toolstack's name for the guest and the
 * stream's unique-id, as the permission to record is kept by the name. So it is
 * there again when the guest connects again, under whatever domain id; another
 * guest that gets the domain id has 0 dB and is not muted. What was set for all
 * streams of a guest counts for those that it has later as well: the guest chooses
 * their unique-ids.
 *
 * Used by the main thread only.
 */
#ifndef XSB_HOST_VOLUME_H
#define XSB_HOST_VOLUME_H

#include <stdbool.h>
#include <stdint.h>

/* so many are kept; more orders are refused */
#define HOST_VOLUMES_MAX	1024u

/**
 * struct volume_order - what the administrator wants of some streams
 * @stream: unique-id, or NULL for all
 * @set_volume: set the volume, else mute or unmute
 * @mdb: volume, 0.001 dB
 * @mute: silence
 */
struct volume_order {
	const char *stream;
	bool set_volume;
	int32_t mdb;
	bool mute;
};

/**
 * struct host_level - a volume and a mute
 * @mdb: volume, 0.001 dB
 * @muted: silence
 */
struct host_level {
	int32_t mdb;
	bool muted;
};

struct host_volume;

bool host_volume_order(struct host_volume **list, const char *guest,
		       const struct volume_order *o);
struct host_level host_volume_get(const struct host_volume *list,
				  const char *guest, const char *stream);
void host_volume_free(struct host_volume **list);

#endif
