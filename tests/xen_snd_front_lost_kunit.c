// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests: streams without their backend, and backends that do not respond
 */

#include <linux/device.h>
#include <linux/workqueue.h>

#include "xen_snd_front_fake.h"

#define PLAYBACK	SNDRV_PCM_STREAM_PLAYBACK
#define PERIOD		1024
#define BUFFER		4096

static int lost_init(struct kunit *test)
{
	fake_new(test);
	fake_card(test->priv);
	return 0;
}

static int prepare(struct snd_pcm_substream *substream)
{
	return snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_PREPARE, NULL);
}

static struct snd_pcm_substream *prepared(struct fake *f)
{
	struct snd_pcm_substream *substream;

	KUNIT_ASSERT_EQ(f->test, fake_open(f, PLAYBACK, &substream), 0);
	KUNIT_ASSERT_EQ(f->test, fake_hw_params(f, substream, SNDRV_PCM_FORMAT_S16_LE, 2,
						PERIOD, BUFFER), 0);
	KUNIT_ASSERT_EQ(f->test, prepare(substream), 0);
	return substream;
}

/* Without CONFIG_PM, ALSA suspends nothing; the streams get an xrun instead. */
static void need_suspend(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_PM))
		kunit_skip(test, "needs CONFIG_PM");
}

/* An application's way through it, with the PCM that it has open. */
static void come_back(struct fake *f, struct snd_pcm_substream *substream)
{
	struct kunit *test = f->test;
	unsigned int opened = fake_count(f, XENSND_OP_OPEN);
	unsigned int closed = fake_count(f, XENSND_OP_CLOSE);
	unsigned int granted = f->granted;

	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_SUSPENDED);
	KUNIT_EXPECT_EQ(test, substream->runtime->suspended_state, SNDRV_PCM_STATE_RUNNING);
	KUNIT_EXPECT_EQ(test, fake_play(f, substream, PERIOD), -ESTRPIPE);
	KUNIT_EXPECT_EQ(test, fake_trigger(substream, SNDRV_PCM_TRIGGER_RESUME), -EAGAIN);

	fake_connect(f);
	KUNIT_EXPECT_EQ(test, fake_trigger(substream, SNDRV_PCM_TRIGGER_RESUME), -EPIPE);
	KUNIT_ASSERT_EQ(test, prepare(substream), 0);
	/* The new backend gets no request about what the old one had open. */
	KUNIT_EXPECT_EQ(test, fake_count(f, XENSND_OP_OPEN), opened + 1);
	KUNIT_EXPECT_EQ(test, fake_count(f, XENSND_OP_CLOSE), closed);
	KUNIT_EXPECT_EQ(test, f->grants, 5);
	/* Grants of before are not given to it. */
	KUNIT_EXPECT_EQ(test, f->granted, granted + 5);
	KUNIT_EXPECT_EQ(test, fake_stream(substream)->pos.hw, 0);
	KUNIT_EXPECT_EQ(test, fake_play(f, substream, 2 * PERIOD), 2 * PERIOD);
	fake_event(f, substream, PERIOD * 4);
	KUNIT_EXPECT_EQ(test, fake_stream(substream)->pos.hw, PERIOD);
}

static void lost_running(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = prepared(f);

	need_suspend(test);
	KUNIT_EXPECT_EQ(test, fake_play(f, substream, 2 * PERIOD), 2 * PERIOD);
	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_RUNNING);
	fake_lose(f);
	come_back(f, substream);
}

/* What ALSA does for an application that resumes a stream which had not been started. */
static void resume_prepared(struct kunit *test, struct snd_pcm_substream *substream)
{
	struct snd_pcm_runtime *runtime = substream->runtime;

	KUNIT_EXPECT_EQ(test, runtime->state, SNDRV_PCM_STATE_SUSPENDED);
	KUNIT_EXPECT_EQ(test, runtime->suspended_state, SNDRV_PCM_STATE_PREPARED);
	runtime->state = runtime->suspended_state;
}

/* A stream that starts without a backend is suspended then, and comes back as any other. */
static void expect_suspended_at_start(struct fake *f, struct snd_pcm_substream *substream)
{
	unsigned int logged = f->logged;

	KUNIT_EXPECT_EQ(f->test, fake_play(f, substream, PERIOD), PERIOD);
	KUNIT_EXPECT_EQ(f->test, f->logged, logged);
	xen_snd_front_card_suspend(f->card, false);
	come_back(f, substream);
}

static void lost_prepared(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = prepared(f);

	need_suspend(test);
	fake_lose(f);
	resume_prepared(test, substream);
	expect_suspended_at_start(f, substream);
}

