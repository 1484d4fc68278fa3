// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests: cases in which time passes, and rings that are full. The kernel is a real
 * one and so is msleep(): ALSA's core draws conclusions from jiffies.
 */

#include <linux/delay.h>
#include <linux/workqueue.h>

#include "xen_snd_front_fake.h"

#define PERIOD		1024
#define FRAME		4

static int late_init(struct kunit *test)
{
	fake_new(test);
	fake_card(test->priv);
	return 0;
}

static int hand_over(struct snd_pcm_substream *substream, unsigned int frames)
{
	struct snd_pcm_runtime *runtime = substream->runtime;
	int ret;

	snd_pcm_stream_lock_irq(substream);
	runtime->control->appl_ptr = (runtime->control->appl_ptr + frames) % runtime->boundary;
	ret = substream->ops->ack(substream);
	snd_pcm_stream_unlock_irq(substream);
	return ret;
}

static struct snd_pcm_substream *prepared(struct fake *f, int dir, unsigned int buffer)
{
	struct snd_pcm_substream *substream;

	KUNIT_ASSERT_EQ(f->test, fake_open(f, dir, &substream), 0);
	KUNIT_ASSERT_EQ(f->test, fake_hw_params(f, substream, SNDRV_PCM_FORMAT_S16_LE, 2, PERIOD,
						buffer), 0);
	KUNIT_ASSERT_EQ(f->test,
			snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_PREPARE, NULL), 0);
	return substream;
}

static struct snd_pcm_substream *running(struct fake *f, unsigned int buffer, unsigned int frames)
{
	struct snd_pcm_substream *substream = prepared(f, SNDRV_PCM_STREAM_PLAYBACK, buffer);

	KUNIT_ASSERT_EQ(f->test, hand_over(substream, frames), 0);
	KUNIT_ASSERT_EQ(f->test, snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_START, NULL), 0);
	return substream;
}

static void show(struct kunit *test, struct snd_pcm_substream *s)
{
	kunit_info(test, "state %d hw_ptr %lu appl_ptr %lu pos.hw %llu sent %llu done %llu HZ %d",
		   (__force int)s->runtime->state, s->runtime->status->hw_ptr,
		   s->runtime->control->appl_ptr, fake_stream(s)->pos.hw, fake_stream(s)->sent,
		   fake_stream(s)->done, HZ);
}

/* an event that is late; 1700 frames of 4196 are still to be played. */
static void late_late_event(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *s = running(f, 4096, 4096);

	fake_event(f, s, 100 * FRAME);
	KUNIT_EXPECT_EQ(test, hand_over(s, 100), 0);
	msleep(60);
	fake_event(f, s, 2500 * FRAME);
	show(test, s);
	KUNIT_EXPECT_EQ(test, s->runtime->state, SNDRV_PCM_STATE_RUNNING);
	KUNIT_EXPECT_EQ(test, s->runtime->status->hw_ptr, 2500);
}

/* three periods, whole-period positions; one event is missing, a period is left. */
static void late_three_periods(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *s = running(f, 3 * PERIOD, 3 * PERIOD);

	msleep(21);
	fake_event(f, s, PERIOD * FRAME);
	KUNIT_EXPECT_EQ(test, s->runtime->status->hw_ptr, PERIOD);
	KUNIT_EXPECT_EQ(test, hand_over(s, PERIOD), 0);
	msleep(43);
	fake_event(f, s, 3 * PERIOD * FRAME);
	show(test, s);
	KUNIT_EXPECT_EQ(test, s->runtime->state, SNDRV_PCM_STATE_RUNNING);
	KUNIT_EXPECT_EQ(test, s->runtime->status->hw_ptr, 3 * PERIOD);
}

/* The same, without the time that passes. */
static void late_three_periods_at_once(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *s = running(f, 3 * PERIOD, 3 * PERIOD);

	fake_event(f, s, PERIOD * FRAME);
	KUNIT_EXPECT_EQ(test, hand_over(s, PERIOD), 0);
	fake_event(f, s, 3 * PERIOD * FRAME);
	KUNIT_EXPECT_EQ(test, s->runtime->state, SNDRV_PCM_STATE_RUNNING);
}

