// SPDX-License-Identifier: GPL-2.0
/* What a request may do when the first walk finds nothing. */
#include "alloc.h"
#include "compact.h"
#include "helpers.h"
#include "owned.h"
#include "slowpath.h"
#include "trace.h"
#include "writeback.h"

static unsigned int flags_of(struct kunit *test, const char *profile, gfp_t gfp,
			     unsigned int order)
{
	struct sbd_zone *z = sbd_test_zone(test, profile);
	struct sbd_request rq;

	KUNIT_ASSERT_TRUE(test, sbd_test_request(&rq, z->sys, 0, gfp, order));
	return sbd_slow_flags(&rq);
}

#define K	__GFP_KSWAPD_RECLAIM
#define D	__GFP_DIRECT_RECLAIM
#define H	__GFP_HIGH

static void flags_follow_the_mask(struct kunit *test)
{
	static const struct {
		gfp_t gfp;
		unsigned int order;
		unsigned int flags;
	} cases[] = {
		{ K | D, 0, SBD_ALLOC_CPUSET | SBD_ALLOC_KSWAPD },
		{ K | D, 3, SBD_ALLOC_CPUSET | SBD_ALLOC_KSWAPD },
		{ K | D | H, 0, SBD_ALLOC_CPUSET | SBD_ALLOC_KSWAPD |
				SBD_ALLOC_MIN_RESERVE },
		{ K | H, 0, SBD_ALLOC_KSWAPD | SBD_ALLOC_MIN_RESERVE |
			    SBD_ALLOC_NON_BLOCK },
		{ K | H, 2, SBD_ALLOC_KSWAPD | SBD_ALLOC_MIN_RESERVE |
			    SBD_ALLOC_NON_BLOCK | SBD_ALLOC_HIGHATOMIC },
		{ K, 0, SBD_ALLOC_CPUSET | SBD_ALLOC_KSWAPD |
			SBD_ALLOC_NON_BLOCK },
		{ K, 2, SBD_ALLOC_CPUSET | SBD_ALLOC_KSWAPD |
			SBD_ALLOC_NON_BLOCK },
		{ K | H | __GFP_NOMEMALLOC, 2, SBD_ALLOC_KSWAPD |
					       SBD_ALLOC_MIN_RESERVE },
		{ __GFP_NOMEMALLOC, 2, SBD_ALLOC_CPUSET },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_EXPECT_EQ_MSG(test, flags_of(test, "6.12", cases[i].gfp,
						   cases[i].order),
				    cases[i].flags, "case %d", i);
		KUNIT_EXPECT_EQ_MSG(test, flags_of(test, "6.1", cases[i].gfp,
						   cases[i].order),
				    cases[i].flags, "case %d", i);
	}
}

/* Until 6.12.57 and 6.1.158 whoever could not wait had the reserve. */
static void reserve_once_needed_no_urgency(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, flags_of(test, "6.12.56", K, 1) &
				SBD_ALLOC_HIGHATOMIC);
	KUNIT_EXPECT_FALSE(test, flags_of(test, "6.12.57", K, 1) &
				 SBD_ALLOC_HIGHATOMIC);
	KUNIT_EXPECT_TRUE(test, flags_of(test, "6.1.157", K, 1) &
				SBD_ALLOC_HIGHATOMIC);
	KUNIT_EXPECT_FALSE(test, flags_of(test, "6.1.158", K, 1) &
				 SBD_ALLOC_HIGHATOMIC);
}

/* Take blocks of 16 pages, past the per-CPU lists, until there are none. */
static unsigned long left_after(struct kunit *test, const char *profile,
				gfp_t gfp)
{
	struct sbd_zone *z = sbd_test_zone(test, profile);
	int cpu;

	for (cpu = 0; cpu < SBD_TEST_CPUS; cpu++)
		z->cpus[cpu].stat_threshold = 0;
	while (sbd_alloc(z->sys, 0, gfp, 4) != SBD_PFN_NONE)
		;
	KUNIT_EXPECT_EQ(test, atomic64_read(&z->sys->fail[4]), 1LL);
	return sbd_stat_exact(z, SBD_NR_FREE_PAGES);
}

