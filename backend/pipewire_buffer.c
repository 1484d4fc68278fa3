// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: the buffers of PipeWire's sinks.
 *
 * Context of all functions: with the lock of the node's buffers. None allocates or
 * waits; pipewire_end_data() is called by libpipewire's data thread.
 */
#include <string.h>

#include "audio.h"
#include "pipewire_priv.h"
#include "util.h"

/* the most silence behind data: the longest cycle of a server */
#define PAD_NS	(200 * NSEC_PER_MSEC)

static struct pw_buffer *next_idle(struct pipewire_node *n)
{
	struct pw_buffer *b = pw_stream_dequeue_buffer(n->stream);

	if (!b)
		return NULL;
	n->left -= min_u64(b->size, n->left);
	b->size = 0;
	return b;
}

/**
 * pipewire_collect_buffers() - take back what the server has consumed.
 * @n: sink in the server
 */
void pipewire_collect_buffers(struct pipewire_node *n)
{
	struct pw_buffer *b;

	while (n->num_idle < PIPEWIRE_BUFFERS && (b = next_idle(n)))
		n->idle[n->num_idle++] = b;
}

/**
 * pipewire_forget_buffer() - a buffer is not there any more.
 * @n: sink
 * @b: buffer; what was in it counts as consumed
 */
void pipewire_forget_buffer(struct pipewire_node *n, const struct pw_buffer *b)
{
	unsigned int i;

	for (i = 0; i < n->num_idle; i++) {
		if (n->idle[i] != b)
			continue;
		n->idle[i] = n->idle[--n->num_idle];
		return;
	}
	n->left -= min_u64(b->size, n->left);
}

static uint32_t room_of(const struct pipewire_node *n, const struct pw_buffer *b)
{
	const struct spa_data *d = b->buffer->datas;

	return d->data ? d->maxsize / n->frame : 0;
}

static void queue_buffer(struct pipewire_node *n, struct pw_buffer *b,
			 const uint8_t *data, uint64_t frames)
{
	struct spa_data *d = b->buffer->datas;

	if (data)
		memcpy(d->data, data, frames * n->frame);
	else
		audio_silence(n->p.format, d->data, frames * n->frame);
	d->chunk->offset = 0;
	d->chunk->stride = (int32_t)n->frame;
	d->chunk->size = (uint32_t)(frames * n->frame);
	pw_stream_queue_buffer(n->stream, b);
}

/**
 * pipewire_fill_buffers() - queue data; silence leaves room for data.
 * @n: sink in the server
 * @data: whole frames, or NULL for silence
 * @frames: how many
 *
 * Return: frames taken.
 */
uint64_t pipewire_fill_buffers(struct pipewire_node *n, const uint8_t *data,
			       uint64_t frames)
{
	unsigned int keep = data ? 0 : n->num / 4;
	uint64_t done = 0, k;
	struct pw_buffer *b;

	while (done < frames && n->num_idle > keep) {
		b = n->idle[n->num_idle - 1];
		k = min_u64(frames - done, room_of(n, b));
		if (!k)
			break;
		n->num_idle--;
		n->left += k;
		b->size = k;
		queue_buffer(n, b, data ? data + done * n->frame : NULL, k);
		done += k;
	}
	if (done)
		n->pad = n->p.rate * PAD_NS / NSEC_PER_SEC;
	return done;
}

/**
 * pipewire_end_data() - put silence behind the data, until a cycle is full.
 * @n: sink in the server that has nothing left
 *
 * Without it the converter would keep the last part of a cycle until more comes, and
 * that end of a sound would be played when the next one begins. The silence does not
 * count as data. A cycle may also come while the buffers, or the parameters, change.
 */
void pipewire_end_data(struct pipewire_node *n)
{
	struct pw_buffer *b;
	uint64_t k;

	if (!n->ready || !n->pad)
		return;
	b = next_idle(n);
	if (!b && n->num_idle)
		b = n->idle[--n->num_idle];
	if (!b)
		return;
	k = min_u64(room_of(n, b), n->pad);
	if (b->requested)
		k = min_u64(k, b->requested);
	n->pad -= k;
	queue_buffer(n, b, NULL, k);
}
