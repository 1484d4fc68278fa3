// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests: sample formats of sndif.h and of ALSA
 */

#include <kunit/test.h>

#include <xen/interface/io/sndif.h>

#include "../xen_snd_front_cfg.h"

#define FMT(x, a) { XENSND_PCM_FORMAT_ ## x ## _STR, XENSND_PCM_FORMAT_ ## x, \
		    SNDRV_PCM_FORMAT_ ## a }

static const struct {
	const char *name;
	u8 xen;
	snd_pcm_format_t alsa;
} formats[] = {
	FMT(S8, S8), FMT(U8, U8), FMT(S16_LE, S16_LE), FMT(S16_BE, S16_BE),
	FMT(U16_LE, U16_LE), FMT(U16_BE, U16_BE), FMT(S24_LE, S24_LE), FMT(S24_BE, S24_BE),
	FMT(U24_LE, U24_LE), FMT(U24_BE, U24_BE), FMT(S32_LE, S32_LE), FMT(S32_BE, S32_BE),
	FMT(U32_LE, U32_LE), FMT(U32_BE, U32_BE), FMT(F32_LE, FLOAT_LE), FMT(F32_BE, FLOAT_BE),
	FMT(F64_LE, FLOAT64_LE), FMT(F64_BE, FLOAT64_BE),
	FMT(IEC958_SUBFRAME_LE, IEC958_SUBFRAME_LE), FMT(IEC958_SUBFRAME_BE, IEC958_SUBFRAME_BE),
	FMT(MU_LAW, MU_LAW), FMT(A_LAW, A_LAW), FMT(IMA_ADPCM, IMA_ADPCM), FMT(MPEG, MPEG),
	FMT(GSM, GSM),
};

static void fmt_both_ways(struct kunit *test)
{
	u64 bit;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(formats), 25);
	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		/* sndif.h numbers them so, and this table is in its order. */
		KUNIT_EXPECT_EQ(test, formats[i].xen, i);
		bit = pcm_format_to_bits(formats[i].alsa);
		KUNIT_EXPECT_EQ(test, xen_snd_front_cfg_format_by_name(formats[i].name,
								       strlen(formats[i].name)),
				(__force int)formats[i].alsa);
		KUNIT_EXPECT_EQ(test, xen_snd_front_cfg_formats_to_xen(bit),
				BIT_ULL(formats[i].xen));
		KUNIT_EXPECT_EQ(test, xen_snd_front_cfg_formats_to_alsa(BIT_ULL(formats[i].xen)),
				bit);
	}
}

/* What ALSA's core cannot reckon with is not offered. */
static void fmt_usable(struct kunit *test)
{
	u64 all = xen_snd_front_cfg_all_formats();
	unsigned int i;

	KUNIT_EXPECT_EQ(test, hweight64(all), 23);
	for (i = 0; i < ARRAY_SIZE(formats); i++)
		KUNIT_EXPECT_EQ(test, !!(all & pcm_format_to_bits(formats[i].alsa)),
				formats[i].alsa != SNDRV_PCM_FORMAT_MPEG &&
				formats[i].alsa != SNDRV_PCM_FORMAT_GSM);
}

static void fmt_names_of_xl(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, xen_snd_front_cfg_format_by_name("f32_le", 6),
			(__force int)SNDRV_PCM_FORMAT_FLOAT_LE);
	KUNIT_EXPECT_EQ(test, xen_snd_front_cfg_format_by_name("F32_BE", 6),
			(__force int)SNDRV_PCM_FORMAT_FLOAT_BE);
	KUNIT_EXPECT_EQ(test, xen_snd_front_cfg_format_by_name("f64_le", 6),
			(__force int)SNDRV_PCM_FORMAT_FLOAT64_LE);
	KUNIT_EXPECT_EQ(test, xen_snd_front_cfg_format_by_name("f64_be", 6),
			(__force int)SNDRV_PCM_FORMAT_FLOAT64_BE);
	KUNIT_EXPECT_EQ(test, xen_snd_front_cfg_format_by_name("f64", 3), -EINVAL);
}

static void fmt_unknown(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, xen_snd_front_cfg_formats_to_xen(SNDRV_PCM_FMTBIT_S24_3LE), 0);
	KUNIT_EXPECT_EQ(test, xen_snd_front_cfg_formats_to_alsa(BIT_ULL(25) | BIT_ULL(63)), 0);
	KUNIT_EXPECT_EQ(test, xen_snd_front_cfg_format_by_name("s16", 3), -EINVAL);
	KUNIT_EXPECT_EQ(test, xen_snd_front_cfg_format_by_name("s16_le_", 7), -EINVAL);
	KUNIT_EXPECT_EQ(test, xen_snd_front_cfg_format_by_name("", 0), -EINVAL);
}

static struct kunit_case fmt_cases[] = {
	KUNIT_CASE(fmt_both_ways),
	KUNIT_CASE(fmt_usable),
	KUNIT_CASE(fmt_names_of_xl),
	KUNIT_CASE(fmt_unknown),
	{}
};

static struct kunit_suite fmt_suite = {
	.name = "xen_snd_front_fmt",
	.test_cases = fmt_cases,
};

kunit_test_suites(&fmt_suite);
