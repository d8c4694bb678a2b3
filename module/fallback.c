// SPDX-License-Identifier: GPL-2.0
/*
 * A zone's answer to one request: own lists, CMA, other types, reserves.
 *
 * Rules: semantics.md section 4, held against 6.1.192 and 6.12.117.
 */
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/math.h>

#include "fallback.h"
#include "profile.h"
#include "trace.h"
#include "watermark.h"

/* Whose lists are tried, in this order, when a type has nothing. */
static const u8 fallbacks[SBD_PCPTYPES][SBD_PCPTYPES - 1] = {
	[SBD_UNMOVABLE] = { SBD_RECLAIMABLE, SBD_MOVABLE },
	[SBD_MOVABLE] = { SBD_RECLAIMABLE, SBD_UNMOVABLE },
	[SBD_RECLAIMABLE] = { SBD_UNMOVABLE, SBD_MOVABLE },
};

/**
 * struct search - one request that its own type cannot serve
 * @z:	   the zone
 * @cpu:   who asks
 * @order: wanted
 * @mt:	   wanted
 * @flags: SBD_ALLOC_*
 */
struct search {
	struct sbd_zone *z;
	int cpu;
	unsigned int order;
	int mt;
	unsigned int flags;
};

/*
 * Large blocks are worth taking with their whole pageblock; requests that
 * cannot be moved later take it always, lest they spread.
 */
static bool may_claim(const struct sbd_zone *z, unsigned int order, int mt)
{
	return order >= z->block_order / 2 || mt == SBD_UNMOVABLE ||
	       mt == SBD_RECLAIMABLE || !z->grouped ||
	       sbd_broken(z->sys, can_claim);
}

/**
 * sbd_find_fallback() - which type can help out at one order
 * @z:		the zone
 * @order:	of the free blocks looked at
 * @start_type: who needs help; an ordinary type
 * @can_claim:	set: whole pageblocks may be taken
 *
 * find_suitable_fallback().  Context: zone lock held for a firm answer.
 * Return: enum sbd_migratetype, -1 if none.
 */
int sbd_find_fallback(const struct sbd_zone *z, unsigned int order,
		      int start_type, bool *can_claim)
{
	const struct sbd_free_area *area = &z->area[order];
	int i, mt;

	*can_claim = false;
	if (!area->nr_free)
		return -1;
	for (i = 0; i < SBD_PCPTYPES - 1; i++) {
		mt = fallbacks[start_type][i ^ sbd_broken(z->sys, fallback_order)];
		if (sbd_list_empty(&area->list[mt]))
			continue;
		*can_claim = may_claim(z, order, start_type);
		return mt;
	}
	return -1;
}

/* boost_watermark(): raise all marks by a pageblock, up to a limit. */
static bool boost(struct sbd_zone *z)
{
	unsigned long block = sbd_block_pages(z), limit;
	int factor = z->sys->tun.watermark_boost_factor;

	if (!factor || block * 4 > z->managed || sbd_broken(z->sys, boost))
		return false;
	limit = mult_frac(z->wmark[SBD_WMARK_HIGH], (unsigned long)factor,
			  10000UL);
	if (!limit)
		return false;
	if (sbd_broken(z->sys, boost_limit))
		limit = ULONG_MAX;
	WRITE_ONCE(z->boost, min(z->boost + block, max(block, limit)));
	z->event[SBD_EV_BOOST]++;
	return true;
}

static void boost_and_wake(const struct search *s)
{
	bool wake = s->flags & SBD_ALLOC_KSWAPD;

	if (!boost(s->z))
		return;
	if (wake)
		set_bit(SBD_ZONE_BOOSTED, &s->z->flags);
	trace_sbd_boost(s->z, wake);
}

/* Pages of a pageblock that would suit the new owner, beside the free ones. */
static int alike_pages(const struct search *s, int block_type, int free,
		       int movable)
{
	if (sbd_broken(s->z->sys, claim_movable))
		movable = 0;
	if (s->mt == SBD_MOVABLE)
		return movable;
	if (block_type == SBD_MOVABLE)
		return sbd_block_pages(s->z) - free - movable;
	return 0;
}

