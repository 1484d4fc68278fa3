// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * late-play: does a call sleep that need not, when the backend answers half a
 * second late? Counted by the thread's voluntary context switches, not by time.
 *
 * One line for each kind of call. Those that have to ask the backend must sleep:
 * otherwise it would not be late, or sleeps would not be seen.
 */
#include <alsa/asoundlib.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define RATE		48000u
#define PERIOD		4800u
#define BUFFER		(40 * PERIOD)
#define SMALL		100u
#define LATE_NS		500000000u

/**
 * struct step - what is known of a kind of call
 * @name: it
 * @calls: how many
 * @slept: voluntary context switches in all of them
 * @most_ns: time of the longest
 * @failed: how many went wrong
 */
struct step {
	const char *name;
	unsigned int calls;
	long slept;
	uint64_t most_ns;
	unsigned int failed;
};

static struct step step;
static unsigned int wrong;
static int16_t data[PERIOD * 2];

static long switches(void)
{
	struct rusage use;

	getrusage(RUSAGE_THREAD, &use);
	return use.ru_nvcsw;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void begin(const char *name)
{
	step = (struct step){ .name = name };
}

/* "count(call)" is call, counted. */
#define count(call) ({							\
	long slept_ = switches();					\
	uint64_t began_ = now_ns();					\
	snd_pcm_sframes_t ret_ = call;					\
									\
	counted(ret_, switches() - slept_, now_ns() - began_);		\
	ret_;								\
})

static void counted(snd_pcm_sframes_t ret, long slept, uint64_t ns)
{
	step.calls++;
	step.slept += slept;
	if (ns > step.most_ns)
		step.most_ns = ns;
	if (ret < 0) {
		if (!step.failed++)
			printf("%s: %s\n", step.name, snd_strerror((int)ret));
	}
}

static void end(bool good)
{
	printf("%s calls=%u slept=%ld most-us=%llu: %s\n", step.name,
	       step.calls, step.slept,
	       (unsigned long long)step.most_ns / 1000,
	       good && !step.failed ? "ok" : "WRONG");
	wrong += !good || step.failed;
}

/* None of the calls has slept. */
static void end_quick(unsigned int least)
{
	end(step.calls >= least && !step.slept);
}

/* The calls had to wait for the late backend. */
static void end_slow(void)
{
	end(step.slept && step.most_ns >= LATE_NS);
}

static void must(int ret, const char *what)
{
	if (ret >= 0)
		return;
	printf("%s: %s\n", what, snd_strerror(ret));
	exit(1);
}

static snd_pcm_t *open_pcm(snd_pcm_stream_t dir, snd_pcm_access_t access,
			   snd_pcm_uframes_t start)
{
	snd_pcm_hw_params_t *hw;
	snd_pcm_sw_params_t *sw;
	snd_pcm_t *pcm;

	snd_pcm_hw_params_alloca(&hw);
	snd_pcm_sw_params_alloca(&sw);
	must(snd_pcm_open(&pcm, "hw:0,0", dir, 0), "open");
	must(snd_pcm_hw_params_any(pcm, hw), "any");
	must(snd_pcm_hw_params_set_access(pcm, hw, access), "access");
	must(snd_pcm_hw_params_set_format(pcm, hw, SND_PCM_FORMAT_S16_LE),
	     "format");
	must(snd_pcm_hw_params_set_channels(pcm, hw, 2), "channels");
	must(snd_pcm_hw_params_set_rate(pcm, hw, RATE, 0), "rate");
	must(snd_pcm_hw_params_set_period_size(pcm, hw, PERIOD, 0), "period");
	must(snd_pcm_hw_params_set_buffer_size(pcm, hw, BUFFER), "buffer");
	/* With the PREPARE in it, which asks for OPEN. */
	begin("open");
	count(snd_pcm_hw_params(pcm, hw));
	end_slow();
	must(snd_pcm_sw_params_current(pcm, sw), "sw_params");
	must(snd_pcm_sw_params_set_start_threshold(pcm, sw, start), "start");
	must(snd_pcm_sw_params_set_avail_min(pcm, sw, PERIOD), "avail_min");
	must(snd_pcm_sw_params(pcm, sw), "sw_params");
	return pcm;
}

static void write_some(snd_pcm_t *pcm, unsigned int num, unsigned int frames)
{
	while (num--)
		count(snd_pcm_writei(pcm, data, frames));
}

/* As long as it takes to play a period; that may sleep. */
static void await_room(snd_pcm_t *pcm)
{
	must(snd_pcm_wait(pcm, 10000), "wait");
}

