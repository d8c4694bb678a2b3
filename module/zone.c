// SPDX-License-Identifier: GPL-2.0
/*
 * Free lists of a zone: taking, splitting, merging, moving, and the accounts.
 *
 * Rules: semantics.md section 2 (free lists, merge, move) and 4 (accounting),
 * held against 6.1.192 and 6.12.117.
 */
#include <linux/lockdep.h>

#include "profile.h"
#include "trace.h"
#include "zone.h"

const char * const sbd_zone_names[SBD_NR_ZONES] = {
	[SBD_ZONE_DMA] = "DMA",
	[SBD_ZONE_DMA32] = "DMA32",
	[SBD_ZONE_NORMAL] = "Normal",
	[SBD_ZONE_MOVABLE] = "Movable",
	[SBD_ZONE_DEVICE] = "Device",
};

/**
 * sbd_zone_lock_timed() - take a zone's lock and measure the wait
 * @z: the zone
 *
 * Context: as sbd_zone_lock().  Return: the interrupt state.
 */
unsigned long sbd_zone_lock_timed(struct sbd_zone *z) __acquires(&z->lock)
{
	u64 (*clock)(void) = z->sys->hooks.clock;
	struct sbd_lock_stat *s = &z->lock_stat;
	unsigned long flags;
	u64 t0 = clock(), waited = 0;

	local_irq_save(flags);
	if (!spin_trylock(&z->lock)) {
		spin_lock(&z->lock);
		waited = clock() - t0;
		s->contended++;
		s->wait_ns += waited;
		s->wait_max = max(s->wait_max, waited);
	}
	s->taken++;
	s->since = clock();
	return flags;
}

/**
 * sbd_zone_unlock_timed() - account a measured hold
 * @z: the zone, locked
 */
void sbd_zone_unlock_timed(struct sbd_zone *z)
{
	struct sbd_lock_stat *s = &z->lock_stat;
	u64 held;

	lockdep_assert_held(&z->lock);
	held = z->sys->hooks.clock() - s->since;
	s->since = 0;
	s->hold_ns += held;
	s->hold_max = max(s->hold_max, held);
}

static __always_inline void stat_add(struct sbd_zone *z, int cpu,
				     enum sbd_zone_stat item, long delta)
{
	struct sbd_cpu_zone *cz = &z->cpus[cpu];
	long x = delta + cz->stat_diff[item];
	int most = cz->stat_threshold + sbd_broken(z->sys, fold);

	lockdep_assert_held(&z->lock);
	if (abs(x) > most) {
		atomic_long_add(x, &z->stat[item]);
		x = 0;
	}
	cz->stat_diff[item] = x;
}

/**
 * sbd_stat_add() - change a zone counter through a CPU's difference
 * @z:	   the zone
 * @cpu:   who changes it
 * @item:  which
 * @delta: by how much
 *
 * The difference is folded when its magnitude passes the CPU's threshold, and
 * all of it at once, as __mod_zone_page_state() does.  Without SMP the zone's
 * counter changes at once.
 * Context: zone lock held (the kernel's own callers hold it too).
 */
void sbd_stat_add(struct sbd_zone *z, int cpu, enum sbd_zone_stat item,
		  long delta)
{
	stat_add(z, cpu, item, delta);
}

/* sbd_account() where it is hot: nearly all pages are of ordinary types. */
static __always_inline void account(struct sbd_zone *z, int cpu, long pages,
				    int mt)
{
	if (likely(mt < SBD_PCPTYPES))
		stat_add(z, cpu, SBD_NR_FREE_PAGES, pages);
	else
		sbd_account(z, cpu, pages, mt);
}

/**
 * sbd_account() - free pages of a type became more or fewer
 * @z:	   the zone
 * @cpu:   who did it
 * @pages: signed
 * @mt:	   type of the list
 *
 * Isolated pages count as not free.  Context: zone lock held.
 */
