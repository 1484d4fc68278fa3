// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: the state machine of one device.
 *
 *   START ---> WAIT (2) ---> CONNECTED (4) ---> DRAIN ---> CLOSED (6) -> WAIT
 *     |                        |      ^            ^  \
 *     +---> CLOSING (5) <------+      |            |   +-> HANDSHAKE (5)
 *              |   detach, or a stale connection     |         then CLOSED
 *              +-----------------------------------+
 *
 * START      The device has just been found; the frontend may already be
 *            anywhere, even connected to a daemon that died.
 * WAIT       InitWait: the frontend is expected to publish its rings.
 * CONNECTED  Streams run.
 * CLOSING    The backend disconnects (detach, SIGTERM, another configuration,
 *            stale connection).
 *            Streams are still served, so that the frontend can stop them.
 * DRAIN      Streams' threads are ending; each writes done_fd at its end.
 * HANDSHAKE  The frontend has disconnected; all is released. The state stays
 *            Closing for a while: a Linux guest that shuts down waits for it.
 * CLOSED     Until the frontend is ready for another connection.
 * GONE       Closed for good: detached, or the daemon ends.
 *
 * The mainline driver waits on removal for InitWait, not for Closed, so for it
 * HANDSHAKE goes on to WAIT.
 *
 * Context of all functions: main thread. They do not block.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/io/xenbus.h>

#include "card.h"
#include "number.h"
#include "device.h"
#include "quirks.h"
#include "streams.h"
#include "util.h"

#define GUARD		"frontend-id"
#define VERSIONS	"2"

/* how long a frontend may take to react to the backend's Closing */
#define CLOSING_NS	NSEC_PER_SEC
/* how long Closing is shown to a frontend that closed by itself */
#define HANDSHAKE_NS	(100 * NSEC_PER_MSEC)
/* the least time between connections; it grows with each that fails */
#define RECONNECT_NS	(100 * NSEC_PER_MSEC)
/* its states are read at most this often */
#define LOOK_NS		(5 * NSEC_PER_MSEC)
#define RETRY_NS	(2 * NSEC_PER_SEC)
#define RETRIES_MAX	15u

enum phase {
	PH_START,
	PH_WAIT,
	PH_CONNECTED,
	PH_CLOSING,
	PH_DRAIN,
	PH_HANDSHAKE,
	PH_CLOSED,
	PH_GONE,
};

static const char * const phase_names[] = {
	"start", "wait", "connected", "closing", "drain", "handshake",
	"closed", "gone",
};

/**
 * struct device - one device
 * @env: what all devices share
 * @domid: the guest
 * @devid: number of the device
 * @log: the guest's log budget
 * @budget: what this device may use
 * @guest: the guest's name as of the last connection, or NULL
 * @refused: the log says that the guest may not connect
 * @abandoned: XenStore is lost, nothing is written to it
 * @be: the backend's directory
 * @fe: the frontend's directory, "" while it is not known
 * @fe_state: path of the frontend's state, which is watched
 * @phase: see above
 * @changed: the frontend's state has to be read again
 * @look_at: not before this time
 * @fe_now: the frontend's state as last read, 0 if it has none
 * @exists: the backend's directory is there
 * @online: the toolstack wants the device
 * @leaving: the daemon ends
 * @mainline: the frontend is the mainline driver
 * @deadline: end of the current phase, or TIME_NEVER
 * @not_before: no InitWait before this time
 * @failures: connections that failed since the last that did not
 * @streams: connected streams
 */
struct device {
	const struct device_env *env;
	uint32_t domid;
	uint32_t devid;
	struct log_guest log;
	struct budget budget;
	char *guest;
	bool refused;
	bool abandoned;
	char be[STORE_PATH_MAX];
	char fe[STORE_PATH_MAX];
	char fe_state[STORE_PATH_MAX + 8];
	enum phase phase;
	bool changed;
	uint64_t look_at;
	enum xenbus_state fe_now;
	bool exists;
	bool online;
	bool leaving;
	bool mainline;
	uint64_t deadline;
	uint64_t not_before;
	unsigned int failures;
	struct streams streams;
};

static void set_phase(struct device *d, enum phase phase, uint64_t deadline)
{
	log_for(&d->log, LVL_DEBUG, "%s -> %s (frontend %u)",
		phase_names[d->phase], phase_names[phase], d->fe_now);
	d->phase = phase;
	d->deadline = deadline;
}

