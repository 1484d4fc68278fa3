// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: the few Xen calls that KUnit replaces
 *
 * Everything above these runs in a test on a kernel that is not under Xen.
 */

#include <linux/mm.h>
#include <linux/slab.h>

#include <kunit/static_stub.h>

#include <xen/events.h>
#include <xen/page.h>

#include "xen_snd_front.h"

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
