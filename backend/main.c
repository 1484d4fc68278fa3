// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: sound for Xen guests, the backend daemon.
 *
 * The main thread watches XenStore and runs the devices' state machines; each
 * stream has a thread of its own (stream.c).
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "audio.h"
#include "backend.h"
#include "ctl_command.h"
#include "ctl_socket.h"
#include "instance.h"
#include "log.h"
#include "notify.h"
#include "options.h"
#include "quirks.h"
#include "stray.h"
#include "util.h"

/* Tests have others. */
#ifndef EVTCHN_NODE
#define EVTCHN_NODE	"/dev/xen/evtchn"
#define GNTDEV_NODE	"/dev/xen/gntdev"
#endif

/* how long SIGTERM waits for frontends and devices before it gives up */
#define LEAVE_NS	(5 * NSEC_PER_SEC)

/**
 * struct daemon - what the main thread has
 * @options: the command line
 * @config: what it says, and the file
 * @target: what xen-snd-ctl's requests are about
 * @backend: all devices
 * @ctl: xen-snd-ctl's socket, or NULL
 * @signal_fd: signals
 * @done_fd: eventfd, written when a stream's thread has ended
 * @stray_fd: what libraries write to stderr, or -1
 * @leave_at: TIME_NEVER, or when the process ends whatever is not closed
 * @status: what it ends with
 * @watchdog_ns: how often the service manager wants a message; 0: never
 * @watchdog_at: when it gets the next one, or TIME_NEVER
 * @cards: connected cards that the service manager knows of
 * @streams: their streams
 */
struct daemon {
	struct options options;
	struct config config;
	struct ctl_target target;
	struct backend *backend;
	struct ctl *ctl;
	int signal_fd;
	int done_fd;
	int stray_fd;
	uint64_t leave_at;
	int status;
	uint64_t watchdog_ns;
	uint64_t watchdog_at;
	unsigned int cards;
	unsigned int streams;
};

/* SIGHUP must not end a daemon that still reads its file; it waits for that. */
static void hold_reload(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* Signals come through a descriptor; threads made later inherit the mask. */
static int open_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Each stream takes about five descriptors, and a device's more. */
static void raise_limits(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl))
		return;
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
}

/* A sanitiser's report is longer than a pipe, and ends the process in its own way. */
static int take_stderr(void)
{
#ifdef __SANITIZE_ADDRESS__
	return -1;
#else
	return stray_begin();
#endif
}

static int timeout_ms(uint64_t deadline)
{
	uint64_t now = now_ns();

	if (deadline == TIME_NEVER)
		return -1;
	if (deadline <= now)
		return 0;
	return (int)min_u64((deadline - now) / NSEC_PER_MSEC + 1, 60000);
}

/* ---- the service manager ---- */

static void send_status(const struct daemon *d, const char *state)
{
	notify_manager("%sSTATUS=%u cards connected, %u streams", state,
		       d->cards, d->streams);
}

static void watch_counts(struct daemon *d)
{
	unsigned int cards, streams;

	backend_count(d->backend, &cards, &streams);
	if (cards == d->cards && streams == d->streams)
		return;
	d->cards = cards;
	d->streams = streams;
	send_status(d, "");
}

static void feed_watchdog(struct daemon *d)
{
	if (d->watchdog_at == TIME_NEVER || now_ns() < d->watchdog_at)
		return;
	notify_manager("WATCHDOG=1");
	d->watchdog_at = now_ns() + d->watchdog_ns;
}

/* ---- what may happen to it ---- */

static void begin_leaving(struct daemon *d, int status)
{
	d->leave_at = now_ns() + LEAVE_NS;
	d->status = status;
	notify_manager("STOPPING=1");
}

/* Without it no device can be connected or closed in order. */
static void store_lost(struct daemon *d)
{
	log_msg(LVL_ERROR, "XenStore: the connection is lost: ending all streams");
	begin_leaving(d, EXIT_STORE_LOST);
	backend_abandon(d->backend);
}

static bool read_config(struct daemon *d)
{
	struct config fresh;

	config_inherit(&fresh, &d->config);
	if (!config_load(&fresh, d->options.config_path)) {
		config_free(&fresh);
		return false;
	}
	config_take_orders(&fresh, &d->config);
	config_free(&d->config);
	d->config = fresh;
	return true;
}

static void reload_config(struct daemon *d)
{
	notify_manager("RELOADING=1\nMONOTONIC_USEC=%llu",
		       (unsigned long long)(now_ns() / NSEC_PER_USEC));
	if (!d->options.config_path) {
		log_msg(LVL_WARN, "SIGHUP: there is no --config that could be read again");
	} else if (read_config(d)) {
		log_msg(LVL_INFO, "SIGHUP: %s has been read", d->options.config_path);
		backend_reconfigure(d->backend, &d->config);
	} else {
		log_msg(LVL_INFO, "SIGHUP: the old configuration stays");
	}
	send_status(d, "READY=1\n");
}

