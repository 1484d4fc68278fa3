// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: sound for Xen guests, the backend daemon.
 *
 * The main thread watches XenStore and runs the devices' state machines; each
 * stream has a thread of its own (stream.c).
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "audio.h"
#include "backend.h"
#include "card.h"
#include "quirks.h"
#include "stats.h"
#include "util.h"

#ifndef XSB_VERSION
#define XSB_VERSION "0.1"
#endif

/* how long SIGTERM waits for frontends and devices before it gives up */
#define LEAVE_NS	(5 * NSEC_PER_SEC)

static const char usage[] =
"Usage: xen-snd-back [OPTION]...\n"
"Play and record the sound of Xen guests (vsnd devices).\n"
"\n"
"  -c, --config FILE      which stream goes where, see below\n"
"  -o, --sink SPEC        where playback goes by default\n"
"  -i, --source SPEC      where capture comes from by default\n"
"  -a, --allow-capture NAME  let the guest of that name record\n"
"  -s, --stats FILE       append one line of counts per closed stream\n"
"  -p, --cpu PERCENT      of one CPU for each guest's card (25)\n"
"  -m, --memory MIB       of buffers for each guest's card (64)\n"
"  -n, --streams NUMBER   for each guest's card (32)\n"
"  -l, --log-level LEVEL  error, warn, info (default) or debug\n"
"  -h, --help             show this text\n"
"  -V, --version          show the version\n"
"\n"
"SPEC is alsa:NAME for any ALSA PCM (default: alsa:default), pipewire for\n"
"PipeWire's default device, pipewire:TARGET for a certain one, file:PATH for a\n"
"sound file that ends in .wav, .flac or .raw, or null. In PATH %d stands for\n"
"the guest's domain id and %u for the stream's unique-id.\n"
"\n"
"The file has sections [stream UNIQUE-ID], [guest NAME stream UNIQUE-ID] and\n"
"[default] with lines sink = SPEC, source = SPEC and role = PIPEWIRE-ROLE, and\n"
"sections [guest NAME] with a line capture = allow or capture = deny. Without\n"
"allow a guest that records from ALSA or PipeWire gets silence.\n"
"\n"
"It stays in the foreground and logs to stderr; SIGTERM and SIGINT end it.\n";

enum { EXIT_USAGE = 2 };

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "sink", required_argument, NULL, 'o' },
	{ "source", required_argument, NULL, 'i' },
	{ "allow-capture", required_argument, NULL, 'a' },
	{ "stats", required_argument, NULL, 's' },
	{ "cpu", required_argument, NULL, 'p' },
	{ "memory", required_argument, NULL, 'm' },
	{ "streams", required_argument, NULL, 'n' },
	{ "log-level", required_argument, NULL, 'l' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static void bad_option(const char *option, const char *value, const char *why)
{
	log_msg(LVL_ERROR, "%s %s: %s", option, value, why);
	exit(EXIT_USAGE);
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

static void parse_options(int argc, char **argv, struct config *c)
{
	const char *config = NULL;
	int opt;

	while ((opt = getopt_long(argc, argv, "c:o:i:a:s:p:m:n:l:hV", options,
				  NULL)) != -1) {
		switch (opt) {
		case 'c':
			config = optarg;
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
			if (!stats_open(optarg))
				bad_option("--stats", optarg, strerror(errno));
			break;
		case 'p':
			c->limits.percent = number_option("--cpu", 100000);
			break;
		case 'm':
			c->limits.bytes = (uint64_t)
				number_option("--memory", 1u << 20) << 20;
			break;
		case 'n':
			c->limits.streams = number_option("--streams", 1024);
			break;
		case 'l':
			set_log_level();
			break;
		case 'h':
			fputs(usage, stdout);
			exit(EXIT_SUCCESS);
		case 'V':
			printf("xen-snd-back " XSB_VERSION ", %s\n",
			       audio_features());
			exit(EXIT_SUCCESS);
		default:
			exit(EXIT_USAGE);
		}
	}
	if (optind < argc)
		bad_option("unexpected argument", argv[optind], "see --help");
	if (config && !config_load(c, config))
		exit(EXIT_USAGE);
}

/* Signals come through a descriptor; threads made later inherit the mask. */
static int open_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Each stream takes about five descriptors, and a device's more. */
static void raise_limits(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl))
		return;
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
}

static int timeout_ms(uint64_t deadline)
{
	uint64_t now = now_ns();

	if (deadline == TIME_NEVER)
		return -1;
	if (deadline <= now)
		return 0;
	return (int)min_u64((deadline - now) / NSEC_PER_MSEC + 1, 60000);
}

static void serve_devices(struct backend *b, int signal_fd, int done_fd)
{
	struct pollfd fds[] = {
		{ .fd = backend_fd(b), .events = POLLIN },
		{ .fd = signal_fd, .events = POLLIN },
		{ .fd = done_fd, .events = POLLIN },
	};
	struct signalfd_siginfo si;
	uint64_t leave_at = TIME_NEVER, count;
	bool leaving = false;

	while (!leaving || (!backend_closed(b) && now_ns() < leave_at)) {
		if (poll(fds, ARRAY_SIZE(fds), timeout_ms(
			 min_u64(backend_deadline(b), leave_at))) < 0 &&
		    errno != EINTR)
			break;
		backend_events(b);
		if (read(done_fd, &count, sizeof(count)) < 0)
			count = 0;
		if (read(signal_fd, &si, sizeof(si)) == sizeof(si) &&
		    !leaving) {
			log_msg(LVL_INFO, "%s: closing all devices",
				strsignal((int)si.ssi_signo));
			leaving = true;
			leave_at = now_ns() + LEAVE_NS;
			backend_shutdown(b);
		}
		backend_step(b);
	}
}

int main(int argc, char **argv)
{
	struct config config = { .limits = BUDGET_DEFAULT };
	struct backend *b;
	int signal_fd, done_fd;
	bool clean;

	parse_options(argc, argv, &config);
#ifdef XSB_QUIRKS
	if (!quirks_load(getenv("XEN_SND_QUIRKS")))
		return EXIT_USAGE;
#endif
	raise_limits();
	signal_fd = open_signals();
	done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	b = backend_open(&config, done_fd);
	if (!b || signal_fd < 0 || done_fd < 0) {
		config_free(&config);
		return EXIT_FAILURE;
	}
	log_msg(LVL_INFO, "ready; %s", audio_features());
	serve_devices(b, signal_fd, done_fd);
	clean = backend_closed(b);
	if (!clean)
		log_msg(LVL_WARN, "some devices did not close in time");
	else
		backend_close(b);
	config_free(&config);
	log_msg(LVL_INFO, "exit");
	return EXIT_SUCCESS;
}
