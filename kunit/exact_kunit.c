// SPDX-License-Identifier: GPL-2.0
/*
 * Page by page, in the kernel that the suites are linked into: bursts, and what
 * no burst reaches, by the kernel's own functions.
 *
 * UML has one CPU, no THP, no NUMA, no DMA32 and no per-CPU counter differences;
 * what of the rules that leaves out is in README.md.
 */
#include <linux/irqflags.h>
#include <linux/kallsyms.h>
#include <linux/mm.h>
#include <linux/page-isolation.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>

#include "alloc.h"
#include "clone.h"
#include "compat.h"
#include "exact.h"
#include "helpers.h"
#include "isolate.h"
#include "live.h"
/* struct alloc_context; from drivers/shadowbuddy/kunit in a kernel tree */
#include "../../../mm/internal.h"

/* ---- bursts ------------------------------------------------------------------ */

static u64 figure(const struct sbd_text *out, const char *key)
{
	const char *at = strstr(out->buf, key);
	u64 v = 0;

	if (at)
		sscanf(at + strlen(key), ": %llu", &v);
	return v;
}

/* The result of a run, which has to come to one. */
static void exact(struct kunit *test, const char *args, struct sbd_text *out)
{
	struct sbd_error err = { };
	char words[128];
	int ret;

	snprintf(words, sizeof(words), "%s seed=%llu", args, sbd_test_seed(test));
	ret = sbd_exact_run(NULL, words, out, &err);
	KUNIT_ASSERT_EQ_MSG(test, ret, 0, "%s: %s %s", args, err.word, err.why);
	KUNIT_ASSERT_NOT_NULL(test, out->buf);
}

static void alike(struct kunit *test, const char *args, u64 least)
{
	struct sbd_text out = { };

	exact(test, args, &out);
	KUNIT_EXPECT_EQ_MSG(test, figure(&out, "\ndivergences"), 0, "%s", out.buf);
	KUNIT_EXPECT_GE(test, figure(&out, "\noperations"), least);
	KUNIT_EXPECT_GE(test, figure(&out, "\nstates_compared"), 10);
	sbd_text_free(&out);
}

static void answers_are_the_kernels(struct kunit *test)
{
	alike(test, "bursts=30 pause_us=50000", 20000);
}

/* Large blocks that are held, so that little is free. */
struct hog {
	struct page *blocks[1024];
	unsigned int nr;
};

static struct hog *hog(struct kunit *test)
{
	struct hog *h = kunit_kzalloc(test, sizeof(*h), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, h);
	while (h->nr < ARRAY_SIZE(h->blocks) &&
	       global_zone_page_state(NR_FREE_PAGES) > 12000) {
		h->blocks[h->nr] = sbd_live_alloc(GFP_NOWAIT | __GFP_NOWARN,
						  SBD_MAX_ORDER);
		if (!h->blocks[h->nr])
			break;
		h->nr++;
	}
	return h;
}

static void unhog(struct hog *h)
{
	while (h->nr)
		sbd_live_free(h->blocks[--h->nr], SBD_MAX_ORDER);
}

static void answers_are_the_kernels_at_the_marks(struct kunit *test)
{
	struct sbd_text out = { };
	struct hog *h = hog(test);

	exact(test, "bursts=30 pause_us=50000 state=low", &out);
	KUNIT_EXPECT_EQ_MSG(test, figure(&out, "\ndivergences"), 0, "%s", out.buf);
	KUNIT_EXPECT_GT(test, figure(&out, "\nrefused"), 100);
	KUNIT_EXPECT_GT(test, figure(&out, "\nfrom_highatomic"), 10);
	sbd_text_free(&out);
	unhog(h);
}

static void one_type_lives_on_the_others(struct kunit *test)
{
	alike(test, "bursts=30 pause_us=50000 orders=0-4 types=unmovable,reclaimable",
	      20000);
}

/* The model of another kernel is found out: the check can fail. */
static void another_kernel_is_told_apart(struct kunit *test)
{
	struct sbd_profile own;
	struct sbd_text out = { };

	KUNIT_ASSERT_EQ(test, sbd_profile_parse("auto", &own), 0);
	exact(test, own.minor == 1 ? "profile=6.12 pause_us=50000" :
				     "profile=6.1 pause_us=50000", &out);
	KUNIT_EXPECT_EQ(test, figure(&out, "\ndivergences"), 1);
	KUNIT_EXPECT_NOT_NULL(test, strstr(out.buf, "\nburst "));
	sbd_text_free(&out);
}

/* ---- what no burst reaches --------------------------------------------------- */

