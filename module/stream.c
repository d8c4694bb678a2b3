// SPDX-License-Identifier: GPL-2.0
/*
 * What a host did, event by event, and the mirrors that it is served to.
 *
 * Events come in the order of their times.  Several may tell of one request: what
 * each CPU's last ones said is kept until the request itself is told.  The same
 * events and the same snapshot give the same answer, whenever they come: nothing
 * here asks the kernel that runs, nor its clock.
 */
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "format.h"
#include "hook.h"
#include "stream.h"
#include "trace.h"

#define TICK_NS	NSEC_PER_SEC	/* between runs of a CPU's vmstat worker */

#define MOST_LATER	64	/* pages of a batch */

/**
 * struct sbd_seen - what was seen on one CPU of the host since its last request
 * @locked:  blocks taken from a zone
 * @served:  so far, how the next request is served
 * @nr_bulk: pages of a bulk call
 * @bulk:    them
 * @nr_later: pages of a batch that are still to go to their lists
 * @later:   them
 * @begun:   it has come to one of them
 * @tick_at: when its vmstat worker is due
 */
struct sbd_seen {
	unsigned int locked;
	struct sbd_served served;
	unsigned int nr_bulk;
	u32 bulk[SBD_MIRROR_BULK];
	unsigned int nr_later;
	struct sbd_event later[MOST_LATER];
	bool begun;
	u64 tick_at;
};

static struct sbd_instance *end(struct sbd_stream *s)
{
	return s->inst + s->nr;
}

/* A clear answer is better than that others lose their memory. */
#define BYTES_A_FRAME	(sizeof(struct sbd_frame) + sizeof(u32))

/**
 * sbd_stream_fits() - is there memory for so many instances?
 * @frames: of the host, holes included
 * @nr:	    instances
 * @err:    filled, if not
 *
 * Context: process.  Return: 0 or -ENOMEM.
 */
int sbd_stream_fits(u64 frames, int nr, struct sbd_error *err)
{
	u64 need = frames * BYTES_A_FRAME * nr;
	u64 there = (u64)si_mem_available() << PAGE_SHIFT;

	if (need <= there / 2)
		return 0;
	return sbd_error(err, -ENOMEM, "", "needs %llu MiB, more than half of what is there",
			 need >> 20);
}

/* ---- making one ------------------------------------------------------------------- */

static int make_instance(struct sbd_stream *s, const struct sbd_snap *snap,
			 const struct sbd_whatif *set)
{
	struct sbd_instance *i = &s->inst[s->nr];

	i->set = *set;
	strscpy(i->m.name, set->name, sizeof(i->m.name));
	i->m.prof = *set->profile ? set->prof : s->prof;
	return sbd_mirror_create(&i->m, snap, 100 + s->nr++);
}

/**
 * sbd_stream_create() - the baseline and other instances, without state
 * @s:	       @prof, @tun and @hooks set, the rest filled
 * @snap:      the host's zones
 * @whatif:    settings of the others
 * @nr_whatif: how many there are, below SBD_STREAM_INSTANCES
 *
 * Context: process, may sleep.
 * Return: 0 or an errno of sbd_mirror_create(); sbd_stream_destroy() in any case.
 */
int sbd_stream_create(struct sbd_stream *s, const struct sbd_snap *snap,
		      const struct sbd_whatif *whatif, int nr_whatif)
{
	const struct sbd_whatif baseline = { .name = "baseline" };
	int i, err;

	s->nr = 0;
	s->nr_cpus = snap->nr_cpus;
	s->seen = kcalloc(s->nr_cpus, sizeof(*s->seen), GFP_KERNEL);
	s->seq = kcalloc(SBD_MAX_NODES * SBD_NR_ZONES, sizeof(*s->seq), GFP_KERNEL);
	if (!s->seen || !s->seq)
		return -ENOMEM;
	err = make_instance(s, snap, &baseline);
	for (i = 0; !err && i < nr_whatif; i++)
		err = make_instance(s, snap, &whatif[i]);
	return err;
}

