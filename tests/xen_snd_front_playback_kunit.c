// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests: playback, from what the application hands over to WRITE, and from the
 * backend's position to hw_ptr
 */

#include "xen_snd_front_fake.h"

#define PERIOD		1024
#define BUFFER		4096
#define FRAME		4

static const struct fake_node any_format[] = {
	{ "dev/sample-formats", "s16_le,u8,ima_adpcm" },
};

static int playback_init(struct kunit *test)
{
	struct fake *f;

	fake_new(test);
	f = test->priv;
	f->nodes = any_format;
	f->num_nodes = ARRAY_SIZE(any_format);
	fake_card(f);
	return 0;
}

static struct snd_pcm_substream *prepared(struct fake *f, snd_pcm_format_t format,
					  unsigned int channels)
{
	struct snd_pcm_substream *substream;

	KUNIT_ASSERT_EQ(f->test, fake_open(f, SNDRV_PCM_STREAM_PLAYBACK, &substream), 0);
	KUNIT_ASSERT_EQ(f->test, fake_hw_params(f, substream, format, channels, PERIOD, BUFFER),
			0);
	KUNIT_ASSERT_EQ(f->test,
			snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_PREPARE, NULL), 0);
	return substream;
}

/* Hands over frames in one step, as an application does that uses mmap. */
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

/* Hands over frames and starts. */
static struct snd_pcm_substream *running(struct fake *f, unsigned int frames)
{
	struct snd_pcm_substream *substream = prepared(f, SNDRV_PCM_FORMAT_S16_LE, 2);

	KUNIT_ASSERT_EQ(f->test, hand_over(substream, frames), 0);
	KUNIT_ASSERT_EQ(f->test, snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_START, NULL),
			0);
	return substream;
}

/* The backend answers the oldest @n. */
static void answer(struct fake *f, struct snd_pcm_substream *substream, unsigned int n)
{
	struct xen_snd_front_chan *chan = &fake_stream(substream)->chan;

	fake_answer(f, chan, n);
	fake_interrupt(f, chan, &chan->req);
}

static void expect_write(struct fake *f, unsigned int back, unsigned int offset,
			 unsigned int length)
{
	const struct xensnd_req *req = fake_last(f, back);

	KUNIT_EXPECT_EQ(f->test, req->operation, XENSND_OP_WRITE);
	KUNIT_EXPECT_EQ(f->test, req->op.rw.offset, offset);
	KUNIT_EXPECT_EQ(f->test, req->op.rw.length, length);
}

static unsigned int writes(struct fake *f)
{
	return fake_count(f, XENSND_OP_WRITE);
}

/* A period was reported to ALSA, or not. */
static void expect_hw_ptr(struct kunit *test, struct snd_pcm_substream *substream,
			  unsigned int frames)
{
	KUNIT_EXPECT_EQ(test, substream->runtime->status->hw_ptr, frames);
}

static void playback_writes(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = prepared(f, SNDRV_PCM_FORMAT_S16_LE, 2);

	KUNIT_EXPECT_EQ(test, hand_over(substream, 100), 0);
	expect_write(f, 0, 0, 100 * FRAME);
	KUNIT_EXPECT_EQ(test, hand_over(substream, 2000), 0);
	expect_write(f, 0, 100 * FRAME, 2000 * FRAME);
	KUNIT_EXPECT_EQ(test, hand_over(substream, 0), 0);
	KUNIT_EXPECT_EQ(test, writes(f), 2);
}

/* Up to the end of the buffer, and from its beginning, in one notification. */
static void playback_wraps(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running(f, 4000);
	unsigned int notified;

	fake_event(f, substream, 1000 * FRAME);
	notified = f->notified;
	KUNIT_EXPECT_EQ(test, hand_over(substream, 200), 0);
	KUNIT_EXPECT_EQ(test, writes(f), 3);
	expect_write(f, 1, 4000 * FRAME, 96 * FRAME);
	expect_write(f, 0, 0, 104 * FRAME);
	KUNIT_EXPECT_EQ(test, f->notified, notified + 1);

	/* Exactly to the end: one. */
	fake_event(f, substream, 4199 * FRAME);
	KUNIT_EXPECT_EQ(test, hand_over(substream, BUFFER - 104), 0);
	KUNIT_EXPECT_EQ(test, writes(f), 4);
	expect_write(f, 0, 104 * FRAME, (BUFFER - 104) * FRAME);
	KUNIT_EXPECT_EQ(test, hand_over(substream, 0), 0);
	KUNIT_EXPECT_EQ(test, writes(f), 4);
}

