// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit: random sequences in which time passes: the application, and when events come
 */

#include <linux/slab.h>

#include <sound/pcm_params.h>

#include "xen_snd_front_time.h"

/* What an application may set: 2 to 16 periods that take 1.5 to 39 jiffies together. */
static void choose_sizes(struct time_run *run)
{
	static const unsigned int rates[] = { 8000, 22050, 44100, 48000, 96000, 192000 };
	unsigned int periods = 2 + time_below(run, 15);
	unsigned int ticks = 30 + time_below(run, 460);
	unsigned int tick;

	/* ALSA's core compares positions with jiffies then, and a jiffy is coarse. */
	run->quiet = time_chance(run, 10);
	if (run->quiet)
		ticks += 300;
	run->rate = rates[time_below(run, ARRAY_SIZE(rates))];
	tick = run->rate / HZ;
	run->period = tick * ticks / 20 / periods;
	/* With a jiffy of 10 ms it may be more than the card offers. */
	run->period = clamp(run->period, 32U, XEN_SND_FRONT_DEF_BUFFER / 4 / periods);
	run->buffer = run->period * periods;
	run->ticks = run->buffer / tick;
	run->format = time_chance(run, 25) ? SNDRV_PCM_FORMAT_U8 : SNDRV_PCM_FORMAT_S16_LE;
	run->frame = run->format == SNDRV_PCM_FORMAT_U8 ? 2 : 4;
}

static void choose_manners(struct time_run *run)
{
	run->stop = run->buffer;
	run->fills = false;
	run->mixes = false;
	run->late_params = time_chance(run, 50);
	run->start = 1 + time_below(run, run->buffer + run->buffer / 4);
	run->endless = time_chance(run, 35);
	if (run->endless) {
		run->fills = time_chance(run, 50);
		run->mixes = time_plays(run) && time_chance(run, 40);
	} else if (time_chance(run, 25)) {
		run->stop = run->period + time_below(run, 3 * run->buffer);
	}
	run->tiny = time_chance(run, 15);
	/* Those that run freely may be late by more than a buffer. */
	run->laziness = time_below(run, run->endless ? 95 : 60);
	run->lost_rounds = run->quiet ? 0 : time_below(run, 60);
	run->slowness = run->quiet ? 0 : time_below(run, 60);
}

static int set_hw_params(struct time_run *run)
{
	struct snd_pcm_hw_params *params = kzalloc(sizeof(*params), GFP_KERNEL);
	int ret;

	if (!params)
		return -ENOMEM;
	fake_choose(run->f, params, run->format, 2, run->rate);
	fake_sizes(params, run->period, run->buffer);
	if (run->quiet)
		params->flags |= SNDRV_PCM_HW_PARAMS_NO_PERIOD_WAKEUP;
	ret = snd_pcm_kernel_ioctl(run->substream, SNDRV_PCM_IOCTL_HW_PARAMS, params);
	kfree(params);
	return ret;
}

static int set_sw_params(struct time_run *run)
{
	struct snd_pcm_runtime *runtime = run->substream->runtime;
	struct snd_pcm_sw_params params = {
		.avail_min = run->period,
		.start_threshold = run->start,
	};

	if (run->endless)
		run->stop = runtime->boundary;
	params.stop_threshold = run->stop;
	if (run->fills)
		params.silence_size = runtime->boundary;
	return snd_pcm_kernel_ioctl(run->substream, SNDRV_PCM_IOCTL_SW_PARAMS, &params);
}

static int count_wake_up(struct wait_queue_entry *entry, unsigned int mode, int flags, void *key)
{
	struct time_run *run = container_of(entry, struct time_run, poller);

	run->woken = true;
	return 0;
}

static void expect_ret(struct time_run *run, const char *what, int ret, int right)
{
	if (ret != right)
		time_fail(run, "%s: %d, not %d", what, ret, right);
}

