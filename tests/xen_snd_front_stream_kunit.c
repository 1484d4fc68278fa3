// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests: opening, closing and triggering a stream, and what ends it
 */

#include "xen_snd_front_fake.h"

#define PLAYBACK	SNDRV_PCM_STREAM_PLAYBACK
#define PERIOD		1024
#define BUFFER		4096

static int stream_init(struct kunit *test)
{
	fake_new(test);
	fake_card(test->priv);
	return 0;
}

static int ioctl(struct snd_pcm_substream *substream, unsigned int cmd)
{
	return snd_pcm_kernel_ioctl(substream, cmd, NULL);
}

static int prepare(struct snd_pcm_substream *substream)
{
	return ioctl(substream, SNDRV_PCM_IOCTL_PREPARE);
}

/* As far as an application gets before it prepares. */
static struct snd_pcm_substream *set_up(struct fake *f, int direction)
{
	struct snd_pcm_substream *substream;

	KUNIT_ASSERT_EQ(f->test, fake_open(f, direction, &substream), 0);
	KUNIT_ASSERT_EQ(f->test, fake_hw_params(f, substream, SNDRV_PCM_FORMAT_S16_LE, 2,
						PERIOD, BUFFER), 0);
	return substream;
}

static void answer_all(struct fake *f, struct snd_pcm_substream *substream)
{
	struct xen_snd_front_chan *chan = &fake_stream(substream)->chan;

	fake_answer(f, chan, f->num_pending);
	fake_interrupt(f, chan, &chan->req);
}

static void stream_opens(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = set_up(f, PLAYBACK);
	const struct xensnd_open_req *open;

	KUNIT_EXPECT_EQ(test, fake_count(f, XENSND_OP_OPEN), 0);
	KUNIT_EXPECT_EQ(test, f->grants, 0);
	KUNIT_ASSERT_EQ(test, prepare(substream), 0);
	KUNIT_ASSERT_EQ(test, fake_last(f, 0)->operation, XENSND_OP_OPEN);
	open = &fake_last(f, 0)->op.open;
	KUNIT_EXPECT_EQ(test, open->pcm_rate, 48000);
	KUNIT_EXPECT_EQ(test, open->pcm_format, XENSND_PCM_FORMAT_S16_LE);
	KUNIT_EXPECT_EQ(test, open->pcm_channels, 2);
	KUNIT_EXPECT_EQ(test, open->buffer_sz, BUFFER * 4);
	KUNIT_EXPECT_EQ(test, open->period_sz, PERIOD * 4);
	/* Four pages and, as the last, their directory. */
	KUNIT_EXPECT_EQ(test, f->grants, 5);
	KUNIT_EXPECT_EQ(test, open->gref_directory, FAKE_GREF + 5);
}

/* What has not been used is as good as new; what has been is closed first. */
static void stream_prepare_again(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = set_up(f, PLAYBACK);

	KUNIT_ASSERT_EQ(test, prepare(substream), 0);
	KUNIT_ASSERT_EQ(test, prepare(substream), 0);
	KUNIT_EXPECT_EQ(test, fake_count(f, XENSND_OP_OPEN), 1);
	KUNIT_EXPECT_EQ(test, fake_count(f, XENSND_OP_CLOSE), 0);

	KUNIT_EXPECT_EQ(test, fake_play(f, substream, 10), 10);
	KUNIT_EXPECT_EQ(test, ioctl(substream, SNDRV_PCM_IOCTL_DROP), 0);
	KUNIT_ASSERT_EQ(test, prepare(substream), 0);
	KUNIT_EXPECT_EQ(test, fake_last(f, 0)->operation, XENSND_OP_OPEN);
	KUNIT_EXPECT_EQ(test, fake_last(f, 1)->operation, XENSND_OP_CLOSE);
	/* The buffer stays shared. */
	KUNIT_EXPECT_EQ(test, f->grants, 5);
	KUNIT_EXPECT_EQ(test, fake_stream(substream)->sent, 0);

	fake_close(f, PLAYBACK);
	KUNIT_EXPECT_EQ(test, fake_last(f, 0)->operation, XENSND_OP_CLOSE);
	KUNIT_EXPECT_EQ(test, f->grants, 0);
}

