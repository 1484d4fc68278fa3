/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * For kernels that set a timer's function by hand (6.12 and before). A function
 * cannot be found by #ifdef: the Makefile looks for its name.
 */

#ifndef __XEN_SND_FRONT_HRTIMER_SETUP_H
#define __XEN_SND_FRONT_HRTIMER_SETUP_H

#include <linux/hrtimer.h>

static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *timer),
				 clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock_id, mode);
	timer->function = function;
}

#endif /* __XEN_SND_FRONT_HRTIMER_SETUP_H */
