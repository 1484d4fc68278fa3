// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * A bare-metal guest that tests the ITS it finds: the vITS of the monitor or of Xen, or
 * QEMU's own. It starts at EL1 with the MMU off, prints to the PL011, or with ON_XEN by
 * hypercall, and ends with the line "N passed, N failed, N skipped". What is known to differ
 * on QEMU's ITS is skipped there, with the reason. It runs at any address that is a
 * multiple of 2 MiB, or 512 KiB after one: no data has addresses in it.
 */
#include "script.h"

#define GICD		0x08000000ull
#define ITS		0x08080000ull
#define GICR		0x080a0000ull
#define UART		0x09000000ull

#define RAM		((uint64_t)image_start & ~0x1fffffull)
#define MODE		(RAM + 0x1000000)	/* the monitor's 1: only the stress, 2: only the costs */
#define QUEUE		(RAM + 0x2000000)
#define DEVICES		(RAM + 0x2010000)	/* one page of 64K */
#define COLLECTIONS	(RAM + 0x2020000)
#define CONFIG		(RAM + 0x2040000)
#define PENDING		(RAM + 0x2080000)	/* 64K for each CPU */
#define SECOND		(RAM + 0x2100000)	/* a second kernel's tables */
#define ITTS		(RAM + 0x2200000)	/* 64K for each device */
#define BIG_ITT		(RAM + 0x3000000)
#define NO_MEMORY	0x30000000ull	/* nothing that an ITS can read */

#define CPUS		2u
#define LPIS		1024u
#define FIRST		8192u
#define LPI(n)		(FIRST + (n))
#define VALID		(1ull << 63 | 7ull << 59 | 1ull << 10)
#define PAGE_64K	(2ull << 8)

#define TURNS_HZ	50000u		/* QEMU's turns of a CPU during an access to the ITS */
#define REPORT_NS	20000000000ull	/* how often random commands are reported */

#define PSCI_CPU_OFF	0x84000002u
#define PSCI_CPU_ON	0xc4000003u
#define PSCI_AFFINITY	0xc4000004u
#define PSCI_OFF	0x84000008u
#define CALL_REPORT	0xc6000001u
#define CALL_MSI	0xc6000002u

#define sys_read(reg) ({ uint64_t v_; __asm__ volatile("mrs %0, " #reg : "=r"(v_)); v_; })
#define sys_write(reg, value) \
	__asm__ volatile("msr " #reg ", %0" : : "r"((uint64_t)(value)))
#define isb() __asm__ volatile("isb" : : : "memory")
#define barrier() __asm__ volatile("dsb sy" : : : "memory")

extern char image_start[];
char stacks[CPUS][16384] __attribute__((aligned(16)));
static volatile uint32_t hits[CPUS][LPIS], seen[CPUS][LPIS];
static volatile uint32_t strange, aborts, cpu1_ready, slow_cpu1, off_cpu1, stress_go, stress_done, stress_lost;
static uint32_t passed, failed, skipped;
static uint64_t writer, queue_size = 4096;
static uint64_t longest_access;		/* to the ITS, ns */
static bool on_qemu, on_monitor;
static uint32_t id_bits = 14;
static char wanted_tests[256];		/* " NAME NAME ", or empty for all */

void start_test(uint64_t cpu, uint64_t dtb) __attribute__((noreturn));
void handle_irq(void);
void handle_sync(void);
void secondary_start(void);

__asm__(
"	.section .text.start, \"ax\"\n"
"	.global _start, secondary_start, image_start\n"
"image_start:\n"
#ifdef ON_XEN
/* The header of a Linux Image: Xen loads it 512 KiB after the beginning of the memory. */
"	b	_start\n"
"	.long	0\n"
"	.quad	0x80000, 0x200000, 0, 0, 0, 0\n"
"	.ascii	\"ARM\\x64\"\n"
"	.long	0\n"
#endif
"_start:\n"
"	mov	x1, x0\n"
"	mov	x0, #0\n"
"secondary_start:\n"
"	adr	x2, stacks\n"
"	add	x3, x0, #1\n"
"	add	x2, x2, x3, lsl #14\n"
"	mov	sp, x2\n"
"	adr	x2, guest_vectors\n"
"	msr	vbar_el1, x2\n"
"	bl	start_test\n"
"	.macro	vector handler\n"
"	.balign	0x80\n"
"	sub	sp, sp, #192\n"
"	stp	x0, x1, [sp]\n"
"	adr	x1, \\handler\n"
"	b	call_handler\n"
"	.endm\n"
"	.balign	0x800\n"
"guest_vectors:\n"
"	.rept 4\n	vector handle_sync\n	.endr\n"
"	vector handle_sync\n	vector handle_irq\n	vector handle_sync\n	vector handle_sync\n"
"	.rept 8\n	vector handle_sync\n	.endr\n"
"call_handler:\n"
"	stp	x2, x3, [sp, #16]\n	stp	x4, x5, [sp, #32]\n"
"	stp	x6, x7, [sp, #48]\n	stp	x8, x9, [sp, #64]\n"
"	stp	x10, x11, [sp, #80]\n	stp	x12, x13, [sp, #96]\n"
"	stp	x14, x15, [sp, #112]\n	stp	x16, x17, [sp, #128]\n"
"	stp	x18, x30, [sp, #144]\n"
"	blr	x1\n"
"	ldp	x2, x3, [sp, #16]\n	ldp	x4, x5, [sp, #32]\n"
"	ldp	x6, x7, [sp, #48]\n	ldp	x8, x9, [sp, #64]\n"
"	ldp	x10, x11, [sp, #80]\n	ldp	x12, x13, [sp, #96]\n"
"	ldp	x14, x15, [sp, #112]\n	ldp	x16, x17, [sp, #128]\n"
"	ldp	x18, x30, [sp, #144]\n	ldp	x0, x1, [sp]\n"
"	add	sp, sp, #192\n"
"	eret\n"
"	.text\n");

/* ---- output ---- */

#ifdef ON_XEN
/* console_io, a line at a time */
void script_text(const char *text)
{
	static char line[1024];
	static uint64_t used;

	for (; *text; text++) {
		register uint64_t r0 __asm__("x0") = 0, r1 __asm__("x1"), r2 __asm__("x2");
		register uint64_t r16 __asm__("x16") = 18;

		line[used++] = *text;
		if (*text != '\n' && used < sizeof(line))
			continue;
		r1 = used;
		r2 = (uint64_t)line;
		__asm__ volatile("hvc #0xea1" : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r16) : :
				 "x3", "x4", "x5", "memory");
		used = 0;
	}
}
#else
void script_text(const char *text)
{
	while (*text)
		*(volatile uint32_t *)UART = (uint8_t)*text++;
}
#endif

