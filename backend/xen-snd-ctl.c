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

static int bad_usage(const char *what, const char *why)
{
	fprintf(stderr, "xen-snd-ctl: %s: %s\n", what, why);
	return EXIT_USAGE;
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
	fprintf(stderr, "xen-snd-ctl: %s\n", *last ? last :
		"the daemon has disconnected");
	free(answer);
	return NULL;
}

static int print_json(const struct order *o, const char *request)
{
	char *answer = client_ask(o->socket, request);
	bool ok = answer && strstr(answer, "],\"ok\":true}");

	if (answer)
		fputs(answer, stdout);
	free(answer);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
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
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int watch_streams(const struct order *o)
{
	struct table before = { 0 }, t = { 0 };
	uint64_t then = 0, now;
	uint32_t i;

	for (i = 0; !o->number || i < o->number; i++) {
		if (i)
			sleep(o->delay);
		now = now_ns();
		if (!get_table(o, &t)) {
			table_free(&before);
			return EXIT_FAILURE;
		}
		table_compare(&t, &before, i ? (now - then) / NSEC_PER_USEC : 0);
		if (isatty(STDOUT_FILENO))
			fputs("\033[H\033[J", stdout);
		table_print(&t, stdout);
		fflush(stdout);
		table_free(&before);
		before = t;
		then = now;
	}
	table_free(&before);
	return EXIT_SUCCESS;
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

/* @words: the command and what belongs to it, at least one, NULL at the end */
static int run_command(const struct order *o, char **words)
{
	bool top = !strcmp(words[0], "top");
	char request[CTL_LINE_MAX + 1];

	if (!make_request(request, sizeof(request), o->json, words))
		return bad_usage(words[0], "too long, or a newline in it");
	if (o->json)
		return print_json(o, top ? "json list\n" : request);
	if (!top && strcmp(words[0], "list"))
		return give_order(o, request);
	if (words[1])
		return bad_usage(words[0], "too many words");
	return top ? watch_streams(o) : list_streams(o);
}

static bool number_option(const char *value, uint32_t *number)
{
	return parse_u32(value, 1000000, number);
}

int main(int argc, char **argv)
{
	static char list[] = "list";
	static char *usual[] = { list, NULL };
	struct order o = { .socket = CTL_PATH, .delay = 1 };
	int opt;

	while ((opt = getopt_long(argc, argv, "S:jd:n:hV", options, NULL)) != -1) {
		switch (opt) {
		case 'S':
			o.socket = optarg;
			break;
		case 'j':
			o.json = true;
			break;
		case 'd':
			if (!number_option(optarg, &o.delay) || !o.delay)
				return bad_usage(optarg, "expected a number of seconds");
			break;
		case 'n':
			if (!number_option(optarg, &o.number))
				return bad_usage(optarg, "expected a number");
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		case 'V':
			puts("xen-snd-ctl " XSB_VERSION);
			return EXIT_SUCCESS;
		default:
			return EXIT_USAGE;
		}
	}
	return run_command(&o, optind < argc ? argv + optind : usual);
}
