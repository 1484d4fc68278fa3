// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The core's unit tests. A test that fails ends the program, as does a core that breaks
 * the contract with its host (fake.c) or its invariant (invariant.c).
 */
#include "world.h"
#include "../vits_priv.h"

#define LPI(n)	(VITS_LPI_FIRST + (n))

static struct fake f;

static void run_command(struct command c)
{
	queue_run(&f, &c);
	check_invariant(f.v, true);
}

static uint64_t count_refused(enum vits_error error)
{
	struct vits_stats stats;

	vits_stats(f.v, &stats);
	return stats.refused[error];
}

static uint32_t last_code(void)
{
	struct vits_stats stats;

	vits_stats(f.v, &stats);
	return stats.code;
}

static void expect_refusal(struct command c, enum vits_error error, uint32_t code)
{
	uint64_t before = count_refused(error);

	run_command(c);
	require(count_refused(error) == before + 1);
	require(!code || last_code() == code);
}

static void write_reg(uint32_t offset, uint32_t bytes, uint64_t value)
{
	require(vits_mmio_write(f.v, offset, bytes, value) == VITS_DONE);
}

static void lpis_on(uint16_t cpu, bool ptz)
{
	vits_lpis_on(f.v, cpu, PROPBASER,
		     (AT_PENDING + 0x10000ull * cpu) | (ptz ? VITS_PENDBASER_PTZ : 0));
	fake_settle(&f);
}

/* Enabled, with LPIs on CPUs 0 and 1 and all of them configured */
static void start_with(const struct vits_limits *limits)
{
	fake_create(&f, limits);
	memset(fake_ram(&f, AT_CONFIG, 0x10000), CONFIG_ON, 0x10000);
	queue_start(&f, 1);
	lpis_on(0, true);
	lpis_on(1, true);
}

static void start_plain(void)
{
	start_with(&fake_limits);
}

/* Device 1 with 16 events, collections 0 and 1 on CPUs 0 and 1, @events mapped to 0 */
static void start_mapped(uint32_t events)
{
	uint32_t e;

	start_plain();
	run_command(cmd_mapd(1, 4, AT_ITT, true));
	run_command(cmd_mapc(0, 0, true));
	run_command(cmd_mapc(1, 1, true));
	for (e = 0; e < events; e++)
		run_command(cmd_mapti(1, e, LPI(e), 0));
}

static struct fake_lpi *find_lpi(uint32_t n)
{
	struct fake_lpi *l = fake_find(&f, LPI(n));

	require(l);
	return l;
}

/* ---- registers ---- */

/* Every offset and width, read and written, against the model. */
static void test_widths(void)
{
	static const uint32_t widths[] = { 1, 2, 4, 8, 3, 16, 0 };
	const struct vits_limits limits = {
		.devices = 2, .events = 8, .collections = 3, .lpis = 8, .cpus = 2, .budget = 9,
		.device_bits = 2, .event_bits = 2, .product = 9,
	};
	uint64_t core, model;
	uint32_t offset, i;
	struct world w;
	bool taken;

	world_create(&w, &limits);
	for (offset = 0; offset < VITS_FRAME_SIZE + 16; offset++) {
		for (i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
			if (offset != GITS_CTLR)
				require(world_write(&w, offset, widths[i], 0x123456789abcdef0));
			taken = vits_mmio_read(w.fake.v, offset, widths[i], &core) == VITS_DONE;
			require(taken == model_read(&w.model, offset, widths[i], &model));
			require(!taken || core == model);
		}
		if (offset % 8 == 0)
			require(!world_differs(&w));
	}
	require(w.model.refused[VITS_E_REGISTER] > 100000);
	world_destroy(&w);
}

static void test_fixed_registers(void)
{
	uint64_t value;

	fake_create(&f, &fake_limits);
	require(reg_read(f.v, GITS_TYPER) == (1 | 7 << 4 | 7 << 8 | 13 << 13 | 2ull << 32 |
					      1ull << 36));
	require(reg_read(f.v, GITS_IIDR) == 0x7600143b);
	require(reg_read(f.v, GITS_PIDR2) == 0x30);
	/* 64 bits to TYPER, 32 bits to its upper half: ignored, no abort */
	write_reg(GITS_TYPER, 8, 0);
	write_reg(GITS_TYPER + 4, 4, 0);
	/* where other GICs have MPAM registers */
	require(!vits_mmio_read(f.v, 0x10, 4, &value) && value == 0);
	require(!vits_mmio_read(f.v, 0x14, 4, &value) && value == 0);
	require(vits_mmio_read(f.v, GITS_CTLR, 8, &value) == VITS_REFUSED);
	require(vits_mmio_write(f.v, GITS_CTLR, 1, 1) == VITS_REFUSED);
	require(!vits_mmio_read(f.v, GITS_TYPER + 4, 4, &value) && value == 0x12);
	fake_destroy(&f);
}

static void test_attributes(void)
{
	uint64_t value;

	fake_create(&f, &fake_limits);
	/* outer shareable becomes inner, device memory cacheable, outer write-back not cached */
	write_reg(GITS_CBASER, 8, 2ull << 10 | 7ull << 53 | AT_QUEUE);
	value = reg_read(f.v, GITS_CBASER);
	require(value == (1ull << 10 | 1ull << 53 | 7ull << 59 | AT_QUEUE));
	write_reg(GITS_CBASER, 8, ~0ull);
	require(reg_read(f.v, GITS_CBASER) == 0xb82ffffffffff0ffull);
	/* reserved page size is 64K; type and entry size stay; only BASER0 is indirect */
	write_reg(GITS_BASER, 8, ~0ull);
	require(reg_read(f.v, GITS_BASER) == 0xf927fffffffff2ffull);
	write_reg(GITS_BASER + 8, 8, ~0ull);
	require(reg_read(f.v, GITS_BASER + 8) == 0xbc27fffffffff2ffull);
	write_reg(GITS_BASER, 8, 1 << 8 | 0x7000);
	require((reg_read(f.v, GITS_BASER) & 0xffff) == (1 << 8 | 0x4000));
	write_reg(GITS_BASER + 0x10, 8, ~0ull);
	require(reg_read(f.v, GITS_BASER + 0x10) == 0);
	fake_destroy(&f);
}

