// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: a stream's two channels
 *
 * Each stream has a request channel and an event channel: a shared page, its grant,
 * an event channel port and a threaded interrupt handler. End-of-interrupt is late
 * and says whether there was anything to do, so that Xen slows down a backend that
 * only makes noise.
 */

#include <linux/delay.h>
#include <linux/interrupt.h>

#include "xen_snd_front.h"

/* Gives the present state of affairs to the stream, without the channel lock. */
static bool reap(struct xen_snd_front_chan *chan, struct xen_snd_front_done *done)
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

static bool tell_done(struct xen_snd_front_chan *chan)
{
	struct xen_snd_front_stream *stream =
		container_of(chan, struct xen_snd_front_stream, chan);
	struct xen_snd_front_done done;
	bool work;

	work = reap(chan, &done);
	if (done.freed)
		chan->ops->completed(stream, &done);
	if (done.broken)
		chan->ops->broken(stream);

	return work;
}

/* The newest position among at most a ring full of events. */
static bool take_position(struct xen_snd_front_chan *chan, u64 *octets)
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
		*octets = evt.op.cur_pos.position;
		found = true;
	}
	spin_unlock_irqrestore(&chan->lock, flags);

	return found;
}

static irqreturn_t req_thread(int irq, void *data)
{
	struct xen_snd_front_chan *chan = data;
	bool work = tell_done(chan);

	xen_snd_front_xen_eoi(irq, work);
	return IRQ_HANDLED;
}

static irqreturn_t evt_thread(int irq, void *data)
{
	struct xen_snd_front_chan *chan = data;
	struct xen_snd_front_stream *stream =
		container_of(chan, struct xen_snd_front_stream, chan);
	/* Playback's responses come without an interrupt of their own: fetch them here. */
	bool work = tell_done(chan);
	u64 octets;

	/* Events cost a backend nothing: only one that tells something is work. */
	if (take_position(chan, &octets) && chan->ops->position(stream, octets))
		work = true;

	xen_snd_front_xen_eoi(irq, work);
	return IRQ_HANDLED;
}

static void half_down(struct xen_snd_front_chan *chan, struct xen_snd_front_half *half)
{
	/* Unbinding closes the port, too. */
	if (half->irq > 0)
		xen_snd_front_xen_unbind(half->port, half->irq, chan);
	else if (half->port)
		xen_snd_front_xen_free_port(chan->dev, half->port);
	half->irq = 0;
	half->port = 0;

	xen_snd_front_xen_unshare(half->peer, &half->page, &half->gref);
}

static int half_up(struct xen_snd_front_chan *chan, struct xen_snd_front_half *half)
{
	int ret;

	half->peer = xen_snd_front_held_peer(chan->dev);
	ret = xen_snd_front_xen_share(half->peer, &half->page, &half->gref);
	if (ret)
		return ret;

	return xen_snd_front_xen_alloc_port(chan->dev, &half->port);
}

static int half_listen(struct xen_snd_front_chan *chan, struct xen_snd_front_half *half,
		       irq_handler_t thread)
{
	int irq;
	int ret;

	irq = xen_snd_front_xen_bind(half->port);
	if (irq < 0)
		return irq;

	ret = xen_snd_front_xen_handle(irq, thread, half->name, chan);
	if (ret) {
		/* Closes the port as well; with no handler there is none to free. */
		xen_snd_front_xen_unbind(half->port, irq, NULL);
		half->port = 0;
		return ret;
	}

	half->irq = irq;
	return 0;
}

/**
 * xen_snd_front_chan_init() - make a channel ready to be brought up
 * @chan: the channel, zeroed
 * @dev: the xenbus device
 * @ops: whom to tell
 *
 * Context: any.
 */
void xen_snd_front_chan_init(struct xen_snd_front_chan *chan, struct xenbus_device *dev,
			     const struct xen_snd_front_chan_ops *ops)
{
	spin_lock_init(&chan->lock);
	chan->state = XEN_SND_FRONT_CHAN_DOWN;
	chan->dev = dev;
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

	ret = xen_snd_front_held_check(chan->dev);
	if (!ret)
		ret = half_up(chan, &chan->req);
	if (ret)
		return ret;
	ret = half_up(chan, &chan->evt);
	if (ret)
		return ret;

	/* Applications of a card that has been there before may be calling. */
	spin_lock_irq(&chan->lock);
	xen_snd_front_ring_init(chan);
	WRITE_ONCE(chan->epoch, chan->epoch + 1);
	chan->state = XEN_SND_FRONT_CHAN_UP;
	spin_unlock_irq(&chan->lock);

	ret = half_listen(chan, &chan->req, req_thread);
	if (ret)
		return ret;
	return half_listen(chan, &chan->evt, evt_thread);
}

/**
 * xen_snd_front_chan_shut() - send and believe nothing any more
 * @chan: the channel, in any state
 *
 * Whoever waits for a response is woken with -ENODEV.
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
 * Context: process context; waits for the IRQ threads, so no lock they take may be
 * held.
 */
