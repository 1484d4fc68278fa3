// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: a PipeWire server with a script, see fake_pipewire.h.
 */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <spa/param/buffers.h>
#include <spa/param/props.h>
#include <spa/pod/iter.h>

#include "fake_pipewire.h"
#include "pipewire_priv.h"
#include "util.h"

#define FAKE_BUFFERS	32u
#define BUFFER_FRAMES	1024u
#define FRAME_BYTES	4u
#define FAKE_STREAMS	16u

struct fake_buffer {
	struct pw_buffer pw;
	struct spa_buffer spa;
	struct spa_data data;
	struct spa_chunk chunk;
	uint8_t bytes[BUFFER_FRAMES * FRAME_BYTES];
};

/* Buffers that wait, oldest first. */
struct fifo {
	struct fake_buffer *b[FAKE_BUFFERS];
	unsigned int num;
};

struct fake_stream {
	bool used;
	bool capture;
	bool active;
	bool linked;
	bool made;
	bool replaced;
	bool ended;
	bool begins;
	unsigned int num;
	const struct pw_stream_events *events;
	void *events_data;
	struct fake_buffer buffers[FAKE_BUFFERS];
	struct fifo free;
	struct fifo ready;
	uint32_t offset;
	int16_t cycle_data[FAKE_PW_QUANTUM];
	unsigned int held;
	int64_t cycle;
};

struct fake_pipewire fake_pipewire;

static struct fake_stream streams[FAKE_STREAMS];
/* events are called with it */
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static const struct pw_core_events *core_events;
static bool data_thread;

static struct fake_stream *fake_of(struct pw_stream *s)
{
	return (struct fake_stream *)(void *)s;
}

static void fifo_push(struct fifo *f, struct fake_buffer *b)
{
	f->b[f->num++] = b;
}

static struct fake_buffer *fifo_pop(struct fifo *f)
{
	struct fake_buffer *b = f->num ? f->b[0] : NULL;

	if (b)
		memmove(f->b, f->b + 1, --f->num * sizeof(*f->b));
	return b;
}

/* ---- cycles ---- */

static void play_value(int16_t v)
{
	if (fake_pipewire.played < FAKE_PW_FRAMES)
		fake_pipewire.data[fake_pipewire.played] = v;
	fake_pipewire.played++;
}

/* Return: a frame of a buffer; false if there is none. */
static bool next_frame(struct fake_stream *s, int16_t *v)
{
	struct fake_buffer *b = s->ready.num ? s->ready.b[0] : NULL;

	if (!b)
		return false;
	*v = ((int16_t *)(void *)b->bytes)[2 * s->offset++];
	if (s->offset < b->chunk.size / FRAME_BYTES)
		return true;
	s->offset = 0;
	fifo_push(&s->free, fifo_pop(&s->ready));
	return true;
}

/* The data that are there when it begins are taken at once, not played. */
static void take_first(struct fake_stream *s)
{
	unsigned int i;
	int16_t v;

	for (i = 0; i < fake_pipewire.first && next_frame(s, &v); i++)
		s->begins = false;
}

/* As the real converter: a cycle that cannot be filled is kept until it can. */
static void play_cycle(struct fake_stream *s)
{
	unsigned int i;

	while (s->held < fake_pipewire.quantum) {
		if (next_frame(s, &s->cycle_data[s->held])) {
			s->held++;
			continue;
		}
		if (s->free.num)
			s->free.b[0]->pw.requested = fake_pipewire.quantum - s->held;
		s->events->process(s->events_data);
		if (!s->ready.num)
			break;
	}
	for (i = 0; i < fake_pipewire.quantum; i++)
		play_value(s->held < fake_pipewire.quantum ? 0 : s->cycle_data[i]);
	if (s->held == fake_pipewire.quantum)
		s->held = 0;
}

static void record_cycle(struct fake_stream *s)
{
	struct fake_buffer *b = fifo_pop(&s->free);
	unsigned int i;

	for (i = 0; b && i < fake_pipewire.quantum; i++) {
		int16_t *v = (int16_t *)(void *)b->bytes + 2 * i;

		v[0] = v[1] = (int16_t)(fake_pipewire.played++ % 20000 + 1);
	}
	if (!b)
		return;
	b->chunk.offset = 0;
	b->chunk.size = fake_pipewire.quantum * FRAME_BYTES;
	fifo_push(&s->ready, b);
	s->events->process(s->events_data);
}

