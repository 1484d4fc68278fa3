// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: a node in PipeWire's server: made, watched, destroyed.
 *
 * Context of all functions but note_cycle(): the loop's thread, with the lock.
 */
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>

#include <spa/param/buffers.h>

#include "pipewire_priv.h"
#include "util.h"

/* how much a buffer holds: a period of the guest's, within these limits */
#define BUFFER_MIN_NS	(20 * NSEC_PER_MSEC)
#define BUFFER_MAX_NS	(40 * NSEC_PER_MSEC)

static void wake_stream(struct pipewire_node *n)
{
	eventfd_write(n->event_fd, 1);
}

/* ---- events ---- */

static void note_state(void *data, enum pw_stream_state old,
		       enum pw_stream_state state, const char *error)
{
	struct pipewire_node *n = data;

	(void)old;
	(void)error;
	pthread_mutex_lock(&n->feed);
	n->state = state;
	n->failed = state == PW_STREAM_STATE_ERROR ||
		    state == PW_STREAM_STATE_UNCONNECTED;
	pthread_mutex_unlock(&n->feed);
	wake_stream(n);
}

static void note_buffer(void *data, struct pw_buffer *buffer)
{
	struct pipewire_node *n = data;

	buffer->size = 0;
	pthread_mutex_lock(&n->feed);
	n->num++;
	n->ready = n->num == PIPEWIRE_BUFFERS;
	pthread_mutex_unlock(&n->feed);
}

/* Called for the first one before anything is done to any of them. */
static void forget_buffer(void *data, struct pw_buffer *buffer)
{
	struct pipewire_node *n = data;

	pthread_mutex_lock(&n->feed);
	n->ready = false;
	n->num--;
	if (n->current == buffer)
		n->current = NULL;
	if (!n->setup.capture)
		pipewire_forget_buffer(n, buffer);
	pthread_mutex_unlock(&n->feed);
}

/* The stream's thread may have the lock: then data come just now. */
static void note_empty_sink(struct pipewire_node *n)
{
	atomic_fetch_add(&n->empties, 1);
	if (!pthread_mutex_trylock(&n->feed)) {
		pipewire_end_data(n);
		pthread_mutex_unlock(&n->feed);
	}
	if (atomic_exchange(&n->hungry, false))
		wake_stream(n);
}

/*
 * A sink has run empty, or a source has a buffer more.
 *
 * Context: libpipewire's data thread, which must not wait.
 */
static void note_cycle(void *data)
{
	struct pipewire_node *n = data;

	if (!n->setup.capture)
		note_empty_sink(n);
	else if (atomic_fetch_add(&n->waiting, 1) + 1 >= atomic_load(&n->want))
		wake_stream(n);
}

static void note_control(void *data, uint32_t id,
			 const struct pw_stream_control *control)
{
	struct pipewire_node *n = data;

	if (n->setup.volume)
		pipewire_volume_note(n, id, control);
}

static const struct pw_stream_events events = {
	PW_VERSION_STREAM_EVENTS,
	.control_info = note_control,
	.state_changed = note_state,
	.add_buffer = note_buffer,
	.remove_buffer = forget_buffer,
	.process = note_cycle,
};

/* ---- make ---- */

/* A server's cycle is as long as the guest's period, if the server can. */
static struct pw_properties *node_properties(const struct pipewire_node *n)
{
	const struct pipewire_setup *s = &n->setup;
	struct pw_properties *props;

	props = pw_properties_new(
		PW_KEY_MEDIA_TYPE, "Audio",
		PW_KEY_MEDIA_CATEGORY, s->capture ? "Capture" : "Playback",
		PW_KEY_NODE_NAME, s->name,
		PW_KEY_NODE_DESCRIPTION, s->name,
		PW_KEY_MEDIA_NAME, s->name,
		PW_KEY_APP_NAME, s->name,
		NULL);
	if (!props)
		return NULL;
	if (*s->role)
		pw_properties_set(props, PW_KEY_MEDIA_ROLE, s->role);
	if (*s->target)
		pw_properties_set(props, PW_KEY_TARGET_OBJECT, s->target);
	if (n->p.period_sz >= n->frame)
		pw_properties_setf(props, PW_KEY_NODE_LATENCY, "%u/%u",
				   n->p.period_sz / n->frame, n->p.rate);
	return props;
}

