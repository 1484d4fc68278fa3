// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: the configuration file.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compat.h"
#include "audio.h"
#include "config.h"
#include "number.h"
#include "saved_log.h"
#include "test.h"

static bool load_more(struct config *c, const char *text, mode_t mode)
{
	char path[96];

	write_conf(path, sizeof(path), text);
	chmod(path, mode);
	return config_load(c, path);
}

static bool load(struct config *c, const char *text, mode_t mode)
{
	memset(c, 0, sizeof(*c));
	return load_more(c, text, mode);
}

static void good(void)
{
	struct config c;

	CHECK(load(&c, "# hello\n\n[stream pb0]\n sink = file:/x/pb0.wav \n"
		       "[default]\nsink=null\nsource = alsa:hw:0,0\n"
		       "[ stream two words ]\nsource=file:/in.raw\n", 0644));
	CHECK(!strcmp(config_spec(&c, NULL, "pb0", false), "file:/x/pb0.wav"));
	CHECK(!strcmp(config_spec(&c, NULL, "pb0", true), "alsa:hw:0,0"));
	CHECK(!strcmp(config_spec(&c, NULL, "two words", true), "file:/in.raw"));
	CHECK(!strcmp(config_spec(&c, NULL, "other", false), "null"));
	config_free(&c);
	/* what a stream is called is for the guest to say, its own name is not */
	CHECK(load(&c, "[guest a stream mic]\nsource = alsa:hw:0\n"
		       "[guest b stream mic]\nsource = alsa:hw:1\n"
		       "[stream mic]\nsource = null\nsink = file:/x.raw\n"
		       "[ guest  c  stream  two words ]\nsink = null\n", 0644));
	CHECK(!strcmp(config_spec(&c, "a", "mic", true), "alsa:hw:0"));
	CHECK(!strcmp(config_spec(&c, "b", "mic", true), "alsa:hw:1"));
	CHECK(!strcmp(config_spec(&c, "c", "mic", true), "null"));
	CHECK(!strcmp(config_spec(&c, NULL, "mic", true), "null"));
	CHECK(!strcmp(config_spec(&c, "a", "mic", false), "file:/x.raw"));
	CHECK(!strcmp(config_spec(&c, "c", "two words", false), "null"));
	CHECK(!strcmp(config_spec(&c, "d", "two words", false),
		      "alsa:default"));
	config_free(&c);
	memset(&c, 0, sizeof(c));
	CHECK(!strcmp(config_spec(&c, NULL, "x", false), "alsa:default"));
}

/* Which place is stronger: each with all weaker ones beside it. */
static void test_precedence(void)
{
	static const char text[] =
		"[default]\nsink = file:/1.wav\nsource = file:/11.wav\n"
		"[stream x]\nsink = file:/2.wav\n"
		"[guest a]\nsink = file:/3.wav\nsource = file:/13.wav\n"
		"[guest a stream x]\nsink = file:/4.wav\n";
	struct config c;

	CHECK(load(&c, text, 0644));
	CHECK(!strcmp(config_spec(&c, "b", "y", false), "file:/1.wav"));
	CHECK(!strcmp(config_spec(&c, "b", "x", false), "file:/2.wav"));
	CHECK(!strcmp(config_spec(&c, NULL, "x", false), "file:/2.wav"));
	CHECK(!strcmp(config_spec(&c, "a", "y", false), "file:/3.wav"));
	CHECK(!strcmp(config_spec(&c, "a", "x", false), "file:/4.wav"));
	CHECK(!strcmp(config_spec(&c, "a", "x", true), "file:/13.wav"));
	CHECK(!strcmp(config_spec(&c, "b", "x", true), "file:/11.wav"));
	c.cli_sink = "file:/5.wav";
	CHECK(!strcmp(config_spec(&c, "a", "x", false), "file:/5.wav"));
	CHECK(!strcmp(config_spec(&c, "a", "x", true), "file:/13.wav"));
	c.cli_source = "null";
	CHECK(!strcmp(config_spec(&c, "a", "x", true), "null"));
	config_free(&c);
}

