// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The registers of the control page, every width, and the translation page, of
 * which a CPU sees nothing.
 */
#include "vits_priv.h"

#define BASER_INNER	(7ull << 59)
#define BASER_TYPE(t)	((uint64_t)(t) << 56)
#define BASER_OUTER	(7ull << 53)
#define BASER_ENTRY	((uint64_t)(ENTRY_BYTES - 1) << 48)
#define BASER_ADDRESS	0x0000fffffffff000ull
#define BASER_SHARE	(3ull << 10)
#define BASER_PAGE	(3ull << 8)
#define BASER_SIZE	0xffull
#define PAGE_16K	(1ull << 8)
#define PAGE_64K	(2ull << 8)

#define TYPE_DEVICES	1
#define TYPE_COLLECTIONS 4

#define TYPER_PHYSICAL	(1ull << 0)
#define TYPER_CIL	(1ull << 36)
#define IMPLEMENTER_ARM	0x43bu

/* Inner is cacheable, outer is the same or not; shared inner or not at all. */
static uint64_t sane_attributes(uint64_t value)
{
	uint64_t inner = (value & BASER_INNER) >> 59;
	uint64_t outer = (value & BASER_OUTER) >> 53;
	uint64_t share = (value & BASER_SHARE) >> 10;

	if (inner < 2)
		value |= BASER_INNER;
	if (outer > 1)
		value = (value & ~BASER_OUTER) | 1ull << 53;
	if (share > 1)
		value = (value & ~BASER_SHARE) | (share == 2 ? 1ull << 10 : 0);
	return value;
}

/* What GITS_CBASER reads as after @value was written. */
uint64_t sane_cbaser(uint64_t value)
{
	return sane_attributes(value & (BASER_VALID | BASER_INNER | BASER_OUTER | ADDRESS_52 |
					BASER_SHARE | BASER_SIZE));
}

/* What is kept of @value written to GITS_BASER<n>: all but type and entry size. */
uint64_t sane_baser(unsigned int n, uint64_t value)
{
	uint64_t keep = BASER_VALID | BASER_INNER | BASER_OUTER | BASER_ADDRESS | BASER_SHARE |
			BASER_PAGE | BASER_SIZE;

	if (n == 0)
		keep |= BASER_INDIRECT;
	value = sane_attributes(value & keep);
	if ((value & BASER_PAGE) == BASER_PAGE)		/* reserved: 64K */
		value &= ~PAGE_16K;
	if ((value & BASER_PAGE) == PAGE_16K)
		value &= ~0x3000ull;
	return value;
}

uint32_t queue_bytes(uint64_t cbaser)
{
	return (uint32_t)((cbaser & BASER_SIZE) + 1) * 4096;
}

/* Bytes of a table's page. */
uint64_t table_page(uint64_t baser)
{
	switch (baser & BASER_PAGE) {
	case 0:
		return 4096;
	case PAGE_16K:
		return 16384;
	default:
		return 65536;
	}
}

/* With 64K pages bits 51:48 of the address are in bits 15:12. */
uint64_t table_address(uint64_t baser)
{
	uint64_t address = baser & BASER_ADDRESS;

	if (table_page(baser) == 65536)
		address = (address & ~0xffffull) | (address & 0xf000) << 36;
	return address;
}

uint64_t table_bytes(uint64_t baser)
{
	return ((baser & BASER_SIZE) + 1) * table_page(baser);
}

bool tables_valid(const struct vits *v)
{
	return v->cbaser & v->baser[0] & v->baser[1] & BASER_VALID;
}

/* Are there mappings of tables that the guest has taken away? The lock is held. */
bool mappings_going(const struct vits *v)
{
	return v->forget_devices || v->forget_collections || v->work == WORK_FORGET_DEVICES ||
	       v->work == WORK_FORGET_COLLECTIONS;
}

static uint64_t read_typer(const struct vits *v)
{
	uint32_t cid_bits = 1;

	while (v->limits.collections > 1u << cid_bits)
		cid_bits++;
	return TYPER_PHYSICAL | (uint64_t)(ENTRY_BYTES - 1) << 4 |
	       (uint64_t)(v->limits.event_bits - 1) << 8 |
	       (uint64_t)(v->limits.device_bits - 1) << 13 |
	       (uint64_t)(cid_bits - 1) << 32 | TYPER_CIL;
}