static bool enough_alike(const struct search *s, unsigned long pfn,
			 int block_type, int free, int movable)
{
	int alike = alike_pages(s, block_type, free, movable);
	int half = 1 << (s->z->block_order - 1 -
			 sbd_broken(s->z->sys, claim_half));
	bool enough = free + alike >= half || !s->z->grouped;

	if (!enough)
		s->z->event[SBD_EV_CLAIM_REFUSED]++;
	trace_sbd_claim(s->z, pfn, s->mt, block_type, free, alike, enough);
	return enough;
}

/* A request was served by @from's block. */
static void note_fallback(const struct search *s, unsigned long pfn,
			  unsigned int order, int from, bool changed)
{
	s->z->event[SBD_EV_FALLBACK]++;
	s->z->event[changed ? SBD_EV_CLAIM : SBD_EV_STEAL]++;
	trace_sbd_fallback(s->z, pfn, s->order, order, s->mt, from, changed);
}

/* Take a block of one or more whole pageblocks over, with its pageblocks. */
static struct sbd_frame *take_over(const struct search *s, struct sbd_frame *f)
{
	struct sbd_zone *z = s->z;
	unsigned int order = f->order, freed;

	sbd_take_frame(z, s->cpu, f, f->mt);
	sbd_block_set_range(z, sbd_pfn(z, f), order, s->mt);
	freed = sbd_split(z, f, s->order, order, s->mt);
	sbd_account(z, s->cpu, freed, s->mt);
	return f;
}

/*
 * Try to take the pageblock of a free block over; an attempt boosts the marks
 * whether or not it succeeds.  NULL if that cannot be.
 */
static struct sbd_frame *claim_block(const struct search *s,
				     struct sbd_frame *f)
{
	unsigned long pfn = sbd_pfn(s->z, f);
	int type = sbd_block_type(s->z, pfn);
	int free, movable;

	if (type == SBD_HIGHATOMIC)
		return NULL;
	if (f->order >= s->z->block_order)
		return take_over(s, f);
	boost_and_wake(s);
	if (!sbd_block_scan(s->z, pfn, &free, &movable) ||
	    !enough_alike(s, pfn, type, free, movable))
		return NULL;
	sbd_move_block(s->z, s->cpu, pfn, s->mt, NULL);
	return sbd_take_smallest(s->z, s->cpu, s->order, s->mt);
}

/* Without leave to mix, only whole pageblocks may change hands. */
static unsigned int least_order(const struct search *s)
{
	if (s->order < s->z->block_order &&
	    (s->flags & SBD_ALLOC_NOFRAGMENT) &&
	    !sbd_broken(s->z->sys, nofragment))
		return s->z->block_order;
	return s->order;
}

/* Largest first; @n-th of the orders from @least on. */
static int nth_order(const struct search *s, int least, int n)
{
	return sbd_broken(s->z->sys, claim_largest) ? least + n :
						       SBD_MAX_ORDER - n;
}

/* 6.12.29: claim a pageblock, by the largest free block first. */
static struct sbd_frame *claim(const struct search *s)
{
	int n, order, least = least_order(s), from;
	struct sbd_frame *f, *got;
	bool can_claim;

	for (n = 0; n <= SBD_MAX_ORDER - least; n++) {
		order = nth_order(s, least, n);
		from = sbd_find_fallback(s->z, order, s->mt, &can_claim);
		if (from < 0)
			continue;
		if (!can_claim)
			break;
		f = sbd_list_first(s->z, &s->z->area[order].list[from]);
		got = claim_block(s, f);
		if (!got)
			continue;
		note_fallback(s, sbd_pfn(s->z, got), order, from, true);
		return got;
	}
	return NULL;
}

/* 6.12.29: take the smallest block, leaving the pageblock its type. */
static struct sbd_frame *steal(const struct search *s)
{
	unsigned int order, n;
	struct sbd_frame *f;
	bool can_claim;
	int from;

