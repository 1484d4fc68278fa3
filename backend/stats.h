/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: what happened while a stream was open.
 */
#ifndef XSB_STATS_H
#define XSB_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "proto.h"

/**
 * struct stats - counts from OPEN to CLOSE
 * @requests: requests fetched, the OPEN and the CLOSE among them
 * @writes: WRITE requests
 * @reads: READ requests
 * @queries: HW_PARAM_QUERY requests since the last CLOSE
 * @notify_in: wake-ups by the guest's request channel
 * @notify_rsp: notifications of responses sent
 * @notify_evt: notifications of events sent
 * @wakeups: times the stream's thread woke up, for whatever reason
 * @late: periods whose event came more than half a period after its time
 * @delay: the most that an event of a period was late, bytes
 * @bytes: played or captured, over all START to STOP
 * @underruns: playback: data came after they were due
 * @overruns: capture: the guest did not fetch its data in time
 * @xruns: device xruns (ALSA)
 */
struct stats {
	uint64_t requests;
	uint64_t writes;
	uint64_t reads;
	uint64_t queries;
	uint64_t notify_in;
	uint64_t notify_rsp;
	uint64_t notify_evt;
	uint64_t wakeups;
	uint64_t late;
	uint64_t delay;
	uint64_t bytes;
	uint64_t underruns;
	uint64_t overruns;
	uint64_t xruns;
};

struct stream_info;

bool stats_open(const char *path);
void stats_write(const struct stream_info *info, const struct snd_params *p,
		 const struct stats *st);

#endif
