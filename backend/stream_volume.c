// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: the guest's requests for volume and mute.
 *
 * The values lie in the shared buffer, where the request says; they are copied
 * once, then checked, then used. They are for the samples (volume.c), unless the
 * sink or source has a volume of its own for the guest. Documentation/protocol-notes.rst has what
 * sndif.h leaves open.
 *
 * Context of all functions: the stream's thread.
 */
#include <string.h>

#include "stream_priv.h"

static void get_level(struct stream *s, struct audio_volume *v)
{
	unsigned int i;

	if (s->audio->own_volume) {
		s->audio->ops->get_volume(s->audio, v);
		return;
	}
	memset(v, 0, sizeof(*v));
	for (i = 0; i < s->p.channels; i++) {
		v->mdb[i] = volume_get(&s->volume, VOLUME_GUEST, i);
		v->muted[i] = volume_muted(&s->volume, VOLUME_GUEST, i);
	}
}

static void put_level(struct stream *s, const struct audio_volume *v)
{
	unsigned int i;

	if (s->audio->own_volume) {
		s->audio->ops->set_volume(s->audio, v);
		return;
	}
	for (i = 0; i < s->p.channels; i++) {
		volume_set(&s->volume, VOLUME_GUEST, i, v->mdb[i]);
		volume_mute(&s->volume, VOLUME_GUEST, i, v->muted[i]);
	}
}

static bool is_flat(const struct stream *s, const struct audio_volume *v)
{
	unsigned int i;

	for (i = 0; i < s->p.channels; i++)
		if (v->mdb[i] || v->muted[i])
			return false;
	return true;
}

/**
 * stream_save_volume() - what the guest has set, before the sink or source changes.
 * @s: open stream
 * @v: result
 */
void stream_save_volume(struct stream *s, struct audio_volume *v)
{
	get_level(s, v);
}

/**
 * stream_restore_volume() - give it to the new one.
 * @s: stream with the new one
 * @v: of stream_save_volume()
 *
 * If the guest has set nothing, a device's volume stays what it is.
 */
void stream_restore_volume(struct stream *s, const struct audio_volume *v)
{
	if (s->audio->own_volume) {
		volume_set(&s->volume, VOLUME_GUEST, VOLUME_ALL, 0);
		volume_mute(&s->volume, VOLUME_GUEST, VOLUME_ALL, false);
	}
	if (!s->audio->own_volume || !is_flat(s, v))
		put_level(s, v);
}

/* All channels or none: one value out of range changes nothing. */
static int set_volume(struct stream *s, uint32_t offset)
{
	int32_t mdb[SND_MAX_CHANNELS];
	size_t size = s->p.channels * sizeof(*mdb);
	struct audio_volume v;
	unsigned int i;

	memcpy(mdb, s->buf.data + offset, size);
	for (i = 0; i < s->p.channels; i++)
		if (mdb[i] > VOLUME_MAX)
			return -XEN_EINVAL;
	get_level(s, &v);
	memcpy(v.mdb, mdb, size);
	put_level(s, &v);
	return 0;
}

static int get_volume(struct stream *s, uint32_t offset)
{
	struct audio_volume v;

	get_level(s, &v);
	return shbuf_write(&s->buf, s->xen, offset, v.mdb,
			   (uint32_t)(s->p.channels * sizeof(*v.mdb))) ?
	       0 : -XEN_EFAULT;
}

/* Channels whose byte is 0 stay as they are. */
static int set_mute(struct stream *s, uint32_t offset, bool on)
{
	uint8_t which[SND_MAX_CHANNELS];
	struct audio_volume v;
	unsigned int i;

	memcpy(which, s->buf.data + offset, s->p.channels);
	get_level(s, &v);
	for (i = 0; i < s->p.channels; i++)
		if (which[i])
			v.muted[i] = on;
	put_level(s, &v);
	return 0;
}

/**
 * stream_volume_request() - SET_VOLUME, GET_VOLUME, MUTE, UNMUTE.
 * @s: stream
 * @req: private copy of the request
 *
 * Return: 0, -XEN_EIO without OPEN, -XEN_EOPNOTSUPP if the format is not linear
 * and the volume not the device's, -XEN_EINVAL if the region is not inside of the buffer, has not one value for
 * each channel or one out of range, -XEN_EFAULT if GET_VOLUME may not write.
 */
int stream_volume_request(struct stream *s, const struct xensnd_req *req)
{
	uint32_t offset = req->op.rw.offset, value;

	if (!s->open)
		return -XEN_EIO;
	if (!volume_linear(s->p.format) && !s->audio->own_volume)
		return -XEN_EOPNOTSUPP;
	value = req->operation == XENSND_OP_SET_VOLUME ||
		req->operation == XENSND_OP_GET_VOLUME ? sizeof(int32_t) : 1;
	if (req->op.rw.length != s->p.channels * value ||
	    snd_rw_check(&req->op.rw, s->p.buffer_sz))
		return -XEN_EINVAL;
	switch (req->operation) {
	case XENSND_OP_SET_VOLUME:
		return set_volume(s, offset);
	case XENSND_OP_GET_VOLUME:
		return get_volume(s, offset);
	default:
		return set_mute(s, offset, req->operation == XENSND_OP_MUTE);
	}
}
