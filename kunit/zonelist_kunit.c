// SPDX-License-Identifier: GPL-2.0
/* Which zones a request may use, in which order; the walk over them. */
#include "helpers.h"
#include "trace.h"
#include "zonelist.h"

#define GFP_MOVABLE_ANYWHERE	(__GFP_HIGHMEM | __GFP_MOVABLE)

/* DMA32 16 MiB, NORMAL 64 MiB, MOVABLE 32 MiB; on @nodes nodes, but for DMA32 */
static struct sbd_system *machine(struct kunit *test, const char *profile,
				  int nodes)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);
	unsigned long base;
	int nid;

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, profile);
	plan->nr_zones = 0;
	plan->zones[plan->nr_zones++] = (struct sbd_zone_plan) {
		SBD_ZONE_DMA32, 0, 0x80000, 4096, 0
	};
	for (nid = 0; nid < nodes; nid++) {
		base = SBD_TEST_PFN + nid * 0x100000UL;
		plan->zones[plan->nr_zones++] = (struct sbd_zone_plan) {
			SBD_ZONE_NORMAL, nid, base, SBD_TEST_PAGES, 0
		};
		plan->zones[plan->nr_zones++] = (struct sbd_zone_plan) {
			SBD_ZONE_MOVABLE, nid, base + 0x80000, 8192, 0
		};
	}
	return sbd_test_create(test, plan);
}

static const char *route(struct kunit *test, const struct sbd_node *node)
{
	char *text = kunit_kzalloc(test, 128, GFP_KERNEL);
	int i, len = 0;

	KUNIT_ASSERT_NOT_NULL(test, text);
	for (i = 0; i < node->nr_zonelist; i++)
		len += scnprintf(text + len, 128 - len, "%s%d%s", i ? " " : "",
				 node->zonelist[i]->nid,
				 sbd_zone_names[node->zonelist[i]->idx]);
	return text;
}

static void own_node_first_then_high_to_low(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12", 2);

	KUNIT_EXPECT_STREQ(test, route(test, &sys->nodes[0]),
			   "0Movable 0Normal 0DMA32 1Movable 1Normal");
	KUNIT_EXPECT_STREQ(test, route(test, &sys->nodes[1]),
			   "1Movable 1Normal 0Movable 0Normal 0DMA32");
	KUNIT_EXPECT_EQ(test, sys->nodes[0].first[SBD_ZONE_NORMAL], 1);
	KUNIT_EXPECT_EQ(test, sys->nodes[0].first[SBD_ZONE_DMA32], 2);
	KUNIT_EXPECT_EQ(test, sys->nodes[0].first[SBD_ZONE_DMA], 5);
}

static void zone_follows_the_mask(struct kunit *test)
{
	static const struct {
		gfp_t gfp;
		int zone;
	} cases[] = {
		{ GFP_KERNEL, SBD_ZONE_NORMAL },
		{ GFP_KERNEL | __GFP_DMA, SBD_ZONE_DMA },
		{ GFP_KERNEL | __GFP_DMA32, SBD_ZONE_DMA32 },
		{ GFP_KERNEL | __GFP_MOVABLE, SBD_ZONE_NORMAL },
		{ GFP_KERNEL | __GFP_HIGHMEM, SBD_ZONE_NORMAL },
		{ GFP_HIGHUSER_MOVABLE, SBD_ZONE_MOVABLE },
	};
	struct sbd_geometry geo = {
		.zones = BIT(SBD_ZONE_DMA) | BIT(SBD_ZONE_DMA32),
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, sbd_gfp_zone(&geo, cases[i].gfp),
				    cases[i].zone, "case %d", i);
	/* a kernel without such zones */
	geo.zones = 0;
	KUNIT_EXPECT_EQ(test, sbd_gfp_zone(&geo, __GFP_DMA), SBD_ZONE_NORMAL);
	KUNIT_EXPECT_EQ(test, sbd_gfp_zone(&geo, __GFP_DMA32), SBD_ZONE_NORMAL);
}

