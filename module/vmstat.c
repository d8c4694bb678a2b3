// SPDX-License-Identifier: GPL-2.0
/*
 * A system's counters in the layouts of /proc/zoneinfo and /proc/vmstat.
 *
 * The layouts: mm/vmstat.c of 6.1 and 6.12, which are alike but for zoneinfo's
 * promo line and some names.
 */
#include <linux/kernel.h>

#include "format.h"
#include "lru.h"
#include "pcp.h"
#include "profile.h"
#include "watermark.h"
#include "zone.h"

/* ---- zoneinfo ------------------------------------------------------------ */

/*
 * A zone without pages has no counters, yet the kernel prints its marks; from
 * 6.12 MOVABLE's min is never below 32.
 */
static unsigned long absent_mark(const struct sbd_system *sys, int type)
{
	return sys->prof->movable_min_small && type == SBD_ZONE_MOVABLE ? 32 : 0;
}

static void absent_zoneinfo(struct sbd_text *t, const struct sbd_system *sys,
			    int nid, int type)
{
	unsigned long mark = absent_mark(sys, type);
	int i;

	sbd_text_printf(t, "Node %d, zone %8s", nid, sbd_zone_names[type]);
	sbd_text_printf(t, "\n  pages free     0\n        boost    0");
	sbd_text_printf(t, "\n        min      %lu\n        low      %lu\n        high     %lu",
			mark, mark, mark);
	if (sys->prof->zoneinfo_promo)
		sbd_text_printf(t, "\n        promo    %lu", mark);
	sbd_text_printf(t, "\n        spanned  0\n        present  0\n        managed  0\n        cma      0");
	sbd_text_printf(t, "\n        protection: (0");
	for (i = 1; i < SBD_NR_ZONES; i++)
		if (sys->geo.zones & BIT(i))
			sbd_text_printf(t, ", 0");
	sbd_text_printf(t, ")\n");
}

static void zone_marks(struct sbd_text *t, const struct sbd_zone *z)
{
	sbd_text_printf(t, "\n  pages free     %lu\n        boost    %lu",
			sbd_zone_stat(z, SBD_NR_FREE_PAGES), z->boost);
	sbd_text_printf(t, "\n        min      %lu\n        low      %lu\n        high     %lu",
			sbd_wmark_pages(z, SBD_WMARK_MIN),
			sbd_wmark_pages(z, SBD_WMARK_LOW),
			sbd_wmark_pages(z, SBD_WMARK_HIGH));
	if (z->prof->zoneinfo_promo)
		sbd_text_printf(t, "\n        promo    %lu",
				sbd_wmark_pages(z, SBD_WMARK_PROMO));
	sbd_text_printf(t, "\n        spanned  %lu\n        present  %lu\n        managed  %lu\n        cma      %lu",
			z->spanned, z->present, z->managed, z->cma_pages);
}

static void zone_protection(struct sbd_text *t, const struct sbd_zone *z)
{
	const char *sep = "(";
	int i;

	sbd_text_printf(t, "\n        protection: ");
	for (i = 0; i < SBD_NR_ZONES; i++) {
		if (!(z->sys->geo.zones & BIT(i)))
			continue;
		sbd_text_printf(t, "%s%ld", sep, z->lowmem_reserve[i]);
		sep = ", ";
	}
	sbd_text_printf(t, ")");
}

/* Names of lists as nodes have them; zones' begin with "nr_zone_". */
static const char * const lru_names[] = {
	[SBD_LRU_INACTIVE_ANON] = "inactive_anon",
	[SBD_LRU_ACTIVE_ANON] = "active_anon",
	[SBD_LRU_INACTIVE_FILE] = "inactive_file",
	[SBD_LRU_ACTIVE_FILE] = "active_file",
	[SBD_LRU_UNEVICTABLE] = "unevictable",
};

/* Pages that owners have on a node, by list, and what becomes of them. */
enum node_stat {
	NODE_SLAB = ARRAY_SIZE(lru_names),
	NODE_ISOLATED_ANON,
	NODE_ISOLATED_FILE,
	NODE_DIRTY,
	NODE_WRITEBACK,
	NR_NODE_STATS,
};

