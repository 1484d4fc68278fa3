// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: the configuration file.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
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
	c.cli_sink = "file:/cli.wav";
	CHECK(!strcmp(config_spec(&c, NULL, "other", false), "file:/cli.wav"));
	CHECK(!strcmp(config_spec(&c, NULL, "pb0", false), "file:/x/pb0.wav"));
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
		"[guest a]\nsource = null\n",
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
		"[guest a]\nrole = Game\n",
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

static bool same_role(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* A stream's own, then the one of that unique-id, then the default one. */
static void roles(void)
{
	struct config c;

	CHECK(load(&c, "[stream x]\nsink = pipewire\nrole = Game\n"
		       "[guest a stream x]\nrole = Phone\n"
		       "[guest b stream x]\nsink = pipewire:desk\n", 0644));
	CHECK(same_role(config_role(&c, "a", "x"), "Phone"));
	CHECK(same_role(config_role(&c, "b", "x"), "Game"));
	CHECK(same_role(config_role(&c, NULL, "x"), "Game"));
	CHECK(same_role(config_role(&c, "a", "y"), NULL));
	config_free(&c);
	CHECK(load(&c, "[default]\nrole = Music\n", 0644));
	CHECK(same_role(config_role(&c, "a", "y"), "Music"));
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

static void says_where(void)
{
	struct config c;

	saved_log_begin();
	CHECK(!load(&c, "[guest a]\n\ncapture = maybe\n", 0644));
	saved_log_end();
	CHECK_EQ(saved_log_count("\n"), 1);
	CHECK_EQ(saved_log_count("/conf:3: capture: expected allow or deny\n"),
		 1);
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
	snprintf(path, sizeof(path), "%s/fifo", test_dir);
	CHECK(!mkfifo(path, 0600));
	CHECK(!config_load(&c, path));
	CHECK(!config_load(&c, "/nonexistent"));
	CHECK(!config_load(&c, "/tmp"));
}

const struct test config_tests[] = {
	{ "config: sections and precedence", good },
	{ "config: each mistake is found", bad },
	{ "config: which guest may record", may_capture },
	{ "config: a wrong value of capture", says_where },
	{ "config: unsafe files are refused", unsafe },
	{ "config: role", roles },
	{ NULL, NULL },
};
