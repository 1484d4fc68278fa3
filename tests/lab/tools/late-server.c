// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * late-server PCM FILE: play S16_LE stereo at 48 kHz as a sound server does: the
 * stream never stops by itself (stop_threshold is the boundary), ALSA fills it with
 * silence, no event wakes the server, it looks each 20 ms and keeps 4096 frames
 * queued. Once it looks 0.4 s late. Then avail has to tell how late: frames whose
 * time has passed are left out, and what follows is played at its time.
 *
 * Prints what it saw; status 0 if it was late once, by as much as it has slept, and
 * if hw_ptr went with the clock whenever it looked.
 */
#include <alsa/asoundlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RATE		48000
#define CHANNELS	2
#define PERIOD		1024
#define BUFFER		8192
#define QUEUE		4096
#define LOOK_NS		20000000L
#define LATE_NS		400000000L
/* Data must be there this much before they are played. */
#define AHEAD		PERIOD
/* The look that is late */
#define LATE_LOOK	50
/* hw_ptr moves at each period; the backend begins a little after START. */
#define BEHIND_MOST	(PERIOD + PERIOD / 4)
#define BEHIND_LEAST	(-48)

/**
 * struct server - what the server knows
 * @pcm: the stream
 * @data: frames of the file
 * @frames: how many
 * @next: the frame to be written next, and thereby appl_ptr
 * @begin: when the stream was started, seconds
 * @late: frames that it was late by, in the one look
 * @times_late: looks at which avail was larger than the buffer
 * @least: hw_ptr behind the clock, frames
 * @most: likewise
 */
struct server {
	snd_pcm_t *pcm;
	short (*data)[CHANNELS];
	long frames;
	long next;
	double begin;
	long late;
	int times_late;
	long least;
	long most;
};

static long check_result(const char *what, long ret)
{
	if (ret >= 0)
		return ret;
	printf("%s: %s\n", what, snd_strerror((int)ret));
	exit(2);
}

static double clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void sleep_for(long ns)
{
	struct timespec t = { .tv_nsec = ns };

	nanosleep(&t, NULL);
}

static void load_file(struct server *s, const char *name)
{
	FILE *file = fopen(name, "rb");
	long size;

	if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) <= 0) {
		perror(name);
		exit(2);
	}
	rewind(file);
	s->frames = size / (long)sizeof(*s->data);
	s->data = calloc((size_t)s->frames, sizeof(*s->data));
	if (!s->data || fread(s->data, sizeof(*s->data), (size_t)s->frames, file) !=
	    (size_t)s->frames) {
		perror(name);
		exit(2);
	}
	fclose(file);
}

static void set_hw(snd_pcm_t *pcm)
{
	snd_pcm_hw_params_t *hw;

	snd_pcm_hw_params_alloca(&hw);
	check_result("any", snd_pcm_hw_params_any(pcm, hw));
	check_result("access", snd_pcm_hw_params_set_access(pcm, hw,
							    SND_PCM_ACCESS_RW_INTERLEAVED));
	check_result("format", snd_pcm_hw_params_set_format(pcm, hw, SND_PCM_FORMAT_S16_LE));
	check_result("channels", snd_pcm_hw_params_set_channels(pcm, hw, CHANNELS));
	check_result("rate", snd_pcm_hw_params_set_rate(pcm, hw, RATE, 0));
	check_result("period", snd_pcm_hw_params_set_period_size(pcm, hw, PERIOD, 0));
	check_result("buffer", snd_pcm_hw_params_set_buffer_size(pcm, hw, BUFFER));
	check_result("hw_params", snd_pcm_hw_params(pcm, hw));
}

