/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: the ways in which other backends differ, for the lab only.
 *
 * A frontend must work with backends that send events when their own timer
 * fires, that are late, refuse requests, or bind what is old. Built with
 * QUIRKS=1 the daemon can be made to do each of these by the environment
 * variable XEN_SND_QUIRKS; the daemon that is installed has none of it: there
 * all of these functions are empty.
 *
 *   steps=N[,N...]       events after N frames, at random among these
 *   timer=ms             events each period, cut to whole milliseconds
 *   ppm=N                the clock runs so much faster (slower if negative)
 *   late=MS[-MS]         each event is held for so long
 *   drop=PERCENT         of the events are not sent, but for the last
 *   merge=N              one event for N
 *   no-final             no event at the end of the data
 *   position=continue    positions go on over STOP
 *   position=for-ever    and over CLOSE
 *   start-epipe          START with nothing written is refused with -EPIPE
 *   start-status=N[:M]   the first M (1) STARTs are not carried out: status N
 *   open-status=N[:M]    likewise OPENs
 *   hold-query           a query opens the one device there is until CLOSE:
 *                        others' OPENs are refused with -EBUSY
 *   ignore-reconfiguring bind whatever a frontend in state 4 has published,
 *                        say Connected, and ignore its state 7
 *   seed=N               of everything at random
 */
#ifndef XSB_QUIRKS_H
#define XSB_QUIRKS_H

#include <stdbool.h>
#include <stdint.h>

struct stream;

#define QUIRKS_HELD	128u

#ifdef XSB_QUIRKS

/**
 * struct quirks_stream - a stream's part of it
 * @random: state of the generator
 * @reached: step that was reported last, bytes
 * @next: the one after it
 * @base: added to each position
 * @merged: events that have not been sent yet
 * @starts: STARTs that are still to be refused
 * @opens: OPENs likewise
 * @begun: @starts, @opens and @random are set
 * @held: positions that wait for their time
 * @due: when that is, ns
 * @head: index of the oldest
 * @num: how many
 */
struct quirks_stream {
	uint64_t random;
	uint64_t reached;
	uint64_t next;
	uint64_t base;
	unsigned int merged;
	unsigned int starts;
	unsigned int opens;
	bool begun;
	uint64_t held[QUIRKS_HELD];
	uint64_t due[QUIRKS_HELD];
	unsigned int head;
	unsigned int num;
};

bool quirks_load(const char *words);
bool quirks_ignore_reconfiguring(void);
bool quirks_refuse_open(struct stream *s, int *status);
bool quirks_refuse_start(struct stream *s, int *status);
void quirks_query(struct stream *s);
void quirks_opened(struct stream *s);
void quirks_stopped(struct stream *s);
void quirks_closed(struct stream *s);
uint64_t quirks_reached(struct stream *s, uint64_t boundary);
uint64_t quirks_next(struct stream *s, uint64_t boundary);
bool quirks_pass_event(struct stream *s, uint64_t *pos, bool final);
bool quirks_held_event(struct stream *s, bool all, uint64_t *pos);
uint64_t quirks_wake(const struct stream *s);

#else

static inline bool quirks_ignore_reconfiguring(void)
{
	return false;
}

static inline bool quirks_refuse_open(struct stream *s, int *status)
{
	(void)s;
	(void)status;
	return false;
}

static inline bool quirks_refuse_start(struct stream *s, int *status)
{
	(void)s;
	(void)status;
	return false;
}

static inline void quirks_query(struct stream *s)
{
	(void)s;
}

static inline void quirks_opened(struct stream *s)
{
	(void)s;
}

static inline void quirks_stopped(struct stream *s)
{
	(void)s;
}

static inline void quirks_closed(struct stream *s)
{
	(void)s;
}

static inline uint64_t quirks_reached(struct stream *s, uint64_t boundary)
{
	(void)s;
	return boundary;
}

static inline uint64_t quirks_next(struct stream *s, uint64_t boundary)
{
	(void)s;
	return boundary;
}

static inline bool quirks_pass_event(struct stream *s, uint64_t *pos, bool final)
{
	(void)s;
	(void)pos;
	(void)final;
	return true;
}

static inline bool quirks_held_event(struct stream *s, bool all, uint64_t *pos)
{
	(void)s;
	(void)all;
	(void)pos;
	return false;
}

static inline uint64_t quirks_wake(const struct stream *s)
{
	(void)s;
	return UINT64_MAX;
}

#endif

#endif
