// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * bench-frontends: many playback frontends in Dom0 against the backend there,
 * to see what a stream costs it as their number grows. One line for each run.
 *
 * A run opens all streams, plays COUNT periods on each and stops and closes
 * them. The daemon is looked at while it sleeps: when all streams are open and
 * when they have stopped. As with bench-play, a period's share comes from the
 * difference of a short and a long run.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <xenctrl.h>

#include "daemon.h"
#include "front.h"

#define MAX_FRONTS	4096u
#define NSEC		1000000000u
/* Ports taken with one read() */
#define BATCH		512u
#define REST_SECONDS	2u

static struct bus bus;
static struct front *fronts;
static unsigned int num_fronts;
static struct front **by_port;
static size_t num_ports;
static xc_interface *xc;

static pid_t pid;
static const char *stats;
static unsigned int period = 1024, periods = 8, settle;
static bool together;

/**
 * struct totals - all that is counted
 * @daemon: the daemon's
 * @dom0_ns: Xen's account of this domain's CPU time
 * @own_ns: CPU time of this process
 * @ns: time
 */
struct totals {
	struct usage daemon;
	uint64_t dom0_ns;
	uint64_t own_ns;
	uint64_t ns;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * NSEC + (uint64_t)t.tv_nsec;
}

/* Before, Dom0's clocks are read first, after, last: looking costs CPU, too. */
static void own_totals(struct totals *t)
{
	xc_domaininfo_t info;

	if (xc_domain_getinfo_single(xc, 0, &info))
		die("domain info");
	t->dom0_ns = info.cpu_time;
	t->own_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	t->ns = clock_ns(CLOCK_MONOTONIC);
}

/* ---- events ---- */

static void take(evtchn_port_t port)
{
	struct front *f = port < num_ports ? by_port[port] : NULL;

	if (!f)
		return;
	if (port == f->evt_port)
		front_event(f);
	else
		front_reap(f);
}

/*
 * Take all that has fired. The library does one port at a time; with its
 * descriptor all are had for two system calls, so that this program costs
 * little of the CPU that it shares with the daemon.
 */
static void take_fired(void)
{
	int fd = xenevtchn_fd(bus.evtchn);
	evtchn_port_t ports[BATCH];
	ssize_t got;
	size_t n, i;

	got = read(fd, ports, sizeof(ports));
	if (got < 0)
		die("event channels");
	n = (size_t)got / sizeof(*ports);
	if (write(fd, ports, n * sizeof(*ports)) != got)
		die("unmask");
	for (i = 0; i < n; i++)
		take(ports[i]);
}

/* Serve all until a time. */
static void serve_until(uint64_t at)
{
	struct pollfd fd = {
		.fd = xenevtchn_fd(bus.evtchn),
		.events = POLLIN,
	};
	struct timespec left;
	uint64_t now;

	while ((now = clock_ns(CLOCK_MONOTONIC)) < at) {
		left.tv_sec = (time_t)((at - now) / NSEC);
		left.tv_nsec = (long)((at - now) % NSEC);
		if (ppoll(&fd, 1, &left, NULL) > 0)
			take_fired();
	}
}

static bool all_answered(void)
{
	unsigned int i;

	for (i = 0; i < num_fronts; i++)
		if (fronts[i].in_flight)
			return false;
	return true;
}

static bool all_stopped(void)
{
	unsigned int i;

	for (i = 0; i < num_fronts; i++)
		if (!fronts[i].stopped)
			return false;
	return true;
}

/* Serve all until something holds; what takes longer than it may hangs. */
static void serve_while(bool (*done)(void), uint64_t seconds, const char *what)
{
	uint64_t end = clock_ns(CLOCK_MONOTONIC) + seconds * NSEC;

	while (!done()) {
		if (clock_ns(CLOCK_MONOTONIC) > end) {
			errno = ETIMEDOUT;
			die(what);
		}
		serve_until(clock_ns(CLOCK_MONOTONIC) + NSEC / 20);
	}
}

/* ---- runs ---- */

static void know_port(evtchn_port_t port, struct front *f)
{
	size_t num = 2 * ((size_t)port + 1);

	if (port >= num_ports) {
		by_port = realloc(by_port, num * sizeof(*by_port));
		if (!by_port)
			abort();
		memset(by_port + num_ports, 0,
		       (num - num_ports) * sizeof(*by_port));
		num_ports = num;
	}
	by_port[port] = f;
}

static void add_front(void)
{
	struct front *f = &fronts[num_fronts];

	front_new(f, &bus, num_fronts, period, periods);
	know_port(f->req_port, f);
	know_port(f->evt_port, f);
	front_connect(f);
	num_fronts++;
}

static void each(void (*call)(struct front *f), const char *what)
{
	unsigned int i;

	for (i = 0; i < num_fronts; i++)
		call(&fronts[i]);
	serve_while(all_answered, 60, what);
}

/* Spread evenly over a period, or as fast as it goes. */
static void start_all(unsigned int count)
{
	uint64_t began = clock_ns(CLOCK_MONOTONIC);
	uint64_t length = (uint64_t)period * NSEC / FRONT_RATE;
	unsigned int i;

	for (i = 0; i < num_fronts; i++) {
		if (!together)
			serve_until(began + length * i / num_fronts);
		front_start(&fronts[i], count);
	}
}

