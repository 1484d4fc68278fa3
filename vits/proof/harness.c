// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * For CBMC: any state that satisfies the invariant, any host, any guest memory; then one
 * step of a command or of other work, or one access. The invariant has to hold after
 * it, the cursor has to be one from which the next step can go on, and the step has to
 * stay within VITS_STEP_UNITS; CBMC adds bounds, pointers, shifts and overflows.
 */
#define VITS_ORDERS	3u
#define MOST_EVENTS	4u
#define DEVICES		2u
#define COLLECTIONS	2u
#define LPIS		4u
#define CPUS		2u
#define DEVICE_BITS	1u
#define EVENT_BITS	2u

static _Bool assuming;

#define require(condition) do { \
	if (assuming) \
		__CPROVER_assume(condition); \
	else \
		__CPROVER_assert(condition, "invariant: " #condition); \
	} while (0)

#include "../vits_priv.h"

#include "../collections.c"
#include "../commands.c"
#include "../devices.c"
#include "../lpi.c"
#include "../queue.c"
#include "../regs.c"
#include "../report.c"
#include "../save.c"

uint64_t nondet_u64(void);
uint32_t nondet_u32(void);
uint8_t nondet_u8(void);
_Bool nondet_bool(void);
enum vits_result nondet_result(void);

static struct vits_device devices[DEVICES];
static struct vits_event events[MOST_EVENTS];
static struct vits_collection collections[COLLECTIONS];
static struct vits_cpu cpus[CPUS];
static uint32_t event_of[LPIS];
static uint16_t device_of[1u << DEVICE_BITS];
static struct vits state;
static _Bool locked;
static uint32_t host_calls;

static void take_lock(void *host)
{
	(void)host;
	__CPROVER_assert(!locked, "lock is not taken twice");
	locked = 1;
}

static void release_lock(void *host)
{
	(void)host;
	__CPROVER_assert(locked, "lock was taken");
	locked = 0;
}

static int read_any(void *host, uint64_t gpa, void *to, uint32_t bytes)
{
	(void)host, (void)gpa;
	__CPROVER_assert(!locked, "guest memory is accessed without the lock");
	__CPROVER_assert(bytes == 1 || bytes == 8 || bytes == 32, "access of a known size");
	__CPROVER_havoc_slice(to, bytes);
	host_calls++;
	return nondet_bool();
}

static int write_any(void *host, uint64_t gpa, const void *from, uint32_t bytes)
{
	(void)host, (void)gpa, (void)from, (void)bytes;
	__CPROVER_assert(!locked, "guest memory is accessed without the lock");
	host_calls++;
	return nondet_bool();
}

static enum vits_result some_result(_Bool may_refuse)
{
	enum vits_result result = nondet_result();

	__CPROVER_assume(result == VITS_DONE || result == VITS_AGAIN ||
			 (may_refuse && result == VITS_REFUSED));
	host_calls++;
	return result;
}

static enum vits_result get_slot(void *host, uint32_t device, uint32_t count, void **slot)
{
	(void)host, (void)device, (void)count;
	__CPROVER_assert(!locked, "slots are got without the lock");
	*slot = 0;
	return some_result(1);
}

static enum vits_result put_slot(void *host, uint32_t device, void *slot)
{
	(void)host, (void)device, (void)slot;
	__CPROVER_assert(!locked, "slots are given back without the lock");
	return some_result(0);
}

static void check_lpi(const struct vits_lpi *lpi)
{
	__CPROVER_assert(locked, "LPIs are changed under the lock");
	__CPROVER_assert(lpi->index < MOST_EVENTS, "index of an LPI");
	__CPROVER_assert(lpi->intid >= VITS_LPI_FIRST && lpi->intid < VITS_LPI_FIRST + LPIS,
			 "INTID of an LPI");
}

static enum vits_result map_lpi(void *host, const struct vits_lpi *lpi, uint16_t cpu,
				uint8_t config)
{
	(void)host, (void)config;
	check_lpi(lpi);
	__CPROVER_assert(cpu < CPUS || cpu == VITS_NO_CPU, "CPU of an LPI");
	return some_result(1);
}

