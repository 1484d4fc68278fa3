// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Linked streams start and stop as one.
 */
#include "pcm.h"

/* Device and subdevice of each member */
struct pair {
	snd_pcm_stream_t dir[2];
	int device[2];
	int subdevice[2];
};

static struct pcm *streams[2];

static void both_are(snd_pcm_state_t state)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		ktap_true(pcm_state(streams[i]) == state, "%s %s is %s, not %s",
			  pcm_dir_name(streams[i]->dir), streams[i]->name,
			  snd_pcm_state_name(pcm_state(streams[i])),
			  snd_pcm_state_name(state));
}

static long long trigger_time(const struct pcm *pcm)
{
	snd_pcm_status_t *status;
	snd_htimestamp_t t;

	snd_pcm_status_alloca(&status);
	alsa(snd_pcm_status(pcm->handle, status));
	snd_pcm_status_get_trigger_htstamp(status, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void make(const struct pair *p)
{
	struct pcm_setup set = pcm_usual;
	unsigned int i;

	set.start = set.buffer + 1;
	for (i = 0; i < 2; i++) {
		streams[i] = pcm_open(p->dir[i], p->device[i], p->subdevice[i], 0);
		pcm_configure(streams[i], &set);
	}
	alsa(snd_pcm_link(streams[0]->handle, streams[1]->handle));
}

/* Playback has to have something before it may start. */
static void fill(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (streams[i]->dir == PLAYBACK)
			pcm_write(streams[i], streams[i]->set.buffer);
}

static void run_periods(unsigned int periods)
{
	unsigned int i;

	while (periods--)
		for (i = 0; i < 2; i++) {
			if (streams[i]->dir == PLAYBACK)
				pcm_write(streams[i], streams[i]->set.period);
			else
				pcm_read(streams[i], streams[i]->set.period);
		}
}

static void start(void)
{
	long long apart;

	fill();
	both_are(SND_PCM_STATE_PREPARED);
	alsa(snd_pcm_start(streams[0]->handle));
	both_are(SND_PCM_STATE_RUNNING);
	/* One after the other, but at once */
	apart = trigger_time(streams[0]) - trigger_time(streams[1]);
	ktap_le(llabs(apart) * streams[0]->set.rate / 1000000000, streams[0]->set.period);
}

static void note_all(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (streams[i]->dir == PLAYBACK)
			pcm_played(streams[i], 1);
}

static void prepare(void)
{
	unsigned int i;

	alsa(snd_pcm_prepare(streams[1]->handle));
	both_are(SND_PCM_STATE_PREPARED);
	for (i = 0; i < 2; i++)
		pcm_new_signal(streams[i]);
}

/* Started by the one, stopped by the other, prepared together; again and again */
static void test_start_stop(const void *arg)
{
	unsigned int i;

	make(arg);
	for (i = 0; i < 4; i++) {
		start();
		run_periods(6);
		alsa(snd_pcm_drop(streams[1]->handle));
		both_are(SND_PCM_STATE_SETUP);
		note_all();
		prepare();
	}
	start();
	run_periods(20);
	/* Apart, each goes on. */
	alsa(snd_pcm_unlink(streams[0]->handle));
	run_periods(4);
	alsa(snd_pcm_drop(streams[1]->handle));
	if (streams[1]->dir == PLAYBACK)
		pcm_played(streams[1], 1);
	ktap_eq(pcm_state(streams[1]), SND_PCM_STATE_SETUP);
	ktap_eq(pcm_state(streams[0]), SND_PCM_STATE_RUNNING);
	pcm_drain(streams[0]);
}

/* One that is too late takes the other with it. */
static void test_xrun(const void *arg)
{
	make(arg);
	start();
	run_periods(3);
	pcm_sleep(streams[0], streams[0]->set.buffer * 2);
	both_are(SND_PCM_STATE_XRUN);
	note_all();
	prepare();
	start();
	run_periods(10);
	alsa(snd_pcm_drop(streams[0]->handle));
	both_are(SND_PCM_STATE_SETUP);
	note_all();
}

static void test_pause(const void *arg)
{
	snd_pcm_uframes_t at[2];
	unsigned int i;

	make(arg);
	start();
	run_periods(3);
	if (snd_pcm_pause(streams[0]->handle, 1) < 0)
		ktap_skip("the card cannot pause");
	both_are(SND_PCM_STATE_PAUSED);
	pcm_sleep(streams[0], streams[0]->set.period);
	for (i = 0; i < 2; i++)
		at[i] = pcm_position(streams[i]);
	pcm_sleep(streams[0], streams[0]->set.buffer * 2);
	for (i = 0; i < 2; i++)
		ktap_eq(pcm_position(streams[i]), at[i]);
	alsa(snd_pcm_pause(streams[1]->handle, 0));
	both_are(SND_PCM_STATE_RUNNING);
	run_periods(8);
	alsa(snd_pcm_drop(streams[0]->handle));
	note_all();
}

/* To close one stops both. The one that is left works on alone. */
static void test_close(const void *arg)
{
	struct pcm *left;

	make(arg);
	left = streams[0];
	start();
	run_periods(3);
	note_all();
	pcm_close(streams[1]);
	ktap_eq(pcm_state(left), SND_PCM_STATE_SETUP);
	pcm_prepare(left);
	pcm_write(left, left->set.buffer);
	alsa(snd_pcm_start(left->handle));
	pcm_write(left, 5000);
	pcm_drain(left);
}

static void add(const struct pair *p, const char *name)
{
	ktap_add(test_start_stop, p, "%s.start-stop", name);
	ktap_add(test_xrun, p, "%s.xrun", name);
	ktap_add(test_pause, p, "%s.pause", name);
	ktap_add(test_close, p, "%s.close", name);
}

int main(void)
{
	static const struct pair duplex = { .dir = { PLAYBACK, CAPTURE } };
	static const struct pair substreams = {
		.dir = { PLAYBACK, PLAYBACK }, .subdevice = { 0, 1 },
	};
	static const struct pair devices = {
		.dir = { PLAYBACK, PLAYBACK }, .device = { 0, 1 },
	};

	pcm_tags(0x700);
	add(&duplex, "duplex");
	add(&substreams, "substreams");
	add(&devices, "devices");
	return ktap_run(pcm_close_all);
}
