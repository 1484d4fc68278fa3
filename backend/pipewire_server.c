// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: the connection to PipeWire's server, and the list of nodes.
 *
 * do_due_work() connects, makes nodes, activates them, destroys those whose end has
 * been played. Others only say what they want (pipewire_loop.c).
 *
 * Whose server it is, libpipewire finds out as for every client: PIPEWIRE_REMOTE,
 * PIPEWIRE_RUNTIME_DIR, XDG_RUNTIME_DIR.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "pipewire_priv.h"
#include "util.h"

/* attempts to connect: after so long, then longer */
#define RETRY_MIN_NS	(250 * NSEC_PER_MSEC)
#define RETRY_MAX_NS	(2 * NSEC_PER_SEC)

/* a node is not made again sooner, nor one that the server has ended or refused */
#define MAKE_AGAIN_NS	(100 * NSEC_PER_MSEC)
#define MAKE_FAILED_NS	(2 * NSEC_PER_SEC)

/* nor is it destroyed sooner after CLOSE */
#define LINGER_NS	(200 * NSEC_PER_MSEC)

static struct {
	struct pw_context *context;
	struct pw_core *core;
	struct spa_hook listener;
	struct pipewire_node *nodes;
	atomic_bool connected;
	bool lost;
	uint64_t retry_at;
	uint64_t retry_ns;
} server;

/* Context: any thread. */
bool pipewire_connected(void)
{
	return atomic_load(&server.connected);
}

/* ---- connection ---- */

/* Only an error of the connection itself ends it. */
static void note_error(void *data, uint32_t id, int seq, int res,
		       const char *message)
{
	(void)data;
	(void)seq;
	(void)message;
	if (id != PW_ID_CORE || res != -EPIPE)
		return;
	server.lost = true;
	atomic_store(&server.connected, false);
	pipewire_work_due();
}

static const struct pw_core_events core_events = {
	PW_VERSION_CORE_EVENTS,
	.error = note_error,
};

static void drop_connection(void)
{
	struct pipewire_node *n;

	for (n = server.nodes; n; n = n->next)
		pipewire_stream_destroy(n);
	spa_hook_remove(&server.listener);
	pw_core_disconnect(server.core);
	server.core = NULL;
	server.lost = false;
	server.retry_ns = 0;
}

static void plan_retry(void)
{
	server.retry_ns = server.retry_ns ?
		min_u64(2 * server.retry_ns, RETRY_MAX_NS) : RETRY_MIN_NS;
	server.retry_at = now_ns() + server.retry_ns;
}

static void connect_server(void)
{
	server.core = pw_context_connect(server.context, NULL, 0);
	if (!server.core) {
		plan_retry();
		return;
	}
	memset(&server.listener, 0, sizeof(server.listener));
	atomic_store(&server.connected, true);
	pw_core_add_listener(server.core, &server.listener, &core_events, NULL);
}

/* ---- nodes ---- */

static void delete_node(struct pipewire_node *n)
{
	struct pipewire_node **at = &server.nodes;

	while (*at != n)
		at = &(*at)->next;
	*at = n->next;
	pthread_mutex_destroy(&n->feed);
	close(n->event_fd);
	free(n);
}

/* Return: when there is something more to do for a node that is closed. */
static uint64_t end_node(struct pipewire_node *n, uint64_t now)
{
	if (n->stream && now < n->close_at)
		return n->close_at;
	pipewire_stream_destroy(n);
	if (n->gone)
		delete_node(n);
	return TIME_NEVER;
}

/* Return: when there is something more to do. */
static uint64_t serve_node(struct pipewire_node *n, uint64_t now)
{
	if (!n->open)
		return end_node(n, now);
	if (n->stale || (n->failed && now >= n->made_at + MAKE_FAILED_NS))
		pipewire_stream_destroy(n);
	if (!pipewire_connected())
		return TIME_NEVER;
	if (!n->stream && now < n->made_at + MAKE_AGAIN_NS)
		return n->made_at + MAKE_AGAIN_NS;
	if (!n->stream)
		pipewire_stream_make(n, server.core);
	if (n->stream && !n->failed && n->volume_due)
		pipewire_volume_apply(n);
	if (!n->stream || n->failed || n->active == n->want_active)
		return TIME_NEVER;
	if (now < n->active_at)
		return n->active_at;
	n->active = n->want_active;
	pw_stream_set_active(n->stream, n->active);
	return TIME_NEVER;
}

