// SPDX-License-Identifier: MIT
/*
 * xen-snd-ctl: asks a running xen-snd-back how it is, and gives it orders.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl_client.h"
#include "ctl_socket.h"
#include "ctl_table.h"
#include "number.h"
#include "util.h"
#include "version.h"

enum { EXIT_USAGE = 2 };

/* the greatest --delay and --number */
#define MAX_NUMBER	1000000u

static const char usage[] =
"Usage: xen-snd-ctl [OPTION]... COMMAND\n"
"Ask a running xen-snd-back how it is, and give it orders.\n"
"\n"
"  list                      all streams of all guests (default)\n"
"  top                       likewise, again and again, with the CPU time used\n"
"  allow-capture GUEST       let the guest of that name record from now on\n"
"  deny-capture GUEST        let it record no more\n"
"  volume GUEST DB [STREAM]  of all its streams, or of one by its unique-id\n"
"  mute GUEST [STREAM]       silence them\n"
"  unmute GUEST [STREAM]     undo that\n"
"\n"
"  -S, --socket PATH         of the daemon (" CTL_PATH ")\n"
"  -j, --json                the answer as JSON, for programs\n"
"  -d, --delay SECONDS       top: between two looks (1)\n"
"  -n, --number NUMBER       top: end after so many looks (0: never)\n"
"  -h, --help                show this text\n"
"  -V, --version             show the version\n";

