// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: sound files as sinks and sources.
 *
 * Samples are kept bit-exact. A .raw file holds the bytes as they are, in
 * any format. A .wav or .flac file only takes the formats that it can hold
 * unchanged; for the others HW_PARAM_QUERY does not offer them and OPEN fails.
 *
 * Sinks: each OPEN makes a new file (x.wav, x-2.wav, ...), so nothing that was
 * recorded is overwritten while the daemon runs. An OPEN that never played
 * anything leaves no file and gives the name back.
 * Sources: each OPEN starts at the beginning; after the end comes silence.
 */
#include <errno.h>
#include <fcntl.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio.h"
#include "audio_name.h"
#include "util.h"

/* how libsndfile moves one format's bytes */
enum file_access {
	ACCESS_RAW,
	ACCESS_SHORT,
	ACCESS_INT,
};

/**
 * struct audio_file - one file endpoint
 * @audio: common part
 * @path: as configured, expanded
 * @name: file of this OPEN
 * @number: which of the path's files that is
 * @major: SF_FORMAT_WAV, SF_FORMAT_FLAC, or 0 for raw bytes
 * @sf: open sound file
 * @fd: open raw file, or -1
 * @access: how @sf is read or written
 * @p: parameters of this OPEN
 * @bytes: written or read so far
 * @part: an incomplete frame that waits for its rest
 * @part_len: bytes in @part
 * @failed: broken or at its end: go on in silence
 */
struct audio_file {
	struct audio audio;
	char path[AUDIO_PATH_MAX];
	char name[AUDIO_NAME_MAX];
	unsigned int number;
	int major;
	SNDFILE *sf;
	int fd;
	enum file_access access;
	struct snd_params p;
	uint64_t bytes;
	uint8_t part[SND_MAX_CHANNELS * 8];
	size_t part_len;
	bool failed;
};

struct file_format {
	uint8_t format;
	int major;
	int subtype;
	enum file_access access;
};

/* For sinks every row; for sources a file's subtype picks its first row. */
static const struct file_format file_formats[] = {
	{ XENSND_PCM_FORMAT_S16_LE, SF_FORMAT_WAV, SF_FORMAT_PCM_16,
	  ACCESS_RAW },
	{ XENSND_PCM_FORMAT_U8, SF_FORMAT_WAV, SF_FORMAT_PCM_U8, ACCESS_RAW },
	{ XENSND_PCM_FORMAT_S32_LE, SF_FORMAT_WAV, SF_FORMAT_PCM_32,
	  ACCESS_RAW },
	{ XENSND_PCM_FORMAT_F32_LE, SF_FORMAT_WAV, SF_FORMAT_FLOAT,
	  ACCESS_RAW },
	{ XENSND_PCM_FORMAT_F64_LE, SF_FORMAT_WAV, SF_FORMAT_DOUBLE,
	  ACCESS_RAW },
	{ XENSND_PCM_FORMAT_MU_LAW, SF_FORMAT_WAV, SF_FORMAT_ULAW,
	  ACCESS_RAW },
	{ XENSND_PCM_FORMAT_A_LAW, SF_FORMAT_WAV, SF_FORMAT_ALAW, ACCESS_RAW },
	{ XENSND_PCM_FORMAT_S16_LE, SF_FORMAT_FLAC, SF_FORMAT_PCM_16,
	  ACCESS_SHORT },
};

/* Sources may also be files whose samples widen to S32 without loss. */
static const struct file_format source_formats[] = {
	{ XENSND_PCM_FORMAT_S32_LE, SF_FORMAT_WAV, SF_FORMAT_PCM_24,
	  ACCESS_INT },
	{ XENSND_PCM_FORMAT_S32_LE, SF_FORMAT_FLAC, SF_FORMAT_PCM_24,
	  ACCESS_INT },
};

static const struct file_format *sink_format(int major, uint8_t format)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(file_formats); i++)
		if (file_formats[i].major == major &&
		    file_formats[i].format == format)
			return &file_formats[i];
	return NULL;
}

static const struct file_format *source_format(int sf_format)
{
	int major = sf_format & SF_FORMAT_TYPEMASK;
	int subtype = sf_format & SF_FORMAT_SUBMASK;
	unsigned int i;

	if (major == SF_FORMAT_WAVEX)
		major = SF_FORMAT_WAV;
	for (i = 0; i < ARRAY_SIZE(file_formats); i++)
		if (file_formats[i].major == major &&
		    file_formats[i].subtype == subtype)
			return &file_formats[i];
	for (i = 0; i < ARRAY_SIZE(source_formats); i++)
		if (source_formats[i].major == major &&
		    source_formats[i].subtype == subtype)
			return &source_formats[i];
	return NULL;
}