static void print_run(const char *what, unsigned int count,
		      const struct totals *a, const struct totals *b)
{
	uint64_t events = 0, notified = 0;
	unsigned int i;

	for (i = 0; i < num_fronts; i++) {
		events += fronts[i].events;
		notified += fronts[i].notified;
	}
	printf("what=%s streams=%u count=%u period=%u periods=%u events=%" PRIu64
	       " notified=%" PRIu64 " cpu-ns=%" PRIu64 " slept=%" PRIu64
	       " preempted=%" PRIu64 " faults=%" PRIu64 " rss-kb=%" PRIu64
	       " threads=%" PRIu64 " fds=%" PRIu64 " dom0-ns=%" PRIu64
	       " own-ns=%" PRIu64 " ns=%" PRIu64, what, num_fronts, count,
	       period, periods, events, notified,
	       b->daemon.cpu_ns - a->daemon.cpu_ns,
	       b->daemon.slept - a->daemon.slept,
	       b->daemon.preempted - a->daemon.preempted,
	       b->daemon.faults - a->daemon.faults, b->daemon.rss_kb,
	       b->daemon.threads, b->daemon.fds, b->dom0_ns - a->dom0_ns,
	       b->own_ns - a->own_ns, b->ns - a->ns);
}

static void play_streams(const char *what, unsigned int count)
{
	uint64_t seconds = (uint64_t)count * period / FRONT_RATE;
	unsigned int began = stats_lines(stats);
	struct totals a, b;

	each(front_open, "open");
	daemon_usage(pid, &a.daemon);
	own_totals(&a);
	start_all(count);
	serve_while(all_stopped, 20 * seconds + 60, "play");
	serve_while(all_answered, 60, "stop");
	own_totals(&b);
	daemon_usage(pid, &b.daemon);
	each(front_close, "close");
	print_run(what, count, &a, &b);
	printf(" began=%u ended=%u\n", began, stats_lines(stats));
	fflush(stdout);
}

/* All are open and nothing plays. */
static void rest(unsigned int seconds)
{
	struct totals a, b;
	unsigned int i;

	each(front_open, "open");
	serve_until(clock_ns(CLOCK_MONOTONIC) + settle * (uint64_t)NSEC);
	for (i = 0; i < num_fronts; i++)
		fronts[i].events = fronts[i].notified = 0;
	daemon_usage(pid, &a.daemon);
	own_totals(&a);
	serve_until(a.ns + (uint64_t)seconds * NSEC);
	own_totals(&b);
	daemon_usage(pid, &b.daemon);
	each(front_close, "close");
	print_run("rest", 0, &a, &b);
	putchar('\n');
	fflush(stdout);
}

/*
 * Connect until there are @num: the last one alone is measured, and what the
 * daemon holds then.
 */
static void grow(unsigned int num)
{
	struct totals a, b;

	while (num_fronts + 1 < num)
		add_front();
	daemon_usage(pid, &a.daemon);
	own_totals(&a);
	if (num_fronts < num)
		add_front();
	own_totals(&b);
	daemon_usage(pid, &b.daemon);
	print_run("connect", 0, &a, &b);
	putchar('\n');
	fflush(stdout);
}

static unsigned int number(const char *s)
{
	unsigned long n;
	char *end;

	n = strtoul(s, &end, 10);
	if (end == s || *end || n > 10000000) {
		fprintf(stderr, "bench-frontends: not a number: %s\n", s);
		exit(2);
	}
	return (unsigned int)n;
}

static void usage(void)
{
	fprintf(stderr,
		"usage: bench-frontends -d PID -s STATS [-p PERIOD] [-b PERIODS] [-c COUNT]... [-w SECONDS] STREAMS...\n"
		"  counts are two at most, STREAMS ascending; -w: wait so long after OPEN\n");
	exit(2);
}

static unsigned int counts[2] = { 40, 240 }, num_counts;

static void options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "d:s:p:b:c:w:")) >= 0) {
		switch (c) {
		case 'd': pid = (pid_t)number(optarg); break;
		case 's': stats = optarg; break;
		case 'p': period = number(optarg); break;
		case 'b': periods = number(optarg); break;
		case 'c':
			if (num_counts == 2)
				usage();
			counts[num_counts++] = number(optarg);
			break;
		case 'w': settle = number(optarg); break;
		default: usage();
		}
	}
	if (!pid || !stats || !period || !periods || optind == argc)
		usage();
}

static void measure(unsigned int num)
{
	unsigned int i;

	if (num > MAX_FRONTS)
		usage();
	grow(num);
	rest(REST_SECONDS);
	/* a server has to start so many nodes for the first time */
	if (settle)
		play_streams("first", counts[0]);
	for (together = false;; together = true) {
		for (i = 0; i < 2; i++)
			play_streams(together ? "together" : "spread", counts[i]);
		if (together)
			break;
	}
}

static void open_all(void)
{
	int fd;

	bus_open(&bus);
	fd = xenevtchn_fd(bus.evtchn);
	if (fd < 0)
		die("event channels");
	xc = xc_interface_open(NULL, NULL, 0);
	fronts = calloc(MAX_FRONTS, sizeof(*fronts));
	if (!xc || !fronts)
		die("bench-frontends");
}

int main(int argc, char **argv)
{
	options(argc, argv);
	open_all();
	grow(0);
	for (; optind < argc; optind++)
		measure(number(argv[optind]));
	while (num_fronts) {
		num_fronts--;
		front_disconnect(&fronts[num_fronts]);
		front_free(&fronts[num_fronts]);
	}
	grow(0);
	return 0;
}
