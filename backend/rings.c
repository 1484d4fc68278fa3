// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: the request ring and the event page. No Xen calls in here.
 *
 * Both pages belong to the guest, which may write anything to them at any time.
 * So an index is read once into a local variable and checked, a request is
 * copied out whole before it is looked at, and what the backend produces is
 * counted in private variables.
 */
#include "rings.h"

#define READ_SHARED(x)	(*(const volatile __typeof__(x) *)&(x))

/**
 * rings_attach() - start to serve a connection.
 * @r: rings
 * @req_page: request ring, mapped
 * @evt_page: event page, mapped
 *
 * Goes on from the response index found in the ring, which is 0 on a new
 * one, so that no request of an earlier life is served twice.
 *
 * Return: false if the ring's indices make no sense.
 */
bool rings_attach(struct rings *r, void *req_page, void *evt_page)
{
	xen_sndif_sring_t *sring = req_page;
	RING_IDX rsp = READ_SHARED(sring->rsp_prod);
	RING_IDX req = READ_SHARED(sring->req_prod);

	BACK_RING_ATTACH(&r->req, sring, rsp, SND_PAGE_SIZE);
	r->evt = evt_page;
	r->evt_prod = READ_SHARED(r->evt->in_prod);
	r->evt_id = 0;
	return req - rsp <= RING_SIZE(&r->req);
}

/**
 * rings_fetch() - take one request off the ring.
 * @r: rings
 * @req: private copy
 *
 * Return: 1, 0 if there is none, -1 if the producer index makes no sense.
 */
int rings_fetch(struct rings *r, struct xensnd_req *req)
{
	RING_IDX prod = READ_SHARED(r->req.sring->req_prod);
	RING_IDX unanswered = r->req.req_cons - r->req.rsp_prod_pvt;

	/*
	 * Not more than the ring has room for beside unanswered requests, and
	 * not less than before: that would fetch old requests again.
	 */
	if (prod - r->req.req_cons > RING_SIZE(&r->req) - unanswered)
		return -1;
	if (prod == r->req.req_cons)
		return 0;
	xen_rmb(); /* read the request after the index that covers it */
	RING_COPY_REQUEST(&r->req, r->req.req_cons, req);
	r->req.req_cons++;
	return 1;
}

/**
 * rings_idle() - there is no request, and the next one will notify.
 * @r: rings
 * @quiet: it need not notify, the caller will look again
 *
 * Return: false if a request has come meanwhile: do not sleep.
 */
bool rings_idle(struct rings *r, bool quiet)
{
	int work;

	if (quiet)
		return !RING_HAS_UNCONSUMED_REQUESTS(&r->req);
	RING_FINAL_CHECK_FOR_REQUESTS(&r->req, work);
	return !work;
}

/**
 * rings_patient() - the frontend does not wait for the next response.
 * @r: rings
 *
 * It asks for a notification of a later one then. One that never sets rsp_event
 * again has an old value there, which does not count.
 */
bool rings_patient(const struct rings *r)
{
	RING_IDX ahead = READ_SHARED(r->req.sring->rsp_event) -
			 r->req.rsp_prod_pvt;

	return ahead > 1 && ahead <= 2 * RING_SIZE(&r->req);
}

/**
 * rings_respond() - put a response on the ring; rings_push() shows it.
 * @r: rings
 * @resp: its request has been fetched and not been answered
 */
void rings_respond(struct rings *r, const struct xensnd_resp *resp)
{
	*RING_GET_RESPONSE(&r->req, r->req.rsp_prod_pvt) = *resp;
	r->req.rsp_prod_pvt++;
}

/**
 * rings_push() - make the responses visible.
 * @r: rings
 *
 * Return: true if the frontend wants to be notified.
 */
bool rings_push(struct rings *r)
{
	int notify;

	RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&r->req, notify);
	return notify;
}

/**
 * rings_event() - produce a position event; the caller notifies.
 * @r: rings
 * @position: bytes
 *
 * A frontend need not confirm events (in_cons), so the oldest are overwritten
 * when it is slow: the newest position is the one that counts.
 */
void rings_event(struct rings *r, uint64_t position)
{
	struct xensnd_evt evt;

	/* an initialiser need not clear the rest of a union */
	memset(&evt, 0, sizeof(evt));
	evt.id = r->evt_id++;
	evt.type = XENSND_EVT_CUR_POS;
	evt.op.cur_pos.position = position;
	XENSND_IN_RING_REF(r->evt, r->evt_prod) = evt;
	xen_wmb(); /* the event before its index */
	r->evt_prod++;
	*(volatile uint32_t *)&r->evt->in_prod = r->evt_prod;
}
