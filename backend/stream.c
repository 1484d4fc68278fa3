// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: a stream's life and its thread.
 *
 * Each stream has a thread, so a slow disk or device delays no other stream.
 * The thread sleeps in poll() on the event channel, one absolute timer, the
 * device's descriptors when it waits for the device, and an eventfd that ends
 * it. Each wake-up is one round: take all requests, do all that is due, push
 * all responses with one notification, set the timer for the next thing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "stream_priv.h"

#define THREAD_STACK	(1u << 20)

/* the least time between wake-ups by the timer */
#define LEAST_SLEEP_NS	(100 * NSEC_PER_USEC)

/* notifications without a request: after so many each is delayed */
#define STORM_CREDIT	64u
#define STORM_DELAY_NS	(10 * NSEC_PER_MSEC)

static bool connect_pages(struct stream *s)
{
	const struct stream_info *i = &s->info;

	s->req_page = xenif_map(s->xen, &i->ring_ref, 1, true);
	s->evt_page = xenif_map(s->xen, &i->evt_ring_ref, 1, true);
	if (!s->req_page || !s->evt_page) {
		log_for(s->log, LVL_ERROR,
			"stream %s: cannot map ring-ref %u, evt-ring-ref %u: %s",
			i->unique_id, i->ring_ref, i->evt_ring_ref,
			strerror(errno));
		return false;
	}
	s->req_port = xenif_bind(s->xen, i->port);
	s->evt_port = xenif_bind(s->xen, i->evt_port);
	if (s->req_port < 0 || s->evt_port < 0) {
		log_for(s->log, LVL_ERROR,
			"stream %s: cannot bind event-channel %u, evt-event-channel %u: %s",
			i->unique_id, i->port, i->evt_port, strerror(errno));
		return false;
	}
	if (rings_attach(&s->rings, s->req_page, s->evt_page))
		return true;
	log_for(s->log, LVL_ERROR, "stream %s: invalid indices in the request ring",
		i->unique_id);
	return false;
}

/**
 * stream_new() - connect to a stream that a frontend has published.
 * @info: what it is; copied
 * @spec: sink or source
 * @log: the guest's log budget, outlives the stream
 * @budget: what its device may use, outlives the stream
 * @done_fd: eventfd that is written when the thread has ended
 *
 * Context: main thread.
 * Return: stream, or NULL; an error line was written then.
 */
struct stream *stream_new(const struct stream_info *info, const char *spec,
			  struct log_guest *log, struct budget *budget,
			  int done_fd)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->info = *info;
	s->direction = info->capture ? &stream_capture : &stream_playback;
	s->log = log;
	s->budget = budget;
	s->done_fd = done_fd;
	s->req_port = -1;
	s->evt_port = -1;
	s->timer_at = TIME_NEVER;
	s->credit = STORM_CREDIT;
	s->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK |
				     TFD_CLOEXEC);
	s->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	s->spec = strdup(spec);
	s->audio = s->spec ? stream_make_audio(info, s->spec, log) : NULL;
	s->xen = xenif_open(info->domid, log);
	pthread_mutex_init(&s->view_lock, NULL);
	if (s->timer_fd < 0 || s->stop_fd < 0 || !s->spec || !s->xen)
		log_for(log, LVL_ERROR, "stream %s: %s", info->unique_id,
			strerror(errno));
	else if (s->audio && connect_pages(s))
		return s;
	stream_free(s);
	return NULL;
}

/**
 * stream_free() - disconnect from a stream whose thread does not run.
 * @s: stream or NULL
 *
 * Context: main thread, after stream_stopped() if it was started.
 */
void stream_free(struct stream *s)
{
	if (!s)
		return;
	if (s->started)
		pthread_join(s->thread, NULL);
	if (s->xen) {
		if (s->req_page)
			xenif_unmap(s->xen, s->req_page, 1);
		if (s->evt_page)
			xenif_unmap(s->xen, s->evt_page, 1);
		xenif_close(s->xen);
	}
	audio_free(s->denied ? s->granted : s->audio);
	audio_free(s->denied);
	audio_free(atomic_load(&s->next));
	free(s->spec);
	pthread_mutex_destroy(&s->view_lock);
	if (s->timer_fd >= 0)
		close(s->timer_fd);
	if (s->stop_fd >= 0)
		close(s->stop_fd);
	free(s);
}

/**
 * stream_volume() - the stream's volume, for the host's part of it.
 * @s: stream
 *
 * Context: any thread, until stream_free().
 */
