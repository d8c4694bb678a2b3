// SPDX-License-Identifier: GPL-2.0
/*
 * Would compaction help, and is it put off: small cases by hand, many at random
 * against the kernel's own functions.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/vmstat.h>
/* needs the ones above */
#include <linux/compaction.h>

#include "compat.h"
#include "helpers.h"
#include "suitable.h"
#include "workload.h"

#define STATES	5000

/* ---- the indices --------------------------------------------------------- */

/* Only numbers matter here, not lists. */
static void blocks_are_free(struct sbd_zone *z, unsigned int order, unsigned long n)
{
	unsigned int o;

	for (o = 0; o < SBD_NR_ORDERS; o++)
		z->area[o].nr_free = 0;
	z->area[order].nr_free = n;
	sbd_test_free_pages(z, n << order);
}

static void index_tells_fragments_from_want(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	blocks_are_free(z, 0, 0);
	KUNIT_EXPECT_EQ(test, sbd_zone_fragindex(z, 4), 0);
	blocks_are_free(z, 0, 1000);
	KUNIT_EXPECT_EQ(test, sbd_zone_fragindex(z, 4), 1000 - (1000 + 62500) / 1000);
	KUNIT_EXPECT_EQ(test, sbd_zone_fragindex(z, 0), -1000);
	blocks_are_free(z, 3, 1);
	KUNIT_EXPECT_EQ(test, sbd_zone_fragindex(z, 3), -1000);
	KUNIT_EXPECT_EQ(test, sbd_zone_fragindex(z, 4), 1000 - 1500);
}

static void extfrag_is_a_share_of_what_is_free(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	blocks_are_free(z, 0, 0);
	KUNIT_EXPECT_EQ(test, sbd_zone_extfrag(z, 9), 0U);
	blocks_are_free(z, 9, 3);
	KUNIT_EXPECT_EQ(test, sbd_zone_extfrag(z, 9), 0U);
	z->area[0].nr_free = 512;
	KUNIT_EXPECT_EQ(test, sbd_zone_extfrag(z, 9), 25U);
	KUNIT_EXPECT_EQ(test, sbd_zone_extfrag(z, 10), 100U);
	KUNIT_EXPECT_EQ(test, sbd_zone_extfrag(z, 0), 0U);
}

/* ---- suitability --------------------------------------------------------- */

static enum sbd_compact_result suit(struct sbd_zone *z, unsigned int order)
{
	return sbd_compact_suitable(z, order, SBD_ZONE_NORMAL, SBD_WMARK_MIN);
}

static void zone_with_a_block_needs_none(struct kunit *test)
{
	struct sbd_zone *z;
	int p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		z = sbd_test_zone(test, sbd_test_profiles[p]);
		KUNIT_EXPECT_EQ(test, suit(z, 9), SBD_COMPACT_SUCCESS);
	}
}

/* Every second page of a zone is free: singles on the MOVABLE list. */
static struct sbd_zone *singles(struct kunit *test, const char *profile,
				unsigned long n)
{
	struct sbd_zone *z = sbd_test_zone(test, profile);
	unsigned long i;

	sbd_test_occupy(z);
	for (i = 0; i < n; i++)
		sbd_test_give(z, 2 * i, 0, SBD_MOVABLE);
	sbd_test_free_pages(z, n);
	return z;
}

/* min + 2 << order for small orders, low + 2 << order for costly ones. */
static void room_is_twice_the_request_above_the_mark(struct kunit *test)
{
	struct sbd_zone *z;
	long room;
	int p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		z = singles(test, sbd_test_profiles[p], 4000);
		room = z->wmark[SBD_WMARK_MIN] + (2 << 3);
		sbd_test_free_pages(z, room);
		KUNIT_EXPECT_EQ(test, suit(z, 3), SBD_COMPACT_SKIPPED);
		sbd_test_free_pages(z, room + 1);
		KUNIT_EXPECT_EQ(test, suit(z, 3), SBD_COMPACT_CONTINUE);
		room = z->wmark[SBD_WMARK_LOW] + (2 << 9);
		sbd_test_free_pages(z, room);
		KUNIT_EXPECT_EQ(test, suit(z, 9), SBD_COMPACT_SKIPPED);
		sbd_test_free_pages(z, room + 1);
		KUNIT_EXPECT_EQ(test, suit(z, 9), SBD_COMPACT_CONTINUE);
	}
}

static void costly_order_heeds_the_threshold(struct kunit *test)
{
	struct sbd_zone *z = singles(test, "6.12", 4000);
	int index = sbd_zone_fragindex(z, 9);

	KUNIT_ASSERT_GT(test, index, 500);
	z->sys->vm.extfrag_threshold = index;
	KUNIT_EXPECT_EQ(test, suit(z, 9), SBD_COMPACT_SKIPPED);
	z->sys->vm.extfrag_threshold = index - 1;
	KUNIT_EXPECT_EQ(test, suit(z, 9), SBD_COMPACT_CONTINUE);
	z->sys->vm.extfrag_threshold = 1000;
	KUNIT_EXPECT_EQ(test, suit(z, 3), SBD_COMPACT_CONTINUE);
}

