// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: what sound files may be, made by libsndfile and by hand.
 */
#include <fcntl.h>
#include <signal.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file_priv.h"
#include "saved_log.h"
#include "test.h"
#include "util.h"

#define RATE	8000u
#define GIB	(1ull << 30)

static struct log_guest guest_log;
static uint8_t data[65536], back[65536];
static char path[128];

static const char *path_of(const char *name)
{
	snprintf(path, sizeof(path), "%s/file-%s", test_dir, name);
	return path;
}

static struct audio *make_endpoint(const char *name, bool capture)
{
	struct audio_id id = { .domid = 3, .unique_id = "x" };
	char spec[160];

	log_guest_init(&guest_log, "test");
	snprintf(spec, sizeof(spec), "file:%s", path_of(name));
	return audio_new(spec, capture, &id, &guest_log);
}

static struct snd_params params_of(uint8_t format, uint8_t channels)
{
	struct snd_params p = {
		.rate = RATE,
		.format = format,
		.channels = channels,
		.unit_frames = 1,
		.unit_bytes = snd_format_bits(format) / 8 * channels,
	};

	return p;
}

static void make_noise(void)
{
	size_t i;

	srandom(2);
	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)random();
}

static void write_file(const char *name, const void *bytes, size_t num)
{
	FILE *f = fopen(path_of(name), "w");

	CHECK(f && fwrite(bytes, 1, num, f) == num && !fclose(f));
}

/* What a source offers; the formats are 0 if it refuses. */
static struct snd_caps caps_of(const char *name)
{
	struct audio *a = make_endpoint(name, true);
	struct snd_caps c;

	snd_caps_any(&c);
	if (a->ops->caps(a, &c))
		c.formats = 0;
	audio_free(a);
	return c;
}

/* Read from the source's beginning into back; false if OPEN fails. */
static bool read_source(const char *name, const struct snd_params *p,
			size_t bytes)
{
	struct audio *a = make_endpoint(name, true);
	bool ok = !a->ops->open(a, p);

	memset(back, 0xee, bytes);
	if (ok) {
		CHECK_EQ(a->ops->read(a, back, bytes), bytes);
		a->ops->close(a);
	}
	audio_free(a);
	return ok;
}

static void write_sink(const char *name, const struct snd_params *p,
		       size_t bytes)
{
	struct audio *a = make_endpoint(name, false);
	size_t at, n;

	CHECK_EQ(a->ops->open(a, p), 0);
	for (at = 0; at < bytes; at += n) {
		n = min_u32((uint32_t)(bytes - at), 777);
		CHECK_EQ(a->ops->write(a, data + at, n), n);
	}
	a->ops->close(a);
	audio_free(a);
}

/* ---- byte order, containers ---- */

static void other_byte_order(void)
{
	static const uint8_t rifx[] = "RIFX\0\0\0\050WAVEfmt \0\0\0\020\0\1\0\1"
		"\0\0\x1f\x40\0\0\x3e\x80\0\2\0\020data\0\0\0\4\1\2\x11\x12";
	struct snd_params p = params_of(XENSND_PCM_FORMAT_S16_LE, 1);

	write_file("rifx.wav", rifx, sizeof(rifx) - 1);
	CHECK_EQ(caps_of("rifx.wav").formats, 1 << XENSND_PCM_FORMAT_S16_LE);
	CHECK_EQ(caps_of("rifx.wav").rates.max, RATE);
	CHECK(read_source("rifx.wav", &p, 6));
	CHECK(!memcmp(back, "\2\1\x12\x11\0\0", 6));
}

/* A big-endian sample is the little-endian one backwards. */
static void turn_samples(uint8_t *bytes, size_t num, size_t width)
{
	size_t i, k;

	for (i = 0; i < num; i += width) {
		for (k = 0; k < width / 2; k++) {
			uint8_t b = bytes[i + k];

			bytes[i + k] = bytes[i + width - 1 - k];
			bytes[i + width - 1 - k] = b;
		}
	}
}

