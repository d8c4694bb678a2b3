/* SPDX-License-Identifier: GPL-2.0 */
/* In which order a request tries zones, and the walk over them. */
#ifndef SBD_ZONELIST_H
#define SBD_ZONELIST_H

#include "rules.h"
#include "sbd.h"

/**
 * struct sbd_request - one request on its way
 * @sys:	 the system
 * @node:	 whose zonelist
 * @preferred:	 index of the first zone that will do
 * @cpu:	 who asks
 * @gfp:	 as given
 * @order:	 wanted
 * @mt:		 an ordinary type, from @gfp
 * @highest:	 highest zone type that will do, from @gfp
 * @alloc_flags: SBD_ALLOC_*
 * @nodes:	 mask of nodes that will do, whatever @alloc_flags say; within
 *		 sbd_request_reach()
 * @task:	 who asks, NULL: nobody in particular; its cpuset holds while
 *		 @alloc_flags have SBD_ALLOC_CPUSET
 * @spread_dirty: leave nodes out that have their share of dirty pages
 * @interleaved: its node was chosen by turns
 * @zone:	 out: the zone that served it
 * @path:	 out: enum sbd_path
 */
struct sbd_request {
	struct sbd_system *sys;
	struct sbd_node *node;
	int preferred;
	int cpu;
	gfp_t gfp;
	unsigned int order;
	int mt;
	int highest;
	unsigned int alloc_flags;
	u8 nodes;
	bool spread_dirty;
	bool interleaved;
	struct sbd_task *task;
	struct sbd_zone *zone;
	int path;
};

/* Nodes that are farther apart do not reclaim for each other. */
#define SBD_RECLAIM_DISTANCE	30
#define SBD_ALL_NODES		0xff

extern const char * const sbd_zonelist_orders[];

int sbd_gfp_zone(const struct sbd_geometry *geo, gfp_t gfp);
struct sbd_frame *sbd_walk(struct sbd_request *rq);
void sbd_zonelist_build(struct sbd_system *sys);
void sbd_zonelist_index(struct sbd_system *sys);

/**
 * sbd_gfp_type() - the migratetype of a request
 * @sys: the system
 * @gfp: the request's mask
 *
 * Return: an ordinary type; SBD_PCPTYPES for the mask that is none.
 */
static inline int sbd_gfp_type(const struct sbd_system *sys, gfp_t gfp)
{
	unsigned int mt = (__force unsigned int)gfp >> 3 & 3;

	return sys->grouped || mt == SBD_PCPTYPES ? mt : SBD_UNMOVABLE;
}

/**
 * sbd_fast_flags() - the flags of the first attempt
 * @rq: the request, its zones and type known
 *
 * alloc_flags_nofragment() and the CMA flag: mixing types is put off while a
 * lower zone could serve instead.  Return: SBD_ALLOC_*.
 */
static inline unsigned int sbd_fast_flags(const struct sbd_request *rq)
{
	unsigned int flags = SBD_WMARK_LOW;

	flags |= (__force unsigned int)(rq->gfp & __GFP_KSWAPD_RECLAIM);
	if (rq->node->zonelist[rq->preferred]->nofragment)
		flags |= SBD_ALLOC_NOFRAGMENT;
	if (rq->sys->geo.cma && rq->mt == SBD_MOVABLE)
		flags |= SBD_ALLOC_CMA;
	return flags;
}

/* The nodes that a request may look at, whoever asks (ZONELIST_NOFALLBACK). */
static inline u8 sbd_request_reach(const struct sbd_request *rq)
{
	return (rq->gfp & __GFP_THISNODE) && !sbd_broken(rq->sys, thisnode) ?
	       BIT(rq->node->nid) : SBD_ALL_NODES;
}

/**
 * sbd_request_prefer() - find the first zone that will do
 * @rq: the request; its node, highest type and mask of nodes are set
 *
 * first_zones_zonelist(), for whoever has changed the mask.
 * Context: any.
 * Return: false if there is none; @rq->preferred is then past the last zone.
 */
static inline bool sbd_request_prefer(struct sbd_request *rq)
{
	const struct sbd_node *node = rq->node;
	int i = node->first[rq->highest];

	while (i < node->nr_zonelist &&
	       (node->zonelist[i]->idx > rq->highest ||
		!(rq->nodes & BIT(node->zonelist[i]->nid))))
		i++;
	rq->preferred = i;
	return i < node->nr_zonelist;
}

/**
 * sbd_request_init() - work out where and how a request will look
 * @rq:	   filled
 * @sys:   the system
 * @cpu:   who asks, below sys->nr_cpus
 * @nid:   whose zonelist; a node in use
 * @gfp:   the mask
 * @order: wanted
 *
 * prepare_alloc_pages() and the flags of the first attempt.
 * Return: false if no zone can ever serve it.
 */
static inline bool sbd_request_init(struct sbd_request *rq,
				    struct sbd_system *sys, int cpu, int nid,
				    gfp_t gfp, unsigned int order)
{
	rq->sys = sys;
	rq->node = &sys->nodes[nid];
	rq->cpu = cpu;
	rq->gfp = gfp;
	rq->order = order;
	rq->nodes = sbd_request_reach(rq);
	rq->spread_dirty = false;
	rq->interleaved = false;
	rq->task = NULL;
	rq->highest = sys->gfp_zone[(__force unsigned int)gfp & 15];
	rq->mt = sbd_gfp_type(sys, gfp);
	rq->preferred = rq->node->first[rq->highest];
	if (unlikely(rq->nodes != SBD_ALL_NODES))
		sbd_request_prefer(rq);
	if (unlikely(rq->mt == SBD_PCPTYPES || order > SBD_MAX_ORDER ||
		     rq->preferred == rq->node->nr_zonelist))
		return false;
	rq->alloc_flags = sbd_fast_flags(rq);
	return true;
}

#endif
