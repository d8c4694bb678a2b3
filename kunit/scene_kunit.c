// SPDX-License-Identifier: GPL-2.0
/*
 * What workloads whose pages are owned show, and what they leave.
 *
 * The machine: 4096 pages with contents.  Runs have their daemons, as they have
 * on the arena.
 */
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "bench.h"
#include "check.h"
#include "helpers.h"
#include "owned.h"
#include "pressure.h"
#include "workload.h"

/* ---- Runs ---------------------------------------------------------------- */

/**
 * struct theatre - a machine, and what was said of the last run on it
 * @sys:    the machine
 * @memory: contents of its pages
 * @out:    the report
 */
struct theatre {
	struct sbd_system *sys;
	void *memory;
	struct sbd_text out;
};

static struct theatre theatre(struct kunit *test, const struct sbd_plan *plan)
{
	struct sbd_owners *own = plan ? sbd_owned_plan(test, plan, true) :
					sbd_owned(test, "6.12");
	struct theatre t = { .sys = own->sys, .memory = own->memory };

	sbd_owners_destroy(t.sys);
	t.sys->hooks.wait = NULL;
	return t;
}

static struct sbd_pressure_args play(unsigned int kind)
{
	return (struct sbd_pressure_args) {
		.kind = kind,
		.threads = kind == SBD_WL_THP || kind == SBD_WL_FRAG ? 1 : 2,
		.requests = 6000,
		.set = kind == SBD_WL_PRESSURE ? 150 : 75,
		.kinds = { 60, 30, 5, 5 },
		.write = 30,
		.swap = 16,
		.churn = kind == SBD_WL_THP ? 50 : 10,
		.rounds = 12,
		.seed = 1,
	};
}

static int run(struct theatre *t, const struct sbd_pressure_args *a)
{
	struct sbd_error err = { };

	sbd_text_free(&t->out);
	sbd_system_reset(t->sys);
	return sbd_pressure_run(t->sys, NULL, t->memory, t->sys->zone[0]->start_pfn,
				a, &t->out, &err);
}

static bool says(const struct theatre *t, const char *line)
{
	return t->out.buf && strstr(t->out.buf, line);
}

/* The number behind a key; -1 if it is not there. */
static long value(const struct theatre *t, const char *key)
{
	const char *at = t->out.buf ? strstr(t->out.buf, key) : NULL;
	long v = -1;

	if (at && sscanf(at + strlen(key), ": %ld", &v) != 1)
		return -1;
	return v;
}

static void expect_sound(struct kunit *test, const struct theatre *t,
			 const char *what)
{
	static const char * const lines[] = {
		"checksum_errors: 0\n", "balance: ok\n", "numa: ok\n",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines); i++)
		KUNIT_EXPECT_TRUE_MSG(test, says(t, lines[i]), "%s: not %s%s", what,
				      lines[i], t->out.buf ?: "");
}

static void expect_all_back(struct kunit *test, const struct theatre *t,
			    const char *what)
{
	KUNIT_EXPECT_TRUE_MSG(test, says(t, "lost_pages: 0\n"), "%s", what);
	KUNIT_EXPECT_TRUE_MSG(test, says(t, "lost_handles: 0\n"), "%s", what);
	KUNIT_EXPECT_NULL(test, t->sys->own);
	sbd_check_system(test, t->sys, what);
}

static void every_workload_accounts_for_its_pages(struct kunit *test)
{
	static const unsigned int kinds[] = {
		SBD_WL_PRESSURE, SBD_WL_THP, SBD_WL_NODES, SBD_WL_FRAG,
	};
	struct theatre t = theatre(test, NULL);
	struct sbd_pressure_args a;
	unsigned int i, compact;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		for (compact = 0; compact < 2; compact++) {
			a = play(kinds[i]);
			a.compact = compact;
			a.order = compact;
			KUNIT_EXPECT_EQ(test, run(&t, &a), 0);
			expect_sound(test, &t, sbd_workload_names[kinds[i]]);
			expect_all_back(test, &t, sbd_workload_names[kinds[i]]);
			KUNIT_EXPECT_TRUE(test, says(&t, "interrupted: no\n"));
		}
	}
	sbd_text_free(&t.out);
}