static void put_state(struct device *d, enum xenbus_state state)
{
	char value[4];

	if (d->abandoned)
		return;
	snprintf(value, sizeof(value), "%u", state);
	if (!store_put(d->env->store, d->be, GUARD, "state", value) &&
	    errno != ENOENT)
		log_for(&d->log, LVL_ERROR, "%s/state: %s", d->be,
			strerror(errno));
}

static void stop_streams(struct device *d)
{
	streams_stop(&d->streams);
	set_phase(d, PH_DRAIN, TIME_NEVER);
}

/* ---- transitions ---- */

static bool is_removed(const struct device *d)
{
	return !d->exists || !d->online || d->leaving;
}

static void to_wait(struct device *d)
{
	uint64_t now = now_ns();

	if (now < d->not_before) {
		if (d->phase != PH_CLOSED) {
			/* the frontend would take the old state for an answer */
			put_state(d, XenbusStateInitialising);
			set_phase(d, PH_CLOSED, d->not_before);
		}
		d->deadline = d->not_before;
		return;
	}
	put_state(d, XenbusStateInitWait);
	set_phase(d, PH_WAIT, TIME_NEVER);
}

static void to_closed(struct device *d)
{
	put_state(d, XenbusStateClosed);
	set_phase(d, is_removed(d) ? PH_GONE : PH_CLOSED, TIME_NEVER);
}

static void to_closing(struct device *d)
{
	put_state(d, XenbusStateClosing);
	set_phase(d, PH_CLOSING, now_ns() + CLOSING_NS);
}

static void close_changed(struct device *d)
{
	log_for(&d->log, LVL_INFO, "its configuration has changed: closing");
	to_closing(d);
}

static void connect_failed(struct device *d)
{
	if (d->failures < RETRIES_MAX)
		d->failures++;
	d->not_before = now_ns() + d->failures * RETRY_NS;
	put_state(d, XenbusStateClosing);
	stop_streams(d);
}

/* The toolstack's name for it, which the guest cannot write. */
static char *guest_name(struct device *d)
{
	char home[64];

	snprintf(home, sizeof(home), "/local/domain/%u", d->domid);
	return store_read(d->env->store, home, "name");
}

/* The frontend is shown Closed, as if its connection had failed. */
static void refuse_guest(struct device *d)
{
	if (!d->refused)
		log_for(&d->log, LVL_WARN,
			"refused: the configuration does not allow guest %s; allow it with [guest NAME] allow = yes",
			d->guest ? d->guest : "without a name");
	d->refused = true;
	connect_failed(d);
}

static bool connect_streams(struct device *d)
{
	struct card card;
	bool ok;

	ok = card_read(d->env->store, d->fe, d->domid, d->devid,
		       d->budget.limits.streams, &d->log, &card);
	d->mainline = card.mainline;
	ok = ok && streams_add(&d->streams, &card, d->env->config, d->guest,
			       &d->log, &d->budget, d->env->done_fd);
	free(card.streams);
	return ok;
}

static void do_connect(struct device *d)
{
	uint64_t began = now_ns(), took;
	struct budget_limits limits;

	free(d->guest);
	d->guest = guest_name(d);
	if (!config_may_connect(d->env->config, d->guest)) {
		refuse_guest(d);
		return;
	}
	config_limits(d->env->config, d->guest, &limits);
	budget_change(&d->budget, &limits);
	if (!connect_streams(d)) {
		log_for(&d->log, LVL_ERROR, "connection failed");
		connect_failed(d);
		return;
	}
	d->failures = 0;
	/* connecting a large card must not delay other guests' devices */
	took = now_ns() - began;
	d->not_before = now_ns() + max_u64(RECONNECT_NS, 4 * took);
	put_state(d, XenbusStateConnected);
	set_phase(d, PH_CONNECTED, TIME_NEVER);
	log_for(&d->log, LVL_INFO, "connected, %u streams%s", d->streams.num,
		d->mainline ? ", mainline frontend" : "");
}

static bool ready_for_us(const struct device *d)
{
	return d->fe_now == XenbusStateInitialising ||
	       (d->fe_now == XenbusStateReconfiguring &&
		!quirks_ignore_reconfiguring());
}