static void test_enable_wants_tables(void)
{
	uint32_t missing;

	for (missing = 0; missing < 4; missing++) {
		fake_create(&f, &fake_limits);
		write_reg(GITS_CBASER, 8, missing == 0 ? 0 : BASER_FLAT_4K | AT_QUEUE);
		write_reg(GITS_BASER, 8, missing == 1 ? 0 : BASER_FLAT_4K | AT_DEVICES);
		write_reg(GITS_BASER + 8, 8, missing == 2 ? 0 : BASER_FLAT_4K | AT_COLLECTIONS);
		fake_settle(&f);
		write_reg(GITS_CTLR, 4, 1);
		require(reg_read(f.v, GITS_CTLR) == (missing == 3 ? 1 : CTLR_QUIESCENT));
		require(count_refused(VITS_E_REGISTER) == (missing != 3));
		fake_destroy(&f);
	}
}

static void test_no_change_while_enabled(void)
{
	uint64_t before[3];

	start_plain();
	before[0] = reg_read(f.v, GITS_CBASER);
	before[1] = reg_read(f.v, GITS_BASER);
	before[2] = reg_read(f.v, GITS_BASER + 8);
	write_reg(GITS_CBASER, 8, 0);
	write_reg(GITS_BASER, 8, 0);
	write_reg(GITS_BASER + 8, 4, 0);
	require(before[0] == reg_read(f.v, GITS_CBASER));
	require(before[1] == reg_read(f.v, GITS_BASER));
	require(before[2] == reg_read(f.v, GITS_BASER + 8));
	require(count_refused(VITS_E_REGISTER) == 3);
	fake_destroy(&f);
}

/* ---- queue ---- */

static void test_queue_before_enable(void)
{
	struct command c = cmd_mapc(0, 0, true);

	start_plain();
	write_reg(GITS_CTLR, 4, 0);
	queue_put(&f, &c);
	write_reg(GITS_CWRITER, 8, 32);
	require(reg_read(f.v, GITS_CREADR) == 0);
	require(reg_read(f.v, GITS_CTLR) == CTLR_QUIESCENT);
	write_reg(GITS_CTLR, 4, 1);
	require(reg_read(f.v, GITS_CREADR) == 32);
	require(f.v->collections[0].cpu == 0);
	fake_destroy(&f);
}

static void test_queue_wraps(void)
{
	uint32_t i;

	start_plain();
	for (i = 0; i < 300; i++)
		run_command(cmd_sync(0));
	require(reg_read(f.v, GITS_CREADR) == 300 * 32 % 4096);
	require(!count_refused(VITS_E_SIZE_OOR));
	/* an offset past the queue is not taken */
	write_reg(GITS_CWRITER, 8, 4096);
	require(reg_read(f.v, GITS_CWRITER) == 300 * 32 % 4096);
	write_reg(GITS_CTLR, 4, 0);
	write_reg(GITS_CBASER, 8, BASER_FLAT_4K | AT_QUEUE);
	require(reg_read(f.v, GITS_CREADR) == 0 && reg_read(f.v, GITS_CWRITER) == 0);
	fake_destroy(&f);
}

static void test_stall_and_retry(void)
{
	struct command c = cmd_mapc(0, 0, true);

	fake_create(&f, &fake_limits);
	queue_start(&f, 1);
	write_reg(GITS_CTLR, 4, 0);
	/* the last page of memory and one behind it */
	write_reg(GITS_CBASER, 8, BASER_FLAT_4K | (RAM_BASE + RAM_BYTES - 4096) | 1);
	write_reg(GITS_CTLR, 4, 1);
	while (reg_read(f.v, GITS_CWRITER) < 4096)
		run_command(cmd_sync(0));
	write_reg(GITS_CWRITER, 8, 4096 + 32);
	require(reg_read(f.v, GITS_CREADR) == (4096 | CREADR_STALLED));
	require(count_refused(VITS_E_MEMORY) == 1);
	/* more commands do not help, Retry reads again */
	write_reg(GITS_CWRITER, 8, 4096 + 64);
	require(reg_read(f.v, GITS_CREADR) == (4096 | CREADR_STALLED));
	require(count_refused(VITS_E_MEMORY) == 1);
	write_reg(GITS_CWRITER, 8, 4096 + 32 + CWRITER_RETRY);
	require(count_refused(VITS_E_MEMORY) == 2);
	require(reg_read(f.v, GITS_CREADR) == (4096 | CREADR_STALLED));
	require(reg_read(f.v, GITS_CWRITER) == 4096 + 32);
	/* memory that comes back */
	f.v->cbaser -= 4096;
	require(fake_ram(&f, RAM_BASE + RAM_BYTES - 4096, 32));
	memcpy(fake_ram(&f, RAM_BASE + RAM_BYTES - 4096, 32), c.dw, 32);
	write_reg(GITS_CWRITER, 8, 4096 + 32 + CWRITER_RETRY);
	require(reg_read(f.v, GITS_CREADR) == 4096 + 32);
	require(f.v->collections[0].cpu == 0);
	fake_destroy(&f);
}

/* The ITS tells the truth while a command is not complete. */
static void test_cursor_is_visible(void)
{
	struct vits_limits limits = fake_limits;
	struct command c = cmd_mapd(1, 4, 0, false);
	uint64_t reader;
	uint32_t e, rounds = 0;

	limits.budget = 1;
	start_with(&limits);
	run_command(cmd_mapd(1, 4, AT_ITT, true));
	run_command(cmd_mapc(0, 0, true));
	for (e = 0; e < 16; e++)
		run_command(cmd_mapti(1, e, LPI(e), 0));
	reader = reg_read(f.v, GITS_CREADR);
	queue_put(&f, &c);
	f.state.again = false;
	write_reg(GITS_CWRITER, 8, reader + 32);
	require(f.state.again);
	write_reg(GITS_CTLR, 4, 0);
	while (f.state.slots) {
		require(reg_read(f.v, GITS_CREADR) == reader);
		require(reg_read(f.v, GITS_CTLR) == 0);
		/* neither tables nor queue change under a command */
		write_reg(GITS_BASER, 8, 0);
		require(f.v->baser[0] & BASER_VALID);
		f.state.again = false;
		vits_run(f.v);
		require(f.state.again || !f.state.slots);
		check_invariant(f.v, false);
		rounds++;
	}
	require(rounds >= 6);
	fake_settle(&f);
	require(reg_read(f.v, GITS_CREADR) == reader + 32);
	require(reg_read(f.v, GITS_CTLR) == CTLR_QUIESCENT);
	fake_destroy(&f);
}

/* In the middle of a command another CPU reads and writes registers and does not wait. */
static void write_meanwhile(struct fake *host)
{
	uint64_t value;

	host->on_access = NULL;
	require(!vits_mmio_read(host->v, GITS_CTLR, 4, &value) && value == 1);
	require(!vits_mmio_read(host->v, GITS_CREADR, 8, &value) && value == 0);
	require(vits_run(host->v) == VITS_AGAIN);
	require(!vits_mmio_write(host->v, GITS_CWRITER, 8, 64));
}

