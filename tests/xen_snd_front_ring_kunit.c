// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests: the request ring
 *
 * The test plays the backend: it writes responses into the shared page, right ones
 * and wrong ones, and looks at what the frontend makes of them.
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>

#include "../xen_snd_front_evtchnl.h"
#include "../xen_snd_front_ring.h"

#define RING	XEN_SND_FRONT_RING_SIZE
#define DATA	(RING - XEN_SND_FRONT_RING_RESERVE)

/*
 * @chan: the channel under test
 * @xb: a xenbus device, for messages
 * @req_cons: the backend's own count of requests taken
 * @notified: how often the frontend notified the backend
 * @scratch: room for a ring of requests
 */
struct end {
	struct xen_snd_front_chan chan;
	struct xenbus_device *xb;
	RING_IDX req_cons;
	unsigned int notified;
	struct xensnd_req scratch[RING];
};

static struct xen_sndif_sring *sring(struct end *f)
{
	return f->chan.req.page;
}

static struct xensnd_req *sent(struct end *f, RING_IDX i)
{
	return &sring(f)->ring[i & (RING - 1)].req;
}

/* The backend's half of the hold-off: does the frontend want a notification for this one? */
static bool respond(struct end *f, u16 id, u8 op, int status)
{
	struct xen_sndif_sring *s = sring(f);
	RING_IDX old = s->rsp_prod;
	struct xensnd_resp *resp = &s->ring[old & (RING - 1)].rsp;

	memset(resp, 0, sizeof(*resp));
	resp->id = id;
	resp->operation = op;
	resp->status = status;
	s->rsp_prod = old + 1;
	return s->rsp_prod - s->rsp_event < s->rsp_prod - old;
}

/* Answers the next request that the backend has not taken yet. */
static bool respond_next(struct end *f, int status)
{
	struct xensnd_req req = *sent(f, f->req_cons++);

	return respond(f, req.id, req.operation, status);
}

static void end_notify(const struct xen_snd_front_endpoint *req)
{
	struct end *f = kunit_get_current_test()->priv;

	f->notified++;
	sring(f)->req_event = sring(f)->req_prod + 1;
}

static int ring_init(struct kunit *test)
{
	struct end *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->xb = kunit_kzalloc(test, sizeof(*f->xb), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->xb);
	f->xb->dev.init_name = "vsnd-test";
	f->chan.req.page = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->chan.req.page);

	xen_snd_front_chan_init(&f->chan, f->xb, 0, NULL);
	xen_snd_front_ring_init(&f->chan);
	f->chan.state = XEN_SND_FRONT_CHAN_UP;
	test->priv = f;
	kunit_activate_static_stub(test, xen_snd_front_endpoint_notify, end_notify);
	return 0;
}

/* Makes ring and indices look as after @n requests and responses. */
static void skip_to(struct end *f, u32 n)
{
	f->chan.ring.req_prod_pvt = n;
	f->chan.ring.rsp_cons = n;
	f->req_cons = n;
	sring(f)->req_prod = n;
	sring(f)->rsp_prod = n;
	sring(f)->req_event = n + 1;
	sring(f)->rsp_event = n + 1;
}

static int post(struct end *f, u8 op, unsigned int n)
{
	struct xensnd_req *req = f->scratch;
	unsigned int i;

	for (i = 0; i < n; i++)
		req[i].operation = op;
	return xen_snd_front_chan_post(&f->chan, req, n, op == XENSND_OP_TRIGGER);
}

static int reap(struct end *f)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&f->chan.lock, flags);
	ret = xen_snd_front_ring_reap(&f->chan);
	spin_unlock_irqrestore(&f->chan.lock, flags);
	return ret;
}

static unsigned int in_flight(struct end *f)
{
	return RING - xen_snd_front_ring_room(&f->chan, true);
}

static void ring_submit_complete(struct kunit *test)
{
	struct end *f = test->priv;

	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, 2), 2);
	KUNIT_EXPECT_EQ(test, sring(f)->req_prod, 2);
	KUNIT_EXPECT_EQ(test, f->notified, 1);
	KUNIT_EXPECT_EQ(test, sent(f, 0)->operation, XENSND_OP_WRITE);
	KUNIT_EXPECT_NE(test, sent(f, 0)->id, sent(f, 1)->id);
	KUNIT_EXPECT_EQ(test, in_flight(f), 2);

	respond_next(f, 0);
	respond_next(f, 0);
	KUNIT_EXPECT_EQ(test, reap(f), 0);
	KUNIT_EXPECT_EQ(test, in_flight(f), 0);
	KUNIT_EXPECT_EQ(test, f->chan.done.freed, 2);
	KUNIT_EXPECT_EQ(test, f->chan.done.error, 0);
	KUNIT_EXPECT_FALSE(test, f->chan.done.reads_done);
}

