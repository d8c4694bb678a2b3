// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to the host's allocator while nobody else can reach it.
 *
 * All CPUs are stopped, one of them works: it reads the state, serves itself
 * from the live allocator and writes every answer down, reads the state again.
 * Whatever the answers were, they follow from the first state.
 *
 * The host has to live with it.  Requests neither sleep nor print; the whole
 * keeps to a pause that was asked for; unless it was asked to, it does not bring
 * a zone below its min mark, and if it was, it gives back as much as it took
 * before anybody else runs.
 */
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/stop_machine.h>
#include <linux/vmalloc.h>
#include <linux/vmstat.h>

#include "burst.h"
#include "live.h"
#include "pageblock.h"
#include "workload.h"

/* Heads of a list that a claim may get to see in one request; the rest is told. */
#define COUNT_HEADS	8
#define MOST_HELD	65536UL	/* blocks */
#define ENOUGH_ENTRIES	1024	/* to know what one takes */
#define DRAWS		16	/* for a request that the host can bear */
/* With state=low: refusals of small blocks before the tide turns. */
#define REFUSALS	48

/**
 * sbd_burst_gfp_allowed() - may a stopped machine be asked like that?
 * @gfp: mask
 *
 * Not for what may sleep, print, charge or clear, nor for two zones or types at
 * once, which the kernel does not allow either.
 * Context: any.
 */
bool sbd_burst_gfp_allowed(u32 gfp)
{
	gfp_t g = (__force gfp_t)gfp;
	int zones = !!(g & __GFP_DMA) + !!(g & __GFP_DMA32) + !!(g & __GFP_HIGHMEM);
	const gfp_t types = __GFP_MOVABLE | __GFP_RECLAIMABLE;

	return !(g & ~SBD_BURST_GFP) && zones < 2 && (g & types) != types;
}

/* ---- drawing a request ---------------------------------------------------------- */

static u32 below(struct sbd_burst *b, u32 n)
{
	return sbd_random_below(&b->rng, n);
}

/* One of the set bits. */
static unsigned int draw_bit(struct sbd_burst *b, unsigned int mask)
{
	unsigned int n = below(b, hweight32(mask));

	while (n--)
		mask &= mask - 1;
	return __ffs(mask);
}

/* Mostly each half as often as the one below it; a few of any. */
static unsigned int draw_order(struct sbd_burst *b)
{
	unsigned int least = b->mix.order_min, most = b->mix.order_max;

	if (!below(b, 12))
		return least + below(b, most - least + 1);
	return min_t(unsigned int, most,
		     least + __ffs64(sbd_random(&b->rng) | 1ULL << 63));
}

/* How urgently: everything that a caller who cannot wait may say. */
static gfp_t draw_urgency(struct sbd_burst *b)
{
	static const gfp_t urgencies[] = {
		GFP_ATOMIC, GFP_NOWAIT, 0, __GFP_HIGH,
		GFP_ATOMIC | __GFP_NOMEMALLOC, GFP_NOWAIT | __GFP_NOMEMALLOC,
		__GFP_HIGH | __GFP_NOMEMALLOC, __GFP_NOMEMALLOC,
	};

	if (b->mix.low && !below(b, 8))
		return GFP_NOWAIT | __GFP_MEMALLOC;
	return urgencies[below(b, ARRAY_SIZE(urgencies))];
}

/*
 * For a while most requests are of one type, until its lists are empty and it
 * has to live on the others'.
 */
static int draw_type(struct sbd_burst *b)
{
	if (!below(b, 512))
		b->favourite = draw_bit(b, b->mix.types);
	return below(b, 4) ? b->favourite : draw_bit(b, b->mix.types);
}

/* Which zones: as high as the zone type drawn, where there is a way to say it. */
static gfp_t draw_zone(struct sbd_burst *b, int mt)
{
	switch (draw_bit(b, b->mix.zones)) {
	case SBD_ZONE_DMA:
		return __GFP_DMA;
	case SBD_ZONE_DMA32:
		return __GFP_DMA32;
	case SBD_ZONE_MOVABLE:
		return mt == SBD_MOVABLE ? __GFP_HIGHMEM : 0;
	default:
		return 0;
	}
}

