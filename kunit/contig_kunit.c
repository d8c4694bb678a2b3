// SPDX-License-Identifier: GPL-2.0
/*
 * Ranges of frames, taken from whoever has them.
 *
 * The machine: 4096 pages, 8 pageblocks of 512; the last two may be CMA.
 *
 *   | 0   | 1   | 2   | 3   | 4   | 5   | 6 c | 7 c |
 */
#include "alloc.h"
#include "check.h"
#include "contig.h"
#include "helpers.h"
#include "owned.h"
#include "workload.h"
#include "writeback.h"

static struct sbd_owners *machine(struct kunit *test, const char *profile, bool cma)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, profile);
	plan->geo.thp = false;
	plan->geo.cma = cma;
	plan->zones[0].pages = SBD_OWNED_PAGES;
	plan->zones[0].cma_pages = cma ? 1024 : 0;
	return sbd_owned_plan(test, plan, true);
}

static unsigned long at(unsigned long offset)
{
	return SBD_TEST_PFN + offset;
}

static int take(struct sbd_owners *own, unsigned long from, unsigned long to)
{
	return sbd_contig_alloc(own->sys, 0, at(from), at(to), SBD_MOVABLE);
}

static unsigned long count_used(struct sbd_zone *z, unsigned long from,
				unsigned long to)
{
	unsigned long i, n = 0;

	for (i = from; i < to; i++)
		n += z->frames[i].state == SBD_FRAME_USED && !z->frames[i].order;
	return n;
}

static void free_range_is_taken_to_the_page(struct kunit *test)
{
	struct sbd_owners *own;
	struct sbd_zone *z;
	int p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		own = machine(test, sbd_test_profiles[p], false);
		z = own->sys->zone[0];
		KUNIT_EXPECT_EQ(test, take(own, 700, 1500), 0);
		KUNIT_EXPECT_EQ(test, count_used(z, 700, 1500), 800UL);
		KUNIT_EXPECT_EQ(test, count_used(z, 0, SBD_OWNED_PAGES), 800UL);
		KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_PAGES),
				SBD_OWNED_PAGES - 800);
		KUNIT_EXPECT_EQ(test, z->nr_isolate, 0UL);
		sbd_check_owners(test, own, "taking a range");
		KUNIT_EXPECT_EQ(test, sbd_contig_free(own->sys, 1, at(700), at(1500)), 0);
		sbd_drain_all(own->sys);
		KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_PAGES),
				SBD_OWNED_PAGES);
		sbd_check_owners(test, own, "giving it back");
	}
}

/* Fill the machine with file pages, of all orders up to 3. */
static void populate(struct kunit *test, struct sbd_owners *own, unsigned long free)
{
	unsigned int i = 0;

	while (sbd_stat_exact(own->sys->zone[0], SBD_NR_FREE_PAGES) > free)
		sbd_owned_page(test, own, SBD_OWNER_ANON, i++ & 3);
}

static void pages_in_the_way_move_out(struct kunit *test)
{
	struct sbd_owners *own;
	long held;
	int p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		own = machine(test, sbd_test_profiles[p], false);
		populate(test, own, 2000);
		held = atomic_long_read(&own->held);
		KUNIT_EXPECT_EQ(test, take(own, 100, 1100), 0);
		KUNIT_EXPECT_EQ(test, atomic_long_read(&own->held), held);
		KUNIT_EXPECT_GT(test,
				atomic64_read(&own->sys->vm_event[SBD_VM_pgmigrate_success]),
				0LL);
		sbd_check_owners(test, own, "moving out");
	}
}

static void kernel_page_in_the_way_stays(struct kunit *test)
{
	struct sbd_owners *own;
	struct sbd_zone *z;
	unsigned long off;
	int p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		own = machine(test, sbd_test_profiles[p], false);
		z = own->sys->zone[0];
		off = sbd_owner(own, sbd_owned_page(test, own, SBD_OWNER_KERNEL, 0))->pfn -
		      z->start_pfn;
		sbd_drain_all(own->sys);
		KUNIT_EXPECT_EQ(test, take(own, off & ~511UL, off + 1), -EBUSY);
		KUNIT_EXPECT_EQ(test, z->nr_isolate, 0UL);
		KUNIT_EXPECT_EQ(test, sbd_stat_exact(z, SBD_NR_FREE_PAGES),
				SBD_OWNED_PAGES - 1);
		sbd_check_owners(test, own, "a refusal");
		/* beside it there is nothing in the way */
		if (off & 511)
			KUNIT_EXPECT_EQ(test, take(own, off & ~511UL, off), 0);
		sbd_check_owners(test, own, "the rest of the pageblock");
	}
}

static void no_room_for_what_would_move(struct kunit *test)
{
	struct sbd_owners *own = machine(test, "6.12", false);
	struct sbd_zone *z = own->sys->zone[0];

	populate(test, own, 300);
	KUNIT_EXPECT_EQ(test, take(own, 0, 2048), -ENOMEM);
	KUNIT_EXPECT_EQ(test, z->nr_isolate, 0UL);
	sbd_check_owners(test, own, "running out of room");
}

