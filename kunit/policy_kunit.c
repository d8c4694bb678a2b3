// SPDX-License-Identifier: GPL-2.0
/*
 * Memory policies and cpusets: from which nodes a task's requests are served.
 *
 *   node 0 [ Normal ]   node 1 [ Normal ]   node 2 [ Normal ]   node 3 [ Normal ]
 *     CPU 0               CPU 1               CPU 2               CPU 3
 *
 * All are equally far: a zonelist goes on with the next number, and round.
 */
#include "alloc.h"
#include "check.h"
#include "format.h"
#include "free.h"
#include "helpers.h"
#include "policy.h"
#include "workload.h"

static struct sbd_system *machine(struct kunit *test, const char *profile)
{
	return sbd_test_create(test, sbd_test_nodes(test, profile, 4));
}

static int node_of(struct sbd_system *sys, unsigned long pfn)
{
	return pfn == SBD_PFN_NONE ? -1 : sbd_zone_of(sys, pfn)->nid;
}

/* Where so many requests, one after the other, are served: "0 1 -". */
static const char *served(struct kunit *test, struct sbd_system *sys,
			  struct sbd_task *t, gfp_t gfp, int requests)
{
	char *text = kunit_kzalloc(test, 64, GFP_KERNEL);
	int i, nid, len = 0;

	KUNIT_ASSERT_NOT_NULL(test, text);
	for (i = 0; i < requests; i++) {
		nid = node_of(sys, sbd_alloc_task(sys, t, gfp, 0));
		len += scnprintf(text + len, 64 - len, "%s%c", i ? " " : "",
				 nid < 0 ? '-' : '0' + nid);
	}
	return text;
}

static void set(struct sbd_task *t, int mode, u8 nodes)
{
	const struct sbd_policy p = { .mode = mode, .nodes = nodes };

	sbd_policy_set(t, &p);
}

/* A node has nothing left for ordinary requests. */
static void empty(struct sbd_system *sys, int nid)
{
	sbd_test_free_pages(sys->nodes[nid].zones[SBD_ZONE_NORMAL], 0);
}

/* ---- each policy --------------------------------------------------------------- */

static void default_is_the_cpus_node(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12");
	struct sbd_task t = { .cpu = 2 };

	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 2), "2 2");
	set(&t, SBD_POLICY_LOCAL, 0);
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 2), "2 2");
	empty(sys, 2);
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 2), "3 3");
}

static void preferred_is_no_more_than_that(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12");
	struct sbd_task t = { };

	set(&t, SBD_POLICY_PREFERRED, BIT(1) | BIT(3));
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 2), "1 1");
	/* the list of node 1 goes on with 2, which the policy does not name */
	empty(sys, 1);
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 2), "2 2");
}

static void bind_allows_no_other(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12");
	struct sbd_task t = { };

	set(&t, SBD_POLICY_BIND, BIT(1) | BIT(3));
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 2), "1 1");
	/* the nearest of them to who asks */
	t.cpu = 2;
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 2), "3 3");
	empty(sys, 3);
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 2), "1 1");
	empty(sys, 1);
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 2), "- -");
	KUNIT_EXPECT_EQ(test, (s64)atomic64_read(&sys->fail[0]), 2LL);
}

static void bind_counts_hits_within_its_nodes(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12");
	struct sbd_task t = { };

	/* 1 is what node 0's list prefers of these: no miss of anybody's */
	set(&t, SBD_POLICY_BIND, BIT(1) | BIT(3));
	served(test, sys, &t, GFP_KERNEL, 2);
	KUNIT_EXPECT_EQ(test, (s64)atomic64_read(&sys->zone[1]->numa_miss), 0LL);
	KUNIT_EXPECT_EQ(test, (s64)atomic64_read(&sys->zone[1]->numa_other), 2LL);
	KUNIT_EXPECT_EQ(test, (s64)atomic64_read(&sys->zone[0]->numa_foreign), 0LL);
}

