// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests: XenStore trees, good and bad
 *
 * A tree is a list of nodes below a card that is right; a case adds nodes or replaces
 * their values, and says what must come out.
 */

#include "xen_snd_front_fake.h"

struct bad_case {
	const char *name;
	struct fake_node nodes[3];
	int ret;
};

#define BAD(n, ...) { .name = n, .nodes = { __VA_ARGS__ }, .ret = -EINVAL }

static const struct bad_case bad_cases[] = {
	BAD("type unknown", { "dev/0/0/type", "x" }),
	BAD("type empty", { "dev/0/0/type", "" }),
	BAD("type missing", { "dev/0/0/type", NULL }),
	BAD("channels zero", { "dev/channels-min", "0" }),
	BAD("channels max zero", { "dev/channels-max", "0" }),
	BAD("channels negative", { "dev/channels-max", "-1" }),
	BAD("channels huge", { "dev/channels-max", "256" }),
	BAD("channels beyond any number", { "dev/channels-max", "99999999999999999999" }),
	BAD("channels no number", { "dev/channels-max", "two" }),
	BAD("channels hexadecimal", { "dev/channels-max", "0x2" }),
	BAD("channels empty", { "dev/channels-max", "" }),
	BAD("channels min above max", { "dev/channels-max", "2" }, { "dev/channels-min", "3" }),
	BAD("channels widened", { "dev/channels-max", "2" }, { "dev/0/0/channels-max", "3" }),
	BAD("channels widened below", { "dev/channels-min", "2" }, { "dev/0/channels-min", "1" }),
	BAD("rate zero", { "dev/sample-rates", "0" }),
	BAD("rate negative", { "dev/sample-rates", "-48000" }),
	BAD("rate huge", { "dev/sample-rates", "4294967295" }),
	BAD("rate beyond the backend's", { "dev/sample-rates", "48000,768001" }),
	BAD("rate beyond 32 bits", { "dev/sample-rates", "4294967296" }),
	BAD("rate no number", { "dev/sample-rates", "48k" }),
	BAD("rate overlong", { "dev/sample-rates", "0000000000000000000048000" }),
	BAD("rates empty", { "dev/sample-rates", "" }),
	BAD("rates empty item", { "dev/sample-rates", "8000,,44100" }),
	BAD("rates end with a comma", { "dev/sample-rates", "8000," }),
	BAD("rates widened", { "dev/sample-rates", "8000" }, { "dev/0/sample-rates", "44100" }),
	BAD("rates too many", { "dev/sample-rates",
	    "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33"
	    }),
	BAD("format unknown", { "dev/sample-formats", "s16_le,s17_le" }),
	BAD("format overlong", { "dev/sample-formats", "s16_lexxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" }),
	BAD("formats empty", { "dev/sample-formats", "" }),
	BAD("formats without a size", { "dev/sample-formats", "mpeg,gsm" }),
	BAD("formats widened", { "dev/0/sample-formats", "u8" },
	    { "dev/0/0/sample-formats", "s8" }),
	BAD("buffer zero", { "dev/buffer-size", "0" }),
	BAD("buffer tiny", { "dev/buffer-size", "255" }),
	BAD("buffer beyond 32 bits", { "dev/buffer-size", "4294967296" }),
	BAD("buffer widened", { "dev/buffer-size", "4096" }, { "dev/0/1/buffer-size", "4097" }),
	BAD("a NUL inside", { "dev/channels-max", "2", true }),
	BAD("a NUL inside a name", { "dev/0/name", "Analog", true }),
	BAD("a NUL inside a list", { "dev/0/1/sample-rates", "8000", true }),
	BAD("device missing", { "dev/2/0/type", "p" }),
	BAD("stream missing", { "dev/0/3/type", "p" }),
	BAD("device without streams", { "dev/1/name", "empty" }),
	BAD("device beyond ALSA's", { "dev/4294967295/0/type", "p" }),
	BAD("stream numbered twice", { "dev/0/00/type", "p" }),
};

