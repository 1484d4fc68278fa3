/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * A GICv3 Interrupt Translation Service for the guest of a hypervisor: its
 * registers and its command queue.
 *
 * Freestanding C11. The compiler may emit memcpy() and memset(), nothing else
 * is needed. Nothing is allocated, nothing recurses, there is no global state:
 * the host hands in one block of memory and one table of functions.
 *
 * Truth: which device, event and collection is mapped to what is kept in the
 * host's block only. Guest memory is read for commands, for LPI configuration
 * and pending bytes and for level 1 entries of an indirect device table, and
 * each value is checked like a command's operand. Tables are written on
 * vits_save() only, and read back by vits_restore() only.
 *
 * Work: one call does at most vits_worst_units() units. A unit is one table
 * entry touched, one LPI visited or one access to guest memory. What does not
 * fit is kept with a cursor, the host is asked by ops->call_again() and calls
 * vits_run(). GITS_CREADR passes a command when the command is complete.
 *
 * Locking: ops->lock() is the only lock. Any function below may be called by
 * any CPU at any time with the lock not held, unless it says otherwise. The
 * lock is held for a few entries at a time, never over an access to guest
 * memory, never over slot_get() or slot_put(). One CPU at a time runs commands
 * (the runner, a flag under the lock); another CPU that adds commands does not
 * wait for it. Only the runner changes mappings, and it does so under the lock;
 * vits_msi() reads them, and may change where an LPI is, under the lock.
 */
#ifndef VITS_H
#define VITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VITS_FRAME_SIZE		0x20000u /* control page and translation page, bytes */
#define VITS_LPI_FIRST		8192u	/* the lowest INTID of an LPI */
#define VITS_NO_CPU		0xffffu	/* an LPI whose collection is not mapped */
#define VITS_LAYOUT		1	/* of the table entries that vits_save() writes */

/* Most units that one step takes beyond the budget: see vits_worst_units(). */
#define VITS_STEP_UNITS		48u

/* GICR_PROPBASER and GICR_PENDBASER fields */
#define VITS_PENDBASER_PTZ	(1ull << 62)

/* What a host function or a call of the core may answer. */
enum vits_result {
	VITS_DONE = 0,
	VITS_AGAIN = 1,		/* not complete: call again with the same arguments */
	VITS_REFUSED = -1,	/* cannot be done, nothing has changed */
};

/*
 * Why a command was refused. Up to VITS_E_UNMAPPED_COLLECTION these are the low
 * byte of the architecture's command error codes, 0x01 CC KK with CC the command.
 */
enum vits_error {
	VITS_E_DEVICE_OOR = 1,		/* DeviceID out of range */
	VITS_E_SIZE_OOR = 2,		/* MAPD: ITT size; MAPC, MOVALL, SYNC: CPU */
	VITS_E_COLLECTION_OOR = 3,
	VITS_E_UNMAPPED_DEVICE = 4,
	VITS_E_ID_OOR = 5,		/* EventID out of the device's range */
	VITS_E_PHYSICALID_OOR = 6,	/* INTID is no LPI of this guest */
	VITS_E_UNMAPPED_INTERRUPT = 7,
	VITS_E_UNMAPPED_COLLECTION = 9,
	/* not the architecture's */
	VITS_E_COMMAND = 10,		/* no such command in GICv3 */
	VITS_E_LIMIT = 11,		/* over one of struct vits_limits */
	VITS_E_HOST = 12,		/* the host refused */
	VITS_E_MEMORY = 13,		/* guest memory could not be accessed */
	VITS_E_REGISTER = 14,		/* register access that is not allowed now or ever */
	VITS_E_TABLE = 15,		/* vits_restore(): an entry is not valid */
	VITS_ERRORS = 16,
};

enum vits_level { VITS_LOG_DEBUG, VITS_LOG_WARNING };

/**
 * struct vits_limits - what the host grants a guest
 * @devices:	  most devices mapped at once, 1 to 65534
 * @events:	  most events of all devices, a multiple of 2, up to 2^20; MAPD takes a
 *		  power of two of them
 * @collections:  collections, 1 to 65535
 * @lpis:	  LPIs, INTIDs from VITS_LPI_FIRST on, up to 2^23
 * @cpus:	  CPU numbers are below it, 1 to 65534
 * @budget:	  units in one call, at least 1
 * @device_bits:  bits of a DeviceID, 1 to 20
 * @event_bits:	  bits of an EventID, 1 to 20
 * @product:	  ProductID of GITS_IIDR, names the host
 */
