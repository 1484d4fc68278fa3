// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: a PCM of alsa-lib's with a script, see fake_alsa.h.
 */
#include <alsa/asoundlib.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fake_alsa.h"
#include "util.h"

#define RING_MAX	32768u
#define HANDLES_MAX	320u
#define NEVER		(1ul << 62)

/* the hardware runs on for so long after its data have ended: frames */
#define RUN_ON		256u

struct fake_pcm {
	bool used;
	bool capture;
	bool fill;
	snd_pcm_state_t state;
	unsigned int rate;
	snd_pcm_uframes_t period;
	snd_pcm_uframes_t buffer;
	uint64_t t0;
	uint64_t paused_at;
	uint64_t hw;
	uint64_t appl;
	uint64_t loud_end;
	int16_t ring[RING_MAX];
	int fd;
};

struct fake_alsa fake_alsa;

static struct fake_pcm handles[HANDLES_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static uint64_t frames_since(const struct fake_pcm *f)
{
	unsigned int percent = fake_alsa.percent ? fake_alsa.percent : 100;

	return (now_ns() - f->t0) * f->rate / NSEC_PER_SEC * percent / 100;
}

static struct fake_pcm *fake_of(snd_pcm_t *pcm)
{
	return (struct fake_pcm *)(void *)pcm;
}

/* ---- time ---- */

static void play_frame(struct fake_pcm *f)
{
	int16_t v = f->ring[f->hw % f->buffer];

	if (f->fill && f->hw >= f->appl)
		v = 0;
	if (fake_alsa.played < FAKE_FRAMES)
		fake_alsa.data[fake_alsa.played] = v;
	fake_alsa.played++;
	f->hw++;
	if (v)
		f->loud_end = f->hw;
}

static void pass_playback(struct fake_pcm *f, uint64_t to)
{
	/* it is noticed a little late */
	uint64_t end = f->appl + RUN_ON;

	while (f->hw < to && f->hw < end)
		play_frame(f);
	if (f->hw >= f->appl && to > f->appl) {
		while (f->hw < end)
			play_frame(f);
		f->state = SND_PCM_STATE_XRUN;
	}
}

static void pass_time(struct fake_pcm *f)
{
	uint64_t frames, step = fake_alsa.step ? fake_alsa.step : 1;

	if (!f->used || f->state != SND_PCM_STATE_RUNNING || fake_alsa.frozen)
		return;
	if (fake_alsa.xrun) {
		fake_alsa.xrun = false;
		f->state = SND_PCM_STATE_XRUN;
		return;
	}
	frames = frames_since(f) / step * step;
	if (fake_alsa.instant)
		frames = f->appl;
	if (!f->capture) {
		pass_playback(f, frames);
		return;
	}
	f->hw = max_u64(f->hw, frames);
	if (f->hw - f->appl >= f->buffer)
		f->state = SND_PCM_STATE_XRUN;
}

static int state_error(struct fake_pcm *f)
{
	if (fake_alsa.gone)
		return -ENODEV;
	pass_time(f);
	if (f->state == SND_PCM_STATE_XRUN)
		return -EPIPE;
	return 0;
}

/* What is behind the ring when the device is stopped is never heard. */
static void cut_off(struct fake_pcm *f)
{
	uint64_t frames = 0, heard;

	if (f->state == SND_PCM_STATE_RUNNING || f->state == SND_PCM_STATE_XRUN)
		frames = frames_since(f);
	heard = frames > fake_alsa.behind ? frames - fake_alsa.behind : 0;
	if (!f->capture && f->loud_end > heard)
		fake_alsa.cut += f->loud_end - heard;
}

static void use_cpu(unsigned int ms)
{
	uint64_t end = thread_cpu_ns() + ms * NSEC_PER_MSEC;

	while (thread_cpu_ns() < end)
		;
}

static void hang_while(volatile bool *flag)
{
	while (*flag)
		usleep(1000);
}

void fake_alsa_reset(void)
{
	unsigned int i;

	/* what was given up must have ended */
	fake_alsa.hang_open = false;
	fake_alsa.hang_start = false;
	fake_alsa.hang_close = false;
	for (i = 0; i < 3000 && (fake_alsa.opening || fake_alsa.handles); i++)
		usleep(1000);
	memset(&fake_alsa, 0, sizeof(fake_alsa));
}

void fake_alsa_look(void)
{
	unsigned int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < HANDLES_MAX; i++)
		pass_time(&handles[i]);
	pthread_mutex_unlock(&lock);
}

