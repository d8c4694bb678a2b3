// SPDX-License-Identifier: GPL-2.0
/* Building, resetting and tuning whole machines. */
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/mmzone.h>

#include "alloc.h"
#include "check.h"
#include "helpers.h"

static int refusal(const struct sbd_plan *plan)
{
	struct sbd_system *sys = sbd_system_create(plan);

	if (IS_ERR(sys))
		return PTR_ERR(sys);
	sbd_system_destroy(sys);
	return 0;
}

#define EXPECT_REFUSED(change)						\
do {									\
	sbd_test_plan(test, plan, "6.12");				\
	change;								\
	KUNIT_EXPECT_EQ_MSG(test, refusal(plan), -EINVAL, "%s", #change);	\
} while (0)

static void senseless_plans_are_refused(struct kunit *test)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);
	struct sbd_zone_plan *z = plan->zones;

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, "6.12");
	KUNIT_EXPECT_EQ(test, refusal(plan), 0);
	EXPECT_REFUSED(plan->nr_zones = 0);
	EXPECT_REFUSED(plan->nr_zones = SBD_PLAN_ZONES + 1);
	EXPECT_REFUSED(plan->nr_cpus = 0);
	EXPECT_REFUSED(plan->nr_online = 0);
	EXPECT_REFUSED(plan->geo.block_order = 11);
	EXPECT_REFUSED(z->pages = 0);
	EXPECT_REFUSED(z->pages = SBD_NIL);
	EXPECT_REFUSED(z->nid = -1);
	EXPECT_REFUSED(z->nid = SBD_MAX_NODES);
	EXPECT_REFUSED(z->type = SBD_ZONE_DEVICE);
	/* a kernel without CMA has no CMA pageblocks */
	EXPECT_REFUSED(z->cma_pages = 512);
	EXPECT_REFUSED(plan->geo.cma = true; z->cma_pages = 511);
	EXPECT_REFUSED(plan->geo.cma = true; z->cma_pages = 512; z->pages--);
	EXPECT_REFUSED(plan->geo.cma = true; z->cma_pages = 2 * SBD_TEST_PAGES);
	/* one zone twice; two zones in one cell */
	EXPECT_REFUSED(plan->nr_zones = 2; z[1] = z[0]; z[1].start_pfn += 65536);
	EXPECT_REFUSED(plan->nr_zones = 2; z[1] = z[0]; z[1].type = 0;
		       z[1].start_pfn += 1000; z[0].pages = 1000);
}

static void senseless_nodes_are_refused(struct kunit *test)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);
	static const u8 cpus[SBD_TEST_CPUS] = { 0, 1, 0 };
	u8 (*d)[SBD_MAX_NODES] = plan->distance;

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, "6.12");
	plan->nr_nodes = 2;
	d[0][0] = 10, d[0][1] = 255, d[1][0] = 11, d[1][1] = 10;
	plan->cpu_node = cpus;
	KUNIT_EXPECT_EQ(test, refusal(plan), 0);
	EXPECT_REFUSED(plan->nr_nodes = SBD_MAX_NODES + 1);
	/* a CPU of a node that is none */
	EXPECT_REFUSED(plan->cpu_node = cpus);
	/* a node that is not at home, one as near as home, one that is missing */
	EXPECT_REFUSED(d[0][0] = 11);
	EXPECT_REFUSED(plan->nr_nodes = 2; d[0][0] = 10; d[1][1] = 10; d[0][1] = 20;
		       d[1][0] = 10);
	EXPECT_REFUSED(plan->nr_nodes = 2; d[0][0] = 10; d[1][1] = 10; d[0][1] = 20);
}