static void may_connect(void)
{
	struct config c;

	CHECK(load(&c, "[guest a]\nallow = no\n[guest b]\n", 0644));
	CHECK(!config_may_connect(&c, "a"));
	CHECK(config_may_connect(&c, "b"));
	CHECK(config_may_connect(&c, "c"));
	CHECK(config_may_connect(&c, NULL));
	config_free(&c);
	CHECK(load(&c, "[default]\nallow = no\n[guest a]\nallow = yes\n"
		       "[guest b]\ncapture = allow\n", 0644));
	CHECK(config_may_connect(&c, "a"));
	CHECK(!config_may_connect(&c, "b"));
	CHECK(!config_may_connect(&c, "c"));
	CHECK(!config_may_connect(&c, NULL));
	config_free(&c);
}

static void test_limits(void)
{
	struct budget_limits l;
	struct config c;

	CHECK(load(&c, "[default]\ncpu = 10\nmemory = 2\n"
		       "[guest a]\ncpu = 50\nstreams = 3\n", 0644));
	config_limits(&c, "a", &l);
	CHECK_EQ(l.percent, 50);
	CHECK_EQ(l.bytes, 2 << 20);
	CHECK_EQ(l.streams, 3);
	config_limits(&c, "b", &l);
	CHECK_EQ(l.percent, 10);
	CHECK_EQ(l.streams, 32);
	c.cli_limits.percent = 7;
	config_limits(&c, "a", &l);
	CHECK_EQ(l.percent, 7);
	CHECK_EQ(l.streams, 3);
	config_limits(&c, NULL, &l);
	CHECK_EQ(l.percent, 7);
	CHECK_EQ(l.bytes, 2 << 20);
	config_free(&c);
}

static void test_compat(void)
{
	static const char * const good[][2] = {
		{ "alsa<hw:0;0>", "alsa:hw:0,0" },
		{ "alsa<plughw:CARD=PCH;DEV=3>", "alsa:plughw:CARD=PCH,DEV=3" },
		{ "alsa<default>", "alsa:default" },
		{ "alsa<living_room>", "alsa:living_room" },
		{ "pulse<>", "alsa:pulse" },
		{ "pulse<alsa_output.pci-0000_00>", "alsa:pulse:alsa_output.pci-0000_00" },
		{ "pulse<out>media.role:navi", "alsa:pulse:out" },
	};
	/* above all what makes alsa-lib write a file or run a program */
	static const char * const refused[] = {
		"", "pb0", "alsa", "alsa<", "alsa<>", "alsa<hw:0;0", "<hw:0>",
		"alsa<file:/etc/passwd>", "alsa<file:x>", "alsa<tee:hw;x>",
		"alsa<plug:hw>", "alsa<hw:0 >", "alsa<{type hw}>", "oss<hw:0>",
		"alsa<hw:|x>", "alsa<hw:/x>", "pulse<a b>", "pulse</x>",
		"alsa<hw:0,0>", "pulse<a:b>",
		"alsa<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>",
	};
	struct config c;
	char spec[160];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		CHECK(compat_spec(good[i][0], spec, sizeof(spec)));
		CHECK(!strcmp(spec, good[i][1]));
	}
	for (i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		CHECK(!compat_spec(refused[i], spec, sizeof(spec)));
	CHECK(load(&c, "[guest a]\ncompat = snd_be\n"
		       "[guest a stream x]\nsink = null\n", 0644));
	CHECK(config_compat(&c, "a", "y", false));
	CHECK(config_compat(&c, "a", "x", true));
	CHECK(!config_compat(&c, "a", "x", false));
	CHECK(!config_compat(&c, "b", "y", false));
	CHECK(!config_compat(&c, NULL, "y", false));
	c.cli_sink = "null";
	CHECK(!config_compat(&c, "a", "y", false));
	CHECK(config_compat(&c, "a", "y", true));
	config_free(&c);
	CHECK(load(&c, "[default]\ncompat = snd_be\n[guest a]\ncompat = none\n",
		   0644));
	CHECK(!config_compat(&c, "a", "y", false));
	CHECK(config_compat(&c, "b", "y", false));
	CHECK(config_compat(&c, NULL, "y", false));
	config_free(&c);
}

