// SPDX-License-Identifier: GPL-2.0
/*
 * What reclaim takes, and what it leaves.
 *
 *   head                          tail
 *   [ youngest ... inactive ... oldest ] -> reclaimed, if clean and not used
 *         ^                        |
 *         +-- used: active list <--+
 *
 * The machine: 4096 pages, marks 128, 160, 192.
 */
#include "alloc.h"
#include "check.h"
#include "helpers.h"
#include "kswapd.h"
#include "owned.h"
#include "writeback.h"

#define IA	SBD_LRU_INACTIVE_ANON
#define AA	SBD_LRU_ACTIVE_ANON
#define IF	SBD_LRU_INACTIVE_FILE
#define AF	SBD_LRU_ACTIVE_FILE

static s64 event(const struct sbd_owners *own, enum sbd_vm_event e)
{
	return atomic64_read(&own->sys->vm_event[e]);
}

static struct sbd_scan_control all_of_it(struct sbd_owners *own)
{
	return (struct sbd_scan_control) {
		.own = own,
		.highest = SBD_ZONE_MOVABLE,
		.goal = ULONG_MAX,
		.may_write = true,
		.may_swap = true,
		.may_unmap = true,
	};
}

static void add_pages(struct kunit *test, struct sbd_owners *own,
		      enum sbd_owner_kind kind, unsigned int n)
{
	while (n--)
		sbd_owned_page(test, own, kind, 0);
	sbd_lru_drain(own, 0);
}

static unsigned long shrink(struct sbd_owners *own, enum sbd_lru_list list)
{
	struct sbd_scan_control sc = all_of_it(own);

	return sbd_shrink_inactive(&sc, 0, list, SBD_SWAP_CLUSTER);
}

static void clean_file_pages_are_freed_oldest_first(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	u32 old = sbd_owned_listed(test, own, SBD_OWNER_FILE), young;

	add_pages(test, own, SBD_OWNER_FILE, 31);
	young = sbd_owned_listed(test, own, SBD_OWNER_FILE);
	KUNIT_EXPECT_EQ(test, shrink(own, IF), 32UL);
	KUNIT_EXPECT_EQ(test, sbd_owner(own, old)->pfn, SBD_PFN_NONE);
	KUNIT_EXPECT_NE(test, sbd_owner(own, young)->pfn, SBD_PFN_NONE);
	KUNIT_EXPECT_EQ(test, event(own, SBD_VM_pgsteal_file), 32LL);
	KUNIT_EXPECT_EQ(test, event(own, SBD_VM_pgscan_direct), 32LL);
	sbd_check_owners(test, own, "reclaim");
}

/* A mapped page that was used is kept once, and activated the second time. */
static void used_page_is_kept_then_activated(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	u32 o = sbd_owned_listed(test, own, SBD_OWNER_ANON);

	own->sys->vm.swap_mb = 1;
	sbd_lru_touch(own, o, false);
	shrink(own, IA);
	KUNIT_EXPECT_EQ(test, sbd_lru_pages(own, 0, IA), 1UL);
	sbd_lru_touch(own, o, false);
	shrink(own, IA);
	KUNIT_EXPECT_EQ(test, sbd_lru_pages(own, 0, AA), 1UL);
	KUNIT_EXPECT_EQ(test, event(own, SBD_VM_pgactivate), 1LL);
	sbd_check_owners(test, own, "two looks");
}

static void file_page_read_once_goes_if_clean(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	u32 o = sbd_owned_listed(test, own, SBD_OWNER_FILE);

	sbd_lru_touch(own, o, false);
	KUNIT_EXPECT_EQ(test, shrink(own, IF), 1UL);
	KUNIT_EXPECT_TRUE(test, test_bit(SBD_OWNER_EVICTED, &sbd_owner(own, o)->flags));
}

static void without_swap_anonymous_pages_stay(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");

	add_pages(test, own, SBD_OWNER_ANON, 8);
	KUNIT_EXPECT_EQ(test, shrink(own, IA), 0UL);
	KUNIT_EXPECT_EQ(test, sbd_lru_pages(own, 0, AA), 8UL);
	sbd_check_owners(test, own, "reclaim");
}

