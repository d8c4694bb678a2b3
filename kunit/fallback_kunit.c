// SPDX-License-Identifier: GPL-2.0
/* A zone's answer when the type's own lists have nothing; reserves; CMA. */
#include "check.h"
#include "helpers.h"

#define U SBD_UNMOVABLE
#define M SBD_MOVABLE
#define R SBD_RECLAIMABLE

static bool hygiene(const struct sbd_zone *z)
{
	return z->prof->type_hygiene;
}

/* All is taken, by owners that can move it. */
static void occupy_movable(struct sbd_zone *z)
{
	unsigned long i;

	sbd_test_occupy(z);
	for (i = 0; i < z->spanned; i++)
		z->frames[i].flags = SBD_FRAME_F_MOVABLE;
}

static void expect_list(struct kunit *test, struct sbd_zone *z,
			unsigned int order, int mt, const char *want)
{
	KUNIT_EXPECT_STREQ_MSG(test, sbd_test_list(test, z, order, mt), want,
			       "%s, order %u, %s", z->prof->name, order,
			       sbd_type_names[mt]);
}

static void expect_type(struct kunit *test, struct sbd_zone *z,
			unsigned long offset, int want)
{
	KUNIT_EXPECT_EQ_MSG(test, sbd_block_type(z, z->start_pfn + offset), want,
			    "%s, at %lu", z->prof->name, offset);
}

static void helpers_are_asked_in_order(struct kunit *test)
{
	static const struct {
		int who, first, second;
	} cases[] = { { U, R, M }, { M, R, U }, { R, U, M } };
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	bool claim;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		sbd_test_occupy(z);
		KUNIT_EXPECT_EQ(test, sbd_find_fallback(z, 3, cases[i].who,
							&claim), -1);
		sbd_test_give(z, 0, 3, cases[i].who);
		KUNIT_EXPECT_EQ(test, sbd_find_fallback(z, 3, cases[i].who,
							&claim), -1);
		sbd_test_give(z, 512, 3, cases[i].second);
		KUNIT_EXPECT_EQ(test, sbd_find_fallback(z, 3, cases[i].who,
							&claim), cases[i].second);
		sbd_test_give(z, 1024, 3, cases[i].first);
		KUNIT_EXPECT_EQ(test, sbd_find_fallback(z, 3, cases[i].who,
							&claim), cases[i].first);
		KUNIT_EXPECT_EQ(test, sbd_find_fallback(z, 4, cases[i].who,
							&claim), -1);
	}
}

static void reserves_never_help_out(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	bool claim;

	sbd_test_occupy(z);
	sbd_test_give(z, 0, 3, SBD_HIGHATOMIC);
	sbd_test_give(z, 512, 3, SBD_CMA);
	sbd_test_give(z, 1024, 3, SBD_ISOLATE);
	KUNIT_EXPECT_EQ(test, sbd_find_fallback(z, 3, M, &claim), -1);
}

static void whole_pageblocks_by_size_or_mobility(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	bool claim;

	sbd_test_occupy(z);
	sbd_test_give(z, 0, 3, U);
	sbd_test_give(z, 512, 4, U);
	sbd_test_give(z, 1024, 3, M);
	sbd_find_fallback(z, 3, M, &claim);
	KUNIT_EXPECT_FALSE(test, claim);
	sbd_find_fallback(z, 4, M, &claim);
	KUNIT_EXPECT_TRUE(test, claim);
	sbd_find_fallback(z, 3, U, &claim);
	KUNIT_EXPECT_TRUE(test, claim);
	sbd_find_fallback(z, 3, R, &claim);
	KUNIT_EXPECT_TRUE(test, claim);
	z->grouped = false;
	sbd_find_fallback(z, 3, M, &claim);
	KUNIT_EXPECT_TRUE(test, claim);
}

/*
 *  |   block 0   |   block 1   |    a free block of order 10, MOVABLE
 *  |x|0|1|..                   |    becomes UNMOVABLE, with both pageblocks
 */
