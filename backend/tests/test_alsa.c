// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: ALSA sinks and sources that behave, and that do not.
 *
 * Whole streams, with a frontend in the same process and a PCM with a script in
 * place of alsa-lib's. Time is real, so upper bounds are generous.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alsa_job.h"
#include "audio.h"
#include "fake_alsa.h"
#include "player.h"
#include "stats.h"
#include "saved_log.h"
#include "test.h"
#include "util.h"
#include "volume.h"

static bool open_stream(bool capture)
{
	return player_open("alsa:fake", capture);
}

static bool begin_test(bool capture)
{
	fake_alsa_reset();
	return open_stream(capture);
}

static void finish_test(void)
{
	guest_exit(&g);
	fake_alsa_reset();
	CHECK_EQ(fake_alsa.handles, 0);
}

/* What is written to stderr, from now until log_lines(). */
static int saved_stderr = -1;

static void catch_log(void)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "%s/log", test_dir);
	fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	saved_stderr = dup(STDERR_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
	log_set_level(LVL_INFO);
}

static unsigned int log_lines(const char *with)
{
	char path[96], line[1024];
	unsigned int n = 0;
	FILE *f;

	if (saved_stderr >= 0) {
		dup2(saved_stderr, STDERR_FILENO);
		close(saved_stderr);
		saved_stderr = -1;
		log_set_level(getenv("LOG") ? LVL_DEBUG : LVL_NONE);
	}
	snprintf(path, sizeof(path), "%s/log", test_dir);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, with) != NULL;
	if (f)
		fclose(f);
	return n;
}

/* The sound has been played from @from on, each frame once and in order. */
static bool played_well(uint64_t from, uint64_t frames)
{
	fake_alsa_look();
	return sounds_well(fake_alsa.data, fake_alsa.played, from, frames);
}

/* Number of frames played after @frames that were not silent. */
static unsigned int noise_after(uint64_t frames)
{
	unsigned int n = 0;
	uint64_t i;

	fake_alsa_look();
	for (i = frames; i < fake_alsa.played; i++)
		n += fake_alsa.data[i] != 0;
	return n;
}

/* ---- positions ---- */

static void playback_exact(void)
{
	unsigned int i;

	use_stats();
	CHECK(begin_test(false));
	start_playing();
	CHECK(in_time(play_for(300), 300, 100));
	CHECK(guest_wait_position(&g, written, 1000));
	for (i = 1; i < g.num_evts; i++)
		CHECK(g.evts[i] > g.evts[i - 1]);
	CHECK_EQ(g.evts[g.num_evts - 1], written);
	CHECK(g.num_evts <= written / PERIOD + 1);
	CHECK(played_well(0, written / FRAME));
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(last_stat("xruns"), 0);
	finish_test();
}

/* The sink takes as much as it has room for, of frames that were made softer. */
static void play_softer(void)
{
	uint64_t i;

	use_stats();
	fake_alsa_reset();
	/* less than the guest's buffer */
	fake_alsa.buffer_max = 2500;
	CHECK(open_stream(false));
	volume_set(stream_volume(g.stream), VOLUME_HOST, VOLUME_ALL, -20000);
	start_playing();
	for (i = 0; i < 10; i++) {
		CHECK(in_time(play_for(40), 40, 40));
		/* no position is ahead of the device's */
		guest_position(&g);
		fake_alsa_look();
		CHECK(guest_position(&g) <= fake_alsa.played * FRAME);
	}
	CHECK(guest_wait_position(&g, written, 1000));
	for (i = 1; i < g.num_evts; i++)
		CHECK(g.evts[i] > g.evts[i - 1]);
	CHECK_EQ(g.evts[g.num_evts - 1], written);
	fake_alsa_look();
	for (i = 0; i < written / FRAME; i++)
		CHECK_EQ(fake_alsa.data[i], (frame_of(i) + 5) / 10);
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(last_stat("xruns"), 0);
	finish_test();
}