static void range_that_is_none_is_refused(struct kunit *test)
{
	struct sbd_owners *own = machine(test, "6.12", false);

	KUNIT_EXPECT_EQ(test, take(own, 100, 100), -EINVAL);
	KUNIT_EXPECT_EQ(test, take(own, 200, 100), -EINVAL);
	KUNIT_EXPECT_EQ(test, take(own, 4000, 5000), -EINVAL);
	KUNIT_EXPECT_EQ(test, take(own, -5, 10), -EINVAL);
	KUNIT_EXPECT_EQ(test, sbd_contig_alloc(own->sys, 0, at(0), at(512),
					       SBD_UNMOVABLE), -EINVAL);
	KUNIT_EXPECT_EQ(test, sbd_contig_free(own->sys, 0, at(0), at(1)), -EINVAL);
	KUNIT_EXPECT_EQ(test, sbd_contig_free(own->sys, 0, at(0), at(0)), -EINVAL);
}

/* CMA pageblocks are for CMA, and go back to being so. */
static void cma_range_stays_cma(struct kunit *test)
{
	struct sbd_owners *own;
	struct sbd_zone *z;
	int p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		own = machine(test, sbd_test_profiles[p], true);
		z = own->sys->zone[0];
		populate(test, own, 600);
		KUNIT_EXPECT_EQ(test, take(own, 3072, 3584), -EBUSY);
		KUNIT_EXPECT_EQ(test, sbd_contig_alloc(own->sys, 0, at(0), at(512),
						       SBD_CMA), -EBUSY);
		KUNIT_EXPECT_EQ(test, sbd_contig_alloc(own->sys, 0, at(3100), at(3300),
						       SBD_CMA), 0);
		KUNIT_EXPECT_EQ(test, sbd_block_type(z, at(3100)), SBD_CMA);
		sbd_check_owners(test, own, "a CMA range");
		KUNIT_EXPECT_EQ(test, sbd_contig_free(own->sys, 0, at(3100), at(3300)), 0);
		sbd_check_owners(test, own, "giving it back");
	}
}

static int refuse_to_wait(struct sbd_system *sys, unsigned int ms)
{
	return -EINTR;
}

static void signal_while_a_page_is_written(struct kunit *test)
{
	struct sbd_owners *own = machine(test, "6.12", false);
	struct sbd_zone *z = own->sys->zone[0];
	u32 o = sbd_owned_listed(test, own, SBD_OWNER_FILE);
	unsigned long off = sbd_owner(own, o)->pfn - z->start_pfn;

	sbd_drain_all(own->sys);
	sbd_lru_touch(own, o, true);
	sbd_writeback_flush(own, 1);
	own->sys->hooks.wait = refuse_to_wait;
	KUNIT_EXPECT_EQ(test, take(own, off & ~511UL, off + 1), -EINTR);
	KUNIT_EXPECT_EQ(test, z->nr_isolate, 0UL);
	sbd_check_owners(test, own, "the signal");
}

static void random_ranges_lose_nothing(struct kunit *test)
{
	u64 seed = sbd_test_seed(test), rng;
	unsigned long from, len;
	struct sbd_owners *own;
	int p, i, got;

	for (p = 0; sbd_test_profiles[p]; p++) {
		own = machine(test, sbd_test_profiles[p], true);
		rng = seed;
		got = 0;
		populate(test, own, 1800);
		for (i = 0; i < 60; i++) {
			from = sbd_random(&rng) % 4000;
			len = 1 + sbd_random(&rng) % 700;
			if (sbd_contig_alloc(own->sys, i % 3, at(from), at(from + len),
					     from < 3072 ? SBD_MOVABLE : SBD_CMA))
				continue;
			got++;
			sbd_check_owners(test, own, "a random range");
			KUNIT_ASSERT_EQ(test, sbd_contig_free(own->sys, 0, at(from),
							      at(from + len)), 0);
			sbd_check_owners(test, own, "giving it back");
		}
		KUNIT_EXPECT_GT(test, got, 10);
	}
}

static struct kunit_case contig_cases[] = {
	KUNIT_CASE(free_range_is_taken_to_the_page),
	KUNIT_CASE(pages_in_the_way_move_out),
	KUNIT_CASE(kernel_page_in_the_way_stays),
	KUNIT_CASE(no_room_for_what_would_move),
	KUNIT_CASE(range_that_is_none_is_refused),
	KUNIT_CASE(cma_range_stays_cma),
	KUNIT_CASE(signal_while_a_page_is_written),
	KUNIT_CASE(random_ranges_lose_nothing),
	{}
};

static struct kunit_suite contig_suite = {
	.name = "shadowbuddy_contig",
	.test_cases = contig_cases,
};

kunit_test_suite(contig_suite);