/* Opens a PCM and sets it up, all at random. Return: 0 or a negative errno. */
int time_app_open(struct time_run *run)
{
	struct snd_pcm_runtime *runtime;
	int ret;

	run->direction = time_chance(run, 70) ? SNDRV_PCM_STREAM_PLAYBACK :
						SNDRV_PCM_STREAM_CAPTURE;
	choose_sizes(run);
	choose_manners(run);
	time_sink_choose(run);

	ret = snd_pcm_open_substream(fake_pcm(run->f), run->direction, &run->f->file,
				     &run->substream);
	if (ret)
		return ret;
	run->chan = &fake_stream(run->substream)->chan;
	ret = set_hw_params(run);
	if (ret)
		return ret;
	runtime = run->substream->runtime;
	init_waitqueue_func_entry(&run->poller, count_wake_up);
	add_wait_queue(&runtime->sleep, &run->poller);
	/* Streams that run for days come round at it. */
	if (time_chance(run, 30))
		runtime->boundary = run->buffer * 8;
	run->jiffies = jiffies;
	run->state = SNDRV_PCM_STATE_SETUP;
	ret = set_sw_params(run);
	time_note(run, "%s%s %u Hz %ux%u, %u bytes, %s%s%s, sink %u by %u%s%s",
		  run->quiet ? "quiet " : "",
		  time_plays(run) ? "play" : "record", run->rate,
		  run->buffer / run->period, run->period, run->frame,
		  time_is_free(run) ? "free" : "normal",
		  run->fills ? " fills" : "", run->mixes ? " mixes" : "", run->sink.speed,
		  run->sink.step, run->sink.runs_on ? " on" : "",
		  runtime->boundary == run->buffer * 8 ? " wraps" : "");
	return ret;
}

static void run_interrupt(struct time_run *run, struct xen_snd_front_endpoint *end)
{
	time_model_responses(run);
	fake_interrupt(run->f, run->chan, end);
}

/* The responses that the frontend wants to be notified of. */
static void notify_responses(struct time_run *run)
{
	u64 from = run->hw;

	if (!run->sink.notify)
		return;
	run->sink.notify = false;
	run_interrupt(run, &run->chan->req);
	run->moved = run->hw != from;
	run->drains |= run->state == SNDRV_PCM_STATE_DRAINING;
	time_model_look(run, true);
}

static void answer_all(struct time_run *run)
{
	time_sink_answer(run, RING);
	notify_responses(run);
}

/* The sink reports; perhaps more than once before the frontend looks. */
static void report_position(struct time_run *run)
{
	u64 bytes = time_sink_position(run);
	snd_pcm_uframes_t hw_ptr;
	u64 from;

	/* What responses bring about comes first; then it is clear how far requests reach. */
	if (run->chan->starved ||
	    (run->state == SNDRV_PCM_STATE_DRAINING && !run->drains)) {
		time_sink_answer(run, RING);
		run->sink.notify = true;
		notify_responses(run);
	}
	if (time_chance(run, 20))
		fake_raise(run->chan, run->sink.base + run->sink.reported);
	if (time_chance(run, 5))
		fake_raise(run->chan, run->sink.base + run->sink.reported / 2);
	fake_raise(run->chan, run->sink.base + bytes);
	from = run->hw;
	time_model_responses(run);
	time_model_report(run, bytes);
	run->moved = run->hw != from;
	run->woken = false;
	hw_ptr = run->substream->runtime->status->hw_ptr;
	time_note(run, "event at %llu bytes: hw %llu appl %llu", bytes, run->hw,
		  time_appl(run));
	run_interrupt(run, &run->chan->evt);
	time_model_look(run, true);
	time_model_wake_up(run, hw_ptr);
	/* A clock that is read a little back. */
	if (time_chance(run, 15) && run->sink.reported >= 64) {
		fake_raise(run->chan, run->sink.base + run->sink.reported - time_below(run, 32));
		run_interrupt(run, &run->chan->evt);
		time_model_look(run, true);
	}
}

/* An event is due; it may be late, or lost. */
static void tell_perhaps(struct time_run *run)
{
	if (run->hold) {
		run->hold--;
		return;
	}
	if (time_chance(run, run->lost_rounds)) {
		run->hold = time_below(run, run->ticks);
		return;
	}
	if (time_sink_position(run) > run->sink.reported || time_chance(run, 5))
		report_position(run);
}

