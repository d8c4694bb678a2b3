// SPDX-License-Identifier: GPL-2.0
/*
 * Dirty pages, the time that it takes to write them, and who waits for it.
 *
 * Rules: mm/page-writeback.c, without the bandwidth estimates: a write takes
 * tunables/writeback_ms, pages are written in the order in which writes began,
 * and a writer that has made too much dirty waits until that is less.
 */
#include <linux/kernel.h>
#include <linux/time64.h>

#include "watermark.h"
#include "writeback.h"

#define FLUSH_AT_ONCE	32
#define MOST_WAITS	1000

static void queue(struct sbd_owners *own, u32 o)
{
	spin_lock(&own->wb_lock);
	own->wb_next[o] = SBD_NOBODY;
	if (own->wb_head == SBD_NOBODY)
		own->wb_head = o;
	else
		own->wb_next[own->wb_tail] = o;
	own->wb_tail = o;
	spin_unlock(&own->wb_lock);
}

/**
 * sbd_writeback_start() - begin to write an owner's page
 * @own: the owners
 * @o:	 locked, with a dirty page that is not being written
 *
 * Context: any; takes the writeback lock.
 */
void sbd_writeback_start(struct sbd_owners *own, u32 o)
{
	struct sbd_owner *p = sbd_owner(own, o);

	sbd_lru_undirty(own, p);
	p->due = own->clock() +
		 (u64)READ_ONCE(own->sys->vm.writeback_ms) * NSEC_PER_MSEC;
	atomic_long_add(sbd_owner_pages(p), &own->node[p->nid].writeback);
	set_bit(SBD_OWNER_WRITEBACK, &p->flags);
	if (p->kind == SBD_OWNER_ANON)
		sbd_count_vm(own->sys, pswpout, sbd_owner_pages(p));
	queue(own, o);
}

/* The next page that is written by now. */
static u32 dequeue(struct sbd_owners *own, u64 now)
{
	u32 o;

	spin_lock(&own->wb_lock);
	o = own->wb_head;
	if (o != SBD_NOBODY && sbd_owner(own, o)->due <= now)
		own->wb_head = own->wb_next[o];
	else
		o = SBD_NOBODY;
	spin_unlock(&own->wb_lock);
	return o;
}

/* folio_rotate_reclaimable(): reclaim has waited for it, and takes it next. */
static void rotate(struct sbd_owners *own, u32 o)
{
	struct sbd_owner *p = sbd_owner(own, o);
	struct sbd_lru_node *n = &own->node[p->nid];

	spin_lock(&n->lock);
	if (test_bit(SBD_OWNER_LRU, &p->flags) &&
	    !test_bit(SBD_OWNER_UNEVICTABLE, &p->flags)) {
		sbd_lru_unlink(own, o);
		clear_bit(SBD_OWNER_ACTIVE, &p->flags);
		sbd_lru_link(own, o, sbd_lru_list_of(p), true);
		sbd_count_vm(own->sys, pgrotated, sbd_owner_pages(p));
	}
	spin_unlock(&n->lock);
}

static void end_write(struct sbd_owners *own, int cpu, u32 o)
{
	struct sbd_owner *p = sbd_owner(own, o);

	atomic_long_sub(sbd_owner_pages(p), &own->node[p->nid].writeback);
	sbd_count_vm(own->sys, nr_written, sbd_owner_pages(p));
	if (test_and_clear_bit(SBD_OWNER_RECLAIM, &p->flags))
		rotate(own, o);
	sbd_lru_let_go(own, cpu, o, SBD_OWNER_WRITEBACK);
}

/**
 * sbd_writeback_complete() - end the writes whose time is up
 * @own: the owners
 * @cpu: who frees what was given up meanwhile
 *
 * What a disk's interrupts do.  Context: process; takes writeback and lru locks.
 * Return: how many pages' owners are done.
 */
unsigned int sbd_writeback_complete(struct sbd_owners *own, int cpu)
{
	u64 now = own->clock();
	unsigned int n = 0;
	u32 o;

	while ((o = dequeue(own, now)) != SBD_NOBODY) {
		end_write(own, cpu, o);
		n++;
	}
	return n;
}

/**
 * sbd_writeback_end() - end all writes at once
 * @own: the owners
 * @cpu: who frees what was given up meanwhile
 *
 * Context: process; takes writeback and lru locks.
 */
void sbd_writeback_end(struct sbd_owners *own, int cpu)
{
	u32 o;

	while ((o = dequeue(own, U64_MAX)) != SBD_NOBODY)
		end_write(own, cpu, o);
}

/*
 * Lock some dirty pages of a list, oldest first.  Who is on a list and locked
 * stays there until he is unlocked: giving up needs the lock, too.
 */
static unsigned int lock_dirty(struct sbd_owners *own, int nid,
			       enum sbd_lru_list list, u32 *found,
			       unsigned int most)
{
	struct sbd_lru_node *n = &own->node[nid];
	struct sbd_owner *p;
	unsigned int nr = 0;
	u32 o;

	spin_lock(&n->lock);
	for (o = n->list[list].tail; o != SBD_NOBODY && nr < most; o = p->prev) {
		p = sbd_owner(own, o);
		if (!test_bit(SBD_OWNER_DIRTY, &p->flags) ||
		    test_bit(SBD_OWNER_WRITEBACK, &p->flags) ||
		    !sbd_owner_trylock(p))
			continue;
		found[nr++] = o;
	}
	spin_unlock(&n->lock);
	return nr;
}