/* Between two backends an application can prepare, too. */
static void lost_prepares(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = prepared(f);

	need_suspend(test);
	KUNIT_EXPECT_EQ(test, fake_play(f, substream, PERIOD), PERIOD);
	fake_lose(f);
	KUNIT_EXPECT_EQ(test, snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_DROP, NULL), 0);
	KUNIT_EXPECT_EQ(test, prepare(substream), 0);
	expect_suspended_at_start(f, substream);
}

static void lost_twice(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = prepared(f);

	need_suspend(test);
	KUNIT_EXPECT_EQ(test, fake_play(f, substream, PERIOD), PERIOD);
	fake_lose(f);
	come_back(f, substream);
	fake_lose(f);
	come_back(f, substream);
}

/* Prepared before, used after: the next backend does not know the stream. */
static void lost_unnoticed(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = prepared(f);
	unsigned int logged;

	need_suspend(test);
	fake_lose(f);
	fake_connect(f);
	logged = f->logged;
	resume_prepared(test, substream);
	KUNIT_EXPECT_EQ(test, fake_play(f, substream, PERIOD), PERIOD);
	KUNIT_EXPECT_EQ(test, f->logged, logged);
	xen_snd_front_card_suspend(f->card, false);
	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_SUSPENDED);
	KUNIT_EXPECT_EQ(test, fake_trigger(substream, SNDRV_PCM_TRIGGER_RESUME), -EPIPE);
}

/* Closed while there is no backend, and while there is another one. */
static void lost_closed(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = prepared(f);

	KUNIT_EXPECT_EQ(test, fake_play(f, substream, PERIOD), PERIOD);
	fake_lose(f);
	fake_close(f, PLAYBACK);
	KUNIT_EXPECT_EQ(test, f->grants, 0);
	KUNIT_EXPECT_EQ(test, fake_open(f, PLAYBACK, &substream), -ENODEV);

	fake_connect(f);
	substream = prepared(f);
	fake_lose(f);
	fake_connect(f);
	fake_close(f, PLAYBACK);
	KUNIT_EXPECT_EQ(test, fake_count(f, XENSND_OP_CLOSE), 0);
	KUNIT_EXPECT_EQ(test, f->grants, 0);
}

/* What one backend can do is asked of the next one again. */
static void lost_queries(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream;
	unsigned int asked;

	f->status[XENSND_OP_HW_PARAM_QUERY] = -EOPNOTSUPP;
	prepared(f);
	fake_close(f, PLAYBACK);
	KUNIT_EXPECT_EQ(test, fake_count(f, XENSND_OP_HW_PARAM_QUERY), 1);
	f->status[XENSND_OP_HW_PARAM_QUERY] = 0;
	fake_lose(f);
	fake_connect(f);
	prepared(f);
	fake_close(f, PLAYBACK);
	asked = fake_count(f, XENSND_OP_HW_PARAM_QUERY);
	KUNIT_EXPECT_GT(test, asked, 1);
	prepared(f);
	fake_close(f, PLAYBACK);
	KUNIT_EXPECT_EQ(test, fake_count(f, XENSND_OP_HW_PARAM_QUERY), asked);
	fake_lose(f);
	fake_connect(f);
	KUNIT_ASSERT_EQ(test, fake_open(f, PLAYBACK, &substream), 0);
	KUNIT_EXPECT_GT(test, fake_count(f, XENSND_OP_HW_PARAM_QUERY), asked);
}

/* Nobody waits twice for a backend that does not answer; it may answer later. */
static void lost_silent(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = prepared(f);
	struct xen_snd_front_chan *chan = &fake_stream(substream)->chan;
	unsigned long began;

	KUNIT_EXPECT_EQ(test, fake_play(f, substream, PERIOD), PERIOD);
	KUNIT_EXPECT_FALSE(test, xen_snd_front_chan_is_unresponsive(chan));
	/* Suspended with another one: it goes on. */
	KUNIT_EXPECT_EQ(test, fake_trigger(substream, SNDRV_PCM_TRIGGER_RESUME), 0);
	fake_stream(substream)->armed = false;
	xen_snd_front_chan_mark_unresponsive(chan);
	KUNIT_EXPECT_TRUE(test, xen_snd_front_chan_is_unresponsive(chan));
	KUNIT_EXPECT_EQ(test, fake_trigger(substream, SNDRV_PCM_TRIGGER_RESUME), -EAGAIN);

	fake_stream(substream)->armed = true;
	f->deaf = ~0;
	KUNIT_EXPECT_EQ(test, snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_DROP, NULL), 0);
	began = jiffies;
	KUNIT_EXPECT_EQ(test, prepare(substream), -ETIMEDOUT);
	KUNIT_EXPECT_LT(test, jiffies - began,
			msecs_to_jiffies(XEN_SND_FRONT_TIMEOUT_MS / 2));
	began = jiffies;
	fake_close(f, PLAYBACK);
	KUNIT_EXPECT_LT(test, jiffies - began,
			msecs_to_jiffies(XEN_SND_FRONT_UNRESPONSIVE_MS / 2));
	KUNIT_EXPECT_EQ(test, f->grants, 0);
	KUNIT_EXPECT_EQ(test, fake_count(f, XENSND_OP_CLOSE), 2);

	/* One event is enough. */
	f->deaf = 0;
	fake_raise(chan, 4);
	fake_interrupt(f, chan, &chan->evt);
	KUNIT_EXPECT_FALSE(test, xen_snd_front_chan_is_unresponsive(chan));
}

