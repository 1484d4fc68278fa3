// SPDX-License-Identifier: MIT
/*
 * xen-snd-ctl: a request to the daemon, and its answer.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl_client.h"
#include "report.h"

static void say_failed(const char *path)
{
	const char *why = strerror(errno);

	if (errno == ENOENT || errno == ECONNREFUSED)
		why = "no xen-snd-back serves it";
	else if (errno == EAGAIN)
		why = "no answer in time";
	fprintf(stderr, "xen-snd-ctl: %s: %s\n", path, why);
}

static int open_connection(const char *path)
{
	struct timeval limit = { .tv_sec = CLIENT_TIMEOUT_S };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (strlen(path) < sizeof(addr.sun_path) &&
	    !connect(fd, (const struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	if (strlen(path) >= sizeof(addr.sun_path))
		errno = ENAMETOOLONG;
	close(fd);
	return -1;
}

/* No more requests follow, so the daemon disconnects after its answer. */
static bool send_request(int fd, const char *request)
{
	size_t n = strlen(request);

	return send(fd, request, n, MSG_NOSIGNAL) == (ssize_t)n &&
	       !shutdown(fd, SHUT_WR);
}

static char *read_answer(int fd)
{
	size_t room = 4096, len = 0;
	char *text = malloc(room), *more;
	ssize_t n;

	while (text && (n = recv(fd, text + len, room - len - 1, 0)) != 0) {
		/* after Ctrl-Z and fg */
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			free(text);
			return NULL;
		}
		len += (size_t)n;
		if (room - len > 1)
			continue;
		room *= 2;
		more = room <= 2 * REPORT_MAX ? realloc(text, room) : NULL;
		if (!more)
			free(text);
		text = more;
	}
	if (text)
		text[len] = '\0';
	return text;
}

/**
 * client_ask() - send a request and wait for its answer.
 * @path: of the daemon's socket
 * @request: one line, with its newline
 *
 * Return: answer, to be freed, or NULL after an error line.
 */
char *client_ask(const char *path, const char *request)
{
	int fd = open_connection(path);
	char *text = NULL;

	if (fd >= 0 && send_request(fd, request))
		text = read_answer(fd);
	if (!text)
		say_failed(path);
	if (fd >= 0)
		close(fd);
	return text;
}