static enum vits_result unmap_or_clear(void *host, const struct vits_lpi *lpi)
{
	(void)host;
	check_lpi(lpi);
	return some_result(0);
}

static void raise_lpi(void *host, const struct vits_lpi *lpi)
{
	(void)host;
	check_lpi(lpi);
	host_calls++;
}

static enum vits_result move_lpi(void *host, const struct vits_lpi *lpi, uint16_t cpu)
{
	(void)host;
	check_lpi(lpi);
	__CPROVER_assert(cpu < CPUS, "CPU that an LPI is moved to");
	return some_result(0);
}

static void config_lpi(void *host, const struct vits_lpi *lpi, uint8_t config)
{
	(void)host, (void)config;
	check_lpi(lpi);
	host_calls++;
}

static bool pending_lpi(void *host, const struct vits_lpi *lpi)
{
	(void)host;
	check_lpi(lpi);
	host_calls++;
	return nondet_bool();
}

static bool has_cpu(void *host, uint16_t cpu)
{
	(void)host;
	return cpu < CPUS;
}

static void ask_again(void *host)
{
	(void)host;
	__CPROVER_assert(!locked, "call_again() comes without the lock");
}

static void drop_log(void *host, enum vits_level level, const char *what, uint64_t a, uint64_t b)
{
	(void)host, (void)level, (void)what, (void)a, (void)b;
	__CPROVER_assert(!locked, "log() comes without the lock");
}

static const struct vits_ops ops = {
	.lock = take_lock, .unlock = release_lock, .guest_read = read_any,
	.guest_write = write_any, .slot_get = get_slot, .slot_put = put_slot,
	.lpi_map = map_lpi, .lpi_unmap = unmap_or_clear, .lpi_raise = raise_lpi,
	.lpi_clear = unmap_or_clear, .lpi_move = move_lpi, .lpi_config = config_lpi,
	.lpi_pending = pending_lpi, .cpu_present = has_cpu, .call_again = ask_again,
	.log = drop_log,
};

/*
 * The invariant of vits_priv.h in a form that names no walk: links of neighbours agree, and
 * so a walk from a head sees each event once.
 */
static bool owns_event(uint32_t d, uint32_t i)
{
	return devices[d].bits && i >= devices[d].first &&
	       i - devices[d].first < 1u << devices[d].bits;
}

static void check_event(uint32_t i)
{
	const struct vits_event *e = &events[i];
	uint32_t d;

	if (!e->intid)
		return;
	require(e->intid >= VITS_LPI_FIRST && e->intid - VITS_LPI_FIRST < LPIS);
	require(event_of[e->intid - VITS_LPI_FIRST] == i + 1);
	require(e->cpu < CPUS || e->cpu == VITS_NO_CPU);
	require(e->device < DEVICES && e->icid < COLLECTIONS && !e->free_order);
	for (d = 0; d < DEVICES; d++)
		require((e->device == d) == owns_event(d, i));
	if (e->next != VITS_NONE) {
		require(e->next < MOST_EVENTS);
		require(events[e->next].intid && events[e->next].icid == e->icid);
		require(events[e->next].prev == i);
	}
	if (e->prev != VITS_NONE) {
		require(e->prev < MOST_EVENTS);
		require(events[e->prev].intid && events[e->prev].icid == e->icid);
		require(events[e->prev].next == i);
	} else {
		require(collections[e->icid].head == i);
	}
}

static void check_block(uint32_t i)
{
	const struct vits_event *e = &events[i];
	uint32_t order = e->free_order - 1u;

	if (!e->free_order)
		return;
	require(order < VITS_ORDERS && i % (1u << order) == 0 && i + (1u << order) <= MOST_EVENTS);
	if (e->next != VITS_NONE) {
		require(e->next < MOST_EVENTS);
		require(events[e->next].free_order == e->free_order && events[e->next].prev == i);
	}
	if (e->prev != VITS_NONE) {
		require(e->prev < MOST_EVENTS);
		require(events[e->prev].free_order == e->free_order && events[e->prev].next == i);
	} else {
		require(state.free_blocks[order] == i);
	}
}

