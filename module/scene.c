// SPDX-License-Identifier: GPL-2.0
/*
 * What owned workloads do: huge pages, fragmentation, policies.
 *
 * Each works on the first client of the stage's crowd, by itself, or lets all of
 * them run.  What they find goes to the report as they find it.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "alloc.h"
#include "kcompactd.h"
#include "policy.h"
#include "profile.h"
#include "scene.h"
#include "workload.h"

#define THP_FAILURES	3	/* in a row: there are no more */

static void step(struct sbd_stage *s)
{
	if (s->x)
		atomic64_inc(&s->x->done);
	cond_resched();
}

static void plan_steps(struct sbd_stage *s, u64 steps)
{
	if (s->x)
		atomic64_set(&s->x->total, steps);
}

/* A signal to who waits for the run. */
static bool stopped(struct sbd_stage *s)
{
	s->stopped |= signal_pending(current);
	return s->stopped;
}

/* Give the first client all the pages that its handles are for. */
static void fill(struct sbd_stage *s, struct sbd_client *c, u32 nr)
{
	u32 i;

	for (i = 0; i < nr && !stopped(s); i++) {
		sbd_client_fault(c, i, sbd_client_gfp(c->slot[i].kind, false) &
				 ~__GFP_DIRECT_RECLAIM, true);
		step(s);
	}
}

static u32 any_slot(struct sbd_client *c)
{
	return sbd_random_below(&c->rng, c->nr);
}

/* Give so many of the pages that it has back, at random. */
static void give_back_some(struct sbd_client *c, u32 nr)
{
	u32 i, tries;

	for (tries = 0; nr && tries < 100 * c->nr; tries++) {
		i = any_slot(c);
		if (!sbd_client_holds(c, i))
			continue;
		sbd_client_release(c, i);
		nr--;
	}
}

/* What is given back is free, and not on its way, when somebody counts it. */
static void settle(struct sbd_system *sys)
{
	sbd_lru_drain_all(sys->own);
	sbd_drain_all(sys);
}

/* ---- huge pages ---------------------------------------------------------- */

/**
 * struct huge - huge pages asked for one after the other
 * @pfn:   those that there were
 * @most:  room for them
 * @got:   how many
 * @tries: requests
 */
struct huge {
	unsigned long *pfn;
	unsigned int most;
	unsigned int got;
	unsigned int tries;
};

static void get_huge(struct sbd_stage *s, struct huge *h, gfp_t gfp)
{
	struct sbd_client *c = sbd_crowd_first(&s->crowd);
	unsigned int failed = 0;
	unsigned long pfn;

	h->got = 0;
	h->tries = 0;
	while (failed < THP_FAILURES && h->got < h->most && !stopped(s)) {
		h->tries++;
		pfn = sbd_alloc_task(s->sys, &c->task, gfp, s->sys->geo.block_order);
		if (pfn == SBD_PFN_NONE) {
			failed++;
			continue;
		}
		failed = 0;
		h->pfn[h->got++] = pfn;
		s->direct++;
		step(s);
	}
}

static void put_huge(struct sbd_stage *s, struct huge *h)
{
	unsigned int i;

	for (i = 0; i < h->got; i++)
		sbd_free(s->sys, sbd_crowd_first(&s->crowd)->task.cpu, h->pfn[i],
			 s->sys->geo.block_order);
	settle(s->sys);
}

static u64 moved(const struct sbd_stage *s)
{
	return atomic64_read(&s->sys->vm_event[SBD_VM_pgmigrate_success]);
}

static unsigned long pages_free(const struct sbd_system *sys)
{
	unsigned long nr[SBD_NR_ORDERS], sum = 0;
	int o;

	sbd_nr_free(sys, nr);
	for (o = 0; o < SBD_NR_ORDERS; o++)
		sum += nr[o] << o;
	return sum;
}