static void test_second_cpu(void)
{
	struct command c = cmd_mapc(0, 0, true);

	start_plain();
	queue_put(&f, &c);
	c = cmd_mapc(1, 1, true);
	memcpy(fake_ram(&f, AT_QUEUE + 32, 32), c.dw, 32);
	f.on_access = write_meanwhile;
	write_reg(GITS_CWRITER, 8, 32);
	require(!f.on_access);
	require(reg_read(f.v, GITS_CREADR) == 64);
	require(f.v->collections[1].cpu == 1);
	fake_destroy(&f);
}

/* ---- commands: what is refused, and with which code ---- */

static void test_errors(void)
{
	start_mapped(1);
	/* a page of the device table has 512 entries */
	expect_refusal(cmd_mapd(512, 1, AT_ITT, true), VITS_E_DEVICE_OOR, 0x010801);
	expect_refusal(cmd_mapd(512, 1, AT_ITT, false), VITS_E_DEVICE_OOR, 0x010801);
	expect_refusal(cmd_mapd(2, 9, AT_ITT, true), VITS_E_SIZE_OOR, 0x010802);
	expect_refusal(cmd_mapd(0xffffffff, 1, AT_ITT, true), VITS_E_DEVICE_OOR, 0x010801);
	expect_refusal(cmd_mapc(0, 4, true), VITS_E_SIZE_OOR, 0x010902);
	expect_refusal(cmd_mapc(0, 0xfffffffffull, true), VITS_E_SIZE_OOR, 0x010902);
	expect_refusal(cmd_mapc(8, 0, true), VITS_E_COLLECTION_OOR, 0x010903);
	expect_refusal(cmd_mapc(8, 0, false), VITS_E_COLLECTION_OOR, 0x010903);
	expect_refusal(cmd_mapti(512, 0, LPI(5), 0), VITS_E_DEVICE_OOR, 0x010a01);
	expect_refusal(cmd_mapti(1, 0, LPI(5), 8), VITS_E_COLLECTION_OOR, 0x010a03);
	expect_refusal(cmd_mapti(2, 0, LPI(5), 0), VITS_E_UNMAPPED_DEVICE, 0x010a04);
	expect_refusal(cmd_mapti(1, 16, LPI(5), 0), VITS_E_ID_OOR, 0x010a05);
	expect_refusal(cmd_mapti(1, 1, 8191, 0), VITS_E_PHYSICALID_OOR, 0x010a06);
	expect_refusal(cmd_mapti(1, 1, LPI(1024), 0), VITS_E_PHYSICALID_OOR, 0x010a06);
	expect_refusal(cmd_mapi(1, 1, 0), VITS_E_PHYSICALID_OOR, 0x010b06);
	expect_refusal(cmd_movi(1, 1, 0), VITS_E_UNMAPPED_INTERRUPT, 0x010107);
	expect_refusal(cmd_movi(1, 0, 2), VITS_E_UNMAPPED_COLLECTION, 0x010109);
	expect_refusal(cmd_movi(1, 0, 8), VITS_E_COLLECTION_OOR, 0x010103);
	expect_refusal(cmd_event(CMD_INT_EVENT, 1, 3), VITS_E_UNMAPPED_INTERRUPT, 0x010307);
	expect_refusal(cmd_event(CMD_CLEAR_EVENT, 1, 3), VITS_E_UNMAPPED_INTERRUPT, 0x010507);
	expect_refusal(cmd_event(CMD_INV_EVENT, 1, 3), VITS_E_UNMAPPED_INTERRUPT, 0x010c07);
	expect_refusal(cmd_event(CMD_DISCARD_EVENT, 1, 3), VITS_E_UNMAPPED_INTERRUPT, 0x010f07);
	expect_refusal(cmd_event(CMD_INT_EVENT, 1, 0xffffffff), VITS_E_ID_OOR, 0x010305);
	expect_refusal(cmd_invall(2), VITS_E_UNMAPPED_COLLECTION, 0x010d09);
	expect_refusal(cmd_invall(0xffff), VITS_E_COLLECTION_OOR, 0x010d03);
	expect_refusal(cmd_movall(0, 4), VITS_E_SIZE_OOR, 0x010e01);
	expect_refusal(cmd_movall(4, 0), VITS_E_SIZE_OOR, 0x010e01);
	expect_refusal(cmd_sync(4), VITS_E_SIZE_OOR, 0x010502);
	expect_refusal((struct command){ { 0x2a } }, VITS_E_COMMAND, 0);
	/* the queue went on each time */
	require(reg_read(f.v, GITS_CREADR) == reg_read(f.v, GITS_CWRITER));
	fake_destroy(&f);
}

/* MAPTI of every INTID below the first LPI, then INT and DISCARD */
static void test_low_intids(void)
{
	uint32_t intid;

	start_mapped(0);
	for (intid = 0; intid < VITS_LPI_FIRST; intid += intid < 1100 ? 1 : 97) {
		run_command(cmd_mapti(1, 0, intid, 0));
		run_command(cmd_event(CMD_INT_EVENT, 1, 0));
		run_command(cmd_event(CMD_DISCARD_EVENT, 1, 0));
	}
	require(count_refused(VITS_E_PHYSICALID_OOR) == count_refused(VITS_E_UNMAPPED_INTERRUPT) / 2);
	fake_destroy(&f);
}

static void test_log_is_limited(void)
{
	uint32_t i;

	start_plain();
	f.logged = 0;
	for (i = 0; i < 1000; i++)
		run_command(cmd_invall(2));
	require(count_refused(VITS_E_UNMAPPED_COLLECTION) == 1000);
	require(f.logged == 10);
	fake_destroy(&f);
}

/* ---- interrupts ---- */

static void test_interrupt(void)
{
	start_mapped(2);
	run_command(cmd_event(CMD_INT_EVENT, 1, 0));
	require(fake_take(&f, 1) == 0 && fake_take(&f, 0) == LPI(0) && fake_take(&f, 0) == 0);
	run_command(cmd_event(CMD_INT_EVENT, 1, 1));
	run_command(cmd_event(CMD_CLEAR_EVENT, 1, 1));
	require(fake_take(&f, 0) == 0);
	fake_destroy(&f);
}

static void test_configuration(void)
{
	start_mapped(2);
	*fake_ram(&f, AT_CONFIG, 1) = CONFIG_OFF;
	*fake_ram(&f, AT_CONFIG + 1, 1) = CONFIG_OFF;
	require(find_lpi(0)->config == CONFIG_ON);
	run_command(cmd_event(CMD_INV_EVENT, 1, 0));
	require(find_lpi(0)->config == CONFIG_OFF && find_lpi(1)->config == CONFIG_ON);
	run_command(cmd_event(CMD_INT_EVENT, 1, 0));
	require(fake_take(&f, 0) == 0);
	*fake_ram(&f, AT_CONFIG, 1) = CONFIG_ON;
	run_command(cmd_invall(0));
	require(find_lpi(1)->config == CONFIG_OFF);
	/* pending while disabled, delivered when enabled */
	require(fake_take(&f, 0) == LPI(0));
	fake_destroy(&f);
}

