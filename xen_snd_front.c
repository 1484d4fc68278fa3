// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: the xenbus driver and its state machine
 *
 *	backend			frontend
 *	InitWait	->	read the description, bring channels up, Initialised
 *	Connected	->	register the card, Connected
 *	Closing		->	remove the channels, and the card if the device is removed;
 *				Closed
 *	Closed		->	the same; then, unless the device is removed, Initialising, or
 *				Reconfiguring while applications have the card open
 *
 *	Connected, without an answer to our offer
 *			->	Closed, and after a while Initialising: a new handshake
 *
 * A work does all of this; xenwatch only records the backend's state.
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

/* How long remove() waits for the backend to close all streams, ms. */
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

	/* It may have been removed with the device. */
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
 * xenwatch records the backend's state, and the worker fetches it.
 *
 * Our own state is in XenStore and, for xenbus, in ->state. Linux 7.x compares both in xenwatch
 * whenever a node of the device changes: if the node is Initialising and ->state is not, the
 * toolstack has made the device again, and xenbus unregisters this one. xenwatch may have read
 * the node some time before it reads ->state. So another thread must set ->state to
 * Initialising before it writes the node, and cannot know when it may set ->state to another
 * value. xenwatch itself takes that step, in a watch on the node.
 *
 * The toolstack may remove our directory and make it again within milliseconds. xenbus may
 * detect that, and remove the device, or not. What was decided for the old directory must not be
 * written into the new one. So xenwatch marks each new directory with our version, a node that
 * only this driver writes, and counts the directories. The worker writes in a transaction that
 * checks for the mark, and only while the count is the one with which it began. Only xenwatch
 * sets marks: if xenbus has detected that the old directory is gone, it removes the device before
 * the new directory could be marked.
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
 * Is the directory still the one for which the worker works? @xbt is the transaction that writes
 * into it. Return: 0; -ENODEV if it is gone or was made again; or another negative errno.
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

/* The connection starts at Initialising, whatever the state was. */
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
	/* The toolstack has reset the device; xenwatch handles that. */
	if (found == XenbusStateInitialising &&
	    xen_snd_front_state_get(state) != XenbusStateInitialising)
		return -ENODEV;
	return put_number(xbt, state->dev, "state", to);
}

/* Removes the mark as well. */
static int leave_directory(struct xenbus_transaction xbt, struct xen_snd_front_state *state,
			   enum xenbus_state to)
{
	int ret = replace_state(xbt, state, to);

	return ret ?: xen_snd_front_store_put(xbt, state->dev->nodename,
					    XENSND_FIELD_FE_VERSION, NULL);
}

typedef int (*step_fn)(struct xenbus_transaction xbt, struct xen_snd_front_state *state,
		       enum xenbus_state to);

/* Return: 0; -ENODEV if it is another directory; or another negative errno, reported. */
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
 * Is it a directory without our mark, or one that was reset? The state is read before and after
 * the node, because the worker may be entering or leaving Initialising.
 */
static bool is_new_directory(struct xen_snd_front_state *state)
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

static void adopt_directory(struct xen_snd_front_state *state)
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
	/* If xenwatch has not read the backend's state yet, it will do so soon. */
	state->news = state->seen != XenbusStateUnknown;
	spin_unlock_irqrestore(&state->lock, flags);
	state->wake(state);
}

/* Runs in xenwatch, so xenwatch is not between reading the node and comparing ->state. */
static void node_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	struct xen_snd_front_state *state =
		container_of(watch, struct xen_snd_front_state, watch);
	unsigned long flags;

	if (is_new_directory(state)) {
		adopt_directory(state);
		return;
	}

	spin_lock_irqsave(&state->lock, flags);
	if (state->dev->state == XenbusStateInitialising)
		WRITE_ONCE(state->dev->state, state->ahead);
	spin_unlock_irqrestore(&state->lock, flags);
}

/*
 * Starts to follow a device's states. @wake starts the worker, and is called in xenwatch. Our
 * state is Initialising until the worker enters another one. Return: 0 or a negative errno.
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

/* Calls @wake no more, so the worker can be stopped. Waits for xenwatch, unless called in it. */
VISIBLE_IF_KUNIT void xen_snd_front_state_stop(struct xen_snd_front_state *state)
{
	xen_snd_front_store_unwatch(&state->watch);
}

