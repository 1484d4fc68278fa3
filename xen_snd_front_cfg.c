// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: from XenStore to a checked description
 *
 * The frontend's directory describes the card, its numbered sub-directories the
 * PCM devices, and theirs the streams (sndif.h, "Frontend XenBus Nodes"). A wrong
 * node costs the whole device: a card that is not what its owner described would
 * only show later, and far from the cause.
 */

#include <linux/ctype.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "xen_snd_front.h"

#define ITEM_LEN	(XENSND_SAMPLE_FORMAT_MAX_LEN + 1)

static int read_channels(const struct xen_snd_front_dir *dir,
			 struct xen_snd_front_limits *limits)
{
	unsigned int min = limits->channels_min;
	unsigned int max = limits->channels_max;
	char value[16];
	int ret;

	ret = xen_snd_front_node_uint(dir, XENSND_FIELD_CHANNELS_MIN, limits->channels_min,
				      U8_MAX, &min);
	if (ret)
		return ret;
	ret = xen_snd_front_node_uint(dir, XENSND_FIELD_CHANNELS_MAX, limits->channels_min,
				      limits->channels_max ?: U8_MAX, &max);
	if (ret)
		return ret;

	if (max && min > max) {
		snprintf(value, sizeof(value), "%u", min);
		return xen_snd_front_node_bad(dir, XENSND_FIELD_CHANNELS_MIN, value,
					      "more than " XENSND_FIELD_CHANNELS_MAX);
	}

	limits->channels_min = min;
	limits->channels_max = max;
	return 0;
}

/*
 * Copies the next item of a list, without the blanks around it. One that is longer than
 * the protocol's longest comes out empty, which is as wrong everywhere.
 * Return: false where the list has ended.
 */
static bool next_item(const char **list, char item[ITEM_LEN])
{
	const char *from;
	size_t len;

	if (!*list)
		return false;

	from = skip_spaces(*list);
	len = strcspn(from, XENSND_LIST_SEPARATOR);
	*list = from[len] ? from + len + 1 : NULL;
	while (len && isspace(from[len - 1]))
		len--;
	if (len >= ITEM_LEN)
		len = 0;

	memcpy(item, from, len);
	item[len] = '\0';
	return true;
}

static int cmp_rates(const void *a, const void *b)
{
	unsigned int l = *(const unsigned int *)a;
	unsigned int r = *(const unsigned int *)b;

	return l < r ? -1 : l > r;
}

static bool has_rate(const struct xen_snd_front_limits *limits, unsigned int rate)
{
	unsigned int i;

	for (i = 0; i < limits->num_rates; i++)
		if (limits->rates[i] == rate)
			return true;

	return false;
}

/* Return: NULL, or what is wrong with the list. */
static const char *parse_rates(const char *list, const struct xen_snd_front_limits *upper,
			       struct xen_snd_front_limits *limits)
{
	char item[ITEM_LEN];
	unsigned int rate;

	limits->num_rates = 0;
	while (next_item(&list, item)) {
		if (kstrtouint(item, 10, &rate))
			return "not a list of decimal numbers";
		if (!rate || rate > XEN_SND_FRONT_MAX_RATE)
			return "a rate is out of range";
		if (upper->num_rates && !has_rate(upper, rate))
			return "a rate that the level above does not have";
		if (has_rate(limits, rate))
			continue;
		if (limits->num_rates == ARRAY_SIZE(limits->rates))
			return "too many rates";
		limits->rates[limits->num_rates++] = rate;
	}

	/* The order is free in XenStore, and ascending for whoever searches it here. */
	sort(limits->rates, limits->num_rates, sizeof(limits->rates[0]), cmp_rates, NULL);
	return NULL;
}

static const char *parse_formats(const char *list, const struct xen_snd_front_limits *upper,
				 struct xen_snd_front_limits *limits)
{
	char item[ITEM_LEN];
	int format;

	limits->formats = 0;
	while (next_item(&list, item)) {
		format = xen_snd_front_fmt_by_name(item, strlen(item));
		if (format < 0)
			return "a format that the protocol does not have";
		if (!xen_snd_front_fmt_is_usable((__force snd_pcm_format_t)format))
			continue;
		if (upper->formats && !(upper->formats & BIT_ULL(format)))
			return "a format that the level above does not have";
		limits->formats |= BIT_ULL(format);
	}

