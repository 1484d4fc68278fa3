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
 * stays, and the next backend gets new channels for it. Only when the device is taken
 * away, or comes back with another description, is the card orphaned
 * (snd_card_free_when_closed()): every operation on it fails with -ENODEV until its last
 * client is gone. No client is ever waited for.
 *
 * Lock order, outermost first
 *
 *   xen_snd_front.lock		mutex: connection state, the current card
 *   snd_pcm.open_mutex		ALSA's mutex: opening, closing and suspending PCMs
 *   xen_snd_front_stream.lock	mutex: hardware queries (ALSA serialises the rest)
 *   xen_snd_front_stream.up	mutex: keeps .substream alive during calls going up
 *   PCM stream lock		spinlock, IRQs off: positions and counts of a stream
 *   xen_snd_front_chan.lock	spinlock, IRQs off: rings, slots, channel state
 *
 * xenwatch, which all devices of the guest share, only leaves word: xen_snd_front.work, on a
 * workqueue that is frozen while the guest is saved, connects and disconnects, and nothing
 * in it waits for the backend.
 */
#ifndef __XEN_SND_FRONT_H
#define __XEN_SND_FRONT_H

#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <sound/core.h>
#include <sound/pcm.h>

#include <xen/grant_table.h>
#include <xen/interface/io/ring.h>
#include <xen/interface/io/sndif.h>
#include <xen/xenbus.h>

/* Limits: ALSA's for devices, uint8_t of sndif.h for streams. */
#define XEN_SND_FRONT_MAX_PCMS		SNDRV_PCM_DEVICES
#define XEN_SND_FRONT_MAX_STREAMS	256
#define XEN_SND_FRONT_MAX_RATES		32
/* The most that xen-snd-back takes, and the highest that ALSA has a name for. */
#define XEN_SND_FRONT_MAX_RATE		768000
/* ALSA's own default limit for all buffers of a card (max_alloc_per_card). */
#define XEN_SND_FRONT_MAX_BUFFER	(32 * 1024 * 1024)
/* Pages that a backend may keep of what was granted to it earlier: 32 MB. */
#define XEN_SND_FRONT_MAX_HELD		8192
/* What sndif.h's example has; used where XenStore names no size. */
#define XEN_SND_FRONT_DEF_BUFFER	(256 * 1024)
#define XEN_SND_FRONT_MIN_BUFFER	256
#define XEN_SND_FRONT_PCM_NAME_LEN	80
/* "device/vsnd/..." as long as xenbus takes it, a device and a stream. */
#define XEN_SND_FRONT_PATH_LEN		64

/*
 * How long a process waits for a response before it gives up, ms: the first time, and as
 * long as the backend has not been heard of since.
 */
#define XEN_SND_FRONT_TIMEOUT_MS	3000
#define XEN_SND_FRONT_SILENT_MS		500
/* How often somebody who waits for several channels looks, ms. */
#define XEN_SND_FRONT_SETTLE_MS		4
/* How often a running stream looks whether its backend has been heard of, ms. */
#define XEN_SND_FRONT_WATCH_MS		500
/*
 * Positions a second that a backend is asked for where the application wants no period
 * wake-ups: its clock is known to 2 ms then.
 */
#define XEN_SND_FRONT_EVENTS_MIN	500
#define XEN_SND_FRONT_EVENTS_MAX	2000
/*
 * How long a backend that is connected to no offer of ours has to take each step of a new
 * handshake, ms; how many it gets, and after how long it may have as many again, s.
 */
#define XEN_SND_FRONT_AGAIN_MS		1000
#define XEN_SND_FRONT_AGAIN_TRIES	5
#define XEN_SND_FRONT_AGAIN_REST	60
/*
 * ALSA's own patience, ms. It goes by the clock, which runs on while the guest is paused;
 * who looks after the backend knows better.
 */
#define XEN_SND_FRONT_WAIT_MS		(3600 * 1000)

#define XEN_SND_FRONT_RING_SIZE		__CONST_RING_SIZE(xen_sndif, XEN_PAGE_SIZE)
/* Slots that audio data never takes, so that TRIGGER and CLOSE find room. */
#define XEN_SND_FRONT_RING_RESERVE	4