struct vits_limits {
	uint32_t devices;
	uint32_t events;
	uint32_t collections;
	uint32_t lpis;
	uint32_t cpus;
	uint32_t budget;
	uint8_t device_bits;
	uint8_t event_bits;
	uint8_t product;
};

/**
 * struct vits_lpi - a mapped event, as the host sees it
 * @slot:   the device's, from slot_get()
 * @device: DeviceID
 * @event:  EventID
 * @index:  dense number of the event, below limits.events, the event's as long as
 *	    the device is mapped
 * @intid:  of the LPI; no two mapped events have the same
 */
struct vits_lpi {
	void *slot;
	uint32_t device;
	uint32_t event;
	uint32_t index;
	uint32_t intid;
};

/**
 * struct vits_ops - what the host does for the core
 * @lock:	 take the lock of this vITS; not recursive
 * @unlock:	 release it
 * @guest_read:	 copy from guest memory; at most 32 bytes that do not cross a
 *		 multiple of 32; 0, or not 0 if it is no memory
 * @guest_write: copy to guest memory, likewise, at most 8 bytes
 * @slot_get:	 get what the host needs for @events events of a device. VITS_AGAIN
 *		 to be called again, so that a large device is mapped in pieces
 * @slot_put:	 give it back; none of its LPIs is mapped. VITS_AGAIN or VITS_DONE
 * @lpi_map:	 the event has an LPI now, not pending, with this CPU (or VITS_NO_CPU) and
 *		 configuration byte. VITS_REFUSED if the host cannot
 * @lpi_unmap:	 drop what is pending and forget the LPI. VITS_AGAIN if it cannot be
 *		 taken from a CPU just now. The other lpi_ functions may still come then
 * @lpi_raise:	 make it pending, deliver when enabled; comes from vits_msi() as well. It
 *		 ends a lpi_move that was to be done again
 * @lpi_clear:	 make it not pending. VITS_AGAIN if it cannot be taken from its CPU just now
 * @lpi_move:	 deliver to this CPU from now on, and what is pending too. VITS_AGAIN
 *		 if it is pending and cannot be taken from its CPU just now
 * @lpi_config:	 new configuration byte: bit 0 enabled, bits 7:2 priority
 * @lpi_pending: is it pending (in a list register counts)? If not, that ends a lpi_move
 *		 that was to be done again
 * @cpu_present: has the guest a CPU of this number? Does not change
 * @call_again:	 see that vits_run() is called soon, by any CPU, but not from here
 * @log:	 log one line: @what, and two numbers. Rate-limited by the caller
 *
 * The lpi_ functions are called with the lock held and call nothing of the core.
 * They are short, and may take locks of the host that are never held around a
 * call of the core. All others are called without the lock, and except cpu_present,
 * lock, unlock, log and call_again by one CPU at a time.
 */
struct vits_ops {
	void (*lock)(void *host);
	void (*unlock)(void *host);
	int (*guest_read)(void *host, uint64_t gpa, void *to, uint32_t bytes);
	int (*guest_write)(void *host, uint64_t gpa, const void *from, uint32_t bytes);
	enum vits_result (*slot_get)(void *host, uint32_t device, uint32_t events, void **slot);
	enum vits_result (*slot_put)(void *host, uint32_t device, void *slot);
	enum vits_result (*lpi_map)(void *host, const struct vits_lpi *lpi, uint16_t cpu,
				    uint8_t config);
	enum vits_result (*lpi_unmap)(void *host, const struct vits_lpi *lpi);
	void (*lpi_raise)(void *host, const struct vits_lpi *lpi);
	enum vits_result (*lpi_clear)(void *host, const struct vits_lpi *lpi);
	enum vits_result (*lpi_move)(void *host, const struct vits_lpi *lpi, uint16_t cpu);
	void (*lpi_config)(void *host, const struct vits_lpi *lpi, uint8_t config);
	bool (*lpi_pending)(void *host, const struct vits_lpi *lpi);
	bool (*cpu_present)(void *host, uint16_t cpu);
	void (*call_again)(void *host);
	void (*log)(void *host, enum vits_level level, const char *what, uint64_t a, uint64_t b);
};

/**
 * struct vits_image - the registers, as saved and restored
 * @layout: VITS_LAYOUT, of the entries in the guest's tables
 *
 * The tables themselves are in guest memory after vits_save().
 */
struct vits_image {
	uint32_t layout;
	uint32_t ctlr;
	uint64_t cbaser;
	uint64_t cwriter;
	uint64_t creadr;
	uint64_t baser[2];
};

