// SPDX-License-Identifier: GPL-2.0
/* The entry points of the shadow allocator. */
#include <linux/kernel.h>

#include "alloc.h"
#include "pcp.h"
#include "policy.h"
#include "profile.h"
#include "slowpath.h"
#include "trace.h"
#include "watermark.h"
#include "zone.h"
#include "zonelist.h"

/* Tell of a request that is over.  Return: the block's first frame. */
static __always_inline unsigned long tell(const struct sbd_request *rq,
					  struct sbd_frame *f)
{
	unsigned long pfn = f ? sbd_pfn(rq->zone, f) : SBD_PFN_NONE;

	trace_sbd_alloc(rq->sys, f ? rq->zone : NULL, pfn, rq->order, rq->gfp,
			rq->mt, f ? rq->path : SBD_PATH_FAIL);
	return pfn;
}

static void note_failure(struct sbd_system *sys, unsigned int order)
{
	atomic64_inc(&sys->fail[min(order, SBD_MAX_ORDER + 0U)]);
}

/* Everything but what fast_alloc() can do. */
static noinline unsigned long full_alloc(struct sbd_system *sys, int cpu,
					 int nid, gfp_t gfp, unsigned int order)
{
	struct sbd_frame *f = NULL;
	struct sbd_request rq;

	if (likely(sbd_request_init(&rq, sys, cpu, nid, gfp, order))) {
		f = sbd_walk(&rq);
		if (unlikely(!f))
			f = sbd_slowpath(&rq);
	}
	if (unlikely(!f))
		note_failure(sys, order);
	return tell(&rq, f);
}

/* What sbd_fast_flags() would have said; for the tracepoint only. */
static inline unsigned int fast_flags(const struct sbd_zone *z, gfp_t gfp)
{
	return SBD_WMARK_LOW |
	       (__force unsigned int)(gfp & __GFP_KSWAPD_RECLAIM) |
	       (z->nofragment ? SBD_ALLOC_NOFRAGMENT : 0);
}

/*
 * Most requests are for one page, and the first zone's per-CPU list has it:
 * sbd_walk()'s first step, with nothing worked out that this does not need.
 * Anything out of the ordinary is left, untouched, to full_alloc().
 */
static __always_inline unsigned long fast_alloc(struct sbd_system *sys,
						int cpu, gfp_t gfp)
{
	const struct sbd_node *node = &sys->nodes[sys->cpu_node[cpu]];
	int highest = sys->gfp_zone[(__force unsigned int)gfp & 15];
	struct sbd_zone *z = node->zonelist[node->first[highest]];
	int mt = sbd_gfp_type(sys, gfp);
	enum sbd_wmark w = SBD_WMARK_LOW;
	struct sbd_frame *f;
	unsigned long mark;

	if (unlikely(!z || mt == SBD_PCPTYPES || z->has_cma || z->nid != node->nid ||
		     z->flags & BIT(SBD_ZONE_BOOSTED)))
		return SBD_PFN_NONE;
	if (z->prof->below_high && !(z->flags & BIT(SBD_ZONE_BELOW_HIGH)))
		w = SBD_WMARK_HIGH;
	mark = sbd_wmark_pages(z, w);
	if (unlikely(!sbd_order0_ok(z, mark, highest, 0,
				    sbd_zone_stat(z, SBD_NR_FREE_PAGES))))
		return SBD_PFN_NONE;
	f = sbd_pcp_pop(z, cpu, mt);
	if (unlikely(!f))
		return SBD_PFN_NONE;
	trace_sbd_watermark(z, 0, mark, highest, fast_flags(z, gfp), true);
	trace_sbd_alloc(sys, z, sbd_pfn(z, f), 0, gfp, mt, SBD_PATH_PCP);
	return sbd_pfn(z, f);
}

/**
 * sbd_alloc() - allocate a block
 * @sys:   the system
 * @cpu:   whose per-CPU lists, below sys->nr_cpus
 * @gfp:   where, how urgently, of which type
 * @order: 2^order frames
 *
 * __alloc_pages() without memcg and page preparation.
 * Context: any but under a zone or pcp lock.
 * Return: the first frame, SBD_PFN_NONE if there is none to be had.
 */
