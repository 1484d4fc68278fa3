// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What a stream can be configured to: each choice is kept as it is, or refused
 * without harm.
 */
#include "pcm.h"

/* Samples of no fixed size: ALSA's core has no PCM for them. */
static const snd_pcm_format_t no_pcm_formats[] = {
	SND_PCM_FORMAT_MPEG, SND_PCM_FORMAT_GSM,
};

/* Period and number of periods */
static const unsigned int sizes[][2] = {
	{ 32, 2 }, { 17, 5 }, { 333, 3 }, { 441, 7 }, { 1001, 3 }, { 1023, 2 }, { 4099, 2 },
	{ 1, 4096 }, { 64, 511 },
};

static unsigned int rates[2][64];
static unsigned int num_rates[2];

struct param {
	snd_pcm_stream_t dir;
	struct pcm_setup set;
};

/* Arguments of tests live as long as the program. */
static struct param *param(snd_pcm_stream_t dir)
{
	struct param *p = malloc(sizeof(*p));

	if (!p)
		abort();
	p->dir = dir;
	p->set = pcm_usual;
	return p;
}

/* After a refusal the stream can be had all the same. */
static void refused(const struct param *p)
{
	struct pcm *pcm = pcm_open(p->dir, 0, 0, 0);

	ktap_eq(pcm_try(pcm, &p->set), -EINVAL);
	ktap_eq(snd_pcm_state(pcm->handle), SND_PCM_STATE_OPEN);
	pcm_configure(pcm, &pcm_usual);
}

/* Kept, also when chosen again, when another choice was before, and by prepare */
static void test_kept(const void *arg)
{
	const struct param *p = arg;
	struct pcm *pcm = pcm_make(p->dir, &p->set);

	pcm_configure(pcm, &p->set);
	alsa(snd_pcm_hw_free(pcm->handle));
	ktap_eq(snd_pcm_state(pcm->handle), SND_PCM_STATE_OPEN);
	pcm_configure(pcm, &pcm_usual);
	pcm_configure(pcm, &p->set);
	pcm_prepare(pcm);
}

static void test_refused(const void *arg)
{
	refused(arg);
}

static void add_access(snd_pcm_stream_t dir)
{
	struct param *p;
	int access;

	for (access = 0; access <= SND_PCM_ACCESS_LAST; access++) {
		bool good = access == SND_PCM_ACCESS_RW_INTERLEAVED ||
			    access == SND_PCM_ACCESS_MMAP_INTERLEAVED;

		p = param(dir);
		p->set.access = access;
		ktap_add(good ? test_kept : test_refused, p, "%s.access.%s%s", pcm_dir_name(dir),
			 snd_pcm_access_name(access), good ? "" : ".refused");
	}
}

static void add_formats(snd_pcm_stream_t dir)
{
	struct param *p;
	unsigned int i;

	for (i = 0; i < PCM_FORMATS; i++) {
		p = param(dir);
		p->set.format = pcm_formats[i];
		ktap_add(test_kept, p, "%s.format.%s", pcm_dir_name(dir),
			 snd_pcm_format_name(pcm_formats[i]));
	}
	for (i = 0; i < ARRAY_SIZE(no_pcm_formats); i++) {
		p = param(dir);
		p->set.format = no_pcm_formats[i];
		ktap_add(test_refused, p, "%s.format.%s.refused", pcm_dir_name(dir),
			 snd_pcm_format_name(no_pcm_formats[i]));
	}
}

static bool offers(snd_pcm_stream_t dir, unsigned int rate)
{
	unsigned int i;

	for (i = 0; i < num_rates[dir]; i++)
		if (rates[dir][i] == rate)
			return true;
	return false;
}

/* A rate is what it is, and nothing beside it. */
static void test_rate(const void *arg)
{
	const struct param *p = arg;
	struct param next = *p;

	test_kept(p);
	pcm_close_all();
	next.set.rate = p->set.rate + 1;
	if (!offers(p->dir, next.set.rate))
		refused(&next);
}

