// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests: what the backend can do, and what ALSA gets of it
 */

#include <sound/pcm_params.h>

#include "xen_snd_front_fake.h"

#define PLAYBACK	SNDRV_PCM_STREAM_PLAYBACK

static const struct fake_node small_card[] = {
	{ "dev/sample-rates", "8000,44100,48000" },
	{ "dev/sample-formats", "u8,s16_le,float_le" },
	{ "dev/channels-max", "6" },
	{ "dev/buffer-size", "65536" },
};

static int hw_init(struct kunit *test)
{
	struct fake *f;

	fake_new(test);
	f = test->priv;
	f->nodes = small_card;
	f->num_nodes = ARRAY_SIZE(small_card);
	fake_card(f);
	return 0;
}

static unsigned int queries(struct fake *f)
{
	return fake_count(f, XENSND_OP_HW_PARAM_QUERY);
}

static struct snd_pcm_hw_params *new_params(struct fake *f)
{
	struct snd_pcm_hw_params *params = kunit_kzalloc(f->test, sizeof(*params), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(f->test, params);
	return params;
}

/* Refines a choice, other parameters being open. */
static int refine(struct fake *f, struct snd_pcm_substream *substream,
		  struct snd_pcm_hw_params *params)
{
	params->rmask = ~0U;
	return snd_pcm_hw_refine(substream, params);
}

static void expect_range(struct kunit *test, struct snd_pcm_hw_params *params, int var,
			 unsigned int min, unsigned int max)
{
	KUNIT_EXPECT_EQ(test, hw_param_interval(params, var)->min, min);
	KUNIT_EXPECT_EQ(test, hw_param_interval(params, var)->max, max);
}

/* The first question is about everything that XenStore allows, in frames. */
static void hw_asks_everything(struct kunit *test)
{
	struct snd_pcm_substream *substream;
	const struct xensnd_query_hw_param *ask;
	struct fake *f = test->priv;

	KUNIT_ASSERT_EQ(test, fake_open(f, PLAYBACK, &substream), 0);
	KUNIT_ASSERT_EQ(test, queries(f), 1);
	ask = &fake_last(f, 0)->op.hw_param;
	KUNIT_EXPECT_EQ(test, ask->formats,
			BIT_ULL(XENSND_PCM_FORMAT_U8) | BIT_ULL(XENSND_PCM_FORMAT_S16_LE) |
			BIT_ULL(XENSND_PCM_FORMAT_F32_LE));
	KUNIT_EXPECT_EQ(test, ask->rates.min, 8000);
	KUNIT_EXPECT_EQ(test, ask->rates.max, 48000);
	KUNIT_EXPECT_EQ(test, ask->channels.min, 1);
	KUNIT_EXPECT_EQ(test, ask->channels.max, 6);
	/* As many frames as the smallest can be. */
	KUNIT_EXPECT_EQ(test, ask->buffer.min, 2);
	KUNIT_EXPECT_EQ(test, ask->buffer.max, 65536);
	KUNIT_EXPECT_EQ(test, ask->period.min, 1);
	KUNIT_EXPECT_EQ(test, ask->period.max, 32768);
}

/* At open, for format and channels, for the final choice: three, and never again. */
static void hw_asks_once(struct kunit *test)
{
	struct snd_pcm_substream *substream;
	struct fake *f = test->priv;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_EQ(test, fake_open(f, PLAYBACK, &substream), 0);
		KUNIT_EXPECT_EQ(test, fake_hw_params(f, substream, SNDRV_PCM_FORMAT_S16_LE, 2,
						     1024, 4096), 0);
		KUNIT_EXPECT_EQ(test, queries(f), 3);
		fake_close(f, PLAYBACK);
	}
}

/* More different questions than are remembered: the oldest is asked again. */
static void hw_forgets_the_oldest(struct kunit *test)
{
	struct snd_pcm_substream *substream;
	struct fake *f = test->priv;
	unsigned int asked;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, fake_open(f, PLAYBACK, &substream), 0);
	for (i = 0; i < XEN_SND_FRONT_QUERIES; i++)
		KUNIT_EXPECT_EQ(test, fake_hw_params(f, substream, SNDRV_PCM_FORMAT_S16_LE, 2,
						     256 << (i / 4), 2048 << (i % 4)), 0);
	asked = queries(f);
	KUNIT_EXPECT_EQ(test, asked, 2 + XEN_SND_FRONT_QUERIES);
	KUNIT_EXPECT_EQ(test, fake_hw_params(f, substream, SNDRV_PCM_FORMAT_S16_LE, 2, 512,
					     16384), 0);
	KUNIT_EXPECT_EQ(test, queries(f), asked + 1);
}

