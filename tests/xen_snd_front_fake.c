// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit: a fake Xen and a fake backend
 *
 * The backend takes requests when it is notified and keeps a copy of each. What
 * somebody waits for it answers at once, the rest when the test says so.
 */

#include <linux/mm.h>
#include <linux/slab.h>

#include "xen_snd_front_fake.h"

static struct fake *fake_now(void)
{
	return kunit_get_current_test()->priv;
}

/* The step that the test wants to fail. */
bool fake_fails(struct fake *f)
{
	return ++f->steps == f->fail_at;
}

static int fake_open_end(struct xen_snd_front_chan *chan, struct xen_snd_front_endpoint *end)
{
	struct fake *f = fake_now();
	unsigned int i;

	if (fake_fails(f))
		return -ENOSPC;
	end->page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!end->page)
		return -ENOMEM;
	end->gref = FAKE_GREF;
	f->pages++;

	if (fake_fails(f))
		return -ENOSPC;
	for (i = 0; f->ends[i].port_used; i++)
		KUNIT_ASSERT_LT(f->test, i + 1, FAKE_ENDS);
	f->ends[i].port_used = true;
	end->port = FAKE_PORT + i;
	return 0;
}

/* A failure closes the port. */
static int fake_bind_end(struct xen_snd_front_chan *chan, struct xen_snd_front_endpoint *end,
			 irq_handler_t thread)
{
	struct fake *f = fake_now();
	struct fake_end *other = &f->ends[end->port - FAKE_PORT];

	KUNIT_EXPECT_TRUE(f->test, other->port_used);
	if (fake_fails(f)) {
		memset(other, 0, sizeof(*other));
		end->port = 0;
		return -EBUSY;
	}
	other->bound = true;
	other->thread = thread;
	other->data = chan;
	other->name = end->name;
	other->req_cons = 0;
	end->irq = FAKE_IRQ + end->port - FAKE_PORT;
	return 0;
}

static void fake_close_end(struct xen_snd_front_chan *chan, struct xen_snd_front_endpoint *end)
{
	struct fake *f = fake_now();
	struct fake_end *other;

	if (end->port) {
		other = &f->ends[end->port - FAKE_PORT];
		KUNIT_EXPECT_TRUE(f->test, other->port_used);
		KUNIT_EXPECT_EQ(f->test, other->bound, end->irq > 0);
		memset(other, 0, sizeof(*other));
	}
	KUNIT_EXPECT_EQ(f->test, !end->page, end->gref == INVALID_GRANT_REF);
	if (end->page) {
		free_page((unsigned long)end->page);
		f->pages--;
	}
	end->irq = 0;
	end->port = 0;
	end->page = NULL;
	end->gref = INVALID_GRANT_REF;
}

static void fake_eoi(const struct xen_snd_front_endpoint *end, bool work)
{
	struct fake *f = fake_now();

	KUNIT_EXPECT_TRUE(f->test, f->ends[end->irq - FAKE_IRQ].bound);
	f->eois++;
	f->work = work;
}

static int fake_grant_page(domid_t domid, struct page *page, unsigned long offset,
			   grant_ref_t *gref)
{
	struct fake *f = fake_now();

	if (fake_fails(f))
		return -ENOSPC;
	get_page(page);
	f->grants++;
	f->granted++;
	*gref = FAKE_GREF + f->grants;
	return 0;
}

static bool fake_try_end(grant_ref_t gref, struct page *page)
{
	fake_now()->grants--;
	put_page(page);
	return true;
}

/* The backend's half of the hold-off. Return: does the frontend want a notification? */
bool fake_respond(struct xen_snd_front_chan *chan, u16 id, u8 op, int status)
{
	struct xen_sndif_sring *s = chan->req.page;
	RING_IDX old = s->rsp_prod;
	struct xensnd_resp *resp = &s->ring[old & (RING - 1)].rsp;

	memset(resp, 0, sizeof(*resp));
	resp->id = id;
	resp->operation = op;
	resp->status = status;
	WRITE_ONCE(s->rsp_prod, old + 1);
	return old + 1 - s->rsp_event < 1;
}

static void respond(struct fake *f, struct xen_snd_front_chan *chan,
		    const struct xensnd_req *req)
{
	struct xen_sndif_sring *s = chan->req.page;
	struct xensnd_resp *resp = &s->ring[s->rsp_prod & (RING - 1)].rsp;
	int status = req->operation < ARRAY_SIZE(f->status) ? f->status[req->operation] : 0;

	fake_respond(chan, req->id + f->wrong_id, req->operation, status);
	if (req->operation == XENSND_OP_HW_PARAM_QUERY)
		resp->resp.hw_param = f->query ? *f->query : req->op.hw_param;
}

static bool is_waited_for(u8 op)
{
	return op == XENSND_OP_OPEN || op == XENSND_OP_CLOSE ||
	       op == XENSND_OP_HW_PARAM_QUERY;
}

/* What nobody waits for is answered by the test itself, with fake_respond(). */
static void hand_request(struct fake *f, struct fake_end *end)
{
	struct xen_sndif_sring *s = end->data->req.page;
	const struct xensnd_req req = s->ring[end->req_cons++ & (RING - 1)].req;

	f->took(f, end->data, &req);
	if (is_waited_for(req.operation))
		respond(f, end->data, &req);
}

static void take_request(struct fake *f, struct fake_end *end)
{
	struct xen_sndif_sring *s = end->data->req.page;
	struct xensnd_req *req = &f->log[f->logged];

	if (f->took) {
		hand_request(f, end);
		return;
	}
	if (f->logged == FAKE_LOG || f->num_pending == RING) {
		KUNIT_FAIL(f->test, "too many requests for the fake backend");
		end->req_cons++;
		return;
	}
	*req = s->ring[end->req_cons++ & (RING - 1)].req;
	if (!(f->deaf & BIT(req->operation))) {
		if (f->eager || is_waited_for(req->operation))
			respond(f, end->data, req);
		else
			f->pending[f->num_pending++] = f->logged;
	}
	f->logged++;
}

