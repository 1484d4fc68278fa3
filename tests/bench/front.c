// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * bench-frontends: a playback frontend in this very domain, its pages and its
 * requests. It does what the driver does for an application that writes whole
 * periods, and waits for no answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front.h"

#define PAGE		4096u
#define READ_SHARED(x)	(*(const volatile __typeof__(x) *)&(x))

/* The order of the shared pages */
enum { REQUESTS, EVENTS, DIRECTORY, AUDIO };

_Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

static evtchn_port_t new_port(struct bus *bus)
{
	xenevtchn_port_or_error_t port;

	port = xenevtchn_bind_unbound_port(bus->evtchn, 0);
	if (port < 0)
		die("event channel");
	return (evtchn_port_t)port;
}

/**
 * front_new() - allocate what a frontend shares with its backend.
 * @f: frontend
 * @bus: the bus
 * @devid: number of the device
 * @period: frames
 * @periods: of the buffer
 */
void front_new(struct front *f, struct bus *bus, unsigned int devid,
	       unsigned int period, unsigned int periods)
{
	struct xensnd_page_directory *dir;
	unsigned int i, audio;

	memset(f, 0, sizeof(*f));
	f->bus = bus;
	f->devid = devid;
	f->period = period * FRONT_FRAME;
	f->buffer = f->period * periods;
	audio = (f->buffer + PAGE - 1) / PAGE;
	f->num_pages = AUDIO + audio;
	f->refs = calloc(f->num_pages, sizeof(*f->refs));
	if (!f->refs)
		abort();
	f->pages = xengntshr_share_pages(bus->gntshr, 0, (int)f->num_pages,
					 f->refs, 1);
	if (!f->pages)
		die("shared pages");
	memset(f->pages, 0, f->num_pages * PAGE);
	dir = (void *)(f->pages + DIRECTORY * PAGE);
	for (i = 0; i < audio; i++)
		dir->gref[i] = f->refs[AUDIO + i];
	XEN_FRONT_RING_INIT(&f->ring, (xen_sndif_sring_t *)f->pages, PAGE);
	f->evt = (void *)(f->pages + EVENTS * PAGE);
	f->req_port = new_port(bus);
	f->evt_port = new_port(bus);
}

/**
 * front_free() - give it all back; the backend has let go of it.
 * @f: frontend
 */
void front_free(struct front *f)
{
	xenevtchn_unbind(f->bus->evtchn, f->req_port);
	xenevtchn_unbind(f->bus->evtchn, f->evt_port);
	xengntshr_unshare(f->bus->gntshr, f->pages, f->num_pages);
	free(f->refs);
}

/* Nothing in here waits, so there is always room: see WRITEs in top_up(). */
static void put(struct front *f, const struct xensnd_req *req)
{
	struct xensnd_req *entry;

	if (RING_FULL(&f->ring)) {
		fprintf(stderr, "device %u: the ring is full\n", f->devid);
		exit(1);
	}
	entry = RING_GET_REQUEST(&f->ring, f->ring.req_prod_pvt);
	*entry = *req;
	entry->id = f->next_id++;
	f->ring.req_prod_pvt++;
	f->in_flight++;
}

/* @ahead: which response from now on shall notify us */
static void push(struct front *f, unsigned int ahead)
{
	int notify;

	f->ring.sring->rsp_event = f->ring.rsp_cons + ahead;
	xen_mb();
	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&f->ring, notify);
	if (!notify)
		return;
	f->notified++;
	xenevtchn_notify(f->bus->evtchn, f->req_port);
}

static void post(struct front *f, uint8_t operation, uint8_t type)
{
	struct xensnd_req req = { .operation = operation };

	if (operation == XENSND_OP_TRIGGER)
		req.op.trigger.type = type;
	put(f, &req);
}

/**
 * front_reap() - take the answers that are there.
 * @f: frontend
 */
void front_reap(struct front *f)
{
	RING_IDX prod = READ_SHARED(f->ring.sring->rsp_prod);
	struct xensnd_resp resp;

	xen_rmb();
	while (f->ring.rsp_cons != prod) {
		resp = *RING_GET_RESPONSE(&f->ring, f->ring.rsp_cons);
		f->ring.rsp_cons++;
		f->in_flight--;
		if (resp.status) {
			fprintf(stderr, "device %u: operation %u: status %d\n",
				f->devid, resp.operation, resp.status);
			exit(1);
		}
	}
}

/**
 * front_open() - ask for OPEN; the answer will notify.
 * @f: connected frontend
 */
void front_open(struct front *f)
{
	struct xensnd_req req = {
		.operation = XENSND_OP_OPEN,
		.op.open = {
			.pcm_rate = FRONT_RATE,
			.pcm_format = XENSND_PCM_FORMAT_S16_LE,
			.pcm_channels = 2,
			.buffer_sz = f->buffer,
			.gref_directory = f->refs[DIRECTORY],
			.period_sz = f->period,
		},
	};

	put(f, &req);
	push(f, 1);
}

/**
 * front_close() - ask for CLOSE; the answer will notify.
 * @f: frontend whose stream is open and stopped
 */
void front_close(struct front *f)
{
	post(f, XENSND_OP_CLOSE, 0);
	push(f, 1);
}

/* Hand over as many whole periods as there is room for. */
static void top_up(struct front *f)
{
	while (f->written < f->total &&
	       f->written + f->period <= f->position + f->buffer) {
		struct xensnd_req req = {
			.operation = XENSND_OP_WRITE,
			.op.rw.offset = (uint32_t)(f->written % f->buffer),
			.op.rw.length = f->period,
		};

		put(f, &req);
		f->written += f->period;
	}
}

/**
 * front_start() - fill the buffer and start; the rest is done by front_event().
 * @f: frontend whose stream is open and stopped
 * @periods: to be played
 */
void front_start(struct front *f, unsigned int periods)
{
	f->total = (uint64_t)periods * f->period;
	f->written = 0;
	f->position = 0;
	f->events = 0;
	f->notified = 0;
	f->stopped = false;
	top_up(f);
	post(f, XENSND_OP_TRIGGER, XENSND_OP_TRIGGER_START);
	push(f, RING_SIZE(&f->ring) / 2);
}

static bool moved(struct front *f)
{
	uint32_t prod = READ_SHARED(f->evt->in_prod);
	const struct xensnd_evt *evt;

	if (prod == f->evt_cons)
		return false;
	xen_rmb();
	evt = &XENSND_IN_RING_REF(f->evt, prod - 1);
	f->position = evt->op.cur_pos.position;
	f->events += prod - f->evt_cons;
	f->evt_cons = prod;
	f->evt->in_cons = prod;
	return true;
}

/**
 * front_event() - the event channel has fired.
 * @f: frontend
 */
void front_event(struct front *f)
{
	if (!moved(f) || f->stopped)
		return;
	front_reap(f);
	if (f->position < f->total) {
		top_up(f);
		push(f, RING_SIZE(&f->ring) / 2);
		return;
	}
	f->stopped = true;
	post(f, XENSND_OP_TRIGGER, XENSND_OP_TRIGGER_STOP);
	push(f, 1);
}
