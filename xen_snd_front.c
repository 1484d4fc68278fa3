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
 *			->	Closed, and after a while Initialising: a new handshake
 *
 * All of it is done by a work; xenwatch notes the backend's state.
 *
 * Source: sndif.h, "STATE DIAGRAMS".
 */

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/module.h>

#include <xen/interface/io/sndif.h>
#include <xen/platform_pci.h>
#include <xen/xen.h>

#include "xen_snd_front.h"
#include "xen_snd_front_alsa.h"
#include "xen_snd_front_cfg.h"
#include "xen_snd_front_evtchnl.h"
#include "xen_snd_front_stream.h"

/* How long remove() waits until the backend has closed all streams, ms. */
#define XEN_SND_FRONT_REMOVE_MS		3000

/* ---- XenStore ---- */

VISIBLE_IF_KUNIT int xen_snd_front_store_begin(struct xenbus_transaction *xbt)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_store_begin, xbt);
	return xenbus_transaction_start(xbt);
}

VISIBLE_IF_KUNIT int xen_snd_front_store_end(struct xenbus_transaction xbt, bool abort)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_store_end, xbt, abort);
	return xenbus_transaction_end(xbt, abort);
}

/* Reads a number. Return: 0 or a negative errno. */
VISIBLE_IF_KUNIT
int xen_snd_front_store_get(struct xenbus_transaction xbt, const char *dir, const char *node,
			    unsigned int *value)
{
	int ret;

	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_store_get, xbt, dir, node, value);
	ret = xenbus_scanf(xbt, dir, node, "%u", value);
	return min(ret, 0);
}

/* Writes a number, or removes a node where @value is NULL. Return: 0 or a negative errno. */
VISIBLE_IF_KUNIT
int xen_snd_front_store_put(struct xenbus_transaction xbt, const char *dir, const char *node,
			    const unsigned int *value)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_store_put, xbt, dir, node, value);
	if (value)
		return xenbus_printf(xbt, dir, node, "%u", *value);

	/* It may have gone with the device. */
	xenbus_rm(xbt, dir, node);
	return 0;
}

VISIBLE_IF_KUNIT int xen_snd_front_store_watch(struct xenbus_watch *watch)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_store_watch, watch);
	return register_xenbus_watch(watch);
}

VISIBLE_IF_KUNIT void xen_snd_front_store_unwatch(struct xenbus_watch *watch)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_store_unwatch, watch);
	unregister_xenbus_watch(watch);
}

/* ---- The states of both sides, between xenwatch and the worker ---- */

/*
 * xenwatch notes the backend's state, and the worker takes the note.
 *
 * Ours is kept by xenbus twice, in XenStore and as ->state. Linux 7.x looks at both from
 * xenwatch whenever a node of the device changes: Initialising in the one and something else
 * in the other is a device that the toolstack has made again, and this one is unregistered.
 * It may have read the node a while before it looks at ->state, so a thread other than
 * xenwatch has to make ->state Initialising before the node, and can never tell when ->state
 * may be something else again. That step is left to xenwatch itself: to a watch on the node.
 *
 * The toolstack may remove our directory and make it again within milliseconds. xenbus may see
 * that, and remove the device, or not. What was decided for the old directory must not be
 * written into the new one. So xenwatch marks a directory that it has not seen before: with
 * our version, which only this driver writes, and it counts the directories. A write of the worker
 * is a transaction that looks for the mark, and it is made only if the count is the one with
 * which the worker began. Only xenwatch marks: where xenbus has seen the old directory go, the
 * device is removed before the new one could be marked.
 */

/* Context: lock held. */
static enum xenbus_state state_now(const struct xen_snd_front_state *state)
{
	return state->dev->state == XenbusStateInitialising ? state->ahead : state->dev->state;
}

/* Context: lock held. */
static bool is_outdated(const struct xen_snd_front_state *state)
{
	return state->turn != state->marked;
}

/* The state that was entered last. */
VISIBLE_IF_KUNIT enum xenbus_state xen_snd_front_state_get(struct xen_snd_front_state *state)
{
	enum xenbus_state ret;
	unsigned long flags;

	spin_lock_irqsave(&state->lock, flags);
	ret = state_now(state);
	spin_unlock_irqrestore(&state->lock, flags);
	return ret;
}

/*
 * Is the directory still the one that the worker knows? In the transaction that is to write
 * into it. Return: 0; -ENODEV if it has gone or been made again; or another negative errno.
 */