static void aiff_sinks(void)
{
	static const uint8_t formats[][2] = {
		{ XENSND_PCM_FORMAT_S8, XENSND_PCM_FORMAT_S8 },
		{ XENSND_PCM_FORMAT_U8, XENSND_PCM_FORMAT_U8 },
		{ XENSND_PCM_FORMAT_S16_BE, XENSND_PCM_FORMAT_S16_LE },
		{ XENSND_PCM_FORMAT_S32_BE, XENSND_PCM_FORMAT_S32_LE },
		{ XENSND_PCM_FORMAT_F32_BE, XENSND_PCM_FORMAT_F32_LE },
		{ XENSND_PCM_FORMAT_F64_BE, XENSND_PCM_FORMAT_F64_LE },
		{ XENSND_PCM_FORMAT_MU_LAW, XENSND_PCM_FORMAT_MU_LAW },
		{ XENSND_PCM_FORMAT_A_LAW, XENSND_PCM_FORMAT_A_LAW },
	};
	uint64_t mask = 0;
	char name[32];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		struct snd_params p = params_of(formats[i][0], 3);
		size_t bytes = 2000 * p.unit_bytes;

		make_noise();
		mask |= 1ull << p.format;
		snprintf(name, sizeof(name), "%u.aiff", p.format);
		write_sink(name, &p, bytes);
		CHECK_EQ(caps_of(name).formats, 1ull << formats[i][1]);
		p.format = formats[i][1];
		CHECK(read_source(name, &p, bytes));
		turn_samples(data, bytes, p.unit_bytes / 3);
		CHECK(!memcmp(data, back, bytes));
	}
	CHECK_EQ(file_sink_formats(SF_FORMAT_AIFF), mask);
}

/* A file of libsndfile's, two channels, samples that are all different. */
static bool make_sound(const char *name, int format)
{
	SF_INFO info = { .samplerate = RATE, .channels = 2, .format = format };
	SNDFILE *sf = sf_open(path_of(name), SFM_WRITE, &info);
	int frames[2000], i;
	bool ok = sf;

	for (i = 0; i < 2000; i++)
		frames[i] = (i - 1000) * (1 << 21) + (i & 1 ? 256 : -256);
	if (sf) {
		ok = sf_write_int(sf, frames, 2000) == 2000;
		ok = !sf_close(sf) && ok;
	}
	return ok;
}

/* The same, read again by libsndfile, and by the source. */
static void compare_sound(const char *name, uint8_t format)
{
	struct snd_params p = params_of(format, 2);
	size_t bytes = 1000 * p.unit_bytes;
	SF_INFO info = { 0 };
	SNDFILE *sf = sf_open(path_of(name), SFM_READ, &info);

	CHECK(sf);
	switch (format) {
	case XENSND_PCM_FORMAT_S16_LE:
		CHECK_EQ(sf_readf_short(sf, (short *)(void *)data, 1000), 1000);
		break;
	case XENSND_PCM_FORMAT_S32_LE:
		CHECK_EQ(sf_readf_int(sf, (int *)(void *)data, 1000), 1000);
		break;
	case XENSND_PCM_FORMAT_F32_LE:
		CHECK_EQ(sf_readf_float(sf, (float *)(void *)data, 1000), 1000);
		break;
	case XENSND_PCM_FORMAT_F64_LE:
		CHECK_EQ(sf_readf_double(sf, (double *)(void *)data, 1000), 1000);
		break;
	default:
		CHECK_EQ(sf_read_raw(sf, data, (sf_count_t)bytes), bytes);
		break;
	}
	sf_close(sf);
	CHECK(read_source(name, &p, bytes + p.unit_bytes));
	CHECK(!memcmp(data, back, bytes));
}

