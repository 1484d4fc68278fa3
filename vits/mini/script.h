/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * A random script of commands that a well-behaved driver may send, and what came of each,
 * as text. The same text has to come from every ITS: from QEMU's, from the core in the
 * monitor and from the model.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "../tests/commands.h"

#define SCRIPT_CPUS	2u
#define SCRIPT_LPIS	16u	/* 2 devices with 8 events; INTID 8192 + 8 * device + event */

/* What the script runs on. Collections 0 and 1 are mapped to CPUs 0 and 1 before. */
void script_send(struct command c);
void script_config(uint32_t lpi, bool on);
/* How often was the LPI taken by the CPU since this was last asked? */
uint32_t script_taken(uint32_t cpu, uint32_t lpi);
void script_text(const char *text);
void script_number(uint32_t number);

void script_run(uint32_t seed, uint32_t steps);

#endif
