// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: another sink or source while the guest plays.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fake_alsa.h"
#include "fake_pipewire.h"
#include "player.h"
#include "saved_log.h"
#include "test.h"

static struct config config;

static void load_config(const char *text)
{
	char path[96];

	config_free(&config);
	write_conf(path, sizeof(path), text);
	CHECK(config_load(&config, path));
}

static int ask_limits(void)
{
	struct xensnd_req req = { .operation = XENSND_OP_HW_PARAM_QUERY };
	struct xensnd_query_hw_param *q = &req.op.hw_param;

	q->formats = ~0ull;
	q->rates.max = q->channels.max = q->buffer.max = q->period.max = UINT32_MAX;
	return guest_wait(&g, guest_send(&g, &req), 1000);
}

/* The guest asks what it can do, as the driver does, and opens. */
static void begin_move(const char *text, bool capture)
{
	fake_pipewire_reset();
	fake_alsa_reset();
	use_stats();
	config.cli_limits = guest_limits;
	load_config(text);
	written = 0;
	CHECK(guest_init_as(&g, capture, &config, "mail", BUF));
	CHECK_EQ(ask_limits(), 0);
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	saved_log_begin();
}

/* Return: the guest need not connect again. */
static bool change_to(const char *text)
{
	bool moved;

	load_config(text);
	moved = streams_move(&g.streams, &config, "mail", &g.log);
	usleep(50000);
	return moved && !streams_misfit(&g.streams);
}

static void finish_move(void)
{
	saved_log_end();
	guest_exit(&g);
	config_free(&config);
	usleep(400000);
	CHECK_EQ(fake_pipewire.alive, 0);
	fake_pipewire_reset();
	fake_alsa_reset();
}

static bool positions_grow(void)
{
	unsigned int i;

	for (i = 1; i < g.num_evts; i++)
		if (g.evts[i] <= g.evts[i - 1] || g.evts[i] > g.evts[i - 1] + 3 * PERIOD)
			return false;
	return true;
}

/* Its events go on, without a leap, and the last second is as it was written. */
static void node_to_node(void)
{
	uint64_t at, frame;

	begin_move("[default]\nsink = pipewire:one\n", false);
	start_playing();
	CHECK(in_time(play_for(500), 500, 200));
	CHECK(change_to("[default]\nsink = pipewire:two\n[guest mail]\nrole = Game\n"));
	CHECK(in_time(play_for(1500), 1500, 300));
	CHECK(guest_wait_position(&g, written, 1000));
	CHECK(positions_grow());
	CHECK_EQ(fake_pipewire.streams, 2);
	CHECK(!strcmp(fake_pipewire.target, "two"));
	CHECK(!strcmp(fake_pipewire.role, "Game"));
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(last_stat("underruns"), 0);
	usleep(200000);
	at = fake_pipewire.played;
	while (at && !fake_pipewire.data[at - 1])
		at--;
	frame = written / FRAME - RATE;
	CHECK(at > RATE && sounds_well(fake_pipewire.data + at - RATE, RATE, frame, RATE));
	finish_move();
}

static void while_stopped(void)
{
	begin_move("[default]\nsink = pipewire:one\n", false);
	CHECK(change_to("[default]\nsink = pipewire:two\n"));
	start_playing();
	CHECK(in_time(play_for(300), 300, 200));
	CHECK(!strcmp(fake_pipewire.target, "two"));
	CHECK_EQ(guest_close(&g), 0);
	CHECK(change_to("[default]\nsink = pipewire:three\n"));
	CHECK(change_to("[default]\nsink = pipewire:four\n"));
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	count_from_zero();
	start_playing();
	CHECK_EQ(guest_trigger(&g, XENSND_OP_TRIGGER_PAUSE), 0);
	CHECK(change_to("[default]\nsink = pipewire:five\n"));
	CHECK_EQ(guest_trigger(&g, XENSND_OP_TRIGGER_RESUME), 0);
	CHECK(in_time(play_for(300), 300, 200));
	CHECK(!strcmp(fake_pipewire.target, "five"));
	finish_move();
}