static void lost_watch(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = prepared(f);
	struct xen_snd_front_stream *stream = fake_stream(substream);
	unsigned int looks;

	need_suspend(test);
	KUNIT_EXPECT_EQ(test, fake_play(f, substream, BUFFER), BUFFER);
	cancel_delayed_work_sync(&stream->watchdog);
	/* A stream runs as long as events come. */
	for (looks = 0; looks < 10; looks++) {
		fake_event(f, substream, 4 * (looks + 1));
		stream->watchdog.work.func(&stream->watchdog.work);
		cancel_delayed_work_sync(&stream->watchdog);
	}
	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_RUNNING);

	for (looks = 1; looks < 10; looks++) {
		stream->watchdog.work.func(&stream->watchdog.work);
		if (!cancel_delayed_work_sync(&stream->watchdog))
			break;
	}
	/* 1000 ms and a period of 21 ms, in looks of 500 ms. */
	KUNIT_EXPECT_EQ(test, looks, 3);
	xen_snd_front_card_suspend(f->card, false);
	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_SUSPENDED);
	KUNIT_EXPECT_TRUE(test, xen_snd_front_chan_is_unresponsive(&stream->chan));
	/* Nothing runs, so nothing is looked at. */
	stream->watchdog.work.func(&stream->watchdog.work);
	KUNIT_EXPECT_FALSE(test, cancel_delayed_work_sync(&stream->watchdog));
}

/* A backend with nothing to answer and less than a period to play has nothing to say. */
static void lost_nothing_due(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = prepared(f);
	struct xen_snd_front_stream *stream = fake_stream(substream);
	unsigned int looks;

	KUNIT_EXPECT_EQ(test, fake_play(f, substream, PERIOD - 1), PERIOD - 1);
	fake_answer(f, &stream->chan, f->num_pending);
	fake_interrupt(f, &stream->chan, &stream->chan.req);
	for (looks = 0; looks < 10; looks++) {
		cancel_delayed_work_sync(&stream->watchdog);
		stream->watchdog.work.func(&stream->watchdog.work);
	}
	KUNIT_EXPECT_TRUE(test, cancel_delayed_work_sync(&stream->watchdog));
	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_RUNNING);
	KUNIT_EXPECT_FALSE(test, xen_snd_front_chan_is_unresponsive(&stream->chan));
}

/* Who still refers to a card's device when all others have dropped their reference. */
struct holder {
	struct delayed_work work;
	struct device *dev;
	bool holds;
};

static void put_work(struct work_struct *work)
{
	struct holder *holder = container_of(to_delayed_work(work), struct holder, work);

	WRITE_ONCE(holder->holds, false);
	put_device(holder->dev);
}

/* The module's end: its code is needed until the last card is gone. */
static void lost_disconnected(struct kunit *test)
{
	struct holder *holder = kunit_kzalloc(test, sizeof(*holder), GFP_KERNEL);
	struct fake *f = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, holder);
	holder->dev = get_device(&f->card->card->card_dev);
	holder->holds = true;
	INIT_DELAYED_WORK(&holder->work, put_work);

	fake_lose(f);
	xen_snd_front_card_disconnect(f->card);
	f->card = NULL;
	KUNIT_EXPECT_TRUE(test, READ_ONCE(holder->holds));
	schedule_delayed_work(&holder->work, msecs_to_jiffies(100));
	xen_snd_front_cards_wait();
	KUNIT_EXPECT_FALSE(test, READ_ONCE(holder->holds));
	flush_delayed_work(&holder->work);
}

static struct kunit_case lost_cases[] = {
	KUNIT_CASE(lost_running),
	KUNIT_CASE(lost_prepared),
	KUNIT_CASE(lost_prepares),
	KUNIT_CASE(lost_twice),
	KUNIT_CASE(lost_unnoticed),
	KUNIT_CASE(lost_closed),
	KUNIT_CASE(lost_queries),
	KUNIT_CASE(lost_silent),
	KUNIT_CASE(lost_watch),
	KUNIT_CASE(lost_nothing_due),
	KUNIT_CASE(lost_disconnected),
	{}
};

static struct kunit_suite lost_suite = {
	.name = "xen_snd_front_lost",
	.init = lost_init,
	.exit = fake_end,
	.test_cases = lost_cases,
};

kunit_test_suites(&lost_suite);
