/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-ctl: a request to the daemon, and its answer.
 */
#ifndef XSB_CTL_CLIENT_H
#define XSB_CTL_CLIENT_H

/* the daemon answers at once */
#define CLIENT_TIMEOUT_S	5

char *client_ask(const char *path, const char *request);

#endif
