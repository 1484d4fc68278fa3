// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: the configuration file, see xen-snd-back.conf(5).
 *
 *   # comment
 *   [default]                        all that have no other section
 *   sink = alsa:default
 *   [guest mail]                     all streams of that guest
 *   capture = allow
 *   [guest mail stream pb0]          one of them
 *   sink = null
 *   [stream pb0]                     any guest's stream of that unique-id
 *   sink = file:/srv/sound/pb0.wav
 *
 * The first mistake ends the reading with one line that names file and line.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio.h"
#include "config.h"
#include "log.h"
#include "number.h"
#include "util.h"

/* The main thread reads it, also while guests play: no more than it can read at once */
#define FILE_MAX	(256 * 1024L)

/* with its newline */
#define LINE_BYTES_MAX	2048u

/* which sections may have an option */
enum {
	IN_DEFAULT = 1,
	IN_GUEST = 2,
	IN_STREAM = 4,
	IN_GUEST_STREAM = 8,
	IN_ALL = 15,
};

/**
 * struct parser - where the parser stands
 * @c: filled in
 * @path: file
 * @line: line number
 * @section: current one, or NULL
 * @seen: options that it has already, bits as in @known_options
 */
struct parser {
	struct config *c;
	const char *path;
	unsigned int line;
	struct config_section *section;
	unsigned int seen;
};

/**
 * struct known_option - an option of the file
 * @name: of the option
 * @places: where it may be
 * @set: take its value; NULL, or what is wrong with it
 */
struct known_option {
	const char *name;
	unsigned int places;
	const char *(*set)(struct config_values *v, const char *value);
};

static bool report_mistake(const struct parser *ps, const char *what, const char *why)
{
	log_msg(LVL_ERROR, "%s:%u: %s: %s", ps->path, ps->line, what, why);
	return false;
}

static char *strip_blanks(char *s)
{
	size_t n;

	while (isspace((unsigned char)*s))
		s++;
	n = strlen(s);
	while (n && isspace((unsigned char)s[n - 1]))
		s[--n] = '\0';
	return s;
}

/* A comment after something, which would become a part of a name. */
static bool has_comment(const char *s)
{
	const char *p;

	for (p = s; (p = strpbrk(p, "#;")); p++)
		if (p == s || isspace((unsigned char)p[-1]))
			return true;
	return false;
}

/* ---- options ---- */

static const char *set_spec(char **where, const char *value, bool capture)
{
	const char *error = audio_spec_error(value, capture);

	if (error)
		return error;
	*where = strdup(value);
	return *where ? NULL : "out of memory";
}

static const char *set_sink(struct config_values *v, const char *value)
{
	return set_spec(&v->sink, value, false);
}

static const char *set_source(struct config_values *v, const char *value)
{
	return set_spec(&v->source, value, true);
}

static const char *set_role(struct config_values *v, const char *value)
{
	if (!*value || strlen(value) >= CONFIG_ROLE_MAX)
		return "expected a name, as Music or Game, of at most 63 bytes";
	v->role = strdup(value);
	return v->role ? NULL : "out of memory";
}

static bool set_switch(enum config_switch *s, const char *value,
		       const char *yes, const char *no)
{
	if (!strcmp(value, yes))
		*s = SWITCH_YES;
	else if (!strcmp(value, no))
		*s = SWITCH_NO;
	return *s != SWITCH_UNSET;
}

static const char *set_capture(struct config_values *v, const char *value)
{
	return set_switch(&v->capture, value, "allow", "deny") ? NULL :
		"expected allow or deny";
}

static const char *set_allow(struct config_values *v, const char *value)
{
	return set_switch(&v->allow, value, "yes", "no") ? NULL :
		"expected yes or no";
}

static const char *set_compat(struct config_values *v, const char *value)
{
	return set_switch(&v->compat, value, "snd_be", "none") ? NULL :
		"expected snd_be or none";
}

static const char *set_node_volume(struct config_values *v, const char *value)
{
	return set_switch(&v->node_volume, value, "yes", "no") ? NULL :
		"expected yes or no";
}

