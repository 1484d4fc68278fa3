// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Attacks by sheer number, and by pages that change while they are read.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "front.h"

/* of the guest's time, all of it spent; the host needs some times that */
#define FLOOD_MS	1000u

static struct stream *const p = &streams[0], *const c = &streams[1];

/* A mark for Dom0, which measures what a flood costs there. */
static void mark(const char *what, const char *when)
{
	char command[128];

	snprintf(command, sizeof(command),
		 "xenstore-write data/%s-%s 1; until xenstore-exists data/%s-%s-seen; do sleep 0.05; done",
		 what, when, what, when);
	if (system(command))
		wrong("no mark");
}

static void flood_requests(void)
{
	struct xensnd_req req = { .operation = XENSND_OP_HW_PARAM_QUERY };
	xen_sndif_sring_t *sring = (xen_sndif_sring_t *)p->ring.mem;
	uint64_t end, answers = 0;

	memset(&req.op, 0xff, sizeof(req.op));
	mark("requests", "begin");
	end = now_ms() + FLOOD_MS;
	while (now_ms() < end) {
		uint32_t prod = *(volatile uint32_t *)&sring->rsp_prod;

		answers += prod - p->shared.ring.rsp_cons;
		p->shared.ring.rsp_cons = prod;
		while (p->shared.ring.req_prod_pvt - p->shared.ring.rsp_cons < 32)
			stream_put(p, &req);
		port_kick(p->port);
		/* spinning, we would keep the CPU from who is to be loaded */
		usleep(20);
	}
	mark("requests", "end");
	printf("# %llu requests answered in %u ms\n",
	       (unsigned long long)answers, FLOOD_MS);
	if (!answers)
		wrong("nothing was answered");
	sleep_ms(1000);
	p->shared.ring.rsp_cons = p->shared.ring.req_prod_pvt;
}

static void flood_events(void)
{
	uint64_t end, kicks = 0;

	EXPECT(stream_open(p), 0);
	mark("events", "begin");
	for (end = now_ms() + FLOOD_MS; now_ms() < end; kicks++) {
		port_kick(p->port);
		port_kick(p->evt_port);
		port_kick(c->port);
		if (kicks % 16 == 0)
			usleep(20);
	}
	mark("events", "end");
	printf("# %llu notifications in %u ms\n",
	       3 * (unsigned long long)kicks, FLOOD_MS);
	EXPECT(stream_op(p, XENSND_OP_CLOSE), 0);
}

static void flood_states(void)
{
	uint64_t end, writes = 0;

	mark("states", "begin");
	for (end = now_ms() + FLOOD_MS; now_ms() < end; writes++)
		state_set(4);
	mark("states", "end");
	printf("# %llu state changes in %u ms\n", (unsigned long long)writes,
	       FLOOD_MS);
	EXPECT(stream_op(p, XENSND_OP_CLOSE), 0);
}

/* Another process of ours writes all the pages, over and over. */
static pid_t scribbler(void)
{
	volatile uint8_t *buf = p->buf.mem, *ring = p->ring.mem;
	pid_t pid = fork();
	uint32_t i;

	if (pid)
		return pid;
	for (i = 0;; i++) {
		/* what the file may hold: nothing but our own bytes */
		buf[i % (4 * PAGE)] = (uint8_t)(OURS + (i >> 14) % 4);
		ring[64 + i % (PAGE - 64)] = (uint8_t)(i >> 3);
		if (i % 4096 == 0)
			sleep_ms(1);
	}
}

static void pages_change(void)
{
	struct xensnd_req req = { .id = 1, .operation = XENSND_OP_WRITE };
	pid_t pid;
	unsigned int i;

	EXPECT(stream_open(p), 0);
	EXPECT(stream_trigger(p, XENSND_OP_TRIGGER_START), 0);
	pid = scribbler();
	for (i = 0; i < 300; i++) {
		req.op.rw.offset = i % 4 * PAGE;
		req.op.rw.length = PAGE;
		stream_put(p, &req);
		port_kick(p->port);
		sleep_ms(5);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	/* whatever the requests were, the connection is not broken */
	EXPECT(stream_op(c, XENSND_OP_CLOSE), 0);
}

void doomed(void)
{
	if (!front_connect())
		return;
	stream_open(p);
	stream_open(c);
	stream_rw(p, 0, 4 * PAGE);
	stream_trigger(p, XENSND_OP_TRIGGER_START);
	stream_trigger(c, XENSND_OP_TRIGGER_START);
	if (system("xenstore-write data/doomed 1"))
		return;
	for (;;) {
		stream_put(p, &(struct xensnd_req){ .operation = 200 });
		p->shared.ring.rsp_cons = p->shared.ring.req_prod_pvt;
		port_kick(p->port);
		sleep_ms(1);
	}
}

const struct attack load_attacks[] = {
	{ "flood-requests", flood_requests },
	{ "flood-events", flood_events },
	{ "flood-states", flood_states },
	{ "pages-change", pages_change },
	{ NULL, NULL },
};