static void all_containers(void)
{
	static const int containers[] = {
		SF_FORMAT_WAV, SF_FORMAT_WAVEX, SF_FORMAT_RF64, SF_FORMAT_W64,
		SF_FORMAT_AIFF, SF_FORMAT_AU, SF_FORMAT_CAF, SF_FORMAT_FLAC,
		SF_FORMAT_WAV | SF_ENDIAN_BIG, SF_FORMAT_AIFF | SF_ENDIAN_LITTLE,
		SF_FORMAT_AU | SF_ENDIAN_LITTLE, SF_FORMAT_CAF | SF_ENDIAN_LITTLE,
	};
	static const struct {
		int subtype;
		uint8_t format;
	} samples[] = {
		{ SF_FORMAT_PCM_S8, XENSND_PCM_FORMAT_S8 },
		{ SF_FORMAT_PCM_U8, XENSND_PCM_FORMAT_U8 },
		{ SF_FORMAT_PCM_16, XENSND_PCM_FORMAT_S16_LE },
		{ SF_FORMAT_PCM_24, XENSND_PCM_FORMAT_S32_LE },
		{ SF_FORMAT_PCM_32, XENSND_PCM_FORMAT_S32_LE },
		{ SF_FORMAT_FLOAT, XENSND_PCM_FORMAT_F32_LE },
		{ SF_FORMAT_DOUBLE, XENSND_PCM_FORMAT_F64_LE },
		{ SF_FORMAT_ULAW, XENSND_PCM_FORMAT_MU_LAW },
		{ SF_FORMAT_ALAW, XENSND_PCM_FORMAT_A_LAW },
	};
	unsigned int i, k, made = 0;

	for (i = 0; i < ARRAY_SIZE(containers); i++) {
		for (k = 0; k < ARRAY_SIZE(samples); k++) {
			uint8_t format = samples[k].format;

			/* not each container has each kind of samples */
			if (!make_sound("any.wav", containers[i] |
						   samples[k].subtype))
				continue;
			made++;
			if (containers[i] == SF_FORMAT_FLAC &&
			    format == XENSND_PCM_FORMAT_S8)
				format = XENSND_PCM_FORMAT_S16_LE;
			CHECK_EQ(caps_of("any.wav").formats, 1ull << format);
			CHECK_EQ(caps_of("any.wav").channels.max, 2);
			compare_sound("any.wav", format);
		}
	}
	CHECK_EQ(made, 87);
}

/* A refusal has one line, with these words in it. */
static void refused_source(const char *name, const char *words, unsigned int line)
{
	struct snd_params p = params_of(XENSND_PCM_FORMAT_S16_LE, 2);
	struct audio *a = make_endpoint(name, true);
	struct snd_caps c;

	snd_caps_any(&c);
	saved_log_begin();
	CHECK(a->ops->caps(a, &c) != 0);
	CHECK(a->ops->open(a, &p) != 0);
	saved_log_end();
	if (saved_log_count(words) != 2 || saved_log_count("\n") != 2) {
		printf("    line %u: not twice: %s\n", line, words);
		test_failed = true;
	}
	audio_free(a);
}

#define REFUSED(name, words)	refused_source(name, words, __LINE__)

static void named_refusals(void)
{
	static uint8_t wav[] = "RIFF\050\0\0\0WAVEfmt \020\0\0\0\1\0\1\0"
		"\x40\x1f\0\0\x80\x3e\0\0\2\0\020\0data\4\0\0\0\1\2\3\4";

	CHECK(make_sound("no.wav", SF_FORMAT_VOC | SF_FORMAT_PCM_16));
	REFUSED("no.wav", "VOC (Creative Labs) with samples of type Signed 16 bit");
	CHECK(make_sound("no.wav", SF_FORMAT_AIFF | SF_FORMAT_IMA_ADPCM));
	REFUSED("no.wav", "AIFF (Apple/SGI) with samples of type IMA ADPCM");
	CHECK(make_sound("no.wav", SF_FORMAT_OGG | SF_FORMAT_VORBIS));
	REFUSED("no.wav", "OGG (OGG Container format) with samples of type Vorbis");
	CHECK(make_sound("no.wav", SF_FORMAT_CAF | SF_FORMAT_ALAC_16));
	REFUSED("no.wav", "CAF (Apple Core Audio File) with samples of type 16 bit ALAC");
	write_file("no.wav", "no sound", 8);
	REFUSED("no.wav", "cannot open ");
	/* 1 MHz, then 300 channels */
	memcpy(wav + 24, "\x40\x42\x0f\0", 4);
	write_file("no.wav", wav, sizeof(wav) - 1);
	REFUSED("no.wav", "WAV (Microsoft) with a rate of 1000000 Hz");
	memcpy(wav + 22, "\x2c\1\x40\x1f\0\0\0\x40\x1f\0\x58\2", 12);
	write_file("no.wav", wav, sizeof(wav) - 1);
	REFUSED("no.wav", "WAV (Microsoft) with 300 channels");
}

