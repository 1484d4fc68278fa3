// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: the card's description and the state machine.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <xen/io/xenbus.h>

#include "card.h"
#include "device.h"
#include "fake_store.h"
#include "fake_xen.h"
#include "guest.h"
#include "quirks.h"
#include "saved_log.h"
#include "test.h"
#include "util.h"

#define BE	"/local/domain/0/backend/vsnd/7/0"
#define FE	"/local/domain/7/device/vsnd/0"

static struct config config = { .cli_sink = "null", .cli_source = "null",
				.cli_limits = BUDGET_DEFAULT };
static struct device_env env;
static struct device *dev;
static void *pages[4];
static uint32_t ports[4];

static void frontend_is(enum xenbus_state state)
{
	char v[4];

	snprintf(v, sizeof(v), "%u", state);
	fake_store_set(v, FE "/state");
}

static int backend_is(void)
{
	return atoi(fake_store_get(BE "/state"));
}

static void set_num(uint32_t value, const char *dir, const char *node)
{
	char v[16];

	snprintf(v, sizeof(v), "%u", value);
	fake_store_set(v, "%s/%s", dir, node);
}

static void publish(const char *dir, unsigned int i)
{
	uint32_t ref;
	int fd;

	pages[i] = fake_page(&ref);
	XEN_FRONT_RING_INIT(&(xen_sndif_front_ring_t){ 0 },
			    (xen_sndif_sring_t *)pages[i], 4096);
	set_num(ref, dir, "ring-ref");
	pages[i + 1] = fake_page(&ref);
	set_num(ref, dir, "evt-ring-ref");
	ports[i] = fake_port(&fd);
	set_num(ports[i], dir, "event-channel");
	ports[i + 1] = fake_port(&fd);
	set_num(ports[i + 1], dir, "evt-event-channel");
}

static void publish_all(void)
{
	publish(FE "/0/0", 0);
	publish(FE "/0/1", 2);
	fake_store_set("2", FE "/version");
}

static void withdraw_all(void)
{
	unsigned int i;

	for (i = 0; i < 4 && pages[i]; i++) {
		fake_pages_free(pages[i], 1);
		fake_port_free(ports[i]);
		pages[i] = NULL;
	}
}

static void make_store(void)
{
	fake_store_clear();
	fake_store_set("7", BE "/frontend-id");
	fake_store_set(FE, BE "/frontend");
	fake_store_set("1", BE "/online");
	fake_store_set("1", BE "/state");
	fake_store_set("48000,44100", FE "/sample-rates");
	fake_store_set("s16_le,u8", FE "/sample-formats");
	fake_store_set("65536", FE "/buffer-size");
	fake_store_set("p", FE "/0/0/type");
	fake_store_set("pb0", FE "/0/0/unique-id");
	fake_store_set("c", FE "/0/1/type");
	fake_store_set("2", FE "/0/1/channels-max");
	frontend_is(XenbusStateInitialising);
}

static void begin(void)
{
	make_store();
	env.config = &config;
	env.store = store_open();
	env.done_fd = eventfd(0, EFD_NONBLOCK);
	strcpy(env.backend, "/local/domain/0/backend/vsnd");
	dev = device_new(&env, 7, 0);
}

static void finish(void)
{
	frontend_is(XenbusStateClosed);
	device_shutdown(dev);
	while (!device_closed(dev)) {
		usleep(1000);
		device_update(dev);
	}
	device_free(dev);
	store_close(env.store);
	close(env.done_fd);
	withdraw_all();
	CHECK_EQ(fake_mapped(), 0);
	CHECK_EQ(fake_bound(), 0);
}

/* Let threads end and deadlines pass until the backend is in this state. */
static bool settle(enum xenbus_state state)
{
	unsigned int i;

	device_update(dev);
	for (i = 0; i < 300 && backend_is() != (int)state; i++) {
		usleep(10000);
		device_step(dev);
	}
	return backend_is() == (int)state;
}

static void go_connected(void)
{
	begin();
	CHECK(settle(XenbusStateInitWait));
	publish_all();
	frontend_is(XenbusStateInitialised);
	CHECK(settle(XenbusStateConnected));
	frontend_is(XenbusStateConnected);
	device_update(dev);
	CHECK_EQ(fake_mapped(), 4);
	CHECK_EQ(fake_bound(), 4);
}

