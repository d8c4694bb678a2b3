// SPDX-License-Identifier: GPL-2.0
/*
 * The checks against marks, and the sizes of marks, reserves and lists.
 *
 * Expected figures are worked out by hand from the rules; versus_kunit.c holds
 * the checks against the kernel's own.
 */
#include "helpers.h"

static struct sbd_wmark_check ask(unsigned int order, unsigned long mark,
				  unsigned int alloc_flags)
{
	return (struct sbd_wmark_check) {
		.order = order,
		.mark = mark,
		.highest = SBD_ZONE_NORMAL,
		.alloc_flags = alloc_flags,
	};
}

/* The least number of free pages with which the answer is yes. */
static long least_free(const struct sbd_zone *z, const struct sbd_wmark_check *c)
{
	long free;

	for (free = 0; free < 2000; free++)
		if (sbd_watermark_ok_free(z, c, free))
			return free;
	return -1;
}

static void mark_and_reserve_must_be_exceeded(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	struct sbd_wmark_check c = ask(0, 100, 0);

	KUNIT_EXPECT_EQ(test, least_free(z, &c), 101L);
	z->lowmem_reserve[SBD_ZONE_NORMAL] = 20;
	KUNIT_EXPECT_EQ(test, least_free(z, &c), 121L);
	c.highest = SBD_ZONE_DMA32;
	KUNIT_EXPECT_EQ(test, least_free(z, &c), 101L);
	c = ask(3, 100, 0);
	z->lowmem_reserve[SBD_ZONE_NORMAL] = 0;
	KUNIT_EXPECT_EQ(test, least_free(z, &c), 108L);
}

static void urgent_requests_go_deeper(struct kunit *test)
{
	static const struct {
		unsigned int flags;
		long least;
	} cases[] = {
		{ 0, 101 },
		{ SBD_ALLOC_NON_BLOCK, 101 },
		{ SBD_ALLOC_MIN_RESERVE, 51 },
		{ SBD_ALLOC_MIN_RESERVE | SBD_ALLOC_NON_BLOCK, 39 },
		{ SBD_ALLOC_OOM, 51 },
		{ SBD_ALLOC_MIN_RESERVE | SBD_ALLOC_OOM, 26 },
		{ SBD_ALLOC_MIN_RESERVE | SBD_ALLOC_NON_BLOCK | SBD_ALLOC_OOM, 20 },
		{ SBD_ALLOC_CPUSET | SBD_ALLOC_KSWAPD | SBD_ALLOC_NOFRAGMENT, 101 },
	};
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	struct sbd_wmark_check c;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		c = ask(0, 100, cases[i].flags);
		KUNIT_EXPECT_EQ_MSG(test, least_free(z, &c), cases[i].least,
				    "flags 0x%x", cases[i].flags);
	}
}

/* Pages enough, but of which size and type? */
static void high_order_needs_a_block(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	struct sbd_wmark_check c = ask(3, 0, 0);

	sbd_test_occupy(z);
	sbd_test_give(z, 0, 2, SBD_MOVABLE);
	KUNIT_EXPECT_FALSE(test, sbd_watermark_ok_free(z, &c, 1000));
	sbd_test_give(z, 64, 4, SBD_RECLAIMABLE);
	KUNIT_EXPECT_TRUE(test, sbd_watermark_ok_free(z, &c, 1000));
	c.order = 5;
	KUNIT_EXPECT_FALSE(test, sbd_watermark_ok_free(z, &c, 1000));
}

