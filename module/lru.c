// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of pages by how recently they were used, and the batches before them.
 *
 * Rules: mm/swap.c and mm/vmscan.c of 6.1 and 6.12 without MGLRU.  A page that
 * somebody has his hands on (a batch, an isolation, writeback) outlives its
 * owner's interest: whoever lets go last frees it, as the last reference does in
 * the kernel.
 */
#include <linux/kernel.h>
#include <linux/lockdep.h>

#include "lru.h"
#include "profile.h"

#define HELD_BITS	(BIT(SBD_OWNER_BATCH) | BIT(SBD_OWNER_ISOLATED) | \
			 BIT(SBD_OWNER_WRITEBACK))

/**
 * sbd_lru_list_of() - the list on which an owner's page belongs
 * @p: the owner
 *
 * Context: any.  Return: enum sbd_lru_list.
 */
enum sbd_lru_list sbd_lru_list_of(const struct sbd_owner *p)
{
	if (p->kind == SBD_OWNER_SLAB)
		return SBD_LRU_SLAB;
	if (test_bit(SBD_OWNER_UNEVICTABLE, &p->flags))
		return SBD_LRU_UNEVICTABLE;
	return (sbd_owner_is_file(p) ? SBD_LRU_INACTIVE_FILE :
				       SBD_LRU_INACTIVE_ANON) +
	       test_bit(SBD_OWNER_ACTIVE, &p->flags);
}

static void count(struct sbd_owners *own, const struct sbd_owner *p, int list,
		  long sign)
{
	struct sbd_lru_node *n = &own->node[p->nid];
	long pages = sign * (long)sbd_owner_pages(p);

	n->list[list].pages += pages;
	n->zone[sbd_zone_of(own->sys, p->pfn)->idx][list] += pages;
}

/**
 * sbd_lru_link() - put a page on a list of its node
 * @own:  the owners
 * @o:	  on no list
 * @list: which
 * @tail: to be looked at next, not last
 *
 * Context: the node's lru lock.
 */
void sbd_lru_link(struct sbd_owners *own, u32 o, enum sbd_lru_list list,
		  bool tail)
{
	struct sbd_owner *p = sbd_owner(own, o);
	struct sbd_lru_head *h = &own->node[p->nid].list[list];

	lockdep_assert_held(&own->node[p->nid].lock);
	p->list = list;
	p->prev = tail ? h->tail : SBD_NOBODY;
	p->next = tail ? SBD_NOBODY : h->head;
	if (p->prev == SBD_NOBODY)
		h->head = o;
	else
		sbd_owner(own, p->prev)->next = o;
	if (p->next == SBD_NOBODY)
		h->tail = o;
	else
		sbd_owner(own, p->next)->prev = o;
	count(own, p, list, 1);
	set_bit(SBD_OWNER_LRU, &p->flags);
	if (sbd_owner_movable(p))
		sbd_owner_mark(own, o, true);
}

/**
 * sbd_lru_unlink() - take a page off its list
 * @own: the owners
 * @o:	 on a list
 *
 * Context: the node's lru lock.
 */
void sbd_lru_unlink(struct sbd_owners *own, u32 o)
{
	struct sbd_owner *p = sbd_owner(own, o);
	struct sbd_lru_head *h = &own->node[p->nid].list[p->list];

	lockdep_assert_held(&own->node[p->nid].lock);
	if (p->prev == SBD_NOBODY)
		h->head = p->next;
	else
		sbd_owner(own, p->prev)->next = p->next;
	if (p->next == SBD_NOBODY)
		h->tail = p->prev;
	else
		sbd_owner(own, p->next)->prev = p->prev;
	count(own, p, p->list, -1);
	clear_bit(SBD_OWNER_LRU, &p->flags);
	if (sbd_owner_movable(p))
		sbd_owner_mark(own, o, false);
}

/* A page and its handle are gone for good. */
static void bury(struct sbd_owners *own, int cpu, u32 o)
{
	if (sbd_owner(own, o)->pfn != SBD_PFN_NONE)
		sbd_owner_detach(own, cpu, o);
	sbd_owner_drop(own, o);
}

/**
 * sbd_lru_let_go() - somebody takes his hands off a page
 * @own:  the owners
 * @cpu:  who frees it, if that was the last
 * @o:	  the owner
 * @what: SBD_OWNER_BATCH, ISOLATED or WRITEBACK: the bit to clear
 *
 * Context: any but under a lru, pcp or zone lock.
 * Return: false if the page and the handle are gone with that.
 */
