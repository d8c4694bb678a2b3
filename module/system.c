// SPDX-License-Identifier: GPL-2.0
/* Building, resetting and destroying a modelled machine. */
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/mmzone.h>
#include <linux/overflow.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>

#include "owner.h"
#include "pageblock.h"
#include "pcp.h"
#include "system.h"
#include "watermark.h"
#include "zone.h"
#include "zonelist.h"

/**
 * sbd_geometry_running() - the shape of the kernel that runs us
 * @geo: filled
 *
 * Context: any.
 */
void sbd_geometry_running(struct sbd_geometry *geo)
{
	*geo = (struct sbd_geometry) {
		.block_order = pageblock_order,
		.thp_pcp_lists = IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE) ? 2 : 0,
		.cma = IS_ENABLED(CONFIG_CMA),
		.isolation = IS_ENABLED(CONFIG_MEMORY_ISOLATION),
		.thp = IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE),
		.smp = IS_ENABLED(CONFIG_SMP),
		.zones = BIT(SBD_ZONE_NORMAL) | BIT(SBD_ZONE_MOVABLE),
	};
	if (IS_ENABLED(CONFIG_ZONE_DMA))
		geo->zones |= BIT(SBD_ZONE_DMA);
	if (IS_ENABLED(CONFIG_ZONE_DMA32))
		geo->zones |= BIT(SBD_ZONE_DMA32);
	if (IS_ENABLED(CONFIG_ZONE_DEVICE))
		geo->zones |= BIT(SBD_ZONE_DEVICE);
}

/**
 * sbd_tunables_default() - what a kernel boots with
 * @tun: filled
 *
 * Context: any.
 */
void sbd_tunables_default(struct sbd_tunables *tun)
{
	*tun = (struct sbd_tunables) {
		.min_free_kbytes = 1024,
		.user_min_free_kbytes = -1,
		.watermark_scale_factor = 10,
		.watermark_boost_factor = 15000,
		.stat_interval = 1,
		.lowmem_reserve_ratio = {
			[SBD_ZONE_DMA] = 256,
			[SBD_ZONE_DMA32] = 256,
			[SBD_ZONE_NORMAL] = 32,
		},
	};
}

static void vm_tunables_default(struct sbd_vm_tunables *vm)
{
	*vm = (struct sbd_vm_tunables) {
		.swappiness = 60,
		.dirty_ratio = 20,
		.dirty_background_ratio = 10,
		.min_unmapped_ratio = 1,
		.min_slab_ratio = 5,
		.compaction_proactiveness = 20,
		.extfrag_threshold = 500,
		.writeback_ms = 5,
	};
}

/* Memory that is counted in the system's metadata. */
static void *meta_alloc(struct sbd_system *sys, size_t n, size_t size)
{
	/* kvcalloc() complains of what is larger. */
	void *p = array_size(n, size) > INT_MAX ? vcalloc(n, size) :
						  kvcalloc(n, size, GFP_KERNEL);

	if (p)
		sys->meta_bytes += n * size;
	return p;
}

static u16 pcp_orders(const struct sbd_geometry *geo)
{
	u16 mask = (1U << (SBD_COSTLY_ORDER + 1)) - 1;

	return geo->thp_pcp_lists ? mask | 1U << geo->block_order : mask;
}

static void zone_fill(struct sbd_zone *z, struct sbd_system *sys,
		      const struct sbd_zone_plan *p)
{
	unsigned int order = sys->geo.block_order;

	spin_lock_init(&z->lock);
	z->sys = sys;
	z->prof = sys->prof;
	z->idx = p->type;
	z->nid = p->nid;
	z->has_cma = p->cma_pages > 0;
	z->block_order = order;
	z->pcp_orders = pcp_orders(&sys->geo);
	z->start_pfn = p->start_pfn;
	z->spanned = p->pages;
	z->present = p->pages - p->hole_pages;
	z->managed = z->present;
	z->cma_pages = p->cma_pages;
	z->first_block = p->start_pfn >> order;
	z->nr_blocks = ((p->start_pfn + p->pages - 1) >> order) -
		       z->first_block + 1;
}

