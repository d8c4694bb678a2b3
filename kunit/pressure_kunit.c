// SPDX-License-Identifier: GPL-2.0
/*
 * Clients, crowds of them, and the workloads whose pages are owned, in small.
 *
 * Threads are the kernel's own here, too; User Mode Linux has one CPU for them.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "bench.h"
#include "check.h"
#include "crowd.h"
#include "helpers.h"
#include "owned.h"
#include "policy.h"
#include "pressure.h"
#include "workload.h"

/* Of the machine's 4096, with room to spare: nobody has to reclaim. */
#define FEW_PAGES	2000UL

static struct sbd_client_args args_of(unsigned long pages, u64 seed)
{
	return (struct sbd_client_args) {
		.policy = { .nodes = 1 },
		.pages = pages,
		.pinned = pages / 4,
		.kinds = { 50, 30, 15, 5 },
		.write = 30,
		.order = 2,
		.seed = seed,
	};
}

static struct sbd_client *client(struct kunit *test, struct sbd_owners *own,
				 const struct sbd_client_args *a)
{
	struct sbd_client *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	KUNIT_ASSERT_EQ(test, sbd_client_init(c, own->sys, a), 0);
	KUNIT_ASSERT_GT(test, c->nr, 10U);
	return c;
}

static void touch_all(struct sbd_client *c)
{
	u32 i;

	for (i = 0; i < c->nr; i++)
		sbd_client_touch(c, i, i & 1);
}

/* All given back, and the machine as it was. */
static void is_over(struct kunit *test, struct sbd_client *c)
{
	struct sbd_owners *own = c->sys->own;

	sbd_client_give_back(c);
	KUNIT_EXPECT_EQ(test, sbd_client_pages(c, -1), 0UL);
	KUNIT_EXPECT_EQ(test, own->used, 0U);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&own->held), 0L);
	sbd_check_owners(test, own, "all was given back");
	sbd_client_free(c);
}

/* ---- one client ---------------------------------------------------------- */

static void pages_are_touched_kept_and_released(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	struct sbd_client_args a = args_of(FEW_PAGES, 1);
	struct sbd_client *c = client(test, own, &a);
	unsigned long pages;

	touch_all(c);
	KUNIT_EXPECT_EQ(test, c->stat.faults, (u64)c->nr);
	KUNIT_EXPECT_EQ(test, c->stat.failed, 0ULL);
	pages = sbd_client_pages(c, -1);
	KUNIT_EXPECT_EQ(test, pages, (unsigned long)atomic_long_read(&own->held));
	KUNIT_EXPECT_GT(test, pages, FEW_PAGES / 2);
	touch_all(c);
	KUNIT_EXPECT_EQ(test, c->stat.faults, (u64)c->nr);
	sbd_client_verify(c);
	KUNIT_EXPECT_EQ(test, c->stat.checksum_errors, 0ULL);
	sbd_check_owners(test, own, "touching");

	KUNIT_EXPECT_TRUE(test, sbd_client_holds(c, 3));
	sbd_client_release(c, 3);
	KUNIT_EXPECT_FALSE(test, sbd_client_holds(c, 3));
	KUNIT_EXPECT_EQ(test, sbd_client_pages(c, -1),
			pages - (1UL << c->slot[3].order));
	sbd_client_release(c, 3);
	KUNIT_EXPECT_EQ(test, c->stat.released, 1ULL);
	is_over(test, c);
}

static u8 *byte_of(struct sbd_client *c, u32 i, unsigned long offset)
{
	const struct sbd_owners *own = c->sys->own;
	unsigned long pfn = sbd_owner(own, c->slot[i].owner)->pfn;

	return own->memory + ((pfn - own->memory_pfn) << PAGE_SHIFT) + offset;
}

static void scribbled_page_is_found(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	struct sbd_client_args a = args_of(FEW_PAGES, 2);
	struct sbd_client *c = client(test, own, &a);

	touch_all(c);
	*byte_of(c, 5, 1234) ^= 1;
	sbd_client_verify(c);
	KUNIT_EXPECT_EQ(test, c->stat.checksum_errors, 1ULL);
	/* seen by whoever uses it, who then makes it good */
	sbd_client_touch(c, 5, false);
	KUNIT_EXPECT_EQ(test, c->stat.checksum_errors, 2ULL);
	sbd_client_touch(c, 5, false);
	sbd_client_verify(c);
	KUNIT_EXPECT_EQ(test, c->stat.checksum_errors, 2ULL);
	is_over(test, c);
}