void sbd_account(struct sbd_zone *z, int cpu, long pages, int mt)
{
	if (mt == SBD_ISOLATE)
		return;
	sbd_stat_add(z, cpu, SBD_NR_FREE_PAGES, pages);
	if (mt == SBD_CMA)
		sbd_stat_add(z, cpu, SBD_NR_FREE_CMA_PAGES, pages);
	else if (mt == SBD_HIGHATOMIC && z->prof->type_hygiene)
		z->nr_free_highatomic += pages;
}

/* Put a block on its list.  Does not account. */
static __always_inline void add_free(struct sbd_zone *z, struct sbd_frame *f,
				     unsigned int order, int mt, bool tail)
{
	struct sbd_free_area *area = &z->area[order];

	lockdep_assert_held(&z->lock);
	f->order = order;
	f->state = SBD_FRAME_BUDDY;
	f->mt = mt;
	f->flags = 0;
	if (tail)
		sbd_list_add_tail(z, &area->list[mt], f);
	else
		sbd_list_add(z, &area->list[mt], f);
	area->nr_free++;
}

/* Take a block off its list.  Does not account. */
static __always_inline void del_free(struct sbd_zone *z, struct sbd_frame *f)
{
	struct sbd_free_area *area = &z->area[f->order];

	lockdep_assert_held(&z->lock);
	sbd_list_del(z, &area->list[f->mt], f);
	f->state = SBD_FRAME_NONE;
	area->nr_free--;
}

static __always_inline unsigned int split(struct sbd_zone *z,
					  struct sbd_frame *f, unsigned int low,
					  unsigned int high, int mt)
{
	unsigned int size = 1U << high, total = size;

	z->event[SBD_EV_SPLIT] += high - low;
	while (high > low) {
		high--;
		size >>= 1;
		add_free(z, f + size, high, mt, false);
		trace_sbd_split(z, sbd_pfn(z, f + size), high, mt);
	}
	f->order = low;
	f->mt = mt;
	return total - size;
}

/**
 * sbd_split() - free all but the lowest part of a block
 * @z:	  the zone
 * @f:	  head of the block, on no list
 * @low:  order of the part to keep
 * @high: order of the block
 * @mt:	  type of the lists that get the rest
 *
 * Each upper half goes to the head of its list, so the remainders come back in
 * ascending order (expand()).  Does not account.
 * Context: zone lock held.  Return: pages freed.
 */
unsigned int sbd_split(struct sbd_zone *z, struct sbd_frame *f,
		       unsigned int low, unsigned int high, int mt)
{
	return split(z, f, low, high, mt);
}

/* Broken on purpose: free all but the highest part. */
static struct sbd_frame *split_upwards(struct sbd_zone *z, struct sbd_frame *f,
				       unsigned int low, unsigned int high,
				       int mt)
{
	for (; high > low; f += 1U << high)
		add_free(z, f, --high, mt, false);
	f->order = low;
	f->mt = mt;
	return f;
}

static __always_inline struct sbd_frame *
take_and_split(struct sbd_zone *z, int cpu, struct sbd_frame *f,
	       unsigned int low, int mt)
{
	unsigned int high = f->order;

	del_free(z, f);
	if (sbd_broken(z->sys, split_low))
		f = split_upwards(z, f, low, high, mt);
	else
		split(z, f, low, high, mt);
	if (z->prof->type_hygiene)
		account(z, cpu, -(1L << low), mt);
	return f;
}

/**
 * sbd_take_and_split() - take a free block, keep its lowest part
 * @z:	 the zone
 * @cpu: who takes it
 * @f:	 head of a free block
 * @low: order of the part to keep
 * @mt:	 type of the lists that get the rest, and of the account
 *
 * Context: zone lock held.  Where lists follow pageblocks the pages are
 * accounted here, else by the caller (see struct sbd_profile).
 */
void sbd_take_and_split(struct sbd_zone *z, int cpu, struct sbd_frame *f,
			unsigned int low, int mt)
{
	take_and_split(z, cpu, f, low, mt);
}

