// SPDX-License-Identifier: MIT
/*
 * xen-snd-back: Xen's device nodes, and one daemon for each domain.
 *
 * The lock is one of the device node itself (flock). So it needs no directory
 * that the daemon may write to, it is the same in any sandbox and for any user,
 * and it ends with the process.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "instance.h"
#include "log.h"

/**
 * device_node_usable() - can a device node be opened?
 * @path: of the node
 * @module: the kernel's module that makes it
 *
 * Return: false after one error line.
 */
bool device_node_usable(const char *path, const char *module)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		return true;
	}
	if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
		log_msg(LVL_ERROR, "%s: %s; is this a Xen domain, and the module %s loaded?",
			path, strerror(errno), module);
	else
		log_msg(LVL_ERROR, "%s: %s", path, strerror(errno));
	return false;
}

/**
 * instance_lock() - become this domain's only daemon.
 * @path: device node that all daemons of the domain share
 *
 * Return: false after one error line.
 */
bool instance_lock(const char *path)
{
	/* open until the process ends */
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
		return true;
	if (fd >= 0 && errno == EWOULDBLOCK)
		log_msg(LVL_ERROR,
			"another xen-snd-back serves this domain: it has locked %s",
			path);
	else
		log_msg(LVL_ERROR, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return false;
}
