// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: volume and mute, as numbers and through the ring.
 */
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audio.h"
#include "fake_xen.h"
#include "guest.h"
#include "test.h"
#include "util.h"
#include "volume.h"

#define BUF	16384u
#define PERIOD	1920u
#define RATE	48000u
#define S16	XENSND_PCM_FORMAT_S16_LE
#define START	XENSND_OP_TRIGGER_START
#define STOP	XENSND_OP_TRIGGER_STOP
#define SET	XENSND_OP_SET_VOLUME
#define GET	XENSND_OP_GET_VOLUME
#define MUTE	XENSND_OP_MUTE
#define UNMUTE	XENSND_OP_UNMUTE

static struct volume v;
static struct guest g;
static uint8_t data[1 << 19], back[1 << 19];

static void open_volume(uint8_t format, uint8_t channels)
{
	struct snd_params p = {
		.rate = RATE,
		.format = format,
		.channels = channels,
		.unit_frames = 1,
		.unit_bytes = snd_format_bits(format) * channels / 8,
	};

	memset(&v, 0, sizeof(v));
	if (!p.unit_bytes)
		p.unit_bytes = 1;
	volume_open(&v, &p);
}

static void make_noise(uint8_t *bytes, size_t num)
{
	size_t i;

	srandom(3);
	for (i = 0; i < num; i++)
		bytes[i] = (uint8_t)random();
}

/* ---- samples ---- */

static void linear_formats(void)
{
	unsigned int i, num = 0;

	for (i = 0; i < 256; i++)
		num += volume_linear((uint8_t)i);
	CHECK_EQ(num, 18);
	CHECK(!volume_linear(XENSND_PCM_FORMAT_IEC958_SUBFRAME_LE));
	CHECK(!volume_linear(XENSND_PCM_FORMAT_IEC958_SUBFRAME_BE));
	CHECK(!volume_linear(XENSND_PCM_FORMAT_MU_LAW));
	CHECK(!volume_linear(XENSND_PCM_FORMAT_A_LAW));
	CHECK(!volume_linear(XENSND_PCM_FORMAT_IMA_ADPCM));
	CHECK(!volume_linear(XENSND_PCM_FORMAT_MPEG));
	CHECK(!volume_linear(XENSND_PCM_FORMAT_GSM));
}

/* 0 dB is no change of any bit, also beside a channel that has another volume. */
static void exact(void)
{
	size_t bytes, width, i;
	uint8_t f;

	for (f = 0; f < SND_NUM_FORMATS; f++) {
		open_volume(f, 2);
		CHECK(!volume_active(&v));
		if (!volume_linear(f))
			continue;
		CHECK(volume_set(&v, VOLUME_GUEST, 0, -6000));
		CHECK(volume_active(&v));
		volume_jump(&v);
		CHECK(volume_active(&v));
		width = snd_format_bits(f) / 8;
		bytes = 1000 * 2 * width;
		make_noise(data, bytes);
		memcpy(back, data, bytes);
		volume_scale(&v, back, 1000);
		CHECK(memcmp(data, back, bytes));
		for (i = 0; i < bytes; i += 2 * width)
			CHECK(!memcmp(data + i + width, back + i + width,
				      width));
	}
}

struct vector {
	uint8_t format;
	int32_t mdb;
	const char *in;
	const char *out;
};

