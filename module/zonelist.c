// SPDX-License-Identifier: GPL-2.0
/*
 * In which order a request tries zones, and the walk over them.
 *
 * Rules: semantics.md sections 6 and 7, held against 6.1.192 and 6.12.117.
 */
#include <linux/kernel.h>

#include "fallback.h"
#include "pcp.h"
#include "profile.h"
#include "trace.h"
#include "watermark.h"
#include "zonelist.h"

/**
 * sbd_gfp_zone() - the highest zone type that a request may use
 * @geo: which zone types the kernel knows
 * @gfp: the request's mask
 *
 * gfp_zone() of a 64-bit machine, where HIGHMEM alone is NORMAL.
 * Return: enum sbd_zone_type.
 */
int sbd_gfp_zone(const struct sbd_geometry *geo, gfp_t gfp)
{
	if (gfp & __GFP_DMA)
		return geo->zones & BIT(SBD_ZONE_DMA) ? SBD_ZONE_DMA :
							SBD_ZONE_NORMAL;
	if (gfp & __GFP_DMA32)
		return geo->zones & BIT(SBD_ZONE_DMA32) ? SBD_ZONE_DMA32 :
							  SBD_ZONE_NORMAL;
	if ((gfp & __GFP_MOVABLE) && (gfp & __GFP_HIGHMEM))
		return SBD_ZONE_MOVABLE;
	return SBD_ZONE_NORMAL;
}

/**
 * sbd_gfp_type() - the migratetype of a request
 * @sys: the system
 * @gfp: the request's mask
 *
 * Return: an ordinary type; -1 for the mask that is none.
 */
int sbd_gfp_type(const struct sbd_system *sys, gfp_t gfp)
{
	unsigned int mt = (__force unsigned int)gfp >> 3 & 3;

	if (mt >= SBD_PCPTYPES)
		return -1;
	return sys->grouped ? mt : SBD_UNMOVABLE;
}

/**
 * sbd_nofragment() - the flags that the first attempt takes from the gfp mask
 * @rq: the request
 *
 * alloc_flags_nofragment(): mixing types is put off while a lower zone could
 * serve instead, that is if NORMAL is preferred and DMA32 exists.
 * Return: SBD_ALLOC_KSWAPD and SBD_ALLOC_NOFRAGMENT as they apply.
 */
unsigned int sbd_nofragment(const struct sbd_request *rq)
{
	unsigned int flags = (__force unsigned int)(rq->gfp &
						    __GFP_KSWAPD_RECLAIM);
	const struct sbd_zone *z = rq->node->zonelist[rq->preferred];

	if (z->idx != SBD_ZONE_NORMAL ||
	    !(rq->sys->geo.zones & BIT(SBD_ZONE_DMA32)))
		return flags;
	if (rq->sys->nr_nodes > 1 &&
	    !rq->sys->nodes[z->nid].zones[SBD_ZONE_DMA32])
		return flags;
	return flags | SBD_ALLOC_NOFRAGMENT;
}

/* MOVABLE requests may use CMA pages. */
static unsigned int cma_flag(const struct sbd_request *rq)
{
	return rq->sys->geo.cma && rq->mt == SBD_MOVABLE ? SBD_ALLOC_CMA : 0;
}

/**
 * sbd_request_init() - work out where and how a request will look
 * @rq:	   filled
 * @sys:   the system
 * @cpu:   who asks, below sys->nr_cpus
 * @gfp:   the mask
 * @order: wanted
 *
 * prepare_alloc_pages() and the flags of the first attempt.
 * Return: false if no zone can ever serve it.
 */
bool sbd_request_init(struct sbd_request *rq, struct sbd_system *sys, int cpu,
		      gfp_t gfp, unsigned int order)
{
	struct sbd_node *node = &sys->nodes[sys->cpu_node[cpu]];

	rq->sys = sys;
	rq->node = node;
	rq->cpu = cpu;
	rq->gfp = gfp;
	rq->order = order;
	rq->zone = NULL;
	rq->path = SBD_PATH_FAIL;
	rq->highest = sbd_gfp_zone(&sys->geo, gfp);
	rq->mt = sbd_gfp_type(sys, gfp);
	for (rq->preferred = 0; rq->preferred < node->nr_zonelist; rq->preferred++)
		if (node->zonelist[rq->preferred]->idx <= rq->highest)
			break;
	if (rq->mt < 0 || order > SBD_MAX_ORDER ||
	    rq->preferred == node->nr_zonelist)
		return false;
	rq->alloc_flags = SBD_WMARK_LOW | cma_flag(rq) | sbd_nofragment(rq);
	return true;
}

/* 6.1: a MOVABLE request that may not use CMA pages must not get one. */
static bool shuns_pcp(const struct sbd_request *rq)
{
	return rq->sys->prof->cma_skips_pcp && rq->sys->geo.cma &&
	       rq->mt == SBD_MOVABLE && !(rq->alloc_flags & SBD_ALLOC_CMA);
}

static void wake_kswapd(const struct sbd_request *rq, struct sbd_zone *z)
{
	clear_bit(SBD_ZONE_BOOSTED, &z->flags);
	atomic64_inc(&z->sys->kswapd_wakes);
	if (z->sys->hooks.wake_kswapd)
		z->sys->hooks.wake_kswapd(z, 0, z->idx);
}

/* A boost since the last look wakes kswapd, if the request may (6.12). */
static void after_boost(const struct sbd_request *rq, struct sbd_zone *z)
{
	if ((z->prof->boost_wakes_always ||
	     (rq->alloc_flags & SBD_ALLOC_KSWAPD)) &&
	    unlikely(test_bit(SBD_ZONE_BOOSTED, &z->flags)))
		wake_kswapd(rq, z);
}

