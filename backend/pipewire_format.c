// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: what a node of PipeWire's can do, and formats in its words.
 *
 * The converter that every node has takes all linear formats but the unsigned
 * ones of more than 8 bits, so these are native; what the server's device cannot
 * do is converted there.
 */
#include <string.h>

#include <spa/param/audio/format-utils.h>

#include "pipewire_priv.h"
#include "util.h"

#define RATE_MIN	4000u
#define RATE_MAX	384000u

/* what a server's cycle has at least */
#define PERIOD_MIN	32u

static const struct {
	uint8_t format;
	enum spa_audio_format spa;
} formats[] = {
	{ XENSND_PCM_FORMAT_S8, SPA_AUDIO_FORMAT_S8 },
	{ XENSND_PCM_FORMAT_U8, SPA_AUDIO_FORMAT_U8 },
	{ XENSND_PCM_FORMAT_S16_LE, SPA_AUDIO_FORMAT_S16_LE },
	{ XENSND_PCM_FORMAT_S16_BE, SPA_AUDIO_FORMAT_S16_BE },
	{ XENSND_PCM_FORMAT_S24_LE, SPA_AUDIO_FORMAT_S24_32_LE },
	{ XENSND_PCM_FORMAT_S24_BE, SPA_AUDIO_FORMAT_S24_32_BE },
	{ XENSND_PCM_FORMAT_S32_LE, SPA_AUDIO_FORMAT_S32_LE },
	{ XENSND_PCM_FORMAT_S32_BE, SPA_AUDIO_FORMAT_S32_BE },
	{ XENSND_PCM_FORMAT_F32_LE, SPA_AUDIO_FORMAT_F32_LE },
	{ XENSND_PCM_FORMAT_F32_BE, SPA_AUDIO_FORMAT_F32_BE },
	{ XENSND_PCM_FORMAT_F64_LE, SPA_AUDIO_FORMAT_F64_LE },
	{ XENSND_PCM_FORMAT_F64_BE, SPA_AUDIO_FORMAT_F64_BE },
	{ XENSND_PCM_FORMAT_MU_LAW, SPA_AUDIO_FORMAT_ULAW },
	{ XENSND_PCM_FORMAT_A_LAW, SPA_AUDIO_FORMAT_ALAW },
};

/* The usual places of up to 8 channels; more have none. */
static const uint32_t places[][8] = {
	{ SPA_AUDIO_CHANNEL_MONO },
	{ SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR },
	{ SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR, SPA_AUDIO_CHANNEL_LFE },
	{ SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR, SPA_AUDIO_CHANNEL_RL,
	  SPA_AUDIO_CHANNEL_RR },
	{ SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR, SPA_AUDIO_CHANNEL_RL,
	  SPA_AUDIO_CHANNEL_RR, SPA_AUDIO_CHANNEL_FC },
	{ SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR, SPA_AUDIO_CHANNEL_RL,
	  SPA_AUDIO_CHANNEL_RR, SPA_AUDIO_CHANNEL_FC, SPA_AUDIO_CHANNEL_LFE },
	{ SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR, SPA_AUDIO_CHANNEL_RL,
	  SPA_AUDIO_CHANNEL_RR, SPA_AUDIO_CHANNEL_FC, SPA_AUDIO_CHANNEL_LFE,
	  SPA_AUDIO_CHANNEL_RC },
	{ SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR, SPA_AUDIO_CHANNEL_RL,
	  SPA_AUDIO_CHANNEL_RR, SPA_AUDIO_CHANNEL_FC, SPA_AUDIO_CHANNEL_LFE,
	  SPA_AUDIO_CHANNEL_SL, SPA_AUDIO_CHANNEL_SR },
};

/**
 * pipewire_formats() - mask of the formats that a node can have.
 */
uint64_t pipewire_formats(void)
{
	uint64_t mask = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(formats); i++)
		mask |= 1ull << formats[i].format;
	return mask;
}

/**
 * pipewire_caps() - what a node can do, whatever the device behind it can.
 * @caps: narrowed
 */
void pipewire_caps(struct snd_caps *caps)
{
	caps->formats &= pipewire_formats();
	caps->rates = (struct snd_range){ RATE_MIN, RATE_MAX };
	caps->channels = (struct snd_range){ 1, SPA_AUDIO_MAX_CHANNELS };
	caps->period.min = PERIOD_MIN;
	caps->period.max = SND_MAX_BUFFER / 2;
	caps->buffer.min = 2 * PERIOD_MIN;
	caps->buffer.max = SND_MAX_BUFFER;
}

/**
 * pipewire_format_pod() - parameters as libpipewire takes them.
 * @b: where it is built
 * @p: a format of pipewire_formats()
 */
struct spa_pod *pipewire_format_pod(struct spa_pod_builder *b,
				    const struct snd_params *p)
{
	struct spa_audio_info_raw info = {
		.rate = p->rate,
		.channels = p->channels,
		.flags = SPA_AUDIO_FLAG_UNPOSITIONED,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (formats[i].format == p->format)
			info.format = formats[i].spa;
	if (p->channels <= ARRAY_SIZE(places)) {
		info.flags = 0;
		memcpy(info.position, places[p->channels - 1],
		       p->channels * sizeof(info.position[0]));
	}
	return spa_format_audio_raw_build(b, SPA_PARAM_EnumFormat, &info);
}
