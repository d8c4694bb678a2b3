// SPDX-License-Identifier: GPL-2.0
/*
 * The free scanner of a compaction: where to move pages.
 *
 * Rules: semantics.md section 8 (free page source, list reorder), held against 6.1.192 and
 * 6.12.117 (mm/compaction.c).
 */
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "free.h"
#include "isolate.h"
#include "pageblock.h"
#include "profile.h"
#include "target.h"

/* ---- where to move them -------------------------------------------------- */

static bool is_target(const struct sbd_scan *s, unsigned long pfn)
{
	const struct sbd_frame *f = sbd_frame(s->z, pfn);
	unsigned int most = s->z->block_order;
	int mt;

	if (s->z->prof->compact_orders && s->cc->order > 0)
		most = s->cc->order;
	if (READ_ONCE(f->state) == SBD_FRAME_BUDDY && READ_ONCE(f->order) >= most)
		return false;
	if (s->cc->whole && s->cc->direct)
		return true;
	mt = sbd_block_type(s->z, pfn);
	return mt == SBD_MOVABLE || mt == SBD_CMA;
}

/* Before 6.9 all blocks taken are on one list until they are broken up. */
static void add_target(struct sbd_scan *s, struct sbd_frame *f)
{
	sbd_list_add_tail(s->z, &s->target[s->z->prof->compact_orders ?
					   f->order : 0], f);
	s->nr_free += 1UL << f->order;
	sbd_count_vm(s->z->sys, compact_isolated, 1UL << f->order);
}

/* Everything into single pages; those taken last come first. */
static void break_up(struct sbd_scan *s)
{
	struct sbd_list *l = &s->target[0], single;
	struct sbd_frame *f;
	unsigned int i, n;

	sbd_list_init(&single);
	while ((f = sbd_list_first(s->z, l))) {
		sbd_list_del(s->z, l, f);
		n = 1U << f->order;
		for (i = 0; i < n; i++) {
			f[i].state = SBD_FRAME_ISOLATED;
			f[i].order = 0;
			sbd_list_add(s->z, &single, f + i);
		}
	}
	*l = single;
}

/**
 * struct free_scan - the free scanner in one pageblock
 * @pfn:  where it is
 * @end:  of the pageblock
 * @got:  pages taken
 * @seen: frames looked at
 */
struct free_scan {
	unsigned long pfn;
	unsigned long end;
	unsigned long got;
	unsigned long seen;
};

/* Who does not want to wait gives up soon, if others want the lock, too. */
static void note_contention(struct sbd_scan *s)
{
	if (s->cc->mode == SBD_COMPACT_ASYNC && spin_is_contended(&s->z->lock))
		s->contended = true;
}

/*
 * Take the free block at the scanner, if there is one.  Return: false, the
 * marks forbid it, or there is enough now.
 */
static bool take_here(struct sbd_scan *s, struct free_scan *b)
{
	struct sbd_frame *f = sbd_frame(s->z, b->pfn);
	unsigned long flags, pages;

	if (READ_ONCE(f->state) != SBD_FRAME_BUDDY)
		return true;
	flags = sbd_zone_lock(s->z);
	note_contention(s);
	if (f->state != SBD_FRAME_BUDDY) {
		sbd_zone_unlock(s->z, flags);
		return true;
	}
	pages = sbd_isolate_free(s->z, s->cc->cpu, f);
	sbd_zone_unlock(s->z, flags);
	if (!pages)
		return false;
	add_target(s, f);
	b->got += pages;
	b->seen += pages - 1;
	b->pfn += pages - 1;
	if (s->nr_migrate > s->nr_free)
		return true;
	b->pfn++;
	return false;
}

/* A used block is no place to look in. */
static void pass_used(const struct sbd_scan *s, struct free_scan *b)
{
	const struct sbd_frame *f = sbd_frame(s->z, b->pfn);
	unsigned long pages = sbd_frame_extent(f);

	if (READ_ONCE(f->state) != SBD_FRAME_USED || b->pfn + pages > b->end)
		return;
	b->pfn += pages - 1;
	if (s->z->prof->compact_orders)
		b->seen += pages - 1;
}

