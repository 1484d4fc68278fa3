// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What is refused: counted, and logged the first time, the second, the fourth and so
 * on, so that a guest that provokes errors fills no log.
 */
#include "vits_priv.h"

static const char *const error_text[VITS_ERRORS] = {
	[VITS_E_DEVICE_OOR] = "DeviceID out of range",
	[VITS_E_SIZE_OOR] = "ITT size or CPU number out of range",
	[VITS_E_COLLECTION_OOR] = "collection out of range",
	[VITS_E_UNMAPPED_DEVICE] = "device not mapped",
	[VITS_E_ID_OOR] = "EventID out of range",
	[VITS_E_PHYSICALID_OOR] = "INTID out of range",
	[VITS_E_UNMAPPED_INTERRUPT] = "event not mapped",
	[VITS_E_UNMAPPED_COLLECTION] = "collection not mapped",
	[VITS_E_COMMAND] = "no such command",
	[VITS_E_LIMIT] = "over the limit set for the guest",
	[VITS_E_HOST] = "refused by the host",
	[VITS_E_MEMORY] = "guest memory cannot be accessed",
	[VITS_E_TABLE] = "table entry not valid",
};

/*
 * The architecture's error code. Two commands do not have their own number in
 * it: CLEAR's codes have 05, and MOVALL's for a CPU ends in 01.
 */
static uint32_t error_code(enum vits_command command, enum vits_error error)
{
	uint32_t group = command == CMD_CLEAR ? 0x05 : (uint32_t)command;

	if (error > VITS_E_UNMAPPED_COLLECTION)
		return 0;
	if (command == CMD_MOVALL && error == VITS_E_SIZE_OOR)
		error = VITS_E_DEVICE_OOR;
	return 0x010000 | group << 8 | (uint32_t)error;
}

/* Without the lock. */
void count_refusal(struct vits *v, enum vits_error error, enum vits_level level,
		   const char *what, uint64_t a, uint64_t b)
{
	uint64_t count;

	lock_vits(v);
	count = ++v->stats.refused[error];
	unlock_vits(v);
	if (!(count & (count - 1)))
		v->ops->log(v->host, level, what, a, b);
}

/*
 * The work at hand, a command or an entry to be restored, is refused and therefore
 * complete. Without the lock.
 */
enum vits_step refuse_command(struct vits *v, enum vits_error error)
{
	uint64_t *dw = v->cursor.dw;

	if (v->work == WORK_COMMAND) {
		lock_vits(v);
		v->stats.code = error_code(dw[0] & 0xff, error);
		unlock_vits(v);
	}
	count_refusal(v, error, VITS_LOG_WARNING, error_text[error], dw[0], dw[1]);
	return STEP_DONE;
}

void vits_stats(struct vits *v, struct vits_stats *stats)
{
	lock_vits(v);
	*stats = v->stats;
	unlock_vits(v);
}