static gfp_t draw_gfp(struct sbd_burst *b)
{
	static const gfp_t types[SBD_PCPTYPES] = {
		[SBD_MOVABLE] = __GFP_MOVABLE,
		[SBD_RECLAIMABLE] = __GFP_RECLAIMABLE,
	};
	gfp_t gfp;
	int mt;

	if (b->mix.gfp)
		return (__force gfp_t)b->mix.gfp | __GFP_NOWARN;
	mt = draw_type(b);
	gfp = types[mt] | draw_urgency(b) | draw_zone(b, mt);
	if (!below(b, 8))
		gfp |= __GFP_THISNODE;
	if (!below(b, 4))
		gfp |= __GFP_COMP;
	return gfp | __GFP_NOWARN;
}

/* ---- what the host can bear ----------------------------------------------------- */

/* Pages that a refill may fetch beyond its request. */
static unsigned long most_refill(const struct zone *z)
{
	return (unsigned long)this_cpu_ptr(z->per_cpu_pageset)->batch <<
	       SBD_BATCH_SCALE_MAX;
}

static unsigned long zone_free(const struct zone *z)
{
	return max(sbd_live_stat(z, NR_FREE_PAGES), 0L);
}

/* The zone surely has a page above its low mark; maybe not in blocks as large. */
static bool is_rich(const struct zone *z, int highest, unsigned int order)
{
	return zone_free(z) > z->_watermark[WMARK_LOW] + z->watermark_boost +
			      z->lowmem_reserve[highest] + (1UL << order);
}

/* Whoever may take the most of the reserves gets nothing here. */
static bool is_shut(const struct zone *z, int highest, unsigned int order)
{
	return zone_free(z) <= z->_watermark[WMARK_MIN] * 3 / 8 +
			       z->lowmem_reserve[highest] + (1UL << order) - 1;
}

/* It stays above its min mark, whatever a refill takes besides. */
static bool stays_above_min(const struct zone *z, unsigned int order)
{
	return zone_free(z) > z->_watermark[WMARK_MIN] + (1UL << order) +
			      most_refill(z);
}

/*
 * Any zone that may serve the request is still above its min mark afterwards:
 * nothing else may be asked for, unless that was wanted.  A single page comes
 * from the first zone that is above its low mark; a block from any that has one.
 */
static bool host_can_bear(const struct sbd_burst *b,
			  const struct sbd_live_op *op)
{
	struct zonelist *list = node_zonelist(op->nid, (__force gfp_t)op->gfp);
	int highest = gfp_zone((__force gfp_t)op->gfp);
	struct zoneref *ref;
	bool rich = false;

	if (b->mix.low)
		return true;
	for (ref = list->_zonerefs; ref->zone; ref++) {
		if (ref->zone_idx > highest ||
		    is_shut(ref->zone, highest, op->order))
			continue;
		rich |= is_rich(ref->zone, highest, op->order);
		if (rich && !op->order)
			return stays_above_min(ref->zone, 0);
		if (op->order && !stays_above_min(ref->zone, op->order))
			return false;
	}
	return rich;
}

/* ---- what a claim would see ----------------------------------------------------- */

/*
 * Which pages of a pageblock can be moved: that stays so while all CPUs rest.
 * Return: false if there is no room or no time for it.
 */
static bool count_block(struct sbd_burst *b, int zone, unsigned long pfn)
{
	const struct sbd_snap_zone *sz = &b->before.zones[zone];
	unsigned long first = sz->start_pfn >> pageblock_order;
	unsigned long block = (pfn >> pageblock_order) - first, i;
	unsigned long start = pageblock_start_pfn(pfn);
	struct sbd_counted *c;
	struct page *page;

	if (test_bit(block, b->is_counted[zone]))
		return true;
	if (b->nr_counted == b->cap_counted || sbd_live_clock() > b->until)
		return false;
	c = &b->counted[b->nr_counted++];
	memset(c, 0, sizeof(*c));
	c->zone = zone;
	c->block = block;
	for (i = 0; i < pageblock_nr_pages; i++) {
		if (start + i - sz->start_pfn >= sz->spanned)
			continue;
		page = pfn_to_page(start + i);
		if (PageBuddy(page))
			i += (1UL << page_private(page)) - 1;
		else if (sbd_live_movable(page))
			__set_bit(i, c->movable);
	}
	__set_bit(block, b->is_counted[zone]);
	return true;
}

/* The first few blocks of a list of another type. */
static bool count_heads(struct sbd_burst *b, int zone, struct list_head *list)
{
	struct page *page;
	int n = 0;

	list_for_each_entry(page, list, buddy_list) {
		if (!count_block(b, zone, page_to_pfn(page)))
			return false;
		if (++n == COUNT_HEADS)
			break;
	}
	return true;
}