	for (n = s->order; n < SBD_NR_ORDERS; n++) {
		order = sbd_broken(s->z->sys, steal_smallest) ?
			SBD_MAX_ORDER - (n - s->order) : n;
		from = sbd_find_fallback(s->z, order, s->mt, &can_claim);
		if (from < 0)
			continue;
		f = sbd_list_first(s->z, &s->z->area[order].list[from]);
		sbd_take_and_split(s->z, s->cpu, f, s->order, from);
		note_fallback(s, sbd_pfn(s->z, f), order, from, false);
		return f;
	}
	return NULL;
}

/**
 * struct prey - what the older rules settle on
 * @f:	   head of the free block
 * @order: of it
 * @from:  whose list it is on
 * @whole: its pageblock may be taken along
 */
struct prey {
	struct sbd_frame *f;
	unsigned int order;
	int from;
	bool whole;
};

static bool look_at(const struct search *s, unsigned int order, struct prey *p)
{
	p->from = sbd_find_fallback(s->z, order, s->mt, &p->whole);
	if (p->from < 0)
		return false;
	p->order = order;
	p->f = sbd_list_first(s->z, &s->z->area[order].list[p->from]);
	return true;
}

/*
 * To 6.12.28: the largest block; but a MOVABLE request that may not take the
 * pageblock along breaks the smallest instead, since it does no lasting harm.
 */
static bool choose_prey(const struct search *s, struct prey *p)
{
	int n, least = least_order(s);
	unsigned int small;

	for (n = 0; n <= SBD_MAX_ORDER - least; n++)
		if (look_at(s, nth_order(s, least, n), p))
			break;
	if (n > SBD_MAX_ORDER - least)
		return false;
	if (sbd_broken(s->z->sys, steal_smallest))
		return true;
	if (p->whole || s->mt != SBD_MOVABLE || p->order <= s->order)
		return true;
	for (small = s->order; small < SBD_NR_ORDERS; small++)
		if (look_at(s, small, p))
			return true;
	return false;
}

/*
 * 6.1: move the pageblock's free pages to the wanted type, and the pageblock
 * too if enough is alike.  Return: false if only the one block may move.
 */
static bool move_whole(const struct search *s, struct prey *p, bool *changed)
{
	unsigned long pfn = sbd_pfn(s->z, p->f);
	int type = sbd_block_type(s->z, pfn);
	int free, movable;

	boost_and_wake(s);
	if (!p->whole)
		return false;
	free = sbd_move_block(s->z, s->cpu, pfn, s->mt, &movable);
	if (!free)
		return false;
	if (enough_alike(s, pfn, type, free, movable)) {
		sbd_block_set_type(s->z, pfn, s->mt);
		*changed = true;
	}
	return true;
}

/* 6.1: bring a block onto the wanted type's lists.  True: try those again. */
static bool move_fallback(const struct search *s)
{
	struct sbd_zone *z = s->z;
	bool changed = false, moved = false;
	unsigned long pfn;
	struct prey p;

	if (!choose_prey(s, &p))
		return false;
	pfn = sbd_pfn(z, p.f);
	if (sbd_block_type(z, pfn) == SBD_HIGHATOMIC) {
		/* a race left it there: leave the reserve's account alone */
	} else if (p.order >= z->block_order) {
		sbd_block_set_range(z, pfn, p.order, s->mt);
		changed = true;
	} else {
		moved = move_whole(s, &p, &changed);
	}
	if (!moved)
		sbd_move_frame(z, s->cpu, p.f, s->mt);
	note_fallback(s, pfn, p.order, p.from, changed);
	return true;
}

/* 6.10 to 6.12.28: the same choice, but a single block keeps its type. */
static struct sbd_frame *take_fallback(const struct search *s)
{
	struct sbd_frame *f = NULL;
	struct prey p;
	int type;

