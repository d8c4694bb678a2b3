// SPDX-License-Identifier: GPL-2.0
/*
 * Mirrors of a made-up host: a system of ours plays it.  What it does is told as
 * events; where the mirrors have its settings, they have to do the same.
 *
 *	| DMA32, 64 MiB | NORMAL, 64 MiB |
 *	LOW		HIGH
 *
 * Where a test makes events up itself, the host stays as it was at the snapshot.
 */
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "alloc.h"
#include "format.h"
#include "helpers.h"
#include "isolate.h"
#include "stream.h"
#include "tunable.h"

#define LOW		SBD_TEST_PFN
#define HIGH		(SBD_TEST_PFN + SBD_TEST_PAGES)
#define BEGIN		(5 * NSEC_PER_SEC)
#define ENTRIES		65536
#define DMA32_IDX	1	/* numbers of the host's kernel */
#define NORMAL_IDX	2
#define NR_CPUS_HERE	SBD_TEST_CPUS

/**
 * struct world - a host and its mirrors
 * @host: it
 * @snap: its state, when it was last looked at
 * @s:	  the mirrors
 * @now:  time of the last event
 * @seq:  number of the last event under a zone's lock, by zone
 */
struct world {
	struct sbd_system *host;
	struct sbd_snap snap;
	struct sbd_stream s;
	u64 now;
	u32 seq[2];
};

/* ---- the host, and a snapshot of it ------------ */

