// SPDX-License-Identifier: GPL-2.0
/* How an arena is cut into nodes and zones; holes; what nodes have. */
#include <linux/slab.h>
#include <linux/string.h>

#include "alloc.h"
#include "check.h"
#include "cut.h"
#include "format.h"
#include "helpers.h"

#define MIB_PAGES	256UL

/* ---- parameters -------------------------------------------------------------- */

/**
 * struct try - parameters, and what comes of them
 * @p:	  as given to insmod
 * @mib:  of the arena, which begins with a cell
 * @want: the zones, or NULL: refused
 */
struct try {
	struct sbd_cut_params p;
	unsigned long mib;
	const char *want;
};

#define TRY(mib, nodes, zones, node_mb, distance, cpus, want) \
	{ { nodes, zones, node_mb, distance, cpus }, mib, want }

/* A plan of a kernel that has all zones and CMA, on 4 CPUs. */
static int cut(struct kunit *test, const struct sbd_cut_params *p,
	       unsigned long mib, unsigned long pfn, struct sbd_plan *plan)
{
	struct sbd_cut *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	int err;

	KUNIT_ASSERT_NOT_NULL(test, c);
	sbd_test_plan(test, plan, "6.12");
	plan->geo.cma = true;
	plan->nr_cpus = 4;
	plan->nr_online = 4;
	err = sbd_cut_parse(c, p, mib * MIB_PAGES, plan);
	return err ?: sbd_cut_lay_out(c, pfn, plan);
}

static void try_all(struct kunit *test, const struct try *t, int n)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);
	char text[256];
	int i, err;

	KUNIT_ASSERT_NOT_NULL(test, plan);
	for (i = 0; i < n; i++) {
		err = cut(test, &t[i].p, t[i].mib, SBD_TEST_PFN, plan);
		KUNIT_EXPECT_EQ_MSG(test, err, t[i].want ? 0 : -EINVAL, "try %d", i);
		if (!err && t[i].want) {
			sbd_cut_print(plan, text, sizeof(text));
			KUNIT_EXPECT_STREQ(test, text, t[i].want);
		}
		kfree(plan->cpu_node);
	}
}

static void zones_are_each_nodes(struct kunit *test)
{
	static const struct try tries[] = {
		TRY(64, 1, "auto", "", "", "", "DMA32:16,Normal:48"),
		TRY(128, 2, "auto", "", "", "", "DMA32:16,Normal:48/Normal:64"),
		TRY(64, 2, "auto", "", "", "", "Normal:32/Normal:32"),
		TRY(64, 2, "DMA:4,NORMAL,MOVABLE:25%", "", "", "",
		    "DMA:4,Normal:20,Movable:8/Normal:24,Movable:8"),
		TRY(64, 2, "DMA32:16,NORMAL/NORMAL,MOVABLE:25%", "", "", "",
		    "DMA32:16,Normal:16/Normal:24,Movable:8"),
		TRY(64, 3, "NORMAL/-/MOVABLE", "", "", "",
		    "Normal:32/-/Movable:32"),
		TRY(48, 3, "NORMAL", "16,0,32", "", "", "Normal:16/-/Normal:32"),
		TRY(48, 3, "NORMAL/-/NORMAL", "16,0,32", "", "",
		    "Normal:16/-/Normal:32"),
		TRY(48, 2, "DMA:4,NORMAL", "0,48", "", "", "-/DMA:4,Normal:44"),
		/* 37 MiB: shares are whole cells, the last takes what is over */
		TRY(37, 2, "NORMAL", "", "", "", "Normal:16/Normal:21"),
		TRY(32, 8, "NORMAL", "", "", "",
		    "Normal:4/Normal:4/Normal:4/Normal:4/Normal:4/Normal:4/Normal:4/Normal:4"),
		TRY(64, 2, "NORMAL:hole=8/auto", "", "", "",
		    "Normal:32:hole=8/Normal:32"),
		TRY(64, 1, "NORMAL:cma=8:hole=16", "", "", "",
		    "Normal:64:cma=8:hole=16"),
	};

	try_all(test, tries, ARRAY_SIZE(tries));
}

