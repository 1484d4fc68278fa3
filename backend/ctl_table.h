/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-ctl: the daemon's list as a table.
 */
#ifndef XSB_CTL_TABLE_H
#define XSB_CTL_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define ROW_TEXT	64u

/**
 * struct row - a stream
 * @key: tells it from the others: domain, card, PCM, stream, unique-id
 * @guest: name of the guest
 * @id: unique-id
 * @type: playback or capture
 * @state: see streams.c
 * @format: "48000 s16_le 2", or ""
 * @where: sink or source
 * @domid: the guest
 * @card: its card
 * @xruns: since OPEN
 * @latency_us: queued
 * @cpu_us: used since the guest connected
 * @cpu_tenths: tenths of a percent of a CPU since the last look, or UINT64_MAX
 */
struct row {
	char key[ROW_TEXT * 2];
	char guest[ROW_TEXT];
	char id[ROW_TEXT];
	char type[ROW_TEXT];
	char state[ROW_TEXT];
	char format[ROW_TEXT];
	char where[ROW_TEXT];
	uint64_t domid;
	uint64_t card;
	uint64_t xruns;
	uint64_t latency_us;
	uint64_t cpu_us;
	uint64_t cpu_tenths;
};

/**
 * struct table - all streams
 * @rows: array, to be freed
 * @num: how many
 */
struct table {
	struct row *rows;
	unsigned int num;
};

bool table_parse(struct table *t, char *answer);
void table_compare(struct table *t, const struct table *before,
		   uint64_t passed_us);
void table_print(const struct table *t, FILE *f);
void table_free(struct table *t);

#endif