/* isolate_freepages_block().  Return: pages taken; @pfn: how far it came. */
static unsigned long take_block(struct sbd_scan *s, unsigned long *pfn,
				unsigned long end, unsigned int stride)
{
	struct free_scan b = { .pfn = *pfn, .end = end };

	for (; b.pfn < end; b.pfn += stride) {
		if (!(b.pfn % SBD_COMPACT_CLUSTER) &&
		    fatal_signal_pending(current)) {
			s->contended = true;
			break;
		}
		b.seen++;
		pass_used(s, &b);
		if (!take_here(s, &b))
			break;
	}
	*pfn = min(b.pfn, end);
	s->cc->free_scanned += b.seen;
	return b.got;
}

/* Before 6.4 the scan is resumed in the pageblock, later below it. */
static void update_free_skip(struct sbd_scan *s, unsigned long start)
{
	struct sbd_compaction *c = &s->z->compact;
	unsigned long pfn = start;

	if (s->z->prof->compact_finish)
		pfn -= sbd_block_pages(s->z);
	sbd_scan_set_skip(s, max(start, s->z->start_pfn));
	c->free_pfn = min(c->free_pfn, pfn);
}

/**
 * struct search - one search of the free lists for a place to move to
 * @low:     what is at least here is high enough
 * @least:   what is at least here will do
 * @highest: first frame of the highest pageblock seen
 * @limit:   blocks to look at, a list
 * @seen:    in all
 * @start:   the scan begins: look further
 */
struct search {
	unsigned long low;
	unsigned long least;
	unsigned long highest;
	unsigned int limit;
	unsigned int seen;
	bool start;
};

static void search_init(const struct sbd_scan *s, struct search *q)
{
	unsigned long distance = s->free_pfn - s->migrate_pfn;

	*q = (struct search) {
		.low = sbd_block_start(s->z, s->free_pfn - (distance >> 2)),
		.least = sbd_block_start(s->z, s->free_pfn - (distance >> 1)),
		.limit = max(1U, sbd_scan_search_limit(s) >> 1),
		.start = s->free_pfn >= s->z->compact.init_free_pfn,
	};
	if (q->start)
		q->limit = sbd_block_pages(s->z) >> 1;
}

/*
 * One list, from its tail; it is turned so that the next search sees other
 * blocks.  Context: zone lock held.  Return: the block, NULL if none will do.
 */
static struct sbd_frame *search_list(struct sbd_scan *s, struct search *q,
				     unsigned int order)
{
	struct sbd_zone *z = s->z;
	struct sbd_frame *f = NULL, *hit = NULL, *best = NULL;
	unsigned int seen = 0;
	unsigned long pfn;
	u32 i;

	for (i = z->area[order].list[SBD_MOVABLE].tail; i != SBD_NIL; i = f->prev) {
		f = z->frames + i;
		pfn = sbd_pfn(z, f);
		seen++;
		if (pfn >= q->highest)
			q->highest = max(sbd_block_start(z, pfn), z->start_pfn);
		if (pfn >= q->low) {
			s->search_failed = 0;
			s->search_order = order;
			hit = f;
			break;
		}
		if (pfn >= q->least && (!best || f > best)) {
			best = f;
			q->limit >>= 1;
		}
		if (seen >= q->limit)
			break;
	}
	q->seen += seen;
	if (!hit)
		hit = best;
	if (hit)
		f = hit;
	/* at the list's end nothing is left to be turned away */
	if (f && (hit || i != SBD_NIL))
		sbd_list_first_is(z, order, SBD_MOVABLE, f);
	if (!hit && seen >= q->limit)
		q->limit = max(1U, q->limit >> 1);
	return hit;
}