/* What finds no room is sent later, in one piece. */
static void playback_ring_full(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = prepared(f, SNDRV_PCM_FORMAT_S16_LE, 2);
	unsigned int i;

	for (i = 0; i < DATA + 10; i++)
		KUNIT_ASSERT_EQ(test, hand_over(substream, 1), 0);
	KUNIT_EXPECT_EQ(test, writes(f), DATA);
	answer(f, substream, 1);
	KUNIT_EXPECT_EQ(test, writes(f), DATA + 1);
	expect_write(f, 0, DATA * FRAME, 10 * FRAME);
	KUNIT_EXPECT_EQ(test, fake_stream(substream)->sent, DATA + 10);
	answer(f, substream, 1);
	KUNIT_EXPECT_EQ(test, writes(f), DATA + 1);
}

/* Two pieces and room for one: the other follows when there is room for it. */
static void playback_ring_full_at_wrap(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running(f, 4000);
	unsigned int i;

	answer(f, substream, 2);
	fake_event(f, substream, 3000 * FRAME);
	for (i = 0; i < DATA; i++)
		KUNIT_ASSERT_EQ(test, hand_over(substream, 1), 0);
	KUNIT_EXPECT_EQ(test, hand_over(substream, 100), 0);
	KUNIT_EXPECT_EQ(test, writes(f), 1 + DATA);
	answer(f, substream, 1);
	KUNIT_EXPECT_EQ(test, writes(f), 2 + DATA);
	expect_write(f, 0, (4000 + DATA) * FRAME, (96 - DATA) * FRAME);
	answer(f, substream, 1);
	KUNIT_EXPECT_EQ(test, writes(f), 3 + DATA);
	expect_write(f, 0, 0, (100 - 96 + DATA) * FRAME);
	KUNIT_EXPECT_EQ(test, fake_stream(substream)->sent, 4000 + DATA + 100);
}

/* hw_ptr is where the backend says it is, on a period boundary or not. */
static void playback_position(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running(f, BUFFER);

	fake_event(f, substream, (PERIOD - 1) * FRAME);
	expect_hw_ptr(test, substream, PERIOD - 1);
	fake_event(f, substream, PERIOD * FRAME);
	expect_hw_ptr(test, substream, PERIOD);
	fake_event(f, substream, (PERIOD + 1) * FRAME);
	/* Said again, a little back. */
	fake_event(f, substream, (PERIOD + 1) * FRAME);
	fake_event(f, substream, 100 * FRAME);
	expect_hw_ptr(test, substream, PERIOD + 1);
	KUNIT_EXPECT_EQ(test, substream->ops->pointer(substream), PERIOD + 1);
	fake_event(f, substream, (3 * PERIOD + 5) * FRAME);
	expect_hw_ptr(test, substream, 3 * PERIOD + 5);
	/* Around the buffer */
	KUNIT_EXPECT_EQ(test, hand_over(substream, PERIOD), 0);
	fake_event(f, substream, (BUFFER + 7) * FRAME);
	expect_hw_ptr(test, substream, BUFFER + 7);
	KUNIT_EXPECT_EQ(test, substream->ops->pointer(substream), 7);
	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_RUNNING);
}

/* Nothing left to play is news, period or not. */
static void playback_starves(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running(f, 100);

	fake_event(f, substream, 100 * FRAME);
	expect_hw_ptr(test, substream, 100);
	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_XRUN);
	KUNIT_EXPECT_EQ(test, fake_last(f, 0)->op.trigger.type, XENSND_OP_TRIGGER_STOP);
}

/* A backend that claims more than it has can cause an xrun, nothing else. */
static void playback_far_ahead(struct kunit *test)
{
	static const u64 lies[] = {
		101 * FRAME, 1000000, U32_MAX, 1ULL << 62, (1ULL << 63) - 1,
	};
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lies); i++) {
		substream = running(f, 100);
		fake_event(f, substream, lies[i]);
		expect_hw_ptr(test, substream, 100);
		KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_XRUN);
		answer(f, substream, f->num_pending);
		fake_close(f, SNDRV_PCM_STREAM_PLAYBACK);
	}
}

