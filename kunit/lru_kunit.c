// SPDX-License-Identifier: GPL-2.0
/*
 * Owners and their lists.
 *
 *   new page -> [ batch of a CPU, 15 or 31 ] -> inactive <-> active
 *                                                  |
 *                           isolated <-------------+
 */
#include "alloc.h"
#include "check.h"
#include "helpers.h"
#include "owned.h"
#include "workload.h"
#include "writeback.h"

#define IA	SBD_LRU_INACTIVE_ANON
#define AA	SBD_LRU_ACTIVE_ANON
#define IF	SBD_LRU_INACTIVE_FILE
#define AF	SBD_LRU_ACTIVE_FILE

static void batch_waits_until_it_is_full(struct kunit *test)
{
	struct sbd_owners *own;
	unsigned int size, i;
	int p;

	for (p = 0; sbd_test_profiles[p]; p++) {
		own = sbd_owned(test, sbd_test_profiles[p]);
		size = own->sys->prof->minor == 1 ? 15 : 31;
		for (i = 1; i < size; i++)
			sbd_owned_page(test, own, SBD_OWNER_ANON, 0);
		KUNIT_EXPECT_EQ(test, sbd_lru_pages(own, 0, IA), 0UL);
		sbd_owned_page(test, own, SBD_OWNER_ANON, 0);
		KUNIT_EXPECT_EQ(test, sbd_lru_pages(own, 0, IA), (unsigned long)size);
		sbd_check_owners(test, own, "a full batch");
	}
}

static void large_page_empties_the_batch(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");

	sbd_owned_page(test, own, SBD_OWNER_ANON, 0);
	sbd_owned_page(test, own, SBD_OWNER_ANON, 9);
	KUNIT_EXPECT_EQ(test, sbd_lru_pages(own, 0, IA), 513UL);
}

static void drain_reaches_every_cpu(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	u32 o = sbd_owned_page(test, own, SBD_OWNER_FILE, 0);

	sbd_lru_drain(own, 1);
	KUNIT_EXPECT_EQ(test, sbd_lru_pages(own, 0, IF), 0UL);
	sbd_lru_drain_all(own);
	KUNIT_EXPECT_EQ(test, sbd_lru_pages(own, 0, IF), 1UL);
	KUNIT_EXPECT_TRUE(test, test_bit(SBD_OWNER_LRU, &sbd_owner(own, o)->flags));
}

static void kinds_go_to_their_lists(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");

	sbd_owned_listed(test, own, SBD_OWNER_ANON);
	sbd_owned_listed(test, own, SBD_OWNER_FILE);
	sbd_owned_listed(test, own, SBD_OWNER_SLAB);
	sbd_owned_listed(test, own, SBD_OWNER_KERNEL);
	KUNIT_EXPECT_EQ(test, sbd_lru_pages(own, 0, IA), 1UL);
	KUNIT_EXPECT_EQ(test, sbd_lru_pages(own, 0, IF), 1UL);
	KUNIT_EXPECT_EQ(test, sbd_lru_pages(own, 0, SBD_LRU_SLAB), 1UL);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&own->held), 4L);
	sbd_check_owners(test, own, "one of each kind");
}

static void newest_is_at_the_head(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	u32 a = sbd_owned_listed(test, own, SBD_OWNER_ANON);
	u32 b = sbd_owned_listed(test, own, SBD_OWNER_ANON);
	char want[32];

	scnprintf(want, sizeof(want), "%u %u", b, a);
	KUNIT_EXPECT_STREQ(test, sbd_owned_list(test, own, 0, IA), want);
}

