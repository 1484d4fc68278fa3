// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: the ways in which other backends differ, see quirks.h. Only in
 * builds for the lab.
 *
 * Context of all functions but quirks_load(): the stream's thread.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quirks.h"
#include "stream_priv.h"

#define STEPS_MAX	8u

/**
 * struct quirks - what was asked for; constant once the daemon serves
 * @steps: frames
 * @num_steps: entries in @steps
 * @timer_ms: events each period, in whole milliseconds
 * @ppm: of the clock
 * @late_min: an event is held at least so long, ms
 * @late_max: and at most
 * @drop: percent
 * @merge: events that become one; 0 or 1: none does
 * @no_final: no event at the end of the data
 * @keep_stop: positions go on over STOP
 * @keep_close: and over CLOSE
 * @start_epipe: START needs data
 * @start_status: of a START that is refused
 * @starts: how many
 * @open_status: of an OPEN that is refused
 * @opens: how many
 * @hold_query: a query keeps the device
 * @ignore_reconfiguring: see quirks.h
 * @seed: of the streams' generators
 */
static struct quirks {
	unsigned int steps[STEPS_MAX];
	unsigned int num_steps;
	bool timer_ms;
	int ppm;
	unsigned int late_min;
	unsigned int late_max;
	unsigned int drop;
	unsigned int merge;
	bool no_final;
	bool keep_stop;
	bool keep_close;
	bool start_epipe;
	int start_status;
	unsigned int starts;
	int open_status;
	unsigned int opens;
	bool hold_query;
	bool ignore_reconfiguring;
	unsigned int seed;
} quirks;

/* the stream whose query has the device open */
static _Atomic(struct stream *) device_holder;

/* ---- settings ---- */

static bool parse_steps(const char *s)
{
	char *end;

	for (quirks.num_steps = 0; quirks.num_steps < STEPS_MAX; s = end + 1) {
		unsigned long v = strtoul(s, &end, 10);

		if (end == s || !v || v > 1u << 20)
			return false;
		quirks.steps[quirks.num_steps++] = (unsigned int)v;
		if (*end != ',')
			return !*end;
	}
	return false;
}

/* N, or N and a second number after @sep */
static bool parse_pair(const char *s, char sep, int *a, unsigned int *b)
{
	char *end;

	*a = (int)strtol(s, &end, 10);
	if (end == s)
		return false;
	if (*end != sep)
		return !*end;
	s = end + 1;
	*b = (unsigned int)strtoul(s, &end, 10);
	return end != s && !*end;
}

static bool parse_ppm(const char *s)
{
	char *end;

	quirks.ppm = (int)strtol(s, &end, 10);
	return end != s && !*end;
}

static bool parse_late(const char *s)
{
	int min;

	quirks.late_max = 0;
	if (!parse_pair(s, '-', &min, &quirks.late_max) || min < 0)
		return false;
	quirks.late_min = (unsigned int)min;
	quirks.late_max = max_u32(quirks.late_max, quirks.late_min);
	return true;
}

static bool parse_refusal(const char *s, int *status, unsigned int *times)
{
	*times = 1;
	return parse_pair(s, ':', status, times);
}

static bool parse_number(const char *s, unsigned int *v, unsigned int max)
{
	char *end;

	*v = (unsigned int)strtoul(s, &end, 10);
	return end != s && !*end && *v <= max;
}

static bool parse_value(const char *key, const char *value)
{
	if (!strcmp(key, "steps"))
		return parse_steps(value);
	if (!strcmp(key, "timer"))
		return quirks.timer_ms = !strcmp(value, "ms");
	if (!strcmp(key, "ppm"))
		return parse_ppm(value);
	if (!strcmp(key, "late"))
		return parse_late(value);
	if (!strcmp(key, "drop"))
		return parse_number(value, &quirks.drop, 100);
	if (!strcmp(key, "merge"))
		return parse_number(value, &quirks.merge, 1000);
	if (!strcmp(key, "seed"))
		return parse_number(value, &quirks.seed, UINT32_MAX);
	if (!strcmp(key, "start-status"))
		return parse_refusal(value, &quirks.start_status,
				     &quirks.starts);
	if (!strcmp(key, "open-status"))
		return parse_refusal(value, &quirks.open_status,
				     &quirks.opens);
	if (strcmp(key, "position"))
		return false;
	quirks.keep_close = !strcmp(value, "for-ever");
	quirks.keep_stop = quirks.keep_close || !strcmp(value, "continue");
	return quirks.keep_stop;
}

