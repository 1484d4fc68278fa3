// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * bench-frontends: XenStore, the frontend's part and the toolstack's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front.h"

#define HOME	"/local/domain/0"
#define BACK	HOME "/backend/vsnd/0"
#define FRONT	HOME "/device/vsnd"

/**
 * bus_open() - connect to Xen.
 * @bus: the bus
 */
void bus_open(struct bus *bus)
{
	bus->evtchn = xenevtchn_open(NULL, 0);
	bus->gntshr = xengntshr_open(NULL, 0);
	bus->store = xs_open(0);
	if (!bus->evtchn || !bus->gntshr || !bus->store ||
	    !xs_watch(bus->store, BACK, "back"))
		die("Xen");
}

/**
 * struct node - what is written at once
 * @dir: BACK or FRONT, the device's number follows
 * @node: below that
 * @value: what is written
 */
struct node {
	const char *dir;
	const char *node;
	const char *value;
};

static void write_nodes(struct front *f, const struct node *nodes, size_t num)
{
	struct xs_handle *store = f->bus->store;
	xs_transaction_t t;
	char path[128];
	size_t i;

	/* Another's writes in between make the transaction void. */
	do {
		t = xs_transaction_start(store);
		if (!t)
			die("transaction");
		for (i = 0; i < num; i++) {
			snprintf(path, sizeof(path), "%s/%u/%s", nodes[i].dir,
				 f->devid, nodes[i].node);
			if (!xs_write(store, t, path, nodes[i].value,
				      (unsigned int)strlen(nodes[i].value)))
				die(path);
		}
	} while (!xs_transaction_end(store, t, false));
}

static void write_state(struct front *f, enum xenbus_state state)
{
	char value[8];
	const struct node node = { FRONT, "state", value };

	snprintf(value, sizeof(value), "%d", state);
	write_nodes(f, &node, 1);
}

static void await_state(struct front *f, enum xenbus_state state)
{
	char path[128], **event, *value;
	unsigned int n;
	bool there;

	snprintf(path, sizeof(path), BACK "/%u/state", f->devid);
	for (;;) {
		value = xs_read(f->bus->store, XBT_NULL, path, &n);
		there = value && atoi(value) == (int)state;
		free(value);
		if (there)
			return;
		event = xs_read_watch(f->bus->store, &n);
		if (!event)
			die(path);
		free(event);
	}
}

/* The toolstack's part */
static void create(struct front *f)
{
	char back[64], front[64];
	const struct node nodes[] = {
		{ BACK, "frontend", front },
		{ BACK, "frontend-id", "0" },
		{ BACK, "online", "1" },
		{ BACK, "state", "1" },
		{ FRONT, "backend", back },
		{ FRONT, "backend-id", "0" },
		{ FRONT, "state", "1" },
		{ FRONT, "0/0/" XENSND_FIELD_TYPE, "p" },
	};

	snprintf(back, sizeof(back), BACK "/%u", f->devid);
	snprintf(front, sizeof(front), FRONT "/%u", f->devid);
	write_nodes(f, nodes, sizeof(nodes) / sizeof(*nodes));
}

static void publish(struct front *f)
{
	char ring[16], evt_ring[16], port[16], evt_port[16];
	const struct node nodes[] = {
		{ FRONT, XENSND_FIELD_FE_VERSION, "2" },
		{ FRONT, "0/0/" XENSND_FIELD_RING_REF, ring },
		{ FRONT, "0/0/" XENSND_FIELD_EVT_RING_REF, evt_ring },
		{ FRONT, "0/0/" XENSND_FIELD_EVT_CHNL, port },
		{ FRONT, "0/0/" XENSND_FIELD_EVT_EVT_CHNL, evt_port },
	};

	snprintf(ring, sizeof(ring), "%u", f->refs[0]);
	snprintf(evt_ring, sizeof(evt_ring), "%u", f->refs[1]);
	snprintf(port, sizeof(port), "%u", f->req_port);
	snprintf(evt_port, sizeof(evt_port), "%u", f->evt_port);
	write_nodes(f, nodes, sizeof(nodes) / sizeof(*nodes));
}

/**
 * front_connect() - appear, and wait until the backend is connected.
 * @f: new frontend
 */
void front_connect(struct front *f)
{
	create(f);
	await_state(f, XenbusStateInitWait);
	publish(f);
	write_state(f, XenbusStateInitialised);
	await_state(f, XenbusStateConnected);
	write_state(f, XenbusStateConnected);
}

/**
 * front_disconnect() - part from the backend, and disappear.
 * @f: connected frontend, its stream closed
 */
void front_disconnect(struct front *f)
{
	const struct node offline = { BACK, "online", "0" };
	char path[64];

	write_nodes(f, &offline, 1);
	write_state(f, XenbusStateClosing);
	await_state(f, XenbusStateClosed);
	snprintf(path, sizeof(path), FRONT "/%u", f->devid);
	xs_rm(f->bus->store, XBT_NULL, path);
	snprintf(path, sizeof(path), BACK "/%u", f->devid);
	xs_rm(f->bus->store, XBT_NULL, path);
}