static void type_follows_the_mask(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12", 1);
	struct sbd_request rq;

	KUNIT_EXPECT_EQ(test, sbd_gfp_type(sys, GFP_KERNEL), SBD_UNMOVABLE);
	KUNIT_EXPECT_EQ(test, sbd_gfp_type(sys, GFP_KERNEL | __GFP_MOVABLE),
			SBD_MOVABLE);
	KUNIT_EXPECT_EQ(test, sbd_gfp_type(sys, GFP_KERNEL | __GFP_RECLAIMABLE),
			SBD_RECLAIMABLE);
	/* both is none */
	KUNIT_EXPECT_FALSE(test, sbd_test_request(&rq, sys, 0, GFP_KERNEL |
						  __GFP_MOVABLE |
						  __GFP_RECLAIMABLE, 0));
	sys->grouped = false;
	KUNIT_EXPECT_EQ(test, sbd_gfp_type(sys, GFP_KERNEL | __GFP_MOVABLE),
			SBD_UNMOVABLE);
}

static void first_attempt_avoids_mixing(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12", 2);
	struct sbd_request rq;

	KUNIT_ASSERT_TRUE(test, sbd_test_request(&rq, sys, 0, GFP_KERNEL, 0));
	KUNIT_EXPECT_EQ(test, rq.alloc_flags, SBD_WMARK_LOW | SBD_ALLOC_KSWAPD |
			SBD_ALLOC_NOFRAGMENT);
	/* MOVABLE is preferred: there is nothing to keep apart */
	KUNIT_ASSERT_TRUE(test, sbd_test_request(&rq, sys, 0,
						 GFP_MOVABLE_ANYWHERE, 0));
	KUNIT_EXPECT_EQ(test, rq.alloc_flags, SBD_WMARK_LOW + 0U);
	/* node 1 has no DMA32 to use instead */
	sys->cpu_node[1] = 1;
	KUNIT_ASSERT_TRUE(test, sbd_test_request(&rq, sys, 1, GFP_KERNEL, 0));
	KUNIT_EXPECT_FALSE(test, rq.alloc_flags & SBD_ALLOC_NOFRAGMENT);
	sys->geo.cma = true;
	KUNIT_ASSERT_TRUE(test, sbd_test_request(&rq, sys, 0,
						 GFP_MOVABLE_ANYWHERE, 0));
	KUNIT_EXPECT_TRUE(test, rq.alloc_flags & SBD_ALLOC_CMA);
}

static void impossible_requests_end_at_once(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12", 1);
	struct sbd_request rq;

	KUNIT_EXPECT_FALSE(test, sbd_test_request(&rq, sys, 0, __GFP_DMA, 0));
	KUNIT_EXPECT_FALSE(test, sbd_test_request(&rq, sys, 0, 0, 11));
	KUNIT_EXPECT_TRUE(test, sbd_test_request(&rq, sys, 0, 0, 10));
}

/* Zone and node that a request is served from, as "0Normal"; "-" for none. */
static const char *served(struct kunit *test, struct sbd_system *sys, int cpu,
			  gfp_t gfp, unsigned int order)
{
	char *text = kunit_kzalloc(test, 16, GFP_KERNEL);
	struct sbd_request rq = { };

	KUNIT_ASSERT_NOT_NULL(test, text);
	if (!sbd_test_request(&rq, sys, cpu, gfp, order) || !sbd_walk(&rq))
		return "-";
	snprintf(text, 16, "%d%s", rq.zone->nid, sbd_zone_names[rq.zone->idx]);
	return text;
}

static struct sbd_zone *zone_at(struct sbd_system *sys, int nid, int type)
{
	return sys->nodes[nid].zones[type];
}

