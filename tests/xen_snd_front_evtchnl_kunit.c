// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests: a stream's channels, from allocation to the IRQ threads
 */

#include "xen_snd_front_fake.h"

/* What the channel has reported to its user. */
static struct {
	unsigned int positions;
	u64 bytes;
	unsigned int completions;
	struct xen_snd_front_done done;
	unsigned int broken;
	bool nothing;
} reported;

static bool tell_position(struct xen_snd_front_chan *chan, u64 bytes)
{
	reported.positions++;
	reported.bytes = bytes;
	return !reported.nothing;
}

static void tell_completed(struct xen_snd_front_chan *chan,
			   const struct xen_snd_front_done *done)
{
	reported.completions++;
	reported.done = *done;
}

static void tell_broken(struct xen_snd_front_chan *chan)
{
	reported.broken++;
}

static const struct xen_snd_front_chan_ops ops = {
	.position = tell_position,
	.completed = tell_completed,
	.broken = tell_broken,
};

static struct xen_snd_front_chan *begin(struct fake *f)
{
	memset(&reported, 0, sizeof(reported));
	fake_chan(f, &ops);
	return &f->stream.chan;
}

static int call(struct fake *f, u8 op)
{
	const struct xensnd_req req = { .operation = op };

	return xen_snd_front_chan_call(&f->stream.chan, f->stream.chan.epoch, &req, NULL);
}

static int post(struct fake *f, u8 op, unsigned int n)
{
	struct xensnd_req req = { .operation = op };
	int sent = 0;

	while (n--)
		sent += xen_snd_front_chan_post(&f->stream.chan, &req, 1, false);
	return sent;
}

static void req_irq(struct fake *f)
{
	fake_interrupt(f, &f->stream.chan, &f->stream.chan.req);
}

static void evt_irq(struct fake *f)
{
	fake_interrupt(f, &f->stream.chan, &f->stream.chan.evt);
}

static void chan_up_and_down(struct kunit *test)
{
	struct fake *f = test->priv;
	struct xen_snd_front_chan *chan = begin(f);

	KUNIT_EXPECT_EQ(test, chan->state, XEN_SND_FRONT_CHAN_UP);
	KUNIT_EXPECT_EQ(test, f->pages, 2);
	KUNIT_EXPECT_PTR_NE(test, chan->req.page, chan->evt.page);
	KUNIT_EXPECT_NE(test, chan->req.port, chan->evt.port);
	/* These lie in the channel: /proc/interrupts goes on reading them. */
	KUNIT_EXPECT_STREQ(test, fake_irq(f, &chan->req)->name, "unit-req");
	KUNIT_EXPECT_STREQ(test, fake_irq(f, &chan->evt)->name, "unit-evt");
	KUNIT_EXPECT_PTR_EQ(test, fake_irq(f, &chan->evt)->name, (const char *)chan->evt.name);

	xen_snd_front_chan_down(chan);
	KUNIT_EXPECT_EQ(test, chan->state, XEN_SND_FRONT_CHAN_DOWN);
	KUNIT_EXPECT_EQ(test, f->pages, 0);
	KUNIT_EXPECT_EQ(test, chan->req.irq, 0);
	KUNIT_EXPECT_EQ(test, chan->evt.port, 0);
	/* Once more is no harm; fake_end() looks at the ports. */
	xen_snd_front_chan_down(chan);
	xen_snd_front_chan_shut(chan);
	KUNIT_EXPECT_EQ(test, chan->state, XEN_SND_FRONT_CHAN_DOWN);
	KUNIT_EXPECT_EQ(test, call(f, XENSND_OP_OPEN), -ENODEV);
	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, 1), -ENODEV);
}

/* Page and port of each endpoint, then the interrupt of each: 6 steps. */
static void chan_up_fails(struct kunit *test)
{
	static const int wants[] = {
		-ENOSPC, -ENOSPC, -ENOSPC, -ENOSPC, -EBUSY, -EBUSY,
	};
	struct fake *f = test->priv;
	struct xen_snd_front_chan *chan = &f->stream.chan;
	unsigned int i;
	unsigned int k;

	xen_snd_front_chan_init(chan, f->xb, 0, &ops);
	for (i = 0; i < ARRAY_SIZE(wants); i++) {
		f->steps = 0;
		f->fail_at = i + 1;
		KUNIT_EXPECT_EQ(test, xen_snd_front_chan_up(chan, "unit"), wants[i]);
		xen_snd_front_chan_down(chan);
		KUNIT_EXPECT_EQ(test, chan->state, XEN_SND_FRONT_CHAN_DOWN);
		KUNIT_EXPECT_EQ(test, f->pages, 0);
		for (k = 0; k < FAKE_ENDS; k++)
			KUNIT_EXPECT_FALSE(test, f->ends[k].port_used);
	}
	KUNIT_EXPECT_EQ(test, xen_snd_front_chan_up(chan, "unit"), 0);
}

