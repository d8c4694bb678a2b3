// SPDX-License-Identifier: GPL-2.0
/* Machines of several nodes: their order, what is counted of it, zones with holes. */
#include "alloc.h"
#include "check.h"
#include "format.h"
#include "free.h"
#include "helpers.h"
#include "isolate.h"

#define CELL	SBD_CELL_PAGES

static const char * const kernels[] = { "6.1", "6.12" };

/* ---- the order of nodes --------------------------------------------------- */

/*
 * Worked out by hand: of the nodes left, the one with the least distance + 1 if its
 * number is lower + 1 if it has CPUs; of equal ones the one with the least load; of
 * these the first.  Node by node; the first of each new distance gets a load.
 */
static void expect_orders(struct kunit *test, const struct sbd_plan *plan,
			  const char * const *orders)
{
	struct sbd_system *sys = sbd_test_create(test, plan);
	int nid;

	for (nid = 0; nid < sys->nr_nodes; nid++)
		KUNIT_EXPECT_STREQ_MSG(test, sbd_test_order(test, &sys->nodes[nid]),
				       orders[nid], "node %d, %s", nid,
				       sys->prof->name);
}

static void set_distances(struct sbd_plan *plan, const u8 *d)
{
	int i, j;

	for (i = 0; i < plan->nr_zones; i++)
		for (j = 0; j < plan->nr_zones; j++)
			plan->distance[i][j] = *d++;
}

static void two_nodes(struct kunit *test)
{
	static const char * const orders[] = { "0 1", "1 0" };
	int i;

	for (i = 0; i < ARRAY_SIZE(kernels); i++)
		expect_orders(test, sbd_test_nodes(test, kernels[i], 2), orders);
}

/* All equally far: everybody goes on with the next number. */
static void four_alike(struct kunit *test)
{
	static const char * const orders[] = {
		"0 1 2 3", "1 2 3 0", "2 3 0 1", "3 0 1 2",
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(kernels); i++)
		expect_orders(test, sbd_test_nodes(test, kernels[i], 4), orders);
}

/*
 *   0 -- 1
 *   |    |
 *   3 -- 2
 */
static void four_in_a_ring(struct kunit *test)
{
	static const u8 ring[] = {
		10, 20, 30, 20,
		20, 10, 20, 30,
		30, 20, 10, 20,
		20, 30, 20, 10,
	};
	static const char * const orders[] = {
		"0 1 3 2", "1 2 0 3", "2 3 1 0", "3 0 2 1",
	};
	struct sbd_plan *plan;
	int i;

	for (i = 0; i < ARRAY_SIZE(kernels); i++) {
		plan = sbd_test_nodes(test, kernels[i], 4);
		set_distances(plan, ring);
		expect_orders(test, plan, orders);
	}
}

/* 1 and 2 begin with 0, which so has the greatest load: 3 begins with 1. */
static void load_goes_round(struct kunit *test)
{
	static const u8 d[] = {
		10, 20, 20, 20,
		15, 10, 20, 20,
		15, 20, 10, 20,
		20, 20, 20, 10,
	};
	static const char * const orders[] = {
		"0 1 2 3", "1 0 2 3", "2 0 3 1", "3 1 2 0",
	};
	struct sbd_plan *plan;
	int i;

	for (i = 0; i < ARRAY_SIZE(kernels); i++) {
		plan = sbd_test_nodes(test, kernels[i], 4);
		set_distances(plan, d);
		expect_orders(test, plan, orders);
	}
}

/* A distance is that from the node, not that to it: 0 is near 2, 2 is far from 0. */
static void distances_need_not_be_symmetric(struct kunit *test)
{
	static const u8 d[] = {
		10, 30, 20,
		20, 10, 30,
		30, 20, 10,
	};
	static const char * const orders[] = { "0 2 1", "1 0 2", "2 1 0" };
	struct sbd_plan *plan = sbd_test_nodes(test, "6.12", 3);

	set_distances(plan, d);
	expect_orders(test, plan, orders);
}

