// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit: random sequences in which time passes: what is to be seen in ALSA's core
 */

#include "xen_snd_front_time.h"

/* A new prepare. */
void time_model_reset(struct time_run *run)
{
	run->state = SNDRV_PCM_STATE_PREPARED;
	run->hw = 0;
	run->raw = 0;
	run->recorded = 0;
	run->lossy = false;
	run->appl = 0;
	run->dropped = 0;
	run->appl_ptr = run->substream->runtime->control->appl_ptr;
	run->origin = run->substream->runtime->status->hw_ptr;
	run->mixed = 0;
	run->behind = false;
	run->drains = false;
	run->moved = false;
	run->stalled = false;
}

/* Where ALSA's hw_ptr belongs. */
snd_pcm_uframes_t time_model_hw_ptr(struct time_run *run)
{
	u64 hw_ptr;

	div64_u64_rem(run->origin + run->hw, run->substream->runtime->boundary, &hw_ptr);
	return hw_ptr;
}

/* ALSA's avail, with the hw_ptr that is right. */
snd_pcm_uframes_t time_model_avail(struct time_run *run)
{
	const struct snd_pcm_runtime *runtime = run->substream->runtime;
	snd_pcm_uframes_t hw_ptr = time_model_hw_ptr(run);
	snd_pcm_sframes_t avail;

	/* The core does not look at positions then. */
	if (run->state == SNDRV_PCM_STATE_PAUSED)
		hw_ptr = runtime->status->hw_ptr;
	avail = hw_ptr - runtime->control->appl_ptr;
	if (time_plays(run))
		avail += run->buffer;
	if (avail < 0)
		avail += runtime->boundary;
	else if ((snd_pcm_uframes_t)avail >= runtime->boundary)
		avail -= runtime->boundary;
	return avail;
}

/* A position is about to be reported to the frontend, bytes since OPEN. */
void time_model_report(struct time_run *run, u64 bytes)
{
	u64 room = (run->sink.covered - run->hw) * run->frame;
	u64 step = bytes - run->raw;

	if (run->sink.used)
		return;
	run->sink.reported = max(run->sink.reported, bytes);
	if (!time_plays(run)) {
		run->recorded = max(run->recorded, time_frames(run, bytes));
		run->raw = run->recorded * run->frame;
		if (run->recorded > run->hw + run->buffer)
			run->lossy = true;
		return;
	}
	if (bytes < run->raw)
		return;
	if (step > room) {
		run->hw = run->sink.covered;
		run->raw = bytes;
	} else {
		step = time_frames(run, step);
		run->hw += step;
		run->raw += step * run->frame;
	}
}

/* Responses are about to be looked at. Capture: the frames of all READs, or none. */
void time_model_responses(struct time_run *run)
{
	struct time_sink *sink = &run->sink;

	if (!time_plays(run) && sink->filled == sink->covered && !sink->used)
		run->hw = sink->filled;
}

/* Playback: nothing is left that the sink could move through. */
static bool nothing_left(struct time_run *run)
{
	if (time_is_free(run))
		return false;
	if (time_plays(run))
		return run->hw >= time_appl(run);
	return run->hw >= time_appl(run) + run->buffer;
}

static void see_state(struct time_run *run, bool synced, bool event)
{
	snd_pcm_state_t state = run->substream->runtime->state;
	snd_pcm_uframes_t avail = time_model_avail(run);

	if (run->state == SNDRV_PCM_STATE_RUNNING) {
		if (state == SNDRV_PCM_STATE_XRUN && avail < run->stop)
			time_fail(run, "false XRUN: avail %lu", avail);
		if (state == SNDRV_PCM_STATE_RUNNING && avail >= run->stop &&
		    event && run->moved && (synced || nothing_left(run)))
			time_fail(run, "no XRUN: avail %lu", avail);
		if (state == SNDRV_PCM_STATE_XRUN)
			run->state = state;
	} else if (run->state == SNDRV_PCM_STATE_DRAINING && time_plays(run)) {
		if (state == SNDRV_PCM_STATE_SETUP && avail < run->buffer)
			time_fail(run, "drain ends at %llu of %llu", run->hw, time_appl(run));
		if (state == SNDRV_PCM_STATE_DRAINING && avail >= run->buffer && event &&
		    run->moved)
			time_fail(run, "drain does not end at %llu", run->hw);
		if (state == SNDRV_PCM_STATE_SETUP) {
			run->state = state;
			time_sink_run_over(run);
		}
	}

	/* A write looks at the threshold before START, too. */
	if (run->state == SNDRV_PCM_STATE_PREPARED && state == SNDRV_PCM_STATE_XRUN &&
	    avail >= run->stop)
		run->state = state;
	if (state != run->state)
		time_fail(run, "state %d, not %d", (__force int)state,
			  (__force int)run->state);
}

