/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: a stream's request ring and event page.
 */
#ifndef XSB_RINGS_H
#define XSB_RINGS_H

#include <stdbool.h>
#include <stdint.h>

#define xen_mb()	__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define xen_rmb()	__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define xen_wmb()	__atomic_thread_fence(__ATOMIC_RELEASE)

#include "proto.h"

/**
 * struct rings - both shared pages, with private indices
 * @req: back end of the request ring
 * @evt: event page
 * @evt_prod: events produced; the page's copy is only ever written
 * @evt_id: id of the next event, from 0 for each connection
 */
struct rings {
	xen_sndif_back_ring_t req;
	struct xensnd_event_page *evt;
	uint32_t evt_prod;
	uint16_t evt_id;
};

bool rings_attach(struct rings *r, void *req_page, void *evt_page);
int rings_fetch(struct rings *r, struct xensnd_req *req);
bool rings_idle(struct rings *r, bool quiet);
bool rings_patient(const struct rings *r);
void rings_respond(struct rings *r, const struct xensnd_resp *resp);
bool rings_push(struct rings *r);
void rings_event(struct rings *r, uint64_t position);

#endif