static void expect_limits_of_xenstore(struct kunit *test, struct snd_pcm_substream *substream)
{
	const struct snd_pcm_hardware *hw = &substream->runtime->hw;

	KUNIT_EXPECT_EQ(test, hw->formats, SNDRV_PCM_FMTBIT_U8 | SNDRV_PCM_FMTBIT_S16_LE |
					   SNDRV_PCM_FMTBIT_FLOAT_LE);
	KUNIT_EXPECT_EQ(test, hw->rate_min, 8000);
	KUNIT_EXPECT_EQ(test, hw->rate_max, 48000);
	KUNIT_EXPECT_EQ(test, hw->channels_min, 1);
	KUNIT_EXPECT_EQ(test, hw->channels_max, 6);
	KUNIT_EXPECT_EQ(test, hw->buffer_bytes_max, 65536);
}

/* A backend that knows no queries: XenStore's limits hold, and it is asked no more. */
static void hw_no_query(struct kunit *test)
{
	struct snd_pcm_substream *substream;
	struct fake *f = test->priv;
	unsigned int i;

	f->status[XENSND_OP_HW_PARAM_QUERY] = -EOPNOTSUPP;
	for (i = 0; i < 2; i++) {
		KUNIT_ASSERT_EQ(test, fake_open(f, PLAYBACK, &substream), 0);
		KUNIT_EXPECT_TRUE(test, fake_stream(substream)->no_query);
		expect_limits_of_xenstore(test, substream);
		KUNIT_EXPECT_EQ(test, fake_hw_params(f, substream, SNDRV_PCM_FORMAT_S16_LE, 2,
						     1024, 4096), 0);
		fake_close(f, PLAYBACK);
	}
	KUNIT_EXPECT_EQ(test, queries(f), 1);
}

static void hw_narrowed(struct kunit *test)
{
	static const struct xensnd_query_hw_param can = {
		.formats = BIT_ULL(XENSND_PCM_FORMAT_S16_LE),
		.rates = { 44100, 44100 },
		.channels = { 2, 4 },
		.buffer = { 1024, 2048 },
		.period = { 128, 512 },
	};
	struct snd_pcm_substream *substream;
	const struct snd_pcm_hardware *hw;
	struct snd_pcm_hw_params *params;
	struct fake *f = test->priv;

	f->query = &can;
	KUNIT_ASSERT_EQ(test, fake_open(f, PLAYBACK, &substream), 0);
	hw = &substream->runtime->hw;
	KUNIT_EXPECT_EQ(test, hw->formats, SNDRV_PCM_FMTBIT_S16_LE);
	KUNIT_EXPECT_EQ(test, hw->rate_min, 44100);
	KUNIT_EXPECT_EQ(test, hw->rate_max, 44100);
	KUNIT_EXPECT_EQ(test, hw->channels_min, 2);
	KUNIT_EXPECT_EQ(test, hw->channels_max, 4);

	params = new_params(f);
	fake_choose(f, params, SNDRV_PCM_FORMAT_S16_LE, 0, 0);
	KUNIT_ASSERT_EQ(test, refine(f, substream, params), 0);
	expect_range(test, params, SNDRV_PCM_HW_PARAM_BUFFER_SIZE, 1024, 2048);
	expect_range(test, params, SNDRV_PCM_HW_PARAM_PERIOD_SIZE, 128, 512);
	expect_range(test, params, SNDRV_PCM_HW_PARAM_RATE, 44100, 44100);
	fake_choose(f, params, SNDRV_PCM_FORMAT_U8, 0, 0);
	KUNIT_EXPECT_EQ(test, refine(f, substream, params), -EINVAL);
}

/* The list of rates is XenStore's, with gaps. */
static void hw_rates(struct kunit *test)
{
	static const struct {
		unsigned int rate;
		int ret;
	} cases[] = {
		{ 8000, 0 }, { 44100, 0 }, { 48000, 0 }, { 7999, -EINVAL }, { 8001, -EINVAL },
		{ 22050, -EINVAL }, { 96000, -EINVAL },
	};
	struct snd_pcm_substream *substream;
	struct snd_pcm_hw_params *params;
	struct fake *f = test->priv;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, fake_open(f, PLAYBACK, &substream), 0);
	params = new_params(f);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fake_choose(f, params, SNDRV_PCM_FORMAT_S16_LE, 2, cases[i].rate);
		KUNIT_EXPECT_EQ_MSG(test, min(refine(f, substream, params), 0), cases[i].ret,
				    "%u Hz", cases[i].rate);
	}
}