static struct sbd_client *after_requests(struct kunit *test, u64 seed)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	struct sbd_client_args a = args_of(FEW_PAGES, seed);
	struct sbd_client *c = client(test, own, &a);
	int i;

	for (i = 0; i < 3000; i++)
		sbd_client_request(c);
	KUNIT_EXPECT_EQ(test, c->stat.requests, 3000ULL);
	return c;
}

static bool alike(const struct sbd_client *a, const struct sbd_client *b)
{
	return a->nr == b->nr && a->rng == b->rng &&
	       !memcmp(&a->stat, &b->stat, sizeof(a->stat)) &&
	       !memcmp(a->slot, b->slot, a->nr * sizeof(*a->slot));
}

static void seed_decides_the_requests(struct kunit *test)
{
	struct sbd_client *one = after_requests(test, 7);
	struct sbd_client *two = after_requests(test, 7);
	struct sbd_client *other = after_requests(test, 8);

	KUNIT_EXPECT_TRUE(test, alike(one, two));
	KUNIT_EXPECT_FALSE(test, alike(one, other));
	is_over(test, one);
	is_over(test, two);
	is_over(test, other);
}

/* What can never go has a limit, or no reclaim could help. */
static void pinned_pages_are_few(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	struct sbd_client_args a = args_of(FEW_PAGES, 3);
	unsigned long pinned = 0;
	struct sbd_client *c;
	u32 i;

	a.kinds[0] = 0;
	a.kinds[1] = 0;
	a.kinds[2] = 10;
	a.kinds[3] = 90;
	c = client(test, own, &a);
	for (i = 0; i < c->nr; i++)
		if (c->slot[i].kind == SBD_OWNER_KERNEL || c->slot[i].mlock)
			pinned += 1UL << c->slot[i].order;
	KUNIT_EXPECT_EQ(test, pinned, a.pinned);
	sbd_client_free(c);
}

static void two_nodes(struct sbd_plan *plan)
{
	plan->geo.thp = false;
	plan->nr_zones = 2;
	plan->zones[0].pages = SBD_OWNED_PAGES;
	plan->zones[1] = plan->zones[0];
	plan->zones[1].nid = 1;
	plan->zones[1].start_pfn += SBD_OWNED_PAGES;
}

static void pages_are_where_the_policy_wants_them(struct kunit *test)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);
	struct sbd_policy p = { .mode = SBD_POLICY_BIND, .nodes = 2 };
	struct sbd_client_args a = args_of(FEW_PAGES, 4);
	struct sbd_owners *own;
	struct sbd_client *c;

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, "6.12");
	two_nodes(plan);
	own = sbd_owned_plan(test, plan, true);
	c = client(test, own, &a);
	sbd_client_policy(c, &p);
	touch_all(c);
	KUNIT_EXPECT_EQ(test, sbd_client_pages(c, 0), 0UL);
	KUNIT_EXPECT_EQ(test, sbd_client_pages(c, 1), sbd_client_pages(c, -1));
	sbd_client_give_back(c);
	p.mode = SBD_POLICY_INTERLEAVE;
	p.nodes = 3;
	sbd_client_policy(c, &p);
	touch_all(c);
	KUNIT_EXPECT_GT(test, sbd_client_pages(c, 0), sbd_client_pages(c, -1) / 3);
	KUNIT_EXPECT_GT(test, sbd_client_pages(c, 1), sbd_client_pages(c, -1) / 3);
	is_over(test, c);
}

/* ---- several ------------------------------------------------------------- */

static struct sbd_crowd *crowd(struct kunit *test, struct sbd_owners *own,
			       unsigned int nr)
{
	struct sbd_crowd *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	struct sbd_client_args a = args_of(FEW_PAGES / 2, 9);

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->sys = own->sys;
	KUNIT_ASSERT_EQ(test, sbd_crowd_create(c, nr, &a), 0);
	return c;
}

static void crowd_does_its_requests(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	struct sbd_crowd *c = crowd(test, own, 3);
	struct sbd_client_stat s;
	struct sbd_error err;

	KUNIT_EXPECT_EQ(test, sbd_crowd_run(c, 1000, &err), 0);
	sbd_crowd_verify(c);
	sbd_crowd_stat(c, &s);
	KUNIT_EXPECT_EQ(test, s.requests, 1000ULL);
	KUNIT_EXPECT_EQ(test, s.checksum_errors, 0ULL);
	KUNIT_EXPECT_EQ(test, sbd_crowd_pages(c, -1),
			(unsigned long)atomic_long_read(&own->held));
	KUNIT_EXPECT_LE(test, own->used, sbd_crowd_handles(c));
	sbd_check_owners(test, own, "a crowd's requests");
	sbd_crowd_give_back(c);
	KUNIT_EXPECT_EQ(test, own->used, 0U);
	sbd_check_owners(test, own, "a crowd");
	sbd_crowd_free(c);
}