/*
 * The min mark is 256. A request of 16 pages wants 15 more than its mark: the
 * least that a success can find is mark + 16, and leaves mark.
 */
static void urgency_decides_how_deep(struct kunit *test)
{
	static const struct {
		gfp_t gfp;
		unsigned long mark;
	} cases[] = {
		{ K | D, 256 }, { K, 256 }, { K | D | H, 128 },
		{ K | H, 96 }, { K | H | __GFP_NOMEMALLOC, 128 },
	};
	int i, p;

	for (p = 0; sbd_test_profiles[p]; p++)
		for (i = 0; i < ARRAY_SIZE(cases); i++)
			KUNIT_EXPECT_EQ_MSG(test,
					    left_after(test, sbd_test_profiles[p],
						       cases[i].gfp),
					    cases[i].mark, "%s, case %d",
					    sbd_test_profiles[p], i);
}

static void kswapd_is_woken_if_the_request_may(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	sbd_test_free_pages(z, 0);
	KUNIT_EXPECT_EQ(test, sbd_alloc(z->sys, 0, 0, 2), SBD_PFN_NONE);
	KUNIT_EXPECT_EQ(test, atomic64_read(&z->sys->kswapd_wakes), 0LL);
	KUNIT_EXPECT_EQ(test, sbd_alloc(z->sys, 0, K, 2), SBD_PFN_NONE);
	/* before each of the two walks */
	KUNIT_EXPECT_EQ(test, atomic64_read(&z->sys->kswapd_wakes), 2LL);
}

static unsigned int wanted_order;
static int wanted_highest;

static void note_wake(struct sbd_zone *z, unsigned int order, int highest)
{
	wanted_order = order;
	wanted_highest = highest;
}

static void kswapd_learns_what_is_wanted(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	z->sys->hooks.wake_kswapd = note_wake;
	sbd_test_free_pages(z, 0);
	sbd_alloc(z->sys, 0, GFP_HIGHUSER_MOVABLE, 2);
	KUNIT_EXPECT_EQ(test, wanted_order, 2U);
	KUNIT_EXPECT_EQ(test, wanted_highest, SBD_ZONE_MOVABLE);
}

/* Success in the slow path keeps a pageblock for the next of its kind. */
static void urgent_success_reserves_a_pageblock(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.1");
	unsigned long pfn;

	sbd_test_free_pages(z, z->wmark[SBD_WMARK_LOW]);
	pfn = sbd_alloc(z->sys, 0, K | H, 2);
	KUNIT_ASSERT_NE(test, pfn, SBD_PFN_NONE);
	KUNIT_EXPECT_EQ(test, sbd_block_type(z, pfn), SBD_HIGHATOMIC);
	KUNIT_EXPECT_EQ(test, z->nr_reserved_highatomic, 512UL);
}

/* ---- the states ---------------------------------------------------------- */

/*
 * The machine: 4096 pages, marks 128, 160, 192.
 *
 *   [ kernel pages, that nobody can take | file pages | free ]
 */

#define PATH_LEN	1024

/* What the tracepoint said of the way: states, and the last reason. */
static char path[PATH_LEN];
static size_t path_len;
static int last_reason, visits[SBD_NR_STATES];

static const char * const state_names[SBD_NR_STATES] = {
	[SBD_STATE_BEGIN] = "begin",
	[SBD_STATE_MIN] = "min",
	[SBD_STATE_COMPACT_FIRST] = "compact_first",
	[SBD_STATE_RESERVES] = "reserves",
	[SBD_STATE_MAY_RECLAIM] = "may_reclaim",
	[SBD_STATE_RECLAIM] = "reclaim",
	[SBD_STATE_COMPACT] = "compact",
	[SBD_STATE_AGAIN] = "again",
	[SBD_STATE_OOM] = "oom",
	[SBD_STATE_NOPAGE] = "nopage",
	[SBD_STATE_GOT] = "got",
	[SBD_STATE_FAIL] = "fail",
};