static void forget(struct sbd_stream *s, u64 since)
{
	int cpu;

	memset(s->count, 0, sizeof(s->count));
	memset(s->nr_free, 0, sizeof(s->nr_free));
	memset(s->seq, 0, SBD_MAX_NODES * SBD_NR_ZONES * sizeof(*s->seq));
	memset(s->seen, 0, s->nr_cpus * sizeof(*s->seen));
	s->refused = 0;
	s->refills = 0;
	s->listed = 0;
	s->claims = 0;
	s->inverted = 0;
	s->samples = 0;
	for (cpu = 0; cpu < s->nr_cpus; cpu++) {
		s->seen[cpu].served.from = -1;
		s->seen[cpu].tick_at = since + TICK_NS * (cpu + 1) / (s->nr_cpus + 1);
	}
}

/**
 * sbd_stream_load() - all instances begin with the state of a snapshot
 * @s:	  created
 * @snap: taken
 *
 * Counts begin anew.  Events are to follow from @snap->at on.
 * Context: process, may sleep.
 */
void sbd_stream_load(struct sbd_stream *s, const struct sbd_snap *snap)
{
	struct sbd_instance *i;

	forget(s, snap->at);
	for (i = s->inst; i < end(s); i++) {
		memset(&i->apart, 0, sizeof(i->apart));
		sbd_mirror_load(&i->m, snap);
		sbd_whatif_apply(&i->set, i->m.sys, &s->tun);
	}
}

/**
 * sbd_stream_destroy() - give back what the instances have
 * @s: created, or failed to be, or zero
 */
void sbd_stream_destroy(struct sbd_stream *s)
{
	while (s->nr)
		sbd_mirror_destroy(&s->inst[--s->nr].m);
	kfree(s->seen);
	kfree(s->seq);
	s->seen = NULL;
	s->seq = NULL;
}

/* ---- one event ---------------------------------------------------------------------- */

static struct sbd_system *baseline(const struct sbd_stream *s)
{
	return s->inst[0].m.sys;
}

static void on_fallback(struct sbd_stream *s, int cpu, const struct sbd_event *e)
{
	struct sbd_served *served = &s->seen[cpu].served;

	served->from = e->more & 0xf;
	served->claimed = e->more & SBD_EVENT_CLAIMED;
	s->claims += served->claimed;
}

static void on_alloc(struct sbd_stream *s, int cpu, const struct sbd_event *e)
{
	struct sbd_seen *seen = &s->seen[cpu];
	struct sbd_instance *i;

	if (e->pfn == SBD_EVENT_NO_PFN) {
		s->refused++;
		return;
	}
	seen->served.direct = !(baseline(s)->zone[0]->pcp_orders & BIT(e->order));
	seen->served.refill = !seen->served.direct && seen->locked;
	s->refills += seen->served.refill;
	s->listed += !seen->served.direct;
	for (i = s->inst; i < end(s); i++)
		sbd_mirror_alloc(&i->m, cpu, e, &seen->served);
	seen->locked = 0;
	seen->served = (struct sbd_served) { .from = -1 };
}

static void free_now(struct sbd_stream *s, int cpu, const struct sbd_event *e)
{
	struct sbd_instance *i;

	for (i = s->inst; i < end(s); i++)
		sbd_mirror_free(&i->m, cpu, e);
}

/* What a batch did not come to, it freed past the lists; nothing tells when. */
static void end_batch(struct sbd_stream *s, int cpu)
{
	struct sbd_seen *seen = &s->seen[cpu];
	unsigned int i;

	for (i = 0; i < seen->nr_later; i++)
		free_now(s, cpu, &seen->later[i]);
	seen->nr_later = 0;
	seen->begun = false;
}

static void on_free(struct sbd_stream *s, int cpu, const struct sbd_event *e)
{
	struct sbd_seen *seen = &s->seen[cpu];

	if (!(e->more & SBD_EVENT_LATER)) {
		free_now(s, cpu, e);
		return;
	}
	if (seen->begun || seen->nr_later == MOST_LATER)
		end_batch(s, cpu);
	seen->later[seen->nr_later++] = *e;
}

