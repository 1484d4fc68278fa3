// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * xen-snd-one: xen-snd-back for one device of a guest
 *
 * A hostile backend serves one card and an honest one the other. The daemon serves all
 * that it finds, so this one does not find the others: the environment's XEN_SND_DEV is
 * the number of the device that it has. There is one for each card, so it does not take the
 * lock that allows one daemon.
 */
#include <stdlib.h>
#include <string.h>

#include "instance.h"
#include "store.h"

char *__real_store_read(struct store *st, const char *dir, const char *node);
char *__wrap_store_read(struct store *st, const char *dir, const char *node);

char *__wrap_store_read(struct store *st, const char *dir, const char *node)
{
	const char *dev = getenv("XEN_SND_DEV");
	const char *last = strrchr(dir, '/');

	if (dev && last && !strcmp(node, "frontend") && strcmp(last + 1, dev))
		return NULL;
	return __real_store_read(st, dir, node);
}

bool __wrap_instance_lock(const char *path);

bool __wrap_instance_lock(const char *path)
{
	(void)path;
	return true;
}