/* What the card was configured to, if that is known */
static void test_rates(const void *arg)
{
	snd_pcm_stream_t dir = *(const snd_pcm_stream_t *)arg;
	const char *text = getenv("XENSND_RATES");
	unsigned int n = 0;
	unsigned long rate;
	char *end;

	if (!text)
		ktap_skip("XENSND_RATES does not tell which there should be");
	for (; *text; text = end) {
		rate = strtoul(text, &end, 10);
		ktap_true(end != text, "XENSND_RATES: %s", text);
		ktap_true(offers(dir, rate), "%lu Hz is missing", rate);
		n++;
	}
	ktap_eq(num_rates[dir], n);
}

static void add_rates(snd_pcm_stream_t dir)
{
	snd_pcm_stream_t *arg = malloc(sizeof(*arg));
	struct param *p;
	unsigned int i;

	if (!arg)
		abort();
	*arg = dir;
	num_rates[dir] = pcm_rates(dir, rates[dir], ARRAY_SIZE(rates[dir]));
	ktap_add(test_rates, arg, "%s.rates", pcm_dir_name(dir));
	for (i = 0; i < num_rates[dir]; i++) {
		p = param(dir);
		p->set.rate = rates[dir][i];
		ktap_add(test_rate, p, "%s.rate.%u", pcm_dir_name(dir), p->set.rate);
	}
}

static void add_channels(snd_pcm_stream_t dir)
{
	unsigned int channels;
	struct param *p;

	for (channels = 1; channels <= 9; channels++) {
		p = param(dir);
		p->set.channels = channels;
		ktap_add(channels <= 8 ? test_kept : test_refused, p, "%s.channels.%u%s",
			 pcm_dir_name(dir), channels, channels <= 8 ? "" : ".refused");
	}
}

static void add_sizes(snd_pcm_stream_t dir)
{
	struct param *p;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = param(dir);
		p->set.period = sizes[i][0];
		p->set.buffer = sizes[i][0] * sizes[i][1];
		/* Periods have 16 bytes at least. */
		if (p->set.period < 16)
			p->set.channels = 8;
		ktap_add(test_kept, p, "%s.size.%ux%u", pcm_dir_name(dir), sizes[i][0],
			 sizes[i][1]);
	}
	p = param(dir);
	p->set.period = 333;
	p->set.buffer = 1000;
	ktap_add(test_refused, p, "%s.size.part-of-a-period.refused", pcm_dir_name(dir));
	p = param(dir);
	p->set.buffer = p->set.period;
	ktap_add(test_refused, p, "%s.size.one-period.refused", pcm_dir_name(dir));
}

/* The largest buffer, in the largest frames; no frame more */
static void test_largest(const void *arg)
{
	const struct param *p = arg;
	struct pcm *pcm = pcm_open(p->dir, 0, 0, 0);
	struct param more = *p;
	snd_pcm_hw_params_t *hw;
	snd_pcm_uframes_t most;

	snd_pcm_hw_params_alloca(&hw);
	alsa(snd_pcm_hw_params_any(pcm->handle, hw));
	alsa(snd_pcm_hw_params_set_format(pcm->handle, hw, p->set.format));
	alsa(snd_pcm_hw_params_set_channels(pcm->handle, hw, p->set.channels));
	alsa(snd_pcm_hw_params_get_buffer_size_max(hw, &most));
	more.set.buffer = most - most % 2;
	more.set.period = more.set.buffer / 2;
	pcm_configure(pcm, &more.set);
	pcm_close(pcm);
	more.set.buffer += 2;
	more.set.period += 1;
	refused(&more);
}

