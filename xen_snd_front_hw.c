// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: what the backend can do
 *
 * XenStore has a stream's limits. XENSND_OP_HW_PARAM_QUERY returns the ranges that remain when some
 * parameters are chosen. ALSA refines a configuration dozens of times for each open, and alsa-lib
 * tries the ends of each range, so there are few different questions, and each is asked once per
 * connection: about all parameters, at open; about the others, when format and channels are
 * chosen; and about the final choice, period and buffer together. If a backend refuses the first
 * question, no other is asked, and XenStore's limits apply.
 */

#include <sound/pcm_params.h>

#include "xen_snd_front_cfg.h"
#include "xen_snd_front_evtchnl.h"
#include "xen_snd_front_hw.h"

/*
 * Positions a second that the backend is asked to report if the application has disabled period
 * wake-ups. With 500 the position is precise to 2 ms.
 */
#define XEN_SND_FRONT_EVENTS_MIN	500
#define XEN_SND_FRONT_EVENTS_MAX	2000

/* Bits of the smallest sample among @formats (ALSA's mask). */
static unsigned int smallest_sample(u64 formats)
{
	unsigned int smallest = 64;
	int bits;

	for (; formats; formats &= formats - 1) {
		bits = snd_pcm_format_physical_width((__force snd_pcm_format_t)__ffs64(formats));
		smallest = min_t(unsigned int, smallest, bits);
	}

	return smallest;
}

/* Sets the largest ranges of buffer and period for @ask's formats and channels, frames. */
static void ask_sizes(const struct xen_snd_front_limits *limits,
		      struct xensnd_query_hw_param *ask)
{
	unsigned int bits = smallest_sample(xen_snd_front_cfg_formats_to_alsa(ask->formats)) *
			    ask->channels.min;

	ask->buffer.min = 2;
	ask->buffer.max = max_t(u64, 2, div_u64((u64)limits->buffer_size * 8, bits));
	ask->period.min = 1;
	ask->period.max = ask->buffer.max / 2;
}

/* A question about these @formats (ALSA's mask) and channels, and all other parameters. */
static void ask_about(const struct xen_snd_front_limits *limits, u64 formats,
		      u32 channels_min, u32 channels_max, struct xensnd_query_hw_param *ask)
{
	memset(ask, 0, sizeof(*ask));
	ask->formats = xen_snd_front_cfg_formats_to_xen(formats);
	ask->rates.min = limits->rates[0];
	ask->rates.max = limits->rates[limits->num_rates - 1];
	ask->channels.min = channels_min;
	ask->channels.max = channels_max;
	ask_sizes(limits, ask);
}

static void ask_everything(const struct xen_snd_front_limits *limits,
			   struct xensnd_query_hw_param *ask)
{
	ask_about(limits, limits->formats, limits->channels_min, limits->channels_max, ask);
}

/* Narrows @min, @max. Return: true if something is left. */
static bool narrow_range(u32 *min, u32 *max, u32 ask_min, u32 ask_max)
{
	*min = max(*min, ask_min);
	*max = min(*max, ask_max);
	return *min <= *max;
}

/* An answer can only narrow the question. Return: 0, or -EINVAL if a range is empty. */
static int check_answer(const struct xensnd_query_hw_param *ask,
			struct xensnd_query_hw_param *a)
{
	a->formats &= ask->formats;
	if (a->formats &&
	    narrow_range(&a->rates.min, &a->rates.max, ask->rates.min, ask->rates.max) &&
	    narrow_range(&a->channels.min, &a->channels.max, ask->channels.min,
			 ask->channels.max) &&
	    narrow_range(&a->buffer.min, &a->buffer.max, ask->buffer.min, ask->buffer.max) &&
	    narrow_range(&a->period.min, &a->period.max, ask->period.min, ask->period.max))
		return 0;

	return -EINVAL;
}

