/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A compaction on its way: what its two scanners, source.c and target.c, share.
 * Positions and skip bits are hints, read without a lock: what is lost costs a
 * scan.
 */
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
 * @nr_migrate:	  pages of theirs that have no target yet; before 6.9 all of them
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

static inline unsigned long sbd_scan_block_end(const struct sbd_scan *s,
					       unsigned long pfn)
{
	return sbd_block_start(s->z, pfn) + sbd_block_pages(s->z);
}

/* All of a range of one pageblock is the zone's. */
static inline bool sbd_scan_is_ours(const struct sbd_scan *s,
				    unsigned long start, unsigned long end)
{
	return sbd_zone_of(s->z->sys, start) == s->z &&
	       sbd_zone_of(s->z->sys, end - 1) == s->z;
}

static inline bool sbd_scan_skips(const struct sbd_scan *s, unsigned long pfn)
{
	return !s->cc->whole &&
	       (s->z->blocks[sbd_block_index(s->z, pfn)] & SBD_BLOCK_SKIP);
}

/* Types share the byte: it changes under the zone lock only. */
static inline void sbd_scan_set_skip(const struct sbd_scan *s, unsigned long pfn)
{
	unsigned long flags = sbd_zone_lock(s->z);

	s->z->blocks[sbd_block_index(s->z, pfn)] |= SBD_BLOCK_SKIP;
	sbd_zone_unlock(s->z, flags);
}

static inline unsigned int sbd_scan_search_limit(const struct sbd_scan *s)
{
	return (SBD_COMPACT_CLUSTER >> min(s->search_failed, 31U)) + 1;
}

/* In use as a whole: a pageblock with nothing to give (pageblock_skip_persistent()). */
static inline bool sbd_scan_is_large(const struct sbd_zone *z, unsigned long pfn)
{
	const struct sbd_frame *f = sbd_block_of(z, pfn);

	return f && f->state == SBD_FRAME_USED && f->order >= z->block_order;
}

/* Frames that are passed over at once: a free block, or one that stays. */
static inline unsigned long sbd_frame_extent(const struct sbd_frame *f)
{
	unsigned int state = READ_ONCE(f->state), order = READ_ONCE(f->order);

	if ((state != SBD_FRAME_BUDDY && state != SBD_FRAME_USED) ||
	    order > SBD_MAX_ORDER)
		return 1;
	return 1UL << order;
}

/**
 * sbd_scanners_met() - is there nothing left between the scanners
 * @s: the compaction
 *
 * Return: they are in the same pageblock, or past each other.
 */
static inline bool sbd_scanners_met(const struct sbd_scan *s)
{
	return s->free_pfn >> s->z->block_order <=
	       s->migrate_pfn >> s->z->block_order;
}

#endif
