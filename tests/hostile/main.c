// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * xen-snd-hostile: options, the main loop, what is printed at the end
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "hostile.h"

/* between two moments of an idle stream */
#define IDLE_NS		(20 * NSEC_PER_MSEC)
/* without requests: the next response would hide what is done to the producer before */
#define QUIET_NS	(60 * NSEC_PER_MSEC)
/* an honest backend, until the guest uses the device */
#define PRELUDE_NS	(600 * NSEC_PER_MSEC)

struct hostile hostile;

static uint64_t state = 1;

/**
 * rnd() - the next random number of this seed.
 */
uint64_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state >> 11;
}

/**
 * note() - a line into the report, at once: the next strike may be at ourselves.
 * @fmt: as for printf()
 */
void note(const char *fmt, ...)
{
	FILE *f = hostile.report ? fopen(hostile.report, "ae") : stdout;
	va_list ap;

	if (!f)
		return;
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	fputc('\n', f);
	if (hostile.report)
		fclose(f);
	else
		fflush(f);
}

static void list(void)
{
	static const char * const expect[] = {
		"unnoticed", "alive", "broken", "error", "refused", "any"
	};
	unsigned int i;

	for (i = 0; i < num_attacks; i++)
		/* Without its ports a backend is not connected, nor is another stream of its card. */
		printf("%s %s %s\n", attacks[i].strike == strike_kill ||
		       (attacks[i].strike == strike_ports && attacks[i].moment == AT_CONNECT) ||
		       attacks[i].strike == strike_storm ? "alone" : "stream",
		       attacks[i].name, expect[attacks[i].expect]);
	device_list();
}

static void tell(void)
{
	struct counts sum = { 0 };
	unsigned int i;

	for (i = 0; i < hostile.num; i++) {
		const struct voice *v = &hostile.voices[i];
		const struct counts *n = &v->n;

		note("stream=%s attack=%s hits=%lu requests=%lu responses=%lu events=%lu frames=%lu bad=%lu dirty=%lu",
		     v->info.unique_id, v->attack ? v->attack->name : "-",
		     n->hits, n->requests, n->responses, n->events, n->frames,
		     n->bad, n->dirty);
		sum.hits += n->hits;
		sum.requests += n->requests;
		sum.responses += n->responses;
		sum.events += n->events;
		sum.dirty += n->dirty;
	}
	note("total requests=%lu messages=%lu hits=%lu resets=%lu scanned=%lu marker=%lu dirty=%lu seed=%llu",
	     sum.requests, sum.responses + sum.events, sum.hits, hostile.resets,
	     hostile.scanned, hostile.found, sum.dirty,
	     (unsigned long long)hostile.seed);
}

/* The n-th name is for the n-th stream. */
static void assign(char *names)
{
	unsigned int i;
	char *name;

	for (i = 0; (name = strsep(&names, ",")) && i < MAX_VOICES; i++) {
		hostile.voices[i].attack = attack_find(name);
		if (!hostile.voices[i].attack && strcmp(name, "-")) {
			fprintf(stderr, "no attack %s\n", name);
			exit(2);
		}
	}
}

static uint64_t next_due(uint64_t idle)
{
	uint64_t due = idle;
	unsigned int i;

	for (i = 0; i < hostile.num; i++)
		due = min_u64(due, hostile.voices[i].due);
	return due;
}

static void idle_moments(uint64_t now)
{
	unsigned int i;

	for (i = 0; i < hostile.num; i++) {
		struct voice *v = &hostile.voices[i];

		if (!v->open && v->asked && now - v->asked >= QUIET_NS)
			voice_moment(v, AT_IDLE, NULL);
	}
}

/* One look at everything. Return: the signal that came, or 0. */
static unsigned int round_of(int signals, uint64_t *idle)
{
	struct pollfd fds[MAX_VOICES + 1] = { { .fd = signals, .events = POLLIN } };
	struct signalfd_siginfo si;
	uint64_t now = now_ns(), due = next_due(*idle);
	unsigned int i;

	for (i = 0; i < hostile.num; i++) {
		fds[i + 1].fd = voice_fd(&hostile.voices[i]);
		fds[i + 1].events = POLLIN;
	}
	poll(fds, hostile.num + 1,
	     due <= now ? 0 : (int)((due - now) / NSEC_PER_MSEC) + 1);
	for (i = 0; i < hostile.num; i++)
		/* With its port closed nobody tells. */
		if (fds[i + 1].revents || hostile.voices[i].req_port < 0)
			voice_serve(&hostile.voices[i]);
	now = now_ns();
	for (i = 0; i < hostile.num; i++)
		voice_tick(&hostile.voices[i], now);
	if (now >= *idle) {
		*idle = now + IDLE_NS;
		idle_moments(now);
	}
	if (read(signals, &si, sizeof(si)) == sizeof(si))
		return si.ssi_signo;
	return 0;
}

