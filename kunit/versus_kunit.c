// SPDX-License-Identifier: GPL-2.0
/*
 * The model against the kernel's own functions, on many random states.
 *
 * UML links the suites in, so they can call what modules cannot. Each test
 * fills a struct zone of the kernel's and one of ours with the same state, and
 * asks both the same question. What is static in the kernel is compared in the
 * testbox instead (scripts/test-formats).
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmstat.h>
/* needs the ones above */
#include <linux/compaction.h>

#include "compat.h"
#include "format.h"
#include "helpers.h"
#include "workload.h"
#include "zonelist.h"

#define STATES	20000

/**
 * struct pair - one state, twice
 * @test: the test
 * @rng:  state of the random numbers
 * @live: the kernel's form
 * @ours: the model's, under the profile of the kernel that runs
 */
struct pair {
	struct kunit *test;
	u64 rng;
	struct zone *live;
	struct sbd_zone *ours;
};

static unsigned long pick(struct pair *p, unsigned long n)
{
	return sbd_random(&p->rng) % n;
}

/* Small numbers often, large ones sometimes. */
static unsigned long some(struct pair *p)
{
	return pick(p, 1UL << pick(p, 16));
}

static void pair_init(struct kunit *test, struct pair *p)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, "auto");
	sbd_geometry_running(&plan->geo);
	p->test = test;
	p->rng = sbd_test_seed(test);
	p->ours = sbd_test_create(test, plan)->zone[0];
	p->live = kunit_kzalloc(test, sizeof(*p->live), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p->live);
}

/* The running kernel's number of one of our types; it may know no such type. */
static int live_type(int mt)
{
	switch (mt) {
#ifdef CONFIG_CMA
	case SBD_CMA:
		return MIGRATE_CMA;
#endif
#ifdef CONFIG_MEMORY_ISOLATION
	case SBD_ISOLATE:
		return MIGRATE_ISOLATE;
#endif
	case SBD_HIGHATOMIC:
		return MIGRATE_HIGHATOMIC;
	default:
		return mt;
	}
}

/* Only whether a list is empty matters, so one entry does, itself nowhere. */
static void random_list(struct pair *p, unsigned int order, int mt)
{
	struct list_head *live = &p->live->free_area[order].free_list[live_type(mt)];
	struct sbd_list *ours = &p->ours->area[order].list[mt];
	bool empty = pick(p, 4);

	INIT_LIST_HEAD(live);
	sbd_list_init(ours);
	if (empty)
		return;
	live->next = (struct list_head *)p->live;
	ours->head = 0;
}

static void random_area(struct pair *p, unsigned int order)
{
	unsigned long n = pick(p, 3) ? some(p) : 0;
	int mt;

	p->live->free_area[order].nr_free = n;
	p->ours->area[order].nr_free = n;
	for (mt = 0; mt < SBD_NR_TYPES; mt++)
		random_list(p, order, mt);
}

static void random_reserves(struct pair *p)
{
	unsigned long n = pick(p, 2) ? some(p) : 0;
	int i;

	p->live->nr_reserved_highatomic = n;
	p->ours->nr_reserved_highatomic = n;
#ifdef SBD_LIVE_FREE_HIGHATOMIC
	n /= 1 + pick(p, 4);
	p->live->nr_free_highatomic = n;
#endif
	p->ours->nr_free_highatomic = n;
	n = pick(p, 2) ? some(p) : 0;
	atomic_long_set(&p->live->vm_stat[NR_FREE_CMA_PAGES], n);
	atomic_long_set(&p->ours->stat[SBD_NR_FREE_CMA_PAGES], n);
	p->ours->has_cma = true;
	for (i = 0; i < MAX_NR_ZONES; i++) {
		n = pick(p, 2) ? some(p) : 0;
		p->live->lowmem_reserve[i] = n;
		p->ours->lowmem_reserve[i] = n;
	}
}

static void random_state(struct pair *p)
{
	unsigned int order;

	for (order = 0; order < SBD_NR_ORDERS; order++)
		random_area(p, order);
	random_reserves(p);
}

