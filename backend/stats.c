// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: one key=value line per closed stream.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "stats.h"
#include "stream.h"
#include "util.h"

static int stats_fd = -1;
/* the log has a line about that */
static atomic_bool failed;

/**
 * stats_open() - write statistics from now on.
 * @path: file to append to
 *
 * Context: before any thread is started.
 * Return: false with errno set if it cannot be opened.
 */
bool stats_open(const char *path)
{
	/* a FIFO that nobody reads holds up neither the daemon nor a stream */
	stats_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
			O_NONBLOCK | O_NOCTTY, 0644);
	return stats_fd >= 0;
}

static void replace_blanks(char *out, size_t size, const char *s)
{
	size_t i;

	for (i = 0; s[i] && i + 1 < size; i++)
		out[i] = s[i] <= ' ' || s[i] > '~' || s[i] == '=' ? '_' : s[i];
	out[i] = '\0';
}

/**
 * stats_write() - append one stream's line, if statistics are wanted.
 * @info: the stream
 * @p: its parameters
 * @st: its counts
 *
 * Context: any thread; the line is one write(), so lines do not mix.
 */
void stats_write(const struct stream_info *info, const struct snd_params *p,
		 const struct stats *st)
{
	uint64_t frames = st->bytes / p->unit_bytes * p->unit_frames;
	uint32_t period = p->period_sz / p->unit_bytes * p->unit_frames;
	uint32_t buffer = p->buffer_sz / p->unit_bytes * p->unit_frames;
	uint64_t delay_us = st->delay / p->unit_bytes * p->unit_frames *
			    USEC_PER_SEC / p->rate;
	char line[768], uid[128];
	ssize_t ret;
	int n;

	if (stats_fd < 0)
		return;
	replace_blanks(uid, sizeof(uid), info->unique_id);
	n = snprintf(line, sizeof(line),
		"domid=%u dev=%u pcm=%u stream=%u unique-id=%s type=%s "
		"rate=%u format=%s channels=%u buffer=%u period=%u "
		"requests=%" PRIu64 " writes=%" PRIu64 " reads=%" PRIu64
		" queries=%" PRIu64 " notify-in=%" PRIu64
		" notify-rsp=%" PRIu64 " notify-evt=%" PRIu64
		" wakeups=%" PRIu64 " late=%" PRIu64 " delay-us=%" PRIu64
		" frames=%" PRIu64 " periods=%" PRIu64
		" underruns=%" PRIu64 " overruns=%" PRIu64 " xruns=%" PRIu64
		"\n",
		info->domid, info->devid, info->pcm, info->index, uid,
		info->capture ? "c" : "p", p->rate,
		snd_format_name(p->format), p->channels, buffer, period,
		st->requests, st->writes, st->reads, st->queries,
		st->notify_in, st->notify_rsp, st->notify_evt, st->wakeups,
		st->late, delay_us, frames, period ? frames / period : 0, st->underruns,
		st->overruns, st->xruns);
	ret = write(stats_fd, line, (size_t)n);
	if (ret != n && !atomic_exchange(&failed, true))
		log_msg(LVL_ERROR, "--stats: a line could not be written: %s; later ones may be missing as well",
			ret < 0 ? strerror(errno) : "no space left");
}
