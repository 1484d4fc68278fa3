// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: store.h on an array, without events.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_store.h"
#include "store.h"

#define MAX_NODES	512

struct store {
	int unused;
};

static struct {
	char path[STORE_PATH_MAX];
	char value[256];
} nodes[MAX_NODES];
static unsigned int num_nodes;
static char states[256];
static unsigned int reads;

static char *find(const char *path)
{
	unsigned int i;

	for (i = 0; i < num_nodes; i++)
		if (!strcmp(nodes[i].path, path))
			return nodes[i].value;
	return NULL;
}

static void set(const char *path, const char *value)
{
	char *v = find(path);

	if (!v) {
		strcpy(nodes[num_nodes].path, path);
		v = nodes[num_nodes++].value;
	}
	snprintf(v, sizeof(nodes[0].value), "%s", value);
}

void fake_store_clear(void)
{
	num_nodes = 0;
	states[0] = '\0';
}

void fake_store_set(const char *value, const char *fmt, ...)
{
	char path[STORE_PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	set(path, value);
}

const char *fake_store_get(const char *fmt, ...)
{
	char path[STORE_PATH_MAX], *v;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	v = find(path);
	return v ? v : "";
}

void fake_store_remove(const char *path)
{
	size_t n = strlen(path);
	unsigned int i;

	for (i = 0; i < num_nodes;) {
		if (strncmp(nodes[i].path, path, n) ||
		    (nodes[i].path[n] && nodes[i].path[n] != '/')) {
			i++;
			continue;
		}
		nodes[i] = nodes[--num_nodes];
	}
}

unsigned int fake_store_reads(void)
{
	return reads;
}

const char *fake_store_states(void)
{
	return states;
}

struct store *store_open(void)
{
	return calloc(1, sizeof(struct store));
}

void store_close(struct store *st)
{
	free(st);
}

int store_fd(struct store *st)
{
	(void)st;
	return -1;
}

int store_lost_fd(const struct store *st)
{
	(void)st;
	return -1;
}

char *store_read(struct store *st, const char *dir, const char *node)
{
	char path[STORE_PATH_MAX * 2], *v;

	(void)st;
	snprintf(path, sizeof(path), "%s%s%s", dir, *dir && *node ? "/" : "",
		 node);
	reads++;
	v = find(path);
	return v ? strdup(v) : NULL;
}

char **store_list(struct store *st, const char *dir, unsigned int *num)
{
	(void)st;
	(void)dir;
	*num = 0;
	return NULL;
}

bool store_put(struct store *st, const char *dir, const char *guard,
	       const char *node, const char *value)
{
	char path[STORE_PATH_MAX * 2];

	(void)st;
	snprintf(path, sizeof(path), "%s/%s", dir, guard);
	if (!find(path)) {
		errno = ENOENT;
		return false;
	}
	snprintf(path, sizeof(path), "%s/%s", dir, node);
	set(path, value);
	if (!strcmp(node, "state"))
		strcat(states, value);
	return true;
}

bool store_watch(struct store *st, const char *path, const char *token)
{
	(void)st;
	(void)path;
	(void)token;
	return true;
}

void store_unwatch(struct store *st, const char *path, const char *token)
{
	(void)st;
	(void)path;
	(void)token;
}

bool store_event(struct store *st, char *path, size_t size)
{
	(void)st;
	(void)path;
	(void)size;
	return false;
}
