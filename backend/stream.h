/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: one stream of one guest, served by its own thread.
 */
#ifndef XSB_STREAM_H
#define XSB_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "budget.h"
#include "config.h"
#include "log.h"
#include "proto.h"

#define UNIQUE_ID_MAX	128

/**
 * struct stream_info - what a stream is, as read from XenStore
 * @domid: the guest
 * @devid: its vsnd device
 * @pcm: PCM device index
 * @index: stream index within the PCM device
 * @capture: else playback
 * @unique_id: the stream's name for the configuration
 * @caps: limits on this stream
 * @ring_ref: grant of the request ring
 * @evt_ring_ref: grant of the event page
 * @port: the guest's request channel
 * @evt_port: the guest's event channel
 * @mainline: the frontend is the kernel's first driver; see stream_priv.h
 * @guest: the toolstack's name for the guest, or NULL; outlives the stream
 * @role: what its sound is for, or ""
 * @node_volume: a node's volume is the guest's
 * @latency_ms: what is kept queued for a sound server at first
 */
struct stream_info {
	uint32_t domid;
	uint32_t devid;
	uint32_t pcm;
	uint32_t index;
	bool capture;
	char unique_id[UNIQUE_ID_MAX];
	struct snd_caps caps;
	uint32_t ring_ref;
	uint32_t evt_ring_ref;
	uint32_t port;
	uint32_t evt_port;
	bool mainline;
	const char *guest;
	char role[CONFIG_ROLE_MAX];
	bool node_volume;
	uint32_t latency_ms;
};

struct stream;
struct stream_view;
struct volume;

struct stream *stream_new(const struct stream_info *info, const char *spec,
			  struct log_guest *log, struct budget *budget,
			  int done_fd);
bool stream_start(struct stream *s);
void stream_stop(struct stream *s);
bool stream_stopped(struct stream *s);
void stream_free(struct stream *s);
const struct stream_info *stream_info(const struct stream *s);
const char *stream_spec(const struct stream *s);
struct volume *stream_volume(struct stream *s);

/* stream_move.c */
bool stream_move(struct stream *s, const struct stream_info *info, const char *spec);
bool stream_misfit(struct stream *s);

/* stream_policy.c */
bool stream_guard(struct stream *s, const char *denied, bool permitted);
void stream_permit(struct stream *s, bool permitted);

/* stream_view.c */
void stream_look(struct stream *s, struct stream_view *v);

#endif
