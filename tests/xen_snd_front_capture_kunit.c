// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests: capture, from the backend's position to READ, and from its response to
 * hw_ptr
 */

#include "xen_snd_front_fake.h"

#define PERIOD		1024
#define BUFFER		4096
#define FRAME		4

static int capture_init(struct kunit *test)
{
	fake_new(test);
	fake_card(test->priv);
	return 0;
}

static struct snd_pcm_substream *running(struct fake *f)
{
	struct snd_pcm_substream *substream;

	KUNIT_ASSERT_EQ(f->test, fake_open(f, SNDRV_PCM_STREAM_CAPTURE, &substream), 0);
	KUNIT_ASSERT_EQ(f->test, fake_hw_params(f, substream, SNDRV_PCM_FORMAT_S16_LE, 2,
						PERIOD, BUFFER), 0);
	KUNIT_ASSERT_EQ(f->test,
			snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_PREPARE, NULL), 0);
	KUNIT_ASSERT_EQ(f->test, snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_START, NULL),
			0);
	/* START's answer, so that only READs wait. */
	fake_answer(f, &fake_stream(substream)->chan, 1);
	fake_interrupt(f, &fake_stream(substream)->chan, &fake_stream(substream)->chan.req);
	return substream;
}

static void answer(struct fake *f, struct snd_pcm_substream *substream, unsigned int n)
{
	struct xen_snd_front_chan *chan = &fake_stream(substream)->chan;

	fake_answer(f, chan, n);
	fake_interrupt(f, chan, &chan->req);
}

static int take(struct fake *f, struct snd_pcm_substream *substream, unsigned int frames)
{
	void *data = kunit_kzalloc(f->test, frames * FRAME, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(f->test, data);
	return snd_pcm_kernel_read(substream, data, frames);
}

static unsigned int reads(struct fake *f)
{
	return fake_count(f, XENSND_OP_READ);
}

static void expect_read(struct fake *f, unsigned int back, unsigned int offset,
			unsigned int length)
{
	const struct xensnd_req *req = fake_last(f, back);

	KUNIT_EXPECT_EQ(f->test, req->operation, XENSND_OP_READ);
	KUNIT_EXPECT_EQ(f->test, req->op.rw.offset, offset);
	KUNIT_EXPECT_EQ(f->test, req->op.rw.length, length);
}

static void expect_hw_ptr(struct kunit *test, struct snd_pcm_substream *substream,
			  unsigned int frames)
{
	KUNIT_EXPECT_EQ(test, substream->runtime->status->hw_ptr, frames);
}

/* Never ahead of the data, and hw_ptr never ahead of the response. */
static void capture_reads_what_is_there(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running(f);

	KUNIT_EXPECT_EQ(test, reads(f), 0);
	fake_event(f, substream, 1000 * FRAME);
	KUNIT_EXPECT_EQ(test, reads(f), 1);
	expect_read(f, 0, 0, 1000 * FRAME);
	KUNIT_EXPECT_EQ(test, substream->ops->pointer(substream), 0);
	answer(f, substream, 1);
	expect_hw_ptr(test, substream, 1000);

	fake_event(f, substream, 1100 * FRAME);
	expect_read(f, 0, 1000 * FRAME, 100 * FRAME);
	expect_hw_ptr(test, substream, 1000);
	answer(f, substream, 1);
	expect_hw_ptr(test, substream, 1100);
	/* Said again, there is nothing new. */
	fake_event(f, substream, 1100 * FRAME);
	KUNIT_EXPECT_EQ(test, reads(f), 2);
}

/* Responses may come in any order: what came meanwhile is read afterwards. */
static void capture_one_batch(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running(f);

	fake_event(f, substream, 500 * FRAME);
	fake_event(f, substream, 700 * FRAME);
	fake_event(f, substream, 900 * FRAME);
	KUNIT_EXPECT_EQ(test, reads(f), 1);
	answer(f, substream, 1);
	KUNIT_EXPECT_EQ(test, reads(f), 2);
	expect_read(f, 0, 500 * FRAME, 400 * FRAME);
}

static void capture_wraps(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running(f);

	fake_event(f, substream, 4000 * FRAME);
	answer(f, substream, 1);
	KUNIT_EXPECT_EQ(test, take(f, substream, 2000), 2000);
	/* What the application takes is no business of the backend's. */
	KUNIT_EXPECT_EQ(test, reads(f), 1);
	fake_event(f, substream, 4200 * FRAME);
	KUNIT_EXPECT_EQ(test, reads(f), 3);
	expect_read(f, 1, 4000 * FRAME, 96 * FRAME);
	expect_read(f, 0, 0, 104 * FRAME);
	/* Half of it is not enough. */
	answer(f, substream, 1);
	KUNIT_EXPECT_EQ(test, substream->ops->pointer(substream), 4000);
	answer(f, substream, 1);
	KUNIT_EXPECT_EQ(test, substream->ops->pointer(substream), 104);
	expect_hw_ptr(test, substream, 4200);
}

/* Never over frames that the application has not taken. */
static void capture_far_ahead(struct kunit *test)
{
	static const u64 lies[] = {
		(BUFFER + 1) * FRAME, 1000000, U32_MAX, 1ULL << 62, (1ULL << 63) - 1,
	};
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lies); i++) {
		substream = running(f);
		fake_event(f, substream, 100 * FRAME);
		answer(f, substream, 1);
		KUNIT_EXPECT_EQ(test, fake_stream(substream)->done, 100);
		fake_event(f, substream, lies[i]);
		expect_read(f, 0, 100 * FRAME, (BUFFER - 100) * FRAME);
		answer(f, substream, 1);
		KUNIT_EXPECT_EQ(test, fake_stream(substream)->done, BUFFER);
		KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_XRUN);
		KUNIT_EXPECT_EQ(test, fake_last(f, 0)->op.trigger.type,
				XENSND_OP_TRIGGER_STOP);
		answer(f, substream, 1);
		fake_close(f, SNDRV_PCM_STREAM_CAPTURE);
	}
}