static const char * const node_stat_names[NR_NODE_STATS] = {
	"nr_inactive_anon", "nr_active_anon", "nr_inactive_file",
	"nr_active_file", "nr_unevictable",
	[NODE_SLAB] = "nr_slab_reclaimable",
	[NODE_ISOLATED_ANON] = "nr_isolated_anon",
	[NODE_ISOLATED_FILE] = "nr_isolated_file",
	[NODE_DIRTY] = "nr_dirty",
	[NODE_WRITEBACK] = "nr_writeback",
};

static unsigned long node_stat(const struct sbd_system *sys, int nid, int item)
{
	const struct sbd_lru_node *n;

	if (!sys->own)
		return 0;
	n = &sys->own->node[nid];
	switch (item) {
	case NODE_SLAB:
		return sbd_lru_pages(sys->own, nid, SBD_LRU_SLAB);
	case NODE_ISOLATED_ANON:
	case NODE_ISOLATED_FILE:
		return atomic_long_read(&n->isolated[item - NODE_ISOLATED_ANON]);
	case NODE_DIRTY:
		return atomic_long_read(&n->dirty);
	case NODE_WRITEBACK:
		return atomic_long_read(&n->writeback);
	}
	return sbd_lru_pages(sys->own, nid, item);
}

/* Under the first zone that the node has, as the kernel prints them. */
static void node_counters(struct sbd_text *t, const struct sbd_zone *z)
{
	int i;

	for (i = 0; i < z->idx; i++)
		if (z->sys->nodes[z->nid].zones[i])
			return;
	sbd_text_printf(t, "\n  per-node stats");
	for (i = 0; i < NR_NODE_STATS; i++)
		sbd_text_printf(t, "\n      %-12s %lu", node_stat_names[i],
				node_stat(z->sys, z->nid, i));
}

static void zone_lru_counters(struct sbd_text *t, const struct sbd_zone *z)
{
	const struct sbd_owners *own = z->sys->own;
	int i;

	for (i = 0; i < ARRAY_SIZE(lru_names); i++)
		sbd_text_printf(t, "\n      nr_zone_%s %lu", lru_names[i],
				own ? READ_ONCE(own->node[z->nid].zone[z->idx][i]) : 0);
}

static u64 zone_served(struct sbd_zone *z)
{
	u64 sum = 0;
	int cpu, o;

	for (o = 0; o < SBD_NR_ORDERS; o++) {
		sum += z->served.alloc[o];
		for (cpu = 0; cpu < z->sys->nr_cpus; cpu++)
			sum += sbd_pcp(z, cpu)->served.alloc[o];
	}
	return sum;
}

static void zone_counters(struct sbd_text *t, struct sbd_zone *z)
{
	u64 served = zone_served(z), miss = atomic64_read(&z->numa_miss);
	u64 other = atomic64_read(&z->numa_other);

	sbd_text_printf(t, "\n      %-12s %lu", "nr_free_pages",
			sbd_zone_stat(z, SBD_NR_FREE_PAGES));
	zone_lru_counters(t, z);
	sbd_text_printf(t, "\n      %-12s %lu", "nr_free_cma",
			sbd_zone_stat(z, SBD_NR_FREE_CMA_PAGES));
	sbd_text_printf(t, "\n      %-12s %llu", "numa_hit", served - miss);
	sbd_text_printf(t, "\n      %-12s %llu", "numa_miss", miss);
	sbd_text_printf(t, "\n      %-12s %lld", "numa_foreign",
			(s64)atomic64_read(&z->numa_foreign));
	sbd_text_printf(t, "\n      %-12s %lld", "numa_interleave",
			(s64)atomic64_read(&z->interleave_hit));
	sbd_text_printf(t, "\n      %-12s %llu", "numa_local", served - other);
	sbd_text_printf(t, "\n      %-12s %llu", "numa_other", other);
}

static void zone_pagesets(struct sbd_text *t, struct sbd_zone *z)
{
	const struct sbd_pcp *pcp;
	int cpu;

	sbd_text_printf(t, "\n  pagesets");
	for (cpu = 0; cpu < z->sys->nr_cpus; cpu++) {
		pcp = sbd_pcp(z, cpu);
		sbd_text_printf(t, "\n    cpu: %i\n              count: %i\n              high:  %i\n              batch: %i",
				cpu, pcp->count, pcp->high, pcp->batch);
		if (z->sys->geo.smp)
			sbd_text_printf(t, "\n  vm stats threshold: %d",
					z->cpus[cpu].stat_threshold);
	}
	sbd_text_printf(t, "\n  node_unreclaimable:  %u\n  start_pfn:           %lu\n",
			0, z->start_pfn);
}

