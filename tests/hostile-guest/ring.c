// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Attacks by the shared pages' indices.
 */
#include <stdlib.h>

#include "front.h"

static struct stream *const p = &streams[0], *const c = &streams[1];

/* The stream is dropped, its neighbour is not. */
static void breaks(struct stream *s, uint32_t prod)
{
	struct xensnd_resp resp;

	s->shared.ring.sring->req_prod = prod;
	port_kick(s->port);
	sleep_ms(20);
	s->shared.ring.sring->req_prod = s->shared.ring.req_prod_pvt;
	s->shared.ring.rsp_cons = s->shared.ring.sring->rsp_prod;
	s->shared.ring.req_prod_pvt = s->shared.ring.rsp_cons;
	stream_put(s, &(struct xensnd_req){ .operation = XENSND_OP_CLOSE });
	port_kick(s->port);
	if (stream_answer(s, &resp, 100))
		wrong("producer %u did not break the ring", prod);
	EXPECT(stream_op(s == p ? c : p, XENSND_OP_CLOSE), 0);
}

static void producer_ahead(void)
{
	EXPECT(stream_open(p), 0);
	breaks(p, p->shared.ring.req_prod_pvt + 33);
}

static void producer_far_ahead(void)
{
	EXPECT(stream_open(p), 0);
	breaks(p, p->shared.ring.req_prod_pvt + 0x80000000);
}

static void producer_backwards(void)
{
	EXPECT(stream_open(p), 0);
	breaks(p, p->shared.ring.req_prod_pvt - 1);
}

/* Between what has been answered and what has been fetched */
static void producer_back_a_little(void)
{
	struct xensnd_req req = {
		.id = 1,
		.operation = XENSND_OP_READ,
		.op.rw = { .length = PAGE },
	};
	unsigned int i;

	EXPECT(stream_open(c), 0);
	for (i = 0; i < 5; i++)
		stream_put(c, &req);
	port_kick(c->port);
	sleep_ms(20);
	breaks(c, c->shared.ring.req_prod_pvt - 3);
}

/* 32 requests that cannot be answered: the ring is full, not broken. */
static void ring_full(void)
{
	struct xensnd_req req = {
		.id = 1,
		.operation = XENSND_OP_READ,
		.op.rw = { .length = 4 },
	};
	struct xensnd_resp resp;
	unsigned int i;

	EXPECT(stream_open(c), 0);
	for (i = 0; i < 32; i++)
		stream_put(c, &req);
	port_kick(c->port);
	if (stream_answer(c, &resp, 50))
		wrong("an answer without a START");
	/* one more, and it is */
	breaks(c, c->shared.ring.req_prod_pvt + 1);
}

static void events_page(void)
{
	uint32_t *page = (uint32_t *)p->evt.mem;
	unsigned int i, k;

	EXPECT(stream_open(p), 0);
	EXPECT(stream_rw(p, 0, 4 * PAGE), 0);
	EXPECT(stream_trigger(p, XENSND_OP_TRIGGER_START), 0);
	for (i = 0; i < 100; i++) {
		for (k = 0; k < 1024; k++)
			page[k] = 0x9e3779b9 * (i * 1024 + k);
		p->shared.ring.sring->rsp_prod = i * 0x01010101;
		p->shared.ring.sring->req_event = i * 0x10101010;
		p->shared.ring.sring->rsp_event = i * 0x11111111;
		sleep_ms(1);
	}
	/* the backend's indices are its own */
	p->shared.ring.rsp_cons = p->shared.ring.req_prod_pvt;
	p->shared.ring.sring->rsp_prod = p->shared.ring.req_prod_pvt;
	EXPECT(stream_op(p, XENSND_OP_CLOSE), 0);
}

/* Indices on connection */
static void attach(uint32_t req_prod, uint32_t rsp_prod, bool good)
{
	unsigned int i;

	front_again();
	streams_alloc(2);
	for (i = 0; i < 2; i++) {
		streams[i].shared.ring.sring->req_prod = req_prod;
		streams[i].shared.ring.sring->rsp_prod = rsp_prod;
		streams[i].shared.ring.req_prod_pvt = req_prod;
		streams[i].shared.ring.rsp_cons = rsp_prod;
	}
	streams_publish(2);
	state_set(3);
	if (!backend_reaches(good ? BE_CONNECTED : BE_CLOSED, 5000))
		wrong("indices %u, %u: state %u", req_prod, rsp_prod,
		      backend_state());
	if (good) {
		state_set(4);
		EXPECT(stream_op(p, XENSND_OP_CLOSE), 0);
	}
}

static void indices_at_connection(void)
{
	attach(33, 0, false);
	attach(0, 1, false);
	attach(5, UINT32_MAX - 40, false);
	attach(UINT32_MAX, UINT32_MAX, true);
}

const struct attack ring_attacks[] = {
	{ "producer-ahead", producer_ahead },
	{ "producer-far-ahead", producer_far_ahead },
	{ "producer-backwards", producer_backwards },
	{ "producer-back-a-little", producer_back_a_little },
	{ "ring-full", ring_full },
	{ "events-page", events_page },
	{ "indices-at-connection", indices_at_connection },
	{ NULL, NULL },
};
