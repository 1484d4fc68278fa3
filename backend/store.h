/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: XenStore, as little of it as is needed.
 *
 * Used by the main thread only. Tests link their own implementation.
 */
#ifndef XSB_STORE_H
#define XSB_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_PATH_MAX	256

/* how long XenStore may take to answer at the start, and the exit status after it */
#define STORE_ANSWER_SECONDS	10u
#define STORE_EXIT_LOST		3

struct store;

struct store *store_open(void);
void store_close(struct store *st);
int store_fd(struct store *st);
int store_lost_fd(const struct store *st);

char *store_read(struct store *st, const char *dir, const char *node);
char **store_list(struct store *st, const char *dir, unsigned int *num);
bool store_put(struct store *st, const char *dir, const char *guard,
	       const char *node, const char *value);
bool store_watch(struct store *st, const char *path, const char *token);
void store_unwatch(struct store *st, const char *path, const char *token);
bool store_event(struct store *st, char *path, size_t size);

#endif
