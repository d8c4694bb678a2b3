// SPDX-License-Identifier: GPL-2.0
/*
 * Random operations on whole machines; all invariants hold after each one.
 *
 * Seed: shadowbuddy.kunit_seed=N (scripts/kunit --seed N).
 */
#include <linux/slab.h>

#include "alloc.h"
#include "check.h"
#include "helpers.h"
#include "isolate.h"
#include "workload.h"

#define MOST_HELD	1024
#define OPS		2000

/**
 * struct shape - one machine
 * @block_order: of pageblocks
 * @cma:	 its NORMAL zone ends with two CMA pageblocks
 * @shift:	 frames by which the first zone begins late, inside a pageblock
 */
struct shape {
	u8 block_order;
	bool cma;
	unsigned long shift;
};

static const struct shape shapes[] = {
	{ 4, false, 0 }, { 4, true, 5 }, { 9, false, 0 }, { 9, false, 333 },
	{ 9, true, 0 }, { 10, false, 0 }, { 10, true, 100 },
};

struct held {
	unsigned long pfn;
	unsigned int order;
};

/**
 * struct player - who does random things to a machine
 * @test:     the test
 * @sys:      the machine
 * @rng:      state of the random numbers
 * @held:     blocks that it has
 * @nr_held:  so many
 * @isolated: zone of an isolated pageblock, NULL if there is none
 * @iso_pfn:  where that is
 * @iso_type: what it was before
 * @filling:  it allocates more than it frees
 */
struct player {
	struct kunit *test;
	struct sbd_system *sys;
	u64 rng;
	struct held held[MOST_HELD];
	int nr_held;
	struct sbd_zone *isolated;
	unsigned long iso_pfn;
	int iso_type;
	bool filling;
};

static unsigned int pick(struct player *p, unsigned int n)
{
	return sbd_random(&p->rng) % n;
}

static int any_cpu(struct player *p)
{
	return pick(p, p->sys->nr_cpus);
}

static struct sbd_zone *any_zone(struct player *p)
{
	return p->sys->zone[pick(p, p->sys->nr_zones)];
}

static gfp_t any_gfp(struct player *p)
{
	static const gfp_t where[] = {
		0, 0, __GFP_DMA32, __GFP_DMA, __GFP_HIGHMEM | __GFP_MOVABLE,
	};
	static const gfp_t urgency[] = {
		__GFP_KSWAPD_RECLAIM, __GFP_KSWAPD_RECLAIM | __GFP_HIGH,
		__GFP_HIGH | __GFP_NOMEMALLOC, 0,
		__GFP_KSWAPD_RECLAIM | __GFP_DIRECT_RECLAIM,
	};
	static const gfp_t type[] = { 0, __GFP_MOVABLE, __GFP_RECLAIMABLE };
	gfp_t gfp = where[pick(p, ARRAY_SIZE(where))];

	gfp |= urgency[pick(p, ARRAY_SIZE(urgency))];
	return gfp & __GFP_MOVABLE ? gfp : gfp | type[pick(p, 3)];
}

static void note(struct player *p, unsigned long pfn, unsigned int order)
{
	struct sbd_zone *z = sbd_zone_of(p->sys, pfn);

	KUNIT_ASSERT_NOT_NULL(p->test, z);
	KUNIT_ASSERT_EQ(p->test, pfn & ((1UL << order) - 1), 0UL);
	KUNIT_ASSERT_EQ(p->test, sbd_frame(z, pfn)->state,
			(u8)SBD_FRAME_USED);
	if (pick(p, 2))
		sbd_frame(z, pfn)->flags |= SBD_FRAME_F_MOVABLE;
	p->held[p->nr_held++] = (struct held) { pfn, order };
}

static const char *do_alloc(struct player *p)
{
	unsigned int order = pick(p, 3) ? pick(p, 4) : pick(p, SBD_NR_ORDERS);
	unsigned long pfn;

	if (p->nr_held == MOST_HELD) {
		p->filling = false;
		return "nothing";
	}
	pfn = sbd_alloc(p->sys, any_cpu(p), any_gfp(p), order);
	if (pfn != SBD_PFN_NONE)
		note(p, pfn, order);
	else if (order < 4)
		p->filling = false;
	return "an allocation";
}

