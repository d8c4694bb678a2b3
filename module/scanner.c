// SPDX-License-Identifier: GPL-2.0
/*
 * The two scanners of a compaction: pages to move, and where to move them.
 *
 * Rules: semantics.md section 8 (scanners, free page source, list reorder), held
 * against 6.1.192 and 6.12.117 (mm/compaction.c).  Positions and skip bits are
 * hints, written without a lock: what is lost costs a scan.
 */
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "free.h"
#include "isolate.h"
#include "pageblock.h"
#include "profile.h"
#include "scanner.h"

#define ISOLATED_WAIT_MS	20U	/* VMSCAN_THROTTLE_ISOLATED */
#define MOST_WAITS		50

/* ---- pageblocks ---------------------------------------------------------- */

static unsigned long block_end(const struct sbd_scan *s, unsigned long pfn)
{
	return sbd_block_start(s->z, pfn) + sbd_block_pages(s->z);
}

/* First frame behind the block of the wanted order that holds a frame. */
static unsigned long order_end(const struct sbd_scan *s, unsigned long pfn)
{
	return ((pfn >> s->cc->order) + 1) << s->cc->order;
}

/* All of a range of one pageblock is the zone's. */
static bool is_ours(const struct sbd_scan *s, unsigned long start,
		    unsigned long end)
{
	return sbd_zone_of(s->z->sys, start) == s->z &&
	       sbd_zone_of(s->z->sys, end - 1) == s->z;
}

static bool skips(const struct sbd_scan *s, unsigned long pfn)
{
	return !s->cc->whole &&
	       (s->z->blocks[sbd_block_index(s->z, pfn)] & SBD_BLOCK_SKIP);
}

/* Types share the byte: it changes under the zone lock only. */
static void set_skip(const struct sbd_scan *s, unsigned long pfn)
{
	unsigned long flags = sbd_zone_lock(s->z);

	s->z->blocks[sbd_block_index(s->z, pfn)] |= SBD_BLOCK_SKIP;
	sbd_zone_unlock(s->z, flags);
}

static void update_cached_migrate(const struct sbd_scan *s, unsigned long pfn)
{
	struct sbd_compaction *c = &s->z->compact;

	pfn = block_end(s, pfn);
	c->migrate_pfn[0] = max(c->migrate_pfn[0], pfn);
	if (s->cc->mode != SBD_COMPACT_ASYNC)
		c->migrate_pfn[1] = max(c->migrate_pfn[1], pfn);
}

/**
 * sbd_scanners_met() - is there nothing left between the scanners
 * @s: the compaction
 *
 * Return: they are in the same pageblock, or past each other.
 */
bool sbd_scanners_met(const struct sbd_scan *s)
{
	return s->free_pfn >> s->z->block_order <=
	       s->migrate_pfn >> s->z->block_order;
}

/* ---- pages to move ------------------------------------------------------- */

static bool too_many_isolated(const struct sbd_scan *s)
{
	const struct sbd_lru_node *n = &s->own->node[s->z->nid];
	unsigned long listed = 0, isolated;
	int l;

	for (l = SBD_LRU_INACTIVE_ANON; l <= SBD_LRU_ACTIVE_FILE; l++)
		listed += sbd_lru_pages(s->own, s->z->nid, l);
	isolated = atomic_long_read(&n->isolated[0]) +
		   atomic_long_read(&n->isolated[1]);
	if (s->z->prof->compact_nofs && (s->cc->gfp & __GFP_FS))
		listed >>= 3;
	return isolated > listed / 2;
}

/* Return: 0, -EAGAIN if others hold too much, -EINTR after a signal. */
static int wait_for_isolated(const struct sbd_scan *s)
{
	struct sbd_system *sys = s->z->sys;
	int i;

	for (i = 0; too_many_isolated(s); i++) {
		if (s->nr_migrate || s->cc->mode == SBD_COMPACT_ASYNC ||
		    !sys->hooks.wait || i == MOST_WAITS)
			return -EAGAIN;
		if (sys->hooks.wait(sys, ISOLATED_WAIT_MS))
			return -EINTR;
	}
	return 0;
}

