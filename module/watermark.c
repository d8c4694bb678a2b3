// SPDX-License-Identifier: GPL-2.0
/*
 * Sizing of marks and reserves, the checks against them, counter drift.
 *
 * Rules: semantics.md sections 5 and 3 (scalars), held against 6.1.192 and
 * 6.12.117; KUnit compares the checks with the kernel's own functions.
 */
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/math64.h>

#include "trace.h"
#include "watermark.h"

#define MIN_HIGH_FRACTION	8	/* largest share of a zone on per-CPU lists */
#define MAX_STAT_THRESHOLD	125	/* differences are signed bytes */

/* What of the mark a request may ignore. */
static long reduced_mark(const struct sbd_zone *z, long mark,
			 unsigned int alloc_flags)
{
	if ((alloc_flags & SBD_ALLOC_MIN_RESERVE) &&
	    !sbd_broken(z->sys, min_reserve)) {
		mark -= mark / 2;
		if ((alloc_flags & SBD_ALLOC_NON_BLOCK) &&
		    !sbd_broken(z->sys, non_block))
			mark -= mark / 4;
	}
	if (alloc_flags & SBD_ALLOC_OOM)
		mark -= mark / 2;
	return mark;
}

/* Some list of this order has a block that the request may take. */
static bool order_usable(const struct sbd_free_area *area,
			 unsigned int alloc_flags)
{
	int mt;

	if (!area->nr_free)
		return false;
	for (mt = 0; mt < SBD_PCPTYPES; mt++)
		if (!sbd_list_empty(&area->list[mt]))
			return true;
	if ((alloc_flags & SBD_ALLOC_CMA) &&
	    !sbd_list_empty(&area->list[SBD_CMA]))
		return true;
	return (alloc_flags & (SBD_ALLOC_HIGHATOMIC | SBD_ALLOC_OOM)) &&
	       !sbd_list_empty(&area->list[SBD_HIGHATOMIC]);
}

/**
 * sbd_watermark_ok_free() - would a zone stay above a mark
 * @z:	  the zone
 * @c:	  the question
 * @free: free pages to reckon with
 *
 * __zone_watermark_ok().  Context: any, no lock; a guess while others work on
 * the zone, as the kernel's.  Return: yes or no.
 */
bool sbd_watermark_ok_free(const struct sbd_zone *z,
			   const struct sbd_wmark_check *c, long free)
{
	long mark = c->mark;
	unsigned int o;

	free -= sbd_unusable_free(z, c->order, c->alloc_flags);
	if (c->alloc_flags & SBD_ALLOC_RESERVES)
		mark = reduced_mark(z, mark, c->alloc_flags);
	if (free <= mark + sbd_lowmem_reserve(z, c->highest))
		return false;
	if (!c->order || sbd_broken(z->sys, high_order_mark))
		return true;
	for (o = c->order; o < SBD_NR_ORDERS; o++)
		if (order_usable(&z->area[o], c->alloc_flags))
			return true;
	return false;
}

/**
 * sbd_watermark_ok() - would a zone stay above a mark
 * @z: the zone
 * @c: the question
 *
 * zone_watermark_ok().  Context: any.  Return: yes or no.
 */
bool sbd_watermark_ok(const struct sbd_zone *z, const struct sbd_wmark_check *c)
{
	return sbd_watermark_ok_free(z, c, sbd_zone_stat(z, SBD_NR_FREE_PAGES));
}

/**
 * sbd_watermark_ok_safe() - the same, with exact counters where they matter
 * @z: the zone
 * @c: the question; its alloc_flags are not looked at
 *
 * zone_watermark_ok_safe(), what kswapd asks.  Context: any.
 * Return: yes or no.
 */
bool sbd_watermark_ok_safe(const struct sbd_zone *z,
			   const struct sbd_wmark_check *c)
{
	struct sbd_wmark_check plain = *c;
	long free = sbd_zone_stat(z, SBD_NR_FREE_PAGES);

	plain.alloc_flags = 0;
	if (z->percpu_drift_mark && free < z->percpu_drift_mark)
		free = sbd_stat_exact((struct sbd_zone *)z, SBD_NR_FREE_PAGES);
	return sbd_watermark_ok_free(z, &plain, free);
}

/* An order-0 request that may ignore the boost. */
static bool ignores_boost(const struct sbd_zone *z,
			  const struct sbd_wmark_check *c)
{
	bool urgent = z->prof->unboosted_by_reserve ?
		      c->alloc_flags & SBD_ALLOC_MIN_RESERVE :
		      !!(c->gfp & SBD_GFP_ATOMIC_BIT);

	return !c->order && urgent && READ_ONCE(z->boost) &&
	       !sbd_broken(z->sys, unboosted) &&
	       (c->alloc_flags & SBD_ALLOC_WMARK_MASK) == SBD_WMARK_MIN;
}

