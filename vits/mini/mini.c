// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * A monitor for EL2 of QEMU's virt machine without an ITS: one guest, as many CPUs as
 * the machine has, and the vITS in place of the ITS. What the guest does with the GIC's
 * distributor and redistributors goes to the real ones, but for the registers of LPIs.
 * The MMU of EL2 is off. No other interrupts are given to the guest than LPIs.
 */
#include "../vits.h"

#define RAM_FIRST	0x44000000ull	/* of the guest; the monitor is below it */
#define RAM_END		0x60000000ull
#define GIC_FIRST	0x08000000ull	/* what traps */
#define GIC_END		0x09000000ull
#define ITS_BASE	0x08080000ull
#define GICD_BASE	0x08000000ull
#define GICR_BASE	0x080a0000ull
#define UART_BASE	0x09000000ull

#define CPUS		4u
#define EVENTS		8192u
#define LIST_REGS	4u
#define NONE		0xffffffffu
#define KICK_SGI	15
#define MAINTENANCE	25

#define PSCI_CPU_ON	0xc4000003u
#define PSCI_OFF	0x84000008u
#define CALL_REPORT	0xc6000001u	/* print and forget the longest trap */
#define CALL_MSI	0xc6000002u	/* an emulated device's MSI: device, event */

#define LR_PENDING	(1ull << 62)
#define LR_ACTIVE	(1ull << 63)
#define LR_GROUP1	(1ull << 60)