/* -20 dB is a tenth; +12 dB, a factor of 3.98, goes beyond the range. */
static const struct vector vectors[] = {
	{ XENSND_PCM_FORMAT_S8, -20000, "\x64", "\x0a" },
	{ XENSND_PCM_FORMAT_S8, -20000, "\x9c", "\xf6" },
	{ XENSND_PCM_FORMAT_S8, 12000, "\x7f", "\x7f" },
	{ XENSND_PCM_FORMAT_S8, 12000, "\x80", "\x80" },
	{ XENSND_PCM_FORMAT_U8, -20000, "\xe4", "\x8a" },
	{ XENSND_PCM_FORMAT_U8, 12000, "\x00", "\x00" },
	{ XENSND_PCM_FORMAT_U8, 12000, "\xff", "\xff" },
	{ XENSND_PCM_FORMAT_S16_LE, -20000, "\xe8\x03", "\x64\x00" },
	{ XENSND_PCM_FORMAT_S16_LE, -20000, "\x18\xfc", "\x9c\xff" },
	{ XENSND_PCM_FORMAT_S16_BE, -20000, "\xfc\x18", "\xff\x9c" },
	{ XENSND_PCM_FORMAT_S16_BE, 12000, "\x7f\xff", "\x7f\xff" },
	{ XENSND_PCM_FORMAT_S16_BE, 12000, "\x80\x00", "\x80\x00" },
	{ XENSND_PCM_FORMAT_U16_LE, -20000, "\xe8\x83", "\x64\x80" },
	{ XENSND_PCM_FORMAT_U16_BE, -20000, "\x7c\x18", "\x7f\x9c" },
	{ XENSND_PCM_FORMAT_U16_BE, 12000, "\x00\x00", "\x00\x00" },
	/* 24 bits: what is above them does not count, and becomes the sign */
	{ XENSND_PCM_FORMAT_S24_LE, -20000, "\x18\xfc\xff\x55",
		"\x9c\xff\xff\xff" },
	{ XENSND_PCM_FORMAT_S24_LE, 12000, "\xff\xff\x7f\x00",
		"\xff\xff\x7f\x00" },
	{ XENSND_PCM_FORMAT_S24_BE, -20000, "\xff\x00\x03\xe8",
		"\x00\x00\x00\x64" },
	{ XENSND_PCM_FORMAT_U24_LE, -20000, "\xe8\x03\x80\x55",
		"\x64\x00\x80\x00" },
	{ XENSND_PCM_FORMAT_U24_BE, 12000, "\x00\xff\xff\xff",
		"\x00\xff\xff\xff" },
	{ XENSND_PCM_FORMAT_S32_LE, -20000, "\x40\x42\x0f\x00",
		"\xa0\x86\x01\x00" },
	{ XENSND_PCM_FORMAT_S32_LE, 12000, "\xff\xff\xff\x7f",
		"\xff\xff\xff\x7f" },
	{ XENSND_PCM_FORMAT_S32_BE, 12000, "\x80\x00\x00\x00",
		"\x80\x00\x00\x00" },
	{ XENSND_PCM_FORMAT_U32_LE, -20000, "\x40\x42\x0f\x80",
		"\xa0\x86\x01\x80" },
	{ XENSND_PCM_FORMAT_U32_BE, 12000, "\x00\x00\x00\x00",
		"\x00\x00\x00\x00" },
	/* 0.5 and 0.05, 1 and 0.1 */
	{ XENSND_PCM_FORMAT_F32_LE, -20000, "\x00\x00\x00\x3f",
		"\xcd\xcc\x4c\x3d" },
	{ XENSND_PCM_FORMAT_F32_BE, -20000, "\xbf\x00\x00\x00",
		"\xbd\x4c\xcc\xcd" },
	{ XENSND_PCM_FORMAT_F64_LE, -20000, "\x00\x00\x00\x00\x00\x00\xf0\x3f",
		"\x9a\x99\x99\x99\x99\x99\xb9\x3f" },
	{ XENSND_PCM_FORMAT_F64_BE, -20000, "\xbf\xf0\x00\x00\x00\x00\x00\x00",
		"\xbf\xb9\x99\x99\x99\x99\x99\x9a" },
};

