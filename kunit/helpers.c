// SPDX-License-Identifier: GPL-2.0
/* Small machines for the suites, and short words for what tests do to them. */
#include <linux/err.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "helpers.h"

static u64 kunit_seed = 1;
#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "shadowbuddy."
module_param(kunit_seed, ullong, 0444);
MODULE_PARM_DESC(kunit_seed, "where the randomized tests begin");

const char * const sbd_test_profiles[] = { "6.1", "6.12.28", "6.12", NULL };

/**
 * sbd_test_seed() - where a randomized test shall begin
 * @test: is told, so that a failure can be repeated
 *
 * Return: what shadowbuddy.kunit_seed says.
 */
u64 sbd_test_seed(struct kunit *test)
{
	kunit_info(test, "seed %llu\n", kunit_seed);
	return kunit_seed;
}

/**
 * sbd_test_plan() - an ordinary machine: one NORMAL zone
 * @test:    fails if @profile is none
 * @plan:    filled; the test changes what matters to it
 * @profile: by name
 */
void sbd_test_plan(struct kunit *test, struct sbd_plan *plan,
		   const char *profile)
{
	*plan = (struct sbd_plan) {
		.id = 1,
		.geo = {
			.block_order = 9,
			.thp_pcp_lists = 2,
			.isolation = true,
			.smp = true,
			.zones = BIT(SBD_ZONE_DMA) | BIT(SBD_ZONE_DMA32) |
				 BIT(SBD_ZONE_NORMAL) | BIT(SBD_ZONE_MOVABLE),
		},
		.nr_cpus = SBD_TEST_CPUS,
		.nr_online = SBD_TEST_CPUS,
		.nr_zones = 1,
		.zones = { {
			.type = SBD_ZONE_NORMAL,
			.start_pfn = SBD_TEST_PFN,
			.pages = SBD_TEST_PAGES,
		} },
	};
	KUNIT_ASSERT_EQ(test, sbd_profile_parse(profile, &plan->prof), 0);
}

static int system_init(struct kunit_resource *res, void *plan)
{
	struct sbd_system *sys = sbd_system_create(plan);

	if (IS_ERR(sys))
		return PTR_ERR(sys);
	res->data = sys;
	return 0;
}

static void system_free(struct kunit_resource *res)
{
	sbd_system_destroy(res->data);
}

/**
 * sbd_test_create() - build a machine that goes when the test ends
 * @test: the test
 * @plan: what it is to be
 *
 * Return: the system; a test whose plan is refused fails here.
 */
struct sbd_system *sbd_test_create(struct kunit *test,
				   const struct sbd_plan *plan)
{
	struct sbd_system *sys;

	sys = kunit_alloc_resource(test, system_init, system_free, GFP_KERNEL,
				   (void *)plan);
	KUNIT_ASSERT_NOT_NULL_MSG(test, sys, "the machine could not be built");
	return sys;
}

/**
 * sbd_test_zone() - the zone of an ordinary machine
 * @test:    the test
 * @profile: by name
 *
 * Return: the zone, all free.
 */
struct sbd_zone *sbd_test_zone(struct kunit *test, const char *profile)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, profile);
	return sbd_test_create(test, plan)->zone[0];
}

/**
 * sbd_test_nodes() - a machine of several nodes
 * @test:    the test
 * @profile: by name
 * @nodes:   how many: each with one zone, NORMAL, and the CPU of its number
 *
 * Return: the plan; the test changes what matters to it.
 */
struct sbd_plan *sbd_test_nodes(struct kunit *test, const char *profile,
				int nodes)
{
	static const u8 cpu_node[SBD_MAX_NODES] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);
	int nid;

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, profile);
	plan->nr_cpus = nodes;
	plan->nr_online = nodes;
	plan->cpu_node = cpu_node;
	plan->nr_zones = nodes;
	for (nid = 0; nid < nodes; nid++)
		plan->zones[nid] = (struct sbd_zone_plan) {
			.type = SBD_ZONE_NORMAL,
			.nid = nid,
			.start_pfn = SBD_TEST_PFN + nid * SBD_TEST_NODE_STEP,
			.pages = SBD_TEST_NODE_PAGES,
		};
	return plan;
}

/**
 * sbd_test_order() - the nodes of a zonelist, as they come
 * @test: the test
 * @node: whose
 *
 * Return: their numbers, a blank between them.
 */
const char *sbd_test_order(struct kunit *test, const struct sbd_node *node)
{
	char *text = kunit_kzalloc(test, 128, GFP_KERNEL);
	int i, len = 0, last = -1;

	KUNIT_ASSERT_NOT_NULL(test, text);
	for (i = 0; i < node->nr_zonelist; i++) {
		if (node->zonelist[i]->nid == last)
			continue;
		last = node->zonelist[i]->nid;
		len += scnprintf(text + len, 128 - len, "%s%d", i ? " " : "", last);
	}
	return text;
}

/**
 * sbd_test_take() - take the block at an offset, whatever the lists would say
 * @z:	    the zone
 * @offset: aligned to @order; free
 * @order:  at most that of the free block there
 *
 * The rest of the free block goes back under the type it had.
 */