static void senseless_nodes_are_refused(struct kunit *test)
{
	static const struct try tries[] = {
		TRY(64, 0, "auto", "", "", "", NULL),
		TRY(64, 9, "auto", "", "", "", NULL),
		/* parts and nodes are not as many */
		TRY(64, 2, "NORMAL/NORMAL/NORMAL", "", "", "", NULL),
		TRY(64, 1, "NORMAL/NORMAL", "", "", "", NULL),
		TRY(64, 2, "NORMAL/", "", "", "", NULL),
		/* no memory at all, or too little */
		TRY(64, 2, "-/-", "", "", "", NULL),
		TRY(64, 1, "-", "", "", "", NULL),
		TRY(28, 8, "NORMAL", "", "", "", NULL),
		/* node 1 would have no zone */
		TRY(64, 2, "DMA32", "", "", "", NULL),
		TRY(64, 2, "NORMAL,NORMAL/NORMAL", "", "", "", NULL),
		TRY(64, 2, "NORMAL:64", "", "", "", NULL),
		TRY(64, 2, "NORMAL:16", "", "", "", NULL),
		/* sizes */
		TRY(48, 3, "NORMAL", "16,32", "", "", NULL),
		TRY(48, 2, "NORMAL", "16,16,16", "", "", NULL),
		TRY(48, 2, "NORMAL", "16,33", "", "", NULL),
		TRY(48, 2, "NORMAL", "16,31", "", "", NULL),
		TRY(48, 2, "NORMAL", "16,x", "", "", NULL),
		TRY(48, 2, "NORMAL", "16,,32", "", "", NULL),
		TRY(48, 2, "NORMAL", "0,0", "", "", NULL),
		TRY(48, 2, "NORMAL", "4294967295,49", "", "", NULL),
		TRY(48, 2, "NORMAL", "47,1", "", "", NULL),
		TRY(48, 2, "NORMAL/-", "16,32", "", "", NULL),
		TRY(48, 2, "NORMAL/NORMAL", "48,0", "", "", NULL),
	};

	try_all(test, tries, ARRAY_SIZE(tries));
}

static void senseless_holes_are_refused(struct kunit *test)
{
	static const struct try tries[] = {
		TRY(64, 1, "NORMAL:hole=6", "", "", "", NULL),
		TRY(64, 1, "NORMAL:hole=x", "", "", "", NULL),
		TRY(64, 1, "NORMAL:hole=64", "", "", "", NULL),
		/* memory on one side only */
		TRY(64, 1, "NORMAL:hole=60", "", "", "", NULL),
		TRY(64, 1, "NORMAL:hole=56", "", "", "", "Normal:64:hole=56"),
		TRY(64, 1, "NORMAL:cma=32:hole=32", "", "", "", NULL),
	};

	try_all(test, tries, ARRAY_SIZE(tries));
}

static void senseless_distances_and_cpus_are_refused(struct kunit *test)
{
	static const struct try tries[] = {
		TRY(64, 2, "NORMAL", "", "10,20,20,10", "", "Normal:32/Normal:32"),
		TRY(64, 2, "NORMAL", "", "10,11,255,10", "", "Normal:32/Normal:32"),
		TRY(64, 2, "NORMAL", "", "10,20,20", "", NULL),
		TRY(64, 2, "NORMAL", "", "10,20,20,10,20", "", NULL),
		TRY(64, 2, "NORMAL", "", "11,20,20,10", "", NULL),
		TRY(64, 2, "NORMAL", "", "10,10,20,10", "", NULL),
		TRY(64, 2, "NORMAL", "", "10,256,20,10", "", NULL),
		TRY(64, 2, "NORMAL", "", "10,-1,20,10", "", NULL),
		TRY(64, 2, "NORMAL", "", "", "1", "Normal:32/Normal:32"),
		TRY(64, 2, "NORMAL", "", "", "2", NULL),
		TRY(64, 2, "NORMAL", "", "", "0,0", NULL),
		TRY(64, 2, "NORMAL", "", "", "0,", NULL),
	};

	try_all(test, tries, ARRAY_SIZE(tries));
}

/* An arena need not begin with a cell: where nodes meet, one begins. */
static void nodes_meet_at_cells(struct kunit *test)
{
	const struct sbd_cut_params p = { 2, "NORMAL", "", "", "" };
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, plan);
	KUNIT_ASSERT_EQ(test, cut(test, &p, 32, SBD_TEST_PFN + 256, plan), 0);
	KUNIT_EXPECT_EQ(test, plan->zones[0].pages, 16 * MIB_PAGES - 256);
	KUNIT_EXPECT_EQ(test, plan->zones[1].pages, 16 * MIB_PAGES + 256);
	kfree(plan->cpu_node);
}

