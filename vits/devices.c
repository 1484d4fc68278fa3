// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Devices and their events. Each device owns an aligned power of two of the guest's
 * events; what is free is kept in blocks of that kind (a buddy allocator), so that
 * getting and giving back takes a few entries, however a guest mixes the sizes.
 */
#include "vits_priv.h"

#define SKIP_EVENTS	16u	/* events that are not mapped, looked at in one step */

/* Unlink the free block at @first from the list of its order. */
static void block_unlink(struct vits *v, uint32_t first)
{
	struct vits_event *e = &v->events[first];

	if (e->prev == VITS_NONE)
		v->free_blocks[e->free_order - 1] = e->next;
	else
		v->events[e->prev].next = e->next;
	if (e->next != VITS_NONE)
		v->events[e->next].prev = e->prev;
	e->free_order = 0;
}

static void block_link(struct vits *v, uint32_t first, uint32_t order)
{
	struct vits_event *e = &v->events[first];

	e->prev = VITS_NONE;
	e->next = v->free_blocks[order];
	e->free_order = (uint8_t)(order + 1);
	if (e->next != VITS_NONE)
		v->events[e->next].prev = first;
	v->free_blocks[order] = first;
}

/* The smallest order from @order on that has a free block, or VITS_ORDERS. */
static uint32_t block_order(struct vits *v, uint32_t order)
{
	while (order < VITS_ORDERS && v->free_blocks[order] == VITS_NONE)
		order++;
	return order;
}

/* Take 2^@order events; there is a block of @from, which is @order or more. */
static uint32_t block_take(struct vits *v, uint32_t order, uint32_t from)
{
	uint32_t first = v->free_blocks[from];

	block_unlink(v, first);
	while (from > order) {
		from--;
		block_link(v, first + (1u << from), from);
		spend_units(v, 1);
	}
	return first;
}

static void block_return(struct vits *v, uint32_t first, uint32_t order)
{
	while (order < VITS_ORDERS - 1) {
		uint32_t buddy = first ^ 1u << order;

		if (buddy >= v->limits.events || v->events[buddy].free_order != order + 1)
			break;
		block_unlink(v, buddy);
		first &= ~(1u << order);
		order++;
		spend_units(v, 1);
	}
	block_link(v, first, order);
}

/* All devices and events are free. Not charged. */
void devices_init(struct vits *v)
{
	uint32_t i, order;

	for (i = 0; i < VITS_ORDERS; i++)
		v->free_blocks[i] = VITS_NONE;
	for (i = 0; i < v->limits.events; i += 1u << order) {
		order = VITS_ORDERS - 1;
		while (i % (1u << order) || v->limits.events - i < 1u << order)
			order--;
		block_link(v, i, order);
	}
	for (i = 0; i < v->limits.devices; i++)
		v->devices[i].next_free = (uint16_t)(i + 1 < v->limits.devices ? i + 2 : 0);
	v->free_devices = 1;
}

/* Is there, or may there be, an entry for it in the guest's device table? */
bool device_in_range(const struct vits *v, uint32_t id)
{
	uint64_t entries = table_bytes(v->baser[0]) / ENTRY_BYTES;

	if (v->baser[0] & BASER_INDIRECT)
		entries *= table_page(v->baser[0]) / ENTRY_BYTES;
	return (v->baser[0] & BASER_VALID) && id < 1u << v->limits.device_bits && id < entries;
}

/*
 * The level 1 entry for a device that is in range; a flat table counts as one valid
 * entry for all. Return: 0, or not 0 if it cannot be read.
 */
int level1_entry(struct vits *v, uint32_t id, uint64_t *entry)
{
	uint64_t page = table_page(v->baser[0]), base = table_address(v->baser[0]);

	if (!(v->baser[0] & BASER_INDIRECT)) {
		*entry = ENTRY_VALID | base;
		return 0;
	}
	spend_units(v, 1);
	return v->ops->guest_read(v->host, base + id / (page / ENTRY_BYTES) * ENTRY_BYTES,
				  entry, ENTRY_BYTES);
}

struct vits_device *find_device(struct vits *v, uint32_t id)
{
	uint32_t number = id < 1u << v->limits.device_bits ? v->device_of[id] : 0;

	return number ? &v->devices[number - 1] : NULL;
}

struct vits_event *find_event(struct vits *v, const struct vits_device *device, uint32_t event)
{
	return event < 1u << device->bits ? &v->events[device->first + event] : NULL;
}

/* What the host wants to know of a mapped event. */
void describe_lpi(const struct vits *v, uint32_t index, struct vits_lpi *lpi)
{
	const struct vits_event *e = &v->events[index];
	const struct vits_device *device = &v->devices[e->device];

	lpi->slot = device->slot;
	lpi->device = device->id;
	lpi->event = index - device->first;
	lpi->index = index;
	lpi->intid = e->intid;
}

/* Map a device that is not mapped. */
enum vits_step device_map(struct vits *v, uint32_t id, uint32_t bits, uint64_t itt)
{
	uint32_t from = block_order(v, bits);
	struct vits_device *device;
	enum vits_result got;
	void *slot = NULL;

