/* SPDX-License-Identifier: MIT */
/*
 * xen-snd-back: the sndif protocol as pure functions.
 *
 * Nothing in here calls Xen, does I/O or keeps state outside of its
 * arguments, so that all of it can be unit-tested and fuzzed. Every input is
 * a private copy of what the guest wrote: callers copy once, then call.
 *
 * Sizes: "bytes" and "frames" are never mixed without saying so. A frame is
 * one sample for each channel. Formats of less than eight bits a sample
 * (IMA_ADPCM) may have frames that are no whole bytes, so time is counted in
 * "units": the least number of frames that fills whole bytes.
 */
#ifndef XSB_PROTO_H
#define XSB_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <xen/xen.h>
#include <xen/errno.h>
#include <xen/io/sndif.h>

#define SND_PAGE_SIZE		4096u
#define SND_NUM_FORMATS		25u
#define SND_ALL_FORMATS		((1ull << SND_NUM_FORMATS) - 1)
#define SND_MAX_RATES		32u
#define SND_MAX_RATE		768000u
#define SND_MAX_CHANNELS	255u

/* Grant references in one directory page, after the link to the next page. */
#define SND_DIR_HEAD	(offsetof(struct xensnd_page_directory, gref) / \
			 sizeof(grant_ref_t))
#define SND_DIR_GREFS	((unsigned int)(SND_PAGE_SIZE / sizeof(grant_ref_t) - \
					SND_DIR_HEAD))

/* The largest buffer this backend maps for one stream: a bound on memory. */
#define SND_MAX_BUFFER	(16u << 20)
#define SND_MAX_PAGES	(SND_MAX_BUFFER / SND_PAGE_SIZE)
#define SND_MAX_DIRS	((SND_MAX_PAGES + SND_DIR_GREFS - 1) / SND_DIR_GREFS)

/**
 * struct snd_range - closed interval
 * @min: least value
 * @max: greatest value; less than @min means empty
 */
struct snd_range {
	uint32_t min;
	uint32_t max;
};

/**
 * struct snd_caps - what one side (XenStore, a sink, a source) can do
 * @formats: bit n is XENSND_PCM_FORMAT n
 * @rates: sample rates in Hz
 * @rate_list: if @num_rates is not 0, only these rates, ascending
 * @num_rates: entries in @rate_list
 * @channels: number of channels
 * @buffer: buffer size in frames
 * @period: period size in frames
 * @buffer_bytes: largest buffer in bytes
 */
struct snd_caps {
	uint64_t formats;
	struct snd_range rates;
	uint32_t rate_list[SND_MAX_RATES];
	unsigned int num_rates;
	struct snd_range channels;
	struct snd_range buffer;
	struct snd_range period;
	uint32_t buffer_bytes;
};

/**
 * struct snd_params - one opened stream's parameters, all validated
 * @rate: frames per second
 * @format: XENSND_PCM_FORMAT_XXX
 * @channels: channels per frame
 * @unit_bytes: bytes of the smallest whole-byte group of frames
 * @unit_frames: frames in that group (1 but for IMA_ADPCM with odd channels)
 * @buffer_sz: shared buffer, bytes
 * @period_sz: bytes between position events, 0 for none
 * @num_pages: pages of the shared buffer
 * @gref_directory: first page of the directory
 */
struct snd_params {
	uint32_t rate;
	uint8_t format;
	uint8_t channels;
	uint32_t unit_bytes;
	uint32_t unit_frames;
	uint32_t buffer_sz;
	uint32_t period_sz;
	unsigned int num_pages;
	grant_ref_t gref_directory;
};

/**
 * struct snd_dir_walk - progress of reading a page directory
 * @grefs: result, @total entries, owned by the caller
 * @total: pages of the buffer
 * @filled: entries of @grefs found so far
 * @next: directory page to be read next
 * @seen: directory pages read so far
 * @num_seen: entries in @seen
 */
struct snd_dir_walk {
	uint32_t *grefs;
	unsigned int total;
	unsigned int filled;
	grant_ref_t next;
	grant_ref_t seen[SND_MAX_DIRS];
	unsigned int num_seen;
};

unsigned int snd_format_bits(unsigned int format);
const char *snd_format_name(unsigned int format);
int snd_format_parse(const char *name, size_t len);
uint64_t snd_formats_with_bits(unsigned int bits);

void snd_caps_any(struct snd_caps *caps);
bool snd_caps_same(const struct snd_caps *a, const struct snd_caps *b);
int snd_refine(const struct snd_caps *caps, struct xensnd_query_hw_param *q);
int snd_open_check(const struct xensnd_open_req *req,
		   const struct snd_caps *cfg, const struct snd_caps *audio,
		   struct snd_params *out);
int snd_rw_check(const struct xensnd_rw_req *req, uint32_t buffer_sz);

int snd_dir_start(struct snd_dir_walk *w, grant_ref_t first, uint32_t *grefs,
		  unsigned int total);
int snd_dir_page(struct snd_dir_walk *w, const uint32_t *page);

#endif
