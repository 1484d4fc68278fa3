// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit: our state in XenStore and as ->state, as xenwatch compares them; and the backend's
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>

#include "../xen_snd_front.h"

#define NO_NODE	(-1)

/*
 * @xb: the device
 * @state: what is tested
 * @node: its node in XenStore, or NO_NODE
 * @put: what the transaction would make of it, or NO_NODE
 * @commits: transactions that came to an end
 * @writes: those that wrote
 * @switches: steps left to xenbus
 * @conflicts: how many of the next transactions end with -EAGAIN
 * @error: what transactions fail with
 * @unread: what reading the node fails with
 * @late: xenwatch does not come by after each write
 * @anew: with which write the toolstack makes the device anew
 */
struct store {
	struct xenbus_device xb;
	struct xen_snd_front_state state;
	int node;
	int put;
	unsigned int commits;
	unsigned int writes;
	unsigned int switches;
	unsigned int conflicts;
	int error;
	int unread;
	bool late;
	unsigned int anew;
};

static struct store *store_now(void)
{
	return kunit_get_current_test()->priv;
}

static void xenwatch(struct store *s)
{
	s->state.watch.callback(&s->state.watch, s->state.watch.node, "");
}

/* As a kernel does that takes a device for a new one. */
static void expect_known(struct store *s)
{
	if (s->node == XenbusStateInitialising && !s->anew)
		KUNIT_EXPECT_EQ(kunit_get_current_test(), s->xb.state,
				XenbusStateInitialising);
}

static int fake_begin(struct xenbus_transaction *xbt)
{
	struct store *s = store_now();

	s->put = NO_NODE;
	expect_known(s);
	return s->error;
}

static int fake_commit(struct xenbus_transaction xbt, bool abort)
{
	struct store *s = store_now();

	expect_known(s);
	s->commits++;
	if (s->conflicts) {
		s->conflicts--;
		return -EAGAIN;
	}
	if (abort || s->put == NO_NODE)
		return 0;

	s->node = s->put;
	if (++s->writes == s->anew)
		s->node = XenbusStateInitialising;
	expect_known(s);
	if (!s->late)
		xenwatch(s);
	return 0;
}

static int fake_get(struct xenbus_transaction xbt, const char *dir, const char *node,
		    unsigned int *value)
{
	struct store *s = store_now();

	if (s->unread)
		return s->unread;
	if (s->node == NO_NODE)
		return -ENOENT;
	*value = s->node;
	return 0;
}

static int fake_put(struct xenbus_transaction xbt, const char *dir, const char *node,
		    const unsigned int *value)
{
	struct store *s = store_now();

	KUNIT_EXPECT_STREQ(kunit_get_current_test(), dir, "dev");
	KUNIT_EXPECT_STREQ(kunit_get_current_test(), node, "state");
	s->put = *value;
	return 0;
}

static void fake_switch(struct xenbus_device *dev, enum xenbus_state state)
{
	struct store *s = store_now();

	KUNIT_EXPECT_NE(kunit_get_current_test(), dev->state, XenbusStateInitialising);
	KUNIT_EXPECT_NE(kunit_get_current_test(), state, XenbusStateInitialising);
	s->switches++;
	s->node = state;
	dev->state = state;
}

static int fake_watch(struct xenbus_watch *watch)
{
	return store_now()->error;
}

static void fake_unwatch(struct xenbus_watch *watch)
{
}

static int state_init(struct kunit *test)
{
	struct store *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	test->priv = s;
	s->xb.dev.init_name = "vsnd-state";
	s->xb.nodename = "dev";
	s->xb.state = XenbusStateInitialising;
	s->node = XenbusStateInitialising;
	kunit_activate_static_stub(test, xen_snd_front_xen_begin, fake_begin);
	kunit_activate_static_stub(test, xen_snd_front_xen_commit, fake_commit);
	kunit_activate_static_stub(test, xen_snd_front_xen_get, fake_get);
	kunit_activate_static_stub(test, xen_snd_front_xen_put, fake_put);
	kunit_activate_static_stub(test, xen_snd_front_xen_switch, fake_switch);
	kunit_activate_static_stub(test, xen_snd_front_xen_watch, fake_watch);
	kunit_activate_static_stub(test, xen_snd_front_xen_unwatch, fake_unwatch);
	KUNIT_ASSERT_EQ(test, xen_snd_front_state_init(&s->state, &s->xb), 0);
	KUNIT_EXPECT_STREQ(test, s->state.watch.node, "dev/state");
	return 0;
}

static void state_exit(struct kunit *test)
{
	struct store *s = test->priv;

	xen_snd_front_state_exit(&s->state);
}

/* What each of XenStore, ->state and the driver holds for the state. */
static void expect_states(struct kunit *test, int node, enum xenbus_state own,
			  enum xenbus_state known)
{
	struct store *s = test->priv;