static void unreachable_comes_last(struct kunit *test)
{
	static const u8 d[] = {
		10, 255, 20,
		255, 10, 254,
		20, 254, 10,
	};
	static const char * const orders[] = { "0 2 1", "1 2 0", "2 0 1" };
	struct sbd_plan *plan = sbd_test_nodes(test, "6.12", 3);

	set_distances(plan, d);
	expect_orders(test, plan, orders);
}

/* |0 1 2 3| -- 40 -- |4 5 6 7|: each begins the other board at another node. */
static void eight_on_two_boards(struct kunit *test)
{
	static const char * const orders[] = {
		"0 1 2 3 4 5 6 7", "1 2 3 0 5 6 7 4",
		"2 3 0 1 6 7 4 5", "3 0 1 2 7 4 5 6",
		"4 5 6 7 0 1 2 3", "5 6 7 4 1 2 3 0",
		"6 7 4 5 2 3 0 1", "7 4 5 6 3 0 1 2",
	};
	struct sbd_plan *plan;
	int i, a, b;

	for (i = 0; i < ARRAY_SIZE(kernels); i++) {
		plan = sbd_test_nodes(test, kernels[i], 8);
		for (a = 0; a < 8; a++)
			for (b = 0; b < 8; b++)
				plan->distance[a][b] = a == b ? 10 :
						       a / 4 == b / 4 ? 20 : 40;
		expect_orders(test, plan, orders);
	}
}

/* CPUs on 0 and 1: 2 and 3, without, are everybody's first choice. */
static void nodes_without_cpus_are_preferred(struct kunit *test)
{
	static const char * const orders[] = {
		"0 2 3 1", "1 3 2 0", "2 3 0 1", "3 2 0 1",
	};
	struct sbd_plan *plan;
	int i;

	for (i = 0; i < ARRAY_SIZE(kernels); i++) {
		plan = sbd_test_nodes(test, kernels[i], 4);
		plan->nr_cpus = 2;
		plan->nr_online = 2;
		expect_orders(test, plan, orders);
	}
}

/* 1 has no memory: it is in nobody's list, and has one itself. */
static void nodes_without_memory_have_a_list(struct kunit *test)
{
	static const char * const orders[] = { "0 2 3", "3 2 0", "2 3 0", "3 0 2" };
	struct sbd_plan *plan;
	int i;

	for (i = 0; i < ARRAY_SIZE(kernels); i++) {
		plan = sbd_test_nodes(test, kernels[i], 4);
		plan->zones[1] = plan->zones[3];
		plan->nr_zones = 3;
		expect_orders(test, plan, orders);
	}
}

static void states_are_those_of_sysfs(struct kunit *test)
{
	struct sbd_plan *plan = sbd_test_nodes(test, "6.12", 4);
	struct sbd_system *sys;

	/* CPUs on 0 and 1, memory on 0, 1 and 2, which has MOVABLE only */
	plan->nr_cpus = 2;
	plan->nr_online = 2;
	plan->nr_zones = 3;
	plan->nr_nodes = 4;
	plan->zones[2].type = SBD_ZONE_MOVABLE;
	sys = sbd_test_create(test, plan);
	KUNIT_EXPECT_EQ(test, sys->node_state[SBD_NODE_ONLINE], 0xf);
	KUNIT_EXPECT_EQ(test, sys->node_state[SBD_NODE_CPU], 0x3);
	KUNIT_EXPECT_EQ(test, sys->node_state[SBD_NODE_MEMORY], 0x7);
	KUNIT_EXPECT_EQ(test, sys->node_state[SBD_NODE_NORMAL_MEMORY], 0x3);
	KUNIT_EXPECT_EQ(test, sys->policy_zone, SBD_ZONE_NORMAL);
}