static int check_directory(struct xen_snd_front_state *state, struct xenbus_transaction xbt)
{
	unsigned int version;
	unsigned long flags;
	bool outdated;
	int ret;

	spin_lock_irqsave(&state->lock, flags);
	outdated = is_outdated(state);
	spin_unlock_irqrestore(&state->lock, flags);
	if (outdated)
		return -ENODEV;

	ret = xen_snd_front_store_get(xbt, state->dev->nodename, XENSND_FIELD_FE_VERSION, &version);
	return ret == -ENOENT ? -ENODEV : ret;
}

static int put_number(struct xenbus_transaction xbt, const struct xenbus_device *dev,
		      const char *node, unsigned int value)
{
	return xen_snd_front_store_put(xbt, dev->nodename, node, &value);
}

/* Whatever the state was, for this driver the device begins now. */
static int mark_directory(struct xenbus_transaction xbt, struct xen_snd_front_state *state,
			  enum xenbus_state to)
{
	unsigned int found;
	int ret;

	ret = xen_snd_front_store_get(xbt, state->dev->nodename, "state", &found);
	if (ret)
		return ret == -ENOENT ? -ENODEV : ret;

	ret = put_number(xbt, state->dev, XENSND_FIELD_FE_VERSION, XENSND_PROTOCOL_VERSION);
	return ret ?: put_number(xbt, state->dev, "state", to);
}

static int replace_state(struct xenbus_transaction xbt, struct xen_snd_front_state *state,
			 enum xenbus_state to)
{
	unsigned int found;
	int ret;

	ret = check_directory(state, xbt);
	if (ret)
		return ret;
	ret = xen_snd_front_store_get(xbt, state->dev->nodename, "state", &found);
	if (ret)
		return ret == -ENOENT ? -ENODEV : ret;
	/* The toolstack has reset the device: xenwatch will see it. */
	if (found == XenbusStateInitialising &&
	    xen_snd_front_state_get(state) != XenbusStateInitialising)
		return -ENODEV;
	return put_number(xbt, state->dev, "state", to);
}

/* The mark goes as well. */
static int leave_directory(struct xenbus_transaction xbt, struct xen_snd_front_state *state,
			   enum xenbus_state to)
{
	int ret = replace_state(xbt, state, to);

	return ret ?: xen_snd_front_store_put(xbt, state->dev->nodename,
					    XENSND_FIELD_FE_VERSION, NULL);
}

typedef int (*step_fn)(struct xenbus_transaction xbt, struct xen_snd_front_state *state,
		       enum xenbus_state to);

/* Return: 0; -ENODEV if the directory is not the one we know; or a negative errno, reported. */
static int write_store(struct xen_snd_front_state *state, step_fn step, enum xenbus_state to)
{
	struct xenbus_transaction xbt;
	int ret;

	do {
		ret = xen_snd_front_store_begin(&xbt);
		if (ret)
			break;
		ret = step(xbt, state, to);
		ret = xen_snd_front_store_end(xbt, ret) ?: ret;
	} while (ret == -EAGAIN);

	if (ret && ret != -ENODEV)
		dev_err_ratelimited(&state->dev->dev, "%s: cannot be written: %d\n",
				    state->path, ret);
	return ret;
}

/*
 * Is it a directory without our mark, or one that was reset? The state is looked at before and
 * after the node is read: the worker may be on its way to or from Initialising.
 */
static bool has_begun_anew(struct xen_snd_front_state *state)
{
	const char *dir = state->dev->nodename;
	enum xenbus_state before = xen_snd_front_state_get(state);
	unsigned int found;

	if (!READ_ONCE(state->known))
		return true;
	if (xen_snd_front_store_get(XBT_NIL, dir, "state", &found) ||
	    found != XenbusStateInitialising)
		return false;
	if (before != XenbusStateInitialising &&
	    xen_snd_front_state_get(state) != XenbusStateInitialising)
		return true;
	return xen_snd_front_store_get(XBT_NIL, dir, XENSND_FIELD_FE_VERSION, &found) == -ENOENT;
}