static void on_batched(struct sbd_stream *s, int cpu, const struct sbd_event *e)
{
	struct sbd_seen *seen = &s->seen[cpu];
	struct sbd_event one;
	unsigned int i;

	seen->begun = true;
	for (i = 0; i < seen->nr_later && seen->later[i].pfn != e->pfn;)
		i++;
	if (i == seen->nr_later)
		return;
	one = seen->later[i];
	seen->nr_later--;
	memmove(seen->later + i, seen->later + i + 1,
		(seen->nr_later - i) * sizeof(one));
	free_now(s, cpu, &one);
}

/*
 * Pages of one call come one after the other.  For a single page, and for the first
 * when it has no luck, the bulk API asks as everyone does: that was told already.
 */
static void on_bulk(struct sbd_stream *s, int cpu, const struct sbd_event *e)
{
	struct sbd_seen *seen = &s->seen[cpu];
	struct sbd_instance *i;

	if (!sbd_mirror_knows(&s->inst[0].m, e->pfn)) {
		seen->bulk[seen->nr_bulk++] = e->pfn;
		seen->locked = 0;
	}
	if (!seen->nr_bulk || (e->seq && seen->nr_bulk < SBD_MIRROR_BULK))
		return;
	for (i = s->inst; i < end(s); i++)
		sbd_mirror_bulk(&i->m, cpu, e, seen->bulk, seen->nr_bulk);
	seen->nr_bulk = 0;
}

static void on_drain_all(struct sbd_stream *s, const struct sbd_event *e)
{
	struct sbd_instance *i;

	for (i = s->inst; i < end(s); i++)
		sbd_mirror_drain(&i->m, e);
}

static void on_unreserve(struct sbd_stream *s, int cpu, const struct sbd_event *e)
{
	struct sbd_instance *i;

	for (i = s->inst; i < end(s); i++)
		sbd_mirror_unreserve(&i->m, cpu, e);
}

static void on_kswapd(struct sbd_stream *s, const struct sbd_event *e)
{
	struct sbd_instance *i;

	for (i = s->inst; i < end(s); i++)
		sbd_mirror_kswapd(&i->m, e);
}

static void tick(struct sbd_stream *s, int cpu)
{
	struct sbd_instance *i;

	for (i = s->inst; i < end(s); i++)
		sbd_mirror_tick(&i->m, cpu);
}

/* Where no hook tells when the vmstat worker runs, it is taken to be punctual. */
static void tick_by_time(struct sbd_stream *s, int cpu, u64 time)
{
	struct sbd_seen *seen = &s->seen[cpu];

	if (s->hooks & BIT(SBD_EVENT_VMSTAT - SBD_FIRST_HOOK) || time < seen->tick_at)
		return;
	seen->tick_at = time + TICK_NS;
	tick(s, cpu);
}

/* Under a zone's lock events are numbered; a clock can be wrong. */
static void check_order(struct sbd_stream *s, const struct sbd_event *e)
{
	struct sbd_zone *z = sbd_zone_of(baseline(s), e->pfn);
	u32 *last;

	if (!z)
		return;
	last = &s->seq[z->nid * SBD_NR_ZONES + z->idx];
	s->inverted += (s32)(e->seq - *last) < 0;
	*last = e->seq;
}

static void on_isolate(struct sbd_stream *s, int cpu, const struct sbd_event *e)
{
	struct sbd_instance *i;

	check_order(s, e);
	for (i = s->inst; i < end(s); i++) {
		if (e->kind == SBD_EVENT_ISOLATE)
			sbd_mirror_isolate(&i->m, cpu, e);
		else
			sbd_mirror_putback(&i->m, cpu, e);
	}
}

/* What happens under a zone's lock tells of the request that is to come. */
static void on_numbered(struct sbd_stream *s, int cpu, const struct sbd_event *e)
{
	check_order(s, e);
	if (e->kind == SBD_EVENT_LOCKED)
		s->seen[cpu].locked++;
	else if (e->kind == SBD_EVENT_FALLBACK)
		on_fallback(s, cpu, e);
}

