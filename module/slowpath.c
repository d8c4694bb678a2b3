// SPDX-License-Identifier: GPL-2.0
/*
 * What happens when the first walk over the zones finds nothing.
 *
 * Rules: semantics.md sections 6 to 8, and __alloc_pages_slowpath() of 6.1 and
 * 6.12.  A machine with states: each does one thing, says why, and names the next.
 *
 *   begin -> min -> compact_first -> reserves -> may_reclaim -> reclaim
 *                                       ^                          |
 *                                       |                       compact
 *                                       |                          |
 *                                       +---------- again <--------+
 *                                       +---------- oom <--- again
 *                                       +-- nopage <-- any of these
 *
 * A system whose pages nobody owns (a clone, or before a workload) has nothing to
 * reclaim: it answers as the kernel answers a request that may not wait.
 */
#include <linux/kernel.h>

#include "compact.h"
#include "fallback.h"
#include "free.h"
#include "kswapd.h"
#include "oom.h"
#include "profile.h"
#include "rules.h"
#include "slowpath.h"
#include "trace.h"
#include "watermark.h"

#define MOST_COMPACT_RETRIES	16

/**
 * struct slow - a request on its way through the states
 * @rq:		 the request
 * @f:		 the block, once there is one
 * @alloc_flags: of the slow path; a walk may drop some of its own
 * @prio:	 of the next compaction
 * @compacted:	 what came of the last one
 * @compact_retries: compactions that made progress without serving it
 * @idle_loops:	 rounds without progress
 * @progress:	 pages that the last reclaim freed
 * @interrupted: a signal came
 */
struct slow {
	struct sbd_request *rq;
	struct sbd_frame *f;
	unsigned int alloc_flags;
	enum sbd_compact_priority prio;
	enum sbd_compact_result compacted;
	int compact_retries;
	int idle_loops;
	unsigned long progress;
	bool interrupted;
};

/* What a request that cannot wait may use beyond others. */
static unsigned int atomic_flags(const struct sbd_request *rq,
				 unsigned int flags)
{
	bool high = flags & SBD_ALLOC_MIN_RESERVE;

	if (!(rq->gfp & __GFP_NOMEMALLOC) || sbd_broken(rq->sys, nomemalloc)) {
		flags |= SBD_ALLOC_NON_BLOCK;
		if (rq->order &&
		    (high || !rq->sys->prof->highatomic_needs_high ||
		     sbd_broken(rq->sys, highatomic_high)))
			flags |= SBD_ALLOC_HIGHATOMIC;
	}
	return high ? flags & ~SBD_ALLOC_CPUSET : flags;
}

static bool is_task(const struct sbd_request *rq, unsigned int flags)
{
	return rq->task && (rq->task->flags & flags);
}

/**
 * sbd_slow_flags() - the allocation flags of the slow path
 * @rq: the request
 *
 * gfp_to_alloc_flags().  Return: SBD_ALLOC_*.
 */
unsigned int sbd_slow_flags(const struct sbd_request *rq)
{
	unsigned int flags = SBD_WMARK_MIN | SBD_ALLOC_CPUSET;

	flags |= (__force unsigned int)(rq->gfp &
					(__GFP_HIGH | __GFP_KSWAPD_RECLAIM));
	if (!(rq->gfp & __GFP_DIRECT_RECLAIM))
		flags = atomic_flags(rq, flags);
	else if (is_task(rq, SBD_TASK_RT) && !is_task(rq, SBD_TASK_IRQ))
		flags |= SBD_ALLOC_MIN_RESERVE;
	if (rq->sys->geo.cma && rq->mt == SBD_MOVABLE)
		flags |= SBD_ALLOC_CMA;
	return flags;
}

/*
 * Who works for more free memory may use all there is; who dies, half of what is
 * kept.  Return: flags instead of all others, or 0.
 */
static unsigned int reserve_flags(const struct sbd_request *rq)
{
	if (rq->gfp & __GFP_NOMEMALLOC)
		return 0;
	if ((rq->gfp & __GFP_MEMALLOC) ||
	    (is_task(rq, SBD_TASK_MEMALLOC) && !is_task(rq, SBD_TASK_IRQ)))
		return SBD_ALLOC_NO_WATERMARKS;
	if (rq->task && !is_task(rq, SBD_TASK_IRQ) &&
	    (is_task(rq, SBD_TASK_VICTIM) || READ_ONCE(rq->task->die)))
		return SBD_ALLOC_OOM;
	return 0;
}

/* ---- what states do ------------------------------------------------------ */