bool sbd_lru_let_go(struct sbd_owners *own, int cpu, u32 o,
		    enum sbd_owner_flag what)
{
	struct sbd_owner *p = sbd_owner(own, o);
	struct sbd_lru_node *n = &own->node[p->nid];
	bool last;

	spin_lock(&n->lock);
	if (what == SBD_OWNER_ISOLATED)
		atomic_long_sub(sbd_owner_pages(p),
				&n->isolated[sbd_owner_is_file(p)]);
	clear_bit(what, &p->flags);
	last = test_bit(SBD_OWNER_DEAD, &p->flags) && !(p->flags & HELD_BITS);
	spin_unlock(&n->lock);
	/* unless it was the last, the page is somebody else's from here on */
	if (last)
		bury(own, cpu, o);
	return !last;
}

/* The page's stay in a batch ends: on a list, or gone.  Return: it is dead. */
static bool leave_batch(struct sbd_owners *own, u32 o)
{
	struct sbd_owner *p = sbd_owner(own, o);
	struct sbd_lru_node *n = &own->node[p->nid];
	bool dead;

	spin_lock(&n->lock);
	dead = test_bit(SBD_OWNER_DEAD, &p->flags);
	if (!dead) {
		clear_bit(SBD_OWNER_BATCH, &p->flags);
		sbd_lru_link(own, o, sbd_lru_list_of(p), false);
	}
	spin_unlock(&n->lock);
	return dead;
}

static void drain(struct sbd_owners *own, int cpu, struct sbd_lru_batch *b)
{
	unsigned int i;

	lockdep_assert_held(&b->lock);
	for (i = 0; i < b->nr; i++)
		if (leave_batch(own, b->owner[i]))
			sbd_lru_let_go(own, cpu, b->owner[i], SBD_OWNER_BATCH);
	b->nr = 0;
}

/* Large pages do not wait, and neither does a full batch. */
static void enqueue(struct sbd_owners *own, int cpu, u32 o)
{
	struct sbd_lru_batch *b = &own->batch[cpu];

	spin_lock(&b->lock);
	b->owner[b->nr++] = o;
	if (b->nr >= own->sys->prof->lru_batch || sbd_owner(own, o)->order)
		drain(own, cpu, b);
	spin_unlock(&b->lock);
}

/*
 * It was reclaimed so recently that it would still be here, had its list been as
 * long as all that is used: it belongs to the working set.
 */
static bool in_working_set(const struct sbd_owners *own,
			   const struct sbd_owner *p)
{
	const struct sbd_lru_node *n = &own->node[p->nid];
	unsigned long away = atomic_long_read(&n->age) - p->age;
	unsigned long size = READ_ONCE(n->list[SBD_LRU_ACTIVE_FILE].pages);

	if (p->kind == SBD_OWNER_ANON)
		size += READ_ONCE(n->list[SBD_LRU_INACTIVE_FILE].pages);
	if (own->sys->vm.swap_mb) {
		size += READ_ONCE(n->list[SBD_LRU_ACTIVE_ANON].pages);
		if (p->kind == SBD_OWNER_FILE)
			size += READ_ONCE(n->list[SBD_LRU_INACTIVE_ANON].pages);
	}
	return away <= size;
}

/* workingset_refault(): a page that was reclaimed is back. */
static void refault(struct sbd_owners *own, struct sbd_owner *p)
{
	struct sbd_lru_node *n = &own->node[p->nid];
	unsigned long pages = sbd_owner_pages(p);

	if (p->kind == SBD_OWNER_FILE) {
		sbd_count_vm(own->sys, workingset_refault_file, pages);
	} else {
		sbd_count_vm(own->sys, workingset_refault_anon, pages);
		sbd_count_vm(own->sys, pswpin, pages);
	}
	sbd_count_vm(own->sys, pgmajfault, 1);
	if (!in_working_set(own, p))
		return;
	set_bit(SBD_OWNER_ACTIVE, &p->flags);
	atomic_long_add(pages, &n->age);
	atomic_long_add(pages, &n->activated[sbd_owner_is_file(p)]);
}

/**
 * sbd_lru_add() - a new page of an owner, on its way to a list
 * @own: the owners
 * @cpu: whose batch
 * @o:	 with a page, on no list
 *
 * folio_add_lru().  Reclaimable objects do without batches, and what neither
 * moves nor goes is on no list at all.
 * Context: process; takes the batch's and the node's lru lock.
 */
