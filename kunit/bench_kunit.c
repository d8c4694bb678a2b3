// SPDX-License-Identifier: GPL-2.0
/*
 * Workloads, histograms and benches.
 *
 * With shadowbuddy.bench=1 on the command line a further test prints the
 * standard table, for scripts/bench: UML runs kernel code natively.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "bench.h"
#include "hist.h"
#include "profile.h"
#include "system.h"
#include "workload.h"

#define FIRST_PFN	0x100000UL
#define MIB_PAGES	(SZ_1M / PAGE_SIZE)

static bool bench;
#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "shadowbuddy."
module_param(bench, bool, 0444);
MODULE_PARM_DESC(bench, "print the standard table of bench");

/* ---- Histograms ---------------------------------------------------------- */

static void bucket_holds_its_values(struct kunit *test)
{
	u64 rng = 1, v, middle;
	int i;

	for (i = 0; i < 100000; i++) {
		v = sbd_random(&rng) >> (sbd_random(&rng) % 64);
		KUNIT_ASSERT_LT(test, sbd_hist_index(v),
				(unsigned int)SBD_HIST_BUCKETS);
		middle = sbd_hist_value(sbd_hist_index(v));
		KUNIT_ASSERT_LE(test, max(v, middle) - min(v, middle), v / 32);
		KUNIT_ASSERT_EQ(test, sbd_hist_index(middle), sbd_hist_index(v));
	}
}

static void quantiles_of_a_known_set(struct kunit *test)
{
	struct sbd_hist *h = kunit_kzalloc(test, 2 * sizeof(*h), GFP_KERNEL);
	u64 v;

	KUNIT_ASSERT_NOT_NULL(test, h);
	KUNIT_EXPECT_EQ(test, sbd_hist_quantile(h, 500), 0ULL);
	for (v = 1; v <= 20; v++)
		sbd_hist_add(&h[v & 1], v);
	sbd_hist_merge(&h[0], &h[1]);
	KUNIT_EXPECT_EQ(test, h->count, 20ULL);
	KUNIT_EXPECT_EQ(test, h->max, 20ULL);
	KUNIT_EXPECT_EQ(test, sbd_hist_quantile(h, 500), 10ULL);
	KUNIT_EXPECT_EQ(test, sbd_hist_quantile(h, 900), 18ULL);
	KUNIT_EXPECT_EQ(test, sbd_hist_quantile(h, 999), 20ULL);
	sbd_hist_add(h, 1000000);
	KUNIT_EXPECT_LE(test, sbd_hist_quantile(h, 1000), 1000000ULL);
	KUNIT_EXPECT_GE(test, sbd_hist_quantile(h, 1000), 1000000ULL * 31 / 32);
}

/* ---- Workloads ----------------------------------------------------------- */

static void numbers_below_a_bound_are_all_drawn(struct kunit *test)
{
	u64 rng = 1;
	u32 drawn = 0, v;
	int i;

	for (i = 0; i < 1000; i++) {
		v = sbd_random_below(&rng, 7);
		KUNIT_ASSERT_LT(test, v, 7U);
		drawn |= 1U << v;
	}
	KUNIT_EXPECT_EQ(test, drawn, 0x7fU);
	KUNIT_EXPECT_EQ(test, sbd_random_below(&rng, 1), 0U);
}

static struct sbd_workload_args args_of(unsigned int kind, unsigned int threads)
{
	return (struct sbd_workload_args) {
		.kind = kind,
		.order = kind == SBD_WL_MIXED ? 4 : 0,
		.threads = threads,
		.allocs = 100,
		.rounds = 3,
		.churn = 10,
		.mix = { 40, 40, 20 },
		.seed = 7,
	};
}

/* What a sequence has allocated so far. */
struct held {
	struct kunit *test;
	u8 *slot;	/* order + 1 of the block there, or 0 */
	unsigned long pages;
	unsigned long peak;
	unsigned int allocs[SBD_MIX_TYPES];
};

