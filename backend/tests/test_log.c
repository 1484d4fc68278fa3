// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: what a guest can make of the log.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "saved_log.h"
#include "stray.h"
#include "test.h"

static const char *text = "";

static void capture(void (*write)(struct log_guest *))
{
	struct log_guest g;

	log_guest_init(&g, "dom 7 vsnd 0");
	saved_log_begin();
	write(&g);
	text = saved_log_end();
}

static unsigned int lines(void)
{
	return saved_log_count("\n");
}

static void write_forged(struct log_guest *g)
{
	log_for(g, LVL_ERROR, "stream %s: closed",
		"x\n[     0.000000] info: bye\r\033[2J\x9b\xc3\xa4");
}

static void forged(void)
{
	capture(write_forged);
	CHECK_EQ(lines(), 1);
	CHECK(strstr(text, "stream x?[     0.000000] info: bye??[2J???: closed"));
}

static void write_long(struct log_guest *g)
{
	static char s[4096];

	memset(s, 'x', sizeof(s) - 1);
	log_for(g, LVL_ERROR, "stream %s: closed", s);
	log_for(g, LVL_ERROR, "%.*s: closed", 460, s);
}

static void too_long(void)
{
	capture(write_long);
	CHECK_EQ(lines(), 2);
	CHECK(strchr(text, '\n') < text + 512);
	/* the reason is there */
	CHECK_EQ(saved_log_count("x: closed\n"), 2);
	CHECK_EQ(saved_log_count("xx...xx"), 1);
}

/* With nothing open: what is opened next does not get the log's lines. */
static void test_closed(void)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		close(STDIN_FILENO);
		close(STDOUT_FILENO);
		close(STDERR_FILENO);
		log_open();
		log_msg(LVL_ERROR, "into nothing");
		_exit(open("/dev/null", O_RDONLY) > STDERR_FILENO ? 7 : 1);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), 7);
}

static void write_many(struct log_guest *g)
{
	unsigned int i;

	for (i = 0; i < 10000; i++)
		log_for(g, LVL_ERROR, "again");
	log_guest_exit(g);
}

static void flood(void)
{
	capture(write_many);
	CHECK_EQ(saved_log_count(": again\n"), LOG_LINES_MAX);
	CHECK_EQ(lines(), LOG_LINES_MAX + 1);
	CHECK(strstr(text, "warn: dom 7 vsnd 0: 9960 lines suppressed\n"));
}

/* ---- a library that writes to stderr ---- */

static void write_text(const char *said)
{
	CHECK(write(STDERR_FILENO, said, strlen(said)) != 0);
}

static void speak_often(void)
{
	unsigned int i;

	for (i = 0; i < 10000; i++) {
		write_text("no server\r\nno serv");
		write_text("er\n\n");
		if (i % 100 == 0)
			stray_read();
	}
	write_text("unfinished");
	stray_read();
	_exit(0);
}

static void speak_and_abort(void)
{
	write_text("*** smashed ***\n");
	abort();
}

/* In a process of its own, whose stderr it becomes. Return: its status. */
static int speak_in_child(void (*speak)(void))
{
	int status = 0;
	pid_t pid;

	saved_log_begin();
	pid = fork();
	if (!pid) {
		if (stray_begin() < 0)
			_exit(1);
		speak();
	}
	waitpid(pid, &status, 0);
	text = saved_log_end();
	return status;
}

static void library_flood(void)
{
	CHECK_EQ(speak_in_child(speak_often), 0);
	CHECK_EQ(lines(), LOG_LINES_MAX);
	CHECK(saved_log_count("warn: a library: no server?\n") > 0);
	CHECK_EQ(saved_log_count("warn: a library: no server"), LOG_LINES_MAX);
}

static void last_words(void)
{
	int status = speak_in_child(speak_and_abort);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	CHECK(!strcmp(text, "*** smashed ***\n"));
}

static void write_unread(int log_fd, int sync_fd)
{
	struct pollfd fd = { .fd = log_fd, .events = POLLOUT };
	unsigned int i;

	alarm(20);
	dup2(log_fd, STDERR_FILENO);
	log_set_level(LVL_INFO);
	for (i = 0; i < 5000; i++)
		log_msg(LVL_INFO, "line %u", i);
	CHECK_EQ(write(sync_fd, "x", 1), 1);
	poll(&fd, 1, -1);
	log_msg(LVL_INFO, "the last line");
	_exit(0);
}

/* A pipe that nobody reads does not stop the daemon; the log says that lines are lost. */
static void unread_log(void)
{
	static char all[131072];
	int fds[2], sync[2];
	size_t n = 0;
	ssize_t got;
	char c;

	CHECK(!pipe(fds) && !pipe(sync));
	if (!fork())
		write_unread(fds[1], sync[1]);
	close(fds[1]);
	close(sync[1]);
	CHECK_EQ(read(sync[0], &c, 1), 1);
	while ((got = read(fds[0], all + n, sizeof(all) - 1 - n)) > 0)
		n += (size_t)got;
	CHECK(strstr(all, " info: line 1000\n"));
	CHECK(!strstr(all, " info: line 4999\n"));
	CHECK(strstr(all, " lines are lost: stderr was full\n"));
	CHECK(strstr(all, " info: the last line\n"));
	close(fds[0]);
	close(sync[0]);
	wait(NULL);
}

const struct test log_tests[] = {
	{ "log: a guest cannot forge lines", forged },
	{ "log: long values", too_long },
	{ "log: closed descriptors", test_closed },
	{ "log: nobody reads it", unread_log },
	{ "log: a guest cannot flood it", flood },
	{ "log: a library cannot flood it", library_flood },
	{ "log: why the process ended", last_words },
	{ NULL, NULL },
};