/*
 * ALSA's own hw_ptr may lag behind the position, but not by a period: whoever waits for
 * one must be woken. Return: it does not lag.
 */
static bool see_hw_ptr(struct time_run *run, bool event)
{
	const struct snd_pcm_runtime *runtime = run->substream->runtime;
	snd_pcm_uframes_t is = runtime->status->hw_ptr;
	snd_pcm_uframes_t right = time_model_hw_ptr(run);
	snd_pcm_sframes_t lag = right - is;

	if (!lag)
		return true;
	if (lag < 0)
		lag += runtime->boundary;
	if (lag > run->buffer + run->period) {
		time_fail(run, "hw_ptr %lu, not %lu", is, right);
		return false;
	}
	if (event)
		run->behind = false;
	if (!run->quiet && !run->behind && is / run->period != right / run->period)
		time_fail(run, "hw_ptr %lu, not woken at %lu", is, right);
	return false;
}

/*
 * A position has been reported, and ALSA's hw_ptr was at @from: whoever polls is woken where a
 * period has ended, and avail_min, which is a period, is there.
 */
void time_model_wake_up(struct time_run *run, snd_pcm_uframes_t from)
{
	if (run->why[0] || run->quiet || run->state != SNDRV_PCM_STATE_RUNNING)
		return;
	if (from / run->period != time_model_hw_ptr(run) / run->period && !run->woken &&
	    time_model_avail(run) >= run->period)
		time_fail(run, "not woken between %lu and %lu", from, time_model_hw_ptr(run));
}

static void see_requests(struct time_run *run, bool event)
{
	unsigned int room = RING_FREE_REQUESTS(&run->chan->ring);
	struct time_sink *sink = &run->sink;
	u64 appl = time_appl(run);
	u64 end = appl;

	/* A full ring is a reason to send later; it may have become free just after. */
	if (room < XEN_SND_FRONT_RING_RESERVE + 2 || (run->chan->starved && !event))
		return;

	if (!time_plays(run)) {
		end = time_is_free(run) ? run->hw + run->buffer : appl + run->buffer;
		end = min3(end, run->recorded, run->hw + run->buffer);
		if (time_runs(run) && !run->lossy && !run->chan->reads && sink->covered < end)
			time_fail(run, "READ to %llu, not to %llu", sink->covered, end);
		return;
	}

	if (run->drains)
		end = max(end, min(end + run->period, run->hw + run->buffer));
	if (time_is_free(run) && time_runs(run))
		end = max(end, run->hw + 1);
	if (run->state == SNDRV_PCM_STATE_PREPARED && sink->covered > max(end, run->dropped))
		time_fail(run, "WRITE to %llu before START", sink->covered);
	if (sink->covered < end)
		time_fail(run, "WRITE to %llu, not to %llu", sink->covered, end);
}

/* Looks at everything; @event: after a position, or a response, has been reported. */
void time_model_look(struct time_run *run, bool event)
{
	bool synced;

	if (run->why[0] || run->stalled)
		return;
	if (run->state != SNDRV_PCM_STATE_PREPARED && run->state != SNDRV_PCM_STATE_PAUSED &&
	    !time_runs(run)) {
		see_state(run, false, false);
		return;
	}

	synced = time_runs(run) && run->substream->runtime->state == run->state &&
		 see_hw_ptr(run, event);
	see_state(run, synced, event);
	if (run->state == SNDRV_PCM_STATE_PREPARED || run->state == SNDRV_PCM_STATE_PAUSED ||
	    time_runs(run))
		see_requests(run, event);
}
