/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * For kernels that do not have this header (before 6.2): there are no KUnit
 * tests that could call what is static.
 */

#ifndef _KUNIT_VISIBILITY_H
#define _KUNIT_VISIBILITY_H

#define VISIBLE_IF_KUNIT static

#endif /* _KUNIT_VISIBILITY_H */
