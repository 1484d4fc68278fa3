// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: memory shared with the backend
 *
 * The PCM's own buffer is shared, so the driver copies nothing. Each grant holds a reference to
 * its page. So a page that the other domain can still access is never used for anything else,
 * whatever ALSA does with the buffer. The same applies to the pages of the directory and
 * of the rings. The kernel's helper for page directories does not ensure this, see
 * Documentation/upstream/.
 *
 * A grant cannot end while the backend has its page mapped. Such a page is deferred: it stays
 * allocated, is checked each second, and is freed when it has been unmapped. A backend that
 * unmaps nothing and connects again and again could make the guest defer all its memory, so
 * nothing more is granted to it beyond XEN_SND_FRONT_MAX_DEFERRED pages. Each device has a
 * limit of its own, because the backend of another device in the same domain may be correct.
 */

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include <xen/interface/io/sndif.h>
#include <xen/page.h>

#include "xen_snd_front_shbuf.h"

#define DIR_GREFS	((XEN_PAGE_SIZE - offsetof(struct xensnd_page_directory, gref)) / \
			 sizeof(grant_ref_t))

/* A grant that did not end, with a reference to its page. */
struct deferred_page {
	struct list_head list;
	struct page *page;
	grant_ref_t gref;
	domid_t domid;
	unsigned int devid;
};

static LIST_HEAD(deferred_pages);
/* Innermost; no other lock is taken under it. */
static DEFINE_MUTEX(deferred_lock);

static void sweep_deferred_pages(struct work_struct *work);
static DECLARE_DELAYED_WORK(deferred_work, sweep_deferred_pages);

/* Checks the deferred pages in a second. */
VISIBLE_IF_KUNIT void xen_snd_front_shbuf_schedule_sweep(void)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_shbuf_schedule_sweep);
	schedule_delayed_work(&deferred_work, HZ);
}

/* Return: true if it was not mapped; then the grant and its reference to @page are released. */
VISIBLE_IF_KUNIT bool xen_snd_front_shbuf_try_end(grant_ref_t gref, struct page *page)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_shbuf_try_end, gref, page);
	if (!gnttab_try_end_foreign_access(gref))
		return false;
	put_page(page);
	return true;
}

/* Frees the deferred pages that have been unmapped. Return: some are still mapped. */
VISIBLE_IF_KUNIT bool xen_snd_front_shbuf_sweep(void)
{
	struct deferred_page *deferred, *next;
	bool ret;

	mutex_lock(&deferred_lock);
	list_for_each_entry_safe(deferred, next, &deferred_pages, list) {
		if (!xen_snd_front_shbuf_try_end(deferred->gref, deferred->page))
			continue;
		list_del(&deferred->list);
		kfree(deferred);
	}
	ret = !list_empty(&deferred_pages);
	mutex_unlock(&deferred_lock);

	return ret;
}

static void sweep_deferred_pages(struct work_struct *work)
{
	if (xen_snd_front_shbuf_sweep())
		xen_snd_front_shbuf_schedule_sweep();
}

static unsigned int count_deferred_pages(const struct xen_snd_front_peer *peer)
{
	struct deferred_page *deferred;
	unsigned int count = 0;

	mutex_lock(&deferred_lock);
	list_for_each_entry(deferred, &deferred_pages, list)
		count += deferred->domid == peer->domid && deferred->devid == peer->devid;
	mutex_unlock(&deferred_lock);

	return count;
}

/* May more pages be granted to the backend? Return: 0, or -EBUSY, reported. */
VISIBLE_IF_KUNIT int xen_snd_front_shbuf_check(const struct xen_snd_front_peer *peer)
{
	unsigned int count = count_deferred_pages(peer);

	if (count < XEN_SND_FRONT_MAX_DEFERRED)
		return 0;

	/* A backend that has ended since the last check has unmapped everything. */
	xen_snd_front_shbuf_sweep();
	count = count_deferred_pages(peer);
	if (count < XEN_SND_FRONT_MAX_DEFERRED)
		return 0;
	dev_err_ratelimited(&peer->dev->dev, "%s: backend keeps %u pages of earlier connections\n",
			    peer->dev->nodename, count);
	return -EBUSY;
}