static void zone_destroy(struct sbd_zone *z)
{
	if (!z)
		return;
	kvfree(z->cpus);
	kvfree(z->blocks);
	kvfree(z->frames);
	kvfree(z);
}

static struct sbd_zone *zone_create(struct sbd_system *sys,
				    const struct sbd_zone_plan *p)
{
	struct sbd_zone *z = meta_alloc(sys, 1, sizeof(*z));

	if (!z)
		return NULL;
	zone_fill(z, sys, p);
	z->frames = meta_alloc(sys, z->spanned, sizeof(*z->frames));
	z->blocks = meta_alloc(sys, z->nr_blocks, sizeof(*z->blocks));
	z->cpus = meta_alloc(sys, sys->nr_cpus, sizeof(*z->cpus));
	if (!z->frames || !z->blocks || !z->cpus) {
		zone_destroy(z);
		return NULL;
	}
	return z;
}

static unsigned long first_cell(const struct sbd_zone_plan *p)
{
	return p->start_pfn >> SBD_MAX_ORDER;
}

static unsigned long last_cell(const struct sbd_zone_plan *p)
{
	return (p->start_pfn + p->pages - 1) >> SBD_MAX_ORDER;
}

/* A hole is of whole cells, and inside; with CMA pageblocks only behind it. */
static bool hole_ok(const struct sbd_zone_plan *p)
{
	unsigned long end = p->start_pfn + p->pages;

	if (!p->hole_pages)
		return true;
	return IS_ALIGNED(p->hole_pfn | p->hole_pages, SBD_CELL_PAGES) &&
	       p->hole_pages < p->pages && p->hole_pfn > p->start_pfn &&
	       p->hole_pfn < end && p->hole_pages < end - p->hole_pfn &&
	       p->cma_pages <= end - p->hole_pfn - p->hole_pages;
}

/* One zone of a plan can be built. */
static bool zone_plan_ok(const struct sbd_plan *plan,
			 const struct sbd_zone_plan *p)
{
	unsigned long block = 1UL << plan->geo.block_order;

	return p->pages && p->nid >= 0 && p->nid < SBD_MAX_NODES &&
	       p->type < SBD_ZONE_DEVICE && p->pages < SBD_NIL &&
	       p->cma_pages <= p->pages && hole_ok(p) &&
	       (!p->cma_pages ||
		(plan->geo.cma && IS_ALIGNED(p->cma_pages, block) &&
		 IS_ALIGNED(p->start_pfn + p->pages, block)));
}

/* How many nodes a plan has, by the highest number. */
static int plan_nodes(const struct sbd_plan *plan)
{
	int i, n = max(plan->nr_nodes, 1);

	for (i = 0; i < plan->nr_zones; i++)
		n = max(n, plan->zones[i].nid + 1);
	return n;
}

static bool has_distances(const struct sbd_plan *plan)
{
	return memchr_inv(plan->distance, 0, sizeof(plan->distance));
}

/* Distances as slit_valid() wants them; CPUs on nodes that there are. */
static bool nodes_ok(const struct sbd_plan *plan)
{
	int n = plan_nodes(plan), i, j;

	if (n > SBD_MAX_NODES)
		return false;
	for (i = 0; plan->cpu_node && i < plan->nr_cpus; i++)
		if (plan->cpu_node[i] >= n)
			return false;
	for (i = 0; has_distances(plan) && i < n; i++)
		for (j = 0; j < n; j++)
			if (i == j ? plan->distance[i][j] != LOCAL_DISTANCE :
				     plan->distance[i][j] <= LOCAL_DISTANCE)
				return false;
	return true;
}

