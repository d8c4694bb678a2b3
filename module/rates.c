// SPDX-License-Identifier: GPL-2.0
/*
 * Counting what the host's allocator did, and printing the counts.
 *
 * One thread brings the events and alone writes the counts, with no lock: it may
 * have a million a second to bring.  A reader sees each count whole, though not all
 * of the same instant.  So that a reset need not write what the thread writes, it
 * keeps the counts of that moment, and what is shown is the difference.
 */
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "hook.h"
#include "rates.h"
#include "zone.h"

/**
 * struct sbd_rates_seen - what was seen on one CPU since its last request
 * @pages:  fetched from a zone for its lists
 * @pfn:    block that was taken from a zone last
 * @direct: a block that its lists could have held was taken from a zone past them
 */
struct sbd_rates_seen {
	u32 pages;
	u32 pfn;
	bool direct;
};

static const char * const event_names[SBD_FIRST_HOOK] = {
	[SBD_EVENT_ALLOC] = "mm_page_alloc",
	[SBD_EVENT_FREE] = "mm_page_free",
	[SBD_EVENT_BATCHED] = "mm_page_free_batched",
	[SBD_EVENT_LOCKED] = "mm_page_alloc_zone_locked",
	[SBD_EVENT_DRAIN] = "mm_page_pcpu_drain",
	[SBD_EVENT_FALLBACK] = "mm_page_alloc_extfrag",
	[SBD_EVENT_KSWAPD_WAKE] = "mm_vmscan_kswapd_wake",
	[SBD_EVENT_KSWAPD_SLEEP] = "mm_vmscan_kswapd_sleep",
};

/* ---- where counts are -------------------------------------------------------- */

static struct sbd_rates_cell *cell_of(const struct sbd_rates *r,
				      struct sbd_rates_count *c,
				      unsigned int zone, unsigned int order)
{
	return (struct sbd_rates_cell *)c->rest + zone * SBD_NR_ORDERS + order;
}

static struct sbd_rates_cpu *cpu_of(const struct sbd_rates *r,
				    struct sbd_rates_count *c, unsigned int cpu)
{
	return (struct sbd_rates_cpu *)cell_of(r, c, r->nr_zones, 0) + cpu;
}

/* The last one is for frames that are no memory, or no longer. */
static unsigned int zone_of(const struct sbd_rates *r, unsigned long pfn)
{
	struct page *page = pfn_to_online_page(pfn);

	if (!page)
		return r->nr_zones - 1;
	return page_to_nid(page) * MAX_NR_ZONES + page_zonenum(page);
}

static unsigned int type_of(int type)
{
	return type >= 0 && type < SBD_PCPTYPES ? type : SBD_RATES_OTHER;
}

static unsigned int order_of(const struct sbd_event *e)
{
	return min_t(unsigned int, e->order, SBD_MAX_ORDER);
}

/* Would the host's per-CPU lists hold a block of this order? */
static bool listed(unsigned int order)
{
	return order <= PAGE_ALLOC_COSTLY_ORDER ||
	       (IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE) &&
		order == pageblock_order);
}

/* ---- counting ---------------------------------------------------------------- */

/* There is one writer; who reads meanwhile sees the old number or the new one. */
static void add(u64 *count, u64 n)
{
	WRITE_ONCE(*count, *count + n);
}

/* Whatever was fetched since the last request was fetched for this one. */
static bool end_refill(struct sbd_rates_cpu *c, struct sbd_rates_seen *s)
{
	if (!s->pages)
		return false;
	add(&c->refills, 1);
	add(&c->refilled, s->pages);
	s->pages = 0;
	return true;
}

static void count_path(struct sbd_rates_cpu *c, struct sbd_rates_seen *s,
		       unsigned int order)
{
	bool direct = s->direct;

	s->direct = false;
	if (!listed(order))
		return;
	add(&c->allocs, 1);
	if (!end_refill(c, s))
		add(direct ? &c->direct : &c->hits, 1);
}

static void count_alloc(struct sbd_rates *r, int cpu, const struct sbd_event *e)
{
	unsigned int order = order_of(e), type = type_of(e->type);

	if (e->pfn == SBD_EVENT_NO_PFN) {
		add(&r->now->refused[order][type], 1);
		return;
	}
	add(&cell_of(r, r->now, zone_of(r, e->pfn), order)->alloc[type], 1);
	count_path(cpu_of(r, r->now, cpu), &r->seen[cpu], order);
}