/* To swap first, which takes a while; then the page is next, and goes. */
static void anonymous_page_is_written_then_freed(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	u32 o;

	own->sys->vm.swap_mb = 1;
	o = sbd_owned_listed(test, own, SBD_OWNER_ANON);
	sbd_owned_listed(test, own, SBD_OWNER_ANON);
	KUNIT_EXPECT_EQ(test, shrink(own, IA), 0UL);
	KUNIT_EXPECT_EQ(test, event(own, SBD_VM_pswpout), 2LL);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&own->node[0].writeback), 2L);
	sbd_check_owners(test, own, "the first look");
	sbd_owned_time(own, own->sys->vm.writeback_ms);
	KUNIT_EXPECT_EQ(test, event(own, SBD_VM_pgrotated), 2LL);
	KUNIT_EXPECT_EQ(test, shrink(own, IA), 2UL);
	KUNIT_EXPECT_EQ(test, sbd_owner(own, o)->pfn, SBD_PFN_NONE);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&own->swap_used), 2L);
	sbd_lru_release(own, 0, o);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&own->swap_used), 1L);
	sbd_check_owners(test, own, "the end");
}

static void full_swap_keeps_the_rest(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	int i;

	own->sys->vm.swap_mb = 1;
	add_pages(test, own, SBD_OWNER_ANON, 300);
	for (i = 0; i < 40; i++) {
		shrink(own, IA);
		sbd_owned_time(own, 10);
	}
	KUNIT_EXPECT_EQ(test, atomic_long_read(&own->swap_used), 256L);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&own->held), 44L);
	sbd_check_owners(test, own, "a full swap");
}

static void dirty_file_pages_are_the_flushers(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	u32 o = sbd_owned_listed(test, own, SBD_OWNER_FILE);

	sbd_lru_touch(own, o, true);
	KUNIT_EXPECT_EQ(test, shrink(own, IF), 0UL);
	KUNIT_EXPECT_EQ(test, event(own, SBD_VM_nr_vmscan_write), 0LL);
	KUNIT_EXPECT_EQ(test, event(own, SBD_VM_nr_vmscan_immediate_reclaim), 1LL);
	/* met nothing else: the flusher was woken */
	KUNIT_EXPECT_EQ(test, atomic_long_read(&own->node[0].writeback), 1L);
	sbd_owned_time(own, own->sys->vm.writeback_ms);
	KUNIT_EXPECT_EQ(test, shrink(own, IF), 1UL);
	sbd_check_owners(test, own, "the write");
}

static void page_in_use_by_its_owner_is_left(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	u32 o = sbd_owned_listed(test, own, SBD_OWNER_FILE);

	sbd_owner_lock(sbd_owner(own, o));
	KUNIT_EXPECT_EQ(test, shrink(own, IF), 0UL);
	sbd_owner_unlock(sbd_owner(own, o));
	KUNIT_EXPECT_EQ(test, shrink(own, IF), 1UL);
}

static void unevictable_page_is_never_taken(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	u32 o = sbd_owned_listed(test, own, SBD_OWNER_FILE);
	struct sbd_scan_control sc = all_of_it(own);

	sbd_lru_lock_page(own, o, true);
	sbd_reclaim_node(&sc, 0);
	KUNIT_EXPECT_EQ(test, sc.reclaimed, 0UL);
}

static void active_pages_become_inactive(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	u32 o = sbd_owned_listed(test, own, SBD_OWNER_FILE);
	struct sbd_scan_control sc = all_of_it(own);

	sbd_lru_touch(own, o, false);
	sbd_lru_touch(own, o, false);
	sbd_shrink_active(&sc, 0, AF, SBD_SWAP_CLUSTER);
	KUNIT_EXPECT_EQ(test, sbd_lru_pages(own, 0, IF), 1UL);
	KUNIT_EXPECT_EQ(test, event(own, SBD_VM_pgdeactivate), 1LL);
	KUNIT_EXPECT_EQ(test, event(own, SBD_VM_pgrefill), 1LL);
}