static const char *printed(struct kunit *test, struct sbd_system *sys,
			   void (*fn)(struct sbd_text *t, struct sbd_system *sys))
{
	struct sbd_text t = { };
	char *copy;

	fn(&t, sys);
	KUNIT_ASSERT_EQ(test, t.error, 0);
	copy = kunit_kzalloc(test, t.len + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	memcpy(copy, t.buf, t.len);
	sbd_text_free(&t);
	return copy;
}

static void nodes_are_printed(struct kunit *test)
{
	struct sbd_plan *plan = sbd_test_nodes(test, "6.12", 2);

	plan->nr_nodes = 3;
	KUNIT_EXPECT_STREQ(test, printed(test, sbd_test_create(test, plan),
					 sbd_format_nodes),
			   "online: 0-2\n"
			   "has_cpu: 0-1\n"
			   "has_memory: 0-1\n"
			   "has_normal_memory: 0-1\n"
			   "distance: node 0 10 20 20\n"
			   "distance: node 1 20 10 20\n"
			   "distance: node 2 20 20 10\n"
			   "zonelist: node 0 fallback: Normal/0 Normal/1\n"
			   "zonelist: node 0 thisnode: Normal/0\n"
			   "zonelist: node 1 fallback: Normal/1 Normal/0\n"
			   "zonelist: node 1 thisnode: Normal/1\n"
			   "zonelist: node 2 fallback: Normal/0 Normal/1\n"
			   "zonelist: node 2 thisnode:\n");
}

/* ---- counters ---------------------------------------------------------------- */

/*
 * node 0 [ Normal ]  node 1 [ Normal ]  node 2 [ no memory ]
 *   CPU 0              CPU 1              CPU 2
 */
static struct sbd_system *counted(struct kunit *test)
{
	struct sbd_plan *plan = sbd_test_nodes(test, "6.12", 3);

	plan->nr_zones = 2;
	plan->nr_nodes = 3;
	return sbd_test_create(test, plan);
}

/* Six numbers in the order of /proc/vmstat, of the system and of one zone. */
static void expect_numa(struct kunit *test, struct sbd_system *sys,
			const char *vmstat)
{
	const char *text = printed(test, sys, sbd_format_vmstat);

	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(text, vmstat), "no '%s' in %s",
				  vmstat, text);
}

static void expect_zone(struct kunit *test, const struct sbd_zone *z, s64 miss,
			s64 foreign, s64 other)
{
	KUNIT_EXPECT_EQ(test, (s64)atomic64_read(&z->numa_miss), miss);
	KUNIT_EXPECT_EQ(test, (s64)atomic64_read(&z->numa_foreign), foreign);
	KUNIT_EXPECT_EQ(test, (s64)atomic64_read(&z->numa_other), other);
}

static void own_node_is_a_local_hit(struct kunit *test)
{
	struct sbd_system *sys = counted(test);

	sbd_alloc(sys, 0, GFP_KERNEL, 0);
	sbd_alloc(sys, 1, GFP_KERNEL, 3);
	expect_zone(test, sys->zone[0], 0, 0, 0);
	expect_zone(test, sys->zone[1], 0, 0, 0);
	expect_numa(test, sys, "numa_hit 2\nnuma_miss 0\nnuma_foreign 0\n"
		    "numa_interleave 0\nnuma_local 2\nnuma_other 0\n");
}

static void another_node_that_was_wanted_is_a_hit(struct kunit *test)
{
	struct sbd_system *sys = counted(test);

	sbd_alloc_node(sys, 0, 1, GFP_KERNEL, 0);
	expect_zone(test, sys->zone[1], 0, 0, 1);
	expect_numa(test, sys, "numa_hit 1\nnuma_miss 0\nnuma_foreign 0\n"
		    "numa_interleave 0\nnuma_local 0\nnuma_other 1\n");
}

static void another_node_than_wanted_is_a_miss(struct kunit *test)
{
	struct sbd_system *sys = counted(test);

	sbd_test_free_pages(sys->zone[0], 0);
	sbd_alloc(sys, 0, GFP_KERNEL, 0);
	expect_zone(test, sys->zone[0], 0, 1, 0);
	expect_zone(test, sys->zone[1], 1, 0, 1);
	/* local to who asks, and yet not what was wanted */
	sbd_alloc_node(sys, 1, 0, GFP_KERNEL, 0);
	expect_zone(test, sys->zone[0], 0, 2, 0);
	expect_zone(test, sys->zone[1], 2, 0, 1);
	expect_numa(test, sys, "numa_hit 0\nnuma_miss 2\nnuma_foreign 2\n"
		    "numa_interleave 0\nnuma_local 1\nnuma_other 1\n");
}

