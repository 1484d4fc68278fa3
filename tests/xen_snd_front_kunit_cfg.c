// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests: XenStore trees, good and bad, and format conversion
 *
 * A tree is a list of nodes below a card that is right; a case adds nodes or replaces
 * their values, and says what must come out.
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/slab.h>

#include "../xen_snd_front.h"

#define NODE_LEN	32

struct xs_node {
	const char *path;	/* below "dev", as in "dev/0/0/type" */
	const char *value;	/* NULL: there is no such node */
};

static const struct xs_node base[] = {
	{ "dev/0/0/type", "p" },
	{ "dev/0/0/unique-id", "pb0" },
	{ "dev/0/1/type", "c" },
	{ "dev/0/1/unique-id", "cap0" },
};

/* @store: the case's nodes before the base's, so that they win */
struct tree {
	const struct xs_node *store;
	unsigned int count;
	int fail;
};

static const struct xs_node *node_at(const struct tree *tree, unsigned int i)
{
	return i < tree->count ? &tree->store[i] : &base[i - tree->count];
}

static unsigned int node_count(const struct tree *tree)
{
	return tree->count + ARRAY_SIZE(base);
}

static char *fake_read(const char *dir, const char *node, unsigned int *len)
{
	const struct tree *tree = kunit_get_current_test()->priv;
	char path[64];
	unsigned int i;

	snprintf(path, sizeof(path), "%s/%s", dir, node);
	for (i = 0; i < node_count(tree); i++) {
		if (strcmp(node_at(tree, i)->path, path))
			continue;
		if (!node_at(tree, i)->value)
			break;
		*len = strlen(node_at(tree, i)->value);
		return kstrdup(node_at(tree, i)->value, GFP_KERNEL);
	}

	return ERR_PTR(tree->fail ?: -ENOENT);
}

/* The first component of each path below @dir, once each. */
static char **fake_list(const char *dir, unsigned int *count)
{
	const struct tree *tree = kunit_get_current_test()->priv;
	size_t skip = strlen(dir);
	char **names = kzalloc(64 * (sizeof(char *) + NODE_LEN), GFP_KERNEL);
	char *text = (char *)(names + 64);
	const char *path;
	unsigned int n = 0;
	unsigned int i;
	unsigned int k;
	size_t len;

	for (i = 0; i < node_count(tree) && n < 64; i++) {
		path = node_at(tree, i)->path;
		if (!node_at(tree, i)->value || strncmp(path, dir, skip) || path[skip] != '/')
			continue;
		path += skip + 1;
		len = strcspn(path, "/");
		names[n] = text + n * NODE_LEN;
		memcpy(names[n], path, len);
		names[n][len] = 0;
		for (k = 0; strcmp(names[k], names[n]); k++)
			;
		if (k == n)
			n++;
		else
			memset(names[n], 0, NODE_LEN);
	}

	*count = n;
	return names;
}

static struct xenbus_device *fake_dev(struct kunit *test)
{
	struct xenbus_device *xb = kunit_kzalloc(test, sizeof(*xb), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, xb);
	xb->dev.init_name = "vsnd-test";
	xb->nodename = "dev";
	xb->otherend = "back";
	kunit_activate_static_stub(test, xen_snd_front_xen_read, fake_read);
	kunit_activate_static_stub(test, xen_snd_front_xen_list, fake_list);
	return xb;
}

