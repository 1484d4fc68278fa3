/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Xen para-virtual sound frontend: a stream's two channels
 */
#ifndef __XEN_SND_FRONT_EVTCHNL_H
#define __XEN_SND_FRONT_EVTCHNL_H

#include <linux/interrupt.h>

#include "xen_snd_front_ring.h"
#include "xen_snd_front_shbuf.h"

/* How long a process waits for a response, ms: usually, and on an unresponsive channel. */
#define XEN_SND_FRONT_TIMEOUT_MS	3000
#define XEN_SND_FRONT_UNRESPONSIVE_MS	500

/**
 * struct xen_snd_front_chan_ops - what a channel reports to its user
 * @position: the backend's position, bytes, from XENSND_EVT_CUR_POS; returns true if
 *	it was worth an interrupt
 * @completed: requests without a waiter have been answered
 * @broken: the backend broke the protocol; the channel is unusable until the next connection
 *
 * Context: the IRQ threads, no lock held; may sleep.
 */
struct xen_snd_front_chan_ops {
	bool (*position)(struct xen_snd_front_chan *chan, u64 bytes);
	void (*completed)(struct xen_snd_front_chan *chan,
			  const struct xen_snd_front_done *done);
	void (*broken)(struct xen_snd_front_chan *chan);
};

void xen_snd_front_chan_init(struct xen_snd_front_chan *chan, struct xenbus_device *dev,
			     unsigned int devid, const struct xen_snd_front_chan_ops *ops);
int xen_snd_front_chan_up(struct xen_snd_front_chan *chan, const char *unit);
bool xen_snd_front_chan_is_bound(const struct xen_snd_front_chan *chan);
void xen_snd_front_chan_shut(struct xen_snd_front_chan *chan);
void xen_snd_front_chan_down(struct xen_snd_front_chan *chan);
int xen_snd_front_chan_call(struct xen_snd_front_chan *chan, unsigned int epoch,
			    const struct xensnd_req *req, struct xensnd_resp *resp);
int xen_snd_front_chan_post(struct xen_snd_front_chan *chan, const struct xensnd_req *req,
			    unsigned int count, bool control);
bool xen_snd_front_chan_settle(struct xen_snd_front_chan *chan, unsigned long until);
void xen_snd_front_chan_discard(struct xen_snd_front_chan *chan);

/**
 * xen_snd_front_chan_is_up() - is a channel up, and in a given connection
 * @chan: the channel
 * @epoch: the connection
 *
 * Context: any. The channel may break right after this check.
 */
static inline bool xen_snd_front_chan_is_up(const struct xen_snd_front_chan *chan,
					    unsigned int epoch)
{
	return READ_ONCE(chan->state) == XEN_SND_FRONT_CHAN_UP &&
	       READ_ONCE(chan->epoch) == epoch;
}

/**
 * xen_snd_front_chan_is_unresponsive() - has the backend failed to respond in time
 * @chan: the channel
 *
 * Context: any.
 * Return: true until its next response or event.
 */
static inline bool xen_snd_front_chan_is_unresponsive(const struct xen_snd_front_chan *chan)
{
	return READ_ONCE(chan->unresponsive);
}

/**
 * xen_snd_front_chan_mark_unresponsive() - record that the backend failed to respond in time
 * @chan: the channel
 *
 * Until its next response or event, calls wait for XEN_SND_FRONT_UNRESPONSIVE_MS only.
 *
 * Context: any.
 */
static inline void xen_snd_front_chan_mark_unresponsive(struct xen_snd_front_chan *chan)
{
	WRITE_ONCE(chan->unresponsive, true);
}

/**
 * xen_snd_front_chan_peer() - the domain that a channel's pages are granted to
 * @chan: the channel
 *
 * Context: any. After a restore it may be another domain.
 */
static inline struct xen_snd_front_peer
xen_snd_front_chan_peer(const struct xen_snd_front_chan *chan)
{
	return (struct xen_snd_front_peer){
		.dev = chan->dev,
		.domid = chan->dev->otherend_id,
		.devid = chan->devid,
	};
}

#if IS_ENABLED(CONFIG_KUNIT)
int xen_snd_front_endpoint_open(struct xen_snd_front_chan *chan,
				struct xen_snd_front_endpoint *end);
int xen_snd_front_endpoint_bind(struct xen_snd_front_chan *chan,
				struct xen_snd_front_endpoint *end, irq_handler_t thread);
void xen_snd_front_endpoint_close(struct xen_snd_front_chan *chan,
				  struct xen_snd_front_endpoint *end);
void xen_snd_front_endpoint_notify(const struct xen_snd_front_endpoint *end);
void xen_snd_front_endpoint_eoi(const struct xen_snd_front_endpoint *end, bool work);
#endif

#endif /* __XEN_SND_FRONT_EVTCHNL_H */
