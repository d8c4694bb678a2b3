// SPDX-License-Identifier: GPL-2.0
/* The invariant checker itself: each kind of damage is seen and named. */
#include "check.h"
#include "helpers.h"

static struct sbd_zone *used_zone(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	int i;

	for (i = 0; i < 40; i++)
		sbd_pcp_alloc(z, i % 2, i % 4, i % 3, 0);
	KUNIT_ASSERT_NULL(test, sbd_check_zone(test, z));
	return z;
}

static struct sbd_frame *head_of(struct sbd_zone *z, unsigned int order, int mt)
{
	return sbd_list_first(z, &z->area[order].list[mt]);
}

static void lost_link_is_seen(struct kunit *test)
{
	struct sbd_zone *z = used_zone(test);
	struct sbd_frame *f = head_of(z, 10, SBD_MOVABLE);

	z->frames[f->next].prev = SBD_NIL;
	KUNIT_EXPECT_STREQ(test, sbd_check_zone(test, z),
			   "a list is not linked backwards");
}

static void wrong_tail_is_seen(struct kunit *test)
{
	struct sbd_zone *z = used_zone(test);

	z->area[10].list[SBD_MOVABLE].tail = 0;
	KUNIT_EXPECT_STREQ(test, sbd_check_zone(test, z),
			   "a list's tail is not its last frame");
}

static void ring_is_seen(struct kunit *test)
{
	struct sbd_zone *z = used_zone(test);
	struct sbd_frame *f = head_of(z, 10, SBD_MOVABLE);

	z->frames[f->next].next = f - z->frames;
	f->prev = f->next;
	KUNIT_EXPECT_NOT_NULL(test, sbd_check_zone(test, z));
}

static void wrong_count_is_seen(struct kunit *test)
{
	struct sbd_zone *z = used_zone(test);

	z->area[10].nr_free++;
	KUNIT_EXPECT_STREQ(test, sbd_check_zone(test, z),
			   "nr_free is not what the lists hold");
	z->area[10].nr_free--;
	sbd_pcp(z, 1)->count++;
	KUNIT_EXPECT_STREQ(test, sbd_check_zone(test, z),
			   "a per-CPU count is not what the lists hold");
}

static void used_frame_on_a_list_is_seen(struct kunit *test)
{
	struct sbd_zone *z = used_zone(test);

	head_of(z, 10, SBD_MOVABLE)->state = SBD_FRAME_USED;
	KUNIT_EXPECT_STREQ(test, sbd_check_zone(test, z),
			   "a listed frame is not in the list's state");
}

static void free_frame_off_its_list_is_seen(struct kunit *test)
{
	struct sbd_zone *z = used_zone(test);
	struct sbd_frame *f = head_of(z, 10, SBD_MOVABLE);

	sbd_list_del(z, &z->area[10].list[SBD_MOVABLE], f);
	z->area[10].nr_free--;
	KUNIT_EXPECT_STREQ(test, sbd_check_zone(test, z),
			   "a free block is on no list");
}

static void wrong_order_and_type_are_seen(struct kunit *test)
{
	struct sbd_zone *z = used_zone(test);
	struct sbd_frame *f = head_of(z, 10, SBD_MOVABLE);

	f->order = 9;
	KUNIT_EXPECT_STREQ(test, sbd_check_zone(test, z),
			   "a listed frame is not of the list's order");
	f->order = 10;
	f->mt = SBD_UNMOVABLE;
	KUNIT_EXPECT_STREQ(test, sbd_check_zone(test, z),
			   "a listed frame is not of the list's type");
}

static void overlap_is_seen(struct kunit *test)
{
	struct sbd_zone *z = used_zone(test);
	struct sbd_frame *f = head_of(z, 10, SBD_MOVABLE);

	f[5].state = SBD_FRAME_USED;
	KUNIT_EXPECT_STREQ(test, sbd_check_zone(test, z), "two blocks overlap");
}

static void unmerged_buddies_are_seen(struct kunit *test)
{
	struct sbd_zone *z = used_zone(test);
	struct sbd_frame *f = head_of(z, 10, SBD_MOVABLE);
	unsigned long flags;

	flags = sbd_zone_lock(z);
	sbd_take_frame(z, 0, f, SBD_MOVABLE);
	sbd_account(z, 0, sbd_split(z, f, 8, 10, SBD_MOVABLE), SBD_MOVABLE);
	KUNIT_EXPECT_EQ(test, f->order, 8);
	/* the last quarter as well, where a buddy is free */
	sbd_account(z, 0, 256, SBD_MOVABLE);
	f->state = SBD_FRAME_BUDDY;
	sbd_list_add(z, &z->area[8].list[SBD_MOVABLE], f);
	z->area[8].nr_free++;
	sbd_zone_unlock(z, flags);
	KUNIT_EXPECT_STREQ(test, sbd_check_zone(test, z),
			   "two free buddies are not merged");
}

