/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: a stream's audio buffer, mapped from the guest.
 */
#ifndef XSB_SHBUF_H
#define XSB_SHBUF_H

#include <stdbool.h>
#include <stdint.h>

#include "proto.h"
#include "xenif.h"

/**
 * struct shbuf - mapped buffer
 * @data: first byte, or NULL if nothing is mapped
 * @num_pages: pages mapped
 * @refs: their grant references
 */
struct shbuf {
	uint8_t *data;
	unsigned int num_pages;
	uint32_t *refs;
};

int shbuf_map(struct shbuf *b, struct xenif *x, grant_ref_t directory,
	      unsigned int num_pages, bool writable);
bool shbuf_write(const struct shbuf *b, struct xenif *x, uint32_t offset,
		 const void *data, uint32_t length);
void shbuf_unmap(struct shbuf *b, struct xenif *x);

#endif
