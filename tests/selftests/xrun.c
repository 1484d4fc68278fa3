// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What happens to an application that is too late, and that it can go on.
 */
#include "pcm.h"

/* Everything was played; then nothing was there. */
static void starve(struct pcm *pcm)
{
	pcm_sleep(pcm, pcm->set.buffer * 2);
	ktap_eq(pcm_state(pcm), SND_PCM_STATE_XRUN);
	pcm_played(pcm, pcm->frames);
}

static void plays_right(struct pcm *pcm)
{
	pcm_prepare(pcm);
	ktap_eq(snd_pcm_avail(pcm->handle), pcm->set.buffer);
	pcm_write(pcm, pcm->set.buffer * 2 + 333);
	pcm_drain(pcm);
}

/* Fill the buffer to a frame, in the middle of a period or at its end. */
static void test_underrun(const void *arg)
{
	const snd_pcm_uframes_t *frames = arg;
	struct pcm_setup set = pcm_usual;
	unsigned char data[64] = { 0 };
	struct pcm *pcm;
	unsigned int i;

	set.start = *frames < set.buffer ? *frames : set.buffer;
	pcm = pcm_make(PLAYBACK, &set);
	for (i = 0; i < 3; i++) {
		pcm_write(pcm, *frames);
		starve(pcm);
		ktap_eq(snd_pcm_writei(pcm->handle, data, 16), -EPIPE);
		ktap_eq(snd_pcm_avail(pcm->handle), -EPIPE);
		ktap_eq(snd_pcm_start(pcm->handle), -EBADFD);
		pcm_prepare(pcm);
	}
	pcm_write(pcm, set.buffer);
	pcm_drain(pcm);
	plays_right(pcm);
}

static void test_underrun_mmap(const void *arg)
{
	struct pcm_setup set = pcm_usual;
	struct pcm *pcm;

	(void)arg;
	set.access = SND_PCM_ACCESS_MMAP_INTERLEAVED;
	pcm = pcm_make(PLAYBACK, &set);
	pcm_write(pcm, set.buffer);
	pcm_sleep(pcm, set.buffer * 2);
	ktap_eq(pcm_write_some(pcm, 16), -EPIPE);
	pcm_played(pcm, pcm->frames);
	plays_right(pcm);
}

/* snd_pcm_recover() is what most applications call. */
static void test_recover(const void *arg)
{
	struct pcm *pcm = pcm_make(PLAYBACK, &pcm_usual);

	(void)arg;
	pcm_write(pcm, pcm->set.buffer);
	starve(pcm);
	alsa(snd_pcm_recover(pcm->handle, -EPIPE, 1));
	ktap_eq(pcm_state(pcm), SND_PCM_STATE_PREPARED);
	plays_right(pcm);
}

/* Who sleeps in poll() is woken by it. */
static void test_underrun_poll(const void *arg)
{
	struct pcm_setup set = pcm_usual;
	unsigned short events;
	struct pollfd fd;
	struct pcm *pcm;

	(void)arg;
	/* Nothing but the xrun can wake: that much room there never is. */
	set.avail_min = set.buffer + 1;
	pcm = pcm_make(PLAYBACK, &set);
	pcm_write(pcm, set.buffer);
	ktap_eq(snd_pcm_poll_descriptors(pcm->handle, &fd, 1), 1);
	ktap_eq(poll(&fd, 1, 5000), 1);
	alsa(snd_pcm_poll_descriptors_revents(pcm->handle, &fd, 1, &events));
	ktap_ne(events & POLLERR, 0);
	ktap_eq(pcm_state(pcm), SND_PCM_STATE_XRUN);
	pcm_played(pcm, pcm->frames);
	alsa(snd_pcm_drop(pcm->handle));
	pcm_configure(pcm, &pcm_usual);
	plays_right(pcm);
}

static void test_overrun(const void *arg)
{
	struct pcm *pcm;
	unsigned char data[64];
	unsigned int i;

	(void)arg;
	pcm_need_source();
	pcm = pcm_make(CAPTURE, &pcm_usual);
	for (i = 0; i < 3; i++) {
		pcm_read(pcm, 2000);
		pcm_sleep(pcm, pcm->set.buffer * 2);
		ktap_eq(pcm_state(pcm), SND_PCM_STATE_XRUN);
		ktap_eq(snd_pcm_readi(pcm->handle, data, 16), -EPIPE);
		/* The signal begins again. */
		pcm_prepare(pcm);
		ktap_eq(snd_pcm_avail(pcm->handle), 0);
	}
	pcm_read(pcm, pcm->set.buffer * 3);
}

