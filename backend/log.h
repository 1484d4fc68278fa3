/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: log lines on stderr.
 */
#ifndef XSB_LOG_H
#define XSB_LOG_H

#include <pthread.h>
#include <stdint.h>

enum log_level {
	LVL_NONE = -1,
	LVL_ERROR,
	LVL_WARN,
	LVL_INFO,
	LVL_DEBUG,
};

/* of one guest's device in any 10 seconds */
#define LOG_LINES_MAX	40

/**
 * struct log_guest - bounds what one guest's device can write into the log
 * @lock: the device's streams log from their own threads
 * @name: prefix of each line
 * @times: when the last lines were written, ns; 0: never
 * @next: the oldest of them
 * @dropped: lines not written since the last one about that
 */
struct log_guest {
	pthread_mutex_t lock;
	char name[32];
	uint64_t times[LOG_LINES_MAX];
	unsigned int next;
	unsigned int dropped;
};

void log_open(void);
void log_to(int fd);
int log_level_parse(const char *name);
void log_set_level(enum log_level level);
void log_msg(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

void log_guest_init(struct log_guest *g, const char *name);
void log_guest_exit(struct log_guest *g);
void log_for(struct log_guest *g, enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
