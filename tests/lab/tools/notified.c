// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * notified PATH: a service manager's socket, as NOTIFY_SOCKET names it. Prints
 * each message on a line of its own, its lines joined by blanks.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char **argv)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	char text[1024], *p;
	ssize_t n;

	if (argc != 2 || fd < 0 || strlen(argv[1]) >= sizeof(addr.sun_path))
		return 2;
	strcpy(addr.sun_path, argv[1]);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		perror(argv[1]);
		return 1;
	}
	while ((n = recv(fd, text, sizeof(text) - 1, 0)) >= 0) {
		text[n] = '\0';
		for (p = text; (p = strchr(p, '\n')); p++)
			*p = ' ';
		puts(text);
		fflush(stdout);
	}
	return 1;
}
