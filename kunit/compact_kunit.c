// SPDX-License-Identifier: GPL-2.0
/*
 * Compaction, on machines whose pages are owned.
 *
 * The machine: 4096 pages, 8 pageblocks of 512, all MOVABLE at first.  It is
 * filled from below, and every second page is given back ("thin"):
 *
 *   | x x x x | x x x x | x x x x | x x x x | ...        | x x x FFFF |
 *     0         1         2         3                      7
 *
 *   x an owner's page, blank a free one, F free and in one piece, but for less
 *   than a pageblock.
 */
#include "alloc.h"
#include "check.h"
#include "helpers.h"
#include "kcompactd.h"
#include "owned.h"
#include "workload.h"
#include "writeback.h"

#define LEAVE		400UL	/* pages left free by fill() */
#define MOST_OWNERS	4096

/**
 * struct world - a machine and who holds its pages
 * @test:  the test
 * @own:   the owners
 * @z:	   the zone
 * @held:  owners that have pages
 * @nr:	   of them
 * @where: frame of each owner, as of the last note()
 */
struct world {
	struct kunit *test;
	struct sbd_owners *own;
	struct sbd_zone *z;
	u32 held[MOST_OWNERS];
	unsigned int nr;
	unsigned long where[MOST_OWNERS];
};

static struct world *world_of(struct kunit *test, struct sbd_owners *own)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	w->test = test;
	w->own = own;
	w->z = own->sys->zone[0];
	return w;
}

static struct world *world(struct kunit *test, const char *profile)
{
	return world_of(test, sbd_owned(test, profile));
}

/* All that is on its way is where it belongs. */
static void settle(struct world *w)
{
	sbd_lru_drain_all(w->own);
	sbd_drain_all(w->own->sys);
}

static unsigned long now_free(struct world *w)
{
	settle(w);
	return sbd_stat_exact(w->z, SBD_NR_FREE_PAGES);
}

static u32 add(struct world *w, enum sbd_owner_kind kind, unsigned int order)
{
	KUNIT_ASSERT_LT(w->test, w->nr, (unsigned int)MOST_OWNERS);
	w->held[w->nr] = sbd_owned_page(w->test, w->own, kind, order);
	return w->held[w->nr++];
}

/* New owners until so few pages are free; orders 0 to @orders by turns. */
static void fill(struct world *w, enum sbd_owner_kind kind, unsigned int orders,
		 unsigned long leave)
{
	unsigned int i = 0;

	while (sbd_stat_exact(w->z, SBD_NR_FREE_PAGES) > leave)
		add(w, kind, i++ % (orders + 1));
}

static void drop(struct world *w, unsigned int i)
{
	sbd_lru_release(w->own, 0, w->held[i]);
	w->held[i] = w->held[--w->nr];
}

/* Every second block goes, by its place. */
static void thin(struct world *w)
{
	const struct sbd_owner *p;
	unsigned int i;

	settle(w);
	for (i = w->nr; i--;) {
		p = sbd_owner(w->own, w->held[i]);
		if (p->pfn >> p->order & 1)
			drop(w, i);
	}
	settle(w);
	sbd_check_owners(w->test, w->own, "thinning");
}

static struct world *thinned(struct kunit *test, const char *profile,
			     enum sbd_owner_kind kind)
{
	struct world *w = world(test, profile);

	fill(w, kind, 0, LEAVE);
	thin(w);
	return w;
}

static void note(struct world *w)
{
	unsigned int i;

	for (i = 0; i < w->nr; i++)
		w->where[i] = sbd_owner(w->own, w->held[i])->pfn;
}

static unsigned int moved_since(const struct world *w)
{
	unsigned int i, n = 0;

	for (i = 0; i < w->nr; i++)
		n += sbd_owner(w->own, w->held[i])->pfn != w->where[i];
	return n;
}

/* The lowest owner's place in held. */
static unsigned int lowest(const struct world *w)
{
	unsigned int i, low = 0;

	for (i = 1; i < w->nr; i++)
		if (sbd_owner(w->own, w->held[i])->pfn <
		    sbd_owner(w->own, w->held[low])->pfn)
			low = i;
	return low;
}

static bool stays(const struct world *w, unsigned int i)
{
	return sbd_owner(w->own, w->held[i])->pfn == w->where[i];
}

/* Pageblocks that are free as a whole. */
static unsigned long huge_blocks(const struct sbd_zone *z)
{
	return z->area[9].nr_free + 2 * z->area[10].nr_free;
}

