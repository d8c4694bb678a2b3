// SPDX-License-Identifier: GPL-2.0
/*
 * Made-up events of a host, and the tables that are printed of them.
 *
 * The frames are this kernel's own: the zone of an event is looked up.
 */
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/string.h>

#include "helpers.h"
#include "rates.h"

#define BEGIN		(5 * NSEC_PER_SEC)	/* on the clock of the events */
#define NO_FRAME	0xfffffff0u		/* of no zone */

/* A page of ours, so that nobody else's business moves it; given back at the end. */
struct world {
	struct sbd_rates r;
	struct page *page;
	u32 pfn;
};

static int begin(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	test->priv = w;
	w->page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, w->page);
	w->pfn = page_to_pfn(w->page);
	KUNIT_ASSERT_EQ(test, sbd_rates_create(&w->r, BEGIN), 0);
	return 0;
}

static void end(struct kunit *test)
{
	struct world *w = test->priv;

	if (!w)
		return;
	sbd_rates_destroy(&w->r);
	if (w->page)
		__free_page(w->page);
}

static const char *zone_name(const struct world *w)
{
	return page_zone(w->page)->name;
}

/* ---- events ------------------------------------------------------------------ */

static void feed(struct world *w, const struct sbd_event *e)
{
	sbd_rates_event(&w->r, 0, e);
}

static void alloc_of(struct world *w, u32 pfn, int order, int mt)
{
	const struct sbd_event e = {
		.kind = SBD_EVENT_ALLOC,
		.pfn = pfn,
		.order = order,
		.type = mt,
	};

	feed(w, &e);
}

static void alloc(struct world *w, int order)
{
	alloc_of(w, w->pfn, order, SBD_MOVABLE);
}

static void locked(struct world *w, u32 pfn, int order, bool refill)
{
	const struct sbd_event e = {
		.kind = SBD_EVENT_LOCKED,
		.pfn = pfn,
		.order = order,
		.type = SBD_MOVABLE,
		.more = refill,
	};

	feed(w, &e);
}

static void fallback(struct world *w, u32 pfn, int order, int from, int to,
		     bool claimed)
{
	const struct sbd_event e = {
		.kind = SBD_EVENT_FALLBACK,
		.pfn = pfn,
		.order = order,
		.type = from,
		.more = to | (claimed ? SBD_EVENT_CLAIMED : 0),
	};

	feed(w, &e);
}

static void plain(struct world *w, int kind, int order)
{
	const struct sbd_event e = {
		.kind = kind,
		.pfn = w->pfn,
		.order = order,
	};

	feed(w, &e);
}

static void give(struct world *w, int order)
{
	plain(w, SBD_EVENT_FREE, order);
}

/* ---- texts ------------------------------------------------------------------- */

typedef void (*show_fn)(struct sbd_rates *r, struct sbd_text *t, u64 now,
			u64 dropped);

static const char *shown_at(struct kunit *test, show_fn show, u64 now,
			    u64 dropped)
{
	struct world *w = test->priv;
	struct sbd_text t = { };
	char *copy;

	show(&w->r, &t, now, dropped);
	KUNIT_ASSERT_EQ(test, t.error, 0);
	KUNIT_ASSERT_NOT_NULL(test, t.buf);
	copy = kunit_kzalloc(test, t.len + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	memcpy(copy, t.buf, t.len);
	sbd_text_free(&t);
	return copy;
}

/* Two seconds after the beginning, nothing lost. */
static const char *shown(struct kunit *test, show_fn show)
{
	return shown_at(test, show, BEGIN + 2 * NSEC_PER_SEC, 0);
}

/* The text has this line, whole. */
static void expect_line(struct kunit *test, const char *text, const char *line)
{
	size_t len = strlen(line);
	const char *at = text;

	while (at && strncmp(at, line, len))
		at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL;
	KUNIT_ASSERT_NOT_NULL_MSG(test, at, "no '%s' in %s", line, text);
	KUNIT_EXPECT_EQ_MSG(test, at[len], '\n', "'%s' goes on in %s", line, text);
}

/* A row with our page's node and zone between two portions. */
static void expect_cell(struct kunit *test, const char *text, const char *order,
			const char *rest)
{
	struct world *w = test->priv;
	char line[96];

	snprintf(line, sizeof(line), "%s %d %s %s", order, page_to_nid(w->page),
		 zone_name(w), rest);
	expect_line(test, text, line);
}

static void expect_cpu0(struct kunit *test, const char *row)
{
	const char *text = shown(test, sbd_rates_show_lists);
	char line[96];

	snprintf(line, sizeof(line), "0 %s", row);
	expect_line(test, text, line);
	snprintf(line, sizeof(line), "all %s", row);
	expect_line(test, text, line);
}

/* ---- rates ------------------------------------------------------------------- */

static void nothing_is_no_row(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, shown(test, sbd_rates_show_fallbacks),
			   "seconds: 2.000\ndropped: 0\nfallbacks: 0\n\nfrom to order claimed count\n");
	KUNIT_EXPECT_STREQ(test, shown(test, sbd_rates_show_lists),
			   "seconds: 2.000\ndropped: 0\n\ncpu allocs hits hit_pct refills refilled_pages direct drained_pages batched_frees bulk_pages\nall 0 0 - 0 0 0 0 0 0\n");
	KUNIT_EXPECT_NOT_NULL(test, strstr(shown(test, sbd_rates_show),
					   "allocs_per_s frees_per_s\n\norder type refused\n"));
}