static void stream_open_refused(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = set_up(f, PLAYBACK);

	f->status[XENSND_OP_OPEN] = -EBUSY;
	KUNIT_EXPECT_EQ(test, prepare(substream), -EBUSY);
	KUNIT_EXPECT_FALSE(test, fake_stream(substream)->armed);
	f->status[XENSND_OP_OPEN] = 0;
	KUNIT_EXPECT_EQ(test, prepare(substream), 0);
	/* What was refused is not open. */
	KUNIT_EXPECT_EQ(test, fake_count(f, XENSND_OP_CLOSE), 0);
	KUNIT_EXPECT_EQ(test, fake_count(f, XENSND_OP_OPEN), 2);
}

/* A backend that did not answer in time may have opened it, and closed it or not. */
static void stream_open_late(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = set_up(f, PLAYBACK);

	f->deaf = BIT(XENSND_OP_OPEN);
	KUNIT_EXPECT_EQ(test, prepare(substream), -ETIMEDOUT);
	f->deaf = BIT(XENSND_OP_CLOSE);
	KUNIT_EXPECT_EQ(test, prepare(substream), 0);
	KUNIT_EXPECT_EQ(test, fake_last(f, 0)->operation, XENSND_OP_OPEN);
	KUNIT_EXPECT_EQ(test, fake_last(f, 1)->operation, XENSND_OP_CLOSE);
	KUNIT_EXPECT_EQ(test, fake_count(f, XENSND_OP_OPEN), 2);
	f->deaf = 0;
	fake_close(f, PLAYBACK);
	KUNIT_EXPECT_EQ(test, fake_count(f, XENSND_OP_CLOSE), 2);
}

/* A refused CLOSE is an answer: it is not sent twice. */
static void stream_close_refused(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = set_up(f, PLAYBACK);

	KUNIT_ASSERT_EQ(test, prepare(substream), 0);
	f->status[XENSND_OP_CLOSE] = -EINVAL;
	fake_close(f, PLAYBACK);
	KUNIT_EXPECT_EQ(test, fake_count(f, XENSND_OP_CLOSE), 1);
	KUNIT_EXPECT_EQ(test, f->grants, 0);
}

static void stream_grants_fail(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = set_up(f, PLAYBACK);

	/* The third page. */
	f->fail_at = f->steps + 3;
	KUNIT_EXPECT_EQ(test, prepare(substream), -ENOSPC);
	KUNIT_EXPECT_EQ(test, fake_count(f, XENSND_OP_OPEN), 0);
	KUNIT_EXPECT_EQ(test, f->grants, 0);
	KUNIT_EXPECT_EQ(test, prepare(substream), 0);
}

static void stream_format_unknown(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = set_up(f, PLAYBACK);

	/* ALSA would not do this. */
	substream->runtime->format = SNDRV_PCM_FORMAT_S24_3LE;
	KUNIT_EXPECT_EQ(test, prepare(substream), -EINVAL);
	KUNIT_EXPECT_EQ(test, fake_count(f, XENSND_OP_OPEN), 0);
}

/* News that belong to the time before OPEN are no news of this one. */
static void stream_open_forgets(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = set_up(f, PLAYBACK);
	struct xen_snd_front_chan *chan = &fake_stream(substream)->chan;

	KUNIT_ASSERT_EQ(test, prepare(substream), 0);
	KUNIT_EXPECT_EQ(test, fake_play(f, substream, 2 * PERIOD), 2 * PERIOD);
	KUNIT_EXPECT_EQ(test, ioctl(substream, SNDRV_PCM_IOCTL_DROP), 0);
	f->status[XENSND_OP_WRITE] = -EIO;
	fake_answer(f, chan, f->num_pending);
	fake_raise(chan, 4 * PERIOD);
	KUNIT_ASSERT_EQ(test, prepare(substream), 0);
	f->status[XENSND_OP_WRITE] = 0;
	KUNIT_EXPECT_EQ(test, fake_play(f, substream, 2 * PERIOD), 2 * PERIOD);
	fake_interrupt(f, chan, &chan->evt);
	KUNIT_EXPECT_EQ(test, fake_stream(substream)->pos.hw, 0);
	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_RUNNING);
}