static void chan_publish(struct kunit *test)
{
	struct fake *f = test->priv;
	u64 sum = 0;
	unsigned int i;

	fake_card(f);
	for (i = 0; i < 2; i++)
		sum += 2 * FAKE_GREF + f->card->streams[i].chan.req.port +
		       f->card->streams[i].chan.evt.port;
	f->conflicts = 2;
	KUNIT_EXPECT_EQ(test, xen_snd_front_card_publish(f->card, true), 0);
	KUNIT_EXPECT_EQ(test, f->begun, 3);
	KUNIT_EXPECT_EQ(test, f->puts, 2 * 4);
	KUNIT_EXPECT_EQ(test, f->put_sum, sum);

	KUNIT_EXPECT_EQ(test, xen_snd_front_card_publish(f->card, false), 0);
	KUNIT_EXPECT_EQ(test, f->puts, 0);
	KUNIT_EXPECT_EQ(test, f->aborted, 0);
}

static void chan_publish_fails(struct kunit *test)
{
	struct fake *f = test->priv;
	unsigned int i;

	fake_card(f);
	/* The beginning, a look at our mark, eight nodes and the end. */
	for (i = 1; i <= 11; i++) {
		f->steps = 0;
		f->fail_at = i;
		f->aborted = 0;
		KUNIT_EXPECT_EQ(test, xen_snd_front_card_publish(f->card, true),
				i == 1 ? -ENOMEM : i == 2 || i == 11 ? -EIO : -ENOSPC);
		KUNIT_EXPECT_EQ(test, f->aborted, i != 1 && i != 11);
	}
	f->fail_at = 0;
	KUNIT_EXPECT_EQ(test, xen_snd_front_card_publish(f->card, true), 0);
}

/* Not for this card: neither written nor removed. */
static void chan_publish_remade(struct kunit *test)
{
	struct fake *f = test->priv;

	fake_card(f);
	f->unmarked = true;
	KUNIT_EXPECT_EQ(test, xen_snd_front_card_publish(f->card, true), -ENODEV);
	KUNIT_EXPECT_EQ(test, xen_snd_front_card_publish(f->card, false), -ENODEV);
	KUNIT_EXPECT_EQ(test, f->puts, 0);
	KUNIT_EXPECT_EQ(test, f->aborted, 2);
}

static void chan_call(struct kunit *test)
{
	static const struct {
		int said;
		int want;
	} cases[] = {
		{ 0, 0 }, { -EBUSY, -EBUSY }, { -EINVAL, -EINVAL }, { -ENOMEM, -ENOMEM },
		{ -EOPNOTSUPP, -EOPNOTSUPP }, { -EIO, -EIO },
		/* The kernel's own words and other nonsense are not the backend's to use. */
		{ -ENODEV, -EIO }, { -ETIMEDOUT, -EIO }, { -512, -EIO }, { 1, -EIO },
		{ 22, -EIO }, { S32_MIN, -EIO }, { S32_MAX, -EIO },
	};
	const struct xensnd_req req = { .operation = XENSND_OP_OPEN };
	struct fake *f = test->priv;
	struct xensnd_resp resp = {};
	unsigned int i;

	begin(f);
	KUNIT_EXPECT_EQ(test, xen_snd_front_chan_call(&f->stream.chan, f->stream.chan.epoch,
						      &req, &resp), 0);
	KUNIT_EXPECT_EQ(test, resp.operation, XENSND_OP_OPEN);
	KUNIT_EXPECT_EQ(test, resp.id, fake_last(f, 0)->id);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		f->status[XENSND_OP_OPEN] = cases[i].said;
		KUNIT_EXPECT_EQ(test, call(f, XENSND_OP_OPEN), cases[i].want);
	}
	/* Only the caller that waited gets the result. */
	req_irq(f);
	KUNIT_EXPECT_EQ(test, reported.done.error, 0);
}

