// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: what XenStore has when the daemon starts, for the program with
 * the fakes.
 */
#include "fake_store.h"

__attribute__((constructor)) static void fill_store(void)
{
	fake_store_set("0", "domid");
}