static void card_good(void)
{
	struct log_guest log;
	struct card card;

	make_store();
	log_guest_init(&log, "test");
	publish_all();
	CHECK(card_read(NULL, FE, 7, 0, 32, &log, &card));
	CHECK_EQ(card.num, 2);
	CHECK(!card.mainline);
	CHECK(!card.streams[0].capture);
	CHECK(card.streams[1].capture);
	CHECK(!strcmp(card.streams[0].unique_id, "pb0"));
	CHECK(!strcmp(card.streams[1].unique_id, "0.0.1"));
	CHECK_EQ(card.streams[0].caps.buffer_bytes, 65536);
	CHECK_EQ(card.streams[0].caps.num_rates, 2);
	CHECK_EQ(card.streams[0].caps.rates.min, 44100);
	CHECK_EQ(card.streams[0].caps.channels.max, 255);
	CHECK_EQ(card.streams[1].caps.channels.max, 2);
	CHECK_EQ(card.streams[1].caps.formats, 6);
	free(card.streams);
	/* narrowed, never widened */
	fake_store_set("4", FE "/channels-max");
	fake_store_set("8", FE "/0/channels-max");
	fake_store_set("s8,u8", FE "/0/0/sample-formats");
	fake_store_set("99999999", FE "/0/buffer-size");
	CHECK(card_read(NULL, FE, 7, 0, 32, &log, &card));
	CHECK_EQ(card.streams[0].caps.channels.max, 4);
	CHECK_EQ(card.streams[0].caps.formats, 2);
	CHECK_EQ(card.streams[0].caps.buffer_bytes, 65536);
	free(card.streams);
	withdraw_all();
}

static void card_bad(void)
{
	static const char * const nodes[][2] = {
		{ "/version", "1" },
		{ "/sample-rates", "48000;44100" },
		{ "/sample-rates", "" },
		{ "/sample-rates", "0" },
		{ "/0/sample-rates", "96000" },
		{ "/sample-formats", "s16" },
		{ "/0/0/sample-formats", "s8" },
		{ "/channels-max", "256" },
		{ "/channels-max", "-1" },
		{ "/channels-max", "0" },
		{ "/0/0/channels-min", "9999999999999999999999" },
		{ "/buffer-size", "64k" },
		{ "/0/0/type", "x" },
		{ "/0/0/ring-ref", "" },
		{ "/0/1/evt-event-channel", "1 " },
	};
	struct log_guest log;
	struct card card;
	unsigned int i;

	log_guest_init(&log, "test");
	for (i = 0; i < ARRAY_SIZE(nodes); i++) {
		make_store();
		publish_all();
		fake_store_set(nodes[i][1], FE "%s", nodes[i][0]);
		if (card_read(NULL, FE, 7, 0, 32, &log, &card)) {
			printf("    %s = %s\n", nodes[i][0], nodes[i][1]);
			test_failed = true;
		}
		free(card.streams);
		withdraw_all();
	}
	make_store();
	CHECK(!card_read(NULL, FE, 7, 0, 32, &log, &card));
	free(card.streams);
}

static void connect_and_part(void)
{
	go_connected();
	CHECK(!strcmp(fake_store_get(BE "/versions"), "2"));
	CHECK(!strcmp(fake_store_states(), "24"));
	/* it parts and comes back */
	frontend_is(XenbusStateClosing);
	CHECK(settle(XenbusStateClosing));
	CHECK_EQ(fake_mapped(), 0);
	frontend_is(XenbusStateClosed);
	CHECK(settle(XenbusStateClosed));
	withdraw_all();
	frontend_is(XenbusStateInitialising);
	CHECK(settle(XenbusStateInitWait));
	publish_all();
	frontend_is(XenbusStateInitialised);
	CHECK(settle(XenbusStateConnected));
	CHECK(!strcmp(fake_store_states(), "245624"));
	finish();
}

static void silent_frontend(void)
{
	/* one that waits for our Closed before it closes */
	go_connected();
	frontend_is(XenbusStateClosing);
	CHECK(settle(XenbusStateClosed));
	finish();
}