static void zonelist_is_suitable_if_a_zone_has_room(struct kunit *test)
{
	struct sbd_zone *z = singles(test, "6.12", 4000);
	struct sbd_request rq;

	KUNIT_ASSERT_TRUE(test, sbd_test_request(&rq, z->sys, 0, GFP_KERNEL, 9));
	KUNIT_EXPECT_TRUE(test, sbd_compact_zonelist_suitable(&rq, SBD_WMARK_MIN));
	sbd_test_free_pages(z, 500);
	KUNIT_EXPECT_FALSE(test, sbd_compact_zonelist_suitable(&rq, SBD_WMARK_MIN));
	rq.order = 0;
	KUNIT_EXPECT_FALSE(test, sbd_compact_zonelist_suitable(&rq, SBD_WMARK_MIN));
}

/* ---- deferral ------------------------------------------------------------ */

static unsigned int put_off(struct sbd_zone *z, unsigned int order)
{
	unsigned int n = 0;

	while (sbd_compact_deferred(z, order))
		n++;
	return n;
}

static void deferral_doubles_up_to_64(struct kunit *test)
{
	static const unsigned int want[] = { 1, 3, 7, 15, 31, 63, 63, 63 };
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	int i;

	KUNIT_EXPECT_EQ(test, put_off(z, 4), 0U);
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		sbd_compact_defer(z, 4);
		KUNIT_EXPECT_FALSE(test, sbd_compact_restarting(z, 4));
		KUNIT_EXPECT_EQ(test, put_off(z, 4), want[i]);
	}
	KUNIT_EXPECT_TRUE(test, sbd_compact_restarting(z, 4));
	KUNIT_EXPECT_FALSE(test, sbd_compact_restarting(z, -1));
}

static void success_resets_and_hope_raises_the_order(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	sbd_compact_defer(z, 4);
	sbd_compact_defer(z, 4);
	sbd_compact_defer_reset(z, 4, false);
	KUNIT_EXPECT_EQ(test, put_off(z, 4), 0U);
	KUNIT_EXPECT_EQ(test, put_off(z, 5), 3U);
	sbd_compact_defer_reset(z, 3, true);
	KUNIT_EXPECT_EQ(test, z->compact.order_failed, 5);
	KUNIT_EXPECT_EQ(test, put_off(z, 5), 0U);
	sbd_compact_defer(z, 2);
	KUNIT_EXPECT_EQ(test, z->compact.order_failed, 2);
}

/* ---- against the kernel's own -------------------------------------------- */

/**
 * struct pair - one state, twice
 * @test: the test
 * @rng:  state of the random numbers
 * @live: the kernel's form
 * @ours: the model's, under the profile of the kernel that runs
 */
struct pair {
	struct kunit *test;
	u64 rng;
	struct zone *live;
	struct sbd_zone *ours;
};

static unsigned long pick(struct pair *p, unsigned long n)
{
	return sbd_random(&p->rng) % n;
}

static void pair_init(struct kunit *test, struct pair *p)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, "auto");
	sbd_geometry_running(&plan->geo);
	p->test = test;
	p->rng = sbd_test_seed(test);
	p->ours = sbd_test_create(test, plan)->zone[0];
	p->live = kunit_kzalloc(test, sizeof(*p->live), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p->live);
}

/* One entry, itself nowhere, makes a list that is not empty. */
static void random_area(struct pair *p, unsigned int order, unsigned long n)
{
	int mt;

	p->live->free_area[order].nr_free = n;
	p->ours->area[order].nr_free = n;
	for (mt = 0; mt < MIGRATE_TYPES; mt++)
		INIT_LIST_HEAD(&p->live->free_area[order].free_list[mt]);
	for (mt = 0; mt < SBD_NR_TYPES; mt++)
		sbd_list_init(&p->ours->area[order].list[mt]);
	if (!n)
		return;
	p->live->free_area[order].free_list[MIGRATE_MOVABLE].next =
		(struct list_head *)p->live;
	p->ours->area[order].list[SBD_MOVABLE].head = 0;
}

/* Free memory in blocks below a random order. */
static void random_state(struct pair *p)
{
	unsigned int order, most = 1 + pick(p, SBD_NR_ORDERS);
	unsigned long n, free = 0;

	for (order = 0; order < SBD_NR_ORDERS; order++) {
		n = order < most && pick(p, 3) ? pick(p, 1UL << pick(p, 12)) : 0;
		random_area(p, order, n);
		free += n << order;
	}
	atomic_long_set(&p->live->vm_stat[NR_FREE_PAGES], free);
	sbd_test_free_pages(p->ours, free);
}