unsigned long sbd_alloc(struct sbd_system *sys, int cpu, gfp_t gfp,
			unsigned int order)
{
	unsigned long pfn;

	if (!order) {
		pfn = fast_alloc(sys, cpu, gfp);
		if (likely(pfn != SBD_PFN_NONE))
			return pfn;
	}
	return full_alloc(sys, cpu, sys->cpu_node[cpu], gfp, order);
}

/**
 * sbd_alloc_node() - allocate a block, on some node first
 * @sys:   the system
 * @cpu:   whose per-CPU lists, below sys->nr_cpus
 * @nid:   the node; its zonelist is walked
 * @gfp:   where, how urgently, of which type
 * @order: 2^order frames
 *
 * As sbd_alloc(), which takes the CPU's own node.
 */
unsigned long sbd_alloc_node(struct sbd_system *sys, int cpu, int nid,
			     gfp_t gfp, unsigned int order)
{
	if (nid == sys->cpu_node[cpu])
		return sbd_alloc(sys, cpu, gfp, order);
	return full_alloc(sys, cpu, nid, gfp, order);
}

/*
 * The first walk of a task's request.  Without a mask of the policy's, that of
 * the cpuset stands for it; with one, the cpuset is asked beside it, and has
 * walls for everybody (prepare_alloc_pages()).
 */
static struct sbd_frame *task_walk(struct sbd_request *rq, u8 nodes)
{
	const struct sbd_task *t = rq->task;
	unsigned int cpuset = 0;

	if (t->allowed) {
		rq->gfp |= __GFP_HARDWALL;
		if (nodes == SBD_ALL_NODES && !(t->flags & SBD_TASK_IRQ))
			nodes = t->allowed;
		else
			cpuset = SBD_ALLOC_CPUSET;
	}
	rq->nodes = nodes & sbd_request_reach(rq);
	if (!sbd_request_prefer(rq))
		return NULL;
	rq->alloc_flags = sbd_fast_flags(rq) | cpuset;
	rq->spread_dirty = (__force unsigned int)(rq->gfp & __GFP_WRITE);
	return sbd_walk(rq);
}

/* From here on the cpuset is asked, if at all, by the allocation flags. */
static struct sbd_frame *task_slowpath(struct sbd_request *rq, u8 nodes, gfp_t gfp)
{
	rq->gfp = gfp;
	rq->nodes = nodes & sbd_request_reach(rq);
	rq->spread_dirty = false;
	return sbd_request_prefer(rq) ? sbd_slowpath(rq) : NULL;
}

/* One request where a policy says. */
static unsigned long task_alloc(struct sbd_system *sys, struct sbd_task *t,
				const struct sbd_choice *c, gfp_t gfp,
				unsigned int order)
{
	struct sbd_frame *f = NULL;
	struct sbd_request rq;

	if (sbd_request_init(&rq, sys, t->cpu, c->nid, gfp, order)) {
		rq.task = t;
		rq.interleaved = c->interleaved;
		f = task_walk(&rq, c->nodes) ?:
		    task_slowpath(&rq, c->nodes, gfp);
	}
	if (f && rq.interleaved && rq.zone->nid == c->nid)
		atomic64_inc(&rq.zone->interleave_hit);
	return tell(&rq, f);
}

/**
 * sbd_alloc_task() - allocate a block for a task
 * @sys:   the system
 * @t:	   the task: its CPU, policy and cpuset.  One request at a time
 * @gfp:   where, how urgently, of which type; __GFP_WRITE: not on a node that
 *	   has its share of dirty pages, if it can be helped
 * @order: 2^order frames
 *
 * alloc_pages() by alloc_pages_mpol(): with a policy PREFERRED_MANY a first try
 * on its nodes, which does not reclaim, and a second one anywhere.
 * Context: as sbd_alloc().
 * Return: the first frame, SBD_PFN_NONE if there is none to be had.
 */