/* draining: the last period is cut off. */
static void late_drain_cut(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *s = running(f, 3 * PERIOD, 3 * PERIOD);

	msleep(21);
	fake_event(f, s, PERIOD * FRAME);
	KUNIT_EXPECT_EQ(test, hand_over(s, PERIOD), 0);
	KUNIT_EXPECT_EQ(test, snd_pcm_kernel_ioctl(s, SNDRV_PCM_IOCTL_DRAIN, NULL), -EAGAIN);
	msleep(43);
	fake_event(f, s, 3 * PERIOD * FRAME);
	show(test, s);
	KUNIT_EXPECT_EQ(test, s->runtime->state, SNDRV_PCM_STATE_DRAINING);
	fake_event(f, s, 4 * PERIOD * FRAME);
	KUNIT_EXPECT_EQ(test, s->runtime->state, SNDRV_PCM_STATE_SETUP);
}

/* capture. */
static void late_capture_late(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *s = prepared(f, SNDRV_PCM_STREAM_CAPTURE, 3 * PERIOD);
	struct xen_snd_front_chan *chan = &fake_stream(s)->chan;

	KUNIT_ASSERT_EQ(test, snd_pcm_kernel_ioctl(s, SNDRV_PCM_IOCTL_START, NULL), 0);
	fake_answer(f, chan, 1);
	fake_interrupt(f, chan, &chan->req);
	msleep(43);
	fake_event(f, s, 2 * PERIOD * FRAME);
	fake_answer(f, chan, f->num_pending);
	fake_interrupt(f, chan, &chan->req);
	show(test, s);
	KUNIT_EXPECT_EQ(test, s->runtime->state, SNDRV_PCM_STATE_RUNNING);
	KUNIT_EXPECT_EQ(test, s->runtime->status->hw_ptr, 2 * PERIOD);
}

/* draining without period wake-ups. */
static void late_drain_no_wakeup(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *s = running(f, 4096, 2048);

	s->runtime->no_period_wakeup = 1;
	KUNIT_EXPECT_EQ(test, snd_pcm_kernel_ioctl(s, SNDRV_PCM_IOCTL_DRAIN, NULL), -EAGAIN);
	fake_event(f, s, 2048 * FRAME);
	show(test, s);
	KUNIT_EXPECT_EQ(test, s->runtime->state, SNDRV_PCM_STATE_SETUP);
}

/* SNDRV_PCM_IOCTL_RESET, capture: what is unread is dropped, and it goes on. */
static void late_reset_capture(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *s = prepared(f, SNDRV_PCM_STREAM_CAPTURE, 4096);
	struct xen_snd_front_chan *chan = &fake_stream(s)->chan;
	struct snd_pcm_runtime *runtime = s->runtime;
	void *data = kunit_kzalloc(test, 4096 * FRAME, GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, snd_pcm_kernel_ioctl(s, SNDRV_PCM_IOCTL_START, NULL), 0);
	for (i = 1; i <= 6; i++) {
		fake_event(f, s, i * PERIOD * FRAME);
		fake_answer(f, chan, f->num_pending);
		fake_interrupt(f, chan, &chan->req);
		if (i < 6)
			KUNIT_EXPECT_EQ(test, snd_pcm_kernel_read(s, data, PERIOD), PERIOD);
	}
	show(test, s);
	/* snd_pcm_do_reset(), snd_pcm_post_reset() */
	snd_pcm_lib_ioctl(s, SNDRV_PCM_IOCTL1_RESET, NULL);
	snd_pcm_stream_lock_irq(s);
	runtime->hw_ptr_base = 0;
	runtime->hw_ptr_interrupt = runtime->status->hw_ptr -
		runtime->status->hw_ptr % runtime->period_size;
	runtime->control->appl_ptr = runtime->status->hw_ptr;
	snd_pcm_stream_unlock_irq(s);
	show(test, s);
	fake_event(f, s, 7 * PERIOD * FRAME);
	fake_answer(f, chan, f->num_pending);
	fake_interrupt(f, chan, &chan->req);
	show(test, s);
	KUNIT_EXPECT_EQ(test, snd_pcm_kernel_read(s, data, PERIOD), PERIOD);
	show(test, s);
	KUNIT_EXPECT_EQ(test, s->runtime->state, SNDRV_PCM_STATE_RUNNING);
}

static void answer_everything(struct fake *f, struct xen_snd_front_chan *chan, unsigned int from)
{
	unsigned int i;

	f->num_pending = 0;
	for (i = from; i < f->logged; i++)
		fake_respond(chan, f->log[i].id, f->log[i].operation, 0);
	fake_interrupt(f, chan, &chan->req);
}

