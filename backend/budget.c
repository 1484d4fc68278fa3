// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: the resources that one guest's device may use, see budget.h.
 *
 * Context of all functions: any thread.
 */
#include <string.h>

#include "budget.h"
#include "util.h"

/* The most CPU time that may be used at once, and the longest rest after it. */
#define BURST_NS	((int64_t)(100 * NSEC_PER_MSEC))

/**
 * budget_init() - open an account, filled.
 * @b: account
 * @limits: copied
 */
void budget_init(struct budget *b, const struct budget_limits *limits)
{
	memset(b, 0, sizeof(*b));
	pthread_mutex_init(&b->lock, NULL);
	b->limits = *limits;
	b->credit = BURST_NS;
}

/**
 * budget_exit() - close an account.
 * @b: account that is not used any more
 */
void budget_exit(struct budget *b)
{
	pthread_mutex_destroy(&b->lock);
}

/**
 * budget_change() - set other limits.
 * @b: account
 * @limits: copied; what has been taken beyond them stays taken
 */
void budget_change(struct budget *b, const struct budget_limits *limits)
{
	pthread_mutex_lock(&b->lock);
	b->limits = *limits;
	pthread_mutex_unlock(&b->lock);
}

/**
 * budget_take() - reserve memory.
 * @b: account
 * @bytes: how much
 *
 * Return: false if that is too much; nothing has been taken then.
 */
bool budget_take(struct budget *b, uint64_t bytes)
{
	bool ok;

	pthread_mutex_lock(&b->lock);
	ok = b->bytes <= b->limits.bytes &&
	     bytes <= b->limits.bytes - b->bytes;
	if (ok)
		b->bytes += bytes;
	pthread_mutex_unlock(&b->lock);
	return ok;
}

/**
 * budget_return() - release memory.
 * @b: account
 * @bytes: as taken
 */
void budget_return(struct budget *b, uint64_t bytes)
{
	pthread_mutex_lock(&b->lock);
	b->bytes -= bytes;
	pthread_mutex_unlock(&b->lock);
}

static void fill_account(struct budget *b, uint64_t now)
{
	uint64_t ns = now > b->filled ? now - b->filled : 0;

	/* longer than it takes to fill it from the bottom makes no difference */
	ns = min_u64(ns, 1000 * NSEC_PER_SEC) * b->limits.percent / 100;
	b->filled = max_u64(now, b->filled);
	b->credit += (int64_t)ns;
	if (b->credit > BURST_NS)
		b->credit = BURST_NS;
}

/**
 * budget_spend() - account for CPU time.
 * @b: account
 * @now: time, ns
 * @cpu_ns: CPU time used since the last call
 *
 * Return: 0, or the time before which its thread shall not go on.
 */
uint64_t budget_spend(struct budget *b, uint64_t now, uint64_t cpu_ns)
{
	uint64_t rest = 0;

	pthread_mutex_lock(&b->lock);
	fill_account(b, now);
	b->credit -= (int64_t)min_u64(cpu_ns, 2 * BURST_NS);
	if (b->credit < -BURST_NS)
		b->credit = -BURST_NS;
	if (b->credit < 0)
		rest = now + (uint64_t)-b->credit * 100 / b->limits.percent;
	pthread_mutex_unlock(&b->lock);
	return rest;
}