static void reserved_blocks_are_for_those_who_may(struct kunit *test)
{
	static const struct {
		int mt;
		unsigned int flags;
		bool ok;
	} cases[] = {
		{ SBD_HIGHATOMIC, 0, false },
		{ SBD_HIGHATOMIC, SBD_ALLOC_MIN_RESERVE, false },
		{ SBD_HIGHATOMIC, SBD_ALLOC_HIGHATOMIC, true },
		{ SBD_HIGHATOMIC, SBD_ALLOC_OOM, true },
		{ SBD_CMA, 0, false },
		{ SBD_CMA, SBD_ALLOC_HIGHATOMIC, false },
		{ SBD_CMA, SBD_ALLOC_CMA, true },
		{ SBD_ISOLATE, SBD_ALLOC_CMA | SBD_ALLOC_OOM, false },
	};
	struct sbd_wmark_check c;
	struct sbd_zone *z;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		z = sbd_test_zone(test, "6.12");
		sbd_test_occupy(z);
		sbd_test_give(z, 0, 5, cases[i].mt);
		c = ask(3, 0, cases[i].flags);
		KUNIT_EXPECT_EQ_MSG(test, sbd_watermark_ok_free(z, &c, 1000),
				    cases[i].ok, "%s, flags 0x%x",
				    sbd_type_names[cases[i].mt], cases[i].flags);
	}
}

/* 6.1 withholds all that is reserved, 6.12 what of it is free. */
static void reserve_is_withheld(struct kunit *test)
{
	struct sbd_wmark_check c = ask(0, 100, 0);
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		z->nr_reserved_highatomic = 512;
		z->nr_free_highatomic = 30;
		c.alloc_flags = 0;
		KUNIT_EXPECT_EQ(test, least_free(z, &c),
				z->prof->highatomic_free ? 131L : 613L);
		c.alloc_flags = SBD_ALLOC_NON_BLOCK;
		KUNIT_EXPECT_EQ(test, least_free(z, &c), 101L);
	}
}

static void cma_pages_are_for_those_who_may(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	struct sbd_wmark_check c = ask(0, 100, 0);

	z->has_cma = true;
	atomic_long_set(&z->stat[SBD_NR_FREE_CMA_PAGES], 40);
	KUNIT_EXPECT_EQ(test, least_free(z, &c), 141L);
	c.alloc_flags = SBD_ALLOC_CMA;
	KUNIT_EXPECT_EQ(test, least_free(z, &c), 101L);
}

static void cheap_check_agrees_with_the_full_one(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	struct sbd_wmark_check c;
	unsigned int flags;
	long free;

	z->nr_free_highatomic = 7;
	for (flags = 0; flags < 0x400; flags += 8) {
		c = ask(0, 50, flags);
		for (free = 0; free < 90; free++) {
			sbd_test_free_pages(z, free);
			KUNIT_ASSERT_EQ_MSG(test, sbd_watermark_fast(z, &c),
					    sbd_watermark_ok(z, &c),
					    "flags 0x%x free %ld", flags, free);
		}
	}
}

static void boost_is_ignored_by_the_urgent(struct kunit *test)
{
	struct sbd_wmark_check c;
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		z->wmark[SBD_WMARK_MIN] = 100;
		z->boost = 500;
		sbd_test_free_pages(z, 300);
		c = ask(0, 600, SBD_ALLOC_MIN_RESERVE);
		c.gfp = SBD_GFP_ATOMIC_BIT;
		KUNIT_EXPECT_EQ(test, sbd_watermark_ok(z, &c), false);
		KUNIT_EXPECT_TRUE(test, sbd_watermark_fast(z, &c));
		/* which of the two is looked at changed in 6.4 */
		c.gfp = 0;
		KUNIT_EXPECT_EQ(test, sbd_watermark_fast(z, &c),
				z->prof->unboosted_by_reserve);
		c = ask(0, 600, 0);
		c.gfp = SBD_GFP_ATOMIC_BIT;
		KUNIT_EXPECT_EQ(test, sbd_watermark_fast(z, &c),
				!z->prof->unboosted_by_reserve);
		c = ask(0, 600, SBD_ALLOC_MIN_RESERVE | SBD_WMARK_LOW);
		c.gfp = SBD_GFP_ATOMIC_BIT;
		KUNIT_EXPECT_FALSE(test, sbd_watermark_fast(z, &c));
		c = ask(1, 600, SBD_ALLOC_MIN_RESERVE);
		c.gfp = SBD_GFP_ATOMIC_BIT;
		KUNIT_EXPECT_FALSE(test, sbd_watermark_fast(z, &c));
	}
}

