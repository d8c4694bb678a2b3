// SPDX-License-Identifier: GPL-2.0
/*
 * Memory policies and cpusets: where a task's pages come from, what is counted.
 *
 *	node 0		node 1		node 2
 *	CPU 0		CPU 1		CPU 2
 *	NORMAL		NORMAL		NORMAL		64 MiB each
 */
#include <linux/string.h>

#include "alloc.h"
#include "format.h"
#include "helpers.h"
#include "policy.h"

/* A task on CPU 0 of such a machine. */
static struct sbd_task task(unsigned int mode, u8 nodes)
{
	struct sbd_policy p = { .mode = mode, .nodes = nodes };
	struct sbd_task t = { };

	sbd_policy_set(&t, &p);
	return t;
}

static struct sbd_choice choose(const struct sbd_system *sys, struct sbd_task *t,
				gfp_t gfp)
{
	struct sbd_choice c = { };

	sbd_policy_choose(sys, t, gfp, 0, &c);
	return c;
}

/* Nodes that the next @n requests begin with, e.g. "0 1 0". */
static const char *turns(struct kunit *test, const struct sbd_system *sys,
			 struct sbd_task *t, int n)
{
	char *text = kunit_kzalloc(test, 64, GFP_KERNEL);
	int len = 0;

	KUNIT_ASSERT_NOT_NULL(test, text);
	while (n--)
		len += scnprintf(text + len, 64 - len, "%s%d", len ? " " : "",
				 choose(sys, t, GFP_KERNEL).nid);
	return text;
}

/* The node that serves, -1: none does. */
static int serves(struct sbd_system *sys, struct sbd_task *t, gfp_t gfp)
{
	unsigned long pfn = sbd_alloc_task(sys, t, gfp, 0);

	return pfn == SBD_PFN_NONE ? -1 : sbd_zone_of(sys, pfn)->nid;
}

static void empty(struct sbd_system *sys, int nid)
{
	sbd_test_free_pages(sys->nodes[nid].zones[SBD_ZONE_NORMAL], 0);
}

/* ---- the choice -------------------------------------------------------------- */

static void no_policy_means_the_own_node(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 3);
	struct sbd_task t = task(SBD_POLICY_DEFAULT, 0);

	t.cpu = 2;
	KUNIT_EXPECT_EQ(test, choose(sys, &t, GFP_KERNEL).nid, 2);
	KUNIT_EXPECT_EQ(test, choose(sys, &t, GFP_KERNEL).nodes, SBD_ALL_NODES);
	t.policy.mode = SBD_POLICY_LOCAL;
	KUNIT_EXPECT_EQ(test, choose(sys, &t, GFP_KERNEL).nid, 2);
}

static void preferred_takes_the_lowest(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 3);
	struct sbd_task t = task(SBD_POLICY_PREFERRED, BIT(1) | BIT(2));

	KUNIT_EXPECT_EQ(test, choose(sys, &t, GFP_KERNEL).nid, 1);
	KUNIT_EXPECT_EQ(test, serves(sys, &t, GFP_KERNEL), 1);
	/* it is no more than a wish */
	empty(sys, 1);
	KUNIT_EXPECT_EQ(test, serves(sys, &t, GFP_KERNEL), 2);
}

static void bind_stays_on_its_nodes(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 3);
	struct sbd_task t = task(SBD_POLICY_BIND, BIT(1) | BIT(2));

	/* from node 0, 1 is the nearer of two equal ones */
	KUNIT_EXPECT_EQ(test, choose(sys, &t, GFP_KERNEL).nid, 0);
	KUNIT_EXPECT_EQ(test, serves(sys, &t, GFP_KERNEL), 1);
	empty(sys, 1);
	KUNIT_EXPECT_EQ(test, serves(sys, &t, GFP_KERNEL), 2);
	empty(sys, 2);
	KUNIT_EXPECT_EQ(test, serves(sys, &t, GFP_KERNEL), -1);
	KUNIT_EXPECT_EQ(test, atomic64_read(&sys->fail[0]), 1LL);
}