/* ---- open, close ---- */

static struct fake_pcm *free_handle(void)
{
	unsigned int i;

	for (i = 0; i < HANDLES_MAX; i++)
		if (!handles[i].used)
			return &handles[i];
	abort();
}

int snd_pcm_open(snd_pcm_t **pcm, const char *name, snd_pcm_stream_t stream,
		 int mode)
{
	struct fake_pcm *f;
	int err;

	if (strcmp(name, "fake") || mode != SND_PCM_NONBLOCK)
		return -ENOENT;
	pthread_mutex_lock(&lock);
	fake_alsa.opens++;
	fake_alsa.opening++;
	err = fake_alsa.gone ? -ENODEV : fake_alsa.open_err;
	if (fake_alsa.exclusive && fake_alsa.handles)
		err = -EBUSY;
	pthread_mutex_unlock(&lock);
	use_cpu(fake_alsa.open_cpu_ms);
	hang_while(&fake_alsa.hang_open);
	if (err) {
		/* alsa-lib has a line of its own to say, or several */
		snd_lib_error(__FILE__, __LINE__, __func__, 0, "it is %s",
			      "missing");
		pthread_mutex_lock(&lock);
		fake_alsa.opening--;
		pthread_mutex_unlock(&lock);
		return err;
	}
	pthread_mutex_lock(&lock);
	f = free_handle();
	memset(f, 0, sizeof(*f));
	memset(f->ring, 0x55, sizeof(f->ring));
	f->used = true;
	f->capture = stream == SND_PCM_STREAM_CAPTURE;
	f->fd = eventfd(1, EFD_NONBLOCK);
	fake_alsa.handles++;
	fake_alsa.opening--;
	pthread_mutex_unlock(&lock);
	*pcm = (snd_pcm_t *)(void *)f;
	return 0;
}

snd_pcm_type_t snd_pcm_type(snd_pcm_t *pcm)
{
	(void)pcm;
	return fake_alsa.server ? SND_PCM_TYPE_IOPLUG : SND_PCM_TYPE_HW;
}

snd_pcm_stream_t snd_pcm_stream(snd_pcm_t *pcm)
{
	return fake_of(pcm)->capture ? SND_PCM_STREAM_CAPTURE :
				       SND_PCM_STREAM_PLAYBACK;
}

int snd_pcm_close(snd_pcm_t *pcm)
{
	struct fake_pcm *f = fake_of(pcm);

	hang_while(&fake_alsa.hang_close);
	pthread_mutex_lock(&lock);
	pass_time(f);
	cut_off(f);
	close(f->fd);
	f->used = false;
	fake_alsa.handles--;
	pthread_mutex_unlock(&lock);
	return 0;
}

/* ---- parameters ---- */

int snd_pcm_hw_params_any(snd_pcm_t *pcm, snd_pcm_hw_params_t *hw)
{
	(void)pcm;
	(void)hw;
	return fake_alsa.gone ? -ENODEV : 0;
}

int snd_pcm_hw_params_set_access(snd_pcm_t *pcm, snd_pcm_hw_params_t *hw,
				 snd_pcm_access_t access)
{
	(void)pcm;
	(void)hw;
	return access == SND_PCM_ACCESS_RW_INTERLEAVED ? 0 : -EINVAL;
}

int snd_pcm_hw_params_test_format(snd_pcm_t *pcm, snd_pcm_hw_params_t *hw,
				  snd_pcm_format_t format)
{
	(void)pcm;
	(void)hw;
	return format == SND_PCM_FORMAT_S16_LE ? 0 : -EINVAL;
}

int snd_pcm_hw_params_set_format(snd_pcm_t *pcm, snd_pcm_hw_params_t *hw,
				 snd_pcm_format_t format)
{
	return snd_pcm_hw_params_test_format(pcm, hw, format);
}