static void bad(void)
{
	static const char * const texts[] = {
		"sink = null\n",
		"[stream]\n",
		"[default\n",
		"[\n",
		"[other]\n",
		"[default]\nsink\n",
		"[default]\nsync = null\n",
		"[default]\nsink = nul\n",
		"[default]\nsink =\n",
		"[default]\nsink = null\nsink = null\n",
		"[stream a]\n[stream a]\n",
		"[guest a]\n[guest a]\n",
		"[guest a]\ncapture = maybe\n",
		"[guest a]\ncapture =\n",
		"[guest a]\ncapture = allow # or not\n",
		"[guest a]\ncapture = allow\ncapture = allow\n",
		"[default]\n[default]\n",
		"[default]\nsink = alsa:default # the desktop's\n",
		"[default]\nsink = alsa:default ; the desktop's\n",
		"[default]\nsink = # none\n",
		"[default] # all others\n",
		"[stream a # b]\n",
		"[guest a]\nallow = maybe\n",
		"[guest a]\nallow = allow\n",
		"[stream a]\nallow = yes\n",
		"[guest a stream x]\nallow = yes\n",
		"[default]\ncpu = 0\n",
		"[default]\ncpu = 100001\n",
		"[default]\ncpu = 10%\n",
		"[default]\nmemory = 64M\n",
		"[default]\nmemory = 0\n",
		"[default]\nstreams = 1025\n",
		"[default]\nstreams = -1\n",
		"[stream a]\ncpu = 10\n",
		"[guest a stream x]\nmemory = 10\n",
		"[guest a]\ncpu = 10\ncpu = 10\n",
		"[default]\ncompat = snd-be\n",
		"[stream a]\ncompat = snd_be\n",
		"[guest a]\nvolume = 3\n",
		"[policy]\nguests = a\n",
		"[guest a stream x]\ncapture = allow\n",
		"[stream x]\ncapture = allow\n",
		"[default]\ncapture = allow\n",
		"capture = allow\n",
		"[default]\nsource = denied:a\n",
		"[guest a stream]\n",
		"[guest a stream ]\n",
		"[guest a b]\n",
		"[guest a stream x]\n[guest a stream x]\n",
		"[default]\nrole =\n",
		"[default]\nrole = Game\nrole = Game\n",
		"role = Game\n",
		"[default]\nsink = pipewire:\n",
		"[default]\nsink = pipewires\n",
	};
	struct config c;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		CHECK(!load(&c, texts[i], 0644));
		config_free(&c);
	}
}

/* A stream's own, then the guest's, then the one of that unique-id, then the default one. */
static void test_roles(void)
{
	struct config c;

	CHECK(load(&c, "[stream x]\nsink = pipewire\nrole = Game\n"
		       "[guest a stream x]\nrole = Phone\n"
		       "[guest b stream x]\nsink = pipewire:desk\n", 0644));
	CHECK(!strcmp(config_role(&c, "a", "x"), "Phone"));
	CHECK(!strcmp(config_role(&c, "b", "x"), "Game"));
	CHECK(!strcmp(config_role(&c, NULL, "x"), "Game"));
	CHECK(!strcmp(config_role(&c, "a", "y"), ""));
	config_free(&c);
	CHECK(load(&c, "[default]\nrole = Music\n[guest a]\nrole = Movie\n", 0644));
	CHECK(!strcmp(config_role(&c, "b", "y"), "Music"));
	CHECK(!strcmp(config_role(&c, "a", "y"), "Movie"));
	config_free(&c);
}

/* The command line is stronger than the file. */
static void may_capture(void)
{
	struct config c;

	CHECK(load(&c, "[guest a]\ncapture = allow\n"
		       "[guest b]\ncapture = deny\n"
		       "[guest c]\n"
		       "[guest d stream mic]\nsource = alsa:hw:0\n", 0644));
	CHECK(config_may_capture(&c, "a"));
	CHECK(!config_may_capture(&c, "b"));
	CHECK(!config_may_capture(&c, "c"));
	CHECK(!config_may_capture(&c, "d"));
	CHECK(!config_may_capture(&c, "A"));
	CHECK(!config_may_capture(&c, ""));
	CHECK(!config_may_capture(&c, NULL));
	CHECK(config_allow_capture(&c, "b"));
	CHECK(config_allow_capture(&c, "e"));
	CHECK(config_may_capture(&c, "b"));
	CHECK(config_may_capture(&c, "e"));
	config_free(&c);
	/* options come before the file */
	memset(&c, 0, sizeof(c));
	CHECK(config_allow_capture(&c, "b"));
	CHECK(load_more(&c, "[guest b]\ncapture = deny\n", 0644));
	CHECK(config_may_capture(&c, "b"));
	config_free(&c);
}

