// SPDX-License-Identifier: GPL-2.0
/*
 * Texts in the kernel's layouts, and the indices that they print.
 *
 * scripts/test-formats holds the layouts against the kernel's own files.
 */
#include <linux/string.h>

#include "alloc.h"
#include "format.h"
#include "helpers.h"

typedef void (*format_fn)(struct sbd_text *t, struct sbd_system *sys);

static const char *printed(struct kunit *test, format_fn fn,
			   struct sbd_system *sys)
{
	struct sbd_text t = { };
	char *copy;

	fn(&t, sys);
	KUNIT_ASSERT_EQ(test, t.error, 0);
	KUNIT_ASSERT_NOT_NULL(test, t.buf);
	KUNIT_EXPECT_EQ(test, strlen(t.buf), t.len);
	copy = kunit_kzalloc(test, t.len + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	memcpy(copy, t.buf, t.len);
	sbd_text_free(&t);
	return copy;
}

/* The text has these lines, whole, one after the other. */
static void expect_line(struct kunit *test, const char *text, const char *line)
{
	const char *at = strstr(text, line);

	KUNIT_ASSERT_NOT_NULL_MSG(test, at, "no '%s' in %s", line, text);
	KUNIT_EXPECT_EQ_MSG(test, at[strlen(line)], '\n', "'%s' goes on", line);
	KUNIT_EXPECT_TRUE(test, at == text || at[-1] == '\n');
}

/* 16 blocks of order 10; one is split down to order 5, of which two are used. */
static struct sbd_system *somewhat_used(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	sbd_test_rmqueue(z, 5, SBD_MOVABLE, 0);
	sbd_test_rmqueue(z, 5, SBD_MOVABLE, 0);
	return z->sys;
}

static void buddyinfo_counts_blocks(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, printed(test, sbd_format_buddyinfo,
					 somewhat_used(test)),
			   "Node 0, zone   Normal      0      0      0      0      0      0      1      1      1      1     15 \n");
}

static void pagetypeinfo_counts_by_type(struct kunit *test)
{
	const char *text = printed(test, sbd_format_pagetypeinfo,
				   somewhat_used(test));

	expect_line(test, text, "Page block order: 9");
	expect_line(test, text, "Pages per block:  512");
	expect_line(test, text, "Node    0, zone   Normal, type      Movable      0      0      0      0      0      0      1      1      1      1     15 ");
	expect_line(test, text, "Node    0, zone   Normal, type      Isolate      0      0      0      0      0      0      0      0      0      0      0 ");
	expect_line(test, text, "Number of blocks type     Unmovable      Movable  Reclaimable   HighAtomic      Isolate ");
	expect_line(test, text, "Node 0, zone   Normal            0           32            0            0            0 ");
	KUNIT_EXPECT_NULL(test, strstr(text, "CMA"));
}

static void map_shows_type_and_freedom(struct kunit *test)
{
	struct sbd_system *sys = somewhat_used(test);

	sbd_test_type(sys->zone[0], 1024, SBD_UNMOVABLE);
	sbd_test_type(sys->zone[0], 31 * 512, SBD_CMA);
	/* small letters: free as a whole; of a larger block, the second too */
	KUNIT_EXPECT_STREQ(test, printed(test, sbd_format_pageblocks, sys),
			   "Node 0, zone   Normal Mmummmmmmmmmmmmmmmmmmmmmmmmmmmmc\n");
}

/* 64 of the first pageblock's pages are used; the second map begins and ends askew. */
static void map_shades_by_free_pages(struct kunit *test)
{
	struct sbd_plan plan;
	struct sbd_zone *z;

	KUNIT_EXPECT_STREQ(test, printed(test, sbd_format_map,
					 somewhat_used(test)),
			   "Node 0, zone   Normal types MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM\n"
			   "Node 0, zone   Normal free  79999999999999999999999999999999\n");
	sbd_test_plan(test, &plan, "6.12");
	plan.zones[0].start_pfn += 300;
	plan.zones[0].pages -= 700;
	z = sbd_test_create(test, &plan)->zone[0];
	KUNIT_EXPECT_STREQ(test, printed(test, sbd_format_map, z->sys),
			   "Node 0, zone   Normal types MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM\n"
			   "Node 0, zone   Normal free  39999999999999999999999999999991\n");
}

static void indices_have_the_kernels_spacing(struct kunit *test)
{
	struct sbd_system *sys = somewhat_used(test);

	KUNIT_EXPECT_STREQ(test, printed(test, sbd_format_extfrag, sys),
			   "Node 0, zone   Normal -1.000 -1.000 -1.000 -1.000 -1.000 -1.000 -1.000 -1.000 -1.000 -1.000 -1.000 \n");
	KUNIT_EXPECT_STREQ(test, printed(test, sbd_format_unusable, sys),
			   "Node 0, zone   Normal 0.000 0.000 0.000 0.000 0.000 0.000 0.000 0.003 0.011 0.027 0.058 \n");
}