static bool parse_flag(const char *key)
{
	if (!strcmp(key, "no-final"))
		quirks.no_final = true;
	else if (!strcmp(key, "start-epipe"))
		quirks.start_epipe = true;
	else if (!strcmp(key, "hold-query"))
		quirks.hold_query = true;
	else if (!strcmp(key, "ignore-reconfiguring"))
		quirks.ignore_reconfiguring = true;
	else
		return false;
	return true;
}

/**
 * quirks_load() - set how this backend differs.
 * @words: see quirks.h; NULL for not at all
 *
 * Context: before any stream exists.
 * Return: false after one error line that names the word.
 */
bool quirks_load(const char *words)
{
	char copy[512], *save, *w, *value;
	bool ok = true;

	memset(&quirks, 0, sizeof(quirks));
	snprintf(copy, sizeof(copy), "%s", words ? words : "");
	for (w = strtok_r(copy, " ", &save); w && ok;
	     w = strtok_r(NULL, " ", &save)) {
		log_msg(LVL_INFO, "quirk: %s", w);
		value = strchr(w, '=');
		if (value)
			*value++ = '\0';
		ok = value ? parse_value(w, value) : parse_flag(w);
		if (!ok)
			log_msg(LVL_ERROR, "XEN_SND_QUIRKS: \"%s\" is not known or has a wrong value",
				w);
	}
	return ok;
}

/* ---- states ---- */

/**
 * quirks_ignore_reconfiguring() - state 4 is enough, state 7 says nothing.
 */
bool quirks_ignore_reconfiguring(void)
{
	return quirks.ignore_reconfiguring;
}

/* ---- what is refused ---- */

static struct quirks_stream *begin_stream(struct stream *s)
{
	struct quirks_stream *q = &s->quirks;

	if (q->begun)
		return q;
	q->begun = true;
	q->starts = quirks.starts;
	q->opens = quirks.opens;
	q->random = 88172645463325252ull ^ (uint64_t)quirks.seed << 20 ^
		    s->info.domid << 16 ^ s->info.pcm << 8 ^
		    s->info.index << 1 ^ s->info.capture;
	return q;
}

static unsigned int random_below(struct stream *s, unsigned int n)
{
	struct quirks_stream *q = begin_stream(s);

	q->random ^= q->random << 13;
	q->random ^= q->random >> 7;
	q->random ^= q->random << 17;
	return (unsigned int)(q->random >> 20) % n;
}

/**
 * quirks_refuse_open() - the answer to this OPEN is a refusal.
 * @s: stream
 * @status: the answer
 */
bool quirks_refuse_open(struct stream *s, int *status)
{
	struct quirks_stream *q = begin_stream(s);
	struct stream *holder = atomic_load(&device_holder);

	if (holder && holder != s) {
		*status = -XEN_EBUSY;
		return true;
	}
	if (!q->opens)
		return false;
	q->opens--;
	*status = quirks.open_status;
	return true;
}

/**
 * quirks_refuse_start() - the answer to this START is a refusal.
 * @s: open stream
 * @status: the answer
 */
bool quirks_refuse_start(struct stream *s, int *status)
{
	struct quirks_stream *q = begin_stream(s);

	if (quirks.start_epipe && !s->info.capture && !s->running &&
	    !s->written) {
		*status = -EPIPE;
		return true;
	}
	if (!q->starts)
		return false;
	q->starts--;
	*status = quirks.start_status;
	return true;
}

/**
 * quirks_query() - a query has been answered.
 * @s: stream
 */
void quirks_query(struct stream *s)
{
	struct stream *none = NULL;

	if (quirks.hold_query && !s->open)
		atomic_compare_exchange_strong(&device_holder, &none, s);
}

/**
 * quirks_closed() - CLOSE, or the stream's end.
 * @s: stream
 */
void quirks_closed(struct stream *s)
{
	struct stream *me = s;

	atomic_compare_exchange_strong(&device_holder, &me, NULL);
}

/* ---- positions ---- */

/**
 * quirks_opened() - OPEN succeeded: the stream's clock may be another.
 * @s: stream, positions not yet reset
 */
