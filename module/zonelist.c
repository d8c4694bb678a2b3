// SPDX-License-Identifier: GPL-2.0
/*
 * In which order a request tries zones, and the walk over them.
 *
 * Rules: semantics.md sections 6 and 7, held against 6.1.192 and 6.12.117.
 */
#include <linux/kernel.h>
#include <linux/string.h>

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

/* 6.1: a MOVABLE request that may not use CMA pages must not get one. */
static __always_inline bool shuns_pcp(const struct sbd_request *rq)
{
	return rq->sys->prof->cma_skips_pcp && rq->sys->geo.cma &&
	       !sbd_broken(rq->sys, cma_skips_pcp) &&
	       rq->mt == SBD_MOVABLE && !(rq->alloc_flags & SBD_ALLOC_CMA);
}

static void wake_kswapd(struct sbd_zone *z)
{
	clear_bit(SBD_ZONE_BOOSTED, &z->flags);
	atomic64_inc(&z->sys->kswapd_wakes);
	if (z->sys->hooks.wake_kswapd)
		z->sys->hooks.wake_kswapd(z, 0, z->idx);
}

/* A boost since the last look wakes kswapd, if the request may (6.12). */
static __always_inline void after_boost(const struct sbd_request *rq, struct sbd_zone *z)
{
	if (unlikely(test_bit(SBD_ZONE_BOOSTED, &z->flags)) &&
	    !sbd_broken(z->sys, boost_wake) &&
	    (z->prof->boost_wakes_always ||
	     (rq->alloc_flags & SBD_ALLOC_KSWAPD)))
		wake_kswapd(z);
}

/* Which node's pages were wanted and which were got. */
static void note_place(const struct sbd_request *rq, struct sbd_zone *z)
{
	struct sbd_zone *wanted = rq->node->zonelist[rq->preferred];

	if (wanted->nid != z->nid) {
		atomic64_inc(&z->numa_miss);
		atomic64_inc(&wanted->numa_foreign);
	}
	if (rq->sys->cpu_node[rq->cpu] != z->nid)
		atomic64_inc(&z->numa_other);
}

/* rmqueue(): the per-CPU lists where they serve the order, else the zone. */
static __always_inline struct sbd_frame *take_from(struct sbd_request *rq,
						   struct sbd_zone *z)
{
	struct sbd_frame *f = NULL;

	rq->path = SBD_PATH_PCP;
	if (sbd_pcp_order(z, rq->order) && likely(!shuns_pcp(rq)))
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
	if (unlikely(rq->sys->several_nodes))
		note_place(rq, z);
	if (unlikely(rq->alloc_flags & SBD_ALLOC_HIGHATOMIC))
		sbd_reserve_highatomic(z, rq->cpu, sbd_pfn(z, f), rq->order);
	return f;
}

/*
 * zone_watermark_fast(): order 0 is answered from the folded counter alone
 * where that suffices, before anything else is worked out.
 */
static __always_inline bool above(const struct sbd_request *rq,
				  const struct sbd_zone *z, enum sbd_wmark w)
{
	unsigned long mark = sbd_wmark_pages(z, w);
	long free = sbd_zone_stat(z, SBD_NR_FREE_PAGES);
	bool ok;

	ok = (!rq->order && sbd_order0_ok(z, mark, rq->highest,
					  rq->alloc_flags, free)) ||
	     sbd_watermark_fast_slow(z, &(const struct sbd_wmark_check) {
			.order = rq->order,
			.mark = mark,
			.highest = rq->highest,
			.alloc_flags = rq->alloc_flags,
			.gfp = rq->gfp,
		}, free);
	trace_sbd_watermark(z, rq->order, mark, rq->highest, rq->alloc_flags, ok);
	return ok;
}

/*
 * Has the zone enough?  From 6.7 the high mark is asked first, and a miss is
 * remembered, so that frees keep the per-CPU lists short.
 */
static __always_inline bool may_take(const struct sbd_request *rq,
				     struct sbd_zone *z)
{
	if (z->prof->below_high && !test_bit(SBD_ZONE_BELOW_HIGH, &z->flags)) {
		if (likely(above(rq, z, SBD_WMARK_HIGH)))
			return true;
		if (!sbd_broken(z->sys, below_high))
			set_bit(SBD_ZONE_BELOW_HIGH, &z->flags);
	}
	if (above(rq, z, rq->alloc_flags & SBD_ALLOC_WMARK_MASK))
		return true;
	return (rq->alloc_flags & SBD_ALLOC_NO_WATERMARKS) &&
	       !sbd_broken(z->sys, no_watermarks);
}

