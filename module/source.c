// SPDX-License-Identifier: GPL-2.0
/*
 * The migration scanner of a compaction: which pages to move.
 *
 * Rules: semantics.md section 8 (scanners, list reorder), held against 6.1.192 and
 * 6.12.117 (mm/compaction.c).
 */
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "pageblock.h"
#include "profile.h"
#include "source.h"

#define ISOLATED_WAIT_MS	20U	/* VMSCAN_THROTTLE_ISOLATED */
#define MOST_WAITS		50

/* First frame behind the block of the wanted order that holds a frame. */
static unsigned long order_end(const struct sbd_scan *s, unsigned long pfn)
{
	return ((pfn >> s->cc->order) + 1) << s->cc->order;
}

/* Here the skip bit is looked at; a scan that goes on has done so before. */
static bool begins_block(const struct sbd_scan *s, unsigned long pfn)
{
	return sbd_block_aligned(s->z, pfn) ||
	       (s->z->prof->compact_finish && pfn == s->z->start_pfn);
}

static void update_cached_migrate(const struct sbd_scan *s, unsigned long pfn)
{
	struct sbd_compaction *c = &s->z->compact;

	pfn = sbd_scan_block_end(s, pfn);
	c->migrate_pfn[0] = max(c->migrate_pfn[0], pfn);
	if (s->cc->mode != SBD_COMPACT_ASYNC)
		c->migrate_pfn[1] = max(c->migrate_pfn[1], pfn);
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

/*
 * Unevictable pages may move: compact_unevictable_allowed is 1.  Short of SYNC,
 * what is being written stays, and so does a dirty page that is locked.
 */
static bool may_isolate(const struct sbd_scan *s, const struct sbd_owner *p)
{
	if (!sbd_owner_movable(p) || too_large(s, p->order))
		return false;
	if (!(s->cc->gfp & __GFP_FS) && p->kind == SBD_OWNER_FILE)
		return false;
	if (s->cc->mode == SBD_COMPACT_SYNC)
		return true;
	return !test_bit(SBD_OWNER_WRITEBACK, &p->flags) &&
	       !(test_bit(SBD_OWNER_DIRTY, &p->flags) &&
		 test_bit(SBD_OWNER_LOCKED, &p->flags));
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
	skip = sbd_scan_skips(s, b->pfn);
	if (!skip)
		sbd_scan_set_skip(s, b->pfn);
	return skip && !(s->z->prof->compact_finish && s->finish);
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
	unsigned long pages = sbd_frame_extent(f);
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
		sbd_scan_set_skip(s, b->end - 1);
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
	b.first = begins_block(s, pfn);
	if (b.first && sbd_scan_skips(s, pfn)) {
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
	int mt;

	if (sbd_scan_is_large(s->z, pfn))
		return false;
	if (s->cc->mode != SBD_COMPACT_ASYNC || !s->cc->direct)
		return true;
	mt = sbd_block_type(s->z, pfn);
	if (s->cc->mt == SBD_MOVABLE)
		return mt == SBD_MOVABLE || mt == SBD_CMA;
	return mt == s->cc->mt;
}

/* ---- free lists as a short cut ------------------------------------------- */

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
		if (pfn >= high || sbd_scan_skips(s, pfn))
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
	unsigned int limit = sbd_scan_search_limit(s), seen = 0;
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

	for (end = sbd_scan_block_end(s, pfn); end <= s->free_pfn;
	     pfn = end, end += sbd_block_pages(s->z), found = false,
	     s->migrate_pfn = pfn) {
		start = max(sbd_block_start(s->z, pfn), s->z->start_pfn);
		if (!sbd_scan_is_ours(s, start, end))
			continue;
		if (begins_block(s, pfn) && !found && sbd_scan_skips(s, pfn))
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
