/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: Xen's device nodes, and one daemon for each domain.
 */
#ifndef XSB_INSTANCE_H
#define XSB_INSTANCE_H

#include <stdbool.h>

bool device_node_usable(const char *path, const char *module);
bool instance_lock(const char *path);

#endif
