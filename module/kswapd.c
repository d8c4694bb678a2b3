// SPDX-License-Identifier: GPL-2.0
/*
 * What a node's kswapd does, whoever runs it.
 *
 * Rules: mm/vmscan.c of 6.1 and 6.12: wakeup_kswapd(), pgdat_balanced(),
 * balance_pgdat().
 */
#include <linux/kernel.h>

#include "kswapd.h"
#include "profile.h"
#include "trace.h"
#include "watermark.h"
#include "writeback.h"
#include "zone.h"

/**
 * sbd_node_balanced() - has a node enough free memory
 * @sys:     the system
 * @nid:     the node
 * @order:   of blocks that are wanted
 * @highest: highest zone type that is wanted
 *
 * pgdat_balanced(): some zone is above its high mark, and has such a block.
 * Context: any.  Return: yes or no; yes for a node without such zones.
 */
bool sbd_node_balanced(struct sbd_system *sys, int nid, unsigned int order,
		       int highest)
{
	struct sbd_wmark_check c = { .order = order, .highest = highest };
	bool any = false;
	struct sbd_zone *z;
	int i;

	for (i = 0; i <= highest; i++) {
		z = sys->nodes[nid].zones[i];
		if (!z)
			continue;
		any = true;
		c.mark = sbd_wmark_pages(z, SBD_WMARK_HIGH);
		if (sbd_watermark_ok_safe(z, &c))
			return true;
	}
	return !any;
}

static bool node_boosted(const struct sbd_system *sys, int nid, int highest)
{
	const struct sbd_zone *z;
	int i;

	for (i = 0; i <= highest; i++) {
		z = sys->nodes[nid].zones[i];
		if (z && READ_ONCE(z->boost))
			return true;
	}
	return false;
}

/**
 * sbd_kswapd_wake() - note that a node's kswapd has to do something
 * @z:	     a zone of the node
 * @order:   of the block that was wanted
 * @highest: highest zone type that would have done
 *
 * hooks.wake_kswapd, or what that calls before it wakes a thread.  Nothing is to
 * be done if the node has enough, or kswapd has given up.
 * Context: any.
 */
void sbd_kswapd_wake(struct sbd_zone *z, unsigned int order, int highest)
{
	struct sbd_lru_node *n;
	int now;

	if (!z->sys->own)
		return;
	n = &z->sys->own->node[z->nid];
	now = READ_ONCE(n->kswapd_highest);
	if (now == SBD_NR_ZONES || now < highest)
		WRITE_ONCE(n->kswapd_highest, highest);
	if (READ_ONCE(n->kswapd_order) < (int)order)
		WRITE_ONCE(n->kswapd_order, order);
}

/**
 * sbd_kswapd_wanted() - has a node's kswapd something to do
 * @sys: the system
 * @nid: the node
 *
 * Context: any.  Return: yes or no.
 */
bool sbd_kswapd_wanted(struct sbd_system *sys, int nid)
{
	const struct sbd_lru_node *n = &sys->own->node[nid];
	int highest = READ_ONCE(n->kswapd_highest);

	if (highest == SBD_NR_ZONES ||
	    READ_ONCE(n->kswapd_failures) >= SBD_MAX_RECLAIM_RETRIES)
		return false;
	return !sbd_node_balanced(sys, nid, READ_ONCE(n->kswapd_order), highest) ||
	       node_boosted(sys, nid, highest);
}

/* While kswapd works, per-CPU lists are short and counters fold early. */
static void set_active(struct sbd_system *sys, int nid, int highest, bool on)
{
	struct sbd_zone *z;
	int i;

	for (i = 0; i <= highest; i++) {
		z = sys->nodes[nid].zones[i];
		if (z)
			assign_bit(SBD_ZONE_RECLAIM_ACTIVE, &z->flags, on);
	}
}

/**
 * sbd_kswapd_thresholds() - let counters fold earlier while a kswapd is awake
 * @sys:   the system
 * @nid:   the node
 * @awake: it is
 *
 * set_pgdat_percpu_threshold().  Context: any; takes zone locks.
 */
void sbd_kswapd_thresholds(struct sbd_system *sys, int nid, bool awake)
{
	struct sbd_zone *z;
	unsigned long flags;
	int i, cpu, t;

	for (i = 0; i < SBD_NR_ZONES; i++) {
		z = sys->nodes[nid].zones[i];
		if (!z)
			continue;
		if (!z->percpu_drift_mark)
			continue;
		t = awake ? sbd_pressure_threshold(z) : sbd_normal_threshold(z);
		flags = sbd_zone_lock(z);
		for (cpu = 0; cpu < sys->nr_cpus; cpu++)
			z->cpus[cpu].stat_threshold = t;
		sbd_zone_unlock(z, flags);
	}
}

