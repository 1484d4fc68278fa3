// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: a guest that plays, see player.h.
 */
#include <stdlib.h>
#include <string.h>

#include "player.h"
#include "stats.h"
#include "test.h"

struct guest g;
uint64_t written;

bool player_open(const char *spec, bool capture)
{
	written = 0;
	CHECK(guest_init(&g, capture, spec, BUF, false));
	return !guest_open(&g, RATE, S16, 2, BUF, PERIOD);
}

int16_t frame_of(uint64_t n)
{
	return (int16_t)(n % 20000 + 1);
}

void write_on(uint64_t bytes)
{
	while (bytes) {
		uint32_t off = (uint32_t)(written % BUF), i;
		uint32_t n = min_u32((uint32_t)bytes, PERIOD - off % PERIOD);
		int16_t *v = (int16_t *)(void *)(g.buf + off);

		for (i = 0; i < n / FRAME; i++)
			v[2 * i] = v[2 * i + 1] = frame_of(written / FRAME + i);
		CHECK_EQ(guest_write(&g, off, n), 0);
		written += n;
		bytes -= n;
	}
}

uint64_t play_for(unsigned int ms)
{
	uint64_t end = now_ns() + MS(ms), from = guest_position(&g);

	while (now_ns() < end) {
		uint64_t room = guest_position(&g) + BUF - written;

		if (room >= PERIOD)
			write_on(room / PERIOD * PERIOD);
		else
			guest_wait_position(&g, written - BUF + PERIOD, 20);
	}
	return guest_position(&g) - from;
}

static void play_patiently(unsigned int ms)
{
	uint64_t end = now_ns() + MS(ms);

	while (now_ns() < end) {
		uint64_t room = guest_position(&g) + BUF - written;

		if (room < PERIOD) {
			guest_wait_position(&g, written - BUF + PERIOD, 20);
			continue;
		}
		guest_answered(&g, guest_rw_send(&g, XENSND_OP_WRITE,
						 (uint32_t)(written % BUF), PERIOD));
		written += PERIOD;
	}
}

uint64_t bytes_of(unsigned int ms)
{
	return (uint64_t)ms * RATE / 1000 * FRAME;
}

bool in_time(uint64_t bytes, unsigned int ms, unsigned int less)
{
	bool ok = bytes <= bytes_of(ms) + BUF &&
		  bytes >= bytes_of(ms - less);

	if (!ok)
		printf("    %u ms: %llu ms played\n", ms, (unsigned long long)
		       bytes * 1000 / FRAME / RATE);
	return ok;
}

void count_from_zero(void)
{
	guest_position(&g);
	g.num_evts = 0;
	written = 0;
}

void start_playing(void)
{
	write_on(BUF);
	CHECK_EQ(guest_trigger(&g, START), 0);
}

long long count_wakeups(unsigned int ms)
{
	g.patient = true;
	start_playing();
	play_patiently(ms);
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(last_stat("xruns"), 0);
	CHECK_EQ(last_stat("underruns"), 0);
	return last_stat("wakeups") * 100 / last_stat("periods");
}

long long last_stat(const char *key)
{
	return guest_last_stat("stats-player", key);
}

void use_stats(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/stats-player", test_dir);
	CHECK(stats_open(path));
}

bool sounds_well(const int16_t *data, uint64_t played, uint64_t from,
		 uint64_t frames)
{
	uint64_t i, at = 0;

	while (at < played && data[at] != frame_of(from))
		at++;
	for (i = 0; i < frames; i++)
		if (at + i >= played || data[at + i] != frame_of(from + i)) {
			printf("    frame %llu at %llu of %llu\n",
			       (unsigned long long)(from + i),
			       (unsigned long long)(at + i),
			       (unsigned long long)played);
			return false;
		}
	return true;
}
