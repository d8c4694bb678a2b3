// SPDX-License-Identifier: GPL-2.0
/*
 * The state of the host's allocator at one instant.
 *
 * Taken with all CPUs stopped: per-CPU and zone locks are held only with
 * preemption off, so no one is inside the allocator then, and lists, counters
 * and flags belong together.  Nothing is allocated meanwhile; where the memory
 * set aside does not suffice, or the time, the snapshot is given up.
 */
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/percpu.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include <linux/stop_machine.h>
#include <linux/vmalloc.h>

#include "live.h"
#include "pageblock.h"
#include "snapshot.h"

#define LOOK_EVERY	512	/* list entries, or pageblocks, between two looks at the clock */

static_assert(NR_PCP_LISTS <= SBD_NR_PCP_LISTS);
static_assert((int)SBD_NR_WMARKS == (int)NR_WMARK);

static const int stat_items[SBD_NR_ZONE_STATS] = {
	[SBD_NR_FREE_PAGES] = NR_FREE_PAGES,
	[SBD_NR_FREE_CMA_PAGES] = NR_FREE_CMA_PAGES,
};

/* ---- before: room ---------------------------------------------------------- */

static void note_span(struct sbd_snap_zone *sz)
{
	const struct zone *z = sz->live;

	sz->start_pfn = z->zone_start_pfn;
	sz->spanned = z->spanned_pages;
	sz->present = z->present_pages;
	sz->nr_blocks = ((z->zone_start_pfn + z->spanned_pages - 1) >>
			 pageblock_order) -
			(z->zone_start_pfn >> pageblock_order) + 1;
}

static bool has_memory(unsigned long pfn)
{
#ifdef CONFIG_SPARSEMEM
	return valid_section(__pfn_to_section(pfn));
#else
	return pfn_valid(pfn);
#endif
}

/* The zone has a page in a pageblock; which may begin with a hole. */
static bool owns_block(const struct sbd_snap_zone *sz, unsigned long pfn)
{
	unsigned long end = min(pfn + pageblock_nr_pages,
				sz->start_pfn + sz->spanned);
	struct page *page;

	if (!has_memory(pfn))
		return false;
	for (pfn = max(pfn, sz->start_pfn); pfn < end; pfn++) {
		page = pfn_to_online_page(pfn);
		if (page && page_zone(page) == sz->live)
			return true;
	}
	return false;
}

/* Where nodes take turns, a zone spans pageblocks that are another's. */
static void note_own(struct sbd_snap_zone *sz)
{
	unsigned long pfn = pageblock_start_pfn(sz->start_pfn), i;

	for (i = 0; i < sz->nr_blocks; i++, pfn += pageblock_nr_pages) {
		if (owns_block(sz, pfn))
			__set_bit(i, sz->own);
		cond_resched();
	}
}

static int zone_create(struct sbd_snap *s, struct zone *z, int nid, int type)
{
	struct sbd_snap_zone *sz = &s->zones[s->nr_zones];

	if (nid >= SBD_MAX_NODES || z->spanned_pages > SBD_SNAP_OFFSET)
		return -E2BIG;
	s->nr_zones++;
	sz->live = z;
	sz->nid = nid;
	sz->type = type;
	note_span(sz);
	sz->blocks = vmalloc(sz->nr_blocks);
	sz->own = vzalloc(BITS_TO_LONGS(sz->nr_blocks) * sizeof(long));
	sz->cpus = vzalloc(array_size(s->nr_cpus, sizeof(*sz->cpus)));
	if (!sz->blocks || !sz->own || !sz->cpus)
		return -ENOMEM;
	note_own(sz);
	return 0;
}

/* A node's zone of our type, NULL if it has none or that is empty. */
static struct zone *populated(int nid, int type)
{
	int idx = sbd_live_zone_idx(type);
	struct zone *z = idx < 0 ? NULL : &NODE_DATA(nid)->node_zones[idx];

	return z && populated_zone(z) ? z : NULL;
}

/* By node, then by type, as a system has them. */
static int zones_create(struct sbd_snap *s)
{
	int nid, type, err;
	struct zone *z;

	for_each_online_node(nid) {
		for (type = 0; type < SBD_ZONE_DEVICE; type++) {
			z = populated(nid, type);
			err = z ? zone_create(s, z, nid, type) : 0;
			if (err)
				return err;
		}
	}
	return 0;
}

