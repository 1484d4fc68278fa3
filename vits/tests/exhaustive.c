// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * exhaustive LENGTH BUDGET LATER: all sequences up to this length of a small alphabet (2
 * devices, 2 events, 2 collections, 2 CPUs), into core and model, from a fresh ITS, and of
 * length LATER from states further on. Everything is compared after each step, and the
 * invariant is checked.
 */
#include <stddef.h>

#include "world.h"

#define DEVICES 2
#define LPIS 8
#define MOST_SYMBOLS 128
#define MOST_LENGTH 8

enum what { DO_COMMAND, DO_CONFIG, DO_ENABLE, DO_TABLE, DO_TAKE, DO_MSI };

struct symbol {
	enum what what;
	uint32_t number;
	struct command command;
	char name[40];
};

/* All that a step may change, but for the queue, where a path's commands stay */
struct snapshot {
	struct fake_state state;
	struct model model;
	uint8_t config[LPIS];
	uint8_t *core;
};

static const struct vits_limits small = {
	.devices = 2, .events = 4, .collections = 2, .lpis = LPIS, .cpus = 2, .budget = 2,
	.device_bits = 1, .event_bits = 1, .product = 1,
};

static struct symbol symbols[MOST_SYMBOLS];
static unsigned int symbol_count;
static struct snapshot snapshots[MOST_LENGTH];
static size_t core_bytes, state_bytes;
static unsigned int path[MOST_LENGTH];
static unsigned long steps;
static struct world world;

static struct symbol *add_symbol(enum what what, const char *name, uint32_t number)
{
	struct symbol *s = &symbols[symbol_count++];

	require(symbol_count <= MOST_SYMBOLS);
	s->what = what;
	s->number = number;
	snprintf(s->name, sizeof(s->name), "%s", name);
	return s;
}

static void add_command(struct command command, const char *name, uint32_t a, uint32_t b,
			uint32_t c)
{
	struct symbol *s = add_symbol(DO_COMMAND, "", 0);

	s->command = command;
	snprintf(s->name, sizeof(s->name), "%s(%u,%u,%u)", name, a, b, c);
}

static void make_alphabet(void)
{
	uint32_t d, e, c;

	for (d = 0; d < 2; d++) {
		add_command(cmd_mapd(d, 1, AT_ITT, true), "MAPD", d, 1, 1);
		add_command(cmd_mapd(d, 1, 0, false), "MAPD", d, 1, 0);
		for (c = 0; c < 2; c++)
			add_command(cmd_mapc(d, c, true), "MAPC", d, c, 1);
		add_command(cmd_mapc(d, 7, false), "MAPC", d, 7, 0);
		add_command(cmd_invall(d), "INVALL", d, 0, 0);
		add_command(cmd_movall(d, 1 - d), "MOVALL", d, 1 - d, 0);
		for (e = 0; e < 2; e++) {
			for (c = 0; c < 2; c++) {
				add_command(cmd_mapti(d, e, VITS_LPI_FIRST + 2 * d + e, c),
					    "MAPTI", d, e, c);
				add_command(cmd_movi(d, e, c), "MOVI", d, e, c);
			}
			add_command(cmd_event(CMD_INT_EVENT, d, e), "INT", d, e, 0);
			add_command(cmd_event(CMD_CLEAR_EVENT, d, e), "CLEAR", d, e, 0);
			add_command(cmd_event(CMD_INV_EVENT, d, e), "INV", d, e, 0);
			add_command(cmd_event(CMD_DISCARD_EVENT, d, e), "DISCARD", d, e, 0);
		}
		add_symbol(DO_CONFIG, d ? "config 2" : "config 0", 2 * d);
		add_symbol(DO_TABLE, d ? "BASER1" : "BASER0", d);
		add_symbol(DO_TAKE, d ? "take on 1" : "take on 0", d);
	}
	/* the INTID of another event */
	add_command(cmd_mapti(1, 0, VITS_LPI_FIRST, 0), "MAPTI-same", 1, 0, 0);
	add_symbol(DO_ENABLE, "enable or disable", 0);
	add_symbol(DO_MSI, "MSI(0,0)", 0);
}

static void take_symbol(struct world *w, const struct symbol *s)
{
	switch (s->what) {
	case DO_COMMAND:
		world_command(w, &s->command);
		break;
	case DO_CONFIG:
		*fake_ram(&w->fake, AT_CONFIG + s->number, 1) ^= CONFIG_ON ^ 0x40;
		break;
	case DO_ENABLE:
		require(world_write(w, 0, 4, !w->model.enabled));
		break;
	case DO_TABLE:
		require(world_write(w, 0x100 + 8 * s->number, 8,
				    w->model.baser[s->number] ^ 1ull << 63));
		break;
	case DO_TAKE:
		world_take(w, (uint16_t)s->number);
		break;
	case DO_MSI:
		require((vits_msi(w->fake.v, 0, 0) == VITS_DONE) == model_msi(&w->model, 0, 0));
		break;
	}
}

