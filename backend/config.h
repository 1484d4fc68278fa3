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
 * @role: what its sound is for, or NULL
 * @guest: name of the guest, or NULL for any
 * @id: unique-id
 */
struct config_stream {
	struct config_stream *next;
	char *sink;
	char *source;
	char *role;
	char *guest;
	char id[];
};

enum config_capture {
	CAPTURE_UNSET,
	CAPTURE_ALLOW,
	CAPTURE_DENY,
};

/**
 * struct config_guest - a [guest NAME] section, or a guest of --allow-capture
 * @next: list
 * @section: it has a section
 * @capture: what its section says
 * @cli_allow: --allow-capture, stronger than @capture
 * @name: the toolstack's name for it
 */
struct config_guest {
	struct config_guest *next;
	bool section;
	enum config_capture capture;
	bool cli_allow;
	char name[];
};

/**
 * struct config - the whole configuration, constant once the daemon serves
 * @streams: the streams' sections
 * @guests: what is said about whole guests
 * @sink: [default] sink or NULL
 * @source: [default] source or NULL
 * @role: [default] role or NULL
 * @cli_sink: --sink or NULL, stronger than [default]
 * @cli_source: --source or NULL
 * @limits: per device
 */
struct config {
	struct config_stream *streams;
	struct config_guest *guests;
	char *sink;
	char *source;
	char *role;
	const char *cli_sink;
	const char *cli_source;
	struct budget_limits limits;
};

bool config_load(struct config *c, const char *path);
void config_free(struct config *c);
bool config_allow_capture(struct config *c, const char *guest);
bool config_may_capture(const struct config *c, const char *guest);
const char *config_spec(const struct config *c, const char *guest,
			const char *unique_id, bool capture);
const char *config_role(const struct config *c, const char *guest,
			const char *unique_id);

#endif
