// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit: a sound card with the fake backend behind it, and an application
 *
 * The card is a real one, as ALSA sees it, that nobody else can see since it is never
 * registered. A test opens its PCMs and does with them what an application does.
 */

#include <linux/slab.h>

#include <sound/pcm_params.h>

#include "xen_snd_front_fake.h"

/* Makes the card that the fake XenStore describes and brings its channels up. */
void fake_card(struct fake *f)
{
	struct xen_snd_front_card *card;
	struct xen_snd_front_cfg cfg;

	f->front.dev = f->xb;
	kref_init(&f->front.ref);
	spin_lock_init(&f->front.clients_lock);
	f->front.state.dev = f->xb;
	spin_lock_init(&f->front.state.lock);
	/* Nobody waits for the last client's end. */
	f->front.removed = true;
	f->file.f_flags = O_RDWR | O_NONBLOCK;

	KUNIT_ASSERT_EQ(f->test, xen_snd_front_cfg_read(f->xb, &cfg), 0);
	card = xen_snd_front_card_new(&f->front, &cfg);
	KUNIT_ASSERT_FALSE(f->test, IS_ERR(card));
	f->card = card;
	fake_connect(f);
}

/* A backend connects. */
void fake_connect(struct fake *f)
{
	unsigned int i;

	for (i = 0; i < f->card->num_streams; i++)
		KUNIT_ASSERT_EQ(f->test,
				xen_snd_front_chan_up(&f->card->streams[i].chan, "unit"), 0);
	f->card->link = XEN_SND_FRONT_CONNECTED;
}

/* The backend goes, as the state machine does it. */
void fake_lose(struct fake *f)
{
	unsigned int i;

	f->card->link = XEN_SND_FRONT_DISCONNECTED;
	for (i = 0; i < f->card->num_streams; i++)
		xen_snd_front_chan_shut(&f->card->streams[i].chan);
	xen_snd_front_card_suspend(f->card, true);
	for (i = 0; i < f->card->num_streams; i++)
		xen_snd_front_chan_down(&f->card->streams[i].chan);
	f->num_pending = 0;
}

/* Undoes fake_card(), and fake_open() if that is still due. */
void fake_card_end(struct fake *f)
{
	unsigned int i;

	if (!f->card)
		return;
	fake_close(f, SNDRV_PCM_STREAM_PLAYBACK);
	fake_close(f, SNDRV_PCM_STREAM_CAPTURE);
	for (i = 0; i < f->card->num_streams; i++)
		xen_snd_front_chan_down(&f->card->streams[i].chan);
	snd_card_free(f->card->card);
	f->card = NULL;
	KUNIT_EXPECT_EQ(f->test, f->front.clients, 0);
}

/* The card's PCM device. */
struct snd_pcm *fake_pcm(struct fake *f)
{
	struct snd_device *dev;

	list_for_each_entry(dev, &f->card->card->devices, list)
		if (dev->type == SNDRV_DEV_PCM)
			return dev->device_data;

	KUNIT_ASSERT_TRUE_MSG(f->test, false, "no PCM");
	return NULL;
}

/* Opens a PCM, non-blocking. */
int fake_open(struct fake *f, int direction, struct snd_pcm_substream **substream)
{
	int ret = snd_pcm_open_substream(fake_pcm(f), direction, &f->file, substream);

	if (!ret)
		f->open[direction] = *substream;
	return ret;
}

void fake_close(struct fake *f, int direction)
{
	if (f->open[direction])
		snd_pcm_release_substream(f->open[direction]);
	f->open[direction] = NULL;
}

static void set_interval(struct snd_pcm_hw_params *params, int var, unsigned int value)
{
	struct snd_interval *range = hw_param_interval(params, var);

	range->min = value;
	range->max = value;
	range->openmin = 0;
	range->openmax = 0;
	range->integer = 1;
}

/* Everything that there is, but the values given; 0 channels or rate: any. */
void fake_choose(struct fake *f, struct snd_pcm_hw_params *params, snd_pcm_format_t format,
		 unsigned int channels, unsigned int rate)
{
	_snd_pcm_hw_params_any(params);
	snd_mask_none(hw_param_mask(params, SNDRV_PCM_HW_PARAM_ACCESS));
	snd_mask_set(hw_param_mask(params, SNDRV_PCM_HW_PARAM_ACCESS),
		     (__force unsigned int)SNDRV_PCM_ACCESS_RW_INTERLEAVED);
	snd_mask_none(hw_param_mask(params, SNDRV_PCM_HW_PARAM_FORMAT));
	snd_mask_set_format(hw_param_mask(params, SNDRV_PCM_HW_PARAM_FORMAT), format);
	if (channels)
		set_interval(params, SNDRV_PCM_HW_PARAM_CHANNELS, channels);
	if (rate)
		set_interval(params, SNDRV_PCM_HW_PARAM_RATE, rate);
}

/* Period and buffer, frames. */
void fake_sizes(struct snd_pcm_hw_params *params, unsigned int period, unsigned int buffer)
{
	set_interval(params, SNDRV_PCM_HW_PARAM_PERIOD_SIZE, period);
	set_interval(params, SNDRV_PCM_HW_PARAM_BUFFER_SIZE, buffer);
}

/* An application's choice, at 48 kHz. */
int fake_hw_params(struct fake *f, struct snd_pcm_substream *substream,
		   snd_pcm_format_t format, unsigned int channels, unsigned int period,
		   unsigned int buffer)
{
	struct snd_pcm_hw_params *params = kunit_kzalloc(f->test, sizeof(*params), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(f->test, params);
	fake_choose(f, params, format, channels, 48000);
	fake_sizes(params, period, buffer);
	return snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_HW_PARAMS, params);
}

struct xen_snd_front_stream *fake_stream(struct snd_pcm_substream *substream)
{
	return substream->runtime->private_data;
}

/* The backend says where it is. */
void fake_event(struct fake *f, struct snd_pcm_substream *substream, u64 bytes)
{
	struct xen_snd_front_chan *chan = &fake_stream(substream)->chan;

	fake_raise(chan, bytes);
	fake_interrupt(f, chan, &chan->evt);
}

/* Frames of silence, of four bytes; the first ones start the stream. */
int fake_play(struct fake *f, struct snd_pcm_substream *substream, unsigned int frames)
{
	void *data = kunit_kzalloc(f->test, frames * 4, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(f->test, data);
	return snd_pcm_kernel_write(substream, data, frames);
}

int fake_trigger(struct snd_pcm_substream *substream, int cmd)
{
	int ret;

	snd_pcm_stream_lock_irq(substream);
	ret = substream->ops->trigger(substream, cmd);
	snd_pcm_stream_unlock_irq(substream);
	return ret;
}
