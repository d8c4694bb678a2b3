/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who owns pages: handles that stay when the page moves, or goes, and what is
 * in the page.
 */
#ifndef SBD_OWNER_H
#define SBD_OWNER_H

#include <linux/wait_bit.h>

#include "sbd.h"

#define SBD_NOBODY		0U	/* no owner has this number */
#define SBD_LRU_BATCH_MAX	31

enum sbd_owner_kind {
	SBD_OWNER_ANON,		/* goes to swap */
	SBD_OWNER_FILE,		/* is dropped when clean, written when dirty */
	SBD_OWNER_SLAB,		/* a reclaimable object: a shrinker frees it */
	SBD_OWNER_KERNEL,	/* neither moves nor goes */
	SBD_NR_OWNER_KINDS,
};

enum sbd_lru_list {
	SBD_LRU_INACTIVE_ANON,
	SBD_LRU_ACTIVE_ANON,
	SBD_LRU_INACTIVE_FILE,
	SBD_LRU_ACTIVE_FILE,
	SBD_LRU_UNEVICTABLE,
	SBD_LRU_SLAB,		/* not the kernel's: what shrinkers look at */
	SBD_NR_LRU,
};

/* Bits of sbd_owner.flags. */
enum sbd_owner_flag {
	SBD_OWNER_LOCKED,	/* its page is being looked at, filled or moved */
	SBD_OWNER_LRU,		/* on one of its node's lists; lru lock */
	SBD_OWNER_BATCH,	/* in a CPU's batch, on its way to a list; lru lock */
	SBD_OWNER_ISOLATED,	/* taken off its list by reclaim or compaction; lru lock */
	SBD_OWNER_DEAD,		/* given up while in a batch or isolated; lru lock */
	SBD_OWNER_ACTIVE,	/* belongs on the active list */
	SBD_OWNER_REFERENCED,	/* seen to be used once */
	SBD_OWNER_YOUNG,	/* used since it was last looked at, as a pte says */
	SBD_OWNER_DIRTY,	/* not as on disk */
	SBD_OWNER_WRITEBACK,	/* being written */
	SBD_OWNER_RECLAIM,	/* to be reclaimed once it is written */
	SBD_OWNER_UNEVICTABLE,	/* mlocked */
	SBD_OWNER_SWAPPED,	/* has a place in swap */
	SBD_OWNER_EVICTED,	/* had a page that was reclaimed */
	SBD_OWNER_LIVE,		/* the handle is in use */
};

/**
 * struct sbd_owner - one handle
 * @flags: enum sbd_owner_flag bits, atomic
 * @pfn:   first frame of its block, SBD_PFN_NONE while it has none; changed
 *	   with LOCKED held and ISOLATED set, or before it is on a list
 * @prev:  previous on the list, SBD_NOBODY at the head; the node's lru lock
 * @next:  next on the list; free handles: next free one
 * @seed:  what its contents are made from; LOCKED
 * @sum:   checksum of its contents; LOCKED
 * @age:   the node's age when its page was reclaimed; LOCKED
 * @due:   nanosecond at which it will be written; the writeback lock
 * @kind:  enum sbd_owner_kind
 * @order: of its block
 * @nid:   node of its block
 * @list:  enum sbd_lru_list that it is on; the node's lru lock
 */
struct sbd_owner {
	unsigned long flags;
	unsigned long pfn;
	u32 prev;
	u32 next;
	u32 seed;
	u32 sum;
	unsigned long age;
	u64 due;
	u8 kind;
	u8 order;
	u8 nid;
	u8 list;
};

/**
 * struct sbd_lru_head - a list of owners
 * @head:  first or SBD_NOBODY; most recently added
 * @tail:  last or SBD_NOBODY; looked at first
 * @pages: of all on it
 */
struct sbd_lru_head {
	u32 head;
	u32 tail;
	unsigned long pages;
};

/**
 * struct sbd_lru_node - a node's lists, and its daemons' state
 * @lock:	protects the lists and the BATCH, LRU, ISOLATED and DEAD bits
 * @list:	enum sbd_lru_list; @lock
 * @zone:	pages on the lists by zone type; @lock
 * @isolated:	pages taken off, anon and file
 * @cost:	of reclaiming anon and file; @lock
 * @age:	evictions and activations so far
 * @activated:	refaults that were activated, anon and file
 * @activated_seen: likewise, when reclaim last looked; a lost update is harmless
 * @dirty:	dirty file pages
 * @writeback:	pages being written
 * @many_dirty:	reclaim met dirty pages only: kswapd writes itself
 * @reclaiming:	somebody runs node reclaim; atomic
 * @kswapd_failures: runs without any page reclaimed, in a row
 * @kswapd_order: of who woke kswapd last; 0 when served
 * @kswapd_highest: highest zone type of who woke it; SBD_NR_ZONES: nobody
 * @kcompactd_order: of who woke kcompactd last
 * @kcompactd_highest: likewise
 * @proactive_defer: proactive runs to leave out
 */
