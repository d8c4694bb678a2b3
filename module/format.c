// SPDX-License-Identifier: GPL-2.0
/*
 * A system's state in the layouts of the kernel's own files, so that one
 * parser reads both.  What is copied is copied under the lock that protects it
 * and printed outside.
 *
 * The layouts: mm/vmstat.c of 6.1 and 6.12; counters are in vmstat.c.
 */
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "format.h"
#include "pageblock.h"
#include "pcp.h"
#include "profile.h"
#include "zone.h"

#define MOST_COUNTED	100000	/* blocks of one list that pagetypeinfo counts */
#define COUNT_AT_ONCE	16UL	/* pageblocks of the map under one lock */

/* ---- sums ---------------------------------------------------------------- */

static void add_count(struct sbd_totals *t, int zone_type,
		      const struct sbd_count *c)
{
	int o;

	for (o = 0; o < SBD_NR_ORDERS; o++) {
		t->alloc[o] += c->alloc[o];
		t->free[o] += c->free[o];
		t->pgalloc[zone_type] += c->alloc[o] << o;
		t->pgfree += c->free[o] << o;
	}
}

static void add_pcp(struct sbd_totals *t, struct sbd_zone *z, int cpu)
{
	const struct sbd_pcp *pcp = sbd_pcp(z, cpu);
	int o;

	add_count(t, z->idx, &pcp->served);
	for (o = 0; o < SBD_NR_ORDERS; o++)
		t->pcp_hits += pcp->served.alloc[o];
	t->refills += pcp->refills;
	t->refilled += pcp->refilled;
	t->drains += pcp->drains;
	t->drained += pcp->drained;
}

static void add_lock(struct sbd_lock_stat *sum, const struct sbd_lock_stat *s)
{
	sum->taken += s->taken;
	sum->contended += s->contended;
	sum->wait_ns += s->wait_ns;
	sum->hold_ns += s->hold_ns;
	sum->wait_max = max(sum->wait_max, s->wait_max);
	sum->hold_max = max(sum->hold_max, s->hold_max);
}

/**
 * sbd_totals() - what a system has done, summed
 * @sys: the system; while it is in use the sums are of no one instant
 * @t:	 filled
 *
 * Context: any.
 */
void sbd_totals(const struct sbd_system *sys, struct sbd_totals *t)
{
	struct sbd_zone *z;
	int i, cpu, e;

	memset(t, 0, sizeof(*t));
	sbd_for_each_zone(sys, i, z) {
		add_count(t, z->idx, &z->served);
		for (cpu = 0; cpu < sys->nr_cpus; cpu++)
			add_pcp(t, z, cpu);
		for (e = 0; e < SBD_NR_EVENTS; e++)
			t->event[e] += z->event[e];
		t->miss += atomic64_read(&z->numa_miss);
		t->foreign += atomic64_read(&z->numa_foreign);
		t->other += atomic64_read(&z->numa_other);
		t->interleave += atomic64_read(&z->interleave_hit);
		add_lock(&t->lock, &z->lock_stat);
	}
}

/**
 * sbd_nr_free() - free blocks by order, of all zones
 * @sys:     the system
 * @nr_free: SBD_NR_ORDERS entries, set
 *
 * Context: any.
 */
void sbd_nr_free(const struct sbd_system *sys, unsigned long *nr_free)
{
	struct sbd_zone *z;
	int i, o;

	memset(nr_free, 0, SBD_NR_ORDERS * sizeof(*nr_free));
	sbd_for_each_zone(sys, i, z)
		for (o = 0; o < SBD_NR_ORDERS; o++)
			nr_free[o] += READ_ONCE(z->area[o].nr_free);
}

/* ---- a line a zone ------------------------------------------------------- */

/**
 * sbd_format_buddyinfo() - /proc/buddyinfo
 * @t:	 where to
 * @sys: the system
 */
void sbd_format_buddyinfo(struct sbd_text *t, struct sbd_system *sys)
{
	unsigned long nr_free[SBD_NR_ORDERS];
	struct sbd_zone *z;
	int i, o;

	sbd_for_each_zone(sys, i, z) {
		sbd_zone_nr_free(z, nr_free);
		sbd_text_printf(t, "Node %d, zone %8s ", z->nid,
				sbd_zone_names[z->idx]);
		for (o = 0; o < SBD_NR_ORDERS; o++)
			sbd_text_printf(t, "%6lu ", nr_free[o]);
		sbd_text_printf(t, "\n");
	}
}

