/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back tests: a frontend for one stream.
 */
#ifndef XSB_GUEST_H
#define XSB_GUEST_H

#include "rings.h"
#include "sndfront.h"
#include "streams.h"

#define GUEST_MAX_EVTS	4096u

/**
 * struct guest - a stream's other side
 * @info: what the backend gets of it
 * @front: request ring and event page
 * @evts: positions received, in order
 * @num_evts: how many
 * @buf: shared buffer
 * @dir: directory pages
 * @pages: of @buf
 * @dirs: of @dir
 * @dir_ref: first directory page
 * @next_id: of the next request
 * @resp: responses by id
 * @answered: which of @resp are valid
 * @patient: do not ask for notifications of responses
 * @kicks: notifications sent
 * @req_fd: notifications of responses
 * @evt_fd: notifications of events
 * @stream: the backend's side
 * @streams: that one, if the configuration has decided
 * @log: its log budget
 * @budget: its account
 * @done_fd: its end
 */
struct guest {
	struct stream_info info;
	struct sndfront front;
	uint64_t evts[GUEST_MAX_EVTS];
	unsigned int num_evts;
	uint8_t *buf;
	uint32_t *dir;
	unsigned int pages;
	unsigned int dirs;
	uint32_t dir_ref;
	uint16_t next_id;
	struct xensnd_resp resp[256];
	bool answered[256];
	bool patient;
	unsigned int kicks;
	int req_fd;
	int evt_fd;
	struct stream *stream;
	struct streams streams;
	struct log_guest log;
	struct budget budget;
	int done_fd;
};

/* Connect a stream with the given endpoint; false if the backend refuses. */
extern struct budget_limits guest_limits;
bool guest_init(struct guest *g, bool capture, const char *spec,
		uint32_t buffer_sz, bool mainline);
/* Likewise, but the endpoint is what the configuration has for that guest. */
bool guest_init_as(struct guest *g, bool capture, const struct config *config,
		   const char *name, uint32_t buffer_sz);
void guest_exit(struct guest *g);

/* Send; returns the request's id. */
uint16_t guest_send(struct guest *g, const struct xensnd_req *req);
/* Wait for the answer: its status, or 1 if there is none within @ms. */
int guest_wait(struct guest *g, uint16_t id, int ms);
bool guest_answered(struct guest *g, uint16_t id);

int guest_open(struct guest *g, uint32_t rate, uint8_t format,
	       uint8_t channels, uint32_t buffer_sz, uint32_t period_sz);
int guest_close(struct guest *g);
int guest_trigger(struct guest *g, uint8_t type);
uint16_t guest_rw_send(struct guest *g, uint8_t op, uint32_t offset,
		       uint32_t length);
int guest_write(struct guest *g, uint32_t offset, uint32_t length);
int guest_read(struct guest *g, uint32_t offset, uint32_t length);

/* Take new events; the last position. */
uint64_t guest_position(struct guest *g);
/* Wait until a position of at least @pos has been sent. */
bool guest_wait_position(struct guest *g, uint64_t pos, int ms);

/*
 * A value of the last line of statistics in the file @name of the tests' directory, -1 for none.
 */
long long guest_last_stat(const char *name, const char *key);

#endif
