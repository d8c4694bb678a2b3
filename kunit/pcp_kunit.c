// SPDX-License-Identifier: GPL-2.0
/* Per-CPU lists: refill, free, drains; the vmstat worker's part. */
#include "check.h"
#include "helpers.h"

/* The ordinary zone: batch 3, high 106 (6.12: to 682). */

static long get(struct sbd_zone *z, int cpu, unsigned int order, int mt)
{
	return sbd_test_offset(z, sbd_pcp_alloc(z, cpu, order, mt, 0));
}

static bool put(struct sbd_zone *z, int cpu, long offset, unsigned int order)
{
	struct sbd_frame *f = z->frames + offset;
	int mt = sbd_block_type(z, z->start_pfn + offset);

	f->mt = mt;
	return sbd_pcp_free(z, cpu, f, order, mt < SBD_PCPTYPES ? mt :
							      SBD_MOVABLE);
}

static void lists_are_found_by_order_and_type(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	KUNIT_EXPECT_EQ(test, sbd_pindex(z, 0, SBD_UNMOVABLE), 0);
	KUNIT_EXPECT_EQ(test, sbd_pindex(z, 0, SBD_RECLAIMABLE), 2);
	KUNIT_EXPECT_EQ(test, sbd_pindex(z, 3, SBD_MOVABLE), 10);
	KUNIT_EXPECT_EQ(test, sbd_pindex(z, 9, SBD_UNMOVABLE), 12);
	KUNIT_EXPECT_EQ(test, sbd_pindex(z, 9, SBD_RECLAIMABLE), 12);
	KUNIT_EXPECT_EQ(test, sbd_pindex(z, 9, SBD_MOVABLE), 13);
	KUNIT_EXPECT_EQ(test, sbd_pindex_order(z, 11), 3U);
	KUNIT_EXPECT_EQ(test, sbd_pindex_order(z, 12), 9U);
	KUNIT_EXPECT_TRUE(test, sbd_pcp_order(z, 3));
	KUNIT_EXPECT_FALSE(test, sbd_pcp_order(z, 4));
	KUNIT_EXPECT_TRUE(test, sbd_pcp_order(z, 9));
	KUNIT_EXPECT_FALSE(test, sbd_pcp_order(z, 10));
}

static void no_huge_pages_no_lists_for_them(struct kunit *test)
{
	struct sbd_plan plan;
	struct sbd_zone *z;

	sbd_test_plan(test, &plan, "6.12");
	plan.geo.thp_pcp_lists = 0;
	z = sbd_test_create(test, &plan)->zone[0];
	KUNIT_EXPECT_FALSE(test, sbd_pcp_order(z, 9));
	KUNIT_EXPECT_TRUE(test, sbd_pcp_order(z, 3));
}

static void refill_brings_a_batch_ascending(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		KUNIT_EXPECT_EQ(test, get(z, 1, 0, SBD_MOVABLE), 0L);
		KUNIT_EXPECT_STREQ(test, sbd_test_pcp(test, z, 1, 1), "1 2");
		KUNIT_EXPECT_EQ(test, sbd_pcp(z, 1)->count, 2);
		KUNIT_EXPECT_EQ(test, sbd_pcp(z, 1)->refilled, 3ULL);
		KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_PAGES),
				SBD_TEST_PAGES - 3);
		/* another CPU has lists of its own */
		KUNIT_EXPECT_EQ(test, get(z, 2, 0, SBD_MOVABLE), 3L);
		KUNIT_EXPECT_NULL(test, sbd_check_zone(test, z));
	}
}

static void refill_of_higher_orders_is_shorter(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		sbd_pcp(z, 0)->batch = 31;
		sbd_pcp(z, 0)->high_min = 500;
		sbd_pcp(z, 0)->high_max = 500;
		get(z, 0, 2, SBD_MOVABLE);
		KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->refilled, 7ULL << 2);
		get(z, 0, 3, SBD_MOVABLE);
		KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->refilled,
				(7ULL << 2) + (3ULL << 3));
		/* two at the least */
		get(z, 0, 9, SBD_MOVABLE);
		KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->refilled,
				(7ULL << 2) + (3ULL << 3) + (2ULL << 9));
	}
}