static void count_bulk(struct sbd_rates *r, int cpu, const struct sbd_event *e)
{
	struct sbd_rates_cpu *c = cpu_of(r, r->now, cpu);

	add(&cell_of(r, r->now, zone_of(r, e->pfn), 0)->bulk, 1);
	add(&c->bulk, 1);
	end_refill(c, &r->seen[cpu]);
}

static void count_locked(struct sbd_rates_seen *s, const struct sbd_event *e)
{
	s->pfn = e->pfn;
	if (e->more)
		s->pages += 1U << order_of(e);
	else
		s->direct |= listed(e->order);
}

/*
 * From 6.10 a fallback is told of once the block is taken: instead of
 * mm_page_alloc_zone_locked, or after it.  Before, it announces one.
 */
static void count_fallback(struct sbd_rates *r, int cpu,
			   const struct sbd_event *e)
{
	unsigned int from = type_of(e->type), to = type_of(e->more & 0xf);
	struct sbd_rates_seen *s = &r->seen[cpu];

	add(&r->now->fallback[from][to][order_of(e)][!!(e->more & SBD_EVENT_CLAIMED)],
	    1);
	if (r->fallback_takes && s->pfn != e->pfn && listed(e->order))
		s->pages += 1U << e->order;
	s->pfn = SBD_EVENT_NO_PFN;
}

/**
 * sbd_rates_event() - count an event
 * @r:	 created
 * @cpu: on which it happened
 * @e:	 the event; those of a CPU come in the order of their times
 *
 * Context: process; one caller at a time.
 */
void sbd_rates_event(struct sbd_rates *r, int cpu, const struct sbd_event *e)
{
	struct sbd_rates_cpu *c = cpu_of(r, r->now, cpu);

	add(&r->now->kind[e->kind], 1);
	switch (e->kind) {
	case SBD_EVENT_ALLOC:
		count_alloc(r, cpu, e);
		break;
	case SBD_EVENT_FREE:
		add(&cell_of(r, r->now, zone_of(r, e->pfn), order_of(e))->free, 1);
		break;
	case SBD_EVENT_BATCHED:
		add(&c->batched, 1);
		break;
	case SBD_EVENT_LOCKED:
		count_locked(&r->seen[cpu], e);
		break;
	case SBD_EVENT_DRAIN:
		add(&c->drained, 1UL << order_of(e));
		break;
	case SBD_EVENT_FALLBACK:
		count_fallback(r, cpu, e);
		break;
	case SBD_EVENT_BULK:
		count_bulk(r, cpu, e);
		break;
	}
}

/* ---- beginning and ending ---------------------------------------------------- */

static struct sbd_rates_count *make_count(const struct sbd_rates *r)
{
	return kvcalloc(r->len, sizeof(u64), GFP_KERNEL);
}

/**
 * sbd_rates_create() - begin to count
 * @r:	 filled
 * @now: on the clock of the events
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOMEM and nothing to destroy.
 */
int sbd_rates_create(struct sbd_rates *r, u64 now)
{
	size_t cells, cpus;

	mutex_init(&r->lock);
	r->fallback_takes = SBD_LIVE_FALLBACK_TAKES;
	r->nr_zones = nr_node_ids * MAX_NR_ZONES + 1;
	r->nr_cpus = nr_cpu_ids;
	cells = array3_size(r->nr_zones, SBD_NR_ORDERS,
			    sizeof(struct sbd_rates_cell));
	cpus = array_size(r->nr_cpus, sizeof(struct sbd_rates_cpu));
	r->len = size_add(sizeof(struct sbd_rates_count),
			  size_add(cells, cpus)) / sizeof(u64);
	r->now = make_count(r);
	r->base = make_count(r);
	r->view = make_count(r);
	r->seen = kvcalloc(r->nr_cpus, sizeof(*r->seen), GFP_KERNEL);
	if (!r->now || !r->base || !r->view || !r->seen) {
		sbd_rates_destroy(r);
		return -ENOMEM;
	}
	r->since = now;
	r->dropped = 0;
	return 0;
}

/**
 * sbd_rates_destroy() - give the memory back
 * @r: created, or all zero
 *
 * Context: process, may sleep; nobody brings events or reads.
 */
