// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit: our state in XenStore and as ->state, as xenwatch compares them; and the backend's
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <xen/interface/io/sndif.h>

#include "../xen_snd_front.h"

#define NO_NODE	(-1)

/*
 * @xb: the device
 * @state: what is tested
 * @node: its node in XenStore, or NO_NODE
 * @mark: our version is there
 * @put: what the transaction would make of @node
 * @put_mark: what it would make of @mark
 * @dirty: it writes
 * @commits: transactions that came to an end
 * @writes: those that wrote
 * @wakes: how often the worker was started
 * @conflicts: how many of the next transactions end with -EAGAIN
 * @error: what transactions fail with
 * @unread: what reading the node fails with
 * @late: xenwatch does not come by after each write
 * @inside: it is in our callback
 * @again: and has to come by once more
 * @made: with which write the toolstack makes the device again
 */
struct store {
	struct xenbus_device xb;
	struct xen_snd_front_state state;
	int node;
	bool mark;
	int put;
	bool put_mark;
	bool dirty;
	unsigned int commits;
	unsigned int writes;
	unsigned int wakes;
	unsigned int conflicts;
	int error;
	int unread;
	bool late;
	bool inside;
	bool again;
	unsigned int made;
};

static struct store *store_now(void)
{
	return kunit_get_current_test()->priv;
}

/* One thread: what it writes itself it sees afterwards. */
static void xenwatch(struct store *s)
{
	s->again = true;
	if (s->inside)
		return;

	s->inside = true;
	while (s->again) {
		s->again = false;
		s->state.watch.callback(&s->state.watch, s->state.watch.node, "");
	}
	s->inside = false;
}

static void make_anew(struct store *s)
{
	s->node = XenbusStateInitialising;
	s->mark = false;
}

/* As a kernel does that takes a device for a new one. */
static void expect_known(struct store *s)
{
	if (s->node == XenbusStateInitialising && s->mark)
		KUNIT_EXPECT_EQ(kunit_get_current_test(), s->xb.state,
				XenbusStateInitialising);
}

static int fake_begin(struct xenbus_transaction *xbt)
{
	struct store *s = store_now();

	s->put = s->node;
	s->put_mark = s->mark;
	s->dirty = false;
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
	if (abort || !s->dirty)
		return 0;

	s->node = s->put;
	s->mark = s->put_mark;
	expect_known(s);
	if (++s->writes == s->made)
		make_anew(s);
	if (!s->late)
		xenwatch(s);
	return 0;
}

static int fake_get(struct xenbus_transaction xbt, const char *dir, const char *node,
		    unsigned int *value)
{
	struct store *s = store_now();

	KUNIT_EXPECT_STREQ(kunit_get_current_test(), dir, "dev");
	if (s->unread)
		return s->unread;
	if (!strcmp(node, "version")) {
		*value = XENSND_PROTOCOL_VERSION;
		return s->mark ? 0 : -ENOENT;
	}
	KUNIT_EXPECT_STREQ(kunit_get_current_test(), node, "state");
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
	s->dirty = true;
	if (!strcmp(node, "version")) {
		s->put_mark = value;
		return 0;
	}
	KUNIT_EXPECT_STREQ(kunit_get_current_test(), node, "state");
	s->put = *value;
	return 0;
}

static void fake_wake(struct xen_snd_front_state *state)
{
	store_now()->wakes++;
}

static int fake_watch(struct xenbus_watch *watch)
{
	return store_now()->error;
}

static void fake_unwatch(struct xenbus_watch *watch)
{
}

static int state_new(struct kunit *test)
{
	struct store *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	test->priv = s;
	s->xb.dev.init_name = "vsnd-state";
	s->xb.nodename = "dev";
	s->xb.state = XenbusStateInitialising;
	s->node = XenbusStateInitialising;
	kunit_activate_static_stub(test, xen_snd_front_store_begin, fake_begin);
	kunit_activate_static_stub(test, xen_snd_front_store_end, fake_commit);
	kunit_activate_static_stub(test, xen_snd_front_store_get, fake_get);
	kunit_activate_static_stub(test, xen_snd_front_store_put, fake_put);
	kunit_activate_static_stub(test, xen_snd_front_store_watch, fake_watch);
	kunit_activate_static_stub(test, xen_snd_front_store_unwatch, fake_unwatch);
	KUNIT_ASSERT_EQ(test, xen_snd_front_state_init(&s->state, &s->xb, fake_wake), 0);
	KUNIT_EXPECT_STREQ(test, s->state.watch.node, "dev/state");
	return 0;
}

