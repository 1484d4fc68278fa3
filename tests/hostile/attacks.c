// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * xen-snd-hostile: the attacks on a stream
 *
 * What is expected is what sndif.h allows: a response producer, id or operation that
 * cannot be true breaks the channel; a refusal is an error for who asked; a position,
 * an event or an answer about the hardware may be wrong without more harm than an xrun.
 */
#include <string.h>

#include "hostile.h"

/* the same at each moment that matters */
#define AT_EACH(name, strike, arg, expect) \
	{ name "-connect", AT_CONNECT, strike, arg, expect, 1 }, \
	{ name "-query", AT_QUERY, strike, arg, expect, 1 }, \
	{ name "-open", AT_OPEN, strike, arg, expect, 1 }, \
	{ name "-data", AT_DATA, strike, arg, expect, 1 }, \
	{ name "-stop", AT_STOP, strike, arg, expect, 1 }, \
	{ name "-close", AT_CLOSE, strike, arg, expect, 1 }, \
	{ name "-tick", AT_TICK, strike, arg, expect, 1 }, \
	{ name "-idle", AT_IDLE, strike, arg, expect, 1 }

/* in place of a response */
#define AT_RESPONSE(name, strike, arg, expect) \
	{ name "-query", AT_QUERY, strike, arg, expect, 1 }, \
	{ name "-open", AT_OPEN, strike, arg, expect, 1 }, \
	{ name "-data", AT_DATA, strike, arg, expect, 1 }, \
	{ name "-start", AT_START, strike, arg, expect, 1 }, \
	{ name "-close", AT_CLOSE, strike, arg, expect, 1 }

#define AT_EVENT(name, strike, arg, expect) \
	{ name "-connect", AT_CONNECT, strike, arg, expect, 1 }, \
	{ name "-data", AT_DATA, strike, arg, expect, 1 }, \
	{ name "-tick", AT_TICK, strike, arg, expect, 1 }, \
	{ name "-idle", AT_IDLE, strike, arg, expect, 1 }

/* what an application would take for success, for something else, or as it is */
#define STATUS(name, value) \
	{ "status-" name "-open", AT_OPEN, strike_status, value, EXPECT_REFUSED, 0 }, \
	{ "status-" name "-data", AT_DATA, strike_status, value, EXPECT_ERROR, 0 }

#define ONCE(name, moment, strike, arg, expect) \
	{ name, moment, strike, arg, expect, 1 }
#define OFTEN(name, moment, strike, arg, expect) \
	{ name, moment, strike, arg, expect, 0 }