/**
 * sbd_stream_event() - serve the mirrors what the host did
 * @s:	 loaded
 * @cpu: on which
 * @e:	 what; not older than the one before
 *
 * Context: process; one caller at a time.
 */
void sbd_stream_event(struct sbd_stream *s, int cpu, const struct sbd_event *e)
{
	s->count[e->kind]++;
	tick_by_time(s, cpu, e->time);
	switch (e->kind) {
	case SBD_EVENT_ALLOC:
		on_alloc(s, cpu, e);
		break;
	case SBD_EVENT_FREE:
		on_free(s, cpu, e);
		break;
	case SBD_EVENT_BATCHED:
		on_batched(s, cpu, e);
		break;
	case SBD_EVENT_LOCKED:
	case SBD_EVENT_DRAIN:
	case SBD_EVENT_FALLBACK:
		on_numbered(s, cpu, e);
		break;
	case SBD_EVENT_BULK:
		on_bulk(s, cpu, e);
		break;
	case SBD_EVENT_DRAIN_ALL:
		on_drain_all(s, e);
		break;
	case SBD_EVENT_VMSTAT:
		if (e->more)
			tick(s, cpu);
		break;
	case SBD_EVENT_KSWAPD_WAKE:
	case SBD_EVENT_KSWAPD_SLEEP:
	case SBD_EVENT_BALANCED:
		on_kswapd(s, e);
		break;
	case SBD_EVENT_UNRESERVE:
		on_unreserve(s, cpu, e);
		break;
	case SBD_EVENT_ISOLATE:
	case SBD_EVENT_PUTBACK:
		on_isolate(s, cpu, e);
		break;
	}
}

/* ---- against the host ----------------------------------------------------------------- */

static void measure(struct sbd_distance *d, const unsigned long *host,
		    const unsigned long *own)
{
	long all = 0, apart = 0, more;
	int o;

	d->free = 0;
	for (o = 0; o < SBD_NR_ORDERS; o++) {
		more = (long)(own[o] - host[o]) * (1L << o);
		all += host[o] << o;
		apart += abs(more);
		d->free += more;
	}
	d->last = all ? 10000 * apart / (2 * all) : 0;
	d->worst = max(d->worst, d->last);
}

/**
 * sbd_stream_sample() - hold the mirrors against the host
 * @s:	     come to the time at which the host was looked at
 * @nr_free: the host's free blocks by order, all zones together
 *
 * Context: process; one caller at a time.
 */
void sbd_stream_sample(struct sbd_stream *s, const unsigned long *nr_free)
{
	unsigned long own[SBD_NR_ORDERS];
	int i;

	memcpy(s->nr_free, nr_free, sizeof(s->nr_free));
	s->samples++;
	for (i = 0; i < s->nr; i++) {
		sbd_nr_free(s->inst[i].m.sys, own);
		measure(&s->inst[i].apart, nr_free, own);
	}
}

/**
 * sbd_stream_compare() - hold the baseline's whole state against the host's
 * @s:	  come to the instant of the snapshot
 * @snap: taken
 *
 * Every list in order, every pageblock, every counter.
 * Context: process; one caller at a time.
 */
void sbd_stream_compare(struct sbd_stream *s, const struct sbd_snap *snap)
{
	s->compared++;
	s->diff = (struct sbd_diff) { };
	if (!sbd_clone_differs(baseline(s), snap, &s->diff))
		s->alike++;
}

/* ---- what came out ---------------------------------------------------------------- */

/**
 * sbd_stream_events() - events so far
 * @s: loaded
 *
 * Return: of all kinds.
 */
u64 sbd_stream_events(const struct sbd_stream *s)
{
	u64 sum = 0;
	int i;

	for (i = 0; i < SBD_NR_EVENT_KINDS; i++)
		sum += s->count[i];
	return sum;
}

static void percent(struct sbd_text *t, const char *key, u64 part, u64 all)
{
	u64 v = all ? div64_u64(part * 10000, all) : 0;

	if (all)
		sbd_text_printf(t, "%s: %llu.%02llu\n", key, v / 100, v % 100);
}