/* CPUs of 4, dealt out as "0011". */
static void expect_cpus(struct kunit *test, const char *cpu_nodes, const char *want)
{
	const struct sbd_cut_params p = { 3, "NORMAL", "", "", cpu_nodes };
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);
	char text[8] = "";
	int cpu;

	KUNIT_ASSERT_NOT_NULL(test, plan);
	KUNIT_ASSERT_EQ(test, cut(test, &p, 64, SBD_TEST_PFN, plan), 0);
	for (cpu = 0; cpu < 4; cpu++)
		text[cpu] = '0' + plan->cpu_node[cpu];
	KUNIT_EXPECT_STREQ(test, text, want);
	kfree(plan->cpu_node);
}

static void cpus_are_dealt_in_shares(struct kunit *test)
{
	expect_cpus(test, "", "0012");
	expect_cpus(test, "0,2", "0022");
	expect_cpus(test, "2,0", "2200");
	expect_cpus(test, "1", "1111");
}

/* ---- a hole ------------------------------------------------------------------ */

/*
 * NORMAL, 64 MiB, with a hole of 8 MiB in the middle: two cells, 4 pageblocks.
 *
 *	0	     28     36		       64 MiB
 *	|-- memory --| hole |----- memory -----|
 */
static struct sbd_zone *holed(struct kunit *test, const char *profile)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, profile);
	plan->zones[0].hole_pfn = SBD_TEST_PFN + 28 * MIB_PAGES;
	plan->zones[0].hole_pages = 8 * MIB_PAGES;
	return sbd_test_create(test, plan)->zone[0];
}

static bool in_hole(unsigned long pfn)
{
	return pfn - SBD_TEST_PFN - 28 * MIB_PAGES < 8 * MIB_PAGES;
}

static void a_hole_is_spanned_and_not_present(struct kunit *test)
{
	struct sbd_zone *z = holed(test, "6.12");

	KUNIT_EXPECT_EQ(test, z->spanned, 64 * MIB_PAGES);
	KUNIT_EXPECT_EQ(test, z->present, 56 * MIB_PAGES);
	KUNIT_EXPECT_EQ(test, z->managed, 56 * MIB_PAGES);
	KUNIT_EXPECT_EQ(test, sbd_zone_stat(z, SBD_NR_FREE_PAGES), 56 * MIB_PAGES);
}

static void frames_of_a_hole_are_of_no_zone(struct kunit *test)
{
	struct sbd_zone *z = holed(test, "6.12");
	unsigned long pfn, end = z->start_pfn + z->spanned;

	for (pfn = z->start_pfn; pfn < end; pfn++)
		if ((sbd_zone_of(z->sys, pfn) == z) == in_hole(pfn))
			break;
	KUNIT_EXPECT_EQ(test, pfn, end);
}

/* Everything is handed out and given back: all but the hole, each page once. */
static void frames_of_a_hole_are_never_handed_out(struct kunit *test)
{
	unsigned long *pfns, pfn;
	struct sbd_zone *z;
	int i, n, got;

	pfns = kunit_kcalloc(test, SBD_TEST_PAGES, sizeof(*pfns), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pfns);
	for (i = 0; sbd_test_profiles[i]; i++) {
		z = holed(test, sbd_test_profiles[i]);
		for (n = 0; n < SBD_TEST_PAGES; n++) {
			pfn = sbd_alloc(z->sys, 0, __GFP_MEMALLOC, 0);
			if (pfn == SBD_PFN_NONE)
				break;
			KUNIT_ASSERT_FALSE(test, in_hole(pfn));
			pfns[n] = pfn;
		}
		KUNIT_EXPECT_EQ(test, n, (int)(56 * MIB_PAGES));
		for (got = n; got--;)
			sbd_free(z->sys, 0, pfns[got], 0);
		sbd_check_system(test, z->sys, "all was given back");
	}
}

