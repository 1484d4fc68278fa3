// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * xen-snd-hostile: the device in XenStore, honest and not
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <xen/io/xenbus.h>
#include <xenstore.h>

#include "hostile.h"

#define BACKENDS	"/local/domain/0/backend/" XENSND_DRIVER_NAME
/* so often and so long a frontend's state is looked at */
#define LOOK_US		20000u
#define LOOKS		250u
/* more than a frontend should bear from one that keeps as much as it may already */
#define KEPT_CONNECTIONS	100u
/* so long the guest may take to give all that it will, in seconds */
#define KEPT_SECONDS		60u

static struct xs_handle *xs;

static char *read_in(const char *dir, const char *node)
{
	char path[STORE_PATH_MAX + 64];
	unsigned int len;

	snprintf(path, sizeof(path), "%s/%s", dir, node);
	return xs_read(xs, XBT_NULL, path, &len);
}

/**
 * device_find() - the device of the only guest.
 *
 * Return: false if there is none.
 */
bool device_find(void)
{
	unsigned int num = 0;
	char **guests;
	char *fe;

	xs = xs_open(0);
	hostile.store = store_open();
	if (!xs || !hostile.store)
		return false;
	guests = xs_directory(xs, XBT_NULL, BACKENDS, &num);
	if (!guests || !num)
		return false;
	hostile.domid = (uint32_t)atoi(guests[num - 1]);
	free(guests);
	snprintf(hostile.be, sizeof(hostile.be), BACKENDS "/%u/%u",
		 hostile.domid, hostile.devid);
	fe = read_in(hostile.be, "frontend");
	if (!fe)
		return false;
	snprintf(hostile.fe, sizeof(hostile.fe), "%s", fe);
	free(fe);
	log_guest_init(&hostile.log, "hostile");
	return true;
}

/**
 * device_put() - write a node of ours, or remove it.
 * @node: its name; "" for the whole directory
 * @value: value, or NULL
 */
void device_put(const char *node, const char *value)
{
	char path[STORE_PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s%s%s", hostile.be, *node ? "/" : "",
		 node);
	if (value)
		xs_write(xs, XBT_NULL, path, value, (unsigned int)strlen(value));
	else
		xs_rm(xs, XBT_NULL, path);
}

/**
 * device_put_state() - write our state.
 * @state: any number
 */
void device_put_state(unsigned int state)
{
	char value[16];

	snprintf(value, sizeof(value), "%u", state);
	device_put("state", value);
}

/**
 * device_frontend() - the frontend's state, 0 if it has none.
 */
unsigned int device_frontend(void)
{
	char *s = read_in(hostile.fe, "state");
	unsigned int state = s ? (unsigned int)atoi(s) : 0;

	free(s);
	return state;
}

static bool wait_for(unsigned int state, unsigned int other)
{
	unsigned int i, now;

	for (i = 0; i < LOOKS; i++) {
		now = device_frontend();
		if (now == state || now == other)
			return true;
		usleep(LOOK_US);
	}
	note("the frontend stays in state %u, not %u", now, state);
	return false;
}

/**
 * device_parted() - wait until the frontend has taken everything back.
 */
bool device_parted(void)
{
	return wait_for(XenbusStateInitialising, XenbusStateReconfiguring);
}

/**
 * device_connect() - begin again with the frontend, as an honest backend would.
 *
 * Return: false if it does not take part.
 */
bool device_connect(void)
{
	struct card card;
	unsigned int i;
	bool ok;

	device_put_state(XenbusStateClosed);
	device_parted();
	device_put("versions", "2");
	device_put_state(XenbusStateInitWait);
	if (!wait_for(XenbusStateInitialised, XenbusStateInitialised))
		return false;
	ok = card_read(hostile.store, hostile.fe, hostile.domid, hostile.devid,
		       MAX_VOICES, &hostile.log, &card);
	for (i = 0; ok && i < card.num && i < MAX_VOICES; i++) {
		hostile.voices[i].info = card.streams[i];
		ok = voice_connect(&hostile.voices[i]);
		hostile.num = i + 1;
	}
	free(card.streams);
	if (!ok) {
		note("cannot connect");
		return false;
	}
	for (i = 0; i < hostile.num; i++)
		voice_moment(&hostile.voices[i], AT_CONNECT, NULL);
	device_put_state(XenbusStateConnected);
	hostile.resets++;
	return wait_for(XenbusStateConnected, XenbusStateConnected);
}

/**
 * device_disconnect() - release all streams and enter Closed.
 */
void device_disconnect(void)
{
	unsigned int i;

	for (i = 0; i < hostile.num; i++)
		voice_disconnect(&hostile.voices[i]);
	device_put_state(XenbusStateClosed);
}

/* ---- attacks through XenStore ---- */

static void jump(unsigned int states, unsigned int jumps, unsigned int us)
{
	unsigned int i;

	for (i = 0; i < jumps; i++) {
		device_put_state((unsigned int)(rnd() % states));
		if (us)
			usleep((unsigned int)(rnd() % us));
	}
}

static void states_jump(void)
{
	jump(10, 60, 60000);
}

static void states_race(void)
{
	jump(7, 200, 0);
}

