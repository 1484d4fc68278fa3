// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What a good frontend does, so that the attacks have something to spoil.
 */
#include <stdio.h>

#include "front.h"

#define BUF_PAGES	4u
#define ANSWER_MS	2000u
#define STATE_MS	40000u

struct stream streams[MAX_STREAMS];
static unsigned int allocated;

void streams_alloc(unsigned int num)
{
	unsigned int i;

	for (i = 0; i < num; i++) {
		struct stream *s = &streams[i];

		memset(s, 0, sizeof(*s));
		s->capture = i % 2;
		pages_alloc(&s->ring, 1, true);
		pages_alloc(&s->evt, 1, true);
		s->port = port_alloc();
		s->evt_port = port_alloc();
		sndfront_init(&s->shared, s->ring.mem, s->evt.mem);
		buffer_alloc(s, BUF_PAGES, true);
	}
	allocated = num;
}

void streams_free(void)
{
	unsigned int i;

	for (i = 0; i < allocated; i++) {
		struct stream *s = &streams[i];

		port_free(s->port);
		port_free(s->evt_port);
		buffer_free(s);
		pages_free(&s->ring);
		pages_free(&s->evt);
	}
	allocated = 0;
}

static void publish(unsigned int i, const char *node, uint32_t value)
{
	char path[64];

	snprintf(path, sizeof(path), "0/%u/%s", i, node);
	node_num(path, value);
}

/* Where the toolstack made no such stream, it is ours. */
void streams_publish(unsigned int num)
{
	char path[64], id[16];
	unsigned int i;

	for (i = 0; i < num; i++) {
		struct stream *s = &streams[i % (allocated ? allocated : 1)];

		if (i >= 2) {
			snprintf(path, sizeof(path), "0/%u/type", i);
			node_set(path, i % 2 ? "c" : "p");
			snprintf(path, sizeof(path), "0/%u/unique-id", i);
			snprintf(id, sizeof(id), "more%u", i);
			node_set(path, id);
		}
		publish(i, "ring-ref", s->ring.refs[0]);
		publish(i, "evt-ring-ref", s->evt.refs[0]);
		publish(i, "event-channel", s->port);
		publish(i, "evt-event-channel", s->evt_port);
	}
	node_set("version", "2");
}

/* From wherever we are: two streams, connected. */
bool front_connect(void)
{
	state_set(1);
	if (!backend_reaches(BE_INIT_WAIT, STATE_MS))
		return false;
	streams_alloc(2);
	streams_publish(2);
	state_set(3);
	if (!backend_reaches(BE_CONNECTED, STATE_MS))
		return false;
	return state_set(4);
}

bool front_disconnect(void)
{
	bool ok;

	state_set(5);
	ok = backend_reaches(BE_CLOSED, STATE_MS) ||
	     backend_state() == BE_CLOSING;
	state_set(6);
	ok = ok && backend_reaches(BE_CLOSED, STATE_MS);
	streams_free();
	return ok;
}

/* Part, and come back as far as InitWait of the backend. */
void front_again(void)
{
	if (!front_disconnect())
		wrong("not parted from");
	state_set(1);
	if (!backend_reaches(BE_INIT_WAIT, 40000))
		wrong("no InitWait");
}

void stream_put(struct stream *s, const struct xensnd_req *req)
{
	sndfront_put(&s->shared, req);
	sndfront_push(&s->shared);
}

bool stream_answer(struct stream *s, struct xensnd_resp *resp, unsigned int ms)
{
	uint64_t end = now_ms() + ms;

	while (!sndfront_take(&s->shared, resp)) {
		if (now_ms() > end)
			return false;
		sleep_ms(1);
	}
	return true;
}

int stream_ask(struct stream *s, const struct xensnd_req *req)
{
	struct xensnd_resp resp;

	stream_put(s, req);
	port_kick(s->port);
	do {
		if (!stream_answer(s, &resp, ANSWER_MS))
			return SILENCE;
	} while (resp.id != req->id);
	return resp.status;
}

void buffer_alloc(struct stream *s, unsigned int pages, bool writable)
{
	pages_alloc(&s->buf, pages, writable);
	pages_alloc(&s->dir, sndfront_dir_pages(pages), true);
	sndfront_fill_dir(s->dir.mem, s->dir.refs, s->buf.refs, pages);
	memset(s->buf.mem, OURS, (size_t)pages * PAGE);
}

void buffer_free(struct stream *s)
{
	if (s->buf.num)
		pages_free(&s->buf);
	if (s->dir.num)
		pages_free(&s->dir);
}

static uint16_t next_id(void)
{
	static uint16_t id;

	return ++id;
}

struct xensnd_req open_req(const struct stream *s, uint32_t buffer_sz,
			   uint32_t period_sz)
{
	struct xensnd_req req = sndfront_req_open(48000, XENSND_PCM_FORMAT_S16_LE, 2,
						  buffer_sz, period_sz, s->dir.refs[0]);

	req.id = next_id();
	return req;
}

int stream_open(struct stream *s)
{
	struct xensnd_req req = open_req(s, BUF_PAGES * PAGE, PAGE);

	return stream_ask(s, &req);
}

static int ask_request(struct stream *s, struct xensnd_req req)
{
	req.id = next_id();
	return stream_ask(s, &req);
}

int stream_op(struct stream *s, uint8_t op)
{
	return ask_request(s, sndfront_req(op));
}

int stream_trigger(struct stream *s, uint8_t type)
{
	return ask_request(s, sndfront_req_trigger(type));
}

int stream_rw(struct stream *s, uint32_t offset, uint32_t length)
{
	return ask_request(s, sndfront_req_rw(s->capture ? XENSND_OP_READ : XENSND_OP_WRITE,
					      offset, length));
}
