// SPDX-License-Identifier: GPL-2.0
/*
 * A system that is a copy of the host's allocator: made from one snapshot, held
 * against another.  It has frames and no memory.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/slab.h>

#include "clone.h"
#include "pageblock.h"
#include "pcp.h"
#include "watermark.h"
#include "zone.h"
#include "zonelist.h"

#define LOAD_AT_ONCE	1024U	/* list entries under one lock */

/* ---- making one -------------------------------------------------------------- */

static void copy_nodes(struct sbd_system *sys, const struct sbd_topology *t)
{
	struct sbd_node *node;
	int nid, i;

	for (nid = 0; nid < SBD_MAX_NODES; nid++) {
		node = &sys->nodes[nid];
		node->cpus = t->node[nid].cpus;
		if (nid >= sys->nr_nodes)
			continue;
		node->nr_zonelist = t->node[nid].nr;
		for (i = 0; i < node->nr_zonelist; i++)
			node->zonelist[i] = sys->zone[t->node[nid].zone[i]];
	}
	memcpy(sys->cpu_node, t->cpu_node, sys->nr_cpus);
	sys->several_nodes = t->several_nodes;
	sbd_zonelist_index(sys);
}

static int copy_cells(struct sbd_system *sys, const struct sbd_topology *t)
{
	if (t->mixed)
		return -EOPNOTSUPP;
	if (t->nr_cells != sys->nr_cells ||
	    t->first_cell != sys->start_pfn >> SBD_MAX_ORDER)
		return -EINVAL;
	memcpy(sys->cell, t->cell, sys->nr_cells);
	return 0;
}

static void plan_fill(struct sbd_plan *plan, const struct sbd_snap *s,
		      const struct sbd_profile *prof, int id)
{
	const struct sbd_snap_zone *sz;
	int i;

	plan->id = id;
	plan->prof = *prof;
	plan->geo = s->topo.geo;
	plan->nr_cpus = s->nr_cpus;
	plan->nr_online = s->topo.nr_online;
	plan->bare = true;
	plan->nr_zones = s->nr_zones;
	/* more than a plan can have is refused as it is, by its number */
	for (i = 0; i < min(s->nr_zones, SBD_PLAN_ZONES); i++) {
		sz = &s->zones[i];
		plan->zones[i].type = sz->type;
		plan->zones[i].nid = sz->nid;
		plan->zones[i].start_pfn = sz->start_pfn;
		plan->zones[i].pages = sz->spanned;
	}
}

/**
 * sbd_clone_create() - a system of the host's shape, without its state
 * @s:	  zones and topology, of this host or a recorded one; its state is not
 *	  looked at
 * @prof: whose behaviour the clone has
 * @id:	  its number in tracepoints
 * @sys:  set
 *
 * Context: process, may sleep.
 * Return: 0; -EOPNOTSUPP if two zones meet within SBD_CELL_PAGES aligned frames;
 * -EINVAL, -ENOMEM as sbd_system_create().
 */
int sbd_clone_create(const struct sbd_snap *s, const struct sbd_profile *prof,
		     int id, struct sbd_system **sys)
{
	struct sbd_plan *plan = kzalloc(sizeof(*plan), GFP_KERNEL);
	int err;

	if (!plan)
		return -ENOMEM;
	plan_fill(plan, s, prof, id);
	*sys = sbd_system_create(plan);
	kfree(plan);
	if (IS_ERR(*sys))
		return PTR_ERR(*sys);
	copy_nodes(*sys, &s->topo);
	err = copy_cells(*sys, &s->topo);
	if (err)
		sbd_system_destroy(*sys);
	return err;
}

/* ---- filling it -------------------------------------------------------------- */

static void load_counters(struct sbd_zone *z, const struct sbd_snap_zone *sz)
{
	int i;

	z->present = sz->present;
	z->managed = sz->managed;
	z->cma_pages = sz->cma_pages;
	z->has_cma = sz->cma_pages || sz->stat[SBD_NR_FREE_CMA_PAGES];
	memcpy(z->wmark, sz->wmark, sizeof(z->wmark));
	z->boost = sz->boost;
	memcpy(z->lowmem_reserve, sz->lowmem_reserve, sizeof(z->lowmem_reserve));
	z->percpu_drift_mark = sz->drift_mark;
	z->flags = sz->flags;
	for (i = 0; i < SBD_NR_ZONE_STATS; i++)
		atomic_long_set(&z->stat[i], sz->stat[i]);
	z->nr_reserved_highatomic = sz->nr_reserved_highatomic;
	z->nr_free_highatomic = sz->nr_free_highatomic;
	z->nr_isolate = sz->nr_isolate;
}

