// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What the redistributors keep of LPIs: configuration bytes and pending tables in
 * guest memory; and software MSIs.
 */
#include "vits_priv.h"

#define PENDBASER_ADDRESS	0x000fffffffff0000ull

bool intid_in_range(const struct vits *v, uint32_t intid)
{
	return intid >= VITS_LPI_FIRST && intid - VITS_LPI_FIRST < v->limits.lpis;
}

/* Do the guest's tables, which are as large as PROPBASER says, have this INTID? */
static bool intid_in_tables(uint64_t propbaser, uint32_t intid)
{
	return (uint64_t)intid < 2ull << (propbaser & 0x1f);
}

/*
 * The configuration byte of an LPI as it is in guest memory now; @otherwise if that cannot
 * be read or no CPU has had its LPIs enabled yet.
 */
uint8_t read_config(struct vits *v, uint32_t intid, uint8_t otherwise)
{
	uint64_t propbaser, gpa;
	uint8_t config;
	bool known;

	lock_vits(v);
	propbaser = v->propbaser;
	known = v->prop_known;
	unlock_vits(v);
	if (!known || !intid_in_tables(propbaser, intid))
		return otherwise;
	gpa = (propbaser & ADDRESS_52) + intid - VITS_LPI_FIRST;
	spend_units(v, 1);
	if (!v->ops->guest_read(v->host, gpa, &config, 1))
		return config;
	count_refusal(v, VITS_E_MEMORY, VITS_LOG_WARNING,
		      "LPI configuration cannot be read", gpa, intid);
	return otherwise;
}

/* Take up a mapped event's configuration byte. */
void reload_config(struct vits *v, uint32_t index)
{
	struct vits_event *e = &v->events[index];
	uint8_t config = read_config(v, e->intid, e->config);
	struct vits_lpi lpi;

	spend_units(v, 1);
	lock_vits(v);
	e->config = config;
	describe_lpi(v, index, &lpi);
	v->ops->lpi_config(v->host, &lpi, config);
	unlock_vits(v);
}

/*
 * Make a mapped event's LPI pending at its collection's CPU, or if there is none where
 * the LPI is. After MOVALL it may be pending at another one: then it comes back, or stays
 * if the host cannot take it away there just now. The lock is held.
 */
void raise_event(struct vits *v, uint32_t index)
{
	struct vits_event *e = &v->events[index];
	uint16_t cpu = v->collections[e->icid].cpu;
	struct vits_lpi lpi;

	describe_lpi(v, index, &lpi);
	if (cpu != VITS_NO_CPU && e->cpu != cpu &&
	    v->ops->lpi_move(v->host, &lpi, cpu) == VITS_DONE)
		e->cpu = cpu;
	v->ops->lpi_raise(v->host, &lpi);
}

/*
 * Where an event's pending bit is: *@gpa and *@mask. Return: false if its CPU has no
 * pending table, or one that is zero by PTZ unless @even_ptz.
 */
static bool pending_bit(struct vits *v, uint32_t index, bool even_ptz, uint64_t *gpa,
			uint8_t *mask)
{
	const struct vits_event *e = &v->events[index];
	const struct vits_cpu *cpu;
	bool has;

	lock_vits(v);
	cpu = e->cpu == VITS_NO_CPU ? NULL : &v->cpus[e->cpu];
	has = cpu && cpu->lpis_on && intid_in_tables(v->propbaser, e->intid) &&
	      (even_ptz || !(cpu->pendbaser & VITS_PENDBASER_PTZ));
	if (has)
		*gpa = (cpu->pendbaser & PENDBASER_ADDRESS) + e->intid / 8;
	unlock_vits(v);
	*mask = (uint8_t)(1u << e->intid % 8);
	return has;
}

