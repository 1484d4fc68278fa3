/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: which stream goes where.
 */
#ifndef XSB_CONFIG_H
#define XSB_CONFIG_H

#include <stdbool.h>

#include "budget.h"

/**
 * struct config_stream - one [stream ID] or [guest NAME stream ID] section
 * @next: list
 * @sink: specification or NULL
 * @source: specification or NULL
 * @guest: name of the guest, or NULL for any
 * @id: unique-id
 */
struct config_stream {
	struct config_stream *next;
	char *sink;
	char *source;
	char *guest;
	char id[];
};

/**
 * struct config - the whole configuration, constant once the daemon serves
 * @streams: the streams' sections
 * @sink: [default] sink or NULL
 * @source: [default] source or NULL
 * @cli_sink: --sink or NULL, stronger than [default]
 * @cli_source: --source or NULL
 * @limits: per device
 */
struct config {
	struct config_stream *streams;
	char *sink;
	char *source;
	const char *cli_sink;
	const char *cli_source;
	struct budget_limits limits;
};

bool config_load(struct config *c, const char *path);
void config_free(struct config *c);
const char *config_spec(const struct config *c, const char *guest,
			const char *unique_id, bool capture);

#endif
