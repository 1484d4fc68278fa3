/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: the resources that one guest's device may use.
 *
 * The streams' threads of all guests run with the same, high priority, and each
 * guest decides how much its threads have to do. So each device has an account
 * of CPU time, which is filled up at a share of real time, and one of the
 * memory of its buffers.
 */
#ifndef XSB_BUDGET_H
#define XSB_BUDGET_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct budget_limits - per device
 * @percent: of one CPU, for all its streams
 * @bytes: of buffers, shared ones and the daemon's
 * @streams: how many
 */
struct budget_limits {
	unsigned int percent;
	uint64_t bytes;
	unsigned int streams;
};

/* the most that each can be set to */
#define BUDGET_MAX_PERCENT	100000u
#define BUDGET_MAX_MIB		1048576u
#define BUDGET_MAX_STREAMS	1024u

#define BUDGET_DEFAULT { .percent = 25, .bytes = 64u << 20, .streams = 32 }

/**
 * struct budget - one device's account, used by all its streams' threads
 * @lock: for all below
 * @limits: may change at any time
 * @bytes: taken
 * @credit: CPU time left, ns; less than 0 is debt
 * @filled: when @credit was last filled up
 */
struct budget {
	pthread_mutex_t lock;
	struct budget_limits limits;
	uint64_t bytes;
	int64_t credit;
	uint64_t filled;
};

void budget_init(struct budget *b, const struct budget_limits *limits);
void budget_exit(struct budget *b);
void budget_change(struct budget *b, const struct budget_limits *limits);
bool budget_take(struct budget *b, uint64_t bytes);
void budget_return(struct budget *b, uint64_t bytes);
uint64_t budget_spend(struct budget *b, uint64_t now, uint64_t cpu_ns);

#endif