/* What xen-snd-ctl says is stronger than both, and stays. */
static void capture_orders(void)
{
	struct config c, fresh;

	CHECK(load(&c, "[guest a]\ncapture = allow\n", 0644));
	CHECK(config_allow_capture(&c, "b"));
	CHECK(config_order_capture(&c, "a", false));
	CHECK(config_order_capture(&c, "b", false));
	CHECK(config_order_capture(&c, "c", true));
	CHECK(!config_may_capture(&c, "a"));
	CHECK(!config_may_capture(&c, "b"));
	CHECK(config_may_capture(&c, "c"));
	c.cli_sink = "null";
	c.cli_limits.streams = 5;
	config_inherit(&fresh, &c);
	CHECK(load_more(&fresh, "[guest a]\ncapture = allow\n", 0644));
	config_take_orders(&fresh, &c);
	config_free(&c);
	CHECK(!config_may_capture(&fresh, "a"));
	CHECK(!config_may_capture(&fresh, "b"));
	CHECK(config_may_capture(&fresh, "c"));
	CHECK(!strcmp(config_spec(&fresh, "a", "x", false), "null"));
	CHECK_EQ(fresh.cli_limits.streams, 5);
	CHECK(config_order_capture(&fresh, "a", true));
	CHECK(config_may_capture(&fresh, "a"));
	config_free(&fresh);
}

static void test_latency(void)
{
	struct config c;

	CHECK(load(&c, "[guest a stream x]\nlatency = 1\n[guest a]\nlatency = 480\n"
		       "[stream x]\nlatency = 60\n", 0644));
	CHECK_EQ(config_latency(&c, "a", "x"), 1);
	CHECK_EQ(config_latency(&c, "a", "y"), 480);
	CHECK_EQ(config_latency(&c, "b", "x"), 60);
	CHECK_EQ(config_latency(&c, NULL, "y"), AUDIO_LATENCY_MS);
	config_free(&c);
	CHECK(load(&c, "[default]\nlatency = 200\n", 0644));
	CHECK_EQ(config_latency(&c, "a", "x"), 200);
	config_free(&c);
}

static void test_node_volume(void)
{
	struct config c;

	CHECK(load(&c, "[default]\nnode-volume = yes\n[guest a]\nnode-volume = no\n", 0644));
	CHECK(config_node_volume(&c, NULL));
	CHECK(config_node_volume(&c, "b"));
	CHECK(!config_node_volume(&c, "a"));
	config_free(&c);
	CHECK(load(&c, "[guest a]\nnode-volume = yes\n", 0644));
	CHECK(config_node_volume(&c, "a"));
	CHECK(!config_node_volume(&c, "b"));
	CHECK(!config_node_volume(&c, NULL));
	config_free(&c);
}

/* @text: the order's value in dB, or mute, unmute */
static bool order_volume(struct config *c, const char *guest, const char *stream,
			 const char *text)
{
	struct volume_order o = { .stream = stream };

	o.set_volume = parse_milli(text, &o.mdb);
	o.mute = !strcmp(text, "mute");
	return host_volume_order(&c->volumes, guest, &o);
}

static void check_level(const struct config *c, const char *guest, const char *stream,
			int32_t mdb, bool muted)
{
	struct host_level l = host_volume_get(c->volumes, guest, stream);

	CHECK_EQ(l.mdb, mdb);
	CHECK_EQ(l.muted, muted);
}

