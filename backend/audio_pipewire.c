// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: nodes of PipeWire's as sinks and sources.
 *
 * The stream's thread moves the data and asks where the node is; making it,
 * connecting again and destroying it is left to another thread (pipewire_server.c).
 * No call waits for the server.
 *
 * A node without a server, without a device, or that takes part in no cycle is
 * lost (audio.h). Nothing has to be tried to find it again: it takes part in
 * cycles again as soon as there is a device.
 *
 * Context of all functions: the stream's thread.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "audio.h"
#include "pipewire_node.h"
#include "sink_position.h"
#include "util.h"

/* a node that takes part in no cycle for so long, and two periods, is lost */
#define STAND_NS	(500 * NSEC_PER_MSEC)

/* likewise after START: a device that sleeps wakes up first */
#define BEGIN_NS	(2 * NSEC_PER_SEC)

/* a node that is lost is looked at this often */
#define LOOK_NS		(100 * NSEC_PER_MSEC)

/* a node stays active for so long after STOP */
#define IDLE_NS		NSEC_PER_SEC

/* the least that counts as a period of the server's, and the least wait for room */
#define PERIOD_NS	(10 * NSEC_PER_MSEC)

/**
 * struct audio_pipewire - one endpoint
 * @audio: common part
 * @name: for the log
 * @node: its node
 * @p: parameters of the guest's OPEN
 * @pos: what a sink has got, and how far it is
 * @go: between START and STOP
 * @paused: likewise PAUSE and RESUME
 * @said: the log has a line that it is lost
 * @moved: it has taken part in a cycle since START
 * @cycle: the last cycle that was seen
 * @cycled_at: when that was, ns
 * @empties: cycles without data that were accounted for
 * @full_until: data wait for room; look again at this time, ns
 * @tail_until: after STOP it plays what it has got until then, ns
 */
struct audio_pipewire {
	struct audio audio;
	char name[PIPEWIRE_NAME_MAX];
	struct pipewire_node *node;
	struct snd_params p;
	struct sink_position pos;
	bool go;
	bool paused;
	bool said;
	bool moved;
	uint64_t cycle;
	uint64_t cycled_at;
	uint64_t empties;
	uint64_t full_until;
	uint64_t tail_until;
};

static struct audio_pipewire *to_pipewire(struct audio *a)
{
	return (struct audio_pipewire *)a;
}

/* ---- lost, and found again ---- */

static uint64_t stand_limit(const struct audio_pipewire *d)
{
	return d->moved ? STAND_NS + sink_position_ns(&d->pos, 2 * d->pos.period) :
			  BEGIN_NS;
}

static void lose_node(struct audio_pipewire *d, const char *why)
{
	if (!d->said)
		log_for(d->audio.log, LVL_ERROR, "%s: %s; %s", d->name, why,
			d->audio.capture ? "silence is recorded until it works" :
			"playback is discarded until it works");
	d->said = true;
	pipewire_node_drop(d->node);
	d->audio.lost = true;
	d->pos.part_len = 0;
	d->full_until = 0;
	d->tail_until = 0;
}

static bool note_cycle(struct audio_pipewire *d, const struct pipewire_look *look)
{
	if (look->cycle == d->cycle)
		return false;
	d->cycle = look->cycle;
	d->cycled_at = now_ns();
	d->moved = true;
	return true;
}

/* Lose it if it does not work. */
static void check_node(struct audio_pipewire *d, const struct pipewire_look *look)
{
	note_cycle(d, look);
	if (!look->server)
		lose_node(d, "no server");
	else if (look->failed)
		lose_node(d, "the server has ended the node");
	else if (d->go && !d->paused &&
		 now_ns() - d->cycled_at > stand_limit(d))
		lose_node(d, "no device plays or records");
}

static void take_back(struct audio_pipewire *d)
{
	pipewire_node_drop(d->node);
	sink_position_prepared(&d->pos);
	d->pos.position = d->pos.base;
	pace_start(&d->pos.clock, d->pos.moved_at, d->pos.base * d->pos.frame);
	d->audio.lost = false;
	if (d->said)
		log_for(d->audio.log, LVL_INFO, "%s: works again", d->name);
	d->said = false;
}

/* A source without data has to be looked at. */
static bool check_due(const struct audio_pipewire *d)
{
	return d->audio.capture && now_ns() > d->cycled_at + stand_limit(d);
}

static void pipewire_check(struct audio *a, bool live)
{
	struct audio_pipewire *d = to_pipewire(a);
	struct pipewire_look look;

	if (!live || (!a->lost && !check_due(d)))
		return;
	pipewire_node_look(d->node, &look);
	if (!a->lost)
		check_node(d, &look);
	else if (look.failed)
		pipewire_node_retry(d->node);
	else if (look.cycle && note_cycle(d, &look))
		take_back(d);
}

