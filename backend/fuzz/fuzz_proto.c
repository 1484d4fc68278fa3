// SPDX-License-Identifier: MIT
/*
 * xen-snd-back fuzzing: what a request's numbers can do: OPEN, READ and WRITE,
 * HW_PARAM_QUERY, the walk of a page directory. And what follows from an OPEN
 * that is accepted: time, periods.
 */
#include "fuzz.h"
#include "pace.h"
#include "proto.h"

static void read_caps(struct input *in, struct snd_caps *caps)
{
	unsigned int i;

	snd_caps_any(caps);
	if (in_u8(in) & 1)
		return;
	caps->formats &= in_u32(in);
	caps->rates.min = in_u16(in);
	caps->rates.max = in_u32(in) % (SND_MAX_RATE + 1);
	caps->num_rates = in_u8(in) % (SND_MAX_RATES + 1);
	for (i = 0; i < caps->num_rates; i++)
		caps->rate_list[i] = in_u16(in) + 1u;
	caps->channels.min = in_u8(in);
	caps->channels.max = in_u8(in);
	caps->buffer_bytes = in_u32(in);
	caps->period.min = in_u32(in);
	caps->buffer.max = in_u32(in);
}

static void check_open(const struct xensnd_open_req *req,
		       const struct snd_caps *caps, const struct snd_params *p,
		       uint32_t more)
{
	struct pace pace;
	uint64_t at;

	MUST(p->num_pages >= 1 && p->num_pages <= SND_MAX_PAGES);
	MUST((uint64_t)p->num_pages * SND_PAGE_SIZE >= p->buffer_sz);
	MUST((uint64_t)(p->num_pages - 1) * SND_PAGE_SIZE < p->buffer_sz);
	MUST(p->buffer_sz == req->buffer_sz && p->buffer_sz <= SND_MAX_BUFFER);
	MUST(p->buffer_sz <= caps->buffer_bytes);
	MUST(p->period_sz <= p->buffer_sz);
	MUST(p->unit_bytes && p->unit_bytes <= p->buffer_sz);
	MUST(p->unit_frames == 1 || p->unit_frames == 2);
	MUST(p->rate >= caps->rates.min && p->rate <= caps->rates.max);
	MUST(p->channels >= caps->channels.min && p->channels <= caps->channels.max);
	MUST(caps->formats >> p->format & 1);

	pace_init(&pace, p->rate, p->unit_frames, p->unit_bytes);
	pace_start(&pace, 12345, more);
	at = pace_time(&pace, (uint64_t)more + p->buffer_sz);
	MUST(pace_bytes(&pace, at) >= (uint64_t)more + p->buffer_sz);
	if (p->period_sz) {
		at = next_boundary(more, p->period_sz, p->unit_bytes);
		MUST(at > more && at % p->period_sz == 0);
		MUST(at - more <= (uint64_t)p->period_sz + p->unit_bytes);
	}
}

static void fuzz_open(struct input *in)
{
	struct snd_caps cfg, audio;
	struct xensnd_open_req req;
	struct snd_params p;
	uint32_t more = in_u32(in);

	in_bytes(in, &req, sizeof(req));
	read_caps(in, &cfg);
	read_caps(in, &audio);
	if (snd_open_check(&req, &cfg, &audio, &p))
		return;
	check_open(&req, &cfg, &p, more);
	check_open(&req, &audio, &p, more);
}

static void fuzz_rw(struct input *in)
{
	uint32_t buffer_sz = in_u32(in) % SND_MAX_BUFFER + 1;
	struct xensnd_rw_req req;

	in_bytes(in, &req, sizeof(req));
	if (!snd_rw_check(&req, buffer_sz))
		MUST((uint64_t)req.offset + req.length <= buffer_sz);
}

#define WITHIN(a, b)	((a).min >= (b).min && (a).max <= (b).max)

static void fuzz_query(struct input *in)
{
	struct xensnd_query_hw_param asked, q, again;
	struct snd_caps caps;

	in_bytes(in, &asked, sizeof(asked));
	read_caps(in, &caps);
	q = asked;
	if (snd_refine(&caps, &q))
		return;
	MUST(q.formats && !(q.formats & ~(asked.formats & caps.formats)));
	MUST(q.rates.min <= q.rates.max && WITHIN(q.rates, asked.rates) &&
	     WITHIN(q.rates, caps.rates));
	MUST(q.channels.min <= q.channels.max && q.channels.min &&
	     WITHIN(q.channels, asked.channels));
	MUST(q.buffer.min <= q.buffer.max && q.buffer.min &&
	     WITHIN(q.buffer, asked.buffer));
	MUST(q.period.min <= q.period.max && q.period.max <= q.buffer.max &&
	     WITHIN(q.period, asked.period));
	again = q;
	MUST(!snd_refine(&caps, &again));
}

/* The input is the guest's directory pages, few words in each. */
static void fuzz_directory(struct input *in)
{
	unsigned int total = in_u16(in) % (SND_MAX_PAGES + 2), pages = 0, i, k;
	static uint32_t page[SND_PAGE_SIZE / 4];
	struct snd_dir_walk w;
	uint32_t *grefs;
	int ret;

	grefs = malloc((total ? total : 1) * sizeof(*grefs));
	ret = snd_dir_start(&w, in_u8(in), grefs, total);
	if (ret) {
		free(grefs);
		return;
	}
	do {
		uint32_t gref = in_u8(in), n = in_u8(in) % 16;

		for (i = 0; i < 1024; i++)
			page[i] = gref;
		page[0] = in_u8(in);
		for (i = 0; i < n; i++)
			page[in_u16(in) % 1024] = in_u32(in);
		MUST(++pages <= SND_MAX_DIRS + 1);
		ret = snd_dir_page(&w, page);
	} while (ret == 1);
	MUST(ret <= 0);
	/* a loop is an error, and only a full directory is none */
	for (i = 0; i < w.num_seen; i++)
		for (k = 0; k < i; k++)
			MUST(w.seen[i] != w.seen[k]);
	MUST(ret || w.filled == total);
	for (i = 0; !ret && i < total; i++)
		MUST(grefs[i]);
	free(grefs);
}

static void fuzz_names(struct input *in)
{
	char name[32];
	size_t n = in_u8(in) % (sizeof(name) + 1);
	char *exact = malloc(n ? n : 1);
	int f;

	in_bytes(in, exact, n);
	f = snd_format_parse(exact, n);
	MUST(f >= -1 && f < (int)SND_NUM_FORMATS);
	snd_format_bits(in_u32(in));
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	switch (in_u8(&in) % 5) {
	case 0:
		fuzz_open(&in);
		break;
	case 1:
		fuzz_rw(&in);
		break;
	case 2:
		fuzz_query(&in);
		break;
	case 3:
		fuzz_directory(&in);
		break;
	default:
		fuzz_names(&in);
		break;
	}
	return 0;
}
