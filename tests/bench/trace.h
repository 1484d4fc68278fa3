/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * bench-mark: count hypercalls with Xen's trace buffers.
 */
#ifndef BENCH_TRACE_H
#define BENCH_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include <xenctrl.h>

#define TRACE_OPS	64

/**
 * struct hypercalls - what a domain has called
 * @op: how often, by number
 * @all: how often
 * @lost: records that did not fit; then the rest is of no use
 */
struct hypercalls {
	uint64_t op[TRACE_OPS];
	uint64_t all;
	uint64_t lost;
};

bool trace_start(xc_interface *xc);
void trace_stop(xc_interface *xc, uint32_t domid, struct hypercalls *h);

#endif