/* Blocks as large as what is wanted stay: they could only change places. */
static bool too_large(const struct sbd_scan *s, unsigned int order)
{
	if (!s->z->prof->compact_orders)
		return order;
	return (s->cc->order >= 0 && (int)order >= s->cc->order) ||
	       order >= s->z->block_order;
}

/* Unevictable pages may move: compact_unevictable_allowed is 1. */
static bool may_isolate(const struct sbd_scan *s, const struct sbd_owner *p)
{
	if (!sbd_owner_movable(p) || too_large(s, p->order))
		return false;
	if (!(s->cc->gfp & __GFP_FS) && p->kind == SBD_OWNER_FILE)
		return false;
	return s->cc->mode == SBD_COMPACT_SYNC ||
	       !test_bit(SBD_OWNER_WRITEBACK, &p->flags);
}

/* The owner whose page a frame heads, if it can be taken.  It is not yet. */
static u32 candidate(const struct sbd_scan *s, unsigned long pfn)
{
	u32 o = s->own ? sbd_owner_at(s->own, s->z, pfn) : SBD_NOBODY;

	return o != SBD_NOBODY && may_isolate(s, sbd_owner(s->own, o)) ?
	       o : SBD_NOBODY;
}

static bool isolate(struct sbd_scan *s, u32 o, unsigned long pfn)
{
	struct sbd_owner *p = sbd_owner(s->own, o);

	if (!sbd_lru_isolate(s->own, o))
		return false;
	if (p->pfn != pfn) {
		sbd_lru_putback(s->own, s->cc->cpu, o);
		return false;
	}
	p->next = s->isolated;
	s->isolated = o;
	s->nr_migrate += sbd_owner_pages(p);
	return true;
}

/**
 * sbd_scan_putback() - give all isolated pages back to their lists
 * @s: the compaction
 *
 * Context: process.
 */
void sbd_scan_putback(struct sbd_scan *s)
{
	u32 o = s->isolated, next;

	for (; o != SBD_NOBODY; o = next) {
		next = sbd_owner(s->own, o)->next;
		sbd_lru_putback(s->own, s->cc->cpu, o);
	}
	s->isolated = SBD_NOBODY;
	s->nr_migrate = 0;
}

/**
 * struct block_scan - the migration scanner in one pageblock
 * @pfn:	where it is
 * @end:	of the pageblock
 * @got:	pages isolated in it
 * @seen:	frames looked at
 * @next_skip:	async direct: end of the block of the wanted order
 * @skip_failed: a page that stays makes the rest of that block useless
 * @first:	the scan began with the pageblock
 * @marked:	the skip bit was seen to
 */
struct block_scan {
	unsigned long pfn;
	unsigned long end;
	unsigned long got;
	unsigned long seen;
	unsigned long next_skip;
	bool skip_failed;
	bool first;
	bool marked;
};

/*
 * The first page is about to be taken: mark the pageblock, so that others do
 * not scan it too.  Return: others do already.
 */
static bool mark_once(struct sbd_scan *s, struct block_scan *b)
{
	bool skip;

	if (b->marked || !b->first)
		return false;
	b->marked = true;
	if (s->cc->whole ||
	    (!s->z->prof->compact_finish && !sbd_block_aligned(s->z, b->pfn)))
		return false;
	skip = skips(s, b->pfn);
	if (!skip)
		set_skip(s, b->pfn);
	return skip && !(s->z->prof->compact_finish && s->finish);
}

/* Frames that are passed over at once: a free block, or one that stays. */
static unsigned long extent(const struct sbd_frame *f)
{
	unsigned int state = READ_ONCE(f->state), order = READ_ONCE(f->order);

	if ((state != SBD_FRAME_BUDDY && state != SBD_FRAME_USED) ||
	    order > SBD_MAX_ORDER)
		return 1;
	return 1UL << order;
}

