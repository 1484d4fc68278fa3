// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests: the shared buffer, its page directory, and failure at every step
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <xen/interface/io/sndif.h>
#include <xen/page.h>

#include "../xen_snd_front_shbuf.h"

#define FIRST_GREF	1000
#define PER_DIR		1023

static const struct xen_snd_front_peer peer;

/*
 * @pages: page behind each grant, by number
 * @count: grants made
 * @live: grants not yet ended
 * @steps: calls that may fail, so far
 * @fail_at: the step that fails, 0 for none
 */
struct grants {
	struct page **pages;
	unsigned int count;
	unsigned int live;
	unsigned int steps;
	unsigned int fail_at;
};

static bool fails(struct grants *g)
{
	return ++g->steps == g->fail_at;
}

static int fake_grant_page(domid_t domid, struct page *page, unsigned long offset,
			   grant_ref_t *gref)
{
	struct grants *g = kunit_get_current_test()->priv;

	if (fails(g))
		return -ENOSPC;
	get_page(page);
	g->pages[g->count] = page;
	g->live++;
	*gref = FIRST_GREF + g->count++;
	return 0;
}

static bool fake_try_end(grant_ref_t gref, struct page *page)
{
	struct kunit *test = kunit_get_current_test();
	struct grants *g = test->priv;

	KUNIT_EXPECT_LT(test, gref - FIRST_GREF, g->count);
	KUNIT_EXPECT_PTR_EQ(test, page, g->pages[gref - FIRST_GREF]);
	put_page(page);
	g->live--;
	return true;
}

static int shbuf_init(struct kunit *test)
{
	struct grants *g = kunit_kzalloc(test, sizeof(*g), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, g);
	g->pages = kunit_kcalloc(test, 8192, sizeof(*g->pages), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, g->pages);
	test->priv = g;
	kunit_activate_static_stub(test, xen_snd_front_shbuf_grant_page, fake_grant_page);
	kunit_activate_static_stub(test, xen_snd_front_shbuf_try_end, fake_try_end);
	return 0;
}

/* Walks the directory as a backend does. */
static void check_dirs(struct kunit *test, const struct xen_snd_front_shbuf *buf,
		       unsigned int pages)
{
	struct grants *g = test->priv;
	const struct xensnd_page_directory *dir;
	grant_ref_t next = buf->dir_grefs[0];
	unsigned int left = pages;
	unsigned int dirs = 0;
	unsigned int i;

	while (next) {
		dir = page_address(g->pages[next - FIRST_GREF]);
		for (i = 0; i < PER_DIR && left; i++, left--)
			KUNIT_ASSERT_EQ(test, dir->gref[i], FIRST_GREF + pages - left);
		/* The unused rest says nothing. */
		for (; i < PER_DIR; i++)
			KUNIT_ASSERT_EQ(test, dir->gref[i], 0);
		next = dir->gref_dir_next_page;
		dirs++;
	}
	KUNIT_EXPECT_EQ(test, left, 0);
	KUNIT_EXPECT_EQ(test, dirs, DIV_ROUND_UP(pages, PER_DIR));
}

/* @grants: references for each of so many Xen pages, of which a kernel page holds some */
static void check_pages(struct kunit *test, void *area, unsigned int pages, unsigned int grants)
{
	unsigned int here;
	unsigned int i;

	for (i = 0; i < pages; i += XEN_PFN_PER_PAGE) {
		here = min_t(unsigned int, pages - i, XEN_PFN_PER_PAGE);
		KUNIT_ASSERT_EQ(test, page_ref_count(vmalloc_to_page(area + i * XEN_PAGE_SIZE)),
				1 + grants * here);
	}
}

static const unsigned int layouts[] = { 1, 2, 1023, 1024, 2046, 2047, 5000 };

static void layout_desc(const unsigned int *pages, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u pages", *pages);
}

KUNIT_ARRAY_PARAM(layout, layouts, layout_desc);

static void shbuf_layout(struct kunit *test)
{
	unsigned int pages = *(const unsigned int *)test->param_value;
	struct xen_snd_front_shbuf buf = {};
	struct grants *g = test->priv;
	void *area = vzalloc(pages * XEN_PAGE_SIZE);

	KUNIT_ASSERT_NOT_NULL(test, area);
	/* The last page need not be full. */
	KUNIT_EXPECT_EQ(test,
			xen_snd_front_shbuf_grant(&buf, &peer, area,
						  pages * XEN_PAGE_SIZE - 100), 0);
	KUNIT_EXPECT_EQ(test, g->live, pages + DIV_ROUND_UP(pages, PER_DIR));
	check_dirs(test, &buf, pages);
	check_pages(test, area, pages, 1);

	xen_snd_front_shbuf_end(&buf);
	KUNIT_EXPECT_EQ(test, g->live, 0);
	KUNIT_EXPECT_EQ(test, buf.num_grefs, 0);
	check_pages(test, area, pages, 0);
	vfree(area);
}

/* Every grant fails once; nothing is left. */
static void shbuf_failures(struct kunit *test)
{
	const unsigned int pages = 1025;
	struct xen_snd_front_shbuf buf = {};
	struct grants *g = test->priv;
	void *area = vzalloc(pages * XEN_PAGE_SIZE);
	unsigned int fail_at = 1;
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, area);
	do {
		g->count = 0;
		g->steps = 0;
		g->fail_at = fail_at++;
		ret = xen_snd_front_shbuf_grant(&buf, &peer, area, pages * XEN_PAGE_SIZE);
		if (ret) {
			KUNIT_ASSERT_EQ(test, g->live, 0);
			KUNIT_ASSERT_NULL(test, buf.grefs);
		}
	} while (ret);

	/* The pages and 2 directories. */
	KUNIT_EXPECT_EQ(test, g->steps, pages + 2);
	xen_snd_front_shbuf_end(&buf);
	check_pages(test, area, pages, 0);
	vfree(area);
}

/* ALSA may free the buffer while the backend still maps it: the grants keep the pages. */
static void shbuf_outlives_buffer(struct kunit *test)
{
	struct xen_snd_front_shbuf buf = {};
	struct grants *g = test->priv;
	void *area = vzalloc(3 * XEN_PAGE_SIZE);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, area);
	KUNIT_ASSERT_EQ(test, xen_snd_front_shbuf_grant(&buf, &peer, area, 3 * XEN_PAGE_SIZE), 0);
	vfree(area);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, page_ref_count(g->pages[i]),
				min_t(unsigned int, 3, XEN_PFN_PER_PAGE));
	xen_snd_front_shbuf_end(&buf);
}

static struct kunit_case shbuf_cases[] = {
	KUNIT_CASE_PARAM(shbuf_layout, layout_gen_params),
	KUNIT_CASE(shbuf_failures),
	KUNIT_CASE(shbuf_outlives_buffer),
	{}
};

static struct kunit_suite shbuf_suite = {
	.name = "xen_snd_front_shbuf",
	.init = shbuf_init,
	.test_cases = shbuf_cases,
};

kunit_test_suites(&shbuf_suite);
