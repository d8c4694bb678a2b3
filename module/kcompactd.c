// SPDX-License-Identifier: GPL-2.0
/*
 * Compaction of whole nodes: on demand, for who asked a node's kcompactd, and in
 * advance.
 *
 * Rules: compact_node() and kcompactd() of 6.1.192 and 6.12.117
 * (mm/compaction.c).
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>

#include "kcompactd.h"
#include "kswapd.h"
#include "pcp.h"

#define PROACTIVE_DEFER	63U	/* runs left out after one without progress */

/* ---- a whole node -------------------------------------------------------- */

static void count_daemon(const struct sbd_compact_control *cc)
{
	sbd_count_vm(cc->z->sys, compact_daemon_migrate_scanned,
		     cc->migrate_scanned);
	sbd_count_vm(cc->z->sys, compact_daemon_free_scanned, cc->free_scanned);
}

static int compact_node(struct sbd_system *sys, int cpu, int nid, bool proactive)
{
	struct sbd_compact_control cc = {
		.cpu = cpu,
		.order = -1,
		.mt = SBD_UNMOVABLE,
		.gfp = GFP_KERNEL,
		.mode = proactive ? SBD_COMPACT_SYNC_LIGHT : SBD_COMPACT_SYNC,
		.whole = true,
		.proactive = proactive,
	};
	int i;

	for (i = 0; i < SBD_NR_ZONES; i++) {
		cc.z = sys->nodes[nid].zones[i];
		if (!cc.z)
			continue;
		if (fatal_signal_pending(current))
			return -EINTR;
		sbd_compact_zone(&cc);
		if (proactive)
			count_daemon(&cc);
	}
	return 0;
}

/**
 * sbd_compact_node() - compact all zones of a node as far as can be
 * @sys: the system
 * @cpu: whose per-CPU lists
 * @nid: the node
 *
 * As a write to /proc/sys/vm/compact_memory does for each node.
 * Context: process, may sleep.  Return: 0, -EINTR after a fatal signal.
 */
int sbd_compact_node(struct sbd_system *sys, int cpu, int nid)
{
	if (sys->own)
		sbd_lru_drain_all(sys->own);
	return compact_node(sys, cpu, nid, false);
}

/* ---- kcompactd ----------------------------------------------------------- */

/**
 * sbd_kcompactd_wake() - a node's free memory is in too small pieces
 * @sys:     the system
 * @nid:     the node
 * @order:   what is wanted; 0: nothing
 * @highest: highest zone type that will do
 *
 * wakeup_kcompactd(); the caller wakes the thread.  Races are harmless.
 * Context: any.
 */
void sbd_kcompactd_wake(struct sbd_system *sys, int nid, unsigned int order,
			int highest)
{
	struct sbd_lru_node *n;

	if (!sys->own || !order)
		return;
	n = &sys->own->node[nid];
	if (n->kcompactd_highest > highest)
		WRITE_ONCE(n->kcompactd_highest, highest);
	if (n->kcompactd_order < (int)order)
		WRITE_ONCE(n->kcompactd_order, order);
}

/**
 * sbd_kcompactd_wanted() - has somebody asked a node's kcompactd for a block
 * @sys: the system
 * @nid: the node
 *
 * Context: any.  Return: yes or no.
 */
bool sbd_kcompactd_wanted(const struct sbd_system *sys, int nid)
{
	return sys->own && READ_ONCE(sys->own->node[nid].kcompactd_order) > 0;
}

static void drain_all_of(struct sbd_zone *z)
{
	int cpu;

	for (cpu = 0; cpu < z->sys->nr_cpus; cpu++)
		sbd_drain_zone(z, cpu);
}

static void daemon_zone(struct sbd_compact_control *cc)
{
	enum sbd_compact_result ret;

	if (sbd_compact_deferred(cc->z, cc->order) ||
	    sbd_compact_suitable(cc->z, cc->order, cc->z->idx, SBD_WMARK_MIN) !=
	    SBD_COMPACT_CONTINUE)
		return;
	ret = sbd_compact_zone(cc);
	if (ret == SBD_COMPACT_SUCCESS) {
		sbd_compact_defer_reset(cc->z, cc->order, false);
	} else if (ret == SBD_COMPACT_PARTIAL || ret == SBD_COMPACT_COMPLETE) {
		/* what lies on per-CPU lists may be what was missing */
		drain_all_of(cc->z);
		sbd_compact_defer(cc->z, cc->order);
	}
	count_daemon(cc);
}

/* kcompactd_do_work() */
static void daemon_request(struct sbd_system *sys, int cpu, int nid)
{
	struct sbd_lru_node *n = &sys->own->node[nid];
	struct sbd_compact_control cc = {
		.cpu = cpu,
		.order = READ_ONCE(n->kcompactd_order),
		.mt = SBD_UNMOVABLE,
		.gfp = GFP_KERNEL,
		.highest = READ_ONCE(n->kcompactd_highest),
		.mode = SBD_COMPACT_SYNC_LIGHT,
	};
	int i;

	sbd_count_vm(sys, compact_daemon_wake, 1);
	for (i = 0; i <= min(cc.highest, SBD_NR_ZONES - 1); i++) {
		cc.z = sys->nodes[nid].zones[i];
		if (cc.z)
			daemon_zone(&cc);
	}
	if (n->kcompactd_order <= cc.order)
		WRITE_ONCE(n->kcompactd_order, 0);
	if (n->kcompactd_highest >= cc.highest)
		WRITE_ONCE(n->kcompactd_highest, SBD_NR_ZONES - 1);
}

static void daemon_proactive(struct sbd_system *sys, int cpu, int nid)
{
	struct sbd_lru_node *n = &sys->own->node[nid];
	unsigned int before;

	if (!READ_ONCE(sys->vm.compaction_proactiveness) ||
	    sbd_kswapd_wanted(sys, nid))
		return;
	before = sbd_node_score(sys, nid);
	if (before <= sbd_node_score_mark(sys, false))
		return;
	compact_node(sys, cpu, nid, true);
	if (sbd_node_score(sys, nid) >= before)
		n->proactive_defer = PROACTIVE_DEFER;
}

/**
 * sbd_kcompactd_run() - what a node's kcompactd does when it wakes
 * @sys: the system
 * @cpu: whose per-CPU lists
 * @nid: the node
 *
 * Called when it is wanted, and every 500 ms.  What was asked for comes first;
 * else, if the node is fragmented, it compacts in advance, and after a run
 * without progress leaves out 63.
 * Context: process, may sleep; one caller a node.
 */
void sbd_kcompactd_run(struct sbd_system *sys, int cpu, int nid)
{
	struct sbd_lru_node *n;

	if (!sys->own)
		return;
	n = &sys->own->node[nid];
	if (sbd_kcompactd_wanted(sys, nid)) {
		daemon_request(sys, cpu, nid);
		n->proactive_defer = 0;
	} else if (n->proactive_defer) {
		n->proactive_defer--;
	} else {
		daemon_proactive(sys, cpu, nid);
	}
}