/* the backend hangs with a full ring whose last request is OPEN, then goes on. */
static void late_open_busy(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *s = prepared(f, SNDRV_PCM_STREAM_PLAYBACK, 4096);
	struct xen_snd_front_stream *stream = fake_stream(s);
	unsigned int from = f->logged;
	unsigned int i;
	int ret;

	for (i = 0; i < DATA; i++)
		KUNIT_ASSERT_EQ(test, hand_over(s, 1), 0);
	KUNIT_ASSERT_EQ(test, snd_pcm_kernel_ioctl(s, SNDRV_PCM_IOCTL_START, NULL), 0);
	f->deaf = BIT(XENSND_OP_OPEN) | BIT(XENSND_OP_CLOSE);
	KUNIT_EXPECT_EQ(test, snd_pcm_kernel_ioctl(s, SNDRV_PCM_IOCTL_DROP, NULL), 0);
	for (i = 0; i < 2; i++) {
		ret = snd_pcm_kernel_ioctl(s, SNDRV_PCM_IOCTL_PREPARE, NULL);
		kunit_info(test, "prepare: %d, open_state %d (USED is %d), in flight %u", ret,
			   stream->open_state, XEN_SND_FRONT_OPEN_DIRTY,
			   (unsigned int)(RING - RING_FREE_REQUESTS(&stream->chan.ring)));
	}
	/* It is back; the last request that it got is OPEN. */
	f->deaf = 0;
	answer_everything(f, &stream->chan, from);
	KUNIT_EXPECT_EQ(test, snd_pcm_kernel_ioctl(s, SNDRV_PCM_IOCTL_PREPARE, NULL), 0);
	KUNIT_EXPECT_EQ(test, fake_last(f, 0)->operation, XENSND_OP_OPEN);
	KUNIT_EXPECT_EQ(test, fake_last(f, 1)->operation, XENSND_OP_CLOSE);
}

/* hw_free with a full ring, the backend not silent: no CLOSE is ever sent. */
static void late_close_busy(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *s = prepared(f, SNDRV_PCM_STREAM_PLAYBACK, 4096);
	struct xen_snd_front_chan *chan = &fake_stream(s)->chan;
	unsigned int from = f->logged;
	unsigned int i;

	for (i = 0; i < DATA; i++)
		KUNIT_ASSERT_EQ(test, hand_over(s, 1), 0);
	KUNIT_ASSERT_EQ(test, snd_pcm_kernel_ioctl(s, SNDRV_PCM_IOCTL_START, NULL), 0);
	KUNIT_EXPECT_EQ(test, fake_trigger(s, SNDRV_PCM_TRIGGER_PAUSE_PUSH), 0);
	KUNIT_EXPECT_EQ(test, fake_trigger(s, SNDRV_PCM_TRIGGER_PAUSE_RELEASE), 0);
	KUNIT_EXPECT_EQ(test, snd_pcm_kernel_ioctl(s, SNDRV_PCM_IOCTL_DROP, NULL), 0);
	fake_close(f, SNDRV_PCM_STREAM_PLAYBACK);
	kunit_info(test, "after close: CLOSE sent %u times, grants %d",
		   fake_count(f, XENSND_OP_CLOSE), f->grants);
	answer_everything(f, chan, from);
	s = prepared(f, SNDRV_PCM_STREAM_PLAYBACK, 4096);
	KUNIT_EXPECT_EQ(test, fake_last(f, 0)->operation, XENSND_OP_OPEN);
	KUNIT_EXPECT_EQ(test, fake_count(f, XENSND_OP_OPEN), 2);
	KUNIT_EXPECT_EQ(test, fake_count(f, XENSND_OP_CLOSE), 1);
}

static struct kunit_case late_cases[] = {
	KUNIT_CASE(late_late_event),
	KUNIT_CASE(late_three_periods),
	KUNIT_CASE(late_three_periods_at_once),
	KUNIT_CASE(late_drain_cut),
	KUNIT_CASE(late_capture_late),
	KUNIT_CASE(late_drain_no_wakeup),
	KUNIT_CASE(late_reset_capture),
	KUNIT_CASE(late_open_busy),
	KUNIT_CASE(late_close_busy),
	{}
};

static struct kunit_suite late_suite = {
	.name = "xen_snd_front_late",
	.init = late_init,
	.exit = fake_end,
	.test_cases = late_cases,
};

kunit_test_suites(&late_suite);
