// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: a stream's two channels
 *
 * Each stream has a request channel and an event channel: a shared page, its grant,
 * an event channel port and a threaded interrupt handler. End-of-interrupt is late and
 * reports whether there was work, so that Xen delays the interrupts of a backend that
 * notifies without a reason.
 */

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include <linux/delay.h>
#include <linux/interrupt.h>

#include <xen/events.h>

#include <asm/xen/hypercall.h>

#include "xen_snd_front_evtchnl.h"

/* Time between two checks of xen_snd_front_chan_settle(), ms. */
#define XEN_SND_FRONT_SETTLE_MS		4

/* Ends an interrupt; @work: there was work, else Xen may delay the next one. */
VISIBLE_IF_KUNIT
void xen_snd_front_endpoint_eoi(const struct xen_snd_front_endpoint *end, bool work)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_endpoint_eoi, end, work);
	xen_irq_lateeoi(end->irq, work ? 0 : XEN_EOI_FLAG_SPURIOUS);
}

VISIBLE_IF_KUNIT void xen_snd_front_endpoint_notify(const struct xen_snd_front_endpoint *end)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_endpoint_notify, end);
	notify_remote_via_irq(end->irq);
}

/* Fetches responses, and moves their summary to @done. Return: there was work. */
static bool fetch_responses(struct xen_snd_front_chan *chan, struct xen_snd_front_done *done)
{
	unsigned long flags;

	spin_lock_irqsave(&chan->lock, flags);
	if (chan->state == XEN_SND_FRONT_CHAN_UP)
		xen_snd_front_ring_reap(chan);
	*done = chan->done;
	memset(&chan->done, 0, sizeof(chan->done));
	spin_unlock_irqrestore(&chan->lock, flags);

	return done->freed || done->broken;
}

static bool report_responses(struct xen_snd_front_chan *chan)
{
	struct xen_snd_front_done done;
	bool work;

	work = fetch_responses(chan, &done);
	if (done.freed)
		chan->ops->completed(chan, &done);
	if (done.broken)
		chan->ops->broken(chan);

	return work;
}

/* Fetches the newest position from at most a full ring of events. Return: there was one. */
static bool fetch_position(struct xen_snd_front_chan *chan, u64 *bytes)
{
	struct xensnd_evt evt;
	unsigned long flags;
	bool found = false;
	unsigned int n;

	spin_lock_irqsave(&chan->lock, flags);
	for (n = 0; n < XENSND_IN_RING_LEN; n++) {
		if (chan->state != XEN_SND_FRONT_CHAN_UP ||
		    !xen_snd_front_ring_event(chan, &evt))
			break;
		/* Other types may come with later versions of the protocol. */
		if (evt.type != XENSND_EVT_CUR_POS)
			continue;
		*bytes = evt.op.cur_pos.position;
		found = true;
	}
	spin_unlock_irqrestore(&chan->lock, flags);

	return found;
}

static irqreturn_t req_thread(int irq, void *data)
{
	struct xen_snd_front_chan *chan = data;
	bool work = report_responses(chan);

	xen_snd_front_endpoint_eoi(&chan->req, work);
	return IRQ_HANDLED;
}

static irqreturn_t evt_thread(int irq, void *data)
{
	struct xen_snd_front_chan *chan = data;
	/* Responses to WRITE have no interrupt of their own. */
	bool work = report_responses(chan);
	u64 bytes;

	/* A backend can send any number of events: only a new position is work. */
	if (fetch_position(chan, &bytes) && chan->ops->position(chan, bytes))
		work = true;

	xen_snd_front_endpoint_eoi(&chan->evt, work);
	return IRQ_HANDLED;
}

/* Releases page, grant, port and interrupt of the endpoint, as far as it has them. */
VISIBLE_IF_KUNIT
void xen_snd_front_endpoint_close(struct xen_snd_front_chan *chan,
				  struct xen_snd_front_endpoint *end)
{
	struct xen_snd_front_peer peer = { .domid = end->domid, .devid = chan->devid };

	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_endpoint_close, chan, end);
	/* Unbinding also closes the port. */
	if (end->irq > 0)
		unbind_from_irqhandler(end->irq, chan);
	else if (end->port)
		xenbus_free_evtchn(chan->dev, end->port);
	end->irq = 0;
	end->port = 0;

	xen_snd_front_page_unshare(&peer, &end->page, &end->gref);
}