static void safe_check_adds_the_differences(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	struct sbd_wmark_check c = ask(0, 100, SBD_ALLOC_MIN_RESERVE);

	sbd_test_free_pages(z, 98);
	z->cpus[0].stat_diff[0] = 2;
	z->cpus[2].stat_diff[0] = 1;
	KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_PAGES), 101UL);
	z->percpu_drift_mark = 0;
	KUNIT_EXPECT_FALSE(test, sbd_watermark_ok_safe(z, &c));
	z->percpu_drift_mark = 98;
	KUNIT_EXPECT_FALSE(test, sbd_watermark_ok_safe(z, &c));
	z->percpu_drift_mark = 99;
	KUNIT_EXPECT_TRUE(test, sbd_watermark_ok_safe(z, &c));
	z->cpus[1].stat_diff[0] = -120;
	KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_PAGES), 0UL);
}

/* ---- sizes ---------------------------------------------------------------- */

/* DMA32 16 MiB, NORMAL 64 MiB, MOVABLE 32 MiB */
static struct sbd_system *three_zones(struct kunit *test, const char *profile)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, profile);
	plan->nr_zones = 3;
	plan->zones[1] = (struct sbd_zone_plan) {
		SBD_ZONE_DMA32, 0, 0x80000, 4096, 0
	};
	plan->zones[2] = (struct sbd_zone_plan) {
		SBD_ZONE_MOVABLE, 0, 0x200000, 8192, 0
	};
	return sbd_test_create(test, plan);
}

static void expect_marks(struct kunit *test, const struct sbd_zone *z,
			 unsigned long min, unsigned long low,
			 unsigned long high, unsigned long promo)
{
	KUNIT_EXPECT_EQ(test, z->wmark[SBD_WMARK_MIN], min);
	KUNIT_EXPECT_EQ(test, z->wmark[SBD_WMARK_LOW], low);
	KUNIT_EXPECT_EQ(test, z->wmark[SBD_WMARK_HIGH], high);
	KUNIT_EXPECT_EQ(test, z->wmark[SBD_WMARK_PROMO], promo);
}

static void first_marks_follow_the_size(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	/* 4 * sqrt(65536 kB) = 1024 kB = 256 pages; a quarter of that apart */
	KUNIT_EXPECT_EQ(test, z->sys->tun.min_free_kbytes, 1024);
	expect_marks(test, z, 256, 320, 384, 448);
}

static void marks_follow_the_tunables(struct kunit *test)
{
	struct sbd_system *sys = three_zones(test, "6.12");
	struct sbd_tunables tun = sys->tun;

	tun.min_free_kbytes = 4000;
	KUNIT_ASSERT_EQ(test, sbd_tune(sys, &tun), 0);
	/* 1000 pages by the shares of lowmem: 4096 and 16384 of 20480 */
	expect_marks(test, sys->zone[0], 200, 250, 300, 350);
	expect_marks(test, sys->zone[1], 800, 1000, 1200, 1400);
	/* MOVABLE: 8192 / 1024, at least 32; its share is 400 */
	expect_marks(test, sys->zone[2], 32, 132, 232, 332);
	tun.watermark_scale_factor = 1000;
	KUNIT_ASSERT_EQ(test, sbd_tune(sys, &tun), 0);
	expect_marks(test, sys->zone[0], 200, 609, 1018, 1427);
}