/**
 * sbd_watermark_fast_slow() - the part of sbd_watermark_fast() that is rare
 * @z:	  the zone
 * @c:	  the question
 * @free: the folded counter
 *
 * Context: any.  Return: yes or no.
 */
bool sbd_watermark_fast_slow(const struct sbd_zone *z,
			     const struct sbd_wmark_check *c, long free)
{
	struct sbd_wmark_check unboosted;

	if (sbd_watermark_ok_free(z, c, free))
		return true;
	if (!ignores_boost(z, c))
		return false;
	unboosted = *c;
	unboosted.mark = READ_ONCE(z->wmark[SBD_WMARK_MIN]);
	return sbd_watermark_ok_free(z, &unboosted, free);
}

/**
 * sbd_stat_exact() - a counter with all CPUs' differences
 * @z:	  the zone
 * @item: which
 *
 * Context: any; exact while the zone lock is held.  Return: pages.
 */
unsigned long sbd_stat_exact(struct sbd_zone *z, enum sbd_zone_stat item)
{
	long v = atomic_long_read(&z->stat[item]);
	int cpu;

	for (cpu = 0; cpu < z->sys->nr_cpus; cpu++)
		v += READ_ONCE(z->cpus[cpu].stat_diff[item]);
	return v < 0 ? 0 : v;
}

/**
 * sbd_normal_threshold() - how far a CPU's counter may drift
 * @z: the zone
 *
 * calculate_normal_threshold(): grows with the logarithms of the CPUs and of
 * the zone's size in 128 MiB.  Return: pages, 0 without SMP.
 */
int sbd_normal_threshold(const struct sbd_zone *z)
{
	unsigned int mem = z->managed >> (27 - PAGE_SHIFT);

	if (!z->sys->geo.smp)
		return 0;
	return min(MAX_STAT_THRESHOLD,
		   2 * fls(z->sys->nr_online) * (1 + fls(mem)));
}

/**
 * sbd_pressure_threshold() - how far it may drift while kswapd is awake
 * @z: the zone
 *
 * calculate_pressure_threshold().  Return: pages.
 */
int sbd_pressure_threshold(const struct sbd_zone *z)
{
	unsigned long distance = sbd_wmark_pages(z, SBD_WMARK_LOW) -
				 sbd_wmark_pages(z, SBD_WMARK_MIN);
	int per_cpu = distance / z->sys->nr_online;

	return min(MAX_STAT_THRESHOLD, max(1, per_cpu));
}

/**
 * sbd_refresh_thresholds() - set all drift thresholds and drift marks
 * @sys: the system
 *
 * refresh_zone_stat_thresholds().  Context: process; takes zone locks.
 */
void sbd_refresh_thresholds(struct sbd_system *sys)
{
	unsigned long drift, distance, flags;
	struct sbd_zone *z;
	int i, cpu, t;

	sbd_for_each_zone(sys, i, z) {
		t = sbd_normal_threshold(z);
		drift = (unsigned long)sys->nr_online * t;
		distance = sbd_wmark_pages(z, SBD_WMARK_LOW) -
			   sbd_wmark_pages(z, SBD_WMARK_MIN);
		flags = sbd_zone_lock(z);
		for (cpu = 0; cpu < sys->nr_cpus; cpu++)
			z->cpus[cpu].stat_threshold = t;
		if (drift > distance)
			z->percpu_drift_mark =
				sbd_wmark_pages(z, SBD_WMARK_HIGH) + drift;
		sbd_zone_unlock(z, flags);
	}
}

/**
 * sbd_lowmem_free() - pages above the high marks, up to a zone type
 * @sys:     the system
 * @highest: zone type
 *
 * nr_free_zone_pages() of the first node's zonelist.  Return: pages.
 */
unsigned long sbd_lowmem_free(const struct sbd_system *sys, int highest)
{
	const struct sbd_node *node = &sys->nodes[0];
	unsigned long sum = 0, high;
	const struct sbd_zone *z;
	int i;

	for (i = 0; i < node->nr_zonelist; i++) {
		z = node->zonelist[i];
		if (z->idx > highest)
			continue;
		high = sbd_wmark_pages(z, SBD_WMARK_HIGH);
		if (z->managed > high)
			sum += z->managed - high;
	}
	return sum;
}

