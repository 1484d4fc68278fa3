/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Xen para-virtual sound frontend: the objects, their lifetime, the lock order
 *
 * Lifetime
 *
 *   struct xen_snd_front		one per xenbus device: from probe to remove, and
 *					as long as a card made for it lives (kref)
 *   `- struct xen_snd_front_card	one per description, inside the snd_card: outlives
 *	|				backends, and lives until the last client closes
 *	|- struct xen_snd_front_cfg	the parsed XenStore tree, never changed
 *	`- struct xen_snd_front_stream	one per stream of the tree
 *	    |- .chan			request and event channel: connect to disconnect
 *	    `- .shbuf			grants of the audio buffer: prepare to hw_free
 *
 * When the backend is lost the channels go at once and the PCMs are suspended; the card
 * stays, and the next backend gets new channels for it. Only when the device is removed,
 * or comes back with another description, is the card disconnected
 * (snd_card_free_when_closed()): every operation on it fails with -ENODEV until the last
 * client has closed it. The driver never waits for a client.
 *
 * Data flows one way: event channel -> ring -> stream -> ALSA. Requests go the other way. Each
 * file calls only those below it:
 *
 *	xen_snd_front.c			xenbus driver, states, connection
 *	xen_snd_front_alsa.c		card, PCM devices, their operations
 *	xen_snd_front_hw.c		what the backend can do
 *	xen_snd_front_stream.c		requests, positions, watchdog
 *	xen_snd_front_cfg.c		XenStore nodes, sample formats
 *	xen_snd_front_evtchnl.c		channels: pages, ports, interrupts
 *	xen_snd_front_ring.c		rings: memory only
 *	xen_snd_front_shbuf.c		grants, page directory
 *
 * Lock order, outermost first
 *
 *   xen_snd_front.lock		mutex: connection state, the current card
 *   snd_pcm.open_mutex		ALSA's mutex: opening, closing and suspending PCMs
 *   xen_snd_front_stream.lock	mutex: hardware queries (ALSA serialises the rest)
 *   xen_snd_front_stream.substream_lock
 *				mutex: .substream stays while IRQ threads or watchdog use it
 *   PCM stream lock		spinlock, IRQs off: positions and counts of a stream
 *   xen_snd_front_chan.lock	spinlock, IRQs off: rings, slots, channel state
 *   xen_snd_front.clients_lock	spinlock, IRQs off: innermost
 *   xen_snd_front_state.lock	spinlock, IRQs off: innermost
 *
 * xenwatch, which all devices of the guest share, only records the backend's state:
 * xen_snd_front.work, on a workqueue that is frozen while the guest is saved, connects and
 * disconnects, and nothing in it waits for the backend.
 */
#ifndef __XEN_SND_FRONT_H
#define __XEN_SND_FRONT_H

#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <xen/xenbus.h>

#include "xen_snd_front_cfg.h"

struct xen_snd_front;
struct xen_snd_front_stream;

/*
 * For a backend that is Connected but has not bound the channels of our offer: the time for each
 * step of a new handshake, ms; the number of handshakes; the time after which as many follow, s.
 */
#define XEN_SND_FRONT_AGAIN_MS		1000
#define XEN_SND_FRONT_AGAIN_TRIES	5
#define XEN_SND_FRONT_AGAIN_REST	60

/**
 * enum xen_snd_front_link - a card's connection to a backend
 * @XEN_SND_FRONT_DISCONNECTED: no connection; the channels are down
 * @XEN_SND_FRONT_INITIALISED: the channels are up, and offered to the backend
 * @XEN_SND_FRONT_CONNECTED: both sides are connected
 */
enum xen_snd_front_link {
	XEN_SND_FRONT_DISCONNECTED,
	XEN_SND_FRONT_INITIALISED,
	XEN_SND_FRONT_CONNECTED,
};

/**
 * struct xen_snd_front_card - a sound card and its connection to a backend
 * @front: the device it was made for, one reference held
 * @card: the sound card whose private data this object is
 * @cfg: the description of the card
 * @num_streams: number of entries in @streams
 * @registered: applications may have opened it
 * @sparing: a PCM device is being suspended because of some of its streams: the others run on
 * @link: the connection; written under @front's lock
 * @streams: in the order of @cfg's streams
 */
struct xen_snd_front_card {
	struct xen_snd_front *front;
	struct snd_card *card;
	struct xen_snd_front_cfg cfg;
	unsigned int num_streams;
	bool registered;
	bool sparing;
	enum xen_snd_front_link link;
	struct xen_snd_front_stream *streams;
};

/**
 * struct xen_snd_front_state - the states of both sides
 * @dev: the xenbus device; its ->state is written under @lock, where the driver writes it
 * @wake: starts the worker
 * @lock: spinlock, innermost; protects what follows, except @path and @watch
 * @ahead: the state in our XenStore node while @dev's ->state is still Initialising
 * @path: the path of that node
 * @watch: the watch on @path
 * @known: xenwatch has marked our directory since the device was probed or restored
 * @marked: number of directories that xenwatch has marked
 * @turn: the value of @marked for which the worker works
 * @seen: the backend's state, as xenwatch read it last
 * @noted: the time of that, jiffies
 * @news: the worker has not fetched @seen yet
 * @ended: since the worker's last fetch, a connection has ended or a directory was marked
 * @tries: new handshakes since the last answered offer; used by the worker only
 * @tried: when the last of them began, jiffies; used by the worker only
 */
struct xen_snd_front_state {
	struct xenbus_device *dev;
	void (*wake)(struct xen_snd_front_state *state);
	/* Taken in xenwatch, which must not be delayed. */
	spinlock_t lock;
	enum xenbus_state ahead;
	char path[XEN_SND_FRONT_PATH_LEN];
	struct xenbus_watch watch;
	bool known;
	unsigned int marked;
	unsigned int turn;
	enum xenbus_state seen;
	unsigned long noted;
	bool news;
	bool ended;
	unsigned int tries;
	unsigned long tried;
};

/**
 * struct xen_snd_front - a virtual sound device of this guest
 * @dev: the xenbus device, one reference held; after removal for messages only
 * @devid: its number in XenStore
 * @ref: one reference for the device, one for each card that still lives
 * @state: ours, entered under @lock, and the backend's
 * @lock: mutex: the connection; protects @card
 * @card: the card, or NULL
 * @clients_lock: spinlock, innermost; protects @clients and @removed
 * @clients: PCMs that applications have open, on disconnected cards, too
 * @removed: the device is removed, and @work must not be queued
 * @wq: where @work and @again run
 * @work: connects and disconnects; also queued when the last client has closed
 * @again: checks, some time after an offer, whether the backend has answered it
 */
struct xen_snd_front {
	struct xenbus_device *dev;
	unsigned int devid;
	struct kref ref;
	struct xen_snd_front_state state;
	/* Connection state; not held while waiting for a client. */
	struct mutex lock;
	struct xen_snd_front_card *card;
	/* Taken in close(), which must not wait for the connection. */
	spinlock_t clients_lock;
	unsigned int clients;
	bool removed;
	struct workqueue_struct *wq;
	struct work_struct work;
	struct delayed_work again;
};

#if IS_ENABLED(CONFIG_KUNIT)
int xen_snd_front_store_begin(struct xenbus_transaction *xbt);
int xen_snd_front_store_end(struct xenbus_transaction xbt, bool abort);
int xen_snd_front_store_get(struct xenbus_transaction xbt, const char *dir, const char *node,
			    unsigned int *value);
int xen_snd_front_store_put(struct xenbus_transaction xbt, const char *dir, const char *node,
			    const unsigned int *value);
int xen_snd_front_store_watch(struct xenbus_watch *watch);
void xen_snd_front_store_unwatch(struct xenbus_watch *watch);
int xen_snd_front_state_init(struct xen_snd_front_state *state, struct xenbus_device *dev,
			     void (*wake)(struct xen_snd_front_state *state));
void xen_snd_front_state_stop(struct xen_snd_front_state *state);
void xen_snd_front_state_leave(struct xen_snd_front_state *state);
void xen_snd_front_state_note(struct xen_snd_front_state *state, enum xenbus_state seen);
bool xen_snd_front_state_take(struct xen_snd_front_state *state, enum xenbus_state *seen,
			      bool *ended);
void xen_snd_front_state_resumed(struct xen_snd_front_state *state);
enum xenbus_state xen_snd_front_state_get(struct xen_snd_front_state *state);
int xen_snd_front_state_enter(struct xen_snd_front_state *state, enum xenbus_state to);
enum xenbus_state xen_snd_front_state_again(struct xen_snd_front_state *state);
int xen_snd_front_card_publish(struct xen_snd_front_card *card, bool present);
#endif

#endif /* __XEN_SND_FRONT_H */
