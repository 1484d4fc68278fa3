// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests: request ring, event ring, positions
 *
 * The test plays the backend: it writes responses and events into the shared pages,
 * right ones and wrong ones, and looks at what the frontend makes of them.
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/device.h>
#include <linux/mm.h>

#include "../xen_snd_front.h"

#define RING	XEN_SND_FRONT_RING_SIZE
#define DATA	(RING - XEN_SND_FRONT_RING_RESERVE)

/*
 * @chan: the channel under test
 * @xb: a xenbus device, for messages
 * @req_cons: the backend's own count of requests taken
 * @notified: how often the frontend notified the backend
 * @answer: the fake backend answers at once when notified, with @status
 * @scratch: room for a ring of requests
 */
struct fake {
	struct xen_snd_front_chan chan;
	struct xenbus_device *xb;
	RING_IDX req_cons;
	unsigned int notified;
	bool answer;
	int status;
	struct xensnd_req scratch[RING];
};

static struct xen_sndif_sring *sring(struct fake *f)
{
	return f->chan.req.page;
}

static struct xensnd_req *sent(struct fake *f, RING_IDX i)
{
	return &sring(f)->ring[i & (RING - 1)].req;
}

/* The backend's half of the hold-off: does the frontend want to hear of this one? */
static bool respond(struct fake *f, u16 id, u8 op, int status)
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
static bool respond_next(struct fake *f, int status)
{
	struct xensnd_req req = *sent(f, f->req_cons++);

	return respond(f, req.id, req.operation, status);
}

static void fake_notify(int irq)
{
	struct fake *f = kunit_get_current_test()->priv;

	f->notified++;
	while (f->answer && f->req_cons != sring(f)->req_prod) {
		respond_next(f, f->status);
		xen_snd_front_ring_reap(&f->chan);
	}
	sring(f)->req_event = sring(f)->req_prod + 1;
}

static int ring_init(struct kunit *test)
{
	struct fake *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->xb = kunit_kzalloc(test, sizeof(*f->xb), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->xb);
	f->xb->dev.init_name = "vsnd-test";
	f->chan.req.page = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	f->chan.evt.page = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->chan.req.page);
	KUNIT_ASSERT_NOT_NULL(test, f->chan.evt.page);

	xen_snd_front_chan_init(&f->chan, f->xb, &xen_snd_front_stream_ops);
	xen_snd_front_ring_init(&f->chan);
	f->chan.state = XEN_SND_FRONT_CHAN_UP;
	test->priv = f;
	kunit_activate_static_stub(test, xen_snd_front_xen_notify, fake_notify);
	return 0;
}

/* Makes ring and indices look as after @n requests and responses. */
static void skip_to(struct fake *f, u32 n)
{
	f->chan.ring.req_prod_pvt = n;
	f->chan.ring.rsp_cons = n;
	f->req_cons = n;
	sring(f)->req_prod = n;
	sring(f)->rsp_prod = n;
	sring(f)->req_event = n + 1;
	sring(f)->rsp_event = n + 1;
}

static int post(struct fake *f, u8 op, unsigned int n)
{
	struct xensnd_req *req = f->scratch;
	unsigned int i;

	for (i = 0; i < n; i++)
		req[i].operation = op;
	return xen_snd_front_chan_post(&f->chan, req, n, op == XENSND_OP_TRIGGER);
}

static int reap(struct fake *f)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&f->chan.lock, flags);
	ret = xen_snd_front_ring_reap(&f->chan);
	spin_unlock_irqrestore(&f->chan.lock, flags);
	return ret;
}

static unsigned int in_flight(struct fake *f)
{
	return RING - xen_snd_front_ring_room(&f->chan, true);
}

static void ring_submit_complete(struct kunit *test)
{
	struct fake *f = test->priv;

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
	struct fake *f = test->priv;
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
	struct fake *f = test->priv;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, RING), DATA);
	KUNIT_EXPECT_TRUE(test, f->chan.starved);
	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, 1), 0);
	for (i = 0; i < XEN_SND_FRONT_RING_RESERVE; i++)
		KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_TRIGGER, 1), 1);
	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_TRIGGER, 1), 0);

	/* Data that waits is a reason to hear of the next response. */
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
	struct fake *f = test->priv;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, DATA), DATA);
	for (i = 1; i < RING / 2; i++)
		KUNIT_EXPECT_FALSE(test, respond_next(f, 0));
	KUNIT_EXPECT_TRUE(test, respond_next(f, 0));
}