static void test_mapti_before_lpis_on(void)
{
	fake_create(&f, &fake_limits);
	memset(fake_ram(&f, AT_CONFIG, 16), CONFIG_ON, 16);
	queue_start(&f, 1);
	run_command(cmd_mapd(1, 4, AT_ITT, true));
	run_command(cmd_mapti(1, 0, LPI(0), 0));	/* collection comes later */
	require(find_lpi(0)->cpu == VITS_NO_CPU && find_lpi(0)->config == 0);
	expect_refusal(cmd_event(CMD_INT_EVENT, 1, 0), VITS_E_UNMAPPED_COLLECTION, 0x010309);
	require(vits_msi(f.v, 1, 0) == VITS_REFUSED);
	run_command(cmd_mapc(0, 1, true));
	run_command(cmd_event(CMD_INT_EVENT, 1, 0));
	require(fake_take(&f, 1) == 0);
	lpis_on(1, true);
	require(fake_take(&f, 1) == LPI(0));
	fake_destroy(&f);
}

/* The largest INTID of 14 and of 16 bits, and the property table's end */
static void test_intid_bits(void)
{
	struct vits_limits limits = fake_limits;

	limits.lpis = 57344;
	start_with(&limits);
	run_command(cmd_mapd(1, 4, AT_ITT, true));
	run_command(cmd_mapc(0, 0, true));
	run_command(cmd_mapti(1, 0, 65535, 0));
	run_command(cmd_mapti(1, 1, 16383, 0));
	require(fake_find(&f, 65535)->config == CONFIG_ON);
	vits_lpis_on(f.v, 0, AT_CONFIG | 13, AT_PENDING | VITS_PENDBASER_PTZ);
	fake_settle(&f);
	*fake_ram(&f, AT_CONFIG + 65535 - VITS_LPI_FIRST, 1) = 0;
	*fake_ram(&f, AT_CONFIG + 16383 - VITS_LPI_FIRST, 1) = 0;
	run_command(cmd_invall(0));
	require(fake_find(&f, 65535)->config == CONFIG_ON);
	require(fake_find(&f, 16383)->config == 0);
	fake_destroy(&f);
}

static void test_pending_moves(void)
{
	start_mapped(4);
	run_command(cmd_event(CMD_INT_EVENT, 1, 0));
	run_command(cmd_movi(1, 0, 1));
	require(fake_take(&f, 0) == 0 && fake_take(&f, 1) == LPI(0));
	run_command(cmd_event(CMD_INT_EVENT, 1, 1));
	run_command(cmd_event(CMD_INT_EVENT, 1, 0));
	run_command(cmd_mapc(0, 1, true));
	require(fake_take(&f, 0) == 0);
	require(fake_take(&f, 1) == LPI(0) && fake_take(&f, 1) == LPI(1));
	run_command(cmd_event(CMD_INT_EVENT, 1, 2));
	require(find_lpi(2)->cpu == 1 && find_lpi(3)->cpu == 1);
	run_command(cmd_movall(1, 0));
	/* only what is pending moves, and not for ever */
	require(find_lpi(2)->cpu == 0 && find_lpi(3)->cpu == 1);
	require(fake_take(&f, 0) == LPI(2));
	run_command(cmd_event(CMD_INT_EVENT, 1, 2));
	require(fake_take(&f, 0) == 0 && fake_take(&f, 1) == LPI(2));
	/* raised again while it is pending elsewhere: it comes back */
	run_command(cmd_event(CMD_INT_EVENT, 1, 2));
	run_command(cmd_movall(1, 0));
	run_command(cmd_event(CMD_INT_EVENT, 1, 2));
	require(fake_take(&f, 0) == 0 && fake_take(&f, 1) == LPI(2));
	run_command(cmd_event(CMD_INT_EVENT, 1, 2));
	run_command(cmd_movall(1, 0));
	f.again_every = 1;
	require(vits_msi(f.v, 1, 2) == VITS_DONE);
	require(fake_take(&f, 1) == 0 && fake_take(&f, 0) == LPI(2));
	fake_destroy(&f);
}

static void test_software_msi(void)
{
	start_mapped(2);
	f.calls = 0;
	f.most_locked = 0;
	require(vits_msi(f.v, 1, 1) == VITS_DONE);
	require(f.calls == 1 && f.most_locked == 1);	/* one lpi_raise(), no guest access */
	require(fake_take(&f, 0) == LPI(1));
	require(vits_msi(f.v, 1, 2) == VITS_REFUSED);
	require(vits_msi(f.v, 1, 0xffffffff) == VITS_REFUSED);
	require(vits_msi(f.v, 2, 0) == VITS_REFUSED);
	require(vits_msi(f.v, 0xffffffff, 0) == VITS_REFUSED);
	run_command(cmd_mapc(0, 0, false));
	require(vits_msi(f.v, 1, 1) == VITS_REFUSED);
	run_command(cmd_mapc(0, 1, true));
	require(vits_msi(f.v, 1, 1) == VITS_DONE && find_lpi(1)->cpu == 1);
	write_reg(GITS_CTLR, 4, 0);
	require(vits_msi(f.v, 1, 1) == VITS_REFUSED);
	fake_destroy(&f);
}

/* ---- pending tables ---- */

static void test_pending_table(void)
{
	uint64_t bit = AT_PENDING + VITS_LPI_FIRST / 8;

	fake_create(&f, &fake_limits);
	memset(fake_ram(&f, AT_CONFIG, 64), CONFIG_ON, 64);
	*fake_ram(&f, bit, 1) = 0x0b;		/* LPIs 0, 1 and 3 */
	queue_start(&f, 1);
	run_command(cmd_mapd(1, 4, AT_ITT, true));
	run_command(cmd_mapc(0, 0, true));
	run_command(cmd_mapti(1, 0, LPI(0), 0));
	require(fake_take(&f, 0) == 0);
	lpis_on(0, false);
	require(fake_take(&f, 0) == LPI(0) && *fake_ram(&f, bit, 1) == 0x0a);
	/* mapped later */
	run_command(cmd_mapti(1, 1, LPI(1), 0));
	require(fake_take(&f, 0) == LPI(1) && *fake_ram(&f, bit, 1) == 0x08);
	/* of a collection that is not mapped any more: the LPI is where it was */
	*fake_ram(&f, bit, 1) = 0x0a;
	run_command(cmd_mapc(0, 0, false));
	lpis_on(0, false);
	require(fake_take(&f, 0) == LPI(1) && *fake_ram(&f, bit, 1) == 0x08);
	run_command(cmd_mapc(0, 0, true));
	/* a table that is said to be zero */
	lpis_on(0, true);
	run_command(cmd_mapti(1, 3, LPI(3), 0));
	require(fake_take(&f, 0) == 0 && *fake_ram(&f, bit, 1) == 0x08);
	fake_destroy(&f);
}