static void random_marks(struct pair *p)
{
	unsigned long mark = pick(p, 2000);
	int i;

	for (i = 0; i < 3; i++, mark += pick(p, 500)) {
		p->live->_watermark[i] = mark;
		p->ours->wmark[i] = mark;
	}
	p->ours->boost = 0;
}

static void indices_are_the_kernels(struct kunit *test)
{
	unsigned int order;
	struct pair p;
	int i;

	pair_init(test, &p);
	for (i = 0; i < STATES; i++) {
		random_state(&p);
		order = pick(&p, SBD_NR_ORDERS);
		KUNIT_ASSERT_EQ_MSG(test, sbd_zone_fragindex(p.ours, order),
				    fragmentation_index(p.live, order),
				    "state %d order %u", i, order);
		if (p.ours->stat[SBD_NR_FREE_PAGES].counter)
			KUNIT_ASSERT_EQ_MSG(test, sbd_zone_extfrag(p.ours, order),
					    extfrag_for_order(p.live, order),
					    "state %d order %u", i, order);
	}
}

/* What 6.12 splits in two, 6.1 has in one; the mark is the request's. */
static bool live_continues(struct zone *z, unsigned int order)
{
#ifdef SBD_LIVE_SUITABLE_IS_BOOL
	return !zone_watermark_ok(z, order, min_wmark_pages(z), 0, 0) &&
	       compaction_suitable(z, order, 0);
#else
	return compaction_suitable(z, order, 0, 0) == COMPACT_CONTINUE;
#endif
}

static void suitability_is_the_kernels(struct kunit *test)
{
	unsigned int order;
	struct pair p;
	int i, yes = 0;
	bool live;

	pair_init(test, &p);
	for (i = 0; i < SBD_NR_ZONES; i++)
		p.ours->lowmem_reserve[i] = 0;
	/* a tracepoint names the node */
	p.live->zone_pgdat = NODE_DATA(0);
	p.live->name = "fake";
	for (i = 0; i < STATES; i++) {
		random_state(&p);
		random_marks(&p);
		order = 1 + pick(&p, SBD_MAX_ORDER);
		live = live_continues(p.live, order);
		KUNIT_ASSERT_EQ_MSG(test,
				    sbd_compact_suitable(p.ours, order, 0, SBD_WMARK_MIN) ==
				    SBD_COMPACT_CONTINUE, live,
				    "state %d order %u", i, order);
		yes += live;
	}
	KUNIT_EXPECT_GT(test, yes, STATES / 20);
	KUNIT_EXPECT_LT(test, yes, STATES * 19 / 20);
}

static void reset_of_deferral_is_the_kernels(struct kunit *test)
{
	struct pair p;
	int i, order;
	bool success;

	pair_init(test, &p);
	p.live->zone_pgdat = NODE_DATA(0);
	p.live->name = "fake";
	for (i = 0; i < STATES; i++) {
		order = pick(&p, SBD_NR_ORDERS);
		success = pick(&p, 2);
		p.ours->compact.considered = pick(&p, 64);
		p.ours->compact.defer_shift = pick(&p, 7);
		p.ours->compact.order_failed = pick(&p, SBD_NR_ORDERS);
		p.live->compact_considered = p.ours->compact.considered;
		p.live->compact_defer_shift = p.ours->compact.defer_shift;
		p.live->compact_order_failed = p.ours->compact.order_failed;
		compaction_defer_reset(p.live, order, success);
		sbd_compact_defer_reset(p.ours, order, success);
		KUNIT_ASSERT_EQ(test, p.ours->compact.considered,
				p.live->compact_considered);
		KUNIT_ASSERT_EQ(test, p.ours->compact.defer_shift,
				p.live->compact_defer_shift);
		KUNIT_ASSERT_EQ(test, p.ours->compact.order_failed,
				p.live->compact_order_failed);
	}
}

static struct kunit_case suitable_cases[] = {
	KUNIT_CASE(index_tells_fragments_from_want),
	KUNIT_CASE(extfrag_is_a_share_of_what_is_free),
	KUNIT_CASE(zone_with_a_block_needs_none),
	KUNIT_CASE(room_is_twice_the_request_above_the_mark),
	KUNIT_CASE(costly_order_heeds_the_threshold),
	KUNIT_CASE(zonelist_is_suitable_if_a_zone_has_room),
	KUNIT_CASE(deferral_doubles_up_to_64),
	KUNIT_CASE(success_resets_and_hope_raises_the_order),
	KUNIT_CASE(indices_are_the_kernels),
	KUNIT_CASE(suitability_is_the_kernels),
	KUNIT_CASE(reset_of_deferral_is_the_kernels),
	{}
};

static struct kunit_suite suitable_suite = {
	.name = "shadowbuddy_suitable",
	.test_cases = suitable_cases,
};

kunit_test_suite(suitable_suite);