/* On a disk that is full, or here: the process may not write to files any more. */
static void play_into_full(const char *name, uint8_t format, char *line, size_t size)
{
	struct snd_params p = params_of(format, 2);
	struct rlimit none = { 0, RLIM_INFINITY };
	struct audio *a;
	int fds[2];

	CHECK(!pipe(fds));
	if (!fork()) {
		dup2(fds[1], STDERR_FILENO);
		log_set_level(LVL_INFO);
		a = make_endpoint(name, false);
		CHECK_EQ(a->ops->open(a, &p), 0);
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &none);
		a->ops->write(a, data, 32768);
		a->ops->write(a, data, 32768);
		_exit(0);
	}
	wait(NULL);
	memset(line, 0, size);
	CHECK(read(fds[0], line, size - 1) > 0);
	close(fds[0]);
	close(fds[1]);
}

/* One line, with the system's reason. */
static void full_disk(void)
{
	static const struct {
		const char *name;
		uint8_t format;
	} sinks[] = {
		{ "full.wav", XENSND_PCM_FORMAT_S16_LE },
		{ "full.flac", XENSND_PCM_FORMAT_S16_LE },
		{ "full.aiff", XENSND_PCM_FORMAT_S16_BE },
		{ "full.raw", XENSND_PCM_FORMAT_S16_LE },
	};
	char line[2048], *end;
	size_t i;

	make_noise();
	for (i = 0; i < ARRAY_SIZE(sinks); i++) {
		play_into_full(sinks[i].name, sinks[i].format, line, sizeof(line));
		end = strchr(line, '\n');
		CHECK(end && !end[1]);
		CHECK(strstr(line, " failed: File too large; the rest of the stream is not stored\n"));
		if (test_failed)
			printf("    %s", line);
	}
}

/* A FIFO and a link are there already; nobody wants to know of ENXIO and ELOOP. */
static void odd_sinks(void)
{
	struct snd_params p = params_of(XENSND_PCM_FORMAT_S16_LE, 1);
	static const char * const names[] = { "sink-fifo.wav", "sink-link.wav" };
	struct audio *a;
	size_t i;

	CHECK(!mkfifo(path_of(names[0]), 0600));
	CHECK(!symlink("/dev/null", path_of(names[1])));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		saved_log_begin();
		a = make_endpoint(names[i], false);
		CHECK(a->ops->open(a, &p));
		audio_free(a);
		saved_log_end();
		CHECK_EQ(saved_log_count("\n"), 1);
		CHECK_EQ(saved_log_count(": it exists and is no plain file of this user\n"), 1);
	}
}

/* What OPEN accepts is stored: FLAC above 65535 Hz only has multiples of 10. */
static void flac_rates(void)
{
	static const uint32_t rates[] = { 1, 44100, 65535, 65540, 96000, 655350, 65536, 100001 };
	struct snd_params p = params_of(XENSND_PCM_FORMAT_S16_LE, 1);
	struct audio *a;
	struct stat st;
	size_t i;

	make_noise();
	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		p.rate = rates[i];
		a = make_endpoint("rates.flac", false);
		saved_log_begin();
		if (i < 6) {
			CHECK_EQ(a->ops->open(a, &p), 0);
			a->ops->write(a, data, 16384);
			a->ops->close(a);
		} else {
			CHECK(a->ops->open(a, &p) != 0);
		}
		saved_log_end();
		CHECK_EQ(saved_log_count("\n"), i < 6 ? 0 : 1);
		CHECK_EQ(saved_log_count("rates.flac: a FLAC file cannot have "), i < 6 ? 0 : 1);
		audio_free(a);
	}
	CHECK(!stat(path_of("rates-6.flac"), &st));
	CHECK(stat(path_of("rates-7.flac"), &st));
}