#define sys_read(reg) ({ uint64_t v_; __asm__ volatile("mrs %0, " #reg : "=r"(v_)); v_; })
#define sys_write(reg, value) \
	__asm__ volatile("msr " #reg ", %0" : : "r"((uint64_t)(value)))
#define isb() __asm__ volatile("isb" : : : "memory")

/* Registers of the guest at a trap */
struct frame {
	uint64_t x[32];		/* x[31] is zero when stored, and thrown away when loaded */
};

/* An LPI, by the core's index */
struct lpi {
	uint32_t intid;
	uint32_t next, prev;	/* in the CPU's list, if @listed */
	uint16_t cpu;
	uint8_t config;
	bool pending;
	bool listed;
	bool loaded;		/* in a list register of @cpu, whose guest runs */
	bool recalled;		/* not to be loaded before the core is done with it */
	bool raised;		/* while it was loaded on another CPU */
};

struct cpu {
	uint32_t head, tail;	/* LPIs that are pending, enabled and not loaded */
	uint32_t in_lr[LIST_REGS];	/* index, or NONE */
	uint64_t entry, context;	/* where a CPU that is started goes */
	uint64_t propbaser, pendbaser;
	bool lpis_on;
	bool again;		/* the core is to be called */
};

static struct cpu cpus[CPUS];
static struct lpi lpis[EVENTS];
static uint32_t core_lock, lpi_lock;	/* taken in this order */
static struct vits *vits;
static uint32_t cpu_count;
static _Alignas(8) char storage[512 * 1024];
static _Alignas(4096) uint64_t stage2_l1[512], stage2_l2[2][512];
static uint64_t longest_trap, longest_cause, traps, msi_time, msis;
char stacks[CPUS][16384] __attribute__((aligned(16)));

void start_guest(uint64_t entry, uint64_t context) __attribute__((noreturn));
void secondary_entry(void);
void handle_trap(struct frame *f, uint64_t kind);
void start_monitor(uint64_t cpu, uint64_t dtb) __attribute__((noreturn));

/* x0 is the CPU's number for a secondary one, the device tree for the first. */
__asm__(
"	.section .text.start, \"ax\"\n"
"	.global _start, secondary_entry, start_guest\n"
"_start:\n"
"	mov	x1, x0\n"
"	mov	x0, #0\n"
"	b	1f\n"
"secondary_entry:\n"
"	mov	x1, #0\n"
"1:	adr	x2, stacks\n"
"	add	x3, x0, #1\n"
"	add	x2, x2, x3, lsl #14\n"
"	mov	sp, x2\n"
"	adr	x2, vectors\n"
"	msr	vbar_el2, x2\n"
"	bl	start_monitor\n"
"start_guest:\n"
"	msr	elr_el2, x0\n"
"	mov	x2, #0x3c5\n"			/* EL1h, all masked */
"	msr	spsr_el2, x2\n"
"	mov	x0, x1\n"
"	eret\n"
"	.macro	vector kind\n"
"	.balign	0x80\n"
"	sub	sp, sp, #256\n"
"	stp	x0, x1, [sp]\n"
"	mov	x1, #\\kind\n"
"	b	trap\n"
"	.endm\n"
"	.balign	0x800\n"
"vectors:\n"
"	vector 0\n vector 1\n vector 2\n vector 3\n"
"	vector 4\n vector 5\n vector 6\n vector 7\n"
"	vector 8\n vector 9\n vector 10\n vector 11\n"
"	vector 12\n vector 13\n vector 14\n vector 15\n"
"trap:\n"
"	stp	x2, x3, [sp, #16]\n	stp	x4, x5, [sp, #32]\n"
"	stp	x6, x7, [sp, #48]\n	stp	x8, x9, [sp, #64]\n"
"	stp	x10, x11, [sp, #80]\n	stp	x12, x13, [sp, #96]\n"
"	stp	x14, x15, [sp, #112]\n	stp	x16, x17, [sp, #128]\n"
"	stp	x18, x19, [sp, #144]\n	stp	x20, x21, [sp, #160]\n"
"	stp	x22, x23, [sp, #176]\n	stp	x24, x25, [sp, #192]\n"
"	stp	x26, x27, [sp, #208]\n	stp	x28, x29, [sp, #224]\n"
"	stp	x30, xzr, [sp, #240]\n"
"	mov	x0, sp\n"
"	bl	handle_trap\n"
"	ldp	x2, x3, [sp, #16]\n	ldp	x4, x5, [sp, #32]\n"
"	ldp	x6, x7, [sp, #48]\n	ldp	x8, x9, [sp, #64]\n"
"	ldp	x10, x11, [sp, #80]\n	ldp	x12, x13, [sp, #96]\n"
"	ldp	x14, x15, [sp, #112]\n	ldp	x16, x17, [sp, #128]\n"
"	ldp	x18, x19, [sp, #144]\n	ldp	x20, x21, [sp, #160]\n"
"	ldp	x22, x23, [sp, #176]\n	ldp	x24, x25, [sp, #192]\n"
"	ldp	x26, x27, [sp, #208]\n	ldp	x28, x29, [sp, #224]\n"
"	ldr	x30, [sp, #240]\n	ldp	x0, x1, [sp]\n"
"	add	sp, sp, #256\n"
"	eret\n"
"	.text\n");

/* The compiler may want these two. */
void *memset(void *to, int byte, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		((volatile char *)to)[i] = (char)byte;
	return to;
}

void *memcpy(void *to, const void *from, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		((volatile char *)to)[i] = ((const char *)from)[i];
	return to;
}

static void put_text(const char *text)
{
	while (*text)
		*(volatile uint32_t *)UART_BASE = (uint8_t)*text++;
}

static void put_number(uint64_t number, uint32_t base)
{
	char text[24], *p = text + sizeof(text);

	*--p = 0;
	do {
		*--p = "0123456789abcdef"[number % base];
	} while (number /= base);
	put_text(p);
}

static uint64_t call_firmware(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	register uint64_t r0 __asm__("x0") = x0, r1 __asm__("x1") = x1;
	register uint64_t r2 __asm__("x2") = x2, r3 __asm__("x3") = x3;

	__asm__ volatile("smc #0" : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3) : :
			 "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
			 "x15", "x16", "x17", "memory");
	return r0;
}

static void stop_machine(const char *why, uint64_t a, uint64_t b)
{
	put_text("# monitor: ");
	put_text(why);
	put_text(" ");
	put_number(a, 16);
	put_text(" ");
	put_number(b, 16);
	put_text("\n");
	call_firmware(PSCI_OFF, 0, 0, 0);
}

static uint32_t this_cpu(void)
{
	return sys_read(mpidr_el1) & 0xff;
}

/* "yield" lets QEMU's other CPUs run when all share a thread. */
static void spin_lock(uint32_t *lock)
{
	while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE))
		__asm__ volatile("yield");
}

