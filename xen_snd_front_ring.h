/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Xen para-virtual sound frontend: a channel's rings and the requests in flight
 */
#ifndef __XEN_SND_FRONT_RING_H
#define __XEN_SND_FRONT_RING_H

#include <linux/completion.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include <xen/grant_table.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/io/ring.h>
#include <xen/interface/io/sndif.h>
#include <xen/xenbus.h>

#define XEN_SND_FRONT_RING_SIZE		__CONST_RING_SIZE(xen_sndif, XEN_PAGE_SIZE)
/* Slots that READ and WRITE leave free for TRIGGER and CLOSE. */
#define XEN_SND_FRONT_RING_RESERVE	4

struct xen_snd_front_chan_ops;

/**
 * struct xen_snd_front_waiter - a process waiting for one response
 * @done: completed with the response or when the channel breaks
 * @ret: 0: @resp is valid; -ETIMEDOUT: no response yet; -ENODEV: the channel broke
 * @resp: the response, a private copy
 */
struct xen_snd_front_waiter {
	struct completion done;
	int ret;
	struct xensnd_resp resp;
};

/**
 * struct xen_snd_front_slot - a request in flight
 * @waiter: the process that waits for the response, or NULL
 * @id: the request's id; its low bits are the slot's number, the others count up
 *	at each use, so that no response can match a later request
 * @op: XENSND_OP_XXX
 * @busy: a response is due
 */
struct xen_snd_front_slot {
	struct xen_snd_front_waiter *waiter;
	u16 id;
	u8 op;
	bool busy;
};

/**
 * struct xen_snd_front_done - summary of the responses fetched since the last report
 * @reads_done: the last READ in flight has been answered
 * @freed: slots that became free
 * @error: first non-zero status of a request without a waiter
 * @error_op: its operation
 * @broken: the backend broke the protocol
 */
struct xen_snd_front_done {
	bool reads_done;
	unsigned int freed;
	int error;
	u8 error_op;
	bool broken;
};

/**
 * enum xen_snd_front_chan_state - may a channel pair be used
 * @XEN_SND_FRONT_CHAN_DOWN: no rings; the initial and the final state
 * @XEN_SND_FRONT_CHAN_UP: requests may be sent
 * @XEN_SND_FRONT_CHAN_BROKEN: rings exist, but the backend broke the protocol or
 *	the channel is about to be taken down: nothing is sent or accepted any more
 */
enum xen_snd_front_chan_state {
	XEN_SND_FRONT_CHAN_DOWN,
	XEN_SND_FRONT_CHAN_UP,
	XEN_SND_FRONT_CHAN_BROKEN,
};

/**
 * struct xen_snd_front_endpoint - our end of one of a stream's two event channels
 * @page: the shared page
 * @gref: its grant
 * @domid: the domain that it is granted to
 * @port: event channel port
 * @irq: the interrupt bound to it, 0 if none
 * @name: the interrupt's name, lives as long as the handler; a file name in /proc
 */
struct xen_snd_front_endpoint {
	void *page;
	grant_ref_t gref;
	domid_t domid;
	evtchn_port_t port;
	int irq;
	char name[32];
};

/**
 * struct xen_snd_front_chan - a stream's request ring and event ring
 * @lock: protects everything below but @dev to @evt, which do not change while it is up
 * @state: whether the rings may be used
 * @dev: the xenbus device, for messages and Xen calls
 * @devid: its number in XenStore
 * @ops: what is called with the backend's responses and events
 * @req: request channel (ring-ref, event-channel)
 * @evt: event channel (evt-ring-ref, evt-event-channel)
 * @ring: our end of the request ring
 * @evt_cons: events consumed, our own count
 * @slots: requests in flight, by the low bits of their id
 * @nr_sync: requests in flight after whose response the backend shall notify at once
 * @reads: READ requests in flight
 * @starved: data waits for a free slot
 * @force_notify: a request other than READ and WRITE is queued, and not pushed yet
 * @done: summary of responses, not reported yet
 * @epoch: counts the connections
 * @activity: counts responses and events
 * @unresponsive: a response or an event was not in time, and none has arrived since
 */
struct xen_snd_front_chan {
	/* Innermost but for xen_snd_front.clients_lock. */
	spinlock_t lock;
	enum xen_snd_front_chan_state state;
	struct xenbus_device *dev;
	unsigned int devid;
	const struct xen_snd_front_chan_ops *ops;
	struct xen_snd_front_endpoint req;
	struct xen_snd_front_endpoint evt;
	struct xen_sndif_front_ring ring;
	u32 evt_cons;
	struct xen_snd_front_slot slots[XEN_SND_FRONT_RING_SIZE];
	unsigned int nr_sync;
	unsigned int reads;
	bool starved;
	bool force_notify;
	struct xen_snd_front_done done;
	unsigned int epoch;
	unsigned int activity;
	bool unresponsive;
};

void xen_snd_front_ring_init(struct xen_snd_front_chan *chan);
unsigned int xen_snd_front_ring_queue(struct xen_snd_front_chan *chan,
				      const struct xensnd_req *req, unsigned int count,
				      bool control, struct xen_snd_front_waiter *waiter);
bool xen_snd_front_ring_push(struct xen_snd_front_chan *chan);
int xen_snd_front_ring_reap(struct xen_snd_front_chan *chan);
void xen_snd_front_ring_break(struct xen_snd_front_chan *chan);
bool xen_snd_front_ring_event(struct xen_snd_front_chan *chan, struct xensnd_evt *evt);

#if IS_ENABLED(CONFIG_KUNIT)
RING_IDX xen_snd_front_ring_producer(const struct xen_snd_front_chan *chan);
unsigned int xen_snd_front_ring_room(const struct xen_snd_front_chan *chan, bool control);
#endif

#endif /* __XEN_SND_FRONT_RING_H */
