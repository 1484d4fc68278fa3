// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * late.so, for LD_PRELOAD: xen-snd-back whose streams' threads look half a
 * second after each wake-up what there is to do. So a request is answered, and a
 * period told, that late; what comes meanwhile waits with it.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

static void half_a_second(void)
{
	struct timespec t = { .tv_nsec = 500000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
		;
}

/* The main thread, which connects guests, is on time. */
static int is_stream(void)
{
	char name[16] = "";

	prctl(PR_GET_NAME, name);
	return !strncmp(name, "snd-", 4);
}

int poll(struct pollfd *fds, nfds_t num, int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };
	int ret = ppoll(fds, num, ms < 0 ? NULL : &t, NULL);

	if (ret > 0 && is_stream())
		half_a_second();
	return ret;
}
