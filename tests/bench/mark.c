// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * bench-mark DOMID STATS: at each mark that the guest makes (see guest.c),
 * print what Xen has accounted so far and how long the backend's file STATS is.
 *
 * A mark is NAME FLAGS: "t" traces hypercalls until the next mark, "g" counts
 * grants as well.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

#include "daemon.h"
#include "trace.h"

static xc_interface *xc;
static struct xs_handle *store;
static uint32_t domid;
static const char *stats;
static bool tracing;

static uint64_t cpu_ns(uint32_t domain)
{
	xc_domaininfo_t info;

	if (xc_domain_getinfo_single(xc, domain, &info)) {
		perror("xc_domain_getinfo_single");
		exit(1);
	}
	return info.cpu_time;
}

static void print_grants(void)
{
	char command[64];
	unsigned int n;
	FILE *f;

	snprintf(command, sizeof(command), "domu-grants %" PRIu32, domid);
	f = popen(command, "r");
	if (f && fscanf(f, "%u", &n) == 1)
		printf(" grants=%u", n);
	if (f)
		pclose(f);
}

static void print_hypercalls(void)
{
	struct hypercalls h;
	unsigned int i;

	trace_stop(xc, domid, &h);
	printf(" hypercalls=%" PRIu64 " lost=%" PRIu64, h.all, h.lost);
	for (i = 0; i < TRACE_OPS; i++)
		if (h.op[i])
			printf(" hypercall-%u=%" PRIu64, i, h.op[i]);
}

static void take(const char *token)
{
	const char *flags = strchr(token, ' ');

	printf("mark=%.*s guest-ns=%" PRIu64 " dom0-ns=%" PRIu64 " stats=%u",
	       (int)strcspn(token, " "), token, cpu_ns(domid), cpu_ns(0),
	       stats_lines(stats));
	if (tracing)
		print_hypercalls();
	tracing = false;
	if (flags && strchr(flags, 'g'))
		print_grants();
	if (flags && strchr(flags, 't')) {
		tracing = trace_start(xc);
		if (!tracing)
			printf(" trace-error=%s", strerrorname_np(errno));
	}
	putchar('\n');
	fflush(stdout);
}

/* A mark is made once, whatever the watch says. */
static void look(const char *from, const char *to)
{
	static char *last;
	unsigned int len;
	char *token = xs_read(store, XBT_NULL, from, &len);

	if (!token || (last && !strcmp(last, token))) {
		free(token);
		return;
	}
	free(last);
	last = token;
	take(token);
	xs_write(store, XBT_NULL, to, token, len);
}

int main(int argc, char **argv)
{
	char from[64], to[64];
	unsigned int n;
	char **event;

	if (argc != 3) {
		fprintf(stderr, "usage: bench-mark DOMID STATS\n");
		return 2;
	}
	domid = (uint32_t)atoi(argv[1]);
	stats = argv[2];
	snprintf(from, sizeof(from), "/local/domain/%u/data/bench-mark", domid);
	snprintf(to, sizeof(to), "/local/domain/%u/data/bench-ack", domid);
	xc = xc_interface_open(NULL, NULL, 0);
	store = xs_open(0);
	if (!xc || !store || !xs_watch(store, from, "mark")) {
		perror("bench-mark");
		return 1;
	}
	while ((event = xs_read_watch(store, &n))) {
		free(event);
		look(from, to);
	}
	return 1;
}
