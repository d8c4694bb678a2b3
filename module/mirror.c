// SPDX-License-Identifier: GPL-2.0
/*
 * A clone that is served the host's own requests, as they come.
 *
 * The clone decides by itself which frame a request gets.  What the host got tells
 * only which of the clone's frames to free, when the host frees its own.
 */
#include <linux/errno.h>
#include <linux/vmalloc.h>

#include "alloc.h"
#include "compat.h"
#include "mirror.h"
#include "pageblock.h"
#include "pcp.h"
#include "zone.h"

/* ---- making one -------------------------------------------------------------- */

/**
 * sbd_mirror_create() - an instance, without state
 * @m:	@name and @prof set, the rest filled
 * @s:	the host's zones
 * @id:	its number in tracepoints
 *
 * Context: process, may sleep.  Return: 0 or an errno of sbd_clone_create().
 */
int sbd_mirror_create(struct sbd_mirror *m, const struct sbd_snap *s, int id)
{
	int err;

	err = sbd_clone_create(s, &m->prof, id, &m->sys);
	if (err) {
		m->sys = NULL;
		return err;
	}
	memcpy(m->zone_idx, s->topo.zone_idx, sizeof(m->zone_idx));
	m->nr_map = m->sys->nr_cells << SBD_MAX_ORDER;
	m->map = vmalloc(array_size(m->nr_map, sizeof(*m->map)));
	if (m->map)
		return 0;
	sbd_mirror_destroy(m);
	return -ENOMEM;
}

/**
 * sbd_mirror_destroy() - give back what an instance has
 * @m: created, or not
 */
void sbd_mirror_destroy(struct sbd_mirror *m)
{
	if (m->sys)
		sbd_system_destroy(m->sys);
	vfree(m->map);
	m->sys = NULL;
	m->map = NULL;
}

/**
 * sbd_mirror_bytes() - memory that an instance takes
 * @m: created
 *
 * Return: bytes: frames, lists, and the map from the host's frames to its own.
 */
size_t sbd_mirror_bytes(const struct sbd_mirror *m)
{
	return m->sys->meta_bytes + m->nr_map * sizeof(*m->map);
}

static u32 *map_at(struct sbd_mirror *m, unsigned long pfn)
{
	unsigned long i = pfn - m->sys->start_pfn;

	return i < m->nr_map ? &m->map[i] : NULL;
}

/**
 * sbd_mirror_knows() - has the host, as far as was told, given out a frame?
 * @m:	 loaded
 * @pfn: any
 *
 * Context: process; one caller at a time.
 */
bool sbd_mirror_knows(struct sbd_mirror *m, unsigned long pfn)
{
	const u32 *map = map_at(m, pfn);

	return map && *map != SBD_MIRROR_NONE;
}

/* Its owner can move it: that is for a claim to know. */
static void note_movable(struct sbd_zone *z, const struct sbd_snap_zone *sz,
			 unsigned long pfn)
{
	if (test_bit(pfn - sz->start_pfn, sz->movable))
		sbd_frame(z, pfn)->flags |= SBD_FRAME_F_MOVABLE;
}

/* At the start who has a frame of the host has the same one of the clone. */
static void map_zone(struct sbd_mirror *m, struct sbd_zone *z,
		     const struct sbd_snap_zone *sz)
{
	unsigned long pfn = z->start_pfn, end = pfn + z->spanned, i;
	struct sbd_frame *f;

	while (pfn < end) {
		if (sbd_zone_of(m->sys, pfn) != z) {
			pfn++;
			continue;
		}
		f = sbd_frame(z, pfn);
		if (f->state == SBD_FRAME_BUDDY || f->state == SBD_FRAME_PCP) {
			for (i = 0; i < 1UL << f->order; i++)
				*map_at(m, pfn + i) = SBD_MIRROR_NONE;
			pfn += 1UL << f->order;
		} else {
			*map_at(m, pfn) = pfn - m->sys->start_pfn;
			note_movable(z, sz, pfn);
			pfn++;
		}
		if (!(pfn & (SBD_CELL_PAGES - 1)))
			cond_resched();
	}
	for (i = 0; i < z->nr_blocks; i++)
		z->blocks[i] &= ~SBD_BLOCK_UNCOUNTED;
}

/**
 * sbd_mirror_load() - give an instance the state of a snapshot
 * @m: created
 * @s: taken, of this host or a recorded one, with its movable pages noted
 *
 * Tunables of the instance's own are to be set again after this.
 * Context: process, may sleep.
 */
void sbd_mirror_load(struct sbd_mirror *m, const struct sbd_snap *s)
{
	struct sbd_zone *z;
	int i;

	sbd_clone_load(m->sys, s);
	memset(m->map, 0xff, m->nr_map * sizeof(*m->map));
	sbd_for_each_zone(m->sys, i, z)
		map_zone(m, z, &s->zones[i]);
	m->nr_late = 0;
	memset(&m->now, 0, sizeof(m->now));
}

/* ---- giving back ----------------------------------------------------------------- */