static void bad_desc(const struct bad_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bad, bad_cases, bad_desc);

/* The case's nodes go before those of a plain card, so that they win. */
static void set_nodes(struct fake *f, const struct fake_node *nodes, unsigned int max)
{
	f->nodes = nodes;
	f->num_nodes = 0;
	while (f->num_nodes < max && nodes[f->num_nodes].path)
		f->num_nodes++;
}

/* What a description that was not made must look like: nothing left to free. */
static void refused(struct kunit *test, int ret)
{
	struct xen_snd_front_cfg cfg;
	struct fake *f = test->priv;

	KUNIT_EXPECT_EQ(test, xen_snd_front_cfg_read(f->xb, &cfg), ret);
	KUNIT_EXPECT_NULL(test, cfg.streams);
	KUNIT_EXPECT_NULL(test, cfg.pcms);
	KUNIT_EXPECT_EQ(test, cfg.num_streams, 0);
}

static void cfg_bad(struct kunit *test)
{
	const struct bad_case *c = test->param_value;

	set_nodes(test->priv, c->nodes, ARRAY_SIZE(c->nodes));
	refused(test, c->ret);
}

/* With the nodes given; fails the test if the tree is refused. */
static void read_good(struct kunit *test, const struct fake_node *nodes, unsigned int count,
		      struct xen_snd_front_cfg *cfg)
{
	struct fake *f = test->priv;

	set_nodes(f, nodes, count);
	KUNIT_ASSERT_EQ(test, xen_snd_front_cfg_read(f->xb, cfg), 0);
}

static void cfg_defaults(struct kunit *test)
{
	const struct xen_snd_front_cfg_stream *s;
	struct xen_snd_front_cfg cfg;

	read_good(test, NULL, 0, &cfg);
	KUNIT_EXPECT_STREQ(test, cfg.short_name, "Xen sound");
	KUNIT_EXPECT_EQ(test, cfg.num_pcms, 1);
	KUNIT_EXPECT_EQ(test, cfg.num_streams, 2);
	s = cfg.streams;
	KUNIT_EXPECT_EQ(test, s[0].direction, SNDRV_PCM_STREAM_PLAYBACK);
	KUNIT_EXPECT_EQ(test, s[1].direction, SNDRV_PCM_STREAM_CAPTURE);
	KUNIT_EXPECT_EQ(test, s[0].substream, 0);
	KUNIT_EXPECT_EQ(test, s[1].substream, 0);
	KUNIT_EXPECT_STREQ(test, s[1].path, "dev/0/1");
	KUNIT_EXPECT_EQ(test, s[0].limits.channels_min, 1);
	KUNIT_EXPECT_EQ(test, s[0].limits.channels_max, 2);
	KUNIT_EXPECT_EQ(test, s[0].limits.formats, xen_snd_front_cfg_all_formats());
	KUNIT_EXPECT_EQ(test, s[0].limits.buffer_size, XEN_SND_FRONT_DEF_BUFFER);
	KUNIT_EXPECT_EQ(test, s[0].limits.rates[0], 5512);
	KUNIT_EXPECT_EQ(test, s[0].limits.rates[s[0].limits.num_rates - 1], 192000);
	xen_snd_front_cfg_free(&cfg);
}