static void make_buffer(struct fake_stream *s, struct fake_buffer *b)
{
	b->data.data = b->bytes;
	b->data.maxsize = sizeof(b->bytes);
	b->data.chunk = &b->chunk;
	b->spa.n_datas = 1;
	b->spa.datas = &b->data;
	b->pw.buffer = &b->spa;
	fifo_push(&s->free, b);
}

static bool wants_buffers(const struct fake_stream *s)
{
	return s->used && s->linked && !s->made && !s->ended &&
	       !fake_pipewire.no_device;
}

static bool buffers_due(void)
{
	bool due = false;
	unsigned int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < FAKE_STREAMS; i++)
		due |= wants_buffers(&streams[i]);
	pthread_mutex_unlock(&lock);
	return due;
}

/* There are none before a node is linked with a device. */
static void make_buffers(struct fake_stream *s)
{
	unsigned int i;

	pthread_mutex_lock(&lock);
	s->made = true;
	for (i = 0; i < s->num; i++)
		make_buffer(s, &s->buffers[i]);
	pthread_mutex_unlock(&lock);
	for (i = 0; i < s->num; i++)
		s->events->add_buffer(s->events_data, &s->buffers[i].pw);
}

static void make_all_buffers(void)
{
	unsigned int i;

	if (!buffers_due())
		return;
	pipewire_lock();
	for (i = 0; i < FAKE_STREAMS; i++)
		if (wants_buffers(&streams[i]))
			make_buffers(&streams[i]);
	pipewire_unlock();
}

static void one_cycle(void)
{
	unsigned int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < FAKE_STREAMS; i++) {
		struct fake_stream *s = &streams[i];

		if (!s->used || !s->active || !s->made || fake_pipewire.no_device)
			continue;
		s->cycle++;
		if (s->begins && !s->capture)
			take_first(s);
		if (s->capture)
			record_cycle(s);
		else
			play_cycle(s);
	}
	pthread_mutex_unlock(&lock);
}

static void *data_main(void *arg)
{
	uint64_t at = now_ns();

	(void)arg;
	for (;;) {
		at += fake_pipewire.quantum * NSEC_PER_SEC / 48000;
		while (now_ns() < at)
			usleep(1000);
		make_all_buffers();
		one_cycle();
	}
	return NULL;
}

static void start_cycles(void)
{
	pthread_t thread;

	if (!data_thread)
		pthread_create(&thread, NULL, data_main, NULL);
	data_thread = true;
}

/* ---- the connection ---- */

struct pw_context *pw_context_new(struct pw_loop *loop, struct pw_properties *props,
				  size_t size)
{
	static char context;

	(void)loop;
	(void)size;
	pw_properties_free(props);
	return (struct pw_context *)(void *)&context;
}

static int add_core_listener(void *object, struct spa_hook *listener,
			     const struct pw_core_events *events, void *data)
{
	static struct spa_list end = { &end, &end };

	(void)object;
	(void)data;
	core_events = events;
	spa_list_insert(&end, &listener->link);
	return 0;
}

static const struct pw_core_methods core_methods = {
	PW_VERSION_CORE_METHODS,
	.add_listener = add_core_listener,
};

static struct spa_interface core = {
	.type = PW_TYPE_INTERFACE_Core,
	.version = PW_VERSION_CORE,
	.cb = { &core_methods, &core },
};

struct pw_core *pw_context_connect(struct pw_context *context,
				   struct pw_properties *props, size_t size)
{
	(void)context;
	(void)props;
	(void)size;
	fake_pipewire.connects++;
	if (fake_pipewire.no_server) {
		errno = EHOSTDOWN;
		return NULL;
	}
	return (struct pw_core *)(void *)&core;
}

int pw_core_disconnect(struct pw_core *c)
{
	(void)c;
	core_events = NULL;
	return 0;
}

/* ---- streams ---- */

static void copy_property(const struct pw_properties *props, const char *key,
			  char *to, size_t size)
{
	const char *value = pw_properties_get(props, key);

	snprintf(to, size, "%s", value ? value : "");
}

struct pw_stream *pw_stream_new(struct pw_core *c, const char *name,
				struct pw_properties *props)
{
	struct fake_pipewire *f = &fake_pipewire;
	struct fake_stream *s = streams;

	(void)c;
	(void)name;
	pthread_mutex_lock(&lock);
	while (s->used)
		s++;
	memset(s, 0, sizeof(*s));
	s->used = true;
	pthread_mutex_unlock(&lock);
	f->streams++;
	f->alive++;
	copy_property(props, PW_KEY_NODE_NAME, f->name, sizeof(f->name));
	copy_property(props, PW_KEY_TARGET_OBJECT, f->target, sizeof(f->target));
	copy_property(props, PW_KEY_MEDIA_ROLE, f->role, sizeof(f->role));
	copy_property(props, PW_KEY_NODE_LATENCY, f->latency, sizeof(f->latency));
	pw_properties_free(props);
	start_cycles();
	return (struct pw_stream *)(void *)s;
}

