// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: a source that needs permission, which may be given and taken
 * while the stream runs.
 *
 * Such a stream has two sources: the one of the configuration, and silence
 * (audio_denied.c). The stream's thread changes from one to the other, so that
 * a device is closed as soon as the guest may not record any more. The guest's
 * stream goes on at its position.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "stream_priv.h"

/**
 * stream_guard() - the source of a stream needs permission.
 * @s: stream that has not been started
 * @denied: specification of what it gets without
 * @permitted: it has the permission now
 *
 * Context: main thread.
 * Return: false after an error line.
 */
bool stream_guard(struct stream *s, const char *denied, bool permitted)
{
	struct audio_id id = {
		.domid = s->info.domid,
		.unique_id = s->info.unique_id,
	};

	s->granted = s->audio;
	s->denied = audio_new(denied, true, &id, s->log);
	if (!s->denied) {
		log_for(s->log, LVL_ERROR, "stream %s: %s", s->info.unique_id,
			strerror(errno));
		return false;
	}
	s->audio = permitted ? s->granted : s->denied;
	s->obeyed = permitted;
	s->view.denied = !permitted;
	atomic_store(&s->permitted, permitted);
	return true;
}

/**
 * stream_permit() - give or take the permission.
 * @s: stream; one without stream_guard() does not change
 * @permitted: it may record
 *
 * Context: main thread. The stream's thread obeys at once.
 */
void stream_permit(struct stream *s, bool permitted)
{
	if (!s->denied || atomic_exchange(&s->permitted, permitted) == permitted)
		return;
	log_for(s->log, LVL_INFO, "stream %s: recording is %s",
		s->info.unique_id, permitted ? "allowed" : "denied");
	stream_wake(s);
}

static void change_source(struct stream *s, struct audio *a)
{
	int ret = stream_change_audio(s, a);

	if (ret)
		log_for(s->log, LVL_WARN,
			"stream %s: recording is allowed, but the source does not open: status %d; silence until the next OPEN",
			s->info.unique_id, ret);
}

/**
 * stream_follow_policy() - use the source that the stream may have.
 * @s: stream
 *
 * Context: the stream's thread, at the beginning of a round.
 */
void stream_follow_policy(struct stream *s)
{
	bool permitted = atomic_load(&s->permitted);
	struct audio *a = permitted ? s->granted : s->denied;

	if (!s->denied || s->audio == a)
		return;
	if (!s->open)
		stream_use_audio(s, a);
	else if (permitted != s->obeyed)
		change_source(s, a);
	s->obeyed = permitted;
}
