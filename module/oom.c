// SPDX-License-Identifier: GPL-2.0
/*
 * When nothing helps: whether somebody has to go.
 *
 * Rules: __alloc_pages_may_oom() of 6.1 and 6.12.  Who it is, is decided by
 * hooks.oom_kill, and is never a task of the host.
 */
#include "oom.h"
#include "owner.h"

/* Killing somebody would not serve this request. */
static bool pointless(const struct sbd_request *rq)
{
	return rq->order > SBD_COSTLY_ORDER ||
	       (rq->gfp & (__GFP_RETRY_MAYFAIL | __GFP_THISNODE)) ||
	       rq->highest < SBD_ZONE_NORMAL;
}

static struct sbd_frame *walk_with(struct sbd_request *rq, unsigned int flags)
{
	unsigned int old = rq->alloc_flags;
	struct sbd_frame *f;

	rq->alloc_flags = flags;
	f = sbd_walk(rq);
	rq->alloc_flags = old;
	return f;
}

/* Somebody may have been killed a moment ago: only then is there so much. */
static enum sbd_oom_result decide(struct sbd_request *rq, struct sbd_frame **f)
{
	struct sbd_system *sys = rq->sys;

	*f = walk_with(rq, SBD_WMARK_HIGH | SBD_ALLOC_CPUSET);
	if (*f)
		return SBD_OOM_GOT;
	if (pointless(rq) || !sys->hooks.oom_kill ||
	    !sys->hooks.oom_kill(sys, rq->task))
		return SBD_OOM_NO;
	if (!(rq->gfp & __GFP_NOFAIL))
		return SBD_OOM_KILLED;
	*f = walk_with(rq, SBD_ALLOC_NO_WATERMARKS);
	return *f ? SBD_OOM_GOT : SBD_OOM_KILLED;
}

/**
 * sbd_oom() - decide whether somebody is killed for a request
 * @rq: the request, which nothing else could serve
 * @f:	out: the block, after SBD_OOM_GOT
 *
 * Context: process.  Return: what came of it.
 */
enum sbd_oom_result sbd_oom(struct sbd_request *rq, struct sbd_frame **f)
{
	struct sbd_owners *own = rq->sys->own;
	enum sbd_oom_result res;

	if (test_and_set_bit_lock(0, &own->oom))
		return SBD_OOM_BUSY;
	res = decide(rq, f);
	clear_bit_unlock(0, &own->oom);
	return res;
}