static void load_blocks(struct sbd_zone *z, const struct sbd_snap_zone *sz)
{
	unsigned long i;

	for (i = 0; i < z->nr_blocks; i++)
		z->blocks[i] = sz->blocks[i] == SBD_SNAP_NO_BLOCK ?
			       SBD_MOVABLE :
			       sz->blocks[i] | SBD_BLOCK_UNCOUNTED;
}

/* A free block of whole pageblocks has no movable pages to count. */
static void block_is_free(struct sbd_zone *z, unsigned long pfn,
			  unsigned int order)
{
	unsigned long end = pfn + (1UL << order);

	for (; order >= z->block_order && pfn < end; pfn += sbd_block_pages(z))
		z->blocks[sbd_block_index(z, pfn)] &= ~SBD_BLOCK_UNCOUNTED;
}

/* A portion at a time, so that interrupts are not off for long. */
static void load_free_list(struct sbd_zone *z, const u32 *entry, u32 nr,
			   int order, int mt)
{
	unsigned long flags, pfn;
	u32 i = 0, end;

	while (i < nr) {
		end = min(nr, i + LOAD_AT_ONCE);
		flags = sbd_zone_lock(z);
		for (; i < end; i++) {
			pfn = z->start_pfn + entry[i];
			sbd_restore_free(z, pfn, order, mt);
			block_is_free(z, pfn, order);
		}
		sbd_zone_unlock(z, flags);
		cond_resched();
	}
}

static void load_free_lists(struct sbd_zone *z, const struct sbd_snap *s,
			    const struct sbd_snap_zone *sz)
{
	const struct sbd_snap_list *l;
	int o, mt;

	for (o = 0; o < SBD_NR_ORDERS; o++) {
		for (mt = 0; mt < SBD_NR_TYPES; mt++) {
			l = &sz->list[o][mt];
			load_free_list(z, s->entries + l->first, l->nr, o, mt);
		}
	}
}

/* What 6.1 keeps with a page on a per-CPU list, a later host does not say. */
static int cached_type(const struct sbd_zone *z, const struct sbd_snap *s, u32 entry)
{
	if (s->topo.caches_type)
		return entry >> SBD_SNAP_OFFSET_BITS;
	return sbd_block_type(z, z->start_pfn + (entry & SBD_SNAP_OFFSET));
}

static void load_pcp(struct sbd_zone *z, const struct sbd_snap *s, int cpu,
		     const struct sbd_snap_pcp *sp)
{
	struct sbd_pcp *pcp = sbd_pcp(z, cpu);
	int i;
	u32 k, entry;

	pcp->count = sp->s.count;
	pcp->high = sp->s.high;
	pcp->high_min = sp->s.high_min;
	pcp->high_max = sp->s.high_max;
	pcp->batch = sp->s.batch;
	pcp->free_count = sp->s.free_count;
	pcp->free_factor = sp->s.free_factor;
	pcp->alloc_factor = sp->s.alloc_factor;
	pcp->flags = sp->s.flags;
	pcp->expire = sp->s.expire;
	for (i = 0; i < SBD_NR_PCP_LISTS; i++) {
		for (k = 0; k < sp->list[i].nr; k++) {
			entry = s->entries[sp->list[i].first + k];
			sbd_pcp_restore(z, cpu, i,
					z->frames + (entry & SBD_SNAP_OFFSET),
					cached_type(z, s, entry));
		}
	}
}

static void load_cpus(struct sbd_zone *z, const struct sbd_snap *s,
		      const struct sbd_snap_zone *sz)
{
	int cpu, i;

	for (cpu = 0; cpu < s->nr_cpus; cpu++) {
		for (i = 0; i < SBD_NR_ZONE_STATS; i++)
			z->cpus[cpu].stat_diff[i] = sz->cpus[cpu].diff[i];
		z->cpus[cpu].stat_threshold = sz->cpus[cpu].threshold;
		load_pcp(z, s, cpu, &sz->cpus[cpu]);
	}
}

/* As at boot, when no marks were set. */
static void load_grouping(struct sbd_system *sys)
{
	unsigned long pages = 0;
	struct sbd_zone *z;
	int i;

	sbd_for_each_zone(sys, i, z)
		pages += z->managed;
	sbd_setup_grouping(sys, pages);
}

/**
 * sbd_clone_load() - give a clone the state of a snapshot
 * @sys: made by sbd_clone_create() for the same zones; its own state is lost
 * @s:	 taken
 *
 * Tunables stay.  Whose pages are allocated is not known: see sbd_clone_use().
 * Context: process.
 */
