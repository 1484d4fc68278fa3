// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KTAP output for test programs.
 */
#include "ktap.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define MAX_TESTS	256
/* A test that takes longer hangs. */
#define SECONDS		60

/* kselftest's exit codes */
enum { EXIT_PASS = 0, EXIT_FAIL = 1, EXIT_SKIP = 4 };

struct entry {
	ktap_test test;
	const void *arg;
	char name[64];
};

static struct entry entries[MAX_TESTS];
static unsigned int num_entries;

/* Of the test that runs */
static const struct entry *current;
static jmp_buf leave;
static char skipped[160];
static atomic_bool failed;
static pthread_t main_thread;
static pid_t main_process;

/**
 * ktap_add() - one test more
 * @test: its function
 * @arg: passed to @test; has to live
 * @name: its name, a format
 */
void ktap_add(ktap_test test, const void *arg, const char *name, ...)
{
	struct entry *e = &entries[num_entries++];
	va_list args;

	if (num_entries > MAX_TESTS)
		abort();
	e->test = test;
	e->arg = arg;
	va_start(args, name);
	vsnprintf(e->name, sizeof(e->name), name, args);
	va_end(args);
}

/**
 * ktap_name() - the name of the test that runs
 */
const char *ktap_name(void)
{
	return current->name;
}

static void print_note(const char *where, const char *format, va_list args)
{
	char line[512];

	vsnprintf(line, sizeof(line), format, args);
	printf("# %s%s\n", where, line);
}

/**
 * ktap_note() - a line for people
 * @format: a format
 */
void ktap_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_note("", format, args);
	va_end(args);
}

static noreturn void leave_test(void)
{
	if (getpid() != main_process)
		_exit(EXIT_FAIL);
	if (!pthread_equal(pthread_self(), main_thread))
		pthread_exit(NULL);
	longjmp(leave, 1);
}

/**
 * ktap_skip() - this test cannot be done here
 * @format: why, a format
 *
 * For the main thread only.
 */
void ktap_skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(skipped, sizeof(skipped), format, args);
	va_end(args);
	leave_test();
}

/**
 * ktap_fail() - this test has failed
 * @file: source file
 * @line: line in it
 * @format: what was wrong, a format
 */
void ktap_fail(const char *file, int line, const char *format, ...)
{
	char where[64];
	va_list args;

	failed = true;
	snprintf(where, sizeof(where), "%s:%d: ", file, line);
	va_start(args, format);
	print_note(where, format, args);
	va_end(args);
	leave_test();
}

/**
 * ktap_compare() - the test has failed unless...
 * @file: source file
 * @line: line in it
 * @what: the comparison
 * @good: its result
 * @left: what was compared
 * @right: what it was compared to
 */
void ktap_compare(const char *file, int line, const char *what, bool good, long long left,
		  long long right)
{
	if (!good)
		ktap_fail(file, line, "not %s: %lld, %lld", what, left, right);
}

/**
 * ktap_fork() - a process that ends with this one
 *
 * It holds the PCMs open that this one has open now, as long as it lives.
 *
 * Return: as fork().
 */
pid_t ktap_fork(void)
{
	pid_t child = fork();

	if (child < 0)
		ktap_fail(__FILE__, __LINE__, "fork: %m");
	if (!child)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return child;
}

static void run_one(const struct entry *e)
{
	current = e;
	failed = false;
	skipped[0] = '\0';
	alarm(SECONDS);
	if (!setjmp(leave))
		e->test(e->arg);
	alarm(0);
}

static void too_long(int signal)
{
	static const char text[] = "# hangs\nBail out!\n";

	(void)signal;
	if (getpid() == main_process && write(STDOUT_FILENO, text, sizeof(text) - 1) < 0)
		_exit(EXIT_FAIL);
	_exit(EXIT_FAIL);
}

/**
 * ktap_run() - run all tests that were added
 * @cleanup: what to do behind each
 *
 * Return: the program's exit status.
 */
int ktap_run(void (*cleanup)(void))
{
	unsigned int pass = 0, fail = 0, skip = 0, i;

	main_thread = pthread_self();
	main_process = getpid();
	/* A fork must not find half a line. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGALRM, too_long);
	printf("TAP version 13\n1..%u\n", num_entries);
	for (i = 0; i < num_entries; i++) {
		run_one(&entries[i]);
		cleanup();
		pass += !failed && !skipped[0];
		fail += failed;
		skip += !failed && skipped[0];
		printf("%sok %u %s%s%s\n", failed ? "not " : "", i + 1, entries[i].name,
		       !failed && skipped[0] ? " # SKIP " : "", failed ? "" : skipped);
	}
	printf("# Totals: pass:%u fail:%u xfail:0 xpass:0 skip:%u error:0\n", pass, fail, skip);
	if (fail || !num_entries)
		return EXIT_FAIL;
	return pass ? EXIT_PASS : EXIT_SKIP;
}
