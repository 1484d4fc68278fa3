// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * PCM streams for tests: move known data.
 */
#include "pcm.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "pattern.h"

/* A stream that has nothing to say for so long hangs. */
#define WAIT_MS	10000

/**
 * pcm_bytes() - what frames of a stream take
 * @pcm: the stream, configured
 * @frames: how many
 */
size_t pcm_bytes(const struct pcm *pcm, snd_pcm_uframes_t frames)
{
	size_t bits = snd_pcm_format_physical_width(pcm->set.format);

	return frames * pcm->set.channels * bits / 8;
}

/**
 * pcm_need_source() - skip this test if it is not known what will be recorded
 */
void pcm_need_source(void)
{
	const char *source = getenv("XENSND_SOURCE");

	if (!source || strcmp(source, "pattern"))
		ktap_skip("what capture gives is not known");
}

/**
 * pcm_prepare() - prepare a stream, for a new signal
 * @pcm: the stream, configured
 */
void pcm_prepare(struct pcm *pcm)
{
	alsa(snd_pcm_prepare(pcm->handle));
	ktap_eq(pcm_state(pcm), SND_PCM_STATE_PREPARED);
	pcm_new_signal(pcm);
}

/* Fill @data, or look at what came: frames that follow those so far */
static void handle_data(struct pcm *pcm, unsigned char *data, snd_pcm_uframes_t frames)
{
	size_t from = pcm_bytes(pcm, pcm->frames);
	size_t bytes = pcm_bytes(pcm, pcm->frames + frames) - from;
	const char *source = getenv("XENSND_SOURCE");
	size_t good;

	ktap_true(from + bytes <= PATTERN_MAX, "the signal is too short");
	if (pcm->dir == PLAYBACK) {
		pattern_fill(data, pcm->tag, from, bytes);
	} else if (source && !strcmp(source, "pattern")) {
		good = pattern_match(data, pcm->tag, from, bytes);
		ktap_true(good == bytes, "%s: byte %zu, %zu in these %lu frames, is wrong: %02x",
			  pcm->name, from + good, good, frames, data[good]);
	}
}

static long rw_some(struct pcm *pcm, snd_pcm_uframes_t frames)
{
	unsigned char *data = malloc(pcm_bytes(pcm, frames) + 1);
	long done;

	ktap_true(data, "no memory");
	if (pcm->dir == PLAYBACK) {
		handle_data(pcm, data, frames);
		done = snd_pcm_writei(pcm->handle, data, frames);
	} else {
		done = snd_pcm_readi(pcm->handle, data, frames);
		if (done > 0)
			handle_data(pcm, data, done);
	}
	free(data);
	return done;
}

/* One contiguous part */
static long mmap_part(struct pcm *pcm, snd_pcm_uframes_t frames)
{
	const snd_pcm_channel_area_t *area;
	snd_pcm_uframes_t offset;
	unsigned char *data;
	long ret;

	ret = snd_pcm_avail_update(pcm->handle);
	if (ret <= 0)
		return ret;
	if (frames > (snd_pcm_uframes_t)ret)
		frames = ret;
	alsa(snd_pcm_mmap_begin(pcm->handle, &area, &offset, &frames));
	ktap_ge(frames, 1);
	data = (unsigned char *)area->addr + (area->first + offset * area->step) / 8;
	handle_data(pcm, data, frames);
	return snd_pcm_mmap_commit(pcm->handle, offset, frames);
}

/* With mmap nobody starts a stream but the application. */
static void mmap_start(struct pcm *pcm)
{
	if (pcm_state(pcm) != SND_PCM_STATE_PREPARED)
		return;
	if (pcm->dir == CAPTURE || pcm->frames >= pcm->set.start)
		alsa(snd_pcm_start(pcm->handle));
}

static long mmap_some(struct pcm *pcm, snd_pcm_uframes_t frames)
{
	long done;

	if (pcm->dir == CAPTURE)
		mmap_start(pcm);
	done = mmap_part(pcm, frames);
	if (done)
		return done;
	done = snd_pcm_wait(pcm->handle, WAIT_MS);
	ktap_true(done, "%s: nothing for %d ms", pcm->name, WAIT_MS);
	return done < 0 ? done : 0;
}

static long move_some(struct pcm *pcm, snd_pcm_uframes_t frames)
{
	bool mmap = pcm->set.access == SND_PCM_ACCESS_MMAP_INTERLEAVED;
	long done = mmap ? mmap_some(pcm, frames) : rw_some(pcm, frames);

	if (done < 0)
		return done;
	ktap_le(done, frames);
	pcm->frames += done;
	if (mmap && pcm->dir == PLAYBACK)
		mmap_start(pcm);
	return done;
}

static void move(struct pcm *pcm, snd_pcm_uframes_t frames)
{
	while (frames)
		frames -= alsa(move_some(pcm, frames));
}

/**
 * pcm_write() - play the next frames of the signal
 * @pcm: a playback stream, prepared or running
 * @frames: how many
 */
void pcm_write(struct pcm *pcm, snd_pcm_uframes_t frames)
{
	ktap_eq(pcm->dir, PLAYBACK);
	move(pcm, frames);
}