static void large_block_changes_hands_whole(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 0, U, 0), 0L);
		expect_type(test, z, 0, U);
		expect_type(test, z, 512, U);
		expect_type(test, z, 1024, M);
		expect_list(test, z, 9, U, "512");
		expect_list(test, z, 0, U, "1");
		KUNIT_EXPECT_EQ(test, z->event[SBD_EV_CLAIM], 1ULL);
		KUNIT_EXPECT_EQ(test, z->event[SBD_EV_BOOST], 0ULL);
		KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 0, U, 0), 1L);
		KUNIT_EXPECT_EQ(test, z->event[SBD_EV_FALLBACK], 1ULL);
		KUNIT_EXPECT_NULL(test, sbd_check_zone(test, z));
	}
}

/*
 *  |  256 free  |  256 in use   |    half a pageblock is enough to claim it
 */
static void half_free_pageblock_is_claimed(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		occupy_movable(z);
		sbd_test_give(z, 512, 8, M);
		KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 0, U, 0), 512L);
		expect_type(test, z, 512, U);
		expect_list(test, z, 0, U, "513");
		expect_list(test, z, 7, U, "640");
		KUNIT_EXPECT_EQ(test, z->event[SBD_EV_CLAIM], 1ULL);
		KUNIT_EXPECT_EQ(test, z->event[SBD_EV_STEAL], 0ULL);
	}
}

/* Pages that the new type may own count as much as free ones. */
static void pages_alike_help_to_claim(struct kunit *test)
{
	static const struct {
		int who;
		int block;
		unsigned int movable;
		bool claimed;
	} cases[] = {
		/* 128 are free, 384 in use, so many of them movable */
		{ U, M, 256, true }, { U, M, 257, false },
		{ R, M, 256, true }, { R, M, 257, false },
		{ M, U, 128, true }, { M, U, 127, false },
		{ U, R, 0, false }, { R, U, 384, false },
	};
	struct sbd_zone *z;
	bool claimed;
	int i, p, type;
	u32 m;

	for (p = 0; sbd_test_profiles[p]; p++) {
		for (i = 0; i < ARRAY_SIZE(cases); i++) {
			claimed = cases[i].claimed;
			type = cases[i].block;
			if (claimed)
				type = cases[i].who;
			z = sbd_test_zone(test, sbd_test_profiles[p]);
			sbd_test_occupy(z);
			sbd_test_type(z, 512, cases[i].block);
			sbd_test_give(z, 512, 7, cases[i].block);
			for (m = 0; m < cases[i].movable; m++)
				z->frames[640 + m].flags = SBD_FRAME_F_MOVABLE;
			KUNIT_EXPECT_EQ(test,
					sbd_test_rmqueue(z, 4, cases[i].who, 0),
					512L);
			expect_type(test, z, 512, type);
			KUNIT_EXPECT_EQ_MSG(test, z->event[SBD_EV_CLAIM_REFUSED],
					    claimed ? 0ULL : 1ULL, "case %d", i);
		}
	}
}

/*
 * A pageblock that cannot be claimed: what is left over of the stolen block.
 * 6.1 moved the pageblock's free pages to the thief all the same.
 */
static void stolen_remainder(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		occupy_movable(z);
		sbd_test_give(z, 512, 2, M);
		sbd_test_give(z, 700, 0, M);
		KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 1, U, 0), 512L);
		expect_type(test, z, 512, M);
		expect_list(test, z, 1, hygiene(z) ? M : U, "514");
		expect_list(test, z, 1, hygiene(z) ? U : M, "");
		expect_list(test, z, 0, hygiene(z) ? M : U, "700");
		KUNIT_EXPECT_EQ(test, z->event[SBD_EV_STEAL], 1ULL);
		KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_PAGES), 3UL);
	}
}

