// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The invariant of vits_priv.h, checked in full.
 */
#include "../vits_priv.h"
#ifndef require			/* a proof has its own */
#include "fake.h"
#endif

#ifndef MOST_EVENTS
#define MOST_EVENTS	1024u
#endif

/* Each collection's list: linked both ways, nothing but its own mapped events. */
static uint32_t check_lists(struct vits *v, bool at_rest)
{
	uint32_t i, index, previous, total = 0;

	for (i = 0; i < v->limits.collections; i++) {
		previous = VITS_NONE;
		for (index = v->collections[i].head; index != VITS_NONE;
		     index = v->events[index].next) {
			struct vits_event *e = &v->events[index];

			require(index < v->limits.events);
			require(e->intid && e->icid == i && e->prev == previous);
			require(++total <= v->limits.events);
			require(e->cpu == VITS_NO_CPU || e->cpu < v->limits.cpus);
			if (at_rest)
				require(v->collections[i].cpu == VITS_NO_CPU ||
					e->cpu != VITS_NO_CPU);
			previous = index;
		}
	}
	return total;
}

/* Devices and free blocks share out the events: each has one owner. */
static void check_events(struct vits *v, uint8_t *owners)
{
	uint32_t i, order, mapped;
	struct vits_event *e;

	for (i = 0; i < v->limits.devices; i++) {
		struct vits_device *d = &v->devices[i];

		if (!d->bits)
			continue;
		require(v->device_of[d->id] == i + 1);
		require(d->first % (1u << d->bits) == 0);
		require(d->first + (1u << d->bits) <= v->limits.events);
		mapped = 0;
		for (e = v->events + d->first; e < v->events + d->first + (1u << d->bits); e++) {
			owners[e - v->events]++;
			require(!e->free_order);
			if (!e->intid)
				continue;
			mapped++;
			require(e->device == i);
			require(e->intid >= VITS_LPI_FIRST);
			require(e->intid - VITS_LPI_FIRST < v->limits.lpis);
			require(v->event_of[e->intid - VITS_LPI_FIRST] == e - v->events + 1);
		}
		require(mapped == d->used);
	}
	for (order = 0; order < VITS_ORDERS; order++) {
		for (i = v->free_blocks[order]; i != VITS_NONE; i = v->events[i].next) {
			require(i < v->limits.events && i % (1u << order) == 0);
			require(i + (1u << order) <= v->limits.events);
			require(v->events[i].free_order == order + 1);
			for (e = v->events + i; e < v->events + i + (1u << order); e++) {
				require(!e->intid && ++owners[e - v->events] == 1);
				require(e == v->events + i || !e->free_order);
			}
		}
	}
	for (i = 0; i < v->limits.events; i++)
		require(owners[i] == 1);
}

/* @at_rest: no work is at hand */
void check_invariant(struct vits *v, bool at_rest)
{
	uint8_t owners[MOST_EVENTS] = { 0 };
	uint32_t i, in_use = 0, mapped = 0, lists = check_lists(v, at_rest), free_count = 0;

	require(v->limits.events <= MOST_EVENTS);
	check_events(v, owners);
	for (i = 0; i < 1u << v->limits.device_bits; i++) {
		if (!v->device_of[i])
			continue;
		require(v->device_of[i] <= v->limits.devices);
		require(v->devices[v->device_of[i] - 1].bits);
		require(v->devices[v->device_of[i] - 1].id == i);
		in_use++;
		mapped += v->devices[v->device_of[i] - 1].used;
	}
	require(lists == mapped);
	for (i = v->free_devices; i; i = v->devices[i - 1].next_free) {
		require(!v->devices[i - 1].bits && ++free_count <= v->limits.devices);
	}
	require(free_count + in_use == v->limits.devices);
	for (i = 0; i < v->limits.lpis; i++) {
		if (v->event_of[i])
			require(v->events[v->event_of[i] - 1].intid == i + VITS_LPI_FIRST);
	}
	require(v->cwriter < 0x100000 && v->creadr < 0x100000);
}
