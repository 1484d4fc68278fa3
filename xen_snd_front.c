// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: the xenbus driver and its state machine
 *
 *	backend			frontend
 *	InitWait	->	read the description, bring channels up, Initialised
 *	Connected	->	register the card, Connected
 *	Closing		->	channels go, and the card if the device does; Closed
 *	Closed		->	the same; then Initialising, or Reconfiguring as long as
 *				clients hold the old card, if the device shall stay
 *
 *	Connected to nothing that we have offered
 *			->	Closed, and after a while Initialising: it begins anew
 *
 * All of it is done by a work; xenwatch notes the backend's state.
 *
 * Source: sndif.h, "STATE DIAGRAMS".
 */

#include <linux/mm.h>
#include <linux/module.h>

#include <xen/platform_pci.h>
#include <xen/xen.h>

#include "xen_snd_front.h"

/*
 * One device after the other, as xenwatch comes to them: cards get their numbers in the order
 * of their devices. Frozen while the guest is saved.
 */
static struct workqueue_struct *front_wq;

static void front_release(struct kref *ref)
{
	struct xen_snd_front *front = container_of(ref, struct xen_snd_front, ref);

	put_device(&front->dev->dev);
	kvfree(front);
}

/**
 * xen_snd_front_get() - keep the device object alive
 * @front: the device
 *
 * Context: any.
 */
void xen_snd_front_get(struct xen_snd_front *front)
{
	kref_get(&front->ref);
}

/**
 * xen_snd_front_put() - undo xen_snd_front_get()
 * @front: the device
 *
 * Context: process context.
 */
void xen_snd_front_put(struct xen_snd_front *front)
{
	kref_put(&front->ref, front_release);
}

/**
 * xen_snd_front_opened() - an application has opened a PCM
 * @front: the device
 *
 * Context: any.
 */
void xen_snd_front_opened(struct xen_snd_front *front)
{
	unsigned long flags;

	spin_lock_irqsave(&front->life, flags);
	front->clients++;
	spin_unlock_irqrestore(&front->life, flags);
}

/**
 * xen_snd_front_closed() - an application has closed a PCM
 * @front: the device
 *
 * Context: any.
 */
void xen_snd_front_closed(struct xen_snd_front *front)
{
	unsigned long flags;

	spin_lock_irqsave(&front->life, flags);
	if (!--front->clients && !front->removed)
		queue_work(front_wq, &front->work);
	spin_unlock_irqrestore(&front->life, flags);
}

/**
 * xen_snd_front_kick() - let the worker look at the card's streams
 * @front: the device
 *
 * Context: any.
 */
void xen_snd_front_kick(struct xen_snd_front *front)
{
	unsigned long flags;

	spin_lock_irqsave(&front->life, flags);
	if (!front->removed)
		queue_work(front_wq, &front->work);
	spin_unlock_irqrestore(&front->life, flags);
}

static bool has_clients(struct xen_snd_front *front)
{
	unsigned long flags;
	bool ret;

	spin_lock_irqsave(&front->life, flags);
	ret = front->clients;
	spin_unlock_irqrestore(&front->life, flags);
	return ret;
}

/* Stops and closes all streams; a backend that hangs is waited for once, not once for each. */
static void close_streams(struct xen_snd_front_card *card, bool wait)
{
	unsigned long until = jiffies + msecs_to_jiffies(XEN_SND_FRONT_TIMEOUT_MS);
	unsigned int i;

	for (i = 0; i < card->num_streams; i++)
		xen_snd_front_stream_farewell(&card->streams[i], false);
	for (i = 0; wait && i < card->num_streams; i++)
		xen_snd_front_chan_settle(&card->streams[i].chan, until);
}

/*
 * From now on nothing is sent to the backend nor believed of it; the card stays, its PCMs
 * suspended. Never waits for a client, nor, unless @wait, for the backend.
 */