static void largest_client_dies_and_gives_all_back(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	struct sbd_crowd *c = crowd(test, own, 3);
	struct sbd_client *small = &c->members[0].client;
	struct sbd_client *large = &c->members[1].client;

	/* nobody has a page: nobody to kill */
	KUNIT_EXPECT_FALSE(test, sbd_crowd_oom_kill(own->sys, &small->task));
	KUNIT_EXPECT_FALSE(test, sbd_crowd_oom_kill(own->sys, NULL));
	sbd_client_touch(small, 0, true);
	touch_all(large);
	KUNIT_EXPECT_TRUE(test, sbd_crowd_oom_kill(own->sys, &small->task));
	KUNIT_EXPECT_TRUE(test, large->task.die);
	KUNIT_EXPECT_TRUE(test, large->task.flags & SBD_TASK_VICTIM);
	KUNIT_EXPECT_FALSE(test, small->task.die);
	/* one at a time */
	KUNIT_EXPECT_TRUE(test, sbd_crowd_oom_kill(own->sys, &small->task));
	KUNIT_EXPECT_FALSE(test, small->task.die);

	KUNIT_EXPECT_FALSE(test, sbd_client_condemned(small));
	KUNIT_EXPECT_TRUE(test, sbd_client_condemned(large));
	KUNIT_EXPECT_FALSE(test, sbd_client_condemned(large));
	KUNIT_EXPECT_EQ(test, sbd_client_pages(large, -1), 0UL);
	KUNIT_EXPECT_FALSE(test, large->task.flags & SBD_TASK_VICTIM);
	KUNIT_EXPECT_EQ(test, large->stat.oom_kills, 1ULL);
	KUNIT_EXPECT_EQ(test, own->used, 1U);
	sbd_check_owners(test, own, "a client died");

	/* who goes on is a new client */
	sbd_client_touch(large, 0, true);
	KUNIT_EXPECT_TRUE(test, sbd_client_holds(large, 0));
	sbd_crowd_give_back(c);
	sbd_check_owners(test, own, "a crowd");
	sbd_crowd_free(c);
}

/* ---- workloads ----------------------------------------------------------- */

static struct sbd_system *machine(struct kunit *test, const char *profile,
				  int nodes)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, profile);
	plan->zones[0].pages = SBD_OWNED_PAGES;
	if (nodes == 2)
		two_nodes(plan);
	return sbd_test_create(test, plan);
}

static void says(struct kunit *test, const struct sbd_text *out, const char *words,
		 const char *line)
{
	KUNIT_ASSERT_NOT_NULL(test, out->buf);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(out->buf, line), "%s: no \"%s\" in\n%s",
			      words, line, out->buf);
}

static void bench(struct kunit *test, struct sbd_system *sys, const char *words)
{
	struct sbd_error err = { };
	struct sbd_text out = { };
	char args[128];

	strscpy(args, words, sizeof(args));
	KUNIT_ASSERT_EQ_MSG(test, sbd_bench_run(sys, args, &out, &err), 0,
			    "%s: %s %s", words, err.word, err.why);
	says(test, &out, words, "checksum_errors: 0\n");
	says(test, &out, words, "balance: ok\n");
	says(test, &out, words, "numa: ok\n");
	says(test, &out, words, "lost_pages: 0\nlost_handles: 0\n");
	sbd_text_free(&out);
	KUNIT_EXPECT_NULL(test, sys->own);
	sbd_check_system(test, sys, words);
}

static void every_workload_gives_all_back(struct kunit *test)
{
	static const char * const words[] = {
		"workload=pressure threads=2 requests=20000",
		"workload=pressure threads=2 requests=10000 order=3",
		"workload=pressure requests=10000 swap=0 kinds=95,0,0,5",
		"workload=thp",
		"workload=nodes threads=2 requests=7000",
		"workload=frag rounds=3 compaction=0",
		"workload=frag rounds=3 compaction=1",
	};
	struct sbd_system *sys;
	int i, k, nodes;

	for (k = 0; sbd_test_profiles[k]; k++) {
		for (nodes = 1; nodes <= 2; nodes++) {
			sys = machine(test, sbd_test_profiles[k], nodes);
			for (i = 0; i < ARRAY_SIZE(words); i++)
				bench(test, sys, words[i]);
		}
	}
}