/* ---- devices ---- */

/* A level 1 table of each page size; the device's page is there or not. */
static void test_indirect(void)
{
	static const uint32_t page[] = { 4096, 16384, 65536 };
	struct vits_limits limits = fake_limits;
	uint32_t i, second;

	for (i = 0; i < 3; i++) {
		fake_create(&f, &limits);
		queue_start(&f, 1);
		write_reg(GITS_CTLR, 4, 0);
		write_reg(GITS_BASER, 8, BASER_FLAT_4K | BASER_INDIRECT | AT_DEVICES | i << 8);
		fake_settle(&f);
		write_reg(GITS_CTLR, 4, 1);
		second = page[i] / 8;		/* the first device of the second page */
		fake_put64(&f, AT_DEVICES + 8, BASER_VALID | AT_LEVEL2);
		expect_refusal(cmd_mapd(second - 1, 2, AT_ITT, true), VITS_E_DEVICE_OOR, 0);
		run_command(cmd_mapd(second, 2, AT_ITT, true));
		require(f.state.slots == 1);
		/* the page is taken away: unmapping works all the same */
		fake_put64(&f, AT_DEVICES + 8, 0);
		expect_refusal(cmd_mapd(second, 2, AT_ITT, true), VITS_E_DEVICE_OOR, 0);
		require(f.state.slots == 1);
		run_command(cmd_mapd(second, 2, AT_ITT, false));
		require(f.state.slots == 0);
		expect_refusal(cmd_mapd(1 << 14, 2, AT_ITT, true), VITS_E_DEVICE_OOR, 0);
		fake_destroy(&f);
	}
	/* bits 51:48 of a 64K table's address: no memory there */
	fake_create(&f, &limits);
	queue_start(&f, 1);
	write_reg(GITS_CTLR, 4, 0);
	write_reg(GITS_BASER, 8, BASER_FLAT_4K | BASER_INDIRECT | AT_DEVICES | 2 << 8 | 0x1000);
	fake_put64(&f, AT_DEVICES, BASER_VALID | AT_LEVEL2);
	fake_settle(&f);
	write_reg(GITS_CTLR, 4, 1);
	expect_refusal(cmd_mapd(0, 2, AT_ITT, true), VITS_E_DEVICE_OOR, 0);
	fake_destroy(&f);
}

static void test_limits(void)
{
	struct vits_limits limits = fake_limits;
	uint32_t d;

	limits.devices = 3;
	start_with(&limits);
	for (d = 0; d < 3; d++)
		run_command(cmd_mapd(d, 1, AT_ITT, true));
	expect_refusal(cmd_mapd(3, 1, AT_ITT, true), VITS_E_LIMIT, 0);
	run_command(cmd_mapd(0, 1, 0, false));
	run_command(cmd_mapd(3, 8, AT_ITT, true));
	run_command(cmd_mapd(2, 1, 0, false));
	/* 256 and 2 of 512 are used, so there is no aligned block of 256 */
	expect_refusal(cmd_mapd(2, 8, AT_ITT, true), VITS_E_LIMIT, 0);
	run_command(cmd_mapd(2, 7, AT_ITT, true));
	require(f.state.slots == 3);
	f.refuse_slots = true;
	expect_refusal(cmd_mapd(2, 1, AT_ITT, true), VITS_E_HOST, 0);
	require(f.state.slots == 2);
	f.refuse_lpis = true;
	run_command(cmd_mapc(0, 0, true));
	expect_refusal(cmd_mapti(3, 0, LPI(0), 0), VITS_E_HOST, 0);
	expect_refusal(cmd_event(CMD_INT_EVENT, 3, 0), VITS_E_UNMAPPED_INTERRUPT, 0);
	f.refuse_lpis = false;
	run_command(cmd_mapti(3, 0, LPI(0), 0));
	require(fake_find(&f, LPI(0)));
	fake_destroy(&f);
}

/* What vits_create() does not accept. */
static void test_bad_limits(void)
{
	struct vits_limits l;

	l = fake_limits; l.devices = 0; require(!vits_bytes(&l));
	l = fake_limits; l.devices = 65535; require(!vits_bytes(&l));
	l = fake_limits; l.events = 3; require(!vits_bytes(&l));
	l = fake_limits; l.events = 1u << 21; require(!vits_bytes(&l));
	l = fake_limits; l.collections = 65536; require(!vits_bytes(&l));
	l = fake_limits; l.lpis = 0; require(!vits_bytes(&l));
	l = fake_limits; l.cpus = 65535; require(!vits_bytes(&l));
	l = fake_limits; l.budget = 0; require(!vits_bytes(&l));
	l = fake_limits; l.device_bits = 21; require(!vits_bytes(&l));
	l = fake_limits; l.event_bits = 21; require(!vits_bytes(&l));
	require(vits_bytes(&fake_limits));
	require(!vits_create(&l, &l, &fake_ops, NULL));
}

/* Devices of all sizes come and go; in the end all is one block again. */
static void test_blocks(void)
{
	struct vits_limits limits = fake_limits;
	uint32_t i, d, random = 1;

	limits.events = 510;		/* no power of two */
	start_with(&limits);
	for (i = 0; i < 3000; i++) {
		random = random * 1103515245 + 12345;
		d = random >> 16 & 15;
		run_command(cmd_mapd(d, (random >> 20 & 7) + 1, AT_ITT, random >> 28 & 1));
	}
	require(count_refused(VITS_E_LIMIT) > 50);
	for (d = 0; d < 16; d++)
		run_command(cmd_mapd(d, 1, 0, false));
	require(f.state.slots == 0);
	for (i = 1; i < 9; i++)
		require(f.v->free_blocks[i] != VITS_NONE);
	fake_destroy(&f);
}