/* one that cannot connect, and waits for our Closed before it closes */
static void frontend_gives_up(void)
{
	begin();
	CHECK(settle(XenbusStateInitWait));
	frontend_is(XenbusStateClosing);
	CHECK(settle(XenbusStateClosed));
	frontend_is(XenbusStateClosed);
	device_update(dev);
	CHECK_EQ(backend_is(), XenbusStateClosed);
	frontend_is(XenbusStateInitialising);
	CHECK(settle(XenbusStateInitWait));
	finish();
}

static void mainline_removal(void)
{
	begin();
	CHECK(settle(XenbusStateInitWait));
	publish_all();
	fake_store_remove(FE "/version");
	frontend_is(XenbusStateInitialised);
	CHECK(settle(XenbusStateConnected));
	frontend_is(XenbusStateClosing);
	CHECK(settle(XenbusStateInitWait));
	CHECK(!strcmp(fake_store_states(), "2452"));
	frontend_is(XenbusStateClosed);
	device_update(dev);
	CHECK_EQ(backend_is(), XenbusStateInitWait);
	finish();
}

static void detach(void)
{
	go_connected();
	fake_store_set("0", BE "/online");
	fake_store_set("5", BE "/state");
	device_update(dev);
	CHECK_EQ(backend_is(), XenbusStateClosing);
	CHECK_EQ(fake_mapped(), 4);
	frontend_is(XenbusStateClosed);
	CHECK(settle(XenbusStateClosed));
	CHECK_EQ(fake_mapped(), 0);
	CHECK(!device_gone(dev));
	fake_store_remove(BE);
	device_update(dev);
	CHECK(device_gone(dev));
	CHECK(!strcmp(fake_store_get(BE "/state"), ""));
	finish();
}

static void detach_deaf(void)
{
	/* a frontend that does not react is not waited for */
	go_connected();
	fake_store_set("0", BE "/online");
	CHECK(settle(XenbusStateClosed));
	CHECK_EQ(fake_mapped(), 0);
	finish();
}

static void destroyed(void)
{
	go_connected();
	fake_store_remove("/local/domain/7");
	fake_store_remove(BE);
	device_update(dev);
	while (!device_gone(dev)) {
		usleep(1000);
		device_step(dev);
	}
	CHECK_EQ(fake_mapped(), 0);
	/* nothing was written into a directory that is gone */
	CHECK(!strcmp(fake_store_get(BE "/state"), ""));
	finish();
}

static void restart(void)
{
	/* the frontend is still connected to a daemon that died */
	begin();
	fake_store_set("4", BE "/state");
	frontend_is(XenbusStateConnected);
	device_update(dev);
	CHECK_EQ(backend_is(), XenbusStateClosing);
	CHECK(settle(XenbusStateClosed));
	frontend_is(XenbusStateReconfiguring);
	CHECK(settle(XenbusStateInitWait));
	finish();
	/* it had just published */
	begin();
	fake_store_set("2", BE "/state");
	publish_all();
	frontend_is(XenbusStateInitialised);
	CHECK(settle(XenbusStateConnected));
	finish();
	/* it had closed */
	begin();
	fake_store_set("4", BE "/state");
	frontend_is(XenbusStateClosed);
	CHECK(settle(XenbusStateInitWait));
	finish();
}

static void leaving(void)
{
	uint64_t t0 = now_ns();

	go_connected();
	device_shutdown(dev);
	CHECK_EQ(backend_is(), XenbusStateClosing);
	frontend_is(XenbusStateInitialising);
	CHECK(settle(XenbusStateClosed));
	/* it reacted, so the time it has for that is not waited for */
	CHECK(now_ns() - t0 < 800 * NSEC_PER_MSEC);
	CHECK(device_closed(dev));
	CHECK(!strcmp(fake_store_states(), "2456"));
	finish();
}

