// SPDX-License-Identifier: GPL-2.0
/*
 * Compaction: movable pages to one end of a zone, free memory to the other.
 *
 * Rules: semantics.md section 8, held against 6.1.192 and 6.12.117
 * (mm/compaction.c).  Two things are left out, because they would make a run
 * depend on the machine that it runs on: a compaction never ends because the
 * scheduler wants the CPU, and a page that is locked is not tried again.  And a
 * large page for which there is no block stays: owners cannot be split.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sched/signal.h>

#include "compact.h"
#include "fallback.h"
#include "kswapd.h"
#include "migrate.h"
#include "pageblock.h"
#include "pcp.h"
#include "profile.h"
#include "source.h"
#include "target.h"
#include "trace.h"

/* ---- where scans begin --------------------------------------------------- */

static void reset_positions(struct sbd_zone *z)
{
	z->compact.migrate_pfn[0] = z->start_pfn;
	z->compact.migrate_pfn[1] = z->start_pfn;
	z->compact.free_pfn = sbd_last_block(z);
}

/* A sample of the pageblock has what a scanner wants. */
static bool sample_has(const struct sbd_zone *z, unsigned long pfn, bool source,
		       bool target)
{
	unsigned long end = min(sbd_block_start(z, pfn) + sbd_block_pages(z),
				sbd_zone_end(z));
	const struct sbd_frame *f;

	pfn = max(sbd_block_start(z, pfn), z->start_pfn);
	for (; pfn < end; pfn += 1UL << SBD_COSTLY_ORDER) {
		f = sbd_frame(z, pfn);
		if ((source && (f->flags & SBD_FRAME_F_MOVABLE)) ||
		    (target && f->state == SBD_FRAME_BUDDY))
			return true;
	}
	return false;
}

/* __reset_isolation_pfn().  Context: zone lock held. */
static bool reset_block(struct sbd_zone *z, unsigned long pfn, bool source,
			bool target)
{
	u8 *block = &z->blocks[sbd_block_index(z, pfn)];

	if (sbd_zone_of(z->sys, pfn) != z || sbd_scan_is_large(z, pfn))
		return false;
	if (source && target && !(*block & SBD_BLOCK_SKIP))
		return true;
	if (!source && target && sbd_block_type(z, pfn) != SBD_MOVABLE)
		return false;
	if (!sample_has(z, pfn, source, target))
		return false;
	*block &= ~SBD_BLOCK_SKIP;
	return true;
}

static bool reset_block_locked(struct sbd_zone *z, unsigned long pfn,
			       bool source, bool target)
{
	unsigned long flags = sbd_zone_lock(z);
	bool reset = reset_block(z, pfn, source, target);

	sbd_zone_unlock(z, flags);
	return reset;
}

/**
 * sbd_compact_reset() - look again at pageblocks that had nothing
 * @z: the zone
 *
 * __reset_isolation_suitable(): if all of the zone was scanned in vain, clear
 * skip bits, and let scans begin where there is something.  For kswapd, when
 * it goes to sleep.  Context: process.
 */
void sbd_compact_reset(struct sbd_zone *z)
{
	unsigned long up = z->start_pfn, down = sbd_zone_end(z) - 1;
	unsigned long first = down, last = up, size = sbd_block_pages(z);
	struct sbd_compaction *c = &z->compact;
	bool source = false, target = false;

	if (!c->flush)
		return;
	c->flush = false;
	for (; up < down; up += size, down -= size) {
		if (reset_block_locked(z, up, true, source) && up < first) {
			source = true;
			first = up;
			c->init_migrate_pfn = up;
			c->migrate_pfn[0] = up;
			c->migrate_pfn[1] = up;
		}
		if (reset_block_locked(z, down, target, true) && down > last) {
			target = true;
			last = down;
			c->init_free_pfn = down;
			c->free_pfn = down;
		}
	}
	if (first >= last) {
		c->migrate_pfn[0] = up;
		c->migrate_pfn[1] = up;
		c->free_pfn = down;
	}
}