/* Node 2 has nothing: the first zone of its list is what it wants. */
static void node_without_memory_hits_elsewhere(struct kunit *test)
{
	struct sbd_system *sys = counted(test);
	int i;

	for (i = 0; i < 3; i++)
		sbd_alloc(sys, 2, GFP_KERNEL, 0);
	expect_numa(test, sys, "numa_hit 3\nnuma_miss 0\nnuma_foreign 0\n"
		    "numa_interleave 0\nnuma_local 0\nnuma_other 3\n");
}

static void bulk_counts_each_page(struct kunit *test)
{
	struct sbd_system *sys = counted(test);
	unsigned long pfns[8];

	KUNIT_EXPECT_EQ(test, sbd_alloc_bulk(sys, 2, GFP_KERNEL, 8, pfns), 8U);
	KUNIT_EXPECT_EQ(test, sbd_alloc_bulk(sys, 1, GFP_KERNEL, 4, pfns), 4U);
	expect_numa(test, sys, "numa_hit 12\nnuma_miss 0\nnuma_foreign 0\n"
		    "numa_interleave 0\nnuma_local 4\nnuma_other 8\n");
}

static void zones_print_their_own(struct kunit *test)
{
	struct sbd_system *sys = counted(test);
	const char *text;

	sbd_alloc(sys, 1, GFP_KERNEL, 0);
	sbd_test_free_pages(sys->zone[0], 0);
	sbd_alloc(sys, 0, GFP_KERNEL, 0);
	text = strstr(printed(test, sys, sbd_format_zoneinfo), "Node 1, zone   Normal");
	KUNIT_ASSERT_NOT_NULL(test, text);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "\n      numa_hit     1\n"
						 "      numa_miss    1\n"
						 "      numa_foreign 0\n"
						 "      numa_interleave 0\n"
						 "      numa_local   1\n"
						 "      numa_other   1\n"));
}

static void reset_forgets_places(struct kunit *test)
{
	struct sbd_system *sys = counted(test);

	sbd_alloc_node(sys, 0, 1, GFP_KERNEL, 0);
	sbd_system_reset(sys);
	expect_numa(test, sys, "numa_hit 0\nnuma_miss 0\nnuma_foreign 0\n"
		    "numa_interleave 0\nnuma_local 0\nnuma_other 0\n");
}

/* ---- holes -------------------------------------------------------------------- */

/*
 * cell:    0      1      2      3      4      5
 *      |======|======|......|......|======|======|
 */
static struct sbd_plan *plan_with_hole(struct kunit *test, const char *profile)
{
	struct sbd_plan *plan = sbd_test_nodes(test, profile, 1);

	plan->zones[0].pages = 6 * CELL;
	plan->zones[0].hole_pfn = SBD_TEST_PFN + 2 * CELL;
	plan->zones[0].hole_pages = 2 * CELL;
	return plan;
}

static struct sbd_zone *with_hole(struct kunit *test, const char *profile)
{
	return sbd_test_create(test, plan_with_hole(test, profile))->zone[0];
}

static void hole_is_spanned_and_no_memory(struct kunit *test)
{
	struct sbd_zone *z = with_hole(test, "6.12");
	unsigned long count[SBD_NR_TYPES];

	KUNIT_EXPECT_EQ(test, z->spanned, 6 * CELL);
	KUNIT_EXPECT_EQ(test, z->present, 4 * CELL);
	KUNIT_EXPECT_EQ(test, z->managed, 4 * CELL);
	KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_PAGES), 4 * CELL);
	sbd_block_count(z, count);
	KUNIT_EXPECT_EQ(test, count[SBD_MOVABLE], 8UL);
}