/* Who must steal: to 6.12.28 from the largest block, then from the smallest. */
static void largest_or_smallest_is_stolen(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		occupy_movable(z);
		sbd_test_give(z, 512, 3, M);
		sbd_test_give(z, 1024, 1, M);
		KUNIT_EXPECT_EQ_MSG(test, sbd_test_rmqueue(z, 0, U, 0),
				    z->prof->fallback == SBD_FALLBACK_CLAIM ?
				    1024L : 512L, "%s", z->prof->name);
		/* what is split off goes before what was there */
		if (z->prof->fallback == SBD_FALLBACK_TAKE)
			expect_list(test, z, 1, M, "514 1024");
	}
}

/* A MOVABLE page does no lasting harm: it always broke the smallest. */
static void movable_steals_the_smallest(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		sbd_test_occupy(z);
		sbd_test_type(z, 512, U);
		sbd_test_type(z, 1024, U);
		sbd_test_give(z, 512, 3, U);
		sbd_test_give(z, 1024, 1, U);
		KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 0, M, 0), 1024L);
		expect_list(test, z, 0, hygiene(z) ? U : M, "1025");
		expect_type(test, z, 1024, U);
	}
}

/* HIGHATOMIC pageblocks are not claimed, even if a list offers them. */
static void reserved_pageblock_keeps_its_type(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		sbd_test_occupy(z);
		sbd_test_type(z, 512, SBD_HIGHATOMIC);
		sbd_test_give(z, 512, 8, M);
		KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 0, U, 0), 512L);
		expect_type(test, z, 512, SBD_HIGHATOMIC);
		KUNIT_EXPECT_EQ(test, z->event[SBD_EV_CLAIM], 0ULL);
		KUNIT_EXPECT_EQ(test, z->event[SBD_EV_BOOST], 0ULL);
	}
}

static void no_mixing_takes_whole_pageblocks_only(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		sbd_test_occupy(z);
		sbd_test_give(z, 512, 8, M);
		KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 0, U,
						       SBD_ALLOC_NOFRAGMENT), -1L);
		sbd_test_give(z, 1024, 9, M);
		KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 0, U,
						       SBD_ALLOC_NOFRAGMENT), 1024L);
	}
}

/* ---- boost ---------------------------------------------------------------- */

static void try_claims(struct sbd_zone *z, int n, unsigned int flags)
{
	while (n--) {
		occupy_movable(z);
		sbd_test_give(z, 512, 2, M);
		sbd_test_rmqueue(z, 2, U, flags);
	}
}

static void attempts_raise_the_marks_to_a_limit(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = sbd_test_zone(test, sbd_test_profiles[i]);
		try_claims(z, 1, 0);
		KUNIT_EXPECT_EQ(test, z->boost, 512UL);
		/* 150 % of the high mark, 384 */
		try_claims(z, 1, 0);
		KUNIT_EXPECT_EQ(test, z->boost, 576UL);
		try_claims(z, 3, 0);
		KUNIT_EXPECT_EQ(test, z->boost, 576UL);
		KUNIT_EXPECT_EQ(test, sbd_wmark_pages(z, SBD_WMARK_MIN), 832UL);
		KUNIT_EXPECT_FALSE(test, test_bit(SBD_ZONE_BOOSTED, &z->flags));
		try_claims(z, 1, SBD_ALLOC_KSWAPD);
		KUNIT_EXPECT_TRUE(test, test_bit(SBD_ZONE_BOOSTED, &z->flags));
	}
}

static void boost_can_be_off(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	struct sbd_plan plan;

	z->sys->tun.watermark_boost_factor = 0;
	try_claims(z, 2, SBD_ALLOC_KSWAPD);
	KUNIT_EXPECT_EQ(test, z->boost, 0UL);
	KUNIT_EXPECT_FALSE(test, test_bit(SBD_ZONE_BOOSTED, &z->flags));
	/* nor is a zone boosted of which a pageblock is a large part */
	sbd_test_plan(test, &plan, "6.12");
	plan.zones[0].pages = 2047;
	z = sbd_test_create(test, &plan)->zone[0];
	try_claims(z, 1, 0);
	KUNIT_EXPECT_EQ(test, z->boost, 0UL);
	/* the least boost is a pageblock, even where the limit is below */
	z = sbd_test_zone(test, "6.12");
	z->wmark[SBD_WMARK_HIGH] = 10;
	try_claims(z, 1, 0);
	KUNIT_EXPECT_EQ(test, z->boost, 512UL);
	z = sbd_test_zone(test, "6.12");
	z->wmark[SBD_WMARK_HIGH] = 0;
	try_claims(z, 1, 0);
	KUNIT_EXPECT_EQ(test, z->boost, 0UL);
}

