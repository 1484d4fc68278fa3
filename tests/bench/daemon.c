// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What the daemon has used so far, as its kernel counts and reports it.
 *
 * Looking takes a while, so the totals belong together only if the daemon
 * sleeps meanwhile.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon.h"

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Add the number after "KEY:" in a file of the kernel's to @value. */
struct word {
	const char *key;
	uint64_t *value;
};

static void read_words(const char *path, const struct word *words, size_t num)
{
	FILE *f = fopen(path, "re");
	char line[256];
	size_t i, n;

	if (!f)
		die(path);
	while (fgets(line, sizeof(line), f)) {
		n = strcspn(line, ":");
		for (i = 0; i < num; i++)
			if (strlen(words[i].key) == n &&
			    !strncmp(line, words[i].key, n))
				*words[i].value += strtoull(line + n + 1, NULL,
							    10);
	}
	fclose(f);
}

/* Call @each, if there is one, with each name in a directory. */
static uint64_t names(const char *path, void (*each)(const char *path,
						     struct usage *u),
		      struct usage *u)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char name[512];
	uint64_t n = 0;

	if (!d)
		die(path);
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		n++;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		if (each)
			each(name, u);
	}
	closedir(d);
	return n;
}

static void add_thread(const char *path, struct usage *u)
{
	const struct word words[] = {
		{ "voluntary_ctxt_switches", &u->slept },
		{ "nonvoluntary_ctxt_switches", &u->preempted },
	};
	char status[544];

	snprintf(status, sizeof(status), "%s/status", path);
	read_words(status, words, 2);
}

static uint64_t page_faults(pid_t pid)
{
	uint64_t minor, major;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	/* The name is in brackets and has no blanks. */
	if (!f || fscanf(f, "%*s %*s %*s %*s %*s %*s %*s %*s %*s %" SCNu64
			    " %*s %" SCNu64, &minor, &major) != 2)
		die(path);
	fclose(f);
	return minor + major;
}

static uint64_t cpu_ns(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t))
		die("CPU clock");
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/**
 * daemon_usage() - look at a process, which sleeps.
 * @pid: its id
 * @u: gets the totals
 */
void daemon_usage(pid_t pid, struct usage *u)
{
	const struct word words[] = { { "VmRSS", &u->rss_kb } };
	char path[64];

	memset(u, 0, sizeof(*u));
	u->cpu_ns = cpu_ns(pid);
	u->faults = page_faults(pid);
	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	u->threads = names(path, add_thread, u);
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	u->fds = names(path, NULL, u);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	read_words(path, words, 1);
}

unsigned int stats_lines(const char *path)
{
	FILE *f = fopen(path, "re");
	unsigned int n = 0;
	int c;

	/* There is none until the first stream is closed. */
	if (!f)
		return 0;
	while ((c = getc(f)) != EOF)
		n += c == '\n';
	fclose(f);
	return n;
}
