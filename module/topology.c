// SPDX-License-Identifier: GPL-2.0
/* What of a host's shape does not follow from where its zones are. */
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "compat.h"
#include "system.h"
#include "topology.h"

/**
 * struct host - the zones that a topology speaks of
 * @zone: them
 * @nr:	  how many
 */
struct host {
	struct zone * const *zone;
	int nr;
};

static int index_of(const struct host *h, const struct zone *z)
{
	int i;

	for (i = 0; i < h->nr; i++)
		if (h->zone[i] == z)
			return i;
	return SBD_NO_ZONE;
}

/* ---- nodes and CPUs ------------------------------------------------------------- */

/* The host's own order of zones, as it stands. */
static void read_zonelist(struct sbd_topology_node *node, int nid,
			  const struct host *h)
{
	const struct zoneref *ref;
	int i;

	ref = NODE_DATA(nid)->node_zonelists[ZONELIST_FALLBACK]._zonerefs;
	for (; ref->zone && node->nr < SBD_MOST_ZONES; ref++) {
		i = index_of(h, ref->zone);
		if (i != SBD_NO_ZONE)
			node->zone[node->nr++] = i;
	}
}

static void read_nodes(struct sbd_topology *t, const struct host *h)
{
	int nid, cpu;

	for_each_online_node(nid)
		if (nid < SBD_MAX_NODES)
			read_zonelist(&t->node[nid], nid, h);
	for_each_possible_cpu(cpu) {
		nid = cpu_to_node(cpu);
		t->cpu_node[cpu] = nid >= 0 && nid < SBD_MAX_NODES ? nid : 0;
		if (cpu_online(cpu))
			t->node[t->cpu_node[cpu]].cpus++;
	}
	t->several_nodes = num_online_nodes() > 1;
}

/* ---- cells --------------------------------------------------------------------------- */

static unsigned long zone_end(const struct zone *z)
{
	return z->zone_start_pfn + z->spanned_pages;
}

static bool spans(const struct zone *z, unsigned long pfn)
{
	return pfn >= z->zone_start_pfn && pfn < zone_end(z);
}

/* Which of our zones a frame belongs to. */
static int owner_of_frame(const struct host *h, unsigned long pfn)
{
	struct page *page = pfn_to_online_page(pfn);
	int i = page ? index_of(h, page_zone(page)) : SBD_NO_ZONE;

	return i != SBD_NO_ZONE && spans(h->zone[i], pfn) ? i : SBD_NO_ZONE;
}

/*
 * Which zone has the frames of a cell that several zones span, as they do where
 * nodes take turns.  Return: its index or SBD_NO_ZONE; -1 if more than one has.
 */
static int owner_by_frames(const struct host *h, unsigned long pfn)
{
	unsigned long end = pfn + SBD_CELL_PAGES;
	int owner = SBD_NO_ZONE, i;

	for (; pfn < end; pfn++) {
		i = owner_of_frame(h, pfn);
		if (i == SBD_NO_ZONE || i == owner)
			continue;
		if (owner != SBD_NO_ZONE)
			return -1;
		owner = i;
	}
	cond_resched();
	return owner;
}

static int owner_of_cell(const struct host *h, unsigned long cell)
{
	unsigned long pfn = cell << SBD_MAX_ORDER;
	int i, owner = SBD_NO_ZONE, spanning = 0;

	for (i = 0; i < h->nr; i++) {
		if (h->zone[i]->zone_start_pfn >= pfn + SBD_CELL_PAGES ||
		    zone_end(h->zone[i]) <= pfn)
			continue;
		owner = i;
		spanning++;
	}
	return spanning > 1 ? owner_by_frames(h, pfn) : owner;
}

static int read_cells(struct sbd_topology *t, const struct host *h)
{
	unsigned long lo = ~0UL, hi = 0, c;
	int i, owner;

	for (i = 0; i < h->nr; i++) {
		lo = min(lo, h->zone[i]->zone_start_pfn >> SBD_MAX_ORDER);
		hi = max(hi, (zone_end(h->zone[i]) - 1) >> SBD_MAX_ORDER);
	}
	t->first_cell = lo;
	t->nr_cells = h->nr ? hi - lo + 1 : 0;
	t->cell = kvcalloc(t->nr_cells, sizeof(*t->cell), GFP_KERNEL);
	if (!t->cell)
		return -ENOMEM;
	for (c = 0; c < t->nr_cells; c++) {
		owner = owner_of_cell(h, lo + c);
		t->mixed |= owner < 0;
		t->cell[c] = owner;
	}
	return 0;
}

/**
 * sbd_topology_of_host() - the shape of the host that runs us
 * @t:	   filled
 * @zones: its populated zones, by node, then by type
 * @nr:	   how many there are
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM; sbd_topology_destroy() in any case.
 */
int sbd_topology_of_host(struct sbd_topology *t, struct zone * const *zones,
			 int nr)
{
	const struct host h = { .zone = zones, .nr = nr };
	int i;

	memset(t, 0, sizeof(*t));
	sbd_geometry_running(&t->geo);
	t->nr_cpus = nr_cpu_ids;
	t->nr_online = num_online_cpus();
	t->caches_type = SBD_LIVE_CACHES_TYPE;
	for (i = 0; i < SBD_NR_ZONES; i++)
		t->zone_idx[i] = sbd_live_zone_idx(i);
	t->cpu_node = kvcalloc(t->nr_cpus, sizeof(*t->cpu_node), GFP_KERNEL);
	if (!t->cpu_node)
		return -ENOMEM;
	read_nodes(t, &h);
	return read_cells(t, &h);
}

/**
 * sbd_topology_destroy() - give back what a topology has
 * @t: filled, or failed to be, or zero
 */
void sbd_topology_destroy(struct sbd_topology *t)
{
	kvfree(t->cpu_node);
	kvfree(t->cell);
	t->cpu_node = NULL;
	t->cell = NULL;
}
