// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit: random sequences in which time passes: the sink, and what it asks of requests
 *
 * It plays or records by a clock of its own, and reads a frame only when it plays it.
 */

#include "xen_snd_front_time.h"

void time_sink_choose(struct time_run *run)
{
	static const unsigned int steps[] = { 384, 576, 960 };
	struct time_sink *sink = &run->sink;

	memset(sink, 0, sizeof(*sink));
	sink->speed = 900 + time_below(run, 200);
	sink->runs_on = time_chance(run, 30);
	sink->step = 1;
	switch (time_below(run, 4)) {
	case 0:
		sink->step = run->period * run->frame;
		break;
	case 1:
		sink->step = steps[time_below(run, ARRAY_SIZE(steps))] * run->frame;
		break;
	case 2:
		sink->step = run->frame;
		break;
	}
}

/* Between OPEN and CLOSE nothing may follow STOP. */
static void take_open(struct time_run *run, const struct xensnd_open_req *open)
{
	struct time_sink *sink = &run->sink;

	if (sink->opened)
		time_fail(run, "OPEN of what is open");
	if (open->buffer_sz != run->buffer * run->frame || !open->period_sz ||
	    open->period_sz > run->period * run->frame)
		time_fail(run, "OPEN with a buffer of %u, period %u bytes", open->buffer_sz,
			  open->period_sz);
	/* From 0, or on from the last use: how it counts is the backend's choice. */
	sink->base += run->raw;
	if (run->lossy || sink->base <= 2 * run->buffer * run->frame || time_chance(run, 50))
		sink->base = 0;
	sink->opened = true;
	sink->step = min(sink->step, open->period_sz);
	sink->used = false;
	sink->started = false;
	sink->going = false;
	sink->beyond = false;
	sink->at = 0;
	sink->rest = 0;
	sink->reported = 0;
	sink->covered = 0;
	sink->filled = 0;
}

static void take_trigger(struct time_run *run, u8 type)
{
	struct time_sink *sink = &run->sink;

	if (!sink->opened)
		time_fail(run, "TRIGGER %u of what is not open", type);
	sink->going = type == XENSND_OP_TRIGGER_START || type == XENSND_OP_TRIGGER_RESUME;
	sink->started |= sink->going;
	if (type == XENSND_OP_TRIGGER_STOP)
		sink->used = true;
}

static void take_write(struct time_run *run, u64 end)
{
	bool drains = run->substream->runtime->state == SNDRV_PCM_STATE_DRAINING;
	u64 appl = time_appl(run);
	u64 from = run->sink.covered;

	if (end > run->hw + run->buffer)
		time_fail(run, "WRITE to %llu over frames still to be played from %llu", end,
			  run->hw);
	if (end > appl && !drains && !time_is_free(run))
		time_fail(run, "WRITE to %llu, %llu handed over", end, appl);
	if (end > appl && !drains && end > run->hw + 2 * run->period)
		time_fail(run, "WRITE to %llu, far ahead of %llu", end, run->hw);
	if (end > appl && drains && !run->mixes && !time_is_silent(run, max(from, appl), end))
		time_fail(run, "WRITE to %llu is not silent after %llu", end, appl);
}

static void take_read(struct time_run *run, u64 end)
{
	if (!run->sink.started)
		time_fail(run, "READ before START");
	if (end > run->recorded)
		time_fail(run, "READ to %llu, %llu recorded", end, run->recorded);
	if (end > run->hw + run->buffer)
		time_fail(run, "READ to %llu, around the buffer from %llu", end, run->hw);
	if (end > time_appl(run) + run->buffer && !time_is_free(run))
		time_fail(run, "READ to %llu over what is not taken from %llu", end,
			  time_appl(run));
}

static void take_data(struct time_run *run, const struct xensnd_req *req)
{
	struct time_sink *sink = &run->sink;
	unsigned int at = xen_snd_front_pos_offset(sink->covered, run->buffer) * run->frame;
	unsigned int length = req->op.rw.length;

	if (!sink->opened || sink->used)
		time_fail(run, "data before OPEN or after STOP");
	if (req->op.rw.offset != at)
		time_fail(run, "data at %u, after those up to %u", req->op.rw.offset, at);
	if (!length || length % run->frame || at + length > run->buffer * run->frame)
		time_fail(run, "%u bytes of data at %u", length, at);
	if (time_plays(run))
		take_write(run, sink->covered + length / run->frame);
	else
		take_read(run, sink->covered + length / run->frame);
	sink->covered += length / run->frame;
}

