/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * A sound frontend in user space, as far as the tests' frontends are alike: the
 * shared pages and the requests. Where the pages and the notifications come from
 * is the caller's.
 */
#ifndef SNDFRONT_H
#define SNDFRONT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* xenctrl.h has them, too */
#ifndef xen_mb
#define xen_mb()	__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define xen_rmb()	__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define xen_wmb()	__atomic_thread_fence(__ATOMIC_RELEASE)
#endif

#include <xen/xen.h>
#include <xen/errno.h>
#include <xen/io/sndif.h>

#define SNDFRONT_PAGE		4096u
/* grant references in a page of the directory */
#define SNDFRONT_DIR_GREFS	1023u

/**
 * struct sndfront - the shared pages of one stream
 * @ring: request ring
 * @evt: event page
 * @evt_cons: events taken
 */
struct sndfront {
	xen_sndif_front_ring_t ring;
	struct xensnd_event_page *evt;
	uint32_t evt_cons;
};

void sndfront_init(struct sndfront *f, void *ring, void *evt);
void sndfront_put(struct sndfront *f, const struct xensnd_req *req);
bool sndfront_push(struct sndfront *f);
void sndfront_ask(struct sndfront *f, unsigned int ahead);
bool sndfront_ready(const struct sndfront *f);
bool sndfront_take(struct sndfront *f, struct xensnd_resp *resp);
bool sndfront_event(struct sndfront *f, struct xensnd_evt *evt);

unsigned int sndfront_dir_pages(unsigned int pages);
void sndfront_fill_dir(void *dir, const uint32_t *dir_refs, const uint32_t *refs,
		       unsigned int pages);

struct xensnd_req sndfront_req(uint8_t operation);
struct xensnd_req sndfront_req_open(uint32_t rate, uint8_t format, uint8_t channels,
				    uint32_t buffer_sz, uint32_t period_sz,
				    uint32_t directory);
struct xensnd_req sndfront_req_trigger(uint8_t type);
struct xensnd_req sndfront_req_rw(uint8_t operation, uint32_t offset, uint32_t length);

#endif