static void note_step(void *data, const struct sbd_system *sys,
		      unsigned int order, gfp_t gfp, unsigned int alloc_flags,
		      int step, int from, int to)
{
	path_len += scnprintf(path + path_len, PATH_LEN - path_len, "%s%s",
			      path_len ? " " : "", state_names[to]);
	visits[to]++;
	if (to == SBD_STATE_NOPAGE || step == SBD_SLOW_SIGNAL)
		last_reason = step;
}

static int watch_init(struct kunit_resource *res, void *arg)
{
	path_len = 0;
	path[0] = '\0';
	last_reason = -1;
	memset(visits, 0, sizeof(visits));
	res->data = path;
	return register_trace_sbd_slowpath(note_step, NULL);
}

static void watch_end(struct kunit_resource *res)
{
	unregister_trace_sbd_slowpath(note_step, NULL);
	tracepoint_synchronize_unregister();
}

static void watch(struct kunit *test)
{
	KUNIT_ASSERT_NOT_NULL(test, kunit_alloc_resource(test, watch_init, watch_end,
							 GFP_KERNEL, NULL));
}

static unsigned long ask(struct sbd_owners *own, struct sbd_task *t, gfp_t gfp,
			 unsigned int order)
{
	struct sbd_frame *f;
	struct sbd_request rq;

	if (!sbd_request_init(&rq, own->sys, 0, 0, gfp, order))
		return SBD_PFN_NONE;
	rq.task = t;
	f = sbd_walk(&rq) ?: sbd_slowpath(&rq);
	return f ? sbd_pfn(rq.zone, f) : SBD_PFN_NONE;
}

/* All but so many pages go to owners of a kind; nothing is left on other lists. */
static void fill_with(struct kunit *test, struct sbd_owners *own,
		      enum sbd_owner_kind kind, unsigned long free)
{
	struct sbd_zone *z = own->sys->zone[0];
	int cpu;

	own->sys->tun.watermark_boost_factor = 0;
	for (cpu = 0; cpu < SBD_TEST_CPUS; cpu++)
		z->cpus[cpu].stat_threshold = 0;
	while (sbd_stat_exact(z, SBD_NR_FREE_PAGES) > free) {
		sbd_owned_page(test, own, kind, 0);
		sbd_drain_all(own->sys);
	}
	sbd_lru_drain_all(own);
}

static struct sbd_owners *filled(struct kunit *test, enum sbd_owner_kind kind)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");

	fill_with(test, own, SBD_OWNER_KERNEL, 1000);
	fill_with(test, own, kind, 129);
	/* what is left of the last one's is below the min mark */
	sbd_alloc(own->sys, 0, GFP_ATOMIC, 0);
	sbd_drain_all(own->sys);
	watch(test);
	return own;
}

static void nobody_owns_anything_nothing_to_reclaim(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");

	watch(test);
	sbd_test_free_pages(z, 0);
	KUNIT_EXPECT_EQ(test, sbd_alloc(z->sys, 0, GFP_KERNEL, 2), SBD_PFN_NONE);
	KUNIT_EXPECT_STREQ(test, path, "begin min reserves may_reclaim nopage fail");
	KUNIT_EXPECT_EQ(test, last_reason, (int)SBD_SLOW_NO_RECLAIM);
}

static void request_reclaims_what_it_needs(struct kunit *test)
{
	struct sbd_owners *own = filled(test, SBD_OWNER_FILE);

	KUNIT_EXPECT_NE(test, ask(own, NULL, GFP_KERNEL, 0), SBD_PFN_NONE);
	KUNIT_EXPECT_STREQ(test, path, "begin min reserves may_reclaim reclaim got");
	/* a cluster, and what the last priority took beyond it */
	KUNIT_EXPECT_GE(test, atomic64_read(&own->sys->vm_event[SBD_VM_pgsteal_direct]),
			32LL);
	KUNIT_EXPECT_LT(test, atomic64_read(&own->sys->vm_event[SBD_VM_pgsteal_direct]),
			96LL);
	sbd_check_owners(test, own, "direct reclaim");
}