	KUNIT_EXPECT_EQ(test, s->node, node);
	KUNIT_EXPECT_EQ(test, s->xb.state, own);
	KUNIT_EXPECT_EQ(test, xen_snd_front_state_get(&s->state), known);
}

static void enter(struct kunit *test, enum xenbus_state to)
{
	struct store *s = test->priv;

	KUNIT_EXPECT_EQ(test, xen_snd_front_state_enter(&s->state, to), s->error ?: s->unread);
}

/* From the first state to the last, and from there to the first, as often as one likes. */
static void state_round(struct kunit *test)
{
	static const enum xenbus_state round[] = {
		XenbusStateInitialised, XenbusStateConnected, XenbusStateClosed,
		XenbusStateInitialising, XenbusStateClosed, XenbusStateReconfiguring,
		XenbusStateInitialising, XenbusStateReconfiguring, XenbusStateInitialised,
	};
	unsigned int i;

	for (i = 0; i < 2 * ARRAY_SIZE(round); i++) {
		enter(test, round[i % ARRAY_SIZE(round)]);
		expect_states(test, round[i % ARRAY_SIZE(round)], round[i % ARRAY_SIZE(round)],
			      round[i % ARRAY_SIZE(round)]);
	}
}

/* ->state stays as it is until xenwatch has come by, however many steps that takes. */
static void state_late(struct kunit *test)
{
	struct store *s = test->priv;

	s->late = true;
	enter(test, XenbusStateInitialised);
	expect_states(test, XenbusStateInitialised, XenbusStateInitialising,
		      XenbusStateInitialised);
	enter(test, XenbusStateConnected);
	expect_states(test, XenbusStateConnected, XenbusStateInitialising,
		      XenbusStateConnected);
	KUNIT_EXPECT_EQ(test, s->switches, 0);

	xenwatch(s);
	expect_states(test, XenbusStateConnected, XenbusStateConnected, XenbusStateConnected);
	enter(test, XenbusStateInitialising);
	expect_states(test, XenbusStateInitialising, XenbusStateInitialising,
		      XenbusStateInitialising);
	xenwatch(s);
	expect_states(test, XenbusStateInitialising, XenbusStateInitialising,
		      XenbusStateInitialising);
}

/* xenbus can do what has nothing to do with Initialising, and does it once. */
static void state_switch(struct kunit *test)
{
	struct store *s = test->priv;

	enter(test, XenbusStateInitialised);
	KUNIT_EXPECT_EQ(test, s->writes, 2);
	enter(test, XenbusStateConnected);
	enter(test, XenbusStateConnected);
	KUNIT_EXPECT_EQ(test, s->writes, 2);
	KUNIT_EXPECT_EQ(test, s->switches, 1);
}

/* What xenbus enters by itself is believed: the guest goes down. */
static void state_closing(struct kunit *test)
{
	struct store *s = test->priv;

	enter(test, XenbusStateConnected);
	s->xb.state = XenbusStateClosing;
	s->node = XenbusStateClosing;
	xenwatch(s);
	expect_states(test, XenbusStateClosing, XenbusStateClosing, XenbusStateClosing);
}

static void state_same(struct kunit *test)
{
	struct store *s = test->priv;

	enter(test, XenbusStateInitialising);
	KUNIT_EXPECT_EQ(test, s->commits, 0);
}

/* A restore begins at the beginning, whatever was ahead of ->state before. */
static void state_restored(struct kunit *test)
{
	struct store *s = test->priv;
	enum xenbus_state seen;
	bool ended;

	s->late = true;
	enter(test, XenbusStateInitialised);
	s->node = XenbusStateInitialising;
	s->xb.state = XenbusStateInitialising;
	xen_snd_front_state_note(&s->state, XenbusStateClosed);
	xen_snd_front_state_resumed(&s->state);
	xenwatch(s);
	KUNIT_EXPECT_FALSE(test, xen_snd_front_state_take(&s->state, &seen, &ended));
	KUNIT_EXPECT_FALSE(test, ended);
	expect_states(test, XenbusStateInitialising, XenbusStateInitialising,
		      XenbusStateInitialising);
}

/* Nothing is made of a device that has gone. */
static void state_gone(struct kunit *test)
{
	struct store *s = test->priv;

	s->node = NO_NODE;
	enter(test, XenbusStateInitialised);
	KUNIT_EXPECT_EQ(test, s->node, NO_NODE);
	enter(test, XenbusStateInitialising);
	KUNIT_EXPECT_EQ(test, s->node, NO_NODE);
	KUNIT_EXPECT_EQ(test, s->writes, 0);
}

/* The toolstack's new device is not overwritten. */
static void state_anew(struct kunit *test)
{
	struct store *s = test->priv;

	s->anew = 1;
	enter(test, XenbusStateInitialised);
	KUNIT_EXPECT_EQ(test, s->writes, 1);
	KUNIT_EXPECT_EQ(test, s->node, XenbusStateInitialising);
}