static bool plan_ok(const struct sbd_plan *plan)
{
	const struct sbd_zone_plan *a, *b;
	int i, j;

	if (plan->nr_zones < 1 || plan->nr_zones > SBD_PLAN_ZONES ||
	    plan->nr_cpus < 1 || plan->nr_online < 1 ||
	    plan->geo.block_order > SBD_MAX_ORDER)
		return false;
	for (i = 0; i < plan->nr_zones; i++) {
		a = &plan->zones[i];
		if (!zone_plan_ok(plan, a))
			return false;
		for (j = 0; j < i; j++) {
			b = &plan->zones[j];
			if (!plan->bare && first_cell(a) <= last_cell(b) &&
			    first_cell(b) <= last_cell(a))
				return false;
			if (a->nid == b->nid && a->type == b->type)
				return false;
		}
	}
	return nodes_ok(plan);
}

/* Whether a cell is in a zone's hole. */
static bool in_hole(const struct sbd_zone_plan *p, unsigned long cell)
{
	return (cell << SBD_MAX_ORDER) - p->hole_pfn < p->hole_pages;
}

static const struct sbd_zone_plan *plan_of(const struct sbd_plan *plan,
					   const struct sbd_zone *z)
{
	const struct sbd_zone_plan *p = plan->zones;

	while (p->nid != z->nid || p->type != z->idx)
		p++;
	return p;
}

/* Which zone each cell of frames belongs to. */
static int cells_create(struct sbd_system *sys, const struct sbd_plan *plan)
{
	const struct sbd_zone_plan *p;
	unsigned long lo = ~0UL, hi = 0, c;
	int i;

	for (i = 0; i < plan->nr_zones; i++) {
		lo = min(lo, first_cell(&plan->zones[i]));
		hi = max(hi, last_cell(&plan->zones[i]));
	}
	sys->start_pfn = lo << SBD_MAX_ORDER;
	sys->nr_cells = hi - lo + 1;
	sys->cell = meta_alloc(sys, sys->nr_cells, sizeof(*sys->cell));
	if (!sys->cell)
		return -ENOMEM;
	memset(sys->cell, 0xff, sys->nr_cells);
	for (i = 0; i < sys->nr_zones; i++) {
		p = plan_of(plan, sys->zone[i]);
		for (c = first_cell(p); c <= last_cell(p); c++)
			if (!in_hole(p, c))
				sys->cell[c - lo] = i;
	}
	return 0;
}

/* Create the zones by node, then by type. */
static int zones_create(struct sbd_system *sys, const struct sbd_plan *plan)
{
	const struct sbd_zone_plan *p;
	int nid, type, i;

	for (nid = 0; nid < SBD_MAX_NODES; nid++) {
		for (type = 0; type < SBD_NR_ZONES; type++) {
			for (i = 0; i < plan->nr_zones; i++) {
				p = &plan->zones[i];
				if (p->nid != nid || p->type != type)
					continue;
				sys->zone[sys->nr_zones] = zone_create(sys, p);
				if (!sys->zone[sys->nr_zones])
					return -ENOMEM;
				sys->nodes[nid].zones[type] =
					sys->zone[sys->nr_zones++];
			}
		}
	}
	return 0;
}

static void cpus_fill(struct sbd_system *sys, const struct sbd_plan *plan)
{
	int cpu;

	if (plan->cpu_node)
		memcpy(sys->cpu_node, plan->cpu_node, sys->nr_cpus);
	for (cpu = 0; cpu < sys->nr_cpus && cpu < sys->nr_online; cpu++)
		sys->nodes[sys->cpu_node[cpu]].cpus++;
	/* a test's machine may count more than it has */
	if (!plan->cpu_node)
		sys->nodes[0].cpus = sys->nr_online;
}

static void nodes_fill(struct sbd_system *sys, const struct sbd_plan *plan)
{
	bool given = has_distances(plan);
	int nid, to;

	sys->nr_nodes = plan_nodes(plan);
	for (nid = 0; nid < sys->nr_nodes; nid++) {
		sys->nodes[nid].nid = nid;
		for (to = 0; to < sys->nr_nodes; to++)
			sys->nodes[nid].distance[to] =
				given ? plan->distance[nid][to] :
				nid == to ? LOCAL_DISTANCE : REMOTE_DISTANCE;
	}
	cpus_fill(sys, plan);
	sys->several_nodes = sys->nr_nodes > 1;
	sbd_zonelist_build(sys);
}