static void follow(struct held *h, u32 op)
{
	unsigned int order = sbd_op_order(op);
	u8 *slot = &h->slot[sbd_op_slot(op)];

	switch (sbd_op_kind(op)) {
	case SBD_OP_ALLOC:
		KUNIT_ASSERT_EQ(h->test, *slot, (u8)0);
		KUNIT_ASSERT_LT(h->test, sbd_op_type(op),
				(unsigned int)SBD_MIX_TYPES);
		h->allocs[sbd_op_type(op)]++;
		*slot = order + 1;
		h->pages += 1UL << order;
		break;
	case SBD_OP_FREE:
		KUNIT_ASSERT_EQ(h->test, *slot, (u8)(order + 1));
		*slot = 0;
		h->pages -= 1UL << order;
		break;
	case SBD_OP_PAIR:
		KUNIT_ASSERT_EQ(h->test, *slot, (u8)0);
		h->peak = max(h->peak, h->pages + (1UL << order));
		break;
	case SBD_OP_BULK:
		h->peak = max_t(unsigned long, h->peak, SBD_BULK_PAGES);
		break;
	}
	h->peak = max(h->peak, h->pages);
}

/* All threads' parts of a phase, one thread after the other. */
static void follow_phase(struct held *h, const struct sbd_workload *w,
			 unsigned int phase)
{
	unsigned int from = phase ? w->phase_end[phase - 1] : 0, t, i;

	for (t = 0; t < w->args.threads; t++)
		for (i = from; i < w->phase_end[phase]; i++)
			follow(h, w->ops[t * w->nr_ops + i]);
}

static void check_workload(struct kunit *test, struct sbd_workload *w)
{
	struct held h = { .test = test };
	unsigned int repeat, phase;

	h.slot = kunit_kzalloc(test, w->nr_slots, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, h.slot);
	KUNIT_EXPECT_EQ(test, w->phase_end[w->nr_phases - 1], w->nr_ops);
	for (phase = 0; phase < w->nr_prepare; phase++)
		follow_phase(&h, w, phase);
	for (repeat = 0; repeat < w->repeats; repeat++)
		for (phase = w->nr_prepare; phase < w->nr_phases; phase++)
			follow_phase(&h, w, phase);
	KUNIT_EXPECT_LE(test, h.peak, w->peak);
	if (w->args.threads == 1)
		KUNIT_EXPECT_EQ(test, h.peak, w->peak);
	if (w->args.kind == SBD_WL_FRAG)
		KUNIT_EXPECT_EQ(test, h.pages, 50UL * w->args.threads);
	kunit_kfree(test, h.slot);
}

static void blocks_are_freed_once_and_as_they_were_got(struct kunit *test)
{
	static const unsigned int threads[] = { 1, 3 };
	struct sbd_workload_args args;
	struct sbd_workload w;
	unsigned int kind, i;

	for (kind = 0; kind < SBD_NR_WORKLOADS; kind++) {
		for (i = 0; i < ARRAY_SIZE(threads); i++) {
			args = args_of(kind, threads[i]);
			KUNIT_ASSERT_EQ(test, sbd_workload_make(&w, &args, NULL), 0);
			check_workload(test, &w);
			sbd_workload_free(&w);
		}
	}
}

static bool same_requests(struct kunit *test, u64 seed_a, u64 seed_b)
{
	struct sbd_workload_args args = args_of(SBD_WL_MIXED, 2);
	struct sbd_workload a, b;
	bool same;

	args.seed = seed_a;
	KUNIT_ASSERT_EQ(test, sbd_workload_make(&a, &args, NULL), 0);
	args.seed = seed_b;
	KUNIT_ASSERT_EQ(test, sbd_workload_make(&b, &args, NULL), 0);
	same = a.nr_ops == b.nr_ops &&
	       !memcmp(a.ops, b.ops, 2 * a.nr_ops * sizeof(*a.ops));
	sbd_workload_free(&a);
	sbd_workload_free(&b);
	return same;
}

