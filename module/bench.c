// SPDX-License-Identifier: GPL-2.0
/*
 * Two engines, one workload, a report: what may be asked for, how much of it
 * fits, and how the figures of a duel read.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/utsname.h>

#include "alloc.h"
#include "arena.h"
#include "bench.h"
#include "duel.h"
#include "format.h"
#include "live.h"
#include "profile.h"
#include "shadow.h"
#include "system.h"

/*
 * One mask for both engines.  No reclaim of either kind, so that a bench takes
 * free memory and nothing else, and a refusal is an answer; no use of the
 * reserves that would otherwise be open to who cannot wait; no compound pages,
 * whose preparation the shadow does not have.  MOVABLE is without HIGHMEM, and
 * so stays out of ZONE_MOVABLE, as the pages cannot really be moved.
 */
#define BENCH_GFP	(__GFP_NOWARN | __GFP_NORETRY | __GFP_NOMEMALLOC)

#define UNSET		(~0U)
#define MAX_LIVE_ZONES	16
/* Pages that per-CPU lists and drift may hide from what looks spare. */
#define SLACK_PER_CPU	256

enum { BOTH, LIVE, SHADOW };
enum { TIME_OP, TIME_SLICE };

static const char * const engine_names[] = { "both", "live", "shadow", NULL };
static const char * const timing_names[] = { "op", "slice", NULL };
static const char * const row_names[SBD_NR_ENGINES] = {
	[SBD_ENGINE_NONE] = "none",
	[SBD_ENGINE_LIVE] = "live",
	[SBD_ENGINE_SHADOW] = "shadow",
};

/**
 * struct bench_args - the keys of a run
 * @wl:	    the workload; UNSET or 0 where it has a default of its own
 * @engine: who takes part
 * @timing: what is timed, each request or each slice
 * @slice:  requests of a slice
 * @locks:  each so many-th slice times zone locks; 0: none
 * @touch:  write to each page
 * @level:  take live memory beforehand, so that both engines have as much
 */
struct bench_args {
	struct sbd_workload_args wl;
	unsigned int engine;
	unsigned int timing;
	unsigned int slice;
	unsigned int locks;
	unsigned int touch;
	unsigned int level;
};

#define KEY(k, kd, field, lo, hi) {					\
	.name = k, .kind = kd, .min = lo, .max = hi,			\
	.offset = offsetof(struct bench_args, field) }
#define NAMES(k, field, table) {					\
	.name = k, .kind = SBD_KEY_NAME, .names = table,		\
	.offset = offsetof(struct bench_args, field) }

static const struct sbd_key bench_keys[] = {
	NAMES("workload", wl.kind, sbd_workload_names),
	KEY("order", SBD_KEY_UINT, wl.order, 0, SBD_MAX_ORDER),
	KEY("threads", SBD_KEY_UINT, wl.threads, 1, SBD_MAX_THREADS),
	KEY("allocs", SBD_KEY_UINT, wl.allocs, 1, SBD_MAX_OPS),
	KEY("rounds", SBD_KEY_UINT, wl.rounds, 1, 1000000),
	KEY("churn", SBD_KEY_UINT, wl.churn, 1, 100),
	KEY("seed", SBD_KEY_U64, wl.seed, 0, U64_MAX),
	{
		.name = "mix",
		.kind = SBD_KEY_LIST,
		.list_len = SBD_MIX_TYPES,
		.max = 100,
		.offset = offsetof(struct bench_args, wl.mix),
	},
	NAMES("engine", engine, engine_names),
	NAMES("timing", timing, timing_names),
	KEY("slice", SBD_KEY_UINT, slice, 1, 65536),
	KEY("locks", SBD_KEY_UINT, locks, 0, 1000),
	KEY("touch", SBD_KEY_UINT, touch, 0, 1),
	KEY("level", SBD_KEY_UINT, level, 0, 1),
	{}
};

