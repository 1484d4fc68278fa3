/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: which stream goes where.
 */
#ifndef XSB_CONFIG_H
#define XSB_CONFIG_H

#include <stdbool.h>

/**
 * struct config_stream - one [stream ID] section
 * @next: list
 * @sink: specification or NULL
 * @source: specification or NULL
 * @id: unique-id
 */
struct config_stream {
	struct config_stream *next;
	char *sink;
	char *source;
	char id[];
};

/**
 * struct config - the whole configuration, constant once the daemon serves
 * @streams: the [stream ID] sections
 * @sink: [default] sink or NULL
 * @source: [default] source or NULL
 * @cli_sink: --sink or NULL, stronger than [default]
 * @cli_source: --source or NULL
 */
struct config {
	struct config_stream *streams;
	char *sink;
	char *source;
	const char *cli_sink;
	const char *cli_source;
};

bool config_load(struct config *c, const char *path);
void config_free(struct config *c);
const char *config_spec(const struct config *c, const char *unique_id,
			bool capture);

#endif