static bool connected_to_us(const struct device *d)
{
	return d->fe_now == XenbusStateInitialised ||
	       d->fe_now == XenbusStateConnected ||
	       (d->fe_now == XenbusStateReconfiguring &&
		quirks_ignore_reconfiguring());
}

static bool ready_to_bind(const struct device *d)
{
	return d->fe_now == XenbusStateInitialised ||
	       (d->fe_now == XenbusStateConnected &&
		quirks_ignore_reconfiguring());
}

static void step_start(struct device *d)
{
	store_put(d->env->store, d->be, GUARD, XENSND_FIELD_BE_VERSIONS,
		  VERSIONS);
	if (ready_to_bind(d)) {
		set_phase(d, PH_WAIT, TIME_NEVER);
		return;
	}
	switch (d->fe_now) {
	case XenbusStateConnected:
		/* it is connected to a daemon that has ended */
		to_closing(d);
		d->deadline = now_ns() + HANDSHAKE_NS;
		break;
	case XenbusStateClosing:
		set_phase(d, PH_DRAIN, TIME_NEVER);
		break;
	default:
		to_wait(d);
		break;
	}
}

/* All streams have ended, no page of the guest is mapped any more. */
static void step_drained(struct device *d)
{
	if (d->streams.num)
		log_for(&d->log, LVL_INFO, "disconnected");
	streams_free(&d->streams);
	if (is_removed(d)) {
		to_closed(d);
	} else if (d->fe_now == XenbusStateClosing) {
		put_state(d, XenbusStateClosing);
		set_phase(d, PH_HANDSHAKE, now_ns() + HANDSHAKE_NS);
	} else if (ready_for_us(d)) {
		to_wait(d);
	} else {
		to_closed(d);
	}
}

static void step_handshake(struct device *d)
{
	if (is_removed(d) || d->fe_now == XenbusStateClosed)
		to_closed(d);
	else if (d->fe_now != XenbusStateClosing)
		to_wait(d);
	else if (now_ns() < d->deadline)
		return;
	else if (d->mainline)
		to_wait(d);
	else
		to_closed(d);
}

static void step_closed(struct device *d)
{
	if (is_removed(d))
		to_closed(d);
	else if (ready_for_us(d))
		to_wait(d);
	else
		/* not ready any more: the watch of its state shows when it is */
		d->deadline = TIME_NEVER;
}

static void step_once(struct device *d)
{
	switch (d->phase) {
	case PH_START:
		if (is_removed(d))
			to_closed(d);
		else
			step_start(d);
		break;
	case PH_WAIT:
		if (is_removed(d))
			to_closed(d);
		else if (ready_to_bind(d))
			do_connect(d);
		else if (d->fe_now == XenbusStateClosing && !d->mainline)
			/* its connection failed, and it waits for Closed */
			to_closed(d);
		break;
	case PH_CONNECTED:
		if (!d->exists || !connected_to_us(d))
			stop_streams(d);
		else if (is_removed(d))
			to_closing(d);
		else if (streams_misfit(&d->streams))
			close_changed(d);
		break;
	case PH_CLOSING:
		if (!d->exists || !(connected_to_us(d) ||
				    d->fe_now == XenbusStateClosing) ||
		    now_ns() >= d->deadline)
			stop_streams(d);
		break;
	case PH_DRAIN:
		if (streams_stopped(&d->streams))
			step_drained(d);
		break;
	case PH_HANDSHAKE:
		step_handshake(d);
		break;
	case PH_CLOSED:
		step_closed(d);
		break;
	case PH_GONE:
		if (!is_removed(d))
			set_phase(d, PH_START, TIME_NEVER);
		break;
	}
}

/* ---- XenStore ---- */

static uint32_t read_number(struct device *d, const char *dir,
			    const char *node, uint32_t absent)
{
	char *s = store_read(d->env->store, dir, node);
	uint32_t v;

	if (!s || !parse_u32(s, UINT32_MAX, &v))
		v = absent;
	free(s);
	return v;
}

