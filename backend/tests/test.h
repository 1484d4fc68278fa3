/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back tests: the little that a test needs.
 */
#ifndef XSB_TEST_H
#define XSB_TEST_H

#include <stdbool.h>
#include <stdio.h>

/* One test: a name and a function; CHECK() marks it as failed and goes on. */
struct test {
	const char *name;
	void (*run)(void);
};

extern bool test_failed;
extern char test_dir[64];

/* Writes a configuration file, and its name to @path, of @size bytes. */
void write_conf(char *path, size_t size, const char *text);

#define CHECK(cond) do {						\
	if (!(cond)) {							\
		printf("    %s:%d: %s\n", __FILE__, __LINE__, #cond);	\
		test_failed = true;					\
	}								\
} while (0)

#define CHECK_EQ(a, b) do {						\
	long long a_ = (long long)(a), b_ = (long long)(b);		\
	if (a_ != b_) {							\
		printf("    %s:%d: %s = %lld, expected %s = %lld\n",	\
		       __FILE__, __LINE__, #a, a_, #b, b_);		\
		test_failed = true;					\
	}								\
} while (0)

/* end with { NULL, NULL } */
extern const struct test proto_tests[], pace_tests[], audio_tests[], file_tests[],
	volume_tests[],
	config_tests[], log_tests[], budget_tests[], stream_tests[],
	cost_tests[], device_tests[], alsa_tests[], pipewire_tests[], quirks_tests[],
	libs_tests[], move_tests[], policy_tests[], operation_tests[], ctl_tests[], programs_tests[];

#endif
