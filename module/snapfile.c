// SPDX-License-Identifier: GPL-2.0
/*
 * A snapshot in bytes, for another machine to begin with.
 *
 * What is read may be anything.  It is checked for all that the model relies on: no
 * frame is in two places, every block lies within its zone, every index within its
 * array.  Numbers that only steer decisions (marks, counters) may be odd.
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "pageblock.h"
#include "snapfile.h"

#define MOST_CPUS	8192
#define MOST_PAGES	(512 * 1024 * 1024)	/* of a per-CPU list's limits */
#define MOST_BATCH	32768
#define MOST_FACTOR	15		/* times that a batch is doubled */
#define LEAST_BLOCK	(SBD_COSTLY_ORDER + 1)

/* ---- shape ------------------------------------------------------------------------ */

static void geometry(struct sbd_wire *w, struct sbd_geometry *geo)
{
	sbd_wire_num(w, geo->block_order);
	sbd_wire_num(w, geo->thp_pcp_lists);
	sbd_wire_flag(w, &geo->cma, "geo->cma");
	sbd_wire_flag(w, &geo->isolation, "geo->isolation");
	sbd_wire_flag(w, &geo->thp, "geo->thp");
	sbd_wire_flag(w, &geo->smp, "geo->smp");
	sbd_wire_num(w, geo->zones);
	sbd_wire_must(w, geo->block_order >= LEAST_BLOCK &&
		      geo->block_order <= SBD_MAX_ORDER, "pageblock order");
	sbd_wire_must(w, geo->thp_pcp_lists <= 2, "per-CPU lists of large blocks");
}

static void node(struct sbd_wire *w, struct sbd_topology_node *n)
{
	sbd_wire_num(w, n->cpus);
	sbd_wire_num(w, n->nr);
	if (sbd_wire_must(w, n->nr <= SBD_MOST_ZONES, "zonelist length"))
		sbd_wire_nums(w, n->zone, n->nr);
}

static void topology(struct sbd_wire *w, struct sbd_topology *t)
{
	int i;

	geometry(w, &t->geo);
	sbd_wire_num(w, t->nr_cpus);
	sbd_wire_num(w, t->nr_online);
	sbd_wire_flag(w, &t->several_nodes, "t->several_nodes");
	sbd_wire_flag(w, &t->caches_type, "t->caches_type");
	sbd_wire_nums(w, t->zone_idx, SBD_NR_ZONES);
	for (i = 0; i < SBD_MAX_NODES; i++)
		node(w, &t->node[i]);
	if (!sbd_wire_must(w, t->nr_cpus >= 1 && t->nr_cpus <= MOST_CPUS &&
			   t->nr_online >= 1 && t->nr_online <= t->nr_cpus, "CPUs"))
		return;
	if (sbd_wire_room(w, (void **)&t->cpu_node, t->nr_cpus, 1, 1, "t->cpu_node"))
		sbd_wire_nums(w, t->cpu_node, t->nr_cpus);
	sbd_wire_num(w, t->first_cell);
	sbd_wire_num(w, t->nr_cells);
	if (sbd_wire_room(w, (void **)&t->cell, t->nr_cells, 1, 1, "t->cell"))
		sbd_wire_bytes(w, t->cell, t->nr_cells, "t->cell");
}

/* ---- zones -------------------------------------------------------------------------- */

static void place_of(struct sbd_wire *w, struct sbd_snap_zone *z)
{
	sbd_wire_num(w, z->type);
	sbd_wire_num(w, z->nid);
	sbd_wire_num(w, z->start_pfn);
	sbd_wire_num(w, z->spanned);
	sbd_wire_num(w, z->present);
	sbd_wire_num(w, z->managed);
	sbd_wire_num(w, z->cma_pages);
}

static unsigned long span_blocks(const struct sbd_snap_zone *z, unsigned int order)
{
	return ((z->start_pfn + z->spanned - 1) >> order) - (z->start_pfn >> order) + 1;
}

/* @before: the zone before it, or NULL. */
static void place_ok(struct sbd_wire *w, const struct sbd_snap_zone *z,
		     const struct sbd_snap_zone *before)
{
	sbd_wire_must(w, z->type >= 0 && z->type < SBD_ZONE_DEVICE && z->nid >= 0 &&
		      z->nid < SBD_MAX_NODES, "a zone's type or node");
	sbd_wire_must(w, !before || before->nid < z->nid ||
		      (before->nid == z->nid && before->type < z->type),
		      "order of the zones");
	sbd_wire_must(w, z->spanned && z->spanned <= SBD_SNAP_OFFSET &&
		      z->start_pfn <= U32_MAX - z->spanned, "a zone's span");
	sbd_wire_must(w, z->present <= z->spanned && z->managed <= z->present &&
		      z->cma_pages <= z->present, "a zone's pages");
}