static void give_back(struct sbd_mirror *m, int cpu, u32 offset, unsigned int order)
{
	unsigned long pfn = m->sys->start_pfn + offset, i;
	struct sbd_zone *z = sbd_zone_of(m->sys, pfn);

	if (!z)
		return;
	for (i = 0; i < 1UL << order; i++)
		sbd_frame(z, pfn + i)->flags &= ~SBD_FRAME_F_MOVABLE;
	sbd_clone_use(m->sys, pfn, order);
	if (!sbd_free(m->sys, cpu, pfn, order))
		m->now.frees++;
}

/* Is all of the block one block here, too? */
static bool in_one(struct sbd_mirror *m, unsigned long pfn, unsigned int order)
{
	const u32 *map = map_at(m, pfn), *last = map_at(m, pfn + (1UL << order) - 1);
	u32 i;

	if (!map || !last || map[0] == SBD_MIRROR_NONE || map[0] & ((1U << order) - 1))
		return false;
	for (i = 1; i < 1U << order; i++)
		if (map[i] != map[0] + i)
			return false;
	return true;
}

static void unmap_and_free(struct sbd_mirror *m, int cpu, unsigned long pfn,
			   unsigned int order)
{
	u32 *map = map_at(m, pfn), first;

	if (!map || *map == SBD_MIRROR_NONE) {
		m->now.unmatched++;
		return;
	}
	first = *map;
	memset(map, 0xff, sizeof(*map) << order);
	give_back(m, cpu, first, order);
}

/* Its end has been acted on already, when the frame was seen in other hands. */
static bool was_late(struct sbd_mirror *m, u32 pfn)
{
	unsigned int i;

	for (i = 0; i < SBD_MIRROR_LATE; i++) {
		if (m->late[i] == pfn && i < m->nr_late) {
			m->late[i] = SBD_MIRROR_NONE;
			return true;
		}
	}
	return false;
}

/**
 * sbd_mirror_free() - the host freed a block
 * @m:	 the instance
 * @cpu: on which
 * @e:	 what was seen
 *
 * Context: process; one caller at a time.
 */
void sbd_mirror_free(struct sbd_mirror *m, int cpu, const struct sbd_event *e)
{
	unsigned long pfn;

	if (m->nr_late && was_late(m, e->pfn))
		return;
	if (in_one(m, e->pfn, e->order)) {
		unmap_and_free(m, cpu, e->pfn, e->order);
		return;
	}
	for (pfn = e->pfn; pfn < e->pfn + (1UL << e->order); pfn++)
		unmap_and_free(m, cpu, pfn, 0);
}

/* ---- asking ---------------------------------------------------------------------- */

/**
 * struct tally - what a system has done that tells how a request was served
 * @direct:  requests past the per-CPU lists
 * @claims:  fallbacks that claimed
 * @steals:  and those that did not
 */
struct tally {
	u64 direct;
	u64 claims;
	u64 steals;
};

static struct tally tally_of(const struct sbd_system *sys)
{
	struct tally t = { };
	struct sbd_zone *z;
	int i;

	sbd_for_each_zone(sys, i, z) {
		t.direct += z->event[SBD_EV_DIRECT_ALLOC];
		t.claims += z->event[SBD_EV_CLAIM];
		t.steals += z->event[SBD_EV_STEAL];
	}
	return t;
}

static unsigned long ask(struct sbd_mirror *m, int cpu, const struct sbd_event *e)
{
	int nid = m->sys->cpu_node[cpu];
	unsigned long pfn;

	pfn = sbd_alloc_node(m->sys, cpu, nid, (__force gfp_t)e->gfp, e->order);
	if (pfn != SBD_PFN_NONE)
		return pfn;
	/* The host had reclaimed, or was luckier: follow it if there is a way. */
	m->now.refused++;
	pfn = sbd_alloc_node(m->sys, cpu, nid, (__force gfp_t)e->gfp | __GFP_MEMALLOC,
			     e->order);
	m->now.forced += pfn != SBD_PFN_NONE;
	return pfn;
}

/* The frame was somebody's until a moment ago; that it was freed is yet to be told. */
static void end_of_former(struct sbd_mirror *m, int cpu, const struct sbd_event *e)
{
	u32 *map = map_at(m, e->pfn);

	if (!map || *map == SBD_MIRROR_NONE)
		return;
	m->now.reordered++;
	m->late[m->nr_late++ % SBD_MIRROR_LATE] = e->pfn;
	unmap_and_free(m, cpu, e->pfn, in_one(m, e->pfn, e->order) ? e->order : 0);
}

static void remember(struct sbd_mirror *m, const struct sbd_event *e, unsigned long pfn)
{
	struct sbd_zone *z = sbd_zone_of(m->sys, pfn);
	bool movable = e->type == SBD_MOVABLE;
	u32 *map = map_at(m, e->pfn), i;

	for (i = 0; i < 1U << e->order; i++) {
		map[i] = pfn - m->sys->start_pfn + i;
		if (movable)
			sbd_frame(z, pfn + i)->flags |= SBD_FRAME_F_MOVABLE;
	}
}

