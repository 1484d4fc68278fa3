// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit: pages that the backend still maps
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/mm.h>

#include "../xen_snd_front.h"

#define BACKEND	3
#define OTHER	4
#define DEVICE	5
#define GREF	700

/*
 * @xb: a device of BACKEND's
 * @page: what all grants are of
 * @maps: does a domain map anything?
 * @no_memory: for notes
 * @given: grants left to Xen
 */
struct keeper {
	struct xenbus_device xb;
	struct page *page;
	bool maps;
	bool no_memory;
	unsigned int given;
};

static struct keeper *keeper_now(void)
{
	return kunit_get_current_test()->priv;
}

static bool fake_try_end(grant_ref_t gref)
{
	return !keeper_now()->maps;
}

static void fake_end(grant_ref_t gref, struct page *page)
{
	keeper_now()->given++;
	put_page(page);
}

static void *fake_zalloc(size_t count, size_t size)
{
	return keeper_now()->no_memory ? NULL : kvcalloc(count, size, GFP_KERNEL);
}

/* The test looks itself. */
static void fake_later(void)
{
}

static int held_init(struct kunit *test)
{
	struct keeper *k = kunit_kzalloc(test, sizeof(*k), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, k);
	k->xb.dev.init_name = "vsnd-held";
	k->xb.nodename = "device/vsnd/5";
	k->xb.otherend_id = BACKEND;
	k->page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, k->page);
	test->priv = k;
	kunit_activate_static_stub(test, xen_snd_front_xen_try_end, fake_try_end);
	kunit_activate_static_stub(test, xen_snd_front_xen_end, fake_end);
	kunit_activate_static_stub(test, xen_snd_front_xen_zalloc, fake_zalloc);
	kunit_activate_static_stub(test, xen_snd_front_held_later, fake_later);
	return 0;
}

static void held_finish(struct kunit *test)
{
	struct keeper *k = test->priv;

	if (!k || !k->page)
		return;
	k->maps = false;
	KUNIT_EXPECT_FALSE(test, xen_snd_front_held_sweep());
	KUNIT_EXPECT_EQ(test, page_ref_count(k->page), 1);
	put_page(k->page);
}

/* Ends so many grants of a backend's. */
static void end_of(struct keeper *k, domid_t domid, unsigned int devid, unsigned int count)
{
	struct xen_snd_front_peer peer = { .domid = domid, .devid = devid };
	unsigned int i;

	for (i = 0; i < count; i++) {
		get_page(k->page);
		xen_snd_front_held_end(peer, GREF + i, k->page);
	}
}

static void end(struct keeper *k, unsigned int count)
{
	end_of(k, BACKEND, DEVICE, count);
}

static void held_not_mapped(struct kunit *test)
{
	struct keeper *k = test->priv;

	end(k, 1);
	KUNIT_EXPECT_EQ(test, page_ref_count(k->page), 1);
	KUNIT_EXPECT_EQ(test, k->given, 0);
}

static void held_until_unmapped(struct kunit *test)
{
	struct keeper *k = test->priv;

	k->maps = true;
	end(k, 2);
	KUNIT_EXPECT_EQ(test, page_ref_count(k->page), 3);
	KUNIT_EXPECT_TRUE(test, xen_snd_front_held_sweep());
	KUNIT_EXPECT_EQ(test, page_ref_count(k->page), 3);

	k->maps = false;
	KUNIT_EXPECT_FALSE(test, xen_snd_front_held_sweep());
	KUNIT_EXPECT_EQ(test, page_ref_count(k->page), 1);
}

/* One backend's pages are not another one's fault. */
static void held_limit(struct kunit *test)
{
	struct keeper *k = test->priv;

	k->maps = true;
	end_of(k, OTHER, DEVICE, XEN_SND_FRONT_MAX_HELD);
	end_of(k, BACKEND, DEVICE + 1, XEN_SND_FRONT_MAX_HELD);
	end(k, XEN_SND_FRONT_MAX_HELD - 1);
	KUNIT_EXPECT_EQ(test, xen_snd_front_held_check(&k->xb), 0);
	end(k, 1);
	KUNIT_EXPECT_EQ(test, xen_snd_front_held_check(&k->xb), -EBUSY);

	/* The next backend of that domain need not wait for the second to end. */
	k->maps = false;
	KUNIT_EXPECT_EQ(test, xen_snd_front_held_check(&k->xb), 0);
}

/* Without memory for a note of its own, the page is Xen's to keep. */
static void held_no_memory(struct kunit *test)
{
	struct keeper *k = test->priv;

	k->maps = true;
	k->no_memory = true;
	end(k, 1);
	KUNIT_EXPECT_EQ(test, k->given, 1);
	KUNIT_EXPECT_FALSE(test, xen_snd_front_held_sweep());
}

static struct kunit_case held_cases[] = {
	KUNIT_CASE(held_not_mapped),
	KUNIT_CASE(held_until_unmapped),
	KUNIT_CASE(held_limit),
	KUNIT_CASE(held_no_memory),
	{}
};

static struct kunit_suite held_suite = {
	.name = "xen_snd_front_held",
	.init = held_init,
	.exit = held_finish,
	.test_cases = held_cases,
};

kunit_test_suites(&held_suite);