struct sbd_lru_node {
	spinlock_t lock;
	struct sbd_lru_head list[SBD_NR_LRU];
	unsigned long zone[SBD_NR_ZONES][SBD_NR_LRU];
	atomic_long_t isolated[2];
	unsigned long cost[2];
	atomic_long_t age;
	atomic_long_t activated[2];
	long activated_seen[2];
	atomic_long_t dirty;
	atomic_long_t writeback;
	bool many_dirty;
	unsigned long reclaiming;
	int kswapd_failures;
	int kswapd_order;
	int kswapd_highest;
	int kcompactd_order;
	int kcompactd_highest;
	unsigned int proactive_defer;
} ____cacheline_aligned;

/**
 * struct sbd_lru_batch - owners on their way to a list, by CPU
 * @lock:  protects the rest; taken before any lru lock
 * @nr:    in use
 * @owner: them
 */
struct sbd_lru_batch {
	spinlock_t lock;
	unsigned int nr;
	u32 owner[SBD_LRU_BATCH_MAX];
};

struct sbd_daemons;

/**
 * struct sbd_owners - all owners of a system's pages
 * @sys:	the system
 * @nr:		length of @owner
 * @owner:	handles; the first is nobody
 * @lock:	protects the free handles and @used
 * @free:	first free handle
 * @used:	handles in use
 * @memory:	where the pages' contents are; NULL: nowhere, and not checked
 * @memory_pfn: frame at @memory
 * @node:	lists of each node
 * @batch:	a CPU each
 * @wb_lock:	protects the writeback queue; taken before any lru lock
 * @wb_head:	owner that will be written next
 * @wb_tail:	owner that will be written last
 * @wb_next:	queue links, by owner; @wb_lock
 * @swap_used:	pages in swap
 * @held:	pages that owners hold, those given up in batches included
 * @clock:	nanoseconds, for writeback
 * @oom:	somebody decides whom to kill; atomic
 * @daemons:	that work for these owners, NULL: none do
 */
struct sbd_owners {
	struct sbd_system *sys;
	u32 nr;
	struct sbd_owner *owner;
	spinlock_t lock;
	u32 free;
	u32 used;
	void *memory;
	unsigned long memory_pfn;
	struct sbd_lru_node node[SBD_MAX_NODES];
	struct sbd_lru_batch *batch;
	spinlock_t wb_lock;
	u32 wb_head;
	u32 wb_tail;
	u32 *wb_next;
	atomic_long_t swap_used;
	atomic_long_t held;
	u64 (*clock)(void);
	unsigned long oom;
	struct sbd_daemons *daemons;
};

static inline struct sbd_owner *sbd_owner(const struct sbd_owners *own, u32 o)
{
	return own->owner + o;
}

/**
 * sbd_owner_trylock() - keep an owner's page where it is, if nobody else does
 * @p: the owner
 *
 * Context: any.  Return: false if somebody has it.
 */
static inline bool sbd_owner_trylock(struct sbd_owner *p)
{
	return !test_and_set_bit_lock(SBD_OWNER_LOCKED, &p->flags);
}

void sbd_owner_lock(struct sbd_owner *p);
void sbd_owner_unlock(struct sbd_owner *p);

int sbd_owners_create(struct sbd_system *sys, u32 nr, void *memory,
		      unsigned long memory_pfn);
void sbd_owners_destroy(struct sbd_system *sys);

u32 sbd_owner_new(struct sbd_owners *own, enum sbd_owner_kind kind, u32 seed);
void sbd_owner_drop(struct sbd_owners *own, u32 o);
void sbd_owner_attach(struct sbd_owners *own, u32 o, unsigned long pfn,
		      unsigned int order);
void sbd_owner_move(struct sbd_owners *own, u32 o, unsigned long pfn);
void sbd_owner_detach(struct sbd_owners *own, int cpu, u32 o);
u32 sbd_owner_at(const struct sbd_owners *own, const struct sbd_zone *z,
		 unsigned long pfn);
void sbd_owner_mark(struct sbd_owners *own, u32 o, bool movable);

void *sbd_owner_contents(const struct sbd_owners *own, unsigned long pfn);
void sbd_owner_fill(struct sbd_owners *own, u32 o);
bool sbd_owner_intact(const struct sbd_owners *own, u32 o);

static inline unsigned long sbd_owner_pages(const struct sbd_owner *p)
{
	return 1UL << p->order;
}

/* Index of counters that are kept for anonymous pages [0] and file pages [1]. */
static inline int sbd_owner_is_file(const struct sbd_owner *p)
{
	return p->kind == SBD_OWNER_FILE;
}

/* Its page can be moved: reclaimable objects and the kernel's own cannot. */
static inline bool sbd_owner_movable(const struct sbd_owner *p)
{
	return p->kind <= SBD_OWNER_FILE;
}

#endif