/* Which node's pages were wanted and which were got. */
static void note_place(const struct sbd_request *rq, struct sbd_zone *z)
{
	struct sbd_zone *wanted = rq->node->zonelist[rq->preferred];

	if (rq->sys->nr_nodes == 1)
		return;
	if (wanted->nid != z->nid) {
		atomic64_inc(&z->numa_miss);
		atomic64_inc(&wanted->numa_foreign);
	}
	if (rq->sys->cpu_node[rq->cpu] != z->nid)
		atomic64_inc(&z->numa_other);
}

/* rmqueue(): the per-CPU lists where they serve the order, else the zone. */
static struct sbd_frame *take_from(struct sbd_request *rq, struct sbd_zone *z)
{
	struct sbd_frame *f = NULL;

	rq->path = SBD_PATH_PCP;
	if (sbd_pcp_order(z, rq->order) && !shuns_pcp(rq))
		f = sbd_pcp_alloc(z, rq->cpu, rq->order, rq->mt, rq->alloc_flags);
	if (!f) {
		rq->path = SBD_PATH_DIRECT;
		f = sbd_rmqueue_direct(z, rq->cpu, rq->order, rq->mt,
				       rq->alloc_flags);
	}
	after_boost(rq, z);
	if (!f)
		return NULL;
	rq->zone = z;
	note_place(rq, z);
	if (unlikely(rq->alloc_flags & SBD_ALLOC_HIGHATOMIC))
		sbd_reserve_highatomic(z, rq->cpu, sbd_pfn(z, f), rq->order);
	return f;
}

static bool above(const struct sbd_request *rq, const struct sbd_zone *z,
		  enum sbd_wmark w)
{
	const struct sbd_wmark_check c = {
		.order = rq->order,
		.mark = sbd_wmark_pages(z, w),
		.highest = rq->highest,
		.alloc_flags = rq->alloc_flags,
		.gfp = rq->gfp,
	};
	bool ok = sbd_watermark_fast(z, &c);

	trace_sbd_watermark(z, c.order, c.mark, c.highest, c.alloc_flags, ok);
	return ok;
}

/*
 * Has the zone enough?  From 6.7 the high mark is asked first, and a miss is
 * remembered, so that frees keep the per-CPU lists short.
 */
static bool may_take(const struct sbd_request *rq, struct sbd_zone *z)
{
	if (z->prof->below_high && !test_bit(SBD_ZONE_BELOW_HIGH, &z->flags)) {
		if (above(rq, z, SBD_WMARK_HIGH))
			return true;
		set_bit(SBD_ZONE_BELOW_HIGH, &z->flags);
	}
	if (above(rq, z, rq->alloc_flags & SBD_ALLOC_WMARK_MASK))
		return true;
	return rq->alloc_flags & SBD_ALLOC_NO_WATERMARKS;
}

/* With several nodes, another node's pages are worse than mixed types. */
static bool leaves_node(const struct sbd_request *rq, const struct sbd_zone *z)
{
	return (rq->alloc_flags & SBD_ALLOC_NOFRAGMENT) &&
	       rq->sys->nr_nodes > 1 &&
	       z->nid != rq->node->zonelist[rq->preferred]->nid;
}

/* One pass; *again is set if the pass must begin anew without NOFRAGMENT. */
static struct sbd_frame *walk_once(struct sbd_request *rq, bool *again)
{
	struct sbd_frame *f;
	struct sbd_zone *z;
	int i;

	*again = rq->alloc_flags & SBD_ALLOC_NOFRAGMENT;
	for (i = rq->preferred; i < rq->node->nr_zonelist; i++) {
		z = rq->node->zonelist[i];
		if (z->idx > rq->highest)
			continue;
		if ((rq->gfp & __GFP_THISNODE) && z->nid != rq->node->nid)
			continue;
		if (leaves_node(rq, z))
			return NULL;
		if (!may_take(rq, z))
			continue;
		f = take_from(rq, z);
		if (f)
			return f;
	}
	return NULL;
}

/**
 * sbd_walk() - try the zones of a request's zonelist
 * @rq: the request; its zone and path are set on success
 *
 * get_page_from_freelist().  Context: any; takes pcp and zone locks.
 * Return: the block's head, USED; NULL if no zone had it to give.
 */
struct sbd_frame *sbd_walk(struct sbd_request *rq)
{
	unsigned int flags = rq->alloc_flags;
	struct sbd_frame *f;
	bool again;

	f = walk_once(rq, &again);
	if (!f && again) {
		rq->alloc_flags &= ~SBD_ALLOC_NOFRAGMENT;
		f = walk_once(rq, &again);
		rq->alloc_flags = flags;
	}
	return f;
}

/**
 * sbd_zonelist_build() - set each node's zonelist
 * @sys: the system, not in use
 *
 * Own node first, zones high to low; then the other nodes by number.
 */
void sbd_zonelist_build(struct sbd_system *sys)
{
	int nid, step, type;

	for (nid = 0; nid < sys->nr_nodes; nid++) {
		struct sbd_node *node = &sys->nodes[nid];

		node->nr_zonelist = 0;
		for (step = 0; step < sys->nr_nodes; step++) {
			struct sbd_node *from =
				&sys->nodes[(nid + step) % sys->nr_nodes];

			for (type = SBD_NR_ZONES - 1; type >= 0; type--)
				if (from->zones[type])
					node->zonelist[node->nr_zonelist++] =
						from->zones[type];
		}
	}
}
