/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: the parts of the shared buffer that wait to be played.
 */
#ifndef XSB_REGIONS_H
#define XSB_REGIONS_H

#include <stdbool.h>
#include <stdint.h>

#define REGIONS_MAX	64u

/**
 * struct regions - queue of accepted WRITEs, oldest first
 * @r: ring of regions; neighbours in the buffer are merged
 * @head: index of the oldest
 * @num: regions queued
 * @bytes: bytes queued
 */
struct regions {
	struct {
		uint32_t offset;
		uint32_t length;
	} r[REGIONS_MAX];
	unsigned int head;
	unsigned int num;
	uint64_t bytes;
};

void regions_clear(struct regions *q);
bool regions_push(struct regions *q, uint32_t offset, uint32_t length);
uint32_t regions_peek(const struct regions *q, uint32_t *offset);
void regions_consume(struct regions *q, uint32_t length);

#endif
