// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: fixed-size queue of buffer regions. Pure functions.
 *
 * A frontend that writes its buffer round and round needs two entries (one up
 * to the end, one from the start). Others may write anywhere: a full queue
 * only delays the answer to a WRITE.
 */
#include <string.h>

#include "regions.h"

/**
 * regions_clear() - forget all regions.
 * @q: queue
 */
void regions_clear(struct regions *q)
{
	memset(q, 0, sizeof(*q));
}

/**
 * regions_push() - append a region.
 * @q: queue
 * @offset: where it starts in the buffer, bytes
 * @length: bytes, not 0, not wrapping
 *
 * Return: false if the queue is full; nothing has changed then.
 */
bool regions_push(struct regions *q, uint32_t offset, uint32_t length)
{
	unsigned int i;

	if (q->num) {
		i = (q->head + q->num - 1) % REGIONS_MAX;
		if (q->r[i].offset + q->r[i].length == offset) {
			q->r[i].length += length;
			q->bytes += length;
			return true;
		}
	}
	if (q->num == REGIONS_MAX)
		return false;
	i = (q->head + q->num) % REGIONS_MAX;
	q->r[i].offset = offset;
	q->r[i].length = length;
	q->num++;
	q->bytes += length;
	return true;
}

/**
 * regions_peek() - the oldest bytes.
 * @q: queue
 * @offset: where they are in the buffer; untouched if there are none
 *
 * Return: how many lie there in one piece, 0 for an empty queue.
 */
uint32_t regions_peek(const struct regions *q, uint32_t *offset)
{
	if (!q->num)
		return 0;
	*offset = q->r[q->head].offset;
	return q->r[q->head].length;
}

/**
 * regions_consume() - drop bytes from the front.
 * @q: queue
 * @length: at most what regions_peek() returned
 */
void regions_consume(struct regions *q, uint32_t length)
{
	q->r[q->head].offset += length;
	q->r[q->head].length -= length;
	q->bytes -= length;
	if (!q->r[q->head].length) {
		q->head = (q->head + 1) % REGIONS_MAX;
		q->num--;
	}
}