static void begin_cached(struct sbd_scan *s)
{
	struct sbd_compaction *c = &s->z->compact;

	s->migrate_pfn = c->migrate_pfn[s->cc->mode != SBD_COMPACT_ASYNC];
	s->free_pfn = c->free_pfn;
	if (!sbd_spans(s->z, s->free_pfn)) {
		s->free_pfn = sbd_last_block(s->z);
		c->free_pfn = s->free_pfn;
	}
	if (!sbd_spans(s->z, s->migrate_pfn)) {
		s->migrate_pfn = s->z->start_pfn;
		c->migrate_pfn[0] = s->migrate_pfn;
		c->migrate_pfn[1] = s->migrate_pfn;
	}
	s->whole = s->migrate_pfn <= c->init_migrate_pfn;
}

static void scan_init(struct sbd_scan *s, struct sbd_compact_control *cc)
{
	unsigned int o;

	*s = (struct sbd_scan) {
		.cc = cc,
		.z = cc->z,
		.own = cc->z->sys->own,
		.isolated = SBD_NOBODY,
		.whole = true,
		.search_order = cc->order,
	};
	for (o = 0; o < SBD_NR_ORDERS; o++)
		sbd_list_init(&s->target[o]);
	if (cc->whole) {
		s->migrate_pfn = cc->z->start_pfn;
		s->free_pfn = sbd_last_block(cc->z);
	} else {
		begin_cached(s);
	}
}

/* ---- is it enough -------------------------------------------------------- */

static enum sbd_compact_result met(const struct sbd_scan *s)
{
	reset_positions(s->z);
	if (s->cc->direct)
		s->z->compact.flush = true;
	return s->whole ? SBD_COMPACT_COMPLETE : SBD_COMPACT_PARTIAL;
}

/* A block for the request is there, or could be claimed. */
static bool served(const struct sbd_scan *s)
{
	const struct sbd_free_area *area;
	bool claim;
	int o;

	for (o = s->cc->order; o < SBD_NR_ORDERS; o++) {
		area = &s->z->area[o];
		if (!sbd_list_empty(&area->list[s->cc->mt]))
			return true;
		if (s->cc->mt == SBD_MOVABLE && s->z->sys->geo.cma &&
		    !sbd_list_empty(&area->list[SBD_CMA]))
			return true;
		claim = false;
		if (sbd_find_fallback(s->z, o, s->cc->mt, &claim) >= 0 && claim)
			return true;
	}
	return false;
}

static bool disturbed(const struct sbd_scan *s)
{
	return s->contended || fatal_signal_pending(current);
}

static enum sbd_compact_result proactive_finished(const struct sbd_scan *s)
{
	struct sbd_system *sys = s->z->sys;

	if (sbd_kswapd_wanted(sys, s->z->nid))
		return SBD_COMPACT_PARTIAL;
	if (disturbed(s))
		return SBD_COMPACT_CONTENDED;
	return sbd_zone_extfrag(s->z, SBD_HPAGE_ORDER) >
	       sbd_node_score_mark(sys, true) ? SBD_COMPACT_CONTINUE :
						SBD_COMPACT_SUCCESS;
}

/* compact_finished() */
static enum sbd_compact_result finished(const struct sbd_scan *s)
{
	if (sbd_scanners_met(s))
		return met(s);
	if (s->cc->proactive)
		return proactive_finished(s);
	/* a pageblock that was begun is finished, to be as free as it can be */
	if (s->cc->order < 0 || !sbd_block_aligned(s->z, s->migrate_pfn))
		return SBD_COMPACT_CONTINUE;
	if (served(s))
		return SBD_COMPACT_SUCCESS;
	return disturbed(s) ? SBD_COMPACT_CONTENDED : SBD_COMPACT_CONTINUE;
}

/* ---- moving -------------------------------------------------------------- */