/* The device keeps its events when its ITT memory is edited; mapping it again drops them. */
static void test_guest_edits(void)
{
	start_mapped(4);
	memset(fake_ram(&f, AT_DEVICES, 0x50000), 0xff, 0x50000);
	memset(fake_ram(&f, AT_ITT, 0x10000), 0xff, 0x10000);
	run_command(cmd_event(CMD_INT_EVENT, 1, 2));
	require(fake_take(&f, 0) == LPI(2));
	expect_refusal(cmd_event(CMD_INT_EVENT, 1, 5), VITS_E_UNMAPPED_INTERRUPT, 0);
	run_command(cmd_mapd(1, 4, AT_ITT, true));
	expect_refusal(cmd_event(CMD_INT_EVENT, 1, 2), VITS_E_UNMAPPED_INTERRUPT, 0);
	run_command(cmd_mapti(1, 2, LPI(2), 0));
	run_command(cmd_mapd(1, 4, 0, false));
	require(f.state.slots == 0);
	fake_destroy(&f);
}

/* An INTID that another event has, also of another device, goes to the new event. */
static void test_intid_taken_over(void)
{
	start_mapped(2);
	run_command(cmd_mapd(2, 2, AT_ITT, true));
	run_command(cmd_event(CMD_INT_EVENT, 1, 0));
	run_command(cmd_mapti(2, 3, LPI(0), 1));
	require(find_lpi(0)->device == 2 && !find_lpi(0)->pending);
	expect_refusal(cmd_event(CMD_INT_EVENT, 1, 0), VITS_E_UNMAPPED_INTERRUPT, 0);
	/* and to another INTID */
	run_command(cmd_mapti(2, 3, LPI(1), 1));
	require(!fake_find(&f, LPI(0)) && find_lpi(1)->device == 2);
	/* the same again: it stays pending and moves */
	run_command(cmd_event(CMD_INT_EVENT, 2, 3));
	run_command(cmd_mapti(2, 3, LPI(1), 0));
	require(fake_take(&f, 0) == LPI(1));
	fake_destroy(&f);
}

/* ---- facts, section 6: what brings the stock one down ---- */

static void test_collection_comes_and_goes(void)
{
	start_mapped(1);
	run_command(cmd_mapc(0, 0, false));
	expect_refusal(cmd_invall(0), VITS_E_UNMAPPED_COLLECTION, 0);
	/* INT, masked, MAPC V=0, MAPTI again, MAPC V=1: still one pending LPI */
	run_command(cmd_mapc(0, 0, true));
	*fake_ram(&f, AT_CONFIG, 1) = CONFIG_OFF;
	run_command(cmd_invall(0));
	run_command(cmd_event(CMD_INT_EVENT, 1, 0));
	run_command(cmd_mapc(0, 7, false));	/* CPU 7 is none, and is not looked at */
	run_command(cmd_mapti(1, 0, LPI(0), 0));
	*fake_ram(&f, AT_CONFIG, 1) = CONFIG_ON;
	run_command(cmd_mapc(0, 1, true));
	require(fake_take(&f, 1) == LPI(0) && fake_take(&f, 1) == 0);
	/* MAPC V=0, then MAPD V=0, then INVALL; the INTID can be used again */
	run_command(cmd_mapc(0, 0, false));
	run_command(cmd_mapd(1, 4, 0, false));
	run_command(cmd_mapc(0, 0, true));
	run_command(cmd_invall(0));
	run_command(cmd_mapd(1, 4, AT_ITT, true));
	run_command(cmd_mapti(1, 9, LPI(0), 0));
	run_command(cmd_event(CMD_INT_EVENT, 1, 9));
	require(fake_take(&f, 0) == LPI(0));
	fake_destroy(&f);
}

static void test_second_kernel(void)
{
	start_mapped(4);
	write_reg(GITS_CTLR, 4, 0);
	write_reg(GITS_BASER, 8, 0);
	write_reg(GITS_BASER + 8, 8, 0);
	fake_settle(&f);
	require(f.state.slots == 0 && reg_read(f.v, GITS_CTLR) == CTLR_QUIESCENT);
	queue_start(&f, 1);
	require(vits_msi(f.v, 1, 0) == VITS_REFUSED);
	expect_refusal(cmd_invall(0), VITS_E_UNMAPPED_COLLECTION, 0);
	/* a kernel that only writes other addresses */
	run_command(cmd_mapd(1, 4, AT_ITT, true));
	run_command(cmd_mapc(0, 0, true));
	write_reg(GITS_CTLR, 4, 0);
	write_reg(GITS_BASER, 8, reg_read(f.v, GITS_BASER) + 4096);
	write_reg(GITS_BASER + 8, 8, reg_read(f.v, GITS_BASER + 8) + 4096);
	fake_settle(&f);
	require(f.state.slots == 0 && f.v->collections[0].cpu == VITS_NO_CPU);
	/* one that wakes up and writes the same: all is as it was */
	write_reg(GITS_CTLR, 4, 1);
	run_command(cmd_mapd(1, 4, AT_ITT, true));
	write_reg(GITS_CTLR, 4, 0);
	write_reg(GITS_BASER, 8, reg_read(f.v, GITS_BASER));
	fake_settle(&f);
	require(f.state.slots == 1);
	fake_destroy(&f);
}

/* Between the loss of the tables and the end of the clean-up no MSI gets through. */
static void test_no_msi_of_old_tables(void)
{
	struct vits_limits limits = fake_limits;

	limits.budget = 1;
	start_with(&limits);
	run_command(cmd_mapd(1, 4, AT_ITT, true));
	run_command(cmd_mapc(0, 0, true));
	run_command(cmd_mapti(1, 15, LPI(0), 0));
	run_command(cmd_mapd(2, 4, AT_ITT, true));
	run_command(cmd_mapti(2, 15, LPI(1), 0));
	require(vits_msi(f.v, 2, 15) == VITS_DONE);
	write_reg(GITS_CTLR, 4, 0);
	write_reg(GITS_BASER, 8, reg_read(f.v, GITS_BASER) + 4096);
	write_reg(GITS_CTLR, 4, 1);
	while (f.state.slots) {
		require(vits_msi(f.v, 1, 15) == VITS_REFUSED);
		require(vits_msi(f.v, 2, 15) == VITS_REFUSED);
		vits_run(f.v);
	}
	fake_destroy(&f);
}

/* ---- bounds ---- */

/* Everything mapped, and then commands that walk over all of it. */
static void fill_all(const struct vits_limits *limits)
{
	uint32_t d, e;

	start_with(limits);
	run_command(cmd_mapc(0, 0, true));
	for (d = 0; d < 2; d++) {
		run_command(cmd_mapd(d, 8, AT_ITT, true));
		for (e = 0; e < 256; e++) {
			struct command c = cmd_mapti(d, e, LPI(256 * d + e), 0);

			queue_run(&f, &c);
		}
	}
	run_command(cmd_event(CMD_INT_EVENT, 0, 5));
}