/* Each event belongs to one device or one free block. */
static void check_owners(void)
{
	uint32_t i, j, owners;

	for (i = 0; i < MOST_EVENTS; i++) {
		owners = owns_event(0, i) + owns_event(1, i);
		for (j = 0; j <= i; j++)
			if (events[j].free_order && i - j < 1u << (events[j].free_order - 1))
				owners++;
		require(owners == 1);
	}
}

static void check_heads(void)
{
	uint32_t i, head;

	for (i = 0; i < COLLECTIONS; i++) {
		head = collections[i].head;
		require(collections[i].cpu < CPUS || collections[i].cpu == VITS_NO_CPU);
		require(head == VITS_NONE || head < MOST_EVENTS);
		if (head != VITS_NONE)
			require(events[head].intid && events[head].icid == i &&
				events[head].prev == VITS_NONE);
	}
	for (i = 0; i < VITS_ORDERS; i++) {
		head = state.free_blocks[i];
		require(head == VITS_NONE || head < MOST_EVENTS);
		if (head != VITS_NONE)
			require(events[head].free_order == i + 1 && events[head].prev == VITS_NONE);
	}
}

/* Two devices: the free ones are chained in some order. */
static void check_devices(void)
{
	uint32_t d, i, used, free_count = !devices[0].bits + !devices[1].bits;
	uint16_t first = state.free_devices;

	for (d = 0; d < DEVICES; d++) {
		if (!devices[d].bits)
			continue;
		require(devices[d].bits <= EVENT_BITS && devices[d].id < 1u << DEVICE_BITS);
		require(device_of[devices[d].id] == d + 1);
		require(devices[d].first < MOST_EVENTS);
		require(devices[d].first % (1u << devices[d].bits) == 0);
		require(devices[d].first + (1u << devices[d].bits) <= MOST_EVENTS);
		used = 0;
		for (i = 0; i < MOST_EVENTS; i++)
			used += events[i].intid && events[i].device == d;
		require(devices[d].used == used);
	}
	for (i = 0; i < 1u << DEVICE_BITS; i++) {
		require(device_of[i] <= DEVICES);
		if (device_of[i])
			require(devices[device_of[i] - 1].bits && devices[device_of[i] - 1].id == i);
	}
	require(first <= DEVICES && (first == 0) == (free_count == 0));
	if (first) {
		require(!devices[first - 1].bits);
		require(devices[first - 1].next_free == (free_count == 2 ? 3 - first : 0));
		if (free_count == 2)
			require(devices[2 - first].next_free == 0);
	}
	for (i = 0; i < LPIS; i++) {
		require(event_of[i] <= MOST_EVENTS);
		if (event_of[i])
			require(events[event_of[i] - 1].intid == i + VITS_LPI_FIRST);
	}
}

/* A mapped event of this collection, or the end of its list */
static void check_list_cursor(uint32_t event, uint64_t icid)
{
	require(event == VITS_NONE || event < MOST_EVENTS);
	if (event != VITS_NONE)
		require(events[event].intid && events[event].icid == icid);
}

/* Of device_unmap(): what is before the cursor is not mapped any more. */
static void check_unmap_cursor(const struct vits_device *device)
{
	uint32_t i;

	require(state.cursor.event <= 1u << device->bits);
	for (i = 0; i < MOST_EVENTS; i++)
		if (i < state.cursor.event)
			require(!events[device->first + i].intid);
}

static void check_walk_cursor(void)
{
	require(state.cursor.at <= COLLECTIONS && state.cursor.walking <= 1);
	if (state.cursor.walking) {
		require(state.cursor.at < COLLECTIONS);
		check_list_cursor(state.cursor.event, state.cursor.at);
	}
}

