// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: the request ring and the event ring
 *
 * Only memory is accessed here, no hypercall is made, and everything runs under the
 * channel's lock. The other domain can change the shared pages at any time, so each index and
 * each packet is copied once and checked before it is used.
 */

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include <linux/lockdep.h>
#include <linux/ratelimit.h>

#include "xen_snd_front_ring.h"

#define SLOT_MASK	(XEN_SND_FRONT_RING_SIZE - 1)

/*
 * Reports the violation that breaks a channel. A backend gets any number of channels by connecting
 * again and again, so all of them share one limit.
 */
__printf(2, 3)
static void report_violation(struct xen_snd_front_chan *chan, const char *fmt, ...)
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

/* The present response producer, unchecked; the next call may return any other value. */
VISIBLE_IF_KUNIT RING_IDX xen_snd_front_ring_producer(const struct xen_snd_front_chan *chan)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_ring_producer, chan);
	return READ_ONCE(chan->ring.sring->rsp_prod);
}

/**
 * xen_snd_front_ring_init() - begin with empty rings
 * @chan: the channel, both pages allocated and zeroed
 *
 * Context: any; the channel is not up yet.
 */
void xen_snd_front_ring_init(struct xen_snd_front_chan *chan)
{
	unsigned int i;

	XEN_FRONT_RING_INIT(&chan->ring, (struct xen_sndif_sring *)chan->req.page,
			    XEN_PAGE_SIZE);
	chan->evt_cons = 0;
	chan->nr_sync = 0;
	chan->reads = 0;
	chan->starved = false;
	chan->force_notify = false;
	WRITE_ONCE(chan->unresponsive, false);
	memset(&chan->done, 0, sizeof(chan->done));
	for (i = 0; i < ARRAY_SIZE(chan->slots); i++) {
		chan->slots[i].busy = false;
		chan->slots[i].waiter = NULL;
		/* The rest of the id continues to count across connections. */
		chan->slots[i].id = (chan->slots[i].id & ~SLOT_MASK) | i;
	}
}

/* How many requests may be queued. */
VISIBLE_IF_KUNIT
unsigned int xen_snd_front_ring_room(const struct xen_snd_front_chan *chan, bool control)
{
	unsigned int reserve = control ? 0 : XEN_SND_FRONT_RING_RESERVE;
	unsigned int room = RING_FREE_REQUESTS(&chan->ring);

	return room > reserve ? room - reserve : 0;
}

/* Responses to WRITE are fetched with the next position event; others are needed earlier. */
static bool wanted_at_once(u8 op)
{
	return op != XENSND_OP_WRITE;
}

static struct xen_snd_front_slot *free_slot(struct xen_snd_front_chan *chan)
{
	unsigned int i = chan->ring.req_prod_pvt;

	/* There are as many slots as ring entries: if the ring has room, one is free. */
	while (chan->slots[i & SLOT_MASK].busy)
		i++;

	return &chan->slots[i & SLOT_MASK];
}

static void queue_request(struct xen_snd_front_chan *chan, const struct xensnd_req *req,
			  struct xen_snd_front_waiter *waiter)
{
	struct xen_snd_front_slot *slot = free_slot(chan);
	struct xensnd_req *entry;

	slot->id += XEN_SND_FRONT_RING_SIZE;
	slot->op = req->operation;
	slot->waiter = waiter;
	slot->busy = true;
	chan->nr_sync += wanted_at_once(slot->op);
	chan->reads += slot->op == XENSND_OP_READ;
	if (slot->op != XENSND_OP_READ && slot->op != XENSND_OP_WRITE)
		chan->force_notify = true;

	entry = RING_GET_REQUEST(&chan->ring, chan->ring.req_prod_pvt);
	*entry = *req;
	entry->id = slot->id;
	chan->ring.req_prod_pvt++;
}

/**
 * xen_snd_front_ring_queue() - put requests into the ring, unseen by the backend yet
 * @chan: the channel
 * @req: the requests, but for their ids
 * @count: number of them
 * @control: TRIGGER and the like: they may use the reserve, and if the ring is full, old responses
 *	are fetched first; for READ and WRITE the next event does that
 * @waiter: to be completed with the response to each, or NULL
 *
 * Context: channel lock; may break the channel, see xen_snd_front_ring_reap().
 * Return: how many were queued.
 */
