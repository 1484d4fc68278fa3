/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: the position of a sink with a clock of its own: an ALSA PCM or
 * a node of PipeWire's.
 *
 * Context of all functions: the stream's thread. None allocates.
 */
#ifndef XSB_SINK_POSITION_H
#define XSB_SINK_POSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pace.h"
#include "proto.h"

/* bytes of the largest frame */
#define SINK_FRAME_MAX	(SND_MAX_CHANNELS * 8)

/**
 * struct sink_position - what a sink has got, and how far it is
 * @clock: what the position would be by time alone
 * @rate: frames per second
 * @frame: bytes of a frame
 * @quiet: a silent one
 * @part: an incomplete frame that waits for its rest
 * @part_len: bytes in @part
 * @guest_buffer: frames of the guest's buffer
 * @guest_period: frames between its position events, 0 for none
 * @period: frames of the device's period
 * @base: the guest's frames that were written before it was last prepared
 * @fed: and since then
 * @lead: frames of silence before these
 * @silent: as many of the last of @fed were silence
 * @position: the guest's frames that have been passed
 * @passed: the same by the pointer
 * @left: frames that the pointer had not passed when it was last seen
 * @behind: frames that @position had passed and that were not played yet
 * @played_at: when all that was queued will have been played, ns
 * @server: it takes data in large pieces
 * @lump: frames of the largest piece in the current window
 * @lump_before: and in the last one
 * @lump_at: start of the window, ns
 * @want_ns: what is kept queued for it
 * @lag_min: least distance of @position from @passed in the current window
 * @lag_ref: and in the first one; UINT64_MAX before
 * @lag_at: start of the window, maybe later than now; 0 if there was none since it was
 *	prepared, ns
 * @moved_at: when the pointer was last seen to have moved, ns
 */
struct sink_position {
	struct pace clock;
	uint32_t rate;
	uint32_t frame;
	uint8_t quiet[SINK_FRAME_MAX];
	uint8_t part[SINK_FRAME_MAX];
	size_t part_len;
	uint64_t guest_buffer;
	uint64_t guest_period;
	uint64_t period;
	uint64_t base;
	uint64_t fed;
	uint64_t lead;
	uint64_t silent;
	uint64_t position;
	uint64_t passed;
	uint64_t left;
	uint64_t behind;
	uint64_t played_at;
	bool server;
	uint64_t lump;
	uint64_t lump_before;
	uint64_t lump_at;
	uint64_t want_ns;
	uint64_t lag_min;
	uint64_t lag_ref;
	uint64_t lag_at;
	uint64_t moved_at;
};

/* Puts whole frames into the sink; returns how many it took. */
typedef uint64_t (*sink_put)(void *sink, const void *data, uint64_t frames);

void sink_position_init(struct sink_position *s, uint32_t latency_ms);
void sink_position_params(struct sink_position *s, const struct snd_params *p);
void sink_position_forget(struct sink_position *s);
void sink_position_prepared(struct sink_position *s);
void sink_position_reset(struct sink_position *s);
size_t sink_position_write(struct sink_position *s, const void *data,
			   size_t bytes, sink_put put, void *sink);
uint64_t sink_position_lead(const struct sink_position *s);
void sink_position_by_time(struct sink_position *s);
void sink_position_look(struct sink_position *s, uint64_t left);
void sink_position_delay(struct sink_position *s, uint64_t delay);
bool sink_position_ample(const struct sink_position *s, uint64_t ns);
uint64_t sink_position_tail(const struct sink_position *s);
bool sink_position_want_more(struct sink_position *s);

/**
 * sink_position_ns() - how long some frames take, ns.
 * @s: sink
 * @frames: how many
 */
static inline uint64_t sink_position_ns(const struct sink_position *s,
					uint64_t frames)
{
	return pace_duration(&s->clock, frames * s->frame);
}

/**
 * sink_position_queued() - bytes of the guest's that have not been passed.
 * @s: sink
 */
static inline uint64_t sink_position_queued(const struct sink_position *s)
{
	return (s->base + s->fed - s->position) * s->frame;
}

#endif