/* ---- one hold of the lock ------------------------------------------------- */

static long next(struct sbd_zone *z, int mt, unsigned int flags,
		 enum sbd_rmqueue_mode *mode)
{
	unsigned long irq = sbd_zone_lock(z);
	struct sbd_frame *f = sbd_rmqueue(z, 0, 0, mt, flags, mode);

	sbd_zone_unlock(z, irq);
	return sbd_test_offset(z, f);
}

/* Having stolen once, a refill goes on stealing, without trying to claim. */
static void stealing_is_remembered(struct kunit *test)
{
	enum sbd_rmqueue_mode mode = SBD_RMQUEUE_NORMAL;
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	occupy_movable(z);
	sbd_test_give(z, 512, 2, M);
	KUNIT_EXPECT_EQ(test, next(z, U, 0, &mode), 512L);
	KUNIT_EXPECT_EQ(test, mode, SBD_RMQUEUE_STEAL);
	KUNIT_EXPECT_EQ(test, z->event[SBD_EV_CLAIM_REFUSED], 1ULL);
	/* now a pageblock could be had, and is not looked for */
	sbd_test_give(z, 1024, 9, M);
	KUNIT_EXPECT_EQ(test, next(z, U, 0, &mode), 513L);
	KUNIT_EXPECT_EQ(test, z->event[SBD_EV_CLAIM_REFUSED], 1ULL);
	mode = SBD_RMQUEUE_NORMAL;
	KUNIT_EXPECT_EQ(test, next(z, U, 0, &mode), 1024L);
	KUNIT_EXPECT_EQ(test, mode, SBD_RMQUEUE_NORMAL);
	expect_type(test, z, 1024, U);
}

/* ---- CMA ------------------------------------------------------------------ */

static struct sbd_zone *cma_zone(struct kunit *test, const char *profile)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, profile);
	plan->geo.cma = true;
	plan->zones[0].cma_pages = 4096;
	return sbd_test_create(test, plan)->zone[0];
}

static void cma_serves_when_own_lists_are_empty(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = cma_zone(test, sbd_test_profiles[i]);
		sbd_test_occupy(z);
		sbd_test_give(z, 12288, 4, SBD_CMA);
		sbd_test_give(z, 512, 5, M);
		KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 5, M, SBD_ALLOC_CMA),
				512L);
		KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 3, M, 0), -1L);
		KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 3, M, SBD_ALLOC_CMA),
				12288L);
		KUNIT_EXPECT_EQ(test, z->event[SBD_EV_CMA], 1ULL);
		KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_CMA_PAGES),
				8UL);
		expect_list(test, z, 3, SBD_CMA, "12296");
	}
}

static void cma_first_when_it_is_the_greater_part(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = cma_zone(test, sbd_test_profiles[i]);
		KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 9, M, SBD_ALLOC_CMA),
				0L);
		sbd_test_occupy(z);
		sbd_test_give(z, 512, 5, M);
		sbd_test_give(z, 12288, 5, SBD_CMA);
		sbd_test_free_pages(z, 1000);
		atomic_long_set(&z->stat[SBD_NR_FREE_CMA_PAGES], 500);
		KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 3, M, SBD_ALLOC_CMA),
				512L);
		atomic_long_set(&z->stat[SBD_NR_FREE_CMA_PAGES], 501);
		sbd_test_free_pages(z, 1000);
		KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 3, M, SBD_ALLOC_CMA),
				12288L);
		KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 3, M, 0), 520L);
	}
}

/* ---- the reserve for high-order atomic requests --------------------------- */