/* More is asked than that a zone is of the right type. */
static __always_inline bool choosy(const struct sbd_request *rq)
{
	return rq->nodes != SBD_ALL_NODES || rq->spread_dirty || rq->task ||
	       (rq->gfp & __GFP_THISNODE);
}

/*
 * The task's cpuset does not have the node.  Interrupts have none, and who is
 * about to die may take from anywhere; who asks for the kernel itself is held by
 * the nearest cpuset with walls of its own only, which is the root
 * (cpuset_node_allowed()).
 */
static bool cpuset_denies(const struct sbd_request *rq, int nid)
{
	const struct sbd_task *t = rq->task;

	return t && t->allowed && (rq->alloc_flags & SBD_ALLOC_CPUSET) &&
	       (rq->gfp & __GFP_HARDWALL) && !(t->allowed & BIT(nid)) &&
	       !(t->flags & (SBD_TASK_IRQ | SBD_TASK_VICTIM)) &&
	       !READ_ONCE(t->die);
}

/**
 * struct spread - what a walk knows of dirty pages
 * @nid: node that was last asked about, -1: none
 * @ok:	 it may take one more
 */
struct spread {
	int nid;
	bool ok;
};

/* A node has its share of dirty pages.  Each is asked once in a row. */
static bool too_dirty(const struct sbd_request *rq, int nid, struct spread *s)
{
	if (!rq->spread_dirty || !rq->sys->hooks.dirty_ok)
		return false;
	if (s->nid != nid) {
		s->nid = nid;
		s->ok = rq->sys->hooks.dirty_ok(rq->sys, nid);
	}
	return !s->ok;
}

/* A zone of the right type is still not for this request. */
static noinline bool unwanted(const struct sbd_request *rq,
			      const struct sbd_zone *z, struct spread *s)
{
	if ((rq->gfp & __GFP_THISNODE) && !sbd_broken(z->sys, thisnode) &&
	    z->nid != rq->node->nid)
		return true;
	return !(rq->nodes & BIT(z->nid)) || cpuset_denies(rq, z->nid) ||
	       too_dirty(rq, z->nid, s);
}

/*
 * With zone_reclaim_mode, a zone that has too little may be worth another look
 * after its node reclaimed, if that is near enough.
 */
static bool after_reclaim(struct sbd_request *rq, struct sbd_zone *z)
{
	const struct sbd_zone *wanted = rq->node->zonelist[rq->preferred];
	struct sbd_system *sys = rq->sys;
	struct sbd_wmark_check c = {
		.order = rq->order,
		.highest = rq->highest,
		.alloc_flags = rq->alloc_flags,
		.gfp = rq->gfp,
	};
	bool ok;

	if (sys->nodes[wanted->nid].distance[z->nid] > SBD_RECLAIM_DISTANCE ||
	    !sys->hooks.node_reclaim)
		return false;
	c.mark = sbd_wmark_pages(z, rq->alloc_flags & SBD_ALLOC_WMARK_MASK);
	if (!sys->hooks.node_reclaim(rq, z))
		return false;
	ok = sbd_watermark_ok(z, &c);
	trace_sbd_watermark(z, rq->order, c.mark, rq->highest, rq->alloc_flags, ok);
	return ok;
}

/* The zone has too little: note it, and see whether that can be changed. */
static bool short_of(struct sbd_request *rq, struct sbd_zone *z)
{
	const int any = SBD_RECLAIM_ZONE | SBD_RECLAIM_WRITE | SBD_RECLAIM_UNMAP;

	atomic64_inc(&z->below_mark);
	return !(READ_ONCE(rq->sys->vm.zone_reclaim_mode) & any) ||
	       !after_reclaim(rq, z);
}

/* With several nodes, another node's pages are worse than mixed types. */
static __always_inline bool leaves_node(const struct sbd_request *rq,
					const struct sbd_zone *z)
{
	return (rq->alloc_flags & SBD_ALLOC_NOFRAGMENT) &&
	       rq->sys->several_nodes &&
	       z->nid != rq->node->zonelist[rq->preferred]->nid;
}

