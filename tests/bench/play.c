// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * bench-play: play or record and say what it took, one line for each COUNT.
 *
 * What is the same in a short and in a long run (open, start, close, the marks
 * themselves) comes from what each period costs by their difference.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"
#include "stream.h"

#define MAX_STREAMS	32u
/* more than a run takes longer than its audio */
#define PATIENCE	30u

static struct plan plan = {
	.rate = 48000,
	.period = 1024,
	.periods = 4,
	.xruns = 20,
};
static unsigned int num_streams = 1;
static unsigned int count;
static const char *flags = "";
static uint64_t middle;

struct job {
	pthread_t thread;
	unsigned int substream;
	struct result result;
};

static void *job_main(void *arg)
{
	struct job *job = arg;

	stream_run(&plan, job->substream, count, &job->result);
	return NULL;
}

static int ascending(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static uint32_t quantile(const struct result *r, double q)
{
	return r->num ? r->took[(unsigned int)((r->num - 1) * q)] : 0;
}

static void print_times(struct result *r)
{
	qsort(r->took, r->num, sizeof(*r->took), ascending);
	printf("open-ns=%" PRIu64 " close-ns=%" PRIu64 " took-p50=%" PRIu32
	       " took-p99=%" PRIu32 " took-max=%" PRIu32, r->open_ns,
	       r->close_ns, quantile(r, 0.5), quantile(r, 0.99),
	       quantile(r, 1));
	if (plan.timed)
		printf(" first-ns=%" PRIu64 " sleeps=%" PRIu64, r->first_ns,
		       r->sleeps);
	putchar(' ');
}

/* Of several streams: the sums, and the first failure. */
static void print_results(struct job *jobs)
{
	const struct result *failed = NULL;
	unsigned int i, done = 0, calls = 0, xruns = 0;

	for (i = 0; i < num_streams; i++) {
		const struct result *r = &jobs[i].result;

		done += r->done;
		calls += r->num;
		xruns += r->xruns;
		if (!failed && r->error)
			failed = r;
	}
	printf("done=%u calls=%u xruns=%u ", done, calls, xruns);
	if (failed)
		printf("status=%s where=%.*s ",
		       strerrorname_np(-failed->error),
		       (int)strcspn(failed->where, "( "), failed->where);
	else
		printf("status=%s ", done == count * num_streams ? "ok" : "xrun");
	print_times(&jobs[0].result);
}

/* The end of a driver that is at its end: say so, and no more. */
static void hang(int signal)
{
	char line[160];
	int n;

	n = snprintf(line, sizeof(line),
		     "count=%u streams=%u period=%u periods=%u done=0 xruns=0 status=hang\n",
		     count, num_streams, plan.period, plan.periods);
	if (write(STDOUT_FILENO, line, (size_t)n) != n)
		_exit(signal);
	_exit(1);
}

static void run(void)
{
	static struct job jobs[MAX_STREAMS];
	uint64_t began, ended;
	struct counts a, b;
	unsigned int i;

	memset(jobs, 0, sizeof(jobs));
	middle = 0;
	alarm(count / (plan.rate / plan.period) + PATIENCE);
	began = mark(flags);
	guest_counts(&a);
	for (i = 0; i < num_streams; i++) {
		jobs[i].substream = i;
		if (num_streams == 1)
			job_main(&jobs[i]);
		else if (pthread_create(&jobs[i].thread, NULL, job_main,
					&jobs[i]))
			abort();
	}
	for (i = 0; num_streams > 1 && i < num_streams; i++)
		pthread_join(jobs[i].thread, NULL);
	guest_counts(&b);
	ended = mark("");

	printf("count=%u streams=%u period=%u periods=%u ", count, num_streams,
	       plan.period, plan.periods);
	print_results(jobs);
	printf("irq-req=%" PRIu64 " irq-evt=%" PRIu64 " ctxt=%" PRIu64
	       " slept=%" PRIu64 " preempted=%" PRIu64 " process-ns=%" PRIu64
	       " ns=%" PRIu64 " began=%" PRIu64 " ended=%" PRIu64,
	       b.req - a.req, b.evt - a.evt, b.ctxt - a.ctxt,
	       b.slept - a.slept, b.preempted - a.preempted,
	       b.process_ns - a.process_ns, b.ns - a.ns, began, ended);
	if (middle)
		printf(" middle=%" PRIu64, middle);
	putchar('\n');
	fflush(stdout);
	for (i = 0; i < num_streams; i++)
		free(jobs[i].result.took);
}

/* Nothing but time passes. */
static void idle(unsigned int seconds)
{
	struct timespec t = { .tv_sec = seconds };
	uint64_t began = mark(flags);

	nanosleep(&t, NULL);
	printf("count=0 status=ok ns=%" PRIu64 " began=%" PRIu64,
	       (uint64_t)seconds * 1000000000u, began);
	printf(" ended=%" PRIu64 "\n", mark(""));
}

static void mark_middle(void)
{
	middle = mark("g");
}

static unsigned int number(const char *s)
{
	unsigned long n;
	char *end;

	n = strtoul(s, &end, 10);
	if (end == s || *end || n > 10000000) {
		fprintf(stderr, "bench-play: not a number: %s\n", s);
		exit(2);
	}
	return (unsigned int)n;
}

static void usage(void)
{
	fprintf(stderr,
		"usage: bench-play [OPTION...] COUNT...\n"
		"  -p PERIOD  -b PERIODS  -k CHUNK  -s STREAMS\n"
		"  -i IRQS (request and event in turn)  -x XRUNS survived\n"
		"  -C capture  -m mmap  -t timed  -T trace hypercalls\n"
		"  -g count grants  -w SECONDS: only wait\n");
	exit(2);
}

static void options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "p:b:k:s:i:x:CmtTgw:")) >= 0) {
		switch (c) {
		case 'p': plan.period = number(optarg); break;
		case 'b': plan.periods = number(optarg); break;
		case 'k': plan.chunk = number(optarg); break;
		case 's': num_streams = number(optarg); break;
		case 'i': guest_irqs(optarg); break;
		case 'x': plan.xruns = number(optarg); break;
		case 'C': plan.capture = true; break;
		case 'm': plan.mmap = true; break;
		case 't': plan.timed = true; break;
		case 'T': flags = "t"; break;
		case 'g':
			flags = "g";
			plan.prepared = mark_middle;
			break;
		case 'w':
			mark_open();
			idle(number(optarg));
			exit(0);
		default: usage();
		}
	}
	if (!plan.chunk)
		plan.chunk = plan.period;
	if (!plan.chunk || !num_streams || num_streams > MAX_STREAMS ||
	    optind == argc)
		usage();
}

int main(int argc, char **argv)
{
	options(argc, argv);
	signal(SIGALRM, hang);
	mark_open();
	/* Reading alsa-lib's configuration is no part of opening a stream. */
	snd_config_update();
	for (; optind < argc; optind++) {
		count = number(argv[optind]);
		run();
	}
	return 0;
}
