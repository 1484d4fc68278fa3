/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * A signal in which no 32-bit word occurs twice.
 *
 * It is made of bytes, whatever the sample format: word n, little-endian, of
 * the signal with number TAG is a bijection of TAG and n. So a part that is
 * lost, repeated or of another signal does not go unnoticed, and the first word
 * tells which signal it is. ./pattern makes and knows it, too.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include <stddef.h>

/* Signals have numbers below 4096 and fewer than 4 Mi bytes. */
#define PATTERN_TAGS	4096u
#define PATTERN_MAX	(4u << 20)
/* The signal that capture streams give, if they are known to. */
#define PATTERN_SOURCE	0

void pattern_fill(unsigned char *data, unsigned int tag, size_t from, size_t bytes);
size_t pattern_match(const unsigned char *data, unsigned int tag, size_t from, size_t bytes);

#endif
