// SPDX-License-Identifier: GPL-2.0
/* Free lists: order of use, split, merge, moving, accounts. */
#include "check.h"
#include "helpers.h"

static void expect_list(struct kunit *test, struct sbd_zone *z,
			unsigned int order, int mt, const char *want)
{
	KUNIT_EXPECT_STREQ_MSG(test, sbd_test_list(test, z, order, mt), want,
			       "%s, order %u, %s", z->prof->name, order,
			       sbd_type_names[mt]);
}

/* |1024|1024|...: head is the lowest */
static void begins_ascending(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	expect_list(test, z, 10, SBD_MOVABLE,
		    "0 1024 2048 3072 4096 5120 6144 7168 8192 9216 10240 11264 12288 13312 14336 15360");
	KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_PAGES),
			SBD_TEST_PAGES);
}

/*
 *  0 1 2 . 4 . . . 8               512
 * |x|0| 1 |   2   |      3      ...|     9      |
 */
static void split_keeps_the_lowest(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	unsigned int o;

	KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 0, SBD_MOVABLE, 0), 0L);
	for (o = 0; o < 10; o++)
		KUNIT_EXPECT_EQ(test, z->area[o].list[SBD_MOVABLE].head, 1U << o);
	KUNIT_EXPECT_EQ(test, z->event[SBD_EV_SPLIT], 10ULL);
	KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_PAGES),
			SBD_TEST_PAGES - 1);
	KUNIT_EXPECT_NULL(test, sbd_check_zone(test, z));
}

static void remainders_are_used_ascending(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	long i;

	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 0, SBD_MOVABLE, 0), i);
	KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 3, SBD_MOVABLE, 0), 104L);
	KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 0, SBD_MOVABLE, 0), 100L);
}

static void nothing_large_enough_is_nothing(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	sbd_test_occupy(z);
	sbd_test_give(z, 64, 5, SBD_MOVABLE);
	KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 6, SBD_MOVABLE, 0), -1L);
	KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 5, SBD_MOVABLE, 0), 64L);
	KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 0, SBD_MOVABLE, 0), -1L);
}

static void buddies_merge_to_the_top(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	unsigned long i;

	sbd_test_occupy(z);
	for (i = 0; i < 1024; i++)
		sbd_test_give(z, 2048 + i * 389 % 1024, 0, SBD_MOVABLE);
	expect_list(test, z, 10, SBD_MOVABLE, "2048");
	KUNIT_EXPECT_EQ(test, z->event[SBD_EV_MERGE], 1023ULL);
	KUNIT_EXPECT_NULL(test, sbd_check_zone(test, z));
}

/* |512 a|512 b| do not make a block of 1024 if only b..c would */
static void only_buddies_merge(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	sbd_test_occupy(z);
	sbd_test_give(z, 3, 0, SBD_MOVABLE);
	sbd_test_give(z, 4, 0, SBD_MOVABLE);
	expect_list(test, z, 0, SBD_MOVABLE, "4 3");
	sbd_test_give(z, 8, 3, SBD_MOVABLE);
	sbd_test_give(z, 16, 2, SBD_MOVABLE);
	expect_list(test, z, 3, SBD_MOVABLE, "8");
	expect_list(test, z, 2, SBD_MOVABLE, "16");
}

/* The zone ends where the buddy would be. */
static void merge_stays_in_the_zone(struct kunit *test)
{
	struct sbd_plan plan;
	struct sbd_zone *z;

	sbd_test_plan(test, &plan, "6.12");
	plan.zones[0].start_pfn += 8;
	plan.zones[0].pages = SBD_TEST_PAGES - 16;
	z = sbd_test_create(test, &plan)->zone[0];
	KUNIT_EXPECT_EQ(test, z->area[3].nr_free, 2UL);
	KUNIT_EXPECT_NULL(test, sbd_check_zone(test, z));
	sbd_test_occupy(z);
	/* offset 0 is pfn 8: its buddy of order 3 would be pfn 0 */
	sbd_test_give(z, 0, 3, SBD_MOVABLE);
	expect_list(test, z, 3, SBD_MOVABLE, "0");
	KUNIT_EXPECT_NULL(test, sbd_check_zone(test, z));
}