void script_number(uint32_t number)
{
	char text[12], *p = text + sizeof(text);

	*--p = 0;
	do {
		*--p = (char)('0' + number % 10);
	} while (number /= 10);
	script_text(p);
}

static void report_check(bool good, const char *what)
{
	script_text(good ? "ok " : "not ok ");
	script_text(what);
	script_text("\n");
	if (good)
		passed++;
	else
		failed++;
}

static void skip_check(const char *what, const char *reason)
{
	skipped++;
	script_text("skip ");
	script_text(what);
	script_text(": ");
	script_text(reason);
	script_text("\n");
}

/* QEMU's ITS is known to do otherwise, for this @reason. */
static void report_ours(bool good, const char *what, const char *reason)
{
	if (!on_qemu || good)
		report_check(good, what);
	else
		skip_check(what, reason);
}

/* ---- machine ---- */

static uint64_t call_host(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	register uint64_t r0 __asm__("x0") = x0, r1 __asm__("x1") = x1;
	register uint64_t r2 __asm__("x2") = x2, r3 __asm__("x3") = x3;

	__asm__ volatile("hvc #0" : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3) : :
			 "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
			 "x15", "x16", "x17", "memory");
	return r0;
}

static uint64_t now_ns(void)
{
	isb();
	return sys_read(cntvct_el0) * 1000 / (sys_read(cntfrq_el0) / 1000000);
}

/*
 * QEMU runs one CPU after the other, each until the next timer, and its clock goes on for both.
 * When Xen on this CPU waits for what the other one does, a timer that is near, and masked, keeps
 * the turns short.
 */
static uint64_t start_access(void)
{
#ifdef ON_XEN
	sys_write(cntv_tval_el0, sys_read(cntfrq_el0) / TURNS_HZ);
	sys_write(cntv_ctl_el0, 3);		/* enabled, masked */
#endif
	return now_ns();
}

/* An access that began at @start is complete. */
static void note_access(uint64_t address, uint64_t start)
{
	uint64_t took = now_ns() - start;

	if (address >= ITS && address < ITS + 0x20000 && took > longest_access)
		longest_access = took;
}

static void write32(uint64_t address, uint32_t value)
{
	uint64_t start = start_access();

	barrier();
	__asm__ volatile("str %w0, [%1]" : : "r"(value), "r"(address) : "memory");
	note_access(address, start);
}

static uint32_t read32(uint64_t address)
{
	uint64_t start = start_access();
	uint32_t value;

	__asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
	note_access(address, start);
	return value;
}

static void write64(uint64_t address, uint64_t value)
{
	uint64_t start = start_access();

	barrier();
	__asm__ volatile("str %0, [%1]" : : "r"(value), "r"(address) : "memory");
	note_access(address, start);
}

static uint64_t read64(uint64_t address)
{
	uint64_t start = start_access(), value;

	__asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(address) : "memory");
	note_access(address, start);
	return value;
}

static void fill_memory(uint64_t address, uint64_t bytes, uint64_t value)
{
	for (uint64_t i = 0; i < bytes; i += 8)
		*(volatile uint64_t *)(address + i) = value;
}

void handle_irq(void)
{
	uint32_t intid = (uint32_t)sys_read(S3_0_C12_C12_0);	/* ICC_IAR1_EL1 */

	if (intid >= FIRST && intid < LPI(LPIS))
		hits[sys_read(mpidr_el1) & 0xff][intid - FIRST]++;
	else if (intid != 1023)
		strange++;
	if (intid != 1023)
		sys_write(S3_0_C12_C12_1, intid);		/* ICC_EOIR1_EL1 */
}

/* An external abort is counted; anything else ends the test. */
void handle_sync(void)
{
	uint64_t esr = sys_read(esr_el1);

	if (esr >> 26 != 0x25) {
		script_text("not ok exception\n0 passed, 1 failed, 0 skipped\n");
		call_host(PSCI_OFF, 0, 0, 0);
	}
	aborts++;
	sys_write(elr_el1, sys_read(elr_el1) + 4);
}

static void allow_irqs(bool allow)
{
	if (allow)
		__asm__ volatile("msr daifclr, #2" : : : "memory");
	else
		__asm__ volatile("msr daifset, #2" : : : "memory");
}

/* Let the other CPU take what it has. */
static void let_run(void)
{
	for (uint32_t i = 0; i < 64; i++)
		__asm__ volatile("yield");
}

/* How often did a CPU take an LPI since this was last asked? */
static uint32_t count_taken(uint32_t cpu, uint32_t lpi)
{
	uint32_t count = hits[cpu][lpi] - seen[cpu][lpi];

	seen[cpu][lpi] += count;
	return count;
}

/* Exactly once on this CPU, and not on the other */
static bool once_on(uint32_t cpu, uint32_t lpi)
{
	let_run();
	return (count_taken(cpu, lpi) == 1) & (count_taken(1 - cpu, lpi) == 0);
}

static bool never_taken(uint32_t lpi)
{
	let_run();
	return (count_taken(0, lpi) == 0) & (count_taken(1, lpi) == 0);
}

static void set_config(uint32_t lpi, bool on)
{
	*(volatile uint8_t *)(CONFIG + lpi) = (uint8_t)(0xa0 | on);
	barrier();
}

/* ---- the ITS ---- */

static void queue_command(struct command c)
{
	for (uint32_t i = 0; i < 4; i++)
		*(volatile uint64_t *)(QUEUE + writer + 8 * i) = c.dw[i];
	writer = (writer + 32) % queue_size;
}

/* Return: did the reader get to the writer in time? */
static bool run_queue(void)
{
	write64(ITS + 0x88, writer);
	for (uint32_t i = 0; i < 1000000; i++) {
		if (read64(ITS + 0x90) == writer)
			return true;
		__asm__ volatile("yield");
	}
	return false;
}

static bool send_command(struct command c)
{
	queue_command(c);
	queue_command(cmd_sync(0));
	return run_queue();
}