static void bad_card(void)
{
	begin();
	CHECK(settle(XenbusStateInitWait));
	publish_all();
	fake_store_set("1", FE "/0/1/ring-ref");
	frontend_is(XenbusStateInitialised);
	CHECK(settle(XenbusStateClosed));
	CHECK_EQ(fake_mapped(), 0);
	CHECK_EQ(fake_bound(), 0);
	/* another try is allowed, but not at once */
	frontend_is(XenbusStateInitialising);
	device_update(dev);
	CHECK_EQ(backend_is(), XenbusStateClosed);
	CHECK(device_deadline(dev) != TIME_NEVER);
	CHECK(settle(XenbusStateInitWait));
	finish();
}

/* it comes back too soon, then does not want to: nobody waits for a time */
static void comes_and_goes(void)
{
	unsigned int i;

	go_connected();
	frontend_is(XenbusStateInitialising);
	device_update(dev);
	for (i = 0; i < 100 && fake_mapped(); i++) {
		usleep(1000);
		device_step(dev);
	}
	CHECK(device_deadline(dev) != TIME_NEVER);
	frontend_is(XenbusStateClosed);
	device_update(dev);
	CHECK(device_deadline(dev) == TIME_NEVER);
	withdraw_all();
	frontend_is(XenbusStateInitialising);
	CHECK(settle(XenbusStateInitWait));
	finish();
}

/* Its state jumps about: looked at now and then, and at last. */
static void jumps(void)
{
	uint64_t t0 = now_ns(), passed;
	unsigned int reads, i;

	begin();
	CHECK(settle(XenbusStateInitWait));
	reads = fake_store_reads();
	for (i = 0; i < 10000; i++) {
		frontend_is(i % 2 ? XenbusStateClosed : 6 + i % 100);
		device_changed(dev);
		device_step(dev);
	}
	passed = now_ns() - t0;
	CHECK(fake_store_reads() - reads < 10 * (passed / (5 * NSEC_PER_MSEC) + 2));
	publish_all();
	frontend_is(XenbusStateInitialised);
	device_changed(dev);
	CHECK(device_deadline(dev) <= now_ns() + 5 * NSEC_PER_MSEC);
	usleep(6000);
	device_step(dev);
	CHECK_EQ(backend_is(), XenbusStateConnected);
	finish();
}

static void foreign_frontend(void)
{
	begin();
	fake_store_set("/local/domain/8/device/vsnd/0", BE "/frontend");
	device_update(dev);
	CHECK_EQ(backend_is(), XenbusStateInitialising);
	finish();
}

#ifdef XSB_QUIRKS
/* The daemon's next life finds a frontend that is still connected. */
static void binds_what_is_old(void)
{
	CHECK(quirks_load("ignore-reconfiguring"));
	begin();
	publish_all();
	frontend_is(XenbusStateConnected);
	CHECK(settle(XenbusStateConnected));
	CHECK_EQ(fake_mapped(), 4);
	frontend_is(XenbusStateReconfiguring);
	device_update(dev);
	usleep(200000);
	device_step(dev);
	CHECK_EQ(backend_is(), XenbusStateConnected);
	CHECK(!strcmp(fake_store_states(), "4"));
	/* the way out */
	frontend_is(XenbusStateClosing);
	CHECK(settle(XenbusStateClosing));
	frontend_is(XenbusStateInitialising);
	CHECK(settle(XenbusStateInitWait));
	finish();
	quirks_load(NULL);
}
#endif

/* The guest connects to alsa:fake. Return: it may record from that. */
static bool may_record(const struct config *c)
{
	bool allowed, denied;

	begin();
	env.config = c;
	fake_store_set("plain", "/local/domain/7/name");
	/* whatever the guest can write */
	fake_store_set("trusted", "/local/domain/7/data/name");
	fake_store_set("trusted", "/local/domain/7/device/name");
	fake_store_set("trusted", FE "/name");
	fake_store_set("trusted", FE "/short-name");
	fake_store_set("trusted", FE "/0/name");
	fake_store_set("trusted", FE "/0/1/name");
	fake_store_set("trusted", FE "/0/1/unique-id");
	publish_all();
	frontend_is(XenbusStateInitialised);
	saved_log_begin();
	CHECK(settle(XenbusStateConnected));
	saved_log_end();
	allowed = saved_log_count(": capture from alsa:fake\n") == 1;
	denied = saved_log_count(": capture from alsa:fake is denied\n") == 1;
	CHECK(allowed != denied);
	finish();
	return allowed;
}