/* Ends a grant and drops its reference to @page, now or when the backend has unmapped it. */
VISIBLE_IF_KUNIT void xen_snd_front_shbuf_end_grant(const struct xen_snd_front_peer *peer,
						    grant_ref_t gref, struct page *page)
{
	struct deferred_page *deferred;

	if (xen_snd_front_shbuf_try_end(gref, page))
		return;

	deferred = kcalloc(1, sizeof(*deferred), GFP_KERNEL);
	if (!deferred) {
		/* The grant table's own list has no limit per backend, but keeps the page. */
		gnttab_end_foreign_access(gref, page);
		return;
	}

	deferred->page = page;
	deferred->gref = gref;
	deferred->domid = peer->domid;
	deferred->devid = peer->devid;
	mutex_lock(&deferred_lock);
	list_add_tail(&deferred->list, &deferred_pages);
	mutex_unlock(&deferred_lock);
	xen_snd_front_shbuf_schedule_sweep();
}

/* Grants the Xen page at @offset bytes in @page, and takes a reference to @page. */
VISIBLE_IF_KUNIT int xen_snd_front_shbuf_grant_page(domid_t domid, struct page *page,
						    unsigned long offset, grant_ref_t *gref)
{
	unsigned long gfn;
	int ref;

	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_shbuf_grant_page, domid, page, offset, gref);
	gfn = xen_page_to_gfn(page) + XEN_PFN_DOWN(offset);
	ref = gnttab_grant_foreign_access(domid, gfn, 0);
	if (ref < 0)
		return ref;

	get_page(page);
	*gref = ref;
	return 0;
}

/* Return: a zeroed page to which only its grant holds a reference, or an ERR_PTR(). */
static struct page *grant_new_page(domid_t domid, grant_ref_t *gref)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	int ret;

	if (!page)
		return ERR_PTR(-ENOMEM);
	ret = xen_snd_front_shbuf_grant_page(domid, page, 0, gref);
	put_page(page);
	return ret ? ERR_PTR(ret) : page;
}

/**
 * xen_snd_front_page_share() - allocate a zeroed page and share it with the backend
 * @peer: the backend
 * @page: the page
 * @gref: its grant
 *
 * Context: process context, may sleep.
 * Return: 0, or a negative errno and there is neither page nor grant.
 */
int xen_snd_front_page_share(const struct xen_snd_front_peer *peer, void **page,
			     grant_ref_t *gref)
{
	struct page *new;
	int ret;

	ret = xen_snd_front_shbuf_check(peer);
	if (ret)
		return ret;
	new = grant_new_page(peer->domid, gref);
	if (IS_ERR(new))
		return PTR_ERR(new);

	*page = page_address(new);
	return 0;
}

/**
 * xen_snd_front_page_unshare() - undo xen_snd_front_page_share()
 * @peer: the backend
 * @page: the page or NULL; becomes NULL
 * @gref: its grant or INVALID_GRANT_REF, which it becomes
 *
 * A page that the backend still maps is freed when it has unmapped it.
 *
 * Context: process context, may sleep.
 */
void xen_snd_front_page_unshare(const struct xen_snd_front_peer *peer, void **page,
				grant_ref_t *gref)
{
	if (*page)
		xen_snd_front_shbuf_end_grant(peer, *gref, virt_to_page(*page));
	*page = NULL;
	*gref = INVALID_GRANT_REF;
}

static int alloc_tables(struct xen_snd_front_shbuf *buf, unsigned int grefs,
			unsigned int dirs)
{
	buf->grefs = kvcalloc(grefs, sizeof(*buf->grefs), GFP_KERNEL);
	buf->pages = kvcalloc(grefs, sizeof(struct page *), GFP_KERNEL);
	buf->dir_grefs = kvcalloc(dirs, sizeof(*buf->dir_grefs), GFP_KERNEL);
	buf->dir_pages = kvcalloc(dirs, sizeof(struct page *), GFP_KERNEL);

	if (!buf->grefs || !buf->pages || !buf->dir_grefs || !buf->dir_pages)
		return -ENOMEM;
	return 0;
}

static int grant_area(struct xen_snd_front_shbuf *buf, void *area,
		      unsigned int grefs)
{
	struct page *page;
	void *addr;
	int ret;

	while (buf->num_grefs < grefs) {
		addr = area + (size_t)buf->num_grefs * XEN_PAGE_SIZE;
		page = vmalloc_to_page(addr);
		ret = xen_snd_front_shbuf_grant_page(buf->peer.domid, page, offset_in_page(addr),
						     &buf->grefs[buf->num_grefs]);
		if (ret)
			return ret;
		buf->pages[buf->num_grefs++] = page;
	}

	return 0;
}

