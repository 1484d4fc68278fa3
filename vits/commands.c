// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The commands. Each function does one step of the command in v->cursor; it is
 * called again, with the cursor as it left it, until it returns STEP_DONE.
 */
#include "vits_priv.h"

/* Fields of the four doublewords of a command */
static uint32_t field_device(const uint64_t *dw)
{
	return (uint32_t)(dw[0] >> 32);
}

static uint32_t field_event(const uint64_t *dw)
{
	return (uint32_t)dw[1];
}

static uint32_t field_intid(const uint64_t *dw)
{
	return (uint32_t)(dw[1] >> 32);
}

static uint32_t field_icid(const uint64_t *dw)
{
	return dw[2] & 0xffff;
}

static bool field_valid(const uint64_t *dw)
{
	return dw[2] >> 63;
}

/* The CPU number in RDbase, or VITS_NO_CPU if the guest has no such CPU. */
static uint16_t field_cpu(const struct vits *v, uint64_t dw)
{
	uint64_t cpu = dw >> 16 & 0xfffffffffull;

	if (cpu >= v->limits.cpus || !v->ops->cpu_present(v->host, (uint16_t)cpu))
		return VITS_NO_CPU;
	return (uint16_t)cpu;
}

static bool collection_mapped(const struct vits *v, uint32_t icid)
{
	return v->collections[icid].cpu != VITS_NO_CPU;
}

/* Find the event that a command names, mapped in a mapped collection. Return: 0 or why not. */
static enum vits_error look_up(struct vits *v, uint32_t *index)
{
	const uint64_t *dw = v->cursor.dw;
	struct vits_device *device;
	struct vits_event *event;

	spend_units(v, 3);
	if (!device_in_range(v, field_device(dw)))
		return VITS_E_DEVICE_OOR;
	device = find_device(v, field_device(dw));
	if (!device)
		return VITS_E_UNMAPPED_DEVICE;
	event = find_event(v, device, field_event(dw));
	if (!event)
		return VITS_E_ID_OOR;
	if (!event->intid)
		return VITS_E_UNMAPPED_INTERRUPT;
	if (!collection_mapped(v, event->icid))
		return VITS_E_UNMAPPED_COLLECTION;
	*index = (uint32_t)(event - v->events);
	return 0;
}

/*
 * MAPD of a device that is mapped unmaps it first, after what can be checked before.
 * To unmap, only the DeviceID counts.
 */
static enum vits_step do_mapd(struct vits *v)
{
	const uint64_t *dw = v->cursor.dw;
	uint32_t id = field_device(dw), bits = (dw[1] & 0x1f) + 1;
	struct vits_device *device = find_device(v, id);
	enum vits_step step;
	uint64_t entry;

	if (v->cursor.phase == 0 && field_valid(dw)) {
		if (!device_in_range(v, id) || level1_entry(v, id, &entry) ||
		    !(entry & ENTRY_VALID))
			return refuse_command(v, VITS_E_DEVICE_OOR);
		if (bits > v->limits.event_bits)
			return refuse_command(v, VITS_E_SIZE_OOR);
	}
	v->cursor.phase = 1;
	if (device) {
		step = device_unmap(v, device);
		if (step != STEP_DONE)
			return step;
		return field_valid(dw) ? STEP_MORE : STEP_DONE;
	}
	if (!field_valid(dw))
		return device_in_range(v, id) ? STEP_DONE :
						refuse_command(v, VITS_E_DEVICE_OOR);
	return device_map(v, id, bits, dw[2] & 0x000fffffffffff00ull);
}

/*
 * A collection that gets a CPU, or another one, takes its LPIs along, one in each step.
 * To unmap it, the CPU number does not count.
 */
static enum vits_step do_mapc(struct vits *v)
{
	const uint64_t *dw = v->cursor.dw;
	uint32_t icid = field_icid(dw), index = v->cursor.event;
	uint16_t cpu = field_cpu(v, dw[2]);
	enum vits_step step;

	if (v->cursor.phase == 0) {
		if (!collection_in_range(v, icid))
			return refuse_command(v, VITS_E_COLLECTION_OOR);
		if (!field_valid(dw)) {
			collection_set(v, icid, VITS_NO_CPU);
			return STEP_DONE;
		}
		if (cpu == VITS_NO_CPU)
			return refuse_command(v, VITS_E_SIZE_OOR);
		if (v->collections[icid].cpu == cpu)
			return STEP_DONE;
		collection_set(v, icid, cpu);
		v->cursor.event = v->collections[icid].head;
		v->cursor.phase = 1;
		return STEP_MORE;
	}
	if (index == VITS_NONE)
		return STEP_DONE;
	step = place_event(v, index, cpu);
	if (step == STEP_MORE)
		v->cursor.event = v->events[index].next;
	return step;
}

static enum vits_step do_mapti(struct vits *v, bool mapi)
{
	const uint64_t *dw = v->cursor.dw;
	uint32_t event = field_event(dw);
	uint32_t intid = mapi ? event : field_intid(dw);
	struct vits_device *device;

	spend_units(v, 3);
	if (!device_in_range(v, field_device(dw)))
		return refuse_command(v, VITS_E_DEVICE_OOR);
	if (!collection_in_range(v, field_icid(dw)))
		return refuse_command(v, VITS_E_COLLECTION_OOR);
	device = find_device(v, field_device(dw));
	if (!device)
		return refuse_command(v, VITS_E_UNMAPPED_DEVICE);
	if (!find_event(v, device, event))
		return refuse_command(v, VITS_E_ID_OOR);
	if (!intid_in_range(v, intid))
		return refuse_command(v, VITS_E_PHYSICALID_OOR);
	return event_map(v, device, event, intid, field_icid(dw));
}

