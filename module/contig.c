// SPDX-License-Identifier: GPL-2.0
/*
 * A range of frames for oneself, whoever has its pages now.
 *
 * Rules: alloc_contig_range() of 6.1.192 and 6.12.117 (mm/page_alloc.c,
 * mm/page_isolation.c).  Stricter in one thing: all pageblocks must be of the
 * type that is expected, and get that type again.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "alloc.h"
#include "contig.h"
#include "isolate.h"
#include "migrate.h"
#include "pcp.h"
#include "profile.h"
#include "trace.h"
#include "zone.h"

#define MOST_TRIES	5	/* to move one page */

/**
 * struct contig - what is wanted
 * @sys:   the system
 * @z:	   zone of all of it
 * @cpu:   who wants it
 * @mt:	   type of its pageblocks
 * @start: first frame
 * @end:   behind the last
 * @first: first frame of its first pageblock
 * @last:  behind its last pageblock
 */
struct contig {
	struct sbd_system *sys;
	struct sbd_zone *z;
	int cpu;
	int mt;
	unsigned long start;
	unsigned long end;
	unsigned long first;
	unsigned long last;
};

static bool range_init(struct contig *r)
{
	unsigned long pfn;

	r->z = sbd_zone_of(r->sys, r->start);
	if (!r->z || r->start >= r->end)
		return false;
	for (pfn = r->start; pfn < r->end;
	     pfn = (pfn | (SBD_CELL_PAGES - 1)) + 1)
		if (sbd_zone_of(r->sys, pfn) != r->z)
			return false;
	r->first = sbd_block_start(r->z, r->start);
	r->last = sbd_block_start(r->z, r->end - 1) + sbd_block_pages(r->z);
	return sbd_zone_of(r->sys, r->end - 1) == r->z;
}

/* Where lists do not follow pageblocks, a free block may reach beyond. */
static void cut_at(struct contig *r, unsigned long pfn)
{
	struct sbd_zone *z = r->z;
	struct sbd_frame *f = sbd_spans(z, pfn) ? sbd_free_block_of(z, pfn) : NULL;
	unsigned long at, end;

	if (!f || sbd_pfn(z, f) == pfn)
		return;
	at = sbd_pfn(z, f);
	end = at + (1UL << f->order);
	sbd_take_frame(z, r->cpu, f, f->mt);
	for (; at < end; at += sbd_block_pages(z))
		sbd_free_block(z, r->cpu, at, z->block_order,
			       sbd_block_type(z, at), SBD_FPI_NONE);
}

/* Un-isolate the pageblocks up to one. */
static void undo(struct contig *r, unsigned long last)
{
	unsigned long pfn, flags;

	for (pfn = r->first; pfn < last; pfn += sbd_block_pages(r->z)) {
		flags = sbd_zone_lock(r->z);
		sbd_unisolate_block(r->z, r->cpu, max(pfn, r->z->start_pfn), r->mt);
		sbd_zone_unlock(r->z, flags);
	}
}

static bool isolate_one(struct contig *r, unsigned long pfn)
{
	unsigned long flags = sbd_zone_lock(r->z);
	bool done;

	done = sbd_block_type(r->z, pfn) == r->mt &&
	       sbd_isolate_block(r->z, r->cpu, pfn);
	if (done && !r->z->prof->type_hygiene) {
		if (pfn <= r->first)
			cut_at(r, r->first);
		cut_at(r, sbd_block_start(r->z, pfn) + sbd_block_pages(r->z));
	}
	sbd_zone_unlock(r->z, flags);
	return done;
}

static int isolate_range(struct contig *r)
{
	unsigned long pfn;

	for (pfn = r->first; pfn < r->last; pfn += sbd_block_pages(r->z)) {
		if (isolate_one(r, max(pfn, r->z->start_pfn)))
			continue;
		undo(r, pfn);
		return -EBUSY;
	}
	return 0;
}

/* What is on its way to lists comes to rest on them. */
static void settle(struct contig *r)
{
	int cpu;

	if (r->sys->own)
		sbd_lru_drain_all(r->sys->own);
	for (cpu = 0; cpu < r->sys->nr_cpus; cpu++)
		sbd_drain_zone(r->z, cpu);
}

/* The block that a frame lies in; @state is 0 if there is none. */
static struct sbd_frame look(struct contig *r, unsigned long pfn,
			     unsigned long *head)
{
	unsigned long flags = sbd_zone_lock(r->z);
	struct sbd_frame *f = sbd_block_of(r->z, pfn), copy = {};

	if (f) {
		copy = *f;
		*head = sbd_pfn(r->z, f);
	}
	sbd_zone_unlock(r->z, flags);
	return copy;
}

static int move_to_target(struct contig *r, u32 o)
{
	struct sbd_owners *own = r->sys->own;
	unsigned int order = sbd_owner(own, o)->order;
	unsigned long target;
	int err;

	target = sbd_alloc_node(r->sys, r->cpu, r->z->nid,
				GFP_USER | __GFP_MOVABLE | __GFP_RETRY_MAYFAIL,
				order);
	if (target == SBD_PFN_NONE)
		return -ENOMEM;
	err = sbd_migrate(own, r->cpu, o, target, SBD_COMPACT_SYNC);
	if (err)
		sbd_free(r->sys, r->cpu, target, order);
	return err;
}