static void keep_snapshot(struct snapshot *s)
{
	/* only the LPIs that there are */
	memcpy(&s->state, &world.fake.state, state_bytes);
	s->model = world.model;
	memcpy(s->config, fake_ram(&world.fake, AT_CONFIG, LPIS), LPIS);
	memcpy(s->core, world.fake.v, core_bytes);
}

static void bring_back(const struct snapshot *s)
{
	memcpy(&world.fake.state, &s->state, state_bytes);
	world.model = s->model;
	memcpy(fake_ram(&world.fake, AT_CONFIG, LPIS), s->config, LPIS);
	memcpy(world.fake.v, s->core, core_bytes);
}

static void compare_now(unsigned int depth)
{
	const char *what = world_differs(&world);
	unsigned int i;

	steps++;
	if (what) {
		printf("not ok core and model differ in %s after:", what);
		for (i = 0; i <= depth; i++)
			printf(" %s;", symbols[path[i]].name);
		printf("\n");
		fflush(NULL);
		abort();
	}
}

/* All sequences of @length; path[] is the counter. */
static void walk_sequences(unsigned int length)
{
	unsigned int depth = 0;

	path[0] = 0;
	keep_snapshot(&snapshots[0]);
	for (;;) {
		if (path[depth] == symbol_count) {
			if (depth == 0)
				return;
			depth--;
			path[depth]++;
			bring_back(&snapshots[depth]);
			continue;
		}
		take_symbol(&world, &symbols[path[depth]]);
		compare_now(depth);
		if (depth + 1 < length) {
			check_invariant(world.fake.v, true);
			depth++;
			path[depth] = 0;
			keep_snapshot(&snapshots[depth]);
		} else {
			path[depth]++;
			bring_back(&snapshots[depth]);
		}
	}
}

/* Start states: 0 enabled, 1 and all mapped, 2 and pending, 3 and turned around */
static void start_state(unsigned int number)
{
	uint32_t d, e;

	world_start(&world);
	memset(fake_ram(&world.fake, AT_CONFIG, LPIS), CONFIG_ON, LPIS);
	world_lpis_on(&world, 0);
	world_lpis_on(&world, 1);
	if (number == 0)
		return;
	for (d = 0; d < 2; d++) {
		struct command mapd = cmd_mapd(d, 1, AT_ITT, true), mapc = cmd_mapc(d, d, true);

		world_command(&world, &mapd);
		world_command(&world, &mapc);
	}
	for (d = 0; d < 2; d++) {
		for (e = 0; e < 2; e++) {
			struct command map = cmd_mapti(d, e, VITS_LPI_FIRST + 2 * d + e, e);
			struct command fire = cmd_event(CMD_INT_EVENT, d, e);

			world_command(&world, &map);
			if (number >= 2)
				world_command(&world, &fire);
		}
	}
	if (number == 3) {
		struct command move = cmd_movall(0, 1), away = cmd_mapc(1, 0, false);

		world_command(&world, &move);
		world_command(&world, &away);
		require(world_write(&world, 0, 4, 0));
	}
}

int main(int argc, char **argv)
{
	unsigned int length, later, state, i;
	struct vits_limits limits = small;

	require(argc == 4);
	length = (unsigned int)atoi(argv[1]);
	limits.budget = (uint32_t)atoi(argv[2]);
	later = (unsigned int)atoi(argv[3]);
	require(length >= 1 && length < MOST_LENGTH && later >= 1 && later < MOST_LENGTH);
	make_alphabet();
	core_bytes = vits_bytes(&limits);
	for (i = 0; i < MOST_LENGTH; i++) {
		snapshots[i].core = malloc(core_bytes);
		require(snapshots[i].core);
	}
	for (state = 0; state < 4; state++) {
		unsigned int this_length = state ? later : length;
		unsigned long before = steps;

		world_create(&world, &limits);
		state_bytes = offsetof(struct fake_state, lpis[limits.events]);
		start_state(state);
		compare_now(0);
		walk_sequences(this_length);
		world_destroy(&world);
		printf("ok all sequences of %u symbols up to length %u from state %u: %lu steps\n",
		       symbol_count, this_length, state, steps - before);
	}
	printf("4 passed, 0 failed, 0 skipped\n");
	return 0;
}
