// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Start, pause, stop, drain, and what moves the application's pointer.
 */
#include "pcm.h"

#include <time.h>

#include "appl-ptr.h"

/* The stream plays: its position moves on within two periods. */
static void moves_on(const struct pcm *pcm)
{
	snd_pcm_uframes_t from = pcm_position(pcm);

	ktap_eq(pcm_state(pcm), SND_PCM_STATE_RUNNING);
	pcm_sleep(pcm, pcm->set.period * 2);
	ktap_ge(pcm_position(pcm), from + 1);
}

static void stands_still(const struct pcm *pcm, snd_pcm_uframes_t frames)
{
	snd_pcm_uframes_t from = pcm_position(pcm);

	pcm_sleep(pcm, frames);
	ktap_eq(pcm_position(pcm), from);
}

/* All of the next signal, as after any other trouble */
static void plays_right(struct pcm *pcm)
{
	pcm_prepare(pcm);
	ktap_eq(pcm_position(pcm), 0);
	pcm_write(pcm, pcm->set.buffer * 2 + 100);
	pcm_drain(pcm);
}

static void stop(struct pcm *pcm)
{
	snd_pcm_uframes_t least = pcm_position(pcm);

	alsa(snd_pcm_drop(pcm->handle));
	ktap_eq(pcm_state(pcm), SND_PCM_STATE_SETUP);
	pcm_played(pcm, least);
}

static int descriptor(const struct pcm *pcm)
{
	struct pollfd fd;

	ktap_eq(snd_pcm_poll_descriptors(pcm->handle, &fd, 1), 1);
	return fd.fd;
}

/* ---- start ---- */

/* A frame less is not enough, not even after a while. */
static void test_start_threshold(const void *arg)
{
	const snd_pcm_uframes_t *threshold = arg;
	struct pcm_setup set = pcm_usual;
	struct pcm *pcm;

	set.start = *threshold;
	/* A frame or two are played before the next ones come. */
	set.run_on = true;
	pcm = pcm_make(PLAYBACK, &set);
	if (set.start > 1) {
		pcm_write(pcm, set.start - 1);
		ktap_eq(pcm_state(pcm), SND_PCM_STATE_PREPARED);
		stands_still(pcm, set.buffer);
		ktap_eq(pcm_state(pcm), SND_PCM_STATE_PREPARED);
	}
	pcm_write(pcm, 1);
	ktap_eq(pcm_state(pcm), SND_PCM_STATE_RUNNING);
	if (pcm->frames < set.buffer)
		pcm_write(pcm, set.buffer - pcm->frames);
	moves_on(pcm);
	pcm_drain(pcm);
}

/* Beyond the buffer: only snd_pcm_start() starts. */
static void test_start_explicit(const void *arg)
{
	struct pcm_setup set = pcm_usual;
	struct pcm *pcm;

	(void)arg;
	set.start = set.buffer + 1;
	pcm = pcm_make(PLAYBACK, &set);
	pcm_write(pcm, set.buffer);
	stands_still(pcm, set.buffer);
	ktap_eq(pcm_state(pcm), SND_PCM_STATE_PREPARED);
	alsa(snd_pcm_start(pcm->handle));
	moves_on(pcm);
	pcm_drain(pcm);
}

static void test_start_empty(const void *arg)
{
	struct pcm *pcm = pcm_make(PLAYBACK, &pcm_usual);

	(void)arg;
	ktap_eq(snd_pcm_start(pcm->handle), -EPIPE);
	plays_right(pcm);
}

static void test_start_capture(const void *arg)
{
	struct pcm *pcm = pcm_make(CAPTURE, &pcm_usual);

	(void)arg;
	stands_still(pcm, pcm->set.buffer);
	ktap_eq(pcm_state(pcm), SND_PCM_STATE_PREPARED);
	alsa(snd_pcm_start(pcm->handle));
	moves_on(pcm);
	pcm_read(pcm, pcm->set.buffer);
}

/* ---- pause ---- */

/* An event or two may be on their way when the pause begins. */
static void pause_once(struct pcm *pcm)
{
	moves_on(pcm);
	alsa(snd_pcm_pause(pcm->handle, 1));
	ktap_eq(pcm_state(pcm), SND_PCM_STATE_PAUSED);
	pcm_sleep(pcm, pcm->set.period);
	stands_still(pcm, pcm->set.buffer * 2);
	ktap_eq(pcm_state(pcm), SND_PCM_STATE_PAUSED);
	alsa(snd_pcm_pause(pcm->handle, 0));
	moves_on(pcm);
}

