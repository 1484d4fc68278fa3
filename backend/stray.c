// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: what libraries write to stderr by themselves.
 *
 * alsa-lib, libpipewire and Xen's libraries have a hook for their messages; others,
 * which alsa-lib's plugins bring with them (libjack), do not, or it cannot be reached.
 * They write as often as a guest makes them. So file descriptor 2 is a pipe: the daemon
 * reads it, and what comes out is logged with a budget as a guest's lines are. What
 * does not fit into the pipe is lost.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "stray.h"

#define LINE_BYTES	256u
/* all that a pipe holds, but not for ever if somebody fills it all the time */
#define READS_MAX	16u
#define READ_BYTES	4096u

static struct log_guest stray_log;
static int pipe_fd = -1, stderr_fd;
static char line[LINE_BYTES];
static size_t filled;

/* The C library writes why it ends the process, and then nobody would read that. */
static void rescue_lines(int signum)
{
	ssize_t n, ret;
	char buf[512];

	(void)signum;
	while ((n = read(pipe_fd, buf, sizeof(buf))) > 0)
		ret = write(stderr_fd, buf, (size_t)n);
	(void)ret;
}

/**
 * stray_begin() - take over stderr; the log keeps it.
 *
 * Context: before any thread is started.
 *
 * Return: descriptor that is readable when there is something for stray_read(), or -1 if
 * everything stays as it was.
 */
int stray_begin(void)
{
	struct sigaction act = {
		.sa_handler = rescue_lines,
		.sa_flags = (int)SA_RESETHAND,
	};
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -1;
	stderr_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (stderr_fd < 0 || dup2(ends[1], STDERR_FILENO) < 0) {
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	close(ends[1]);
	pipe_fd = ends[0];
	log_guest_init(&stray_log, "a library");
	log_to(stderr_fd);
	sigaction(SIGABRT, &act, NULL);
	return pipe_fd;
}

static void end_line(void)
{
	if (filled)
		log_for(&stray_log, LVL_WARN, "%.*s", (int)filled, line);
	filled = 0;
}

static void add_text(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		if (text[i] == '\n' || filled == sizeof(line))
			end_line();
		if (text[i] != '\n')
			line[filled++] = text[i];
	}
}

/**
 * stray_read() - log what has been written.
 *
 * Context: main thread, does not block.
 */
void stray_read(void)
{
	char buf[READ_BYTES];
	unsigned int i;
	ssize_t n;

	for (i = 0; i < READS_MAX && pipe_fd >= 0; i++) {
		n = read(pipe_fd, buf, sizeof(buf));
		if (n <= 0)
			return;
		add_text(buf, (size_t)n);
	}
}
