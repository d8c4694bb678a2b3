/* SPDX-License-Identifier: GPL-2.0 */
/* The state of the host's allocator at one instant, all of it that decides. */
#ifndef SBD_SNAPSHOT_H
#define SBD_SNAPSHOT_H

#include "compat.h"
#include "sbd.h"
#include "topology.h"

#define SBD_SNAP_MAX_ZONES	SBD_MOST_ZONES
/* A list entry: a frame's offset in its zone; above it, a cached type. */
#define SBD_SNAP_OFFSET_BITS	29
#define SBD_SNAP_OFFSET		((1U << SBD_SNAP_OFFSET_BITS) - 1)
#define SBD_SNAP_NO_BLOCK	0xff	/* a pageblock without memory of the zone */

/**
 * struct sbd_snap_list - one list, in its order
 * @first: of its entries in sbd_snap.entries
 * @nr:    how many
 */
struct sbd_snap_list {
	u32 first;
	u32 nr;
};

/**
 * struct sbd_snap_pcp - one CPU's share of a zone
 * @s:	       sizes and scalers of its lists
 * @diff:      counter differences not yet folded
 * @threshold: at which they are
 * @list:      its lists; an entry's upper bits are the page's cached type
 */
struct sbd_snap_pcp {
	struct sbd_live_pcp s;
	s8 diff[SBD_NR_ZONE_STATS];
	s8 threshold;
	struct sbd_snap_list list[SBD_NR_PCP_LISTS];
};

/**
 * struct sbd_snap_zone - one populated zone
 * @live:	  the zone itself; NULL if it is of another host
 * @type:	  enum sbd_zone_type
 * @nid:	  node
 * @start_pfn:	  of the span
 * @spanned:	  frames of it
 * @present:	  frames that are memory
 * @managed:	  frames that the allocator has
 * @cma_pages:	  frames of CMA areas
 * @wmark:	  marks without boost
 * @boost:	  on top of each
 * @lowmem_reserve: by our zone types
 * @drift_mark:	  percpu_drift_mark
 * @flags:	  enum sbd_zone_flag bits
 * @stat:	  folded counters, which may be below zero
 * @nr_reserved_highatomic: as in struct sbd_zone, like the next two
 * @nr_free_highatomic: from 6.12
 * @nr_isolate:	  isolated pageblocks
 * @nr_free:	  free blocks by order, as the zone counts them
 * @list:	  the free lists
 * @nr_blocks:	  pageblocks of the span
 * @blocks:	  one byte each: type and skip bit, or SBD_SNAP_NO_BLOCK
 * @own:	  a bit each: the zone has a page in it, not only a span
 * @cpus:	  one entry a possible CPU
 * @movable:	  a bit a frame of the span: its owner can move it; NULL until
 *		  sbd_snap_movable()
 */
struct sbd_snap_zone {
	struct zone *live;
	int type;
	int nid;
	unsigned long start_pfn;
	unsigned long spanned;
	unsigned long present;
	unsigned long managed;
	unsigned long cma_pages;
	unsigned long wmark[SBD_NR_WMARKS];
	unsigned long boost;
	long lowmem_reserve[SBD_NR_ZONES];
	unsigned long drift_mark;
	unsigned long flags;
	long stat[SBD_NR_ZONE_STATS];
	unsigned long nr_reserved_highatomic;
	unsigned long nr_free_highatomic;
	unsigned long nr_isolate;
	unsigned long nr_free[SBD_NR_ORDERS];
	struct sbd_snap_list list[SBD_NR_ORDERS][SBD_NR_TYPES];
	unsigned long nr_blocks;
	u8 *blocks;
	unsigned long *own;
	struct sbd_snap_pcp *cpus;
	unsigned long *movable;
};

/**
 * struct sbd_snap - the host at one instant
 * @topo:     the host's shape, as it was at sbd_snap_create()
 * @nr_zones: populated zones, by node, then by type
 * @zones:    them
 * @nr_cpus:  length of each zone's @cpus
 * @entries:  entries of all lists
 * @cap:      room in @entries
 * @len:      entries in use
 * @wanted:   after -ENOSPC: room that would have done
 * @ns:	      time that it took
 * @at:	      local_clock() of the instant
 * @deadline: sbd_live_clock() at which it is given up
 * @wrong:    after -EUCLEAN: what is not as the kernel's headers have it
 */
struct sbd_snap {
	struct sbd_topology topo;
	int nr_zones;
	struct sbd_snap_zone *zones;
	int nr_cpus;
	u32 *entries;
	u32 cap;
	u32 len;
	u32 wanted;
	u64 ns;
	u64 at;
	u64 deadline;
	const char *wrong;
};

int sbd_snap_create(struct sbd_snap *s);
int sbd_snap_grow(struct sbd_snap *s, u32 cap);
void sbd_snap_destroy(struct sbd_snap *s);
u32 sbd_snap_estimate(const struct sbd_snap *s);
int sbd_snap_take(struct sbd_snap *s, u64 deadline);
int sbd_snap_now(struct sbd_snap *s, u64 ns);
int sbd_snap_movable(struct sbd_snap *s);

#endif