static long long events(const struct world *w, enum sbd_vm_event event)
{
	return atomic64_read(&w->own->sys->vm_event[event]);
}

/* All of the zone, as /proc/sys/vm/compact_memory does. */
static struct sbd_compact_control whole(const struct world *w,
					enum sbd_compact_mode mode)
{
	return (struct sbd_compact_control) {
		.z = w->z,
		.order = -1,
		.gfp = GFP_KERNEL,
		.mode = mode,
		.whole = true,
	};
}

/* For a MOVABLE block, from where the last one ended. */
static struct sbd_compact_control wanting(const struct world *w, int order,
					  enum sbd_compact_mode mode)
{
	return (struct sbd_compact_control) {
		.z = w->z,
		.order = order,
		.mt = SBD_MOVABLE,
		.gfp = GFP_HIGHUSER_MOVABLE,
		.highest = SBD_ZONE_NORMAL,
		.mode = mode,
	};
}

/* Compact; what is free and held must be as before, and all contents, too. */
static enum sbd_compact_result go(struct world *w, struct sbd_compact_control *cc)
{
	unsigned long before = now_free(w);
	long held = atomic_long_read(&w->own->held);
	enum sbd_compact_result ret;

	note(w);
	ret = sbd_compact_zone(cc);
	if (cc->capture)
		sbd_free(w->own->sys, 0, sbd_pfn(w->z, cc->capture), cc->order);
	KUNIT_EXPECT_EQ_MSG(w->test, now_free(w), before, "%s",
			    w->z->prof->name);
	KUNIT_EXPECT_EQ(w->test, atomic_long_read(&w->own->held), held);
	sbd_check_owners(w->test, w->own, "compaction");
	return ret;
}

/* ---- the whole zone ------------------------------------------------------ */

static void thin_zone_becomes_pageblocks(struct kunit *test)
{
	struct world *w;
	int p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		w = thinned(test, sbd_test_profiles[p], SBD_OWNER_ANON);
		KUNIT_ASSERT_EQ(test, huge_blocks(w->z), 0UL);
		KUNIT_EXPECT_EQ(test, sbd_compact_node(w->own->sys, 0, 0), 0);
		settle(w);
		sbd_check_owners(test, w->own, "compacting the node");
		KUNIT_EXPECT_GE_MSG(test, huge_blocks(w->z), 3UL, "%s",
				    sbd_test_profiles[p]);
	}
}

static void pages_move_upwards(struct kunit *test)
{
	struct sbd_compact_control cc;
	struct world *w;
	unsigned int i;
	int p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		w = thinned(test, sbd_test_profiles[p], SBD_OWNER_FILE);
		cc = whole(w, SBD_COMPACT_SYNC);
		go(w, &cc);
		KUNIT_EXPECT_GT(test, moved_since(w), 500U);
		KUNIT_EXPECT_EQ(test, cc.moved, (unsigned long)moved_since(w));
		for (i = 0; i < w->nr; i++)
			KUNIT_ASSERT_GE(test, sbd_owner(w->own, w->held[i])->pfn,
					w->where[i]);
	}
}

static void kernel_and_slab_pages_stay(struct kunit *test)
{
	struct sbd_compact_control cc;
	unsigned int i, first;
	struct world *w;
	int p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		w = world(test, sbd_test_profiles[p]);
		fill(w, SBD_OWNER_KERNEL, 2, 3500);
		fill(w, SBD_OWNER_SLAB, 2, 3000);
		first = w->nr;
		/* mixing types has raised the marks */
		fill(w, SBD_OWNER_ANON, 0, 1200);
		for (i = w->nr - 1; i > first; i -= 2)
			drop(w, i);
		cc = whole(w, SBD_COMPACT_SYNC);
		go(w, &cc);
		KUNIT_EXPECT_GT(test, moved_since(w), 100U);
		for (i = 0; i < first; i++)
			KUNIT_ASSERT_TRUE(test, stays(w, i));
	}
}

static void unevictable_pages_move(struct kunit *test)
{
	struct world *w = thinned(test, "6.12", SBD_OWNER_ANON);
	struct sbd_compact_control cc = whole(w, SBD_COMPACT_ASYNC);
	unsigned int low = lowest(w);

	sbd_lru_lock_page(w->own, w->held[low], true);
	go(w, &cc);
	KUNIT_EXPECT_FALSE(test, stays(w, low));
	KUNIT_EXPECT_EQ(test, sbd_lru_pages(w->own, 0, SBD_LRU_UNEVICTABLE), 1UL);
}

