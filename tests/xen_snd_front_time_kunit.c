// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests: random sequences in which time passes, on the real ALSA core
 *
 * ALSA's core draws conclusions from jiffies, so they really pass: many streams of one card
 * run at the same time, and between two rounds of all of them the test sleeps a jiffy. What
 * a stream does follows from its seed. To run one seed, or others:
 *
 *	tests/kernel/kunit --kernel_args snd_xen_front.time_seed=SEED \
 *		--kernel_args snd_xen_front.time_count=1 'xen_snd_front_time*'
 */

#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "xen_snd_front_time.h"

#define STREAMS		24U
#define ROUNDS		120
#define NODE_LEN	20

static unsigned int time_seed = 1;
module_param(time_seed, uint, 0);
MODULE_PARM_DESC(time_seed, "KUnit: the first seed of random sequences in time");

static unsigned int time_count = 480;
module_param(time_count, uint, 0);
MODULE_PARM_DESC(time_count, "KUnit: how many seeds");

/*
 * struct time_test - what the suite works with
 * @runs: streams that run at the same time
 * @num_runs: their number
 * @nodes: XenStore's: as many streams of each direction
 * @paths: of @nodes
 * @ids: the streams' unique-ids
 * @failed: sequences that failed
 */
struct time_test {
	struct time_run runs[STREAMS];
	unsigned int num_runs;
	struct fake_node nodes[4 * STREAMS];
	char paths[4 * STREAMS][NODE_LEN];
	char ids[2 * STREAMS][NODE_LEN];
	unsigned int failed;
};

static struct time_test *now;

static void hand_request(struct fake *f, struct xen_snd_front_chan *chan,
			 const struct xensnd_req *req)
{
	unsigned int i;

	for (i = 0; i < now->num_runs; i++)
		if (now->runs[i].chan == chan)
			time_sink_took(&now->runs[i], req);
}

static void add_nodes(struct time_test *t, struct fake *f)
{
	struct fake_node *node = t->nodes;
	unsigned int i;

	for (i = 0; i < 2 * STREAMS; i++) {
		snprintf(t->paths[2 * i], NODE_LEN, "dev/0/%u/type", i);
		snprintf(t->paths[2 * i + 1], NODE_LEN, "dev/0/%u/unique-id", i);
		snprintf(t->ids[i], NODE_LEN, "id%u", i);
		*node++ = (struct fake_node){ t->paths[2 * i], i % 2 ? "c" : "p" };
		*node++ = (struct fake_node){ t->paths[2 * i + 1], t->ids[i] };
	}
	f->nodes = t->nodes;
	f->num_nodes = ARRAY_SIZE(t->nodes);
}

static int start_test(struct kunit *test)
{
	struct fake *f;

	fake_new(test);
	f = test->priv;
	now = kvcalloc(1, sizeof(*now), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, now);
	add_nodes(now, f);
	fake_card(f);
	f->took = hand_request;
	return 0;
}

static void end_test(struct kunit *test)
{
	unsigned int i;

	for (i = 0; now && i < now->num_runs; i++)
		time_app_close(&now->runs[i]);
	fake_end(test);
	kvfree(now);
	now = NULL;
}

static void show_failure(struct kunit *test, struct time_run *run)
{
	unsigned int i = run->num_notes > TIME_NOTES ? run->num_notes - TIME_NOTES : 0;

	/* The first ones say enough. */
	if (now->failed++ < 8)
		for (; i < run->num_notes; i++)
			kunit_info(test, "%u: %s", run->seed, run->notes[i % TIME_NOTES]);
	KUNIT_FAIL(test, "seed %u: %s", run->seed, run->why);
}

static void begin_run(struct fake *f, struct time_run *run, u32 seed)
{
	int ret;

	memset(run, 0, sizeof(*run));
	run->f = f;
	run->seed = seed;
	prandom_seed_state(&run->rnd, seed);
	ret = time_app_open(run);
	if (ret)
		time_fail(run, "not set up: %d", ret);
}

/* One round of all, a jiffy or more after the last. */
static void run_rounds(struct time_test *t)
{
	unsigned int round;
	unsigned int i;

	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < t->num_runs; i++)
			if (!t->runs[i].why[0])
				time_app_round(&t->runs[i]);
		schedule_timeout_uninterruptible(1);
	}
}

static void run_seeds(struct kunit *test, u32 seed, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		now->num_runs = i + 1;
		begin_run(test->priv, &now->runs[i], seed + i);
	}
	run_rounds(now);
	for (i = 0; i < count; i++) {
		if (!now->runs[i].why[0])
			time_app_end(&now->runs[i]);
		time_app_close(&now->runs[i]);
		if (now->runs[i].why[0])
			show_failure(test, &now->runs[i]);
	}
	now->num_runs = 0;
}

static void time_passes(struct kunit *test)
{
	unsigned long began = jiffies;
	unsigned int i;

	for (i = 0; i < time_count; i += STREAMS)
		run_seeds(test, time_seed + i, min(time_count - i, STREAMS));
	kunit_info(test, "%u sequences, %u failed, %u ms", time_count, now->failed,
		   jiffies_to_msecs(jiffies - began));
}

static struct kunit_case time_cases[] = {
	KUNIT_CASE_SLOW(time_passes),
	{}
};

static struct kunit_suite time_suite = {
	.name = "xen_snd_front_time",
	.init = start_test,
	.exit = end_test,
	.test_cases = time_cases,
};

kunit_test_suites(&time_suite);
