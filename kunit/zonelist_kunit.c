// SPDX-License-Identifier: GPL-2.0
/* Which zones a request may use, in which order; the walk over them. */
#include "alloc.h"
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

/* What kernels could do up to 4.13: the last DMA32 page goes last. */
static void zones_of_all_nodes_high_to_low(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12", 2);

	sys->vm.numa_zonelist_order = SBD_ZONELIST_ZONE;
	sbd_zonelist_build(sys);
	KUNIT_EXPECT_STREQ(test, route(test, &sys->nodes[0]),
			   "0Movable 1Movable 0Normal 1Normal 0DMA32");
	KUNIT_EXPECT_STREQ(test, route(test, &sys->nodes[1]),
			   "1Movable 0Movable 1Normal 0Normal 0DMA32");
	KUNIT_EXPECT_EQ(test, sys->nodes[1].first[SBD_ZONE_NORMAL], 2);
	KUNIT_EXPECT_EQ(test, sys->nodes[1].first[SBD_ZONE_DMA], 5);
	sys->vm.numa_zonelist_order = SBD_ZONELIST_NODE;
	sbd_zonelist_build(sys);
	KUNIT_EXPECT_STREQ(test, route(test, &sys->nodes[1]),
			   "1Movable 1Normal 0Movable 0Normal 0DMA32");
}

static void nothing_stands_behind_a_zonelist(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12", 2);
	struct sbd_node *node = &sys->nodes[0];

	/* as a clone's, of a host that lists fewer */
	node->nr_zonelist = 2;
	sbd_zonelist_index(sys);
	KUNIT_EXPECT_EQ(test, node->first[SBD_ZONE_DMA32], 2);
	KUNIT_EXPECT_NULL(test, node->zonelist[2]);
	KUNIT_EXPECT_EQ(test, sbd_alloc(sys, 0, GFP_DMA32, 0), SBD_PFN_NONE);
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

/* Node 1 has MOVABLE only: nothing there is for GFP_KERNEL, wherever else it is. */
static void this_node_has_no_such_zone(struct kunit *test)
{
	struct sbd_plan *plan = sbd_test_nodes(test, "6.12", 2);
	struct sbd_request rq;
	struct sbd_system *sys;

	plan->zones[1].type = SBD_ZONE_MOVABLE;
	sys = sbd_test_create(test, plan);
	KUNIT_EXPECT_FALSE(test, sbd_test_request(&rq, sys, 1,
						  GFP_KERNEL | __GFP_THISNODE, 0));
	KUNIT_EXPECT_EQ(test, sbd_alloc(sys, 1, GFP_KERNEL | __GFP_THISNODE, 0),
			SBD_PFN_NONE);
	KUNIT_EXPECT_STREQ(test, served(test, sys, 1, GFP_KERNEL, 0), "0Normal");
	KUNIT_EXPECT_STREQ(test, served(test, sys, 1, GFP_HIGHUSER_MOVABLE |
					__GFP_THISNODE, 0), "1Movable");
}

static unsigned int woken_nodes;

static void note_node(struct sbd_zone *z, unsigned int order, int highest)
{
	woken_nodes |= BIT(z->nid);
}

static void this_node_wakes_no_other(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12", 2);

	sys->hooks.wake_kswapd = note_node;
	woken_nodes = 0;
	sbd_test_free_pages(zone_at(sys, 0, SBD_ZONE_NORMAL), 0);
	sbd_test_free_pages(zone_at(sys, 0, SBD_ZONE_DMA32), 0);
	KUNIT_EXPECT_EQ(test, sbd_alloc(sys, 0, GFP_KERNEL | __GFP_THISNODE, 0),
			SBD_PFN_NONE);
	KUNIT_EXPECT_EQ(test, woken_nodes, 1U);
}

/* Node 1 has no DMA32 to turn to: types mix there at once, and node 0 has no say. */
static void node_without_dma32_mixes_at_once(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12", 2);
	struct sbd_zone *z = zone_at(sys, 1, SBD_ZONE_NORMAL);

	sys->cpu_node[1] = 1;
	KUNIT_EXPECT_TRUE(test, zone_at(sys, 0, SBD_ZONE_NORMAL)->nofragment);
	KUNIT_EXPECT_FALSE(test, z->nofragment);
	sbd_test_occupy(z);
	sbd_test_give(z, 512, 8, SBD_MOVABLE);
	sbd_test_free_pages(z, 10000);
	KUNIT_EXPECT_STREQ(test, served(test, sys, 1, GFP_KERNEL, 4), "1Normal");
}

/* ---- cpusets --------------------------------------------------------------- */

/*
 * node 0 [ Normal ]   node 1 [ Normal ]   node 2 [ Normal ]
 *    the CPU             the cpuset
 */
static void cpuset_holds_by_the_flag(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_create(test, sbd_test_nodes(test, "6.12", 3));
	struct sbd_task t = { .allowed = BIT(1) };
	static const struct {
		gfp_t gfp;
		unsigned int alloc_flags, task_flags;
		int nid;
	} cases[] = {
		{ GFP_USER, SBD_ALLOC_CPUSET, 0, 1 },
		{ GFP_USER, 0, 0, 0 },
		/* the kernel's own requests may leave it */
		{ GFP_KERNEL, SBD_ALLOC_CPUSET, 0, 0 },
		{ GFP_USER, SBD_ALLOC_CPUSET, SBD_TASK_IRQ, 0 },
		{ GFP_USER, SBD_ALLOC_CPUSET, SBD_TASK_VICTIM, 0 },
		{ GFP_USER, SBD_ALLOC_CPUSET, SBD_TASK_RT, 1 },
	};
	struct sbd_request rq;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_ASSERT_TRUE(test, sbd_test_request(&rq, sys, 0, cases[i].gfp, 0));
		t.flags = cases[i].task_flags;
		rq.task = &t;
		rq.alloc_flags |= cases[i].alloc_flags;
		KUNIT_ASSERT_NOT_NULL(test, sbd_walk(&rq));
		KUNIT_EXPECT_EQ_MSG(test, rq.zone->nid, cases[i].nid, "case %d", i);
	}
}