/*
 * A freed block goes to the head.  But if what it would merge into has a free
 * buddy already, it goes to the tail, to be left alone:
 *
 *   |a|x|bb|    a is freed while bb is free: x may come soon
 */
static void likely_merge_goes_to_the_tail(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	sbd_test_occupy(z);
	sbd_test_give(z, 100, 0, SBD_MOVABLE);
	sbd_test_give(z, 200, 0, SBD_MOVABLE);
	expect_list(test, z, 0, SBD_MOVABLE, "200 100");
	sbd_test_give(z, 6, 1, SBD_MOVABLE);
	sbd_test_give(z, 4, 0, SBD_MOVABLE);
	expect_list(test, z, 0, SBD_MOVABLE, "200 100 4");
	/* a free block of the wrong order says nothing */
	sbd_test_give(z, 12, 2, SBD_MOVABLE);
	sbd_test_give(z, 8, 0, SBD_MOVABLE);
	expect_list(test, z, 0, SBD_MOVABLE, "8 200 100 4");
}

/* At order 9 and above nothing larger could come of it. */
static void largest_blocks_go_to_the_head(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	sbd_test_occupy(z);
	sbd_test_give(z, 4096, 10, SBD_MOVABLE);
	sbd_test_give(z, 1024, 10, SBD_MOVABLE);
	sbd_test_give(z, 2048, 9, SBD_MOVABLE);
	/* its other half would make a neighbour of the block at 1024 */
	sbd_test_give(z, 512, 9, SBD_MOVABLE);
	expect_list(test, z, 10, SBD_MOVABLE, "1024 4096");
	expect_list(test, z, 9, SBD_MOVABLE, "512 2048");
}

static void tail_can_be_asked_for(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	unsigned long flags;

	sbd_test_occupy(z);
	sbd_test_give(z, 100, 0, SBD_MOVABLE);
	flags = sbd_zone_lock(z);
	sbd_free_block(z, 0, z->start_pfn + 300, 0, SBD_MOVABLE, SBD_FPI_TO_TAIL);
	sbd_zone_unlock(z, flags);
	expect_list(test, z, 0, SBD_MOVABLE, "100 300");
}

/* Two free pageblocks of a pair; the second one is freed as @mt. */
static void free_pair(struct sbd_zone *z, int first, int second)
{
	sbd_test_occupy(z);
	sbd_test_type(z, 0, first);
	sbd_test_type(z, 512, second);
	sbd_test_give(z, 0, 9, first);
	sbd_test_give(z, 512, 9, second);
}

static void reserves_merge_with_their_like_only(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	free_pair(z, SBD_MOVABLE, SBD_HIGHATOMIC);
	expect_list(test, z, 9, SBD_MOVABLE, "0");
	expect_list(test, z, 9, SBD_HIGHATOMIC, "512");
	free_pair(z, SBD_HIGHATOMIC, SBD_HIGHATOMIC);
	expect_list(test, z, 10, SBD_HIGHATOMIC, "0");
	free_pair(z, SBD_CMA, SBD_ISOLATE);
	expect_list(test, z, 9, SBD_CMA, "0");
	expect_list(test, z, 9, SBD_ISOLATE, "512");
}

/* What the pageblocks of a merged pair are called afterwards. */
static void ordinary_types_merge(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		free_pair(z, SBD_RECLAIMABLE, SBD_UNMOVABLE);
		expect_list(test, z, 10, SBD_UNMOVABLE, "0");
		/* from 6.10 lists and pageblocks agree */
		KUNIT_EXPECT_EQ(test, sbd_block_type(z, z->start_pfn),
				z->prof->type_hygiene ? SBD_UNMOVABLE :
							SBD_RECLAIMABLE);
		KUNIT_EXPECT_EQ(test, sbd_block_type(z, z->start_pfn + 512),
				SBD_UNMOVABLE);
	}
}