static void volume_orders(void)
{
	struct config c = { 0 }, fresh;

	CHECK(order_volume(&c, "mail", "a", "-3"));
	CHECK(order_volume(&c, "mail", NULL, "mute"));
	check_level(&c, "mail", "a", -3000, true);
	/* a guest cannot leave that by another unique-id */
	check_level(&c, "mail", "later", 0, true);
	check_level(&c, "mai", "a", 0, false);
	check_level(&c, NULL, "a", 0, false);
	CHECK(order_volume(&c, "mail", "b", "unmute"));
	check_level(&c, "mail", "b", 0, false);
	check_level(&c, "mail", "later", 0, true);
	CHECK(order_volume(&c, "mail", NULL, "6"));
	check_level(&c, "mail", "a", 6000, true);
	check_level(&c, "mail", "b", 6000, false);
	check_level(&c, "mail", "later", 6000, true);
	/* the file is read again */
	config_inherit(&fresh, &c);
	config_take_orders(&fresh, &c);
	config_free(&c);
	check_level(&fresh, "mail", "a", 6000, true);
	/* what is as it was in the beginning needs no memory */
	CHECK(order_volume(&fresh, "mail", NULL, "0"));
	CHECK(order_volume(&fresh, "mail", NULL, "unmute"));
	CHECK(!fresh.volumes);
	config_free(&fresh);
}

static void volumes_bounded(void)
{
	struct config c = { 0 };
	char id[16];
	unsigned int i;

	for (i = 0; i < HOST_VOLUMES_MAX; i++) {
		snprintf(id, sizeof(id), "s%u", i);
		CHECK(order_volume(&c, "mail", id, "mute"));
	}
	CHECK(!order_volume(&c, "mail", "one more", "mute"));
	CHECK(order_volume(&c, "mail", "s7", "-1"));
	check_level(&c, "mail", "s7", -1000, true);
	check_level(&c, "mail", "one more", 0, false);
	CHECK(order_volume(&c, "mail", "s8", "unmute"));
	CHECK(order_volume(&c, "mail", "one more", "mute"));
	config_free(&c);
}

/* One line: file, line, what, why. */
static void says_where(void)
{
	static const struct {
		const char *text;
		const char *line;
	} mistakes[] = {
		{ "[guest a]\n\ncapture = maybe\n",
		  "/conf:3: capture: expected allow or deny\n" },
		{ "# x\n[default]\nvolume = 3\n",
		  "/conf:3: volume: unknown option\n" },
		{ "[default]\nlatency = 481\n",
		  "/conf:2: latency: expected a number from 1 to 480\n" },
		{ "[default]\nlatency = 0\n",
		  "/conf:2: latency: expected a number from 1 to 480\n" },
		{ "[default]\nnode-volume = 3\n",
		  "/conf:2: node-volume: expected yes or no\n" },
		{ "[default]\nsink = null # x\n",
		  "/conf:2: sink: a comment must be on a line of its own\n" },
		{ "[stream a]\ncpu = 3\n",
		  "/conf:2: cpu: only [default] and [guest NAME] sections have it\n" },
		{ "[default]\ncapture = allow\n",
		  "/conf:2: capture: only [guest NAME] sections have it\n" },
		{ "[guest a]\n[guest a]\n",
		  "/conf:2: a: it has a section already\n" },
	};
	struct config c;
	size_t i;

	for (i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		saved_log_begin();
		CHECK(!load(&c, mistakes[i].text, 0644));
		saved_log_end();
		CHECK_EQ(saved_log_count("\n"), 1);
		CHECK_EQ(saved_log_count(mistakes[i].line), 1);
		config_free(&c);
	}
}