static void answer_perhaps(struct time_run *run)
{
	if (run->sink.num_due < RING / 2 && time_chance(run, run->slowness))
		return;
	time_sink_answer(run, time_chance(run, 50) ? RING : time_below(run, RING));
	notify_responses(run);
}

/* ALSA looks where the position is, as it does for an application that asks. */
static void ask_delay(struct time_run *run)
{
	snd_pcm_sframes_t delay;
	int ret;

	ret = snd_pcm_kernel_ioctl(run->substream, SNDRV_PCM_IOCTL_DELAY, &delay);
	time_note(run, "delay: %d", ret);
	time_model_look(run, false);
	if (run->substream->runtime->status->hw_ptr != time_model_hw_ptr(run) &&
	    run->state == SNDRV_PCM_STATE_RUNNING && !run->behind)
		time_fail(run, "hw_ptr %lu, not %lu, when asked",
			  run->substream->runtime->status->hw_ptr, time_model_hw_ptr(run));
}

/* Moves appl_ptr, as an application does that uses mmap, or that skips what is late. */
static void move_appl_ptr(struct time_run *run, unsigned int frames)
{
	struct snd_pcm_substream *substream = run->substream;
	struct snd_pcm_runtime *runtime = substream->runtime;
	snd_pcm_uframes_t old = runtime->control->appl_ptr;
	int ret;

	snd_pcm_stream_lock_irq(substream);
	runtime->control->appl_ptr = (old + frames) % runtime->boundary;
	ret = substream->ops->ack(substream);
	if (ret)
		runtime->control->appl_ptr = old;
	snd_pcm_stream_unlock_irq(substream);
	expect_ret(run, "ack", ret, 0);
}

static void note_appl(struct time_run *run)
{
	run->appl = time_appl(run);
	run->appl_ptr = run->substream->runtime->control->appl_ptr;
}

/* A PCM that has just been started by a write or a read. */
static void note_start(struct time_run *run)
{
	if (run->state == SNDRV_PCM_STATE_PREPARED &&
	    run->substream->runtime->state == SNDRV_PCM_STATE_RUNNING)
		run->state = SNDRV_PCM_STATE_RUNNING;
}

static void put_frames(struct time_run *run, u8 *data, u64 frame, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		time_put(run, data + i * run->frame, frame + i);
}

/* @count frames at their places in the buffer. */
static void put_in_place(struct time_run *run, u64 frame, unsigned int count)
{
	u8 *data = run->substream->runtime->dma_area;
	unsigned int i;

	for (i = 0; i < count; i++)
		time_put(run, data + run->frame *
			 xen_snd_front_pos_offset(frame + i, run->buffer), frame + i);
}

static void write_frames(struct time_run *run, unsigned int count)
{
	u8 *data = kvmalloc(count * run->frame, GFP_KERNEL);
	snd_pcm_sframes_t ret;

	if (!data)
		return;
	put_frames(run, data, run->appl, count);
	ret = snd_pcm_kernel_write(run->substream, data, count);
	kvfree(data);
	note_appl(run);
	note_start(run);
	time_note(run, "write %u: %ld", count, ret);
	time_model_look(run, false);
	if (ret != count && run->state != SNDRV_PCM_STATE_XRUN)
		time_fail(run, "write %u: %ld", count, ret);
}

static bool frames_are_right(struct time_run *run, const u8 *data, unsigned int count)
{
	/* In a free stream what is read late may be overwritten. */
	u64 end = run->sink.covered;
	unsigned int i;

	for (i = 0; i < count; i++)
		if (run->appl + i + run->buffer >= end &&
		    !time_is_frame(run, data + i * run->frame, run->appl + i))
			return false;
	return true;
}

