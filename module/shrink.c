// SPDX-License-Identifier: GPL-2.0
/*
 * Taking pages from the lists of one node, and deciding what becomes of each.
 *
 * Rules: mm/vmscan.c of 6.1 and 6.12 with MGLRU off: shrink_inactive_list(),
 * shrink_active_list(), shrink_folio_list(), folio_check_references().
 */
#include <linux/kernel.h>

#include "profile.h"
#include "shrink.h"
#include "trace.h"
#include "writeback.h"

/* What becomes of an isolated page. */
enum fate {
	FATE_KEEP,		/* back to where it was */
	FATE_ACTIVATE,		/* to the active list */
	FATE_RECLAIM,		/* its owner loses it */
};

/**
 * struct catch - pages taken off a list
 * @owner: them
 * @nr:	   how many owners
 * @pages: of all
 */
struct catch {
	u32 owner[SBD_SWAP_CLUSTER];
	unsigned int nr;
	unsigned long pages;
};

/**
 * sbd_swap_free() - is there room in swap
 * @own:   the owners
 * @pages: so much
 *
 * Context: any.  Return: yes or no.
 */
bool sbd_swap_free(const struct sbd_owners *own, unsigned long pages)
{
	unsigned long size = (unsigned long)READ_ONCE(own->sys->vm.swap_mb)
			     << (20 - PAGE_SHIFT);

	return atomic_long_read(&own->swap_used) + pages <= size;
}

static int zone_type_of(const struct sbd_owners *own, const struct sbd_owner *p)
{
	return sbd_zone_of(own->sys, p->pfn)->idx;
}

static void take(struct sbd_owners *own, u32 o, struct catch *c)
{
	struct sbd_owner *p = sbd_owner(own, o);

	sbd_lru_unlink(own, o);
	set_bit(SBD_OWNER_ISOLATED, &p->flags);
	atomic_long_add(sbd_owner_pages(p),
			&own->node[p->nid].isolated[sbd_owner_is_file(p)]);
	c->owner[c->nr++] = o;
	c->pages += sbd_owner_pages(p);
}

/*
 * Take up to a cluster off the tail of a list.  Pages of zones that would not
 * help go to the head.  Return: pages looked at.
 */
static unsigned long isolate(struct sbd_scan_control *sc, int nid,
			     enum sbd_lru_list list, unsigned long nr,
			     struct catch *c)
{
	struct sbd_lru_node *n = &sc->own->node[nid];
	unsigned long scanned = 0, left;
	struct sbd_owner *p;
	u32 o, prev;

	spin_lock(&n->lock);
	left = n->list[list].pages;
	for (o = n->list[list].tail; o != SBD_NOBODY && scanned < nr && left &&
	     c->nr < SBD_SWAP_CLUSTER; o = prev) {
		p = sbd_owner(sc->own, o);
		prev = p->prev;
		left -= min(left, sbd_owner_pages(p));
		if (zone_type_of(sc->own, p) > sc->highest) {
			sbd_lru_unlink(sc->own, o);
			sbd_lru_link(sc->own, o, list, false);
			continue;
		}
		scanned += sbd_owner_pages(p);
		take(sc->own, o, c);
	}
	spin_unlock(&n->lock);
	return scanned;
}

/* Put one back, at once, where it belongs now; or free it if it was given up. */
static void put_back(struct sbd_scan_control *sc, u32 o)
{
	struct sbd_owner *p = sbd_owner(sc->own, o);
	struct sbd_lru_node *n = &sc->own->node[p->nid];
	bool alive;

	spin_lock(&n->lock);
	alive = !test_bit(SBD_OWNER_DEAD, &p->flags);
	if (alive) {
		clear_bit(SBD_OWNER_ISOLATED, &p->flags);
		atomic_long_sub(sbd_owner_pages(p),
				&n->isolated[sbd_owner_is_file(p)]);
		sbd_lru_link(sc->own, o, sbd_lru_list_of(p), false);
	}
	spin_unlock(&n->lock);
	if (!alive)
		sbd_lru_let_go(sc->own, sc->cpu, o, SBD_OWNER_ISOLATED);
}

/*
 * folio_check_references(): a mapped page that was used since is kept once and
 * then activated; one used by read() or write() only is reclaimed if it is clean.
 */