static void thp_phase(struct sbd_stage *s, struct huge *h)
{
	unsigned int order = s->sys->geo.block_order, before;
	u64 moves;

	sbd_text_printf(s->out, "free_pages: %lu\n", pages_free(s->sys));
	sbd_text_printf(s->out, "thp_possible: %lu\n", pages_free(s->sys) >> order);
	get_huge(s, h, GFP_TRANSHUGE_LIGHT);
	before = h->got;
	sbd_text_printf(s->out, "thp_before: %u\nthp_before_tries: %u\n", h->got,
			h->tries);
	put_huge(s, h);
	moves = moved(s);
	get_huge(s, h, GFP_TRANSHUGE | __GFP_NORETRY);
	moves = moved(s) - moves;
	sbd_text_printf(s->out, "thp_after: %u\nthp_after_tries: %u\n", h->got,
			h->tries);
	sbd_text_printf(s->out, "thp_moves: %llu\n", moves);
	if (h->got > before)
		sbd_text_printf(s->out, "moves_per_block: %llu\n",
				div_u64(moves, h->got - before));
	put_huge(s, h);
}

/**
 * sbd_scene_thp() - huge pages out of memory that is in pieces
 * @s:	 the stage; its first client's handles are for nearly all memory
 * @err: filled on error
 *
 * All is filled, a part given back at random; then huge pages are asked for, once
 * by requests that may not wait, and once by requests that may compact.
 * Context: process, may sleep.  Return: 0, -EINTR, -ENOMEM.
 */
int sbd_scene_thp(struct sbd_stage *s, struct sbd_error *err)
{
	struct sbd_client *c = sbd_crowd_first(&s->crowd);
	struct huge h = { };

	h.most = sbd_pressure_pages(s->sys) >> s->sys->geo.block_order;
	h.pfn = kvcalloc(h.most, sizeof(*h.pfn), GFP_KERNEL);
	if (!h.pfn)
		return sbd_error(err, -ENOMEM, "", "no memory");
	plan_steps(s, c->nr + 2 * h.most);
	fill(s, c, c->nr);
	give_back_some(c, c->nr * s->a.churn / 100);
	settle(s->sys);
	thp_phase(s, &h);
	kvfree(h.pfn);
	return s->stopped ? -EINTR : 0;
}

/* ---- fragmentation ------------------------------------------------------- */

static void frag_row(struct sbd_stage *s, unsigned int round, u64 moves)
{
	unsigned long nr[SBD_NR_ORDERS], huge = 0;
	unsigned int order = s->sys->geo.block_order, o;

	sbd_nr_free(s->sys, nr);
	for (o = order; o < SBD_NR_ORDERS; o++)
		huge += nr[o] << (o - order);
	sbd_text_printf(&s->table, "%5u %10lu %10lu %12d %12d %10llu\n", round,
			pages_free(s->sys), huge, sbd_fragindex(nr, order),
			sbd_unusable_index(nr, order), moves);
}

static void compact_all(struct sbd_stage *s)
{
	int nid;

	for (nid = 0; nid < s->sys->nr_nodes; nid++)
		sbd_compact_node(s->sys, sbd_crowd_first(&s->crowd)->task.cpu, nid);
}

/* Some go, and others come: those that want a page are drawn at random, too. */
static void churn(struct sbd_client *c, u32 nr)
{
	u32 i, tries;

	give_back_some(c, nr);
	for (tries = 0; nr && tries < 100 * c->nr; tries++) {
		i = any_slot(c);
		if (sbd_client_holds(c, i))
			continue;
		nr--;
		sbd_client_fault(c, i, sbd_client_gfp(c->slot[i].kind, false) &
				 ~__GFP_DIRECT_RECLAIM, true);
	}
}

/**
 * sbd_scene_frag() - fill, free half at random, then churn
 * @s:	 the stage; its first client's handles are for three quarters of memory
 * @err: not used
 *
 * As the workload "frag" of two engines, but that pages which can move do so, if
 * the run is to compact after each round.
 * Context: process, may sleep.  Return: 0, -EINTR.
 */
int sbd_scene_frag(struct sbd_stage *s, struct sbd_error *err)
{
	struct sbd_client *c = sbd_crowd_first(&s->crowd);
	u32 swap = max(c->nr * s->a.churn / 100, 1U);
	unsigned int round;

	plan_steps(s, c->nr + s->a.rounds);
	sbd_text_printf(s->out, "compaction: %u\n", s->a.compact);
	fill(s, c, c->nr);
	give_back_some(c, c->nr / 2);
	settle(s->sys);
	sbd_text_printf(&s->table, "\n%5s %10s %10s %12s %12s %10s\n", "round", "free",
			"huge_free", "fragindex", "unusable", "moved");
	frag_row(s, 0, moved(s));
	for (round = 1; round <= s->a.rounds && !stopped(s); round++) {
		churn(c, swap);
		settle(s->sys);
		if (s->a.compact)
			compact_all(s);
		if (round <= 10 || !(round % 10))
			frag_row(s, round, moved(s));
		step(s);
	}
	return s->stopped ? -EINTR : 0;
}

