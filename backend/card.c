// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: from XenStore to a list of streams.
 *
 * Limits are inherited from card to PCM device to stream and only get
 * narrower. The guest can write all of these nodes, so all are checked; one
 * wrong value refuses the card, with one line that names the node.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card.h"
#include "number.h"
#include "util.h"

#define MAX_PCMS	32u

/**
 * struct reader - what is read
 * @st: XenStore
 * @log: for errors
 * @dir: directory of the current level
 */
struct reader {
	struct store *st;
	struct log_guest *log;
	char dir[STORE_PATH_MAX];
};

/* Split a list at its separators; blanks around the items do not count. */
static size_t next_item(const char **s, const char **item)
{
	size_t len;

	while (isspace((unsigned char)**s))
		(*s)++;
	*item = *s;
	len = strcspn(*s, XENSND_LIST_SEPARATOR);
	*s += len;
	if (**s)
		(*s)++;
	while (len && isspace((unsigned char)(*item)[len - 1]))
		len--;
	return len;
}

static bool rate_in(const struct snd_caps *caps, uint32_t rate)
{
	unsigned int i;

	if (!caps->num_rates)
		return rate >= caps->rates.min && rate <= caps->rates.max;
	for (i = 0; i < caps->num_rates; i++)
		if (caps->rate_list[i] == rate)
			return true;
	return false;
}

/**
 * parse_rates() - narrow the rates to a list.
 * @s: sample-rates
 * @caps: limits of the level above, narrowed
 *
 * Return: false for a bad list, or one that leaves nothing.
 */
bool parse_rates(const char *s, struct snd_caps *caps)
{
	uint32_t list[SND_MAX_RATES], rate, lo = UINT32_MAX, hi = 0;
	unsigned int num = 0;
	const char *item;
	char buf[16];
	size_t len;

	while (*s) {
		len = next_item(&s, &item);
		if (!len || len >= sizeof(buf))
			return false;
		memcpy(buf, item, len);
		buf[len] = '\0';
		if (!parse_u32(buf, SND_MAX_RATE, &rate) || !rate)
			return false;
		if (!rate_in(caps, rate))
			continue;
		if (num == SND_MAX_RATES)
			return false;
		list[num++] = rate;
		lo = min_u32(lo, rate);
		hi = max_u32(hi, rate);
	}
	if (!num)
		return false;
	memcpy(caps->rate_list, list, num * sizeof(*list));
	caps->num_rates = num;
	caps->rates.min = lo;
	caps->rates.max = hi;
	return true;
}

/**
 * parse_formats() - narrow the formats to a list.
 * @s: sample-formats
 * @caps: limits of the level above, narrowed
 *
 * Return: false for a bad list, or one that leaves nothing.
 */
bool parse_formats(const char *s, struct snd_caps *caps)
{
	uint64_t mask = 0;
	const char *item;
	size_t len;
	int f;

	while (*s) {
		len = next_item(&s, &item);
		f = snd_format_parse(item, len);
		if (f < 0)
			return false;
		mask |= 1ull << f;
	}
	caps->formats &= mask;
	return caps->formats != 0;
}

static bool report_bad(struct reader *r, const char *node, const char *value)
{
	log_for(r->log, LVL_ERROR, "%s/%s = \"%.64s\" is not valid", r->dir,
		node, value);
	return false;
}

/* Return: false if the node is there and wrong; @value stays if it is not. */
static bool read_number(struct reader *r, const char *node, uint32_t max,
			uint32_t *value)
{
	char *s = store_read(r->st, r->dir, node);
	bool ok = true;

	if (s && !parse_u32(s, max, value))
		ok = report_bad(r, node, s);
	free(s);
	return ok;
}

static bool read_list(struct reader *r, const char *node,
		      bool (*parse)(const char *, struct snd_caps *),
		      struct snd_caps *caps)
{
	char *s = store_read(r->st, r->dir, node);
	bool ok = true;

	if (s && !parse(s, caps))
		ok = report_bad(r, node, s);
	free(s);
	return ok;
}

/* Narrow @caps by the limits of one level. */
static bool read_limits(struct reader *r, struct snd_caps *caps)
{
	uint32_t lo = caps->channels.min, hi = caps->channels.max;
	uint32_t buffer = caps->buffer_bytes;

	if (!read_number(r, XENSND_FIELD_CHANNELS_MIN, SND_MAX_CHANNELS, &lo) ||
	    !read_number(r, XENSND_FIELD_CHANNELS_MAX, SND_MAX_CHANNELS, &hi) ||
	    !read_number(r, XENSND_FIELD_BUFFER_SIZE, UINT32_MAX, &buffer) ||
	    !read_list(r, XENSND_FIELD_SAMPLE_RATES, parse_rates, caps) ||
	    !read_list(r, XENSND_FIELD_SAMPLE_FORMATS, parse_formats, caps))
		return false;
	caps->channels.min = max_u32(lo, caps->channels.min);
	caps->channels.max = min_u32(hi, caps->channels.max);
	caps->buffer_bytes = min_u32(buffer, caps->buffer_bytes);
	if (caps->channels.min > caps->channels.max) {
		log_for(r->log, LVL_ERROR, "%s: channels-min %u > channels-max %u",
			r->dir, caps->channels.min, caps->channels.max);
		return false;
	}
	return true;
}

