// SPDX-License-Identifier: GPL-2.0
/*
 * Following the host.
 *
 * A thread takes the records of what the host's allocator does in the order of
 * their times, a moment after they were written, and serves each mirror the same
 * requests.  From time to time it holds the mirrors against the host's free lists.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "experiment.h"
#include "follow.h"
#include "live.h"
#include "mirror.h"
#include "observe.h"
#include "pcp.h"
#include "profile.h"

#define MOST_MIRRORS	5		/* the baseline, and what if */
#define WINDOW_NS	(2 * NSEC_PER_MSEC)	/* that a record may be late */
#define SAMPLE_NS	(250 * NSEC_PER_MSEC)	/* between looks at the host */
#define MOST_ZONES	SBD_SNAP_MAX_ZONES

struct follow_args {
	unsigned int on;
	unsigned int ring;
	unsigned int pause_us;
	unsigned int hooks;
};

static const struct sbd_key keys[] = {
	{ .name = "hooks", .kind = SBD_KEY_UINT,
	  .offset = offsetof(struct follow_args, hooks),
	  .min = 0, .max = BIT(SBD_NR_HOOKS) - 1 },
	{ .name = "ring", .kind = SBD_KEY_UINT,
	  .offset = offsetof(struct follow_args, ring),
	  .min = SBD_RING_MIN, .max = SBD_RING_MAX },
	{ .name = "pause_us", .kind = SBD_KEY_UINT,
	  .offset = offsetof(struct follow_args, pause_us),
	  .min = 100, .max = 50000 },
	{ }
};

/**
 * struct seen - what was seen on one CPU of the host since its last allocation
 * @locked:  blocks taken from a zone
 * @served:  so far, how the next one is served
 * @tick_at: when its vmstat worker is due
 */
struct seen {
	unsigned int locked;
	struct sbd_served served;
	unsigned int nr_bulk;
	u32 bulk[SBD_MIRROR_BULK];
	u64 tick_at;
};

/**
 * struct distance - how far an instance's free blocks are from the host's
 * @last:  share of free pages in blocks of another order, in hundredths of a percent
 * @worst: the greatest so far
 * @free:  free pages that it has more than the host, at the last look
 */
struct distance {
	u32 last;
	u32 worst;
	long free;
};

static struct follow {
	struct sbd_observer obs;
	struct sbd_snap snap;
	struct task_struct *thread;
	struct sbd_mirror m[MOST_MIRRORS];
	struct distance d[MOST_MIRRORS];
	int nr;
	struct seen *seen;
	u32 *seq;
	u64 since;
	u64 count[SBD_NR_EVENT_KINDS];
	u64 refused;
	u64 refills;
	u64 inverted;
	u64 lag_ns;
	u64 lag_max;
	u64 sample_at;
	u64 next_sample;
	u64 samples;
	u64 lost_before;
	struct sbd_live_zone host[MOST_ZONES];
	int nr_host;
	u64 tick_ns;
} f;

static DEFINE_MUTEX(lock);	/* all of f but what the thread has while it runs */

/* ---- one record ---------------------------------------------------------------- */

static void on_locked(struct seen *s, const struct sbd_event *e)
{
	s->locked++;
}

static void on_fallback(struct seen *s, const struct sbd_event *e)
{
	s->served.from = e->more & 0xf;
	s->served.claimed = e->more & SBD_EVENT_CLAIMED;
}

static void on_alloc(int cpu, const struct sbd_event *e)
{
	struct seen *s = &f.seen[cpu];
	int i;

	if (e->pfn == SBD_EVENT_NO_PFN) {
		f.refused++;
		return;
	}
	s->served.direct = !(f.m[0].sys->zone[0]->pcp_orders & BIT(e->order));
	f.refills += !s->served.direct && s->locked;
	for (i = 0; i < f.nr; i++)
		sbd_mirror_alloc(&f.m[i], cpu, e, &s->served);
	s->locked = 0;
	s->served = (struct sbd_served) { .from = -1 };
}

/* Under a zone's lock events are numbered; a clock can be wrong. */
static void check_order(const struct sbd_event *e)
{
	struct sbd_zone *z = sbd_zone_of(f.m[0].sys, e->pfn);
	u32 *last;

	if (!z)
		return;
	last = &f.seq[z->nid * SBD_NR_ZONES + z->idx];
	f.inverted += (s32)(e->seq - *last) < 0;
	*last = e->seq;
}