static void stream_triggers(struct kunit *test)
{
	static const struct {
		int cmd;
		u8 type;
	} cases[] = {
		{ SNDRV_PCM_TRIGGER_START, XENSND_OP_TRIGGER_START },
		{ SNDRV_PCM_TRIGGER_PAUSE_PUSH, XENSND_OP_TRIGGER_PAUSE },
		{ SNDRV_PCM_TRIGGER_PAUSE_RELEASE, XENSND_OP_TRIGGER_RESUME },
		{ SNDRV_PCM_TRIGGER_STOP, XENSND_OP_TRIGGER_STOP },
		{ SNDRV_PCM_TRIGGER_SUSPEND, XENSND_OP_TRIGGER_STOP },
	};
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = set_up(f, PLAYBACK);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, prepare(substream), 0);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fake_stream(substream)->armed = true;
		KUNIT_EXPECT_EQ(test, fake_trigger(substream, cases[i].cmd), 0);
		KUNIT_EXPECT_EQ(test, fake_last(f, 0)->operation, XENSND_OP_TRIGGER);
		KUNIT_EXPECT_EQ(test, fake_last(f, 0)->op.trigger.type, cases[i].type);
	}
	/* What was stopped is not stopped again. */
	KUNIT_EXPECT_EQ(test, fake_trigger(substream, SNDRV_PCM_TRIGGER_STOP), 0);
	KUNIT_EXPECT_EQ(test, fake_trigger(substream, -1), -EINVAL);
	KUNIT_EXPECT_EQ(test, fake_count(f, XENSND_OP_TRIGGER), ARRAY_SIZE(cases));
}

static void stream_trigger_no_room(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = set_up(f, PLAYBACK);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, prepare(substream), 0);
	for (i = 0; i < RING; i++)
		KUNIT_ASSERT_EQ(test, fake_trigger(substream, SNDRV_PCM_TRIGGER_START), 0);
	KUNIT_EXPECT_EQ(test, fake_trigger(substream, SNDRV_PCM_TRIGGER_START), -EBUSY);
	xen_snd_front_chan_shut(&fake_stream(substream)->chan);
	KUNIT_EXPECT_EQ(test, fake_trigger(substream, SNDRV_PCM_TRIGGER_START), -ENODEV);
}

/* An application would start a stream that has an xrun again and again. */
static void stream_start_refused(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = set_up(f, PLAYBACK);

	KUNIT_ASSERT_EQ(test, prepare(substream), 0);
	KUNIT_EXPECT_EQ(test, fake_play(f, substream, PERIOD), PERIOD);
	f->status[XENSND_OP_TRIGGER] = -EIO;
	answer_all(f, substream);
	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_SETUP);
	KUNIT_EXPECT_EQ(test, fake_play(f, substream, PERIOD), -EBADFD);
}

static void stream_write_refused(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = set_up(f, PLAYBACK);

	KUNIT_ASSERT_EQ(test, prepare(substream), 0);
	KUNIT_EXPECT_EQ(test, fake_play(f, substream, PERIOD), PERIOD);
	f->status[XENSND_OP_WRITE] = -EINVAL;
	answer_all(f, substream);
	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_XRUN);
	KUNIT_EXPECT_EQ(test, fake_play(f, substream, PERIOD), -EPIPE);
}

/* Not running, there is nothing to stop. */
static void stream_write_refused_early(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = set_up(f, PLAYBACK);

	KUNIT_ASSERT_EQ(test, prepare(substream), 0);
	substream->runtime->start_threshold = BUFFER;
	KUNIT_EXPECT_EQ(test, fake_play(f, substream, PERIOD), PERIOD);
	f->status[XENSND_OP_WRITE] = -EINVAL;
	answer_all(f, substream);
	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_PREPARED);
}

