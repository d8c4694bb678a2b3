/* SPDX-License-Identifier: GPL-2.0 */
/* The two scanners of a compaction: pages to move, and where to move them. */
#ifndef SBD_SCANNER_H
#define SBD_SCANNER_H

#include "lru.h"
#include "suitable.h"
#include "zone.h"

#define SBD_COMPACT_CLUSTER	32UL	/* pages isolated at a time */

/**
 * struct sbd_compact_control - one compaction of one zone
 * @z:	      the zone
 * @cpu:      whose per-CPU lists
 * @order:    wanted; -1: all that can be had
 * @mt:	      of the request
 * @gfp:      of the request
 * @highest:  of the request
 * @alloc_flags: of the request
 * @mode:     how much it may wait
 * @whole:    scan all pageblocks, skip bits or not
 * @direct:   for a request that waits, not by a daemon
 * @proactive: until the node's score is low
 * @migrate_scanned: out: pages looked at by the migration scanner
 * @free_scanned: out: by the free scanner
 * @moved:    out: pages moved
 * @capture:  out: the block that a direct compaction freed for its request
 */
struct sbd_compact_control {
	struct sbd_zone *z;
	int cpu;
	int order;
	int mt;
	gfp_t gfp;
	int highest;
	unsigned int alloc_flags;
	enum sbd_compact_mode mode;
	bool whole;
	bool direct;
	bool proactive;
	unsigned long migrate_scanned;
	unsigned long free_scanned;
	unsigned long moved;
	struct sbd_frame *capture;
};

/**
 * struct sbd_scan - one compaction on its way
 * @cc:		  what is wanted, and what came of it
 * @z:		  the zone
 * @own:	  the owners; NULL: nothing can be moved
 * @migrate_pfn:  where the migration scanner goes on
 * @free_pfn:	  where the free scanner goes on
 * @isolated:	  owners to be moved, linked by their next
 * @nr_migrate:	  pages of theirs that have no target yet
 * @target:	  free blocks taken to move to, by order
 * @nr_free:	  pages of theirs
 * @whole:	  the scan began where a reset left the scanners
 * @contended:	  a lock was taken while async, or a signal came
 * @finish:	  scan the pageblock to its end
 * @search_order: of the free lists that are searched first
 * @search_failed: searches of the free lists in vain, in a row
 * @fast_start:	  lowest frame that a search found; 0: none; SBD_PFN_NONE: used
 */
struct sbd_scan {
	struct sbd_compact_control *cc;
	struct sbd_zone *z;
	struct sbd_owners *own;
	unsigned long migrate_pfn;
	unsigned long free_pfn;
	u32 isolated;
	unsigned long nr_migrate;
	struct sbd_list target[SBD_NR_ORDERS];
	unsigned long nr_free;
	bool whole;
	bool contended;
	bool finish;
	int search_order;
	unsigned int search_failed;
	unsigned long fast_start;
};

bool sbd_scanners_met(const struct sbd_scan *s);
void sbd_scan_putback(struct sbd_scan *s);
int sbd_scan_migratable(struct sbd_scan *s);
unsigned long sbd_scan_target(struct sbd_scan *s, unsigned int order);
void sbd_scan_untarget(struct sbd_scan *s, unsigned long pfn,
		       unsigned int order);
unsigned long sbd_scan_release(struct sbd_scan *s);

static inline unsigned long sbd_zone_end(const struct sbd_zone *z)
{
	return z->start_pfn + z->spanned;
}

/* First frame of the last pageblock. */
static inline unsigned long sbd_last_block(const struct sbd_zone *z)
{
	return sbd_block_start(z, sbd_zone_end(z) - 1);
}

static inline bool sbd_block_aligned(const struct sbd_zone *z, unsigned long pfn)
{
	return !(pfn & (sbd_block_pages(z) - 1));
}

#endif