static const struct option options[] = {
	{ "socket", required_argument, NULL, 'S' },
	{ "json", no_argument, NULL, 'j' },
	{ "delay", required_argument, NULL, 'd' },
	{ "number", required_argument, NULL, 'n' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/**
 * struct order - what is to be done
 * @socket: of the daemon
 * @json: print the answer as it is
 * @delay: seconds
 * @number: of looks, 0 for no end
 */
struct order {
	const char *socket;
	bool json;
	uint32_t delay;
	uint32_t number;
};

/**
 * struct known_command - a command
 * @name: its first word
 * @least: words that must follow
 * @most: words that may follow
 * @form: these words, for people
 */
struct known_command {
	const char *name;
	unsigned int least, most;
	const char *form;
};

static const struct known_command known_commands[] = {
	{ "list", 0, 0, "nothing" },
	{ "top", 0, 0, "nothing" },
	{ "allow-capture", 1, 1, "GUEST" },
	{ "deny-capture", 1, 1, "GUEST" },
	{ "volume", 2, 3, "GUEST DB [STREAM]" },
	{ "mute", 1, 2, "GUEST [STREAM]" },
	{ "unmute", 1, 2, "GUEST [STREAM]" },
};

static int bad_usage(const char *what, const char *why)
{
	fprintf(stderr, "xen-snd-ctl: %s: %s\n", what, why);
	return EXIT_USAGE;
}

static int bad_option(const char *option, const char *value, const char *why)
{
	fprintf(stderr, "xen-snd-ctl: %s %s: %s\n", option, value, why);
	return EXIT_USAGE;
}

/* Is all that was printed where it should be? Else there is an error line. */
static bool print_done(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return true;
	perror("xen-snd-ctl: stdout");
	return false;
}

/* @request ends in a newline. */
static void say_refused(const char *request, const char *why)
{
	fprintf(stderr, "xen-snd-ctl: %.*s: %s\n",
		(int)strcspn(request, "\n"), request,
		*why ? why : "the daemon has disconnected");
}

/* Return: answer without an error, or NULL after an error line. */
static char *ask_daemon(const struct order *o, const char *request)
{
	char *answer = client_ask(o->socket, request), *last;
	size_t n;

	if (!answer)
		return NULL;
	n = strlen(answer);
	if (n)
		answer[n - 1] = '\0';
	last = strrchr(answer, '\n');
	last = last ? last + 1 : answer;
	if (!strcmp(last, "ok"))
		return answer;
	say_refused(request, strncmp(last, "error ", 6) ? "" : last + 6);
	free(answer);
	return NULL;
}

/* The reason of a refusal is in the answer. */
static int print_json(const struct order *o, const char *request)
{
	char *answer = client_ask(o->socket, request);
	bool ok = answer && strstr(answer, "],\"ok\":true}");

	if (answer && !strchr(answer, '\n'))
		say_refused(request, "");
	else if (answer)
		fputs(answer, stdout);
	free(answer);
	return print_done() && ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool get_table(const struct order *o, struct table *t)
{
	char *answer = ask_daemon(o, "list\n");
	bool ok = answer && table_parse(t, answer);

	free(answer);
	return ok;
}

static int list_streams(const struct order *o)
{
	struct table t = { 0 };
	bool ok = get_table(o, &t);

	if (ok)
		table_print(&t, stdout);
	table_free(&t);
	return ok && print_done() ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int watch_streams(const struct order *o)
{
	struct table before = { 0 }, t = { 0 };
	uint64_t then = 0, now;
	bool ok = true;
	uint32_t i;

	for (i = 0; ok && (!o->number || i < o->number); i++) {
		if (i)
			sleep(o->delay);
		now = now_ns();
		ok = get_table(o, &t);
		if (!ok)
			break;
		table_compare(&t, &before, i ? (now - then) / NSEC_PER_USEC : 0);
		if (isatty(STDOUT_FILENO))
			fputs("\033[H\033[J", stdout);
		table_print(&t, stdout);
		ok = print_done();
		table_free(&before);
		before = t;
		then = now;
	}
	table_free(&before);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* With the words of an order as the daemon takes them. */
static int give_order(const struct order *o, const char *request)
{
	char *answer = ask_daemon(o, request);

	if (!answer)
		return EXIT_FAILURE;
	if (strstr(answer, " cards=0\n"))
		fputs("xen-snd-ctl: no card of a guest of that name is connected; it holds when one connects\n",
		      stderr);
	free(answer);
	return EXIT_SUCCESS;
}

/* Return: false if it does not fit, or has what is no part of a word. */
static bool make_request(char *request, size_t size, bool json, char **words)
{
	size_t n = (size_t)snprintf(request, size, json ? "json" : "");

	for (; *words && n < size; words++) {
		if (strchr(*words, '\n'))
			return false;
		n += (size_t)snprintf(request + n, size - n, "%s%s",
				      n ? " " : "", *words);
	}
	if (n < size)
		n += (size_t)snprintf(request + n, size - n, "\n");
	return n < size;
}

/* Return: NULL, or what is wrong with the words after the command. */
static const char *words_error(const struct known_command *c, char **words)
{
	static char expected[64];
	unsigned int num;

	for (num = 0; words[num]; num++)
		/* an empty STREAM would be all streams */
		if (!*words[num])
			return "an empty word";
	if (num < c->least || num > c->most) {
		snprintf(expected, sizeof(expected), "expected %s after it",
			 c->form);
		return expected;
	}
	return num && words[0][strcspn(words[0], " \t")] ?
		"expected a guest's name, without blanks" : NULL;
}

/* Return: NULL, or what is wrong. */
static const char *command_error(char **words)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known_commands); i++)
		if (!strcmp(words[0], known_commands[i].name))
			return words_error(&known_commands[i], words + 1);
	return "unknown command, see --help";
}

/* @words: the command and what belongs to it, at least one, NULL at the end */
static int run_command(const struct order *o, char **words)
{
	bool top = !strcmp(words[0], "top");
	const char *error = command_error(words);
	char request[CTL_LINE_MAX + 1];

	if (error)
		return bad_usage(words[0], error);
	if (!make_request(request, sizeof(request), o->json, words))
		return bad_usage(words[0], "too long, or a newline in it");
	if (o->json)
		return print_json(o, top ? "json list\n" : request);
	if (!top && strcmp(words[0], "list"))
		return give_order(o, request);
	return top ? watch_streams(o) : list_streams(o);
}

/* Options and words in any order; 1 for a word, also for a DB below 0. */
static int next_option(int argc, char **argv)
{
	const char *word = optind < argc ? argv[optind] : "";

	if (word[0] == '-' && strchr(".0123456789", word[1]) && word[1]) {
		optarg = argv[optind++];
		return 1;
	}
	return getopt_long(argc, argv, "-S:jd:n:hV", options, NULL);
}

/* Return: number of words, which are at the beginning of @argv then. */
static int parse_options(int argc, char **argv, struct order *o)
{
	int opt, num = 0;

	while ((opt = next_option(argc, argv)) != -1) {
		switch (opt) {
		case 1:
			argv[++num] = optarg;
			break;
		case 'S':
			if (!*optarg)
				exit(bad_option("--socket", optarg, "it is empty"));
			o->socket = optarg;
			break;
		case 'j':
			o->json = true;
			break;
		case 'd':
			if (!parse_u32(optarg, MAX_NUMBER, &o->delay) || !o->delay)
				exit(bad_option("--delay", optarg,
					"expected seconds, from 1 to 1000000"));
			break;
		case 'n':
			if (!parse_u32(optarg, MAX_NUMBER, &o->number))
				exit(bad_option("--number", optarg,
					"expected a number from 0 to 1000000"));
			break;
		case 'h':
			fputs(usage, stdout);
			exit(print_done() ? EXIT_SUCCESS : EXIT_FAILURE);
		case 'V':
			puts("xen-snd-ctl " XSB_VERSION);
			exit(print_done() ? EXIT_SUCCESS : EXIT_FAILURE);
		default:
			exit(EXIT_USAGE);
		}
	}
	/* what follows "--" */
	while (optind < argc)
		argv[++num] = argv[optind++];
	return num;
}

int main(int argc, char **argv)
{
	static char list[] = "list";
	static char *usual[] = { list, NULL };
	struct order o = { .socket = CTL_PATH, .delay = 1 };
	int num = parse_options(argc, argv, &o);

	if (!num)
		return run_command(&o, usual);
	argv[num + 1] = NULL;
	return run_command(&o, argv + 1);
}