static void short_zone_is_passed_over(struct kunit *test)
{
	struct sbd_system *sys;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		sys = machine(test, sbd_test_profiles[i], 1);
		KUNIT_EXPECT_STREQ(test, served(test, sys, 0, GFP_KERNEL, 0),
				   "0Normal");
		sbd_test_free_pages(zone_at(sys, 0, SBD_ZONE_NORMAL), 200);
		KUNIT_EXPECT_STREQ(test, served(test, sys, 0, GFP_KERNEL, 0),
				   "0DMA32");
		KUNIT_EXPECT_STREQ(test, served(test, sys, 0,
						GFP_HIGHUSER_MOVABLE, 0),
				   "0Movable");
		sbd_test_free_pages(zone_at(sys, 0, SBD_ZONE_DMA32), 10);
		KUNIT_EXPECT_STREQ(test, served(test, sys, 0, GFP_KERNEL, 0), "-");
	}
}

static void lower_zone_keeps_its_reserve(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12", 1);
	struct sbd_zone *low = zone_at(sys, 0, SBD_ZONE_DMA32);
	long mark = low->wmark[SBD_WMARK_LOW];

	sbd_test_free_pages(zone_at(sys, 0, SBD_ZONE_NORMAL), 0);
	/* NORMAL requests leave 64 pages more than DMA32's own do */
	sbd_test_free_pages(low, mark + 64);
	KUNIT_EXPECT_STREQ(test, served(test, sys, 0, GFP_KERNEL, 0), "-");
	KUNIT_EXPECT_STREQ(test, served(test, sys, 0, GFP_KERNEL | __GFP_DMA32,
					0), "0DMA32");
	sbd_test_free_pages(low, mark + 65);
	KUNIT_EXPECT_STREQ(test, served(test, sys, 0, GFP_KERNEL, 0), "0DMA32");
}

/* From 6.7 a zone is marked when free pages fall below the high mark. */
static void below_high_is_noted(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = zone_at(machine(test, sbd_test_profiles[i], 1), 0,
			    SBD_ZONE_NORMAL);
		served(test, z->sys, 0, GFP_KERNEL, 0);
		KUNIT_EXPECT_FALSE(test, test_bit(SBD_ZONE_BELOW_HIGH, &z->flags));
		sbd_test_free_pages(z, z->wmark[SBD_WMARK_HIGH]);
		KUNIT_EXPECT_STREQ(test, served(test, z->sys, 0, GFP_KERNEL, 0),
				   "0Normal");
		KUNIT_EXPECT_EQ(test, test_bit(SBD_ZONE_BELOW_HIGH, &z->flags),
				z->prof->below_high);
	}
}

static void no_watermarks_takes_all_the_same(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12", 1);
	struct sbd_request rq;

	sbd_test_free_pages(zone_at(sys, 0, SBD_ZONE_NORMAL), 0);
	KUNIT_ASSERT_TRUE(test, sbd_test_request(&rq, sys, 0, GFP_KERNEL, 0));
	rq.alloc_flags |= SBD_ALLOC_NO_WATERMARKS;
	KUNIT_EXPECT_NOT_NULL(test, sbd_walk(&rq));
	KUNIT_EXPECT_PTR_EQ(test, rq.zone, zone_at(sys, 0, SBD_ZONE_NORMAL));
}

/* NORMAL would have to mix types: DMA32, with a pageblock to spare, serves. */
static void lower_zone_before_mixed_types(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12", 1);
	struct sbd_zone *z = zone_at(sys, 0, SBD_ZONE_NORMAL);

	sbd_test_occupy(z);
	sbd_test_give(z, 512, 8, SBD_MOVABLE);
	sbd_test_free_pages(z, 10000);
	KUNIT_EXPECT_STREQ(test, served(test, sys, 0, GFP_KERNEL, 4), "0DMA32");
	/* if that has none either, NORMAL mixes */
	sbd_test_occupy(zone_at(sys, 0, SBD_ZONE_DMA32));
	KUNIT_EXPECT_STREQ(test, served(test, sys, 0, GFP_KERNEL, 4), "0Normal");
}

static void mixed_types_before_another_node(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12", 2);

	sbd_test_occupy(zone_at(sys, 0, SBD_ZONE_DMA32));
	sbd_test_occupy(zone_at(sys, 0, SBD_ZONE_NORMAL));
	sbd_test_give(zone_at(sys, 0, SBD_ZONE_NORMAL), 512, 8, SBD_MOVABLE);
	sbd_test_free_pages(zone_at(sys, 0, SBD_ZONE_NORMAL), 10000);
	KUNIT_EXPECT_STREQ(test, served(test, sys, 0, GFP_KERNEL, 4), "0Normal");
}

