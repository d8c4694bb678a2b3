// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that reclaim, compact and write in the background: a kswapd and a
 * kcompactd a node, and a flusher.
 *
 * They live as long as a workload that owns pages; what they do is in kswapd.c,
 * compact.c and writeback.c.  Rules of sleeping: kswapd(), kcompactd().
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/wait.h>

#include "kcompactd.h"
#include "daemon.h"
#include "kswapd.h"
#include "writeback.h"

#define PROACTIVE_MS	500
#define SHORT_NAP	(HZ / 10)
#define FLUSH_AT_ONCE	64

/**
 * struct node_daemons - the threads of one node
 * @d:		whose
 * @nid:	the node
 * @kswapd:	NULL: none
 * @kcompactd:	NULL: none
 * @kswapd_wait: where it sleeps
 * @kcompactd_wait: likewise
 */
struct node_daemons {
	struct sbd_daemons *d;
	int nid;
	struct task_struct *kswapd;
	struct task_struct *kcompactd;
	wait_queue_head_t kswapd_wait;
	wait_queue_head_t kcompactd_wait;
};

/**
 * struct sbd_daemons - all threads of a system
 * @sys:     the system
 * @hooks:   the system's, before
 * @node:    of each node
 * @flusher: NULL: none
 */
struct sbd_daemons {
	struct sbd_system *sys;
	struct sbd_hooks hooks;
	struct node_daemons node[SBD_MAX_NODES];
	struct task_struct *flusher;
};

/* Where the thread runs at this moment, as the model counts CPUs. */
static int this_cpu(const struct sbd_system *sys)
{
	int cpu = raw_smp_processor_id();

	return cpu < sys->nr_cpus ? cpu : 0;
}

/* ---- hooks --------------------------------------------------------------- */

static void wake_kswapd(struct sbd_zone *z, unsigned int order, int highest)
{
	struct sbd_daemons *d = z->sys->own ? z->sys->own->daemons : NULL;

	if (!d)
		return;
	sbd_kswapd_wake(z, order, highest);
	wake_up(&d->node[z->nid].kswapd_wait);
}

static void wake_kcompactd(struct sbd_system *sys, int nid, unsigned int order,
			   int highest)
{
	struct sbd_daemons *d = sys->own ? sys->own->daemons : NULL;

	if (!d)
		return;
	sbd_kcompactd_wake(sys, nid, order, highest);
	wake_up(&d->node[nid].kcompactd_wait);
}

static bool told_to_stop(void)
{
	return signal_pending(current) ||
	       ((current->flags & PF_KTHREAD) && kthread_should_stop());
}

static int wait(struct sbd_system *sys, unsigned int ms)
{
	if (!told_to_stop())
		schedule_timeout_interruptible(msecs_to_jiffies(ms));
	return told_to_stop() ? -EINTR : 0;
}

/* ---- kswapd -------------------------------------------------------------- */

/* What compaction skipped may be worth another look now. */
static void reset_skipped(struct sbd_system *sys, int nid)
{
	struct sbd_zone *z;
	int i;

	sbd_for_each_zone(sys, i, z) {
		if (z->nid != nid || !z->compact.flush)
			continue;
		z->compact.flush = false;
		sbd_compact_reset(z);
	}
}

/* Go to sleep, in two steps: a nap from which it is often woken at once. */
static void kswapd_sleep(struct node_daemons *n, unsigned int order, int highest)
{
	struct sbd_system *sys = n->d->sys;

	if (sbd_node_balanced(sys, n->nid, order, highest)) {
		reset_skipped(sys, n->nid);
		wake_kcompactd(sys, n->nid, order, highest);
		if (wait_event_interruptible_timeout(n->kswapd_wait,
						     kthread_should_stop() ||
						     sbd_kswapd_wanted(sys, n->nid),
						     SHORT_NAP)) {
			sbd_count_vm(sys, kswapd_low_wmark_hit_quickly, 1);
			return;
		}
	}
	if (sbd_kswapd_wanted(sys, n->nid)) {
		sbd_count_vm(sys, kswapd_high_wmark_hit_quickly, 1);
		return;
	}
	sbd_kswapd_thresholds(sys, n->nid, false);
	wait_event_interruptible(n->kswapd_wait, kthread_should_stop() ||
				 sbd_kswapd_wanted(sys, n->nid));
	sbd_kswapd_thresholds(sys, n->nid, true);
}

