// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: log lines on stderr, one per event.
 *
 * A line is formatted into one buffer and written with one write(), so lines
 * of different threads do not mix. All lines that a guest can cause go through
 * log_for(), which writes at most LOG_LINES_MAX of them in any WINDOW_NS, and later
 * how many it has dropped.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "util.h"

#define WINDOW_NS	(10 * NSEC_PER_SEC)

/* the longest line without its newline, and how much of its end it keeps */
#define LINE_BYTES	511u
#define END_BYTES	200u

static const char * const level_names[] = { "error", "warn", "info", "debug" };
/* syslog's, which the journal takes from "<N>" at the beginning of a line */
static const char priorities[] = "3467";
static enum log_level max_level = LVL_INFO;
static bool to_journal;
static int log_fd = STDERR_FILENO;
static atomic_uint lost_lines;

/* Else a device or XenStore's socket gets such a number, and then log lines. */
static void open_missing(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/**
 * log_open() - find out whether stderr is the journal's.
 *
 * Then lines begin with their priority, and have neither level nor time: the
 * journal has both. If stdin, stdout or stderr is closed, it is /dev/null from
 * now on.
 *
 * Context: before any thread is started.
 */
void log_open(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	open_missing();
	to_journal = stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
		     !fstat(STDERR_FILENO, &st) && st.st_dev == dev &&
		     st.st_ino == ino;
}

/**
 * log_level_parse() - "error", "warn", "info" or "debug" to its number.
 * @name: as given by the user
 *
 * Return: enum log_level, or -1.
 */
int log_level_parse(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(level_names); i++)
		if (!strcmp(name, level_names[i]))
			return (int)i;
	return -1;
}

/**
 * log_set_level() - drop lines above this level.
 * @level: last level that is written
 *
 * Context: before any thread is started.
 */
void log_set_level(enum log_level level)
{
	max_level = level;
}

/**
 * log_to() - write the lines somewhere else.
 * @fd: descriptor, is used from now on
 *
 * Context: before any thread is started.
 */
void log_to(int fd)
{
	log_fd = fd;
}

/* A guest's text can neither begin a line nor control a terminal. */
static void replace_unprintable(char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
}

static size_t begin_line(char *buf, size_t size, enum log_level level)
{
	struct timespec ts;

	if (to_journal)
		return (size_t)snprintf(buf, size, "<%c>", priorities[level]);
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (size_t)snprintf(buf, size, "[%6lld.%06ld] %s: ",
				(long long)ts.tv_sec, ts.tv_nsec / 1000,
				level_names[level]);
}

/* A long line keeps its end, where the reason is. Return: its length. */
static size_t shorten_line(char *s)
{
	size_t len = strlen(s);

	if (len <= LINE_BYTES)
		return len;
	memmove(s + LINE_BYTES - END_BYTES, s + len - END_BYTES, END_BYTES);
	memset(s + LINE_BYTES - END_BYTES - 3, '.', 3);
	return LINE_BYTES;
}

/*
 * Who reads the log must not stop the sound: a line for which there is no room (a pipe
 * that nobody reads, a terminal that is stopped) is lost, and counted.
 */
static bool has_room(void)
{
	struct pollfd fd = { .fd = log_fd, .events = POLLOUT };

	return poll(&fd, 1, 0) == 1 && (fd.revents & POLLOUT);
}

static void write_line(const char *line, size_t len)
{
	unsigned int lost;
	char text[80];
	ssize_t ret;

	if (!has_room()) {
		atomic_fetch_add(&lost_lines, 1);
		return;
	}
	lost = atomic_exchange(&lost_lines, 0);
	if (lost) {
		size_t n = begin_line(text, sizeof(text), LVL_WARN);

		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "%u lines are lost: stderr was full\n", lost);
		ret = write(log_fd, text, n);
		(void)ret;
	}
	ret = write(log_fd, line, len);
	(void)ret;
}

static void log_line(enum log_level level, const char *who, const char *fmt,
		     va_list ap)
{
	/* a path of a file, a line of the configuration, and more */
	char buf[8192];
	size_t len;

	len = begin_line(buf, sizeof(buf), level);
	len += (size_t)snprintf(buf + len, sizeof(buf) - len, "%s%s", who,
				*who ? ": " : "");
	vsnprintf(buf + len, sizeof(buf) - len - 1, fmt, ap);
	replace_unprintable(buf);
	len = shorten_line(buf);
	buf[len++] = '\n';
	write_line(buf, len);
}

/**
 * log_msg() - one line about the daemon itself.
 * @level: how important
 * @fmt: printf format without a newline
 *
 * Context: any thread.
 */
void log_msg(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (level > max_level)
		return;
	va_start(ap, fmt);
	log_line(level, "", fmt, ap);
	va_end(ap);
}

/**
 * log_guest_init() - start a guest's budget.
 * @g: budget
 * @name: prefix of the lines, for example "dom 3 vsnd 0"
 */
void log_guest_init(struct log_guest *g, const char *name)
{
	memset(g, 0, sizeof(*g));
	pthread_mutex_init(&g->lock, NULL);
	snprintf(g->name, sizeof(g->name), "%s", name);
}

static void log_dropped(const struct log_guest *g, unsigned int dropped)
{
	if (dropped)
		log_msg(LVL_WARN, "%s: %u lines suppressed", g->name, dropped);
}

/**
 * log_guest_exit() - end a guest's budget, with what has not been said about it.
 * @g: budget
 */
void log_guest_exit(struct log_guest *g)
{
	log_dropped(g, g->dropped);
	pthread_mutex_destroy(&g->lock);
}

/* Each line takes the place of the oldest, which must be old enough. */
static bool take_place(struct log_guest *g, uint64_t now)
{
	uint64_t *place = &g->times[g->next];

	if (*place && now - *place < WINDOW_NS)
		return false;
	*place = now;
	g->next = (g->next + 1) % LOG_LINES_MAX;
	return true;
}

/* @dropped: how many lines were dropped, if a line about that is due */
static bool budget_left(struct log_guest *g, unsigned int *dropped)
{
	uint64_t now = now_ns();
	bool ok;

	pthread_mutex_lock(&g->lock);
	*dropped = 0;
	if (g->dropped && take_place(g, now)) {
		*dropped = g->dropped;
		g->dropped = 0;
	}
	ok = take_place(g, now);
	if (!ok)
		g->dropped++;
	pthread_mutex_unlock(&g->lock);
	return ok;
}

/**
 * log_for() - one line about something that a guest did.
 * @g: the guest's budget
 * @level: how important; debug lines are not counted
 * @fmt: printf format without a newline
 *
 * Context: any thread.
 */
void log_for(struct log_guest *g, enum log_level level, const char *fmt, ...)
{
	unsigned int dropped = 0;
	bool ok = true;
	va_list ap;

	if (level > max_level)
		return;
	if (level != LVL_DEBUG)
		ok = budget_left(g, &dropped);
	log_dropped(g, dropped);
	if (!ok)
		return;
	va_start(ap, fmt);
	log_line(level, g->name, fmt, ap);
	va_end(ap);
}
