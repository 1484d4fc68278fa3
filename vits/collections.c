// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Collections: where they point, and the list of the events in each.
 */
#include "vits_priv.h"

/* Is there a collection of this number, in the guest's table and in the host's? */
bool collection_in_range(const struct vits *v, uint32_t icid)
{
	return (v->baser[1] & BASER_VALID) && icid < v->limits.collections &&
	       icid < table_bytes(v->baser[1]) / ENTRY_BYTES;
}

/* Put a mapped event into a collection's list. The lock is held. */
void list_insert(struct vits *v, uint32_t index, uint16_t icid)
{
	struct vits_collection *c = &v->collections[icid];
	struct vits_event *e = &v->events[index];

	e->icid = icid;
	e->prev = VITS_NONE;
	e->next = c->head;
	if (c->head != VITS_NONE)
		v->events[c->head].prev = index;
	c->head = index;
}

/* Take a mapped event out of its collection's list. The lock is held. */
void list_remove(struct vits *v, uint32_t index)
{
	struct vits_event *e = &v->events[index];

	if (e->prev == VITS_NONE)
		v->collections[e->icid].head = e->next;
	else
		v->events[e->prev].next = e->next;
	if (e->next != VITS_NONE)
		v->events[e->next].prev = e->prev;
}

void collection_set(struct vits *v, uint32_t icid, uint16_t cpu)
{
	spend_units(v, 1);
	lock_vits(v);
	v->collections[icid].cpu = cpu;
	unlock_vits(v);
}

/* Bring an event's LPI to a CPU. Return: STEP_MORE or STEP_AGAIN. */
enum vits_step move_event(struct vits *v, uint32_t index, uint16_t cpu)
{
	struct vits_event *e = &v->events[index];
	enum vits_result result = VITS_DONE;
	struct vits_lpi lpi;

	spend_units(v, 1);
	lock_vits(v);
	if (e->cpu != cpu) {
		describe_lpi(v, index, &lpi);
		result = v->ops->lpi_move(v->host, &lpi, cpu);
		if (result == VITS_DONE)
			e->cpu = cpu;
	}
	unlock_vits(v);
	return step_result(result);
}

/*
 * Bring an event's LPI to the CPU that its collection has got. What was not read
 * while it had none is read now. Return: STEP_MORE or STEP_AGAIN.
 */
enum vits_step place_event(struct vits *v, uint32_t index, uint16_t cpu)
{
	if (move_event(v, index, cpu) == STEP_AGAIN)
		return STEP_AGAIN;
	reload_config(v, index);
	take_pending(v, index, false);
	return STEP_MORE;
}

/*
 * The next event of all, by the cursor; who has dealt with it sets the cursor's event
 * to the one after it. Return: STEP_MORE, *@index VITS_NONE if one collection
 * ended, or STEP_DONE.
 */
enum vits_step walk_all(struct vits *v, uint32_t *index)
{
	struct vits_cursor *c = &v->cursor;

	*index = VITS_NONE;
	spend_units(v, 1);
	if (!c->walking) {
		if (c->at == v->limits.collections)
			return STEP_DONE;
		c->event = v->collections[c->at].head;
		c->walking = 1;
	}
	if (c->event == VITS_NONE) {
		c->at++;
		c->walking = 0;
	}
	*index = c->event;
	return STEP_MORE;
}

/* BASER1 was taken away: no collection points anywhere. */
enum vits_step forget_collections_step(struct vits *v)
{
	if (v->cursor.at == v->limits.collections)
		return STEP_DONE;
	collection_set(v, (uint32_t)v->cursor.at, VITS_NO_CPU);
	v->cursor.at++;
	return STEP_MORE;
}
