// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "script.h"

static struct {
	bool mapped, on, pending;
	uint32_t collection;
} lpis[SCRIPT_LPIS];
static uint32_t cpu_of[2];	/* by collection */
static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 16) % limit;
}

static void send_named(const char *name, struct command c, uint32_t a, uint32_t b)
{
	script_text(name);
	script_number(a);
	script_text(" ");
	script_number(b);
	script_text(":");
	script_send(c);
}

/* A collection in which something is pending is not mapped again: where that goes is open. */
static bool nothing_pending(uint32_t collection)
{
	for (uint32_t i = 0; i < SCRIPT_LPIS; i++)
		if (lpis[i].mapped && lpis[i].pending && lpis[i].collection == collection)
			return false;
	return true;
}

static void map_or_unmap(uint32_t i, uint32_t collection)
{
	if (!lpis[i].mapped) {
		lpis[i].mapped = true;
		lpis[i].pending = false;
		lpis[i].collection = collection;
		script_config(i, lpis[i].on);
		send_named("MAPTI ", cmd_mapti(i / 8, i % 8, 8192 + i, collection), i, collection);
	} else {
		lpis[i].mapped = false;
		lpis[i].pending = false;
		send_named("DISCARD ", cmd_event(CMD_DISCARD_EVENT, i / 8, i % 8), i, 0);
	}
}

static void do_step(void)
{
	uint32_t i = random_below(SCRIPT_LPIS), collection = random_below(2), what;

	what = random_below(16);
	if (!lpis[i].mapped || what == 0) {
		map_or_unmap(i, collection);
		return;
	}
	switch (what) {
	case 1: case 2: case 3:
		lpis[i].collection = collection;
		send_named("MOVI ", cmd_movi(i / 8, i % 8, collection), i, collection);
		break;
	case 4: case 5: case 6:
		lpis[i].on = !lpis[i].on;
		lpis[i].pending &= !lpis[i].on;
		script_config(i, lpis[i].on);
		send_named("INV ", cmd_event(CMD_INV_EVENT, i / 8, i % 8), i, lpis[i].on);
		break;
	case 7:
		lpis[i].pending = false;
		send_named("CLEAR ", cmd_event(CMD_CLEAR_EVENT, i / 8, i % 8), i, 0);
		break;
	case 8:
		if (!nothing_pending(collection))
			break;
		cpu_of[collection] = random_below(SCRIPT_CPUS);
		send_named("MAPC ", cmd_mapc(collection, cpu_of[collection], true), collection,
			   cpu_of[collection]);
		break;
	case 9:
		send_named("INVALL ", cmd_invall(collection), collection, 0);
		break;
	default:
		lpis[i].pending = !lpis[i].on;
		send_named("INT ", cmd_event(CMD_INT_EVENT, i / 8, i % 8), i, 0);
		break;
	}
}

void script_run(uint32_t seed, uint32_t steps)
{
	uint32_t step, cpu, i, count;

	random_state = seed;
	for (i = 0; i < SCRIPT_LPIS; i++) {
		lpis[i].on = true;
		script_config(i, true);
	}
	cpu_of[0] = 0;
	cpu_of[1] = 1;
	for (step = 0; step < steps; step++) {
		script_text("= ");
		do_step();
		for (cpu = 0; cpu < SCRIPT_CPUS; cpu++) {
			for (i = 0; i < SCRIPT_LPIS; i++) {
				count = script_taken(cpu, i);
				if (!count)
					continue;
				script_text(cpu ? " 1/" : " 0/");
				script_number(i);
				script_text("x");
				script_number(count);
			}
		}
		script_text("\n");
	}
}