static void own_name(void)
{
	struct config c = { .cli_sink = "null", .cli_source = "alsa:fake",
			    .cli_limits = BUDGET_DEFAULT };

	CHECK(!may_record(&c));
	CHECK(config_allow_capture(&c, "trusted"));
	CHECK(!may_record(&c));
	CHECK(config_allow_capture(&c, "plain"));
	CHECK(may_record(&c));
	config_free(&c);
}

static void name_guest(const char *name)
{
	fake_store_set(name, "/local/domain/7/name");
}

/* Connect as guest @name with this file. */
static void connect_with(struct config *c, const char *name, const char *text)
{
	char path[96];

	write_conf(path, sizeof(path), text);
	memset(c, 0, sizeof(*c));
	CHECK(config_load(c, path));
	begin();
	env.config = c;
	name_guest(name);
	CHECK(settle(XenbusStateInitWait));
	publish_all();
	frontend_is(XenbusStateInitialised);
	device_update(dev);
}

static void change_config(struct config *c, const char *text)
{
	char path[96];

	write_conf(path, sizeof(path), text);
	config_free(c);
	CHECK(config_load(c, path));
	device_reconfigure(dev);
}

static void end_config(struct config *c)
{
	finish();
	env.config = &config;
	config_free(c);
}

#define NULLS "[default]\nsink = null\nsource = null\n"

/* Nothing of it is mapped, and there is one line however often it tries. */
static void not_allowed(void)
{
	struct config c;

	saved_log_begin();
	connect_with(&c, "mail", NULLS "[guest mail]\nallow = no\n");
	CHECK(settle(XenbusStateClosed));
	CHECK_EQ(fake_mapped(), 0);
	frontend_is(XenbusStateInitialising);
	CHECK(settle(XenbusStateInitWait));
	frontend_is(XenbusStateInitialised);
	CHECK(settle(XenbusStateClosed));
	CHECK_EQ(fake_mapped(), 0);
	saved_log_end();
	CHECK_EQ(saved_log_count("does not allow guest mail"), 1);
	CHECK_EQ(saved_log_count("connected"), 0);
	/* allowed: it need not wait */
	frontend_is(XenbusStateInitialising);
	device_update(dev);
	CHECK_EQ(backend_is(), XenbusStateClosed);
	change_config(&c, NULLS);
	CHECK_EQ(backend_is(), XenbusStateInitWait);
	frontend_is(XenbusStateInitialised);
	CHECK(settle(XenbusStateConnected));
	/* and not any more */
	frontend_is(XenbusStateConnected);
	device_update(dev);
	change_config(&c, "[default]\nallow = no\n");
	CHECK_EQ(backend_is(), XenbusStateClosing);
	frontend_is(XenbusStateClosed);
	CHECK(settle(XenbusStateClosed));
	CHECK_EQ(fake_mapped(), 0);
	end_config(&c);
}

static bool report_has(struct report *r, const char *text)
{
	return r->text && memmem(r->text, r->len, text, strlen(text));
}

/* What does not change the streams leaves them as they are. */
static void same_config(void)
{
	struct config c;

	connect_with(&c, "mail", NULLS);
	CHECK(settle(XenbusStateConnected));
	frontend_is(XenbusStateConnected);
	device_update(dev);
	change_config(&c, "[stream other]\nsink = file:/x.wav\n"
			  "[guest mail]\nsink = null\nsource = null\n"
			  "cpu = 7\ncapture = allow\n");
	CHECK_EQ(backend_is(), XenbusStateConnected);
	CHECK_EQ(fake_mapped(), 4);
	CHECK(!strcmp(fake_store_states(), "24"));
	end_config(&c);
}

/* Both ends are connected, with null as sink and source. */
static void connect_mail(struct config *c)
{
	connect_with(c, "mail", NULLS);
	CHECK(settle(XenbusStateConnected));
	frontend_is(XenbusStateConnected);
	device_update(dev);
}