/* Boosts found at the start of a run; taken back at its end. */
static unsigned long read_boosts(const struct sbd_system *sys, int nid,
				 int highest, unsigned long *boost)
{
	unsigned long sum = 0;
	struct sbd_zone *z;
	int i;

	for (i = 0; i <= highest; i++) {
		z = sys->nodes[nid].zones[i];
		if (!z)
			continue;
		boost[i] = READ_ONCE(z->boost);
		sum += boost[i];
	}
	return sum;
}

static void undo_boosts(struct sbd_system *sys, int nid, int highest,
			const unsigned long *boost)
{
	struct sbd_zone *z;
	unsigned long flags;
	int i;

	for (i = 0; i <= highest; i++) {
		z = sys->nodes[nid].zones[i];
		if (!z)
			continue;
		flags = sbd_zone_lock(z);
		z->boost -= min(z->boost, boost[i]);
		sbd_zone_unlock(z, flags);
	}
	if (sys->hooks.wake_kcompactd)
		sys->hooks.wake_kcompactd(sys, nid, sys->geo.block_order, highest);
}

/* kswapd_shrink_node().  Return: so much was scanned that priority may stay. */
static bool shrink(struct sbd_scan_control *sc, int nid)
{
	const struct sbd_system *sys = sc->own->sys;
	struct sbd_zone *z;
	int i;

	sc->goal = 0;
	for (i = 0; i <= sc->highest; i++) {
		z = sys->nodes[nid].zones[i];
		if (z)
			sc->goal += max(sbd_wmark_pages(z, SBD_WMARK_HIGH),
					SBD_SWAP_CLUSTER);
	}
	sc->scanned = 0;
	sbd_reclaim_node(sc, nid);
	/* A large block is compaction's affair once there is memory for it. */
	if (sc->order && sc->reclaimed >= 2UL << sc->order)
		sc->order = 0;
	return sc->scanned >= sc->goal;
}

/**
 * struct run - one kswapd run
 * @sc:	   its reclaim
 * @nid:   the node
 * @boost: pages left to reclaim because of boosts
 */
struct run {
	struct sbd_scan_control sc;
	int nid;
	unsigned long boost;
};

/* One round at one priority.  Return: there is no more to do. */
static bool round_done(struct run *r, int highest)
{
	struct sbd_scan_control *sc = &r->sc;
	unsigned long before = sc->reclaimed, got;
	bool balanced, raise = true;

	balanced = sbd_node_balanced(sc->own->sys, r->nid, sc->order, highest);
	if (!balanced && r->boost) {
		/* what is missing comes first: begin again without the boost */
		r->boost = 0;
		sc->priority = SBD_DEF_PRIORITY;
		return false;
	}
	if (!r->boost && balanced)
		return true;
	if (r->boost && sc->priority == SBD_DEF_PRIORITY - 2)
		raise = false;
	sc->may_write = !r->boost;
	sc->may_swap = !r->boost;
	if (shrink(sc, r->nid))
		raise = false;
	got = sc->reclaimed - before;
	r->boost -= min(r->boost, got);
	if (r->boost && !got)
		return true;
	if (raise || !got)
		sc->priority--;
	return sc->interrupted;
}

/**
 * sbd_kswapd_balance() - reclaim until a node has enough
 * @sys: the system, whose pages are owned
 * @cpu: who does it
 * @nid: the node
 *
 * balance_pgdat(), for what sbd_kswapd_wake() noted; the note is taken.
 * Context: process, may sleep through hooks.wait.
 * Return: the order it reclaimed for, at the end; -1 if nobody had asked.
 */
int sbd_kswapd_balance(struct sbd_system *sys, int cpu, int nid)
{
	struct sbd_lru_node *n = &sys->own->node[nid];
	unsigned long boost[SBD_NR_ZONES] = { };
	int highest = xchg(&n->kswapd_highest, SBD_NR_ZONES);
	struct run r = {
		.nid = nid,
		.sc = {
			.own = sys->own,
			.cpu = cpu,
			.order = xchg(&n->kswapd_order, 0),
			.highest = highest,
			.priority = SBD_DEF_PRIORITY,
			.kswapd = true,
			.may_unmap = true,
		},
	};
	bool boosted, done = false;

	if (highest == SBD_NR_ZONES)
		return -1;
	sbd_count_vm(sys, pageoutrun, 1);
	r.boost = read_boosts(sys, nid, highest, boost);
	boosted = r.boost;
	set_active(sys, nid, highest, true);
	while (!done && r.sc.priority >= 1)
		done = round_done(&r, highest);
	if (!done && !r.sc.reclaimed)
		WRITE_ONCE(n->kswapd_failures, n->kswapd_failures + 1);
	set_active(sys, nid, highest, false);
	if (boosted)
		undo_boosts(sys, nid, highest, boost);
	trace_sbd_kswapd(sys, nid, r.sc.order, highest, r.sc.priority,
			 r.sc.reclaimed);
	return r.sc.order;
}
