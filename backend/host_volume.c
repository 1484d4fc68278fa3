// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: the host's part of the volume, see host_volume.h.
 */
#include <stdlib.h>
#include <string.h>

#include "host_volume.h"

/**
 * struct host_volume - what was set for a guest, or for one of its streams
 * @next: list
 * @level: what
 * @stream: unique-id, or NULL for all that have no other
 * @guest: the toolstack's name for it
 */
struct host_volume {
	struct host_volume *next;
	struct host_level level;
	char *stream;
	char guest[];
};

static bool same_stream(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static struct host_volume *find_volume(const struct host_volume *list,
				       const char *guest, const char *stream)
{
	const struct host_volume *v;

	for (v = list; v; v = v->next)
		if (!strcmp(v->guest, guest) && same_stream(v->stream, stream))
			return (struct host_volume *)v;
	return NULL;
}

/**
 * host_volume_get() - what was set for a stream.
 * @list: all
 * @guest: the guest's name, or NULL if it has none
 * @stream: unique-id, or NULL for all that have no other
 *
 * Return: 0 dB and not muted if nothing was.
 */
struct host_level host_volume_get(const struct host_volume *list,
				  const char *guest, const char *stream)
{
	const struct host_volume *v = NULL;

	if (guest && stream)
		v = find_volume(list, guest, stream);
	if (guest && !v)
		v = find_volume(list, guest, NULL);
	return v ? v->level : (struct host_level){ 0 };
}

static struct host_volume *add_volume(struct host_volume **list,
				      const char *guest, const char *stream)
{
	size_t name = strlen(guest) + 1, id = stream ? strlen(stream) + 1 : 0;
	const struct host_volume *v;
	struct host_volume *fresh;
	unsigned int num = 0;

	for (v = *list; v; v = v->next)
		num++;
	fresh = num < HOST_VOLUMES_MAX ? calloc(1, sizeof(*fresh) + name + id) : NULL;
	if (!fresh)
		return NULL;
	memcpy(fresh->guest, guest, name);
	if (stream)
		fresh->stream = memcpy(fresh->guest + name, stream, id);
	fresh->level = host_volume_get(*list, guest, NULL);
	fresh->next = *list;
	*list = fresh;
	return fresh;
}

static void obey_order(struct host_level *l, const struct volume_order *o)
{
	if (o->set_volume)
		l->mdb = o->mdb;
	else
		l->muted = o->mute;
}

/* Is it what the stream, or guest, would have without? */
static bool is_needless(const struct host_volume *list, const struct host_volume *v)
{
	struct host_level usual = { 0 };

	if (v->stream)
		usual = host_volume_get(list, v->guest, NULL);
	return v->level.mdb == usual.mdb && v->level.muted == usual.muted;
}

static void drop_needless(struct host_volume **list)
{
	struct host_volume **at = list, *v;

	while ((v = *at)) {
		if (!is_needless(*list, v)) {
			at = &v->next;
			continue;
		}
		*at = v->next;
		free(v);
	}
}

/**
 * host_volume_order() - set the volume of a guest's streams, or of one.
 * @list: all
 * @guest: the guest's name
 * @o: which and what; for all it replaces what was set for single ones
 *
 * Return: false if there is no memory, or HOST_VOLUMES_MAX are kept.
 */
bool host_volume_order(struct host_volume **list, const char *guest,
		       const struct volume_order *o)
{
	struct host_volume *v = find_volume(*list, guest, o->stream);

	if (!v)
		v = add_volume(list, guest, o->stream);
	if (!v)
		return false;
	obey_order(&v->level, o);
	for (v = o->stream ? NULL : *list; v; v = v->next)
		if (!strcmp(v->guest, guest))
			obey_order(&v->level, o);
	drop_needless(list);
	return true;
}

/**
 * host_volume_free() - forget all.
 * @list: all, empty afterwards
 */
void host_volume_free(struct host_volume **list)
{
	struct host_volume *v;

	while ((v = *list)) {
		*list = v->next;
		free(v);
	}
}