static const char *do_bulk(struct player *p)
{
	unsigned long pfns[48];
	unsigned int got, i;

	if (p->nr_held > MOST_HELD - 48)
		return "nothing";
	got = sbd_alloc_bulk(p->sys, any_cpu(p), any_gfp(p), 1 + pick(p, 48),
			     pfns);
	for (i = 0; i < got; i++)
		note(p, pfns[i], 0);
	return "a bulk allocation";
}

static const char *do_free(struct player *p)
{
	struct held h;
	int i;

	if (!p->nr_held) {
		p->filling = true;
		return "nothing";
	}
	i = pick(p, p->nr_held);
	h = p->held[i];
	p->held[i] = p->held[--p->nr_held];
	KUNIT_ASSERT_EQ(p->test, sbd_free(p->sys, any_cpu(p), h.pfn, h.order), 0);
	KUNIT_ASSERT_EQ(p->test, sbd_free(p->sys, any_cpu(p), h.pfn, h.order),
			-EINVAL);
	return "a free";
}

/* The pageblock lies inside a larger block, free or not. */
static bool in_larger_block(const struct sbd_zone *z, unsigned long pfn)
{
	const struct sbd_frame *f;
	unsigned int order;

	for (order = z->block_order + 1; order < SBD_NR_ORDERS; order++) {
		if (!sbd_spans(z, pfn & ~((1UL << order) - 1)))
			return false;
		f = sbd_frame(z, pfn & ~((1UL << order) - 1));
		if (f->state != SBD_FRAME_NONE && f->order >= order)
			return true;
	}
	return false;
}

/*
 * Reserves are given back before a pageblock is isolated; and before types
 * followed lists (6.10) whole pageblocks only were isolated, and larger blocks
 * taken apart or moved away first, or the counters would go wrong.
 */
static bool may_isolate(const struct sbd_zone *z, unsigned long pfn)
{
	return sbd_block_type(z, pfn) != SBD_HIGHATOMIC &&
	       (z->prof->type_hygiene ||
		(sbd_spans(z, sbd_block_start(z, pfn)) &&
		 !in_larger_block(z, pfn)));
}

static const char *do_isolate(struct player *p)
{
	struct sbd_zone *z = any_zone(p);
	unsigned long pfn = z->start_pfn + pick(p, z->spanned), flags;
	int type = sbd_block_type(z, pfn);

	if (p->isolated || !may_isolate(z, pfn))
		return "nothing";
	flags = sbd_zone_lock(z);
	if (sbd_isolate_block(z, any_cpu(p), pfn)) {
		p->isolated = z;
		p->iso_pfn = pfn;
		p->iso_type = type;
	}
	sbd_zone_unlock(z, flags);
	return "an isolation";
}

static const char *do_unisolate(struct player *p)
{
	unsigned long flags;

	if (!p->isolated)
		return "nothing";
	flags = sbd_zone_lock(p->isolated);
	sbd_unisolate_block(p->isolated, any_cpu(p), p->iso_pfn, p->iso_type);
	sbd_zone_unlock(p->isolated, flags);
	p->isolated = NULL;
	return "an un-isolation";
}

/* As compaction does: take a free block, put it back. */
static const char *do_take_off(struct player *p)
{
	struct sbd_zone *z = any_zone(p);
	struct sbd_frame *f = z->frames + pick(p, z->spanned);
	unsigned long flags;

	if (f->state != SBD_FRAME_BUDDY)
		return "nothing";
	flags = sbd_zone_lock(z);
	if (sbd_isolate_free(z, any_cpu(p), f))
		sbd_putback_isolated(z, any_cpu(p), f);
	sbd_zone_unlock(z, flags);
	return "taking a block off and back";
}

