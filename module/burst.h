/* SPDX-License-Identifier: GPL-2.0 */
/* Requests to the host's allocator while nobody else can reach it. */
#ifndef SBD_BURST_H
#define SBD_BURST_H

#include <linux/nodemask.h>

#include "clone.h"
#include "snapshot.h"

/* What may be asked of a stopped machine; see sbd_burst_gfp_allowed(). */
#define SBD_BURST_GFP							\
	(__GFP_DMA | __GFP_HIGHMEM | __GFP_DMA32 | __GFP_MOVABLE |	\
	 __GFP_RECLAIMABLE | __GFP_HIGH | SBD_GFP_ATOMIC_BIT |		\
	 __GFP_KSWAPD_RECLAIM | __GFP_MEMALLOC | __GFP_NOMEMALLOC |	\
	 __GFP_THISNODE | __GFP_COMP | __GFP_NOWARN | __GFP_NORETRY)

/**
 * struct sbd_live_op - one request, and the host's answer
 * @pfn:   what was got or given back; SBD_PFN_NONE if it was refused
 * @gfp:   mask of an allocation
 * @order: of the block
 * @nid:   whose zonelist
 * @free:  it was given back
 */
struct sbd_live_op {
	unsigned long pfn;
	u32 gfp;
	u8 order;
	u8 nid;
	bool free;
};

/**
 * struct sbd_held - a block that bursts have got and not given back
 * @pfn:   first frame
 * @order: as it was asked for
 */
struct sbd_held {
	unsigned long pfn;
	unsigned int order;
};

/**
 * struct sbd_burst_mix - what requests are drawn from
 * @order_min:	least order
 * @order_max:	greatest
 * @types:	mask of enum sbd_migratetype
 * @zones:	mask of enum sbd_zone_type: the highest that a request may use
 * @nodes:	mask of nodes asked
 * @gfp:	mask of all allocations, 0: drawn
 * @free_ratio:	percent of requests that give back
 * @low:	go down to what the watermarks refuse
 */
struct sbd_burst_mix {
	unsigned int order_min;
	unsigned int order_max;
	unsigned int types;
	unsigned int zones;
	unsigned int nodes;
	u32 gfp;
	unsigned int free_ratio;
	bool low;
};

/**
 * struct sbd_burst - one burst, and what stays from one to the next
 * @mix:	 what is asked for
 * @rng:	 see sbd_random()
 * @max_ops:	 requests at most
 * @pause_ns:	 how long the CPUs may be stopped
 * @state:	 read the state again at the end
 * @hold_pages:	 pages held at most
 * @clear_ns:	 what clearing a page takes, 0 if pages are not cleared
 * @held:	 blocks held, in no order
 * @nr_held:	 how many
 * @cap_held:	 room for them
 * @held_pages:	 pages in them
 * @before:	 the state at the start
 * @after:	 the state at the end, if @state
 * @ops:	 requests and answers, room for @max_ops and all frees at the end
 * @cap_ops:	 that room
 * @nr_ops:	 how many there were
 * @counted:	 pageblocks whose movable pages were counted
 * @cap_counted: room for them
 * @nr_counted:	 how many
 * @is_counted:	 by zone: a bit a pageblock
 * @favourite:	 the type that most requests are of
 * @down:	 with @mix.low: on the way down
 * @refused:	 with @mix.low: refusals since it turned
 * @until:	 sbd_live_clock() when no request may begin any more
 * @started:	 sbd_live_clock() at the start
 * @free_at_start: by zone: free pages
 * @used_ns:	 by order: what allocations took lately
 * @entry_ns:	 what a list entry of a snapshot took, all counted in
 * @pause:	 how long the CPUs were stopped, ns
 * @cpu:	 that worked
 * @err:	 0; what sbd_snap_take() said of @before; with @after, see @after_err
 * @after_err:	 what it said of @after
 */
struct sbd_burst {
	struct sbd_burst_mix mix;
	u64 rng;
	u32 max_ops;
	u64 pause_ns;
	bool state;
	unsigned long hold_pages;
	u64 clear_ns;

	struct sbd_held *held;
	u32 nr_held;
	u32 cap_held;
	unsigned long held_pages;

	struct sbd_snap before;
	struct sbd_snap after;
	struct sbd_live_op *ops;
	u32 cap_ops;
	u32 nr_ops;
	struct sbd_counted *counted;
	u32 cap_counted;
	u32 nr_counted;
	unsigned long *is_counted[SBD_SNAP_MAX_ZONES];
	int favourite;
	bool down;
	unsigned int refused;
	u64 until;
	u64 started;
	unsigned long free_at_start[SBD_SNAP_MAX_ZONES];
	u64 used_ns[SBD_NR_ORDERS];
	u64 entry_ns;
	u64 pause;
	int cpu;
	int err;
	int after_err;
};

bool sbd_burst_gfp_allowed(u32 gfp);
int sbd_burst_create(struct sbd_burst *b);
int sbd_burst_run(struct sbd_burst *b, int cpu);
void sbd_burst_give_back(struct sbd_burst *b);
void sbd_burst_destroy(struct sbd_burst *b);

#endif