static void known_samples(void)
{
	uint64_t seen = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		const struct vector *k = &vectors[i];
		size_t width = snd_format_bits(k->format) / 8;

		open_volume(k->format, 1);
		CHECK(volume_set(&v, VOLUME_GUEST, 0, k->mdb));
		volume_jump(&v);
		memcpy(back, k->in, width);
		volume_scale(&v, back, 1);
		if (memcmp(back, k->out, width)) {
			printf("    vector %u, %s\n", i,
			       snd_format_name(k->format));
			test_failed = true;
		}
		seen |= 1ull << k->format;
	}
	for (i = 0; i < SND_NUM_FORMATS; i++)
		CHECK(!volume_linear((uint8_t)i) || (seen >> i & 1));
}

/* All samples of 16 bits at many volumes, against long double. */
static void accuracy(void)
{
	long double most = 0, gain, off;
	int16_t *samples = (int16_t *)(void *)back;
	int mdb, i;

	for (mdb = -119999; mdb <= VOLUME_MAX; mdb += 3331) {
		open_volume(S16, 1);
		volume_set(&v, VOLUME_GUEST, 0, mdb);
		volume_jump(&v);
		gain = powl(10, mdb / 20000.0L);
		for (i = -32768; i < 32768; i++)
			samples[i + 32768] = (int16_t)i;
		volume_scale(&v, back, 65536);
		for (i = -32768; i < 32768; i++) {
			off = fmaxl(-32768, fminl(32767, i * gain));
			off = fabsl(samples[i + 32768] - off);
			most = fmaxl(most, off);
		}
	}
	CHECK(most <= 0.500001L);
}

/* Silence is silence, whatever is silenced: noise has NaNs and infinities. */
static void silence(void)
{
	unsigned int how;
	size_t bytes;
	uint8_t f;

	for (f = 0; f < SND_NUM_FORMATS; f++) {
		if (!volume_linear(f))
			continue;
		bytes = 1000 * snd_format_bits(f) / 8;
		audio_silence(f, data, bytes);
		for (how = 0; how < 6; how++) {
			open_volume(f, 1);
			if (how < 2)
				volume_mute(&v, how ? VOLUME_HOST : VOLUME_GUEST,
					    0, true);
			else if (how < 4)
				volume_set(&v, how & 1 ? VOLUME_HOST :
					   VOLUME_GUEST, 0, VOLUME_MIN);
			else
				volume_set(&v, VOLUME_GUEST, 0, how & 1 ?
					   INT_MIN : -119999);
			if (how == 4)
				volume_set(&v, VOLUME_HOST, 0, -1);
			volume_jump(&v);
			make_noise(back, bytes);
			if (f == XENSND_PCM_FORMAT_F32_LE)
				memset(back, 0xff, 4);
			volume_scale(&v, back, 1000);
			CHECK(!memcmp(data, back, bytes));
		}
	}
}

/* Both sides' volumes together. */
static void both_sides(void)
{
	open_volume(S16, 2);
	CHECK(!volume_set(&v, VOLUME_GUEST, 0, VOLUME_MAX + 1));
	CHECK(!volume_set(&v, VOLUME_HOST, VOLUME_ALL, INT_MAX));
	CHECK(!volume_active(&v));
	CHECK(volume_set(&v, VOLUME_GUEST, 1, 6000));
	CHECK(volume_set(&v, VOLUME_HOST, VOLUME_ALL, -26000));
	CHECK_EQ(volume_get(&v, VOLUME_GUEST, 0), 0);
	CHECK_EQ(volume_get(&v, VOLUME_GUEST, 1), 6000);
	CHECK_EQ(volume_get(&v, VOLUME_HOST, 254), -26000);
	volume_jump(&v);
	memcpy(back, "\x10\x27\x10\x27", 4);
	volume_scale(&v, back, 1);
	/* 10000 by -26 dB and by -20 dB */
	CHECK_EQ(back[0] | back[1] << 8, 501);
	CHECK_EQ(back[2] | back[3] << 8, 1000);
	/* +12 and +12 are +12 */
	CHECK(volume_set(&v, VOLUME_GUEST, 0, 12000));
	CHECK(volume_set(&v, VOLUME_HOST, 0, 12000));
	volume_jump(&v);
	memcpy(back, "\xe8\x03\x00\x00", 4);
	volume_scale(&v, back, 1);
	CHECK_EQ(back[0] | back[1] << 8, 3981);
	/* one against the other: nothing is left to do */
	CHECK(volume_set(&v, VOLUME_GUEST, VOLUME_ALL, -3000));
	CHECK(volume_set(&v, VOLUME_HOST, VOLUME_ALL, 3000));
	volume_jump(&v);
	CHECK(!volume_active(&v));
	/* each has a mute of its own */
	volume_mute(&v, VOLUME_HOST, VOLUME_ALL, true);
	volume_mute(&v, VOLUME_GUEST, VOLUME_ALL, false);
	CHECK(volume_muted(&v, VOLUME_HOST, 0));
	CHECK(!volume_muted(&v, VOLUME_GUEST, 0));
	CHECK(volume_active(&v));
}