/* What a driver does before it maps a device: the ITT is zero. */
static void map_device(uint32_t device, uint32_t bits)
{
	fill_memory(ITTS + device * 0x10000, 0x1000, 0);
	send_command(cmd_mapd(device, bits, ITTS + device * 0x10000, true));
}

/* Disable it and wait until it is quiescent. Return: is it before long? */
static bool disable_its(void)
{
	write32(ITS, 0);
	for (uint32_t i = 0; i < 100000; i++)
		if (read32(ITS) >> 31)
			return true;
	return false;
}

static void start_its(uint64_t tables)
{
	disable_its();
	writer = 0;
	write64(ITS + 0x80, VALID | QUEUE);
	write64(ITS + 0x88, 0);
	fill_memory(tables, 0x20000, 0);
	write64(ITS + 0x100, VALID | PAGE_64K | tables);
	write64(ITS + 0x108, VALID | PAGE_64K | (tables + 0x10000));
	write32(ITS, 1);
}

static void stop_its(void)
{
	disable_its();
	write64(ITS + 0x100, 0);
	write64(ITS + 0x108, 0);
}

/* Devices 0 and 1 with 16 events, collections 0 and 1 on CPUs 0 and 1 */
static void start_mapped(void)
{
	uint32_t i;

	stop_its();
	start_its(DEVICES);
	for (i = 0; i < 2; i++) {
		map_device(i, 4);
		send_command(cmd_mapc(i, i, true));
	}
	for (i = 0; i < 64; i++) {
		set_config(i, true);
		count_taken(0, i);
		count_taken(1, i);
	}
	allow_irqs(true);
}

static void start_redistributor(uint32_t cpu, bool ptz)
{
	uint64_t frame = GICR + cpu * 0x20000ull;

	write32(frame + 0x14, 0);
	while (read32(frame + 0x14) & 4)
		;
	write64(frame + 0x70, CONFIG | (id_bits - 1));
	write64(frame + 0x78, (PENDING + cpu * 0x10000ull) | (uint64_t)ptz << 62);
	write32(frame, read32(frame) | 1);
}

static void start_cpu_interface(void)
{
	sys_write(S3_0_C12_C12_5, 7);		/* ICC_SRE_EL1 */
	isb();
	sys_write(S3_0_C4_C6_0, 0xff);		/* ICC_PMR_EL1 */
	sys_write(S3_0_C12_C12_7, 1);		/* ICC_IGRPEN1_EL1 */
	isb();
	allow_irqs(true);
}

/* ---- tests ---- */

static void test_registers(void)
{
	uint64_t before, offset, sum = 0;
	bool good;

	report_check((read32(ITS + 0xffe8) & 0xf0) == 0x30, "PIDR2 says GICv3");
	report_check(read64(ITS + 8) & 1, "TYPER has physical LPIs");
	report_check(read32(ITS + 8) == (uint32_t)read64(ITS + 8) &&
		     read32(ITS + 12) == read64(ITS + 8) >> 32, "TYPER in halves");
	before = read64(ITS + 8);
	write64(ITS + 8, 0);
	write32(ITS + 12, ~0u);
	report_check(read64(ITS + 8) == before, "TYPER cannot be written");
	write32(ITS + 0x80, QUEUE | 3);
	write32(ITS + 0x84, (uint32_t)(VALID >> 32));
	good = (read64(ITS + 0x80) & 0x800ffffffffff0ff) == (1ull << 63 | QUEUE | 3);
	report_check(good, "CBASER in halves");
	write64(ITS + 0x100, ~0ull);
	report_check((read64(ITS + 0x100) >> 56 & 7) == 1, "BASER0 is of devices");
	write64(ITS + 0x108, ~0ull);
	report_check((read64(ITS + 0x108) >> 56 & 7) == 4, "BASER1 is of collections");
	write64(ITS + 0x100, 0);
	write64(ITS + 0x108, 0);
	write64(ITS + 0x110, ~0ull);
	report_check(read64(ITS + 0x110) == 0, "BASER2 is not there");
	for (offset = 0x10; offset < 0x80; offset += 4)
		sum += read32(ITS + offset);
	for (offset = 0x140; offset < 0xc000; offset += 0x104)
		sum += read32(ITS + offset);
	write32(ITS + 0x10, 1);
	write32(ITS + 0x14, 1);
	report_check(sum == 0 && aborts == 0, "reserved offsets read as zero");
	aborts = 0;
	__asm__ volatile("ldrb w0, [%0]" : : "r"(ITS) : "w0", "memory");
	__asm__ volatile("str %0, [%0]" : : "r"(ITS) : "memory");
	report_ours(aborts == 2, "a wrong width is an abort", "QEMU ignores the access");
}

static void test_enabling(void)
{
	write32(ITS, 1);
	report_ours((read32(ITS) & 1) == 0, "not enabled without tables", "QEMU takes it");
	write32(ITS, 0);
	start_its(DEVICES);
	report_check(disable_its(), "disabled and quiescent");
	queue_command(cmd_mapc(0, 0, true));
	queue_command(cmd_sync(0));
	write64(ITS + 0x88, writer);
	report_check(read64(ITS + 0x90) == 0 && read32(ITS) >> 31,
		     "commands wait while disabled, and it is quiescent");
	write32(ITS, 1);
	for (uint32_t i = 0; i < 100000 && read64(ITS + 0x90) != writer; i++)
		;
	report_check(read64(ITS + 0x90) == writer, "commands run on enabling");
}

