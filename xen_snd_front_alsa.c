// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: the sound card, its PCM devices and their operations
 */

#include <linux/completion.h>
#include <linux/module.h>

#include <sound/initval.h>

#include "xen_snd_front.h"

static int index[SNDRV_CARDS] = SNDRV_DEFAULT_IDX;
static char *id[SNDRV_CARDS] = SNDRV_DEFAULT_STR;

module_param_array(index, int, NULL, 0444);
MODULE_PARM_DESC(index, "Numbers of the cards; the first is for device/vsnd/0, and so on.");
module_param_array(id, charp, NULL, 0444);
MODULE_PARM_DESC(id, "Ids of the cards, in the same order (default: " XENSND_DRIVER_NAME ").");

/*
 * Cards that were let go of, and those of them that are gone. ALSA completes it when it
 * has come back from card_free(), so that the module's code is not needed any more.
 */
static atomic_t num_let_go;
static DECLARE_COMPLETION(gone);

static struct xen_snd_front_stream *pcm_stream(struct snd_pcm_substream *substream)
{
	return substream->runtime->private_data;
}

static struct xen_snd_front_card *pcm_card(struct snd_pcm_substream *substream)
{
	return snd_pcm_substream_chip(substream);
}

/* PCM devices, directions and substreams are numbered as the streams of the description. */
static struct xen_snd_front_stream *find_stream(struct snd_pcm_substream *substream)
{
	struct xen_snd_front_card *card = pcm_card(substream);
	const struct xen_snd_front_cfg_stream *cfg;
	unsigned int i;

	for (i = 0; i < card->num_streams; i++) {
		cfg = card->streams[i].cfg;
		if (cfg->pcm == substream->pcm->device &&
		    cfg->direction == substream->stream && cfg->substream == substream->number)
			return &card->streams[i];
	}

	return NULL;
}

static int alsa_open(struct snd_pcm_substream *substream)
{
	struct xen_snd_front_stream *stream = find_stream(substream);
	int ret;

	/* What a backend that is gone has answered does not count. */
	if (!stream || READ_ONCE(pcm_card(substream)->link) != XEN_SND_FRONT_LINKED)
		return -ENODEV;

	substream->runtime->private_data = stream;
	/* The watch is to speak first: then it can be told what happened. */
	substream->wait_time = XEN_SND_FRONT_WAIT_MS;
	ret = xen_snd_front_hw_open(stream, substream->runtime);
	if (ret)
		return ret;

	mutex_lock(&stream->up);
	stream->substream = substream;
	mutex_unlock(&stream->up);
	xen_snd_front_opened(pcm_card(substream)->front);
	return 0;
}

static int alsa_close(struct snd_pcm_substream *substream)
{
	struct xen_snd_front_stream *stream = pcm_stream(substream);

	mutex_lock(&stream->up);
	stream->substream = NULL;
	mutex_unlock(&stream->up);
	cancel_delayed_work_sync(&stream->watch);
	xen_snd_front_closed(pcm_card(substream)->front);
	return 0;
}

static int alsa_hw_params(struct snd_pcm_substream *substream, struct snd_pcm_hw_params *params)
{
	struct xen_snd_front_stream *stream = pcm_stream(substream);

	/* ALSA may have put another buffer in the place of the one shared before. */
	xen_snd_front_stream_close(stream);
	return xen_snd_front_hw_check(stream, params);
}

static int alsa_hw_free(struct snd_pcm_substream *substream)
{
	xen_snd_front_stream_close(pcm_stream(substream));
	return 0;
}

/* There is a backend, and it answers. */
static bool has_backend(struct snd_pcm_substream *substream)
{
	return READ_ONCE(pcm_card(substream)->link) == XEN_SND_FRONT_LINKED &&
	       !xen_snd_front_chan_silent(&pcm_stream(substream)->chan);
}

static int alsa_prepare(struct snd_pcm_substream *substream)
{
	int ret = -ENODEV;

	if (READ_ONCE(pcm_card(substream)->link) == XEN_SND_FRONT_LINKED)
		ret = xen_snd_front_stream_open(pcm_stream(substream), substream->runtime);
	/*
	 * Between two backends no stream can be opened. It is suspended when it starts, so
	 * that the application waits as it does with a stream that was running.
	 */
	if (ret == -ENODEV && READ_ONCE(pcm_card(substream)->link) != XEN_SND_FRONT_LINKED)
		return 0;
	return ret;
}

/* START and its like; suspends what was prepared for a backend that is gone. */
static int alsa_run(struct snd_pcm_substream *substream, u8 type)
{
	struct xen_snd_front_stream *stream = pcm_stream(substream);

	if (stream->armed)
		return xen_snd_front_stream_trigger(stream, substream, type);

	xen_snd_front_lost_suspend_later(substream);
	return 0;
}