static int move_one(struct sbd_scan *s, u32 o)
{
	struct sbd_owner *p = sbd_owner(s->own, o);
	unsigned int order = p->order;
	unsigned long target = sbd_scan_target(s, order);
	int err;

	/* the kernel would split a large page now */
	if (target == SBD_PFN_NONE)
		return order ? -EBUSY : -ENOMEM;
	err = sbd_migrate(s->own, s->cc->cpu, o, target, s->cc->mode);
	if (err)
		sbd_scan_untarget(s, target, order);
	else
		s->cc->moved += 1UL << order;
	/* given up by its owner: free as soon as it is put back */
	return err == -ENOENT ? 0 : err;
}

/* No other page will fare better. */
static bool is_final(int err)
{
	return err == -ENOMEM || err == -EINTR;
}

/*
 * Move all that is isolated.  Return: 0, the number of owners that stay,
 * -ENOMEM when there is nowhere to move them, -EINTR after a signal.
 */
static int move_all(struct sbd_scan *s)
{
	int failed = 0, err = 0;
	u32 o;

	while (s->isolated != SBD_NOBODY && !is_final(err)) {
		o = s->isolated;
		s->isolated = sbd_owner(s->own, o)->next;
		err = move_one(s, o);
		sbd_lru_putback(s->own, s->cc->cpu, o);
		failed += err != 0;
	}
	sbd_scan_putback(s);
	return is_final(err) ? err : failed;
}

static unsigned long order_start(const struct sbd_scan *s, unsigned long pfn)
{
	return pfn & ~((1UL << s->cc->order) - 1);
}

/* Pages freed here are on per-CPU lists; they are to merge. */
static void drain_here(const struct sbd_scan *s)
{
	if (s->own)
		sbd_lru_drain(s->own, s->cc->cpu);
	sbd_drain_zone(s->z, s->cc->cpu);
}

/**
 * struct pass - what one step of a compaction leaves to the next
 * @last:   frame that pages were last moved from; 0: drained since
 * @moved:  the step ended with pages being moved
 * @in_step: the two cached positions of the migration scanner are kept equal
 */
struct pass {
	unsigned long last;
	bool moved;
	bool in_step;
};

/*
 * Some pages stay.  From 6.3 the rest of the pageblock is scanned too, so that
 * it can be left out afterwards.  Return: scan it.
 */
static bool finish_block(struct sbd_scan *s, struct pass *p)
{
	struct sbd_compact_control *cc = s->cc;

	if (!s->z->prof->compact_finish) {
		if (cc->direct && cc->mode == SBD_COMPACT_ASYNC) {
			s->migrate_pfn = order_start(s, s->migrate_pfn - 1) +
					 (1UL << cc->order);
			p->last = 0;
		}
		return false;
	}
	if (sbd_block_aligned(s->z, s->migrate_pfn) || cc->whole || s->finish ||
	    cc->mode >= SBD_COMPACT_SYNC)
		return false;
	s->finish = true;
	if (cc->order == (int)SBD_HPAGE_ORDER)
		p->last = 0;
	return true;
}

static void note_source(struct sbd_scan *s, struct pass *p, unsigned long from)
{
	p->in_step = false;
	if (s->z->prof->compact_finish)
		p->last = max(s->z->start_pfn,
			      sbd_block_start(s->z, s->migrate_pfn - 1));
	else
		p->last = from;
}

/* The scanner left the block that pages were moved from: let it merge. */
static void drain_behind(struct sbd_scan *s, struct pass *p)
{
	if (s->cc->order <= 0 || !p->last ||
	    p->last >= order_start(s, s->migrate_pfn))
		return;
	drain_here(s);
	p->last = 0;
}

/* Isolate and move once.  Return: CONTINUE, or what ends it. */
static enum sbd_compact_result step(struct sbd_scan *s, struct pass *p)
{
	unsigned long from = s->migrate_pfn;
	int got, err;

