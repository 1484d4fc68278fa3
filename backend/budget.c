// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: what one guest's device may cost, see budget.h.
 *
 * Context of all functions: any thread.
 */
#include <string.h>

#include "budget.h"
#include "util.h"

/* So much CPU time may be used at once, and so long at most is paid back for. */
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
 * @b: account, which nobody uses any more
 */
void budget_exit(struct budget *b)
{
	pthread_mutex_destroy(&b->lock);
}

/**
 * budget_take() - ask for memory.
 * @b: account
 * @octets: how much
 *
 * Return: false if that is too much; nothing has been taken then.
 */
bool budget_take(struct budget *b, uint64_t octets)
{
	bool ok;

	pthread_mutex_lock(&b->lock);
	ok = octets <= b->limits.octets - b->octets;
	if (ok)
		b->octets += octets;
	pthread_mutex_unlock(&b->lock);
	return ok;
}

/**
 * budget_return() - give memory back.
 * @b: account
 * @octets: as taken
 */
void budget_return(struct budget *b, uint64_t octets)
{
	pthread_mutex_lock(&b->lock);
	b->octets -= octets;
	pthread_mutex_unlock(&b->lock);
}

static void fill(struct budget *b, uint64_t now)
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
	fill(b, now);
	b->credit -= (int64_t)min_u64(cpu_ns, 2 * BURST_NS);
	if (b->credit < -BURST_NS)
		b->credit = -BURST_NS;
	if (b->credit < 0)
		rest = now + (uint64_t)-b->credit * 100 / b->limits.percent;
	pthread_mutex_unlock(&b->lock);
	return rest;
}