static void pass_over(struct sbd_scan *s, struct block_scan *b,
		      unsigned long pages)
{
	b->pfn += pages - 1;
	if (s->z->prof->compact_orders)
		b->seen += pages - 1;
}

/* A page stays, so the block of the wanted order will not become free. */
static void give_up_block(struct sbd_scan *s, struct block_scan *b)
{
	if (b->got) {
		sbd_scan_putback(s);
		b->got = 0;
	}
	if (b->pfn < b->next_skip) {
		b->pfn = b->next_skip - 1;
		b->next_skip += 1UL << s->cc->order;
	}
}

enum step { STEP_ON, STEP_ENOUGH, STEP_OTHERS };

static enum step scan_frame(struct sbd_scan *s, struct block_scan *b)
{
	const struct sbd_frame *f = sbd_frame(s->z, b->pfn);
	unsigned long pages = extent(f);
	u32 o;

	b->seen++;
	if (READ_ONCE(f->state) == SBD_FRAME_BUDDY) {
		pass_over(s, b, pages);
		return STEP_ON;
	}
	o = candidate(s, b->pfn);
	if (o != SBD_NOBODY && mark_once(s, b)) {
		b->pfn = b->end;
		return STEP_OTHERS;
	}
	if (o != SBD_NOBODY && isolate(s, o, b->pfn)) {
		pages = sbd_owner_pages(sbd_owner(s->own, o));
		b->pfn += pages - 1;
		b->seen += pages - 1;
		b->got += pages;
		return s->nr_migrate >= SBD_COMPACT_CLUSTER && !s->finish &&
		       !s->contended ? STEP_ENOUGH : STEP_ON;
	}
	pass_over(s, b, pages);
	if (b->skip_failed)
		give_up_block(s, b);
	return STEP_ON;
}

/* Return: false after a signal. */
static bool scan_frames(struct sbd_scan *s, struct block_scan *b)
{
	enum step step;

	for (; b->pfn < b->end; b->pfn++) {
		if (b->skip_failed && b->pfn >= b->next_skip) {
			if (b->got)
				break;
			b->next_skip = order_end(s, b->pfn);
		}
		if (!(b->pfn % SBD_COMPACT_CLUSTER)) {
			if (fatal_signal_pending(current)) {
				s->contended = true;
				return false;
			}
			cond_resched();
		}
		step = scan_frame(s, b);
		if (step == STEP_OTHERS)
			break;
		if (step == STEP_ENOUGH) {
			b->pfn++;
			break;
		}
	}
	b->pfn = min(b->pfn, b->end);
	return true;
}

/* All of the pageblock was seen: the next scan begins behind it. */
static void end_block(struct sbd_scan *s, struct block_scan *b)
{
	if (b->pfn != b->end || (b->got && !s->finish))
		return;
	if (b->first && !b->marked)
		set_skip(s, b->end - 1);
	update_cached_migrate(s, b->pfn);
}

/* isolate_migratepages_block().  Return: 0, or an error that ends it all. */
static int scan_block(struct sbd_scan *s, unsigned long pfn, unsigned long end)
{
	struct block_scan b = { .pfn = pfn, .end = end };
	bool alive = true;
	int err = 0;

	s->migrate_pfn = pfn;
	if (s->own)
		err = wait_for_isolated(s);
	if (err)
		return err;
	b.skip_failed = s->cc->direct && s->cc->mode == SBD_COMPACT_ASYNC;
	if (b.skip_failed)
		b.next_skip = order_end(s, pfn);
	b.first = sbd_block_aligned(s->z, pfn) || pfn == s->z->start_pfn;
	if (b.first && skips(s, pfn) && !s->finish) {
		b.pfn = end;
		b.marked = true;
	} else {
		alive = scan_frames(s, &b);
	}
	if (alive)
		end_block(s, &b);
	s->cc->migrate_scanned += b.seen;
	if (b.got)
		sbd_count_vm(s->z->sys, compact_isolated, b.got);
	s->migrate_pfn = b.pfn;
	return alive ? 0 : -EINTR;
}