/* Pages that really go and come back, and what is in them. */
static void contents_outlive_pressure(struct kunit *test)
{
	struct sbd_pressure_args a = {
		.kind = SBD_WL_PRESSURE,
		.threads = 2,
		.requests = 60000,
		.set = 200,
		.kinds = { 50, 35, 10, 5 },
		.write = 30,
		.order = 1,
		.swap = 16,
		.seed = 1,
	};
	struct sbd_system *sys = machine(test, "6.12", 1);
	void *memory = vmalloc(SBD_OWNED_PAGES << PAGE_SHIFT);
	struct sbd_error err = { };
	struct sbd_text out = { };

	KUNIT_ASSERT_NOT_NULL(test, memory);
	sbd_system_reset(sys);
	KUNIT_EXPECT_EQ(test, sbd_pressure_run(sys, NULL, memory, SBD_TEST_PFN, &a,
					       &out, &err), 0);
	vfree(memory);
	says(test, &out, "pressure", "checksum_errors: 0\n");
	says(test, &out, "pressure", "lost_pages: 0\nlost_handles: 0\n");
	says(test, &out, "pressure", "\npswpin: ");
	says(test, &out, "pressure", "\npswpout: ");
	sbd_text_free(&out);
	sbd_check_system(test, sys, "pressure");
}

static void kept_pages_go_with_a_reset(struct kunit *test)
{
	struct sbd_system *sys = machine(test, "6.12", 1);
	char args[] = "workload=pressure requests=2000 keep=1";
	struct sbd_error err = { };
	struct sbd_text out = { };

	KUNIT_EXPECT_EQ(test, sbd_bench_run(sys, args, &out, &err), 0);
	sbd_text_free(&out);
	KUNIT_ASSERT_NOT_NULL(test, sys->own);
	KUNIT_EXPECT_GT(test, atomic_long_read(&sys->own->held), 0L);
	KUNIT_EXPECT_NULL(test, sys->own->daemons);
	sbd_check_owners(test, sys->own, "pages were kept");
	sbd_system_reset(sys);
	KUNIT_EXPECT_NULL(test, sys->own);
	sbd_check_system(test, sys, "reset");
}

static void nonsense_is_refused(struct kunit *test)
{
	static const struct {
		const char *words;
		const char *word;
		int ret;
	} bad[] = {
		{ "workload=thp engine=live", "engine", -EINVAL },
		{ "workload=pressure order=4", "order", -ERANGE },
		{ "workload=pressure kinds=50,50,50,50", "kinds", -EINVAL },
		{ "workload=pressure policy=nonsense", "nonsense", -EINVAL },
		{ "workload=pressure policy=weighted", "policy", -EINVAL },
		{ "workload=pressure set=0", "0", -ERANGE },
		{ "workload=frag compaction=1 order=5", "order", -ERANGE },
	};
	struct sbd_system *sys = machine(test, "6.1", 1);
	struct sbd_error err;
	struct sbd_text out = { };
	char args[128];
	int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		strscpy(args, bad[i].words, sizeof(args));
		KUNIT_EXPECT_EQ_MSG(test, sbd_bench_run(sys, args, &out, &err),
				    bad[i].ret, "%s", bad[i].words);
		KUNIT_EXPECT_STREQ(test, err.word, bad[i].word);
	}
	KUNIT_EXPECT_EQ(test, out.len, (size_t)0);
}

static struct kunit_case pressure_cases[] = {
	KUNIT_CASE(pages_are_touched_kept_and_released),
	KUNIT_CASE(scribbled_page_is_found),
	KUNIT_CASE(seed_decides_the_requests),
	KUNIT_CASE(pinned_pages_are_few),
	KUNIT_CASE(pages_are_where_the_policy_wants_them),
	KUNIT_CASE(crowd_does_its_requests),
	KUNIT_CASE(largest_client_dies_and_gives_all_back),
	KUNIT_CASE(every_workload_gives_all_back),
	KUNIT_CASE(contents_outlive_pressure),
	KUNIT_CASE(kept_pages_go_with_a_reset),
	KUNIT_CASE(nonsense_is_refused),
	{}
};

static struct kunit_suite pressure_suite = {
	.name = "shadowbuddy_pressure",
	.test_cases = pressure_cases,
};

kunit_test_suite(pressure_suite);