/* A whole buffer at once, which ALSA cannot tell from no step at all. */
static void playback_whole_buffer(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running(f, BUFFER);

	fake_event(f, substream, 100 * FRAME);
	fake_event(f, substream, BUFFER * FRAME);
	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_XRUN);
}

/* After STOP no position counts, true or not. */
static void playback_stopped(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running(f, BUFFER);

	KUNIT_EXPECT_EQ(test, snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_DROP, NULL), 0);
	fake_event(f, substream, PERIOD * FRAME);
	KUNIT_EXPECT_EQ(test, fake_stream(substream)->pos.hw, 0);
	KUNIT_EXPECT_EQ(test, hand_over(substream, 1), 0);
	KUNIT_EXPECT_EQ(test, writes(f), 1);
}

static void playback_no_period_wakeup(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running(f, BUFFER);

	substream->runtime->no_period_wakeup = 1;
	fake_event(f, substream, 100 * FRAME);
	expect_hw_ptr(test, substream, 100);
	fake_event(f, substream, PERIOD * FRAME);
	expect_hw_ptr(test, substream, PERIOD);
	/* ALSA's core counts a pause as time played. */
	KUNIT_EXPECT_EQ(test, fake_trigger(substream, SNDRV_PCM_TRIGGER_PAUSE_PUSH),
			-EOPNOTSUPP);
}

/* appl_ptr comes round at ALSA's boundary; RESET puts it where hw_ptr is. */
static void playback_appl_ptr(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = prepared(f, SNDRV_PCM_FORMAT_S16_LE, 2);
	struct snd_pcm_runtime *runtime = substream->runtime;
	snd_pcm_uframes_t end = runtime->boundary - 10;

	runtime->status->hw_ptr = end;
	runtime->control->appl_ptr = end;
	KUNIT_EXPECT_EQ(test, hand_over(substream, 30), 0);
	expect_write(f, 0, 0, 30 * FRAME);

	/* What was handed over before is not handed over again. */
	runtime->control->appl_ptr = end;
	KUNIT_EXPECT_EQ(test, hand_over(substream, 0), 0);
	KUNIT_EXPECT_EQ(test, hand_over(substream, 20), 0);
	KUNIT_EXPECT_EQ(test, writes(f), 1);
	KUNIT_EXPECT_EQ(test, hand_over(substream, BUFFER - 20), 0);
	expect_write(f, 0, 30 * FRAME, (BUFFER - 30) * FRAME);
	KUNIT_EXPECT_EQ(test, hand_over(substream, 1), -EINVAL);
}

/* What RESET drops is not played, as far as the backend has not read it. */
static void playback_reset(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running(f, BUFFER);
	u8 *data = substream->runtime->dma_area;

	memset(data, 1, BUFFER * FRAME);
	fake_event(f, substream, PERIOD * FRAME);
	KUNIT_EXPECT_EQ(test, hand_over(substream, 10), 0);
	KUNIT_EXPECT_EQ(test, substream->ops->ioctl(substream, SNDRV_PCM_IOCTL1_RESET, NULL), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(data, 0, 10 * FRAME));
	KUNIT_EXPECT_NULL(test, memchr_inv(data + 10 * FRAME, 1, (PERIOD - 10) * FRAME));
	KUNIT_EXPECT_NULL(test, memchr_inv(data + PERIOD * FRAME, 0, (BUFFER - PERIOD) * FRAME));
}

static void drain(struct kunit *test, struct snd_pcm_substream *substream)
{
	/* Non-blocking: it goes on by itself. */
	KUNIT_EXPECT_EQ(test, snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_DRAIN, NULL),
			-EAGAIN);
	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_DRAINING);
}

/*
 * What can be played after the end is the format's own silence, also where draining starts
 * the stream: then when START has been answered.
 */
static void playback_drain(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = prepared(f, SNDRV_PCM_FORMAT_U8, 2);
	u8 *data = substream->runtime->dma_area;

	memset(data, 0, BUFFER * 2);
	KUNIT_EXPECT_EQ(test, hand_over(substream, 1500), 0);
	drain(test, substream);
	answer(f, substream, f->num_pending);
	KUNIT_EXPECT_EQ(test, writes(f), 2);
	expect_write(f, 0, 1500 * 2, (BUFFER - 1500) * 2);
	KUNIT_EXPECT_EQ(test, data[1500 * 2 - 1], 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(data + 1500 * 2, 0x80, (BUFFER - 1500) * 2));
	KUNIT_EXPECT_EQ(test, data[0], 0);

	/* As a backend that plays whole periods says it. */
	fake_event(f, substream, 1024 * 2);
	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_DRAINING);
	expect_write(f, 0, 0, 1024 * 2);
	KUNIT_EXPECT_NULL(test, memchr_inv(data, 0x80, 1024 * 2));
	KUNIT_EXPECT_EQ(test, data[1024 * 2], 0);
	fake_event(f, substream, 2048 * 2);
	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_SETUP);
}