/*
 * Pageblocks of order 4: a buddy of order 6 has four.  Up to 6.12.68 only the
 * first of them got the new type.
 */
static void merge_renames_all_pageblocks(struct kunit *test)
{
	static const struct {
		const char *profile;
		int want[4];
	} cases[] = {
		{ "6.12.68", { SBD_UNMOVABLE, SBD_MOVABLE, SBD_MOVABLE, SBD_MOVABLE } },
		{ "6.12.69", { SBD_UNMOVABLE, SBD_UNMOVABLE, SBD_UNMOVABLE, SBD_UNMOVABLE } },
	};
	struct sbd_plan plan;
	struct sbd_zone *z;
	int i, b;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		sbd_test_plan(test, &plan, cases[i].profile);
		plan.geo.block_order = 4;
		z = sbd_test_create(test, &plan)->zone[0];
		sbd_test_occupy(z);
		sbd_test_give(z, 0, 6, SBD_MOVABLE);
		sbd_block_set_range(z, z->start_pfn + 64, 6, SBD_UNMOVABLE);
		sbd_test_give(z, 64, 6, SBD_UNMOVABLE);
		expect_list(test, z, 7, SBD_UNMOVABLE, "0");
		for (b = 0; b < 4; b++)
			KUNIT_EXPECT_EQ_MSG(test,
					    sbd_block_type(z, z->start_pfn + 16 * b),
					    cases[i].want[b], "%s, block %d",
					    cases[i].profile, b);
	}
}

static void free_by_block(struct sbd_zone *z, unsigned long offset,
			  unsigned int order)
{
	unsigned long flags, i;

	for (i = 0; i < 1UL << order; i++)
		z->frames[offset + i].state = SBD_FRAME_NONE;
	flags = sbd_zone_lock(z);
	sbd_free_by_block(z, 0, z->start_pfn + offset, order, SBD_FPI_NONE);
	sbd_zone_unlock(z, flags);
}

/* A block of order 10 covers a MOVABLE and a HIGHATOMIC pageblock. */
static void large_block_is_freed_by_the_pageblock(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	sbd_test_occupy(z);
	sbd_test_type(z, 512, SBD_HIGHATOMIC);
	free_by_block(z, 0, 10);
	expect_list(test, z, 9, SBD_MOVABLE, "0");
	expect_list(test, z, 9, SBD_HIGHATOMIC, "512");

	z = sbd_test_zone(test, "6.1");
	sbd_test_occupy(z);
	sbd_test_type(z, 512, SBD_HIGHATOMIC);
	free_by_block(z, 0, 10);
	expect_list(test, z, 10, SBD_MOVABLE, "0");
}

static int move(struct sbd_zone *z, unsigned long offset, int mt, int *movable)
{
	unsigned long flags;
	int moved;

	flags = sbd_zone_lock(z);
	moved = sbd_move_block(z, 0, z->start_pfn + offset, mt, movable);
	sbd_zone_unlock(z, flags);
	return moved;
}

/*
 *   pageblock 1:  |..a..bb..c..|    each to the tail, ascending
 */
static void moved_blocks_keep_their_order(struct kunit *test)
{
	struct sbd_zone *z;
	int i, movable;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		sbd_test_occupy(z);
		sbd_test_give(z, 5000, 0, SBD_UNMOVABLE);
		sbd_test_give(z, 700, 0, SBD_MOVABLE);
		sbd_test_give(z, 600, 1, SBD_MOVABLE);
		sbd_test_give(z, 520, 0, SBD_MOVABLE);
		sbd_test_give(z, 90, 0, SBD_MOVABLE);
		z->frames[530].flags = SBD_FRAME_F_MOVABLE;
		KUNIT_EXPECT_EQ(test, move(z, 650, SBD_UNMOVABLE, &movable), 4);
		KUNIT_EXPECT_EQ(test, movable, 1);
		expect_list(test, z, 0, SBD_UNMOVABLE, "5000 520 700");
		expect_list(test, z, 1, SBD_UNMOVABLE, "600");
		expect_list(test, z, 0, SBD_MOVABLE, "90");
		/* in 6.1 the type is the caller's affair */
		KUNIT_EXPECT_EQ(test, sbd_block_type(z, z->start_pfn + 512),
				z->prof->type_hygiene ? SBD_UNMOVABLE :
							SBD_MOVABLE);
	}
}

