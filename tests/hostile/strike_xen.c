// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * xen-snd-hostile: attacks with what Xen gives a backend: ports, time, its own death
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "account.h"
#include "hostile.h"

/* Both ports closed at this end, and used on. */
bool strike_ports(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	(void)a;
	if (v->evt_port >= 0)
		xenevtchn_unbind(v->xc, (evtchn_port_t)v->evt_port);
	if (v->req_port >= 0)
		xenevtchn_unbind(v->xc, (evtchn_port_t)v->req_port);
	v->evt_port = -1;
	v->req_port = -1;
	return resp;
}

bool strike_kill(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	(void)v;
	(void)a;
	(void)resp;
	kill(getpid(), SIGKILL);
	return false;
}

/* ---- the byte flipper ---- */

enum { FLIP_RING, FLIP_EVENTS, FLIP_PRODUCER };

static struct flipper {
	uint8_t *page;
	int what;
	uint64_t random;
	atomic_bool stop;
} flippers[MAX_VOICES];

static unsigned int num_flippers;

static void flip_one(struct flipper *f)
{
	volatile uint8_t *p = f->page;
	unsigned int at;

	f->random ^= f->random << 13;
	f->random ^= f->random >> 7;
	f->random ^= f->random << 17;
	at = (unsigned int)(f->random % SND_PAGE_SIZE);
	/* A wrong producer ends it all, so let that be rare. */
	if (f->what == FLIP_RING && at < 16 && f->random >> 40 & 63)
		return;
	if (f->what == FLIP_PRODUCER)
		/* rsp_prod, lowest byte: true, one more, true */
		p[8] ^= 1;
	else
		p[at] ^= (uint8_t)(f->random >> 32);
}

/* Bounded: in virtual time this thread would starve the guest otherwise. */
static void *flip(void *arg)
{
	struct flipper *f = arg;
	unsigned int burst, i;

	for (burst = 0; burst < 4000 && !atomic_load(&f->stop); burst++) {
		for (i = 0; i < 256; i++)
			flip_one(f);
		usleep(200);
	}
	return NULL;
}

/* The pages change while they are read. The mapping stays until the program ends. */
bool strike_flip(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	struct flipper *f = &flippers[num_flippers];
	pthread_t thread;

	if (num_flippers == MAX_VOICES || hostile.seed)
		return resp;
	num_flippers++;
	f->what = (int)a->arg;
	f->page = a->arg == FLIP_EVENTS ? (void *)v->evt_page : v->page;
	f->random = rnd() | 1;
	pthread_create(&thread, NULL, flip, f);
	pthread_detach(thread);
	return resp;
}

/* ---- storms ---- */

#define STORM_NS	(3 * NSEC_PER_SEC)
#define BATCH		16u

enum { STORM_EMPTY, STORM_TYPE, STORM_SAME, STORM_STEP };

static void storm_event(struct voice *v, int kind)
{
	switch (kind) {
	case STORM_TYPE:
		XENSND_IN_RING_REF(v->evt_page, v->rings.evt_prod).type = 77;
		v->rings.evt_prod++;
		*(volatile uint32_t *)&v->evt_page->in_prod = v->rings.evt_prod;
		break;
	case STORM_SAME:
		rings_event(&v->rings, v->position);
		break;
	case STORM_STEP:
		rings_event(&v->rings, ++v->position);
		break;
	default:
		break;
	}
}

/*
 * As many notifications as a backend can make that leaves the guest half of the time:
 * what counts is what one costs the guest, and what all do.
 */
bool strike_storm(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	uint64_t cpu = account_ns(hostile.domid), began = now_ns(), ended;
	unsigned long sent = 0;
	unsigned int i;

	do {
		for (i = 0; i < BATCH; i++, sent++) {
			storm_event(v, (int)a->arg);
			voice_kick(v);
			usleep(1);
		}
		ended = now_ns();
	} while (ended - began < STORM_NS);
	cpu = account_ns(hostile.domid) - cpu;
	note("storm stream=%s attack=%s notifications=%lu guest-ns=%llu ns=%llu",
	     v->info.unique_id, a->name, 2 * sent, (unsigned long long)cpu,
	     (unsigned long long)(ended - began));
	v->n.events += sent;
	return resp;
}
