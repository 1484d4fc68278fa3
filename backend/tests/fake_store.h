/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back tests: a XenStore of a few hundred nodes.
 */
#ifndef XSB_FAKE_STORE_H
#define XSB_FAKE_STORE_H

void fake_store_clear(void);
void fake_store_set(const char *value, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* "" if there is no such node */
const char *fake_store_get(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
/* a node and all below it */
void fake_store_remove(const char *path);
/* states that were written below @path since the last clear, in order */
const char *fake_store_states(void);

/* reads so far */
unsigned int fake_store_reads(void);

#endif
