// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: another sink or source for a stream while it is connected.
 *
 * The new one is opened and started before the old one is closed; if that fails
 * nothing has changed. What the old sink has got and not played is lost; the
 * position passes that at the stream's rate, while the new one plays what follows.
 *
 * The guest has asked what the stream can do, once for each connection. If the new
 * sink or source can do anything else, or does not open, the guest has to connect
 * again: the main thread closes the card.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stream_priv.h"

/**
 * stream_make_audio() - a stream's sink or source, as the configuration has it.
 * @info: the stream
 * @spec: sink or source
 * @log: the guest's log budget, outlives it
 *
 * Context: main thread.
 * Return: sink or source that is not open, or NULL; an error line was written then.
 */
struct audio *stream_make_audio(const struct stream_info *info, const char *spec,
				struct log_guest *log)
{
	struct audio_id id = {
		.domid = info->domid,
		.unique_id = info->unique_id,
		.guest = info->guest,
		.role = *info->role ? info->role : NULL,
		.node_volume = info->node_volume,
		.latency_ms = info->latency_ms,
	};
	struct audio *a = audio_new(spec, info->capture, &id, log);

	/* the path, which may be too long, comes last */
	if (!a)
		log_for(log, LVL_ERROR, "stream %s: %s: %s", info->unique_id,
			strerror(errno), spec);
	return a;
}

/**
 * stream_wake() - the stream's thread shall look at @stopping and @permitted.
 * @s: stream
 *
 * Context: main thread.
 */
void stream_wake(struct stream *s)
{
	uint64_t one = 1;
	ssize_t ret = write(s->stop_fd, &one, sizeof(one));

	(void)ret;
}

/* OPEN and START, as the guest has done for the other one */
static int open_audio(struct stream *s, struct audio *a)
{
	int ret = a->ops->open(a, &s->p);

	if (ret || !s->running)
		return ret;
	if (a->ops->start)
		ret = a->ops->start(a);
	if (ret)
		a->ops->close(a);
	else if (s->paused && a->ops->pause)
		a->ops->pause(a, true);
	return ret;
}

/* A frame that has begun in the old sink ends in the new one. */
static void begin_frame(struct stream *s)
{
	uint8_t quiet[STAGE_SIZE];
	uint64_t given = s->consumed - s->staged + s->passed;
	size_t begun = given % s->p.unit_bytes;

	if (!begun)
		return;
	audio_silence(s->p.format, quiet, begun);
	s->audio->ops->write(s->audio, quiet, begun);
}

/* It is open; data and time go on with it. */
static void go_on(struct stream *s)
{
	uint64_t given = s->consumed - s->staged + s->passed;

	s->by_clock = s->audio->lost;
	if (!s->info.capture && s->running) {
		begin_frame(s);
		s->skipped = given - min_u64(s->position, given);
		s->skip_pace = s->pace;
		pace_start(&s->skip_pace, now_ns(), 0);
	}
	if (stream_live(s) && !s->starved && stream_paced(s))
		pace_start(&s->pace, now_ns(), s->position);
}

/**
 * stream_use_audio() - take a sink or source that is as open as the current one.
 * @s: stream
 * @a: sink or source
 *
 * Context: the stream's thread.
 */
void stream_use_audio(struct stream *s, struct audio *a)
{
	/* both count from their own 0 */
	s->cpu_ns += a->cpu_ns - s->audio->cpu_ns;
	s->audio = a;
}

/**
 * stream_change_audio() - change from the current sink or source to another.
 * @s: open stream
 * @a: not open
 *
 * Context: the stream's thread.
 * Return: 0, or -XEN_Exx if it does not open; then nothing has changed.
 */
int stream_change_audio(struct stream *s, struct audio *a)
{
	struct audio *old = s->audio;
	struct audio_volume v;
	int ret = open_audio(s, a);

	if (ret)
		return ret;
	stream_save_volume(s, &v);
	if (old->ops->stop)
		old->ops->stop(old);
	old->ops->close(old);
	a->xruns += old->xruns;
	stream_use_audio(s, a);
	stream_restore_volume(s, &v);
	go_on(s);
	return 0;
}

/* Does the guest know what it can do? */
static bool is_known(const struct stream *s, struct audio *a)
{
	struct snd_caps caps;

	if (!s->asked)
		return !s->open;
	snd_caps_any(&caps);
	return !a->ops->caps(a, &caps) && snd_caps_same(&caps, &s->offered);
}

static void want_reconnect(struct stream *s, const char *why)
{
	uint64_t one = 1;
	ssize_t ret;

	log_for(s->log, LVL_INFO, "stream %s: the guest has to connect again: %s",
		s->info.unique_id, why);
	atomic_store(&s->misfit, true);
	ret = write(s->done_fd, &one, sizeof(one));
	(void)ret;
}

/**
 * stream_follow_move() - use the sink or source of stream_move().
 * @s: stream
 *
 * Context: the stream's thread, at the beginning of a round.
 */
void stream_follow_move(struct stream *s)
{
	struct audio *next = atomic_exchange(&s->next, NULL);
	struct audio *old = s->denied ? s->granted : s->audio;
	bool used = s->audio == old;

	if (!next)
		return;
	if (used && !is_known(s, next)) {
		want_reconnect(s, "its new sink or source can do something else");
		audio_free(next);
		return;
	}
	if (used && s->open && stream_change_audio(s, next)) {
		want_reconnect(s, "its new sink or source does not open");
		audio_free(next);
		return;
	}
	if (used && !s->open)
		stream_use_audio(s, next);
	if (s->denied)
		s->granted = next;
	audio_free(old);
}

/**
 * stream_move() - give a stream another sink or source.
 * @s: started stream
 * @info: its role and all that comes from the configuration are taken
 * @spec: sink or source
 *
 * Context: main thread. The stream's thread obeys at once; stream_misfit() says
 * whether it cannot.
 * Return: false after an error line.
 */
bool stream_move(struct stream *s, const struct stream_info *info, const char *spec)
{
	struct audio *a = stream_make_audio(info, spec, s->log);
	char *copy = strdup(spec);

	if (a && !copy)
		log_for(s->log, LVL_ERROR, "stream %s: %s", info->unique_id,
			strerror(errno));
	if (!a || !copy) {
		audio_free(a);
		free(copy);
		return false;
	}
	free(s->spec);
	s->spec = copy;
	memcpy(s->info.role, info->role, sizeof(s->info.role));
	s->info.node_volume = info->node_volume;
	s->info.latency_ms = info->latency_ms;
	audio_free(atomic_exchange(&s->next, a));
	stream_wake(s);
	return true;
}

/**
 * stream_misfit() - the guest has to connect again for what stream_move() wants.
 * @s: stream
 *
 * Context: main thread.
 */
bool stream_misfit(struct stream *s)
{
	return atomic_load(&s->misfit);
}
