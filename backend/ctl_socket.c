// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: the socket of xen-snd-ctl: connections, requests as lines,
 * answers. What a request means is the handler's business.
 *
 * A client's request and its answer are the only things kept for it. The next
 * request is read when the answer has been taken. A client that does nothing
 * for CTL_IDLE_NS, or longest while another one wants its place, is
 * disconnected.
 *
 * Context of all functions: main thread. They do not block.
 */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl_socket.h"
#include "log.h"
#include "util.h"

#define CTL_IDLE_NS	(10 * NSEC_PER_SEC)

/* without a free descriptor a client is accepted so much later */
#define ACCEPT_AGAIN_NS	(100 * NSEC_PER_MSEC)

/**
 * struct client - a connection
 * @fd: -1: none
 * @until: it is disconnected then, ns
 * @in: bytes that have come
 * @in_len: how many
 * @answer: what it gets
 * @sent: bytes of the answer that it has got
 * @last: disconnect it after that
 */
struct client {
	int fd;
	uint64_t until;
	char in[CTL_LINE_MAX];
	size_t in_len;
	struct report answer;
	size_t sent;
	bool last;
};

/**
 * struct ctl - the socket and its clients
 * @fd: accepts connections; -1: clients come by ctl_adopt() only
 * @accept_at: no descriptor was free for one; accept the next at this time, ns
 * @path: of the socket
 * @handler: answers requests
 * @arg: for it
 * @clients: connections
 */
struct ctl {
	int fd;
	uint64_t accept_at;
	char *path;
	ctl_handler *handler;
	void *arg;
	struct client clients[CTL_CLIENTS];
};

/* ---- the socket ---- */

static bool set_address(struct sockaddr_un *addr, const char *path)
{
	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	/* an empty name were an abstract socket, which all users may connect to */
	if (!*path || strlen(path) >= sizeof(addr->sun_path)) {
		errno = *path ? ENAMETOOLONG : ENOENT;
		return false;
	}
	memcpy(addr->sun_path, path, strlen(path));
	return true;
}

/*
 * The rest of a daemon that died: a socket that nobody serves. Any other file
 * stays, and bind() fails.
 */
static void remove_stale(const struct sockaddr_un *addr)
{
	struct stat st;
	bool stale;
	int fd;

	if (lstat(addr->sun_path, &st) || !S_ISSOCK(st.st_mode))
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	stale = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) &&
		errno == ECONNREFUSED;
	close(fd);
	if (stale)
		unlink(addr->sun_path);
}

/* Nobody but the owner may use it before its group is set. */
static bool bind_socket(int fd, const char *path)
{
	struct sockaddr_un addr;
	mode_t mask;
	int ret;

	if (!set_address(&addr, path))
		return false;
	remove_stale(&addr);
	mask = umask(0177);
	ret = bind(fd, (const struct sockaddr *)&addr, sizeof(addr));
	umask(mask);
	return !ret && !listen(fd, CTL_CLIENTS);
}

/* The directory of the usual path; systemd has made it already. */
static void make_directory(const char *path)
{
	char *dir = strdup(path);
	char *slash = dir ? strrchr(dir, '/') : NULL;

	if (slash && slash != dir) {
		*slash = '\0';
		/* for the group as well, whatever the umask is */
		if (!mkdir(dir, 0755))
			chmod(dir, 0755);
	}
	free(dir);
}

static bool admit_group(const char *path, const char *group)
{
	const struct group *g;
	struct stat st;

	if (!group)
		return true;
	errno = 0;
	g = getgrnam(group);
	if (!g) {
		log_msg(LVL_ERROR, "--ctl-group %s: %s", group,
			errno ? strerror(errno) : "no such group");
		return false;
	}
	/* the unit's sandbox has no chown(), and Group= makes it superfluous */
	if (!stat(path, &st) &&
	    (st.st_gid == g->gr_gid || !chown(path, (uid_t)-1, g->gr_gid)) &&
	    !chmod(path, 0660))
		return true;
	log_msg(LVL_ERROR,
		"--ctl-group %s: %s: %s; with Group=%s in its unit the daemon need not change the group",
		group, path, strerror(errno), group);
	return false;
}

/**
 * ctl_open() - make the socket.
 * @path: of the socket; NULL: none, clients come by ctl_adopt()
 * @group: who may use it beside the daemon's user, or NULL
 * @handler: answers requests
 * @arg: for it
 *
 * Return: NULL after one error line.
 */
struct ctl *ctl_open(const char *path, const char *group, ctl_handler *handler,
		     void *arg)
{
	struct ctl *c = calloc(1, sizeof(*c));
	unsigned int i;

	if (!c)
		return NULL;
	for (i = 0; i < CTL_CLIENTS; i++)
		c->clients[i].fd = -1;
	c->handler = handler;
	c->arg = arg;
	c->fd = -1;
	if (!path)
		return c;
	make_directory(path);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0 || !bind_socket(c->fd, path) || !(c->path = strdup(path)))
		log_msg(LVL_ERROR, "%s: %s", path, errno == EADDRINUSE ?
			"it exists, and is no socket of a daemon that has died" :
			strerror(errno));
	else if (admit_group(path, group))
		return c;
	ctl_close(c);
	return NULL;
}

static void drop_client(struct client *cl)
{
	if (cl->fd >= 0)
		close(cl->fd);
	free(cl->answer.text);
	memset(cl, 0, sizeof(*cl));
	cl->fd = -1;
}

/**
 * ctl_close() - remove the socket, disconnect all.
 * @c: socket or NULL
 */