static void check_command_cursor(void)
{
	const struct vits_cursor *c = &state.cursor;
	struct vits_device *device = find_device(&state, field_device(c->dw));

	require(c->phase <= 1);
	switch (c->dw[0] & 0xff) {
	case CMD_MAPD:
		if (c->phase == 0)
			require(c->event == 0);
		else if (device)
			check_unmap_cursor(device);
		else
			require(c->event == 0);
		if (c->phase == 1 && field_valid(c->dw))
			require((c->dw[1] & 0x1f) < EVENT_BITS &&
				field_device(c->dw) < 1u << DEVICE_BITS);
		break;
	case CMD_MAPC:
	case CMD_INVALL:
		if (c->phase == 1) {
			require(field_icid(c->dw) < COLLECTIONS);
			check_list_cursor(c->event, field_icid(c->dw));
		}
		if (c->phase == 1 && (c->dw[0] & 0xff) == CMD_MAPC)
			require(field_cpu(&state, c->dw[2]) < CPUS &&
				collections[field_icid(c->dw)].cpu == field_cpu(&state, c->dw[2]));
		break;
	case CMD_MOVALL:
		check_walk_cursor();
		break;
	}
}

static void check_cursor(void)
{
	const struct vits_cursor *c = &state.cursor;
	struct vits_device *device = find_device(&state, (uint32_t)c->at);

	switch (state.work) {
	case WORK_COMMAND:
		check_command_cursor();
		break;
	case WORK_FORGET_DEVICES:
		require(c->at <= DEVICES);
		if (c->at < DEVICES && devices[c->at].bits)
			check_unmap_cursor(&devices[c->at]);
		else
			require(c->event == 0);
		break;
	case WORK_FORGET_COLLECTIONS:
		require(c->at <= COLLECTIONS);
		break;
	case WORK_REFRESH:
		require(c->phase <= 1 && c->dw[0] <= CPUS);
		if (c->phase == 1)
			require(c->dw[0] < CPUS);
		check_walk_cursor();
		break;
	case WORK_SAVE:
	case WORK_RESTORE:
		require(c->phase <= PHASE_EVENTS && c->at <= 1u << 21);
		if (state.work == WORK_SAVE)
			require(c->phase != PHASE_MAP);
		if (c->phase == PHASE_MAP)
			require((c->dw[0] & DEVICE_ENTRY_BITS) < EVENT_BITS &&
				c->at < 1u << DEVICE_BITS && !device);
		if (c->phase == PHASE_EVENTS) {
			require(c->at < 1u << DEVICE_BITS && device);
			if (device)
				require(c->event <= 1u << device->bits);
		}
		break;
	default:
		require(state.work == WORK_NONE);
		break;
	}
}

/* The registers, which only hold what can be written to them */
static void check_registers(void)
{
	require(state.cbaser == sane_cbaser(state.cbaser));
	require(state.baser[0] == sane_baser(0, state.baser[0]));
	require(state.baser[1] == sane_baser(1, state.baser[1]));
	require(!(state.cwriter & ~QUEUE_OFFSET) && state.cwriter < queue_bytes(state.cbaser));
	require(!(state.creadr & ~QUEUE_OFFSET) && state.creadr < queue_bytes(state.cbaser));
	require(!state.enabled || tables_valid(&state));
	require(state.refreshes == (uint32_t)cpus[0].refresh + cpus[1].refresh);
}

static void check_all(void)
{
	uint32_t i;

	check_devices();
	for (i = 0; i < MOST_EVENTS; i++) {
		check_event(i);
		check_block(i);
	}
	check_owners();
	check_heads();
	check_registers();
	check_cursor();
}