/* Under the channel's lock: what was answered is reaped as the IRQ thread would. */
static void fake_notify(const struct xen_snd_front_endpoint *req)
{
	struct fake *f = fake_now();
	struct fake_end *end = &f->ends[req->irq - FAKE_IRQ];
	struct xen_sndif_sring *s = end->data->req.page;
	RING_IDX old = s->rsp_prod;

	f->notified++;
	while (end->req_cons != s->req_prod)
		take_request(f, end);
	s->req_event = s->req_prod + 1;
	if (s->rsp_prod != old)
		xen_snd_front_ring_reap(end->data);
}

/* Answers the oldest @n requests that wait; the test calls the IRQ thread then. */
void fake_answer(struct fake *f, struct xen_snd_front_chan *chan, unsigned int n)
{
	unsigned int i;

	KUNIT_ASSERT_LE(f->test, n, f->num_pending);
	for (i = 0; i < n; i++)
		respond(f, chan, &f->log[f->pending[i]]);
	f->num_pending -= n;
	memmove(f->pending, f->pending + n, f->num_pending * sizeof(f->pending[0]));
}

/* Puts a position into the event ring. */
void fake_raise(struct xen_snd_front_chan *chan, u64 position)
{
	struct xensnd_event_page *page = chan->evt.page;
	struct xensnd_evt *evt = &XENSND_IN_RING_REF(page, page->in_prod);

	memset(evt, 0, sizeof(*evt));
	evt->type = XENSND_EVT_CUR_POS;
	evt->op.cur_pos.position = position;
	page->in_prod++;
}

/* Who listens to one of a channel's halves. */
struct fake_end *fake_irq(struct fake *f, const struct xen_snd_front_endpoint *other)
{
	KUNIT_ASSERT_GE(f->test, other->irq, FAKE_IRQ);
	return &f->ends[other->irq - FAKE_IRQ];
}

/* Runs the thread of an interrupt. */
void fake_interrupt(struct fake *f, struct xen_snd_front_chan *chan,
		    const struct xen_snd_front_endpoint *other)
{
	struct fake_end *end = fake_irq(f, other);
	unsigned int eois = f->eois;

	KUNIT_ASSERT_PTR_EQ(f->test, end->data, chan);
	KUNIT_EXPECT_EQ(f->test, end->thread(other->irq, chan), IRQ_HANDLED);
	/* Without it the channel would get no interrupt again. */
	KUNIT_EXPECT_EQ(f->test, f->eois, eois + 1);
}

/* How many requests of an operation the backend has taken. */
unsigned int fake_count(struct fake *f, u8 op)
{
	unsigned int n = 0;
	unsigned int i;

	for (i = 0; i < f->logged; i++)
		n += f->log[i].operation == op;

	return n;
}

/* The last request taken, or the one @back before it. */
const struct xensnd_req *fake_last(struct fake *f, unsigned int back)
{
	KUNIT_ASSERT_GT(f->test, f->logged, back);
	return &f->log[f->logged - 1 - back];
}

/* Some kernels do this later, to find those who cannot wait. */
static void release_device(struct device *dev)
{
	kvfree(container_of(dev, struct xenbus_device, dev));
}

/* A suite's init. */
int fake_new(struct kunit *test)
{
	struct fake *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->test = test;
	f->xb = kvcalloc(1, sizeof(*f->xb), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->xb);
	f->xb->dev.init_name = "vsnd-test";
	f->xb->dev.release = release_device;
	f->xb->nodename = "dev";
	f->xb->otherend = "back";
	device_initialize(&f->xb->dev);
	test->priv = f;

	fake_store(f);
	kunit_activate_static_stub(test, xen_snd_front_endpoint_open, fake_open_end);
	kunit_activate_static_stub(test, xen_snd_front_endpoint_bind, fake_bind_end);
	kunit_activate_static_stub(test, xen_snd_front_endpoint_close, fake_close_end);
	kunit_activate_static_stub(test, xen_snd_front_endpoint_eoi, fake_eoi);
	kunit_activate_static_stub(test, xen_snd_front_endpoint_notify, fake_notify);
	kunit_activate_static_stub(test, xen_snd_front_shbuf_grant_page, fake_grant_page);
	kunit_activate_static_stub(test, xen_snd_front_shbuf_try_end, fake_try_end);
	return 0;
}

/* Brings up the channel of a stream that belongs to no card. */
void fake_chan(struct fake *f, const struct xen_snd_front_chan_ops *ops)
{
	xen_snd_front_stream_init(&f->stream, f->xb, 0);
	f->stream.chan.ops = ops;
	KUNIT_ASSERT_EQ(f->test, xen_snd_front_chan_up(&f->stream.chan, "unit"), 0);
}

/* A suite's exit: whatever the test did, nothing may be left. */
void fake_end(struct kunit *test)
{
	struct fake *f = test->priv;
	unsigned int i;

	if (!f)
		return;
	fake_card_end(f);
	if (f->stream.chan.dev)
		xen_snd_front_chan_down(&f->stream.chan);
	KUNIT_EXPECT_EQ(test, f->pages, 0);
	KUNIT_EXPECT_EQ(test, f->grants, 0);
	for (i = 0; i < FAKE_ENDS; i++)
		KUNIT_EXPECT_FALSE(test, f->ends[i].port_used);
	put_device(&f->xb->dev);
}
