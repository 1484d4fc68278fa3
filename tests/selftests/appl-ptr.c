// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The application's pointer as the kernel has it, behind alsa-lib's back.
 *
 * A file of its own since the kernel's header and alsa-lib's do not agree.
 */
#include "appl-ptr.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sound/asound.h>

static int get(int fd, struct snd_pcm_sync_ptr *sync)
{
	memset(sync, 0, sizeof(*sync));
	sync->flags = SNDRV_PCM_SYNC_PTR_APPL | SNDRV_PCM_SYNC_PTR_AVAIL_MIN;
	return ioctl(fd, SNDRV_PCM_IOCTL_SYNC_PTR, sync) < 0 ? -errno : 0;
}

/**
 * appl_ptr_get() - where it is
 * @fd: an open PCM
 * @frames: filled in
 *
 * Return: 0 or a negative errno.
 */
int appl_ptr_get(int fd, unsigned long *frames)
{
	struct snd_pcm_sync_ptr sync;
	int ret = get(fd, &sync);

	*frames = sync.c.control.appl_ptr;
	return ret;
}

/**
 * appl_ptr_move() - move it, as an application might that knows no limits
 * @fd: an open PCM
 * @frames: how far; back if negative
 *
 * Return: 0 or a negative errno.
 */
int appl_ptr_move(int fd, long frames)
{
	struct snd_pcm_sync_ptr sync;
	int ret = get(fd, &sync);

	if (ret)
		return ret;
	sync.flags = 0;
	sync.c.control.appl_ptr += frames;
	return ioctl(fd, SNDRV_PCM_IOCTL_SYNC_PTR, &sync) < 0 ? -errno : 0;
}

/**
 * appl_ptr_map() - try to map it, so that moves would go unseen
 * @fd: an open PCM
 *
 * Return: 0 if that is possible, or a negative errno.
 */
int appl_ptr_map(int fd)
{
	size_t size = sysconf(_SC_PAGESIZE);
	void *control;

	control = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		       SNDRV_PCM_MMAP_OFFSET_CONTROL);
	if (control == MAP_FAILED)
		return -errno;
	munmap(control, size);
	return 0;
}