/* SIGTERM ends; SIGUSR1 disconnects, and keeps what it has mapped; SIGUSR2 searches that. */
static unsigned int serve_until(int signals, uint64_t end)
{
	uint64_t idle = now_ns() + IDLE_NS;
	unsigned int sig;

	do {
		sig = round_of(signals, &idle);
	} while (!sig && now_ns() < end);
	return sig;
}

/**
 * serve_for() - serve the guest, and leave signals for later.
 * @ns: so long
 */
void serve_for(uint64_t ns)
{
	serve_until(-1, now_ns() + ns);
}

/* Keep everything mapped after it was taken back, and look what becomes of it. */
static void kept(int signals)
{
	struct signalfd_siginfo si;
	struct pollfd fd = { .fd = signals, .events = POLLIN };

	device_disconnect();
	device_parted();
	area_kept_begin();
	note("keeping pages=%u", area_kept());
	while (poll(&fd, 1, -1) >= 0) {
		if (read(signals, &si, sizeof(si)) != sizeof(si))
			continue;
		if (si.ssi_signo == SIGTERM)
			return;
		area_kept_scan();
	}
}

/* Most connections are short; some outlast the frontend's patience. */
static uint64_t some_life(void)
{
	return (rnd() % 8 ? 200 + rnd() % 1500 : 6000) * NSEC_PER_MSEC;
}

/* One connection after another, most of them broken before they end. */
static void fuzz(int signals, unsigned int seconds)
{
	uint64_t end = now_ns() + seconds * NSEC_PER_SEC;

	while (now_ns() < end) {
		if (serve_until(signals, now_ns() + some_life()))
			return;
		if (rnd() % 4 == 0)
			device_put_state((unsigned int)(rnd() % 9));
		device_disconnect();
		if (!device_connect())
			note("no connection, frontend %u", device_frontend());
	}
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void usage(void)
{
	fprintf(stderr,
		"usage: xen-snd-hostile [-n DEVICE] [-o REPORT] [-k] [-m]\n"
		"           -a ATTACK,... | -d ATTACK | -r SEED -t SECONDS | -l\n"
		"  -a one for each stream, \"-\" for none; until SIGTERM\n"
		"  -d on the device      -r random ones    -l list them\n"
		"  -k keep pages mapped  -m look for the marker\n");
	exit(2);
}

int main(int argc, char **argv)
{
	const char *on_device = NULL;
	unsigned int seconds = 60;
	int opt, signals, sig;

	while ((opt = getopt(argc, argv, "n:o:a:d:r:t:kml")) != -1) {
		switch (opt) {
		case 'n': hostile.devid = (uint32_t)atoi(optarg); break;
		case 'o': hostile.report = optarg; break;
		case 'a': assign(optarg); break;
		case 'd': on_device = optarg; break;
		case 'r': hostile.seed = strtoull(optarg, NULL, 0); break;
		case 't': seconds = (unsigned int)atoi(optarg); break;
		case 'k': hostile.keep = true; break;
		case 'm': hostile.scan = true; break;
		case 'l': list(); return 0;
		default: usage();
		}
	}
	state = hostile.seed * 2 + 88172645463325252u;
	signals = open_signals();
	if (!device_find() || !device_connect()) {
		note("FAILED: no device, or no connection: %s", strerror(errno));
		return 1;
	}
	note("connected");
	if (hostile.seed) {
		fuzz(signals, seconds);
	} else {
		if (on_device && (serve_until(signals, now_ns() + PRELUDE_NS) ||
				  !device_attack(on_device)))
			return 2;
		sig = (int)serve_until(signals, UINT64_MAX);
		if (sig == SIGUSR1)
			kept(signals);
	}
	tell();
	return 0;
}
