// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: messages to the service manager: one datagram each to the socket
 * that NOTIFY_SOCKET names. That is all of sd_notify(3) that is needed here, so
 * libsystemd is not.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "notify.h"
#include "util.h"

/* "@NAME" is an abstract socket. Return: length of @addr, 0 if there is none. */
static socklen_t find_manager(struct sockaddr_un *addr)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n = path ? strlen(path) : 0;

	if (n < 2 || n >= sizeof(addr->sun_path) || !strchr("/@", path[0]))
		return 0;
	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	memcpy(addr->sun_path, path, n);
	if (path[0] == '@')
		addr->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n +
			   (path[0] != '@'));
}

/**
 * notify_manager() - send the service manager a message, if there is one.
 * @fmt: printf format: assignments as in sd_notify(3), one a line
 *
 * Context: main thread. Does not block; a message that cannot be sent is lost.
 */
void notify_manager(const char *fmt, ...)
{
	struct sockaddr_un addr;
	socklen_t len = find_manager(&addr);
	char text[256];
	va_list ap;
	ssize_t ret;
	int fd;

	if (!len)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	ret = sendto(fd, text, strlen(text), MSG_NOSIGNAL,
		     (const struct sockaddr *)&addr, len);
	(void)ret;
	close(fd);
}

/**
 * notify_watchdog_ns() - how often the manager wants a WATCHDOG=1.
 *
 * Return: half of the time after which it would end the daemon, or 0 for never.
 */
uint64_t notify_watchdog_ns(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	unsigned long long n;
	char *end;

	if (!usec || !isdigit((unsigned char)*usec))
		return 0;
	n = strtoull(usec, &end, 10);
	if (*end || n > UINT64_MAX / NSEC_PER_USEC)
		return 0;
	if (pid && strtol(pid, NULL, 10) != (long)getpid())
		return 0;
	return n * NSEC_PER_USEC / 2;
}