/**
 * struct twin - the kernel before and after something, and a clone of it
 * @before: state
 * @after:  state
 * @sys:    clone
 */
struct twin {
	struct sbd_snap before;
	struct sbd_snap after;
	struct sbd_system *sys;
};

static void twin_init(struct kunit *test, struct twin *t)
{
	struct sbd_profile prof;

	KUNIT_ASSERT_EQ(test, sbd_profile_parse("auto", &prof), 0);
	KUNIT_ASSERT_EQ(test, sbd_snap_create(&t->before), 0);
	KUNIT_ASSERT_EQ(test, sbd_snap_create(&t->after), 0);
	KUNIT_ASSERT_EQ(test, sbd_snap_grow(&t->before, 1 << 18), 0);
	KUNIT_ASSERT_EQ(test, sbd_snap_grow(&t->after, 1 << 18), 0);
	KUNIT_ASSERT_EQ(test, sbd_clone_create(&t->before, &prof, 3, &t->sys), 0);
}

static void twin_exit(struct twin *t)
{
	sbd_system_destroy(t->sys);
	sbd_snap_destroy(&t->after);
	sbd_snap_destroy(&t->before);
}

static struct zone *live_zone(const struct twin *t)
{
	return t->before.zones[0].live;
}

static struct sbd_zone *our_zone(const struct twin *t)
{
	return t->sys->zone[0];
}

/*
 * What is done on either side.  The first function runs with interrupts off,
 * between two snapshots; the second on the clone.  @arg is for both.
 */
struct deed {
	void (*live)(struct twin *t, void *arg);
	void (*ours)(struct twin *t, void *arg);
	void *arg;
};

/* With one CPU, interrupts off are enough to be alone. */
static void same_end(struct kunit *test, struct twin *t, const struct deed *d)
{
	struct sbd_diff diff;
	unsigned long flags;
	int ret[2];

	local_irq_save(flags);
	ret[0] = sbd_snap_take(&t->before, U64_MAX);
	d->live(t, d->arg);
	ret[1] = sbd_snap_take(&t->after, U64_MAX);
	local_irq_restore(flags);
	KUNIT_ASSERT_EQ(test, ret[0], 0);
	KUNIT_ASSERT_EQ(test, ret[1], 0);
	sbd_clone_load(t->sys, &t->before);
	d->ours(t, d->arg);
	sbd_clone_differs(t->sys, &t->after, &diff);
	KUNIT_EXPECT_NULL_MSG(test, (void *)diff.what,
			      "%s cpu %d order %d list %d at %lu: live 0x%lx, ours 0x%lx",
			      diff.what ?: "", diff.cpu, diff.order, diff.list,
			      diff.at, diff.live, diff.shadow);
}

#define MANY	600

/* Pages of all orders and types go through the per-CPU lists. */
static void stir(struct kunit *test, unsigned int frees)
{
	struct page **pages = kunit_kcalloc(test, MANY, sizeof(*pages), GFP_KERNEL);
	static const gfp_t types[] = { 0, __GFP_MOVABLE, __GFP_RECLAIMABLE };
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	for (i = 0; i < MANY; i++)
		pages[i] = sbd_live_alloc(GFP_NOWAIT | __GFP_NOWARN | types[i % 3],
					  i % 4);
	for (i = 0; i < MANY; i++)
		if (pages[i] && i < frees)
			sbd_live_free(pages[i], i % 4);
	for (i = frees; i < MANY; i++)
		if (pages[i])
			sbd_live_free(pages[i], i % 4);
}

static void live_drain(struct twin *t, void *arg)
{
	drain_local_pages(NULL);
}

static void our_drain(struct twin *t, void *arg)
{
	sbd_drain_all(t->sys);
}

static void drains_leave_the_same_lists(struct kunit *test)
{
	const struct deed drain = { live_drain, our_drain };
	struct twin t;
	unsigned int i;

	twin_init(test, &t);
	for (i = 0; i < 10; i++) {
		stir(test, i * MANY / 10);
		same_end(test, &t, &drain);
	}
	twin_exit(&t);
}

#ifdef SBD_LIVE_DECAY_PCP_HIGH
static void live_decay(struct twin *t, void *arg)
{
	decay_pcp_high(live_zone(t), this_cpu_ptr(live_zone(t)->per_cpu_pageset));
}

static void our_decay(struct twin *t, void *arg)
{
	sbd_decay_high(our_zone(t), 0);
}