/* Whole periods only. */
static void hw_whole_periods(struct kunit *test)
{
	struct snd_pcm_substream *substream;
	struct fake *f = test->priv;

	KUNIT_ASSERT_EQ(test, fake_open(f, PLAYBACK, &substream), 0);
	KUNIT_EXPECT_EQ(test, fake_hw_params(f, substream, SNDRV_PCM_FORMAT_S16_LE, 2, 1000,
					     4096), -EINVAL);
	KUNIT_EXPECT_EQ(test, fake_hw_params(f, substream, SNDRV_PCM_FORMAT_S16_LE, 2, 1000,
					     4000), 0);
}

/* What the backend says of a format and a number of channels narrows the rest. */
static void hw_rules(struct kunit *test)
{
	static const struct xensnd_query_hw_param can = {
		.formats = BIT_ULL(XENSND_PCM_FORMAT_S16_LE),
		.rates = { 8000, 44100 },
		.channels = { 2, 2 },
		.buffer = { 512, 4096 },
		.period = { 256, 300 },
	};
	struct snd_pcm_substream *substream;
	struct snd_pcm_hw_params *params;
	struct fake *f = test->priv;

	KUNIT_ASSERT_EQ(test, fake_open(f, PLAYBACK, &substream), 0);
	params = new_params(f);
	f->query = &can;
	/* Nothing is asked while one of both is open. */
	fake_choose(f, params, SNDRV_PCM_FORMAT_S16_LE, 0, 0);
	KUNIT_ASSERT_EQ(test, refine(f, substream, params), 0);
	expect_range(test, params, SNDRV_PCM_HW_PARAM_RATE, 8000, 48000);
	KUNIT_EXPECT_EQ(test, queries(f), 1);

	fake_choose(f, params, SNDRV_PCM_FORMAT_S16_LE, 2, 0);
	KUNIT_ASSERT_EQ(test, refine(f, substream, params), 0);
	KUNIT_EXPECT_EQ(test, queries(f), 2);
	KUNIT_EXPECT_EQ(test, fake_last(f, 0)->op.hw_param.channels.min, 2);
	KUNIT_EXPECT_EQ(test, fake_last(f, 0)->op.hw_param.channels.max, 2);
	KUNIT_EXPECT_EQ(test, fake_last(f, 0)->op.hw_param.buffer.max, 65536 / 4);
	expect_range(test, params, SNDRV_PCM_HW_PARAM_RATE, 8000, 44100);
	expect_range(test, params, SNDRV_PCM_HW_PARAM_PERIOD_SIZE, 256, 300);
	expect_range(test, params, SNDRV_PCM_HW_PARAM_BUFFER_SIZE, 512, 4096);
}

struct bad_answer {
	const char *name;
	struct xensnd_query_hw_param can;
};

#define ALL	{ 0, U32_MAX }
#define NONE	{ 0, 0 }

/* Rates, channels, buffer, period */
static const struct bad_answer bad_answers[] = {
	{ "all zero" },
	{ "no format", { 0, ALL, ALL, ALL, ALL } },
	{ "formats not asked for", { BIT_ULL(XENSND_PCM_FORMAT_GSM), ALL, ALL, ALL, ALL } },
	{ "no rate", { ~0ULL, NONE, ALL, ALL, ALL } },
	{ "rates inverted", { ~0ULL, { 48000, 8000 }, ALL, ALL, ALL } },
	{ "rates not asked for", { ~0ULL, { 48001, U32_MAX }, ALL, ALL, ALL } },
	{ "no channels", { ~0ULL, ALL, NONE, ALL, ALL } },
	{ "channels inverted", { ~0ULL, ALL, { 4, 2 }, ALL, ALL } },
	{ "channels not asked for", { ~0ULL, ALL, { 7, 8 }, ALL, ALL } },
	{ "no buffer", { ~0ULL, ALL, ALL, NONE, ALL } },
	{ "buffer inverted", { ~0ULL, ALL, ALL, { 4096, 4095 }, ALL } },
	{ "buffer not asked for", { ~0ULL, ALL, ALL, { 65537, U32_MAX }, ALL } },
	{ "no period", { ~0ULL, ALL, ALL, ALL, NONE } },
	{ "period inverted", { ~0ULL, ALL, ALL, ALL, { 64, 63 } } },
	{ "period not asked for", { ~0ULL, ALL, ALL, ALL, { U32_MAX, U32_MAX } } },
};