/* From 6.7 refills double while nothing is freed: 3, 6, 12, 24, ... */
static void refills_grow_with_demand(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	int i;

	for (i = 0; i < 3 + 6 + 12 + 1; i++)
		KUNIT_EXPECT_EQ(test, get(z, 0, 0, SBD_MOVABLE), (long)i);
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->refills, 4ULL);
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->count, 23);
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->alloc_factor, 4);
	/* high rises with them */
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->high, 106 + 3 + 6 + 12 + 24);
	put(z, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->alloc_factor, 2);
	z = sbd_test_zone(test, "6.1");
	for (i = 0; i < 3 + 3 + 1; i++)
		get(z, 0, 0, SBD_MOVABLE);
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->refills, 3ULL);
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->high, 106);
}

static void high_stays_where_the_zone_is_short(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	set_bit(SBD_ZONE_BELOW_HIGH, &z->flags);
	get(z, 0, 0, SBD_MOVABLE);
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->high, 106);
	/* a list that may not even hold a batch gets single pages */
	sbd_pcp(z, 1)->high_min = 2;
	sbd_pcp(z, 1)->high_max = 2;
	get(z, 1, 0, SBD_MOVABLE);
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 1)->refilled, 1ULL);
}

static void last_freed_is_first_used(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	int i;

	for (i = 0; i < 3; i++)
		get(z, 0, 0, SBD_MOVABLE);
	put(z, 0, 0, 0);
	put(z, 0, 2, 0);
	KUNIT_EXPECT_STREQ(test, sbd_test_pcp(test, z, 0, 1), "2 0");
	KUNIT_EXPECT_EQ(test, get(z, 0, 0, SBD_MOVABLE), 2L);
}

static void pop_takes_only_what_is_there(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	KUNIT_EXPECT_NULL(test, sbd_pcp_pop(z, 0, SBD_MOVABLE));
	get(z, 0, 0, SBD_MOVABLE);
	KUNIT_EXPECT_EQ(test, sbd_test_offset(z, sbd_pcp_pop(z, 0, SBD_MOVABLE)),
			1L);
	KUNIT_EXPECT_NULL(test, sbd_pcp_pop(z, 0, SBD_UNMOVABLE));
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->refills, 1ULL);
}

/* Take @n pages on CPU 0; they are frames 0 .. n - 1. */
static void take_pages(struct kunit *test, struct sbd_zone *z, int n)
{
	int i;

	for (i = 0; i < n; i++)
		KUNIT_ASSERT_EQ(test, get(z, 0, 0, SBD_MOVABLE), (long)i);
	sbd_drain_zone(z, 0);
	KUNIT_ASSERT_EQ(test, sbd_pcp(z, 0)->count, 0);
	sbd_pcp(z, 0)->drains = 0;
	sbd_pcp(z, 0)->drained = 0;
}

/* 6.1: at high a batch goes back, then two, then four: high is a ceiling. */
static void full_lists_give_growing_batches(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.1");
	int i, at = 105;

	take_pages(test, z, 200);
	for (i = 0; i < 105; i++)
		put(z, 0, i, 0);
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->drains, 0ULL);
	put(z, 0, at++, 0);
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->count, 103);
	for (i = 0; i < 3; i++)
		put(z, 0, at++, 0);
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->count, 100);
	for (i = 0; i < 6; i++)
		put(z, 0, at++, 0);
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->count, 94);
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->free_factor, 3);
	/* an allocation halves that again */
	get(z, 0, 0, SBD_MOVABLE);
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->free_factor, 1);
	KUNIT_EXPECT_NULL(test, sbd_check_zone(test, z));
}

/* 6.7: what goes back is what was freed of late. */
static void full_lists_give_what_was_freed(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	struct sbd_pcp *pcp = sbd_pcp(z, 0);
	int i;

	take_pages(test, z, 300);
	pcp->high_max = 106;
	for (i = 0; i < 105; i++)
		put(z, 0, i, 0);
	KUNIT_EXPECT_EQ(test, pcp->drains, 0ULL);
	/* it counts no further than 32 batches */
	KUNIT_EXPECT_EQ(test, pcp->free_count, 96);
	put(z, 0, 105, 0);
	KUNIT_EXPECT_EQ(test, pcp->drained, 96ULL);
	KUNIT_EXPECT_EQ(test, pcp->count, 10);
	get(z, 0, 0, SBD_MOVABLE);
	KUNIT_EXPECT_EQ(test, pcp->free_count, 48);
}

