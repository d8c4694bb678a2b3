// SPDX-License-Identifier: GPL-2.0
/*
 * How the figures of a bench read: "key: value" lines that say what they
 * belong to, then tables, each with a line of column names before it.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "format.h"
#include "report.h"

#define MAX_LIVE_ZONES	16

const char * const sbd_bench_engines[] = { "both", "live", "shadow", NULL };
const char * const sbd_bench_timings[] = { "op", "slice", NULL };

static const char * const row_names[SBD_NR_ENGINES] = {
	[SBD_ENGINE_NONE] = "none",
	[SBD_ENGINE_LIVE] = "live",
	[SBD_ENGINE_SHADOW] = "shadow",
};

/* ---- The figures --------------------------------------------------------- */

/* Ticks to tenths of a ns. */
static u64 tenths(const struct sbd_bench *b, u64 ticks)
{
	return mul_u64_u64_div_u64(ticks, b->d.ns * 10, max(b->d.ticks, 1ULL));
}

static u64 to_ns(const struct sbd_bench *b, u64 ticks)
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

/* All threads' figures of one engine, in b->sum. */
static void sum_up(const struct sbd_bench *b, enum sbd_engine e)
{
	struct sbd_tally *sum = b->sum;
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

static void print_row(const struct sbd_bench *b, const struct row *r,
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

static void print_part(const struct sbd_bench *b, enum sbd_engine e,
		       enum sbd_timed k, struct sbd_text *out)
{
	const struct sbd_tally *sum = b->sum;
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
static void print_engine(const struct sbd_bench *b, enum sbd_engine e,
			 struct sbd_text *out)
{
	struct sbd_tally *sum = b->sum;
	struct row r = { .engine = row_names[e], .hist = &sum->hist[0] };
	bool parts = sum->timed[SBD_TIMED_ALLOC] && sum->timed[SBD_TIMED_FREE];

	strscpy(r.name, sbd_workload_names[b->a.wl.kind], sizeof(r.name));
	r.ops = sum->ops[0] + sum->ops[1];
	r.fail = sum->fail;
	r.timed = sum->timed[0] + sum->timed[1];
	r.sum = sum->sum[0] + sum->sum[1];
	if (parts) {
		print_part(b, e, SBD_TIMED_ALLOC, out);
		print_part(b, e, SBD_TIMED_FREE, out);
	}
	sbd_hist_merge(&sum->hist[0], &sum->hist[1]);
	print_row(b, &r, out);
}

static void print_table(const struct sbd_bench *b, struct sbd_text *out)
{
	enum sbd_engine e;

	sbd_text_printf(out, "\nengine workload order threads ops fail mean_ns p50_ns");
	sbd_text_printf(out, " p90_ns p99_ns p999_ns max_ns cycles\n");
	for (e = SBD_ENGINE_LIVE; e < SBD_NR_ENGINES; e++) {
		if (!b->d.use[e])
			continue;
		sum_up(b, e);
		print_engine(b, e, out);
	}
}

/* ---- What the figures belong to ------------------------------------------ */

static void print_args(const struct sbd_bench *b, struct sbd_text *out)
{
	const struct sbd_workload_args *wl = &b->a.wl;

	sbd_text_printf(out, "workload: %s order=%u threads=%u allocs=%u",
			sbd_workload_names[wl->kind], wl->order, wl->threads,
			wl->allocs);
	sbd_text_printf(out, " rounds=%u churn=%u mix=%u,%u,%u\n", wl->rounds,
			wl->churn, wl->mix[0], wl->mix[1], wl->mix[2]);
	sbd_text_printf(out, "seed: %llu\n", wl->seed);
	sbd_text_printf(out, "engine: %s\n", sbd_bench_engines[b->a.engine]);
	sbd_text_printf(out, "timing: %s slice=%u locks=%u\n",
			sbd_bench_timings[b->a.timing], b->a.slice, b->a.locks);
	sbd_text_printf(out, "touch: %u\nlevel: %u\n", b->a.touch, b->a.level);
	sbd_text_printf(out, "gfp: 0x%x (no reclaim, no reserves; plus the type)\n",
			(__force unsigned int)SBD_BENCH_GFP);
	if (sbd_with_live(b))
		sbd_text_printf(out, "live_clears_pages: %s\n",
				sbd_live_clears(SBD_BENCH_GFP) ?
				"yes (init_on_alloc; the shadow does not)" :
				"no");
	sbd_text_printf(out, "peak_pages: %lu\nspare_pages: live %lu shadow %lu\n",
			b->d.wl.peak, b->spare[0], b->spare[1]);
}

/* What clock and loop add to each figure of the table; not taken off there. */
static void print_overhead(const struct sbd_bench *b, struct sbd_text *out)
{
	const struct sbd_tally *sum = b->sum;

	sum_up(b, SBD_ENGINE_NONE);
	sbd_text_printf(out, "clock: %s\n", b->d.cycles ? "cycles" : "ns");
	sbd_text_printf(out, "timer_overhead_ns:");
	print_mean(out, tenths(b, b->timer), 16);
	sbd_text_printf(out, "\noverhead_ns:");
	print_mean(out, tenths(b, sum->sum[0] + sum->sum[1]),
		   sum->timed[0] + sum->timed[1]);
	sbd_text_printf(out, " (clock and loop alone; in all figures below)\n");
}

static u64 shadow_events(const struct sbd_bench *b, enum sbd_zone_event event)
{
	struct sbd_zone *z;
	u64 sum = 0;
	int i;

	sbd_for_each_zone(b->d.sys, i, z)
		sum += z->event[event];
	return sum;
}

static void print_fallbacks(const struct sbd_bench *b, struct sbd_text *out)
{
	if (sbd_with_live(b) && b->watched)
		sbd_text_printf(out, "live_fallbacks: %lld (others meanwhile: %lld)\n",
				(s64)atomic64_read(&b->fallbacks.own),
				(s64)atomic64_read(&b->fallbacks.others));
	else if (sbd_with_live(b))
		sbd_text_printf(out, "live_fallbacks: unknown (no mm_page_alloc_extfrag event)\n");
	if (sbd_with_shadow(b))
		sbd_text_printf(out, "shadow_fallbacks: %llu (claimed the block: %llu)\n",
				shadow_events(b, SBD_EV_FALLBACK),
				shadow_events(b, SBD_EV_CLAIM));
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

/**
 * sbd_report_state() - the free blocks of both engines
 * @b:	 a run whose last pages are still held
 * @out: appended to
 *
 * Context: process, may sleep.
 */
void sbd_report_state(const struct sbd_bench *b, struct sbd_text *out)
{
	int o;

	sbd_text_printf(out, "\nengine node zone what");
	for (o = 0; o < SBD_NR_ORDERS; o++)
		sbd_text_printf(out, " %d", o);
	sbd_text_printf(out, "\n");
	if (sbd_with_live(b))
		print_live_zones(out);
	if (sbd_with_shadow(b))
		print_shadow_zones(b->d.sys, out);
}

/* Means are over the slices in which locks were timed. */
static void print_locks(const struct sbd_bench *b, struct sbd_text *out)
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
	sbd_text_printf(out, "\nlock taken timed contended wait_mean_ns wait_max_ns");
	sbd_text_printf(out, " hold_mean_ns hold_max_ns\n");
	sbd_text_printf(out, "shadow.zone %llu %llu %llu", sum.taken,
			b->d.lock_taken, sum.contended);
	print_mean(out, sum.wait_ns * 10, b->d.lock_taken);
	sbd_text_printf(out, " %llu", sum.wait_max);
	print_mean(out, sum.hold_ns * 10, b->d.lock_taken);
	sbd_text_printf(out, " %llu\n", sum.hold_max);
}

/**
 * sbd_report() - all that a run has shown
 * @b:	   the run, ended
 * @state: what sbd_report_state() said before the last pages were freed
 * @out:   appended to
 *
 * Context: process, may sleep.
 */
void sbd_report(const struct sbd_bench *b, const struct sbd_text *state,
		struct sbd_text *out)
{
	print_args(b, out);
	print_overhead(b, out);
	print_fallbacks(b, out);
	if (sbd_with_shadow(b))
		sbd_text_printf(out, "shadow_lost_pages: %d\n", b->lost);
	sbd_text_printf(out, "interrupted: %s\n", b->interrupted ? "yes" : "no");
	print_table(b, out);
	sbd_text_printf(out, "%s", state->buf ?: "");
	if (sbd_with_shadow(b))
		print_locks(b, out);
	out->error = out->error ?: state->error;
}

/* ---- The standard rows --------------------------------------------------- */

/**
 * sbd_report_standard_head() - what stands above the standard rows
 * @out: appended to
 */
void sbd_report_standard_head(struct sbd_text *out)
{
	sbd_text_printf(out, "unit: ns a request, less loop_ns; a pair is one,");
	sbd_text_printf(out, " and so is a bulk call with its frees\n");
	sbd_text_printf(out, "live_clears_pages: %s\n",
			sbd_live_clears(SBD_BENCH_GFP) ? "yes" : "no");
	sbd_text_printf(out, "\noperation ops live_ns shadow_ns ratio loop_ns");
	sbd_text_printf(out, " live_fail shadow_fail live_fallbacks shadow_fallbacks\n");
}

static u64 mean_of(const struct sbd_bench *b, enum sbd_engine e)
{
	const struct sbd_tally *sum = b->sum;

	sum_up(b, e);
	return div64_u64(tenths(b, sum->sum[0] + sum->sum[1]),
			 max(sum->timed[0] + sum->timed[1], 1ULL));
}

/**
 * sbd_report_standard() - one of the standard rows
 * @b:	 the run, ended; its row is set
 * @out: appended to
 */
void sbd_report_standard(const struct sbd_bench *b, struct sbd_text *out)
{
	u64 none = mean_of(b, SBD_ENGINE_NONE), live, shadow, fails[2], ratio;
	u32 rest;

	live = mean_of(b, SBD_ENGINE_LIVE);
	live -= min(live, none);
	fails[0] = b->sum->fail;
	shadow = mean_of(b, SBD_ENGINE_SHADOW);
	shadow -= min(shadow, none);
	fails[1] = b->sum->fail;
	ratio = div_u64_rem(div64_u64(shadow * 100, max(live, 1ULL)), 100, &rest);
	sbd_text_printf(out, "%s %llu", b->row, b->sum->ops[0] + b->sum->ops[1]);
	print_mean(out, live, 1);
	print_mean(out, shadow, 1);
	sbd_text_printf(out, " %llu.%02u", ratio, rest);
	print_mean(out, none, 1);
	sbd_text_printf(out, " %llu %llu %lld %llu\n", fails[0], fails[1],
			(s64)atomic64_read(&b->fallbacks.own),
			shadow_events(b, SBD_EV_FALLBACK));
}