static enum fate check_references(struct sbd_owner *p, bool *only_clean)
{
	bool young = test_and_clear_bit(SBD_OWNER_YOUNG, &p->flags);
	bool referenced = test_and_clear_bit(SBD_OWNER_REFERENCED, &p->flags);

	*only_clean = false;
	if (young) {
		set_bit(SBD_OWNER_REFERENCED, &p->flags);
		return referenced ? FATE_ACTIVATE : FATE_KEEP;
	}
	*only_clean = referenced && p->kind == SBD_OWNER_FILE;
	return FATE_RECLAIM;
}

/* A page that is being written already: marked, and out of the way. */
static enum fate meet_writeback(struct sbd_scan_control *sc, struct sbd_owner *p)
{
	if (sc->kswapd && test_bit(SBD_OWNER_RECLAIM, &p->flags))
		sc->immediate += sbd_owner_pages(p);
	set_bit(SBD_OWNER_RECLAIM, &p->flags);
	return FATE_ACTIVATE;
}

/* An anonymous page needs a place in swap before it can go. */
static bool get_swap(struct sbd_owners *own, struct sbd_owner *p)
{
	if (test_bit(SBD_OWNER_SWAPPED, &p->flags))
		return true;
	if (!sbd_swap_free(own, sbd_owner_pages(p)))
		return false;
	atomic_long_add(sbd_owner_pages(p), &own->swap_used);
	set_bit(SBD_OWNER_SWAPPED, &p->flags);
	set_bit(SBD_OWNER_DIRTY, &p->flags);
	return true;
}

/*
 * A dirty file page is the flusher's, which writes many in a row; kswapd does it
 * itself only if it has met nothing else and waited for this one before.
 */
static bool leave_to_flusher(const struct sbd_scan_control *sc,
			     const struct sbd_owner *p)
{
	return p->kind == SBD_OWNER_FILE &&
	       (!sc->kswapd || !test_bit(SBD_OWNER_RECLAIM, &p->flags) ||
		!sc->own->node[p->nid].many_dirty);
}

/* A dirty page: begin to write it, if that is for us to do. */
static enum fate meet_dirty(struct sbd_scan_control *sc, u32 o, bool only_clean)
{
	struct sbd_owner *p = sbd_owner(sc->own, o);

	if (leave_to_flusher(sc, p)) {
		sbd_count_vm(sc->own->sys, nr_vmscan_immediate_reclaim,
			     sbd_owner_pages(p));
		set_bit(SBD_OWNER_RECLAIM, &p->flags);
		return FATE_ACTIVATE;
	}
	if (only_clean || !sc->may_write)
		return FATE_KEEP;
	sbd_count_vm(sc->own->sys, nr_vmscan_write, sbd_owner_pages(p));
	set_bit(SBD_OWNER_RECLAIM, &p->flags);
	sbd_writeback_start(sc->own, o);
	sc->written += sbd_owner_pages(p);
	return FATE_KEEP;
}

static void note(struct sbd_scan_control *sc, const struct sbd_owner *p)
{
	if (p->kind != SBD_OWNER_FILE)
		return;
	sc->taken += sbd_owner_pages(p);
	if (test_bit(SBD_OWNER_WRITEBACK, &p->flags))
		sc->writeback += sbd_owner_pages(p);
	else if (test_bit(SBD_OWNER_DIRTY, &p->flags))
		sc->dirty += sbd_owner_pages(p);
}

/* What shrink_folio_list() does with one page, its owner locked. */
static enum fate judge(struct sbd_scan_control *sc, u32 o)
{
	struct sbd_owner *p = sbd_owner(sc->own, o);
	enum fate fate;
	bool only_clean;

	if (test_bit(SBD_OWNER_UNEVICTABLE, &p->flags))
		return FATE_KEEP;
	if (!sc->may_unmap && p->kind == SBD_OWNER_ANON)
		return FATE_KEEP;
	note(sc, p);
	if (test_bit(SBD_OWNER_WRITEBACK, &p->flags))
		return meet_writeback(sc, p);
	fate = check_references(p, &only_clean);
	if (fate != FATE_RECLAIM)
		return fate;
	if (p->kind == SBD_OWNER_ANON && !get_swap(sc->own, p))
		return FATE_ACTIVATE;
	if (test_bit(SBD_OWNER_DIRTY, &p->flags))
		return meet_dirty(sc, o, only_clean);
	return FATE_RECLAIM;
}