static void begin_anew(struct xen_snd_front_state *state)
{
	unsigned long flags;

	spin_lock_irqsave(&state->lock, flags);
	state->marked++;
	state->ahead = XenbusStateInitialising;
	WRITE_ONCE(state->dev->state, XenbusStateInitialising);
	spin_unlock_irqrestore(&state->lock, flags);

	if (write_store(state, mark_directory, XenbusStateInitialising))
		return;

	spin_lock_irqsave(&state->lock, flags);
	WRITE_ONCE(state->known, true);
	state->ended = true;
	/* Where xenwatch has not yet seen the backend, it is about to. */
	state->news = state->seen != XenbusStateUnknown;
	spin_unlock_irqrestore(&state->lock, flags);
	state->wake(state);
}

/* In xenwatch, so what it has read of the node is not on its way to be looked at. */
static void node_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	struct xen_snd_front_state *state =
		container_of(watch, struct xen_snd_front_state, watch);
	unsigned long flags;

	if (has_begun_anew(state)) {
		begin_anew(state);
		return;
	}

	spin_lock_irqsave(&state->lock, flags);
	if (state->dev->state == XenbusStateInitialising)
		WRITE_ONCE(state->dev->state, state->ahead);
	spin_unlock_irqrestore(&state->lock, flags);
}

/*
 * Begins to look after a device's state; @wake starts the worker, and is called in xenwatch. The
 * state is Initialising until there is something to take. Return: 0 or a negative errno.
 */
VISIBLE_IF_KUNIT
int xen_snd_front_state_init(struct xen_snd_front_state *state, struct xenbus_device *dev,
			     void (*wake)(struct xen_snd_front_state *state))
{
	int ret;

	spin_lock_init(&state->lock);
	state->dev = dev;
	state->wake = wake;
	state->ahead = XenbusStateInitialising;
	snprintf(state->path, sizeof(state->path), "%s/state", dev->nodename);
	state->watch.node = state->path;
	state->watch.callback = node_changed;

	/* A new watch fires once by itself: then xenwatch marks the directory. */
	ret = xen_snd_front_store_watch(&state->watch);
	if (ret)
		dev_err(&dev->dev, "%s: cannot be watched: %d\n", state->path, ret);
	return ret;
}

/* The worker is not woken from here any more. Waits for xenwatch, unless called in it. */
VISIBLE_IF_KUNIT void xen_snd_front_state_stop(struct xen_snd_front_state *state)
{
	xen_snd_front_store_unwatch(&state->watch);
}

/* Enters Closed, unless the directory is not the one we know; stopped, the worker has ended. */
VISIBLE_IF_KUNIT void xen_snd_front_state_leave(struct xen_snd_front_state *state)
{
	if (write_store(state, leave_directory, XenbusStateClosed))
		return;

	/* Else xenbus would wait for us when the guest goes down. */
	if (state->dev->state != XenbusStateInitialising)
		WRITE_ONCE(state->dev->state, XenbusStateClosed);
}

/*
 * xenwatch sees each write, but reads what is there by then, so it may see the last state of a
 * handshake more than once; not after all this time.
 */
static bool was_long_ago(const struct xen_snd_front_state *state)
{
	return time_after(jiffies,
			  state->noted + msecs_to_jiffies(XEN_SND_FRONT_AGAIN_MS));
}

/*
 * Notes the backend's state for the worker. The worker reads itself where the backend is by then,
 * and uses @seen where it cannot. What it would not see is an end before that, since a new
 * backend's states look like the old one's.
 */
VISIBLE_IF_KUNIT
void xen_snd_front_state_note(struct xen_snd_front_state *state, enum xenbus_state seen)
{
	unsigned long flags;

	spin_lock_irqsave(&state->lock, flags);
	switch (seen) {
	case XenbusStateInitWait:
		state->ended |= state->seen == XenbusStateConnected;
		break;
	case XenbusStateConnected:
		/* Said once more, by another one that found us Connected. */
		state->ended |= state->seen == XenbusStateConnected && was_long_ago(state);
		break;
	case XenbusStateInitialising:
	case XenbusStateClosing:
	case XenbusStateClosed:
	case XenbusStateUnknown:
		state->ended = true;
		break;
	default:
		break;
	}
	state->seen = seen;
	state->noted = jiffies;
	state->news = true;
	spin_unlock_irqrestore(&state->lock, flags);
}

/*
 * What has changed since the last time: the backend's state, and whether a connection has ended or
 * our directory is another one. What the worker writes from now on is for the directory that is
 * there now. Return: something has changed.
 */