/* Replaced between the question for its limits and OPEN: not read beyond the buffer. */
static void replaced_source(void)
{
	struct snd_params p = params_of(XENSND_PCM_FORMAT_S16_LE, 1), now[3];
	size_t i;

	make_noise();
	now[0] = params_of(XENSND_PCM_FORMAT_S16_LE, 8);
	now[1] = params_of(XENSND_PCM_FORMAT_F64_LE, 1);
	now[2] = p;
	now[2].rate = 2 * RATE;
	for (i = 0; i < ARRAY_SIZE(now); i++) {
		write_sink("replaced.wav", &now[i], sizeof(data));
		saved_log_begin();
		/* its first name is used up */
		snprintf(path, sizeof(path), i ? "replaced-%u.wav" : "replaced.wav",
			 (unsigned int)i + 1);
		CHECK(!read_source(strdupa(path), &p, 64));
		saved_log_end();
		CHECK_EQ(saved_log_count("\n"), 1);
		CHECK_EQ(saved_log_count(".wav has been replaced: it has "), 1);
	}
	CHECK_EQ(saved_log_count("it has s16_le now, 16000 Hz, 1 channels\n"), 1);
}

static void no_plain_files(void)
{
	struct snd_params p = params_of(XENSND_PCM_FORMAT_S16_LE, 1);

	/* without a writer a FIFO's open() would wait */
	CHECK(!mkfifo(path_of("fifo.raw"), 0600));
	CHECK(!read_source("fifo.raw", &p, 2));
	CHECK(!mkfifo(path_of("fifo.wav"), 0600));
	REFUSED("fifo.wav", "it is no plain file");
	CHECK(!mkdir(path_of("dir.wav"), 0700));
	REFUSED("dir.wav", "it is no plain file");
}

/* ---- ends ---- */

/* One line with these words when it is opened. */
static void says_at_open(const char *name, const struct snd_params *p,
			 size_t bytes, const char *words)
{
	saved_log_begin();
	CHECK(read_source(name, p, bytes));
	saved_log_end();
	CHECK_EQ(saved_log_count(words), 1);
	CHECK_EQ(saved_log_count("\n"), 1);
}

static void cut_samples(void)
{
	static const uint8_t wav[] = "RIFF\051\0\0\0WAVEfmt \020\0\0\0\1\0\1\0"
		"\x40\x1f\0\0\x80\x3e\0\0\2\0\020\0data\5\0\0\0\1\2\3\4\5";
	struct snd_params p = params_of(XENSND_PCM_FORMAT_U16_LE, 1);

	write_file("cut.raw", "\1\2\3\4\5", 5);
	says_at_open("cut.raw", &p, 12, "its last 1 bytes are left out");
	CHECK(!memcmp(back, "\1\2\3\4\0\x80\0\x80\0\x80\0\x80", 12));
	p = params_of(XENSND_PCM_FORMAT_U16_LE, 2);
	write_file("cut.raw", "\1\2\3\4\5\6", 6);
	says_at_open("cut.raw", &p, 12, "its last 2 bytes are left out");
	CHECK(!memcmp(back, "\1\2\3\4\0\x80\0\x80\0\x80\0\x80", 12));
	p = params_of(XENSND_PCM_FORMAT_S16_LE, 1);
	write_file("cut.wav", wav, sizeof(wav) - 1);
	CHECK(read_source("cut.wav", &p, 8));
	CHECK(!memcmp(back, "\1\2\3\4\0\0\0\0", 8));
}

static void empty_sources(void)
{
	static const uint8_t wav[] = "RIFF\044\0\0\0WAVEfmt \020\0\0\0\1\0\1\0"
		"\x40\x1f\0\0\x80\x3e\0\0\1\0\010\0data\0\0\0\0\1\2\3\4";
	struct snd_params p = params_of(XENSND_PCM_FORMAT_U8, 1);

	write_file("empty.raw", "", 0);
	says_at_open("empty.raw", &p, 3, "is empty: silence");
	CHECK(!memcmp(back, "\x80\x80\x80", 3));
	write_file("empty.wav", wav, sizeof(wav) - 1);
	says_at_open("empty.wav", &p, 3,
		     "WAV (Microsoft) says that it has no sound: silence");
	CHECK(!memcmp(back, "\x80\x80\x80", 3));
}