static int ask_backend(struct xen_snd_front_stream *stream, struct xen_snd_front_query *query)
{
	struct xensnd_req req = {
		.operation = XENSND_OP_HW_PARAM_QUERY,
		.op.hw_param = query->ask,
	};
	struct xensnd_resp resp;
	int ret;

	ret = xen_snd_front_chan_call(&stream->chan, stream->asked, &req, &resp);
	dev_dbg(&stream->chan.dev->dev,
		"%s: query formats %llx rates %u-%u channels %u-%u buffer %u-%u period %u-%u: %d\n",
		stream->cfg->path, query->ask.formats, query->ask.rates.min,
		query->ask.rates.max, query->ask.channels.min, query->ask.channels.max,
		query->ask.buffer.min, query->ask.buffer.max, query->ask.period.min,
		query->ask.period.max, ret);
	/* -EAGAIN: the ring is full. For applications that means something else. */
	if (ret)
		return ret == -EAGAIN ? -EBUSY : ret;

	query->answer = resp.resp.hw_param;
	return check_answer(&query->ask, &query->answer);
}

/* Answers are valid in their own connection only. */
static void discard_old_answers(struct xen_snd_front_stream *stream)
{
	unsigned int epoch = READ_ONCE(stream->chan.epoch);

	if (stream->asked == epoch)
		return;

	stream->asked = epoch;
	stream->no_query = false;
	stream->next_query = 0;
	memset(stream->queries, 0, sizeof(stream->queries));
}

/*
 * A refusal is not stored: a sink that is busy now may be free at the next question.
 * Return: 0 with @answer filled, or a negative errno. May sleep for the backend.
 */
static int query_backend(struct xen_snd_front_stream *stream,
			 const struct xensnd_query_hw_param *ask,
			 struct xensnd_query_hw_param *answer)
{
	struct xen_snd_front_query *entry;
	unsigned int i;
	int ret = 0;

	mutex_lock(&stream->lock);
	discard_old_answers(stream);
	for (i = 0; i < XEN_SND_FRONT_QUERIES; i++) {
		entry = &stream->queries[i];
		if (!memcmp(&entry->ask, ask, sizeof(*ask)))
			goto found;
	}

	entry = &stream->queries[stream->next_query++ % XEN_SND_FRONT_QUERIES];
	entry->ask = *ask;
	ret = ask_backend(stream, entry);
	if (ret)
		memset(&entry->ask, 0, sizeof(entry->ask));
found:
	*answer = entry->answer;
	mutex_unlock(&stream->lock);

	return ret;
}

/*
 * Builds the question for the present state of @params. Parameters that are not chosen have their
 * range of open, even if they were narrowed since, so that the same choice always gives the same
 * question. Return: false, without a question, while format or channels are not chosen: ALSA calls
 * this dozens of times for each open.
 */
static bool build_query(struct xen_snd_front_stream *stream, struct snd_pcm_hw_params *params,
			struct xensnd_query_hw_param *ask)
{
	const struct snd_mask *format = hw_param_mask_c(params, SNDRV_PCM_HW_PARAM_FORMAT);
	const struct snd_interval *channels =
		hw_param_interval_c(params, SNDRV_PCM_HW_PARAM_CHANNELS);
	const struct xen_snd_front_limits *limits = &stream->cfg->limits;
	u64 formats = (format->bits[0] | (u64)format->bits[1] << 32) & limits->formats;

	if (hweight64(formats) != 1 || !snd_interval_single(channels))
		return false;

	ask_about(limits, formats, snd_interval_value(channels), snd_interval_value(channels),
		  ask);
	return true;
}

static int refine_interval(struct snd_pcm_hw_params *params, int var, u32 min, u32 max)
{
	struct snd_interval range = { .min = min, .max = max, .integer = 1 };

	return snd_interval_refine(hw_param_interval(params, var), &range);
}

static int refine_format(struct snd_pcm_hw_params *params, u64 xen)
{
	u64 formats = xen_snd_front_cfg_formats_to_alsa(xen);
	struct snd_mask mask;

	snd_mask_none(&mask);
	mask.bits[0] = lower_32_bits(formats);
	mask.bits[1] = upper_32_bits(formats);

	return snd_mask_refine(hw_param_mask(params, SNDRV_PCM_HW_PARAM_FORMAT), &mask);
}

