// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: the sound card, its PCM devices and their operations
 *
 * A card exists longer than its backends, until the last application has closed it, so it holds a
 * reference to the device object.
 */

#include <linux/completion.h>
#include <linux/mm.h>
#include <linux/module.h>

#include <sound/initval.h>

#include <xen/interface/io/sndif.h>

#include "xen_snd_front_alsa.h"
#include "xen_snd_front_hw.h"
#include "xen_snd_front_stream.h"

/*
 * ALSA's time-out for an application that waits, ms: practically none. It uses the clock, which
 * continues while the guest is paused; the stream's watchdog does not.
 */
#define XEN_SND_FRONT_WAIT_MS	(3600 * 1000)

static int index[SNDRV_CARDS] = SNDRV_DEFAULT_IDX;
static char *id[SNDRV_CARDS] = SNDRV_DEFAULT_STR;

module_param_array(index, int, NULL, 0444);
MODULE_PARM_DESC(index, "Numbers of the cards; the first is for device/vsnd/0, and so on.");
module_param_array(id, charp, NULL, 0444);
MODULE_PARM_DESC(id, "Ids of the cards, in the same order (default: " XENSND_DRIVER_NAME ").");

/*
 * Number of disconnected cards, and a completion for each that is freed. ALSA's core completes
 * card_released after its last call into this module. This detour is needed because
 * snd_pcm_release() drops its reference to the module before it frees the card, see
 * Documentation/upstream/.
 */
static atomic_t num_disconnected;
static DECLARE_COMPLETION(card_released);

static void release_front(struct kref *ref)
{
	struct xen_snd_front *front = container_of(ref, struct xen_snd_front, ref);

	put_device(&front->dev->dev);
	kvfree(front);
}

/**
 * xen_snd_front_put() - drop a reference to a device object
 * @front: the device
 *
 * Context: process context.
 */
void xen_snd_front_put(struct xen_snd_front *front)
{
	kref_put(&front->ref, release_front);
}

static void count_open(struct xen_snd_front *front)
{
	unsigned long flags;

	spin_lock_irqsave(&front->clients_lock, flags);
	front->clients++;
	spin_unlock_irqrestore(&front->clients_lock, flags);
}

/* After the last close, the worker may have to enter another state. */
static void count_close(struct xen_snd_front *front)
{
	unsigned long flags;

	spin_lock_irqsave(&front->clients_lock, flags);
	if (!--front->clients && !front->removed)
		queue_work(front->wq, &front->work);
	spin_unlock_irqrestore(&front->clients_lock, flags);
}

static struct xen_snd_front_stream *pcm_stream(struct snd_pcm_substream *substream)
{
	return substream->runtime->private_data;
}

static struct xen_snd_front_card *pcm_card(struct snd_pcm_substream *substream)
{
	return snd_pcm_substream_chip(substream);
}

/* PCM devices, directions and substreams have the same numbers as in the description. */
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

	/* Without a backend the limits of the hardware are unknown. */
	if (!stream || READ_ONCE(pcm_card(substream)->link) != XEN_SND_FRONT_CONNECTED)
		return -ENODEV;

	substream->runtime->private_data = stream;
	substream->wait_time = XEN_SND_FRONT_WAIT_MS;
	ret = xen_snd_front_hw_open(stream, substream->runtime);
	if (ret)
		return ret;

	mutex_lock(&stream->substream_lock);
	stream->substream = substream;
	mutex_unlock(&stream->substream_lock);
	count_open(pcm_card(substream)->front);
	return 0;
}

static int alsa_close(struct snd_pcm_substream *substream)
{
	struct xen_snd_front_stream *stream = pcm_stream(substream);

	mutex_lock(&stream->substream_lock);
	stream->substream = NULL;
	mutex_unlock(&stream->substream_lock);
	cancel_delayed_work_sync(&stream->watchdog);
	count_close(pcm_card(substream)->front);
	return 0;
}

static int alsa_hw_params(struct snd_pcm_substream *substream, struct snd_pcm_hw_params *params)
{
	struct xen_snd_front_stream *stream = pcm_stream(substream);

	/* ALSA may have replaced the buffer that is shared. */
	xen_snd_front_stream_close(stream);
	return xen_snd_front_hw_check(stream, params);
}

