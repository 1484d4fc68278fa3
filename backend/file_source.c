// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: sound files as sources.
 *
 * Each OPEN starts at the beginning; after the end comes silence. A sound file
 * only offers its own rate, format and channels. What it is, its content says,
 * not its name. The protocol has no field for the rest of what a sound file may
 * have (positions of the channels, loops, marks, texts).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_priv.h"

/*
 * Only plain files: a FIFO would hold up the stream's thread, and with it the
 * end of the device.
 */
static int open_plain(struct audio_file *f, struct stat *st)
{
	int fd = open(f->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0) {
		log_for(f->audio.log, LVL_ERROR, "cannot open %s: %s", f->path,
			strerror(errno));
		return -1;
	}
	if (!fstat(fd, st) && S_ISREG(st->st_mode))
		return fd;
	log_for(f->audio.log, LVL_ERROR, "cannot open %s: it is no plain file",
		f->path);
	close(fd);
	return -1;
}

/* What the guest could not be offered, or could not be sent as it is. */
static const struct file_format *usable_format(struct audio_file *f,
					       const SF_INFO *info)
{
	const char *container = file_container_name(info->format);
	const struct file_format *ff = file_source_format(info->format);

	if (!ff)
		log_for(f->audio.log, LVL_ERROR,
			"%s: %s with samples of type %s cannot be a source",
			f->path, container, file_samples_name(info->format));
	else if (info->samplerate < 1 || info->samplerate > (int)SND_MAX_RATE)
		log_for(f->audio.log, LVL_ERROR,
			"%s: %s with a rate of %d Hz cannot be a source: at most %u",
			f->path, container, info->samplerate, SND_MAX_RATE);
	else if (info->channels < 1 || info->channels > (int)SND_MAX_CHANNELS)
		log_for(f->audio.log, LVL_ERROR,
			"%s: %s with %d channels cannot be a source: at most %u",
			f->path, container, info->channels, SND_MAX_CHANNELS);
	else
		return ff;
	return NULL;
}

/* Return: NULL, and nothing is open, if the file cannot be a source. */
static const struct file_format *open_sound(struct audio_file *f, SF_INFO *info)
{
	const struct file_format *ff;
	struct stat st;
	int fd = open_plain(f, &st);

	memset(info, 0, sizeof(*info));
	if (fd < 0)
		return NULL;
	f->sf = sf_open_fd(fd, SFM_READ, info, SF_TRUE);
	if (!f->sf) {
		log_for(f->audio.log, LVL_ERROR, "cannot open %s: %s", f->path,
			sf_strerror(NULL));
		return NULL;
	}
	ff = usable_format(f, info);
	if (ff)
		return ff;
	sf_close(f->sf);
	f->sf = NULL;
	return NULL;
}

static int source_caps(struct audio *a, struct snd_caps *caps)
{
	struct audio_file *f = to_file(a), probe;
	const struct file_format *ff;
	SF_INFO info;

	if (!f->major)
		return 0;
	probe = *f;
	ff = open_sound(&probe, &info);
	if (!ff)
		return -XEN_EIO;
	sf_close(probe.sf);
	caps->formats &= 1ull << ff->format;
	caps->rates.min = caps->rates.max = (uint32_t)info.samplerate;
	caps->channels.min = caps->channels.max = (uint32_t)info.channels;
	return 0;
}

static int open_raw(struct audio_file *f)
{
	struct stat st;
	unsigned int rest;

	f->fd = open_plain(f, &st);
	if (f->fd < 0)
		return -XEN_EIO;
	rest = (unsigned int)((uint64_t)st.st_size % f->p.unit_bytes);
	if (!st.st_size)
		log_for(f->audio.log, LVL_WARN, "%s is empty: silence", f->path);
	else if (rest)
		log_for(f->audio.log, LVL_WARN,
			"%s ends inside of a frame: its last %u bytes are left out",
			f->path, rest);
	return 0;
}

/* The file may be another one than when its limits were read. */
static bool still_fits(struct audio_file *f, const struct file_format *ff,
		       const SF_INFO *info)
{
	if (ff->format == f->p.format && info->channels == f->p.channels &&
	    info->samplerate == (int)f->p.rate)
		return true;
	log_for(f->audio.log, LVL_ERROR,
		"%s has been replaced: it has %s now, %d Hz, %d channels",
		f->path, snd_format_name(ff->format), info->samplerate,
		info->channels);
	sf_close(f->sf);
	f->sf = NULL;
	return false;
}

static int source_open(struct audio *a, const struct snd_params *p)
{
	struct audio_file *f = to_file(a);
	const struct file_format *ff;
	SF_INFO info;

	f->p = *p;
	f->failed = false;
	if (!f->major)
		return open_raw(f);
	ff = open_sound(f, &info);
	if (!ff || !still_fits(f, ff, &info))
		return -XEN_EIO;
	f->access = ff->access;
	if (!info.frames)
		log_for(a->log, LVL_WARN,
			"%s: %s says that it has no sound: silence", f->path,
			file_container_name(info.format));
	return 0;
}

static void source_close(struct audio *a)
{
	struct audio_file *f = to_file(a);

	if (f->sf)
		sf_close(f->sf);
	f->sf = NULL;
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

static size_t read_raw(struct audio_file *f, uint8_t *data, size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		ssize_t n = read(f->fd, data + done, bytes - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			log_for(f->audio.log, LVL_ERROR,
				"read from %s failed: %s; silence from now on",
				f->path, strerror(errno));
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

static size_t read_sound(struct audio_file *f, void *data, size_t bytes)
{
	sf_count_t unit = (sf_count_t)f->p.unit_bytes;
	sf_count_t frames = (sf_count_t)bytes / unit;

	switch (f->access) {
	case FILE_SHORT:
		frames = sf_readf_short(f->sf, data, frames);
		break;
	case FILE_INT:
		frames = sf_readf_int(f->sf, data, frames);
		break;
	case FILE_FLOAT:
		frames = sf_readf_float(f->sf, data, frames);
		break;
	case FILE_DOUBLE:
		frames = sf_readf_double(f->sf, data, frames);
		break;
	default:
		frames = sf_read_raw(f->sf, data, frames * unit) / unit;
		break;
	}
	if (sf_error(f->sf))
		log_for(f->audio.log, LVL_ERROR,
			"read from %s failed: %s; silence from now on", f->path,
			sf_strerror(f->sf));
	return frames > 0 ? (size_t)(frames * unit) : 0;
}

/*
 * The caller asks for whole frames; after the end of the file comes silence, also
 * instead of a frame that is not complete.
 */
static size_t source_read(struct audio *a, void *data, size_t bytes)
{
	struct audio_file *f = to_file(a);
	size_t n = 0;

	if (!f->failed)
		n = f->sf ? read_sound(f, data, bytes) : read_raw(f, data, bytes);
	if (n < bytes) {
		f->failed = true;
		n -= n % f->p.unit_bytes;
		audio_silence(f->p.format, (uint8_t *)data + n, bytes - n);
	}
	return bytes;
}

static void source_free(struct audio *a)
{
	free(a);
}

const struct audio_ops file_source_ops = {
	.paced = true,
	.caps = source_caps,
	.open = source_open,
	.close = source_close,
	.read = source_read,
	.free = source_free,
};