static unsigned int flush_list(struct sbd_owners *own, int nid,
			       enum sbd_lru_list list, unsigned int most)
{
	u32 found[FLUSH_AT_ONCE];
	unsigned int i, nr;
	struct sbd_owner *p;

	nr = lock_dirty(own, nid, list, found, min_t(unsigned int, most, FLUSH_AT_ONCE));
	for (i = 0; i < nr; i++) {
		p = sbd_owner(own, found[i]);
		if (test_bit(SBD_OWNER_DIRTY, &p->flags) &&
		    !test_bit(SBD_OWNER_WRITEBACK, &p->flags))
			sbd_writeback_start(own, found[i]);
		sbd_owner_unlock(p);
	}
	return nr;
}

/**
 * sbd_writeback_flush() - begin to write dirty file pages
 * @own:  the owners
 * @most: pages' owners
 *
 * What the flusher threads do.  Context: process; takes lru and writeback locks.
 * Return: how many were begun.
 */
unsigned int sbd_writeback_flush(struct sbd_owners *own, unsigned int most)
{
	unsigned int sum = 0, n;
	int nid;

	for (nid = 0; nid < own->sys->nr_nodes; nid++) {
		do {
			n = flush_list(own, nid, SBD_LRU_INACTIVE_FILE, most - sum) ?:
			    flush_list(own, nid, SBD_LRU_ACTIVE_FILE, most - sum);
			sum += n;
		} while (n && sum < most);
	}
	return sum;
}

/* Pages that no cache should count on; see totalreserve. */
static unsigned long kept_back(const struct sbd_zone *z)
{
	long most = 0;
	int i;

	for (i = z->idx; i < SBD_NR_ZONES; i++)
		most = max(most, z->lowmem_reserve[i]);
	return min(most + sbd_wmark_pages(z, SBD_WMARK_HIGH), z->managed);
}

/* node_dirtyable_memory(): free pages and page cache. */
static unsigned long dirtyable(const struct sbd_system *sys, int nid)
{
	unsigned long free = 0, keep = 0;
	struct sbd_zone *z;
	int type;

	for (type = 0; type < SBD_NR_ZONES; type++) {
		z = sys->nodes[nid].zones[type];
		if (!z)
			continue;
		free += sbd_zone_stat(z, SBD_NR_FREE_PAGES);
		keep += kept_back(z);
	}
	return free - min(free, keep) +
	       sbd_lru_pages(sys->own, nid, SBD_LRU_INACTIVE_FILE) +
	       sbd_lru_pages(sys->own, nid, SBD_LRU_ACTIVE_FILE);
}

/**
 * sbd_dirty_over() - too much is dirty
 * @sys:	the system, whose pages are owned
 * @background: so much that it should be written; else: that writers should wait
 *
 * Context: any.  Return: yes or no.
 */
bool sbd_dirty_over(const struct sbd_system *sys, bool background)
{
	unsigned long dirty = 0, all = 0;
	int ratio = background ? sys->vm.dirty_background_ratio :
				 sys->vm.dirty_ratio;
	int nid;

	for (nid = 0; nid < sys->nr_nodes; nid++) {
		all += dirtyable(sys, nid);
		dirty += atomic_long_read(&sys->own->node[nid].dirty);
		if (!background)
			dirty += atomic_long_read(&sys->own->node[nid].writeback);
	}
	return dirty > all * ratio / 100;
}

/**
 * sbd_node_dirty_ok() - may a node take one more page that will be dirty
 * @sys: the system; hooks.dirty_ok
 * @nid: the node
 *
 * node_dirty_ok().  Context: any.  Return: yes or no.
 */
bool sbd_node_dirty_ok(struct sbd_system *sys, int nid)
{
	const struct sbd_lru_node *n;

	if (!sys->own)
		return true;
	n = &sys->own->node[nid];
	return atomic_long_read(&n->dirty) + atomic_long_read(&n->writeback) <=
	       dirtyable(sys, nid) * sys->vm.dirty_ratio / 100;
}

/**
 * sbd_dirty_throttle() - wait until what is dirty is not too much
 * @own: the owners
 * @cpu: who waits
 *
 * balance_dirty_pages().  Context: process, may sleep through hooks.wait.
 * Return: 0, -EINTR after a signal.
 */
int sbd_dirty_throttle(struct sbd_owners *own, int cpu)
{
	struct sbd_system *sys = own->sys;
	int i, err;

	for (i = 0; i < MOST_WAITS && sbd_dirty_over(sys, false); i++) {
		sbd_writeback_flush(own, FLUSH_AT_ONCE);
		if (!sys->hooks.wait)
			break;
		err = sys->hooks.wait(sys, 1);
		if (err)
			return err;
		sbd_writeback_complete(own, cpu);
	}
	return 0;
}