/* What PageLRU says: a page in a batch does not count as movable. */
static void pages_count_as_movable_once_listed(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	u32 o = sbd_owned_page(test, own, SBD_OWNER_ANON, 3);
	struct sbd_owner *p = sbd_owner(own, o);
	struct sbd_zone *z = own->sys->zone[0];
	int free, movable;

	sbd_block_scan(z, p->pfn, &free, &movable);
	KUNIT_EXPECT_EQ(test, movable, 8);
	KUNIT_ASSERT_TRUE(test, sbd_lru_isolate(own, o));
	sbd_block_scan(z, p->pfn, &free, &movable);
	KUNIT_EXPECT_EQ(test, movable, 0);
	sbd_lru_putback(own, 0, o);
	o = sbd_owned_page(test, own, SBD_OWNER_ANON, 0);
	sbd_block_scan(z, sbd_owner(own, o)->pfn, &free, &movable);
	KUNIT_EXPECT_EQ(test, movable, 8);
}

static void page_in_a_batch_cannot_be_isolated(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	u32 o = sbd_owned_page(test, own, SBD_OWNER_ANON, 0);

	KUNIT_EXPECT_FALSE(test, sbd_lru_isolate(own, o));
	sbd_lru_drain(own, 0);
	KUNIT_EXPECT_TRUE(test, sbd_lru_isolate(own, o));
	KUNIT_EXPECT_FALSE(test, sbd_lru_isolate(own, o));
	sbd_lru_putback(own, 0, o);
	sbd_lru_drain(own, 0);
	sbd_check_owners(test, own, "putting it back");
}

static void page_given_up_in_a_batch_goes_when_that_is_drained(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	u32 o = sbd_owned_page(test, own, SBD_OWNER_ANON, 0);

	sbd_lru_release(own, 0, o);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&own->held), 1L);
	sbd_lru_drain(own, 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&own->held), 0L);
	KUNIT_EXPECT_EQ(test, own->used, 0U);
	sbd_check_owners(test, own, "the drain");
}

static void page_given_up_while_isolated_goes_when_put_back(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	u32 o = sbd_owned_listed(test, own, SBD_OWNER_FILE);

	KUNIT_ASSERT_TRUE(test, sbd_lru_isolate(own, o));
	sbd_lru_release(own, 0, o);
	KUNIT_EXPECT_EQ(test, own->used, 1U);
	sbd_lru_putback(own, 0, o);
	sbd_lru_drain(own, 0);
	KUNIT_EXPECT_EQ(test, own->used, 0U);
	sbd_check_owners(test, own, "putting it back");
}

static void page_given_up_while_written_goes_when_that_ends(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	u32 o = sbd_owned_listed(test, own, SBD_OWNER_FILE);

	sbd_lru_touch(own, o, true);
	KUNIT_EXPECT_EQ(test, sbd_writeback_flush(own, 8), 1U);
	sbd_lru_release(own, 0, o);
	KUNIT_EXPECT_EQ(test, own->used, 1U);
	sbd_owned_time(own, own->sys->vm.writeback_ms);
	KUNIT_EXPECT_EQ(test, own->used, 0U);
	sbd_check_owners(test, own, "the write");
}

/* mark_page_accessed() against a bit in a page table entry. */
static void second_read_activates_a_file_page(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	u32 file = sbd_owned_listed(test, own, SBD_OWNER_FILE);
	u32 anon = sbd_owned_listed(test, own, SBD_OWNER_ANON);

	sbd_lru_touch(own, file, false);
	KUNIT_EXPECT_EQ(test, sbd_lru_pages(own, 0, AF), 0UL);
	sbd_lru_touch(own, file, false);
	KUNIT_EXPECT_EQ(test, sbd_lru_pages(own, 0, AF), 1UL);
	sbd_lru_touch(own, anon, false);
	sbd_lru_touch(own, anon, false);
	KUNIT_EXPECT_EQ(test, sbd_lru_pages(own, 0, AA), 0UL);
	KUNIT_EXPECT_TRUE(test, test_bit(SBD_OWNER_YOUNG,
					 &sbd_owner(own, anon)->flags));
	sbd_check_owners(test, own, "the reads");
}

