// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit: pages that the backend still maps
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/mm.h>

#include "../xen_snd_front_shbuf.h"

#define BACKEND	3
#define OTHER	4
#define DEVICE	5
#define GREF	700

/*
 * @xb: a device of BACKEND's
 * @page: what all grants are of
 * @maps: does a domain map anything?
 */
struct keeper {
	struct xenbus_device xb;
	struct page *page;
	bool maps;
};

static struct keeper *keeper_now(void)
{
	return kunit_get_current_test()->priv;
}

static bool fake_try_end(grant_ref_t gref, struct page *page)
{
	if (keeper_now()->maps)
		return false;
	put_page(page);
	return true;
}

/* The test looks itself. */
static void fake_later(void)
{
}

static int deferred_init(struct kunit *test)
{
	struct keeper *k = kunit_kzalloc(test, sizeof(*k), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, k);
	k->xb.dev.init_name = "vsnd-deferred";
	k->xb.nodename = "device/vsnd/5";
	k->page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, k->page);
	test->priv = k;
	kunit_activate_static_stub(test, xen_snd_front_shbuf_try_end, fake_try_end);
	kunit_activate_static_stub(test, xen_snd_front_shbuf_schedule_sweep, fake_later);
	return 0;
}

static void deferred_finish(struct kunit *test)
{
	struct keeper *k = test->priv;

	if (!k || !k->page)
		return;
	k->maps = false;
	KUNIT_EXPECT_FALSE(test, xen_snd_front_shbuf_sweep());
	KUNIT_EXPECT_EQ(test, page_ref_count(k->page), 1);
	put_page(k->page);
}

/* Ends so many grants of a backend's. */
static void end_grants_of(struct keeper *k, domid_t domid, unsigned int devid, unsigned int count)
{
	struct xen_snd_front_peer peer = { .domid = domid, .devid = devid };
	unsigned int i;

	for (i = 0; i < count; i++) {
		get_page(k->page);
		xen_snd_front_shbuf_end_grant(&peer, GREF + i, k->page);
	}
}

static void end_grants(struct keeper *k, unsigned int count)
{
	end_grants_of(k, BACKEND, DEVICE, count);
}

static void deferred_not_mapped(struct kunit *test)
{
	struct keeper *k = test->priv;

	end_grants(k, 1);
	KUNIT_EXPECT_EQ(test, page_ref_count(k->page), 1);
}

static void deferred_until_unmapped(struct kunit *test)
{
	struct keeper *k = test->priv;

	k->maps = true;
	end_grants(k, 2);
	KUNIT_EXPECT_EQ(test, page_ref_count(k->page), 3);
	KUNIT_EXPECT_TRUE(test, xen_snd_front_shbuf_sweep());
	KUNIT_EXPECT_EQ(test, page_ref_count(k->page), 3);

	k->maps = false;
	KUNIT_EXPECT_FALSE(test, xen_snd_front_shbuf_sweep());
	KUNIT_EXPECT_EQ(test, page_ref_count(k->page), 1);
}

/* One backend's pages are not another one's fault. */
static void deferred_limit(struct kunit *test)
{
	struct keeper *k = test->priv;
	struct xen_snd_front_peer peer = { .dev = &k->xb, .domid = BACKEND, .devid = DEVICE };

	k->maps = true;
	end_grants_of(k, OTHER, DEVICE, XEN_SND_FRONT_MAX_DEFERRED);
	end_grants_of(k, BACKEND, DEVICE + 1, XEN_SND_FRONT_MAX_DEFERRED);
	end_grants(k, XEN_SND_FRONT_MAX_DEFERRED - 1);
	KUNIT_EXPECT_EQ(test, xen_snd_front_shbuf_check(&peer), 0);
	end_grants(k, 1);
	KUNIT_EXPECT_EQ(test, xen_snd_front_shbuf_check(&peer), -EBUSY);

	/* The next backend of that domain need not wait for the second to end. */
	k->maps = false;
	KUNIT_EXPECT_EQ(test, xen_snd_front_shbuf_check(&peer), 0);
}

static struct kunit_case deferred_cases[] = {
	KUNIT_CASE(deferred_not_mapped),
	KUNIT_CASE(deferred_until_unmapped),
	KUNIT_CASE(deferred_limit),
	{}
};

static struct kunit_suite deferred_suite = {
	.name = "xen_snd_front_deferred",
	.init = deferred_init,
	.exit = deferred_finish,
	.test_cases = deferred_cases,
};

kunit_test_suites(&deferred_suite);
