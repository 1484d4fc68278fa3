// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: requests, directory, refinement, rings, regions.
 */
#include <string.h>

#include "regions.h"
#include "rings.h"
#include "test.h"

static void caps_s16(struct snd_caps *c)
{
	snd_caps_any(c);
	c->formats = 1ull << XENSND_PCM_FORMAT_S16_LE |
		     1ull << XENSND_PCM_FORMAT_S32_LE;
	c->channels.max = 2;
	c->rates = (struct snd_range){ 8000, 48000 };
	c->rate_list[0] = 48000;
	c->rate_list[1] = 8000;
	c->rate_list[2] = 44100;
	c->num_rates = 3;
	c->buffer_bytes = 65536;
}

static struct xensnd_query_hw_param everything(void)
{
	struct xensnd_query_hw_param q = {
		.formats = ~0ull,
		.rates = { 0, UINT32_MAX },
		.channels = { 0, UINT32_MAX },
		.buffer = { 0, UINT32_MAX },
		.period = { 0, UINT32_MAX },
	};

	return q;
}

static void formats(void)
{
	unsigned int i;

	for (i = 0; i < SND_NUM_FORMATS; i++) {
		const char *n = snd_format_name(i);

		CHECK_EQ(snd_format_parse(n, strlen(n)), i);
		CHECK(snd_format_bits(i) != 0);
	}
	CHECK_EQ(snd_format_bits(25), 0);
	CHECK_EQ(snd_format_bits(255), 0);
	CHECK_EQ(snd_format_parse("s16", 3), -1);
	CHECK_EQ(snd_format_parse("f32_le", 6), XENSND_PCM_FORMAT_F32_LE);
	CHECK_EQ(snd_format_parse("F64_BE", 6), XENSND_PCM_FORMAT_F64_BE);
	CHECK_EQ(snd_format_parse("S16_LE", 6), XENSND_PCM_FORMAT_S16_LE);
	CHECK_EQ(snd_format_bits(XENSND_PCM_FORMAT_S24_LE), 32);
}

static void refine_all(void)
{
	struct xensnd_query_hw_param q = everything();
	struct snd_caps c;

	caps_s16(&c);
	CHECK_EQ(snd_refine(&c, &q), 0);
	CHECK_EQ(q.formats, c.formats);
	CHECK_EQ(q.rates.min, 8000);
	CHECK_EQ(q.rates.max, 48000);
	CHECK_EQ(q.channels.min, 1);
	CHECK_EQ(q.channels.max, 2);
	/* 65536 bytes of the smallest frame, one channel of S16 */
	CHECK_EQ(q.buffer.max, 32768);
	CHECK_EQ(q.period.max, 32768);
}

static void refine_narrow(void)
{
	struct xensnd_query_hw_param q = everything();
	struct snd_caps c;

	caps_s16(&c);
	q.rates.min = 9000;
	q.rates.max = 47999;
	q.channels.min = 2;
	q.formats = 1ull << XENSND_PCM_FORMAT_S16_LE;
	q.period.min = 5000;
	CHECK_EQ(snd_refine(&c, &q), 0);
	CHECK_EQ(q.rates.min, 44100);
	CHECK_EQ(q.rates.max, 44100);
	CHECK_EQ(q.buffer.max, 16384);
	CHECK_EQ(q.buffer.min, 5000);
	/* so large a buffer leaves no room for S32, or for two channels */
	q = everything();
	q.buffer.min = 16385;
	CHECK_EQ(snd_refine(&c, &q), 0);
	CHECK_EQ(q.formats, 1ull << XENSND_PCM_FORMAT_S16_LE);
	CHECK_EQ(q.channels.max, 1);
}