unsigned int xen_snd_front_ring_queue(struct xen_snd_front_chan *chan,
				      const struct xensnd_req *req, unsigned int count,
				      bool control, struct xen_snd_front_waiter *waiter)
{
	unsigned int room = xen_snd_front_ring_room(chan, control);
	unsigned int i;

	lockdep_assert_held(&chan->lock);
	if (control && room < count && !xen_snd_front_ring_reap(chan))
		room = xen_snd_front_ring_room(chan, control);
	if (chan->state != XEN_SND_FRONT_CHAN_UP)
		return 0;

	count = min(count, room);
	for (i = 0; i < count; i++)
		queue_request(chan, &req[i], waiter);
	return count;
}

/*
 * Sets the response after which the backend shall notify: the next one if a process or data waits,
 * else the one that makes half of the ring unfetched responses.
 * Return: if the ring already has that response, the number of unfetched responses, else 0.
 */
static unsigned int set_rsp_event(struct xen_snd_front_chan *chan)
{
	unsigned int ahead = 1;
	unsigned int ready;

	if (!chan->nr_sync && !chan->starved)
		ahead = XEN_SND_FRONT_RING_SIZE / 2;

	chan->ring.sring->rsp_event = chan->ring.rsp_cons + ahead;
	/* rsp_event must be visible before rsp_prod is read: else a response could be missed. */
	virt_mb();
	ready = xen_snd_front_ring_producer(chan) - chan->ring.rsp_cons;

	return ready >= ahead ? ready : 0;
}

/**
 * xen_snd_front_ring_push() - show the queued requests to the backend
 * @chan: the channel
 *
 * A backend that plays may fetch data by its own clock and not request a notification; for
 * requests other than READ and WRITE it is notified nevertheless.
 *
 * Context: channel lock.
 * Return: true if the backend is to be notified.
 */
bool xen_snd_front_ring_push(struct xen_snd_front_chan *chan)
{
	int notify;

	lockdep_assert_held(&chan->lock);
	/*
	 * Before the backend sees the requests, so that their responses come after it. Old
	 * responses for which its notification is due already are fetched here.
	 */
	if (set_rsp_event(chan) && xen_snd_front_ring_reap(chan))
		return false;

	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&chan->ring, notify);
	notify |= chan->force_notify;
	chan->force_notify = false;
	return notify;
}

static void complete_request(struct xen_snd_front_chan *chan, struct xen_snd_front_slot *slot,
			     const struct xensnd_resp *resp)
{
	struct xen_snd_front_done *done = &chan->done;

	slot->busy = false;
	chan->nr_sync -= wanted_at_once(slot->op);
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

static void note_activity(struct xen_snd_front_chan *chan)
{
	WRITE_ONCE(chan->activity, chan->activity + 1);
	WRITE_ONCE(chan->unresponsive, false);
}

static int take_response(struct xen_snd_front_chan *chan)
{
	struct xen_snd_front_slot *slot;
	struct xensnd_resp resp;

	RING_COPY_RESPONSE(&chan->ring, chan->ring.rsp_cons, &resp);
	slot = &chan->slots[resp.id & SLOT_MASK];
	if (!slot->busy || slot->id != resp.id || slot->op != resp.operation) {
		report_violation(chan, "response to no request: id %u operation %u", resp.id,
				 resp.operation);
		return -EPROTO;
	}

	chan->ring.rsp_cons++;
	note_activity(chan);
	complete_request(chan, slot, &resp);
	return 0;
}

/**
 * xen_snd_front_ring_reap() - fetch all responses
 * @chan: the channel; the responses are added to @chan->done
 *
 * Fetches at most as many responses as requests are in flight, and reads the producer index at most
 * once more than that: a producer that goes back breaks the channel.
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
			report_violation(chan, "response producer %u beyond %u requests", prod,
					 chan->ring.req_prod_pvt);
			goto broken;
		}
		if (prod - chan->ring.rsp_cons < seen) {
			report_violation(chan, "response producer went back to %u", prod);
			goto broken;
		}
		while (chan->ring.rsp_cons != prod)
			if (take_response(chan))
				goto broken;
		seen = set_rsp_event(chan);
	} while (seen);

	return 0;

broken:
	chan->done.broken = true;
	xen_snd_front_ring_break(chan);
	return -EPROTO;
}

/**
 * xen_snd_front_ring_break() - stop using the rings
 * @chan: the channel
 *
 * A waiting process is woken with -ENODEV.
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
 * Backends need not wait until events have been consumed (sndif.h, "Back to front events
 * delivery"). One that is ahead by more than the ring holds, for instance because this guest was
 * paused, has overwritten the older events, which is no violation. Positions are absolute, so
 * only the newest is needed. That also limits an impossible producer index to one event.
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
	/* The event must be read before the backend is allowed to overwrite it. */
	virt_mb();
	WRITE_ONCE(page->in_cons, chan->evt_cons);
	note_activity(chan);
	return true;
}
