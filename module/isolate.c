// SPDX-License-Identifier: GPL-2.0
/*
 * Taking pageblocks and free blocks out of use, and putting them back.
 *
 * Rules: semantics.md section 2 (isolation), held against 6.1.192 and
 * 6.12.117 (mm/page_isolation.c, __isolate_free_page()).
 */
#include <linux/lockdep.h>

#include "isolate.h"
#include "profile.h"
#include "watermark.h"

/*
 * Give one pageblock another type, and its free pages with it.  Where lists
 * follow pageblocks, a free block that reaches beyond is taken apart first.
 */
static bool retype_following(struct sbd_zone *z, int cpu, unsigned long start,
			     int mt)
{
	struct sbd_frame *f = sbd_free_block_of(z, start);
	unsigned int order;

	if (!f || f->order <= z->block_order)
		return sbd_move_block(z, cpu, start, mt, NULL) >= 0;
	if (!sbd_spans(z, start) ||
	    !sbd_spans(z, start + sbd_block_pages(z) - 1))
		return false;
	order = f->order;
	sbd_take_frame(z, cpu, f, f->mt);
	sbd_block_set_type(z, start, mt);
	sbd_free_by_block(z, cpu, sbd_pfn(z, f), order, SBD_FPI_NONE);
	return true;
}

/* 6.1: the type is written first, then the pages move, then the account. */
static void isolate_unfollowing(struct sbd_zone *z, int cpu, unsigned long pfn)
{
	int old = sbd_block_type(z, pfn);
	int moved;

	sbd_block_set_type(z, pfn, SBD_ISOLATE);
	moved = sbd_move_block(z, cpu, pfn, SBD_ISOLATE, NULL);
	sbd_account(z, cpu, -moved, old);
}

/**
 * sbd_isolate_block() - make a pageblock ISOLATE
 * @z:	 its zone
 * @cpu: who does it
 * @pfn: any frame of it
 *
 * Its free pages leave the counters; pages freed into it later do not return
 * to use.  Context: zone lock held.
 * Return: false if it is isolated already, reaches out of the zone or lies in a
 * hole.
 */
bool sbd_isolate_block(struct sbd_zone *z, int cpu, unsigned long pfn)
{
	unsigned long start = sbd_block_start(z, pfn);

	lockdep_assert_held(&z->lock);
	if (sbd_block_type(z, pfn) == SBD_ISOLATE ||
	    sbd_block_is_hole(z, sbd_block_index(z, pfn)))
		return false;
	if (z->prof->type_hygiene) {
		if (!retype_following(z, cpu, start, SBD_ISOLATE))
			return false;
	} else {
		isolate_unfollowing(z, cpu, pfn);
	}
	z->nr_isolate++;
	return true;
}

/*
 * The head of an isolated pageblock, if it is free as a whole and its buddy
 * is free and in use: the two must merge, which a mere move would not do.
 */
static struct sbd_frame *mergeable_isolated(const struct sbd_zone *z,
					    unsigned long pfn)
{
	unsigned long other;
	struct sbd_frame *f;

	if (!sbd_spans(z, pfn))
		return NULL;
	f = sbd_frame(z, pfn);
	if (f->state != SBD_FRAME_BUDDY || f->order < z->block_order ||
	    f->order >= SBD_MAX_ORDER)
		return NULL;
	other = pfn ^ (1UL << f->order);
	if (!sbd_spans(z, other) || !sbd_is_buddy(sbd_frame(z, other), f->order))
		return NULL;
	return sbd_block_type(z, other) == SBD_ISOLATE ? NULL : f;
}

/**
 * sbd_unisolate_block() - take a pageblock back into use
 * @z:	 its zone
 * @cpu: who does it
 * @pfn: any frame of it
 * @mt:	 the type that it gets
 *
 * Nothing happens if it is not isolated.  Context: zone lock held.
 */
void sbd_unisolate_block(struct sbd_zone *z, int cpu, unsigned long pfn, int mt)
{
	unsigned long start = sbd_block_start(z, pfn);
	struct sbd_frame *f;
	int moved;

	lockdep_assert_held(&z->lock);
	if (sbd_block_type(z, pfn) != SBD_ISOLATE)
		return;
	f = mergeable_isolated(z, start);
	if (f && sbd_isolate_free(z, cpu, f)) {
		sbd_block_set_type(z, start, mt);
		sbd_free_block(z, cpu, start, f->order, mt, SBD_FPI_TO_TAIL);
	} else if (z->prof->type_hygiene) {
		retype_following(z, cpu, start, mt);
	} else {
		moved = sbd_move_block(z, cpu, pfn, mt, NULL);
		sbd_account(z, cpu, moved, mt);
		sbd_block_set_type(z, pfn, mt);
	}
	z->nr_isolate--;
}

/* At least half a pageblock was taken for migration targets: it is movable. */
static void make_movable(struct sbd_zone *z, int cpu, unsigned long pfn,
			 unsigned int order)
{
	unsigned long end = pfn + (1UL << order) - 1;
	int mt;

	for (; pfn < end; pfn += sbd_block_pages(z)) {
		mt = sbd_block_type(z, pfn);
		if (!sbd_type_mergeable(mt))
			continue;
		if (z->prof->type_hygiene)
			sbd_move_block(z, cpu, pfn, SBD_MOVABLE, NULL);
		else
			sbd_block_set_type(z, pfn, SBD_MOVABLE);
	}
}

/* Taking it would leave the zone above its unboosted min mark. */
static bool may_take(const struct sbd_zone *z, unsigned int order)
{
	struct sbd_wmark_check c = {
		.mark = READ_ONCE(z->wmark[SBD_WMARK_MIN]) + (1UL << order),
		.alloc_flags = SBD_ALLOC_CMA,
	};

	return sbd_watermark_ok(z, &c);
}

/**
 * sbd_isolate_free() - take a free block off the lists
 * @z:	 its zone
 * @cpu: who does it
 * @f:	 its head
 *
 * __isolate_free_page(): obeys the min mark unless the pageblock is isolated.
 * Context: zone lock held.  Return: pages taken, 0 if the mark forbids it.
 */
unsigned long sbd_isolate_free(struct sbd_zone *z, int cpu, struct sbd_frame *f)
{
	unsigned long pfn = sbd_pfn(z, f);
	int mt = sbd_block_type(z, pfn);
	unsigned int order = f->order;

	lockdep_assert_held(&z->lock);
	if (mt != SBD_ISOLATE && !may_take(z, order))
		return 0;
	/* Accounts by the pageblock; in 6.1 the block may be on another list. */
	sbd_take_frame(z, cpu, f, mt);
	f->state = SBD_FRAME_ISOLATED;
	if (order >= z->block_order - 1)
		make_movable(z, cpu, pfn, order);
	return 1UL << order;
}

/**
 * sbd_putback_isolated() - put a block back that was taken by sbd_isolate_free()
 * @z:	 its zone
 * @cpu: who does it
 * @f:	 its head
 *
 * At the tail, merging, under its pageblock's type.
 * Context: zone lock held.
 */
void sbd_putback_isolated(struct sbd_zone *z, int cpu, struct sbd_frame *f)
{
	unsigned long pfn = sbd_pfn(z, f);

	lockdep_assert_held(&z->lock);
	sbd_free_block(z, cpu, pfn, f->order, sbd_block_type(z, pfn),
		       SBD_FPI_TO_TAIL);
}
