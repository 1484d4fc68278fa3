/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: what the daemon says about itself: records of fields, as lines
 * "key=value key=value" or as JSON.
 */
#ifndef XSB_REPORT_H
#define XSB_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* the longest report; one of 128 streams is some 50 KiB */
#define REPORT_MAX	((size_t)4 << 20)

/**
 * struct report - a text that grows
 * @json: else lines
 * @failed: it is too long, or there was no memory
 * @records: begun so far
 * @fields: of the current record
 * @text: not terminated, to be freed
 * @len: bytes
 * @room: bytes allocated
 */
struct report {
	bool json;
	bool failed;
	unsigned int records;
	unsigned int fields;
	char *text;
	size_t len;
	size_t room;
};

void report_begin(struct report *r, bool json);
void report_end(struct report *r, const char *error);
void report_record(struct report *r, const char *kind);
void report_text(struct report *r, const char *key, const char *value);
void report_number(struct report *r, const char *key, uint64_t value);
void report_signed(struct report *r, const char *key, int64_t value);

#endif