/* The page goes; its owner will find out.  Locked, and unlocked here. */
static void evict(struct sbd_scan_control *sc, u32 o)
{
	struct sbd_owner *p = sbd_owner(sc->own, o);

	trace_sbd_evict(sc->own->sys, p->nid, p->pfn, p->order, p->kind);
	p->age = atomic_long_add_return(sbd_owner_pages(p),
					&sc->own->node[p->nid].age);
	clear_bit(SBD_OWNER_ACTIVE, &p->flags);
	clear_bit(SBD_OWNER_REFERENCED, &p->flags);
	clear_bit(SBD_OWNER_RECLAIM, &p->flags);
	if (sbd_owner_movable(p))
		set_bit(SBD_OWNER_EVICTED, &p->flags);
	sbd_owner_detach(sc->own, sc->cpu, o);
	if (sbd_lru_let_go(sc->own, sc->cpu, o, SBD_OWNER_ISOLATED))
		sbd_owner_unlock(p);
}

/* Return: pages reclaimed. */
static unsigned long settle(struct sbd_scan_control *sc, u32 o)
{
	struct sbd_owner *p = sbd_owner(sc->own, o);
	unsigned long pages = sbd_owner_pages(p);
	enum fate fate = FATE_KEEP;

	if (sbd_owner_trylock(p)) {
		fate = judge(sc, o);
		if (fate == FATE_RECLAIM) {
			evict(sc, o);
			return pages;
		}
		if (fate == FATE_ACTIVATE) {
			set_bit(SBD_OWNER_ACTIVE, &p->flags);
			sbd_count_vm(sc->own->sys, pgactivate, pages);
		}
		sbd_owner_unlock(p);
	}
	put_back(sc, o);
	return 0;
}

static void count_scan(struct sbd_scan_control *sc, bool file,
		       unsigned long scanned, unsigned long stolen)
{
	struct sbd_system *sys = sc->own->sys;

	if (sc->kswapd) {
		sbd_count_vm(sys, pgscan_kswapd, scanned);
		sbd_count_vm(sys, pgsteal_kswapd, stolen);
	} else {
		sbd_count_vm(sys, pgscan_direct, scanned);
		sbd_count_vm(sys, pgsteal_direct, stolen);
	}
	if (file) {
		sbd_count_vm(sys, pgscan_file, scanned);
		sbd_count_vm(sys, pgsteal_file, stolen);
	} else {
		sbd_count_vm(sys, pgscan_anon, scanned);
		sbd_count_vm(sys, pgsteal_anon, stolen);
	}
}

/*
 * lru_note_cost(): what it took, as a floating average over a quarter of all
 * pages.  From 6.2 rotations count, a thirty-second of a write each.
 */
static void note_cost(struct sbd_scan_control *sc, int nid, bool file,
		      unsigned long written, unsigned long rotated)
{
	struct sbd_lru_node *n = &sc->own->node[nid];
	unsigned long all = 0;
	int i;

	spin_lock(&n->lock);
	if (sc->own->sys->prof->cost_of_rotation)
		n->cost[file] += written * SBD_SWAP_CLUSTER + rotated;
	else
		n->cost[file] += written;
	for (i = SBD_LRU_INACTIVE_ANON; i <= SBD_LRU_ACTIVE_FILE; i++)
		all += n->list[i].pages;
	if (n->cost[0] + n->cost[1] > all / 4) {
		n->cost[0] /= 2;
		n->cost[1] /= 2;
	}
	spin_unlock(&n->lock);
}

/*
 * With so many pages in reclaimers' hands, one more would only starve others of
 * pages to find: wait until there are fewer.
 */
static bool too_many_isolated(struct sbd_scan_control *sc, int nid, bool file)
{
	const struct sbd_lru_node *n = &sc->own->node[nid];
	enum sbd_lru_list list = file ? SBD_LRU_INACTIVE_FILE : SBD_LRU_INACTIVE_ANON;

	return !sc->kswapd &&
	       atomic_long_read(&n->isolated[file]) >
	       (long)READ_ONCE(n->list[list].pages);
}

static void wait_for_isolated(struct sbd_scan_control *sc, int nid, bool file)
{
	struct sbd_system *sys = sc->own->sys;

	if (!too_many_isolated(sc, nid, file) || !sys->hooks.wait)
		return;
	if (sys->hooks.wait(sys, 1))
		sc->interrupted = true;
}

