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
#include "fallback.h"
#include "isolate.h"
#include "mirror.h"
#include "pageblock.h"
#include "pcp.h"
#include "trace.h"
#include "watermark.h"
#include "zone.h"

const char * const sbd_other_names[SBD_NR_OTHERS] = {
	[SBD_OTHER_REFUSED] = "refused",
	[SBD_OTHER_ZONE] = "zone",
	[SBD_OTHER_FALLBACK] = "fallback",
	[SBD_OTHER_PATH] = "path",
	[SBD_OTHER_REFILL] = "refill",
	[SBD_OTHER_FRAME] = "frame",
};

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
	memset(m->boost, 0, sizeof(m->boost));
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
 * @refills: times that a list was filled
 * @claims:  fallbacks that claimed
 * @steals:  and those that did not
 */
struct tally {
	u64 direct;
	u64 refills;
	u64 claims;
	u64 steals;
};

static struct tally tally_of(const struct sbd_system *sys, int cpu)
{
	struct tally t = { };
	struct sbd_zone *z;
	int i;

	sbd_for_each_zone(sys, i, z) {
		t.refills += sbd_pcp(z, cpu)->refills;
		t.direct += z->event[SBD_EV_DIRECT_ALLOC];
		t.claims += z->event[SBD_EV_CLAIM];
		t.steals += z->event[SBD_EV_STEAL];
	}
	return t;
}

/* As the task was allowed to on the host. */
static gfp_t gfp_of(const struct sbd_event *e)
{
	gfp_t gfp = (__force gfp_t)e->gfp;

	if (e->kind == SBD_EVENT_ALLOC && e->more & SBD_EVENT_MEMALLOC &&
	    !(gfp & __GFP_NOMEMALLOC))
		gfp |= __GFP_MEMALLOC;
	return gfp;
}

static unsigned long ask(struct sbd_mirror *m, int cpu, const struct sbd_event *e,
			 bool *forced)
{
	int nid = m->sys->cpu_node[cpu];
	gfp_t gfp = gfp_of(e);
	unsigned long pfn;

	pfn = sbd_alloc_node(m->sys, cpu, nid, gfp, e->order);
	if (pfn != SBD_PFN_NONE)
		return pfn;
	/* The host had reclaimed, or was luckier: follow it if there is a way. */
	*forced = true;
	m->now.refused++;
	pfn = sbd_alloc_node(m->sys, cpu, nid, (gfp & ~__GFP_NOMEMALLOC) | __GFP_MEMALLOC,
			     e->order);
	m->now.forced += pfn != SBD_PFN_NONE;
	return pfn;
}

static void end_of_block(struct sbd_mirror *m, int cpu, unsigned long pfn,
			 unsigned int order)
{
	const u32 *map = map_at(m, pfn);

	if (!map || *map == SBD_MIRROR_NONE)
		return;
	m->now.reordered++;
	m->late[m->nr_late++ % SBD_MIRROR_LATE] = pfn;
	unmap_and_free(m, cpu, pfn, order);
}