static void refine_empty(void)
{
	struct xensnd_query_hw_param q;
	struct snd_caps c;

	caps_s16(&c);
	q = everything();
	q.formats = 1ull << XENSND_PCM_FORMAT_U8;
	CHECK_EQ(snd_refine(&c, &q), -XEN_EINVAL);
	q = everything();
	q.formats = 1ull << 60;
	CHECK_EQ(snd_refine(&c, &q), -XEN_EINVAL);
	q = everything();
	q.rates.min = 44101;
	q.rates.max = 47999;
	CHECK_EQ(snd_refine(&c, &q), -XEN_EINVAL);
	q = everything();
	q.channels.min = 3;
	CHECK_EQ(snd_refine(&c, &q), -XEN_EINVAL);
	q = everything();
	q.buffer.min = 32769;
	CHECK_EQ(snd_refine(&c, &q), -XEN_EINVAL);
	q = everything();
	q.buffer.min = UINT32_MAX;
	q.channels.min = 2;
	CHECK_EQ(snd_refine(&c, &q), -XEN_EINVAL);
	q = everything();
	q.period.min = 40000;
	CHECK_EQ(snd_refine(&c, &q), -XEN_EINVAL);
	q = everything();
	q.period.max = 0;
	CHECK_EQ(snd_refine(&c, &q), -XEN_EINVAL);
	memset(&q, 0, sizeof(q));
	CHECK_EQ(snd_refine(&c, &q), -XEN_EINVAL);
}

static const struct xensnd_open_req good_open = {
	.pcm_rate = 48000,
	.pcm_format = XENSND_PCM_FORMAT_S16_LE,
	.pcm_channels = 2,
	.buffer_sz = 32768,
	.period_sz = 4096,
	.gref_directory = 9,
};

static int open_with(const struct xensnd_open_req *req)
{
	struct snd_caps cfg, any;
	struct snd_params p;

	caps_s16(&cfg);
	snd_caps_any(&any);
	return snd_open_check(req, &cfg, &any, &p);
}

#define OPEN_BAD(member, value) do {			\
	struct xensnd_open_req r = good_open;		\
	r.member = value;				\
	CHECK_EQ(open_with(&r), -XEN_EINVAL);		\
} while (0)

static void open_check(void)
{
	CHECK_EQ(open_with(&good_open), 0);
	OPEN_BAD(pcm_rate, 0);
	OPEN_BAD(pcm_rate, 44101);
	OPEN_BAD(pcm_rate, UINT32_MAX);
	OPEN_BAD(pcm_format, XENSND_PCM_FORMAT_U8);
	OPEN_BAD(pcm_format, 25);
	OPEN_BAD(pcm_format, 64);
	OPEN_BAD(pcm_format, 255);
	OPEN_BAD(pcm_channels, 0);
	OPEN_BAD(pcm_channels, 3);
	OPEN_BAD(buffer_sz, 0);
	OPEN_BAD(buffer_sz, 3);
	OPEN_BAD(buffer_sz, 65537);
	OPEN_BAD(buffer_sz, UINT32_MAX);
	OPEN_BAD(period_sz, 32769);
	OPEN_BAD(gref_directory, 0);
}

static void open_units(void)
{
	struct xensnd_open_req r = good_open;
	struct snd_caps any;
	struct snd_params p;

	snd_caps_any(&any);
	r.pcm_format = XENSND_PCM_FORMAT_IMA_ADPCM;
	r.pcm_channels = 1;
	CHECK_EQ(snd_open_check(&r, &any, &any, &p), 0);
	CHECK_EQ(p.unit_bytes, 1);
	CHECK_EQ(p.unit_frames, 2);
	r.buffer_sz = SND_MAX_BUFFER;
	CHECK_EQ(snd_open_check(&r, &any, &any, &p), 0);
	CHECK_EQ(p.num_pages, 4096);
	r.buffer_sz = SND_MAX_BUFFER + 1;
	CHECK_EQ(snd_open_check(&r, &any, &any, &p), -XEN_EINVAL);
	r.buffer_sz = 4097;
	CHECK_EQ(snd_open_check(&r, &any, &any, &p), 0);
	CHECK_EQ(p.num_pages, 2);
}

static int rw(uint32_t offset, uint32_t length)
{
	struct xensnd_rw_req r = { .offset = offset, .length = length };

	return snd_rw_check(&r, 8192);
}

static void rw_check(void)
{
	CHECK_EQ(rw(0, 8192), 0);
	CHECK_EQ(rw(8191, 1), 0);
	CHECK_EQ(rw(8191, 2), -XEN_EINVAL);
	CHECK_EQ(rw(8192, 0), -XEN_EINVAL);
	CHECK_EQ(rw(0, 8193), -XEN_EINVAL);
	CHECK_EQ(rw(4096, UINT32_MAX), -XEN_EINVAL);
	CHECK_EQ(rw(UINT32_MAX, UINT32_MAX), -XEN_EINVAL);
}

static void fill(uint32_t *page, uint32_t next, uint32_t from)
{
	unsigned int i;

	page[0] = next;
	for (i = 1; i < 1024; i++)
		page[i] = from + i;
}

