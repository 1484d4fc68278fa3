/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: all that a stream needs of Xen.
 *
 * Streams use nothing else of Xen, so a test or a fuzzer that links its own
 * implementation can play the guest inside one process.
 */
#ifndef XSB_XENIF_H
#define XSB_XENIF_H

#include <stdbool.h>
#include <stdint.h>

#include "log.h"

struct xenif;

struct xenif *xenif_open(uint32_t domid, struct log_guest *log);
void xenif_close(struct xenif *x);

void *xenif_map(struct xenif *x, const uint32_t *refs, unsigned int count,
		bool writable);
void xenif_unmap(struct xenif *x, void *addr, unsigned int count);
bool xenif_copy(struct xenif *x, uint32_t ref, void *page);
bool xenif_write(struct xenif *x, uint32_t ref, uint32_t offset,
		 const void *data, uint32_t length);

int xenif_bind(struct xenif *x, uint32_t remote_port);
int xenif_fd(struct xenif *x);
int xenif_pending(struct xenif *x);
void xenif_unmask(struct xenif *x, int port);
void xenif_notify(struct xenif *x, int port);

#endif
