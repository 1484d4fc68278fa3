// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: position and time.
 */
#include "pace.h"
#include "test.h"
#include "util.h"

static void exact(void)
{
	static const uint32_t rates[] = {
		8000, 11025, 22050, 44100, 48000, 96000, 768000, 1,
	};
	struct pace p;
	unsigned int i;
	uint64_t n;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		pace_init(&p, rates[i], 1, 4);
		pace_start(&p, 12345, 0);
		for (n = 1; n < 2000; n = n * 3 / 2 + 1) {
			uint64_t t = pace_time(&p, n * 4);

			/* there at that time, not there just before */
			CHECK_EQ(pace_bytes(&p, t), n * 4);
			CHECK_EQ(pace_bytes(&p, t - 1), (n - 1) * 4);
		}
	}
}

static void no_drift(void)
{
	struct pace p;
	uint64_t year = 365ull * 86400 * NSEC_PER_SEC;

	pace_init(&p, 44100, 1, 6);
	pace_start(&p, 1, 60);
	CHECK_EQ(pace_bytes(&p, 1 + year), 60 + 365ull * 86400 * 44100 * 6);
	CHECK_EQ(pace_time(&p, 60 + 365ull * 86400 * 44100 * 6), 1 + year);
	CHECK_EQ(pace_bytes(&p, 0), 60);
}

static void stopped(void)
{
	struct pace p;

	pace_init(&p, 48000, 1, 4);
	CHECK_EQ(pace_bytes(&p, 999999999), 0);
	CHECK_EQ(pace_time(&p, 4), TIME_NEVER);
	pace_start(&p, 1000, 0);
	pace_stop(&p, 400);
	CHECK_EQ(pace_bytes(&p, UINT64_MAX), 400);
	CHECK_EQ(pace_time(&p, 404), TIME_NEVER);
	pace_start(&p, NSEC_PER_SEC, 400);
	CHECK_EQ(pace_bytes(&p, NSEC_PER_SEC * 2), 400 + 48000 * 4);
}

static void units(void)
{
	struct pace p;

	/* IMA ADPCM, one channel: two frames are one byte */
	pace_init(&p, 8000, 2, 1);
	pace_start(&p, 0, 0);
	CHECK_EQ(pace_bytes(&p, NSEC_PER_SEC), 4000);
	CHECK_EQ(pace_time(&p, 4000), NSEC_PER_SEC);
	/* part of a frame takes as long as all of it */
	pace_init(&p, 1000, 1, 4);
	CHECK_EQ(pace_duration(&p, 1), NSEC_PER_MSEC);
	CHECK_EQ(pace_duration(&p, 4), NSEC_PER_MSEC);
	CHECK_EQ(pace_duration(&p, 5), 2 * NSEC_PER_MSEC);
	CHECK_EQ(pace_duration(&p, 0), 0);
}

static void boundaries(void)
{
	CHECK_EQ(next_boundary(0, 100, 1), 100);
	CHECK_EQ(next_boundary(99, 100, 1), 100);
	CHECK_EQ(next_boundary(100, 100, 1), 200);
	CHECK_EQ(next_boundary(1050, 100, 1), 1100);
	/* short periods are reported several at a time */
	CHECK_EQ(next_boundary(0, 4, 48), 48);
	CHECK_EQ(next_boundary(50, 4, 48), 100);
	CHECK_EQ(next_boundary(0, 40, 48), 80);
}

const struct test pace_tests[] = {
	{ "pace: exact to the nanosecond", exact },
	{ "pace: no drift in a year", no_drift },
	{ "pace: stop and go", stopped },
	{ "pace: odd frames", units },
	{ "pace: period boundaries", boundaries },
	{ NULL, NULL },
};