/* wake_all_kswapds(): one of each node that would do. */
static void wake_kswapds(const struct slow *s)
{
	const struct sbd_request *rq = s->rq;
	struct sbd_system *sys = rq->sys;
	unsigned int seen = 0;
	struct sbd_zone *z;
	int i;

	if (!(s->alloc_flags & SBD_ALLOC_KSWAPD))
		return;
	for (i = rq->preferred; i < rq->node->nr_zonelist; i++) {
		z = rq->node->zonelist[i];
		if (z->idx > rq->highest || !(rq->nodes & BIT(z->nid)) ||
		    (seen & BIT(z->nid)))
			continue;
		seen |= BIT(z->nid);
		atomic64_inc(&sys->kswapd_wakes);
		if (sys->hooks.wake_kswapd)
			sys->hooks.wake_kswapd(z, rq->order, rq->highest);
	}
}

static struct sbd_frame *walk(struct slow *s)
{
	s->rq->alloc_flags = s->alloc_flags;
	return sbd_walk(s->rq);
}

/* Somebody waits.  Return: a signal came. */
static bool wait(struct slow *s)
{
	struct sbd_system *sys = s->rq->sys;

	if (sys->hooks.wait && sys->hooks.wait(sys, 1))
		s->interrupted = true;
	return s->interrupted;
}

static bool costly(const struct slow *s)
{
	return s->rq->order > SBD_COSTLY_ORDER;
}

/* Those with I/O may compact: it may have to wait for pages being written. */
static bool can_compact(const struct slow *s)
{
	return s->rq->order && (s->rq->gfp & __GFP_IO);
}

/* A captured block is ours already; else look whether there is one now. */
static void after_compaction(struct slow *s)
{
	struct sbd_system *sys = s->rq->sys;

	sbd_count_vm(sys, compact_stall, 1);
	if (s->f)
		s->rq->path = SBD_PATH_DIRECT;
	else
		s->f = walk(s);
	if (!s->f) {
		sbd_count_vm(sys, compact_fail, 1);
		return;
	}
	s->rq->zone->compact.flush = false;
	sbd_compact_defer_reset(s->rq->zone, s->rq->order, true);
	sbd_count_vm(sys, compact_success, 1);
}

/* __alloc_pages_direct_compact() */
static void compact(struct slow *s, enum sbd_compact_priority prio)
{
	s->compacted = sbd_compact_direct(s->rq, s->alloc_flags, prio, &s->f);
	if (s->compacted != SBD_COMPACT_SKIPPED || s->f)
		after_compaction(s);
}

/* What was kept for urgent requests goes back into use. */
static bool unreserve(struct slow *s, bool force)
{
	const struct sbd_request *rq = s->rq;
	struct sbd_zone *z;
	int i;

	for (i = rq->preferred; i < rq->node->nr_zonelist; i++) {
		z = rq->node->zonelist[i];
		if (z->idx <= rq->highest && (rq->nodes & BIT(z->nid)) &&
		    sbd_unreserve_highatomic(z, rq->cpu, rq->mt, force))
			return true;
	}
	return false;
}

/* ---- decisions ----------------------------------------------------------- */

/* With all that can be reclaimed, one zone would be above its min mark. */
static bool worth_reclaiming(const struct slow *s)
{
	const struct sbd_request *rq = s->rq;
	struct sbd_wmark_check c = {
		.order = rq->order,
		.highest = rq->highest,
		.alloc_flags = s->alloc_flags,
		.gfp = rq->gfp,
	};
	struct sbd_zone *z;
	int i;

	for (i = rq->preferred; i < rq->node->nr_zonelist; i++) {
		z = rq->node->zonelist[i];
		if (z->idx > rq->highest || !(rq->nodes & BIT(z->nid)))
			continue;
		c.mark = sbd_wmark_pages(z, SBD_WMARK_MIN);
		if (sbd_watermark_ok_free(z, &c,
					  sbd_reclaimable(rq->sys->own, z) +
					  sbd_stat_exact(z, SBD_NR_FREE_PAGES)))
			return true;
	}
	return false;
}

/* should_reclaim_retry() */
static bool reclaim_again(struct slow *s)
{
	if (s->progress && !costly(s))
		s->idle_loops = 0;
	else
		s->idle_loops++;
	if (s->idle_loops <= SBD_MAX_RECLAIM_RETRIES && worth_reclaiming(s)) {
		if (!s->progress)
			wait(s);
		return true;
	}
	return unreserve(s, true);
}

/* should_compact_retry(): 6.1 asks in another order, to the same effect. */
static bool compact_again(struct slow *s)
{
	int most = costly(s) ? MOST_COMPACT_RETRIES / 4 : MOST_COMPACT_RETRIES;
	enum sbd_compact_priority least = costly(s) ? SBD_COMPACT_PRIO_SYNC_LIGHT :
						      SBD_COMPACT_PRIO_SYNC_FULL;

	if (!can_compact(s) || !s->progress)
		return false;
	if (s->compacted == SBD_COMPACT_SKIPPED)
		return sbd_compact_zonelist_suitable(s->rq, s->alloc_flags);
	if (s->compacted == SBD_COMPACT_SUCCESS &&
	    ++s->compact_retries <= most)
		return true;
	if (s->prio <= least)
		return false;
	s->prio--;
	s->compact_retries = 0;
	return true;
}