static void a_chosen_task_leaves_its_cpuset(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_create(test, sbd_test_nodes(test, "6.12", 2));
	struct sbd_task t = { .allowed = BIT(1), .die = true };
	struct sbd_request rq;

	KUNIT_ASSERT_TRUE(test, sbd_test_request(&rq, sys, 0, GFP_USER, 0));
	rq.task = &t;
	rq.alloc_flags |= SBD_ALLOC_CPUSET;
	KUNIT_ASSERT_NOT_NULL(test, sbd_walk(&rq));
	KUNIT_EXPECT_EQ(test, rq.zone->nid, 0);
}

/* ---- dirty pages -------------------------------------------------------------- */

static unsigned int dirty_nodes, dirty_asked;

static bool dirty_ok(struct sbd_system *sys, int nid)
{
	dirty_asked++;
	return !(dirty_nodes & BIT(nid));
}

static const char *written(struct kunit *test, struct sbd_system *sys)
{
	struct sbd_task t = { };
	unsigned long pfn;
	char *text = kunit_kzalloc(test, 16, GFP_KERNEL);
	struct sbd_zone *z;

	KUNIT_ASSERT_NOT_NULL(test, text);
	dirty_asked = 0;
	pfn = sbd_alloc_task(sys, &t, GFP_USER | __GFP_WRITE, 0);
	KUNIT_ASSERT_NE(test, pfn, SBD_PFN_NONE);
	z = sbd_zone_of(sys, pfn);
	snprintf(text, 16, "%d%s", z->nid, sbd_zone_names[z->idx]);
	return text;
}

static void node_with_its_share_is_left_out(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12", 2);

	sys->hooks.dirty_ok = dirty_ok;
	dirty_nodes = 0;
	KUNIT_EXPECT_STREQ(test, written(test, sys), "0Normal");
	KUNIT_EXPECT_EQ(test, dirty_asked, 1U);
	/*
	 * Two zones of node 0 are passed over: it is asked once in each walk, of which
	 * there are two, since types may mix before another node serves.
	 */
	dirty_nodes = BIT(0);
	KUNIT_EXPECT_STREQ(test, written(test, sys), "1Normal");
	KUNIT_EXPECT_EQ(test, dirty_asked, 4U);
}

static void all_dirty_is_no_reason_to_fail(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12", 2);

	sys->hooks.dirty_ok = dirty_ok;
	dirty_nodes = BIT(0) | BIT(1);
	KUNIT_EXPECT_STREQ(test, written(test, sys), "0Normal");
}

static void readers_do_not_spread(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12", 2);
	struct sbd_task t = { };

	sys->hooks.dirty_ok = dirty_ok;
	dirty_nodes = BIT(0);
	dirty_asked = 0;
	KUNIT_EXPECT_PTR_EQ(test, sbd_zone_of(sys, sbd_alloc_task(sys, &t, GFP_USER, 0)),
			    zone_at(sys, 0, SBD_ZONE_NORMAL));
	KUNIT_EXPECT_EQ(test, dirty_asked, 0U);
}