void xen_snd_front_chan_down(struct xen_snd_front_chan *chan)
{
	xen_snd_front_chan_shut(chan);
	half_down(chan, &chan->evt);
	half_down(chan, &chan->req);
	chan->state = XEN_SND_FRONT_CHAN_DOWN;
}

struct xs_node {
	const char *name;
	unsigned int value;
};

#define STREAM_NODES	4

static void stream_nodes(const struct xen_snd_front_chan *chan, struct xs_node *nodes)
{
	nodes[0] = (struct xs_node){ XENSND_FIELD_RING_REF, chan->req.gref };
	nodes[1] = (struct xs_node){ XENSND_FIELD_EVT_CHNL, chan->req.port };
	nodes[2] = (struct xs_node){ XENSND_FIELD_EVT_RING_REF, chan->evt.gref };
	nodes[3] = (struct xs_node){ XENSND_FIELD_EVT_EVT_CHNL, chan->evt.port };
}

static int put_node(struct xenbus_transaction xbt, const char *dir, const struct xs_node *node,
		    bool present)
{
	return xen_snd_front_xen_put(xbt, dir, node->name, present ? &node->value : NULL);
}

static int put_all(struct xenbus_transaction xbt, struct xen_snd_front_card *card, bool present)
{
	struct xs_node nodes[STREAM_NODES];
	unsigned int i;
	unsigned int k;
	int ret;

	ret = xen_snd_front_state_check(&card->front->state, xbt);
	for (i = 0; !ret && i < card->num_streams; i++) {
		stream_nodes(&card->streams[i].chan, nodes);
		for (k = 0; !ret && k < STREAM_NODES; k++)
			ret = put_node(xbt, card->streams[i].cfg->path, &nodes[k], present);
	}

	return ret;
}

/**
 * xen_snd_front_chan_publish() - tell the backend of all channels of a card, or no more
 * @card: the card, all its channels up
 * @present: write the nodes; else remove them
 *
 * Context: process context, sleeps for XenStore.
 * Return: 0; -ENODEV if our directory is not the one that @card was made for; or another
 * negative errno.
 */
int xen_snd_front_chan_publish(struct xen_snd_front_card *card, bool present)
{
	struct xenbus_transaction xbt;
	int ret;

	do {
		ret = xen_snd_front_xen_begin(&xbt);
		if (ret)
			return ret;
		ret = put_all(xbt, card, present);
		if (ret) {
			xen_snd_front_xen_commit(xbt, true);
			return ret;
		}
		/* -EAGAIN: somebody else changed what we read or wrote. */
		ret = xen_snd_front_xen_commit(xbt, false);
	} while (ret == -EAGAIN);

	return ret;
}

/* Under the lock, so that the interrupt cannot be unbound at the same time. */
static void push(struct xen_snd_front_chan *chan)
{
	if (xen_snd_front_ring_push(chan))
		xen_snd_front_xen_notify(chan->req.irq);
}

/* The backend's word goes to applications only where it is an answer of this protocol. */
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
 * How many requests may be sent. What is not data looks for old responses in a full ring, which
 * data leaves to the next event.
 */
static unsigned int find_room(struct xen_snd_front_chan *chan, unsigned int count, bool control)
{
	unsigned int room = xen_snd_front_ring_room(chan, control);

	if (control && room < count && !xen_snd_front_ring_reap(chan))
		room = xen_snd_front_ring_room(chan, control);
	return min(count, room);
}

/**
 * xen_snd_front_chan_call() - send a request and wait for its response
 * @chan: the channel
 * @epoch: the connection it is for: what is true of one backend is not of the next
 * @req: the request, but for its id
 * @resp: the response, or NULL
 *
 * Context: process context, sleeps up to XEN_SND_FRONT_TIMEOUT_MS; not in xenwatch
 * unless the backend is known to be alive.
 * Return: the response's status, of which status_to_errno() makes none of these: -EAGAIN if
 * nothing was sent, because too much is in flight; -ETIMEDOUT if it was sent and no response
 * came; -ENODEV if that connection is not up or goes meanwhile.
 */
