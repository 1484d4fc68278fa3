// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * random RUNS [SEED]: random commands, register accesses, edits of guest memory and MSIs
 * into core and model, compared after each. The core has a random budget, and a host that
 * says "again" at random; the model does not know of either.
 */
#include "world.h"

#define STEPS 400

static uint64_t seed_now;

static uint32_t random_below(uint32_t limit)
{
	seed_now ^= seed_now << 13;
	seed_now ^= seed_now >> 7;
	seed_now ^= seed_now << 17;
	return (uint32_t)(seed_now >> 32) % limit;
}

/* Mostly below @limit, sometimes anything */
static uint32_t random_number(uint32_t limit)
{
	switch (random_below(40)) {
	case 0:
		return random_below(0xffffffff);
	case 1:
		return limit;
	default:
		return random_below(limit);
	}
}

/* Often those that exist: the commands are chosen so that mappings stay for a while. */
static struct command random_command(void)
{
	static const uint8_t on_event[] = { 0x03, 0x03, 0x03, 0x04, 0x0c, 0x0c, 0x0f };
	uint32_t device = random_below(30) ? random_below(5) : random_number(16);
	uint32_t event = random_below(30) ? random_below(6) : random_number(32);
	uint32_t icid = random_number(4) & 0xffff;
	struct command c;

	switch (random_below(24)) {
	case 0: case 1: case 2:
		c = cmd_mapd(device, random_below(7) + 1, AT_ITT, random_below(4));
		break;
	case 3: case 4: case 5:
		c = cmd_mapc(icid, random_number(3), random_below(5));
		break;
	case 6: case 7: case 8: case 9: case 10: case 11:
		c = cmd_mapti(device, event, VITS_LPI_FIRST - 1 + random_number(40), icid);
		break;
	case 12:
		c = cmd_mapi(device, event, icid);
		break;
	case 13: case 14: case 15:
		c = cmd_movi(device, event, icid);
		break;
	case 16:
		c = cmd_invall(icid);
		break;
	case 17:
		c = cmd_movall(random_number(3), random_number(3));
		break;
	case 18:
		c = random_below(4) ? cmd_sync(random_number(3)) :
				      (struct command){ { random_below(256) } };
		break;
	default:
		c = cmd_event(on_event[random_below(sizeof(on_event))], device, event);
		break;
	}
	/* reserved bits are ignored */
	if (random_below(4) == 0) {
		c.dw[0] |= random_below(0xffffff) << 8;
		c.dw[2] |= random_below(0x7ff) * (1ull << 52);
	}
	return c;
}

static void random_table(struct world *w)
{
	uint64_t value = BASER_FLAT_4K | (random_below(4) ? AT_DEVICES : AT_LEVEL2) |
			 (uint64_t)random_below(3) << 8;

	if (random_below(3) == 0)
		value |= 1ull << 62;
	if (random_below(3) == 0)
		value ^= 1ull << random_below(64);
	if (random_below(2))
		value = (value & ~0xffff000ull) | (AT_COLLECTIONS & 0xffff000);
	require(world_write(w, 0x100 + 8 * random_below(3), 8, value));
}

/* The tables are taken away and set up again, as far as that is needed. */
static void random_restart(struct world *w)
{
	require(world_write(w, 0, 4, 0));
	if (random_below(2))
		random_table(w);
	if (random_below(2))
		require(world_write(w, 0x80, 8, BASER_FLAT_4K | AT_QUEUE | random_below(2)));
	if (random_below(6) == 0)	/* no memory there, or in the second page */
		require(world_write(w, 0x80, 8, BASER_FLAT_4K | 1 |
				    (RAM_BASE + RAM_BYTES - random_below(2) * 4096)));
	require(world_write(w, 0, 4, 1));
	if (w->model.enabled)
		return;
	world_start(w);
}

static void random_commands(struct world *w)
{
	uint64_t writer = w->model.cwriter, base = w->model.cbaser & 0xffffffffff000;
	uint32_t count = random_below(5) + 1, i;

	for (i = 0; i < count; i++) {
		struct command c = random_command();
		uint8_t *to = fake_ram(&w->fake, base + writer, 32);

		if (to)
			memcpy(to, c.dw, 32);
		writer = (writer + 32) % (((w->model.cbaser & 0xff) + 1) * 4096);
	}
	require(world_write(w, 0x88, 8, writer | (random_below(8) == 0)));
}

static void random_step(struct world *w)
{
	uint32_t offset, bytes, again_every;

	switch (random_below(16)) {
	case 0:
		*fake_ram(&w->fake, AT_CONFIG + random_below(48), 1) =
			random_below(2) ? CONFIG_ON : CONFIG_OFF;
		break;
	case 1:
		world_take(w, (uint16_t)random_below(3));
		break;
	case 2:
		offset = random_below(6);
		bytes = random_below(6);
		/* what the host cannot do at once is not the same in the model */
		again_every = w->fake.again_every;
		w->fake.again_every = 0;
		require((vits_msi(w->fake.v, offset, bytes) == VITS_DONE) ==
			model_msi(&w->model, offset, bytes));
		w->fake.again_every = again_every;
		break;
	case 3:
		world_lpis_on(w, (uint16_t)random_below(3));
		break;
	case 4:
		if (random_below(4) == 0)
			random_restart(w);
		break;
	case 5:		/* level 1 entries, and what is no table any more */
		fake_put64(&w->fake, AT_DEVICES + random_below(4) * 8,
			   (uint64_t)random_below(2) << 63 | AT_LEVEL2);
		break;
	case 6:
		offset = random_below(4) ? random_below(0x140) : random_below(0x20000);
		bytes = 1u << random_below(4);
		/* not what this file does on purpose elsewhere */
		if (offset / 8 == 0 || random_below(2))
			offset &= ~(bytes - 1);
		if (offset >= 8)
			require(world_write(w, offset, bytes, seed_now));
		break;
	default:
		random_commands(w);
		break;
	}
}

static void random_run(uint64_t seed)
{
	struct vits_limits limits = {
		.devices = 16, .events = 512, .collections = 4, .lpis = 40, .cpus = 3,
		.device_bits = 4, .event_bits = 5, .product = 3,
	};
	struct world w;
	const char *what;
	unsigned int i;

	seed_now = seed * 0x9e3779b97f4a7c15ull + 1;
	for (i = 0; i < 8; i++)
		random_below(2);
	limits.budget = random_below(3) ? 1 + random_below(20) : 100000;
	world_create(&w, &limits);
	w.fake.again_every = random_below(3) ? 0 : 2 + random_below(4);
	w.fake.pieces = random_below(3);
	world_start(&w);
	for (i = 0; i < STEPS; i++) {
		random_step(&w);
		check_invariant(w.fake.v, true);
		what = world_differs(&w);
		if (what) {
			printf("not ok seed %llu, step %u: core and model differ in %s\n",
			       (unsigned long long)seed, i, what);
			fflush(NULL);
			abort();
		}
	}
	world_destroy(&w);
}

int main(int argc, char **argv)
{
	unsigned long runs = argc > 1 ? strtoul(argv[1], NULL, 0) : 300, i;
	unsigned long seed = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;

	for (i = 0; i < runs; i++)
		random_run(seed + i);
	printf("ok %lu random scripts of %u steps, seeds from %lu\n", runs, STEPS, seed);
	printf("1 passed, 0 failed, 0 skipped\n");
	return 0;
}