/**
 * struct bench - a run and what it was asked for
 * @d:	       the run itself
 * @a:	       keys, defaults filled in
 * @fallbacks: of the live engine
 * @watched:   they were counted
 * @tasks:     see struct sbd_live_fallbacks
 * @spare:     pages above the high marks, [0] live, [1] shadow
 * @hold:      live blocks held for level=1, address and order in one word
 * @nr_hold:   how many
 * @timer:     time between two readings of the clock, mean of many, ticks * 16
 */
struct bench {
	struct sbd_duel d;
	struct bench_args a;
	struct sbd_live_fallbacks fallbacks;
	bool watched;
	struct task_struct *tasks[SBD_MAX_THREADS];
	unsigned long spare[2];
	unsigned long *hold;
	unsigned int nr_hold;
	u64 timer;
};

/* ---- What fits ----------------------------------------------------------- */

/* Pages of the shadow above its high marks, for requests as ours are. */
static unsigned long shadow_spare(const struct sbd_system *sys)
{
	unsigned long sum = 0, keep, free;
	struct sbd_zone *z;
	int i;

	sbd_for_each_zone(sys, i, z) {
		if (z->idx > SBD_ZONE_NORMAL)
			continue;
		free = max_t(long, atomic_long_read(&z->stat[SBD_NR_FREE_PAGES]), 0);
		keep = z->wmark[SBD_WMARK_HIGH] +
		       z->lowmem_reserve[SBD_ZONE_NORMAL];
		sum += free > keep ? free - keep : 0;
	}
	return sum;
}

static bool with_live(const struct bench *b)
{
	return b->a.engine != SHADOW;
}

static bool with_shadow(const struct bench *b)
{
	return b->a.engine != LIVE;
}

/* Pages that a workload may hold at once, on either engine. */
static unsigned long capacity(const struct bench *b)
{
	unsigned long pages = ULONG_MAX;

	if (with_live(b))
		pages = b->spare[0];
	if (with_shadow(b))
		pages = min(pages, b->spare[1]);
	return pages;
}

/* A block of a mixed workload, on average; see draw_order(). */
static unsigned long mean_pages(const struct sbd_workload_args *wl)
{
	if (wl->kind == SBD_WL_MIXED)
		return wl->order / 2 + 1;
	return 1UL << wl->order;
}

/* What was left open is filled in so that it fits. */
static void choose_defaults(struct bench *b)
{
	struct sbd_workload_args *wl = &b->a.wl;
	bool fills = wl->kind == SBD_WL_FRAG || wl->kind == SBD_WL_MIXED;
	bool pairs = wl->kind == SBD_WL_REPEAT || wl->kind == SBD_WL_BULKAPI;
	unsigned long most;

	if (wl->order == UNSET)
		wl->order = wl->kind == SBD_WL_MIXED ? 4 : 0;
	if (!wl->rounds)
		wl->rounds = 10;
	if (!wl->mix[0] && !wl->mix[1] && !wl->mix[2]) {
		wl->mix[0] = fills ? 40 : 100;
		wl->mix[1] = fills ? 40 : 0;
		wl->mix[2] = fills ? 20 : 0;
	}
	if (wl->allocs)
		return;
	most = capacity(b) / 4 * 3 / wl->threads / mean_pages(wl);
	wl->allocs = clamp_t(unsigned long, most, 4, 1UL << 20);
	if (!fills)
		wl->allocs = min(wl->allocs, 4096U);
	if (pairs)
		wl->allocs = 4096;
}

static int check_fits(const struct bench *b, struct sbd_error *err)
{
	unsigned long slack = SLACK_PER_CPU * num_online_cpus();
	unsigned long peak = b->d.wl.peak;

	if (with_shadow(b) && peak > b->spare[1])
		return sbd_error(err, -ERANGE, "allocs",
				 "wants %lu pages at once; the arena has %lu above its high watermarks",
				 peak, b->spare[1]);
	if (with_live(b) && peak + slack > b->spare[0])
		return sbd_error(err, -ERANGE, "allocs",
				 "wants %lu pages at once and %lu aside; the host has %lu above its high watermarks",
				 peak, slack, b->spare[0]);
	return 0;
}