static struct audio_file *to_file(struct audio *a)
{
	return (struct audio_file *)a;
}


static int file_major(const char *path)
{
	const char *dot = strrchr(path, '.');

	if (!strcmp(dot, ".wav"))
		return SF_FORMAT_WAV;
	if (!strcmp(dot, ".flac"))
		return SF_FORMAT_FLAC;
	return 0;
}

/* ---- sinks ---- */

static int sink_caps(struct audio *a, struct snd_caps *caps)
{
	struct audio_file *f = to_file(a);
	uint64_t mask = 0;
	unsigned int i;

	if (!f->major)
		return 0;
	for (i = 0; i < ARRAY_SIZE(file_formats); i++)
		if (file_formats[i].major == f->major)
			mask |= 1ull << file_formats[i].format;
	caps->formats &= mask;
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
static int sink_file(struct audio_file *f)
{
	int fd = open(f->name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
		      O_CLOEXEC, 0644);
	struct stat st;

	if (fd < 0) {
		log_for(f->audio.log, LVL_ERROR, "cannot create %s: %s", f->name,
			strerror(errno));
		return -1;
	}
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
	    st.st_uid == geteuid() && !ftruncate(fd, 0))
		return fd;
	log_for(f->audio.log, LVL_ERROR,
		"cannot create %s: it exists and is no plain file of this user",
		f->name);
	close(fd);
	return -1;
}

