// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: sound files as sinks and sources.
 *
 * Samples are kept bit-exact. A .raw file holds the bytes as they are, in
 * any format. The others only take the formats that they can hold unchanged;
 * for the rest HW_PARAM_QUERY does not offer them and OPEN fails.
 */
#include <errno.h>
#include <stdlib.h>

#include "file_priv.h"

static struct audio *make_file(const char *path, bool capture,
			       const struct audio_id *id)
{
	struct audio_file *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	if (!audio_name_expand(f->path, sizeof(f->path), path, id)) {
		free(f);
		errno = ENAMETOOLONG;
		return NULL;
	}
	f->audio.ops = capture ? &file_source_ops : &file_sink_ops;
	f->major = file_major(f->path);
	f->fd = -1;
	return &f->audio;
}

const struct audio_kind audio_file_kind = {
	.name = "file",
	.arg_error = audio_name_error,
	.make = make_file,
};
