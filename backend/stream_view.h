/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: what others may see of a stream while its thread runs.
 */
#ifndef XSB_STREAM_VIEW_H
#define XSB_STREAM_VIEW_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct stream_view - how a stream is
 * @open: between OPEN and CLOSE; what follows @broken is valid only then
 * @running: between START and STOP
 * @paused: while running
 * @lost: its device does not work at present
 * @denied: it records silence for want of permission
 * @broken: an index in the ring was invalid
 * @format: XENSND_PCM_FORMAT_XXX
 * @channels: number
 * @rate: Hz
 * @buffer: frames
 * @period: frames
 * @frames: played or captured since START
 * @latency_us: what is queued between the guest and the device's pointer
 * @xruns: of the device, since OPEN
 * @underruns: the guest's data came late, since OPEN
 * @overruns: the guest did not fetch its data, since OPEN
 * @cpu_ns: CPU time since the guest connected
 * @throttled: times that it had to rest since then
 */
struct stream_view {
	bool open;
	bool running;
	bool paused;
	bool lost;
	bool denied;
	bool broken;
	uint8_t format;
	uint8_t channels;
	uint32_t rate;
	uint32_t buffer;
	uint32_t period;
	uint64_t frames;
	uint64_t latency_us;
	uint64_t xruns;
	uint64_t underruns;
	uint64_t overruns;
	uint64_t cpu_ns;
	uint64_t throttled;
};

#endif