/**
 * sbd_take_frame() - take a free block whole, accounting it
 * @z:	 the zone
 * @cpu: who takes it
 * @f:	 head of a free block
 * @mt:	 type to account it under; not always that of its list in 6.1
 *
 * Context: zone lock held.
 */
void sbd_take_frame(struct sbd_zone *z, int cpu, struct sbd_frame *f, int mt)
{
	del_free(z, f);
	sbd_account(z, cpu, -(1L << f->order), mt);
}

/**
 * sbd_take_smallest() - the smallest block of a type that is large enough
 * @z:	   the zone
 * @cpu:   who takes it
 * @order: wanted
 * @mt:	   whose lists
 *
 * Always the head of the list (__rmqueue_smallest()).
 * Context: zone lock held.  Return: the block's head, split to @order, on no
 * list; NULL if the type has none.
 */
struct sbd_frame *sbd_take_smallest(struct sbd_zone *z, int cpu,
				    unsigned int order, int mt)
{
	struct sbd_frame *f;
	unsigned int o;

	for (o = order; o < SBD_NR_ORDERS; o++) {
		f = sbd_list_first(z, &z->area[o].list[mt]);
		if (!f)
			continue;
		f = take_and_split(z, cpu, f, order, mt);
		trace_sbd_rmqueue(z, sbd_pfn(z, f), order, mt);
		return f;
	}
	return NULL;
}

/* The free block of this order at a frame, NULL if that is something else. */
static __always_inline struct sbd_frame *
free_block_at(const struct sbd_zone *z, unsigned long pfn, unsigned int order)
{
	struct sbd_frame *f;

	if (!sbd_spans(z, pfn))
		return NULL;
	f = sbd_frame(z, pfn);
	return sbd_is_buddy(f, order) ? f : NULL;
}

/*
 * From pageblock order up, types that must not mix stay apart: a CMA,
 * HIGHATOMIC or isolated block merges only with its like.  Where lists follow
 * pageblocks, the buddy's take the type of what it merges with.
 */
static bool merge_types(struct sbd_zone *z, unsigned long buddy,
			unsigned int order, int mt)
{
	int buddy_mt = sbd_block_type(z, buddy);

	if (buddy_mt == mt)
		return true;
	if ((!sbd_type_mergeable(mt) || !sbd_type_mergeable(buddy_mt)) &&
	    !sbd_broken(z->sys, merge_guard))
		return false;
	if (sbd_broken(z->sys, merge_type))
		return true;
	if (z->prof->merge_rewrites_all)
		sbd_block_set_range(z, buddy, order, mt);
	else if (z->prof->type_hygiene)
		sbd_block_set_type(z, buddy, mt);
	return true;
}

/*
 * A block whose merged form would have a free buddy is likely to merge again
 * soon: it goes to the tail, to be used last.  @buddy is the last one looked
 * at, 0 if none was.
 */
static bool merge_likely(const struct sbd_zone *z, unsigned long pfn,
			 unsigned long buddy, unsigned int order)
{
	return order < SBD_MAX_ORDER - 1 && !sbd_broken(z->sys, merge_likely) &&
	       free_block_at(z, (buddy & pfn) ^ (2UL << order), order + 1);
}

/*
 * A block that comes to be on its way to the lists is what a compactor on this
 * CPU waits for (compaction_capture()).  CMA and isolated pageblocks are not to
 * be used for anything else, and part of a MOVABLE one only, if at all, for
 * what is movable.
 */
static bool may_capture(const struct sbd_zone *z, const struct sbd_capture *c,
			unsigned int order, int mt)
{
	if (c->frame || order != c->order || mt == SBD_CMA || mt == SBD_ISOLATE)
		return false;
	return order >= z->block_order || mt != SBD_MOVABLE ||
	       (z->prof->capture_movable && c->mt == SBD_MOVABLE);
}

static void capture(struct sbd_zone *z, int cpu, struct sbd_capture *c,
		    unsigned long pfn, unsigned int order, int mt)
{
	struct sbd_frame *f = sbd_frame(z, pfn);

	f->state = SBD_FRAME_USED;
	f->order = order;
	f->mt = mt;
	f->flags = 0;
	f->owner = 0;
	c->frame = f;
	z->event[SBD_EV_CAPTURE]++;
	z->event[SBD_EV_CAPTURE_PAGES] += 1UL << order;
	account(z, cpu, -(1L << order), mt);
}