static bool count_others(struct sbd_burst *b, int zone, int mt)
{
	struct zone *z = b->before.zones[zone].live;
	int o, other;

	for (o = 0; o < pageblock_order; o++)
		for (other = 0; other < MIGRATE_PCPTYPES; other++)
			if (other != mt &&
			    !count_heads(b, zone, &z->free_area[o].free_list[other]))
				return false;
	return true;
}

/* The type's own lists surely have what the request, or a refill, may take. */
static bool own_suffice(const struct zone *z, unsigned int order, int mt)
{
	unsigned long have = 0;
	const struct list_head *l;
	unsigned int o, n;

	for (o = order; o < SBD_NR_ORDERS; o++) {
		n = 0;
		list_for_each(l, &z->free_area[o].free_list[mt]) {
			have += 1UL << o;
			if (have >= (1UL << order) + most_refill(z))
				return true;
			if (++n == COUNT_HEADS)
				break;
		}
	}
	return false;
}

static int zone_index(const struct sbd_burst *b, const struct zone *z)
{
	int i;

	for (i = 0; i < b->before.nr_zones; i++)
		if (b->before.zones[i].live == z)
			return i;
	return -1;
}

/* The request surely gets no further than this zone. */
static bool ends_here(const struct zone *z, int highest, unsigned int order,
		      int mt)
{
	return zone_free(z) > z->_watermark[WMARK_HIGH] + z->watermark_boost +
			      z->lowmem_reserve[highest] +
			      (1UL << order) + most_refill(z) &&
	       own_suffice(z, order, mt);
}

/* Count what a claim could look at, in any zone that the request may reach. */
static bool count_for(struct sbd_burst *b, const struct sbd_live_op *op)
{
	struct zonelist *list = node_zonelist(op->nid, (__force gfp_t)op->gfp);
	int highest = gfp_zone((__force gfp_t)op->gfp);
	int mt = op->gfp >> 3 & 3, i;
	struct zoneref *ref;

	for (ref = list->_zonerefs; ref->zone; ref++) {
		i = ref->zone_idx > highest ? -1 : zone_index(b, ref->zone);
		if (i < 0)
			continue;
		if (ends_here(ref->zone, highest, op->order, mt))
			return true;
		if (!count_others(b, i, mt))
			return false;
	}
	return true;
}

/* ---- serving -------------------------------------------------------------------- */

static struct sbd_live_op *next_op(struct sbd_burst *b)
{
	return &b->ops[b->nr_ops];
}

static void hold(struct sbd_burst *b, unsigned long pfn, unsigned int order)
{
	b->held[b->nr_held++] = (struct sbd_held) { pfn, order };
	b->held_pages += 1UL << order;
}

static void serve_free(struct sbd_burst *b, u32 i)
{
	struct sbd_held h = b->held[i];

	*next_op(b) = (struct sbd_live_op) {
		.pfn = h.pfn, .order = h.order, .free = true,
	};
	b->held[i] = b->held[--b->nr_held];
	b->held_pages -= 1UL << h.order;
	sbd_live_free(pfn_to_page(h.pfn), h.order);
	b->nr_ops++;
}

/* The time that a block of this order may take, from what was seen. */
static u64 likely_ns(const struct sbd_burst *b, unsigned int order)
{
	return max(b->used_ns[order], b->clear_ns << order);
}

/* A slow one may have been bad luck: half of it is forgotten with the next. */
static void note_ns(struct sbd_burst *b, unsigned int order, u64 took)
{
	b->used_ns[order] = (b->used_ns[order] + took) / 2;
}

/* Make the block so small that there is time for it; false if there is none. */
static bool fit_time(struct sbd_burst *b, struct sbd_live_op *op, u64 now)
{
	while (op->order > b->mix.order_min &&
	       now + likely_ns(b, op->order) > b->until)
		op->order--;
	return now + likely_ns(b, op->order) <= b->until;
}

/* Draw until there is one that may be asked for; false if there is none. */
static bool draw_op(struct sbd_burst *b, struct sbd_live_op *op)
{
	int tries;

	if (b->nr_held == b->cap_held)
		return false;
	for (tries = 0; tries < DRAWS; tries++) {
		op->free = false;
		op->order = draw_order(b);
		op->gfp = (__force u32)draw_gfp(b);
		op->nid = draw_bit(b, b->mix.nodes);
		if (b->held_pages + (1UL << op->order) <= b->hold_pages &&
		    host_can_bear(b, op))
			return true;
	}
	return false;
}