static void cfg_inherits(struct kunit *test)
{
	static const struct fake_node nodes[] = {
		{ "dev/short-name", "Short" },
		{ "dev/long-name", "A much longer name" },
		{ "dev/channels-max", "8" },
		{ "dev/sample-rates", "96000,8000,88200,384000,8000, 7350" },
		{ "dev/sample-formats", "s16_le,S24_LE,mpeg,float_le" },
		{ "dev/buffer-size", "65536" },
		{ "dev/0/name", "Analog" },
		{ "dev/0/0/channels-min", "2" },
		{ "dev/0/0/channels-max", "6" },
		{ "dev/0/0/sample-rates", "88200" },
		{ "dev/0/0/sample-formats", "gsm,float_le" },
		{ "dev/0/0/buffer-size", "4096" },
		{ "dev/1/0/type", "c" },
		{ "dev/1/1/type", "c" },
		{ "dev/1/2/type", "p" },
	};
	const struct xen_snd_front_cfg_stream *s;
	struct xen_snd_front_cfg cfg;

	read_good(test, nodes, ARRAY_SIZE(nodes), &cfg);
	KUNIT_EXPECT_STREQ(test, cfg.short_name, "Short");
	KUNIT_EXPECT_STREQ(test, cfg.long_name, "A much longer name");
	KUNIT_EXPECT_STREQ(test, cfg.pcms[0].name, "Analog");
	KUNIT_EXPECT_EQ(test, cfg.num_pcms, 2);
	KUNIT_ASSERT_EQ(test, cfg.num_streams, 5);
	KUNIT_EXPECT_EQ(test, cfg.pcms[1].count[SNDRV_PCM_STREAM_CAPTURE], 2);
	s = cfg.streams;
	KUNIT_EXPECT_EQ(test, s[0].limits.channels_min, 2);
	KUNIT_EXPECT_EQ(test, s[0].limits.channels_max, 6);
	KUNIT_EXPECT_EQ(test, s[0].limits.num_rates, 1);
	KUNIT_EXPECT_EQ(test, s[0].limits.rates[0], 88200);
	KUNIT_EXPECT_EQ(test, s[0].limits.formats, SNDRV_PCM_FMTBIT_FLOAT_LE);
	KUNIT_EXPECT_EQ(test, s[0].limits.buffer_size, 4096);
	/* A sibling's limits are its own; the list is sorted, and 8000 is there once. */
	KUNIT_EXPECT_EQ(test, s[1].limits.channels_max, 8);
	KUNIT_EXPECT_EQ(test, s[1].limits.num_rates, 5);
	KUNIT_EXPECT_EQ(test, s[1].limits.rates[0], 7350);
	KUNIT_EXPECT_EQ(test, s[1].limits.rates[1], 8000);
	KUNIT_EXPECT_EQ(test, s[1].limits.rates[4], 384000);
	KUNIT_EXPECT_EQ(test, s[1].limits.buffer_size, 65536);
	KUNIT_EXPECT_EQ(test, s[3].pcm, 1);
	KUNIT_EXPECT_EQ(test, s[3].substream, 1);
	KUNIT_EXPECT_EQ(test, s[4].substream, 0);
	xen_snd_front_cfg_free(&cfg);
}

static void cfg_bounds(struct kunit *test)
{
	static const struct fake_node nodes[] = {
		{ "dev/short-name", "A short name that is far too long for ALSA" },
		{ "dev/channels-min", "3" },
		{ "dev/buffer-size", "4294967295" },
		{ "dev/sample-rates",
		  "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,768000"
		},
	};
	struct xen_snd_front_cfg cfg;

	read_good(test, nodes, ARRAY_SIZE(nodes), &cfg);
	KUNIT_EXPECT_STREQ(test, cfg.short_name, "A short name that is far too lo");
	KUNIT_EXPECT_EQ(test, cfg.streams[0].limits.channels_max, 3);
	KUNIT_EXPECT_EQ(test, cfg.streams[0].limits.buffer_size, XEN_SND_FRONT_MAX_BUFFER);
	KUNIT_EXPECT_EQ(test, cfg.streams[0].limits.num_rates, XEN_SND_FRONT_MAX_RATES);
	xen_snd_front_cfg_free(&cfg);
}