/* Around the ring many times, and over the end of the 32-bit indices. */
static void ring_wraps(struct kunit *test)
{
	struct end *f = test->priv;
	unsigned int i;

	skip_to(f, U32_MAX - 40);
	for (i = 0; i < 100; i++) {
		KUNIT_ASSERT_EQ(test, post(f, XENSND_OP_WRITE, 3), 3);
		respond_next(f, 0);
		respond_next(f, 0);
		respond_next(f, 0);
		KUNIT_ASSERT_EQ(test, reap(f), 0);
	}
	KUNIT_EXPECT_EQ(test, in_flight(f), 0);
	KUNIT_EXPECT_EQ(test, f->chan.ring.rsp_cons, U32_MAX - 40 + 300);
}

static void ring_full_keeps_reserve(struct kunit *test)
{
	struct end *f = test->priv;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, RING), DATA);
	KUNIT_EXPECT_TRUE(test, f->chan.starved);
	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, 1), 0);
	for (i = 0; i < XEN_SND_FRONT_RING_RESERVE; i++)
		KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_TRIGGER, 1), 1);
	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_TRIGGER, 1), 0);

	/* While data waits, the next response must notify. */
	KUNIT_EXPECT_TRUE(test, respond_next(f, 0));
	for (i = 1; i < RING; i++)
		respond_next(f, 0);
	KUNIT_EXPECT_EQ(test, reap(f), 0);
	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, DATA), DATA);
	KUNIT_EXPECT_FALSE(test, f->chan.starved);
}

/* Writes in steady state: no notification until half a ring of responses lies there. */
static void ring_holds_off(struct kunit *test)
{
	struct end *f = test->priv;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, DATA), DATA);
	for (i = 1; i < RING / 2; i++)
		KUNIT_EXPECT_FALSE(test, respond_next(f, 0));
	KUNIT_EXPECT_TRUE(test, respond_next(f, 0));
}

/* A waiter must be notified although unfetched responses are in the ring. */
static void ring_waiter_after_unfetched(struct kunit *test)
{
	struct end *f = test->priv;

	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, 5), 5);
	respond_next(f, 0);
	respond_next(f, 0);
	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_TRIGGER, 1), 1);
	KUNIT_EXPECT_TRUE(test, respond_next(f, 0));
}

/* The same slot's next use has another id: an answer given twice is found out. */
static void ring_repeated_response(struct kunit *test)
{
	struct end *f = test->priv;
	u16 id;

	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, 1), 1);
	id = sent(f, 0)->id;
	respond_next(f, 0);
	KUNIT_EXPECT_EQ(test, reap(f), 0);
	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, RING), DATA);
	respond(f, id, XENSND_OP_WRITE, 0);
	KUNIT_EXPECT_EQ(test, reap(f), -EPROTO);
	KUNIT_EXPECT_EQ(test, f->chan.state, XEN_SND_FRONT_CHAN_BROKEN);
}

static void ring_wrong_id(struct kunit *test)
{
	struct end *f = test->priv;

	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, 1), 1);
	respond(f, sent(f, 0)->id + 1, XENSND_OP_WRITE, 0);
	KUNIT_EXPECT_EQ(test, reap(f), -EPROTO);
	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, 1), -ENODEV);
}

static void ring_wrong_operation(struct kunit *test)
{
	struct end *f = test->priv;

	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, 1), 1);
	respond(f, sent(f, 0)->id, XENSND_OP_READ, 0);
	KUNIT_EXPECT_EQ(test, reap(f), -EPROTO);
}

static void ring_producer_overflow(struct kunit *test)
{
	static const u32 wrong[] = { RING + 1, 0x80000000, U32_MAX };
	struct end *f = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		skip_to(f, 0);
		f->chan.state = XEN_SND_FRONT_CHAN_UP;
		sring(f)->rsp_prod = wrong[i];
		KUNIT_EXPECT_EQ(test, reap(f), -EPROTO);
		KUNIT_EXPECT_EQ(test, f->chan.state, XEN_SND_FRONT_CHAN_BROKEN);
	}
}

/* A producer that cannot be true makes nothing true that lies before it. */
static void ring_overflow_completes_none(struct kunit *test)
{
	struct end *f = test->priv;

	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, 2), 2);
	respond_next(f, 0);
	respond_next(f, 0);
	sring(f)->rsp_prod += RING;
	KUNIT_EXPECT_EQ(test, reap(f), -EPROTO);
	KUNIT_EXPECT_EQ(test, f->chan.done.freed, 0);
	KUNIT_EXPECT_EQ(test, in_flight(f), 2);
}

/* Looks of ring_producer_back() that are answered in turns */
#define SEESAW	1000

