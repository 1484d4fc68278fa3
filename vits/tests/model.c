// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The executable model of an ITS; see model.h.
 */
#include <string.h>

#include "model.h"

enum kind {
	OK, DEVICE_RANGE = 1, SIZE_OR_CPU = 2, COLLECTION_RANGE = 3, DEVICE_UNMAPPED = 4,
	EVENT_RANGE = 5, INTID_RANGE = 6, EVENT_UNMAPPED = 7, COLLECTION_UNMAPPED = 9,
	NO_COMMAND = 10, NO_ROOM = 11, NO_MEMORY = 13, BAD_ACCESS = 14,
};

static uint64_t bits_of(uint64_t value, unsigned int high, unsigned int low)
{
	return value >> low & ((2ull << (high - low)) - 1);
}

/* ---- tables ---- */

static uint64_t page_of(uint64_t baser)
{
	static const uint64_t page[4] = { 0x1000, 0x4000, 0x10000, 0x10000 };

	return page[bits_of(baser, 9, 8)];
}

static uint64_t base_of(uint64_t baser)
{
	if (page_of(baser) == 0x10000)
		return bits_of(baser, 47, 16) << 16 | bits_of(baser, 15, 12) << 48;
	return bits_of(baser, 47, 12) << 12;
}

static uint64_t entries_of(uint64_t baser)
{
	uint64_t entries = (bits_of(baser, 7, 0) + 1) * page_of(baser) / 8;

	return bits_of(baser, 62, 62) ? entries * (page_of(baser) / 8) : entries;
}

/* A device that the table has room for, and for an indirect one a page as well. */
static bool device_fits(struct model *m, uint64_t id, bool with_page)
{
	uint64_t b = m->baser[0], entry = 0;

	if (!bits_of(b, 63, 63) || id >= entries_of(b) || id >> m->device_bits)
		return false;
	if (!with_page || !bits_of(b, 62, 62))
		return true;
	return m->memory(m->where, base_of(b) + id / (page_of(b) / 8) * 8, &entry, 8) &&
	       bits_of(entry, 63, 63);
}

static bool collection_fits(struct model *m, uint64_t id)
{
	return bits_of(m->baser[1], 63, 63) && id < entries_of(m->baser[1]) &&
	       id < m->collections;
}

/* ---- LPIs, as the redistributors see them ---- */

bool model_lpi_mapped(const struct model *m, uint32_t lpi)
{
	for (uint32_t d = 0; d < m->devices; d++)
		for (uint32_t e = 0; e < m->events; e++)
			if (m->entry[d][e].mapped && m->entry[d][e].lpi == lpi)
				return true;
	return false;
}

static void load_config(struct model *m, uint32_t lpi)
{
	uint8_t byte;

	if (!m->config_known || (uint64_t)lpi + 8192 >= 2ull << bits_of(m->propbaser, 4, 0))
		return;
	if (m->memory(m->where, (bits_of(m->propbaser, 51, 12) << 12) + lpi, &byte, 1))
		m->lpi[lpi].config = byte;
	else
		m->refused[NO_MEMORY]++;
}

/* choice: an LPI that is unmapped is not pending either */
static void unmap_entry(struct model *m, struct model_entry *entry)
{
	memset(&m->lpi[entry->lpi], 0, sizeof(m->lpi[0]));
	memset(entry, 0, sizeof(*entry));
}

/* choice: what is pending comes along */
static void place_lpi(struct model *m, uint32_t lpi, uint32_t cpu)
{
	m->lpi[lpi].placed = true;
	m->lpi[lpi].cpu = cpu;
}

/*
 * choice: one LPI is pending in one place. After MOVALL that may be another CPU
 * than its collection's, until it is taken or raised again.
 */
static void set_pending(struct model *m, const struct model_entry *entry)
{
	place_lpi(m, entry->lpi, m->collection[entry->collection].cpu);
	m->lpi[entry->lpi].pending = true;
}

