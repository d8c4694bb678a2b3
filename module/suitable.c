// SPDX-License-Identifier: GPL-2.0
/*
 * Would compaction help, and is it worth trying again?
 *
 * Rules: semantics.md section 8 (suitable, defer), held against 6.1.192 and
 * 6.12.117 (mm/compaction.c, fragmentation_index(), extfrag_for_order()).
 */
#include <linux/math64.h>
#include <linux/minmax.h>

#include "profile.h"
#include "reclaim.h"
#include "suitable.h"
#include "supply.h"
#include "trace.h"
#include "watermark.h"

#define MAX_DEFER_SHIFT	6	/* at most 64 compactions are put off */

/**
 * sbd_zone_fragindex() - why a request would fail in a zone
 * @z:	   the zone
 * @order: of the request
 *
 * fragmentation_index().  Context: any; without the zone lock what it sees may
 * be in motion.  Return: thousandths, from 0, for want of memory, to 1000, for
 * fragments; -1000 if there is a block.
 */
int sbd_zone_fragindex(const struct sbd_zone *z, unsigned int order)
{
	unsigned long nr_free[SBD_NR_ORDERS];

	sbd_zone_nr_free(z, nr_free);
	return sbd_fragindex(nr_free, order);
}

/**
 * sbd_zone_extfrag() - how much of a zone's free memory is in too small pieces
 * @z:	   the zone
 * @order: what is small
 *
 * extfrag_for_order().  Context: as sbd_zone_fragindex().
 * Return: percent of the free pages; 0 if none is free.
 */
unsigned int sbd_zone_extfrag(const struct sbd_zone *z, unsigned int order)
{
	unsigned long nr_free[SBD_NR_ORDERS];

	sbd_zone_nr_free(z, nr_free);
	return sbd_extfrag(nr_free, order);
}

/**
 * sbd_node_score() - how fragmented a node is
 * @sys: the system
 * @nid: the node
 *
 * fragmentation_score_node(): each zone's share of free memory in pieces
 * smaller than a huge page, weighted by its share of the node.  Context: any.
 * Return: 0 to 100.
 */
unsigned int sbd_node_score(const struct sbd_system *sys, int nid)
{
	const struct sbd_node *n = &sys->nodes[nid];
	unsigned long present = 0;
	unsigned int score = 0;
	int i;

	for (i = 0; i < SBD_NR_ZONES; i++)
		present += n->zones[i] ? n->zones[i]->present : 0;
	for (i = 0; i < SBD_NR_ZONES; i++)
		if (n->zones[i])
			score += div64_ul(n->zones[i]->present *
					  sbd_zone_extfrag(n->zones[i], SBD_HPAGE_ORDER),
					  present + 1);
	return score;
}

/**
 * sbd_node_score_mark() - the score at which proactive compaction begins or ends
 * @sys: the system
 * @low: where it ends
 *
 * fragmentation_score_wmark().  Return: 5 to 100.
 */
unsigned int sbd_node_score_mark(const struct sbd_system *sys, bool low)
{
	int mark = max(100 - READ_ONCE(sys->vm.compaction_proactiveness), 5);

	return low ? mark : min(mark + 10, 100);
}

/* The zone could serve the request as it is. */
static bool is_met(const struct sbd_zone *z, unsigned int order, int highest,
		   unsigned int alloc_flags)
{
	struct sbd_wmark_check c = {
		.order = order,
		.mark = sbd_wmark_pages(z, alloc_flags & SBD_ALLOC_WMARK_MASK),
		.highest = highest,
		.alloc_flags = alloc_flags,
	};

	return sbd_watermark_ok(z, &c);
}

/*
 * Single pages to move to, twice what the request takes: the old and the new
 * place of each page count at once.  CMA pages will do.
 */
static bool has_room(const struct sbd_zone *z, unsigned int order, int highest,
		     unsigned long free)
{
	struct sbd_wmark_check c = {
		.highest = highest,
		.alloc_flags = SBD_ALLOC_CMA,
	};

	c.mark = sbd_wmark_pages(z, order > SBD_COSTLY_ORDER ? SBD_WMARK_LOW :
							       SBD_WMARK_MIN);
	c.mark += 2UL << order;
	return sbd_watermark_ok_free(z, &c, free);
}

/**
 * sbd_compact_suitable() - shall a zone be compacted for a request
 * @z:		 the zone
 * @order:	 of the request, at least 1
 * @highest:	 highest zone type that the request could use
 * @alloc_flags: SBD_ALLOC_* of the request; only the mark's for a daemon
 *
 * compaction_suit_allocation_order(); in 6.1 compaction_suitable(), which
 * comes to the same.  Context: any.
 * Return: SUCCESS, there is a block already; SKIPPED, there is too little to
 * move pages to, or a costly order lacks memory, not order; CONTINUE, yes.
 */
