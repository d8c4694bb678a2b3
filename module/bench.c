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

#include "arena.h"
#include "bench.h"
#include "policy.h"
#include "pressure.h"
#include "profile.h"
#include "report.h"
#include "shadow.h"
#include "system.h"

#define UNSET		(~0U)
/* Pages that per-CPU lists and drift may hide from what looks spare. */
#define SLACK_PER_CPU	256

#define KEY(...)	SBD_KEY(struct sbd_bench_args, __VA_ARGS__)
#define NAMES(...)	SBD_KEY_OF(struct sbd_bench_args, __VA_ARGS__)

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
		.offset = offsetof(struct sbd_bench_args, wl.mix),
	},
	NAMES("engine", engine, sbd_bench_engines),
	NAMES("timing", timing, sbd_bench_timings),
	KEY("slice", SBD_KEY_UINT, slice, 1, 65536),
	KEY("locks", SBD_KEY_UINT, locks, 0, 1000),
	KEY("touch", SBD_KEY_UINT, touch, 0, 1),
	KEY("level", SBD_KEY_UINT, level, 0, 1),
	KEY("table", SBD_KEY_UINT, table, 0, 1),
	KEY("requests", SBD_KEY_UINT, requests, 1, 1000000000),
	KEY("set", SBD_KEY_UINT, set, 1, 1000),
	{
		.name = "kinds",
		.kind = SBD_KEY_LIST,
		.list_len = SBD_NR_OWNER_KINDS,
		.max = 100,
		.offset = offsetof(struct sbd_bench_args, kinds),
	},
	KEY("write", SBD_KEY_UINT, write, 0, 100),
	NAMES("policy", policy, sbd_policy_names),
	KEY("swap", SBD_KEY_UINT, swap, 0, 65536),
	KEY("keep", SBD_KEY_UINT, keep, 0, 1),
	KEY("compaction", SBD_KEY_UINT, compaction, 0, 1),
	{}
};

/* ---- What fits ----------------------------------------------------------- */

/* Pages above its high marks that the shadow has once it is reset. */
static unsigned long shadow_spare(const struct sbd_system *sys)
{
	unsigned long sum = 0, keep;
	struct sbd_zone *z;
	int i;

	sbd_for_each_zone(sys, i, z) {
		if (z->idx > SBD_ZONE_NORMAL)
			continue;
		keep = z->wmark[SBD_WMARK_HIGH] +
		       z->lowmem_reserve[SBD_ZONE_NORMAL];
		sum += z->managed > keep ? z->managed - keep : 0;
	}
	return sum;
}

