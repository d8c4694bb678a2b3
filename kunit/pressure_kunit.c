// SPDX-License-Identifier: GPL-2.0
/*
 * Clients, and workloads whose pages are owned.
 *
 * The machine: 4096 pages; each client's handles are for a share of them.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "alloc.h"
#include "check.h"
#include "client.h"
#include "helpers.h"
#include "owned.h"
#include "policy.h"
#include "pressure.h"
#include "workload.h"

static struct sbd_client *client(struct kunit *test, struct sbd_owners *own,
				 unsigned long pages, u64 seed)
{
	struct sbd_client *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	const struct sbd_client_args a = {
		.pages = pages,
		.pinned = pages / 10,
		.kinds = { 50, 35, 10, 5 },
		.write = 30,
		.seed = seed,
	};

	KUNIT_ASSERT_NOT_NULL(test, c);
	KUNIT_ASSERT_EQ(test, sbd_client_init(c, own->sys, &a), 0);
	return c;
}

static void end_client(struct sbd_owners *own, struct sbd_client *c)
{
	sbd_client_give_back(c);
	sbd_client_free(c);
	sbd_drain_all(own->sys);
}

static void same_seed_same_requests(struct kunit *test)
{
	struct sbd_owners *own[2];
	struct sbd_client *c[2];
	int i, k;

	for (k = 0; k < 2; k++) {
		own[k] = sbd_owned(test, "6.12");
		c[k] = client(test, own[k], 1000, 7);
		for (i = 0; i < 3000; i++)
			sbd_client_request(c[k]);
		sbd_check_owners(test, own[k], "requests");
	}
	KUNIT_EXPECT_EQ(test, c[0]->nr, c[1]->nr);
	KUNIT_EXPECT_EQ(test, c[0]->stat.faults, c[1]->stat.faults);
	KUNIT_EXPECT_EQ(test, c[0]->stat.released, c[1]->stat.released);
	KUNIT_EXPECT_GT(test, c[0]->stat.faults, 100ULL);
	for (k = 0; k < 2; k++)
		end_client(own[k], c[k]);
}

static void scribbled_page_is_found(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	struct sbd_client *c = client(test, own, 10, 1);
	const struct sbd_owner *p;
	u8 *at;

	sbd_client_touch(c, 0, true);
	sbd_client_verify(c);
	KUNIT_EXPECT_EQ(test, c->stat.checksum_errors, 0ULL);
	p = sbd_owner(own, c->slot[0].owner);
	at = own->memory + ((p->pfn - own->memory_pfn) << PAGE_SHIFT);
	at[4095] ^= 0x80;
	sbd_client_verify(c);
	KUNIT_EXPECT_EQ(test, c->stat.checksum_errors, 1ULL);
	end_client(own, c);
}

static void more_than_memory_is_reclaimed(struct kunit *test)
{
	struct sbd_owners *own;
	struct sbd_client *c;
	int p, i;

	for (p = 0; sbd_test_profiles[p]; p++) {
		own = sbd_owned(test, sbd_test_profiles[p]);
		own->sys->vm.swap_mb = 16;
		c = client(test, own, 6000, 3);
		for (i = 0; i < 12000; i++) {
			sbd_client_request(c);
			if (!(i % 4000))
				sbd_check_owners(test, own, "some requests");
		}
		sbd_client_verify(c);
		KUNIT_EXPECT_EQ(test, c->stat.checksum_errors, 0ULL);
		KUNIT_EXPECT_EQ(test, c->stat.failed, 0ULL);
		KUNIT_EXPECT_GT(test, c->stat.refaults, 0ULL);
		KUNIT_EXPECT_GT(test,
				atomic64_read(&own->sys->vm_event[SBD_VM_pgsteal_direct]),
				0LL);
		end_client(own, c);
		sbd_check_owners(test, own, "the end");
	}
}

static void condemned_client_gives_all_back(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	struct sbd_client *c = client(test, own, 500, 1);
	int i;

	for (i = 0; i < 500; i++)
		sbd_client_request(c);
	KUNIT_EXPECT_GT(test, sbd_client_pages(c, -1), 0UL);
	KUNIT_EXPECT_FALSE(test, sbd_client_condemned(c));
	c->task.die = true;
	KUNIT_EXPECT_TRUE(test, sbd_client_condemned(c));
	KUNIT_EXPECT_EQ(test, sbd_client_pages(c, -1), 0UL);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&own->held), 0L);
	KUNIT_EXPECT_EQ(test, c->stat.oom_kills, 1ULL);
	end_client(own, c);
}

/* ---- whole runs ---------------------------------------------------------- */

static u64 value(struct kunit *test, const struct sbd_text *t, const char *key)
{
	char name[40];
	const char *at;
	u64 v = ~0ULL;

	scnprintf(name, sizeof(name), "\n%s: ", key);
	at = strstr(t->buf, name);
	if (at)
		sscanf(at + strlen(name), "%llu", &v);
	return v;
}

