// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: data and time of PipeWire's nodes.
 *
 * A sink's data are copied once, from the guest's pages to a buffer that the
 * server, or libpipewire's converter, reads. What they have given back is
 * consumed: that is the pointer. pw_time's "queued" is not, since it is 0 from
 * the node's start to its first cycle, whatever is queued.
 *
 * Context of all functions: the stream's thread, without a lock. None allocates, and only
 * pipewire_node_drop() takes the loop's lock.
 */
#include <string.h>

#include "pipewire_priv.h"
#include "util.h"

/* Frames of a graph's rate to frames of the node's. */
static uint64_t own_frames(const struct pipewire_node *n, const struct pw_time *t,
			   uint64_t frames)
{
	if (!t->rate.denom)
		return 0;
	return frames * n->p.rate * t->rate.num / t->rate.denom;
}

static void look_at_time(struct pipewire_node *n, struct pipewire_look *look)
{
	struct pw_time t;

	memset(&t, 0, sizeof(t));
	if (pw_stream_get_time_n(n->stream, &t, sizeof(t)))
		return;
	look->cycle = (uint64_t)t.now;
	look->delay = t.buffered +
		      own_frames(n, &t, t.delay > 0 ? (uint64_t)t.delay : 0);
}

static uint64_t look_at_buffers(struct pipewire_node *n)
{
	if (n->setup.capture)
		return 0;
	pipewire_collect_buffers(n);
	return n->left;
}

/**
 * pipewire_node_look() - read all that changes by itself.
 * @n: node
 * @look: filled in
 */
void pipewire_node_look(struct pipewire_node *n, struct pipewire_look *look)
{
	memset(look, 0, sizeof(*look));
	look->server = pipewire_connected();
	look->empties = atomic_load(&n->empties);
	pthread_mutex_lock(&n->feed);
	look->failed = n->failed;
	if (n->ready) {
		look_at_time(n, look);
		look->left = look_at_buffers(n);
	}
	pthread_mutex_unlock(&n->feed);
}

/* ---- playback ---- */

/* Many small pieces would use up the buffers before they hold enough. */
static bool too_small(const struct pipewire_node *n, uint64_t frames)
{
	return n->num_idle <= n->num / 4 &&
	       frames < n->p.rate / 100 &&
	       n->left > n->p.rate / 20;
}

/**
 * pipewire_node_write() - give a sink data.
 * @n: node
 * @data: whole frames, or NULL for silence
 * @frames: how many
 *
 * Return: frames taken. If that is less than @frames, the eventfd is signalled
 * when the sink has nothing left.
 */
uint64_t pipewire_node_write(struct pipewire_node *n, const void *data,
			     uint64_t frames)
{
	uint64_t done = 0;

	pthread_mutex_lock(&n->feed);
	if (n->ready) {
		pipewire_collect_buffers(n);
		if (!too_small(n, frames))
			done = pipewire_fill_buffers(n, data, frames);
	}
	pthread_mutex_unlock(&n->feed);
	atomic_store(&n->hungry, done < frames);
	return done;
}

/* With it libpipewire 0.3.65 says at once, in this thread, that the state is another. */
static void flush_stream(struct pipewire_node *n)
{
	pthread_mutex_unlock(&n->feed);
	pw_stream_flush(n->stream, false);
	pthread_mutex_lock(&n->feed);
}

static void drop_written(struct pipewire_node *n)
{
	pipewire_collect_buffers(n);
	if (n->left) {
		flush_stream(n);
		pipewire_collect_buffers(n);
	}
}

static void drop_captured(struct pipewire_node *n)
{
	struct pw_buffer *b;

	if (n->current)
		pw_stream_queue_buffer(n->stream, n->current);
	n->current = NULL;
	while ((b = pw_stream_dequeue_buffer(n->stream)))
		pw_stream_queue_buffer(n->stream, b);
	atomic_store(&n->waiting, 0);
}

/**
 * pipewire_node_drop() - forget what a sink has not consumed, or a source has got.
 * @n: node
 */
void pipewire_node_drop(struct pipewire_node *n)
{
	pipewire_lock();
	pthread_mutex_lock(&n->feed);
	if (n->ready && n->setup.capture)
		drop_captured(n);
	else if (n->ready)
		drop_written(n);
	pthread_mutex_unlock(&n->feed);
	pipewire_unlock();
}

/* ---- capture ---- */

static bool next_buffer(struct pipewire_node *n)
{
	if (n->current)
		return true;
	n->current = pw_stream_dequeue_buffer(n->stream);
	n->offset = 0;
	if (n->current && atomic_load(&n->waiting))
		atomic_fetch_sub(&n->waiting, 1);
	return n->current;
}

/* Wake up again when there are so many that they hold the guest's period. */
static void plan_wake(struct pipewire_node *n, uint32_t bytes)
{
	uint32_t want = bytes ? n->p.period_sz / bytes : 1;

	atomic_store(&n->want, max_u32(1, min_u32(want, n->num / 4)));
}

/* What the server says of size and place may be anything. */
static size_t take_bytes(struct pipewire_node *n, uint8_t *data, size_t bytes)
{
	const struct spa_data *d = n->current->buffer->datas;
	uint32_t start = min_u32(d->chunk->offset, d->maxsize);
	uint32_t size = min_u32(d->chunk->size, d->maxsize - start);
	size_t k = 0;

	size -= size % n->frame;
	if (d->data && n->offset < size) {
		k = min_u64(bytes, size - n->offset);
		memcpy(data, (const uint8_t *)d->data + start + n->offset, k);
		n->offset += (uint32_t)k;
	}
	if (n->offset < size && d->data)
		return k;
	plan_wake(n, size);
	pw_stream_queue_buffer(n->stream, n->current);
	n->current = NULL;
	return k;
}

/**
 * pipewire_node_read() - get data of a source.
 * @n: node
 * @data: where to
 * @bytes: how many at most
 *
 * Return: bytes; 0 if there are none.
 */
size_t pipewire_node_read(struct pipewire_node *n, void *data, size_t bytes)
{
	size_t done = 0;

	pthread_mutex_lock(&n->feed);
	while (n->ready && done < bytes && next_buffer(n))
		done += take_bytes(n, (uint8_t *)data + done, bytes - done);
	pthread_mutex_unlock(&n->feed);
	return done;
}