/* Before 6.9 compound pages are passed over. */
static void large_pages_move_whole(struct kunit *test)
{
	unsigned int i, order, n;
	struct sbd_compact_control cc;
	struct world *w;
	int p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		w = world(test, sbd_test_profiles[p]);
		fill(w, SBD_OWNER_ANON, 3, LEAVE);
		thin(w);
		cc = whole(w, SBD_COMPACT_SYNC);
		go(w, &cc);
		for (order = 1; order <= 3; order++) {
			for (i = 0, n = 0; i < w->nr; i++)
				n += sbd_owner(w->own, w->held[i])->order == order &&
				     !stays(w, i);
			KUNIT_EXPECT_EQ(test, n > 0, w->z->prof->compact_orders);
		}
	}
}

static void nobody_owns_anything(struct kunit *test)
{
	struct world *w = thinned(test, "6.12", SBD_OWNER_ANON);
	struct sbd_compact_control cc = whole(w, SBD_COMPACT_SYNC);
	struct sbd_owners *own = w->own;

	own->sys->own = NULL;
	sbd_compact_zone(&cc);
	KUNIT_EXPECT_EQ(test, cc.moved, 0UL);
	KUNIT_EXPECT_EQ(test, sbd_compact_node(own->sys, 0, 0), 0);
	sbd_kcompactd_wake(own->sys, 0, 9, SBD_ZONE_NORMAL);
	KUNIT_EXPECT_FALSE(test, sbd_kcompactd_wanted(own->sys, 0));
	sbd_kcompactd_run(own->sys, 0, 0);
	own->sys->own = own;
	KUNIT_EXPECT_EQ(test, huge_blocks(w->z), 0UL);
	sbd_check_owners(test, own, "compacting nobody's pages");
}

/*
 * A hole is as large as what separates it:
 *
 *   | 0 | 1 | hole: 2 | 3 |  ...
 *     1024    1024      2048 frames
 */
static void hole_is_left_alone(struct kunit *test)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);
	struct sbd_compact_control cc;
	struct world *w;
	unsigned long i;
	int p;

	KUNIT_ASSERT_NOT_NULL(test, plan);
	for (p = 0; sbd_test_profiles[p]; p++) {
		sbd_test_plan(test, plan, sbd_test_profiles[p]);
		plan->geo.thp = false;
		plan->zones[0].pages = SBD_OWNED_PAGES;
		plan->zones[0].hole_pfn = SBD_TEST_PFN + 1024;
		plan->zones[0].hole_pages = 1024;
		w = world_of(test, sbd_owned_plan(test, plan, true));
		fill(w, SBD_OWNER_ANON, 0, LEAVE);
		thin(w);
		cc = whole(w, SBD_COMPACT_SYNC);
		go(w, &cc);
		KUNIT_EXPECT_GE(test, huge_blocks(w->z), 2UL);
		for (i = 1024; i < 2048; i++)
			KUNIT_ASSERT_EQ(test, w->z->frames[i].state,
					SBD_FRAME_NONE);
		/* and from the lists, whose short cuts may point anywhere */
		cc = wanting(w, 10, SBD_COMPACT_SYNC_LIGHT);
		go(w, &cc);
	}
}

/* ---- what stays, for now ------------------------------------------------- */

/* Write the lowest file page; it takes a while. */
static unsigned int write_lowest(struct world *w)
{
	unsigned int low = lowest(w);

	sbd_lru_touch(w->own, w->held[low], true);
	KUNIT_ASSERT_EQ(w->test, sbd_writeback_flush(w->own, 1), 1U);
	return low;
}

static void page_being_written_is_left_unless_sync(struct kunit *test)
{
	struct sbd_compact_control cc;
	unsigned int low;
	struct world *w;
	int p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		w = thinned(test, sbd_test_profiles[p], SBD_OWNER_FILE);
		low = write_lowest(w);
		cc = whole(w, SBD_COMPACT_ASYNC);
		go(w, &cc);
		KUNIT_EXPECT_TRUE(test, stays(w, low));
		cc = whole(w, SBD_COMPACT_SYNC_LIGHT);
		go(w, &cc);
		KUNIT_EXPECT_TRUE(test, stays(w, low));
		cc = whole(w, SBD_COMPACT_SYNC);
		go(w, &cc);
		KUNIT_EXPECT_FALSE(test, stays(w, low));
		KUNIT_EXPECT_EQ(test, events(w, SBD_VM_nr_written), 1LL);
	}
}