static void wrong_counters_are_seen(struct kunit *test)
{
	struct sbd_zone *z = used_zone(test);

	atomic_long_inc(&z->stat[SBD_NR_FREE_PAGES]);
	KUNIT_EXPECT_STREQ(test, sbd_check_zone(test, z),
			   "NR_FREE_PAGES is not what the lists hold");
	atomic_long_dec(&z->stat[SBD_NR_FREE_PAGES]);
	atomic_long_inc(&z->stat[SBD_NR_FREE_CMA_PAGES]);
	KUNIT_EXPECT_STREQ(test, sbd_check_zone(test, z),
			   "NR_FREE_CMA_PAGES is not what the lists hold");
	atomic_long_dec(&z->stat[SBD_NR_FREE_CMA_PAGES]);
	z->nr_free_highatomic = 1;
	KUNIT_EXPECT_STREQ(test, sbd_check_zone(test, z),
			   "nr_free_highatomic is not what the lists hold");
	z->nr_free_highatomic = 0;
	z->nr_reserved_highatomic = 512;
	KUNIT_EXPECT_STREQ(test, sbd_check_zone(test, z),
			   "nr_reserved_highatomic is not what pageblocks say");
	z->nr_reserved_highatomic = 0;
	z->nr_isolate = 1;
	KUNIT_EXPECT_STREQ(test, sbd_check_zone(test, z),
			   "nr_isolate is not what pageblocks say");
}

static void wide_difference_is_seen(struct kunit *test)
{
	struct sbd_zone *z = used_zone(test);
	int t = z->cpus[1].stat_threshold;

	atomic_long_sub(t + 1 - z->cpus[1].stat_diff[0], &z->stat[0]);
	z->cpus[1].stat_diff[0] = t + 1;
	KUNIT_EXPECT_STREQ(test, sbd_check_zone(test, z),
			   "a per-CPU difference is past its threshold");
}

static void wrong_pageblock_is_seen(struct kunit *test)
{
	struct sbd_zone *z = used_zone(test);
	struct sbd_frame *f = head_of(z, 10, SBD_MOVABLE);

	sbd_block_set_type(z, sbd_pfn(z, f), SBD_UNMOVABLE);
	KUNIT_EXPECT_STREQ(test, sbd_check_zone(test, z),
			   "a free block's list is not its pageblocks' type");
	z->blocks[sbd_block_index(z, sbd_pfn(z, f))] = 7;
	KUNIT_EXPECT_NOT_NULL(test, sbd_check_zone(test, z));
}

/* |cell 0|cell 1|.. hole ..|cell 3| */
static struct sbd_zone *zone_with_hole(struct kunit *test)
{
	struct sbd_plan *plan = sbd_test_nodes(test, "6.12", 1);
	struct sbd_zone *z;

	plan->zones[0].hole_pfn = SBD_TEST_PFN + 2 * SBD_CELL_PAGES;
	plan->zones[0].hole_pages = SBD_CELL_PAGES;
	z = sbd_test_create(test, plan)->zone[0];
	KUNIT_ASSERT_NULL(test, sbd_check_zone(test, z));
	return z;
}

static void block_in_a_hole_is_seen(struct kunit *test)
{
	struct sbd_zone *z = zone_with_hole(test);

	z->frames[2 * SBD_CELL_PAGES + 17].state = SBD_FRAME_USED;
	KUNIT_EXPECT_STREQ(test, sbd_check_zone(test, z), "a block is in a hole");
}

static void lost_frame_beside_a_hole_is_seen(struct kunit *test)
{
	struct sbd_zone *z = zone_with_hole(test);

	sbd_test_take(z, 2 * SBD_CELL_PAGES - 1, 0);
	z->frames[2 * SBD_CELL_PAGES - 1].state = SBD_FRAME_NONE;
	KUNIT_EXPECT_STREQ(test, sbd_check_zone(test, z),
			   "a frame belongs to no block");
}

static void lost_frame_behind_a_hole_is_seen(struct kunit *test)
{
	struct sbd_zone *z = zone_with_hole(test);

	sbd_test_take(z, 3 * SBD_CELL_PAGES, 0);
	z->frames[3 * SBD_CELL_PAGES].state = SBD_FRAME_NONE;
	KUNIT_EXPECT_STREQ(test, sbd_check_zone(test, z),
			   "a frame belongs to no block");
}

static struct kunit_case check_cases[] = {
	KUNIT_CASE(lost_link_is_seen),
	KUNIT_CASE(wrong_tail_is_seen),
	KUNIT_CASE(ring_is_seen),
	KUNIT_CASE(wrong_count_is_seen),
	KUNIT_CASE(used_frame_on_a_list_is_seen),
	KUNIT_CASE(free_frame_off_its_list_is_seen),
	KUNIT_CASE(wrong_order_and_type_are_seen),
	KUNIT_CASE(overlap_is_seen),
	KUNIT_CASE(unmerged_buddies_are_seen),
	KUNIT_CASE(wrong_counters_are_seen),
	KUNIT_CASE(wide_difference_is_seen),
	KUNIT_CASE(wrong_pageblock_is_seen),
	KUNIT_CASE(block_in_a_hole_is_seen),
	KUNIT_CASE(lost_frame_beside_a_hole_is_seen),
	KUNIT_CASE(lost_frame_behind_a_hole_is_seen),
	{}
};

static struct kunit_suite check_suite = {
	.name = "shadowbuddy_check",
	.test_cases = check_cases,
};

kunit_test_suite(check_suite);