void pw_stream_add_listener(struct pw_stream *stream, struct spa_hook *listener,
			    const struct pw_stream_events *events, void *data)
{
	static struct spa_list end = { &end, &end };

	spa_list_insert(&end, &listener->link);
	fake_of(stream)->events = events;
	fake_of(stream)->events_data = data;
}

/* Of a range of numbers of buffers the least is taken, as by libpipewire 1.4. */
static unsigned int num_buffers(const struct spa_pod *buffers)
{
	const struct spa_pod_prop *prop;
	const struct spa_pod *values;
	uint32_t n, choice;
	const int32_t *v;

	prop = spa_pod_find_prop(buffers, NULL, SPA_PARAM_BUFFERS_buffers);
	values = spa_pod_get_values(&prop->value, &n, &choice);
	v = SPA_POD_BODY_CONST(values);
	return min_u32((uint32_t)v[choice == SPA_CHOICE_Range ? 1 : 0],
		       FAKE_BUFFERS);
}

int pw_stream_connect(struct pw_stream *stream, enum pw_direction direction,
		      uint32_t target, enum pw_stream_flags flags,
		      const struct spa_pod **params, uint32_t num)
{
	struct fake_stream *s = fake_of(stream);

	(void)target;
	(void)flags;
	s->num = num > 1 ? num_buffers(params[1]) : 0;
	s->capture = direction == PW_DIRECTION_INPUT;
	s->events->state_changed(s->events_data, PW_STREAM_STATE_CONNECTING,
				 PW_STREAM_STATE_PAUSED, NULL);
	return 0;
}

/* As the real one, it says at once what it has now. */
static void note_volume(struct fake_stream *s)
{
	float values[2] = { fake_pipewire.gains[0], fake_pipewire.gains[1] };
	struct pw_stream_control c = { .values = values, .n_values = 2 };

	if (!s->events->control_info)
		return;
	s->events->control_info(s->events_data, SPA_PROP_channelVolumes, &c);
	values[0] = fake_pipewire.mute;
	c.n_values = 1;
	s->events->control_info(s->events_data, SPA_PROP_mute, &c);
}

int pw_stream_set_active(struct pw_stream *stream, bool active)
{
	struct fake_stream *s = fake_of(stream);

	if (!s->linked && fake_pipewire.restores > 0) {
		fake_pipewire.gains[0] = fake_pipewire.restores;
		fake_pipewire.gains[1] = fake_pipewire.restores;
		note_volume(s);
	}
	pthread_mutex_lock(&lock);
	s->begins = active && !s->active;
	s->active = active;
	s->linked = true;
	pthread_mutex_unlock(&lock);
	s->events->state_changed(s->events_data, PW_STREAM_STATE_PAUSED, active ?
				 PW_STREAM_STATE_STREAMING :
				 PW_STREAM_STATE_PAUSED, NULL);
	return 0;
}

void pw_stream_destroy(struct pw_stream *stream)
{
	pthread_mutex_lock(&lock);
	fake_of(stream)->used = false;
	fake_pipewire.alive--;
	pthread_mutex_unlock(&lock);
}

struct pw_buffer *pw_stream_dequeue_buffer(struct pw_stream *stream)
{
	struct fake_stream *s = fake_of(stream);
	struct fake_buffer *b;

	pthread_mutex_lock(&lock);
	fake_pipewire.invalid += s->replaced;
	b = fifo_pop(s->capture ? &s->ready : &s->free);
	pthread_mutex_unlock(&lock);
	return b ? &b->pw : NULL;
}

int pw_stream_queue_buffer(struct pw_stream *stream, struct pw_buffer *buffer)
{
	struct fake_stream *s = fake_of(stream);

	pthread_mutex_lock(&lock);
	fake_pipewire.invalid += s->replaced;
	fifo_push(s->capture ? &s->free : &s->ready,
		  (struct fake_buffer *)(void *)buffer);
	pthread_mutex_unlock(&lock);
	return 0;
}

static void take_control(uint32_t id, uint32_t n, const float *values)
{
	if (id == SPA_PROP_mute && n == 1)
		fake_pipewire.mute = values[0] >= 0.5f;
	else if (id == SPA_PROP_channelVolumes && n == 2)
		memcpy(fake_pipewire.gains, values, sizeof(fake_pipewire.gains));
}