/* Free a range in the largest aligned blocks, ascending, at the tail. */
static void seed_range(struct sbd_zone *z, unsigned long pfn, unsigned long end,
		       unsigned int most, unsigned int fpi)
{
	unsigned int order;

	for (; pfn < end; pfn += 1UL << order) {
		order = pfn ? min_t(unsigned int, most, __ffs(pfn)) : most;
		while (pfn + (1UL << order) > end)
			order--;
		sbd_free_block(z, 0, pfn, order, sbd_block_type(z, pfn), fpi);
	}
}

/* The same, cell by cell, of what is no hole. */
static void seed_cells(struct sbd_zone *z, unsigned long pfn, unsigned long end)
{
	unsigned long stop;

	for (; pfn < end; pfn = stop) {
		stop = min(round_down(pfn, SBD_CELL_PAGES) + SBD_CELL_PAGES, end);
		if (sbd_zone_of(z->sys, pfn) == z)
			seed_range(z, pfn, stop, SBD_MAX_ORDER, SBD_FPI_TO_TAIL);
	}
}

/* All frames free, pageblocks MOVABLE but for the CMA ones. */
static void zone_seed(struct sbd_zone *z)
{
	unsigned long end = z->start_pfn + z->spanned;
	unsigned long cma = end - z->cma_pages, i, flags;

	for (i = 0; i < z->nr_blocks; i++)
		z->blocks[i] = SBD_MOVABLE;
	flags = sbd_zone_lock(z);
	for (i = cma; i < end; i += sbd_block_pages(z))
		sbd_block_set_type(z, i, SBD_CMA);
	seed_cells(z, z->start_pfn, cma);
	/* CMA areas are freed by the pageblock, as init_cma_reserved_pageblock() */
	seed_range(z, cma, end, z->block_order, SBD_FPI_NONE);
	sbd_zone_unlock(z, flags);
}

/*
 * An empty zone, its per-CPU lists as at boot.  Who only reads, under the lock,
 * finds whole lists or none.
 */
static void zone_clear(struct sbd_zone *z)
{
	unsigned long flags = sbd_zone_lock(z);
	int cpu;

	sbd_zone_empty(z);
	sbd_zone_unlock(z, flags);
	memset(z->frames, 0, z->spanned * sizeof(*z->frames));
	for (cpu = 0; cpu < z->sys->nr_cpus; cpu++) {
		sbd_pcp_init(&z->cpus[cpu].pcp);
		memset(z->cpus[cpu].stat_diff, 0, sizeof(z->cpus[cpu].stat_diff));
		z->cpus[cpu].stat_threshold = 0;
	}
	z->pageset_batch = 0;
}

/**
 * sbd_system_clear() - take all memory away, forget all counts
 * @sys: the system; nobody may be using it
 *
 * As a bare system is made.  Context: process.
 */
void sbd_system_clear(struct sbd_system *sys)
{
	struct sbd_zone *z;
	int i, order;

	for (order = 0; order < SBD_NR_ORDERS; order++)
		atomic64_set(&sys->fail[order], 0);
	for (i = 0; i < SBD_NR_VM_EVENTS; i++)
		atomic64_set(&sys->vm_event[i], 0);
	for (i = 0; i < SBD_NR_ZONES; i++)
		atomic64_set(&sys->allocstall[i], 0);
	atomic64_set(&sys->kswapd_wakes, 0);
	sbd_for_each_zone(sys, i, z)
		zone_clear(z);
}

/* What the kernel sets up after its free lists are full. */
static void setup_sizes(struct sbd_system *sys)
{
	sbd_setup_wmarks(sys);
	sbd_refresh_thresholds(sys);
	sbd_setup_lowmem_reserve(sys);
}

/* The first setting of the marks; khugepaged then wants more. */
static void choose_sizes(struct sbd_system *sys)
{
	sys->tun.min_free_kbytes = sbd_min_free_kbytes(sys);
	setup_sizes(sys);
	if (!sys->geo.thp)
		return;
	sys->tun.min_free_kbytes = max(sys->tun.min_free_kbytes,
				       sbd_recommended_min_free_kbytes(sys));
	sbd_setup_wmarks(sys);
}

