// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Attacks through XenStore.
 */
#include <stdio.h>
#include <stdlib.h>

#include "front.h"

/* Begin again, with nodes that spoil() has made worse; what the backend does. */
static bool refused_with(void (*spoil)(void))
{
	front_again();
	streams_alloc(2);
	streams_publish(2);
	spoil();
	state_set(3);
	return backend_reaches(BE_CLOSED, 3000);
}

static const char *bad_node, *bad_value;
static size_t bad_len;
static bool spoilt;

static void spoil(void)
{
	spoilt = bad_value ? node_write(bad_node, bad_value, bad_len) :
		 node_remove(bad_node);
}

/* Leaves the node as it was given; XenStore may refuse, which is as good. */
static void node_is(const char *node, const char *value, size_t len)
{
	bool refused;

	bad_node = node;
	bad_value = value;
	bad_len = len;
	refused = refused_with(spoil);
	if (spoilt && !refused)
		wrong("%s = %.20s is accepted, state %u", node,
		      value ? value : "(none)", backend_state());
}

static const char * const transport[] = {
	"0/0/ring-ref", "0/0/evt-ring-ref", "0/1/event-channel",
	"0/1/evt-event-channel",
};

static void transport_missing(void)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		node_is(transport[i], NULL, 0);
}

static void transport_garbage(void)
{
	static const char * const values[] = {
		"", "-1", "4294967296", "99999999999999999999", "%s%n\033[2J\n",
	};
	unsigned int i;

	for (i = 0; i < 5; i++)
		node_is(transport[i % 4], values[i], strlen(values[i]));
}

static void transport_huge(void)
{
	static char huge[3000];

	memset(huge, '1', sizeof(huge));
	node_is(transport[0], huge, sizeof(huge));
	memset(huge, 0, sizeof(huge));
	node_is(transport[2], huge, sizeof(huge));
}

static void transport_not_ours(void)
{
	/* grants and ports that there are not, the ring as an event page's port */
	node_is(transport[1], "4294967295", 10);
	node_is(transport[2], "3000", 4);
	node_is(transport[3], "4294967295", 10);
	/* XenStore's own */
	node_is(transport[2], "1", 1);
}

static void ring_read_only(void)
{
	struct pages ro;
	char ref[16];

	pages_alloc(&ro, 1, false);
	snprintf(ref, sizeof(ref), "%u", ro.refs[0]);
	node_is(transport[0], ref, strlen(ref));
	pages_free(&ro);
}

/* Nodes that the toolstack has made, or that were not there */
static void limits_garbage(void)
{
	static const char * const nodes[][2] = {
		{ "version", "3" }, { "sample-rates", "48000,,1" },
		{ "0/sample-formats", "s16_le,s17_le" },
		{ "0/0/channels-max", "0" }, { "0/1/buffer-size", "-4096" },
		{ "0/0/type", "both" },
	};
	unsigned int i;

	for (i = 0; i < 6; i++) {
		node_is(nodes[i][0], nodes[i][1], strlen(nodes[i][1]));
		if (spoilt && strcmp(nodes[i][0], "0/0/type"))
			node_remove(nodes[i][0]);
		else if (spoilt)
			node_set(nodes[i][0], "p");
	}
}

/* As many as a card may have */
#define MOST	32u

static void publish(unsigned int num)
{
	front_again();
	streams_alloc(num);
	streams_publish(num);
	state_set(3);
}

static void remove_many(void)
{
	char path[32];
	unsigned int i;

	for (i = 2; i <= MOST; i++) {
		snprintf(path, sizeof(path), "0/%u", i);
		node_remove(path);
	}
}

static void streams_too_many(void)
{
	publish(MOST + 1);
	if (!backend_reaches(BE_CLOSED, 3000))
		wrong("%u streams are accepted, state %u", MOST + 1, backend_state());
	remove_many();
}

/* They have our two's limits and no one's sink. */
static void streams_most(void)
{
	unsigned int i;

	publish(MOST);
	if (!backend_reaches(BE_CONNECTED, 20000))
		wrong("%u streams are refused", MOST);
	state_set(4);
	for (i = 0; i < MOST; i++) {
		EXPECT(stream_open(&streams[i]), 0);
		EXPECT(stream_trigger(&streams[i], XENSND_OP_TRIGGER_START), 0);
	}
	if (!front_disconnect())
		wrong("not parted from them");
	remove_many();
}

static uint32_t seed = 1;

static uint32_t any(uint32_t n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % n;
}

/* All states, in any order, now and then with time for the backend to react */
static void states_jump(void)
{
	static const char * const odd[] = { "", "-1", "04", "44444444444", "x" };
	unsigned int i;

	streams_publish(2);
	for (i = 0; i < 1000; i++) {
		if (any(20))
			state_set(any(9));
		else if (any(4))
			node_set("state", odd[any(5)]);
		else
			node_remove("state");
		if (!any(10))
			sleep_ms(any(30));
	}
	/* the one order that left the backend with a time in the past */
	state_set(6);
	sleep_ms(2000);
	state_set(1);
	if (!backend_reaches(BE_INIT_WAIT, 40000))
		wrong("the backend is in state %u", backend_state());
}

/* Back too soon, then gone: see states_jump() */
static void comes_and_goes(void)
{
	unsigned int i;

	for (i = 0; i < 5; i++) {
		state_set(1);
		sleep_ms(20);
		state_set(6);
		sleep_ms(500);
		state_set(1);
		if (!backend_reaches(BE_INIT_WAIT, 40000))
			wrong("no InitWait");
		streams_publish(2);
		state_set(3);
		sleep_ms(200);
	}
}

static void hundred_cycles(void)
{
	unsigned int i;

	for (i = 0; i < 100; i++) {
		if (i % 3)
			EXPECT(stream_open(&streams[i % 2]), 0);
		if (!front_disconnect() || !front_connect()) {
			wrong("cycle %u", i);
			return;
		}
	}
}

const struct attack store_attacks[] = {
	{ "transport-missing", transport_missing },
	{ "transport-garbage", transport_garbage },
	{ "transport-huge", transport_huge },
	{ "transport-not-ours", transport_not_ours },
	{ "ring-read-only", ring_read_only },
	{ "limits-garbage", limits_garbage },
	{ "streams-too-many", streams_too_many },
	{ "streams-most", streams_most },
	{ "states-jump", states_jump },
	{ "comes-and-goes", comes_and_goes },
	{ "hundred-cycles", hundred_cycles },
	{ NULL, NULL },
};