static int alsa_hw_free(struct snd_pcm_substream *substream)
{
	xen_snd_front_stream_close(pcm_stream(substream));
	return 0;
}

static int alsa_prepare(struct snd_pcm_substream *substream)
{
	int ret = -ENODEV;

	if (READ_ONCE(pcm_card(substream)->link) == XEN_SND_FRONT_CONNECTED)
		ret = xen_snd_front_stream_open(pcm_stream(substream), substream->runtime);
	/*
	 * Without a backend no stream can be opened. It is suspended when it starts, so the
	 * application waits, as it does with a stream that was running.
	 */
	if (ret == -ENODEV && READ_ONCE(pcm_card(substream)->link) != XEN_SND_FRONT_CONNECTED)
		return 0;
	return ret;
}

static int alsa_ioctl(struct snd_pcm_substream *substream, unsigned int cmd, void *arg)
{
	/* Before ALSA moves appl_ptr. */
	if (cmd == SNDRV_PCM_IOCTL1_RESET)
		xen_snd_front_stream_reset(substream);
	return snd_pcm_lib_ioctl(substream, cmd, arg);
}

static const struct snd_pcm_ops alsa_ops = {
	.open = alsa_open,
	.close = alsa_close,
	.ioctl = alsa_ioctl,
	.hw_params = alsa_hw_params,
	.hw_free = alsa_hw_free,
	.prepare = alsa_prepare,
	.trigger = xen_snd_front_stream_trigger,
	.pointer = xen_snd_front_stream_pointer,
	.ack = xen_snd_front_stream_ack,
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
	/* A save may be cancelled, and after a restore resume() suspends the PCMs. */
	pcm->no_device_suspend = true;
	strscpy(pcm->name, pcm->id, sizeof(pcm->name));
	if (cfg->name[0])
		strscpy(pcm->name, cfg->name, sizeof(pcm->name));
	for_each_pcm_streams(direction)
		if (cfg->count[direction])
			snd_pcm_set_ops(pcm, direction, &alsa_ops);

	/* Single pages with a reference count each: needed for grants, and possible with mmap. */
	return snd_pcm_set_managed_buffer_all(pcm, SNDRV_DMA_TYPE_VMALLOC, NULL, 0, 0);
}

static int new_streams(struct xen_snd_front_card *card)
{
	unsigned int i;

	card->streams = kvcalloc(card->cfg.num_streams, sizeof(*card->streams), GFP_KERNEL);
	if (!card->streams)
		return -ENOMEM;
	card->num_streams = card->cfg.num_streams;

	for (i = 0; i < card->num_streams; i++) {
		card->streams[i].cfg = &card->cfg.streams[i];
		xen_snd_front_stream_init(&card->streams[i], card->front->dev,
					  card->front->devid);
	}

	return 0;
}

static void free_card(struct snd_card *snd)
{
	struct xen_snd_front_card *card = snd->private_data;

	kvfree(card->streams);
	xen_snd_front_cfg_free(&card->cfg);
	xen_snd_front_put(card->front);
}

/*
 * Users write the id into their configuration, so it does not depend on the names that the
 * toolstack writes. ALSA makes it unique: vsnd, vsnd_1, ...
 */
