// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: a frontend for one stream, see guest.h.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "audio.h"
#include "fake_xen.h"
#include "guest.h"
#include "test.h"
#include "util.h"

struct budget_limits guest_limits = BUDGET_DEFAULT;

static void make_buffer(struct guest *g, uint32_t buffer_sz)
{
	uint32_t refs[SND_MAX_PAGES], dir_refs[SND_MAX_PAGES / SND_DIR_GREFS + 1];
	uint32_t first, i;

	g->pages = (buffer_sz + SND_PAGE_SIZE - 1) / SND_PAGE_SIZE;
	g->dirs = sndfront_dir_pages(g->pages);
	g->buf = fake_pages(g->pages, &first);
	for (i = 0; i < g->pages; i++)
		refs[i] = first + i;
	g->dir = fake_pages(g->dirs, &g->dir_ref);
	for (i = 0; i < g->dirs; i++)
		dir_refs[i] = g->dir_ref + i;
	sndfront_fill_dir(g->dir, dir_refs, refs, g->pages);
}

static void make_guest(struct guest *g, bool capture, uint32_t buffer_sz,
		       bool mainline)
{
	void *ring, *evt;

	memset(g, 0, sizeof(*g));
	g->info.capture = capture;
	g->info.mainline = mainline;
	g->info.domid = 7;
	g->info.latency_ms = AUDIO_LATENCY_MS;
	strcpy(g->info.unique_id, capture ? "cap0" : "pb0");
	snd_caps_any(&g->info.caps);
	g->info.caps.buffer_bytes = buffer_sz;
	ring = fake_page(&g->info.ring_ref);
	evt = fake_page(&g->info.evt_ring_ref);
	sndfront_init(&g->front, ring, evt);
	g->info.port = fake_port(&g->req_fd);
	g->info.evt_port = fake_port(&g->evt_fd);
	make_buffer(g, buffer_sz);
	log_guest_init(&g->log, "test");
	g->done_fd = eventfd(0, 0);
	budget_init(&g->budget, &guest_limits);
}

bool guest_init(struct guest *g, bool capture, const char *spec,
		uint32_t buffer_sz, bool mainline)
{
	make_guest(g, capture, buffer_sz, mainline);
	g->stream = stream_new(&g->info, spec, &g->log, &g->budget, g->done_fd);
	return g->stream && stream_start(g->stream);
}

bool guest_init_as(struct guest *g, bool capture, const struct config *config,
		   const char *name, uint32_t buffer_sz)
{
	struct card card = { .streams = &g->info, .num = 1 };
	bool ok;

	make_guest(g, capture, buffer_sz, false);
	ok = streams_add(&g->streams, &card, config, name, &g->log, &g->budget,
			 g->done_fd);
	g->stream = g->streams.num ? g->streams.v[0] : NULL;
	return ok;
}

void guest_exit(struct guest *g)
{
	uint64_t count;

	if (g->stream) {
		stream_stop(g->stream);
		if (read(g->done_fd, &count, sizeof(count)) > 0)
			stream_free(g->stream);
	}
	free(g->streams.v);
	close(g->done_fd);
	fake_port_free(g->info.port);
	fake_port_free(g->info.evt_port);
	fake_pages_free(g->buf, g->pages);
	fake_pages_free(g->dir, g->dirs);
	fake_pages_free(g->front.ring.sring, 1);
	fake_pages_free(g->front.evt, 1);
}

static void take_responses(struct guest *g)
{
	struct xensnd_resp r;

	do {
		while (sndfront_take(&g->front, &r)) {
			g->resp[r.id & 255] = r;
			g->answered[r.id & 255] = true;
		}
		sndfront_ask(&g->front, g->patient ? 16 : 1);
	} while (!g->patient && sndfront_ready(&g->front));
}

uint16_t guest_send(struct guest *g, const struct xensnd_req *req)
{
	uint16_t id = g->next_id++ & 255;
	struct xensnd_req copy = *req;

	while (RING_FULL(&g->front.ring))
		take_responses(g);
	copy.id = id;
	g->answered[id] = false;
	sndfront_put(&g->front, &copy);
	if (sndfront_push(&g->front)) {
		g->kicks++;
		fake_kick(g->info.port);
	}
	return id;
}

bool guest_answered(struct guest *g, uint16_t id)
{
	take_responses(g);
	return g->answered[id];
}

static void wait_fd(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t count;

	if (poll(&p, 1, ms) > 0 && read(fd, &count, sizeof(count)) < 0)
		return;
}

int guest_wait(struct guest *g, uint16_t id, int ms)
{
	uint64_t end = now_ns() + (uint64_t)ms * NSEC_PER_MSEC;

	while (!guest_answered(g, id)) {
		uint64_t now = now_ns();

		if (now >= end)
			return 1;
		wait_fd(g->req_fd, g->patient ? 1 :
			(int)((end - now) / NSEC_PER_MSEC) + 1);
	}
	return g->resp[id].status;
}

int guest_open(struct guest *g, uint32_t rate, uint8_t format,
	       uint8_t channels, uint32_t buffer_sz, uint32_t period_sz)
{
	struct xensnd_req req = sndfront_req_open(rate, format, channels,
						  buffer_sz, period_sz,
						  g->dir_ref);

	return guest_wait(g, guest_send(g, &req), 3000);
}

int guest_close(struct guest *g)
{
	struct xensnd_req req = sndfront_req(XENSND_OP_CLOSE);

	return guest_wait(g, guest_send(g, &req), 3000);
}

int guest_trigger(struct guest *g, uint8_t type)
{
	struct xensnd_req req = sndfront_req_trigger(type);

	return guest_wait(g, guest_send(g, &req), 3000);
}

uint16_t guest_rw_send(struct guest *g, uint8_t op, uint32_t offset,
		       uint32_t length)
{
	struct xensnd_req req = sndfront_req_rw(op, offset, length);

	return guest_send(g, &req);
}

int guest_write(struct guest *g, uint32_t offset, uint32_t length)
{
	return guest_wait(g, guest_rw_send(g, XENSND_OP_WRITE, offset, length),
			  3000);
}

int guest_read(struct guest *g, uint32_t offset, uint32_t length)
{
	return guest_wait(g, guest_rw_send(g, XENSND_OP_READ, offset, length),
			  3000);
}

uint64_t guest_position(struct guest *g)
{
	struct xensnd_evt e;

	while (sndfront_event(&g->front, &e))
		if (g->num_evts < GUEST_MAX_EVTS)
			g->evts[g->num_evts++] = e.op.cur_pos.position;
	return g->num_evts ? g->evts[g->num_evts - 1] : 0;
}

bool guest_wait_position(struct guest *g, uint64_t pos, int ms)
{
	uint64_t end = now_ns() + (uint64_t)ms * NSEC_PER_MSEC;

	while (guest_position(g) < pos) {
		uint64_t now = now_ns();

		if (now >= end)
			return false;
		wait_fd(g->evt_fd, (int)((end - now) / NSEC_PER_MSEC) + 1);
	}
	return true;
}

long long guest_last_stat(const char *name, const char *key)
{
	char path[96], line[1024], last[1024] = "", want[32], *p;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", test_dir, name);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		strcpy(last, line);
	if (f)
		fclose(f);
	snprintf(want, sizeof(want), " %s=", key);
	p = strstr(last, want);
	return p ? atoll(p + strlen(want)) : -1;
}
