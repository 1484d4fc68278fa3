// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "world.h"

uint64_t reg_read(struct vits *v, uint32_t offset)
{
	bool narrow = offset < 8 || offset >= 0xffd0;
	uint64_t value;

	require(vits_mmio_read(v, offset, narrow ? 4 : 8, &value) == VITS_DONE);
	return value;
}

/* Put a command behind the others; GITS_CWRITER is for the caller to write. */
void queue_put(struct fake *f, const struct command *c)
{
	uint8_t *to = fake_ram(f, (reg_read(f->v, 0x80) & 0xffffffffff000) +
			       reg_read(f->v, 0x88), 32);

	require(to);
	memcpy(to, c->dw, 32);
}

/* GITS_CWRITER for one command more */
static uint64_t next_writer(struct vits *v)
{
	uint64_t size = ((reg_read(v, 0x80) & 0xff) + 1) * 4096;

	return (reg_read(v, 0x88) + 32) % size;
}

/* One command, to its end. */
void queue_run(struct fake *f, const struct command *c)
{
	queue_put(f, c);
	require(vits_mmio_write(f->v, 0x88, 8, next_writer(f->v)) == VITS_DONE);
	fake_settle(f);
}

/* Flat tables of one page and a queue; enabled. */
void queue_start(struct fake *f, uint32_t queue_pages)
{
	require(!vits_mmio_write(f->v, 0x80, 8, BASER_FLAT_4K | AT_QUEUE | (queue_pages - 1)));
	require(!vits_mmio_write(f->v, 0x100, 8, BASER_FLAT_4K | AT_DEVICES));
	require(!vits_mmio_write(f->v, 0x108, 8, BASER_FLAT_4K | AT_COLLECTIONS));
	fake_settle(f);
	require(!vits_mmio_write(f->v, 0, 4, 1));
	fake_settle(f);
}

static bool model_memory(void *where, uint64_t gpa, void *to, uint32_t bytes)
{
	uint8_t *from = fake_ram(where, gpa, bytes);

	if (from)
		memcpy(to, from, bytes);
	return from;
}

void world_create(struct world *w, const struct vits_limits *limits)
{
	memset(w, 0, sizeof(*w));
	fake_create(&w->fake, limits);
	require(limits->lpis <= M_LPIS && 1u << limits->device_bits <= M_DEVICES);
	require(1u << limits->event_bits <= M_EVENTS && limits->collections <= M_COLLECTIONS);
	w->model = (struct model){
		.devices = 1u << limits->device_bits, .events = 1u << limits->event_bits,
		.collections = limits->collections, .lpis = limits->lpis, .cpus = w->fake.cpus,
		.capacity = limits->events, .capacity_devices = limits->devices,
		.device_bits = limits->device_bits, .event_bits = limits->event_bits,
		.product = limits->product, .memory = model_memory, .where = &w->fake,
	};
}

void world_destroy(struct world *w)
{
	fake_destroy(&w->fake);
}

/* Return: do both agree whether the guest gets an abort? */
bool world_write(struct world *w, uint32_t offset, uint32_t bytes, uint64_t value)
{
	bool core = vits_mmio_write(w->fake.v, offset, bytes, value) == VITS_DONE;

	fake_settle(&w->fake);
	return core == model_write(&w->model, offset, bytes, value);
}

void world_start(struct world *w)
{
	require(world_write(w, 0x80, 8, BASER_FLAT_4K | AT_QUEUE));
	require(world_write(w, 0x100, 8, BASER_FLAT_4K | AT_DEVICES));
	require(world_write(w, 0x108, 8, BASER_FLAT_4K | AT_COLLECTIONS));
	require(world_write(w, 0, 4, 1));
}

void world_command(struct world *w, const struct command *c)
{
	queue_put(&w->fake, c);
	require(world_write(w, 0x88, 8, next_writer(w->fake.v)));
}

void world_lpis_on(struct world *w, uint16_t cpu)
{
	vits_lpis_on(w->fake.v, cpu, PROPBASER,
		     (AT_PENDING + 0x10000ull * cpu) | VITS_PENDBASER_PTZ);
	fake_settle(&w->fake);
	model_lpis_on(&w->model, cpu, PROPBASER);
}

/* A CPU takes an interrupt. */
void world_take(struct world *w, uint16_t cpu)
{
	uint32_t intid = fake_take(&w->fake, cpu), i;

	for (i = 0; i < w->model.lpis; i++) {
		struct model_lpi *l = &w->model.lpi[i];

		if (l->pending && (l->config & 1) && l->cpu == cpu) {
			l->pending = false;
			require(intid == i + VITS_LPI_FIRST);
			return;
		}
	}
	require(!intid);
}

static const char *registers_differ(struct world *w)
{
	static const struct { uint32_t offset, bytes; const char *name; } regs[] = {
		{ 0, 4, "CTLR" }, { 0x80, 8, "CBASER" }, { 0x88, 8, "CWRITER" },
		{ 0x90, 8, "CREADR" }, { 0x100, 8, "BASER0" }, { 0x108, 8, "BASER1" },
	};
	uint64_t core, model;
	unsigned int i;

	for (i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
		vits_mmio_read(w->fake.v, regs[i].offset, regs[i].bytes, &core);
		model_read(&w->model, regs[i].offset, regs[i].bytes, &model);
		if (core != model)
			return regs[i].name;
	}
	return NULL;
}

static const char *lpi_differs(struct world *w, const struct fake_lpi *l)
{
	const struct model_entry *entry = &w->model.entry[l->device][l->event];
	const struct model_lpi *m = &w->model.lpi[entry->lpi];

	if (!entry->mapped || entry->lpi + VITS_LPI_FIRST != l->intid)
		return "an event's INTID";
	if (m->placed ? l->cpu != m->cpu : l->cpu != VITS_NO_CPU)
		return "an LPI's CPU";
	if (m->pending != l->pending)
		return "an LPI's pending state";
	return m->config == l->config ? NULL : "an LPI's configuration";
}

/* Compare all that can be seen. Return: what differs, or NULL. */
const char *world_differs(struct world *w)
{
	const char *what = registers_differ(w);
	uint32_t mapped = 0, devices = 0, d, e, i;
	struct vits_stats stats;

	for (i = 0; !what && i < w->fake.events; i++) {
		if (!w->fake.state.lpis[i].intid)
			continue;
		mapped++;
		what = lpi_differs(w, &w->fake.state.lpis[i]);
	}
	if (what)
		return what;
	for (d = 0; d < w->model.devices; d++) {
		devices += w->model.device[d].mapped;
		for (e = 0; e < w->model.events; e++)
			mapped -= w->model.entry[d][e].mapped;
	}
	if (mapped)
		return "the number of mapped events";
	if (devices != w->fake.state.slots)
		return "the number of mapped devices";
	vits_stats(w->fake.v, &stats);
	for (i = 0; i < VITS_ERRORS; i++)
		if (stats.refused[i] != w->model.refused[i])
			return "the refusals of a kind";
	return NULL;
}
