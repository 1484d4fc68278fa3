// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * KUnit tests: a card's id and its names
 */

#include "xen_snd_front_fake.h"

static const struct fake_node named[] = {
	{ "dev/short-name", "Virtual sound card" },
	{ "dev/long-name", "The virtual sound card of a guest" },
	{ "dev/0/name", "Analog" },
};

/* What the toolstack writes is for people; the id is for configuration files. */
static void card_names(struct kunit *test)
{
	struct fake *f = test->priv;
	struct snd_card *snd;

	f->nodes = named;
	f->num_nodes = ARRAY_SIZE(named);
	fake_card(f);
	snd = f->card->card;
	KUNIT_EXPECT_STREQ(test, snd->id, "vsnd");
	KUNIT_EXPECT_STREQ(test, snd->driver, "vsnd");
	KUNIT_EXPECT_STREQ(test, snd->shortname, "Virtual sound card");
	KUNIT_EXPECT_STREQ(test, snd->longname, "The virtual sound card of a guest");
}

static void card_unnamed(struct kunit *test)
{
	struct fake *f = test->priv;

	fake_card(f);
	KUNIT_EXPECT_STREQ(test, f->card->card->id, "vsnd");
	KUNIT_EXPECT_STREQ(test, f->card->card->shortname, "Xen sound");
	KUNIT_EXPECT_STREQ(test, f->card->card->longname, "Xen sound at dev");
}

static struct kunit_case card_cases[] = {
	KUNIT_CASE(card_names),
	KUNIT_CASE(card_unnamed),
	{}
};

static struct kunit_suite card_suite = {
	.name = "xen_snd_front_card",
	.init = fake_new,
	.exit = fake_end,
	.test_cases = card_cases,
};

kunit_test_suites(&card_suite);