static void this_node_means_this_node(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12", 2);

	sys->cpu_node[2] = 1;
	KUNIT_EXPECT_STREQ(test, served(test, sys, 2, GFP_KERNEL, 0), "1Normal");
	sbd_test_free_pages(zone_at(sys, 1, SBD_ZONE_NORMAL), 0);
	KUNIT_EXPECT_STREQ(test, served(test, sys, 2,
					GFP_KERNEL | __GFP_THISNODE, 0), "-");
	KUNIT_EXPECT_STREQ(test, served(test, sys, 2, GFP_KERNEL, 0), "0Normal");
	KUNIT_EXPECT_EQ(test, atomic64_read(&zone_at(sys, 0, SBD_ZONE_NORMAL)->numa_miss),
			1LL);
	KUNIT_EXPECT_EQ(test, atomic64_read(&zone_at(sys, 0, SBD_ZONE_NORMAL)->numa_other),
			1LL);
	KUNIT_EXPECT_EQ(test, atomic64_read(&zone_at(sys, 1, SBD_ZONE_NORMAL)->numa_foreign),
			1LL);
}

/* ---- the order of nodes ---------------------------------------------------- */

/*
 * A square: neighbours at 20, corners that face each other at 30.
 *
 *	0 -- 1		Each node has a CPU, so a cost is the distance, 1 for
 *	|    |		the CPU and 1 for a lower number; of equal costs the
 *	2 -- 3		smaller load counts, then the lower number.
 *
 *	from 0: 1:21 2:21 3:31		1 2 3; 1 and 3 get a load: first of
 *					their distances
 *	from 1: 0:22 2:31 3:21		3 0 2; 3 and 2
 *	from 2: 0:22 1:32 3:21		3 0 1; 3 and 1
 *	from 3: 0:32 1:22 2:22		1 has two loads, 2 one: 2 1 0
 */
static void nodes_by_distance_number_and_load(struct kunit *test)
{
	static const u8 square[4][4] = {
		{ 10, 20, 20, 30 },
		{ 20, 10, 30, 20 },
		{ 20, 30, 10, 20 },
		{ 30, 20, 20, 10 },
	};
	static const char * const want[4] = {
		"0Normal 1Normal 2Normal 3Normal",
		"1Normal 3Normal 0Normal 2Normal",
		"2Normal 3Normal 0Normal 1Normal",
		"3Normal 2Normal 1Normal 0Normal",
	};
	static const u8 cpu_node[] = { 0, 1, 2, 3 };
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);
	struct sbd_system *sys;
	int i, nid;

	KUNIT_ASSERT_NOT_NULL(test, plan);
	for (i = 0; sbd_test_profiles[i]; i++) {
		sbd_test_plan(test, plan, sbd_test_profiles[i]);
		plan->nr_cpus = 4;
		plan->nr_online = 4;
		plan->cpu_node = cpu_node;
		plan->nr_zones = 4;
		for (nid = 0; nid < 4; nid++) {
			memcpy(plan->distance[nid], square[nid], 4);
			plan->zones[nid] = plan->zones[0];
			plan->zones[nid].nid = nid;
			plan->zones[nid].start_pfn = SBD_TEST_PFN +
						     nid * SBD_TEST_PAGES;
		}
		sys = sbd_test_create(test, plan);
		for (nid = 0; nid < 4; nid++)
			KUNIT_EXPECT_STREQ(test, route(test, &sys->nodes[nid]),
					   want[nid]);
	}
}

static void a_node_without_cpus_is_taken_sooner(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 3);

	KUNIT_EXPECT_STREQ(test, route(test, &sys->nodes[0]),
			   "0Normal 1Normal 2Normal");
	sys->nodes[2].cpus = 0;
	sbd_zonelist_build(sys);
	KUNIT_EXPECT_STREQ(test, route(test, &sys->nodes[0]),
			   "0Normal 2Normal 1Normal");
}

