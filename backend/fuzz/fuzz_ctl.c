// SPDX-License-Identifier: MIT
/*
 * xen-snd-back fuzzing: xen-snd-ctl's socket: what two clients send, in pieces,
 * while others come and go and nobody may read the answers.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "ctl_command.h"
#include "ctl_socket.h"
#include "fuzz.h"
#include "log.h"
#include "fake_store.h"

#define CLIENTS	2u

static struct config config;
static struct ctl_target target = { .config = &config };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	log_set_level(LVL_NONE);
	fake_store_set("0", "domid");
	target.backend = backend_open(&config, -1);
	return 0;
}

static int join_client(struct ctl *c)
{
	int fds[2];

	MUST(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
	ctl_adopt(c, fds[1]);
	return fds[0];
}

/* Each answer ends as the protocol says; others' bytes are not in it. */
static void read_answers(int fd)
{
	char buf[4096];
	ssize_t n, i;

	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		for (i = 0; i < n; i++)
			MUST(buf[i] == '\n' || (buf[i] >= ' ' && buf[i] <= '~'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctl *c = ctl_open(NULL, NULL, ctl_command, &target);
	struct input in = { data, size };
	struct pollfd fds[CTL_MAX_FDS];
	int fd[CLIENTS];
	unsigned int i;

	for (i = 0; i < CLIENTS; i++)
		fd[i] = join_client(c);
	while (in.size) {
		uint8_t what = in_u8(&in), len = in_u8(&in);
		char text[256];

		i = what % CLIENTS;
		in_bytes(&in, text, len);
		MUST(send(fd[i], text, len, MSG_NOSIGNAL | MSG_DONTWAIT) != 0 ||
		     !len);
		if (what & 8)
			read_answers(fd[i]);
		if (what & 16) {
			close(fd[i]);
			fd[i] = join_client(c);
		}
		if (what & 32)
			fuzz_now += 3000000000u;
		ctl_step(c);
		MUST(ctl_pollfds(c, fds) <= CTL_MAX_FDS);
		ctl_deadline(c);
	}
	for (i = 0; i < 4; i++)
		ctl_step(c);
	for (i = 0; i < CLIENTS; i++) {
		read_answers(fd[i]);
		close(fd[i]);
	}
	ctl_close(c);
	config_free(&config);
	return 0;
}