static void interleave_goes_round(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12");
	struct sbd_task t = { .cpu = 1 }, other = { };

	set(&t, SBD_POLICY_INTERLEAVE, BIT(0) | BIT(2) | BIT(3));
	set(&other, SBD_POLICY_INTERLEAVE, BIT(0) | BIT(2) | BIT(3));
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 5), "0 2 3 0 2");
	/* each task has turns of its own, and begins anew with a new policy */
	KUNIT_EXPECT_STREQ(test, served(test, sys, &other, GFP_KERNEL, 2), "0 2");
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 1), "3");
	set(&t, SBD_POLICY_INTERLEAVE, BIT(1) | BIT(2));
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 3), "1 2 1");
}

static void interleave_counts_what_it_meant(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12");
	struct sbd_task t = { };

	set(&t, SBD_POLICY_INTERLEAVE, BIT(0) | BIT(2) | BIT(3));
	empty(sys, 2);
	/* node 2's list goes on with 3; the turn is over all the same */
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 4), "0 3 3 0");
	KUNIT_EXPECT_EQ(test, (s64)atomic64_read(&sys->zone[0]->interleave_hit), 2LL);
	KUNIT_EXPECT_EQ(test, (s64)atomic64_read(&sys->zone[2]->interleave_hit), 0LL);
	KUNIT_EXPECT_EQ(test, (s64)atomic64_read(&sys->zone[3]->interleave_hit), 1LL);
	KUNIT_EXPECT_EQ(test, (s64)atomic64_read(&sys->zone[2]->numa_foreign), 1LL);
}

static void weights_are_pages_in_a_row(struct kunit *test)
{
	const struct sbd_policy p = {
		.mode = SBD_POLICY_WEIGHTED,
		.nodes = BIT(0) | BIT(1) | BIT(3),
		/* 0 counts as 1; node 2 is not asked */
		.weight = { 3, 0, 9, 2 },
	};
	struct sbd_system *sys = machine(test, "6.12");
	struct sbd_task t = { .cpu = 2 };

	sbd_policy_set(&t, &p);
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 8),
			   "0 0 0 1 3 3 0 0");
	KUNIT_EXPECT_EQ(test, (s64)atomic64_read(&sys->zone[0]->interleave_hit), 0LL);
	/* a node that is no longer allowed ends its row */
	t.allowed = BIT(1) | BIT(3);
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 3), "1 3 3");
}

static void weights_came_with_6_9(struct kunit *test)
{
	const struct sbd_policy p = {
		.mode = SBD_POLICY_WEIGHTED, .nodes = BIT(1), .weight = { 1, 1 },
	};
	struct sbd_system *sys = machine(test, "6.1");
	struct sbd_task t = { .cpu = 2 };

	KUNIT_EXPECT_FALSE(test, sbd_policy_known(sys, SBD_POLICY_WEIGHTED));
	KUNIT_EXPECT_TRUE(test, sbd_policy_known(sys, SBD_POLICY_PREFERRED_MANY));
	KUNIT_EXPECT_FALSE(test, sbd_policy_known(sys, SBD_NR_POLICIES));
	sbd_policy_set(&t, &p);
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 2), "2 2");
	KUNIT_EXPECT_TRUE(test, sbd_policy_known(machine(test, "6.12"),
						 SBD_POLICY_WEIGHTED));
}

/* ---- PREFERRED_MANY: two passes ---------------------------------------------------- */

static char passes[128];

/* Each look at a short zone: its node, and "+" if the request may reclaim. */
static bool note_pass(struct sbd_request *rq, struct sbd_zone *z)
{
	size_t len = strlen(passes);

	snprintf(passes + len, sizeof(passes) - len, "%d%s%s ", z->nid,
		 rq->gfp & __GFP_DIRECT_RECLAIM ? "+" : "",
		 rq->gfp & __GFP_NOFAIL ? "!" : "");
	return false;
}

