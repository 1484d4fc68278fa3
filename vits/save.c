// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Tables written to guest memory, and read back without trust. Entries are 8 bytes,
 * little endian, bit 63 valid; an entry that is not valid is 0. Layout 1:
 *   collection	15:0 CPU
 *   device	51:8 ITT address, 4:0 bits of an EventID minus 1
 *   ITT	47:16 INTID, 15:0 collection
 *   level 1	51:12 page of the device table, as the architecture has it
 */
#include "vits_priv.h"

#define DEVICE_ENTRY_ITT	0x000fffffffffff00ull
#define DEVICE_ENTRY_BITS	0x1full
#define EVENT_ENTRY_FIELDS	0x0000ffffffffffffull
#define LEVEL1_ENTRY_FIELDS	ADDRESS_52

enum save_phase { PHASE_COLLECTIONS, PHASE_DEVICES, PHASE_MAP, PHASE_EVENTS };

static void write_entry(struct vits *v, uint64_t gpa, uint64_t entry)
{
	spend_units(v, 1);
	if (v->ops->guest_write(v->host, gpa, &entry, ENTRY_BYTES))
		count_refusal(v, VITS_E_MEMORY, VITS_LOG_WARNING,
			      "table entry cannot be written", gpa, entry);
}

/* Return: the entry, 0 if it cannot be read. */
static uint64_t read_entry(struct vits *v, uint64_t gpa)
{
	uint64_t entry;

	spend_units(v, 1);
	if (!v->ops->guest_read(v->host, gpa, &entry, ENTRY_BYTES))
		return entry;
	count_refusal(v, VITS_E_MEMORY, VITS_LOG_WARNING, "table entry cannot be read", gpa, 0);
	return 0;
}

static uint64_t collection_address(const struct vits *v, uint64_t icid)
{
	return table_address(v->baser[1]) + icid * ENTRY_BYTES;
}

/*
 * Where the cursor's device has its entry: *@gpa. If the guest has no page for it
 * the cursor goes to the first device of the next page. Return: is there an entry?
 */
static bool device_address(struct vits *v, uint64_t *gpa)
{
	uint64_t in_page = table_page(v->baser[0]) / ENTRY_BYTES;
	uint32_t id = (uint32_t)v->cursor.at;
	uint64_t entry, page;

	if (!(v->baser[0] & BASER_INDIRECT)) {
		*gpa = table_address(v->baser[0]) + (uint64_t)id * ENTRY_BYTES;
		return true;
	}
	if (level1_entry(v, id, &entry) || !(entry & ENTRY_VALID)) {
		v->cursor.at = (id / in_page + 1) * in_page;
		return false;
	}
	page = entry & LEVEL1_ENTRY_FIELDS & ~(table_page(v->baser[0]) - 1);
	*gpa = page + id % in_page * ENTRY_BYTES;
	return true;
}

/* After the collections come the devices. */
static enum vits_step next_phase(struct vits *v)
{
	v->cursor.phase = PHASE_DEVICES;
	v->cursor.at = 0;
	return STEP_MORE;
}

static enum vits_step save_collection(struct vits *v)
{
	uint32_t icid = (uint32_t)v->cursor.at;
	uint16_t cpu;

	if (!collection_in_range(v, icid))
		return next_phase(v);
	cpu = v->collections[icid].cpu;
	write_entry(v, collection_address(v, icid),
		    cpu == VITS_NO_CPU ? 0 : ENTRY_VALID | cpu);
	v->cursor.at++;
	return STEP_MORE;
}

static enum vits_step save_device(struct vits *v)
{
	uint32_t id = (uint32_t)v->cursor.at;
	struct vits_device *device;
	uint64_t gpa;

	if (!device_in_range(v, id))
		return STEP_DONE;
	if (!device_address(v, &gpa))
		return STEP_MORE;
	device = find_device(v, id);
	if (device) {
		write_entry(v, gpa, ENTRY_VALID | device->itt | (device->bits - 1));
		v->cursor.phase = PHASE_EVENTS;
		v->cursor.event = 0;
	} else {
		write_entry(v, gpa, 0);
		v->cursor.at++;
	}
	return STEP_MORE;
}

static enum vits_step save_event(struct vits *v)
{
	struct vits_device *device = find_device(v, (uint32_t)v->cursor.at);
	struct vits_event *e = find_event(v, device, v->cursor.event);