static void blocks_are_counted_by_order_zone_and_type(struct kunit *test)
{
	struct world *w = test->priv;
	const char *text;
	int i;

	for (i = 0; i < 5; i++)
		alloc(w, 0);
	alloc_of(w, w->pfn, 0, SBD_UNMOVABLE);
	alloc_of(w, w->pfn, 4, SBD_RECLAIMABLE);
	for (i = 0; i < 3; i++)
		give(w, 4);
	text = shown(test, sbd_rates_show);
	expect_line(test, text, "events: 10");
	expect_line(test, text, "mm_page_alloc 7 3.5");
	expect_line(test, text, "mm_page_free 3 1.5");
	expect_cell(test, text, "0", "Movable 5 - - 2.5 -");
	expect_cell(test, text, "0", "Unmovable 1 - - 0.5 -");
	expect_cell(test, text, "4", "Reclaimable 1 - - 0.5 -");
	expect_cell(test, text, "4", "- - 0 3 - 1.5");
}

static void a_frame_of_no_zone_has_a_row(struct kunit *test)
{
	struct world *w = test->priv;

	alloc_of(w, NO_FRAME, 1, SBD_MOVABLE);
	expect_line(test, shown(test, sbd_rates_show), "1 - - Movable 1 - - 0.5 -");
}

static void no_request_is_lost_for_its_type(struct kunit *test)
{
	struct world *w = test->priv;

	alloc_of(w, w->pfn, 0, -1);
	alloc_of(w, w->pfn, 0, SBD_ISOLATE);
	expect_cell(test, shown(test, sbd_rates_show), "0", "other 2 - - 1.0 -");
}

static void refused_requests_have_no_zone(struct kunit *test)
{
	struct world *w = test->priv;
	const char *text;

	alloc_of(w, SBD_EVENT_NO_PFN, 9, SBD_MOVABLE);
	alloc_of(w, SBD_EVENT_NO_PFN, 9, SBD_MOVABLE);
	alloc_of(w, SBD_EVENT_NO_PFN, 3, SBD_UNMOVABLE);
	text = shown(test, sbd_rates_show);
	expect_line(test, text, "9 Movable 2");
	expect_line(test, text, "3 Unmovable 1");
	expect_line(test, text, "events: 3");
	KUNIT_EXPECT_NULL(test, strstr(text, zone_name(w)));
	expect_line(test, shown(test, sbd_rates_show_lists), "all 0 0 - 0 0 0 0 0 0");
}

static void loss_is_shown_with_every_table(struct kunit *test)
{
	static const show_fn all[] = { sbd_rates_show, sbd_rates_show_lists,
				       sbd_rates_show_fallbacks };
	int i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		expect_line(test, shown_at(test, all[i], BEGIN + 1, 17), "dropped: 17");
}

static void no_time_is_no_rate(struct kunit *test)
{
	struct world *w = test->priv;
	const char *text;

	alloc(w, 0);
	text = shown_at(test, sbd_rates_show, BEGIN, 0);
	expect_line(test, text, "seconds: 0.000");
	expect_cell(test, text, "0", "Movable 1 - - - -");
}

static void a_reset_begins_anew(struct kunit *test)
{
	struct world *w = test->priv;
	const char *text;

	alloc(w, 0);
	fallback(w, w->pfn, 0, SBD_MOVABLE, SBD_UNMOVABLE, true);
	plain(w, SBD_EVENT_BATCHED, 0);
	sbd_rates_reset(&w->r, BEGIN + NSEC_PER_SEC, 4);
	expect_line(test, shown(test, sbd_rates_show_lists), "all 0 0 - 0 0 0 0 0 0");
	alloc(w, 0);
	alloc(w, 0);
	text = shown_at(test, sbd_rates_show, BEGIN + 2 * NSEC_PER_SEC, 5);
	expect_line(test, text, "seconds: 1.000");
	expect_line(test, text, "dropped: 1");
	expect_line(test, text, "events: 2");
	expect_cell(test, text, "0", "Movable 2 - - 2.0 -");
	expect_line(test, shown(test, sbd_rates_show_fallbacks), "fallbacks: 0");
}