/* Built twice: most requests are not choosy, and pay for no question. */
static __always_inline struct sbd_frame *walk(struct sbd_request *rq, bool some)
{
	unsigned int flags = rq->alloc_flags;
	struct spread dirty = { .nid = -1 };
	struct sbd_frame *f;
	struct sbd_zone *z;
	int i;

again:
	for (i = rq->preferred; i < rq->node->nr_zonelist; i++) {
		z = rq->node->zonelist[i];
		if (z->idx > rq->highest)
			continue;
		if (some && unwanted(rq, z, &dirty))
			continue;
		if (leaves_node(rq, z))
			break;
		if (!may_take(rq, z) && short_of(rq, z))
			continue;
		f = take_from(rq, z);
		if (likely(f))
			return f;
	}
	if (rq->alloc_flags & SBD_ALLOC_NOFRAGMENT) {
		rq->alloc_flags &= ~SBD_ALLOC_NOFRAGMENT;
		goto again;
	}
	rq->alloc_flags = flags;
	return NULL;
}

static noinline struct sbd_frame *choosy_walk(struct sbd_request *rq)
{
	return walk(rq, true);
}

/**
 * sbd_walk() - try the zones of a request's zonelist
 * @rq: the request; its zone and path are set on success
 *
 * get_page_from_freelist(): a pass that must not mix types is followed by one
 * that may.  Context: any; takes pcp and zone locks, and calls hooks with none.
 * Return: the block's head, USED; NULL if no zone had it to give.
 */
struct sbd_frame *sbd_walk(struct sbd_request *rq)
{
	return unlikely(choosy(rq)) ? choosy_walk(rq) : walk(rq, false);
}

/* alloc_flags_nofragment(): NORMAL is preferred and DMA32 exists. */
static bool avoids_mixing(const struct sbd_system *sys,
			  const struct sbd_zone *z)
{
	if (z->idx != SBD_ZONE_NORMAL || !(sys->geo.zones & BIT(SBD_ZONE_DMA32)))
		return false;
	return !sys->several_nodes || sys->nodes[z->nid].zones[SBD_ZONE_DMA32];
}

/*
 * What requests look up: the first entry for each highest zone type.  Behind the
 * last entry is a NULL, at which such an index may point.
 */
static void index_zonelist(struct sbd_node *node)
{
	int type, i;

	for (i = node->nr_zonelist; i < ARRAY_SIZE(node->zonelist); i++)
		node->zonelist[i] = NULL;

	for (type = 0; type < SBD_NR_ZONES; type++) {
		for (i = 0; i < node->nr_zonelist; i++)
			if (node->zonelist[i]->idx <= type)
				break;
		node->first[type] = i;
	}
}

/* ---- the order of nodes ------------------------------------------------------- */

#define LOAD_WEIGHT	1024	/* a load never outweighs a distance */

const char * const sbd_zonelist_orders[] = {
	[SBD_ZONELIST_NODE] = "node",
	[SBD_ZONELIST_ZONE] = "zone",
	NULL
};

static unsigned long memory_of(const struct sbd_node *node, int highest)
{
	unsigned long pages = 0;
	int type;

	for (type = 0; type <= highest; type++)
		if (node->zones[type])
			pages += node->zones[type]->present;
	return pages;
}

/* Which nodes have what; the zone below which policies do not hold. */
static void note_states(struct sbd_system *sys)
{
	const struct sbd_zone *z;
	int nid, i;

	memset(sys->node_state, 0, sizeof(sys->node_state));
	for (nid = 0; nid < sys->nr_nodes; nid++) {
		sys->node_state[SBD_NODE_ONLINE] |= BIT(nid);
		if (sys->nodes[nid].cpus)
			sys->node_state[SBD_NODE_CPU] |= BIT(nid);
		if (memory_of(&sys->nodes[nid], SBD_ZONE_MOVABLE))
			sys->node_state[SBD_NODE_MEMORY] |= BIT(nid);
		if (memory_of(&sys->nodes[nid], SBD_ZONE_NORMAL))
			sys->node_state[SBD_NODE_NORMAL_MEMORY] |= BIT(nid);
	}
	sys->policy_zone = 0;
	sbd_for_each_zone(sys, i, z)
		if (z->idx < SBD_ZONE_MOVABLE)
			sys->policy_zone = max(sys->policy_zone, z->idx);
}

