/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: what the service manager shall know, see sd_notify(3).
 */
#ifndef XSB_NOTIFY_H
#define XSB_NOTIFY_H

#include <stdint.h>

void notify_manager(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
uint64_t notify_watchdog_ns(void);

#endif