static void preferred_many_then_all(struct kunit *test)
{
	struct sbd_system *sys;
	struct sbd_task t = { };
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		sys = machine(test, sbd_test_profiles[i]);
		set(&t, SBD_POLICY_PREFERRED_MANY, BIT(2) | BIT(3));
		KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 2), "2 2");
		empty(sys, 2);
		KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 2), "3 3");
		empty(sys, 3);
		KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 2), "0 0");
		KUNIT_EXPECT_EQ(test, (s64)atomic64_read(&sys->fail[0]), 0LL);
	}
}

static void first_pass_does_not_reclaim(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12");
	struct sbd_task t = { };

	sys->hooks.node_reclaim = note_pass;
	sys->vm.zone_reclaim_mode = SBD_RECLAIM_ZONE;
	passes[0] = '\0';
	empty(sys, 0);
	empty(sys, 2);
	empty(sys, 3);
	set(&t, SBD_POLICY_PREFERRED_MANY, BIT(2) | BIT(3));
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL | __GFP_NOFAIL, 1),
			   "1");
	/* a walk, two of the slow path's; then anywhere */
	KUNIT_EXPECT_STREQ(test, passes, "2 3 2 3 2 3 0+! ");
}

/* ---- who is not asked for a policy --------------------------------------------------- */

static void interrupts_have_no_policy(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12");
	struct sbd_task t = { .cpu = 3, .flags = SBD_TASK_IRQ };
	int mode;

	for (mode = 0; mode < SBD_NR_POLICIES; mode++) {
		set(&t, mode, BIT(1) | BIT(2));
		KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_ATOMIC, 2), "3 3");
		/* no turn was taken */
		KUNIT_EXPECT_EQ(test, t.il_prev, SBD_MAX_NODES - 1);
	}
}

static void this_node_has_no_policy(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12");
	struct sbd_task t = { .cpu = 3 };
	int mode;

	for (mode = 0; mode < SBD_NR_POLICIES; mode++) {
		set(&t, mode, BIT(1) | BIT(2));
		KUNIT_EXPECT_STREQ(test, served(test, sys, &t,
						GFP_KERNEL | __GFP_THISNODE, 2), "3 3");
		KUNIT_EXPECT_EQ(test, t.il_prev, SBD_MAX_NODES - 1);
	}
	empty(sys, 3);
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL | __GFP_THISNODE, 1),
			   "-");
}

/*
 *   node 0 [ DMA32 | Normal ]   node 1 [ Normal ]   node 2 [ Movable ]
 */
static struct sbd_system *mixed(struct kunit *test)
{
	struct sbd_plan *plan = sbd_test_nodes(test, "6.12", 3);

	plan->zones[2].type = SBD_ZONE_MOVABLE;
	plan->zones[plan->nr_zones++] = (struct sbd_zone_plan) {
		.type = SBD_ZONE_DMA32,
		.start_pfn = SBD_TEST_PFN - SBD_TEST_NODE_STEP,
		.pages = SBD_TEST_NODE_PAGES,
	};
	return sbd_test_create(test, plan);
}

static void bind_leaves_low_zones_alone(struct kunit *test)
{
	struct sbd_system *sys = mixed(test);
	struct sbd_task t = { };

	set(&t, SBD_POLICY_BIND, BIT(1));
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 1), "1");
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL | GFP_DMA32, 1), "0");
}

static void bind_holds_for_the_highest_zone_there_is(struct kunit *test)
{
	struct sbd_plan *plan = sbd_test_nodes(test, "6.12", 2);
	struct sbd_task t = { };

	plan->zones[0].type = SBD_ZONE_DMA32;
	plan->zones[1].type = SBD_ZONE_DMA32;
	set(&t, SBD_POLICY_BIND, BIT(1));
	KUNIT_EXPECT_STREQ(test, served(test, sbd_test_create(test, plan), &t,
					GFP_KERNEL | GFP_DMA32, 1), "1");
}

static void bind_to_movable_memory_holds_for_movable_requests(struct kunit *test)
{
	struct sbd_system *sys = mixed(test);
	struct sbd_task t = { };

	set(&t, SBD_POLICY_BIND, BIT(2));
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 1), "0");
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_HIGHUSER_MOVABLE, 1), "2");
	set(&t, SBD_POLICY_BIND, BIT(1) | BIT(2));
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 1), "1");
}