static void fragmentation_index_says_why(struct kunit *test)
{
	unsigned long few[SBD_NR_ORDERS] = { 4 };
	unsigned long many[SBD_NR_ORDERS] = { 1000 };
	unsigned long none[SBD_NR_ORDERS] = { };

	/* a block is there; nothing is; too little; too scattered */
	KUNIT_EXPECT_EQ(test, sbd_fragindex(few, 0), -1000);
	KUNIT_EXPECT_EQ(test, sbd_fragindex(none, 3), 0);
	KUNIT_EXPECT_EQ(test, sbd_fragindex(few, 3), 625);
	KUNIT_EXPECT_EQ(test, sbd_fragindex(many, 3), 874);
	KUNIT_EXPECT_EQ(test, sbd_fragindex(many, 9), 998);
}

static void unusable_index_is_a_share(struct kunit *test)
{
	unsigned long free[SBD_NR_ORDERS] = { 4, 0, 0, 1 };
	unsigned long none[SBD_NR_ORDERS] = { };

	KUNIT_EXPECT_EQ(test, sbd_unusable_index(free, 0), 0);
	KUNIT_EXPECT_EQ(test, sbd_unusable_index(free, 1), 333);
	KUNIT_EXPECT_EQ(test, sbd_unusable_index(free, 4), 1000);
	KUNIT_EXPECT_EQ(test, sbd_unusable_index(none, 0), 1000);
}

static void zoneinfo_shows_marks_and_lists(struct kunit *test)
{
	const char *text = printed(test, sbd_format_zoneinfo, somewhat_used(test));

	/* the kernel knows DMA; this machine has none */
	expect_line(test, text, "Node 0, zone      DMA\n  pages free     0");
	expect_line(test, text, "        min      256\n        low      320\n        high     384\n        promo    448");
	expect_line(test, text, "        spanned  16384\n        present  16384\n        managed  16384");
	expect_line(test, text, "      nr_free_pages 16320");
	expect_line(test, text, "    cpu: 2\n              count: 0\n              high:  0\n              batch: 3\n  vm stats threshold: 4");
	expect_line(test, text, "  start_pfn:           1048576");
	/* without SMP there are no thresholds */
	text = printed(test, sbd_format_zoneinfo, sbd_test_zone(test, "6.1")->sys);
	KUNIT_EXPECT_NULL(test, strstr(text, "promo"));
}

static void vmstat_adds_up(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_zone(test, "6.12")->sys;
	unsigned long pfn = sbd_alloc(sys, 0, GFP_KERNEL, 2);
	unsigned long other = sbd_alloc(sys, 1, GFP_KERNEL, 6);
	const char *text;

	sbd_alloc(sys, 0, GFP_KERNEL, 11);
	sbd_free(sys, 2, pfn, 2);
	sbd_free(sys, 2, other, 6);
	text = printed(test, sbd_format_vmstat, sys);
	expect_line(test, text, "sbd_alloc_order2 1");
	expect_line(test, text, "sbd_alloc_order6 1");
	expect_line(test, text, "sbd_free_order2 1");
	expect_line(test, text, "sbd_fail_order10 1");
	expect_line(test, text, "pgalloc_normal 68");
	expect_line(test, text, "pgfree 68");
	expect_line(test, text, "numa_hit 2");
	expect_line(test, text, "sbd_pcp_alloc 1");
	expect_line(test, text, "sbd_direct_alloc 1");
	expect_line(test, text, "sbd_claim 1");
}

static void text_grows_as_needed(struct kunit *test)
{
	struct sbd_text t = { };
	int i;

	for (i = 0; i < 20000; i++)
		sbd_text_printf(&t, "%d\n", i % 10);
	KUNIT_EXPECT_EQ(test, t.len, (size_t)40000);
	KUNIT_EXPECT_EQ(test, t.error, 0);
	KUNIT_EXPECT_EQ(test, t.buf[39998], '9');
	KUNIT_EXPECT_EQ(test, t.buf[40000], '\0');
	sbd_text_free(&t);
	KUNIT_EXPECT_NULL(test, t.buf);
}

static struct kunit_case format_cases[] = {
	KUNIT_CASE(buddyinfo_counts_blocks),
	KUNIT_CASE(pagetypeinfo_counts_by_type),
	KUNIT_CASE(map_shows_type_and_freedom),
	KUNIT_CASE(map_shades_by_free_pages),
	KUNIT_CASE(indices_have_the_kernels_spacing),
	KUNIT_CASE(fragmentation_index_says_why),
	KUNIT_CASE(unusable_index_is_a_share),
	KUNIT_CASE(zoneinfo_shows_marks_and_lists),
	KUNIT_CASE(vmstat_adds_up),
	KUNIT_CASE(text_grows_as_needed),
	{}
};

static struct kunit_suite format_suite = {
	.name = "shadowbuddy_format",
	.test_cases = format_cases,
};

kunit_test_suite(format_suite);