/* ---- ramps ---- */

/* Frames of a constant, in pieces of odd sizes. */
static void scale_constant(int16_t value, unsigned int frames)
{
	int16_t *s = (int16_t *)(void *)back;
	unsigned int i, n, k = 1;

	for (i = 0; i < 2 * frames; i++)
		s[i] = value;
	for (i = 0; i < frames; i += n) {
		k = k * 5 % 97 + 1;
		n = min_u32(k, frames - i);
		if (volume_active(&v))
			volume_scale(&v, s + 2 * i, n);
	}
}

/* The largest step between neighbours of a channel, the first one @from. */
static int largest_step(const int16_t *s, unsigned int frames, int from)
{
	unsigned int i;
	int most = 0;

	for (i = 0; i < frames; i++) {
		if (abs(s[2 * i] - from) > most)
			most = abs(s[2 * i] - from);
		from = s[2 * i];
	}
	return most;
}

static void ramps(void)
{
	static const int32_t to[] = {
		-120000, 0, -6000, -60000, -1, 12000, -20000, 0, INT_MIN, 0,
	};
	int16_t *s = (int16_t *)(void *)back;
	/* 10 ms from silence to 0 dB */
	double step = 8000.0 / (RATE / 100.0);
	int from = 8000, before;
	unsigned int i, k;

	open_volume(S16, 2);
	for (i = 0; i < ARRAY_SIZE(to); i++) {
		CHECK(volume_set(&v, VOLUME_GUEST, 0, to[i]));
		before = from;
		scale_constant(8000, 2000);
		CHECK(largest_step(s, 2000, from) <= step + 1);
		from = s[2 * 1999];
		CHECK_EQ(from, lrint(8000 * (to[i] <= VOLUME_MIN ? 0 :
					     pow(10, to[i] / 20000.0))));
		/* it goes there, all the time, and stays */
		for (k = 1; k < 2000; k++)
			CHECK(from > before ? s[2 * k] >= s[2 * k - 2] :
					      s[2 * k] <= s[2 * k - 2]);
		/* the other channel has none of it */
		for (k = 0; k < 2000; k++)
			CHECK_EQ(s[2 * k + 1], 8000);
	}
	/* at 0 dB again, nothing is to be done */
	CHECK(!volume_active(&v));
	/* a ramp takes its time, and no longer */
	volume_mute(&v, VOLUME_GUEST, 0, true);
	scale_constant(8000, 481);
	CHECK_EQ(s[2 * 479], 0);
	CHECK(s[2 * 470] > 0);
}

/* A change of mind in the middle. */
static void ramp_turned(void)
{
	int16_t *s = (int16_t *)(void *)back;
	double step = 8000.0 / (RATE / 100.0);
	int from;

	open_volume(S16, 2);
	volume_mute(&v, VOLUME_HOST, VOLUME_ALL, true);
	scale_constant(8000, 200);
	from = s[2 * 199];
	CHECK(from > 4000 && from < 5000);
	volume_mute(&v, VOLUME_HOST, VOLUME_ALL, false);
	scale_constant(8000, 300);
	CHECK(largest_step(s, 300, from) <= step + 1);
	CHECK_EQ(s[2 * 299], 8000);
	CHECK(!volume_active(&v));
}

