/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: what comes in bursts is logged once for each.
 */
#ifndef XSB_BURST_H
#define XSB_BURST_H

#include <stdbool.h>
#include <stdint.h>

#include "util.h"

/* a burst ends when nothing has come for so long */
#define BURST_GAP_NS	(10 * NSEC_PER_SEC)

/**
 * struct burst - something that is counted
 * @count: as last seen
 * @last: when it grew, ns; 0: never
 */
struct burst {
	uint64_t count;
	uint64_t last;
};

/**
 * burst_begins() - look at a count.
 * @b: burst
 * @count: now
 * @now: time, ns
 *
 * Return: true if it has grown after it stood for BURST_GAP_NS, or for the
 * first time.
 */
static inline bool burst_begins(struct burst *b, uint64_t count, uint64_t now)
{
	bool grown = count > b->count;
	bool first = grown && (!b->last || now - b->last >= BURST_GAP_NS);

	if (grown)
		b->last = now;
	b->count = count;
	return first;
}

#endif
