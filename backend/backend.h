/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: all devices of all guests.
 */
#ifndef XSB_BACKEND_H
#define XSB_BACKEND_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "report.h"
#include "streams.h"

struct backend;

struct backend *backend_open(const struct config *config, int done_fd);
void backend_close(struct backend *b);
int backend_fd(struct backend *b);
int backend_lost_fd(const struct backend *b);
void backend_events(struct backend *b);
void backend_step(struct backend *b);
void backend_shutdown(struct backend *b);
void backend_abandon(struct backend *b);
void backend_reconfigure(struct backend *b, const struct config *config);
unsigned int backend_permit(struct backend *b, const char *guest);
unsigned int backend_count_of(const struct backend *b, const char *guest,
			      const char *stream);
void backend_volume(struct backend *b, const char *guest);
void backend_report(const struct backend *b, struct report *r);
void backend_count(const struct backend *b, unsigned int *cards,
		   unsigned int *streams);
void backend_log_open(const struct backend *b);
bool backend_closed(const struct backend *b);
uint64_t backend_deadline(const struct backend *b);

#endif