const struct attack attacks[] = {
	/* response producer */
	AT_EACH("producer-one-more", strike_beyond, 1, EXPECT_BROKEN),
	AT_RESPONSE("producer-a-ring-more", strike_beyond, 33, EXPECT_BROKEN),
	AT_RESPONSE("producer-half", strike_beyond, 0x80000000, EXPECT_BROKEN),
	ONCE("producer-back-connect", AT_CONNECT, strike_producer, -1, EXPECT_BROKEN),
	ONCE("producer-back-query", AT_QUERY, strike_producer, -1, EXPECT_BROKEN),
	ONCE("producer-back-open", AT_OPEN, strike_producer, -1, EXPECT_BROKEN),
	ONCE("producer-back-data", AT_DATA, strike_producer, -1, EXPECT_BROKEN),
	ONCE("producer-back-stop", AT_STOP, strike_producer, -1, EXPECT_BROKEN),
	/* STOP's response may not have been fetched: then it is only late */
	ONCE("producer-back-close", AT_CLOSE, strike_producer, -1, EXPECT_ANY),
	ONCE("producer-back-tick", AT_TICK, strike_producer, -1, EXPECT_BROKEN),
	ONCE("producer-back-idle", AT_IDLE, strike_producer, -1, EXPECT_BROKEN),
	ONCE("producer-far-back-tick", AT_TICK, strike_producer, -33, EXPECT_BROKEN),
	ONCE("producer-all-ones-data", AT_DATA, strike_producer, UINT32_MAX, EXPECT_BROKEN),
	ONCE("producer-seesaw-open", AT_OPEN, strike_seesaw, 20000, EXPECT_ANY),
	ONCE("producer-seesaw-data", AT_DATA, strike_seesaw, 20000, EXPECT_ANY),

	/* responses */
	ONCE("unasked-zero-tick", AT_TICK, strike_unasked, 0, EXPECT_BROKEN),
	ONCE("unasked-zero-idle", AT_IDLE, strike_unasked, 0, EXPECT_BROKEN),
	ONCE("unasked-ones-connect", AT_CONNECT, strike_unasked, 0xffff, EXPECT_BROKEN),
	AT_RESPONSE("repeat", strike_repeat, 1, EXPECT_BROKEN),
	ONCE("repeat-forty-data", AT_DATA, strike_repeat, 40, EXPECT_BROKEN),
	ONCE("repeat-old-idle", AT_IDLE, strike_repeat, 1, EXPECT_BROKEN),
	OFTEN("reorder-two", AT_DATA, strike_reorder, 2, EXPECT_ALIVE),
	OFTEN("reorder-eight", AT_DATA, strike_reorder, 8, EXPECT_ALIVE),
	AT_RESPONSE("id-next", strike_id, 1, EXPECT_BROKEN),
	AT_RESPONSE("id-earlier-use", strike_id, -32, EXPECT_BROKEN),
	AT_RESPONSE("id-later-use", strike_id, 32, EXPECT_BROKEN),
	ONCE("id-half-open", AT_OPEN, strike_id, 0x8000, EXPECT_BROKEN),
	AT_RESPONSE("operation-next", strike_operation, 1, EXPECT_BROKEN),
	AT_RESPONSE("operation-none", strike_operation, 0x80, EXPECT_BROKEN),
	STATUS("perm", -1),
	STATUS("least", INT32_MIN),
	STATUS("most", INT32_MAX),
	STATUS("one", 1),
	STATUS("restart", -512),
	STATUS("last-errno", -4095),
	STATUS("no-errno", -4096),
	OFTEN("status-least-query", AT_QUERY, strike_status, INT32_MIN, EXPECT_ALIVE),
	OFTEN("status-one-query", AT_QUERY, strike_status, 1, EXPECT_ALIVE),
	OFTEN("status-perm-start", AT_START, strike_status, -1, EXPECT_ERROR),
	OFTEN("status-one-start", AT_START, strike_status, 1, EXPECT_ERROR),
	OFTEN("status-least-stop", AT_STOP, strike_status, INT32_MIN, EXPECT_ALIVE),
	OFTEN("status-restart-close", AT_CLOSE, strike_status, -512, EXPECT_ALIVE),

	/* responses that never come */
	OFTEN("withhold-query", AT_QUERY, strike_withhold, 0, EXPECT_ERROR),
	OFTEN("withhold-open", AT_OPEN, strike_withhold, 0, EXPECT_ERROR),
	OFTEN("withhold-data", AT_DATA, strike_withhold, 0, EXPECT_ANY),
	OFTEN("withhold-start", AT_START, strike_withhold, 0, EXPECT_ANY),
	OFTEN("withhold-stop", AT_STOP, strike_withhold, 0, EXPECT_ALIVE),
	OFTEN("withhold-close", AT_CLOSE, strike_withhold, 0, EXPECT_ANY),
	ONCE("silence-open", AT_OPEN, strike_silence, 0, EXPECT_ERROR),
	ONCE("silence-start", AT_START, strike_silence, 0, EXPECT_ERROR),
	ONCE("silence-data", AT_DATA, strike_silence, 0, EXPECT_ERROR),

	/* answers about the hardware, in the order of strike_query() */
	OFTEN("query-empty", AT_QUERY, strike_query, 0, EXPECT_ALIVE),
	OFTEN("query-inverted", AT_QUERY, strike_query, 1, EXPECT_ALIVE),
	OFTEN("query-zero", AT_QUERY, strike_query, 2, EXPECT_ALIVE),
	OFTEN("query-most", AT_QUERY, strike_query, 3, EXPECT_ALIVE),
	OFTEN("query-above", AT_QUERY, strike_query, 4, EXPECT_ALIVE),
	OFTEN("query-tiny", AT_QUERY, strike_query, 5, EXPECT_ERROR),
	OFTEN("query-noise", AT_QUERY, strike_query, 6, EXPECT_ANY),
	OFTEN("query-others", AT_QUERY, strike_query, 7, EXPECT_ALIVE),

	/* what is the frontend's */
	ONCE("scribble-zero-tick", AT_TICK, strike_scribble, 0, EXPECT_ANY),
	ONCE("scribble-ones-data", AT_DATA, strike_scribble, 0xff, EXPECT_BROKEN),
	ONCE("scribble-theirs-tick", AT_TICK, strike_scribble, -1, EXPECT_ANY),

	/* events */
	AT_EVENT("event-producer-one", strike_evt_producer, 1, EXPECT_ALIVE),
	AT_EVENT("event-producer-page", strike_evt_producer, 64, EXPECT_ALIVE),
	AT_EVENT("event-producer-half", strike_evt_producer, 0x80000000, EXPECT_ALIVE),
	AT_EVENT("event-producer-back", strike_evt_producer, -1, EXPECT_ALIVE),
	OFTEN("event-types-tick", AT_TICK, strike_evt_type, 1, EXPECT_ALIVE),
	OFTEN("event-types-last-tick", AT_TICK, strike_evt_type, 200, EXPECT_ALIVE),
	ONCE("event-types-idle", AT_IDLE, strike_evt_type, 1, EXPECT_ALIVE),
	/* no true position comes with them */
	OFTEN("event-types-data", AT_DATA, strike_evt_type, 1, EXPECT_UNNOTICED),
	OFTEN("event-taken-tick", AT_TICK, strike_evt_taken, 1, EXPECT_UNNOTICED),
	OFTEN("event-scribble-tick", AT_TICK, strike_evt_scribble, 0xff, EXPECT_ALIVE),
	ONCE("event-scribble-connect", AT_CONNECT, strike_evt_scribble, 0xa5, EXPECT_ALIVE),

	/* positions */
	OFTEN("position-zero", AT_TICK, strike_position, 0, EXPECT_ALIVE),
	OFTEN("position-most", AT_TICK, strike_position, -1, EXPECT_ALIVE),
	OFTEN("position-half", AT_TICK, strike_position, INT64_MIN, EXPECT_ALIVE),
	OFTEN("position-huge", AT_TICK, strike_position, 1ll << 40, EXPECT_ALIVE),
	OFTEN("position-before-start", AT_OPEN, strike_position, 1ll << 20, EXPECT_ALIVE),
	ONCE("position-idle", AT_IDLE, strike_position, 4096, EXPECT_ALIVE),
	OFTEN("position-back-a-little", AT_TICK, strike_back, -16, EXPECT_ALIVE),
	OFTEN("position-back-far", AT_TICK, strike_back, -(1ll << 30), EXPECT_ALIVE),
	OFTEN("position-back-data", AT_DATA, strike_back, -16, EXPECT_UNNOTICED),
	OFTEN("position-odd", AT_TICK, strike_back, 1, EXPECT_ALIVE),
	OFTEN("position-flood", AT_TICK, strike_flood, 200, EXPECT_ALIVE),

	/* pages that change while they are read: the three of strike_flip() */
	ONCE("flip-ring", AT_OPEN, strike_flip, 0, EXPECT_ANY),
	ONCE("flip-events", AT_OPEN, strike_flip, 1, EXPECT_ALIVE),
	ONCE("flip-producer", AT_OPEN, strike_flip, 2, EXPECT_ANY),

	/* ports */
	ONCE("ports-closed-connect", AT_CONNECT, strike_ports, 0, EXPECT_ANY),
	ONCE("ports-closed-open", AT_OPEN, strike_ports, 0, EXPECT_ERROR),
	ONCE("ports-closed-tick", AT_TICK, strike_ports, 0, EXPECT_ERROR),

	/* the end, alone in their run */
	ONCE("killed-connect", AT_CONNECT, strike_kill, 0, EXPECT_ANY),
	ONCE("killed-query", AT_QUERY, strike_kill, 0, EXPECT_ANY),
	ONCE("killed-open", AT_OPEN, strike_kill, 0, EXPECT_ANY),
	ONCE("killed-data", AT_DATA, strike_kill, 0, EXPECT_ANY),
	ONCE("killed-start", AT_START, strike_kill, 0, EXPECT_ANY),
	ONCE("killed-stop", AT_STOP, strike_kill, 0, EXPECT_ANY),
	ONCE("killed-close", AT_CLOSE, strike_kill, 0, EXPECT_ANY),

	/* storms, measured, likewise alone; the four of strike_storm() */
	ONCE("storm-empty", AT_TICK, strike_storm, 0, EXPECT_ANY),
	ONCE("storm-types", AT_TICK, strike_storm, 1, EXPECT_ANY),
	ONCE("storm-same", AT_TICK, strike_storm, 2, EXPECT_ANY),
	ONCE("storm-steps", AT_TICK, strike_storm, 3, EXPECT_ANY),
	ONCE("storm-idle", AT_IDLE, strike_storm, 0, EXPECT_ANY),
};

const unsigned int num_attacks = ARRAY_SIZE(attacks);

const char * const moment_names[MOMENTS] = {
	"connect", "query", "open", "data", "start", "stop", "close", "tick",
	"idle",
};

/**
 * attack_find() - an attack by its name.
 * @name: name
 *
 * Return: attack, or NULL.
 */
const struct attack *attack_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < num_attacks; i++)
		if (!strcmp(attacks[i].name, name))
			return &attacks[i];
	return NULL;
}