static void test_delivery(void)
{
	start_mapped();
	send_command(cmd_mapti(0, 0, LPI(0), 0));
	send_command(cmd_mapti(0, 1, LPI(1), 1));
	send_command(cmd_event(CMD_INT_EVENT, 0, 0));
	report_check(once_on(0, 0), "INT on CPU 0");
	send_command(cmd_event(CMD_INT_EVENT, 0, 1));
	report_check(once_on(1, 1), "INT on CPU 1");
	set_config(2, false);
	send_command(cmd_mapti(0, 2, LPI(2), 0));
	send_command(cmd_event(CMD_INT_EVENT, 0, 2));
	report_check(never_taken(2), "a disabled LPI is not delivered");
	set_config(2, true);
	send_command(cmd_event(CMD_INV_EVENT, 0, 2));
	report_check(once_on(0, 2), "it is when INV enables it");
	set_config(2, false);
	send_command(cmd_event(CMD_INV_EVENT, 0, 2));
	send_command(cmd_event(CMD_INT_EVENT, 0, 2));
	set_config(2, true);
	send_command(cmd_invall(0));
	report_check(once_on(0, 2), "or INVALL");
	allow_irqs(false);
	send_command(cmd_event(CMD_INT_EVENT, 0, 0));
	send_command(cmd_event(CMD_INT_EVENT, 0, 0));
	send_command(cmd_event(CMD_INT_EVENT, 0, 2));
	send_command(cmd_event(CMD_CLEAR_EVENT, 0, 2));
	allow_irqs(true);
	report_check(once_on(0, 0), "pending twice is delivered once");
	report_check(never_taken(2), "CLEAR takes it back");
	send_command(cmd_event(CMD_DISCARD_EVENT, 0, 0));
	send_command(cmd_event(CMD_INT_EVENT, 0, 0));
	report_check(never_taken(0), "not after DISCARD");
	/* more than there are list registers */
	allow_irqs(false);
	for (uint32_t i = 0; i < 16; i++) {
		send_command(cmd_mapti(1, i, LPI(20 + i), 0));
		send_command(cmd_event(CMD_INT_EVENT, 1, i));
	}
	allow_irqs(true);
	bool good = true;
	for (uint32_t i = 0; i < 16; i++)
		good &= once_on(0, 20 + i);
	report_check(good, "sixteen at once");
}

/* On Xen also with 14 bits of INTIDs, the fewest with LPIs */
static void test_few_intids(void)
{
	start_mapped();
	send_command(cmd_mapti(0, 0, LPI(0), 0));
	send_command(cmd_event(CMD_INT_EVENT, 0, 0));
	report_check(once_on(0, 0), "9: the first LPI of the table");
}

static void test_moving(void)
{
	start_mapped();
	send_command(cmd_mapti(0, 0, LPI(0), 0));
	send_command(cmd_movi(0, 0, 1));
	send_command(cmd_event(CMD_INT_EVENT, 0, 0));
	report_check(once_on(1, 0), "MOVI moves");
	send_command(cmd_movi(0, 0, 0));
	allow_irqs(false);
	send_command(cmd_event(CMD_INT_EVENT, 0, 0));
	send_command(cmd_movi(0, 0, 1));
	allow_irqs(true);
	report_check(once_on(1, 0), "MOVI moves what is pending");
	send_command(cmd_movi(0, 0, 0));
	send_command(cmd_mapc(0, 1, true));
	send_command(cmd_event(CMD_INT_EVENT, 0, 0));
	report_check(once_on(1, 0), "MAPC moves a collection");
	send_command(cmd_mapc(0, 0, true));
	allow_irqs(false);
	send_command(cmd_event(CMD_INT_EVENT, 0, 0));
	send_command(cmd_mapc(0, 1, true));
	allow_irqs(true);
	report_ours(once_on(1, 0), "MAPC moves what is pending",
		    "QEMU leaves it, MOVALL is to be sent");
	count_taken(0, 0);
	send_command(cmd_mapc(0, 0, true));
	allow_irqs(false);
	send_command(cmd_event(CMD_INT_EVENT, 0, 0));
	send_command(cmd_movall(0, 1));
	allow_irqs(true);
	report_check(once_on(1, 0), "MOVALL moves what is pending");
	send_command(cmd_event(CMD_INT_EVENT, 0, 0));
	report_check(once_on(0, 0), "and nothing else");
}

/* Nothing comes of them, and the queue goes on. */
static void test_bad_commands(void)
{
	static const struct command bad[] = {
		{ { 0x08 | 0xffffffffull << 32, 1, 1ull << 63 } },
		{ { 0x08 | 2ull << 32, 31, 1ull << 63 } },
		{ { 0x09, 0, 1ull << 63 | 0xffffffffffffull } },
		{ { 0x0a | 3ull << 32, 0 | (uint64_t)LPI(5) << 32, 0 } },
		{ { 0x0a, 0xffffffff | (uint64_t)LPI(5) << 32, 0 } },
		{ { 0x0a, 1 | 5ull << 32, 0 } },
		{ { 0x0a, 1 | 0xffffffffull << 32, 0 } },
		{ { 0x01, 0, 0xffff } },
		{ { 0x01, 9, 0 } },
		{ { 0x03, 77 } },
		{ { 0x03 | 9ull << 32, 0 } },
		{ { 0x0c | 0xffffffffull << 32, 0 } },
		{ { 0x0d, 0, 7 } },
		{ { 0x0d, 0, 0xffff } },
		{ { 0x0e, 0, 99 << 16, 1 << 16 } },
		{ { 0x0f, 15 } },
		{ { 0x05, 0, 0xffffull << 16 } },
		{ { 0x00 } }, { { 0xff } }, { { 0x2a } },
	};
	bool good = true;
	uint32_t i;

	start_mapped();
	send_command(cmd_mapti(0, 0, LPI(0), 0));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		good &= send_command(bad[i]);
	report_check(good, "commands with bad numbers");
	send_command(cmd_event(CMD_INT_EVENT, 0, 0));
	report_check(once_on(0, 0) && strange == 0, "change nothing");
	for (i = 0; i < 2048; i++) {
		queue_command(cmd_mapti(0, 1, i, 0));
		queue_command(cmd_event(CMD_INT_EVENT, 0, 1));
		queue_command(cmd_event(CMD_DISCARD_EVENT, 0, 1));
		good &= run_queue();
	}
	report_check(good && strange == 0, "no LPI below 8192");
}

static void test_queue(void)
{
	bool good = true;
	uint32_t i;

	start_mapped();
	for (i = 0; i < 300; i++)
		good &= send_command(cmd_sync(1));
	report_check(good, "the queue wraps");
	for (i = 0; i < 127; i++)
		queue_command(cmd_sync(0));
	report_check(run_queue(), "a full queue in one write");
	disable_its();
	write64(ITS + 0x80, VALID | NO_MEMORY);
	write64(ITS + 0x88, 0);
	write32(ITS, 1);
	write64(ITS + 0x88, 64);
	report_ours((read64(ITS + 0x90) & ~1ull) == 0, "a queue that is no memory stands",
		    "QEMU goes on");
	report_ours(read64(ITS + 0x90) & 1, "and says it is stalled", "QEMU does not set it");
	write64(ITS + 0x88, 64 | 1);
	report_ours(read64(ITS + 0x90) & 1, "after Retry as well", "QEMU does not set it");
}