static void read_frames(struct time_run *run, unsigned int count)
{
	u8 *data = kvmalloc(count * run->frame, GFP_KERNEL);
	snd_pcm_sframes_t ret;

	if (!data)
		return;
	ret = snd_pcm_kernel_read(run->substream, data, count);
	if (ret > 0 && !frames_are_right(run, data, ret))
		time_fail(run, "frames after %llu are others", run->appl);
	kvfree(data);
	note_appl(run);
	note_start(run);
	time_note(run, "read %u: %ld", count, ret);
	time_model_look(run, false);
	if (ret != count && run->state != SNDRV_PCM_STATE_XRUN)
		time_fail(run, "read %u: %ld", count, ret);
}

/* As much as it likes of what there is. */
static unsigned int choose_count(struct time_run *run, snd_pcm_uframes_t avail)
{
	unsigned int count = min_t(snd_pcm_uframes_t, avail, run->buffer);

	switch (time_below(run, 3)) {
	case 0:
		return count;
	case 1:
		return min(count, run->period);
	default:
		return time_below(run, count + 1);
	}
}

/* As dmix: into the buffer, just ahead of where the sink is. */
static void mix_frames(struct time_run *run)
{
	unsigned int room = run->buffer - run->period;
	u64 from = max(run->mixed, run->hw);
	unsigned int count = choose_count(run, run->hw + room - min(from, run->hw + room));

	put_in_place(run, from, count);
	run->mixed = from + count;
}

/* One that is late goes on where the sink is. */
static void skip_late(struct time_run *run)
{
	unsigned int count;

	while (run->appl < run->hw && !run->why[0]) {
		count = min_t(u64, run->hw - run->appl, run->buffer);
		move_appl_ptr(run, count);
		note_appl(run);
		time_note(run, "skip %u", count);
	}
}

/* As an application does that uses mmap; an event may come before it moves appl_ptr. */
static void hand_over(struct time_run *run, unsigned int count)
{
	u64 bytes = time_sink_position(run);

	put_in_place(run, run->appl, count);
	/* Not one by which it is too late. */
	if (run->state == SNDRV_PCM_STATE_RUNNING && time_chance(run, 20) && !run->hold &&
	    bytes > run->sink.reported && bytes <= run->appl * run->frame)
		report_position(run);
	if (run->state == SNDRV_PCM_STATE_XRUN || run->why[0])
		return;
	move_appl_ptr(run, count);
	note_appl(run);
	time_note(run, "mmap %u", count);
	time_model_look(run, false);
}

/* More pieces than the ring has slots. */
static void hand_over_pieces(struct time_run *run, unsigned int count)
{
	unsigned int part;
	unsigned int i;

	for (i = 0; i < RING && count; i++) {
		part = min(count, 1 + time_below(run, 4));
		hand_over(run, part);
		count -= part;
	}
}

static void transfer_frames(struct time_run *run)
{
	unsigned int count;

	if (run->mixes) {
		/* ALSA may silence all at START, and what was played during a pause. */
		if (run->state == SNDRV_PCM_STATE_RUNNING && !run->behind)
			mix_frames(run);
		return;
	}
	if (run->state != SNDRV_PCM_STATE_PREPARED) {
		ask_delay(run);
		if (run->state != SNDRV_PCM_STATE_RUNNING &&
		    run->state != SNDRV_PCM_STATE_PAUSED)
			return;
		if (time_plays(run) && time_is_free(run))
			skip_late(run);
	}
	count = choose_count(run, time_model_avail(run));
	if (!count)
		return;
	if (!time_plays(run))
		read_frames(run, count);
	else if (run->tiny)
		hand_over_pieces(run, count);
	else if (time_chance(run, 50))
		write_frames(run, count);
	else
		hand_over(run, count);
}

static void stop_watch(struct time_run *run)
{
	/* It would look at the backend from a task in which nothing is faked. */
	cancel_delayed_work_sync(&fake_stream(run->substream)->watchdog);
}

static void prepare_stream(struct time_run *run)
{
	int ret;

	/* What the last connection says may still be on its way. */
	if (run->sink.used && time_chance(run, 20))
		fake_raise(run->chan, run->sink.base + run->sink.reported + run->frame);
	ret = snd_pcm_kernel_ioctl(run->substream, SNDRV_PCM_IOCTL_PREPARE, NULL);
	time_note(run, "prepare: %d", ret);
	expect_ret(run, "prepare", ret, 0);
	time_model_reset(run);
	if (run->late_params)
		choose_manners(run);
	expect_ret(run, "sw_params", set_sw_params(run), 0);
	time_model_look(run, false);
}