static void watermark_check_is_the_kernels(struct kunit *test)
{
	struct sbd_wmark_check c;
	struct pair p;
	int i, yes = 0;
	bool live;
	long free;

	pair_init(test, &p);
	for (i = 0; i < STATES; i++) {
		random_state(&p);
		c = (struct sbd_wmark_check) {
			.order = pick(&p, 2) ? pick(&p, SBD_NR_ORDERS) : 0,
			.mark = some(&p),
			.highest = pick(&p, MAX_NR_ZONES),
			.alloc_flags = pick(&p, 0x1000),
		};
		free = (long)some(&p) - 50;
		live = __zone_watermark_ok(p.live, c.order, c.mark, c.highest,
					   c.alloc_flags, free);
		KUNIT_ASSERT_EQ_MSG(test, sbd_watermark_ok_free(p.ours, &c, free),
				    live, "state %d: order %u mark %lu flags 0x%x free %ld",
				    i, c.order, c.mark, c.alloc_flags, free);
		yes += live;
	}
	/* neither answer is the rule, or there was nothing to compare */
	KUNIT_EXPECT_GT(test, yes, STATES / 10);
	KUNIT_EXPECT_LT(test, yes, STATES * 9 / 10);
}

static void safe_check_is_the_kernels(struct kunit *test)
{
	struct sbd_wmark_check c;
	struct pair p;
	long free;
	int i;

	pair_init(test, &p);
	for (i = 0; i < STATES; i++) {
		random_state(&p);
		free = some(&p);
		atomic_long_set(&p.live->vm_stat[NR_FREE_PAGES], free);
		sbd_test_free_pages(p.ours, free);
		c = (struct sbd_wmark_check) {
			.order = pick(&p, SBD_NR_ORDERS),
			.mark = some(&p),
			.highest = pick(&p, MAX_NR_ZONES),
		};
		KUNIT_ASSERT_EQ(test, sbd_watermark_ok_safe(p.ours, &c),
				zone_watermark_ok_safe(p.live, c.order, c.mark,
						       c.highest));
	}
}

static void fragmentation_index_is_the_kernels(struct kunit *test)
{
	unsigned long nr_free[SBD_NR_ORDERS];
	unsigned int order, o, most;
	struct pair p;
	int i;

	pair_init(test, &p);
	for (i = 0; i < STATES; i++) {
		most = 1 + pick(&p, SBD_NR_ORDERS);
		for (o = 0; o < SBD_NR_ORDERS; o++) {
			nr_free[o] = o < most && pick(&p, 3) ? some(&p) : 0;
			p.live->free_area[o].nr_free = nr_free[o];
		}
		order = pick(&p, SBD_NR_ORDERS);
		KUNIT_ASSERT_EQ_MSG(test, sbd_fragindex(nr_free, order),
				    fragmentation_index(p.live, order),
				    "state %d order %u", i, order);
	}
}

/* The kernel's own in hundredths; nothing free is nothing unusable there. */
static void unusable_index_is_the_kernels(struct kunit *test)
{
	unsigned long nr_free[SBD_NR_ORDERS];
	unsigned int order, o;
	struct pair p;
	int i;

	pair_init(test, &p);
	for (i = 0; i < STATES; i++) {
		for (o = 0; o < SBD_NR_ORDERS; o++) {
			nr_free[o] = pick(&p, 3) ? some(&p) : 0;
			p.live->free_area[o].nr_free = nr_free[o];
		}
		nr_free[0]++;
		p.live->free_area[0].nr_free++;
		order = pick(&p, SBD_NR_ORDERS);
		KUNIT_ASSERT_EQ(test, sbd_unusable_index(nr_free, order) / 10,
				(int)extfrag_for_order(p.live, order));
	}
}

static void suitable_fallback_is_the_kernels(struct kunit *test)
{
	bool claim, live_claim;
	struct pair p;
	int i, mt, got, live;
	unsigned int order;

	pair_init(test, &p);
	for (i = 0; i < STATES; i++) {
		random_state(&p);
		order = pick(&p, SBD_NR_ORDERS);
		mt = pick(&p, SBD_PCPTYPES);
		live_claim = false;
		live = find_suitable_fallback(&p.live->free_area[order], order,
					      mt, false, &live_claim);
		got = sbd_find_fallback(p.ours, order, mt, &claim);
		KUNIT_ASSERT_EQ_MSG(test, got, live, "state %d order %u type %d",
				    i, order, mt);
		if (live >= 0)
			KUNIT_ASSERT_EQ(test, claim, live_claim);
	}
}