static void decay_leaves_the_same_lists(struct kunit *test)
{
	const struct deed decay = { live_decay, our_decay };
	struct twin t;
	unsigned int i;

	twin_init(test, &t);
	for (i = 0; i < 30; i++) {
		if (i % 10 == 0)
			stir(test, i * MANY / 30);
		same_end(test, &t, &decay);
	}
	twin_exit(&t);
}
#else
static void decay_leaves_the_same_lists(struct kunit *test)
{
	kunit_skip(test, "no decay_pcp_high() before 6.7");
}
#endif

/* A free block: from the lists that have one, the @nth. */
struct prey {
	unsigned int nth;
	unsigned long pfn;
	unsigned int order;
};

static void find_prey(const struct twin *t, struct prey *p)
{
	const struct sbd_snap_zone *sz = &t->before.zones[0];
	const struct sbd_snap_list *l;
	unsigned int o, mt, n = 0;

	p->pfn = 0;
	for (o = 0; o < SBD_NR_ORDERS; o++) {
		for (mt = 0; mt < SBD_PCPTYPES; mt++) {
			l = &sz->list[o][mt];
			if (!l->nr || n++ < p->nth)
				continue;
			p->pfn = sz->start_pfn + t->before.entries[l->first + l->nr / 2];
			p->order = o;
			return;
		}
	}
}

static void live_take(struct twin *t, void *arg)
{
	struct prey *p = arg;
	unsigned long flags;

	find_prey(t, p);
	if (!p->pfn)
		return;
	spin_lock_irqsave(&live_zone(t)->lock, flags);
	__isolate_free_page(pfn_to_page(p->pfn), p->order);
	spin_unlock_irqrestore(&live_zone(t)->lock, flags);
}

static void our_take(struct twin *t, void *arg)
{
	struct sbd_zone *z = our_zone(t);
	struct prey *p = arg;
	unsigned long flags;

	if (!p->pfn)
		return;
	flags = sbd_zone_lock(z);
	sbd_isolate_free(z, 0, sbd_frame(z, p->pfn));
	sbd_zone_unlock(z, flags);
}

static void live_put(struct twin *t, void *arg)
{
	struct zone *z = live_zone(t);
	struct prey *p = arg;
	unsigned long flags;
	struct page *page;
	int mt;

	if (!p->pfn)
		return;
	page = pfn_to_page(p->pfn);
	spin_lock_irqsave(&z->lock, flags);
	mt = sbd_live_block_type(z, p->pfn);
	__putback_isolated_page(page, p->order, mt);
	spin_unlock_irqrestore(&z->lock, flags);
}

static void our_put(struct twin *t, void *arg)
{
	struct sbd_zone *z = our_zone(t);
	struct prey *p = arg;
	unsigned long flags;
	struct sbd_frame *f;

	if (!p->pfn)
		return;
	f = sbd_frame(z, p->pfn);
	flags = sbd_zone_lock(z);
	/* the clone was loaded anew since it was taken */
	f->state = SBD_FRAME_ISOLATED;
	f->order = p->order;
	sbd_putback_isolated(z, 0, f);
	sbd_zone_unlock(z, flags);
}

static void isolated_blocks_leave_and_return_alike(struct kunit *test)
{
	struct prey p = { };
	const struct deed take = { live_take, our_take, &p };
	const struct deed put = { live_put, our_put, &p };
	struct twin t;

	twin_init(test, &t);
	stir(test, MANY / 2);
	do {
		same_end(test, &t, &take);
		same_end(test, &t, &put);
		p.nth++;
	} while (p.pfn);
	KUNIT_EXPECT_GT(test, p.nth, 6U);
	twin_exit(&t);
}

/* What is static has a name all the same. */
typedef bool unreserve_highatomic_pageblock(const struct alloc_context *ac,
					    bool force);
typedef int set_migratetype_isolate(struct page *page, int migratetype,
				    int flags, unsigned long start_pfn,
				    unsigned long end_pfn);
typedef void unset_migratetype_isolate(struct page *page, int migratetype);

static void live_unreserve(struct twin *t, void *arg)
{
	struct alloc_context ac = {
		.zonelist = node_zonelist(0, GFP_KERNEL),
		.highest_zoneidx = ZONE_MOVABLE,
		.migratetype = MIGRATE_RECLAIMABLE,
	};

	((unreserve_highatomic_pageblock *)arg)(&ac, true);
}

static void our_unreserve(struct twin *t, void *arg)
{
	sbd_unreserve_highatomic(our_zone(t), 0, SBD_RECLAIMABLE, true);
}