static int next_order(struct sbd_scan *s, int order)
{
	if (--order < 0)
		order = s->cc->order - 1;
	if (order != s->search_order)
		return order;
	if (--s->search_order < 0)
		s->search_order = s->cc->order - 1;
	return -1;
}

/* Return: a frame of a pageblock that has more, SBD_PFN_NONE. */
static unsigned long search_lists(struct sbd_scan *s, struct search *q)
{
	struct sbd_frame *f = NULL;
	unsigned long flags;
	int order;

	s->search_order = min(s->cc->order - 1, s->search_order);
	for (order = s->search_order; !f && order >= 0;
	     order = next_order(s, order)) {
		if (!READ_ONCE(s->z->area[order].nr_free))
			continue;
		flags = sbd_zone_lock(s->z);
		f = search_list(s, q, order);
		if (f && sbd_isolate_free(s->z, s->cc->cpu, f)) {
			q->seen += (1U << order) - 1;
			add_target(s, f);
		} else if (f) {
			/* the marks forbid it: that ends the search */
			order = s->search_order + 1;
			f = NULL;
		}
		sbd_zone_unlock(s->z, flags);
		if (s->z->prof->compact_finish && s->nr_free >= s->nr_migrate)
			break;
	}
	return f ? sbd_pfn(s->z, f) : SBD_PFN_NONE;
}

/* Nothing was found: where shall the scanner itself begin? */
static unsigned long begin_anew(struct sbd_scan *s, const struct search *q)
{
	s->search_failed++;
	if (!q->start)
		return SBD_PFN_NONE;
	if (q->highest >= q->least) {
		s->free_pfn = q->highest;
		return q->highest;
	}
	if (!s->cc->direct || !sbd_spans(s->z, q->least))
		return SBD_PFN_NONE;
	s->free_pfn = q->least;
	return s->z->prof->compact_orders && !is_target(s, q->least) ?
	       SBD_PFN_NONE : q->least;
}

/* The rest of a pageblock where a block was found. */
static void take_around(struct sbd_scan *s, unsigned long pfn)
{
	unsigned long start = max(sbd_block_start(s->z, pfn), s->z->start_pfn);
	unsigned long end = min(sbd_scan_block_end(s, pfn), sbd_zone_end(s->z));
	bool full;

	if (s->nr_free >= s->nr_migrate ||
	    (s->cc->direct && s->cc->mode == SBD_COMPACT_ASYNC) ||
	    !sbd_scan_is_ours(s, start, end))
		return;
	take_block(s, &start, end, 1);
	full = s->z->prof->compact_finish ? start == end :
					    s->nr_free < s->nr_migrate;
	if (full)
		sbd_scan_set_skip(s, pfn);
}

/* fast_isolate_freepages() */
static void search_targets(struct sbd_scan *s)
{
	struct search q;
	unsigned long pfn;

	if (s->cc->order <= 0)
		return;
	search_init(s, &q);
	pfn = search_lists(s, &q);
	if (pfn == SBD_PFN_NONE)
		pfn = begin_anew(s, &q);
	if (q.highest && q.highest >= s->z->compact.free_pfn)
		s->z->compact.free_pfn = q.highest - sbd_block_pages(s->z);
	s->cc->free_scanned += q.seen;
	if (pfn != SBD_PFN_NONE)
		take_around(s, pfn);
}

/* Pageblocks downwards, until there is enough or the other scanner is met. */
static void scan_targets(struct sbd_scan *s)
{
	unsigned long low = sbd_scan_block_end(s, s->migrate_pfn), size = sbd_block_pages(s->z);
	unsigned long pfn = s->free_pfn, start = sbd_block_start(s->z, pfn), got, end;
	unsigned int stride = s->cc->mode == SBD_COMPACT_ASYNC ?
			      SBD_COMPACT_CLUSTER : 1;

	for (; start >= low; start -= size, pfn = start) {
		end = min(start + size, sbd_zone_end(s->z));
		if (!sbd_scan_is_ours(s, start, end) || !is_target(s, start) ||
		    sbd_scan_skips(s, start))
			continue;
		got = take_block(s, &pfn, end, stride);
		if (pfn == end)
			update_free_skip(s, start);
		if (s->nr_free >= s->nr_migrate) {
			if (pfn >= end)
				pfn = start - size;
			break;
		}
		if (pfn < end)
			break;
		stride = got ? 1 : min_t(unsigned int, SBD_COMPACT_CLUSTER,
					 stride << 1);
		cond_resched();
	}
	s->free_pfn = pfn;
}

