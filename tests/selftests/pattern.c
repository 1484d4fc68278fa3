// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * A signal in which no 32-bit word occurs twice.
 */
#include "pattern.h"

/* Odd factors and shifts by half the width can be undone: nothing collides. */
static unsigned int word(unsigned int tag, size_t n)
{
	unsigned int x = tag << 20 | (unsigned int)n;

	x = (x ^ 0x2c1b3c6d) * 0x9e3779b1;
	x = (x ^ x >> 16) * 0x85ebca77;
	return x ^ x >> 16;
}

static unsigned char byte(unsigned int tag, size_t at)
{
	return word(tag, at / 4) >> at % 4 * 8;
}

/**
 * pattern_fill() - a part of a signal
 * @data: where to put it
 * @tag: number of the signal
 * @from: first byte
 * @bytes: how many
 */
void pattern_fill(unsigned char *data, unsigned int tag, size_t from, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes; i++)
		data[i] = byte(tag, from + i);
}

/**
 * pattern_match() - is this a part of the signal?
 * @data: what came
 * @tag: number of the signal
 * @from: the first byte that was expected
 * @bytes: how many
 *
 * Return: number of bytes that are as expected; @bytes if all are.
 */
size_t pattern_match(const unsigned char *data, unsigned int tag, size_t from, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes; i++)
		if (data[i] != byte(tag, from + i))
			break;
	return i;
}