/* At the marks, some pageblocks are reserved; one goes back after the other. */
static void reserves_go_back_alike(struct kunit *test)
{
	struct deed d = { live_unreserve, our_unreserve };
	struct sbd_text out = { };
	struct hog *h;
	struct twin t;
	int i;

	d.arg = (void *)kallsyms_lookup_name("unreserve_highatomic_pageblock");
	if (!d.arg)
		kunit_skip(test, "unreserve_highatomic_pageblock() was inlined");
	h = hog(test);
	exact(test, "bursts=20 pause_us=50000 state=low", &out);
	sbd_text_free(&out);
	unhog(h);
	twin_init(test, &t);
	KUNIT_EXPECT_GT(test, live_zone(&t)->nr_reserved_highatomic, 0UL);
	for (i = 0; i < 20 && live_zone(&t)->nr_reserved_highatomic; i++)
		same_end(test, &t, &d);
	KUNIT_EXPECT_EQ(test, live_zone(&t)->nr_reserved_highatomic, 0UL);
	twin_exit(&t);
}

/* The @nth free pageblock, of any type.  In UML no block is larger. */
static void find_block(struct twin *t, struct prey *p)
{
	const struct sbd_snap_zone *sz = &t->before.zones[0];
	const struct sbd_snap_list *l = sz->list[pageblock_order];
	unsigned int mt, n = p->nth;

	p->pfn = 0;
	for (mt = 0; mt < SBD_PCPTYPES; n -= l[mt++].nr) {
		if (l[mt].nr <= n)
			continue;
		p->pfn = sz->start_pfn + t->before.entries[l[mt].first + n];
		return;
	}
}

static void live_isolate(struct twin *t, void *arg)
{
	set_migratetype_isolate *isolate = (void *)
		kallsyms_lookup_name("set_migratetype_isolate");
	struct prey *p = arg;

	find_block(t, p);
	if (p->pfn)
		isolate(pfn_to_page(p->pfn), MIGRATE_MOVABLE, 0, p->pfn,
			p->pfn + pageblock_nr_pages);
}

static void our_isolate(struct twin *t, void *arg)
{
	struct prey *p = arg;
	unsigned long flags;

	if (!p->pfn)
		return;
	flags = sbd_zone_lock(our_zone(t));
	sbd_isolate_block(our_zone(t), 0, p->pfn);
	sbd_zone_unlock(our_zone(t), flags);
}

static void live_unisolate(struct twin *t, void *arg)
{
	unset_migratetype_isolate *unisolate = (void *)
		kallsyms_lookup_name("unset_migratetype_isolate");
	struct prey *p = arg;

	if (p->pfn)
		unisolate(pfn_to_page(p->pfn), MIGRATE_MOVABLE);
}

static void our_unisolate(struct twin *t, void *arg)
{
	struct prey *p = arg;
	unsigned long flags;

	if (!p->pfn)
		return;
	flags = sbd_zone_lock(our_zone(t));
	sbd_unisolate_block(our_zone(t), 0, p->pfn, SBD_MOVABLE);
	sbd_zone_unlock(our_zone(t), flags);
}

static void pageblocks_are_isolated_and_returned_alike(struct kunit *test)
{
	struct prey p = { };
	const struct deed isolate = { live_isolate, our_isolate, &p };
	const struct deed unisolate = { live_unisolate, our_unisolate, &p };
	struct twin t;

	if (!kallsyms_lookup_name("set_migratetype_isolate") ||
	    !kallsyms_lookup_name("unset_migratetype_isolate"))
		kunit_skip(test, "set_migratetype_isolate() was inlined");
	twin_init(test, &t);
	for (p.nth = 0; p.nth < 4; p.nth++) {
		same_end(test, &t, &isolate);
		KUNIT_EXPECT_GT(test, p.pfn, 0UL);
		same_end(test, &t, &unisolate);
	}
	twin_exit(&t);
}

static struct kunit_case exact_cases[] = {
	KUNIT_CASE(answers_are_the_kernels),
	KUNIT_CASE(answers_are_the_kernels_at_the_marks),
	KUNIT_CASE(one_type_lives_on_the_others),
	KUNIT_CASE(another_kernel_is_told_apart),
	KUNIT_CASE(drains_leave_the_same_lists),
	KUNIT_CASE(decay_leaves_the_same_lists),
	KUNIT_CASE(isolated_blocks_leave_and_return_alike),
	KUNIT_CASE(reserves_go_back_alike),
	KUNIT_CASE(pageblocks_are_isolated_and_returned_alike),
	{}
};

static struct kunit_suite exact_suite = {
	.name = "shadowbuddy_exact",
	.test_cases = exact_cases,
};

kunit_test_suite(exact_suite);