/* Run a command; no call may do more host calls than it may take units. */
static void measure_command(struct command c, const struct vits_limits *limits, uint32_t *worst,
			    uint32_t *calls)
{
	uint64_t writer = (reg_read(f.v, GITS_CWRITER) + 32) % 4096;
	bool more;

	queue_put(&f, &c);
	f.calls = 0;
	write_reg(GITS_CWRITER, 8, writer);
	do {
		if (f.calls > *worst)
			*worst = f.calls;
		if (f.v->spent > *worst)
			*worst = f.v->spent;
		require(f.calls <= vits_worst_units(limits));
		require(f.v->spent <= vits_worst_units(limits));
		++*calls;
		f.calls = 0;
		more = vits_run(f.v) == VITS_AGAIN;
	} while (more);
	check_invariant(f.v, true);
}

static void test_budget(void)
{
	static const uint32_t budgets[] = { 1, 7, 64, 1000 };
	struct vits_limits limits = fake_limits;
	uint32_t i, d, worst, calls;

	for (i = 0; i < 4; i++) {
		limits.budget = budgets[i];
		worst = 0;
		calls = 0;
		fill_all(&limits);
		measure_command(cmd_mapc(0, 1, true), &limits, &worst, &calls);
		measure_command(cmd_invall(0), &limits, &worst, &calls);
		measure_command(cmd_movall(1, 2), &limits, &worst, &calls);
		for (d = 0; d < 2; d++)
			measure_command(cmd_mapd(d, 8, AT_ITT, false), &limits, &worst, &calls);
		measure_command(cmd_mapd(0, 1, AT_ITT, true), &limits, &worst, &calls);
		require(f.most_locked <= 3);
		printf("# budget %u: at most %u units in one of %u calls, %u allowed\n",
		       budgets[i], worst, calls, vits_worst_units(&limits));
		fake_destroy(&f);
	}
}

/* Whatever the host cannot do just now is done later, and nothing is done twice. */
static void test_host_says_again(void)
{
	start_mapped(8);
	f.again_every = 2;
	f.pieces = 3;
	run_command(cmd_event(CMD_INT_EVENT, 1, 0));
	run_command(cmd_movi(1, 0, 1));
	run_command(cmd_mapc(0, 2, true));
	run_command(cmd_mapti(1, 8, LPI(0), 0));
	run_command(cmd_mapd(2, 3, AT_ITT, true));
	run_command(cmd_mapti(2, 0, LPI(3), 1));
	run_command(cmd_mapti(2, 0, LPI(4), 1));
	require(find_lpi(4)->device == 2 && find_lpi(4)->cpu == 1 && !fake_find(&f, LPI(3)));
	run_command(cmd_mapd(1, 2, AT_ITT, true));
	require(f.state.slots == 2 && fake_find(&f, LPI(4)) && !fake_find(&f, LPI(1)));
	run_command(cmd_mapd(1, 2, 0, false));
	require(f.state.slots == 1);
	fake_destroy(&f);
}

/* ---- save and restore ---- */

static void finish_save(struct vits_image *image)
{
	vits_save(f.v);
	fake_settle(&f);
	vits_image(f.v, image);
}

/* A second vITS takes up what the first one left in memory. */
static void restore_again(const struct vits_image *image)
{
	uint8_t *ram = f.ram;
	struct vits *old = f.v;
	struct vits_limits limits = old->limits;

	fake_create(&f, &limits);
	free(f.ram);
	f.ram = ram;
	free(old);
	vits_lpis_on(f.v, 0, PROPBASER, AT_PENDING | VITS_PENDBASER_PTZ);
	vits_lpis_on(f.v, 1, PROPBASER, (AT_PENDING + 0x10000) | VITS_PENDBASER_PTZ);
	require(vits_restore(f.v, image) == VITS_DONE);
	fake_settle(&f);
	check_invariant(f.v, true);
}

static void test_save_restore(void)
{
	struct vits_image image, second;
	struct fake_lpi before[3];
	uint32_t e;

	start_plain();
	write_reg(GITS_CTLR, 4, 0);
	write_reg(GITS_BASER, 8, BASER_FLAT_4K | AT_LEVEL2);
	fake_settle(&f);
	write_reg(GITS_CTLR, 4, 1);
	/* stale entries, which a save has to overwrite */
	fake_put64(&f, AT_LEVEL2 + 7 * 8, ~0ull);
	fake_put64(&f, AT_COLLECTIONS + 3 * 8, ~0ull);
	fake_put64(&f, AT_ITT + 5 * 8, ~0ull);
	run_command(cmd_mapd(2, 4, AT_ITT, true));
	run_command(cmd_mapc(0, 0, true));
	run_command(cmd_mapc(2, 1, true));
	for (e = 0; e < 3; e++)
		run_command(cmd_mapti(2, e, LPI(e), e));	/* collection 1 is not mapped */
	run_command(cmd_event(CMD_INT_EVENT, 2, 0));
	run_command(cmd_event(CMD_INT_EVENT, 2, 2));
	for (e = 0; e < 3; e++)
		before[e] = *find_lpi(e);
	finish_save(&image);
	restore_again(&image);
	for (e = 0; e < 3; e++) {
		require(find_lpi(e)->cpu == before[e].cpu && find_lpi(e)->pending == before[e].pending);
		require(find_lpi(e)->config == before[e].config && find_lpi(e)->event == e);
	}
	require(f.state.slots == 1 && !fake_find(&f, LPI(5)));
	require(!count_refused(VITS_E_TABLE));
	vits_image(f.v, &second);
	require(!memcmp(&image, &second, sizeof(image)));
	run_command(cmd_event(CMD_DISCARD_EVENT, 2, 0));
	fake_destroy(&f);
}

static void test_save_indirect(void)
{
	struct vits_image image;

	start_plain();
	write_reg(GITS_CTLR, 4, 0);
	write_reg(GITS_BASER, 8, BASER_FLAT_4K | BASER_INDIRECT | AT_DEVICES);
	fake_settle(&f);
	write_reg(GITS_CTLR, 4, 1);
	fake_put64(&f, AT_DEVICES + 8, BASER_VALID | AT_LEVEL2);
	run_command(cmd_mapd(512 + 9, 2, AT_ITT, true));
	run_command(cmd_mapc(0, 0, true));
	run_command(cmd_mapti(512 + 9, 3, LPI(7), 0));
	finish_save(&image);
	require(fake_get64(&f, AT_LEVEL2 + 9 * 8) == (BASER_VALID | AT_ITT | 1));
	require(fake_get64(&f, AT_ITT + 3 * 8) == (BASER_VALID | (uint64_t)LPI(7) << 16));
	restore_again(&image);
	require(find_lpi(7)->device == 512 + 9);
	fake_destroy(&f);
}

