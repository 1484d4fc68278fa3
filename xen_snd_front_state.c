// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: states of both sides, between xenwatch and the worker
 *
 * xenwatch leaves word of the backend's state, and the worker comes for it.
 *
 * Ours is kept by xenbus twice, in XenStore and as ->state. Linux 7.x looks at both from
 * xenwatch whenever a node of the device changes: Initialising in the one and something else
 * in the other is a device that the toolstack has made anew, and this one is unregistered.
 * It may have read the node a while before it looks at ->state, so a thread other than
 * xenwatch has to make ->state Initialising before the node, and can never tell when ->state
 * may be something else again. That step is left to xenwatch itself: to a watch on the node.
 */

#include "xen_snd_front.h"

/* Context: lock held. */
static enum xenbus_state state_now(const struct xen_snd_front_state *state)
{
	return state->dev->state == XenbusStateInitialising ? state->ahead : state->dev->state;
}

/* In xenwatch, so what it has read of the node is not on its way to be looked at. */
static void node_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	struct xen_snd_front_state *state =
		container_of(watch, struct xen_snd_front_state, watch);
	unsigned long flags;

	spin_lock_irqsave(&state->lock, flags);
	if (state->dev->state == XenbusStateInitialising)
		WRITE_ONCE(state->dev->state, state->ahead);
	spin_unlock_irqrestore(&state->lock, flags);
}

/* Without the node there is no device; and one that begins anew is not the one we know. */
static int replace(struct xenbus_transaction xbt, const struct xenbus_device *dev,
		   enum xenbus_state from, enum xenbus_state to)
{
	unsigned int value = to;
	unsigned int found;
	int ret;

	ret = xen_snd_front_xen_get(xbt, dev->nodename, "state", &found);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	if (found == XenbusStateInitialising && from != XenbusStateInitialising)
		return 0;
	return xen_snd_front_xen_put(xbt, dev->nodename, "state", &value);
}

static int write_node(struct xenbus_device *dev, enum xenbus_state from, enum xenbus_state to)
{
	struct xenbus_transaction xbt;
	int ret;

	do {
		ret = xen_snd_front_xen_begin(&xbt);
		if (ret)
			break;
		ret = replace(xbt, dev, from, to);
		ret = xen_snd_front_xen_commit(xbt, ret) ?: ret;
	} while (ret == -EAGAIN);

	if (ret)
		dev_err(&dev->dev, "%s/state: cannot be written: %d\n", dev->nodename, ret);
	return ret;
}

/**
 * xen_snd_front_state_init() - begin to look after a device's state
 * @state: the state, zeroed
 * @dev: the xenbus device
 *
 * Context: process context, sleeps for XenStore.
 * Return: 0 or a negative errno.
 */
int xen_snd_front_state_init(struct xen_snd_front_state *state, struct xenbus_device *dev)
{
	int ret;

	spin_lock_init(&state->lock);
	state->dev = dev;
	state->ahead = XenbusStateInitialising;
	snprintf(state->path, sizeof(state->path), "%s/state", dev->nodename);
	state->watch.node = state->path;
	state->watch.callback = node_changed;

	ret = xen_snd_front_xen_watch(&state->watch);
	if (ret)
		dev_err(&dev->dev, "%s: cannot be watched: %d\n", state->path, ret);
	return ret;
}

/**
 * xen_snd_front_state_exit() - undo xen_snd_front_state_init()
 * @state: the state
 *
 * Context: process context, sleeps for XenStore and, except in xenwatch, for xenwatch.
 */
void xen_snd_front_state_exit(struct xen_snd_front_state *state)
{
	xen_snd_front_xen_unwatch(&state->watch);
}

/**
 * xen_snd_front_state_note() - leave word of the backend's state
 * @state: the state
 * @seen: the backend's
 *
 * The worker looks itself where the backend is by then, and goes by @seen where it cannot.
 * What it would not see is an end before that, since a new backend's states look like the
 * old one's.
 *
 * Context: any.
 */
void xen_snd_front_state_note(struct xen_snd_front_state *state, enum xenbus_state seen)
{
	unsigned long flags;

	spin_lock_irqsave(&state->lock, flags);
	switch (seen) {
	case XenbusStateInitWait:
		state->ended |= state->seen == XenbusStateConnected;
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
	state->news = true;
	spin_unlock_irqrestore(&state->lock, flags);
}

/**
 * xen_snd_front_state_take() - come for what has been heard of the backend
 * @state: the state
 * @seen: the backend's state, seen last
 * @ended: a connection has ended since the last time
 *
 * Context: any.
 * Return: there is something new in @seen.
 */
bool xen_snd_front_state_take(struct xen_snd_front_state *state, enum xenbus_state *seen,
			      bool *ended)
{
	unsigned long flags;
	bool news;

	spin_lock_irqsave(&state->lock, flags);
	news = state->news;
	*seen = state->seen;
	*ended = state->ended;
	state->news = false;
	state->ended = false;
	spin_unlock_irqrestore(&state->lock, flags);
	return news;
}

/**
 * xen_snd_front_state_resumed() - the guest has been restored
 * @state: the state
 *
 * xenbus has set ->state, and what was heard of the backend was another's.
 *
 * Context: any.
 */
void xen_snd_front_state_resumed(struct xen_snd_front_state *state)
{
	unsigned long flags;

	spin_lock_irqsave(&state->lock, flags);
	state->ahead = XenbusStateInitialising;
	state->seen = XenbusStateUnknown;
	state->news = false;
	state->ended = false;
	spin_unlock_irqrestore(&state->lock, flags);
}

/**
 * xen_snd_front_state_get() - the state that was entered last
 * @state: the state
 *
 * Context: any.
 */
enum xenbus_state xen_snd_front_state_get(struct xen_snd_front_state *state)
{
	enum xenbus_state ret;
	unsigned long flags;

	spin_lock_irqsave(&state->lock, flags);
	ret = state_now(state);
	spin_unlock_irqrestore(&state->lock, flags);
	return ret;
}

/**
 * xen_snd_front_state_enter() - tell backend and toolstack of a new state
 * @state: the state
 * @to: the new one
 *
 * Source: sndif.h, "STATE DIAGRAMS".
 *
 * Context: process context, one at a time, sleeps for XenStore.
 * Return: 0 or a negative errno, told.
 */
int xen_snd_front_state_enter(struct xen_snd_front_state *state, enum xenbus_state to)
{
	struct xenbus_device *dev = state->dev;
	enum xenbus_state from;
	unsigned long flags;
	bool behind;
	int ret;

	spin_lock_irqsave(&state->lock, flags);
	from = state_now(state);
	behind = dev->state == XenbusStateInitialising;
	if (to == XenbusStateInitialising) {
		state->ahead = to;
		WRITE_ONCE(dev->state, to);
	}
	spin_unlock_irqrestore(&state->lock, flags);

	if (from == to)
		return 0;
	if (!behind && to != XenbusStateInitialising) {
		xen_snd_front_xen_switch(dev, to);
		return 0;
	}

	ret = write_node(dev, from, to);
	spin_lock_irqsave(&state->lock, flags);
	state->ahead = ret ? from : to;
	spin_unlock_irqrestore(&state->lock, flags);
	if (ret || to == XenbusStateInitialising)
		return ret;

	/* The watch may have been too early for that: once more. */
	return write_node(dev, to, to);
}
