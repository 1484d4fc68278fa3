// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Xen para-virtual sound frontend: XenStore nodes, one at a time
 *
 * Each wrong node is told in one line, with its path and its value.
 */

#include <linux/ratelimit.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "xen_snd_front.h"

#define SHOWN_LEN	80

/*
 * A backend can make the same mistake again as often as it likes, and it can have the toolstack's
 * read again as often. Its own must not use up what there is for those.
 */
static bool may_tell(const struct xen_snd_front_dir *dir)
{
	static DEFINE_RATELIMIT_STATE(foreign, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);
	static DEFINE_RATELIMIT_STATE(own, DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST);

	return __ratelimit(dir->foreign ? &foreign : &own);
}

/**
 * xen_snd_front_node_bad() - tell the owner which node to mend
 * @dir: the directory
 * @node: node in it
 * @value: its value, ended with a NUL
 * @why: what is wrong with it
 *
 * Context: any.
 * Return: -EINVAL.
 */
int xen_snd_front_node_bad(const struct xen_snd_front_dir *dir, const char *node,
			   const char *value, const char *why)
{
	if (may_tell(dir))
		dev_err(&dir->dev->dev, "%s/%s = \"%*pE\": %s\n", dir->path, node,
			(int)strnlen(value, SHOWN_LEN), value, why);
	return -EINVAL;
}

/**
 * xen_snd_front_node_list() - list a directory
 * @dir: with @dev and @path set; @names are to be given to kfree()
 *
 * Context: sleeps for XenStore.
 * Return: 0 or a negative errno, told.
 */
int xen_snd_front_node_list(struct xen_snd_front_dir *dir)
{
	dir->names = xen_snd_front_xen_list(dir->path, &dir->count);
	if (!IS_ERR(dir->names))
		return 0;

	if (may_tell(dir))
		dev_err(&dir->dev->dev, "%s: cannot be listed: %pe\n", dir->path, dir->names);
	return PTR_ERR(dir->names);
}

static bool dir_has(const struct xen_snd_front_dir *dir, const char *node)
{
	unsigned int i;

	for (i = 0; i < dir->count; i++)
		if (!strcmp(dir->names[i], node))
			return true;

	return !dir->names;
}

/**
 * xen_snd_front_node_read() - read a node as a string
 * @dir: the directory
 * @node: node in it
 * @value: the string, for kfree(); NULL where there is no such node
 *
 * Context: sleeps for XenStore.
 * Return: 0 or a negative errno, told.
 */
int xen_snd_front_node_read(const struct xen_snd_front_dir *dir, const char *node, char **value)
{
	unsigned int len;
	char *str;

	*value = NULL;
	if (!dir_has(dir, node))
		return 0;

	str = xen_snd_front_xen_read(dir->path, node, &len);
	if (IS_ERR(str)) {
		if (PTR_ERR(str) == -ENOENT)
			return 0;
		if (may_tell(dir))
			dev_err(&dir->dev->dev, "%s/%s: cannot be read: %pe\n", dir->path,
				node, str);
		return PTR_ERR(str);
	}

	if (strlen(str) != len) {
		xen_snd_front_node_bad(dir, node, str, "has a NUL inside");
		kfree(str);
		return -EINVAL;
	}

	*value = str;
	return 0;
}

/**
 * xen_snd_front_node_uint() - read a node as a decimal number
 * @dir: the directory
 * @node: node in it
 * @min: the least that is right
 * @max: the greatest that is right
 * @value: the number; stays as it is where there is no such node
 *
 * Context: sleeps for XenStore.
 * Return: 0 or a negative errno, told.
 */
int xen_snd_front_node_uint(const struct xen_snd_front_dir *dir, const char *node,
			    unsigned int min, unsigned int max, unsigned int *value)
{
	unsigned int num;
	char *str;
	int ret;

	ret = xen_snd_front_node_read(dir, node, &str);
	if (ret || !str)
		return ret;

	if (kstrtouint(str, 10, &num))
		ret = xen_snd_front_node_bad(dir, node, str, "not a decimal number");
	else if (num < min || num > max)
		ret = xen_snd_front_node_bad(dir, node, str, "out of range");
	else
		*value = num;

	kfree(str);
	return ret;
}

/**
 * xen_snd_front_node_name() - read a name
 * @dir: the directory
 * @node: node in it
 * @name: the name; stays as it is where there is no such node
 * @size: room for it, octets
 *
 * Names are for people: one that is too long is cut, not refused.
 *
 * Context: sleeps for XenStore.
 * Return: 0 or a negative errno, told.
 */
int xen_snd_front_node_name(const struct xen_snd_front_dir *dir, const char *node, char *name,
			    size_t size)
{
	char *str;
	int ret;

	ret = xen_snd_front_node_read(dir, node, &str);
	if (ret || !str)
		return ret;

	if (strscpy(name, str, size) < 0 && may_tell(dir))
		dev_warn(&dir->dev->dev, "%s/%s: cut to %zu octets\n", dir->path, node,
			 size - 1);

	kfree(str);
	return 0;
}
