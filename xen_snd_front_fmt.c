// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: sample formats of sndif.h and of ALSA
 */

#include <linux/string.h>

#include "xen_snd_front.h"

struct fmt {
	const char *name;
	u8 xen;
	snd_pcm_format_t alsa;
};

#define FMT(x, a) { XENSND_PCM_FORMAT_ ## x ## _STR, XENSND_PCM_FORMAT_ ## x, \
		    SNDRV_PCM_FORMAT_ ## a }

/* sndif.h, "PCM FORMATS" */
static const struct fmt fmts[] = {
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

/* What the xl toolstack writes where sndif.h has "float_le" and the like. */
static const struct fmt aliases[] = {
	{ "f32_le", XENSND_PCM_FORMAT_F32_LE, SNDRV_PCM_FORMAT_FLOAT_LE },
	{ "f32_be", XENSND_PCM_FORMAT_F32_BE, SNDRV_PCM_FORMAT_FLOAT_BE },
	{ "f64_le", XENSND_PCM_FORMAT_F64_LE, SNDRV_PCM_FORMAT_FLOAT64_LE },
	{ "f64_be", XENSND_PCM_FORMAT_F64_BE, SNDRV_PCM_FORMAT_FLOAT64_BE },
};

static bool has_name(const struct fmt *fmt, const char *name, size_t len)
{
	return strlen(fmt->name) == len && !strncasecmp(fmt->name, name, len);
}

/**
 * xen_snd_front_fmt_by_name() - look up a format's XenStore name
 * @name: name as in XENSND_PCM_FORMAT_XXX_STR, or xl's; need not end with a NUL
 * @len: its length, octets
 *
 * Context: any.
 * Return: SNDRV_PCM_FORMAT_XXX or -EINVAL.
 */
int xen_snd_front_fmt_by_name(const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fmts); i++)
		if (has_name(&fmts[i], name, len))
			return (__force int)fmts[i].alsa;
	for (i = 0; i < ARRAY_SIZE(aliases); i++)
		if (has_name(&aliases[i], name, len))
			return (__force int)aliases[i].alsa;

	return -EINVAL;
}

/**
 * xen_snd_front_fmt_to_xen() - the protocol's number of an ALSA format
 * @format: SNDRV_PCM_FORMAT_XXX
 *
 * Context: any.
 * Return: XENSND_PCM_FORMAT_XXX or -EINVAL.
 */
int xen_snd_front_fmt_to_xen(snd_pcm_format_t format)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fmts); i++)
		if (fmts[i].alsa == format)
			return fmts[i].xen;

	return -EINVAL;
}

/**
 * xen_snd_front_fmt_mask_to_xen() - convert a mask of formats
 * @alsa: mask of (1 << SNDRV_PCM_FORMAT_XXX)
 *
 * Context: any.
 * Return: mask of (1 << XENSND_PCM_FORMAT_XXX); what the protocol lacks is left out.
 */
u64 xen_snd_front_fmt_mask_to_xen(u64 alsa)
{
	u64 xen = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fmts); i++)
		if (alsa & pcm_format_to_bits(fmts[i].alsa))
			xen |= BIT_ULL(fmts[i].xen);

	return xen;
}

/**
 * xen_snd_front_fmt_mask_to_alsa() - convert a mask of formats
 * @xen: mask of (1 << XENSND_PCM_FORMAT_XXX)
 *
 * Context: any.
 * Return: mask of (1 << SNDRV_PCM_FORMAT_XXX); unknown bits are left out.
 */
u64 xen_snd_front_fmt_mask_to_alsa(u64 xen)
{
	u64 alsa = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fmts); i++)
		if (xen & BIT_ULL(fmts[i].xen))
			alsa |= pcm_format_to_bits(fmts[i].alsa);

	return alsa;
}

/**
 * xen_snd_front_fmt_is_usable() - can a PCM have this format
 * @format: SNDRV_PCM_FORMAT_XXX
 *
 * ALSA's core reckons periods and buffers in samples of a known size. It has none for MPEG and
 * GSM, and refuses them whatever else an application chooses.
 *
 * Context: any.
 */
bool xen_snd_front_fmt_is_usable(snd_pcm_format_t format)
{
	return snd_pcm_format_physical_width(format) > 0;
}

/**
 * xen_snd_front_fmt_mask_all() - every format of the protocol that a PCM can have
 *
 * Context: any.
 * Return: mask of (1 << SNDRV_PCM_FORMAT_XXX).
 */
u64 xen_snd_front_fmt_mask_all(void)
{
	u64 alsa = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fmts); i++)
		if (xen_snd_front_fmt_is_usable(fmts[i].alsa))
			alsa |= pcm_format_to_bits(fmts[i].alsa);

	return alsa;
}