static void sever(struct xen_snd_front *front, bool wait)
{
	struct xen_snd_front_card *card = front->card;
	unsigned int i;

	if (!card || card->link == XEN_SND_FRONT_AWAY)
		return;

	WRITE_ONCE(card->link, XEN_SND_FRONT_AWAY);
	close_streams(card, wait);
	/* Wakes who waits for the backend, with locks that the next step needs. */
	for (i = 0; i < card->num_streams; i++)
		xen_snd_front_chan_shut(&card->streams[i].chan);
	xen_snd_front_lost_suspend(card);
}

/* Takes the channels away as well; those of a card that was severed before, too. */
static void lose(struct xen_snd_front *front, bool wait)
{
	struct xen_snd_front_card *card = front->card;
	unsigned int i;

	sever(front, wait);
	for (i = 0; card && i < card->num_streams; i++)
		xen_snd_front_chan_down(&card->streams[i].chan);
}

/* Takes the card away, too; clients keep an empty shell. */
static void disconnect(struct xen_snd_front *front, bool wait)
{
	struct xen_snd_front_card *card = front->card;

	if (!card)
		return;

	lose(front, wait);
	xen_snd_front_chan_publish(card, false);
	front->card = NULL;
	xen_snd_front_alsa_let_go(card);
}

static int bring_up(struct xen_snd_front_card *card)
{
	const char *dev_id = strrchr(card->front->dev->nodename, '/') + 1;
	const struct xen_snd_front_cfg_stream *cfg;
	char unit[24];
	unsigned int i;
	int ret;

	for (i = 0; i < card->num_streams; i++) {
		cfg = card->streams[i].cfg;
		snprintf(unit, sizeof(unit), XENSND_DRIVER_NAME "%.5s-%u.%u", dev_id, cfg->pcm,
			 cfg->index);
		ret = xen_snd_front_chan_up(&card->streams[i].chan, unit);
		if (ret)
			return ret;
	}

	return xen_snd_front_chan_publish(card, true);
}

/* The card that is there, or a new one if there is none that fits. */
static int find_card(struct xen_snd_front *front)
{
	struct xen_snd_front_card *card = front->card;
	struct xen_snd_front_cfg cfg;
	int ret;

	ret = xen_snd_front_cfg_read(front->dev, &cfg);
	if (ret)
		return ret;

	if (card && card->registered && xen_snd_front_cfg_same(&cfg, &card->cfg)) {
		xen_snd_front_cfg_free(&cfg);
		return 0;
	}

	disconnect(front, false);
	card = xen_snd_front_alsa_new(front, &cfg);
	if (IS_ERR(card))
		return PTR_ERR(card);
	front->card = card;
	return 0;
}

static int offer(struct xen_snd_front *front)
{
	unsigned int version;
	int ret;

	ret = xen_snd_front_cfg_version(front->dev, &version);
	if (!ret)
		ret = find_card(front);
	if (ret)
		return ret;

	WRITE_ONCE(front->card->link, XEN_SND_FRONT_OFFERED);
	return bring_up(front->card);
}

/* The cause has been told; the backend and the toolstack see that there is no device. */
static void give_up(struct xen_snd_front *front)
{
	disconnect(front, false);
	xen_snd_front_state_enter(&front->state, XenbusStateClosed);
}

static void look_again(struct xen_snd_front *front)
{
	queue_delayed_work(front_wq, &front->again, msecs_to_jiffies(XEN_SND_FRONT_AGAIN_MS));
}

static void backend_waits(struct xen_snd_front *front)
{
	int ret;

	/* The same word twice. */
	if (front->card && front->card->link == XEN_SND_FRONT_OFFERED)
		return;

	ret = offer(front);
	if (!ret)
		ret = xen_snd_front_state_enter(&front->state, XenbusStateInitialised);
	if (!ret) {
		/* Should the answer be missed, it is found then. */
		look_again(front);
		return;
	}

	/* The device has gone, or another one is in its place: xenwatch says what is next. */
	if (ret == -ENODEV) {
		lose(front, false);
		return;
	}
	if (ret != -EINVAL && ret != -EPROTONOSUPPORT && ret != -EBUSY)
		dev_err_ratelimited(&front->dev->dev, "%s: no connection: %d\n",
				    front->dev->nodename, ret);
	give_up(front);
}