/* Meant for the backend before this one. */
static void chan_call_stale(struct kunit *test)
{
	const struct xensnd_req req = { .operation = XENSND_OP_OPEN };
	struct fake *f = test->priv;

	begin(f);
	KUNIT_EXPECT_EQ(test, xen_snd_front_chan_call(&f->stream.chan,
						      f->stream.chan.epoch - 1, &req, NULL),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, fake_count(f, XENSND_OP_OPEN), 0);
}

static void chan_call_wrong(struct kunit *test)
{
	struct fake *f = test->priv;

	begin(f);
	f->wrong_id = true;
	KUNIT_EXPECT_EQ(test, call(f, XENSND_OP_OPEN), -ENODEV);
	KUNIT_EXPECT_EQ(test, f->stream.chan.state, XEN_SND_FRONT_CHAN_BROKEN);
	f->wrong_id = false;
	KUNIT_EXPECT_EQ(test, call(f, XENSND_OP_OPEN), -ENODEV);
	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, 1), -ENODEV);
	KUNIT_EXPECT_EQ(test, f->logged, 1);
}

static void chan_call_no_room(struct kunit *test)
{
	struct xensnd_req req = { .operation = XENSND_OP_TRIGGER };
	struct fake *f = test->priv;
	unsigned int i;

	begin(f);
	for (i = 0; i < RING; i++)
		KUNIT_ASSERT_EQ(test, xen_snd_front_chan_post(&f->stream.chan, &req, 1, true), 1);
	KUNIT_EXPECT_EQ(test, call(f, XENSND_OP_CLOSE), -EAGAIN);
	fake_answer(f, &f->stream.chan, 1);
	req_irq(f);
	KUNIT_EXPECT_EQ(test, call(f, XENSND_OP_CLOSE), 0);
}

/* The answer to a request that was given up goes to nobody, and its slot comes free. */
static void chan_call_late(struct kunit *test)
{
	struct fake *f = test->priv;
	struct xen_snd_front_chan *chan = begin(f);
	unsigned int i;
	u16 late;

	f->deaf = BIT(XENSND_OP_OPEN);
	KUNIT_EXPECT_EQ(test, call(f, XENSND_OP_OPEN), -ETIMEDOUT);
	late = fake_last(f, 0)->id;
	KUNIT_EXPECT_EQ(test, xen_snd_front_ring_room(chan, true), RING - 1);

	/* The next one does not take the first one's answer. */
	f->deaf = 0;
	f->status[XENSND_OP_OPEN] = -EBUSY;
	KUNIT_EXPECT_EQ(test, call(f, XENSND_OP_OPEN), -EBUSY);
	KUNIT_EXPECT_NE(test, fake_last(f, 0)->id, late);
	KUNIT_EXPECT_EQ(test, chan->state, XEN_SND_FRONT_CHAN_UP);

	/* Nor does any that follows take its slot, around the ring and again. */
	for (i = 0; i < 3 * RING; i++) {
		post(f, XENSND_OP_WRITE, 1);
		KUNIT_ASSERT_NE(test, fake_last(f, 0)->id % RING, late % RING);
		fake_answer(f, chan, 1);
		req_irq(f);
	}
	fake_respond(chan, late, XENSND_OP_OPEN, 0);
	req_irq(f);
	KUNIT_EXPECT_EQ(test, chan->state, XEN_SND_FRONT_CHAN_UP);
	KUNIT_EXPECT_EQ(test, xen_snd_front_ring_room(chan, true), RING);

	/* Given twice it is wrong. */
	fake_respond(chan, late, XENSND_OP_OPEN, 0);
	req_irq(f);
	KUNIT_EXPECT_EQ(test, reported.broken, 1);
}

static void chan_shut_wakes(struct kunit *test)
{
	const struct xensnd_req req = { .operation = XENSND_OP_CLOSE };
	struct xen_snd_front_waiter waiter = { .ret = -ETIMEDOUT };
	struct fake *f = test->priv;
	struct xen_snd_front_chan *chan = begin(f);
	unsigned long flags;

	init_completion(&waiter.done);
	spin_lock_irqsave(&chan->lock, flags);
	xen_snd_front_ring_queue(chan, &req, 1, true, &waiter);
	spin_unlock_irqrestore(&chan->lock, flags);

	xen_snd_front_chan_shut(chan);
	KUNIT_EXPECT_EQ(test, chan->state, XEN_SND_FRONT_CHAN_BROKEN);
	KUNIT_EXPECT_TRUE(test, completion_done(&waiter.done));
	KUNIT_EXPECT_EQ(test, waiter.ret, -ENODEV);
	KUNIT_EXPECT_EQ(test, call(f, XENSND_OP_CLOSE), -ENODEV);
	/* Not the backend's fault, and nobody's news. */
	req_irq(f);
	KUNIT_EXPECT_EQ(test, reported.broken, 0);
}