/* ---- Equal memory -------------------------------------------------------- */

static unsigned long level_target(const struct bench *b)
{
	return max(b->spare[1], b->d.wl.peak +
		   SLACK_PER_CPU * (num_online_cpus() + 1));
}

/* One block of at most this order, the largest that there is. */
static bool hold_one(struct bench *b, unsigned int *order)
{
	gfp_t gfp = BENCH_GFP | __GFP_MOVABLE;
	struct page *page;

	page = sbd_live_alloc(gfp, *order);
	if (page)
		b->hold[b->nr_hold++] = (unsigned long)page | *order;
	else
		(*order)--;
	return page;
}

/*
 * The host mostly has far more free memory than the arena, and never needs to
 * mix types; hold so much of it that both engines are as short of it.
 */
static int level_live(struct bench *b, struct sbd_error *err)
{
	unsigned long target = level_target(b), spare = b->spare[0];
	unsigned int order = SBD_MAX_ORDER, most;

	if (spare <= target)
		return 0;
	most = (spare - target) >> 4;
	b->hold = kvcalloc(most + 1, sizeof(*b->hold), GFP_KERNEL);
	if (!b->hold)
		return sbd_error(err, -ENOMEM, "level", "no memory");
	while (order >= 4 && b->nr_hold < most && !signal_pending(current)) {
		spare = sbd_duel_live_spare(&b->d);
		if (spare < target + (1UL << order))
			order--;
		else
			hold_one(b, &order);
		cond_resched();
	}
	return 0;
}

static void unlevel_live(struct bench *b)
{
	while (b->nr_hold--) {
		unsigned long h = b->hold[b->nr_hold];

		sbd_live_free((struct page *)(h & ~0xfUL), h & 0xf);
	}
	kvfree(b->hold);
}

/* ---- The figures --------------------------------------------------------- */

/* Ticks to tenths of a ns. */
static u64 tenths(const struct bench *b, u64 ticks)
{
	return mul_u64_u64_div_u64(ticks, b->d.ns * 10, max(b->d.ticks, 1ULL));
}

static u64 to_ns(const struct bench *b, u64 ticks)
{
	return div_u64(tenths(b, ticks) + 5, 10);
}

/* A mean with one digit after the point, which div_u64() leaves to us. */
static void print_mean(struct sbd_text *out, u64 tenths_sum, u64 n)
{
	u64 mean = n ? div64_u64(tenths_sum + n / 2, n) : 0;
	u32 rest;

	mean = div_u64_rem(mean, 10, &rest);
	sbd_text_printf(out, " %llu.%u", mean, rest);
}

/* All threads' figures of one engine in one tally. */
static void sum_up(const struct bench *b, enum sbd_engine e,
		   struct sbd_tally *sum)
{
	const struct sbd_tally *t;
	unsigned int i, k;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < b->d.nr; i++) {
		t = b->d.threads[i].tally[e];
		sum->fail += t->fail;
		for (k = 0; k < SBD_NR_TIMED; k++) {
			sum->ops[k] += t->ops[k];
			sum->timed[k] += t->timed[k];
			sum->sum[k] += t->sum[k];
			sbd_hist_merge(&sum->hist[k], &t->hist[k]);
		}
	}
}

/**
 * struct row - one line of the table
 * @engine: whose
 * @name: of the workload, or of its part
 * @ops:  requests
 * @fail: refused allocations
 * @timed: requests that were timed
 * @sum:  their time, ticks
 * @hist: ticks
 */
struct row {
	const char *engine;
	char name[20];
	u64 ops;
	u64 fail;
	u64 timed;
	u64 sum;
	const struct sbd_hist *hist;
};

static void print_row(const struct bench *b, const struct row *r,
		      struct sbd_text *out)
{
	static const unsigned int quantiles[] = { 500, 900, 990, 999 };
	size_t i;

