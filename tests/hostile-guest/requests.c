// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Attacks by requests: sizes, offsets, operations, the wrong order.
 */
#include <stdlib.h>

#include "front.h"

#define BUF	(4 * PAGE)

static struct stream *const p = &streams[0], *const c = &streams[1];

static void open_sizes(void)
{
	static const uint32_t bad[] = {
		0, 1, 3, 0x7fffffff, 0x80000000, 0xfffff001, UINT32_MAX,
		(16 << 20) + 1,
	};
	struct xensnd_req req;
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		req = open_req(p, bad[i], 0);
		EXPECT(stream_ask(p, &req), -XEN_EINVAL);
		req = open_req(p, bad[i], bad[i]);
		EXPECT(stream_ask(p, &req), -XEN_EINVAL);
		/* a period must lie in the buffer */
		req = open_req(p, BUF, BUF + 1 + i);
		EXPECT(stream_ask(p, &req), -XEN_EINVAL);
	}
	/* one page more than the directory has */
	req = open_req(p, BUF + 1, PAGE);
	EXPECT(stream_ask(p, &req), -XEN_EINVAL);
}

static void open_formats(void)
{
	struct xensnd_req req;
	unsigned int i;

	for (i = 25; i < 256; i++) {
		req = open_req(p, BUF, PAGE);
		req.op.open.pcm_format = (uint8_t)i;
		EXPECT(stream_ask(p, &req), -XEN_EINVAL);
	}
	req = open_req(p, BUF, PAGE);
	req.op.open.pcm_channels = 0;
	EXPECT(stream_ask(p, &req), -XEN_EINVAL);
	for (i = 0; i < 3; i++) {
		static const uint32_t rates[] = { 0, 768001, UINT32_MAX };

		req = open_req(p, BUF, PAGE);
		req.op.open.pcm_rate = rates[i];
		EXPECT(stream_ask(p, &req), -XEN_EINVAL);
	}
	/* all of it */
	req = open_req(p, BUF, PAGE);
	memset(&req.op, 0, sizeof(req.op));
	EXPECT(stream_ask(p, &req), -XEN_EINVAL);
	memset(&req.op, 0xff, sizeof(req.op));
	EXPECT(stream_ask(p, &req), -XEN_EINVAL);
	/* periods of one byte */
	req = open_req(p, BUF, 1);
	EXPECT(stream_ask(p, &req), 0);
	EXPECT(stream_rw(p, 0, BUF), 0);
	EXPECT(stream_trigger(p, XENSND_OP_TRIGGER_START), 0);
	sleep_ms(200);
}

static void offsets(void)
{
	static const uint32_t bad[][2] = {
		{ BUF, 1 }, { BUF, 0 }, { 0, BUF + 1 }, { BUF - 1, 2 },
		{ 1, BUF }, { UINT32_MAX, 1 }, { UINT32_MAX, UINT32_MAX },
		{ 0x80000000, 0x80000000 }, { 8, UINT32_MAX - 7 },
		{ BUF - 4, 0xfffff000 }, { 0, UINT32_MAX },
	};
	unsigned int i;

	EXPECT(stream_open(p), 0);
	EXPECT(stream_open(c), 0);
	EXPECT(stream_trigger(p, XENSND_OP_TRIGGER_START), 0);
	EXPECT(stream_trigger(c, XENSND_OP_TRIGGER_START), 0);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		EXPECT(stream_rw(p, bad[i][0], bad[i][1]), -XEN_EINVAL);
		EXPECT(stream_rw(c, bad[i][0], bad[i][1]), -XEN_EINVAL);
	}
	EXPECT(stream_rw(p, BUF - 1, 1), 0);
	EXPECT(stream_rw(c, BUF - 1, 1), 0);
	EXPECT(stream_rw(p, 3, 0), 0);
	/* the other direction's */
	p->capture = true;
	EXPECT(stream_rw(p, 0, 1), -XEN_EINVAL);
	p->capture = false;
}

static void operations(void)
{
	unsigned int i;
	int status;

	for (i = 0; i < 256; i++) {
		if (i <= XENSND_OP_WRITE || i == XENSND_OP_TRIGGER ||
		    i == XENSND_OP_HW_PARAM_QUERY)
			continue;
		/* volume and mute want an open stream */
		status = i <= XENSND_OP_UNMUTE ? -XEN_EIO : -XEN_EOPNOTSUPP;
		EXPECT(stream_op(p, (uint8_t)i), status);
		EXPECT(stream_op(c, (uint8_t)i), status);
	}
	EXPECT(stream_open(p), 0);
	for (i = 4; i < 256; i++)
		EXPECT(stream_trigger(p, (uint8_t)i), -XEN_EINVAL);
	/* and a value for each channel */
	for (i = XENSND_OP_SET_VOLUME; i < XENSND_OP_TRIGGER; i++)
		EXPECT(stream_op(p, (uint8_t)i), -XEN_EINVAL);
}

static void wrong_order(void)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		EXPECT(stream_trigger(p, (uint8_t)i), -XEN_EIO);
	EXPECT(stream_rw(p, 0, 1), -XEN_EIO);
	EXPECT(stream_rw(c, 0, 1), -XEN_EIO);
	EXPECT(stream_op(p, XENSND_OP_CLOSE), 0);
	EXPECT(stream_open(p), 0);
	EXPECT(stream_open(p), -XEN_EBUSY);
	EXPECT(stream_trigger(p, XENSND_OP_TRIGGER_PAUSE), -XEN_EINVAL);
	EXPECT(stream_trigger(p, XENSND_OP_TRIGGER_RESUME), -XEN_EINVAL);
	EXPECT(stream_op(p, XENSND_OP_CLOSE), 0);
	EXPECT(stream_rw(p, 0, 1), -XEN_EIO);
	for (i = 0; i < 50; i++) {
		EXPECT(stream_open(p), 0);
		EXPECT(stream_rw(p, 0, 4), 0);
		EXPECT(stream_op(p, XENSND_OP_CLOSE), 0);
	}
}

/* Every query that can be asked is answered, and by a part of it. */
static void queries(void)
{
	static const uint32_t v[] = { 0, 1, 2, 48000, 0x7fffffff, UINT32_MAX };
	struct xensnd_query_hw_param *q;
	struct xensnd_req req = { .operation = XENSND_OP_HW_PARAM_QUERY };
	uint32_t seed = 1;
	unsigned int i, k;
	int ret;

	q = &req.op.hw_param;
	for (i = 0; i < 500; i++) {
		uint32_t *w = (uint32_t *)q;

		for (k = 0; k < sizeof(*q) / sizeof(*w); k++) {
			seed = seed * 1103515245 + 12345;
			w[k] = v[(seed >> 16) % 6];
		}
		req.id = (uint16_t)(0x4000 + i);
		ret = stream_ask(p, &req);
		if (ret && ret != -XEN_EINVAL)
			wrong("query %u: status %d", i, ret);
	}
}

const struct attack request_attacks[] = {
	{ "open-sizes", open_sizes },
	{ "open-formats", open_formats },
	{ "offsets", offsets },
	{ "operations", operations },
	{ "wrong-order", wrong_order },
	{ "queries", queries },
	{ NULL, NULL },
};