static void stream_broken(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = set_up(f, PLAYBACK);
	struct xen_snd_front_chan *chan = &fake_stream(substream)->chan;
	struct xen_sndif_sring *s = chan->req.page;

	KUNIT_ASSERT_EQ(test, prepare(substream), 0);
	KUNIT_EXPECT_EQ(test, fake_play(f, substream, PERIOD), PERIOD);
	s->rsp_prod += 1000;
	fake_interrupt(f, chan, &chan->req);
	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_XRUN);
	KUNIT_EXPECT_EQ(test, fake_play(f, substream, PERIOD), -EPIPE);
	KUNIT_EXPECT_EQ(test, prepare(substream), -ENODEV);
}

/* With no substream to which it could be reported. */
static void stream_broken_unused(struct kunit *test)
{
	struct fake *f = test->priv;
	struct xen_snd_front_stream *stream = &f->card->streams[0];
	struct xen_sndif_sring *s = stream->chan.req.page;
	struct snd_pcm_substream *substream;

	fake_raise(&stream->chan, 4096);
	fake_interrupt(f, &stream->chan, &stream->chan.evt);
	s->rsp_prod += 1000;
	fake_interrupt(f, &stream->chan, &stream->chan.req);
	KUNIT_EXPECT_EQ(test, fake_open(f, PLAYBACK, &substream), -ENODEV);
}

/* The connection goes, the client stays: everything fails, and nothing is sent. */
static void stream_orphaned(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = set_up(f, PLAYBACK);
	unsigned int logged;

	KUNIT_ASSERT_EQ(test, prepare(substream), 0);
	substream->runtime->start_threshold = BUFFER;
	logged = f->logged;
	xen_snd_front_chan_down(&fake_stream(substream)->chan);
	KUNIT_EXPECT_EQ(test, fake_play(f, substream, PERIOD), -ENODEV);
	KUNIT_EXPECT_EQ(test, prepare(substream), -ENODEV);
	fake_close(f, PLAYBACK);
	KUNIT_EXPECT_EQ(test, f->logged, logged);
	KUNIT_EXPECT_EQ(test, f->grants, 0);
}

/* Before the connection ends: STOP and CLOSE, without waiting for an answer. */
static void stream_shutdown(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = set_up(f, PLAYBACK);
	struct xen_snd_front_stream *stream = fake_stream(substream);
	unsigned int logged = f->logged;

	xen_snd_front_stream_shutdown(stream);
	KUNIT_EXPECT_EQ(test, f->logged, logged);

	KUNIT_ASSERT_EQ(test, prepare(substream), 0);
	logged = f->logged;
	f->deaf = BIT(XENSND_OP_CLOSE);
	xen_snd_front_stream_shutdown(stream);
	KUNIT_EXPECT_EQ(test, f->logged, logged + 2);
	KUNIT_EXPECT_EQ(test, fake_last(f, 0)->operation, XENSND_OP_CLOSE);
	KUNIT_EXPECT_EQ(test, fake_last(f, 1)->op.trigger.type, XENSND_OP_TRIGGER_STOP);
	f->deaf = 0;
}

static struct kunit_case stream_cases[] = {
	KUNIT_CASE(stream_opens),
	KUNIT_CASE(stream_prepare_again),
	KUNIT_CASE(stream_open_refused),
	KUNIT_CASE_SLOW(stream_open_late),
	KUNIT_CASE(stream_close_refused),
	KUNIT_CASE(stream_grants_fail),
	KUNIT_CASE(stream_format_unknown),
	KUNIT_CASE(stream_open_forgets),
	KUNIT_CASE(stream_triggers),
	KUNIT_CASE(stream_trigger_no_room),
	KUNIT_CASE(stream_start_refused),
	KUNIT_CASE(stream_write_refused),
	KUNIT_CASE(stream_write_refused_early),
	KUNIT_CASE(stream_broken),
	KUNIT_CASE(stream_broken_unused),
	KUNIT_CASE(stream_orphaned),
	KUNIT_CASE(stream_shutdown),
	{}
};

static struct kunit_suite stream_suite = {
	.name = "xen_snd_front_stream",
	.init = stream_init,
	.exit = fake_end,
	.test_cases = stream_cases,
};

kunit_test_suites(&stream_suite);