static void a_holes_pageblocks_do_not_count(struct kunit *test)
{
	struct sbd_zone *z = holed(test, "6.12");
	unsigned long count[SBD_NR_TYPES];
	struct sbd_text t = { };

	sbd_block_count(z, count);
	KUNIT_EXPECT_EQ(test, count[SBD_MOVABLE], 28UL);
	sbd_format_pageblocks(&t, z->sys);
	KUNIT_EXPECT_STREQ(test, t.buf,
			   "Node 0, zone   Normal mmmmmmmmmmmmmm....mmmmmmmmmmmmmm\n");
	sbd_text_free(&t);
}

static void a_hole_survives_a_reset(struct kunit *test)
{
	struct sbd_zone *z = holed(test, "6.12");

	sbd_system_reset(z->sys);
	KUNIT_EXPECT_EQ(test, sbd_zone_stat(z, SBD_NR_FREE_PAGES), 56 * MIB_PAGES);
	sbd_check_system(test, z->sys, "a reset");
}

/* A hole that is not of whole cells, or not inside. */
static void senseless_holes_make_no_system(struct kunit *test)
{
	static const struct {
		unsigned long pfn, pages;
	} bad[] = {
		{ SBD_TEST_PFN, 1024 },
		{ SBD_TEST_PFN + 512, 1024 },
		{ SBD_TEST_PFN + 1024, 512 },
		{ SBD_TEST_PFN + 1024, SBD_TEST_PAGES - 1024 },
		{ SBD_TEST_PFN + SBD_TEST_PAGES, 1024 },
		{ SBD_TEST_PFN - 1024, 1024 },
	};
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, plan);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		sbd_test_plan(test, plan, "6.12");
		plan->zones[0].hole_pfn = bad[i].pfn;
		plan->zones[0].hole_pages = bad[i].pages;
		KUNIT_EXPECT_EQ_MSG(test, PTR_ERR_OR_ZERO(sbd_system_create(plan)),
				    -EINVAL, "hole %d", i);
	}
}

/* ---- nodes ------------------------------------------------------------------- */

/*
 *	node 0		node 1		node 2		node 3
 *	CPU 0		-		CPU 1, 2	CPU 3
 *	DMA32, NORMAL	MOVABLE		-		NORMAL
 *
 * From 2, both 1 (a lower number) and 3 (a CPU) are at 21, and each has one load:
 * 0 began with 1, and 1 with 3.
 */
static struct sbd_system *motley(struct kunit *test)
{
	static const u8 cpu_node[] = { 0, 2, 2, 3 };
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, "6.12");
	plan->nr_cpus = 4;
	plan->nr_online = 4;
	plan->cpu_node = cpu_node;
	plan->nr_nodes = 4;
	plan->nr_zones = 4;
	plan->zones[0] = (struct sbd_zone_plan) { SBD_ZONE_DMA32, 0, 0x80000, 4096 };
	plan->zones[1] = (struct sbd_zone_plan) { SBD_ZONE_NORMAL, 0, 0x100000, 16384 };
	plan->zones[2] = (struct sbd_zone_plan) { SBD_ZONE_MOVABLE, 1, 0x200000, 8192 };
	plan->zones[3] = (struct sbd_zone_plan) { SBD_ZONE_NORMAL, 3, 0x300000, 8192 };
	return sbd_test_create(test, plan);
}

static void nodes_file_says_what_nodes_have(struct kunit *test)
{
	struct sbd_text t = { };

	sbd_format_nodes(&t, motley(test));
	KUNIT_EXPECT_STREQ(test, t.buf,
			   "online: 0-3\n"
			   "has_cpu: 0,2-3\n"
			   "has_memory: 0-1,3\n"
			   "has_normal_memory: 0,3\n"
			   "distance: node 0 10 20 20 20\n"
			   "distance: node 1 20 10 20 20\n"
			   "distance: node 2 20 20 10 20\n"
			   "distance: node 3 20 20 20 10\n"
			   "zonelist: node 0 fallback: Normal/0 DMA32/0 Movable/1 Normal/3\n"
			   "zonelist: node 0 thisnode: Normal/0 DMA32/0\n"
			   "zonelist: node 1 fallback: Movable/1 Normal/3 Normal/0 DMA32/0\n"
			   "zonelist: node 1 thisnode: Movable/1\n"
			   "zonelist: node 2 fallback: Movable/1 Normal/3 Normal/0 DMA32/0\n"
			   "zonelist: node 2 thisnode:\n"
			   "zonelist: node 3 fallback: Normal/3 Movable/1 Normal/0 DMA32/0\n"
			   "zonelist: node 3 thisnode: Normal/3\n");
	sbd_text_free(&t);
}

