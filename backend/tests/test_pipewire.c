// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: PipeWire as sink and source.
 *
 * Whole streams, with a frontend in the same process, libpipewire's real loop and
 * a server with a script. Time is real, so upper bounds are generous.
 */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include <pipewire/log.h>

#include "fake_pipewire.h"
#include "pipewire_priv.h"
#include "player.h"
#include "saved_log.h"
#include "test.h"
#include "volume.h"

static bool begin_test(bool capture)
{
	fake_pipewire_reset();
	use_stats();
	return player_open("pipewire", capture);
}

static bool wait_alive(unsigned int num)
{
	unsigned int i;

	for (i = 0; i < 200 && fake_pipewire.alive != num; i++)
		usleep(10000);
	return fake_pipewire.alive == num;
}

static void finish_test(void)
{
	guest_exit(&g);
	CHECK(wait_alive(0));
	fake_pipewire_reset();
}

/* What the positions have passed, and has been copied, is played a little later. */
static bool played_well(uint64_t from, uint64_t frames)
{
	usleep(200000);
	return sounds_well(fake_pipewire.data, fake_pipewire.played, from, frames);
}

static bool positions_grow(void)
{
	unsigned int i;

	for (i = 1; i < g.num_evts; i++)
		if (g.evts[i] <= g.evts[i - 1])
			return false;
	return true;
}

/* ---- a server that works ---- */

static void plays_exactly(void)
{
	CHECK(begin_test(false));
	start_playing();
	CHECK(in_time(play_for(500), 500, 200));
	CHECK(guest_wait_position(&g, written, 1000));
	CHECK(positions_grow());
	CHECK_EQ(g.evts[g.num_evts - 1], written);
	CHECK(played_well(0, written / FRAME));
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(last_stat("xruns"), 0);
	CHECK_EQ(last_stat("underruns"), 0);
	CHECK_EQ(fake_pipewire.streams, 1);
	finish_test();
}

/* With 300 ms queued; a device that sleeps takes the first @first frames at once. */
static void begin_with_first(unsigned int first)
{
	struct config config = { .cli_limits = guest_limits };
	char path[96];

	fake_pipewire_reset();
	fake_pipewire.first = first;
	use_stats();
	write_conf(path, sizeof(path), "[default]\nsink = pipewire\nlatency = 300\n");
	CHECK(config_load(&config, path));
	CHECK(guest_init_as(&g, false, &config, NULL, BUF));
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	written = 0;
	config_free(&config);
}

/*
 * It is served by one wake-up a period, but in the first half second: 115 of 100. A
 * server that is late for want of a CPU costs some more: then it is measured again.
 */
static void wakes_up_once(void)
{
	long long percent = 0;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		begin_with_first(8192);
		percent = count_wakeups(5000);
		finish_test();
		if (percent <= 130)
			return;
	}
	CHECK_EQ(percent, 100);
}

/*
 * What a device takes at once when it begins is a part of its delay: the guest's position
 * stays behind it, and does not jump forward later.
 */
static void play_large_first(unsigned int sleep_ms)
{
	unsigned int i;

	begin_with_first(13376);
	fake_pipewire.no_device = sleep_ms;
	start_playing();
	usleep(1000 * sleep_ms);
	fake_pipewire.no_device = false;
	play_for(4500);
	for (i = 1; i < g.num_evts; i++)
		CHECK(g.evts[i] - g.evts[i - 1] < 2 * PERIOD);
	CHECK_EQ(guest_close(&g), 0);
	finish_test();
}

static void large_first(void)
{
	play_large_first(0);
	play_large_first(1300);
}

/* The loop's thread is busy with other nodes: those that play do not wait for it. */
static void busy_loop(void)
{
	uint64_t bytes;

	CHECK(begin_test(false));
	start_playing();
	play_for(200);
	pipewire_lock();
	bytes = play_for(400);
	pipewire_unlock();
	CHECK(in_time(bytes, 400, 100));
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(last_stat("xruns"), 0);
	CHECK_EQ(last_stat("underruns"), 0);
	finish_test();
}

