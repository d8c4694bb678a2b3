// SPDX-License-Identifier: GPL-2.0
/* The entry points of the shadow allocator. */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "alloc.h"
#include "pcp.h"
#include "profile.h"
#include "slowpath.h"
#include "trace.h"
#include "watermark.h"
#include "zone.h"
#include "zonelist.h"

/* Everything but what fast_alloc() can do. */
static noinline unsigned long full_alloc(struct sbd_system *sys, int cpu,
					 int nid, gfp_t gfp, unsigned int order)
{
	unsigned long pfn = SBD_PFN_NONE;
	struct sbd_frame *f = NULL;
	struct sbd_request rq;

	if (likely(sbd_request_init(&rq, sys, cpu, nid, gfp, order))) {
		f = sbd_walk(&rq);
		if (unlikely(!f))
			f = sbd_slowpath(&rq);
	}
	if (likely(f))
		pfn = sbd_pfn(rq.zone, f);
	else
		atomic64_inc(&sys->fail[min(order, SBD_MAX_ORDER + 0U)]);
	trace_sbd_alloc(sys, f ? rq.zone : NULL, pfn, order, gfp, rq.mt,
			f ? rq.path : SBD_PATH_FAIL);
	return pfn;
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

/* Free past the per-CPU lists. */
static void free_direct(struct sbd_zone *z, int cpu, unsigned long pfn,
			unsigned int order, int mt)
{
	unsigned long flags;

	flags = sbd_zone_lock(z);
	z->served.free[order]++;
	z->event[SBD_EV_DIRECT_FREE]++;
	/* 6.1 read the type before the lock; isolation may have come since */
	if (z->prof->type_hygiene || z->nr_isolate || mt == SBD_ISOLATE)
		mt = sbd_block_type(z, pfn);
	if (unlikely(order > z->block_order && z->prof->type_hygiene))
		sbd_free_by_block(z, cpu, pfn, order, SBD_FPI_NONE);
	else
		sbd_free_block(z, cpu, pfn, order, mt, SBD_FPI_NONE);
	sbd_zone_unlock(z, flags);
}

/**
 * sbd_free() - give a block back
 * @sys:   the system
 * @cpu:   whose per-CPU lists
 * @pfn:   as sbd_alloc() returned it
 * @order: as it was asked for
 *
 * free_unref_page() and __free_pages_ok().  Reserved and CMA pageblocks' pages
 * go to the MOVABLE lists, isolated ones straight to the zone.
 * Context: as sbd_alloc().
 * Return: 0; -EINVAL, and nothing done, if that block is not allocated.
 */
int sbd_free(struct sbd_system *sys, int cpu, unsigned long pfn,
	     unsigned int order)
{
	struct sbd_zone *z = sbd_zone_of(sys, pfn);
	struct sbd_frame *f;
	int mt, list_mt;

	if (unlikely(!z))
		return -EINVAL;
	f = sbd_frame(z, pfn);
	if (unlikely(f->state != SBD_FRAME_USED || f->order != order))
		return -EINVAL;
	mt = sbd_block_type(z, pfn);
	trace_sbd_free(z, pfn, order, mt);
	f->flags = 0;
	f->mt = mt;
	list_mt = mt < SBD_PCPTYPES ? mt : SBD_MOVABLE;
	if (sbd_pcp_order(z, order) && mt != SBD_ISOLATE &&
	    !(mt == SBD_HIGHATOMIC && sbd_broken(sys, highatomic_pcp)) &&
	    likely(sbd_pcp_free(z, cpu, f, order, list_mt)))
		return 0;
	free_direct(z, cpu, pfn, order, mt);
	return 0;
}

/**
 * sbd_drain_all() - give all per-CPU pages back to their zones
 * @sys: the system
 *
 * drain_all_pages(): CPUs ascending, zones in order, done by the caller.
 * Context: process.
 */
void sbd_drain_all(struct sbd_system *sys)
{
	struct sbd_zone *z;
	int cpu, i;

	for (cpu = 0; cpu < sys->nr_cpus; cpu++)
		sbd_for_each_zone(sys, i, z)
			sbd_drain_zone(z, cpu);
}