/* Take an owner's page, as reclaim does, and give it another, as a fault does. */
static void lose_and_return(struct kunit *test, struct sbd_owners *own, u32 o,
			    unsigned long later)
{
	struct sbd_owner *p = sbd_owner(own, o);
	struct sbd_lru_node *n = &own->node[0];

	KUNIT_ASSERT_TRUE(test, sbd_lru_isolate(own, o));
	p->age = atomic_long_read(&n->age);
	set_bit(SBD_OWNER_EVICTED, &p->flags);
	sbd_owner_detach(own, 0, o);
	sbd_lru_let_go(own, 0, o, SBD_OWNER_ISOLATED);
	atomic_long_add(later, &n->age);
	sbd_owner_attach(own, o, sbd_alloc(own->sys, 0, GFP_HIGHUSER_MOVABLE, 0), 0);
	sbd_owner_fill(own, o);
	sbd_lru_add(own, 0, o);
	sbd_lru_drain(own, 0);
}

static void page_that_returns_soon_is_active(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	u32 o = sbd_owned_listed(test, own, SBD_OWNER_FILE), i;

	for (i = 0; i < 10; i++)
		sbd_lru_touch(own, sbd_owned_listed(test, own, SBD_OWNER_FILE), true);
	lose_and_return(test, own, o, 1);
	KUNIT_EXPECT_EQ(test, sbd_lru_pages(own, 0, AF), 0UL);
	for (i = 0; i < 10; i++) {
		u32 hot = sbd_owned_listed(test, own, SBD_OWNER_FILE);

		sbd_lru_touch(own, hot, false);
		sbd_lru_touch(own, hot, false);
	}
	lose_and_return(test, own, o, 11);
	KUNIT_EXPECT_EQ(test, sbd_lru_pages(own, 0, AF), 10UL);
	lose_and_return(test, own, o, 10);
	KUNIT_EXPECT_EQ(test, sbd_lru_pages(own, 0, AF), 11UL);
	KUNIT_EXPECT_EQ(test, atomic64_read(&own->sys->vm_event[SBD_VM_workingset_refault_file]),
			3LL);
	sbd_check_owners(test, own, "three returns");
}

static void locked_page_is_unevictable(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	u32 o = sbd_owned_listed(test, own, SBD_OWNER_ANON);

	sbd_lru_lock_page(own, o, true);
	KUNIT_EXPECT_EQ(test, sbd_lru_pages(own, 0, SBD_LRU_UNEVICTABLE), 1UL);
	sbd_check_owners(test, own, "locking");
	sbd_lru_lock_page(own, o, false);
	KUNIT_EXPECT_EQ(test, sbd_lru_pages(own, 0, IA), 1UL);
}

static void contents_tell_every_page_from_every_other(struct kunit *test)
{
	struct sbd_owners *own = sbd_owned(test, "6.12");
	u32 a = sbd_owned_listed(test, own, SBD_OWNER_ANON);
	u32 b = sbd_owned_listed(test, own, SBD_OWNER_ANON);
	u32 *at = own->memory +
		  ((sbd_owner(own, a)->pfn - own->memory_pfn) << PAGE_SHIFT);

	KUNIT_EXPECT_NE(test, sbd_owner(own, a)->sum, sbd_owner(own, b)->sum);
	at[1023] ^= 1;
	KUNIT_EXPECT_FALSE(test, sbd_owner_intact(own, a));
	KUNIT_EXPECT_TRUE(test, sbd_owner_intact(own, b));
	at[1023] ^= 1;
	KUNIT_EXPECT_TRUE(test, sbd_owner_intact(own, a));
}

static void handles_run_out(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	u32 a, b;

	KUNIT_ASSERT_EQ(test, sbd_owners_create(z->sys, 2, NULL, 0), 0);
	a = sbd_owner_new(z->sys->own, SBD_OWNER_ANON, 1);
	b = sbd_owner_new(z->sys->own, SBD_OWNER_ANON, 1);
	KUNIT_EXPECT_NE(test, a, b);
	KUNIT_EXPECT_EQ(test, sbd_owner_new(z->sys->own, SBD_OWNER_ANON, 1),
			SBD_NOBODY);
	sbd_owner_drop(z->sys->own, a);
	KUNIT_EXPECT_EQ(test, sbd_owner_new(z->sys->own, SBD_OWNER_ANON, 1), a);
}

