// SPDX-License-Identifier: GPL-2.0
/* Taking pageblocks and free blocks out of use, and putting them back. */
#include "check.h"
#include "helpers.h"
#include "isolate.h"

static bool isolate(struct sbd_zone *z, unsigned long offset)
{
	unsigned long flags;
	bool done;

	flags = sbd_zone_lock(z);
	done = sbd_isolate_block(z, 0, z->start_pfn + offset);
	sbd_zone_unlock(z, flags);
	return done;
}

static void unisolate(struct sbd_zone *z, unsigned long offset, int mt)
{
	unsigned long flags;

	flags = sbd_zone_lock(z);
	sbd_unisolate_block(z, 0, z->start_pfn + offset, mt);
	sbd_zone_unlock(z, flags);
}

static unsigned long take_off(struct sbd_zone *z, unsigned long offset)
{
	unsigned long flags, pages;

	flags = sbd_zone_lock(z);
	pages = sbd_isolate_free(z, 0, z->frames + offset);
	sbd_zone_unlock(z, flags);
	return pages;
}

static void put_back(struct sbd_zone *z, unsigned long offset)
{
	unsigned long flags;

	flags = sbd_zone_lock(z);
	sbd_putback_isolated(z, 0, z->frames + offset);
	sbd_zone_unlock(z, flags);
}

/* Half a pageblock is free: isolation hides it, un-isolation brings it back. */
static void isolated_pages_are_out_of_use(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		sbd_test_occupy(z);
		sbd_test_give(z, 512, 8, SBD_MOVABLE);
		KUNIT_EXPECT_TRUE(test, isolate(z, 700));
		KUNIT_EXPECT_EQ(test, z->nr_isolate, 1UL);
		KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_PAGES), 0UL);
		KUNIT_EXPECT_STREQ(test, sbd_test_list(test, z, 8, SBD_ISOLATE),
				   "512");
		KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 0, SBD_MOVABLE, 0), -1L);
		KUNIT_EXPECT_FALSE(test, isolate(z, 512));
		unisolate(z, 600, SBD_MOVABLE);
		KUNIT_EXPECT_EQ(test, z->nr_isolate, 0UL);
		KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_PAGES), 256UL);
		KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 0, SBD_MOVABLE, 0), 512L);
		unisolate(z, 600, SBD_MOVABLE);
		KUNIT_EXPECT_EQ(test, z->nr_isolate, 0UL);
	}
}

/*
 *  |        1024 free         |      the second pageblock is isolated:
 *  |  512 free  | 512 isolated|      and merges again afterwards
 */
static void larger_block_is_taken_apart(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	KUNIT_EXPECT_TRUE(test, isolate(z, 512));
	KUNIT_EXPECT_STREQ(test, sbd_test_list(test, z, 9, SBD_MOVABLE), "0");
	KUNIT_EXPECT_STREQ(test, sbd_test_list(test, z, 9, SBD_ISOLATE), "512");
	KUNIT_EXPECT_NULL(test, sbd_check_zone(test, z));
	unisolate(z, 512, SBD_MOVABLE);
	KUNIT_EXPECT_EQ(test, z->area[9].nr_free, 0UL);
	KUNIT_EXPECT_EQ(test, z->area[10].nr_free, 16UL);
	KUNIT_EXPECT_NULL(test, sbd_check_zone(test, z));
}

static void first_half_moves_whole_in_6_1(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.1");

	KUNIT_EXPECT_TRUE(test, isolate(z, 0));
	KUNIT_EXPECT_STREQ(test, sbd_test_list(test, z, 10, SBD_ISOLATE), "0");
	KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_PAGES),
			SBD_TEST_PAGES - 1024);
	unisolate(z, 0, SBD_MOVABLE);
	KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_PAGES),
			SBD_TEST_PAGES);
}

/* Two isolated neighbours do not merge with each other's return. */
static void isolated_neighbour_is_left_alone(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	isolate(z, 0);
	isolate(z, 512);
	unisolate(z, 0, SBD_MOVABLE);
	KUNIT_EXPECT_STREQ(test, sbd_test_list(test, z, 9, SBD_MOVABLE), "0");
	KUNIT_EXPECT_STREQ(test, sbd_test_list(test, z, 9, SBD_ISOLATE), "512");
	KUNIT_EXPECT_NULL(test, sbd_check_zone(test, z));
}

