/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * KTAP output for test programs.
 *
 * A program adds its tests, so that the plan is known, and runs them. A test is
 * a function that returns when all was well; what is not well leaves it. That
 * also works in a thread, whose end it then is, and in a forked child.
 */
#ifndef KTAP_H
#define KTAP_H

#include <stdbool.h>
#include <stdnoreturn.h>
#include <sys/types.h>

typedef void (*ktap_test)(const void *arg);

/* Argument n is a format, its arguments begin with m. */
#define ktap_printf(n, m)	__attribute((format(printf, n, m)))

void ktap_add(ktap_test test, const void *arg, const char *name, ...) ktap_printf(3, 4);
int ktap_run(void (*cleanup)(void));
const char *ktap_name(void);
pid_t ktap_fork(void);

void ktap_note(const char *format, ...) ktap_printf(1, 2);
noreturn void ktap_skip(const char *format, ...) ktap_printf(1, 2);
noreturn void ktap_fail(const char *file, int line, const char *format, ...)
	ktap_printf(3, 4);
void ktap_compare(const char *file, int line, const char *what, bool good, long long left,
		  long long right);

/* ktap_true(condition, format, ...): what it was about, if it does not hold */
#define ktap_true(cond, ...)	\
	((cond) ? (void)0 : ktap_fail(__FILE__, __LINE__, __VA_ARGS__))

#define KTAP_COMPARE(left, op, right)						\
	({									\
		long long left_ = (left), right_ = (right);			\
										\
		ktap_compare(__FILE__, __LINE__, #left " " #op " " #right,	\
			     left_ op right_, left_, right_);			\
	})

#define ktap_eq(left, right)	KTAP_COMPARE(left, ==, right)
#define ktap_ne(left, right)	KTAP_COMPARE(left, !=, right)
#define ktap_le(left, right)	KTAP_COMPARE(left, <=, right)
#define ktap_ge(left, right)	KTAP_COMPARE(left, >=, right)

#endif