	if (!choose_prey(s, &p))
		return NULL;
	type = sbd_block_type(s->z, sbd_pfn(s->z, p.f));
	if (p.whole || p.order >= s->z->block_order)
		f = claim_block(s, p.f);
	else if (type != SBD_HIGHATOMIC)
		boost_and_wake(s);
	if (f) {
		note_fallback(s, sbd_pfn(s->z, f), p.order, p.from, true);
		return f;
	}
	sbd_take_and_split(s->z, s->cpu, p.f, s->order, type);
	note_fallback(s, sbd_pfn(s->z, p.f), p.order, p.from, false);
	return p.f;
}

static struct sbd_frame *take_cma(const struct search *s)
{
	struct sbd_frame *f;

	f = sbd_take_smallest(s->z, s->cpu, s->order, SBD_CMA);
	if (f)
		s->z->event[SBD_EV_CMA]++;
	return f;
}

/* More than half of what is free is CMA: use that first. */
static __always_inline bool prefer_cma(const struct sbd_zone *z,
				       unsigned int alloc_flags)
{
	return (alloc_flags & SBD_ALLOC_CMA) && z->has_cma &&
	       !sbd_broken(z->sys, cma_balance) &&
	       sbd_zone_stat(z, SBD_NR_FREE_CMA_PAGES) >
	       sbd_zone_stat(z, SBD_NR_FREE_PAGES) / 2;
}

/* 6.12.29's order of attempts, from where the last one succeeded. */
static struct sbd_frame *by_mode(const struct search *s,
				 enum sbd_rmqueue_mode *mode)
{
	struct sbd_frame *f;

	switch (*mode) {
	case SBD_RMQUEUE_NORMAL:
		f = sbd_take_smallest(s->z, s->cpu, s->order, s->mt);
		if (f)
			return f;
		fallthrough;
	case SBD_RMQUEUE_CMA:
		f = s->flags & SBD_ALLOC_CMA ? take_cma(s) : NULL;
		if (f) {
			*mode = SBD_RMQUEUE_CMA;
			return f;
		}
		fallthrough;
	case SBD_RMQUEUE_CLAIM:
		f = claim(s);
		if (f) {
			*mode = SBD_RMQUEUE_NORMAL;
			return f;
		}
		fallthrough;
	case SBD_RMQUEUE_STEAL:
		if (s->flags & SBD_ALLOC_NOFRAGMENT)
			break;
		f = steal(s);
		if (f)
			*mode = SBD_RMQUEUE_STEAL;
		return f;
	}
	return NULL;
}

/* The order of attempts before 6.12.29, from the start each time. */
static struct sbd_frame *by_retry(const struct search *s)
{
	struct sbd_frame *f;

	for (;;) {
		f = sbd_take_smallest(s->z, s->cpu, s->order, s->mt);
		if (!f && (s->flags & SBD_ALLOC_CMA))
			f = take_cma(s);
		if (f)
			return f;
		if (s->z->prof->fallback == SBD_FALLBACK_TAKE)
			return take_fallback(s);
		if (!move_fallback(s))
			return NULL;
	}
}

/* All attempts, in their order.  What was tried already is tried again. */
static noinline struct sbd_frame *rmqueue_all(const struct search *s,
					      enum sbd_rmqueue_mode *mode)
{
	struct sbd_frame *f;

	if (sbd_broken(s->z->sys, mode_memory))
		*mode = SBD_RMQUEUE_NORMAL;
	if (prefer_cma(s->z, s->flags)) {
		f = take_cma(s);
		if (f)
			return f;
	}
	if (s->z->prof->fallback == SBD_FALLBACK_CLAIM)
		return by_mode(s, mode);
	return by_retry(s);
}

/**
 * sbd_rmqueue() - a block of a zone for one request, reserves apart
 * @z:		 the zone
 * @cpu:	 who asks
 * @order:	 wanted
 * @mt:		 an ordinary type
 * @alloc_flags: SBD_ALLOC_*
 * @mode:	 memory over one hold of the lock; begin with NORMAL
 *
 * __rmqueue().  Mostly the type's own lists have it.  Context: zone lock held.
 * Return: the block's head, on no list; NULL if there is none.
 */