static void edge_of_the_zone_forbids_it(struct kunit *test)
{
	struct sbd_plan plan;
	struct sbd_zone *z;

	sbd_test_plan(test, &plan, "6.12");
	plan.zones[0].start_pfn += 100;
	plan.zones[0].pages -= 100;
	z = sbd_test_create(test, &plan)->zone[0];
	KUNIT_EXPECT_FALSE(test, isolate(z, 0));
	KUNIT_EXPECT_EQ(test, z->nr_isolate, 0UL);
	KUNIT_EXPECT_NULL(test, sbd_check_zone(test, z));
}

static void block_is_taken_and_put_back(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		KUNIT_EXPECT_EQ(test, take_off(z, 1024), 1024UL);
		KUNIT_EXPECT_EQ(test, z->frames[1024].state,
				(u8)SBD_FRAME_ISOLATED);
		KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_PAGES),
				SBD_TEST_PAGES - 1024);
		put_back(z, 1024);
		/* at the tail */
		KUNIT_EXPECT_EQ(test, z->area[10].list[SBD_MOVABLE].tail, 1024U);
		KUNIT_EXPECT_NULL(test, sbd_check_zone(test, z));
	}
}

static void min_mark_forbids_taking(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	sbd_test_occupy(z);
	sbd_test_give(z, 0, 5, SBD_MOVABLE);
	/* 256 is the mark; the request itself counts twice */
	sbd_test_free_pages(z, 256 + 32);
	KUNIT_EXPECT_EQ(test, take_off(z, 0), 0UL);
	sbd_test_free_pages(z, 256 + 32 + 1);
	/* no boost is reckoned with */
	z->boost = 1000;
	KUNIT_EXPECT_EQ(test, take_off(z, 0), 32UL);
}

static void isolated_block_is_taken_whatever_the_mark(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	sbd_test_occupy(z);
	sbd_test_give(z, 0, 5, SBD_MOVABLE);
	isolate(z, 0);
	KUNIT_EXPECT_EQ(test, take_off(z, 0), 32UL);
}

/* Half a pageblock and more becomes MOVABLE; in 6.12 what else is free too. */
static void large_block_taken_makes_movable(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		sbd_test_occupy(z);
		sbd_test_type(z, 512, SBD_UNMOVABLE);
		sbd_test_give(z, 512, 8, SBD_UNMOVABLE);
		sbd_test_give(z, 900, 0, SBD_UNMOVABLE);
		sbd_test_free_pages(z, 10000);
		KUNIT_EXPECT_EQ(test, take_off(z, 512), 256UL);
		KUNIT_EXPECT_EQ(test, sbd_block_type(z, z->start_pfn + 512),
				SBD_MOVABLE);
		KUNIT_EXPECT_STREQ(test, sbd_test_list(test, z, 0, SBD_MOVABLE),
				   z->prof->type_hygiene ? "900" : "");
	}
}

static void small_block_taken_changes_no_type(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	sbd_test_occupy(z);
	sbd_test_type(z, 512, SBD_UNMOVABLE);
	sbd_test_give(z, 512, 7, SBD_UNMOVABLE);
	sbd_test_free_pages(z, 10000);
	KUNIT_EXPECT_EQ(test, take_off(z, 512), 128UL);
	KUNIT_EXPECT_EQ(test, sbd_block_type(z, z->start_pfn + 512),
			SBD_UNMOVABLE);
}

static struct kunit_case isolate_cases[] = {
	KUNIT_CASE(isolated_pages_are_out_of_use),
	KUNIT_CASE(larger_block_is_taken_apart),
	KUNIT_CASE(first_half_moves_whole_in_6_1),
	KUNIT_CASE(isolated_neighbour_is_left_alone),
	KUNIT_CASE(edge_of_the_zone_forbids_it),
	KUNIT_CASE(block_is_taken_and_put_back),
	KUNIT_CASE(min_mark_forbids_taking),
	KUNIT_CASE(isolated_block_is_taken_whatever_the_mark),
	KUNIT_CASE(large_block_taken_makes_movable),
	KUNIT_CASE(small_block_taken_changes_no_type),
	{}
};

static struct kunit_suite isolate_suite = {
	.name = "shadowbuddy_isolate",
	.test_cases = isolate_cases,
};

kunit_test_suite(isolate_suite);
