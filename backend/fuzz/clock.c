// SPDX-License-Identifier: MIT
/*
 * xen-snd-back fuzzing: a clock that the input turns, so that a run says the
 * same each time. Linked with --wrap=clock_gettime.
 */
#include <time.h>

#include "fuzz.h"

uint64_t fuzz_now, fuzz_cpu;

int __real_clock_gettime(clockid_t id, struct timespec *ts);
int __wrap_clock_gettime(clockid_t id, struct timespec *ts);

int __wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	uint64_t ns;

	if (id == CLOCK_MONOTONIC)
		ns = fuzz_now += 1000;
	else if (id == CLOCK_THREAD_CPUTIME_ID)
		ns = fuzz_cpu += 10000;
	else
		return __real_clock_gettime(id, ts);
	ts->tv_sec = (time_t)(ns / 1000000000);
	ts->tv_nsec = (long)(ns % 1000000000);
	return 0;
}