static uint32_t frames_per_buffer(const struct snd_params *p)
{
	uint64_t most = p->rate * BUFFER_MAX_NS / NSEC_PER_SEC;
	uint64_t least = p->rate * BUFFER_MIN_NS / NSEC_PER_SEC;
	uint64_t period = (p->period_sz ? p->period_sz : p->buffer_sz / 4) /
			  p->unit_bytes;

	return (uint32_t)min_u64(max_u64(period, least), most);
}

/*
 * libpipewire 1.4 makes as few buffers as are allowed. Each WRITE takes one, so a sink
 * needs as many as there can be. A source needs more than one as well: a buffer that
 * the stream's thread gives back is only used in the next cycle but one. With a fixed
 * number note_buffer() knows when all are there.
 */
static struct spa_pod *buffers_pod(struct spa_pod_builder *b,
				   const struct snd_params *p)
{
	int size = (int)(frames_per_buffer(p) * p->unit_bytes);

	return spa_pod_builder_add_object(b,
		SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers,
		SPA_PARAM_BUFFERS_buffers, SPA_POD_Int(PIPEWIRE_BUFFERS),
		SPA_PARAM_BUFFERS_blocks, SPA_POD_Int(1),
		SPA_PARAM_BUFFERS_size,
		SPA_POD_CHOICE_RANGE_Int(size, size, INT32_MAX),
		SPA_PARAM_BUFFERS_stride, SPA_POD_Int((int)p->unit_bytes));
}

static bool connect_stream(struct pipewire_node *n)
{
	const struct spa_pod *params[2];
	uint8_t space[2048];
	struct spa_pod_builder b = SPA_POD_BUILDER_INIT(space, sizeof(space));
	enum pw_stream_flags flags;

	params[0] = pipewire_format_pod(&b, &n->p);
	params[1] = buffers_pod(&b, &n->p);

	flags = PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS |
		PW_STREAM_FLAG_RT_PROCESS | PW_STREAM_FLAG_INACTIVE;
	return !pw_stream_connect(n->stream, n->setup.capture ?
				  PW_DIRECTION_INPUT : PW_DIRECTION_OUTPUT,
				  PW_ID_ANY, flags, params, 2);
}

/**
 * pipewire_stream_make() - make a node in the server.
 * @n: node without one
 * @core: connection
 *
 * Return: false if there is no memory, or libpipewire refuses; then it is tried
 * again with the next server.
 */
bool pipewire_stream_make(struct pipewire_node *n, struct pw_core *core)
{
	struct pw_properties *props = node_properties(n);
	struct pw_stream *stream;

	if (!props)
		return false;
	stream = pw_stream_new(core, n->setup.name, props);
	if (!stream)
		return false;
	pthread_mutex_lock(&n->feed);
	n->stream = stream;
	n->state = PW_STREAM_STATE_CONNECTING;
	pthread_mutex_unlock(&n->feed);
	n->made_at = now_ns();
	n->active = false;
	n->volume_due = n->volume_set;
	memset(&n->listener, 0, sizeof(n->listener));
	pw_stream_add_listener(n->stream, &n->listener, &events, n);
	if (connect_stream(n))
		return true;
	note_state(n, n->state, PW_STREAM_STATE_ERROR, NULL);
	return false;
}

/**
 * pipewire_stream_destroy() - the node goes, or its server has gone.
 * @n: node
 */
void pipewire_stream_destroy(struct pipewire_node *n)
{
	struct pw_stream *stream = n->stream;

	if (!stream)
		return;
	spa_hook_remove(&n->listener);
	pthread_mutex_lock(&n->feed);
	n->stream = NULL;
	n->ready = false;
	n->stale = false;
	n->failed = false;
	n->state = PW_STREAM_STATE_UNCONNECTED;
	n->active = false;
	n->num = 0;
	n->num_idle = 0;
	n->left = 0;
	n->pad = 0;
	n->current = NULL;
	atomic_store(&n->waiting, 0);
	pthread_mutex_unlock(&n->feed);
	pw_stream_destroy(stream);
	wake_stream(n);
}
