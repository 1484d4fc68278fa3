// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: from XenStore to a checked description
 *
 * The frontend's directory describes the card, its numbered sub-directories the PCM devices, and
 * their sub-directories the streams (sndif.h, "Frontend XenBus Nodes"). A wrong node disables the
 * whole device, with one message that names the node and its value: a card that differs from its
 * description would show the fault later, and far from the cause.
 */

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include <linux/ctype.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include <xen/interface/io/sndif.h>

#include "xen_snd_front_cfg.h"

#define ITEM_LEN	(XENSND_SAMPLE_FORMAT_MAX_LEN + 1)
/* How much of a wrong value is shown, bytes. */
#define SHOWN_LEN	80

/* ---- Sample formats ---- */

struct sample_format {
	const char *name;
	u8 xen;
	snd_pcm_format_t alsa;
};

#define FMT(x, a) { XENSND_PCM_FORMAT_ ## x ## _STR, XENSND_PCM_FORMAT_ ## x, \
		    SNDRV_PCM_FORMAT_ ## a }

/* sndif.h, "PCM FORMATS" */
static const struct sample_format formats[] = {
	FMT(S8, S8),
	FMT(U8, U8),
	FMT(S16_LE, S16_LE),
	FMT(S16_BE, S16_BE),
	FMT(U16_LE, U16_LE),
	FMT(U16_BE, U16_BE),
	FMT(S24_LE, S24_LE),
	FMT(S24_BE, S24_BE),
	FMT(U24_LE, U24_LE),
	FMT(U24_BE, U24_BE),
	FMT(S32_LE, S32_LE),
	FMT(S32_BE, S32_BE),
	FMT(U32_LE, U32_LE),
	FMT(U32_BE, U32_BE),
	FMT(F32_LE, FLOAT_LE),
	FMT(F32_BE, FLOAT_BE),
	FMT(F64_LE, FLOAT64_LE),
	FMT(F64_BE, FLOAT64_BE),
	FMT(IEC958_SUBFRAME_LE, IEC958_SUBFRAME_LE),
	FMT(IEC958_SUBFRAME_BE, IEC958_SUBFRAME_BE),
	FMT(MU_LAW, MU_LAW),
	FMT(A_LAW, A_LAW),
	FMT(IMA_ADPCM, IMA_ADPCM),
	FMT(MPEG, MPEG),
	FMT(GSM, GSM),
};

/* Names that the xl toolstack writes instead of "float_le" and the like of sndif.h. */
static const struct sample_format aliases[] = {
	{ "f32_le", XENSND_PCM_FORMAT_F32_LE, SNDRV_PCM_FORMAT_FLOAT_LE },
	{ "f32_be", XENSND_PCM_FORMAT_F32_BE, SNDRV_PCM_FORMAT_FLOAT_BE },
	{ "f64_le", XENSND_PCM_FORMAT_F64_LE, SNDRV_PCM_FORMAT_FLOAT64_LE },
	{ "f64_be", XENSND_PCM_FORMAT_F64_BE, SNDRV_PCM_FORMAT_FLOAT64_BE },
};

static bool has_format_name(const struct sample_format *format, const char *name, size_t len)
{
	return strlen(format->name) == len && !strncasecmp(format->name, name, len);
}

/*
 * @name: as in XENSND_PCM_FORMAT_XXX_STR, or as xl writes it; @len: its length, bytes.
 * Return: SNDRV_PCM_FORMAT_XXX or -EINVAL.
 */
VISIBLE_IF_KUNIT int xen_snd_front_cfg_format_by_name(const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (has_format_name(&formats[i], name, len))
			return (__force int)formats[i].alsa;
	for (i = 0; i < ARRAY_SIZE(aliases); i++)
		if (has_format_name(&aliases[i], name, len))
			return (__force int)aliases[i].alsa;

	return -EINVAL;
}

/**
 * xen_snd_front_cfg_formats_to_xen() - convert a mask of formats
 * @alsa: mask of (1 << SNDRV_PCM_FORMAT_XXX)
 *
 * Context: any.
 * Return: mask of (1 << XENSND_PCM_FORMAT_XXX); what the protocol lacks is left out.
 */
u64 xen_snd_front_cfg_formats_to_xen(u64 alsa)
{
	u64 xen = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (alsa & pcm_format_to_bits(formats[i].alsa))
			xen |= BIT_ULL(formats[i].xen);

	return xen;
}

/**
 * xen_snd_front_cfg_formats_to_alsa() - convert a mask of formats
 * @xen: mask of (1 << XENSND_PCM_FORMAT_XXX)
 *
 * Context: any.
 * Return: mask of (1 << SNDRV_PCM_FORMAT_XXX); unknown bits are left out.
 */
