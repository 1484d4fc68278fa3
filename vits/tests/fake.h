/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * A host for the core that is a program: guest memory is an array, LPIs are a table.
 * Whatever the core does against the contract in vits.h ends the program.
 */
#ifndef FAKE_H
#define FAKE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../vits.h"

#define RAM_BASE	0x40000000ull
#define RAM_BYTES	0x200000u

/* Where a test keeps its things in the guest's memory */
#define AT_QUEUE	(RAM_BASE + 0x000000)
#define AT_DEVICES	(RAM_BASE + 0x010000)
#define AT_COLLECTIONS	(RAM_BASE + 0x030000)
#define AT_LEVEL2	(RAM_BASE + 0x040000)
#define AT_CONFIG	(RAM_BASE + 0x060000)
#define AT_PENDING	(RAM_BASE + 0x080000)	/* 64 KiB for each CPU */
#define AT_ITT		(RAM_BASE + 0x100000)	/* 64 KiB for each device */

#define FAKE_EVENTS	1024u
#define FAKE_CPUS	4u

struct fake_lpi {
	uint32_t intid;		/* 0: not mapped */
	uint32_t device;
	uint32_t event;
	uint16_t cpu;
	uint8_t config;
	bool pending;
};

struct fake_state {
	uint32_t slots;		/* given out */
	uint32_t slot_device;	/* being got in pieces, plus 1 */
	uint32_t slot_pieces;
	bool again;		/* call_again() was called */
	struct fake_lpi lpis[FAKE_EVENTS];	/* by index; last, see exhaustive.c */
};

struct fake {
	struct fake_state state;
	struct vits *v;
	uint8_t *ram;
	uint32_t events;	/* as in the limits */
	uint32_t cpus;
	/* how it behaves */
	uint32_t again_every;	/* each so-many-th call that may answers VITS_AGAIN */
	uint32_t pieces;	/* calls that slot_get() takes */
	bool refuse_slots;
	bool refuse_lpis;
	/* what it saw */
	uint32_t calls;		/* guest accesses and lpi_ calls since it was last set to 0 */
	uint32_t asked;
	uint32_t logged;
	uint32_t locked_calls;	/* lpi_ calls since lock() */
	uint32_t most_locked;
	bool locked;
	/* something that a test wants done inside a guest access */
	void (*on_access)(struct fake *f);
};

extern const struct vits_ops fake_ops;
extern const struct vits_limits fake_limits;

#define require(condition) do { \
	if (!(condition)) { \
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
		fflush(NULL); \
		abort(); \
	} } while (0)

void fake_create(struct fake *f, const struct vits_limits *limits);
void fake_destroy(struct fake *f);
uint8_t *fake_ram(struct fake *f, uint64_t gpa, uint32_t bytes);
void fake_put64(struct fake *f, uint64_t gpa, uint64_t value);
uint64_t fake_get64(struct fake *f, uint64_t gpa);
struct fake_lpi *fake_find(struct fake *f, uint32_t intid);
uint32_t fake_take(struct fake *f, uint16_t cpu);
void fake_settle(struct fake *f);
void check_invariant(struct vits *v, bool at_rest);

#endif
