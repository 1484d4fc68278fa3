/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: the inside of a stream, shared by stream*.c, playback.c and
 * capture.c.
 *
 * Lifetime: stream_new() and stream_free() run in the main thread; everything
 * else in here belongs to the stream's own thread from stream_start() until
 * @done. Only @stopping, @done, @permitted, @next, @misfit and what @volume says are
 * seen by both, all of them atomic, and @view, which has a lock. @spec, and what of
 * @info comes from the configuration, are the main thread's.
 *
 * While a device does not work (audio->lost) the stream's clock replaces it; it
 * goes on at the clock's position.
 *
 * Positions are bytes since the last START after OPEN or STOP; STOP sets them
 * back to 0. For playback   position <= consumed <= written,  for capture
 * fetched <= consumed = position.
 *
 * The mainline driver (known by its missing "version" node) counts a period
 * only when a position lies beyond the boundary, not on it: with events on
 * boundaries it sees every second period, and a drain whose data end on a
 * boundary fails after ten seconds. For it events come one unit (@slack) after
 * the boundary, and the end of the data is reported one unit too far. It also
 * keeps its pointer over STOP, so an event with position 0 follows STOP.
 */
#ifndef XSB_STREAM_PRIV_H
#define XSB_STREAM_PRIV_H

#include <pthread.h>
#include <stdatomic.h>

#include "audio.h"
#include "burst.h"
#include "pace.h"
#include "quirks.h"
#include "regions.h"
#include "rings.h"
#include "shbuf.h"
#include "stats.h"
#include "stream.h"
#include "stream_view.h"
#include "util.h"
#include "volume.h"
#include "xenif.h"

/* playback: frames that are scaled lie here; the largest is 2040 bytes */
#define STAGE_SIZE	4096u

/* how long requests may stay in the ring while there is data to play */
#define QUIET_NS	(25 * NSEC_PER_MSEC)

/* a ring has 32 slots, and a request holds its slot until it is answered */
#define PENDING_MAX	32u

/**
 * struct pending - a READ or WRITE that has not been answered
 * @id: of the request
 * @op: XENSND_OP_READ or XENSND_OP_WRITE
 * @accepted: WRITE: its data are queued, the answer waits until they are
 *	consumed
 * @offset: place in the buffer, bytes
 * @length: bytes
 * @end: WRITE: @consumed at which it has been played
 */
struct pending {
	uint16_t id;
	uint8_t op;
	bool accepted;
	uint32_t offset;
	uint32_t length;
	uint64_t end;
};

struct stream;

/**
 * struct direction_ops - what playback and capture do differently
 * @request: a WRITE or READ has come; @req is a private copy, its region lies
 *	inside of the buffer and is not empty
 * @begin: START, the stream was just set running; 0 or -XEN_Exx; NULL if there
 *	is nothing to do
 * @advance: do all that is due at @now
 * @end: STOP; returns the status of the READs or WRITEs that still wait
 * @wake: when @advance is to be called next, ns, or TIME_NEVER
 * @quiet: requests may go unnoticed until this time, ns; NULL if they may not
 * @wants_fds: poll() on the device's descriptors, too
 *
 * The stream is open, but for @wants_fds. The loop and the requests (stream.c,
 * stream_ops.c) call these. They call what is below: the endpoint, the pace,
 * and stream_answer.c.
 */
struct direction_ops {
	void (*request)(struct stream *s, const struct xensnd_req *req);
	int (*begin)(struct stream *s);
	void (*advance)(struct stream *s);
	int (*end)(struct stream *s);
	uint64_t (*wake)(struct stream *s);
	bool (*quiet)(const struct stream *s, uint64_t until);
	bool (*wants_fds)(const struct stream *s);
};

/**
 * struct stream - one stream
 * @info: what it is
 * @direction: playback or capture
 * @log: the guest's log budget
 * @budget: what the guest's device may use
 * @spec: its sink or source, as configured
 * @audio: sink or source
 * @granted: the source that needs permission, or NULL; see stream_policy.c
 * @denied: what replaces it, or NULL
 * @permitted: the permission is there
 * @obeyed: @permitted as the thread has last acted on it
 * @next: what replaces the sink or source of the configuration, or NULL
 * @misfit: it could not
 * @asked: the guest knows @offered
 * @offered: what the sink or source could do when the guest last asked
 * @xen: grants and event channels
 * @rings: request ring and event page
 * @req_page: mapping of the request ring
 * @evt_page: mapping of the event page
 * @req_port: the backend's end of the request channel
 * @evt_port: the backend's end of the event channel
 * @timer_fd: next thing to do at a time
 * @timer_at: what @timer_fd is set to
 * @stop_fd: eventfd, wakes the thread up to end or to see @permitted
 * @done_fd: eventfd of the main thread, written when the thread has ended
 * @started: @thread exists (main thread only)
 * @thread: the thread
 * @stopping: the thread shall end
 * @done: the thread has ended
 * @broken: an index in the ring was invalid; the thread only waits for its end
 * @unmask_at: the request channel is masked until then (a storm)
 * @rest_until: the device has used up its CPU time; nothing is done until then
 * @cpu_ns: CPU time of the thread that has been accounted for
 * @throttled: times that it had to rest
 * @xrun_burst: of the log lines, likewise the next three
 * @underrun_burst: see there
 * @overrun_burst: see there
 * @throttle_burst: see there
 * @view_lock: for @view
 * @view: for others, as of the end of the last round
 * @credit: notifications without a request that are not delayed
 * @responses: responses not pushed yet
 * @open: between OPEN and CLOSE; all below is valid only then
 * @running: between START and STOP
 * @paused: between PAUSE and RESUME, while running
 * @starved: running, but no data (playback) or no room (capture)
 * @by_clock: the device was lost when it was last looked at
 * @p: parameters
 * @buf: the guest's buffer
 * @pace: clock
 * @now: time of the current round, ns
 * @written: playback: accepted from the guest
 * @consumed: playback: given to the sink, or in @stage; capture: got from the
 *	source
 * @fetched: capture: given to the guest
 * @position: played or captured
 * @moved_at: playback: when @position was last seen to have moved, ns
 * @looked_at: playback: when a device's position had been read, ns
 * @awaited: playback: the device's position at which the thread wants to wake up, bytes
 * @due_at: when it will be reached, @margin included, ns
 * @margin: the device is so much later than it should be, ns
 * @skipped: playback: what a sink had got that was replaced; the position passes it
 *	by @skip_pace
 * @skip_pace: from 0, since then
 * @reported: last position sent
 * @next_evt: boundary to be reported next
 * @least_evt: bytes of the shortest time between events
 * @slack: see above
 * @regions: accepted WRITEs
 * @pend: unanswered READs and WRITEs, a ring
 * @pend_head: index of the oldest
 * @pend_num: how many
 * @volume: of both sides; other threads may set the host's
 * @stage: playback: data of which the volume is changed, taken from @regions
 * @staged: bytes in @stage
 * @scaled: as many of them are ready for the sink, whole units
 * @passed: and as many of these has the sink got
 * @ring: capture: data that the guest has not fetched
 * @taken: bytes of the device's budget
 * @ring_sz: bytes of @ring: buffer_sz rounded up to whole units
 * @stats: counts
 * @quirks: how this stream differs, in the lab
 */
