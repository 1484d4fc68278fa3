// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: the loop of PipeWire's library: its thread, its lock, its timer.
 *
 * One timer does all that is due. Others only say what they want and call
 * pipewire_work_due(). So a guest that opens, starts and stops without end makes the
 * thread do a limited number of things, and waits for none.
 */
#include <sched.h>

#include "pipewire_priv.h"
#include "util.h"

static struct {
	struct pw_thread_loop *thread;
	struct spa_source *timer;
	uint64_t (*work)(void);
	bool due;
} loop;

/* Keeps the loop's thread from all that has to do with nodes. */
void pipewire_lock(void)
{
	pw_thread_loop_lock(loop.thread);
}

void pipewire_unlock(void)
{
	pw_thread_loop_unlock(loop.thread);
}

static void set_timer(uint64_t at)
{
	struct timespec ts = {
		.tv_sec = (time_t)(at / NSEC_PER_SEC),
		.tv_nsec = (long)(at % NSEC_PER_SEC),
	};

	/* 0 would turn it off */
	if (!at)
		ts.tv_nsec = 1;
	if (at == TIME_NEVER)
		ts = (struct timespec){ 0 };
	pw_loop_update_timer(pw_thread_loop_get_loop(loop.thread), loop.timer, &ts,
			     NULL, true);
}

/**
 * pipewire_work_due() - there is something to do.
 *
 * Context: with the lock; also events that come during the work.
 */
void pipewire_work_due(void)
{
	loop.due = true;
	set_timer(0);
}

/**
 * pipewire_work() - do what is due.
 *
 * Context: the loop's thread, or with the lock.
 */
void pipewire_work(void)
{
	uint64_t at;

	loop.due = false;
	at = loop.work();
	set_timer(loop.due ? 0 : at);
}

static void on_timer(void *data, uint64_t expirations)
{
	(void)data;
	(void)expirations;
	pipewire_work();
}

/**
 * pipewire_loop_make() - make the loop.
 * @work: does what is due; returns when there is more to do, ns, or TIME_NEVER
 *
 * Context: main thread.
 * Return: the loop, or NULL.
 */
struct pw_loop *pipewire_loop_make(uint64_t (*work)(void))
{
	struct pw_loop *l;

	loop.work = work;
	loop.thread = pw_thread_loop_new("pipewire", NULL);
	if (!loop.thread)
		return NULL;
	l = pw_thread_loop_get_loop(loop.thread);
	loop.timer = pw_loop_add_timer(l, on_timer, NULL);
	return loop.timer ? l : NULL;
}

/*
 * To link many nodes takes the loop's thread long. With the priority of the streams'
 * threads, which it inherits, they would wait for it on a host with one CPU.
 */
static int lower_priority(struct spa_loop *l, bool async, uint32_t seq,
			  const void *data, size_t size, void *user_data)
{
	struct sched_param param = { 0 };

	(void)l;
	(void)async;
	(void)seq;
	(void)data;
	(void)size;
	(void)user_data;
	return pthread_setschedparam(pthread_self(), SCHED_OTHER, &param);
}

/**
 * pipewire_loop_start() - start its thread.
 *
 * Context: main thread.
 * Return: false if there can be none.
 */
bool pipewire_loop_start(void)
{
	if (pw_thread_loop_start(loop.thread))
		return false;
	pw_loop_invoke(pw_thread_loop_get_loop(loop.thread), lower_priority, 0, NULL, 0,
		       false, NULL);
	return true;
}