/*
 * Async direct compaction is for pageblocks of the request's type; blocks of
 * pageblock size have nothing to give.
 */
static bool is_source(const struct sbd_scan *s, unsigned long pfn)
{
	const struct sbd_frame *f = sbd_block_of(s->z, pfn);
	int mt;

	if (f && f->state == SBD_FRAME_USED && f->order >= s->z->block_order)
		return false;
	if (s->cc->mode != SBD_COMPACT_ASYNC || !s->cc->direct)
		return true;
	mt = sbd_block_type(s->z, pfn);
	if (s->cc->mt == SBD_MOVABLE)
		return mt == SBD_MOVABLE || mt == SBD_CMA;
	return mt == s->cc->mt;
}

/* ---- free lists as a short cut ------------------------------------------- */

static unsigned int search_limit(const struct sbd_scan *s)
{
	return (SBD_COMPACT_CLUSTER >> min(s->search_failed, 31U)) + 1;
}

/* The frame after this one comes first, so this one comes last. */
static void make_last(struct sbd_zone *z, unsigned int order, struct sbd_frame *f)
{
	if (f->next != SBD_NIL)
		sbd_list_first_is(z, order, SBD_MOVABLE, z->frames + f->next);
}

static bool may_find_source(const struct sbd_scan *s)
{
	if (s->cc->whole || (s->finish && s->z->prof->compact_finish))
		return false;
	if (s->migrate_pfn != s->z->start_pfn &&
	    !sbd_block_aligned(s->z, s->migrate_pfn))
		return false;
	return s->cc->order > SBD_COSTLY_ORDER &&
	       (!s->cc->direct || s->cc->mt == SBD_MOVABLE);
}

/* Frames below this are early enough to be moved away from. */
static unsigned long source_limit(const struct sbd_scan *s)
{
	unsigned long distance = (s->free_pfn - s->migrate_pfn) >> 1;

	if (s->migrate_pfn != s->z->start_pfn)
		distance >>= 2;
	return sbd_block_start(s->z, s->migrate_pfn + distance);
}

static void note_fast_start(struct sbd_scan *s, unsigned long pfn)
{
	if (s->fast_start == SBD_PFN_NONE)
		return;
	s->fast_start = s->fast_start ? min(s->fast_start, pfn) : pfn;
}

/* One free list, from its head.  Context: zone lock held. */
static unsigned long find_source_in(struct sbd_scan *s, unsigned int order,
				    unsigned int limit, unsigned int *seen)
{
	struct sbd_zone *z = s->z;
	unsigned long high = source_limit(s), pfn;
	struct sbd_frame *f;
	u32 i;

	for (i = z->area[order].list[SBD_MOVABLE].head; i != SBD_NIL; i = f->next) {
		f = z->frames + i;
		pfn = sbd_pfn(z, f);
		if ((*seen)++ >= limit) {
			make_last(z, order, f);
			break;
		}
		if (pfn >= high || skips(s, pfn))
			continue;
		make_last(z, order, f);
		note_fast_start(s, pfn);
		if (!z->prof->compact_finish)
			z->blocks[sbd_block_index(z, pfn)] |= SBD_BLOCK_SKIP;
		return max(sbd_block_start(z, pfn), z->start_pfn);
	}
	return SBD_PFN_NONE;
}