static void tick(int cpu, u64 time)
{
	struct seen *s = &f.seen[cpu];
	int i;

	if (time < s->tick_at)
		return;
	s->tick_at = time + f.tick_ns;
	for (i = 0; i < f.nr; i++)
		sbd_mirror_tick(&f.m[i], cpu);
}

/* Pages of one call come one after the other. */
static void on_bulk(int cpu, const struct sbd_event *e)
{
	struct seen *s = &f.seen[cpu];
	int i;

	s->bulk[s->nr_bulk++] = e->pfn;
	s->locked = 0;
	if (e->seq && s->nr_bulk < SBD_MIRROR_BULK)
		return;
	for (i = 0; i < f.nr; i++)
		sbd_mirror_bulk(&f.m[i], cpu, e, s->bulk, s->nr_bulk);
	s->nr_bulk = 0;
}

static void on_vmstat(int cpu)
{
	int i;

	for (i = 0; i < f.nr; i++)
		sbd_mirror_tick(&f.m[i], cpu);
}

static void dispatch(int cpu, const struct sbd_event *e)
{
	int i;

	f.count[e->kind]++;
	if (!(f.obs.hooks & BIT(SBD_EVENT_VMSTAT - SBD_FIRST_HOOK)))
		tick(cpu, e->time);
	switch (e->kind) {
	case SBD_EVENT_ALLOC:
		on_alloc(cpu, e);
		break;
	case SBD_EVENT_FREE:
		for (i = 0; i < f.nr; i++)
			sbd_mirror_free(&f.m[i], cpu, e);
		break;
	case SBD_EVENT_LOCKED:
		check_order(e);
		on_locked(&f.seen[cpu], e);
		break;
	case SBD_EVENT_DRAIN:
		check_order(e);
		break;
	case SBD_EVENT_FALLBACK:
		check_order(e);
		on_fallback(&f.seen[cpu], e);
		break;
	case SBD_EVENT_BULK:
		on_bulk(cpu, e);
		break;
	case SBD_EVENT_DRAIN_ALL:
		for (i = 0; i < f.nr; i++)
			sbd_mirror_drain(&f.m[i], e);
		break;
	case SBD_EVENT_VMSTAT:
		if (e->more)
			on_vmstat(cpu);
		break;
	case SBD_EVENT_KSWAPD_WAKE:
	case SBD_EVENT_KSWAPD_SLEEP:
		for (i = 0; i < f.nr; i++)
			sbd_mirror_kswapd(&f.m[i], e);
		break;
	}
}

static void consume(u64 before)
{
	struct sbd_event e;
	unsigned int n = 0;
	u64 lag;
	int cpu;

	while (sbd_observe_next(&f.obs, before, &e, &cpu)) {
		if (e.time < f.since)
			continue;
		dispatch(cpu, &e);
		if (++n % 256)
			continue;
		lag = sbd_observe_clock() - e.time;
		f.lag_ns = lag;
		f.lag_max = max(f.lag_max, lag);
		cond_resched();
	}
}

/* ---- against the host ------------------------------------------------------------- */

static void host_pages(long *pages)
{
	int i, o;

	for (i = 0; i < f.nr_host; i++)
		for (o = 0; o < SBD_NR_ORDERS; o++)
			pages[o] += f.host[i].nr_free[o] << o;
}

static void own_pages(const struct sbd_system *sys, long *pages)
{
	struct sbd_zone *z;
	int i, o;

	sbd_for_each_zone(sys, i, z)
		for (o = 0; o < SBD_NR_ORDERS; o++)
			pages[o] += z->area[o].nr_free << o;
}

static void measure(struct distance *d, const struct sbd_system *sys)
{
	long host[SBD_NR_ORDERS] = { }, own[SBD_NR_ORDERS] = { };
	long all = 0, apart = 0;
	int o;

	host_pages(host);
	own_pages(sys, own);
	d->free = 0;
	for (o = 0; o < SBD_NR_ORDERS; o++) {
		all += host[o];
		apart += abs(host[o] - own[o]);
		d->free += own[o] - host[o];
	}
	d->last = all ? 10000 * apart / (2 * all) : 0;
	d->worst = max(d->worst, d->last);
}

/* Look at the host now; the mirrors are there when they have come to this time. */
static void begin_sample(u64 now)
{
	f.nr_host = sbd_live_zones(f.host, MOST_ZONES);
	f.sample_at = sbd_observe_clock();
	f.next_sample = now + SAMPLE_NS;
}

