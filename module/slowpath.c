// SPDX-License-Identifier: GPL-2.0
/*
 * What happens when the first walk over the zones finds nothing.
 *
 * Rules: semantics.md sections 6 and 7.  A system without reclaimer (there is
 * none yet) answers a request that may reclaim as the kernel answers one that
 * may not: it walks again with what the reserves allow, twice, and fails.
 */
#include <linux/kernel.h>

#include "profile.h"
#include "rules.h"
#include "slowpath.h"
#include "trace.h"

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

/**
 * sbd_slow_flags() - the allocation flags of the slow path
 * @rq: the request
 *
 * gfp_to_alloc_flags(), for a task that is not real-time.
 * Return: SBD_ALLOC_*.
 */
unsigned int sbd_slow_flags(const struct sbd_request *rq)
{
	unsigned int flags = SBD_WMARK_MIN | SBD_ALLOC_CPUSET;

	flags |= (__force unsigned int)(rq->gfp &
					(__GFP_HIGH | __GFP_KSWAPD_RECLAIM));
	if (!(rq->gfp & __GFP_DIRECT_RECLAIM))
		flags = atomic_flags(rq, flags);
	if (rq->sys->geo.cma && rq->mt == SBD_MOVABLE)
		flags |= SBD_ALLOC_CMA;
	return flags;
}

static void wake_kswapds(const struct sbd_request *rq)
{
	struct sbd_system *sys = rq->sys;

	if (!(rq->alloc_flags & SBD_ALLOC_KSWAPD))
		return;
	atomic64_inc(&sys->kswapd_wakes);
	if (sys->hooks.wake_kswapd)
		sys->hooks.wake_kswapd(rq->node->zonelist[rq->preferred],
				       rq->order, rq->highest);
}

static void step(const struct sbd_request *rq, enum sbd_slow_step s)
{
	trace_sbd_slowpath(rq->sys, rq->order, rq->gfp, rq->alloc_flags, s);
}

static struct sbd_frame *attempt(struct sbd_request *rq, enum sbd_slow_step s)
{
	struct sbd_frame *f;

	wake_kswapds(rq);
	step(rq, s);
	f = sbd_walk(rq);
	if (f)
		step(rq, SBD_SLOW_GOT);
	return f;
}

/*
 * Who works for more free memory, or dies, may use all there is; gfp alone can
 * say so here.
 */
static void use_reserves(struct sbd_request *rq)
{
	unsigned int flags = SBD_ALLOC_NO_WATERMARKS;

	if (!(rq->gfp & __GFP_MEMALLOC) || (rq->gfp & __GFP_NOMEMALLOC))
		return;
	if (rq->alloc_flags & SBD_ALLOC_CMA)
		flags |= SBD_ALLOC_CMA;
	rq->alloc_flags = flags | (rq->alloc_flags & SBD_ALLOC_KSWAPD);
}

/**
 * sbd_slowpath() - try harder
 * @rq: the request, whose first walk failed
 *
 * __alloc_pages_slowpath() up to the point where it would reclaim: a walk down
 * to the min mark, and a second one (which for the kernel may see another
 * zonelist).  Each failing walk has effects, a boost for instance, so both are
 * made.  Context: any.  Return: the block's head, USED, or NULL.
 */
struct sbd_frame *sbd_slowpath(struct sbd_request *rq)
{
	struct sbd_frame *f;

	step(rq, SBD_SLOW_ENTER);
	rq->alloc_flags = sbd_slow_flags(rq);
	f = attempt(rq, SBD_SLOW_RETRY_MIN);
	if (f)
		return f;
	use_reserves(rq);
	f = attempt(rq, SBD_SLOW_RETRY_RESERVES);
	if (f)
		return f;
	step(rq, SBD_SLOW_NO_RECLAIM);
	step(rq, SBD_SLOW_FAIL);
	return NULL;
}