/* What Xen's own gets wrong: the numbers are those of the list in the facts. */
static void test_gone_collection(void)
{
	start_mapped();
	send_command(cmd_mapc(1, 1, false));
	report_check(send_command(cmd_invall(1)), "1: INVALL of a collection that is gone");
}

static void test_moving_in_flight(void)
{
	uint32_t i, count;
	bool good = true;

	start_mapped();
	for (i = 0; i < 8; i++)
		send_command(cmd_mapti(0, i, LPI(i), i & 1));
	for (i = 0; i < 3000; i++) {
		queue_command(cmd_event(CMD_INT_EVENT, 0, i & 7));
		queue_command(cmd_movi(0, i & 7, i >> 3 & 1));
		queue_command(cmd_event(CMD_INT_EVENT, 0, i & 7));
		good &= run_queue();
		let_run();
		count = count_taken(0, i & 7) + count_taken(1, i & 7);
		good &= count == 1 || count == 2;
	}
	report_check(good, "2: INT, MOVI, INT, three thousand times");
	/* While the other CPU is slow to take them: what is in flight moves. */
	slow_cpu1 = 1;
	send_command(cmd_event(CMD_INT_EVENT, 0, 1));
	for (i = 0; i < 24000 && good; i++) {
		queue_command(cmd_event(CMD_INT_EVENT, 0, i & 7));
		good = run_queue();
		__asm__ volatile("yield");
		queue_command(cmd_movi(0, i & 7, i >> 3 & 1));
		queue_command(cmd_event(CMD_INT_EVENT, 0, i & 7));
		good &= run_queue();
	}
	slow_cpu1 = 0;
	let_run();
	for (i = 0; i < 8; i++) {
		count_taken(0, i);
		count_taken(1, i);
		send_command(cmd_movi(0, i, i & 1));
		send_command(cmd_event(CMD_INT_EVENT, 0, i));
		good &= once_on(i & 1, i);
	}
	report_check(good, "2: and 24 thousand times while they are in flight");
}

static void start_cpu1(void)
{
	cpu1_ready = 0;
	call_host(PSCI_CPU_ON, 1, (uint64_t)secondary_start, 1);
	while (!cpu1_ready)
		__asm__ volatile("yield");
}

/* It is pending on CPU 1, maybe in a list register, when that CPU is switched off. */
static void test_cpu_off(void)
{
	uint32_t i;

	start_mapped();
	send_command(cmd_mapti(0, 0, LPI(0), 1));
	off_cpu1 = 1;
	send_command(cmd_event(CMD_INT_EVENT, 0, 0));	/* wakes CPU 1 */
	for (i = 0; i < 1000000 && off_cpu1 != 2; i++)
		__asm__ volatile("yield");
	count_taken(1, 0);
	send_command(cmd_event(CMD_INT_EVENT, 0, 0));
	let_run();
	off_cpu1 = 0;
	for (i = 0; i < 1000000 && call_host(PSCI_AFFINITY, 1, 0, 0) != 1; i++)
		__asm__ volatile("yield");
	report_check(i < 1000000 && never_taken(0), "an LPI is pending on a CPU that is off");
	report_check(send_command(cmd_movi(0, 0, 0)) && once_on(0, 0), "MOVI takes it from there");
	start_cpu1();
	send_command(cmd_movi(0, 0, 1));
	send_command(cmd_event(CMD_INT_EVENT, 0, 0));
	report_check(once_on(1, 0), "the CPU is on again and takes it");
}

static void test_lost_device(void)
{
	start_mapped();
	send_command(cmd_mapti(0, 0, LPI(0), 0));
	send_command(cmd_mapc(0, 0, false));
	send_command(cmd_mapd(0, 4, 0, false));
	send_command(cmd_invall(1));
	map_device(0, 4);
	send_command(cmd_mapc(0, 0, true));
	send_command(cmd_mapti(0, 3, LPI(0), 0));
	send_command(cmd_event(CMD_INT_EVENT, 0, 3));
	report_check(once_on(0, 0), "3: the collection goes before the device");
}

/* More are pending than there are list registers. */
static void test_mapti_pending(void)
{
	bool good = true;
	uint32_t i;

	start_mapped();
	allow_irqs(false);
	for (i = 0; i < 8; i++) {
		send_command(cmd_mapti(0, i, LPI(i), 0));
		send_command(cmd_event(CMD_INT_EVENT, 0, i));
	}
	send_command(cmd_mapc(0, 0, false));
	send_command(cmd_mapti(0, 3, LPI(3), 1));
	send_command(cmd_mapti(0, 6, LPI(6), 1));
	send_command(cmd_mapc(0, 0, true));
	send_command(cmd_mapti(0, 9, LPI(8), 0));
	send_command(cmd_event(CMD_INT_EVENT, 0, 9));
	allow_irqs(true);
	let_run();
	for (i = 0; i < 9; i++)
		good &= count_taken(0, i) + count_taken(1, i) == 1;
	report_check(good, "4: MAPTI of what is pending");
}

static void test_late_collection(void)
{
	bool good;

	start_mapped();
	send_command(cmd_mapti(0, 5, LPI(7), 2));
	send_command(cmd_mapc(2, 1, true));
	send_command(cmd_event(CMD_INT_EVENT, 0, 5));
	report_check(once_on(1, 7), "16: a collection that is mapped later");
	good = send_command(cmd_mapc(2, 0xffff, false));
	send_command(cmd_event(CMD_INT_EVENT, 0, 5));
	report_check(good && never_taken(7), "14: MAPC V=0 with any CPU");
}

static void test_mapped_device(void)
{
	start_mapped();
	map_device(0, 6);
	send_command(cmd_mapti(0, 40, LPI(0), 0));
	send_command(cmd_event(CMD_INT_EVENT, 0, 40));
	report_check(once_on(0, 0), "18: MAPD of a mapped device");
}