struct snd_card;
struct xen_snd_front_stream;

/**
 * struct xen_snd_front_limits - what a card, device or stream supports
 * @channels_min: smallest number of channels
 * @channels_max: largest number of channels, 0 while no level has set it
 * @num_rates: number of entries in @rates, 0 while no level has set them
 * @rates: sample rates, Hz, ascending and unique
 * @formats: bit mask of (1 << SNDRV_PCM_FORMAT_XXX), 0 while no level has set it
 * @buffer_size: largest audio buffer, octets, 0 while no level has set it
 *
 * sndif.h, "PCM settings": each level inherits from the one above and may only
 * narrow it.
 */
struct xen_snd_front_limits {
	unsigned int channels_min;
	unsigned int channels_max;
	unsigned int num_rates;
	unsigned int rates[XEN_SND_FRONT_MAX_RATES];
	u64 formats;
	unsigned int buffer_size;
};

/**
 * struct xen_snd_front_dir - a directory of XenStore
 * @dev: the device it is about
 * @path: its path
 * @names: of the nodes in it; NULL: not listed
 * @count: number of @names
 * @foreign: the backend's: its mistakes are counted for themselves in what is told of them
 *
 * Most nodes that there could be are not there, and need not be asked for: where XenStore is
 * busy, each question takes its time.
 */
struct xen_snd_front_dir {
	struct xenbus_device *dev;
	const char *path;
	char **names;
	unsigned int count;
	bool foreign;
};

/**
 * struct xen_snd_front_cfg_stream - one stream of the XenStore tree
 * @limits: what the stream supports, every field set
 * @path: its XenStore directory
 * @pcm: index of the PCM device it belongs to
 * @index: stream index in XenStore
 * @direction: SNDRV_PCM_STREAM_PLAYBACK or _CAPTURE
 * @substream: number among the streams of the same device and direction
 */
struct xen_snd_front_cfg_stream {
	struct xen_snd_front_limits limits;
	char path[XEN_SND_FRONT_PATH_LEN];
	unsigned int pcm;
	unsigned int index;
	int direction;
	unsigned int substream;
};

/**
 * struct xen_snd_front_cfg_pcm - one PCM device of the XenStore tree
 * @name: its name, may be empty
 * @count: number of streams per direction
 */
struct xen_snd_front_cfg_pcm {
	char name[XEN_SND_FRONT_PCM_NAME_LEN];
	unsigned int count[SNDRV_PCM_STREAM_LAST + 1];
};

/**
 * struct xen_snd_front_cfg - the description of one card
 * @short_name: the card's short name
 * @long_name: the card's long name, may be empty
 * @num_pcms: number of PCM devices
 * @pcms: the PCM devices
 * @num_streams: number of streams of all devices
 * @streams: the streams, by device and then by index
 */
struct xen_snd_front_cfg {
	char short_name[sizeof_field(struct snd_card, shortname)];
	char long_name[sizeof_field(struct snd_card, longname)];
	unsigned int num_pcms;
	struct xen_snd_front_cfg_pcm *pcms;
	unsigned int num_streams;
	struct xen_snd_front_cfg_stream *streams;
};

/**
 * struct xen_snd_front_waiter - a process waiting for one response
 * @done: completed with the response or when the channel breaks
 * @ret: 0 with @resp valid; -ETIMEDOUT so far; -ENODEV if the channel went
 * @resp: the response, a private copy
 */
struct xen_snd_front_waiter {
	struct completion done;
	int ret;
	struct xensnd_resp resp;
};

/**
 * struct xen_snd_front_slot - a request in flight
 * @waiter: who waits for it, or NULL
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
 * struct xen_snd_front_done - what responses have told since the last look
 * @reads_done: READs were in flight and none is now
 * @freed: slots that became free
 * @error: first non-zero status of a request nobody waited for
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
 *	the channel is about to go: nothing is sent or believed any more
 */
enum xen_snd_front_chan_state {
	XEN_SND_FRONT_CHAN_DOWN,
	XEN_SND_FRONT_CHAN_UP,
	XEN_SND_FRONT_CHAN_BROKEN,
};