static int apply_rule(struct snd_pcm_hw_params *params, struct snd_pcm_hw_rule *rule)
{
	struct xen_snd_front_stream *stream = rule->private;
	struct xensnd_query_hw_param answer;
	struct xensnd_query_hw_param ask;
	int ret;

	if (!build_query(stream, params, &ask))
		return 0;
	ret = query_backend(stream, &ask, &answer);
	if (ret)
		return ret;

	switch (rule->var) {
	case SNDRV_PCM_HW_PARAM_FORMAT:
		return refine_format(params, answer.formats);
	case SNDRV_PCM_HW_PARAM_RATE:
		return refine_interval(params, rule->var, answer.rates.min, answer.rates.max);
	case SNDRV_PCM_HW_PARAM_CHANNELS:
		return refine_interval(params, rule->var, answer.channels.min,
				       answer.channels.max);
	case SNDRV_PCM_HW_PARAM_BUFFER_SIZE:
		return refine_interval(params, rule->var, answer.buffer.min, answer.buffer.max);
	default:
		return refine_interval(params, rule->var, answer.period.min, answer.period.max);
	}
}

static int add_rules(struct xen_snd_front_stream *stream, struct snd_pcm_runtime *runtime)
{
	static const int vars[] = {
		SNDRV_PCM_HW_PARAM_FORMAT,
		SNDRV_PCM_HW_PARAM_RATE,
		SNDRV_PCM_HW_PARAM_CHANNELS,
		SNDRV_PCM_HW_PARAM_BUFFER_SIZE,
		SNDRV_PCM_HW_PARAM_PERIOD_SIZE,
	};
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(vars); i++) {
		ret = snd_pcm_hw_rule_add(runtime, 0, vars[i], apply_rule, stream,
					  SNDRV_PCM_HW_PARAM_FORMAT, SNDRV_PCM_HW_PARAM_RATE,
					  SNDRV_PCM_HW_PARAM_CHANNELS, -1);
		if (ret)
			return ret;
	}

	return 0;
}

static int ask_at_open(struct xen_snd_front_stream *stream,
		       struct xensnd_query_hw_param *answer)
{
	struct xensnd_query_hw_param ask;
	int ret;

	ask_everything(&stream->cfg->limits, &ask);
	*answer = ask;
	mutex_lock(&stream->lock);
	discard_old_answers(stream);
	mutex_unlock(&stream->lock);
	if (stream->no_query)
		return 0;

	ret = query_backend(stream, &ask, answer);
	switch (ret) {
	case 0:
		return 0;
	case -ENODEV:
	case -ETIMEDOUT:
	case -EBUSY:
		return ret;
	default:
		dev_dbg(&stream->chan.dev->dev, "%s: no hardware queries: %d\n",
			stream->cfg->path, ret);
		stream->no_query = true;
		*answer = ask;
		return 0;
	}
}

static void fill_hw(const struct xen_snd_front_limits *limits,
		    const struct xensnd_query_hw_param *can, struct snd_pcm_hardware *hw)
{
	hw->info = SNDRV_PCM_INFO_MMAP | SNDRV_PCM_INFO_MMAP_VALID |
		   SNDRV_PCM_INFO_INTERLEAVED | SNDRV_PCM_INFO_BLOCK_TRANSFER |
		   SNDRV_PCM_INFO_PAUSE | SNDRV_PCM_INFO_NO_PERIOD_WAKEUP |
		   /* After the loss of a backend, snd_pcm_resume() returns when there is one. */
		   SNDRV_PCM_INFO_RESUME |
		   /*
		    * The position moves with the backend's events only, which come once a
		    * period, or more often where there are no period wake-ups.
		    */
		   SNDRV_PCM_INFO_BATCH |
		   /* Each frame is covered by a request, which cannot be taken back. */
		   SNDRV_PCM_INFO_SYNC_APPLPTR | SNDRV_PCM_INFO_NO_REWINDS |
		   /* The driver appends silence at the end of a stream. */
		   SNDRV_PCM_INFO_DRAIN_TRIGGER | SNDRV_PCM_INFO_PERFECT_DRAIN;
	hw->formats = xen_snd_front_cfg_formats_to_alsa(can->formats);
	/* The constraint list has the rates. */
	hw->rates = SNDRV_PCM_RATE_KNOT;
	hw->rate_min = can->rates.min;
	hw->rate_max = can->rates.max;
	hw->channels_min = can->channels.min;
	hw->channels_max = can->channels.max;
	hw->buffer_bytes_max = limits->buffer_size;
	hw->period_bytes_min = 16;
	hw->period_bytes_max = limits->buffer_size / 2;
	hw->periods_min = 2;
	hw->periods_max = limits->buffer_size / hw->period_bytes_min;
}

