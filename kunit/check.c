// SPDX-License-Identifier: GPL-2.0
/*
 * What must be true of a zone after every operation.
 *
 * The frames are the truth: a walk over them, ascending, finds blocks that
 * tile the zone.  Lists, counters and pageblock types must tell the same story.
 * The zone must be at rest.
 */
#include <linux/bitmap.h>
#include <linux/slab.h>

#include "check.h"
#include "pageblock.h"
#include "pcp.h"
#include "profile.h"
#include "watermark.h"
#include "zone.h"

/**
 * struct census - what the walks found
 * @z:	    the zone
 * @listed: frames that head a block on some list
 * @free:   pages on free lists, by type
 * @blocks: pageblocks, by type
 */
struct census {
	struct sbd_zone *z;
	unsigned long *listed;
	unsigned long free[SBD_NR_TYPES];
	unsigned long blocks[SBD_NR_TYPES];
};

/* One list: linked both ways, each frame in the state that it says. */
static const char *walk_list(struct census *c, const struct sbd_list *l,
			     int state, unsigned int order, unsigned long *count)
{
	u32 i, prev = SBD_NIL;
	struct sbd_frame *f;

	for (i = l->head; i != SBD_NIL; prev = i, i = f->next) {
		if (i >= c->z->spanned)
			return "a list leaves the zone";
		f = &c->z->frames[i];
		if (test_and_set_bit(i, c->listed))
			return "a frame is on two lists, or a list is a ring";
		if (f->state != state)
			return "a listed frame is not in the list's state";
		if (f->order != order)
			return "a listed frame is not of the list's order";
		if (f->prev != prev)
			return "a list is not linked backwards";
		(*count)++;
	}
	return l->tail == prev ? NULL : "a list's tail is not its last frame";
}

static bool list_has_type(const struct sbd_zone *z, const struct sbd_list *l,
			  int mt)
{
	u32 i;

	for (i = l->head; i != SBD_NIL; i = z->frames[i].next)
		if (z->frames[i].mt != mt)
			return false;
	return true;
}

static const char *check_area(struct census *c, unsigned int order)
{
	struct sbd_free_area *area = &c->z->area[order];
	unsigned long sum = 0, n;
	const char *why;
	int mt;

	for (mt = 0; mt < SBD_NR_TYPES; mt++) {
		n = 0;
		why = walk_list(c, &area->list[mt], SBD_FRAME_BUDDY, order, &n);
		if (why)
			return why;
		if (!list_has_type(c->z, &area->list[mt], mt))
			return "a listed frame is not of the list's type";
		sum += n;
		c->free[mt] += n << order;
	}
	return sum == area->nr_free ? NULL : "nr_free is not what the lists hold";
}

static const char *check_pcp(struct census *c, int cpu)
{
	struct sbd_pcp *pcp = sbd_pcp(c->z, cpu);
	unsigned long pages = 0, n;
	const char *why;
	unsigned int order;
	int i;

	for (i = 0; i < SBD_NR_PCP_LISTS; i++) {
		n = 0;
		order = sbd_pindex_order(c->z, i);
		why = walk_list(c, &pcp->lists[i], SBD_FRAME_PCP, order, &n);
		if (why)
			return why;
		pages += n << order;
	}
	return pages == pcp->count ? NULL :
				     "a per-CPU count is not what the lists hold";
}

static const char *check_lists(struct census *c)
{
	const char *why = NULL;
	unsigned int order;
	int cpu;

	for (order = 0; order < SBD_NR_ORDERS && !why; order++)
		why = check_area(c, order);
	for (cpu = 0; cpu < c->z->sys->nr_cpus && !why; cpu++)
		why = check_pcp(c, cpu);
	return why;
}

/* Nothing between a block's head and its end says that it is anything. */
static bool hollow(const struct sbd_zone *z, unsigned long pfn,
		   unsigned int order)
{
	unsigned long i;

	for (i = 1; i < 1UL << order; i++)
		if (sbd_frame(z, pfn + i)->state != SBD_FRAME_NONE)
			return false;
	return true;
}

/*
 * Types were changed here in ways that bring free buddies together without an
 * attempt to merge them: the kernel leaves such apart too.
 */
static bool retyped(const struct sbd_zone *z)
{
	return z->event[SBD_EV_RESERVE] || z->event[SBD_EV_UNRESERVE];
}

/* Two free buddies are apart only if a rule forbids the merge. */
static bool apart_for_a_reason(const struct sbd_zone *z, unsigned long pfn,
			       unsigned int order)
{
	unsigned long buddy = pfn ^ (1UL << order);
	int a, b;

	if (order == SBD_MAX_ORDER || !sbd_spans(z, buddy) ||
	    !sbd_is_buddy(sbd_frame(z, buddy), order))
		return true;
	if (order < z->block_order)
		return false;
	a = sbd_block_type(z, pfn);
	b = sbd_block_type(z, buddy);
	return retyped(z) || (a != b && (!sbd_type_mergeable(a) ||
					 !sbd_type_mergeable(b)));
}

/*
 * Where lists follow pageblocks every free block's list is its pageblocks'
 * type.  Up to 6.12.68 a merge rewrote the buddy's first pageblock only; and
 * without grouping, pageblocks cannot store what lists say.
 */
