// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: all devices of all guests.
 *
 * One watch on this domain's backend/vsnd directory shows devices that appear
 * and go, and each device watches its frontend's state.
 *
 * Context of all functions: main thread.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "card.h"
#include "number.h"
#include "device.h"
#include "util.h"

/**
 * struct entry - a device in the list
 * @next: list
 * @device: device
 */
struct entry {
	struct entry *next;
	struct device *device;
};

/**
 * struct backend - the whole daemon but for the streams
 * @env: what all devices share
 * @devices: list
 * @leaving: no new devices
 */
struct backend {
	struct device_env env;
	struct entry *devices;
	bool leaving;
};

static struct device *find_device(struct backend *b, uint32_t domid,
				  uint32_t devid)
{
	struct entry *e;

	for (e = b->devices; e; e = e->next)
		if (device_is(e->device, domid, devid))
			return e->device;
	return NULL;
}

static struct device *add_device(struct backend *b, uint32_t domid,
				 uint32_t devid)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (e)
		e->device = device_new(&b->env, domid, devid);
	if (!e || !e->device) {
		free(e);
		log_msg(LVL_ERROR, "dom %u vsnd %u: out of memory", domid,
			devid);
		return NULL;
	}
	e->next = b->devices;
	b->devices = e;
	return e->device;
}

static void drop_gone(struct backend *b)
{
	struct entry **p = &b->devices, *e;

	while ((e = *p)) {
		if (!device_gone(e->device)) {
			p = &e->next;
			continue;
		}
		*p = e->next;
		device_free(e->device);
		free(e);
	}
}

static bool device_exists(struct backend *b, uint32_t domid, uint32_t devid)
{
	char dir[STORE_PATH_MAX + 32];
	char *s;

	snprintf(dir, sizeof(dir), "%s/%u/%u", b->env.backend, domid, devid);
	s = store_read(b->env.store, dir, "frontend");
	free(s);
	return s;
}

static void update_device(struct backend *b, uint32_t domid, uint32_t devid)
{
	struct device *d = find_device(b, domid, devid);

	if (!d && !b->leaving && device_exists(b, domid, devid))
		d = add_device(b, domid, devid);
	if (d)
		device_update(d);
}

static void scan_domain(struct backend *b, uint32_t domid)
{
	char dir[STORE_PATH_MAX + 16];
	unsigned int i, num = 0;
	uint32_t devid;
	char **names;

	snprintf(dir, sizeof(dir), "%s/%u", b->env.backend, domid);
	names = store_list(b->env.store, dir, &num);
	for (i = 0; names && i < num; i++)
		if (parse_u32(names[i], UINT32_MAX, &devid))
			update_device(b, domid, devid);
	free(names);
}

/* Something at or above the backends' directory has changed: read everything again. */
static void scan_all(struct backend *b)
{
	unsigned int i, num = 0;
	struct entry *e;
	uint32_t domid;
	char **names;

	for (e = b->devices; e; e = e->next)
		device_update(e->device);
	names = store_list(b->env.store, b->env.backend, &num);
	for (i = 0; names && i < num; i++)
		if (parse_u32(names[i], UINT32_MAX, &domid))
			scan_domain(b, domid);
	free(names);
}

static void domain_changed(struct backend *b, uint32_t domid)
{
	struct entry *e;

	for (e = b->devices; e; e = e->next)
		device_update(e->device);
	scan_domain(b, domid);
}

/* @rest: what follows the backends' directory in the path that has changed */
static void backend_changed(struct backend *b, const char *rest)
{
	unsigned int domid, devid;
	int n;

	n = sscanf(rest, "/%u/%u", &domid, &devid);
	if (n == 2)
		update_device(b, domid, devid);
	else if (n == 1)
		domain_changed(b, domid);
	else
		scan_all(b);
}

static void frontend_changed(struct backend *b, const char *path)
{
	struct entry *e;

	for (e = b->devices; e; e = e->next)
		if (device_watches(e->device, path))
			device_changed(e->device);
}

/**
 * backend_events() - take all watch events from XenStore.
 * @b: backend
 *
 * libxenstore queues events without a limit, and a guest can write its state
 * faster than the daemon can read it. So this empties the queue without reading
 * nodes that the guest can change; backend_step() reads them.
 */
void backend_events(struct backend *b)
{
	size_t len = strlen(b->env.backend);
	char path[STORE_PATH_MAX * 2];

	while (store_event(b->env.store, path, sizeof(path))) {
		if (!strncmp(path, b->env.backend, len))
			backend_changed(b, path + len);
		else
			frontend_changed(b, path);
	}
}

/**
 * backend_step() - do all that is due.
 * @b: backend
 */
void backend_step(struct backend *b)
{
	struct entry *e;

	for (e = b->devices; e; e = e->next)
		device_step(e->device);
	drop_gone(b);
}

/**
 * backend_shutdown() - disconnect from all frontends.
 * @b: backend
 */
void backend_shutdown(struct backend *b)
{
	struct entry *e;

	b->leaving = true;
	for (e = b->devices; e; e = e->next)
		device_shutdown(e->device);
}

/**
 * backend_abandon() - XenStore is lost: end all streams.
 * @b: backend
 *
 * Nothing but backend_step(), backend_closed() and backend_close() may be called
 * after it.
 */
