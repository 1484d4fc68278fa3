// SPDX-License-Identifier: MIT
/*
 * xen-snd-back fuzzing: the state machine of a device, with a frontend and a
 * toolstack that do anything in any order. Its streams' threads are real, time
 * is not.
 */
#include <sys/eventfd.h>
#include <unistd.h>
#include <xen/io/xenbus.h>

#include "card.h"
#include "device.h"
#include "fake_store.h"
#include "fake_xen.h"
#include "fuzz.h"
#include "log.h"
#include "util.h"

#define BE	"/local/domain/0/backend/vsnd/7/0"
#define FE	"/local/domain/7/device/vsnd/0"

static struct config config = { .cli_sink = "null", .cli_source = "null",
				.cli_limits = BUDGET_DEFAULT };
static struct device_env env = { .config = &config,
				 .backend = "/local/domain/0/backend/vsnd" };
static uint32_t ring_ref, port, evt_port;
static void *pages;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int fd;

	(void)argc;
	(void)argv;
	log_set_level(LVL_NONE);
	env.store = store_open();
	env.done_fd = eventfd(0, EFD_NONBLOCK);
	pages = fake_pages(2, &ring_ref);
	port = fake_port(&fd);
	evt_port = fake_port(&fd);
	return 0;
}

static void set_num(uint32_t value, const char *path)
{
	char v[16];

	snprintf(v, sizeof(v), "%u", value);
	fake_store_set(v, "%s", path);
}

static void frontend(struct input *in)
{
	static const char * const nodes[] = {
		"/state", "/version", "/0/0/type", "/0/0/ring-ref",
		"/0/0/evt-ring-ref", "/0/0/event-channel",
		"/0/0/evt-event-channel", "/0/0/unique-id", "/0/1/type",
		"/sample-rates", "/0/channels-max", "/buffer-size",
	};
	const char *node = nodes[in_u8(in) % 12];
	char value[16] = "", path[96];

	snprintf(path, sizeof(path), FE "%s", node);
	if (in_u8(in) & 1) {
		in_bytes(in, value, in_u8(in) % 8);
		fake_store_set(value, "%s", path);
	} else {
		fake_store_remove(path);
	}
}

static void publish(struct input *in)
{
	XEN_FRONT_RING_INIT(&(xen_sndif_front_ring_t){ 0 },
			    (xen_sndif_sring_t *)pages, 4096);
	fake_store_set(in_u8(in) & 1 ? "p" : "c", FE "/0/0/type");
	fake_store_set("2", FE "/version");
	set_num(ring_ref, FE "/0/0/ring-ref");
	set_num(ring_ref + 1, FE "/0/0/evt-ring-ref");
	set_num(port, FE "/0/0/event-channel");
	set_num(evt_port, FE "/0/0/evt-event-channel");
	set_num(in_u8(in) % 9, FE "/state");
}

static void toolstack(struct input *in)
{
	switch (in_u8(in) % 5) {
	case 0:
		fake_store_set("0", BE "/online");
		break;
	case 1:
		fake_store_remove(BE);
		break;
	case 2:
		fake_store_remove("/local/domain/7");
		break;
	case 3:
		fake_store_set("/local/domain/8/device/vsnd/0", BE "/frontend");
		break;
	default:
		fake_store_set("7", BE "/frontend-id");
		fake_store_set(FE, BE "/frontend");
		fake_store_set("1", BE "/online");
		break;
	}
}

static void wait_for_threads(void)
{
	unsigned int i;

	for (i = 0; i < 2000 && fake_mapped(); i++)
		usleep(100);
	usleep(100);
}

static void step(struct device *d, struct input *in)
{
	uint8_t op = in_u8(in);

	/* mostly so slow that each change is seen */
	if (op < 200)
		fuzz_now += 6 * NSEC_PER_MSEC;
	switch (op % 7) {
	case 0:
		frontend(in);
		device_changed(d);
		break;
	case 1:
		publish(in);
		device_changed(d);
		break;
	case 2:
		set_num(in_u8(in) % 9, FE "/state");
		device_changed(d);
		break;
	case 3:
		toolstack(in);
		device_update(d);
		break;
	case 4:
		fuzz_now += (uint64_t)in_u8(in) * NSEC_PER_MSEC;
		break;
	case 5:
		fuzz_now += (uint64_t)in_u8(in) * NSEC_PER_SEC;
		break;
	default:
		wait_for_threads();
		break;
	}
	device_step(d);
	/* else the main thread spins */
	if (device_deadline(d) != TIME_NEVER)
		MUST(device_deadline(d) + 100000 > fuzz_now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct device *d;
	unsigned int i;

	fake_store_clear();
	fuzz_now = 1000 * NSEC_PER_SEC;
	fake_store_set("7", BE "/frontend-id");
	fake_store_set(FE, BE "/frontend");
	d = device_new(&env, 7, 0);
	while (in.size)
		step(d, &in);
	device_shutdown(d);
	for (i = 0; i < 10000 && !device_closed(d); i++) {
		fuzz_now += NSEC_PER_SEC;
		usleep(10);
		device_update(d);
	}
	MUST(device_closed(d));
	device_free(d);
	MUST(!fake_mapped() && !fake_bound());
	return 0;
}
