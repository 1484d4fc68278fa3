// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * hostile-front --log STREAMS OPENS FEWER CONNECTIONS: all that makes the backend write
 * lines, as often as it can be asked for. The first two streams are opened OPENS times,
 * the others, whose sinks take longer to fail, FEWER times. Whether that is too many
 * lines for the log is Dom0's to say.
 */
#include <stdio.h>
#include <stdlib.h>

#include "front.h"

#define RING_ROOM	32u
/* without one answer for so long nothing comes any more */
#define PATIENCE_MS	60000u
/* of so many connections one is refused: the backend waits longer each time */
#define REFUSED_PART	8u
#define MANY_STREAMS	2u
/* requests of each stream that are no simple OPEN and CLOSE */
#define OTHERS		400u

static unsigned int count, many, fewer, connections;

/**
 * struct load - requests that one stream gets, over and over
 * @reqs: the requests
 * @num: how many
 * @left: how many are still to be sent, in all
 * @sent: how many are
 * @waiting: how many of these have no answer
 */
struct load {
	struct xensnd_req reqs[8];
	unsigned int num;
	unsigned int left;
	unsigned int sent;
	unsigned int waiting;
};

static struct load loads[MAX_STREAMS];

static bool move_load(struct stream *s, struct load *l)
{
	struct xensnd_resp resp;
	bool moved = false;

	while (l->waiting && sndfront_take(&s->shared, &resp)) {
		l->waiting--;
		moved = true;
	}
	if (!l->left || l->waiting == RING_ROOM)
		return moved;
	for (; l->left && l->waiting < RING_ROOM; l->left--, l->waiting++)
		stream_put(s, &l->reqs[l->sent++ % l->num]);
	port_kick(s->port);
	return true;
}

/* All streams' loads, until each request has its answer */
static void move_loads(const char *name)
{
	uint64_t began = now_ms(), last = began;
	unsigned int i, busy, sent = 0;

	do {
		sleep_ms(1);
		for (i = 0, busy = 0; i < count; i++) {
			if (move_load(&streams[i], &loads[i]))
				last = now_ms();
			busy += loads[i].left + loads[i].waiting;
		}
		if (now_ms() > last + PATIENCE_MS)
			wrong("%s: no answers any more", name);
	} while (busy && now_ms() <= last + PATIENCE_MS);
	for (i = 0; i < count; i++)
		sent += loads[i].sent;
	printf("# %s: %u requests in %llu ms\n", name, sent,
	       (unsigned long long)(now_ms() - began));
	fflush(stdout);
}

static void add_request(unsigned int i, struct xensnd_req req)
{
	loads[i].reqs[loads[i].num++] = req;
}

static void begin_load(unsigned int i, unsigned int requests)
{
	memset(&loads[i], 0, sizeof(loads[i]));
	loads[i].left = requests;
}

/* The sinks of the first two fail at once. */
static unsigned int opens_of(unsigned int i)
{
	return i < MANY_STREAMS ? many : fewer;
}

static struct xensnd_req good_open(unsigned int i)
{
	return open_req(&streams[i], streams[i].buf.num * PAGE, PAGE);
}

static void flood_opens(void)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		begin_load(i, 2 * opens_of(i));
		add_request(i, good_open(i));
		add_request(i, sndfront_req(XENSND_OP_CLOSE));
	}
	move_loads("opens");
}

/* Parameters, a grant that there is not, more than there is memory for */
static void flood_refused(void)
{
	struct xensnd_req req;
	unsigned int i;

	for (i = 0; i < count; i++) {
		begin_load(i, OTHERS);
		req = good_open(i);
		req.op.open.pcm_rate = 0;
		add_request(i, req);
		req = good_open(i);
		req.op.open.gref_directory = NO_GRANT;
		add_request(i, req);
		req = good_open(i);
		req.op.open.buffer_sz = 16u << 20;
		add_request(i, req);
	}
	move_loads("refused");
}

/* As a player does, but without the time for it; and volumes that there are not */
static void flood_uses(void)
{
	static const uint8_t ops[] = { XENSND_OP_READ, XENSND_OP_WRITE };
	unsigned int i;

	for (i = 0; i < count; i++) {
		begin_load(i, OTHERS);
		add_request(i, good_open(i));
		add_request(i, sndfront_req_rw(XENSND_OP_SET_VOLUME, 0, 8));
		add_request(i, sndfront_req_rw(XENSND_OP_SET_VOLUME, 0, 7));
		add_request(i, sndfront_req_trigger(XENSND_OP_TRIGGER_START));
		add_request(i, sndfront_req_rw(ops[!streams[i].capture], 0, 4));
		add_request(i, sndfront_req_trigger(XENSND_OP_TRIGGER_STOP));
		add_request(i, sndfront_req(XENSND_OP_CLOSE));
		add_request(i, sndfront_req(200));
	}
	move_loads("uses");
}

static bool connect_many(void)
{
	state_set(1);
	if (!backend_reaches(BE_INIT_WAIT, PATIENCE_MS))
		return false;
	streams_alloc(count);
	streams_publish(count);
	state_set(3);
	return backend_reaches(BE_CONNECTED, PATIENCE_MS) && state_set(4);
}

/* Each time with something to say about a stream that was open, or broken */
static void flood_connections(void)
{
	unsigned int i;

	for (i = 0; i < connections; i++) {
		struct stream *s = &streams[i % MANY_STREAMS];

		stream_open(s);
		if (i % 4 == 0) {
			((xen_sndif_sring_t *)s->ring.mem)->req_prod += 1000;
			port_kick(s->port);
		}
		if (!front_disconnect() || !connect_many()) {
			wrong("connection %u", i);
			return;
		}
	}
}

/* The card as a whole */
static void flood_cards(void)
{
	unsigned int i;

	for (i = 0; i < connections / REFUSED_PART; i++) {
		front_again();
		streams_alloc(2);
		streams_publish(2);
		node_set("0/0/ring-ref", "x\n[     0.000000] error: forged");
		state_set(3);
		if (!backend_reaches(BE_CLOSED, PATIENCE_MS))
			wrong("card %u is not refused", i);
	}
}

int flood_log(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "hostile-front --log STREAMS OPENS FEWER CONNECTIONS\n");
		return 2;
	}
	count = (unsigned int)atoi(argv[0]);
	many = (unsigned int)atoi(argv[1]);
	fewer = (unsigned int)atoi(argv[2]);
	connections = (unsigned int)atoi(argv[3]);
	if (count < MANY_STREAMS || count > MAX_STREAMS || !connect_many()) {
		wrong("not connected");
	} else {
		flood_opens();
		flood_refused();
		flood_uses();
		flood_connections();
		flood_cards();
		front_disconnect();
	}
	return report_wrong("flood-log");
}
