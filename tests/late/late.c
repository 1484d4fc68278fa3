// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * late.so, for LD_PRELOAD: xen-snd-back whose streams' threads look late what there
 * is to do after a wake-up. So a request is answered, and a period reported, that late;
 * what comes meanwhile waits with it. Each stream has its own thread, and so its own
 * delays.
 *
 * Always half a second; or, with a number in LATE_SEED, 0 to 5 s at random after
 * each notification of the guest's, as long as /tmp/slow exists. Each is printed.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define HALF_MS	500u
#define MOST_MS	5000u
/* Which of a stream's descriptors is the event channel's, see sleep_and_wake(). */
#define EVTCHN	1

static void sleep_ms(unsigned int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
		;
}

/* @seed with the thread's name, so that no two streams are late alike */
static unsigned int mix(unsigned int seed, const char *name)
{
	while (*name)
		seed = seed * 31 + (unsigned char)*name++;
	return seed;
}

/* Into a file, if one is given: the daemon limits what libraries write to stderr. */
static void note_delay(const char *name, unsigned int ms)
{
	const char *path = getenv("LATE_LOG");
	FILE *f = path ? fopen(path, "a") : NULL;

	if (!f)
		return;
	fprintf(f, "late: %s %u ms\n", name, ms);
	fclose(f);
}

static void random_delay(const char *name, const char *seed)
{
	static _Thread_local unsigned int state;
	static _Thread_local int begun;
	unsigned int ms;

	if (!begun++)
		state = mix((unsigned int)atoi(seed), name);
	ms = (unsigned int)rand_r(&state) % (MOST_MS + 1);
	note_delay(name, ms);
	sleep_ms(ms);
}

/* The main thread, which connects guests, is on time. */
static void be_late(const struct pollfd *fds, nfds_t num)
{
	const char *seed = getenv("LATE_SEED");
	char name[16] = "";

	prctl(PR_GET_NAME, name);
	if (strncmp(name, "snd-", 4))
		return;
	if (!seed)
		sleep_ms(HALF_MS);
	else if (num > EVTCHN && fds[EVTCHN].revents && !access("/tmp/slow", F_OK))
		random_delay(name, seed);
}

int poll(struct pollfd *fds, nfds_t num, int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };
	int ret = ppoll(fds, num, ms < 0 ? NULL : &t, NULL);

	if (ret > 0)
		be_late(fds, num);
	return ret;
}

/* What poll() is in a build with _FORTIFY_SOURCE. */
int __poll_chk(struct pollfd *fds, nfds_t num, int ms, size_t room);

int __poll_chk(struct pollfd *fds, nfds_t num, int ms, size_t room)
{
	if (num > room / sizeof(*fds))
		abort();
	return poll(fds, num, ms);
}