/* ---- through the ring ---- */

static int set_volumes(const int32_t *mdb, unsigned int num, uint32_t offset)
{
	memcpy(g.buf + offset, mdb, num * sizeof(*mdb));
	return guest_wait(&g, guest_rw_send(&g, SET, offset, 4 * num), 1000);
}

static int set_two(int32_t left, int32_t right)
{
	int32_t mdb[2] = { left, right };

	return set_volumes(mdb, 2, BUF - 8);
}

static int32_t get_one(unsigned int channel)
{
	int32_t mdb[2] = { 1, 1 };

	CHECK_EQ(guest_wait(&g, guest_rw_send(&g, GET, BUF - 8, 8), 1000), 0);
	memcpy(mdb, g.buf + BUF - 8, sizeof(mdb));
	return mdb[channel];
}

static int request(uint8_t op, uint32_t offset, uint32_t length)
{
	return guest_wait(&g, guest_rw_send(&g, op, offset, length), 1000);
}

static int mute_two(uint8_t op, uint8_t left, uint8_t right)
{
	g.buf[BUF - 2] = left;
	g.buf[BUF - 1] = right;
	return request(op, BUF - 2, 2);
}

static void values(bool capture)
{
	unsigned int i;

	CHECK(guest_init(&g, capture, "null", BUF, false));
	CHECK_EQ(set_two(0, 0), -XEN_EIO);
	CHECK_EQ(request(GET, 0, 8), -XEN_EIO);
	CHECK_EQ(mute_two(MUTE, 1, 1), -XEN_EIO);
	CHECK_EQ(mute_two(UNMUTE, 1, 1), -XEN_EIO);
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	CHECK_EQ(get_one(0), 0);
	CHECK_EQ(set_two(-1500, 12000), 0);
	CHECK_EQ(get_one(0), -1500);
	CHECK_EQ(get_one(1), 12000);
	/* one is too large: none is set */
	CHECK_EQ(set_two(-7, 12001), -XEN_EINVAL);
	CHECK_EQ(set_two(INT_MAX, -7), -XEN_EINVAL);
	CHECK_EQ(get_one(0), -1500);
	CHECK_EQ(set_two(INT_MIN, -120001), 0);
	CHECK_EQ(get_one(0), INT_MIN);
	CHECK_EQ(get_one(1), -120001);
	/* mutes leave volumes alone, and channels whose byte is 0 */
	CHECK_EQ(set_two(-1, -2), 0);
	CHECK_EQ(mute_two(MUTE, 0, 255), 0);
	CHECK(!volume_muted(stream_volume(g.stream), VOLUME_GUEST, 0));
	CHECK(volume_muted(stream_volume(g.stream), VOLUME_GUEST, 1));
	CHECK_EQ(mute_two(MUTE, 1, 0), 0);
	CHECK_EQ(mute_two(UNMUTE, 0, 2), 0);
	CHECK(volume_muted(stream_volume(g.stream), VOLUME_GUEST, 0));
	CHECK(!volume_muted(stream_volume(g.stream), VOLUME_GUEST, 1));
	CHECK_EQ(get_one(1), -2);
	/* across a page, at no multiple of 4, and nothing beside it */
	memset(g.buf + 4000, 0xa5, 200);
	CHECK_EQ(request(GET, 4093, 8), 0);
	CHECK(!memcmp(g.buf + 4093, "\xff\xff\xff\xff\xfe\xff\xff\xff", 8));
	for (i = 4000; i < 4200; i++)
		CHECK(g.buf[i] == 0xa5 || (i >= 4093 && i < 4101));
	/* STOP keeps them, CLOSE does not */
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK_EQ(get_one(0), -1);
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	CHECK_EQ(get_one(0), 0);
	CHECK(!volume_muted(stream_volume(g.stream), VOLUME_GUEST, 0));
	guest_exit(&g);
}

