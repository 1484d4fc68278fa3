// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: XenStore through libxenstore.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <xenstore.h>

#include "log.h"
#include "store.h"

/**
 * struct store - connection to XenStore
 * @xs: libxenstore's handle
 * @idle_fd: connection to xenstored without requests, or -1
 *
 * libxenstore's descriptor stays silent when xenstored goes away. The other
 * connection, if there is a socket, ends then.
 */
struct store {
	struct xs_handle *xs;
	int idle_fd;
};

/* The socket that libxenstore uses, too. */
static void find_socket(char *path, size_t size)
{
	const char *name = getenv("XENSTORED_PATH");
	const char *dir = getenv("XENSTORED_RUNDIR");

	if (name)
		snprintf(path, size, "%s", name);
	else
		snprintf(path, size, "%s/socket", dir ? dir : "/run/xenstored");
}

/* Return: -1 if XenStore is not reached by a socket, as in a driver domain. */
static int connect_idle(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	find_socket(addr.sun_path, sizeof(addr.sun_path));
	if (!connect(fd, (const struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	close(fd);
	return -1;
}

/* A signal would not end a wait in the kernel. */
static void exit_unanswered(union sigval unused)
{
	(void)unused;
	log_msg(LVL_ERROR, "XenStore: no answer in %u s, is xenstored running?",
		STORE_ANSWER_SECONDS);
	_exit(STORE_EXIT_LOST);
}

/*
 * Without a socket, as in a driver domain, libxenstore uses the kernel's device. In Dom0
 * that leads to the same xenstored, and waits for ever while that does not run.
 */
static struct xs_handle *open_in_time(void)
{
	const struct itimerspec limit = { .it_value.tv_sec = STORE_ANSWER_SECONDS };
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD,
		.sigev_notify_function = exit_unanswered,
	};
	struct xs_handle *xs;
	unsigned int length;
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer))
		return NULL;
	timer_settime(timer, 0, &limit, NULL);
	xs = xs_open(0);
	if (xs)
		free(xs_read(xs, XBT_NULL, "domid", &length));
	timer_delete(timer);
	return xs;
}

/**
 * store_open() - connect to XenStore.
 *
 * Ends the process with STORE_EXIT_LOST if there is no answer in STORE_ANSWER_SECONDS.
 *
 * Return: connection, or NULL with errno set.
 */
struct store *store_open(void)
{
	struct store *st = calloc(1, sizeof(*st));

	if (!st)
		return NULL;
	st->xs = open_in_time();
	st->idle_fd = st->xs ? connect_idle() : -1;
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
	if (st->idle_fd >= 0)
		close(st->idle_fd);
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

/**
 * store_lost_fd() - readable when XenStore has gone away.
 * @st: connection
 *
 * Return: descriptor, or -1 if that cannot happen.
 */
int store_lost_fd(const struct store *st)
{
	return st->idle_fd;
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