static void counters(struct sbd_wire *w, struct sbd_snap_zone *z)
{
	sbd_wire_nums(w, z->wmark, SBD_NR_WMARKS);
	sbd_wire_num(w, z->boost);
	sbd_wire_nums(w, z->lowmem_reserve, SBD_NR_ZONES);
	sbd_wire_num(w, z->drift_mark);
	sbd_wire_num(w, z->flags);
	sbd_wire_nums(w, z->stat, SBD_NR_ZONE_STATS);
	sbd_wire_num(w, z->nr_reserved_highatomic);
	sbd_wire_num(w, z->nr_free_highatomic);
	sbd_wire_num(w, z->nr_isolate);
	sbd_wire_nums(w, z->nr_free, SBD_NR_ORDERS);
	sbd_wire_must(w, z->flags < BIT(SBD_ZONE_BELOW_HIGH + 1), "a zone's flags");
}

/* Lists come one after the other; so do their entries. */
static void one_list(struct sbd_wire *w, struct sbd_snap *s, struct sbd_snap_list *l)
{
	if (w->reading)
		l->first = s->len;
	sbd_wire_num(w, l->nr);
	if (!sbd_wire_must(w, !w->reading || l->nr <= s->cap - s->len, "a list's length"))
		return;
	sbd_wire_nums(w, s->entries + l->first, l->nr);
	if (w->reading)
		s->len += l->nr;
}

static void free_lists(struct sbd_wire *w, struct sbd_snap *s, struct sbd_snap_zone *z)
{
	int o, mt;

	for (o = 0; o < SBD_NR_ORDERS; o++)
		for (mt = 0; mt < SBD_NR_TYPES; mt++)
			one_list(w, s, &z->list[o][mt]);
}

static void pcp_sizes(struct sbd_wire *w, struct sbd_live_pcp *p)
{
	sbd_wire_num(w, p->count);
	sbd_wire_num(w, p->high);
	sbd_wire_num(w, p->high_min);
	sbd_wire_num(w, p->high_max);
	sbd_wire_num(w, p->batch);
	sbd_wire_num(w, p->free_count);
	sbd_wire_num(w, p->free_factor);
	sbd_wire_num(w, p->alloc_factor);
	sbd_wire_num(w, p->flags);
	sbd_wire_num(w, p->expire);
	sbd_wire_must(w, p->batch >= 1 && p->batch <= MOST_BATCH &&
		      p->free_factor <= MOST_FACTOR && p->alloc_factor <= MOST_FACTOR,
		      "a per-CPU list's batch");
	sbd_wire_must(w, p->high >= 0 && p->high <= MOST_PAGES && p->high_min >= 0 &&
		      p->high_min <= p->high_max && p->high_max <= MOST_PAGES,
		      "a per-CPU list's limits");
}

static void cpu_share(struct sbd_wire *w, struct sbd_snap *s, struct sbd_snap_pcp *p)
{
	int i;

	pcp_sizes(w, &p->s);
	sbd_wire_nums(w, p->diff, SBD_NR_ZONE_STATS);
	sbd_wire_num(w, p->threshold);
	for (i = 0; i < SBD_NR_PCP_LISTS; i++)
		one_list(w, s, &p->list[i]);
}

static bool zone_room(struct sbd_wire *w, const struct sbd_snap *s,
		      struct sbd_snap_zone *z)
{
	size_t words = BITS_TO_LONGS(z->spanned);

	if (w->reading)
		z->nr_blocks = span_blocks(z, s->topo.geo.block_order);
	return sbd_wire_room(w, (void **)&z->movable, words, sizeof(long), sizeof(long),
			     "z->movable") &&
	       sbd_wire_room(w, (void **)&z->blocks, z->nr_blocks, 1, 1, "z->blocks") &&
	       sbd_wire_room(w, (void **)&z->cpus, s->nr_cpus, sizeof(*z->cpus),
			     sizeof(z->cpus->s), "z->cpus");
}

static void one_zone(struct sbd_wire *w, struct sbd_snap *s, struct sbd_snap_zone *z)
{
	int cpu;

	place_of(w, z);
	place_ok(w, z, z > s->zones ? z - 1 : NULL);
	if (w->wrong || !zone_room(w, s, z))
		return;
	counters(w, z);
	free_lists(w, s, z);
	sbd_wire_bytes(w, z->blocks, z->nr_blocks, "z->blocks");
	sbd_wire_nums(w, z->movable, BITS_TO_LONGS(z->spanned));
	for (cpu = 0; cpu < s->nr_cpus && !w->wrong; cpu++)
		cpu_share(w, s, &z->cpus[cpu]);
}

