// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * xen-snd-hostile: one stream, served as by an honest backend but for its attack
 *
 * What the guest's test program plays is known: frame n is a hash of n, so that every
 * frame of a stream that nobody attacks can be checked here, and what is recorded there.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "hostile.h"
#include "sound.h"

static void *map_page(struct voice *v, uint32_t ref)
{
	return xengnttab_map_domain_grant_refs(v->xg, 1, v->info.domid, &ref,
					       PROT_READ | PROT_WRITE);
}

/**
 * voice_connect() - map the pages and bind the ports that XenStore names.
 * @v: voice, @info filled
 *
 * Return: false if the frontend is not there any more.
 */
bool voice_connect(struct voice *v)
{
	int fd;

	v->xc = xenevtchn_open(NULL, 0);
	v->xg = xengnttab_open(NULL, 0);
	if (!v->xc || !v->xg)
		return false;
	fd = xenevtchn_fd(v->xc);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	v->page = map_page(v, v->info.ring_ref);
	v->evt_page = map_page(v, v->info.evt_ring_ref);
	if (!v->page || !v->evt_page)
		return false;
	v->req_port = xenevtchn_bind_interdomain(v->xc, v->info.domid,
						 v->info.port);
	v->evt_port = xenevtchn_bind_interdomain(v->xc, v->info.domid,
						 v->info.evt_port);
	if (v->req_port < 0 || v->evt_port < 0)
		return false;
	rings_attach(&v->rings, v->page, v->evt_page);
	v->num_held = 0;
	v->mute = false;
	v->open = false;
	v->running = false;
	v->due = TIME_NEVER;
	return true;
}

/**
 * voice_disconnect() - release everything, unless it is to be kept.
 * @v: voice
 */
void voice_disconnect(struct voice *v)
{
	area_unmap(v);
	if (hostile.keep)
		area_keep_rings(v);
	if (v->xc)
		xenevtchn_close(v->xc);
	v->xc = NULL;
	if (v->xg && !hostile.keep)
		xengnttab_close(v->xg);
	v->xg = NULL;
	v->page = NULL;
	v->evt_page = NULL;
}

/**
 * voice_fd() - readable when the guest has notified us.
 * @v: voice
 *
 * Return: descriptor, or -1 while there is no connection.
 */
int voice_fd(const struct voice *v)
{
	return v->xc ? xenevtchn_fd(v->xc) : -1;
}

/**
 * voice_kick() - notify the guest on both channels.
 * @v: voice
 */
void voice_kick(struct voice *v)
{
	if (v->req_port >= 0)
		xenevtchn_notify(v->xc, (evtchn_port_t)v->req_port);
	if (v->evt_port >= 0)
		xenevtchn_notify(v->xc, (evtchn_port_t)v->evt_port);
}

/**
 * voice_respond() - send a response.
 * @v: voice
 * @resp: response
 */
void voice_respond(struct voice *v, const struct xensnd_resp *resp)
{
	v->last = *resp;
	rings_respond(&v->rings, resp);
	if (rings_push(&v->rings) && v->req_port >= 0)
		xenevtchn_notify(v->xc, (evtchn_port_t)v->req_port);
	v->n.responses++;
}

/**
 * voice_event() - send a position.
 * @v: voice
 * @position: bytes
 */
void voice_event(struct voice *v, uint64_t position)
{
	rings_event(&v->rings, position);
	if (v->evt_port >= 0)
		xenevtchn_notify(v->xc, (evtchn_port_t)v->evt_port);
	v->n.events++;
}

static const struct attack *random_attack(enum moment m)
{
	/* Most answers are right, or the guest would never get far; idle moments are many. */
	unsigned int odds = m == AT_IDLE ? 200 : 12;
	const struct attack *a;
	unsigned int tries;

	if (rnd() % odds)
		return NULL;
	for (tries = 0; tries < 64; tries++) {
		a = &attacks[rnd() % num_attacks];
		if (a->moment == m && a->strike != strike_kill &&
		    a->strike != strike_storm)
			return a;
	}
	return NULL;
}

/**
 * voice_moment() - something happens: strike, if this is the moment.
 * @v: voice
 * @m: moment
 * @resp: the response that is due, or NULL
 */
void voice_moment(struct voice *v, enum moment m, struct xensnd_resp *resp)
{
	const struct attack *a = hostile.seed ? random_attack(m) : v->attack;
	bool send = true;

	if (a && a->moment == m &&
	    (hostile.seed || !a->times || v->n.hits < a->times)) {
		if (!v->n.hits++)
			note("hit stream=%s attack=%s", v->info.unique_id, a->name);
		send = a->strike(v, a, resp);
	}
	if (hostile.scan)
		area_scan(v);
	if (resp && send && !v->mute)
		voice_respond(v, resp);
}

/* ---- data ---- */

static uint32_t rate_bytes(const struct voice *v)
{
	return v->req.pcm_rate * 4;
}

static void play_data(struct voice *v, const struct xensnd_rw_req *rw)
{
	uint32_t i, frame = (uint32_t)(v->written / 4), got;

	for (i = 0; i + 4 <= rw->length; i += 4, frame++) {
		memcpy(&got, v->area.data + rw->offset + i, 4);
		/* The driver pads the last period with silence. */
		v->n.bad += got != sound_frame(frame) && got;
	}
	v->n.frames += rw->length / 4;
}

