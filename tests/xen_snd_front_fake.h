/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * KUnit: what stands in for Xen, XenStore and the backend
 *
 * A suite's init calls fake_new(), which becomes the test's priv, and exit calls
 * fake_end(), which finds what was left. Stubs hold in the test's own task only, so
 * the fake backend runs where the frontend notifies it, under the channel's lock, and
 * the test calls the IRQ threads itself.
 */
#ifndef __XEN_SND_FRONT_FAKE_H
#define __XEN_SND_FRONT_FAKE_H

#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/fs.h>

#include "../xen_snd_front.h"
#include "../xen_snd_front_alsa.h"
#include "../xen_snd_front_cfg.h"
#include "../xen_snd_front_evtchnl.h"
#include "../xen_snd_front_hw.h"
#include "../xen_snd_front_ring.h"
#include "../xen_snd_front_shbuf.h"
#include "../xen_snd_front_stream.h"

/* Cases that others wrote for the fakes use the state's former name. */
#define XEN_SND_FRONT_USED	XEN_SND_FRONT_OPEN_DIRTY

#define RING		XEN_SND_FRONT_RING_SIZE
#define DATA		(RING - XEN_SND_FRONT_RING_RESERVE)

/* A card has two streams or more, each with two channels. */
#define FAKE_ENDS	128
#define FAKE_LOG	512
#define FAKE_IRQ	1000
#define FAKE_PORT	100
#define FAKE_GREF	5000

/**
 * struct fake_node - a node of the fake XenStore
 * @path: as in "dev/0/0/type"; a stream's directory is "dev/0/0"
 * @value: its value; NULL: there is no such node
 * @nul: ends with a NUL too many
 */
struct fake_node {
	const char *path;
	const char *value;
	bool nul;
};

/**
 * struct fake_end - the backend's end of an event channel
 * @port_used: the port is allocated
 * @bound: an interrupt is bound to it
 * @thread: the frontend's handler
 * @data: its argument, the channel
 * @name: its name
 * @req_cons: requests taken, if this is a request channel
 */
struct fake_end {
	bool port_used;
	bool bound;
	irq_handler_t thread;
	struct xen_snd_front_chan *data;
	const char *name;
	RING_IDX req_cons;
};

/**
 * struct fake - the world around the frontend
 * @test: the test
 * @xb: the xenbus device
 * @nodes: of XenStore, before those of a plain card, so that they win
 * @num_nodes: their number
 * @error: what a node that is not there is answered with, 0 for -ENOENT
 * @steps: calls that may fail, so far
 * @fail_at: the step that fails, 0 for none
 * @pages: shared ring pages not yet taken back
 * @grants: grants of the audio buffer not yet ended
 * @granted: those ever made
 * @ends: event channels
 * @puts: nodes written less nodes removed
 * @put_sum: sum of the values written
 * @unmarked: our directory is not the one that the driver knows
 * @begun: XenStore transactions begun
 * @aborted: those aborted
 * @conflicts: how many of the next ones end with -EAGAIN
 * @log: requests that the backend has taken
 * @logged: their number
 * @pending: those of @log that wait for fake_answer()
 * @num_pending: their number
 * @notified: how often the frontend notified the backend
 * @eager: answer everything at once, not only what somebody waits for
 * @status: what each operation is answered with
 * @deaf: operations (bit mask) that are never answered
 * @wrong_id: answer with an id that is none
 * @took: gets each request instead of @log and @pending; under the channel's lock
 * @query: the answer to XENSND_OP_HW_PARAM_QUERY; NULL: all that was asked for
 * @eois: how often a handler has ended
 * @work: what the last one said of it
 * @stream: a stream of no card, for fake_chan()
 * @front: the device that @card belongs to
 * @card: the card of fake_card()
 * @file: for opening PCMs
 * @open: open substreams, by direction
 */
struct fake {
	struct kunit *test;
	struct xenbus_device *xb;

	const struct fake_node *nodes;
	unsigned int num_nodes;
	int error;

	unsigned int steps;
	unsigned int fail_at;
	int pages;
	int grants;
	unsigned int granted;
	struct fake_end ends[FAKE_ENDS];

	int puts;
	u64 put_sum;
	bool unmarked;
	unsigned int begun;
	unsigned int aborted;
	unsigned int conflicts;

	struct xensnd_req log[FAKE_LOG];
	unsigned int logged;
	unsigned int pending[RING];
	unsigned int num_pending;
	unsigned int notified;
	bool eager;
	int status[XENSND_OP_HW_PARAM_QUERY + 1];
	u32 deaf;
	bool wrong_id;
	void (*took)(struct fake *f, struct xen_snd_front_chan *chan,
		     const struct xensnd_req *req);
	const struct xensnd_query_hw_param *query;

	unsigned int eois;
	bool work;

	struct xen_snd_front_stream stream;
	struct xen_snd_front front;
	struct xen_snd_front_card *card;
	struct file file;
	struct snd_pcm_substream *open[SNDRV_PCM_STREAM_LAST + 1];
};

/* xen_snd_front_fake.c */
int fake_new(struct kunit *test);
void fake_chan(struct fake *f, const struct xen_snd_front_chan_ops *ops);
void fake_end(struct kunit *test);
bool fake_fails(struct fake *f);
struct fake_end *fake_irq(struct fake *f, const struct xen_snd_front_endpoint *end);
bool fake_respond(struct xen_snd_front_chan *chan, u16 id, u8 op, int status);
void fake_answer(struct fake *f, struct xen_snd_front_chan *chan, unsigned int n);
void fake_raise(struct xen_snd_front_chan *chan, u64 position);
void fake_interrupt(struct fake *f, struct xen_snd_front_chan *chan,
		    const struct xen_snd_front_endpoint *end);
unsigned int fake_count(struct fake *f, u8 op);
const struct xensnd_req *fake_last(struct fake *f, unsigned int back);

/* xen_snd_front_fake_store.c */
void fake_store(struct fake *f);

/* xen_snd_front_fake_card.c */
void fake_card(struct fake *f);
void fake_connect(struct fake *f);
void fake_lose(struct fake *f);
void fake_card_end(struct fake *f);
struct snd_pcm *fake_pcm(struct fake *f);
int fake_open(struct fake *f, int direction, struct snd_pcm_substream **substream);
void fake_close(struct fake *f, int direction);
void fake_choose(struct fake *f, struct snd_pcm_hw_params *params, snd_pcm_format_t format,
		 unsigned int channels, unsigned int rate);
void fake_sizes(struct snd_pcm_hw_params *params, unsigned int period, unsigned int buffer);
int fake_hw_params(struct fake *f, struct snd_pcm_substream *substream,
		   snd_pcm_format_t format, unsigned int channels, unsigned int period,
		   unsigned int buffer);
int fake_play(struct fake *f, struct snd_pcm_substream *substream, unsigned int frames);
int fake_trigger(struct snd_pcm_substream *substream, int cmd);
struct xen_snd_front_stream *fake_stream(struct snd_pcm_substream *substream);
void fake_event(struct fake *f, struct snd_pcm_substream *substream, u64 bytes);

#endif /* __XEN_SND_FRONT_FAKE_H */