/* More lies behind the sink's buffer than the guest keeps queued. */
static void far_behind(void)
{
	use_stats();
	CHECK(begin_test(false));
	fake_alsa.behind = 8192;
	start_playing();
	CHECK(in_time(play_for(500), 500, 200));
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(last_stat("xruns"), 0);
	CHECK_EQ(last_stat("underruns"), 0);
	finish_test();
}

static void in_steps(void)
{
	unsigned int i;

	CHECK(begin_test(false));
	fake_alsa.step = 1500;
	start_playing();
	CHECK(in_time(play_for(400), 400, 200));
	for (i = 1; i < g.num_evts; i++)
		CHECK(g.evts[i] > g.evts[i - 1]);
	/* never beyond what was written */
	CHECK(guest_position(&g) <= written);
	CHECK(played_well(0, guest_position(&g) / FRAME));
	finish_test();
}

/* The pointer leaps over all that the guest has, who must not read that. */
static void leaps_far(void)
{
	unsigned int i;

	use_stats();
	CHECK(begin_test(false));
	fake_alsa.step = BUF / FRAME;
	start_playing();
	CHECK(in_time(play_for(500), 500, 200));
	for (i = 0; i < g.num_evts; i++)
		CHECK_EQ(g.evts[i] % PERIOD, 0);
	CHECK(played_well(0, guest_position(&g) / FRAME));
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(last_stat("underruns"), 0);
	CHECK_EQ(last_stat("xruns"), 0);
	finish_test();
}

/* A quantum that is larger than the guest's buffer. */
static void large_quantum(void)
{
	use_stats();
	fake_alsa_reset();
	fake_alsa.server = true;
	fake_alsa.step = BUF / FRAME + 1500;
	CHECK(open_stream(false));
	start_playing();
	CHECK(in_time(play_for(700), 700, 250));
	CHECK(played_well(0, guest_position(&g) / FRAME - 6000));
	/* to its end */
	CHECK(guest_wait_position(&g, written, 1000));
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK_EQ(guest_close(&g), 0);
	usleep(400000);
	CHECK(played_well(0, written / FRAME));
	CHECK_EQ(last_stat("underruns"), 0);
	CHECK_EQ(last_stat("xruns"), 0);
	finish_test();
}

static uint64_t frames_at_start(const char *latency)
{
	struct config config = { .cli_limits = guest_limits };
	char path[96], text[96];
	uint64_t fed;

	fake_alsa_reset();
	fake_alsa.server = true;
	fake_alsa.step = 256;
	snprintf(text, sizeof(text), "[default]\nsink = alsa:fake\n%s", latency);
	write_conf(path, sizeof(path), text);
	CHECK(config_load(&config, path));
	CHECK(guest_init_as(&g, false, &config, "mail", BUF));
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	count_from_zero();
	start_playing();
	play_for(100);
	fed = fake_alsa.fed_at[0];
	finish_test();
	config_free(&config);
	return fed;
}

static void test_latency(void)
{
	uint64_t usual = frames_at_start("");

	CHECK(usual >= 120 * RATE / 1000);
	CHECK(usual < 240 * RATE / 1000);
	CHECK(frames_at_start("latency = 300\n") >= 300 * RATE / 1000);
	CHECK(frames_at_start("latency = 20\n") < 120 * RATE / 1000);
}

/*
 * One wake-up a period, with a clock of @percent and a pointer that moves in steps. Late
 * for want of a CPU: then it is measured again.
 */
static void check_wakeups(unsigned int percent, unsigned int step)
{
	long long count = 0;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		use_stats();
		CHECK(begin_test(false));
		fake_alsa.percent = percent;
		fake_alsa.step = step;
		count = count_wakeups(3000);
		finish_test();
		if (count <= 125)
			return;
	}
	CHECK_EQ(count, 100);
}

static void wakes_up_once(void)
{
	check_wakeups(100, 0);
}

