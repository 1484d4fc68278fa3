/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: the socket of xen-snd-ctl.
 */
#ifndef XSB_CTL_SOCKET_H
#define XSB_CTL_SOCKET_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "report.h"

#define CTL_PATH	"/run/xen-snd-back/ctl"
/* the longest request, with its newline */
#define CTL_LINE_MAX	512u
#define CTL_CLIENTS	8u
#define CTL_MAX_FDS	(CTL_CLIENTS + 1)

/**
 * typedef ctl_handler - what answers a request
 * @arg: as given to ctl_open()
 * @line: request, without its newline; may be changed
 * @r: report, to be begun and ended
 */
typedef void ctl_handler(void *arg, char *line, struct report *r);

struct ctl;

struct ctl *ctl_open(const char *path, const char *group, ctl_handler *handler,
		     void *arg);
void ctl_close(struct ctl *c);
void ctl_adopt(struct ctl *c, int fd);
unsigned int ctl_pollfds(const struct ctl *c, struct pollfd *fds);
uint64_t ctl_deadline(const struct ctl *c);
void ctl_step(struct ctl *c);

#endif