/* Its position may not pass what the server has not consumed. */
static void not_ahead(void)
{
	CHECK(begin_test(false));
	start_playing();
	play_for(200);
	fake_pipewire.no_device = true;
	usleep(100000);
	play_for(200);
	CHECK(guest_position(&g) / FRAME <= fake_pipewire.played + 6000);
	fake_pipewire.no_device = false;
	finish_test();
}

/* What was in the old buffers is lost; nobody uses them while they are taken away. */
static void other_buffers(void)
{
	CHECK(begin_test(false));
	start_playing();
	play_for(200);
	fake_pipewire_replace_buffers();
	CHECK(in_time(play_for(1000), 1000, 200));
	CHECK_EQ(fake_pipewire.invalid, 0);
	CHECK(positions_grow());
	CHECK(guest_wait_position(&g, written, 1000));
	usleep(300000);
	CHECK(played_well(written / FRAME - RATE / 2, RATE / 2));
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(last_stat("underruns"), 0);
	finish_test();
}

static void has_names(void)
{
	struct config config = { .cli_limits = guest_limits };
	char path[96];

	fake_pipewire_reset();
	write_conf(path, sizeof(path),
		   "[guest mail stream pb0]\nsink = pipewire:headset\nrole = Game\n"
		   "[default]\nrole = Music\n");
	CHECK(config_load(&config, path));
	CHECK(guest_init_as(&g, false, &config, "mail", BUF));
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	CHECK(wait_alive(1));
	CHECK(!strcmp(fake_pipewire.name, "mail: pb0"));
	CHECK(!strcmp(fake_pipewire.target, "headset"));
	CHECK(!strcmp(fake_pipewire.role, "Game"));
	CHECK(!strcmp(fake_pipewire.latency, "1024/48000"));
	finish_test();
	config_free(&config);
}

/* A guest that keeps less queued than a cycle takes. */
static void large_quantum(void)
{
	CHECK(begin_test(false));
	fake_pipewire.quantum = 5000;
	start_playing();
	CHECK(in_time(play_for(1000), 1000, 400));
	CHECK(guest_wait_position(&g, written, 1000));
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK_EQ(guest_close(&g), 0);
	usleep(400000);
	CHECK(played_well(0, written / FRAME));
	CHECK_EQ(last_stat("underruns"), 0);
	CHECK_EQ(last_stat("xruns"), 0);
	finish_test();
}

/* The quantum grows beyond all that is queued: once, then enough is queued. */
static void runs_empty(void)
{
	CHECK(begin_test(false));
	start_playing();
	play_for(300);
	fake_pipewire.quantum = 12000;
	CHECK(in_time(play_for(2500), 2500, 700));
	CHECK(positions_grow());
	CHECK_EQ(guest_close(&g), 0);
	CHECK(last_stat("xruns") >= 1);
	CHECK(last_stat("xruns") <= 3);
	finish_test();
}

/* ---- the end of a sound ---- */

static void end_is_played(void)
{
	CHECK(begin_test(false));
	start_playing();
	play_for(100);
	CHECK(guest_wait_position(&g, written, 1000));
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(fake_pipewire.flushes, 0);
	CHECK(wait_alive(0));
	CHECK(played_well(0, written / FRAME));
	finish_test();
}

/* The last of it does not wait for STOP, though a cycle is not filled by it. */
static void end_is_whole(void)
{
	CHECK(begin_test(false));
	fake_pipewire.quantum = 700;
	start_playing();
	CHECK(guest_wait_position(&g, written, 1000));
	CHECK(played_well(0, written / FRAME));
	finish_test();
}

static void stop_cuts(void)
{
	uint64_t before;

	CHECK(begin_test(false));
	start_playing();
	CHECK(guest_wait_position(&g, PERIOD, 1000));
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK_EQ(fake_pipewire.flushes, 1);
	before = fake_pipewire.played;
	usleep(150000);
	CHECK(fake_pipewire.played > before);
	CHECK(!sounds_well(fake_pipewire.data, fake_pipewire.played, 0,
			   written / FRAME));
	finish_test();
}

/* The state changes in the thread that calls libpipewire. */
static void stop_pauses(void)
{
	CHECK(begin_test(false));
	fake_pipewire.flush_pauses = true;
	start_playing();
	CHECK(guest_wait_position(&g, PERIOD, 1000));
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK_EQ(fake_pipewire.flushes, 1);
	count_from_zero();
	start_playing();
	CHECK(in_time(play_for(300), 300, 150));
	finish_test();
}

