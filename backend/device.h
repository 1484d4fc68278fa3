/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: one vsnd device of one guest.
 */
#ifndef XSB_DEVICE_H
#define XSB_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "report.h"
#include "store.h"
#include "streams.h"

struct device;

/**
 * struct device_env - what all devices share
 * @store: XenStore
 * @config: where streams go
 * @backend: this domain's directory of vsnd backends
 * @done_fd: eventfd, written when a stream's thread has ended
 */
struct device_env {
	struct store *store;
	const struct config *config;
	char backend[STORE_PATH_MAX];
	int done_fd;
};

struct device *device_new(const struct device_env *env, uint32_t domid,
			  uint32_t devid);
void device_free(struct device *d);
void device_update(struct device *d);
void device_changed(struct device *d);
void device_step(struct device *d);
void device_shutdown(struct device *d);
void device_abandon(struct device *d);
void device_reconfigure(struct device *d);
bool device_permit(struct device *d, const char *guest);
unsigned int device_count(const struct device *d, const char *guest,
			  const char *stream);
void device_volume(struct device *d, const char *guest);
void device_report(const struct device *d, struct report *r);
unsigned int device_streams(const struct device *d);
void device_log_open(struct device *d);

bool device_is(const struct device *d, uint32_t domid, uint32_t devid);
bool device_watches(const struct device *d, const char *path);
bool device_gone(const struct device *d);
bool device_closed(const struct device *d);
uint64_t device_deadline(const struct device *d);

#endif
