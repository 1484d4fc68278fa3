// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * libFuzzer target: what a guest and a host can do, in any order. The input says
 * which access, command, edit of guest memory, MSI or host event comes next, and what another
 * CPU does while the core reads guest memory. No call may take more than its
 * units; the invariant holds after each, and at the end all can be torn down.
 */
#include "world.h"
#include "../vits_priv.h"

static const uint8_t *input;
static size_t input_left;
static unsigned int accesses_left;	/* until another CPU does something; 0: it does not */

static uint8_t next_byte(void)
{
	if (!input_left)
		return 0;
	input_left--;
	return *input++;
}

static uint64_t next_bytes(unsigned int count)
{
	uint64_t value = 0;

	while (count--)
		value = value << 8 | next_byte();
	return value;
}

/* An address where something is, or nearly */
static uint64_t next_address(void)
{
	static const uint64_t places[] = {
		AT_QUEUE, AT_DEVICES, AT_COLLECTIONS, AT_LEVEL2, AT_CONFIG, AT_PENDING, AT_ITT,
		RAM_BASE + RAM_BYTES - 4096, AT_PENDING + VITS_LPI_FIRST / 8,
	};
	uint8_t place = next_byte();

	if (place >= 0xf8)
		return next_bytes(8);
	return places[place % 9] + next_byte() * 8u;
}

static void edit_memory(struct fake *f)
{
	uint8_t *to = fake_ram(f, next_address() & ~7ull, 8);
	uint64_t value = next_bytes(1) << 56 | next_bytes(3);

	if (to)
		memcpy(to, &value, 8);
}

static void write_entry_bytes(struct fake *f)
{
	uint64_t entry = (uint64_t)(next_byte() & 1) << 63, at = next_address() & ~7ull;
	uint8_t *to = fake_ram(f, at, 8);

	switch (next_byte() % 3) {
	case 0:
		entry |= (AT_ITT + next_byte() * 256u) | (next_byte() & 7);
		break;
	case 1:
		entry |= (uint64_t)(VITS_LPI_FIRST + next_byte()) << 16 | (next_byte() & 15);
		break;
	default:
		entry |= AT_LEVEL2;
		break;
	}
	if (to)
		memcpy(to, &entry, 8);
}

/* A number below a power of two, or sometimes any */
static uint32_t next_number(uint32_t below)
{
	uint8_t byte = next_byte();

	return byte >= 0xf8 ? (uint32_t)next_bytes(byte & 3) : byte & (below - 1);
}

static struct command next_command(void)
{
	uint8_t kind = next_byte();
	uint32_t device = next_number(4), event = next_number(8), icid = next_number(4);
	bool valid = kind & 0x30;

	switch (kind & 15) {
	case 0: case 1:
		return cmd_mapd(device, next_number(8) + 1, AT_ITT + device * 256, valid);
	case 2: case 3:
		return cmd_mapc(icid, next_number(4), valid);
	case 4: case 5: case 6:
		return cmd_mapti(device, event, VITS_LPI_FIRST + next_number(16), icid);
	case 7:
		return cmd_mapi(device, event, icid);
	case 8: case 9:
		return cmd_movi(device, event, icid);
	case 10:
		return cmd_event(CMD_INT_EVENT, device, event);
	case 11:
		return cmd_event(CMD_DISCARD_EVENT, device, event);
	case 12:
		return cmd_event(kind & 0x40 ? CMD_INV_EVENT : CMD_CLEAR_EVENT, device, event);
	case 13:
		return kind & 0x40 ? cmd_invall(icid) : cmd_sync(icid);
	case 14:
		return cmd_movall(icid, next_number(4));
	default:
		return (struct command){ { next_bytes(8), next_bytes(8), next_bytes(8) } };
	}
}

/* Put some commands into the queue, and start them. */
static void put_commands(struct fake *f, unsigned int count)
{
	uint64_t base = f->v->cbaser & ADDRESS_52, writer = f->v->cwriter;

	while (count--) {
		struct command c = next_command();
		uint8_t *to = fake_ram(f, base + writer, 32);

		if (to)
			memcpy(to, c.dw, 32);
		writer = (writer + 32) % queue_bytes(f->v->cbaser);
	}
	require(vits_mmio_write(f->v, GITS_CWRITER, 8, writer) == VITS_DONE);
}

static void access_register(struct fake *f)
{
	static const uint32_t places[] = {
		GITS_CTLR, GITS_CBASER, GITS_CWRITER, GITS_CREADR, GITS_BASER, GITS_BASER + 8,
		GITS_TYPER, GITS_PIDR2,
	};
	uint8_t op = next_byte(), extra = next_byte();
	uint32_t offset = op & 0x40 ? (uint32_t)next_bytes(3) : places[op & 7] + (extra & 4);
	uint32_t bytes = 1u << (extra & 3);
	uint64_t value;

	if (op & 0x80) {
		vits_mmio_read(f->v, offset, bytes, &value);
		return;
	}
	switch (op & 7) {
	case 1: case 4: case 5:
		value = (uint64_t)next_byte() << 56 | (next_address() & ADDRESS_52) |
			next_bytes(1) << 8 | (next_byte() & 3);
		break;
	default:
		value = next_bytes(3);
		break;
	}
	vits_mmio_write(f->v, offset, bytes, value);
}