static void index_lines(struct sbd_text *t, struct sbd_system *sys,
			int (*index)(const unsigned long *, unsigned int),
			const char *fmt)
{
	unsigned long nr_free[SBD_NR_ORDERS];
	struct sbd_zone *z;
	int i, o, v;

	sbd_for_each_zone(sys, i, z) {
		sbd_zone_nr_free(z, nr_free);
		sbd_text_printf(t, "Node %d, zone %8s ", z->nid,
				sbd_zone_names[z->idx]);
		for (o = 0; o < SBD_NR_ORDERS; o++) {
			v = index(nr_free, o);
			if (fmt)
				sbd_text_printf(t, "%2d.%03d ", v / 1000, v % 1000);
			else
				sbd_text_printf(t, "%d.%03d ", v / 1000, v % 1000);
		}
		sbd_text_printf(t, "\n");
	}
}

/**
 * sbd_format_extfrag() - extfrag/extfrag_index
 * @t:	 where to
 * @sys: the system
 */
void sbd_format_extfrag(struct sbd_text *t, struct sbd_system *sys)
{
	index_lines(t, sys, sbd_fragindex, "wide");
}

/**
 * sbd_format_unusable() - extfrag/unusable_index
 * @t:	 where to
 * @sys: the system
 */
void sbd_format_unusable(struct sbd_text *t, struct sbd_system *sys)
{
	index_lines(t, sys, sbd_unusable_index, NULL);
}

/* ---- pagetypeinfo and the map -------------------------------------------- */

/* The type is one that the modelled kernel knows. */
static bool type_exists(const struct sbd_system *sys, int mt)
{
	return (mt != SBD_CMA || sys->geo.cma) &&
	       (mt != SBD_ISOLATE || sys->geo.isolation);
}

/* Blocks of one list, up to a limit, so that the lock is not held for long. */
static unsigned long count_list(struct sbd_zone *z, const struct sbd_list *l)
{
	unsigned long n = 0, flags;
	u32 i;

	flags = sbd_zone_lock(z);
	for (i = l->head; i != SBD_NIL && n < MOST_COUNTED; i = z->frames[i].next)
		n++;
	sbd_zone_unlock(z, flags);
	cond_resched();
	return n;
}

static void zone_lists(struct sbd_text *t, struct sbd_zone *z)
{
	unsigned long n;
	int mt, o;

	for (mt = 0; mt < SBD_NR_TYPES; mt++) {
		if (!type_exists(z->sys, mt))
			continue;
		sbd_text_printf(t, "Node %4d, zone %8s, type %12s ", z->nid,
				sbd_zone_names[z->idx], sbd_type_names[mt]);
		for (o = 0; o < SBD_NR_ORDERS; o++) {
			n = count_list(z, &z->area[o].list[mt]);
			sbd_text_printf(t, "%s%6lu ",
					n >= MOST_COUNTED ? ">" : "", n);
		}
		sbd_text_printf(t, "\n");
	}
}

static void zone_blocks(struct sbd_text *t, struct sbd_zone *z)
{
	unsigned long count[SBD_NR_TYPES], flags;
	int mt;

	flags = sbd_zone_lock(z);
	sbd_block_count(z, count);
	sbd_zone_unlock(z, flags);
	sbd_text_printf(t, "Node %d, zone %8s ", z->nid, sbd_zone_names[z->idx]);
	for (mt = 0; mt < SBD_NR_TYPES; mt++)
		if (type_exists(z->sys, mt))
			sbd_text_printf(t, "%12lu ", count[mt]);
	sbd_text_printf(t, "\n");
}

static void node_pagetypeinfo(struct sbd_text *t, struct sbd_system *sys,
			      int nid)
{
	struct sbd_zone *z;
	int i, o, mt;

	sbd_text_printf(t, "Page block order: %u\nPages per block:  %lu\n\n",
			sys->geo.block_order, 1UL << sys->geo.block_order);
	sbd_text_printf(t, "%-43s ", "Free pages count per migrate type at order");
	for (o = 0; o < SBD_NR_ORDERS; o++)
		sbd_text_printf(t, "%6d ", o);
	sbd_text_printf(t, "\n");
	sbd_for_each_zone(sys, i, z)
		if (z->nid == nid)
			zone_lists(t, z);
	sbd_text_printf(t, "\n%-23s", "Number of blocks type ");
	for (mt = 0; mt < SBD_NR_TYPES; mt++)
		if (type_exists(sys, mt))
			sbd_text_printf(t, "%12s ", sbd_type_names[mt]);
	sbd_text_printf(t, "\n");
	sbd_for_each_zone(sys, i, z)
		if (z->nid == nid)
			zone_blocks(t, z);
}

/**
 * sbd_format_pagetypeinfo() - /proc/pagetypeinfo
 * @t:	 where to
 * @sys: the system
 *
 * Context: process; takes each zone's lock for one list at a time.
 */
