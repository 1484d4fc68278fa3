// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: XenStore through libxenstore.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "store.h"

/**
 * struct store - connection to XenStore
 * @xs: libxenstore's handle
 */
struct store {
	struct xs_handle *xs;
};

/**
 * store_open() - connect to XenStore.
 *
 * Return: connection, or NULL with errno set.
 */
struct store *store_open(void)
{
	struct store *st = calloc(1, sizeof(*st));

	if (!st)
		return NULL;
	st->xs = xs_open(0);
	if (st->xs)
		return st;
	free(st);
	return NULL;
}

/**
 * store_close() - disconnect; watches go with it.
 * @st: connection
 */
void store_close(struct store *st)
{
	xs_close(st->xs);
	free(st);
}

/**
 * store_fd() - readable when store_event() may have something.
 * @st: connection
 */
int store_fd(struct store *st)
{
	return xs_fileno(st->xs);
}

static bool join_path(char *buf, const char *dir, const char *node)
{
	int n = snprintf(buf, STORE_PATH_MAX, "%s%s%s", dir,
			 *dir && *node ? "/" : "", node);

	return n > 0 && n < STORE_PATH_MAX;
}

/**
 * store_read() - read a node.
 * @st: connection
 * @dir: absolute path, or "" for this domain's own directory
 * @node: path below @dir, may be ""
 *
 * Return: its value, to be freed, or NULL.
 */
char *store_read(struct store *st, const char *dir, const char *node)
{
	char path[STORE_PATH_MAX];
	unsigned int len;

	if (!join_path(path, dir, node))
		return NULL;
	return xs_read(st->xs, XBT_NULL, path, &len);
}

/**
 * store_list() - names of a node's children.
 * @st: connection
 * @dir: absolute path
 * @num: how many
 *
 * Return: array in one piece, to be freed, or NULL.
 */
char **store_list(struct store *st, const char *dir, unsigned int *num)
{
	return xs_directory(st->xs, XBT_NULL, dir, num);
}

static bool put_once(struct store *st, const char *guard, const char *path,
		     const char *value)
{
	xs_transaction_t t = xs_transaction_start(st->xs);
	unsigned int len;
	char *there;
	bool ok = false;

	if (t == XBT_NULL)
		return false;
	there = xs_read(st->xs, t, guard, &len);
	free(there);
	if (there)
		ok = xs_write(st->xs, t, path, value,
			      (unsigned int)strlen(value));
	else
		errno = ENOENT;
	if (!ok) {
		int err = errno;

		xs_transaction_end(st->xs, t, true);
		errno = err;
		return false;
	}
	return xs_transaction_end(st->xs, t, false);
}

/**
 * store_put() - write a node of a directory that somebody else may remove.
 * @st: connection
 * @dir: absolute path
 * @guard: child of @dir; nothing is written if it is not there, since writing
 *	would bring back a directory that the toolstack has removed
 * @node: child to be written
 * @value: its value
 *
 * Return: false with errno set.
 */
bool store_put(struct store *st, const char *dir, const char *guard,
	       const char *node, const char *value)
{
	char gpath[STORE_PATH_MAX], path[STORE_PATH_MAX];

	if (!join_path(gpath, dir, guard) || !join_path(path, dir, node)) {
		errno = ENAMETOOLONG;
		return false;
	}
	while (!put_once(st, gpath, path, value))
		if (errno != EAGAIN)
			return false;
	return true;
}

/**
 * store_watch() - get events of changes at and below a path.
 * @st: connection
 * @path: absolute path
 * @token: any string
 *
 * The watch fires once at once.
 *
 * Return: false with errno set.
 */
bool store_watch(struct store *st, const char *path, const char *token)
{
	return xs_watch(st->xs, path, token);
}

/**
 * store_unwatch() - undo store_watch().
 * @st: connection
 * @path: as given to it
 * @token: as given to it
 */
void store_unwatch(struct store *st, const char *path, const char *token)
{
	xs_unwatch(st->xs, path, token);
}

/**
 * store_event() - take one event; does not block.
 * @st: connection
 * @path: what has changed
 * @size: room in @path
 *
 * Return: false if there is none.
 */
bool store_event(struct store *st, char *path, size_t size)
{
	char **ev = xs_check_watch(st->xs);

	if (!ev)
		return false;
	snprintf(path, size, "%s", ev[XS_WATCH_PATH]);
	free(ev);
	return true;
}