/* Control requests find room where data does not. */
static void chan_post_reserve(struct kunit *test)
{
	struct xensnd_req req[2] = {
		{ .operation = XENSND_OP_TRIGGER }, { .operation = XENSND_OP_CLOSE },
	};
	struct fake *f = test->priv;

	begin(f);
	KUNIT_EXPECT_EQ(test, post(f, XENSND_OP_WRITE, RING), DATA);
	KUNIT_EXPECT_EQ(test, xen_snd_front_chan_post(&f->stream.chan, req, 2, true), 2);
	KUNIT_EXPECT_EQ(test, fake_last(f, 0)->operation, XENSND_OP_CLOSE);
	KUNIT_EXPECT_EQ(test, fake_last(f, 1)->operation, XENSND_OP_TRIGGER);
	/* That data waits is not forgotten over it. */
	KUNIT_EXPECT_TRUE(test, f->stream.chan.starved);
}

/* Until the last answer, and not for those of a channel that is shut. */
static void chan_settle(struct kunit *test)
{
	struct fake *f = test->priv;
	struct xen_snd_front_chan *chan = begin(f);

	KUNIT_EXPECT_TRUE(test, xen_snd_front_chan_settle(chan, jiffies));
	post(f, XENSND_OP_WRITE, 2);
	KUNIT_EXPECT_FALSE(test, xen_snd_front_chan_settle(chan, jiffies));
	fake_answer(f, chan, 1);
	KUNIT_EXPECT_FALSE(test, xen_snd_front_chan_settle(chan, jiffies + 2));
	fake_answer(f, chan, 1);
	KUNIT_EXPECT_TRUE(test, xen_snd_front_chan_settle(chan, jiffies));
	/* What was fetched here is not lost to the handler. */
	req_irq(f);
	KUNIT_EXPECT_EQ(test, reported.completions, 1);

	post(f, XENSND_OP_WRITE, 1);
	xen_snd_front_chan_shut(chan);
	KUNIT_EXPECT_TRUE(test, xen_snd_front_chan_settle(chan, jiffies));
}

static void irq_for_nothing(struct kunit *test)
{
	struct fake *f = test->priv;

	begin(f);
	req_irq(f);
	KUNIT_EXPECT_FALSE(test, f->work);
	evt_irq(f);
	KUNIT_EXPECT_FALSE(test, f->work);
	KUNIT_EXPECT_EQ(test, reported.completions + reported.positions + reported.broken, 0);
}

static void irq_responses(struct kunit *test)
{
	struct fake *f = test->priv;

	begin(f);
	post(f, XENSND_OP_READ, 3);
	f->status[XENSND_OP_READ] = -EIO;
	fake_answer(f, &f->stream.chan, 2);
	req_irq(f);
	KUNIT_EXPECT_TRUE(test, f->work);
	KUNIT_EXPECT_EQ(test, reported.completions, 1);
	KUNIT_EXPECT_EQ(test, reported.done.freed, 2);
	KUNIT_EXPECT_EQ(test, reported.done.error, -EIO);
	KUNIT_EXPECT_EQ(test, reported.done.error_op, XENSND_OP_READ);
	KUNIT_EXPECT_FALSE(test, reported.done.reads_done);

	/* The other interrupt takes responses as well; an error is reported once. */
	f->status[XENSND_OP_READ] = 0;
	fake_answer(f, &f->stream.chan, 1);
	evt_irq(f);
	KUNIT_EXPECT_TRUE(test, f->work);
	KUNIT_EXPECT_EQ(test, reported.completions, 2);
	KUNIT_EXPECT_EQ(test, reported.done.freed, 1);
	KUNIT_EXPECT_EQ(test, reported.done.error, 0);
	KUNIT_EXPECT_TRUE(test, reported.done.reads_done);
}

static void irq_broken(struct kunit *test)
{
	struct fake *f = test->priv;
	struct xen_sndif_sring *s = begin(f)->req.page;

	s->rsp_prod = 1;
	req_irq(f);
	KUNIT_EXPECT_TRUE(test, f->work);
	KUNIT_EXPECT_EQ(test, reported.broken, 1);
	/* Reported once. All that follows is ignored: this is a storm. */
	fake_raise(&f->stream.chan, 4096);
	req_irq(f);
	KUNIT_EXPECT_FALSE(test, f->work);
	evt_irq(f);
	KUNIT_EXPECT_FALSE(test, f->work);
	KUNIT_EXPECT_EQ(test, reported.broken, 1);
	KUNIT_EXPECT_EQ(test, reported.positions, 0);
}