static void locked_page_is_left_by_async(struct kunit *test)
{
	struct world *w = thinned(test, "6.12", SBD_OWNER_ANON);
	struct sbd_compact_control cc = whole(w, SBD_COMPACT_ASYNC);
	unsigned int low = lowest(w);

	KUNIT_ASSERT_TRUE(test, sbd_owner_trylock(sbd_owner(w->own, w->held[low])));
	go(w, &cc);
	KUNIT_EXPECT_TRUE(test, stays(w, low));
	KUNIT_EXPECT_EQ(test, events(w, SBD_VM_pgmigrate_fail), 1LL);
	KUNIT_EXPECT_GT(test, moved_since(w), 100U);
	sbd_owner_unlock(sbd_owner(w->own, w->held[low]));
	go(w, &cc);
	KUNIT_EXPECT_FALSE(test, stays(w, low));
}

/* Short of SYNC, a dirty page that is locked is not even taken off its list. */
static void locked_dirty_page_is_not_isolated(struct kunit *test)
{
	struct world *w = thinned(test, "6.12", SBD_OWNER_ANON);
	struct sbd_compact_control cc = whole(w, SBD_COMPACT_ASYNC);
	unsigned int low = lowest(w);

	sbd_lru_touch(w->own, w->held[low], true);
	KUNIT_ASSERT_TRUE(test, sbd_owner_trylock(sbd_owner(w->own, w->held[low])));
	go(w, &cc);
	KUNIT_EXPECT_TRUE(test, stays(w, low));
	KUNIT_EXPECT_EQ(test, events(w, SBD_VM_pgmigrate_fail), 0LL);
	sbd_owner_unlock(sbd_owner(w->own, w->held[low]));
}

/* Who may not enter a filesystem leaves its pages alone. */
static void file_pages_need_a_filesystem(struct kunit *test)
{
	struct world *w = thinned(test, "6.12", SBD_OWNER_FILE);
	struct sbd_compact_control cc = whole(w, SBD_COMPACT_SYNC);

	cc.gfp = GFP_NOFS;
	go(w, &cc);
	KUNIT_EXPECT_EQ(test, moved_since(w), 0U);
}

static int refuse_to_wait(struct sbd_system *sys, unsigned int ms)
{
	return -EINTR;
}

static void signal_ends_a_run_with_all_put_back(struct kunit *test)
{
	struct sbd_compact_control cc;
	unsigned int low;
	struct world *w;
	int p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		w = thinned(test, sbd_test_profiles[p], SBD_OWNER_FILE);
		low = write_lowest(w);
		w->own->sys->hooks.wait = refuse_to_wait;
		cc = whole(w, SBD_COMPACT_SYNC);
		KUNIT_EXPECT_EQ(test, go(w, &cc), SBD_COMPACT_CONTENDED);
		KUNIT_EXPECT_TRUE(test, stays(w, low));
		KUNIT_EXPECT_LE(test, moved_since(w), 32U);
		KUNIT_EXPECT_GT(test, events(w, SBD_VM_sbd_compact_returned), 0LL);
	}
}

/* ---- what a zone remembers ----------------------------------------------- */

static unsigned int skipped(const struct sbd_zone *z)
{
	unsigned int i, n = 0;

	for (i = 0; i < z->nr_blocks; i++)
		n += !!(z->blocks[i] & SBD_BLOCK_SKIP);
	return n;
}

/* Nothing is found as long as nobody is known; then there is. */
static void skip_bits_stay_until_the_reset(struct kunit *test)
{
	struct sbd_compact_control cc;
	struct sbd_owners *own;
	struct world *w;
	int p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		w = thinned(test, sbd_test_profiles[p], SBD_OWNER_ANON);
		own = w->own;
		cc = wanting(w, 9, SBD_COMPACT_SYNC_LIGHT);
		cc.direct = true;
		own->sys->own = NULL;
		KUNIT_EXPECT_EQ(test, sbd_compact_zone(&cc), SBD_COMPACT_PARTIAL);
		own->sys->own = own;
		KUNIT_EXPECT_EQ(test, skipped(w->z), 7U);
		KUNIT_EXPECT_EQ(test, cc.moved, 0UL);
		KUNIT_EXPECT_TRUE(test, w->z->compact.flush);
		sbd_check_owners(test, own, "a run in vain");
		sbd_compact_reset(w->z);
		KUNIT_EXPECT_FALSE(test, w->z->compact.flush);
		KUNIT_EXPECT_EQ(test, skipped(w->z), 0U);
		sbd_check_owners(test, own, "the reset");
		KUNIT_EXPECT_EQ(test, go(w, &cc), SBD_COMPACT_SUCCESS);
	}
}

