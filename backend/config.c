// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: what the administrator has decided, see config.h.
 *
 * What is given in several places: the command line is stronger than the file,
 * a section for a guest is stronger than one for any guest, and one for a
 * stream is stronger than one for any stream. A guest chooses its streams'
 * unique-ids, not its name, so the guest decides before the stream does.
 */
#include <stdlib.h>
#include <string.h>

#include "audio.h"
#include "config.h"

static bool same_name(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/**
 * config_find() - the section for exactly this guest and stream.
 * @c: configuration
 * @guest: name, or NULL for the one that is for any guest
 * @stream: unique-id, or NULL for the one that is for any stream
 *
 * Return: section, or NULL if there is none.
 */
struct config_section *config_find(const struct config *c, const char *guest,
				   const char *stream)
{
	struct config_section *s;

	for (s = c->sections; s; s = s->next)
		if (same_name(s->guest, guest) && same_name(s->stream, stream))
			return s;
	return NULL;
}

static const struct config_values *find_values(const struct config *c,
					       const char *guest,
					       const char *stream)
{
	static const struct config_values none;
	const struct config_section *s = config_find(c, guest, stream);

	return s ? &s->values : &none;
}

static struct config_name *find_name(const struct config *c, const char *name)
{
	struct config_name *n;

	for (n = c->names; n; n = n->next)
		if (!strcmp(n->name, name))
			return n;
	return NULL;
}

/* Find it, or add it; NULL for want of memory. */
static struct config_name *get_name(struct config *c, const char *name)
{
	struct config_name *n = find_name(c, name);
	size_t size = strlen(name) + 1;

	if (n)
		return n;
	n = calloc(1, sizeof(*n) + size);
	if (!n)
		return NULL;
	memcpy(n->name, name, size);
	n->next = c->names;
	c->names = n;
	return n;
}

/**
 * config_free() - forget a configuration.
 * @c: configuration, empty afterwards
 */
void config_free(struct config *c)
{
	struct config_section *s;
	struct config_name *n;

	while ((n = c->names)) {
		c->names = n->next;
		free(n);
	}
	host_volume_free(&c->volumes);
	while ((s = c->sections)) {
		c->sections = s->next;
		free(s->values.sink);
		free(s->values.source);
		free(s->values.role);
		free(s->guest);
		free(s->stream);
		free(s);
	}
}

/**
 * config_inherit() - begin a configuration with what the command line says.
 * @c: result, without sections and orders
 * @old: configuration
 */
void config_inherit(struct config *c, const struct config *old)
{
	memset(c, 0, sizeof(*c));
	c->cli_sink = old->cli_sink;
	c->cli_source = old->cli_source;
	c->cli_limits = old->cli_limits;
}

/**
 * config_take_orders() - what was said about guests outside of the file stays.
 * @c: configuration, without names and volumes
 * @old: without these afterwards
 */
void config_take_orders(struct config *c, struct config *old)
{
	c->names = old->names;
	c->volumes = old->volumes;
	old->names = NULL;
	old->volumes = NULL;
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
	struct config_name *n = get_name(c, guest);

	if (n)
		n->cli_allow = true;
	return n;
}

/**
 * config_order_capture() - what xen-snd-ctl says, until the daemon ends.
 * @c: configuration
 * @guest: the guest's name
 * @allow: it may record from now on, or may not any more
 *
 * Return: false for want of memory.
 */
bool config_order_capture(struct config *c, const char *guest, bool allow)
{
	struct config_name *n = get_name(c, guest);

	if (n)
		n->ordered = allow ? SWITCH_YES : SWITCH_NO;
	return n;
}

/**
 * config_may_capture() - may a guest record what can be heard here?
 * @c: configuration
 * @guest: the toolstack's name for it, or NULL if it has none
 *
 * It may not unless xen-snd-ctl, the command line or its section allows it.
 */
bool config_may_capture(const struct config *c, const char *guest)
{
	const struct config_name *n = guest ? find_name(c, guest) : NULL;

	if (!guest)
		return false;
	if (n && n->ordered != SWITCH_UNSET)
		return n->ordered == SWITCH_YES;
	return (n && n->cli_allow) ||
	       find_values(c, guest, NULL)->capture == SWITCH_YES;
}

/* What the guest's section says, else [default]. */
static enum config_switch guest_switch(enum config_switch own,
				       enum config_switch others)
{
	return own != SWITCH_UNSET ? own : others;
}

/**
 * config_may_connect() - may a guest have sound at all?
 * @c: configuration
 * @guest: the toolstack's name for it, or NULL if it has none
 *
 * It may unless the file says no.
 */
bool config_may_connect(const struct config *c, const char *guest)
{
	enum config_switch others = find_values(c, NULL, NULL)->allow;

	return guest_switch(guest ? find_values(c, guest, NULL)->allow :
				    SWITCH_UNSET, others) != SWITCH_NO;
}

/**
 * config_compat() - may a stream's unique-id name its device, as snd_be has it?
 * @c: configuration
 * @guest: the guest's name, or NULL if it has none
 * @unique_id: the stream, as the guest calls it
 * @capture: its source is asked for, else its sink
 *
 * The command line and a section for that guest's stream are stronger.
 */
bool config_compat(const struct config *c, const char *guest,
		   const char *unique_id, bool capture)
{
	const struct config_values *own;

	if (capture ? c->cli_source : c->cli_sink)
		return false;
	if (!guest)
		return find_values(c, NULL, NULL)->compat == SWITCH_YES;
	own = find_values(c, guest, unique_id);
	if (capture ? own->source : own->sink)
		return false;
	return guest_switch(find_values(c, guest, NULL)->compat,
			    find_values(c, NULL, NULL)->compat) == SWITCH_YES;
}

/**
 * config_node_volume() - does a guest set its nodes' volume in PipeWire?
 * @c: configuration
 * @guest: the guest's name, or NULL if it has none
 */
bool config_node_volume(const struct config *c, const char *guest)
{
	enum config_switch others = find_values(c, NULL, NULL)->node_volume;

	return guest_switch(guest ? find_values(c, guest, NULL)->node_volume :
				    SWITCH_UNSET, others) == SWITCH_YES;
}

static void fill_limits(struct budget_limits *limits,
			const struct budget_limits *more)
{
	if (!limits->percent)
		limits->percent = more->percent;
	if (!limits->bytes)
		limits->bytes = more->bytes;
	if (!limits->streams)
		limits->streams = more->streams;
}

/**
 * config_limits() - what each card of a guest may use.
 * @c: configuration
 * @guest: the guest's name, or NULL if it has none
 * @limits: result
 */
void config_limits(const struct config *c, const char *guest,
		   struct budget_limits *limits)
{
	static const struct budget_limits usual = BUDGET_DEFAULT;

	*limits = c->cli_limits;
	if (guest)
		fill_limits(limits, &find_values(c, guest, NULL)->limits);
	fill_limits(limits, &find_values(c, NULL, NULL)->limits);
	fill_limits(limits, &usual);
}

/* What of @v is asked for. */
enum config_text {
	TEXT_SINK,
	TEXT_SOURCE,
	TEXT_ROLE,
};

static const char *text_of(const struct config_values *v, enum config_text text)
{
	switch (text) {
	case TEXT_SINK:
		return v->sink;
	case TEXT_SOURCE:
		return v->source;
	default:
		return v->role;
	}
}

#define SECTIONS_MAX	4u

/* Those for a stream, in the order of config_spec(). */
static unsigned int find_sections(const struct config *c, const char *guest,
				  const char *stream,
				  const struct config_values *v[SECTIONS_MAX])
{
	unsigned int n = 0;

	if (guest) {
		v[n++] = find_values(c, guest, stream);
		v[n++] = find_values(c, guest, NULL);
	}
	v[n++] = find_values(c, NULL, stream);
	v[n++] = find_values(c, NULL, NULL);
	return n;
}

/* NULL if no section has it. */
static const char *find_text(const struct config *c, const char *guest,
			     const char *stream, enum config_text text)
{
	const struct config_values *v[SECTIONS_MAX];
	unsigned int n = find_sections(c, guest, stream, v), i;
	const char *found = NULL;

	for (i = 0; i < n && !found; i++)
		found = text_of(v[i], text);
	return found;
}

/**
 * config_role() - what a stream's sound is for.
 * @c: configuration
 * @guest: the guest's name, or NULL if it has none
 * @unique_id: the stream, as the guest calls it
 *
 * Return: as config_spec() finds it, owned by @c; "" if there is none.
 */
const char *config_role(const struct config *c, const char *guest,
			const char *unique_id)
{
	const char *role = find_text(c, guest, unique_id, TEXT_ROLE);

	return role ? role : "";
}

/**
 * config_latency() - what is kept queued for a sound server at first.
 * @c: configuration
 * @guest: the guest's name, or NULL if it has none
 * @unique_id: the stream, as the guest calls it
 *
 * Return: ms, as config_spec() finds it; the default if no section has it.
 */
uint32_t config_latency(const struct config *c, const char *guest,
			const char *unique_id)
{
	const struct config_values *v[SECTIONS_MAX];
	unsigned int n = find_sections(c, guest, unique_id, v), i;

	for (i = 0; i < n; i++)
		if (v[i]->latency_ms)
			return v[i]->latency_ms;
	return AUDIO_LATENCY_MS;
}

/**
 * config_spec() - where a stream goes or comes from.
 * @c: configuration
 * @guest: the guest's name, or NULL if it has none
 * @unique_id: the stream, as the guest calls it
 * @capture: its source is asked for, else its sink
 *
 * In this order: the command line, the section for that guest's stream, the one
 * for that guest, the one for any guest's stream of that unique-id, [default],
 * "alsa:default".
 *
 * Return: specification, owned by @c.
 */
const char *config_spec(const struct config *c, const char *guest,
			const char *unique_id, bool capture)
{
	const char *spec = capture ? c->cli_source : c->cli_sink;

	if (!spec)
		spec = find_text(c, guest, unique_id,
				 capture ? TEXT_SOURCE : TEXT_SINK);
	return spec ? spec : "alsa:default";
}
