// SPDX-License-Identifier: GPL-2.0
/*
 * Who owns pages: handles that stay when the page moves, or goes, and what is
 * in the page.
 *
 * A handle is what a page table entry or a page cache slot is to the kernel: it
 * leads to the page, wherever that is, or says that there is none.  What a page
 * holds is made from the handle's seed, so that every page can be told from every
 * other, and a page that was written out can be read back.
 */
#include <linux/errno.h>
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "free.h"
#include "owner.h"

/**
 * sbd_owner_lock() - keep an owner's page where it is, and as it is
 * @p: the owner
 *
 * Context: process, may sleep; no other lock held.
 */
void sbd_owner_lock(struct sbd_owner *p)
{
	wait_on_bit_lock(&p->flags, SBD_OWNER_LOCKED, TASK_UNINTERRUPTIBLE);
}

/**
 * sbd_owner_unlock() - undo sbd_owner_lock() or sbd_owner_trylock()
 * @p: the owner
 *
 * Context: any.
 */
void sbd_owner_unlock(struct sbd_owner *p)
{
	clear_bit_unlock(SBD_OWNER_LOCKED, &p->flags);
	/* who is about to sleep sees it unlocked, or is seen here */
	smp_mb__after_atomic();
	wake_up_bit(&p->flags, SBD_OWNER_LOCKED);
}

static void node_init(struct sbd_lru_node *n)
{
	spin_lock_init(&n->lock);
	n->kswapd_highest = SBD_NR_ZONES;
	n->kcompactd_highest = SBD_NR_ZONES;
}

static void owners_init(struct sbd_owners *own)
{
	u32 i;

	spin_lock_init(&own->lock);
	spin_lock_init(&own->wb_lock);
	own->clock = local_clock;
	for (i = 0; i < SBD_MAX_NODES; i++)
		node_init(&own->node[i]);
	for (i = 0; i < own->sys->nr_cpus; i++)
		spin_lock_init(&own->batch[i].lock);
	for (i = 1; i < own->nr; i++) {
		own->owner[i].pfn = SBD_PFN_NONE;
		own->owner[i].next = i + 1 < own->nr ? i + 1 : SBD_NOBODY;
	}
	own->free = own->nr > 1 ? 1 : SBD_NOBODY;
}

static void owners_free(struct sbd_owners *own)
{
	kvfree(own->owner);
	kvfree(own->wb_next);
	kvfree(own->batch);
	kvfree(own);
}

/**
 * sbd_owners_create() - let a system's pages be owned
 * @sys:	the system, not in use; nobody owns its pages yet
 * @nr:		handles that there can be at once
 * @memory:	where the contents of pages are, NULL: nowhere
 * @memory_pfn: frame at @memory
 *
 * Context: process, may sleep.  Return: 0, -ENOMEM.
 */
int sbd_owners_create(struct sbd_system *sys, u32 nr, void *memory,
		      unsigned long memory_pfn)
{
	struct sbd_owners *own = kvzalloc(sizeof(*own), GFP_KERNEL);

	if (!own)
		return -ENOMEM;
	own->sys = sys;
	own->nr = nr + 1;
	own->memory = memory;
	own->memory_pfn = memory_pfn;
	own->owner = vcalloc(own->nr, sizeof(*own->owner));
	own->wb_next = vcalloc(own->nr, sizeof(*own->wb_next));
	own->batch = kvcalloc(sys->nr_cpus, sizeof(*own->batch), GFP_KERNEL);
	if (!own->owner || !own->wb_next || !own->batch) {
		owners_free(own);
		return -ENOMEM;
	}
	owners_init(own);
	sys->own = own;
	return 0;
}

/**
 * sbd_owners_destroy() - forget all owners
 * @sys: the system; nobody uses it; no owners is fine too
 *
 * Their pages stay allocated: give them back before, or reset the system after.
 * Context: process, may sleep.
 */
void sbd_owners_destroy(struct sbd_system *sys)
{
	struct sbd_owners *own = sys->own;

	down_write(&sys->own_sem);
	sys->own = NULL;
	up_write(&sys->own_sem);
	if (own)
		owners_free(own);
}

