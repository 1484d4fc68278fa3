/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: the command line.
 */
#ifndef XSB_OPTIONS_H
#define XSB_OPTIONS_H

#include "config.h"
#include "store.h"

/* what the process ends with; see xen-snd-back(8) */
enum {
	EXIT_USAGE = 2,
	EXIT_STORE_LOST = STORE_EXIT_LOST,
	EXIT_SECOND = 4,
	EXIT_NOT_CLOSED = 5,
};

/**
 * struct options - what is not in struct config
 * @config_path: --config or NULL
 * @ctl_path: --ctl or NULL
 * @ctl_group: --ctl-group or NULL
 */
struct options {
	const char *config_path;
	const char *ctl_path;
	const char *ctl_group;
};

void parse_options(int argc, char **argv, struct options *o, struct config *c);

#endif
