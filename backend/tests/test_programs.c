// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: the two programs: their command lines, signals, exit statuses
 * and error lines. The daemon has a Xen that is fake and has no guests.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"
#include "util.h"

static char out[8192], err[8192];

static void read_file(const char *name, char *text, size_t size)
{
	char path[96];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", test_dir, name);
	f = fopen(path, "r");
	if (f) {
		n = fread(text, 1, size - 1, f);
		fclose(f);
	}
	text[n] = '\0';
}

/* A shell command in which $D is the test's directory. Return: its status. */
static int run_shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static int run_shell(const char *fmt, ...)
{
	char line[6000], command[4096];
	va_list ap;
	int ret;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	snprintf(line, sizeof(line),
		 "export D=%s; exec >$D/out 2>$D/err; %s", test_dir, command);
	fflush(stdout);
	ret = system(line);
	read_file("out", out, sizeof(out));
	read_file("err", err, sizeof(err));
	return WIFEXITED(ret) ? WEXITSTATUS(ret) : -1;
}

static bool one_error_line(const char *what)
{
	char *end = strchr(err, '\n');

	if (end && !end[1] && strstr(err, what))
		return true;
	printf("    expected one line with \"%s\", got \"%s\"\n", what, err);
	return false;
}

/* A daemon in the background; $D/log, $D/status, and what it ends with. */
static void start_daemon(const char *options)
{
	CHECK_EQ(run_shell("touch obj/evtchn obj/gntdev; rm -f $D/status $D/log; { obj/xen-snd-back %s 2>>$D/log & echo $! >$D/pid; wait $!; echo $? >$D/status; } >/dev/null 2>&1 & "
			   "for i in $(seq 100); do ! grep -qs ready $D/log || exit 0; sleep 0.1; done; cat $D/log >&2; exit 1",
			   options), 0);
}

static void end_daemon(int status)
{
	CHECK_EQ(run_shell("kill $(cat $D/pid); for i in $(seq 100); do [ ! -s $D/status ] || exit $(cat $D/status); sleep 0.1; done; kill -9 $(cat $D/pid); exit 99"),
		 status);
	if (test_failed) {
		read_file("log", out, sizeof(out));
		printf("    its log: %s\n", out);
	}
}

static bool log_has(unsigned int count, const char *what)
{
	return !run_shell("for i in $(seq 100); do [ \"$(grep -c -- '%s' $D/log)\" != %u ] || exit 0; sleep 0.1; done; exit 1",
			  what, count);
}

/* ---- xen-snd-back ---- */

static void back_mistakes(void)
{
	static const char * const mistakes[][2] = {
		{ "--config ''", "error: --config : it is empty\n" },
		{ "--ctl ''", "error: --ctl : it is empty\n" },
		{ "--ctl-group ''", "error: --ctl-group : it is empty\n" },
		{ "--stats ''", "error: --stats : it is empty\n" },
		{ "--stats $D", ": Is a directory\n" },
		{ "--stats $D/fifo", "/fifo: No such device or address\n" },
		{ "--config $D", ": not a regular file\n" },
		{ "--sink x", "error: --sink x: expected file:PATH" },
		{ "--source denied:x", "error: --source denied:x: expected file:PATH" },
		{ "--cpu 0", "error: --cpu 0: expected a number from 1 to 100000\n" },
		{ "--memory 1e3", "error: --memory 1e3: expected a number from 1 to 1048576\n" },
		{ "--streams ' 1'", "error: --streams  1: expected a number from 1 to 1024\n" },
		{ "--allow-capture 'a b'", "error: --allow-capture a b: expected a guest's name" },
		{ "--log-level all", "error: --log-level all: expected error, warn, info or debug\n" },
		{ "extra", "error: unexpected argument extra: see --help\n" },
		/* the reason is there in any case */
		{ "--sink $(head -c 9000 /dev/zero | tr '\\0' a)", "aa: expected file:PATH" },
		{ "--nothing", "unrecognized option '--nothing'\n" },
		{ "--cpu", "requires an argument\n" },
	};
	unsigned int i;

	run_shell("mkfifo $D/fifo");
	for (i = 0; i < ARRAY_SIZE(mistakes); i++) {
		CHECK_EQ(run_shell("timeout -s KILL 10 obj/xen-snd-back %s", mistakes[i][0]), 2);
		CHECK(one_error_line(mistakes[i][1]));
		CHECK(!*out);
	}
}