/* The guest sets itself up as it should: then the rest gets further. */
static void set_up(struct fake *f)
{
	uint8_t how = next_byte();

	vits_mmio_write(f->v, GITS_CTLR, 4, 0);
	fake_settle(f);
	vits_mmio_write(f->v, GITS_CBASER, 8, BASER_FLAT_4K | AT_QUEUE | (how & 1));
	vits_mmio_write(f->v, GITS_BASER, 8, BASER_FLAT_4K | AT_DEVICES | (how & 2 ? 1 << 8 : 0) |
			(how & 4 ? BASER_INDIRECT : 0));
	vits_mmio_write(f->v, GITS_BASER + 8, 8, BASER_FLAT_4K | AT_COLLECTIONS);
	if (how & 4)
		fake_put64(f, AT_DEVICES, BASER_VALID | AT_LEVEL2);
	vits_mmio_write(f->v, GITS_CTLR, 4, 1);
}

/* And maps something. */
static void map_some(struct fake *f)
{
	uint32_t d, e;

	for (d = 0; d < 3; d++)
		vits_lpis_on(f->v, (uint16_t)d, PROPBASER, (AT_PENDING + 0x10000ull * d) |
			     (d ? VITS_PENDBASER_PTZ : 0));
	for (d = 0; d < 3; d++) {
		struct command mapc = cmd_mapc(d, d, true);
		struct command mapd = cmd_mapd(d, d + 1, AT_ITT + d * 256, true);

		queue_run(f, &mapc);
		queue_run(f, &mapd);
		for (e = 0; e < 2u << d; e++) {
			struct command mapti = cmd_mapti(d, e, VITS_LPI_FIRST + 4 * d + e, d);

			queue_run(f, &mapti);
		}
	}
}

static void restore_some(struct fake *f)
{
	struct vits_image image;

	vits_image(f->v, &image);
	switch (next_byte() & 7) {
	case 0:
		image.baser[0] ^= next_bytes(8);
		break;
	case 1:
		image.cbaser ^= next_bytes(2);
		break;
	case 2:
		image.creadr = next_bytes(3);
		image.cwriter = next_bytes(3);
		break;
	case 3:
		image.ctlr = next_byte();
		break;
	}
	vits_restore(f->v, &image);
}

static void host_event(struct fake *f)
{
	uint8_t op = next_byte();

	switch (op & 7) {
	case 0:
		f->again_every = op & 0x80 ? 2 + (op >> 3 & 3) : 0;
		break;
	case 1:
		/* not while one is got: the host's answer would change */
		if (!f->state.slot_device) {
			f->pieces = op >> 3 & 3;
			f->refuse_slots = op & 0x80;
		}
		break;
	case 2:
		f->refuse_lpis = op & 0x80;
		break;
	case 3:
		vits_lpis_on(f->v, op >> 3 & 3, (next_address() & ADDRESS_52) | (op & 0x20 ? 15 : 13),
			     (next_address() & ADDRESS_52) | (uint64_t)(op & 0x80) << 55);
		break;
	case 4:
		vits_save(f->v);
		break;
	case 5:
		vits_resume(f->v);
		break;
	case 6:
		restore_some(f);
		break;
	default:
		if (op & 0x80)
			vits_reset(f->v);
		else
			fake_take(f, op >> 3 & 3);
		break;
	}
}

/* What another CPU may do while the core is at guest memory */
static void do_other_cpu(struct fake *f)
{
	if (!accesses_left || --accesses_left)
		return;
	switch (next_byte() & 3) {
	case 0:
		edit_memory(f);
		break;
	case 1:
		access_register(f);
		break;
	case 2:
		vits_msi(f->v, next_number(4), next_number(8));
		break;
	default:
		vits_run(f->v);
		break;
	}
}

static void next_step(struct fake *f)
{
	uint8_t op = next_byte();

	switch (op & 15) {
	case 0: case 1: case 2: case 3: case 4: case 5: case 6:
		put_commands(f, 1 + (op >> 6));
		break;
	case 7:
		access_register(f);
		break;
	case 8:
		set_up(f);
		break;
	case 9: case 10:
		write_entry_bytes(f);
		break;
	case 11:
		vits_msi(f->v, next_number(4), next_number(8));
		break;
	case 12: case 13:
		host_event(f);
		break;
	case 14:
		accesses_left = 1 + (op >> 4);
		break;
	default:
		vits_run(f->v);
		break;
	}
	require(f->v->spent <= vits_worst_units(&f->v->limits));
	require(f->most_locked <= 3);
	check_invariant(f->v, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vits_limits limits = {
		.devices = 6, .events = 94, .collections = 5, .lpis = 200, .cpus = 3,
		.device_bits = 6, .event_bits = 6, .product = 1,
	};
	static struct fake f;

	if (size > 2048)
		return 0;
	input = data;
	input_left = size;
	limits.budget = next_byte() % 40 + 1;
	accesses_left = 0;
	fake_create(&f, &limits);
	memset(fake_ram(&f, AT_CONFIG, 0x100), CONFIG_ON, 0x100);
	f.on_access = do_other_cpu;
	if (next_byte() & 7) {
		set_up(&f);
		map_some(&f);
	}
	while (input_left)
		next_step(&f);
	fake_settle(&f);
	vits_reset(f.v);
	fake_settle(&f);
	check_invariant(f.v, true);
	require(!f.state.slots);
	fake_destroy(&f);
	return 0;
}
