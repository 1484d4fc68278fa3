/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * xen-snd-hostile: a backend that lies, on purpose
 *
 * It serves one vsnd device well enough that a frontend gets into every state, and
 * strikes at a moment that an attack names: at a request, with the clock of a running
 * stream, or when nothing is going on. Each stream has its own attack, so one breaks
 * while the others must play on. One thread does it all, so a seed gives the same run
 * again; only the byte flipper (flip.c) has its own.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stdbool.h>
#include <stdint.h>

#include <xenevtchn.h>
#include <xengnttab.h>

#include "card.h"
#include "rings.h"
#include "util.h"

#define MAX_VOICES	32u
#define MAX_HELD	32u
#define MAX_DIRS	16u
#define MAX_PAGES	1024u

/* When an attack strikes. */
enum moment {
	AT_CONNECT,
	AT_QUERY,
	AT_OPEN,
	AT_DATA,
	AT_START,
	AT_STOP,
	AT_CLOSE,
	AT_TICK,
	AT_IDLE,
	MOMENTS,
};

/* What the frontend must make of it. */
enum expect {
	EXPECT_UNNOTICED,
	EXPECT_ALIVE,
	EXPECT_BROKEN,
	EXPECT_ERROR,
	EXPECT_REFUSED,
	EXPECT_ANY,
};

struct voice;
struct attack;

/* Return: shall the response, if there is one, still be sent? */
typedef bool (*strike_fn)(struct voice *v, const struct attack *a,
			  struct xensnd_resp *resp);

/**
 * struct attack - something a backend must not do
 * @name: for people
 * @moment: when
 * @strike: what
 * @arg: with which value
 * @expect: what a driver that can be trusted makes of it
 * @times: how often, 0: each time
 */
struct attack {
	const char *name;
	enum moment moment;
	strike_fn strike;
	int64_t arg;
	enum expect expect;
	unsigned int times;
};

/**
 * struct area - an audio buffer that the frontend has shared
 * @data: its pages, next to each other, or NULL
 * @pages: their number
 * @dirs: the directory pages, mapped too
 * @num_dirs: their number
 */
struct area {
	uint8_t *data;
	unsigned int pages;
	void *dirs[MAX_DIRS];
	unsigned int num_dirs;
};

/**
 * struct counts - what one stream has done
 * @hits: strikes
 * @requests: taken
 * @responses: sent, true or false
 * @events: sent, likewise
 * @frames: played or given
 * @bad: frames played that are not what the guest plays
 * @dirty: bytes of requests that have no meaning and are not 0
 */
struct counts {
	unsigned long hits;
	unsigned long requests;
	unsigned long responses;
	unsigned long events;
	unsigned long frames;
	unsigned long bad;
	unsigned long dirty;
};

/**
 * struct voice - one stream of the device under attack
 * @info: what XenStore says of it
 * @xc: event channels of this stream
 * @xg: grants of this stream
 * @page: request ring
 * @evt_page: event page
 * @req_port: our end of the request channel, -1 if closed
 * @evt_port: our end of the event channel, -1 if closed
 * @rings: both pages, as an honest backend sees them
 * @attack: what is done to it, or NULL
 * @held: responses held back
 * @num_held: their number
 * @mute: answers nothing any more
 * @area: the open buffer
 * @req: the OPEN request
 * @open: it is open
 * @running: it runs
 * @since: when @position was right
 * @written: playback: bytes handed over; capture: bytes fetched
 * @position: bytes
 * @due: the next event, or TIME_NEVER
 * @asked: when the last request came, or 0
 * @last: the response sent last
 * @n: counts
 */
struct voice {
	struct stream_info info;
	xenevtchn_handle *xc;
	xengnttab_handle *xg;
	void *page;
	struct xensnd_event_page *evt_page;
	int req_port;
	int evt_port;
	struct rings rings;
	const struct attack *attack;
	struct xensnd_resp held[MAX_HELD];
	unsigned int num_held;
	bool mute;
	struct area area;
	struct xensnd_open_req req;
	bool open;
	bool running;
	uint64_t since;
	uint64_t written;
	uint64_t position;
	uint64_t due;
	uint64_t asked;
	struct xensnd_resp last;
	struct counts n;
};

