// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: who may record. Whole streams, whose source is what the
 * configuration says. The fake PCM gives the sample 77, which is no silence.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fake_alsa.h"
#include "fake_pipewire.h"
#include "guest.h"
#include "saved_log.h"
#include "test.h"

#define BUF	16384u
#define PERIOD	4096u
#define S16	XENSND_PCM_FORMAT_S16_LE
#define START	XENSND_OP_TRIGGER_START
#define STOP	XENSND_OP_TRIGGER_STOP
#define FAKE	"[default]\nsource = alsa:fake\n"
#define LINE	": stream cap0: recording denied, silence; allow it with " \
		"[guest mail] capture = allow or --allow-capture mail\n"

static struct guest g;
static struct config config;

/* The stream of guest @name with this configuration file. */
static void begin_guest(const char *name, const char *text)
{
	char path[96];

	write_conf(path, sizeof(path), text);
	fake_alsa_reset();
	saved_log_begin();
	CHECK(config_load(&config, path));
	CHECK(guest_init_as(&g, true, &config, name, BUF));
}

static void finish_guest(void)
{
	guest_exit(&g);
	saved_log_end();
	config_free(&config);
	memset(&config, 0, sizeof(config));
	fake_alsa_reset();
}

/* Two sounds. Return: how many bytes of the first are not @silence. */
static unsigned int record_sounds(uint8_t format, uint8_t silence)
{
	unsigned int i, loud = 0;

	CHECK_EQ(guest_open(&g, 48000, format, 2, BUF, PERIOD), 0);
	memset(g.buf, 0x12, BUF);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK_EQ(guest_read(&g, 0, BUF), 0);
	for (i = 0; i < BUF; i++)
		loud += g.buf[i] != silence;
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK_EQ(guest_read(&g, 0, PERIOD), 0);
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK_EQ(guest_close(&g), 0);
	return loud;
}

static void denied_silence(void)
{
	begin_guest("mail", FAKE);
	CHECK_EQ(record_sounds(S16, 0), 0);
	/* nobody has looked at the device */
	CHECK_EQ(fake_alsa.opens, 0);
	finish_guest();
	CHECK_EQ(saved_log_count(LINE), 1);
	CHECK_EQ(saved_log_count("recording"), 1);
	/* once for each OPEN; silence is not always 0 */
	begin_guest("mail", FAKE);
	CHECK_EQ(record_sounds(XENSND_PCM_FORMAT_U8, 0x80), 0);
	CHECK_EQ(record_sounds(XENSND_PCM_FORMAT_MU_LAW, 0x7f), 0);
	CHECK_EQ(fake_alsa.opens, 0);
	finish_guest();
	CHECK_EQ(saved_log_count(LINE), 2);
}

/* An OPEN without a START is no recording. */
static void denied_open(void)
{
	begin_guest("mail", FAKE);
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), 0);
	CHECK_EQ(guest_close(&g), 0);
	finish_guest();
	CHECK_EQ(saved_log_count("recording"), 0);
}

/* Whatever chooses the PCM, be it nothing at all. */
static void denied_sources(void)
{
	static const char * const texts[] = {
		"",
		"[stream cap0]\nsource = alsa:fake\n",
		"[guest mail stream cap0]\nsource = alsa:fake\n",
		FAKE "[guest mail]\ncapture = deny\n",
		FAKE "[guest mail]\n",
		FAKE "[guest mai]\ncapture = allow\n",
		FAKE "[guest mail2]\ncapture = allow\n",
		FAKE "[guest cap0]\ncapture = allow\n",
	};
	unsigned int i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		begin_guest("mail", texts[i]);
		CHECK_EQ(record_sounds(S16, 0), 0);
		CHECK_EQ(fake_alsa.opens, 0);
		finish_guest();
		CHECK_EQ(saved_log_count(LINE), 1);
	}
}

static void denied_pipewire(void)
{
	fake_pipewire_reset();
	begin_guest("mail", "[default]\nsource = pipewire\n");
	CHECK_EQ(record_sounds(S16, 0), 0);
	CHECK_EQ(fake_pipewire.streams, 0);
	finish_guest();
	CHECK_EQ(saved_log_count(LINE), 1);
}

static void denied_nameless(void)
{
	begin_guest(NULL, FAKE);
	CHECK_EQ(record_sounds(S16, 0), 0);
	finish_guest();
	CHECK_EQ(saved_log_count("denied, silence; the guest has no name"), 1);
}

static void check_allowed(void)
{
	CHECK_EQ(record_sounds(S16, 0), BUF / 2);
	CHECK_EQ(g.buf[0], 77);
	CHECK(fake_alsa.opens > 0);
	finish_guest();
	CHECK_EQ(saved_log_count("recording"), 0);
}

static void allowed_by_file(void)
{
	begin_guest("mail", FAKE "[guest mail]\ncapture = allow\n");
	check_allowed();
}

static void allowed_by_option(void)
{
	CHECK(config_allow_capture(&config, "mail"));
	begin_guest("mail", FAKE);
	check_allowed();
	/* it is stronger than the file */
	CHECK(config_allow_capture(&config, "mail"));
	begin_guest("mail", FAKE "[guest mail]\ncapture = deny\n");
	check_allowed();
}

