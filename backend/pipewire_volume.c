// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: the guest's volume as the volume of its node in PipeWire.
 *
 * Others set it as well: the slider of a mixer, WirePlumber, which keeps the volumes
 * of all nodes by their names. What they set becomes the guest's, as if it had set
 * that itself. A node has a volume for each channel, as the guest does, but one mute
 * for all: a channel that is muted alone has the volume 0.
 *
 * When a node is made, WirePlumber sets the volume that the last one of its name
 * had. So OPEN changes nothing, and what the guest has set before that is set again.
 */
#include <math.h>
#include <string.h>

#include <spa/param/props.h>

#include "pipewire_priv.h"
#include "util.h"
#include "volume.h"

/* so long after a node is made, until it runs, a change is WirePlumber's */
#define RESTORE_NS	NSEC_PER_SEC

static bool all_muted(const struct pipewire_node *n)
{
	unsigned int i;

	for (i = 0; i < n->p.channels; i++)
		if (!n->volume.muted[i])
			return false;
	return true;
}

/* What the node's volume is for a channel. */
static float node_gain(const struct pipewire_node *n, unsigned int channel)
{
	if (n->volume.muted[channel] && !all_muted(n))
		return 0;
	return (float)volume_gain(n->volume.mdb[channel]);
}

static int32_t mdb_of_gain(float gain)
{
	double mdb = gain > 0 ? 20000 * log10((double)gain) : VOLUME_MIN;

	return (int32_t)lrint(fmax(VOLUME_MIN, fmin(VOLUME_MAX, mdb)));
}

/**
 * pipewire_volume_open() - OPEN: a node that is there keeps its volume.
 * @n: node
 *
 * Context: with the lock.
 */
void pipewire_volume_open(struct pipewire_node *n)
{
	if (!n->stream || n->stale)
		memset(&n->volume, 0, sizeof(n->volume));
	n->volume_set = false;
	n->volume_due = false;
}

/**
 * pipewire_volume_apply() - give the server what the guest has set.
 * @n: node in the server
 *
 * Context: the loop's thread, with the lock.
 */
void pipewire_volume_apply(struct pipewire_node *n)
{
	float gains[SND_MAX_CHANNELS], mute = all_muted(n);
	unsigned int i;

	for (i = 0; i < n->p.channels; i++)
		gains[i] = node_gain(n, i);
	n->volume_due = false;
	pw_stream_set_control(n->stream, SPA_PROP_channelVolumes, n->p.channels, gains,
			      SPA_PROP_mute, 1, &mute, 0);
}

static bool note_gains(struct pipewire_node *n, const float *gains, unsigned int num)
{
	bool changed = false;
	unsigned int i;

	for (i = 0; i < n->p.channels && i < num; i++) {
		bool alone = n->volume.muted[i] && !all_muted(n);

		if (gains[i] == node_gain(n, i))
			continue;
		n->volume.mdb[i] = mdb_of_gain(gains[i]);
		if (alone)
			n->volume.muted[i] = false;
		changed = true;
	}
	return changed;
}

static bool note_mute(struct pipewire_node *n, bool on)
{
	if (on == all_muted(n))
		return false;
	memset(n->volume.muted, on, sizeof(n->volume.muted));
	return true;
}

/**
 * pipewire_volume_note() - the node's volume is another now.
 * @n: node
 * @id: SPA_PROP_XXX
 * @c: what is set
 *
 * Context: the loop's thread, with the lock.
 */
void pipewire_volume_note(struct pipewire_node *n, uint32_t id,
			  const struct pw_stream_control *c)
{
	struct audio_volume before = n->volume;
	bool changed = false;

	if (n->volume_due || !c->n_values)
		return;
	if (id == SPA_PROP_channelVolumes)
		changed = note_gains(n, c->values, c->n_values);
	else if (id == SPA_PROP_mute)
		changed = note_mute(n, c->values[0] >= 0.5f);
	if (!changed || !n->volume_set || n->state == PW_STREAM_STATE_STREAMING ||
	    now_ns() > n->made_at + RESTORE_NS)
		return;
	n->volume = before;
	n->volume_due = true;
	pipewire_work_due();
}

/**
 * pipewire_node_set_volume() - the guest has set its volume.
 * @n: node
 * @v: what it is now
 *
 * Context: the stream's thread, without the lock.
 */
void pipewire_node_set_volume(struct pipewire_node *n, const struct audio_volume *v)
{
	pipewire_lock();
	n->volume = *v;
	n->volume_set = true;
	n->volume_due = true;
	pipewire_work_due();
	pipewire_unlock();
}

/**
 * pipewire_node_get_volume() - what the guest, or another one, has set.
 * @n: node
 * @v: result
 *
 * Context: the stream's thread, without the lock.
 */
void pipewire_node_get_volume(struct pipewire_node *n, struct audio_volume *v)
{
	pipewire_lock();
	*v = n->volume;
	pipewire_unlock();
}