static void test_edited_tables(void)
{
	start_mapped();
	send_command(cmd_mapti(0, 0, LPI(0), 0));
	fill_memory(DEVICES, 0x20000, ~0ull);
	fill_memory(ITTS, 0x10000, ~0ull);
	send_command(cmd_event(CMD_INT_EVENT, 0, 0));
	report_ours(once_on(0, 0) && send_command(cmd_mapd(0, 4, 0, false)),
		    "6: tables that the guest edits", "QEMU keeps all in the guest's tables");
}

static void test_large_device(void)
{
	uint32_t bits = (read64(ITS + 8) >> 8 & 31) + 1, last = (1u << bits) - 1;

	start_mapped();
	fill_memory(BIG_ITT, 12ull << bits, 0);
	send_command(cmd_mapd(5, bits, BIG_ITT, true));
	send_command(cmd_mapti(5, last, LPI(9), 1));
	send_command(cmd_event(CMD_INT_EVENT, 5, last));
	report_check(once_on(1, 9), "20: MAPD of the largest size");
	report_check(send_command(cmd_mapd(5, bits, BIG_ITT, false)), "and V=0");
	send_command(cmd_event(CMD_INT_EVENT, 5, last));
	report_check(never_taken(9), "its event is gone");
}

static void test_second_kernel(void)
{
	start_mapped();
	send_command(cmd_mapti(0, 0, LPI(0), 0));
	stop_its();
	start_its(SECOND);
	send_command(cmd_event(CMD_INT_EVENT, 0, 0));
	report_check(never_taken(0), "18: a second kernel starts with nothing mapped");
	map_device(0, 4);
	send_command(cmd_mapc(0, 1, true));
	send_command(cmd_mapti(0, 7, LPI(0), 0));
	send_command(cmd_event(CMD_INT_EVENT, 0, 7));
	report_check(once_on(1, 0), "and uses the same LPI");
}

/* The table had LPI 40 pending when the LPIs of CPU 1 were enabled. */
static void test_pending_table(void)
{
	start_mapped();
	send_command(cmd_mapti(0, 0, LPI(40), 1));
	let_run();
	report_check(hits[1][40] == 1 && hits[0][40] == 0, "22: the pending table is taken up");
}

static void test_software_msi(void)
{
	start_mapped();
	send_command(cmd_mapti(1, 2, LPI(3), 1));
	if (!on_monitor) {
		skip_check("software MSI", "there is no monitor");
		return;
	}
	report_check(call_host(CALL_MSI, 1, 2, 0) == 1 && once_on(1, 3), "software MSI");
	report_check(call_host(CALL_MSI, 1, 3, 0) == 0, "and of an event that is not mapped");
}

/* Commands of the longest kind, with everything mapped */
static void test_long_commands(void)
{
	uint32_t i;

	start_mapped();
	map_device(4, 10);
	fill_memory(ITTS + 0x40000, 0x4000, 0);
	for (i = 0; i < LPIS; i++) {
		set_config(i, true);
		queue_command(cmd_mapti(4, i, LPI(i), 0));
		if (i % 64 == 63)
			run_queue();
	}
	for (i = 0; i < 120; i++)
		queue_command(cmd_invall(0));
	report_check(run_queue(), "120 times INVALL with 1024 LPIs");
	queue_command(cmd_mapc(0, 1, true));
	queue_command(cmd_movall(1, 0));
	queue_command(cmd_mapd(4, 10, 0, false));
	report_check(run_queue(), "MAPC, MOVALL and MAPD V=0 of them");
	queue_command(cmd_event(CMD_INT_EVENT, 4, 0));
	report_check(run_queue() && never_taken(0), "and nothing is left");
}

/*
 * CPU 1 plays a device: an MSI has to be taken, by whatever CPU, before it sends the
 * next one.
 */
static void send_msis(void)
{
	uint32_t i, event, before, spins, random = 1;

	for (i = 0; i < STRESS_MSIS; i++) {
		random = random * 1664525 + 1013904223;
		event = random >> 16 & 7;
		before = hits[0][event] + hits[1][event];
		if (call_host(CALL_MSI, 1, event, 0) != 1)
			stress_lost++;
		for (spins = 0; hits[0][event] + hits[1][event] == before; spins++) {
			__asm__ volatile("yield");
			if (spins == 10000000) {
				stress_lost++;
				break;
			}
		}
	}
	stress_done = 1;
}

/* Meanwhile its events are moved about, and another device comes and goes. */
static void test_stress(void)
{
	uint32_t i, event, rounds = 0, random = 7;
	bool good = true;

	if (!on_monitor) {
		skip_check("software MSIs under stress", "there is no monitor");
		return;
	}
	start_mapped();
	for (i = 0; i < 8; i++)
		send_command(cmd_mapti(1, i, LPI(i), i & 1));
	stress_go = 1;
	send_command(cmd_event(CMD_INT_EVENT, 1, 1));	/* wakes CPU 1 */
	while (!stress_done && good) {
		random = random * 1664525 + 1013904223;
		event = random >> 16 & 7;
		switch (random >> 20 & 15) {
		case 0:
			queue_command(cmd_mapd(0, 4, ITTS, random >> 24 & 3));
			break;
		case 1: case 2:
			queue_command(cmd_mapti(0, event, LPI(100 + event), random >> 24 & 1));
			break;
		case 3:
			queue_command(cmd_event(CMD_DISCARD_EVENT, 0, event));
			break;
		case 4:
			queue_command(cmd_event(CMD_CLEAR_EVENT, 0, event));
			break;
		case 5:
			queue_command(cmd_mapc(random >> 24 & 1, random >> 25 & 1, true));
			break;
		case 6:
			queue_command(cmd_movall(random >> 24 & 1, random >> 25 & 1));
			break;
		case 7:
			queue_command(cmd_invall(random >> 24 & 1));
			break;
		case 8: case 9: case 10:
			queue_command(cmd_event(CMD_INT_EVENT, 0, event));
			break;
		default:
			queue_command(cmd_movi(1, event, random >> 24 & 1));
			break;
		}
		if (rounds++ % 4 == 3)
			good = run_queue();
	}
	script_text("# ");
	script_number(rounds);
	script_text(" commands meanwhile, MSIs lost: ");
	script_number(stress_lost);
	script_text("\n");
	report_check(good && stress_done && !stress_lost, "no MSI is lost under stress");
}

void script_send(struct command c)
{
	send_command(c);
	let_run();
}

void script_config(uint32_t lpi, bool on)
{
	set_config(lpi, on);
}