/* A request arrives. Under the channel's lock. */
void time_sink_took(struct time_run *run, const struct xensnd_req *req)
{
	struct time_sink *sink = &run->sink;

	switch (req->operation) {
	case XENSND_OP_OPEN:
		take_open(run, &req->op.open);
		return;
	case XENSND_OP_CLOSE:
		if (!sink->opened)
			time_fail(run, "CLOSE of what is not open");
		sink->opened = false;
		/* In the order of the requests. */
		time_sink_answer(run, sink->num_due);
		return;
	case XENSND_OP_TRIGGER:
		take_trigger(run, req->op.trigger.type);
		time_note(run, "  TRIGGER %u", req->op.trigger.type);
		break;
	case XENSND_OP_READ:
	case XENSND_OP_WRITE:
		take_data(run, req);
		time_note(run, "  %s to %llu", time_plays(run) ? "WRITE" : "READ",
			  sink->covered);
		break;
	default:
		return;
	}

	if (sink->num_due == RING) {
		time_fail(run, "more requests than slots");
		return;
	}
	sink->due[sink->num_due++] = (struct time_due){
		.id = req->id,
		.op = req->operation,
		.end = sink->covered,
	};
}

/* What a frame has to be that is played now. */
static void play_frame(struct time_run *run, u64 frame, u64 appl)
{
	struct snd_pcm_runtime *runtime = run->substream->runtime;
	const void *data = runtime->dma_area +
		xen_snd_front_pos_offset(frame, run->buffer) * run->frame;

	if (run->mixes) {
		if (frame < run->mixed && !time_is_frame(run, data, frame))
			time_fail(run, "mixed frame %llu is another one", frame);
		return;
	}
	if (frame < appl) {
		if (!time_is_frame(run, data, frame))
			time_fail(run, "frame %llu is another one", frame);
		return;
	}
	if (!run->drains && !time_is_free(run))
		return;
	/* ALSA's core silences what it knows to be played; it may lag by a period. */
	if (!appl || run->behind || frame >= run->hw + run->buffer - run->period)
		return;
	/* What no request covers is the sink's own choice. */
	if (!run->drains && frame >= run->sink.covered)
		return;
	if (!time_is_silent(run, frame, frame + 1))
		time_fail(run, "old sound in frame %llu after %llu", frame, appl);
}

static void play_frames(struct time_run *run, u64 from, u64 to)
{
	u64 appl = time_appl(run);

	/* A sink that counts what it was not given plays other frames than it says. */
	if (!time_plays(run) || run->sink.beyond)
		return;
	for (; from < to && !run->why[0]; from++)
		play_frame(run, from, appl);
}

/* As far as the sink can get, bytes: without requests its clock may stand still. */
static u64 clock_end(struct time_run *run)
{
	struct time_sink *sink = &run->sink;
	u64 frames = sink->covered;

	if (!time_plays(run))
		frames += run->buffer;
	else if (sink->runs_on && sink->reported)
		/* Not at once: the first report shows where it counts from. */
		return U64_MAX;

	return frames * run->frame;
}

/* Time passes. */
void time_sink_play(struct time_run *run, unsigned int ticks)
{
	struct time_sink *sink = &run->sink;
	u64 from = time_frames(run, sink->at);
	u64 bytes;

	if (!sink->going)
		return;

	sink->rest += (u64)ticks * run->rate * sink->speed * run->frame;
	bytes = div_u64(sink->rest, HZ * 1000);
	sink->rest -= bytes * HZ * 1000;
	sink->at = min(sink->at + bytes, max(sink->at, clock_end(run)));
	sink->beyond |= sink->at > sink->covered * run->frame;
	play_frames(run, from, time_frames(run, sink->at));
}

/* STOP comes late: the sink plays on, around the ring. */
void time_sink_run_over(struct time_run *run)
{
	u64 appl = time_appl(run);
	u64 end = run->hw + run->buffer;

	if (!run->mixes && appl && end > appl && !time_is_silent(run, appl, end))
		time_fail(run, "old sound between the end, %llu, and %llu", appl, end);
}

/* What the sink says now, bytes since OPEN. */
u64 time_sink_position(struct time_run *run)
{
	struct time_sink *sink = &run->sink;
	u32 rest;

	/* All that it was given, or another step. */
	if (time_plays(run) && sink->at == sink->covered * run->frame)
		return sink->at;
	div_u64_rem(sink->at, sink->step, &rest);
	return sink->at - rest;
}

/* Capture: the frames arrive in the buffer. */
static void fill_frames(struct time_run *run, u64 end)
{
	u8 *data = run->substream->runtime->dma_area;
	struct time_sink *sink = &run->sink;

	for (; sink->filled < end; sink->filled++)
		time_put(run, data + run->frame *
			 xen_snd_front_pos_offset(sink->filled, run->buffer), sink->filled);
}

/* Answers the oldest @n requests; the frontend may have to be notified then. */
void time_sink_answer(struct time_run *run, unsigned int n)
{
	struct time_sink *sink = &run->sink;
	struct time_due *due;
	unsigned int i;

	n = min(n, sink->num_due);
	for (i = 0; i < n; i++) {
		due = &sink->due[i];
		if (due->op == XENSND_OP_READ && !sink->used)
			fill_frames(run, due->end);
		sink->notify |= fake_respond(run->chan, due->id, due->op, 0);
	}
	sink->num_due -= n;
	memmove(sink->due, sink->due + n, sink->num_due * sizeof(sink->due[0]));
}