/* ---- states -------------------------------------------------------------- */

static int got(struct slow *s, enum sbd_slow_step *why)
{
	*why = SBD_SLOW_GOT;
	return SBD_STATE_GOT;
}

static int no_page(enum sbd_slow_step *why, enum sbd_slow_step reason)
{
	*why = reason;
	return SBD_STATE_NOPAGE;
}

static int do_begin(struct slow *s, enum sbd_slow_step *why)
{
	s->alloc_flags = sbd_slow_flags(s->rq);
	*why = SBD_SLOW_RETRY_MIN;
	return SBD_STATE_MIN;
}

/* Down to the min mark; then it depends on the block that is wanted. */
static int do_min(struct slow *s, enum sbd_slow_step *why)
{
	wake_kswapds(s);
	s->f = walk(s);
	if (s->f)
		return got(s, why);
	if (s->rq->sys->own && (s->rq->gfp & __GFP_DIRECT_RECLAIM) &&
	    can_compact(s) && (costly(s) || s->rq->mt != SBD_MOVABLE) &&
	    !reserve_flags(s->rq)) {
		*why = SBD_SLOW_COMPACT_FIRST;
		return SBD_STATE_COMPACT_FIRST;
	}
	*why = SBD_SLOW_RETRY_RESERVES;
	return SBD_STATE_RESERVES;
}

static int do_compact_first(struct slow *s, enum sbd_slow_step *why)
{
	compact(s, SBD_COMPACT_PRIO_ASYNC);
	if (s->f)
		return got(s, why);
	if (costly(s) && (s->rq->gfp & __GFP_NORETRY)) {
		if (s->compacted == SBD_COMPACT_SKIPPED ||
		    s->compacted == SBD_COMPACT_DEFERRED ||
		    (s->rq->gfp & __GFP_THISNODE))
			return no_page(why, SBD_SLOW_NOT_WORTH);
		s->prio = SBD_COMPACT_PRIO_ASYNC;
	}
	*why = SBD_SLOW_RETRY_RESERVES;
	return SBD_STATE_RESERVES;
}

/* Once more, with reserves if it may, and then without regard to policies. */
static int do_reserves(struct slow *s, enum sbd_slow_step *why)
{
	unsigned int reserves = reserve_flags(s->rq);

	wake_kswapds(s);
	if (reserves)
		s->alloc_flags = reserves |
				 (s->alloc_flags & (SBD_ALLOC_KSWAPD | SBD_ALLOC_CMA));
	if (!(s->alloc_flags & SBD_ALLOC_CPUSET) || reserves) {
		s->rq->nodes = sbd_request_reach(s->rq);
		sbd_request_prefer(s->rq);
	}
	s->f = walk(s);
	if (s->f)
		return got(s, why);
	*why = SBD_SLOW_RETRY_RESERVES;
	return SBD_STATE_MAY_RECLAIM;
}

static int do_may_reclaim(struct slow *s, enum sbd_slow_step *why)
{
	if (!s->rq->sys->own || !(s->rq->gfp & __GFP_DIRECT_RECLAIM))
		return no_page(why, SBD_SLOW_NO_RECLAIM);
	if (is_task(s->rq, SBD_TASK_MEMALLOC))
		return no_page(why, SBD_SLOW_MEMALLOC);
	if (s->interrupted)
		return no_page(why, SBD_SLOW_SIGNAL);
	*why = SBD_SLOW_RECLAIM;
	return SBD_STATE_RECLAIM;
}

/* What was reclaimed may have gone to other CPUs' lists. */
static int do_reclaim(struct slow *s, enum sbd_slow_step *why)
{
	bool interrupted = false;

	s->progress = sbd_reclaim_direct(s->rq, &interrupted);
	s->interrupted |= interrupted;
	if (s->progress)
		s->f = walk(s);
	if (s->progress && !s->f) {
		unreserve(s, false);
		sbd_drain_all(s->rq->sys);
		s->f = walk(s);
	}
	if (s->f)
		return got(s, why);
	*why = SBD_SLOW_COMPACT;
	return SBD_STATE_COMPACT;
}

static int do_compact(struct slow *s, enum sbd_slow_step *why)
{
	compact(s, s->prio);
	if (s->f)
		return got(s, why);
	if (s->rq->gfp & __GFP_NORETRY)
		return no_page(why, SBD_SLOW_NORETRY);
	if (costly(s) && (!can_compact(s) || !(s->rq->gfp & __GFP_RETRY_MAYFAIL)))
		return no_page(why, SBD_SLOW_COSTLY);
	*why = SBD_SLOW_COMPACT;
	return SBD_STATE_AGAIN;
}

