// SPDX-License-Identifier: GPL-2.0
/*
 * Getting pages back from their owners, a node or a whole zonelist at a time.
 *
 * Rules: mm/vmscan.c of 6.1 and 6.12 with MGLRU off: get_scan_count(),
 * shrink_lruvec(), shrink_node(), do_try_to_free_pages(), node_reclaim().
 */
#include <linux/kernel.h>
#include <linux/math64.h>

#include "profile.h"
#include "reclaim.h"
#include "trace.h"
#include "watermark.h"
#include "writeback.h"

#define NODE_RECLAIM_PRIORITY	4
#define MOST_SWAPPINESS		200
#define THROTTLE_WAITS		100	/* of 10 ms each */

/* ---- How much of which list ---------------------------------------------- */

/* inactive_is_low(): the more memory, the smaller the inactive share may be. */
static bool inactive_is_low(const struct sbd_owners *own, int nid,
			    enum sbd_lru_list inactive)
{
	unsigned long old = sbd_lru_pages(own, nid, inactive);
	unsigned long active = sbd_lru_pages(own, nid, inactive + 1);
	unsigned long gb = (old + active) >> (30 - PAGE_SHIFT);

	return old * (gb ? int_sqrt(10 * gb) : 1) < active;
}

/* Refaults that were activated since reclaim last looked: a new working set. */
static bool refaulting(struct sbd_lru_node *n, bool file)
{
	return atomic_long_read(&n->activated[file]) !=
	       READ_ONCE(n->activated_seen[file]);
}

/* prepare_scan_control() */
static void prepare(struct sbd_scan_control *sc, int nid)
{
	struct sbd_lru_node *n = &sc->own->node[nid];
	unsigned long file = sbd_lru_pages(sc->own, nid, SBD_LRU_INACTIVE_FILE);

	sc->age_anon = refaulting(n, false) ||
		       inactive_is_low(sc->own, nid, SBD_LRU_INACTIVE_ANON);
	sc->age_file = refaulting(n, true) ||
		       inactive_is_low(sc->own, nid, SBD_LRU_INACTIVE_FILE);
	sc->trim_cache = file >> sc->priority && !sc->age_file;
}

/*
 * So little page cache that reclaiming it could not bring the node to its high
 * marks: its refaults would draw all the scanning to it.
 */
static bool file_is_tiny(const struct sbd_scan_control *sc, int nid)
{
	const struct sbd_node *node = &sc->own->sys->nodes[nid];
	unsigned long file, free = 0, high = 0, anon;
	const struct sbd_zone *z;
	int type;

	for (type = 0; type < SBD_NR_ZONES; type++) {
		z = node->zones[type];
		if (!z)
			continue;
		free += sbd_zone_stat(z, SBD_NR_FREE_PAGES);
		high += sbd_wmark_pages(z, SBD_WMARK_HIGH);
	}
	file = sbd_lru_pages(sc->own, nid, SBD_LRU_INACTIVE_FILE) +
	       sbd_lru_pages(sc->own, nid, SBD_LRU_ACTIVE_FILE);
	anon = sbd_lru_pages(sc->own, nid, SBD_LRU_INACTIVE_ANON);
	return file + free <= high && !sc->age_anon && anon >> sc->priority;
}

/* Pages of a list in zones that the request can use. */
static unsigned long list_size(const struct sbd_scan_control *sc, int nid,
			       enum sbd_lru_list list)
{
	const struct sbd_lru_node *n = &sc->own->node[nid];
	unsigned long sum = 0;
	int type;

	for (type = 0; type <= sc->highest; type++)
		sum += READ_ONCE(n->zone[type][list]);
	return sum;
}

/* Shares of anonymous and file pages, by what each cost of late. */
static void balance(const struct sbd_scan_control *sc, int nid, u64 *share)
{
	const struct sbd_lru_node *n = &sc->own->node[nid];
	unsigned long anon = READ_ONCE(n->cost[0]), file = READ_ONCE(n->cost[1]);
	int swappiness = sc->own->sys->vm.swappiness;
	u64 all = anon + file;
	u64 both = 3 * all + 1;

	share[0] = div64_u64(swappiness * both, all + anon + 1);
	share[1] = div64_u64((MOST_SWAPPINESS - swappiness) * both, all + file + 1);
}