void sbd_rates_destroy(struct sbd_rates *r)
{
	kvfree(r->seen);
	kvfree(r->view);
	kvfree(r->base);
	kvfree(r->now);
	r->seen = NULL;
	r->view = NULL;
	r->base = NULL;
	r->now = NULL;
}

static_assert(sizeof(struct sbd_rates_count) % sizeof(u64) == 0);
static_assert(sizeof(struct sbd_rates_cell) % sizeof(u64) == 0);
static_assert(sizeof(struct sbd_rates_cpu) % sizeof(u64) == 0);

/**
 * sbd_rates_reset() - count from zero
 * @r:	     created
 * @now:     on the clock of the events
 * @dropped: events lost so far
 *
 * Context: process, may sleep; events may come meanwhile.
 */
void sbd_rates_reset(struct sbd_rates *r, u64 now, u64 dropped)
{
	const u64 *from = (const u64 *)r->now;
	u64 *to = (u64 *)r->base;
	size_t i;

	mutex_lock(&r->lock);
	for (i = 0; i < r->len; i++)
		to[i] = READ_ONCE(from[i]);
	r->since = now;
	r->dropped = dropped;
	mutex_unlock(&r->lock);
}

/* ---- printing ---------------------------------------------------------------- */

/**
 * struct span - the time that is printed
 * @ms:	     milliseconds
 * @dropped: events lost in it
 */
struct span {
	u64 ms;
	u64 dropped;
};

/* Fill the view, and print what it is a view of. */
static struct span look(struct sbd_rates *r, struct sbd_text *t, u64 now,
			u64 dropped)
{
	const u64 *new = (const u64 *)r->now, *old = (const u64 *)r->base;
	u64 *view = (u64 *)r->view;
	struct span s;
	size_t i;

	lockdep_assert_held(&r->lock);
	for (i = 0; i < r->len; i++)
		view[i] = READ_ONCE(new[i]) - old[i];
	s.ms = now > r->since ? div_u64(now - r->since, NSEC_PER_MSEC) : 0;
	s.dropped = dropped - r->dropped;
	sbd_text_printf(t, "seconds: %llu.%03llu\ndropped: %llu\n",
			s.ms / 1000, s.ms % 1000, s.dropped);
	return s;
}

/* " N.N", or " -" if no time has passed. */
static void print_rate(struct sbd_text *t, u64 n, u64 ms)
{
	u64 tenths = ms ? div64_u64(n * 10000, ms) : 0;

	if (ms)
		sbd_text_printf(t, " %llu.%llu", tenths / 10, tenths % 10);
	else
		sbd_text_printf(t, " -");
}

static const char *type_name(unsigned int type)
{
	return type < SBD_PCPTYPES ? sbd_type_names[type] : "other";
}

/* " node zone" */
static void print_zone(const struct sbd_rates *r, struct sbd_text *t,
		       unsigned int zone)
{
	int nid = zone / MAX_NR_ZONES;

	if (zone == r->nr_zones - 1)
		sbd_text_printf(t, " - -");
	else
		sbd_text_printf(t, " %d %s", nid,
				NODE_DATA(nid)->node_zones[zone % MAX_NR_ZONES].name);
}

static void print_events(const struct sbd_rates *r, struct sbd_text *t, u64 ms)
{
	int k;

	sbd_text_printf(t, "\nevent count per_s\n");
	for (k = 0; k < SBD_NR_EVENT_KINDS; k++) {
		sbd_text_printf(t, "%s %llu", k < SBD_FIRST_HOOK ? event_names[k] :
				sbd_hook_name(k - SBD_FIRST_HOOK),
				r->view->kind[k]);
		print_rate(t, r->view->kind[k], ms);
		sbd_text_printf(t, "\n");
	}
}

/* A row a type for what was asked for, and one for what has no type. */
static void print_cell(const struct sbd_rates *r, struct sbd_text *t,
		       unsigned int zone, unsigned int order, u64 ms)
{
	const struct sbd_rates_cell *c = cell_of(r, r->view, zone, order);
	unsigned int mt;

	for (mt = 0; mt < SBD_RATES_TYPES; mt++) {
		if (!c->alloc[mt])
			continue;
		sbd_text_printf(t, "%u", order);
		print_zone(r, t, zone);
		sbd_text_printf(t, " %s %llu - -", type_name(mt), c->alloc[mt]);
		print_rate(t, c->alloc[mt], ms);
		sbd_text_printf(t, " -\n");
	}
	if (!c->free && !c->bulk)
		return;
	sbd_text_printf(t, "%u", order);
	print_zone(r, t, zone);
	sbd_text_printf(t, " - - %llu %llu -", c->bulk, c->free);
	print_rate(t, c->free, ms);
	sbd_text_printf(t, "\n");
}

