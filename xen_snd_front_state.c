// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: states of both sides, between xenwatch and the worker
 *
 * xenwatch notes the backend's state, and the worker takes the note.
 *
 * Ours is kept by xenbus twice, in XenStore and as ->state. Linux 7.x looks at both from
 * xenwatch whenever a node of the device changes: Initialising in the one and something else
 * in the other is a device that the toolstack has made anew, and this one is unregistered.
 * It may have read the node a while before it looks at ->state, so a thread other than
 * xenwatch has to make ->state Initialising before the node, and can never tell when ->state
 * may be something else again. That step is left to xenwatch itself: to a watch on the node.
 *
 * The toolstack may remove our directory and make it anew within milliseconds. xenbus may see
 * that, and remove the device, or not. What was decided for the old directory must not be
 * written into the new one. So xenwatch marks a directory that it has not seen before: with
 * our version, which nobody else writes, and it counts the directories. A write of the worker
 * is a transaction that looks for the mark, and it is made only if the count is the one with
 * which the worker began. Only xenwatch marks: where xenbus has seen the old directory go, the
 * device is removed before the new one could be marked.
 */

#include "xen_snd_front.h"

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

/**
 * xen_snd_front_state_check() - is the directory still the one that the worker knows
 * @state: the state
 * @xbt: the transaction that is to write into it
 *
 * Context: process context, sleeps for XenStore.
 * Return: 0; -ENODEV if it has gone or been made anew; or another negative errno.
 */
int xen_snd_front_state_check(struct xen_snd_front_state *state, struct xenbus_transaction xbt)
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

	ret = xen_snd_front_xen_get(xbt, state->dev->nodename, XENSND_FIELD_FE_VERSION, &version);
	return ret == -ENOENT ? -ENODEV : ret;
}

static int put_number(struct xenbus_transaction xbt, const struct xenbus_device *dev,
		      const char *node, unsigned int value)
{
	return xen_snd_front_xen_put(xbt, dev->nodename, node, &value);
}

/* Whatever the state was, for this driver the device begins now. */
static int mark_directory(struct xenbus_transaction xbt, struct xen_snd_front_state *state,
			  enum xenbus_state to)
{
	unsigned int found;
	int ret;

	ret = xen_snd_front_xen_get(xbt, state->dev->nodename, "state", &found);
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

	ret = xen_snd_front_state_check(state, xbt);
	if (ret)
		return ret;
	ret = xen_snd_front_xen_get(xbt, state->dev->nodename, "state", &found);
	if (ret)
		return ret == -ENOENT ? -ENODEV : ret;
	/* Somebody wants the device to begin anew: xenwatch will see it. */
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

	return ret ?: xen_snd_front_xen_put(xbt, state->dev->nodename,
					    XENSND_FIELD_FE_VERSION, NULL);
}

typedef int (*step_fn)(struct xenbus_transaction xbt, struct xen_snd_front_state *state,
		       enum xenbus_state to);

/* Return: 0; -ENODEV if the directory is not the one we know; or a negative errno, told. */
static int write_store(struct xen_snd_front_state *state, step_fn step, enum xenbus_state to)
{
	struct xenbus_transaction xbt;
	int ret;

	do {
		ret = xen_snd_front_xen_begin(&xbt);
		if (ret)
			break;
		ret = step(xbt, state, to);
		ret = xen_snd_front_xen_commit(xbt, ret) ?: ret;
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
	if (xen_snd_front_xen_get(XBT_NIL, dir, "state", &found) ||
	    found != XenbusStateInitialising)
		return false;
	if (before != XenbusStateInitialising &&
	    xen_snd_front_state_get(state) != XenbusStateInitialising)
		return true;
	return xen_snd_front_xen_get(XBT_NIL, dir, XENSND_FIELD_FE_VERSION, &found) == -ENOENT;
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

/**
 * xen_snd_front_state_init() - begin to look after a device's state
 * @state: the state, zeroed
 * @dev: the xenbus device
 * @wake: starts the worker; called in xenwatch, which it must not keep
 *
 * The state is Initialising from the time on when there is something to take.
 *
 * Context: process context, sleeps for XenStore.
 * Return: 0 or a negative errno.
 */
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
	ret = xen_snd_front_xen_watch(&state->watch);
	if (ret)
		dev_err(&dev->dev, "%s: cannot be watched: %d\n", state->path, ret);
	return ret;
}

/**
 * xen_snd_front_state_stop() - do not look after our directory any more
 * @state: the state
 *
 * The worker is not woken from here any more, and can be ended.
 *
 * Context: process context, sleeps for XenStore and, except in xenwatch, for xenwatch.
 */
void xen_snd_front_state_stop(struct xen_snd_front_state *state)
{
	xen_snd_front_xen_unwatch(&state->watch);
}

/**
 * xen_snd_front_state_leave() - say Closed, unless the directory is not the one we know
 * @state: the state, stopped; the worker has ended
 *
 * Context: process context, sleeps for XenStore.
 */
void xen_snd_front_state_leave(struct xen_snd_front_state *state)
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

/**
 * xen_snd_front_state_note() - note the backend's state for the worker
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

/**
 * xen_snd_front_state_take() - what has changed since the last time
 * @state: the state
 * @seen: the backend's state, seen last
 * @ended: a connection has ended since the last time, or our directory is another one
 *
 * What the worker writes from now on is for the directory that is there now.
 *
 * Context: any.
 * Return: something has changed.
 */
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
	/* The watch fires again: then the directory is marked. */
	WRITE_ONCE(state->known, false);
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
 * xenbus_switch_state() of Linux before 7.x would write into a directory that has been made
 * anew, and into one that has gone and come back.
 *
 * Source: sndif.h, "STATE DIAGRAMS".
 *
 * Context: process context, one at a time, sleeps for XenStore.
 * Return: 0; -ENODEV if the directory is not the one that the worker knows, and nothing is
 * written; or another negative errno, told.
 */
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
	/* xenwatch may have come by meanwhile, with what was ahead before. */
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

/**
 * xen_snd_front_state_again() - the next step for a backend that is connected to nothing of ours
 * @state: the state
 *
 * It has found what an earlier connection left, and does not heed the state that we are in. All
 * backends release a connection when the frontend is Closed, and begin when it is Initialising.
 *
 * Context: process context, one at a time.
 * Return: the state to enter; XenbusStateUnknown: none, it has had its tries, or the device is
 * Closed for a reason of our own.
 */
enum xenbus_state xen_snd_front_state_again(struct xen_snd_front_state *state)
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