static void playback_drain_running(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running(f, 1500);

	drain(test, substream);
	KUNIT_EXPECT_EQ(test, writes(f), 2);
	expect_write(f, 0, 1500 * FRAME, (BUFFER - 1500) * FRAME);
	/* Until STOP: the backend plays on. */
	fake_event(f, substream, PERIOD * FRAME);
	expect_write(f, 0, 0, PERIOD * FRAME);
	KUNIT_EXPECT_EQ(test, writes(f), 3);
}

/* Also where the last period is full. */
static void playback_drain_whole_periods(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running(f, 2 * PERIOD);
	u8 *data = substream->runtime->dma_area;

	memset(data, 1, BUFFER * FRAME);
	drain(test, substream);
	KUNIT_EXPECT_EQ(test, writes(f), 2);
	expect_write(f, 0, 2 * PERIOD * FRAME, 2 * PERIOD * FRAME);
	KUNIT_EXPECT_NULL(test, memchr_inv(data, 1, 2 * PERIOD * FRAME));
	KUNIT_EXPECT_NULL(test, memchr_inv(data + 2 * PERIOD * FRAME, 0, 2 * PERIOD * FRAME));
	fake_event(f, substream, 2 * PERIOD * FRAME);
	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_SETUP);
}

/* Silence goes over no frame that is still to be played. */
static void playback_drain_waits(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running(f, BUFFER);

	fake_event(f, substream, 10 * FRAME);
	KUNIT_EXPECT_EQ(test, hand_over(substream, 10), 0);
	drain(test, substream);
	KUNIT_EXPECT_EQ(test, writes(f), 2);
	fake_event(f, substream, (PERIOD - 1) * FRAME);
	KUNIT_EXPECT_EQ(test, writes(f), 3);
	expect_write(f, 0, 10 * FRAME, (PERIOD - 11) * FRAME);
}

/* stop_threshold beyond the buffer: time goes on whether or not anybody writes. */
static struct snd_pcm_substream *running_freely(struct fake *f, unsigned int frames)
{
	struct snd_pcm_substream *substream = prepared(f, SNDRV_PCM_FORMAT_S16_LE, 2);
	struct snd_pcm_runtime *runtime = substream->runtime;

	/* After prepare, as dmix does. */
	runtime->stop_threshold = runtime->boundary;
	memset(runtime->dma_area, 1, BUFFER * FRAME);
	if (frames)
		KUNIT_ASSERT_EQ(f->test, hand_over(substream, frames), 0);
	KUNIT_ASSERT_EQ(f->test, snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_START, NULL),
			0);
	return substream;
}

/* The application writes where hw_ptr will be, and never moves appl_ptr. */
static void playback_free_no_data(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running_freely(f, 0);
	u8 *data = substream->runtime->dma_area;
	unsigned int i;

	/* Data first: some backends do not start without. */
	KUNIT_EXPECT_EQ(test, fake_last(f, 0)->operation, XENSND_OP_TRIGGER);
	expect_write(f, 1, 0, 2 * PERIOD * FRAME);
	for (i = 1; i <= 20; i++) {
		fake_event(f, substream, i * PERIOD * FRAME);
		expect_hw_ptr(test, substream, i * PERIOD);
		answer(f, substream, f->num_pending);
		expect_write(f, 0, (i + 1) % 4 * PERIOD * FRAME, PERIOD * FRAME);
		KUNIT_EXPECT_EQ(test, writes(f), 1 + i);
	}
	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_RUNNING);
	/* What it has written there is its own business. */
	KUNIT_EXPECT_NULL(test, memchr_inv(data, 1, BUFFER * FRAME));
}