static void show_fidelity(struct sbd_text *t, const struct sbd_mirror_count *n,
			  const struct sbd_distance *d)
{
	sbd_text_printf(t, "exact: %llu\n", n->exact);
	percent(t, "exact_pct", n->exact, n->requests);
	percent(t, "zone_pct", n->zone, n->requests);
	percent(t, "path_pct", n->path, n->order0);
	sbd_text_printf(t, "fell_back: %llu\n", n->fell_back);
	percent(t, "fallback_pct", n->alike, n->fell_back);
	sbd_text_printf(t, "distribution_err_pct: %u.%02u\n", d->last / 100, d->last % 100);
	sbd_text_printf(t, "distribution_worst_pct: %u.%02u\n", d->worst / 100,
			d->worst % 100);
	sbd_text_printf(t, "free_pages_more: %ld\n", d->free);
}

static const char *yes(bool b)
{
	return b ? "yes" : "no";
}

static void show_served(struct sbd_text *t, const char *who, const struct sbd_served *s)
{
	sbd_text_printf(t, " %s: %s%s%s%s", who, s->forced ? "by_leave," : "",
			s->direct ? "direct" : "per_cpu", s->refill ? ",refill" : "",
			s->from < 0 ? "" : s->claimed ? ",claim" : ",steal");
}

/* All that is known of why the first request went another way. */
static void show_first(struct sbd_text *t, const struct sbd_mirror *m)
{
	const struct sbd_mirror_first *f = &m->first;

	sbd_text_printf(t, "first_difference: %llu\n", m->now.first);
	if (!m->now.first)
		return;
	sbd_text_printf(t, "first: %s cpu %d order %u type %d gfp 0x%x",
			sbd_other_names[f->other], f->cpu, f->e.order, f->e.type, f->e.gfp);
	show_served(t, "host", &f->host);
	show_served(t, "own", &f->own);
	sbd_text_printf(t, " kswapd: %s reordered: %s\n", yes(f->active), yes(f->late));
}

static void show_others(struct sbd_text *t, const struct sbd_mirror_count *n)
{
	int i;

	sbd_text_printf(t, "other:");
	for (i = 0; i < SBD_NR_OTHERS; i++)
		sbd_text_printf(t, " %s %llu", sbd_other_names[i], n->other[i]);
	sbd_text_printf(t, "\n");
}

static void show_instance(struct sbd_text *t, const struct sbd_instance *i)
{
	const struct sbd_mirror_count *n = &i->m.now;

	sbd_text_printf(t, "\ninstance: %s\nrequests: %llu\n", i->m.name, n->requests);
	show_fidelity(t, n, &i->apart);
	sbd_text_printf(t, "refused: %llu\nforced: %llu\n", n->refused, n->forced);
	percent(t, "refused_pct", n->refused, n->requests);
	sbd_text_printf(t, "frees: %llu\nunmatched: %llu\n", n->frees, n->unmatched);
	sbd_text_printf(t, "bulk: %llu\n", n->bulk);
	percent(t, "bulk_exact_pct", n->bulk_exact, n->bulk);
	sbd_text_printf(t, "isolated: %llu\nisolated_elsewhere: %llu\n", n->isolated,
			n->elsewhere);
	sbd_text_printf(t, "reordered: %llu\n", n->reordered);
	show_others(t, n);
	show_first(t, &i->m);
	sbd_text_printf(t, "bytes: %zu\n", sbd_mirror_bytes(&i->m));
}

/* Of the snapshots after the first. */
static void show_compared(const struct sbd_stream *s, struct sbd_text *t)
{
	const struct sbd_diff *d = &s->diff;

	sbd_text_printf(t, "states_compared: %llu\nstates_alike: %llu\n", s->compared,
			s->alike);
	if (!s->compared)
		return;
	sbd_text_printf(t, "state: %s", d->what ?: "alike");
	if (d->what)
		sbd_text_printf(t, " zone %d cpu %d order %d list %d at %lu live %ld own %ld",
				d->zone, d->cpu, d->order, d->list, d->at, d->live,
				d->shadow);
	sbd_text_printf(t, "\n");
}