/* The worker comes. Return: it has something to do. */
static bool take_turn(struct store *s)
{
	enum xenbus_state seen;
	bool ended;

	return xen_snd_front_state_take(&s->state, &seen, &ended) && ended;
}

/* xenwatch has marked the directory, and the worker works for it. */
static int state_begun(struct kunit *test)
{
	struct store *s;

	state_new(test);
	s = test->priv;
	xenwatch(s);
	KUNIT_EXPECT_EQ(test, s->wakes, 1);
	/* Once, when both are known. */
	KUNIT_EXPECT_FALSE(test, take_turn(s));
	xen_snd_front_state_note(&s->state, XenbusStateInitWait);
	KUNIT_EXPECT_TRUE(test, take_turn(s));
	s->commits = 0;
	s->writes = 0;
	return 0;
}

static void state_exit(struct kunit *test)
{
	struct store *s = test->priv;

	xen_snd_front_state_stop(&s->state);
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

	xenwatch(s);
	expect_states(test, XenbusStateConnected, XenbusStateConnected, XenbusStateConnected);
	enter(test, XenbusStateInitialising);
	expect_states(test, XenbusStateInitialising, XenbusStateInitialising,
		      XenbusStateInitialising);
	xenwatch(s);
	expect_states(test, XenbusStateInitialising, XenbusStateInitialising,
		      XenbusStateInitialising);
}

/* xenwatch comes by for a step while the next one is being written. */
static void state_caught_up(struct kunit *test)
{
	struct store *s = test->priv;

	s->late = true;
	enter(test, XenbusStateInitialised);
	s->late = false;
	enter(test, XenbusStateConnected);
	expect_states(test, XenbusStateConnected, XenbusStateConnected, XenbusStateConnected);
}

/* Each step is written once, but the one that leaves Initialising, which is written twice. */
static void state_once(struct kunit *test)
{
	struct store *s = test->priv;

	enter(test, XenbusStateInitialised);
	KUNIT_EXPECT_EQ(test, s->writes, 2);
	enter(test, XenbusStateConnected);
	enter(test, XenbusStateConnected);
	KUNIT_EXPECT_EQ(test, s->writes, 3);
	enter(test, XenbusStateInitialising);
	KUNIT_EXPECT_EQ(test, s->writes, 4);
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

	s->late = true;
	enter(test, XenbusStateInitialised);
	s->xb.state = XenbusStateInitialising;
	xen_snd_front_state_note(&s->state, XenbusStateClosed);
	make_anew(s);
	xen_snd_front_state_resumed(&s->state);
	KUNIT_EXPECT_FALSE(test, take_turn(s));
	expect_states(test, XenbusStateInitialising, XenbusStateInitialising,
		      XenbusStateInitialising);
	/* What the new backend says comes before the directory is marked. */
	xen_snd_front_state_note(&s->state, XenbusStateInitWait);
	KUNIT_EXPECT_FALSE(test, take_turn(s));
	xenwatch(s);
	KUNIT_EXPECT_TRUE(test, take_turn(s));
	KUNIT_EXPECT_TRUE(test, s->mark);
	expect_states(test, XenbusStateInitialising, XenbusStateInitialising,
		      XenbusStateInitialising);
}

/* Nothing is made of a device that has gone. */
static void state_gone(struct kunit *test)
{
	struct store *s = test->priv;

	s->node = NO_NODE;
	s->mark = false;
	xenwatch(s);
	KUNIT_EXPECT_EQ(test, xen_snd_front_state_enter(&s->state, XenbusStateInitialised),
			-ENODEV);
	xen_snd_front_state_leave(&s->state);
	KUNIT_EXPECT_EQ(test, s->node, NO_NODE);
	KUNIT_EXPECT_EQ(test, s->writes, 0);
	KUNIT_EXPECT_EQ(test, s->wakes, 1);
}

/* Where another driver, or this one, has left something, the device begins all the same. */
static void state_left(struct kunit *test)
{
	static const enum xenbus_state left[] = {
		XenbusStateClosed, XenbusStateConnected, XenbusStateInitialising,
	};
	struct store *s;
	unsigned int i;

	for (i = 0; i < 2 * ARRAY_SIZE(left); i++) {
		state_new(test);
		s = test->priv;
		s->node = left[i / 2];
		s->xb.state = left[i / 2];
		s->mark = i % 2;
		xen_snd_front_state_note(&s->state, XenbusStateInitWait);
		KUNIT_EXPECT_FALSE(test, take_turn(s));
		xenwatch(s);
		KUNIT_EXPECT_TRUE(test, s->mark);
		KUNIT_EXPECT_EQ(test, s->wakes, 1);
		KUNIT_EXPECT_TRUE(test, take_turn(s));
		expect_states(test, XenbusStateInitialising, XenbusStateInitialising,
			      XenbusStateInitialising);
	}
}

