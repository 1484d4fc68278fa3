/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back tests: what is written to stderr, by whomever, for a while.
 */
#ifndef XSB_SAVED_LOG_H
#define XSB_SAVED_LOG_H

/* From now on stderr goes to a file, and the log's level is "info". */
void saved_log_begin(void);
/* Undo that. Return: all that was written, valid until the next begin. */
const char *saved_log_end(void);
/* How often @what is in it; "\n" counts the lines. */
unsigned int saved_log_count(const char *what);

#endif