/* Return: when there is more to do. Context: the loop's thread, or with the lock. */
static uint64_t do_due_work(void)
{
	uint64_t now = now_ns(), at = TIME_NEVER;
	struct pipewire_node *n, *next;

	if (server.lost)
		drop_connection();
	if (!server.core && now >= server.retry_at)
		connect_server();
	if (!server.core)
		at = server.retry_at;
	for (n = server.nodes; n; n = next) {
		next = n->next;
		at = min_u64(at, serve_node(n, now));
	}
	return at;
}

/* The loop's thread may have a lower priority than the stream's. */
static void init_feed(struct pipewire_node *n)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&n->feed, &attr);
	pthread_mutexattr_destroy(&attr);
}

/**
 * pipewire_node_new() - a node for an endpoint.
 * @setup: copied
 *
 * Return: node, or NULL with errno set.
 */
struct pipewire_node *pipewire_node_new(const struct pipewire_setup *setup)
{
	struct pipewire_node *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->setup = *setup;
	n->state = PW_STREAM_STATE_UNCONNECTED;
	n->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (n->event_fd < 0) {
		free(n);
		return NULL;
	}
	init_feed(n);
	atomic_init(&n->want, 1);
	pipewire_lock();
	n->next = server.nodes;
	server.nodes = n;
	pipewire_unlock();
	return n;
}

/**
 * pipewire_node_fd() - eventfd that is signalled when there is something to see.
 * @n: node
 */
int pipewire_node_fd(const struct pipewire_node *n)
{
	return n->event_fd;
}

static bool same_sound(const struct snd_params *a, const struct snd_params *b)
{
	return a->rate == b->rate && a->format == b->format &&
	       a->channels == b->channels && a->buffer_sz == b->buffer_sz &&
	       a->period_sz == b->period_sz;
}

/**
 * pipewire_node_open() - be in the server, as soon as there is one.
 * @n: node that is not open
 * @p: parameters
 *
 * If it is still there from the last time, and with these parameters, it stays.
 */
void pipewire_node_open(struct pipewire_node *n, const struct snd_params *p)
{
	pipewire_lock();
	if (n->stream && !same_sound(&n->p, p)) {
		pthread_mutex_lock(&n->feed);
		n->stale = true;
		n->ready = false;
		pthread_mutex_unlock(&n->feed);
	}
	n->p = *p;
	n->frame = p->unit_bytes;
	n->open = true;
	pipewire_volume_open(n);
	pipewire_work_due();
	pipewire_unlock();
}

/**
 * pipewire_node_activate() - take part in the server's cycles, or do not.
 * @n: node
 * @on: which
 * @at: from this time on, ns
 */
void pipewire_node_activate(struct pipewire_node *n, bool on, uint64_t at)
{
	pipewire_lock();
	if (n->want_active != on) {
		n->want_active = on;
		n->active_at = at;
		pipewire_work_due();
	}
	pipewire_unlock();
}

/**
 * pipewire_node_retry() - a node that has failed is made again, if it is time.
 * @n: node
 */
void pipewire_node_retry(struct pipewire_node *n)
{
	(void)n;
	pipewire_lock();
	pipewire_work_due();
	pipewire_unlock();
}

/**
 * pipewire_node_close() - leave the server.
 * @n: node
 * @at: when what it has got will have been played, ns
 */
void pipewire_node_close(struct pipewire_node *n, uint64_t at)
{
	pipewire_lock();
	n->open = false;
	n->close_at = max_u64(at, now_ns() + LINGER_NS);
	pipewire_work_due();
	pipewire_unlock();
}

/**
 * pipewire_node_free() - its endpoint has gone.
 * @n: node that is not open; the caller may not use it any more
 */
void pipewire_node_free(struct pipewire_node *n)
{
	pipewire_lock();
	n->gone = true;
	pipewire_work_due();
	pipewire_unlock();
}

/* ---- start ---- */

static bool start_loop(void)
{
	struct pw_loop *loop;

	pipewire_log_install();
	pw_init(NULL, NULL);
	loop = pipewire_loop_make(do_due_work);
	if (!loop)
		return false;
	server.context = pw_context_new(loop, pw_properties_new(
		PW_KEY_APP_NAME, "xen-snd-back", NULL), 0);
	return server.context && pipewire_loop_start();
}

/**
 * pipewire_start() - begin to connect to the server.
 *
 * Nothing is done when it was called before. It stays until the process ends.
 *
 * Context: main thread.
 * Return: false with errno set if libpipewire does not work here.
 */
bool pipewire_start(void)
{
	static bool tried, works;

	if (!tried) {
		works = start_loop();
		if (works) {
			pipewire_lock();
			pipewire_work();
			pipewire_unlock();
		}
	}
	tried = true;
	if (!works)
		errno = ENOTSUP;
	return works;
}

/**
 * pipewire_version() - version of the library.
 */
const char *pipewire_version(void)
{
	return pw_get_library_version();
}