/**
 * sbd_min_free_kbytes() - what the kernel would choose for min_free_kbytes
 * @sys: the system
 *
 * calculate_min_free_kbytes(): 4 * sqrt(lowmem in kB), in bounds; a greater
 * value that a user set stays.  Return: kB.
 */
int sbd_min_free_kbytes(const struct sbd_system *sys)
{
	unsigned long kb = sbd_lowmem_free(sys, SBD_ZONE_NORMAL) <<
			   (PAGE_SHIFT - 10);
	int chosen = int_sqrt(kb * 16);

	if (chosen <= sys->tun.user_min_free_kbytes)
		return sys->tun.min_free_kbytes;
	return clamp(chosen, 128, 262144);
}

/**
 * sbd_recommended_min_free_kbytes() - what khugepaged raises it to
 * @sys: the system
 *
 * set_recommended_min_free_kbytes(): room for two pageblocks of each type and
 * for every fallback pair, in each zone up to NORMAL, at most 5 % of lowmem.
 * Return: kB.
 */
int sbd_recommended_min_free_kbytes(const struct sbd_system *sys)
{
	unsigned long block = 1UL << sys->geo.block_order, pages;
	unsigned long zones = 0;
	int i;

	for (i = 0; i < sys->nr_zones; i++)
		if (sys->zone[i]->idx <= SBD_ZONE_NORMAL)
			zones++;
	pages = block * zones * 2;
	pages += block * zones * SBD_PCPTYPES * SBD_PCPTYPES;
	pages = min(pages, sbd_lowmem_free(sys, SBD_ZONE_NORMAL) / 20);
	return pages << (PAGE_SHIFT - 10);
}

static bool counts_as_lowmem(const struct sbd_zone *z)
{
	return z->idx != SBD_ZONE_MOVABLE || !z->prof->movable_min_small;
}

/* Set one zone's marks; its boost ends. */
static void setup_zone_wmarks(struct sbd_zone *z, unsigned long pages_min,
			      unsigned long lowmem)
{
	u64 share = div64_ul((u64)pages_min * z->managed, lowmem);
	unsigned long distance;

	lockdep_assert_held(&z->lock);
	z->wmark[SBD_WMARK_MIN] = counts_as_lowmem(z) ? share :
		clamp(z->managed / 1024, 32UL, 128UL);
	distance = max_t(u64, share >> 2,
			 mult_frac(z->managed,
				   (unsigned long)z->sys->tun.watermark_scale_factor,
				   10000UL));
	z->boost = 0;
	z->wmark[SBD_WMARK_LOW] = z->wmark[SBD_WMARK_MIN] + distance;
	z->wmark[SBD_WMARK_HIGH] = z->wmark[SBD_WMARK_LOW] + distance;
	z->wmark[SBD_WMARK_PROMO] = z->wmark[SBD_WMARK_HIGH] + distance;
}

static void setup_totalreserve(struct sbd_system *sys)
{
	unsigned long sum = 0, reserve;
	struct sbd_zone *z;
	int i, j;

	sbd_for_each_zone(sys, i, z) {
		reserve = 0;
		for (j = z->idx; j < SBD_NR_ZONES; j++)
			reserve = max_t(unsigned long, reserve,
					z->lowmem_reserve[j]);
		reserve += sbd_wmark_pages(z, SBD_WMARK_HIGH);
		sum += min(reserve, z->managed);
	}
	sys->totalreserve = sum;
}

/**
 * sbd_setup_wmarks() - set all marks from the tunables, and what follows
 * @sys: the system
 *
 * setup_per_zone_wmarks(): marks, total reserve, per-CPU list sizes.
 * Context: process; takes zone locks; the caller serialises changes.
 */
void sbd_setup_wmarks(struct sbd_system *sys)
{
	unsigned long pages_min = sys->tun.min_free_kbytes >> (PAGE_SHIFT - 10);
	unsigned long lowmem = 0, flags;
	struct sbd_zone *z;
	int i;

	sbd_for_each_zone(sys, i, z)
		if (counts_as_lowmem(z))
			lowmem += z->managed;
	lowmem = max(lowmem, 1UL);
	sbd_for_each_zone(sys, i, z) {
		flags = sbd_zone_lock(z);
		setup_zone_wmarks(z, pages_min, lowmem);
		sbd_zone_unlock(z, flags);
	}
	setup_totalreserve(sys);
	sbd_setup_pagesets(sys);
}

static void setup_node_reserve(struct sbd_system *sys, struct sbd_node *node,
			       int i)
{
	int ratio = sys->tun.lowmem_reserve_ratio[i];
	struct sbd_zone *z = node->zones[i];
	unsigned long above = 0;
	int j;

	for (j = i + 1; j < SBD_NR_ZONES; j++) {
		if (node->zones[j])
			above += node->zones[j]->managed;
		z->lowmem_reserve[j] = ratio ? above / ratio : 0;
	}
}