void sbd_format_pagetypeinfo(struct sbd_text *t, struct sbd_system *sys)
{
	int nid;

	for (nid = 0; nid < sys->nr_nodes; nid++)
		node_pagetypeinfo(t, sys, nid);
}

/* U M R H C I, in lower case where the whole pageblock is free; a hole is ".". */
static char block_letter(const struct sbd_zone *z, unsigned long pfn)
{
	static const char letters[SBD_NR_TYPES] = {
		[SBD_UNMOVABLE] = 'U',
		[SBD_MOVABLE] = 'M',
		[SBD_RECLAIMABLE] = 'R',
		[SBD_HIGHATOMIC] = 'H',
		[SBD_CMA] = 'C',
		[SBD_ISOLATE] = 'I',
	};
	const struct sbd_frame *f = sbd_free_block_of(z, pfn);
	char c = letters[sbd_block_type(z, pfn)];

	if (sbd_zone_of(z->sys, pfn) != z)
		return '.';
	return f && f->order >= z->block_order ? c | 0x20 : c;
}

/**
 * sbd_format_pageblocks() - the map: a line a zone, a letter a pageblock
 * @t:	 where to
 * @sys: the system
 *
 * Context: process; takes each zone's lock for 64 pageblocks at a time.
 */
void sbd_format_pageblocks(struct sbd_text *t, struct sbd_system *sys)
{
	unsigned long b, flags, pfn;
	char line[65];
	struct sbd_zone *z;
	int i, n;

	sbd_for_each_zone(sys, i, z) {
		sbd_text_printf(t, "Node %d, zone %8s ", z->nid,
				sbd_zone_names[z->idx]);
		for (b = 0; b < z->nr_blocks; b += n) {
			flags = sbd_zone_lock(z);
			for (n = 0; n < 64 && b + n < z->nr_blocks; n++) {
				pfn = sbd_block_start(z, z->start_pfn) +
				      ((b + n) << z->block_order);
				line[n] = block_letter(z, max(pfn, z->start_pfn));
			}
			sbd_zone_unlock(z, flags);
			line[n] = '\0';
			sbd_text_printf(t, "%s", line);
		}
		sbd_text_printf(t, "\n");
	}
}

/* ---- the map with shades -------------------------------------------------- */

/**
 * sbd_map_add() - count a free block in the pageblocks that it lies in
 * @free:	 pages, by pageblock
 * @at:		 first page, from the first pageblock's beginning
 * @order:	 of the block
 * @block_order: of pageblocks
 * @nr_blocks:	 length of @free
 */
void sbd_map_add(u16 *free, unsigned long at, unsigned int order,
		 unsigned int block_order, unsigned long nr_blocks)
{
	unsigned long b = at >> block_order, n = 1UL << order;

	for (; n && b < nr_blocks; b++) {
		free[b] += min(n, 1UL << block_order);
		n -= min(n, 1UL << block_order);
	}
}

/**
 * sbd_map_print() - two lines of a zone: types, and how free, of each pageblock
 * @t:		 where to
 * @nid:	 node
 * @type:	 enum sbd_zone_type
 * @blocks:	 types by pageblock; 0xff is no memory and prints as "."
 * @free:	 free pages by pageblock
 * @nr_blocks:	 how many
 * @block_order: of them
 *
 * U M R H C I; 0 for nothing free to 9 for all of it.
 */
void sbd_map_print(struct sbd_text *t, int nid, int type, const u8 *blocks,
		   const u16 *free, unsigned long nr_blocks,
		   unsigned int block_order)
{
	static const char letters[SBD_BLOCK_TYPE_MASK + 1] = "UMRHCI..";
	unsigned long b;

	sbd_text_printf(t, "Node %d, zone %8s types ", nid, sbd_zone_names[type]);
	for (b = 0; b < nr_blocks; b++)
		sbd_text_printf(t, "%c", blocks[b] == 0xff ? '.' :
				letters[blocks[b] & SBD_BLOCK_TYPE_MASK]);
	sbd_text_printf(t, "\nNode %d, zone %8s free  ", nid, sbd_zone_names[type]);
	for (b = 0; b < nr_blocks; b++)
		sbd_text_printf(t, "%u", free[b] * 9U >> block_order);
	sbd_text_printf(t, "\n");
}

/* Free pages of a pageblock, or of what the zone has of it. */
static u16 free_in_block(const struct sbd_zone *z, unsigned long block)
{
	unsigned long start = (z->first_block + block) << z->block_order;
	unsigned long end = min(start + sbd_block_pages(z),
				z->start_pfn + z->spanned);
	unsigned long pfn = max(start, z->start_pfn), n;
	const struct sbd_frame *f = sbd_free_block_of(z, pfn);
	u16 free = 0;

	if (f && f->order >= z->block_order)
		return end - pfn;
	for (; pfn < end; pfn += n) {
		f = sbd_frame(z, pfn);
		n = 1;
		if (f->state != SBD_FRAME_BUDDY)
			continue;
		n <<= f->order;
		free += n;
	}
	return free;
}