VISIBLE_IF_KUNIT
bool xen_snd_front_state_take(struct xen_snd_front_state *state, enum xenbus_state *seen,
			      bool *ended)
{
	unsigned long flags;
	bool news;

	spin_lock_irqsave(&state->lock, flags);
	news = state->news && state->known;
	*seen = state->seen;
	*ended = state->ended;
	if (news) {
		state->turn = state->marked;
		state->news = false;
		state->ended = false;
	}
	spin_unlock_irqrestore(&state->lock, flags);
	return news;
}

/* The guest has been restored: xenbus has set ->state, and the notes are of another backend. */
VISIBLE_IF_KUNIT void xen_snd_front_state_resumed(struct xen_snd_front_state *state)
{
	unsigned long flags;

	spin_lock_irqsave(&state->lock, flags);
	state->ahead = XenbusStateInitialising;
	/* The watch fires again: then the directory is marked. */
	WRITE_ONCE(state->known, false);
	state->seen = XenbusStateUnknown;
	state->news = false;
	state->ended = false;
	spin_unlock_irqrestore(&state->lock, flags);
}

/*
 * Enters a state (sndif.h, "STATE DIAGRAMS"). xenbus_switch_state() of Linux before 7.x would write
 * into a directory that has been made again.
 * Return: 0; -ENODEV if the directory is not the one that the worker knows, and nothing is
 * written; or another negative errno, reported.
 */
VISIBLE_IF_KUNIT
int xen_snd_front_state_enter(struct xen_snd_front_state *state, enum xenbus_state to)
{
	struct xenbus_device *dev = state->dev;
	enum xenbus_state from;
	unsigned long flags;
	bool outdated;
	bool behind;
	int ret;

	spin_lock_irqsave(&state->lock, flags);
	outdated = is_outdated(state);
	from = state_now(state);
	if (!outdated && to == XenbusStateInitialising) {
		state->ahead = to;
		WRITE_ONCE(dev->state, to);
	}
	spin_unlock_irqrestore(&state->lock, flags);
	if (outdated)
		return -ENODEV;
	if (from == to)
		return 0;

	ret = write_store(state, replace_state, to);
	spin_lock_irqsave(&state->lock, flags);
	/* xenwatch may have copied an older ->ahead meanwhile. */
	behind = dev->state == XenbusStateInitialising;
	if (is_outdated(state))
		ret = -ENODEV;
	else if (behind)
		state->ahead = ret ? from : to;
	else if (!ret)
		WRITE_ONCE(dev->state, to);
	spin_unlock_irqrestore(&state->lock, flags);
	if (ret || !behind || to == XenbusStateInitialising)
		return ret;

	/* The watch may have been too early for that: once more. */
	return write_store(state, replace_state, to);
}

/*
 * The next step for a backend that is connected to nothing of ours: it has found what an earlier
 * connection left, and ignores the state that we are in. All backends release a connection when
 * the frontend is Closed, and begin when it is Initialising.
 * Return: the state to enter; XenbusStateUnknown: none, it has had its tries, or the device is
 * Closed for a reason of our own.
 */
VISIBLE_IF_KUNIT enum xenbus_state xen_snd_front_state_again(struct xen_snd_front_state *state)
{
	if (xen_snd_front_state_get(state) == XenbusStateClosed)
		return state->tries ? XenbusStateInitialising : XenbusStateUnknown;

	if (time_after(jiffies, state->tried + XEN_SND_FRONT_AGAIN_REST * HZ))
		state->tries = 0;
	if (state->tries == XEN_SND_FRONT_AGAIN_TRIES)
		return XenbusStateUnknown;

	state->tries++;
	state->tried = jiffies;
	return XenbusStateClosed;
}

/* ---- The card and its channels ---- */

/*
 * One device after the other, as xenwatch comes to them: cards get their numbers in the order
 * of their devices. Frozen while the guest is saved.
 */
static struct workqueue_struct *front_wq;

static bool has_clients(struct xen_snd_front *front)
{
	unsigned long flags;
	bool ret;

	spin_lock_irqsave(&front->clients_lock, flags);
	ret = front->clients;
	spin_unlock_irqrestore(&front->clients_lock, flags);
	return ret;
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
	return xen_snd_front_store_put(xbt, dir, node->name, present ? &node->value : NULL);
}