	spend_units(v, from - bits + 1);
	if (!v->free_devices || from == VITS_ORDERS)
		return refuse_command(v, VITS_E_LIMIT);
	got = v->ops->slot_get(v->host, id, 1u << bits, &slot);
	if (got == VITS_AGAIN)
		return STEP_AGAIN;
	if (got != VITS_DONE)
		return refuse_command(v, VITS_E_HOST);
	lock_vits(v);
	device = &v->devices[v->free_devices - 1];
	v->free_devices = device->next_free;
	*device = (struct vits_device){
		.itt = itt,
		.slot = slot,
		.id = id,
		.first = block_take(v, bits, from),
		.bits = (uint8_t)bits,
	};
	v->device_of[id] = (uint16_t)(device - v->devices + 1);
	unlock_vits(v);
	return STEP_DONE;
}

/* The device has no mapped events any more. */
static enum vits_step device_free(struct vits *v, struct vits_device *device)
{
	if (v->ops->slot_put(v->host, device->id, device->slot) == VITS_AGAIN)
		return STEP_AGAIN;
	lock_vits(v);
	v->device_of[device->id] = 0;
	block_return(v, device->first, device->bits);
	device->bits = 0;
	device->next_free = v->free_devices;
	v->free_devices = (uint16_t)(device - v->devices + 1);
	unlock_vits(v);
	return STEP_DONE;
}

/*
 * One step of unmapping a device: one event, or some that are not mapped. The cursor's
 * event is the next one; it is 0 before and after.
 */
enum vits_step device_unmap(struct vits *v, struct vits_device *device)
{
	enum vits_step step;
	uint32_t i, index;

	for (i = 0; i < SKIP_EVENTS && device->used; i++) {
		index = device->first + v->cursor.event;
		spend_units(v, 1);
		if (v->events[index].intid) {
			step = event_unmap(v, index);
			if (step == STEP_MORE)
				v->cursor.event++;
			return step;
		}
		v->cursor.event++;
	}
	if (device->used)
		return STEP_MORE;
	step = device_free(v, device);
	if (step == STEP_DONE)
		v->cursor.event = 0;
	return step;
}

/* BASER0 was taken away: unmap all devices, one after the other. */
enum vits_step forget_devices_step(struct vits *v)
{
	struct vits_device *device;

	if (v->cursor.at == v->limits.devices)
		return STEP_DONE;
	device = &v->devices[v->cursor.at];
	spend_units(v, 1);
	if (device->bits) {
		enum vits_step step = device_unmap(v, device);

		if (step != STEP_DONE)
			return step;
	}
	v->cursor.at++;
	return STEP_MORE;
}

/* Return: STEP_MORE, or STEP_AGAIN if the host holds on to the LPI. */
enum vits_step event_unmap(struct vits *v, uint32_t index)
{
	struct vits_event *e = &v->events[index];
	enum vits_result result;
	struct vits_lpi lpi;

	spend_units(v, 2);
	lock_vits(v);
	describe_lpi(v, index, &lpi);
	result = v->ops->lpi_unmap(v->host, &lpi);
	if (result == VITS_DONE) {
		list_remove(v, index);
		v->event_of[e->intid - VITS_LPI_FIRST] = 0;
		v->devices[e->device].used--;
		e->intid = 0;
	}
	unlock_vits(v);
	return step_result(result);
}

/* Map an event that is not mapped to an INTID that no other has. */
static enum vits_step event_fill(struct vits *v, struct vits_device *device, uint32_t index,
				 uint32_t intid, uint32_t icid)
{
	struct vits_event *e = &v->events[index];
	uint8_t config = read_config(v, intid, 0);
	uint16_t cpu = v->collections[icid].cpu;
	enum vits_result result;
	struct vits_lpi lpi;

	lock_vits(v);
	e->device = (uint16_t)(device - v->devices);
	e->intid = intid;
	e->cpu = cpu;
	e->config = config;
	describe_lpi(v, index, &lpi);
	result = v->ops->lpi_map(v->host, &lpi, cpu, config);
	if (result == VITS_DONE) {
		list_insert(v, index, (uint16_t)icid);
		v->event_of[intid - VITS_LPI_FIRST] = index + 1;
		device->used++;
	} else {
		e->intid = 0;
	}
	unlock_vits(v);
	if (result == VITS_AGAIN)
		return STEP_AGAIN;
	if (result != VITS_DONE)
		return refuse_command(v, VITS_E_HOST);
	take_pending(v, index, false);
	return STEP_DONE;
}

/*
 * Map an event; all numbers are in range. An INTID belongs to the event that was mapped
 * to it last: a new kernel may use those of events that the one before it left mapped.
 * With the INTID it has, an event goes to the new collection with what is pending.
 */
enum vits_step event_map(struct vits *v, struct vits_device *device, uint32_t event,
			 uint32_t intid, uint32_t icid)
{
	uint32_t index = device->first + event, owner = v->event_of[intid - VITS_LPI_FIRST];
	struct vits_event *e = &v->events[index];

	spend_units(v, 2);
	if (owner && owner - 1 != index && event_unmap(v, owner - 1) == STEP_AGAIN)
		return STEP_AGAIN;
	if (e->intid && e->intid != intid && event_unmap(v, index) == STEP_AGAIN)
		return STEP_AGAIN;
	if (!e->intid)
		return event_fill(v, device, index, intid, icid);
	lock_vits(v);
	list_remove(v, index);
	list_insert(v, index, (uint16_t)icid);
	unlock_vits(v);
	if (v->collections[icid].cpu == VITS_NO_CPU)
		return STEP_DONE;
	return place_event(v, index, v->collections[icid].cpu) == STEP_AGAIN ? STEP_AGAIN :
									       STEP_DONE;
}
