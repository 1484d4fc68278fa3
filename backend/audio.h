/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: where sound goes to and comes from.
 *
 * An endpoint is the sink of a playback stream or the source of a capture
 * stream. It belongs to one stream and is only called by that stream's
 * thread; it may block that thread (slow disk) but no other.
 *
 * "Paced" endpoints have no clock: the stream feeds or drains them at the
 * stream's rate. The others (ALSA) take and give data at their own speed. One
 * of these that does not work is "lost" for as long as that lasts: then it is
 * paced as well, takes data and drops them, and gives silence.
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

/* what is wrong with a specification of no kind */
#define AUDIO_NO_KIND	"expected file:PATH, alsa:NAME, pipewire, pipewire:TARGET or null"

/* ms; what is kept queued for a sound server at first */
#define AUDIO_LATENCY_MS	120u

/* ms; the most of it, also after xruns */
#define AUDIO_LATENCY_MAX_MS	480u

struct audio;

/**
 * struct audio_volume - the guest's part of the volume
 * @mdb: of each channel, 0.001 dB
 * @muted: likewise
 */
struct audio_volume {
	int32_t mdb[SND_MAX_CHANNELS];
	bool muted[SND_MAX_CHANNELS];
};

/**
 * struct audio_ops - what an endpoint can be asked to do
 * @paced: has no clock of its own
 * @open_checks: @open itself refuses what the endpoint cannot do, so @caps is not
 *	called before; a device is opened once for each OPEN
 * @caps: narrow what the endpoint can do; may be called at any time
 * @open: get ready for one OPEN's parameters; 0 or -XEN_Exx
 * @close: undo @open
 * @start: START: capture begins, playback with @kick; 0 or -XEN_Exx; may be
 *	NULL if @paced
 * @kick: begin to play what @write has got, if there is enough; an error is
 *	returned if @report, else the device is lost; NULL if @paced
 * @stop: drop what has not been played or read; NULL if nothing to drop
 * @pause: pause or go on; NULL if @paced
 * @write: playback data; returns bytes taken (0: full)
 * @read: captured data; returns bytes given (0: none yet)
 * @queued: bytes taken by @write that the sink's hardware pointer has not
 *	passed yet; NULL if @paced
 * @ample: so much was taken by @write that data which come @ns later come in time;
 *	after @queued; may be NULL
 * @check: look after a device that is lost, if the stream is @live, and do what
 *	was put off; NULL if @paced
 * @deadline: when @check, or @read, is to be called at the latest, ns, or
 *	TIME_NEVER; NULL if @paced
 * @pollfds: descriptors that show when @write or @read can go on
 * @pollack: evaluate the descriptors after poll()
 * @set_volume: the guest has set its volume; only if @own_volume
 * @get_volume: what it is now, others may have changed it; likewise
 * @free: the stream goes away
 */
struct audio_ops {
	bool paced;
	bool open_checks;
	int (*caps)(struct audio *a, struct snd_caps *caps);
	int (*open)(struct audio *a, const struct snd_params *p);
	void (*close)(struct audio *a);
	int (*start)(struct audio *a);
	int (*kick)(struct audio *a, bool report);
	void (*stop)(struct audio *a);
	void (*pause)(struct audio *a, bool on);
	size_t (*write)(struct audio *a, const void *data, size_t bytes);
	size_t (*read)(struct audio *a, void *data, size_t bytes);
	uint64_t (*queued)(struct audio *a);
	bool (*ample)(struct audio *a, uint64_t ns);
	void (*check)(struct audio *a, bool live);
	uint64_t (*deadline)(struct audio *a);
	unsigned int (*pollfds)(struct audio *a, struct pollfd *fds,
				unsigned int max);
	void (*pollack)(struct audio *a, struct pollfd *fds, unsigned int n);
	void (*set_volume)(struct audio *a, const struct audio_volume *v);
	void (*get_volume)(struct audio *a, struct audio_volume *v);
	void (*free)(struct audio *a);
};

/**
 * struct audio - common part of all endpoints
 * @ops: what kind it is
 * @log: the guest's log budget
 * @capture: a source, not a sink
 * @lost: not @paced, but does not work at present
 * @own_volume: the guest's volume is the device's, samples are not changed for it
 * @cpu_ns: CPU time of other threads than the stream's that worked for it
 * @xruns: times the device ran empty or full, since open
 */
struct audio {
	const struct audio_ops *ops;
	struct log_guest *log;
	bool capture;
	bool lost;
	bool own_volume;
	uint64_t cpu_ns;
	uint64_t xruns;
};

/**
 * struct audio_id - which stream an endpoint is for; fills %d and %u
 * @domid: the guest
 * @unique_id: from XenStore, any string
 * @guest: the toolstack's name for the guest, or NULL
 * @role: what its sound is for, from the configuration, or NULL
 * @node_volume: a node's volume is the guest's, from the configuration
 * @latency_ms: what is kept queued for a sound server at first
 */
struct audio_id {
	uint32_t domid;
	const char *unique_id;
	const char *guest;
	const char *role;
	bool node_volume;
	uint32_t latency_ms;
};

/**
 * struct audio_kind - what is before the ':' of a specification
 * @name: as it is written there
 * @live: a source records what can be heard here, now; others give what the
 *	administrator has chosen
 * @arg_optional: ':' and the part after it may be missing; that part is NULL then
 * @arg_error: what is wrong with the part after the ':', NULL if nothing is;
 *	NULL if the kind has no such part
 * @make: make an endpoint for a stream; nothing is opened yet; NULL with errno
 *	set if it fails
 */
struct audio_kind {
	const char *name;
	bool live;
	bool arg_optional;
	const char *(*arg_error)(const char *arg);
	struct audio *(*make)(const char *arg, bool capture,
			      const struct audio_id *id);
};

extern const struct audio_kind audio_file_kind;
extern const struct audio_kind audio_alsa_kind;
extern const struct audio_kind audio_pipewire_kind;
extern const struct audio_kind audio_null_kind;
extern const struct audio_kind audio_denied_kind;

/* audio.c */
const char *audio_spec_error(const char *spec, bool capture);
bool audio_spec_live(const char *spec);
const char *audio_features(void);
struct audio *audio_new(const char *spec, bool capture,
			const struct audio_id *id, struct log_guest *log);
void audio_free(struct audio *a);

/* audio_null.c */
void audio_silence(uint8_t format, void *data, size_t bytes);

#endif