/* Enters Closed, if it is still our directory. @state and the worker are stopped. */
VISIBLE_IF_KUNIT void xen_snd_front_state_leave(struct xen_snd_front_state *state)
{
	if (write_store(state, leave_directory, XenbusStateClosed))
		return;

	/* Else xenbus would wait for this state when the guest shuts down. */
	if (state->dev->state != XenbusStateInitialising)
		WRITE_ONCE(state->dev->state, XenbusStateClosed);
}

/*
 * xenwatch is woken by each write, but reads the value at that later time, so it may read the last
 * state of a handshake more than once; but not this long after the first time.
 */
static bool was_long_ago(const struct xen_snd_front_state *state)
{
	return time_after(jiffies,
			  state->noted + msecs_to_jiffies(XEN_SND_FRONT_AGAIN_MS));
}

/*
 * Records the backend's state for the worker. The worker reads the present state itself, and uses
 * @seen if it cannot. It could not detect that a connection has ended before that, because the
 * states of a new backend are the same as those of the old one.
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
		/* Again: from another backend, which found us Connected. */
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
 * Fetches what has changed since the last call: the backend's state, and whether a connection has
 * ended or our directory was made again. From now on the worker writes for the present
 * directory. Return: something has changed.
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

/* The guest was restored: xenbus has set ->state, and the recorded state is another backend's. */
VISIBLE_IF_KUNIT void xen_snd_front_state_resumed(struct xen_snd_front_state *state)
{
	unsigned long flags;

	spin_lock_irqsave(&state->lock, flags);
	state->ahead = XenbusStateInitialising;
	/* The watch fires again, and the directory is marked then. */
	WRITE_ONCE(state->known, false);
	state->seen = XenbusStateUnknown;
	state->news = false;
	state->ended = false;
	spin_unlock_irqrestore(&state->lock, flags);
}

/*
 * Enters a state (sndif.h, "STATE DIAGRAMS"). Before Linux 7.x, xenbus_switch_state() would also
 * write into a directory that was made again.
 * Return: 0; -ENODEV, and nothing is written, if it is not the directory for which the worker
 * works; or another negative errno, reported.
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

	/* The watch may have fired before that, so make it fire again. */
	return write_store(state, replace_state, to);
}

/*
 * The next step for a backend that is Connected without an answer to our offer: it has found nodes
 * of an earlier connection, and ignores our state. All backends release a connection when the
 * frontend is Closed, and start one when it is Initialising.
 * Return: the state to enter; XenbusStateUnknown: none, because all tries are used, or because
 * the device is Closed for another reason.
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
 * Ordered: cards get their numbers in the order in which xenwatch finds their devices. Frozen while
 * the guest is saved.
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
 * Return: 0; -ENODEV if it is not the directory for which the worker works; or another negative
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
		/* -EAGAIN: another writer has changed a node that was read or written. */
		ret = xen_snd_front_store_end(xbt, false);
	} while (ret == -EAGAIN);

	return ret;
}

/* Stops and closes all streams. If @wait, waits for the responses, with one time-out for all. */
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
 * Stops all traffic with the backend and suspends the PCMs; the card stays. Never waits for an
 * application; waits for the backend only if @wait.
 */
static void quiesce_card(struct xen_snd_front *front, bool wait)
{
	struct xen_snd_front_card *card = front->card;
	unsigned int i;

	if (!card || card->link == XEN_SND_FRONT_DISCONNECTED)
		return;

	WRITE_ONCE(card->link, XEN_SND_FRONT_DISCONNECTED);
	close_streams(card, wait);
	/* Wakes processes that wait for the backend; they hold locks that the next step needs. */
	for (i = 0; i < card->num_streams; i++)
		xen_snd_front_chan_shut(&card->streams[i].chan);
	xen_snd_front_card_suspend(card, true);
}

/* Also takes the channels down, even if the card was quiesced before. */
static void teardown_channels(struct xen_snd_front *front, bool wait)
{
	struct xen_snd_front_card *card = front->card;
	unsigned int i;

	quiesce_card(front, wait);
	for (i = 0; card && i < card->num_streams; i++)
		xen_snd_front_chan_down(&card->streams[i].chan);
}

/* Also removes the card. Applications that have it open can only close it then. */
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

/* Keeps the present card if it fits the description, else makes a new one. */
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

