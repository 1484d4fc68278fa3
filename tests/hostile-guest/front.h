/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * A frontend in user space, by the stock kernel's gntalloc and evtchn devices,
 * that does what no driver would.
 */
#ifndef HOSTILE_FRONT_H
#define HOSTILE_FRONT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include "sndfront.h"

#define PAGE		SNDFRONT_PAGE
#define MAX_STREAMS	64u
/* a reference that was never granted: beyond any grant table */
#define NO_GRANT	0x7ffffff0u
/* no answer */
#define SILENCE		1

/* What this guest plays, and what its own source gives: nothing else may be
 * found in its files and its buffers.
 */
#define OURS		0x11
#define SOURCE		0x21

enum { BE_INIT_WAIT = 2, BE_CONNECTED = 4, BE_CLOSING = 5, BE_CLOSED = 6 };

/**
 * struct pages - pages granted to the backend
 * @mem: mapped
 * @refs: one for each
 * @num: how many
 * @index: gntalloc's name for them
 */
struct pages {
	uint8_t *mem;
	uint32_t *refs;
	unsigned int num;
	uint64_t index;
};

/**
 * struct stream - one stream
 * @capture: else playback
 * @ring: request ring
 * @evt: event page
 * @port: request channel
 * @evt_port: event channel
 * @shared: the ring and the events
 * @buf: buffer
 * @dir: its directory
 */
struct stream {
	bool capture;
	struct pages ring;
	struct pages evt;
	uint32_t port;
	uint32_t evt_port;
	struct sndfront shared;
	struct pages buf;
	struct pages dir;
};

extern struct stream streams[MAX_STREAMS];

/* front.c: Xen and XenStore */
void front_init(void);
void pages_alloc(struct pages *p, unsigned int num, bool writable);
void pages_revoke(struct pages *p);
void pages_free(struct pages *p);
uint32_t port_alloc(void);
void port_free(uint32_t port);
void port_kick(uint32_t port);
/* Nodes below our device; false if XenStore does not let us. */
bool node_write(const char *node, const char *value, size_t len);
bool node_set(const char *node, const char *value);
bool node_num(const char *node, uint32_t value);
bool node_remove(const char *node);
bool state_set(unsigned int state);
unsigned int backend_state(void);
bool backend_reaches(unsigned int state, unsigned int ms);
uint64_t now_ms(void);
void sleep_ms(unsigned int ms);

/* stream.c: what a good frontend does */
void streams_alloc(unsigned int num);
void streams_free(void);
void streams_publish(unsigned int num);
bool front_connect(void);
bool front_disconnect(void);
void front_again(void);
/* Put on the ring; the caller kicks. */
void stream_put(struct stream *s, const struct xensnd_req *req);
/* Send, wait for the answer: its status, or SILENCE. */
int stream_ask(struct stream *s, const struct xensnd_req *req);
bool stream_answer(struct stream *s, struct xensnd_resp *resp, unsigned int ms);
void buffer_alloc(struct stream *s, unsigned int pages, bool writable);
void buffer_free(struct stream *s);
struct xensnd_req open_req(const struct stream *s, uint32_t buffer_sz,
			   uint32_t period_sz);
int stream_open(struct stream *s);
int stream_op(struct stream *s, uint8_t op);
int stream_trigger(struct stream *s, uint8_t type);
int stream_rw(struct stream *s, uint32_t offset, uint32_t length);

/* main.c: an attack says what it found wrong, if anything */
void wrong(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* print the result of what is no struct attack; 0 if nothing was wrong */
int report_wrong(const char *name);

#define EXPECT(what, expected) do {					\
	long long got_ = (what), expected_ = (expected);		\
	if (got_ != expected_)						\
		wrong("%s:%d: %s is %lld, not %lld", __FILE__,		\
		      __LINE__, #what, got_, expected_);		\
} while (0)

/**
 * struct attack - one attack
 * @name: name
 * @run: called with the card connected and its streams closed, with buffers
 */
struct attack {
	const char *name;
	void (*run)(void);
};

/* end with { NULL, NULL } */
extern const struct attack memory_attacks[], request_attacks[], ring_attacks[],
	store_attacks[], volume_attacks[], load_attacks[];

/* ends with the domain */
void doomed(void);

/* log.c; the result is the process's */
int flood_log(int argc, char **argv);

#endif