static void zone_of_a_mask_is_the_kernels(struct kunit *test)
{
	struct sbd_geometry geo;
	int zone, bits;
	gfp_t gfp;

	sbd_geometry_running(&geo);
	for (bits = 0; bits < 16; bits++) {
		gfp = (__force gfp_t)bits;
		/* two zones at once: the kernel has no answer either */
		if (hweight_long(bits & (__force int)(__GFP_DMA | __GFP_DMA32)) +
		    ((bits & (__force int)__GFP_HIGHMEM) &&
		     (bits & (__force int)(__GFP_DMA | __GFP_DMA32))) > 1)
			continue;
		zone = gfp_zone(gfp);
		KUNIT_EXPECT_EQ_MSG(test, sbd_gfp_zone(&geo, gfp) == SBD_ZONE_MOVABLE,
				    zone == ZONE_MOVABLE, "gfp 0x%x", bits);
		KUNIT_EXPECT_EQ_MSG(test, sbd_gfp_zone(&geo, gfp) == SBD_ZONE_NORMAL,
				    zone == ZONE_NORMAL, "gfp 0x%x", bits);
	}
}

#ifdef SBD_LIVE_DECAY_PCP_HIGH

/* Real pages on a list of their own, as a per-CPU list holds them. */
static void fill_list(struct pair *p, struct per_cpu_pages *pcp, int n)
{
	struct page *page;
	int i;

	for (i = 0; i < n; i++) {
		page = alloc_page(GFP_KERNEL | __GFP_NOWARN);
		KUNIT_ASSERT_NOT_NULL(p->test, page);
		set_page_count(page, 0);
		list_add(&page->pcp_list, &pcp->lists[MIGRATE_UNMOVABLE]);
		pcp->count++;
	}
}

static void give_back(struct per_cpu_pages *pcp)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &pcp->lists[MIGRATE_UNMOVABLE],
				 pcp_list) {
		list_del(&page->pcp_list);
		set_page_count(page, 1);
		__free_page(page);
	}
}

static void random_scalers(struct pair *p, struct per_cpu_pages *live,
			   struct sbd_pcp *ours)
{
	int i;

	memset(live, 0, sizeof(*live));
	spin_lock_init(&live->lock);
	for (i = 0; i < NR_PCP_LISTS; i++)
		INIT_LIST_HEAD(&live->lists[i]);
	live->batch = 1 + pick(p, 8);
	live->high_min = pick(p, 200);
	live->high = live->high_min + pick(p, 200);
	fill_list(p, live, pick(p, 300));
	for (i = 0; i < live->count; i++)
		sbd_pcp_free(p->ours, 0, p->ours->frames + i, 0, SBD_MOVABLE);
	KUNIT_ASSERT_EQ(p->test, ours->count, live->count);
	ours->batch = live->batch;
	ours->high_min = live->high_min;
	ours->high = live->high;
}

static void decay_of_high_is_the_kernels(struct kunit *test)
{
	struct per_cpu_pages *live;
	struct sbd_pcp *ours;
	bool more, live_more;
	struct pair p;
	int i;

	pair_init(test, &p);
	live = kunit_kzalloc(test, sizeof(*live), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, live);
	ours = sbd_pcp(p.ours, 0);
	for (i = 0; i < 300; i++) {
		sbd_test_occupy(p.ours);
		sbd_pcp_init(ours);
		ours->high_min = 10000;
		ours->high_max = 10000;
		random_scalers(&p, live, ours);
		live_more = decay_pcp_high(page_zone(virt_to_page(live)), live);
		more = sbd_decay_high(p.ours, 0);
		KUNIT_EXPECT_EQ(test, ours->high, live->high);
		KUNIT_EXPECT_EQ(test, ours->count, live->count);
		KUNIT_EXPECT_EQ(test, more, live_more);
		give_back(live);
		sbd_drain_zone(p.ours, 0);
	}
}

#else

static void decay_of_high_is_the_kernels(struct kunit *test)
{
	kunit_skip(test, "this kernel has no decay_pcp_high(): it came with 6.7");
}

#endif

static struct kunit_case versus_cases[] = {
	KUNIT_CASE(watermark_check_is_the_kernels),
	KUNIT_CASE(safe_check_is_the_kernels),
	KUNIT_CASE(fragmentation_index_is_the_kernels),
	KUNIT_CASE(unusable_index_is_the_kernels),
	KUNIT_CASE(suitable_fallback_is_the_kernels),
	KUNIT_CASE(zone_of_a_mask_is_the_kernels),
	KUNIT_CASE(decay_of_high_is_the_kernels),
	{}
};

static struct kunit_suite versus_suite = {
	.name = "shadowbuddy_versus",
	.test_cases = versus_cases,
};

kunit_test_suite(versus_suite);