int pw_stream_set_control(struct pw_stream *stream, uint32_t id, uint32_t n,
			  float *values, ...)
{
	va_list more;

	va_start(more, values);
	take_control(id, n, values);
	while ((id = va_arg(more, uint32_t))) {
		n = va_arg(more, uint32_t);
		take_control(id, n, va_arg(more, float *));
	}
	va_end(more);
	fake_pipewire.sets++;
	note_volume(fake_of(stream));
	return 0;
}

int pw_stream_get_time_n(struct pw_stream *stream, struct pw_time *t, size_t size)
{
	pthread_mutex_lock(&lock);
	memset(t, 0, size);
	t->now = fake_of(stream)->cycle;
	t->rate = SPA_FRACTION(1, 48000);
	t->delay = fake_pipewire.quantum;
	pthread_mutex_unlock(&lock);
	return 0;
}

int pw_stream_flush(struct pw_stream *stream, bool drain)
{
	struct fake_stream *s = fake_of(stream);

	(void)drain;
	pthread_mutex_lock(&lock);
	fake_pipewire.flushes++;
	while (s->ready.num)
		fifo_push(&s->free, fifo_pop(&s->ready));
	s->offset = 0;
	pthread_mutex_unlock(&lock);
	if (fake_pipewire.flush_pauses)
		s->events->state_changed(s->events_data, PW_STREAM_STATE_STREAMING,
					 PW_STREAM_STATE_PAUSED, NULL);
	return 0;
}

/* ---- the script ---- */

void fake_pipewire_reset(void)
{
	pthread_mutex_lock(&lock);
	fake_pipewire.quantum = 480;
	fake_pipewire.first = 0;
	fake_pipewire.flush_pauses = false;
	fake_pipewire.no_server = false;
	fake_pipewire.no_device = false;
	fake_pipewire.connects = 0;
	fake_pipewire.streams = 0;
	fake_pipewire.flushes = 0;
	fake_pipewire.invalid = 0;
	fake_pipewire.played = 0;
	fake_pipewire.gains[0] = 1;
	fake_pipewire.gains[1] = 1;
	fake_pipewire.mute = false;
	fake_pipewire.sets = 0;
	fake_pipewire.restores = 0;
	pthread_mutex_unlock(&lock);
}

void fake_pipewire_kill(void)
{
	pipewire_lock();
	if (core_events)
		core_events->error(NULL, PW_ID_CORE, 0, -EPIPE, "killed");
	pipewire_unlock();
}

void fake_pipewire_slide(float left, float right, bool mute)
{
	unsigned int i;

	pipewire_lock();
	fake_pipewire.gains[0] = left;
	fake_pipewire.gains[1] = right;
	fake_pipewire.mute = mute;
	for (i = 0; i < FAKE_STREAMS; i++)
		if (streams[i].used)
			note_volume(&streams[i]);
	pipewire_unlock();
}

static void take_buffers_away(struct fake_stream *s)
{
	unsigned int i;

	for (i = 0; i < s->num; i++) {
		s->events->remove_buffer(s->events_data, &s->buffers[i].pw);
		pthread_mutex_lock(&lock);
		s->made = false;
		s->replaced = true;
		s->free.num = 0;
		s->ready.num = 0;
		s->offset = 0;
		pthread_mutex_unlock(&lock);
		if (!i)
			s->events->process(s->events_data);
	}
	pthread_mutex_lock(&lock);
	s->replaced = false;
	pthread_mutex_unlock(&lock);
}

void fake_pipewire_replace_buffers(void)
{
	unsigned int i;

	pipewire_lock();
	for (i = 0; i < FAKE_STREAMS; i++)
		if (streams[i].used && streams[i].made) {
			take_buffers_away(&streams[i]);
			make_buffers(&streams[i]);
		}
	pipewire_unlock();
}

void fake_pipewire_end_nodes(void)
{
	unsigned int i;

	pipewire_lock();
	for (i = 0; i < FAKE_STREAMS; i++) {
		struct fake_stream *s = &streams[i];

		pthread_mutex_lock(&lock);
		s->made = false;
		/* It gets no buffers again, as the real one does not. */
		s->ended = true;
		pthread_mutex_unlock(&lock);
		if (s->used)
			s->events->state_changed(s->events_data,
						 PW_STREAM_STATE_STREAMING,
						 PW_STREAM_STATE_UNCONNECTED, NULL);
	}
	pipewire_unlock();
}