static void bad_answer_desc(const struct bad_answer *bad, char *desc)
{
	strscpy(desc, bad->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bad_answer, bad_answers, bad_answer_desc);

/* At open it is as good as none; for a choice it is a refusal. */
static void hw_bad_answer(struct kunit *test)
{
	const struct bad_answer *bad = test->param_value;
	struct snd_pcm_substream *substream;
	struct snd_pcm_hw_params *params;
	struct fake *f = test->priv;

	f->query = &bad->can;
	KUNIT_ASSERT_EQ(test, fake_open(f, SNDRV_PCM_STREAM_CAPTURE, &substream), 0);
	KUNIT_EXPECT_TRUE(test, fake_stream(substream)->no_query);
	expect_limits_of_xenstore(test, substream);

	f->query = NULL;
	KUNIT_ASSERT_EQ(test, fake_open(f, PLAYBACK, &substream), 0);
	KUNIT_EXPECT_FALSE(test, fake_stream(substream)->no_query);
	f->query = &bad->can;
	params = new_params(f);
	fake_choose(f, params, SNDRV_PCM_FORMAT_S16_LE, 2, 48000);
	KUNIT_EXPECT_EQ(test, refine(f, substream, params), -EINVAL);
}

/* An answer that claims everything leaves what was asked for. */
static void hw_answer_too_wide(struct kunit *test)
{
	static const struct xensnd_query_hw_param can = { ~0ULL, ALL, ALL, ALL, ALL };
	struct snd_pcm_substream *substream;
	struct fake *f = test->priv;

	f->query = &can;
	KUNIT_ASSERT_EQ(test, fake_open(f, PLAYBACK, &substream), 0);
	KUNIT_EXPECT_FALSE(test, fake_stream(substream)->no_query);
	expect_limits_of_xenstore(test, substream);
	KUNIT_EXPECT_EQ(test, fake_hw_params(f, substream, SNDRV_PCM_FORMAT_S16_LE, 2, 8192,
					     16384), 0);
	KUNIT_EXPECT_EQ(test, fake_hw_params(f, substream, SNDRV_PCM_FORMAT_S16_LE, 2, 8192,
					     32768), -EINVAL);
}

/* The pair of period and buffer is refused; another one is not, nor this one later. */
static void hw_check_refused(struct kunit *test)
{
	struct snd_pcm_substream *substream;
	struct snd_pcm_hw_params *params;
	struct fake *f = test->priv;

	KUNIT_ASSERT_EQ(test, fake_open(f, PLAYBACK, &substream), 0);
	params = new_params(f);
	fake_choose(f, params, SNDRV_PCM_FORMAT_S16_LE, 2, 48000);
	KUNIT_ASSERT_GE(test, refine(f, substream, params), 0);

	f->status[XENSND_OP_HW_PARAM_QUERY] = -EBUSY;
	KUNIT_EXPECT_EQ(test, fake_hw_params(f, substream, SNDRV_PCM_FORMAT_S16_LE, 2, 1024,
					     4096), -EBUSY);
	KUNIT_EXPECT_EQ(test, fake_last(f, 0)->op.hw_param.rates.min, 48000);
	KUNIT_EXPECT_EQ(test, fake_last(f, 0)->op.hw_param.rates.max, 48000);
	KUNIT_EXPECT_EQ(test, fake_last(f, 0)->op.hw_param.buffer.min, 4096);
	KUNIT_EXPECT_EQ(test, fake_last(f, 0)->op.hw_param.period.max, 1024);
	f->status[XENSND_OP_HW_PARAM_QUERY] = 0;
	KUNIT_EXPECT_EQ(test, fake_hw_params(f, substream, SNDRV_PCM_FORMAT_S16_LE, 2, 1024,
					     4096), 0);
}

/* Who wants no period wake-ups gets positions each 2 ms or less, if the backend can. */
static void hw_short_events(struct kunit *test)
{
	static const struct {
		unsigned int period, buffer, asked;
	} cases[] = {
		{ 1024, 4096, 64 }, { 960, 1920, 96 }, { 1000, 8000, 80 },
		/* No such divisor, and a period that is short enough. */
		{ 1021, 2042, 1021 }, { 48, 96, 48 },
	};
	struct snd_pcm_substream *substream;
	struct snd_pcm_hw_params *params;
	struct fake *f = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_ASSERT_EQ(test, fake_open(f, PLAYBACK, &substream), 0);
		params = new_params(f);
		fake_choose(f, params, SNDRV_PCM_FORMAT_S16_LE, 2, 48000);
		fake_sizes(params, cases[i].period, cases[i].buffer);
		params->flags = SNDRV_PCM_HW_PARAMS_NO_PERIOD_WAKEUP;
		KUNIT_ASSERT_EQ(test, snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_HW_PARAMS,
							   params), 0);
		KUNIT_ASSERT_EQ(test, snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_PREPARE,
							   NULL), 0);
		KUNIT_EXPECT_EQ_MSG(test, fake_last(f, 0)->op.open.period_sz,
				    cases[i].asked * 4, "row %u", i);
		fake_close(f, PLAYBACK);
	}
}

