// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: what a guest's device may cost.
 */
#include <unistd.h>

#include "budget.h"
#include "fake_xen.h"
#include "guest.h"
#include "saved_log.h"
#include "stream_view.h"
#include "test.h"
#include "util.h"

#define BUF	16384u
#define S16	XENSND_PCM_FORMAT_S16_LE
#define S	NSEC_PER_SEC
#define MS	NSEC_PER_MSEC

static const struct budget_limits limits = { 20, 1 << 20, 4 };

static void memory(void)
{
	struct budget b;

	budget_init(&b, &limits);
	CHECK(budget_take(&b, 1 << 20));
	CHECK(!budget_take(&b, 1));
	budget_return(&b, 1 << 19);
	CHECK(!budget_take(&b, UINT64_MAX));
	CHECK(!budget_take(&b, (1 << 19) + 1));
	CHECK(budget_take(&b, 1 << 19));
	budget_exit(&b);
}

static void cpu(void)
{
	struct budget b;
	uint64_t now = 1000 * S, used = 0, rest;
	unsigned int i;

	budget_init(&b, &limits);
	/* what stays below its share never waits */
	for (i = 0; i < 1000; i++, now += 10 * MS)
		CHECK_EQ(budget_spend(&b, now, 1900 * 1000), 0);
	/* one that takes all it gets has its share */
	for (i = 0; i < 10000; i++) {
		used += MS;
		now += MS;
		rest = budget_spend(&b, now, MS);
		if (rest)
			now = rest;
	}
	CHECK(now - 1010 * S > used * 48 / 10);
	CHECK(now - 1010 * S < used * 52 / 10);
	/* no debt takes more than half a second */
	rest = budget_spend(&b, now, UINT64_MAX);
	CHECK(rest > now);
	CHECK(rest <= now + S / 2);
	/* a clock that stands or goes back gives nothing away */
	CHECK(budget_spend(&b, now - S, 0) > 0);
	CHECK_EQ(budget_spend(&b, rest + S, 0), 0);
	budget_exit(&b);
}

static struct guest g;

/* The streams of one device share what it has. */
static void opens(void)
{
	saved_log_begin();
	guest_limits.bytes = 3 * BUF;
	CHECK(guest_init(&g, true, "null", BUF, false));
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, 4096), 0);
	CHECK_EQ(g.budget.bytes, 2 * BUF);
	CHECK_EQ(guest_close(&g), 0);
	CHECK_EQ(g.budget.bytes, 0);
	g.budget.limits.bytes = 2 * BUF - 1;
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, 4096), -XEN_ENOMEM);
	CHECK_EQ(g.budget.bytes, 0);
	CHECK_EQ(fake_mapped(), 2);
	g.budget.limits.bytes = 2 * BUF;
	g.dir[2] = 5;
	CHECK_EQ(guest_open(&g, 48000, S16, 2, BUF, 4096), -XEN_EFAULT);
	CHECK_EQ(g.budget.bytes, 0);
	CHECK_EQ(guest_open(&g, 48000, S16, 2, 2 * BUF, 4096), -XEN_EINVAL);
	guest_exit(&g);
	guest_limits = (struct budget_limits)BUDGET_DEFAULT;
	saved_log_end();
	/* each refusal says why */
	CHECK_EQ(saved_log_count(": status -"), 3);
	CHECK_EQ(saved_log_count(": the card's memory is used up\n"), 1);
	CHECK_EQ(saved_log_count(": its buffer cannot be mapped\n"), 1);
	CHECK_EQ(saved_log_count(": beyond the limits of the card, or of its sink or source\n"), 1);
}

static uint64_t process_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * S + (uint64_t)ts.tv_nsec;
}

/* Requests as fast as they are answered, for a second. */
static void flood(void)
{
	struct xensnd_req req = { .operation = XENSND_OP_HW_PARAM_QUERY };
	uint64_t t0 = now_ns(), cpu0, own0, backend, n = 0;
	struct stream_view view;

	guest_limits.percent = 5;
	saved_log_begin();
	CHECK(guest_init(&g, false, "null", BUF, false));
	cpu0 = process_cpu_ns();
	own0 = thread_cpu_ns();
	for (; now_ns() - t0 < 2 * S; n++)
		guest_wait(&g, guest_send(&g, &req), 1000);
	backend = process_cpu_ns() - cpu0 - (thread_cpu_ns() - own0);
	/* 5 % of 2 s, what it may use at once, and a round */
	CHECK(backend < 220 * MS);
	CHECK(n > 1000);
	stream_look(g.stream, &view);
	CHECK(view.throttled > 3);
	guest_exit(&g);
	saved_log_end();
	CHECK_EQ(saved_log_count(": throttled, the card has used its share of CPU time"), 1);
	guest_limits = (struct budget_limits)BUDGET_DEFAULT;
}

const struct test budget_tests[] = {
	{ "budget: memory", memory },
	{ "budget: a share of a CPU", cpu },
	{ "budget: OPEN pays for its buffers", opens },
	{ "budget: a flood of requests", flood },
	{ NULL, NULL },
};