/* A sink that can do something else than the guest knows of. */
static void other_limits(void)
{
	begin_move("[default]\nsink = pipewire\n", false);
	start_playing();
	play_for(200);
	CHECK(!change_to("[default]\nsink = alsa:fake\n"));
	CHECK_EQ(fake_pipewire.streams, 1);
	/* it plays on until the card is closed */
	CHECK(in_time(play_for(300), 300, 200));
	finish_move();
	CHECK_EQ(saved_log_count("can do something else"), 1);
}

static void does_not_open(void)
{
	char text[160];

	snprintf(text, sizeof(text), "[default]\nsink = file:%s/move.raw\n", test_dir);
	begin_move(text, false);
	start_playing();
	play_for(200);
	CHECK(!change_to("[default]\nsink = file:/nonexistent/move.raw\n"));
	CHECK(in_time(play_for(300), 300, 200));
	finish_move();
	CHECK_EQ(saved_log_count("does not open"), 1);
}

static uint64_t size_of(const char *name)
{
	char path[160];
	FILE *f;
	long n = 0;

	snprintf(path, sizeof(path), "%s/%s", test_dir, name);
	f = fopen(path, "r");
	if (f && !fseek(f, 0, SEEK_END))
		n = ftell(f);
	if (f)
		fclose(f);
	return (uint64_t)n;
}

/* Each byte is in one of the two; a frame that had begun goes on at its place. */
static void file_to_file(void)
{
	static const char rest[2];
	char text[160], path[160], back[4096];
	size_t n = 0;
	FILE *f;

	snprintf(text, sizeof(text), "[default]\nsink = file:%s/first.raw\n", test_dir);
	begin_move(text, false);
	CHECK_EQ(guest_trigger(&g, START), 0);
	memset(g.buf, 0x55, BUF);
	memset(g.buf, 0x11, 1002);
	CHECK_EQ(guest_write(&g, 0, 1002), 0);
	CHECK(guest_wait_position(&g, 1002, 1000));
	snprintf(text, sizeof(text), "[default]\nsink = file:%s/second.raw\n", test_dir);
	CHECK(change_to(text));
	CHECK_EQ(guest_write(&g, 1002, 1000), 0);
	CHECK(guest_wait_position(&g, 2002, 1000));
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(size_of("first.raw"), 1002);
	snprintf(path, sizeof(path), "%s/second.raw", test_dir);
	f = fopen(path, "r");
	if (f) {
		n = fread(back, 1, sizeof(back), f);
		fclose(f);
	}
	CHECK_EQ(n, 1002);
	CHECK(!memcmp(back, rest, 2) && back[2] == 0x55);
	finish_move();
}

/* From one that may be recorded to another, and while it may not. */
static void source_moves(void)
{
	begin_move("[default]\nsource = pipewire:one\n[guest mail]\ncapture = allow\n", true);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK_EQ(guest_read(&g, 0, PERIOD), 0);
	CHECK(change_to("[default]\nsource = pipewire:two\n[guest mail]\ncapture = allow\n"));
	CHECK_EQ(guest_read(&g, 0, BUF), 0);
	CHECK_EQ(guest_read(&g, 0, BUF), 0);
	CHECK(g.buf[0] || g.buf[1]);
	CHECK(!strcmp(fake_pipewire.target, "two"));
	streams_permit(&g.streams, false);
	usleep(50000);
	/* one that needs no permission is no replacement */
	CHECK(!change_to("[default]\nsource = null\n"));
	CHECK(change_to("[default]\nsource = pipewire:three\n"));
	CHECK_EQ(fake_pipewire.streams, 2);
	CHECK_EQ(guest_read(&g, 0, BUF), 0);
	streams_permit(&g.streams, true);
	CHECK_EQ(guest_read(&g, 0, BUF), 0);
	CHECK_EQ(guest_read(&g, 0, BUF), 0);
	CHECK(!strcmp(fake_pipewire.target, "three"));
	finish_move();
}

const struct test move_tests[] = {
	{ "move: from node to node while it plays", node_to_node },
	{ "move: while it is stopped, closed or paused", while_stopped },
	{ "move: a sink with other limits", other_limits },
	{ "move: a sink that does not open", does_not_open },
	{ "move: from file to file, in the middle of a frame", file_to_file },
	{ "move: sources", source_moves },
	{ NULL, NULL },
};