struct volume *stream_volume(struct stream *s)
{
	return &s->volume;
}

/* ---- the thread ---- */

static void set_timer(struct stream *s, uint64_t at)
{
	struct itimerspec its = { 0 };

	if (at != TIME_NEVER)
		at = max_u64(at, s->now + LEAST_SLEEP_NS);
	if (at == s->timer_at)
		return;
	s->timer_at = at;
	if (at != TIME_NEVER) {
		its.it_value.tv_sec = (time_t)(at / NSEC_PER_SEC);
		its.it_value.tv_nsec = (long)(at % NSEC_PER_SEC);
	}
	timerfd_settime(s->timer_fd, TFD_TIMER_ABSTIME, &its, NULL);
}

static void ring_broken(struct stream *s)
{
	s->broken = true;
	log_for(s->log, LVL_ERROR,
		"stream %s: invalid index in the request ring, stopped until the guest reconnects",
		s->info.unique_id);
	stream_close(s);
}

static void advance_stream(struct stream *s)
{
	if (!s->open)
		return;
	if (s->audio->ops->check)
		s->audio->ops->check(s->audio, stream_live(s));
	stream_follow_clock(s);
	s->direction->advance(s);
}

static void push_responses(struct stream *s)
{
	if (!s->responses)
		return;
	s->responses = 0;
	if (rings_push(&s->rings)) {
		xenif_notify(s->xen, s->req_port);
		s->stats.notify_rsp++;
	}
}

/* One batch: a guest that adds requests all the time cannot extend it. */
static void take_requests(struct stream *s)
{
	struct xensnd_req req;
	unsigned int i;
	int ret;

	for (i = 0; i < RING_SIZE(&s->rings.req); i++) {
		ret = rings_fetch(&s->rings, &req);
		if (ret < 0)
			ring_broken(s);
		if (ret <= 0)
			return;
		s->credit = STORM_CREDIT;
		stream_request(s, &req);
	}
}

static uint64_t next_wake(struct stream *s)
{
	uint64_t at = TIME_NEVER;

	if (s->open)
		at = s->direction->wake(s);
	/* a source whose data nobody fetches is not read */
	if (s->open && s->audio->ops->deadline && !(s->info.capture && s->starved))
		at = min_u64(at, s->audio->ops->deadline(s->audio));
	at = min_u64(at, quirks_wake(s));
	if (s->unmask_at)
		at = min_u64(at, s->unmask_at);
	return at;
}

/*
 * While a stream plays, its WRITEs need not wake the thread: the timer will,
 * before the data end. That halves the wake-ups, and the guest sends no
 * notifications. Only for frontends that do not wait for each response, and
 * for a short time, since TRIGGER and CLOSE wait as well (a frontend may notify
 * for these in any case).
 */
static bool may_be_quiet(struct stream *s)
{
	uint64_t wake;

	if (!s->open || !s->direction->quiet || !rings_patient(&s->rings))
		return false;
	wake = next_wake(s);
	return wake <= s->now + QUIET_NS && s->direction->quiet(s, wake);
}

/*
 * Limits the thread to its share of a CPU, whatever the guest makes it do:
 * requests without end, notifications, very short periods, slow operations.
 */
static bool spend_cpu_time(struct stream *s)
{
	uint64_t cpu = thread_cpu_ns() + s->audio->cpu_ns;

	s->rest_until = budget_spend(s->budget, now_ns(), cpu - s->cpu_ns);
	s->cpu_ns = cpu;
	s->throttled += s->rest_until != 0;
	return s->rest_until;
}

static void one_round(struct stream *s)
{
	do {
		s->now = now_ns();
		stream_follow_move(s);
		stream_follow_policy(s);
		take_requests(s);
		if (s->broken)
			return;
		advance_stream(s);
		stream_send_held(s, false);
		push_responses(s);
	} while (!spend_cpu_time(s) && !rings_idle(&s->rings, may_be_quiet(s)) &&
		 !atomic_load(&s->stopping));
}

/*
 * The event port is never unmasked: its notifications have no meaning. The
 * request port is, but after many notifications without a request it stays
 * masked for STORM_DELAY_NS each time.
 */
static void take_notifications(struct stream *s)
{
	int port;

	while ((port = xenif_pending(s->xen)) >= 0) {
		if (port != s->req_port)
			continue;
		s->stats.notify_in++;
		if (s->credit) {
			s->credit--;
			xenif_unmask(s->xen, port);
		} else {
			s->unmask_at = now_ns() + STORM_DELAY_NS;
		}
	}
}