static int put_stream_nodes(struct xenbus_transaction xbt, struct xen_snd_front_card *card,
			    bool present)
{
	struct xs_node nodes[STREAM_NODES];
	unsigned int i;
	unsigned int k;
	int ret;

	ret = check_directory(&card->front->state, xbt);
	for (i = 0; !ret && i < card->num_streams; i++) {
		stream_nodes(&card->streams[i].chan, nodes);
		for (k = 0; !ret && k < STREAM_NODES; k++)
			ret = put_node(xbt, card->streams[i].cfg->path, &nodes[k], present);
	}

	return ret;
}

/*
 * Writes the nodes of all channels of a card in one transaction, or removes them (@present false).
 * Return: 0; -ENODEV if our directory is not the one that @card was made for; or another negative
 * errno.
 */
VISIBLE_IF_KUNIT int xen_snd_front_card_publish(struct xen_snd_front_card *card, bool present)
{
	struct xenbus_transaction xbt;
	int ret;

	do {
		ret = xen_snd_front_store_begin(&xbt);
		if (ret)
			return ret;
		ret = put_stream_nodes(xbt, card, present);
		if (ret) {
			xen_snd_front_store_end(xbt, true);
			return ret;
		}
		/* -EAGAIN: another writer changed what we read or wrote. */
		ret = xen_snd_front_store_end(xbt, false);
	} while (ret == -EAGAIN);

	return ret;
}

/* Stops and closes all streams; one deadline for a backend that does not respond. */
static void close_streams(struct xen_snd_front_card *card, bool wait)
{
	unsigned long until = jiffies + msecs_to_jiffies(XEN_SND_FRONT_REMOVE_MS);
	unsigned int i;

	for (i = 0; i < card->num_streams; i++)
		xen_snd_front_stream_shutdown(&card->streams[i]);
	for (i = 0; wait && i < card->num_streams; i++)
		xen_snd_front_chan_settle(&card->streams[i].chan, until);
}

/*
 * From now on nothing is sent to the backend nor accepted from it; the card stays, its PCMs
 * suspended. Never waits for a client, nor, unless @wait, for the backend.
 */
static void quiesce_card(struct xen_snd_front *front, bool wait)
{
	struct xen_snd_front_card *card = front->card;
	unsigned int i;

	if (!card || card->link == XEN_SND_FRONT_DISCONNECTED)
		return;

	WRITE_ONCE(card->link, XEN_SND_FRONT_DISCONNECTED);
	close_streams(card, wait);
	/* Wakes those that wait for the backend, with locks that the next step needs. */
	for (i = 0; i < card->num_streams; i++)
		xen_snd_front_chan_shut(&card->streams[i].chan);
	xen_snd_front_card_suspend(card, true);
}

/* Takes the channels down as well; those of a card that was quiesced before, too. */
static void teardown_channels(struct xen_snd_front *front, bool wait)
{
	struct xen_snd_front_card *card = front->card;
	unsigned int i;

	quiesce_card(front, wait);
	for (i = 0; card && i < card->num_streams; i++)
		xen_snd_front_chan_down(&card->streams[i].chan);
}

/* Removes the card, too; for clients that have it open it is disconnected. */
static void remove_card(struct xen_snd_front *front, bool wait)
{
	struct xen_snd_front_card *card = front->card;

	if (!card)
		return;

	teardown_channels(front, wait);
	xen_snd_front_card_publish(card, false);
	front->card = NULL;
	xen_snd_front_card_disconnect(card);
}

static int bring_up_channels(struct xen_snd_front_card *card)
{
	const struct xen_snd_front_cfg_stream *cfg;
	char unit[24];
	unsigned int i;
	int ret;

	for (i = 0; i < card->num_streams; i++) {
		cfg = card->streams[i].cfg;
		snprintf(unit, sizeof(unit), XENSND_DRIVER_NAME "%u-%u.%u", card->front->devid,
			 cfg->pcm, cfg->index);
		ret = xen_snd_front_chan_up(&card->streams[i].chan, unit);
		if (ret)
			return ret;
	}

	return xen_snd_front_card_publish(card, true);
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

	remove_card(front, false);
	card = xen_snd_front_card_new(front, &cfg);
	if (IS_ERR(card))
		return PTR_ERR(card);
	front->card = card;
	return 0;
}

static int offer_card(struct xen_snd_front *front)
{
	int ret = find_card(front);

	if (ret)
		return ret;

	WRITE_ONCE(front->card->link, XEN_SND_FRONT_INITIALISED);
	return bring_up_channels(front->card);
}

/* ---- The state machine ---- */