/* ---- policies ------------------------------------------------------------ */

/* A policy of each mode, with nodes that show what it does. */
static struct sbd_policy policy_for(const struct sbd_system *sys, int mode)
{
	u8 all = sys->node_state[SBD_NODE_MEMORY];
	struct sbd_policy p = { .mode = mode };
	int nid, last = fls(all) - 1;

	switch (mode) {
	case SBD_POLICY_PREFERRED:
		p.nodes = BIT(last);
		break;
	case SBD_POLICY_BIND:
	case SBD_POLICY_PREFERRED_MANY:
		p.nodes = all & ~1;
		break;
	case SBD_POLICY_INTERLEAVE:
	case SBD_POLICY_WEIGHTED:
		p.nodes = all;
	}
	if (!p.nodes && mode != SBD_POLICY_DEFAULT && mode != SBD_POLICY_LOCAL)
		p.nodes = all;
	for (nid = 0; nid < SBD_MAX_NODES; nid++)
		p.weight[nid] = nid + 1;
	return p;
}

static void nodes_head(struct sbd_stage *s)
{
	int nid;

	sbd_text_printf(&s->table, "\n%-20s %10s", "policy", "requests");
	for (nid = 0; nid < s->sys->nr_nodes; nid++)
		sbd_text_printf(&s->table, " %7s%d", "node", nid);
	sbd_text_printf(&s->table, " %9s %9s %9s %9s %9s %9s\n", "hit", "miss",
			"foreign", "local", "other", "interleave");
}

static u64 served(const struct sbd_totals *t)
{
	u64 sum = 0;
	int o;

	for (o = 0; o < SBD_NR_ORDERS; o++)
		sum += t->alloc[o];
	return sum;
}

static void nodes_row(struct sbd_stage *s, int mode, u64 requests,
		      const struct sbd_totals *a, const struct sbd_totals *b)
{
	u64 n = served(b) - served(a);
	int nid;

	sbd_text_printf(&s->table, "%-20s %10llu", sbd_policy_names[mode], requests);
	for (nid = 0; nid < s->sys->nr_nodes; nid++)
		sbd_text_printf(&s->table, " %8lu", sbd_crowd_pages(&s->crowd, nid));
	sbd_text_printf(&s->table, " %9llu %9llu %9llu %9llu %9llu %9llu\n",
			n - (b->miss - a->miss), b->miss - a->miss,
			b->foreign - a->foreign, n - (b->other - a->other),
			b->other - a->other, b->interleave - a->interleave);
}

static int policy_phase(struct sbd_stage *s, int mode, u64 requests,
			struct sbd_totals *t, struct sbd_error *err)
{
	struct sbd_policy p = policy_for(s->sys, mode);
	int ret;

	sbd_crowd_policy(&s->crowd, &p);
	sbd_totals(s->sys, &t[0]);
	ret = sbd_crowd_run(&s->crowd, requests, err);
	sbd_totals(s->sys, &t[1]);
	nodes_row(s, mode, requests, &t[0], &t[1]);
	sbd_crowd_verify(&s->crowd);
	sbd_crowd_give_back(&s->crowd);
	settle(s->sys);
	return ret;
}

/**
 * sbd_scene_nodes() - the same clients under each policy, one after the other
 * @s:	 the stage
 * @err: filled on error
 *
 * Context: process, may sleep.  Return: as sbd_crowd_run(); -ENOMEM.
 */
int sbd_scene_nodes(struct sbd_stage *s, struct sbd_error *err)
{
	u64 share = div_u64(s->a.requests, SBD_NR_POLICIES);
	struct sbd_totals *t = kvcalloc(2, sizeof(*t), GFP_KERNEL);
	int mode, ret = 0;

	if (!t)
		return sbd_error(err, -ENOMEM, "", "no memory");
	plan_steps(s, share * SBD_NR_POLICIES);
	nodes_head(s);
	for (mode = 0; mode < SBD_NR_POLICIES && !ret; mode++)
		if (sbd_policy_known(s->sys, mode))
			ret = policy_phase(s, mode, share, t, err);
	kvfree(t);
	return ret;
}
