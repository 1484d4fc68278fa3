// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: whole streams, with a frontend in the same process.
 *
 * Time is real here, so upper bounds are generous.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_xen.h"
#include "guest.h"
#include "regions.h"
#include "saved_log.h"
#include "stats.h"
#include "test.h"
#include "util.h"

#define BUF	16384u
#define PERIOD	4096u
#define S16	XENSND_PCM_FORMAT_S16_LE
#define START	XENSND_OP_TRIGGER_START
#define STOP	XENSND_OP_TRIGGER_STOP
#define PAUSE	XENSND_OP_TRIGGER_PAUSE
#define RESUME	XENSND_OP_TRIGGER_RESUME

static struct guest g;
static uint8_t back[1 << 20];
static unsigned int serial;

static char *spec_for(const char *name)
{
	static char spec[128];

	snprintf(spec, sizeof(spec), "file:%s/st%u-%s", test_dir, serial, name);
	return spec;
}

static size_t slurp(const char *spec)
{
	FILE *f = fopen(spec + 5, "r");
	size_t n = f ? fread(back, 1, sizeof(back), f) : 0;

	if (f)
		fclose(f);
	return n;
}

/* byte n of the whole stream */
static uint8_t sample(uint64_t n)
{
	return (uint8_t)(n * 2654435761u >> 13);
}

static void fill(uint32_t offset, uint32_t length, uint64_t from)
{
	uint32_t i;

	for (i = 0; i < length; i++)
		g.buf[offset + i] = sample(from + i);
}

static bool is_sample(const uint8_t *data, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes; i++)
		if (data[i] != sample(i))
			return false;
	return true;
}

static void wrong_order(void)
{
	struct xensnd_req req = { .operation = 200 };

	CHECK(guest_init(&g, false, "null", BUF, false));
	CHECK_EQ(guest_trigger(&g, START), -XEN_EIO);
	CHECK_EQ(guest_write(&g, 0, 100), -XEN_EIO);
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), 0);
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), -XEN_EBUSY);
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK_EQ(guest_trigger(&g, PAUSE), -XEN_EINVAL);
	CHECK_EQ(guest_trigger(&g, RESUME), -XEN_EINVAL);
	CHECK_EQ(guest_trigger(&g, 4), -XEN_EINVAL);
	CHECK_EQ(guest_read(&g, 0, 100), -XEN_EINVAL);
	CHECK_EQ(guest_write(&g, BUF, 1), -XEN_EINVAL);
	CHECK_EQ(guest_write(&g, BUF - 4, 8), -XEN_EINVAL);
	CHECK_EQ(guest_write(&g, 8, 0), 0);
	CHECK_EQ(guest_wait(&g, guest_send(&g, &req), 1000), -XEN_EOPNOTSUPP);
	/* a region of no length */
	req.operation = XENSND_OP_SET_VOLUME;
	CHECK_EQ(guest_wait(&g, guest_send(&g, &req), 1000), -XEN_EINVAL);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(guest_close(&g), 0);
	guest_exit(&g);
}

static void bad_opens(void)
{
	uint32_t good;

	CHECK(guest_init(&g, false, spec_for("a.wav"), BUF, false));
	CHECK_EQ(guest_open(&g, 48000, XENSND_PCM_FORMAT_S24_LE, 2, BUF,
			    PERIOD), -XEN_EINVAL);
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF + 1, PERIOD), -XEN_EINVAL);
	good = g.dir_ref;
	g.dir_ref = 1;
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), -XEN_EFAULT);
	g.dir_ref = good;
	g.dir[2] = 0;
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), -XEN_EINVAL);
	g.dir[2] = 5;
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), -XEN_EFAULT);
	CHECK_EQ(fake_mapped(), 2);
	guest_exit(&g);
	CHECK(guest_init(&g, false, "file:/nonexistent/x.wav", BUF, false));
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), -XEN_EIO);
	CHECK_EQ(fake_mapped(), 2);
	guest_exit(&g);
}