static void state_conflict(struct kunit *test)
{
	struct store *s = test->priv;

	s->conflicts = 3;
	enter(test, XenbusStateInitialised);
	expect_states(test, XenbusStateInitialised, XenbusStateInitialised,
		      XenbusStateInitialised);
	KUNIT_EXPECT_EQ(test, s->commits, 3 + 2);
}

/* What could not be written is not the state; the next time it can. */
static void state_error(struct kunit *test)
{
	struct store *s = test->priv;
	struct xen_snd_front_state other = {};

	s->error = -ENOMEM;
	enter(test, XenbusStateInitialised);
	expect_states(test, XenbusStateInitialising, XenbusStateInitialising,
		      XenbusStateInitialising);
	KUNIT_EXPECT_EQ(test, s->commits, 0);
	KUNIT_EXPECT_EQ(test, xen_snd_front_state_init(&other, &s->xb), -ENOMEM);

	s->error = 0;
	s->unread = -ENOMEM;
	enter(test, XenbusStateClosed);
	expect_states(test, XenbusStateInitialising, XenbusStateInitialising,
		      XenbusStateInitialising);
	s->unread = 0;
	enter(test, XenbusStateClosed);
	s->error = -ENOMEM;
	enter(test, XenbusStateInitialising);
	expect_states(test, XenbusStateClosed, XenbusStateInitialising, XenbusStateClosed);

	s->error = 0;
	xenwatch(s);
	expect_states(test, XenbusStateClosed, XenbusStateClosed, XenbusStateClosed);
	enter(test, XenbusStateInitialising);
	expect_states(test, XenbusStateInitialising, XenbusStateInitialising,
		      XenbusStateInitialising);
}

struct heard {
	enum xenbus_state seen[4];
	unsigned int count;
	bool ended;
};

/* What is left of what was seen while the worker was busy. */
static const struct heard heard[] = {
	{ { XenbusStateInitWait, XenbusStateInitWait }, 2, false },
	{ { XenbusStateConnected }, 1, false },
	/* Another backend, although nobody said that the first has gone. */
	{ { XenbusStateInitWait }, 1, true },
	{ { XenbusStateInitWait, XenbusStateConnected }, 2, false },
	{ { XenbusStateConnected, XenbusStateInitWait, XenbusStateConnected }, 3, true },
	{ { XenbusStateClosing, XenbusStateInitWait }, 2, true },
	{ { XenbusStateClosing, XenbusStateClosed, XenbusStateInitWait }, 3, true },
	{ { XenbusStateUnknown, XenbusStateInitWait, XenbusStateConnected }, 3, true },
	{ { XenbusStateClosing, XenbusStateClosed }, 2, true },
	{ { XenbusStateUnknown }, 1, true },
	{ { XenbusStateInitialising, XenbusStateInitWait }, 2, true },
	{ { XenbusStateInitialised }, 1, false },
	{ { XenbusStateInitWait, XenbusStateReconfigured }, 2, false },
};

static void state_news(struct kunit *test)
{
	struct store *s = test->priv;
	enum xenbus_state seen;
	unsigned int i;
	unsigned int k;
	bool ended;

	KUNIT_EXPECT_FALSE(test, xen_snd_front_state_take(&s->state, &seen, &ended));
	KUNIT_EXPECT_FALSE(test, ended);
	for (i = 0; i < ARRAY_SIZE(heard); i++) {
		for (k = 0; k < heard[i].count; k++)
			xen_snd_front_state_note(&s->state, heard[i].seen[k]);
		KUNIT_EXPECT_TRUE(test, xen_snd_front_state_take(&s->state, &seen, &ended));
		KUNIT_EXPECT_EQ_MSG(test, ended, heard[i].ended, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, seen, heard[i].seen[heard[i].count - 1], "row %u", i);
		KUNIT_EXPECT_FALSE(test, xen_snd_front_state_take(&s->state, &seen, &ended));
		KUNIT_EXPECT_FALSE(test, ended);
	}
}

static struct kunit_case state_cases[] = {
	KUNIT_CASE(state_round),
	KUNIT_CASE(state_late),
	KUNIT_CASE(state_switch),
	KUNIT_CASE(state_closing),
	KUNIT_CASE(state_same),
	KUNIT_CASE(state_restored),
	KUNIT_CASE(state_gone),
	KUNIT_CASE(state_anew),
	KUNIT_CASE(state_conflict),
	KUNIT_CASE(state_error),
	KUNIT_CASE(state_news),
	{}
};

static struct kunit_suite state_suite = {
	.name = "xen_snd_front_state",
	.init = state_init,
	.exit = state_exit,
	.test_cases = state_cases,
};

kunit_test_suites(&state_suite);