/*
 * The nearest node that is not in @used.  Of two equally near ones the one
 * without CPUs, that comes next by number, that fewer other nodes begin with.
 */
static int nearest_node(const struct sbd_system *sys, int nid, u8 used,
			const u8 *load)
{
	u8 left = sys->node_state[SBD_NODE_MEMORY] & ~used;
	int n, cost, best = -1, least = INT_MAX;

	for (n = 0; n < sys->nr_nodes; n++) {
		if (!(left & BIT(n)))
			continue;
		cost = sys->nodes[nid].distance[n] + (n < nid) +
		       (sys->nodes[n].cpus > 0);
		cost = cost * LOAD_WEIGHT + load[n];
		if (cost < least) {
			least = cost;
			best = n;
		}
	}
	return best;
}

/* A node itself comes first, if it has memory (or, to 6.1, in any case). */
static int following_node(const struct sbd_system *sys, int nid, u8 used,
			  const u8 *load)
{
	if (!(used & BIT(nid)) && (!sys->prof->zonelist_skips_empty ||
				   sys->node_state[SBD_NODE_MEMORY] & BIT(nid)))
		return nid;
	return nearest_node(sys, nid, used, load);
}

/* The first node of each distance gets a load.  Return: entries of @order. */
static int order_nodes(const struct sbd_system *sys, int nid, u8 *load,
		       u8 *order)
{
	const u8 *distance = sys->nodes[nid].distance;
	int node, prev = nid, n = 0;
	u8 used = 0;

	while ((node = following_node(sys, nid, used, load)) >= 0) {
		if (distance[node] != distance[prev])
			load[node]++;
		used |= BIT(node);
		order[n++] = node;
		prev = node;
	}
	return n;
}

static void add_zone(struct sbd_node *node, struct sbd_zone *z)
{
	if (z)
		node->zonelist[node->nr_zonelist++] = z;
}

static void build_node(struct sbd_system *sys, struct sbd_node *node, u8 *load)
{
	u8 order[SBD_MAX_NODES];
	int n = order_nodes(sys, node->nid, load, order), i, type;

	node->nr_zonelist = 0;
	if (sys->vm.numa_zonelist_order == SBD_ZONELIST_ZONE) {
		for (type = SBD_NR_ZONES - 1; type >= 0; type--)
			for (i = 0; i < n; i++)
				add_zone(node, sys->nodes[order[i]].zones[type]);
		return;
	}
	for (i = 0; i < n; i++)
		for (type = SBD_NR_ZONES - 1; type >= 0; type--)
			add_zone(node, sys->nodes[order[i]].zones[type]);
}

/**
 * sbd_zonelist_build() - set each node's zonelist, and what is derived from it
 * @sys: the system, not in use
 *
 * Nodes as find_next_best_node() and build_zonelists() of the profile's kernel
 * take them, by distance, CPUs and number; zones high to low.  A distance of
 * 255, unreachable, is one as others are.  With the order "zone", which kernels
 * had up to 4.13, all nodes' zones of a type come before those of the next lower.
 * Context: process; nobody may be walking.
 */
void sbd_zonelist_build(struct sbd_system *sys)
{
	u8 load[SBD_MAX_NODES] = { };
	int nid;

	note_states(sys);
	for (nid = 0; nid < sys->nr_nodes; nid++)
		build_node(sys, &sys->nodes[nid], load);
	sbd_zonelist_index(sys);
}

/**
 * sbd_zonelist_index() - set what is derived from the nodes' zonelists
 * @sys: the system, not in use; its zonelists are there
 */
void sbd_zonelist_index(struct sbd_system *sys)
{
	struct sbd_zone *z;
	int nid, i;

	note_states(sys);
	for (nid = 0; nid < sys->nr_nodes; nid++)
		index_zonelist(&sys->nodes[nid]);
	sbd_for_each_zone(sys, i, z)
		z->nofragment = avoids_mixing(sys, z);
	for (i = 0; i < ARRAY_SIZE(sys->gfp_zone); i++)
		sys->gfp_zone[i] = sbd_gfp_zone(&sys->geo, (__force gfp_t)i);
}