/* Its clock is slower than ours, or its pointer moves in steps. */
static void wakes_up_late(void)
{
	check_wakeups(99, 0);
	check_wakeups(100, 48);
	check_wakeups(99, 240);
}

/* Its clock is faster than ours: what it has in stock must not run out. */
static void fast_server(void)
{
	use_stats();
	fake_alsa_reset();
	fake_alsa.server = true;
	fake_alsa.step = 256;
	fake_alsa.percent = 102;
	CHECK(open_stream(false));
	start_playing();
	play_for(7000);
	/* 6700 frames in that time, besides 3000 that it is ahead, and what an event is late */
	fake_alsa_look();
	CHECK(fake_alsa.played < guest_position(&g) / FRAME + 6500);
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(last_stat("xruns"), 0);
	finish_test();
}

/* One that nobody knows to be a server is one from the next OPEN on. */
static void learned_server(void)
{
	use_stats();
	CHECK(begin_test(false));
	fake_alsa.step = BUF / FRAME + 1500;
	start_playing();
	play_for(300);
	CHECK_EQ(guest_close(&g), 0);
	CHECK(last_stat("xruns") > 0);
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	count_from_zero();
	start_playing();
	CHECK(in_time(play_for(700), 700, 250));
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(last_stat("underruns"), 0);
	CHECK_EQ(last_stat("xruns"), 0);
	finish_test();
}

static void xrun_stock(void)
{
	saved_log_begin();
	use_stats();
	CHECK(begin_test(false));
	start_playing();
	play_for(60);
	fake_alsa.xrun = true;
	/* what was lost passes in its time */
	CHECK(in_time(play_for(150), 150, 100));
	CHECK_EQ(fake_alsa.starts, 2);
	/* not with the first fragment */
	CHECK(fake_alsa.fed_at[1] >= 2 * PERIOD / FRAME);
	/* the next one is of the same burst: counted, not logged */
	fake_alsa.xrun = true;
	play_for(100);
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(last_stat("xruns"), 2);
	finish_test();
	saved_log_end();
	CHECK_EQ(saved_log_count(": xrun of the device, 1 since OPEN\n"), 1);
	CHECK_EQ(saved_log_count("xrun of"), 1);
}

/* The guest has less than that: it is played all the same. */
static void xrun_little(void)
{
	CHECK(begin_test(false));
	write_on(PERIOD);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(guest_wait_position(&g, written, 1000));
	usleep(50000);
	write_on(480 * FRAME);
	CHECK(guest_wait_position(&g, written, 1000));
	CHECK_EQ(fake_alsa.starts, 2);
	CHECK(played_well(PERIOD / FRAME, 480));
	finish_test();
}

/* ---- the end of the data ---- */

static void silence_after(void)
{
	CHECK(begin_test(false));
	write_on(BUF + 3 * PERIOD + 500 * FRAME - BUF);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(guest_wait_position(&g, written, 1000));
	usleep(30000);
	CHECK(played_well(0, written / FRAME));
	CHECK(fake_alsa.played > written / FRAME);
	CHECK_EQ(noise_after(written / FRAME), 0);
	finish_test();
}

static void end_is_heard(void)
{
	uint64_t t0;

	CHECK(begin_test(false));
	fake_alsa.behind = 4800;
	write_on(3000 * FRAME);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(guest_wait_position(&g, written, 1000));
	/* 100 ms are still behind the ring; the answers do not wait for them */
	t0 = now_ns();
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK_EQ(guest_close(&g), 0);
	CHECK(now_ns() - t0 < MS(80));
	CHECK_EQ(fake_alsa.handles, 1);
	usleep(300000);
	CHECK_EQ(fake_alsa.handles, 0);
	CHECK_EQ(fake_alsa.cut, 0);
	finish_test();
}