/* 2 is next by load alone: node 0 has begun with 1, and 1 with 2. */
static void equal_nodes_take_turns(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 3);

	KUNIT_EXPECT_STREQ(test, route(test, &sys->nodes[1]),
			   "1Normal 2Normal 0Normal");
	KUNIT_EXPECT_STREQ(test, route(test, &sys->nodes[2]),
			   "2Normal 0Normal 1Normal");
}

/*
 * A node without memory has no zones to begin with, whatever the kernel's order
 * of nodes says: to 6.1 it is in there, and from 6.12 it is not.
 */
static void a_node_without_memory_begins_with_the_nearest(struct kunit *test)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);
	struct sbd_system *sys;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, plan);
	for (i = 0; sbd_test_profiles[i]; i++) {
		sbd_test_plan(test, plan, sbd_test_profiles[i]);
		plan->zones[0].nid = 1;
		plan->zones[1] = plan->zones[0];
		plan->zones[1].nid = 2;
		plan->zones[1].start_pfn += SBD_TEST_PAGES;
		plan->nr_zones = 2;
		plan->nr_nodes = 3;
		sys = sbd_test_create(test, plan);
		KUNIT_EXPECT_STREQ(test, route(test, &sys->nodes[0]),
				   "1Normal 2Normal");
		KUNIT_EXPECT_STREQ(test, served(test, sys, 0, GFP_KERNEL, 0),
				   "1Normal");
		/* what it got was the best there is, though not local */
		KUNIT_EXPECT_EQ(test, atomic64_read(&sys->zone[0]->numa_miss), 0LL);
		KUNIT_EXPECT_EQ(test, atomic64_read(&sys->zone[0]->numa_other), 1LL);
	}
}

static void unreachable_is_only_far(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 3);

	sys->nodes[0].distance[1] = 255;
	sbd_zonelist_build(sys);
	KUNIT_EXPECT_STREQ(test, route(test, &sys->nodes[0]),
			   "0Normal 2Normal 1Normal");
}

static void order_by_zone_leaves_low_zones_for_the_end(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12", 2);

	sys->vm.numa_zonelist_order = SBD_ZONELIST_ZONE;
	sbd_zonelist_build(sys);
	KUNIT_EXPECT_STREQ(test, route(test, &sys->nodes[0]),
			   "0Movable 1Movable 0Normal 1Normal 0DMA32");
	KUNIT_EXPECT_STREQ(test, route(test, &sys->nodes[1]),
			   "1Movable 0Movable 1Normal 0Normal 0DMA32");
	KUNIT_EXPECT_EQ(test, sys->nodes[0].first[SBD_ZONE_NORMAL], 2);
	KUNIT_EXPECT_EQ(test, sys->nodes[0].first[SBD_ZONE_DMA32], 4);
}

/* ---- masks, cpusets, dirty pages, reclaim of a node ------------------------- */

/* Where a prepared request is served, as "0Normal"; "-" for nowhere. */
static const char *walked(struct kunit *test, struct sbd_request *rq)
{
	char *text = kunit_kzalloc(test, 16, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, text);
	if (!sbd_walk(rq))
		return "-";
	snprintf(text, 16, "%d%s", rq->zone->nid, sbd_zone_names[rq->zone->idx]);
	return text;
}

static void nodes_outside_the_mask_are_passed_over(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12", 2);
	struct sbd_request rq;

	KUNIT_ASSERT_TRUE(test, sbd_test_request(&rq, sys, 0, GFP_KERNEL, 0));
	rq.nodes = BIT(1);
	KUNIT_EXPECT_TRUE(test, sbd_request_prefer(&rq));
	KUNIT_EXPECT_STREQ(test, walked(test, &rq), "1Normal");
	/* node 0 was not wanted, so that is no miss */
	KUNIT_EXPECT_EQ(test, atomic64_read(&rq.zone->numa_miss), 0LL);
	rq.nodes = BIT(5);
	KUNIT_EXPECT_FALSE(test, sbd_request_prefer(&rq));
	KUNIT_EXPECT_STREQ(test, walked(test, &rq), "-");
}

