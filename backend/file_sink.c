// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: sound files as sinks.
 *
 * Each OPEN makes a new file (x.wav, x-2.wav, ...), so nothing that was
 * recorded is overwritten while the daemon runs. An OPEN that never played
 * anything leaves no file and gives the name back.
 *
 * A header says how much sound there is. It is right once the file is closed,
 * and renewed after each second of sound, so that little is missing if the
 * daemon dies; doing so at each write would cost system calls. A FLAC file needs
 * no such number.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_priv.h"
#include "util.h"

/* an AIFF file's sizes are 32-bit numbers; its header takes less than 4 KiB */
#define AIFF_MAX	(UINT32_MAX - 4096u)

#define FLAC_ANY_RATE	65535u

static int sink_caps(struct audio *a, struct snd_caps *caps)
{
	struct audio_file *f = to_file(a);

	if (!f->major)
		return 0;
	caps->formats &= file_sink_formats(f->major);
	if (f->major == SF_FORMAT_FLAC) {
		caps->channels.max = min_u32(caps->channels.max, 8);
		caps->rates.max = min_u32(caps->rates.max, 655350);
	}
	return 0;
}

/*
 * In a directory where others may write, the name may exist already: a link to
 * another file, a FIFO without a reader, a file of another user. Only a plain
 * file of this user is overwritten, and that is checked before it is truncated.
 */
static int create_file(struct audio_file *f)
{
	int fd = open(f->name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
		      O_CLOEXEC, 0644);
	struct stat st;

	/* ENXIO: a FIFO; ELOOP: a link */
	if (fd < 0 && errno != ENXIO && errno != ELOOP) {
		log_for(f->audio.log, LVL_ERROR, "cannot create %s: %s", f->name,
			strerror(errno));
		return -1;
	}
	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
	    st.st_uid == geteuid() && !ftruncate(fd, 0))
		return fd;
	log_for(f->audio.log, LVL_ERROR,
		"cannot create %s: it exists and is no plain file of this user",
		f->name);
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The system's reason, if it has one: libsndfile's may be about a consequence. */
static const char *write_error(struct audio_file *f)
{
	return errno || !f->sf ? strerror(errno) : sf_strerror(f->sf);
}

/* The WAV header says as much as has been stored. */
static bool write_header(struct audio_file *f)
{
	uint8_t header[WAV_HEADER_MAX];
	size_t n = wav_header(header, &f->p, f->bytes);

	return pwrite(f->fd, header, n, 0) == (ssize_t)n;
}

static bool begin_wav(struct audio_file *f)
{
	uint8_t header[WAV_HEADER_MAX];

	f->header = wav_header(header, &f->p, 0);
	return write_header(f) && lseek(f->fd, (off_t)f->header, SEEK_SET) >= 0;
}