static void movable_was_lowmem_before_6_10(struct kunit *test)
{
	struct sbd_system *sys = three_zones(test, "6.1");
	struct sbd_tunables tun = sys->tun;

	tun.min_free_kbytes = 4000;
	KUNIT_ASSERT_EQ(test, sbd_tune(sys, &tun), 0);
	/* 1000 pages by the shares of 28672 */
	expect_marks(test, sys->zone[0], 142, 177, 212, 247);
	expect_marks(test, sys->zone[1], 571, 713, 855, 997);
	expect_marks(test, sys->zone[2], 285, 356, 427, 498);
}

static void reserves_follow_the_ratios(struct kunit *test)
{
	struct sbd_system *sys = three_zones(test, "6.12");
	struct sbd_zone *dma32 = sys->zone[0], *normal = sys->zone[1];
	struct sbd_tunables tun = sys->tun;

	KUNIT_EXPECT_EQ(test, dma32->lowmem_reserve[SBD_ZONE_DMA32], 0L);
	KUNIT_EXPECT_EQ(test, dma32->lowmem_reserve[SBD_ZONE_NORMAL], 64L);
	KUNIT_EXPECT_EQ(test, dma32->lowmem_reserve[SBD_ZONE_MOVABLE], 96L);
	KUNIT_EXPECT_EQ(test, normal->lowmem_reserve[SBD_ZONE_MOVABLE], 256L);
	KUNIT_EXPECT_EQ(test, sys->zone[2]->lowmem_reserve[SBD_ZONE_DEVICE], 0L);
	KUNIT_EXPECT_EQ(test, sys->totalreserve,
			dma32->wmark[SBD_WMARK_HIGH] + 96 +
			normal->wmark[SBD_WMARK_HIGH] + 256 +
			sys->zone[2]->wmark[SBD_WMARK_HIGH]);
	tun.lowmem_reserve_ratio[SBD_ZONE_DMA32] = 100;
	tun.lowmem_reserve_ratio[SBD_ZONE_NORMAL] = 0;
	KUNIT_ASSERT_EQ(test, sbd_tune(sys, &tun), 0);
	KUNIT_EXPECT_EQ(test, dma32->lowmem_reserve[SBD_ZONE_NORMAL], 163L);
	KUNIT_EXPECT_EQ(test, normal->lowmem_reserve[SBD_ZONE_MOVABLE], 0L);
}

static void huge_pages_raise_min_free(struct kunit *test)
{
	struct sbd_plan plan;
	struct sbd_system *sys;

	sbd_test_plan(test, &plan, "6.12");
	plan.geo.thp = true;
	sys = sbd_test_create(test, &plan);
	/* 11 pageblocks a zone would be 5632 pages; 5 % of 16000 is less */
	KUNIT_EXPECT_EQ(test, sys->tun.min_free_kbytes, 800 * 4);
	plan.zones[0].pages = 262144;
	sys = sbd_test_create(test, &plan);
	KUNIT_EXPECT_EQ(test, sys->tun.min_free_kbytes, 5632 * 4);
	KUNIT_EXPECT_EQ(test, sys->zone[0]->wmark[SBD_WMARK_MIN], 5632UL);
}

static void min_free_set_by_a_user_stays(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_zone(test, "6.12")->sys;
	struct sbd_tunables tun = sys->tun;

	tun.min_free_kbytes = 5000;
	KUNIT_ASSERT_EQ(test, sbd_tune(sys, &tun), 0);
	KUNIT_EXPECT_EQ(test, sys->tun.user_min_free_kbytes, 5000);
	KUNIT_EXPECT_EQ(test, sbd_min_free_kbytes(sys), 5000);
}

static struct sbd_zone *sized(struct kunit *test, unsigned long pages,
			      const char *profile)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, profile);
	plan->zones[0].pages = pages;
	return sbd_test_create(test, plan)->zone[0];
}