/* ---- lists ------------------------------------------------------------------- */

static void a_request_after_none_from_the_zone_is_a_hit(struct kunit *test)
{
	struct world *w = test->priv;
	int i;

	for (i = 0; i < 4; i++)
		locked(w, w->pfn + i, 0, true);
	for (i = 0; i < 8; i++)
		alloc(w, 0);
	expect_cpu0(test, "8 7 87.50 1 4 0 0 0 0");
}

static void a_refill_counts_pages(struct kunit *test)
{
	struct world *w = test->priv;

	locked(w, w->pfn, 2, true);
	locked(w, w->pfn + 4, 2, true);
	alloc(w, 2);
	expect_cpu0(test, "1 0 0.00 1 8 0 0 0 0");
}

static void past_the_lists_is_no_hit(struct kunit *test)
{
	struct world *w = test->priv;

	locked(w, w->pfn, 0, false);
	alloc(w, 0);
	alloc(w, 0);
	expect_cpu0(test, "2 1 50.00 0 0 1 0 0 0");
}

/* Lists do not hold order 5: it is neither, and no business of the next request. */
static void large_blocks_are_not_counted(struct kunit *test)
{
	struct world *w = test->priv;

	locked(w, w->pfn, 5, false);
	alloc(w, 5);
	alloc(w, 0);
	expect_cpu0(test, "1 1 100.00 0 0 0 0 0 0");
}

/* A refill, and before its request is reported, an interrupt's of a large block. */
static void a_refill_waits_for_its_request(struct kunit *test)
{
	struct world *w = test->priv;

	locked(w, w->pfn, 0, true);
	alloc(w, 5);
	alloc(w, 0);
	expect_cpu0(test, "1 0 0.00 1 1 0 0 0 0");
}

static void drains_count_pages_and_batches_blocks(struct kunit *test)
{
	struct world *w = test->priv;

	plain(w, SBD_EVENT_DRAIN, 0);
	plain(w, SBD_EVENT_DRAIN, 3);
	plain(w, SBD_EVENT_BATCHED, 0);
	expect_cpu0(test, "0 0 - 0 0 0 9 1 0");
}

static void bulk_calls_use_lists_but_are_no_requests(struct kunit *test)
{
	struct world *w = test->priv;
	const char *text;

	locked(w, w->pfn, 0, true);
	plain(w, SBD_EVENT_BULK, 0);
	plain(w, SBD_EVENT_BULK, 0);
	alloc(w, 0);
	expect_cpu0(test, "1 1 100.00 1 1 0 0 0 2");
	text = shown(test, sbd_rates_show);
	expect_line(test, text, "bulk 2 1.0");
	expect_cell(test, text, "0", "- - 2 0 - 0.0");
}

static void each_cpu_has_its_own_row(struct kunit *test)
{
	struct world *w = test->priv;
	struct sbd_event e = { .kind = SBD_EVENT_LOCKED, .pfn = w->pfn, .more = 1 };
	unsigned int last = nr_cpu_ids - 1;
	char line[64];

	/* what one CPU fetched does not make another's request a miss */
	sbd_rates_event(&w->r, last, &e);
	if (last)
		alloc(w, 0);
	e.kind = SBD_EVENT_ALLOC;
	sbd_rates_event(&w->r, last, &e);
	snprintf(line, sizeof(line), "%u 1 0 0.00 1 1 0 0 0 0", last);
	expect_line(test, shown(test, sbd_rates_show_lists), line);
}

/* ---- fallbacks --------------------------------------------------------------- */

static void fallbacks_are_counted_by_all_they_have(struct kunit *test)
{
	struct world *w = test->priv;
	const char *text;
	int i;

	for (i = 0; i < 3; i++)
		fallback(w, w->pfn, 0, SBD_MOVABLE, SBD_UNMOVABLE, false);
	fallback(w, w->pfn, 0, SBD_MOVABLE, SBD_UNMOVABLE, true);
	fallback(w, w->pfn, 3, SBD_UNMOVABLE, SBD_RECLAIMABLE, true);
	text = shown(test, sbd_rates_show_fallbacks);
	expect_line(test, text, "fallbacks: 5");
	expect_line(test, text, "Movable Unmovable 0 no 3");
	expect_line(test, text, "Movable Unmovable 0 yes 1");
	expect_line(test, text, "Unmovable Reclaimable 3 yes 1");
}