/**
 * sbd_system_reset() - back to the initial state, tunables kept
 * @sys: the system; nobody may be using it
 *
 * All allocated blocks are forgotten, and who owned them; all counters zero.
 * Context: process.
 */
void sbd_system_reset(struct sbd_system *sys)
{
	struct sbd_zone *z;
	int i;

	mutex_lock(&sys->tun_lock);
	sbd_owners_destroy(sys);
	sbd_system_clear(sys);
	sbd_for_each_zone(sys, i, z)
		zone_seed(z);
	setup_sizes(sys);
	mutex_unlock(&sys->tun_lock);
}

static struct sbd_profile *profile_copy(struct sbd_system *sys,
					const struct sbd_profile *from)
{
	struct sbd_profile *p = meta_alloc(sys, 1, sizeof(*p));

	if (p)
		*p = *from;
	return p;
}

/**
 * sbd_system_create() - build a machine, all its memory free
 * @plan: what it is to be
 *
 * Memory is taken for the descriptors only; page frames are never touched.  A
 * bare machine has no memory at all yet.
 * Context: process, may sleep.
 * Return: the system; ERR_PTR(-EINVAL) if the plan makes no sense, -ENOMEM.
 */
struct sbd_system *sbd_system_create(const struct sbd_plan *plan)
{
	struct sbd_system *sys;
	struct sbd_zone *z;
	int i;

	if (!plan_ok(plan))
		return ERR_PTR(-EINVAL);
	sys = kvzalloc(sizeof(*sys), GFP_KERNEL);
	if (!sys)
		return ERR_PTR(-ENOMEM);
	mutex_init(&sys->tun_lock);
	init_rwsem(&sys->own_sem);
	sys->meta_bytes = sizeof(*sys);
	sys->id = plan->id;
	sys->geo = plan->geo;
	sys->hooks.clock = local_clock;
	sys->nr_cpus = plan->nr_cpus;
	sys->nr_online = plan->nr_online;
	sbd_tunables_default(&sys->tun);
	vm_tunables_default(&sys->vm);
	sys->prof = profile_copy(sys, &plan->prof);
	sys->cpu_node = meta_alloc(sys, sys->nr_cpus, sizeof(*sys->cpu_node));
	if (!sys->prof || !sys->cpu_node || zones_create(sys, plan) ||
	    cells_create(sys, plan)) {
		sbd_system_destroy(sys);
		return ERR_PTR(-ENOMEM);
	}
	nodes_fill(sys, plan);
	sbd_system_clear(sys);
	if (plan->bare)
		return sys;
	sbd_setup_grouping(sys, sbd_lowmem_free(sys, SBD_ZONE_MOVABLE));
	sbd_for_each_zone(sys, i, z)
		zone_seed(z);
	choose_sizes(sys);
	return sys;
}

/**
 * sbd_system_destroy() - free a machine's descriptors
 * @sys: the system; nobody may be using it
 *
 * Context: process.
 */
void sbd_system_destroy(struct sbd_system *sys)
{
	int i;

	sbd_owners_destroy(sys);
	for (i = 0; i < sys->nr_zones; i++)
		zone_destroy(sys->zone[i]);
	kvfree(sys->cell);
	kvfree(sys->cpu_node);
	kvfree(sys->prof);
	mutex_destroy(&sys->tun_lock);
	kvfree(sys);
}

static int tunables_check(const struct sbd_tunables *t)
{
	int i;

	if (t->min_free_kbytes < 0 || t->watermark_boost_factor < 0 ||
	    t->stat_interval < 0)
		return -ERANGE;
	if (t->watermark_scale_factor < 1 || t->watermark_scale_factor > 3000)
		return -ERANGE;
	if (t->percpu_pagelist_high_fraction < 0 ||
	    (t->percpu_pagelist_high_fraction &&
	     t->percpu_pagelist_high_fraction < 8))
		return -ERANGE;
	for (i = 0; i < SBD_NR_ZONES; i++)
		if (t->lowmem_reserve_ratio[i] < 0)
			return -ERANGE;
	return 0;
}