static void cpuset_holds_while_the_flags_say_so(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12", 2);
	struct sbd_task t = { .allowed = BIT(1) };
	struct sbd_request rq;

	KUNIT_ASSERT_TRUE(test, sbd_test_request(&rq, sys, 0, GFP_KERNEL, 0));
	rq.task = &t;
	KUNIT_EXPECT_STREQ(test, walked(test, &rq), "0Normal");
	rq.alloc_flags |= SBD_ALLOC_CPUSET;
	KUNIT_EXPECT_STREQ(test, walked(test, &rq), "1Normal");
	/* interrupts have no cpuset, who dies needs none */
	t.flags = SBD_TASK_IRQ;
	KUNIT_EXPECT_STREQ(test, walked(test, &rq), "0Normal");
	t.flags = SBD_TASK_VICTIM;
	KUNIT_EXPECT_STREQ(test, walked(test, &rq), "0Normal");
}

static int dirty_asked;

static bool node_0_is_dirty(struct sbd_system *sys, int nid)
{
	dirty_asked++;
	return nid;
}

/* Each node is asked once, however many zones it has. */
static void dirty_pages_are_spread(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12", 2);
	struct sbd_request rq;

	sys->hooks.dirty_ok = node_0_is_dirty;
	KUNIT_ASSERT_TRUE(test, sbd_test_request(&rq, sys, 0,
						 GFP_HIGHUSER_MOVABLE, 0));
	KUNIT_EXPECT_STREQ(test, walked(test, &rq), "0Movable");
	dirty_asked = 0;
	rq.spread_dirty = true;
	KUNIT_EXPECT_STREQ(test, walked(test, &rq), "1Movable");
	KUNIT_EXPECT_EQ(test, dirty_asked, 2);
}

static unsigned int reclaimed_nodes;
static long reclaimed_pages;

static bool reclaim_some(struct sbd_request *rq, struct sbd_zone *z)
{
	reclaimed_nodes |= BIT(z->nid);
	sbd_test_free_pages(z, reclaimed_pages);
	return true;
}

/* Both nodes' zones are empty; node 1 is @far from node 0. */
static const char *reclaimed(struct kunit *test, int mode, int far, long pages)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 2);

	sys->nodes[0].distance[1] = far;
	sys->vm.zone_reclaim_mode = mode;
	sys->hooks.node_reclaim = reclaim_some;
	sbd_test_free_pages(sys->zone[0], 0);
	sbd_test_free_pages(sys->zone[1], 0);
	reclaimed_nodes = 0;
	reclaimed_pages = pages;
	return served(test, sys, 0, GFP_KERNEL, 0);
}

static void a_node_reclaims_before_another_serves(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, reclaimed(test, SBD_RECLAIM_ZONE, 20, 10000),
			   "0Normal");
	KUNIT_EXPECT_EQ(test, reclaimed_nodes, 0x1U);
	/* what it got does not do */
	KUNIT_EXPECT_STREQ(test, reclaimed(test, SBD_RECLAIM_ZONE, 20, 10), "-");
	KUNIT_EXPECT_EQ(test, reclaimed_nodes, 0x3U);
	KUNIT_EXPECT_STREQ(test, reclaimed(test, 0, 20, 10000), "-");
	KUNIT_EXPECT_EQ(test, reclaimed_nodes, 0x0U);
}

static void far_nodes_do_not_reclaim(struct kunit *test)
{
	reclaimed(test, SBD_RECLAIM_ZONE, SBD_RECLAIM_DISTANCE, 10);
	KUNIT_EXPECT_EQ(test, reclaimed_nodes, 0x3U);
	reclaimed(test, SBD_RECLAIM_ZONE, SBD_RECLAIM_DISTANCE + 1, 10);
	KUNIT_EXPECT_EQ(test, reclaimed_nodes, 0x1U);
}

/* ---- kswapd --------------------------------------------------------------- */