static void give(struct voice *v, const struct xensnd_rw_req *rw)
{
	uint32_t i, frame = (uint32_t)(v->written / 4), value;

	for (i = 0; i + 4 <= rw->length; i += 4, frame++) {
		value = sound_frame(frame);
		memcpy(v->area.data + rw->offset + i, &value, 4);
	}
	v->n.frames += rw->length / 4;
}

static int data(struct voice *v, const struct xensnd_req *req)
{
	const struct xensnd_rw_req *rw = &req->op.rw;

	if (!v->open || !v->area.data ||
	    (uint64_t)rw->offset + rw->length > v->req.buffer_sz)
		return -XEN_EINVAL;
	if (v->info.capture)
		give(v, rw);
	else
		play_data(v, rw);
	v->written += rw->length;
	return 0;
}

static int trigger(struct voice *v, uint8_t type)
{
	v->running = type == XENSND_OP_TRIGGER_START ||
		     type == XENSND_OP_TRIGGER_RESUME;
	if (type == XENSND_OP_TRIGGER_STOP) {
		v->position = 0;
		v->written = 0;
	}
	v->since = now_ns();
	v->due = TIME_NEVER;
	if (v->running && v->req.period_sz)
		v->due = v->since + v->req.period_sz * NSEC_PER_SEC /
				    rate_bytes(v);
	return 0;
}

static int open_stream(struct voice *v, const struct xensnd_open_req *req)
{
	if (v->open)
		return -XEN_EBUSY;
	if (!req->pcm_rate || !area_map(v, req))
		return -XEN_EINVAL;
	v->req = *req;
	v->open = true;
	v->running = false;
	v->written = 0;
	v->position = 0;
	return 0;
}

static int close_stream(struct voice *v)
{
	v->open = false;
	v->running = false;
	v->due = TIME_NEVER;
	area_unmap(v);
	return 0;
}

/* ---- requests ---- */

/* Bytes that mean something; the rest must not tell anything. */
static unsigned int meaning(uint8_t operation)
{
	switch (operation) {
	case XENSND_OP_OPEN:
		return sizeof(struct xensnd_open_req);
	case XENSND_OP_READ:
	case XENSND_OP_WRITE:
		return sizeof(struct xensnd_rw_req);
	case XENSND_OP_TRIGGER:
		return sizeof(struct xensnd_trigger_req);
	case XENSND_OP_HW_PARAM_QUERY:
		return sizeof(struct xensnd_query_hw_param);
	default:
		return 0;
	}
}

static void count_dirt(struct voice *v, const struct xensnd_req *req)
{
	const uint8_t *op = (const uint8_t *)&req->op;
	unsigned int i;

	for (i = 0; i < sizeof(req->reserved); i++)
		v->n.dirty += req->reserved[i] != 0;
	for (i = meaning(req->operation); i < sizeof(req->op); i++)
		v->n.dirty += op[i] != 0;
}

static enum moment moment_of(const struct xensnd_req *req)
{
	switch (req->operation) {
	case XENSND_OP_OPEN:
		return AT_OPEN;
	case XENSND_OP_CLOSE:
		return AT_CLOSE;
	case XENSND_OP_TRIGGER:
		return req->op.trigger.type == XENSND_OP_TRIGGER_STOP ?
		       AT_STOP : AT_START;
	case XENSND_OP_HW_PARAM_QUERY:
		return AT_QUERY;
	default:
		return AT_DATA;
	}
}

static void answer(struct voice *v, const struct xensnd_req *req)
{
	struct xensnd_resp resp = {
		.id = req->id,
		.operation = req->operation,
	};

	switch (req->operation) {
	case XENSND_OP_OPEN:
		resp.status = open_stream(v, &req->op.open);
		break;
	case XENSND_OP_CLOSE:
		resp.status = close_stream(v);
		break;
	case XENSND_OP_TRIGGER:
		resp.status = trigger(v, req->op.trigger.type);
		break;
	case XENSND_OP_READ:
	case XENSND_OP_WRITE:
		resp.status = data(v, req);
		break;
	case XENSND_OP_HW_PARAM_QUERY:
		resp.resp.hw_param = req->op.hw_param;
		break;
	default:
		resp.status = -XEN_EOPNOTSUPP;
		break;
	}
	voice_moment(v, moment_of(req), &resp);
}

/**
 * voice_serve() - take all requests.
 * @v: voice
 */
void voice_serve(struct voice *v)
{
	struct xensnd_req req;
	unsigned int i, rounds = 0;
	int port, ret;

	if (!v->xc || !v->page || !v->evt_page)
		return;
	while ((port = xenevtchn_pending(v->xc)) >= 0)
		xenevtchn_unmask(v->xc, (evtchn_port_t)port);
	do {
		for (i = 0; i < 64; i++) {
			ret = rings_fetch(&v->rings, &req);
			if (ret <= 0)
				break;
			v->n.requests++;
			v->asked = now_ns();
			count_dirt(v, &req);
			answer(v, &req);
		}
		/* An attack may have broken the ring for ourselves, too. */
	} while (++rounds < 8 && ret >= 0 && !rings_idle(&v->rings, false));
}

/**
 * voice_tick() - the clock of a running stream.
 * @v: voice
 * @now: time
 */
void voice_tick(struct voice *v, uint64_t now)
{
	uint64_t limit = v->info.capture ? v->written + v->req.buffer_sz :
					   v->written;

	if (now < v->due)
		return;
	v->due += v->req.period_sz * NSEC_PER_SEC / rate_bytes(v);
	v->position = min_u64(v->position + v->req.period_sz, limit);
	voice_moment(v, AT_TICK, NULL);
	if (!v->mute)
		voice_event(v, v->position);
}