/* Each read and each listing fails once. */
static void cfg_steps_fail(struct kunit *test)
{
	static const struct fake_node nodes[] = {
		{ "dev/short-name", "short" }, { "dev/long-name", "long" },
		{ "dev/channels-max", "2" }, { "dev/0/name", "name" },
		{ "dev/0/buffer-size", "65536" }, { "dev/0/0/sample-rates", "48000" },
	};
	struct xen_snd_front_cfg cfg;
	struct fake *f = test->priv;
	int ret;

	set_nodes(f, nodes, ARRAY_SIZE(nodes));
	do {
		f->steps = 0;
		f->fail_at++;
		ret = xen_snd_front_cfg_read(f->xb, &cfg);
		if (ret) {
			KUNIT_ASSERT_EQ(test, ret, -EIO);
			KUNIT_ASSERT_NULL(test, cfg.streams);
			KUNIT_ASSERT_NULL(test, cfg.pcms);
		}
	} while (ret);

	/* These; the versions; the lists of card, device and streams; the streams' types. */
	KUNIT_EXPECT_EQ(test, f->fail_at - 1, ARRAY_SIZE(nodes) + 1 + 2 + 2 + 2);
	xen_snd_front_cfg_free(&cfg);
}

/* The devices or streams of a card, numbered up to @last, below @dir. */
static const struct fake_node *many_nodes(struct kunit *test, const char *format,
					  unsigned int last)
{
	struct fake_node *nodes = kunit_kcalloc(test, last + 1, sizeof(*nodes), GFP_KERNEL);
	unsigned int i;
	char *path;

	KUNIT_ASSERT_NOT_NULL(test, nodes);
	for (i = 0; i <= last; i++) {
		path = kunit_kzalloc(test, 32, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, path);
		snprintf(path, 32, format, i);
		nodes[i] = (struct fake_node){ path, "c" };
	}

	return nodes;
}

static void cfg_most_devices(struct kunit *test)
{
	const unsigned int n = XEN_SND_FRONT_MAX_PCMS;
	struct xen_snd_front_cfg cfg;
	char last[32];

	read_good(test, many_nodes(test, "dev/%u/0/type", n - 1), n, &cfg);
	KUNIT_EXPECT_EQ(test, cfg.num_pcms, n);
	KUNIT_ASSERT_EQ(test, cfg.num_streams, n + 1);
	snprintf(last, sizeof(last), "dev/%u/0", n - 1);
	KUNIT_EXPECT_STREQ(test, cfg.streams[n].path, last);
	KUNIT_EXPECT_EQ(test, cfg.streams[n].pcm, n - 1);
	xen_snd_front_cfg_free(&cfg);

	set_nodes(test->priv, many_nodes(test, "dev/%u/0/type", n), n + 1);
	refused(test, -EINVAL);
}

static void cfg_most_streams(struct kunit *test)
{
	const unsigned int n = XEN_SND_FRONT_MAX_STREAMS;
	struct xen_snd_front_cfg cfg;

	read_good(test, many_nodes(test, "dev/0/%u/type", n - 1), n, &cfg);
	KUNIT_ASSERT_EQ(test, cfg.num_streams, n);
	KUNIT_EXPECT_STREQ(test, cfg.streams[n - 1].path, "dev/0/255");
	KUNIT_EXPECT_EQ(test, cfg.streams[n - 1].substream, n - 1);
	xen_snd_front_cfg_free(&cfg);

	set_nodes(test->priv, many_nodes(test, "dev/0/%u/type", n), n + 1);
	refused(test, -EINVAL);
}

