/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * bench-frontends: a playback frontend in this very domain.
 */
#ifndef BENCH_FRONT_H
#define BENCH_FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include <xenevtchn.h>
#include <xengnttab.h>
#include <xenstore.h>

#include "sndfront.h"

#include <xen/io/xenbus.h>

#define FRONT_RATE	48000u
#define FRONT_FRAME	4u	/* bytes: S16, two channels */

/**
 * struct bus - what all frontends share
 * @evtchn: all event channels; one descriptor for all
 * @gntshr: pages to share
 * @store: XenStore, with a watch on the backend's nodes
 */
struct bus {
	xenevtchn_handle *evtchn;
	xengntshr_handle *gntshr;
	struct xs_handle *store;
};

/**
 * struct front - a device with one stream
 * @bus: the bus
 * @devid: its number
 * @period: bytes
 * @buffer: bytes
 * @pages: shared: request ring, event page, directory, audio
 * @refs: their grants
 * @num_pages: how many
 * @shared: request ring and event page
 * @req_port: request channel
 * @evt_port: event channel
 * @next_id: of the next request
 * @in_flight: requests without an answer
 * @total: bytes to be played
 * @written: bytes handed over
 * @position: bytes played, as last reported
 * @events: taken since the last start
 * @notified: notifications of requests since the last start
 * @stopped: all was played, STOP was sent
 */
struct front {
	struct bus *bus;
	unsigned int devid;
	uint32_t period;
	uint32_t buffer;
	uint8_t *pages;
	uint32_t *refs;
	unsigned int num_pages;
	struct sndfront shared;
	evtchn_port_t req_port;
	evtchn_port_t evt_port;
	uint16_t next_id;
	unsigned int in_flight;
	uint64_t total;
	uint64_t written;
	uint64_t position;
	uint64_t events;
	uint64_t notified;
	bool stopped;
};

/* front.c */
void front_new(struct front *f, struct bus *bus, unsigned int devid,
	       unsigned int period, unsigned int periods);
void front_open(struct front *f);
void front_start(struct front *f, unsigned int periods);
void front_event(struct front *f);
void front_reap(struct front *f);
void *front_values(struct front *f, uint32_t size);
void front_ask(struct front *f, uint8_t op, uint32_t size);
void front_close(struct front *f);
void front_free(struct front *f);
_Noreturn void die(const char *what);

/* front_store.c */
void bus_open(struct bus *bus);
void front_connect(struct front *f);
void front_disconnect(struct front *f);

#endif