/* The lock is held. A disabled ITS is quiescent when its last command is complete. */
static uint64_t read_ctlr(const struct vits *v)
{
	bool busy = v->enabled || v->work != WORK_NONE || mappings_going(v);

	return (v->enabled ? CTLR_ENABLED : 0) | (busy ? 0 : CTLR_QUIESCENT);
}

/* A register's value. The lock is held; @offset is the register's own. */
static uint64_t read_register(const struct vits *v, uint32_t offset)
{
	switch (offset) {
	case GITS_CTLR:
		return read_ctlr(v);
	case GITS_IIDR:
		return (uint32_t)v->limits.product << 24 | VITS_LAYOUT << 12 | IMPLEMENTER_ARM;
	case GITS_TYPER:
		return read_typer(v);
	case GITS_CBASER:
		return v->cbaser;
	case GITS_CWRITER:
		return v->cwriter;
	case GITS_CREADR:
		return v->creadr | (v->stalled ? CREADR_STALLED : 0);
	case GITS_BASER:
		return v->baser[0] | BASER_TYPE(TYPE_DEVICES) | BASER_ENTRY;
	case GITS_BASER + 8:
		return v->baser[1] | BASER_TYPE(TYPE_COLLECTIONS) | BASER_ENTRY;
	case GITS_PIDR2:
		return 0x30;		/* GICv3 */
	default:
		return 0;
	}
}

/* Bytes of the register at @offset, or 0 if it is reserved. */
static uint32_t register_bytes(uint32_t offset)
{
	if (offset < GITS_TYPER || (offset >= GITS_ID_REGS && offset < GITS_CONTROL_END))
		return 4;
	if ((offset >= GITS_TYPER && offset < GITS_TYPER + 8) ||
	    (offset >= GITS_CBASER && offset < GITS_CREADR + 8) ||
	    (offset >= GITS_BASER && offset < GITS_BASER_END))
		return 8;
	return 0;
}

/* Is this access one that a register, or a reserved range, takes? */
static bool access_allowed(uint32_t offset, uint32_t bytes)
{
	if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8)
		return false;
	if (offset >= VITS_FRAME_SIZE || offset % bytes)
		return false;
	switch (register_bytes(offset)) {
	case 0:
		return true;
	case 4:
		return bytes == 4;
	default:
		return bytes >= 4;
	}
}

enum vits_result vits_mmio_read(struct vits *v, uint32_t offset, uint32_t bytes, uint64_t *value)
{
	uint64_t whole;

	if (!access_allowed(offset, bytes)) {
		count_refusal(v, VITS_E_REGISTER, VITS_LOG_WARNING,
			      "read of a register with a wrong width", offset, bytes);
		return VITS_REFUSED;
	}
	if (!register_bytes(offset)) {
		*value = 0;
		return VITS_DONE;
	}
	lock_vits(v);
	whole = read_register(v, register_bytes(offset) == 8 ? offset & ~7u : offset);
	unlock_vits(v);
	if (register_bytes(offset) == 8 && bytes == 4)
		whole = (uint32_t)(whole >> (offset % 8 * 8));
	*value = whole;
	return VITS_DONE;
}

/* Are the tables and the queue in use? The lock is held. */
static bool tables_in_use(const struct vits *v)
{
	return v->enabled || v->work == WORK_COMMAND;
}

/* A table that is taken away, or another one, holds no mappings. The lock is held. */
static void write_baser(struct vits *v, unsigned int n, uint64_t value)
{
	uint64_t attributes = BASER_INNER | BASER_OUTER | BASER_SHARE;
	uint64_t sane = sane_baser(n, value);

	if ((sane ^ v->baser[n]) & ~attributes) {
		if (n == 0)
			v->forget_devices = true;
		else
			v->forget_collections = true;
	}
	v->baser[n] = sane;
}

static bool write_cwriter(struct vits *v, uint64_t value)
{
	if ((value & QUEUE_OFFSET) >= queue_bytes(v->cbaser))
		return false;
	v->cwriter = value & QUEUE_OFFSET;
	if (value & CWRITER_RETRY)
		v->stalled = false;
	return true;
}

/* The lock is held. Return: was the write taken, or is it one to be ignored silently? */
static bool write_register(struct vits *v, uint32_t offset, uint64_t value)
{
	switch (offset) {
	case GITS_CTLR:
		if ((value & CTLR_ENABLED) && !tables_valid(v))
			return false;
		v->enabled = value & CTLR_ENABLED;
		return true;
	case GITS_CWRITER:
		return write_cwriter(v, value);
	case GITS_CBASER:
		if (tables_in_use(v))
			return false;
		v->cbaser = sane_cbaser(value);
		v->creadr = 0;
		v->cwriter = 0;
		v->stalled = false;
		return true;
	case GITS_BASER:
	case GITS_BASER + 8:
		if (tables_in_use(v))
			return false;
		write_baser(v, (offset - GITS_BASER) / 8, value);
		return true;
	default:
		return true;
	}
}