static void policy_of_no_usable_node_is_none(struct kunit *test)
{
	struct sbd_plan *plan = sbd_test_nodes(test, "6.12", 4);
	struct sbd_system *sys;
	struct sbd_task t = { };
	int mode;

	/* node 3 has no memory */
	plan->nr_zones = 3;
	plan->nr_nodes = 4;
	sys = sbd_test_create(test, plan);
	for (mode = 0; mode < SBD_NR_POLICIES; mode++) {
		set(&t, mode, BIT(3));
		KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 1), "0");
		set(&t, mode, BIT(2));
		t.allowed = BIT(0) | BIT(1);
		KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 1), "0");
		t.allowed = 0;
	}
}

/* ---- cpusets ------------------------------------------------------------------------ */

static void cpuset_is_where_a_task_begins(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12");
	struct sbd_task t = { .allowed = BIT(1) | BIT(3) };

	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_USER, 2), "1 1");
	empty(sys, 1);
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_USER, 2), "3 3");
	set(&t, SBD_POLICY_INTERLEAVE, 0xf);
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_USER, 4), "3 3 3 3");
}

/* Both nodes of the cpuset have too little: who may go elsewhere? */
static void cpuset_has_walls_for_users_only(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12");
	struct sbd_task t = { .allowed = BIT(1) | BIT(3) };

	empty(sys, 1);
	empty(sys, 3);
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_USER, 1), "-");
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_HIGHUSER_MOVABLE, 1), "-");
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL, 1), "0");
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_ATOMIC, 1), "0");
	t.flags = SBD_TASK_VICTIM;
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_USER, 1), "0");
}

static void cpuset_is_no_interrupts(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12");
	struct sbd_task t = { .cpu = 2, .allowed = BIT(1), .flags = SBD_TASK_IRQ };

	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_ATOMIC, 1), "2");
}

static void second_pass_stays_in_the_cpuset(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12");
	struct sbd_task t = { .allowed = BIT(1) | BIT(2) };

	set(&t, SBD_POLICY_PREFERRED_MANY, BIT(2));
	empty(sys, 2);
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_USER, 1), "1");
	empty(sys, 1);
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_USER, 1), "-");
}

static void this_node_and_another_cpuset(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12");
	struct sbd_task t = { .allowed = BIT(1) };

	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_USER | __GFP_THISNODE, 1),
			   "-");
	/* the slow path has no mask, and no wall for the kernel's own */
	KUNIT_EXPECT_STREQ(test, served(test, sys, &t, GFP_KERNEL | __GFP_THISNODE, 1),
			   "0");
}

/* ---- at random ------------------------------------------------------------------------ */

#define MOST_HELD	700
#define OPS		1500

/**
 * struct game - tasks that ask and give back at random
 * @test:   the test
 * @sys:    the machine
 * @rng:    see sbd_random()
 * @task:   with policies and cpusets that change
 * @pfn:    first frames held
 * @order:  of each
 * @nr:	    so many
 * @served: requests served
 */
struct game {
	struct kunit *test;
	struct sbd_system *sys;
	u64 rng;
	struct sbd_task task[4];
	unsigned long pfn[MOST_HELD];
	u8 order[MOST_HELD];
	int nr;
	s64 served;
};

/*
 *   node 0 [ DMA32 | Normal, with a hole | Movable ]   node 1 [ Normal ]
 *   node 2 [ Movable ]   node 3 [ nothing ]            CPUs on 0, 1 and 3
 */
static struct sbd_system *odd_machine(struct kunit *test, const char *profile)
{
	static const u8 cpu_node[] = { 0, 1, 3 };
	struct sbd_plan *plan = sbd_test_nodes(test, profile, 3);