/* From 6.10: of the three blocks, one is told of by both events. */
static void a_stolen_block_is_fetched(struct kunit *test)
{
	struct world *w = test->priv;

	w->r.fallback_takes = true;
	locked(w, w->pfn, 0, true);
	fallback(w, w->pfn, 0, SBD_MOVABLE, SBD_UNMOVABLE, true);
	fallback(w, w->pfn + 1, 0, SBD_MOVABLE, SBD_UNMOVABLE, false);
	fallback(w, w->pfn + 2, 0, SBD_MOVABLE, SBD_UNMOVABLE, false);
	alloc(w, 0);
	expect_cpu0(test, "1 0 0.00 1 3 0 0 0 0");
}

/* To 6.9: each fallback is followed by the block that came of it. */
static void an_announced_block_is_counted_once(struct kunit *test)
{
	struct world *w = test->priv;

	w->r.fallback_takes = false;
	fallback(w, w->pfn, 0, SBD_MOVABLE, SBD_UNMOVABLE, false);
	locked(w, w->pfn + 1, 0, true);
	alloc(w, 0);
	expect_cpu0(test, "1 0 0.00 1 1 0 0 0 0");
}

/* ---- the shadow's locks -------------------------------------------------------- */

static u64 clock_ns;

static u64 by_a_hundred(void)
{
	return clock_ns += 100;
}

static const char *locks_of(struct kunit *test, struct sbd_system *sys)
{
	struct sbd_text t = { };
	char *copy;

	sbd_rates_show_locks(&t, sys);
	KUNIT_ASSERT_EQ(test, t.error, 0);
	copy = kunit_kzalloc(test, t.len + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	memcpy(copy, t.buf, t.len);
	sbd_text_free(&t);
	return copy;
}

static void locks_are_timed_on_demand(struct kunit *test)
{
	struct sbd_zone *z = sbd_test_zone(test, "6.12");
	u64 before = z->lock_stat.taken;
	char line[64];

	z->sys->hooks.clock = by_a_hundred;
	sbd_test_rmqueue(z, 4, SBD_MOVABLE, 0);
	snprintf(line, sizeof(line), "0 Normal %llu 0 0 - 0 0 0", before + 1);
	expect_line(test, locks_of(test, z->sys), line);
	expect_line(test, locks_of(test, z->sys), "timing: off");

	sbd_rates_time_locks(z->sys, true);
	expect_line(test, locks_of(test, z->sys), "timing: on");
	sbd_test_rmqueue(z, 4, SBD_MOVABLE, 0);
	sbd_rates_time_locks(z->sys, false);
	snprintf(line, sizeof(line), "0 Normal %llu 0 0 - 0 100 100", before + 2);
	expect_line(test, locks_of(test, z->sys), line);

	z->lock_stat.contended = 4;
	z->lock_stat.wait_ns = 1000;
	z->lock_stat.wait_max = 700;
	snprintf(line, sizeof(line), "0 Normal %llu 4 1000 250 700 100 100", before + 2);
	expect_line(test, locks_of(test, z->sys), line);

	sbd_rates_reset_locks(z->sys);
	snprintf(line, sizeof(line), "0 Normal %llu 0 0 - 0 0 0", before + 2);
	expect_line(test, locks_of(test, z->sys), line);
}

static struct kunit_case rates_cases[] = {
	KUNIT_CASE(nothing_is_no_row),
	KUNIT_CASE(blocks_are_counted_by_order_zone_and_type),
	KUNIT_CASE(a_frame_of_no_zone_has_a_row),
	KUNIT_CASE(no_request_is_lost_for_its_type),
	KUNIT_CASE(refused_requests_have_no_zone),
	KUNIT_CASE(loss_is_shown_with_every_table),
	KUNIT_CASE(no_time_is_no_rate),
	KUNIT_CASE(a_reset_begins_anew),
	KUNIT_CASE(a_request_after_none_from_the_zone_is_a_hit),
	KUNIT_CASE(a_refill_counts_pages),
	KUNIT_CASE(past_the_lists_is_no_hit),
	KUNIT_CASE(large_blocks_are_not_counted),
	KUNIT_CASE(a_refill_waits_for_its_request),
	KUNIT_CASE(drains_count_pages_and_batches_blocks),
	KUNIT_CASE(bulk_calls_use_lists_but_are_no_requests),
	KUNIT_CASE(each_cpu_has_its_own_row),
	KUNIT_CASE(fallbacks_are_counted_by_all_they_have),
	KUNIT_CASE(a_stolen_block_is_fetched),
	KUNIT_CASE(an_announced_block_is_counted_once),
	KUNIT_CASE(locks_are_timed_on_demand),
	{}
};

static struct kunit_suite rates_suite = {
	.name = "shadowbuddy_rates",
	.init = begin,
	.exit = end,
	.test_cases = rates_cases,
};

kunit_test_suite(rates_suite);