static void storm_over(struct stream *s)
{
	if (!s->unmask_at || now_ns() < s->unmask_at)
		return;
	s->unmask_at = 0;
	xenif_unmask(s->xen, s->req_port);
}

static unsigned int device_fds(struct stream *s, struct pollfd *fds)
{
	return s->direction->wants_fds(s) ?
	       s->audio->ops->pollfds(s->audio, fds, AUDIO_MAX_FDS) : 0;
}

/* The main thread wants something: @stopping or @permitted says what. */
static void take_order(struct stream *s)
{
	uint64_t count;
	ssize_t ret = read(s->stop_fd, &count, sizeof(count));

	(void)ret;
}

/* Only the main thread ends it sooner. */
static void wait_for_budget(struct stream *s)
{
	struct pollfd fd = { .fd = s->stop_fd, .events = POLLIN };
	uint64_t now = now_ns();

	if (now < s->rest_until)
		poll(&fd, 1, (int)((s->rest_until - now) / NSEC_PER_MSEC) + 1);
	take_order(s);
	s->rest_until = 0;
}

static void sleep_and_wake(struct stream *s)
{
	struct pollfd fds[3 + AUDIO_MAX_FDS] = {
		{ .fd = s->stop_fd, .events = POLLIN },
		{ .fd = xenif_fd(s->xen), .events = POLLIN },
		{ .fd = s->timer_fd, .events = POLLIN },
	};
	unsigned int n;
	uint64_t count;

	if (s->broken) {
		poll(fds, 1, -1);
		take_order(s);
		return;
	}
	if (s->rest_until) {
		wait_for_budget(s);
		return;
	}
	set_timer(s, next_wake(s));
	n = device_fds(s, fds + 3);
	if (poll(fds, 3 + n, -1) <= 0)
		return;
	s->stats.wakeups++;
	if (fds[0].revents)
		take_order(s);
	if (fds[1].revents)
		take_notifications(s);
	if (fds[2].revents && read(s->timer_fd, &count, sizeof(count)) > 0)
		s->timer_at = TIME_NEVER;
	if (n)
		s->audio->ops->pollack(s->audio, fds + 3, n);
	storm_over(s);
}

static void *stream_main(void *arg)
{
	struct stream *s = arg;
	uint64_t one = 1;
	ssize_t ret;

	prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
	while (!atomic_load(&s->stopping)) {
		one_round(s);
		stream_show(s);
		if (!atomic_load(&s->stopping))
			sleep_and_wake(s);
	}
	stream_close(s);
	atomic_store(&s->done, true);
	ret = write(s->done_fd, &one, sizeof(one));
	(void)ret;
	return NULL;
}

/**
 * stream_start() - start the stream's thread.
 * @s: stream
 *
 * Context: main thread.
 * Return: false if no thread can be started.
 */
bool stream_start(struct stream *s)
{
	pthread_attr_t attr;
	char name[16];
	int ret;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, THREAD_STACK);
	ret = pthread_create(&s->thread, &attr, stream_main, s);
	pthread_attr_destroy(&attr);
	if (ret) {
		log_for(s->log, LVL_ERROR, "stream %s: cannot start a thread: %s",
			s->info.unique_id, strerror(ret));
		return false;
	}
	s->started = true;
	snprintf(name, sizeof(name), "snd-%u.%u.%u", s->info.domid,
		 s->info.pcm, s->info.index);
	pthread_setname_np(s->thread, name);
	return true;
}

/**
 * stream_stop() - make the thread end; does not wait.
 * @s: started stream
 *
 * Context: main thread. @done_fd is written when it has ended.
 */
void stream_stop(struct stream *s)
{
	atomic_store(&s->stopping, true);
	stream_wake(s);
}

/**
 * stream_info() - what a stream is.
 * @s: stream
 */
const struct stream_info *stream_info(const struct stream *s)
{
	return &s->info;
}

/**
 * stream_spec() - its sink or source, as configured.
 * @s: stream
 */
const char *stream_spec(const struct stream *s)
{
	return s->spec;
}

/**
 * stream_stopped() - the thread has ended or was never started.
 * @s: stream
 *
 * Context: main thread.
 */
bool stream_stopped(struct stream *s)
{
	return !s->started || atomic_load(&s->done);
}