/* ---- zone_reclaim_mode ----------------------------------------------------------- */

static unsigned int reclaimed_nodes;
static long reclaim_brings;

static bool node_reclaim(struct sbd_request *rq, struct sbd_zone *z)
{
	reclaimed_nodes |= BIT(z->nid);
	if (reclaim_brings)
		sbd_test_free_pages(z, reclaim_brings);
	return reclaim_brings >= 0;
}

/* node 0 --far-- node 1 and node 2: all but the last have too little */
static struct sbd_system *short_machine(struct kunit *test, u8 far)
{
	struct sbd_plan *plan = sbd_test_nodes(test, "6.12", 3);
	struct sbd_system *sys;
	int i, j;

	for (i = 0; i < 3; i++)
		for (j = 0; j < 3; j++)
			plan->distance[i][j] = i == j ? 10 : far;
	sys = sbd_test_create(test, plan);
	sys->hooks.node_reclaim = node_reclaim;
	sys->vm.zone_reclaim_mode = SBD_RECLAIM_ZONE;
	reclaimed_nodes = 0;
	reclaim_brings = 0;
	sbd_test_free_pages(sys->zone[0], 0);
	sbd_test_free_pages(sys->zone[1], 0);
	return sys;
}

static void node_reclaims_before_the_next(struct kunit *test)
{
	struct sbd_system *sys = short_machine(test, 20);

	reclaim_brings = 2000;
	KUNIT_EXPECT_STREQ(test, served(test, sys, 0, GFP_KERNEL, 0), "0Normal");
	KUNIT_EXPECT_EQ(test, reclaimed_nodes, 1U);
}

static void too_little_reclaimed_is_passed_over(struct kunit *test)
{
	struct sbd_system *sys = short_machine(test, 20);

	KUNIT_EXPECT_STREQ(test, served(test, sys, 0, GFP_KERNEL, 0), "2Normal");
	KUNIT_EXPECT_EQ(test, reclaimed_nodes, 3U);
	/* it did not scan, whatever is free now */
	reclaim_brings = -1;
	KUNIT_EXPECT_STREQ(test, served(test, sys, 0, GFP_KERNEL, 0), "2Normal");
}

static void far_nodes_do_not_reclaim(struct kunit *test)
{
	served(test, short_machine(test, 30), 0, GFP_KERNEL, 0);
	KUNIT_EXPECT_EQ(test, reclaimed_nodes, 3U);
	served(test, short_machine(test, 31), 0, GFP_KERNEL, 0);
	KUNIT_EXPECT_EQ(test, reclaimed_nodes, 1U);
}

static void nodes_reclaim_if_told_to(struct kunit *test)
{
	struct sbd_system *sys = short_machine(test, 20);

	sys->vm.zone_reclaim_mode = 0;
	served(test, sys, 0, GFP_KERNEL, 0);
	/* a bit that says nothing */
	sys->vm.zone_reclaim_mode = 8;
	served(test, sys, 0, GFP_KERNEL, 0);
	KUNIT_EXPECT_EQ(test, reclaimed_nodes, 0U);
	sys->vm.zone_reclaim_mode = SBD_RECLAIM_UNMAP;
	served(test, sys, 0, GFP_KERNEL, 0);
	KUNIT_EXPECT_EQ(test, reclaimed_nodes, 3U);
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
	KUNIT_CASE(zones_of_all_nodes_high_to_low),
	KUNIT_CASE(nothing_stands_behind_a_zonelist),
	KUNIT_CASE(this_node_has_no_such_zone),
	KUNIT_CASE(this_node_wakes_no_other),
	KUNIT_CASE(node_without_dma32_mixes_at_once),
	KUNIT_CASE(cpuset_holds_by_the_flag),
	KUNIT_CASE(a_chosen_task_leaves_its_cpuset),
	KUNIT_CASE(node_with_its_share_is_left_out),
	KUNIT_CASE(all_dirty_is_no_reason_to_fail),
	KUNIT_CASE(readers_do_not_spread),
	KUNIT_CASE(node_reclaims_before_the_next),
	KUNIT_CASE(too_little_reclaimed_is_passed_over),
	KUNIT_CASE(far_nodes_do_not_reclaim),
	KUNIT_CASE(nodes_reclaim_if_told_to),
	KUNIT_CASE(boost_wakes_kswapd),
	KUNIT_CASE(cma_pages_stay_off_other_lists),
	{}
};

static struct kunit_suite zonelist_suite = {
	.name = "shadowbuddy_zonelist",
	.test_cases = zonelist_cases,
};

kunit_test_suite(zonelist_suite);
