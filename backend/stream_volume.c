// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: the guest's requests for volume and mute.
 *
 * The values lie in the shared buffer, where the request says; they are copied
 * once, then checked, then used. Documentation/protocol-notes.rst has what
 * sndif.h leaves open.
 *
 * Context of all functions: the stream's thread.
 */
#include <string.h>

#include "stream_priv.h"

/* All channels or none: one value out of range changes nothing. */
static int set_volume(struct stream *s, uint32_t offset)
{
	int32_t mdb[SND_MAX_CHANNELS];
	unsigned int i;

	memcpy(mdb, s->buf.data + offset, s->p.channels * sizeof(*mdb));
	for (i = 0; i < s->p.channels; i++)
		if (mdb[i] > VOLUME_MAX)
			return -XEN_EINVAL;
	for (i = 0; i < s->p.channels; i++)
		volume_set(&s->volume, VOLUME_GUEST, i, mdb[i]);
	return 0;
}

static int get_volume(struct stream *s, uint32_t offset)
{
	int32_t mdb[SND_MAX_CHANNELS];
	unsigned int i;

	for (i = 0; i < s->p.channels; i++)
		mdb[i] = volume_get(&s->volume, VOLUME_GUEST, i);
	return shbuf_write(&s->buf, s->xen, offset, mdb,
			   (uint32_t)(s->p.channels * sizeof(*mdb))) ?
	       0 : -XEN_EFAULT;
}

/* Channels whose byte is 0 stay as they are. */
static int set_mute(struct stream *s, uint32_t offset, bool on)
{
	uint8_t which[SND_MAX_CHANNELS];
	unsigned int i;

	memcpy(which, s->buf.data + offset, s->p.channels);
	for (i = 0; i < s->p.channels; i++)
		if (which[i])
			volume_mute(&s->volume, VOLUME_GUEST, i, on);
	return 0;
}

/**
 * stream_volume_request() - SET_VOLUME, GET_VOLUME, MUTE, UNMUTE.
 * @s: stream
 * @req: private copy of the request
 *
 * Return: 0, -XEN_EIO without OPEN, -XEN_EOPNOTSUPP if the format is not linear,
 * -XEN_EINVAL if the region is not inside of the buffer, has not one value for
 * each channel or one out of range, -XEN_EFAULT if GET_VOLUME may not write.
 */
int stream_volume_request(struct stream *s, const struct xensnd_req *req)
{
	uint32_t offset = req->op.rw.offset, value;

	if (!s->open)
		return -XEN_EIO;
	if (!volume_linear(s->p.format))
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