static void senseless_holes_are_refused(struct kunit *test)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);
	struct sbd_zone_plan *z = plan->zones;
	const unsigned long cell = SBD_CELL_PAGES;

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, "6.12");
	z->hole_pfn = z->start_pfn + cell;
	z->hole_pages = cell;
	KUNIT_EXPECT_EQ(test, refusal(plan), 0);
	/* at either edge, beyond it, around the zone */
	EXPECT_REFUSED(z->hole_pfn = z->start_pfn; z->hole_pages = cell);
	EXPECT_REFUSED(z->hole_pfn = z->start_pfn - cell; z->hole_pages = 2 * cell);
	EXPECT_REFUSED(z->hole_pages = cell;
		       z->hole_pfn = z->start_pfn + z->pages - cell);
	EXPECT_REFUSED(z->hole_pages = cell; z->hole_pfn = z->start_pfn + z->pages);
	EXPECT_REFUSED(z->hole_pfn = z->start_pfn + cell; z->hole_pages = z->pages);
	EXPECT_REFUSED(z->hole_pfn = z->start_pfn + cell; z->hole_pages = -cell);
	/* half a cell */
	EXPECT_REFUSED(z->hole_pfn = z->start_pfn + 512; z->hole_pages = cell);
	EXPECT_REFUSED(z->hole_pfn = z->start_pfn + cell; z->hole_pages = 512);
	/* in CMA pageblocks */
	EXPECT_REFUSED(plan->geo.cma = true; z->hole_pfn = z->start_pfn + 14 * cell;
		       z->hole_pages = cell; z->cma_pages = cell + 512);
}

static void zones_come_by_node_and_type(struct kunit *test)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);
	struct sbd_system *sys;

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, "6.12");
	plan->nr_zones = 3;
	plan->zones[0].nid = 2;
	plan->zones[1] = (struct sbd_zone_plan) {
		SBD_ZONE_MOVABLE, 0, 0x300000, 2048, 0
	};
	plan->zones[2] = (struct sbd_zone_plan) {
		SBD_ZONE_DMA32, 0, 0x80000, 4096, 0
	};
	sys = sbd_test_create(test, plan);
	KUNIT_EXPECT_EQ(test, sys->nr_nodes, 3);
	KUNIT_EXPECT_EQ(test, sys->zone[0]->idx, SBD_ZONE_DMA32);
	KUNIT_EXPECT_EQ(test, sys->zone[1]->idx, SBD_ZONE_MOVABLE);
	KUNIT_EXPECT_EQ(test, sys->zone[2]->nid, 2);
	KUNIT_EXPECT_PTR_EQ(test, sbd_zone_of(sys, 0x80000), sys->zone[0]);
	KUNIT_EXPECT_PTR_EQ(test, sbd_zone_of(sys, 0x80fff), sys->zone[0]);
	KUNIT_EXPECT_NULL(test, sbd_zone_of(sys, 0x81000));
	KUNIT_EXPECT_NULL(test, sbd_zone_of(sys, 0x7ffff));
	KUNIT_EXPECT_PTR_EQ(test, sbd_zone_of(sys, 0x3007ff), sys->zone[1]);
	KUNIT_EXPECT_NULL(test, sbd_zone_of(sys, 0x300800));
	KUNIT_EXPECT_NULL(test, sbd_zone_of(sys, ~0UL));
}

/* |.....1|2|  4  |    8   | ... | the first blocks are what the edge allows */
static void odd_edges_are_filled(struct kunit *test)
{
	struct sbd_plan plan;
	struct sbd_zone *z;
	unsigned int o;

	sbd_test_plan(test, &plan, "6.12");
	plan.zones[0].start_pfn += 1;
	plan.zones[0].pages -= 2;
	z = sbd_test_create(test, &plan)->zone[0];
	sbd_check_system(test, z->sys, "creation");
	for (o = 0; o < SBD_MAX_ORDER; o++)
		KUNIT_EXPECT_EQ(test, z->area[o].nr_free, 2UL);
	KUNIT_EXPECT_EQ(test, z->area[10].nr_free, 14UL);
}

