// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: what libpipewire and its plugins log.
 *
 * They would write to stderr, or to the journal, as often as a guest or a server
 * makes them. Here their lines go through the daemon's logger and have a budget
 * as a guest's do.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

#include <pipewire/log.h>

#include "log.h"
#include "pipewire_node.h"

#define LINE_MAX_BYTES	256u

static struct log_guest library_log;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static enum log_level level_of(enum spa_log_level level)
{
	switch (level) {
	case SPA_LOG_LEVEL_ERROR:
		return LVL_ERROR;
	case SPA_LOG_LEVEL_WARN:
		return LVL_WARN;
	default:
		return LVL_DEBUG;
	}
}

static void log_text(enum spa_log_level level, const char *fmt, va_list args)
{
	char text[LINE_MAX_BYTES];

	if (level == SPA_LOG_LEVEL_NONE)
		return;
	vsnprintf(text, sizeof(text), fmt, args);
	log_for(&library_log, level_of(level), "%s", text);
}

static void log_by_list(void *object, enum spa_log_level level, const char *file,
			int line, const char *func, const char *fmt, va_list args)
{
	(void)object;
	(void)file;
	(void)line;
	(void)func;
	log_text(level, fmt, args);
}

static void log_by_words(void *object, enum spa_log_level level, const char *file,
			 int line, const char *func, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_by_list(object, level, file, line, func, fmt, args);
	va_end(args);
}

static void log_topic_list(void *object, enum spa_log_level level,
			   const struct spa_log_topic *topic, const char *file,
			   int line, const char *func, const char *fmt, va_list args)
{
	(void)topic;
	log_by_list(object, level, file, line, func, fmt, args);
}

static void log_topic_words(void *object, enum spa_log_level level,
			    const struct spa_log_topic *topic, const char *file,
			    int line, const char *func, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_topic_list(object, level, topic, file, line, func, fmt, args);
	va_end(args);
}

static const struct spa_log_methods methods = {
	SPA_VERSION_LOG_METHODS,
	.log = log_by_words,
	.logv = log_by_list,
	.logt = log_topic_words,
	.logtv = log_topic_list,
};

static struct spa_log library_logger = {
	.iface = {
		.type = SPA_TYPE_INTERFACE_Log,
		.version = SPA_VERSION_LOG,
		.cb = { &methods, NULL },
	},
	.level = SPA_LOG_LEVEL_WARN,
};

static void install_logger(void)
{
	log_guest_init(&library_log, "libpipewire");
	pw_log_set(&library_logger);
	pw_log_set_level(SPA_LOG_LEVEL_WARN);
}

/**
 * pipewire_log_install() - take over libpipewire's log.
 *
 * Context: any thread, before pw_init().
 */
void pipewire_log_install(void)
{
	pthread_once(&once, install_logger);
}