static void nothing_is_lost(struct kunit *test, const struct sbd_text *t)
{
	KUNIT_EXPECT_EQ(test, value(test, t, "checksum_errors"), 0ULL);
	KUNIT_EXPECT_EQ(test, value(test, t, "lost_pages"), 0ULL);
	KUNIT_EXPECT_EQ(test, value(test, t, "lost_handles"), 0ULL);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(t->buf, "\nbalance: ok\n"), "%s",
				  t->buf);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(t->buf, "\nnuma: ok\n"), "%s", t->buf);
}

static struct sbd_system *machine(struct kunit *test, const char *profile,
				  void **memory)
{
	struct sbd_owners *own = sbd_owned(test, profile);
	struct sbd_system *sys = own->sys;

	*memory = own->memory;
	sbd_system_reset(sys);
	sys->hooks.wait = NULL;
	return sys;
}

static void play(struct kunit *test, struct sbd_system *sys, void *memory,
		 const struct sbd_pressure_args *a, struct sbd_text *t)
{
	struct sbd_error err = { };

	KUNIT_ASSERT_EQ_MSG(test, sbd_pressure_run(sys, NULL, memory, SBD_TEST_PFN, a,
						   t, &err), 0, "%s: %s", err.word,
			    err.why);
	KUNIT_EXPECT_NULL(test, sys->own);
	nothing_is_lost(test, t);
	sbd_check_system(test, sys, "a run");
}

static void every_workload_gives_all_back(struct kunit *test)
{
	static const unsigned int kinds[] = {
		SBD_WL_PRESSURE, SBD_WL_THP, SBD_WL_NODES, SBD_WL_FRAG,
	};
	struct sbd_text t;
	struct sbd_system *sys;
	void *memory;
	int i, p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		sys = machine(test, sbd_test_profiles[p], &memory);
		for (i = 0; i < ARRAY_SIZE(kinds); i++) {
			const struct sbd_pressure_args a = {
				.kind = kinds[i],
				.threads = kinds[i] == SBD_WL_PRESSURE ? 2 : 1,
				.requests = 4000,
				.set = kinds[i] == SBD_WL_PRESSURE ? 150 : 70,
				.kinds = { 60, 20, 10, 10 },
				.write = 30,
				.swap = 16,
				.churn = 30,
				.rounds = 3,
				.compact = 1,
				.seed = 1,
			};

			t = (struct sbd_text) { };
			sbd_system_reset(sys);
			play(test, sys, memory, &a, &t);
			sbd_text_free(&t);
		}
	}
}

/* Nothing can be reclaimed, and it is wanted by two: one of them has to go. */
static void clients_die_where_nothing_helps(struct kunit *test)
{
	const struct sbd_pressure_args a = {
		.kind = SBD_WL_PRESSURE,
		.threads = 2,
		.requests = 30000,
		.set = 400,
		.kinds = { 100, 0, 0, 0 },
		.seed = 1,
	};
	struct sbd_text t = { };
	struct sbd_system *sys;
	void *memory;

	sys = machine(test, "6.12", &memory);
	play(test, sys, memory, &a, &t);
	KUNIT_EXPECT_GT(test, value(test, &t, "oom_kills"), 0ULL);
	KUNIT_EXPECT_NE(test, value(test, &t, "oom_kills"), ~0ULL);
	sbd_text_free(&t);
}

static void kept_pages_stay_until_the_reset(struct kunit *test)
{
	const struct sbd_pressure_args a = {
		.kind = SBD_WL_PRESSURE,
		.threads = 1,
		.requests = 1000,
		.set = 50,
		.kinds = { 50, 50, 0, 0 },
		.keep = 1,
		.seed = 1,
	};
	struct sbd_error err = { };
	struct sbd_text t = { };
	struct sbd_system *sys;
	void *memory;

	sys = machine(test, "6.12", &memory);
	KUNIT_ASSERT_EQ(test, sbd_pressure_run(sys, NULL, memory, SBD_TEST_PFN, &a, &t,
					       &err), 0);
	KUNIT_ASSERT_NOT_NULL(test, sys->own);
	KUNIT_EXPECT_GT(test, atomic_long_read(&sys->own->held), 100L);
	sbd_check_owners(test, sys->own, "a run that keeps its pages");
	sbd_system_reset(sys);
	KUNIT_EXPECT_NULL(test, sys->own);
	sbd_check_system(test, sys, "the reset");
	sbd_text_free(&t);
}

static struct kunit_case pressure_cases[] = {
	KUNIT_CASE(same_seed_same_requests),
	KUNIT_CASE(scribbled_page_is_found),
	KUNIT_CASE(more_than_memory_is_reclaimed),
	KUNIT_CASE(condemned_client_gives_all_back),
	KUNIT_CASE(every_workload_gives_all_back),
	KUNIT_CASE(clients_die_where_nothing_helps),
	KUNIT_CASE(kept_pages_stay_until_the_reset),
	{}
};

static struct kunit_suite pressure_suite = {
	.name = "shadowbuddy_pressure",
	.test_cases = pressure_cases,
};

kunit_test_suite(pressure_suite);