static int kswapd(void *arg)
{
	struct node_daemons *n = arg;
	struct sbd_system *sys = n->d->sys;
	unsigned int order = 0;
	int highest = SBD_ZONE_MOVABLE;

	sbd_kswapd_thresholds(sys, n->nid, true);
	while (!kthread_should_stop()) {
		if (!sbd_kswapd_wanted(sys, n->nid))
			kswapd_sleep(n, order, highest);
		if (kthread_should_stop())
			break;
		order = READ_ONCE(sys->own->node[n->nid].kswapd_order);
		highest = READ_ONCE(sys->own->node[n->nid].kswapd_highest);
		if (highest == SBD_NR_ZONES)
			highest = SBD_ZONE_MOVABLE;
		sbd_kswapd_balance(sys, this_cpu(sys), n->nid);
		cond_resched();
	}
	sbd_kswapd_thresholds(sys, n->nid, false);
	return 0;
}

/* ---- kcompactd and the flusher ------------------------------------------- */

static int kcompactd(void *arg)
{
	struct node_daemons *n = arg;
	struct sbd_system *sys = n->d->sys;

	while (!kthread_should_stop()) {
		wait_event_interruptible_timeout(n->kcompactd_wait,
						 kthread_should_stop() ||
						 sbd_kcompactd_wanted(sys, n->nid),
						 msecs_to_jiffies(PROACTIVE_MS));
		if (!kthread_should_stop())
			sbd_kcompactd_run(sys, this_cpu(sys), n->nid);
	}
	return 0;
}

static int flusher(void *arg)
{
	struct sbd_daemons *d = arg;
	struct sbd_owners *own = d->sys->own;

	while (!kthread_should_stop()) {
		sbd_writeback_complete(own, this_cpu(d->sys));
		if (sbd_dirty_over(d->sys, true))
			sbd_writeback_flush(own, FLUSH_AT_ONCE);
		schedule_timeout_interruptible(1);
	}
	return 0;
}

/* ---- life ---------------------------------------------------------------- */

static void stop_thread(struct task_struct **t)
{
	if (*t)
		kthread_stop(*t);
	*t = NULL;
}

static int run_thread(struct task_struct **t, int (*fn)(void *), void *arg,
		      const char *name, int nid)
{
	struct task_struct *task = kthread_run(fn, arg, "sbd_%s%d", name, nid);

	if (IS_ERR(task))
		return PTR_ERR(task);
	*t = task;
	return 0;
}

static int start_node(struct sbd_daemons *d, int nid)
{
	struct node_daemons *n = &d->node[nid];

	return run_thread(&n->kswapd, kswapd, n, "kswapd", nid) ?:
	       run_thread(&n->kcompactd, kcompactd, n, "kcompactd", nid);
}

static void init_nodes(struct sbd_daemons *d)
{
	int nid;

	for (nid = 0; nid < d->sys->nr_nodes; nid++) {
		d->node[nid].d = d;
		d->node[nid].nid = nid;
		init_waitqueue_head(&d->node[nid].kswapd_wait);
		init_waitqueue_head(&d->node[nid].kcompactd_wait);
	}
}

static void set_hooks(struct sbd_system *sys)
{
	sys->hooks.wake_kswapd = wake_kswapd;
	sys->hooks.wake_kcompactd = wake_kcompactd;
	sys->hooks.wait = wait;
	sys->hooks.node_reclaim = sbd_node_reclaim;
	sys->hooks.dirty_ok = sbd_node_dirty_ok;
}

/**
 * sbd_daemons_start() - let a system reclaim, compact and write in the background
 * @sys: the system; its pages are owned
 *
 * Context: process, may sleep.  Return: 0, -ENOMEM or what kthread_run() says, and
 * nothing started.
 */
int sbd_daemons_start(struct sbd_system *sys)
{
	struct sbd_daemons *d = kzalloc(sizeof(*d), GFP_KERNEL);
	int nid, err;

	if (!d)
		return -ENOMEM;
	d->sys = sys;
	d->hooks = sys->hooks;
	init_nodes(d);
	sys->own->daemons = d;
	set_hooks(sys);
	err = run_thread(&d->flusher, flusher, d, "flusher", 0);
	for (nid = 0; !err && nid < sys->nr_nodes; nid++)
		err = start_node(d, nid);
	if (err)
		sbd_daemons_stop(sys);
	return err;
}

/**
 * sbd_daemons_stop() - end what sbd_daemons_start() began
 * @sys: the system; nobody else uses it any more
 *
 * All writes are ended, whatever they would have taken.
 * Context: process, may sleep.
 */
void sbd_daemons_stop(struct sbd_system *sys)
{
	struct sbd_daemons *d = sys->own->daemons;
	int nid;

	for (nid = 0; nid < sys->nr_nodes; nid++) {
		stop_thread(&d->node[nid].kswapd);
		stop_thread(&d->node[nid].kcompactd);
	}
	stop_thread(&d->flusher);
	sys->hooks = d->hooks;
	sys->own->daemons = NULL;
	sbd_writeback_end(sys->own, this_cpu(sys));
	kfree(d);
}