static void reset_waits_for_a_full_scan(struct kunit *test)
{
	struct world *w = thinned(test, "6.12", SBD_OWNER_ANON);

	w->z->blocks[2] |= SBD_BLOCK_SKIP;
	sbd_compact_reset(w->z);
	KUNIT_EXPECT_EQ(test, skipped(w->z), 1U);
	w->z->compact.flush = true;
	sbd_compact_reset(w->z);
	KUNIT_EXPECT_EQ(test, skipped(w->z), 0U);
}

/* A pageblock that one owner has as a whole has nothing to give. */
static void reset_leaves_huge_pages_out(struct kunit *test)
{
	struct world *w = world(test, "6.12");
	struct sbd_owner *p = sbd_owner(w->own, add(w, SBD_OWNER_ANON, 9));
	u8 *block = &w->z->blocks[sbd_block_index(w->z, p->pfn)];

	*block |= SBD_BLOCK_SKIP;
	w->z->compact.flush = true;
	sbd_compact_reset(w->z);
	KUNIT_EXPECT_TRUE(test, *block & SBD_BLOCK_SKIP);
	sbd_check_owners(test, w->own, "the reset");
}

static void next_run_goes_on_where_the_last_ended(struct kunit *test)
{
	struct sbd_compact_control cc;
	unsigned long at;
	struct world *w;
	unsigned int i;
	int p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		w = thinned(test, sbd_test_profiles[p], SBD_OWNER_ANON);
		cc = wanting(w, 9, SBD_COMPACT_SYNC_LIGHT);
		KUNIT_EXPECT_EQ(test, go(w, &cc), SBD_COMPACT_SUCCESS);
		at = w->z->compact.migrate_pfn[1];
		KUNIT_EXPECT_GT(test, at, w->z->start_pfn);
		KUNIT_EXPECT_EQ(test, w->z->compact.migrate_pfn[0], at);
		KUNIT_ASSERT_NE(test, sbd_alloc(w->own->sys, 0,
						GFP_HIGHUSER_MOVABLE, 9),
				SBD_PFN_NONE);
		go(w, &cc);
		for (i = 0; i < w->nr; i++)
			KUNIT_ASSERT_TRUE(test, w->where[i] >= at || stays(w, i));
	}
}

/* ---- for a request ------------------------------------------------------- */

static void huge_page_is_had_by_capture(struct kunit *test)
{
	unsigned long pfn;
	struct world *w;
	int p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		w = thinned(test, sbd_test_profiles[p], SBD_OWNER_ANON);
		note(w);
		pfn = sbd_alloc(w->own->sys, 0, GFP_TRANSHUGE, 9);
		KUNIT_ASSERT_NE(test, pfn, SBD_PFN_NONE);
		KUNIT_EXPECT_EQ(test, w->z->event[SBD_EV_CAPTURE], 1ULL);
		KUNIT_EXPECT_EQ(test, events(w, SBD_VM_compact_success), 1LL);
		KUNIT_EXPECT_EQ(test, events(w, SBD_VM_compact_fail), 0LL);
		KUNIT_EXPECT_GT(test, moved_since(w), 0U);
		settle(w);
		sbd_check_owners(test, w->own, "the huge page");
		KUNIT_EXPECT_EQ(test, sbd_free(w->own->sys, 0, pfn, 9), 0);
		settle(w);
		sbd_check_owners(test, w->own, "giving it back");
	}
}

/*
 * All is taken before it is thinned, so that single pages alone are free:
 *
 *   | x x x x | x x x x | ... | x x x ######## |
 *
 *   # used, and nobody's
 */
static struct world *single_pages(struct kunit *test, const char *profile)
{
	struct world *w = world(test, profile);

	fill(w, SBD_OWNER_ANON, 0, LEAVE);
	while (sbd_alloc(w->own->sys, 0,
			 GFP_HIGHUSER_MOVABLE | __GFP_MEMALLOC | __GFP_NORETRY,
			 0) != SBD_PFN_NONE)
		;
	thin(w);
	return w;
}

static u64 captured_for(struct kunit *test, const char *profile, int mt)
{
	struct world *w = single_pages(test, profile);
	struct sbd_compact_control cc = wanting(w, 4, SBD_COMPACT_SYNC_LIGHT);

	cc.direct = true;
	cc.mt = mt;
	KUNIT_EXPECT_EQ(test, go(w, &cc), SBD_COMPACT_SUCCESS);
	KUNIT_EXPECT_GT(test, cc.moved, 0UL);
	return w->z->event[SBD_EV_CAPTURE];
}