/* The cause has been reported; Closed says to backend and toolstack that there is no device. */
static void give_up(struct xen_snd_front *front)
{
	remove_card(front, false);
	xen_snd_front_state_enter(&front->state, XenbusStateClosed);
}

static void look_again(struct xen_snd_front *front)
{
	queue_delayed_work(front_wq, &front->again, msecs_to_jiffies(XEN_SND_FRONT_AGAIN_MS));
}

static void backend_waits(struct xen_snd_front *front)
{
	int ret;

	/* It was seen twice. */
	if (front->card && front->card->link == XEN_SND_FRONT_INITIALISED)
		return;

	ret = offer_card(front);
	if (!ret)
		ret = xen_snd_front_state_enter(&front->state, XenbusStateInitialised);
	if (!ret) {
		/* Should the answer be missed, it is found then. */
		look_again(front);
		return;
	}

	/* The device has gone, or another one is in its place: xenwatch says what is next. */
	if (ret == -ENODEV) {
		teardown_channels(front, false);
		return;
	}
	if (ret != -EINVAL && ret != -EPROTONOSUPPORT && ret != -EBUSY)
		dev_err_ratelimited(&front->dev->dev, "%s: no connection: %d\n",
				    front->dev->nodename, ret);
	give_up(front);
}

/* A backend binds our event channels before it enters Connected. */
static bool is_answered(const struct xen_snd_front_card *card)
{
	unsigned int i;

	if (card->link != XEN_SND_FRONT_INITIALISED)
		return false;

	for (i = 0; i < card->num_streams; i++)
		if (!xen_snd_front_chan_is_bound(&card->streams[i].chan))
			return false;

	return true;
}

static void link_card(struct xen_snd_front *front)
{
	struct xen_snd_front_card *card = front->card;
	int ret = 0;

	WRITE_ONCE(card->link, XEN_SND_FRONT_CONNECTED);
	if (!card->registered)
		ret = xen_snd_front_card_register(card);
	if (!ret)
		ret = xen_snd_front_state_enter(&front->state, XenbusStateConnected);
	if (!ret)
		return;

	if (ret == -ENODEV) {
		teardown_channels(front, false);
		return;
	}
	dev_err_ratelimited(&front->dev->dev, "%s: no sound card: %d\n", front->dev->nodename,
			    ret);
	give_up(front);
}

static void backend_connected(struct xen_snd_front *front)
{
	struct xen_snd_front_card *card = front->card;

	if (card && card->link == XEN_SND_FRONT_CONNECTED)
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
		if (card && card->link == XEN_SND_FRONT_INITIALISED)
			link_card(front);
		return;
	}

	if (next == XenbusStateClosed)
		dev_warn_ratelimited(&front->dev->dev,
				     "%s: backend connected to no offer of ours, connecting anew\n",
				     front->dev->nodename);
	teardown_channels(front, false);
	xen_snd_front_state_enter(&front->state, next);
	look_again(front);
}

/*
 * sndif.h has a state for devices without a backend that are in use. A backend that connected
 * to nothing does not know it.
 */
static void enter_away(struct xen_snd_front *front)
{
	bool used = has_clients(front) && !front->state.tries;

	xen_snd_front_state_enter(&front->state,
				  used ? XenbusStateReconfiguring : XenbusStateInitialising);
}

