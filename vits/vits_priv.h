/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What the files of the core share.
 *
 * Invariant, true whenever the lock is free (tests/invariant.c checks it):
 * - device_of[] names a device exactly if that device is in use and has this id;
 * - a device in use owns 2^bits events from @first on, aligned to their number, no other
 *   device or free block overlaps them, and every free event is in one free block;
 * - an event outside of devices in use is not mapped; @used counts the mapped ones;
 * - a mapped event has an INTID of the guest, and event_of[] names it and no other;
 * - a mapped event is in the list of its collection, once, and nothing else is in it;
 * - a mapped event's @cpu is one the guest has, or VITS_NO_CPU; an event of a
 *   collection that is mapped has a CPU, but while MAPC is at work on it.
 */
#ifndef VITS_PRIV_H
#define VITS_PRIV_H

#include "vits.h"

#define GITS_CTLR		0x0000
#define GITS_IIDR		0x0004
#define GITS_TYPER		0x0008
#define GITS_CBASER		0x0080
#define GITS_CWRITER		0x0088
#define GITS_CREADR		0x0090
#define GITS_BASER		0x0100
#define GITS_BASER_END		0x0140
#define GITS_ID_REGS		0xffd0
#define GITS_PIDR2		0xffe8
#define GITS_CONTROL_END	0x10000

#define CTLR_ENABLED		(1u << 0)
#define CTLR_QUIESCENT		(1u << 31)
#define CWRITER_RETRY		(1u << 0)
#define CREADR_STALLED		(1u << 0)
#define QUEUE_OFFSET		0xfffe0ull	/* of CWRITER and CREADR */
#define BASER_VALID		(1ull << 63)	/* of CBASER, too */
#define BASER_INDIRECT		(1ull << 62)
#define ENTRY_VALID		(1ull << 63)	/* of all table entries, too */

#define COMMAND_BYTES		32u
#define ENTRY_BYTES		8u
#define ADDRESS_52		0x000ffffffffff000ull

/* commands of GICv3 */
enum vits_command {
	CMD_MOVI = 0x01, CMD_INT = 0x03, CMD_CLEAR = 0x04, CMD_SYNC = 0x05,
	CMD_MAPD = 0x08, CMD_MAPC = 0x09, CMD_MAPTI = 0x0a, CMD_MAPI = 0x0b,
	CMD_INV = 0x0c, CMD_INVALL = 0x0d, CMD_MOVALL = 0x0e, CMD_DISCARD = 0x0f,
};

#define VITS_NONE	0xffffffffu	/* no event, in lists of events */
#ifndef VITS_ORDERS			/* fewer in a proof */
#define VITS_ORDERS	21u		/* block sizes 2^0 to 2^20 */
#endif

/* An event; the first of a free block links the block in @next and @prev. */
struct vits_event {
	uint32_t intid;		/* 0: not mapped */
	uint32_t next;		/* in the list of the collection, or VITS_NONE */
	uint32_t prev;
	uint16_t device;	/* index, if mapped */
	uint16_t icid;
	uint16_t cpu;		/* where the LPI is, or VITS_NO_CPU */
	uint8_t config;
	uint8_t free_order;	/* of the free block that begins here, plus 1; else 0 */
};

struct vits_device {
	uint64_t itt;		/* for vits_save() */
	void *slot;
	uint32_t id;
	uint32_t first;		/* event */
	uint32_t used;		/* events mapped */
	uint16_t next_free;	/* index plus 1 */
	uint8_t bits;		/* of an EventID */
};

struct vits_collection {
	uint32_t head;		/* event, or VITS_NONE */
	uint16_t cpu;		/* VITS_NO_CPU: not mapped */
};

struct vits_cpu {
	uint64_t pendbaser;
	bool lpis_on;
	bool refresh;		/* configuration and pending table are to be read */
};

/* What one step of the work at hand came to. */
enum vits_step {
	STEP_DONE,		/* the work is complete */
	STEP_MORE,		/* not yet; the cursor has moved on */
	STEP_AGAIN,		/* the host cannot just now */
	STEP_IDLE,		/* there is no work */
};

enum vits_work {
	WORK_NONE, WORK_COMMAND, WORK_FORGET_DEVICES, WORK_FORGET_COLLECTIONS,
	WORK_REFRESH, WORK_SAVE, WORK_RESTORE,
};

/* Where the work at hand is; all zero when it begins. */
struct vits_cursor {
	uint64_t dw[4];		/* the command */
	uint64_t at;		/* collection, DeviceID */
	uint32_t event;
	uint8_t phase;
	uint8_t walking;
};