/* 256 MiB: the reserve may have two pageblocks, or 655 + 512 pages in 6.1 */
static struct sbd_zone *large_zone(struct kunit *test, const char *profile)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, profile);
	plan->zones[0].pages = 65536;
	return sbd_test_create(test, plan)->zone[0];
}

static void take_and_reserve(struct sbd_zone *z, unsigned long offset,
			     unsigned int order)
{
	sbd_test_take(z, offset, order);
	sbd_reserve_highatomic(z, 0, z->start_pfn + offset, order);
}

static void reserve_grows_to_a_hundredth(struct kunit *test)
{
	struct sbd_zone *z;
	int i, b;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = large_zone(test, sbd_test_profiles[i]);
		for (b = 0; b < 5; b++)
			take_and_reserve(z, 4096 * b, 3);
		expect_type(test, z, 0, SBD_HIGHATOMIC);
		expect_type(test, z, 512, M);
		expect_type(test, z, 4096, SBD_HIGHATOMIC);
		/* 655 is below 655 + 512, and 1024 is too, in 6.1 */
		expect_type(test, z, 8192, z->prof->highatomic_floor ?
			    M : SBD_HIGHATOMIC);
		expect_type(test, z, 12288, M);
		KUNIT_EXPECT_EQ(test, z->nr_reserved_highatomic,
				z->prof->highatomic_floor ? 1024UL : 1536UL);
		expect_list(test, z, 3, SBD_HIGHATOMIC,
			    z->prof->highatomic_floor ? "8 4104" :
							"8 4104 8200");
	}
}

static void small_zone_reserves_nothing(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	take_and_reserve(z, 0, 3);
	KUNIT_EXPECT_EQ(test, z->nr_reserved_highatomic, 0UL);
	expect_type(test, z, 0, M);
	/* 6.1: always at least one */
	z = sbd_test_zone(test, "6.1");
	take_and_reserve(z, 0, 3);
	KUNIT_EXPECT_EQ(test, z->nr_reserved_highatomic, 512UL);
}

static void pageblock_is_reserved_once(struct kunit *test)
{
	struct sbd_zone *z = large_zone(test, "6.12");

	take_and_reserve(z, 0, 3);
	take_and_reserve(z, 64, 3);
	KUNIT_EXPECT_EQ(test, z->nr_reserved_highatomic, 512UL);
	KUNIT_EXPECT_EQ(test, z->event[SBD_EV_RESERVE], 1ULL);
	sbd_test_type(z, 1024, SBD_CMA);
	sbd_test_take(z, 1024, 3);
	sbd_reserve_highatomic(z, 0, z->start_pfn + 1024, 3);
	expect_type(test, z, 1024, SBD_CMA);
}

static void large_block_is_reserved_whole(struct kunit *test)
{
	struct sbd_zone *z = large_zone(test, "6.12");

	take_and_reserve(z, 0, 10);
	KUNIT_EXPECT_EQ(test, z->nr_reserved_highatomic, 1024UL);
	expect_type(test, z, 512, SBD_HIGHATOMIC);
	z = large_zone(test, "6.1");
	take_and_reserve(z, 0, 10);
	KUNIT_EXPECT_EQ(test, z->nr_reserved_highatomic, 512UL);
	expect_type(test, z, 512, M);
}

static void reserve_is_given_back_but_for_the_last(struct kunit *test)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		z = large_zone(test, sbd_test_profiles[i]);
		KUNIT_EXPECT_FALSE(test, sbd_unreserve_highatomic(z, 0, M, true));
		take_and_reserve(z, 0, 3);
		take_and_reserve(z, 4096, 3);
		KUNIT_EXPECT_TRUE(test, sbd_unreserve_highatomic(z, 0, R, false));
		/* the smallest free block leads to the pageblock */
		expect_type(test, z, 0, R);
		expect_list(test, z, 3, R, "8");
		KUNIT_EXPECT_EQ(test, z->nr_reserved_highatomic, 512UL);
		KUNIT_EXPECT_FALSE(test, sbd_unreserve_highatomic(z, 0, U, false));
		KUNIT_EXPECT_TRUE(test, sbd_unreserve_highatomic(z, 0, U, true));
		expect_type(test, z, 4096, U);
		KUNIT_EXPECT_EQ(test, z->nr_reserved_highatomic, 0UL);
		KUNIT_EXPECT_EQ(test, z->nr_free_highatomic, 0UL);
	}
}

