// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: reports, see report.h.
 *
 * Lines: a record is "KIND key=value key=value"; in a value blanks, '=', '\' and
 * what is not printable ASCII are \xNN. The last line is "ok" or
 * "error REASON".
 *
 * JSON: one line, {"records":[{"kind":KIND,"key":value},...],"ok":true} or
 * ..."ok":false,"error":REASON}. Bytes over 0x7f are \u0080 to \u00ff.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

static bool make_room(struct report *r, size_t more)
{
	size_t room = r->room ? r->room : 1024;
	char *text;

	while (room < r->len + more)
		room *= 2;
	if (room == r->room)
		return true;
	text = room <= REPORT_MAX ? realloc(r->text, room) : NULL;
	if (!text) {
		r->failed = true;
		return false;
	}
	r->text = text;
	r->room = room;
	return true;
}

static void add_bytes(struct report *r, const char *s, size_t n)
{
	if (r->failed || !make_room(r, n))
		return;
	memcpy(r->text + r->len, s, n);
	r->len += n;
}

static void add_string(struct report *r, const char *s)
{
	add_bytes(r, s, strlen(s));
}

static void add_escaped(struct report *r, const char *s)
{
	const char *fmt = r->json ? "\\u%04x" : "\\x%02x";
	const char *bad = r->json ? "\"\\" : " =\\";
	char code[8];

	for (; *s; s++) {
		if (*s >= ' ' && *s <= '~' && !strchr(bad, *s)) {
			add_bytes(r, s, 1);
			continue;
		}
		snprintf(code, sizeof(code), fmt, (unsigned char)*s);
		add_string(r, code);
	}
}

static void add_key(struct report *r, const char *key)
{
	if (r->json) {
		add_string(r, r->fields++ ? ",\"" : "\"");
		add_string(r, key);
		add_string(r, "\":");
	} else {
		add_string(r, " ");
		add_string(r, key);
		add_string(r, "=");
	}
}

/**
 * report_begin() - begin a report.
 * @r: result; @r->text is to be freed
 * @json: else lines
 */
void report_begin(struct report *r, bool json)
{
	memset(r, 0, sizeof(*r));
	r->json = json;
	if (json)
		add_string(r, "{\"records\":[");
}

static void end_record(struct report *r)
{
	if (r->records)
		add_string(r, r->json ? "}" : "\n");
}

/**
 * report_record() - begin a record.
 * @r: report
 * @kind: what it is about
 */
void report_record(struct report *r, const char *kind)
{
	end_record(r);
	r->fields = 0;
	if (r->json) {
		add_string(r, r->records ? ",{" : "{");
		report_text(r, "kind", kind);
	} else {
		add_string(r, kind);
	}
	r->records++;
}

/**
 * report_text() - add a field to the current record.
 * @r: report
 * @key: its name
 * @value: any string
 */
void report_text(struct report *r, const char *key, const char *value)
{
	add_key(r, key);
	if (r->json)
		add_string(r, "\"");
	add_escaped(r, value);
	if (r->json)
		add_string(r, "\"");
}

/**
 * report_number() - add a field to the current record.
 * @r: report
 * @key: its name
 * @value: number
 */
void report_number(struct report *r, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	add_key(r, key);
	add_string(r, text);
}

/**
 * report_signed() - add a field to the current record.
 * @r: report
 * @key: its name
 * @value: number
 */
void report_signed(struct report *r, const char *key, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	add_key(r, key);
	add_string(r, text);
}

/* What can be sent in any case: there is nothing else in the report. */
static void replace_report(struct report *r)
{
	bool json = r->json;

	free(r->text);
	report_begin(r, json);
}

/**
 * report_end() - end a report.
 * @r: report
 * @error: why what was asked for could not be done, or NULL
 */
void report_end(struct report *r, const char *error)
{
	if (r->failed) {
		replace_report(r);
		error = "the answer is too long";
	}
	end_record(r);
	if (r->json) {
		add_string(r, error ? "],\"ok\":false,\"error\":\"" :
				      "],\"ok\":true}\n");
		if (error) {
			add_escaped(r, error);
			add_string(r, "\"}\n");
		}
	} else if (error) {
		add_string(r, "error ");
		add_string(r, error);
		add_string(r, "\n");
	} else {
		add_string(r, "ok\n");
	}
}