	plan->nr_nodes = 4;
	plan->cpu_node = cpu_node;
	plan->zones[0].hole_pfn = SBD_TEST_PFN + SBD_CELL_PAGES;
	plan->zones[0].hole_pages = SBD_CELL_PAGES;
	plan->zones[2].type = SBD_ZONE_MOVABLE;
	plan->zones[plan->nr_zones++] = (struct sbd_zone_plan) {
		.type = SBD_ZONE_DMA32,
		.start_pfn = SBD_TEST_PFN - SBD_TEST_NODE_STEP,
		.pages = SBD_CELL_PAGES,
	};
	plan->zones[plan->nr_zones++] = (struct sbd_zone_plan) {
		.type = SBD_ZONE_MOVABLE,
		.start_pfn = SBD_TEST_PFN + SBD_TEST_NODE_STEP / 2,
		.pages = SBD_CELL_PAGES,
	};
	return sbd_test_create(test, plan);
}

static void change_task(struct game *g, struct sbd_task *t)
{
	struct sbd_policy p = {
		.mode = sbd_random_below(&g->rng, SBD_NR_POLICIES),
		.nodes = sbd_random_below(&g->rng, 16),
	};
	int i;

	for (i = 0; i < SBD_MAX_NODES; i++)
		p.weight[i] = sbd_random_below(&g->rng, 4);
	sbd_policy_set(t, &p);
	t->cpu = sbd_random_below(&g->rng, g->sys->nr_cpus);
	t->allowed = sbd_random_below(&g->rng, 2) ?
		     0 : 1 + sbd_random_below(&g->rng, 7);
	t->flags = sbd_random_below(&g->rng, 8) ? 0 : SBD_TASK_IRQ;
}

static gfp_t any_gfp(struct game *g)
{
	static const gfp_t gfp[] = {
		GFP_KERNEL, GFP_USER, GFP_HIGHUSER_MOVABLE, GFP_ATOMIC,
		GFP_KERNEL | GFP_DMA32, GFP_KERNEL | __GFP_RECLAIMABLE,
		GFP_USER | __GFP_WRITE, GFP_KERNEL | __GFP_THISNODE,
		GFP_HIGHUSER_MOVABLE | __GFP_THISNODE,
	};

	return gfp[sbd_random_below(&g->rng, ARRAY_SIZE(gfp))];
}

/* What a policy or a cpuset with walls allows, once the request is served. */
static void expect_allowed(struct game *g, const struct sbd_task *t, gfp_t gfp,
			   int nid)
{
	bool irq = t->flags & SBD_TASK_IRQ;
	u8 allowed = t->allowed ?: 0xff;
	u8 bound = t->policy.nodes & allowed & 0x7;

	if ((gfp & __GFP_HARDWALL) && !irq)
		KUNIT_ASSERT_TRUE(g->test, allowed & BIT(nid));
	if (gfp & __GFP_THISNODE)
		KUNIT_ASSERT_EQ(g->test, nid, g->sys->cpu_node[t->cpu]);
	/* urgent requests leave all masks behind; bound to MOVABLE memory, others do */
	if (!irq && !(gfp & (__GFP_THISNODE | GFP_DMA32 | __GFP_HIGH)) &&
	    t->policy.mode == SBD_POLICY_BIND && (bound & 0x3))
		KUNIT_ASSERT_TRUE(g->test, bound & BIT(nid));
}

static void ask(struct game *g)
{
	struct sbd_task *t = &g->task[sbd_random_below(&g->rng, 4)];
	unsigned int order = sbd_random_below(&g->rng, 5);
	gfp_t gfp = any_gfp(g);
	unsigned long pfn;

	if (g->nr == MOST_HELD)
		return;
	pfn = sbd_alloc_task(g->sys, t, gfp, order);
	if (pfn == SBD_PFN_NONE)
		return;
	KUNIT_ASSERT_NOT_NULL(g->test, sbd_zone_of(g->sys, pfn));
	expect_allowed(g, t, gfp, node_of(g->sys, pfn));
	g->served++;
	g->order[g->nr] = order;
	g->pfn[g->nr++] = pfn;
}