static void need_pause(struct pcm *pcm)
{
	snd_pcm_hw_params_t *hw;

	snd_pcm_hw_params_alloca(&hw);
	alsa(snd_pcm_hw_params_current(pcm->handle, hw));
	if (snd_pcm_hw_params_can_pause(hw))
		return;
	/* Who cannot must say so. */
	ktap_ne(snd_pcm_pause(pcm->handle, 1), 0);
	ktap_skip("the card cannot pause");
}

static void test_pause(const void *arg)
{
	struct pcm_setup set = pcm_usual;
	struct pcm *pcm;
	unsigned int i;

	(void)arg;
	set.buffer = set.period * 8;
	pcm = pcm_make(PLAYBACK, &set);
	need_pause(pcm);
	pcm_write(pcm, set.buffer);
	for (i = 0; i < 3; i++) {
		pause_once(pcm);
		pcm_write(pcm, set.period * 5);
	}
	pcm_drain(pcm);
}

static void test_pause_capture(const void *arg)
{
	struct pcm_setup set = pcm_usual;
	struct pcm *pcm;
	unsigned int i;

	(void)arg;
	set.buffer = set.period * 8;
	pcm = pcm_make(CAPTURE, &set);
	need_pause(pcm);
	alsa(snd_pcm_start(pcm->handle));
	for (i = 0; i < 3; i++) {
		pause_once(pcm);
		pcm_read(pcm, set.period * 5);
	}
}

static void test_pause_drop(const void *arg)
{
	struct pcm *pcm = pcm_make(PLAYBACK, &pcm_usual);

	(void)arg;
	need_pause(pcm);
	pcm_write(pcm, pcm->set.buffer);
	moves_on(pcm);
	alsa(snd_pcm_pause(pcm->handle, 1));
	stop(pcm);
	plays_right(pcm);
}

/* ---- drop ---- */

static void test_drop(const void *arg)
{
	struct pcm *pcm = pcm_make(PLAYBACK, &pcm_usual);
	unsigned int i;

	(void)arg;
	for (i = 0; i < 5; i++) {
		pcm_write(pcm, pcm->set.buffer + i * 300);
		moves_on(pcm);
		stop(pcm);
		pcm_prepare(pcm);
		ktap_eq(pcm_position(pcm), 0);
		ktap_eq(snd_pcm_avail(pcm->handle), pcm->set.buffer);
	}
	plays_right(pcm);
}

static void test_drop_at_once(const void *arg)
{
	struct pcm *pcm = pcm_make(PLAYBACK, &pcm_usual);

	(void)arg;
	pcm_write(pcm, pcm->set.buffer);
	alsa(snd_pcm_drop(pcm->handle));
	pcm_played(pcm, 0);
	plays_right(pcm);
}

/* Each recording begins at the beginning. */
static void test_drop_capture(const void *arg)
{
	struct pcm *pcm;
	unsigned int i;

	(void)arg;
	pcm_need_source();
	pcm = pcm_make(CAPTURE, &pcm_usual);
	for (i = 0; i < 5; i++) {
		pcm_read(pcm, 3000 + i * 500);
		alsa(snd_pcm_drop(pcm->handle));
		ktap_eq(pcm_state(pcm), SND_PCM_STATE_SETUP);
		pcm_prepare(pcm);
		ktap_eq(snd_pcm_avail(pcm->handle), 0);
	}
	pcm_read(pcm, 9999);
}

static void test_prepare_twice(const void *arg)
{
	struct pcm *pcm = pcm_make(PLAYBACK, &pcm_usual);

	(void)arg;
	pcm_prepare(pcm);
	/* Data that were handed over are gone then. */
	pcm_write(pcm, 700);
	pcm_played(pcm, 0);
	plays_right(pcm);
	plays_right(pcm);
}

static void test_close_running(const void *arg)
{
	struct pcm *pcm = pcm_make(PLAYBACK, &pcm_usual);

	(void)arg;
	pcm_write(pcm, pcm->set.buffer);
	moves_on(pcm);
	pcm_played(pcm, 1);
	pcm_close(pcm);
	pcm = pcm_make(PLAYBACK, &pcm_usual);
	plays_right(pcm);
}

/* ---- drain ---- */