static void *some(struct kunit *test, size_t n, size_t size)
{
	void *p = kunit_kcalloc(test, n, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}

static void make_host(struct kunit *test, struct world *w, const char *profile)
{
	struct sbd_plan *plan = some(test, 1, sizeof(*plan));

	sbd_test_plan(test, plan, profile);
	plan->nr_zones = 2;
	plan->zones[0].type = SBD_ZONE_DMA32;
	plan->zones[1] = (struct sbd_zone_plan) {
		.type = SBD_ZONE_NORMAL,
		.start_pfn = HIGH,
		.pages = SBD_TEST_PAGES,
	};
	w->host = sbd_test_create(test, plan);
}

static void make_topology(struct kunit *test, struct sbd_topology *t,
			  const struct sbd_system *host)
{
	const struct sbd_node *node = &host->nodes[0];
	int i;

	t->geo = host->geo;
	t->nr_cpus = host->nr_cpus;
	t->nr_online = host->nr_online;
	t->caches_type = !host->prof->type_hygiene;
	for (i = 0; i < SBD_NR_ZONES; i++)
		t->zone_idx[i] = i;
	t->node[0].cpus = node->cpus;
	t->node[0].nr = node->nr_zonelist;
	for (i = 0; i < node->nr_zonelist; i++)
		t->node[0].zone[i] = node->zonelist[i] == host->zone[1];
	t->cpu_node = some(test, t->nr_cpus, 1);
	t->first_cell = host->start_pfn >> SBD_MAX_ORDER;
	t->nr_cells = host->nr_cells;
	t->cell = host->cell;
}

static void make_snap(struct kunit *test, struct sbd_snap *s, struct sbd_system *host)
{
	struct sbd_snap_zone *sz;
	struct sbd_zone *z;
	int i;

	make_topology(test, &s->topo, host);
	s->nr_zones = host->nr_zones;
	s->zones = some(test, s->nr_zones, sizeof(*s->zones));
	s->nr_cpus = host->nr_cpus;
	s->entries = some(test, ENTRIES, sizeof(*s->entries));
	s->cap = ENTRIES;
	sbd_for_each_zone(host, i, z) {
		sz = &s->zones[i];
		sz->type = z->idx;
		sz->nid = z->nid;
		sz->start_pfn = z->start_pfn;
		sz->spanned = z->spanned;
		sz->nr_blocks = z->nr_blocks;
		sz->blocks = some(test, z->nr_blocks, 1);
		sz->cpus = some(test, s->nr_cpus, sizeof(*sz->cpus));
		sz->movable = some(test, BITS_TO_LONGS(z->spanned), sizeof(long));
	}
}

static void look_at_list(struct sbd_snap *s, const struct sbd_zone *z,
			 const struct sbd_list *l, bool types, struct sbd_snap_list *to)
{
	u32 i;

	to->first = s->len;
	for (i = l->head; i != SBD_NIL && s->len < s->cap; i = z->frames[i].next)
		s->entries[s->len++] = i |
			(types ? (u32)z->frames[i].mt << SBD_SNAP_OFFSET_BITS : 0);
	to->nr = s->len - to->first;
}

static void look_at_free(struct sbd_snap *s, const struct sbd_zone *z,
			 struct sbd_snap_zone *sz)
{
	int o, mt;

	for (o = 0; o < SBD_NR_ORDERS; o++) {
		sz->nr_free[o] = z->area[o].nr_free;
		for (mt = 0; mt < SBD_NR_TYPES; mt++)
			look_at_list(s, z, &z->area[o].list[mt], false, &sz->list[o][mt]);
	}
}

static void look_at_cpu(struct sbd_snap *s, struct sbd_zone *z, int cpu,
			struct sbd_snap_pcp *to)
{
	const struct sbd_pcp *p = sbd_pcp(z, cpu);
	int i;

	to->s = (struct sbd_live_pcp) {
		.count = p->count, .high = p->high, .high_min = p->high_min,
		.high_max = p->high_max, .batch = p->batch, .free_count = p->free_count,
		.free_factor = p->free_factor, .alloc_factor = p->alloc_factor,
		.flags = p->flags, .expire = p->expire,
	};
	to->threshold = z->cpus[cpu].stat_threshold;
	memcpy(to->diff, z->cpus[cpu].stat_diff, sizeof(to->diff));
	for (i = 0; i < SBD_NR_PCP_LISTS; i++)
		look_at_list(s, z, &p->lists[i], s->topo.caches_type, &to->list[i]);
}

static void look_at_counters(const struct sbd_zone *z, struct sbd_snap_zone *sz)
{
	int i;

	sz->present = z->present;
	sz->managed = z->managed;
	memcpy(sz->wmark, z->wmark, sizeof(sz->wmark));
	sz->boost = z->boost;
	memcpy(sz->lowmem_reserve, z->lowmem_reserve, sizeof(sz->lowmem_reserve));
	sz->drift_mark = z->percpu_drift_mark;
	sz->flags = z->flags;
	for (i = 0; i < SBD_NR_ZONE_STATS; i++)
		sz->stat[i] = atomic_long_read(&z->stat[i]);
	sz->nr_reserved_highatomic = z->nr_reserved_highatomic;
	sz->nr_free_highatomic = z->nr_free_highatomic;
	sz->nr_isolate = z->nr_isolate;
}

static void look_at_frames(const struct sbd_zone *z, struct sbd_snap_zone *sz)
{
	unsigned long i;

	for (i = 0; i < z->nr_blocks; i++)
		sz->blocks[i] = z->blocks[i] & (SBD_BLOCK_TYPE_MASK | SBD_BLOCK_SKIP);
	for (i = 0; i < z->spanned; i++)
		__assign_bit(i, sz->movable, z->frames[i].flags & SBD_FRAME_F_MOVABLE);
}

/* As sbd_snap_take() does. */
static void look_at_host(struct world *w)
{
	struct sbd_snap *s = &w->snap;
	struct sbd_zone *z;
	int i, cpu;

	s->len = 0;
	s->at = w->now;
	sbd_for_each_zone(w->host, i, z) {
		look_at_free(s, z, &s->zones[i]);
		for (cpu = 0; cpu < s->nr_cpus; cpu++)
			look_at_cpu(s, z, cpu, &s->zones[i].cpus[cpu]);
		look_at_counters(z, &s->zones[i]);
		look_at_frames(z, &s->zones[i]);
	}
}

/* ---- mirrors of it ------------ */

static int begin(struct kunit *test)
{
	test->priv = some(test, 1, sizeof(struct world));
	return 0;
}

static void end(struct kunit *test)
{
	struct world *w = test->priv;

	if (w)
		sbd_stream_destroy(&w->s);
}

/* A host that nobody has used yet, without mirrors. */
static struct world *host_of(struct kunit *test, const char *profile)
{
	struct world *w = test->priv;

	sbd_stream_destroy(&w->s);
	memset(w, 0, sizeof(*w));
	w->now = BEGIN;
	make_host(test, w, profile);
	make_snap(test, &w->snap, w->host);
	look_at_host(w);
	return w;
}

/* No worker runs but when an event says so. */
#define TOLD	BIT(SBD_EVENT_VMSTAT - SBD_FIRST_HOOK)

/* Its mirrors, from the snapshot on; the lines are for sbd_whatif_parse(). */
static void mirror(struct kunit *test, const char * const *lines, int nr)
{
	struct sbd_whatif *set = some(test, SBD_STREAM_INSTANCES, sizeof(*set));
	struct world *w = test->priv;
	struct sbd_error err = { };
	char args[80];
	int i;

	w->s.prof = *w->host->prof;
	w->s.tun = w->host->tun;
	w->s.hooks = TOLD;
	for (i = 0; i < nr; i++) {
		strscpy(args, lines[i], sizeof(args));
		KUNIT_ASSERT_EQ_MSG(test, sbd_whatif_parse(&set[i], args, &err), 0, "%s",
				    err.why);
	}
	KUNIT_ASSERT_EQ(test, sbd_stream_create(&w->s, &w->snap, set, nr), 0);
	sbd_stream_load(&w->s, &w->snap);
}

/* The usual: nobody has used it, and one mirror. */
static struct world *usual(struct kunit *test)
{
	struct world *w = host_of(test, "6.12");

	mirror(test, NULL, 0);
	return w;
}

static struct sbd_mirror *instance(struct world *w, int i)
{
	return &w->s.inst[i].m;
}

static struct sbd_zone *zone(struct world *w, int i)
{
	return instance(w, 0)->sys->zone[i];
}

static const struct sbd_mirror_count *count(struct world *w)
{
	return &instance(w, 0)->now;
}

/* The baseline's frame for one of the host's, or SBD_PFN_NONE. */
static unsigned long own_of(struct world *w, unsigned long pfn)
{
	const struct sbd_mirror *m = instance(w, 0);
	u32 offset = m->map[pfn - m->sys->start_pfn];

	return offset == SBD_MIRROR_NONE ? SBD_PFN_NONE : m->sys->start_pfn + offset;
}

static int state_of(struct world *w, unsigned long pfn)
{
	struct sbd_system *sys = instance(w, 0)->sys;

	return sbd_frame(sbd_zone_of(sys, pfn), pfn)->state;
}

/* Nothing of the baseline is other than on the host as it is now. */
static void expect_alike(struct kunit *test)
{
	struct world *w = test->priv;
	const struct sbd_diff *d = &w->s.diff;
	u64 alike = w->s.alike;

	look_at_host(w);
	sbd_stream_compare(&w->s, &w->snap);
	KUNIT_EXPECT_EQ_MSG(test, w->s.alike, alike + 1,
			    "%s zone %d cpu %d order %d list %d at %lu: host %ld, own %ld",
			    d->what ?: "", d->zone, d->cpu, d->order, d->list, d->at,
			    d->live, d->shadow);
}

/* ---- what happens ------------ */

static void tell(struct world *w, int cpu, struct sbd_event e)
{
	e.time = ++w->now;
	sbd_stream_event(&w->s, cpu, &e);
}

/* Of a kind, and a frame. */
static void say(struct world *w, int kind, unsigned long pfn, unsigned int order)
{
	tell(w, 0, (struct sbd_event) { .kind = kind, .pfn = pfn, .order = order });
}

/* The host gave a frame of its own choice to a request. */
static void say_alloc(struct world *w, unsigned long pfn, unsigned int order)
{
	tell(w, 0, (struct sbd_event) {
		.kind = SBD_EVENT_ALLOC,
		.pfn = pfn,
		.order = order,
		.gfp = (__force u32)GFP_KERNEL,
	});
}

static void say_free(struct world *w, unsigned long pfn, unsigned int order)
{
	say(w, SBD_EVENT_FREE, pfn, order);
}

/* What the host's request did under a zone's lock is told of before. */
static void tell_locked(struct world *w, int cpu, int i, unsigned long pfn, bool refilled,
			u64 claims, u64 steals)
{
	if (claims || steals)
		tell(w, cpu, (struct sbd_event) {
			.kind = SBD_EVENT_FALLBACK,
			.pfn = pfn,
			.seq = ++w->seq[i],
			.more = claims ? SBD_EVENT_CLAIMED : 0,
		});
	if (refilled)
		tell(w, cpu, (struct sbd_event) {
			.kind = SBD_EVENT_LOCKED,
			.pfn = pfn,
			.seq = ++w->seq[i],
		});
}

static void set_movable(struct sbd_zone *z, unsigned long pfn, unsigned int order, bool on)
{
	unsigned long i;

	for (i = pfn; i < pfn + (1UL << order); i++)
		sbd_frame(z, i)->flags = on ? SBD_FRAME_F_MOVABLE : 0;
}

static unsigned long host_alloc(struct world *w, int cpu, gfp_t gfp, unsigned int order)
{
	u64 refills[2], claims[2], steals[2];
	unsigned long pfn;
	struct sbd_zone *z;
	int i;

	sbd_for_each_zone(w->host, i, z) {
		refills[i] = sbd_pcp(z, cpu)->refills;
		claims[i] = z->event[SBD_EV_CLAIM];
		steals[i] = z->event[SBD_EV_STEAL];
	}
	pfn = sbd_alloc(w->host, cpu, gfp, order);
	sbd_for_each_zone(w->host, i, z)
		tell_locked(w, cpu, i, z->start_pfn, sbd_pcp(z, cpu)->refills != refills[i],
			    z->event[SBD_EV_CLAIM] - claims[i],
			    z->event[SBD_EV_STEAL] - steals[i]);
	tell(w, cpu, (struct sbd_event) {
		.kind = SBD_EVENT_ALLOC,
		.pfn = pfn == SBD_PFN_NONE ? SBD_EVENT_NO_PFN : pfn,
		.order = order,
		.gfp = (__force u32)gfp,
		.type = sbd_gfp_type(w->host, gfp),
	});
	if (pfn != SBD_PFN_NONE && sbd_gfp_type(w->host, gfp) == SBD_MOVABLE)
		set_movable(sbd_zone_of(w->host, pfn), pfn, order, true);
	return pfn;
}

static void host_free(struct world *w, int cpu, unsigned long pfn, unsigned int order)
{
	set_movable(sbd_zone_of(w->host, pfn), pfn, order, false);
	sbd_free(w->host, cpu, pfn, order);
	tell(w, cpu, (struct sbd_event) {
		.kind = SBD_EVENT_FREE,
		.pfn = pfn,
		.order = order,
	});
}

static void host_drain(struct world *w, int i, int cpu)
{
	sbd_drain_zone(w->host->zone[i], cpu);
	tell(w, 0, (struct sbd_event) {
		.kind = SBD_EVENT_DRAIN_ALL,
		.pfn = w->host->zone[i]->start_pfn,
		.seq = cpu,
	});
}

static void host_tick(struct world *w, int cpu)
{
	sbd_vmstat_update(w->host, cpu);
	tell(w, cpu, (struct sbd_event) { .kind = SBD_EVENT_VMSTAT, .more = 1 });
}

static void host_bulk(struct world *w, int cpu, gfp_t gfp, unsigned int nr,
		      unsigned long *pfns)
{
	unsigned int got = sbd_alloc_bulk(w->host, cpu, gfp, nr, pfns), i;

	for (i = 0; i < got; i++)
		tell(w, cpu, (struct sbd_event) {
			.kind = SBD_EVENT_BULK,
			.pfn = pfns[i],
			.gfp = (__force u32)gfp,
			.seq = got - i - 1,
		});
	for (; i < nr; i++)
		pfns[i] = SBD_PFN_NONE;
}

/* ---- a life ------------ */

#define HELD	9000	/* blocks at a time; most of the memory */

/**
 * struct life - a host that is used at random
 * @rnd:   what it does next
 * @pfn:   blocks in use
 * @order: of each
 * @nr:	   how many
 */
struct life {
	struct rnd_state rnd;
	unsigned long pfn[HELD];
	u8 order[HELD];
	int nr;
};

static const gfp_t masks[] = {
	GFP_KERNEL, GFP_HIGHUSER_MOVABLE, GFP_KERNEL | __GFP_RECLAIMABLE, GFP_ATOMIC,
	GFP_DMA32, GFP_NOWAIT | __GFP_NOWARN | __GFP_MOVABLE,
};

static void live_alloc(struct world *w, struct life *l, u32 r)
{
	static const u8 orders[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 4 };
	unsigned int order = r >> 12 & 63 ? orders[r >> 8 & 15] : 9;
	unsigned long pfn;

	pfn = host_alloc(w, r % NR_CPUS_HERE, masks[(r >> 18) % ARRAY_SIZE(masks)], order);
	if (pfn == SBD_PFN_NONE)
		return;
	l->pfn[l->nr] = pfn;
	l->order[l->nr++] = order;
}

static void live_free(struct world *w, struct life *l, u32 r)
{
	int i = (r >> 8) % l->nr;

	host_free(w, r % NR_CPUS_HERE, l->pfn[i], l->order[i]);
	l->pfn[i] = l->pfn[--l->nr];
	l->order[i] = l->order[l->nr];
}

static void live_bulk(struct world *w, struct life *l, u32 r)
{
	unsigned long pfns[20];
	int i;

	host_bulk(w, r % NR_CPUS_HERE, GFP_KERNEL, ARRAY_SIZE(pfns), pfns);
	for (i = 0; i < ARRAY_SIZE(pfns); i++) {
		if (pfns[i] == SBD_PFN_NONE)
			continue;
		l->pfn[l->nr] = pfns[i];
		l->order[l->nr++] = 0;
	}
}

/* Four allocations on one free, as long as there is room. */
static void live_some(struct world *w, struct life *l, u32 r)
{
	bool room = l->nr < HELD - 20 &&
		    sbd_stat_exact(w->host->zone[1], SBD_NR_FREE_PAGES) > 1500;

	if (room && r % 5 < 4)
		live_alloc(w, l, r >> 3);
	else if (l->nr)
		live_free(w, l, r >> 3);
}

static void live_on(struct world *w, struct life *l, int steps)
{
	u32 r;

	while (steps--) {
		r = prandom_u32_state(&l->rnd);
		switch (r >> 24) {
		case 0:
			host_tick(w, r % NR_CPUS_HERE);
			break;
		case 1:
			host_drain(w, r & 1, (r >> 8) % NR_CPUS_HERE);
			break;
		case 2:
			if (l->nr < HELD - 20)
				live_bulk(w, l, r);
			break;
		default:
			live_some(w, l, prandom_u32_state(&l->rnd));
		}
	}
}

/* Of all requests, none got another frame; of all lists, none differs. */
static void a_host_is_followed(struct kunit *test)
{
	struct life *l = some(test, 1, sizeof(*l));
	const struct sbd_mirror_count *n;
	struct world *w;
	int i;

	for (i = 0; sbd_test_profiles[i]; i++) {
		w = host_of(test, sbd_test_profiles[i]);
		l->nr = 0;
		prandom_seed_state(&l->rnd, sbd_test_seed(test));
		mirror(test, NULL, 0);
		live_on(w, l, 15000);
		expect_alike(test);
		/* from the midst of a life, too */
		sbd_stream_load(&w->s, &w->snap);
		live_on(w, l, 10000);
		expect_alike(test);
		n = count(w);
		KUNIT_EXPECT_GT(test, n->requests, 2000);
		KUNIT_EXPECT_EQ(test, n->exact, n->requests);
		KUNIT_EXPECT_EQ(test, n->zone, n->requests);
		KUNIT_EXPECT_EQ(test, n->path, n->order0);
		KUNIT_EXPECT_GT(test, n->fell_back, 0);
		KUNIT_EXPECT_EQ(test, n->alike, n->fell_back);
		KUNIT_EXPECT_GT(test, n->bulk, 200);
		KUNIT_EXPECT_EQ(test, n->bulk_exact, n->bulk);
		KUNIT_EXPECT_EQ(test, n->first, 0);
		KUNIT_EXPECT_EQ(test, n->unmatched + n->reordered + n->refused, 0);
		KUNIT_EXPECT_EQ(test, w->s.inverted, 0);
	}
}

/* ---- one request, one free ------------ */

static void a_free_gives_back_the_frame_that_it_got_here(struct kunit *test)
{
	struct world *w = usual(test);
	const unsigned long his = HIGH + 5000;
	unsigned long own;

	say_alloc(w, his, 0);
	own = own_of(w, his);
	KUNIT_ASSERT_NE(test, own, SBD_PFN_NONE);
	KUNIT_EXPECT_NE(test, own, his);
	KUNIT_EXPECT_EQ(test, state_of(w, own), SBD_FRAME_USED);
	KUNIT_EXPECT_TRUE(test, sbd_mirror_knows(instance(w, 0), his));
	say_free(w, his, 0);
	KUNIT_EXPECT_EQ(test, state_of(w, own), SBD_FRAME_PCP);
	KUNIT_EXPECT_EQ(test, zone(w, 1)->cpus[0].pcp.lists[0].head, own - HIGH);
	KUNIT_EXPECT_FALSE(test, sbd_mirror_knows(instance(w, 0), his));
	KUNIT_EXPECT_EQ(test, count(w)->frees, 1);
	KUNIT_EXPECT_EQ(test, count(w)->unmatched, 0);
}

static void a_block_is_one_block_here(struct kunit *test)
{
	struct world *w = usual(test);
	unsigned long own;

	say_alloc(w, HIGH + 5000, 3);
	own = own_of(w, HIGH + 5000);
	KUNIT_EXPECT_EQ(test, own_of(w, HIGH + 5007), own + 7);
	say_free(w, HIGH + 5000, 3);
	KUNIT_EXPECT_EQ(test, count(w)->frees, 1);
	KUNIT_EXPECT_EQ(test, sbd_frame(zone(w, 1), own)->order, 3);
	KUNIT_EXPECT_FALSE(test, sbd_mirror_knows(instance(w, 0), HIGH + 5007));
}

/* The host split a block, or put one together, and nobody told. */
static void what_is_no_block_here_is_freed_by_the_page(struct kunit *test)
{
	struct world *w = usual(test);

	say_alloc(w, HIGH + 9, 0);
	say_alloc(w, HIGH + 8, 0);
	say_free(w, HIGH + 8, 1);
	KUNIT_EXPECT_EQ(test, count(w)->frees, 2);
	say_alloc(w, HIGH + 16, 1);
	say_free(w, HIGH + 16, 0);
	say_free(w, HIGH + 17, 0);
	KUNIT_EXPECT_EQ(test, count(w)->frees, 4);
	KUNIT_EXPECT_EQ(test, count(w)->unmatched, 0);
}

static void the_first_other_frame_is_noted(struct kunit *test)
{
	const struct sbd_mirror_first *first;
	struct world *w = usual(test);
	unsigned long his;

	his = host_alloc(w, 0, GFP_KERNEL, 0);
	KUNIT_EXPECT_EQ(test, count(w)->exact, 1);
	KUNIT_EXPECT_EQ(test, count(w)->first, 0);
	say_alloc(w, his + 4001, 0);
	say_alloc(w, LOW + 1, 0);
	KUNIT_EXPECT_EQ(test, count(w)->requests, 3);
	KUNIT_EXPECT_EQ(test, count(w)->exact, 1);
	KUNIT_EXPECT_EQ(test, count(w)->first, 2);
	first = &instance(w, 0)->first;
	KUNIT_EXPECT_EQ(test, first->e.pfn, his + 4001);
	KUNIT_EXPECT_EQ(test, first->pfn, own_of(w, his + 4001));
	KUNIT_EXPECT_EQ(test, first->other, SBD_OTHER_FRAME);
	KUNIT_EXPECT_EQ(test, count(w)->other[SBD_OTHER_FRAME], 1);
	KUNIT_EXPECT_EQ(test, count(w)->other[SBD_OTHER_ZONE], 1);
	KUNIT_EXPECT_EQ(test, count(w)->zone, 2);
}

/* A refill there and a hit here; a fallback there and none here. */
static void in_what_it_is_other_is_counted(struct kunit *test)
{
	struct world *w = usual(test);

	host_alloc(w, 0, GFP_KERNEL, 0);
	KUNIT_EXPECT_EQ(test, count(w)->alike, 1);
	say(w, SBD_EVENT_LOCKED, HIGH, 0);
	say_alloc(w, HIGH + 5000, 0);
	KUNIT_EXPECT_EQ(test, count(w)->other[SBD_OTHER_REFILL], 1);
	tell(w, 0, (struct sbd_event) {
		.kind = SBD_EVENT_FALLBACK, .pfn = HIGH, .seq = 1,
		.more = SBD_EVENT_CLAIMED | SBD_MOVABLE,
	});
	say_alloc(w, HIGH + 5001, 0);
	KUNIT_EXPECT_EQ(test, count(w)->other[SBD_OTHER_FALLBACK], 1);
	KUNIT_EXPECT_EQ(test, count(w)->alike, 1);
	KUNIT_EXPECT_EQ(test, count(w)->fell_back, 2);
	KUNIT_EXPECT_EQ(test, w->s.claims, 2);
	say_alloc(w, HIGH + 5002, 0);
	KUNIT_EXPECT_EQ(test, count(w)->other[SBD_OTHER_FALLBACK], 1);
}

static void a_free_of_what_nobody_saw_is_unmatched(struct kunit *test)
{
	struct world *w = usual(test);

	say_free(w, HIGH + 5000, 0);
	KUNIT_EXPECT_EQ(test, count(w)->unmatched, 1);
	say_free(w, LOW - 1, 0);
	say_free(w, HIGH + SBD_TEST_PAGES, 0);
	KUNIT_EXPECT_EQ(test, count(w)->unmatched, 3);
	KUNIT_EXPECT_EQ(test, count(w)->frees, 0);
	expect_alike(test);
}

static void frames_of_no_zone_are_no_requests(struct kunit *test)
{
	struct world *w = usual(test);

	say_alloc(w, LOW - 1, 0);
	say_alloc(w, HIGH + SBD_TEST_PAGES - 1, 1);
	KUNIT_EXPECT_EQ(test, count(w)->requests, 0);
	say(w, SBD_EVENT_ISOLATE, LOW - 1024, 10);
	KUNIT_EXPECT_EQ(test, count(w)->isolated, 0);
	expect_alike(test);
}

static void what_the_host_refused_is_not_asked(struct kunit *test)
{
	struct world *w = usual(test);

	say_alloc(w, SBD_EVENT_NO_PFN, 3);
	KUNIT_EXPECT_EQ(test, w->s.refused, 1);
	KUNIT_EXPECT_EQ(test, count(w)->requests, 0);
	expect_alike(test);
}

/* ---- in the wrong order ------------ */

/* Seen in other hands: then it was freed, and the free that is told later is that one. */
static void a_frame_in_other_hands_was_freed(struct kunit *test)
{
	struct world *w = usual(test);
	const unsigned long his = HIGH + 5000;

	say_alloc(w, his, 0);
	say_alloc(w, his, 0);
	KUNIT_EXPECT_EQ(test, count(w)->reordered, 1);
	KUNIT_EXPECT_EQ(test, count(w)->frees, 1);
	say_free(w, his, 0);
	KUNIT_EXPECT_EQ(test, count(w)->frees, 1);
	KUNIT_EXPECT_TRUE(test, sbd_mirror_knows(instance(w, 0), his));
	say_free(w, his, 0);
	KUNIT_EXPECT_EQ(test, count(w)->frees, 2);
	KUNIT_EXPECT_EQ(test, count(w)->unmatched, 0);
}

static void a_page_within_a_block_in_other_hands_was_freed(struct kunit *test)
{
	struct world *w = usual(test);
	const unsigned long his = HIGH + 5000;

	say_alloc(w, his + 2, 0);
	say_alloc(w, his, 2);
	KUNIT_EXPECT_EQ(test, count(w)->reordered, 1);
	KUNIT_EXPECT_EQ(test, count(w)->frees, 1);
	say_free(w, his + 2, 0);
	say_free(w, his, 2);
	KUNIT_EXPECT_EQ(test, count(w)->frees, 2);
	KUNIT_EXPECT_EQ(test, count(w)->unmatched, 0);
}

static void numbers_under_a_lock_tell_of_inversion(struct kunit *test)
{
	struct world *w = usual(test);
	static const struct { unsigned long pfn; u32 seq; u64 inverted; } seen[] = {
		{ HIGH, 7, 0 }, { HIGH, 8, 0 }, { LOW, 3, 0 }, { HIGH, 6, 1 },
		{ HIGH, 9, 1 }, { LOW, 2, 2 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(seen); i++) {
		tell(w, 0, (struct sbd_event) {
			.kind = SBD_EVENT_DRAIN, .pfn = seen[i].pfn, .seq = seen[i].seq,
		});
		KUNIT_EXPECT_EQ(test, w->s.inverted, seen[i].inverted);
	}
}

/* ---- refused here ------------ */

static void what_is_refused_here_is_had_by_leave(struct kunit *test)
{
	static const char * const tight[] = { "tight min_free_kbytes=131072" };
	struct world *w = host_of(test, "6.12");
	const struct sbd_mirror_count *n;

	mirror(test, tight, 1);
	say_alloc(w, HIGH + 5000, 0);
	n = &instance(w, 1)->now;
	KUNIT_EXPECT_EQ(test, n->requests, 1);
	KUNIT_EXPECT_EQ(test, n->refused, 1);
	KUNIT_EXPECT_EQ(test, n->forced, 1);
	KUNIT_EXPECT_EQ(test, n->other[SBD_OTHER_REFUSED], 1);
	KUNIT_EXPECT_TRUE(test, sbd_mirror_knows(instance(w, 1), HIGH + 5000));
	KUNIT_EXPECT_EQ(test, count(w)->refused, 0);
	say_free(w, HIGH + 5000, 0);
	KUNIT_EXPECT_EQ(test, n->frees, 1);
}

static void where_nothing_is_left_there_is_no_leave(struct kunit *test)
{
	struct world *w = usual(test);

	sbd_test_occupy(zone(w, 0));
	sbd_test_occupy(zone(w, 1));
	say_alloc(w, HIGH + 5000, 0);
	KUNIT_EXPECT_EQ(test, count(w)->refused, 1);
	KUNIT_EXPECT_EQ(test, count(w)->forced, 0);
	KUNIT_EXPECT_EQ(test, count(w)->zone, 0);
	KUNIT_EXPECT_FALSE(test, sbd_mirror_knows(instance(w, 0), HIGH + 5000));
	say_free(w, HIGH + 5000, 0);
	KUNIT_EXPECT_EQ(test, count(w)->unmatched, 1);
}

/* ---- in bulk ------------ */

static void a_bulk_call_is_one_call_here(struct kunit *test)
{
	struct world *w = usual(test);
	unsigned long pfns[40];

	host_bulk(w, 1, GFP_KERNEL, 40, pfns);
	KUNIT_EXPECT_EQ(test, count(w)->bulk, 40);
	KUNIT_EXPECT_EQ(test, count(w)->bulk_exact, 40);
	KUNIT_EXPECT_EQ(test, count(w)->requests, 0);
	expect_alike(test);
	host_free(w, 1, pfns[39], 0);
	KUNIT_EXPECT_EQ(test, count(w)->frees, 1);
	expect_alike(test);
}

static void it_is_served_when_all_of_it_was_told(struct kunit *test)
{
	struct world *w = usual(test);
	struct sbd_event e = {
		.kind = SBD_EVENT_BULK, .pfn = HIGH, .gfp = (__force u32)GFP_KERNEL, .seq = 1,
	};

	tell(w, 0, e);
	KUNIT_EXPECT_EQ(test, count(w)->bulk, 0);
	e.pfn++;
	e.seq = 0;
	tell(w, 0, e);
	KUNIT_EXPECT_EQ(test, count(w)->bulk, 2);
}

/* Larger ones are served in portions; what is told twice is served once. */
static void a_bulk_call_may_be_large(struct kunit *test)
{
	struct world *w = usual(test);
	struct sbd_event e = {
		.kind = SBD_EVENT_BULK, .pfn = HIGH, .gfp = (__force u32)GFP_KERNEL,
	};

	for (e.seq = 149; e.seq > 50; e.seq--, e.pfn++)
		tell(w, 0, e);
	KUNIT_EXPECT_EQ(test, count(w)->bulk, SBD_MIRROR_BULK);
	for (; (s32)e.seq >= 0; e.seq--, e.pfn++)
		tell(w, 0, e);
	KUNIT_EXPECT_EQ(test, count(w)->bulk, 150);
	say_alloc(w, HIGH + 5000, 0);
	e.pfn = HIGH + 5000;
	e.seq = 0;
	tell(w, 0, e);
	KUNIT_EXPECT_EQ(test, count(w)->bulk, 150);
	KUNIT_EXPECT_EQ(test, count(w)->reordered, 0);
}

/* ---- batches ------------ */

static void say_later(struct world *w, unsigned long pfn)
{
	tell(w, 0, (struct sbd_event) {
		.kind = SBD_EVENT_FREE, .pfn = pfn, .more = SBD_EVENT_LATER,
	});
}

static void pages_of_a_batch_go_when_they_are_told_of(struct kunit *test)
{
	struct world *w = usual(test);
	unsigned long own;
	int i;

	for (i = 0; i < 5; i++)
		say_alloc(w, HIGH + 5000 + i, 0);
	own = own_of(w, HIGH + 5001);
	for (i = 0; i < 3; i++)
		say_later(w, HIGH + 5000 + i);
	KUNIT_EXPECT_EQ(test, count(w)->frees, 0);
	say(w, SBD_EVENT_BATCHED, HIGH + 5001, 0);
	KUNIT_EXPECT_EQ(test, count(w)->frees, 1);
	KUNIT_EXPECT_EQ(test, state_of(w, own), SBD_FRAME_PCP);
	say(w, SBD_EVENT_BATCHED, HIGH + 7777, 0);
	say(w, SBD_EVENT_BATCHED, HIGH + 5000, 0);
	KUNIT_EXPECT_EQ(test, count(w)->frees, 2);
	/* the third went past the lists; so much is clear when the next batch begins */
	say_later(w, HIGH + 5003);
	KUNIT_EXPECT_EQ(test, count(w)->frees, 3);
	KUNIT_EXPECT_FALSE(test, sbd_mirror_knows(instance(w, 0), HIGH + 5002));
	KUNIT_EXPECT_TRUE(test, sbd_mirror_knows(instance(w, 0), HIGH + 5003));
	/* a page that is of no batch does not wait */
	say_free(w, HIGH + 5004, 0);
	KUNIT_EXPECT_EQ(test, count(w)->frees, 4);
	say(w, SBD_EVENT_BATCHED, HIGH + 5003, 0);
	KUNIT_EXPECT_EQ(test, count(w)->frees, 5);
	KUNIT_EXPECT_EQ(test, count(w)->unmatched, 0);
}

static void a_batch_has_an_end(struct kunit *test)
{
	struct world *w = usual(test);
	int i;

	for (i = 0; i < 65; i++)
		say_alloc(w, HIGH + i, 0);
	for (i = 0; i < 64; i++)
		say_later(w, HIGH + i);
	KUNIT_EXPECT_EQ(test, count(w)->frees, 0);
	say_later(w, HIGH + i);
	KUNIT_EXPECT_EQ(test, count(w)->frees, 64);
}

/* ---- blocks that somebody takes ------------ */

/*
 * The host's own functions on its frames: what is free there is free here, and the
 * same block is taken, and put back where it is put back.
 */
static void a_block_that_is_free_is_taken_here(struct kunit *test)
{
	struct world *w = usual(test);
	struct sbd_zone *z = w->host->zone[1];
	struct sbd_frame *f = sbd_frame(z, HIGH + 2048);
	unsigned long flags;

	flags = sbd_zone_lock(z);
	sbd_isolate_free(z, 0, f);
	sbd_zone_unlock(z, flags);
	say(w, SBD_EVENT_ISOLATE, HIGH + 2048, 10);
	KUNIT_EXPECT_EQ(test, own_of(w, HIGH + 2048), HIGH + 2048);
	KUNIT_EXPECT_EQ(test, own_of(w, HIGH + 3071), HIGH + 3071);
	KUNIT_EXPECT_EQ(test, zone(w, 1)->area[10].nr_free, SBD_TEST_PAGES / 1024 - 1);
	expect_alike(test);
	flags = sbd_zone_lock(z);
	f->order = 10;
	sbd_putback_isolated(z, 0, f);
	sbd_zone_unlock(z, flags);
	say(w, SBD_EVENT_PUTBACK, HIGH + 2048, 10);
	KUNIT_EXPECT_FALSE(test, sbd_mirror_knows(instance(w, 0), HIGH + 2048));
	expect_alike(test);
	KUNIT_EXPECT_EQ(test, count(w)->isolated, 1);
	KUNIT_EXPECT_EQ(test, count(w)->elsewhere, 0);
	KUNIT_EXPECT_EQ(test, count(w)->unmatched, 0);
}

/*
 *	order 10 here:	|      9      | 8 | X |
 */
static void of_a_larger_one_the_part_is_taken(struct kunit *test)
{
	struct world *w = usual(test);
	struct sbd_zone *z = zone(w, 1);
	long free = sbd_stat_exact(z, SBD_NR_FREE_PAGES);

	say(w, SBD_EVENT_ISOLATE, HIGH + 2048 + 768, 8);
	KUNIT_EXPECT_EQ(test, own_of(w, HIGH + 2816), HIGH + 2816);
	KUNIT_EXPECT_EQ(test, count(w)->elsewhere, 0);
	KUNIT_EXPECT_STREQ(test, sbd_test_list(test, z, 9, SBD_MOVABLE), "2048");
	KUNIT_EXPECT_STREQ(test, sbd_test_list(test, z, 8, SBD_MOVABLE), "2560");
	KUNIT_EXPECT_EQ(test, (long)sbd_stat_exact(z, SBD_NR_FREE_PAGES), free - 256);
	say(w, SBD_EVENT_PUTBACK, HIGH + 2816, 8);
	KUNIT_EXPECT_EQ(test, z->area[10].nr_free, SBD_TEST_PAGES / 1024);
	KUNIT_EXPECT_EQ(test, z->area[8].nr_free + z->area[9].nr_free, 0UL);
	KUNIT_EXPECT_EQ(test, (long)sbd_stat_exact(z, SBD_NR_FREE_PAGES), free);
}

static void where_it_is_not_free_another_is_taken(struct kunit *test)
{
	struct world *w = usual(test);
	unsigned long taken, own;

	say_alloc(w, HIGH + 8192, 10);
	taken = own_of(w, HIGH + 8192);
	KUNIT_ASSERT_NE(test, taken, HIGH + 8192);
	say(w, SBD_EVENT_ISOLATE, taken, 10);
	KUNIT_EXPECT_EQ(test, count(w)->isolated, 1);
	KUNIT_EXPECT_EQ(test, count(w)->elsewhere, 1);
	KUNIT_EXPECT_EQ(test, count(w)->requests, 1);
	own = own_of(w, taken);
	KUNIT_EXPECT_NE(test, own, taken);
	KUNIT_EXPECT_NE(test, own, SBD_PFN_NONE);
	say(w, SBD_EVENT_PUTBACK, taken, 10);
	KUNIT_EXPECT_EQ(test, state_of(w, own), SBD_FRAME_BUDDY);
	KUNIT_EXPECT_EQ(test, state_of(w, taken), SBD_FRAME_USED);
}

static void a_putback_of_what_nobody_took_is_unmatched(struct kunit *test)
{
	struct world *w = usual(test);

	say(w, SBD_EVENT_PUTBACK, HIGH + 2048, 1);
	KUNIT_EXPECT_EQ(test, count(w)->unmatched, 2);
	expect_alike(test);
}

/* ---- kswapd ------------ */

static bool active(struct world *w, int i)
{
	return test_bit(SBD_ZONE_RECLAIM_ACTIVE, &zone(w, i)->flags);
}

static void say_kswapd(struct world *w, int kind, int nid, int highest)
{
	tell(w, 0, (struct sbd_event) { .kind = kind, .pfn = nid, .more = highest });
}

/* A host where drift can hide that little is free, and with boosts. */
static struct world *boosted(struct kunit *test)
{
	struct world *w = host_of(test, "6.12");
	int i;

	for (i = 0; i < 2; i++) {
		w->snap.zones[i].drift_mark = 5000;
		w->snap.zones[i].boost = 100;
	}
	mirror(test, NULL, 0);
	return w;
}

static void kswapd_works_on_the_zones_that_it_was_woken_for(struct kunit *test)
{
	struct world *w = boosted(test);

	say_kswapd(w, SBD_EVENT_KSWAPD_WAKE, 1, NORMAL_IDX);
	KUNIT_EXPECT_FALSE(test, active(w, 0) || active(w, 1));
	say_kswapd(w, SBD_EVENT_KSWAPD_WAKE, 0, DMA32_IDX);
	KUNIT_EXPECT_TRUE(test, active(w, 0));
	KUNIT_EXPECT_FALSE(test, active(w, 1));
	say_kswapd(w, SBD_EVENT_BALANCED, 1, 0);
	KUNIT_EXPECT_TRUE(test, active(w, 0));
	say_kswapd(w, SBD_EVENT_BALANCED, 0, 0);
	KUNIT_EXPECT_FALSE(test, active(w, 0));
	say_kswapd(w, SBD_EVENT_KSWAPD_WAKE, 0, NORMAL_IDX);
	KUNIT_EXPECT_TRUE(test, active(w, 0) && active(w, 1));
	say_kswapd(w, SBD_EVENT_KSWAPD_SLEEP, 0, 0);
	KUNIT_EXPECT_FALSE(test, active(w, 0) || active(w, 1));
}

static void the_boost_that_it_found_is_done_with(struct kunit *test)
{
	struct world *w = boosted(test);

	say_kswapd(w, SBD_EVENT_KSWAPD_WAKE, 0, DMA32_IDX);
	zone(w, 0)->boost += 30;
	say_kswapd(w, SBD_EVENT_BALANCED, 0, 0);
	KUNIT_EXPECT_EQ(test, zone(w, 0)->boost, 30UL);
	KUNIT_EXPECT_EQ(test, zone(w, 1)->boost, 100UL);
	/* once */
	say_kswapd(w, SBD_EVENT_KSWAPD_SLEEP, 0, 0);
	KUNIT_EXPECT_EQ(test, zone(w, 0)->boost, 30UL);
	/* without the hook, when it sleeps; what was taken back meanwhile stays so */
	say_kswapd(w, SBD_EVENT_KSWAPD_WAKE, 0, NORMAL_IDX);
	zone(w, 1)->boost = 20;
	say_kswapd(w, SBD_EVENT_KSWAPD_SLEEP, 0, 0);
	KUNIT_EXPECT_EQ(test, zone(w, 0)->boost, 0UL);
	KUNIT_EXPECT_EQ(test, zone(w, 1)->boost, 0UL);
}

static void expect_thresholds(struct kunit *test, int want)
{
	struct world *w = test->priv;
	int i, cpu;

	for (i = 0; i < 2; i++)
		for (cpu = 0; cpu < NR_CPUS_HERE; cpu++)
			KUNIT_EXPECT_EQ(test, zone(w, i)->cpus[cpu].stat_threshold, want);
}

static void under_pressure_counters_are_folded_sooner(struct kunit *test)
{
	struct world *w = boosted(test);
	int few = sbd_pressure_threshold(zone(w, 1)), usual = sbd_normal_threshold(zone(w, 1));

	KUNIT_ASSERT_NE(test, few, usual);
	KUNIT_ASSERT_EQ(test, sbd_pressure_threshold(zone(w, 0)), few);
	say_kswapd(w, SBD_EVENT_KSWAPD_WAKE, 0, DMA32_IDX);
	expect_thresholds(test, few);
	say_kswapd(w, SBD_EVENT_BALANCED, 0, 0);
	expect_thresholds(test, few);
	say_kswapd(w, SBD_EVENT_KSWAPD_SLEEP, 0, 0);
	expect_thresholds(test, usual);
}

static void where_drift_hides_nothing_they_stay(struct kunit *test)
{
	struct world *w = host_of(test, "6.12");
	int i, cpu;

	for (i = 0; i < 2; i++) {
		w->snap.zones[i].drift_mark = 0;
		for (cpu = 0; cpu < NR_CPUS_HERE; cpu++)
			w->snap.zones[i].cpus[cpu].threshold = 99;
	}
	mirror(test, NULL, 0);
	say_kswapd(w, SBD_EVENT_KSWAPD_WAKE, 0, NORMAL_IDX);
	expect_thresholds(test, 99);
	say_kswapd(w, SBD_EVENT_KSWAPD_SLEEP, 0, 0);
	expect_thresholds(test, 99);
}

/* ---- lists, workers, reserves ------------ */

static void one_list_is_drained(struct kunit *test)
{
	struct world *w = usual(test);
	int cpu;

	for (cpu = 0; cpu < NR_CPUS_HERE; cpu++) {
		host_free(w, cpu, host_alloc(w, cpu, GFP_KERNEL, 0), 0);
		host_free(w, cpu, host_alloc(w, cpu, GFP_DMA32, 0), 0);
	}
	KUNIT_ASSERT_GT(test, zone(w, 1)->cpus[1].pcp.count, 0);
	host_drain(w, 1, 1);
	KUNIT_EXPECT_EQ(test, zone(w, 1)->cpus[1].pcp.count, 0);
	KUNIT_EXPECT_GT(test, zone(w, 0)->cpus[1].pcp.count, 0);
	KUNIT_EXPECT_GT(test, zone(w, 1)->cpus[0].pcp.count, 0);
	expect_alike(test);
	/* of nobody */
	tell(w, 0, (struct sbd_event) {
		.kind = SBD_EVENT_DRAIN_ALL, .pfn = HIGH, .seq = NR_CPUS_HERE,
	});
	tell(w, 0, (struct sbd_event) { .kind = SBD_EVENT_DRAIN_ALL, .pfn = HIGH + 1 });
	expect_alike(test);
}

static void the_worker_runs_when_it_is_told(struct kunit *test)
{
	struct world *w = host_of(test, "6.12");
	struct sbd_zone *z;

	w->snap.zones[1].cpus[2].diff[0] = 5;
	mirror(test, NULL, 0);
	z = zone(w, 1);
	w->now += 10 * NSEC_PER_SEC;
	tell(w, 2, (struct sbd_event) { .kind = SBD_EVENT_VMSTAT });
	tell(w, 1, (struct sbd_event) { .kind = SBD_EVENT_VMSTAT, .more = 1 });
	KUNIT_EXPECT_EQ(test, z->cpus[2].stat_diff[0], 5);
	tell(w, 2, (struct sbd_event) { .kind = SBD_EVENT_VMSTAT, .more = 1 });
	KUNIT_EXPECT_EQ(test, z->cpus[2].stat_diff[0], 0);
}

static void else_it_is_punctual(struct kunit *test)
{
	struct world *w = host_of(test, "6.12");
	struct sbd_zone *z;

	w->snap.zones[1].cpus[2].diff[0] = 5;
	mirror(test, NULL, 0);
	w->s.hooks = 0;
	z = zone(w, 1);
	/* the last of three CPUs is due after three quarters of a second */
	w->now += 740 * NSEC_PER_MSEC;
	tell(w, 2, (struct sbd_event) { .kind = SBD_EVENT_BATCHED });
	KUNIT_EXPECT_EQ(test, z->cpus[2].stat_diff[0], 5);
	w->now += 20 * NSEC_PER_MSEC;
	tell(w, 1, (struct sbd_event) { .kind = SBD_EVENT_BATCHED });
	KUNIT_EXPECT_EQ(test, z->cpus[2].stat_diff[0], 5);
	tell(w, 2, (struct sbd_event) { .kind = SBD_EVENT_BATCHED });
	KUNIT_EXPECT_EQ(test, z->cpus[2].stat_diff[0], 0);
	z->cpus[2].stat_diff[0] = 5;
	w->now += 990 * NSEC_PER_MSEC;
	tell(w, 2, (struct sbd_event) { .kind = SBD_EVENT_BATCHED });
	KUNIT_EXPECT_EQ(test, z->cpus[2].stat_diff[0], 5);
	w->now += 10 * NSEC_PER_MSEC;
	tell(w, 2, (struct sbd_event) { .kind = SBD_EVENT_BATCHED });
	KUNIT_EXPECT_EQ(test, z->cpus[2].stat_diff[0], 0);
}

static void say_unreserve(struct world *w, int highest, int type, bool force)
{
	tell(w, 0, (struct sbd_event) {
		.kind = SBD_EVENT_UNRESERVE, .order = highest, .type = type, .more = force,
	});
}

/* 6.1 reserves one pageblock in a zone as small as that. */
static void a_reserve_is_given_back(struct kunit *test)
{
	struct world *w = host_of(test, "6.1");
	struct sbd_zone *z = w->host->zone[1];

	sbd_test_take(z, 512, 3);
	sbd_reserve_highatomic(z, 0, HIGH + 512, 3);
	look_at_host(w);
	mirror(test, NULL, 0);
	KUNIT_ASSERT_EQ(test, zone(w, 1)->nr_reserved_highatomic, 512UL);
	/* not the last one, not for that zone, not of such a type */
	say_unreserve(w, NORMAL_IDX, SBD_RECLAIMABLE, false);
	say_unreserve(w, DMA32_IDX, SBD_RECLAIMABLE, true);
	say_unreserve(w, NORMAL_IDX, -1, true);
	say_unreserve(w, NORMAL_IDX, SBD_PCPTYPES, true);
	expect_alike(test);
	sbd_unreserve_highatomic(z, 0, SBD_RECLAIMABLE, true);
	say_unreserve(w, NORMAL_IDX, SBD_RECLAIMABLE, true);
	KUNIT_EXPECT_EQ(test, zone(w, 1)->nr_reserved_highatomic, 0UL);
	KUNIT_EXPECT_EQ(test, sbd_block_type(zone(w, 1), HIGH + 512), SBD_RECLAIMABLE);
	expect_alike(test);
}

/* ---- how far apart ------------ */

/* 32 blocks of the largest order are all there is. */
static void distance_is_the_share_in_other_blocks(struct kunit *test)
{
	struct world *w = usual(test);
	const struct sbd_distance *d = &w->s.inst[0].apart;
	unsigned long host[SBD_NR_ORDERS] = { [10] = 32 };

	sbd_stream_sample(&w->s, host);
	KUNIT_EXPECT_EQ(test, d->last, 0);
	host[10] = 31;
	host[0] = 1024;
	sbd_stream_sample(&w->s, host);
	KUNIT_EXPECT_EQ(test, d->last, 312);
	KUNIT_EXPECT_EQ(test, d->free, 0);
	host[0] = 0;
	sbd_stream_sample(&w->s, host);
	KUNIT_EXPECT_EQ(test, d->last, 161);
	KUNIT_EXPECT_EQ(test, d->worst, 312);
	KUNIT_EXPECT_EQ(test, d->free, 1024);
	host[10] = 0;
	sbd_stream_sample(&w->s, host);
	KUNIT_EXPECT_EQ(test, d->last, 0);
	KUNIT_EXPECT_EQ(test, w->s.samples, 4);
	sbd_stream_load(&w->s, &w->snap);
	KUNIT_EXPECT_EQ(test, d->worst, 0);
	KUNIT_EXPECT_EQ(test, w->s.samples, 0);
}

static void a_state_that_is_not_alike_is_named(struct kunit *test)
{
	struct world *w = usual(test);

	expect_alike(test);
	KUNIT_EXPECT_NULL(test, (void *)w->s.diff.what);
	say_alloc(w, HIGH, 10);
	sbd_stream_compare(&w->s, &w->snap);
	KUNIT_EXPECT_STREQ(test, w->s.diff.what, "free_list");
	KUNIT_EXPECT_EQ(test, w->s.diff.zone, 1);
	KUNIT_EXPECT_EQ(test, w->s.diff.order, 10);
	KUNIT_EXPECT_EQ(test, w->s.compared, 2);
	KUNIT_EXPECT_EQ(test, w->s.alike, 1);
}

/* ---- what if ------------ */

static bool same_marks(const struct sbd_zone *a, const struct sbd_zone *b)
{
	return !memcmp(a->wmark, b->wmark, sizeof(a->wmark));
}

static bool same_lists(struct sbd_zone *a, struct sbd_zone *b)
{
	const struct sbd_pcp *p = sbd_pcp(a, 0), *q = sbd_pcp(b, 0);

	return p->batch == q->batch && p->high_min == q->high_min &&
	       p->high_max == q->high_max;
}

/* Each differs from the baseline in what follows from its setting, and in that only. */
static void settings_change_what_follows_from_them(struct kunit *test)
{
	static const char * const lines[] = {
		"same", "boost watermark_boost_factor=0",
		"short percpu_pagelist_high_fraction=100", "marks watermark_scale_factor=500",
	};
	static const bool marks[] = { true, true, true, false };
	static const bool lists[] = { true, true, false };
	struct world *w = host_of(test, "6.12");
	struct sbd_zone *z;
	int i;

	mirror(test, lines, ARRAY_SIZE(lines));
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		z = instance(w, i + 1)->sys->zone[1];
		KUNIT_EXPECT_EQ_MSG(test, same_marks(z, zone(w, 1)), marks[i], "%s", lines[i]);
		if (i < ARRAY_SIZE(lists))
			KUNIT_EXPECT_EQ_MSG(test, same_lists(z, zone(w, 1)), lists[i], "%s",
					    lines[i]);
	}
	KUNIT_EXPECT_EQ(test, instance(w, 2)->sys->tun.watermark_boost_factor, 0);
	KUNIT_EXPECT_EQ(test, instance(w, 3)->sys->tun.watermark_boost_factor,
			w->host->tun.watermark_boost_factor);
}

static void all_get_the_same_requests(struct kunit *test)
{
	static const char * const lines[] = {
		"same", "short percpu_pagelist_high_fraction=1000", "older profile=6.1",
	};
	struct life *l = some(test, 1, sizeof(*l));
	struct world *w = host_of(test, "6.12");
	const struct sbd_mirror_count *n;
	int i;

	prandom_seed_state(&l->rnd, sbd_test_seed(test));
	mirror(test, lines, ARRAY_SIZE(lines));
	live_on(w, l, 8000);
	KUNIT_EXPECT_EQ(test, count(w)->exact, count(w)->requests);
	KUNIT_EXPECT_EQ(test, memcmp(count(w), &instance(w, 1)->now, sizeof(*n)), 0);
	for (i = 2; i < 4; i++) {
		n = &instance(w, i)->now;
		KUNIT_EXPECT_EQ(test, n->requests, count(w)->requests);
		KUNIT_EXPECT_EQ(test, n->frees, count(w)->frees);
		KUNIT_EXPECT_EQ(test, n->unmatched, 0);
		KUNIT_EXPECT_LT(test, n->exact, n->requests);
	}
	KUNIT_EXPECT_EQ(test, instance(w, 3)->prof.type_hygiene, false);
	KUNIT_EXPECT_EQ(test, instance(w, 2)->prof.type_hygiene, true);
}

/* Begun anew, all are as at the beginning. */
static void settings_outlive_a_snapshot(struct kunit *test)
{
	static const char * const lines[] = { "tight min_free_kbytes=8192" };
	struct world *w = host_of(test, "6.12");
	unsigned long mark;

	mirror(test, lines, 1);
	mark = instance(w, 1)->sys->zone[1]->wmark[SBD_WMARK_MIN];
	KUNIT_EXPECT_GT(test, mark, zone(w, 1)->wmark[SBD_WMARK_MIN]);
	say_alloc(w, HIGH + 5000, 0);
	sbd_stream_load(&w->s, &w->snap);
	KUNIT_EXPECT_EQ(test, instance(w, 1)->sys->zone[1]->wmark[SBD_WMARK_MIN], mark);
	KUNIT_EXPECT_EQ(test, instance(w, 1)->now.requests, 0);
	KUNIT_EXPECT_EQ(test, sbd_stream_events(&w->s), 0);
	KUNIT_EXPECT_FALSE(test, sbd_mirror_knows(instance(w, 0), HIGH + 5000));
	expect_alike(test);
}

static void bad_lines_are_refused(struct kunit *test)
{
	static const struct { const char *line; int err; } bad[] = {
		{ "", -EINVAL }, { " a", -EINVAL }, { "add", -EINVAL }, { "remove", -EINVAL },
		{ "baseline", -EINVAL }, { "-a", -EINVAL }, { "a/b", -EINVAL },
		{ "..", -EINVAL }, { "a.b", -EINVAL }, { "sixteen_letters_", -EINVAL },
		{ "a speed=1", -EINVAL }, { "a word", -EINVAL }, { "a =1", -EINVAL },
		{ "a profile=5.0", -EINVAL }, { "a profile=", -EINVAL },
		{ "a watermark_scale_factor=", -EINVAL },
		{ "a watermark_scale_factor=x", -EINVAL },
		{ "a watermark_scale_factor=0", -ERANGE },
		{ "a watermark_scale_factor=3001", -ERANGE },
		{ "a watermark_boost_factor=-1", -ERANGE },
		{ "a min_free_kbytes=99999999999", -ERANGE },
		{ "a percpu_pagelist_high_fraction=7", -ERANGE },
		{ "a stat_interval=3601", -ERANGE },
		{ "a watermark_boost_factor=0 watermark_scale_factor=0", -ERANGE },
	};
	struct sbd_error err;
	struct sbd_whatif w;
	char line[80];
	int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		err = (struct sbd_error) { };
		strscpy(line, bad[i].line, sizeof(line));
		KUNIT_EXPECT_EQ_MSG(test, sbd_whatif_parse(&w, line, &err), bad[i].err, "%s",
				    bad[i].line);
		KUNIT_EXPECT_NE_MSG(test, err.why[0], 0, "%s", bad[i].line);
	}
}