static void who_cannot_wait_does_not_reclaim(struct kunit *test)
{
	struct sbd_owners *own = filled(test, SBD_OWNER_FILE);

	while (ask(own, NULL, GFP_ATOMIC, 0) != SBD_PFN_NONE)
		;
	KUNIT_EXPECT_EQ(test, last_reason, (int)SBD_SLOW_NO_RECLAIM);
	KUNIT_EXPECT_EQ(test, visits[SBD_STATE_RECLAIM], 0);
}

static void who_reclaims_for_others_takes_the_last_page(struct kunit *test)
{
	struct sbd_owners *own = filled(test, SBD_OWNER_FILE);
	struct sbd_task t = { .flags = SBD_TASK_MEMALLOC };

	while (ask(own, &t, GFP_KERNEL, 0) != SBD_PFN_NONE)
		;
	KUNIT_EXPECT_EQ(test, sbd_stat_exact(own->sys->zone[0], SBD_NR_FREE_PAGES),
			0UL);
	KUNIT_EXPECT_EQ(test, last_reason, (int)SBD_SLOW_MEMALLOC);
	KUNIT_EXPECT_EQ(test, visits[SBD_STATE_RECLAIM], 0);
}

static void real_time_task_dips_into_the_reserve(struct kunit *test)
{
	struct sbd_owners *own = filled(test, SBD_OWNER_KERNEL);
	struct sbd_task t = { .flags = SBD_TASK_RT };

	KUNIT_EXPECT_EQ(test, ask(own, NULL, GFP_KERNEL | __GFP_NORETRY, 0),
			SBD_PFN_NONE);
	KUNIT_EXPECT_NE(test, ask(own, &t, GFP_KERNEL | __GFP_NORETRY, 0),
			SBD_PFN_NONE);
}

static void noretry_gives_up_after_one_round(struct kunit *test)
{
	struct sbd_owners *own = filled(test, SBD_OWNER_KERNEL);

	KUNIT_EXPECT_EQ(test, ask(own, NULL, GFP_KERNEL | __GFP_NORETRY, 0),
			SBD_PFN_NONE);
	KUNIT_EXPECT_STREQ(test, path,
			   "begin min reserves may_reclaim reclaim compact nopage fail");
	KUNIT_EXPECT_EQ(test, last_reason, (int)SBD_SLOW_NORETRY);
}

static void large_request_compacts_first_and_gives_up(struct kunit *test)
{
	struct sbd_owners *own = filled(test, SBD_OWNER_KERNEL);

	KUNIT_EXPECT_EQ(test, ask(own, NULL, GFP_KERNEL, 4), SBD_PFN_NONE);
	KUNIT_EXPECT_STREQ(test, path,
			   "begin min compact_first reserves may_reclaim reclaim compact nopage fail");
	KUNIT_EXPECT_EQ(test, last_reason, (int)SBD_SLOW_COSTLY);
}

static void huge_page_is_not_worth_reclaim(struct kunit *test)
{
	struct sbd_owners *own = filled(test, SBD_OWNER_KERNEL);

	KUNIT_EXPECT_EQ(test, ask(own, NULL, GFP_TRANSHUGE | __GFP_NORETRY, 9),
			SBD_PFN_NONE);
	KUNIT_EXPECT_EQ(test, last_reason, (int)SBD_SLOW_NOT_WORTH);
	KUNIT_EXPECT_EQ(test, visits[SBD_STATE_RECLAIM], 0);
}

