// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * threads SECONDS: several CPUs of a guest write registers and commands, devices send
 * MSIs, and a CPU takes interrupts, all at once; built with ThreadSanitizer. No
 * interrupt of a device that stays mapped may be lost, wherever it is moved meanwhile.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "world.h"

#define EVENTS 8
#define LPIS 64

static struct {
	struct vits *v;
	_Atomic uint8_t ram[RAM_BYTES];
	struct fake_lpi lpis[FAKE_EVENTS];	/* under the lock */
} host;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, queue = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool again, stop;
static atomic_uint taken[LPIS];
static atomic_ulong commands, msis, dropped;

static void take_lock(void *h)
{
	(void)h;
	pthread_mutex_lock(&lock);
}

static void release_lock(void *h)
{
	(void)h;
	pthread_mutex_unlock(&lock);
}

/* Other CPUs write what is read: bytes are atomic, no more. */
static int read_ram(void *h, uint64_t gpa, void *to, uint32_t bytes)
{
	(void)h;
	if (gpa < RAM_BASE || gpa - RAM_BASE > RAM_BYTES - bytes)
		return -1;
	while (bytes--)
		((uint8_t *)to)[bytes] = host.ram[gpa - RAM_BASE + bytes];
	return 0;
}

static int write_ram(void *h, uint64_t gpa, const void *from, uint32_t bytes)
{
	(void)h;
	if (gpa < RAM_BASE || gpa - RAM_BASE > RAM_BYTES - bytes)
		return -1;
	while (bytes--)
		host.ram[gpa - RAM_BASE + bytes] = ((const uint8_t *)from)[bytes];
	return 0;
}

static enum vits_result get_slot(void *h, uint32_t device, uint32_t events, void **slot)
{
	(void)h, (void)device, (void)events;
	*slot = NULL;
	return VITS_DONE;
}

static enum vits_result put_slot(void *h, uint32_t device, void *slot)
{
	(void)h, (void)device, (void)slot;
	return VITS_DONE;
}

static enum vits_result map_lpi(void *h, const struct vits_lpi *l, uint16_t cpu, uint8_t config)
{
	(void)h;
	host.lpis[l->index] = (struct fake_lpi){ .intid = l->intid, .cpu = cpu, .config = config };
	return VITS_DONE;
}

static enum vits_result unmap_lpi(void *h, const struct vits_lpi *l)
{
	(void)h;
	host.lpis[l->index] = (struct fake_lpi){ 0 };
	return VITS_DONE;
}

static void raise_lpi(void *h, const struct vits_lpi *l)
{
	(void)h;
	require(host.lpis[l->index].intid == l->intid);
	host.lpis[l->index].pending = true;
}

static enum vits_result clear_lpi(void *h, const struct vits_lpi *l)
{
	(void)h;
	host.lpis[l->index].pending = false;
	return VITS_DONE;
}

static enum vits_result move_lpi(void *h, const struct vits_lpi *l, uint16_t cpu)
{
	(void)h;
	host.lpis[l->index].cpu = cpu;
	return VITS_DONE;
}

static void config_lpi(void *h, const struct vits_lpi *l, uint8_t config)
{
	(void)h;
	host.lpis[l->index].config = config;
}

static bool pending_lpi(void *h, const struct vits_lpi *l)
{
	(void)h;
	return host.lpis[l->index].pending;
}

static bool has_cpu(void *h, uint16_t cpu)
{
	(void)h;
	return cpu < 3;
}

static void ask_again(void *h)
{
	(void)h;
	again = true;
}

static void drop_log(void *h, enum vits_level level, const char *what, uint64_t a, uint64_t b)
{
	(void)h, (void)level, (void)what, (void)a, (void)b;
}

static const struct vits_ops ops = {
	.lock = take_lock, .unlock = release_lock, .guest_read = read_ram,
	.guest_write = write_ram, .slot_get = get_slot, .slot_put = put_slot,
	.lpi_map = map_lpi, .lpi_unmap = unmap_lpi, .lpi_raise = raise_lpi,
	.lpi_clear = clear_lpi, .lpi_move = move_lpi, .lpi_config = config_lpi,
	.lpi_pending = pending_lpi, .cpu_present = has_cpu, .call_again = ask_again,
	.log = drop_log,
};

static uint32_t random_below(unsigned int *seed, uint32_t limit)
{
	return (uint32_t)rand_r(seed) % limit;
}

static void write_register(uint32_t offset, uint64_t value)
{
	require(vits_mmio_write(host.v, offset, offset ? 8 : 4, value) == VITS_DONE);
}

/* What a hypervisor does where a CPU enters the guest */
static void enter_guest(void)
{
	if (atomic_exchange(&again, false))
		vits_run(host.v);
}

/* A command, as a driver does it: a lock of the guest's own, and CREADR is waited for. */
static void send_command(struct command c)
{
	uint64_t writer, reader;

	pthread_mutex_lock(&queue);
	writer = reg_read(host.v, 0x88);
	write_ram(NULL, AT_QUEUE + writer, c.dw, 32);
	writer = (writer + 32) % 4096;
	write_register(0x88, writer);
	do {
		enter_guest();
		reader = reg_read(host.v, 0x90);
		require(!(reader & 1));
	} while (reader != writer);
	pthread_mutex_unlock(&queue);
	commands++;
}

