// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: the request ring and the event ring
 *
 * Only memory is touched here, no hypercall is made, and everything runs under the
 * channel's lock. The shared pages belong to the other domain as much as to us: each
 * index and each packet is copied once and checked before it is used.
 */

#include <kunit/static_stub.h>

#include <linux/lockdep.h>
#include <linux/ratelimit.h>

#include "xen_snd_front.h"

#define SLOT_MASK	(XEN_SND_FRONT_RING_SIZE - 1)

/*
 * The one line for a channel that the backend has broken. It can have as many channels as
 * it likes by connecting again and again, so there is a limit for all of them.
 */
__printf(2, 3)
static void accuse(struct xen_snd_front_chan *chan, const char *fmt, ...)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL, 32);
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	if (!__ratelimit(&limit))
		return;

	va_start(args, fmt);
	vaf.va = &args;
	dev_err(&chan->dev->dev, "%s: %pV\n", chan->req.name, &vaf);
	va_end(args);
}

/* The shared end of the event ring. */
static struct xensnd_event_page *event_page(struct xen_snd_front_chan *chan)
{
	return chan->evt.page;
}

/**
 * xen_snd_front_ring_producer() - the response producer, as it stands at this moment
 * @chan: the channel
 *
 * The next call may say anything else.
 *
 * Context: channel lock.
 * Return: the index, unchecked.
 */
RING_IDX xen_snd_front_ring_producer(const struct xen_snd_front_chan *chan)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_ring_producer, chan);
	return READ_ONCE(chan->ring.sring->rsp_prod);
}

/**
 * xen_snd_front_ring_init() - begin with empty rings
 * @chan: the channel, both pages allocated and zeroed
 *
 * Context: any; nobody else uses the channel yet.
 */
void xen_snd_front_ring_init(struct xen_snd_front_chan *chan)
{
	unsigned int i;

	XEN_FRONT_RING_INIT(&chan->ring, (struct xen_sndif_sring *)chan->req.page,
			    XEN_PAGE_SIZE);
	chan->evt_cons = 0;
	chan->urgent = 0;
	chan->reads = 0;
	chan->starved = false;
	chan->hurry = false;
	WRITE_ONCE(chan->silent, false);
	memset(&chan->done, 0, sizeof(chan->done));
	for (i = 0; i < ARRAY_SIZE(chan->slots); i++) {
		chan->slots[i].busy = false;
		chan->slots[i].waiter = NULL;
		/* The rest of the id goes on counting across connections. */
		chan->slots[i].id = (chan->slots[i].id & ~SLOT_MASK) | i;
	}
}

/**
 * xen_snd_front_ring_room() - how many requests may be queued
 * @chan: the channel
 * @control: for TRIGGER and the like, which may use the reserve
 *
 * Context: channel lock.
 * Return: number of requests.
 */
unsigned int xen_snd_front_ring_room(const struct xen_snd_front_chan *chan, bool control)
{
	unsigned int reserve = control ? 0 : XEN_SND_FRONT_RING_RESERVE;
	unsigned int room = RING_FREE_REQUESTS(&chan->ring);

	return room > reserve ? room - reserve : 0;
}

/* Position events reap playback's responses in passing; these must not wait so long. */
static bool wanted_at_once(u8 op)
{
	return op != XENSND_OP_WRITE;
}

static struct xen_snd_front_slot *free_slot(struct xen_snd_front_chan *chan)
{
	unsigned int i = chan->ring.req_prod_pvt;

	/* As many slots as ring entries: one is free where the ring has room. */
	while (chan->slots[i & SLOT_MASK].busy)
		i++;

	return &chan->slots[i & SLOT_MASK];
}

/**
 * xen_snd_front_ring_queue() - put a request into the ring, unseen by the backend yet
 * @chan: the channel; has room (xen_snd_front_ring_room())
 * @req: the request, but for its id
 * @waiter: to be completed with the response, or NULL
 *
 * Context: channel lock.
 */
void xen_snd_front_ring_queue(struct xen_snd_front_chan *chan, const struct xensnd_req *req,
			      struct xen_snd_front_waiter *waiter)
{
	struct xen_snd_front_slot *slot = free_slot(chan);
	struct xensnd_req *entry;

	lockdep_assert_held(&chan->lock);
	slot->id += XEN_SND_FRONT_RING_SIZE;
	slot->op = req->operation;
	slot->waiter = waiter;
	slot->busy = true;
	chan->urgent += wanted_at_once(slot->op);
	chan->reads += slot->op == XENSND_OP_READ;
	if (slot->op != XENSND_OP_READ && slot->op != XENSND_OP_WRITE)
		chan->hurry = true;

	entry = RING_GET_REQUEST(&chan->ring, chan->ring.req_prod_pvt);
	*entry = *req;
	entry->id = slot->id;
	chan->ring.req_prod_pvt++;
}

/*
 * Tell the backend after which response it shall notify: the next one where somebody
 * waits, else when the ring has half filled with responses that nobody fetched.
 * Return: how many responses are there that call for a notification already given.
 */
static unsigned int arm(struct xen_snd_front_chan *chan)
{
	unsigned int ahead = 1;
	unsigned int ready;

	if (!chan->urgent && !chan->starved)
		ahead = XEN_SND_FRONT_RING_SIZE / 2;

	chan->ring.sring->rsp_event = chan->ring.rsp_cons + ahead;
	/* rsp_event must be seen before rsp_prod is read: else a response falls between. */
	virt_mb();
	ready = xen_snd_front_ring_producer(chan) - chan->ring.rsp_cons;

	return ready >= ahead ? ready : 0;
}