struct sbd_frame *sbd_rmqueue(struct sbd_zone *z, int cpu, unsigned int order,
			      int mt, unsigned int alloc_flags,
			      enum sbd_rmqueue_mode *mode)
{
	const struct search s = { z, cpu, order, mt, alloc_flags };
	struct sbd_frame *f;

	lockdep_assert_held(&z->lock);
	if (*mode == SBD_RMQUEUE_NORMAL && !prefer_cma(z, alloc_flags)) {
		f = sbd_take_smallest(z, cpu, order, mt);
		if (likely(f))
			return f;
	}
	return rmqueue_all(&s, mode);
}

static struct sbd_frame *take_highatomic(const struct search *s)
{
	struct sbd_frame *f;

	f = sbd_take_smallest(s->z, s->cpu, s->order, SBD_HIGHATOMIC);
	if (f)
		s->z->event[SBD_EV_HIGHATOMIC]++;
	return f;
}

/* The reserve for high-order atomic requests comes first or last. */
static noinline struct sbd_frame *with_reserve(const struct search *s)
{
	enum sbd_rmqueue_mode mode = SBD_RMQUEUE_NORMAL;
	struct sbd_frame *f = NULL;

	if ((s->flags & SBD_ALLOC_HIGHATOMIC) &&
	    !sbd_broken(s->z->sys, highatomic_first))
		f = take_highatomic(s);
	if (!f)
		f = sbd_rmqueue(s->z, s->cpu, s->order, s->mt, s->flags, &mode);
	if (!f && (s->flags & (SBD_ALLOC_OOM | SBD_ALLOC_NON_BLOCK)) &&
	    !sbd_broken(s->z->sys, highatomic_last))
		f = take_highatomic(s);
	return f;
}

/**
 * sbd_rmqueue_direct() - a block of a zone, past the per-CPU lists
 * @z:		 the zone
 * @cpu:	 who asks
 * @order:	 wanted
 * @mt:		 an ordinary type
 * @alloc_flags: SBD_ALLOC_*
 *
 * rmqueue_buddy().  Context: takes the zone lock.
 * Return: the block's head, USED; NULL if there is none.
 */
struct sbd_frame *sbd_rmqueue_direct(struct sbd_zone *z, int cpu,
				     unsigned int order, int mt,
				     unsigned int alloc_flags)
{
	const struct search s = { z, cpu, order, mt, alloc_flags };
	struct sbd_frame *f = NULL;
	unsigned long flags;

	flags = sbd_zone_lock(z);
	if (likely(!(alloc_flags & SBD_ALLOC_HIGHATOMIC)) &&
	    !prefer_cma(z, alloc_flags))
		f = sbd_take_smallest(z, cpu, order, mt);
	if (unlikely(!f))
		f = with_reserve(&s);
	if (likely(f)) {
		/* 6.1 accounts late, under the type of the list it came from */
		if (!z->prof->type_hygiene)
			sbd_account(z, cpu, -(1L << order), f->mt);
		f->state = SBD_FRAME_USED;
		z->served.alloc[order]++;
		z->event[SBD_EV_DIRECT_ALLOC]++;
	}
	sbd_zone_unlock(z, flags);
	return f;
}

static unsigned long reserve_limit(const struct sbd_zone *z)
{
	unsigned long block = sbd_block_pages(z), hundredth = z->managed / 100;

	if (sbd_broken(z->sys, reserve_limit))
		hundredth += block;
	if (!z->prof->highatomic_floor)
		return hundredth + block;
	return hundredth < block ? 0 : round_up(hundredth, block);
}