/* A frontend that covers what follows a sound with silence until STOP. */
static void end_with_silence(void)
{
	CHECK(begin_test(false));
	fake_alsa.behind = 4800;
	write_on(2 * PERIOD);
	memset(g.buf + 2 * PERIOD, 0, 2 * PERIOD);
	CHECK_EQ(guest_write(&g, 2 * PERIOD, 2 * PERIOD), 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(guest_wait_position(&g, 2 * PERIOD, 1000));
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	usleep(300000);
	CHECK_EQ(fake_alsa.cut, 0);
	/* it was stopped after that */
	CHECK_EQ(fake_alsa.drops, 1);
	finish_test();
}

static void stop_cuts(void)
{
	CHECK(begin_test(false));
	fake_alsa.behind = 480;
	start_playing();
	CHECK(guest_wait_position(&g, PERIOD, 1000));
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK_EQ(fake_alsa.drops, 1);
	usleep(50000);
	CHECK(fake_alsa.played < 3 * PERIOD / FRAME);
	finish_test();
}

/* The next sound neither waits for the end of the last, nor is refused. */
static void next_sound(void)
{
	CHECK(begin_test(false));
	fake_alsa.behind = 4800;
	write_on(PERIOD);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(guest_wait_position(&g, written, 1000));
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	count_from_zero();
	write_on(2 * PERIOD);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(guest_wait_position(&g, written, 1000));
	CHECK(played_well(0, PERIOD / FRAME));
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	/* nor is it cut off, if there is a way */
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	usleep(300000);
	CHECK_EQ(fake_alsa.handles, 1);
	CHECK_EQ(fake_alsa.cut, 0);
	fake_alsa.exclusive = true;
	count_from_zero();
	write_on(PERIOD);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(guest_wait_position(&g, written, 1000));
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	finish_test();
}

/* ---- a device that is lost ---- */

static void device_unplugged(void)
{
	uint64_t played;

	CHECK(begin_test(false));
	catch_log();
	start_playing();
	play_for(100);
	fake_alsa.gone = true;
	CHECK(in_time(play_for(600), 600, 200));
	fake_alsa.gone = false;
	/* heard again, and in time */
	CHECK(in_time(play_for(2500), 2500, 300));
	played = fake_alsa.played;
	play_for(200);
	fake_alsa_look();
	CHECK(fake_alsa.played >= played + 150 * RATE / 1000);
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(log_lines("error: test: alsa:fake"), 1);
	CHECK_EQ(log_lines("works again"), 1);
	finish_test();
}

static void stands_still(void)
{
	CHECK(begin_test(false));
	catch_log();
	start_playing();
	play_for(100);
	fake_alsa.frozen = true;
	play_for(800);
	CHECK(in_time(play_for(1000), 1000, 300));
	/* the opens that followed did not make it a good one */
	CHECK(fake_alsa.opens > 1);
	fake_alsa.frozen = false;
	CHECK(in_time(play_for(3000), 3000, 300));
	CHECK_EQ(log_lines("error: test: alsa:fake: pointer does not move"), 1);
	CHECK_EQ(log_lines("error: test: alsa:fake"), 1);
	CHECK_EQ(log_lines("works again"), 1);
	finish_test();
}

/* A sound server without any device. */
static void never_moved(void)
{
	CHECK(begin_test(false));
	fake_alsa.frozen = true;
	start_playing();
	play_for(800);
	CHECK(in_time(play_for(800), 800, 300));
	finish_test();
}

static void no_device(void)
{
	fake_alsa_reset();
	fake_alsa.open_err = -ENOENT;
	catch_log();
	CHECK(open_stream(false));
	start_playing();
	CHECK(in_time(play_for(500), 500, 200));
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	CHECK_EQ(log_lines("error: test: alsa:fake: open"), 1);
	count_from_zero();
	start_playing();
	fake_alsa.open_err = 0;
	CHECK(in_time(play_for(2500), 2500, 300));
	fake_alsa_look();
	CHECK(fake_alsa.played > 0);
	finish_test();
}

static void too_fast(void)
{
	CHECK(begin_test(false));
	fake_alsa.instant = true;
	start_playing();
	play_for(100);
	CHECK(in_time(play_for(500), 500, 200));
	finish_test();
}

static void open_hangs(void)
{
	uint64_t t0 = now_ns();

	fake_alsa_reset();
	fake_alsa.hang_open = true;
	catch_log();
	CHECK(open_stream(false));
	CHECK(now_ns() - t0 < MS(2500));
	start_playing();
	CHECK(in_time(play_for(300), 300, 100));
	CHECK_EQ(log_lines("alsa:fake: no answer"), 1);
	t0 = now_ns();
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	guest_exit(&g);
	CHECK(now_ns() - t0 < MS(300));
	/* it was only asked once, and nothing is left when it answers */
	CHECK_EQ(fake_alsa.opens, 1);
	fake_alsa_reset();
	CHECK_EQ(fake_alsa.handles, 0);
}

static void open_late(void)
{
	fake_alsa_reset();
	fake_alsa.hang_open = true;
	CHECK(open_stream(false));
	start_playing();
	play_for(100);
	fake_alsa.hang_open = false;
	CHECK(in_time(play_for(1500), 1500, 300));
	fake_alsa_look();
	CHECK(fake_alsa.played > 0);
	finish_test();
}

static void start_hangs(void)
{
	uint64_t t0;

	CHECK(begin_test(false));
	fake_alsa.hang_start = true;
	t0 = now_ns();
	write_on(BUF);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(now_ns() - t0 < MS(1500));
	CHECK(in_time(play_for(300), 300, 100));
	t0 = now_ns();
	guest_exit(&g);
	CHECK(now_ns() - t0 < MS(500));
	fake_alsa_reset();
	CHECK_EQ(fake_alsa.handles, 0);
}

static void close_hangs(void)
{
	uint64_t t0;

	CHECK(begin_test(false));
	start_playing();
	play_for(50);
	fake_alsa.hang_close = true;
	t0 = now_ns();
	guest_exit(&g);
	CHECK(now_ns() - t0 < MS(1500));
	fake_alsa_reset();
	CHECK_EQ(fake_alsa.handles, 0);
}

/* ---- what is refused ---- */

static void start_refused(void)
{
	CHECK(begin_test(false));
	fake_alsa.start_err = -EIO;
	fake_alsa.start_errs = 2;
	write_on(BUF);
	CHECK_EQ(guest_trigger(&g, START), -XEN_EIO);
	CHECK_EQ(guest_trigger(&g, START), -XEN_EIO);
	usleep(50000);
	CHECK_EQ(guest_position(&g), 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(guest_wait_position(&g, BUF, 1000));
	CHECK(played_well(0, BUF / FRAME));
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	/* and once more after a STOP */
	fake_alsa.start_errs = 1;
	count_from_zero();
	write_on(2 * PERIOD);
	CHECK_EQ(guest_trigger(&g, START), -XEN_EIO);
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	count_from_zero();
	write_on(PERIOD);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(guest_wait_position(&g, PERIOD, 1000));
	finish_test();
}

/* START came before the data: there is no answer any more to say it in. */
static void start_fails_later(void)
{
	CHECK(begin_test(false));
	catch_log();
	fake_alsa.start_err = -EIO;
	fake_alsa.start_errs = 1;
	CHECK_EQ(guest_trigger(&g, START), 0);
	write_on(BUF);
	CHECK(in_time(play_for(1000), 1000, 300));
	CHECK_EQ(log_lines("alsa:fake: start"), 1);
	CHECK_EQ(log_lines("works again"), 1);
	fake_alsa_look();
	CHECK(fake_alsa.played > 0);
	finish_test();
}

static void open_refused(void)
{
	fake_alsa_reset();
	fake_alsa.params_err = -EINVAL;
	CHECK(!open_stream(false));
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), -XEN_EINVAL);
	fake_alsa.params_err = 0;
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	finish_test();
	fake_alsa.open_err = -EBUSY;
	CHECK(!open_stream(false));
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), -XEN_EBUSY);
	fake_alsa.open_err = 0;
	usleep(300000);
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	finish_test();
}