static int alsa_pause(struct snd_pcm_substream *substream)
{
	/* ALSA's core would take the pause for time that was played. */
	if (substream->runtime->no_period_wakeup)
		return -EOPNOTSUPP;
	if (!pcm_stream(substream)->armed)
		return 0;

	return xen_snd_front_stream_trigger(pcm_stream(substream), substream,
					    XENSND_OP_TRIGGER_PAUSE);
}

static int alsa_trigger(struct snd_pcm_substream *substream, int cmd)
{
	struct xen_snd_front_stream *stream = pcm_stream(substream);

	switch (cmd) {
	case SNDRV_PCM_TRIGGER_START:
		return alsa_run(substream, XENSND_OP_TRIGGER_START);
	case SNDRV_PCM_TRIGGER_PAUSE_RELEASE:
		return alsa_run(substream, XENSND_OP_TRIGGER_RESUME);
	case SNDRV_PCM_TRIGGER_SUSPEND:
		if (READ_ONCE(pcm_card(substream)->sparing))
			return 0;
		fallthrough;
	case SNDRV_PCM_TRIGGER_STOP:
		if (!stream->armed)
			return 0;
		/* Nothing that is still on its way counts any more. */
		stream->armed = false;
		return xen_snd_front_stream_trigger(stream, substream, XENSND_OP_TRIGGER_STOP);
	case SNDRV_PCM_TRIGGER_PAUSE_PUSH:
		return alsa_pause(substream);
	case SNDRV_PCM_TRIGGER_RESUME:
		/* Suspended with another one, and spared. */
		if (stream->armed)
			return 0;
		/* Ask again while the backend is away; then the stream has to be prepared. */
		return has_backend(substream) ? -EPIPE : -EAGAIN;
	case SNDRV_PCM_TRIGGER_DRAIN:
		if (substream->stream != SNDRV_PCM_STREAM_PLAYBACK || !stream->armed)
			return 0;
		return xen_snd_front_stream_flush(stream, substream);
	default:
		return -EINVAL;
	}
}

static snd_pcm_uframes_t alsa_pointer(struct snd_pcm_substream *substream)
{
	return xen_snd_front_stream_pointer(pcm_stream(substream), substream->runtime);
}

static int alsa_ack(struct snd_pcm_substream *substream)
{
	return xen_snd_front_stream_ack(pcm_stream(substream), substream);
}

static int alsa_ioctl(struct snd_pcm_substream *substream, unsigned int cmd, void *arg)
{
	/* Before ALSA moves hw_ptr and appl_ptr. */
	if (cmd == SNDRV_PCM_IOCTL1_RESET)
		xen_snd_front_stream_reset(pcm_stream(substream), substream);
	return snd_pcm_lib_ioctl(substream, cmd, arg);
}

static const struct snd_pcm_ops alsa_ops = {
	.open = alsa_open,
	.close = alsa_close,
	.ioctl = alsa_ioctl,
	.hw_params = alsa_hw_params,
	.hw_free = alsa_hw_free,
	.prepare = alsa_prepare,
	.trigger = alsa_trigger,
	.pointer = alsa_pointer,
	.ack = alsa_ack,
};

static int new_pcm(struct xen_snd_front_card *card, unsigned int index)
{
	const struct xen_snd_front_cfg_pcm *cfg = &card->cfg.pcms[index];
	struct snd_pcm *pcm;
	unsigned int i;
	int direction;
	int ret;

	ret = snd_pcm_new(card->card, cfg->name[0] ? cfg->name : card->cfg.short_name, index,
			  cfg->count[SNDRV_PCM_STREAM_PLAYBACK],
			  cfg->count[SNDRV_PCM_STREAM_CAPTURE], &pcm);
	if (ret)
		return ret;

	pcm->private_data = card;
	for (i = 0; i < card->num_streams; i++)
		if (card->streams[i].cfg->pcm == index)
			card->streams[i].pcm = pcm;
	/* A save may be cancelled; and after a restore the loss of the backend is noticed. */
	pcm->no_device_suspend = true;
	strscpy(pcm->name, pcm->id, sizeof(pcm->name));
	if (cfg->name[0])
		strscpy(pcm->name, cfg->name, sizeof(pcm->name));
	for_each_pcm_streams(direction)
		if (cfg->count[direction])
			snd_pcm_set_ops(pcm, direction, &alsa_ops);

	/* Single pages, each counted: what grants need, and what mmap can show. */
	return snd_pcm_set_managed_buffer_all(pcm, SNDRV_DMA_TYPE_VMALLOC, NULL, 0, 0);
}