/* 6.7: with room above, high follows the frees. */
static void high_follows_the_frees(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	struct sbd_pcp *pcp = sbd_pcp(z, 0);
	int i;

	take_pages(test, z, 300);
	pcp->high = 106;
	pcp->free_count = 0;
	sbd_pcp(z, 0)->batch = 20;
	for (i = 0; i < 106; i++)
		put(z, 0, i, 0);
	KUNIT_EXPECT_EQ(test, pcp->high, 126);
	/* this drain went by the old one: 106 - 20 */
	KUNIT_EXPECT_EQ(test, pcp->count, 20);
}

/* 6.7: where pages are short high sinks; a drain looks whether they still are. */
static void high_sinks_while_pages_are_short(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	struct sbd_pcp *pcp = sbd_pcp(z, 0);
	int i;

	take_pages(test, z, 300);
	pcp->high = 150;
	pcp->free_count = 0;
	set_bit(SBD_ZONE_BELOW_HIGH, &z->flags);
	put(z, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, pcp->high, 147);
	for (i = 1; i < 105; i++)
		put(z, 0, i, 0);
	KUNIT_EXPECT_EQ(test, pcp->high, 106);
	KUNIT_EXPECT_TRUE(test, test_bit(SBD_ZONE_BELOW_HIGH, &z->flags));
	put(z, 0, 105, 0);
	KUNIT_EXPECT_EQ(test, pcp->drains, 1ULL);
	KUNIT_EXPECT_FALSE(test, test_bit(SBD_ZONE_BELOW_HIGH, &z->flags));
	/* while it is below, the flag stays */
	z->wmark[SBD_WMARK_HIGH] = 2 * SBD_TEST_PAGES;
	set_bit(SBD_ZONE_BELOW_HIGH, &z->flags);
	for (i = 106; i < 300; i++)
		put(z, 0, i, 0);
	KUNIT_EXPECT_GT(test, pcp->drains, 1ULL);
	KUNIT_EXPECT_TRUE(test, test_bit(SBD_ZONE_BELOW_HIGH, &z->flags));
}

static void reclaim_keeps_lists_short(struct kunit *test)
{
	struct sbd_zone *z;
	int p, i;

	for (p = 0; sbd_test_profiles[p]; p++) {
		z = sbd_test_zone(test, sbd_test_profiles[p]);
		take_pages(test, z, 100);
		set_bit(SBD_ZONE_RECLAIM_ACTIVE, &z->flags);
		for (i = 0; i < 11; i++)
			put(z, 0, i, 0);
		KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->drains, 0ULL);
		/* four batches */
		put(z, 0, 11, 0);
		KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->drains, 1ULL);
	}
}

/*
 * A drain begins with the list of the page just freed, at its tail, empties
 * it, and goes on to the next one.
 */
static void drain_goes_round_the_lists(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.1");
	struct sbd_pcp *pcp = sbd_pcp(z, 0);
	int i;

	sbd_test_type(z, 15360, SBD_RECLAIMABLE);
	take_pages(test, z, 8);
	sbd_test_take(z, 15360, 0);
	sbd_test_take(z, 15361, 0);
	for (i = 0; i < 8; i++)
		put(z, 0, i, 0);
	put(z, 0, 15360, 0);
	KUNIT_EXPECT_STREQ(test, sbd_test_pcp(test, z, 0, 1), "7 6 5 4 3 2 1 0");
	pcp->high = 10;
	pcp->free_factor = 2;
	put(z, 0, 15361, 0);
	/* 10 - 3 = 7 pages: both of RECLAIMABLE, the oldest five of MOVABLE */
	KUNIT_EXPECT_STREQ(test, sbd_test_pcp(test, z, 0, 2), "");
	KUNIT_EXPECT_STREQ(test, sbd_test_pcp(test, z, 0, 1), "7 6 5");
	KUNIT_EXPECT_NULL(test, sbd_check_zone(test, z));
}