	p->moved = false;
	s->finish = sbd_block_start(s->z, p->last) == sbd_block_start(s->z, from);
	do {
		got = sbd_scan_migratable(s);
		if (got < 0) {
			sbd_scan_putback(s);
			return SBD_COMPACT_CONTENDED;
		}
		if (!got) {
			if (p->in_step)
				s->z->compact.migrate_pfn[1] =
					s->z->compact.migrate_pfn[0];
			p->moved = false;
			break;
		}
		note_source(s, p, from);
		err = move_all(s);
		if (err == -EINTR || (err == -ENOMEM && !sbd_scanners_met(s)))
			return SBD_COMPACT_CONTENDED;
		p->moved = true;
	} while (err && finish_block(s, p));
	return SBD_COMPACT_CONTINUE;
}

static struct sbd_capture *captured_by(const struct sbd_scan *s)
{
	return s->z->cpus[s->cc->cpu].capture;
}

static enum sbd_compact_result run(struct sbd_scan *s, struct sbd_capture *c)
{
	const struct sbd_compaction *z = &s->z->compact;
	enum sbd_compact_result ret;
	struct pass p = {
		.in_step = s->cc->mode == SBD_COMPACT_ASYNC &&
			   z->migrate_pfn[0] == z->migrate_pfn[1],
	};

	if (s->own)
		sbd_lru_drain(s->own, s->cc->cpu);
	while ((ret = finished(s)) == SBD_COMPACT_CONTINUE) {
		ret = step(s, &p);
		if (ret != SBD_COMPACT_CONTINUE)
			break;
		if (!s->z->prof->capture_early)
			drain_behind(s, &p);
		if (c && READ_ONCE(c->frame) &&
		    (p.moved || !s->z->prof->capture_early))
			return SBD_COMPACT_SUCCESS;
		if (s->z->prof->capture_early)
			drain_behind(s, &p);
	}
	return ret;
}

static void watch(const struct sbd_scan *s, struct sbd_capture *c)
{
	unsigned long flags = sbd_zone_lock(s->z);

	s->z->cpus[s->cc->cpu].capture = c;
	sbd_zone_unlock(s->z, flags);
}

/* What was taken and not used goes back; the next scan begins there. */
static void release(struct sbd_scan *s)
{
	struct sbd_compaction *c = &s->z->compact;
	unsigned long high = sbd_scan_release(s);

	if (high)
		c->free_pfn = max(c->free_pfn, sbd_block_start(s->z, high));
}

static enum sbd_compact_result scan_zone(struct sbd_compact_control *cc)
{
	struct sbd_capture c = { .order = cc->order, .mt = cc->mt };
	enum sbd_compact_result ret;
	bool watching;
	struct sbd_scan s;

	scan_init(&s, cc);
	watching = cc->direct && cc->order > 0 && !captured_by(&s);
	if (watching)
		watch(&s, &c);
	ret = run(&s, watching ? &c : NULL);
	release(&s);
	if (watching)
		watch(&s, NULL);
	cc->capture = c.frame;
	return c.frame ? SBD_COMPACT_SUCCESS : ret;
}

/**
 * sbd_compact_zone() - compact a zone
 * @cc: what for, and how; its out fields are set
 *
 * compact_zone().  Nothing is done if the zone could serve the request as it is,
 * or has no room to move pages.
 * Context: process, may sleep unless ASYNC.
 * Return: SUCCESS, SKIPPED, COMPLETE, PARTIAL or CONTENDED.
 */
enum sbd_compact_result sbd_compact_zone(struct sbd_compact_control *cc)
{
	struct sbd_system *sys = cc->z->sys;
	enum sbd_compact_result ret;