static void end_sample(void)
{
	int i;

	for (i = 0; i < f.nr; i++)
		measure(&f.d[i], f.m[i].sys);
	f.samples++;
	f.sample_at = 0;
}

static int follow(void *unused)
{
	u64 now, before;

	while (!kthread_should_stop()) {
		now = sbd_observe_clock();
		if (!f.sample_at && now >= f.next_sample)
			begin_sample(now);
		before = now - WINDOW_NS;
		if (f.sample_at && f.sample_at <= before)
			before = f.sample_at;
		consume(before);
		if (before == f.sample_at)
			end_sample();
		usleep_range(500, 1500);
	}
	begin_sample(sbd_observe_clock());
	consume(U64_MAX);
	end_sample();
	return 0;
}

/* ---- on and off ------------------------------------------------------------------- */

static void release(void)
{
	int i;

	for (i = 0; i < MOST_MIRRORS; i++)
		sbd_mirror_destroy(&f.m[i]);
	sbd_snap_destroy(&f.snap);
	sbd_observe_destroy(&f.obs);
	kfree(f.seen);
	kfree(f.seq);
	f.seen = NULL;
	f.seq = NULL;
}

static int prepare(struct sbd_error *err)
{
	int i, e;

	e = sbd_snap_create(&f.snap);
	if (e)
		return sbd_error(err, e, "", "this host's zones cannot be cloned");
	strscpy(f.m[0].name, "baseline", sizeof(f.m[0].name));
	if (sbd_profile_parse("auto", &f.m[0].prof))
		return sbd_error(err, -EOPNOTSUPP, "", "this kernel is not modelled");
	f.nr = max(f.nr, 1);
	f.seen = kcalloc(nr_cpu_ids, sizeof(*f.seen), GFP_KERNEL);
	f.seq = kcalloc(SBD_MAX_NODES * SBD_NR_ZONES, sizeof(*f.seq), GFP_KERNEL);
	if (!f.seen || !f.seq)
		return sbd_error(err, -ENOMEM, "", "no memory");
	for (i = 0; i < f.nr; i++) {
		e = sbd_mirror_create(&f.m[i], &f.snap, 100 + i);
		if (e)
			return sbd_error(err, e, "", "no memory for the clones");
	}
	return 0;
}

static void reset_counts(void)
{
	int cpu;

	memset(f.count, 0, sizeof(f.count));
	memset(f.d, 0, sizeof(f.d));
	f.refused = 0;
	f.refills = 0;
	f.inverted = 0;
	f.lag_ns = 0;
	f.lag_max = 0;
	f.samples = 0;
	f.sample_at = 0;
	f.tick_ns = NSEC_PER_SEC;
	f.next_sample = f.since + SAMPLE_NS;
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		f.seen[cpu].served.from = -1;
		f.seen[cpu].tick_at = f.since + f.tick_ns * (cpu + 1) / (nr_cpu_ids + 1);
	}
}

static int switch_on(const struct follow_args *a, struct sbd_error *err)
{
	int i, e;

	f.obs.hooks = a->hooks;
	e = sbd_observe_start(&f.obs, a->ring);
	if (e == -ENODEV)
		return sbd_error(err, e, "", "this kernel has no event %s",
				 sbd_observe_missing());
	if (e)
		return sbd_error(err, e, "ring", "no memory for the rings");
	e = sbd_snap_now(&f.snap, a->pause_us * (u64)NSEC_PER_USEC);
	if (e) {
		sbd_observe_stop(&f.obs);
		return sbd_error(err, e, "pause_us", "too short to read the state: %u list entries",
				 f.snap.wanted);
	}
	f.since = f.snap.at;
	for (i = 0; i < f.nr; i++) {
		sbd_mirror_load(&f.m[i], &f.snap);
		f.m[i].sys->tun.watermark_boost_factor = 15000;
	}
	reset_counts();
	f.thread = kthread_run(follow, NULL, "shadowbuddy");
	if (IS_ERR(f.thread)) {
		e = PTR_ERR(f.thread);
		f.thread = NULL;
		sbd_observe_stop(&f.obs);
		return sbd_error(err, e, "", "no thread");
	}
	return 0;
}

static void switch_off(void)
{
	if (!f.thread)
		return;
	sbd_observe_stop(&f.obs);
	kthread_stop(f.thread);
	f.thread = NULL;
}