static void used_objects_have_a_second_chance(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	u32 o = sbd_owned_listed(test, own, SBD_OWNER_SLAB);
	struct sbd_scan_control sc = all_of_it(own);

	add_pages(test, own, SBD_OWNER_SLAB, 9);
	sbd_lru_touch(own, o, false);
	/* twice all of them are looked at, one of them twice */
	KUNIT_EXPECT_EQ(test, sbd_shrink_slab(&sc, 0), 10UL);
	KUNIT_EXPECT_EQ(test, event(own, SBD_VM_slabs_scanned), 11LL);
	sbd_check_owners(test, own, "shrinking");
}

/* Priority 12 looks at a 4096th of each list, 0 at all of it. */
static void priority_decides_how_much_is_looked_at(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	struct sbd_scan_control sc = all_of_it(own);

	add_pages(test, own, SBD_OWNER_FILE, 1024);
	sc.priority = SBD_DEF_PRIORITY;
	sbd_reclaim_node(&sc, 0);
	KUNIT_EXPECT_EQ(test, sc.scanned, 0UL);
	sc.priority = 4;
	sbd_reclaim_node(&sc, 0);
	KUNIT_EXPECT_EQ(test, sc.scanned, 64UL);
	sc.priority = 0;
	sbd_reclaim_node(&sc, 0);
	KUNIT_EXPECT_EQ(test, sc.scanned, 1024UL);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&own->held), 0L);
}

/* Without any cost so far, swappiness shares out: 60 of 200 to anonymous pages. */
static void swappiness_shares_out(struct kunit *test)
{
	static const int swappiness[] = { 0, 60, 100, 200 };
	struct sbd_scan_control sc;
	struct sbd_owners *own;
	int i;

	for (i = 0; i < ARRAY_SIZE(swappiness); i++) {
		own = sbd_owned(test, "6.12");
		own->sys->vm.swap_mb = 16;
		own->sys->vm.swappiness = swappiness[i];
		add_pages(test, own, SBD_OWNER_ANON, 800);
		add_pages(test, own, SBD_OWNER_FILE, 800);
		/* so that the page cache is not trimmed alone */
		atomic_long_set(&own->node[0].activated[1], 1);
		sc = all_of_it(own);
		sc.priority = 2;
		sbd_reclaim_node(&sc, 0);
		KUNIT_EXPECT_EQ(test, event(own, SBD_VM_pgscan_anon),
				(s64)swappiness[i]);
		KUNIT_EXPECT_EQ(test, event(own, SBD_VM_pgscan_file),
				200LL - swappiness[i]);
	}
}

static void plenty_of_old_cache_is_trimmed_first(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	struct sbd_scan_control sc = all_of_it(own);

	own->sys->vm.swap_mb = 16;
	add_pages(test, own, SBD_OWNER_ANON, 800);
	add_pages(test, own, SBD_OWNER_FILE, 800);
	sc.priority = 2;
	sbd_reclaim_node(&sc, 0);
	KUNIT_EXPECT_EQ(test, event(own, SBD_VM_pgscan_anon), 0LL);
	KUNIT_EXPECT_EQ(test, event(own, SBD_VM_pgscan_file), 200LL);
}

/* Vain looks count in the balance from 6.2 on, a thirty-second of a write each. */
static void cost_counts_rotations_from_6_2(struct kunit *test)
{
	struct sbd_owners *own;
	int p, i;

	for (p = 0; sbd_test_profiles[p]; p++) {
		own = sbd_owned(test, sbd_test_profiles[p]);
		own->sys->vm.swap_mb = 1;
		for (i = 0; i < 200; i++)
			sbd_owned_page(test, own, SBD_OWNER_FILE, 0);
		for (i = 0; i < 4; i++)
			sbd_lru_touch(own, sbd_owned_listed(test, own, SBD_OWNER_ANON),
				      false);
		shrink(own, IA);
		KUNIT_EXPECT_EQ(test, own->node[0].cost[0],
				own->sys->prof->minor == 1 ? 0UL : 4UL);
	}
}

/* ---- two zones ----------------------------------------------------------- */

/*
 *   DMA32: pages 0 - 2047       Normal: pages 2048 - 4095
 *   [ . . . . . . . . . . ]     [ . . . . . . . . . . . . ]
 */
static struct sbd_owners *two_zones(struct kunit *test, const char *profile)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, profile);
	plan->geo.thp = false;
	plan->zones[0].pages = SBD_OWNED_PAGES / 2;
	plan->zones[1] = plan->zones[0];
	plan->zones[0].type = SBD_ZONE_DMA32;
	plan->zones[1].start_pfn += SBD_OWNED_PAGES / 2;
	plan->nr_zones = 2;
	return sbd_owned_plan(test, plan, true);
}