/**
 * struct xen_snd_front_chan_ops - what a channel tells its user
 * @position: the backend's position, octets, from XENSND_EVT_CUR_POS; returns true if
 *	it was worth an interrupt
 * @completed: requests that nobody waits for have been answered
 * @broken: the backend broke the protocol, the channel is of no use any more
 *
 * Context: the IRQ threads, no lock held; may sleep.
 */
struct xen_snd_front_chan_ops {
	bool (*position)(struct xen_snd_front_stream *stream, u64 octets);
	void (*completed)(struct xen_snd_front_stream *stream,
			  const struct xen_snd_front_done *done);
	void (*broken)(struct xen_snd_front_stream *stream);
};

/**
 * struct xen_snd_front_peer - whom pages are granted to
 * @domid: the backend's domain
 * @devid: the device, as XenStore numbers it
 */
struct xen_snd_front_peer {
	domid_t domid;
	unsigned int devid;
};

/**
 * struct xen_snd_front_half - one of the two event channels of a stream
 * @page: the shared page
 * @gref: its grant
 * @peer: whom it is granted to
 * @port: event channel port
 * @irq: the interrupt bound to it, 0 if none
 * @name: the interrupt's name, lives as long as the handler; a file name in /proc
 */
struct xen_snd_front_half {
	void *page;
	grant_ref_t gref;
	struct xen_snd_front_peer peer;
	evtchn_port_t port;
	int irq;
	char name[32];
};

/**
 * struct xen_snd_front_chan - a stream's request ring and event ring
 * @lock: protects everything below but @req and @evt's addresses
 * @state: whether the rings may be used
 * @dev: the xenbus device, for messages and Xen calls
 * @ops: whom to tell
 * @req: request channel (ring-ref, event-channel)
 * @evt: event channel (evt-ring-ref, evt-event-channel)
 * @ring: our end of the request ring
 * @evt_cons: events consumed, our own count
 * @slots: requests in flight, by the low bits of their id
 * @urgent: requests in flight whose response is wanted at once
 * @reads: READ requests in flight
 * @starved: data waits for a free slot
 * @hurry: among the requests queued and not yet shown is one that is not data
 * @done: what responses have told and nobody has taken yet
 * @epoch: counts the connections
 * @heard: counts responses and events
 * @silent: the backend was missed, and has not been heard of since
 */
struct xen_snd_front_chan {
	/* Innermost but for xen_snd_front.life: rings, slots and state. */
	spinlock_t lock;
	enum xen_snd_front_chan_state state;
	struct xenbus_device *dev;
	const struct xen_snd_front_chan_ops *ops;
	struct xen_snd_front_half req;
	struct xen_snd_front_half evt;
	struct xen_sndif_front_ring ring;
	u32 evt_cons;
	struct xen_snd_front_slot slots[XEN_SND_FRONT_RING_SIZE];
	unsigned int urgent;
	unsigned int reads;
	bool starved;
	bool hurry;
	struct xen_snd_front_done done;
	unsigned int epoch;
	unsigned int heard;
	bool silent;
};

/**
 * struct xen_snd_front_shbuf - an audio buffer granted to the backend
 * @peer: whom it is granted to
 * @num_grefs: number of Xen pages of the buffer
 * @grefs: their grants
 * @pages: the page behind each grant, one reference held per grant
 * @num_dirs: number of page directory pages
 * @dir_grefs: their grants
 * @dir_pages: their pages
 */
struct xen_snd_front_shbuf {
	struct xen_snd_front_peer peer;
	unsigned int num_grefs;
	grant_ref_t *grefs;
	struct page **pages;
	unsigned int num_dirs;
	grant_ref_t *dir_grefs;
	struct page **dir_pages;
};

/**
 * struct xen_snd_front_pos - follows the backend's position
 * @raw: its last position taken, octets
 * @hw: frames since prepare, never more than the limit given at each step
 * @based: @raw belongs to the present OPEN
 */
struct xen_snd_front_pos {
	u64 raw;
	u64 hw;
	bool based;
};