/* Its positions are from 0 again, and it follows the last one. */
static void next_sound(void)
{
	uint64_t first;

	CHECK(begin_test(false));
	start_playing();
	CHECK(guest_wait_position(&g, written, 1000));
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	first = written / FRAME;
	count_from_zero();
	start_playing();
	CHECK(in_time(play_for(300), 300, 150));
	CHECK(played_well(0, first));
	CHECK_EQ(fake_pipewire.streams, 1);
	CHECK_EQ(fake_pipewire.flushes, 0);
	finish_test();
}

static void test_reopened(void)
{
	unsigned int i;

	CHECK(begin_test(false));
	for (i = 0; i < 50; i++) {
		CHECK_EQ(guest_close(&g), 0);
		CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	}
	CHECK(wait_alive(1));
	CHECK_EQ(fake_pipewire.streams, 1);
	/* other parameters are another node, but not at once */
	for (i = 0; i < 50; i++) {
		CHECK_EQ(guest_close(&g), 0);
		CHECK_EQ(guest_open(&g, i % 2 ? RATE : 44100, S16, 2, BUF, PERIOD), 0);
	}
	CHECK(wait_alive(1));
	CHECK(fake_pipewire.streams <= 5);
	finish_test();
}

/* ---- lost and found again ---- */

static void check_said(unsigned int lost, unsigned int again)
{
	saved_log_end();
	CHECK_EQ(saved_log_count("until it works"), lost);
	CHECK_EQ(saved_log_count("works again"), again);
}

static void no_server_yet(void)
{
	fake_pipewire_reset();
	fake_pipewire.no_server = true;
	fake_pipewire_kill();
	usleep(50000);
	saved_log_begin();
	CHECK(player_open("pipewire", false));
	start_playing();
	CHECK(in_time(play_for(500), 500, 200));
	fake_pipewire.no_server = false;
	CHECK(in_time(play_for(3000), 3000, 300));
	CHECK(positions_grow());
	CHECK(fake_pipewire.played > RATE / 4);
	CHECK_EQ(guest_close(&g), 0);
	check_said(1, 1);
	finish_test();
}

/* Time goes on, and what is played after it is as it was written. */
static void server_killed(void)
{
	uint64_t at, frame;

	CHECK(begin_test(false));
	start_playing();
	play_for(300);
	saved_log_begin();
	fake_pipewire.no_server = true;
	fake_pipewire_kill();
	CHECK(in_time(play_for(700), 700, 200));
	CHECK(wait_alive(0));
	fake_pipewire.no_server = false;
	CHECK(in_time(play_for(3000), 3000, 300));
	CHECK(positions_grow());
	CHECK(guest_wait_position(&g, written, 1000));
	CHECK_EQ(guest_close(&g), 0);
	check_said(1, 1);
	CHECK_EQ(fake_pipewire.streams, 2);
	usleep(200000);
	/* the last second, without a break */
	at = fake_pipewire.played;
	while (at && !fake_pipewire.data[at - 1])
		at--;
	frame = written / FRAME - RATE;
	CHECK(at > RATE && sounds_well(fake_pipewire.data + at - RATE, RATE, frame,
				       RATE));
	finish_test();
}

static void lose_device(bool flush_pauses)
{
	CHECK(begin_test(false));
	fake_pipewire.flush_pauses = flush_pauses;
	start_playing();
	play_for(300);
	saved_log_begin();
	fake_pipewire.no_device = true;
	CHECK(in_time(play_for(1500), 1500, 700));
	fake_pipewire.no_device = false;
	CHECK(in_time(play_for(1000), 1000, 300));
	CHECK(positions_grow());
	CHECK_EQ(guest_close(&g), 0);
	check_said(1, 1);
	finish_test();
}

static void device_gone(void)
{
	lose_device(false);
	lose_device(true);
}