static int woken_order, woken_highest;

static void note_wake(struct sbd_zone *z, unsigned int order, int highest)
{
	woken_order = order;
	woken_highest = highest;
}

/* A boost wakes kswapd at the next allocation; in 6.1, whoever asks. */
static void boost_wakes_kswapd(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = zone_at(machine(test, sbd_test_profiles[i], 1), 0,
			    SBD_ZONE_NORMAL);
		z->sys->hooks.wake_kswapd = note_wake;
		woken_highest = -1;
		set_bit(SBD_ZONE_BOOSTED, &z->flags);
		served(test, z->sys, 0, 0, 0);
		KUNIT_EXPECT_EQ(test, woken_highest,
				z->prof->boost_wakes_always ? SBD_ZONE_NORMAL : -1);
		served(test, z->sys, 0, __GFP_KSWAPD_RECLAIM, 0);
		KUNIT_EXPECT_EQ(test, woken_highest, SBD_ZONE_NORMAL);
		KUNIT_EXPECT_EQ(test, atomic64_read(&z->sys->kswapd_wakes), 1LL);
		KUNIT_EXPECT_FALSE(test, test_bit(SBD_ZONE_BOOSTED, &z->flags));
	}
}

/* ---- 6.1 and CMA ---------------------------------------------------------- */

static void cma_pages_stay_off_other_lists(struct kunit *test)
{
	static const struct {
		const char *profile;
		int path;
	} cases[] = { { "6.1", SBD_PATH_DIRECT }, { "6.12", SBD_PATH_PCP } };
	struct sbd_system *sys;
	struct sbd_request rq;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		sys = machine(test, cases[i].profile, 1);
		sys->geo.cma = true;
		KUNIT_ASSERT_TRUE(test, sbd_test_request(&rq, sys, 0,
							 GFP_HIGHUSER_MOVABLE, 0));
		rq.alloc_flags &= ~SBD_ALLOC_CMA;
		KUNIT_EXPECT_NOT_NULL(test, sbd_walk(&rq));
		KUNIT_EXPECT_EQ(test, rq.path, cases[i].path);
	}
}

static struct kunit_case zonelist_cases[] = {
	KUNIT_CASE(own_node_first_then_high_to_low),
	KUNIT_CASE(zone_follows_the_mask),
	KUNIT_CASE(type_follows_the_mask),
	KUNIT_CASE(first_attempt_avoids_mixing),
	KUNIT_CASE(impossible_requests_end_at_once),
	KUNIT_CASE(short_zone_is_passed_over),
	KUNIT_CASE(lower_zone_keeps_its_reserve),
	KUNIT_CASE(below_high_is_noted),
	KUNIT_CASE(no_watermarks_takes_all_the_same),
	KUNIT_CASE(lower_zone_before_mixed_types),
	KUNIT_CASE(mixed_types_before_another_node),
	KUNIT_CASE(this_node_means_this_node),
	KUNIT_CASE(nodes_by_distance_number_and_load),
	KUNIT_CASE(a_node_without_cpus_is_taken_sooner),
	KUNIT_CASE(equal_nodes_take_turns),
	KUNIT_CASE(a_node_without_memory_begins_with_the_nearest),
	KUNIT_CASE(unreachable_is_only_far),
	KUNIT_CASE(order_by_zone_leaves_low_zones_for_the_end),
	KUNIT_CASE(nodes_outside_the_mask_are_passed_over),
	KUNIT_CASE(cpuset_holds_while_the_flags_say_so),
	KUNIT_CASE(dirty_pages_are_spread),
	KUNIT_CASE(a_node_reclaims_before_another_serves),
	KUNIT_CASE(far_nodes_do_not_reclaim),
	KUNIT_CASE(boost_wakes_kswapd),
	KUNIT_CASE(cma_pages_stay_off_other_lists),
	{}
};

static struct kunit_suite zonelist_suite = {
	.name = "shadowbuddy_zonelist",
	.test_cases = zonelist_cases,
};

kunit_test_suite(zonelist_suite);