struct vits {
	const struct vits_ops *ops;
	void *host;
	struct vits_limits limits;

	/* storage */
	struct vits_device *devices;
	struct vits_event *events;
	struct vits_collection *collections;
	struct vits_cpu *cpus;
	uint32_t *event_of;	/* by INTID - VITS_LPI_FIRST; event plus 1 */
	uint16_t *device_of;	/* by DeviceID; index plus 1 */
	uint32_t free_blocks[VITS_ORDERS];
	uint16_t free_devices;	/* index plus 1 */

	/* registers */
	uint64_t cbaser;
	uint64_t cwriter;
	uint64_t creadr;
	uint64_t baser[2];
	uint64_t propbaser;
	bool prop_known;	/* some CPU has had its LPIs enabled */
	bool enabled;
	bool stalled;

	/* what there is to do */
	bool running;		/* a CPU is the runner */
	bool forget_devices;
	bool forget_collections;
	bool saving;
	bool held;		/* no command is begun */
	bool restoring;
	bool outdated;		/* the command at hand is of a queue that was there before */
	uint32_t refreshes;	/* CPUs with @refresh */
	uint8_t work;		/* enum vits_work */

	/* the runner's own, without the lock */
	struct vits_cursor cursor;
	uint32_t spent;		/* units of this call */

	struct vits_stats stats;
};

static inline void lock_vits(struct vits *v)
{
	v->ops->lock(v->host);
}

static inline void unlock_vits(struct vits *v)
{
	v->ops->unlock(v->host);
}

/* Charge the runner for @units units. */
static inline void spend_units(struct vits *v, uint32_t units)
{
	v->spent += units;
}

static inline enum vits_step step_result(enum vits_result result)
{
	return result == VITS_AGAIN ? STEP_AGAIN : STEP_MORE;
}

/* report.c */
enum vits_step refuse_command(struct vits *v, enum vits_error error);
void count_refusal(struct vits *v, enum vits_error error, enum vits_level level,
		   const char *what, uint64_t a, uint64_t b);

/* regs.c */
uint64_t sane_cbaser(uint64_t value);
uint64_t sane_baser(unsigned int n, uint64_t value);
uint32_t queue_bytes(uint64_t cbaser);
uint64_t table_address(uint64_t baser);
uint64_t table_page(uint64_t baser);
uint64_t table_bytes(uint64_t baser);
bool tables_valid(const struct vits *v);
bool mappings_going(const struct vits *v);

/* queue.c */
enum vits_work next_work(const struct vits *v);

/* commands.c */
enum vits_step command_step(struct vits *v);

/* devices.c */
bool device_in_range(const struct vits *v, uint32_t id);
struct vits_device *find_device(struct vits *v, uint32_t id);
struct vits_event *find_event(struct vits *v, const struct vits_device *device, uint32_t event);
void describe_lpi(const struct vits *v, uint32_t index, struct vits_lpi *lpi);
enum vits_step device_map(struct vits *v, uint32_t id, uint32_t bits, uint64_t itt);
enum vits_step device_unmap(struct vits *v, struct vits_device *device);
enum vits_step event_map(struct vits *v, struct vits_device *device, uint32_t event,
			 uint32_t intid, uint32_t icid);
enum vits_step event_unmap(struct vits *v, uint32_t index);
enum vits_step forget_devices_step(struct vits *v);
int level1_entry(struct vits *v, uint32_t id, uint64_t *entry);
void devices_init(struct vits *v);

/* collections.c */
bool collection_in_range(const struct vits *v, uint32_t icid);
void list_insert(struct vits *v, uint32_t index, uint16_t icid);
void list_remove(struct vits *v, uint32_t index);
void collection_set(struct vits *v, uint32_t icid, uint16_t cpu);
enum vits_step move_event(struct vits *v, uint32_t index, uint16_t cpu);
enum vits_step place_event(struct vits *v, uint32_t index, uint16_t cpu);
enum vits_step walk_all(struct vits *v, uint32_t *index);
enum vits_step forget_collections_step(struct vits *v);

/* lpi.c */
bool intid_in_range(const struct vits *v, uint32_t intid);
uint8_t read_config(struct vits *v, uint32_t intid, uint8_t otherwise);
void raise_event(struct vits *v, uint32_t index);
void reload_config(struct vits *v, uint32_t index);
void take_pending(struct vits *v, uint32_t index, bool even_ptz);
void write_pending(struct vits *v, uint32_t index);
enum vits_step refresh_step(struct vits *v);

/* save.c */
enum vits_step save_step(struct vits *v);
enum vits_step restore_step(struct vits *v);

#endif