static void pages_of_higher_zones_are_passed_over(struct kunit *test)
{
	struct sbd_owners *own = two_zones(test, "6.12");
	struct sbd_scan_control sc = all_of_it(own);

	add_pages(test, own, SBD_OWNER_FILE, 20);
	sc.highest = SBD_ZONE_DMA32;
	sbd_shrink_inactive(&sc, 0, IF, SBD_SWAP_CLUSTER);
	KUNIT_EXPECT_EQ(test, sc.scanned, 0UL);
	sc.highest = SBD_ZONE_NORMAL;
	sbd_shrink_inactive(&sc, 0, IF, SBD_SWAP_CLUSTER);
	KUNIT_EXPECT_EQ(test, sc.reclaimed, 20UL);
	sbd_check_owners(test, own, "reclaim");
}

/* ---- kswapd -------------------------------------------------------------- */

/* Fill the machine with file pages, down to so many free ones. */
static void fill_to(struct kunit *test, struct sbd_owners *own, unsigned long free)
{
	struct sbd_zone *z = own->sys->zone[0];

	while (sbd_stat_exact(z, SBD_NR_FREE_PAGES) > free)
		sbd_owned_page(test, own, SBD_OWNER_FILE, 0);
	sbd_lru_drain_all(own);
	sbd_drain_all(own->sys);
}

static void kswapd_reclaims_up_to_the_high_mark(struct kunit *test)
{
	struct sbd_owners *own;
	struct sbd_zone *z;
	int p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		own = sbd_owned(test, sbd_test_profiles[p]);
		z = own->sys->zone[0];
		fill_to(test, own, z->wmark[SBD_WMARK_LOW]);
		KUNIT_EXPECT_FALSE(test, sbd_kswapd_wanted(own->sys, 0));
		sbd_kswapd_wake(z, 0, SBD_ZONE_NORMAL);
		KUNIT_EXPECT_TRUE(test, sbd_kswapd_wanted(own->sys, 0));
		KUNIT_EXPECT_EQ(test, sbd_kswapd_balance(own->sys, 0, 0), 0);
		KUNIT_EXPECT_TRUE(test, sbd_node_balanced(own->sys, 0, 0,
							  SBD_ZONE_NORMAL));
		KUNIT_EXPECT_FALSE(test, sbd_kswapd_wanted(own->sys, 0));
		KUNIT_EXPECT_GT(test, event(own, SBD_VM_pgsteal_kswapd), 0LL);
		KUNIT_EXPECT_EQ(test, event(own, SBD_VM_pageoutrun), 1LL);
		KUNIT_EXPECT_FALSE(test, test_bit(SBD_ZONE_RECLAIM_ACTIVE, &z->flags));
		sbd_check_owners(test, own, "kswapd");
	}
}

static void kswapd_gives_up_after_sixteen_failures(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	struct sbd_zone *z = own->sys->zone[0];
	int i;

	while (sbd_stat_exact(z, SBD_NR_FREE_PAGES) > z->wmark[SBD_WMARK_LOW])
		sbd_owned_page(test, own, SBD_OWNER_KERNEL, 0);
	for (i = 0; i < 16; i++) {
		sbd_kswapd_wake(z, 0, SBD_ZONE_NORMAL);
		KUNIT_EXPECT_TRUE_MSG(test, sbd_kswapd_wanted(own->sys, 0), "run %d", i);
		sbd_kswapd_balance(own->sys, 0, 0);
	}
	sbd_kswapd_wake(z, 0, SBD_ZONE_NORMAL);
	KUNIT_EXPECT_FALSE(test, sbd_kswapd_wanted(own->sys, 0));
}

/* Lists too short for a 4096th of them give nothing: a boost does not insist. */
static void boost_is_taken_back(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	struct sbd_zone *z = own->sys->zone[0];

	fill_to(test, own, 1000);
	z->boost = 256;
	sbd_kswapd_wake(z, 0, SBD_ZONE_NORMAL);
	sbd_kswapd_balance(own->sys, 0, 0);
	KUNIT_EXPECT_EQ(test, z->boost, 0UL);
	KUNIT_EXPECT_EQ(test, event(own, SBD_VM_pgsteal_kswapd), 0LL);
	KUNIT_EXPECT_EQ(test, own->node[0].kswapd_failures, 0);
	KUNIT_EXPECT_EQ(test, event(own, SBD_VM_pswpout), 0LL);
}