static __always_inline void free_block(struct sbd_zone *z, int cpu,
				       unsigned long pfn, unsigned int order,
				       int mt, unsigned int fpi,
				       struct sbd_capture *c)
{
	unsigned int from = order;
	unsigned long buddy = 0;
	struct sbd_frame *b;
	bool tail;

	sbd_frame(z, pfn)->state = SBD_FRAME_NONE;
	account(z, cpu, 1L << order, mt);
	while (order < SBD_MAX_ORDER) {
		if (c && may_capture(z, c, order, mt)) {
			z->event[SBD_EV_MERGE] += order - from;
			capture(z, cpu, c, pfn, order, mt);
			return;
		}
		buddy = pfn ^ (1UL << order);
		b = free_block_at(z, buddy, order);
		if (!b)
			break;
		if (unlikely(order >= z->block_order) &&
		    !merge_types(z, buddy, order, mt))
			break;
		del_free(z, b);
		pfn &= buddy;
		order++;
		trace_sbd_merge(z, pfn, order, mt);
	}
	z->event[SBD_EV_MERGE] += order - from;
	tail = (fpi & SBD_FPI_TO_TAIL) || merge_likely(z, pfn, buddy, order);
	add_free(z, sbd_frame(z, pfn), order, mt,
		 tail ^ sbd_broken(z->sys, place));
	trace_sbd_place(z, pfn, order, mt, tail);
}

/* Somebody compacts on this CPU: out of the way of all other frees. */
static noinline void free_block_watched(struct sbd_zone *z, int cpu,
					unsigned long pfn, unsigned int order,
					int mt, unsigned int fpi)
{
	free_block(z, cpu, pfn, order, mt, fpi, z->cpus[cpu].capture);
}

/**
 * sbd_free_block() - give a block to the free lists, merging
 * @z:	   the zone
 * @cpu:   who frees
 * @pfn:   first frame, aligned to @order; on no list
 * @order: its order
 * @mt:	   type of the list that it shall be on
 * @fpi:   SBD_FPI_*
 *
 * __free_one_page().  A compaction on the CPU may get the block instead (see
 * struct sbd_capture).  Context: zone lock held.
 */
void sbd_free_block(struct sbd_zone *z, int cpu, unsigned long pfn,
		    unsigned int order, int mt, unsigned int fpi)
{
	if (unlikely(z->cpus[cpu].capture))
		free_block_watched(z, cpu, pfn, order, mt, fpi);
	else
		free_block(z, cpu, pfn, order, mt, fpi, NULL);
}

/**
 * sbd_free_by_block() - free a block under the types of its pageblocks
 * @z:	   the zone
 * @cpu:   who frees
 * @pfn:   first frame; on no list
 * @order: its order
 * @fpi:   SBD_FPI_*
 *
 * Where lists follow pageblocks, a block above pageblock order is freed by the
 * pageblock, each under its own type, ascending (split_large_buddy()); in 6.1
 * the first pageblock's type stands for all.
 * Context: zone lock held.
 */
void sbd_free_by_block(struct sbd_zone *z, int cpu, unsigned long pfn,
		       unsigned int order, unsigned int fpi)
{
	unsigned long end = pfn + (1UL << order);

	if (z->prof->type_hygiene && order > z->block_order &&
	    !sbd_broken(z->sys, order10_split))
		order = z->block_order;
	for (; pfn < end; pfn += 1UL << order)
		sbd_free_block(z, cpu, pfn, order, sbd_block_type(z, pfn), fpi);
}

/* Join the ends of a list to a ring, to be cut open elsewhere. */
static void join(struct sbd_zone *z, const struct sbd_list *l)
{
	z->frames[l->tail].next = l->head;
	z->frames[l->head].prev = l->tail;
}