static int read_topology(struct sbd_snap *s)
{
	struct zone *live[SBD_SNAP_MAX_ZONES];
	int i;

	for (i = 0; i < s->nr_zones; i++)
		live[i] = s->zones[i].live;
	return sbd_topology_of_host(&s->topo, live, s->nr_zones);
}

static int count_zones(void)
{
	int nid, type, n = 0;

	for_each_online_node(nid)
		for (type = 0; type < SBD_ZONE_DEVICE; type++)
			n += !!populated(nid, type);
	return n;
}

/**
 * sbd_snap_grow() - make room for list entries
 * @s:	 the snapshot; what it holds is lost
 * @cap: entries
 *
 * Context: process, may sleep.  Return: 0 or -ENOMEM.
 */
int sbd_snap_grow(struct sbd_snap *s, u32 cap)
{
	if (cap <= s->cap)
		return 0;
	vfree(s->entries);
	s->len = 0;
	s->entries = vmalloc(array_size(cap, sizeof(*s->entries)));
	s->cap = s->entries ? cap : 0;
	return s->entries ? 0 : -ENOMEM;
}

/**
 * sbd_snap_create() - make an empty snapshot of the host's zones as they are
 * @s: filled
 *
 * Context: process, may sleep.
 * Return: 0; -E2BIG for a host with more nodes or larger zones than we know;
 * -ENOMEM.  sbd_snap_destroy() in any case.
 */
int sbd_snap_create(struct sbd_snap *s)
{
	memset(s, 0, sizeof(*s));
	s->nr_cpus = nr_cpu_ids;
	s->zones = vzalloc(SBD_SNAP_MAX_ZONES * sizeof(*s->zones));
	if (!s->zones)
		return -ENOMEM;
	return zones_create(s) ?: read_topology(s);
}

/**
 * sbd_snap_destroy() - release a snapshot
 * @s: the snapshot
 *
 * Context: process.
 */
void sbd_snap_destroy(struct sbd_snap *s)
{
	int i;

	for (i = 0; s->zones && i < s->nr_zones; i++) {
		vfree(s->zones[i].blocks);
		vfree(s->zones[i].own);
		vfree(s->zones[i].cpus);
		vfree(s->zones[i].movable);
	}
	sbd_topology_destroy(&s->topo);
	vfree(s->zones);
	vfree(s->entries);
	memset(s, 0, sizeof(*s));
}

/**
 * sbd_snap_estimate() - list entries that a snapshot would have
 * @s: created
 *
 * Context: any; a guess while the zones are in use.  Return: entries.
 */
u32 sbd_snap_estimate(const struct sbd_snap *s)
{
	struct zone *z;
	u64 sum = 0;
	int i, o, cpu;

	for (i = 0; i < s->nr_zones; i++) {
		z = s->zones[i].live;
		/* lists of a zone that was emptied are not its own any more */
		if (!populated_zone(z))
			continue;
		for (o = 0; o < SBD_NR_ORDERS; o++)
			sum += READ_ONCE(z->free_area[o].nr_free);
		for_each_possible_cpu(cpu)
			sum += READ_ONCE(per_cpu_ptr(z->per_cpu_pageset, cpu)->count);
	}
	return min_t(u64, sum, U32_MAX / 4);
}

/* ---- the instant ------------------------------------------------------------ */

static int wrong(struct sbd_snap *s, const char *what)
{
	s->wrong = what;
	return -EUCLEAN;
}

/* Looked at now and then: @n is how far we are. */
static bool time_is_up(const struct sbd_snap *s, unsigned long n)
{
	return n % LOOK_EVERY == 0 && sbd_live_clock() > s->deadline;
}

/* A free list: frames in order.  What cannot be is a layout that we misread. */
static int take_free_list(struct sbd_snap *s, struct sbd_snap_zone *sz,
			  unsigned int order, int live_mt,
			  struct sbd_snap_list *to)
{
	unsigned long offset;
	struct page *page;

	to->first = s->len;
	list_for_each_entry(page, &sz->live->free_area[order].free_list[live_mt],
			    buddy_list) {
		offset = page_to_pfn(page) - sz->start_pfn;
		if (offset >= sz->spanned || page_private(page) != order)
			return wrong(s, "free lists");
		if (s->len == s->cap)
			return -ENOSPC;
		if (time_is_up(s, s->len))
			return -ETIME;
		s->entries[s->len++] = offset;
	}
	to->nr = s->len - to->first;
	return 0;
}

