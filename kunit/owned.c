// SPDX-License-Identifier: GPL-2.0
/* Machines whose pages are owned, with memory, a clock and an unhurried disk. */
#include <linux/slab.h>
#include <linux/time64.h>
#include <linux/vmalloc.h>

#include "alloc.h"
#include "check.h"
#include "helpers.h"
#include "owned.h"
#include "reclaim.h"
#include "writeback.h"

/* Time passes only when a test says so, or somebody waits. */
static u64 now;

static u64 test_clock(void)
{
	return now;
}

static int test_wait(struct sbd_system *sys, unsigned int ms)
{
	now += (u64)ms * NSEC_PER_MSEC;
	sbd_writeback_complete(sys->own, 0);
	return 0;
}

static int memory_init(struct kunit_resource *res, void *pages)
{
	res->data = vmalloc(*(unsigned long *)pages << PAGE_SHIFT);
	return res->data ? 0 : -ENOMEM;
}

static void memory_free(struct kunit_resource *res)
{
	vfree(res->data);
}

/**
 * sbd_owned_plan() - a machine whose pages can be owned
 * @test:   the test
 * @plan:   of the machine
 * @memory: give its pages contents
 *
 * Return: its owners.
 */
struct sbd_owners *sbd_owned_plan(struct kunit *test, const struct sbd_plan *plan,
				  bool memory)
{
	struct sbd_system *sys;
	unsigned long pages;
	void *at = NULL;

	/* before the system, so that it goes after it */
	pages = plan->zones[plan->nr_zones - 1].start_pfn +
		plan->zones[plan->nr_zones - 1].pages - plan->zones[0].start_pfn;
	if (memory) {
		at = kunit_alloc_resource(test, memory_init, memory_free,
					  GFP_KERNEL, &pages);
		KUNIT_ASSERT_NOT_NULL(test, at);
	}
	sys = sbd_test_create(test, plan);
	KUNIT_ASSERT_EQ(test, sbd_owners_create(sys, 3 * pages, at,
						plan->zones[0].start_pfn), 0);
	now = NSEC_PER_SEC;
	sys->own->clock = test_clock;
	sys->hooks.wait = test_wait;
	return sys->own;
}

/**
 * sbd_owned() - the owners of an ordinary machine of one small zone
 * @test:    the test
 * @profile: by name
 *
 * Return: the owners; pages have contents.
 */
struct sbd_owners *sbd_owned(struct kunit *test, const char *profile)
{
	struct sbd_plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, plan);
	sbd_test_plan(test, plan, profile);
	plan->geo.thp = false;
	plan->zones[0].pages = SBD_OWNED_PAGES;
	return sbd_owned_plan(test, plan, true);
}

/**
 * sbd_owned_page() - a new owner with a page, on its way to a list
 * @test:  fails if there is no memory
 * @own:   the owners
 * @kind:  of owner
 * @order: of its block
 *
 * By CPU 0.  Return: the owner.
 */
u32 sbd_owned_page(struct kunit *test, struct sbd_owners *own,
		   enum sbd_owner_kind kind, unsigned int order)
{
	static const gfp_t gfp[SBD_NR_OWNER_KINDS] = {
		[SBD_OWNER_ANON] = GFP_HIGHUSER_MOVABLE,
		[SBD_OWNER_FILE] = GFP_HIGHUSER_MOVABLE,
		[SBD_OWNER_SLAB] = GFP_KERNEL | __GFP_RECLAIMABLE,
		[SBD_OWNER_KERNEL] = GFP_KERNEL,
	};
	static u32 seed;
	u32 o = sbd_owner_new(own, kind, ++seed);
	unsigned long pfn;

	KUNIT_ASSERT_NE(test, o, SBD_NOBODY);
	pfn = sbd_alloc(own->sys, 0, gfp[kind], order);
	KUNIT_ASSERT_NE_MSG(test, pfn, SBD_PFN_NONE, "no page for an owner");
	sbd_owner_attach(own, o, pfn, order);
	sbd_owner_fill(own, o);
	sbd_lru_add(own, 0, o);
	return o;
}

/**
 * sbd_owned_listed() - the same, of order 0 and on its list already
 * @test: fails if there is no memory
 * @own:  the owners
 * @kind: of owner
 *
 * Return: the owner.
 */
u32 sbd_owned_listed(struct kunit *test, struct sbd_owners *own,
		     enum sbd_owner_kind kind)
{
	u32 o = sbd_owned_page(test, own, kind, 0);

	sbd_lru_drain(own, 0);
	return o;
}

/**
 * sbd_owned_time() - let time pass, and writes end
 * @own: the owners
 * @ms:  so much
 */
void sbd_owned_time(struct sbd_owners *own, unsigned int ms)
{
	test_wait(own->sys, ms);
}

/**
 * sbd_owned_list() - a list, head first
 * @test: the test
 * @own:  the owners
 * @nid:  of the node
 * @list: which
 *
 * Return: owners, a blank between them.
 */
const char *sbd_owned_list(struct kunit *test, struct sbd_owners *own, int nid,
			   enum sbd_lru_list list)
{
	char *text = kunit_kzalloc(test, 256, GFP_KERNEL);
	size_t len = 0;
	u32 o;