/**
 * sbd_list_first_is() - turn a list until a frame comes first
 * @z:	   the zone
 * @order: of the list
 * @mt:	   of the list
 * @f:	   a frame on it
 *
 * What came before it comes last, in the same order (move_freelist_head(), and
 * for the frame that follows another, move_freelist_tail()).
 * Context: zone lock held.  Accounts nothing: nothing enters or leaves.
 */
void sbd_list_first_is(struct sbd_zone *z, unsigned int order, int mt,
		       struct sbd_frame *f)
{
	struct sbd_list *l = &z->area[order].list[mt];

	lockdep_assert_held(&z->lock);
	if (f->prev == SBD_NIL)
		return;
	join(z, l);
	l->head = f - z->frames;
	l->tail = f->prev;
	z->frames[l->tail].next = SBD_NIL;
	f->prev = SBD_NIL;
}

/**
 * sbd_move_frame() - move a free block to the tail of another type's list
 * @z:	 the zone
 * @cpu: who moves it
 * @f:	 head of a free block
 * @mt:	 the new type
 *
 * Context: zone lock held.  Accounts where lists follow pageblocks; in 6.1
 * the caller does, for the types where it matters.
 */
void sbd_move_frame(struct sbd_zone *z, int cpu, struct sbd_frame *f, int mt)
{
	struct sbd_free_area *area = &z->area[f->order];
	int old = f->mt;

	lockdep_assert_held(&z->lock);
	sbd_list_del(z, &area->list[old], f);
	if (sbd_broken(z->sys, move_tail))
		sbd_list_add(z, &area->list[mt], f);
	else
		sbd_list_add_tail(z, &area->list[mt], f);
	f->mt = mt;
	if (z->prof->type_hygiene) {
		sbd_account(z, cpu, -(1L << f->order), old);
		sbd_account(z, cpu, 1L << f->order, mt);
	}
}

/* A clone knows the movable pages of those pageblocks only that were counted. */
static void note_uncounted(struct sbd_zone *z, unsigned long pfn)
{
	if (z->blocks[sbd_block_index(z, pfn)] & SBD_BLOCK_UNCOUNTED)
		z->uncounted++;
}

/**
 * sbd_block_scan() - count the free and the movable pages of a pageblock
 * @z:	     the zone
 * @pfn:     any frame of the pageblock
 * @free:    pages in free blocks, set
 * @movable: allocated pages that their owner can move, set
 *
 * Context: zone lock held.  Return: false if the pageblock reaches out of the
 * zone, which forbids moving it.
 */
bool sbd_block_scan(struct sbd_zone *z, unsigned long pfn, int *free,
		    int *movable)
{
	unsigned long start = sbd_block_start(z, pfn);
	unsigned long end = start + sbd_block_pages(z);
	const struct sbd_frame *f;

	if (!sbd_spans(z, start) || !sbd_spans(z, end - 1))
		return false;
	*free = 0;
	*movable = 0;
	note_uncounted(z, pfn);
	for (pfn = start; pfn < end;) {
		f = sbd_frame(z, pfn);
		if (f->state == SBD_FRAME_BUDDY) {
			*free += 1 << f->order;
			pfn += 1UL << f->order;
			continue;
		}
		if (f->flags & SBD_FRAME_F_MOVABLE)
			(*movable)++;
		pfn++;
	}
	return true;
}

/*
 * The range of a pageblock that may be moved.  6.1 begins at the page itself
 * when the zone begins inside the pageblock; 6.12 then moves nothing.
 */
static bool move_range(const struct sbd_zone *z, unsigned long pfn,
		       unsigned long *start, unsigned long *end)
{
	*start = sbd_block_start(z, pfn);
	*end = *start + sbd_block_pages(z);
	if (!sbd_spans(z, *start)) {
		if (z->prof->type_hygiene)
			return false;
		*start = pfn;
	}
	return sbd_spans(z, *end - 1);
}