/**
 * xen_snd_front_ring_push() - show the queued requests to the backend
 * @chan: the channel
 *
 * A backend that plays may look for data by its own clock and ask for no notification;
 * a TRIGGER or a CLOSE should not wait for that.
 *
 * Context: channel lock.
 * Return: true if the backend is to be notified.
 */
bool xen_snd_front_ring_push(struct xen_snd_front_chan *chan)
{
	int notify;

	lockdep_assert_held(&chan->lock);
	/*
	 * Before the requests are seen, so that their responses come after it. Old
	 * responses that lie in the ring are no reason to notify again: fetch them.
	 */
	if (arm(chan) && xen_snd_front_ring_reap(chan))
		return false;

	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&chan->ring, notify);
	notify |= chan->hurry;
	chan->hurry = false;
	return notify;
}

static void finish(struct xen_snd_front_chan *chan, struct xen_snd_front_slot *slot,
		   const struct xensnd_resp *resp)
{
	struct xen_snd_front_done *done = &chan->done;

	slot->busy = false;
	chan->urgent -= wanted_at_once(slot->op);
	done->freed++;
	if (slot->op == XENSND_OP_READ && !--chan->reads)
		done->reads_done = true;

	if (slot->waiter) {
		slot->waiter->ret = 0;
		slot->waiter->resp = *resp;
		complete(&slot->waiter->done);
		slot->waiter = NULL;
	} else if (resp->status && !done->error) {
		done->error = resp->status;
		done->error_op = slot->op;
	}
}

static void heard(struct xen_snd_front_chan *chan)
{
	WRITE_ONCE(chan->heard, chan->heard + 1);
	WRITE_ONCE(chan->silent, false);
}

static int take_response(struct xen_snd_front_chan *chan)
{
	struct xen_snd_front_slot *slot;
	struct xensnd_resp resp;

	RING_COPY_RESPONSE(&chan->ring, chan->ring.rsp_cons, &resp);
	slot = &chan->slots[resp.id & SLOT_MASK];
	if (!slot->busy || slot->id != resp.id || slot->op != resp.operation) {
		accuse(chan, "response to no request: id %u operation %u", resp.id,
		       resp.operation);
		return -EPROTO;
	}

	chan->ring.rsp_cons++;
	heard(chan);
	finish(chan, slot, &resp);
	return 0;
}

/**
 * xen_snd_front_ring_reap() - take the responses that are there
 * @chan: the channel; what they tell gathers in @chan->done
 *
 * Takes no more responses than there are requests in flight, and looks no more often
 * than one time for each: a producer index that goes back is no reason to look again.
 *
 * Context: channel lock.
 * Return: 0, or -EPROTO if the backend broke the protocol; then the channel is broken.
 */
int xen_snd_front_ring_reap(struct xen_snd_front_chan *chan)
{
	unsigned int seen = 0;
	RING_IDX prod;

	lockdep_assert_held(&chan->lock);
	do {
		prod = xen_snd_front_ring_producer(chan);
		/* The responses must be read after the index that covers them. */
		virt_rmb();
		if (RING_RESPONSE_PROD_OVERFLOW(&chan->ring, prod)) {
			accuse(chan, "response producer %u beyond %u requests", prod,
			       chan->ring.req_prod_pvt);
			goto broken;
		}
		if (prod - chan->ring.rsp_cons < seen) {
			accuse(chan, "response producer went back to %u", prod);
			goto broken;
		}
		while (chan->ring.rsp_cons != prod)
			if (take_response(chan))
				goto broken;
		seen = arm(chan);
	} while (seen);

	return 0;

broken:
	chan->done.broken = true;
	xen_snd_front_ring_break(chan);
	return -EPROTO;
}

/**
 * xen_snd_front_ring_break() - use the rings no more
 * @chan: the channel
 *
 * Whoever waits is woken with -ENODEV.
 *
 * Context: channel lock.
 */
void xen_snd_front_ring_break(struct xen_snd_front_chan *chan)
{
	struct xen_snd_front_waiter *waiter;
	unsigned int i;

	lockdep_assert_held(&chan->lock);
	chan->state = XEN_SND_FRONT_CHAN_BROKEN;
	for (i = 0; i < ARRAY_SIZE(chan->slots); i++) {
		waiter = chan->slots[i].waiter;
		chan->slots[i].waiter = NULL;
		if (!waiter)
			continue;
		waiter->ret = -ENODEV;
		complete(&waiter->done);
	}
}

/**
 * xen_snd_front_ring_event() - take the next event
 * @chan: the channel
 * @evt: a private copy of it
 *
 * Backends are not bound to wait until events have been taken (sndif.h, "Back to front
 * events delivery"), so one that got ahead by more than the ring holds, say because
 * this guest was paused, has done nothing wrong: it overwrote the older ones. Positions
 * are absolute, so the newest is all that is needed, and that also bounds what a false
 * producer index can do to one event.
 *
 * Context: channel lock.
 * Return: true if there was one.
 */
bool xen_snd_front_ring_event(struct xen_snd_front_chan *chan, struct xensnd_evt *evt)
{
	struct xensnd_event_page *page = event_page(chan);
	u32 prod = READ_ONCE(page->in_prod);

	lockdep_assert_held(&chan->lock);
	if (prod == chan->evt_cons)
		return false;

	/* The event must be read after the index that covers it. */
	virt_rmb();
	if (prod - chan->evt_cons > XENSND_IN_RING_LEN)
		chan->evt_cons = prod - 1;

	memcpy(evt, &XENSND_IN_RING_REF(page, chan->evt_cons), sizeof(*evt));
	barrier();
	chan->evt_cons++;
	/* The event must have been read before the backend may overwrite it. */
	virt_mb();
	WRITE_ONCE(page->in_cons, chan->evt_cons);
	heard(chan);
	return true;
}