	return limits->formats ? NULL : "no format that a PCM can have";
}

typedef const char *(*parse_fn)(const char *list, const struct xen_snd_front_limits *upper,
				struct xen_snd_front_limits *limits);

static int read_list(const struct xen_snd_front_dir *dir, const char *node,
		     struct xen_snd_front_limits *limits, parse_fn parse)
{
	struct xen_snd_front_limits upper = *limits;
	const char *why;
	char *str;
	int ret;

	ret = xen_snd_front_node_read(dir, node, &str);
	if (ret || !str)
		return ret;

	why = parse(str, &upper, limits);
	if (why)
		ret = xen_snd_front_node_bad(dir, node, str, why);

	kfree(str);
	return ret;
}

/* Narrows @limits by what @dir says; what it does not mention is inherited. */
static int read_limits(const struct xen_snd_front_dir *dir,
		       struct xen_snd_front_limits *limits)
{
	unsigned int size = limits->buffer_size;
	int ret;

	ret = read_channels(dir, limits);
	if (ret)
		return ret;
	ret = read_list(dir, XENSND_FIELD_SAMPLE_RATES, limits, parse_rates);
	if (ret)
		return ret;
	ret = read_list(dir, XENSND_FIELD_SAMPLE_FORMATS, limits, parse_formats);
	if (ret)
		return ret;
	ret = xen_snd_front_node_uint(dir, XENSND_FIELD_BUFFER_SIZE, XEN_SND_FRONT_MIN_BUFFER,
				      limits->buffer_size ?: U32_MAX, &size);
	limits->buffer_size = size;
	return ret;
}

/* For what no level has set: what a user of a sound card would expect. */
static void default_limits(struct xen_snd_front_limits *limits)
{
	static const unsigned int rates[] = {
		5512, 8000, 11025, 16000, 22050, 32000, 44100, 48000,
		64000, 88200, 96000, 176400, 192000,
	};

	if (!limits->channels_max)
		limits->channels_max = max(2u, limits->channels_min);
	if (!limits->num_rates) {
		BUILD_BUG_ON(sizeof(rates) > sizeof(limits->rates));
		memcpy(limits->rates, rates, sizeof(rates));
		limits->num_rates = ARRAY_SIZE(rates);
	}
	if (!limits->formats)
		limits->formats = xen_snd_front_fmt_mask_all();
	if (!limits->buffer_size)
		limits->buffer_size = XEN_SND_FRONT_DEF_BUFFER;
	/* The node is an upper limit: less than it allows is always right. */
	limits->buffer_size = min(limits->buffer_size, XEN_SND_FRONT_MAX_BUFFER);
}

static int read_type(const struct xen_snd_front_dir *dir,
		     struct xen_snd_front_cfg_stream *stream)
{
	char *type;
	int ret;

	ret = xen_snd_front_node_read(dir, XENSND_FIELD_TYPE, &type);
	if (ret)
		return ret;
	if (type && !strcmp(type, XENSND_STREAM_TYPE_PLAYBACK))
		stream->direction = SNDRV_PCM_STREAM_PLAYBACK;
	else if (type && !strcmp(type, XENSND_STREAM_TYPE_CAPTURE))
		stream->direction = SNDRV_PCM_STREAM_CAPTURE;
	else
		ret = xen_snd_front_node_bad(dir, XENSND_FIELD_TYPE, type ?: "",
					     "neither \"" XENSND_STREAM_TYPE_PLAYBACK "\" nor \""
					     XENSND_STREAM_TYPE_CAPTURE "\"");
	kfree(type);
	return ret;
}

static int read_stream(struct xenbus_device *dev, struct xen_snd_front_cfg_pcm *pcm,
		       struct xen_snd_front_cfg_stream *stream)
{
	struct xen_snd_front_dir dir = { .dev = dev, .path = stream->path };
	int ret;

	ret = xen_snd_front_node_list(&dir);
	if (ret)
		return ret;
	ret = read_limits(&dir, &stream->limits);
	if (!ret)
		ret = read_type(&dir, stream);
	kfree(dir.names);
	if (ret)
		return ret;

	default_limits(&stream->limits);
	stream->substream = pcm->count[stream->direction]++;
	return 0;
}

/*
 * Counts the numbered sub-directories of @dir, which must be 0 to n - 1.
 * Return: their number, or a negative errno, told.
 */