/**
 * sbd_format_zoneinfo() - /proc/zoneinfo
 * @t:	 where to
 * @sys: the system
 *
 * Of the per-node statistics those that the model keeps.
 */
void sbd_format_zoneinfo(struct sbd_text *t, struct sbd_system *sys)
{
	struct sbd_zone *z;
	int nid, type;

	down_read(&sys->own_sem);
	for (nid = 0; nid < sys->nr_nodes; nid++) {
		for (type = 0; type < SBD_NR_ZONES; type++) {
			z = sys->nodes[nid].zones[type];
			if (!z) {
				if (sys->geo.zones & BIT(type))
					absent_zoneinfo(t, sys, nid, type);
				continue;
			}
			sbd_text_printf(t, "Node %d, zone %8s", nid,
					sbd_zone_names[type]);
			node_counters(t, z);
			zone_marks(t, z);
			zone_protection(t, z);
			zone_counters(t, z);
			zone_pagesets(t, z);
		}
	}
	up_read(&sys->own_sem);
}

/* ---- vmstat -------------------------------------------------------------- */

static const char * const event_names[SBD_NR_EVENTS] = {
	[SBD_EV_SPLIT] = "sbd_split",
	[SBD_EV_MERGE] = "sbd_merge",
	[SBD_EV_FALLBACK] = "sbd_fallback",
	[SBD_EV_CLAIM] = "sbd_claim",
	[SBD_EV_STEAL] = "sbd_steal",
	[SBD_EV_CLAIM_REFUSED] = "sbd_claim_refused",
	[SBD_EV_BOOST] = "sbd_boost",
	[SBD_EV_RESERVE] = "sbd_highatomic_reserve",
	[SBD_EV_UNRESERVE] = "sbd_highatomic_unreserve",
	[SBD_EV_HIGHATOMIC] = "sbd_highatomic_alloc",
	[SBD_EV_CMA] = "sbd_cma_alloc",
	[SBD_EV_DIRECT_ALLOC] = "sbd_direct_alloc",
	[SBD_EV_DIRECT_FREE] = "sbd_direct_free",
	[SBD_EV_CAPTURE] = "sbd_capture",
	[SBD_EV_CAPTURE_PAGES] = "sbd_capture_pages",
};

#define SBD_VM_EVENT_NAME(name)	#name,

const char * const sbd_vm_event_names[] = {
	SBD_VM_EVENTS(SBD_VM_EVENT_NAME)
};

static_assert(ARRAY_SIZE(sbd_vm_event_names) == SBD_NR_VM_EVENTS);

const char * const sbd_allocstall_names[SBD_NR_ZONES] = {
	[SBD_ZONE_DMA] = "allocstall_dma",
	[SBD_ZONE_DMA32] = "allocstall_dma32",
	[SBD_ZONE_NORMAL] = "allocstall_normal",
	[SBD_ZONE_MOVABLE] = "allocstall_movable",
	[SBD_ZONE_DEVICE] = "allocstall_device",
};

static const char * const pgalloc_names[SBD_NR_ZONES] = {
	[SBD_ZONE_DMA] = "pgalloc_dma",
	[SBD_ZONE_DMA32] = "pgalloc_dma32",
	[SBD_ZONE_NORMAL] = "pgalloc_normal",
	[SBD_ZONE_MOVABLE] = "pgalloc_movable",
	[SBD_ZONE_DEVICE] = "pgalloc_device",
};

static unsigned long stat_sum(const struct sbd_system *sys,
			      enum sbd_zone_stat item)
{
	unsigned long sum = 0;
	struct sbd_zone *z;
	int i;

	sbd_for_each_zone(sys, i, z)
		sum += sbd_zone_stat(z, item);
	return sum;
}

static void line(struct sbd_text *t, const char *name, u64 v)
{
	sbd_text_printf(t, "%s %llu\n", name, v);
}

static void numa_lines(struct sbd_text *t, const struct sbd_totals *s)
{
	u64 served = 0;
	int o;

	for (o = 0; o < SBD_NR_ORDERS; o++)
		served += s->alloc[o];
	line(t, "numa_hit", served - s->miss);
	line(t, "numa_miss", s->miss);
	line(t, "numa_foreign", s->foreign);
	line(t, "numa_interleave", s->interleave);
	line(t, "numa_local", served - s->other);
	line(t, "numa_other", s->other);
}

