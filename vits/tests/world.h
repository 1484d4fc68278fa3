/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The core on the fake host and the model side by side, on the same guest memory.
 */
#ifndef WORLD_H
#define WORLD_H

#include "commands.h"
#include "fake.h"
#include "model.h"

struct world {
	struct fake fake;
	struct model model;
};

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