void sbd_lru_add(struct sbd_owners *own, int cpu, u32 o)
{
	struct sbd_owner *p = sbd_owner(own, o);

	if (p->kind == SBD_OWNER_KERNEL)
		return;
	if (test_and_clear_bit(SBD_OWNER_EVICTED, &p->flags))
		refault(own, p);
	set_bit(SBD_OWNER_BATCH, &p->flags);
	if (p->kind != SBD_OWNER_SLAB)
		enqueue(own, cpu, o);
	else if (leave_batch(own, o))
		sbd_lru_let_go(own, cpu, o, SBD_OWNER_BATCH);
}

/**
 * sbd_lru_drain() - put a CPU's batch on the lists
 * @own: the owners
 * @cpu: whose
 *
 * lru_add_drain_cpu().  Context: process; takes batch and lru locks.
 */
void sbd_lru_drain(struct sbd_owners *own, int cpu)
{
	struct sbd_lru_batch *b = &own->batch[cpu];

	spin_lock(&b->lock);
	drain(own, cpu, b);
	spin_unlock(&b->lock);
}

/**
 * sbd_lru_drain_all() - put all CPUs' batches on the lists
 * @own: the owners
 *
 * lru_add_drain_all().  Context: process.
 */
void sbd_lru_drain_all(struct sbd_owners *own)
{
	int cpu;

	for (cpu = 0; cpu < own->sys->nr_cpus; cpu++)
		sbd_lru_drain(own, cpu);
}

/**
 * sbd_lru_isolate() - take a page off its list, to move it or to reclaim it
 * @own: the owners
 * @o:	 whose; may be anything by now
 *
 * folio_isolate_lru().  Context: process; takes the node's lru lock.
 * Return: false if it was on no list.
 */
bool sbd_lru_isolate(struct sbd_owners *own, u32 o)
{
	struct sbd_owner *p = sbd_owner(own, o);
	struct sbd_lru_node *n = &own->node[READ_ONCE(p->nid)];
	bool got;

	spin_lock(&n->lock);
	got = test_bit(SBD_OWNER_LRU, &p->flags) && n == &own->node[p->nid];
	if (got) {
		sbd_lru_unlink(own, o);
		set_bit(SBD_OWNER_ISOLATED, &p->flags);
		atomic_long_add(sbd_owner_pages(p),
				&n->isolated[sbd_owner_is_file(p)]);
	}
	spin_unlock(&n->lock);
	return got;
}

/**
 * sbd_lru_putback() - give an isolated page back to its list, by a batch
 * @own: the owners
 * @cpu: whose batch
 * @o:	 isolated by the caller
 *
 * folio_putback_lru().  Its owner may have given it up meanwhile; then it is
 * freed.  Context: process; takes the node's lru lock, then the batch's.
 */
void sbd_lru_putback(struct sbd_owners *own, int cpu, u32 o)
{
	struct sbd_owner *p = sbd_owner(own, o);

	/* held once more, so that it does not go between the two */
	set_bit(SBD_OWNER_BATCH, &p->flags);
	sbd_lru_let_go(own, cpu, o, SBD_OWNER_ISOLATED);
	if (p->kind != SBD_OWNER_SLAB)
		enqueue(own, cpu, o);
	else if (leave_batch(own, o))
		sbd_lru_let_go(own, cpu, o, SBD_OWNER_BATCH);
}

/**
 * sbd_lru_undirty() - an owner's page is as on disk, or of no interest
 * @own: the owners
 * @p:	 locked
 *
 * Context: any.  Return: it was dirty.
 */
bool sbd_lru_undirty(struct sbd_owners *own, struct sbd_owner *p)
{
	if (!test_and_clear_bit(SBD_OWNER_DIRTY, &p->flags))
		return false;
	if (p->kind == SBD_OWNER_FILE)
		atomic_long_sub(sbd_owner_pages(p), &own->node[p->nid].dirty);
	return true;
}

/**
 * sbd_lru_release() - an owner gives its page and its handle up
 * @own: the owners
 * @cpu: who frees
 * @o:	 the handle; not to be used any more
 *
 * Context: process, may sleep until nobody looks at the page.
 */
void sbd_lru_release(struct sbd_owners *own, int cpu, u32 o)
{
	struct sbd_owner *p = sbd_owner(own, o);
	struct sbd_lru_node *n;
	bool held;

	sbd_owner_lock(p);
	sbd_lru_undirty(own, p);
	n = &own->node[p->nid];
	spin_lock(&n->lock);
	if (test_bit(SBD_OWNER_LRU, &p->flags))
		sbd_lru_unlink(own, o);
	held = p->flags & HELD_BITS;
	if (held)
		set_bit(SBD_OWNER_DEAD, &p->flags);
	sbd_owner_unlock(p);
	spin_unlock(&n->lock);
	if (!held)
		bury(own, cpu, o);
}