static void bind_is_not_for_low_zones(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 3);
	struct sbd_task t = task(SBD_POLICY_BIND, BIT(1));

	KUNIT_EXPECT_EQ(test, choose(sys, &t, GFP_KERNEL).nodes, BIT(1) + 0);
	KUNIT_EXPECT_EQ(test, choose(sys, &t, GFP_KERNEL | __GFP_DMA32).nodes,
			SBD_ALL_NODES);
	/* a node of movable memory alone binds movable pages alone */
	sys->node_state[SBD_NODE_NORMAL_MEMORY] &= ~BIT(1);
	KUNIT_EXPECT_EQ(test, choose(sys, &t, GFP_KERNEL).nodes, SBD_ALL_NODES);
	KUNIT_EXPECT_EQ(test, choose(sys, &t, GFP_HIGHUSER_MOVABLE).nodes,
			BIT(1) + 0);
}

static void interleave_goes_round(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 3);
	struct sbd_task t = task(SBD_POLICY_INTERLEAVE, BIT(0) | BIT(2));

	KUNIT_EXPECT_STREQ(test, turns(test, sys, &t, 5), "0 2 0 2 0");
	t.policy.nodes = 0x7;
	KUNIT_EXPECT_STREQ(test, turns(test, sys, &t, 4), "1 2 0 1");
}

static void weights_are_pages_in_a_row(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 3);
	struct sbd_task t = task(SBD_POLICY_WEIGHTED, BIT(0) | BIT(1));

	t.policy.weight[0] = 3;
	t.policy.weight[1] = 1;
	KUNIT_EXPECT_STREQ(test, turns(test, sys, &t, 8), "0 0 0 1 0 0 0 1");
}

/* 6.1 does not know it: set_mempolicy() would have refused. */
static void weights_are_of_later_kernels(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.1", 3);
	struct sbd_task t = task(SBD_POLICY_WEIGHTED, BIT(1) | BIT(2));

	KUNIT_EXPECT_FALSE(test, sbd_policy_known(sys, SBD_POLICY_WEIGHTED));
	KUNIT_EXPECT_TRUE(test, sbd_policy_known(sys, SBD_POLICY_INTERLEAVE));
	KUNIT_EXPECT_STREQ(test, turns(test, sys, &t, 3), "0 0 0");
}

static void interrupts_and_thisnode_have_no_policy(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 3);
	struct sbd_task t = task(SBD_POLICY_PREFERRED, BIT(2));

	KUNIT_EXPECT_EQ(test, choose(sys, &t, GFP_KERNEL).nid, 2);
	KUNIT_EXPECT_EQ(test, choose(sys, &t, GFP_KERNEL | __GFP_THISNODE).nid, 0);
	t.flags = SBD_TASK_IRQ;
	KUNIT_EXPECT_EQ(test, choose(sys, &t, GFP_KERNEL).nid, 0);
}

/* A turn is taken only by who is asked for a policy. */
static void an_interrupt_leaves_the_turn(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 3);
	struct sbd_task t = task(SBD_POLICY_INTERLEAVE, 0x7);

	KUNIT_EXPECT_STREQ(test, turns(test, sys, &t, 2), "0 1");
	t.flags = SBD_TASK_IRQ;
	KUNIT_EXPECT_STREQ(test, turns(test, sys, &t, 2), "0 0");
	t.flags = 0;
	KUNIT_EXPECT_STREQ(test, turns(test, sys, &t, 1), "2");
}

static void a_policy_for_nodes_not_allowed_is_none(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 3);
	struct sbd_task t = task(SBD_POLICY_INTERLEAVE, BIT(1) | BIT(2));

	t.allowed = BIT(0) | BIT(2);
	KUNIT_EXPECT_STREQ(test, turns(test, sys, &t, 2), "2 2");
	t.allowed = BIT(0);
	KUNIT_EXPECT_STREQ(test, turns(test, sys, &t, 2), "0 0");
}

/* ---- PREFERRED_MANY ---------------------------------------------------------- */

static unsigned int asked_before, asked_after;	/* zones, by node */
static bool reclaims_before;

/* What each try looks at, and whether it may reclaim. */
static bool note_try(struct sbd_request *rq, struct sbd_zone *z)
{
	if (rq->nodes == SBD_ALL_NODES) {
		asked_after |= BIT(z->nid);
	} else {
		asked_before |= BIT(z->nid);
		reclaims_before |= !!(rq->gfp & (__GFP_DIRECT_RECLAIM |
						 __GFP_NOFAIL));
	}
	return false;
}

