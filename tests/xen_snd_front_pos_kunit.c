// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests: following the backend's position
 */

#include <kunit/test.h>

#include "../xen_snd_front_stream.h"

/* One step of a position: what the backend says, and what must come out. */
struct pos_step {
	u64 bytes;
	u64 limit;
	u64 hw;
};

static void check_steps(struct kunit *test, struct xen_snd_front_pos *pos,
			unsigned int frame_bits, const struct pos_step *steps, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		xen_snd_front_pos_advance(pos, steps[i].bytes, steps[i].limit, frame_bits);
		KUNIT_EXPECT_EQ_MSG(test, pos->hw, steps[i].hw, "step %u", i);
	}
}

#define CHECK_STEPS(pos, bits, ...) do {						\
	static const struct pos_step steps[] = { __VA_ARGS__ };				\
	check_steps(test, pos, bits, steps, ARRAY_SIZE(steps));				\
} while (0)

static void pos_forward(struct kunit *test)
{
	struct xen_snd_front_pos pos = {};

	CHECK_STEPS(&pos, 32, { 4, 100, 1 }, { 4, 100, 1 }, { 400, 100, 100 },
		    { 400, 200, 100 }, { 404, 200, 101 });
}

static void pos_far_ahead(struct kunit *test)
{
	struct xen_snd_front_pos pos = {};

	/* Clamped, then followed from where the backend claims to be. */
	CHECK_STEPS(&pos, 32, { 4000, 100, 100 }, { 4040, 200, 110 },
		    { U64_MAX / 4, 200, 200 });
}

static void pos_backwards(struct kunit *test)
{
	struct xen_snd_front_pos pos = {};

	/* A little: waited for. Far: a new count. */
	CHECK_STEPS(&pos, 32, { 400, 200, 100 }, { 396, 200, 100 }, { 404, 200, 101 },
		    { 40000, 10100, 10000 }, { 0, 10100, 10000 }, { 40, 10100, 10010 });
}

static void pos_wraps(struct kunit *test)
{
	struct xen_snd_front_pos pos = { .raw = U64_MAX - 7, .hw = 5, .based = true };

	CHECK_STEPS(&pos, 32, { U64_MAX - 3, 100, 6 }, { 0, 100, 7 }, { 8, 100, 9 });
}

static void pos_all_ones(struct kunit *test)
{
	struct xen_snd_front_pos pos = {};

	CHECK_STEPS(&pos, 32, { U64_MAX, 100, 0 }, { 4, 100, 1 });
}

static void pos_after_open(struct kunit *test)
{
	struct xen_snd_front_pos pos = {};

	CHECK_STEPS(&pos, 32, { 4000, 1000, 1000 });
	/* From 0 again. */
	xen_snd_front_pos_reset(&pos);
	CHECK_STEPS(&pos, 32, { 400, 1000, 100 });
	/* Or going on: the one is impossible, the other is not. */
	pos.raw = 4000000;
	xen_snd_front_pos_reset(&pos);
	CHECK_STEPS(&pos, 32, { 4000400, 1000, 100 });
}

static void pos_split_frames(struct kunit *test)
{
	struct xen_snd_front_pos pos = {};

	/* 6 bytes a frame, and positions that fall into the middle of one. */
	CHECK_STEPS(&pos, 48, { 5, 100, 0 }, { 7, 100, 1 }, { 17, 100, 2 }, { 18, 100, 3 });
	/* Half a byte a frame. */
	pos = (struct xen_snd_front_pos){};
	CHECK_STEPS(&pos, 4, { 1, 100, 2 }, { 50, 100, 100 });
}

static void pos_crossed(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, xen_snd_front_pos_crossed(0, 0, 1024));
	KUNIT_EXPECT_FALSE(test, xen_snd_front_pos_crossed(0, 1023, 1024));
	KUNIT_EXPECT_TRUE(test, xen_snd_front_pos_crossed(0, 1024, 1024));
	KUNIT_EXPECT_FALSE(test, xen_snd_front_pos_crossed(1024, 1024, 1024));
	KUNIT_EXPECT_FALSE(test, xen_snd_front_pos_crossed(1024, 2047, 1024));
	KUNIT_EXPECT_TRUE(test, xen_snd_front_pos_crossed(1023, 1024, 1024));
	KUNIT_EXPECT_TRUE(test, xen_snd_front_pos_crossed(1, 100000, 1024));
	KUNIT_EXPECT_TRUE(test, xen_snd_front_pos_crossed(0, 1, 1));
	KUNIT_EXPECT_TRUE(test, xen_snd_front_pos_crossed((5513ULL << 32) - 1,
							  5513ULL << 32, 5513));
	KUNIT_EXPECT_FALSE(test, xen_snd_front_pos_crossed(5513ULL << 32,
							   (5513ULL << 32) + 5512, 5513));
}