/*
 * Who sleeps until the buffer is full is woken when it is, not at the end of a
 * period, which may lie behind that and never come.
 */
static void test_overrun_poll(const void *arg)
{
	struct pcm_setup set = pcm_usual;
	unsigned short events;
	struct pollfd fd;
	struct pcm *pcm;

	(void)arg;
	set.avail_min = set.buffer;
	pcm = pcm_make(CAPTURE, &set);
	pcm_read(pcm, 100);
	ktap_eq(snd_pcm_poll_descriptors(pcm->handle, &fd, 1), 1);
	ktap_eq(poll(&fd, 1, 5000), 1);
	alsa(snd_pcm_poll_descriptors_revents(pcm->handle, &fd, 1, &events));
	ktap_ne(events & POLLERR, 0);
	ktap_eq(pcm_state(pcm), SND_PCM_STATE_XRUN);
}

/* How far a stream has come while so many frames of time have passed. */
static void expect_moved(const struct pcm *pcm, snd_pcm_uframes_t from, snd_pcm_uframes_t frames)
{
	snd_pcm_uframes_t moved = pcm_position(pcm) - from;

	ktap_eq(pcm_state(pcm), SND_PCM_STATE_RUNNING);
	ktap_true(moved + pcm->set.period >= frames && moved <= frames + pcm->set.period,
		  "moved %lu, not %lu", moved, frames);
}

/* Without a stop, time goes on whether or not the application reads, and avail tells it. */
static void test_run_on_capture(const void *arg)
{
	struct pcm_setup set = pcm_usual;
	snd_pcm_uframes_t from;
	struct pcm *pcm;
	unsigned int i;

	(void)arg;
	set.run_on = true;
	pcm = pcm_make(CAPTURE, &set);
	alsa(snd_pcm_start(pcm->handle));
	for (i = 0; i < 5; i++) {
		from = pcm_position(pcm);
		pcm_sleep(pcm, set.buffer * 4);
		expect_moved(pcm, from, set.buffer * 4);
	}
	ktap_true(snd_pcm_avail(pcm->handle) > (long)set.buffer * 19, "lateness not reported");
}

/*
 * Without a stop, time goes on whether or not the application writes, and avail tells it. What
 * is played meanwhile is silence.
 */
static void test_run_on(const void *arg)
{
	struct pcm_setup set = pcm_usual;
	snd_pcm_uframes_t from;
	struct pcm *pcm;
	unsigned int i;

	(void)arg;
	set.run_on = true;
	set.start = 1;
	pcm = pcm_make(PLAYBACK, &set);
	pcm_write(pcm, 1500);
	for (i = 0; i < 5; i++) {
		from = pcm_position(pcm);
		pcm_sleep(pcm, set.buffer * 4);
		expect_moved(pcm, from, set.buffer * 4);
	}
	ktap_true(snd_pcm_avail(pcm->handle) > (long)set.buffer * 19, "lateness not reported");
	alsa(snd_pcm_drop(pcm->handle));
	pcm_ran_on(pcm);
}

/* Late, but not too late, again and again: no xrun that is none */
static void test_nearly(const void *arg)
{
	struct pcm *pcm = pcm_make(PLAYBACK, &pcm_usual);
	unsigned int i;

	(void)arg;
	pcm_write(pcm, pcm->set.buffer);
	for (i = 0; i < 12; i++) {
		while (snd_pcm_avail(pcm->handle) < (long)pcm->set.period * 3)
			alsa(snd_pcm_wait(pcm->handle, 1000));
		ktap_eq(pcm_state(pcm), SND_PCM_STATE_RUNNING);
		pcm_write(pcm, pcm->set.period * 3);
	}
	pcm_drain(pcm);
}

int main(void)
{
	static const snd_pcm_uframes_t fills[] = { 100, 1024, 1025, 4096, 10000 };
	unsigned int i;

	pcm_tags(0x500);
	for (i = 0; i < ARRAY_SIZE(fills); i++)
		ktap_add(test_underrun, &fills[i], "underrun.%lu", fills[i]);
	ktap_add(test_underrun_mmap, NULL, "underrun.mmap");
	ktap_add(test_recover, NULL, "underrun.recover");
	ktap_add(test_underrun_poll, NULL, "underrun.poll");
	ktap_add(test_overrun, NULL, "overrun");
	ktap_add(test_overrun_poll, NULL, "overrun.poll");
	ktap_add(test_run_on, NULL, "run-on.playback");
	ktap_add(test_run_on_capture, NULL, "run-on.capture");
	ktap_add(test_nearly, NULL, "nearly");
	return ktap_run(pcm_close_all);
}