/* get_scan_count(): pages to look at on each list. */
static void scan_count(const struct sbd_scan_control *sc, int nid,
		       unsigned long *nr)
{
	u64 share[2] = { 1, 1 }, sum = 1;
	int list;

	if (!sc->may_swap || !sbd_swap_free(sc->own, 1)) {
		share[0] = 0;
	} else if (!sc->priority && sc->own->sys->vm.swappiness) {
		/* nearly out of memory: all of both */
	} else if (file_is_tiny(sc, nid)) {
		share[1] = 0;
	} else if (sc->trim_cache) {
		share[0] = 0;
	} else {
		balance(sc, nid, share);
		sum = share[0] + share[1];
	}
	for (list = SBD_LRU_INACTIVE_ANON; list <= SBD_LRU_ACTIVE_FILE; list++)
		nr[list] = div64_u64((u64)(list_size(sc, nid, list) >> sc->priority) *
				     share[list >= SBD_LRU_INACTIVE_FILE], sum ?: 1);
}

/* ---- One node ------------------------------------------------------------ */

static void shrink_some(struct sbd_scan_control *sc, int nid,
			enum sbd_lru_list list, unsigned long nr)
{
	bool file = list >= SBD_LRU_INACTIVE_FILE;

	if (list == SBD_LRU_INACTIVE_ANON || list == SBD_LRU_INACTIVE_FILE)
		sbd_shrink_inactive(sc, nid, list, nr);
	else if (file ? sc->age_file : sc->age_anon)
		sbd_shrink_active(sc, nid, list, nr);
}

/*
 * Enough is reclaimed: the type that has less left to scan is done with, and the
 * other is scanned to the same share of its target.
 */
static bool adjust(unsigned long *nr, const unsigned long *target)
{
	unsigned long file = nr[SBD_LRU_INACTIVE_FILE] + nr[SBD_LRU_ACTIVE_FILE];
	unsigned long anon = nr[SBD_LRU_INACTIVE_ANON] + nr[SBD_LRU_ACTIVE_ANON];
	int less = file > anon ? SBD_LRU_INACTIVE_ANON : SBD_LRU_INACTIVE_FILE;
	int more = file > anon ? SBD_LRU_INACTIVE_FILE : SBD_LRU_INACTIVE_ANON;
	unsigned long percent, done;
	int i;

	if (!file || !anon)
		return false;
	percent = min(file, anon) * 100 / (target[less] + target[less + 1] + 1);
	for (i = 0; i < 2; i++) {
		nr[less + i] = 0;
		done = target[more + i] - nr[more + i];
		nr[more + i] = target[more + i] * (100 - percent) / 100;
		nr[more + i] -= min(nr[more + i], done);
	}
	return true;
}

static bool any_left(const unsigned long *nr)
{
	return nr[SBD_LRU_INACTIVE_ANON] || nr[SBD_LRU_ACTIVE_FILE] ||
	       nr[SBD_LRU_INACTIVE_FILE];
}

/* shrink_lruvec() */
static void shrink_lists(struct sbd_scan_control *sc, int nid)
{
	unsigned long nr[4], target[4], n, before = sc->reclaimed;
	bool adjusted = !sc->kswapd && sc->priority == SBD_DEF_PRIORITY;
	int list;

	scan_count(sc, nid, nr);
	memcpy(target, nr, sizeof(target));
	while (any_left(nr) && !sc->interrupted) {
		for (list = SBD_LRU_INACTIVE_ANON; list <= SBD_LRU_ACTIVE_FILE; list++) {
			n = min(nr[list], SBD_SWAP_CLUSTER);
			if (!n)
				continue;
			nr[list] -= n;
			shrink_some(sc, nid, list, n);
		}
		if (sc->reclaimed - before < sc->goal || adjusted)
			continue;
		if (!adjust(nr, target))
			break;
		adjusted = true;
	}
	if (sc->may_swap && inactive_is_low(sc->own, nid, SBD_LRU_INACTIVE_ANON))
		sbd_shrink_active(sc, nid, SBD_LRU_ACTIVE_ANON, SBD_SWAP_CLUSTER);
}

