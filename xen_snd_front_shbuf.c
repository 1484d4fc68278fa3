// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: sharing the audio buffer
 *
 * The PCM's own buffer is shared, so nothing is ever copied. Each grant holds a
 * reference to its page and gives it to xen_snd_front_held_end(), which drops it
 * when the backend has really let go: whatever ALSA does with the buffer meanwhile, a
 * page that the other domain can still reach goes to nobody else. The same is true of
 * the pages of the directory.
 */

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <xen/page.h>

#include "xen_snd_front.h"

#define DIR_GREFS	((XEN_PAGE_SIZE - offsetof(struct xensnd_page_directory, gref)) / \
			 sizeof(grant_ref_t))

static int grant_page(domid_t domid, struct page *page, unsigned long offset,
		      grant_ref_t *gref)
{
	int ref = xen_snd_front_xen_grant(domid, page, offset);

	if (ref < 0)
		return ref;

	get_page(page);
	*gref = ref;
	return 0;
}

static int alloc_tables(struct xen_snd_front_shbuf *buf, unsigned int grefs,
			unsigned int dirs)
{
	buf->grefs = xen_snd_front_xen_zalloc(grefs, sizeof(*buf->grefs));
	buf->pages = xen_snd_front_xen_zalloc(grefs, sizeof(struct page *));
	buf->dir_grefs = xen_snd_front_xen_zalloc(dirs, sizeof(*buf->dir_grefs));
	buf->dir_pages = xen_snd_front_xen_zalloc(dirs, sizeof(struct page *));

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
		ret = grant_page(buf->peer.domid, page, offset_in_page(addr),
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
	int ret;

	while (buf->num_dirs < dirs) {
		page = xen_snd_front_xen_page();
		if (!page)
			return -ENOMEM;
		ret = grant_page(buf->peer.domid, page, 0, &buf->dir_grefs[buf->num_dirs]);
		/* The grant has its own reference. */
		put_page(page);
		if (ret)
			return ret;
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
		/* 0 ends the list: no frontend is ever given that reference. */
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
 * @octets: its size
 *
 * Source: sndif.h, "Shared page for XENSND_OP_OPEN buffer descriptor".
 *
 * Context: process context, may sleep.
 * Return: 0, or a negative errno and nothing is shared.
 */
int xen_snd_front_shbuf_grant(struct xen_snd_front_shbuf *buf, struct xen_snd_front_peer peer,
			      void *area, size_t octets)
{
	unsigned int grefs = XEN_PFN_UP(octets);
	unsigned int dirs = DIV_ROUND_UP(grefs, DIR_GREFS);
	int ret;

	buf->peer = peer;
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
 * xen_snd_front_shbuf_end() - share the buffer no longer
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
		xen_snd_front_held_end(buf->peer, buf->dir_grefs[buf->num_dirs],
				       buf->dir_pages[buf->num_dirs]);
	}
	while (buf->num_grefs) {
		buf->num_grefs--;
		xen_snd_front_held_end(buf->peer, buf->grefs[buf->num_grefs],
				       buf->pages[buf->num_grefs]);
	}

	kvfree(buf->grefs);
	kvfree(buf->pages);
	kvfree(buf->dir_grefs);
	kvfree(buf->dir_pages);
	memset(buf, 0, sizeof(*buf));
}
