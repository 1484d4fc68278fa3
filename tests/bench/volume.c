// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * front-volume LEFT RIGHT: a frontend in this very domain that sets its volume, in
 * 0.001 dB, and plays silence. It prints each volume that GET_VOLUME returns, and mutes
 * both channels when that is another than it has set.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "front.h"

#define TURN_MS		20
/* how long it waits for others, and stays muted */
#define SECONDS_AT_MOST	30u
#define SECONDS_MUTED	3u
/* how long an answer may take */
#define SECONDS_ANSWER	5u

static struct bus bus;
static struct front front;

static double seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Take what comes within a turn. */
static void serve_turn(void)
{
	struct pollfd fd = { .fd = xenevtchn_fd(bus.evtchn), .events = POLLIN };
	xenevtchn_port_or_error_t port;

	if (poll(&fd, 1, TURN_MS) <= 0)
		return;
	port = xenevtchn_pending(bus.evtchn);
	if (port < 0 || xenevtchn_unmask(bus.evtchn, (evtchn_port_t)port))
		die("event channels");
	if ((evtchn_port_t)port == front.evt_port)
		front_event(&front);
	else
		front_reap(&front);
}

static void await_answers(void)
{
	double end = seconds_now() + SECONDS_ANSWER;

	for (;;) {
		/* not each is notified */
		front_reap(&front);
		if (!front.in_flight)
			return;
		if (seconds_now() > end) {
			fprintf(stderr, "front-volume: no answer\n");
			exit(1);
		}
		serve_turn();
	}
}

static void ask_values(uint8_t op, void *values, uint32_t size)
{
	void *shared = front_values(&front, size);

	memcpy(shared, values, size);
	front_ask(&front, op, size);
	await_answers();
	memcpy(values, shared, size);
}

/* Until it is another than @known, or time is up. */
static void await_change(int32_t known[2])
{
	double end = seconds_now() + SECONDS_AT_MOST;
	int32_t now[2] = { 0 };

	do {
		usleep(TURN_MS * 1000);
		ask_values(XENSND_OP_GET_VOLUME, now, sizeof(now));
	} while (!memcmp(now, known, sizeof(now)) && seconds_now() < end);
	memcpy(known, now, sizeof(now));
	printf("volume %d %d\n", (int)now[0], (int)now[1]);
}

int main(int argc, char **argv)
{
	uint8_t both[2] = { 1, 1 };
	int32_t set[2];
	double end;

	if (argc != 3)
		return 2;
	set[0] = atoi(argv[1]);
	set[1] = atoi(argv[2]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	bus_open(&bus);
	front_new(&front, &bus, 0, 1024, 8);
	front_connect(&front);
	front_open(&front);
	await_answers();
	ask_values(XENSND_OP_SET_VOLUME, set, sizeof(set));
	front_start(&front, 2 * SECONDS_AT_MOST * FRONT_RATE / 1024);
	await_answers();
	printf("set %d %d\n", (int)set[0], (int)set[1]);
	await_change(set);
	ask_values(XENSND_OP_MUTE, both, sizeof(both));
	printf("muted\n");
	for (end = seconds_now() + SECONDS_MUTED; seconds_now() < end; )
		serve_turn();
	front_disconnect(&front);
	front_free(&front);
	return 0;
}