static void dir_walk(void)
{
	static uint32_t page[1024], grefs[SND_MAX_PAGES];
	struct snd_dir_walk w;

	CHECK_EQ(SND_DIR_GREFS, 1023);
	/* 1024 pages take two directory pages */
	CHECK_EQ(snd_dir_start(&w, 5, grefs, 1024), 0);
	CHECK_EQ(w.next, 5);
	fill(page, 6, 1000);
	CHECK_EQ(snd_dir_page(&w, page), 1);
	CHECK_EQ(w.next, 6);
	fill(page, 0, 5000);
	CHECK_EQ(snd_dir_page(&w, page), 0);
	CHECK_EQ(grefs[0], 1001);
	CHECK_EQ(grefs[1022], 2023);
	CHECK_EQ(grefs[1023], 5001);
	/* 1023 fit into one; its link is nobody's business */
	CHECK_EQ(snd_dir_start(&w, 5, grefs, 1023), 0);
	fill(page, 5, 1000);
	CHECK_EQ(snd_dir_page(&w, page), 0);
	/* the largest */
	CHECK_EQ(snd_dir_start(&w, 1, grefs, SND_MAX_PAGES), 0);
	for (uint32_t i = 0; i + 1 < SND_MAX_DIRS; i++) {
		fill(page, i + 2, 10);
		CHECK_EQ(snd_dir_page(&w, page), 1);
	}
	CHECK_EQ(snd_dir_page(&w, page), 0);
}

static void dir_hostile(void)
{
	static uint32_t page[1024], grefs[SND_MAX_PAGES];
	struct snd_dir_walk w;

	CHECK_EQ(snd_dir_start(&w, 0, grefs, 1), -XEN_EINVAL);
	CHECK_EQ(snd_dir_start(&w, 5, grefs, 0), -XEN_EINVAL);
	CHECK_EQ(snd_dir_start(&w, 5, grefs, SND_MAX_PAGES + 1), -XEN_EINVAL);
	/* a loop */
	CHECK_EQ(snd_dir_start(&w, 5, grefs, 3000), 0);
	fill(page, 5, 1);
	CHECK_EQ(snd_dir_page(&w, page), 1);
	CHECK_EQ(snd_dir_page(&w, page), -XEN_EINVAL);
	/* too short */
	CHECK_EQ(snd_dir_start(&w, 5, grefs, 3000), 0);
	fill(page, 0, 1);
	CHECK_EQ(snd_dir_page(&w, page), -XEN_EINVAL);
	/* a hole */
	CHECK_EQ(snd_dir_start(&w, 5, grefs, 8), 0);
	fill(page, 0, 1);
	page[8] = 0;
	CHECK_EQ(snd_dir_page(&w, page), -XEN_EINVAL);
}

static _Alignas(4096) uint8_t ring_page[4096], event_page[4096];

static void rings_flow(void)
{
	xen_sndif_sring_t *sring = (void *)ring_page;
	xen_sndif_front_ring_t front;
	struct xensnd_resp resp = { .id = 77 };
	struct xensnd_req req;
	struct rings r;
	unsigned int i;

	memset(event_page, 0, sizeof(event_page));
	XEN_FRONT_RING_INIT(&front, sring, 4096);
	CHECK(rings_attach(&r, ring_page, event_page));
	CHECK_EQ(rings_fetch(&r, &req), 0);
	for (i = 0; i < 32; i++)
		RING_GET_REQUEST(&front, front.req_prod_pvt++)->id =
			(uint16_t)i;
	RING_PUSH_REQUESTS(&front);
	for (i = 0; i < 32; i++) {
		CHECK_EQ(rings_fetch(&r, &req), 1);
		CHECK_EQ(req.id, i);
	}
	CHECK_EQ(rings_fetch(&r, &req), 0);
	CHECK(rings_idle(&r, false));
	rings_respond(&r, &resp);
	CHECK(rings_push(&r));
	CHECK_EQ(RING_GET_RESPONSE(&front, 0)->id, 77);
	rings_respond(&r, &resp);
	/* nobody asked for the second */
	CHECK(!rings_push(&r));
	CHECK(!rings_patient(&r));
	sring->rsp_event = r.req.rsp_prod_pvt + 1;
	CHECK(!rings_patient(&r));
	sring->rsp_event = r.req.rsp_prod_pvt + 16;
	CHECK(rings_patient(&r));
}