	sbd_text_printf(out, "%s %s %u %u %llu %llu", r->engine, r->name,
			b->a.wl.order, b->a.wl.threads, r->ops, r->fail);
	print_mean(out, tenths(b, r->sum), r->timed);
	for (i = 0; i < ARRAY_SIZE(quantiles); i++)
		sbd_text_printf(out, " %llu", to_ns(b, sbd_hist_quantile(r->hist, quantiles[i])));
	sbd_text_printf(out, " %llu", to_ns(b, r->hist->max));
	print_mean(out, b->d.cycles ? r->sum * 10 : 0, r->timed);
	sbd_text_printf(out, "\n");
}

static void print_part(const struct bench *b, enum sbd_engine e,
		       const struct sbd_tally *sum, enum sbd_timed k,
		       struct sbd_text *out)
{
	struct row r = {
		.engine = row_names[e],
		.ops = sum->ops[k],
		.fail = k == SBD_TIMED_ALLOC ? sum->fail : 0,
		.timed = sum->timed[k],
		.sum = sum->sum[k],
		.hist = &sum->hist[k],
	};

	snprintf(r.name, sizeof(r.name), "%s.%s",
		 sbd_workload_names[b->a.wl.kind],
		 k == SBD_TIMED_ALLOC ? "alloc" : "free");
	print_row(b, &r, out);
}

/* A row for all, and one a kind of request where both kinds were timed apart. */
static void print_engine(const struct bench *b, enum sbd_engine e,
			 struct sbd_tally *sum, struct sbd_text *out)
{
	struct row r = { .engine = row_names[e], .hist = &sum->hist[0] };
	bool parts = sum->timed[SBD_TIMED_ALLOC] && sum->timed[SBD_TIMED_FREE];

	strscpy(r.name, sbd_workload_names[b->a.wl.kind], sizeof(r.name));
	r.ops = sum->ops[0] + sum->ops[1];
	r.fail = sum->fail;
	r.timed = sum->timed[0] + sum->timed[1];
	r.sum = sum->sum[0] + sum->sum[1];
	if (parts) {
		print_part(b, e, sum, SBD_TIMED_ALLOC, out);
		print_part(b, e, sum, SBD_TIMED_FREE, out);
	}
	sbd_hist_merge(&sum->hist[0], &sum->hist[1]);
	print_row(b, &r, out);
}

static void print_table(const struct bench *b, struct sbd_tally *sum,
			struct sbd_text *out)
{
	enum sbd_engine e;

	sbd_text_printf(out, "\nengine workload order threads ops fail mean_ns p50_ns p90_ns p99_ns p999_ns max_ns cycles\n");
	for (e = SBD_ENGINE_LIVE; e < SBD_NR_ENGINES; e++) {
		if (!b->d.use[e])
			continue;
		sum_up(b, e, sum);
		print_engine(b, e, sum, out);
	}
}

/* ---- What the figures belong to ------------------------------------------ */

static void print_args(const struct bench *b, struct sbd_text *out)
{
	const struct sbd_workload_args *wl = &b->a.wl;

	sbd_text_printf(out, "workload: %s order=%u threads=%u allocs=%u rounds=%u churn=%u mix=%u,%u,%u\n",
			sbd_workload_names[wl->kind], wl->order, wl->threads,
			wl->allocs, wl->rounds, wl->churn, wl->mix[0],
			wl->mix[1], wl->mix[2]);
	sbd_text_printf(out, "seed: %llu\n", wl->seed);
	sbd_text_printf(out, "engine: %s\n", engine_names[b->a.engine]);
	sbd_text_printf(out, "timing: %s slice=%u locks=%u\n",
			timing_names[b->a.timing], b->a.slice, b->a.locks);
	sbd_text_printf(out, "touch: %u\nlevel: %u\n", b->a.touch, b->a.level);
	sbd_text_printf(out, "gfp: 0x%x (no reclaim, no reserves; plus the type)\n",
			(__force unsigned int)BENCH_GFP);
	sbd_text_printf(out, "live_clears_pages: %s\n",
			sbd_live_clears(BENCH_GFP) ? "yes (init_on_alloc; the shadow does not)" : "no");
	sbd_text_printf(out, "peak_pages: %lu\nspare_pages: live %lu shadow %lu\n",
			b->d.wl.peak, b->spare[0], b->spare[1]);
}