static void part_of_a_movable_pageblock_is_for_movable_requests(struct kunit *test)
{
	struct sbd_profile prof;
	int p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		KUNIT_ASSERT_EQ(test, sbd_profile_parse(sbd_test_profiles[p], &prof), 0);
		KUNIT_EXPECT_EQ(test, captured_for(test, prof.name, SBD_UNMOVABLE),
				0ULL);
		KUNIT_EXPECT_EQ(test, captured_for(test, prof.name, SBD_MOVABLE),
				(u64)prof.capture_movable);
	}
}

static void direct_compaction_needs_io(struct kunit *test)
{
	struct world *w = thinned(test, "6.12", SBD_OWNER_ANON);
	struct sbd_frame *captured;
	struct sbd_request rq;

	KUNIT_ASSERT_TRUE(test, sbd_test_request(&rq, w->own->sys, 0, GFP_NOIO, 9));
	KUNIT_EXPECT_EQ(test, sbd_compact_direct(&rq, SBD_WMARK_MIN,
						 SBD_COMPACT_PRIO_SYNC_LIGHT,
						 &captured),
			SBD_COMPACT_SKIPPED);
	KUNIT_EXPECT_NULL(test, captured);
	KUNIT_EXPECT_EQ(test, events(w, SBD_VM_compact_migrate_scanned), 0LL);
}

/* Without a page that moves, only every 2nd, 4th ... 64th request compacts. */
static void failures_defer_and_full_priority_does_not_care(struct kunit *test)
{
	struct world *w = thinned(test, "6.12", SBD_OWNER_KERNEL);
	struct sbd_frame *captured;
	struct sbd_request rq;
	int i, tried = 0;

	KUNIT_ASSERT_TRUE(test, sbd_test_request(&rq, w->own->sys, 0, GFP_TRANSHUGE, 9));
	for (i = 0; i < 200; i++)
		tried += sbd_compact_direct(&rq, SBD_WMARK_MIN,
					    SBD_COMPACT_PRIO_SYNC_LIGHT,
					    &captured) != SBD_COMPACT_DEFERRED;
	/* the 1st, and 2, 4, 8, 16, 32, 64 and 64 after it */
	KUNIT_EXPECT_EQ(test, tried, 8);
	KUNIT_EXPECT_EQ(test, w->z->compact.defer_shift, 6U);
	KUNIT_EXPECT_NE(test, sbd_compact_direct(&rq, SBD_WMARK_MIN,
						 SBD_COMPACT_PRIO_SYNC_FULL,
						 &captured),
			SBD_COMPACT_DEFERRED);
	sbd_check_owners(test, w->own, "compactions in vain");
}

/* ---- kcompactd ----------------------------------------------------------- */

static void daemon_makes_what_it_was_asked_for(struct kunit *test)
{
	struct sbd_system *sys;
	struct world *w;
	int p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		w = thinned(test, sbd_test_profiles[p], SBD_OWNER_ANON);
		sys = w->own->sys;
		sbd_kcompactd_wake(sys, 0, 0, SBD_ZONE_NORMAL);
		KUNIT_EXPECT_FALSE(test, sbd_kcompactd_wanted(sys, 0));
		sbd_kcompactd_wake(sys, 0, 9, SBD_ZONE_NORMAL);
		sbd_kcompactd_wake(sys, 0, 4, SBD_ZONE_NORMAL);
		KUNIT_EXPECT_TRUE(test, sbd_kcompactd_wanted(sys, 0));
		KUNIT_EXPECT_EQ(test, w->own->node[0].kcompactd_order, 9);
		sbd_kcompactd_run(sys, 0, 0);
		settle(w);
		sbd_check_owners(test, w->own, "kcompactd");
		KUNIT_EXPECT_FALSE(test, sbd_kcompactd_wanted(sys, 0));
		KUNIT_EXPECT_GE(test, huge_blocks(w->z), 1UL);
		KUNIT_EXPECT_EQ(test, events(w, SBD_VM_compact_daemon_wake), 1LL);
		KUNIT_EXPECT_GT(test,
				events(w, SBD_VM_compact_daemon_migrate_scanned), 0LL);
	}
}