static void set_sw(snd_pcm_t *pcm)
{
	snd_pcm_sw_params_t *sw;
	snd_pcm_uframes_t boundary;

	snd_pcm_sw_params_alloca(&sw);
	check_result("current", snd_pcm_sw_params_current(pcm, sw));
	check_result("boundary", snd_pcm_sw_params_get_boundary(sw, &boundary));
	check_result("start", snd_pcm_sw_params_set_start_threshold(pcm, sw, boundary));
	check_result("stop", snd_pcm_sw_params_set_stop_threshold(pcm, sw, boundary));
	check_result("threshold", snd_pcm_sw_params_set_silence_threshold(pcm, sw, 0));
	check_result("silence", snd_pcm_sw_params_set_silence_size(pcm, sw, boundary));
	check_result("sw_params", snd_pcm_sw_params(pcm, sw));
}

/* At the end of the file less than that is queued. */
static void fill_queue(struct server *s, long queued)
{
	long n = QUEUE - queued;
	long done;

	if (n > s->frames - s->next)
		n = s->frames - s->next;
	while (n > 0) {
		done = check_result("write", snd_pcm_writei(s->pcm, s->data[s->next],
							    (snd_pcm_uframes_t)n));
		s->next += done;
		n -= done;
	}
}

/* ALSA takes no more than a buffer at once from those who cannot rewind. */
static void leave_out(struct server *s, long late)
{
	long left = late + AHEAD;
	long moved;

	printf("%ld frames late at frame %ld\n", late, s->next);
	s->late = late;
	s->times_late++;
	while (left > 0) {
		moved = left < BUFFER ? left : BUFFER;
		moved = check_result("forward",
				     snd_pcm_forward(s->pcm, (snd_pcm_uframes_t)moved));
		s->next += moved;
		left -= moved;
	}
}

/* Return: has all been played? */
static int look_once(struct server *s)
{
	long room = check_result("avail", snd_pcm_avail(s->pcm));
	long hw = s->next + room - BUFFER;
	long behind = (long)((clock_now() - s->begin) * RATE) - hw;

	if (behind < s->least)
		s->least = behind;
	if (behind > s->most)
		s->most = behind;
	if (hw >= s->frames)
		return 1;
	if (s->next == s->frames)
		return 0;
	if (room > BUFFER) {
		leave_out(s, room - BUFFER);
		room = BUFFER - AHEAD;
	}
	fill_queue(s, BUFFER - room);
	return 0;
}

static int run_server(struct server *s)
{
	double slept = 0, from;
	long due;
	int look;

	fill_queue(s, 0);
	check_result("start", snd_pcm_start(s->pcm));
	s->begin = clock_now();
	for (look = 0; !look_once(s); look++) {
		from = clock_now();
		sleep_for(look == LATE_LOOK ? LATE_NS : LOOK_NS);
		if (look == LATE_LOOK)
			slept = clock_now() - from;
		if (clock_now() - s->begin > 10.0 * s->frames / RATE) {
			printf("hw_ptr stands still at %s\n",
			       snd_pcm_state_name(snd_pcm_state(s->pcm)));
			return 1;
		}
	}
	due = (long)(slept * RATE) - QUEUE;
	printf("looks %d, late %d times, by %ld (slept %.0f frames, %d were queued); hw_ptr was %ld to %ld behind\n",
	       look, s->times_late, s->late, slept * RATE, QUEUE, s->least, s->most);
	return s->times_late != 1 || labs(s->late - due) > PERIOD ||
	       s->least < BEHIND_LEAST || s->most > BEHIND_MOST;
}

int main(int argc, char **argv)
{
	struct server s = { .least = BUFFER };
	int ret;

	if (argc != 3) {
		fprintf(stderr, "usage: late-server PCM FILE\n");
		return 2;
	}
	load_file(&s, argv[2]);
	check_result("open", snd_pcm_open(&s.pcm, argv[1], SND_PCM_STREAM_PLAYBACK, 0));
	set_hw(s.pcm);
	set_sw(s.pcm);
	check_result("prepare", snd_pcm_prepare(s.pcm));
	ret = run_server(&s);
	snd_pcm_close(s.pcm);
	free(s.data);
	return ret;
}