/* fast_find_migrateblock(): a pageblock that is partly free already. */
static unsigned long find_source(struct sbd_scan *s)
{
	unsigned int limit = search_limit(s), seen = 0;
	unsigned long found = SBD_PFN_NONE, flags;
	int order;

	if (!may_find_source(s))
		return s->migrate_pfn;
	for (order = s->cc->order - 1; order >= SBD_COSTLY_ORDER &&
	     found == SBD_PFN_NONE && seen < limit; order--) {
		if (!READ_ONCE(s->z->area[order].nr_free))
			continue;
		flags = sbd_zone_lock(s->z);
		found = find_source_in(s, order, limit, &seen);
		sbd_zone_unlock(s->z, flags);
	}
	s->cc->migrate_scanned += seen;
	if (found != SBD_PFN_NONE) {
		s->search_failed = 0;
		return found;
	}
	s->search_failed++;
	if (s->fast_start && s->fast_start != SBD_PFN_NONE) {
		s->migrate_pfn = s->fast_start;
		s->fast_start = SBD_PFN_NONE;
	}
	return s->migrate_pfn;
}

/**
 * sbd_scan_migratable() - isolate pages of the next pageblock that has any
 * @s: the compaction
 *
 * isolate_migratepages().  Context: process.
 * Return: 1, there are pages to move; 0, not here; an error that ends it all.
 */
int sbd_scan_migratable(struct sbd_scan *s)
{
	unsigned long pfn = find_source(s), start, end;
	bool found = pfn != s->migrate_pfn && !s->search_failed;
	int err;

	for (end = block_end(s, pfn); end <= s->free_pfn;
	     pfn = end, end += sbd_block_pages(s->z), found = false,
	     s->migrate_pfn = pfn) {
		start = max(sbd_block_start(s->z, pfn), s->z->start_pfn);
		if (!is_ours(s, start, end))
			continue;
		if ((sbd_block_aligned(s->z, pfn) || pfn == s->z->start_pfn) &&
		    !found && skips(s, pfn))
			continue;
		if (!is_source(s, start)) {
			update_cached_migrate(s, end);
			continue;
		}
		err = scan_block(s, pfn, end);
		if (err)
			return err;
		break;
	}
	return s->nr_migrate ? 1 : 0;
}

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

static unsigned long lock_for_scan(struct sbd_scan *s)
{
	if (s->cc->mode == SBD_COMPACT_ASYNC && spin_is_locked(&s->z->lock))
		s->contended = true;
	return sbd_zone_lock(s->z);
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
	flags = lock_for_scan(s);
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
	unsigned long pages = extent(f);

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
	set_skip(s, max(start, s->z->start_pfn));
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
		.limit = max(1U, search_limit(s) >> 1),
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
	bool refused = false;
	int order;

	s->search_order = min(s->cc->order - 1, s->search_order);
	for (order = s->search_order; !f && !refused && order >= 0;
	     order = next_order(s, order)) {
		if (!READ_ONCE(s->z->area[order].nr_free))
			continue;
		flags = sbd_zone_lock(s->z);
		f = search_list(s, q, order);
		if (f && !sbd_isolate_free(s->z, s->cc->cpu, f)) {
			refused = true;
			f = NULL;
		}
		sbd_zone_unlock(s->z, flags);
		if (!f)
			continue;
		q->seen += (1U << order) - 1;
		add_target(s, f);
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
	unsigned long end = min(block_end(s, pfn), sbd_zone_end(s->z));
	bool full;

	if (s->nr_free >= s->nr_migrate ||
	    (s->cc->direct && s->cc->mode == SBD_COMPACT_ASYNC) ||
	    !is_ours(s, start, end))
		return;
	take_block(s, &start, end, 1);
	full = s->z->prof->compact_finish ? start == end :
					    s->nr_free < s->nr_migrate;
	if (full)
		set_skip(s, pfn);
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
	unsigned long low = block_end(s, s->migrate_pfn), size = sbd_block_pages(s->z);
	unsigned long pfn = s->free_pfn, start = sbd_block_start(s->z, pfn), got, end;
	unsigned int stride = s->cc->mode == SBD_COMPACT_ASYNC ?
			      SBD_COMPACT_CLUSTER : 1;

	for (; start >= low; start -= size, pfn = start) {
		end = min(start + size, sbd_zone_end(s->z));
		if (!is_ours(s, start, end) || !is_target(s, start) ||
		    skips(s, start))
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
