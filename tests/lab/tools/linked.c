// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * linked PCM PCM SECONDS: play silence on two cards, linked, for so many seconds of the second
 * one's time, and go on after each suspension of the group as an application does. Prints how
 * often that was; status 0 if both could be freed by hw_free at the end.
 */
#include <alsa/asoundlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RATE	48000
#define PERIOD	1024
#define PERIODS	4

static snd_pcm_t *pcms[2];
static unsigned int suspended, xruns;

static long must_do(const char *what, long ret)
{
	if (ret >= 0)
		return ret;
	fprintf(stderr, "%s: %s\n", what, snd_strerror((int)ret));
	exit(1);
}

static snd_pcm_t *open_pcm(const char *name)
{
	snd_pcm_hw_params_t *hw;
	snd_pcm_sw_params_t *sw;
	snd_pcm_t *pcm;

	must_do(name, snd_pcm_open(&pcm, name, SND_PCM_STREAM_PLAYBACK, 0));
	snd_pcm_hw_params_alloca(&hw);
	must_do("any", snd_pcm_hw_params_any(pcm, hw));
	must_do("access", snd_pcm_hw_params_set_access(pcm, hw, SND_PCM_ACCESS_RW_INTERLEAVED));
	must_do("format", snd_pcm_hw_params_set_format(pcm, hw, SND_PCM_FORMAT_S16_LE));
	must_do("channels", snd_pcm_hw_params_set_channels(pcm, hw, 2));
	must_do("rate", snd_pcm_hw_params_set_rate(pcm, hw, RATE, 0));
	must_do("period", snd_pcm_hw_params_set_period_size(pcm, hw, PERIOD, 0));
	must_do("buffer", snd_pcm_hw_params_set_buffer_size(pcm, hw, PERIOD * PERIODS));
	must_do("hw_params", snd_pcm_hw_params(pcm, hw));
	snd_pcm_sw_params_alloca(&sw);
	must_do("current", snd_pcm_sw_params_current(pcm, sw));
	/* Started by hand, both at once. */
	must_do("start", snd_pcm_sw_params_set_start_threshold(pcm, sw, RATE * 100));
	must_do("sw_params", snd_pcm_sw_params(pcm, sw));
	return pcm;
}

static int write_period(snd_pcm_t *pcm)
{
	static const short silence[2 * PERIOD];
	snd_pcm_sframes_t n = snd_pcm_writei(pcm, silence, PERIOD);

	return n < 0 ? (int)n : 0;
}

static void begin_both(void)
{
	unsigned int i;

	/* One of them is enough: ALSA prepares and starts the group. */
	must_do("prepare", snd_pcm_prepare(pcms[0]));
	for (i = 0; i < 2 * PERIODS; i++)
		must_do("fill", write_period(pcms[i % 2]));
	must_do("start", snd_pcm_start(pcms[0]));
}

static void recover_both(int err)
{
	int ret;

	if (err == -EPIPE) {
		xruns++;
	} else if (err == -ESTRPIPE) {
		suspended++;
		while ((ret = snd_pcm_resume(pcms[0])) == -EAGAIN)
			usleep(100000);
		if (!ret)
			return;
	} else {
		must_do("write", err);
	}
	begin_both();
}

int main(int argc, char **argv)
{
	long left;
	int err;
	unsigned int i;

	if (argc != 4)
		return 2;
	for (i = 0; i < 2; i++)
		pcms[i] = open_pcm(argv[1 + i]);
	must_do("link", snd_pcm_link(pcms[0], pcms[1]));
	begin_both();
	for (left = atol(argv[3]) * RATE / PERIOD; left > 0; left--) {
		err = write_period(pcms[0]);
		if (!err)
			err = write_period(pcms[1]);
		if (err)
			recover_both(err);
	}
	must_do("drop", snd_pcm_drop(pcms[0]));
	for (i = 0; i < 2; i++)
		must_do("hw_free", snd_pcm_hw_free(pcms[i]));
	printf("suspended=%u xruns=%u\n", suspended, xruns);
	return 0;
}
