// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Waiting: as often as there is something to do, and no more.
 */
#include "pcm.h"

#include <sys/resource.h>
#include <sys/time.h>

#define FRAMES		(48 * 1024)
#define WAIT_MS		5000

/* avail_min: in frames */
struct wait {
	snd_pcm_stream_t dir;
	snd_pcm_uframes_t avail_min;
};

static long slept(void)
{
	struct rusage usage;

	ktap_eq(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_nvcsw;
}

/* One poll() that has to end with data or room, enough of it. */
static long wait_once(struct pcm *pcm)
{
	short wanted = pcm->dir == PLAYBACK ? POLLOUT : POLLIN;
	unsigned short events;
	struct pollfd fd;
	long avail;

	ktap_eq(snd_pcm_poll_descriptors_count(pcm->handle), 1);
	ktap_eq(snd_pcm_poll_descriptors(pcm->handle, &fd, 1), 1);
	ktap_eq(poll(&fd, 1, WAIT_MS), 1);
	alsa(snd_pcm_poll_descriptors_revents(pcm->handle, &fd, 1, &events));
	ktap_eq(events, wanted);
	avail = alsa(snd_pcm_avail_update(pcm->handle));
	ktap_ge(avail, (long)pcm->set.avail_min);
	return avail;
}

/* There is nothing to do: poll() must not say that there is. */
static void nothing_yet(struct pcm *pcm)
{
	struct pollfd fd;

	if (alsa(snd_pcm_avail(pcm->handle)) >= (long)pcm->set.avail_min)
		return;
	ktap_eq(snd_pcm_poll_descriptors(pcm->handle, &fd, 1), 1);
	ktap_eq(poll(&fd, 1, 0), 0);
}

/*
 * Move all that each wake-up offers. There are then no more wake-ups than
 * FRAMES / avail_min; and the process slept no more often than it was woken for
 * a reason: a wake-up in the kernel that poll() hides counts, too.
 */
static void test_wakeups(const void *arg)
{
	const struct wait *w = arg;
	struct pcm_setup set = pcm_usual;
	long before, wakeups = 0;
	struct pcm *pcm;

	set.avail_min = w->avail_min;
	pcm = pcm_make(w->dir, &set);
	if (w->dir == PLAYBACK)
		pcm_write(pcm, set.buffer);
	else
		alsa(snd_pcm_start(pcm->handle));
	before = slept();
	while (pcm->frames < FRAMES) {
		nothing_yet(pcm);
		if (w->dir == PLAYBACK)
			pcm_write(pcm, wait_once(pcm));
		else
			pcm_read(pcm, wait_once(pcm));
		wakeups++;
	}
	before = slept() - before;
	ktap_note("%ld wake-ups, slept %ld times, for %d frames", wakeups, before, FRAMES);
	ktap_le(wakeups, FRAMES / (long)w->avail_min + 1);
	ktap_le(before, wakeups + 4);
	/* The buffer was never left to run dry, nor was a wake-up late by more. */
	ktap_ge(wakeups, (FRAMES - (long)set.buffer) / (long)set.buffer);
	if (w->dir == PLAYBACK)
		pcm_drain(pcm);
}

/*
 * Two periods, where each wake-up counts: if the position reported after a period
 * were ever so little beyond its end, and that much more were written, the next
 * period would not make enough room to be woken for, and the one after it would
 * be too late.
 */
static void test_two_periods(const void *arg)
{
	const snd_pcm_stream_t *dir = arg;
	struct pcm_setup set = pcm_usual;
	unsigned int i, rates[64];
	struct pcm *pcm;

	/* The higher the rate, the less is little. */
	i = pcm_rates(*dir, rates, ARRAY_SIZE(rates));
	set.rate = rates[i - 1];
	set.period = set.rate / 20;
	set.buffer = set.period * 2;
	set.format = SND_PCM_FORMAT_U8;
	set.channels = 1;
	pcm = pcm_make(*dir, &set);
	if (*dir == PLAYBACK)
		pcm_write(pcm, set.buffer);
	else
		alsa(snd_pcm_start(pcm->handle));
	for (i = 0; i < 30; i++) {
		if (*dir == PLAYBACK)
			pcm_write(pcm, wait_once(pcm));
		else
			pcm_read(pcm, wait_once(pcm));
		/* A period at each, none slept through */
		ktap_le(pcm->frames, (i + 1) * set.period + set.buffer + set.period / 2);
	}
	if (*dir == PLAYBACK)
		pcm_drain(pcm);
}

/* A stream that does not run never wakes, before its start and while paused. */
static void test_idle(const void *arg)
{
	struct pcm *pcm = pcm_make(PLAYBACK, &pcm_usual);

	(void)arg;
	pcm_write(pcm, pcm->set.buffer - 1);
	ktap_eq(snd_pcm_wait(pcm->handle, 300), 0);
	pcm_write(pcm, 1);
	ktap_eq(snd_pcm_wait(pcm->handle, WAIT_MS), 1);
	pcm_write(pcm, alsa(snd_pcm_avail(pcm->handle)));
	if (snd_pcm_pause(pcm->handle, 1) == 0) {
		pcm_sleep(pcm, pcm->set.period);
		while (alsa(snd_pcm_avail(pcm->handle)) > 0)
			pcm_write(pcm, snd_pcm_avail(pcm->handle));
		ktap_eq(snd_pcm_wait(pcm->handle, 300), 0);
		alsa(snd_pcm_pause(pcm->handle, 0));
	}
	ktap_eq(snd_pcm_wait(pcm->handle, WAIT_MS), 1);
	pcm_drain(pcm);
}

/* A buffer is what can be written without waiting, to the frame. */
static void test_nonblock(const void *arg)
{
	struct pcm_setup set = pcm_usual;
	struct pcm *pcm = pcm_open(PLAYBACK, 0, 0, SND_PCM_NONBLOCK);
	unsigned int i;
	long moved;

	(void)arg;
	set.start = set.buffer + 1;
	pcm_configure(pcm, &set);
	ktap_eq(pcm_write_some(pcm, set.buffer - 100), set.buffer - 100);
	ktap_eq(pcm_write_some(pcm, 1000), 100);
	ktap_eq(pcm_write_some(pcm, 1000), -EAGAIN);
	ktap_eq(pcm_state(pcm), SND_PCM_STATE_PREPARED);
	alsa(snd_pcm_start(pcm->handle));
	for (i = 0; i < 10; i++) {
		ktap_eq(snd_pcm_wait(pcm->handle, WAIT_MS), 1);
		moved = alsa(pcm_write_some(pcm, set.buffer));
		ktap_ge(moved, (long)set.period);
		ktap_le(moved, (long)set.buffer);
		ktap_eq(pcm_write_some(pcm, 1), -EAGAIN);
	}
	alsa(snd_pcm_nonblock(pcm->handle, 0));
	pcm_drain(pcm);
}

static void test_nonblock_capture(const void *arg)
{
	struct pcm *pcm = pcm_open(CAPTURE, 0, 0, SND_PCM_NONBLOCK);
	unsigned int i;
	long moved;

	(void)arg;
	pcm_configure(pcm, &pcm_usual);
	/* This starts it. */
	ktap_eq(pcm_read_some(pcm, 1000), -EAGAIN);
	ktap_eq(pcm_state(pcm), SND_PCM_STATE_RUNNING);
	for (i = 0; i < 10; i++) {
		ktap_eq(snd_pcm_wait(pcm->handle, WAIT_MS), 1);
		moved = alsa(pcm_read_some(pcm, pcm->set.buffer));
		ktap_ge(moved, (long)pcm->set.period);
		ktap_le(moved, (long)pcm->set.buffer);
		ktap_eq(pcm_read_some(pcm, 1), -EAGAIN);
	}
}

int main(void)
{
	/* avail_min: a period, two, an odd number, nearly the buffer, less than a period */
	static const unsigned int mins[] = { 1024, 2048, 1500, 3000, 256 };
	static struct wait waits[2 * ARRAY_SIZE(mins)];
	static const snd_pcm_stream_t playback = PLAYBACK, capture = CAPTURE;
	struct wait *w = waits;
	unsigned int i;

	pcm_tags(0x600);
	for (i = 0; i < 2 * ARRAY_SIZE(mins); i++, w++) {
		w->dir = i % 2 ? CAPTURE : PLAYBACK;
		w->avail_min = mins[i / 2];
		ktap_add(test_wakeups, w, "%s.avail-min.%u", pcm_dir_name(w->dir), mins[i / 2]);
	}
	ktap_add(test_two_periods, &playback, "playback.two-periods");
	ktap_add(test_two_periods, &capture, "capture.two-periods");
	ktap_add(test_idle, NULL, "playback.idle");
	ktap_add(test_nonblock, NULL, "playback.nonblock");
	ktap_add(test_nonblock_capture, NULL, "capture.nonblock");
	return ktap_run(pcm_close_all);
}