/* A backend binds our event channels before it says Connected. */
static bool is_answered(const struct xen_snd_front_card *card)
{
	const struct xen_snd_front_chan *chan;
	unsigned int i;

	if (card->link != XEN_SND_FRONT_OFFERED)
		return false;

	for (i = 0; i < card->num_streams; i++) {
		chan = &card->streams[i].chan;
		if (!xen_snd_front_xen_is_bound(chan->req.port) ||
		    !xen_snd_front_xen_is_bound(chan->evt.port))
			return false;
	}

	return true;
}

static void link_card(struct xen_snd_front *front)
{
	struct xen_snd_front_card *card = front->card;
	int ret = 0;

	WRITE_ONCE(card->link, XEN_SND_FRONT_LINKED);
	if (!card->registered)
		ret = xen_snd_front_alsa_register(card);
	if (!ret)
		ret = xen_snd_front_state_enter(&front->state, XenbusStateConnected);
	if (!ret)
		return;

	if (ret == -ENODEV) {
		lose(front, false);
		return;
	}
	dev_err_ratelimited(&front->dev->dev, "%s: no sound card: %d\n", front->dev->nodename,
			    ret);
	give_up(front);
}

static void backend_connected(struct xen_snd_front *front)
{
	struct xen_snd_front_card *card = front->card;

	if (card && card->link == XEN_SND_FRONT_LINKED)
		return;
	if (!card || !is_answered(card)) {
		/* To something that was there before; it may be about to see that. */
		look_again(front);
		return;
	}

	front->state.tries = 0;
	link_card(front);
}

/* The backend is connected and has had its time to see that it is not to us. */
static void begin_again(struct xen_snd_front *front)
{
	struct xen_snd_front_card *card = front->card;
	enum xenbus_state next = xen_snd_front_state_again(&front->state);

	if (next == XenbusStateUnknown) {
		/* Perhaps one that binds when it needs to. */
		if (card && card->link == XEN_SND_FRONT_OFFERED)
			link_card(front);
		return;
	}

	if (next == XenbusStateClosed)
		dev_warn_ratelimited(&front->dev->dev,
				     "%s: backend connected to no offer of ours, connecting anew\n",
				     front->dev->nodename);
	lose(front, false);
	xen_snd_front_state_enter(&front->state, next);
	look_again(front);
}

/*
 * sndif.h has a state for those whose backend is gone while somebody uses the device. Backends
 * that do not know it have shown that by being connected to nothing.
 */
static void enter_away(struct xen_snd_front *front)
{
	bool used = has_clients(front) && !front->state.tries;

	xen_snd_front_state_enter(&front->state,
				  used ? XenbusStateReconfiguring : XenbusStateInitialising);
}

static void backend_ends(struct xen_snd_front *front, enum xenbus_state backend, bool gone)
{
	if (!gone && front->card && front->card->link == XEN_SND_FRONT_OFFERED)
		dev_err_ratelimited(&front->dev->dev,
				    "%s: backend closed without connecting, see its log\n",
				    front->dev->nodename);
	if (gone)
		disconnect(front, false);
	else
		lose(front, false);

	/* Our own Closing is xenbus's: the guest goes down, and waits for this. */
	if (gone || backend == XenbusStateClosing ||
	    xen_snd_front_state_get(&front->state) == XenbusStateClosing) {
		xen_snd_front_state_enter(&front->state, XenbusStateClosed);
		complete(&front->dev->down);
		return;
	}

	enter_away(front);
}

/*
 * Another backend has come. What our node says must not be taken by it for an offer: it would
 * connect to what is taken away meanwhile.
 */