static unsigned int looks;

/* There is a response, there is none, ...; the end is for a frontend that goes on looking. */
static RING_IDX seesaw(const struct xen_snd_front_chan *chan)
{
	return chan->ring.rsp_cons + (looks++ < SEESAW && looks % 2 == 0);
}

/* The response is there only while one asks whether to look again. */
static void ring_producer_back(struct kunit *test)
{
	struct end *f = test->priv;

	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_READ, 2), 2);
	looks = 0;
	kunit_activate_static_stub(test, xen_snd_front_ring_producer, seesaw);
	KUNIT_EXPECT_EQ(test, reap(f), -EPROTO);
	KUNIT_EXPECT_EQ(test, looks, 3);
	KUNIT_EXPECT_EQ(test, f->chan.state, XEN_SND_FRONT_CHAN_BROKEN);
	KUNIT_EXPECT_EQ(test, f->chan.done.freed, 0);
}

/* Within the ring, but more than was asked. */
static void ring_response_unasked(struct kunit *test)
{
	struct end *f = test->priv;

	sring(f)->rsp_prod = 1;
	KUNIT_EXPECT_EQ(test, reap(f), -EPROTO);
}

static void ring_out_of_order(struct kunit *test)
{
	struct end *f = test->priv;
	u16 id[4];
	int i;

	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_READ, 4), 4);
	/* Responses take the requests' places. */
	for (i = 0; i < 4; i++)
		id[i] = sent(f, i)->id;
	for (i = 3; i > 0; i--)
		respond(f, id[i], XENSND_OP_READ, 0);
	KUNIT_EXPECT_EQ(test, reap(f), 0);
	/* A hole at the front: the batch has not been read yet. */
	KUNIT_EXPECT_FALSE(test, f->chan.done.reads_done);
	respond(f, id[0], XENSND_OP_READ, 0);
	KUNIT_EXPECT_EQ(test, reap(f), 0);
	KUNIT_EXPECT_TRUE(test, f->chan.done.reads_done);
}

static void ring_error_is_kept(struct kunit *test)
{
	struct end *f = test->priv;

	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, 3), 3);
	respond_next(f, 0);
	respond_next(f, -EIO);
	respond_next(f, -EINVAL);
	KUNIT_EXPECT_EQ(test, reap(f), 0);
	KUNIT_EXPECT_EQ(test, f->chan.done.error, -EIO);
	KUNIT_EXPECT_EQ(test, f->chan.done.error_op, XENSND_OP_WRITE);
}

/* As many ids as requests until 16 bits are over, whatever slot comes free. */
static void ring_ids(struct kunit *test)
{
	struct end *f = test->priv;
	unsigned long *seen = kunit_kcalloc(test, BITS_TO_LONGS(0x10000), sizeof(long),
					    GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, seen);
	for (i = 0; i < 0x10000; i++) {
		KUNIT_ASSERT_EQ(test, post(f, XENSND_OP_WRITE, 1), 1);
		KUNIT_ASSERT_FALSE(test, test_and_set_bit(sent(f, i)->id, seen));
		respond_next(f, 0);
		KUNIT_ASSERT_EQ(test, reap(f), 0);
	}
}

/* A new connection goes on counting: what is late from the old one is no answer. */
static void ring_ids_across_init(struct kunit *test)
{
	struct end *f = test->priv;
	u16 old[3];
	unsigned int i;

	KUNIT_ASSERT_EQ(test, post(f, XENSND_OP_WRITE, 3), 3);
	for (i = 0; i < 3; i++)
		old[i] = sent(f, i)->id;
	memset(sring(f), 0, PAGE_SIZE);
	xen_snd_front_ring_init(&f->chan);
	KUNIT_EXPECT_EQ(test, in_flight(f), 0);
	KUNIT_ASSERT_EQ(test, post(f, XENSND_OP_WRITE, 3), 3);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_NE(test, sent(f, i)->id, old[i]);
	respond(f, old[0], XENSND_OP_WRITE, 0);
	KUNIT_EXPECT_EQ(test, reap(f), -EPROTO);
}

/* A request without data notifies at once, even if the backend asked for no notification. */
static void ring_hurries(struct kunit *test)
{
	struct end *f = test->priv;

	sring(f)->req_event = 1000;
	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, 1), 1);
	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_READ, 1), 1);
	KUNIT_EXPECT_EQ(test, f->notified, 0);
	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_TRIGGER, 1), 1);
	KUNIT_EXPECT_EQ(test, f->notified, 1);
	sring(f)->req_event = 1000;
	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, 1), 1);
	KUNIT_EXPECT_EQ(test, f->notified, 1);
}