static void spin_unlock(uint32_t *lock)
{
	__atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

static void kick_cpu(uint32_t cpu)
{
	__asm__ volatile("dsb sy" : : : "memory");
	sys_write(S3_0_C12_C11_5, (uint64_t)KICK_SGI << 24 | 1ull << cpu);
	isb();
}

/* ---- LPIs; all under lpi_lock ---- */

static void list_put(struct lpi *l)
{
	struct cpu *c = &cpus[l->cpu];

	l->next = NONE;
	l->prev = c->tail;
	if (c->tail == NONE)
		c->head = (uint32_t)(l - lpis);
	else
		lpis[c->tail].next = (uint32_t)(l - lpis);
	c->tail = (uint32_t)(l - lpis);
	l->listed = true;
}

static void list_drop(struct lpi *l)
{
	struct cpu *c = &cpus[l->cpu];

	if (l->prev == NONE)
		c->head = l->next;
	else
		lpis[l->prev].next = l->next;
	if (l->next == NONE)
		c->tail = l->prev;
	else
		lpis[l->next].prev = l->prev;
	l->listed = false;
}

/* It is in its CPU's list exactly if it can be delivered. */
static void list_update(struct lpi *l)
{
	bool can = l->pending && (l->config & 1) && !l->loaded && !l->recalled &&
		   l->cpu != VITS_NO_CPU;

	if (l->listed && !can)
		list_drop(l);
	if (can && !l->listed) {
		list_put(l);
		if (l->cpu != this_cpu())
			kick_cpu(l->cpu);
	}
}

static uint64_t lr_read(uint32_t n)
{
	switch (n) {
	case 0:
		return sys_read(S3_4_C12_C12_0);
	case 1:
		return sys_read(S3_4_C12_C12_1);
	case 2:
		return sys_read(S3_4_C12_C12_2);
	default:
		return sys_read(S3_4_C12_C12_3);
	}
}

static void lr_write(uint32_t n, uint64_t value)
{
	switch (n) {
	case 0:
		sys_write(S3_4_C12_C12_0, value);
		break;
	case 1:
		sys_write(S3_4_C12_C12_1, value);
		break;
	case 2:
		sys_write(S3_4_C12_C12_2, value);
		break;
	default:
		sys_write(S3_4_C12_C12_3, value);
		break;
	}
}

/* The guest has stopped: what it has not taken goes back to the list. */
static void unload_lpis(struct cpu *c)
{
	sys_write(S3_4_C12_C11_0, 1);		/* ICH_HCR_EL2: no maintenance interrupt */
	for (uint32_t i = 0; i < LIST_REGS; i++) {
		struct lpi *l = &lpis[c->in_lr[i]];
		uint64_t lr;

		if (c->in_lr[i] == NONE)
			continue;
		lr = lr_read(i);
		l->loaded = false;
		l->pending = (lr & LR_PENDING) || l->raised;
		l->raised = false;
		list_update(l);
		c->in_lr[i] = NONE;
		/* one that the guest is handling stays until it is done with it */
		lr_write(i, lr & LR_ACTIVE ? lr & ~LR_PENDING : 0);
	}
}

/*
 * A list register for @intid: that where it is active, or a free one. The highest
 * priority is not looked for: the list is in the order of arrival.
 */
static uint32_t lr_for(const struct cpu *c, uint32_t intid)
{
	uint32_t found = LIST_REGS;

	for (uint32_t i = 0; i < LIST_REGS; i++) {
		uint64_t lr = lr_read(i);

		if ((lr & LR_ACTIVE) && (uint32_t)lr == intid)
			return c->in_lr[i] == NONE ? i : LIST_REGS;
		if (!(lr & (LR_ACTIVE | LR_PENDING)))
			found = i;
	}
	return found;
}

static void load_lpis(struct cpu *c)
{
	while (c->lpis_on && c->head != NONE) {
		struct lpi *l = &lpis[c->head];
		uint32_t lr = lr_for(c, l->intid);

		if (lr == LIST_REGS) {
			sys_write(S3_4_C12_C11_0, 3);	/* underflow interrupt */
			break;
		}
		list_drop(l);
		l->loaded = true;
		c->in_lr[lr] = (uint32_t)(l - lpis);
		lr_write(lr, (lr_read(lr) & LR_ACTIVE) | LR_PENDING | LR_GROUP1 |
			 (uint64_t)(l->config & 0xfc) << 48 | l->intid);
	}
	isb();
}

/* ---- what the core asks for ---- */

static void lock_core(void *host)
{
	(void)host;
	spin_lock(&core_lock);
}

static void unlock_core(void *host)
{
	(void)host;
	spin_unlock(&core_lock);
}

static bool in_ram(uint64_t gpa, uint32_t bytes)
{
	return gpa >= RAM_FIRST && gpa <= RAM_END - bytes;
}

/* Stage 2 maps addresses to themselves. */
static int read_guest(void *host, uint64_t gpa, void *to, uint32_t bytes)
{
	(void)host;
	if (!in_ram(gpa, bytes))
		return -1;
	for (uint32_t i = 0; i < bytes; i++)
		((uint8_t *)to)[i] = ((volatile uint8_t *)gpa)[i];
	return 0;
}

static int write_guest(void *host, uint64_t gpa, const void *from, uint32_t bytes)
{
	(void)host;
	if (!in_ram(gpa, bytes))
		return -1;
	for (uint32_t i = 0; i < bytes; i++)
		((volatile uint8_t *)gpa)[i] = ((const uint8_t *)from)[i];
	return 0;
}

static enum vits_result get_slot(void *host, uint32_t device, uint32_t events, void **slot)
{
	(void)host, (void)device, (void)events;
	*slot = NULL;
	return VITS_DONE;
}

static enum vits_result put_slot(void *host, uint32_t device, void *slot)
{
	(void)host, (void)device, (void)slot;
	return VITS_DONE;
}

static struct lpi *lock_lpi(const struct vits_lpi *lpi)
{
	spin_lock(&lpi_lock);
	return &lpis[lpi->index];
}

static enum vits_result map_lpi(void *host, const struct vits_lpi *lpi, uint16_t cpu,
				uint8_t config)
{
	struct lpi *l = lock_lpi(lpi);

	(void)host;
	*l = (struct lpi){ .intid = lpi->intid, .cpu = cpu, .config = config };
	spin_unlock(&lpi_lock);
	return VITS_DONE;
}

/*
 * Is it in a list register of a CPU that is in its guest? Then that CPU is stopped, and
 * does not load it again.
 */
static bool recall_lpi(struct lpi *l)
{
	l->recalled = l->loaded;
	if (l->loaded)
		kick_cpu(l->cpu);
	return l->loaded;
}

static enum vits_result unmap_lpi(void *host, const struct vits_lpi *lpi)
{
	struct lpi *l = lock_lpi(lpi);
	bool loaded = recall_lpi(l);

	(void)host;
	if (!loaded) {
		l->pending = false;
		list_update(l);
	}
	spin_unlock(&lpi_lock);
	return loaded ? VITS_AGAIN : VITS_DONE;
}

static void raise_lpi(void *host, const struct vits_lpi *lpi)
{
	struct lpi *l = lock_lpi(lpi);

	(void)host;
	/* The core may have asked for it, to move it, and not come back. */
	l->recalled = false;
	if (!l->loaded) {
		l->pending = true;
		list_update(l);
	} else {
		/* It may have been taken already: its CPU, which is another one, has to look. */
		l->raised = true;
		kick_cpu(l->cpu);
	}
	spin_unlock(&lpi_lock);
}

static enum vits_result clear_lpi(void *host, const struct vits_lpi *lpi)
{
	return unmap_lpi(host, lpi);
}

static enum vits_result move_lpi(void *host, const struct vits_lpi *lpi, uint16_t cpu)
{
	struct lpi *l = lock_lpi(lpi);
	bool loaded = recall_lpi(l);

	(void)host;
	if (!loaded) {
		if (l->listed)
			list_drop(l);
		l->cpu = cpu;
		list_update(l);
	}
	spin_unlock(&lpi_lock);
	return loaded ? VITS_AGAIN : VITS_DONE;
}

static void config_lpi(void *host, const struct vits_lpi *lpi, uint8_t config)
{
	struct lpi *l = lock_lpi(lpi);

	(void)host;
	l->config = config;
	list_update(l);
	if (l->loaded)
		kick_cpu(l->cpu);
	spin_unlock(&lpi_lock);
}

static bool pending_lpi(void *host, const struct vits_lpi *lpi)
{
	struct lpi *l = lock_lpi(lpi);
	bool pending = l->pending;

	(void)host;
	/* MOVALL wanted it while it was pending, and does not any more. */
	if (!pending)
		l->recalled = false;
	spin_unlock(&lpi_lock);
	return pending;
}

static bool has_cpu(void *host, uint16_t cpu)
{
	(void)host;
	return cpu < cpu_count;
}

static void ask_again(void *host)
{
	(void)host;
	cpus[this_cpu()].again = true;
}

static void log_line(void *host, enum vits_level level, const char *what, uint64_t a, uint64_t b)
{
	(void)host;
	if (level == VITS_LOG_DEBUG)
		return;
	put_text("# vits: ");
	put_text(what);
	put_text(" ");
	put_number(a, 16);
	put_text(" ");
	put_number(b, 16);
	put_text("\n");
}

static const struct vits_ops ops = {
	.lock = lock_core, .unlock = unlock_core, .guest_read = read_guest,
	.guest_write = write_guest, .slot_get = get_slot, .slot_put = put_slot,
	.lpi_map = map_lpi, .lpi_unmap = unmap_lpi, .lpi_raise = raise_lpi,
	.lpi_clear = clear_lpi, .lpi_move = move_lpi, .lpi_config = config_lpi,
	.lpi_pending = pending_lpi, .cpu_present = has_cpu, .call_again = ask_again,
	.log = log_line,
};

/* ---- traps ---- */

static uint64_t read_device(uint64_t address, uint32_t bytes)
{
	switch (bytes) {
	case 1:
		return *(volatile uint8_t *)address;
	case 2:
		return *(volatile uint16_t *)address;
	case 4:
		return *(volatile uint32_t *)address;
	default:
		return *(volatile uint64_t *)address;
	}
}

static void write_device(uint64_t address, uint32_t bytes, uint64_t value)
{
	switch (bytes) {
	case 1:
		*(volatile uint8_t *)address = (uint8_t)value;
		break;
	case 2:
		*(volatile uint16_t *)address = (uint16_t)value;
		break;
	case 4:
		*(volatile uint32_t *)address = (uint32_t)value;
		break;
	default:
		*(volatile uint64_t *)address = value;
		break;
	}
}

/* A redistributor's register of 64 bits, or half of it, kept here. */
static void access_half(uint64_t *reg, uint32_t offset, uint32_t bytes, bool write,
			uint64_t *value)
{
	uint32_t shift = offset % 8 * 8;
	uint64_t mask = bytes == 8 ? ~0ull : 0xffffffffull << shift;

	if (write)
		*reg = (*reg & ~mask) | (*value << shift & mask);
	else
		*value = (*reg & mask) >> shift;
}

/* GICR_PROPBASER and GICR_PENDBASER stay as they are while LPIs are enabled. */
static void access_redistributor(uint64_t address, uint32_t bytes, bool write, uint64_t *value)
{
	uint32_t n = (uint32_t)((address - GICR_BASE) >> 17);
	uint32_t offset = (address - GICR_BASE) & 0x1ffff;
	struct cpu *c = &cpus[n];

	if (offset / 8 == 0x70 / 8 || offset / 8 == 0x78 / 8) {
		if (!write || !c->lpis_on)
			access_half(offset < 0x78 ? &c->propbaser : &c->pendbaser, offset, bytes,
				    write, value);
		return;
	}
	if (write)
		write_device(address, bytes, *value);
	else
		*value = read_device(address, bytes);
	if (offset == 0 && write && (*value & 1) && !c->lpis_on) {
		vits_lpis_on(vits, (uint16_t)n, c->propbaser, c->pendbaser);
		c->lpis_on = true;
	} else if (offset == 0 && !write) {
		*value |= c->lpis_on;
	} else if (offset == 8 && !write) {
		*value |= 1;		/* physical LPIs */
	}
}

/* Return: false for an access that the guest gets an abort for. */
static bool access_device(uint64_t address, uint32_t bytes, bool write, uint64_t *value)
{
	if (address < GIC_FIRST || address >= GIC_END)
		return false;
	if (address >= ITS_BASE && address < ITS_BASE + VITS_FRAME_SIZE) {
		uint32_t offset = (uint32_t)(address - ITS_BASE);

		return (write ? vits_mmio_write(vits, offset, bytes, *value) :
				vits_mmio_read(vits, offset, bytes, value)) == VITS_DONE;
	}
	if (address >= GICR_BASE && address < GICR_BASE + cpu_count * 0x20000ull)
		access_redistributor(address, bytes, write, value);
	else if (write)
		write_device(address, bytes, *value);
	else
		*value = read_device(address, bytes);
	return true;
}

static void inject_abort(uint64_t address)
{
	sys_write(elr_el1, sys_read(elr_el2));
	sys_write(spsr_el1, sys_read(spsr_el2));
	sys_write(far_el1, address);
	sys_write(esr_el1, 0x25ull << 26 | 1u << 25 | 0x10);
	sys_write(elr_el2, sys_read(vbar_el1) + 0x200);
	sys_write(spsr_el2, 0x3c5);
}

static void handle_abort(struct frame *f, uint64_t esr)
{
	uint64_t address = (sys_read(hpfar_el2) & 0xffffffffff0ull) << 8 |
			   (sys_read(far_el2) & 0xfff);
	uint32_t bytes = 1u << (esr >> 22 & 3), reg = esr >> 16 & 31;
	bool write = esr & 1u << 6;
	uint64_t value = reg == 31 ? 0 : f->x[reg];

	if (!(esr & 1u << 24))
		stop_machine("access that is not described", address, sys_read(elr_el2));
	if (!access_device(address, bytes, write, &value)) {
		inject_abort(address);
		return;
	}
	if (!write && reg != 31)
		f->x[reg] = value;
	sys_write(elr_el2, sys_read(elr_el2) + 4);
}

static void print_report(void)
{
	put_text("# longest trap ");
	put_number(longest_trap, 10);
	put_text(" ns, syndrome ");
	put_number(longest_cause, 16);
	put_text(", of ");
	put_number(traps, 10);
	put_text("; longest software MSI ");
	put_number(msi_time, 10);
	put_text(" ns of ");
	put_number(msis, 10);
	put_text("\n");
	longest_trap = 0;
	msi_time = 0;
}

static uint64_t now_ns(void)
{
	isb();
	return sys_read(cntpct_el0) * 1000 / (sys_read(cntfrq_el0) / 1000000);
}

static uint64_t timed_msi(uint32_t device, uint32_t event)
{
	uint64_t start = now_ns(), result = vits_msi(vits, device, event) == VITS_DONE;
	uint64_t took = now_ns() - start;

	msis++;
	if (took > msi_time)
		msi_time = took;
	return result;
}

static void handle_call(struct frame *f)
{
	switch ((uint32_t)f->x[0]) {
	case CALL_REPORT:
		print_report();
		break;
	case CALL_MSI:
		f->x[0] = timed_msi((uint32_t)f->x[1], (uint32_t)f->x[2]);
		break;
	case PSCI_CPU_ON:
		if (f->x[1] >= cpu_count) {
			f->x[0] = ~0ull;
			break;
		}
		cpus[f->x[1]].entry = f->x[2];
		cpus[f->x[1]].context = f->x[3];
		f->x[0] = call_firmware(PSCI_CPU_ON, f->x[1], (uint64_t)secondary_entry, f->x[1]);
		break;
	default:
		f->x[0] = call_firmware(f->x[0], f->x[1], f->x[2], f->x[3]);
		break;
	}
}

static void handle_interrupt(struct cpu *c)
{
	uint32_t intid = (uint32_t)sys_read(S3_0_C12_C12_0);	/* ICC_IAR1_EL1 */

	if (intid != 1023)
		sys_write(S3_0_C12_C12_1, intid);		/* ICC_EOIR1_EL1 */
	if (c->again) {
		c->again = false;
		vits_run(vits);
	}
}

void handle_trap(struct frame *f, uint64_t kind)
{
	uint64_t start = now_ns(), esr = sys_read(esr_el2), took;
	struct cpu *c = &cpus[this_cpu()];

	spin_lock(&lpi_lock);
	unload_lpis(c);
	spin_unlock(&lpi_lock);
	if (kind == 9)
		handle_interrupt(c);
	else if (kind == 8 && esr >> 26 == 0x24)
		handle_abort(f, esr);
	else if (kind == 8 && esr >> 26 == 0x16)
		handle_call(f);
	else
		stop_machine("trap", kind << 32 | esr >> 26, sys_read(elr_el2));
	/* One piece of the core's work in a trap: for the next one it traps again at once. */
	if (c->again)
		kick_cpu(this_cpu());
	spin_lock(&lpi_lock);
	load_lpis(c);
	spin_unlock(&lpi_lock);
	took = now_ns() - start;
	traps++;
	if (took > longest_trap) {
		longest_trap = took;
		longest_cause = esr;
	}
	if (c->again)
		__asm__ volatile("yield");
}

/* ---- start ---- */

static void fill_stage2(void)
{
	uint64_t block;

	stage2_l1[0] = (uint64_t)stage2_l2[0] | 3;
	stage2_l1[1] = (uint64_t)stage2_l2[1] | 3;
	for (block = RAM_FIRST; block < RAM_END; block += 0x200000)
		stage2_l2[1][block >> 21 & 511] = block | 1 << 10 | 3 << 8 | 3 << 6 | 0xf << 2 | 1;
	stage2_l2[0][UART_BASE >> 21] = UART_BASE | 1 << 10 | 3 << 6 | 1 << 2 | 1;
}

/* What all CPUs share */
static void start_machine(void)
{
	static const struct vits_limits limits = {
		.devices = 64, .events = EVENTS, .collections = 16, .lpis = 8192,
		.cpus = CPUS, .budget = 128, .device_bits = 16, .event_bits = 12,
		.product = 'm',
	};

	do {
		cpus[cpu_count].head = NONE;
		cpus[cpu_count].tail = NONE;
	} while (!(read_device(GICR_BASE + 0x20000ull * cpu_count++ + 8, 8) & 1 << 4) &&
		 cpu_count < CPUS);
	if (vits_bytes(&limits) > sizeof(storage))
		stop_machine("storage", vits_bytes(&limits), sizeof(storage));
	vits = vits_create(storage, &limits, &ops, NULL);
	fill_stage2();
	write_device(GICD_BASE, 4, 0x12);		/* affinity routing, group 1 */
}

static void start_interrupts(uint32_t n)
{
	uint64_t frame = GICR_BASE + 0x20000ull * n;

	write_device(frame + 0x14, 4, 0);		/* GICR_WAKER */
	while (read_device(frame + 0x14, 4) & 4)
		;
	write_device(frame + 0x10080, 4, ~0u);		/* group 1 */
	write_device(frame + 0x10100, 4, 1u << KICK_SGI | 1u << MAINTENANCE);
	sys_write(S3_4_C12_C9_5, 0xf);			/* ICC_SRE_EL2 */
	isb();
	sys_write(S3_0_C4_C6_0, 0xff);			/* ICC_PMR_EL1 */
	sys_write(S3_0_C12_C12_7, 1);			/* ICC_IGRPEN1_EL1 */
	sys_write(S3_4_C12_C11_0, 1);			/* ICH_HCR_EL2 */
	for (uint32_t i = 0; i < LIST_REGS; i++) {
		cpus[n].in_lr[i] = NONE;
		lr_write(i, 0);
	}
}

void start_monitor(uint64_t n, uint64_t dtb)
{
	struct cpu *c = &cpus[n];

	if (n == 0) {
		start_machine();
		c->entry = RAM_FIRST;
		c->context = dtb;
	}
	sys_write(vtcr_el2, 1u << 31 | 2 << 16 | 3 << 12 | 1 << 10 | 1 << 8 | 1 << 6 | 32);
	sys_write(vttbr_el2, stage2_l1);
	sys_write(vpidr_el2, sys_read(midr_el1));
	sys_write(vmpidr_el2, sys_read(mpidr_el1));
	sys_write(cnthctl_el2, 3);
	sys_write(cntvoff_el2, 0);
	sys_write(sctlr_el1, 0x30d00800);
	/* 64 bits, SMC and physical interrupts come here, stage 2 */
	sys_write(hcr_el2, 1ull << 31 | 1 << 19 | 1 << 5 | 1 << 4 | 1 << 3 | 1);
	__asm__ volatile("tlbi vmalls12e1\n dsb sy\n isb" : : : "memory");
	start_interrupts((uint32_t)n);
	start_guest(c->entry, c->context);
}