static void lower_zone_asked_for_is_kept(struct kunit *test)
{
	struct world *w = thinned(test, "6.12", SBD_OWNER_ANON);

	sbd_kcompactd_wake(w->own->sys, 0, 9, SBD_ZONE_DMA32);
	sbd_kcompactd_wake(w->own->sys, 0, 4, SBD_ZONE_NORMAL);
	note(w);
	sbd_kcompactd_run(w->own->sys, 0, 0);
	KUNIT_EXPECT_EQ(test, moved_since(w), 0U);
	KUNIT_EXPECT_FALSE(test, sbd_kcompactd_wanted(w->own->sys, 0));
	sbd_kcompactd_wake(w->own->sys, 0, 9, SBD_ZONE_NORMAL);
	sbd_kcompactd_run(w->own->sys, 0, 0);
	KUNIT_EXPECT_GT(test, moved_since(w), 0U);
	sbd_check_owners(test, w->own, "kcompactd");
}

static void marks_follow_proactiveness(struct kunit *test)
{
	static const struct {
		int proactiveness;
		unsigned int low, high;
	} cases[] = { { 0, 100, 100 }, { 20, 80, 90 }, { 100, 5, 15 } };
	struct sbd_system *sys = sbd_test_zone(test, "6.12")->sys;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		sys->vm.compaction_proactiveness = cases[i].proactiveness;
		KUNIT_EXPECT_EQ(test, sbd_node_score_mark(sys, true), cases[i].low);
		KUNIT_EXPECT_EQ(test, sbd_node_score_mark(sys, false), cases[i].high);
	}
}

/* The score at which a proactive run leaves a thinned node. */
static unsigned int score_after(struct kunit *test, const char *profile,
				int proactiveness)
{
	struct world *w = thinned(test, profile, SBD_OWNER_ANON);
	struct sbd_system *sys = w->own->sys;

	KUNIT_EXPECT_EQ(test, sbd_node_score(sys, 0), 99U);
	sys->vm.compaction_proactiveness = proactiveness;
	sbd_kcompactd_run(sys, 0, 0);
	settle(w);
	sbd_check_owners(test, w->own, "a proactive run");
	return sbd_node_score(sys, 0);
}

static void proactive_run_ends_at_the_low_mark(struct kunit *test)
{
	unsigned int score;
	int p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		KUNIT_EXPECT_EQ(test, score_after(test, sbd_test_profiles[p], 0), 99U);
		score = score_after(test, sbd_test_profiles[p], 20);
		KUNIT_EXPECT_LE(test, score, 80U);
		KUNIT_EXPECT_GE(test, score, 50U);
		KUNIT_EXPECT_LE(test, score_after(test, sbd_test_profiles[p], 100),
				30U);
	}
}

static void empty_node_has_no_score(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, sbd_node_score(sbd_test_zone(test, "6.12")->sys, 0), 0U);
}

static void runs_are_left_out_after_one_in_vain(struct kunit *test)
{
	struct world *w = thinned(test, "6.12", SBD_OWNER_KERNEL);
	struct sbd_system *sys = w->own->sys;
	long long scanned;

	sbd_kcompactd_run(sys, 0, 0);
	KUNIT_EXPECT_EQ(test, w->own->node[0].proactive_defer, 63U);
	scanned = events(w, SBD_VM_compact_daemon_migrate_scanned);
	KUNIT_EXPECT_GT(test, scanned, 0LL);
	sbd_kcompactd_run(sys, 0, 0);
	KUNIT_EXPECT_EQ(test, w->own->node[0].proactive_defer, 62U);
	KUNIT_EXPECT_EQ(test, events(w, SBD_VM_compact_daemon_migrate_scanned), scanned);
	/* a request is not left out, and what was known before is of no use now */
	sbd_kcompactd_wake(sys, 0, 9, SBD_ZONE_NORMAL);
	sbd_kcompactd_run(sys, 0, 0);
	KUNIT_EXPECT_EQ(test, w->own->node[0].proactive_defer, 0U);
	sbd_check_owners(test, w->own, "kcompactd");
}

/* ---- all at once --------------------------------------------------------- */

static struct sbd_compact_control any(struct world *w, u64 *rng)
{
	enum sbd_compact_mode mode = sbd_random(rng) % 3;
	struct sbd_compact_control cc = whole(w, mode);

	if (sbd_random(rng) & 1)
		cc = wanting(w, sbd_random(rng) % 11, mode);
	if (!cc.whole)
		cc.mt = sbd_random(rng) % SBD_PCPTYPES;
	cc.direct = !cc.whole && (sbd_random(rng) & 1);
	cc.cpu = sbd_random(rng) % SBD_TEST_CPUS;
	return cc;
}