static void preferred_many_tries_its_nodes_then_any(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 3);
	struct sbd_task t = task(SBD_POLICY_PREFERRED_MANY, BIT(1) | BIT(2));

	KUNIT_EXPECT_EQ(test, serves(sys, &t, GFP_KERNEL), 1);
	empty(sys, 1);
	KUNIT_EXPECT_EQ(test, serves(sys, &t, GFP_KERNEL), 2);
	empty(sys, 2);
	KUNIT_EXPECT_EQ(test, serves(sys, &t, GFP_KERNEL), 0);
	/* the first try is no failure */
	KUNIT_EXPECT_EQ(test, atomic64_read(&sys->fail[0]), 0LL);
	empty(sys, 0);
	KUNIT_EXPECT_EQ(test, serves(sys, &t, GFP_KERNEL), -1);
	KUNIT_EXPECT_EQ(test, atomic64_read(&sys->fail[0]), 1LL);
}

static void preferred_many_does_not_reclaim_at_first(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 3);
	struct sbd_task t = task(SBD_POLICY_PREFERRED_MANY, BIT(1));

	sys->vm.zone_reclaim_mode = SBD_RECLAIM_ZONE;
	sys->hooks.node_reclaim = note_try;
	asked_before = 0;
	asked_after = 0;
	reclaims_before = false;
	empty(sys, 0);
	empty(sys, 1);
	KUNIT_EXPECT_EQ(test, serves(sys, &t, GFP_KERNEL | __GFP_NOFAIL), 2);
	KUNIT_EXPECT_EQ(test, asked_before, BIT(1) + 0U);
	KUNIT_EXPECT_EQ(test, asked_after, BIT(0) + BIT(1) + 0U);
	KUNIT_EXPECT_FALSE(test, reclaims_before);
}

/* ---- cpusets ----------------------------------------------------------------- */

/* Only what cannot wait, and is urgent, may leave the cpuset. */
static void a_cpuset_is_left_by_the_urgent_alone(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 3);
	struct sbd_task t = task(SBD_POLICY_DEFAULT, 0);

	t.allowed = BIT(1);
	KUNIT_EXPECT_EQ(test, serves(sys, &t, GFP_KERNEL), 1);
	empty(sys, 1);
	KUNIT_EXPECT_EQ(test, serves(sys, &t, GFP_KERNEL), -1);
	KUNIT_EXPECT_EQ(test, serves(sys, &t, GFP_NOWAIT), -1);
	KUNIT_EXPECT_EQ(test, serves(sys, &t, GFP_ATOMIC), 0);
}

static void an_interrupt_has_no_cpuset(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 3);
	struct sbd_task t = task(SBD_POLICY_DEFAULT, 0);

	t.allowed = BIT(1);
	t.flags = SBD_TASK_IRQ;
	KUNIT_EXPECT_EQ(test, serves(sys, &t, GFP_ATOMIC), 0);
}

/* ---- dirty pages ------------------------------------------------------------- */

static bool all_are_dirty(struct sbd_system *sys, int nid)
{
	return false;
}

static bool node_0_is_dirty(struct sbd_system *sys, int nid)
{
	return nid;
}

/* The limit is for the first attempt: the slow path takes what there is. */
static void pages_to_write_go_where_less_is_dirty(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 3);
	struct sbd_task t = task(SBD_POLICY_DEFAULT, 0);

	sys->hooks.dirty_ok = node_0_is_dirty;
	KUNIT_EXPECT_EQ(test, serves(sys, &t, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, serves(sys, &t, GFP_KERNEL | __GFP_WRITE), 1);
	sys->hooks.dirty_ok = all_are_dirty;
	KUNIT_EXPECT_EQ(test, serves(sys, &t, GFP_KERNEL | __GFP_WRITE), 0);
}

/* ---- counters ---------------------------------------------------------------- */