/**
 * xen_snd_front_hw_open() - describe the hardware of a newly opened PCM
 * @stream: the stream
 * @runtime: gets limits and constraints
 *
 * Source: sndif.h, "Request stream parameter ranges".
 *
 * Context: process context, sleeps for the backend.
 * Return: 0 or a negative errno.
 */
int xen_snd_front_hw_open(struct xen_snd_front_stream *stream, struct snd_pcm_runtime *runtime)
{
	const struct xen_snd_front_limits *limits = &stream->cfg->limits;
	struct snd_pcm_hw_constraint_list *rates = &stream->rates;
	struct xensnd_query_hw_param can;
	int ret;

	ret = ask_at_open(stream, &can);
	if (ret)
		return ret;

	fill_hw(limits, &can, &runtime->hw);

	rates->list = limits->rates;
	rates->count = limits->num_rates;
	rates->mask = 0;
	ret = snd_pcm_hw_constraint_list(runtime, 0, SNDRV_PCM_HW_PARAM_RATE, rates);
	if (ret < 0)
		return ret;
	/* Backends refuse buffers that are not a whole number of periods. */
	ret = snd_pcm_hw_constraint_integer(runtime, SNDRV_PCM_HW_PARAM_PERIODS);
	if (ret < 0)
		return ret;
	ret = snd_pcm_hw_constraint_minmax(runtime, SNDRV_PCM_HW_PARAM_BUFFER_SIZE,
					   can.buffer.min, can.buffer.max);
	if (ret < 0)
		return ret;
	ret = snd_pcm_hw_constraint_minmax(runtime, SNDRV_PCM_HW_PARAM_PERIOD_SIZE,
					   can.period.min, can.period.max);
	if (ret < 0)
		return ret;

	return stream->no_query ? 0 : add_rules(stream, runtime);
}

/* Does the backend accept this period, frames, with the chosen buffer? May sleep for it. */
static int check_sizes(struct xen_snd_front_stream *stream, struct snd_pcm_hw_params *params,
		       unsigned int period)
{
	struct xensnd_query_hw_param answer;
	struct xensnd_query_hw_param ask;

	if (stream->no_query || !build_query(stream, params, &ask))
		return 0;

	ask.rates.min = params_rate(params);
	ask.rates.max = ask.rates.min;
	ask.buffer.min = params_buffer_size(params);
	ask.buffer.max = ask.buffer.min;
	ask.period.min = period;
	ask.period.max = ask.period.min;

	return query_backend(stream, &ask, &answer);
}

/*
 * An application without period wake-ups has a clock of its own, and needs a position that is more
 * precise than a period. Backends accept only a whole number of periods in a buffer.
 * Return: a period for the backend, frames; 0 if there is none.
 */
static unsigned int find_short_period(struct snd_pcm_hw_params *params)
{
	unsigned int bits = snd_pcm_format_physical_width(params_format(params)) *
			    params_channels(params);
	unsigned int most = params_rate(params) / XEN_SND_FRONT_EVENTS_MIN;
	unsigned int least = params_rate(params) / XEN_SND_FRONT_EVENTS_MAX;
	unsigned int frames;

	for (frames = most; frames && frames >= least; frames--)
		if (!(params_buffer_size(params) % frames) && !(frames * bits % 8))
			return frames;

	return 0;
}

/**
 * xen_snd_front_hw_check() - ask the backend about the final choice
 * @stream: the stream; gets @event_frames
 * @params: what the application has chosen
 *
 * The ranges for period and buffer do not mean that the backend accepts each pair of them.
 *
 * Context: process context, sleeps for the backend.
 * Return: 0 or a negative errno.
 */
int xen_snd_front_hw_check(struct xen_snd_front_stream *stream,
			   struct snd_pcm_hw_params *params)
{
	unsigned int period = params_period_size(params);
	unsigned int frames = 0;
	int ret;

	ret = check_sizes(stream, params, period);
	if (ret)
		return ret;

	if (params->flags & SNDRV_PCM_HW_PARAMS_NO_PERIOD_WAKEUP)
		frames = find_short_period(params);
	if (!frames || frames > period || check_sizes(stream, params, frames))
		frames = period;
	stream->event_frames = frames;
	return 0;
}
