// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: formats, request validation and the page-directory walk.
 *
 * Pure functions over private copies: see proto.h. Errors are negative
 * XEN_Exx values that go into the response as they are.
 */
#include "proto.h"
#include "util.h"

struct format_info {
	const char *name;
	uint8_t bits;
};

/*
 * Bits that one sample takes in the buffer. MPEG and GSM have no sample size:
 * they are counted as bytes, which gives them an order of magnitude in time
 * and leaves their data alone.
 */
static const struct format_info formats[SND_NUM_FORMATS] = {
	[XENSND_PCM_FORMAT_S8] = { XENSND_PCM_FORMAT_S8_STR, 8 },
	[XENSND_PCM_FORMAT_U8] = { XENSND_PCM_FORMAT_U8_STR, 8 },
	[XENSND_PCM_FORMAT_S16_LE] = { XENSND_PCM_FORMAT_S16_LE_STR, 16 },
	[XENSND_PCM_FORMAT_S16_BE] = { XENSND_PCM_FORMAT_S16_BE_STR, 16 },
	[XENSND_PCM_FORMAT_U16_LE] = { XENSND_PCM_FORMAT_U16_LE_STR, 16 },
	[XENSND_PCM_FORMAT_U16_BE] = { XENSND_PCM_FORMAT_U16_BE_STR, 16 },
	[XENSND_PCM_FORMAT_S24_LE] = { XENSND_PCM_FORMAT_S24_LE_STR, 32 },
	[XENSND_PCM_FORMAT_S24_BE] = { XENSND_PCM_FORMAT_S24_BE_STR, 32 },
	[XENSND_PCM_FORMAT_U24_LE] = { XENSND_PCM_FORMAT_U24_LE_STR, 32 },
	[XENSND_PCM_FORMAT_U24_BE] = { XENSND_PCM_FORMAT_U24_BE_STR, 32 },
	[XENSND_PCM_FORMAT_S32_LE] = { XENSND_PCM_FORMAT_S32_LE_STR, 32 },
	[XENSND_PCM_FORMAT_S32_BE] = { XENSND_PCM_FORMAT_S32_BE_STR, 32 },
	[XENSND_PCM_FORMAT_U32_LE] = { XENSND_PCM_FORMAT_U32_LE_STR, 32 },
	[XENSND_PCM_FORMAT_U32_BE] = { XENSND_PCM_FORMAT_U32_BE_STR, 32 },
	[XENSND_PCM_FORMAT_F32_LE] = { XENSND_PCM_FORMAT_F32_LE_STR, 32 },
	[XENSND_PCM_FORMAT_F32_BE] = { XENSND_PCM_FORMAT_F32_BE_STR, 32 },
	[XENSND_PCM_FORMAT_F64_LE] = { XENSND_PCM_FORMAT_F64_LE_STR, 64 },
	[XENSND_PCM_FORMAT_F64_BE] = { XENSND_PCM_FORMAT_F64_BE_STR, 64 },
	[XENSND_PCM_FORMAT_IEC958_SUBFRAME_LE] = {
		XENSND_PCM_FORMAT_IEC958_SUBFRAME_LE_STR, 32 },
	[XENSND_PCM_FORMAT_IEC958_SUBFRAME_BE] = {
		XENSND_PCM_FORMAT_IEC958_SUBFRAME_BE_STR, 32 },
	[XENSND_PCM_FORMAT_MU_LAW] = { XENSND_PCM_FORMAT_MU_LAW_STR, 8 },
	[XENSND_PCM_FORMAT_A_LAW] = { XENSND_PCM_FORMAT_A_LAW_STR, 8 },
	[XENSND_PCM_FORMAT_IMA_ADPCM] = { XENSND_PCM_FORMAT_IMA_ADPCM_STR, 4 },
	[XENSND_PCM_FORMAT_MPEG] = { XENSND_PCM_FORMAT_MPEG_STR, 8 },
	[XENSND_PCM_FORMAT_GSM] = { XENSND_PCM_FORMAT_GSM_STR, 8 },
};

/**
 * snd_format_bits() - bits of one sample in the buffer, 0 for no such format.
 * @format: XENSND_PCM_FORMAT_XXX or anything else
 */
unsigned int snd_format_bits(unsigned int format)
{
	return format < SND_NUM_FORMATS ? formats[format].bits : 0;
}

/**
 * snd_format_name() - the format's XenStore name, "?" for no such format.
 * @format: XENSND_PCM_FORMAT_XXX or anything else
 */
const char *snd_format_name(unsigned int format)
{
	return format < SND_NUM_FORMATS ? formats[format].name : "?";
}

/* What the xl toolstack writes where sndif.h has "float_le" and the like. */
static const char * const aliases[SND_NUM_FORMATS] = {
	[XENSND_PCM_FORMAT_F32_LE] = "f32_le",
	[XENSND_PCM_FORMAT_F32_BE] = "f32_be",
	[XENSND_PCM_FORMAT_F64_LE] = "f64_le",
	[XENSND_PCM_FORMAT_F64_BE] = "f64_be",
};

static bool is_name(const char *known, const char *name, size_t len)
{
	return known && strlen(known) == len && !strncasecmp(known, name, len);
}

/**
 * snd_format_parse() - look up a XenStore format name.
 * @name: not necessarily terminated
 * @len: its length
 *
 * Return: XENSND_PCM_FORMAT_XXX, or -1 if there is none of that name.
 */
int snd_format_parse(const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < SND_NUM_FORMATS; i++)
		if (is_name(formats[i].name, name, len) ||
		    is_name(aliases[i], name, len))
			return (int)i;
	return -1;
}