/**
 * struct xen_snd_front_query - a question to the backend and its answer
 * @ask: the configuration space asked about
 * @answer: what is left of it
 */
struct xen_snd_front_query {
	struct xensnd_query_hw_param ask;
	struct xensnd_query_hw_param answer;
};

#define XEN_SND_FRONT_QUERIES	8

/**
 * enum xen_snd_front_open_state - what the backend knows of a stream
 * @XEN_SND_FRONT_CLOSED: nothing
 * @XEN_SND_FRONT_FRESH: opened, no data and no trigger sent
 * @XEN_SND_FRONT_USED: opened, or a response was late: CLOSE before the next OPEN
 */
enum xen_snd_front_open_state {
	XEN_SND_FRONT_CLOSED,
	XEN_SND_FRONT_FRESH,
	XEN_SND_FRONT_USED,
};

/**
 * struct xen_snd_front_stream - one playback or capture stream
 * @cfg: its description
 * @chan: its channels
 * @shbuf: its audio buffer
 * @lock: serialises hardware queries
 * @asked: the connection that @no_query and @queries belong to, a @chan.epoch
 * @no_query: the backend does not answer XENSND_OP_HW_PARAM_QUERY
 * @next_query: where in @queries the next new question goes, modulo their number
 * @queries: questions that this backend has answered
 * @rates: the list of rates as ALSA wants it
 * @pcm: the PCM device that it belongs to
 * @up: protects @substream against a call going up
 * @substream: the open substream, or NULL
 * @opened: the connection that @shbuf and @open_state belong to, a @chan.epoch
 * @open_state: what the backend knows; ALSA serialises prepare and hw_free
 * @close_due: there was no room for a CLOSE request; it is sent when there is some; @up
 * @event_frames: how often the backend was asked at OPEN to report its position
 * @armed: positions are believed: prepared and not stopped since
 * @running: the backend's clock runs: started, and neither paused nor stopped since
 * @written: playback: appl_ptr has moved since prepare
 * @suspend_due: the stream cannot go on with this backend, and ALSA does not know it yet
 * @pos: the backend's position
 * @core: frames since prepare at ALSA's hw_ptr: what it was given last
 * @shown: @core when ended periods were last reported to ALSA; @up
 * @sent: frames covered by WRITE or READ requests since prepare
 * @silenced: draining: frames since prepare up to which the buffer holds silence after the
 *	last frame
 * @done: capture: frames read since prepare
 * @watch: looks whether the backend of a running stream lives
 * @heard: @chan.heard at the last look
 * @quiet: time since then, ms, as far as the backend had a reason to speak
 *
 * From @armed to @done: PCM stream lock.
 */
struct xen_snd_front_stream {
	const struct xen_snd_front_cfg_stream *cfg;
	struct xen_snd_front_chan chan;
	struct xen_snd_front_shbuf shbuf;

	/* Queries come from any thread that refines parameters. */
	struct mutex lock;
	unsigned int asked;
	bool no_query;
	unsigned int next_query;
	struct xen_snd_front_query queries[XEN_SND_FRONT_QUERIES];
	struct snd_pcm_hw_constraint_list rates;

	struct snd_pcm *pcm;
	/* Held by calls going up as long as they use the substream. */
	struct mutex up;
	struct snd_pcm_substream *substream;
	unsigned int opened;
	enum xen_snd_front_open_state open_state;
	bool close_due;
	unsigned int event_frames;

	bool armed;
	bool running;
	bool written;
	bool suspend_due;
	struct xen_snd_front_pos pos;
	u64 core;
	u64 shown;
	u64 sent;
	u64 silenced;
	u64 done;

	struct delayed_work watch;
	unsigned int heard;
	unsigned int quiet;
};

/**
 * enum xen_snd_front_link - a card's connection to a backend
 * @XEN_SND_FRONT_AWAY: there is none; the channels are down
 * @XEN_SND_FRONT_OFFERED: the channels wait for the backend
 * @XEN_SND_FRONT_LINKED: both sides are connected
 */
