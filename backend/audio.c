// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: endpoint specifications.
 *
 *   file:PATH   a sound file; its suffix says which kind: .wav .flac .aiff .raw
 *   alsa:NAME   any ALSA PCM
 *   pipewire    PipeWire's default device; pipewire:TARGET a certain one
 *   null        play into nothing, capture silence, in real time
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audio.h"
#include "util.h"
#ifdef XSB_PIPEWIRE
#include "pipewire_node.h"
#else
static const char *not_built(const char *target)
{
	(void)target;
	return "this xen-snd-back was built without PipeWire";
}

static const struct audio_kind audio_no_pipewire_kind = {
	.name = "pipewire",
	.arg_optional = true,
	.arg_error = not_built,
};
#endif

static const struct audio_kind *const kinds[] = {
	&audio_file_kind,
	&audio_alsa_kind,
#ifdef XSB_PIPEWIRE
	&audio_pipewire_kind,
#else
	&audio_no_pipewire_kind,
#endif
	&audio_null_kind,
	&audio_denied_kind,
};

/* Return: NULL if there is no such kind; @arg is what follows its name. */
static const struct audio_kind *find_kind(const char *spec, const char **arg)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t n = strlen(kinds[i]->name);

		if (strncmp(spec, kinds[i]->name, n))
			continue;
		*arg = spec[n] ? spec + n + 1 : NULL;
		if (!spec[n] && kinds[i]->arg_optional)
			return kinds[i];
		if (spec[n] == (kinds[i]->arg_error ? ':' : '\0'))
			return kinds[i];
	}
	return NULL;
}

/**
 * audio_spec_error() - say what is wrong with a specification.
 * @spec: as given by the user
 * @capture: for a source, else for a sink
 *
 * Return: NULL if nothing is.
 */
const char *audio_spec_error(const char *spec, bool capture)
{
	const struct audio_kind *kind;
	const char *arg;

	(void)capture;
	kind = find_kind(spec, &arg);
	if (!kind)
		return AUDIO_NO_KIND;
	return kind->arg_error ? kind->arg_error(arg) : NULL;
}

/**
 * audio_spec_live() - is it a source that records what can be heard here?
 * @spec: valid specification
 */
bool audio_spec_live(const char *spec)
{
	const struct audio_kind *kind;
	const char *arg;

	kind = find_kind(spec, &arg);
	return kind && kind->live;
}

/**
 * audio_features() - which kinds this build has, for people.
 */
const char *audio_features(void)
{
#ifdef XSB_PIPEWIRE
	static char text[64];

	snprintf(text, sizeof(text), "PipeWire %s", pipewire_version());
	return text;
#else
	return "built without PipeWire";
#endif
}

/**
 * audio_new() - make the endpoint that a specification describes.
 * @spec: valid specification
 * @capture: a source, else a sink
 * @id: the stream
 * @log: the guest's log budget, outlives the endpoint
 *
 * Nothing is opened yet.
 *
 * Return: endpoint, or NULL with errno set.
 */
struct audio *audio_new(const char *spec, bool capture,
			const struct audio_id *id, struct log_guest *log)
{
	const struct audio_kind *kind;
	const char *arg;
	struct audio *a;

	kind = find_kind(spec, &arg);
	if (!kind) {
		errno = EINVAL;
		return NULL;
	}
	a = kind->make(arg, capture, id);
	if (!a)
		return NULL;
	a->log = log;
	a->capture = capture;
	return a;
}

/**
 * audio_free() - dispose of an endpoint that is not open.
 * @a: endpoint or NULL
 */
void audio_free(struct audio *a)
{
	if (a)
		a->ops->free(a);
}