/* Not before all has been played, and that takes its time. */
static void test_drain(const void *arg)
{
	const snd_pcm_uframes_t *frames = arg;
	struct pcm *pcm = pcm_make(PLAYBACK, &pcm_usual);
	struct timespec from, to;
	long long took;

	pcm_write(pcm, *frames);
	ktap_eq(clock_gettime(CLOCK_MONOTONIC, &from), 0);
	took = pcm_position(pcm);
	pcm_drain(pcm);
	ktap_eq(clock_gettime(CLOCK_MONOTONIC, &to), 0);
	took += ((to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec - from.tv_nsec) *
		pcm->set.rate / 1000000000;
	/* The position is up to a period old. */
	ktap_ge(took + (long long)pcm->set.period, (long long)*frames);
	plays_right(pcm);
}

static void test_drain_empty(const void *arg)
{
	struct pcm *pcm = pcm_make(PLAYBACK, &pcm_usual);

	(void)arg;
	pcm_drain(pcm);
	plays_right(pcm);
}

static void test_drain_nonblock(const void *arg)
{
	struct pcm *pcm = pcm_make(PLAYBACK, &pcm_usual);
	unsigned int i;

	(void)arg;
	pcm_write(pcm, pcm->set.buffer);
	alsa(snd_pcm_nonblock(pcm->handle, 1));
	ktap_eq(snd_pcm_drain(pcm->handle), -EAGAIN);
	ktap_eq(pcm_state(pcm), SND_PCM_STATE_DRAINING);
	for (i = 0; i < 8 && pcm_state(pcm) == SND_PCM_STATE_DRAINING; i++)
		pcm_sleep(pcm, pcm->set.period);
	pcm_drained(pcm);
	alsa(snd_pcm_nonblock(pcm->handle, 0));
	plays_right(pcm);
}

static void test_drain_capture(const void *arg)
{
	struct pcm *pcm = pcm_make(CAPTURE, &pcm_usual);
	snd_pcm_state_t state;

	(void)arg;
	pcm_read(pcm, 100);
	pcm_sleep(pcm, pcm->set.period * 2);
	alsa(snd_pcm_drain(pcm->handle));
	/* What was recorded before may still be fetched. */
	state = pcm_state(pcm);
	ktap_true(state == SND_PCM_STATE_SETUP || state == SND_PCM_STATE_DRAINING,
		  "state %s", snd_pcm_state_name(state));
	alsa(snd_pcm_drop(pcm->handle));
	pcm_prepare(pcm);
	pcm_read(pcm, 5000);
}

/* ---- the application's pointer ---- */

/* What was handed over cannot be taken back: nobody may think it was. */
static void test_rewind(const void *arg)
{
	struct pcm *pcm = pcm_make(PLAYBACK, &pcm_usual);
	unsigned int i;

	(void)arg;
	pcm_write(pcm, pcm->set.buffer);
	for (i = 0; i < 8; i++) {
		ktap_le(snd_pcm_rewind(pcm->handle, 500), 0);
		ktap_eq(pcm_state(pcm), SND_PCM_STATE_RUNNING);
		pcm_write(pcm, 777);
	}
	pcm_drain(pcm);
}

static void test_appl_ptr_back(const void *arg)
{
	struct pcm *pcm = pcm_make(PLAYBACK, &pcm_usual);
	int fd = descriptor(pcm);
	unsigned long at, still;
	unsigned int i;

	(void)arg;
	pcm_write(pcm, pcm->set.buffer);
	for (i = 0; i < 8; i++) {
		alsa(appl_ptr_get(fd, &at));
		ktap_eq(at, pcm->frames);
		ktap_eq(appl_ptr_move(fd, -500), -EINVAL);
		alsa(appl_ptr_get(fd, &still));
		ktap_eq(still, at);
		pcm_write(pcm, 777);
	}
	pcm_drain(pcm);
}

/* Moves that the driver does not see would be data that the backend does not. */
static void test_appl_ptr_map(const void *arg)
{
	const snd_pcm_stream_t *dir = arg;
	struct pcm *pcm = pcm_make(*dir, &pcm_usual);

	ktap_eq(appl_ptr_map(descriptor(pcm)), -ENXIO);
}

/* More than there is room for: whatever is played then, nothing else suffers. */
static void test_overfill(const void *arg)
{
	struct pcm *pcm = pcm_make(PLAYBACK, &pcm_usual);
	int fd = descriptor(pcm);
	unsigned int i;

	(void)arg;
	for (i = 0; i < 4; i++) {
		pcm_write(pcm, pcm->set.buffer);
		moves_on(pcm);
		appl_ptr_move(fd, pcm->set.buffer);
		appl_ptr_move(fd, pcm->set.buffer);
		pcm_sleep(pcm, pcm->set.period);
		alsa(snd_pcm_drop(pcm->handle));
		pcm_spoilt(pcm, 1);
		pcm_prepare(pcm);
	}
	plays_right(pcm);
}

/*
 * The same without an end. No more can be handed over than the buffer holds,
 * nor more be given back than was recorded.
 */
static void test_overfill_much(const void *arg)
{
	const snd_pcm_stream_t *dir = arg;
	struct pcm_setup set = pcm_usual;
	unsigned int i, moved = 0;
	struct pcm *pcm;
	int fd;

	set.run_on = true;
	pcm = pcm_make(*dir, &set);
	fd = descriptor(pcm);
	if (*dir == PLAYBACK)
		pcm_write(pcm, set.buffer);
	else
		alsa(snd_pcm_start(pcm->handle));
	for (i = 0; i < 300; i++)
		moved += !appl_ptr_move(fd, set.buffer);
	ktap_le(moved, 1);
	pcm_sleep(pcm, set.buffer * 3);
	alsa(snd_pcm_drop(pcm->handle));
	if (*dir == PLAYBACK) {
		pcm_spoilt(pcm, 1);
		plays_right(pcm);
	} else {
		pcm_prepare(pcm);
		pcm_read(pcm, set.buffer * 3);
	}
}

/* ALSA takes the pointer back here without asking: an xrun, and no harm. */
static void test_reset(const void *arg)
{
	struct pcm *pcm = pcm_make(PLAYBACK, &pcm_usual);
	unsigned char data[4 * 16] = { 0 };
	long ret;

	(void)arg;
	pcm_write(pcm, pcm->set.buffer);
	moves_on(pcm);
	alsa(snd_pcm_reset(pcm->handle));
	ret = snd_pcm_writei(pcm->handle, data, 16);
	ktap_true(ret == -EPIPE || ret == 16, "write after reset: %ld", ret);
	alsa(snd_pcm_drop(pcm->handle));
	pcm_spoilt(pcm, 1);
	plays_right(pcm);
}

int main(void)
{
	static const snd_pcm_uframes_t fills[] = { 1, 2, 1000, 1024, 3333, 4096 };
	static const snd_pcm_stream_t playback = PLAYBACK, capture = CAPTURE;
	unsigned int i;

	pcm_tags(0x400);
	for (i = 0; i < ARRAY_SIZE(fills); i++)
		ktap_add(test_start_threshold, &fills[i], "start.threshold.%lu", fills[i]);
	ktap_add(test_start_explicit, NULL, "start.explicit");
	ktap_add(test_start_empty, NULL, "start.empty");
	ktap_add(test_start_capture, NULL, "start.capture");
	ktap_add(test_pause, NULL, "pause.playback");
	ktap_add(test_pause_capture, NULL, "pause.capture");
	ktap_add(test_pause_drop, NULL, "pause.drop");
	ktap_add(test_drop, NULL, "drop.playback");
	ktap_add(test_drop_at_once, NULL, "drop.at-once");
	ktap_add(test_drop_capture, NULL, "drop.capture");
	ktap_add(test_prepare_twice, NULL, "prepare.twice");
	ktap_add(test_close_running, NULL, "close.running");
	for (i = 0; i < ARRAY_SIZE(fills); i++)
		ktap_add(test_drain, &fills[i], "drain.%lu", fills[i]);
	ktap_add(test_drain_empty, NULL, "drain.empty");
	ktap_add(test_drain_nonblock, NULL, "drain.nonblock");
	ktap_add(test_drain_capture, NULL, "drain.capture");
	ktap_add(test_rewind, NULL, "rewind");
	ktap_add(test_appl_ptr_back, NULL, "appl-ptr.back");
	ktap_add(test_appl_ptr_map, &playback, "appl-ptr.map.playback");
	ktap_add(test_appl_ptr_map, &capture, "appl-ptr.map.capture");
	ktap_add(test_overfill, NULL, "appl-ptr.overfill");
	ktap_add(test_overfill_much, &playback, "appl-ptr.overfill.playback");
	ktap_add(test_overfill_much, &capture, "appl-ptr.overfill.capture");
	ktap_add(test_reset, NULL, "reset");
	return ktap_run(pcm_close_all);
}