/* A waiter must be told although responses that nobody fetched lie in the ring. */
static void ring_waiter_after_unfetched(struct kunit *test)
{
	struct fake *f = test->priv;

	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, 5), 5);
	respond_next(f, 0);
	respond_next(f, 0);
	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_TRIGGER, 1), 1);
	KUNIT_EXPECT_TRUE(test, respond_next(f, 0));
}

static void ring_call(struct kunit *test)
{
	struct xensnd_req req = { .operation = XENSND_OP_OPEN };
	struct xensnd_resp resp;
	struct fake *f = test->priv;

	f->answer = true;
	KUNIT_EXPECT_EQ(test, xen_snd_front_chan_call(&f->chan, &req, &resp), 0);
	KUNIT_EXPECT_EQ(test, resp.operation, XENSND_OP_OPEN);

	f->status = -EBUSY;
	KUNIT_EXPECT_EQ(test, xen_snd_front_chan_call(&f->chan, &req, NULL), -EBUSY);
	/* Restart codes and other words of the kernel's own are not the backend's to use. */
	f->status = -512;
	KUNIT_EXPECT_EQ(test, xen_snd_front_chan_call(&f->chan, &req, NULL), -EIO);
	f->status = 22;
	KUNIT_EXPECT_EQ(test, xen_snd_front_chan_call(&f->chan, &req, NULL), -EIO);
	f->status = S32_MIN;
	KUNIT_EXPECT_EQ(test, xen_snd_front_chan_call(&f->chan, &req, NULL), -EIO);
}

static void ring_late_response(struct kunit *test)
{
	struct xensnd_req req = { .operation = XENSND_OP_OPEN };
	struct fake *f = test->priv;
	u16 late;

	KUNIT_EXPECT_EQ(test, xen_snd_front_chan_call(&f->chan, &req, NULL), -ETIMEDOUT);
	late = sent(f, 0)->id;
	KUNIT_EXPECT_EQ(test, in_flight(f), 1);

	/* The next one does not take the first one's answer. */
	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, 1), 1);
	KUNIT_EXPECT_NE(test, sent(f, 1)->id, late);
	respond_next(f, 0);
	KUNIT_EXPECT_EQ(test, reap(f), 0);
	KUNIT_EXPECT_EQ(test, in_flight(f), 1);
	KUNIT_EXPECT_EQ(test, f->chan.state, XEN_SND_FRONT_CHAN_UP);
}

/* The same slot's next use has another id: an answer given twice is found out. */
static void ring_repeated_response(struct kunit *test)
{
	struct fake *f = test->priv;
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
	struct fake *f = test->priv;

	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, 1), 1);
	respond(f, sent(f, 0)->id + 1, XENSND_OP_WRITE, 0);
	KUNIT_EXPECT_EQ(test, reap(f), -EPROTO);
	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, 1), -ENODEV);
}

static void ring_wrong_operation(struct kunit *test)
{
	struct fake *f = test->priv;

	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, 1), 1);
	respond(f, sent(f, 0)->id, XENSND_OP_READ, 0);
	KUNIT_EXPECT_EQ(test, reap(f), -EPROTO);
}

static void ring_producer_overflow(struct kunit *test)
{
	static const u32 wrong[] = { RING + 1, 0x80000000, U32_MAX };
	struct fake *f = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		skip_to(f, 0);
		f->chan.state = XEN_SND_FRONT_CHAN_UP;
		sring(f)->rsp_prod = wrong[i];
		KUNIT_EXPECT_EQ(test, reap(f), -EPROTO);
		KUNIT_EXPECT_EQ(test, f->chan.state, XEN_SND_FRONT_CHAN_BROKEN);
	}
}

/* Within the ring, but more than was asked. */
static void ring_response_unasked(struct kunit *test)
{
	struct fake *f = test->priv;

	sring(f)->rsp_prod = 1;
	KUNIT_EXPECT_EQ(test, reap(f), -EPROTO);
}

