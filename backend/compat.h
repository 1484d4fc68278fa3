/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: unique-ids that were written for another backend.
 */
#ifndef XSB_COMPAT_H
#define XSB_COMPAT_H

#include <stdbool.h>
#include <stddef.h>

bool compat_spec(const char *unique_id, char *spec, size_t size);

#endif