uint32_t script_taken(uint32_t cpu, uint32_t lpi)
{
	return count_taken(cpu, lpi);
}

static void run_script(void)
{
	start_mapped();
	script_run(SCRIPT_SEED, SCRIPT_STEPS);
	report_check(strange == 0, "the script ran");
}

static void start_lpis(void)
{
	start_redistributor(0, true);
	start_redistributor(1, false);
	start_cpu_interface();
}

/* ---- what commands cost ---- */

/* @commands are in the queue: run them, print the time of each. */
static void print_cost(const char *what, uint32_t commands)
{
	uint64_t start = now_ns(), took;

	run_queue();
	took = now_ns() - start;
	script_text("cost ");
	script_text(what);
	script_text(": ");
	script_number((uint32_t)(took / commands));
	script_text("\n");
}

static void cost_of(const char *what, struct command first, struct command second, uint32_t each)
{
	for (uint32_t i = 0; i < 120; i += 2) {
		queue_command(first);
		queue_command(second);
	}
	print_cost(what, 120 / each);
}

static void print_costs(void)
{
	struct command c;
	uint32_t i;

	start_lpis();
	start_mapped();
	print_cost("a write to CWRITER and a read of CREADR", 1);
	for (i = 0; i < 64; i++)
		set_config(i, false);
	send_command(cmd_mapti(0, 0, LPI(0), 0));
	cost_of("SYNC", cmd_sync(0), cmd_sync(0), 1);
	c = cmd_event(CMD_INV_EVENT, 0, 0);
	cost_of("INV", c, c, 1);
	c = cmd_event(CMD_INT_EVENT, 0, 0);
	cost_of("INT of a disabled LPI", c, c, 1);
	c = cmd_event(CMD_CLEAR_EVENT, 0, 0);
	cost_of("CLEAR", c, c, 1);
	cost_of("MOVI", cmd_movi(0, 0, 1), cmd_movi(0, 0, 0), 1);
	cost_of("MAPTI and DISCARD", cmd_mapti(0, 1, LPI(1), 0),
		cmd_event(CMD_DISCARD_EVENT, 0, 1), 2);
	queue_command(cmd_event(CMD_INV_EVENT, 0, 0));
	print_cost("INV, one in a write", 1);
	set_config(0, true);
	send_command(cmd_event(CMD_INV_EVENT, 0, 0));
	queue_command(cmd_event(CMD_INT_EVENT, 0, 0));
	print_cost("INT to the guest's handler", 1);
	send_command(cmd_mapd(4, 6, ITTS, true));
	for (i = 0; i < 64; i++)
		send_command(cmd_mapti(4, i, LPI(64 + i), 1));
	queue_command(cmd_invall(0));
	print_cost("INVALL with 64 LPIs of another CPU", 1);
	queue_command(cmd_invall(1));
	print_cost("INVALL of 64 LPIs", 1);
	queue_command(cmd_mapd(4, 6, 0, false));
	print_cost("MAPD V=0 with 64 events mapped", 1);
	queue_command(cmd_mapd(5, 11, BIG_ITT, true));
	print_cost("MAPD of 2^11 events", 1);
	send_command(cmd_mapti(5, 2047, LPI(9), 1));
	queue_command(cmd_mapd(5, 11, 0, false));
	print_cost("MAPD V=0 of 2^11 events", 1);
	if (on_monitor)
		call_host(CALL_REPORT, 0, 0, 0);
}

/* An interrupt of device 1 has to be taken, by whatever CPU. */
static bool interrupt_taken(uint32_t event)
{
	uint32_t before = hits[0][event] + hits[1][event], spins;

	queue_command(cmd_event(CMD_INT_EVENT, 1, event));
	if (!run_queue())
		return false;
	for (spins = 0; hits[0][event] + hits[1][event] == before; spins++) {
		__asm__ volatile("yield");
		if (spins == 1000000)
			return false;
	}
	return true;
}

/* Any command with any numbers that leaves device 1 and the collections 0 and 1 mapped */
static struct command random_command(uint32_t random, uint32_t event)
{
	uint32_t device = random >> 4 & 1 ? 0 : 3, a = random >> 5 & 1, b = random >> 6 & 1;

	switch (random & 15) {
	case 0:
		return cmd_mapd(device, 1 + (random >> 8 & 7), ITTS, random >> 11 & 3);
	case 1: case 2:
		return cmd_mapti(device, event, LPI(100 + (random >> 8 & 31)),
				 random >> 13 & 3);
	case 3:
		return cmd_event(CMD_DISCARD_EVENT, device, event);
	case 4:
		return cmd_event(CMD_CLEAR_EVENT, device, event);
	case 5:
		return cmd_mapc(a, b, true);
	case 6:
		return cmd_mapc(2 + a, b, random >> 7 & 1);
	case 7:
		return cmd_movall(a, b);
	case 8:
		return cmd_invall(random >> 8 & 3);
	case 9: case 10: case 11:
		return cmd_event(CMD_INT_EVENT, device, event);
	case 12: case 13: case 14:
		return cmd_movi(1, event, a);
	default:
		/* of device 0 or of collections from 4 on */
		return (struct command){ { random >> 27, (uint64_t)random << 24, random | 4 } };
	}
}

static void print_random(uint64_t ns, uint32_t commands, uint32_t lost)
{
	script_text("# ");
	script_number((uint32_t)(ns / 1000000));
	script_text(" ms: ");
	script_number(commands);
	script_text(" random commands, interrupts lost: ");
	script_number(lost);
	script_text("\n");
}

/* Sixteen commands in a write at most. The tables are edited where there is nothing in them. */
static void test_random(uint32_t ms)
{
	uint64_t start = now_ns(), end = start + ms * 1000000ull, report = start + REPORT_NS;
	uint32_t i, event, random = 3, commands = 0, lost = 0;
	bool good = true;

	start_mapped();
	for (i = 100; i < 132; i++)
		set_config(i, i & 1);
	for (i = 0; i < 8; i++)
		send_command(cmd_mapti(1, i, LPI(i), i & 1));
	while (now_ns() < end && good && lost < 10) {
		random = random * 1664525 + 1013904223;
		event = random >> 16 & 7;
		queue_command(random_command(random >> 3, event));
		commands++;
		if (!on_qemu)
			((volatile uint64_t *)DEVICES)[random >> 18] = random;
		if (random >> 28)
			continue;
		set_config(100 + event, random >> 27 & 1);
		good = run_queue();
		lost += !interrupt_taken(event);
		if (now_ns() >= report) {
			print_random(now_ns() - start, commands, lost);
			report += REPORT_NS;
		}
	}
	print_random(now_ns() - start, commands, lost);
	report_check(good && !lost, "random commands lose no interrupt");
}