static void query(void)
{
	struct xensnd_req req = {
		.operation = XENSND_OP_HW_PARAM_QUERY,
		.op.hw_param = {
			.formats = ~0ull, .rates = { 1, UINT32_MAX },
			.channels = { 1, UINT32_MAX },
			.buffer = { 1, UINT32_MAX },
			.period = { 1, UINT32_MAX },
		},
	};
	struct xensnd_query_hw_param *q;
	uint16_t id;
	size_t i;

	CHECK(guest_init(&g, false, spec_for("q.flac"), BUF, false));
	id = guest_send(&g, &req);
	CHECK_EQ(guest_wait(&g, id, 1000), 0);
	/* nothing of the backend's stack */
	for (i = sizeof(*q); i < sizeof(g.resp[id].resp); i++)
		CHECK_EQ(g.resp[id].resp.reserved1[i], 0);
	q = &g.resp[id].resp.hw_param;
	CHECK_EQ(q->formats, 1 << S16);
	CHECK_EQ(q->channels.max, 8);
	CHECK_EQ(q->buffer.max, BUF / 2);
	req.op.hw_param.channels.min = 9;
	CHECK_EQ(guest_wait(&g, guest_send(&g, &req), 1000), -XEN_EINVAL);
	guest_exit(&g);
}

/* Play @total bytes the way an asynchronous frontend does. */
static void play(uint64_t total, uint32_t chunk)
{
	uint64_t written = 0;
	bool started = false;

	while (written < total) {
		uint32_t off = (uint32_t)(written % BUF), n = chunk;

		if (n > BUF - off)
			n = BUF - off;
		if (n > total - written)
			n = (uint32_t)(total - written);
		if (written + n > guest_position(&g) + BUF) {
			if (!started)
				CHECK_EQ(guest_trigger(&g, START), 0);
			started = true;
			if (!guest_wait_position(&g, written + n - BUF, 3000)) {
				CHECK(!"a position in time");
				return;
			}
		}
		fill(off, n, written);
		CHECK_EQ(guest_write(&g, off, n), 0);
		written += n;
	}
	if (!started)
		CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(guest_wait_position(&g, total, 3000));
}

static void playback_exact(void)
{
	uint64_t total = 48000 * 4 / 2 + 444, t0;
	const char *spec = spec_for("p.raw");
	unsigned int i;

	CHECK(guest_init(&g, false, spec, BUF, false));
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), 0);
	t0 = now_ns();
	play(total, 3000);
	t0 = now_ns() - t0;
	CHECK(t0 >= 502 * NSEC_PER_MSEC);
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(slurp(spec), total);
	CHECK(is_sample(back, total));
	/* one event per boundary at most, the last one exactly at the end */
	CHECK(g.num_evts <= total / PERIOD + 1);
	for (i = 1; i < g.num_evts; i++)
		CHECK(g.evts[i] / PERIOD > g.evts[i - 1] / PERIOD ||
		      i == g.num_evts - 1);
	CHECK_EQ(g.evts[g.num_evts - 1], total);
	guest_exit(&g);
}