static void seed_decides_the_requests(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, same_requests(test, 1, 1));
	KUNIT_EXPECT_FALSE(test, same_requests(test, 1, 2));
}

static void mix_is_kept(struct kunit *test)
{
	struct sbd_workload_args args = args_of(SBD_WL_BULK, 1);
	struct sbd_workload w;
	unsigned int n[SBD_MIX_TYPES] = { }, i;

	args.allocs = 10000;
	KUNIT_ASSERT_EQ(test, sbd_workload_make(&w, &args, NULL), 0);
	for (i = 0; i < args.allocs; i++)
		n[sbd_op_type(w.ops[i])]++;
	for (i = 0; i < SBD_MIX_TYPES; i++) {
		KUNIT_EXPECT_GT(test, n[i], args.mix[i] * 95);
		KUNIT_EXPECT_LT(test, n[i], args.mix[i] * 105);
	}
	sbd_workload_free(&w);
}

/* A quarter of the frees at most meet the thread that allocated. */
static void rand_frees_other_threads_pages(struct kunit *test)
{
	struct sbd_workload_args args = args_of(SBD_WL_RAND, 8);
	unsigned int t, i, own = 0;
	struct sbd_workload w;

	KUNIT_ASSERT_EQ(test, sbd_workload_make(&w, &args, NULL), 0);
	for (t = 0; t < 8; t++)
		for (i = w.phase_end[0]; i < w.phase_end[1]; i++)
			own += sbd_op_slot(w.ops[t * w.nr_ops + i]) / 100 == t;
	KUNIT_EXPECT_LT(test, own, 200U);
	sbd_workload_free(&w);
}

static void refuse(struct kunit *test, const struct sbd_workload_args *args,
		   int err, const char *word)
{
	struct sbd_workload w;
	struct sbd_error e = { };

	KUNIT_EXPECT_EQ(test, sbd_workload_make(&w, args, &e), err);
	KUNIT_EXPECT_STREQ(test, e.word, word);
}

static void nonsense_is_refused(struct kunit *test)
{
	struct sbd_workload_args args = args_of(SBD_WL_REPEAT, 1);

	args.mix[0]++;
	refuse(test, &args, -EINVAL, "mix");
	args = args_of(SBD_WL_BULKAPI, 1);
	args.order = 1;
	refuse(test, &args, -EINVAL, "order");
	args = args_of(SBD_WL_FRAG, 1);
	args.allocs = 3;
	refuse(test, &args, -ERANGE, "allocs");
	args = args_of(SBD_WL_MIXED, 1);
	args.rounds = 1000000;
	refuse(test, &args, -ERANGE, "allocs");
}

/* ---- Benches ------------------------------------------------------------- */

static struct sbd_system *machine(struct kunit *test, unsigned long mb)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);
	struct sbd_system *sys;

	KUNIT_ASSERT_NOT_NULL(test, plan);
	KUNIT_ASSERT_EQ(test, sbd_profile_parse("auto", &plan->prof), 0);
	sbd_geometry_running(&plan->geo);
	plan->nr_cpus = nr_cpu_ids;
	plan->nr_online = num_online_cpus();
	plan->nr_zones = 1;
	plan->zones[0] = (struct sbd_zone_plan) {
		.type = SBD_ZONE_NORMAL,
		.start_pfn = FIRST_PFN,
		.pages = mb * MIB_PAGES,
	};
	sys = sbd_system_create(plan);
	KUNIT_ASSERT_FALSE(test, IS_ERR(sys));
	return sys;
}

static int run(struct sbd_system *sys, const char *words, struct sbd_text *out,
	       struct sbd_error *err)
{
	char args[128];

	strscpy(args, words, sizeof(args));
	return sbd_bench_run(sys, args, out, err);
}