static void take_targets(struct sbd_scan *s)
{
	search_targets(s);
	if (!s->nr_free)
		scan_targets(s);
	if (!s->z->prof->compact_orders)
		break_up(s);
}

static struct sbd_frame *pop_target(struct sbd_scan *s, unsigned int order)
{
	struct sbd_frame *f;
	unsigned int o;

	for (o = order; o < SBD_NR_ORDERS; o++) {
		f = sbd_list_first(s->z, &s->target[o]);
		if (!f)
			continue;
		sbd_list_del(s->z, &s->target[o], f);
		while (o > order) {
			o--;
			f[1UL << o].state = SBD_FRAME_ISOLATED;
			f[1UL << o].order = o;
			sbd_list_add(s->z, &s->target[o], f + (1UL << o));
		}
		return f;
	}
	return NULL;
}

static void make_used(struct sbd_frame *f, unsigned int order)
{
	f->state = SBD_FRAME_USED;
	f->order = order;
	f->flags = 0;
	f->owner = SBD_NOBODY;
}

/**
 * sbd_scan_target() - a block to move a page to
 * @s:	   the compaction
 * @order: of the page's block
 *
 * compaction_alloc().  Context: process.
 * Return: its first frame, USED; SBD_PFN_NONE if there is none to be had.
 */
unsigned long sbd_scan_target(struct sbd_scan *s, unsigned int order)
{
	struct sbd_frame *f = pop_target(s, order);

	if (!f) {
		take_targets(s);
		f = pop_target(s, order);
	}
	if (!f)
		return SBD_PFN_NONE;
	make_used(f, order);
	s->nr_free -= 1UL << order;
	if (s->z->prof->compact_orders)
		s->nr_migrate -= 1UL << order;
	return sbd_pfn(s->z, f);
}

/**
 * sbd_scan_untarget() - the page did not move: keep the block for another
 * @s:	   the compaction
 * @pfn:   what sbd_scan_target() returned
 * @order: of it
 *
 * compaction_free().
 */
void sbd_scan_untarget(struct sbd_scan *s, unsigned long pfn, unsigned int order)
{
	struct sbd_frame *f = sbd_frame(s->z, pfn);

	f->state = SBD_FRAME_ISOLATED;
	sbd_list_add(s->z, &s->target[order], f);
	s->nr_free += 1UL << order;
	if (s->z->prof->compact_orders)
		s->nr_migrate += 1UL << order;
}

/**
 * sbd_scan_release() - free the blocks that nothing was moved to
 * @s: the compaction
 *
 * Each at its order, by the per-CPU lists where that is kept there (in 6.1 all
 * are single pages by now).  Context: process.
 * Return: the highest frame freed, 0 if none was.
 */
unsigned long sbd_scan_release(struct sbd_scan *s)
{
	unsigned long high = 0, pfn;
	struct sbd_frame *f;
	unsigned int o;

	for (o = 0; o < SBD_NR_ORDERS; o++) {
		while ((f = sbd_list_first(s->z, &s->target[o]))) {
			sbd_list_del(s->z, &s->target[o], f);
			make_used(f, o);
			pfn = sbd_pfn(s->z, f);
			high = max(high, pfn);
			WARN_ON_ONCE(sbd_free(s->z->sys, s->cc->cpu, pfn, o));
			sbd_count_vm(s->z->sys, sbd_compact_returned, 1UL << o);
		}
	}
	s->nr_free = 0;
	return high;
}
