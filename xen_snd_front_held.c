// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: pages that the backend still maps
 *
 * A page whose grant does not end, because the other domain has it mapped, goes to
 * nobody else; it is looked at each second, and freed when it has been let go of. A
 * backend that lets go of nothing and connects again and again would have all memory
 * in the end: beyond XEN_SND_FRONT_MAX_HELD pages nothing more is granted to it. Each
 * device counts for itself, since the next one's backend may be honest, in the same
 * domain.
 */

#include <linux/kstrtox.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include <kunit/static_stub.h>

#include "xen_snd_front.h"

/* A grant that did not end, with a reference to its page. */
struct held {
	struct list_head list;
	struct page *page;
	grant_ref_t gref;
	struct xen_snd_front_peer peer;
};

static LIST_HEAD(all_held);
/* Innermost; nothing is called under it that could want another lock. */
static DEFINE_MUTEX(held_lock);

static void sweep_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(sweep, sweep_work);

/**
 * xen_snd_front_held_later() - look after the pages in a second
 *
 * Context: any.
 */
void xen_snd_front_held_later(void)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_held_later);
	schedule_delayed_work(&sweep, HZ);
}

/**
 * xen_snd_front_held_sweep() - free the pages that have been let go of
 *
 * Context: process context.
 * Return: there are others.
 */
bool xen_snd_front_held_sweep(void)
{
	struct held *held, *next;
	bool ret;

	mutex_lock(&held_lock);
	list_for_each_entry_safe(held, next, &all_held, list) {
		if (!xen_snd_front_xen_try_end(held->gref))
			continue;
		put_page(held->page);
		list_del(&held->list);
		kvfree(held);
	}
	ret = !list_empty(&all_held);
	mutex_unlock(&held_lock);

	return ret;
}

static void sweep_work(struct work_struct *work)
{
	if (xen_snd_front_held_sweep())
		xen_snd_front_held_later();
}

static unsigned int held_of(struct xen_snd_front_peer peer)
{
	unsigned int count = 0;
	struct held *held;

	mutex_lock(&held_lock);
	list_for_each_entry(held, &all_held, list)
		count += held->peer.domid == peer.domid && held->peer.devid == peer.devid;
	mutex_unlock(&held_lock);

	return count;
}

/**
 * xen_snd_front_held_peer() - whom a device's pages are granted to
 * @dev: the xenbus device
 *
 * Context: any.
 */
struct xen_snd_front_peer xen_snd_front_held_peer(const struct xenbus_device *dev)
{
	struct xen_snd_front_peer peer = { .domid = dev->otherend_id };
	const char *devid = strrchr(dev->nodename, '/');

	/* device/vsnd/NUMBER; whatever else there is shares one account. */
	if (!devid || kstrtouint(devid + 1, 10, &peer.devid))
		peer.devid = UINT_MAX;

	return peer;
}

/**
 * xen_snd_front_held_check() - may the backend have more?
 * @dev: the xenbus device
 *
 * Context: process context.
 * Return: 0, or -EBUSY, told.
 */
int xen_snd_front_held_check(struct xenbus_device *dev)
{
	struct xen_snd_front_peer peer = xen_snd_front_held_peer(dev);
	unsigned int count = held_of(peer);

	if (count < XEN_SND_FRONT_MAX_HELD)
		return 0;

	/* What the last backend mapped it has let go of with its end. */
	xen_snd_front_held_sweep();
	count = held_of(peer);
	if (count < XEN_SND_FRONT_MAX_HELD)
		return 0;
	dev_err_ratelimited(&dev->dev, "%s: backend keeps %u pages of earlier connections\n",
			    dev->nodename, count);
	return -EBUSY;
}

/**
 * xen_snd_front_held_end() - end a grant, now or when the other domain lets go
 * @peer: whom it was given to
 * @gref: the grant
 * @page: its page; one reference is dropped when the grant has ended
 *
 * Context: process context.
 */
void xen_snd_front_held_end(struct xen_snd_front_peer peer, grant_ref_t gref, struct page *page)
{
	struct held *held;

	if (xen_snd_front_xen_try_end(gref)) {
		put_page(page);
		return;
	}

	held = xen_snd_front_xen_zalloc(1, sizeof(*held));
	if (!held) {
		/* Xen's own list counts for nobody, but it knows the page. */
		xen_snd_front_xen_end(gref, page);
		return;
	}

	held->page = page;
	held->gref = gref;
	held->peer = peer;
	mutex_lock(&held_lock);
	list_add_tail(&held->list, &all_held);
	mutex_unlock(&held_lock);
	xen_snd_front_held_later();
}

/**
 * xen_snd_front_held_exit() - leave what is still mapped to Xen's own list
 *
 * Context: process context; nobody ends a grant any more.
 */
void xen_snd_front_held_exit(void)
{
	struct held *held, *next;

	cancel_delayed_work_sync(&sweep);
	list_for_each_entry_safe(held, next, &all_held, list) {
		xen_snd_front_xen_end(held->gref, held->page);
		list_del(&held->list);
		kvfree(held);
	}
}