static void no_device_yet(void)
{
	fake_pipewire_reset();
	use_stats();
	fake_pipewire.no_device = true;
	CHECK(player_open("pipewire", false));
	saved_log_begin();
	start_playing();
	play_for(2500);
	CHECK(in_time(play_for(500), 500, 200));
	fake_pipewire.no_device = false;
	CHECK(in_time(play_for(1000), 1000, 300));
	CHECK_EQ(guest_close(&g), 0);
	check_said(1, 1);
	CHECK(last_stat("wakeups") < 1000);
	finish_test();
}

static void node_ended(void)
{
	CHECK(begin_test(false));
	start_playing();
	play_for(200);
	saved_log_begin();
	fake_pipewire_end_nodes();
	CHECK(in_time(play_for(3000), 3000, 300));
	CHECK_EQ(guest_close(&g), 0);
	check_said(1, 1);
	CHECK_EQ(fake_pipewire.streams, 2);
	finish_test();
}

/* ---- PAUSE ---- */

static void pause_keeps(void)
{
	uint64_t at;

	CHECK(begin_test(false));
	start_playing();
	play_for(200);
	CHECK_EQ(guest_trigger(&g, XENSND_OP_TRIGGER_PAUSE), 0);
	usleep(50000);
	at = guest_position(&g);
	usleep(800000);
	CHECK_EQ(guest_position(&g), at);
	CHECK_EQ(guest_trigger(&g, XENSND_OP_TRIGGER_RESUME), 0);
	CHECK(in_time(play_for(300), 300, 200));
	CHECK_EQ(fake_pipewire.flushes, 0);
	CHECK(played_well(0, guest_position(&g) / FRAME));
	finish_test();
}

/* ---- capture ---- */

static void test_records(void)
{
	unsigned int i, n, bad = 0;
	int16_t want = 0;

	CHECK(begin_test(true));
	CHECK_EQ(guest_trigger(&g, START), 0);
	for (n = 0; n < 20; n++) {
		const int16_t *v = (const int16_t *)(const void *)g.buf;

		CHECK_EQ(guest_read(&g, 0, PERIOD), 0);
		if (!n)
			want = v[0];
		for (i = 0; i < PERIOD / FRAME; i++, want = (int16_t)(want % 20000 + 1))
			bad += v[2 * i] != want;
	}
	CHECK_EQ(bad, 0);
	CHECK(guest_position(&g) >= 20 * PERIOD);
	CHECK_EQ(guest_close(&g), 0);
	CHECK(last_stat("wakeups") <= 3 * 20 + 20);
	finish_test();
}

static void record_lost(void)
{
	CHECK(begin_test(true));
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK_EQ(guest_read(&g, 0, PERIOD), 0);
	saved_log_begin();
	fake_pipewire.no_device = true;
	CHECK_EQ(guest_read(&g, 0, BUF), 0);
	CHECK_EQ(guest_read(&g, 0, BUF), 0);
	fake_pipewire.no_device = false;
	usleep(300000);
	CHECK_EQ(guest_read(&g, 0, BUF), 0);
	CHECK_EQ(guest_close(&g), 0);
	check_said(1, 1);
	finish_test();
}

/* ---- the guest's volume as the node's ---- */

static struct config volume_config;

/* A guest; the volume of mail is its node's. It has not started. */
static bool begin_volume(const char *name, bool capture)
{
	char path[96];

	fake_pipewire_reset();
	write_conf(path, sizeof(path),
		   "[default]\nsink = pipewire\nsource = pipewire\n"
		   "[guest mail]\nnode-volume = yes\n");
	volume_config = (struct config){ .cli_limits = guest_limits };
	written = 0;
	return config_load(&volume_config, path) &&
	       guest_init_as(&g, capture, &volume_config, name, BUF) &&
	       !guest_open(&g, RATE, S16, 2, BUF, PERIOD);
}

static void finish_volume(void)
{
	finish_test();
	config_free(&volume_config);
}

/* With the last bytes of the buffer, which no sound needs just now. */
static int send_values(uint8_t op, const void *values, uint32_t size)
{
	uint8_t kept[8];
	int ret;

	memcpy(kept, g.buf + BUF - size, size);
	memcpy(g.buf + BUF - size, values, size);
	ret = guest_wait(&g, guest_rw_send(&g, op, BUF - size, size), 1000);
	memcpy(g.buf + BUF - size, kept, size);
	return ret;
}