static const struct xensnd_req query_all = {
	.operation = XENSND_OP_HW_PARAM_QUERY,
	.op.hw_param = {
		.formats = ~0ull, .rates = { 1, UINT32_MAX },
		.channels = { 1, UINT32_MAX },
		.buffer = { 1, UINT32_MAX },
		.period = { 1, UINT32_MAX },
	},
};

/* The device's limits, with both ends; they do not keep a guest out. */
static void has_limits(void)
{
	const struct xensnd_query_hw_param *q;
	uint16_t id;

	fake_alsa_reset();
	fake_alsa.period_max = 600;
	fake_alsa.buffer_min = 128;
	CHECK(guest_init(&g, false, "alsa:fake", BUF, false));
	id = guest_send(&g, &query_all);
	CHECK_EQ(guest_wait(&g, id, 1000), 0);
	q = &g.resp[id].resp.hw_param;
	CHECK_EQ(q->period.min, 16);
	CHECK_EQ(q->period.max, 600);
	CHECK_EQ(q->buffer.min, 128);
	CHECK_EQ(q->buffer.max, BUF / FRAME);
	guest_exit(&g);
	fake_alsa.buffer_min = 1u << 20;
	CHECK(guest_init(&g, false, "alsa:fake", BUF, false));
	id = guest_send(&g, &query_all);
	CHECK_EQ(guest_wait(&g, id, 1000), 0);
	CHECK_EQ(g.resp[id].resp.hw_param.buffer.max, BUF / FRAME);
	finish_test();
}

