// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit: random sequences in which time passes: what all their parts use
 */

#include <linux/jiffies.h>
#include <linux/string.h>

#include "xen_snd_front_time.h"

/* A random number less than @n. */
u32 time_below(struct time_run *run, u32 n)
{
	return n ? prandom_u32_state(&run->rnd) % n : 0;
}

bool time_chance(struct time_run *run, unsigned int percent)
{
	return time_below(run, 100) < percent;
}

/* Notes what is done; the last notes are shown with a failure. */
void time_note(struct time_run *run, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(run->notes[run->num_notes++ % TIME_NOTES], TIME_NOTE_LEN, fmt, args);
	va_end(args);
}

/* Something is wrong. Any context; the test says so later. The first one counts. */
void time_fail(struct time_run *run, const char *fmt, ...)
{
	va_list args;

	/* The machine stood still, and so did the sink for ALSA's core. */
	if (run->quiet && time_after(jiffies, run->jiffies + TIME_STALL))
		run->stalled = true;
	if (run->why[0] || run->stalled)
		return;
	va_start(args, fmt);
	vsnprintf(run->why, sizeof(run->why), fmt, args);
	va_end(args);
}

/* Frames handed over or taken up to now, even in the middle of an application's call. */
u64 time_appl(struct time_run *run)
{
	const struct snd_pcm_runtime *runtime = run->substream->runtime;
	snd_pcm_sframes_t moved = runtime->control->appl_ptr - run->appl_ptr;

	if (moved < 0)
		moved += runtime->boundary;
	return run->appl + moved;
}

/* A frame's content, from which its number follows; no frame of silence. */
static u32 content(const struct time_run *run, u64 frame)
{
	u32 bits = (u32)frame * 2654435761u;

	return run->frame == 2 ? (bits >> 16) | 1 : bits | 1;
}

void time_put(struct time_run *run, void *at, u64 frame)
{
	u32 bits = content(run, frame);

	memcpy(at, &bits, run->frame);
}

bool time_is_frame(struct time_run *run, const void *at, u64 frame)
{
	u32 bits = content(run, frame);

	return !memcmp(at, &bits, run->frame);
}

/* Are the places of these frames in the buffer silent? No more than a buffer of them. */
bool time_is_silent(struct time_run *run, u64 from, u64 to)
{
	const u8 *data = run->substream->runtime->dma_area;
	int silence = run->format == SNDRV_PCM_FORMAT_U8 ? 0x80 : 0;
	unsigned int at = xen_snd_front_pos_offset(from, run->buffer);
	unsigned int part;

	while (from < to) {
		part = min_t(u64, to - from, run->buffer - at);
		if (memchr_inv(data + at * run->frame, silence, part * run->frame))
			return false;
		from += part;
		at = 0;
	}

	return true;
}