static void all_zones(struct sbd_wire *w, struct sbd_snap *s)
{
	int i, n = s->nr_zones;

	sbd_wire_num(w, n);
	if (!sbd_wire_must(w, n >= 1 && n <= SBD_SNAP_MAX_ZONES, "number of zones") ||
	    !sbd_wire_room(w, (void **)&s->zones, n, sizeof(*s->zones), 1, "s->zones"))
		return;
	for (i = 0; i < n && !w->wrong; i++) {
		if (w->reading)
			s->nr_zones = i + 1;
		one_zone(w, s, &s->zones[i]);
	}
}

/* ---- does it make sense as a whole? ------------------------------------------------ */

/**
 * struct claims - frames of a zone that are known to be somewhere
 * @s:	  the snapshot
 * @z:	  the zone
 * @idx:  its index
 * @seen: a bit a frame
 */
struct claims {
	const struct sbd_snap *s;
	const struct sbd_snap_zone *z;
	int idx;
	unsigned long *seen;
};

static bool in_cell_of(const struct claims *c, unsigned long pfn)
{
	unsigned long cell = (pfn >> SBD_MAX_ORDER) - c->s->topo.first_cell;

	return c->s->topo.cell[cell] == c->idx;
}

/* A block is the zone's, and none of it was anywhere before. */
static bool claim(struct claims *c, u32 offset, unsigned int order)
{
	unsigned long pfn = c->z->start_pfn + offset, end = offset + (1UL << order);

	if (end > c->z->spanned || !IS_ALIGNED(pfn, 1UL << order) ||
	    !in_cell_of(c, pfn) || find_next_bit(c->seen, end, offset) < end)
		return false;
	bitmap_set(c->seen, offset, 1U << order);
	return true;
}

/* @types: above an entry's offset is a number below this. */
static bool claim_list(struct claims *c, const struct sbd_snap_list *l,
		       unsigned int order, unsigned int types)
{
	u32 i, entry;

	for (i = 0; i < l->nr; i++) {
		entry = c->s->entries[l->first + i];
		if (entry >> SBD_SNAP_OFFSET_BITS >= types ||
		    !claim(c, entry & SBD_SNAP_OFFSET, order))
			return false;
	}
	return true;
}

static bool claim_free(struct claims *c)
{
	unsigned long sum;
	int o, mt;

	for (o = 0; o < SBD_NR_ORDERS; o++) {
		for (mt = 0, sum = 0; mt < SBD_NR_TYPES; mt++) {
			if (!claim_list(c, &c->z->list[o][mt], o, 1))
				return false;
			sum += c->z->list[o][mt].nr;
		}
		if (sum != c->z->nr_free[o])
			return false;
	}
	return true;
}

static bool claim_cpu(struct claims *c, const struct sbd_snap_pcp *p)
{
	const struct sbd_geometry *geo = &c->s->topo.geo;
	unsigned long sum = 0;
	unsigned int order;
	int i;

	for (i = 0; i < SBD_NR_PCP_LISTS; i++) {
		order = i < SBD_NR_LOW_PCP_LISTS ? i / SBD_PCPTYPES : geo->block_order;
		if (i >= SBD_NR_LOW_PCP_LISTS + geo->thp_pcp_lists && p->list[i].nr)
			return false;
		if (!claim_list(c, &p->list[i], order, SBD_NR_TYPES))
			return false;
		sum += (unsigned long)p->list[i].nr << order;
	}
	return sum == p->s.count;
}

static bool blocks_ok(const struct sbd_snap_zone *z)
{
	unsigned long i;

	for (i = 0; i < z->nr_blocks; i++)
		if (z->blocks[i] != SBD_SNAP_NO_BLOCK &&
		    (z->blocks[i] & ~SBD_BLOCK_SKIP) >= SBD_NR_TYPES)
			return false;
	return true;
}

static void zone_ok(struct sbd_wire *w, const struct sbd_snap *s, int idx)
{
	struct claims c = { .s = s, .z = &s->zones[idx], .idx = idx };
	int cpu;

	if (!sbd_wire_must(w, blocks_ok(c.z), "a pageblock's type"))
		return;
	c.seen = vzalloc(BITS_TO_LONGS(c.z->spanned) * sizeof(long));
	if (!c.seen) {
		sbd_wire_must(w, false, "no memory to check it");
		w->err = -ENOMEM;
		return;
	}
	sbd_wire_must(w, claim_free(&c), "a free list");
	for (cpu = 0; cpu < s->nr_cpus && !w->wrong; cpu++)
		sbd_wire_must(w, claim_cpu(&c, &c.z->cpus[cpu]), "a per-CPU list");
	vfree(c.seen);
}

static bool zonelist_ok(const struct sbd_snap *s, const struct sbd_topology_node *n)
{
	u64 seen = 0;
	int i;

	for (i = 0; i < n->nr; i++) {
		if (n->zone[i] >= s->nr_zones || seen & BIT_ULL(n->zone[i]))
			return false;
		seen |= BIT_ULL(n->zone[i]);
	}
	return true;
}