static void judge(struct sbd_mirror *m, const struct sbd_event *e, unsigned long pfn,
		  const struct sbd_served *host, const struct sbd_served *own)
{
	struct sbd_mirror_count *n = &m->now;

	n->exact += pfn == e->pfn;
	if (pfn != e->pfn && !n->first)
		n->first = n->requests;
	n->zone += sbd_zone_of(m->sys, pfn) == sbd_zone_of(m->sys, e->pfn);
	if (!e->order) {
		n->order0++;
		n->path += host->direct == own->direct;
	}
	if (host->from < 0 && own->from < 0)
		return;
	n->fell_back++;
	n->alike += host->from >= 0 && own->from >= 0 && host->claimed == own->claimed;
}

/**
 * sbd_mirror_alloc() - the host served a request
 * @m:	  the instance
 * @cpu:  on which
 * @e:	  what was seen; it was not refused
 * @host: how it was served
 *
 * Context: process; one caller at a time.
 */
void sbd_mirror_alloc(struct sbd_mirror *m, int cpu, const struct sbd_event *e,
		      const struct sbd_served *host)
{
	struct sbd_served own = { .from = -1 };
	struct tally before, after;
	unsigned long pfn;

	if (!map_at(m, e->pfn) || !map_at(m, e->pfn + (1UL << e->order) - 1))
		return;
	end_of_former(m, cpu, e);
	before = tally_of(m->sys);
	pfn = ask(m, cpu, e);
	after = tally_of(m->sys);
	m->now.requests++;
	if (pfn == SBD_PFN_NONE)
		return;
	own.direct = after.direct != before.direct;
	own.claimed = after.claims != before.claims;
	if (own.claimed || after.steals != before.steals)
		own.from = 0;
	judge(m, e, pfn, host, &own);
	remember(m, e, pfn);
}

/**
 * sbd_mirror_bulk() - the host served a call for many single pages
 * @m:	  the instance
 * @cpu:  on which
 * @e:	  the last that was seen of it
 * @pfns: what the host got
 * @nr:	  how many
 *
 * Context: process; one caller at a time.
 */
void sbd_mirror_bulk(struct sbd_mirror *m, int cpu, const struct sbd_event *e,
		     const u32 *pfns, unsigned int nr)
{
	unsigned long own[SBD_MIRROR_BULK];
	unsigned int i, got;

	got = sbd_alloc_bulk(m->sys, cpu, (__force gfp_t)e->gfp, nr, own);
	m->now.bulk += nr;
	for (i = 0; i < nr; i++) {
		struct sbd_event one = *e;

		one.pfn = pfns[i];
		if (!map_at(m, one.pfn))
			continue;
		if (i >= got)
			own[i] = ask(m, cpu, &one);
		if (own[i] == SBD_PFN_NONE)
			continue;
		m->now.bulk_exact += own[i] == one.pfn;
		remember(m, &one, own[i]);
	}
}

/* ---- what happens beside requests -------------------------------------------------- */

/**
 * sbd_mirror_kswapd() - the host's kswapd has begun, or has had enough
 * @m: the instance
 * @e: which, and of which node
 *
 * While it works, per-CPU lists are kept short; at its end it takes back the
 * boosts of its node.
 * Source: balance_pgdat().  Context: process; one caller at a time.
 */
void sbd_mirror_kswapd(struct sbd_mirror *m, const struct sbd_event *e)
{
	bool wakes = e->kind == SBD_EVENT_KSWAPD_WAKE;
	struct sbd_zone *z;
	int i;

	sbd_for_each_zone(m->sys, i, z) {
		if (z->nid != e->pfn)
			continue;
		if (!wakes) {
			clear_bit(SBD_ZONE_RECLAIM_ACTIVE, &z->flags);
			z->boost = 0;
		} else if (m->zone_idx[z->idx] <= e->more) {
			set_bit(SBD_ZONE_RECLAIM_ACTIVE, &z->flags);
		}
	}
}

/**
 * sbd_mirror_drain() - the host drained all CPUs' lists
 * @m: the instance
 * @e: of which zone, or of all
 *
 * Context: process; one caller at a time.
 */
void sbd_mirror_drain(struct sbd_mirror *m, const struct sbd_event *e)
{
	struct sbd_zone *z;
	int i, cpu;

	sbd_for_each_zone(m->sys, i, z) {
		if (e->pfn != SBD_EVENT_NO_PFN && z->start_pfn != e->pfn)
			continue;
		for (cpu = 0; cpu < m->sys->nr_cpus; cpu++)
			sbd_drain_zone(z, cpu);
	}
}

/**
 * sbd_mirror_tick() - the vmstat worker of a CPU is due
 * @m:	 the instance
 * @cpu: whose
 *
 * Context: process; one caller at a time.
 */
void sbd_mirror_tick(struct sbd_mirror *m, int cpu)
{
	sbd_vmstat_update(m->sys, cpu);
}
