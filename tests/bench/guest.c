// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * bench-play: what the guest counts itself, and marks in Dom0's record.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <xenstore.h>

#include "guest.h"

#define MARK	"data/bench-mark"
#define ACK	"data/bench-ack"

static unsigned int irqs[MAX_IRQS];
static unsigned int num_irqs;
static struct xs_handle *store;

static void die(const char *what)
{
	perror(what);
	exit(2);
}

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/**
 * guest_irqs() - say which interrupts are the driver's.
 * @list: numbers with commas between, request and event channel in turn
 *
 * By number, because the stock driver's have no stable names.
 */
void guest_irqs(const char *list)
{
	char *end;

	for (num_irqs = 0; *list && num_irqs < MAX_IRQS; list = end) {
		irqs[num_irqs++] = (unsigned int)strtoul(list, &end, 10);
		if (*end == ',')
			end++;
		else if (*end)
			break;
	}
}

/* One line of /proc/interrupts: "NUMBER: COUNT COUNT ... CHIP NAME" */
static void count_irq(const char *line, struct counts *c)
{
	unsigned long irq;
	uint64_t n = 0;
	unsigned int i;
	char *end;

	irq = strtoul(line, &end, 10);
	if (end == line || *end != ':')
		return;
	for (i = 0; i < num_irqs && irqs[i] != irq; i++)
		;
	if (i == num_irqs)
		return;
	for (line = end + 1;; line = end) {
		uint64_t value = strtoull(line, &end, 10);

		if (end == line)
			break;
		n += value;
	}
	if (i % 2)
		c->evt += n;
	else
		c->req += n;
}

static void each_line(const char *path, void (*take)(const char *line,
						     struct counts *c),
		      struct counts *c)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (!f)
		die(path);
	while (getline(&line, &size, f) > 0)
		take(line, c);
	free(line);
	fclose(f);
}

static void count_ctxt(const char *line, struct counts *c)
{
	if (!strncmp(line, "ctxt ", 5))
		c->ctxt = strtoull(line + 5, NULL, 10);
}

/**
 * guest_counts() - all totals, now.
 * @c: gets them
 */
void guest_counts(struct counts *c)
{
	struct rusage use;
	struct timespec cpu;

	memset(c, 0, sizeof(*c));
	each_line("/proc/interrupts", count_irq, c);
	each_line("/proc/stat", count_ctxt, c);
	getrusage(RUSAGE_SELF, &use);
	c->slept = (uint64_t)use.ru_nvcsw;
	c->preempted = (uint64_t)use.ru_nivcsw;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	c->process_ns = (uint64_t)cpu.tv_sec * 1000000000u +
			(uint64_t)cpu.tv_nsec;
	c->ns = now_ns();
}

/**
 * mark_open() - get ready to make marks.
 */
void mark_open(void)
{
	store = xs_open(0);
	if (!store || !xs_watch(store, ACK, "ack"))
		die("XenStore");
}

static bool acknowledged(const char *token)
{
	unsigned int len;
	char *ack = xs_read(store, XBT_NULL, ACK, &len);
	bool same = ack && !strcmp(ack, token);

	free(ack);
	return same;
}

/**
 * mark() - have bench-mark in Dom0 write its counts down, and wait for that.
 * @flags: letters that it knows
 *
 * Return: the mark's name.
 */
uint64_t mark(const char *flags)
{
	uint64_t name = now_ns();
	char token[64];
	unsigned int n;
	char **event;

	snprintf(token, sizeof(token), "%" PRIu64 " %s", name, flags);
	if (!xs_write(store, XBT_NULL, MARK, token, (unsigned int)strlen(token)))
		die(MARK);
	while (!acknowledged(token)) {
		event = xs_read_watch(store, &n);
		if (!event)
			die(ACK);
		free(event);
	}
	return name;
}