static void lists_are_shared_among_a_nodes_cpus(struct kunit *test)
{
	struct sbd_system *sys = motley(test);

	KUNIT_EXPECT_EQ(test, sys->nodes[0].cpus, 1);
	KUNIT_EXPECT_EQ(test, sys->nodes[1].cpus, 0);
	KUNIT_EXPECT_EQ(test, sys->nodes[2].cpus, 2);
	KUNIT_EXPECT_EQ(test, sys->nodes[3].cpus, 1);
}

/* Reserves are the node's own: DMA32 keeps for NORMAL of node 0 alone. */
static void reserves_stay_on_the_node(struct kunit *test)
{
	struct sbd_system *sys = motley(test);
	struct sbd_zone *low = sys->nodes[0].zones[SBD_ZONE_DMA32];

	KUNIT_EXPECT_EQ(test, low->lowmem_reserve[SBD_ZONE_NORMAL], 16384 / 256L);
	KUNIT_EXPECT_EQ(test, low->lowmem_reserve[SBD_ZONE_MOVABLE], 16384 / 256L);
}

static void senseless_nodes_make_no_system(struct kunit *test)
{
	static const u8 stranger[] = { 0, 0, 1 };
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, "6.12");
	plan->cpu_node = stranger;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(sbd_system_create(plan)), -EINVAL);
	sbd_test_plan(test, plan, "6.12");
	plan->nr_nodes = SBD_MAX_NODES + 1;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(sbd_system_create(plan)), -EINVAL);
	sbd_test_plan(test, plan, "6.12");
	plan->distance[0][0] = 11;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(sbd_system_create(plan)), -EINVAL);
}

/* The kernel's names, in the kernel's order, and all forgotten by a reset. */
static void vmstat_has_all_events(struct kunit *test)
{
	struct sbd_system *sys = motley(test);
	struct sbd_text t = { };

	sbd_count_vm(sys, pgsteal_direct, 7);
	sbd_count_vm(sys, nr_written, 3);
	atomic64_set(&sys->allocstall[SBD_ZONE_MOVABLE], 2);
	sbd_format_vmstat(&t, sys);
	KUNIT_ASSERT_NOT_NULL(test, t.buf);
	KUNIT_EXPECT_NOT_NULL(test, strstr(t.buf, "\npgsteal_direct 7\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(t.buf, "\nnr_written 3\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(t.buf, "\nallocstall_movable 2\npgfree "));
	KUNIT_EXPECT_NOT_NULL(test, strstr(t.buf, "\npswpin 0\npswpout 0\npgalloc_"));
	sbd_text_free(&t);
	sbd_system_reset(sys);
	KUNIT_EXPECT_EQ(test, atomic64_read(&sys->vm_event[SBD_VM_nr_written]), 0LL);
	KUNIT_EXPECT_EQ(test, atomic64_read(&sys->allocstall[SBD_ZONE_MOVABLE]), 0LL);
}

static struct kunit_case node_cases[] = {
	KUNIT_CASE(zones_are_each_nodes),
	KUNIT_CASE(senseless_nodes_are_refused),
	KUNIT_CASE(senseless_holes_are_refused),
	KUNIT_CASE(senseless_distances_and_cpus_are_refused),
	KUNIT_CASE(nodes_meet_at_cells),
	KUNIT_CASE(cpus_are_dealt_in_shares),
	KUNIT_CASE(a_hole_is_spanned_and_not_present),
	KUNIT_CASE(frames_of_a_hole_are_of_no_zone),
	KUNIT_CASE(frames_of_a_hole_are_never_handed_out),
	KUNIT_CASE(a_holes_pageblocks_do_not_count),
	KUNIT_CASE(a_hole_survives_a_reset),
	KUNIT_CASE(senseless_holes_make_no_system),
	KUNIT_CASE(nodes_file_says_what_nodes_have),
	KUNIT_CASE(lists_are_shared_among_a_nodes_cpus),
	KUNIT_CASE(reserves_stay_on_the_node),
	KUNIT_CASE(senseless_nodes_make_no_system),
	KUNIT_CASE(vmstat_has_all_events),
	{}
};

static struct kunit_suite node_suite = {
	.name = "shadowbuddy_node",
	.test_cases = node_cases,
};

kunit_test_suite(node_suite);
