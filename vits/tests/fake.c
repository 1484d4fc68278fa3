// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "fake.h"

const struct vits_limits fake_limits = {
	.devices = 16, .events = 512, .collections = 8, .lpis = 1024, .cpus = 4, .budget = 64,
	.device_bits = 14, .event_bits = 8, .product = 0x76,
};

uint8_t *fake_ram(struct fake *f, uint64_t gpa, uint32_t bytes)
{
	if (gpa < RAM_BASE || gpa - RAM_BASE > RAM_BYTES - bytes)
		return NULL;
	return f->ram + (gpa - RAM_BASE);
}

void fake_put64(struct fake *f, uint64_t gpa, uint64_t value)
{
	uint8_t *to = fake_ram(f, gpa, 8);

	require(to);
	memcpy(to, &value, 8);
}

uint64_t fake_get64(struct fake *f, uint64_t gpa)
{
	uint8_t *from = fake_ram(f, gpa, 8);
	uint64_t value;

	require(from);
	memcpy(&value, from, 8);
	return value;
}

static void take_lock(void *host)
{
	struct fake *f = host;

	require(!f->locked);
	f->locked = true;
	f->locked_calls = 0;
}

static void release_lock(void *host)
{
	struct fake *f = host;

	require(f->locked);
	f->locked = false;
	if (f->locked_calls > f->most_locked)
		f->most_locked = f->locked_calls;
}

static uint8_t *access_ram(struct fake *f, uint64_t gpa, uint32_t bytes, uint32_t most)
{
	require(!f->locked);
	require(bytes && bytes <= most);
	require(gpa / 32 == (gpa + bytes - 1) / 32);
	f->calls++;
	if (f->on_access)
		f->on_access(f);
	return fake_ram(f, gpa, bytes);
}

static int read_ram(void *host, uint64_t gpa, void *to, uint32_t bytes)
{
	uint8_t *from = access_ram(host, gpa, bytes, 32);

	if (from)
		memcpy(to, from, bytes);
	return from ? 0 : -1;
}

static int write_ram(void *host, uint64_t gpa, const void *from, uint32_t bytes)
{
	uint8_t *to = access_ram(host, gpa, bytes, 8);

	if (to)
		memcpy(to, from, bytes);
	return to ? 0 : -1;
}

/* Is it time to answer VITS_AGAIN? */
static bool not_now(struct fake *f)
{
	return f->again_every && ++f->asked % f->again_every == 0;
}

static enum vits_result get_slot(void *host, uint32_t device, uint32_t events, void **slot)
{
	struct fake *f = host;

	require(!f->locked && events && !(events & (events - 1)));
	require(!f->state.slot_device || f->state.slot_device == device + 1);
	f->calls++;
	if (f->refuse_slots)
		return VITS_REFUSED;
	if (f->state.slot_pieces < f->pieces) {
		f->state.slot_device = device + 1;
		f->state.slot_pieces++;
		return VITS_AGAIN;
	}
	f->state.slot_device = 0;
	f->state.slot_pieces = 0;
	f->state.slots++;
	*slot = (void *)(uintptr_t)(device + 1);
	return VITS_DONE;
}

static enum vits_result put_slot(void *host, uint32_t device, void *slot)
{
	struct fake *f = host;

	require(!f->locked && slot == (void *)(uintptr_t)(device + 1));
	f->calls++;
	if (not_now(f))
		return VITS_AGAIN;
	require(f->state.slots);
	f->state.slots--;
	return VITS_DONE;
}

/* The state of an LPI that the core speaks of, which has to be as @mapped says. */
static struct fake_lpi *named_lpi(struct fake *f, const struct vits_lpi *lpi, bool mapped)
{
	struct fake_lpi *l = &f->state.lpis[lpi->index];

	require(f->locked);
	f->calls++;
	f->locked_calls++;
	require(lpi->index < f->events);
	require(lpi->slot == (void *)(uintptr_t)(lpi->device + 1));
	require(lpi->intid >= VITS_LPI_FIRST);
	require(mapped ? l->intid == lpi->intid && l->device == lpi->device &&
			 l->event == lpi->event : l->intid == 0);
	return l;
}

static enum vits_result map_lpi(void *host, const struct vits_lpi *lpi, uint16_t cpu,
				uint8_t config)
{
	struct fake *f = host;
	struct fake_lpi *l = named_lpi(f, lpi, false);

	require(cpu < f->cpus || cpu == VITS_NO_CPU);
	require(!fake_find(f, lpi->intid));
	if (f->refuse_lpis)
		return VITS_REFUSED;
	*l = (struct fake_lpi){ .intid = lpi->intid, .device = lpi->device, .event = lpi->event,
				.cpu = cpu, .config = config };
	return VITS_DONE;
}