/* Each value in turn is another one than that of the plain card. */
static void cfg_same(struct kunit *test)
{
	static const struct fake_node others[] = {
		{ "dev/0/0/channels-max", "1" }, { "dev/0/0/channels-min", "2" },
		{ "dev/0/0/sample-rates", "44100" }, { "dev/0/0/sample-rates", "8000,16000" },
		{ "dev/0/0/sample-formats", "s8" }, { "dev/0/0/buffer-size", "4096" },
		{ "dev/0/0/type", "c" }, { "dev/0/2/type", "p" }, { "dev/1/0/type", "p" },
	};
	static const struct fake_node names[] = {
		{ "dev/short-name", "other" }, { "dev/0/name", "other" },
		{ "dev/0/0/unique-id", "other" },
	};
	struct xen_snd_front_cfg plain, cfg;
	unsigned int i;

	read_good(test, NULL, 0, &plain);
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		read_good(test, &others[i], 1, &cfg);
		KUNIT_EXPECT_FALSE_MSG(test, xen_snd_front_cfg_same(&plain, &cfg), "%s",
				       others[i].path);
		xen_snd_front_cfg_free(&cfg);
	}
	read_good(test, names, ARRAY_SIZE(names), &cfg);
	KUNIT_EXPECT_TRUE(test, xen_snd_front_cfg_same(&plain, &cfg));
	xen_snd_front_cfg_free(&cfg);
	xen_snd_front_cfg_free(&plain);
}

/* As many of each, and yet not the same. */
static void cfg_same_size(struct kunit *test)
{
	static const struct fake_node pairs[][2][2] = {
		{
			{ { "dev/0/0/sample-rates", "8000" }, { "dev/0/name", "a" } },
			{ { "dev/0/0/sample-rates", "16000" }, { "dev/0/name", "a" } },
		}, {
			{ { "dev/0/2/type", "p" }, { "dev/1/0/type", "p" } },
			{ { "dev/1/0/type", "p" }, { "dev/1/1/type", "p" } },
		},
	};
	struct xen_snd_front_cfg a, b;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		read_good(test, pairs[i][0], ARRAY_SIZE(pairs[i][0]), &a);
		read_good(test, pairs[i][1], ARRAY_SIZE(pairs[i][1]), &b);
		KUNIT_EXPECT_EQ(test, a.num_streams, b.num_streams);
		KUNIT_EXPECT_EQ(test, a.num_pcms, b.num_pcms);
		KUNIT_EXPECT_FALSE(test, xen_snd_front_cfg_same(&a, &b));
		xen_snd_front_cfg_free(&a);
		xen_snd_front_cfg_free(&b);
	}
}

static void cfg_version(struct kunit *test)
{
	static const struct {
		const char *value;
		int ret;
	} cases[] = {
		{ NULL, 0 }, { "2", 0 }, { "1,2", 0 }, { "2,1", 0 }, { "1, 2 ,3", 0 },
		{ "1", -EPROTONOSUPPORT }, { "", -EPROTONOSUPPORT }, { "22", -EPROTONOSUPPORT },
		{ "1,,x", -EPROTONOSUPPORT }, { "-2", -EPROTONOSUPPORT },
	};
	struct fake_node node = { "back/versions" };
	struct fake *f = test->priv;
	unsigned int i;

	f->nodes = &node;
	f->num_nodes = 1;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		node.value = cases[i].value;
		KUNIT_EXPECT_EQ_MSG(test, xen_snd_front_cfg_version(f->xb),
				    cases[i].ret, "versions %s", cases[i].value);
	}

	f->fail_at = f->steps + 1;
	KUNIT_EXPECT_EQ(test, xen_snd_front_cfg_version(f->xb), -EIO);
}

static struct kunit_case cfg_cases[] = {
	KUNIT_CASE_PARAM(cfg_bad, bad_gen_params),
	KUNIT_CASE(cfg_defaults),
	KUNIT_CASE(cfg_inherits),
	KUNIT_CASE(cfg_bounds),
	KUNIT_CASE(cfg_steps_fail),
	KUNIT_CASE(cfg_most_devices),
	KUNIT_CASE(cfg_most_streams),
	KUNIT_CASE(cfg_same),
	KUNIT_CASE(cfg_same_size),
	KUNIT_CASE(cfg_version),
	{}
};

static struct kunit_suite cfg_suite = {
	.name = "xen_snd_front_cfg",
	.init = fake_new,
	.exit = fake_end,
	.test_cases = cfg_cases,
};

kunit_test_suites(&cfg_suite);