/* One stream goes elsewhere: the card stays connected. */
static void moved_sink(void)
{
	static const char * const texts[] = {
		NULLS "[stream pb0]\nsink = alsa:fake\n",
		NULLS "[guest mail]\nsink = file:/x.wav\nnode-volume = yes\n",
		NULLS "[guest mail stream pb0]\nrole = Music\n",
	};
	static const char * const sinks[] = { "alsa:fake", "file:/x.wav", "null" };
	struct report r;
	struct config c;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		connect_mail(&c);
		saved_log_begin();
		change_config(&c, texts[i]);
		usleep(50000);
		device_step(dev);
		saved_log_end();
		CHECK_EQ(backend_is(), XenbusStateConnected);
		CHECK_EQ(fake_mapped(), 4);
		report_begin(&r, false);
		device_report(dev, &r);
		CHECK(report_has(&r, sinks[i]));
		free(r.text);
		CHECK_EQ(saved_log_count("stream pb0: from now on playback to "), 1);
		end_config(&c);
	}
}

/* What the guest is offered changes: the card is closed in order and comes back. */
static void other_offer(void)
{
	static const char * const texts[] = {
		NULLS "[guest mail stream 0.0.1]\nsource = alsa:fake\n",
		NULLS "[guest mail]\nstreams = 1\n",
	};
	struct config c;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		connect_mail(&c);
		change_config(&c, texts[i]);
		CHECK_EQ(backend_is(), XenbusStateClosing);
		/* its streams are served until the frontend has stopped them */
		CHECK_EQ(fake_mapped(), 4);
		frontend_is(XenbusStateClosed);
		CHECK(settle(XenbusStateClosed));
		CHECK_EQ(fake_mapped(), 0);
		frontend_is(XenbusStateInitialising);
		CHECK(settle(XenbusStateInitWait));
		end_config(&c);
	}
}

static void store_is_lost(void)
{
	unsigned int i, reads;

	go_connected();
	device_abandon(dev);
	reads = fake_store_reads();
	for (i = 0; i < 100 && !device_closed(dev); i++) {
		usleep(10000);
		device_step(dev);
	}
	CHECK(device_closed(dev));
	CHECK_EQ(fake_mapped(), 0);
	CHECK_EQ(fake_store_reads(), reads);
	CHECK(!strcmp(fake_store_states(), "24"));
	finish();
}

static void test_reports(void)
{
	const struct volume_order all = { .mute = true };
	const struct volume_order one = { .stream = "pb0", .set_volume = true,
					  .mdb = -6500 };
	struct report r;
	struct config c;

	connect_with(&c, "ma il", "[default]\nsink = null\nsource = alsa:fake\n");
	CHECK(settle(XenbusStateConnected));
	report_begin(&r, false);
	device_report(dev, &r);
	report_end(&r, NULL);
	CHECK(report_has(&r, "card guest=ma\\x20il domid=7 card=0 state=connected streams=2 mainline=0\n"));
	CHECK(report_has(&r, " unique-id=pb0 type=playback sink=null denied=0 volume-mdb=0 muted=0 state=closed cpu-us="));
	CHECK(report_has(&r, " type=capture source=alsa:fake denied=1 "));
	CHECK(report_has(&r, "\nok\n"));
	free(r.text);
	report_begin(&r, true);
	device_report(dev, &r);
	report_end(&r, NULL);
	CHECK(report_has(&r, "{\"records\":[{\"kind\":\"card\",\"guest\":\"ma il\",\"domid\":7,"));
	CHECK(report_has(&r, "},{\"kind\":\"stream\","));
	CHECK(report_has(&r, "}],\"ok\":true}\n"));
	free(r.text);
	CHECK_EQ(device_count(dev, "other", NULL), 0);
	CHECK_EQ(device_count(dev, "ma il", "pb"), 0);
	CHECK_EQ(device_count(dev, "ma il", "pb0"), 1);
	CHECK_EQ(device_count(dev, "ma il", NULL), 2);
	CHECK(host_volume_order(&c.volumes, "ma il", &one));
	device_volume(dev, "ma il");
	CHECK(host_volume_order(&c.volumes, "ma il", &all));
	device_volume(dev, "other");
	report_begin(&r, false);
	device_report(dev, &r);
	CHECK(report_has(&r, "unique-id=pb0 type=playback sink=null denied=0 volume-mdb=-6500 muted=0 "));
	free(r.text);
	device_volume(dev, "ma il");
	report_begin(&r, false);
	device_report(dev, &r);
	CHECK(report_has(&r, "unique-id=pb0 type=playback sink=null denied=0 volume-mdb=-6500 muted=1 "));
	CHECK(report_has(&r, "source=alsa:fake denied=1 volume-mdb=0 muted=1 "));
	free(r.text);
	CHECK(!device_permit(dev, "other"));
	CHECK(config_order_capture(&c, "ma il", true));
	CHECK(device_permit(dev, "ma il"));
	usleep(100000);
	report_begin(&r, false);
	device_report(dev, &r);
	report_end(&r, "as it is");
	CHECK(report_has(&r, " type=capture source=alsa:fake denied=0 "));
	CHECK(report_has(&r, "\nerror as it is\n"));
	free(r.text);
	end_config(&c);
}