static int do_again(struct slow *s, enum sbd_slow_step *why)
{
	*why = SBD_SLOW_RECLAIM_AGAIN;
	if (reclaim_again(s))
		return SBD_STATE_RESERVES;
	*why = SBD_SLOW_COMPACT_AGAIN;
	if (compact_again(s))
		return SBD_STATE_RESERVES;
	*why = SBD_SLOW_OOM;
	return SBD_STATE_OOM;
}

/* A victim that has had its share of the reserves must not go round for ever. */
static bool victim_done(const struct slow *s)
{
	return s->rq->task && READ_ONCE(s->rq->task->die) &&
	       ((s->alloc_flags & SBD_ALLOC_OOM) ||
		(s->rq->gfp & __GFP_NOMEMALLOC));
}

static int do_oom(struct slow *s, enum sbd_slow_step *why)
{
	enum sbd_oom_result res = sbd_oom(s->rq, &s->f);

	if (res == SBD_OOM_GOT)
		return got(s, why);
	if (victim_done(s))
		return no_page(why, SBD_SLOW_VICTIM);
	if (res == SBD_OOM_NO)
		return no_page(why, SBD_SLOW_NO_OOM);
	if (wait(s))
		return no_page(why, SBD_SLOW_SIGNAL);
	s->idle_loops = 0;
	*why = SBD_SLOW_OOM_WAIT;
	return SBD_STATE_RESERVES;
}

/*
 * NOFAIL goes on, with some of the reserves, unless it may not wait: then there is
 * nothing that could change.
 */
static int do_nopage(struct slow *s, enum sbd_slow_step *why)
{
	*why = SBD_SLOW_FAIL;
	if (!(s->rq->gfp & __GFP_NOFAIL) || !s->rq->sys->own ||
	    !(s->rq->gfp & __GFP_DIRECT_RECLAIM))
		return SBD_STATE_FAIL;
	s->rq->alloc_flags = SBD_ALLOC_MIN_RESERVE | SBD_ALLOC_CPUSET;
	s->f = sbd_walk(s->rq);
	if (!s->f) {
		s->rq->alloc_flags = SBD_ALLOC_MIN_RESERVE;
		s->f = sbd_walk(s->rq);
	}
	if (s->f)
		return got(s, why);
	*why = SBD_SLOW_SIGNAL;
	if (wait(s))
		return SBD_STATE_FAIL;
	*why = SBD_SLOW_NOFAIL;
	return SBD_STATE_RESERVES;
}

static int next_state(struct slow *s, int state, enum sbd_slow_step *why)
{
	switch (state) {
	case SBD_STATE_BEGIN:
		return do_begin(s, why);
	case SBD_STATE_MIN:
		return do_min(s, why);
	case SBD_STATE_COMPACT_FIRST:
		return do_compact_first(s, why);
	case SBD_STATE_RESERVES:
		return do_reserves(s, why);
	case SBD_STATE_MAY_RECLAIM:
		return do_may_reclaim(s, why);
	case SBD_STATE_RECLAIM:
		return do_reclaim(s, why);
	case SBD_STATE_COMPACT:
		return do_compact(s, why);
	case SBD_STATE_AGAIN:
		return do_again(s, why);
	case SBD_STATE_OOM:
		return do_oom(s, why);
	case SBD_STATE_NOPAGE:
		return do_nopage(s, why);
	}
	return SBD_STATE_FAIL;
}

/**
 * sbd_slowpath() - try harder
 * @rq: the request, whose first walk failed
 *
 * __alloc_pages_slowpath().  Each failing walk has effects, a boost for instance,
 * so all that the kernel makes are made.
 * Context: any; may sleep through hooks.wait if the request has
 * __GFP_DIRECT_RECLAIM and the system's pages are owned.
 * Return: the block's head, USED, or NULL.
 */
struct sbd_frame *sbd_slowpath(struct sbd_request *rq)
{
	struct slow s = {
		.rq = rq,
		.alloc_flags = rq->alloc_flags,
		.prio = SBD_COMPACT_PRIO_SYNC_LIGHT,
	};
	enum sbd_slow_step why = SBD_SLOW_ENTER;
	int state = SBD_STATE_BEGIN, next = SBD_STATE_BEGIN;

	rq->spread_dirty = false;
	trace_sbd_slowpath(rq->sys, rq->order, rq->gfp, rq->alloc_flags, why,
			   state, next);
	while (state != SBD_STATE_GOT && state != SBD_STATE_FAIL) {
		next = next_state(&s, state, &why);
		trace_sbd_slowpath(rq->sys, rq->order, rq->gfp, s.alloc_flags, why,
				   state, next);
		state = next;
	}
	return s.f;
}
