// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: sound files and specifications.
 */
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio.h"
#include "test.h"

static struct log_guest guest_log;
static uint8_t data[65536], back[65536];

static struct audio *make(const char *name, bool capture, char *path)
{
	struct audio_id id = { .domid = 3, .unique_id = "a/b c" };
	char spec[128];

	if (!guest_log.name[0])
		log_guest_init(&guest_log, "test");
	snprintf(path, 128, "%s/%s", test_dir, name);
	snprintf(spec, sizeof(spec), "file:%s", path);
	return audio_new(spec, capture, &id, &guest_log);
}

static struct snd_params params(uint8_t format, uint8_t channels)
{
	uint32_t bits = snd_format_bits(format) * channels;
	struct snd_params p = {
		.rate = 44100,
		.format = format,
		.channels = channels,
		.unit_frames = bits % 8 ? 2 : 1,
		.unit_bytes = bits % 8 ? bits / 4 : bits / 8,
	};

	return p;
}

static long size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -1 : (long)st.st_size;
}

static size_t slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(back, 1, sizeof(back), f) : 0;

	if (f)
		fclose(f);
	return n;
}

static void noise(void)
{
	size_t i;

	srandom(1);
	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)random();
}

/* Write in odd pieces, from odd addresses. */
static void write_all(struct audio *a, size_t bytes)
{
	size_t at = 0, n;

	for (n = 1; at < bytes; n = n * 7 % 1009 + 1) {
		if (n > bytes - at)
			n = bytes - at;
		CHECK_EQ(a->ops->write(a, data + at, n), n);
		at += n;
	}
}

static void raw_formats(void)
{
	char path[128], name[32];
	struct snd_params p;
	struct audio *a;
	uint8_t f;

	noise();
	for (f = 0; f < SND_NUM_FORMATS; f++) {
		snprintf(name, sizeof(name), "f%u.raw", f);
		a = make(name, false, path);
		p = params(f, 3);
		CHECK_EQ(a->ops->open(a, &p), 0);
		write_all(a, 30000);
		a->ops->close(a);
		audio_free(a);
		CHECK_EQ(slurp(path), 30000);
		CHECK(!memcmp(data, back, 30000));
	}
}

static void read_back(const char *name, const struct snd_params *p,
		      size_t bytes)
{
	char path[128];
	struct audio *a = make(name, true, path);
	struct snd_caps c;

	snd_caps_any(&c);
	CHECK_EQ(a->ops->caps(a, &c), 0);
	CHECK_EQ(c.formats, 1ull << p->format);
	CHECK_EQ(c.rates.min, 44100);
	CHECK_EQ(c.rates.max, 44100);
	CHECK_EQ(c.channels.min, p->channels);
	CHECK_EQ(a->ops->open(a, p), 0);
	CHECK_EQ(a->ops->read(a, back, bytes), bytes);
	CHECK(!memcmp(data, back, bytes));
	/* after its end: silence, for ever */
	memset(back, 1, 480);
	CHECK_EQ(a->ops->read(a, back, 480), 480);
	CHECK_EQ(back[479], p->format == XENSND_PCM_FORMAT_U8 ? 0x80 :
			    p->format == XENSND_PCM_FORMAT_MU_LAW ? 0x7f :
			    p->format == XENSND_PCM_FORMAT_A_LAW ? 0x55 : 0);
	a->ops->close(a);
	audio_free(a);
}

static void sound_formats(const char *suffix, const uint8_t *f, size_t num)
{
	char path[128], name[32];
	struct snd_params p;
	struct audio *a;
	size_t i;

	noise();
	for (i = 0; i < num; i++) {
		size_t bytes = snd_format_bits(f[i]) / 8 * 3 * 2000;

		snprintf(name, sizeof(name), "s%u%s", f[i], suffix);
		a = make(name, false, path);
		p = params(f[i], 3);
		CHECK_EQ(a->ops->open(a, &p), 0);
		write_all(a, bytes);
		a->ops->close(a);
		audio_free(a);
		read_back(name, &p, bytes);
	}
}

