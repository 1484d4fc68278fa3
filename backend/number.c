// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: numbers in texts that others have written.
 */
#include <ctype.h>

#include "number.h"

/**
 * parse_u32() - a decimal number and nothing else.
 * @s: string
 * @max: greatest value
 * @value: result
 *
 * Return: false if it is not.
 */
bool parse_u32(const char *s, uint32_t max, uint32_t *value)
{
	uint64_t v = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		if (!isdigit((unsigned char)*s))
			return false;
		v = v * 10 + (uint64_t)(*s - '0');
		if (v > max)
			return false;
	}
	*value = (uint32_t)v;
	return true;
}