static int take_free_lists(struct sbd_snap *s, struct sbd_snap_zone *sz)
{
	unsigned long sum;
	int o, mt, type, err;

	for (o = 0; o < SBD_NR_ORDERS; o++) {
		sz->nr_free[o] = sz->live->free_area[o].nr_free;
		sum = 0;
		for (mt = 0; mt < MIGRATE_TYPES; mt++) {
			type = sbd_type_of_live(mt);
			if (type < 0)
				return wrong(s, "migratetypes");
			err = take_free_list(s, sz, o, mt, &sz->list[o][type]);
			if (err)
				return err;
			sum += sz->list[o][type].nr;
		}
		if (sum != sz->nr_free[o])
			return wrong(s, "counts of free blocks");
	}
	return 0;
}

static int take_pcp_list(struct sbd_snap *s, struct sbd_snap_zone *sz,
			 const struct list_head *list, struct sbd_snap_list *to)
{
	unsigned long offset;
	struct page *page;
	int type;

	to->first = s->len;
	list_for_each_entry(page, list, pcp_list) {
		offset = page_to_pfn(page) - sz->start_pfn;
		if (offset >= sz->spanned)
			return wrong(s, "per-CPU lists");
		type = sbd_type_of_live(sbd_live_cached_type(page));
		if (type < 0)
			return wrong(s, "cached types");
		if (s->len == s->cap)
			return -ENOSPC;
		if (time_is_up(s, s->len))
			return -ETIME;
		s->entries[s->len++] = offset | (u32)type << SBD_SNAP_OFFSET_BITS;
	}
	to->nr = s->len - to->first;
	return 0;
}

static unsigned int pcp_list_order(int list)
{
	return list < SBD_NR_LOW_PCP_LISTS ? list / SBD_PCPTYPES :
					     pageblock_order;
}

static int take_pcp(struct sbd_snap *s, struct sbd_snap_zone *sz, int cpu)
{
	struct per_cpu_pages *pcp = per_cpu_ptr(sz->live->per_cpu_pageset, cpu);
	struct sbd_snap_pcp *to = &sz->cpus[cpu];
	int i, err, sum = 0;

	sbd_live_pcp_read(pcp, &to->s);
	to->threshold = sbd_live_threshold(sz->live, cpu);
	for (i = 0; i < SBD_NR_ZONE_STATS; i++)
		to->diff[i] = sbd_live_diff(sz->live, cpu, stat_items[i]);
	for (i = 0; i < NR_PCP_LISTS; i++) {
		err = take_pcp_list(s, sz, &pcp->lists[i], &to->list[i]);
		if (err)
			return err;
		sum += to->list[i].nr << pcp_list_order(i);
	}
	return sum == to->s.count ? 0 : wrong(s, "per-CPU counts");
}

static unsigned long flag(const struct zone *z, int live, enum sbd_zone_flag ours)
{
	return test_bit(live, &z->flags) ? BIT(ours) : 0;
}

static void take_counters(struct sbd_snap_zone *sz)
{
	struct zone *z = sz->live;
	int i, idx;

	sz->managed = zone_managed_pages(z);
	sz->cma_pages = zone_cma_pages(z);
	for (i = 0; i < SBD_NR_WMARKS; i++)
		sz->wmark[i] = z->_watermark[i];
	sz->boost = z->watermark_boost;
	for (i = 0; i < SBD_NR_ZONES; i++) {
		idx = sbd_live_zone_idx(i);
		sz->lowmem_reserve[i] = idx < 0 ? 0 : z->lowmem_reserve[idx];
	}
	sz->drift_mark = z->percpu_drift_mark;
	sz->flags = flag(z, ZONE_BOOSTED_WATERMARK, SBD_ZONE_BOOSTED) |
		    flag(z, ZONE_RECLAIM_ACTIVE, SBD_ZONE_RECLAIM_ACTIVE) |
		    sbd_live_below_high(z);
	for (i = 0; i < SBD_NR_ZONE_STATS; i++)
		sz->stat[i] = sbd_live_stat(z, stat_items[i]);
	sz->nr_reserved_highatomic = z->nr_reserved_highatomic;
	sz->nr_free_highatomic = sbd_live_free_highatomic(z);
	sz->nr_isolate = sbd_live_nr_isolate(z);
}