/* An application that is late finds out how much, and nothing is played twice meanwhile. */
static void playback_free_late(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running_freely(f, BUFFER);
	u8 *data = substream->runtime->dma_area;
	unsigned int i;

	for (i = 1; i <= 6; i++) {
		fake_event(f, substream, i * PERIOD * FRAME);
		expect_hw_ptr(test, substream, i * PERIOD);
		answer(f, substream, f->num_pending);
	}
	KUNIT_EXPECT_EQ(test, snd_pcm_playback_avail(substream->runtime), 6 * PERIOD);
	/* What has been played is silent, before anybody can write there. */
	KUNIT_EXPECT_NULL(test, memchr_inv(data, 0, BUFFER * FRAME));
	/* What was played meanwhile is not sent again, what comes after it is. */
	KUNIT_EXPECT_EQ(test, hand_over(substream, BUFFER), 0);
	KUNIT_EXPECT_EQ(test, fake_stream(substream)->sent, 8 * PERIOD);
	KUNIT_EXPECT_EQ(test, hand_over(substream, PERIOD), 0);
	expect_write(f, 0, 0, PERIOD * FRAME);
	KUNIT_EXPECT_EQ(test, fake_stream(substream)->sent, 9 * PERIOD);
}

/* In time, it has the buffer for itself. */
static void playback_free_in_time(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running_freely(f, 2 * PERIOD);
	unsigned int i;

	for (i = 1; i <= 10; i++) {
		fake_event(f, substream, i * PERIOD * FRAME);
		KUNIT_EXPECT_EQ(test, fake_stream(substream)->sent, (i + 1) * PERIOD);
		KUNIT_EXPECT_EQ(test, hand_over(substream, PERIOD), 0);
		answer(f, substream, f->num_pending);
	}
	KUNIT_EXPECT_EQ(test, writes(f), 11);
}

/* More than a buffer in one event, which ALSA sees modulo the buffer. */
static void playback_free_leap(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = running_freely(f, BUFFER);

	fake_event(f, substream, BUFFER * FRAME);
	expect_hw_ptr(test, substream, BUFFER);
	KUNIT_EXPECT_EQ(test, substream->runtime->state, SNDRV_PCM_STATE_RUNNING);
	fake_event(f, substream, 100000 * FRAME);
	/* Never farther than what it was given. */
	expect_hw_ptr(test, substream, fake_stream(substream)->pos.hw);
	KUNIT_EXPECT_EQ(test, fake_stream(substream)->pos.hw, BUFFER + 2 * PERIOD);
}

/* Two frames a byte: the odd one waits for its neighbour. */
static void playback_half_bytes(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_pcm_substream *substream = prepared(f, SNDRV_PCM_FORMAT_IMA_ADPCM, 1);

	KUNIT_EXPECT_EQ(test, hand_over(substream, 1), 0);
	KUNIT_EXPECT_EQ(test, writes(f), 0);
	KUNIT_EXPECT_EQ(test, hand_over(substream, 4), 0);
	expect_write(f, 0, 0, 2);
	KUNIT_EXPECT_EQ(test, hand_over(substream, 1), 0);
	expect_write(f, 0, 2, 1);
	KUNIT_EXPECT_EQ(test, fake_stream(substream)->sent, 6);
}

static struct kunit_case playback_cases[] = {
	KUNIT_CASE(playback_writes),
	KUNIT_CASE(playback_wraps),
	KUNIT_CASE(playback_ring_full),
	KUNIT_CASE(playback_ring_full_at_wrap),
	KUNIT_CASE(playback_position),
	KUNIT_CASE(playback_starves),
	KUNIT_CASE(playback_far_ahead),
	KUNIT_CASE(playback_whole_buffer),
	KUNIT_CASE(playback_stopped),
	KUNIT_CASE(playback_no_period_wakeup),
	KUNIT_CASE(playback_appl_ptr),
	KUNIT_CASE(playback_reset),
	KUNIT_CASE(playback_drain),
	KUNIT_CASE(playback_drain_running),
	KUNIT_CASE(playback_drain_whole_periods),
	KUNIT_CASE(playback_drain_waits),
	KUNIT_CASE(playback_free_no_data),
	KUNIT_CASE(playback_free_late),
	KUNIT_CASE(playback_free_in_time),
	KUNIT_CASE(playback_free_leap),
	KUNIT_CASE(playback_half_bytes),
	{}
};

static struct kunit_suite playback_suite = {
	.name = "xen_snd_front_playback",
	.init = playback_init,
	.exit = fake_end,
	.test_cases = playback_cases,
};

kunit_test_suites(&playback_suite);