static void short_drain(void)
{
	const char *spec = spec_for("d.wav");
	uint64_t t0;

	CHECK(guest_init(&g, false, spec, BUF, false));
	CHECK_EQ(guest_open(&g, 48000, S16, 1, BUF, PERIOD), 0);
	fill(0, 960, 0);
	CHECK_EQ(guest_write(&g, 0, 960), 0);
	t0 = now_ns();
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(guest_wait_position(&g, 960, 2000));
	CHECK(now_ns() - t0 >= 10 * NSEC_PER_MSEC);
	CHECK_EQ(g.num_evts, 1);
	CHECK_EQ(g.evts[0], 960);
	/* STOP sets back to 0; START plays on in the same file */
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK_EQ(guest_write(&g, 480, 480), 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	usleep(50000);
	CHECK_EQ(guest_position(&g), 480);
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(slurp(spec), 80 + 960 + 480);
	CHECK(is_sample(back + 80, 960));
	guest_exit(&g);
}

static void stop_discards(void)
{
	const char *spec = spec_for("s.raw");

	CHECK(guest_init(&g, false, spec, BUF, false));
	CHECK_EQ(guest_open(&g, 8000, S16, 1, BUF, 160), 0);
	fill(0, BUF, 0);
	CHECK_EQ(guest_write(&g, 0, BUF), 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(guest_wait_position(&g, 1600, 2000));
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK_EQ(guest_close(&g), 0);
	CHECK(slurp(spec) >= 1600);
	CHECK(slurp(spec) < BUF / 2);
	CHECK(is_sample(back, slurp(spec)));
	guest_exit(&g);
}

/* No event, no request and no end of data has woken the stream up meanwhile. */
static void stop_plays_what_is_due(void)
{
	const char *spec = spec_for("due.raw");

	CHECK(guest_init(&g, false, spec, BUF, false));
	CHECK_EQ(guest_open(&g, 8000, S16, 1, BUF, BUF), 0);
	fill(0, BUF, 0);
	CHECK_EQ(guest_write(&g, 0, BUF), 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	usleep(200000);
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK_EQ(guest_close(&g), 0);
	CHECK(slurp(spec) >= 3200);
	CHECK(slurp(spec) < BUF);
	CHECK(is_sample(back, slurp(spec)));
	guest_exit(&g);
}

static void pausing(void)
{
	uint64_t pos;

	CHECK(guest_init(&g, false, "null", BUF, false));
	CHECK_EQ(guest_open(&g, 48000, S16, 1, BUF, 480), 0);
	CHECK_EQ(guest_write(&g, 0, BUF), 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(guest_wait_position(&g, 960, 2000));
	CHECK_EQ(guest_trigger(&g, PAUSE), 0);
	CHECK_EQ(guest_trigger(&g, PAUSE), 0);
	pos = guest_position(&g);
	usleep(60000);
	CHECK_EQ(guest_position(&g), pos);
	CHECK(pos < BUF / 2);
	CHECK_EQ(guest_trigger(&g, RESUME), 0);
	CHECK(guest_wait_position(&g, BUF, 2000));
	guest_exit(&g);
}

static void full_buffer(void)
{
	uint16_t a, b;

	CHECK(guest_init(&g, false, "null", BUF, false));
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), 0);
	CHECK_EQ(guest_write(&g, 0, BUF), 0);
	/* no room for these until something has been played */
	a = guest_rw_send(&g, XENSND_OP_WRITE, 0, PERIOD);
	b = guest_rw_send(&g, XENSND_OP_WRITE, PERIOD, PERIOD);
	CHECK_EQ(guest_wait(&g, a, 50), 1);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(!guest_answered(&g, b));
	CHECK_EQ(guest_wait(&g, a, 1000), 0);
	CHECK_EQ(guest_wait(&g, b, 1000), 0);
	CHECK(guest_wait_position(&g, BUF + 2 * PERIOD, 1000));
	/* STOP and CLOSE pass a WRITE that waits */
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK_EQ(guest_write(&g, 0, BUF), 0);
	a = guest_rw_send(&g, XENSND_OP_WRITE, 0, PERIOD);
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK(guest_answered(&g, a));
	CHECK_EQ(guest_write(&g, 0, BUF), 0);
	a = guest_rw_send(&g, XENSND_OP_WRITE, 0, PERIOD);
	CHECK_EQ(guest_close(&g), 0);
	CHECK(guest_answered(&g, a));
	guest_exit(&g);
}

static void scattered(void)
{
	const char *spec = spec_for("x.raw");
	uint16_t id[80];
	unsigned int i;

	/* more regions than the queue holds, none next to another */
	CHECK(guest_init(&g, false, spec, BUF, false));
	CHECK_EQ(guest_open(&g, 48000, S16, 1, BUF, 480), 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK_EQ(guest_trigger(&g, PAUSE), 0);
	for (i = 0; i < 80; i++) {
		fill(i * 100, 48, i * 48);
		id[i] = guest_rw_send(&g, XENSND_OP_WRITE, i * 100, 48);
	}
	for (i = 0; i < REGIONS_MAX; i++)
		CHECK_EQ(guest_wait(&g, id[i], 1000), 0);
	CHECK(!guest_answered(&g, id[REGIONS_MAX]));
	CHECK_EQ(guest_trigger(&g, RESUME), 0);
	CHECK(guest_wait_position(&g, 80 * 48, 2000));
	CHECK(guest_answered(&g, id[79]));
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(slurp(spec), 80 * 48);
	CHECK(is_sample(back, 80 * 48));
	guest_exit(&g);
}

static void no_events(void)
{
	uint64_t t0;
	uint16_t a, b;

	CHECK(guest_init(&g, false, "null", BUF, false));
	CHECK_EQ(guest_open(&g, 48000, S16, 1, BUF, 0), 0);
	a = guest_rw_send(&g, XENSND_OP_WRITE, 0, 1920);
	b = guest_rw_send(&g, XENSND_OP_WRITE, 1920, 1920);
	CHECK_EQ(guest_wait(&g, a, 30), 1);
	t0 = now_ns();
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK_EQ(guest_wait(&g, a, 1000), 0);
	CHECK(now_ns() - t0 >= 20 * NSEC_PER_MSEC);
	CHECK_EQ(guest_wait(&g, b, 1000), 0);
	CHECK(now_ns() - t0 >= 40 * NSEC_PER_MSEC);
	CHECK_EQ(guest_position(&g), 0);
	guest_exit(&g);
}

static void mainline(void)
{
	CHECK(guest_init(&g, false, "null", BUF, true));
	CHECK_EQ(guest_open(&g, 48000, S16, 1, BUF, 960), 0);
	CHECK_EQ(guest_write(&g, 0, 3 * 960), 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(guest_wait_position(&g, 3 * 960 + 2, 1000));
	/* each event lies beyond its boundary, the last one unit */
	for (unsigned int i = 0; i < g.num_evts; i++)
		CHECK(g.evts[i] % 960 >= 2);
	CHECK_EQ(g.evts[g.num_evts - 1], 3 * 960 + 2);
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK_EQ(guest_position(&g), 0);
	guest_exit(&g);
}

static void quiet(void)
{
	const char *spec = spec_for("quiet.raw");
	uint64_t written = 0, t0;
	unsigned int kicks;
	uint16_t id = 0;

	CHECK(guest_init(&g, false, spec, BUF, false));
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, 1920), 0);
	for (; written < 4 * 1920; written += 1920) {
		fill((uint32_t)written, 1920, written);
		CHECK_EQ(guest_write(&g, (uint32_t)written, 1920), 0);
	}
	/* from now on nobody waits for responses */
	g.patient = true;
	g.front.ring.sring->rsp_event = g.front.ring.rsp_cons + 16;
	CHECK_EQ(guest_trigger(&g, START), 0);
	kicks = g.kicks;
	while (written < 40 * 1920) {
		uint32_t off = (uint32_t)(written % BUF);
		uint32_t n = off + 1920 > BUF ? BUF - off : 1920;

		CHECK(written + n <= BUF ||
		      guest_wait_position(&g, written + n - BUF, 1000));
		fill(off, n, written);
		id = guest_rw_send(&g, XENSND_OP_WRITE, off, n);
		guest_answered(&g, id);
		written += n;
	}
	/* WRITEs were seen although few of them notified */
	CHECK(g.kicks - kicks < 10);
	CHECK(guest_wait_position(&g, written - BUF / 2, 2000));
	/* CLOSE is seen soon without a notification */
	t0 = now_ns();
	CHECK_EQ(guest_close(&g), 0);
	CHECK(now_ns() - t0 < 500 * NSEC_PER_MSEC);
	CHECK(slurp(spec) >= written - BUF);
	CHECK(is_sample(back, slurp(spec)));
	guest_exit(&g);
}

static void make_source(const char *spec, size_t bytes)
{
	FILE *f = fopen(spec + 5, "w");
	size_t i;

	for (i = 0; i < bytes; i++)
		fputc(sample(i), f);
	fclose(f);
}

/* Record @total bytes the way an asynchronous frontend does. */
static void record(uint64_t total, uint32_t period)
{
	uint64_t got = 0;

	while (got < total) {
		uint32_t off = (uint32_t)(got % BUF), n;

		if (!guest_wait_position(&g, got + 1, 2000)) {
			CHECK(!"a position in time");
			return;
		}
		n = (uint32_t)(guest_position(&g) - got);
		CHECK(n >= period || period == 0);
		if (n > BUF - off)
			n = BUF - off;
		if (n > total - got)
			n = (uint32_t)(total - got);
		CHECK_EQ(guest_read(&g, off, n), 0);
		memcpy(back + got, g.buf + off, n);
		got += n;
	}
}

static void capture_exact(void)
{
	const char *spec = spec_for("c.raw");
	uint64_t total = 44100, t0;
	unsigned int i;

	make_source(spec, total + BUF);
	CHECK(guest_init(&g, true, spec, BUF, false));
	CHECK_EQ(guest_open(&g, 44100, S16, 1, BUF, 882), 0);
	CHECK_EQ(guest_write(&g, 0, 100), -XEN_EINVAL);
	t0 = now_ns();
	CHECK_EQ(guest_trigger(&g, START), 0);
	record(total, 0);
	CHECK(now_ns() - t0 >= 490 * NSEC_PER_MSEC);
	/* however late an event is, it tells the end of a period */
	for (i = 0; i < g.num_evts; i++)
		CHECK_EQ(g.evts[i] % 882, 0);
	CHECK(is_sample(back, total));
	CHECK_EQ(guest_close(&g), 0);
	guest_exit(&g);
}

static void capture_blocking(void)
{
	const char *spec = spec_for("b.raw");
	uint16_t a, b;
	uint64_t t0;

	/* READs before and ahead of the data, in bytes that are no frames */
	make_source(spec, BUF);
	CHECK(guest_init(&g, true, spec, BUF, false));
	CHECK_EQ(guest_open(&g, 48000, S16, 1, 9999, 0), 0);
	a = guest_rw_send(&g, XENSND_OP_READ, 0, 1921);
	b = guest_rw_send(&g, XENSND_OP_READ, 1921, 9999 - 1921);
	CHECK_EQ(guest_wait(&g, a, 30), 1);
	t0 = now_ns();
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK_EQ(guest_wait(&g, a, 1000), 0);
	CHECK(now_ns() - t0 >= 20 * NSEC_PER_MSEC);
	CHECK_EQ(guest_wait(&g, b, 1000), 0);
	CHECK(is_sample(g.buf, 9999));
	/* STOP answers a READ that waits */
	a = guest_rw_send(&g, XENSND_OP_READ, 0, 9999);
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK(guest_answered(&g, a));
	CHECK_EQ(g.resp[a].status, -XEN_EIO);
	CHECK_EQ(guest_close(&g), 0);
	guest_exit(&g);
}

static void capture_overrun(void)
{
	const char *spec = spec_for("o.raw");

	make_source(spec, 65536);
	CHECK(guest_init(&g, true, spec, BUF, false));
	CHECK_EQ(guest_open(&g, 96000, S16, 2, BUF, 384), 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	usleep(100000);
	/* it stands still when the ring is full, and nothing is lost */
	CHECK_EQ(guest_position(&g), BUF);
	record(3 * BUF, 0);
	CHECK(is_sample(back, 3 * BUF));
	guest_exit(&g);
}

/* a value of the last line of statistics, -1 for none */
static long long last_stat(const char *key)
{
	return guest_last_stat("stats", key);
}

static void counts_playback(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/stats", test_dir);
	CHECK(stats_open(path));
	CHECK(guest_init(&g, false, "null", BUF, false));
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK_EQ(guest_write(&g, 0, 960), 0);
	CHECK(guest_wait_position(&g, 960, 1000));
	CHECK_EQ(guest_write(&g, 960, 960), 0);
	CHECK(guest_wait_position(&g, 1920, 1000));
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(last_stat("frames"), 480);
	/* the end of the data is no underrun, nor is START without any */
	CHECK_EQ(last_stat("underruns"), 1);
	CHECK_EQ(last_stat("requests"), 6);
	CHECK_EQ(last_stat("writes"), 2);
	CHECK_EQ(last_stat("notify-evt"), 2);
	CHECK_EQ(last_stat("buffer"), BUF / 4);
	guest_exit(&g);
}

static void counts_capture(void)
{
	CHECK(guest_init(&g, true, "null", BUF, false));
	CHECK_EQ(guest_open(&g, 96000, S16, 2, BUF, PERIOD), 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	usleep(100000);
	CHECK_EQ(guest_read(&g, 0, BUF), 0);
	usleep(10000);
	/* it started again when there was room, not with what was missed */
	CHECK(guest_position(&g) < BUF + BUF / 2);
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(last_stat("overruns"), 1);
	CHECK_EQ(last_stat("reads"), 1);
	guest_exit(&g);
}

/* One line in the log, however many are missing in the file. */
static void stats_full(void)
{
	struct stream_info info = { .unique_id = "x" };
	struct snd_params p = { .rate = 8000, .unit_frames = 1, .unit_bytes = 1 };
	struct stats counts = { 0 };
	unsigned int i;

	CHECK(stats_open("/dev/full"));
	saved_log_begin();
	for (i = 0; i < 3; i++)
		stats_write(&info, &p, &counts);
	saved_log_end();
	CHECK_EQ(saved_log_count("\n"), 1);
	CHECK_EQ(saved_log_count("error: --stats: a line could not be written: No space left on device;"), 1);
}

/* The guest's unique-id makes it too long: the line says which path. */
static void long_path(void)
{
	char spec[1100] = "file:/";

	memset(spec + 6, 'a', 1025);
	strcpy(spec + 1031, "%u.raw");
	saved_log_begin();
	CHECK(!guest_init(&g, false, spec, BUF, false));
	guest_exit(&g);
	saved_log_end();
	CHECK_EQ(saved_log_count("\n"), 1);
	CHECK_EQ(saved_log_count("File name too long: file:/aaa"), 1);
	CHECK_EQ(saved_log_count("%u.raw\n"), 1);
}

static void broken_ring(void)
{
	static struct guest other;

	CHECK(guest_init(&other, false, "null", BUF, false));
	CHECK(guest_init(&g, false, "null", BUF, false));
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), 0);
	CHECK_EQ(fake_mapped(), 4 + 4);
	g.front.ring.sring->req_prod += 1000;
	fake_kick(g.info.port);
	usleep(50000);
	/* its buffer is gone, others are served */
	CHECK_EQ(fake_mapped(), 4);
	CHECK_EQ(guest_open(&other, 48000, S16, 2, BUF, PERIOD), 0);
	guest_exit(&g);
	CHECK_EQ(guest_close(&other), 0);
	guest_exit(&other);
}

static void storm(void)
{
	unsigned int i;

	CHECK(guest_init(&g, false, "null", BUF, false));
	for (i = 0; i < 2000; i++) {
		fake_kick(g.info.port);
		fake_kick(g.info.evt_port);
	}
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), 0);
	CHECK_EQ(guest_close(&g), 0);
	guest_exit(&g);
}