static int take_blocks(struct sbd_snap *s, struct sbd_snap_zone *sz)
{
	unsigned long pfn = pageblock_start_pfn(sz->start_pfn), i, bits;
	int type;

	for (i = 0; i < sz->nr_blocks; i++, pfn += pageblock_nr_pages) {
		sz->blocks[i] = SBD_SNAP_NO_BLOCK;
		if (time_is_up(s, i))
			return -ETIME;
		if (!test_bit(i, sz->own))
			continue;
		bits = sbd_live_block_bits(sz->live, pfn);
		type = sbd_type_of_live(sbd_live_bits_type(bits));
		if (type < 0)
			return wrong(s, "pageblock types");
		sz->blocks[i] = type;
		if (sbd_live_bits_skip(bits))
			sz->blocks[i] |= SBD_BLOCK_SKIP;
	}
	return 0;
}

static bool same_span(const struct sbd_snap_zone *sz)
{
	return sz->live->zone_start_pfn == sz->start_pfn &&
	       sz->live->spanned_pages == sz->spanned &&
	       sz->live->present_pages == sz->present;
}

static int take_zone(struct sbd_snap *s, struct sbd_snap_zone *sz)
{
	int cpu, err;

	if (!same_span(sz))
		return -EAGAIN;
	take_counters(sz);
	err = take_free_lists(s, sz) ?: take_blocks(s, sz);
	for_each_possible_cpu(cpu)
		err = err ?: take_pcp(s, sz, cpu);
	return err;
}

/**
 * sbd_snap_take() - read the state of the host's allocator
 * @s:	      created, with room
 * @deadline: sbd_live_clock() at which to give up
 *
 * Context: all other CPUs stopped, interrupts off.
 * Return: 0; -ENOSPC if there is no room, @s->wanted then says how much would
 * have done; -ETIME if it takes too long; -EAGAIN if memory was added or
 * removed since sbd_snap_create(); -EUCLEAN if what is read cannot be.
 */
int sbd_snap_take(struct sbd_snap *s, u64 deadline)
{
	u64 start = sbd_live_clock();
	int i, err = 0;

	s->at = local_clock();
	s->len = 0;
	s->deadline = deadline;
	if (count_zones() != s->nr_zones)
		return -EAGAIN;
	s->wanted = sbd_snap_estimate(s);
	if (s->wanted > s->cap)
		return -ENOSPC;
	for (i = 0; !err && i < s->nr_zones; i++)
		err = take_zone(s, &s->zones[i]);
	s->ns = sbd_live_clock() - start;
	return err;
}

static int take_stopped(void *data)
{
	struct sbd_snap *s = data;

	return sbd_snap_take(s, sbd_live_clock() + s->deadline);
}

/**
 * sbd_snap_now() - stop all CPUs and read the state
 * @s:	created
 * @ns: how long it may take
 *
 * Context: process, may sleep.
 * Return: 0, -ENOMEM, or as sbd_snap_take() after some tries.
 */
int sbd_snap_now(struct sbd_snap *s, u64 ns)
{
	int tries, err = -ENOSPC;

	for (tries = 0; tries < 8 && (err == -ENOSPC || err == -ETIME); tries++) {
		err = sbd_snap_grow(s, sbd_snap_estimate(s) * 5 / 4 + 1024);
		if (err)
			return err;
		s->deadline = ns;
		err = stop_machine(take_stopped, s, NULL);
	}
	return err;
}

/* ---- afterwards --------------------------------------------------------------- */

static int zone_movable(struct sbd_snap_zone *sz)
{
	size_t bytes = BITS_TO_LONGS(sz->spanned) * sizeof(long);
	struct page *page;
	unsigned long i;

	if (!sz->movable)
		sz->movable = vmalloc(bytes);
	if (!sz->movable)
		return -ENOMEM;
	memset(sz->movable, 0, bytes);
	for (i = 0; i < sz->spanned; i++) {
		page = pfn_to_online_page(sz->start_pfn + i);
		if (page && sbd_live_movable(page))
			__set_bit(i, sz->movable);
		if (!(i % SBD_CELL_PAGES))
			cond_resched();
	}
	return 0;
}

/**
 * sbd_snap_movable() - note which pages can be moved by their owners
 * @s: just taken; what is looked up now may have changed since
 *
 * Too long a look for all CPUs to wait for.
 * Context: process, may sleep.  Return: 0 or -ENOMEM.
 */
int sbd_snap_movable(struct sbd_snap *s)
{
	int i, err = 0;

	for (i = 0; !err && i < s->nr_zones; i++)
		err = zone_movable(&s->zones[i]);
	return err;
}
