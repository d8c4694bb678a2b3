// SPDX-License-Identifier: GPL-2.0
/* Pageblock types, skip bits, grouping by mobility. */
#include "helpers.h"

static void type_is_the_whole_blocks(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	sbd_test_type(z, 512 + 100, SBD_RECLAIMABLE);
	KUNIT_EXPECT_EQ(test, sbd_block_type(z, z->start_pfn + 511), SBD_MOVABLE);
	KUNIT_EXPECT_EQ(test, sbd_block_type(z, z->start_pfn + 512),
			SBD_RECLAIMABLE);
	KUNIT_EXPECT_EQ(test, sbd_block_type(z, z->start_pfn + 1023),
			SBD_RECLAIMABLE);
	KUNIT_EXPECT_EQ(test, sbd_block_type(z, z->start_pfn + 1024),
			SBD_MOVABLE);
}

static void skip_bit_survives_a_change_of_type(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	z->blocks[3] |= SBD_BLOCK_SKIP;
	sbd_test_type(z, 3 * 512, SBD_UNMOVABLE);
	KUNIT_EXPECT_EQ(test, z->blocks[3], SBD_BLOCK_SKIP | SBD_UNMOVABLE);
}

static void range_covers_a_large_block(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	unsigned long count[SBD_NR_TYPES];

	sbd_block_set_range(z, z->start_pfn + 1024, 10, SBD_HIGHATOMIC);
	KUNIT_EXPECT_EQ(test, z->blocks[1], SBD_MOVABLE);
	KUNIT_EXPECT_EQ(test, z->blocks[2], SBD_HIGHATOMIC);
	KUNIT_EXPECT_EQ(test, z->blocks[3], SBD_HIGHATOMIC);
	KUNIT_EXPECT_EQ(test, z->blocks[4], SBD_MOVABLE);
	sbd_block_count(z, count);
	KUNIT_EXPECT_EQ(test, count[SBD_MOVABLE], 30UL);
	KUNIT_EXPECT_EQ(test, count[SBD_HIGHATOMIC], 2UL);
	KUNIT_EXPECT_EQ(test, count[SBD_UNMOVABLE], 0UL);
}

/*
 *   pageblocks  |    0    |    1    |  ...
 *   zone             |=================
 */
static void zone_may_begin_inside_a_block(struct kunit *test)
{
	struct sbd_plan plan;
	struct sbd_zone *z;

	sbd_test_plan(test, &plan, "6.12");
	plan.zones[0].start_pfn += 300;
	plan.zones[0].pages -= 300;
	z = sbd_test_create(test, &plan)->zone[0];
	KUNIT_EXPECT_EQ(test, z->nr_blocks, 32UL);
	sbd_block_set_type(z, SBD_TEST_PFN + 300, SBD_UNMOVABLE);
	KUNIT_EXPECT_EQ(test, sbd_block_type(z, SBD_TEST_PFN + 511),
			SBD_UNMOVABLE);
	KUNIT_EXPECT_EQ(test, sbd_block_type(z, SBD_TEST_PFN + 512), SBD_MOVABLE);
}

static void small_machine_is_not_grouped(struct kunit *test)
{
	struct sbd_plan plan;
	struct sbd_zone *z;

	sbd_test_plan(test, &plan, "6.12");
	plan.zones[0].pages = 2048;
	z = sbd_test_create(test, &plan)->zone[0];
	KUNIT_EXPECT_FALSE(test, z->grouped);
	sbd_test_type(z, 0, SBD_RECLAIMABLE);
	KUNIT_EXPECT_EQ(test, sbd_block_type(z, z->start_pfn), SBD_UNMOVABLE);
	sbd_test_type(z, 0, SBD_HIGHATOMIC);
	KUNIT_EXPECT_EQ(test, sbd_block_type(z, z->start_pfn), SBD_HIGHATOMIC);
}

static struct kunit_case pageblock_cases[] = {
	KUNIT_CASE(type_is_the_whole_blocks),
	KUNIT_CASE(skip_bit_survives_a_change_of_type),
	KUNIT_CASE(range_covers_a_large_block),
	KUNIT_CASE(zone_may_begin_inside_a_block),
	KUNIT_CASE(small_machine_is_not_grouped),
	{}
};

static struct kunit_suite pageblock_suite = {
	.name = "shadowbuddy_pageblock",
	.test_cases = pageblock_cases,
};

kunit_test_suite(pageblock_suite);