/**
 * struct hostile - the whole program's state
 * @domid: the guest
 * @devid: its device
 * @be: our XenStore directory
 * @fe: the frontend's
 * @store: XenStore
 * @log: of card_read()
 * @voices: streams
 * @num: their number
 * @seed: of the random numbers; 0: named attacks only
 * @keep: unmap nothing
 * @scan: look for the marker in all that is mapped
 * @report: where to
 * @resets: connections made
 * @found: marker seen, bytes
 * @scanned: pages looked at
 */
struct hostile {
	uint32_t domid;
	uint32_t devid;
	char be[STORE_PATH_MAX];
	char fe[STORE_PATH_MAX];
	struct store *store;
	struct log_guest log;
	struct voice voices[MAX_VOICES];
	unsigned int num;
	uint64_t seed;
	bool keep;
	bool scan;
	const char *report;
	unsigned long resets;
	unsigned long found;
	unsigned long scanned;
};

extern struct hostile hostile;

/* main.c */
uint64_t rnd(void);
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void serve_for(uint64_t ns);

/* voice.c */
bool voice_connect(struct voice *v);
void voice_disconnect(struct voice *v);
int voice_fd(const struct voice *v);
void voice_serve(struct voice *v);
void voice_tick(struct voice *v, uint64_t now);
void voice_moment(struct voice *v, enum moment m, struct xensnd_resp *resp);
void voice_respond(struct voice *v, const struct xensnd_resp *resp);
void voice_event(struct voice *v, uint64_t position);
void voice_kick(struct voice *v);

/* area.c */
bool area_map(struct voice *v, const struct xensnd_open_req *req);
void area_unmap(struct voice *v);
void area_keep_rings(const struct voice *v);
void area_kept_begin(void);
void area_kept_scan(void);
unsigned int area_kept(void);
void area_scan(struct voice *v);

/* attacks.c */
extern const struct attack attacks[];
extern const unsigned int num_attacks;
extern const char * const moment_names[MOMENTS];
const struct attack *attack_find(const char *name);

/* strike_*.c: see there */
bool strike_beyond(struct voice *v, const struct attack *a, struct xensnd_resp *resp);
bool strike_producer(struct voice *v, const struct attack *a, struct xensnd_resp *resp);
bool strike_seesaw(struct voice *v, const struct attack *a, struct xensnd_resp *resp);
bool strike_unasked(struct voice *v, const struct attack *a, struct xensnd_resp *resp);
bool strike_repeat(struct voice *v, const struct attack *a, struct xensnd_resp *resp);
bool strike_reorder(struct voice *v, const struct attack *a, struct xensnd_resp *resp);
bool strike_id(struct voice *v, const struct attack *a, struct xensnd_resp *resp);
bool strike_operation(struct voice *v, const struct attack *a, struct xensnd_resp *resp);
bool strike_status(struct voice *v, const struct attack *a, struct xensnd_resp *resp);
bool strike_withhold(struct voice *v, const struct attack *a, struct xensnd_resp *resp);
bool strike_silence(struct voice *v, const struct attack *a, struct xensnd_resp *resp);
bool strike_query(struct voice *v, const struct attack *a, struct xensnd_resp *resp);
bool strike_scribble(struct voice *v, const struct attack *a, struct xensnd_resp *resp);

bool strike_evt_producer(struct voice *v, const struct attack *a, struct xensnd_resp *resp);
bool strike_evt_type(struct voice *v, const struct attack *a, struct xensnd_resp *resp);
bool strike_evt_taken(struct voice *v, const struct attack *a, struct xensnd_resp *resp);
bool strike_evt_scribble(struct voice *v, const struct attack *a, struct xensnd_resp *resp);
bool strike_position(struct voice *v, const struct attack *a, struct xensnd_resp *resp);
bool strike_back(struct voice *v, const struct attack *a, struct xensnd_resp *resp);
bool strike_flood(struct voice *v, const struct attack *a, struct xensnd_resp *resp);

bool strike_ports(struct voice *v, const struct attack *a, struct xensnd_resp *resp);
bool strike_kill(struct voice *v, const struct attack *a, struct xensnd_resp *resp);
bool strike_flip(struct voice *v, const struct attack *a, struct xensnd_resp *resp);
bool strike_storm(struct voice *v, const struct attack *a, struct xensnd_resp *resp);

/* device.c */
bool device_find(void);
bool device_connect(void);
void device_disconnect(void);
void device_put(const char *node, const char *value);
void device_put_state(unsigned int state);
unsigned int device_frontend(void);
bool device_parted(void);
bool device_attack(const char *name);
void device_list(void);

#endif