/**
 * struct vits_stats - what happened so far
 * @refused: commands, accesses and entries refused, by enum vits_error
 * @dropped: MSIs for which there was no mapping
 * @code:    the last command error, 0x01CCKK
 */
struct vits_stats {
	uint64_t refused[VITS_ERRORS];
	uint64_t dropped;
	uint32_t code;
};

struct vits;

/**
 * vits_worst_units - the most units of one call of vits_mmio_write() or vits_run()
 * @limits: of the vITS
 */
static inline uint32_t vits_worst_units(const struct vits_limits *limits)
{
	return limits->budget - 1 + VITS_STEP_UNITS;
}

/**
 * vits_bytes - how much memory vits_create() wants
 * @limits: what the guest may use
 *
 * Return: bytes, or 0 if a limit is out of its range.
 */
size_t vits_bytes(const struct vits_limits *limits);

/**
 * vits_create - a vITS in reset state
 * @memory: vits_bytes() bytes, aligned for a pointer and uint64_t
 * @limits: copied
 * @ops:    kept, all of it has to be there
 * @host:   handed to each function of @ops
 *
 * Return: the vITS, which is in @memory, or NULL if a limit is out of its range.
 */
struct vits *vits_create(void *memory, const struct vits_limits *limits,
			 const struct vits_ops *ops, void *host);

/**
 * vits_mmio_read - a CPU of the guest reads from the frame
 * @offset: in the frame, bytes
 * @bytes:  1, 2, 4 or 8
 *
 * Never waits for commands. Return: VITS_DONE, or VITS_REFUSED if the width is not
 * allowed there: the guest gets a data abort, *@value is not written.
 */
enum vits_result vits_mmio_read(struct vits *v, uint32_t offset, uint32_t bytes, uint64_t *value);

/**
 * vits_mmio_write - a CPU of the guest writes to the frame
 *
 * Runs commands, within the budget. Return: as vits_mmio_read().
 */
enum vits_result vits_mmio_write(struct vits *v, uint32_t offset, uint32_t bytes, uint64_t value);

/**
 * vits_run - go on with what is left, within the budget
 *
 * Return: VITS_DONE if nothing is left to do, VITS_AGAIN if something is (call_again()
 * was called) or another CPU is at it.
 */
enum vits_result vits_run(struct vits *v);

/**
 * vits_msi - raise the LPI of a device's event
 *
 * For emulated devices. No access to guest memory, takes the lock once.
 * Return: VITS_DONE, or VITS_REFUSED if nothing is mapped there or the ITS is disabled.
 */
enum vits_result vits_msi(struct vits *v, uint32_t device, uint32_t event);

/**
 * vits_lpis_on - a redistributor's GICR_CTLR.EnableLPIs was set
 * @cpu:       whose
 * @propbaser: GICR_PROPBASER, used for all CPUs from now on
 * @pendbaser: GICR_PENDBASER of this CPU
 *
 * The configuration of all LPIs of this CPU is read, and the pending table is
 * taken up if PTZ is 0; vits_run() is asked for. The host sees to it that nothing is delivered to
 * a CPU before.
 */
void vits_lpis_on(struct vits *v, uint16_t cpu, uint64_t propbaser, uint64_t pendbaser);

/**
 * vits_reset - forget all mappings and registers; vits_run() does it
 *
 * The guest's CPUs are stopped, no other call is at work.
 * Before the host frees the memory of @v it calls vits_run() until VITS_DONE.
 */
void vits_reset(struct vits *v);

/**
 * vits_save - write tables and pending bits into guest memory; vits_run() does it
 *
 * The guest's CPUs are stopped, no MSI comes. The command at hand is completed, then
 * no other is begun until vits_resume(). When vits_run() returns VITS_DONE
 * the tables are written and vits_image() has the registers.
 */
void vits_save(struct vits *v);

/** vits_resume - go on with the queue after vits_save(); vits_run() is asked for */
void vits_resume(struct vits *v);

/** vits_image - the registers */
void vits_image(struct vits *v, struct vits_image *image);

/**
 * vits_restore - take up registers and tables; vits_run() does it
 *
 * The guest's CPUs are stopped, no other call is at work, and vits_lpis_on() has been
 * called for those that had their LPIs enabled. Neither image nor tables are trusted: an entry that is not valid is
 * counted as VITS_E_TABLE, or as what the command that maps it would be refused for, and skipped.
 * Return: VITS_DONE, or VITS_REFUSED for registers that no guest could have, or
 * another layout.
 */
enum vits_result vits_restore(struct vits *v, const struct vits_image *image);

/** vits_stats - a copy of the counters */
void vits_stats(struct vits *v, struct vits_stats *stats);

#endif
