// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Every byte arrives: each access mode, sample format, rate and number of
 * channels, in both directions, and both at the same time.
 *
 * What was recorded is looked at here, what was played by whoever has the sink,
 * see pcm_played().
 */
#include "pcm.h"

#include <pthread.h>

/* chunk: frames moved by one call */
struct transfer {
	snd_pcm_stream_t dir;
	struct pcm_setup set;
	snd_pcm_uframes_t frames;
	snd_pcm_uframes_t chunk;
};

static void transfer(struct pcm *pcm, snd_pcm_uframes_t frames, snd_pcm_uframes_t chunk)
{
	snd_pcm_uframes_t n;

	for (; frames; frames -= n) {
		n = frames < chunk ? frames : chunk;
		if (pcm->dir == PLAYBACK)
			pcm_write(pcm, n);
		else
			pcm_read(pcm, n);
	}
}

static void test_transfer(const void *arg)
{
	const struct transfer *t = arg;
	struct pcm *pcm;

	if (t->dir == CAPTURE)
		pcm_need_source();
	pcm = pcm_make(t->dir, &t->set);
	transfer(pcm, t->frames, t->chunk);
	ktap_eq(pcm->frames, t->frames);
	if (t->dir == PLAYBACK)
		pcm_drain(pcm);
	else
		alsa(snd_pcm_drop(pcm->handle));
	pcm_close(pcm);
}

/* Arguments of tests live as long as the program. */
static struct transfer *new_transfer(snd_pcm_stream_t dir, snd_pcm_uframes_t period,
				     unsigned int periods)
{
	struct transfer *t = malloc(sizeof(*t));

	if (!t)
		abort();
	t->dir = dir;
	t->set = pcm_usual;
	t->set.period = period;
	t->set.buffer = period * periods;
	t->frames = t->set.buffer * 3 + 18;
	t->chunk = t->set.buffer;
	return t;
}

/* Many times around buffers of odd sizes, in pieces that fit nowhere */
static void add_access(snd_pcm_stream_t dir, snd_pcm_access_t access, const char *name)
{
	static const unsigned int sizes[][4] = {
		/* period, periods, frames, chunk */
		{ 1024, 4, 30000, 1024 },
		{ 441, 7, 30001, 1000 },
		{ 333, 3, 10007, 2500 },
		{ 257, 2, 5003, 61 },
		{ 4800, 2, 31337, 31337 },
	};
	struct transfer *t;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		t = new_transfer(dir, sizes[i][0], sizes[i][1]);
		t->set.access = access;
		t->frames = sizes[i][2];
		t->chunk = sizes[i][3];
		ktap_add(test_transfer, t, "%s.%s.%ux%u.%u", pcm_dir_name(dir), name,
			 sizes[i][0], sizes[i][1], sizes[i][3]);
	}
}

static void add_formats(snd_pcm_stream_t dir)
{
	struct transfer *t;
	unsigned int i;

	for (i = 0; i < PCM_FORMATS; i++) {
		t = new_transfer(dir, 510, 4);
		t->set.format = pcm_formats[i];
		ktap_add(test_transfer, t, "%s.format.%s", pcm_dir_name(dir),
			 snd_pcm_format_name(pcm_formats[i]));
	}
	/* Half a byte per frame */
	t = new_transfer(dir, 510, 4);
	t->set.format = SND_PCM_FORMAT_IMA_ADPCM;
	t->set.channels = 1;
	ktap_add(test_transfer, t, "%s.format.IMA_ADPCM.mono", pcm_dir_name(dir));
}

static void add_rates(snd_pcm_stream_t dir)
{
	unsigned int rates[64];
	unsigned int i, n = pcm_rates(dir, rates, ARRAY_SIZE(rates));
	struct transfer *t;

	for (i = 0; i < n; i++) {
		/* 20 ms, as it would be for an application */
		t = new_transfer(dir, rates[i] / 50, 4);
		t->set.rate = rates[i];
		ktap_add(test_transfer, t, "%s.rate.%u", pcm_dir_name(dir), rates[i]);
	}
}

static void add_channels(snd_pcm_stream_t dir)
{
	struct transfer *t;
	unsigned int i;

	for (i = 1; i <= 8; i++) {
		t = new_transfer(dir, 513, 3);
		t->set.channels = i;
		ktap_add(test_transfer, t, "%s.channels.%u", pcm_dir_name(dir), i);
	}
}

/* An end that is less than a period, and less than anything */
static void add_short(void)
{
	static const unsigned int frames[] = { 2, 511, 512, 513, 1023, 1025 };
	struct transfer *t;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(frames); i++) {
		t = new_transfer(PLAYBACK, 512, 4);
		t->frames = frames[i];
		ktap_add(test_transfer, t, "playback.short.%u", frames[i]);
	}
}

static void *play(void *arg)
{
	struct pcm *pcm = arg;

	transfer(pcm, 20000, 700);
	pcm_drain(pcm);
	return arg;
}

/* Both directions of a device, each in a thread of its own */
static void test_duplex(const void *arg)
{
	struct pcm_setup set = pcm_usual;
	struct pcm *playback, *capture;
	pthread_t player;
	void *done;

	set.access = *(const snd_pcm_access_t *)arg;
	pcm_need_source();
	playback = pcm_make(PLAYBACK, &set);
	capture = pcm_make(CAPTURE, &set);
	ktap_eq(pthread_create(&player, NULL, play, playback), 0);
	transfer(capture, 25000, 900);
	ktap_eq(pthread_join(player, &done), 0);
	ktap_true(done == playback, "the player gave up");
	ktap_eq(playback->frames, 20000);
	ktap_eq(capture->frames, 25000);
}

int main(void)
{
	static const snd_pcm_stream_t dirs[] = { PLAYBACK, CAPTURE };
	static const snd_pcm_access_t rw = SND_PCM_ACCESS_RW_INTERLEAVED;
	static const snd_pcm_access_t mmap = SND_PCM_ACCESS_MMAP_INTERLEAVED;
	unsigned int i;

	pcm_tags(0x100);
	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		add_access(dirs[i], rw, "rw");
		add_access(dirs[i], mmap, "mmap");
		add_formats(dirs[i]);
		add_rates(dirs[i]);
		add_channels(dirs[i]);
	}
	add_short();
	ktap_add(test_duplex, &rw, "duplex.rw");
	ktap_add(test_duplex, &mmap, "duplex.mmap");
	return ktap_run(pcm_close_all);
}
