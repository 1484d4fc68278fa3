/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back tests: grants and event channels inside one process.
 */
#ifndef XSB_FAKE_XEN_H
#define XSB_FAKE_XEN_H

#include <stdint.h>

/* A page of the "guest", zeroed; its reference is *ref. */
void *fake_page(uint32_t *ref);
/* Pages next to each other, references from *ref on. */
void *fake_pages(unsigned int count, uint32_t *ref);
void fake_pages_free(void *addr, unsigned int count);

/* A port of the guest; the descriptor counts notifications to it. */
uint32_t fake_port(int *fd);
void fake_port_free(uint32_t port);
/* The guest kicks the backend. */
void fake_kick(uint32_t port);
/* The backend's next notification takes that long. */
void fake_stall(unsigned int ms);
/* The backend may not write to that page, 0: to all. */
void fake_read_only(uint32_t ref);

/* Pages that the backend has mapped, and ports that it has bound. */
unsigned int fake_mapped(void);
unsigned int fake_bound(void);

#endif