static void start_stream(struct time_run *run)
{
	bool empty = time_plays(run) && !run->endless && !run->appl;
	int ret = snd_pcm_kernel_ioctl(run->substream, SNDRV_PCM_IOCTL_START, NULL);

	time_note(run, "start: %d", ret);
	expect_ret(run, "start", ret, empty ? -EPIPE : 0);
	if (!ret)
		run->state = SNDRV_PCM_STATE_RUNNING;
	stop_watch(run);
	time_model_look(run, false);
}

static void drop_stream(struct time_run *run)
{
	int ret = snd_pcm_kernel_ioctl(run->substream, SNDRV_PCM_IOCTL_DROP, NULL);

	time_note(run, "drop: %d", ret);
	expect_ret(run, "drop", ret, 0);
	run->state = SNDRV_PCM_STATE_SETUP;
	time_model_look(run, false);
}

static void drain_stream(struct time_run *run)
{
	bool empty = run->state == SNDRV_PCM_STATE_PREPARED && !run->appl;
	int ret = snd_pcm_kernel_ioctl(run->substream, SNDRV_PCM_IOCTL_DRAIN, NULL);

	time_note(run, "drain: %d", ret);
	expect_ret(run, "drain", ret, -EAGAIN);
	run->drains = run->state == SNDRV_PCM_STATE_RUNNING;
	run->moved = false;
	run->state = empty ? SNDRV_PCM_STATE_SETUP : SNDRV_PCM_STATE_DRAINING;
	stop_watch(run);
	/* It may be at its end already. */
	if (run->hw >= run->appl && run->substream->runtime->state == SNDRV_PCM_STATE_SETUP)
		run->state = SNDRV_PCM_STATE_SETUP;
	time_model_look(run, false);
}

/* snd_pcm_pause() of the core, which the kernel cannot call. */
static void pause_stream(struct time_run *run, bool push)
{
	struct snd_pcm_substream *substream = run->substream;
	int ret;

	snd_pcm_stream_lock_irq(substream);
	substream->runtime->hw_ptr_jiffies = jiffies - HZ * 1000;
	ret = substream->ops->trigger(substream, push ? SNDRV_PCM_TRIGGER_PAUSE_PUSH :
							SNDRV_PCM_TRIGGER_PAUSE_RELEASE);
	run->state = push ? SNDRV_PCM_STATE_PAUSED : SNDRV_PCM_STATE_RUNNING;
	__snd_pcm_set_state(substream->runtime, run->state);
	snd_pcm_stream_unlock_irq(substream);
	stop_watch(run);
	time_note(run, "pause %d: %d", push, ret);
	expect_ret(run, "pause", ret, 0);
	if (push)
		run->behind = true;
	time_model_look(run, false);
}

/* snd_pcm_reset() of the core: what is unread, or not yet played, is dropped. */
static void reset_stream(struct time_run *run)
{
	struct snd_pcm_substream *substream = run->substream;
	struct snd_pcm_runtime *runtime = substream->runtime;
	u64 moved;

	substream->ops->ioctl(substream, SNDRV_PCM_IOCTL1_RESET, NULL);
	snd_pcm_stream_lock_irq(substream);
	runtime->hw_ptr_base = 0;
	runtime->hw_ptr_interrupt = runtime->status->hw_ptr -
				    runtime->status->hw_ptr % runtime->period_size;
	runtime->control->appl_ptr = runtime->status->hw_ptr;
	snd_pcm_stream_unlock_irq(substream);

	time_note(run, "reset: hw_ptr %lu", runtime->status->hw_ptr);
	run->dropped = max(run->dropped, run->appl);
	run->appl_ptr = runtime->control->appl_ptr;
	run->appl = run->hw;
	div64_u64_rem(run->hw, runtime->boundary, &moved);
	run->origin = (runtime->status->hw_ptr + runtime->boundary -
		       (snd_pcm_uframes_t)moved) % runtime->boundary;
	time_model_look(run, false);
}