static bool follows_blocks(const struct sbd_zone *z, unsigned long pfn,
			   const struct sbd_frame *f)
{
	unsigned long end = pfn + (1UL << f->order);

	if (!z->prof->type_hygiene || !z->grouped ||
	    (!z->prof->merge_rewrites_all && z->block_order < SBD_MAX_ORDER - 1))
		return true;
	for (; pfn < end; pfn += sbd_block_pages(z))
		if (sbd_block_type(z, pfn) != f->mt)
			return false;
	return true;
}

static const char *check_block(const struct census *c, unsigned long pfn)
{
	const struct sbd_frame *f = sbd_frame(c->z, pfn);
	bool listed = test_bit(f - c->z->frames, c->listed);

	if (f->state == SBD_FRAME_NONE)
		return "a frame belongs to no block";
	if (f->order > SBD_MAX_ORDER || pfn & ((1UL << f->order) - 1) ||
	    !sbd_spans(c->z, pfn + (1UL << f->order) - 1))
		return "a block is not aligned, or leaves the zone";
	if (!hollow(c->z, pfn, f->order))
		return "two blocks overlap";
	if (listed != (f->state == SBD_FRAME_BUDDY || f->state == SBD_FRAME_PCP))
		return "a free block is on no list";
	if (f->state != SBD_FRAME_BUDDY)
		return NULL;
	if (!apart_for_a_reason(c->z, pfn, f->order))
		return "two free buddies are not merged";
	if (!follows_blocks(c->z, pfn, f))
		return "a free block's list is not its pageblocks' type";
	return NULL;
}

/* Nothing ever touches a hole's frames: their order is 0, too. */
static bool is_hole(const struct sbd_zone *z, unsigned long pfn)
{
	const struct sbd_frame *f = sbd_frame(z, pfn);

	return f->state == SBD_FRAME_NONE && !f->order &&
	       sbd_zone_of(z->sys, pfn) != z;
}

static const char *check_frames(const struct census *c)
{
	unsigned long pfn = c->z->start_pfn, end = pfn + c->z->spanned;
	const char *why;

	for (; pfn < end; pfn += 1UL << sbd_frame(c->z, pfn)->order) {
		if (is_hole(c->z, pfn))
			continue;
		why = check_block(c, pfn);
		if (why)
			return why;
	}
	return NULL;
}

static const char *check_diffs(const struct sbd_zone *z)
{
	int cpu, item;

	for (cpu = 0; cpu < z->sys->nr_cpus; cpu++)
		for (item = 0; item < SBD_NR_ZONE_STATS; item++)
			if (abs(z->cpus[cpu].stat_diff[item]) >
			    z->cpus[cpu].stat_threshold)
				return "a per-CPU difference is past its threshold";
	return NULL;
}

static const char *check_counters(const struct census *c)
{
	struct sbd_zone *z = c->z;
	unsigned long free = 0;
	int mt;

	for (mt = 0; mt < SBD_NR_TYPES; mt++)
		if (mt != SBD_ISOLATE)
			free += c->free[mt];
	if (sbd_stat_exact(z, SBD_NR_FREE_PAGES) != free)
		return "NR_FREE_PAGES is not what the lists hold";
	if (sbd_stat_exact(z, SBD_NR_FREE_CMA_PAGES) != c->free[SBD_CMA])
		return "NR_FREE_CMA_PAGES is not what the lists hold";
	if (z->prof->type_hygiene &&
	    z->nr_free_highatomic != c->free[SBD_HIGHATOMIC])
		return "nr_free_highatomic is not what the lists hold";
	return check_diffs(z);
}

static const char *check_blocks(struct census *c)
{
	struct sbd_zone *z = c->z;
	unsigned long sum = 0, i;
	int mt;

	for (i = 0; i < z->nr_blocks; i++)
		sum += sbd_block_is_hole(z, i);
	sbd_block_count(z, c->blocks);
	for (mt = 0; mt < SBD_NR_TYPES; mt++)
		sum += c->blocks[mt];
	if (sum != z->nr_blocks)
		return "a pageblock's type is none";
	if (z->prof->type_hygiene && z->nr_reserved_highatomic !=
				     c->blocks[SBD_HIGHATOMIC] << z->block_order)
		return "nr_reserved_highatomic is not what pageblocks say";
	return c->blocks[SBD_ISOLATE] == z->nr_isolate ? NULL :
		"nr_isolate is not what pageblocks say";
}

/**
 * sbd_check_zone() - hold a zone against all invariants
 * @test: for memory
 * @z:	  the zone, at rest
 *
 * Return: the first that is broken, NULL if none is.
 */
const char *sbd_check_zone(struct kunit *test, struct sbd_zone *z)
{
	struct census c = { .z = z };
	const char *why;

	c.listed = bitmap_zalloc(z->spanned, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, c.listed);
	why = check_lists(&c);
	if (!why)
		why = check_frames(&c);
	if (!why)
		why = check_counters(&c);
	if (!why)
		why = check_blocks(&c);
	bitmap_free(c.listed);
	return why;
}

/**
 * sbd_check_system() - hold all zones against all invariants
 * @test:  fails if one is broken
 * @sys:   the system, at rest
 * @after: what was done last, for the message
 */
void sbd_check_system(struct kunit *test, struct sbd_system *sys,
		      const char *after)
{
	struct sbd_zone *z;
	const char *why;
	int i;

	sbd_for_each_zone(sys, i, z) {
		why = sbd_check_zone(test, z);
		KUNIT_ASSERT_TRUE_MSG(test, !why, "%s, zone %s: after %s: %s",
				      sys->prof->name, sbd_zone_names[z->idx],
				      after, why);
	}
}