/* Move the page that begins at a frame.  Return: 0, -EAGAIN, or why it stays. */
static int move_page(struct contig *r, unsigned long head)
{
	struct sbd_owners *own = r->sys->own;
	u32 o = own ? sbd_owner_at(own, r->z, head) : SBD_NOBODY;
	int err;

	if (o == SBD_NOBODY || !sbd_owner_movable(sbd_owner(own, o)))
		return -EBUSY;
	if (!sbd_lru_isolate(own, o)) {
		settle(r);
		return -EAGAIN;
	}
	if (sbd_owner(own, o)->pfn == head)
		err = move_to_target(r, o);
	else
		err = -EAGAIN;
	sbd_lru_putback(own, r->cpu, o);
	return err == -ENOENT ? 0 : err;
}

/* Make the block at a frame free.  Return: 0; @pfn is behind it then. */
static int clear_block(struct contig *r, unsigned long *pfn)
{
	unsigned long head = *pfn;
	struct sbd_frame f;
	int i, err = 0;

	for (i = 0; i < MOST_TRIES; i++) {
		f = look(r, *pfn, &head);
		if (f.state == SBD_FRAME_BUDDY) {
			*pfn = head + (1UL << f.order);
			return 0;
		}
		if (f.state == SBD_FRAME_USED)
			err = move_page(r, head);
		else
			settle(r);
		if (err == -ENOMEM || err == -EINTR)
			return err;
		cond_resched();
	}
	return -EBUSY;
}

static int clear_range(struct contig *r)
{
	unsigned long pfn = r->start;
	int err = 0;

	while (pfn < r->end && !err)
		err = clear_block(r, &pfn);
	return err;
}

/* All that is movable must be gone: one page that stays spoils the range. */
static bool may_clear(struct contig *r)
{
	struct sbd_owners *own = r->sys->own;
	unsigned long pfn, head;
	struct sbd_frame f;
	u32 o;

	if (r->mt == SBD_CMA)
		return true;
	for (pfn = r->start; pfn < r->end; pfn = head + (1UL << f.order)) {
		head = pfn;
		f = look(r, pfn, &head);
		if (f.state != SBD_FRAME_USED)
			continue;
		o = own ? sbd_owner_at(own, r->z, head) : SBD_NOBODY;
		if (o == SBD_NOBODY || !sbd_owner_movable(sbd_owner(own, o)))
			return false;
	}
	return true;
}

/* Take one free block: single pages, those at the edges given back. */
static unsigned long take_block(struct contig *r, unsigned long pfn)
{
	unsigned long flags = sbd_zone_lock(r->z), head, end, i;
	struct sbd_frame *f = sbd_free_block_of(r->z, pfn);

	if (WARN_ON_ONCE(!f)) {
		sbd_zone_unlock(r->z, flags);
		return r->end;
	}
	head = sbd_pfn(r->z, f);
	end = head + (1UL << f->order);
	sbd_isolate_free(r->z, r->cpu, f);
	for (i = head; i < end; i++, f++) {
		f->state = SBD_FRAME_USED;
		f->order = 0;
		f->flags = 0;
		f->owner = SBD_NOBODY;
	}
	sbd_zone_unlock(r->z, flags);
	for (i = head; i < end; i++)
		if (i < r->start || i >= r->end)
			sbd_free(r->sys, r->cpu, i, 0);
	return end;
}

static int take_range(struct contig *r)
{
	unsigned long pfn;
	int err;

	settle(r);
	if (!may_clear(r))
		return -EBUSY;
	err = isolate_range(r);
	if (err)
		return err;
	settle(r);
	err = clear_range(r);
	for (pfn = r->start; pfn < r->end && !err;)
		pfn = take_block(r, pfn);
	undo(r, r->last);
	return err;
}

/**
 * sbd_contig_alloc() - take a range of frames
 * @sys:   the system
 * @cpu:   who takes it
 * @start: first frame
 * @end:   behind the last
 * @mt:	   MOVABLE or CMA: the type that all of its pageblocks must have
 *
 * alloc_contig_range(): the pageblocks are isolated, what is movable is moved
 * away, and the range is taken as single pages, USED.
 * Context: process, may sleep.
 * Return: 0; -EINVAL, not a range of one zone, or no such type; -EBUSY, there is
 * a page that stays, or a pageblock of another type; -ENOMEM, there is nowhere to
 * move pages; -EINTR after a signal.  Unless 0, nothing is taken, and the
 * pageblocks are as they were; pages that were moved stay where they are now.
 */
int sbd_contig_alloc(struct sbd_system *sys, int cpu, unsigned long start,
		     unsigned long end, int mt)
{
	struct contig r = {
		.sys = sys, .cpu = cpu, .mt = mt, .start = start, .end = end,
	};
	int err;

	if ((mt != SBD_MOVABLE && mt != SBD_CMA) || !range_init(&r))
		return -EINVAL;
	err = take_range(&r);
	trace_sbd_contig(sys, r.z, start, end - start, mt, err);
	return err;
}

/**
 * sbd_contig_free() - give a range back
 * @sys:   the system
 * @cpu:   who frees
 * @start: as sbd_contig_alloc() was told
 * @end:   likewise, or any part of it
 *
 * free_contig_range().  Context: process.
 * Return: 0; -EINVAL, and nothing done, if not all of it are single pages in use.
 */
int sbd_contig_free(struct sbd_system *sys, int cpu, unsigned long start,
		    unsigned long end)
{
	struct sbd_frame *f;
	struct sbd_zone *z;
	unsigned long pfn;

	if (start >= end)
		return -EINVAL;
	for (pfn = start; pfn < end; pfn++) {
		z = sbd_zone_of(sys, pfn);
		if (!z)
			return -EINVAL;
		f = sbd_frame(z, pfn);
		if (f->state != SBD_FRAME_USED || f->order)
			return -EINVAL;
	}
	for (pfn = start; pfn < end; pfn++)
		sbd_free(sys, cpu, pfn, 0);
	return 0;
}
