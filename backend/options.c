// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: the command line. A mistake ends the process with one line.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio.h"
#include "log.h"
#include "number.h"
#include "options.h"
#include "stats.h"
#include "version.h"

static const char usage[] =
"Usage: xen-snd-back [OPTION]...\n"
"Play and record the sound of Xen guests (vsnd devices).\n"
"\n"
"  -c, --config FILE      which stream goes where, who may do what\n"
"  -o, --sink SPEC        where playback goes\n"
"  -i, --source SPEC      where capture comes from\n"
"  -a, --allow-capture NAME  let the guest of that name record\n"
"  -s, --stats FILE       append one line of counts per closed stream\n"
"  -p, --cpu PERCENT      of one CPU for each guest's card (25)\n"
"  -m, --memory MIB       of buffers for each guest's card (64)\n"
"  -n, --streams NUMBER   for each guest's card (32)\n"
"  -C, --ctl PATH         socket of xen-snd-ctl, or none\n"
"  -g, --ctl-group GROUP  who may use it beside root\n"
"  -l, --log-level LEVEL  error, warn, info (default) or debug\n"
"  -h, --help             show this text\n"
"  -V, --version          show the version\n"
"\n"
"SPEC is alsa:NAME for any ALSA PCM (default: alsa:default), pipewire for\n"
"PipeWire's default device, pipewire:TARGET for a certain one, file:PATH for a\n"
"sound file that ends in .wav, .flac, .aiff or .raw, or null. In PATH %d stands\n"
"for the guest's domain id and %u for the stream's unique-id.\n"
"\n"
"What an option says is stronger than the file, see xen-snd-back.conf(5). A\n"
"guest that is not allowed to record from ALSA or PipeWire gets silence.\n"
"\n"
"It stays in the foreground and logs to stderr. SIGHUP makes it read the file\n"
"again; SIGTERM and SIGINT end it.\n";

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "sink", required_argument, NULL, 'o' },
	{ "source", required_argument, NULL, 'i' },
	{ "allow-capture", required_argument, NULL, 'a' },
	{ "stats", required_argument, NULL, 's' },
	{ "cpu", required_argument, NULL, 'p' },
	{ "memory", required_argument, NULL, 'm' },
	{ "streams", required_argument, NULL, 'n' },
	{ "ctl", required_argument, NULL, 'C' },
	{ "ctl-group", required_argument, NULL, 'g' },
	{ "log-level", required_argument, NULL, 'l' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static void bad_option(const char *option, const char *value, const char *why)
{
	log_msg(LVL_ERROR, "%s %.2000s: %s", option, value, why);
	exit(EXIT_USAGE);
}

static _Noreturn void end_output(void)
{
	if (!fflush(stdout))
		exit(EXIT_SUCCESS);
	log_msg(LVL_ERROR, "stdout: %s", strerror(errno));
	exit(EXIT_FAILURE);
}

static const char *text_option(const char *option)
{
	if (!*optarg)
		bad_option(option, optarg, "it is empty");
	return optarg;
}

static const char *spec_option(const char *option, bool capture)
{
	const char *error = audio_spec_error(optarg, capture);

	if (error)
		bad_option(option, optarg, error);
	return optarg;
}

static uint32_t number_option(const char *option, uint32_t max)
{
	char why[48];
	uint32_t value;

	snprintf(why, sizeof(why), "expected a number from 1 to %u", max);
	if (!parse_u32(optarg, max, &value) || !value)
		bad_option(option, optarg, why);
	return value;
}

static void set_log_level(void)
{
	int level = log_level_parse(optarg);

	if (level < 0)
		bad_option("--log-level", optarg,
			   "expected error, warn, info or debug");
	log_set_level((enum log_level)level);
}

static void allow_capture(struct config *c)
{
	if (!*optarg || optarg[strcspn(optarg, " \t")])
		bad_option("--allow-capture", optarg,
			   "expected a guest's name, without blanks");
	if (!config_allow_capture(c, optarg))
		bad_option("--allow-capture", optarg, "out of memory");
}

static bool limit_option(int opt, struct budget_limits *limits)
{
	switch (opt) {
	case 'p':
		limits->percent = number_option("--cpu", BUDGET_MAX_PERCENT);
		return true;
	case 'm':
		limits->bytes = (uint64_t)number_option("--memory",
							BUDGET_MAX_MIB) << 20;
		return true;
	case 'n':
		limits->streams = number_option("--streams", BUDGET_MAX_STREAMS);
		return true;
	default:
		return false;
	}
}

/**
 * parse_options() - read the command line, and the file that it names.
 * @argc: as main() has it
 * @argv: likewise
 * @o: result
 * @c: result, empty
 *
 * Ends the process after a mistake.
 */
void parse_options(int argc, char **argv, struct options *o, struct config *c)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "c:o:i:a:s:p:m:n:C:g:l:hV", options,
				  NULL)) != -1) {
		switch (opt) {
		case 'c':
			o->config_path = text_option("--config");
			break;
		case 'o':
			c->cli_sink = spec_option("--sink", false);
			break;
		case 'i':
			c->cli_source = spec_option("--source", true);
			break;
		case 'a':
			allow_capture(c);
			break;
		case 's':
			if (!stats_open(text_option("--stats")))
				bad_option("--stats", optarg, strerror(errno));
			break;
		case 'C':
			o->ctl_path = text_option("--ctl");
			break;
		case 'g':
			o->ctl_group = text_option("--ctl-group");
			break;
		case 'l':
			set_log_level();
			break;
		case 'h':
			fputs(usage, stdout);
			end_output();
		case 'V':
			printf("xen-snd-back " XSB_VERSION ", %s\n",
			       audio_features());
			end_output();
		default:
			if (!limit_option(opt, &c->cli_limits))
				exit(EXIT_USAGE);
		}
	}
	if (optind < argc)
		bad_option("unexpected argument", argv[optind], "see --help");
	if (o->config_path && !config_load(c, o->config_path))
		exit(EXIT_USAGE);
}