void quirks_opened(struct stream *s)
{
	begin_stream(s);
	if (!quirks.keep_close)
		s->quirks.base = 0;
	s->pace.rate = (uint32_t)(s->p.rate + (int64_t)s->p.rate * quirks.ppm /
				  (int64_t)USEC_PER_SEC);
}

/**
 * quirks_stopped() - STOP, after stream_send_held().
 * @s: open stream, positions not yet reset
 */
void quirks_stopped(struct stream *s)
{
	struct quirks_stream *q = &s->quirks;

	q->merged = 0;
	q->reached = 0;
	q->next = 0;
	if (quirks.keep_stop)
		q->base += s->position;
}

static uint64_t step_bytes(struct stream *s)
{
	uint64_t frames = 0;

	if (quirks.num_steps)
		frames = quirks.steps[random_below(s, quirks.num_steps)];
	else if (quirks.timer_ms)
		frames = max_u64(pace_duration(&s->pace, s->p.period_sz) /
				 NSEC_PER_MSEC, 1) * s->p.rate / 1000;
	return frames / s->p.unit_frames * s->p.unit_bytes;
}

/**
 * quirks_reached() - the position that an event reports.
 * @s: stream, at or after @next_evt
 * @boundary: where a period has ended
 *
 * Return: @boundary, or the end of the last step.
 */
uint64_t quirks_reached(struct stream *s, uint64_t boundary)
{
	struct quirks_stream *q = &s->quirks;

	if (!step_bytes(s))
		return boundary;
	q->reached = s->next_evt;
	while ((q->next = q->reached + step_bytes(s)) <= s->position)
		q->reached = q->next;
	return q->reached;
}

/**
 * quirks_next() - the position that the next event will report.
 * @s: stream
 * @boundary: where the period ends
 *
 * Return: @boundary, or the end of the next step.
 */
uint64_t quirks_next(struct stream *s, uint64_t boundary)
{
	uint64_t step = step_bytes(s);

	if (!step)
		return boundary;
	if (s->quirks.next <= s->position)
		s->quirks.next = s->position + step;
	return s->quirks.next;
}

/* ---- events ---- */

static bool drop_event(struct stream *s, bool final)
{
	struct quirks_stream *q = begin_stream(s);

	if (final)
		return quirks.no_final;
	if (quirks.drop && random_below(s, 100) < quirks.drop)
		return true;
	if (++q->merged < quirks.merge)
		return true;
	q->merged = 0;
	return false;
}

/**
 * quirks_pass_event() - an event is about to be sent.
 * @s: stream
 * @pos: position, bytes; may be changed
 * @final: at the end of the data
 *
 * Return: false if it is not to be sent now, or not at all.
 */
bool quirks_pass_event(struct stream *s, uint64_t *pos, bool final)
{
	struct quirks_stream *q = &s->quirks;
	unsigned int at, ms;

	if (drop_event(s, final))
		return false;
	*pos += q->base;
	if (!quirks.late_max)
		return true;
	if (q->num == QUIRKS_HELD) {
		q->head++;
		q->num--;
	}
	ms = quirks.late_min +
	     random_below(s, quirks.late_max - quirks.late_min + 1);
	at = (q->head + q->num++) % QUIRKS_HELD;
	q->held[at] = *pos;
	q->due[at] = s->now + ms * NSEC_PER_MSEC;
	/* they do not overtake each other */
	if (q->num > 1)
		q->due[at] = max_u64(q->due[at], q->due[(at + QUIRKS_HELD - 1) %
							QUIRKS_HELD]);
	return false;
}

/**
 * quirks_held_event() - take the oldest event that is held.
 * @s: stream
 * @all: even if it has not been held long enough
 * @pos: its position, bytes
 *
 * Return: false if there is none.
 */
bool quirks_held_event(struct stream *s, bool all, uint64_t *pos)
{
	struct quirks_stream *q = &s->quirks;

	if (!q->num || (!all && q->due[q->head % QUIRKS_HELD] > s->now))
		return false;
	*pos = q->held[q->head++ % QUIRKS_HELD];
	q->num--;
	return true;
}

/**
 * quirks_wake() - when quirks_held_event() is to be called.
 * @s: stream
 *
 * Return: ns, or TIME_NEVER.
 */
uint64_t quirks_wake(const struct stream *s)
{
	const struct quirks_stream *q = &s->quirks;

	return q->num ? q->due[q->head % QUIRKS_HELD] : TIME_NEVER;
}
