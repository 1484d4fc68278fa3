/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * bench-play: what the guest counts itself, and marks in Dom0's record.
 */
#ifndef BENCH_GUEST_H
#define BENCH_GUEST_H

#include <stdint.h>

#define MAX_IRQS	128

/**
 * struct counts - running totals of the guest
 * @req: interrupts of request channels
 * @evt: interrupts of event channels
 * @ctxt: context switches of the whole guest
 * @slept: voluntary switches of this process
 * @preempted: involuntary ones
 * @process_ns: CPU time of this process
 * @ns: time
 */
struct counts {
	uint64_t req;
	uint64_t evt;
	uint64_t ctxt;
	uint64_t slept;
	uint64_t preempted;
	uint64_t process_ns;
	uint64_t ns;
};

uint64_t now_ns(void);
void guest_irqs(const char *list);
void guest_counts(struct counts *c);
void mark_open(void);
uint64_t mark(const char *flags);

#endif