static void any_state(void)
{
	uint32_t i;

	__CPROVER_havoc_object(&state);
	__CPROVER_havoc_object(devices);
	__CPROVER_havoc_object(events);
	__CPROVER_havoc_object(collections);
	__CPROVER_havoc_object(cpus);
	__CPROVER_havoc_object(event_of);
	__CPROVER_havoc_object(device_of);
	state.ops = &ops;
	state.host = 0;
	state.limits = (struct vits_limits){
		.devices = DEVICES, .events = MOST_EVENTS, .collections = COLLECTIONS,
		.lpis = LPIS, .cpus = CPUS, .budget = 1, .device_bits = DEVICE_BITS,
		.event_bits = EVENT_BITS, .product = 1,
	};
	state.devices = devices;
	state.events = events;
	state.collections = collections;
	state.cpus = cpus;
	state.event_of = event_of;
	state.device_of = device_of;
	state.running = 0;
	state.spent = 0;
	state.enabled = nondet_bool();
	state.stalled = nondet_bool();
	state.prop_known = nondet_bool();
	state.forget_devices = nondet_bool();
	state.forget_collections = nondet_bool();
	state.saving = nondet_bool();
	state.held = nondet_bool();
	state.restoring = nondet_bool();
	state.outdated = nondet_bool();
	for (i = 0; i < CPUS; i++) {
		cpus[i].lpis_on = nondet_bool();
		cpus[i].refresh = nondet_bool();
	}
#ifdef PROVE_WORK
	state.work = PROVE_WORK;
#endif
#ifdef PROVE_PHASE
	state.cursor.phase = PROVE_PHASE;
#endif
#ifdef PROVE_COMMAND
	__CPROVER_assume((state.cursor.dw[0] & 0xff) == PROVE_COMMAND);
#endif
	assuming = 1;
	check_all();
	assuming = 0;
}

/*
 * One step of what is at hand. It is called here and not by vits_run(), so that CBMC
 * need not look at all the others.
 */
#ifdef PROVE_STEP
void prove_step(void)
{
	enum vits_step step;

	any_state();
	step = PROVE_STEP;
	__CPROVER_assert(!locked, "the lock is free");
	/* run_step() adds one, and one if it has fetched the command */
	__CPROVER_assert(state.spent + 2 <= VITS_STEP_UNITS, "a step's units");
	__CPROVER_assert(host_calls <= state.spent + 2, "calls of the host are charged");
	if (step == STEP_DONE)
		finish_work(&state);
	check_all();
}
#endif

/*
 * This has to fail, or nothing is proved: the states that are assumed have among them one
 * with a command at hand and an event of each device mapped.
 */
void prove_possible(void)
{
	any_state();
	__CPROVER_assert(state.work != WORK_COMMAND || !devices[0].used || !devices[1].used ||
			 !state.enabled, "a state of this kind is possible");
}

/* Registers, with no work at hand and none begun */
void prove_write(void)
{
	uint32_t offset = nondet_u32(), bytes = nondet_u32();

	any_state();
	state.running = 1;		/* by another CPU: this one only writes */
	vits_mmio_write(&state, offset, bytes, nondet_u64());
	__CPROVER_assert(!locked, "the lock is free");
	check_all();
}

void prove_read(void)
{
	uint32_t offset = nondet_u32(), bytes = nondet_u32();
	uint64_t value;

	any_state();
	if (vits_mmio_read(&state, offset, bytes, &value) == VITS_DONE && bytes < 8)
		__CPROVER_assert(value >> 8 * bytes == 0, "no more than was asked for");
	check_all();
}

void prove_msi(void)
{
	any_state();
	vits_msi(&state, nondet_u32(), nondet_u32());
	__CPROVER_assert(!locked && host_calls <= 2, "two calls of the host");
	check_all();
}

void prove_host(void)
{
	struct vits_image image;

	any_state();
	switch (nondet_u8()) {
	case 0:
		vits_lpis_on(&state, (uint16_t)nondet_u32(), nondet_u64(), nondet_u64());
		break;
	case 1:
		vits_save(&state);
		break;
	case 2:
		vits_resume(&state);
		break;
	default:
		__CPROVER_havoc_object(&image);
		vits_restore(&state, &image);
		break;
	}
	check_all();
}