static void frames_of_a_hole_are_no_zones(struct kunit *test)
{
	struct sbd_zone *z = with_hole(test, "6.12");
	unsigned long hole = SBD_TEST_PFN + 2 * CELL;

	KUNIT_EXPECT_PTR_EQ(test, sbd_zone_of(z->sys, hole - 1), z);
	KUNIT_EXPECT_NULL(test, sbd_zone_of(z->sys, hole));
	KUNIT_EXPECT_NULL(test, sbd_zone_of(z->sys, hole + 2 * CELL - 1));
	KUNIT_EXPECT_PTR_EQ(test, sbd_zone_of(z->sys, hole + 2 * CELL), z);
	KUNIT_EXPECT_EQ(test, sbd_free(z->sys, 0, hole, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, sbd_free(z->sys, 0, hole, 10), -EINVAL);
}

static void seeding_leaves_holes_out(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = with_hole(test, sbd_test_profiles[i]);
		sbd_check_system(test, z->sys, "creation");
		KUNIT_EXPECT_STREQ(test, sbd_test_list(test, z, 10, SBD_MOVABLE),
				   "0 1024 4096 5120");
		sbd_system_reset(z->sys);
		sbd_check_system(test, z->sys, "a reset");
		KUNIT_EXPECT_STREQ(test, sbd_test_list(test, z, 10, SBD_MOVABLE),
				   "0 1024 4096 5120");
	}
}

/* |..1|2|..|512|  hole  |512|..|2|1..|: both edges of the zone inside a cell */
static void seeding_fills_edges_and_cma(struct kunit *test)
{
	struct sbd_plan *plan = plan_with_hole(test, "6.12");
	struct sbd_zone *z;

	plan->geo.cma = true;
	plan->zones[0].start_pfn += 1;
	plan->zones[0].pages -= 1;
	plan->zones[0].cma_pages = CELL + 512;
	z = sbd_test_create(test, plan)->zone[0];
	sbd_check_system(test, z->sys, "creation");
	KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_PAGES), 4 * CELL - 1);
	KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_CMA_PAGES), CELL + 512);
}

static void marks_follow_what_is_managed(struct kunit *test)
{
	struct sbd_zone *holed = with_hole(test, "6.12");
	struct sbd_plan *plan = sbd_test_nodes(test, "6.12", 1);
	struct sbd_zone *whole = sbd_test_create(test, plan)->zone[0];
	int w;

	KUNIT_EXPECT_EQ(test, whole->managed, holed->managed);
	KUNIT_EXPECT_EQ(test, whole->sys->tun.min_free_kbytes,
			holed->sys->tun.min_free_kbytes);
	for (w = 0; w < SBD_NR_WMARKS; w++)
		KUNIT_EXPECT_EQ(test, whole->wmark[w], holed->wmark[w]);
	KUNIT_EXPECT_EQ(test, sbd_pcp(whole, 0)->high_max, sbd_pcp(holed, 0)->high_max);
	KUNIT_EXPECT_EQ(test, whole->sys->totalreserve, holed->sys->totalreserve);
}

/* To the last page, and all of them back: the hole is never touched. */
static void holes_are_never_handed_out(struct kunit *test)
{
	const gfp_t gfp = GFP_HIGHUSER_MOVABLE | __GFP_MEMALLOC;
	struct sbd_zone *z;
	unsigned long pfn, n;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = with_hole(test, sbd_test_profiles[i]);
		for (n = 0; (pfn = sbd_alloc(z->sys, 0, gfp, 0)) != SBD_PFN_NONE; n++)
			KUNIT_ASSERT_PTR_EQ(test, sbd_zone_of(z->sys, pfn), z);
		KUNIT_EXPECT_EQ(test, n, 4 * CELL);
		sbd_check_system(test, z->sys, "taking all");
		for (pfn = SBD_TEST_PFN; pfn < SBD_TEST_PFN + 6 * CELL; pfn++)
			if (sbd_zone_of(z->sys, pfn))
				KUNIT_ASSERT_EQ(test, sbd_free(z->sys, 0, pfn, 0), 0);
		sbd_drain_all(z->sys);
		sbd_check_system(test, z->sys, "giving all back");
		KUNIT_EXPECT_EQ(test, z->area[10].nr_free, 4UL);
	}
}