static bool reserve_block(struct sbd_zone *z, int cpu, unsigned long pfn,
			  unsigned int order)
{
	unsigned long pages = sbd_block_pages(z);

	if (!z->prof->type_hygiene) {
		sbd_block_set_type(z, pfn, SBD_HIGHATOMIC);
		sbd_move_block(z, cpu, pfn, SBD_HIGHATOMIC, NULL);
	} else if (order < z->block_order) {
		if (sbd_move_block(z, cpu, pfn, SBD_HIGHATOMIC, NULL) < 0)
			return false;
	} else {
		sbd_block_set_range(z, pfn, order, SBD_HIGHATOMIC);
		pages = 1UL << order;
	}
	z->nr_reserved_highatomic += pages;
	return true;
}

/**
 * sbd_reserve_highatomic() - keep a pageblock for high-order atomic requests
 * @z:	   the zone
 * @cpu:   who asks
 * @pfn:   the block just handed out
 * @order: its order
 *
 * reserve_highatomic_pageblock(), after each success with ALLOC_HIGHATOMIC.
 * About 1 % of a zone at the most.  Context: takes the zone lock.
 */
void sbd_reserve_highatomic(struct sbd_zone *z, int cpu, unsigned long pfn,
			    unsigned int order)
{
	unsigned long limit = reserve_limit(z), flags;

	if (READ_ONCE(z->nr_reserved_highatomic) >= limit ||
	    sbd_broken(z->sys, reserve))
		return;
	flags = sbd_zone_lock(z);
	if (z->nr_reserved_highatomic < limit &&
	    sbd_type_mergeable(sbd_block_type(z, pfn)) &&
	    reserve_block(z, cpu, pfn, order)) {
		z->event[SBD_EV_RESERVE]++;
		trace_sbd_highatomic(z, pfn, true, z->nr_reserved_highatomic);
	}
	sbd_zone_unlock(z, flags);
}

/* Return a HIGHATOMIC free block, and what surrounds it, to a type. */
static int unreserve_block(struct sbd_zone *z, int cpu, struct sbd_frame *f,
			   int mt)
{
	unsigned long pfn = sbd_pfn(z, f), size = sbd_block_pages(z);

	if (sbd_block_type(z, pfn) == SBD_HIGHATOMIC) {
		if (z->prof->highatomic_order)
			size = max(size, 1UL << f->order);
		z->nr_reserved_highatomic -= min(size, z->nr_reserved_highatomic);
	}
	if (!z->prof->type_hygiene) {
		sbd_block_set_type(z, pfn, mt);
		return sbd_move_block(z, cpu, pfn, mt, NULL);
	}
	if (f->order < z->block_order)
		return sbd_move_block(z, cpu, pfn, mt, NULL);
	sbd_move_frame(z, cpu, f, mt);
	sbd_block_set_range(z, pfn, f->order, mt);
	return 1;
}

static bool unreserve_one(struct sbd_zone *z, int cpu, int mt)
{
	struct sbd_frame *f;
	unsigned int order;

	lockdep_assert_held(&z->lock);
	for (order = 0; order < SBD_NR_ORDERS; order++) {
		f = sbd_list_first(z, &z->area[order].list[SBD_HIGHATOMIC]);
		if (!f || unreserve_block(z, cpu, f, mt) <= 0)
			continue;
		z->event[SBD_EV_UNRESERVE]++;
		trace_sbd_highatomic(z, sbd_pfn(z, f), false,
				     z->nr_reserved_highatomic);
		return true;
	}
	return false;
}

/**
 * sbd_unreserve_highatomic() - give one reserved pageblock of a zone back
 * @z:	   the zone
 * @cpu:   who asks
 * @mt:	   the type that it gets
 * @force: also the last one
 *
 * unreserve_highatomic_pageblock() for one zone.  Context: takes the zone
 * lock.  Return: true if there was one.
 */
bool sbd_unreserve_highatomic(struct sbd_zone *z, int cpu, int mt, bool force)
{
	unsigned long flags;
	bool done;

	if (!force && READ_ONCE(z->nr_reserved_highatomic) <= sbd_block_pages(z))
		return false;
	flags = sbd_zone_lock(z);
	done = unreserve_one(z, cpu, mt);
	sbd_zone_unlock(z, flags);
	return done;
}