static enum vits_step do_movi(struct vits *v)
{
	uint32_t index, icid = field_icid(v->cursor.dw);
	enum vits_error error = look_up(v, &index);
	enum vits_step step;

	if (!error && !collection_in_range(v, icid))
		error = VITS_E_COLLECTION_OOR;
	if (!error && !collection_mapped(v, icid))
		error = VITS_E_UNMAPPED_COLLECTION;
	if (error)
		return refuse_command(v, error);
	/* First the LPI, so that the command can be done again. */
	step = move_event(v, index, v->collections[icid].cpu);
	if (step == STEP_AGAIN)
		return step;
	lock_vits(v);
	list_remove(v, index);
	list_insert(v, index, (uint16_t)icid);
	unlock_vits(v);
	return STEP_DONE;
}

static enum vits_step do_discard(struct vits *v)
{
	uint32_t index;
	enum vits_error error = look_up(v, &index);
	enum vits_step step;

	if (error)
		return refuse_command(v, error);
	step = event_unmap(v, index);
	return step == STEP_AGAIN ? step : STEP_DONE;
}

static enum vits_step do_int(struct vits *v)
{
	uint32_t index;
	enum vits_error error = look_up(v, &index);

	if (error)
		return refuse_command(v, error);
	if (move_event(v, index, v->collections[v->events[index].icid].cpu) == STEP_AGAIN)
		return STEP_AGAIN;
	lock_vits(v);
	raise_event(v, index);
	unlock_vits(v);
	return STEP_DONE;
}

static enum vits_step do_clear(struct vits *v)
{
	enum vits_result result;
	struct vits_lpi lpi;
	uint32_t index;
	enum vits_error error = look_up(v, &index);

	if (error)
		return refuse_command(v, error);
	lock_vits(v);
	describe_lpi(v, index, &lpi);
	result = v->ops->lpi_clear(v->host, &lpi);
	unlock_vits(v);
	return result == VITS_AGAIN ? STEP_AGAIN : STEP_DONE;
}

static enum vits_step do_inv(struct vits *v)
{
	uint32_t index;
	enum vits_error error = look_up(v, &index);

	if (error)
		return refuse_command(v, error);
	reload_config(v, index);
	return STEP_DONE;
}

static enum vits_step do_invall(struct vits *v)
{
	uint32_t icid = field_icid(v->cursor.dw), index = v->cursor.event;

	if (v->cursor.phase == 0) {
		if (!collection_in_range(v, icid))
			return refuse_command(v, VITS_E_COLLECTION_OOR);
		if (!collection_mapped(v, icid))
			return refuse_command(v, VITS_E_UNMAPPED_COLLECTION);
		v->cursor.event = v->collections[icid].head;
		v->cursor.phase = 1;
		return STEP_MORE;
	}
	if (index == VITS_NONE)
		return STEP_DONE;
	reload_config(v, index);
	v->cursor.event = v->events[index].next;
	return STEP_MORE;
}

/* What is pending on one CPU goes to the other; where collections point does not change. */
static enum vits_step do_movall(struct vits *v)
{
	const uint64_t *dw = v->cursor.dw;
	uint16_t from = field_cpu(v, dw[2]), to = field_cpu(v, dw[3]);
	enum vits_step step;
	struct vits_lpi lpi;
	uint32_t index;
	bool pending;

	if (from == VITS_NO_CPU || to == VITS_NO_CPU)
		return refuse_command(v, VITS_E_SIZE_OOR);
	if (from == to)
		return STEP_DONE;
	step = walk_all(v, &index);
	if (step == STEP_DONE || index == VITS_NONE)
		return step;
	lock_vits(v);
	describe_lpi(v, index, &lpi);
	pending = v->events[index].cpu == from && v->ops->lpi_pending(v->host, &lpi);
	unlock_vits(v);
	if (pending && move_event(v, index, to) == STEP_AGAIN)
		return STEP_AGAIN;
	v->cursor.event = v->events[index].next;
	return STEP_MORE;
}

static enum vits_step do_sync(struct vits *v)
{
	if (field_cpu(v, v->cursor.dw[2]) == VITS_NO_CPU)
		return refuse_command(v, VITS_E_SIZE_OOR);
	return STEP_DONE;
}

/* One step of the command in the cursor. */
enum vits_step command_step(struct vits *v)
{
	switch (v->cursor.dw[0] & 0xff) {
	case CMD_MAPD:
		return do_mapd(v);
	case CMD_MAPC:
		return do_mapc(v);
	case CMD_MAPTI:
		return do_mapti(v, false);
	case CMD_MAPI:
		return do_mapti(v, true);
	case CMD_MOVI:
		return do_movi(v);
	case CMD_DISCARD:
		return do_discard(v);
	case CMD_INT:
		return do_int(v);
	case CMD_CLEAR:
		return do_clear(v);
	case CMD_INV:
		return do_inv(v);
	case CMD_INVALL:
		return do_invall(v);
	case CMD_MOVALL:
		return do_movall(v);
	case CMD_SYNC:
		return do_sync(v);
	default:
		return refuse_command(v, VITS_E_COMMAND);
	}
}