static void give(struct game *g)
{
	int i;

	if (!g->nr)
		return;
	i = sbd_random_below(&g->rng, g->nr);
	KUNIT_ASSERT_EQ(g->test, sbd_free(g->sys, sbd_random_below(&g->rng, 3),
					  g->pfn[i], g->order[i]), 0);
	g->pfn[i] = g->pfn[--g->nr];
	g->order[i] = g->order[g->nr];
}

/* numa_hit + numa_miss = numa_local + numa_other = requests served. */
static void expect_identity(struct game *g)
{
	s64 calls = 0, miss, all_miss = 0, foreign = 0;
	struct sbd_totals totals;
	struct sbd_zone *z;
	int i, o;

	sbd_totals(g->sys, &totals);
	for (o = 0; o < SBD_NR_ORDERS; o++)
		calls += totals.alloc[o];
	KUNIT_ASSERT_EQ(g->test, calls, g->served);
	sbd_for_each_zone(g->sys, i, z) {
		miss = atomic64_read(&z->numa_miss);
		all_miss += miss;
		foreign += atomic64_read(&z->numa_foreign);
	}
	KUNIT_ASSERT_EQ(g->test, all_miss, foreign);
	KUNIT_ASSERT_LE(g->test, all_miss, calls);
	KUNIT_ASSERT_LE(g->test, (s64)totals.other, calls);
}

static void play(struct kunit *test, const char *profile)
{
	struct game *g = kunit_kzalloc(test, sizeof(*g), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, g);
	g->test = test;
	g->sys = odd_machine(test, profile);
	g->rng = sbd_test_seed(test);
	for (i = 0; i < OPS; i++) {
		switch (sbd_random_below(&g->rng, 16)) {
		case 0:
			change_task(g, &g->task[sbd_random_below(&g->rng, 4)]);
			break;
		case 1 ... 10:
			ask(g);
			break;
		default:
			give(g);
		}
		sbd_check_system(test, g->sys, "a request");
		expect_identity(g);
	}
	while (g->nr)
		give(g);
	sbd_drain_all(g->sys);
	sbd_check_system(test, g->sys, "the end");
	KUNIT_EXPECT_GT(test, g->served, OPS / 4);
}

static void masks_and_counters_hold(struct kunit *test)
{
	int i;

	for (i = 0; sbd_test_profiles[i]; i++)
		play(test, sbd_test_profiles[i]);
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE(default_is_the_cpus_node),
	KUNIT_CASE(preferred_is_no_more_than_that),
	KUNIT_CASE(bind_allows_no_other),
	KUNIT_CASE(bind_counts_hits_within_its_nodes),
	KUNIT_CASE(interleave_goes_round),
	KUNIT_CASE(interleave_counts_what_it_meant),
	KUNIT_CASE(weights_are_pages_in_a_row),
	KUNIT_CASE(weights_came_with_6_9),
	KUNIT_CASE(preferred_many_then_all),
	KUNIT_CASE(first_pass_does_not_reclaim),
	KUNIT_CASE(interrupts_have_no_policy),
	KUNIT_CASE(this_node_has_no_policy),
	KUNIT_CASE(bind_leaves_low_zones_alone),
	KUNIT_CASE(bind_holds_for_the_highest_zone_there_is),
	KUNIT_CASE(bind_to_movable_memory_holds_for_movable_requests),
	KUNIT_CASE(policy_of_no_usable_node_is_none),
	KUNIT_CASE(cpuset_is_where_a_task_begins),
	KUNIT_CASE(cpuset_has_walls_for_users_only),
	KUNIT_CASE(cpuset_is_no_interrupts),
	KUNIT_CASE(second_pass_stays_in_the_cpuset),
	KUNIT_CASE(this_node_and_another_cpuset),
	KUNIT_CASE(masks_and_counters_hold),
	{}
};

static struct kunit_suite policy_suite = {
	.name = "shadowbuddy_policy",
	.test_cases = policy_cases,
};

kunit_test_suite(policy_suite);