/* ---- sinks that end without close, or late ---- */

/* In a process that is killed when it has written all. */
static void write_and_die(const char *name, const struct snd_params *p,
			  size_t bytes)
{
	struct audio *a;
	pid_t pid = fork();
	int status;
	size_t at;

	if (!pid) {
		a = make_endpoint(name, false);
		if (!a->ops->open(a, p))
			for (at = 0; at < bytes; at += 400)
				a->ops->write(a, data + at, 400);
		kill(getpid(), SIGKILL);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void killed_sinks(void)
{
	static const struct {
		const char *name;
		uint8_t format;
	} sinks[] = {
		{ "killed.raw", XENSND_PCM_FORMAT_S16_LE },
		{ "killed.wav", XENSND_PCM_FORMAT_S16_LE },
		{ "killed.flac", XENSND_PCM_FORMAT_S16_LE },
		{ "killed.aiff", XENSND_PCM_FORMAT_S16_BE },
	};
	struct snd_params p;
	size_t bytes = 60000, second = 2 * RATE;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sinks); i++) {
		make_noise();
		p = params_of(sinks[i].format, 1);
		write_and_die(sinks[i].name, &p, bytes);
		p.format = XENSND_PCM_FORMAT_S16_LE;
		CHECK(read_source(sinks[i].name, &p, bytes));
		if (sinks[i].format != p.format)
			turn_samples(data, bytes, 2);
		CHECK(!memcmp(data, back, bytes - second));
	}
}

/* System calls that write, of this process. */
static long count_writes(void)
{
	FILE *f = fopen("/proc/self/io", "r");
	char line[64];
	long n = -1;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "syscw: %ld", &n) == 1)
			break;
	if (f)
		fclose(f);
	return n;
}

/* 100 s in 1000 pieces: one system call each, and one for each second. */
static void header_cost(void)
{
	struct snd_params p = params_of(XENSND_PCM_FORMAT_S16_LE, 1);
	struct audio *a = make_endpoint("cost.wav", false);
	unsigned int i;
	long before;

	CHECK_EQ(a->ops->open(a, &p), 0);
	before = count_writes();
	CHECK(before >= 0);
	for (i = 0; i < 1000; i++)
		a->ops->write(a, data, RATE / 5);
	CHECK_EQ(count_writes() - before, 1000 + 100);
	a->ops->close(a);
	audio_free(a);
}

/* As if so much had been played: a hole in the file. */
static void play_hole(struct audio *a, uint64_t bytes)
{
	struct audio_file *f = to_file(a);

	f->bytes += bytes;
	CHECK(lseek(f->fd, (off_t)bytes, SEEK_CUR) > 0);
}

static void check_large(const char *name, const struct snd_params *p,
			uint64_t bytes, int container)
{
	SF_INFO info = { 0 };
	SNDFILE *sf = sf_open(path_of(name), SFM_READ, &info);
	struct stat st;

	CHECK(!stat(path_of(name), &st));
	CHECK_EQ(st.st_size, bytes + (p->format == XENSND_PCM_FORMAT_F32_LE ?
				      94 : 80));
	CHECK(sf);
	CHECK_EQ(info.format & SF_FORMAT_TYPEMASK, container);
	CHECK_EQ(info.frames, bytes / p->unit_bytes);
	CHECK_EQ(info.channels, p->channels);
	CHECK_EQ(sf_seek(sf, -10, SEEK_END), bytes / p->unit_bytes - 10);
	CHECK_EQ(sf_read_raw(sf, back, 10 * p->unit_bytes), 10 * p->unit_bytes);
	CHECK(!memcmp(back, data + 4000 - 10 * p->unit_bytes,
		      10 * p->unit_bytes));
	sf_close(sf);
}