static void state_leave(struct kunit *test)
{
	struct store *s = test->priv;

	enter(test, XenbusStateConnected);
	xen_snd_front_state_stop(&s->state);
	xen_snd_front_state_leave(&s->state);
	KUNIT_EXPECT_FALSE(test, s->mark);
	expect_states(test, XenbusStateClosed, XenbusStateClosed, XenbusStateClosed);
}

/* The states from which the worker wants to write what it has decided. */
static const enum xenbus_state owns[] = {
	XenbusStateInitialising, XenbusStateInitialised, XenbusStateConnected,
	XenbusStateReconfiguring, XenbusStateClosed,
};

/* Removed and made again: xenwatch has not seen it, or it has, but not yet the worker. */
static void expect_unwritten(struct kunit *test, enum xenbus_state own, enum xenbus_state to,
			     bool seen)
{
	struct store *s;

	state_begun(test);
	s = test->priv;
	enter(test, own);
	s->late = true;
	make_anew(s);
	if (seen)
		xenwatch(s);
	s->writes = 0;
	if (own != to)
		KUNIT_EXPECT_EQ(test, xen_snd_front_state_enter(&s->state, to), -ENODEV);
	KUNIT_EXPECT_EQ(test, s->node, XenbusStateInitialising);
	KUNIT_EXPECT_EQ(test, s->writes, 0);

	xenwatch(s);
	KUNIT_EXPECT_TRUE(test, s->mark);
	KUNIT_EXPECT_EQ(test, s->wakes, 2);
	KUNIT_EXPECT_TRUE(test, take_turn(s));
	expect_states(test, XenbusStateInitialising, XenbusStateInitialising,
		      XenbusStateInitialising);
	s->late = false;
	enter(test, XenbusStateInitialised);
	expect_states(test, XenbusStateInitialised, XenbusStateInitialised,
		      XenbusStateInitialised);
}

static void state_remade(struct kunit *test)
{
	unsigned int i;
	unsigned int k;

	for (i = 0; i < ARRAY_SIZE(owns); i++) {
		for (k = 0; k < ARRAY_SIZE(owns); k++) {
			expect_unwritten(test, owns[i], owns[k], false);
			expect_unwritten(test, owns[i], owns[k], true);
		}
	}
}

/* The device is removed for the old directory's sake, and the new one is there. */
static void state_remade_left(struct kunit *test)
{
	struct store *s;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(owns); i++) {
		state_begun(test);
		s = test->priv;
		enter(test, owns[i]);
		make_anew(s);
		s->writes = 0;
		xen_snd_front_state_stop(&s->state);
		xen_snd_front_state_leave(&s->state);
		KUNIT_EXPECT_EQ(test, s->node, XenbusStateInitialising);
		KUNIT_EXPECT_EQ(test, s->writes, 0);
	}
}

/* The toolstack's new device is not overwritten by the second write either. */
static void state_anew(struct kunit *test)
{
	struct store *s = test->priv;

	s->made = 1;
	KUNIT_EXPECT_EQ(test, xen_snd_front_state_enter(&s->state, XenbusStateInitialised),
			-ENODEV);
	KUNIT_EXPECT_TRUE(test, take_turn(s));
	expect_states(test, XenbusStateInitialising, XenbusStateInitialising,
		      XenbusStateInitialising);
}