static void back_output(void)
{
	CHECK_EQ(run_shell("obj/xen-snd-back --version"), 0);
	CHECK(strstr(out, "xen-snd-back 0.1, PipeWire "));
	CHECK_EQ(run_shell("obj/xen-snd-back --help"), 0);
	CHECK(strstr(out, "--allow-capture NAME"));
	CHECK(!*err);
	CHECK_EQ(run_shell("obj/xen-snd-back --help >/dev/full"), 1);
	CHECK(one_error_line("error: stdout: No space left on device\n"));
	CHECK_EQ(run_shell("rm -f obj/evtchn obj/gntdev; obj/xen-snd-back --stats $D/stats --cpu 5 -a mail"), 1);
	CHECK(one_error_line("error: obj/gntdev: No such file or directory; is this a Xen domain, and the module xen-gntdev loaded?\n"));
	/* a mistake: the service manager does not start it again */
	CHECK_EQ(run_shell("touch obj/evtchn obj/gntdev; obj/xen-snd-back --ctl $D/ctl --ctl-group no-such-group"), 2);
	CHECK(one_error_line("error: --ctl-group no-such-group: no such group\n"));
	CHECK_EQ(run_shell("obj/xen-snd-back --ctl $D/a/b/ctl"), 2);
	CHECK(one_error_line("/a/b/ctl: No such file or directory\n"));
}

/* SIGHUP with files of all sorts: the daemon goes on, with one error line for each. */
static void back_signals(void)
{
	run_shell("printf '[default]\nsink = null\n' >$D/conf");
	start_daemon("--ctl none --config $D/conf");
	CHECK(log_has(1, "ready; PipeWire"));
	CHECK_EQ(run_shell("obj/xen-snd-back --ctl none"), 4);
	CHECK(one_error_line("error: another xen-snd-back serves this domain: it has locked obj/evtchn\n"));
	run_shell("kill -HUP $(cat $D/pid)");
	CHECK(log_has(1, "info: SIGHUP: .*/conf has been read$"));
	run_shell("rm $D/conf; kill -HUP $(cat $D/pid)");
	CHECK(log_has(1, "error: .*/conf: No such file or directory$"));
	CHECK(log_has(1, "old configuration stays$"));
	run_shell("mkfifo $D/conf; kill -HUP $(cat $D/pid)");
	CHECK(log_has(1, "error: .*/conf: not a regular file$"));
	CHECK(log_has(2, "old configuration stays$"));
	run_shell("rm $D/conf; echo sink >$D/conf; kill -HUP $(cat $D/pid)");
	CHECK(log_has(1, "error: .*/conf:1: sink: expected OPTION = VALUE$"));
	CHECK(log_has(3, "old configuration stays$"));
	run_shell("echo >$D/conf; i=0; while [ $i -lt 1000 ]; do kill -HUP $(cat $D/pid); i=$((i + 1)); done");
	CHECK(!log_has(0, "ready"));
	CHECK(log_has(3, "error: "));
	end_daemon(0);
	CHECK(log_has(1, "info: exit$"));
}

/* SIGHUP while it still reads the file */
static void early_signal(void)
{
	CHECK_EQ(run_shell("i=0; while [ $i -lt 5000 ]; do echo \"[guest g$i]\"; i=$((i + 1)); done >$D/conf; rm -f $D/log; "
			   "obj/xen-snd-back --ctl none --config $D/conf 2>$D/log & "
			   "until ls -l /proc/$!/fd | grep -q conf || grep -q ready $D/log; do :; done; kill -HUP $!; "
			   "for i in $(seq 300); do ! grep -q 'SIGHUP: .*has been read' $D/log || break; sleep 0.1; done; kill $!; wait $!"),
		 0);
	CHECK(log_has(1, "ready"));
	CHECK(log_has(1, "SIGHUP: .*has been read"));
}

/* ---- xen-snd-ctl ---- */

/* Takes a client's request and answers nothing, after a second to deny-capture. */
static pid_t start_mute(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char request[64];
	pid_t pid;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/mute", test_dir);
	CHECK(!bind(fd, (struct sockaddr *)&addr, sizeof(addr)));
	CHECK(!listen(fd, 2));
	pid = fork();
	while (!pid) {
		int client = accept(fd, NULL, NULL);

		if (read(client, request, sizeof(request)) > 0) {
			if (*request == 'd')
				sleep(1);
			close(client);
		}
	}
	close(fd);
	return pid;
}

static void ctl_mistakes(void)
{
	static const char * const mistakes[][2] = {
		{ "foo", "xen-snd-ctl: foo: unknown command, see --help\n" },
		{ "''", "xen-snd-ctl: : unknown command, see --help\n" },
		{ "json list", "xen-snd-ctl: json: unknown command" },
		{ "'mute a'", "xen-snd-ctl: mute a: unknown command" },
		{ "-j foo", "xen-snd-ctl: foo: unknown command" },
		{ "list a", "xen-snd-ctl: list: expected nothing after it\n" },
		{ "-j top a", "xen-snd-ctl: top: expected nothing after it\n" },
		{ "mute", "xen-snd-ctl: mute: expected GUEST [STREAM] after it\n" },
		{ "mute a ''", "xen-snd-ctl: mute: an empty word\n" },
		{ "volume a", "xen-snd-ctl: volume: expected GUEST DB [STREAM] after it\n" },
		{ "allow-capture 'a b'", "xen-snd-ctl: allow-capture: expected a guest's name, without blanks\n" },
		{ "allow-capture a b", "xen-snd-ctl: allow-capture: expected GUEST after it\n" },
		{ "-d 0 top", "xen-snd-ctl: --delay 0: expected seconds, from 1 to 1000000\n" },
		{ "-n -1 top", "xen-snd-ctl: --number -1: expected a number from 0 to 1000000\n" },
		{ "-S ''", "xen-snd-ctl: --socket : it is empty\n" },
		{ "-x", "invalid option -- 'x'\n" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mistakes); i++) {
		CHECK_EQ(run_shell("obj/xen-snd-ctl -S $D/ctl %s", mistakes[i][0]), 2);
		CHECK(one_error_line(mistakes[i][1]));
		CHECK(!*out);
	}
}

