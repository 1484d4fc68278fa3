/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: numbers in texts that others have written.
 */
#ifndef XSB_NUMBER_H
#define XSB_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

bool parse_u32(const char *s, uint32_t max, uint32_t *value);
bool parse_milli(const char *s, int32_t *value);

#endif