/* Sending looks at what has been answered; a wrong answer ends it there. */
static void ring_push_finds_wrong(struct kunit *test)
{
	struct end *f = test->priv;

	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_TRIGGER, 1), 1);
	respond(f, sent(f, 0)->id, XENSND_OP_CLOSE, 0);
	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_TRIGGER, 1), -ENODEV);
	KUNIT_EXPECT_EQ(test, f->chan.state, XEN_SND_FRONT_CHAN_BROKEN);
	/* For the stream, which sees it at the next interrupt. */
	KUNIT_EXPECT_TRUE(test, f->chan.done.broken);
	/* Neither published nor notified. */
	KUNIT_EXPECT_EQ(test, sring(f)->req_prod, 1);
	KUNIT_EXPECT_EQ(test, f->notified, 1);
}

/*
 * A backend on another CPU, as far as one task can have it: a timer that answers
 * whenever it comes, also in the middle of reaping.
 * @f: the test's end
 * @timer: the timer
 * @due: it has notified the frontend
 * @answers: how often it has answered
 * @random: of the times between
 */
struct racer {
	struct end *f;
	struct hrtimer timer;
	bool due;
	unsigned int answers;
	unsigned int random;
};

static unsigned int some_ns(struct racer *r, unsigned int max)
{
	r->random = r->random * 1664525 + 1013904223;
	return (r->random >> 8) % max;
}

static enum hrtimer_restart racer_answer(struct hrtimer *timer)
{
	struct racer *r = container_of(timer, struct racer, timer);

	if (r->f->req_cons == sring(r->f)->req_prod)
		return HRTIMER_NORESTART;
	if (respond_next(r->f, 0))
		WRITE_ONCE(r->due, true);
	r->answers++;
	hrtimer_forward_now(timer, ns_to_ktime(some_ns(r, 4000)));
	return HRTIMER_RESTART;
}

/* Reaps when notified, interrupts being on. Return: false if nothing comes any more. */
static bool race(struct racer *r)
{
	struct end *f = r->f;

	WRITE_ONCE(r->due, false);
	post(f, XENSND_OP_READ, DATA);
	hrtimer_start(&r->timer, ns_to_ktime(1000), HRTIMER_MODE_REL);
	while (in_flight(f)) {
		while (!READ_ONCE(r->due))
			if (!hrtimer_active(&r->timer) && !READ_ONCE(r->due))
				return false;
		/* Some answers long, however late this machine's timers are. */
		ndelay(some_ns(r, 100000));
		WRITE_ONCE(r->due, false);
		spin_lock(&f->chan.lock);
		xen_snd_front_ring_reap(&f->chan);
		spin_unlock(&f->chan.lock);
	}
	hrtimer_cancel(&r->timer);

	return true;
}

/* No response may slip between the look at the ring and the wish to be notified. */
static void ring_loses_no_response(struct kunit *test)
{
	unsigned long end = jiffies + HZ;
	struct end *f = test->priv;
	struct racer *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, r);
	/* A class of its own: this one is also held with interrupts on. */
	spin_lock_init(&f->chan.lock);
	r->f = f;
	hrtimer_setup(&r->timer, racer_answer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	do {
		KUNIT_ASSERT_TRUE(test, race(r));
	} while (time_before(jiffies, end));
	KUNIT_EXPECT_GE(test, r->answers, DATA);
	KUNIT_EXPECT_EQ(test, f->chan.state, XEN_SND_FRONT_CHAN_UP);
	kunit_info(test, "%u answers\n", r->answers);
}

static struct kunit_case ring_cases[] = {
	KUNIT_CASE(ring_submit_complete),
	KUNIT_CASE(ring_wraps),
	KUNIT_CASE(ring_full_keeps_reserve),
	KUNIT_CASE(ring_holds_off),
	KUNIT_CASE(ring_waiter_after_unfetched),
	KUNIT_CASE(ring_repeated_response),
	KUNIT_CASE(ring_wrong_id),
	KUNIT_CASE(ring_wrong_operation),
	KUNIT_CASE(ring_producer_overflow),
	KUNIT_CASE(ring_overflow_completes_none),
	KUNIT_CASE(ring_producer_back),
	KUNIT_CASE(ring_response_unasked),
	KUNIT_CASE(ring_out_of_order),
	KUNIT_CASE(ring_error_is_kept),
	KUNIT_CASE(ring_ids),
	KUNIT_CASE(ring_ids_across_init),
	KUNIT_CASE(ring_hurries),
	KUNIT_CASE(ring_push_finds_wrong),
	KUNIT_CASE_SLOW(ring_loses_no_response),
	{}
};

static struct kunit_suite ring_suite = {
	.name = "xen_snd_front_ring",
	.init = ring_init,
	.test_cases = ring_cases,
};

kunit_test_suites(&ring_suite);