static void thresholds_are_tight_while_kswapd_is_awake(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	struct sbd_zone *z = own->sys->zone[0];

	z->percpu_drift_mark = 1;
	sbd_kswapd_thresholds(own->sys, 0, true);
	KUNIT_EXPECT_EQ(test, (int)z->cpus[1].stat_threshold,
			sbd_pressure_threshold(z));
	sbd_kswapd_thresholds(own->sys, 0, false);
	KUNIT_EXPECT_EQ(test, (int)z->cpus[1].stat_threshold,
			sbd_normal_threshold(z));
}

/* ---- requests ------------------------------------------------------------ */

static void request(struct kunit *test, struct sbd_owners *own,
		    struct sbd_request *rq, gfp_t gfp, unsigned int order)
{
	KUNIT_ASSERT_TRUE(test, sbd_test_request(rq, own->sys, 0, gfp, order));
}

static void request_reclaims_a_cluster(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	struct sbd_request rq;
	bool interrupted;

	fill_to(test, own, own->sys->zone[0]->wmark[SBD_WMARK_MIN]);
	request(test, own, &rq, GFP_KERNEL, 0);
	KUNIT_EXPECT_GE(test, sbd_reclaim_direct(&rq, &interrupted), 32UL);
	KUNIT_EXPECT_FALSE(test, interrupted);
	KUNIT_EXPECT_EQ(test, atomic64_read(&own->sys->allocstall[SBD_ZONE_NORMAL]),
			1LL);
	sbd_check_owners(test, own, "direct reclaim");
}

static int refuse_to_wait(struct sbd_system *sys, unsigned int ms)
{
	return -EINTR;
}

/* Below half the min mark a request waits for kswapd, and a signal ends that. */
static void request_waits_for_kswapd_below_half_the_mark(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	struct sbd_request rq;
	bool interrupted;

	fill_to(test, own, 150);
	while (sbd_stat_exact(own->sys->zone[0], SBD_NR_FREE_PAGES) > 60)
		sbd_alloc(own->sys, 0, GFP_ATOMIC | __GFP_MEMALLOC, 0);
	KUNIT_EXPECT_FALSE(test, sbd_allow_direct(own->sys, 0));
	own->sys->hooks.wait = refuse_to_wait;
	request(test, own, &rq, GFP_KERNEL, 0);
	sbd_reclaim_direct(&rq, &interrupted);
	KUNIT_EXPECT_TRUE(test, interrupted);
	KUNIT_EXPECT_EQ(test, event(own, SBD_VM_pgscan_direct_throttle), 1LL);
}

static void node_reclaim_takes_unmapped_pages_only(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	struct sbd_zone *z = own->sys->zone[0];
	struct sbd_request rq;

	own->sys->vm.swap_mb = 16;
	own->sys->vm.zone_reclaim_mode = SBD_RECLAIM_ZONE;
	request(test, own, &rq, GFP_KERNEL, 0);
	add_pages(test, own, SBD_OWNER_ANON, 500);
	KUNIT_EXPECT_FALSE(test, sbd_node_reclaim(&rq, z));
	KUNIT_EXPECT_EQ(test, event(own, SBD_VM_zone_reclaim_failed), 0LL);
	add_pages(test, own, SBD_OWNER_FILE, 500);
	KUNIT_EXPECT_TRUE(test, sbd_node_reclaim(&rq, z));
	KUNIT_EXPECT_EQ(test, event(own, SBD_VM_pgsteal_anon), 0LL);
	KUNIT_EXPECT_EQ(test, event(own, SBD_VM_zone_reclaim_success), 1LL);
	rq.gfp = GFP_NOWAIT;
	KUNIT_EXPECT_FALSE(test, sbd_node_reclaim(&rq, z));
}

/* ---- writeback ----------------------------------------------------------- */