/* A run of frees of order 1 to 3 goes straight back, so that it can merge. */
static void run_of_higher_orders_goes_back(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	struct sbd_pcp *pcp = sbd_pcp(z, 0);

	take_pages(test, z, 4);
	sbd_test_take(z, 1024, 3);
	sbd_test_take(z, 2048, 3);
	sbd_test_take(z, 3072, 3);
	pcp->free_count = 0;
	pcp->flags = 0;
	put(z, 0, 1024, 3);
	KUNIT_EXPECT_EQ(test, pcp->count, 8);
	put(z, 0, 2048, 3);
	KUNIT_EXPECT_EQ(test, pcp->count, 0);
	/* an order-0 page between them ends the run */
	put(z, 0, 0, 0);
	put(z, 0, 3072, 3);
	KUNIT_EXPECT_EQ(test, pcp->count, 9);

	z = sbd_test_zone(test, "6.1");
	pcp = sbd_pcp(z, 0);
	take_pages(test, z, 4);
	sbd_test_take(z, 1024, 3);
	sbd_test_take(z, 2048, 3);
	put(z, 0, 1024, 3);
	KUNIT_EXPECT_EQ(test, pcp->count, 8);
	pcp->free_factor = 1;
	put(z, 0, 2048, 3);
	KUNIT_EXPECT_EQ(test, pcp->count, 0);
}

/* In 6.1 a page goes back under the type that it came with. */
static void drained_type(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		sbd_test_occupy(z);
		put(z, 0, 512, 0);
		sbd_test_type(z, 512, SBD_UNMOVABLE);
		sbd_drain_zone(z, 0);
		KUNIT_EXPECT_STREQ(test, sbd_test_list(test, z, 0, SBD_UNMOVABLE),
				   z->prof->type_hygiene ? "512" : "");
		KUNIT_EXPECT_STREQ(test, sbd_test_list(test, z, 0, SBD_MOVABLE),
				   z->prof->type_hygiene ? "" : "512");
	}
	/* but not while pageblocks are isolated */
	z = sbd_test_zone(test, "6.1");
	sbd_test_occupy(z);
	put(z, 0, 512, 0);
	sbd_test_type(z, 512, SBD_ISOLATE);
	z->nr_isolate = 1;
	sbd_drain_zone(z, 0);
	KUNIT_EXPECT_STREQ(test, sbd_test_list(test, z, 0, SBD_ISOLATE), "512");
}

/* ---- the vmstat worker ---------------------------------------------------- */

static void worker_folds_the_differences(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	get(z, 1, 0, SBD_MOVABLE);
	KUNIT_EXPECT_EQ(test, z->cpus[1].stat_diff[0], -3);
	KUNIT_EXPECT_TRUE(test, sbd_vmstat_update(z->sys, 1));
	KUNIT_EXPECT_EQ(test, z->cpus[1].stat_diff[0], 0);
	KUNIT_EXPECT_EQ(test, sbd_zone_stat(z, SBD_NR_FREE_PAGES),
			SBD_TEST_PAGES - 3);
	sbd_pcp(z, 1)->high = sbd_pcp(z, 1)->high_min;
	KUNIT_EXPECT_FALSE(test, sbd_vmstat_update(z->sys, 1));
}

static void high_decays_to_its_minimum(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	struct sbd_pcp *pcp = sbd_pcp(z, 0);

	pcp->high = 600;
	KUNIT_EXPECT_TRUE(test, sbd_decay_high(z, 0));
	KUNIT_EXPECT_EQ(test, pcp->high, 525);
	pcp->high = 110;
	KUNIT_EXPECT_FALSE(test, sbd_decay_high(z, 0));
	KUNIT_EXPECT_EQ(test, pcp->high, 106);
	KUNIT_EXPECT_FALSE(test, sbd_decay_high(z, 0));
}

