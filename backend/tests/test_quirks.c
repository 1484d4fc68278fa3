// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: the lab's backend differs only in the way that was chosen.
 *
 * These and the device's tests make a program of their own, built as the lab's
 * backend is.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"
#include "quirks.h"
#include "test.h"
#include "util.h"

#define BUF	16384u
#define PERIOD	4096u
#define S16	XENSND_PCM_FORMAT_S16_LE
#define START	XENSND_OP_TRIGGER_START
#define STOP	XENSND_OP_TRIGGER_STOP

static struct guest g, other;

static bool begin_playback(const char *words)
{
	CHECK(quirks_load(words));
	CHECK(guest_init(&g, false, "null", BUF, false));
	return !guest_open(&g, 48000, S16, 2, BUF, PERIOD);
}

/* Play a buffer full; true if its end was reported. */
static bool play_buffer(void)
{
	CHECK_EQ(guest_write(&g, 0, BUF), 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	return guest_wait_position(&g, BUF, 500);
}

static void finish_guest(void)
{
	guest_exit(&g);
	quirks_load(NULL);
}

static void no_quirks(void)
{
	CHECK(begin_playback(NULL));
	CHECK(play_buffer());
	CHECK_EQ(g.num_evts, 4);
	CHECK_EQ(g.evts[0], PERIOD);
	finish_guest();
}

static void random_steps(void)
{
	unsigned int i, inside = 0;

	CHECK(begin_playback("steps=384,576,960 seed=3"));
	CHECK(play_buffer());
	/* multiples of the steps' greatest common part, but for the end */
	for (i = 0; i + 1 < g.num_evts; i++) {
		CHECK_EQ(g.evts[i] % (192 * 4), 0);
		inside += g.evts[i] % PERIOD != 0;
	}
	CHECK(inside > 1);
	CHECK(g.num_evts >= 5);
	CHECK_EQ(g.evts[g.num_evts - 1], BUF);
	finish_guest();
}

static void whole_milliseconds(void)
{
	CHECK(begin_playback("timer=ms"));
	CHECK(play_buffer());
	/* 1024 frames are 21.3 ms */
	CHECK_EQ(g.evts[0], 21 * 48 * 4);
	CHECK_EQ(g.evts[1], 42 * 48 * 4);
	finish_guest();
}

static void faster_clock(void)
{
	uint64_t t0;

	CHECK(begin_playback("ppm=1000000"));
	t0 = now_ns();
	CHECK(play_buffer());
	CHECK(now_ns() - t0 < 80 * NSEC_PER_MSEC);
	finish_guest();
}

static void late_events(void)
{
	uint64_t t0;

	CHECK(begin_playback("late=60-70"));
	CHECK_EQ(guest_write(&g, 0, BUF), 0);
	t0 = now_ns();
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(guest_wait_position(&g, PERIOD, 1000));
	CHECK(now_ns() - t0 >= 81 * NSEC_PER_MSEC);
	CHECK(guest_wait_position(&g, BUF, 1000));
	CHECK_EQ(g.num_evts, 4);
	/* what is held is not forgotten at STOP, nor reported after it */
	CHECK_EQ(guest_write(&g, 0, BUF), 0);
	usleep(1000);
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	usleep(100000);
	guest_position(&g);
	CHECK_EQ(g.num_evts, 4);
	finish_guest();
}

static void dropped_events(void)
{
	CHECK(begin_playback("drop=100"));
	CHECK(play_buffer());
	CHECK_EQ(g.num_evts, 1);
	finish_guest();
	CHECK(begin_playback("no-final drop=100"));
	CHECK(!play_buffer());
	CHECK_EQ(g.num_evts, 0);
	finish_guest();
}

static void merged_events(void)
{
	CHECK(begin_playback("merge=2"));
	CHECK(play_buffer());
	CHECK_EQ(g.num_evts, 2);
	CHECK_EQ(g.evts[0], 2 * PERIOD);
	finish_guest();
}

static void going_on(void)
{
	CHECK(begin_playback("position=continue"));
	CHECK(play_buffer());
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK(play_buffer());
	CHECK(guest_wait_position(&g, 2 * BUF, 1000));
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), 0);
	g.num_evts = 0;
	CHECK(play_buffer());
	CHECK_EQ(g.evts[0], PERIOD);
	finish_guest();
	CHECK(begin_playback("position=for-ever"));
	CHECK(play_buffer());
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), 0);
	g.num_evts = 0;
	CHECK(play_buffer());
	CHECK_EQ(g.evts[0], BUF + PERIOD);
	finish_guest();
}

static void start_refused(void)
{
	CHECK(begin_playback("start-epipe"));
	CHECK_EQ(guest_trigger(&g, START), -EPIPE);
	CHECK(play_buffer());
	finish_guest();
	CHECK(begin_playback("start-status=-77:2"));
	CHECK_EQ(guest_write(&g, 0, PERIOD), 0);
	CHECK_EQ(guest_trigger(&g, START), -77);
	CHECK_EQ(guest_trigger(&g, START), -77);
	usleep(50000);
	CHECK_EQ(guest_position(&g), 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(guest_wait_position(&g, PERIOD, 1000));
	finish_guest();
}

static void open_refused(void)
{
	CHECK(!begin_playback("open-status=-16"));
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), 0);
	finish_guest();
}

static void query_holds(void)
{
	struct xensnd_req req = {
		.operation = XENSND_OP_HW_PARAM_QUERY,
		.op.hw_param = {
			.formats = ~0ull, .rates = { 1, UINT32_MAX },
			.channels = { 1, UINT32_MAX },
			.buffer = { 1, UINT32_MAX },
			.period = { 1, UINT32_MAX },
		},
	};

	CHECK(quirks_load("hold-query"));
	CHECK(guest_init(&g, false, "null", BUF, false));
	CHECK(guest_init(&other, false, "null", BUF, false));
	CHECK_EQ(guest_wait(&g, guest_send(&g, &req), 1000), 0);
	CHECK_EQ(guest_open(&other, 48000, S16, 2, BUF, PERIOD), -XEN_EBUSY);
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), 0);
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(guest_open(&other, 48000, S16, 2, BUF, PERIOD), 0);
	guest_exit(&other);
	finish_guest();
}

static void wrong_words(void)
{
	static const char * const words[] = {
		"step=1", "steps=", "steps=0", "steps=1,", "late=x", "late=1-",
		"drop=101", "merge", "position=back", "start-status=",
		"open-status=1:", "no-final=1", "timer=us",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (quirks_load(words[i])) {
			printf("    %s is taken\n", words[i]);
			test_failed = true;
		}
	quirks_load(NULL);
}

const struct test quirks_tests[] = {
	{ "quirks: none is the default", no_quirks },
	{ "quirks: events in steps", random_steps },
	{ "quirks: a timer of whole milliseconds", whole_milliseconds },
	{ "quirks: another clock", faster_clock },
	{ "quirks: late events", late_events },
	{ "quirks: dropped events", dropped_events },
	{ "quirks: merged events", merged_events },
	{ "quirks: positions that go on", going_on },
	{ "quirks: START refused", start_refused },
	{ "quirks: OPEN refused", open_refused },
	{ "quirks: a query holds the device", query_holds },
	{ "quirks: words that are wrong", wrong_words },
	{ NULL, NULL },
};