void sbd_clone_load(struct sbd_system *sys, const struct sbd_snap *s)
{
	const struct sbd_snap_zone *sz;
	struct sbd_zone *z;
	int i;

	sbd_system_clear(sys);
	sbd_for_each_zone(sys, i, z) {
		sz = &s->zones[i];
		load_blocks(z, sz);
		load_free_lists(z, s, sz);
		load_cpus(z, s, sz);
		load_counters(z, sz);
		z->lock_stat.taken = 0;
	}
	load_grouping(sys);
}

/**
 * sbd_clone_count() - tell a clone which pages of a pageblock are movable
 * @sys: loaded
 * @c:	 what was counted at the same instant
 */
void sbd_clone_count(struct sbd_system *sys, const struct sbd_counted *c)
{
	struct sbd_zone *z = sys->zone[c->zone];
	unsigned long start = (z->first_block + c->block) << z->block_order;
	unsigned long i;

	z->blocks[c->block] &= ~SBD_BLOCK_UNCOUNTED;
	for_each_set_bit(i, c->movable, sbd_block_pages(z))
		if (sbd_spans(z, start + i))
			sbd_frame(z, start + i)->flags |= SBD_FRAME_F_MOVABLE;
}

/**
 * sbd_clone_use() - tell a clone that a block is allocated
 * @sys:   loaded
 * @pfn:   its first frame
 * @order: as it was asked for
 */
void sbd_clone_use(struct sbd_system *sys, unsigned long pfn,
		   unsigned int order)
{
	struct sbd_zone *z = sbd_zone_of(sys, pfn);
	struct sbd_frame *f;

	if (!z)
		return;
	f = sbd_frame(z, pfn);
	f->state = SBD_FRAME_USED;
	f->order = order;
}

/* ---- comparing it ------------------------------------------------------------ */

/* Note a difference; false if there is none. */
static bool differ(struct sbd_diff *d, const char *what, long live, long shadow)
{
	if (live == shadow)
		return false;
	d->what = what;
	d->live = live;
	d->shadow = shadow;
	return true;
}

/* Walk both along; @types: an entry's upper bits count, too. */
static bool list_differs(const struct sbd_zone *z, const struct sbd_list *l,
			 const u32 *entry, u32 nr, bool types,
			 const char *what, struct sbd_diff *d)
{
	const struct sbd_frame *f = sbd_list_first(z, l);
	long live, shadow;

	for (d->at = 0; d->at < nr || f; d->at++) {
		live = d->at < nr ? z->start_pfn + (entry[d->at] & SBD_SNAP_OFFSET) :
				    SBD_PFN_NONE;
		shadow = f ? sbd_pfn(z, f) : SBD_PFN_NONE;
		if (differ(d, what, live, shadow))
			return true;
		if (types && differ(d, "cached_type",
				    entry[d->at] >> SBD_SNAP_OFFSET_BITS, f->mt))
			return true;
		f = f->next == SBD_NIL ? NULL : z->frames + f->next;
	}
	return false;
}

static bool free_lists_differ(const struct sbd_zone *z, const struct sbd_snap *s,
			      const struct sbd_snap_zone *sz, struct sbd_diff *d)
{
	int o, mt;

	for (o = 0; o < SBD_NR_ORDERS; o++) {
		for (mt = 0; mt < SBD_NR_TYPES; mt++) {
			d->order = o;
			d->list = mt;
			if (list_differs(z, &z->area[o].list[mt],
					 s->entries + sz->list[o][mt].first,
					 sz->list[o][mt].nr, false, "free_list", d))
				return true;
		}
		if (differ(d, "nr_free", sz->nr_free[o], z->area[o].nr_free))
			return true;
	}
	d->order = -1;
	d->list = -1;
	return false;
}

static bool pcp_differs(struct sbd_zone *z, const struct sbd_snap *s,
			const struct sbd_snap_pcp *sp, int cpu, struct sbd_diff *d)
{
	const struct sbd_pcp *pcp = sbd_pcp(z, cpu);
	bool types = s->topo.caches_type && !z->prof->type_hygiene;

	for (d->list = 0; d->list < SBD_NR_PCP_LISTS; d->list++)
		if (list_differs(z, &pcp->lists[d->list],
				 s->entries + sp->list[d->list].first,
				 sp->list[d->list].nr, types, "pcp_list", d))
			return true;
	d->list = -1;
	return differ(d, "pcp_count", sp->s.count, pcp->count) ||
	       differ(d, "pcp_high", sp->s.high, pcp->high) ||
	       differ(d, "pcp_high_min", sp->s.high_min, pcp->high_min) ||
	       differ(d, "pcp_high_max", sp->s.high_max, pcp->high_max) ||
	       differ(d, "pcp_batch", sp->s.batch, pcp->batch) ||
	       differ(d, "pcp_free_count", sp->s.free_count, pcp->free_count) ||
	       differ(d, "pcp_free_factor", sp->s.free_factor, pcp->free_factor) ||
	       differ(d, "pcp_alloc_factor", sp->s.alloc_factor, pcp->alloc_factor) ||
	       differ(d, "pcp_flags", sp->s.flags, pcp->flags) ||
	       differ(d, "pcp_expire", sp->s.expire, pcp->expire);
}