static bool begin_sound(struct audio_file *f, const struct file_format *ff)
{
	SF_INFO info = { 0 };

	info.samplerate = (int)f->p.rate;
	info.channels = f->p.channels;
	info.format = f->major | ff->subtype;
	f->access = ff->access;
	f->sf = sf_open_fd(f->fd, SFM_WRITE, &info, SF_TRUE);
	f->fd = -1;
	if (!f->sf)
		return false;
	/* sf_write_raw() does not keep peaks */
	sf_command(f->sf, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
	return true;
}

static bool begin_file(struct audio_file *f, const struct file_format *ff)
{
	bool ok = true;

	f->fd = create_file(f);
	if (f->fd < 0)
		return false;
	f->header = 0;
	if (f->major == SF_FORMAT_WAV)
		ok = begin_wav(f);
	else if (f->major)
		ok = begin_sound(f, ff);
	if (ok)
		return true;
	log_for(f->audio.log, LVL_ERROR, "cannot create %s: %s", f->name,
		f->fd < 0 ? sf_strerror(NULL) : strerror(errno));
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	unlink(f->name);
	return false;
}

/* Rates that a FLAC header cannot hold; the limits of a sink cannot say this. */
static bool flac_rate_fits(struct audio_file *f, uint32_t rate)
{
	if (rate <= FLAC_ANY_RATE || !(rate % 10))
		return true;
	log_for(f->audio.log, LVL_ERROR,
		"%s: a FLAC file cannot have %u Hz: above %u only multiples of 10",
		f->path, rate, FLAC_ANY_RATE);
	return false;
}

static int sink_open(struct audio *a, const struct snd_params *p)
{
	struct audio_file *f = to_file(a);
	const struct file_format *ff = NULL;

	if (f->major)
		ff = file_sink_format(f->major, p->format);
	if (f->major && !ff)
		return -XEN_EIO;
	if (f->major == SF_FORMAT_FLAC && !flac_rate_fits(f, p->rate))
		return -XEN_EIO;
	if (!audio_name_take(f->path, f->name, &f->number))
		return -XEN_ENOMEM;
	f->p = *p;
	f->bytes = 0;
	f->header_at = 1;
	f->part_len = 0;
	f->failed = false;
	if (begin_file(f, ff))
		return 0;
	audio_name_return(f->path, f->number);
	return -XEN_EIO;
}

/* What the file has to have at its end; a chunk of an odd size is padded. */
static bool finish_wav(struct audio_file *f)
{
	uint64_t sound = f->bytes - f->bytes % f->p.unit_bytes;

	return write_header(f) &&
	       !ftruncate(f->fd, (off_t)(f->header + sound + sound % 2));
}

static void sink_close(struct audio *a)
{
	struct audio_file *f = to_file(a);
	bool ok = true;

	if (f->header)
		ok = finish_wav(f);
	if (f->sf)
		ok = !sf_close(f->sf);
	f->sf = NULL;
	if (f->fd >= 0)
		ok = !close(f->fd) && ok;
	f->fd = -1;
	if (!ok)
		log_for(a->log, LVL_ERROR, "close of %s failed: %s", f->name,
			strerror(errno));
	if (f->bytes)
		return;
	unlink(f->name);
	audio_name_return(f->path, f->number);
}

static bool write_bytes(struct audio_file *f, const uint8_t *data, size_t bytes)
{
	while (bytes) {
		ssize_t n = write(f->fd, data, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		f->bytes += (size_t)n;
		data += n;
		bytes -= (size_t)n;
	}
	return true;
}

/* Whole frames only: libsndfile takes nothing else. */
static bool write_frames(struct audio_file *f, const uint8_t *data, size_t n)
{
	sf_count_t want = (sf_count_t)n, done;

	if (f->access == FILE_SHORT)
		done = 2 * sf_write_short(f->sf,
					  (const short *)(const void *)data,
					  want / 2);
	else
		done = sf_write_raw(f->sf, data, want);
	if (done > 0)
		f->bytes += (uint64_t)done;
	return done == want;
}

/*
 * A WRITE may end inside of a frame. An incomplete frame is kept until the rest
 * arrives; aligned data are not copied.
 */
static bool write_sound(struct audio_file *f, const uint8_t *data, size_t n)
{
	size_t frame = f->p.unit_bytes, k;

	if (f->part_len || ((uintptr_t)data & 1)) {
		while (n) {
			k = min_u32((uint32_t)n, (uint32_t)(frame - f->part_len));
			memcpy(f->part + f->part_len, data, k);
			f->part_len += k;
			data += k;
			n -= k;
			if (f->part_len < frame)
				return true;
			f->part_len = 0;
			if (!write_frames(f, f->part, frame))
				return false;
			if (!((uintptr_t)data & 1))
				break;
		}
	}
	k = n % frame;
	if (n > k && !write_frames(f, data, n - k))
		return false;
	memcpy(f->part, data + n - k, k);
	f->part_len = k;
	return true;
}

static bool renew_header(struct audio_file *f)
{
	if (f->bytes < f->header_at)
		return true;
	f->header_at = f->bytes + (uint64_t)f->p.rate * f->p.unit_bytes;
	if (f->header)
		return write_header(f);
	if (f->major == SF_FORMAT_AIFF)
		sf_command(f->sf, SFC_UPDATE_HEADER_NOW, NULL, 0);
	return true;
}

static void stop_storing(struct audio_file *f, const char *why)
{
	f->failed = true;
	log_for(f->audio.log, LVL_ERROR,
		"write to %s failed: %s; the rest of the stream is not stored",
		f->name, why);
}

static size_t sink_write(struct audio *a, const void *data, size_t bytes)
{
	struct audio_file *f = to_file(a);
	bool ok;

	if (f->failed)
		return bytes;
	if (f->major == SF_FORMAT_AIFF && f->bytes + bytes > AIFF_MAX) {
		stop_storing(f, "AIFF ends at 4 GiB");
		return bytes;
	}
	errno = 0;
	ok = f->sf ? write_sound(f, data, bytes) : write_bytes(f, data, bytes);
	if (!ok || !renew_header(f))
		stop_storing(f, write_error(f));
	return bytes;
}

static void sink_free(struct audio *a)
{
	free(a);
}

const struct audio_ops file_sink_ops = {
	.paced = true,
	.caps = sink_caps,
	.open = sink_open,
	.close = sink_close,
	.write = sink_write,
	.free = sink_free,
};