/* It was written: its copy in swap is of no use any more. */
static void dirty(struct sbd_owners *own, struct sbd_owner *p)
{
	if (test_and_clear_bit(SBD_OWNER_SWAPPED, &p->flags))
		atomic_long_sub(sbd_owner_pages(p), &own->swap_used);
	if (test_and_set_bit(SBD_OWNER_DIRTY, &p->flags) ||
	    p->kind != SBD_OWNER_FILE)
		return;
	atomic_long_add(sbd_owner_pages(p), &own->node[p->nid].dirty);
	sbd_count_vm(own->sys, nr_dirtied, sbd_owner_pages(p));
}

/* folio_activate(): from the inactive to the active list, wherever it is. */
static void activate(struct sbd_owners *own, u32 o)
{
	struct sbd_owner *p = sbd_owner(own, o);
	struct sbd_lru_node *n = &own->node[p->nid];
	bool listed;

	spin_lock(&n->lock);
	listed = test_bit(SBD_OWNER_LRU, &p->flags);
	if (listed)
		sbd_lru_unlink(own, o);
	set_bit(SBD_OWNER_ACTIVE, &p->flags);
	if (listed)
		sbd_lru_link(own, o, sbd_lru_list_of(p), false);
	spin_unlock(&n->lock);
	sbd_count_vm(own->sys, pgactivate, sbd_owner_pages(p));
	atomic_long_add(sbd_owner_pages(p), &n->age);
}

/* mark_page_accessed(): the second use of an inactive page activates it. */
static void mark_accessed(struct sbd_owners *own, u32 o)
{
	struct sbd_owner *p = sbd_owner(own, o);

	if (!test_and_set_bit(SBD_OWNER_REFERENCED, &p->flags) ||
	    test_bit(SBD_OWNER_UNEVICTABLE, &p->flags) ||
	    test_bit(SBD_OWNER_ACTIVE, &p->flags))
		return;
	activate(own, o);
	clear_bit(SBD_OWNER_REFERENCED, &p->flags);
}

/**
 * sbd_lru_touch() - an owner uses its page
 * @own:   the owners
 * @o:	   locked, with a page
 * @write: and changes it
 *
 * File pages are used by read() and write(), which say so; of the others the
 * hardware notes it in a page table entry, for reclaim to find.
 * Context: any; may take the node's lru lock.
 */
void sbd_lru_touch(struct sbd_owners *own, u32 o, bool write)
{
	struct sbd_owner *p = sbd_owner(own, o);

	if (p->kind == SBD_OWNER_FILE)
		mark_accessed(own, o);
	else
		set_bit(SBD_OWNER_YOUNG, &p->flags);
	if (write)
		dirty(own, p);
}

/**
 * sbd_lru_lock_page() - mlock() or munlock() of an owner's page
 * @own:    the owners
 * @o:	    locked, with a page
 * @locked: it is not to be reclaimed
 *
 * Context: process; takes the node's lru lock.
 */
void sbd_lru_lock_page(struct sbd_owners *own, u32 o, bool locked)
{
	struct sbd_owner *p = sbd_owner(own, o);
	struct sbd_lru_node *n = &own->node[p->nid];
	bool listed;

	spin_lock(&n->lock);
	listed = test_bit(SBD_OWNER_LRU, &p->flags);
	if (listed)
		sbd_lru_unlink(own, o);
	assign_bit(SBD_OWNER_UNEVICTABLE, &p->flags, locked);
	if (listed)
		sbd_lru_link(own, o, sbd_lru_list_of(p), false);
	spin_unlock(&n->lock);
	if (locked)
		sbd_count_vm(own->sys, unevictable_pgs_culled, sbd_owner_pages(p));
	else
		sbd_count_vm(own->sys, unevictable_pgs_rescued, sbd_owner_pages(p));
}

/**
 * sbd_lru_pages() - pages on one list of a node
 * @own:  the owners
 * @nid:  the node
 * @list: which
 *
 * Context: any; batches are not counted.  Return: pages.
 */
unsigned long sbd_lru_pages(const struct sbd_owners *own, int nid,
			    enum sbd_lru_list list)
{
	return READ_ONCE(own->node[nid].list[list].pages);
}