static int count_dirs(const struct xen_snd_front_dir *dir,
		      unsigned int max, const char *what)
{
	unsigned int count = 0;
	unsigned int next = 0;
	unsigned int num;
	unsigned int i;

	for (i = 0; i < dir->count; i++) {
		if (kstrtouint(dir->names[i], 10, &num))
			continue;
		count++;
		next = max(next, num < U32_MAX ? num + 1 : num);
	}

	if (!count || next != count || count > max) {
		dev_err_ratelimited(&dir->dev->dev,
				    "%s: %u %s, the last is %d: must be 1 to %u, numbered from 0\n",
				    dir->path, count, what, (int)next - 1, max);
		return -EINVAL;
	}

	return count;
}

static int add_streams(struct xen_snd_front_cfg *cfg, unsigned int count)
{
	struct xen_snd_front_cfg_stream *streams;

	streams = xen_snd_front_xen_zalloc(cfg->num_streams + count, sizeof(*streams));
	if (!streams)
		return -ENOMEM;

	memcpy(streams, cfg->streams, cfg->num_streams * sizeof(*streams));
	kvfree(cfg->streams);
	cfg->streams = streams;
	return 0;
}

/* Return: the number of streams, or a negative errno. */
static int read_pcm_nodes(struct xenbus_device *dev, const char *path,
			  struct xen_snd_front_cfg_pcm *pcm,
			  struct xen_snd_front_limits *limits)
{
	struct xen_snd_front_dir dir = { .dev = dev, .path = path };
	int ret;

	ret = xen_snd_front_node_list(&dir);
	if (ret)
		return ret;
	ret = xen_snd_front_node_name(&dir, XENSND_FIELD_DEVICE_NAME, pcm->name, sizeof(pcm->name));
	if (!ret)
		ret = read_limits(&dir, limits);
	if (!ret)
		ret = count_dirs(&dir, XEN_SND_FRONT_MAX_STREAMS, "streams");
	kfree(dir.names);
	return ret;
}

static int read_pcm(struct xenbus_device *dev, const char *path, unsigned int index,
		    struct xen_snd_front_limits limits, struct xen_snd_front_cfg *cfg)
{
	struct xen_snd_front_cfg_pcm *pcm = &cfg->pcms[index];
	struct xen_snd_front_cfg_stream *stream;
	unsigned int i;
	int count;
	int ret;

	count = read_pcm_nodes(dev, path, pcm, &limits);
	if (count < 0)
		return count;
	ret = add_streams(cfg, count);
	if (ret)
		return ret;

	for (i = 0; i < count; i++) {
		stream = &cfg->streams[cfg->num_streams];
		stream->limits = limits;
		stream->pcm = index;
		stream->index = i;
		snprintf(stream->path, sizeof(stream->path), "%s/%u", path, i);
		cfg->num_streams++;
		ret = read_stream(dev, pcm, stream);
		if (ret)
			return ret;
	}

	return 0;
}

/* Return: the number of PCM devices, or a negative errno. */
static int read_card_nodes(struct xenbus_device *dev, struct xen_snd_front_cfg *cfg,
			   struct xen_snd_front_limits *limits)
{
	struct xen_snd_front_dir dir = { .dev = dev, .path = dev->nodename };
	int ret;

	ret = xen_snd_front_node_list(&dir);
	if (ret)
		return ret;
	ret = xen_snd_front_node_name(&dir, XENSND_FIELD_VCARD_SHORT_NAME, cfg->short_name,
				      sizeof(cfg->short_name));
	if (!ret)
		ret = xen_snd_front_node_name(&dir, XENSND_FIELD_VCARD_LONG_NAME, cfg->long_name,
					      sizeof(cfg->long_name));
	if (!ret)
		ret = read_limits(&dir, limits);
	if (!ret)
		ret = count_dirs(&dir, XEN_SND_FRONT_MAX_PCMS, "PCM devices");
	kfree(dir.names);
	return ret;
}

static int read_card(struct xenbus_device *dev, struct xen_snd_front_cfg *cfg)
{
	struct xen_snd_front_limits limits = { .channels_min = 1 };
	/* xenbus lets no device have a longer name than 26 octets. */
	char path[48];
	unsigned int i;
	int count;
	int ret;

	count = read_card_nodes(dev, cfg, &limits);
	if (count < 0)
		return count;
	cfg->pcms = xen_snd_front_xen_zalloc(count, sizeof(*cfg->pcms));
	if (!cfg->pcms)
		return -ENOMEM;
	cfg->num_pcms = count;

	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%u", dev->nodename, i);
		ret = read_pcm(dev, path, i, limits, cfg);
		if (ret)
			return ret;
	}

	return 0;
}