enum xen_snd_front_link {
	XEN_SND_FRONT_AWAY,
	XEN_SND_FRONT_OFFERED,
	XEN_SND_FRONT_LINKED,
};

/**
 * struct xen_snd_front_card - a sound card and its connection to a backend
 * @front: the device it was made for, one reference held
 * @card: the sound card this object is the private data of
 * @cfg: the description it was made from
 * @num_streams: number of entries in @streams
 * @registered: clients may have opened it
 * @sparing: a PCM device is suspended for some of its streams; the others need not stop
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
 * @dev: the xenbus device; its ->state is written under @lock, where it is us who do it
 * @wake: starts the worker
 * @lock: spinlock, innermost; protects what follows, but for @path and @watch
 * @ahead: what our node in XenStore says as long as @dev's ->state is still Initialising
 * @path: that node
 * @watch: on it
 * @known: xenwatch has marked a directory since the device was probed or restored
 * @marked: counts the directories that xenwatch has marked
 * @turn: the one that the worker works for
 * @seen: the backend's state, as xenwatch has seen it last
 * @noted: when, jiffies
 * @news: the worker has not taken it yet
 * @ended: a connection has ended, or a directory was marked, since the worker looked
 * @tries: handshakes begun again since the last that was answered; the worker's
 * @tried: when the last of them was begun, jiffies
 */