struct bad_case {
	const char *name;
	struct xs_node nodes[3];
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
	BAD("rate beyond 32 bits", { "dev/sample-rates", "4294967296" }),
	BAD("rate no number", { "dev/sample-rates", "48k" }),
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
	BAD("formats widened", { "dev/0/sample-formats", "u8" },
	    { "dev/0/0/sample-formats", "s8" }),
	BAD("buffer zero", { "dev/buffer-size", "0" }),
	BAD("buffer tiny", { "dev/buffer-size", "255" }),
	BAD("buffer beyond 32 bits", { "dev/buffer-size", "4294967296" }),
	BAD("buffer widened", { "dev/buffer-size", "4096" }, { "dev/0/1/buffer-size", "4097" }),
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

static unsigned int nodes_in(const struct xs_node *nodes, unsigned int max)
{
	unsigned int n = 0;

	while (n < max && nodes[n].path)
		n++;
	return n;
}

static void cfg_bad(struct kunit *test)
{
	const struct bad_case *c = test->param_value;
	struct tree tree = { c->nodes, nodes_in(c->nodes, ARRAY_SIZE(c->nodes)) };
	struct xenbus_device *xb = fake_dev(test);
	struct xen_snd_front_cfg cfg;

	test->priv = &tree;
	KUNIT_EXPECT_EQ(test, xen_snd_front_cfg_read(xb, &cfg), c->ret);
	/* Nothing left to free. */
	KUNIT_EXPECT_NULL(test, cfg.streams);
	KUNIT_EXPECT_NULL(test, cfg.pcms);
}

/* With the nodes given; fails the test if the tree is refused. */
static void read_good(struct kunit *test, struct tree *tree, struct xen_snd_front_cfg *cfg)
{
	test->priv = tree;
	KUNIT_ASSERT_EQ(test, xen_snd_front_cfg_read(fake_dev(test), cfg), 0);
}

static void cfg_defaults(struct kunit *test)
{
	const struct xen_snd_front_cfg_stream *s;
	struct xen_snd_front_cfg cfg;
	struct tree tree = {};

	read_good(test, &tree, &cfg);
	KUNIT_EXPECT_STREQ(test, cfg.short_name, "Xen sound");
	KUNIT_EXPECT_EQ(test, cfg.num_pcms, 1);
	KUNIT_EXPECT_EQ(test, cfg.num_streams, 2);
	s = cfg.streams;
	KUNIT_EXPECT_EQ(test, s[0].direction, SNDRV_PCM_STREAM_PLAYBACK);
	KUNIT_EXPECT_EQ(test, s[1].direction, SNDRV_PCM_STREAM_CAPTURE);
	KUNIT_EXPECT_EQ(test, s[0].substream, 0);
	KUNIT_EXPECT_EQ(test, s[1].substream, 0);
	KUNIT_EXPECT_STREQ(test, s[1].unique_id, "cap0");
	KUNIT_EXPECT_STREQ(test, s[1].path, "dev/0/1");
	KUNIT_EXPECT_EQ(test, s[0].limits.channels_min, 1);
	KUNIT_EXPECT_EQ(test, s[0].limits.channels_max, 2);
	KUNIT_EXPECT_EQ(test, s[0].limits.formats, xen_snd_front_fmt_mask_all());
	KUNIT_EXPECT_EQ(test, s[0].limits.buffer_size, XEN_SND_FRONT_DEF_BUFFER);
	KUNIT_EXPECT_EQ(test, s[0].limits.rates[0], 5512);
	KUNIT_EXPECT_EQ(test, s[0].limits.rates[s[0].limits.num_rates - 1], 192000);
	xen_snd_front_cfg_free(&cfg);
}

static void cfg_inherits(struct kunit *test)
{
	static const struct xs_node nodes[] = {
		{ "dev/short-name", "Short" },
		{ "dev/long-name", "A much longer name" },
		{ "dev/channels-max", "8" },
		{ "dev/sample-rates", "96000,8000,88200,384000,8000, 7350" },
		{ "dev/sample-formats", "s16_le,S24_LE,float_le" },
		{ "dev/buffer-size", "65536" },
		{ "dev/0/name", "Analog" },
		{ "dev/0/0/channels-min", "2" },
		{ "dev/0/0/channels-max", "6" },
		{ "dev/0/0/sample-rates", "88200" },
		{ "dev/0/0/sample-formats", "float_le" },
		{ "dev/0/0/buffer-size", "4096" },
		{ "dev/1/0/type", "c" },
		{ "dev/1/1/type", "c" },
		{ "dev/1/2/type", "p" },
	};
	struct tree tree = { nodes, ARRAY_SIZE(nodes) };
	const struct xen_snd_front_cfg_stream *s;
	struct xen_snd_front_cfg cfg;

	read_good(test, &tree, &cfg);
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
	KUNIT_EXPECT_NULL(test, s[3].unique_id);
	KUNIT_EXPECT_EQ(test, s[4].substream, 0);
	xen_snd_front_cfg_free(&cfg);
}

static void cfg_bounds(struct kunit *test)
{
	static const struct xs_node nodes[] = {
		{ "dev/short-name", "A short name that is far too long for ALSA" },
		{ "dev/channels-min", "3" },
		{ "dev/buffer-size", "4294967295" },
		{ "dev/sample-rates",
		  "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,1536000"
		},
	};
	struct tree tree = { nodes, ARRAY_SIZE(nodes) };
	struct xen_snd_front_cfg cfg;

	read_good(test, &tree, &cfg);
	KUNIT_EXPECT_STREQ(test, cfg.short_name, "A short name that is far too lo");
	KUNIT_EXPECT_EQ(test, cfg.streams[0].limits.channels_max, 3);
	KUNIT_EXPECT_EQ(test, cfg.streams[0].limits.buffer_size, XEN_SND_FRONT_MAX_BUFFER);
	KUNIT_EXPECT_EQ(test, cfg.streams[0].limits.num_rates, XEN_SND_FRONT_MAX_RATES);
	xen_snd_front_cfg_free(&cfg);
}

static void cfg_store_fails(struct kunit *test)
{
	struct tree tree = { .fail = -EIO };
	struct xen_snd_front_cfg cfg;

	test->priv = &tree;
	KUNIT_EXPECT_EQ(test, xen_snd_front_cfg_read(fake_dev(test), &cfg), -EIO);
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
	struct xenbus_device *xb = fake_dev(test);
	struct xs_node node = { "back/versions" };
	struct tree tree = { &node, 1 };
	unsigned int version;
	unsigned int i;

	test->priv = &tree;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		node.value = cases[i].value;
		KUNIT_EXPECT_EQ_MSG(test, xen_snd_front_cfg_version(xb, &version), cases[i].ret,
				    "versions %s", cases[i].value);
	}
	KUNIT_EXPECT_EQ(test, version, 2);
}