void ctl_close(struct ctl *c)
{
	unsigned int i;

	if (!c)
		return;
	for (i = 0; i < CTL_CLIENTS; i++)
		drop_client(&c->clients[i]);
	if (c->fd >= 0)
		close(c->fd);
	if (c->path)
		unlink(c->path);
	free(c->path);
	free(c);
}

/**
 * ctl_adopt() - serve a connection.
 * @c: socket
 * @fd: connected, does not block; the socket's from now on
 *
 * The client that has done nothing for longest may lose its place.
 */
void ctl_adopt(struct ctl *c, int fd)
{
	struct client *oldest = &c->clients[0];
	unsigned int i;

	for (i = 0; i < CTL_CLIENTS; i++) {
		if (c->clients[i].fd < 0) {
			oldest = &c->clients[i];
			break;
		}
		if (c->clients[i].until < oldest->until)
			oldest = &c->clients[i];
	}
	drop_client(oldest);
	oldest->fd = fd;
	oldest->until = now_ns() + CTL_IDLE_NS;
}

/* ---- requests and answers ---- */

static bool has_answer(const struct client *cl)
{
	return cl->sent < cl->answer.len;
}

static bool has_line(const struct client *cl)
{
	return memchr(cl->in, '\n', cl->in_len);
}

static void send_answer(struct client *cl)
{
	ssize_t n = send(cl->fd, cl->answer.text + cl->sent,
			 cl->answer.len - cl->sent,
			 MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			drop_client(cl);
		return;
	}
	cl->sent += (size_t)n;
	cl->until = now_ns() + CTL_IDLE_NS;
	if (has_answer(cl))
		return;
	free(cl->answer.text);
	memset(&cl->answer, 0, sizeof(cl->answer));
	cl->sent = 0;
	if (cl->last)
		drop_client(cl);
}

/* The client has to begin again. */
static void refuse_request(struct client *cl, const char *why)
{
	report_begin(&cl->answer, false);
	report_end(&cl->answer, why);
	cl->last = true;
	send_answer(cl);
}

static void answer_line(struct ctl *c, struct client *cl)
{
	char *end = memchr(cl->in, '\n', cl->in_len);
	char line[CTL_LINE_MAX];
	size_t n;

	if (!end)
		return;
	n = (size_t)(end - cl->in);
	memcpy(line, cl->in, n);
	line[n] = '\0';
	cl->in_len -= n + 1;
	memmove(cl->in, end + 1, cl->in_len);
	if (strlen(line) < n) {
		refuse_request(cl, "a request has a NUL byte");
		return;
	}
	c->handler(c->arg, line, &cl->answer);
	if (!cl->answer.len)
		drop_client(cl);
	else
		send_answer(cl);
}

static void refuse_long(struct client *cl)
{
	char error[64];

	snprintf(error, sizeof(error), "a request is longer than %u bytes",
		 CTL_LINE_MAX);
	refuse_request(cl, error);
}

static void take_bytes(struct ctl *c, struct client *cl)
{
	ssize_t n = recv(cl->fd, cl->in + cl->in_len,
			 sizeof(cl->in) - cl->in_len, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop_client(cl);
		return;
	}
	cl->in_len += (size_t)n;
	if (has_line(cl))
		answer_line(c, cl);
	else if (cl->in_len == sizeof(cl->in))
		refuse_long(cl);
}

static void step_client(struct ctl *c, struct client *cl)
{
	if (cl->fd < 0)
		return;
	if (now_ns() >= cl->until)
		drop_client(cl);
	else if (has_answer(cl))
		send_answer(cl);
	else if (has_line(cl))
		answer_line(c, cl);
	else
		take_bytes(c, cl);
}

/* A client that cannot be accepted stays in the queue, and poll() would return at once. */
static void accept_client(struct ctl *c)
{
	int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	c->accept_at = 0;
	if (fd >= 0)
		ctl_adopt(c, fd);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
		c->accept_at = now_ns() + ACCEPT_AGAIN_NS;
}

/**
 * ctl_step() - do what can be done now.
 * @c: socket
 *
 * At most one request of each client, and one new client.
 */
void ctl_step(struct ctl *c)
{
	unsigned int i;

	for (i = 0; i < CTL_CLIENTS; i++)
		step_client(c, &c->clients[i]);
	if (c->fd >= 0 && now_ns() >= c->accept_at)
		accept_client(c);
}

/**
 * ctl_pollfds() - when to call ctl_step().
 * @c: socket
 * @fds: result, room for CTL_MAX_FDS
 *
 * Return: how many.
 */
unsigned int ctl_pollfds(const struct ctl *c, struct pollfd *fds)
{
	unsigned int i, n = 0;

	fds[n++] = (struct pollfd){ .fd = c->accept_at ? -1 : c->fd, .events = POLLIN };
	for (i = 0; i < CTL_CLIENTS; i++) {
		const struct client *cl = &c->clients[i];

		if (cl->fd < 0)
			continue;
		fds[n].fd = cl->fd;
		fds[n].events = has_answer(cl) || has_line(cl) ? POLLOUT :
								 POLLIN;
		fds[n++].revents = 0;
	}
	return n;
}

/**
 * ctl_deadline() - when ctl_step() must be called at the latest.
 * @c: socket
 *
 * Return: time in ns, or TIME_NEVER.
 */
uint64_t ctl_deadline(const struct ctl *c)
{
	uint64_t deadline = c->accept_at ? c->accept_at : TIME_NEVER;
	unsigned int i;

	for (i = 0; i < CTL_CLIENTS; i++)
		if (c->clients[i].fd >= 0)
			deadline = min_u64(deadline, c->clients[i].until);
	return deadline;
}