int snd_pcm_hw_params_set_channels(snd_pcm_t *pcm, snd_pcm_hw_params_t *hw,
				   unsigned int channels)
{
	(void)pcm;
	(void)hw;
	return channels == 2 ? 0 : -EINVAL;
}

int snd_pcm_hw_params_test_rate(snd_pcm_t *pcm, snd_pcm_hw_params_t *hw,
				unsigned int rate, int dir)
{
	(void)pcm;
	(void)hw;
	(void)dir;
	return fake_alsa.rate_only && rate != fake_alsa.rate_only ? -EINVAL : 0;
}

int snd_pcm_hw_params_set_rate(snd_pcm_t *pcm, snd_pcm_hw_params_t *hw,
			       unsigned int rate, int dir)
{
	fake_of(pcm)->rate = rate;
	return snd_pcm_hw_params_test_rate(pcm, hw, rate, dir);
}

int snd_pcm_hw_params_get_rate_min(const snd_pcm_hw_params_t *hw,
				   unsigned int *rate, int *dir)
{
	(void)hw;
	(void)dir;
	*rate = 4000;
	return 0;
}

int snd_pcm_hw_params_get_rate_max(const snd_pcm_hw_params_t *hw,
				   unsigned int *rate, int *dir)
{
	(void)hw;
	(void)dir;
	*rate = 192000;
	return 0;
}

int snd_pcm_hw_params_get_channels_min(const snd_pcm_hw_params_t *hw,
				       unsigned int *channels)
{
	(void)hw;
	*channels = 2;
	return 0;
}

int snd_pcm_hw_params_get_channels_max(const snd_pcm_hw_params_t *hw,
				       unsigned int *channels)
{
	(void)hw;
	*channels = 2;
	return 0;
}

int snd_pcm_hw_params_get_period_size_min(const snd_pcm_hw_params_t *hw,
					  snd_pcm_uframes_t *frames, int *dir)
{
	(void)hw;
	(void)dir;
	*frames = 16;
	return 0;
}

int snd_pcm_hw_params_get_period_size_max(const snd_pcm_hw_params_t *hw,
					  snd_pcm_uframes_t *frames, int *dir)
{
	(void)hw;
	(void)dir;
	*frames = fake_alsa.period_max ? fake_alsa.period_max : RING_MAX / 2;
	return 0;
}

int snd_pcm_hw_params_get_buffer_size_min(const snd_pcm_hw_params_t *hw,
					  snd_pcm_uframes_t *frames)
{
	(void)hw;
	*frames = fake_alsa.buffer_min ? fake_alsa.buffer_min : 32;
	return 0;
}

int snd_pcm_hw_params_get_buffer_size_max(const snd_pcm_hw_params_t *hw,
					  snd_pcm_uframes_t *frames)
{
	(void)hw;
	*frames = RING_MAX;
	return 0;
}

int snd_pcm_hw_params_set_period_size_near(snd_pcm_t *pcm,
					   snd_pcm_hw_params_t *hw,
					   snd_pcm_uframes_t *frames, int *dir)
{
	(void)hw;
	(void)dir;
	*frames = max_u64(*frames, fake_alsa.period_min);
	fake_of(pcm)->period = *frames;
	return 0;
}

int snd_pcm_hw_params_set_buffer_size_near(snd_pcm_t *pcm,
					   snd_pcm_hw_params_t *hw,
					   snd_pcm_uframes_t *frames)
{
	(void)hw;
	*frames = max_u64(*frames, 2 * fake_of(pcm)->period);
	if (fake_alsa.buffer_max && *frames > fake_alsa.buffer_max)
		*frames = fake_alsa.buffer_max;
	fake_of(pcm)->buffer = *frames;
	return 0;
}

int snd_pcm_hw_params(snd_pcm_t *pcm, snd_pcm_hw_params_t *hw)
{
	(void)hw;
	fake_of(pcm)->state = SND_PCM_STATE_SETUP;
	return fake_alsa.params_err;
}

int snd_pcm_hw_params_can_pause(const snd_pcm_hw_params_t *hw)
{
	(void)hw;
	return 1;
}

int snd_pcm_sw_params_current(snd_pcm_t *pcm, snd_pcm_sw_params_t *sw)
{
	(void)pcm;
	(void)sw;
	return 0;
}

