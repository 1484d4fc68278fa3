// SPDX-License-Identifier: MIT
/*
 * xen-snd-ctl: the daemon's list as a table.
 *
 * What the daemon sends is in report.c. Escapes stay as they are: what a guest
 * has written cannot control the terminal.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_table.h"

/* The value of KEY in a record's line, or "". */
static void get_text(const char *line, const char *key, char *to, size_t size)
{
	size_t n = strlen(key);
	const char *p = line;

	*to = '\0';
	while ((p = strchr(p, ' '))) {
		p++;
		if (strncmp(p, key, n) || p[n] != '=')
			continue;
		p += n + 1;
		snprintf(to, size, "%.*s", (int)strcspn(p, " \n"), p);
		return;
	}
}

static uint64_t get_number(const char *line, const char *key)
{
	char text[24];

	get_text(line, key, text, sizeof(text));
	return strtoull(text, NULL, 10);
}

static void parse_format(struct row *r, const char *line)
{
	char rate[16], format[16], channels[8];

	get_text(line, "rate", rate, sizeof(rate));
	get_text(line, "format", format, sizeof(format));
	get_text(line, "channels", channels, sizeof(channels));
	if (*rate)
		snprintf(r->format, sizeof(r->format), "%s %s %s", rate, format,
			 channels);
}

static void parse_state(struct row *r, const char *line)
{
	get_text(line, "state", r->state, sizeof(r->state));
	if (get_number(line, "denied"))
		strncat(r->state, ",denied",
			sizeof(r->state) - strlen(r->state) - 1);
	if (get_number(line, "muted"))
		strncat(r->state, ",muted",
			sizeof(r->state) - strlen(r->state) - 1);
	if (get_number(line, "lost"))
		strncat(r->state, ",lost",
			sizeof(r->state) - strlen(r->state) - 1);
}

static void parse_row(struct row *r, const char *line)
{
	memset(r, 0, sizeof(*r));
	get_text(line, "guest", r->guest, sizeof(r->guest));
	get_text(line, "unique-id", r->id, sizeof(r->id));
	get_text(line, "type", r->type, sizeof(r->type));
	get_text(line, r->type[0] == 'c' ? "source" : "sink", r->where,
		 sizeof(r->where));
	parse_state(r, line);
	parse_format(r, line);
	r->domid = get_number(line, "domid");
	r->card = get_number(line, "card");
	r->xruns = get_number(line, "xruns");
	r->latency_us = get_number(line, "latency-us");
	r->cpu_us = get_number(line, "cpu-us");
	r->cpu_tenths = UINT64_MAX;
	snprintf(r->key, sizeof(r->key), "%" PRIu64 ".%" PRIu64 ".%" PRIu64 ".%" PRIu64 " %s",
		 r->domid, r->card, get_number(line, "pcm"),
		 get_number(line, "stream"), r->id);
}

static bool add_row(struct table *t, const char *line)
{
	struct row *rows = realloc(t->rows, (t->num + 1) * sizeof(*rows));

	if (!rows)
		return false;
	t->rows = rows;
	parse_row(&rows[t->num++], line);
	return true;
}

/**
 * table_parse() - read an answer to "list".
 * @t: result
 * @answer: text; changed
 *
 * Return: false for want of memory.
 */
bool table_parse(struct table *t, char *answer)
{
	char *rest = NULL, *line;

	memset(t, 0, sizeof(*t));
	for (line = strtok_r(answer, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		if (!strncmp(line, "stream ", 7) && !add_row(t, line))
			return false;
	return true;
}

static int by_load(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->cpu_tenths != y->cpu_tenths)
		return x->cpu_tenths < y->cpu_tenths ? 1 : -1;
	return strcmp(x->key, y->key);
}

/**
 * table_compare() - how much CPU time has each used? Those with the most first.
 * @t: now
 * @before: then
 * @passed_us: time between
 */
void table_compare(struct table *t, const struct table *before,
		   uint64_t passed_us)
{
	unsigned int i, j;

	for (i = 0; i < t->num; i++) {
		struct row *r = &t->rows[i];

		r->cpu_tenths = 0;
		for (j = 0; passed_us && j < before->num; j++)
			if (!strcmp(r->key, before->rows[j].key) &&
			    r->cpu_us >= before->rows[j].cpu_us)
				r->cpu_tenths = (r->cpu_us - before->rows[j].cpu_us) *
						1000 / passed_us;
	}
	if (t->num)
		qsort(t->rows, t->num, sizeof(*t->rows), by_load);
}

static void format_cpu(const struct row *r, char *text, size_t size)
{
	if (r->cpu_tenths == UINT64_MAX)
		snprintf(text, size, "%" PRIu64 ".%02" PRIu64 "s",
			 r->cpu_us / 1000000, r->cpu_us / 10000 % 100);
	else
		snprintf(text, size, "%" PRIu64 ".%" PRIu64 "%%",
			 r->cpu_tenths / 10, r->cpu_tenths % 10);
}

/**
 * table_print() - print a line for each stream.
 * @t: table
 * @f: where to
 */
void table_print(const struct table *t, FILE *f)
{
	unsigned int i;
	char cpu[24];

	fprintf(f, "%-16s %5s %4s %-12s %-8s %-14s %-20s %6s %9s %8s  %s\n",
		"GUEST", "DOMID", "CARD", "STREAM", "TYPE", "STATE",
		"RATE FORMAT CHANNELS", "XRUNS", "LATENCY", "CPU", "SINK/SOURCE");
	for (i = 0; i < t->num; i++) {
		const struct row *r = &t->rows[i];

		format_cpu(r, cpu, sizeof(cpu));
		fprintf(f, "%-16s %5" PRIu64 " %4" PRIu64 " %-12s %-8s %-14s %-20s %6" PRIu64 " %6" PRIu64 ".%" PRIu64 "ms %7s  %s\n",
			*r->guest ? r->guest : "-", r->domid, r->card, r->id,
			r->type, r->state, *r->format ? r->format : "-", r->xruns,
			r->latency_us / 1000, r->latency_us / 100 % 10, cpu,
			r->where);
	}
}

/**
 * table_free() - forget a table.
 * @t: table, empty afterwards
 */
void table_free(struct table *t)
{
	free(t->rows);
	memset(t, 0, sizeof(*t));
}