/* An application that does not care gets something that works. */
static void test_any(const void *arg)
{
	const struct param *p = arg;
	struct pcm *pcm = pcm_open(p->dir, 0, 0, 0);
	snd_pcm_uframes_t period, buffer;
	snd_pcm_hw_params_t *hw;

	snd_pcm_hw_params_alloca(&hw);
	alsa(snd_pcm_hw_params_any(pcm->handle, hw));
	alsa(snd_pcm_hw_params(pcm->handle, hw));
	alsa(snd_pcm_get_params(pcm->handle, &buffer, &period));
	ktap_ge(period, 1);
	ktap_eq(buffer % period, 0);
	ktap_ge(buffer / period, 2);
	ktap_eq(pcm_state(pcm), SND_PCM_STATE_PREPARED);
}

/* Near what cannot be had there is something that can. */
static void test_near(const void *arg)
{
	const struct param *p = arg;
	struct pcm *pcm = pcm_open(p->dir, 0, 0, 0);
	snd_pcm_uframes_t period = 333, buffer = 1000;
	struct pcm_setup set = p->set;
	snd_pcm_hw_params_t *hw;
	unsigned int rate = 44101;

	snd_pcm_hw_params_alloca(&hw);
	alsa(snd_pcm_hw_params_any(pcm->handle, hw));
	alsa(snd_pcm_hw_params_set_rate_resample(pcm->handle, hw, 0));
	alsa(snd_pcm_hw_params_set_access(pcm->handle, hw, set.access));
	alsa(snd_pcm_hw_params_set_format(pcm->handle, hw, set.format));
	alsa(snd_pcm_hw_params_set_channels(pcm->handle, hw, set.channels));
	alsa(snd_pcm_hw_params_set_rate_near(pcm->handle, hw, &rate, NULL));
	alsa(snd_pcm_hw_params_set_period_size_near(pcm->handle, hw, &period, NULL));
	alsa(snd_pcm_hw_params_set_buffer_size_near(pcm->handle, hw, &buffer));
	ktap_true(offers(p->dir, rate), "%u Hz is none of the rates", rate);
	ktap_eq(period, 333);
	ktap_eq(buffer, 999);
	alsa(snd_pcm_hw_params(pcm->handle, hw));
	set.rate = rate;
	set.period = period;
	set.buffer = buffer;
	pcm_configure(pcm, &set);
}

/* What the driver says of itself holds in the other programs. */
static void test_flags(const void *arg)
{
	const struct param *p = arg;
	struct pcm *pcm = pcm_make(p->dir, &p->set);
	snd_pcm_hw_params_t *hw;

	snd_pcm_hw_params_alloca(&hw);
	alsa(snd_pcm_hw_params_current(pcm->handle, hw));
	ktap_eq(snd_pcm_hw_params_can_mmap_sample_resolution(hw), 1);
	ktap_eq(snd_pcm_hw_params_is_block_transfer(hw), 1);
	ktap_eq(snd_pcm_hw_params_is_batch(hw), 1);
	ktap_eq(snd_pcm_hw_params_can_pause(hw), 1);
	ktap_eq(snd_pcm_hw_params_can_disable_period_wakeup(hw), 1);
	ktap_eq(snd_pcm_hw_params_is_half_duplex(hw), 0);
	ktap_eq(snd_pcm_hw_params_is_double(hw), 0);
}

int main(void)
{
	static const snd_pcm_stream_t dirs[] = { PLAYBACK, CAPTURE };
	struct param *p;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		const char *name = pcm_dir_name(dirs[i]);

		p = param(dirs[i]);
		add_access(dirs[i]);
		add_formats(dirs[i]);
		add_rates(dirs[i]);
		add_channels(dirs[i]);
		add_sizes(dirs[i]);
		ktap_add(test_largest, p, "%s.size.largest", name);
		ktap_add(test_any, p, "%s.any", name);
		ktap_add(test_near, p, "%s.near", name);
		ktap_add(test_flags, p, "%s.flags", name);
	}
	return ktap_run(pcm_close_all);
}