/* Pages met twice while being written: wait a little, or all would be met so. */
static void throttle_node(struct sbd_scan_control *sc, int nid)
{
	struct sbd_system *sys = sc->own->sys;

	sc->own->node[nid].many_dirty = sc->dirty && sc->dirty == sc->taken;
	if (!sc->immediate && (sc->kswapd || !sc->writeback ||
			       sc->writeback != sc->taken))
		return;
	sbd_count_vm(sys, nr_throttled_written, sc->immediate);
	if (sys->hooks.wait && sys->hooks.wait(sys, 1))
		sc->interrupted = true;
	sbd_writeback_complete(sc->own, sc->cpu);
}

/*
 * should_continue_reclaim(): a block of a high order wants more free memory than
 * there is for compaction to work with.
 */
static bool go_on_for_compaction(const struct sbd_scan_control *sc, int nid,
				 unsigned long got)
{
	const struct sbd_zone *z;
	unsigned long wanted = 2UL << sc->order, left;
	int type;

	if (!got || sc->order <= SBD_COSTLY_ORDER || sc->interrupted ||
	    sc->priority < SBD_DEF_PRIORITY - 2)
		return false;
	for (type = 0; type <= sc->highest; type++) {
		z = sc->own->sys->nodes[nid].zones[type];
		if (z && sbd_zone_stat(z, SBD_NR_FREE_PAGES) >
			 sbd_wmark_pages(z, SBD_WMARK_LOW) + wanted)
			return false;
	}
	left = sbd_lru_pages(sc->own, nid, SBD_LRU_INACTIVE_FILE);
	if (sbd_swap_free(sc->own, 1))
		left += sbd_lru_pages(sc->own, nid, SBD_LRU_INACTIVE_ANON);
	return left > wanted;
}

/**
 * sbd_reclaim_node() - reclaim from one node at one priority
 * @sc:	 what for; its counts go on
 * @nid: the node
 *
 * shrink_node().  Context: process, may sleep through hooks.wait; takes lru,
 * writeback, pcp and zone locks one after the other.
 */
void sbd_reclaim_node(struct sbd_scan_control *sc, int nid)
{
	unsigned long before, scanned = sc->scanned;
	unsigned long reclaimed = sc->reclaimed;

	do {
		before = sc->reclaimed;
		sc->taken = 0;
		sc->dirty = 0;
		sc->writeback = 0;
		sc->immediate = 0;
		sbd_writeback_complete(sc->own, sc->cpu);
		prepare(sc, nid);
		shrink_lists(sc, nid);
		sbd_shrink_slab(sc, nid);
		throttle_node(sc, nid);
	} while (go_on_for_compaction(sc, nid, sc->reclaimed - before));
	if (sc->reclaimed > reclaimed)
		sc->own->node[nid].kswapd_failures = 0;
	trace_sbd_reclaim(sc->own->sys, nid, sc->order, sc->priority, sc->kswapd,
			  sc->scanned - scanned, sc->reclaimed - reclaimed);
}

/* ---- For a request ------------------------------------------------------- */

/**
 * sbd_reclaimable() - pages of a zone that reclaim could free
 * @own: the owners, may be NULL
 * @z:	 the zone
 *
 * zone_reclaimable_pages().  Context: any.  Return: pages.
 */
unsigned long sbd_reclaimable(const struct sbd_owners *own,
			      const struct sbd_zone *z)
{
	const unsigned long *nr;
	unsigned long sum;

	if (!own)
		return 0;
	nr = own->node[z->nid].zone[z->idx];
	sum = READ_ONCE(nr[SBD_LRU_INACTIVE_FILE]) +
	      READ_ONCE(nr[SBD_LRU_ACTIVE_FILE]);
	if (sbd_swap_free(own, 1))
		sum += READ_ONCE(nr[SBD_LRU_INACTIVE_ANON]) +
		       READ_ONCE(nr[SBD_LRU_ACTIVE_ANON]);
	return sum;
}

/**
 * sbd_allow_direct() - is there enough left that requests may reclaim themselves
 * @sys: the system, whose pages are owned
 * @nid: the node
 *
 * allow_direct_reclaim(): below half of the min marks what is left is for those
 * that reclaim on behalf of others.  Context: any.  Return: yes or no.
 */