/* Return: false if the burst has to end before this request. */
static bool serve_alloc(struct sbd_burst *b, u64 now)
{
	struct sbd_live_op *op = next_op(b);
	struct page *page;
	u64 start;

	if (!draw_op(b, op)) {
		if (!b->nr_held)
			return false;
		serve_free(b, below(b, b->nr_held));
		return true;
	}
	if (!fit_time(b, op, now) || !count_for(b, op))
		return false;
	start = sbd_live_clock();
	page = sbd_live_alloc_on(op->nid, (__force gfp_t)op->gfp, op->order);
	note_ns(b, op->order, sbd_live_clock() - start);
	op->pfn = page ? page_to_pfn(page) : SBD_PFN_NONE;
	if (page)
		hold(b, op->pfn, op->order);
	else if (op->order <= b->mix.order_min + 1)
		b->refused++;
	b->nr_ops++;
	return true;
}

/* Whether to give something back. */
static bool wants_free(struct sbd_burst *b)
{
	unsigned int ratio = b->mix.free_ratio;

	if (b->mix.low) {
		if (b->refused >= REFUSALS) {
			b->down = !b->down;
			b->favourite = draw_bit(b, b->mix.types);
			b->refused = 0;
		}
		ratio = b->down ? 15 : 75;
		if (!b->down && !below(b, 16))
			b->refused++;
	}
	return b->nr_held && below(b, 100) < ratio;
}

static bool one_op(struct sbd_burst *b)
{
	u64 now = sbd_live_clock();

	if (now > b->until)
		return false;
	if (!wants_free(b))
		return serve_alloc(b, now);
	serve_free(b, below(b, b->nr_held));
	return true;
}

/* A zone has less than it had, and less than others can live with. */
static bool owes(const struct sbd_burst *b)
{
	unsigned long enough;
	struct zone *z;
	int i;

	for (i = 0; i < b->before.nr_zones; i++) {
		z = b->before.zones[i].live;
		enough = max(z->_watermark[WMARK_HIGH] + z->watermark_boost,
			     zone_managed_pages(z) / 32);
		if (zone_free(z) < min(b->free_at_start[i], enough))
			return true;
	}
	return false;
}

/* Before others run again: what was taken below the marks goes back. */
static void settle(struct sbd_burst *b)
{
	if (!b->mix.low)
		return;
	while (b->nr_held && b->nr_ops < b->cap_ops && owes(b))
		serve_free(b, b->nr_held - 1);
}

/* Leave time for the second snapshot, which has a few blocks more to read. */
static u64 last_moment(const struct sbd_burst *b)
{
	u64 end = b->started + b->pause_ns;

	if (b->state)
		end -= min(b->before.ns * 5 / 4, b->pause_ns / 2);
	return b->mix.low ? end - min(b->pause_ns / 8, end) : end;
}

static void burst(struct sbd_burst *b)
{
	int i;

	b->err = sbd_snap_take(&b->before, b->started + b->pause_ns / 2);
	if (b->err)
		return;
	for (i = 0; i < b->before.nr_zones; i++)
		b->free_at_start[i] = zone_free(b->before.zones[i].live);
	b->until = last_moment(b);
	while (b->nr_ops < b->max_ops && one_op(b))
		;
	settle(b);
	if (b->state)
		b->after_err = sbd_snap_take(&b->after, b->started + b->pause_ns);
}

static int stopped(void *data)
{
	struct sbd_burst *b = data;

	b->started = sbd_live_clock();
	burst(b);
	b->pause = sbd_live_clock() - b->started;
	return 0;
}

/* ---- around it -------------------------------------------------------------------- */

static void forget_counted(struct sbd_burst *b)
{
	int i;

	for (i = 0; i < b->before.nr_zones; i++)
		bitmap_zero(b->is_counted[i], b->before.zones[i].nr_blocks);
	b->nr_counted = 0;
}

/* Room for what the lists hold now and what splitting may add. */
static int make_room(struct sbd_burst *b)
{
	u32 want = max(sbd_snap_estimate(&b->before), b->before.wanted);
	u32 room = want + want / 8 + 1024, more = b->max_ops * SBD_NR_ORDERS;

	/* Not worth a pause, unless the guess is a bad one, and fades. */
	if (want * b->entry_ns > b->pause_ns) {
		b->entry_ns -= b->entry_ns / 8;
		return -ETIME;
	}
	return sbd_snap_grow(&b->before, room) ?:
	       sbd_snap_grow(&b->after, room + more);
}

