/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back tests: a PipeWire server with a script.
 *
 * It takes the place of the connection and of libpipewire's streams; the loop and
 * its thread are the real ones. It has one device of 48 kHz, which takes or gives
 * a quantum at a time. Two channels of 16 bits.
 */
#ifndef XSB_FAKE_PIPEWIRE_H
#define XSB_FAKE_PIPEWIRE_H

#include <stdbool.h>
#include <stdint.h>

#define FAKE_PW_FRAMES	(1u << 20)
#define FAKE_PW_QUANTUM	16384u

/**
 * struct fake_pipewire - the script, and what happened
 * @quantum: frames of a cycle, FAKE_PW_QUANTUM at most
 * @first: frames that it takes at once when it begins
 * @flush_pauses: pw_stream_flush() says that the node is paused, as that of 0.3.65
 * @no_server: nobody can connect
 * @no_device: nodes are linked with nothing
 * @connects: attempts to connect
 * @streams: nodes made
 * @alive: nodes that there are
 * @flushes: sounds that were cut off
 * @invalid: uses of buffers that were being replaced
 * @played: frames that have been played, silence for want of data among them
 * @data: the first channel of these
 * @name: of the node made last
 * @target: likewise, its target
 * @role: likewise, its role
 * @latency: likewise, the quantum that it asked for
 * @gains: of the channels of the node whose volume was set last
 * @mute: likewise
 * @sets: times that the daemon has set a node's volume
 * @restores: this gain is set when a node is made, as WirePlumber does; 0: none
 */
struct fake_pipewire {
	volatile unsigned int quantum;
	volatile unsigned int first;
	volatile bool flush_pauses;
	volatile bool no_server;
	volatile bool no_device;
	volatile unsigned int connects;
	volatile unsigned int streams;
	volatile unsigned int alive;
	volatile unsigned int flushes;
	volatile unsigned int invalid;
	volatile uint64_t played;
	int16_t data[FAKE_PW_FRAMES];
	char name[128];
	char target[64];
	char role[64];
	char latency[64];
	float gains[2];
	volatile bool mute;
	volatile unsigned int sets;
	volatile float restores;
};

extern struct fake_pipewire fake_pipewire;

void fake_pipewire_reset(void);
/* The server ends; another one starts at once unless @no_server. */
void fake_pipewire_kill(void);
/* Somebody moves the slider of all nodes. */
void fake_pipewire_slide(float left, float right, bool mute);
/* All nodes get other buffers, and a cycle comes while the old ones are taken away. */
void fake_pipewire_replace_buffers(void);
/* The server ends all nodes, as somebody can make it do. */
void fake_pipewire_end_nodes(void);

#endif
