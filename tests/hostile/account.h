/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#ifndef HOSTILE_ACCOUNT_H
#define HOSTILE_ACCOUNT_H

#include <stdint.h>

uint64_t account_ns(uint32_t domid);

#endif
