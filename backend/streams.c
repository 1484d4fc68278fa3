// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: all streams of one device: begin, end, wait for the end.
 *
 * Context of all functions: main thread. They do not block.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio.h"
#include "compat.h"
#include "stream_view.h"
#include "streams.h"
#include "util.h"
#include "volume.h"

static bool start_all(struct streams *ss)
{
	unsigned int i;

	for (i = 0; i < ss->num; i++)
		if (!stream_start(ss->v[i]))
			return false;
	return true;
}

/* room for what compat_spec() makes of a unique-id */
#define SPEC_ROOM	160

/* @buf, of SPEC_ROOM bytes, has what is not in the configuration. */
static const char *choose_spec(const struct stream_info *si,
			       const struct config *config, const char *guest,
			       char *buf)
{
	if (config_compat(config, guest, si->unique_id, si->capture) &&
	    compat_spec(si->unique_id, buf, SPEC_ROOM))
		return buf;
	return config_spec(config, guest, si->unique_id, si->capture);
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

static bool guard_source(struct stream *s, const char *guest, bool permitted)
{
	char *silence = denied_spec(guest);
	bool ok = silence && stream_guard(s, silence, permitted);

	free(silence);
	return ok;
}

/* What of it comes from the configuration */
static void fill_info(struct stream_info *info, const struct config *config,
		      const char *guest)
{
	snprintf(info->role, sizeof(info->role), "%s",
		 config_role(config, guest, info->unique_id));
	info->node_volume = config_node_volume(config, guest);
	info->latency_ms = config_latency(config, guest, info->unique_id);
}

/* Return: NULL after one error line. */
static struct stream *add_stream(const struct stream_info *si,
				 const struct config *config,
				 const char *guest, struct log_guest *log,
				 struct budget *budget, int done_fd)
{
	char buf[SPEC_ROOM];
	const char *spec = choose_spec(si, config, guest, buf);
	bool guarded = si->capture && audio_spec_live(spec);
	bool permitted = !guarded || config_may_capture(config, guest);
	struct stream_info info = *si;
	struct stream *s;

	info.guest = guest;
	fill_info(&info, config, guest);
	s = stream_new(&info, spec, log, budget, done_fd);
	if (s && guarded && !guard_source(s, guest, permitted)) {
		stream_free(s);
		return NULL;
	}
	if (s)
		log_for(log, LVL_INFO, "stream %s: %s %s%s", si->unique_id,
			si->capture ? "capture from" : "playback to", spec,
			permitted ? "" : " is denied");
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
	streams_volume(ss, config, guest);
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

/* Return: false if it can only be done while the guest is not connected. */
static bool move_stream(struct stream *s, const struct config *config,
			const char *guest, struct log_guest *log)
{
	const struct stream_info *old = stream_info(s);
	struct stream_info info = *old;
	char buf[SPEC_ROOM];
	const char *spec = choose_spec(&info, config, guest, buf);

	fill_info(&info, config, guest);
	if (!strcmp(stream_spec(s), spec) && !strcmp(old->role, info.role) &&
	    old->node_volume == info.node_volume && old->latency_ms == info.latency_ms)
		return true;
	/* no moment with a source that needs permission, and the other's permission */
	if (info.capture && audio_spec_live(spec) != audio_spec_live(stream_spec(s)))
		return false;
	if (!stream_move(s, &info, spec))
		return false;
	log_for(log, LVL_INFO, "stream %s: from now on %s %s", info.unique_id,
		info.capture ? "capture from" : "playback to", spec);
	return true;
}

/**
 * streams_move() - change sinks and sources that this configuration has elsewhere.
 * @ss: streams
 * @config: configuration
 * @guest: the guest's name, or NULL
 * @log: the guest's log budget
 *
 * The other streams are not touched.
 *
 * Return: false if the guest has to connect again for it; streams_misfit() may say
 * so later.
 */
bool streams_move(struct streams *ss, const struct config *config, const char *guest,
		  struct log_guest *log)
{
	unsigned int i;

	for (i = 0; i < ss->num; i++)
		if (!move_stream(ss->v[i], config, guest, log))
			return false;
	return true;
}

/**
 * streams_misfit() - does the guest have to connect again for streams_move()?
 * @ss: streams
 */
bool streams_misfit(const struct streams *ss)
{
	unsigned int i;

	for (i = 0; i < ss->num; i++)
		if (stream_misfit(ss->v[i]))
			return true;
	return false;
}

/**
 * streams_permit() - the guest may record from now on, or may not any more.
 * @ss: streams
 * @permitted: it may
 */
void streams_permit(struct streams *ss, bool permitted)
{
	unsigned int i;

	for (i = 0; i < ss->num; i++)
		stream_permit(ss->v[i], permitted);
}

/**
 * streams_count() - how many streams have a unique-id.
 * @ss: streams
 * @stream: unique-id, or NULL for any
 */
unsigned int streams_count(const struct streams *ss, const char *stream)
{
	unsigned int i, num = 0;

	for (i = 0; i < ss->num; i++)
		num += !stream || !strcmp(stream_info(ss->v[i])->unique_id, stream);
	return num;
}

static void set_host_volume(struct stream *s, const struct config *config,
			    const char *guest)
{
	struct volume *v = stream_volume(s);
	struct host_level l = host_volume_get(config->volumes, guest,
					      stream_info(s)->unique_id);

	volume_set(v, VOLUME_HOST, VOLUME_ALL, l.mdb);
	volume_mute(v, VOLUME_HOST, VOLUME_ALL, l.muted);
}

/**
 * streams_volume() - use the host's volumes as they are now.
 * @ss: streams
 * @config: has them
 * @guest: the guest's name, or NULL
 */
void streams_volume(struct streams *ss, const struct config *config,
		    const char *guest)
{
	unsigned int i;

	for (i = 0; i < ss->num; i++)
		set_host_volume(ss->v[i], config, guest);
}

static const char *state_name(const struct stream_view *v)
{
	if (v->broken)
		return "broken";
	if (!v->open)
		return "closed";
	if (!v->running)
		return "open";
	return v->paused ? "paused" : "running";
}

static void report_open(const struct stream_view *v, struct report *r)
{
	report_text(r, "format", snd_format_name(v->format));
	report_number(r, "rate", v->rate);
	report_number(r, "channels", v->channels);
	report_number(r, "buffer", v->buffer);
	report_number(r, "period", v->period);
	report_number(r, "frames", v->frames);
	report_number(r, "latency-us", v->latency_us);
	report_number(r, "xruns", v->xruns);
	report_number(r, "underruns", v->underruns);
	report_number(r, "overruns", v->overruns);
	report_number(r, "lost", v->lost);
}

static void report_stream(struct stream *s, const char *guest, struct report *r)
{
	const struct stream_info *si = stream_info(s);
	struct stream_view v;

	stream_look(s, &v);
	report_record(r, "stream");
	report_text(r, "guest", guest ? guest : "");
	report_number(r, "domid", si->domid);
	report_number(r, "card", si->devid);
	report_number(r, "pcm", si->pcm);
	report_number(r, "stream", si->index);
	report_text(r, "unique-id", si->unique_id);
	report_text(r, "type", si->capture ? "capture" : "playback");
	report_text(r, si->capture ? "source" : "sink", stream_spec(s));
	report_number(r, "denied", v.denied);
	report_signed(r, "volume-mdb",
		      volume_get(stream_volume(s), VOLUME_HOST, 0));
	report_number(r, "muted", volume_muted(stream_volume(s), VOLUME_HOST, 0));
	report_text(r, "state", state_name(&v));
	report_number(r, "cpu-us", v.cpu_ns / NSEC_PER_USEC);
	report_number(r, "throttled", v.throttled);
	if (v.open)
		report_open(&v, r);
}

/**
 * streams_report() - a record for each stream.
 * @ss: streams
 * @guest: the guest's name, or NULL
 * @r: report
 */
void streams_report(const struct streams *ss, const char *guest,
		    struct report *r)
{
	unsigned int i;

	for (i = 0; i < ss->num; i++)
		report_stream(ss->v[i], guest, r);
}
