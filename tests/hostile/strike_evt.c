// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * xen-snd-hostile: attacks through the event page
 */
#include <string.h>

#include "hostile.h"

static void set_producer(struct voice *v, uint32_t prod)
{
	*(volatile uint32_t *)&v->evt_page->in_prod = prod;
	voice_kick(v);
	v->n.events++;
}

/* An event producer so far from the true one; the events there are old or empty. */
bool strike_evt_producer(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	set_producer(v, v->rings.evt_prod + (uint32_t)a->arg);
	return resp;
}

/* Events of types that there are not, one for each that fits; an xrun if taken for positions. */
bool strike_evt_type(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	struct xensnd_evt *evt;
	unsigned int i;

	for (i = 0; i < XENSND_IN_RING_LEN; i++) {
		evt = &XENSND_IN_RING_REF(v->evt_page, v->rings.evt_prod);
		memset(evt, 0x3f, sizeof(*evt));
		evt->type = (uint8_t)(a->arg + i);
		/* 0 is a position, and a lie. */
		v->rings.evt_prod++;
	}
	set_producer(v, v->rings.evt_prod);
	return resp;
}

/* The next event has been taken already, says the index that is the frontend's to write. */
bool strike_evt_taken(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	*(volatile uint32_t *)&v->evt_page->in_cons = v->rings.evt_prod + (uint32_t)a->arg;
	return resp;
}

bool strike_evt_scribble(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	memset(v->evt_page, (int)a->arg, SND_PAGE_SIZE);
	voice_kick(v);
	return resp;
}

/* A position from nowhere. */
bool strike_position(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	voice_event(v, (uint64_t)a->arg);
	return resp;
}

/* A position so far from the true one. */
bool strike_back(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	voice_event(v, v->position + (uint64_t)a->arg);
	return resp;
}

/* More events than the page holds, each with another position, before one notification. */
bool strike_flood(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	int64_t i;

	for (i = 0; i < a->arg; i++) {
		rings_event(&v->rings, v->position + (uint64_t)i * (uint64_t)i);
		v->n.events++;
	}
	voice_kick(v);
	return resp;
}