/* Pages that could be reclaimed, but are in use: sixteen rounds without progress. */
static void sixteen_rounds_without_progress_are_enough(struct kunit *test)
{
	struct sbd_owners *own = filled(test, SBD_OWNER_FILE);
	u32 o;

	for (o = 1; o < own->nr; o++)
		if (sbd_owner(own, o)->kind == SBD_OWNER_FILE)
			sbd_owner_trylock(sbd_owner(own, o));
	KUNIT_EXPECT_EQ(test, ask(own, NULL, GFP_KERNEL | __GFP_RETRY_MAYFAIL, 0),
			SBD_PFN_NONE);
	KUNIT_EXPECT_EQ(test, visits[SBD_STATE_RECLAIM], 17);
	KUNIT_EXPECT_EQ(test, visits[SBD_STATE_OOM], 1);
	KUNIT_EXPECT_EQ(test, last_reason, (int)SBD_SLOW_NO_OOM);
}

/* ---- somebody has to go -------------------------------------------------- */

static int kills;
static u32 doomed;

/* Ends the life of one owner, which frees a page. */
static bool kill_one(struct sbd_system *sys, struct sbd_task *task)
{
	int i;

	kills++;
	for (i = 0; i < 100; i++, doomed++)
		sbd_lru_release(sys->own, 0, doomed);
	sbd_drain_all(sys);
	return true;
}

static struct sbd_owners *nothing_left(struct kunit *test)
{
	struct sbd_owners *own = filled(test, SBD_OWNER_KERNEL);

	kills = 0;
	doomed = 1;
	own->sys->hooks.oom_kill = kill_one;
	return own;
}

static void somebody_goes_when_nothing_else_helps(struct kunit *test)
{
	struct sbd_owners *own = nothing_left(test);

	KUNIT_EXPECT_NE(test, ask(own, NULL, GFP_KERNEL, 0), SBD_PFN_NONE);
	KUNIT_EXPECT_EQ(test, kills, 1);
	KUNIT_EXPECT_STREQ(test, path,
			   "begin min reserves may_reclaim reclaim compact again oom reserves got");
}

static void nobody_goes_for_who_can_do_without(struct kunit *test)
{
	static const struct {
		gfp_t gfp;
		unsigned int order;
	} cases[] = {
		{ GFP_KERNEL | __GFP_RETRY_MAYFAIL, 0 },
		{ GFP_KERNEL | __GFP_THISNODE, 0 },
		{ GFP_KERNEL | __GFP_NORETRY, 0 },
		{ GFP_KERNEL, 4 },
		{ GFP_KERNEL | __GFP_RETRY_MAYFAIL, 4 },
		{ GFP_ATOMIC & ~__GFP_HIGH, 3 },
	};
	struct sbd_owners *own = nothing_left(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, ask(own, NULL, cases[i].gfp, cases[i].order),
				    SBD_PFN_NONE, "case %d", i);
	KUNIT_EXPECT_EQ(test, kills, 0);
}

static void victim_has_its_share_of_the_reserve_and_then_fails(struct kunit *test)
{
	struct sbd_owners *own = filled(test, SBD_OWNER_KERNEL);
	struct sbd_task t = { .die = true };
	int n = 0;

	while (ask(own, &t, GFP_KERNEL, 0) != SBD_PFN_NONE)
		n++;
	/* half of the min mark of 128 */
	KUNIT_EXPECT_EQ(test, sbd_stat_exact(own->sys->zone[0], SBD_NR_FREE_PAGES),
			64UL);
	KUNIT_EXPECT_GT(test, n, 0);
	KUNIT_EXPECT_EQ(test, last_reason, (int)SBD_SLOW_VICTIM);
}

static int waits;

/* Memory comes back while somebody waits for it. */
static int wait_for_better_times(struct sbd_system *sys, unsigned int ms)
{
	if (++waits == 5)
		kill_one(sys, NULL);
	return 0;
}

static void nofail_waits_until_there_is_memory(struct kunit *test)
{
	struct sbd_owners *own = nothing_left(test);

	own->sys->hooks.oom_kill = NULL;
	own->sys->hooks.wait = wait_for_better_times;
	waits = 0;
	/* not even the reserve for those that must not fail is left */
	while (sbd_alloc(own->sys, 0, GFP_ATOMIC, 0) != SBD_PFN_NONE)
		;
	KUNIT_EXPECT_NE(test, ask(own, NULL, GFP_KERNEL | __GFP_NOFAIL, 0),
			SBD_PFN_NONE);
	KUNIT_EXPECT_GE(test, waits, 5);
}