u64 xen_snd_front_cfg_formats_to_alsa(u64 xen)
{
	u64 alsa = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (xen & BIT_ULL(formats[i].xen))
			alsa |= pcm_format_to_bits(formats[i].alsa);

	return alsa;
}

/*
 * ALSA's core computes periods and buffers from the size of a sample. MPEG and GSM have none, so no
 * PCM can have these formats.
 */
static bool is_usable_format(snd_pcm_format_t format)
{
	return snd_pcm_format_physical_width(format) > 0;
}

/* Every format of the protocol that a PCM can have, as (1 << SNDRV_PCM_FORMAT_XXX). */
VISIBLE_IF_KUNIT u64 xen_snd_front_cfg_all_formats(void)
{
	u64 alsa = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (is_usable_format(formats[i].alsa))
			alsa |= pcm_format_to_bits(formats[i].alsa);

	return alsa;
}

/* ---- XenStore nodes ---- */

/**
 * struct cfg_dir - a directory of XenStore
 * @dev: the device that it belongs to
 * @path: its path
 * @names: names of the nodes in it; NULL if it was not listed
 * @count: number of @names
 * @foreign: it is the backend's directory, with a message limit of its own
 *
 * Most optional nodes do not exist. A listing avoids reading them: while XenStore is busy, each
 * request takes milliseconds.
 */
struct cfg_dir {
	struct xenbus_device *dev;
	const char *path;
	char **names;
	unsigned int count;
	bool foreign;
};

/*
 * A backend can repeat a mistake of its own at any rate, and can make the frontend read the
 * toolstack's nodes at any rate. Each kind of message has a limit of its own.
 */
static bool may_report(const struct cfg_dir *dir)
{
	static DEFINE_RATELIMIT_STATE(foreign, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);
	static DEFINE_RATELIMIT_STATE(own, DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST);

	return __ratelimit(dir->foreign ? &foreign : &own);
}

/* Names the node that has to be corrected. Return: -EINVAL. */
static int report_bad_node(const struct cfg_dir *dir, const char *node,
			   const char *value, const char *why)
{
	if (may_report(dir))
		dev_err(&dir->dev->dev, "%s/%s = \"%*pE\": %s\n", dir->path, node,
			(int)strnlen(value, SHOWN_LEN), value, why);
	return -EINVAL;
}

VISIBLE_IF_KUNIT char **xen_snd_front_cfg_list(const char *dir, unsigned int *count)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_cfg_list, dir, count);
	return xenbus_directory(XBT_NIL, dir, "", count);
}

VISIBLE_IF_KUNIT char *xen_snd_front_cfg_read_value(const char *dir, const char *node,
						    unsigned int *len)
{
	KUNIT_STATIC_STUB_REDIRECT(xen_snd_front_cfg_read_value, dir, node, len);
	return xenbus_read(XBT_NIL, dir, node, len);
}

/* Fills @dir->names, for kfree(). Return: 0 or a negative errno, reported. */
static int list_dir(struct cfg_dir *dir)
{
	dir->names = xen_snd_front_cfg_list(dir->path, &dir->count);
	if (!IS_ERR(dir->names))
		return 0;

	if (may_report(dir))
		dev_err(&dir->dev->dev, "%s: cannot be listed: %pe\n", dir->path, dir->names);
	return PTR_ERR(dir->names);
}

static bool has_node(const struct cfg_dir *dir, const char *node)
{
	unsigned int i;

	for (i = 0; i < dir->count; i++)
		if (!strcmp(dir->names[i], node))
			return true;

	return !dir->names;
}

/*
 * Return: 0 and a string for kfree(), or NULL where there is no such node; or a negative errno,
 * reported.
 */
static int read_string(const struct cfg_dir *dir, const char *node, char **value)
{
	unsigned int len;
	char *str;

	*value = NULL;
	if (!has_node(dir, node))
		return 0;

	str = xen_snd_front_cfg_read_value(dir->path, node, &len);
	if (IS_ERR(str)) {
		if (PTR_ERR(str) == -ENOENT)
			return 0;
		if (may_report(dir))
			dev_err(&dir->dev->dev, "%s/%s: cannot be read: %pe\n", dir->path,
				node, str);
		return PTR_ERR(str);
	}

	if (strlen(str) != len) {
		report_bad_node(dir, node, str, "has a NUL inside");
		kfree(str);
		return -EINVAL;
	}

	*value = str;
	return 0;
}