/**
 * sbd_owner_new() - a handle without a page
 * @own:  the owners
 * @kind: of pages that it will have
 * @seed: what their contents are made from
 *
 * Context: any, takes the handles' lock.  Return: its number, SBD_NOBODY if there
 * is none left.
 */
u32 sbd_owner_new(struct sbd_owners *own, enum sbd_owner_kind kind, u32 seed)
{
	struct sbd_owner *p;
	u32 o;

	spin_lock(&own->lock);
	o = own->free;
	if (o != SBD_NOBODY) {
		own->free = sbd_owner(own, o)->next;
		own->used++;
	}
	spin_unlock(&own->lock);
	if (o == SBD_NOBODY)
		return o;
	p = sbd_owner(own, o);
	*p = (struct sbd_owner) {
		.flags = BIT(SBD_OWNER_LIVE),
		.pfn = SBD_PFN_NONE,
		.seed = seed,
		.kind = kind,
	};
	return o;
}

/**
 * sbd_owner_drop() - give a handle up
 * @own: the owners
 * @o:	 one without a page, on no list; nobody looks at it any more
 *
 * Its place in swap goes with it.  Context: any, takes the handles' lock.
 */
void sbd_owner_drop(struct sbd_owners *own, u32 o)
{
	struct sbd_owner *p = sbd_owner(own, o);

	if (test_and_clear_bit(SBD_OWNER_SWAPPED, &p->flags))
		atomic_long_sub(sbd_owner_pages(p), &own->swap_used);
	p->flags = 0;
	spin_lock(&own->lock);
	p->next = own->free;
	own->free = o;
	own->used--;
	spin_unlock(&own->lock);
}

static void claim_frames(struct sbd_owners *own, u32 o, unsigned long pfn)
{
	struct sbd_zone *z = sbd_zone_of(own->sys, pfn);
	struct sbd_owner *p = sbd_owner(own, o);

	WRITE_ONCE(sbd_frame(z, pfn)->owner, o);
	p->nid = z->nid;
	WRITE_ONCE(p->pfn, pfn);
}

/**
 * sbd_owner_attach() - give an owner a page
 * @own:   the owners
 * @o:	   one without; locked by the caller
 * @pfn:   a block that sbd_alloc() returned
 * @order: of it
 *
 * Context: any.
 */
void sbd_owner_attach(struct sbd_owners *own, u32 o, unsigned long pfn,
		      unsigned int order)
{
	sbd_owner(own, o)->order = order;
	claim_frames(own, o, pfn);
	atomic_long_add(1L << order, &own->held);
}

/**
 * sbd_owner_mark() - say of all frames of an owner's block whether they can move
 * @own:     the owners
 * @o:	     one with a page
 * @movable: it is on an LRU list, and so can be found and moved
 *
 * What PageLRU says to who counts movable pages.  Context: the node's lru lock,
 * or the owner alone knows of the page.
 */
void sbd_owner_mark(struct sbd_owners *own, u32 o, bool movable)
{
	struct sbd_owner *p = sbd_owner(own, o);
	struct sbd_frame *f = sbd_frame(sbd_zone_of(own->sys, p->pfn), p->pfn);
	unsigned long i;

	for (i = 0; i < sbd_owner_pages(p); i++)
		WRITE_ONCE(f[i].flags, movable ? SBD_FRAME_F_MOVABLE : 0);
}

/* What is counted by node follows the page. */
static void move_counts(struct sbd_owners *own, const struct sbd_owner *p,
			struct sbd_lru_node *from, struct sbd_lru_node *to)
{
	long pages = sbd_owner_pages(p);
	int file = sbd_owner_is_file(p);

	if (from == to)
		return;
	if (test_bit(SBD_OWNER_ISOLATED, &p->flags)) {
		atomic_long_sub(pages, &from->isolated[file]);
		atomic_long_add(pages, &to->isolated[file]);
	}
	if (file && test_bit(SBD_OWNER_DIRTY, &p->flags)) {
		atomic_long_sub(pages, &from->dirty);
		atomic_long_add(pages, &to->dirty);
	}
}

