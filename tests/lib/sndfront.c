// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * A sound frontend in user space, see sndfront.h.
 */
#include "sndfront.h"

#define READ_SHARED(x)		(*(const volatile __typeof__(x) *)&(x))

/**
 * sndfront_init() - begin with empty pages.
 * @f: stream
 * @ring: page of the requests
 * @evt: page of the events, zeroed
 */
void sndfront_init(struct sndfront *f, void *ring, void *evt)
{
	memset(f, 0, sizeof(*f));
	XEN_FRONT_RING_INIT(&f->ring, (xen_sndif_sring_t *)ring, SNDFRONT_PAGE);
	f->evt = evt;
}

/**
 * sndfront_put() - put a request on the ring; sndfront_push() shows it.
 * @f: stream whose ring is not full
 * @req: request
 */
void sndfront_put(struct sndfront *f, const struct xensnd_req *req)
{
	*RING_GET_REQUEST(&f->ring, f->ring.req_prod_pvt) = *req;
	f->ring.req_prod_pvt++;
}

/**
 * sndfront_push() - show the backend the requests that were put.
 * @f: stream
 *
 * Return: true if it wants a notification.
 */
bool sndfront_push(struct sndfront *f)
{
	int notify;

	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&f->ring, notify);
	return notify;
}

/**
 * sndfront_ask() - ask for a notification.
 * @f: stream
 * @ahead: of which response from now on; 1 is the next
 */
void sndfront_ask(struct sndfront *f, unsigned int ahead)
{
	f->ring.sring->rsp_event = f->ring.rsp_cons + ahead;
	xen_mb();
}

/**
 * sndfront_ready() - there are responses.
 * @f: stream
 */
bool sndfront_ready(const struct sndfront *f)
{
	return READ_SHARED(f->ring.sring->rsp_prod) != f->ring.rsp_cons;
}

/**
 * sndfront_take() - take a response.
 * @f: stream
 * @resp: result
 *
 * Return: false if there is none.
 */
bool sndfront_take(struct sndfront *f, struct xensnd_resp *resp)
{
	if (!sndfront_ready(f))
		return false;
	xen_rmb();
	RING_COPY_RESPONSE(&f->ring, f->ring.rsp_cons, resp);
	f->ring.rsp_cons++;
	return true;
}

/**
 * sndfront_event() - take an event.
 * @f: stream
 * @evt: result
 *
 * Return: false if there is none.
 */
bool sndfront_event(struct sndfront *f, struct xensnd_evt *evt)
{
	if (READ_SHARED(f->evt->in_prod) == f->evt_cons)
		return false;
	xen_rmb();
	*evt = XENSND_IN_RING_REF(f->evt, f->evt_cons);
	f->evt_cons++;
	f->evt->in_cons = f->evt_cons;
	return true;
}

/**
 * sndfront_dir_pages() - how many pages a directory has.
 * @pages: of the buffer
 */
unsigned int sndfront_dir_pages(unsigned int pages)
{
	return (pages + SNDFRONT_DIR_GREFS - 1) / SNDFRONT_DIR_GREFS;
}

/**
 * sndfront_fill_dir() - write a buffer's directory.
 * @dir: pages of the directory, next to each other, zeroed
 * @dir_refs: their grants
 * @refs: grants of the buffer
 * @pages: of the buffer
 */
void sndfront_fill_dir(void *dir, const uint32_t *dir_refs, const uint32_t *refs,
		       unsigned int pages)
{
	unsigned int dirs = sndfront_dir_pages(pages), i;
	struct xensnd_page_directory *page;

	for (i = 0; i < pages; i++) {
		page = (void *)((uint8_t *)dir + i / SNDFRONT_DIR_GREFS * SNDFRONT_PAGE);
		page->gref[i % SNDFRONT_DIR_GREFS] = refs[i];
	}
	for (i = 0; i + 1 < dirs; i++) {
		page = (void *)((uint8_t *)dir + i * SNDFRONT_PAGE);
		page->gref_dir_next_page = dir_refs[i + 1];
	}
}

/**
 * sndfront_req() - a request without parameters.
 * @operation: XENSND_OP_XXX
 */
struct xensnd_req sndfront_req(uint8_t operation)
{
	return (struct xensnd_req){ .operation = operation };
}

/**
 * sndfront_req_open() - OPEN.
 * @rate: Hz
 * @format: XENSND_PCM_FORMAT_XXX
 * @channels: number
 * @buffer_sz: bytes
 * @period_sz: bytes
 * @directory: grant of its first page
 */
struct xensnd_req sndfront_req_open(uint32_t rate, uint8_t format, uint8_t channels,
				    uint32_t buffer_sz, uint32_t period_sz,
				    uint32_t directory)
{
	return (struct xensnd_req){
		.operation = XENSND_OP_OPEN,
		.op.open = {
			.pcm_rate = rate,
			.pcm_format = format,
			.pcm_channels = channels,
			.buffer_sz = buffer_sz,
			.period_sz = period_sz,
			.gref_directory = directory,
		},
	};
}

/**
 * sndfront_req_trigger() - TRIGGER.
 * @type: XENSND_OP_TRIGGER_XXX
 */
struct xensnd_req sndfront_req_trigger(uint8_t type)
{
	return (struct xensnd_req){
		.operation = XENSND_OP_TRIGGER,
		.op.trigger.type = type,
	};
}

/**
 * sndfront_req_rw() - READ or WRITE.
 * @operation: XENSND_OP_READ or XENSND_OP_WRITE
 * @offset: in the buffer, bytes
 * @length: bytes
 */
struct xensnd_req sndfront_req_rw(uint8_t operation, uint32_t offset, uint32_t length)
{
	return (struct xensnd_req){
		.operation = operation,
		.op.rw = { .offset = offset, .length = length },
	};
}
