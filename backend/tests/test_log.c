// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: what a guest can make of the log.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "saved_log.h"
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
}

static void flood(void)
{
	capture(write_many);
	CHECK(lines() >= 1);
	CHECK(lines() <= 81);
}

const struct test log_tests[] = {
	{ "log: a guest cannot forge lines", forged },
	{ "log: long values", too_long },
	{ "log: closed descriptors", test_closed },
	{ "log: a guest cannot flood it", flood },
	{ NULL, NULL },
};
