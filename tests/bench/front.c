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

#define PAGE		SNDFRONT_PAGE

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
	unsigned int audio;

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
	sndfront_fill_dir(f->pages + DIRECTORY * PAGE, f->refs + DIRECTORY,
			  f->refs + AUDIO, audio);
	sndfront_init(&f->shared, f->pages, f->pages + EVENTS * PAGE);
	f->req_port = new_port(bus);
	f->evt_port = new_port(bus);
}

/**
 * front_free() - give it all back; the backend has unmapped it.
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
static void put_request(struct front *f, struct xensnd_req req)
{
	if (RING_FULL(&f->shared.ring)) {
		fprintf(stderr, "device %u: the ring is full\n", f->devid);
		exit(1);
	}
	req.id = f->next_id++;
	sndfront_put(&f->shared, &req);
	f->in_flight++;
}

/* @ahead: which response from now on shall notify us */
static void push_requests(struct front *f, unsigned int ahead)
{
	sndfront_ask(&f->shared, ahead);
	if (!sndfront_push(&f->shared))
		return;
	f->notified++;
	xenevtchn_notify(f->bus->evtchn, f->req_port);
}

/**
 * front_reap() - take the answers that are there.
 * @f: frontend
 */
void front_reap(struct front *f)
{
	struct xensnd_resp resp;

	while (sndfront_take(&f->shared, &resp)) {
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
	put_request(f, sndfront_req_open(FRONT_RATE, XENSND_PCM_FORMAT_S16_LE, 2,
					 f->buffer, f->period, f->refs[DIRECTORY]));
	push_requests(f, 1);
}

/**
 * front_values() - where front_ask() has its values: the last bytes of the buffer.
 * @f: frontend
 * @size: of the values
 */
void *front_values(struct front *f, uint32_t size)
{
	return f->pages + AUDIO * PAGE + f->buffer - size;
}

/**
 * front_ask() - ask for an operation of the volume; the answer will notify.
 * @f: frontend whose stream is open
 * @op: XENSND_OP_XXX
 * @size: of the values
 */
void front_ask(struct front *f, uint8_t op, uint32_t size)
{
	put_request(f, sndfront_req_rw(op, f->buffer - size, size));
	push_requests(f, 1);
}

/**
 * front_close() - ask for CLOSE; the answer will notify.
 * @f: frontend whose stream is open and stopped
 */
void front_close(struct front *f)
{
	put_request(f, sndfront_req(XENSND_OP_CLOSE));
	push_requests(f, 1);
}

/* Hand over as many whole periods as there is room for. */
static void top_up(struct front *f)
{
	while (f->written < f->total &&
	       f->written + f->period <= f->position + f->buffer) {
		put_request(f, sndfront_req_rw(XENSND_OP_WRITE,
					       (uint32_t)(f->written % f->buffer),
					       f->period));
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
	put_request(f, sndfront_req_trigger(XENSND_OP_TRIGGER_START));
	push_requests(f, RING_SIZE(&f->shared.ring) / 2);
}

static bool take_events(struct front *f)
{
	struct xensnd_evt evt;
	bool taken = false;

	while (sndfront_event(&f->shared, &evt)) {
		f->position = evt.op.cur_pos.position;
		f->events++;
		taken = true;
	}
	return taken;
}

/**
 * front_event() - the event channel has fired.
 * @f: frontend
 */
void front_event(struct front *f)
{
	if (!take_events(f) || f->stopped)
		return;
	front_reap(f);
	if (f->position < f->total) {
		top_up(f);
		push_requests(f, RING_SIZE(&f->shared.ring) / 2);
		return;
	}
	f->stopped = true;
	put_request(f, sndfront_req_trigger(XENSND_OP_TRIGGER_STOP));
	push_requests(f, 1);
}