static void part(struct xen_snd_front *front)
{
	enum xenbus_state own = xen_snd_front_state_get(&front->state);

	if (own == XenbusStateInitialised || own == XenbusStateConnected)
		enter_away(front);
	lose(front, false);
}

/*
 * Where the backend is, and whether the toolstack takes the device away, not only the backend.
 * One transaction: of a directory that has gone in between, neither says anything.
 * Return: its state, @seen if it cannot be read.
 */
static enum xenbus_state look_at_backend(struct xen_snd_front *front, enum xenbus_state seen,
					 bool *gone)
{
	const char *dir = front->dev->otherend;
	struct xenbus_transaction xbt;
	unsigned int online;
	unsigned int state;
	int ret;

	*gone = false;
	if (xen_snd_front_xen_begin(&xbt))
		return seen;
	ret = xen_snd_front_xen_get(xbt, dir, "state", &state);
	if (!ret && !xen_snd_front_xen_get(xbt, dir, "online", &online))
		*gone = !online;
	xen_snd_front_xen_commit(xbt, true);

	if (ret == -ENOENT)
		return XenbusStateUnknown;
	return ret ? seen : state;
}

static void follow(struct xen_snd_front *front, enum xenbus_state seen, bool ended)
{
	enum xenbus_state backend;
	bool gone;

	/* Where it is by now: what was seen may be another's. */
	backend = look_at_backend(front, seen, &gone);
	/* After a connection the first state means another backend. */
	if (backend == XenbusStateInitWait && front->card)
		ended |= front->card->link == XEN_SND_FRONT_LINKED;

	switch (backend) {
	case XenbusStateClosing:
	case XenbusStateClosed:
		backend_ends(front, backend, gone);
		return;
	case XenbusStateUnknown:
		/* Its directory is gone: nobody could read what we write. */
		disconnect(front, false);
		return;
	default:
		if (ended)
			part(front);
		break;
	}

	if (backend == XenbusStateInitWait)
		backend_waits(front);
	else if (backend == XenbusStateConnected)
		backend_connected(front);
}

static void front_work(struct work_struct *work)
{
	struct xen_snd_front *front = container_of(work, struct xen_snd_front, work);
	enum xenbus_state seen;
	bool ended;

	mutex_lock(&front->lock);
	/* Severed by resume(). */
	if (front->card && front->card->link == XEN_SND_FRONT_AWAY)
		lose(front, false);
	if (front->card)
		xen_snd_front_lost_suspend_due(front->card);
	if (xen_snd_front_state_take(&front->state, &seen, &ended))
		follow(front, seen, ended);
	/* Perhaps nobody is left who uses the device of a backend that is gone. */
	if (xen_snd_front_state_get(&front->state) == XenbusStateReconfiguring)
		enter_away(front);
	mutex_unlock(&front->lock);
}

static void front_again(struct work_struct *work)
{
	struct xen_snd_front *front =
		container_of(to_delayed_work(work), struct xen_snd_front, again);
	struct xen_snd_front_card *card;
	bool gone;

	mutex_lock(&front->lock);
	card = front->card;
	if (card && card->link == XEN_SND_FRONT_LINKED)
		goto out;

	switch (look_at_backend(front, XenbusStateReconfigured, &gone)) {
	case XenbusStateConnected:
		if (card && is_answered(card))
			backend_connected(front);
		else
			begin_again(front);
		break;
	case XenbusStateReconfigured:
		/* It could not be read. */
		look_again(front);
		break;
	default:
		break;
	}
out:
	mutex_unlock(&front->lock);
}

static void front_wake(struct xen_snd_front_state *state)
{
	queue_work(front_wq, &container_of(state, struct xen_snd_front, state)->work);
}

/*
 * Makes a note and goes: each access to XenStore would keep xenwatch, and so the guest's other
 * devices, for milliseconds where the toolstack is busy.
 */
static void front_changed(struct xenbus_device *dev, enum xenbus_state backend_state)
{
	struct xen_snd_front *front = dev_get_drvdata(&dev->dev);

	xen_snd_front_state_note(&front->state, backend_state);
	front_wake(&front->state);
}