void backend_abandon(struct backend *b)
{
	struct entry *e;

	b->leaving = true;
	for (e = b->devices; e; e = e->next)
		device_abandon(e->device);
}

/**
 * backend_reconfigure() - use another configuration from now on.
 * @b: backend
 * @config: outlives the backend, or its next configuration; it may be the one
 *	in use, changed
 */
void backend_reconfigure(struct backend *b, const struct config *config)
{
	struct entry *e;

	b->env.config = config;
	for (e = b->devices; e; e = e->next)
		device_reconfigure(e->device);
}

/**
 * backend_permit() - what a guest may record has changed in the configuration.
 * @b: backend
 * @guest: the toolstack's name for it
 *
 * Return: how many of its cards are connected.
 */
unsigned int backend_permit(struct backend *b, const char *guest)
{
	unsigned int cards = 0;
	struct entry *e;

	for (e = b->devices; e; e = e->next)
		cards += device_permit(e->device, guest);
	return cards;
}

/**
 * backend_count_of() - how many of a guest's streams are connected.
 * @b: backend
 * @guest: the toolstack's name for it
 * @stream: unique-id, or NULL for any
 */
unsigned int backend_count_of(const struct backend *b, const char *guest,
			      const char *stream)
{
	unsigned int num = 0;
	const struct entry *e;

	for (e = b->devices; e; e = e->next)
		num += device_count(e->device, guest, stream);
	return num;
}

/**
 * backend_volume() - the host's volume has changed in the configuration.
 * @b: backend
 * @guest: the toolstack's name for the guest that it is for
 */
void backend_volume(struct backend *b, const char *guest)
{
	struct entry *e;

	for (e = b->devices; e; e = e->next)
		device_volume(e->device, guest);
}

/**
 * backend_report() - records for all cards and streams.
 * @b: backend
 * @r: report
 */
void backend_report(const struct backend *b, struct report *r)
{
	const struct entry *e;

	for (e = b->devices; e; e = e->next)
		device_report(e->device, r);
}

/**
 * backend_count() - how much is connected.
 * @b: backend
 * @cards: cards with streams
 * @streams: all their streams
 */
void backend_count(const struct backend *b, unsigned int *cards,
		   unsigned int *streams)
{
	const struct entry *e;

	*cards = 0;
	*streams = 0;
	for (e = b->devices; e; e = e->next) {
		*cards += device_streams(e->device) != 0;
		*streams += device_streams(e->device);
	}
}

/**
 * backend_log_open() - name the devices that have not closed.
 * @b: backend
 */
void backend_log_open(const struct backend *b)
{
	const struct entry *e;

	for (e = b->devices; e; e = e->next)
		if (!device_closed(e->device))
			device_log_open(e->device);
}

/**
 * backend_closed() - after backend_shutdown(): all is done.
 * @b: backend
 */
bool backend_closed(const struct backend *b)
{
	const struct entry *e;

	for (e = b->devices; e; e = e->next)
		if (!device_closed(e->device))
			return false;
	return true;
}

/**
 * backend_deadline() - when backend_step() must be called at the latest.
 * @b: backend
 *
 * Return: time in ns, or TIME_NEVER.
 */
uint64_t backend_deadline(const struct backend *b)
{
	uint64_t deadline = TIME_NEVER;
	const struct entry *e;

	for (e = b->devices; e; e = e->next)
		deadline = min_u64(deadline, device_deadline(e->device));
	return deadline;
}

/**
 * backend_fd() - readable when backend_events() may have something to do.
 * @b: backend
 */
int backend_fd(struct backend *b)
{
	return store_fd(b->env.store);
}

/**
 * backend_lost_fd() - readable when XenStore has gone away.
 * @b: backend
 *
 * Return: descriptor, or -1 if that cannot happen.
 */
int backend_lost_fd(const struct backend *b)
{
	return store_lost_fd(b->env.store);
}

static bool find_own_directory(struct backend *b)
{
	char *s = store_read(b->env.store, "", "domid");
	uint32_t domid = 0;
	bool ok = s && parse_u32(s, UINT16_MAX, &domid);

	free(s);
	if (!ok)
		log_msg(LVL_WARN, "XenStore has no domid for this domain, assuming 0");
	snprintf(b->env.backend, sizeof(b->env.backend),
		 "/local/domain/%u/backend/" XENSND_DRIVER_NAME, domid);
	return store_watch(b->env.store, b->env.backend, "be");
}

/**
 * backend_open() - connect to XenStore and look for devices.
 * @config: where streams go, outlives the backend
 * @done_fd: eventfd; call backend_step() when it is readable
 *
 * Return: backend, or NULL after an error line.
 */
struct backend *backend_open(const struct config *config, int done_fd)
{
	struct backend *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->env.config = config;
	b->env.done_fd = done_fd;
	b->env.store = store_open();
	if (b->env.store && find_own_directory(b))
		return b;
	log_msg(LVL_ERROR, "XenStore: %s", strerror(errno));
	if (b->env.store)
		store_close(b->env.store);
	free(b);
	return NULL;
}

/**
 * backend_close() - forget everything; all devices are closed.
 * @b: backend
 */
void backend_close(struct backend *b)
{
	struct entry *e;

	while ((e = b->devices)) {
		b->devices = e->next;
		device_free(e->device);
		free(e);
	}
	store_close(b->env.store);
	free(b);
}