/* A file is read as a whole or not at all: what is missing might be "allow = no". */
static void test_whole(void)
{
	static const char with_nul[] = "[default]\nallow = no\0ne\n";
	struct config c = { 0 };
	char path[96];
	FILE *f;

	snprintf(path, sizeof(path), "%s/conf", test_dir);
	f = fopen(path, "w");
	fwrite(with_nul, 1, sizeof(with_nul) - 1, f);
	fclose(f);
	saved_log_begin();
	CHECK(!config_load(&c, path));
	config_free(&c);
	/* what a file system may leave after a power failure */
	CHECK(!truncate(path, 0) && !truncate(path, 8192));
	CHECK(!config_load(&c, path));
	/* a regular file of this user that cannot be read */
	CHECK(!config_load(&c, "/proc/self/mem"));
	saved_log_end();
	CHECK_EQ(saved_log_count("\n"), 3);
	CHECK_EQ(saved_log_count("/conf:2: line: it has a NUL byte\n"), 1);
	CHECK_EQ(saved_log_count("/conf:1: line: it has a NUL byte\n"), 1);
	CHECK_EQ(saved_log_count("/proc/self/mem:1: line: Input/output error\n"), 1);
	/* the last line may end without a newline */
	CHECK(load(&c, "[default]\nallow = no", 0644));
	CHECK(!config_may_connect(&c, "a"));
	config_free(&c);
}

/* The one that is installed. */
static void test_sample(void)
{
	struct config c = { 0 };

	CHECK(config_load(&c, "../xen-snd-back.conf"));
	CHECK(c.sections != NULL);
	CHECK(!config_may_capture(&c, "mail"));
	config_free(&c);
	/* with the examples, which are comments without a blank after '#' */
	CHECK(!system("sed 's/^#\\([a-z[]\\)/\\1/' ../xen-snd-back.conf >obj/sample.conf && chmod 644 obj/sample.conf"));
	CHECK(config_load(&c, "obj/sample.conf"));
	CHECK(config_may_capture(&c, "mail"));
	CHECK(!strcmp(config_spec(&c, "mail", "notify", false), "null"));
	CHECK(!strcmp(config_spec(&c, "x", "recorded", false),
		      "file:/var/lib/xen-snd-back/%d-%u.wav"));
	config_free(&c);
}

static void unsafe(void)
{
	struct config c;
	char path[96];

	CHECK(!load(&c, "[default]\nsink = null\n", 0646));
	CHECK(!load(&c, "[default]\nsink = null\n", 0664));
	CHECK(load(&c, "[default]\nsink = null\n", 0600));
	config_free(&c);
	memset(&c, 0, sizeof(c));
	snprintf(path, sizeof(path), "%s/conf", test_dir);
	if (!geteuid()) {
		/* as root: another user's file */
		CHECK(!chown(path, 65534, 0));
		CHECK(!config_load(&c, path));
		CHECK(!chown(path, 0, 0));
		/* as another user: his own and root's, no third one's */
		CHECK(!chmod(path, 0644) && !chmod(test_dir, 0711));
		CHECK(!seteuid(65534));
		CHECK(config_load(&c, path));
		CHECK(!seteuid(0));
		config_free(&c);
		memset(&c, 0, sizeof(c));
	}
	/* one that would stop the main thread for a long time */
	CHECK(!truncate(path, 256 * 1024 + 1));
	saved_log_begin();
	CHECK(!config_load(&c, path));
	saved_log_end();
	CHECK_EQ(saved_log_count("/conf: refused: larger than 256 KiB\n"), 1);
	snprintf(path, sizeof(path), "%s/fifo", test_dir);
	CHECK(!mkfifo(path, 0600));
	CHECK(!config_load(&c, path));
	CHECK(!config_load(&c, "/nonexistent"));
	CHECK(!config_load(&c, "/tmp"));
}

const struct test config_tests[] = {
	{ "config: sections and precedence", good },
	{ "config: each mistake is found", bad },
	{ "config: which section is stronger", test_precedence },
	{ "config: which guest may connect", may_connect },
	{ "config: limits of a guest", test_limits },
	{ "config: unique-ids of snd_be", test_compat },
	{ "config: which guest may record", may_capture },
	{ "config: what xen-snd-ctl says about that", capture_orders },
	{ "config: latency", test_latency },
	{ "config: whose volume is its nodes'", test_node_volume },
	{ "config: volumes of xen-snd-ctl", volume_orders },
	{ "config: so many volumes are kept", volumes_bounded },
	{ "config: a mistake is one line that says where", says_where },
	{ "config: no part of a file is left out", test_whole },
	{ "config: the sample", test_sample },
	{ "config: unsafe files are refused", unsafe },
	{ "config: role", test_roles },
	{ NULL, NULL },
};