	cc->migrate_scanned = 0;
	cc->free_scanned = 0;
	cc->moved = 0;
	cc->capture = NULL;
	if (cc->order >= 0) {
		ret = sbd_compact_suitable(cc->z, cc->order, cc->highest,
					   cc->alloc_flags);
		if (ret != SBD_COMPACT_CONTINUE)
			return ret;
	}
	if (sbd_compact_restarting(cc->z, cc->order))
		sbd_compact_reset(cc->z);
	trace_sbd_compact(cc->z, cc->order, cc->mode, false,
			  SBD_COMPACT_CONTINUE, 0, 0);
	ret = scan_zone(cc);
	sbd_count_vm(sys, compact_migrate_scanned, cc->migrate_scanned);
	sbd_count_vm(sys, compact_free_scanned, cc->free_scanned);
	trace_sbd_compact(cc->z, cc->order, cc->mode, true, ret, cc->moved,
			  cc->migrate_scanned + cc->free_scanned);
	return ret;
}

/* ---- for a request ------------------------------------------------------- */

static bool may_compact(const struct sbd_request *rq, const struct sbd_zone *z,
			unsigned int alloc_flags)
{
	if (z->idx > rq->highest || !(rq->nodes & BIT(z->nid)))
		return false;
	return !z->prof->compact_cpuset || !(alloc_flags & SBD_ALLOC_CPUSET) ||
	       !rq->task || !rq->task->allowed ||
	       (rq->task->allowed & BIT(z->nid));
}

static enum sbd_compact_result direct_zone(struct sbd_request *rq,
					   struct sbd_zone *z,
					   unsigned int alloc_flags,
					   enum sbd_compact_priority prio,
					   struct sbd_frame **captured)
{
	enum sbd_compact_result ret;
	struct sbd_compact_control cc = {
		.z = z,
		.cpu = rq->cpu,
		.order = rq->order,
		.mt = rq->mt,
		.gfp = rq->gfp,
		.highest = rq->highest,
		.alloc_flags = alloc_flags,
		.mode = prio == SBD_COMPACT_PRIO_ASYNC ? SBD_COMPACT_ASYNC :
							 SBD_COMPACT_SYNC_LIGHT,
		.whole = prio == SBD_COMPACT_PRIO_SYNC_FULL,
		.direct = true,
	};

	if (prio != SBD_COMPACT_PRIO_SYNC_FULL &&
	    sbd_compact_deferred(z, rq->order))
		return SBD_COMPACT_DEFERRED;
	ret = sbd_compact_zone(&cc);
	if (cc.capture) {
		*captured = cc.capture;
		rq->zone = z;
	}
	if (ret == SBD_COMPACT_SUCCESS)
		sbd_compact_defer_reset(z, rq->order, false);
	else if (prio != SBD_COMPACT_PRIO_ASYNC &&
		 (ret == SBD_COMPACT_COMPLETE || ret == SBD_COMPACT_PARTIAL))
		sbd_compact_defer(z, rq->order);
	return ret;
}

/**
 * sbd_compact_direct() - compact for a request that waits
 * @rq:		 the request, of order 1 or more
 * @alloc_flags: SBD_ALLOC_*
 * @prio:	 how much to do
 * @captured:	 set to the block that came to be for it, USED, if there was
 *		 one; the request's zone is then set, too
 *
 * try_to_compact_pages(): zones in the request's order, until one has a block.
 * Who may not do IO does not compact.  Context: process, may sleep.
 * Return: the best result of all zones; SKIPPED if none was tried.
 */
enum sbd_compact_result sbd_compact_direct(struct sbd_request *rq,
					   unsigned int alloc_flags,
					   enum sbd_compact_priority prio,
					   struct sbd_frame **captured)
{
	enum sbd_compact_result best = SBD_COMPACT_SKIPPED, ret;
	struct sbd_zone *z;
	int i;

	*captured = NULL;
	if (!(rq->gfp & __GFP_IO) || !rq->order)
		return SBD_COMPACT_SKIPPED;
	for (i = rq->preferred; i < rq->node->nr_zonelist; i++) {
		z = rq->node->zonelist[i];
		if (!may_compact(rq, z, alloc_flags))
			continue;
		ret = direct_zone(rq, z, alloc_flags, prio, captured);
		best = max(best, ret);
		if (ret == SBD_COMPACT_SUCCESS || fatal_signal_pending(current))
			break;
	}
	return best;
}