static void backend_ends(struct xen_snd_front *front, enum xenbus_state backend, bool gone)
{
	if (!gone && front->card && front->card->link == XEN_SND_FRONT_INITIALISED)
		dev_err_ratelimited(&front->dev->dev,
				    "%s: backend closed without connecting, see its log\n",
				    front->dev->nodename);
	if (gone)
		remove_card(front, false);
	else
		teardown_channels(front, false);

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
 * Another backend has come. It must not take what our node says for an offer: it would connect
 * to channels that are taken down meanwhile.
 */
static void drop_stale_backend(struct xen_snd_front *front)
{
	enum xenbus_state own = xen_snd_front_state_get(&front->state);

	if (own == XenbusStateInitialised || own == XenbusStateConnected)
		enter_away(front);
	teardown_channels(front, false);
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
	if (xen_snd_front_store_begin(&xbt))
		return seen;
	ret = xen_snd_front_store_get(xbt, dir, "state", &state);
	if (!ret && !xen_snd_front_store_get(xbt, dir, "online", &online))
		*gone = !online;
	xen_snd_front_store_end(xbt, true);

	if (ret == -ENOENT)
		return XenbusStateUnknown;
	return ret ? seen : state;
}

static void handle_backend_state(struct xen_snd_front *front, enum xenbus_state seen, bool ended)
{
	enum xenbus_state backend;
	bool gone;

	/* Where it is by now: what was seen may be another's. */
	backend = look_at_backend(front, seen, &gone);
	/* After a connection the first state means another backend. */
	if (backend == XenbusStateInitWait && front->card)
		ended |= front->card->link == XEN_SND_FRONT_CONNECTED;

	switch (backend) {
	case XenbusStateClosing:
	case XenbusStateClosed:
		backend_ends(front, backend, gone);
		return;
	case XenbusStateUnknown:
		/* Its directory is gone, so there is no reader for ours. */
		remove_card(front, false);
		return;
	default:
		if (ended)
			drop_stale_backend(front);
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
	/* Quiesced by resume(). */
	if (front->card && front->card->link == XEN_SND_FRONT_DISCONNECTED)
		teardown_channels(front, false);
	if (front->card)
		xen_snd_front_card_suspend(front->card, false);
	if (xen_snd_front_state_take(&front->state, &seen, &ended))
		handle_backend_state(front, seen, ended);
	/* The last client of a device without a backend may have closed it. */
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
	if (card && card->link == XEN_SND_FRONT_CONNECTED)
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

/* ---- The xenbus driver ---- */

/*
 * Only notes the state: each access to XenStore would delay xenwatch, and so the guest's other
 * devices, by milliseconds where the toolstack is busy.
 */
static void front_changed(struct xenbus_device *dev, enum xenbus_state backend_state)
{
	struct xen_snd_front *front = dev_get_drvdata(&dev->dev);

	xen_snd_front_state_note(&front->state, backend_state);
	front_wake(&front->state);
}

/* device/vsnd/NUMBER */
static unsigned int parse_devid(const struct xenbus_device *dev)
{
	const char *devid = strrchr(dev->nodename, '/');
	unsigned int ret;

	return devid && !kstrtouint(devid + 1, 10, &ret) ? ret : UINT_MAX;
}

static int front_probe(struct xenbus_device *dev, const struct xenbus_device_id *id)
{
	struct xen_snd_front *front;
	int ret;

	front = kvcalloc(1, sizeof(*front), GFP_KERNEL);
	if (!front)
		return -ENOMEM;

	/* The streams of a card that is still open use its name in messages. */
	get_device(&dev->dev);
	front->dev = dev;
	front->devid = parse_devid(dev);
	front->wq = front_wq;
	kref_init(&front->ref);
	mutex_init(&front->lock);
	spin_lock_init(&front->clients_lock);
	INIT_WORK(&front->work, front_work);
	INIT_DELAYED_WORK(&front->again, front_again);
	dev_set_drvdata(&dev->dev, front);

	ret = xen_snd_front_state_init(&front->state, dev, front_wake);
	if (ret)
		xen_snd_front_put(front);
	return ret;
}

/* Only a connected backend has to close streams, and can. */
static bool is_backend_connected(const struct xen_snd_front *front)
{
	return front->card && front->card->link == XEN_SND_FRONT_CONNECTED &&
	       xenbus_read_unsigned(front->dev->otherend, "state", XenbusStateUnknown) ==
	       XenbusStateConnected;
}

static void front_remove(struct xenbus_device *dev)
{
	struct xen_snd_front *front = dev_get_drvdata(&dev->dev);
	unsigned long flags;

	spin_lock_irqsave(&front->clients_lock, flags);
	front->removed = true;
	spin_unlock_irqrestore(&front->clients_lock, flags);
	xen_snd_front_state_stop(&front->state);
	cancel_work_sync(&front->work);
	cancel_delayed_work_sync(&front->again);

	mutex_lock(&front->lock);
	remove_card(front, is_backend_connected(front));
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
	quiesce_card(front, false);
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
	xen_snd_front_cards_wait();
	xen_snd_front_shbuf_exit();
	destroy_workqueue(front_wq);
}
module_exit(front_exit);

MODULE_DESCRIPTION("Xen virtual sound device frontend");
MODULE_AUTHOR("The snd_xen_front authors");
MODULE_VERSION("0.1");
MODULE_LICENSE("Dual MIT/GPL");
MODULE_ALIAS("xen:" XENSND_DRIVER_NAME);