static void irq_positions(struct kunit *test)
{
	struct fake *f = test->priv;
	struct xen_snd_front_chan *chan = begin(f);
	unsigned int i;

	/* The newest is all that counts, however many there are. */
	for (i = 1; i <= 5; i++)
		fake_raise(chan, i * 1000);
	evt_irq(f);
	KUNIT_EXPECT_TRUE(test, f->work);
	KUNIT_EXPECT_EQ(test, reported.positions, 1);
	KUNIT_EXPECT_EQ(test, reported.bytes, 5000);
	for (i = 1; i <= 500; i++)
		fake_raise(chan, i);
	evt_irq(f);
	KUNIT_EXPECT_EQ(test, reported.positions, 2);
	KUNIT_EXPECT_EQ(test, reported.bytes, 500);
	evt_irq(f);
	KUNIT_EXPECT_FALSE(test, f->work);
	KUNIT_EXPECT_EQ(test, reported.positions, 2);
	/* A page full of them at once */
	for (i = 1; i <= XENSND_IN_RING_LEN; i++)
		fake_raise(chan, 10000 + i);
	evt_irq(f);
	KUNIT_EXPECT_EQ(test, reported.positions, 3);
	KUNIT_EXPECT_EQ(test, reported.bytes, 10000 + XENSND_IN_RING_LEN);
	/* One that ends no period: as many of them as a backend likes are a storm. */
	reported.nothing = true;
	fake_raise(chan, 20000);
	evt_irq(f);
	KUNIT_EXPECT_FALSE(test, f->work);
	KUNIT_EXPECT_EQ(test, reported.bytes, 20000);
}

/* Of a later version of the protocol: passed over, and no reason to come back soon. */
static void irq_unknown_event(struct kunit *test)
{
	struct fake *f = test->priv;
	struct xensnd_event_page *page = begin(f)->evt.page;

	fake_raise(&f->stream.chan, 4096);
	XENSND_IN_RING_REF(page, 0).type = XENSND_EVT_CUR_POS + 1;
	evt_irq(f);
	KUNIT_EXPECT_FALSE(test, f->work);
	KUNIT_EXPECT_EQ(test, reported.positions, 0);
	KUNIT_EXPECT_EQ(test, page->in_cons, 1);
}

static void chan_forget(struct kunit *test)
{
	struct fake *f = test->priv;
	struct xen_snd_front_chan *chan = begin(f);

	post(f, XENSND_OP_WRITE, 2);
	f->status[XENSND_OP_WRITE] = -EIO;
	fake_answer(f, chan, 2);
	fake_raise(chan, 4096);
	xen_snd_front_chan_discard(chan);
	evt_irq(f);
	KUNIT_EXPECT_FALSE(test, f->work);
	KUNIT_EXPECT_EQ(test, reported.completions + reported.positions, 0);
	KUNIT_EXPECT_EQ(test, xen_snd_front_ring_room(chan, true), RING);
}

static struct kunit_case evtchnl_cases[] = {
	KUNIT_CASE(chan_up_and_down),
	KUNIT_CASE(chan_up_fails),
	KUNIT_CASE(chan_publish),
	KUNIT_CASE(chan_publish_fails),
	KUNIT_CASE(chan_publish_remade),
	KUNIT_CASE(chan_call),
	KUNIT_CASE(chan_call_stale),
	KUNIT_CASE(chan_call_wrong),
	KUNIT_CASE(chan_call_no_room),
	KUNIT_CASE_SLOW(chan_call_late),
	KUNIT_CASE(chan_shut_wakes),
	KUNIT_CASE(chan_post_reserve),
	KUNIT_CASE(chan_forget),
	KUNIT_CASE(chan_settle),
	KUNIT_CASE(irq_for_nothing),
	KUNIT_CASE(irq_responses),
	KUNIT_CASE(irq_broken),
	KUNIT_CASE(irq_positions),
	KUNIT_CASE(irq_unknown_event),
	{}
};

static struct kunit_suite evtchnl_suite = {
	.name = "xen_snd_front_evtchnl",
	.init = fake_new,
	.exit = fake_end,
	.test_cases = evtchnl_cases,
};

kunit_test_suites(&evtchnl_suite);