/* Somebody has reset the node, and the directory is the old one. */
static void state_reset(struct kunit *test)
{
	struct store *s = test->priv;

	enter(test, XenbusStateConnected);
	s->node = XenbusStateInitialising;
	s->xb.state = XenbusStateConnected;
	s->mark = true;
	s->late = true;
	s->conflicts = 0;
	KUNIT_EXPECT_FALSE(test, take_turn(s));
	xenwatch(s);
	KUNIT_EXPECT_EQ(test, s->wakes, 2);
	KUNIT_EXPECT_TRUE(test, take_turn(s));
	expect_states(test, XenbusStateInitialising, XenbusStateInitialising,
		      XenbusStateInitialising);
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
	KUNIT_EXPECT_EQ(test, xen_snd_front_state_init(&other, &s->xb, fake_wake), -ENOMEM);

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

struct noted {
	enum xenbus_state seen[4];
	unsigned int count;
	bool ended;
};

/* What is left of what was seen while the worker was busy. */
static const struct noted noted[] = {
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
	for (i = 0; i < ARRAY_SIZE(noted); i++) {
		for (k = 0; k < noted[i].count; k++)
			xen_snd_front_state_note(&s->state, noted[i].seen[k]);
		KUNIT_EXPECT_TRUE(test, xen_snd_front_state_take(&s->state, &seen, &ended));
		KUNIT_EXPECT_EQ_MSG(test, ended, noted[i].ended, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, seen, noted[i].seen[noted[i].count - 1], "row %u", i);
		KUNIT_EXPECT_FALSE(test, xen_snd_front_state_take(&s->state, &seen, &ended));
		KUNIT_EXPECT_FALSE(test, ended);
	}
}

/* Twice within one handshake is nothing; a second time long after is another backend. */
static void state_said_again(struct kunit *test)
{
	struct store *s = test->priv;
	enum xenbus_state seen;
	bool ended;

	xen_snd_front_state_note(&s->state, XenbusStateConnected);
	xen_snd_front_state_note(&s->state, XenbusStateConnected);
	KUNIT_EXPECT_TRUE(test, xen_snd_front_state_take(&s->state, &seen, &ended));
	KUNIT_EXPECT_FALSE(test, ended);

	s->state.noted = jiffies - 2 * HZ;
	xen_snd_front_state_note(&s->state, XenbusStateConnected);
	KUNIT_EXPECT_TRUE(test, xen_snd_front_state_take(&s->state, &seen, &ended));
	KUNIT_EXPECT_TRUE(test, ended);
	KUNIT_EXPECT_EQ(test, seen, XenbusStateConnected);

	xen_snd_front_state_note(&s->state, XenbusStateConnected);
	KUNIT_EXPECT_TRUE(test, xen_snd_front_state_take(&s->state, &seen, &ended));
	KUNIT_EXPECT_FALSE(test, ended);
}

/* Closed and Initialising in turn, so many times, and as many after a rest. */
static void state_again(struct kunit *test)
{
	struct store *s = test->priv;
	unsigned int i;

	enter(test, XenbusStateReconfiguring);
	for (i = 0; i < 2 * XEN_SND_FRONT_AGAIN_TRIES; i++) {
		if (i == XEN_SND_FRONT_AGAIN_TRIES) {
			KUNIT_EXPECT_EQ(test, xen_snd_front_state_again(&s->state),
					XenbusStateUnknown);
			s->state.tried = jiffies - (XEN_SND_FRONT_AGAIN_REST + 1) * HZ;
		}
		KUNIT_EXPECT_EQ(test, xen_snd_front_state_again(&s->state), XenbusStateClosed);
		enter(test, XenbusStateClosed);
		KUNIT_EXPECT_EQ(test, xen_snd_front_state_again(&s->state),
				XenbusStateInitialising);
		enter(test, XenbusStateInitialising);
	}
}

/* Closed because of what the toolstack wrote is not left for a backend's sake. */
static void state_again_closed(struct kunit *test)
{
	struct store *s = test->priv;

	enter(test, XenbusStateClosed);
	KUNIT_EXPECT_EQ(test, xen_snd_front_state_again(&s->state), XenbusStateUnknown);
}

static struct kunit_case state_cases[] = {
	KUNIT_CASE(state_round),
	KUNIT_CASE(state_late),
	KUNIT_CASE(state_caught_up),
	KUNIT_CASE(state_once),
	KUNIT_CASE(state_closing),
	KUNIT_CASE(state_same),
	KUNIT_CASE(state_restored),
	KUNIT_CASE(state_gone),
	KUNIT_CASE(state_left),
	KUNIT_CASE(state_leave),
	KUNIT_CASE(state_remade),
	KUNIT_CASE(state_remade_left),
	KUNIT_CASE(state_anew),
	KUNIT_CASE(state_reset),
	KUNIT_CASE(state_conflict),
	KUNIT_CASE(state_error),
	KUNIT_CASE(state_news),
	KUNIT_CASE(state_said_again),
	KUNIT_CASE(state_again),
	KUNIT_CASE(state_again_closed),
	{}
};

static struct kunit_suite state_suite = {
	.name = "xen_snd_front_state",
	.init = state_begun,
	.exit = state_exit,
	.test_cases = state_cases,
};

kunit_test_suites(&state_suite);