int xen_snd_front_chan_call(struct xen_snd_front_chan *chan, unsigned int epoch,
			    const struct xensnd_req *req, struct xensnd_resp *resp)
{
	struct xen_snd_front_waiter waiter = { .ret = -ETIMEDOUT };
	unsigned int timeout = XEN_SND_FRONT_TIMEOUT_MS;
	unsigned long flags;
	unsigned int i;
	int ret = 0;

	init_completion(&waiter.done);

	spin_lock_irqsave(&chan->lock, flags);
	if (chan->state != XEN_SND_FRONT_CHAN_UP || chan->epoch != epoch)
		ret = -ENODEV;
	else if (!find_room(chan, 1, true))
		ret = chan->state == XEN_SND_FRONT_CHAN_UP ? -EAGAIN : -ENODEV;
	if (!ret) {
		if (chan->silent)
			timeout = XEN_SND_FRONT_SILENT_MS;
		xen_snd_front_ring_queue(chan, req, &waiter);
		push(chan);
	}
	spin_unlock_irqrestore(&chan->lock, flags);
	if (ret)
		return ret;

	wait_for_completion_timeout(&waiter.done, msecs_to_jiffies(timeout));

	spin_lock_irqsave(&chan->lock, flags);
	ret = waiter.ret;
	if (ret == -ETIMEDOUT)
		WRITE_ONCE(chan->silent, true);
	/* A late response finds its slot, and nobody there. */
	for (i = 0; i < ARRAY_SIZE(chan->slots); i++)
		if (chan->slots[i].waiter == &waiter)
			chan->slots[i].waiter = NULL;
	spin_unlock_irqrestore(&chan->lock, flags);

	if (ret)
		return ret;
	if (resp)
		*resp = waiter.resp;
	return status_to_errno(waiter.resp.status);
}

/**
 * xen_snd_front_chan_post() - send requests that nobody waits for
 * @chan: the channel
 * @req: the requests, but for their ids
 * @count: number of them
 * @control: they may use the slots in reserve
 *
 * The backend is notified once. Where data did not fit, the stream is told when there
 * is room again.
 *
 * Context: any, takes the channel lock.
 * Return: how many were sent, or -ENODEV if the channel is not up.
 */
int xen_snd_front_chan_post(struct xen_snd_front_chan *chan, const struct xensnd_req *req,
			    unsigned int count, bool control)
{
	unsigned long flags;
	unsigned int i;
	int ret;

	spin_lock_irqsave(&chan->lock, flags);
	if (chan->state != XEN_SND_FRONT_CHAN_UP) {
		ret = -ENODEV;
		goto out;
	}

	ret = find_room(chan, count, control);
	for (i = 0; i < ret; i++)
		xen_snd_front_ring_queue(chan, &req[i], NULL);
	if (!control)
		chan->starved = ret < count;
	if (chan->state == XEN_SND_FRONT_CHAN_UP)
		push(chan);
	/* Sending looks at old responses, too. */
	if (chan->state != XEN_SND_FRONT_CHAN_UP)
		ret = -ENODEV;
out:
	spin_unlock_irqrestore(&chan->lock, flags);
	return ret;
}

static bool is_busy(struct xen_snd_front_chan *chan)
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
 * @until: and no longer than this, jiffies
 *
 * Who has posted requests on several channels can wait for all of them at once. Responses that
 * nobody waits for cause no interrupt, so they are looked for.
 *
 * Context: process context, sleeps for the backend.
 * Return: nothing is in flight any more.
 */
bool xen_snd_front_chan_settle(struct xen_snd_front_chan *chan, unsigned long until)
{
	while (is_busy(chan)) {
		if (time_after_eq(jiffies, until))
			return false;
		msleep(XEN_SND_FRONT_SETTLE_MS);
	}

	return true;
}

/**
 * xen_snd_front_chan_is_up() - is a connection there, and has it not been broken
 * @chan: the channel
 * @epoch: the connection
 *
 * Context: any, takes the channel lock.
 */
bool xen_snd_front_chan_is_up(struct xen_snd_front_chan *chan, unsigned int epoch)
{
	unsigned long flags;
	bool ret;

	spin_lock_irqsave(&chan->lock, flags);
	ret = chan->state == XEN_SND_FRONT_CHAN_UP && chan->epoch == epoch;
	spin_unlock_irqrestore(&chan->lock, flags);

	return ret;
}

/**
 * xen_snd_front_chan_silent() - was the backend missed, and not heard of since
 * @chan: the channel
 *
 * Context: any.
 */
bool xen_snd_front_chan_silent(struct xen_snd_front_chan *chan)
{
	return READ_ONCE(chan->silent);
}

/**
 * xen_snd_front_chan_miss() - the backend should have been heard of, and was not
 * @chan: the channel
 *
 * Nobody waits long for it until it is heard of again.
 *
 * Context: any, takes the channel lock.
 */
void xen_snd_front_chan_miss(struct xen_snd_front_chan *chan)
{
	unsigned long flags;

	spin_lock_irqsave(&chan->lock, flags);
	WRITE_ONCE(chan->silent, true);
	spin_unlock_irqrestore(&chan->lock, flags);
}

/**
 * xen_snd_front_chan_forget() - forget what events and responses have told so far
 * @chan: the channel
 *
 * What belongs to an earlier OPEN must not be taken for news of the next.
 *
 * Context: any, takes the channel lock.
 */
void xen_snd_front_chan_forget(struct xen_snd_front_chan *chan)
{
	struct xen_snd_front_done done;
	u64 octets;

	reap(chan, &done);
	take_position(chan, &octets);
}