/* Return: 0, or a negative errno; then xen_snd_front_endpoint_close() is still due. */
VISIBLE_IF_KUNIT
int xen_snd_front_endpoint_open(struct xen_snd_front_chan *chan,
				struct xen_snd_front_endpoint *end)
{
	struct xen_snd_front_peer peer = xen_snd_front_chan_peer(chan);
	int ret;

	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_endpoint_open, chan, end);
	end->domid = peer.domid;
	ret = xen_snd_front_page_share(&peer, &end->page, &end->gref);
	if (ret)
		return ret;

	return xenbus_alloc_evtchn(chan->dev, &end->port);
}

VISIBLE_IF_KUNIT
int xen_snd_front_endpoint_bind(struct xen_snd_front_chan *chan,
				struct xen_snd_front_endpoint *end,
				irq_handler_t thread)
{
	int irq;
	int ret;

	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_endpoint_bind, chan, end, thread);
	irq = bind_evtchn_to_irq_lateeoi(end->port);
	if (irq < 0)
		return irq;

	/* The handler may run, and end, before request_threaded_irq() returns. */
	end->irq = irq;
	ret = request_threaded_irq(irq, NULL, thread, IRQF_ONESHOT, end->name, chan);
	if (ret) {
		/* Also closes the port; there is no handler to free. */
		evtchn_put(end->port);
		end->port = 0;
		end->irq = 0;
	}

	return ret;
}

/**
 * xen_snd_front_chan_init() - make a channel ready to be brought up
 * @chan: the channel, zeroed
 * @dev: the xenbus device
 * @devid: its number in XenStore
 * @ops: what is called with responses and events
 *
 * Context: any.
 */
void xen_snd_front_chan_init(struct xen_snd_front_chan *chan, struct xenbus_device *dev,
			     unsigned int devid, const struct xen_snd_front_chan_ops *ops)
{
	spin_lock_init(&chan->lock);
	chan->state = XEN_SND_FRONT_CHAN_DOWN;
	chan->dev = dev;
	chan->devid = devid;
	chan->ops = ops;
	chan->req.gref = INVALID_GRANT_REF;
	chan->evt.gref = INVALID_GRANT_REF;
}

/**
 * xen_snd_front_chan_up() - allocate pages, grants, ports and handlers
 * @chan: the channel, down
 * @unit: names the stream in /proc/interrupts and in messages
 *
 * Source: sndif.h, "Stream Request Transport Parameters", "Stream Event Transport
 * Parameters".
 *
 * Context: process context, may sleep.
 * Return: 0 or a negative errno; then xen_snd_front_chan_down() is still due.
 */
int xen_snd_front_chan_up(struct xen_snd_front_chan *chan, const char *unit)
{
	int ret;

	snprintf(chan->req.name, sizeof(chan->req.name), "%s-req", unit);
	snprintf(chan->evt.name, sizeof(chan->evt.name), "%s-evt", unit);

	ret = xen_snd_front_endpoint_open(chan, &chan->req);
	if (ret)
		return ret;
	ret = xen_snd_front_endpoint_open(chan, &chan->evt);
	if (ret)
		return ret;

	/* If the card is registered already, applications may be calling. */
	spin_lock_irq(&chan->lock);
	xen_snd_front_ring_init(chan);
	WRITE_ONCE(chan->epoch, chan->epoch + 1);
	WRITE_ONCE(chan->state, XEN_SND_FRONT_CHAN_UP);
	spin_unlock_irq(&chan->lock);

	ret = xen_snd_front_endpoint_bind(chan, &chan->req, req_thread);
	if (ret)
		return ret;
	return xen_snd_front_endpoint_bind(chan, &chan->evt, evt_thread);
}

/**
 * xen_snd_front_chan_is_bound() - has the backend bound both of a channel's ports
 * @chan: the channel, up
 *
 * Context: any.
 * Return: true if it has, or if Xen does not report it.
 */