/**
 * sbd_setup_lowmem_reserve() - set what each zone keeps from higher requests
 * @sys: the system
 *
 * setup_per_zone_lowmem_reserve(): the pages of the zones above, up to the
 * request's, divided by the zone's ratio.
 * Context: process; the caller serialises changes.
 */
void sbd_setup_lowmem_reserve(struct sbd_system *sys)
{
	int nid, i;

	for (nid = 0; nid < sys->nr_nodes; nid++)
		for (i = 0; i < SBD_NR_ZONES - 1; i++)
			if (sys->nodes[nid].zones[i])
				setup_node_reserve(sys, &sys->nodes[nid], i);
	setup_totalreserve(sys);
}

/**
 * sbd_setup_grouping() - decide whether pageblocks are grouped by mobility
 * @sys:   the system
 * @pages: that it has above its high marks
 *
 * build_all_zonelists(): not on a machine with fewer pageblocks than types.
 * Context: the system not in use.
 */
void sbd_setup_grouping(struct sbd_system *sys, unsigned long pages)
{
	int types = SBD_PCPTYPES + 1 + sys->geo.cma + sys->geo.isolation;
	struct sbd_zone *z;
	int i;

	sys->grouped = pages >= (unsigned long)types << sys->geo.block_order;
	sbd_for_each_zone(sys, i, z)
		z->grouped = sys->grouped;
}

/**
 * sbd_zone_batch() - pages that per-CPU lists move at a time
 * @z: the zone
 *
 * zone_batchsize(): a thousandth of the zone, at most a quarter of 1 MiB, and
 * one less than a power of two.  Return: pages, at least 1.
 */
int sbd_zone_batch(const struct sbd_zone *z)
{
	unsigned long batch;

	batch = min(z->managed >> 10, (1UL << 20) / PAGE_SIZE) / 4;
	batch = max(batch, 1UL);
	return max_t(int, 1, rounddown_pow_of_two(batch + batch / 2) - 1);
}

/**
 * sbd_zone_high() - pages that one CPU's lists may hold
 * @z:	      the zone
 * @batch:    of its lists
 * @fraction: of the zone, or 0 for the low mark
 *
 * zone_highsize(), shared among the node's CPUs, or all if it has none.
 * Return: pages.
 */
int sbd_zone_high(const struct sbd_zone *z, int batch, int fraction)
{
	unsigned long total = fraction ? z->managed / fraction :
			      sbd_wmark_pages(z, SBD_WMARK_LOW);
	int cpus = z->sys->nodes[z->nid].cpus;

	if (!cpus)
		cpus = z->sys->nr_online;
	return max_t(int, total / cpus, batch << 2);
}

static void apply_pageset(struct sbd_zone *z)
{
	struct sbd_pcp *pcp;
	int cpu;

	for (cpu = 0; cpu < z->sys->nr_cpus; cpu++) {
		pcp = sbd_pcp(z, cpu);
		WRITE_ONCE(pcp->batch, z->pageset_batch);
		WRITE_ONCE(pcp->high_min, z->pageset_high_min);
		WRITE_ONCE(pcp->high_max, z->pageset_high_max);
		if (!z->prof->pcp_autotune)
			WRITE_ONCE(pcp->high, z->pageset_high_min);
	}
}

static void setup_pageset(struct sbd_zone *z)
{
	int fraction = z->sys->tun.percpu_pagelist_high_fraction;
	int batch = sbd_zone_batch(z);
	int low = sbd_zone_high(z, batch, fraction), high = low;

	if (!fraction && z->prof->pcp_autotune)
		high = sbd_zone_high(z, batch, MIN_HIGH_FRACTION);
	if (z->pageset_batch == batch && z->pageset_high_min == low &&
	    z->pageset_high_max == high)
		return;
	z->pageset_batch = batch;
	z->pageset_high_min = low;
	z->pageset_high_max = high;
	apply_pageset(z);
}

/**
 * sbd_setup_pagesets() - size all per-CPU lists
 * @sys: the system
 *
 * zone_set_pageset_high_and_batch(): 6.1 has one high; from 6.7 it moves
 * between one from the low mark and an eighth of the zone, unless
 * percpu_pagelist_high_fraction fixes it.
 * Context: process; the caller serialises changes.
 */
void sbd_setup_pagesets(struct sbd_system *sys)
{
	struct sbd_zone *z;
	int i;

	sbd_for_each_zone(sys, i, z)
		setup_pageset(z);
}
