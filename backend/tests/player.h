/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back tests: a guest that plays through one stream, as a player does,
 * a sound of which each frame can be known. Two channels of 16 bits.
 */
#ifndef XSB_PLAYER_H
#define XSB_PLAYER_H

#include "guest.h"
#include "util.h"

#define FRAME	4u
#define BUF	16384u		/* 4096 frames, 85 ms */
#define PERIOD	4096u		/* 1024 frames, 21 ms */
#define RATE	48000u
#define S16	XENSND_PCM_FORMAT_S16_LE
#define START	XENSND_OP_TRIGGER_START
#define STOP	XENSND_OP_TRIGGER_STOP
#define MS(n)	((n) * NSEC_PER_MSEC)

extern struct guest g;
/* bytes written since the last OPEN or count_from_zero() */
extern uint64_t written;

/* Connect a stream and open it with the above parameters; false if refused. */
bool player_open(const char *spec, bool capture);

/* frame n of a sound: never silent, never what the ring held before */
int16_t frame_of(uint64_t n);
void write_on(uint64_t bytes);
void start_playing(void);
/* Keep the buffer full for a while, as a player does. Return: bytes played. */
uint64_t play_for(unsigned int ms);
uint64_t bytes_of(unsigned int ms);
/* As much time has passed in the guest, or a little less. */
bool in_time(uint64_t bytes, unsigned int ms, unsigned int less);
/* Positions are from 0 again. */
void count_from_zero(void);

/* The sound is in @data from @from on, each frame once and in order. */
bool sounds_well(const int16_t *data, uint64_t played, uint64_t from,
		 uint64_t frames);

void use_stats(void);
/* a value of the last line of statistics, -1 for none */
long long last_stat(const char *key);
/*
 * Play for a while by a guest that does not wait for responses, and writes what is in its
 * buffer; then CLOSE. There must be no xrun. Return: wake-ups per 100 periods.
 */
long long count_wakeups(unsigned int ms);

#endif