static void set_two(int32_t left, int32_t right)
{
	int32_t mdb[2] = { left, right };

	CHECK_EQ(send_values(XENSND_OP_SET_VOLUME, mdb, sizeof(mdb)), 0);
}

static void mute_two(uint8_t op, uint8_t left, uint8_t right)
{
	uint8_t which[2] = { left, right };

	CHECK_EQ(send_values(op, which, sizeof(which)), 0);
}

static bool has_volumes(int32_t left, int32_t right)
{
	int32_t mdb[2], i;
	uint8_t kept[8];

	for (i = 0; i < 100; i++) {
		memcpy(kept, g.buf + BUF - 8, 8);
		CHECK_EQ(guest_wait(&g, guest_rw_send(&g, XENSND_OP_GET_VOLUME,
						      BUF - 8, 8), 1000), 0);
		memcpy(mdb, g.buf + BUF - 8, 8);
		memcpy(g.buf + BUF - 8, kept, 8);
		if (mdb[0] == left && mdb[1] == right)
			return true;
		usleep(10000);
	}
	printf("    %d and %d\n", mdb[0], mdb[1]);
	return false;
}

static bool node_has(float left, float right, bool mute)
{
	unsigned int i;

	for (i = 0; i < 100; i++) {
		if (fabsf(fake_pipewire.gains[0] - left) < 1e-5f &&
		    fabsf(fake_pipewire.gains[1] - right) < 1e-5f &&
		    fake_pipewire.mute == mute)
			return true;
		usleep(10000);
	}
	printf("    %f and %f, mute %d\n", (double)fake_pipewire.gains[0],
	       (double)fake_pipewire.gains[1], fake_pipewire.mute);
	return false;
}

/* The samples are not changed for it. */
static void volume_to_node(void)
{
	CHECK(begin_volume("mail", false));
	set_two(-20000, -40000);
	CHECK(node_has(0.1f, 0.01f, false));
	start_playing();
	play_for(200);
	CHECK(guest_wait_position(&g, written, 1000));
	CHECK(played_well(0, written / FRAME));
	CHECK(has_volumes(-20000, -40000));
	/* all at once or one alone; the volumes stay */
	mute_two(XENSND_OP_MUTE, 1, 0);
	CHECK(node_has(0, 0.01f, false));
	mute_two(XENSND_OP_MUTE, 0, 1);
	CHECK(node_has(0.1f, 0.01f, true));
	mute_two(XENSND_OP_UNMUTE, 1, 1);
	CHECK(node_has(0.1f, 0.01f, false));
	set_two(INT32_MIN, 12000);
	CHECK(node_has(0, 3.981072f, false));
	CHECK(has_volumes(INT32_MIN, 12000));
	/* formats of which no sample could be changed have a volume as well */
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(guest_open(&g, RATE, XENSND_PCM_FORMAT_MU_LAW, 2, BUF, PERIOD), 0);
	set_two(-20000, 0);
	CHECK(node_has(0.1f, 1, false));
	finish_volume();
}

static void volume_from_host(void)
{
	CHECK(begin_volume("mail", false));
	start_playing();
	play_for(100);
	set_two(-20000, -20000);
	CHECK(node_has(0.1f, 0.1f, false));
	fake_pipewire_slide(0.01f, 0.5f, false);
	CHECK(has_volumes(-40000, -6021));
	/* what the guest does next is on top of that */
	mute_two(XENSND_OP_MUTE, 0, 1);
	CHECK(node_has(0.01f, 0, false));
	fake_pipewire_slide(0.01f, 0.25f, false);
	CHECK(has_volumes(-40000, -12041));
	fake_pipewire_slide(0.01f, 0.25f, true);
	mute_two(XENSND_OP_UNMUTE, 1, 1);
	CHECK(node_has(0.01f, 0.25f, false));
	/* beyond what a guest can set, and nonsense */
	fake_pipewire_slide(10, 0, false);
	CHECK(has_volumes(12000, -120000));
	fake_pipewire_slide(NAN, -INFINITY, false);
	CHECK(has_volumes(-120000, -120000));
	finish_volume();
	/* also while it does not run */
	CHECK(begin_volume("mail", false));
	set_two(-20000, -20000);
	CHECK(node_has(0.1f, 0.1f, false));
	usleep(1100000);
	fake_pipewire_slide(0.01f, 0.01f, false);
	CHECK(has_volumes(-40000, -40000));
	finish_volume();
}