static void large_wav(uint8_t format, uint64_t hole, int container)
{
	struct snd_params p = params_of(format, 2);
	struct audio *a = make_endpoint("large.wav", false);
	const char *name = strrchr(to_file(a)->name, '-');

	make_noise();
	CHECK_EQ(a->ops->open(a, &p), 0);
	CHECK_EQ(a->ops->write(a, data, 4000), 4000);
	play_hole(a, hole);
	CHECK_EQ(a->ops->write(a, data, 4000), 4000);
	/* as the file is before it is closed */
	name = to_file(a)->name + strlen(test_dir) + strlen("/file-");
	check_large(name, &p, 8000 + hole, container);
	a->ops->close(a);
	check_large(name, &p, 8000 + hole, container);
	unlink(to_file(a)->name);
	audio_free(a);
}

static void beyond_4gib(void)
{
	large_wav(XENSND_PCM_FORMAT_S16_LE, 5 * GIB, SF_FORMAT_RF64);
	large_wav(XENSND_PCM_FORMAT_F32_LE, 5 * GIB, SF_FORMAT_RF64);
	/* the largest that a WAV file can be */
	large_wav(XENSND_PCM_FORMAT_S16_LE, 4 * GIB - 72 - 8000 - 4,
		  SF_FORMAT_WAV);
	large_wav(XENSND_PCM_FORMAT_S16_LE, 4 * GIB - 72 - 8000,
		  SF_FORMAT_RF64);
}

static void aiff_ends(void)
{
	struct snd_params p = params_of(XENSND_PCM_FORMAT_S16_BE, 1);
	struct audio *a = make_endpoint("large.aiff", false);
	SF_INFO info = { 0 };
	SNDFILE *sf;

	saved_log_begin();
	CHECK_EQ(a->ops->open(a, &p), 0);
	CHECK_EQ(a->ops->write(a, data, 4000), 4000);
	to_file(a)->bytes += 4 * GIB - 10000;
	CHECK_EQ(a->ops->write(a, data, 4000), 4000);
	CHECK_EQ(a->ops->write(a, data, 4000), 4000);
	a->ops->close(a);
	audio_free(a);
	saved_log_end();
	CHECK_EQ(saved_log_count("AIFF ends at 4 GiB; the rest"), 1);
	CHECK_EQ(saved_log_count("\n"), 1);
	sf = sf_open(path_of("large.aiff"), SFM_READ, &info);
	CHECK(sf);
	CHECK_EQ(info.frames, 2000);
	sf_close(sf);
}

/* Odd numbers of bytes, and of frames. */
static void odd_ends(void)
{
	struct snd_params p = params_of(XENSND_PCM_FORMAT_U8, 1);
	struct stat st;

	make_noise();
	write_sink("odd.wav", &p, 999);
	CHECK(!stat(path_of("odd.wav"), &st));
	CHECK_EQ(st.st_size, 80 + 1000);
	CHECK(read_source("odd.wav", &p, 1000));
	CHECK(!memcmp(data, back, 999));
	CHECK_EQ(back[999], 0x80);
	p = params_of(XENSND_PCM_FORMAT_S16_LE, 2);
	write_sink("part.wav", &p, 4003);
	CHECK(!stat(path_of("part.wav"), &st));
	CHECK_EQ(st.st_size, 80 + 4000);
	CHECK(read_source("part.wav", &p, 4000));
	CHECK(!memcmp(data, back, 4000));
}

const struct test file_tests[] = {
	{ "file: a RIFX source", other_byte_order },
	{ "file: aiff sinks are bit-exact", aiff_sinks },
	{ "file: all containers and samples as sources", all_containers },
	{ "file: a refusal names container, samples, rate, channels", named_refusals },
	{ "file: a source that is replaced before OPEN", replaced_source },
	{ "file: sinks on a disk that is full", full_disk },
	{ "file: rates of flac sinks", flac_rates },
	{ "file: what is there is no plain file", odd_sinks },
	{ "file: sources are plain files", no_plain_files },
	{ "file: sources that end inside of a sample", cut_samples },
	{ "file: empty sources say so", empty_sources },
	{ "file: a sink's file after kill -9", killed_sinks },
	{ "file: what a header costs", header_cost },
	{ "file: wav sinks beyond 4 GiB", beyond_4gib },
	{ "file: aiff sinks end at 4 GiB", aiff_ends },
	{ "file: wav sinks of odd lengths", odd_ends },
	{ NULL, NULL },
};