/*
 * Leaves @value unchanged if there is no such node. Return: 0 or a negative errno, reported.
 */
static int read_uint(const struct cfg_dir *dir, const char *node,
		     unsigned int min, unsigned int max, unsigned int *value)
{
	unsigned int num;
	char *str;
	int ret;

	ret = read_string(dir, node, &str);
	if (ret || !str)
		return ret;

	if (kstrtouint(str, 10, &num))
		ret = report_bad_node(dir, node, str, "not a decimal number");
	else if (num < min || num > max)
		ret = report_bad_node(dir, node, str, "out of range");
	else
		*value = num;

	kfree(str);
	return ret;
}

/*
 * Leaves @name, of @size bytes, unchanged if there is no such node. Only users read names, so one
 * that is too long is cut, not refused. Return: 0 or a negative errno, reported.
 */
static int read_name(const struct cfg_dir *dir, const char *node, char *name,
		     size_t size)
{
	char *str;
	int ret;

	ret = read_string(dir, node, &str);
	if (ret || !str)
		return ret;

	if (strscpy(name, str, size) < 0 && may_report(dir))
		dev_warn(&dir->dev->dev, "%s/%s: cut to %zu bytes\n", dir->path, node,
			 size - 1);

	kfree(str);
	return 0;
}

/* ---- Limits ---- */

static int read_channels(const struct cfg_dir *dir,
			 struct xen_snd_front_limits *limits)
{
	unsigned int min = limits->channels_min;
	unsigned int max = limits->channels_max;
	char value[16];
	int ret;

	ret = read_uint(dir, XENSND_FIELD_CHANNELS_MIN, limits->channels_min,
			U8_MAX, &min);
	if (ret)
		return ret;
	ret = read_uint(dir, XENSND_FIELD_CHANNELS_MAX, limits->channels_min,
			limits->channels_max ?: U8_MAX, &max);
	if (ret)
		return ret;

	if (max && min > max) {
		snprintf(value, sizeof(value), "%u", min);
		return report_bad_node(dir, XENSND_FIELD_CHANNELS_MIN, value,
					      "more than " XENSND_FIELD_CHANNELS_MAX);
	}

	limits->channels_min = min;
	limits->channels_max = max;
	return 0;
}

/*
 * Copies the next item of a list, without the blanks around it. An item that is longer than the
 * longest of the protocol becomes empty, which is an error in every list.
 * Return: false at the end of the list.
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

	/* XenStore may have any order; constraints and queries need an ascending one. */
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
		format = xen_snd_front_cfg_format_by_name(item, strlen(item));
		if (format < 0)
			return "a format that the protocol does not have";
		if (!is_usable_format((__force snd_pcm_format_t)format))
			continue;
		if (upper->formats && !(upper->formats & BIT_ULL(format)))
			return "a format that the level above does not have";
		limits->formats |= BIT_ULL(format);
	}

	return limits->formats ? NULL : "no format that a PCM can have";
}

typedef const char *(*parse_fn)(const char *list, const struct xen_snd_front_limits *upper,
				struct xen_snd_front_limits *limits);

static int read_list(const struct cfg_dir *dir, const char *node,
		     struct xen_snd_front_limits *limits, parse_fn parse)
{
	struct xen_snd_front_limits upper = *limits;
	const char *why;
	char *str;
	int ret;

	ret = read_string(dir, node, &str);
	if (ret || !str)
		return ret;

	why = parse(str, &upper, limits);
	if (why)
		ret = report_bad_node(dir, node, str, why);

	kfree(str);
	return ret;
}

/* Narrows @limits by the nodes in @dir; limits without a node are inherited. */
static int read_limits(const struct cfg_dir *dir,
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
	ret = read_uint(dir, XENSND_FIELD_BUFFER_SIZE, XEN_SND_FRONT_MIN_BUFFER,
			limits->buffer_size ?: U32_MAX, &size);
	limits->buffer_size = size;
	return ret;
}

/* Sets the limits that no level has set to those of a usual sound card. */
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
		limits->formats = xen_snd_front_cfg_all_formats();
	if (!limits->buffer_size)
		limits->buffer_size = XEN_SND_FRONT_DEF_BUFFER;
	/* The node is an upper limit, so a smaller buffer is always valid. */
	limits->buffer_size = min(limits->buffer_size, XEN_SND_FRONT_MAX_BUFFER);
}

/* ---- The card, its PCM devices and streams ---- */

static int read_type(const struct cfg_dir *dir,
		     struct xen_snd_front_cfg_stream *stream)
{
	char *type;
	int ret;