/*
 *   pageblocks  |    0    |    1   |
 *   zone             |=============|
 */
static void straddling_pageblock_does_not_move(struct kunit *test)
{
	struct sbd_plan plan;
	struct sbd_zone *z;

	sbd_test_plan(test, &plan, "6.12");
	plan.zones[0].start_pfn += 256;
	plan.zones[0].pages -= 256;
	z = sbd_test_create(test, &plan)->zone[0];
	KUNIT_EXPECT_EQ(test, move(z, 10, SBD_UNMOVABLE, NULL), -1);
	expect_list(test, z, 8, SBD_MOVABLE, "0");

	/* 6.1 moves from the frame it was given */
	sbd_profile_parse("6.1", &plan.prof);
	z = sbd_test_create(test, &plan)->zone[0];
	KUNIT_EXPECT_EQ(test, move(z, 0, SBD_UNMOVABLE, NULL), 256);
	expect_list(test, z, 8, SBD_UNMOVABLE, "0");
	KUNIT_EXPECT_EQ(test, move(z, 100, SBD_MOVABLE, NULL), 0);
	/* but not where the pageblock's end is missing */
	plan.zones[0].pages -= 300;
	z = sbd_test_create(test, &plan)->zone[0];
	KUNIT_EXPECT_EQ(test, move(z, z->spanned - 1, SBD_UNMOVABLE, NULL), 0);
}

static void scan_counts_free_and_movable(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	int free, movable;

	sbd_test_occupy(z);
	sbd_test_give(z, 512, 4, SBD_MOVABLE);
	sbd_test_give(z, 1000, 0, SBD_MOVABLE);
	z->frames[600].flags = SBD_FRAME_F_MOVABLE;
	z->frames[601].flags = SBD_FRAME_F_MOVABLE;
	z->frames[1024].flags = SBD_FRAME_F_MOVABLE;
	KUNIT_EXPECT_TRUE(test, sbd_block_scan(z, z->start_pfn + 700, &free,
					       &movable));
	KUNIT_EXPECT_EQ(test, free, 17);
	KUNIT_EXPECT_EQ(test, movable, 2);
}

/* |free 8|used 4|pcp 1|       | */
static void any_frame_leads_to_its_block(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	unsigned long at = z->start_pfn;
	int i;

	sbd_test_occupy(z);
	sbd_test_give(z, 0, 3, SBD_MOVABLE);
	z->frames[8].order = 2;
	for (i = 9; i < 12; i++)
		z->frames[i].state = SBD_FRAME_NONE;
	z->frames[12].state = SBD_FRAME_PCP;
	z->frames[13].state = SBD_FRAME_NONE;
	KUNIT_EXPECT_PTR_EQ(test, sbd_free_block_of(z, at), z->frames);
	KUNIT_EXPECT_PTR_EQ(test, sbd_free_block_of(z, at + 7), z->frames);
	KUNIT_EXPECT_PTR_EQ(test, sbd_block_of(z, at + 11), z->frames + 8);
	KUNIT_EXPECT_NULL(test, sbd_free_block_of(z, at + 11));
	KUNIT_EXPECT_PTR_EQ(test, sbd_block_of(z, at + 12), z->frames + 12);
	KUNIT_EXPECT_NULL(test, sbd_block_of(z, at + 13));
}