/* If a mapped event is pending in the guest's table, raise it and clear the bit there. */
void take_pending(struct vits *v, uint32_t index, bool even_ptz)
{
	uint8_t mask, byte;
	uint64_t gpa;

	if (!pending_bit(v, index, even_ptz, &gpa, &mask))
		return;
	spend_units(v, 1);
	if (v->ops->guest_read(v->host, gpa, &byte, 1) || !(byte & mask))
		return;
	byte &= (uint8_t)~mask;
	spend_units(v, 2);
	if (v->ops->guest_write(v->host, gpa, &byte, 1))
		count_refusal(v, VITS_E_MEMORY, VITS_LOG_WARNING,
			      "pending table cannot be written", gpa, 0);
	lock_vits(v);
	raise_event(v, index);
	unlock_vits(v);
}

/* Set or clear a mapped event's bit in the guest's pending table, for vits_save(). */
void write_pending(struct vits *v, uint32_t index)
{
	struct vits_lpi lpi;
	uint8_t mask, byte;
	uint64_t gpa;
	bool pending;

	if (!pending_bit(v, index, true, &gpa, &mask))
		return;
	lock_vits(v);
	describe_lpi(v, index, &lpi);
	pending = v->ops->lpi_pending(v->host, &lpi);
	unlock_vits(v);
	spend_units(v, 2);
	if (v->ops->guest_read(v->host, gpa, &byte, 1))
		return;
	byte = (uint8_t)(pending ? byte | mask : byte & ~mask);
	if (v->ops->guest_write(v->host, gpa, &byte, 1))
		count_refusal(v, VITS_E_MEMORY, VITS_LOG_WARNING,
			      "pending table cannot be written", gpa, 0);
}

void vits_lpis_on(struct vits *v, uint16_t cpu, uint64_t propbaser, uint64_t pendbaser)
{
	struct vits_cpu *c;

	if (cpu >= v->limits.cpus)
		return;
	c = &v->cpus[cpu];
	lock_vits(v);
	v->propbaser = propbaser;
	v->prop_known = true;
	c->pendbaser = pendbaser;
	c->lpis_on = true;
	if (!c->refresh) {
		c->refresh = true;
		v->refreshes++;
	}
	unlock_vits(v);
	v->ops->call_again(v->host);
}

/*
 * Configuration and pending bits of the LPIs of one CPU that was enabled. The cursor's
 * first doubleword is the CPU.
 */
enum vits_step refresh_step(struct vits *v)
{
	uint64_t *cpu = &v->cursor.dw[0];
	enum vits_step step;
	uint32_t index;
	bool here;

	if (v->cursor.phase == 0) {
		spend_units(v, 1);
		if (*cpu == v->limits.cpus)
			return STEP_DONE;
		lock_vits(v);
		if (v->cpus[*cpu].refresh) {
			v->cpus[*cpu].refresh = false;
			v->refreshes--;
			v->cursor.phase = 1;
		} else {
			++*cpu;
		}
		unlock_vits(v);
		return STEP_MORE;
	}
	step = walk_all(v, &index);
	if (step == STEP_DONE || index == VITS_NONE)
		return step;
	lock_vits(v);
	here = v->events[index].cpu == *cpu;
	unlock_vits(v);
	if (here) {
		reload_config(v, index);
		take_pending(v, index, false);
	}
	v->cursor.event = v->events[index].next;
	return STEP_MORE;
}

/* Raise it if there is a mapping. The lock is held. */
static bool raise_msi(struct vits *v, uint32_t device_id, uint32_t event_id)
{
	struct vits_device *device = find_device(v, device_id);
	struct vits_event *event;

	if (!v->enabled || mappings_going(v) || !device)
		return false;
	event = find_event(v, device, event_id);
	if (!event || !event->intid || v->collections[event->icid].cpu == VITS_NO_CPU)
		return false;
	raise_event(v, (uint32_t)(event - v->events));
	return true;
}

enum vits_result vits_msi(struct vits *v, uint32_t device, uint32_t event)
{
	bool raised;

	lock_vits(v);
	raised = raise_msi(v, device, event);
	if (!raised)
		v->stats.dropped++;
	unlock_vits(v);
	return raised ? VITS_DONE : VITS_REFUSED;
}