static void dirty_pages(struct kunit *test, struct sbd_owners *own, unsigned int n)
{
	while (n--)
		sbd_lru_touch(own, sbd_owned_listed(test, own, SBD_OWNER_FILE), true);
}

/* Of 4096 pages some 3800 can be dirtied: background at 10 %, waiting at 20 %. */
static void writers_wait_above_the_limit(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");

	dirty_pages(test, own, 300);
	KUNIT_EXPECT_FALSE(test, sbd_dirty_over(own->sys, true));
	dirty_pages(test, own, 200);
	KUNIT_EXPECT_TRUE(test, sbd_dirty_over(own->sys, true));
	KUNIT_EXPECT_FALSE(test, sbd_dirty_over(own->sys, false));
	KUNIT_EXPECT_TRUE(test, sbd_node_dirty_ok(own->sys, 0));
	dirty_pages(test, own, 400);
	KUNIT_EXPECT_TRUE(test, sbd_dirty_over(own->sys, false));
	KUNIT_EXPECT_FALSE(test, sbd_node_dirty_ok(own->sys, 0));
	KUNIT_EXPECT_EQ(test, sbd_dirty_throttle(own, 0), 0);
	KUNIT_EXPECT_FALSE(test, sbd_dirty_over(own->sys, false));
	KUNIT_EXPECT_GT(test, event(own, SBD_VM_nr_written), 0LL);
	sbd_check_owners(test, own, "throttling");
}

static void signal_ends_the_writers_wait(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");

	dirty_pages(test, own, 900);
	own->sys->hooks.wait = refuse_to_wait;
	KUNIT_EXPECT_EQ(test, sbd_dirty_throttle(own, 0), -EINTR);
}

static void write_takes_its_time(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");

	own->sys->vm.writeback_ms = 20;
	dirty_pages(test, own, 3);
	KUNIT_EXPECT_EQ(test, sbd_writeback_flush(own, 2), 2U);
	sbd_owned_time(own, 19);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&own->node[0].writeback), 2L);
	sbd_owned_time(own, 1);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&own->node[0].writeback), 0L);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&own->node[0].dirty), 1L);
	KUNIT_EXPECT_EQ(test, event(own, SBD_VM_nr_written), 2LL);
}

static struct kunit_case reclaim_cases[] = {
	KUNIT_CASE(clean_file_pages_are_freed_oldest_first),
	KUNIT_CASE(used_page_is_kept_then_activated),
	KUNIT_CASE(file_page_read_once_goes_if_clean),
	KUNIT_CASE(without_swap_anonymous_pages_stay),
	KUNIT_CASE(anonymous_page_is_written_then_freed),
	KUNIT_CASE(full_swap_keeps_the_rest),
	KUNIT_CASE(dirty_file_pages_are_the_flushers),
	KUNIT_CASE(page_in_use_by_its_owner_is_left),
	KUNIT_CASE(unevictable_page_is_never_taken),
	KUNIT_CASE(active_pages_become_inactive),
	KUNIT_CASE(used_objects_have_a_second_chance),
	KUNIT_CASE(priority_decides_how_much_is_looked_at),
	KUNIT_CASE(swappiness_shares_out),
	KUNIT_CASE(plenty_of_old_cache_is_trimmed_first),
	KUNIT_CASE(cost_counts_rotations_from_6_2),
	KUNIT_CASE(pages_of_higher_zones_are_passed_over),
	KUNIT_CASE(kswapd_reclaims_up_to_the_high_mark),
	KUNIT_CASE(kswapd_gives_up_after_sixteen_failures),
	KUNIT_CASE(boost_is_taken_back),
	KUNIT_CASE(thresholds_are_tight_while_kswapd_is_awake),
	KUNIT_CASE(request_reclaims_a_cluster),
	KUNIT_CASE(request_waits_for_kswapd_below_half_the_mark),
	KUNIT_CASE(node_reclaim_takes_unmapped_pages_only),
	KUNIT_CASE(writers_wait_above_the_limit),
	KUNIT_CASE(signal_ends_the_writers_wait),
	KUNIT_CASE(write_takes_its_time),
	{}
};

static struct kunit_suite reclaim_suite = {
	.name = "shadowbuddy_reclaim",
	.test_cases = reclaim_cases,
};

kunit_test_suite(reclaim_suite);
