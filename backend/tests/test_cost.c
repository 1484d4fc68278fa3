// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: what a stream that plays must not do: allocate, or be
 * late without saying so.
 *
 * Allocations are counted by the sanitizer's hook, so those of the libraries
 * are, too.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_xen.h"
#include "fake_pipewire.h"
#include "guest.h"
#include "stats.h"
#include "test.h"
#include "util.h"
#include "volume.h"

#define BUF	16384u
#define PERIOD	1920u
#define S16	XENSND_PCM_FORMAT_S16_LE
#define PERIODS	20u

/* sanitizer/allocator_interface.h, which only sanitizing compilers have */
extern int __sanitizer_install_malloc_and_free_hooks(
	void (*malloc_hook)(const volatile void *, size_t),
	void (*free_hook)(const volatile void *)) __attribute__((weak));

static struct guest g;
static _Thread_local bool is_test;
static atomic_uint allocations;

static void count_malloc(const volatile void *p, size_t size)
{
	(void)p;
	(void)size;
	if (!is_test)
		atomic_fetch_add(&allocations, 1);
}

static void count_free(const volatile void *p)
{
	(void)p;
}

static bool count_from_now(void)
{
	static int hooked;

	is_test = true;
	if (!hooked && __sanitizer_install_malloc_and_free_hooks)
		hooked = __sanitizer_install_malloc_and_free_hooks(count_malloc,
								   count_free);
	atomic_store(&allocations, 0);
	return hooked;
}

/* Hand over, or fetch, @num bytes as an application does, period by period. */
static void stream_on(bool capture, uint64_t *at, uint64_t num)
{
	uint64_t end = *at + num;

	while (*at < end) {
		uint32_t off = (uint32_t)(*at % BUF);
		uint32_t n = off + PERIOD > BUF ? BUF - off : PERIOD;
		uint64_t wanted = capture ? *at + n : *at + n - BUF;

		if ((capture || *at + n > BUF) &&
		    !guest_wait_position(&g, wanted, 2000)) {
			CHECK(!"a position in time");
			return;
		}
		CHECK_EQ(capture ? guest_read(&g, off, n) :
				   guest_write(&g, off, n), 0);
		*at += n;
	}
}

/* Return: allocations of the stream's thread while it plays at that volume. */
static unsigned int while_streaming(bool capture, const char *spec, int32_t mdb)
{
	unsigned int before, counted;
	uint64_t at = 0;

	CHECK(count_from_now());
	CHECK(guest_init(&g, capture, spec, BUF, false));
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), 0);
	/* OPEN does allocate: the counter counts */
	CHECK(atomic_load(&allocations) > 0);
	volume_set(stream_volume(g.stream), VOLUME_HOST, VOLUME_ALL, mdb);
	if (!capture)
		stream_on(false, &at, BUF);
	CHECK_EQ(guest_trigger(&g, XENSND_OP_TRIGGER_START), 0);
	stream_on(capture, &at, 2 * PERIOD);
	before = atomic_load(&allocations);
	stream_on(capture, &at, PERIODS * PERIOD);
	CHECK_EQ(guest_trigger(&g, XENSND_OP_TRIGGER_PAUSE), 0);
	CHECK_EQ(guest_trigger(&g, XENSND_OP_TRIGGER_RESUME), 0);
	stream_on(capture, &at, PERIODS * PERIOD);
	counted = atomic_load(&allocations) - before;
	CHECK_EQ(guest_close(&g), 0);
	guest_exit(&g);
	return counted;
}

static char *file_spec(const char *name)
{
	static char spec[128];

	snprintf(spec, sizeof(spec), "file:%s/cost-%s", test_dir, name);
	return spec;
}

static void no_allocation(void)
{
	char *spec = file_spec("source.raw");
	FILE *f = fopen(spec + 5, "w");
	unsigned int i;

	for (i = 0; f && i < 4 * BUF * PERIODS; i++)
		fputc('x', f);
	CHECK(f && !fclose(f));
	CHECK_EQ(while_streaming(true, spec, 0), 0);
	CHECK_EQ(while_streaming(true, "null", 0), 0);
	CHECK_EQ(while_streaming(true, spec, -6000), 0);
	CHECK_EQ(while_streaming(false, "null", 0), 0);
	CHECK_EQ(while_streaming(false, file_spec("sink.raw"), 0), 0);
	CHECK_EQ(while_streaming(false, file_spec("sink.wav"), 0), 0);
	CHECK_EQ(while_streaming(false, "null", -6000), 0);
	fake_pipewire_reset();
	CHECK_EQ(while_streaming(true, "pipewire", 0), 0);
	CHECK_EQ(while_streaming(false, "pipewire", 0), 0);
}

/* a number of the only line of statistics */
static long long stat_of(const char *path, const char *key)
{
	char line[1024] = "", want[32], *p;
	FILE *f = fopen(path, "r");

	if (f && !fgets(line, sizeof(line), f))
		line[0] = '\0';
	if (f)
		fclose(f);
	snprintf(want, sizeof(want), " %s=", key);
	p = strstr(line, want);
	return p ? atoll(p + strlen(want)) : -1;
}

static void stalled(unsigned int ms)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/stats-late-%u", test_dir, ms);
	CHECK(stats_open(path));
	CHECK(guest_init(&g, false, "null", BUF, false));
	/* periods of 21.3 ms */
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, BUF / 4), 0);
	CHECK_EQ(guest_write(&g, 0, BUF), 0);
	CHECK_EQ(guest_trigger(&g, XENSND_OP_TRIGGER_START), 0);
	CHECK(guest_wait_position(&g, BUF / 4, 1000));
	/* the second period's event holds up the third's */
	fake_stall(ms);
	CHECK(guest_wait_position(&g, BUF, 1000));
	CHECK_EQ(guest_close(&g), 0);
	CHECK(stat_of(path, "late") > 0);
	CHECK(stat_of(path, "delay-us") > 10667);
	CHECK(stat_of(path, "delay-us") < 10 * (long long)USEC_PER_SEC);
	guest_exit(&g);
}

static void late(void)
{
	stalled(35);
	/* until all data have been played */
	stalled(100);
}

const struct test cost_tests[] = {
	{ "cost: nothing is allocated while a stream plays", no_allocation },
	{ "cost: a late period is counted", late },
	{ NULL, NULL },
};