/* Whatever was asked before; also an OPEN that is refused. */
static void opened_once(void)
{
	unsigned int i;
	uint16_t id;

	fake_alsa_reset();
	CHECK(guest_init(&g, false, "alsa:fake", BUF, false));
	for (i = 1; i < 4; i++) {
		CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
		CHECK_EQ(fake_alsa.opens, i);
		CHECK_EQ(guest_close(&g), 0);
	}
	id = guest_send(&g, &query_all);
	CHECK_EQ(guest_wait(&g, id, 1000), 0);
	CHECK_EQ(fake_alsa.opens, 4);
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	CHECK_EQ(fake_alsa.opens, 5);
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(guest_open(&g, RATE, XENSND_PCM_FORMAT_IMA_ADPCM, 2, BUF, PERIOD),
		 -XEN_EINVAL);
	CHECK_EQ(fake_alsa.opens, 5);
	finish_test();
}

static void odd_rates(void)
{
	uint16_t id;

	fake_alsa_reset();
	fake_alsa.rate_only = 88200;
	CHECK(guest_init(&g, false, "alsa:fake", BUF, false));
	id = guest_send(&g, &query_all);
	CHECK_EQ(guest_wait(&g, id, 1000), 0);
	CHECK_EQ(g.resp[id].resp.hw_param.rates.min, 88200);
	CHECK_EQ(g.resp[id].resp.hw_param.rates.max, 88200);
	CHECK_EQ(g.resp[id].resp.hw_param.formats, 1 << S16);
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), -XEN_EINVAL);
	CHECK_EQ(guest_open(&g, 88200, S16, 2, BUF, PERIOD), 0);
	finish_test();
}