/* The last pageblock before the hole and the first behind it. */
static void isolation_beside_a_hole(struct kunit *test)
{
	const unsigned long at[] = { 2 * CELL - 1, 4 * CELL };
	unsigned long pfn, flags;
	struct sbd_zone *z;
	int i, j;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = with_hole(test, sbd_test_profiles[i]);
		for (j = 0; j < ARRAY_SIZE(at); j++) {
			pfn = z->start_pfn + at[j];
			sbd_test_take(z, at[j], 0);
			flags = sbd_zone_lock(z);
			KUNIT_EXPECT_TRUE(test, sbd_isolate_block(z, 0, pfn));
			sbd_unisolate_block(z, 0, pfn, SBD_MOVABLE);
			sbd_zone_unlock(z, flags);
			sbd_check_system(test, z->sys, "isolation and back");
			KUNIT_EXPECT_EQ(test, sbd_free(z->sys, 0, pfn, 0), 0);
			sbd_drain_all(z->sys);
			sbd_check_system(test, z->sys, "the last page");
		}
		KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_PAGES), 4 * CELL);
	}
}

static void holes_cannot_be_isolated(struct kunit *test)
{
	struct sbd_zone *z;
	unsigned long flags;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = with_hole(test, sbd_test_profiles[i]);
		flags = sbd_zone_lock(z);
		KUNIT_EXPECT_FALSE(test, sbd_isolate_block(z, 0, z->start_pfn + 2 * CELL));
		KUNIT_EXPECT_FALSE(test, sbd_isolate_block(z, 0,
							   z->start_pfn + 4 * CELL - 1));
		sbd_zone_unlock(z, flags);
		sbd_check_system(test, z->sys, "a refusal");
	}
}

static void maps_show_holes(struct kunit *test)
{
	struct sbd_system *sys = with_hole(test, "6.12")->sys;

	KUNIT_EXPECT_STREQ(test, printed(test, sys, sbd_format_pageblocks),
			   "Node 0, zone   Normal mmmm....mmmm\n");
	KUNIT_EXPECT_STREQ(test, printed(test, sys, sbd_format_map),
			   "Node 0, zone   Normal types MMMM....MMMM\n"
			   "Node 0, zone   Normal free  999900009999\n");
}

static struct kunit_case node_cases[] = {
	KUNIT_CASE(two_nodes),
	KUNIT_CASE(four_alike),
	KUNIT_CASE(four_in_a_ring),
	KUNIT_CASE(load_goes_round),
	KUNIT_CASE(distances_need_not_be_symmetric),
	KUNIT_CASE(unreachable_comes_last),
	KUNIT_CASE(eight_on_two_boards),
	KUNIT_CASE(nodes_without_cpus_are_preferred),
	KUNIT_CASE(nodes_without_memory_have_a_list),
	KUNIT_CASE(states_are_those_of_sysfs),
	KUNIT_CASE(nodes_are_printed),
	KUNIT_CASE(own_node_is_a_local_hit),
	KUNIT_CASE(another_node_that_was_wanted_is_a_hit),
	KUNIT_CASE(another_node_than_wanted_is_a_miss),
	KUNIT_CASE(node_without_memory_hits_elsewhere),
	KUNIT_CASE(bulk_counts_each_page),
	KUNIT_CASE(zones_print_their_own),
	KUNIT_CASE(reset_forgets_places),
	KUNIT_CASE(hole_is_spanned_and_no_memory),
	KUNIT_CASE(frames_of_a_hole_are_no_zones),
	KUNIT_CASE(seeding_leaves_holes_out),
	KUNIT_CASE(seeding_fills_edges_and_cma),
	KUNIT_CASE(marks_follow_what_is_managed),
	KUNIT_CASE(holes_are_never_handed_out),
	KUNIT_CASE(isolation_beside_a_hole),
	KUNIT_CASE(holes_cannot_be_isolated),
	KUNIT_CASE(maps_show_holes),
	{}
};

static struct kunit_suite node_suite = {
	.name = "shadowbuddy_node",
	.test_cases = node_cases,
};

kunit_test_suite(node_suite);