/**
 * pcm_write_some() - one try to write
 * @pcm: a playback stream
 * @frames: how many at most
 *
 * Return: what snd_pcm_writei() did.
 */
long pcm_write_some(struct pcm *pcm, snd_pcm_uframes_t frames)
{
	ktap_eq(pcm->dir, PLAYBACK);
	return move_some(pcm, frames);
}

/**
 * pcm_read() - record the next frames of the signal
 * @pcm: a capture stream, prepared or running
 * @frames: how many
 */
void pcm_read(struct pcm *pcm, snd_pcm_uframes_t frames)
{
	ktap_eq(pcm->dir, CAPTURE);
	move(pcm, frames);
}

/**
 * pcm_read_some() - one try to read
 * @pcm: a capture stream
 * @frames: how many at most
 *
 * Return: what snd_pcm_readi() did.
 */
long pcm_read_some(struct pcm *pcm, snd_pcm_uframes_t frames)
{
	ktap_eq(pcm->dir, CAPTURE);
	return move_some(pcm, frames);
}

/* One line, in one write: other processes write theirs. */
static void note_played(const struct pcm *pcm, snd_pcm_uframes_t least,
			snd_pcm_uframes_t most, const char *behind, size_t padding)
{
	const char *path = getenv("XENSND_PLAYED");
	char line[256];
	int fd, n;

	if (!path || !pcm->frames)
		return;
	n = snprintf(line, sizeof(line),
		     "test=%s.%s stream=%s tag=%u least=%zu most=%zu behind=%s padding=%zu silence=%016llx\n",
		     program_invocation_short_name, ktap_name(),
		     strchr(pcm->name, ',') + 1, pcm->tag, pcm_bytes(pcm, least),
		     pcm_bytes(pcm, most), behind, padding,
		     (unsigned long long)snd_pcm_format_silence_64(pcm->set.format));
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0644);
	ktap_true(fd >= 0, "%s: %m", path);
	ktap_true(write(fd, line, n) == n, "%s: %m", path);
	close(fd);
}

/**
 * pcm_played() - tell what has to be in the sink of a stream
 * @pcm: a playback stream that was stopped
 * @least: frames of the signal that have been played for certain; more than all
 *	that were written have not
 *
 * Whoever has the sink looks there: bytes of signal TAG, LEAST to MOST of them,
 * behind them no more than PADDING bytes of SILENCE, or anything.
 */
void pcm_played(const struct pcm *pcm, snd_pcm_uframes_t least)
{
	note_played(pcm, least, pcm->frames, "silence", 0);
}

/**
 * pcm_spoilt() - tell that after some of the signal anything may be in the sink
 * @pcm: a playback stream that was stopped
 * @least: frames of the signal that have been played for certain
 */
void pcm_spoilt(const struct pcm *pcm, snd_pcm_uframes_t least)
{
	note_played(pcm, least, least, "anything", 0);
}

/**
 * pcm_ran_on() - tell that a stream has run on with silence after its last frame
 * @pcm: a playback stream that was stopped
 */
void pcm_ran_on(const struct pcm *pcm)
{
	note_played(pcm, pcm->frames, pcm->frames, "silence", INT_MAX);
}

/**
 * pcm_drained() - tell that a stream has been drained
 * @pcm: a playback stream, at its end
 */
void pcm_drained(const struct pcm *pcm)
{
	snd_pcm_uframes_t past = pcm->frames % pcm->set.period;

	ktap_eq(pcm_state(pcm), SND_PCM_STATE_SETUP);
	/* To the end of the period, and then until STOP has come. */
	note_played(pcm, pcm->frames, pcm->frames, "silence",
		    pcm_bytes(pcm, (past ? pcm->set.period - past : 0) + pcm->set.period));
}

/**
 * pcm_drain() - play all, to the end
 * @pcm: a playback stream
 */
void pcm_drain(struct pcm *pcm)
{
	alsa(snd_pcm_drain(pcm->handle));
	pcm_drained(pcm);
}

/**
 * pcm_position() - how much has been played or recorded
 * @pcm: a stream, running or not
 *
 * Return: frames of the signal; for capture, those not fetched included.
 */
snd_pcm_uframes_t pcm_position(const struct pcm *pcm)
{
	snd_pcm_status_t *status;
	snd_pcm_uframes_t avail;

	snd_pcm_status_alloca(&status);
	alsa(snd_pcm_status(pcm->handle, status));
	avail = snd_pcm_status_get_avail(status);
	if (pcm->dir == CAPTURE)
		return pcm->frames + avail;
	return pcm->frames + avail - pcm->set.buffer;
}

/**
 * pcm_state() - the kernel's state of a stream
 * @pcm: the stream
 */
snd_pcm_state_t pcm_state(const struct pcm *pcm)
{
	snd_pcm_status_t *status;

	snd_pcm_status_alloca(&status);
	alsa(snd_pcm_status(pcm->handle, status));
	return snd_pcm_status_get_state(status);
}

/**
 * pcm_sleep() - for as long as frames take
 * @pcm: a stream, configured
 * @frames: how many
 */
void pcm_sleep(const struct pcm *pcm, snd_pcm_uframes_t frames)
{
	usleep(frames * 1000000ULL / pcm->set.rate + 1);
}