static const char *do_tune(struct player *p)
{
	struct sbd_tunables tun = p->sys->tun;

	switch (pick(p, 4)) {
	case 0:
		tun.min_free_kbytes = pick(p, 2000);
		break;
	case 1:
		tun.watermark_scale_factor = 1 + pick(p, 400);
		break;
	case 2:
		tun.percpu_pagelist_high_fraction = pick(p, 2) ? 0 : 8 + pick(p, 50);
		break;
	case 3:
		tun.watermark_boost_factor = pick(p, 20000);
		break;
	}
	KUNIT_ASSERT_EQ(p->test, sbd_tune(p->sys, &tun), 0);
	return "a change of tunables";
}

static const char *do_upkeep(struct player *p)
{
	struct sbd_zone *z = any_zone(p);

	switch (pick(p, 4)) {
	case 0:
		sbd_drain_all(p->sys);
		return "a drain";
	case 1:
		sbd_unreserve_highatomic(z, any_cpu(p), pick(p, SBD_PCPTYPES),
					 pick(p, 2));
		return "an unreserve";
	case 2:
		change_bit(SBD_ZONE_RECLAIM_ACTIVE, &z->flags);
		return "nothing";
	default:
		sbd_vmstat_update(p->sys, any_cpu(p));
		return "the vmstat worker";
	}
}

static const char *any_operation(struct player *p)
{
	unsigned int dice = pick(p, 100);

	if (dice < 80)
		return pick(p, 100) < (p->filling ? 70 : 30) ? do_alloc(p) :
							       do_free(p);
	if (dice < 84)
		return do_bulk(p);
	if (dice < 87)
		return do_isolate(p);
	if (dice < 90)
		return do_unisolate(p);
	if (dice < 93)
		return do_take_off(p);
	if (dice < 94)
		return do_tune(p);
	return do_upkeep(p);
}

/*
 *   DMA32, 2 cells         NORMAL, 4 cells               MOVABLE, 2 cells
 *  |..[shift]=============|=====================[cma][cma]|=============|
 */
static struct sbd_system *machine(struct kunit *test, const char *profile,
				  const struct shape *s)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);
	unsigned long cell = SBD_CELL_PAGES;

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, profile);
	plan->geo.block_order = s->block_order;
	plan->geo.cma = s->cma;
	plan->nr_zones = 3;
	plan->zones[0] = (struct sbd_zone_plan) {
		SBD_ZONE_DMA32, 0, SBD_TEST_PFN + s->shift, 2 * cell - s->shift, 0,
	};
	plan->zones[1] = (struct sbd_zone_plan) {
		SBD_ZONE_NORMAL, 0, SBD_TEST_PFN + 2 * cell, 4 * cell,
		s->cma ? 2UL << s->block_order : 0,
	};
	plan->zones[2] = (struct sbd_zone_plan) {
		SBD_ZONE_MOVABLE, 0, SBD_TEST_PFN + 6 * cell, 2 * cell, 0,
	};
	return sbd_test_create(test, plan);
}

/* Everything is given back, and the machine is as it was. */
static void give_all_back(struct player *p)
{
	unsigned long free = 0, all = 0;
	struct sbd_zone *z;
	int i;

	do_unisolate(p);
	while (p->nr_held)
		do_free(p);
	sbd_drain_all(p->sys);
	sbd_check_system(p->test, p->sys, "the end");
	sbd_for_each_zone(p->sys, i, z) {
		free += sbd_stat_exact(z, SBD_NR_FREE_PAGES);
		all += z->managed;
	}
	KUNIT_EXPECT_EQ(p->test, free, all);
}

static void play(struct kunit *test, const char *profile,
		 const struct shape *shape, u64 seed)
{
	struct player *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);
	const char *what;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, p);
	p->test = test;
	p->sys = machine(test, profile, shape);
	p->rng = seed;
	p->filling = true;
	sbd_check_system(test, p->sys, "creation");
	for (i = 0; i < OPS; i++) {
		what = any_operation(p);
		sbd_check_system(test, p->sys, what);
	}
	give_all_back(p);
	kunit_kfree(test, p);
}