/* Anonymous pages alone, nowhere to go: somebody has to. */
static void without_swap_a_client_dies(struct kunit *test)
{
	struct theatre t = theatre(test, NULL);
	struct sbd_pressure_args a = play(SBD_WL_PRESSURE);

	memset(a.kinds, 0, sizeof(a.kinds));
	a.kinds[SBD_OWNER_ANON] = 100;
	a.swap = 0;
	a.requests = 60000;
	KUNIT_EXPECT_EQ(test, run(&t, &a), 0);
	KUNIT_EXPECT_GT(test, value(&t, "\noom_kills"), 0L);
	KUNIT_EXPECT_EQ(test, value(&t, "\nrequests"), 60000L);
	expect_sound(test, &t, "OOM");
	expect_all_back(test, &t, "OOM");
	sbd_text_free(&t.out);
}

/*
 * A suite's thread is a kernel thread, which hears of no signal unless it says
 * that it wants to.
 */
static void signal_ends_a_run_and_all_comes_back(struct kunit *test)
{
	static const unsigned int kinds[] = {
		SBD_WL_PRESSURE, SBD_WL_THP, SBD_WL_NODES, SBD_WL_FRAG,
	};
	struct theatre t = theatre(test, NULL);
	struct sbd_pressure_args a;
	unsigned int i;

	allow_signal(SIGTERM);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		a = play(kinds[i]);
		a.requests = 1000000000;
		a.rounds = 1000000;
		a.keep = 1;
		send_sig(SIGTERM, current, 1);
		KUNIT_EXPECT_EQ(test, run(&t, &a), -EINTR);
		flush_signals(current);
		KUNIT_EXPECT_TRUE(test, says(&t, "interrupted: yes\n"));
		expect_all_back(test, &t, sbd_workload_names[kinds[i]]);
	}
	disallow_signal(SIGTERM);
	sbd_text_free(&t.out);
}

static void settings_are_put_back(struct kunit *test)
{
	struct theatre t = theatre(test, NULL);
	struct sbd_pressure_args a = play(SBD_WL_PRESSURE);
	struct sbd_vm_tunables vm;
	struct sbd_hooks hooks;

	t.sys->vm.swap_mb = 7;
	t.sys->vm.swappiness = 33;
	vm = t.sys->vm;
	hooks = t.sys->hooks;
	a.requests = 100;
	KUNIT_EXPECT_EQ(test, run(&t, &a), 0);
	KUNIT_EXPECT_EQ(test, memcmp(&t.sys->vm, &vm, sizeof(vm)), 0);
	KUNIT_EXPECT_EQ(test, memcmp(&t.sys->hooks, &hooks, sizeof(hooks)), 0);
	sbd_text_free(&t.out);
}

/* ---- What workloads show --------------------------------------------------- */

static void huge_pages_come_by_compaction(struct kunit *test)
{
	struct theatre t = theatre(test, NULL);
	struct sbd_pressure_args a = play(SBD_WL_THP);

	memset(a.kinds, 0, sizeof(a.kinds));
	a.kinds[SBD_OWNER_ANON] = 100;
	a.set = 95;
	KUNIT_EXPECT_EQ(test, run(&t, &a), 0);
	KUNIT_EXPECT_EQ(test, value(&t, "\nthp_before"), 0L);
	KUNIT_EXPECT_GT(test, value(&t, "\nthp_after"), 0L);
	KUNIT_EXPECT_GT(test, value(&t, "\nmoves_per_block"), 0L);
	sbd_text_free(&t.out);
}

/* A column, from 0, of the table's row that begins with a word; -1: none. */
static long cell(const struct theatre *t, const char *word, int column)
{
	const char *at = strstr(t->out.buf, word);
	long v = -1;

	for (; at && column; column--) {
		at += strcspn(at, " ");
		at += strspn(at, " ");
	}
	return at && sscanf(at, "%ld", &v) == 1 ? v : -1;
}