static void forget_device(struct model *m, uint64_t id)
{
	for (uint32_t e = 0; e < m->events; e++)
		if (m->entry[id][e].mapped)
			unmap_entry(m, &m->entry[id][e]);
	memset(&m->device[id], 0, sizeof(m->device[0]));
}

/* ---- commands ---- */

struct operands {
	uint64_t device, event, intid, collection, cpu, cpu2, size;
	bool valid;
};

static enum kind find_entry(struct model *m, const struct operands *o, struct model_entry **entry)
{
	if (!device_fits(m, o->device, false))
		return DEVICE_RANGE;
	if (!m->device[o->device].mapped)
		return DEVICE_UNMAPPED;
	if (o->event >= m->device[o->device].events)
		return EVENT_RANGE;
	*entry = &m->entry[o->device][o->event];
	if (!(*entry)->mapped)
		return EVENT_UNMAPPED;
	/* choice, as QEMU and KVM do: DISCARD and CLEAR as well need a mapped collection */
	if (!m->collection[(*entry)->collection].mapped)
		return COLLECTION_UNMAPPED;
	return OK;
}

/* choice: the host's events are shared out in aligned powers of two, so room is counted */
static bool has_room(const struct model *m, uint32_t events)
{
	uint32_t used = 0, devices = 0;

	for (uint32_t d = 0; d < m->devices; d++) {
		used += m->device[d].mapped ? m->device[d].events : 0;
		devices += m->device[d].mapped;
	}
	return used + events <= m->capacity && devices < m->capacity_devices;
}

static enum kind model_mapd(struct model *m, const struct operands *o)
{
	if (!o->valid) {
		if (!device_fits(m, o->device, false))
			return DEVICE_RANGE;
		forget_device(m, o->device);
		return OK;
	}
	if (!device_fits(m, o->device, true))
		return DEVICE_RANGE;
	if (o->size + 1 > m->event_bits)
		return SIZE_OR_CPU;
	/* choice: a new ITT is an empty one, software has to zero it */
	forget_device(m, o->device);
	if (!has_room(m, 2u << o->size))
		return NO_ROOM;
	m->device[o->device].mapped = true;
	m->device[o->device].events = 2u << o->size;
	return OK;
}

static enum kind model_mapc(struct model *m, const struct operands *o)
{
	struct model_collection *c;

	if (!collection_fits(m, o->collection))
		return COLLECTION_RANGE;
	c = &m->collection[o->collection];
	if (!o->valid) {
		c->mapped = false;
		return OK;
	}
	if (o->cpu >= m->cpus)
		return SIZE_OR_CPU;
	if (c->mapped && c->cpu == o->cpu)
		return OK;
	c->mapped = true;
	c->cpu = (uint32_t)o->cpu;
	for (uint32_t d = 0; d < m->devices; d++) {
		for (uint32_t e = 0; e < m->events; e++) {
			if (!m->entry[d][e].mapped || m->entry[d][e].collection != o->collection)
				continue;
			place_lpi(m, m->entry[d][e].lpi, c->cpu);
			load_config(m, m->entry[d][e].lpi);
		}
	}
	return OK;
}

static enum kind model_mapti(struct model *m, const struct operands *o)
{
	struct model_entry *entry;