static void flood(void)
{
	struct xensnd_req req = { .operation = XENSND_OP_HW_PARAM_QUERY };
	uint64_t t0 = now_ns();
	unsigned int i;

	/* answers are not waited for: the ring runs full again and again */
	CHECK(guest_init(&g, false, "null", BUF, false));
	for (i = 0; i < 20000; i++) {
		while (RING_FULL(&g.front.ring)) {
			guest_answered(&g, 0);
			if (now_ns() - t0 > 10 * NSEC_PER_SEC) {
				CHECK(!"answers");
				return;
			}
		}
		guest_send(&g, &req);
	}
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), 0);
	guest_exit(&g);
}

static unsigned int count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

static void cycles(void)
{
	unsigned int fds, i;

	fds = count_fds();
	for (i = 0; i < 100; i++) {
		CHECK(guest_init(&g, i & 1, "null", BUF, false));
		CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), 0);
		CHECK_EQ(guest_trigger(&g, START), 0);
		if (i & 2)
			CHECK_EQ(guest_close(&g), 0);
		guest_exit(&g);
	}
	CHECK_EQ(count_fds(), fds);
	CHECK_EQ(fake_mapped(), 0);
	CHECK_EQ(fake_bound(), 0);
}

static void refused(void)
{
	CHECK(guest_init(&g, false, "null", BUF, false));
	guest_exit(&g);
	/* the event page's grant is bad, then the port */
	g.info.evt_ring_ref = 1;
	CHECK(!stream_new(&g.info, "null", &g.log, &g.budget, 0));
	CHECK_EQ(fake_mapped(), 0);
	g.info.evt_ring_ref = g.info.ring_ref;
	g.info.port = 1000;
	CHECK(!stream_new(&g.info, "null", &g.log, &g.budget, 0));
	CHECK_EQ(fake_mapped(), 0);
	CHECK_EQ(fake_bound(), 0);
}