int sbd_follow_enable(char *args, struct sbd_error *err)
{
	struct follow_args a = { .ring = 65536, .pause_us = 2000,
				 .hooks = BIT(SBD_NR_HOOKS) - 1 };
	char *text = strim(args);
	int e;

	if (*text != '0' && *text != '1')
		return sbd_error(err, -EINVAL, text, "0, or 1 and keys");
	a.on = *text == '1';
	e = sbd_keys_parse(keys, text + 1, &a, err);
	if (e)
		return e;
	mutex_lock(&lock);
	if (!a.on) {
		switch_off();
	} else if (f.thread) {
		e = sbd_error(err, -EBUSY, "", "it is on");
	} else {
		release();
		e = prepare(err) ?: switch_on(&a, err);
		if (e)
			release();
	}
	mutex_unlock(&lock);
	return e;
}

void sbd_follow_show_enable(struct sbd_text *t)
{
	sbd_text_printf(t, "%d\n", !!f.thread);
}

void sbd_follow_exit(void)
{
	mutex_lock(&lock);
	switch_off();
	release();
	mutex_unlock(&lock);
}

/* ---- what came out ---------------------------------------------------------------- */

static void percent(struct sbd_text *t, const char *key, u64 part, u64 all)
{
	u64 v = all ? div64_u64(part * 10000, all) : 0;

	if (all)
		sbd_text_printf(t, "%s: %llu.%02llu\n", key, v / 100, v % 100);
}

static void show_mirror(struct sbd_text *t, const struct sbd_mirror *m,
			const struct distance *d)
{
	const struct sbd_mirror_count *n = &m->now;

	sbd_text_printf(t, "\ninstance: %s\nrequests: %llu\n", m->name, n->requests);
	percent(t, "exact_pct", n->exact, n->requests);
	percent(t, "zone_pct", n->zone, n->requests);
	percent(t, "path_pct", n->path, n->order0);
	sbd_text_printf(t, "fell_back: %llu\n", n->fell_back);
	percent(t, "fallback_pct", n->alike, n->fell_back);
	sbd_text_printf(t, "distribution_err_pct: %u.%02u\n", d->last / 100, d->last % 100);
	sbd_text_printf(t, "distribution_worst_pct: %u.%02u\n", d->worst / 100, d->worst % 100);
	sbd_text_printf(t, "free_pages_more: %ld\n", d->free);
	sbd_text_printf(t, "refused: %llu\nforced: %llu\nfrees: %llu\nunmatched: %llu\n",
			n->refused, n->forced, n->frees, n->unmatched);
	sbd_text_printf(t, "bulk: %llu\n", n->bulk);
	percent(t, "bulk_exact_pct", n->bulk_exact, n->bulk);
	sbd_text_printf(t, "reordered: %llu\nfirst_difference: %llu\nbytes: %zu\n",
			n->reordered, n->first, sbd_mirror_bytes(m));
}

void sbd_follow_result(struct sbd_text *t)
{
	u64 sum = 0;
	int i;

	mutex_lock(&lock);
	for (i = 0; i < SBD_NR_EVENT_KINDS; i++)
		sum += f.count[i];
	if (f.obs.rings) {
		sbd_text_printf(t, "events: %llu\ndropped: %llu\nlag_us: %llu\nlag_max_us: %llu\n",
				sum, sbd_observe_lost(&f.obs), f.lag_ns / 1000, f.lag_max / 1000);
		sbd_text_printf(t, "allocs: %llu\nfrees: %llu\nhost_refused: %llu\nrefills: %llu\ndrained: %llu\nfallbacks: %llu\ninverted: %llu\nsamples: %llu\n",
				f.count[SBD_EVENT_ALLOC], f.count[SBD_EVENT_FREE], f.refused,
				f.refills, f.count[SBD_EVENT_DRAIN], f.count[SBD_EVENT_FALLBACK],
				f.inverted, f.samples);
		sbd_text_printf(t, "hooks: %x\nbulk: %llu\ndrain_all: %llu\nvmstat: %llu\n", f.obs.hooks, f.count[SBD_EVENT_BULK], f.count[SBD_EVENT_DRAIN_ALL], f.count[SBD_EVENT_VMSTAT]);
		for (i = 0; i < f.nr; i++)
			show_mirror(t, &f.m[i], &f.d[i]);
	}
	mutex_unlock(&lock);
}