/**
 * sbd_owner_move() - point an owner to another block
 * @own: the owners
 * @o:	 isolated and locked
 * @pfn: a used block of the same order that is nobody's
 *
 * It must not be under writeback.  The old block is left, used and nobody's, to
 * the caller.  Context: any.
 */
void sbd_owner_move(struct sbd_owners *own, u32 o, unsigned long pfn)
{
	struct sbd_owner *p = sbd_owner(own, o);
	struct sbd_lru_node *from = &own->node[p->nid];

	claim_frames(own, o, pfn);
	move_counts(own, p, from, &own->node[p->nid]);
}

/**
 * sbd_owner_detach() - take an owner's page and free it
 * @own: the owners
 * @cpu: who frees
 * @o:	 one with a page that is on no list
 *
 * Context: any but under a zone or pcp lock.
 */
void sbd_owner_detach(struct sbd_owners *own, int cpu, u32 o)
{
	struct sbd_owner *p = sbd_owner(own, o);
	unsigned long pfn = p->pfn;

	WRITE_ONCE(p->pfn, SBD_PFN_NONE);
	atomic_long_sub(sbd_owner_pages(p), &own->held);
	WARN_ON_ONCE(sbd_free(own->sys, cpu, pfn, p->order));
}

/**
 * sbd_owner_at() - whose page a frame heads
 * @own: the owners
 * @z:	 the frame's zone
 * @pfn: the frame
 *
 * Context: any; without locks the answer may be old when it arrives, which
 * sbd_lru_isolate() and the owner's lock then show.
 * Return: a number, SBD_NOBODY if no owner's block begins there.
 */
u32 sbd_owner_at(const struct sbd_owners *own, const struct sbd_zone *z,
		 unsigned long pfn)
{
	const struct sbd_frame *f = sbd_frame(z, pfn);
	u32 o;

	if (READ_ONCE(f->state) != SBD_FRAME_USED)
		return SBD_NOBODY;
	o = READ_ONCE(f->owner);
	if (o >= own->nr || READ_ONCE(sbd_owner(own, o)->pfn) != pfn)
		return SBD_NOBODY;
	return o;
}

/**
 * sbd_owner_contents() - what is in a frame
 * @own: the owners, of pages with contents
 * @pfn: the frame
 *
 * Context: any.  Return: where it begins.
 */
void *sbd_owner_contents(const struct sbd_owners *own, unsigned long pfn)
{
	return own->memory + ((pfn - own->memory_pfn) << PAGE_SHIFT);
}

static u32 checksum(const struct sbd_owners *own, const struct sbd_owner *p)
{
	return jhash2(sbd_owner_contents(own, p->pfn),
		      (PAGE_SIZE << p->order) / sizeof(u32), p->seed);
}

/**
 * sbd_owner_fill() - write an owner's page, from its seed
 * @own: the owners
 * @o:	 locked, with a page
 *
 * All of it; the checksum is set.  Context: any.
 */
void sbd_owner_fill(struct sbd_owners *own, u32 o)
{
	struct sbd_owner *p = sbd_owner(own, o);
	u64 x = (p->seed + 1ULL) * 0x9e3779b97f4a7c15ULL;
	unsigned long i;
	u64 *to;

	if (!own->memory)
		return;
	to = sbd_owner_contents(own, p->pfn);
	for (i = 0; i < (PAGE_SIZE << p->order) / sizeof(*to); i++) {
		to[i] = x;
		x = rol64(x, 13) * 5 + i;
	}
	p->sum = checksum(own, p);
}

/**
 * sbd_owner_intact() - is an owner's page as it was written
 * @own: the owners
 * @o:	 locked, with a page that was filled
 *
 * Context: any.  Return: its checksum is right, or contents are not kept.
 */
bool sbd_owner_intact(const struct sbd_owners *own, u32 o)
{
	const struct sbd_owner *p = sbd_owner(own, o);

	return !own->memory || checksum(own, p) == p->sum;
}