/* Pages that a workload may hold at once, on either engine. */
static unsigned long capacity(const struct sbd_bench *b)
{
	unsigned long pages = ULONG_MAX;

	if (sbd_with_live(b))
		pages = b->spare[0];
	if (sbd_with_shadow(b))
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
static void choose_defaults(struct sbd_bench *b)
{
	struct sbd_workload_args *wl = &b->a.wl;
	bool mixes = wl->kind == SBD_WL_FRAG || wl->kind == SBD_WL_MIXED;
	bool pairs = wl->kind == SBD_WL_REPEAT || wl->kind == SBD_WL_BULKAPI;
	unsigned long most;

	if (wl->order == UNSET)
		wl->order = wl->kind == SBD_WL_MIXED ? 4 : 0;
	if (!wl->rounds)
		wl->rounds = 10;
	if (!wl->churn)
		wl->churn = 10;
	if (!wl->mix[0] && !wl->mix[1] && !wl->mix[2]) {
		wl->mix[0] = mixes ? 40 : 100;
		wl->mix[1] = mixes ? 40 : 0;
		wl->mix[2] = mixes ? 20 : 0;
	}
	if (wl->allocs)
		return;
	most = capacity(b) / 16 * 12;
	if (wl->kind == SBD_WL_FALLBACK)
		most = capacity(b) / 16 * 14;
	most = clamp_t(unsigned long, most / wl->threads / mean_pages(wl), 4,
		       1UL << 20);
	if (pairs || (wl->kind <= SBD_WL_RAND && most > 4096))
		most = 4096;
	wl->allocs = most;
}

static int check_fits(const struct sbd_bench *b, struct sbd_error *err)
{
	unsigned long slack = SLACK_PER_CPU * num_online_cpus();
	unsigned long peak = b->d.wl.peak;

	if (sbd_with_shadow(b) && peak > b->spare[1])
		return sbd_error(err, -ERANGE, "allocs",
				 "wants %lu pages at once; the arena has %lu above its high watermarks",
				 peak, b->spare[1]);
	if (sbd_with_live(b) && peak + slack > b->spare[0])
		return sbd_error(err, -ERANGE, "allocs",
				 "wants %lu pages at once and %lu aside; the host has %lu above its high watermarks",
				 peak, slack, b->spare[0]);
	return 0;
}

/* ---- Equal memory -------------------------------------------------------- */

static unsigned long level_target(const struct sbd_bench *b)
{
	return max(b->spare[1], b->d.wl.peak) +
	       SLACK_PER_CPU * (num_online_cpus() + 1);
}

/* One block of at most this order, the largest that there is. */
static bool hold_one(struct sbd_bench *b, unsigned int *order)
{
	gfp_t gfp = SBD_BENCH_GFP | __GFP_MOVABLE;
	struct page *page;

	page = sbd_live_alloc(gfp, *order);
	if (page)
		b->hold[b->nr_hold++] = sbd_live_pack(page, *order);
	else
		(*order)--;
	return page;
}

/*
 * The host mostly has far more free memory than the arena, and never needs to
 * mix types; hold so much of it that both engines are as short of it.
 */
static int level_live(struct sbd_bench *b, struct sbd_error *err)
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

static void unlevel_live(struct sbd_bench *b)
{
	while (b->nr_hold)
		sbd_live_free_packed(b->hold[--b->nr_hold]);
	kvfree(b->hold);
	b->hold = NULL;
}

/* ---- A run --------------------------------------------------------------- */

/* Readings of the clock one after the other, as in the timed loop. */
static void time_the_timer(struct sbd_bench *b)
{
	u64 sum = 0, t;
	int i;

	for (i = 0; i < 4096; i++) {
		t = sbd_duel_ticks(&b->d);
		sum += sbd_duel_ticks(&b->d) - t;
	}
	b->timer = sum / 256;
}

static void watch(struct sbd_bench *b)
{
	struct sbd_live_fallbacks *f = &b->fallbacks;
	unsigned int i;

	f->tasks = b->tasks;
	f->nr_tasks = b->d.nr;
	for (i = 0; i < b->d.nr; i++)
		b->tasks[i] = b->d.threads[i].task;
	b->watched = sbd_with_live(b) && !sbd_live_watch(f);
}

static void setup(struct sbd_bench *b)
{
	struct sbd_duel *d = &b->d;

	d->use[SBD_ENGINE_NONE] = true;
	d->use[SBD_ENGINE_LIVE] = sbd_with_live(b);
	d->use[SBD_ENGINE_SHADOW] = sbd_with_shadow(b);
	d->per_op = b->a.timing == SBD_TIME_OP;
	d->touch = b->a.touch;
	d->slice_ops = b->a.slice;
	d->lock_every = sbd_with_shadow(b) ? b->a.locks : 0;
	d->gfp[SBD_UNMOVABLE] = SBD_BENCH_GFP;
	d->gfp[SBD_MOVABLE] = SBD_BENCH_GFP | __GFP_MOVABLE;
	d->gfp[SBD_RECLAIMABLE] = SBD_BENCH_GFP | __GFP_RECLAIMABLE;
}

/* The shadow that the run's system is; a suite's system is none, and has no worker. */
static struct sbd_shadow *shadow_of(const struct sbd_bench *b)
{
	return b->d.x ? b->d.x->shadow : NULL;
}

/* Pages that the worker has in its hands would be missing. */
static int give_back(struct sbd_bench *b)
{
	struct sbd_shadow *s = shadow_of(b);
	int lost;

	if (s)
		sbd_shadow_pause_vmstat(s);
	lost = sbd_duel_give_back(&b->d);
	if (s)
		sbd_shadow_resume_vmstat(s);
	return lost;
}

/* The state is looked at while the workload's last pages are held. */
static int run_and_report(struct sbd_bench *b, struct sbd_text *out,
			  struct sbd_error *err)
{
	struct sbd_text state = {};
	int ret;

	time_the_timer(b);
	watch(b);
	ret = sbd_duel_run(&b->d, err);
	if (b->watched)
		sbd_live_unwatch(&b->fallbacks);
	b->interrupted = ret == -EINTR;
	sbd_report_state(b, &state);
	b->lost = give_back(b);
	if (b->row)
		sbd_report_standard(b, out);
	else
		sbd_report(b, &state, out);
	sbd_text_free(&state);
	return ret;
}

static void reset(struct sbd_bench *b)
{
	if (shadow_of(b))
		sbd_shadow_reset(shadow_of(b));
	else
		sbd_system_reset(b->d.sys);
}

/* Memory, CPUs and threads are there, and it still fits. */
static int run_prepared(struct sbd_bench *b, struct sbd_text *out,
			struct sbd_error *err)
{
	int ret;

	/* Asked again: the run's own memory came from there, too. */
	b->spare[0] = sbd_duel_live_spare(&b->d);
	ret = check_fits(b, err);
	if (!ret)
		reset(b);
	if (!ret && b->a.level)
		ret = level_live(b, err);
	if (!ret)
		ret = run_and_report(b, out, err);
	unlevel_live(b);
	return ret;
}

/* From what is wanted to a run that is known to fit. */
static int run(struct sbd_bench *b, struct sbd_text *out,
	       struct sbd_error *err)
{
	int ret;

	b->spare[0] = sbd_live_spare(numa_mem_id());
	b->spare[1] = shadow_spare(b->d.sys);
	choose_defaults(b);
	setup(b);
	ret = sbd_workload_make(&b->d.wl, &b->a.wl, err);
	if (ret)
		return ret;
	ret = check_fits(b, err) ?: sbd_duel_prepare(&b->d, err) ?:
	      run_prepared(b, out, err);
	sbd_duel_free(&b->d);
	sbd_workload_free(&b->d.wl);
	return ret;
}

/* ---- What is asked for --------------------------------------------------- */

/*
 * What the README's figures are about.  Whole slices are timed, so that the
 * clock is read once in hundreds of requests, and what the loop costs is taken
 * off: under --icount a ns is an instruction, and this leaves the allocator's.
 */
#define STANDARD "timing=slice locks=0 "

static const struct {
	const char *name;
	const char *args;
} standard[] = {
	{ "pair-order0", STANDARD "workload=repeat order=0 allocs=2048" },
	{ "pair-order3", STANDARD "workload=repeat order=3 allocs=2048" },
	{ "pair-order4", STANDARD "workload=repeat order=4 allocs=2048" },
	{ "pair-order9", STANDARD "workload=repeat order=9 allocs=512" },
	{ "bulk-order0", STANDARD "workload=bulk order=0 allocs=4096" },
	{ "bulkapi-32", STANDARD "workload=bulkapi allocs=256" },
	/* Before the two that leave live memory in pieces. */
	{ "fallback", STANDARD "workload=fallback order=4 level=1 rounds=2" },
	{ "mixed", STANDARD "workload=mixed order=4 rounds=4" },
	{ "frag", STANDARD "workload=frag level=1" },
};

static bool is_owned(const struct sbd_bench_args *a)
{
	return a->wl.kind >= SBD_WL_PRESSURE ||
	       (a->wl.kind == SBD_WL_FRAG && a->compaction != UNSET);
}

static unsigned int given(unsigned int v, unsigned int otherwise)
{
	return v == UNSET ? otherwise : v;
}

/* A run anew: nothing of the last one is left but where it ran. */
static int prepare(struct sbd_bench *b, char *args, struct sbd_error *err)
{
	struct sbd_experiment *x = b->d.x;
	struct sbd_system *sys = b->d.sys;
	struct sbd_tally *sum = b->sum;
	int ret;

	*b = (struct sbd_bench) {
		.d = { .x = x, .sys = sys },
		.a = {
			.wl = {
				.order = UNSET,
				.threads = 1,
				.seed = 1,
			},
			.engine = UNSET,
			.slice = 512,
			.locks = 8,
			.requests = UNSET,
			.set = UNSET,
			.write = UNSET,
			.policy = UNSET,
			.swap = UNSET,
			.compaction = UNSET,
		},
		.sum = sum,
	};
	ret = sbd_keys_parse(bench_keys, args, &b->a, err);
	b->a.engine = given(b->a.engine,
			    is_owned(&b->a) ? SBD_BENCH_SHADOW : SBD_BENCH_BOTH);
	return ret;
}

static int run_standard(struct sbd_bench *b, size_t i, struct sbd_text *out,
			struct sbd_error *err)
{
	u64 seed = b->a.wl.seed;
	char args[96];
	int ret;

	strscpy(args, standard[i].args, sizeof(args));
	ret = prepare(b, args, err);
	if (ret)
		return ret;
	b->a.wl.seed = seed;
	b->row = standard[i].name;
	return run(b, out, err);
}

static int run_table(struct sbd_bench *b, struct sbd_text *out,
		     struct sbd_error *err)
{
	int ret = 0;
	size_t i;

	sbd_report_standard_head(out);
	for (i = 0; !ret && i < ARRAY_SIZE(standard); i++)
		ret = run_standard(b, i, out, err);
	if (ret == -EINTR)
		sbd_text_printf(out, "\ninterrupted: yes\n");
	return ret;
}

/* ---- Workloads whose pages are owned --------------------------------------- */

/* Percent of handles of each kind, where nobody said. */
static void default_kinds(unsigned int kind, unsigned int *kinds)
{
	static const unsigned int percent[][SBD_NR_OWNER_KINDS] = {
		[SBD_WL_FRAG] = { 40, 0, 20, 40 },
		[SBD_WL_PRESSURE] = { 50, 35, 10, 5 },
		[SBD_WL_THP] = { 98, 0, 0, 2 },
		[SBD_WL_NODES] = { 60, 30, 5, 5 },
	};

	if (!kinds[0] && !kinds[1] && !kinds[2] && !kinds[3])
		memcpy(kinds, percent[kind], sizeof(percent[kind]));
}

static void owned_args(const struct sbd_bench *b, struct sbd_pressure_args *p)
{
	const struct sbd_bench_args *a = &b->a;
	unsigned long mb = sbd_pressure_pages(b->d.sys) >> (20 - PAGE_SHIFT);
	bool pressed = a->wl.kind == SBD_WL_PRESSURE;

	*p = (struct sbd_pressure_args) {
		.kind = a->wl.kind,
		.threads = a->wl.threads,
		.requests = given(a->requests, 100000),
		.set = given(a->set, pressed ? 150 : a->wl.kind == SBD_WL_THP ? 95 : 75),
		.write = given(a->write, 30),
		.order = given(a->wl.order, 0),
		.policy = given(a->policy, SBD_POLICY_DEFAULT),
		.swap = given(a->swap, pressed ? mb : 0),
		.keep = a->keep,
		.churn = a->wl.churn ?: a->wl.kind == SBD_WL_THP ? 50 : 10,
		.rounds = a->wl.rounds ?: 10,
		.compact = given(a->compaction, 0),
		.seed = a->wl.seed,
	};
	memcpy(p->kinds, a->kinds, sizeof(p->kinds));
	default_kinds(p->kind, p->kinds);
	if (p->kind == SBD_WL_FRAG || p->kind == SBD_WL_THP)
		p->threads = 1;
}

static int check_owned(const struct sbd_bench *b, const struct sbd_pressure_args *p,
		       struct sbd_error *err)
{
	if (b->a.engine != SBD_BENCH_SHADOW)
		return sbd_error(err, -EINVAL, "engine",
				 "the pages of this workload are the shadow's only");
	if (p->order > SBD_COSTLY_ORDER)
		return sbd_error(err, -ERANGE, "order", "from 0 to %d",
				 SBD_COSTLY_ORDER);
	if (p->kinds[0] + p->kinds[1] + p->kinds[2] + p->kinds[3] != 100)
		return sbd_error(err, -EINVAL, "kinds", "not 100 together");
	if (!sbd_policy_known(b->d.sys, p->policy))
		return sbd_error(err, -EINVAL, "policy",
				 "the modelled kernel does not have it");
	return 0;
}

static int run_owned(struct sbd_bench *b, struct sbd_text *out,
		     struct sbd_error *err)
{
	struct sbd_shadow *s = shadow_of(b);
	struct sbd_pressure_args p;
	int ret;

	owned_args(b, &p);
	ret = check_owned(b, &p, err);
	if (ret)
		return ret;
	reset(b);
	if (!s)
		return sbd_pressure_run(b->d.sys, NULL, NULL, 0, &p, out, err);
	ret = sbd_pressure_run(b->d.sys, b->d.x, page_address(s->arena.page),
			       s->arena.base_pfn, &p, out, err);
	/* it was sent to rest for the accounts */
	sbd_shadow_resume_vmstat(s);
	return ret;
}

static int run_words(struct sbd_bench *b, char *args, struct sbd_text *out,
		     struct sbd_error *err)
{
	int ret = prepare(b, args, err);

	if (ret)
		return ret;
	if (b->a.table)
		return run_table(b, out, err);
	if (is_owned(&b->a))
		return run_owned(b, out, err);
	if (b->a.touch && sbd_with_shadow(b) && !b->d.x)
		return sbd_error(err, -EINVAL, "touch",
				 "this system has no memory of its own");
	return run(b, out, err);
}

static int bench(struct sbd_experiment *x, struct sbd_system *sys, char *args,
		 struct sbd_text *out, struct sbd_error *err)
{
	struct sbd_bench *b = kvzalloc(sizeof(*b), GFP_KERNEL);
	int ret = -ENOMEM;

	if (!b)
		return sbd_error(err, ret, "", "no memory");
	b->d.x = x;
	b->d.sys = sys;
	b->sum = kvmalloc(sizeof(*b->sum), GFP_KERNEL);
	if (b->sum)
		ret = run_words(b, args, out, err);
	else
		sbd_error(err, ret, "", "no memory");
	kvfree(b->sum);
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