static void capture_refused(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running(f);

	fake_event(f, substream, 2000 * FRAME);
	f->status[XENSND_OP_READ] = -EIO;
	answer(f, substream, 1);
	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_XRUN);
	KUNIT_EXPECT_EQ(test, fake_stream(substream)->done, 0);
	expect_hw_ptr(test, substream, 0);
}

/* What comes after STOP is not read. */
static void capture_stopped(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running(f);

	fake_event(f, substream, 2000 * FRAME);
	KUNIT_EXPECT_EQ(test, snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_DROP, NULL), 0);
	fake_event(f, substream, 3000 * FRAME);
	answer(f, substream, 2);
	KUNIT_EXPECT_EQ(test, reads(f), 1);
	KUNIT_EXPECT_EQ(test, fake_stream(substream)->done, 0);
}

/* Nothing is padded at the end of a recording. */
static void capture_drain(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running(f);
	unsigned int logged = f->logged;

	snd_pcm_stream_lock_irq(substream);
	KUNIT_EXPECT_EQ(test, substream->ops->trigger(substream, SNDRV_PCM_TRIGGER_DRAIN), 0);
	snd_pcm_stream_unlock_irq(substream);
	KUNIT_EXPECT_EQ(test, f->logged, logged);
}

/* stop_threshold beyond the buffer: recorded whether or not anybody reads. */
static void capture_free(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running(f);
	unsigned int i;

	substream->runtime->stop_threshold = substream->runtime->boundary;
	for (i = 1; i <= 20; i++) {
		fake_event(f, substream, i * 1000 * FRAME);
		answer(f, substream, f->num_pending);
		expect_hw_ptr(test, substream, i * 1000);
	}
	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_RUNNING);
	/* More than a buffer at once is read in order, in pieces. */
	fake_event(f, substream, 26000 * FRAME);
	answer(f, substream, f->num_pending);
	expect_hw_ptr(test, substream, 20000 + BUFFER);
	answer(f, substream, f->num_pending);
	expect_hw_ptr(test, substream, 26000);
}

static struct kunit_case capture_cases[] = {
	KUNIT_CASE(capture_reads_what_is_there),
	KUNIT_CASE(capture_one_batch),
	KUNIT_CASE(capture_wraps),
	KUNIT_CASE(capture_far_ahead),
	KUNIT_CASE(capture_refused),
	KUNIT_CASE(capture_stopped),
	KUNIT_CASE(capture_drain),
	KUNIT_CASE(capture_free),
	{}
};

static struct kunit_suite capture_suite = {
	.name = "xen_snd_front_capture",
	.init = capture_init,
	.exit = fake_end,
	.test_cases = capture_cases,
};

kunit_test_suites(&capture_suite);