/**
 * sbd_shrink_inactive() - reclaim from the tail of an inactive list
 * @sc:	  the reclaim
 * @nid:  the node
 * @list: INACTIVE_ANON or INACTIVE_FILE
 * @nr:	  pages to look at, at most a cluster
 *
 * Context: process, may sleep through hooks.wait; takes lru locks.
 * Return: pages reclaimed.
 */
unsigned long sbd_shrink_inactive(struct sbd_scan_control *sc, int nid,
				  enum sbd_lru_list list, unsigned long nr)
{
	bool file = list == SBD_LRU_INACTIVE_FILE;
	unsigned long dirty = sc->dirty, taken = sc->taken, scanned, got = 0;
	unsigned long written = sc->written;
	struct catch c = { };
	unsigned int i;

	wait_for_isolated(sc, nid, file);
	sbd_lru_drain(sc->own, sc->cpu);
	scanned = isolate(sc, nid, list, nr, &c);
	sc->scanned += scanned;
	for (i = 0; i < c.nr; i++)
		got += settle(sc, c.owner[i]);
	sc->reclaimed += got;
	count_scan(sc, file, scanned, got);
	note_cost(sc, nid, file, sc->written - written, scanned - got);
	/* Nothing but dirty pages: the flusher is behind. */
	if (sc->dirty - dirty && sc->dirty - dirty == sc->taken - taken)
		sbd_writeback_flush(sc->own, SBD_SWAP_CLUSTER);
	return got;
}

/**
 * sbd_shrink_active() - make pages at the tail of an active list inactive
 * @sc:	  the reclaim
 * @nid:  the node
 * @list: ACTIVE_ANON or ACTIVE_FILE
 * @nr:	  pages to look at, at most a cluster
 *
 * Used or not: only executable file pages are spared in the kernel, and there are
 * none here.  Context: process; takes lru locks.
 */
void sbd_shrink_active(struct sbd_scan_control *sc, int nid,
		       enum sbd_lru_list list, unsigned long nr)
{
	struct catch c = { };
	struct sbd_owner *p;
	unsigned int i;

	sbd_lru_drain(sc->own, sc->cpu);
	sbd_count_vm(sc->own->sys, pgrefill, isolate(sc, nid, list, nr, &c));
	for (i = 0; i < c.nr; i++) {
		p = sbd_owner(sc->own, c.owner[i]);
		clear_bit(SBD_OWNER_YOUNG, &p->flags);
		if (test_and_clear_bit(SBD_OWNER_ACTIVE, &p->flags))
			sbd_count_vm(sc->own->sys, pgdeactivate, sbd_owner_pages(p));
		put_back(sc, c.owner[i]);
	}
}

/* An object that was used since stays, once; else it is freed. */
static unsigned long shrink_object(struct sbd_scan_control *sc, u32 o)
{
	struct sbd_owner *p = sbd_owner(sc->own, o);
	unsigned long pages = sbd_owner_pages(p);

	if (sbd_owner_trylock(p)) {
		if (!test_and_clear_bit(SBD_OWNER_YOUNG, &p->flags)) {
			evict(sc, o);
			return pages;
		}
		sbd_owner_unlock(p);
	}
	put_back(sc, o);
	return 0;
}

/**
 * sbd_shrink_slab() - let shrinkers free reclaimable objects
 * @sc:  the reclaim
 * @nid: the node
 *
 * do_shrink_slab() with the usual two seeks: of all objects four halves times
 * 2^-priority are looked at, a cluster at a time.
 * Context: process; takes lru locks.  Return: pages freed.
 */
unsigned long sbd_shrink_slab(struct sbd_scan_control *sc, int nid)
{
	unsigned long all = sbd_lru_pages(sc->own, nid, SBD_LRU_SLAB);
	unsigned long left = (all >> sc->priority) * 4 / 2, got = 0, n;
	struct catch c;
	unsigned int i;

	while (left) {
		c = (struct catch) { };
		n = isolate(sc, nid, SBD_LRU_SLAB, min(left, SBD_SWAP_CLUSTER), &c);
		if (!n)
			break;
		sbd_count_vm(sc->own->sys, slabs_scanned, n);
		for (i = 0; i < c.nr; i++)
			got += shrink_object(sc, c.owner[i]);
		left -= min(left, n);
	}
	sc->reclaimed += got;
	return got;
}
