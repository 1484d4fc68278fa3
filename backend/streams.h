/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: all streams of one device.
 */
#ifndef XSB_STREAMS_H
#define XSB_STREAMS_H

#include <stdbool.h>

#include "card.h"
#include "config.h"
#include "report.h"
#include "stream.h"

/**
 * struct streams - a device's streams while it is connected
 * @v: array
 * @num: how many
 */
struct streams {
	struct stream **v;
	unsigned int num;
};

bool streams_add(struct streams *ss, const struct card *card,
		 const struct config *config, const char *guest,
		 struct log_guest *log, struct budget *budget, int done_fd);
void streams_stop(struct streams *ss);
bool streams_stopped(const struct streams *ss);
void streams_free(struct streams *ss);
bool streams_move(struct streams *ss, const struct config *config, const char *guest,
		  struct log_guest *log);
bool streams_misfit(const struct streams *ss);
void streams_permit(struct streams *ss, bool permitted);
unsigned int streams_count(const struct streams *ss, const char *stream);
void streams_volume(struct streams *ss, const struct config *config,
		    const char *guest);
void streams_report(const struct streams *ss, const char *guest,
		    struct report *r);

#endif