static int parse(struct sbd_whatif *w, const char *line, bool tune)
{
	struct sbd_error err = { };
	char args[128];

	strscpy(args, line, sizeof(args));
	return tune ? sbd_whatif_tune(w, args, &err) : sbd_whatif_parse(w, args, &err);
}

static void good_lines_are_taken(struct kunit *test)
{
	struct sbd_text t = { };
	struct sbd_whatif w;

	KUNIT_EXPECT_EQ(test, parse(&w, "fifteen-letter_\n", false), 0);
	KUNIT_EXPECT_STREQ(test, w.name, "fifteen-letter_");
	KUNIT_EXPECT_EQ(test, w.set, 0);
	KUNIT_EXPECT_EQ(test, parse(&w, "a  profile=6.1\twatermark_boost_factor=0 "
				    "percpu_pagelist_high_fraction=0 "
				    "watermark_scale_factor=0x10\n", false), 0);
	sbd_whatif_show(&w, &t);
	KUNIT_EXPECT_STREQ(test, t.buf, "profile: 6.1\nwatermark_scale_factor: 16\n"
			   "watermark_boost_factor: 0\npercpu_pagelist_high_fraction: 0\n");
	sbd_text_free(&t);
}

static void a_line_that_is_half_bad_changes_nothing(struct kunit *test)
{
	struct sbd_whatif w, was;

	KUNIT_ASSERT_EQ(test, parse(&w, "a watermark_boost_factor=5000", false), 0);
	was = w;
	KUNIT_EXPECT_EQ(test, parse(&w, "watermark_boost_factor=0 speed=1", true), -EINVAL);
	KUNIT_EXPECT_EQ(test, parse(&w, "profile=6.1 stat_interval=-1", true), -ERANGE);
	KUNIT_EXPECT_EQ(test, parse(&w, "min_free_kbytes=9 profile=7.0", true), -EINVAL);
	KUNIT_EXPECT_EQ(test, memcmp(&w, &was, sizeof(w)), 0);
	KUNIT_EXPECT_EQ(test, parse(&w, "watermark_boost_factor=0 profile=6.1", true), 0);
	KUNIT_EXPECT_EQ(test, w.tun.watermark_boost_factor, 0);
	KUNIT_EXPECT_STREQ(test, w.name, "a");
}