static uint64_t pipewire_deadline(struct audio *a)
{
	struct audio_pipewire *d = to_pipewire(a);

	if (!d->go || d->paused)
		return TIME_NEVER;
	if (a->lost)
		return now_ns() + LOOK_NS;
	if (a->capture)
		return d->cycled_at + stand_limit(d) + NSEC_PER_MSEC;
	return d->full_until ? d->full_until : TIME_NEVER;
}

/* ---- OPEN, CLOSE ---- */

static int caps_of_node(struct audio *a, struct snd_caps *caps)
{
	(void)a;
	pipewire_caps(caps);
	return 0;
}

static int pipewire_open(struct audio *a, const struct snd_params *p)
{
	struct audio_pipewire *d = to_pipewire(a);
	struct pipewire_look look;

	d->p = *p;
	sink_position_params(&d->pos, p);
	d->pos.server = true;
	sink_position_forget(&d->pos);
	d->pos.period = max_u64(d->pos.guest_period,
				p->rate * PERIOD_NS / NSEC_PER_SEC);
	d->go = false;
	d->paused = false;
	d->full_until = 0;
	d->tail_until = 0;
	a->xruns = 0;
	pipewire_node_open(d->node, p);
	pipewire_node_look(d->node, &look);
	if (!look.server)
		lose_node(d, "no server");
	return 0;
}

static void pipewire_close(struct audio *a)
{
	struct audio_pipewire *d = to_pipewire(a);

	pipewire_node_close(d->node, d->tail_until);
	a->lost = false;
}

/* ---- START, STOP, PAUSE ---- */

static int pipewire_begin(struct audio *a)
{
	struct audio_pipewire *d = to_pipewire(a);
	struct pipewire_look look;

	pipewire_node_look(d->node, &look);
	d->go = true;
	d->moved = false;
	d->cycle = look.cycle;
	d->cycled_at = now_ns();
	d->tail_until = 0;
	sink_position_reset(&d->pos);
	/* What it still plays of the last sound is a lead of the next one. */
	d->pos.lead = look.left;
	pipewire_node_activate(d->node, true, 0);
	return 0;
}

/* It takes data when it wants to. */
static int pipewire_kick(struct audio *a, bool report)
{
	(void)a;
	(void)report;
	return 0;
}

static void look_at_sink(struct audio_pipewire *d)
{
	struct pipewire_look look;

	pipewire_node_look(d->node, &look);
	check_node(d, &look);
	if (d->audio.lost)
		return;
	sink_position_look(&d->pos, look.left);
	sink_position_delay(&d->pos, look.left + look.delay);
}

/* The end of a sound is played. */
static bool play_out(struct audio_pipewire *d)
{
	if (d->audio.capture || d->paused)
		return false;
	look_at_sink(d);
	if (d->audio.lost)
		return false;
	d->tail_until = sink_position_tail(&d->pos);
	return d->tail_until;
}

static void pipewire_stop(struct audio *a)
{
	struct audio_pipewire *d = to_pipewire(a);

	if (!d->go)
		return;
	d->pos.part_len = 0;
	if (!a->lost && !play_out(d))
		pipewire_node_drop(d->node);
	sink_position_reset(&d->pos);
	d->full_until = 0;
	d->go = false;
	d->paused = false;
	pipewire_node_activate(d->node, false, now_ns() + IDLE_NS);
}

static void pipewire_pause(struct audio *a, bool on)
{
	struct audio_pipewire *d = to_pipewire(a);
	uint64_t at = d->pos.position * d->pos.frame;

	d->paused = on;
	d->moved = false;
	d->cycled_at = now_ns();
	if (on)
		pace_stop(&d->pos.clock, at);
	else
		pace_start(&d->pos.clock, d->cycled_at, at);
	pipewire_node_activate(d->node, !on, 0);
}

/* ---- data ---- */

/* Data come after cycles without any: if the guest had kept up, it needs more. */
static void note_empty(struct audio_pipewire *d)
{
	struct pipewire_look look;

	pipewire_node_look(d->node, &look);
	if (look.empties == d->empties)
		return;
	d->empties = look.empties;
	if (!d->pos.fed || look.left)
		return;
	if (sink_position_want_more(&d->pos))
		d->audio.xruns++;
	sink_position_prepared(&d->pos);
}

static uint64_t put_frames(void *sink, const void *data, uint64_t frames)
{
	struct audio_pipewire *d = sink;
	uint64_t n, lead;

	note_empty(d);
	lead = sink_position_lead(&d->pos);
	if (lead)
		d->pos.lead = pipewire_node_write(d->node, NULL, lead);
	n = pipewire_node_write(d->node, data, frames);
	d->full_until = n == frames ? 0 : now_ns() +
		max_u64(sink_position_ns(&d->pos, d->pos.left / 2), PERIOD_NS);
	return n;
}