static void cma_pageblocks_are_the_last(struct kunit *test)
{
	struct sbd_plan plan;
	struct sbd_zone *z;

	sbd_test_plan(test, &plan, "6.12");
	plan.geo.cma = true;
	plan.zones[0].cma_pages = 1536;
	z = sbd_test_create(test, &plan)->zone[0];
	sbd_check_system(test, z->sys, "creation");
	KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_CMA_PAGES), 1536UL);
	KUNIT_EXPECT_EQ(test, z->blocks[28], SBD_MOVABLE);
	KUNIT_EXPECT_EQ(test, z->blocks[29], SBD_CMA);
	KUNIT_EXPECT_STREQ(test, sbd_test_list(test, z, 10, SBD_CMA), "15360");
	KUNIT_EXPECT_STREQ(test, sbd_test_list(test, z, 9, SBD_CMA), "14848");
}

static void descriptors_take_18_bytes_a_frame_at_most(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	KUNIT_EXPECT_GE(test, z->sys->meta_bytes, 16 * SBD_TEST_PAGES);
	KUNIT_EXPECT_LE(test, z->sys->meta_bytes, 18 * SBD_TEST_PAGES);
}

static void reset_forgets_everything(struct kunit *test)
{
	struct sbd_zone *z;
	unsigned long first;
	int i, n;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		first = sbd_alloc(z->sys, 0, GFP_KERNEL, 0);
		for (n = 0; n < 300; n++)
			sbd_alloc(z->sys, n % 3, n & 1 ? GFP_KERNEL :
				  GFP_HIGHUSER_MOVABLE, n % 11);
		sbd_system_reset(z->sys);
		sbd_check_system(test, z->sys, "a reset");
		KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_PAGES),
				SBD_TEST_PAGES);
		KUNIT_EXPECT_EQ(test, z->event[SBD_EV_FALLBACK], 0ULL);
		KUNIT_EXPECT_EQ(test, z->boost, 0UL);
		KUNIT_EXPECT_EQ(test, atomic64_read(&z->sys->fail[10]), 0LL);
		KUNIT_EXPECT_EQ(test, sbd_pcp(z, 1)->count, 0);
		KUNIT_EXPECT_GT(test, sbd_pcp(z, 1)->high_min, 0);
		KUNIT_EXPECT_EQ(test, sbd_alloc(z->sys, 0, GFP_KERNEL, 0), first);
	}
}

static void reset_keeps_the_tunables(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_zone(test, "6.12")->sys;
	struct sbd_tunables tun = sys->tun;

	tun.min_free_kbytes = 3000;
	KUNIT_ASSERT_EQ(test, sbd_tune(sys, &tun), 0);
	sbd_system_reset(sys);
	KUNIT_EXPECT_EQ(test, sys->tun.min_free_kbytes, 3000);
	KUNIT_EXPECT_EQ(test, sys->zone[0]->wmark[SBD_WMARK_MIN], 750UL);
}

#define EXPECT_OUT_OF_RANGE(field, value)				\
do {									\
	tun = before;							\
	tun.field = value;						\
	KUNIT_EXPECT_EQ_MSG(test, sbd_tune(sys, &tun), -ERANGE, #field);	\
	KUNIT_EXPECT_EQ(test, memcmp(&sys->tun, &before, sizeof(before)), 0);	\
} while (0)

static void tunables_have_the_kernels_ranges(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_zone(test, "6.12")->sys;
	struct sbd_tunables before = sys->tun, tun;

	EXPECT_OUT_OF_RANGE(min_free_kbytes, -1);
	EXPECT_OUT_OF_RANGE(watermark_boost_factor, -1);
	EXPECT_OUT_OF_RANGE(watermark_scale_factor, 0);
	EXPECT_OUT_OF_RANGE(watermark_scale_factor, 3001);
	EXPECT_OUT_OF_RANGE(percpu_pagelist_high_fraction, 7);
	EXPECT_OUT_OF_RANGE(percpu_pagelist_high_fraction, -1);
	EXPECT_OUT_OF_RANGE(stat_interval, -1);
	EXPECT_OUT_OF_RANGE(lowmem_reserve_ratio[1], -1);
	tun = before;
	tun.watermark_scale_factor = 3000;
	tun.percpu_pagelist_high_fraction = 8;
	KUNIT_EXPECT_EQ(test, sbd_tune(sys, &tun), 0);
}

/* As a write to /proc/sys/vm: whatever was there, the marks are set anew. */
static void a_written_mark_takes_the_boost_back(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	struct sbd_tunables *tun = &z->sys->tun;
	const size_t fields[] = {
		offsetof(struct sbd_tunables, min_free_kbytes),
		offsetof(struct sbd_tunables, watermark_scale_factor),
	};
	int i;

	tun->user_min_free_kbytes = -1;
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		z->boost = 100;
		KUNIT_EXPECT_EQ(test, sbd_tune_one(z->sys, fields[i],
						   *(int *)((void *)tun + fields[i])), 0);
		KUNIT_EXPECT_EQ(test, z->boost, 0UL);
	}
	KUNIT_EXPECT_EQ(test, tun->user_min_free_kbytes, tun->min_free_kbytes);
	z->boost = 100;
	KUNIT_EXPECT_EQ(test, sbd_tune_one(z->sys, offsetof(struct sbd_tunables,
							    stat_interval), 7), 0);
	KUNIT_EXPECT_EQ(test, tun->stat_interval, 7);
	KUNIT_EXPECT_EQ(test, z->boost, 100UL);
}