static void come_or_go(struct world *w, u64 *rng)
{
	enum sbd_owner_kind kind = sbd_random(rng) % 8;
	unsigned int order = sbd_random(rng) % 16;
	int i;

	for (i = 0; i < 60; i++) {
		if (w->nr && sbd_random(rng) % 2)
			drop(w, sbd_random(rng) % w->nr);
		else if (sbd_stat_exact(w->z, SBD_NR_FREE_PAGES) > 900)
			add(w, kind < SBD_NR_OWNER_KINDS ? kind : SBD_OWNER_ANON,
			    order > 9 ? 0 : order % 4);
	}
}

static void random_step(struct world *w, u64 *rng)
{
	struct sbd_compact_control cc;

	switch (sbd_random(rng) % 6) {
	case 0:
		cc = any(w, rng);
		go(w, &cc);
		break;
	case 1:
		if (w->nr)
			sbd_lru_touch(w->own, w->held[sbd_random(rng) % w->nr], true);
		sbd_writeback_flush(w->own, 4);
		break;
	case 2:
		sbd_owned_time(w->own, sbd_random(rng) % 4);
		sbd_compact_reset(w->z);
		break;
	case 3:
		sbd_kcompactd_wake(w->own->sys, 0, sbd_random(rng) % 10, 2);
		sbd_kcompactd_run(w->own->sys, 1, 0);
		break;
	default:
		come_or_go(w, rng);
	}
}

static void random_compactions_lose_nothing(struct kunit *test)
{
	u64 seed = sbd_test_seed(test), rng;
	struct world *w;
	int p, i;

	for (p = 0; sbd_test_profiles[p]; p++) {
		w = world(test, sbd_test_profiles[p]);
		rng = seed;
		fill(w, SBD_OWNER_ANON, 3, 1000);
		for (i = 0; i < 150; i++) {
			random_step(w, &rng);
			sbd_check_owners(test, w->own, "a random step");
		}
		KUNIT_EXPECT_GT(test, events(w, SBD_VM_pgmigrate_success), 0LL);
		/* given up while it was written: goes when that ends */
		while (w->nr)
			drop(w, w->nr - 1);
		settle(w);
		sbd_writeback_end(w->own, 0);
		KUNIT_EXPECT_EQ(test, now_free(w), SBD_OWNED_PAGES);
		sbd_check_owners(test, w->own, "the end");
	}
}

static struct kunit_case compact_cases[] = {
	KUNIT_CASE(thin_zone_becomes_pageblocks),
	KUNIT_CASE(pages_move_upwards),
	KUNIT_CASE(kernel_and_slab_pages_stay),
	KUNIT_CASE(unevictable_pages_move),
	KUNIT_CASE(large_pages_move_whole),
	KUNIT_CASE(nobody_owns_anything),
	KUNIT_CASE(hole_is_left_alone),
	KUNIT_CASE(page_being_written_is_left_unless_sync),
	KUNIT_CASE(locked_page_is_left_by_async),
	KUNIT_CASE(locked_dirty_page_is_not_isolated),
	KUNIT_CASE(file_pages_need_a_filesystem),
	KUNIT_CASE(signal_ends_a_run_with_all_put_back),
	KUNIT_CASE(skip_bits_stay_until_the_reset),
	KUNIT_CASE(reset_waits_for_a_full_scan),
	KUNIT_CASE(reset_leaves_huge_pages_out),
	KUNIT_CASE(next_run_goes_on_where_the_last_ended),
	KUNIT_CASE(huge_page_is_had_by_capture),
	KUNIT_CASE(part_of_a_movable_pageblock_is_for_movable_requests),
	KUNIT_CASE(direct_compaction_needs_io),
	KUNIT_CASE(failures_defer_and_full_priority_does_not_care),
	KUNIT_CASE(daemon_makes_what_it_was_asked_for),
	KUNIT_CASE(lower_zone_asked_for_is_kept),
	KUNIT_CASE(marks_follow_proactiveness),
	KUNIT_CASE(proactive_run_ends_at_the_low_mark),
	KUNIT_CASE(empty_node_has_no_score),
	KUNIT_CASE(runs_are_left_out_after_one_in_vain),
	KUNIT_CASE(random_compactions_lose_nothing),
	{}
};

static struct kunit_suite compact_suite = {
	.name = "shadowbuddy_compact",
	.test_cases = compact_cases,
};

kunit_test_suite(compact_suite);
