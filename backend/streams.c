// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: all streams of one device: begin, end, wait for the end.
 *
 * Context of all functions: main thread. They do not block.
 */
#include <stdio.h>
#include <stdlib.h>

#include "audio.h"
#include "streams.h"

static bool start_all(struct streams *ss)
{
	unsigned int i;

	for (i = 0; i < ss->num; i++)
		if (!stream_start(ss->v[i]))
			return false;
	return true;
}

/*
 * What a guest records that may not; NULL for want of memory. Files and silence
 * are for all guests: the administrator has chosen them.
 */
static char *denied_spec(const char *guest)
{
	char *spec;

	return asprintf(&spec, "denied:%s", guest ? guest : "") < 0 ? NULL :
								      spec;
}

/* Return: NULL after one error line. */
static struct stream *add_stream(const struct stream_info *si,
				 const struct config *config,
				 const char *guest, struct log_guest *log,
				 struct budget *budget, int done_fd)
{
	const char *spec = config_spec(config, guest, si->unique_id,
				       si->capture);
	bool denied = si->capture && audio_spec_live(spec) &&
		      !config_may_capture(config, guest);
	char *silence = denied ? denied_spec(guest) : NULL;
	struct stream_info info = *si;
	struct stream *s = NULL;

	info.guest = guest;
	info.role = config_role(config, guest, si->unique_id);
	if (!denied || silence)
		s = stream_new(&info, denied ? silence : spec, log, budget,
			       done_fd);
	else
		log_for(log, LVL_ERROR, "stream %s: out of memory",
			si->unique_id);
	if (s)
		log_for(log, LVL_INFO, "stream %s: %s %s%s", si->unique_id,
			si->capture ? "capture from" : "playback to", spec,
			denied ? " is denied" : "");
	free(silence);
	return s;
}

/**
 * streams_add() - connect to all streams of a card and serve them.
 * @ss: empty
 * @card: what the frontend has published
 * @config: where streams go
 * @guest: the toolstack's name for the guest, or NULL
 * @log: the guest's log budget, outlives the streams
 * @budget: what its device may use, outlives the streams
 * @done_fd: eventfd that is written when a stream's thread has ended
 *
 * Return: false after one error line; some streams may run then, so
 * streams_stop() and the rest are needed all the same.
 */
bool streams_add(struct streams *ss, const struct card *card,
		 const struct config *config, const char *guest,
		 struct log_guest *log, struct budget *budget, int done_fd)
{
	unsigned int i;

	ss->v = calloc(card->num, sizeof(*ss->v));
	if (!ss->v)
		return false;
	for (i = 0; i < card->num; i++) {
		struct stream *s = add_stream(&card->streams[i], config, guest,
					      log, budget, done_fd);

		if (!s)
			return false;
		ss->v[ss->num++] = s;
	}
	return start_all(ss);
}

/**
 * streams_stop() - make all streams end.
 * @ss: streams
 */
void streams_stop(struct streams *ss)
{
	unsigned int i;

	for (i = 0; i < ss->num; i++)
		stream_stop(ss->v[i]);
}

/**
 * streams_stopped() - all streams have ended.
 * @ss: streams
 */
bool streams_stopped(const struct streams *ss)
{
	unsigned int i;

	for (i = 0; i < ss->num; i++)
		if (!stream_stopped(ss->v[i]))
			return false;
	return true;
}

/**
 * streams_free() - disconnect from all streams, which have ended.
 * @ss: streams, empty afterwards
 */
void streams_free(struct streams *ss)
{
	unsigned int i;

	for (i = 0; i < ss->num; i++)
		stream_free(ss->v[i]);
	free(ss->v);
	ss->v = NULL;
	ss->num = 0;
}
