// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * freerun PCM [SECONDS]: is there a clock that runs although nobody writes, as dmix
 * and sound servers need it? Status 0 if avail follows the time within 1 % and a period.
 */
#include <alsa/asoundlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define RATE	48000

static long check_result(const char *what, long ret)
{
	if (ret >= 0)
		return ret;
	fprintf(stderr, "%s: %s\n", what, snd_strerror((int)ret));
	exit(2);
}

static double clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	double seconds = argc > 2 ? atof(argv[2]) : 1, begin, due;
	snd_pcm_uframes_t period = 1024, buffer = 4096, boundary;
	snd_pcm_hw_params_t *hw;
	snd_pcm_sw_params_t *sw;
	snd_pcm_sframes_t moved;
	snd_pcm_t *pcm;

	if (argc < 2)
		return 2;
	check_result("open", snd_pcm_open(&pcm, argv[1], SND_PCM_STREAM_PLAYBACK, 0));
	snd_pcm_hw_params_alloca(&hw);
	check_result("any", snd_pcm_hw_params_any(pcm, hw));
	check_result("access", snd_pcm_hw_params_set_access(pcm, hw, SND_PCM_ACCESS_RW_INTERLEAVED));
	check_result("format", snd_pcm_hw_params_set_format(pcm, hw, SND_PCM_FORMAT_S16_LE));
	check_result("channels", snd_pcm_hw_params_set_channels(pcm, hw, 2));
	check_result("rate", snd_pcm_hw_params_set_rate(pcm, hw, RATE, 0));
	check_result("period", snd_pcm_hw_params_set_period_size_near(pcm, hw, &period, NULL));
	check_result("buffer", snd_pcm_hw_params_set_buffer_size_near(pcm, hw, &buffer));
	check_result("hw_params", snd_pcm_hw_params(pcm, hw));

	snd_pcm_sw_params_alloca(&sw);
	check_result("current", snd_pcm_sw_params_current(pcm, sw));
	check_result("boundary", snd_pcm_sw_params_get_boundary(sw, &boundary));
	check_result("start", snd_pcm_sw_params_set_start_threshold(pcm, sw, boundary));
	check_result("stop", snd_pcm_sw_params_set_stop_threshold(pcm, sw, boundary));
	check_result("silence", snd_pcm_sw_params_set_silence_threshold(pcm, sw, 0));
	check_result("silence", snd_pcm_sw_params_set_silence_size(pcm, sw, boundary));
	check_result("sw_params", snd_pcm_sw_params(pcm, sw));

	check_result("prepare", snd_pcm_prepare(pcm));
	check_result("start", snd_pcm_start(pcm));
	begin = clock_now();
	usleep((useconds_t)(seconds * 1000000));
	moved = check_result("avail", snd_pcm_avail(pcm)) - (long)buffer;
	due = (clock_now() - begin) * RATE;
	printf("%s: moved %ld, should be about %.0f\n", snd_pcm_state_name(snd_pcm_state(pcm)),
	       moved, due);
	snd_pcm_close(pcm);

	return fabs(moved - due) > due / 100 + period;
}
