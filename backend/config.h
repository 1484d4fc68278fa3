/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: what the administrator has decided: which stream goes where,
 * and which guest may do what.
 *
 * Used by the main thread only.
 */
#ifndef XSB_CONFIG_H
#define XSB_CONFIG_H

#include <stdbool.h>

#include "budget.h"
#include "host_volume.h"

/* of a role, with the end */
#define CONFIG_ROLE_MAX	64

enum config_switch {
	SWITCH_UNSET,
	SWITCH_NO,
	SWITCH_YES,
};

/**
 * struct config_values - what one section says
 * @sink: specification or NULL
 * @source: specification or NULL
 * @role: what the sound is for, in PipeWire's words, or NULL
 * @capture: the guest may record what can be heard here
 * @allow: the guest may connect
 * @compat: its streams' unique-ids may name devices as snd_be does
 * @node_volume: the volume of its nodes in PipeWire is the guest's
 * @latency_ms: what is kept queued for a sound server; 0: not given
 * @limits: 0: not given
 */
struct config_values {
	char *sink;
	char *source;
	char *role;
	enum config_switch capture;
	enum config_switch allow;
	enum config_switch compat;
	enum config_switch node_volume;
	uint32_t latency_ms;
	struct budget_limits limits;
};

/**
 * struct config_section - one section of the file
 * @next: list
 * @guest: name of the guest, or NULL for any
 * @stream: unique-id, or NULL for any
 * @values: what it says
 *
 * [default] is the section for any guest and any stream.
 */
struct config_section {
	struct config_section *next;
	char *guest;
	char *stream;
	struct config_values values;
};

/**
 * struct config_name - a guest that an option or xen-snd-ctl has named
 * @next: list
 * @cli_allow: --allow-capture, stronger than the file
 * @ordered: what xen-snd-ctl said, stronger than the command line
 * @name: the toolstack's name for it
 */
struct config_name {
	struct config_name *next;
	bool cli_allow;
	enum config_switch ordered;
	char name[];
};

/**
 * struct config - the whole configuration
 * @sections: of the file
 * @names: guests of --allow-capture and xen-snd-ctl
 * @volumes: what xen-snd-ctl has set
 * @cli_sink: --sink or NULL, stronger than the file
 * @cli_source: --source or NULL, likewise
 * @cli_limits: likewise; 0: not given
 */
struct config {
	struct config_section *sections;
	struct config_name *names;
	struct host_volume *volumes;
	const char *cli_sink;
	const char *cli_source;
	struct budget_limits cli_limits;
};

/* config_file.c */
bool config_load(struct config *c, const char *path);

/* config.c */
void config_free(struct config *c);
void config_inherit(struct config *c, const struct config *old);
void config_take_orders(struct config *c, struct config *old);
struct config_section *config_find(const struct config *c, const char *guest,
				   const char *stream);
bool config_allow_capture(struct config *c, const char *guest);
bool config_order_capture(struct config *c, const char *guest, bool allow);
bool config_may_capture(const struct config *c, const char *guest);
bool config_may_connect(const struct config *c, const char *guest);
bool config_compat(const struct config *c, const char *guest,
		   const char *unique_id, bool capture);
bool config_node_volume(const struct config *c, const char *guest);
uint32_t config_latency(const struct config *c, const char *guest,
			const char *unique_id);
void config_limits(const struct config *c, const char *guest,
		   struct budget_limits *limits);
const char *config_spec(const struct config *c, const char *guest,
			const char *unique_id, bool capture);
const char *config_role(const struct config *c, const char *guest,
			const char *unique_id);

#endif