static void wav_formats(void)
{
	static const uint8_t f[] = {
		XENSND_PCM_FORMAT_U8, XENSND_PCM_FORMAT_S16_LE,
		XENSND_PCM_FORMAT_S32_LE, XENSND_PCM_FORMAT_F32_LE,
		XENSND_PCM_FORMAT_F64_LE, XENSND_PCM_FORMAT_MU_LAW,
		XENSND_PCM_FORMAT_A_LAW,
	};
	uint64_t mask = 0;
	struct snd_params p;
	struct snd_caps c;
	struct audio *a;
	char path[128];
	size_t i;

	sound_formats(".wav", f, sizeof(f));
	for (i = 0; i < sizeof(f); i++)
		mask |= 1ull << f[i];
	a = make("none.wav", false, path);
	snd_caps_any(&c);
	CHECK_EQ(a->ops->caps(a, &c), 0);
	CHECK_EQ(c.formats, mask);
	p = params(XENSND_PCM_FORMAT_S24_LE, 1);
	CHECK(a->ops->open(a, &p) != 0);
	audio_free(a);
	CHECK_EQ(size_of(path), -1);
}

static void flac_formats(void)
{
	static const uint8_t f[] = { XENSND_PCM_FORMAT_S16_LE };

	sound_formats(".flac", f, sizeof(f));
}

static void names(void)
{
	struct snd_params p = params(XENSND_PCM_FORMAT_S16_LE, 1);
	char path[128], other[160];
	struct audio *a = make("n.wav", false, path);
	unsigned int i;

	for (i = 0; i < 5; i++) {
		CHECK_EQ(a->ops->open(a, &p), 0);
		/* the second and fourth play nothing */
		if (i % 2 == 0)
			a->ops->write(a, data, 10 + 2 * i);
		a->ops->close(a);
	}
	audio_free(a);
	CHECK_EQ(size_of(path), 80 + 10);
	snprintf(other, sizeof(other), "%s/n-2.wav", test_dir);
	CHECK_EQ(size_of(other), 80 + 14);
	snprintf(other, sizeof(other), "%s/n-3.wav", test_dir);
	CHECK_EQ(size_of(other), 80 + 18);
	snprintf(other, sizeof(other), "%s/n-4.wav", test_dir);
	CHECK_EQ(size_of(other), -1);
}

static void expansion(void)
{
	struct snd_params p = params(XENSND_PCM_FORMAT_S16_LE, 1);
	char path[128], other[160];
	struct audio *a = make("x%d-%u-%%.raw", false, path);

	CHECK_EQ(a->ops->open(a, &p), 0);
	a->ops->write(a, data, 10);
	a->ops->close(a);
	audio_free(a);
	snprintf(other, sizeof(other), "%s/x3-a_b_c-%%.raw", test_dir);
	CHECK_EQ(size_of(other), 10);
}

/* What the guest calls its stream is no way out of the directory. */
static void escapes(void)
{
	static const char * const ids[][2] = {
		{ "..", "_." }, { ".", "_" }, { "../../x", "_._.._x" },
		{ "/etc/x", "_etc_x" }, { ".x", "_x" }, { "a\nb%d", "a_b_d" },
	};
	struct snd_params p = params(XENSND_PCM_FORMAT_S16_LE, 1);
	struct audio_id id = { .domid = 3, .unique_id = NULL };
	char spec[128], path[160];
	struct audio *a;
	unsigned int i;

	for (i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		id.unique_id = ids[i][0];
		snprintf(path, sizeof(path), "%s/%s", test_dir, ids[i][1]);
		CHECK(!mkdir(path, 0700));
		snprintf(spec, sizeof(spec), "file:%s/%%u/e.raw", test_dir);
		a = audio_new(spec, false, &id, &guest_log);
		CHECK_EQ(a->ops->open(a, &p), 0);
		a->ops->write(a, data, 10);
		a->ops->close(a);
		audio_free(a);
		strcat(path, "/e.raw");
		CHECK_EQ(size_of(path), 10);
	}
}

static void long_name(void)
{
	struct audio_id id = { .domid = 3, .unique_id = NULL };
	char spec[1100] = "file:/", uid[100];

	memset(uid, 'x', sizeof(uid));
	uid[99] = '\0';
	id.unique_id = uid;
	memset(spec + 6, 'a', 1000);
	strcpy(spec + 1006, "%u.wav");
	CHECK(!audio_new(spec, false, &id, &guest_log));
	strcpy(spec + 906, "%u.wav");
	audio_free(audio_new(spec, false, &id, &guest_log));
}

static bool plays_to(const char *name)
{
	struct snd_params p = params(XENSND_PCM_FORMAT_S16_LE, 1);
	char path[128];
	struct audio *a = make(name, false, path);
	bool ok = !a->ops->open(a, &p);

	if (ok) {
		a->ops->write(a, data, 10);
		a->ops->close(a);
	}
	audio_free(a);
	return ok;
}

