/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: real time as bytes, for sinks and sources without a clock.
 */
#ifndef XSB_PACE_H
#define XSB_PACE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct pace - a stream's clock
 * @rate: frames per second
 * @unit_frames: frames of one unit (see proto.h)
 * @unit_bytes: bytes of one unit
 * @t0: monotonic time at which @base was reached, ns
 * @base: bytes
 * @running: the clock advances
 */
struct pace {
	uint32_t rate;
	uint32_t unit_frames;
	uint32_t unit_bytes;
	uint64_t t0;
	uint64_t base;
	bool running;
};

void pace_init(struct pace *p, uint32_t rate, uint32_t unit_frames,
	       uint32_t unit_bytes);
void pace_start(struct pace *p, uint64_t now, uint64_t base);
void pace_stop(struct pace *p, uint64_t base);
uint64_t pace_bytes(const struct pace *p, uint64_t now);
uint64_t pace_time(const struct pace *p, uint64_t bytes);
uint64_t pace_duration(const struct pace *p, uint64_t bytes);
uint64_t next_boundary(uint64_t pos, uint32_t period, uint64_t least);

#endif