static void batch_follows_the_size(struct kunit *test)
{
	static const struct {
		unsigned long pages;
		int batch;
	} cases[] = {
		{ 1024, 1 }, { 16384, 3 }, { 65536, 15 }, { 262144, 63 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ(test, sbd_zone_batch(sized(test, cases[i].pages,
							   "6.12")),
				cases[i].batch);
}

static void lists_share_the_low_mark(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.1");

	/* 320 pages for 3 CPUs */
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 2)->high, 106);
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 2)->high_max, 106);
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 2)->batch, 3);
	z = sbd_test_zone(test, "6.12");
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 1)->high_min, 106);
	/* an eighth of 16384 */
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 1)->high_max, 682);
}

static void fraction_fixes_the_lists(struct kunit *test)
{
	struct sbd_zone *z;
	struct sbd_tunables tun;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		tun = z->sys->tun;
		tun.percpu_pagelist_high_fraction = 64;
		KUNIT_ASSERT_EQ(test, sbd_tune(z->sys, &tun), 0);
		KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->high_min, 85);
		KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->high_max, 85);
		/* four batches at least */
		tun.percpu_pagelist_high_fraction = 10000;
		KUNIT_ASSERT_EQ(test, sbd_tune(z->sys, &tun), 0);
		KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->high_min, 12);
	}
}

static void drift_thresholds_follow_cpus_and_size(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	KUNIT_EXPECT_EQ(test, sbd_normal_threshold(z), 4);
	KUNIT_EXPECT_EQ(test, z->cpus[2].stat_threshold, 4);
	KUNIT_EXPECT_EQ(test, sbd_pressure_threshold(z), 21);
	z = sized(test, 262144, "6.12");
	KUNIT_EXPECT_EQ(test, sbd_normal_threshold(z), 20);
	z->sys->nr_online = 1 << 20;
	KUNIT_EXPECT_EQ(test, sbd_normal_threshold(z), 125);
	KUNIT_EXPECT_EQ(test, sbd_pressure_threshold(z), 1);
	z->sys->geo.smp = false;
	KUNIT_EXPECT_EQ(test, sbd_normal_threshold(z), 0);
}

static void drift_mark_where_drift_could_hide_the_marks(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	KUNIT_EXPECT_EQ(test, z->percpu_drift_mark, 0UL);
	z->sys->nr_online = 100;
	sbd_refresh_thresholds(z->sys);
	/* 100 CPUs * 14 pages exceed the distance of 64 */
	KUNIT_EXPECT_EQ(test, z->percpu_drift_mark, 384UL + 1400);
}

static struct kunit_case watermark_cases[] = {
	KUNIT_CASE(mark_and_reserve_must_be_exceeded),
	KUNIT_CASE(urgent_requests_go_deeper),
	KUNIT_CASE(high_order_needs_a_block),
	KUNIT_CASE(reserved_blocks_are_for_those_who_may),
	KUNIT_CASE(reserve_is_withheld),
	KUNIT_CASE(cma_pages_are_for_those_who_may),
	KUNIT_CASE(cheap_check_agrees_with_the_full_one),
	KUNIT_CASE(boost_is_ignored_by_the_urgent),
	KUNIT_CASE(safe_check_adds_the_differences),
	KUNIT_CASE(first_marks_follow_the_size),
	KUNIT_CASE(marks_follow_the_tunables),
	KUNIT_CASE(movable_was_lowmem_before_6_10),
	KUNIT_CASE(reserves_follow_the_ratios),
	KUNIT_CASE(huge_pages_raise_min_free),
	KUNIT_CASE(min_free_set_by_a_user_stays),
	KUNIT_CASE(batch_follows_the_size),
	KUNIT_CASE(lists_share_the_low_mark),
	KUNIT_CASE(fraction_fixes_the_lists),
	KUNIT_CASE(drift_thresholds_follow_cpus_and_size),
	KUNIT_CASE(drift_mark_where_drift_could_hide_the_marks),
	{}
};

static struct kunit_suite watermark_suite = {
	.name = "shadowbuddy_watermark",
	.test_cases = watermark_cases,
};

kunit_test_suite(watermark_suite);