static const char *there(const char *name)
{
	static char path[2][128];
	static unsigned int i;

	i ^= 1;
	snprintf(path[i], sizeof(path[i]), "%s/%s", test_dir, name);
	return path[i];
}

static void put(const char *name)
{
	FILE *f = fopen(there(name), "w");

	fputs("precious", f);
	fclose(f);
}

/* A name that somebody has prepared. */
static void traps(void)
{
	put("precious");
	CHECK(!symlink(there("precious"), there("sym.raw")));
	CHECK(!symlink(there("precious"), there("sym.wav")));
	CHECK(!plays_to("sym.raw"));
	CHECK(!plays_to("sym.wav"));
	CHECK(!link(there("precious"), there("hard.wav")));
	CHECK(!plays_to("hard.wav"));
	CHECK(!mkfifo(there("fifo.raw"), 0666));
	CHECK(!plays_to("fifo.raw"));
	CHECK(!mkdir(there("dir.raw"), 0700));
	CHECK(!plays_to("dir.raw"));
	CHECK_EQ(size_of(there("precious")), 8);
	put("old.raw");
	if (!geteuid()) {
		CHECK(!chown(there("old.raw"), 65534, 0));
		CHECK(!plays_to("old.raw"));
		CHECK_EQ(size_of(there("old.raw")), 8);
		CHECK(!chown(there("old.raw"), 0, 0));
	}
	/* our own, of the daemon's life before */
	CHECK(plays_to("old.raw"));
	CHECK_EQ(size_of(there("old.raw")), 10);
}

/* A second file of one stream and the first of another: two files. */
static void collisions(void)
{
	CHECK(plays_to("c.raw"));
	CHECK(plays_to("c.raw"));
	CHECK(plays_to("c-2.raw"));
	CHECK_EQ(size_of(there("c-2-2.raw")), 10);
	CHECK(plays_to("d-2.raw"));
	CHECK(plays_to("d-3.raw"));
	CHECK(plays_to("d.raw"));
	CHECK(plays_to("d.raw"));
	CHECK_EQ(size_of(there("d-4.raw")), 10);
}

static void sources(void)
{
	struct snd_params p = params(XENSND_PCM_FORMAT_U8, 1);
	char path[128];
	struct audio *a = make("missing.wav", true, path);
	struct snd_caps c;

	snd_caps_any(&c);
	CHECK(a->ops->caps(a, &c) != 0);
	CHECK(a->ops->open(a, &p) != 0);
	audio_free(a);
	a = make("missing.raw", true, path);
	CHECK(a->ops->open(a, &p) != 0);
	audio_free(a);
}

static void specs(void)
{
	char spec[1100];

	CHECK(!audio_spec_error("null", false));
	CHECK(!audio_spec_error("alsa:plughw:0,0", false));
	CHECK(!audio_spec_error("file:/a.b/%d-%u%%.flac", true));
	CHECK(audio_spec_error("alsa:", false));
	CHECK(audio_spec_error("file:/a", false));
	CHECK(audio_spec_error("file:.wav", false));
	CHECK(audio_spec_error("file:/a%s.wav", false));
	CHECK(audio_spec_error("file:/a.mp3", false));
	CHECK(audio_spec_error("default", false));
	CHECK(audio_spec_error("", false));
	/* what could never be opened */
	memset(spec, 'a', sizeof(spec));
	memcpy(spec, "file:", 5);
	strcpy(spec + 5 + 1023 - 4, ".wav");
	CHECK(!audio_spec_error(spec, false));
	strcpy(spec + 5 + 1024 - 4, ".wav");
	CHECK(audio_spec_error(spec, false));
}

const struct test audio_tests[] = {
	{ "audio: raw files hold all 25 formats", raw_formats },
	{ "audio: wav files are bit-exact or refused", wav_formats },
	{ "audio: flac files are bit-exact", flac_formats },
	{ "audio: a new file for each OPEN that plays", names },
	{ "audio: %d and %u in names", expansion },
	{ "audio: a unique-id is no path", escapes },
	{ "audio: a name that is too long", long_name },
	{ "audio: links and FIFOs are no sinks", traps },
	{ "audio: no name is given twice", collisions },
	{ "audio: sources that are not there", sources },
	{ "audio: specifications", specs },
	{ NULL, NULL },
};