/* What clock and loop add to each figure of the table; not taken off there. */
static void print_overhead(const struct bench *b, struct sbd_tally *sum,
			   struct sbd_text *out)
{
	sum_up(b, SBD_ENGINE_NONE, sum);
	sbd_text_printf(out, "clock: %s\n", b->d.cycles ? "cycles" : "ns");
	sbd_text_printf(out, "timer_overhead_ns:");
	print_mean(out, tenths(b, b->timer), 16);
	sbd_text_printf(out, "\noverhead_ns:");
	print_mean(out, tenths(b, sum->sum[0] + sum->sum[1]),
		   sum->timed[0] + sum->timed[1]);
	sbd_text_printf(out, " (clock and loop with no allocator; in every figure below)\n");
}

static void print_fallbacks(const struct bench *b, struct sbd_text *out)
{
	struct sbd_totals *t = kmalloc(sizeof(*t), GFP_KERNEL);

	if (with_live(b) && b->watched)
		sbd_text_printf(out, "live_fallbacks: %lld (others meanwhile: %lld)\n",
				(s64)atomic64_read(&b->fallbacks.own),
				(s64)atomic64_read(&b->fallbacks.others));
	else if (with_live(b))
		sbd_text_printf(out, "live_fallbacks: unknown (no mm_page_alloc_extfrag event)\n");
	if (t && with_shadow(b)) {
		sbd_totals(b->d.sys, t);
		sbd_text_printf(out, "shadow_fallbacks: %llu (claimed the block: %llu)\n",
				t->event[SBD_EV_FALLBACK],
				t->event[SBD_EV_CLAIM]);
	}
	if (!t)
		out->error = -ENOMEM;
	kfree(t);
}

/* A line of free blocks and one of fragmentation indices, thousandths. */
static void print_zone(const char *engine, int nid, const char *name,
		       const unsigned long *nr_free, struct sbd_text *out)
{
	int o;

	sbd_text_printf(out, "%s %d %s free", engine, nid, name);
	for (o = 0; o < SBD_NR_ORDERS; o++)
		sbd_text_printf(out, " %lu", nr_free[o]);
	sbd_text_printf(out, "\n%s %d %s fragindex", engine, nid, name);
	for (o = 0; o < SBD_NR_ORDERS; o++)
		sbd_text_printf(out, " %d", sbd_fragindex(nr_free, o));
	sbd_text_printf(out, "\n");
}

static void print_live_zones(struct sbd_text *out)
{
	struct sbd_live_zone *zones;
	int i, n;

	zones = kcalloc(MAX_LIVE_ZONES, sizeof(*zones), GFP_KERNEL);
	if (!zones) {
		out->error = -ENOMEM;
		return;
	}
	n = sbd_live_zones(zones, MAX_LIVE_ZONES);
	for (i = 0; i < n; i++)
		print_zone("live", zones[i].nid, zones[i].name,
			   zones[i].nr_free, out);
	kfree(zones);
}

static void print_shadow_zones(const struct sbd_system *sys,
			       struct sbd_text *out)
{
	unsigned long nr_free[SBD_NR_ORDERS];
	struct sbd_zone *z;
	int i, o;

	sbd_for_each_zone(sys, i, z) {
		for (o = 0; o < SBD_NR_ORDERS; o++)
			nr_free[o] = READ_ONCE(z->area[o].nr_free);
		print_zone("shadow", z->nid, sbd_zone_names[z->idx], nr_free,
			   out);
	}
}