/* The cause is reported. Closed shows backend and toolstack that the device does not work. */
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

	/* xenwatch has read this state twice. */
	if (front->card && front->card->link == XEN_SND_FRONT_INITIALISED)
		return;

	ret = offer_card(front);
	if (!ret)
		ret = xen_snd_front_state_enter(&front->state, XenbusStateInitialised);
	if (!ret) {
		/* An answer that xenwatch misses is found then. */
		look_again(front);
		return;
	}

	/* The device is gone, or was made again: xenwatch handles that. */
	if (ret == -ENODEV) {
		teardown_channels(front, false);
		return;
	}
	if (ret != -EINVAL && ret != -EPROTONOSUPPORT && ret != -EBUSY)
		dev_err_ratelimited(&front->dev->dev, "%s: cannot connect: %d\n",
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
	dev_err_ratelimited(&front->dev->dev, "%s: sound card not registered: %d\n",
			    front->dev->nodename, ret);
	give_up(front);
}

static void backend_connected(struct xen_snd_front *front)
{
	struct xen_snd_front_card *card = front->card;

	if (card && card->link == XEN_SND_FRONT_CONNECTED)
		return;
	if (!card || !is_answered(card)) {
		/* It has bound old channels, and may still react to our state. */
		look_again(front);
		return;
	}

	front->state.tries = 0;
	link_card(front);
}

/* The backend is Connected, has not answered our offer, and had time to react. */
static void begin_again(struct xen_snd_front *front)
{
	struct xen_snd_front_card *card = front->card;
	enum xenbus_state next = xen_snd_front_state_again(&front->state);

	if (next == XenbusStateUnknown) {
		/* It may be a backend that binds its channels later. */
		if (card && card->link == XEN_SND_FRONT_INITIALISED)
			link_card(front);
		return;
	}

	if (next == XenbusStateClosed)
		dev_warn_ratelimited(&front->dev->dev,
				     "%s: backend is connected to earlier channels, starting a new handshake\n",
				     front->dev->nodename);
	teardown_channels(front, false);
	xen_snd_front_state_enter(&front->state, next);
	look_again(front);
}

/*
 * sndif.h has a state, Reconfiguring, for a device that is in use without a backend. It is not for
 * a backend that has connected without an offer: such a backend ignores it.
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

	/* If our state is Closing, xenbus wrote it: the guest shuts down, and waits for @down. */
	if (gone || backend == XenbusStateClosing ||
	    xen_snd_front_state_get(&front->state) == XenbusStateClosing) {
		xen_snd_front_state_enter(&front->state, XenbusStateClosed);
		complete(&front->dev->down);
		return;
	}

	enter_away(front);
}

/*
 * There is a new backend. It must not take our old state for an offer, and connect to channels that
 * are about to be taken down, so the state changes first.
 */
static void drop_stale_backend(struct xen_snd_front *front)
{
	enum xenbus_state own = xen_snd_front_state_get(&front->state);

	if (own == XenbusStateInitialised || own == XenbusStateConnected)
		enter_away(front);
	teardown_channels(front, false);
}

/*
 * Reads the backend's state; @gone: the toolstack removes the device, not only the backend. Both
 * nodes are read in one transaction, because @gone is valid only if the directory exists.
 * Return: the state; @seen if it cannot be read.
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

	/* The present state: @seen may be that of an earlier backend. */
	backend = look_at_backend(front, seen, &gone);
	/* InitWait after a connection is the first state of a new backend. */
	if (backend == XenbusStateInitWait && front->card)
		ended |= front->card->link == XEN_SND_FRONT_CONNECTED;

	switch (backend) {
	case XenbusStateClosing:
	case XenbusStateClosed:
		backend_ends(front, backend, gone);
		return;
	case XenbusStateUnknown:
		/* Its directory is gone, so no one reads our state. */
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
	/* Without a backend: the last application may have closed the device. */
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
 * Only records the state: while the toolstack is busy, each access to XenStore would delay
 * xenwatch, and with it the guest's other devices, by milliseconds.
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

	/* A card that is still open uses its name in messages. */
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

/* Only a connected backend has open streams and can close them. */
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

/* After a restore, the new backend has none of the old channels and grants. */
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
	/* Else xenbus would write Closed after remove(), into any directory that exists then. */
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
