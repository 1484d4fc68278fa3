/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: what one guest's device may cost.
 *
 * The streams' threads of all guests run with the same, high priority, and
 * what a thread has to do is for its guest to say. So each device has an
 * account of CPU time, which fills up at a share of real time, and one of the
 * memory that its buffers take.
 */
#ifndef XSB_BUDGET_H
#define XSB_BUDGET_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct budget_limits - per device
 * @percent: of one CPU, for all its streams
 * @octets: of buffers, shared ones and our own
 * @streams: how many
 */
struct budget_limits {
	unsigned int percent;
	uint64_t octets;
	unsigned int streams;
};

#define BUDGET_DEFAULT { .percent = 25, .octets = 64u << 20, .streams = 32 }

/**
 * struct budget - one device's account, used by all its streams' threads
 * @lock: for all below
 * @limits: constant
 * @octets: taken
 * @credit: CPU time left, ns; less than 0 is debt
 * @filled: when @credit was last filled up
 */
struct budget {
	pthread_mutex_t lock;
	struct budget_limits limits;
	uint64_t octets;
	int64_t credit;
	uint64_t filled;
};

void budget_init(struct budget *b, const struct budget_limits *limits);
void budget_exit(struct budget *b);
bool budget_take(struct budget *b, uint64_t octets);
void budget_return(struct budget *b, uint64_t octets);
uint64_t budget_spend(struct budget *b, uint64_t now, uint64_t cpu_ns);

#endif