	if (!device_fits(m, o->device, false))
		return DEVICE_RANGE;
	if (!collection_fits(m, o->collection))
		return COLLECTION_RANGE;
	if (!m->device[o->device].mapped)
		return DEVICE_UNMAPPED;
	if (o->event >= m->device[o->device].events)
		return EVENT_RANGE;
	if (o->intid < 8192 || o->intid - 8192 >= m->lpis)
		return INTID_RANGE;
	entry = &m->entry[o->device][o->event];
	/* choice: the event mapped to an INTID last is the only one that has it */
	for (uint32_t d = 0; d < m->devices; d++)
		for (uint32_t e = 0; e < m->events; e++)
			if (m->entry[d][e].mapped && m->entry[d][e].lpi == o->intid - 8192 &&
			    &m->entry[d][e] != entry)
				unmap_entry(m, &m->entry[d][e]);
	if (entry->mapped && entry->lpi != o->intid - 8192)
		unmap_entry(m, entry);
	/* choice: mapped to the INTID that it has, it is moved */
	if (!entry->mapped || m->collection[o->collection].mapped)
		load_config(m, (uint32_t)(o->intid - 8192));
	entry->mapped = true;
	entry->lpi = (uint32_t)(o->intid - 8192);
	entry->collection = (uint32_t)o->collection;
	if (m->collection[o->collection].mapped)
		place_lpi(m, entry->lpi, m->collection[o->collection].cpu);
	return OK;
}

static enum kind model_movi(struct model *m, const struct operands *o)
{
	struct model_entry *entry;
	enum kind kind = find_entry(m, o, &entry);

	if (kind)
		return kind;
	if (!collection_fits(m, o->collection))
		return COLLECTION_RANGE;
	if (!m->collection[o->collection].mapped)
		return COLLECTION_UNMAPPED;
	entry->collection = (uint32_t)o->collection;
	place_lpi(m, entry->lpi, m->collection[o->collection].cpu);
	return OK;
}

static enum kind model_invall(struct model *m, const struct operands *o)
{
	if (!collection_fits(m, o->collection))
		return COLLECTION_RANGE;
	if (!m->collection[o->collection].mapped)
		return COLLECTION_UNMAPPED;
	/* choice: the LPIs of this collection; the architecture allows for more */
	for (uint32_t d = 0; d < m->devices; d++)
		for (uint32_t e = 0; e < m->events; e++)
			if (m->entry[d][e].mapped && m->entry[d][e].collection == o->collection)
				load_config(m, m->entry[d][e].lpi);
	return OK;
}

static enum kind model_movall(struct model *m, const struct operands *o)
{
	if (o->cpu >= m->cpus || o->cpu2 >= m->cpus)
		return SIZE_OR_CPU;
	for (uint32_t i = 0; i < m->lpis; i++)
		if (m->lpi[i].pending && m->lpi[i].cpu == o->cpu)
			m->lpi[i].cpu = (uint32_t)o->cpu2;
	return OK;
}

static enum kind on_entry(struct model *m, unsigned int command, const struct operands *o)
{
	struct model_entry *entry;
	enum kind kind = find_entry(m, o, &entry);

	if (kind)
		return kind;
	switch (command) {
	case 0x03:	/* INT */
		set_pending(m, entry);
		break;
	case 0x04:	/* CLEAR */
		m->lpi[entry->lpi].pending = false;
		break;
	case 0x0c:	/* INV */
		load_config(m, entry->lpi);
		break;
	default:	/* DISCARD */
		unmap_entry(m, entry);
		break;
	}
	return OK;
}

void model_command(struct model *m, const uint64_t *dw)
{
	struct operands o = {
		.device = bits_of(dw[0], 63, 32), .event = bits_of(dw[1], 31, 0),
		.intid = bits_of(dw[1], 63, 32), .collection = bits_of(dw[2], 15, 0),
		.cpu = bits_of(dw[2], 51, 16), .cpu2 = bits_of(dw[3], 51, 16),
		.size = bits_of(dw[1], 4, 0), .valid = bits_of(dw[2], 63, 63),
	};
	enum kind kind = NO_COMMAND;

	switch (bits_of(dw[0], 7, 0)) {
	case 0x01:
		kind = model_movi(m, &o);
		break;
	case 0x05:
		kind = o.cpu < m->cpus ? OK : SIZE_OR_CPU;
		break;
	case 0x08:
		kind = model_mapd(m, &o);
		break;
	case 0x09:
		kind = model_mapc(m, &o);
		break;
	case 0x0b:
		o.intid = o.event;
		kind = model_mapti(m, &o);
		break;
	case 0x0a:
		kind = model_mapti(m, &o);
		break;
	case 0x0d:
		kind = model_invall(m, &o);
		break;
	case 0x0e:
		kind = model_movall(m, &o);
		break;
	case 0x03: case 0x04: case 0x0c: case 0x0f:
		kind = on_entry(m, (unsigned int)bits_of(dw[0], 7, 0), &o);
		break;
	}
	if (kind)
		m->refused[kind]++;
}