/* ---- the table ------------ */

/* A line of a text by its first word, with one blank between words. */
static const char *line_of(struct kunit *test, const char *text, const char *word)
{
	char *line = some(test, 256, 1), *to = line;
	size_t len = strlen(word);

	while (*text && (strncmp(text, word, len) || text[len] != ' ')) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	for (; *text && *text != '\n' && to < line + 255; text++)
		if (*text != ' ' || (to > line && to[-1] != ' '))
			*to++ = *text;
	return line;
}

static void figures_are_held_against_the_baselines_error(struct kunit *test)
{
	static const char * const names[] = { "baseline", "one", "two" };
	struct sbd_figures host = { }, own[3] = { };
	struct sbd_text t = { };

	host.v[SBD_FIG_FALLBACKS] = 100;
	own[0].v[SBD_FIG_FALLBACKS] = 90;
	own[1].v[SBD_FIG_FALLBACKS] = 100;
	own[2].v[SBD_FIG_FALLBACKS] = 79;
	host.v[SBD_FIG_CLAIMS] = 50;
	own[0].v[SBD_FIG_CLAIMS] = 60;
	own[1].v[SBD_FIG_CLAIMS] = 60;
	own[2].v[SBD_FIG_CLAIMS] = 71;
	own[2].v[SBD_FIG_STEALS] = 1;
	host.v[SBD_FIG_BOOSTS] = SBD_FIG_UNKNOWN;
	own[0].v[SBD_FIG_BOOSTS] = 3;
	own[1].v[SBD_FIG_BOOSTS] = 3;
	own[2].v[SBD_FIG_BOOSTS] = 4;
	host.v[SBD_FIG_PCP_HITS] = 9912;
	own[0].v[SBD_FIG_PCP_HITS] = 9900;
	own[1].v[SBD_FIG_PCP_HITS] = 9800;
	own[2].v[SBD_FIG_PCP_HITS] = 9888;
	sbd_figures_print(&t, &host, own, names, 3);
	KUNIT_EXPECT_STREQ(test, line_of(test, t.buf, "figure"),
			   "figure host baseline error one change two change kind");
	KUNIT_EXPECT_STREQ(test, line_of(test, t.buf, "fallbacks"),
			   "fallbacks 100 90 10 100 within_error 79 -11 sound");
	KUNIT_EXPECT_STREQ(test, line_of(test, t.buf, "claims"),
			   "claims 50 60 10 60 same 71 11 sound");
	KUNIT_EXPECT_STREQ(test, line_of(test, t.buf, "steals"),
			   "steals 0 0 0 0 same 1 1 sound");
	KUNIT_EXPECT_STREQ(test, line_of(test, t.buf, "boosts"),
			   "boosts - 3 - 3 same 4 1 sound");
	KUNIT_EXPECT_STREQ(test, line_of(test, t.buf, "per_cpu_hit_pct"),
			   "per_cpu_hit_pct 99.12 99.00 0.12 98.00 -1.00 98.88 within_error open_loop");
	KUNIT_EXPECT_STREQ(test, line_of(test, t.buf, "zone_locks"),
			   "zone_locks 0 0 0 0 same 0 same open_loop");
	sbd_text_free(&t);
}