/* A guest cannot make a sink that fails fill the log, or be tried at will. */
static void open_flood(void)
{
	unsigned int i;

	fake_alsa_reset();
	fake_alsa.open_err = -ECONNREFUSED;
	catch_log();
	CHECK(guest_init(&g, false, "alsa:fake", BUF, false));
	for (i = 0; i < 1000; i++) {
		CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
		CHECK_EQ(guest_close(&g), 0);
	}
	CHECK(fake_alsa.opens < 20);
	/* that of the library's is in ours */
	CHECK_EQ(log_lines("it is missing"), 1);
	CHECK_EQ(log_lines("error: test: alsa:fake: open"), 1);
	CHECK(log_lines("") < 45);
	finish_test();
}

/* What a device takes to open is on the guest's account. */
static void cpu_time(void)
{
	uint64_t t0 = now_ns();
	unsigned int i;

	fake_alsa_reset();
	fake_alsa.open_cpu_ms = 10;
	CHECK(guest_init(&g, false, "alsa:fake", BUF, false));
	for (i = 0; i < 40; i++) {
		CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
		CHECK_EQ(guest_close(&g), 0);
	}
	/* 400 ms of it, 100 ms at once, the others at 25 % */
	CHECK(now_ns() - t0 >= MS(1000));
	finish_test();
}

/* However many calls hang, there are so many threads at most. */
static void many_hang(void)
{
	static struct alsa_job *jobs[300];
	unsigned int i, n = 0;

	fake_alsa_reset();
	fake_alsa.hang_open = true;
	for (i = 0; i < ARRAY_SIZE(jobs); i++) {
		jobs[i] = alsa_job_new(ALSA_PROBE, "fake", false);
		n += alsa_job_run(jobs[i]);
		alsa_job_put(jobs[i]);
	}
	/* one of the test's before this may still be about to end */
	CHECK(n > 250 && n <= 256);
	while (fake_alsa.opens < n)
		usleep(1000);
	fake_alsa.hang_open = false;
	/* and it is over when they return */
	usleep(300000);
	while (fake_alsa.handles)
		usleep(1000);
	CHECK(open_stream(false));
	for (i = 0; i < 50 && !fake_alsa.handles; i++) {
		usleep(100000);
		guest_close(&g);
		guest_open(&g, RATE, S16, 2, BUF, PERIOD);
	}
	CHECK(fake_alsa.handles > 0);
	finish_test();
}

/* ---- capture ---- */

/* Read what comes for a while. Return: bytes. */
static uint64_t record_for(unsigned int ms, unsigned int *silent)
{
	uint64_t end = now_ns() + MS(ms), from = written;

	*silent = 0;
	while (now_ns() < end) {
		uint32_t off = (uint32_t)(written % BUF);

		if (!guest_wait_position(&g, written + PERIOD, 20))
			continue;
		CHECK_EQ(guest_read(&g, off, PERIOD), 0);
		*silent += !g.buf[off] && !g.buf[off + PERIOD - 1];
		written += PERIOD;
	}
	return written - from;
}

static void capture_lost(void)
{
	unsigned int silent;

	CHECK(begin_test(true));
	catch_log();
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(in_time(record_for(300, &silent), 300, 100));
	CHECK_EQ(silent, 0);
	fake_alsa.gone = true;
	CHECK(in_time(record_for(500, &silent), 500, 200));
	CHECK(silent > 15);
	fake_alsa.gone = false;
	record_for(2500, &silent);
	CHECK(in_time(record_for(300, &silent), 300, 100));
	CHECK_EQ(silent, 0);
	/* it stands still, then it does not any more */
	fake_alsa.frozen = true;
	record_for(800, &silent);
	CHECK(in_time(record_for(500, &silent), 500, 200));
	CHECK(silent > 15);
	fake_alsa.frozen = false;
	record_for(2500, &silent);
	CHECK(in_time(record_for(300, &silent), 300, 100));
	CHECK_EQ(silent, 0);
	CHECK_EQ(log_lines("error: test: alsa:fake"), 2);
	CHECK_EQ(log_lines("works again"), 2);
	finish_test();
}

