// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * xen-snd-hostile: attacks through the request ring
 */
#include <string.h>
#include <unistd.h>

#include "hostile.h"

/* long enough for the guest to look, before an honest response hides the lie */
#define LOOK_US		3000

#define WRITE_SHARED(x, value)	(*(volatile __typeof__(x) *)&(x) = (value))
#define READ_SHARED(x)		(*(const volatile __typeof__(x) *)&(x))

static xen_sndif_sring_t *sring(struct voice *v)
{
	return v->page;
}

static void set_producer(struct voice *v, uint32_t prod)
{
	WRITE_SHARED(sring(v)->rsp_prod, prod);
	voice_kick(v);
	usleep(LOOK_US);
}

/* A response producer of so many more than there were requests. */
bool strike_beyond(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	set_producer(v, READ_SHARED(sring(v)->req_prod) + (uint32_t)a->arg);
	return !resp;
}

/* A response producer of just this value, or so many less than it was. */
bool strike_producer(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	uint32_t prod = (uint32_t)a->arg;

	if (a->arg < 0)
		prod += v->rings.req.rsp_prod_pvt;
	set_producer(v, prod);
	return !resp;
}

/*
 * The response is there, and gone, and there: a loop that ends when there is none left
 * would never end. The guest runs between our writes only as Xen lets it.
 */
bool strike_seesaw(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	uint32_t prod = v->rings.req.rsp_prod_pvt;
	int64_t i;

	for (i = 0; i < a->arg; i++) {
		WRITE_SHARED(sring(v)->rsp_prod, prod + (i & 1));
		if (i % 64 == 0)
			voice_kick(v);
	}
	WRITE_SHARED(sring(v)->rsp_prod, prod);
	return resp;
}

/* A response to a request that never was; the requests stay as they are. */
bool strike_unasked(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	struct xensnd_resp wrong = {
		.id = (uint16_t)a->arg,
		.operation = XENSND_OP_WRITE,
	};

	voice_respond(v, &wrong);
	voice_kick(v);
	return resp;
}

/* The same response twice. */
bool strike_repeat(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	unsigned int i;

	for (i = 0; i < a->arg; i++)
		voice_respond(v, resp ? resp : &v->last);
	voice_kick(v);
	return resp;
}

/* Hold back so many, and send them last first. */
bool strike_reorder(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	if (!resp)
		return false;
	v->held[v->num_held++] = *resp;
	/* One request in flight, nobody will send another: let it go. */
	if (v->num_held < a->arg && READ_SHARED(sring(v)->req_prod) !=
	    v->rings.req.req_cons)
		return false;
	while (v->num_held)
		voice_respond(v, &v->held[--v->num_held]);
	voice_kick(v);
	return false;
}

bool strike_id(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	struct xensnd_resp wrong = resp ? *resp : v->last;

	wrong.id = (uint16_t)(wrong.id + a->arg);
	voice_respond(v, &wrong);
	voice_kick(v);
	return false;
}

bool strike_operation(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	struct xensnd_resp wrong = resp ? *resp : v->last;

	wrong.operation = (uint8_t)(wrong.operation + a->arg);
	voice_respond(v, &wrong);
	voice_kick(v);
	return false;
}

bool strike_status(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	(void)v;
	if (resp)
		resp->status = (int32_t)a->arg;
	return resp;
}

bool strike_withhold(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	(void)v;
	(void)a;
	(void)resp;
	return false;
}

/* From now on, not a word. */
bool strike_silence(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	(void)a;
	(void)resp;
	v->mute = true;
	return false;
}

enum { Q_EMPTY, Q_INVERTED, Q_ZERO, Q_MAX, Q_MIN_ABOVE, Q_TINY, Q_NOISE, Q_OTHERS };

static void fill(struct xensnd_query_hw_param *q, uint32_t min, uint32_t max)
{
	q->rates.min = min;
	q->rates.max = max;
	q->channels.min = min;
	q->channels.max = max;
	q->buffer.min = min;
	q->buffer.max = max;
	q->period.min = min;
	q->period.max = max;
}

/* An answer about the hardware that no hardware gives. */
bool strike_query(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	struct xensnd_query_hw_param *q;
	unsigned int i;

	(void)v;
	if (!resp)
		return false;
	q = &resp->resp.hw_param;
	switch (a->arg) {
	case Q_EMPTY:
		q->formats = 0;
		break;
	case Q_INVERTED:
		fill(q, UINT32_MAX, 0);
		break;
	case Q_ZERO:
		memset(q, 0, sizeof(*q));
		break;
	case Q_MAX:
		memset(q, 0xff, sizeof(*q));
		fill(q, 0, UINT32_MAX);
		break;
	case Q_MIN_ABOVE:
		fill(q, UINT32_MAX - 1, UINT32_MAX);
		break;
	case Q_TINY:
		q->buffer.max = q->buffer.min;
		q->period.max = q->period.min;
		break;
	case Q_OTHERS:
		q->formats = ~q->formats;
		break;
	default:
		for (i = 0; i < sizeof(*q); i++)
			((uint8_t *)q)[i] = (uint8_t)rnd();
		break;
	}
	return true;
}

/* Every byte of the ring page, the frontend's own, too. */
bool strike_scribble(struct voice *v, const struct attack *a, struct xensnd_resp *resp)
{
	if (a->arg >= 0)
		memset(v->page, (int)a->arg, SND_PAGE_SIZE);
	else
		/* Only what the frontend has written: its indices and requests. */
		memset((uint8_t *)v->page + 16, 0xff, SND_PAGE_SIZE - 16);
	if (a->arg < 0) {
		WRITE_SHARED(sring(v)->req_prod, 0x55555555);
		WRITE_SHARED(sring(v)->req_event, 0x55555555);
		WRITE_SHARED(sring(v)->rsp_event, 0x55555555);
	}
	voice_kick(v);
	usleep(LOOK_US);
	return resp;
}