static bool cpus_differ(struct sbd_zone *z, const struct sbd_snap *s,
			const struct sbd_snap_zone *sz, struct sbd_diff *d)
{
	static const char * const names[SBD_NR_ZONE_STATS] = {
		[SBD_NR_FREE_PAGES] = "diff_free",
		[SBD_NR_FREE_CMA_PAGES] = "diff_free_cma",
	};
	const struct sbd_snap_pcp *sp;
	int i;

	for (d->cpu = 0; d->cpu < s->nr_cpus; d->cpu++) {
		sp = &sz->cpus[d->cpu];
		if (pcp_differs(z, s, sp, d->cpu, d) ||
		    differ(d, "stat_threshold", sp->threshold,
			   z->cpus[d->cpu].stat_threshold))
			return true;
		for (i = 0; i < SBD_NR_ZONE_STATS; i++)
			if (differ(d, names[i], sp->diff[i],
				   z->cpus[d->cpu].stat_diff[i]))
				return true;
	}
	d->cpu = -1;
	return false;
}

static bool blocks_differ(const struct sbd_zone *z,
			  const struct sbd_snap_zone *sz, struct sbd_diff *d)
{
	const u8 mask = SBD_BLOCK_TYPE_MASK | SBD_BLOCK_SKIP;

	for (d->at = 0; d->at < sz->nr_blocks; d->at++)
		if (sz->blocks[d->at] != SBD_SNAP_NO_BLOCK &&
		    differ(d, "pageblock", sz->blocks[d->at] & mask,
			   z->blocks[d->at] & mask))
			return true;
	return false;
}

static bool counters_differ(const struct sbd_zone *z,
			    const struct sbd_snap_zone *sz, struct sbd_diff *d)
{
	int i;

	for (i = 0; i < SBD_NR_WMARKS; i++)
		if (differ(d, "watermark", sz->wmark[i], z->wmark[i]))
			return true;
	return differ(d, "stat_free", sz->stat[SBD_NR_FREE_PAGES],
		      atomic_long_read(&z->stat[SBD_NR_FREE_PAGES])) ||
	       differ(d, "stat_free_cma",
		      sz->stat[SBD_NR_FREE_CMA_PAGES],
		      atomic_long_read(&z->stat[SBD_NR_FREE_CMA_PAGES])) ||
	       differ(d, "boost", sz->boost, z->boost) ||
	       differ(d, "zone_flags", sz->flags, z->flags) ||
	       differ(d, "nr_reserved_highatomic", sz->nr_reserved_highatomic,
		      z->nr_reserved_highatomic) ||
	       differ(d, "nr_free_highatomic", sz->nr_free_highatomic,
		      z->prof->type_hygiene ? z->nr_free_highatomic :
					      sz->nr_free_highatomic) ||
	       differ(d, "nr_isolate_pageblock", sz->nr_isolate, z->nr_isolate);
}

/**
 * sbd_clone_differs() - hold a clone against a later snapshot
 * @sys: the clone
 * @s:	 taken
 * @d:	 filled; the first difference if there is one
 *
 * Every list in its order, every pageblock, every per-CPU list with its scalers,
 * every counter and difference, marks, boost and flags.
 * Context: process.  Return: true if something is not alike.
 */
bool sbd_clone_differs(const struct sbd_system *sys, const struct sbd_snap *s,
		       struct sbd_diff *d)
{
	const struct sbd_snap_zone *sz;
	struct sbd_zone *z;
	int i;

	*d = (struct sbd_diff) { .cpu = -1, .order = -1, .list = -1 };
	sbd_for_each_zone(sys, i, z) {
		sz = &s->zones[i];
		d->zone = i;
		if (free_lists_differ(z, s, sz, d) || cpus_differ(z, s, sz, d) ||
		    blocks_differ(z, sz, d) || counters_differ(z, sz, d))
			return true;
	}
	return false;
}