static void one_tunable_leaves_the_others(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_zone(test, "6.12")->sys;
	struct sbd_tunables before = sys->tun;
	int ratio[SBD_NR_ZONES] = { 10, 20, 30, 40, 50 };

	KUNIT_EXPECT_EQ(test, sbd_tune_one(sys, offsetof(struct sbd_tunables,
							 watermark_scale_factor),
					   3001), -ERANGE);
	KUNIT_EXPECT_EQ(test, memcmp(&sys->tun, &before, sizeof(before)), 0);
	KUNIT_EXPECT_EQ(test, sbd_tune_ratios(sys, ratio, BIT(1) | BIT(3)), 0);
	before.lowmem_reserve_ratio[1] = 20;
	before.lowmem_reserve_ratio[3] = 40;
	KUNIT_EXPECT_EQ(test, memcmp(&sys->tun, &before, sizeof(before)), 0);
	ratio[1] = -1;
	KUNIT_EXPECT_EQ(test, sbd_tune_ratios(sys, ratio, BIT(1)), -ERANGE);
	KUNIT_EXPECT_EQ(test, memcmp(&sys->tun, &before, sizeof(before)), 0);
}

static void running_geometry_is_the_hosts(struct kunit *test)
{
	struct sbd_geometry geo;

	sbd_geometry_running(&geo);
	KUNIT_EXPECT_EQ(test, geo.block_order, (u8)pageblock_order);
	KUNIT_EXPECT_EQ(test, geo.smp, IS_ENABLED(CONFIG_SMP));
	KUNIT_EXPECT_EQ(test, !!(geo.zones & BIT(SBD_ZONE_DMA32)),
			IS_ENABLED(CONFIG_ZONE_DMA32));
	KUNIT_EXPECT_TRUE(test, geo.zones & BIT(SBD_ZONE_NORMAL));
}

static struct kunit_case system_cases[] = {
	KUNIT_CASE(senseless_plans_are_refused),
	KUNIT_CASE(senseless_nodes_are_refused),
	KUNIT_CASE(senseless_holes_are_refused),
	KUNIT_CASE(zones_come_by_node_and_type),
	KUNIT_CASE(odd_edges_are_filled),
	KUNIT_CASE(cma_pageblocks_are_the_last),
	KUNIT_CASE(descriptors_take_18_bytes_a_frame_at_most),
	KUNIT_CASE(reset_forgets_everything),
	KUNIT_CASE(reset_keeps_the_tunables),
	KUNIT_CASE(tunables_have_the_kernels_ranges),
	KUNIT_CASE(a_written_mark_takes_the_boost_back),
	KUNIT_CASE(one_tunable_leaves_the_others),
	KUNIT_CASE(running_geometry_is_the_hosts),
	{}
};

static struct kunit_suite system_suite = {
	.name = "shadowbuddy_system",
	.test_cases = system_cases,
};

kunit_test_suite(system_suite);