static void guest_values(void)
{
	values(false);
	values(true);
}

static void bad_requests(void)
{
	static const uint32_t bad[][2] = {
		{ 0, 0 }, { 0, 2 }, { 0, 4 }, { 0, 7 }, { 0, 9 }, { 0, 16 },
		{ BUF, 8 }, { BUF - 7, 8 }, { UINT32_MAX, 8 },
		{ UINT32_MAX - 6, 8 }, { 0x80000000, 8 }, { 0, UINT32_MAX },
	};
	uint8_t f;
	unsigned int i;

	CHECK(guest_init(&g, false, "null", BUF, false));
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		CHECK_EQ(request(SET, bad[i][0], bad[i][1]), -XEN_EINVAL);
		CHECK_EQ(request(GET, bad[i][0], bad[i][1]), -XEN_EINVAL);
		if (bad[i][1] == 2)
			continue;
		CHECK_EQ(request(MUTE, bad[i][0], bad[i][1]), -XEN_EINVAL);
		CHECK_EQ(request(UNMUTE, bad[i][0], bad[i][1]), -XEN_EINVAL);
	}
	CHECK_EQ(request(MUTE, BUF - 1, 2), -XEN_EINVAL);
	/* the second page may not be written to */
	fake_read_only(g.dir[1 + 1]);
	CHECK_EQ(request(GET, 4096 - 8, 8), 0);
	CHECK_EQ(request(GET, 4096 - 7, 8), -XEN_EFAULT);
	CHECK_EQ(request(SET, 4096, 8), 0);
	fake_read_only(0);
	CHECK_EQ(guest_close(&g), 0);
	for (f = 0; f < SND_NUM_FORMATS; f++) {
		int want = volume_linear(f) ? 0 : -XEN_EOPNOTSUPP;

		memset(g.buf, 0, 16);
		CHECK_EQ(guest_open(&g, RATE, f, 2, BUF, PERIOD), 0);
		CHECK_EQ(request(SET, 0, 8), want);
		CHECK_EQ(request(GET, 0, 8), want);
		CHECK_EQ(request(MUTE, 0, 2), want);
		CHECK_EQ(request(UNMUTE, 0, 2), want);
		CHECK_EQ(guest_close(&g), 0);
	}
	guest_exit(&g);
}

static const char *sink_spec(const char *name)
{
	static char spec[128];

	snprintf(spec, sizeof(spec), "file:%s/vol-%s", test_dir, name);
	return spec;
}

static size_t read_sink(const char *spec)
{
	FILE *f = fopen(spec + 5, "r");
	size_t n = f ? fread(back, 1, sizeof(back), f) : 0;

	if (f)
		fclose(f);
	return n;
}

/* Play data in pieces of @chunk bytes, which need not be frames. */
static void play_data(uint32_t total, uint32_t chunk)
{
	uint32_t at, n, off;

	for (at = 0; at < total; at += n) {
		off = at % (BUF - 64);
		n = min_u32(min_u32(chunk, total - at), BUF - 64 - off);
		if (at + n > BUF / 2 &&
		    !guest_wait_position(&g, at + n - BUF / 2, 2000)) {
			CHECK(!"a position in time");
			return;
		}
		memcpy(g.buf + off, data + at, n);
		CHECK_EQ(guest_write(&g, off, n), 0);
	}
	CHECK(guest_wait_position(&g, total, 2000));
}

/* What a volume makes of data. */
static void scale_data(uint8_t format, uint32_t total, int32_t left,
		       int32_t right)
{
	open_volume(format, 2);
	volume_set(&v, VOLUME_GUEST, 0, left);
	volume_set(&v, VOLUME_GUEST, 1, right);
	volume_jump(&v);
	volume_scale(&v, data, total / v.p.unit_bytes);
}