static void compaction_keeps_free_memory_in_one_piece(struct kunit *test)
{
	struct theatre t = theatre(test, NULL);
	struct sbd_pressure_args a = play(SBD_WL_FRAG);
	long huge[2], unusable[2];
	int i;

	memset(a.kinds, 0, sizeof(a.kinds));
	a.kinds[SBD_OWNER_ANON] = 100;
	a.rounds = 10;
	for (i = 0; i < 2; i++) {
		a.compact = i;
		KUNIT_EXPECT_EQ(test, run(&t, &a), 0);
		/* blanks before the number of the round */
		huge[i] = cell(&t, "\n   10 ", 3);
		unusable[i] = cell(&t, "\n   10 ", 5);
	}
	KUNIT_EXPECT_GT(test, huge[1], huge[0]);
	KUNIT_EXPECT_LT(test, unusable[1], unusable[0]);
	sbd_text_free(&t.out);
}

/* Who reads "key: value" lines may stop at the first blank one. */
static void tables_come_last(struct kunit *test)
{
	struct theatre t = theatre(test, NULL);
	struct sbd_pressure_args a = play(SBD_WL_FRAG);

	KUNIT_EXPECT_EQ(test, run(&t, &a), 0);
	KUNIT_ASSERT_TRUE(test, says(&t, "interrupted: no\n\nround "));
	KUNIT_EXPECT_NULL(test, strstr(strstr(t.out.buf, "\n\n"), ": "));
	sbd_text_free(&t.out);
}

/* bind is to all nodes but the first: there is one more here. */
static void policies_decide_on_the_node(struct kunit *test)
{
	struct theatre t = theatre(test, sbd_test_nodes(test, "6.12", 2));
	struct sbd_pressure_args a = play(SBD_WL_NODES);

	a.set = 30;
	a.requests = 3000 * SBD_NR_POLICIES;
	KUNIT_EXPECT_EQ(test, run(&t, &a), 0);
	expect_sound(test, &t, "nodes");
	KUNIT_EXPECT_GT(test, cell(&t, "\nbind", 3), 0L);
	KUNIT_EXPECT_EQ(test, cell(&t, "\nbind", 2), 0L);
	KUNIT_EXPECT_GT(test, cell(&t, "\ninterleave", 2), 0L);
	KUNIT_EXPECT_GT(test, cell(&t, "\ninterleave", 3), 0L);
	KUNIT_EXPECT_GT(test, cell(&t, "\ninterleave", 9), 0L);
	KUNIT_EXPECT_EQ(test, cell(&t, "\nlocal", 9), 0L);
	sbd_text_free(&t.out);
}

/* ---- Words --------------------------------------------------------------- */

static void refuse(struct kunit *test, struct sbd_system *sys, const char *words,
		   int error, const char *word)
{
	struct sbd_error err = { };
	struct sbd_text out = { };
	char args[96];

	strscpy(args, words, sizeof(args));
	KUNIT_EXPECT_EQ_MSG(test, sbd_bench_run(sys, args, &out, &err), error, "%s",
			    words);
	KUNIT_EXPECT_STREQ_MSG(test, err.word, word, "%s", words);
	KUNIT_EXPECT_EQ(test, out.len, (size_t)0);
	sbd_text_free(&out);
}

static void other_engines_are_refused(struct kunit *test)
{
	struct theatre t = theatre(test, NULL);

	refuse(test, t.sys, "workload=pressure engine=live", -EINVAL, "engine");
	refuse(test, t.sys, "workload=thp engine=both", -EINVAL, "engine");
	refuse(test, t.sys, "workload=frag compaction=1 engine=both", -EINVAL, "engine");
}

static struct kunit_case scene_cases[] = {
	KUNIT_CASE(every_workload_accounts_for_its_pages),
	KUNIT_CASE(without_swap_a_client_dies),
	KUNIT_CASE(signal_ends_a_run_and_all_comes_back),
	KUNIT_CASE(settings_are_put_back),
	KUNIT_CASE(huge_pages_come_by_compaction),
	KUNIT_CASE(compaction_keeps_free_memory_in_one_piece),
	KUNIT_CASE(tables_come_last),
	KUNIT_CASE(policies_decide_on_the_node),
	KUNIT_CASE(other_engines_are_refused),
	{}
};

static struct kunit_suite scene_suite = {
	.name = "shadowbuddy_scene",
	.test_cases = scene_cases,
};

kunit_test_suite(scene_suite);