/* The domain ends, and another one gets its id: a guest of that name. */
static void replace_guest(const char *name)
{
	frontend_is(XenbusStateClosed);
	CHECK(settle(XenbusStateClosed));
	withdraw_all();
	fake_store_remove("/local/domain/7/name");
	fake_store_remove("/local/domain/0/backend/vsnd/7");
	device_update(dev);
	CHECK(device_gone(dev));
	device_free(dev);
	make_store();
	name_guest(name);
	dev = device_new(&env, 7, 0);
	CHECK(settle(XenbusStateInitWait));
	publish_all();
	frontend_is(XenbusStateInitialised);
	CHECK(settle(XenbusStateConnected));
}

static bool pb0_has(const char *level)
{
	char text[128];
	struct report r;
	bool has;

	snprintf(text, sizeof(text), " unique-id=pb0 type=playback sink=null denied=0 %s ",
		 level);
	report_begin(&r, false);
	device_report(dev, &r);
	has = report_has(&r, text);
	free(r.text);
	return has;
}

static void volume_stays(void)
{
	const struct volume_order soft = { .stream = "pb0", .set_volume = true,
					   .mdb = -6500 };
	const struct volume_order mute = { .mute = true };
	struct config c;

	connect_with(&c, "mail", NULLS);
	CHECK(settle(XenbusStateConnected));
	CHECK(host_volume_order(&c.volumes, "mail", &soft));
	CHECK(host_volume_order(&c.volumes, "mail", &mute));
	device_volume(dev, "mail");
	CHECK(pb0_has("volume-mdb=-6500 muted=1"));
	replace_guest("mail");
	CHECK(pb0_has("volume-mdb=-6500 muted=1"));
	replace_guest("other");
	CHECK(pb0_has("volume-mdb=0 muted=0"));
	replace_guest("mail");
	CHECK(pb0_has("volume-mdb=-6500 muted=1"));
	end_config(&c);
}

const struct test device_tests[] = {
#ifdef XSB_QUIRKS
	{ "device: one that binds what is old", binds_what_is_old },
#endif
	{ "card: inheritance", card_good },
	{ "card: each wrong node is refused", card_bad },
	{ "device: connect, part, connect", connect_and_part },
	{ "device: a frontend that waits for Closed", silent_frontend },
	{ "device: a frontend that cannot connect", frontend_gives_up },
	{ "device: the mainline driver's removal", mainline_removal },
	{ "device: detach", detach },
	{ "device: detach without the frontend's help", detach_deaf },
	{ "device: domain destroyed", destroyed },
	{ "device: daemon restarted", restart },
	{ "device: daemon ends", leaving },
	{ "device: bad card, then another try", bad_card },
	{ "device: a frontend that comes and goes", comes_and_goes },
	{ "device: a frontend whose state jumps about", jumps },
	{ "device: another guest's frontend", foreign_frontend },
	{ "device: a guest that calls itself another may not record", own_name },
	{ "device: a guest that is not allowed", not_allowed },
	{ "device: another configuration, the same streams", same_config },
	{ "device: another configuration, other sinks", moved_sink },
	{ "device: another configuration, another offer", other_offer },
	{ "device: XenStore is lost", store_is_lost },
	{ "device: what xen-snd-ctl shows of it", test_reports },
	{ "device: the volume of xen-snd-ctl stays", volume_stays },
	{ NULL, NULL },
};