/* Device 0 is moved about, device 1 comes and goes. */
static void *drive_cpu(void *arg)
{
	unsigned int seed = (unsigned int)(uintptr_t)arg;

	while (!stop) {
		uint32_t event = random_below(&seed, EVENTS), what = random_below(&seed, 12);

		switch (what) {
		case 0:
			send_command(cmd_mapd(1, 3, AT_ITT, random_below(&seed, 3)));
			break;
		case 1: case 2: case 3:
			send_command(cmd_mapti(1, event, VITS_LPI_FIRST + 32 + event,
					       random_below(&seed, 2)));
			break;
		case 4:
			send_command(cmd_mapc(random_below(&seed, 2), random_below(&seed, 3), true));
			break;
		case 5:
			send_command(cmd_invall(random_below(&seed, 2)));
			break;
		case 6:
			send_command(cmd_movall(random_below(&seed, 3), random_below(&seed, 3)));
			break;
		case 7:
			send_command(cmd_event(CMD_DISCARD_EVENT, 1, event));
			break;
		case 8:
			send_command(cmd_event(CMD_INV_EVENT, 0, event));
			break;
		default:
			send_command(cmd_movi(0, event, random_below(&seed, 2)));
			break;
		}
	}
	return NULL;
}

/* A CPU that reads and writes what it may, and never waits */
static void *poke_registers(void *arg)
{
	uint64_t value;

	while (!stop) {
		vits_mmio_read(host.v, 0, 4, &value);
		require(value & 1);
		write_register(0x100, 0);	/* ignored: it is enabled */
		vits_lpis_on(host.v, 0, PROPBASER, AT_PENDING | VITS_PENDBASER_PTZ);
		enter_guest();
		usleep(100);
	}
	return arg;
}

/* Each CPU takes what is pending for it. */
static void *take_interrupts(void *arg)
{
	unsigned int i;

	while (!stop) {
		pthread_mutex_lock(&lock);
		for (i = 0; i < 64; i++) {
			if (host.lpis[i].pending && (host.lpis[i].config & 1) &&
			    host.lpis[i].cpu < 3) {
				host.lpis[i].pending = false;
				taken[host.lpis[i].intid - VITS_LPI_FIRST]++;
			}
		}
		pthread_mutex_unlock(&lock);
		usleep(20);	/* the lock is not fair */
	}
	return arg;
}

/* A device's interrupt has to arrive before its next one is sent. */
static void *send_msis(void *arg)
{
	unsigned int seed = 99, before;

	while (!stop) {
		uint32_t event = random_below(&seed, EVENTS);

		before = taken[event];
		require(vits_msi(host.v, 0, event) == VITS_DONE);
		while (taken[event] == before && !stop)
			enter_guest();
		msis++;
		if (vits_msi(host.v, 1, event) != VITS_DONE)
			dropped++;
	}
	return arg;
}

static void *watch_dog(void *arg)
{
	unsigned long seen = 0;
	time_t end = time(NULL) + (time_t)(uintptr_t)arg;

	while (time(NULL) < end) {
		sleep(1);
		/* an interrupt that is lost, or a queue that stands, ends both */
		if (msis == seen)
			sleep(20);
		require(msis != seen);
		seen = msis;
	}
	stop = true;
	return NULL;
}

int main(int argc, char **argv)
{
	struct vits_limits limits = {
		.devices = 4, .events = 64, .collections = 2, .lpis = LPIS, .cpus = 3,
		.budget = 3, .device_bits = 4, .event_bits = 5,
	};
	uintptr_t seconds = argc > 1 ? (uintptr_t)atoi(argv[1]) : 5;
	pthread_t threads[8];
	struct vits_stats stats;
	unsigned int i;

	for (i = 0; i < LPIS; i++)
		host.ram[AT_CONFIG - RAM_BASE + i] = CONFIG_ON;
	host.v = vits_create(malloc(vits_bytes(&limits)), &limits, &ops, &host);
	require(host.v);
	write_register(0x80, BASER_FLAT_4K | AT_QUEUE);
	write_register(0x100, BASER_FLAT_4K | AT_DEVICES);
	write_register(0x108, BASER_FLAT_4K | AT_COLLECTIONS);
	while (vits_run(host.v) == VITS_AGAIN)
		;
	write_register(0, 1);
	for (i = 0; i < 3; i++)
		vits_lpis_on(host.v, (uint16_t)i, PROPBASER, AT_PENDING | VITS_PENDBASER_PTZ);
	send_command(cmd_mapc(0, 0, true));
	send_command(cmd_mapc(1, 1, true));
	send_command(cmd_mapd(0, 3, AT_ITT, true));
	for (i = 0; i < EVENTS; i++)
		send_command(cmd_mapti(0, i, VITS_LPI_FIRST + i, i % 2));
	pthread_create(&threads[0], NULL, drive_cpu, (void *)1);
	pthread_create(&threads[1], NULL, drive_cpu, (void *)2);
	pthread_create(&threads[2], NULL, poke_registers, NULL);
	pthread_create(&threads[3], NULL, take_interrupts, NULL);
	pthread_create(&threads[4], NULL, send_msis, NULL);
	watch_dog((void *)seconds);
	for (i = 0; i < 5; i++)
		pthread_join(threads[i], NULL);
	while (vits_run(host.v) == VITS_AGAIN)
		;
	check_invariant(host.v, true);
	vits_stats(host.v, &stats);
	printf("ok %lu commands, %lu MSIs taken, %lu MSIs to nothing, %llu commands refused\n",
	       commands, msis, dropped, (unsigned long long)stats.refused[VITS_E_UNMAPPED_DEVICE]);
	require(commands && msis);
	free(host.v);
	printf("1 passed, 0 failed, 0 skipped\n");
	return 0;
}