struct xen_snd_front_state {
	struct xenbus_device *dev;
	void (*wake)(struct xen_snd_front_state *state);
	/* xenwatch takes it, and must not be kept. */
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
 * @dev: the xenbus device, one reference held; of use until removal, then only for messages
 * @ref: one reference for the device, one for each card that still lives
 * @state: ours, entered under @lock, and the backend's
 * @lock: mutex: the connection; protects @card
 * @card: the card, or NULL
 * @life: spinlock, innermost; protects @clients and @removed
 * @clients: PCMs that applications have open, on cards that were orphaned, too
 * @removed: the device is gone
 * @work: connects and disconnects, and moves on when the last client has gone
 * @again: looks whether a backend that is connected to no offer of ours has moved
 */
struct xen_snd_front {
	struct xenbus_device *dev;
	struct kref ref;
	struct xen_snd_front_state state;
	/* Connection state; not held while waiting for a client. */
	struct mutex lock;
	struct xen_snd_front_card *card;
	/* Taken where a client closes, whatever state the device is in. */
	spinlock_t life;
	unsigned int clients;
	bool removed;
	struct work_struct work;
	struct delayed_work again;
};

/* xen_snd_front.c */
void xen_snd_front_get(struct xen_snd_front *front);
void xen_snd_front_put(struct xen_snd_front *front);
void xen_snd_front_opened(struct xen_snd_front *front);
void xen_snd_front_closed(struct xen_snd_front *front);
void xen_snd_front_kick(struct xen_snd_front *front);

/* xen_snd_front_state.c */
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
int xen_snd_front_state_check(struct xen_snd_front_state *state, struct xenbus_transaction xbt);

/* xen_snd_front_node.c */
int xen_snd_front_node_bad(const struct xen_snd_front_dir *dir, const char *node,
			   const char *value, const char *why);
int xen_snd_front_node_list(struct xen_snd_front_dir *dir);
int xen_snd_front_node_read(const struct xen_snd_front_dir *dir, const char *node, char **value);
int xen_snd_front_node_uint(const struct xen_snd_front_dir *dir, const char *node,
			    unsigned int min, unsigned int max, unsigned int *value);
int xen_snd_front_node_name(const struct xen_snd_front_dir *dir, const char *node, char *name,
			    size_t size);

/* xen_snd_front_cfg.c */
int xen_snd_front_cfg_read(struct xenbus_device *dev, struct xen_snd_front_cfg *cfg);
void xen_snd_front_cfg_free(struct xen_snd_front_cfg *cfg);
bool xen_snd_front_cfg_same(const struct xen_snd_front_cfg *a,
			    const struct xen_snd_front_cfg *b);
int xen_snd_front_cfg_version(struct xenbus_device *dev, unsigned int *version);

/* xen_snd_front_fmt.c */
int xen_snd_front_fmt_by_name(const char *name, size_t len);
int xen_snd_front_fmt_to_xen(snd_pcm_format_t format);
u64 xen_snd_front_fmt_mask_to_xen(u64 alsa);
u64 xen_snd_front_fmt_mask_to_alsa(u64 xen);
bool xen_snd_front_fmt_is_usable(snd_pcm_format_t format);
u64 xen_snd_front_fmt_mask_all(void);

/* xen_snd_front_evtchnl.c */
void xen_snd_front_chan_init(struct xen_snd_front_chan *chan, struct xenbus_device *dev,
			     const struct xen_snd_front_chan_ops *ops);
int xen_snd_front_chan_up(struct xen_snd_front_chan *chan, const char *unit);
void xen_snd_front_chan_shut(struct xen_snd_front_chan *chan);
void xen_snd_front_chan_down(struct xen_snd_front_chan *chan);
int xen_snd_front_chan_publish(struct xen_snd_front_card *card, bool present);
int xen_snd_front_chan_call(struct xen_snd_front_chan *chan, unsigned int epoch,
			    const struct xensnd_req *req, struct xensnd_resp *resp);
int xen_snd_front_chan_post(struct xen_snd_front_chan *chan, const struct xensnd_req *req,
			    unsigned int count, bool control);
bool xen_snd_front_chan_is_up(struct xen_snd_front_chan *chan, unsigned int epoch);
bool xen_snd_front_chan_settle(struct xen_snd_front_chan *chan, unsigned long until);
bool xen_snd_front_chan_silent(struct xen_snd_front_chan *chan);
void xen_snd_front_chan_miss(struct xen_snd_front_chan *chan);
void xen_snd_front_chan_forget(struct xen_snd_front_chan *chan);

/* xen_snd_front_held.c */
void xen_snd_front_held_later(void);
bool xen_snd_front_held_sweep(void);
struct xen_snd_front_peer xen_snd_front_held_peer(const struct xenbus_device *dev);
int xen_snd_front_held_check(struct xenbus_device *dev);
void xen_snd_front_held_end(struct xen_snd_front_peer peer, grant_ref_t gref, struct page *page);
void xen_snd_front_held_exit(void);

/* xen_snd_front_ring.c */
RING_IDX xen_snd_front_ring_producer(const struct xen_snd_front_chan *chan);
void xen_snd_front_ring_init(struct xen_snd_front_chan *chan);
unsigned int xen_snd_front_ring_room(const struct xen_snd_front_chan *chan, bool control);
void xen_snd_front_ring_queue(struct xen_snd_front_chan *chan, const struct xensnd_req *req,
			      struct xen_snd_front_waiter *waiter);
bool xen_snd_front_ring_push(struct xen_snd_front_chan *chan);
int xen_snd_front_ring_reap(struct xen_snd_front_chan *chan);
void xen_snd_front_ring_break(struct xen_snd_front_chan *chan);
bool xen_snd_front_ring_event(struct xen_snd_front_chan *chan, struct xensnd_evt *evt);

/* xen_snd_front_xen.c */
int xen_snd_front_xen_alloc_port(struct xenbus_device *dev, evtchn_port_t *port);
void xen_snd_front_xen_free_port(struct xenbus_device *dev, evtchn_port_t port);
int xen_snd_front_xen_bind(evtchn_port_t port);
int xen_snd_front_xen_handle(int irq, irq_handler_t thread, const char *name, void *data);
void xen_snd_front_xen_unbind(evtchn_port_t port, int irq, void *data);
bool xen_snd_front_xen_is_bound(evtchn_port_t port);
void xen_snd_front_xen_eoi(int irq, bool work);
void xen_snd_front_xen_notify(int irq);
int xen_snd_front_xen_grant(domid_t domid, struct page *page, unsigned long offset);
int xen_snd_front_xen_share(struct xen_snd_front_peer peer, void **page, grant_ref_t *gref);
void xen_snd_front_xen_unshare(struct xen_snd_front_peer peer, void **page, grant_ref_t *gref);
bool xen_snd_front_xen_try_end(grant_ref_t gref);
void xen_snd_front_xen_end(grant_ref_t gref, struct page *page);
void *xen_snd_front_xen_zalloc(size_t count, size_t size);
struct page *xen_snd_front_xen_page(void);
char *xen_snd_front_xen_read(const char *dir, const char *node, unsigned int *len);
char **xen_snd_front_xen_list(const char *dir, unsigned int *count);
int xen_snd_front_xen_begin(struct xenbus_transaction *xbt);
int xen_snd_front_xen_commit(struct xenbus_transaction xbt, bool abort);
int xen_snd_front_xen_get(struct xenbus_transaction xbt, const char *dir, const char *node,
			  unsigned int *value);
int xen_snd_front_xen_put(struct xenbus_transaction xbt, const char *dir, const char *node,
			  const unsigned int *value);
int xen_snd_front_xen_watch(struct xenbus_watch *watch);
void xen_snd_front_xen_unwatch(struct xenbus_watch *watch);

/* xen_snd_front_shbuf.c */
int xen_snd_front_shbuf_grant(struct xen_snd_front_shbuf *buf, struct xen_snd_front_peer peer,
			      void *area, size_t octets);
void xen_snd_front_shbuf_end(struct xen_snd_front_shbuf *buf);

/* xen_snd_front_pos.c */
void xen_snd_front_pos_reset(struct xen_snd_front_pos *pos);
void xen_snd_front_pos_advance(struct xen_snd_front_pos *pos, u64 octets, u64 limit,
			       unsigned int frame_bits);
bool xen_snd_front_pos_crossed(u64 from, u64 to, unsigned int period);
unsigned int xen_snd_front_pos_offset(u64 frames, unsigned int buffer);

/* xen_snd_front_hw.c */
int xen_snd_front_hw_open(struct xen_snd_front_stream *stream, struct snd_pcm_runtime *runtime);
int xen_snd_front_hw_check(struct xen_snd_front_stream *stream,
			   struct snd_pcm_hw_params *params);

/* xen_snd_front_lost.c */
void xen_snd_front_lost_init(struct xen_snd_front_stream *stream);
void xen_snd_front_lost_watch(struct xen_snd_front_stream *stream);
void xen_snd_front_lost_suspend(struct xen_snd_front_card *card);
void xen_snd_front_lost_suspend_due(struct xen_snd_front_card *card);
void xen_snd_front_lost_suspend_later(struct snd_pcm_substream *substream);

/* xen_snd_front_stream.c */
extern const struct xen_snd_front_chan_ops xen_snd_front_stream_ops;
int xen_snd_front_stream_open(struct xen_snd_front_stream *stream,
			      struct snd_pcm_runtime *runtime);
void xen_snd_front_stream_close(struct xen_snd_front_stream *stream);
int xen_snd_front_stream_trigger(struct xen_snd_front_stream *stream,
				 struct snd_pcm_substream *substream, u8 type);
u64 xen_snd_front_stream_unplayed(const struct xen_snd_front_stream *stream,
				  const struct snd_pcm_runtime *runtime);
int xen_snd_front_stream_flush(struct xen_snd_front_stream *stream,
			       struct snd_pcm_substream *substream);
int xen_snd_front_stream_ack(struct xen_snd_front_stream *stream,
			     struct snd_pcm_substream *substream);
void xen_snd_front_stream_reset(struct xen_snd_front_stream *stream,
				struct snd_pcm_substream *substream);
snd_pcm_uframes_t xen_snd_front_stream_pointer(struct xen_snd_front_stream *stream,
					       struct snd_pcm_runtime *runtime);
void xen_snd_front_stream_farewell(struct xen_snd_front_stream *stream, bool wait);

/* xen_snd_front_alsa.c */
struct xen_snd_front_card *xen_snd_front_alsa_new(struct xen_snd_front *front,
						  struct xen_snd_front_cfg *cfg);
int xen_snd_front_alsa_register(struct xen_snd_front_card *card);
void xen_snd_front_alsa_let_go(struct xen_snd_front_card *card);
void xen_snd_front_alsa_exit(void);

#endif /* __XEN_SND_FRONT_H */