static void free_blocks_tell_two_figures(struct kunit *test)
{
	static const unsigned long none[SBD_NR_ORDERS];
	const unsigned long some_free[SBD_NR_ORDERS] = { [0] = 512, [9] = 1, [10] = 1 };
	struct sbd_figures f = { };

	sbd_figures_memory(&f, some_free);
	KUNIT_EXPECT_EQ(test, f.v[SBD_FIG_LARGE], 3);
	KUNIT_EXPECT_EQ(test, f.v[SBD_FIG_UNUSABLE], 2500);
	sbd_figures_memory(&f, none);
	KUNIT_EXPECT_EQ(test, f.v[SBD_FIG_LARGE], 0);
	KUNIT_EXPECT_EQ(test, f.v[SBD_FIG_UNUSABLE], 0);
}

static const char *shown(struct kunit *test, const char *word)
{
	struct world *w = test->priv;
	struct sbd_text t = { };
	const char *line;

	sbd_stream_show(&w->s, &t);
	KUNIT_ASSERT_NOT_NULL(test, t.buf);
	line = line_of(test, t.buf, word);
	sbd_text_free(&t);
	return line;
}

/* No share is shown of nothing; events are counted by kind. */
static void what_came_out_is_shown(struct kunit *test)
{
	struct world *w = usual(test);

	KUNIT_EXPECT_STREQ(test, shown(test, "exact_pct:"), "");
	KUNIT_EXPECT_STREQ(test, shown(test, "hooks:"), "hooks: vmstat");
	KUNIT_EXPECT_STREQ(test, shown(test, "first_difference:"), "first_difference: 0");
	host_alloc(w, 0, GFP_KERNEL, 0);
	host_alloc(w, 0, GFP_KERNEL, 0);
	say_alloc(w, HIGH + 5000, 0);
	KUNIT_EXPECT_STREQ(test, shown(test, "allocs:"), "allocs: 3");
	KUNIT_EXPECT_STREQ(test, shown(test, "refills:"), "refills: 1");
	KUNIT_EXPECT_STREQ(test, shown(test, "exact_pct:"), "exact_pct: 66.66");
	KUNIT_EXPECT_STREQ(test, shown(test, "path_pct:"), "path_pct: 100.00");
	KUNIT_EXPECT_STREQ(test, shown(test, "per_cpu_hit_pct"),
			   "per_cpu_hit_pct 66.66 66.66 0.00 open_loop");
	KUNIT_EXPECT_STREQ(test, shown(test, "other:"),
			   "other: refused 0 zone 0 fallback 0 path 0 refill 0 frame 1");
	KUNIT_EXPECT_STREQ(test, shown(test, "first:"),
			   "first: frame cpu 0 order 0 type 0 gfp 0xcc0 host: per_cpu own: per_cpu kswapd: no reordered: no");
	KUNIT_EXPECT_EQ(test, sbd_stream_events(&w->s), 5);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_host_is_followed),
	KUNIT_CASE(a_free_gives_back_the_frame_that_it_got_here),
	KUNIT_CASE(a_block_is_one_block_here),
	KUNIT_CASE(what_is_no_block_here_is_freed_by_the_page),
	KUNIT_CASE(the_first_other_frame_is_noted),
	KUNIT_CASE(in_what_it_is_other_is_counted),
	KUNIT_CASE(a_free_of_what_nobody_saw_is_unmatched),
	KUNIT_CASE(frames_of_no_zone_are_no_requests),
	KUNIT_CASE(what_the_host_refused_is_not_asked),
	KUNIT_CASE(a_frame_in_other_hands_was_freed),
	KUNIT_CASE(a_page_within_a_block_in_other_hands_was_freed),
	KUNIT_CASE(numbers_under_a_lock_tell_of_inversion),
	KUNIT_CASE(what_is_refused_here_is_had_by_leave),
	KUNIT_CASE(where_nothing_is_left_there_is_no_leave),
	KUNIT_CASE(a_bulk_call_is_one_call_here),
	KUNIT_CASE(it_is_served_when_all_of_it_was_told),
	KUNIT_CASE(a_bulk_call_may_be_large),
	KUNIT_CASE(pages_of_a_batch_go_when_they_are_told_of),
	KUNIT_CASE(a_batch_has_an_end),
	KUNIT_CASE(a_block_that_is_free_is_taken_here),
	KUNIT_CASE(of_a_larger_one_the_part_is_taken),
	KUNIT_CASE(where_it_is_not_free_another_is_taken),
	KUNIT_CASE(a_putback_of_what_nobody_took_is_unmatched),
	KUNIT_CASE(kswapd_works_on_the_zones_that_it_was_woken_for),
	KUNIT_CASE(the_boost_that_it_found_is_done_with),
	KUNIT_CASE(under_pressure_counters_are_folded_sooner),
	KUNIT_CASE(where_drift_hides_nothing_they_stay),
	KUNIT_CASE(one_list_is_drained),
	KUNIT_CASE(the_worker_runs_when_it_is_told),
	KUNIT_CASE(else_it_is_punctual),
	KUNIT_CASE(a_reserve_is_given_back),
	KUNIT_CASE(distance_is_the_share_in_other_blocks),
	KUNIT_CASE(a_state_that_is_not_alike_is_named),
	KUNIT_CASE(settings_change_what_follows_from_them),
	KUNIT_CASE(all_get_the_same_requests),
	KUNIT_CASE(settings_outlive_a_snapshot),
	KUNIT_CASE(bad_lines_are_refused),
	KUNIT_CASE(good_lines_are_taken),
	KUNIT_CASE(a_line_that_is_half_bad_changes_nothing),
	KUNIT_CASE(figures_are_held_against_the_baselines_error),
	KUNIT_CASE(free_blocks_tell_two_figures),
	KUNIT_CASE(what_came_out_is_shown),
	{ }
};

static struct kunit_suite suite = {
	.name = "shadowbuddy_mirror",
	.init = begin,
	.exit = end,
	.test_cases = cases,
};

kunit_test_suite(suite);