/* Is this test among those that the command line names? */
static bool is_wanted(const char *name)
{
	const char *list, *n;

	for (list = wanted_tests; *list; list++) {
		for (n = name; *n && list[1 + (n - name)] == *n; n++)
			;
		if (*list == ' ' && !*n && list[1 + (n - name)] == ' ')
			return true;
	}
	return !wanted_tests[0];
}

#ifdef ON_XEN
/* The number after @name on the command line, which is in the device tree, or @otherwise */
static uint32_t line_number(const char *line, const char *end, const char *name,
			    uint32_t otherwise)
{
	const char *n;
	uint32_t number = 0;

	for (; line < end; line++) {
		for (n = name; *n && line[n - name] == *n; n++)
			;
		if (*n)
			continue;
		for (line += n - name; *line >= '0' && *line <= '9'; line++)
			number = number * 10 + (uint32_t)(*line - '0');
		return number;
	}
	return otherwise;
}

/* "tests=NAME,NAME" on the command line, as " NAME NAME " */
static void read_wanted(const char *line, const char *end)
{
	uint32_t i = 0;

	while (line < end && !(line[0] == 't' && line[1] == 'e' && line[2] == 's' &&
			       line[3] == 't' && line[4] == 's' && line[5] == '='))
		line++;
	if (line >= end)
		return;
	wanted_tests[i++] = ' ';
	for (line += 6; *line > ' ' && i < sizeof(wanted_tests) - 2; line++)
		wanted_tests[i++] = *line == ',' ? ' ' : *line;
	wanted_tests[i] = ' ';
}
#endif

/* CPUs that run one at a time, so that each test knows what it sees */
static void test_in_turns(uint32_t ms)
{
	if (is_wanted("registers"))
		test_registers();
	if (is_wanted("enabling"))
		test_enabling();
	start_lpis();
	if (is_wanted("pending-table"))
		test_pending_table();
	if (is_wanted("delivery"))
		test_delivery();
	if (is_wanted("few-intids"))
		test_few_intids();
	if (is_wanted("moving"))
		test_moving();
	if (is_wanted("bad-commands"))
		test_bad_commands();
	if (is_wanted("queue"))
		test_queue();
	if (is_wanted("gone-collection"))
		test_gone_collection();
	if (is_wanted("moving-in-flight"))
		test_moving_in_flight();
	if (is_wanted("cpu-off"))
		test_cpu_off();
	if (is_wanted("lost-device"))
		test_lost_device();
	if (is_wanted("mapti-pending"))
		test_mapti_pending();
	if (is_wanted("late-collection"))
		test_late_collection();
	if (is_wanted("mapped-device"))
		test_mapped_device();
	if (is_wanted("edited-tables"))
		test_edited_tables();
	if (is_wanted("large-device"))
		test_large_device();
	if (is_wanted("second-kernel"))
		test_second_kernel();
	if (is_wanted("software-msi"))
		test_software_msi();
	if (is_wanted("script"))
		run_script();
	if (is_wanted("long-commands"))
		test_long_commands();
	if (is_wanted("stress"))
		test_stress();
	if (is_wanted("random"))
		test_random(ms);
	if (on_monitor)
		call_host(CALL_REPORT, 0, 0, 0);
}

static void test_at_once(void)
{
	start_lpis();
	test_stress();
}

/* CPU 1 is switched off, with what it has pending */
static void switch_off(void)
{
	allow_irqs(false);
	off_cpu1 = 2;
	while (off_cpu1)
		__asm__ volatile("yield");
	call_host(PSCI_CPU_OFF, 0, 0, 0);
}

/* The other CPU only takes interrupts. */
static void idle_cpu(void)
{
	start_cpu_interface();
	cpu1_ready = 1;
	while (!stress_go) {
		if (!slow_cpu1) {
			__asm__ volatile("wfi");
			if (off_cpu1)
				switch_off();
			continue;
		}
		allow_irqs(false);
		let_run();
		allow_irqs(true);
	}
	send_msis();
	for (;;)
		__asm__ volatile("wfi");
}

/* Which ITS is it, by its ProductID? */
static void identify_host(void)
{
	uint32_t product = read32(ITS + 4) >> 24;

	on_monitor = product == 'm';
#ifndef ON_XEN
	on_qemu = !on_monitor;
#endif
	script_text(on_qemu ? "# on QEMU's ITS\n" : product == 'm' || product == 'X' ?
		    "# on the vITS\n" : "# on another vITS\n");
}

static void print_totals(void)
{
#ifdef ON_XEN
	script_text("# longest access ");
	script_number((uint32_t)longest_access);
	script_text(" ns\n");
#endif
	script_number(passed);
	script_text(" passed, ");
	script_number(failed);
	script_text(" failed, ");
	script_number(skipped);
	script_text(" skipped\n");
}

void start_test(uint64_t cpu, uint64_t dtb)
{
	uint32_t mode = 0, ms = 200;

	if (cpu)
		idle_cpu();
	identify_host();
#ifdef ON_XEN
	const char *line = (const char *)dtb;
	const char *end = line + __builtin_bswap32(*(volatile uint32_t *)(dtb + 4));

	mode = line_number(line, end, "mode=", 0);
	ms = line_number(line, end, "ms=", ms);
	id_bits = line_number(line, end, "idbits=", 16);
	read_wanted(line, end);
#else
	(void)dtb;
	mode = *(volatile uint32_t *)MODE;
#endif
	write32(GICD, 0x12);
	set_config(40, true);
	*(volatile uint8_t *)(PENDING + 0x10000 + LPI(40) / 8) = 1 << LPI(40) % 8;
	start_cpu1();
	switch (mode) {
	case 1:
		test_at_once();
		break;
	case 2:
		print_costs();
		break;
	default:
		test_in_turns(ms);
		break;
	}
	report_check(strange == 0, "no interrupt that is not an LPI");
	print_totals();
	call_host(PSCI_OFF, 0, 0, 0);
	for (;;)
		;
}