bool sbd_allow_direct(struct sbd_system *sys, int nid)
{
	unsigned long reserve = 0, free = 0;
	struct sbd_zone *z;
	int type;

	if (sys->own->node[nid].kswapd_failures >= SBD_MAX_RECLAIM_RETRIES)
		return true;
	for (type = 0; type <= SBD_ZONE_NORMAL; type++) {
		z = sys->nodes[nid].zones[type];
		if (!z || !sbd_reclaimable(sys->own, z))
			continue;
		reserve += sbd_wmark_pages(z, SBD_WMARK_MIN);
		free += sbd_stat_exact(z, SBD_NR_FREE_PAGES);
	}
	return !reserve || free > reserve / 2;
}

/* throttle_direct_reclaim(): let kswapd get on first.  Return: a signal came. */
static bool throttle_request(const struct sbd_request *rq)
{
	struct sbd_zone *z = rq->node->zonelist[rq->preferred];
	struct sbd_system *sys = rq->sys;
	int i;

	if (sbd_allow_direct(sys, z->nid))
		return false;
	sbd_count_vm(sys, pgscan_direct_throttle, 1);
	for (i = 0; i < THROTTLE_WAITS && !sbd_allow_direct(sys, z->nid); i++) {
		if (sys->hooks.wake_kswapd)
			sys->hooks.wake_kswapd(z, 0, SBD_ZONE_NORMAL);
		if (!sys->hooks.wait)
			return false;
		if (sys->hooks.wait(sys, 10))
			return true;
	}
	return false;
}

/*
 * compaction_ready(): there is so much free memory that compaction is the better
 * way to a block of this order.
 */
static bool compaction_ready(const struct sbd_scan_control *sc, struct sbd_zone *z)
{
	struct sbd_wmark_check c = {
		.mark = sbd_wmark_pages(z, SBD_WMARK_HIGH) + (2UL << sc->order),
		.highest = sc->highest,
	};

	return sc->order > SBD_COSTLY_ORDER && sbd_watermark_ok_safe(z, &c);
}

/* shrink_zones(): each node once.  Return: some zone is ready for compaction. */
static bool shrink_zonelist(struct sbd_scan_control *sc, struct sbd_request *rq)
{
	unsigned int seen = 0;
	bool ready = false;
	struct sbd_zone *z;
	int i;

	for (i = rq->preferred; i < rq->node->nr_zonelist; i++) {
		z = rq->node->zonelist[i];
		if (z->idx > rq->highest || !(rq->nodes & BIT(z->nid)) ||
		    ((rq->gfp & __GFP_THISNODE) && z->nid != rq->node->nid))
			continue;
		if (compaction_ready(sc, z)) {
			ready = true;
			continue;
		}
		if (seen & BIT(z->nid))
			continue;
		seen |= BIT(z->nid);
		sbd_reclaim_node(sc, z->nid);
	}
	return ready;
}

/* What has been refaulting up to now is no news to the next reclaim. */
static void remember_refaults(struct sbd_owners *own)
{
	struct sbd_lru_node *n;
	int nid, file;

	for (nid = 0; nid < own->sys->nr_nodes; nid++) {
		n = &own->node[nid];
		for (file = 0; file < 2; file++)
			WRITE_ONCE(n->activated_seen[file],
				   atomic_long_read(&n->activated[file]));
	}
}

/**
 * sbd_reclaim_direct() - a request reclaims for itself
 * @rq:		 the request
 * @interrupted: set if a signal came while it waited
 *
 * try_to_free_pages(): from a 4096th of all lists to all of them, until there is
 * a cluster of pages.
 * Context: process, may sleep through hooks.wait.
 * Return: pages reclaimed; 1 if there is nothing to do but compact.
 */