/* The frontend's directory must be the guest's own. */
static bool find_frontend(struct device *d)
{
	char home[64], token[32];
	char *s;

	if (d->fe[0])
		return true;
	s = store_read(d->env->store, d->be, "frontend");
	if (!s)
		return false;
	snprintf(home, sizeof(home), "/local/domain/%u/", d->domid);
	if (strncmp(s, home, strlen(home)) ||
	    strlen(s) >= STORE_PATH_MAX - 64 ||
	    read_number(d, d->be, GUARD, UINT32_MAX) != d->domid) {
		log_for(&d->log, LVL_ERROR,
			"%s/frontend = \"%.64s\" is not below %s", d->be,
			s, home);
		free(s);
		return false;
	}
	snprintf(d->fe, sizeof(d->fe), "%s", s);
	free(s);
	snprintf(d->fe_state, sizeof(d->fe_state), "%s/state", d->fe);
	snprintf(token, sizeof(token), "fe-%u-%u", d->domid, d->devid);
	store_watch(d->env->store, d->fe_state, token);
	log_for(&d->log, LVL_INFO, "new device, frontend %s", d->fe);
	return true;
}

/* Return: false if the frontend's directory is not known yet. */
static bool read_states(struct device *d)
{
	char *guard = store_read(d->env->store, d->be, GUARD);

	d->changed = false;
	d->look_at = now_ns() + LOOK_NS;
	d->exists = guard != NULL;
	free(guard);
	d->online = read_number(d, d->be, "online", 1) != 0;
	if (d->exists && !find_frontend(d))
		return false;
	d->fe_now = d->fe[0] ? read_number(d, d->fe, "state", 0) :
			       XenbusStateUnknown;
	return true;
}

/* ---- interface ---- */

/**
 * device_step() - go as far as the states allow.
 * @d: device
 *
 * To be called when something has changed, a thread has ended, or the
 * deadline has passed.
 */
void device_step(struct device *d)
{
	enum phase before;
	unsigned int i;

	if (d->changed && now_ns() >= d->look_at && !read_states(d))
		return;
	/* no path through the phases is longer than their number */
	for (i = 0; i < ARRAY_SIZE(phase_names); i++) {
		before = d->phase;
		step_once(d);
		if (d->phase == before)
			break;
	}
}

/**
 * device_update() - read the states again and act on them.
 * @d: device
 */
void device_update(struct device *d)
{
	if (read_states(d))
		device_step(d);
}

/**
 * device_changed() - the frontend has written its state.
 * @d: device
 *
 * Sets a mark only: device_step() reads the state when it is due.
 */
void device_changed(struct device *d)
{
	d->changed = true;
}

/**
 * device_shutdown() - disconnect from the frontend, the daemon ends.
 * @d: device
 */
void device_shutdown(struct device *d)
{
	d->leaving = true;
	device_step(d);
}

/**
 * device_abandon() - XenStore is lost: end all streams.
 * @d: device
 *
 * device_closed() is true when they have ended. The frontend is not informed;
 * the next daemon does that.
 */
void device_abandon(struct device *d)
{
	d->abandoned = true;
	d->leaving = true;
	d->changed = false;
	if (d->phase == PH_CONNECTED || d->phase == PH_CLOSING)
		stop_streams(d);
	device_step(d);
}

static bool must_reconnect(const struct device *d,
			   const struct budget_limits *limits)
{
	return !config_may_connect(d->env->config, d->guest) ||
	       limits->streams < d->streams.num;
}

/**
 * device_reconfigure() - the configuration has changed.
 * @d: device
 *
 * If it is connected its streams play on; limits, sinks and sources, and the
 * permission to record change at once. It is closed, and the frontend connects
 * again, if what the guest is offered changes. What was refused may try again.
 */
void device_reconfigure(struct device *d)
{
	struct budget_limits limits;

	d->failures = 0;
	d->not_before = 0;
	d->refused = false;
	if (d->phase != PH_CONNECTED) {
		device_step(d);
		return;
	}
	config_limits(d->env->config, d->guest, &limits);
	if (must_reconnect(d, &limits) ||
	    !streams_move(&d->streams, d->env->config, d->guest, &d->log)) {
		close_changed(d);
		return;
	}
	budget_change(&d->budget, &limits);
	streams_permit(&d->streams,
		       config_may_capture(d->env->config, d->guest));
}

/**
 * device_permit() - what a guest may record has changed in the configuration.
 * @d: device
 * @guest: the guest's name
 *
 * Return: true if the device is that guest's, and connected.
 */
