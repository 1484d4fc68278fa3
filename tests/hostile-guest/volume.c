// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Attacks by volume and mute: values, regions, pages that may not be written to.
 */
#include <limits.h>

#include "front.h"

#define BUF	(4 * PAGE)
#define LEAST	(-120000)
#define MOST	12000

static struct stream *const p = &streams[0], *const c = &streams[1];

static int ask_region(struct stream *s, uint8_t op, uint32_t offset,
		      uint32_t length)
{
	struct xensnd_req req = sndfront_req_rw(op, offset, length);

	return stream_ask(s, &req);
}

/* Two channels' values, for each in a place of its own. */
static int set_volume(struct stream *s, int32_t left, int32_t right)
{
	int32_t mdb[2] = { left, right };

	memcpy(s->buf.mem + 512, mdb, sizeof(mdb));
	return ask_region(s, XENSND_OP_SET_VOLUME, 512, sizeof(mdb));
}

/* Where the answer is written, another value was. */
static void expect_volume(struct stream *s, uint32_t offset, int32_t left,
			  int32_t right)
{
	int32_t mdb[2] = { 77, 77 };

	memcpy(s->buf.mem + offset, mdb, sizeof(mdb));
	EXPECT(ask_region(s, XENSND_OP_GET_VOLUME, offset, sizeof(mdb)), 0);
	memcpy(mdb, s->buf.mem + offset, sizeof(mdb));
	EXPECT(mdb[0], left);
	EXPECT(mdb[1], right);
}

static int set_mute(struct stream *s, bool on)
{
	memset(s->buf.mem + 512, 1, 2);
	return ask_region(s, on ? XENSND_OP_MUTE : XENSND_OP_UNMUTE, 512, 2);
}

static void try_values(struct stream *s)
{
	EXPECT(stream_open(s), 0);
	expect_volume(s, 0, 0, 0);
	EXPECT(set_volume(s, MOST, LEAST), 0);
	expect_volume(s, 0, MOST, LEAST);
	/* one that is out of range changes neither */
	EXPECT(set_volume(s, MOST + 1, -1), -XEN_EINVAL);
	EXPECT(set_volume(s, -1, INT_MAX), -XEN_EINVAL);
	expect_volume(s, BUF - 8, MOST, LEAST);
	EXPECT(set_volume(s, INT_MIN, LEAST - 1), 0);
	/* in two pages, and at no multiple of 4 */
	expect_volume(s, PAGE - 3, INT_MIN, LEAST - 1);
	EXPECT(set_mute(s, true), 0);
	EXPECT(set_mute(s, false), 0);
	expect_volume(s, PAGE, INT_MIN, LEAST - 1);
	/* the next OPEN knows nothing of it */
	EXPECT(stream_op(s, XENSND_OP_CLOSE), 0);
	EXPECT(stream_open(s), 0);
	expect_volume(s, 0, 0, 0);
}

static void values(void)
{
	try_values(p);
	try_values(c);
}

static void regions(void)
{
	static const uint32_t bad[][2] = {
		{ 0, 0 }, { 0, 1 }, { 0, 7 }, { 0, 9 }, { 0, UINT32_MAX },
		{ BUF, 8 }, { BUF - 1, 8 }, { BUF - 1, 2 }, { UINT32_MAX, 8 },
		{ UINT32_MAX - 7, 8 }, { UINT32_MAX, 2 }, { 0x80000000, 8 },
	};
	unsigned int i;
	uint8_t op;

	EXPECT(stream_open(p), 0);
	EXPECT(stream_open(c), 0);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		for (op = XENSND_OP_SET_VOLUME; op <= XENSND_OP_UNMUTE; op++) {
			EXPECT(ask_region(p, op, bad[i][0], bad[i][1]),
			       -XEN_EINVAL);
			EXPECT(ask_region(c, op, bad[i][0], bad[i][1]),
			       -XEN_EINVAL);
		}
	}
	expect_volume(p, 0, 0, 0);
}

/* Playback only needs to read, GET_VOLUME has to write. */
static void read_only(void)
{
	buffer_free(p);
	buffer_alloc(p, 4, false);
	EXPECT(stream_open(p), 0);
	EXPECT(set_volume(p, -1, -2), 0);
	EXPECT(ask_region(p, XENSND_OP_GET_VOLUME, 0, 8), -XEN_EFAULT);
	EXPECT(set_mute(p, true), 0);
}

/* The samples: what is captured is silence, and then again what it was. */
static void samples(void)
{
	unsigned int i;

	EXPECT(stream_open(c), 0);
	EXPECT(set_mute(c, true), 0);
	EXPECT(stream_trigger(c, XENSND_OP_TRIGGER_START), 0);
	memset(c->buf.mem, SOURCE, BUF);
	EXPECT(stream_rw(c, 0, 2 * PAGE), 0);
	for (i = 0; i < 2 * PAGE; i++)
		if (c->buf.mem[i])
			wrong("byte %u of silence is 0x%x", i, c->buf.mem[i]);
	EXPECT(set_mute(c, false), 0);
	/* more than the ring has and the ramp takes */
	for (i = 0; i < 4; i++)
		EXPECT(stream_rw(c, 0, BUF), 0);
	for (i = 0; i < BUF; i++)
		if (c->buf.mem[i] != SOURCE)
			wrong("byte %u is 0x%x", i, c->buf.mem[i]);
}

const struct attack volume_attacks[] = {
	{ "volume-values", values },
	{ "volume-regions", regions },
	{ "volume-read-only", read_only },
	{ "volume-samples", samples },
	{ NULL, NULL },
};