/* InitWait is where the frontend has most to do. */
static void states_offer(void)
{
	unsigned int i;

	for (i = 0; i < 30; i++) {
		device_put_state(i % 2 ? XenbusStateConnected : XenbusStateInitWait);
		usleep((unsigned int)(rnd() % 40000));
	}
}

static void states_odd(void)
{
	static const char * const odd[] = {
		"", "x", "-1", "256", "4294967300", "99999999999999999999", "4x",
		" 4", "\x04", "4.0", "0x4", "%s%n%p",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(odd); i++) {
		device_put("state", odd[i]);
		usleep(20000);
	}
}

static void state_removed(void)
{
	device_put("state", NULL);
	usleep(300000);
}

/* The directory with its permissions, as the toolstack made it. */
static void directory_removed(void)
{
	static const char * const nodes[] = {
		"frontend", "frontend-id", "online", "state",
	};
	struct xs_permissions *perms;
	char *values[ARRAY_SIZE(nodes)];
	char path[STORE_PATH_MAX + 64];
	unsigned int i, num = 0;

	perms = xs_get_permissions(xs, XBT_NULL, hostile.be, &num);
	for (i = 0; i < ARRAY_SIZE(nodes); i++)
		values[i] = read_in(hostile.be, nodes[i]);
	device_put("", NULL);
	usleep(500000);
	for (i = 0; i < ARRAY_SIZE(nodes); i++) {
		device_put(nodes[i], values[i] ? values[i] : "0");
		snprintf(path, sizeof(path), "%s/%s", hostile.be, nodes[i]);
		xs_set_permissions(xs, XBT_NULL, path, perms, num);
		free(values[i]);
	}
	xs_set_permissions(xs, XBT_NULL, hostile.be, perms, num);
	free(perms);
}

static void versions_wrong(void)
{
	static const char * const wrong[] = {
		"", "1", "3,4", "x", ",,,,", "2147483648", "-2", "0x2",
		"99999999999999999999", "%n%s", "1,1,1,1,1,1,1,1,1,1,1,1",
	};
	unsigned int i;

	for (i = 0; i < 40; i++) {
		device_put_state(XenbusStateClosed);
		device_put("versions", wrong[i % ARRAY_SIZE(wrong)]);
		device_put_state(XenbusStateInitWait);
		usleep(30000);
	}
}

static void online_flips(void)
{
	unsigned int i;

	for (i = 0; i < 20; i++) {
		device_put("online", i % 2 ? "1" : i % 4 ? "x" : "0");
		device_put_state(i % 3 ? XenbusStateClosing : XenbusStateInitWait);
		usleep(20000);
	}
	device_put("online", "1");
}

/* Connected again and again, and each time something wrong on every ring. */
static void reconnects(void)
{
	unsigned int i, k;

	for (i = 0; i < 25; i++) {
		device_disconnect();
		if (!device_connect())
			continue;
		for (k = 0; k < hostile.num; k++)
			strike_beyond(&hostile.voices[k], &attacks[0], NULL);
	}
}

/*
 * Nothing is unmapped: of buffers that the guest closes, until it gives no more, and of
 * one connection after another, until the frontend has enough.
 */
static void keeps_all(void)
{
	struct rlimit files = { KEPT_CONNECTIONS * MAX_VOICES,
				KEPT_CONNECTIONS * MAX_VOICES };
	unsigned int i, kept;

	setrlimit(RLIMIT_NOFILE, &files);
	hostile.keep = true;
	for (i = 0; i < KEPT_SECONDS; i++) {
		kept = area_kept();
		serve_for(NSEC_PER_SEC);
		if (kept && kept == area_kept())
			break;
	}
	for (i = 0; i < KEPT_CONNECTIONS; i++) {
		device_disconnect();
		if (!device_connect())
			break;
	}
	note("refused=%d kept=%u", i < KEPT_CONNECTIONS, area_kept());
}

static void killed_offered(void)
{
	device_put_state(XenbusStateClosed);
	usleep(100000);
	device_put_state(XenbusStateInitWait);
	usleep((unsigned int)(rnd() % 50000));
	kill(getpid(), SIGKILL);
}

static void killed_closing(void)
{
	device_put_state(XenbusStateClosing);
	kill(getpid(), SIGKILL);
}

static const struct {
	const char *name;
	void (*run)(void);
} on_device[] = {
	{ "states-jump", states_jump },
	{ "states-race", states_race },
	{ "states-offer", states_offer },
	{ "states-odd", states_odd },
	{ "state-removed", state_removed },
	{ "directory-removed", directory_removed },
	{ "versions-wrong", versions_wrong },
	{ "online-flips", online_flips },
	{ "reconnects", reconnects },
	{ "keeps-all", keeps_all },
	{ "killed-offered", killed_offered },
	{ "killed-closing", killed_closing },
};

/**
 * device_attack() - an attack on the device as a whole.
 * @name: name
 *
 * Return: false if there is none of that name.
 */
bool device_attack(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(on_device); i++) {
		if (strcmp(on_device[i].name, name))
			continue;
		note("hit stream=- attack=%s", name);
		on_device[i].run();
		note("done attack=%s", name);
		return true;
	}
	return false;
}

/**
 * device_list() - print the attacks on the device.
 */
void device_list(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(on_device); i++)
		printf("device %s any\n", on_device[i].name);
}