/* A CPU's difference goes to the zone at once when it passes the threshold. */
static void difference_folds_whole(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	struct sbd_cpu_zone *cz = &z->cpus[1];
	unsigned long flags;
	long before;

	cz->stat_threshold = 10;
	before = atomic_long_read(&z->stat[0]);
	flags = sbd_zone_lock(z);
	sbd_stat_add(z, 1, SBD_NR_FREE_PAGES, -10);
	KUNIT_EXPECT_EQ(test, cz->stat_diff[0], -10);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&z->stat[0]), before);
	sbd_stat_add(z, 1, SBD_NR_FREE_PAGES, -1);
	KUNIT_EXPECT_EQ(test, cz->stat_diff[0], 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&z->stat[0]), before - 11);
	sbd_zone_unlock(z, flags);
}

static void isolated_pages_do_not_count(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	sbd_test_occupy(z);
	sbd_test_give(z, 0, 3, SBD_ISOLATE);
	sbd_test_give(z, 512, 3, SBD_HIGHATOMIC);
	sbd_test_give(z, 1024, 3, SBD_CMA);
	KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_PAGES), 16UL);
	KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_CMA_PAGES), 8UL);
	KUNIT_EXPECT_EQ(test, z->nr_free_highatomic, 8UL);
	z = sbd_test_zone(test, "6.1");
	sbd_test_occupy(z);
	sbd_test_give(z, 512, 3, SBD_HIGHATOMIC);
	KUNIT_EXPECT_EQ(test, z->nr_free_highatomic, 0UL);
}

static u64 now;

static u64 ticking(void)
{
	return now += 100;
}

static void lock_is_timed_when_asked(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	u64 taken = z->lock_stat.taken;

	KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 4, SBD_MOVABLE, 0), 0L);
	KUNIT_EXPECT_EQ(test, z->lock_stat.taken, taken + 1);
	KUNIT_EXPECT_EQ(test, z->lock_stat.hold_ns, 0ULL);
	z->sys->hooks.clock = ticking;
	z->sys->lock_timing = true;
	sbd_test_rmqueue(z, 4, SBD_MOVABLE, 0);
	z->sys->lock_timing = false;
	KUNIT_EXPECT_EQ(test, z->lock_stat.taken, taken + 2);
	KUNIT_EXPECT_EQ(test, z->lock_stat.hold_ns, 100ULL);
	KUNIT_EXPECT_EQ(test, z->lock_stat.hold_max, 100ULL);
	KUNIT_EXPECT_EQ(test, z->lock_stat.contended, 0ULL);
	sbd_test_rmqueue(z, 4, SBD_MOVABLE, 0);
	KUNIT_EXPECT_EQ(test, z->lock_stat.hold_ns, 100ULL);
}

static struct kunit_case zone_cases[] = {
	KUNIT_CASE(begins_ascending),
	KUNIT_CASE(split_keeps_the_lowest),
	KUNIT_CASE(remainders_are_used_ascending),
	KUNIT_CASE(nothing_large_enough_is_nothing),
	KUNIT_CASE(buddies_merge_to_the_top),
	KUNIT_CASE(only_buddies_merge),
	KUNIT_CASE(merge_stays_in_the_zone),
	KUNIT_CASE(likely_merge_goes_to_the_tail),
	KUNIT_CASE(largest_blocks_go_to_the_head),
	KUNIT_CASE(tail_can_be_asked_for),
	KUNIT_CASE(reserves_merge_with_their_like_only),
	KUNIT_CASE(ordinary_types_merge),
	KUNIT_CASE(merge_renames_all_pageblocks),
	KUNIT_CASE(large_block_is_freed_by_the_pageblock),
	KUNIT_CASE(moved_blocks_keep_their_order),
	KUNIT_CASE(straddling_pageblock_does_not_move),
	KUNIT_CASE(scan_counts_free_and_movable),
	KUNIT_CASE(any_frame_leads_to_its_block),
	KUNIT_CASE(difference_folds_whole),
	KUNIT_CASE(isolated_pages_do_not_count),
	KUNIT_CASE(lock_is_timed_when_asked),
	{}
};

static struct kunit_suite zone_suite = {
	.name = "shadowbuddy_zone",
	.test_cases = zone_cases,
};

kunit_test_suite(zone_suite);