	KUNIT_ASSERT_NOT_NULL(test, text);
	for (o = own->node[nid].list[list].head; o != SBD_NOBODY;
	     o = sbd_owner(own, o)->next)
		len += scnprintf(text + len, 256 - len, "%s%u", len ? " " : "", o);
	return text;
}

/* ---- invariants ---------------------------------------------------------- */

/* One list: linked both ways, each on it as it says. */
static const char *check_list(struct sbd_owners *own, int nid, int list,
			      unsigned long *zone)
{
	const struct sbd_lru_head *h = &own->node[nid].list[list];
	u32 o, prev = SBD_NOBODY, n = 0;
	unsigned long pages = 0;
	struct sbd_owner *p;

	for (o = h->head; o != SBD_NOBODY; prev = o, o = p->next) {
		p = sbd_owner(own, o);
		if (++n > own->nr)
			return "a list of owners is a ring";
		if (!test_bit(SBD_OWNER_LRU, &p->flags) || p->list != list ||
		    p->prev != prev || p->nid != nid)
			return "an owner is not where its list is";
		if (sbd_lru_list_of(p) != list)
			return "an owner is on the wrong list";
		if (sbd_owner_at(own, sbd_zone_of(own->sys, p->pfn), p->pfn) != o)
			return "a listed owner's frame is not its";
		pages += sbd_owner_pages(p);
		zone[sbd_zone_of(own->sys, p->pfn)->idx] += sbd_owner_pages(p);
	}
	if (h->tail != prev)
		return "a list's tail is not its last owner";
	return pages == h->pages ? NULL : "a list's pages are not what it holds";
}

static const char *check_node(struct sbd_owners *own, int nid)
{
	unsigned long zone[SBD_NR_ZONES];
	const char *why;
	int list, type;

	for (list = 0; list < SBD_NR_LRU; list++) {
		memset(zone, 0, sizeof(zone));
		why = check_list(own, nid, list, zone);
		if (why)
			return why;
		for (type = 0; type < SBD_NR_ZONES; type++)
			if (zone[type] != own->node[nid].zone[type][list])
				return "a zone's share of a list is wrong";
	}
	if (atomic_long_read(&own->node[nid].isolated[0]) ||
	    atomic_long_read(&own->node[nid].isolated[1]))
		return "pages are isolated, at rest";
	return NULL;
}

/**
 * struct tally - sums over all owners
 * @held:      pages
 * @swapped:   pages in swap
 * @dirty:     dirty file pages, by node
 * @writeback: pages being written, by node
 */
struct tally {
	unsigned long held;
	unsigned long swapped;
	unsigned long dirty[SBD_MAX_NODES];
	unsigned long writeback[SBD_MAX_NODES];
};

static const char *check_owner(struct sbd_owners *own, u32 o, struct tally *t)
{
	struct sbd_owner *p = sbd_owner(own, o);
	unsigned long pages = sbd_owner_pages(p);

	if (!test_bit(SBD_OWNER_LIVE, &p->flags))
		return NULL;
	if (test_bit(SBD_OWNER_SWAPPED, &p->flags))
		t->swapped += pages;
	if (p->pfn == SBD_PFN_NONE)
		return test_bit(SBD_OWNER_LRU, &p->flags) ?
		       "an owner without a page is on a list" : NULL;
	t->held += pages;
	if (p->kind == SBD_OWNER_FILE && test_bit(SBD_OWNER_DIRTY, &p->flags))
		t->dirty[p->nid] += pages;
	if (test_bit(SBD_OWNER_WRITEBACK, &p->flags))
		t->writeback[p->nid] += pages;
	return sbd_owner_intact(own, o) ? NULL : "a page is not as it was written";
}

static const char *check_all(struct sbd_owners *own)
{
	struct tally t = { };
	const char *why = NULL;
	int nid;
	u32 o;

	for (nid = 0; nid < own->sys->nr_nodes && !why; nid++)
		why = check_node(own, nid);
	for (o = 1; o < own->nr && !why; o++)
		why = check_owner(own, o, &t);
	if (why)
		return why;
	if (t.held != atomic_long_read(&own->held))
		return "pages held are not what owners have";
	if (t.swapped != atomic_long_read(&own->swap_used))
		return "pages in swap are not what owners have there";
	for (nid = 0; nid < own->sys->nr_nodes; nid++)
		if (t.dirty[nid] != atomic_long_read(&own->node[nid].dirty) ||
		    t.writeback[nid] != atomic_long_read(&own->node[nid].writeback))
			return "dirty pages, or those being written, are miscounted";
	return NULL;
}

/**
 * sbd_check_owners() - hold owners and zones against all invariants
 * @test:  fails if one is broken
 * @own:   the owners, at rest
 * @after: what was done last, for the message
 *
 * All contents are read, too.
 */
void sbd_check_owners(struct kunit *test, struct sbd_owners *own,
		      const char *after)
{
	const char *why = check_all(own);

	KUNIT_ASSERT_TRUE_MSG(test, !why, "%s: after %s: %s",
			      own->sys->prof->name, after, why);
	sbd_check_system(test, own->sys, after);
}