static void pos_offset(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, xen_snd_front_pos_offset(0, 22052), 0);
	KUNIT_EXPECT_EQ(test, xen_snd_front_pos_offset(22051, 22052), 22051);
	KUNIT_EXPECT_EQ(test, xen_snd_front_pos_offset(22052, 22052), 0);
	KUNIT_EXPECT_EQ(test, xen_snd_front_pos_offset((22052ULL << 33) + 7, 22052), 7);
	KUNIT_EXPECT_EQ(test, xen_snd_front_pos_offset(12345, 1), 0);
}

static const unsigned int sizes[] = {
	1, 2, 3, 64, 1024, 5513, 22052, 65536, 99991, 8 << 20, U32_MAX,
};

/* Steps of any length over any size, also far beyond 32 bits: divide and compare. */
static void pos_any_size(struct kunit *test)
{
	static const u64 starts[] = { 0, 1, U32_MAX, 1ULL << 40, 1ULL << 62 };
	unsigned int i;
	unsigned int k;
	unsigned int n;
	u64 from;
	u64 to;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (k = 0; k < ARRAY_SIZE(starts); k++) {
			from = starts[k];
			for (n = 0; n < 200; n++, from = to) {
				to = from + div_u64((u64)sizes[i] * n, 37);
				KUNIT_ASSERT_EQ(test,
						xen_snd_front_pos_crossed(from, to, sizes[i]),
						div_u64(from, sizes[i]) != div_u64(to, sizes[i]));
				KUNIT_ASSERT_EQ(test, xen_snd_front_pos_offset(to, sizes[i]),
						to - div_u64(to, sizes[i]) * sizes[i]);
			}
		}
	}
}

/* A stream of events of any step: every frame counts once, in any frame size. */
static void pos_follows(struct kunit *test)
{
	static const unsigned int frame_bits[] = { 4, 8, 16, 24, 32, 48, 256, 16384 };
	struct xen_snd_front_pos pos;
	u64 bytes;
	unsigned int i;
	unsigned int n;

	for (i = 0; i < ARRAY_SIZE(frame_bits); i++) {
		/* Over the end of the 64 bits. */
		pos = (struct xen_snd_front_pos){ .raw = -5000ULL, .based = true };
		bytes = 0;
		for (n = 0; n < 500; n++) {
			bytes += n % 91;
			xen_snd_front_pos_advance(&pos, bytes - 5000, U32_MAX, frame_bits[i]);
			KUNIT_ASSERT_EQ(test, pos.hw, div_u64(bytes * 8, frame_bits[i]));
		}
	}
}

/* Whatever comes: never back, never beyond the limit. */
static void pos_hostile(struct kunit *test)
{
	struct xen_snd_front_pos pos = {};
	u64 seed = 1;
	u64 limit = 0;
	u64 before;
	unsigned int n;

	for (n = 0; n < 10000; n++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		limit += seed >> 58;
		before = pos.hw;
		/* All lengths of numbers. */
		xen_snd_front_pos_advance(&pos, seed >> (n % 64), limit, 32);
		KUNIT_ASSERT_GE(test, pos.hw, before);
		KUNIT_ASSERT_LE(test, pos.hw, limit);
	}
}

static struct kunit_case pos_cases[] = {
	KUNIT_CASE(pos_forward),
	KUNIT_CASE(pos_far_ahead),
	KUNIT_CASE(pos_backwards),
	KUNIT_CASE(pos_wraps),
	KUNIT_CASE(pos_all_ones),
	KUNIT_CASE(pos_after_open),
	KUNIT_CASE(pos_split_frames),
	KUNIT_CASE(pos_crossed),
	KUNIT_CASE(pos_offset),
	KUNIT_CASE(pos_any_size),
	KUNIT_CASE(pos_follows),
	KUNIT_CASE(pos_hostile),
	{}
};

static struct kunit_suite pos_suite = {
	.name = "xen_snd_front_pos",
	.test_cases = pos_cases,
};

kunit_test_suites(&pos_suite);
