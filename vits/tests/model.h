/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What a GICv3 ITS does, as plainly as it can be written: each command at once,
 * everything in flat arrays that are searched. Not from the core; from the architecture as far
 * as it is known to us. Points that the architecture leaves open, or that we could not look
 * up, are marked "choice" in model.c.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stdint.h>

#define M_DEVICES	16
#define M_EVENTS	64
#define M_COLLECTIONS	8
#define M_LPIS		256
#define M_CPUS		4

struct model_device {
	bool mapped;
	uint32_t events;
};

struct model_entry {
	bool mapped;
	uint32_t lpi;		/* INTID - 8192 */
	uint32_t collection;
};

struct model_collection {
	bool mapped;
	uint32_t cpu;
};

struct model_lpi {
	bool pending;
	uint32_t cpu;		/* meaningful when @placed */
	bool placed;
	uint8_t config;
};

struct model {
	/* what was built */
	uint32_t devices, events, collections, lpis, cpus;
	uint32_t capacity;	/* events of all devices that the host grants */
	uint32_t capacity_devices;
	uint32_t device_bits, event_bits;
	uint8_t product;
	bool (*memory)(void *where, uint64_t gpa, void *to, uint32_t bytes);
	void *where;

	/* registers */
	bool enabled, stalled;
	uint64_t cbaser, cwriter, creadr, baser[2];
	bool config_known;
	uint64_t propbaser;

	/* tables */
	struct model_device device[M_DEVICES];
	struct model_entry entry[M_DEVICES][M_EVENTS];
	struct model_collection collection[M_COLLECTIONS];
	struct model_lpi lpi[M_LPIS];

	uint32_t refused[16];	/* by the kind of error */
};

bool model_read(struct model *m, uint32_t offset, uint32_t bytes, uint64_t *value);
bool model_write(struct model *m, uint32_t offset, uint32_t bytes, uint64_t value);
void model_command(struct model *m, const uint64_t *dw);
bool model_msi(struct model *m, uint32_t device, uint32_t event);
void model_lpis_on(struct model *m, uint32_t cpu, uint64_t propbaser);
bool model_lpi_mapped(const struct model *m, uint32_t lpi);

#endif