/**
 * sbd_move_block() - move all free pages of a pageblock to another type
 * @z:	     the zone
 * @cpu:     who moves them
 * @pfn:     a frame of the pageblock
 * @mt:	     the new type
 * @movable: if not NULL, the movable pages found on the way (6.1 counts them
 *	     while it moves)
 *
 * In ascending order, each block to the tail.  Where lists follow pageblocks
 * the pageblock's type changes with them; in 6.1 that is the caller's affair.
 * Context: zone lock held.  Return: pages moved, -1 if the zone's edge forbids
 * it (6.1: 0).
 */
int sbd_move_block(struct sbd_zone *z, int cpu, unsigned long pfn, int mt,
		   int *movable)
{
	unsigned long start, end;
	struct sbd_frame *f;
	int moved = 0;

	if (movable) {
		*movable = 0;
		note_uncounted(z, pfn);
	}
	if (!move_range(z, pfn, &start, &end))
		return z->prof->type_hygiene ? -1 : 0;
	for (pfn = start; pfn < end;) {
		f = sbd_frame(z, pfn);
		if (f->state != SBD_FRAME_BUDDY) {
			if (movable && (f->flags & SBD_FRAME_F_MOVABLE))
				(*movable)++;
			pfn++;
			continue;
		}
		sbd_move_frame(z, cpu, f, mt);
		moved += 1 << f->order;
		pfn += 1UL << f->order;
	}
	if (z->prof->type_hygiene)
		sbd_block_set_type(z, start, mt);
	return moved;
}

/**
 * sbd_restore_free() - put a block at the tail of a list, as found elsewhere
 * @z:	   the zone, not in use
 * @pfn:   first frame
 * @order: of the block
 * @mt:	   of the list
 *
 * For a clone, which copies lists that are right already: neither merges nor
 * accounts.  Context: zone lock held.
 */
void sbd_restore_free(struct sbd_zone *z, unsigned long pfn, unsigned int order,
		      int mt)
{
	add_free(z, sbd_frame(z, pfn), order, mt, true);
}

/**
 * sbd_block_of() - the block that a frame lies in
 * @z:	 the zone
 * @pfn: a frame of it
 *
 * Context: zone lock held, or the zone not in use.
 * Return: the head of a block that is free, on a per-CPU list, or known to be
 * held; NULL if there is none.
 */
struct sbd_frame *sbd_block_of(const struct sbd_zone *z, unsigned long pfn)
{
	struct sbd_frame *f;
	unsigned int order;
	unsigned long head;

	for (order = 0; order < SBD_NR_ORDERS; order++) {
		head = pfn & ~((1UL << order) - 1);
		if (!sbd_spans(z, head))
			break;
		f = sbd_frame(z, head);
		if (f->state != SBD_FRAME_NONE)
			return head + (1UL << f->order) > pfn ? f : NULL;
	}
	return NULL;
}

/**
 * sbd_zone_empty() - make all lists empty and all counters zero
 * @z: the zone, not in use
 */
void sbd_zone_empty(struct sbd_zone *z)
{
	int order, mt, item;

	for (order = 0; order < SBD_NR_ORDERS; order++) {
		for (mt = 0; mt < SBD_NR_TYPES; mt++)
			sbd_list_init(&z->area[order].list[mt]);
		z->area[order].nr_free = 0;
	}
	for (item = 0; item < SBD_NR_ZONE_STATS; item++)
		atomic_long_set(&z->stat[item], 0);
	z->nr_reserved_highatomic = 0;
	z->nr_free_highatomic = 0;
	z->nr_isolate = 0;
	z->uncounted = 0;
	z->boost = 0;
	z->flags = 0;
	atomic64_set(&z->numa_miss, 0);
	atomic64_set(&z->numa_foreign, 0);
	atomic64_set(&z->numa_other, 0);
	atomic64_set(&z->interleave_hit, 0);
	atomic64_set(&z->below_mark, 0);
	memset(&z->compact, 0, sizeof(z->compact));
	memset(&z->served, 0, sizeof(z->served));
	memset(z->event, 0, sizeof(z->event));
	memset(&z->lock_stat, 0, sizeof(z->lock_stat));
}