static bool read_transport(struct reader *r, const char *node, uint32_t *value)
{
	char *s = store_read(r->st, r->dir, node);
	bool ok = s && parse_u32(s, UINT32_MAX, value);

	if (!ok)
		report_bad(r, node, s ? s : "(missing)");
	free(s);
	return ok;
}

static void read_unique_id(struct reader *r, struct stream_info *si)
{
	char *s = store_read(r->st, r->dir, XENSND_FIELD_STREAM_UNIQUE_ID);

	if (s && *s)
		snprintf(si->unique_id, sizeof(si->unique_id), "%s", s);
	else
		snprintf(si->unique_id, sizeof(si->unique_id), "%u.%u.%u",
			 si->devid, si->pcm, si->index);
	free(s);
}

static bool read_stream(struct reader *r, const char *type,
			struct stream_info *si)
{
	if (!strcmp(type, XENSND_STREAM_TYPE_CAPTURE))
		si->capture = true;
	else if (strcmp(type, XENSND_STREAM_TYPE_PLAYBACK))
		return report_bad(r, XENSND_FIELD_TYPE, type);
	read_unique_id(r, si);
	return read_limits(r, &si->caps) &&
	       read_transport(r, XENSND_FIELD_RING_REF, &si->ring_ref) &&
	       read_transport(r, XENSND_FIELD_EVT_RING_REF, &si->evt_ring_ref) &&
	       read_transport(r, XENSND_FIELD_EVT_CHNL, &si->port) &&
	       read_transport(r, XENSND_FIELD_EVT_EVT_CHNL, &si->evt_port);
}

/* Return: 1, 0 if there is no such stream, -1 for an error. */
static int add_stream(struct reader *r, const struct stream_info *base,
		      struct card *card)
{
	struct stream_info *si;
	char *type;
	bool ok;

	type = store_read(r->st, r->dir, XENSND_FIELD_TYPE);
	if (!type)
		return 0;
	ok = card->num < card->max;
	if (!ok) {
		log_for(r->log, LVL_ERROR, "%s: more than %u streams", r->dir,
			card->max);
	} else {
		si = &card->streams[card->num++];
		*si = *base;
		ok = read_stream(r, type, si);
	}
	free(type);
	return ok ? 1 : -1;
}

static bool read_level(struct reader *r, const char *fe, const char *fmt,
		       uint32_t a, uint32_t b)
{
	size_t n = (size_t)snprintf(r->dir, sizeof(r->dir), "%s", fe);

	if (n < sizeof(r->dir))
		n += (size_t)snprintf(r->dir + n, sizeof(r->dir) - n, fmt, a, b);
	return n < sizeof(r->dir);
}

/* Return: number of streams of one PCM device, -1 for an error. */
static int read_pcm(struct reader *r, const char *fe, struct stream_info base,
		    struct card *card)
{
	uint32_t pcm = base.pcm, i;
	int ret = 1;

	if (!read_level(r, fe, "/%u", pcm, 0) || !read_limits(r, &base.caps))
		return -1;
	for (i = 0; ret > 0; i++) {
		base.index = i;
		if (!read_level(r, fe, "/%u/%u", pcm, i))
			return -1;
		ret = add_stream(r, &base, card);
	}
	return ret < 0 ? -1 : (int)i - 1;
}

static bool read_version(struct reader *r, struct card *card)
{
	char *v = store_read(r->st, r->dir, XENSND_FIELD_FE_VERSION);
	bool ok = !v || !strcmp(v, "2");

	card->mainline = !v;
	if (!ok)
		report_bad(r, XENSND_FIELD_FE_VERSION, v);
	free(v);
	return ok;
}

/**
 * card_read() - read everything that a frontend has published.
 * @st: XenStore
 * @fe: the frontend's directory
 * @domid: the guest
 * @devid: its vsnd device
 * @max: streams that it may have
 * @log: for errors
 * @card: result; @card->streams is to be freed in any case
 *
 * Context: main thread.
 * Return: false after one error line.
 */
bool card_read(struct store *st, const char *fe, uint32_t domid,
	       uint32_t devid, unsigned int max, struct log_guest *log,
	       struct card *card)
{
	struct reader r = { .st = st, .log = log };
	struct stream_info base = { .domid = domid, .devid = devid };
	int ret = 1;

	memset(card, 0, sizeof(*card));
	card->max = max;
	card->streams = calloc(max, sizeof(*card->streams));
	snd_caps_any(&base.caps);
	if (!card->streams || !read_level(&r, fe, "", 0, 0) ||
	    !read_version(&r, card) || !read_limits(&r, &base.caps))
		return false;
	base.mainline = card->mainline;
	for (base.pcm = 0; ret > 0 && base.pcm < MAX_PCMS; base.pcm++)
		ret = read_pcm(&r, fe, base, card);
	if (ret >= 0 && !card->num)
		log_for(log, LVL_ERROR, "%s: no streams", fe);
	return ret >= 0 && card->num;
}
