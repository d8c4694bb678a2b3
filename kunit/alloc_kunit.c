// SPDX-License-Identifier: GPL-2.0
/* The entry points: sbd_alloc(), sbd_alloc_bulk(), sbd_free(). */
#include "alloc.h"
#include "check.h"
#include "helpers.h"

static void blocks_come_and_go(struct kunit *test)
{
	unsigned long pfn[SBD_NR_ORDERS];
	struct sbd_zone *z;
	unsigned int o;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		for (o = 0; o < SBD_NR_ORDERS; o++) {
			pfn[o] = sbd_alloc(z->sys, 1, GFP_KERNEL, o);
			KUNIT_ASSERT_NE(test, pfn[o], SBD_PFN_NONE);
			KUNIT_EXPECT_EQ(test, pfn[o] & ((1UL << o) - 1), 0UL);
		}
		sbd_check_system(test, z->sys, "allocations");
		for (o = 0; o < SBD_NR_ORDERS; o++)
			KUNIT_EXPECT_EQ(test, sbd_free(z->sys, 2, pfn[o], o), 0);
		sbd_check_system(test, z->sys, "frees");
		sbd_drain_all(z->sys);
		KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_PAGES),
				SBD_TEST_PAGES);
		KUNIT_EXPECT_EQ(test, z->area[10].nr_free, 16UL);
	}
}

static void wrong_frees_are_refused(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	unsigned long pfn = sbd_alloc(z->sys, 0, GFP_KERNEL, 2);

	KUNIT_EXPECT_EQ(test, sbd_free(z->sys, 0, pfn, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, sbd_free(z->sys, 0, pfn + 1, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, sbd_free(z->sys, 0, 0, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, sbd_free(z->sys, 0, SBD_PFN_NONE, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, sbd_free(z->sys, 0, SBD_TEST_PFN + SBD_TEST_PAGES,
				       0), -EINVAL);
	KUNIT_EXPECT_EQ(test, sbd_free(z->sys, 0, pfn, 2), 0);
	KUNIT_EXPECT_EQ(test, sbd_free(z->sys, 0, pfn, 2), -EINVAL);
	sbd_check_system(test, z->sys, "wrong frees");
}

static void impossible_requests_fail_and_count(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	KUNIT_EXPECT_EQ(test, sbd_alloc(z->sys, 0, GFP_KERNEL, 11), SBD_PFN_NONE);
	KUNIT_EXPECT_EQ(test, atomic64_read(&z->sys->fail[10]), 1LL);
	KUNIT_EXPECT_EQ(test, sbd_alloc(z->sys, 0, __GFP_MOVABLE |
					__GFP_RECLAIMABLE, 0), SBD_PFN_NONE);
	KUNIT_EXPECT_EQ(test, sbd_alloc(z->sys, 0, __GFP_DMA, 0), SBD_PFN_NONE);
	KUNIT_EXPECT_EQ(test, atomic64_read(&z->sys->fail[0]), 2LL);
}

/* A page at hand must not hide that the zone has fallen below its high mark. */
static void page_at_hand_and_the_high_mark(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		sbd_alloc(z->sys, 0, GFP_KERNEL, 0);
		KUNIT_ASSERT_GT(test, sbd_pcp(z, 0)->count, 0);
		sbd_test_free_pages(z, z->wmark[SBD_WMARK_HIGH] + 1);
		sbd_alloc(z->sys, 0, GFP_KERNEL, 0);
		KUNIT_EXPECT_FALSE(test, test_bit(SBD_ZONE_BELOW_HIGH, &z->flags));
		sbd_test_free_pages(z, z->wmark[SBD_WMARK_HIGH]);
		KUNIT_ASSERT_GT(test, sbd_pcp(z, 0)->count, 0);
		sbd_alloc(z->sys, 0, GFP_KERNEL, 0);
		KUNIT_EXPECT_EQ(test, test_bit(SBD_ZONE_BELOW_HIGH, &z->flags),
				z->prof->below_high);
	}
}

static void zone_can_be_used_up(struct kunit *test)
{
	struct sbd_zone *z;
	unsigned long pfn;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		do {
			pfn = sbd_alloc(z->sys, 0, GFP_KERNEL, 0);
		} while (pfn != SBD_PFN_NONE);
		KUNIT_EXPECT_LE(test, sbd_stat_exact(z, SBD_NR_FREE_PAGES), 260UL);
		sbd_check_system(test, z->sys, "exhaustion");
	}
}

/* ---- bulk ----------------------------------------------------------------- */

static void bulk_comes_from_the_lists(struct kunit *test)
{
	struct sbd_zone *z;
	unsigned long pfns[40];
	int i, n;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		KUNIT_ASSERT_EQ(test, sbd_alloc_bulk(z->sys, 0, GFP_KERNEL, 40,
						     pfns), 40U);
		for (n = 0; n < 40; n++)
			KUNIT_EXPECT_EQ(test, pfns[n], SBD_TEST_PFN + n);
		KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->served.alloc[0], 40ULL);
		sbd_check_system(test, z->sys, "a bulk allocation");
	}
}