static int new_snd_card(const struct xen_snd_front *front, size_t extra, struct snd_card **snd)
{
	const char *xid = NULL;
	int idx = -1;

	if (front->devid < SNDRV_CARDS) {
		idx = index[front->devid];
		xid = id[front->devid];
	}

	return snd_card_new(&front->dev->dev, idx, xid ?: XENSND_DRIVER_NAME, THIS_MODULE, extra,
			    snd);
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
 * xen_snd_front_card_new() - make a card, not registered yet
 * @front: the device; the card holds a reference to it
 * @cfg: its description; moved into the card, or freed
 *
 * The card is freed with snd_card_free(), or at its last close after
 * xen_snd_front_card_disconnect(); its channels must be down then.
 *
 * Context: process context, may sleep, not for the backend.
 * Return: the card or an ERR_PTR().
 */
struct xen_snd_front_card *xen_snd_front_card_new(struct xen_snd_front *front,
						  struct xen_snd_front_cfg *cfg)
{
	struct xen_snd_front_card *card;
	struct snd_card *snd;
	unsigned int i;
	int ret;

	ret = new_snd_card(front, sizeof(*card), &snd);
	if (ret) {
		xen_snd_front_cfg_free(cfg);
		return ERR_PTR(ret);
	}

	card = snd->private_data;
	card->card = snd;
	card->front = front;
	card->cfg = *cfg;
	kref_get(&front->ref);
	snd->private_free = free_card;

	ret = new_streams(card);
	if (ret)
		goto free;

	name_card(card);
	for (i = 0; i < card->cfg.num_pcms; i++) {
		ret = new_pcm(card, i);
		if (ret)
			goto free;
	}

	return card;

free:
	snd_card_free(snd);
	return ERR_PTR(ret);
}

/*
 * For a stream that ALSA does not suspend: without CONFIG_PM, or if it is linked with a stream
 * whose state does not allow it.
 */
static void stop_disarmed_stream(struct xen_snd_front_stream *stream)
{
	mutex_lock(&stream->substream_lock);
	if (stream->substream) {
		snd_pcm_stream_lock_irq(stream->substream);
		if (!stream->armed && snd_pcm_running(stream->substream))
			snd_pcm_stop(stream->substream, SNDRV_PCM_STATE_XRUN);
		snd_pcm_stream_unlock_irq(stream->substream);
	}
	mutex_unlock(&stream->substream_lock);
}

/*
 * Applications get -ESTRPIPE, and snd_pcm_resume() returns when to prepare again. ALSA also
 * suspends the streams that are linked with one of these, and resumes them with it.
 */
static void suspend_pcm(struct xen_snd_front_card *card, struct snd_pcm *pcm)
{
	unsigned int i;

	snd_pcm_suspend_all(pcm);
	for (i = 0; i < card->num_streams; i++)
		if (card->streams[i].pcm == pcm)
			stop_disarmed_stream(&card->streams[i]);
}

/**
 * xen_snd_front_card_suspend() - suspend streams that cannot go on with their backend
 * @card: the card
 * @all: all streams, because the connection is gone and its channels are shut; else streams
 *	with @suspend_due set
 *
 * Applications prepare suspended streams again, with the next backend. ALSA suspends all
 * streams of a PCM device. Unless @all, streams whose backend responds continue to run
 * meanwhile, and resume without a gap.
 *
 * Context: the worker, process context; waits for applications that open or close a PCM, not
 * for the backend.
 */
void xen_snd_front_card_suspend(struct xen_snd_front_card *card, bool all)
{
	struct xen_snd_front_stream *stream;
	struct snd_pcm *last = NULL;
	unsigned int i;

	for (i = 0; all && i < card->num_streams; i++)
		xen_snd_front_stream_disarm(&card->streams[i]);

	WRITE_ONCE(card->sparing, !all);
	for (i = 0; i < card->num_streams; i++) {
		stream = &card->streams[i];
		/* The streams of a PCM device follow each other. */
		if (xchg(&stream->suspend_due, false) || (all && stream->pcm != last))
			suspend_pcm(card, stream->pcm);
		last = stream->pcm;
	}
	WRITE_ONCE(card->sparing, false);
}

/**
 * xen_snd_front_card_disconnect() - disconnect the card; ALSA frees it after the last close
 * @card: the card, its channels down
 *
 * Context: process context, may sleep, not for applications.
 */
void xen_snd_front_card_disconnect(struct xen_snd_front_card *card)
{
	atomic_inc(&num_disconnected);
	card->card->release_completion = &card_released;
	snd_card_free_when_closed(card->card);
}

/**
 * xen_snd_front_cards_wait() - wait until all cards are freed
 *
 * No application has one open: an open PCM holds a reference to the module. But a close drops that
 * reference before it frees the card, and the driver core may free a device later.
 *
 * Context: process context, sleeps; no card is made after this.
 */
void xen_snd_front_cards_wait(void)
{
	while (atomic_dec_if_positive(&num_disconnected) >= 0)
		wait_for_completion(&card_released);
}
