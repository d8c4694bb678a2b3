/* SPDX-License-Identifier: GPL-2.0 */
/* What a kernel version does: the only place that says so. */
#ifndef SBD_PROFILE_H
#define SBD_PROFILE_H

#include "sbd.h"

/**
 * enum sbd_fallback_rule - what happens when a type's own lists are empty
 * @SBD_FALLBACK_MOVE:	steal the largest block (smallest for a MOVABLE request
 *			that may not take all), moving pages to the wanted
 *			type's lists, then retry.  To 6.9.
 * @SBD_FALLBACK_TAKE:	the same choice of block, but a single page is split
 *			onto its own type's lists.  6.10 to 6.12.28.
 * @SBD_FALLBACK_CLAIM: claim a whole pageblock, largest first; only if none
 *			can be had, steal the smallest.  6.15, 6.12.29.
 */
enum sbd_fallback_rule {
	SBD_FALLBACK_MOVE,
	SBD_FALLBACK_TAKE,
	SBD_FALLBACK_CLAIM,
};

/**
 * struct sbd_profile - one kernel's behaviour
 * @name:		as given, e.g. "6.12" or "6.12.28"
 * @major:		of the kernel modelled
 * @minor:		likewise
 * @sublevel:		likewise
 * @fallback:		which rule serves a request from other types
 * @type_hygiene:	a free block's list always agrees with its pageblock;
 *			the type is read under the zone lock, each list edit
 *			accounts, blocks above pageblock order are freed by the
 *			pageblock (6.10, "freelist migratetype hygiene")
 * @merge_rewrites_all:	a merge gives all pageblocks of the buddy the new type,
 *			not only the first (6.12.69)
 * @pcp_autotune:	pcp->high moves between high_min and high_max, refills
 *			grow, frees follow free_count (6.7)
 * @below_high:		ZONE_BELOW_HIGH is kept (6.7)
 * @decay_batched:	decay_pcp_high() drains in batches (6.12.69)
 * @drain_counts:	expire countdown counts as work for the worker (6.12)
 * @highatomic_free:	only free HIGHATOMIC pages are withheld from ordinary
 *			requests, not all reserved ones (6.12)
 * @highatomic_floor:	no reserve if 1 % of the zone is below a pageblock (6.12)
 * @highatomic_order:	a reserve or unreserve counts the block's own order (6.12)
 * @highatomic_needs_high: ALLOC_HIGHATOMIC only with __GFP_HIGH (6.12.57, 6.1.158)
 * @unboosted_by_reserve: an order-0 request ignores the boost by
 *			ALLOC_MIN_RESERVE, not by __GFP_ATOMIC (6.4)
 * @movable_min_small:	ZONE_MOVABLE's min mark is small, and it does not count
 *			as lowmem (6.10)
 * @boost_wakes_always:	ZONE_BOOSTED is tested whatever the request (to 6.9)
 * @zoneinfo_promo:	/proc/zoneinfo shows the promo mark (6.12)
 * @cma_skips_pcp:	MOVABLE requests without ALLOC_CMA go past the
 *			per-CPU lists (to 6.4)
 * @lru_batch:		pages in a CPU's batch before the LRU lists: 15, from 6.11
 *			31 (PAGEVEC_SIZE)
 * @compact_orders:	compaction keeps its targets by order and splits them as
 *			needed (6.9); before, all are single pages
 * @counts_node_reclaim: vmstat has zone_reclaim_success, beside the failures that
 *			all have (6.12)
 * @cost_of_rotation:	pages that reclaim looked at in vain count in the balance of
 *			anonymous and file pages (6.2)
 * @compact_finish:	a pageblock where a migration failed is scanned to its end and
 *			then left out (6.3); before, an async direct compaction
 *			goes on behind the block of the wanted order, and a
 *			search of the free lists sets the skip bit itself
 * @compact_nofs:	who may not enter a filesystem may isolate eight times as
 *			many pages as others (6.5)
 * @compact_cpuset:	zones that the task's cpuset forbids are left out (6.9)
 * @capture_movable:	a MOVABLE request captures from MOVABLE pageblocks (6.10)
 * @capture_early:	a compaction that isolated pages looks for a captured block
 *			before it drains, others do not (by 6.12)
 * @suitable_unmet:	a zone that could serve the request as it is does not
 *			speak for another try (to 6.4)
 * @weighted_interleave: MPOL_WEIGHTED_INTERLEAVE (6.9)
 * @zonelist_skips_empty: a node without memory is not in its own zonelist's
 *			node order (6.12)
 */
struct sbd_profile {
	char name[16];
	u16 major, minor, sublevel;
	enum sbd_fallback_rule fallback;
	bool type_hygiene;
	bool merge_rewrites_all;
	bool pcp_autotune;
	bool below_high;
	bool decay_batched;
	bool drain_counts;
	bool highatomic_free;
	bool highatomic_floor;
	bool highatomic_order;
	bool highatomic_needs_high;
	bool unboosted_by_reserve;
	bool movable_min_small;
	bool boost_wakes_always;
	bool cma_skips_pcp;
	bool zoneinfo_promo;
	u8 lru_batch;
	bool compact_orders;
	bool counts_node_reclaim;
	bool cost_of_rotation;
	bool compact_finish;
	bool compact_nofs;
	bool compact_cpuset;
	bool capture_movable;
	bool capture_early;
	bool suitable_unmet;
	bool weighted_interleave;
	bool zonelist_skips_empty;
};

int sbd_profile_parse(const char *name, struct sbd_profile *prof);
const char *sbd_profile_known(void);

#endif