enum sbd_compact_result sbd_compact_suitable(struct sbd_zone *z,
					     unsigned int order, int highest,
					     unsigned int alloc_flags)
{
	int index;

	if (is_met(z, order, highest, alloc_flags))
		return SBD_COMPACT_SUCCESS;
	if (!has_room(z, order, highest, sbd_zone_stat(z, SBD_NR_FREE_PAGES)))
		return SBD_COMPACT_SKIPPED;
	if (order <= SBD_COSTLY_ORDER)
		return SBD_COMPACT_CONTINUE;
	index = sbd_zone_fragindex(z, order);
	if (index >= 0 && index <= READ_ONCE(z->sys->vm.extfrag_threshold))
		return SBD_COMPACT_SKIPPED;
	return SBD_COMPACT_CONTINUE;
}

/* With a share of what could be reclaimed, would there be room? */
static bool would_have_room(struct sbd_zone *z, const struct sbd_request *rq,
			    unsigned int alloc_flags)
{
	unsigned long free = sbd_stat_exact(z, SBD_NR_FREE_PAGES);

	if (z->prof->suitable_unmet &&
	    is_met(z, rq->order, rq->highest, alloc_flags))
		return false;
	if (z->sys->own)
		free += sbd_reclaimable(z->sys->own, z) / rq->order;
	return has_room(z, rq->order, rq->highest, free);
}

/**
 * sbd_compact_zonelist_suitable() - may some zone become fit for compaction
 * @rq:		 the request, of order 1 or more
 * @alloc_flags: SBD_ALLOC_* (6.1 asks whether a zone would do as it is)
 *
 * compaction_zonelist_suitable(): of what could be reclaimed, only 1/order is
 * counted on.  Context: process.  Return: it is worth reclaiming and trying
 * again.
 */
bool sbd_compact_zonelist_suitable(const struct sbd_request *rq,
				   unsigned int alloc_flags)
{
	struct sbd_zone *z;
	int i;

	if (!rq->order)
		return false;
	for (i = rq->preferred; i < rq->node->nr_zonelist; i++) {
		z = rq->node->zonelist[i];
		if (z->idx > rq->highest || !(rq->nodes & BIT(z->nid)))
			continue;
		if (would_have_room(z, rq, alloc_flags))
			return true;
	}
	return false;
}

/**
 * sbd_compact_defer() - a compaction came to nothing: put more of them off
 * @z:	   the zone
 * @order: that it was for
 *
 * defer_compaction().  Context: any.
 */
void sbd_compact_defer(struct sbd_zone *z, unsigned int order)
{
	struct sbd_compaction *c = &z->compact;

	c->considered = 0;
	c->defer_shift = min(c->defer_shift + 1, MAX_DEFER_SHIFT + 0U);
	c->order_failed = min_t(int, c->order_failed, order);
	trace_sbd_defer(z, order, SBD_DEFER_FAILED);
}

/**
 * sbd_compact_deferred() - is a compaction to be put off
 * @z:	   the zone
 * @order: that it would be for
 *
 * compaction_deferred(); each call counts.  Context: any.  Return: yes or no.
 */
bool sbd_compact_deferred(struct sbd_zone *z, unsigned int order)
{
	struct sbd_compaction *c = &z->compact;
	unsigned int limit = 1U << c->defer_shift;

	if ((int)order < c->order_failed)
		return false;
	if (++c->considered >= limit) {
		c->considered = limit;
		return false;
	}
	trace_sbd_defer(z, order, SBD_DEFER_PUT_OFF);
	return true;
}

/**
 * sbd_compact_defer_reset() - a compaction was not in vain
 * @z:	     the zone
 * @order:   that it was for
 * @success: the request got its block; false: it is expected to
 *
 * compaction_defer_reset().  Context: any.
 */
void sbd_compact_defer_reset(struct sbd_zone *z, unsigned int order, bool success)
{
	struct sbd_compaction *c = &z->compact;

	if (success) {
		c->considered = 0;
		c->defer_shift = 0;
	}
	c->order_failed = max(c->order_failed, (int)order + 1);
	trace_sbd_defer(z, order, SBD_DEFER_RESET);
}

/**
 * sbd_compact_restarting() - were so many put off that one begins anew
 * @z:	   the zone
 * @order: that it is for; -1: all
 *
 * compaction_restarting().  Context: any.  Return: yes or no.
 */
bool sbd_compact_restarting(const struct sbd_zone *z, int order)
{
	const struct sbd_compaction *c = &z->compact;

	return order >= c->order_failed && c->defer_shift == MAX_DEFER_SHIFT &&
	       c->considered >= 1U << c->defer_shift;
}
