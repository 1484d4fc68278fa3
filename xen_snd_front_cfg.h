/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Xen para-virtual sound frontend: the description of a card, and sample formats
 */
#ifndef __XEN_SND_FRONT_CFG_H
#define __XEN_SND_FRONT_CFG_H

#include <linux/mm.h>

#include <sound/core.h>
#include <sound/pcm.h>

#include <xen/xenbus.h>

/* Limits: ALSA's for devices, uint8_t of sndif.h for streams. */
#define XEN_SND_FRONT_MAX_PCMS		SNDRV_PCM_DEVICES
#define XEN_SND_FRONT_MAX_STREAMS	256
#define XEN_SND_FRONT_MAX_RATES		32
/* The highest rate that xen-snd-back accepts, and that ALSA has a constant for. */
#define XEN_SND_FRONT_MAX_RATE		768000
/* ALSA's own default limit for all buffers of a card (max_alloc_per_card). */
#define XEN_SND_FRONT_MAX_BUFFER	(32 * 1024 * 1024)
/* The size in sndif.h's example; used if XenStore has no node for it. */
#define XEN_SND_FRONT_DEF_BUFFER	(256 * 1024)
#define XEN_SND_FRONT_MIN_BUFFER	256
#define XEN_SND_FRONT_PCM_NAME_LEN	80
/* The path of a stream: the longest device name that xenbus accepts, PCM device, stream. */
#define XEN_SND_FRONT_PATH_LEN		64

/**
 * struct xen_snd_front_limits - what a card, device or stream supports
 * @channels_min: smallest number of channels
 * @channels_max: largest number of channels, 0 while no level has set it
 * @num_rates: number of entries in @rates, 0 while no level has set them
 * @rates: sample rates, Hz, ascending and unique
 * @formats: bit mask of (1 << SNDRV_PCM_FORMAT_XXX), 0 while no level has set it
 * @buffer_size: largest audio buffer, bytes, 0 while no level has set it
 *
 * sndif.h, "PCM settings": each level inherits from the one above and may only
 * narrow it.
 */
struct xen_snd_front_limits {
	unsigned int channels_min;
	unsigned int channels_max;
	unsigned int num_rates;
	unsigned int rates[XEN_SND_FRONT_MAX_RATES];
	u64 formats;
	unsigned int buffer_size;
};

/**
 * struct xen_snd_front_cfg_stream - one stream of the XenStore tree
 * @limits: what the stream supports, every field set
 * @path: its XenStore directory
 * @pcm: index of the PCM device it belongs to
 * @index: stream index in XenStore
 * @direction: SNDRV_PCM_STREAM_PLAYBACK or _CAPTURE
 * @substream: number among the streams of the same device and direction
 */
struct xen_snd_front_cfg_stream {
	struct xen_snd_front_limits limits;
	char path[XEN_SND_FRONT_PATH_LEN];
	unsigned int pcm;
	unsigned int index;
	int direction;
	unsigned int substream;
};

/**
 * struct xen_snd_front_cfg_pcm - one PCM device of the XenStore tree
 * @name: its name, may be empty
 * @count: number of streams per direction
 */
struct xen_snd_front_cfg_pcm {
	char name[XEN_SND_FRONT_PCM_NAME_LEN];
	unsigned int count[SNDRV_PCM_STREAM_LAST + 1];
};

/**
 * struct xen_snd_front_cfg - the description of one card
 * @short_name: the card's short name
 * @long_name: the card's long name, may be empty
 * @num_pcms: number of PCM devices
 * @pcms: the PCM devices
 * @num_streams: number of streams of all devices
 * @streams: the streams, by device and then by index
 */
struct xen_snd_front_cfg {
	char short_name[sizeof_field(struct snd_card, shortname)];
	char long_name[sizeof_field(struct snd_card, longname)];
	unsigned int num_pcms;
	struct xen_snd_front_cfg_pcm *pcms;
	unsigned int num_streams;
	struct xen_snd_front_cfg_stream *streams;
};

int xen_snd_front_cfg_read(struct xenbus_device *dev, struct xen_snd_front_cfg *cfg);
bool xen_snd_front_cfg_same(const struct xen_snd_front_cfg *a,
			    const struct xen_snd_front_cfg *b);
u64 xen_snd_front_cfg_formats_to_xen(u64 alsa);
u64 xen_snd_front_cfg_formats_to_alsa(u64 xen);

/**
 * xen_snd_front_cfg_free() - free what a description holds
 * @cfg: a description that was read, or all zero
 *
 * Context: process context.
 */
static inline void xen_snd_front_cfg_free(struct xen_snd_front_cfg *cfg)
{
	kvfree(cfg->streams);
	kvfree(cfg->pcms);
	memset(cfg, 0, sizeof(*cfg));
}

#if IS_ENABLED(CONFIG_KUNIT)
int xen_snd_front_cfg_version(struct xenbus_device *dev);
int xen_snd_front_cfg_format_by_name(const char *name, size_t len);
u64 xen_snd_front_cfg_all_formats(void);
char *xen_snd_front_cfg_read_value(const char *dir, const char *node, unsigned int *len);
char **xen_snd_front_cfg_list(const char *dir, unsigned int *count);
#endif

#endif /* __XEN_SND_FRONT_CFG_H */