unsigned long sbd_reclaim_direct(struct sbd_request *rq, bool *interrupted)
{
	struct sbd_scan_control sc = {
		.own = rq->sys->own,
		.cpu = rq->cpu,
		.order = rq->order,
		.highest = rq->highest,
		.goal = SBD_SWAP_CLUSTER,
		.may_write = true,
		.may_swap = true,
		.may_unmap = true,
	};
	bool ready = false;

	*interrupted = throttle_request(rq);
	if (*interrupted)
		return 1;
	atomic64_inc(&rq->sys->allocstall[rq->highest]);
	for (sc.priority = SBD_DEF_PRIORITY; sc.priority >= 0; sc.priority--) {
		ready = shrink_zonelist(&sc, rq);
		if (sc.reclaimed >= sc.goal || ready || sc.interrupted)
			break;
	}
	remember_refaults(sc.own);
	*interrupted = sc.interrupted;
	return sc.reclaimed ?: ready;
}

/* File pages that node reclaim may take: all file pages here are unmapped. */
static unsigned long node_pagecache(const struct sbd_owners *own, int nid)
{
	unsigned long pages = sbd_lru_pages(own, nid, SBD_LRU_INACTIVE_FILE) +
			      sbd_lru_pages(own, nid, SBD_LRU_ACTIVE_FILE);
	unsigned long dirty = atomic_long_read(&own->node[nid].dirty);

	if (own->sys->vm.zone_reclaim_mode & SBD_RECLAIM_WRITE)
		return pages;
	return pages - min(pages, dirty);
}

static bool worth_node_reclaim(const struct sbd_system *sys, int nid)
{
	const struct sbd_node *node = &sys->nodes[nid];
	unsigned long managed = 0;
	int type;

	for (type = 0; type < SBD_NR_ZONES; type++)
		if (node->zones[type])
			managed += node->zones[type]->managed;
	return node_pagecache(sys->own, nid) >
	       managed * sys->vm.min_unmapped_ratio / 100 ||
	       sbd_lru_pages(sys->own, nid, SBD_LRU_SLAB) >
	       managed * sys->vm.min_slab_ratio / 100;
}

/* One node, harder and harder, until the request is served. */
static bool reclaim_one_node(struct sbd_request *rq, int nid)
{
	int mode = rq->sys->vm.zone_reclaim_mode;
	unsigned long wanted = 1UL << rq->order;
	struct sbd_scan_control sc = {
		.own = rq->sys->own,
		.cpu = rq->cpu,
		.order = rq->order,
		.highest = rq->highest,
		.goal = max(wanted, SBD_SWAP_CLUSTER),
		.may_write = mode & SBD_RECLAIM_WRITE,
		.may_unmap = mode & SBD_RECLAIM_UNMAP,
		.may_swap = true,
	};

	for (sc.priority = NODE_RECLAIM_PRIORITY; sc.priority >= 0; sc.priority--) {
		sbd_reclaim_node(&sc, nid);
		if (sc.reclaimed >= wanted || sc.interrupted)
			break;
	}
	return sc.reclaimed >= wanted;
}

/**
 * sbd_node_reclaim() - before the next node is tried, this one reclaims
 * @rq: a request that found too little; hooks.node_reclaim
 * @z:	where
 *
 * node_reclaim(): unmapped file pages and objects, if there are many; only on the
 * request's own node or one that has no CPUs, and only one at a time.
 * Context: process, may sleep through hooks.wait.
 * Return: enough was reclaimed that the zone is worth another look.
 */
bool sbd_node_reclaim(struct sbd_request *rq, struct sbd_zone *z)
{
	struct sbd_system *sys = rq->sys;
	struct sbd_lru_node *n;
	bool ok;

	if (!sys->own || !worth_node_reclaim(sys, z->nid) ||
	    !(rq->gfp & __GFP_DIRECT_RECLAIM) ||
	    (rq->task && rq->task->flags & SBD_TASK_MEMALLOC))
		return false;
	if (sys->nodes[z->nid].cpus && sys->cpu_node[rq->cpu] != z->nid)
		return false;
	n = &sys->own->node[z->nid];
	if (test_and_set_bit(0, &n->reclaiming))
		return false;
	ok = reclaim_one_node(rq, z->nid);
	clear_bit_unlock(0, &n->reclaiming);
	if (ok)
		sbd_count_vm(sys, zone_reclaim_success, 1);
	else
		sbd_count_vm(sys, zone_reclaim_failed, 1);
	return ok;
}