static void print_cells(const struct sbd_rates *r, struct sbd_text *t, u64 ms)
{
	unsigned int zone, order;

	sbd_text_printf(t, "\norder node zone type allocs bulk frees allocs_per_s frees_per_s\n");
	for (order = 0; order < SBD_NR_ORDERS; order++)
		for (zone = 0; zone < r->nr_zones; zone++)
			print_cell(r, t, zone, order, ms);
}

static void print_refused(const struct sbd_rates *r, struct sbd_text *t)
{
	unsigned int order, mt;

	sbd_text_printf(t, "\norder type refused\n");
	for (order = 0; order < SBD_NR_ORDERS; order++)
		for (mt = 0; mt < SBD_RATES_TYPES; mt++)
			if (r->view->refused[order][mt])
				sbd_text_printf(t, "%u %s %llu\n", order, type_name(mt),
						r->view->refused[order][mt]);
}

/**
 * sbd_rates_show() - live/rates
 * @r:	     created
 * @t:	     appended to
 * @now:     on the clock of the events; once there are no more, when they ended
 * @dropped: events lost, ever
 *
 * Context: process, may sleep; events may come meanwhile.
 */
void sbd_rates_show(struct sbd_rates *r, struct sbd_text *t, u64 now,
		    u64 dropped)
{
	u64 events = 0;
	struct span s;
	int k;

	mutex_lock(&r->lock);
	s = look(r, t, now, dropped);
	for (k = 0; k < SBD_NR_EVENT_KINDS; k++)
		events += r->view->kind[k];
	sbd_text_printf(t, "events: %llu\n", events);
	print_events(r, t, s.ms);
	print_cells(r, t, s.ms);
	print_refused(r, t);
	mutex_unlock(&r->lock);
}

static void print_lists(struct sbd_text *t, const struct sbd_rates_cpu *c)
{
	u64 share = c->allocs ? div64_u64(c->hits * 10000, c->allocs) : 0;

	sbd_text_printf(t, " %llu %llu", c->allocs, c->hits);
	if (c->allocs)
		sbd_text_printf(t, " %llu.%02llu", share / 100, share % 100);
	else
		sbd_text_printf(t, " -");
	sbd_text_printf(t, " %llu %llu %llu %llu %llu %llu\n", c->refills,
			c->refilled, c->direct, c->drained, c->batched, c->bulk);
}

/**
 * sbd_rates_show_lists() - live/lists
 * @r:	     created
 * @t:	     appended to
 * @now:     as for sbd_rates_show()
 * @dropped: likewise
 *
 * A row a CPU that did something, then one for all.
 * Context: process, may sleep; events may come meanwhile.
 */
void sbd_rates_show_lists(struct sbd_rates *r, struct sbd_text *t, u64 now,
			  u64 dropped)
{
	struct sbd_rates_cpu all = { };
	const struct sbd_rates_cpu *c;
	u64 *sum = (u64 *)&all;
	unsigned int cpu, i;

	mutex_lock(&r->lock);
	look(r, t, now, dropped);
	sbd_text_printf(t, "\ncpu allocs hits hit_pct refills refilled_pages");
	sbd_text_printf(t, " direct drained_pages batched_frees bulk_pages\n");
	for (cpu = 0; cpu < r->nr_cpus; cpu++) {
		c = cpu_of(r, r->view, cpu);
		if (!memchr_inv(c, 0, sizeof(*c)))
			continue;
		for (i = 0; i < sizeof(all) / sizeof(*sum); i++)
			sum[i] += ((const u64 *)c)[i];
		sbd_text_printf(t, "%u", cpu);
		print_lists(t, c);
	}
	sbd_text_printf(t, "all");
	print_lists(t, &all);
	mutex_unlock(&r->lock);
}