int snd_pcm_sw_params_get_boundary(const snd_pcm_sw_params_t *sw,
				   snd_pcm_uframes_t *frames)
{
	(void)sw;
	*frames = NEVER;
	return 0;
}

int snd_pcm_sw_params_set_start_threshold(snd_pcm_t *pcm,
					  snd_pcm_sw_params_t *sw,
					  snd_pcm_uframes_t frames)
{
	(void)pcm;
	(void)sw;
	return frames == NEVER ? 0 : -EINVAL;
}

int snd_pcm_sw_params_set_avail_min(snd_pcm_t *pcm, snd_pcm_sw_params_t *sw,
				    snd_pcm_uframes_t frames)
{
	(void)pcm;
	(void)sw;
	return frames ? 0 : -EINVAL;
}

int snd_pcm_sw_params_set_silence_threshold(snd_pcm_t *pcm,
					    snd_pcm_sw_params_t *sw,
					    snd_pcm_uframes_t frames)
{
	(void)pcm;
	(void)sw;
	return frames ? -EINVAL : 0;
}

int snd_pcm_sw_params_set_silence_size(snd_pcm_t *pcm, snd_pcm_sw_params_t *sw,
				       snd_pcm_uframes_t frames)
{
	(void)sw;
	fake_of(pcm)->fill = frames == NEVER;
	return 0;
}

int snd_pcm_sw_params(snd_pcm_t *pcm, snd_pcm_sw_params_t *sw)
{
	(void)pcm;
	(void)sw;
	return 0;
}

/* ---- states ---- */

snd_pcm_state_t snd_pcm_state(snd_pcm_t *pcm)
{
	snd_pcm_state_t state;

	pthread_mutex_lock(&lock);
	pass_time(fake_of(pcm));
	state = fake_alsa.gone ? SND_PCM_STATE_DISCONNECTED : fake_of(pcm)->state;
	pthread_mutex_unlock(&lock);
	return state;
}

static int set_state(snd_pcm_t *pcm, snd_pcm_state_t state)
{
	struct fake_pcm *f = fake_of(pcm);

	pthread_mutex_lock(&lock);
	pass_time(f);
	if (state == SND_PCM_STATE_SETUP) {
		fake_alsa.drops++;
		cut_off(f);
	}
	f->state = state;
	f->hw = 0;
	f->appl = 0;
	f->loud_end = 0;
	pthread_mutex_unlock(&lock);
	return fake_alsa.gone ? -ENODEV : 0;
}

int snd_pcm_prepare(snd_pcm_t *pcm)
{
	return set_state(pcm, SND_PCM_STATE_PREPARED);
}

int snd_pcm_drop(snd_pcm_t *pcm)
{
	return set_state(pcm, SND_PCM_STATE_SETUP);
}

int snd_pcm_start(snd_pcm_t *pcm)
{
	struct fake_pcm *f = fake_of(pcm);
	int err = fake_alsa.gone ? -ENODEV : 0;

	hang_while(&fake_alsa.hang_start);
	pthread_mutex_lock(&lock);
	if (!err && fake_alsa.start_errs) {
		fake_alsa.start_errs--;
		err = fake_alsa.start_err;
	}
	if (!err && f->state != SND_PCM_STATE_PREPARED)
		err = -EBADFD;
	if (!err && !f->capture && !f->appl)
		err = -EPIPE;
	if (!err) {
		f->state = SND_PCM_STATE_RUNNING;
		f->t0 = now_ns();
		if (fake_alsa.starts < ARRAY_SIZE(fake_alsa.fed_at))
			fake_alsa.fed_at[fake_alsa.starts] = f->appl;
		fake_alsa.starts++;
	}
	pthread_mutex_unlock(&lock);
	return err;
}

int snd_pcm_pause(snd_pcm_t *pcm, int on)
{
	struct fake_pcm *f = fake_of(pcm);

	pthread_mutex_lock(&lock);
	pass_time(f);
	if (on && f->state == SND_PCM_STATE_RUNNING) {
		f->state = SND_PCM_STATE_PAUSED;
		f->paused_at = now_ns();
	} else if (!on && f->state == SND_PCM_STATE_PAUSED) {
		f->state = SND_PCM_STATE_RUNNING;
		f->t0 += now_ns() - f->paused_at;
	}
	pthread_mutex_unlock(&lock);
	return 0;
}