static void vm_line(struct sbd_text *t, const struct sbd_system *sys,
		    enum sbd_vm_event e)
{
	if (e == SBD_VM_zone_reclaim_success && !sys->prof->counts_node_reclaim)
		return;
	line(t, sbd_vm_event_names[e], atomic64_read(&sys->vm_event[e]));
}

static void vm_lines(struct sbd_text *t, const struct sbd_system *sys, int from,
		     int to)
{
	int e;

	for (e = from; e <= to; e++)
		vm_line(t, sys, e);
}

static void node_stat_lines(struct sbd_text *t, const struct sbd_system *sys)
{
	unsigned long sum;
	int i, nid;

	for (i = 0; i < NR_NODE_STATS; i++) {
		sum = 0;
		for (nid = 0; nid < sys->nr_nodes; nid++)
			sum += node_stat(sys, nid, i);
		line(t, node_stat_names[i], sum);
	}
}

/* The kernel has no counters of requests by order: these names are ours. */
static void order_lines(struct sbd_text *t, const struct sbd_system *sys,
			const struct sbd_totals *s)
{
	int o;

	for (o = 0; o < SBD_NR_ORDERS; o++)
		sbd_text_printf(t, "sbd_alloc_order%d %llu\n", o, s->alloc[o]);
	for (o = 0; o < SBD_NR_ORDERS; o++)
		sbd_text_printf(t, "sbd_free_order%d %llu\n", o, s->free[o]);
	for (o = 0; o < SBD_NR_ORDERS; o++)
		sbd_text_printf(t, "sbd_fail_order%d %lld\n", o,
				(s64)atomic64_read(&sys->fail[o]));
}

static void list_lines(struct sbd_text *t, const struct sbd_totals *s)
{
	line(t, "sbd_pcp_alloc", s->pcp_hits);
	line(t, "sbd_pcp_refill", s->refills);
	line(t, "sbd_pcp_refill_pages", s->refilled);
	line(t, "sbd_pcp_drain", s->drains);
	line(t, "sbd_pcp_drain_pages", s->drained);
	line(t, "sbd_zone_lock", s->lock.taken);
	line(t, "sbd_zone_lock_contended", s->lock.contended);
	line(t, "sbd_zone_lock_wait_ns", s->lock.wait_ns);
	line(t, "sbd_zone_lock_hold_ns", s->lock.hold_ns);
}

/**
 * sbd_format_vmstat() - /proc/vmstat
 * @t:	 where to
 * @sys: the system
 *
 * The kernel's names for what the kernel counts too; the rest begins with
 * "sbd_".
 */
void sbd_format_vmstat(struct sbd_text *t, struct sbd_system *sys)
{
	struct sbd_totals s;
	int i;

	sbd_totals(sys, &s);
	line(t, "nr_free_pages", stat_sum(sys, SBD_NR_FREE_PAGES));
	down_read(&sys->own_sem);
	node_stat_lines(t, sys);
	up_read(&sys->own_sem);
	line(t, "nr_free_cma", stat_sum(sys, SBD_NR_FREE_CMA_PAGES));
	numa_lines(t, &s);
	/* a node's in the kernel, or of block devices */
	vm_lines(t, sys, 0, SBD_VM_pswpout);
	for (i = 0; i < SBD_NR_ZONES; i++)
		if (sys->geo.zones & BIT(i))
			line(t, pgalloc_names[i], s.pgalloc[i]);
	for (i = 0; i < SBD_NR_ZONES; i++)
		if (sys->geo.zones & BIT(i))
			line(t, sbd_allocstall_names[i],
			     atomic64_read(&sys->allocstall[i]));
	line(t, "pgfree", s.pgfree);
	vm_lines(t, sys, SBD_VM_pswpout + 1, SBD_NR_VM_EVENTS - 1);
	for (i = 0; i < SBD_NR_EVENTS; i++)
		line(t, event_names[i], s.event[i]);
	line(t, "sbd_kswapd_wake", atomic64_read(&sys->kswapd_wakes));
	list_lines(t, &s);
	order_lines(t, sys, &s);
}
