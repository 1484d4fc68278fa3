// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: the configuration file.
 *
 *   # comment
 *   [stream pb0]                     a stream by its unique-id
 *   sink = file:/srv/sound/pb0.wav
 *   [guest mail stream pb0]          only that guest's stream
 *   sink = null
 *   [guest mail]                     that guest
 *   capture = allow
 *   [default]                        all others
 *   sink = alsa:default
 *   source = null
 *   role = Game                      as PipeWire names it
 *
 * The first mistake ends the daemon with one line that names file and line.
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

/**
 * struct parser - where the parser stands
 * @c: filled in
 * @path: file
 * @line: line number
 * @stream: current [stream ID] section, or NULL
 * @guest: current [guest NAME] section, or NULL
 * @in_default: in the [default] section
 */
struct parser {
	struct config *c;
	const char *path;
	unsigned int line;
	struct config_stream *stream;
	struct config_guest *guest;
	bool in_default;
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

static bool same_guest(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static struct config_stream *find_stream(const struct config *c,
					 const char *guest, const char *id)
{
	struct config_stream *s;

	for (s = c->streams; s; s = s->next)
		if (same_guest(s->guest, guest) && !strcmp(s->id, id))
			return s;
	return NULL;
}

static bool new_stream(struct parser *ps, const char *guest, const char *id)
{
	size_t size = strlen(id) + 1;
	struct config_stream *s;

	if (find_stream(ps->c, guest, id))
		return report_mistake(ps, id, "this stream has a section already");
	s = calloc(1, sizeof(*s) + size);
	if (!s)
		return report_mistake(ps, id, "out of memory");
	memcpy(s->id, id, size);
	if (guest && !(s->guest = strdup(guest))) {
		free(s);
		return report_mistake(ps, id, "out of memory");
	}
	s->next = ps->c->streams;
	ps->c->streams = s;
	ps->stream = s;
	return true;
}

static struct config_guest *find_guest(const struct config *c,
				       const char *name)
{
	struct config_guest *g;

	for (g = c->guests; g; g = g->next)
		if (!strcmp(g->name, name))
			return g;
	return NULL;
}

/* Find it, or add it; NULL for want of memory. */
static struct config_guest *get_guest(struct config *c, const char *name)
{
	struct config_guest *g = find_guest(c, name);
	size_t size = strlen(name) + 1;

	if (g)
		return g;
	g = calloc(1, sizeof(*g) + size);
	if (!g)
		return NULL;
	memcpy(g->name, name, size);
	g->next = c->guests;
	c->guests = g;
	return g;
}

static bool guest_section(struct parser *ps, const char *name)
{
	ps->guest = get_guest(ps->c, name);
	if (!ps->guest)
		return report_mistake(ps, name, "out of memory");
	if (ps->guest->section)
		return report_mistake(ps, name, "this guest has a section already");
	ps->guest->section = true;
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
static bool guest_stream(struct parser *ps, char *name)
{
	char *end = name + strcspn(name, " \t"), *id;

	if (!*end)
		return guest_section(ps, name);
	*end = '\0';
	id = after_word(strip_blanks(end + 1), "stream");
	if (!id || !*id)
		return report_mistake(ps, name,
			    "only stream UNIQUE-ID may come after it");
	return new_stream(ps, name, id);
}

static bool parse_section(struct parser *ps, char *s)
{
	size_t n = strlen(s);
	char *rest;

	if (s[n - 1] != ']')
		return report_mistake(ps, s, "] expected at the end of the line");
	s[n - 1] = '\0';
	s = strip_blanks(s + 1);
	ps->stream = NULL;
	ps->guest = NULL;
	ps->in_default = !strcmp(s, "default");
	if (ps->in_default)
		return true;
	if ((rest = after_word(s, "stream")))
		return new_stream(ps, NULL, rest);
	if ((rest = after_word(s, "guest")))
		return guest_stream(ps, rest);
	return report_mistake(ps, s,
		"only [stream UNIQUE-ID], [guest NAME stream UNIQUE-ID], [guest NAME] and [default] are known");
}

/* capture = VALUE */
static bool set_capture(struct parser *ps, const char *value)
{
	struct config_guest *g = ps->guest;

	if (!g)
		return report_mistake(ps, "capture", "only [guest NAME] sections have it");
	if (g->capture)
		return report_mistake(ps, "capture", "given twice");
	if (!strcmp(value, "allow"))
		g->capture = CAPTURE_ALLOW;
	else if (!strcmp(value, "deny"))
		g->capture = CAPTURE_DENY;
	else
		return report_mistake(ps, "capture", "expected allow or deny");
	return true;
}

/* sink = VALUE or source = VALUE, which is @option */
static bool set_spec(struct parser *ps, const char *option, const char *value)
{
	bool capture = !strcmp(option, "source");
	const char *error;
	char **where;

	if (ps->guest)
		return report_mistake(ps, option, "[guest NAME] sections have only capture");
	if (!ps->stream && !ps->in_default)
		return report_mistake(ps, option, "no section before it");
	if (ps->stream)
		where = capture ? &ps->stream->source : &ps->stream->sink;
	else
		where = capture ? &ps->c->source : &ps->c->sink;
	if (*where)
		return report_mistake(ps, option, "given twice");
	error = audio_spec_error(value, capture);
	if (error)
		return report_mistake(ps, option, error);
	*where = strdup(value);
	return *where || report_mistake(ps, option, "out of memory");
}

/* role = VALUE */
static bool set_role(struct parser *ps, const char *value)
{
	char **where = ps->stream ? &ps->stream->role : &ps->c->role;

	if (!ps->stream && !ps->in_default)
		return report_mistake(ps, "role", "only stream and [default] sections have it");
	if (*where)
		return report_mistake(ps, "role", "given twice");
	if (!*value)
		return report_mistake(ps, "role", "expected a name, as Music or Game");
	*where = strdup(value);
	return *where || report_mistake(ps, "role", "out of memory");
}

static bool parse_option(struct parser *ps, char *s)
{
	char *eq = strchr(s, '='), *value;

	if (!eq)
		return report_mistake(ps, s, "expected OPTION = VALUE");
	*eq = '\0';
	s = strip_blanks(s);
	value = strip_blanks(eq + 1);
	if (!strcmp(s, "capture"))
		return set_capture(ps, value);
	if (!strcmp(s, "sink") || !strcmp(s, "source"))
		return set_spec(ps, s, value);
	if (!strcmp(s, "role"))
		return set_role(ps, value);
	return report_mistake(ps, s, "unknown option, only sink, source, role and capture are known");
}

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
	return true;
}

/**
 * config_load() - read a configuration file.
 * @c: empty but for the command line's specifications
 * @path: file
 *
 * Return: false after one error line.
 */
bool config_load(struct config *c, const char *path)
{
	struct parser ps = { .c = c, .path = path };
	char line[2048];
	bool ok = true;
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
	while (ok && fgets(line, sizeof(line), f)) {
		ps.line++;
		if (strlen(line) == sizeof(line) - 1)
			ok = report_mistake(&ps, "line", "too long");
		else
			ok = parse_line(&ps, line);
	}
	fclose(f);
	return ok;
}

/**
 * config_free() - forget a configuration.
 * @c: configuration
 */
void config_free(struct config *c)
{
	struct config_stream *s;
	struct config_guest *g;

	while ((g = c->guests)) {
		c->guests = g->next;
		free(g);
	}
	while ((s = c->streams)) {
		c->streams = s->next;
		free(s->sink);
		free(s->source);
		free(s->role);
		free(s->guest);
		free(s);
	}
	free(c->sink);
	free(c->source);
	free(c->role);
}

/**
 * config_allow_capture() - what --allow-capture says.
 * @c: configuration
 * @guest: the guest's name
 *
 * Return: false for want of memory.
 */
bool config_allow_capture(struct config *c, const char *guest)
{
	struct config_guest *g = get_guest(c, guest);

	if (g)
		g->cli_allow = true;
	return g;
}

/**
 * config_may_capture() - may a guest record what can be heard here?
 * @c: configuration
 * @guest: the toolstack's name for it, or NULL if it has none
 *
 * It may not unless the command line or its section allows it.
 */
bool config_may_capture(const struct config *c, const char *guest)
{
	const struct config_guest *g = guest ? find_guest(c, guest) : NULL;

	return g && (g->cli_allow || g->capture == CAPTURE_ALLOW);
}

/**
 * config_role() - what a stream's sound is for.
 * @c: configuration
 * @guest: the guest's name, or NULL if it has none
 * @unique_id: the stream, as the guest calls it
 *
 * Return: as config_spec() finds it, but NULL if there is none.
 */
const char *config_role(const struct config *c, const char *guest,
			const char *unique_id)
{
	const struct config_stream *s = NULL;

	if (guest)
		s = find_stream(c, guest, unique_id);
	if (!s || !s->role)
		s = find_stream(c, NULL, unique_id);
	return s && s->role ? s->role : c->role;
}

/**
 * config_spec() - where a stream goes or comes from.
 * @c: configuration
 * @guest: the guest's name, or NULL if it has none
 * @unique_id: the stream, as the guest calls it
 * @capture: its source is asked for, else its sink
 *
 * In this order: the section for that guest's stream, the one for any guest's
 * of that unique-id, the command line, [default],
 * "alsa:default".
 *
 * Return: specification, owned by @c.
 */
const char *config_spec(const struct config *c, const char *guest,
			const char *unique_id, bool capture)
{
	const struct config_stream *s = NULL;
	const char *spec = NULL;

	if (guest)
		s = find_stream(c, guest, unique_id);
	if (s)
		spec = capture ? s->source : s->sink;
	if (!spec)
		s = find_stream(c, NULL, unique_id);
	if (!spec && s)
		spec = capture ? s->source : s->sink;
	if (!spec)
		spec = capture ? c->cli_source : c->cli_sink;
	if (!spec)
		spec = capture ? c->source : c->sink;
	return spec ? spec : "alsa:default";
}