static void begin_perhaps(struct time_run *run)
{
	/* Those that run freely start without data, too. */
	if (time_chance(run, run->endless ? 40 : 70))
		transfer_frames(run);
	if (run->state != SNDRV_PCM_STATE_PREPARED)
		return;
	if (time_chance(run, 5))
		reset_stream(run);
	if (time_plays(run) && !run->mixes && time_chance(run, 10))
		drain_stream(run);
	else if (time_chance(run, 40))
		start_stream(run);
}

static void change_perhaps(struct time_run *run)
{
	if (time_chance(run, 97))
		return;
	/* Slots of the reserve are for one or two of these at a time. */
	answer_all(run);
	if (run->state != SNDRV_PCM_STATE_RUNNING)
		return;
	switch (time_below(run, 4)) {
	case 0:
		drop_stream(run);
		break;
	case 1:
		if (!run->quiet)
			pause_stream(run, true);
		break;
	default:
		/* What ALSA silences then it silences elsewhere. */
		if (!time_plays(run) ||
		    (run->endless && !run->fills && !run->mixes && time_chance(run, 30)))
			reset_stream(run);
		else if (!run->mixes)
			drain_stream(run);
	}
}

static void resume_perhaps(struct time_run *run)
{
	if (time_chance(run, 30))
		transfer_frames(run);
	if (time_chance(run, 75))
		return;
	if (time_chance(run, 10)) {
		drop_stream(run);
	} else if (time_plays(run) && !run->mixes && time_chance(run, 10)) {
		pause_stream(run, false);
		drain_stream(run);
	} else {
		pause_stream(run, false);
	}
}

static void act_perhaps(struct time_run *run)
{
	if (run->why[0])
		return;
	switch ((__force int)run->state) {
	case (__force int)SNDRV_PCM_STATE_PREPARED:
		begin_perhaps(run);
		break;
	case (__force int)SNDRV_PCM_STATE_RUNNING:
		if (!time_chance(run, run->laziness))
			transfer_frames(run);
		if (run->state == SNDRV_PCM_STATE_RUNNING)
			change_perhaps(run);
		break;
	case (__force int)SNDRV_PCM_STATE_DRAINING:
		if (time_chance(run, 10))
			ask_delay(run);
		break;
	case (__force int)SNDRV_PCM_STATE_PAUSED:
		resume_perhaps(run);
		break;
	default:
		if (time_chance(run, 30))
			prepare_stream(run);
	}
}

/* A tick later. */
void time_app_round(struct time_run *run)
{
	unsigned int ticks = 1;

	if (run->quiet)
		ticks = jiffies - run->jiffies;
	run->jiffies = jiffies;
	stop_watch(run);
	if (ticks > TIME_STALL && time_runs(run)) {
		run->stalled = true;
		drop_stream(run);
	}
	time_sink_play(run, ticks);
	tell_perhaps(run);
	answer_perhaps(run);
	act_perhaps(run);
}

void time_app_close(struct time_run *run)
{
	if (!run->substream)
		return;
	if (run->poller.func)
		remove_wait_queue(&run->substream->runtime->sleep, &run->poller);
	snd_pcm_release_substream(run->substream);
	run->substream = NULL;
	if (run->sink.opened)
		time_fail(run, "CLOSE was not sent");
	run->chan = NULL;
}

/* What still plays is drained, and has to end. */
void time_app_end(struct time_run *run)
{
	unsigned int i;

	if (run->state == SNDRV_PCM_STATE_PAUSED)
		pause_stream(run, false);
	if (time_plays(run) && !run->mixes && run->state == SNDRV_PCM_STATE_RUNNING &&
	    !run->why[0]) {
		answer_all(run);
		drain_stream(run);
	}
	for (i = 0; i < 200 && run->state == SNDRV_PCM_STATE_DRAINING && !run->why[0]; i++) {
		time_sink_play(run, 1);
		answer_all(run);
		report_position(run);
	}
	if (run->state == SNDRV_PCM_STATE_DRAINING)
		time_fail(run, "drain does not end");
}