/**
 * snd_formats_with_bits() - mask of the formats of one sample size.
 * @bits: bits of one sample in the buffer
 */
uint64_t snd_formats_with_bits(unsigned int bits)
{
	uint64_t mask = 0;
	unsigned int i;

	for (i = 0; i < SND_NUM_FORMATS; i++)
		if (formats[i].bits == bits)
			mask |= 1ull << i;
	return mask;
}

/**
 * snd_rw_check() - validate a READ's or WRITE's place in the buffer.
 * @req: private copy of the request
 * @buffer_sz: bytes of the shared buffer
 *
 * A region may not wrap: a frontend sends two requests at the buffer's end.
 *
 * Return: 0 or -XEN_EINVAL.
 */
int snd_rw_check(const struct xensnd_rw_req *req, uint32_t buffer_sz)
{
	if (req->offset >= buffer_sz || req->length > buffer_sz - req->offset)
		return -XEN_EINVAL;
	return 0;
}

static bool rate_allowed(const struct snd_caps *caps, uint32_t rate)
{
	unsigned int i;

	if (rate < caps->rates.min || rate > caps->rates.max)
		return false;
	for (i = 0; i < caps->num_rates; i++)
		if (caps->rate_list[i] == rate)
			return true;
	return caps->num_rates == 0;
}

static bool open_allowed(const struct snd_caps *caps,
			 const struct xensnd_open_req *req)
{
	return (caps->formats >> req->pcm_format & 1) &&
	       rate_allowed(caps, req->pcm_rate) &&
	       req->pcm_channels >= caps->channels.min &&
	       req->pcm_channels <= caps->channels.max &&
	       req->buffer_sz <= caps->buffer_bytes;
}

/**
 * snd_open_check() - validate an OPEN request.
 * @req: private copy of the request
 * @cfg: the stream's limits in XenStore
 * @audio: what the sink or source can do
 * @out: filled in on success
 *
 * The buffer must hold at least one frame and one period, at most
 * SND_MAX_BUFFER bytes. Whole periods per buffer are not asked for.
 *
 * Return: 0 or -XEN_EINVAL.
 */
int snd_open_check(const struct xensnd_open_req *req,
		   const struct snd_caps *cfg, const struct snd_caps *audio,
		   struct snd_params *out)
{
	unsigned int bits = snd_format_bits(req->pcm_format);
	unsigned int frame_bits = bits * req->pcm_channels;

	if (!frame_bits || req->pcm_rate == 0 || req->pcm_rate > SND_MAX_RATE)
		return -XEN_EINVAL;
	if (!open_allowed(cfg, req) || !open_allowed(audio, req))
		return -XEN_EINVAL;
	if (req->buffer_sz == 0 || req->buffer_sz > SND_MAX_BUFFER ||
	    req->period_sz > req->buffer_sz || req->gref_directory == 0)
		return -XEN_EINVAL;

	memset(out, 0, sizeof(*out));
	out->rate = req->pcm_rate;
	out->format = req->pcm_format;
	out->channels = req->pcm_channels;
	out->unit_frames = frame_bits % 8 ? 2 : 1;
	out->unit_bytes = frame_bits * out->unit_frames / 8;
	out->buffer_sz = req->buffer_sz;
	out->period_sz = req->period_sz;
	out->num_pages = (req->buffer_sz + SND_PAGE_SIZE - 1) / SND_PAGE_SIZE;
	out->gref_directory = req->gref_directory;
	return req->buffer_sz < out->unit_bytes ? -XEN_EINVAL : 0;
}

/**
 * snd_dir_start() - begin to read a page directory.
 * @w: walk
 * @first: the OPEN request's gref_directory
 * @grefs: room for @total references
 * @total: pages of the buffer, 1 to SND_MAX_PAGES
 *
 * Then map directory page @w->next, copy it, give the copy to snd_dir_page(),
 * and go on while that returns 1.
 *
 * Return: 0 or -XEN_EINVAL.
 */
int snd_dir_start(struct snd_dir_walk *w, grant_ref_t first, uint32_t *grefs,
		  unsigned int total)
{
	memset(w, 0, sizeof(*w));
	if (first == 0 || total == 0 || total > SND_MAX_PAGES)
		return -XEN_EINVAL;
	w->grefs = grefs;
	w->total = total;
	w->next = first;
	return 0;
}

static bool dir_seen(const struct snd_dir_walk *w, grant_ref_t ref)
{
	unsigned int i;

	for (i = 0; i < w->num_seen; i++)
		if (w->seen[i] == ref)
			return true;
	return false;
}

/**
 * snd_dir_page() - take the references out of one directory page.
 * @w: walk
 * @page: private copy of directory page @w->next, SND_PAGE_SIZE bytes
 *
 * Each page but the last fills SND_DIR_GREFS entries, so the walk is bounded
 * by the buffer's size whatever the links contain; a link back is an error
 * as well, and so are references of 0.
 *
 * Return: 1 if page @w->next is needed, 0 if complete, or -XEN_EINVAL.
 */
int snd_dir_page(struct snd_dir_walk *w, const uint32_t *page)
{
	unsigned int i, n = min_u32(w->total - w->filled, SND_DIR_GREFS);

	if (w->num_seen >= SND_MAX_DIRS || dir_seen(w, w->next))
		return -XEN_EINVAL;
	w->seen[w->num_seen++] = w->next;

	for (i = 0; i < n; i++) {
		if (page[SND_DIR_HEAD + i] == 0)
			return -XEN_EINVAL;
		w->grefs[w->filled++] = page[SND_DIR_HEAD + i];
	}
	if (w->filled == w->total)
		return 0;
	w->next = page[0];
	return w->next ? 1 : -XEN_EINVAL;
}