static void every_workload_gives_all_back(struct kunit *test)
{
	static const char * const timings[] = { "op", "slice" };
	struct sbd_system *sys = machine(test, 32);
	struct sbd_error err = { };
	struct sbd_text out;
	char words[96];
	int kind, i;

	for (kind = 0; kind < SBD_NR_WORKLOADS; kind++) {
		for (i = 0; i < 2; i++) {
			memset(&out, 0, sizeof(out));
			snprintf(words, sizeof(words),
				 "workload=%s timing=%s allocs=64 rounds=2 slice=16 level=%d",
				 sbd_workload_names[kind], timings[i], i);
			KUNIT_EXPECT_EQ_MSG(test, run(sys, words, &out, &err), 0,
					    "%s: %s %s", words, err.word, err.why);
			KUNIT_ASSERT_NOT_NULL(test, out.buf);
			KUNIT_EXPECT_NOT_NULL(test, strstr(out.buf, "shadow_lost_pages: 0\n"));
			KUNIT_EXPECT_NOT_NULL(test, strstr(out.buf, "interrupted: no\n"));
			sbd_text_free(&out);
		}
	}
	sbd_system_destroy(sys);
}

static void what_does_not_fit_is_refused(struct kunit *test)
{
	struct sbd_system *sys = machine(test, 16);
	struct sbd_text out = { };
	struct sbd_error err;

	KUNIT_EXPECT_EQ(test, run(sys, "workload=bulk allocs=4096", &out, &err),
			-ERANGE);
	KUNIT_EXPECT_STREQ(test, err.word, "allocs");
	KUNIT_EXPECT_EQ(test, run(sys, "workload=bulk engine=live allocs=8000000",
				  &out, &err), -ERANGE);
	KUNIT_EXPECT_STREQ(test, err.word, "allocs");
	KUNIT_EXPECT_EQ(test, run(sys, "threads=64", &out, &err), -ERANGE);
	KUNIT_EXPECT_STREQ(test, err.word, "threads");
	/* a clone has no pages to write to */
	KUNIT_EXPECT_EQ(test, run(sys, "touch=1", &out, &err), -EINVAL);
	KUNIT_EXPECT_STREQ(test, err.word, "touch");
	KUNIT_EXPECT_EQ(test, out.len, (size_t)0);
	sbd_system_destroy(sys);
}

static void say(struct kunit *test, char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")))
		kunit_info(test, "bench: %s", line);
}

/* Not a test: a measurement, when it is asked for. */
static void standard_table(struct kunit *test)
{
	struct sbd_error err = { };
	struct sbd_text out = { };
	struct sbd_system *sys;
	int ret;

	if (!bench)
		kunit_skip(test, "shadowbuddy.bench is not set");
	sys = machine(test, 1024);
	ret = run(sys, "table=1", &out, &err);
	KUNIT_EXPECT_EQ_MSG(test, ret, 0, "%s %s", err.word, err.why);
	if (out.buf)
		say(test, out.buf);
	sbd_text_free(&out);
	sbd_system_destroy(sys);
}

static struct kunit_case bench_cases[] = {
	KUNIT_CASE(bucket_holds_its_values),
	KUNIT_CASE(quantiles_of_a_known_set),
	KUNIT_CASE(numbers_below_a_bound_are_all_drawn),
	KUNIT_CASE(blocks_are_freed_once_and_as_they_were_got),
	KUNIT_CASE(seed_decides_the_requests),
	KUNIT_CASE(mix_is_kept),
	KUNIT_CASE(rand_frees_other_threads_pages),
	KUNIT_CASE(nonsense_is_refused),
	KUNIT_CASE(every_workload_gives_all_back),
	KUNIT_CASE(what_does_not_fit_is_refused),
	KUNIT_CASE(standard_table),
	{}
};

static struct kunit_suite bench_suite = {
	.name = "shadowbuddy_bench",
	.test_cases = bench_cases,
};

kunit_test_suite(bench_suite);