/* ---- data ---- */

static snd_pcm_sframes_t avail_of(struct fake_pcm *f)
{
	if (f->capture)
		return (snd_pcm_sframes_t)(f->hw - f->appl);
	return (snd_pcm_sframes_t)(f->buffer + f->hw - f->appl);
}

snd_pcm_sframes_t snd_pcm_avail(snd_pcm_t *pcm)
{
	snd_pcm_sframes_t n;

	pthread_mutex_lock(&lock);
	n = state_error(fake_of(pcm));
	if (!n)
		n = avail_of(fake_of(pcm));
	pthread_mutex_unlock(&lock);
	return n;
}

int snd_pcm_delay(snd_pcm_t *pcm, snd_pcm_sframes_t *delay)
{
	struct fake_pcm *f = fake_of(pcm);
	uint64_t frames;
	int err;

	pthread_mutex_lock(&lock);
	err = state_error(f);
	*delay = (snd_pcm_sframes_t)(f->appl - min_u64(f->hw, f->appl));
	if (f->state == SND_PCM_STATE_RUNNING) {
		/* what has left the ring, and has not been heard */
		frames = frames_since(f);
		if (f->hw + fake_alsa.behind > frames)
			*delay += (snd_pcm_sframes_t)(f->hw +
					fake_alsa.behind - frames);
	}
	pthread_mutex_unlock(&lock);
	return err;
}

snd_pcm_sframes_t snd_pcm_writei(snd_pcm_t *pcm, const void *data,
				 snd_pcm_uframes_t frames)
{
	struct fake_pcm *f = fake_of(pcm);
	const int16_t *v = data;
	snd_pcm_sframes_t n;
	uint64_t i;

	pthread_mutex_lock(&lock);
	n = state_error(f);
	if (!n && f->state != SND_PCM_STATE_PREPARED &&
	    f->state != SND_PCM_STATE_RUNNING)
		n = -EBADFD;
	if (!n) {
		n = (snd_pcm_sframes_t)min_u64(frames, (uint64_t)avail_of(f));
		for (i = 0; i < (uint64_t)n; i++)
			f->ring[f->appl++ % f->buffer] = v[2 * i];
		if (!n)
			n = -EAGAIN;
	}
	pthread_mutex_unlock(&lock);
	return n;
}

snd_pcm_sframes_t snd_pcm_readi(snd_pcm_t *pcm, void *data,
				snd_pcm_uframes_t frames)
{
	struct fake_pcm *f = fake_of(pcm);
	int16_t *v = data;
	snd_pcm_sframes_t n;
	uint64_t i;

	pthread_mutex_lock(&lock);
	n = state_error(f);
	if (!n && f->state != SND_PCM_STATE_RUNNING)
		n = -EBADFD;
	if (!n) {
		n = (snd_pcm_sframes_t)min_u64(frames, (uint64_t)avail_of(f));
		for (i = 0; i < (uint64_t)n; i++) {
			v[2 * i] = 77;
			v[2 * i + 1] = 77;
		}
		f->appl += (uint64_t)n;
		if (!n)
			n = -EAGAIN;
	}
	pthread_mutex_unlock(&lock);
	return n;
}

/* Whoever polls looks again after a little: no fd wakes it up here. */
int snd_pcm_poll_descriptors(snd_pcm_t *pcm, struct pollfd *fds,
			     unsigned int space)
{
	struct fake_pcm *f = fake_of(pcm);
	bool ready;

	if (!space)
		return 0;
	pthread_mutex_lock(&lock);
	ready = state_error(f) || (uint64_t)avail_of(f) >= f->period;
	pthread_mutex_unlock(&lock);
	if (!ready)
		usleep(3000);
	fds->fd = f->fd;
	fds->events = POLLIN;
	return 1;
}

int snd_pcm_poll_descriptors_revents(snd_pcm_t *pcm, struct pollfd *fds,
				     unsigned int nfds, unsigned short *revents)
{
	(void)pcm;
	*revents = nfds ? (unsigned short)fds->revents : 0;
	return 0;
}