static void show_hooks(const struct sbd_stream *s, struct sbd_text *t)
{
	const char *before = "";
	int i;

	sbd_text_printf(t, "hooks: ");
	for (i = 0; i < SBD_NR_HOOKS; i++) {
		if (!(s->hooks & BIT(i)))
			continue;
		sbd_text_printf(t, "%s%s", before, sbd_hook_name(i));
		before = ",";
	}
	sbd_text_printf(t, "%s\n", s->hooks ? "" : "none");
	for (i = 0; i < SBD_NR_HOOKS; i++)
		sbd_text_printf(t, "seen_%s: %llu\n", sbd_hook_name(i),
				s->count[SBD_FIRST_HOOK + i]);
}

/* What of the host's figures the events tell. */
static void host_figures(const struct sbd_stream *s, struct sbd_figures *f)
{
	u64 fallbacks = s->count[SBD_EVENT_FALLBACK], hits = s->listed - s->refills;

	*f = (struct sbd_figures) {
		.v = {
			[SBD_FIG_FALLBACKS] = fallbacks,
			[SBD_FIG_CLAIMS] = s->claims,
			[SBD_FIG_STEALS] = fallbacks - s->claims,
			[SBD_FIG_BOOSTS] = SBD_FIG_UNKNOWN,
			[SBD_FIG_BELOW_MARK] = SBD_FIG_UNKNOWN,
			[SBD_FIG_REFUSED] = 0,
			[SBD_FIG_PCP_HITS] = s->listed ?
				div64_u64(hits * 10000, s->listed) : 0,
			[SBD_FIG_LOCKS] = SBD_FIG_UNKNOWN,
		},
	};
	sbd_figures_memory(f, s->nr_free);
}

static void show_figures(const struct sbd_stream *s, struct sbd_text *t)
{
	const char *names[SBD_STREAM_INSTANCES];
	struct sbd_figures host, own[SBD_STREAM_INSTANCES];
	int i;

	host_figures(s, &host);
	for (i = 0; i < s->nr; i++) {
		names[i] = s->inst[i].m.name;
		sbd_figures_of(s->inst[i].m.sys, s->inst[i].m.now.refused, &own[i]);
	}
	sbd_text_printf(t, "\n");
	sbd_figures_print(t, &host, own, names, s->nr);
}

/**
 * sbd_stream_show() - what the events were, and how each instance did
 * @s: loaded
 * @t: appended to
 *
 * Then a table: the host, the baseline and each what-if side by side.
 * Context: process; no event comes meanwhile.
 */
void sbd_stream_show(const struct sbd_stream *s, struct sbd_text *t)
{
	const u64 *n = s->count;
	int i;

	sbd_text_printf(t, "allocs: %llu\nfrees: %llu\nhost_refused: %llu\nrefills: %llu\n",
			n[SBD_EVENT_ALLOC], n[SBD_EVENT_FREE], s->refused, s->refills);
	sbd_text_printf(t, "drained: %llu\nfallbacks: %llu\ninverted: %llu\nsamples: %llu\n",
			n[SBD_EVENT_DRAIN], n[SBD_EVENT_FALLBACK], s->inverted, s->samples);
	show_compared(s, t);
	show_hooks(s, t);
	for (i = 0; i < s->nr; i++)
		show_instance(t, &s->inst[i]);
	show_figures(s, t);
}

/**
 * sbd_stream_trace() - an event for each instance: how it compares with the host
 * @s:	     just held against the host
 * @dropped: events that were lost
 */
void sbd_stream_trace(const struct sbd_stream *s, u64 dropped)
{
	const struct sbd_instance *i;

	for (i = s->inst; i < s->inst + s->nr; i++)
		trace_sbd_mirror_look(i->m.sys, sbd_stream_events(s), dropped,
				      i->m.now.requests, i->m.now.exact, i->apart.last,
				      i->apart.free);
}
