/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: a frontend's card description.
 */
#ifndef XSB_CARD_H
#define XSB_CARD_H

#include <stdbool.h>

#include "store.h"
#include "stream.h"

/**
 * struct card - all streams that a frontend has published
 * @streams: array, to be freed
 * @num: how many
 * @max: how many there may be
 * @mainline: the frontend has no version node
 */
struct card {
	struct stream_info *streams;
	unsigned int num;
	unsigned int max;
	bool mainline;
};

bool card_read(struct store *st, const char *fe, uint32_t domid,
	       uint32_t devid, unsigned int max, struct log_guest *log,
	       struct card *card);

bool parse_rates(const char *s, struct snd_caps *caps);
bool parse_formats(const char *s, struct snd_caps *caps);

#endif