/**
 * xen_snd_front_cfg_read() - read and check the description of a card
 * @dev: the xenbus device
 * @cfg: filled; to be freed with xen_snd_front_cfg_free()
 *
 * Source: sndif.h, "PCM settings", "Virtual sound card settings", "Device settings",
 * "Stream settings".
 *
 * Context: process context, sleeps for XenStore.
 * Return: 0 or a negative errno; a wrong node has been named in one message, and
 * nothing is left to free.
 */
int xen_snd_front_cfg_read(struct xenbus_device *dev, struct xen_snd_front_cfg *cfg)
{
	int ret;

	memset(cfg, 0, sizeof(*cfg));
	strscpy(cfg->short_name, "Xen sound", sizeof(cfg->short_name));

	ret = read_card(dev, cfg);
	if (ret)
		xen_snd_front_cfg_free(cfg);
	return ret;
}

/**
 * xen_snd_front_cfg_free() - free what a description holds
 * @cfg: a description that was read, or all zero
 *
 * Context: process context.
 */
void xen_snd_front_cfg_free(struct xen_snd_front_cfg *cfg)
{
	kvfree(cfg->streams);
	kvfree(cfg->pcms);
	memset(cfg, 0, sizeof(*cfg));
}

static bool same_limits(const struct xen_snd_front_limits *a,
			const struct xen_snd_front_limits *b)
{
	return a->channels_min == b->channels_min && a->channels_max == b->channels_max &&
	       a->num_rates == b->num_rates &&
	       !memcmp(a->rates, b->rates, a->num_rates * sizeof(a->rates[0])) &&
	       a->formats == b->formats && a->buffer_size == b->buffer_size;
}

/**
 * xen_snd_front_cfg_same() - do two descriptions describe the same card
 * @a: one
 * @b: another
 *
 * Names do not matter: a card that applications have open keeps the one it has.
 *
 * Context: any.
 * Return: true if a card made from one serves as the other.
 */
bool xen_snd_front_cfg_same(const struct xen_snd_front_cfg *a,
			    const struct xen_snd_front_cfg *b)
{
	unsigned int i;

	if (a->num_pcms != b->num_pcms || a->num_streams != b->num_streams)
		return false;

	for (i = 0; i < a->num_streams; i++)
		if (a->streams[i].pcm != b->streams[i].pcm ||
		    a->streams[i].direction != b->streams[i].direction ||
		    !same_limits(&a->streams[i].limits, &b->streams[i].limits))
			return false;

	return true;
}

/**
 * xen_snd_front_cfg_version() - choose the protocol version
 * @dev: the xenbus device
 * @version: the version chosen
 *
 * Positions, without which ALSA's pointer would stand still, came with version 2, so
 * that is the only one spoken. A backend that does not list its versions is taken to
 * speak it: public ones do not write the node.
 *
 * Source: sndif.h, "Backend XenBus Nodes".
 *
 * Context: process context, sleeps for XenStore.
 * Return: 0, or a negative errno, told.
 */
int xen_snd_front_cfg_version(struct xenbus_device *dev, unsigned int *version)
{
	const struct xen_snd_front_dir dir = {
		.dev = dev,
		.path = dev->otherend,
		.foreign = true,
	};
	char item[ITEM_LEN];
	const char *list;
	unsigned int num;
	char *str;
	int ret;

	*version = XENSND_PROTOCOL_VERSION;
	ret = xen_snd_front_node_read(&dir, XENSND_FIELD_BE_VERSIONS, &str);
	if (ret || !str)
		return ret;

	ret = -EPROTONOSUPPORT;
	list = str;
	while (next_item(&list, item))
		if (!kstrtouint(item, 10, &num) && num == XENSND_PROTOCOL_VERSION)
			ret = 0;

	if (ret)
		xen_snd_front_node_bad(&dir, XENSND_FIELD_BE_VERSIONS, str,
				       "does not have version "
				       __stringify(XENSND_PROTOCOL_VERSION));
	kfree(str);
	return ret;
}
