/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: where sound goes to and comes from.
 *
 * An endpoint is the sink of a playback stream or the source of a capture
 * stream. It belongs to one stream and is only called by that stream's
 * thread; it may block that thread (slow disk) but no other.
 *
 * "Paced" endpoints have no clock: the stream feeds or drains them at the
 * stream's rate. The others (ALSA) take and give data at their own speed.
 */
#ifndef XSB_AUDIO_H
#define XSB_AUDIO_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "log.h"
#include "proto.h"

#define AUDIO_MAX_FDS	8

struct audio;

/**
 * struct audio_ops - what an endpoint can be asked to do
 * @paced: has no clock of its own
 * @caps: narrow what the endpoint can do; may be called at any time
 * @open: get ready for one OPEN's parameters; 0 or -XEN_Exx
 * @close: undo @open
 * @start: begin (after a START with what @write got so far); NULL if @paced
 * @stop: drop what has not been played or read; NULL if nothing to drop
 * @pause: stand still or go on; NULL if @paced
 * @write: playback data; returns octets taken (0: full), -errno: broken
 * @read: captured data; returns octets given (0: none yet), -errno: broken
 * @queued: octets taken by @write that the sink's hardware pointer has not
 *	passed yet; NULL if @paced
 * @pollfds: descriptors that show when @write or @read can go on
 * @pollack: evaluate the descriptors after poll(); true if it can go on
 * @free: the stream goes away
 */
struct audio_ops {
	bool paced;
	int (*caps)(struct audio *a, struct snd_caps *caps);
	int (*open)(struct audio *a, const struct snd_params *p);
	void (*close)(struct audio *a);
	int (*start)(struct audio *a);
	void (*stop)(struct audio *a);
	void (*pause)(struct audio *a, bool on);
	ssize_t (*write)(struct audio *a, const void *data, size_t octets);
	ssize_t (*read)(struct audio *a, void *data, size_t octets);
	uint64_t (*queued)(struct audio *a);
	unsigned int (*pollfds)(struct audio *a, struct pollfd *fds,
				unsigned int max);
	bool (*pollack)(struct audio *a, struct pollfd *fds, unsigned int n);
	void (*free)(struct audio *a);
};

/**
 * struct audio - common part of all endpoints
 * @ops: what kind it is
 * @log: the guest's log budget
 * @capture: a source, not a sink
 * @xruns: times the device ran empty or full, since open
 */
struct audio {
	const struct audio_ops *ops;
	struct log_guest *log;
	bool capture;
	uint64_t xruns;
};

/**
 * struct audio_id - which stream an endpoint is for; fills %d and %u
 * @domid: the guest
 * @unique_id: from XenStore, any string
 */
struct audio_id {
	uint32_t domid;
	const char *unique_id;
};

const char *audio_spec_error(const char *spec, bool capture);
struct audio *audio_new(const char *spec, bool capture,
			const struct audio_id *id, struct log_guest *log);
void audio_free(struct audio *a);

struct audio *audio_null_new(bool capture);
struct audio *audio_file_new(const char *path, bool capture);
struct audio *audio_alsa_new(const char *name, bool capture);

void audio_silence(uint8_t format, void *data, size_t octets);

#endif