void sbd_test_take(struct sbd_zone *z, unsigned long offset, unsigned int order)
{
	struct sbd_frame *f = sbd_free_block_of(z, z->start_pfn + offset);
	struct sbd_frame *upper, *want = z->frames + offset;
	unsigned int high = f->order;
	unsigned long flags;
	int mt = f->mt;

	flags = sbd_zone_lock(z);
	sbd_take_frame(z, 0, f, mt);
	while (high > order) {
		upper = f + (1L << --high);
		sbd_free_block(z, 0, sbd_pfn(z, want < upper ? upper : f), high,
			       mt, SBD_FPI_NONE);
		f = want < upper ? f : upper;
	}
	want->state = SBD_FRAME_USED;
	want->order = order;
	sbd_zone_unlock(z, flags);
}

/**
 * sbd_test_occupy() - take everything: every frame a block of its own
 * @z: the zone
 */
void sbd_test_occupy(struct sbd_zone *z)
{
	unsigned long flags, i;
	unsigned int order;
	int mt;

	flags = sbd_zone_lock(z);
	for (order = 0; order < SBD_NR_ORDERS; order++)
		for (mt = 0; mt < SBD_NR_TYPES; mt++)
			while (!sbd_list_empty(&z->area[order].list[mt]))
				sbd_take_frame(z, 0,
					       sbd_list_first(z, &z->area[order].list[mt]),
					       mt);
	for (i = 0; i < z->spanned; i++) {
		if (sbd_zone_of(z->sys, z->start_pfn + i) != z)
			continue;
		z->frames[i].state = SBD_FRAME_USED;
		z->frames[i].order = 0;
		z->frames[i].flags = 0;
	}
	sbd_zone_unlock(z, flags);
}

/**
 * sbd_test_give() - free frames of an occupied zone as one block
 * @z:	    the zone
 * @offset: aligned to @order
 * @order:  of the block
 * @mt:	    whose list
 */
void sbd_test_give(struct sbd_zone *z, unsigned long offset,
		   unsigned int order, int mt)
{
	unsigned long flags, i;

	flags = sbd_zone_lock(z);
	for (i = 0; i < 1UL << order; i++)
		z->frames[offset + i].state = SBD_FRAME_NONE;
	sbd_free_block(z, 0, z->start_pfn + offset, order, mt, SBD_FPI_NONE);
	sbd_zone_unlock(z, flags);
}

/**
 * sbd_test_type() - give a pageblock a type, leaving the lists alone
 * @z:	    the zone
 * @offset: any frame of it
 * @mt:	    the type
 */
void sbd_test_type(struct sbd_zone *z, unsigned long offset, int mt)
{
	sbd_block_set_type(z, z->start_pfn + offset, mt);
}

/**
 * sbd_test_rmqueue() - a block from the zone itself, as CPU 0
 * @z:		 the zone
 * @order:	 wanted
 * @mt:		 wanted
 * @alloc_flags: SBD_ALLOC_*
 *
 * Return: its offset, -1 if there is none.
 */
long sbd_test_rmqueue(struct sbd_zone *z, unsigned int order, int mt,
		      unsigned int alloc_flags)
{
	return sbd_test_offset(z, sbd_rmqueue_direct(z, 0, order, mt,
						     alloc_flags));
}

#define LIST_TEXT	256

static const char *list_text(struct kunit *test, const struct sbd_zone *z,
			     const struct sbd_list *l)
{
	char *text = kunit_kzalloc(test, LIST_TEXT, GFP_KERNEL);
	size_t len = 0;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, text);
	for (i = l->head; i != SBD_NIL; i = z->frames[i].next) {
		if (len > LIST_TEXT - 16) {
			scnprintf(text + len, LIST_TEXT - len, " ...");
			break;
		}
		len += scnprintf(text + len, LIST_TEXT - len, "%s%u",
				 len ? " " : "", i);
	}
	return text;
}

/**
 * sbd_test_list() - a free list, head first
 * @test:  the test
 * @z:	   the zone
 * @order: of the list
 * @mt:	   of the list
 *
 * Return: offsets in the zone, a blank between them.
 */
const char *sbd_test_list(struct kunit *test, const struct sbd_zone *z,
			  unsigned int order, int mt)
{
	return list_text(test, z, &z->area[order].list[mt]);
}

/**
 * sbd_test_pcp() - a per-CPU list, head first
 * @test:   the test
 * @z:	    the zone
 * @cpu:    whose
 * @pindex: which
 *
 * Return: offsets in the zone, a blank between them.
 */
const char *sbd_test_pcp(struct kunit *test, struct sbd_zone *z, int cpu,
			 int pindex)
{
	return list_text(test, z, &sbd_pcp(z, cpu)->lists[pindex]);
}

/**
 * sbd_test_free_pages() - make the watermark checks see so many free pages
 * @z:	   the zone
 * @pages: in the folded counter; the lists are left alone
 */
void sbd_test_free_pages(struct sbd_zone *z, long pages)
{
	atomic_long_set(&z->stat[SBD_NR_FREE_PAGES], pages);
}