static void take_signal(struct daemon *d)
{
	struct signalfd_siginfo si;

	if (read(d->signal_fd, &si, sizeof(si)) != sizeof(si) ||
	    d->leave_at != TIME_NEVER)
		return;
	if (si.ssi_signo == SIGHUP) {
		reload_config(d);
		return;
	}
	log_msg(LVL_INFO, "%s: closing all devices",
		strsignal((int)si.ssi_signo));
	begin_leaving(d, EXIT_SUCCESS);
	backend_shutdown(d->backend);
}

/* ---- the main loop ---- */

static uint64_t next_deadline(const struct daemon *d)
{
	uint64_t at = min_u64(backend_deadline(d->backend), d->leave_at);

	if (d->ctl)
		at = min_u64(at, ctl_deadline(d->ctl));
	return min_u64(at, d->watchdog_at);
}

static void one_turn(struct daemon *d)
{
	bool lost = d->status == EXIT_STORE_LOST;
	struct pollfd fds[5 + CTL_MAX_FDS] = {
		{ .fd = d->signal_fd, .events = POLLIN },
		{ .fd = d->done_fd, .events = POLLIN },
		{ .fd = lost ? -1 : backend_fd(d->backend), .events = POLLIN },
		{ .fd = lost ? -1 : backend_lost_fd(d->backend), .events = POLLIN },
		{ .fd = d->stray_fd, .events = POLLIN },
	};
	unsigned int n = 5;
	uint64_t count;

	if (d->ctl)
		n += ctl_pollfds(d->ctl, fds + n);
	if (poll(fds, n, timeout_ms(next_deadline(d))) < 0)
		return;
	if (fds[4].revents)
		stray_read();
	if (fds[3].revents)
		store_lost(d);
	else if (!lost)
		backend_events(d->backend);
	if (read(d->done_fd, &count, sizeof(count)) < 0)
		count = 0;
	take_signal(d);
	backend_step(d->backend);
	if (d->ctl)
		ctl_step(d->ctl);
	watch_counts(d);
	feed_watchdog(d);
}

static void serve_devices(struct daemon *d)
{
	while (d->leave_at == TIME_NEVER ||
	       (!backend_closed(d->backend) && now_ns() < d->leave_at))
		one_turn(d);
}

/* Without --ctl it is only a convenience. Return: false after an error line. */
static bool open_ctl(struct daemon *d)
{
	const char *path = d->options.ctl_path;

	if (path && !strcmp(path, "none"))
		return true;
	d->target.backend = d->backend;
	d->target.config = &d->config;
	d->ctl = ctl_open(path ? path : CTL_PATH, d->options.ctl_group,
			  ctl_command, &d->target);
	return d->ctl || (!path && !d->options.ctl_group);
}

/* Return: 0, or what the process ends with. */
static int open_daemon(struct daemon *d)
{
	if (!device_node_usable(GNTDEV_NODE, "xen-gntdev") ||
	    !device_node_usable(EVTCHN_NODE, "xen-evtchn"))
		return EXIT_FAILURE;
	if (!instance_lock(EVTCHN_NODE))
		return EXIT_SECOND;
	raise_limits();
	d->signal_fd = open_signals();
	d->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	d->stray_fd = take_stderr();
	if (d->signal_fd < 0 || d->done_fd < 0) {
		log_msg(LVL_ERROR, "descriptors: %s", strerror(errno));
		return EXIT_FAILURE;
	}
	d->backend = backend_open(&d->config, d->done_fd);
	if (!d->backend)
		return EXIT_FAILURE;
	return open_ctl(d) ? 0 : EXIT_USAGE;
}

static void begin_serving(struct daemon *d)
{
	d->leave_at = TIME_NEVER;
	d->watchdog_ns = notify_watchdog_ns();
	d->watchdog_at = d->watchdog_ns ? now_ns() : TIME_NEVER;
	log_msg(LVL_INFO, "ready; %s", audio_features());
	send_status(d, "READY=1\n");
}

int main(int argc, char **argv)
{
	static struct daemon d;

	log_open();
	hold_reload();
	parse_options(argc, argv, &d.options, &d.config);
#ifdef XSB_QUIRKS
	if (!quirks_load(getenv("XEN_SND_QUIRKS")))
		return EXIT_USAGE;
#endif
	d.status = open_daemon(&d);
	if (!d.status) {
		begin_serving(&d);
		serve_devices(&d);
		log_msg(LVL_INFO, "exit");
	}
	stray_read();
	ctl_close(d.ctl);
	if (d.backend && backend_closed(d.backend)) {
		backend_close(d.backend);
	} else if (d.backend) {
		/* its threads may still use what is theirs */
		backend_log_open(d.backend);
		if (d.status == EXIT_SUCCESS)
			d.status = EXIT_NOT_CLOSED;
	}
	config_free(&d.config);
	return d.status;
}