static u64 print_fallbacks(const struct sbd_rates *r, struct sbd_text *t,
			   unsigned int from, unsigned int to)
{
	const u64 (*count)[2] = r->view->fallback[from][to];
	unsigned int order, claimed;
	u64 sum = 0;

	for (order = 0; order < SBD_NR_ORDERS; order++) {
		for (claimed = 0; claimed < 2; claimed++) {
			sum += count[order][claimed];
			if (t && count[order][claimed])
				sbd_text_printf(t, "%s %s %u %s %llu\n", type_name(from),
						type_name(to), order,
						claimed ? "yes" : "no",
						count[order][claimed]);
		}
	}
	return sum;
}

/**
 * sbd_rates_show_fallbacks() - live/fallbacks
 * @r:	     created
 * @t:	     appended to
 * @now:     as for sbd_rates_show()
 * @dropped: likewise
 *
 * Context: process, may sleep; events may come meanwhile.
 */
void sbd_rates_show_fallbacks(struct sbd_rates *r, struct sbd_text *t, u64 now,
			      u64 dropped)
{
	unsigned int from, to;
	u64 sum = 0;

	mutex_lock(&r->lock);
	look(r, t, now, dropped);
	for (from = 0; from < SBD_RATES_TYPES; from++)
		for (to = 0; to < SBD_RATES_TYPES; to++)
			sum += print_fallbacks(r, NULL, from, to);
	sbd_text_printf(t, "fallbacks: %llu\n\nfrom to order claimed count\n", sum);
	for (from = 0; from < SBD_RATES_TYPES; from++)
		for (to = 0; to < SBD_RATES_TYPES; to++)
			print_fallbacks(r, t, from, to);
	mutex_unlock(&r->lock);
}

/* ---- the shadow's own locks -------------------------------------------------- */

/**
 * sbd_rates_time_locks() - measure the shadow's zone locks, or no longer
 * @sys: the system
 * @on:	 measure
 *
 * Timing costs more than the lock; nobody should compare speeds meanwhile.
 * Context: any.
 */
void sbd_rates_time_locks(struct sbd_system *sys, bool on)
{
	WRITE_ONCE(sys->lock_timing, on);
}

/**
 * sbd_rates_reset_locks() - forget what was measured
 * @sys: the system
 *
 * How often locks were taken stays, as vmstat shows it.  Context: any.
 */
void sbd_rates_reset_locks(struct sbd_system *sys)
{
	unsigned long flags;
	struct sbd_zone *z;
	int i;

	sbd_for_each_zone(sys, i, z) {
		spin_lock_irqsave(&z->lock, flags);
		z->lock_stat = (struct sbd_lock_stat) {
			.taken = z->lock_stat.taken,
		};
		spin_unlock_irqrestore(&z->lock, flags);
	}
}

static void print_mean(struct sbd_text *t, u64 sum, u64 n)
{
	if (n)
		sbd_text_printf(t, " %llu", div64_u64(sum, n));
	else
		sbd_text_printf(t, " -");
}

static void print_lock(struct sbd_text *t, struct sbd_zone *z)
{
	struct sbd_lock_stat s;
	unsigned long flags;

	spin_lock_irqsave(&z->lock, flags);
	s = z->lock_stat;
	spin_unlock_irqrestore(&z->lock, flags);
	sbd_text_printf(t, "%d %s %llu %llu %llu", z->nid, sbd_zone_names[z->idx],
			s.taken, s.contended, s.wait_ns);
	print_mean(t, s.wait_ns, s.contended);
	sbd_text_printf(t, " %llu %llu %llu\n", s.wait_max, s.hold_ns,
			s.hold_max);
}

/**
 * sbd_rates_show_locks() - live/locks
 * @t:	 appended to
 * @sys: whose zones' locks
 *
 * How often they were taken is since the system was last reset; the rest is what
 * was measured, since the last reset of either kind.
 * Context: process, may sleep.
 */
void sbd_rates_show_locks(struct sbd_text *t, struct sbd_system *sys)
{
	struct sbd_zone *z;
	int i;

	sbd_text_printf(t, "timing: %s\n", READ_ONCE(sys->lock_timing) ? "on" : "off");
	sbd_text_printf(t, "\nnode zone taken contended wait_ns wait_mean_ns");
	sbd_text_printf(t, " wait_max_ns hold_ns hold_max_ns\n");
	sbd_for_each_zone(sys, i, z)
		print_lock(t, z);
}