static const char *set_latency(struct config_values *v, const char *value)
{
	return parse_u32(value, AUDIO_LATENCY_MAX_MS, &v->latency_ms) &&
	       v->latency_ms ? NULL : "expected a number from 1 to 480";
}

/* Texts for BUDGET_MAX_XXX */
static const char *set_cpu(struct config_values *v, const char *value)
{
	return parse_u32(value, BUDGET_MAX_PERCENT, &v->limits.percent) &&
	       v->limits.percent ? NULL : "expected a number from 1 to 100000";
}

static const char *set_memory(struct config_values *v, const char *value)
{
	uint32_t mib = 0;

	if (!parse_u32(value, BUDGET_MAX_MIB, &mib) || !mib)
		return "expected a number from 1 to 1048576";
	v->limits.bytes = (uint64_t)mib << 20;
	return NULL;
}

static const char *set_streams(struct config_values *v, const char *value)
{
	return parse_u32(value, BUDGET_MAX_STREAMS, &v->limits.streams) &&
	       v->limits.streams ? NULL : "expected a number from 1 to 1024";
}

static const struct known_option known_options[] = {
	{ "sink", IN_ALL, set_sink },
	{ "source", IN_ALL, set_source },
	{ "role", IN_ALL, set_role },
	{ "capture", IN_GUEST, set_capture },
	{ "allow", IN_DEFAULT | IN_GUEST, set_allow },
	{ "compat", IN_DEFAULT | IN_GUEST, set_compat },
	{ "node-volume", IN_DEFAULT | IN_GUEST, set_node_volume },
	{ "latency", IN_ALL, set_latency },
	{ "cpu", IN_DEFAULT | IN_GUEST, set_cpu },
	{ "memory", IN_DEFAULT | IN_GUEST, set_memory },
	{ "streams", IN_DEFAULT | IN_GUEST, set_streams },
};

static unsigned int place_of(const struct config_section *s)
{
	if (s->guest)
		return s->stream ? IN_GUEST_STREAM : IN_GUEST;
	return s->stream ? IN_STREAM : IN_DEFAULT;
}

static bool set_option(struct parser *ps, unsigned int number,
		       const char *value)
{
	const struct known_option *o = &known_options[number];
	const char *error;

	if (!ps->section)
		return report_mistake(ps, o->name, "no section before it");
	if (!(o->places & place_of(ps->section)))
		return report_mistake(ps, o->name, o->places == IN_GUEST ?
			"only [guest NAME] sections have it" :
			"only [default] and [guest NAME] sections have it");
	if (ps->seen & 1u << number)
		return report_mistake(ps, o->name, "given twice");
	ps->seen |= 1u << number;
	if (has_comment(value))
		return report_mistake(ps, o->name,
			"a comment must be on a line of its own");
	error = o->set(&ps->section->values, value);
	return !error || report_mistake(ps, o->name, error);
}

static bool parse_option(struct parser *ps, char *s)
{
	char *eq = strchr(s, '='), *value;
	unsigned int i;

	if (!eq)
		return report_mistake(ps, s, "expected OPTION = VALUE");
	*eq = '\0';
	s = strip_blanks(s);
	value = strip_blanks(eq + 1);
	for (i = 0; i < ARRAY_SIZE(known_options); i++)
		if (!strcmp(s, known_options[i].name))
			return set_option(ps, i, value);
	return report_mistake(ps, s, "unknown option");
}

/* ---- sections ---- */

static bool copy_name(char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return *to || !from;
}

/* NULL for any */
static bool new_section(struct parser *ps, const char *guest,
			const char *stream)
{
	const char *name = stream ? stream : guest ? guest : "default";
	struct config_section *s;

	if (config_find(ps->c, guest, stream))
		return report_mistake(ps, name, "it has a section already");
	s = calloc(1, sizeof(*s));
	if (!s)
		return report_mistake(ps, name, "out of memory");
	s->next = ps->c->sections;
	ps->c->sections = s;
	ps->section = s;
	ps->seen = 0;
	if (!copy_name(&s->guest, guest) || !copy_name(&s->stream, stream))
		return report_mistake(ps, name, "out of memory");
	return true;
}