unsigned long sbd_alloc_task(struct sbd_system *sys, struct sbd_task *t,
			     gfp_t gfp, unsigned int order)
{
	unsigned long pfn = SBD_PFN_NONE;
	struct sbd_choice c;

	sbd_policy_choose(sys, t, gfp, order, &c);
	if (!c.strict) {
		pfn = task_alloc(sys, t, &c,
				 (gfp | __GFP_NOWARN) &
				 ~(__GFP_DIRECT_RECLAIM | __GFP_NOFAIL), order);
		c.nodes = SBD_ALL_NODES;
	}
	if (pfn == SBD_PFN_NONE)
		pfn = task_alloc(sys, t, &c, gfp, order);
	if (pfn == SBD_PFN_NONE)
		note_failure(sys, order);
	return pfn;
}

/* The first zone of the preferred node with @nr pages above its low mark. */
static struct sbd_zone *bulk_zone(const struct sbd_request *rq, unsigned int nr)
{
	struct sbd_zone *first = rq->node->zonelist[rq->preferred], *z;
	struct sbd_wmark_check c = {
		.highest = first->idx,
		.alloc_flags = rq->alloc_flags,
		.gfp = rq->gfp,
	};
	int i;

	for (i = rq->preferred; i < rq->node->nr_zonelist; i++) {
		z = rq->node->zonelist[i];
		if (z->idx > rq->highest)
			continue;
		if (z->nid != first->nid)
			return NULL;
		c.mark = sbd_wmark_pages(z, SBD_WMARK_LOW) + nr;
		if (sbd_watermark_fast(z, &c))
			return z;
	}
	return NULL;
}

/* Take up to @nr pages in one hold of the pcp lock. */
static unsigned int bulk_take(const struct sbd_request *rq, struct sbd_zone *z,
			      unsigned int nr, unsigned long *pfns)
{
	struct sbd_pcp *pcp = sbd_pcp(z, rq->cpu);
	struct sbd_frame *f;
	unsigned int got;

	if (!spin_trylock(&pcp->lock))
		return 0;
	for (got = 0; got < nr; got++) {
		f = sbd_pcp_take(z, rq->cpu, 0, rq->mt, rq->alloc_flags);
		if (!f)
			break;
		pfns[got] = sbd_pfn(z, f);
		trace_sbd_alloc(rq->sys, z, pfns[got], 0, rq->gfp, rq->mt,
				SBD_PATH_BULK);
	}
	spin_unlock(&pcp->lock);
	if (rq->sys->cpu_node[rq->cpu] != z->nid)
		atomic64_add(got, &z->numa_other);
	return got;
}

/**
 * sbd_alloc_bulk() - allocate many single frames
 * @sys:  the system
 * @cpu:  whose per-CPU lists
 * @gfp:  as for sbd_alloc()
 * @nr:	  how many
 * @pfns: filled
 *
 * __alloc_pages_bulk(): all from one zone's per-CPU list if the zone has so
 * many above its low mark, else a single one.
 * Context: as sbd_alloc().  Return: how many there were.
 */
unsigned int sbd_alloc_bulk(struct sbd_system *sys, int cpu, gfp_t gfp,
			    unsigned int nr, unsigned long *pfns)
{
	struct sbd_request rq;
	unsigned int got = 0;
	struct sbd_zone *z;

	if (!nr || !sbd_request_init(&rq, sys, cpu, sys->cpu_node[cpu], gfp, 0))
		return 0;
	/* the bulk API neither wakes kswapd nor avoids mixing types */
	rq.alloc_flags &= SBD_ALLOC_WMARK_MASK | SBD_ALLOC_CMA;
	z = nr > 1 ? bulk_zone(&rq, nr) : NULL;
	if (z)
		got = bulk_take(&rq, z, nr, pfns);
	if (!got) {
		pfns[0] = sbd_alloc(sys, cpu, gfp, 0);
		got = pfns[0] != SBD_PFN_NONE;
	}
	return got;
}