/* A reserve of order 10, all free again, comes back in one piece (6.12). */
static void large_reserve_is_given_back_whole(struct kunit *test)
{
	struct sbd_zone *z = large_zone(test, "6.12");

	take_and_reserve(z, 0, 10);
	z->frames[0].state = SBD_FRAME_NONE;
	sbd_test_give(z, 0, 10, SBD_HIGHATOMIC);
	KUNIT_EXPECT_TRUE(test, sbd_unreserve_highatomic(z, 0, M, true));
	KUNIT_EXPECT_EQ(test, z->nr_reserved_highatomic, 0UL);
	expect_type(test, z, 0, M);
	expect_type(test, z, 512, M);
	KUNIT_EXPECT_NULL(test, sbd_check_zone(test, z));
}

static void reserve_serves_first_or_last(struct kunit *test)
{
	static const struct {
		unsigned int flags;
		long first, second;
	} cases[] = {
		{ 0, 1024, -1 },
		{ SBD_ALLOC_MIN_RESERVE, 1024, -1 },
		{ SBD_ALLOC_HIGHATOMIC, 512, 1024 },
		{ SBD_ALLOC_NON_BLOCK, 1024, 512 },
		{ SBD_ALLOC_OOM, 1024, 512 },
	};
	struct sbd_zone *z;
	int i, p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		for (i = 0; i < ARRAY_SIZE(cases); i++) {
			z = sbd_test_zone(test, sbd_test_profiles[p]);
			sbd_test_occupy(z);
			sbd_test_type(z, 512, SBD_HIGHATOMIC);
			sbd_test_give(z, 512, 4, SBD_HIGHATOMIC);
			sbd_test_give(z, 1024, 4, M);
			KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 4, M,
							       cases[i].flags),
					cases[i].first);
			KUNIT_EXPECT_EQ(test, sbd_test_rmqueue(z, 4, M,
							       cases[i].flags),
					cases[i].second);
		}
	}
}

static struct kunit_case fallback_cases[] = {
	KUNIT_CASE(helpers_are_asked_in_order),
	KUNIT_CASE(reserves_never_help_out),
	KUNIT_CASE(whole_pageblocks_by_size_or_mobility),
	KUNIT_CASE(large_block_changes_hands_whole),
	KUNIT_CASE(half_free_pageblock_is_claimed),
	KUNIT_CASE(pages_alike_help_to_claim),
	KUNIT_CASE(stolen_remainder),
	KUNIT_CASE(largest_or_smallest_is_stolen),
	KUNIT_CASE(movable_steals_the_smallest),
	KUNIT_CASE(reserved_pageblock_keeps_its_type),
	KUNIT_CASE(no_mixing_takes_whole_pageblocks_only),
	KUNIT_CASE(attempts_raise_the_marks_to_a_limit),
	KUNIT_CASE(boost_can_be_off),
	KUNIT_CASE(stealing_is_remembered),
	KUNIT_CASE(cma_serves_when_own_lists_are_empty),
	KUNIT_CASE(cma_first_when_it_is_the_greater_part),
	KUNIT_CASE(reserve_grows_to_a_hundredth),
	KUNIT_CASE(small_zone_reserves_nothing),
	KUNIT_CASE(pageblock_is_reserved_once),
	KUNIT_CASE(large_block_is_reserved_whole),
	KUNIT_CASE(reserve_is_given_back_but_for_the_last),
	KUNIT_CASE(large_reserve_is_given_back_whole),
	KUNIT_CASE(reserve_serves_first_or_last),
	{}
};

static struct kunit_suite fallback_suite = {
	.name = "shadowbuddy_fallback",
	.test_cases = fallback_cases,
};

kunit_test_suite(fallback_suite);