/**
 * sbd_burst_run() - stop all CPUs and serve requests on one
 * @b:	 created
 * @cpu: an online CPU
 *
 * What the host got stays held, for later bursts to give back.
 * Context: process, may sleep; holds the CPUs for about @b->pause_ns at most.
 * Return: 0, @b->nr_ops requests then being logged; -ENOSPC or -ETIME if the
 * state could not be read in the room or time that there was (try again);
 * -ENODEV if the CPU went offline; -ENOMEM; -EAGAIN if memory was added or
 * removed; -EUCLEAN: not to be used on this host, @b->before.wrong says why.
 */
int sbd_burst_run(struct sbd_burst *b, int cpu)
{
	int err = make_room(b);

	if (err)
		return err;
	forget_counted(b);
	b->nr_ops = 0;
	/* what stays if the CPU is not there to do it */
	b->err = -ENODEV;
	b->after_err = 0;
	b->cpu = cpu;
	err = stop_machine(stopped, b, cpumask_of(cpu)) ?: b->err;
	if (!err && b->before.len >= ENOUGH_ENTRIES)
		b->entry_ns = div_u64(b->before.ns, b->before.len);
	return err;
}

static int create_counted(struct sbd_burst *b)
{
	unsigned long blocks = 0;
	int i;

	for (i = 0; i < b->before.nr_zones; i++) {
		blocks += b->before.zones[i].nr_blocks;
		b->is_counted[i] = vzalloc(BITS_TO_LONGS(b->before.zones[i].nr_blocks) *
					   sizeof(long));
		if (!b->is_counted[i])
			return -ENOMEM;
	}
	b->cap_counted = min(blocks, 8192UL);
	b->counted = vmalloc(array_size(b->cap_counted, sizeof(*b->counted)));
	return b->counted ? 0 : -ENOMEM;
}

/* What clearing a page takes, if the kernel clears what we are to get. */
static void time_clearing(struct sbd_burst *b)
{
	struct page *page;
	u64 start;
	int i;

	if (!sbd_live_clears(GFP_NOWAIT))
		return;
	page = sbd_live_alloc(GFP_KERNEL, 0);
	if (!page)
		return;
	start = sbd_live_clock();
	for (i = 0; i < 16; i++)
		clear_page(page_address(page));
	b->clear_ns = div_u64(sbd_live_clock() - start, 16);
	sbd_live_free(page, 0);
}

/**
 * sbd_burst_create() - get the memory that bursts need
 * @b: mix, max_ops, hold_pages and the like are set, all else zero
 *
 * Context: process, may sleep.  Return: 0, -ENOMEM, or as sbd_snap_create().
 * sbd_burst_destroy() in any case.
 */
int sbd_burst_create(struct sbd_burst *b)
{
	int err;

	b->down = true;
	b->favourite = draw_bit(b, b->mix.types);
	b->cap_held = clamp(b->hold_pages, 64UL, MOST_HELD);
	b->cap_ops = b->max_ops + (b->mix.low ? b->cap_held : 0);
	b->ops = vmalloc(array_size(b->cap_ops + 1, sizeof(*b->ops)));
	b->held = vmalloc(array_size(b->cap_held, sizeof(*b->held)));
	if (!b->ops || !b->held)
		return -ENOMEM;
	err = sbd_snap_create(&b->before) ?: sbd_snap_create(&b->after) ?:
	      create_counted(b);
	if (!err)
		time_clearing(b);
	return err;
}

/**
 * sbd_burst_give_back() - give back all that bursts hold
 * @b: between bursts
 *
 * Context: process.
 */
void sbd_burst_give_back(struct sbd_burst *b)
{
	while (b->nr_held) {
		b->nr_held--;
		sbd_live_free(pfn_to_page(b->held[b->nr_held].pfn),
			      b->held[b->nr_held].order);
		cond_resched();
	}
	b->held_pages = 0;
}

/**
 * sbd_burst_destroy() - release what sbd_burst_create() got
 * @b: holds no blocks any more
 *
 * Context: process.
 */
void sbd_burst_destroy(struct sbd_burst *b)
{
	int i;

	for (i = 0; i < SBD_SNAP_MAX_ZONES; i++)
		vfree(b->is_counted[i]);
	vfree(b->counted);
	vfree(b->held);
	vfree(b->ops);
	sbd_snap_destroy(&b->after);
	sbd_snap_destroy(&b->before);
}