enum vits_result vits_mmio_write(struct vits *v, uint32_t offset, uint32_t bytes, uint64_t value)
{
	uint32_t width = register_bytes(offset), reg = offset, shift;
	bool taken, work;

	if (!access_allowed(offset, bytes)) {
		count_refusal(v, VITS_E_REGISTER, VITS_LOG_WARNING,
			      "write to a register with a wrong width", offset, bytes);
		return VITS_REFUSED;
	}
	if (!width) {
		count_refusal(v, VITS_E_REGISTER, VITS_LOG_DEBUG,
			      "write to a reserved offset ignored", offset, value);
		return VITS_DONE;
	}
	lock_vits(v);
	if (width == 8 && bytes == 4) {
		reg = offset & ~7u;
		shift = offset % 8 * 8;
		value = (uint64_t)(uint32_t)value << shift |
			(read_register(v, reg) & ~(0xffffffffull << shift));
	}
	taken = write_register(v, reg, value);
	work = next_work(v) != WORK_NONE;
	unlock_vits(v);
	if (!taken)
		count_refusal(v, VITS_E_REGISTER, VITS_LOG_WARNING,
			      "write to a register ignored", offset, value);
	if (work)
		vits_run(v);
	return VITS_DONE;
}

void vits_image(struct vits *v, struct vits_image *image)
{
	lock_vits(v);
	*image = (struct vits_image){
		.layout = VITS_LAYOUT,
		.ctlr = read_ctlr(v) & CTLR_ENABLED,
		.cbaser = v->cbaser,
		.cwriter = v->cwriter,
		.creadr = v->creadr | (v->stalled ? CREADR_STALLED : 0),
		.baser = { v->baser[0], v->baser[1] },
	};
	unlock_vits(v);
}

/* Could a guest have brought the registers to this? */
static bool image_valid(const struct vits_image *image)
{
	uint32_t queue = queue_bytes(image->cbaser);
	uint64_t valid = image->cbaser & image->baser[0] & image->baser[1] & BASER_VALID;

	return image->layout == VITS_LAYOUT && !(image->ctlr & ~CTLR_ENABLED) &&
	       (valid || !image->ctlr) &&
	       image->cbaser == sane_cbaser(image->cbaser) &&
	       image->baser[0] == sane_baser(0, image->baser[0]) &&
	       image->baser[1] == sane_baser(1, image->baser[1]) &&
	       !(image->cwriter & ~QUEUE_OFFSET) && image->cwriter < queue &&
	       !(image->creadr & ~(QUEUE_OFFSET | CREADR_STALLED)) && image->creadr < queue;
}

/* All mappings go, and a command at hand is not one of the new queue. The lock is held. */
static void start_over(struct vits *v)
{
	v->forget_devices = true;
	v->forget_collections = true;
	v->saving = false;
	v->held = false;
	v->outdated = v->work == WORK_COMMAND;
}

enum vits_result vits_restore(struct vits *v, const struct vits_image *image)
{
	if (!image_valid(image))
		return VITS_REFUSED;
	lock_vits(v);
	start_over(v);
	v->cbaser = image->cbaser;
	v->cwriter = image->cwriter;
	v->creadr = image->creadr & QUEUE_OFFSET;
	v->stalled = image->creadr & CREADR_STALLED;
	v->baser[0] = image->baser[0];
	v->baser[1] = image->baser[1];
	v->enabled = image->ctlr & CTLR_ENABLED;
	v->restoring = true;
	unlock_vits(v);
	v->ops->call_again(v->host);
	return VITS_DONE;
}

void vits_reset(struct vits *v)
{
	uint32_t i;

	lock_vits(v);
	start_over(v);
	v->cbaser = 0;
	v->cwriter = 0;
	v->creadr = 0;
	v->stalled = false;
	v->baser[0] = 0;
	v->baser[1] = 0;
	v->propbaser = 0;
	v->prop_known = false;
	v->enabled = false;
	v->restoring = false;
	v->refreshes = 0;
	for (i = 0; i < v->limits.cpus; i++)
		v->cpus[i] = (struct vits_cpu){ 0 };
	unlock_vits(v);
	v->ops->call_again(v->host);
}