static void bulk_of_none_is_none(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	unsigned long pfn;

	KUNIT_EXPECT_EQ(test, sbd_alloc_bulk(z->sys, 0, GFP_KERNEL, 0, &pfn), 0U);
	KUNIT_EXPECT_EQ(test, sbd_alloc_bulk(z->sys, 0, __GFP_DMA, 5, &pfn), 0U);
}

/* Too few pages above the low mark for all: one comes the ordinary way. */
static void bulk_beyond_the_mark_is_one(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	unsigned long pfns[40];

	sbd_test_free_pages(z, z->wmark[SBD_WMARK_LOW] + 40);
	KUNIT_EXPECT_EQ(test, sbd_alloc_bulk(z->sys, 0, GFP_KERNEL, 40, pfns), 1U);
	z = sbd_test_zone(test, "6.12");
	sbd_test_free_pages(z, z->wmark[SBD_WMARK_LOW] + 41);
	KUNIT_EXPECT_EQ(test, sbd_alloc_bulk(z->sys, 0, GFP_KERNEL, 40, pfns), 40U);
}

static void bulk_leaves_the_frees_of_late_alone(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	unsigned long pfns[4];

	sbd_pcp(z, 0)->free_count = 80;
	sbd_alloc_bulk(z->sys, 0, GFP_KERNEL, 4, pfns);
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->free_count, 80);
	sbd_alloc(z->sys, 0, GFP_KERNEL, 0);
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->free_count, 40);
}

/* ---- where a freed page goes ---------------------------------------------- */

static void reserved_pages_leak_to_movable(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	sbd_test_occupy(z);
	sbd_test_type(z, 512, SBD_HIGHATOMIC);
	KUNIT_EXPECT_EQ(test, sbd_free(z->sys, 0, SBD_TEST_PFN + 600, 0), 0);
	KUNIT_EXPECT_STREQ(test, sbd_test_pcp(test, z, 0, 1), "600");
}

static void isolated_pages_go_past_the_lists(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		sbd_test_occupy(z);
		sbd_test_type(z, 512, SBD_ISOLATE);
		KUNIT_EXPECT_EQ(test, sbd_free(z->sys, 0, SBD_TEST_PFN + 600, 0), 0);
		KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->count, 0);
		KUNIT_EXPECT_STREQ(test, sbd_test_list(test, z, 0, SBD_ISOLATE),
				   "600");
	}
}

/* A block of order 10 whose pageblocks have different types by now. */
static void large_block_is_freed_by_pageblock(struct kunit *test)
{
	struct sbd_zone *z;
	unsigned long pfn;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		pfn = sbd_alloc(z->sys, 0, GFP_HIGHUSER_MOVABLE, 10);
		sbd_test_type(z, pfn - SBD_TEST_PFN + 512, SBD_CMA);
		KUNIT_EXPECT_EQ(test, sbd_free(z->sys, 0, pfn, 10), 0);
		KUNIT_EXPECT_EQ(test, z->area[9].nr_free,
				z->prof->type_hygiene ? 2UL : 0UL);
	}
}

static void calls_are_counted_where_served(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	unsigned long a = sbd_alloc(z->sys, 0, GFP_KERNEL, 3);
	unsigned long b = sbd_alloc(z->sys, 0, GFP_KERNEL, 5);

	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->served.alloc[3], 1ULL);
	KUNIT_EXPECT_EQ(test, z->served.alloc[5], 1ULL);
	sbd_free(z->sys, 1, a, 3);
	sbd_free(z->sys, 1, b, 5);
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 1)->served.free[3], 1ULL);
	KUNIT_EXPECT_EQ(test, z->served.free[5], 1ULL);
	KUNIT_EXPECT_EQ(test, z->event[SBD_EV_DIRECT_ALLOC], 1ULL);
	KUNIT_EXPECT_EQ(test, z->event[SBD_EV_DIRECT_FREE], 1ULL);
}

static struct kunit_case alloc_cases[] = {
	KUNIT_CASE(blocks_come_and_go),
	KUNIT_CASE(wrong_frees_are_refused),
	KUNIT_CASE(impossible_requests_fail_and_count),
	KUNIT_CASE(page_at_hand_and_the_high_mark),
	KUNIT_CASE(zone_can_be_used_up),
	KUNIT_CASE(bulk_comes_from_the_lists),
	KUNIT_CASE(bulk_of_none_is_none),
	KUNIT_CASE(bulk_beyond_the_mark_is_one),
	KUNIT_CASE(bulk_leaves_the_frees_of_late_alone),
	KUNIT_CASE(reserved_pages_leak_to_movable),
	KUNIT_CASE(isolated_pages_go_past_the_lists),
	KUNIT_CASE(large_block_is_freed_by_pageblock),
	KUNIT_CASE(calls_are_counted_where_served),
	{}
};

static struct kunit_suite alloc_suite = {
	.name = "shadowbuddy_alloc",
	.test_cases = alloc_cases,
};

kunit_test_suite(alloc_suite);