static void ring_out_of_order(struct kunit *test)
{
	struct fake *f = test->priv;
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
	struct fake *f = test->priv;

	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, 3), 3);
	respond_next(f, 0);
	respond_next(f, -EIO);
	respond_next(f, -EINVAL);
	KUNIT_EXPECT_EQ(test, reap(f), 0);
	KUNIT_EXPECT_EQ(test, f->chan.done.error, -EIO);
	KUNIT_EXPECT_EQ(test, f->chan.done.error_op, XENSND_OP_WRITE);
}

static void ring_shut_wakes(struct kunit *test)
{
	struct xen_snd_front_waiter waiter = {};
	struct xensnd_req req = { .operation = XENSND_OP_CLOSE };
	struct fake *f = test->priv;
	unsigned long flags;

	init_completion(&waiter.done);
	spin_lock_irqsave(&f->chan.lock, flags);
	xen_snd_front_ring_queue(&f->chan, &req, &waiter);
	spin_unlock_irqrestore(&f->chan.lock, flags);

	xen_snd_front_chan_shut(&f->chan);
	KUNIT_EXPECT_TRUE(test, completion_done(&waiter.done));
	KUNIT_EXPECT_EQ(test, waiter.ret, -ENODEV);
	KUNIT_EXPECT_EQ(test, xen_snd_front_chan_call(&f->chan, &req, NULL), -ENODEV);
}

static struct xensnd_event_page *events(struct fake *f)
{
	return f->chan.evt.page;
}

static void raise_event(struct fake *f, u64 position)
{
	struct xensnd_evt *evt = &XENSND_IN_RING_REF(events(f), events(f)->in_prod);

	memset(evt, 0, sizeof(*evt));
	evt->type = XENSND_EVT_CUR_POS;
	evt->op.cur_pos.position = position;
	events(f)->in_prod++;
}

/* Return: the position, or -1 where there is no event. */
static s64 next_event(struct fake *f)
{
	struct xensnd_evt evt;
	unsigned long flags;
	bool got;

	spin_lock_irqsave(&f->chan.lock, flags);
	got = xen_snd_front_ring_event(&f->chan, &evt);
	spin_unlock_irqrestore(&f->chan.lock, flags);
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

	f->chan.evt_cons = U32_MAX - 5;
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

static struct kunit_case ring_cases[] = {
	KUNIT_CASE(ring_submit_complete),
	KUNIT_CASE(ring_wraps),
	KUNIT_CASE(ring_full_keeps_reserve),
	KUNIT_CASE(ring_holds_off),
	KUNIT_CASE(ring_waiter_after_unfetched),
	KUNIT_CASE(ring_call),
	KUNIT_CASE_SLOW(ring_late_response),
	KUNIT_CASE(ring_repeated_response),
	KUNIT_CASE(ring_wrong_id),
	KUNIT_CASE(ring_wrong_operation),
	KUNIT_CASE(ring_producer_overflow),
	KUNIT_CASE(ring_response_unasked),
	KUNIT_CASE(ring_out_of_order),
	KUNIT_CASE(ring_error_is_kept),
	KUNIT_CASE(ring_shut_wakes),
	KUNIT_CASE(event_wraps),
	KUNIT_CASE(event_index_wraps),
	KUNIT_CASE(event_overflow_keeps_newest),
	{}
};

static struct kunit_suite ring_suite = {
	.name = "xen_snd_front_ring",
	.init = ring_init,
	.test_cases = ring_cases,
};

/* One step of a position: what the backend says, and what must come out. */
struct pos_step {
	u64 octets;
	u64 limit;
	u64 hw;
};

static void check_steps(struct kunit *test, struct xen_snd_front_pos *pos,
			unsigned int frame_bits, const struct pos_step *steps, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		xen_snd_front_pos_advance(pos, steps[i].octets, steps[i].limit, frame_bits);
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

	/* 6 octets a frame, and positions that fall into the middle of one. */
	CHECK_STEPS(&pos, 48, { 5, 100, 0 }, { 7, 100, 1 }, { 17, 100, 2 }, { 18, 100, 3 });
	/* Half an octet a frame. */
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
	{}
};

static struct kunit_suite pos_suite = {
	.name = "xen_snd_front_pos",
	.test_cases = pos_cases,
};

kunit_test_suites(&ring_suite, &pos_suite);