/* Record until a sample is @sample. Return: it came. */
static bool records_soon(uint8_t sample)
{
	unsigned int i;

	for (i = 0; i < 40; i++) {
		if (guest_read(&g, 0, PERIOD))
			return false;
		if (g.buf[PERIOD - 4] == sample)
			return true;
	}
	return false;
}

/* While the guest records: the device is closed, its stream goes on. */
static void revoked_and_given(void)
{
	uint64_t pos;

	begin_guest("mail", FAKE "[guest mail]\ncapture = allow\n");
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK(records_soon(77));
	CHECK_EQ(fake_alsa.handles, 1);
	streams_permit(&g.streams, false);
	CHECK(records_soon(0));
	CHECK_EQ(fake_alsa.handles, 0);
	pos = guest_position(&g);
	CHECK_EQ(guest_read(&g, 0, BUF), 0);
	CHECK_EQ(g.buf[0], 0);
	CHECK_EQ(g.buf[BUF - 1], 0);
	CHECK(guest_position(&g) > pos);
	streams_permit(&g.streams, true);
	CHECK(records_soon(77));
	CHECK_EQ(fake_alsa.handles, 1);
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK_EQ(guest_close(&g), 0);
	finish_guest();
	CHECK_EQ(saved_log_count(LINE), 1);
	CHECK_EQ(saved_log_count("stream cap0: recording is denied\n"), 1);
	CHECK_EQ(saved_log_count("stream cap0: recording is allowed\n"), 1);
}

static void given_while_closed(void)
{
	begin_guest("mail", FAKE);
	CHECK_EQ(fake_alsa.opens, 0);
	streams_permit(&g.streams, true);
	CHECK_EQ(record_sounds(S16, 0), BUF / 2);
	streams_permit(&g.streams, false);
	CHECK_EQ(record_sounds(S16, 0), 0);
	CHECK_EQ(fake_alsa.handles, 0);
	finish_guest();
}

static void given_while_paused(void)
{
	begin_guest("mail", FAKE);
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK_EQ(guest_read(&g, 0, PERIOD), 0);
	CHECK_EQ(guest_trigger(&g, XENSND_OP_TRIGGER_PAUSE), 0);
	streams_permit(&g.streams, true);
	usleep(100000);
	streams_permit(&g.streams, false);
	usleep(100000);
	CHECK_EQ(fake_alsa.handles, 0);
	streams_permit(&g.streams, true);
	usleep(100000);
	CHECK_EQ(guest_trigger(&g, XENSND_OP_TRIGGER_RESUME), 0);
	CHECK(records_soon(77));
	CHECK_EQ(guest_close(&g), 0);
	finish_guest();
}

/* A device that cannot do what the guest has opened: silence until it reopens. */
static void given_in_vain(void)
{
	begin_guest("mail", FAKE);
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, PERIOD), 0);
	CHECK_EQ(guest_trigger(&g, START), 0);
	CHECK_EQ(guest_read(&g, 0, PERIOD), 0);
	fake_alsa.params_err = -EINVAL;
	streams_permit(&g.streams, true);
	CHECK_EQ(guest_read(&g, 0, BUF), 0);
	CHECK_EQ(guest_read(&g, 0, BUF), 0);
	CHECK_EQ(g.buf[0], 0);
	CHECK_EQ(guest_trigger(&g, STOP), 0);
	CHECK_EQ(guest_close(&g), 0);
	fake_alsa.params_err = 0;
	CHECK_EQ(record_sounds(S16, 0), BUF / 2);
	finish_guest();
	CHECK_EQ(saved_log_count("the source does not open"), 1);
}

/* A file is what the administrator gives to this stream. */
static void own_sources(void)
{
	char path[96], text[160];
	unsigned int i;
	FILE *f;

	snprintf(path, sizeof(path), "%s/in.raw", test_dir);
	f = fopen(path, "w");
	for (i = 0; i < BUF; i++)
		fputc('!', f);
	fclose(f);
	snprintf(text, sizeof(text), "[stream cap0]\nsource = file:%s\n", path);
	begin_guest("mail", text);
	CHECK_EQ(record_sounds(S16, '!'), 0);
	finish_guest();
	CHECK_EQ(saved_log_count("recording"), 0);
	begin_guest("mail", "[default]\nsource = null\n");
	CHECK_EQ(record_sounds(S16, 0), 0);
	finish_guest();
	CHECK_EQ(saved_log_count("recording"), 0);
}

const struct test policy_tests[] = {
	{ "policy: who may not record gets silence", denied_silence },
	{ "policy: OPEN alone is not logged", denied_open },
	{ "policy: no source opens the microphone", denied_sources },
	{ "policy: a guest without a name", denied_nameless },
	{ "policy: allowed by the file", allowed_by_file },
	{ "policy: allowed by the option", allowed_by_option },
	{ "policy: taken and given while it records", revoked_and_given },
	{ "policy: given while it is closed", given_while_closed },
	{ "policy: given while it is paused", given_while_paused },
	{ "policy: given, but the device cannot", given_in_vain },
	{ "policy: files and null are for all", own_sources },
	{ "policy: nor PipeWire's", denied_pipewire },
	{ NULL, NULL },
};
