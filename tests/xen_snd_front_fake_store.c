// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit: a fake XenStore
 *
 * It holds a plain card with one playback and one capture stream; a test adds nodes or
 * replaces their values. What is written to it is only counted.
 */

#include <linux/slab.h>
#include <linux/string.h>

#include "xen_snd_front_fake.h"

#define NODE_LEN	32

static const struct fake_node plain_card[] = {
	{ "dev/0/0/type", "p" },
	{ "dev/0/0/unique-id", "pb0" },
	{ "dev/0/1/type", "c" },
	{ "dev/0/1/unique-id", "cap0" },
};

static struct fake *fake_now(void)
{
	return kunit_get_current_test()->priv;
}

static const struct fake_node *node_at(const struct fake *f, unsigned int i)
{
	return i < f->num_nodes ? &f->nodes[i] : &plain_card[i - f->num_nodes];
}

static unsigned int node_count(const struct fake *f)
{
	return f->num_nodes + ARRAY_SIZE(plain_card);
}

static const struct fake_node *find_node(const struct fake *f, const char *path)
{
	unsigned int i;

	for (i = 0; i < node_count(f); i++)
		if (!strcmp(node_at(f, i)->path, path))
			return node_at(f, i);

	return NULL;
}

/* As xenbus does: one byte more than the value, a NUL. */
static char *fake_read(const char *dir, const char *name, unsigned int *len)
{
	const struct fake_node *node;
	struct fake *f = fake_now();
	char path[64];
	char *value;

	if (fake_fails(f))
		return ERR_PTR(-EIO);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	node = find_node(f, path);
	if (!node || !node->value)
		return ERR_PTR(f->error ?: -ENOENT);

	*len = strlen(node->value) + node->nul;
	value = kzalloc(*len + 1, GFP_KERNEL);
	if (!value)
		return ERR_PTR(-ENOMEM);
	memcpy(value, node->value, strlen(node->value));
	return value;
}

static bool has_name(char **names, unsigned int n, const char *name)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return true;

	return false;
}

/* The first component of each path below @dir, once each, in one block. */
static char **fake_list(const char *dir, unsigned int *count)
{
	struct fake *f = fake_now();
	unsigned int max = node_count(f);
	size_t skip = strlen(dir);
	unsigned int n = 0;
	unsigned int i;
	const char *path;
	char **names;
	char *text;

	if (fake_fails(f))
		return ERR_PTR(-EIO);
	names = kcalloc(max, sizeof(char *) + NODE_LEN, GFP_KERNEL);
	if (!names)
		return ERR_PTR(-ENOMEM);

	text = (char *)(names + max);
	for (i = 0; i < max; i++) {
		path = node_at(f, i)->path;
		if (!node_at(f, i)->value || strncmp(path, dir, skip) || path[skip] != '/')
			continue;
		path += skip + 1;
		snprintf(text, NODE_LEN, "%.*s", (int)strcspn(path, "/"), path);
		if (has_name(names, n, text))
			continue;
		names[n++] = text;
		text += NODE_LEN;
	}

	*count = n;
	return names;
}

static int fake_begin(struct xenbus_transaction *xbt)
{
	struct fake *f = fake_now();

	if (fake_fails(f))
		return -ENOMEM;
	f->begun++;
	xbt->id = f->begun;
	return 0;
}

static int fake_commit(struct xenbus_transaction xbt, bool abort)
{
	struct fake *f = fake_now();

	KUNIT_EXPECT_EQ(f->test, xbt.id, f->begun);
	f->aborted += abort;
	if (abort)
		return 0;
	if (fake_fails(f))
		return -EIO;
	if (f->conflicts) {
		f->conflicts--;
		f->puts = 0;
		f->put_sum = 0;
		return -EAGAIN;
	}
	return 0;
}

/* The driver's mark is all that is read like that. */
static int fake_get(struct xenbus_transaction xbt, const char *dir, const char *node,
		    unsigned int *value)
{
	struct fake *f = fake_now();

	KUNIT_EXPECT_STREQ(f->test, node, XENSND_FIELD_FE_VERSION);
	if (fake_fails(f))
		return -EIO;
	if (f->unmarked)
		return -ENOENT;
	*value = XENSND_PROTOCOL_VERSION;
	return 0;
}

static int fake_put(struct xenbus_transaction xbt, const char *dir, const char *node,
		    const unsigned int *value)
{
	struct fake *f = fake_now();

	KUNIT_EXPECT_EQ(f->test, xbt.id, f->begun);
	KUNIT_EXPECT_EQ(f->test, strncmp(dir, "dev", 3), 0);
	if (fake_fails(f))
		return -ENOSPC;
	f->puts += value ? 1 : -1;
	f->put_sum += value ? *value : 0;
	return 0;
}

/* Puts the fake XenStore in the real one's place. */
void fake_store(struct fake *f)
{
	kunit_activate_static_stub(f->test, xen_snd_front_cfg_read_value, fake_read);
	kunit_activate_static_stub(f->test, xen_snd_front_cfg_list, fake_list);
	kunit_activate_static_stub(f->test, xen_snd_front_store_begin, fake_begin);
	kunit_activate_static_stub(f->test, xen_snd_front_store_end, fake_commit);
	kunit_activate_static_stub(f->test, xen_snd_front_store_get, fake_get);
	kunit_activate_static_stub(f->test, xen_snd_front_store_put, fake_put);
}