static enum vits_result unmap_lpi(void *host, const struct vits_lpi *lpi)
{
	struct fake *f = host;
	struct fake_lpi *l = named_lpi(f, lpi, true);

	if (not_now(f))
		return VITS_AGAIN;
	*l = (struct fake_lpi){ 0 };
	return VITS_DONE;
}

static void raise_lpi(void *host, const struct vits_lpi *lpi)
{
	struct fake *f = host;
	struct fake_lpi *l = named_lpi(f, lpi, true);

	require(l->cpu < f->cpus);
	l->pending = true;
}

static enum vits_result clear_lpi(void *host, const struct vits_lpi *lpi)
{
	struct fake_lpi *l = named_lpi(host, lpi, true);

	if (l->pending && not_now(host))
		return VITS_AGAIN;
	l->pending = false;
	return VITS_DONE;
}

static enum vits_result move_lpi(void *host, const struct vits_lpi *lpi, uint16_t cpu)
{
	struct fake *f = host;
	struct fake_lpi *l = named_lpi(f, lpi, true);

	require(cpu < f->cpus && cpu != l->cpu);
	if (l->pending && not_now(f))
		return VITS_AGAIN;
	l->cpu = cpu;
	return VITS_DONE;
}

static void config_lpi(void *host, const struct vits_lpi *lpi, uint8_t config)
{
	named_lpi(host, lpi, true)->config = config;
}

static bool pending_lpi(void *host, const struct vits_lpi *lpi)
{
	return named_lpi(host, lpi, true)->pending;
}

static bool has_cpu(void *host, uint16_t cpu)
{
	struct fake *f = host;

	return cpu < f->cpus;
}

static void ask_again(void *host)
{
	struct fake *f = host;

	require(!f->locked);
	f->state.again = true;
}

static void count_log(void *host, enum vits_level level, const char *what, uint64_t a, uint64_t b)
{
	struct fake *f = host;

	require(!f->locked && what);
	f->logged++;
	if (getenv("VITS_LOG"))
		printf("# %s %s %#llx %#llx\n", level == VITS_LOG_DEBUG ? "debug" : "warning",
		       what, (unsigned long long)a, (unsigned long long)b);
}

const struct vits_ops fake_ops = {
	.lock = take_lock, .unlock = release_lock,
	.guest_read = read_ram, .guest_write = write_ram,
	.slot_get = get_slot, .slot_put = put_slot,
	.lpi_map = map_lpi, .lpi_unmap = unmap_lpi, .lpi_raise = raise_lpi,
	.lpi_clear = clear_lpi, .lpi_move = move_lpi, .lpi_config = config_lpi,
	.lpi_pending = pending_lpi, .cpu_present = has_cpu,
	.call_again = ask_again, .log = count_log,
};

void fake_create(struct fake *f, const struct vits_limits *limits)
{
	size_t bytes = vits_bytes(limits);

	require(bytes && limits->events <= FAKE_EVENTS);
	memset(f, 0, sizeof(*f));
	f->ram = calloc(1, RAM_BYTES);
	f->events = limits->events;
	f->cpus = limits->cpus < FAKE_CPUS ? limits->cpus : FAKE_CPUS;
	f->v = malloc(bytes);
	require(f->ram && f->v);
	require(vits_create(f->v, limits, &fake_ops, f) == f->v);
}

void fake_destroy(struct fake *f)
{
	free(f->v);
	free(f->ram);
}

struct fake_lpi *fake_find(struct fake *f, uint32_t intid)
{
	uint32_t i;

	for (i = 0; i < f->events; i++)
		if (f->state.lpis[i].intid == intid)
			return &f->state.lpis[i];
	return NULL;
}

/* The CPU takes its pending, enabled LPI of the lowest number. Return: it, or 0. */
uint32_t fake_take(struct fake *f, uint16_t cpu)
{
	struct fake_lpi *l, *best = NULL;

	for (l = f->state.lpis; l < f->state.lpis + f->events; l++)
		if (l->intid && l->cpu == cpu && l->pending && (l->config & 1) &&
		    (!best || l->intid < best->intid))
			best = l;
	if (best)
		best->pending = false;
	return best ? best->intid : 0;
}

/* Call again until nothing is left to do. */
void fake_settle(struct fake *f)
{
	unsigned int rounds = 0;

	f->state.again = false;
	while (vits_run(f->v) != VITS_DONE)
		require(++rounds < 10000000);
}
