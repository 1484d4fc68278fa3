// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: the few Xen calls that KUnit replaces
 *
 * Everything above these runs in a test on a kernel that is not under Xen.
 */

#include <linux/interrupt.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include <kunit/static_stub.h>

#include <xen/events.h>
#include <xen/interface/event_channel.h>
#include <xen/page.h>

#include <asm/xen/hypercall.h>

#include "xen_snd_front.h"

/**
 * xen_snd_front_xen_share() - allocate a zeroed page and let the backend use it
 * @peer: that backend
 * @page: the page
 * @gref: its grant
 *
 * Context: may sleep.
 * Return: 0, or a negative errno and there is neither page nor grant.
 */
int xen_snd_front_xen_share(struct xen_snd_front_peer peer, void **page, grant_ref_t *gref)
{
	struct page *new;
	int ref;

	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_share, peer, page, gref);
	new = xen_snd_front_xen_page();
	if (!new)
		return -ENOMEM;

	ref = xen_snd_front_xen_grant(peer.domid, new, 0);
	if (ref < 0) {
		put_page(new);
		return ref;
	}

	*page = page_address(new);
	*gref = ref;
	return 0;
}

/**
 * xen_snd_front_xen_unshare() - undo xen_snd_front_xen_share()
 * @peer: that backend
 * @page: the page or NULL; becomes NULL
 * @gref: its grant or INVALID_GRANT_REF, which it becomes
 *
 * A page that the backend still maps is freed when it has unmapped it.
 *
 * Context: may sleep.
 */
void xen_snd_front_xen_unshare(struct xen_snd_front_peer peer, void **page, grant_ref_t *gref)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_unshare, peer, page, gref);
	if (*page)
		xen_snd_front_held_end(peer, *gref, virt_to_page(*page));
	*page = NULL;
	*gref = INVALID_GRANT_REF;
}

/**
 * xen_snd_front_xen_alloc_port() - allocate an event channel for the backend to bind
 * @dev: the xenbus device
 * @port: the port
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, told.
 */
int xen_snd_front_xen_alloc_port(struct xenbus_device *dev, evtchn_port_t *port)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_alloc_port, dev, port);
	return xenbus_alloc_evtchn(dev, port);
}

/**
 * xen_snd_front_xen_free_port() - close an event channel that no interrupt is bound to
 * @dev: the xenbus device
 * @port: the port
 *
 * Context: may sleep.
 */
void xen_snd_front_xen_free_port(struct xenbus_device *dev, evtchn_port_t port)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_free_port, dev, port);
	xenbus_free_evtchn(dev, port);
}

/**
 * xen_snd_front_xen_bind() - make an interrupt of an event channel
 * @port: the port
 *
 * Context: may sleep.
 * Return: the interrupt or a negative errno.
 */
int xen_snd_front_xen_bind(evtchn_port_t port)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_bind, port);
	return bind_evtchn_to_irq_lateeoi(port);
}

/**
 * xen_snd_front_xen_handle() - handle an interrupt in a thread
 * @irq: the interrupt
 * @thread: the handler, ends with xen_snd_front_xen_eoi()
 * @name: its name, not copied
 * @data: its argument
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int xen_snd_front_xen_handle(int irq, irq_handler_t thread, const char *name, void *data)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_handle, irq, thread, name, data);
	return request_threaded_irq(irq, NULL, thread, IRQF_ONESHOT, name, data);
}

/**
 * xen_snd_front_xen_unbind() - undo xen_snd_front_xen_bind(); closes the port, too
 * @port: the port
 * @irq: the interrupt bound to it
 * @data: the argument of its handler, or NULL if it has none
 *
 * Context: waits for the handler's thread.
 */
void xen_snd_front_xen_unbind(evtchn_port_t port, int irq, void *data)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_unbind, port, irq, data);
	if (data)
		unbind_from_irqhandler(irq, data);
	else
		/* Where there is no handler, none can be freed. */
		evtchn_put(port);
}

/**
 * xen_snd_front_xen_is_bound() - has the other domain bound an event channel that it was offered
 * @port: our end
 *
 * Context: any.
 * Return: it has, or Xen cannot tell.
 */
bool xen_snd_front_xen_is_bound(evtchn_port_t port)
{
	struct evtchn_status status = { .dom = DOMID_SELF, .port = port };

	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_is_bound, port);
	if (HYPERVISOR_event_channel_op(EVTCHNOP_status, &status))
		return true;
	return status.status == EVTCHNSTAT_interdomain;
}

/**
 * xen_snd_front_xen_eoi() - let the next event in
 * @irq: the interrupt
 * @work: there was something to do; else Xen slows this channel down
 *
 * Context: the handler's thread.
 */
void xen_snd_front_xen_eoi(int irq, bool work)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_eoi, irq, work);
	xen_irq_lateeoi(irq, work ? 0 : XEN_EOI_FLAG_SPURIOUS);
}

/**
 * xen_snd_front_xen_notify() - signal an event channel
 * @irq: the interrupt bound to it
 *
 * Context: any.
 */
void xen_snd_front_xen_notify(int irq)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_notify, irq);
	notify_remote_via_irq(irq);
}

/**
 * xen_snd_front_xen_grant() - let another domain read and write a Xen page
 * @domid: the domain
 * @page: the page it lies in
 * @offset: where in it, octets
 *
 * Context: any.
 * Return: the grant reference or a negative errno.
 */