/* A few pageblocks at a time, so that interrupts are not off for long. */
static void count_free(struct sbd_zone *z, u16 *free, u8 *blocks)
{
	unsigned long b = 0, end, flags;

	while (b < z->nr_blocks) {
		end = min(z->nr_blocks, b + COUNT_AT_ONCE);
		flags = sbd_zone_lock(z);
		for (; b < end; b++) {
			blocks[b] = sbd_block_is_hole(z, b) ? 0xff :
								z->blocks[b];
			free[b] = free_in_block(z, b);
		}
		sbd_zone_unlock(z, flags);
		cond_resched();
	}
}

static void map_zone(struct sbd_text *t, struct sbd_zone *z)
{
	u16 *free = kvcalloc(z->nr_blocks, sizeof(*free), GFP_KERNEL);
	u8 *blocks = kvcalloc(z->nr_blocks, sizeof(*blocks), GFP_KERNEL);

	if (free && blocks) {
		count_free(z, free, blocks);
		sbd_map_print(t, z->nid, z->idx, blocks, free, z->nr_blocks,
			      z->block_order);
	} else {
		t->error = -ENOMEM;
	}
	kvfree(blocks);
	kvfree(free);
}

/**
 * sbd_format_map() - types and free shares of all pageblocks
 * @t:	 where to
 * @sys: the system
 *
 * Context: process; takes each zone's lock for 16 pageblocks at a time.
 */
void sbd_format_map(struct sbd_text *t, struct sbd_system *sys)
{
	struct sbd_zone *z;
	int i;

	sbd_for_each_zone(sys, i, z)
		map_zone(t, z);
}

/* ---- nodes --------------------------------------------------------------- */

/**
 * sbd_format_zonelist() - the zones that a node's requests try, in their order
 * @t:	   where to
 * @node:  whose
 * @nodes: mask of the nodes that are to be shown
 *
 * To the end of the line: "Normal/0 DMA32/0 Normal/1".
 */
void sbd_format_zonelist(struct sbd_text *t, const struct sbd_node *node,
			 u8 nodes)
{
	int i;

	for (i = 0; i < node->nr_zonelist; i++)
		if (nodes & BIT(node->zonelist[i]->nid))
			sbd_text_printf(t, " %s/%d",
					sbd_zone_names[node->zonelist[i]->idx],
					node->zonelist[i]->nid);
	sbd_text_printf(t, "\n");
}

static void node_state_lines(struct sbd_text *t, const struct sbd_system *sys)
{
	static const char * const names[SBD_NR_NODE_STATES] = {
		[SBD_NODE_ONLINE] = "online",
		[SBD_NODE_CPU] = "has_cpu",
		[SBD_NODE_MEMORY] = "has_memory",
		[SBD_NODE_NORMAL_MEMORY] = "has_normal_memory",
	};
	unsigned long mask;
	int i;

	for (i = 0; i < SBD_NR_NODE_STATES; i++) {
		mask = sys->node_state[i];
		sbd_text_printf(t, "%s: %*pbl\n", names[i], SBD_MAX_NODES, &mask);
	}
}

static void node_distances(struct sbd_text *t, const struct sbd_system *sys)
{
	int nid, to;

	for (nid = 0; nid < sys->nr_nodes; nid++) {
		sbd_text_printf(t, "distance: node %d", nid);
		for (to = 0; to < sys->nr_nodes; to++)
			sbd_text_printf(t, " %u", sys->nodes[nid].distance[to]);
		sbd_text_printf(t, "\n");
	}
}

/**
 * sbd_format_nodes() - nodes: what they have, how far apart, in which order
 * @t:	 where to
 * @sys: the system
 *
 * The states by their names in /sys/devices/system/node.  Context: process.
 */
void sbd_format_nodes(struct sbd_text *t, struct sbd_system *sys)
{
	int nid;

	node_state_lines(t, sys);
	node_distances(t, sys);
	for (nid = 0; nid < sys->nr_nodes; nid++) {
		sbd_text_printf(t, "zonelist: node %d fallback:", nid);
		sbd_format_zonelist(t, &sys->nodes[nid], 0xff);
		sbd_text_printf(t, "zonelist: node %d thisnode:", nid);
		sbd_format_zonelist(t, &sys->nodes[nid], BIT(nid));
	}
}