struct stream {
	struct stream_info info;
	const struct direction_ops *direction;
	struct log_guest *log;
	struct budget *budget;
	char *spec;
	struct audio *audio;
	struct audio *granted;
	struct audio *denied;
	atomic_bool permitted;
	bool obeyed;
	_Atomic(struct audio *) next;
	atomic_bool misfit;
	bool asked;
	struct snd_caps offered;
	struct xenif *xen;
	struct rings rings;
	void *req_page;
	void *evt_page;
	int req_port;
	int evt_port;
	int timer_fd;
	uint64_t timer_at;
	int stop_fd;
	int done_fd;
	pthread_t thread;
	bool started;
	atomic_bool stopping;
	atomic_bool done;
	bool broken;
	uint64_t unmask_at;
	uint64_t rest_until;
	uint64_t cpu_ns;
	uint64_t throttled;
	struct burst xrun_burst;
	struct burst underrun_burst;
	struct burst overrun_burst;
	struct burst throttle_burst;
	pthread_mutex_t view_lock;
	struct stream_view view;
	unsigned int credit;
	unsigned int responses;

	bool open;
	bool running;
	bool paused;
	bool starved;
	bool by_clock;
	struct snd_params p;
	struct shbuf buf;
	struct pace pace;
	uint64_t now;
	uint64_t written;
	uint64_t consumed;
	uint64_t fetched;
	uint64_t position;
	uint64_t moved_at;
	uint64_t looked_at;
	uint64_t awaited;
	uint64_t due_at;
	uint64_t margin;
	uint64_t skipped;
	struct pace skip_pace;
	uint64_t reported;
	uint64_t next_evt;
	uint64_t least_evt;
	uint32_t slack;
	struct regions regions;
	struct pending pend[PENDING_MAX];
	unsigned int pend_head;
	unsigned int pend_num;
	uint64_t taken;
	struct volume volume;
	uint8_t stage[STAGE_SIZE];
	uint32_t staged;
	uint32_t scaled;
	uint32_t passed;
	uint8_t *ring;
	uint32_t ring_sz;
	struct stats stats;
#ifdef XSB_QUIRKS
	struct quirks_stream quirks;
#endif
};

/* stream_answer.c */
void stream_respond(struct stream *s, uint16_t id, uint8_t op, int status);
void stream_send_event(struct stream *s, uint64_t pos);
void stream_plan_event(struct stream *s);
void stream_report(struct stream *s, bool final);
void stream_send_held(struct stream *s, bool all);
void stream_follow_clock(struct stream *s);
struct pending *pending_add(struct stream *s, const struct xensnd_req *req);
struct pending *pending_head(struct stream *s);
void pending_answer(struct stream *s, int status);

/* playback.c and capture.c */
extern const struct direction_ops stream_playback;
extern const struct direction_ops stream_capture;

/* stream_policy.c, stream_view.c, stream_volume.c */
void stream_follow_policy(struct stream *s);
void stream_show(struct stream *s);
int stream_volume_request(struct stream *s, const struct xensnd_req *req);
void stream_save_volume(struct stream *s, struct audio_volume *v);
void stream_restore_volume(struct stream *s, const struct audio_volume *v);

/* stream_move.c */
void stream_wake(struct stream *s);
struct audio *stream_make_audio(const struct stream_info *info, const char *spec,
				struct log_guest *log);
void stream_use_audio(struct stream *s, struct audio *a);
int stream_change_audio(struct stream *s, struct audio *a);
void stream_follow_move(struct stream *s);

/* stream_ops.c */
void stream_request(struct stream *s, const struct xensnd_req *req);
void stream_close(struct stream *s);

static inline bool stream_live(const struct stream *s)
{
	return s->running && !s->paused;
}

/* Sink or source have no clock, at least at present. */
static inline bool stream_paced(const struct stream *s)
{
	return s->audio->ops->paced || s->audio->lost;
}

#endif