	if (!e) {
		v->cursor.phase = PHASE_DEVICES;
		v->cursor.at++;
		return STEP_MORE;
	}
	write_entry(v, device->itt + (uint64_t)v->cursor.event * ENTRY_BYTES,
		    e->intid ? ENTRY_VALID | (uint64_t)e->intid << 16 | e->icid : 0);
	if (e->intid)
		write_pending(v, (uint32_t)(e - v->events));
	v->cursor.event++;
	return STEP_MORE;
}

enum vits_step save_step(struct vits *v)
{
	switch (v->cursor.phase) {
	case PHASE_COLLECTIONS:
		return save_collection(v);
	case PHASE_DEVICES:
		return save_device(v);
	default:
		return save_event(v);
	}
}

static void refuse_entry(struct vits *v, uint64_t gpa, uint64_t entry)
{
	count_refusal(v, VITS_E_TABLE, VITS_LOG_WARNING, "table entry not valid", gpa, entry);
}

static enum vits_step restore_collection(struct vits *v)
{
	uint32_t icid = (uint32_t)v->cursor.at;
	uint64_t entry, cpu;

	if (!collection_in_range(v, icid))
		return next_phase(v);
	v->cursor.at++;
	entry = read_entry(v, collection_address(v, icid));
	if (!(entry & ENTRY_VALID))
		return STEP_MORE;
	cpu = entry & ~ENTRY_VALID;
	if (cpu < v->limits.cpus && v->ops->cpu_present(v->host, (uint16_t)cpu))
		collection_set(v, icid, (uint16_t)cpu);
	else
		refuse_entry(v, collection_address(v, icid), entry);
	return STEP_MORE;
}

static enum vits_step restore_device(struct vits *v)
{
	uint64_t gpa, entry;

	if (!device_in_range(v, (uint32_t)v->cursor.at))
		return STEP_DONE;
	if (!device_address(v, &gpa))
		return STEP_MORE;
	entry = read_entry(v, gpa);
	if (!(entry & ENTRY_VALID)) {
		v->cursor.at++;
		return STEP_MORE;
	}
	entry &= ~ENTRY_VALID;
	if ((entry & ~(DEVICE_ENTRY_ITT | DEVICE_ENTRY_BITS)) ||
	    (entry & DEVICE_ENTRY_BITS) >= v->limits.event_bits) {
		refuse_entry(v, gpa, entry);
		v->cursor.at++;
		return STEP_MORE;
	}
	/* It is not read a second time, whatever the host answers. */
	v->cursor.dw[0] = entry;
	v->cursor.phase = PHASE_MAP;
	return STEP_MORE;
}

static enum vits_step restore_map(struct vits *v)
{
	uint32_t bits = (v->cursor.dw[0] & DEVICE_ENTRY_BITS) + 1, id = (uint32_t)v->cursor.at;

	if (device_map(v, id, bits, v->cursor.dw[0] & DEVICE_ENTRY_ITT) == STEP_AGAIN)
		return STEP_AGAIN;
	v->cursor.event = 0;
	v->cursor.phase = PHASE_EVENTS;
	if (!find_device(v, id)) {
		v->cursor.at++;
		v->cursor.phase = PHASE_DEVICES;
	}
	return STEP_MORE;
}

static enum vits_step restore_event(struct vits *v)
{
	struct vits_device *device = find_device(v, (uint32_t)v->cursor.at);
	struct vits_event *e = find_event(v, device, v->cursor.event);
	uint64_t gpa = device->itt + (uint64_t)v->cursor.event * ENTRY_BYTES, entry;
	uint32_t intid, icid;

	if (!e) {
		v->cursor.phase = PHASE_DEVICES;
		v->cursor.at++;
		return STEP_MORE;
	}
	entry = read_entry(v, gpa);
	if (entry & ENTRY_VALID) {
		entry &= ~ENTRY_VALID;
		intid = (uint32_t)(entry >> 16);
		icid = entry & 0xffff;
		if ((entry & ~EVENT_ENTRY_FIELDS) || !intid_in_range(v, intid) ||
		    !collection_in_range(v, icid))
			refuse_entry(v, gpa, entry);
		else if (event_map(v, device, v->cursor.event, intid, icid) == STEP_AGAIN)
			return STEP_AGAIN;
		else if (e->intid)
			take_pending(v, (uint32_t)(e - v->events), true);
	}
	v->cursor.event++;
	return STEP_MORE;
}

enum vits_step restore_step(struct vits *v)
{
	switch (v->cursor.phase) {
	case PHASE_COLLECTIONS:
		return restore_collection(v);
	case PHASE_DEVICES:
		return restore_device(v);
	case PHASE_MAP:
		return restore_map(v);
	default:
		return restore_event(v);
	}
}