/* Recompute what depends on what changed. */
static void tunables_apply(struct sbd_system *sys, const struct sbd_tunables *t)
{
	struct sbd_tunables old = sys->tun;

	sys->tun = *t;
	if (t->min_free_kbytes != old.min_free_kbytes)
		sys->tun.user_min_free_kbytes = t->min_free_kbytes;
	if (t->min_free_kbytes != old.min_free_kbytes ||
	    t->watermark_scale_factor != old.watermark_scale_factor)
		sbd_setup_wmarks(sys);
	if (t->percpu_pagelist_high_fraction != old.percpu_pagelist_high_fraction)
		sbd_setup_pagesets(sys);
	if (memcmp(t->lowmem_reserve_ratio, old.lowmem_reserve_ratio,
		   sizeof(old.lowmem_reserve_ratio)))
		sbd_setup_lowmem_reserve(sys);
}

/**
 * sbd_tune() - change tunables
 * @sys: the system; may be in use
 * @tun: all of them
 *
 * Marks, reserves and list sizes follow at once, as after a write to
 * /proc/sys/vm.  Context: process, may sleep.
 * Return: 0, -ERANGE and nothing changed if a value is out of range.
 */
int sbd_tune(struct sbd_system *sys, const struct sbd_tunables *tun)
{
	int err = tunables_check(tun);

	if (err)
		return err;
	mutex_lock(&sys->tun_lock);
	tunables_apply(sys, tun);
	mutex_unlock(&sys->tun_lock);
	return 0;
}

/* What follows from a write of one of them, also of the value that was there. */
static void follow(struct sbd_system *sys, size_t offset, int old, int v)
{
	switch (offset) {
	case offsetof(struct sbd_tunables, min_free_kbytes):
		sys->tun.user_min_free_kbytes = v;
		fallthrough;
	case offsetof(struct sbd_tunables, watermark_scale_factor):
		sbd_setup_wmarks(sys);
		break;
	case offsetof(struct sbd_tunables, percpu_pagelist_high_fraction):
		if (v != old)
			sbd_setup_pagesets(sys);
	}
}

/**
 * sbd_tune_one() - write one number, as to its file in /proc/sys/vm
 * @sys:    the system; may be in use
 * @offset: of an int in struct sbd_tunables, the ratios excepted
 * @v:	    what to write
 *
 * To write the value that is there counts as a write, too: marks are set anew,
 * which takes a boost back.
 * Context: process, may sleep.
 * Return: 0, -ERANGE and nothing changed if it is out of range.
 */
int sbd_tune_one(struct sbd_system *sys, size_t offset, int v)
{
	struct sbd_tunables tun;
	int *field = (void *)&tun + offset;
	int old, err;

	mutex_lock(&sys->tun_lock);
	tun = sys->tun;
	old = *field;
	*field = v;
	err = tunables_check(&tun);
	if (!err) {
		sys->tun = tun;
		follow(sys, offset, old, v);
	}
	mutex_unlock(&sys->tun_lock);
	return err;
}

/**
 * sbd_tune_ratios() - write some of lowmem_reserve_ratio
 * @sys:   the system; may be in use
 * @ratio: by zone type
 * @types: mask of the types to change
 *
 * Context: process, may sleep.
 * Return: 0, -ERANGE and nothing changed if one is negative.
 */
int sbd_tune_ratios(struct sbd_system *sys, const int *ratio,
		    unsigned int types)
{
	struct sbd_tunables tun;
	int i, err;

	mutex_lock(&sys->tun_lock);
	tun = sys->tun;
	for (i = 0; i < SBD_NR_ZONES; i++)
		if (types & BIT(i))
			tun.lowmem_reserve_ratio[i] = ratio[i];
	err = tunables_check(&tun);
	if (!err) {
		sys->tun = tun;
		sbd_setup_lowmem_reserve(sys);
	}
	mutex_unlock(&sys->tun_lock);
	return err;
}