static void play_all(struct kunit *test, const char *profile)
{
	u64 seed = sbd_test_seed(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		play(test, profile, &shapes[i], seed + i);
}

static void invariants_hold_under_6_1(struct kunit *test)
{
	play_all(test, "6.1");
}

static void invariants_hold_under_6_12_28(struct kunit *test)
{
	play_all(test, "6.12.28");
}

static void invariants_hold_under_6_12(struct kunit *test)
{
	play_all(test, "6.12");
}

/* The same seed gives the same frames: nothing depends on anything else. */
static void same_seed_same_frames(struct kunit *test)
{
	struct player *p[2];
	int i, j;

	for (i = 0; i < 2; i++) {
		p[i] = kunit_kzalloc(test, sizeof(*p[i]), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p[i]);
		p[i]->test = test;
		p[i]->sys = machine(test, "6.12", &shapes[4]);
		p[i]->rng = sbd_test_seed(test);
		for (j = 0; j < 3000; j++)
			any_operation(p[i]);
	}
	KUNIT_ASSERT_EQ(test, p[0]->nr_held, p[1]->nr_held);
	for (j = 0; j < p[0]->nr_held; j++)
		KUNIT_EXPECT_EQ(test, p[0]->held[j].pfn, p[1]->held[j].pfn);
}

static void expect_same_zone(struct kunit *test, struct sbd_zone *a,
			     struct sbd_zone *b)
{
	const struct sbd_pcp *p, *q;
	int cpu;

	KUNIT_ASSERT_EQ(test, a->flags, b->flags);
	for (cpu = 0; cpu < SBD_TEST_CPUS; cpu++) {
		p = sbd_pcp(a, cpu);
		q = sbd_pcp(b, cpu);
		KUNIT_ASSERT_EQ(test, p->count, q->count);
		KUNIT_ASSERT_EQ(test, p->high, q->high);
		KUNIT_ASSERT_EQ(test, p->free_count, q->free_count);
		KUNIT_ASSERT_EQ(test, p->free_factor, q->free_factor);
		KUNIT_ASSERT_EQ(test, p->alloc_factor, q->alloc_factor);
	}
}

/*
 * The short cut of sbd_alloc() is taken only where a zone has no CMA. Two
 * machines that differ in nothing but that word serve the same frames, and
 * are in the same state afterwards.
 */
static void without_short_cut(struct kunit *test, const char *profile)
{
	struct player *p[2];
	struct sbd_zone *z;
	int i, j;

	for (i = 0; i < 2; i++) {
		p[i] = kunit_kzalloc(test, sizeof(*p[i]), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p[i]);
		p[i]->test = test;
		p[i]->sys = machine(test, profile, &shapes[2]);
		p[i]->rng = sbd_test_seed(test);
		p[i]->filling = true;
	}
	sbd_for_each_zone(p[1]->sys, i, z)
		z->has_cma = true;
	for (j = 0; j < 5000; j++) {
		for (i = 0; i < 2; i++)
			any_operation(p[i]);
		for (i = 0; i < p[0]->sys->nr_zones; i++)
			expect_same_zone(test, p[0]->sys->zone[i],
					 p[1]->sys->zone[i]);
	}
	KUNIT_ASSERT_EQ(test, p[0]->nr_held, p[1]->nr_held);
	for (j = 0; j < p[0]->nr_held; j++)
		KUNIT_EXPECT_EQ(test, p[0]->held[j].pfn, p[1]->held[j].pfn);
}

static void short_cut_changes_nothing(struct kunit *test)
{
	int i;

	for (i = 0; sbd_test_profiles[i]; i++)
		without_short_cut(test, sbd_test_profiles[i]);
}

static struct kunit_case random_cases[] = {
	KUNIT_CASE(invariants_hold_under_6_1),
	KUNIT_CASE(invariants_hold_under_6_12_28),
	KUNIT_CASE(invariants_hold_under_6_12),
	KUNIT_CASE(same_seed_same_frames),
	KUNIT_CASE(short_cut_changes_nothing),
	{}
};

static struct kunit_suite random_suite = {
	.name = "shadowbuddy_random",
	.test_cases = random_cases,
};

kunit_test_suite(random_suite);