static void play(void)
{
	snd_pcm_t *pcm = open_pcm(SND_PCM_STREAM_PLAYBACK,
				  SND_PCM_ACCESS_RW_INTERLEAVED, BUFFER * 2);
	unsigned int i;

	begin("write-before-start");
	write_some(pcm, 20, PERIOD);
	end_quick(20);
	begin("start");
	count(snd_pcm_start(pcm));
	end_quick(1);
	/* More than the ring holds, before the backend has looked once */
	begin("write-small");
	write_some(pcm, 200, SMALL);
	end_quick(200);
	begin("write-while-playing");
	for (i = 0; i < 60; i++) {
		await_room(pcm);
		write_some(pcm, 1, PERIOD);
	}
	end_quick(60);
	begin("pause");
	await_room(pcm);
	count(snd_pcm_pause(pcm, 1));
	write_some(pcm, 2, SMALL);
	count(snd_pcm_pause(pcm, 0));
	write_some(pcm, 2, SMALL);
	end_quick(6);
	begin("drop");
	count(snd_pcm_drop(pcm));
	end_quick(1);
	begin("prepare");
	count(snd_pcm_prepare(pcm));
	end_slow();
	snd_pcm_close(pcm);
}

/* The start is inside of a write. */
static void play_threshold(void)
{
	snd_pcm_t *pcm = open_pcm(SND_PCM_STREAM_PLAYBACK,
				  SND_PCM_ACCESS_RW_INTERLEAVED, BUFFER / 2);

	begin("write-and-start");
	write_some(pcm, 30, PERIOD);
	end_quick(30);
	begin("drop");
	count(snd_pcm_drop(pcm));
	end_quick(1);
	snd_pcm_close(pcm);
}

static snd_pcm_sframes_t commit(snd_pcm_t *pcm, snd_pcm_uframes_t frames)
{
	const snd_pcm_channel_area_t *areas;
	snd_pcm_uframes_t offset;
	int ret;

	ret = snd_pcm_mmap_begin(pcm, &areas, &offset, &frames);
	if (ret < 0)
		return ret;
	return snd_pcm_mmap_commit(pcm, offset, frames);
}

static void play_mapped(void)
{
	snd_pcm_t *pcm = open_pcm(SND_PCM_STREAM_PLAYBACK,
				  SND_PCM_ACCESS_MMAP_INTERLEAVED, BUFFER * 2);
	unsigned int i;

	begin("mmap-commit");
	must((int)snd_pcm_avail_update(pcm), "avail");
	for (i = 0; i < 20; i++)
		count(commit(pcm, PERIOD));
	count(snd_pcm_start(pcm));
	for (i = 0; i < 200; i++)
		count(commit(pcm, SMALL));
	count(snd_pcm_drop(pcm));
	end_quick(222);
	snd_pcm_close(pcm);
}

static void record(void)
{
	snd_pcm_t *pcm = open_pcm(SND_PCM_STREAM_CAPTURE,
				  SND_PCM_ACCESS_RW_INTERLEAVED, BUFFER * 2);
	unsigned int i;

	begin("capture-start");
	count(snd_pcm_start(pcm));
	end_quick(1);
	begin("read");
	for (i = 0; i < 60; i++) {
		await_room(pcm);
		count(snd_pcm_readi(pcm, data, PERIOD));
	}
	end_quick(60);
	begin("capture-drop");
	count(snd_pcm_drop(pcm));
	end_quick(1);
	snd_pcm_close(pcm);
}

/* Both at once: no stream may sleep in a trigger of linked ones. */
static void linked(void)
{
	snd_pcm_t *out = open_pcm(SND_PCM_STREAM_PLAYBACK,
				  SND_PCM_ACCESS_RW_INTERLEAVED, BUFFER * 2);
	snd_pcm_t *in = open_pcm(SND_PCM_STREAM_CAPTURE,
				 SND_PCM_ACCESS_RW_INTERLEAVED, BUFFER * 2);

	must(snd_pcm_link(out, in), "link");
	begin("linked");
	write_some(out, 20, PERIOD);
	count(snd_pcm_start(out));
	write_some(out, 5, PERIOD);
	count(snd_pcm_drop(out));
	end_quick(27);
	snd_pcm_close(out);
	snd_pcm_close(in);
}

int main(void)
{
	setlinebuf(stdout);
	play();
	play_threshold();
	record();
	linked();
	play_mapped();
	printf("%u wrong\n", wrong);
	return wrong != 0;
}
