/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: the requests of xen-snd-ctl.
 */
#ifndef XSB_CTL_COMMAND_H
#define XSB_CTL_COMMAND_H

#include "backend.h"
#include "config.h"
#include "report.h"

/**
 * struct ctl_target - what requests are about
 * @backend: all devices
 * @config: the configuration in use
 */
struct ctl_target {
	struct backend *backend;
	struct config *config;
};

void ctl_command(void *target, char *line, struct report *r);

#endif
