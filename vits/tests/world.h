/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The core on the fake host and the model side by side, on the same guest memory.
 */
#ifndef WORLD_H
#define WORLD_H

#include "fake.h"
#include "model.h"

/* A command's four doublewords */
struct command {
	uint64_t dw[4];
};

struct world {
	struct fake fake;
	struct model model;
};

struct command cmd_mapd(uint32_t device, uint32_t bits, uint64_t itt, bool valid);
struct command cmd_mapc(uint32_t icid, uint64_t cpu, bool valid);
struct command cmd_mapti(uint32_t device, uint32_t event, uint32_t intid, uint32_t icid);
struct command cmd_mapi(uint32_t device, uint32_t event, uint32_t icid);
struct command cmd_movi(uint32_t device, uint32_t event, uint32_t icid);
struct command cmd_event(uint8_t command, uint32_t device, uint32_t event);
struct command cmd_invall(uint32_t icid);
struct command cmd_movall(uint64_t from, uint64_t to);
struct command cmd_sync(uint64_t cpu);

#define CMD_INT_EVENT		0x03
#define CMD_CLEAR_EVENT		0x04
#define CMD_INV_EVENT		0x0c
#define CMD_DISCARD_EVENT	0x0f

#define BASER_FLAT_4K	(1ull << 63 | 7ull << 59 | 1ull << 10)
#define CONFIG_ON	0xa1	/* enabled, priority 0xa0 */
#define CONFIG_OFF	0xa0
#define PROPBASER	(AT_CONFIG | 15)

uint64_t reg_read(struct vits *v, uint32_t offset);
void queue_put(struct fake *f, const struct command *c);
void queue_start(struct fake *f, uint32_t queue_pages);
void queue_run(struct fake *f, const struct command *c);

void world_create(struct world *w, const struct vits_limits *limits);
void world_destroy(struct world *w);
bool world_write(struct world *w, uint32_t offset, uint32_t bytes, uint64_t value);
void world_start(struct world *w);
void world_command(struct world *w, const struct command *c);
void world_lpis_on(struct world *w, uint16_t cpu);
void world_take(struct world *w, uint16_t cpu);
const char *world_differs(struct world *w);

#endif