int xen_snd_front_xen_grant(domid_t domid, struct page *page, unsigned long offset)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_grant, domid, page, offset);
	return gnttab_grant_foreign_access(domid,
					   xen_page_to_gfn(page) + XEN_PFN_DOWN(offset), 0);
}

/**
 * xen_snd_front_xen_try_end() - end a grant, if the other domain does not map its page
 * @gref: the grant
 *
 * Context: any.
 * Return: it has ended.
 */
bool xen_snd_front_xen_try_end(grant_ref_t gref)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_try_end, gref);
	return gnttab_try_end_foreign_access(gref);
}

/**
 * xen_snd_front_xen_end() - end a grant, now or when the other domain lets go
 * @gref: the grant
 * @page: its page; one reference is dropped when the grant has ended
 *
 * Context: any.
 */
void xen_snd_front_xen_end(grant_ref_t gref, struct page *page)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_end, gref, page);
	gnttab_end_foreign_access(gref, page);
}

/**
 * xen_snd_front_xen_zalloc() - allocate a table of zeroes
 * @count: number of elements
 * @size: size of each, octets
 *
 * Context: may sleep.
 * Return: memory for kvfree(), or NULL.
 */
void *xen_snd_front_xen_zalloc(size_t count, size_t size)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_zalloc, count, size);
	return kvcalloc(count, size, GFP_KERNEL);
}

/**
 * xen_snd_front_xen_page() - allocate a zeroed page
 *
 * Context: may sleep.
 * Return: the page or NULL.
 */
struct page *xen_snd_front_xen_page(void)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_page);
	return alloc_page(GFP_KERNEL | __GFP_ZERO);
}

/**
 * xen_snd_front_xen_read() - read a XenStore node
 * @dir: directory
 * @node: node in it
 * @len: its length, octets
 *
 * Context: sleeps for XenStore.
 * Return: the value, ended with a NUL, for kfree(); or an ERR_PTR().
 */
char *xen_snd_front_xen_read(const char *dir, const char *node, unsigned int *len)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_read, dir, node, len);
	return xenbus_read(XBT_NIL, dir, node, len);
}

/**
 * xen_snd_front_xen_list() - list a XenStore directory
 * @dir: directory
 * @count: number of its nodes
 *
 * Context: sleeps for XenStore.
 * Return: their names, one block for kfree(); or an ERR_PTR().
 */
char **xen_snd_front_xen_list(const char *dir, unsigned int *count)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_list, dir, count);
	return xenbus_directory(XBT_NIL, dir, "", count);
}

/**
 * xen_snd_front_xen_begin() - begin a XenStore transaction
 * @xbt: the transaction
 *
 * Context: sleeps for XenStore.
 * Return: 0 or a negative errno.
 */
int xen_snd_front_xen_begin(struct xenbus_transaction *xbt)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_begin, xbt);
	return xenbus_transaction_start(xbt);
}

/**
 * xen_snd_front_xen_commit() - end a XenStore transaction
 * @xbt: the transaction
 * @abort: as if it had never been
 *
 * Context: sleeps for XenStore.
 * Return: 0; -EAGAIN if it has to be done again; or a negative errno.
 */
int xen_snd_front_xen_commit(struct xenbus_transaction xbt, bool abort)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_commit, xbt, abort);
	return xenbus_transaction_end(xbt, abort);
}

/**
 * xen_snd_front_xen_get() - read a number from XenStore
 * @xbt: a transaction
 * @dir: directory
 * @node: node in it
 * @value: the number
 *
 * Context: sleeps for XenStore.
 * Return: 0 or a negative errno.
 */
int xen_snd_front_xen_get(struct xenbus_transaction xbt, const char *dir, const char *node,
			  unsigned int *value)
{
	int ret;

	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_get, xbt, dir, node, value);
	ret = xenbus_scanf(xbt, dir, node, "%u", value);
	return min(ret, 0);
}

/**
 * xen_snd_front_xen_put() - write a number to XenStore, or remove a node
 * @xbt: a transaction
 * @dir: directory
 * @node: node in it
 * @value: the number; NULL: no node
 *
 * Context: sleeps for XenStore.
 * Return: 0 or a negative errno.
 */
int xen_snd_front_xen_put(struct xenbus_transaction xbt, const char *dir, const char *node,
			  const unsigned int *value)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_put, xbt, dir, node, value);
	if (value)
		return xenbus_printf(xbt, dir, node, "%u", *value);

	/* Gone with the device, perhaps. */
	xenbus_rm(xbt, dir, node);
	return 0;
}

/**
 * xen_snd_front_xen_watch() - have a node watched, from xenwatch
 * @watch: the watch
 *
 * Context: sleeps for XenStore.
 * Return: 0 or a negative errno.
 */
int xen_snd_front_xen_watch(struct xenbus_watch *watch)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_watch, watch);
	return register_xenbus_watch(watch);
}

/**
 * xen_snd_front_xen_unwatch() - undo xen_snd_front_xen_watch()
 * @watch: the watch
 *
 * Context: sleeps for XenStore and, except in xenwatch, for xenwatch.
 */
void xen_snd_front_xen_unwatch(struct xenbus_watch *watch)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_xen_unwatch, watch);
	unregister_xenbus_watch(watch);
}