static int grant_dirs(struct xen_snd_front_shbuf *buf, unsigned int dirs)
{
	struct page *page;

	while (buf->num_dirs < dirs) {
		page = grant_new_page(buf->peer.domid, &buf->dir_grefs[buf->num_dirs]);
		if (IS_ERR(page))
			return PTR_ERR(page);
		buf->dir_pages[buf->num_dirs++] = page;
	}

	return 0;
}

static void fill_dirs(struct xen_snd_front_shbuf *buf)
{
	struct xensnd_page_directory *dir;
	unsigned int first = 0;
	unsigned int count;
	unsigned int i;

	for (i = 0; i < buf->num_dirs; i++) {
		dir = page_address(buf->dir_pages[i]);
		count = min_t(unsigned int, buf->num_grefs - first, DIR_GREFS);
		/* 0 ends the list: it is a reserved reference, which no page gets. */
		dir->gref_dir_next_page = i + 1 < buf->num_dirs ? buf->dir_grefs[i + 1] : 0;
		memcpy(dir->gref, &buf->grefs[first], count * sizeof(grant_ref_t));
		first += count;
	}
}

/**
 * xen_snd_front_shbuf_grant() - share an audio buffer with the backend
 * @buf: zeroed; to be undone with xen_snd_front_shbuf_end()
 * @peer: the backend
 * @area: the buffer: zeroed vmalloc memory, made of single, reference counted pages
 * @bytes: its size
 *
 * Source: sndif.h, "Shared page for XENSND_OP_OPEN buffer descriptor".
 *
 * Context: process context, may sleep.
 * Return: 0, or a negative errno and nothing is shared.
 */
int xen_snd_front_shbuf_grant(struct xen_snd_front_shbuf *buf,
			      const struct xen_snd_front_peer *peer, void *area, size_t bytes)
{
	unsigned int grefs = XEN_PFN_UP(bytes);
	unsigned int dirs = DIV_ROUND_UP(grefs, DIR_GREFS);
	int ret;

	ret = xen_snd_front_shbuf_check(peer);
	if (ret)
		return ret;

	buf->peer = *peer;
	ret = alloc_tables(buf, grefs, dirs);
	if (!ret)
		ret = grant_area(buf, area, grefs);
	if (!ret)
		ret = grant_dirs(buf, dirs);
	if (ret) {
		xen_snd_front_shbuf_end(buf);
		return ret;
	}

	fill_dirs(buf);
	return 0;
}

/**
 * xen_snd_front_shbuf_end() - end the grants of a buffer
 * @buf: a buffer that was granted, or all zero
 *
 * Pages that the backend still maps stay allocated until it has unmapped them.
 *
 * Context: process context.
 */
void xen_snd_front_shbuf_end(struct xen_snd_front_shbuf *buf)
{
	while (buf->num_dirs) {
		buf->num_dirs--;
		xen_snd_front_shbuf_end_grant(&buf->peer, buf->dir_grefs[buf->num_dirs],
					      buf->dir_pages[buf->num_dirs]);
	}
	while (buf->num_grefs) {
		buf->num_grefs--;
		xen_snd_front_shbuf_end_grant(&buf->peer, buf->grefs[buf->num_grefs],
					      buf->pages[buf->num_grefs]);
	}

	kvfree(buf->grefs);
	kvfree(buf->pages);
	kvfree(buf->dir_grefs);
	kvfree(buf->dir_pages);
	memset(buf, 0, sizeof(*buf));
}

/**
 * xen_snd_front_shbuf_exit() - pass the deferred pages to the grant table's own list
 *
 * Context: process context; no grant is ended after this.
 */
void xen_snd_front_shbuf_exit(void)
{
	struct deferred_page *deferred, *next;

	cancel_delayed_work_sync(&deferred_work);
	list_for_each_entry_safe(deferred, next, &deferred_pages, list) {
		gnttab_end_foreign_access(deferred->gref, deferred->page);
		list_del(&deferred->list);
		kfree(deferred);
	}
}