static struct kunit_case cfg_cases[] = {
	KUNIT_CASE_PARAM(cfg_bad, bad_gen_params),
	KUNIT_CASE(cfg_defaults),
	KUNIT_CASE(cfg_inherits),
	KUNIT_CASE(cfg_bounds),
	KUNIT_CASE(cfg_store_fails),
	KUNIT_CASE(cfg_version),
	{}
};

static struct kunit_suite cfg_suite = {
	.name = "xen_snd_front_cfg",
	.test_cases = cfg_cases,
};

#define FMT(x, a) { XENSND_PCM_FORMAT_ ## x ## _STR, XENSND_PCM_FORMAT_ ## x, \
		    SNDRV_PCM_FORMAT_ ## a }

static const struct {
	const char *name;
	u8 xen;
	snd_pcm_format_t alsa;
} formats[] = {
	FMT(S8, S8), FMT(U8, U8), FMT(S16_LE, S16_LE), FMT(S16_BE, S16_BE),
	FMT(U16_LE, U16_LE), FMT(U16_BE, U16_BE), FMT(S24_LE, S24_LE), FMT(S24_BE, S24_BE),
	FMT(U24_LE, U24_LE), FMT(U24_BE, U24_BE), FMT(S32_LE, S32_LE), FMT(S32_BE, S32_BE),
	FMT(U32_LE, U32_LE), FMT(U32_BE, U32_BE), FMT(F32_LE, FLOAT_LE), FMT(F32_BE, FLOAT_BE),
	FMT(F64_LE, FLOAT64_LE), FMT(F64_BE, FLOAT64_BE),
	FMT(IEC958_SUBFRAME_LE, IEC958_SUBFRAME_LE), FMT(IEC958_SUBFRAME_BE, IEC958_SUBFRAME_BE),
	FMT(MU_LAW, MU_LAW), FMT(A_LAW, A_LAW), FMT(IMA_ADPCM, IMA_ADPCM), FMT(MPEG, MPEG),
	FMT(GSM, GSM),
};

static void fmt_both_ways(struct kunit *test)
{
	u64 bit;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(formats), 25);
	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		bit = pcm_format_to_bits(formats[i].alsa);
		KUNIT_EXPECT_EQ(test, xen_snd_front_fmt_to_xen(formats[i].alsa), formats[i].xen);
		KUNIT_EXPECT_EQ(test, xen_snd_front_fmt_by_name(formats[i].name,
								strlen(formats[i].name)),
				(__force int)formats[i].alsa);
		KUNIT_EXPECT_EQ(test, xen_snd_front_fmt_mask_to_xen(bit), BIT_ULL(formats[i].xen));
		KUNIT_EXPECT_EQ(test, xen_snd_front_fmt_mask_to_alsa(BIT_ULL(formats[i].xen)), bit);
	}
	KUNIT_EXPECT_EQ(test, hweight64(xen_snd_front_fmt_mask_all()), 25);
}

static void fmt_names_of_xl(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, xen_snd_front_fmt_by_name("f32_le", 6),
			(__force int)SNDRV_PCM_FORMAT_FLOAT_LE);
	KUNIT_EXPECT_EQ(test, xen_snd_front_fmt_by_name("F32_BE", 6),
			(__force int)SNDRV_PCM_FORMAT_FLOAT_BE);
	KUNIT_EXPECT_EQ(test, xen_snd_front_fmt_by_name("f64_le", 6),
			(__force int)SNDRV_PCM_FORMAT_FLOAT64_LE);
	KUNIT_EXPECT_EQ(test, xen_snd_front_fmt_by_name("f64_be", 6),
			(__force int)SNDRV_PCM_FORMAT_FLOAT64_BE);
	KUNIT_EXPECT_EQ(test, xen_snd_front_fmt_by_name("f64", 3), -EINVAL);
}

static void fmt_unknown(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, xen_snd_front_fmt_to_xen(SNDRV_PCM_FORMAT_S24_3LE), -EINVAL);
	KUNIT_EXPECT_EQ(test, xen_snd_front_fmt_mask_to_xen(SNDRV_PCM_FMTBIT_S24_3LE), 0);
	KUNIT_EXPECT_EQ(test, xen_snd_front_fmt_mask_to_alsa(BIT_ULL(25) | BIT_ULL(63)), 0);
	KUNIT_EXPECT_EQ(test, xen_snd_front_fmt_by_name("s16", 3), -EINVAL);
	KUNIT_EXPECT_EQ(test, xen_snd_front_fmt_by_name("s16_le_", 7), -EINVAL);
	KUNIT_EXPECT_EQ(test, xen_snd_front_fmt_by_name("", 0), -EINVAL);
}

static struct kunit_case fmt_cases[] = {
	KUNIT_CASE(fmt_both_ways),
	KUNIT_CASE(fmt_names_of_xl),
	KUNIT_CASE(fmt_unknown),
	{}
};

static struct kunit_suite fmt_suite = {
	.name = "xen_snd_front_fmt",
	.test_cases = fmt_cases,
};

kunit_test_suites(&cfg_suite, &fmt_suite);