/* The state with what the workload still holds. */
static void print_state(const struct bench *b, struct sbd_text *out)
{
	int o;

	sbd_text_printf(out, "\nengine node zone what");
	for (o = 0; o < SBD_NR_ORDERS; o++)
		sbd_text_printf(out, " %d", o);
	sbd_text_printf(out, "\n");
	if (with_live(b))
		print_live_zones(out);
	if (with_shadow(b))
		print_shadow_zones(b->d.sys, out);
}

/* Means are over the slices in which locks were timed. */
static void print_locks(const struct bench *b, struct sbd_text *out)
{
	struct sbd_lock_stat sum = {};
	struct sbd_zone *z;
	int i;

	sbd_for_each_zone(b->d.sys, i, z) {
		sum.taken += z->lock_stat.taken;
		sum.contended += z->lock_stat.contended;
		sum.wait_ns += z->lock_stat.wait_ns;
		sum.hold_ns += z->lock_stat.hold_ns;
		sum.wait_max = max(sum.wait_max, z->lock_stat.wait_max);
		sum.hold_max = max(sum.hold_max, z->lock_stat.hold_max);
	}
	sbd_text_printf(out, "\nlock taken timed contended wait_mean_ns wait_max_ns hold_mean_ns hold_max_ns\n");
	sbd_text_printf(out, "shadow.zone %llu %llu %llu", sum.taken,
			b->d.lock_taken, sum.contended);
	print_mean(out, sum.wait_ns * 10, b->d.lock_taken);
	sbd_text_printf(out, " %llu", sum.wait_max);
	print_mean(out, sum.hold_ns * 10, b->d.lock_taken);
	sbd_text_printf(out, " %llu\n", sum.hold_max);
}

/* ---- A run --------------------------------------------------------------- */

/* Readings of the clock one after the other, as in the timed loop. */
static void time_the_timer(struct bench *b)
{
	u64 sum = 0, t;
	int i;

	for (i = 0; i < 4096; i++) {
		t = sbd_duel_ticks(&b->d);
		sum += sbd_duel_ticks(&b->d) - t;
	}
	b->timer = sum / 256;
}

static void watch(struct bench *b)
{
	struct sbd_live_fallbacks *f = &b->fallbacks;
	unsigned int i;

	f->tasks = b->tasks;
	f->nr_tasks = b->d.nr;
	for (i = 0; i < b->d.nr; i++)
		b->tasks[i] = b->d.threads[i].task;
	b->watched = with_live(b) && !sbd_live_watch(f);
}

static void setup(struct bench *b)
{
	struct sbd_duel *d = &b->d;

	d->use[SBD_ENGINE_NONE] = true;
	d->use[SBD_ENGINE_LIVE] = with_live(b);
	d->use[SBD_ENGINE_SHADOW] = with_shadow(b);
	d->per_op = b->a.timing == TIME_OP;
	d->touch = b->a.touch;
	d->slice_ops = b->a.slice;
	d->lock_every = with_shadow(b) ? b->a.locks : 0;
	d->gfp[SBD_UNMOVABLE] = BENCH_GFP;
	d->gfp[SBD_MOVABLE] = BENCH_GFP | __GFP_MOVABLE;
	d->gfp[SBD_RECLAIMABLE] = BENCH_GFP | __GFP_RECLAIMABLE;
}

/* The state is looked at while the workload's last pages are held. */
static int run_and_report(struct bench *b, struct sbd_text *out,
			  struct sbd_error *err)
{
	struct sbd_text state = {};
	struct sbd_tally *sum;
	int ret, lost;

