/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * bench-play: one stream, from open to close.
 */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include <alsa/asoundlib.h>

/**
 * struct plan - what all streams of a run do
 * @capture: record instead of play
 * @mmap: through the mapped buffer
 * @timed: wait for room first, so that what a write takes is its own cost
 * @rate: Hz
 * @period: frames
 * @periods: of the buffer
 * @chunk: frames of a read or write; the last one has what is left
 * @xruns: so many are survived
 * @prepared: called when a stream is prepared, or NULL
 */
struct plan {
	bool capture;
	bool mmap;
	bool timed;
	unsigned int rate;
	unsigned int period;
	unsigned int periods;
	unsigned int chunk;
	unsigned int xruns;
	void (*prepared)(void);
};

/**
 * struct result - how it went with one stream
 * @error: negative errno of what failed, or 0
 * @where: the call that failed
 * @xruns: how many
 * @done: periods
 * @open_ns: from open to prepared
 * @first_ns: from start until the position had moved by a period
 * @close_ns: from drop until close has returned
 * @sleeps: voluntary context switches inside of reads and writes, if timed
 * @took: ns of each read or write
 * @num: how many are in @took
 */
struct result {
	int error;
	const char *where;
	unsigned int xruns;
	unsigned int done;
	uint64_t open_ns;
	uint64_t first_ns;
	uint64_t close_ns;
	uint64_t sleeps;
	uint32_t *took;
	unsigned int num;
};

void stream_run(const struct plan *plan, unsigned int substream,
		unsigned int count, struct result *r);

#endif
