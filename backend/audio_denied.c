// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: the source of a guest that may not record: silence, in real
 * time. The log has a line when the guest begins to record.
 *
 * No configuration can name it; streams.c does, as "denied:" and the guest's
 * name.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "audio.h"

/**
 * struct audio_denied - such a source
 * @audio: common part
 * @format: XENSND_PCM_FORMAT_XXX, since OPEN
 * @logged: the log has the line, since OPEN
 * @line: this line
 */
struct audio_denied {
	struct audio audio;
	uint8_t format;
	bool logged;
	char *line;
};

static struct audio_denied *to_denied(struct audio *a)
{
	return (struct audio_denied *)a;
}

static int denied_caps(struct audio *a, struct snd_caps *caps)
{
	(void)a;
	(void)caps;
	return 0;
}

static int denied_open(struct audio *a, const struct snd_params *p)
{
	to_denied(a)->format = p->format;
	to_denied(a)->logged = false;
	return 0;
}

static void denied_close(struct audio *a)
{
	(void)a;
}

static int denied_start(struct audio *a)
{
	struct audio_denied *d = to_denied(a);

	if (!d->logged)
		log_for(a->log, LVL_WARN, "%s", d->line);
	d->logged = true;
	return 0;
}

static size_t denied_read(struct audio *a, void *data, size_t bytes)
{
	audio_silence(to_denied(a)->format, data, bytes);
	return bytes;
}

static void denied_free(struct audio *a)
{
	free(to_denied(a)->line);
	free(a);
}

static const struct audio_ops denied_ops = {
	.paced = true,
	.caps = denied_caps,
	.open = denied_open,
	.close = denied_close,
	.start = denied_start,
	.read = denied_read,
	.free = denied_free,
};

static int make_line(struct audio_denied *d, const char *guest, const char *id)
{
	if (!*guest)
		return asprintf(&d->line,
			"stream %s: recording denied, silence; the guest has no name that could be allowed",
			id);
	return asprintf(&d->line,
		"stream %s: recording denied, silence; allow it with [guest %s] capture = allow or --allow-capture %s",
		id, guest, guest);
}

static struct audio *make_denied(const char *guest, bool capture,
				 const struct audio_id *id)
{
	struct audio_denied *d = calloc(1, sizeof(*d));

	(void)capture;
	if (!d)
		return NULL;
	d->audio.ops = &denied_ops;
	if (make_line(d, guest, id->unique_id) < 0) {
		free(d);
		errno = ENOMEM;
		return NULL;
	}
	return &d->audio;
}

/* For configurations there is no such kind. */
static const char *denied_arg_error(const char *guest)
{
	(void)guest;
	return AUDIO_NO_KIND;
}

const struct audio_kind audio_denied_kind = {
	.name = "denied",
	.arg_error = denied_arg_error,
	.make = make_denied,
};