bool xen_snd_front_chan_is_bound(const struct xen_snd_front_chan *chan)
{
	const evtchn_port_t ports[] = { chan->req.port, chan->evt.port };
	struct evtchn_status status;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		status = (struct evtchn_status){ .dom = DOMID_SELF, .port = ports[i] };
		if (!HYPERVISOR_event_channel_op(EVTCHNOP_status, &status) &&
		    status.status != EVTCHNSTAT_interdomain)
			return false;
	}

	return true;
}

/**
 * xen_snd_front_chan_shut() - stop sending requests and accepting responses and events
 * @chan: the channel, in any state
 *
 * A process that waits for a response is woken with -ENODEV.
 *
 * Context: any, takes the channel lock.
 */
void xen_snd_front_chan_shut(struct xen_snd_front_chan *chan)
{
	unsigned long flags;

	spin_lock_irqsave(&chan->lock, flags);
	if (chan->state != XEN_SND_FRONT_CHAN_DOWN)
		xen_snd_front_ring_break(chan);
	spin_unlock_irqrestore(&chan->lock, flags);
}

/**
 * xen_snd_front_chan_down() - undo xen_snd_front_chan_up(), however far it got
 * @chan: the channel, in any state
 *
 * Pages that the backend still maps are freed when it has unmapped them.
 *
 * Context: process context; waits for the IRQ threads, so the caller must not hold a lock that
 * they take.
 */
void xen_snd_front_chan_down(struct xen_snd_front_chan *chan)
{
	xen_snd_front_chan_shut(chan);
	xen_snd_front_endpoint_close(chan, &chan->evt);
	xen_snd_front_endpoint_close(chan, &chan->req);
	WRITE_ONCE(chan->state, XEN_SND_FRONT_CHAN_DOWN);
}

/* Context: channel lock, so that the interrupt cannot be unbound at the same time. */
static void push_requests(struct xen_snd_front_chan *chan)
{
	if (xen_snd_front_ring_push(chan))
		xen_snd_front_endpoint_notify(&chan->req);
}

/* Applications get the backend's status only if the protocol defines it. */
static int status_to_errno(s32 status)
{
	switch (status) {
	case 0:
	case -EINVAL:
	case -EBUSY:
	case -ENOMEM:
	case -EOPNOTSUPP:
		return status;
	default:
		return -EIO;
	}
}

/*
 * Sends a request with @waiter, if the connection is still @epoch.
 * Return: how long to wait, ms; or -EAGAIN or -ENODEV, and nothing was sent.
 */
static int send_call(struct xen_snd_front_chan *chan, unsigned int epoch,
		     const struct xensnd_req *req, struct xen_snd_front_waiter *waiter)
{
	unsigned long flags;
	int ret = -ENODEV;

	spin_lock_irqsave(&chan->lock, flags);
	if (chan->state != XEN_SND_FRONT_CHAN_UP || chan->epoch != epoch)
		goto out;
	if (!xen_snd_front_ring_queue(chan, req, 1, true, waiter)) {
		if (chan->state == XEN_SND_FRONT_CHAN_UP)
			ret = -EAGAIN;
		goto out;
	}
	ret = chan->unresponsive ? XEN_SND_FRONT_UNRESPONSIVE_MS : XEN_SND_FRONT_TIMEOUT_MS;
	push_requests(chan);
out:
	spin_unlock_irqrestore(&chan->lock, flags);
	return ret;
}

/* A response that comes later then finds its slot without a waiter. */
static void remove_waiter(struct xen_snd_front_chan *chan, struct xen_snd_front_waiter *waiter)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&chan->lock, flags);
	if (waiter->ret == -ETIMEDOUT)
		WRITE_ONCE(chan->unresponsive, true);
	for (i = 0; i < ARRAY_SIZE(chan->slots); i++)
		if (chan->slots[i].waiter == waiter)
			chan->slots[i].waiter = NULL;
	spin_unlock_irqrestore(&chan->lock, flags);
}