/* While the tables are written, no command is begun; then the queue goes on. */
static void test_save_holds_queue(void)
{
	struct command c = cmd_mapc(1, 1, true);
	struct vits_image image;
	uint64_t reader;

	start_mapped(2);
	finish_save(&image);
	reader = reg_read(f.v, GITS_CREADR);
	queue_put(&f, &c);
	write_reg(GITS_CWRITER, 8, reader + 32);
	fake_settle(&f);
	require(reg_read(f.v, GITS_CREADR) == reader);
	f.state.again = false;
	vits_resume(f.v);
	require(f.state.again);
	fake_settle(&f);
	require(reg_read(f.v, GITS_CREADR) == reader + 32);
	fake_destroy(&f);
}

static void test_bad_images(void)
{
	struct vits_image good, bad;

	start_mapped(1);
	finish_save(&good);
	bad = good; bad.layout++; require(vits_restore(f.v, &bad) == VITS_REFUSED);
	bad = good; bad.ctlr = 2; require(vits_restore(f.v, &bad) == VITS_REFUSED);
	bad = good; bad.cwriter = 4096; require(vits_restore(f.v, &bad) == VITS_REFUSED);
	bad = good; bad.creadr = 4096; require(vits_restore(f.v, &bad) == VITS_REFUSED);
	bad = good; bad.creadr |= 2; require(vits_restore(f.v, &bad) == VITS_REFUSED);
	bad = good; bad.cwriter |= 1; require(vits_restore(f.v, &bad) == VITS_REFUSED);
	bad = good; bad.cbaser &= ~BASER_VALID; require(vits_restore(f.v, &bad) == VITS_REFUSED);
	bad = good; bad.cbaser |= 3 << 10; require(vits_restore(f.v, &bad) == VITS_REFUSED);
	bad = good; bad.baser[0] |= 3 << 8; require(vits_restore(f.v, &bad) == VITS_REFUSED);
	bad = good; bad.baser[1] |= BASER_INDIRECT;
	require(vits_restore(f.v, &bad) == VITS_REFUSED);
	require(vits_restore(f.v, &good) == VITS_DONE);
	fake_settle(&f);
	require(find_lpi(0)->cpu == 0);
	fake_destroy(&f);
}

/* Tables full of what a guest may write there; each seed another mix. */
static void test_hostile_restore(void)
{
	struct vits_image image;
	uint32_t seed, i, random;

	for (seed = 1; seed < 200; seed++) {
		start_mapped(4);
		finish_save(&image);
		random = seed;
		for (i = 0; i < 512; i++) {
			uint64_t entry;

			random = random * 1103515245 + 12345;
			entry = (uint64_t)(random & 0xfffffff) << 36 ^ random;
			if (random & 0x100)
				entry = BASER_VALID | (AT_ITT + (random >> 12 & 0xff00)) |
					(random >> 24 & 0x1f);
			fake_put64(&f, AT_DEVICES + i * 8, entry);
			fake_put64(&f, AT_COLLECTIONS + i * 8,
				   random & 0x200 ? BASER_VALID | (random >> 16 & 7) : entry);
			fake_put64(&f, AT_ITT + i * 8, BASER_VALID |
				   (uint64_t)(VITS_LPI_FIRST + (random >> 20)) << 16 |
				   (random >> 12 & 15));
		}
		restore_again(&image);
		require(count_refused(VITS_E_TABLE) > 10);
		fake_destroy(&f);
	}
}

static void test_reset(void)
{
	start_mapped(4);
	vits_reset(f.v);
	fake_settle(&f);
	check_invariant(f.v, true);
	require(f.state.slots == 0 && reg_read(f.v, GITS_CTLR) == CTLR_QUIESCENT);
	require(reg_read(f.v, GITS_BASER) == (1ull << 56 | 7ull << 48));
	fake_destroy(&f);
	/* in the middle of a command, which is not one of the next queue */
	start_mapped(4);
	f.again_every = 1;
	f.asked = 0;
	struct command c = cmd_event(CMD_DISCARD_EVENT, 1, 0);
	queue_put(&f, &c);
	write_reg(GITS_CWRITER, 8, reg_read(f.v, GITS_CWRITER) + 32);
	require(f.v->work == WORK_COMMAND);
	vits_reset(f.v);
	f.again_every = 0;
	fake_settle(&f);
	require(reg_read(f.v, GITS_CREADR) == 0 && f.state.slots == 0);
	fake_destroy(&f);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "widths", test_widths },
	{ "fixed-registers", test_fixed_registers },
	{ "attributes", test_attributes },
	{ "enable-wants-tables", test_enable_wants_tables },
	{ "no-change-while-enabled", test_no_change_while_enabled },
	{ "queue-before-enable", test_queue_before_enable },
	{ "queue-wraps", test_queue_wraps },
	{ "stall-and-retry", test_stall_and_retry },
	{ "cursor-is-visible", test_cursor_is_visible },
	{ "second-cpu", test_second_cpu },
	{ "errors", test_errors },
	{ "low-intids", test_low_intids },
	{ "log-is-limited", test_log_is_limited },
	{ "interrupt", test_interrupt },
	{ "configuration", test_configuration },
	{ "mapti-before-lpis-on", test_mapti_before_lpis_on },
	{ "intid-bits", test_intid_bits },
	{ "pending-moves", test_pending_moves },
	{ "software-msi", test_software_msi },
	{ "pending-table", test_pending_table },
	{ "indirect", test_indirect },
	{ "limits", test_limits },
	{ "bad-limits", test_bad_limits },
	{ "blocks", test_blocks },
	{ "guest-edits", test_guest_edits },
	{ "intid-taken-over", test_intid_taken_over },
	{ "collection-comes-and-goes", test_collection_comes_and_goes },
	{ "second-kernel", test_second_kernel },
	{ "no-msi-of-old-tables", test_no_msi_of_old_tables },
	{ "budget", test_budget },
	{ "host-says-again", test_host_says_again },
	{ "save-restore", test_save_restore },
	{ "save-indirect", test_save_indirect },
	{ "save-holds-queue", test_save_holds_queue },
	{ "bad-images", test_bad_images },
	{ "hostile-restore", test_hostile_restore },
	{ "reset", test_reset },
};

int main(int argc, char **argv)
{
	unsigned int i, passed = 0;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (argc > 1 && strcmp(argv[1], tests[i].name))
			continue;
		/* what fails is named before it ends the program */
		printf("# %s\n", tests[i].name);
		fflush(stdout);
		tests[i].run();
		printf("ok %s\n", tests[i].name);
		passed++;
	}
	printf("%u passed, 0 failed, 0 skipped\n", passed);
	return !passed;
}