const struct test stream_tests[] = {
	{ "stream: requests in the wrong order", wrong_order },
	{ "stream: OPENs that are refused", bad_opens },
	{ "stream: query", query },
	{ "stream: playback is exact", playback_exact },
	{ "stream: a path that is too long", long_path },
	{ "stream: a short sound drains", short_drain },
	{ "stream: STOP discards", stop_discards },
	{ "stream: STOP plays what is due", stop_plays_what_is_due },
	{ "stream: PAUSE and RESUME", pausing },
	{ "stream: WRITEs beyond the buffer wait", full_buffer },
	{ "stream: scattered WRITEs", scattered },
	{ "stream: without events the answer is the flow control", no_events },
	{ "stream: WRITEs that need not notify", quiet },
	{ "stream: events for the mainline driver", mainline },
	{ "stream: capture is exact", capture_exact },
	{ "stream: READs ahead of the data", capture_blocking },
	{ "stream: capture overrun", capture_overrun },
	{ "stream: playback's counts", counts_playback },
	{ "stream: capture's counts", counts_capture },
	{ "stream: statistics that cannot be written", stats_full },
	{ "stream: a broken ring breaks one stream", broken_ring },
	{ "stream: notification storm", storm },
	{ "stream: request flood", flood },
	{ "stream: a hundred connections leave nothing behind", cycles },
	{ "stream: bad rings and ports", refused },
	{ NULL, NULL },
};