static int front_probe(struct xenbus_device *dev, const struct xenbus_device_id *id)
{
	struct xen_snd_front *front;
	int ret;

	front = xen_snd_front_xen_zalloc(1, sizeof(*front));
	if (!front)
		return -ENOMEM;

	/* Streams of a card that somebody has open name it after it has gone. */
	get_device(&dev->dev);
	front->dev = dev;
	kref_init(&front->ref);
	mutex_init(&front->lock);
	spin_lock_init(&front->life);
	INIT_WORK(&front->work, front_work);
	INIT_DELAYED_WORK(&front->again, front_again);
	dev_set_drvdata(&dev->dev, front);

	ret = xen_snd_front_state_init(&front->state, dev, front_wake);
	if (ret)
		xen_snd_front_put(front);
	return ret;
}

/* The one thing that is worth a backend's time is to hear that its streams end. */
static bool listens(const struct xen_snd_front *front)
{
	return front->card && front->card->link == XEN_SND_FRONT_LINKED &&
	       xenbus_read_unsigned(front->dev->otherend, "state", XenbusStateUnknown) ==
	       XenbusStateConnected;
}

static void front_remove(struct xenbus_device *dev)
{
	struct xen_snd_front *front = dev_get_drvdata(&dev->dev);
	unsigned long flags;

	spin_lock_irqsave(&front->life, flags);
	front->removed = true;
	spin_unlock_irqrestore(&front->life, flags);
	xen_snd_front_state_stop(&front->state);
	cancel_work_sync(&front->work);
	cancel_delayed_work_sync(&front->again);

	mutex_lock(&front->lock);
	disconnect(front, listens(front));
	mutex_unlock(&front->lock);
	xen_snd_front_state_leave(&front->state);
	xen_snd_front_put(front);
}

/* After a restore nothing of the connection exists any more on the other side. */
static int front_resume(struct xenbus_device *dev)
{
	struct xen_snd_front *front = dev_get_drvdata(&dev->dev);
	unsigned int i;

	mutex_lock(&front->lock);
	xen_snd_front_state_resumed(&front->state);
	for (i = 0; front->card && i < front->card->num_streams; i++)
		xen_snd_front_chan_shut(&front->card->streams[i].chan);
	sever(front, false);
	mutex_unlock(&front->lock);

	queue_work(front_wq, &front->work);
	return 0;
}

static const struct xenbus_device_id front_ids[] = {
	{ XENSND_DRIVER_NAME },
	{ "" }
};
MODULE_DEVICE_TABLE(xenbus, front_ids);

static struct xenbus_driver front_driver = {
	.ids = front_ids,
	.probe = front_probe,
	.remove = front_remove,
	.resume = front_resume,
	.otherend_changed = front_changed,
	.not_essential = true,
	/* xenbus would write Closed into whatever directory is there when the device goes. */
	.allow_rebind = true,
};

static int __init front_init(void)
{
	int ret;

	if (!xen_domain() || !xen_has_pv_devices())
		return -ENODEV;

	front_wq = alloc_ordered_workqueue("snd_xen_front", WQ_FREEZABLE);
	if (!front_wq)
		return -ENOMEM;

	ret = xenbus_register_frontend(&front_driver);
	if (ret)
		destroy_workqueue(front_wq);
	return ret;
}
module_init(front_init);

static void __exit front_exit(void)
{
	xenbus_unregister_driver(&front_driver);
	xen_snd_front_alsa_exit();
	xen_snd_front_held_exit();
	destroy_workqueue(front_wq);
}
module_exit(front_exit);

MODULE_DESCRIPTION("Xen virtual sound device frontend");
MODULE_AUTHOR("The snd_xen_front authors");
MODULE_VERSION("0.1");
MODULE_LICENSE("Dual MIT/GPL");
MODULE_ALIAS("xen:" XENSND_DRIVER_NAME);