static void rings_hostile(void)
{
	xen_sndif_sring_t *sring = (void *)ring_page;
	xen_sndif_front_ring_t front;
	struct xensnd_req req;
	struct rings r;

	XEN_FRONT_RING_INIT(&front, sring, 4096);
	CHECK(rings_attach(&r, ring_page, event_page));
	sring->req_prod = 33;
	CHECK_EQ(rings_fetch(&r, &req), -1);
	sring->req_prod = UINT32_MAX;
	CHECK_EQ(rings_fetch(&r, &req), -1);
	/* back to a request that waits for its answer */
	sring->req_prod = 2;
	CHECK_EQ(rings_fetch(&r, &req), 1);
	CHECK_EQ(rings_fetch(&r, &req), 1);
	CHECK_EQ(rings_fetch(&r, &req), 0);
	sring->req_prod = 1;
	CHECK_EQ(rings_fetch(&r, &req), -1);
	sring->req_prod = 33;
	CHECK_EQ(rings_fetch(&r, &req), -1);
	sring->rsp_prod = 0x80000000;
	CHECK_EQ(rings_fetch(&r, &req), -1);
	CHECK(!rings_attach(&r, ring_page, event_page));
}

static bool all_zero(const uint8_t *p, size_t n)
{
	while (n && !*p) {
		p++;
		n--;
	}
	return !n;
}

static void rings_events(void)
{
	struct xensnd_event_page *page = (void *)event_page;
	struct rings r;
	unsigned int i;

	XEN_FRONT_RING_INIT(&(xen_sndif_front_ring_t){ 0 },
			    (xen_sndif_sring_t *)ring_page, 4096);
	memset(event_page, 0, sizeof(event_page));
	page->in_prod = UINT32_MAX - 20;
	CHECK(rings_attach(&r, ring_page, event_page));
	for (i = 0; i < 100; i++) {
		struct xensnd_evt *e;

		e = &XENSND_IN_RING_REF(page, page->in_prod);
		page->in_cons = i * 12345;
		rings_event(&r, 1000 + i);
		CHECK_EQ(e->id, i);
		CHECK_EQ(e->type, XENSND_EVT_CUR_POS);
		CHECK_EQ(e->op.cur_pos.position, 1000 + i);
		CHECK(all_zero(e->op.reserved + 8, 48));
		CHECK_EQ(page->in_prod, UINT32_MAX - 19 + i);
	}
}

static void regions(void)
{
	struct regions q;
	uint32_t off = 0, i;

	regions_clear(&q);
	CHECK_EQ(regions_peek(&q, &off), 0);
	CHECK(regions_push(&q, 100, 50));
	CHECK(regions_push(&q, 150, 50));
	CHECK_EQ(q.num, 1);
	CHECK(regions_push(&q, 0, 10));
	CHECK_EQ(q.num, 2);
	CHECK_EQ(q.bytes, 110);
	CHECK_EQ(regions_peek(&q, &off), 100);
	CHECK_EQ(off, 100);
	regions_consume(&q, 30);
	CHECK_EQ(regions_peek(&q, &off), 70);
	CHECK_EQ(off, 130);
	regions_consume(&q, 70);
	CHECK_EQ(regions_peek(&q, &off), 10);
	CHECK_EQ(off, 0);
	regions_clear(&q);
	for (i = 0; i < REGIONS_MAX; i++)
		CHECK(regions_push(&q, i * 10, 5));
	CHECK(!regions_push(&q, 5000, 5));
	CHECK(regions_push(&q, (REGIONS_MAX - 1) * 10 + 5, 1));
	CHECK_EQ(q.bytes, REGIONS_MAX * 5 + 1);
}

const struct test proto_tests[] = {
	{ "proto: formats", formats },
	{ "proto: query for everything", refine_all },
	{ "proto: query for something", refine_narrow },
	{ "proto: query for nothing there is", refine_empty },
	{ "proto: OPEN's parameters", open_check },
	{ "proto: OPEN's units and pages", open_units },
	{ "proto: READ and WRITE stay in the buffer", rw_check },
	{ "proto: page directory", dir_walk },
	{ "proto: page directory, hostile", dir_hostile },
	{ "proto: request ring", rings_flow },
	{ "proto: request ring, hostile", rings_hostile },
	{ "proto: event page", rings_events },
	{ "proto: regions", regions },
	{ NULL, NULL },
};
