/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * For kernels that do not have this header (before 6.3): no stubs, since there
 * are no KUnit tests that could set one.
 */

#ifndef _KUNIT_STATIC_STUB_H
#define _KUNIT_STATIC_STUB_H

#define KUNIT_STATIC_STUB_REDIRECT(function, args...) ((void)&(function))

#endif /* _KUNIT_STATIC_STUB_H */