static bool sink_open_sound(struct audio_file *f, const struct snd_params *p,
			    const struct file_format *ff, int fd)
{
	SF_INFO info = { 0 };

	info.samplerate = (int)p->rate;
	info.channels = p->channels;
	info.format = ff->major | ff->subtype;
	f->access = ff->access;
	f->sf = sf_open_fd(fd, SFM_WRITE, &info, SF_TRUE);
	if (!f->sf)
		log_for(f->audio.log, LVL_ERROR, "cannot create %s: %s", f->name,
			sf_strerror(NULL));
	else
		/* sf_write_raw() does not keep peaks */
		sf_command(f->sf, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
	return f->sf;
}

static int sink_open(struct audio *a, const struct snd_params *p)
{
	struct audio_file *f = to_file(a);
	const struct file_format *ff = sink_format(f->major, p->format);
	bool ok = true;
	int fd;

	if (f->major && !ff)
		return -XEN_EIO;
	if (!audio_name_take(f->path, f->name, &f->number))
		return -XEN_ENOMEM;
	f->p = *p;
	f->bytes = 0;
	f->part_len = 0;
	f->failed = false;
	fd = sink_file(f);
	if (fd >= 0 && ff)
		ok = sink_open_sound(f, p, ff, fd);
	else
		f->fd = fd;
	if (fd >= 0 && ok)
		return 0;
	if (fd >= 0)
		unlink(f->name);
	audio_name_return(f->path, f->number);
	return -XEN_EIO;
}

static void file_close(struct audio *a)
{
	struct audio_file *f = to_file(a);

	if (f->sf)
		sf_close(f->sf);
	f->sf = NULL;
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

static void sink_close(struct audio *a)
{
	struct audio_file *f = to_file(a);

	file_close(a);
	if (f->bytes)
		return;
	unlink(f->name);
	audio_name_return(f->path, f->number);
}

static bool write_fd(int fd, const uint8_t *data, size_t bytes)
{
	while (bytes) {
		ssize_t n = write(fd, data, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		bytes -= (size_t)n;
	}
	return true;
}

/* Whole frames only: libsndfile takes nothing else. */
static bool write_frames(struct audio_file *f, const uint8_t *data, size_t n)
{
	if (f->access == ACCESS_SHORT)
		return sf_write_short(f->sf, (const short *)(const void *)data,
				      (sf_count_t)(n / 2)) ==
		       (sf_count_t)(n / 2);
	return sf_write_raw(f->sf, data, (sf_count_t)n) == (sf_count_t)n;
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

static size_t sink_write(struct audio *a, const void *data, size_t bytes)
{
	struct audio_file *f = to_file(a);
	bool ok;

	f->bytes += bytes;
	if (f->failed)
		return bytes;
	ok = f->sf ? write_sound(f, data, bytes) :
		     write_fd(f->fd, data, bytes);
	if (!ok) {
		f->failed = true;
		log_for(a->log, LVL_ERROR,
			"write to %s failed: %s; the rest of the stream is not stored",
			f->name, f->sf ? sf_strerror(f->sf) : strerror(errno));
	}
	return bytes;
}

/* ---- sources ---- */

static const struct file_format *source_probe(struct audio_file *f,
					      SF_INFO *info)
{
	const struct file_format *ff;

	memset(info, 0, sizeof(*info));
	f->sf = sf_open(f->path, SFM_READ, info);
	if (!f->sf) {
		log_for(f->audio.log, LVL_ERROR, "cannot open %s: %s", f->path,
			sf_strerror(NULL));
		return NULL;
	}
	ff = source_format(info->format);
	if (!ff)
		log_for(f->audio.log, LVL_ERROR,
			"%s: sample type is not supported for a source",
			f->path);
	return ff;
}

/* A sound file only offers its own parameters; nothing is converted. */
static int source_caps(struct audio *a, struct snd_caps *caps)
{
	struct audio_file *f = to_file(a), probe;
	const struct file_format *ff;
	SF_INFO info;

	if (!f->major)
		return 0;
	probe = *f;
	ff = source_probe(&probe, &info);
	if (probe.sf)
		sf_close(probe.sf);
	if (!ff)
		return -XEN_EIO;
	caps->formats &= 1ull << ff->format;
	caps->rates.min = caps->rates.max = (uint32_t)info.samplerate;
	caps->channels.min = caps->channels.max = (uint32_t)info.channels;
	return 0;
}

static int source_open(struct audio *a, const struct snd_params *p)
{
	struct audio_file *f = to_file(a);
	const struct file_format *ff;
	SF_INFO info;

	f->p = *p;
	f->bytes = 0;
	f->failed = false;
	if (!f->major) {
		f->fd = open(f->path, O_RDONLY | O_CLOEXEC);
		if (f->fd < 0)
			log_for(a->log, LVL_ERROR, "cannot open %s: %s",
				f->path, strerror(errno));
		return f->fd < 0 ? -XEN_EIO : 0;
	}
	ff = source_probe(f, &info);
	if (!ff) {
		file_close(a);
		return -XEN_EIO;
	}
	f->access = ff->access;
	return 0;
}

static ssize_t read_fd(int fd, uint8_t *data, size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		ssize_t n = read(fd, data + done, bytes - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static ssize_t read_sound(struct audio_file *f, void *data, size_t bytes)
{
	sf_count_t frames = (sf_count_t)(bytes / f->p.unit_bytes);

	if (f->access == ACCESS_SHORT)
		frames = sf_readf_short(f->sf, data, frames);
	else if (f->access == ACCESS_INT)
		frames = sf_readf_int(f->sf, data, frames);
	else
		return (ssize_t)sf_read_raw(f->sf, data,
				frames * (sf_count_t)f->p.unit_bytes);
	return (ssize_t)(frames * (sf_count_t)f->p.unit_bytes);
}

/* The caller asks for whole units; after the end of the file comes silence. */
static size_t source_read(struct audio *a, void *data, size_t bytes)
{
	struct audio_file *f = to_file(a);
	ssize_t n = 0;

	if (!f->failed)
		n = f->sf ? read_sound(f, data, bytes) :
			    read_fd(f->fd, data, bytes);
	if (n < 0)
		n = 0;
	if ((size_t)n < bytes) {
		f->failed = true;
		audio_silence(f->p.format, (uint8_t *)data + n,
			      bytes - (size_t)n);
	}
	return bytes;
}

static void file_free(struct audio *a)
{
	free(a);
}

static const struct audio_ops sink_ops = {
	.paced = true,
	.caps = sink_caps,
	.open = sink_open,
	.close = sink_close,
	.write = sink_write,
	.free = file_free,
};

static const struct audio_ops source_ops = {
	.paced = true,
	.caps = source_caps,
	.open = source_open,
	.close = file_close,
	.read = source_read,
	.free = file_free,
};

static struct audio *make_file(const char *path, bool capture,
			       const struct audio_id *id)
{
	struct audio_file *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	if (!audio_name_expand(f->path, sizeof(f->path), path, id)) {
		free(f);
		errno = ENAMETOOLONG;
		return NULL;
	}
	f->audio.ops = capture ? &source_ops : &sink_ops;
	f->major = file_major(f->path);
	f->fd = -1;
	return &f->audio;
}

const struct audio_kind audio_file_kind = {
	.name = "file",
	.arg_error = audio_name_error,
	.make = make_file,
};