/* From 6.12.69 in batches, before that at once; at most 32 batches a time. */
static void decay_gives_pages_back(struct kunit *test)
{
	static const struct {
		const char *profile;
		u64 drains;
	} cases[] = { { "6.12.68", 1 }, { "6.12.69", 32 } };
	struct sbd_pcp *pcp;
	struct sbd_zone *z;
	int c, i;

	for (c = 0; c < ARRAY_SIZE(cases); c++) {
		z = sbd_test_zone(test, cases[c].profile);
		pcp = sbd_pcp(z, 0);
		take_pages(test, z, 300);
		pcp->high_min = 400;
		for (i = 0; i < 300; i++)
			put(z, 0, i, 0);
		pcp->high_min = 106;
		pcp->high = 150;
		KUNIT_ASSERT_EQ(test, pcp->count, 300);
		KUNIT_EXPECT_TRUE(test, sbd_decay_high(z, 0));
		KUNIT_EXPECT_EQ(test, pcp->high, 204);
		KUNIT_EXPECT_EQ(test, pcp->count, 204);
		KUNIT_EXPECT_EQ(test, pcp->drains, cases[c].drains);
	}
}

static void zone_drain_comes_in_chunks(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	struct sbd_pcp *pcp = sbd_pcp(z, 0);
	int i;

	take_pages(test, z, 300);
	pcp->high_min = 400;
	for (i = 0; i < 300; i++)
		put(z, 0, i, 0);
	sbd_drain_zone(z, 0);
	KUNIT_EXPECT_EQ(test, pcp->count, 0);
	/* 96, 96, 96, 12 */
	KUNIT_EXPECT_EQ(test, pcp->drains, 4ULL);
	KUNIT_EXPECT_NULL(test, sbd_check_zone(test, z));
}

/* Node 0 has the CPUs; a list for node 1's zone idles, and loses a batch. */
static void idle_remote_list_expires(struct kunit *test)
{
	struct sbd_plan plan;
	struct sbd_zone *z;
	int i;

	sbd_test_plan(test, &plan, "6.12");
	plan.nr_zones = 2;
	plan.zones[1] = plan.zones[0];
	plan.zones[1].nid = 1;
	plan.zones[1].start_pfn += SBD_TEST_PAGES;
	z = sbd_test_create(test, &plan)->zone[1];
	take_pages(test, z, 30);
	for (i = 0; i < 30; i++)
		put(z, 0, i, 0);
	sbd_pcp(z, 0)->high = sbd_pcp(z, 0)->high_min;
	sbd_vmstat_update(z->sys, 0);
	/* as a run leaves it that has folded something */
	sbd_pcp(z, 0)->expire = 3;
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_TRUE(test, sbd_vmstat_update(z->sys, 0));
		KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->count, 30);
	}
	KUNIT_EXPECT_TRUE(test, sbd_vmstat_update(z->sys, 0));
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->count, 27);
	/* its own node's list is left alone */
	z = z->sys->zone[0];
	get(z, 0, 0, SBD_MOVABLE);
	for (i = 0; i < 9; i++)
		sbd_vmstat_update(z->sys, 0);
	KUNIT_EXPECT_EQ(test, sbd_pcp(z, 0)->count, 2);
}

static struct kunit_case pcp_cases[] = {
	KUNIT_CASE(lists_are_found_by_order_and_type),
	KUNIT_CASE(no_huge_pages_no_lists_for_them),
	KUNIT_CASE(refill_brings_a_batch_ascending),
	KUNIT_CASE(refill_of_higher_orders_is_shorter),
	KUNIT_CASE(refills_grow_with_demand),
	KUNIT_CASE(high_stays_where_the_zone_is_short),
	KUNIT_CASE(last_freed_is_first_used),
	KUNIT_CASE(pop_takes_only_what_is_there),
	KUNIT_CASE(full_lists_give_growing_batches),
	KUNIT_CASE(full_lists_give_what_was_freed),
	KUNIT_CASE(high_follows_the_frees),
	KUNIT_CASE(high_sinks_while_pages_are_short),
	KUNIT_CASE(reclaim_keeps_lists_short),
	KUNIT_CASE(drain_goes_round_the_lists),
	KUNIT_CASE(run_of_higher_orders_goes_back),
	KUNIT_CASE(drained_type),
	KUNIT_CASE(worker_folds_the_differences),
	KUNIT_CASE(high_decays_to_its_minimum),
	KUNIT_CASE(decay_gives_pages_back),
	KUNIT_CASE(zone_drain_comes_in_chunks),
	KUNIT_CASE(idle_remote_list_expires),
	{}
};

static struct kunit_suite pcp_suite = {
	.name = "shadowbuddy_pcp",
	.test_cases = pcp_cases,
};

kunit_test_suite(pcp_suite);