/* A guest that fetches nothing: its source is not looked at all the time. */
static void capture_overrun(void)
{
	use_stats();
	CHECK(begin_test(true));
	CHECK_EQ(guest_trigger(&g, START), 0);
	usleep(1500000);
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(last_stat("overruns"), 1);
	CHECK(last_stat("wakeups") < 100);
	finish_test();
}

static void capture_refused(void)
{
	unsigned int silent;

	CHECK(begin_test(true));
	fake_alsa.start_err = -EIO;
	fake_alsa.start_errs = 1;
	CHECK_EQ(guest_trigger(&g, START), -XEN_EIO);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(in_time(record_for(300, &silent), 300, 100));
	CHECK_EQ(silent, 0);
	/* an xrun */
	fake_alsa.xrun = true;
	CHECK(in_time(record_for(300, &silent), 300, 100));
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	finish_test();
}

static void pause_resume(void)
{
	uint64_t pos;

	CHECK(begin_test(false));
	start_playing();
	play_for(60);
	CHECK_EQ(guest_trigger(&g, XENSND_OP_TRIGGER_PAUSE), 0);
	pos = guest_position(&g);
	/* a device that pauses does not stand still */
	usleep(700000);
	CHECK_EQ(guest_position(&g), pos);
	CHECK_EQ(guest_trigger(&g, XENSND_OP_TRIGGER_RESUME), 0);
	CHECK(in_time(play_for(200), 200, 100));
	CHECK_EQ(fake_alsa.opens, 1);
	CHECK(played_well(0, guest_position(&g) / FRAME));
	finish_test();
}

const struct test alsa_tests[] = {
	{ "alsa: playback is exact", playback_exact },
	{ "alsa: playback at another volume", play_softer },
	{ "alsa: more behind the buffer than the guest keeps queued", far_behind },
	{ "alsa: a pointer that moves in steps", in_steps },
	{ "alsa: a pointer that leaps over all there is", leaps_far },
	{ "alsa: a server's quantum larger than the guest's buffer", large_quantum },
	{ "alsa: latency from the configuration", test_latency },
	{ "alsa: one wake-up a period", wakes_up_once },
	{ "alsa: one wake-up a period of a slow clock", wakes_up_late },
	{ "alsa: a server whose clock is fast", fast_server },
	{ "alsa: a server that nobody knows", learned_server },
	{ "alsa: after an xrun it starts with a stock", xrun_stock },
	{ "alsa: or with what little there is", xrun_little },
	{ "alsa: silence after the end of the data", silence_after },
	{ "alsa: the end of a sound reaches the device", end_is_heard },
	{ "alsa: also if silence follows it", end_with_silence },
	{ "alsa: STOP in the middle cuts", stop_cuts },
	{ "alsa: one sound after another", next_sound },
	{ "alsa: PAUSE and RESUME", pause_resume },
	{ "alsa: unplugged and plugged in", device_unplugged },
	{ "alsa: a pointer that stands still", stands_still },
	{ "alsa: a pointer that never moved", never_moved },
	{ "alsa: no device, then one", no_device },
	{ "alsa: a device without a clock", too_fast },
	{ "alsa: open hangs", open_hangs },
	{ "alsa: open takes its time", open_late },
	{ "alsa: start hangs", start_hangs },
	{ "alsa: close hangs", close_hangs },
	{ "alsa: START refused", start_refused },
	{ "alsa: a start that fails later", start_fails_later },
	{ "alsa: OPEN refused", open_refused },
	{ "alsa: odd rates", odd_rates },
	{ "alsa: limits with both ends", has_limits },
	{ "alsa: each OPEN opens the device once", opened_once },
	{ "alsa: OPENs without end", open_flood },
	{ "alsa: CPU time that others used", cpu_time },
	{ "alsa: many calls that hang", many_hang },
	{ "alsa: a source that is lost", capture_lost },
	{ "alsa: a guest that fetches nothing", capture_overrun },
	{ "alsa: a source that does not start", capture_refused },
	{ NULL, NULL },
};