/* WirePlumber knows the volume that a node of that name had. */
static void volume_restored(void)
{
	CHECK(begin_volume("mail", false));
	fake_pipewire.restores = 0.1f;
	start_playing();
	CHECK(has_volumes(-20000, -20000));
	CHECK_EQ(fake_pipewire.sets, 0);
	/* OPEN does not change it; what the guest sets then is stronger */
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	usleep(50000);
	CHECK(has_volumes(-20000, -20000));
	CHECK_EQ(fake_pipewire.streams, 1);
	CHECK_EQ(fake_pipewire.sets, 0);
	CHECK_EQ(guest_close(&g), 0);
	CHECK(wait_alive(0));
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	CHECK(wait_alive(1));
	set_two(-6000, -6000);
	CHECK(node_has(0.501187f, 0.501187f, false));
	count_from_zero();
	start_playing();
	play_for(300);
	CHECK(node_has(0.501187f, 0.501187f, false));
	CHECK(has_volumes(-6000, -6000));
	finish_volume();
}

static void volume_kept(void)
{
	unsigned int i;

	CHECK(begin_volume("mail", false));
	start_playing();
	set_two(-20000, -40000);
	CHECK(node_has(0.1f, 0.01f, false));
	for (i = 0; i < 2; i++) {
		fake_pipewire.no_server = true;
		fake_pipewire_kill();
		CHECK(wait_alive(0));
		if (i)
			mute_two(XENSND_OP_MUTE, 1, 1);
		fake_pipewire.gains[0] = 1;
		fake_pipewire.gains[1] = 1;
		fake_pipewire.restores = (float)i;
		fake_pipewire.no_server = false;
		CHECK(wait_alive(1));
		play_for(500);
		CHECK(node_has(0.1f, 0.01f, i));
		CHECK(has_volumes(-20000, -40000));
	}
	finish_volume();
}

/* A guest without the option: a node's volume is the host's alone. */
static void volume_apart(void)
{
	CHECK(begin_volume("other", false));
	start_playing();
	set_two(-20000, -20000);
	usleep(50000);
	fake_pipewire_slide(0.5f, 0.5f, false);
	CHECK(has_volumes(-20000, -20000));
	CHECK_EQ(fake_pipewire.sets, 0);
	finish_volume();
}

/* From the silence that it records at first to the node, and back. */
static void volume_carried(void)
{
	CHECK(begin_volume("mail", true));
	CHECK_EQ(guest_trigger(&g, START), 0);
	set_two(-20000, -40000);
	streams_permit(&g.streams, true);
	CHECK(node_has(0.1f, 0.01f, false));
	CHECK(has_volumes(-20000, -40000));
	CHECK(!volume_get(stream_volume(g.stream), VOLUME_GUEST, 0));
	fake_pipewire_slide(0.01f, 0.1f, false);
	streams_permit(&g.streams, false);
	CHECK(wait_alive(0));
	CHECK(has_volumes(-40000, -20000));
	finish_volume();
}

/* ---- what it can do ---- */

static void has_limits(void)
{
	struct xensnd_req req = { .operation = XENSND_OP_HW_PARAM_QUERY };
	struct xensnd_query_hw_param *q = &req.op.hw_param, *r;
	uint16_t id;

	CHECK(begin_test(false));
	q->formats = ~0ull;
	q->rates.max = q->channels.max = q->buffer.max = q->period.max = UINT32_MAX;
	id = guest_send(&g, &req);
	CHECK_EQ(guest_wait(&g, id, 1000), 0);
	r = &g.resp[id % 256].resp.hw_param;
	CHECK_EQ(r->formats, pipewire_formats());
	CHECK_EQ(r->rates.min, 4000);
	CHECK_EQ(r->rates.max, 384000);
	CHECK_EQ(r->channels.max, 64);
	CHECK_EQ(r->period.min, 32);
	CHECK(r->period.max <= BUF);
	CHECK_EQ(r->buffer.min, 64);
	CHECK(r->buffer.max <= BUF);
	CHECK_EQ(guest_close(&g), 0);
	CHECK(guest_open(&g, RATE, XENSND_PCM_FORMAT_U32_LE, 2, BUF, PERIOD));
	CHECK(guest_open(&g, 2000, S16, 2, BUF, PERIOD));
	CHECK_EQ(guest_open(&g, 44101, XENSND_PCM_FORMAT_F64_BE, 1, BUF, PERIOD), 0);
	finish_test();
}