/* Frames that were somebody's until a moment ago; that they were freed is yet to be told. */
static void end_of_former(struct sbd_mirror *m, int cpu, const struct sbd_event *e)
{
	unsigned long pfn;

	if (in_one(m, e->pfn, e->order)) {
		end_of_block(m, cpu, e->pfn, e->order);
		return;
	}
	for (pfn = e->pfn; pfn < e->pfn + (1UL << e->order); pfn++)
		end_of_block(m, cpu, pfn, 0);
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

static bool fell_alike(const struct sbd_served *a, const struct sbd_served *b)
{
	return (a->from >= 0) == (b->from >= 0) && a->claimed == b->claimed;
}

static enum sbd_mirror_other compare(struct sbd_mirror *m, const struct sbd_event *e,
				     unsigned long pfn, const struct sbd_served *host,
				     const struct sbd_served *own)
{
	if (own->forced)
		return SBD_OTHER_REFUSED;
	if (sbd_zone_of(m->sys, pfn) != sbd_zone_of(m->sys, e->pfn))
		return SBD_OTHER_ZONE;
	if (!fell_alike(host, own))
		return SBD_OTHER_FALLBACK;
	if (host->direct != own->direct)
		return SBD_OTHER_PATH;
	if (host->refill != own->refill)
		return SBD_OTHER_REFILL;
	return SBD_OTHER_FRAME;
}

static bool kswapd_works(const struct sbd_system *sys)
{
	struct sbd_zone *z;
	int i;

	sbd_for_each_zone(sys, i, z)
		if (test_bit(SBD_ZONE_RECLAIM_ACTIVE, &z->flags))
			return true;
	return false;
}

/* Everything after it may follow from it. */
static void note_first(struct sbd_mirror *m, int cpu, const struct sbd_event *e,
		       unsigned long pfn, enum sbd_mirror_other other,
		       const struct sbd_served *host, const struct sbd_served *own)
{
	m->now.first = m->now.requests;
	m->first = (struct sbd_mirror_first) {
		.e = *e,
		.cpu = cpu,
		.pfn = pfn,
		.other = other,
		.host = *host,
		.own = *own,
		.active = kswapd_works(m->sys),
		.late = m->nr_late,
	};
	trace_sbd_mirror_first(m->sys, cpu, e->order, e->gfp, e->pfn, pfn,
			       sbd_other_names[other]);
}

static void judge(struct sbd_mirror *m, int cpu, const struct sbd_event *e,
		  unsigned long pfn, const struct sbd_served *host,
		  const struct sbd_served *own)
{
	enum sbd_mirror_other other = compare(m, e, pfn, host, own);
	struct sbd_mirror_count *n = &m->now;

	n->zone += other != SBD_OTHER_ZONE && pfn != SBD_PFN_NONE;
	if (!e->order) {
		n->order0++;
		n->path += pfn != SBD_PFN_NONE && host->direct == own->direct;
	}
	if (host->from >= 0 || own->from >= 0) {
		n->fell_back++;
		n->alike += pfn != SBD_PFN_NONE && fell_alike(host, own);
	}
	if (pfn == e->pfn) {
		n->exact++;
		return;
	}
	n->other[other]++;
	if (!n->first)
		note_first(m, cpu, e, pfn, other, host, own);
}

static void serve(struct sbd_mirror *m, int cpu, const struct sbd_event *e,
		  unsigned long *pfn, struct sbd_served *own)
{
	struct tally before = tally_of(m->sys, cpu), after;

	*pfn = ask(m, cpu, e, &own->forced);
	after = tally_of(m->sys, cpu);
	own->direct = after.direct != before.direct;
	own->refill = after.refills != before.refills;
	own->claimed = after.claims != before.claims;
	own->from = own->claimed || after.steals != before.steals ? 0 : -1;
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
	struct sbd_served own = { };
	unsigned long pfn;

	if (!map_at(m, e->pfn) || !map_at(m, e->pfn + (1UL << e->order) - 1))
		return;
	end_of_former(m, cpu, e);
	serve(m, cpu, e, &pfn, &own);
	m->now.requests++;
	judge(m, cpu, e, pfn, host, &own);
	if (pfn != SBD_PFN_NONE)
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
	bool forced = false;
	unsigned int i, got;

	got = sbd_alloc_bulk(m->sys, cpu, (__force gfp_t)e->gfp, nr, own);
	m->now.bulk += nr;
	for (i = 0; i < nr; i++) {
		struct sbd_event one = *e;

		one.pfn = pfns[i];
		if (!map_at(m, one.pfn))
			continue;
		if (i >= got)
			own[i] = ask(m, cpu, &one, &forced);
		if (own[i] == SBD_PFN_NONE)
			continue;
		m->now.bulk_exact += own[i] == one.pfn;
		remember(m, &one, own[i]);
	}
}

/* ---- what happens beside requests -------------------------------------------------- */

/* Only where drift could hide that a zone is nearly empty. */
static void set_threshold(struct sbd_zone *z, int threshold)
{
	int cpu;

	if (!z->percpu_drift_mark)
		return;
	for (cpu = 0; cpu < z->sys->nr_cpus; cpu++)
		z->cpus[cpu].stat_threshold = threshold;
}

static void kswapd_begins(struct sbd_mirror *m, struct sbd_zone *z, int i, u8 highest)
{
	set_threshold(z, sbd_pressure_threshold(z));
	m->boost[i] = 0;
	if (m->zone_idx[z->idx] > highest)
		return;
	set_bit(SBD_ZONE_RECLAIM_ACTIVE, &z->flags);
	m->boost[i] = z->boost;
}

/* The boosts that it found are done with. */
static void kswapd_ends(struct sbd_mirror *m, struct sbd_zone *z, int i)
{
	clear_bit(SBD_ZONE_RECLAIM_ACTIVE, &z->flags);
	z->boost -= min(z->boost, m->boost[i]);
	m->boost[i] = 0;
}

/**
 * sbd_mirror_kswapd() - the host's kswapd has begun, or has ended, or sleeps
 * @m: the instance
 * @e: which, and of which node
 *
 * While it works, per-CPU lists are kept short.  That it has ended only a hook
 * tells; without it, it is taken to work until it sleeps, up to 100 ms later.
 * Source: balance_pgdat(), kswapd_try_to_sleep().
 * Context: process; one caller at a time.
 */
void sbd_mirror_kswapd(struct sbd_mirror *m, const struct sbd_event *e)
{
	struct sbd_zone *z;
	int i;

	sbd_for_each_zone(m->sys, i, z) {
		if (z->nid != e->pfn)
			continue;
		if (e->kind == SBD_EVENT_KSWAPD_WAKE) {
			kswapd_begins(m, z, i, e->more);
			continue;
		}
		kswapd_ends(m, z, i);
		if (e->kind == SBD_EVENT_KSWAPD_SLEEP)
			set_threshold(z, sbd_normal_threshold(z));
	}
}

/* ---- free blocks that somebody takes away ------------------------------------------- */

/* Of a free block that is too large, the part that is wanted stays off the lists. */
static void take_part(struct sbd_zone *z, int cpu, unsigned long pfn, unsigned int order)
{
	struct sbd_frame *f = sbd_free_block_of(z, pfn);
	unsigned long first = sbd_pfn(z, f), half;
	int mt = sbd_block_type(z, first);
	unsigned int o = f->order;

	sbd_take_frame(z, cpu, f, mt);
	while (o > order) {
		half = first + (1UL << --o);
		if (pfn >= half) {
			sbd_free_block(z, cpu, first, o, mt, SBD_FPI_TO_TAIL);
			first = half;
		} else {
			sbd_free_block(z, cpu, half, o, mt, SBD_FPI_TO_TAIL);
		}
	}
	sbd_clone_use(z->sys, first, order);
}

/* Return: false if it is not free here. */
static bool take_here(struct sbd_mirror *m, int cpu, const struct sbd_event *e)
{
	struct sbd_zone *z = sbd_zone_of(m->sys, e->pfn);
	struct sbd_frame *f;
	unsigned long flags;

	if (!z)
		return false;
	flags = sbd_zone_lock(z);
	f = sbd_free_block_of(z, e->pfn);
	if (f && f->order > e->order)
		take_part(z, cpu, e->pfn, e->order);
	else if (f && f->order == e->order && !sbd_isolate_free(z, cpu, f))
		f = NULL;
	else if (f && f->order < e->order)
		f = NULL;
	sbd_zone_unlock(z, flags);
	return f;
}

/**
 * sbd_mirror_isolate() - on the host a free block was taken off its list
 * @m:	 the instance
 * @cpu: on which
 * @e:	 which
 *
 * Compaction and others choose blocks by where they are; that is not for the
 * allocator to predict: if it is free here, it is taken, else another of its size.
 * Context: process; one caller at a time.
 */
void sbd_mirror_isolate(struct sbd_mirror *m, int cpu, const struct sbd_event *e)
{
	struct sbd_event plain = *e;
	unsigned long pfn = e->pfn;
	bool forced = false;

	if (!map_at(m, e->pfn) || !map_at(m, e->pfn + (1UL << e->order) - 1))
		return;
	m->now.isolated++;
	end_of_former(m, cpu, e);
	if (!take_here(m, cpu, e)) {
		m->now.elsewhere++;
		plain.gfp = (__force u32)(GFP_HIGHUSER_MOVABLE);
		pfn = ask(m, cpu, &plain, &forced);
	}
	if (pfn != SBD_PFN_NONE)
		remember(m, e, pfn);
}

/**
 * sbd_mirror_putback() - and was put back
 * @m:	 the instance
 * @cpu: on which
 * @e:	 which
 *
 * To its zone at once, past the per-CPU lists.
 * Context: process; one caller at a time.
 */
void sbd_mirror_putback(struct sbd_mirror *m, int cpu, const struct sbd_event *e)
{
	u32 *map = map_at(m, e->pfn);
	unsigned long pfn, flags;
	struct sbd_zone *z;

	if (!map || !in_one(m, e->pfn, e->order)) {
		sbd_mirror_free(m, cpu, e);
		return;
	}
	pfn = m->sys->start_pfn + *map;
	z = sbd_zone_of(m->sys, pfn);
	memset(map, 0xff, sizeof(*map) << e->order);
	flags = sbd_zone_lock(z);
	sbd_clone_use(m->sys, pfn, e->order);
	sbd_free_block(z, cpu, pfn, e->order, sbd_block_type(z, pfn), SBD_FPI_TO_TAIL);
	sbd_zone_unlock(z, flags);
}

/**
 * sbd_mirror_drain() - the host emptied a CPU's list
 * @m: the instance
 * @e: of which zone, of which CPU
 *
 * Context: process; one caller at a time.
 */
void sbd_mirror_drain(struct sbd_mirror *m, const struct sbd_event *e)
{
	struct sbd_zone *z;
	int i;

	sbd_for_each_zone(m->sys, i, z)
		if (z->start_pfn == e->pfn && e->seq < m->sys->nr_cpus)
			sbd_drain_zone(z, e->seq);
}

/**
 * sbd_mirror_unreserve() - the host gave a reserved pageblock back
 * @m:	 the instance
 * @cpu: on which
 * @e:	 for what request
 *
 * Where reclaim brought nothing.  Context: process; one caller at a time.
 */
void sbd_mirror_unreserve(struct sbd_mirror *m, int cpu, const struct sbd_event *e)
{
	const struct sbd_node *node = &m->sys->nodes[m->sys->cpu_node[cpu]];
	struct sbd_zone *z;
	int i;

	if (e->type < 0 || e->type >= SBD_PCPTYPES)
		return;
	for (i = 0; i < node->nr_zonelist; i++) {
		z = node->zonelist[i];
		if (m->zone_idx[z->idx] <= e->order &&
		    sbd_unreserve_highatomic(z, cpu, e->type, e->more))
			return;
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