static void ctl_refusals(void)
{
	static const char * const refused[][2] = {
		{ "mute a", "xen-snd-ctl: mute a: no such stream is connected\n" },
		{ "volume a -6", "xen-snd-ctl: volume a -6: no such stream is connected\n" },
		{ "volume a -.5 'the mic'", "xen-snd-ctl: volume a -.5 the mic: no such stream is connected\n" },
		{ "volume -- a -6", "xen-snd-ctl: volume a -6: no such stream is connected\n" },
		{ "volume a 13", "xen-snd-ctl: volume a 13: expected a volume from -120 to 12 dB\n" },
		{ "volume a -121", "xen-snd-ctl: volume a -121: expected a volume from -120 to 12 dB\n" },
		{ "list >/dev/full", "xen-snd-ctl: stdout: No space left on device\n" },
		{ "-j list >/dev/full", "xen-snd-ctl: stdout: No space left on device\n" },
		{ "top >/dev/full", "xen-snd-ctl: stdout: No space left on device\n" },
		{ "list >&-", "xen-snd-ctl: stdout: Bad file descriptor\n" },
		{ "--help >/dev/full", "xen-snd-ctl: stdout: No space left on device\n" },
		{ "-S $D/mute list", "xen-snd-ctl: list: the daemon has disconnected\n" },
		{ "-S $D/mute -j list", "xen-snd-ctl: json list: the daemon has disconnected\n" },
		{ "-S $D/nothing list", "/nothing: no xen-snd-back serves it\n" },
		{ "-S $D/nothing -j list", "/nothing: no xen-snd-back serves it\n" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		CHECK_EQ(run_shell("timeout -s KILL 10 obj/xen-snd-ctl -S $D/ctl %s", refused[i][0]), 1);
		CHECK(one_error_line(refused[i][1]));
	}
	/* Ctrl-Z and fg while it waits */
	CHECK_EQ(run_shell("obj/xen-snd-ctl -S $D/mute deny-capture a & sleep 0.5; kill -STOP $!; kill -CONT $!; wait $!"), 1);
	CHECK(one_error_line("xen-snd-ctl: deny-capture a: the daemon has disconnected\n"));
	/* to who does not read, also where SIGPIPE is ignored */
	CHECK_EQ(run_shell("trap '' PIPE; { timeout -s KILL 10 obj/xen-snd-ctl -S $D/ctl top; echo $? >$D/top; } | true; exit $(cat $D/top)"), 1);
	CHECK(one_error_line("xen-snd-ctl: stdout: Broken pipe\n"));
}

static void ctl_answers(void)
{
	CHECK_EQ(run_shell("obj/xen-snd-ctl -S $D/ctl"), 0);
	CHECK(!strncmp(out, "GUEST  ", 7));
	CHECK_EQ(run_shell("obj/xen-snd-ctl -S $D/ctl list --json"), 0);
	CHECK(!strcmp(out, "{\"records\":[],\"ok\":true}\n"));
	CHECK_EQ(run_shell("obj/xen-snd-ctl -jS $D/ctl mute a"), 1);
	CHECK(!strcmp(out, "{\"records\":[],\"ok\":false,\"error\":\"no such stream is connected\"}\n"));
	CHECK(!*err);
	CHECK_EQ(run_shell("obj/xen-snd-ctl -S $D/ctl deny-capture a"), 0);
	CHECK(one_error_line("no card of a guest of that name is connected"));
	CHECK_EQ(run_shell("obj/xen-snd-ctl --version"), 0);
	CHECK(!strcmp(out, "xen-snd-ctl 0.1\n"));
}

static void test_ctl(void)
{
	pid_t pid = start_mute();

	start_daemon("--ctl $D/ctl");
	ctl_mistakes();
	ctl_refusals();
	ctl_answers();
	end_daemon(0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

const struct test programs_tests[] = {
	{ "programs: mistakes on xen-snd-back's command line", back_mistakes },
	{ "programs: what xen-snd-back prints", back_output },
	{ "programs: SIGHUP and SIGTERM", back_signals },
	{ "programs: SIGHUP while the daemon starts", early_signal },
	{ "programs: xen-snd-ctl", test_ctl },
	{ NULL, NULL },
};