/* WORD and a blank; what follows that, or NULL. */
static char *after_word(char *s, const char *word)
{
	size_t n = strlen(word);

	return !strncmp(s, word, n) && isspace((unsigned char)s[n]) ?
		strip_blanks(s + n) : NULL;
}

/* guest NAME, or guest NAME stream ID: no blanks in NAME, ID may have some */
static bool guest_section(struct parser *ps, char *name)
{
	char *end = name + strcspn(name, " \t"), *id;

	if (!*end)
		return new_section(ps, name, NULL);
	*end = '\0';
	id = after_word(strip_blanks(end + 1), "stream");
	if (!id || !*id)
		return report_mistake(ps, name,
			    "only stream UNIQUE-ID may come after it");
	return new_section(ps, name, id);
}

static bool parse_section(struct parser *ps, char *s)
{
	size_t n = strlen(s);
	char *rest;

	if (has_comment(s))
		return report_mistake(ps, s, "a comment must be on a line of its own");
	if (s[n - 1] != ']')
		return report_mistake(ps, s, "] expected at the end of the line");
	s[n - 1] = '\0';
	s = strip_blanks(s + 1);
	if (!strcmp(s, "default"))
		return new_section(ps, NULL, NULL);
	if ((rest = after_word(s, "stream")))
		return new_section(ps, NULL, rest);
	if ((rest = after_word(s, "guest")))
		return guest_section(ps, rest);
	return report_mistake(ps, s,
		"only [stream UNIQUE-ID], [guest NAME stream UNIQUE-ID], [guest NAME] and [default] are known");
}

/* ---- the file ---- */

static bool parse_line(struct parser *ps, char *line)
{
	char *s = strip_blanks(line);

	if (!*s || *s == '#' || *s == ';')
		return true;
	return *s == '[' ? parse_section(ps, s) : parse_option(ps, s);
}

/*
 * The daemon runs as root and writes where this file says: whoever can change
 * it can write any file.
 */
static bool safe_file(const char *path, FILE *f)
{
	struct stat st;

	if (fstat(fileno(f), &st) || !S_ISREG(st.st_mode)) {
		log_msg(LVL_ERROR, "%s: not a regular file", path);
		return false;
	}
	if (st.st_uid && st.st_uid != geteuid()) {
		log_msg(LVL_ERROR,
			"%s: refused: owned by user %u", path,
			(unsigned int)st.st_uid);
		return false;
	}
	if (st.st_mode & (S_IWGRP | S_IWOTH)) {
		log_msg(LVL_ERROR, "%s: refused: writable by %s",
			path, st.st_mode & S_IWOTH ? "others" : "the group");
		return false;
	}
	if (st.st_size > FILE_MAX) {
		log_msg(LVL_ERROR, "%s: refused: larger than %ld KiB", path,
			FILE_MAX / 1024);
		return false;
	}
	return true;
}

/* Return: NULL, or what is wrong with the line. */
static const char *line_error(const char *line, size_t bytes)
{
	/* what follows it would count as absent */
	if (strlen(line) != bytes)
		return "it has a NUL byte";
	return bytes > LINE_BYTES_MAX ? "too long" : NULL;
}

/**
 * config_load() - read a configuration file.
 * @c: without sections
 * @path: file
 *
 * Return: false after one error line.
 */
bool config_load(struct config *c, const char *path)
{
	struct parser ps = { .c = c, .path = path };
	const char *error;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	bool ok;
	FILE *f;
	int fd;

	/* only regular files: a FIFO would block the daemon */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	f = fd < 0 ? NULL : fdopen(fd, "r");
	if (!f) {
		log_msg(LVL_ERROR, "%s: %s", path, strerror(errno));
		return false;
	}
	ok = safe_file(path, f);
	while (ok && (n = getline(&line, &size, f)) >= 0) {
		ps.line++;
		error = line_error(line, (size_t)n);
		ok = error ? report_mistake(&ps, "line", error) :
			     parse_line(&ps, line);
	}
	if (ok && !feof(f)) {
		ps.line++;
		ok = report_mistake(&ps, "line", strerror(errno));
	}
	free(line);
	fclose(f);
	return ok;
}
