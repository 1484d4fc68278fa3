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

/**
 * parse_milli() - a decimal number with at most three places, in thousandths.
 * @s: string, for example "-6.5"
 * @value: result
 *
 * Return: false if it is not, or more than 1000.
 */
bool parse_milli(const char *s, int32_t *value)
{
	bool minus = *s == '-';
	int32_t v = 0, digits = 0, places = -1;

	if (*s == '-' || *s == '+')
		s++;
	for (; *s; s++) {
		if (*s == '.' && places < 0) {
			places = 0;
			continue;
		}
		if (!isdigit((unsigned char)*s) || places == 3 || v > 1000000)
			return false;
		v = v * 10 + (*s - '0');
		digits++;
		places += places >= 0;
	}
	for (; places < 3; places = places < 0 ? 1 : places + 1)
		v = v > 1000000 ? v : v * 10;
	*value = minus ? -v : v;
	return digits && v <= 1000000;
}
