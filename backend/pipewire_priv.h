/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: the inside of a node, shared by pipewire_*.c.
 *
 * All of a node but what is atomic is protected by the loop's lock
 * (pipewire_lock()), which the loop's thread may hold for long: it makes nodes, and
 * serves what the server says about all of them. So what moves the data needs only the
 * node's own lock, inside of that one. With it, and while the node is ready, the
 * functions of libpipewire's that are made for a data thread may be called. The real data
 * thread uses a sink's buffers when data have ended.
 */
#ifndef XSB_PIPEWIRE_PRIV_H
#define XSB_PIPEWIRE_PRIV_H

#include <pthread.h>
#include <stdatomic.h>

#include <pipewire/pipewire.h>
#include <spa/pod/builder.h>

#include "pipewire_node.h"

/* the most that libpipewire's converter takes */
#define PIPEWIRE_BUFFERS	32u

/**
 * struct pipewire_node - a node
 * @next: list of all
 * @setup: what it is made from
 * @event_fd: eventfd that is signalled when the stream's thread has to look
 * @p: parameters of OPEN
 * @frame: bytes of a frame
 * @open: between OPEN and CLOSE
 * @stale: @stream has other parameters than @p
 * @failed: the server has ended it; it is made again, but not at once
 * @made_at: when it was last made, ns
 * @stream: libpipewire's, NULL while there is no server; with its own lock, too
 * @listener: its events
 * @state: its state
 * @active: the node takes part in cycles
 * @want_active: it shall from @active_at on
 * @active_at: ns
 * @close_at: CLOSE: it stays in the server until then, ns
 * @gone: the endpoint has gone
 * @volume: the guest's volume, or what others have made of it
 * @volume_set: the guest has set it since OPEN
 * @volume_due: the server does not have it yet
 * @feed: its own lock: of @state, @failed, and of @ready and what follows
 * @ready: all its buffers are there, and it has the parameters of OPEN
 * @num: buffers that there are
 * @idle: sink: buffers that can be filled
 * @num_idle: how many
 * @left: sink: frames in the others
 * @pad: sink: so many frames of silence may still be put behind the data
 * @current: source: the buffer that is being read, or NULL
 * @offset: bytes of @current that have been read
 * @want: source: the stream's thread is woken up when it has so many buffers
 * @waiting: source: buffers that have not been read
 * @empties: sink: cycles without data
 * @hungry: sink: data wait for a buffer
 */
struct pipewire_node {
	struct pipewire_node *next;
	struct pipewire_setup setup;
	int event_fd;
	struct snd_params p;
	uint32_t frame;
	bool open;
	bool stale;
	bool failed;
	uint64_t made_at;
	struct pw_stream *stream;
	struct spa_hook listener;
	enum pw_stream_state state;
	bool active;
	bool want_active;
	uint64_t active_at;
	uint64_t close_at;
	bool gone;
	struct audio_volume volume;
	bool volume_set;
	bool volume_due;
	pthread_mutex_t feed;
	bool ready;
	unsigned int num;
	struct pw_buffer *idle[PIPEWIRE_BUFFERS];
	unsigned int num_idle;
	uint64_t left;
	uint64_t pad;
	struct pw_buffer *current;
	uint32_t offset;
	atomic_uint want;
	atomic_uint waiting;
	atomic_ulong empties;
	atomic_bool hungry;
};

/* pipewire_loop.c */
void pipewire_lock(void);
void pipewire_unlock(void);
void pipewire_work_due(void);
void pipewire_work(void);
struct pw_loop *pipewire_loop_make(uint64_t (*work)(void));
bool pipewire_loop_start(void);

/* pipewire_server.c */
bool pipewire_connected(void);

/* pipewire_buffer.c; with the node's own lock */
void pipewire_collect_buffers(struct pipewire_node *n);
void pipewire_forget_buffer(struct pipewire_node *n, const struct pw_buffer *b);
uint64_t pipewire_fill_buffers(struct pipewire_node *n, const uint8_t *data,
			       uint64_t frames);
void pipewire_end_data(struct pipewire_node *n);

/* pipewire_stream.c; by the loop's thread, with the lock */
bool pipewire_stream_make(struct pipewire_node *n, struct pw_core *core);
void pipewire_stream_destroy(struct pipewire_node *n);

/* pipewire_volume.c; with the lock */
void pipewire_volume_open(struct pipewire_node *n);
void pipewire_volume_apply(struct pipewire_node *n);
void pipewire_volume_note(struct pipewire_node *n, uint32_t id,
			  const struct pw_stream_control *c);

/* pipewire_format.c */
struct spa_pod *pipewire_format_pod(struct spa_pod_builder *b,
				    const struct snd_params *p);

#endif