bool device_permit(struct device *d, const char *guest)
{
	if (!d->streams.num || !d->guest || strcmp(d->guest, guest))
		return false;
	streams_permit(&d->streams, config_may_capture(d->env->config, guest));
	return true;
}

/**
 * device_count() - how many of a guest's streams are connected.
 * @d: device
 * @guest: the guest's name
 * @stream: unique-id, or NULL for any
 */
unsigned int device_count(const struct device *d, const char *guest,
			  const char *stream)
{
	return d->guest && !strcmp(d->guest, guest) ?
		streams_count(&d->streams, stream) : 0;
}

/**
 * device_volume() - the host's volume has changed in the configuration.
 * @d: device
 * @guest: the name of the guest that it is for
 */
void device_volume(struct device *d, const char *guest)
{
	if (d->guest && !strcmp(d->guest, guest))
		streams_volume(&d->streams, d->env->config, guest);
}

/**
 * device_report() - a record for the card, and for each of its streams.
 * @d: device
 * @r: report
 */
void device_report(const struct device *d, struct report *r)
{
	report_record(r, "card");
	report_text(r, "guest", d->guest ? d->guest : "");
	report_number(r, "domid", d->domid);
	report_number(r, "card", d->devid);
	report_text(r, "state", phase_names[d->phase]);
	report_number(r, "streams", d->streams.num);
	report_number(r, "mainline", d->mainline);
	streams_report(&d->streams, d->guest, r);
}

/**
 * device_streams() - how many streams are connected.
 * @d: device
 */
unsigned int device_streams(const struct device *d)
{
	return d->streams.num;
}

/**
 * device_new() - a device has appeared in the backends' directory.
 * @env: what all devices share, outlives the device
 * @domid: the guest
 * @devid: number of the device
 *
 * Return: device, or NULL if there is no memory.
 */
struct device *device_new(const struct device_env *env, uint32_t domid,
			  uint32_t devid)
{
	struct device *d = calloc(1, sizeof(*d));
	struct budget_limits limits;
	char name[32];

	if (!d)
		return NULL;
	d->env = env;
	d->domid = domid;
	d->devid = devid;
	d->deadline = TIME_NEVER;
	snprintf(name, sizeof(name), "dom %u vsnd %u", domid, devid);
	log_guest_init(&d->log, name);
	config_limits(env->config, NULL, &limits);
	budget_init(&d->budget, &limits);
	snprintf(d->be, sizeof(d->be), "%.200s/%u/%u", env->backend, domid,
		 devid);
	return d;
}

/**
 * device_free() - forget a device.
 * @d: device that is gone
 */
void device_free(struct device *d)
{
	char token[32];

	if (d->fe[0]) {
		snprintf(token, sizeof(token), "fe-%u-%u", d->domid, d->devid);
		store_unwatch(d->env->store, d->fe_state, token);
	}
	streams_free(&d->streams);
	budget_exit(&d->budget);
	free(d->guest);
	log_guest_exit(&d->log);
	free(d);
}

/**
 * device_is() - the device has these numbers.
 * @d: device
 * @domid: guest
 * @devid: number of the device
 */
bool device_is(const struct device *d, uint32_t domid, uint32_t devid)
{
	return d->domid == domid && d->devid == devid;
}

/**
 * device_watches() - a path is the state of the device's frontend.
 * @d: device
 * @path: that has changed
 */
bool device_watches(const struct device *d, const char *path)
{
	return d->fe[0] && !strcmp(d->fe_state, path);
}

/**
 * device_gone() - the toolstack has removed it and nothing is left to do.
 * @d: device
 */
bool device_gone(const struct device *d)
{
	return d->phase == PH_GONE && !d->exists;
}

/**
 * device_closed() - after device_shutdown(): nothing is left to do.
 * @d: device
 */
bool device_closed(const struct device *d)
{
	return d->phase == PH_GONE;
}

/**
 * device_log_open() - say that it has not closed.
 * @d: device
 */
void device_log_open(struct device *d)
{
	log_for(&d->log, LVL_ERROR, "not closed in time (%s)",
		phase_names[d->phase]);
}

/**
 * device_deadline() - when device_step() must be called at the latest.
 * @d: device
 *
 * Return: time in ns, or TIME_NEVER.
 */
uint64_t device_deadline(const struct device *d)
{
	return d->changed ? min_u64(d->deadline, d->look_at) : d->deadline;
}