static void log_with_list(struct spa_log *log, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	spa_interface_call(&log->iface, struct spa_log_methods, logv, 0, SPA_LOG_LEVEL_WARN,
			   "file", 1, "func", fmt, args);
	va_end(args);
}

/* Plugins of libpipewire's use the logger's methods, each its own. */
static void log_each_way(struct spa_log *log)
{
	spa_interface_call(&log->iface, struct spa_log_methods, log, 0, SPA_LOG_LEVEL_ERROR,
			   "file", 1, "func", "one %s", "error");
	log_with_list(log, "a %s", "list");
	spa_interface_call(&log->iface, struct spa_log_methods, logt, 1, SPA_LOG_LEVEL_WARN,
			   NULL, "file", 1, "func", "one with a %s", "topic");
	spa_interface_call(&log->iface, struct spa_log_methods, log, 0, SPA_LOG_LEVEL_NONE,
			   "file", 1, "func", "nothing");
}

static void cannot_flood_log(void)
{
	unsigned int i;

	fake_pipewire_reset();
	CHECK(player_open("pipewire", false));
	saved_log_begin();
	log_each_way(pw_log_get());
	for (i = 0; i < 5000; i++)
		pw_log_warn("line %u", i);
	saved_log_end();
	CHECK_EQ(saved_log_count("error: libpipewire: one error\n"), 1);
	CHECK_EQ(saved_log_count("warn: libpipewire: a list\n"), 1);
	CHECK_EQ(saved_log_count("warn: libpipewire: one with a topic\n"), 1);
	CHECK_EQ(saved_log_count("nothing"), 0);
	CHECK_EQ(saved_log_count("libpipewire: line"), 37);
	CHECK_EQ(saved_log_count("\n"), 40);
	finish_test();
}

const struct test pipewire_tests[] = {
	{ "pipewire: each frame once", plays_exactly },
	{ "pipewire: one wake-up a period", wakes_up_once },
	{ "pipewire: a large piece first", large_first },
	{ "pipewire: a busy loop delays no stream", busy_loop },
	{ "pipewire: never ahead of the server", not_ahead },
	{ "pipewire: other buffers while it plays", other_buffers },
	{ "pipewire: name, target, role and quantum of a node", has_names },
	{ "pipewire: a quantum larger than the guest's buffer", large_quantum },
	{ "pipewire: runs empty, then more is queued", runs_empty },
	{ "pipewire: the end of a sound is played", end_is_played },
	{ "pipewire: the end is played without STOP", end_is_whole },
	{ "pipewire: STOP discards what is queued", stop_cuts },
	{ "pipewire: STOP discards, and libpipewire 0.3.65 says so", stop_pauses },
	{ "pipewire: the next sound", next_sound },
	{ "pipewire: OPEN and CLOSE without end make few nodes", test_reopened },
	{ "pipewire: no server yet", no_server_yet },
	{ "pipewire: server killed, another one", server_killed },
	{ "pipewire: device gone and back", device_gone },
	{ "pipewire: no device yet", no_device_yet },
	{ "pipewire: the server ends the node", node_ended },
	{ "pipewire: PAUSE keeps what is queued", pause_keeps },
	{ "pipewire: records in order", test_records },
	{ "pipewire: silence while there is no source", record_lost },
	{ "pipewire: a guest sets its node's volume", volume_to_node },
	{ "pipewire: a slider sets the guest's volume", volume_from_host },
	{ "pipewire: the volume of the last node of that name", volume_restored },
	{ "pipewire: another server gets the volume", volume_kept },
	{ "pipewire: a node's volume is not the guest's", volume_apart },
	{ "pipewire: the volume goes along with the source", volume_carried },
	{ "pipewire: limits with both ends", has_limits },
	{ "pipewire: cannot flood the log", cannot_flood_log },
	{ NULL, NULL },
};