/* Errors that will pass, and those that will not, are no sign of a simple backend. */
static void hw_open_fails(struct kunit *test)
{
	struct snd_pcm_substream *substream;
	struct xen_snd_front_stream *stream;
	struct fake *f = test->priv;

	stream = &f->card->streams[0];
	f->status[XENSND_OP_HW_PARAM_QUERY] = -EBUSY;
	KUNIT_EXPECT_EQ(test, fake_open(f, PLAYBACK, &substream), -EBUSY);
	f->deaf = BIT(XENSND_OP_HW_PARAM_QUERY);
	KUNIT_EXPECT_EQ(test, fake_open(f, PLAYBACK, &substream), -ETIMEDOUT);
	xen_snd_front_chan_shut(&stream->chan);
	KUNIT_EXPECT_EQ(test, fake_open(f, PLAYBACK, &substream), -ENODEV);
	KUNIT_EXPECT_FALSE(test, stream->no_query);
	KUNIT_EXPECT_NULL(test, stream->substream);
}

/* A frame may be smaller than a byte; formats without a size do not count. */
static void hw_small_frames(struct kunit *test)
{
	static const struct {
		const char *formats;
		unsigned int frames;
	} cases[] = {
		{ "ima_adpcm,s16_le", 65536 * 2 }, { "gsm,s32_le", 65536 / 4 },
		{ "float64_be", 65536 / 8 }, { "s24_le", 65536 / 4 },
	};
	struct fake_node nodes[] = {
		{ "dev/buffer-size", "65536" },
		{ "dev/sample-formats" },
	};
	struct snd_pcm_substream *substream;
	struct fake *f = test->priv;
	unsigned int i;

	f->nodes = nodes;
	f->num_nodes = ARRAY_SIZE(nodes);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fake_card_end(f);
		nodes[1].value = cases[i].formats;
		fake_card(f);
		KUNIT_EXPECT_EQ(test, fake_open(f, PLAYBACK, &substream), 0);
		KUNIT_EXPECT_EQ_MSG(test, fake_last(f, 0)->op.hw_param.buffer.max,
				    cases[i].frames, "%s", cases[i].formats);
	}
}

static struct kunit_case hw_cases[] = {
	KUNIT_CASE(hw_asks_everything),
	KUNIT_CASE(hw_asks_once),
	KUNIT_CASE(hw_forgets_the_oldest),
	KUNIT_CASE(hw_no_query),
	KUNIT_CASE(hw_narrowed),
	KUNIT_CASE(hw_rates),
	KUNIT_CASE(hw_whole_periods),
	KUNIT_CASE(hw_rules),
	KUNIT_CASE_PARAM(hw_bad_answer, bad_answer_gen_params),
	KUNIT_CASE(hw_answer_too_wide),
	KUNIT_CASE(hw_check_refused),
	KUNIT_CASE(hw_short_events),
	KUNIT_CASE_SLOW(hw_open_fails),
	KUNIT_CASE(hw_small_frames),
	{}
};

static struct kunit_suite hw_suite = {
	.name = "xen_snd_front_hw",
	.init = hw_init,
	.exit = fake_end,
	.test_cases = hw_cases,
};

kunit_test_suites(&hw_suite);
