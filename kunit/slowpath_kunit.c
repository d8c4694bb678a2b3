// SPDX-License-Identifier: GPL-2.0
/* What a request may do when the first walk finds nothing. */
#include "alloc.h"
#include "helpers.h"
#include "slowpath.h"

static unsigned int flags_of(struct kunit *test, const char *profile, gfp_t gfp,
			     unsigned int order)
{
	struct sbd_zone *z = sbd_test_zone(test, profile);
	struct sbd_request rq;

	KUNIT_ASSERT_TRUE(test, sbd_test_request(&rq, z->sys, 0, gfp, order));
	return sbd_slow_flags(&rq);
}

#define K	__GFP_KSWAPD_RECLAIM
#define D	__GFP_DIRECT_RECLAIM
#define H	__GFP_HIGH

static void flags_follow_the_mask(struct kunit *test)
{
	static const struct {
		gfp_t gfp;
		unsigned int order;
		unsigned int flags;
	} cases[] = {
		{ K | D, 0, SBD_ALLOC_CPUSET | SBD_ALLOC_KSWAPD },
		{ K | D, 3, SBD_ALLOC_CPUSET | SBD_ALLOC_KSWAPD },
		{ K | D | H, 0, SBD_ALLOC_CPUSET | SBD_ALLOC_KSWAPD |
				SBD_ALLOC_MIN_RESERVE },
		{ K | H, 0, SBD_ALLOC_KSWAPD | SBD_ALLOC_MIN_RESERVE |
			    SBD_ALLOC_NON_BLOCK },
		{ K | H, 2, SBD_ALLOC_KSWAPD | SBD_ALLOC_MIN_RESERVE |
			    SBD_ALLOC_NON_BLOCK | SBD_ALLOC_HIGHATOMIC },
		{ K, 0, SBD_ALLOC_CPUSET | SBD_ALLOC_KSWAPD |
			SBD_ALLOC_NON_BLOCK },
		{ K, 2, SBD_ALLOC_CPUSET | SBD_ALLOC_KSWAPD |
			SBD_ALLOC_NON_BLOCK },
		{ K | H | __GFP_NOMEMALLOC, 2, SBD_ALLOC_KSWAPD |
					       SBD_ALLOC_MIN_RESERVE },
		{ __GFP_NOMEMALLOC, 2, SBD_ALLOC_CPUSET },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_EXPECT_EQ_MSG(test, flags_of(test, "6.12", cases[i].gfp,
						   cases[i].order),
				    cases[i].flags, "case %d", i);
		KUNIT_EXPECT_EQ_MSG(test, flags_of(test, "6.1", cases[i].gfp,
						   cases[i].order),
				    cases[i].flags, "case %d", i);
	}
}

/* Until 6.12.57 and 6.1.158 whoever could not wait had the reserve. */
static void reserve_once_needed_no_urgency(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, flags_of(test, "6.12.56", K, 1) &
				SBD_ALLOC_HIGHATOMIC);
	KUNIT_EXPECT_FALSE(test, flags_of(test, "6.12.57", K, 1) &
				 SBD_ALLOC_HIGHATOMIC);
	KUNIT_EXPECT_TRUE(test, flags_of(test, "6.1.157", K, 1) &
				SBD_ALLOC_HIGHATOMIC);
	KUNIT_EXPECT_FALSE(test, flags_of(test, "6.1.158", K, 1) &
				 SBD_ALLOC_HIGHATOMIC);
}

/* Take blocks of 16 pages, past the per-CPU lists, until there are none. */
static unsigned long left_after(struct kunit *test, const char *profile,
				gfp_t gfp)
{
	struct sbd_zone *z = sbd_test_zone(test, profile);
	int cpu;

	for (cpu = 0; cpu < SBD_TEST_CPUS; cpu++)
		z->cpus[cpu].stat_threshold = 0;
	while (sbd_alloc(z->sys, 0, gfp, 4) != SBD_PFN_NONE)
		;
	KUNIT_EXPECT_EQ(test, atomic64_read(&z->sys->fail[4]), 1LL);
	return sbd_stat_exact(z, SBD_NR_FREE_PAGES);
}

/*
 * The min mark is 256. A request of 16 pages wants 15 more than its mark: the
 * least that a success can find is mark + 16, and leaves mark.
 */
static void urgency_decides_how_deep(struct kunit *test)
{
	static const struct {
		gfp_t gfp;
		unsigned long mark;
	} cases[] = {
		{ K | D, 256 }, { K, 256 }, { K | D | H, 128 },
		{ K | H, 96 }, { K | H | __GFP_NOMEMALLOC, 128 },
	};
	int i, p;

	for (p = 0; sbd_test_profiles[p]; p++)
		for (i = 0; i < ARRAY_SIZE(cases); i++)
			KUNIT_EXPECT_EQ_MSG(test,
					    left_after(test, sbd_test_profiles[p],
						       cases[i].gfp),
					    cases[i].mark, "%s, case %d",
					    sbd_test_profiles[p], i);
}

static void kswapd_is_woken_if_the_request_may(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	sbd_test_free_pages(z, 0);
	KUNIT_EXPECT_EQ(test, sbd_alloc(z->sys, 0, 0, 2), SBD_PFN_NONE);
	KUNIT_EXPECT_EQ(test, atomic64_read(&z->sys->kswapd_wakes), 0LL);
	KUNIT_EXPECT_EQ(test, sbd_alloc(z->sys, 0, K, 2), SBD_PFN_NONE);
	/* before each of the two walks */
	KUNIT_EXPECT_EQ(test, atomic64_read(&z->sys->kswapd_wakes), 2LL);
}

static unsigned int wanted_order;
static int wanted_highest;

static void note_wake(struct sbd_zone *z, unsigned int order, int highest)
{
	wanted_order = order;
	wanted_highest = highest;
}

static void kswapd_learns_what_is_wanted(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	z->sys->hooks.wake_kswapd = note_wake;
	sbd_test_free_pages(z, 0);
	sbd_alloc(z->sys, 0, GFP_HIGHUSER_MOVABLE, 2);
	KUNIT_EXPECT_EQ(test, wanted_order, 2U);
	KUNIT_EXPECT_EQ(test, wanted_highest, SBD_ZONE_MOVABLE);
}

/* Success in the slow path keeps a pageblock for the next of its kind. */
static void urgent_success_reserves_a_pageblock(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.1");
	unsigned long pfn;

	sbd_test_free_pages(z, z->wmark[SBD_WMARK_LOW]);
	pfn = sbd_alloc(z->sys, 0, K | H, 2);
	KUNIT_ASSERT_NE(test, pfn, SBD_PFN_NONE);
	KUNIT_EXPECT_EQ(test, sbd_block_type(z, pfn), SBD_HIGHATOMIC);
	KUNIT_EXPECT_EQ(test, z->nr_reserved_highatomic, 512UL);
}

static struct kunit_case slowpath_cases[] = {
	KUNIT_CASE(flags_follow_the_mask),
	KUNIT_CASE(reserve_once_needed_no_urgency),
	KUNIT_CASE(urgency_decides_how_deep),
	KUNIT_CASE(kswapd_is_woken_if_the_request_may),
	KUNIT_CASE(kswapd_learns_what_is_wanted),
	KUNIT_CASE(urgent_success_reserves_a_pageblock),
	{}
};

static struct kunit_suite slowpath_suite = {
	.name = "shadowbuddy_slowpath",
	.test_cases = slowpath_cases,
};

kunit_test_suite(slowpath_suite);