static bool nodes_ok(const struct sbd_snap *s)
{
	const struct sbd_topology *t = &s->topo;
	int i, nr_nodes = s->zones[s->nr_zones - 1].nid + 1;

	for (i = 0; i < SBD_MAX_NODES; i++)
		if (!zonelist_ok(s, &t->node[i]))
			return false;
	/* a request begins at its CPU's node, and that has to lead somewhere */
	for (i = 0; i < t->nr_cpus; i++)
		if (t->cpu_node[i] >= nr_nodes || !t->node[t->cpu_node[i]].nr)
			return false;
	return true;
}

static bool spans_cell(const struct sbd_snap_zone *z, unsigned long cell)
{
	return z->start_pfn >> SBD_MAX_ORDER <= cell &&
	       (z->start_pfn + z->spanned - 1) >> SBD_MAX_ORDER >= cell;
}

static bool cells_ok(const struct sbd_snap *s)
{
	const struct sbd_topology *t = &s->topo;
	unsigned long lo = ~0UL, hi = 0, i;
	u8 zone;

	for (i = 0; i < s->nr_zones; i++) {
		lo = min(lo, s->zones[i].start_pfn);
		hi = max(hi, s->zones[i].start_pfn + s->zones[i].spanned - 1);
	}
	if (t->first_cell != lo >> SBD_MAX_ORDER ||
	    t->nr_cells != (hi >> SBD_MAX_ORDER) - t->first_cell + 1)
		return false;
	for (i = 0; i < t->nr_cells; i++) {
		zone = t->cell[i];
		if (zone != SBD_NO_ZONE &&
		    (zone >= s->nr_zones || !spans_cell(&s->zones[zone], t->first_cell + i)))
			return false;
	}
	return true;
}

static void check(struct sbd_wire *w, const struct sbd_snap *s)
{
	int i;

	sbd_wire_must(w, s->len == s->cap, "number of list entries");
	if (!sbd_wire_must(w, cells_ok(s), "whose frames are whose") ||
	    !sbd_wire_must(w, nodes_ok(s), "a node's zonelist"))
		return;
	for (i = 0; i < s->nr_zones && !w->wrong; i++)
		zone_ok(w, s, i);
}

/* ---- all of it ---------------------------------------------------------------------- */

/**
 * sbd_snapfile() - write a snapshot, or read one
 * @w: where; says what is wrong
 * @s: taken, its movable pages noted; or zero, then filled, and to be given back by
 *     sbd_snap_destroy() in any case
 *
 * Context: process, may sleep.
 */
void sbd_snapfile(struct sbd_wire *w, struct sbd_snap *s)
{
	u32 len = s->len;

	topology(w, &s->topo);
	if (w->reading)
		s->nr_cpus = s->topo.nr_cpus;
	sbd_wire_num(w, s->at);
	sbd_wire_num(w, len);
	if (!sbd_wire_room(w, (void **)&s->entries, len, sizeof(u32), sizeof(u32),
			   "s->entries"))
		return;
	if (w->reading)
		s->cap = len;
	all_zones(w, s);
	if (w->reading && !w->wrong)
		check(w, s);
}

/**
 * sbd_snapfile_tunables() - write tunables, or read them
 * @w:	 where
 * @tun: them
 */
void sbd_snapfile_tunables(struct sbd_wire *w, struct sbd_tunables *tun)
{
	sbd_wire_num(w, tun->min_free_kbytes);
	sbd_wire_num(w, tun->user_min_free_kbytes);
	sbd_wire_num(w, tun->watermark_scale_factor);
	sbd_wire_num(w, tun->watermark_boost_factor);
	sbd_wire_num(w, tun->percpu_pagelist_high_fraction);
	sbd_wire_num(w, tun->stat_interval);
	sbd_wire_nums(w, tun->lowmem_reserve_ratio, SBD_NR_ZONES);
	sbd_wire_must(w, tun->min_free_kbytes >= 0 && tun->watermark_scale_factor >= 1 &&
		      tun->watermark_boost_factor >= 0 &&
		      tun->percpu_pagelist_high_fraction >= 0 && tun->stat_interval >= 0,
		      "tunables");
}

/**
 * sbd_snapfile_frames() - frames that a clone would have to describe
 * @s: read
 *
 * Return: those of the zones, and those of the whole range that they lie in.
 */
u64 sbd_snapfile_frames(const struct sbd_snap *s)
{
	u64 sum = (u64)s->topo.nr_cells << SBD_MAX_ORDER;
	int i;

	for (i = 0; i < s->nr_zones; i++)
		sum += s->zones[i].spanned;
	return sum;
}
