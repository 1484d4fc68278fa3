// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Position, delay and time stamps of a running stream are true, or at least
 * possible.
 */
#include "pcm.h"

#include <time.h>

#define PERIODS		24

/* One look */
struct sight {
	snd_pcm_uframes_t position;
	snd_pcm_uframes_t avail;
	snd_pcm_sframes_t delay;
	long long stamp;
	long long trigger;
	snd_pcm_state_t state;
};

static long long nanoseconds(const snd_htimestamp_t *t)
{
	return t->tv_sec * 1000000000LL + t->tv_nsec;
}

static long long now(void)
{
	struct timespec t;

	ktap_eq(clock_gettime(CLOCK_MONOTONIC, &t), 0);
	return nanoseconds(&t);
}

static void look(const struct pcm *pcm, struct sight *s)
{
	snd_pcm_status_t *status;
	snd_htimestamp_t t;

	snd_pcm_status_alloca(&status);
	alsa(snd_pcm_status(pcm->handle, status));
	s->avail = snd_pcm_status_get_avail(status);
	s->delay = snd_pcm_status_get_delay(status);
	s->state = snd_pcm_status_get_state(status);
	snd_pcm_status_get_htstamp(status, &t);
	s->stamp = nanoseconds(&t);
	snd_pcm_status_get_trigger_htstamp(status, &t);
	s->trigger = nanoseconds(&t);
	s->position = pcm->frames + s->avail;
	if (pcm->dir == PLAYBACK)
		s->position -= pcm->set.buffer;
}

/* What has to hold at any time while a stream runs */
static void check(const struct pcm *pcm, const struct sight *s)
{
	ktap_eq(s->state, SND_PCM_STATE_RUNNING);
	ktap_le(s->avail, pcm->set.buffer);
	ktap_le(s->delay, (long)pcm->set.buffer);
	ktap_ge(s->delay, 0);
	if (pcm->dir == PLAYBACK) {
		ktap_le((long)s->position, (long)pcm->frames);
		ktap_ge((long)s->position, 0);
		ktap_eq(s->delay, pcm->set.buffer - s->avail);
	} else {
		ktap_eq(s->delay, s->avail);
	}
	/* The time of the last step; there is none before the first. */
	if (s->position || s->stamp)
		ktap_le(s->trigger, s->stamp);
	ktap_le(s->stamp, now());
}

static void check_step(const struct sight *from, const struct sight *to)
{
	ktap_ge(to->position, from->position);
	ktap_ge(to->stamp, from->stamp);
	ktap_eq(to->trigger, from->trigger);
}

static void begin(struct pcm *pcm)
{
	if (pcm->dir == PLAYBACK)
		pcm_write(pcm, pcm->set.buffer);
	else
		alsa(snd_pcm_start(pcm->handle));
}

/* Move what can be moved. */
static void turn(struct pcm *pcm)
{
	long avail = alsa(snd_pcm_avail(pcm->handle));

	if (!avail)
		return;
	if (pcm->dir == PLAYBACK)
		pcm_write(pcm, avail);
	else
		pcm_read(pcm, avail);
}

static void end(struct pcm *pcm)
{
	if (pcm->dir == PLAYBACK)
		pcm_drain(pcm);
	else
		alsa(snd_pcm_drop(pcm->handle));
	pcm_close(pcm);
}

/*
 * Look four times a period. The position comes a period at a time; it must not
 * be further behind than that, and never ahead.
 */
static void follow(struct pcm *pcm)
{
	struct sight last, s;
	unsigned int i, steps = 0;
	long long before;

	before = now();
	begin(pcm);
	look(pcm, &last);
	check(pcm, &last);
	ktap_ge(last.trigger, before);
	for (i = 0; i < PERIODS * 4; i++) {
		pcm_sleep(pcm, pcm->set.period / 4);
		look(pcm, &s);
		check(pcm, &s);
		check_step(&last, &s);
		steps += s.position != last.position;
		last = s;
		turn(pcm);
	}
	ktap_note("%lu frames in %u steps", last.position, steps);
	/* Sleeping takes longer than was said, never shorter. */
	ktap_ge(last.position, (PERIODS - 2) * pcm->set.period);
	/* Without period wake-ups it comes each 2 ms: each look finds another one. */
	ktap_ge(steps, pcm->set.no_wakeup ? PERIODS * 3 : PERIODS / 2);
	ktap_ge((last.stamp - last.trigger) * pcm->set.rate / 1000000000,
		(long long)last.position - 1);
}

static void test_status(const void *arg)
{
	const struct pcm_setup *set = arg;
	struct pcm *pcm = pcm_make(PLAYBACK, set);

	follow(pcm);
	end(pcm);
}

static void test_status_capture(const void *arg)
{
	struct pcm *pcm = pcm_make(CAPTURE, arg);

	follow(pcm);
	end(pcm);
}