/**
 * xen_snd_front_chan_call() - send a request and wait for its response
 * @chan: the channel
 * @epoch: the connection for which the request is valid
 * @req: the request, but for its id
 * @resp: the response, or NULL
 *
 * Context: process context, sleeps up to XEN_SND_FRONT_TIMEOUT_MS; not in xenwatch.
 * Return: the response's status, see status_to_errno(); or one of these, which are no status:
 * -EAGAIN if nothing was sent, because the ring is full; -ETIMEDOUT if it was sent and there was
 * no response in time; -ENODEV if that connection is not up, or ends meanwhile.
 */
int xen_snd_front_chan_call(struct xen_snd_front_chan *chan, unsigned int epoch,
			    const struct xensnd_req *req, struct xensnd_resp *resp)
{
	struct xen_snd_front_waiter waiter = { .ret = -ETIMEDOUT };
	int ret;

	init_completion(&waiter.done);
	ret = send_call(chan, epoch, req, &waiter);
	if (ret < 0)
		return ret;

	wait_for_completion_timeout(&waiter.done, msecs_to_jiffies(ret));
	remove_waiter(chan, &waiter);
	if (waiter.ret)
		return waiter.ret;
	if (resp)
		*resp = waiter.resp;
	return status_to_errno(waiter.resp.status);
}

/**
 * xen_snd_front_chan_post() - send requests without waiting for their responses
 * @chan: the channel
 * @req: the requests, but for their ids
 * @count: number of them
 * @control: they may use the reserved slots
 *
 * The backend is notified at most once. If data did not fit, ->completed() is called when there is
 * room again.
 *
 * Context: any, takes the channel lock.
 * Return: how many were sent, or -ENODEV if the channel is not up.
 */
int xen_snd_front_chan_post(struct xen_snd_front_chan *chan, const struct xensnd_req *req,
			    unsigned int count, bool control)
{
	unsigned long flags;
	int ret = -ENODEV;

	spin_lock_irqsave(&chan->lock, flags);
	if (chan->state != XEN_SND_FRONT_CHAN_UP)
		goto out;

	ret = xen_snd_front_ring_queue(chan, req, count, control, NULL);
	if (!control)
		chan->starved = ret < count;
	if (chan->state == XEN_SND_FRONT_CHAN_UP)
		push_requests(chan);
	/* Queueing and pushing may fetch old responses, and one of these may break the channel. */
	if (chan->state != XEN_SND_FRONT_CHAN_UP)
		ret = -ENODEV;
out:
	spin_unlock_irqrestore(&chan->lock, flags);
	return ret;
}

static bool is_in_flight(struct xen_snd_front_chan *chan)
{
	unsigned long flags;
	bool busy = false;
	unsigned int i;

	spin_lock_irqsave(&chan->lock, flags);
	if (chan->state == XEN_SND_FRONT_CHAN_UP)
		xen_snd_front_ring_reap(chan);
	for (i = 0; chan->state == XEN_SND_FRONT_CHAN_UP && i < ARRAY_SIZE(chan->slots); i++)
		busy |= chan->slots[i].busy;
	spin_unlock_irqrestore(&chan->lock, flags);

	return busy;
}

/**
 * xen_snd_front_chan_settle() - wait until all that was sent has been answered
 * @chan: the channel
 * @until: the time at which to give up, jiffies
 *
 * If requests were posted on several channels, one time limit applies to all of them. Responses
 * without a waiter cause no interrupt, so the function polls for them.
 *
 * Context: process context, sleeps for the backend.
 * Return: nothing is in flight any more.
 */
bool xen_snd_front_chan_settle(struct xen_snd_front_chan *chan, unsigned long until)
{
	while (is_in_flight(chan)) {
		if (time_after_eq(jiffies, until))
			return false;
		msleep(XEN_SND_FRONT_SETTLE_MS);
	}

	return true;
}

/**
 * xen_snd_front_chan_discard() - discard the responses and events of an earlier OPEN
 * @chan: the channel
 *
 * Context: any, takes the channel lock.
 */
void xen_snd_front_chan_discard(struct xen_snd_front_chan *chan)
{
	struct xen_snd_front_done done;
	u64 bytes;

	fetch_responses(chan, &done);
	fetch_position(chan, &bytes);
}