static void playback(void)
{
	static const uint8_t formats[] = {
		S16, XENSND_PCM_FORMAT_U24_BE, XENSND_PCM_FORMAT_F64_LE,
		XENSND_PCM_FORMAT_S8,
	};
	static const uint32_t chunks[] = { 1920, 1001, 3, 5000 };
	const char *spec;
	unsigned int i;
	char name[32];
	uint32_t total;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		total = chunks[i] == 3 ? 4800 : 19200;
		snprintf(name, sizeof(name), "play%u.raw", i);
		spec = sink_spec(name);
		make_noise(data, total);
		CHECK(guest_init(&g, false, spec, BUF, false));
		CHECK_EQ(guest_open(&g, RATE, formats[i], 2, BUF, PERIOD), 0);
		CHECK_EQ(set_two(-9540, 3000), 0);
		CHECK_EQ(guest_trigger(&g, START), 0);
		play_data(total, chunks[i]);
		CHECK_EQ(guest_close(&g), 0);
		guest_exit(&g);
		scale_data(formats[i], total, -9540, 3000);
		CHECK_EQ(read_sink(spec), total);
		CHECK(!memcmp(data, back, total));
	}
}

/* Bytes one by one: no frame that is not complete goes past a mute. */
static void byte_by_byte(void)
{
	const char *spec = sink_spec("bytes.raw");
	unsigned int i;

	CHECK(guest_init(&g, false, spec, BUF, false));
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, 4), 0);
	volume_mute(stream_volume(g.stream), VOLUME_HOST, VOLUME_ALL, true);
	CHECK_EQ(guest_trigger(&g, START), 0);
	memset(g.buf, 0x55, 203);
	for (i = 0; i < 203; i++) {
		CHECK_EQ(guest_write(&g, i, 1), 0);
		CHECK(guest_wait_position(&g, i + 1, 2000));
	}
	CHECK_EQ(guest_close(&g), 0);
	guest_exit(&g);
	CHECK_EQ(read_sink(spec), 200);
	for (i = 0; i < 200; i++)
		CHECK_EQ(back[i], 0);
}

/* A stream plays a constant, and its volume changes meanwhile. */
static void no_clicks(void)
{
	const char *spec = sink_spec("click.raw");
	int16_t *s = (int16_t *)(void *)data;
	double step = 8000.0 / (RATE / 100.0);
	uint32_t at, total = RATE * 4 / 2;
	size_t n, i, quiet = 0, loud = 0;

	for (i = 0; i < total / 2; i++)
		s[i] = 8000;
	CHECK(guest_init(&g, false, spec, BUF, false));
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	for (at = 0; at < BUF - 64; at += 2)
		memcpy(g.buf + at, data, 2);
	CHECK_EQ(guest_trigger(&g, START), 0);
	for (at = 0; at < total; at += PERIOD) {
		CHECK(at < 2 * PERIOD ||
		      guest_wait_position(&g, at - 2 * PERIOD, 2000));
		CHECK_EQ(guest_write(&g, at % (7 * PERIOD), PERIOD), 0);
		switch (at / PERIOD % 8) {
		case 1:
			CHECK_EQ(mute_two(MUTE, 1, 1), 0);
			break;
		case 3:
			CHECK_EQ(mute_two(UNMUTE, 1, 1), 0);
			break;
		case 5:
			CHECK_EQ(set_two(6000, 6000), 0);
			break;
		case 7:
			CHECK_EQ(set_two(0, 0), 0);
			break;
		}
	}
	CHECK(guest_wait_position(&g, total, 2000));
	CHECK_EQ(guest_close(&g), 0);
	guest_exit(&g);
	n = read_sink(spec) / 4;
	CHECK_EQ(n, total / 4);
	s = (int16_t *)(void *)back;
	CHECK(largest_step(s, (unsigned int)n, 8000) <= step + 1);
	CHECK(largest_step(s + 1, (unsigned int)n, 8000) <= step + 1);
	for (i = 0; i < n; i++) {
		quiet += s[2 * i] == 0;
		loud += s[2 * i] == 15962;
	}
	/* all of it was heard: silence, and +6 dB */
	CHECK(quiet > 480 && loud > 480);
}

