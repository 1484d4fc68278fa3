/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What the daemon has used so far, as its kernel counts and reports it.
 */
#ifndef BENCH_DAEMON_H
#define BENCH_DAEMON_H

#include <stdint.h>
#include <sys/types.h>

/**
 * struct usage - running totals of all threads, and what is held now
 * @cpu_ns: CPU time
 * @slept: voluntary context switches: each is followed by a wake-up
 * @preempted: involuntary ones
 * @faults: page faults
 * @rss_kb: resident memory
 * @threads: how many
 * @fds: open descriptors
 */
struct usage {
	uint64_t cpu_ns;
	uint64_t slept;
	uint64_t preempted;
	uint64_t faults;
	uint64_t rss_kb;
	uint64_t threads;
	uint64_t fds;
};

void daemon_usage(pid_t pid, struct usage *u);
unsigned int stats_lines(const char *path);

#endif