static size_t pipewire_write(struct audio *a, const void *data, size_t bytes)
{
	struct audio_pipewire *d = to_pipewire(a);

	if (a->lost)
		return bytes;
	return sink_position_write(&d->pos, data, bytes, put_frames, d);
}

static uint64_t pipewire_queued(struct audio *a)
{
	struct audio_pipewire *d = to_pipewire(a);

	if (!a->lost)
		look_at_sink(d);
	return a->lost ? 0 : sink_position_queued(&d->pos);
}

static bool pipewire_ample(struct audio *a, uint64_t ns)
{
	return sink_position_ample(&to_pipewire(a)->pos, ns);
}

static size_t pipewire_read(struct audio *a, void *data, size_t bytes)
{
	struct audio_pipewire *d = to_pipewire(a);

	if (!a->lost)
		return pipewire_node_read(d->node, data, bytes);
	audio_silence(d->p.format, data, bytes);
	return bytes;
}

static unsigned int pipewire_pollfds(struct audio *a, struct pollfd *fds,
				     unsigned int max)
{
	if (!max)
		return 0;
	fds->fd = pipewire_node_fd(to_pipewire(a)->node);
	fds->events = POLLIN;
	return 1;
}

static void pipewire_pollack(struct audio *a, struct pollfd *fds, unsigned int n)
{
	eventfd_t count;

	(void)a;
	if (n && fds->revents)
		eventfd_read(fds->fd, &count);
}

static void pipewire_set_volume(struct audio *a, const struct audio_volume *v)
{
	pipewire_node_set_volume(to_pipewire(a)->node, v);
}

static void pipewire_get_volume(struct audio *a, struct audio_volume *v)
{
	pipewire_node_get_volume(to_pipewire(a)->node, v);
}

static void pipewire_free(struct audio *a)
{
	struct audio_pipewire *d = to_pipewire(a);

	pipewire_node_free(d->node);
	free(d);
}

static const struct audio_ops pipewire_ops = {
	.caps = caps_of_node,
	.open = pipewire_open,
	.close = pipewire_close,
	.start = pipewire_begin,
	.kick = pipewire_kick,
	.stop = pipewire_stop,
	.pause = pipewire_pause,
	.write = pipewire_write,
	.read = pipewire_read,
	.queued = pipewire_queued,
	.ample = pipewire_ample,
	.check = pipewire_check,
	.deadline = pipewire_deadline,
	.pollfds = pipewire_pollfds,
	.pollack = pipewire_pollack,
	.set_volume = pipewire_set_volume,
	.get_volume = pipewire_get_volume,
	.free = pipewire_free,
};

/* ---- make ---- */

static const char *target_error(const char *target)
{
	if (target && !*target)
		return "no target after pipewire:";
	if (target && strlen(target) >= PIPEWIRE_NAME_MAX)
		return "target too long";
	return NULL;
}

/* A guest chooses a part of its nodes' names. */
static void make_printable(char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
}

static void fill_setup(struct pipewire_setup *s, const char *target, bool capture,
		       const struct audio_id *id)
{
	s->capture = capture;
	if (id->guest)
		snprintf(s->name, sizeof(s->name), "%.80s: %.100s", id->guest,
			 id->unique_id);
	else
		snprintf(s->name, sizeof(s->name), "domain %u: %.100s", id->domid,
			 id->unique_id);
	snprintf(s->target, sizeof(s->target), "%s", target ? target : "");
	snprintf(s->role, sizeof(s->role), "%s", id->role ? id->role : "");
	s->volume = id->node_volume;
	make_printable(s->name);
}

static struct audio *make_pipewire(const char *target, bool capture,
				   const struct audio_id *id)
{
	struct pipewire_setup setup = { 0 };
	struct audio_pipewire *d;

	if (!pipewire_start())
		return NULL;
	d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	fill_setup(&setup, target, capture, id);
	snprintf(d->name, sizeof(d->name), "pipewire%s%.50s: stream %.100s",
		 target ? ":" : "", setup.target, id->unique_id);
	d->audio.ops = &pipewire_ops;
	d->audio.own_volume = id->node_volume;
	sink_position_init(&d->pos, id->latency_ms);
	d->node = pipewire_node_new(&setup);
	if (d->node)
		return &d->audio;
	free(d);
	return NULL;
}

const struct audio_kind audio_pipewire_kind = {
	.name = "pipewire",
	.live = true,
	.arg_optional = true,
	.arg_error = target_error,
	.make = make_pipewire,
};