/* ---- registers ---- */

static uint64_t queue_size(const struct model *m)
{
	return (bits_of(m->cbaser, 7, 0) + 1) * 4096;
}

static void run_queue(struct model *m)
{
	uint64_t dw[4];

	while (m->enabled && !m->stalled && m->creadr != m->cwriter) {
		if (!m->memory(m->where, (bits_of(m->cbaser, 51, 12) << 12) + m->creadr, dw, 32)) {
			m->stalled = true;
			m->refused[NO_MEMORY]++;
			return;
		}
		model_command(m, dw);
		m->creadr = (m->creadr + 32) % queue_size(m);
	}
}

/* choice, from the emulators: cacheable, inner shareable or not shareable */
static uint64_t valid_attributes(uint64_t value)
{
	if (bits_of(value, 61, 59) <= 1)
		value |= 7ull << 59;
	if (bits_of(value, 55, 53) >= 2)
		value = (value & ~(7ull << 53)) | 1ull << 53;
	if (bits_of(value, 11, 10) == 3)
		value &= ~(3ull << 10);
	if (bits_of(value, 11, 10) == 2)
		value ^= 3ull << 10;
	return value;
}

static uint64_t tame_baser(unsigned int n, uint64_t value)
{
	value = valid_attributes(value & 0xf8e0ffffffffffffull & ~(n ? 1ull << 62 : 0));
	if (bits_of(value, 9, 8) == 3)
		value &= ~(1ull << 8);
	if (bits_of(value, 9, 8) == 1)
		value &= ~0x3000ull;
	return value;
}

static void register_value(struct model *m, uint32_t offset, uint64_t *value)
{
	uint64_t collection_bits = 0;

	while (m->collections > 2u << collection_bits)
		collection_bits++;
	switch (offset) {
	case 0x00:	/* a model is never in the middle of anything */
		*value = m->enabled ? 1 : 1u << 31;
		break;
	case 0x04:
		*value = (uint64_t)m->product << 24 | 1 << 12 | 0x43b;
		break;
	case 0x08:
		*value = 1 | 7 << 4 | (m->event_bits - 1) << 8 | (m->device_bits - 1) << 13 |
			 collection_bits << 32 | 1ull << 36;
		break;
	case 0x80:
		*value = m->cbaser;
		break;
	case 0x88:
		*value = m->cwriter;
		break;
	case 0x90:
		*value = m->creadr | m->stalled;
		break;
	case 0x100:
		*value = m->baser[0] | 1ull << 56 | 7ull << 48;
		break;
	case 0x108:
		*value = m->baser[1] | 4ull << 56 | 7ull << 48;
		break;
	case 0xffe8:
		*value = 0x30;
		break;
	default:
		*value = 0;
	}
}

