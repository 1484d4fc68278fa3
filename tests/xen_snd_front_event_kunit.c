// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests: the event ring
 */

#include "xen_snd_front_fake.h"

static int event_init(struct kunit *test)
{
	fake_new(test);
	fake_chan(test->priv, NULL);
	return 0;
}

static struct xensnd_event_page *events(struct fake *f)
{
	return f->stream.chan.evt.page;
}

static void raise_event(struct fake *f, u64 position)
{
	fake_raise(&f->stream.chan, position);
}

/* Return: the position, or -1 where there is no event. */
static s64 next_event(struct fake *f)
{
	struct xensnd_evt evt;
	unsigned long flags;
	bool got;

	spin_lock_irqsave(&f->stream.chan.lock, flags);
	got = xen_snd_front_ring_event(&f->stream.chan, &evt);
	spin_unlock_irqrestore(&f->stream.chan.lock, flags);
	return got ? evt.op.cur_pos.position : -1;
}

static void event_wraps(struct kunit *test)
{
	struct fake *f = test->priv;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, next_event(f), -1);
	for (i = 0; i < 200; i++) {
		raise_event(f, i);
		raise_event(f, 1000 + i);
		KUNIT_ASSERT_EQ(test, next_event(f), i);
		KUNIT_ASSERT_EQ(test, next_event(f), 1000 + i);
		KUNIT_ASSERT_EQ(test, next_event(f), -1);
		KUNIT_ASSERT_EQ(test, events(f)->in_cons, 2 * (i + 1));
	}
}

/*
 * 63 events do not divide 2^32, so where the index wraps the protocol's own modulo
 * jumps; both ends jump alike.
 */
static void event_index_wraps(struct kunit *test)
{
	struct fake *f = test->priv;
	unsigned int i;

	f->stream.chan.evt_cons = U32_MAX - 5;
	events(f)->in_prod = U32_MAX - 5;
	for (i = 0; i < 20; i++) {
		raise_event(f, i);
		KUNIT_ASSERT_EQ(test, next_event(f), i);
	}
}

static void event_overflow_keeps_newest(struct kunit *test)
{
	struct fake *f = test->priv;
	unsigned int i;

	for (i = 0; i < XENSND_IN_RING_LEN + 10; i++)
		raise_event(f, i);
	KUNIT_EXPECT_EQ(test, next_event(f), XENSND_IN_RING_LEN + 9);
	KUNIT_EXPECT_EQ(test, next_event(f), -1);

	/* Back is as far ahead as an index can be. */
	events(f)->in_prod -= 5;
	KUNIT_EXPECT_GE(test, next_event(f), 0);
	KUNIT_EXPECT_EQ(test, next_event(f), -1);
}

/* Every byte of it, also of a type that is not known. */
static void event_copies(struct kunit *test)
{
	struct fake *f = test->priv;
	struct xensnd_evt *shared = &XENSND_IN_RING_REF(events(f), 0);
	struct xensnd_evt evt;
	unsigned long flags;

	raise_event(f, 0x123456789abcdef0);
	shared->id = 7;
	shared->type = 200;
	spin_lock_irqsave(&f->stream.chan.lock, flags);
	KUNIT_EXPECT_TRUE(test, xen_snd_front_ring_event(&f->stream.chan, &evt));
	spin_unlock_irqrestore(&f->stream.chan.lock, flags);
	KUNIT_EXPECT_EQ(test, evt.id, 7);
	KUNIT_EXPECT_EQ(test, evt.type, 200);
	KUNIT_EXPECT_EQ(test, evt.op.cur_pos.position, 0x123456789abcdef0);
}

/* Exactly full is not too much: none is lost. */
static void event_full(struct kunit *test)
{
	struct fake *f = test->priv;
	unsigned int i;

	for (i = 0; i < XENSND_IN_RING_LEN; i++)
		raise_event(f, i);
	for (i = 0; i < XENSND_IN_RING_LEN; i++)
		KUNIT_ASSERT_EQ(test, next_event(f), i);
	KUNIT_EXPECT_EQ(test, next_event(f), -1);
}

/* The backend gets the number of events that were taken, and no request. */
static void event_own_count(struct kunit *test)
{
	struct fake *f = test->priv;
	unsigned int i;

	for (i = 0; i < 10; i++) {
		raise_event(f, i);
		/* Events that have been taken would come again. */
		events(f)->in_cons = 0;
		KUNIT_EXPECT_EQ(test, next_event(f), i);
		KUNIT_EXPECT_EQ(test, next_event(f), -1);
		KUNIT_EXPECT_EQ(test, events(f)->in_cons, i + 1);
	}
}

static struct kunit_case event_cases[] = {
	KUNIT_CASE(event_wraps),
	KUNIT_CASE(event_index_wraps),
	KUNIT_CASE(event_overflow_keeps_newest),
	KUNIT_CASE(event_copies),
	KUNIT_CASE(event_full),
	KUNIT_CASE(event_own_count),
	{}
};

static struct kunit_suite event_suite = {
	.name = "xen_snd_front_event",
	.init = event_init,
	.exit = fake_end,
	.test_cases = event_cases,
};

kunit_test_suites(&event_suite);
