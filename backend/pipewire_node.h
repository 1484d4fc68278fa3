/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: PipeWire, as the endpoints see it: nodes.
 *
 * The process has one connection to the server and one pw_thread_loop: a server
 * that ends is one event with one attempt after another, not one for each stream,
 * and 128 streams cost one thread and one socket. What a stream's name would need
 * a connection for, a node has as well. The price is one lock. Nobody holds it
 * for longer than it takes to copy some periods: the loop's thread, which makes
 * and destroys nodes, and streams' threads, which move data.
 *
 * libpipewire's data thread moves the data on to the server and takes no lock.
 * In it the daemon only adds to a counter and signals an eventfd.
 *
 * A node exists as long as its endpoint, and in the server from OPEN until a
 * little after CLOSE, when the end of the sound has been played. If there is no
 * server it is made when there is one.
 */
#ifndef XSB_PIPEWIRE_NODE_H
#define XSB_PIPEWIRE_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audio.h"
#include "log.h"
#include "proto.h"

#define PIPEWIRE_NAME_MAX	192u

/**
 * struct pipewire_setup - what a node is made from
 * @capture: it records, else it plays
 * @name: of the node, and of its application: WirePlumber shows it and keeps
 *	volumes by it
 * @target: name or serial number of the node that it is linked with; empty: the
 *	default device
 * @role: media.role, or empty
 * @volume: its volume is the guest's
 */
struct pipewire_setup {
	bool capture;
	char name[PIPEWIRE_NAME_MAX];
	char target[PIPEWIRE_NAME_MAX];
	char role[PIPEWIRE_NAME_MAX];
	bool volume;
};

/**
 * struct pipewire_look - what a node is doing
 * @server: there is a server
 * @failed: the server has refused the node or ended it
 * @cycle: changes with each cycle in which the node took part; 0: it does not take part
 * @empties: cycles in which a sink had no data
 * @left: frames that a sink has not consumed
 * @delay: frames from there to the device's end
 */
struct pipewire_look {
	bool server;
	bool failed;
	uint64_t cycle;
	uint64_t empties;
	uint64_t left;
	uint64_t delay;
};

struct pipewire_node;

/* pipewire_server.c */
bool pipewire_start(void);
const char *pipewire_version(void);
struct pipewire_node *pipewire_node_new(const struct pipewire_setup *setup);
int pipewire_node_fd(const struct pipewire_node *n);
void pipewire_node_open(struct pipewire_node *n, const struct snd_params *p);
void pipewire_node_activate(struct pipewire_node *n, bool on, uint64_t at);
void pipewire_node_retry(struct pipewire_node *n);
void pipewire_node_close(struct pipewire_node *n, uint64_t at);
void pipewire_node_free(struct pipewire_node *n);

/* pipewire_data.c */
void pipewire_node_look(struct pipewire_node *n, struct pipewire_look *look);
uint64_t pipewire_node_write(struct pipewire_node *n, const void *data,
			     uint64_t frames);
size_t pipewire_node_read(struct pipewire_node *n, void *data, size_t bytes);
void pipewire_node_drop(struct pipewire_node *n);

/* pipewire_volume.c */
void pipewire_node_set_volume(struct pipewire_node *n, const struct audio_volume *v);
void pipewire_node_get_volume(struct pipewire_node *n, struct audio_volume *v);

/* pipewire_format.c */
uint64_t pipewire_formats(void);
void pipewire_caps(struct snd_caps *caps);

/* pipewire_log.c */
void pipewire_log_install(void);

#endif