static int refuse_to_wait(struct sbd_system *sys, unsigned int ms)
{
	return -EINTR;
}

static void signal_ends_even_nofail(struct kunit *test)
{
	struct sbd_owners *own = nothing_left(test);

	own->sys->hooks.oom_kill = NULL;
	own->sys->hooks.wait = refuse_to_wait;
	while (sbd_alloc(own->sys, 0, GFP_ATOMIC, 0) != SBD_PFN_NONE)
		;
	KUNIT_EXPECT_EQ(test, ask(own, NULL, GFP_KERNEL | __GFP_NOFAIL, 0),
			SBD_PFN_NONE);
	KUNIT_EXPECT_EQ(test, last_reason, (int)SBD_SLOW_SIGNAL);
}

static void urgent_reserve_is_given_up_before_anybody_goes(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	struct sbd_zone *z = own->sys->zone[0];
	unsigned long flags;

	fill_with(test, own, SBD_OWNER_KERNEL, 640);
	flags = sbd_zone_lock(z);
	sbd_move_block(z, 0, z->start_pfn + SBD_OWNED_PAGES - 1, SBD_HIGHATOMIC, NULL);
	z->nr_reserved_highatomic = 512;
	sbd_zone_unlock(z, flags);
	fill_with(test, own, SBD_OWNER_KERNEL, 640);
	watch(test);
	kills = 0;
	own->sys->hooks.oom_kill = kill_one;
	while (ask(own, NULL, GFP_KERNEL | __GFP_NORETRY, 0) != SBD_PFN_NONE)
		;
	KUNIT_EXPECT_NE(test, z->nr_reserved_highatomic, 0UL);
	KUNIT_EXPECT_NE(test, ask(own, NULL, GFP_KERNEL, 0), SBD_PFN_NONE);
	KUNIT_EXPECT_EQ(test, z->nr_reserved_highatomic, 0UL);
	KUNIT_EXPECT_EQ(test, kills, 0);
}

static struct kunit_case slowpath_cases[] = {
	KUNIT_CASE(flags_follow_the_mask),
	KUNIT_CASE(reserve_once_needed_no_urgency),
	KUNIT_CASE(urgency_decides_how_deep),
	KUNIT_CASE(kswapd_is_woken_if_the_request_may),
	KUNIT_CASE(kswapd_learns_what_is_wanted),
	KUNIT_CASE(urgent_success_reserves_a_pageblock),
	KUNIT_CASE(nobody_owns_anything_nothing_to_reclaim),
	KUNIT_CASE(request_reclaims_what_it_needs),
	KUNIT_CASE(who_cannot_wait_does_not_reclaim),
	KUNIT_CASE(who_reclaims_for_others_takes_the_last_page),
	KUNIT_CASE(real_time_task_dips_into_the_reserve),
	KUNIT_CASE(noretry_gives_up_after_one_round),
	KUNIT_CASE(large_request_compacts_first_and_gives_up),
	KUNIT_CASE(huge_page_is_not_worth_reclaim),
	KUNIT_CASE(sixteen_rounds_without_progress_are_enough),
	KUNIT_CASE(somebody_goes_when_nothing_else_helps),
	KUNIT_CASE(nobody_goes_for_who_can_do_without),
	KUNIT_CASE(victim_has_its_share_of_the_reserve_and_then_fails),
	KUNIT_CASE(nofail_waits_until_there_is_memory),
	KUNIT_CASE(signal_ends_even_nofail),
	KUNIT_CASE(urgent_reserve_is_given_up_before_anybody_goes),
	{}
};

static struct kunit_suite slowpath_suite = {
	.name = "shadowbuddy_slowpath",
	.test_cases = slowpath_cases,
};

kunit_test_suite(slowpath_suite);
