/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Xen para-virtual sound frontend: memory shared with the backend
 */
#ifndef __XEN_SND_FRONT_SHBUF_H
#define __XEN_SND_FRONT_SHBUF_H

#include <linux/mm_types.h>

#include <xen/grant_table.h>
#include <xen/xenbus.h>

/* Pages that a backend may keep mapped after their grants should have ended: 32 MB. */
#define XEN_SND_FRONT_MAX_DEFERRED	8192

/**
 * struct xen_snd_front_peer - the backend that pages are granted to
 * @dev: the xenbus device, for messages; not needed to end a grant
 * @domid: the backend's domain
 * @devid: the device's number in XenStore
 */
struct xen_snd_front_peer {
	struct xenbus_device *dev;
	domid_t domid;
	unsigned int devid;
};

/**
 * struct xen_snd_front_shbuf - an audio buffer granted to the backend
 * @peer: the backend
 * @num_grefs: number of Xen pages of the buffer
 * @grefs: their grants
 * @pages: the page behind each grant, one reference held per grant
 * @num_dirs: number of page directory pages
 * @dir_grefs: their grants
 * @dir_pages: their pages
 */
struct xen_snd_front_shbuf {
	struct xen_snd_front_peer peer;
	unsigned int num_grefs;
	grant_ref_t *grefs;
	struct page **pages;
	unsigned int num_dirs;
	grant_ref_t *dir_grefs;
	struct page **dir_pages;
};

int xen_snd_front_shbuf_grant(struct xen_snd_front_shbuf *buf,
			      const struct xen_snd_front_peer *peer, void *area, size_t bytes);
void xen_snd_front_shbuf_end(struct xen_snd_front_shbuf *buf);
int xen_snd_front_page_share(const struct xen_snd_front_peer *peer, void **page,
			     grant_ref_t *gref);
void xen_snd_front_page_unshare(const struct xen_snd_front_peer *peer, void **page,
				grant_ref_t *gref);
void xen_snd_front_shbuf_exit(void);

#if IS_ENABLED(CONFIG_KUNIT)
int xen_snd_front_shbuf_grant_page(domid_t domid, struct page *page, unsigned long offset,
				   grant_ref_t *gref);
bool xen_snd_front_shbuf_try_end(grant_ref_t gref, struct page *page);
void xen_snd_front_shbuf_schedule_sweep(void);
bool xen_snd_front_shbuf_sweep(void);
int xen_snd_front_shbuf_check(const struct xen_snd_front_peer *peer);
void xen_snd_front_shbuf_end_grant(const struct xen_snd_front_peer *peer, grant_ref_t gref,
				   struct page *page);
#endif

#endif /* __XEN_SND_FRONT_SHBUF_H */