static void *host_thread(void *arg)
{
	struct volume *host = arg;
	unsigned int i;

	for (i = 0; i < 200; i++) {
		volume_set(host, VOLUME_HOST, VOLUME_ALL, -(int32_t)i * 100);
		volume_mute(host, VOLUME_HOST, i & 1, i & 2);
		usleep(1000);
	}
	volume_mute(host, VOLUME_HOST, VOLUME_ALL, true);
	return NULL;
}

/* The host's part: from another thread, over CLOSE, and not the guest's to undo. */
static void host_side(void)
{
	const char *spec = sink_spec("host.raw");
	pthread_t thread;
	size_t i;

	memset(data, 0x11, 38400);
	CHECK(guest_init(&g, false, spec, BUF, false));
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(!pthread_create(&thread, NULL, host_thread,
			      stream_volume(g.stream)));
	play_data(38400, PERIOD);
	pthread_join(thread, NULL);
	CHECK_EQ(get_one(0), 0);
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	CHECK_EQ(mute_two(UNMUTE, 1, 1), 0);
	CHECK_EQ(set_two(12000, 12000), 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	g.num_evts = 0;
	play_data(3840, PERIOD);
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(read_sink(sink_spec("host-2.raw")), 3840);
	for (i = 0; i < 3840; i++)
		CHECK_EQ(back[i], 0);
	/* nor by a format whose volume cannot be changed */
	CHECK_EQ(guest_open(&g, RATE, XENSND_PCM_FORMAT_MU_LAW, 2, BUF, PERIOD),
		 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	g.num_evts = 0;
	play_data(3840, PERIOD);
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(read_sink(sink_spec("host-3.raw")), 3840);
	for (i = 0; i < 3840; i++)
		CHECK_EQ(back[i], 0x7f);
	guest_exit(&g);
}

static void capture(void)
{
	const char *spec = sink_spec("source.raw");
	uint32_t total = 19200, at = 0, n;
	FILE *f = fopen(spec + 5, "w");

	make_noise(data, total);
	CHECK(f && fwrite(data, 1, total, f) == total && !fclose(f));
	CHECK(guest_init(&g, true, spec, BUF, false));
	CHECK_EQ(guest_open(&g, RATE, S16, 2, BUF, PERIOD), 0);
	CHECK_EQ(set_two(-20000, 0), 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	for (; at < total; at += n) {
		n = min_u32(PERIOD, total - at);
		CHECK_EQ(guest_read(&g, 0, n), 0);
		memcpy(back + at, g.buf, n);
	}
	CHECK_EQ(guest_close(&g), 0);
	guest_exit(&g);
	scale_data(S16, total, -20000, 0);
	CHECK(!memcmp(data, back, total));
}

const struct test volume_tests[] = {
	{ "volume: which formats are linear", linear_formats },
	{ "volume: 0 dB is bit-exact", exact },
	{ "volume: known samples of each format", known_samples },
	{ "volume: rounded to the nearest", accuracy },
	{ "volume: silence of each format", silence },
	{ "volume: both sides together", both_sides },
	{ "volume: no step is larger than the ramp's", ramps },
	{ "volume: a ramp that turns round", ramp_turned },
	{ "volume: the guest's values", guest_values },
	{ "volume: requests that are refused", bad_requests },
	{ "volume: playback", playback },
	{ "volume: frames in pieces do not go past a mute", byte_by_byte },
	{ "volume: a stream that plays does not click", no_clicks },
	{ "volume: the host's part", host_side },
	{ "volume: capture", capture },
	{ NULL, NULL },
};