static int new_streams(struct xen_snd_front_card *card)
{
	struct xen_snd_front_stream *stream;
	unsigned int i;

	card->streams = kvcalloc(card->cfg.num_streams, sizeof(*card->streams), GFP_KERNEL);
	if (!card->streams)
		return -ENOMEM;
	card->num_streams = card->cfg.num_streams;

	for (i = 0; i < card->num_streams; i++) {
		stream = &card->streams[i];
		stream->cfg = &card->cfg.streams[i];
		mutex_init(&stream->lock);
		mutex_init(&stream->up);
		xen_snd_front_lost_init(stream);
		xen_snd_front_chan_init(&stream->chan, card->front->dev,
					&xen_snd_front_stream_ops);
	}

	return 0;
}

static void card_free(struct snd_card *snd)
{
	struct xen_snd_front_card *card = snd->private_data;

	kvfree(card->streams);
	xen_snd_front_cfg_free(&card->cfg);
	xen_snd_front_put(card->front);
}

/*
 * Users write the id into their configuration, so it does not depend on what the toolstack
 * writes for people to read. ALSA makes it unique: vsnd, vsnd_1, ...
 */
static int new_snd_card(struct xenbus_device *dev, size_t extra, struct snd_card **snd)
{
	unsigned int devid = xen_snd_front_held_peer(dev).devid;
	const char *xid = NULL;
	int idx = -1;

	if (devid < SNDRV_CARDS) {
		idx = index[devid];
		xid = id[devid];
	}

	return snd_card_new(&dev->dev, idx, xid ?: XENSND_DRIVER_NAME, THIS_MODULE, extra, snd);
}

static void name_card(struct xen_snd_front_card *card)
{
	strscpy(card->card->driver, XENSND_DRIVER_NAME, sizeof(card->card->driver));
	strscpy(card->card->shortname, card->cfg.short_name, sizeof(card->card->shortname));
	if (card->cfg.long_name[0])
		strscpy(card->card->longname, card->cfg.long_name,
			sizeof(card->card->longname));
	else
		snprintf(card->card->longname, sizeof(card->card->longname), "%s at %s",
			 card->cfg.short_name, card->front->dev->nodename);
}

/**
 * xen_snd_front_alsa_new() - make a card, unseen as yet
 * @front: the device; the card holds a reference to it
 * @cfg: its description; the card's from now on, or freed
 *
 * The card is freed with snd_card_free(), or by its last client after
 * xen_snd_front_alsa_let_go(); its channels must be down then.
 *
 * Context: process context, may sleep, not for the backend.
 * Return: the card or an ERR_PTR().
 */
struct xen_snd_front_card *xen_snd_front_alsa_new(struct xen_snd_front *front,
						  struct xen_snd_front_cfg *cfg)
{
	struct xen_snd_front_card *card;
	struct snd_card *snd;
	unsigned int i;
	int ret;

	ret = new_snd_card(front->dev, sizeof(*card), &snd);
	if (ret) {
		xen_snd_front_cfg_free(cfg);
		return ERR_PTR(ret);
	}

	card = snd->private_data;
	card->card = snd;
	card->front = front;
	card->cfg = *cfg;
	xen_snd_front_get(front);
	snd->private_free = card_free;

	ret = new_streams(card);
	if (ret)
		goto fail;

	name_card(card);
	for (i = 0; i < card->cfg.num_pcms; i++) {
		ret = new_pcm(card, i);
		if (ret)
			goto fail;
	}

	return card;

fail:
	snd_card_free(snd);
	return ERR_PTR(ret);
}

/**
 * xen_snd_front_alsa_register() - show the card to applications
 * @card: the card, its channels up and the backend connected
 *
 * Context: process context, may sleep.
 * Return: 0 or a negative errno.
 */
int xen_snd_front_alsa_register(struct xen_snd_front_card *card)
{
	int ret = snd_card_register(card->card);

	card->registered = !ret;
	return ret;
}

/**
 * xen_snd_front_alsa_let_go() - take the card away, and free it when nobody has it open
 * @card: the card, its channels down
 *
 * Context: process context, may sleep, not for clients.
 */
void xen_snd_front_alsa_let_go(struct xen_snd_front_card *card)
{
	atomic_inc(&num_let_go);
	card->card->release_completion = &gone;
	snd_card_free_when_closed(card->card);
}

/**
 * xen_snd_front_alsa_exit() - wait until all cards are gone
 *
 * No client has one: it would keep the module. But who closes gives the module back
 * first and the card then, and the driver core may free a device later.
 *
 * Context: process context, sleeps; no card is made any more.
 */
void xen_snd_front_alsa_exit(void)
{
	while (atomic_dec_if_positive(&num_let_go) >= 0)
		wait_for_completion(&gone);
}