/* The ways to ask say the same. */
static void same_answers(struct pcm *pcm)
{
	snd_pcm_sframes_t avail, delay, avail2, delay2, moved;
	snd_pcm_uframes_t avail3;
	snd_htimestamp_t stamp;
	unsigned int i;

	begin(pcm);
	for (i = 0; i < PERIODS; i++) {
		pcm_sleep(pcm, pcm->set.period);
		alsa(snd_pcm_avail_delay(pcm->handle, &avail, &delay));
		avail2 = alsa(snd_pcm_avail(pcm->handle));
		alsa(snd_pcm_delay(pcm->handle, &delay2));
		alsa(snd_pcm_htimestamp(pcm->handle, &avail3, &stamp));
		/* The stream goes on between any two: more room, or more recorded. */
		moved = pcm->dir == PLAYBACK ? (long)pcm->set.buffer - delay : delay;
		ktap_ge(moved, avail);
		ktap_le(moved, avail2);
		ktap_ge(avail3, (snd_pcm_uframes_t)avail2);
		ktap_le(avail3, pcm->set.buffer);
		ktap_le(delay2, (long)pcm->set.buffer);
		if (pcm->dir == PLAYBACK)
			ktap_le(delay2, delay);
		else
			ktap_ge(delay2, delay);
		ktap_le(nanoseconds(&stamp), now());
		turn(pcm);
	}
	end(pcm);
}

static void test_answers(const void *arg)
{
	const snd_pcm_stream_t *dir = arg;

	same_answers(pcm_make(*dir, &pcm_usual));
}

/* Without wake-ups, which is for who never blocks, the position goes on. */
static void test_no_wakeup(const void *arg)
{
	const snd_pcm_stream_t *dir = arg;
	struct pcm *pcm = pcm_open(*dir, 0, 0, SND_PCM_NONBLOCK);
	struct pcm_setup set = pcm_usual;
	unsigned int i;

	set.no_wakeup = true;
	pcm_configure(pcm, &set);
	follow(pcm);
	ktap_eq(snd_pcm_wait(pcm->handle, 0), 0);
	if (*dir == CAPTURE)
		return;
	ktap_eq(snd_pcm_drain(pcm->handle), -EAGAIN);
	for (i = 0; i < 8 && pcm_state(pcm) == SND_PCM_STATE_DRAINING; i++)
		pcm_sleep(pcm, set.period);
	pcm_drained(pcm);
}

/* Before the start, position and delay stand at what was written. */
static void test_before_start(const void *arg)
{
	struct pcm *pcm = pcm_make(PLAYBACK, &pcm_usual);
	snd_pcm_sframes_t delay;
	struct sight s;

	(void)arg;
	look(pcm, &s);
	ktap_eq(s.avail, pcm->set.buffer);
	ktap_eq(s.delay, 0);
	pcm_write(pcm, 1000);
	pcm_sleep(pcm, pcm->set.buffer);
	look(pcm, &s);
	ktap_eq(s.state, SND_PCM_STATE_PREPARED);
	ktap_eq(s.avail, pcm->set.buffer - 1000);
	alsa(snd_pcm_delay(pcm->handle, &delay));
	ktap_eq(delay, 1000);
	alsa(snd_pcm_drop(pcm->handle));
	pcm_played(pcm, 0);
}

int main(void)
{
	static const snd_pcm_stream_t playback = PLAYBACK, capture = CAPTURE;
	static struct pcm_setup odd, small, deep;

	odd = pcm_usual;
	odd.period = 443;
	odd.buffer = 443 * 5;
	odd.rate = 44100;
	small = pcm_usual;
	small.period = 240;
	small.buffer = 240 * 8;
	deep = pcm_usual;
	deep.format = SND_PCM_FORMAT_FLOAT64_LE;
	deep.channels = 8;
	pcm_tags(0x300);
	ktap_add(test_before_start, NULL, "playback.before-start");
	ktap_add(test_status, &pcm_usual, "playback.status");
	ktap_add(test_status, &odd, "playback.status.odd");
	ktap_add(test_status, &small, "playback.status.small");
	ktap_add(test_status, &deep, "playback.status.8ch-64bit");
	ktap_add(test_status_capture, &pcm_usual, "capture.status");
	ktap_add(test_status_capture, &odd, "capture.status.odd");
	ktap_add(test_status_capture, &small, "capture.status.small");
	ktap_add(test_answers, &playback, "playback.delay");
	ktap_add(test_answers, &capture, "capture.delay");
	ktap_add(test_no_wakeup, &playback, "playback.no-period-wakeup");
	ktap_add(test_no_wakeup, &capture, "capture.no-period-wakeup");
	return ktap_run(pcm_close_all);
}