	ret = read_string(dir, XENSND_FIELD_TYPE, &type);
	if (ret)
		return ret;
	if (type && !strcmp(type, XENSND_STREAM_TYPE_PLAYBACK))
		stream->direction = SNDRV_PCM_STREAM_PLAYBACK;
	else if (type && !strcmp(type, XENSND_STREAM_TYPE_CAPTURE))
		stream->direction = SNDRV_PCM_STREAM_CAPTURE;
	else
		ret = report_bad_node(dir, XENSND_FIELD_TYPE, type ?: "",
				      "neither \"" XENSND_STREAM_TYPE_PLAYBACK "\" nor \""
				      XENSND_STREAM_TYPE_CAPTURE "\"");
	kfree(type);
	return ret;
}

static int read_stream(struct xenbus_device *dev, struct xen_snd_front_cfg_pcm *pcm,
		       struct xen_snd_front_cfg_stream *stream)
{
	struct cfg_dir dir = { .dev = dev, .path = stream->path };
	int ret;

	ret = list_dir(&dir);
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
 * Return: their number, or a negative errno, reported.
 */
static int count_dirs(const struct cfg_dir *dir,
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

	streams = kvcalloc(cfg->num_streams + count, sizeof(*streams), GFP_KERNEL);
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
	struct cfg_dir dir = { .dev = dev, .path = path };
	int ret;

	ret = list_dir(&dir);
	if (ret)
		return ret;
	ret = read_name(&dir, XENSND_FIELD_DEVICE_NAME, pcm->name, sizeof(pcm->name));
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
	struct cfg_dir dir = { .dev = dev, .path = dev->nodename };
	int ret;

	ret = list_dir(&dir);
	if (ret)
		return ret;
	ret = read_name(&dir, XENSND_FIELD_VCARD_SHORT_NAME, cfg->short_name,
			sizeof(cfg->short_name));
	if (!ret)
		ret = read_name(&dir, XENSND_FIELD_VCARD_LONG_NAME, cfg->long_name,
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
	/* xenbus limits the name of a device to 26 bytes. */
	char path[48];
	unsigned int i;
	int count;
	int ret;

	count = read_card_nodes(dev, cfg, &limits);
	if (count < 0)
		return count;
	cfg->pcms = kvcalloc(count, sizeof(*cfg->pcms), GFP_KERNEL);
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

/*
 * Version 2 of the protocol (sndif.h, "Backend XenBus Nodes") is the first one with positions,
 * without which ALSA's pointer would not move, so no other is supported. A backend without the node
 * is assumed to support it: public backends do not write it.
 * Return: 0, or a negative errno, reported.
 */
VISIBLE_IF_KUNIT int xen_snd_front_cfg_version(struct xenbus_device *dev)
{
	const struct cfg_dir dir = {
		.dev = dev,
		.path = dev->otherend,
		.foreign = true,
	};
	char item[ITEM_LEN];
	const char *list;
	unsigned int num;
	char *str;
	int ret;

	ret = read_string(&dir, XENSND_FIELD_BE_VERSIONS, &str);
	if (ret || !str)
		return ret;

	ret = -EPROTONOSUPPORT;
	list = str;
	while (next_item(&list, item))
		if (!kstrtouint(item, 10, &num) && num == XENSND_PROTOCOL_VERSION)
			ret = 0;

	if (ret)
		report_bad_node(&dir, XENSND_FIELD_BE_VERSIONS, str,
				"does not have version "
				__stringify(XENSND_PROTOCOL_VERSION));
	kfree(str);
	return ret;
}

/**
 * xen_snd_front_cfg_read() - read and check the description of a card
 * @dev: the xenbus device
 * @cfg: filled; to be freed with xen_snd_front_cfg_free()
 *
 * The protocol version is checked, too.
 *
 * Source: sndif.h, "Backend XenBus Nodes", "PCM settings", "Virtual sound card settings",
 * "Device settings", "Stream settings".
 *
 * Context: process context, sleeps for XenStore.
 * Return: 0, or a negative errno; then one message has named the wrong node, and there is nothing
 * to free.
 */
int xen_snd_front_cfg_read(struct xenbus_device *dev, struct xen_snd_front_cfg *cfg)
{
	int ret;

	memset(cfg, 0, sizeof(*cfg));
	strscpy(cfg->short_name, "Xen sound", sizeof(cfg->short_name));

	ret = xen_snd_front_cfg_version(dev);
	if (!ret)
		ret = read_card(dev, cfg);
	if (ret)
		xen_snd_front_cfg_free(cfg);
	return ret;
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
 * Names are not compared: a card that applications have open keeps its names.
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
