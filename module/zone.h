/* SPDX-License-Identifier: GPL-2.0 */
/* Free lists of a zone: the only code that edits them. */
#ifndef SBD_ZONE_H
#define SBD_ZONE_H

#include "pageblock.h"
#include "rules.h"
#include "sbd.h"

/**
 * struct sbd_capture - a direct compactor that waits for a block
 * @order: that it wants
 * @mt:	   of its request
 * @frame: the block, once there was one; NULL before
 *
 * Set in sbd_cpu_zone.capture while it compacts; the zone lock.
 */
struct sbd_capture {
	unsigned int order;
	int mt;
	struct sbd_frame *frame;
};

unsigned long sbd_zone_lock_timed(struct sbd_zone *z) __acquires(&z->lock);
void sbd_zone_unlock_timed(struct sbd_zone *z);

/**
 * sbd_zone_lock() - take a zone's lock, counting
 * @z: the zone
 *
 * Context: any but under this or another zone's lock; pcp locks come before.
 * Return: the interrupt state for sbd_zone_unlock().
 */
static inline unsigned long sbd_zone_lock(struct sbd_zone *z)
	__acquires(&z->lock)
{
	unsigned long flags;

	if (unlikely(z->sys->lock_timing))
		return sbd_zone_lock_timed(z);
	spin_lock_irqsave(&z->lock, flags);
	z->lock_stat.taken++;
	return flags;
}

/**
 * sbd_zone_unlock() - release what sbd_zone_lock() took
 * @z:	   the zone
 * @flags: what it returned
 */
static inline void sbd_zone_unlock(struct sbd_zone *z, unsigned long flags)
	__releases(&z->lock)
{
	if (unlikely(z->lock_stat.since))
		sbd_zone_unlock_timed(z);
	spin_unlock_irqrestore(&z->lock, flags);
}

/**
 * sbd_zone_stat() - a folded counter, as the kernel's quick checks read it
 * @z:	  the zone
 * @item: which
 *
 * Per-CPU differences are not in it.  Return: pages, never negative.
 */
static inline unsigned long sbd_zone_stat(const struct sbd_zone *z,
					  enum sbd_zone_stat item)
{
	long v = atomic_long_read(&z->stat[item]);

	return v < 0 ? 0 : v;
}

static inline bool sbd_list_empty(const struct sbd_list *l)
{
	return l->head == SBD_NIL;
}

static inline void sbd_list_init(struct sbd_list *l)
{
	l->head = SBD_NIL;
	l->tail = SBD_NIL;
}

/**
 * sbd_list_add() - put a frame at the head of a list
 * @z: the zone of both
 * @l: the list
 * @f: a frame on no list
 *
 * Context: the list's lock held.
 */
static inline void sbd_list_add(struct sbd_zone *z, struct sbd_list *l,
				struct sbd_frame *f)
{
	u32 i = f - z->frames, head = l->head;

	f->prev = SBD_NIL;
	f->next = head;
	if (head == SBD_NIL)
		l->tail = i;
	else
		z->frames[head].prev = i;
	l->head = i;
}

/**
 * sbd_list_add_tail() - put a frame at the tail of a list
 * @z: the zone of both
 * @l: the list
 * @f: a frame on no list
 *
 * Context: the list's lock held.
 */
static inline void sbd_list_add_tail(struct sbd_zone *z, struct sbd_list *l,
				     struct sbd_frame *f)
{
	u32 i = f - z->frames, tail = l->tail;

	f->next = SBD_NIL;
	f->prev = tail;
	if (tail == SBD_NIL)
		l->head = i;
	else
		z->frames[tail].next = i;
	l->tail = i;
}

/**
 * sbd_list_del() - take a frame off the list that it is on
 * @z: the zone of both
 * @l: the list
 * @f: the frame
 *
 * Context: the list's lock held.
 */
static inline void sbd_list_del(struct sbd_zone *z, struct sbd_list *l,
				struct sbd_frame *f)
{
	u32 prev = f->prev, next = f->next;

	if (prev == SBD_NIL)
		l->head = next;
	else
		z->frames[prev].next = next;
	if (next == SBD_NIL)
		l->tail = prev;
	else
		z->frames[next].prev = prev;
}

/* First frame of a list, NULL if empty. */
static inline struct sbd_frame *sbd_list_first(const struct sbd_zone *z,
					       const struct sbd_list *l)
{
	return l->head == SBD_NIL ? NULL : z->frames + l->head;
}

/* Last frame of a list, NULL if empty. */
static inline struct sbd_frame *sbd_list_last(const struct sbd_zone *z,
					      const struct sbd_list *l)
{
	return l->tail == SBD_NIL ? NULL : z->frames + l->tail;
}

/* The frame heads a free block of this order. */
static inline bool sbd_is_buddy(const struct sbd_frame *f, unsigned int order)
{
	return f->state == SBD_FRAME_BUDDY && f->order == order;
}

void sbd_stat_add(struct sbd_zone *z, int cpu, enum sbd_zone_stat item,
		  long delta);
void sbd_account(struct sbd_zone *z, int cpu, long pages, int mt);

struct sbd_frame *sbd_take_smallest(struct sbd_zone *z, int cpu,
				    unsigned int order, int mt);
void sbd_take_frame(struct sbd_zone *z, int cpu, struct sbd_frame *f, int mt);
unsigned int sbd_split(struct sbd_zone *z, struct sbd_frame *f,
		       unsigned int low, unsigned int high, int mt);
void sbd_take_and_split(struct sbd_zone *z, int cpu, struct sbd_frame *f,
			unsigned int low, int mt);

void sbd_free_block(struct sbd_zone *z, int cpu, unsigned long pfn,
		    unsigned int order, int mt, unsigned int fpi);
void sbd_free_by_block(struct sbd_zone *z, int cpu, unsigned long pfn,
		       unsigned int order, unsigned int fpi);

void sbd_list_first_is(struct sbd_zone *z, unsigned int order, int mt,
		       struct sbd_frame *f);
void sbd_move_frame(struct sbd_zone *z, int cpu, struct sbd_frame *f, int mt);
int sbd_move_block(struct sbd_zone *z, int cpu, unsigned long pfn, int mt,
		   int *movable);
bool sbd_block_scan(struct sbd_zone *z, unsigned long pfn, int *free,
		    int *movable);
struct sbd_frame *sbd_block_of(const struct sbd_zone *z, unsigned long pfn);
void sbd_restore_free(struct sbd_zone *z, unsigned long pfn, unsigned int order,
		      int mt);

/* The same of free blocks alone. */
static inline struct sbd_frame *sbd_free_block_of(const struct sbd_zone *z,
						  unsigned long pfn)
{
	struct sbd_frame *f = sbd_block_of(z, pfn);

	return f && f->state == SBD_FRAME_BUDDY ? f : NULL;
}

void sbd_zone_empty(struct sbd_zone *z);

#endif