/* How wide is the register at @offset? 0: reserved. */
static uint32_t width_at(uint32_t offset)
{
	static const struct { uint32_t first, last, width; } map[] = {
		{ 0x0, 0x7, 4 }, { 0x8, 0xf, 8 }, { 0x80, 0x97, 8 }, { 0x100, 0x13f, 8 },
		{ 0xffd0, 0xffff, 4 },
	};

	for (unsigned int i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (offset >= map[i].first && offset <= map[i].last)
			return map[i].width;
	return 0;
}

/* choice: reserved ranges take any width */
static bool access_fits(uint32_t offset, uint32_t bytes)
{
	uint32_t width = width_at(offset);

	if ((bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8) || offset % bytes ||
	    offset >= 0x20000)
		return false;
	return !width || bytes == width || (width == 8 && bytes == 4);
}

bool model_read(struct model *m, uint32_t offset, uint32_t bytes, uint64_t *value)
{
	uint64_t half = width_at(offset) == 8 && bytes == 4 ? offset % 8 : 0;

	if (!access_fits(offset, bytes)) {
		m->refused[BAD_ACCESS]++;
		return false;
	}
	register_value(m, offset - (uint32_t)half, value);
	*value >>= half * 8;
	if (bytes == 4)
		*value &= 0xffffffff;
	return true;
}

static void write_table(struct model *m, unsigned int n, uint64_t value)
{
	uint64_t before = m->baser[n];

	m->baser[n] = tame_baser(n, value);
	/* choice: only cacheability and shareability may change without a loss */
	if (((before ^ m->baser[n]) & ~(7ull << 59 | 7ull << 53 | 3ull << 10)) == 0)
		return;
	if (n == 0)
		for (uint32_t d = 0; d < m->devices; d++)
			forget_device(m, d);
	else
		memset(m->collection, 0, sizeof(m->collection));
}

/* Return: is the write taken? If not it is counted. */
static bool write_value(struct model *m, uint32_t offset, uint64_t value)
{
	switch (offset) {
	case 0x00:
		/* choice: not without tables and a queue */
		if (bits_of(value, 0, 0) && !(m->cbaser >> 63 && m->baser[0] >> 63 &&
					      m->baser[1] >> 63))
			return false;
		m->enabled = bits_of(value, 0, 0);
		return true;
	case 0x80:
		if (m->enabled)
			return false;
		m->cbaser = valid_attributes(value & 0xb8effffffffffcffull);
		/* choice: the writer goes back, too */
		m->cwriter = m->creadr = 0;
		m->stalled = false;
		return true;
	case 0x88:
		/* choice: an offset past the queue is not taken */
		if ((bits_of(value, 19, 5) << 5) >= queue_size(m))
			return false;
		m->cwriter = bits_of(value, 19, 5) << 5;
		if (bits_of(value, 0, 0))
			m->stalled = false;
		return true;
	case 0x100:
	case 0x108:
		if (m->enabled)
			return false;
		write_table(m, offset == 0x108, value);
		return true;
	default:
		return true;
	}
}

bool model_write(struct model *m, uint32_t offset, uint32_t bytes, uint64_t value)
{
	uint32_t half = width_at(offset) == 8 && bytes == 4 ? offset % 8 : 0;
	uint64_t old, keep = 0xffffffffull << (half ? 0 : 32);

	if (!access_fits(offset, bytes) || !width_at(offset)) {
		m->refused[BAD_ACCESS]++;
		return access_fits(offset, bytes);
	}
	if (width_at(offset) == 8 && bytes == 4) {
		register_value(m, offset - half, &old);
		value = (value & 0xffffffff) << half * 8 | (old & keep);
	}
	if (!write_value(m, offset - half, value))
		m->refused[BAD_ACCESS]++;
	run_queue(m);
	return true;
}

bool model_msi(struct model *m, uint32_t device, uint32_t event)
{
	if (!m->enabled || device >= m->devices || !m->device[device].mapped ||
	    event >= m->device[device].events || !m->entry[device][event].mapped ||
	    !m->collection[m->entry[device][event].collection].mapped)
		return false;
	set_pending(m, &m->entry[device][event]);
	return true;
}

void model_lpis_on(struct model *m, uint32_t cpu, uint64_t propbaser)
{
	m->propbaser = propbaser;
	m->config_known = true;
	for (uint32_t i = 0; i < m->lpis; i++)
		if (model_lpi_mapped(m, i) && m->lpi[i].placed && m->lpi[i].cpu == cpu)
			load_config(m, i);
}