#define MOST_OWNERS	500

static void do_something(struct kunit *test, struct sbd_owners *own, u64 *rng,
			 u32 *held, int *nr)
{
	int i = *nr ? sbd_random(rng) % *nr : 0;
	enum sbd_owner_kind kind = sbd_random(rng) % SBD_NR_OWNER_KINDS;

	switch (sbd_random(rng) % 8) {
	case 0:
	case 1:
		if (*nr < MOST_OWNERS)
			held[(*nr)++] = sbd_owned_page(test, own, kind,
						       sbd_random(rng) % 4);
		break;
	case 2:
		if (!*nr)
			break;
		sbd_lru_release(own, sbd_random(rng) % SBD_TEST_CPUS, held[i]);
		held[i] = held[--*nr];
		break;
	case 3:
	case 4:
		if (*nr)
			sbd_lru_touch(own, held[i], sbd_random(rng) & 1);
		break;
	case 5:
		if (*nr && sbd_lru_isolate(own, held[i]))
			sbd_lru_putback(own, 1, held[i]);
		break;
	case 6:
		sbd_writeback_flush(own, 4);
		sbd_owned_time(own, sbd_random(rng) % 4);
		break;
	default:
		sbd_lru_drain(own, sbd_random(rng) % SBD_TEST_CPUS);
	}
}

static void random_use_keeps_the_accounts(struct kunit *test)
{
	u32 *held = kunit_kcalloc(test, MOST_OWNERS, sizeof(*held), GFP_KERNEL);
	u64 seed = sbd_test_seed(test), rng;
	struct sbd_owners *own;
	int i, p, nr;

	KUNIT_ASSERT_NOT_NULL(test, held);
	for (p = 0; sbd_test_profiles[p]; p++) {
		own = sbd_owned(test, sbd_test_profiles[p]);
		rng = seed;
		nr = 0;
		for (i = 0; i < 400; i++) {
			do_something(test, own, &rng, held, &nr);
			sbd_check_owners(test, own, "a random step");
		}
		while (nr)
			sbd_lru_release(own, 0, held[--nr]);
		sbd_lru_drain_all(own);
		sbd_writeback_end(own, 0);
		KUNIT_EXPECT_EQ(test, own->used, 0U);
		KUNIT_EXPECT_EQ(test, atomic_long_read(&own->held), 0L);
		sbd_drain_all(own->sys);
		sbd_check_owners(test, own, "the end");
	}
}

static struct kunit_case lru_cases[] = {
	KUNIT_CASE(batch_waits_until_it_is_full),
	KUNIT_CASE(large_page_empties_the_batch),
	KUNIT_CASE(drain_reaches_every_cpu),
	KUNIT_CASE(kinds_go_to_their_lists),
	KUNIT_CASE(newest_is_at_the_head),
	KUNIT_CASE(pages_count_as_movable_once_listed),
	KUNIT_CASE(page_in_a_batch_cannot_be_isolated),
	KUNIT_CASE(page_given_up_in_a_batch_goes_when_that_is_drained),
	KUNIT_CASE(page_given_up_while_isolated_goes_when_put_back),
	KUNIT_CASE(page_given_up_while_written_goes_when_that_ends),
	KUNIT_CASE(second_read_activates_a_file_page),
	KUNIT_CASE(page_that_returns_soon_is_active),
	KUNIT_CASE(locked_page_is_unevictable),
	KUNIT_CASE(contents_tell_every_page_from_every_other),
	KUNIT_CASE(handles_run_out),
	KUNIT_CASE(random_use_keeps_the_accounts),
	{}
};

static struct kunit_suite lru_suite = {
	.name = "shadowbuddy_lru",
	.test_cases = lru_cases,
};

kunit_test_suite(lru_suite);