/* hit miss foreign interleave local other, of a node's zone, as zoneinfo says. */
static const char *counters(struct kunit *test, struct sbd_system *sys, int nid)
{
	static const char * const names[] = {
		"numa_hit", "numa_miss", "numa_foreign", "numa_interleave",
		"numa_local", "numa_other",
	};
	char *line = kunit_kzalloc(test, 64, GFP_KERNEL), name[24];
	struct sbd_text t = { };
	unsigned long v = 0;
	const char *at;
	int i, len = 0;

	KUNIT_ASSERT_NOT_NULL(test, line);
	sbd_format_zoneinfo(&t, sys);
	KUNIT_ASSERT_NOT_NULL(test, t.buf);
	snprintf(name, sizeof(name), "Node %d, zone   Normal", nid);
	at = strstr(t.buf, name);
	for (i = 0; i < ARRAY_SIZE(names) && at; i++) {
		at = strstr(at, names[i]);
		if (!at || sscanf(at + strlen(names[i]), " %lu", &v) != 1)
			break;
		len += scnprintf(line + len, 64 - len, "%s%lu", len ? " " : "", v);
	}
	sbd_text_free(&t);
	return line;
}

static void interleaved_pages_are_hits(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 3);
	struct sbd_task t = task(SBD_POLICY_INTERLEAVE, 0x3);
	int i;

	for (i = 0; i < 4; i++)
		serves(sys, &t, GFP_KERNEL);
	KUNIT_EXPECT_STREQ(test, counters(test, sys, 0), "2 0 0 2 2 0");
	KUNIT_EXPECT_STREQ(test, counters(test, sys, 1), "2 0 0 2 0 2");
	KUNIT_EXPECT_STREQ(test, counters(test, sys, 2), "0 0 0 0 0 0");
	sbd_system_reset(sys);
	KUNIT_EXPECT_STREQ(test, counters(test, sys, 1), "0 0 0 0 0 0");
}

static void a_turn_that_finds_nothing_is_a_miss(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 3);
	struct sbd_task t = task(SBD_POLICY_INTERLEAVE, BIT(1));

	empty(sys, 1);
	KUNIT_EXPECT_EQ(test, serves(sys, &t, GFP_KERNEL), 2);
	KUNIT_EXPECT_STREQ(test, counters(test, sys, 1), "0 0 1 0 0 0");
	KUNIT_EXPECT_STREQ(test, counters(test, sys, 2), "0 1 0 0 0 1");
}

/* The kernel counts no hits of weighted turns. */
static void weighted_turns_are_not_counted(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 3);
	struct sbd_task t = task(SBD_POLICY_WEIGHTED, BIT(1));

	serves(sys, &t, GFP_KERNEL);
	KUNIT_EXPECT_STREQ(test, counters(test, sys, 1), "1 0 0 0 0 1");
}

static void a_bound_page_is_a_hit_elsewhere(struct kunit *test)
{
	struct sbd_system *sys = sbd_test_nodes(test, "6.12", 3);
	struct sbd_task t = task(SBD_POLICY_BIND, BIT(2));

	serves(sys, &t, GFP_KERNEL);
	KUNIT_EXPECT_STREQ(test, counters(test, sys, 2), "1 0 0 0 0 1");
	KUNIT_EXPECT_STREQ(test, counters(test, sys, 0), "0 0 0 0 0 0");
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE(no_policy_means_the_own_node),
	KUNIT_CASE(preferred_takes_the_lowest),
	KUNIT_CASE(bind_stays_on_its_nodes),
	KUNIT_CASE(bind_is_not_for_low_zones),
	KUNIT_CASE(interleave_goes_round),
	KUNIT_CASE(weights_are_pages_in_a_row),
	KUNIT_CASE(weights_are_of_later_kernels),
	KUNIT_CASE(interrupts_and_thisnode_have_no_policy),
	KUNIT_CASE(an_interrupt_leaves_the_turn),
	KUNIT_CASE(a_policy_for_nodes_not_allowed_is_none),
	KUNIT_CASE(preferred_many_tries_its_nodes_then_any),
	KUNIT_CASE(preferred_many_does_not_reclaim_at_first),
	KUNIT_CASE(a_cpuset_is_left_by_the_urgent_alone),
	KUNIT_CASE(an_interrupt_has_no_cpuset),
	KUNIT_CASE(pages_to_write_go_where_less_is_dirty),
	KUNIT_CASE(interleaved_pages_are_hits),
	KUNIT_CASE(a_turn_that_finds_nothing_is_a_miss),
	KUNIT_CASE(weighted_turns_are_not_counted),
	KUNIT_CASE(a_bound_page_is_a_hit_elsewhere),
	{}
};

static struct kunit_suite policy_suite = {
	.name = "shadowbuddy_policy",
	.test_cases = policy_cases,
};

kunit_test_suite(policy_suite);
