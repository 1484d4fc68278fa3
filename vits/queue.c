// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The runner: takes one piece of work after the other and does it in steps, until
 * nothing is left or the budget of this call is spent.
 */
#include "vits_priv.h"

/*
 * What there is to do: what is at hand goes on. Mappings are forgotten first, so that
 * nothing new is mixed with them. The lock is held.
 */
enum vits_work next_work(const struct vits *v)
{
	if (v->work != WORK_NONE)
		return v->work;
	if (v->forget_devices)
		return WORK_FORGET_DEVICES;
	if (v->forget_collections)
		return WORK_FORGET_COLLECTIONS;
	if (v->restoring)
		return WORK_RESTORE;
	if (v->refreshes)
		return WORK_REFRESH;
	if (v->saving)
		return WORK_SAVE;
	if (v->enabled && !v->stalled && !v->held && v->creadr != v->cwriter)
		return WORK_COMMAND;
	return WORK_NONE;
}

/* Begin the next work if none is at hand. The lock is held. Return: is there any? */
static bool pick_work(struct vits *v, bool *fetch)
{
	*fetch = false;
	if (v->work != WORK_NONE)
		return true;
	v->cursor = (struct vits_cursor){ 0 };
	v->work = next_work(v);
	switch (v->work) {
	case WORK_FORGET_DEVICES:
		v->forget_devices = false;
		break;
	case WORK_FORGET_COLLECTIONS:
		v->forget_collections = false;
		break;
	case WORK_RESTORE:
		v->restoring = false;
		break;
	case WORK_SAVE:
		v->saving = false;
		break;
	case WORK_COMMAND:
		*fetch = true;
		break;
	}
	return v->work != WORK_NONE;
}

/* The work at hand is complete: the queue's reader passes a command. */
static void finish_work(struct vits *v)
{
	lock_vits(v);
	if (v->work == WORK_COMMAND && !v->outdated)
		v->creadr = (v->creadr + COMMAND_BYTES) % queue_bytes(v->cbaser);
	v->outdated = false;
	v->work = WORK_NONE;
	unlock_vits(v);
}

/* Read the command at @gpa. Return: was it there? If not, the queue stalls. */
static bool fetch_command(struct vits *v, uint64_t gpa)
{
	spend_units(v, 1);
	if (!v->ops->guest_read(v->host, gpa, v->cursor.dw, COMMAND_BYTES))
		return true;
	lock_vits(v);
	v->stalled = !v->outdated;
	v->outdated = false;
	v->work = WORK_NONE;
	unlock_vits(v);
	count_refusal(v, VITS_E_MEMORY, VITS_LOG_WARNING,
		      "command cannot be read, the queue is stalled", gpa, 0);
	return false;
}

/* One step. With STEP_IDLE this CPU is no longer the runner. */
static enum vits_step run_step(struct vits *v)
{
	enum vits_step step;
	uint64_t gpa;
	bool fetch;

	lock_vits(v);
	if (!pick_work(v, &fetch)) {
		v->running = false;
		unlock_vits(v);
		return STEP_IDLE;
	}
	gpa = (v->cbaser & ADDRESS_52) + v->creadr;
	unlock_vits(v);
	if (fetch && !fetch_command(v, gpa))
		return STEP_MORE;
	/* Only the runner changes it. */
	switch (v->work) {
	case WORK_COMMAND:
		step = command_step(v);
		break;
	case WORK_FORGET_DEVICES:
		step = forget_devices_step(v);
		break;
	case WORK_FORGET_COLLECTIONS:
		step = forget_collections_step(v);
		break;
	case WORK_REFRESH:
		step = refresh_step(v);
		break;
	case WORK_SAVE:
		step = save_step(v);
		break;
	default:
		step = restore_step(v);
		break;
	}
	/* Each step is some work, whatever it touched. */
	spend_units(v, 1);
	if (step == STEP_DONE)
		finish_work(v);
	return step;
}

enum vits_result vits_run(struct vits *v)
{
	enum vits_step step;
	bool busy;

	lock_vits(v);
	busy = v->running;
	v->running = true;
	unlock_vits(v);
	if (busy)
		return VITS_AGAIN;
	v->spent = 0;
	do {
		step = run_step(v);
		if (step == STEP_IDLE)
			return VITS_DONE;
	} while (step != STEP_AGAIN && v->spent < v->limits.budget);
	lock_vits(v);
	v->running = false;
	unlock_vits(v);
	v->ops->call_again(v->host);
	return VITS_AGAIN;
}

void vits_save(struct vits *v)
{
	lock_vits(v);
	v->saving = true;
	v->held = true;
	unlock_vits(v);
	v->ops->call_again(v->host);
}

void vits_resume(struct vits *v)
{
	lock_vits(v);
	v->held = false;
	unlock_vits(v);
	v->ops->call_again(v->host);
}