	sum = kvmalloc(sizeof(*sum), GFP_KERNEL);
	if (!sum)
		return sbd_error(err, -ENOMEM, "", "no memory");
	time_the_timer(b);
	watch(b);
	ret = sbd_duel_run(&b->d, err);
	if (b->watched)
		sbd_live_unwatch(&b->fallbacks);
	print_state(b, &state);
	lost = sbd_duel_give_back(&b->d);
	print_args(b, out);
	print_overhead(b, sum, out);
	print_fallbacks(b, out);
	sbd_text_printf(out, "shadow_lost_pages: %d\n", lost);
	sbd_text_printf(out, "interrupted: %s\n", ret == -EINTR ? "yes" : "no");
	print_table(b, sum, out);
	sbd_text_printf(out, "%s", state.buf ?: "");
	if (with_shadow(b))
		print_locks(b, out);
	out->error = out->error ?: state.error;
	sbd_text_free(&state);
	kvfree(sum);
	return ret;
}

/* From what is wanted to a run that is known to fit. */
static int run(struct bench *b, struct sbd_text *out, struct sbd_error *err)
{
	int ret;

	sbd_system_reset(b->d.sys);
	b->spare[0] = sbd_live_spare(numa_mem_id());
	b->spare[1] = shadow_spare(b->d.sys);
	choose_defaults(b);
	setup(b);
	ret = sbd_workload_make(&b->d.wl, &b->a.wl, err);
	if (ret)
		return ret;
	ret = check_fits(b, err);
	if (ret)
		goto free_workload;
	ret = sbd_duel_prepare(&b->d, err);
	if (ret)
		goto free_duel;
	/* Asked again: the run's own memory came from there, too. */
	b->spare[0] = sbd_duel_live_spare(&b->d);
	ret = check_fits(b, err);
	if (!ret && b->a.level)
		ret = level_live(b, err);
	if (!ret)
		ret = run_and_report(b, out, err);
	unlevel_live(b);
free_duel:
	sbd_duel_free(&b->d);
free_workload:
	sbd_workload_free(&b->d.wl);
	return ret;
}

/* A clone has no pages to write to. */
static int check(const struct bench *b, bool has_memory, struct sbd_error *err)
{
	if (b->a.touch && with_shadow(b) && !has_memory)
		return sbd_error(err, -EINVAL, "touch",
				 "this system has no memory of its own");
	return 0;
}

static int bench(struct sbd_experiment *x, struct sbd_system *sys, char *args,
		 struct sbd_text *out, struct sbd_error *err)
{
	struct bench *b = kvzalloc(sizeof(*b), GFP_KERNEL);
	int ret;

	if (!b)
		return sbd_error(err, -ENOMEM, "", "no memory");
	b->d.x = x;
	b->d.sys = sys;
	b->a = (struct bench_args) {
		.wl = { .order = UNSET, .threads = 1, .churn = 10, .seed = 1 },
		.slice = 512,
		.locks = 8,
	};
	ret = sbd_keys_parse(bench_keys, args, &b->a, err);
	if (!ret)
		ret = check(b, x, err);
	if (!ret)
		ret = run(b, out, err);
	kvfree(b);
	return ret;
}

/**
 * sbd_bench_run() - a bench of any system, for suites and boot-time tables
 * @sys:  which is nobody else's meanwhile; reset first
 * @args: as written to bench/run; changed
 * @out:  the report is appended
 * @err:  filled on error
 *
 * Context: process, may sleep; a signal ends it.  Return: as
 * sbd_experiment.start().
 */
int sbd_bench_run(struct sbd_system *sys, char *args, struct sbd_text *out,
		  struct sbd_error *err)
{
	return bench(NULL, sys, args, out, err);
}

static int bench_start(struct sbd_experiment *x, char *args,
		       struct sbd_text *out, struct sbd_error *err)
{
	const struct sbd_arena *arena = &x->shadow->arena;

	sbd_text_printf(out, "kernel: %s\n", init_utsname()->release);
	sbd_text_printf(out, "profile: %s\n", x->shadow->sys->prof->name);
	sbd_text_printf(out, "backend: %s\n", sbd_backend_names[arena->backend]);
	sbd_text_printf(out, "arena_pages: %lu\n", arena->pages);
	return bench(x, x->shadow->sys, args, out, err);
}

struct sbd_experiment sbd_bench = {
	.name = "bench",
	.start = bench_start,
};
