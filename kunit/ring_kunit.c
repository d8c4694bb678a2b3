// SPDX-License-Identifier: GPL-2.0
/*
 * A CPU's ring: what is written into it, and in what order its reader gets that.
 *
 * UML has one CPU, so that of the order among CPUs only this shows: at what time a
 * record, or some that belong together, stand for those of others; the reader gets
 * them when that is older than what it asks for.
 *
 * Records are written here as words: a letter for the kind, the frame, after a slash
 * what is still to come; a plus marks a free that BATCHED is to tell of.
 */
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "helpers.h"
#include "ring.h"

#define BEGIN		(100 * NSEC_PER_SEC)	/* time of the first record */
#define BATCH_NS	(20 * NSEC_PER_MSEC)	/* as ring.c waits */
#define REQUEST_NS	(500 * NSEC_PER_MSEC)
#define ALL		U64_MAX
#define SAID		16384	/* bytes of text */

static const char letters[SBD_NR_EVENT_KINDS] = {
	[SBD_EVENT_ALLOC] = 'A',
	[SBD_EVENT_FREE] = 'F',
	[SBD_EVENT_BATCHED] = 'B',
	[SBD_EVENT_LOCKED] = 'L',
	[SBD_EVENT_DRAIN] = 'D',
	[SBD_EVENT_FALLBACK] = 'X',
	[SBD_EVENT_KSWAPD_WAKE] = 'w',
	[SBD_EVENT_KSWAPD_SLEEP] = 's',
	[SBD_EVENT_BULK] = 'K',
	[SBD_EVENT_DRAIN_ALL] = 'd',
	[SBD_EVENT_VMSTAT] = 'v',
	[SBD_EVENT_BALANCED] = 'b',
	[SBD_EVENT_ISOLATE] = 'i',
	[SBD_EVENT_PUTBACK] = 'p',
	[SBD_EVENT_UNRESERVE] = 'u',
};

/**
 * struct world - a ring, and the time
 * @r:	 the rings of the one CPU
 * @now: time of the last record
 */
struct world {
	struct sbd_rings r;
	u64 now;
};

static int begin(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	test->priv = w;
	w->now = BEGIN;
	if (nr_cpu_ids > 1)
		kunit_skip(test, "for a machine with one CPU");
	KUNIT_ASSERT_EQ(test, sbd_rings_create(&w->r, 1024), 0);
	return 0;
}

static void end(struct kunit *test)
{
	struct world *w = test->priv;

	if (w)
		sbd_rings_destroy(&w->r);
}

/* The same with another size. */
static struct world *sized(struct kunit *test, u32 cap)
{
	struct world *w = test->priv;

	sbd_rings_destroy(&w->r);
	KUNIT_ASSERT_EQ(test, sbd_rings_create(&w->r, cap), 0);
	return w;
}

static struct sbd_ring *ring(struct world *w)
{
	return per_cpu_ptr(w->r.ring, 0);
}

/* ---- words ------------ */

static int kind_of(char letter)
{
	return (const char *)memchr(letters, letter, sizeof(letters)) - letters;
}

/* Written as a probe does; then its time is ours. */
static void put_one(struct world *w, int kind, u32 pfn, u32 seq)
{
	struct sbd_ring *r = ring(w);
	unsigned long head = r->head;

	sbd_ring_put(&w->r, (struct sbd_event) { .kind = kind, .pfn = pfn, .seq = seq });
	if (r->head != head)
		r->events[head & (w->r.cap - 1)].time = ++w->now;
}

/* Return: the time of the first of them. */
static u64 put(struct world *w, const char *words)
{
	u64 first = w->now + 1;
	unsigned int pfn, seq;
	char letter;

	for (; *words; words += strcspn(words, " "), words += strspn(words, " ")) {
		seq = 0;
		if (sscanf(words, "%c%u/%u", &letter, &pfn, &seq) < 2)
			continue;
		put_one(w, kind_of(letter), pfn, seq);
	}
	return first;
}

/* All that is to be had from what is older than @before. */
static const char *said(struct kunit *test, u64 before)
{
	struct world *w = test->priv;
	char *text = kunit_kzalloc(test, SAID, GFP_KERNEL);
	struct sbd_event e;
	size_t len = 0;
	int cpu;

	KUNIT_ASSERT_NOT_NULL(test, text);
	while (sbd_rings_next(&w->r, before, &e, &cpu)) {
		KUNIT_EXPECT_EQ(test, cpu, 0);
		len += scnprintf(text + len, SAID - len, "%s%c%u", len ? " " : "",
				 letters[e.kind], e.pfn);
		if (e.kind == SBD_EVENT_BULK)
			len += scnprintf(text + len, SAID - len, "/%u", e.seq);
		if (e.kind == SBD_EVENT_FREE && e.more & SBD_EVENT_LATER)
			len += scnprintf(text + len, SAID - len, "+");
	}
	return text;
}

#define EXPECT_SAID(test, before, words) \
	KUNIT_EXPECT_STREQ(test, said(test, before), words)

/* ---- one after the other ------------ */

static void order_is_kept(struct kunit *test)
{
	put(test->priv, "A3 v0 A1 D9 w0 A2 i7 p7 s0 b0 d5 u1 A4");
	EXPECT_SAID(test, ALL, "A3 v0 A1 D9 w0 A2 i7 p7 s0 b0 d5 u1 A4");
	EXPECT_SAID(test, ALL, "");
}

static void all_of_a_record_arrives(struct kunit *test)
{
	const struct sbd_event in = {
		.pfn = 0xfedcba98, .gfp = 0x12345678, .seq = 77, .kind = SBD_EVENT_ALLOC,
		.order = 9, .type = -1, .more = SBD_EVENT_MEMALLOC,
	};
	struct world *w = test->priv;
	u64 before = sbd_ring_clock();
	struct sbd_event out = { };
	int cpu = -1;

	sbd_ring_put(&w->r, in);
	KUNIT_ASSERT_TRUE(test, sbd_rings_next(&w->r, ALL, &out, &cpu));
	KUNIT_EXPECT_GE(test, out.time, before);
	KUNIT_EXPECT_LE(test, out.time, sbd_ring_clock());
	out.time = 0;
	KUNIT_EXPECT_EQ(test, memcmp(&in, &out, sizeof(in)), 0);
	KUNIT_EXPECT_EQ(test, cpu, 0);
}

static void what_is_newer_stays(struct kunit *test)
{
	u64 at = put(test->priv, "A1 A2 A3");

	EXPECT_SAID(test, at, "");
	EXPECT_SAID(test, at + 1, "A1");
	EXPECT_SAID(test, at + 1, "");
	EXPECT_SAID(test, at + 3, "A2 A3");
}

/* An event has begun, and what interrupts it is written first. */
static void what_is_not_complete_is_waited_for(struct kunit *test)
{
	struct world *w = test->priv;
	struct sbd_event *e = sbd_ring_begin(&w->r, ring(w));

	KUNIT_ASSERT_NOT_NULL(test, e);
	put(w, "A2");
	EXPECT_SAID(test, ALL, "");
	e->kind = SBD_EVENT_ALLOC;
	e->pfn = 1;
	e->time = BEGIN;
	EXPECT_SAID(test, ALL, "A1 A2");
}

/* A place that was read is not complete again until it is written again. */
static void what_was_read_is_gone(struct kunit *test)
{
	struct world *w = sized(test, 256);
	int i;

	for (i = 0; i < 256; i++)
		put_one(w, SBD_EVENT_ALLOC, i, 0);
	said(test, ALL);
	sbd_ring_begin(&w->r, ring(w));
	EXPECT_SAID(test, ALL, "");
}

/* ---- its size ------------ */

static void a_full_ring_drops_and_counts(struct kunit *test)
{
	struct world *w = sized(test, 256);
	struct sbd_event e;
	int i, cpu;

	for (i = 0; i < 266; i++)
		put_one(w, SBD_EVENT_ALLOC, i, 0);
	KUNIT_EXPECT_EQ(test, sbd_rings_lost(&w->r), 10);
	for (i = 0; i < 256; i++) {
		KUNIT_ASSERT_TRUE(test, sbd_rings_next(&w->r, ALL, &e, &cpu));
		KUNIT_ASSERT_EQ(test, e.pfn, i);
	}
	KUNIT_EXPECT_FALSE(test, sbd_rings_next(&w->r, ALL, &e, &cpu));
	KUNIT_EXPECT_EQ(test, sbd_rings_lost(&w->r), 10);
}

static void a_place_that_was_read_is_free(struct kunit *test)
{
	struct world *w = sized(test, 256);
	struct sbd_event e;
	int i, cpu;

	for (i = 0; i < 256; i++)
		put_one(w, SBD_EVENT_ALLOC, i, 0);
	KUNIT_ASSERT_TRUE(test, sbd_rings_next(&w->r, ALL, &e, &cpu));
	put(w, "A256 A257");
	KUNIT_EXPECT_EQ(test, sbd_rings_lost(&w->r), 1);
	for (i = 1; i <= 256; i++) {
		KUNIT_ASSERT_TRUE(test, sbd_rings_next(&w->r, ALL, &e, &cpu));
		KUNIT_ASSERT_EQ(test, e.pfn, i);
	}
}

static void it_may_go_round_often(struct kunit *test)
{
	struct world *w = sized(test, 256);
	u32 in = 0, out = 0, n;
	struct sbd_event e;
	int cpu;

	for (n = 1; in < 5000; n = n % 255 + 7) {
		while (in - out < n % 256)
			put_one(w, SBD_EVENT_ALLOC, in++, 0);
		while (in - out > n / 3 && sbd_rings_next(&w->r, ALL, &e, &cpu))
			KUNIT_ASSERT_EQ(test, e.pfn, out++);
	}
	KUNIT_EXPECT_EQ(test, sbd_rings_lost(&w->r), 0);
}

/*
 *	  254  255 |  0    1
 *	.. L1   L2 | A9   A1 ..	to be read as L1 L2 A1 A9
 */
static void what_belongs_together_may_lie_across_the_end(struct kunit *test)
{
	struct world *w = sized(test, 256);
	int i;

	for (i = 0; i < 254; i++)
		put_one(w, SBD_EVENT_ALLOC, i, 0);
	said(test, ALL);
	put(w, "L1 L2 A9 A1");
	EXPECT_SAID(test, ALL, "L1 L2 A1 A9");
}

static void sizes_are_rounded_up_within_limits(struct kunit *test)
{
	static const u32 asked[][2] = {
		{ 0, 256 }, { 1, 256 }, { 256, 256 }, { 257, 512 }, { 65536, 65536 },
		{ 65537, 131072 },
		{ U32_MAX, SBD_RING_MAX },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(asked); i++)
		KUNIT_EXPECT_EQ(test, sized(test, asked[i][0])->r.cap, asked[i][1]);
}

static void none_are_destroyed_as_well(struct kunit *test)
{
	struct sbd_rings none = { };

	sbd_rings_destroy(&none);
	sbd_rings_destroy(&none);
	KUNIT_EXPECT_NULL(test, (void *)none.ring);
}

static void a_zone_has_its_own_numbers(struct kunit *test)
{
	struct world *w = test->priv;
	struct page *page = alloc_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, sbd_ring_seq(&w->r, page), 1);
	KUNIT_EXPECT_EQ(test, sbd_ring_seq(&w->r, page), 2);
	KUNIT_EXPECT_EQ(test, w->r.seq[page_to_nid(page) * MAX_NR_ZONES +
				       page_zonenum(page)], 2);
	__free_page(page);
}

/* ---- requests ------------ */

/* It had the lock at the first, so that is when it was. */
static void a_request_comes_as_one(struct kunit *test)
{
	u64 at = put(test->priv, "L1 L2 A1 A5");

	EXPECT_SAID(test, at + 1, "L1 L2 A1");
	EXPECT_SAID(test, ALL, "A5");
}

static void so_does_one_that_fell_back(struct kunit *test)
{
	u64 at = put(test->priv, "X1 L1 X2 L2 A1 X8 A8 A5");

	EXPECT_SAID(test, at + 1, "X1 L1 X2 L2 A1");
	EXPECT_SAID(test, at + 6, "X8 A8");
}

/* Of whom it was taken, it is told after what interrupted it. */
static void interrupts_come_after_it(struct kunit *test)
{
	put(test->priv, "L1 L2 A7 F7 v0 A8 A1 A9");
	EXPECT_SAID(test, ALL, "L1 L2 A1 A7 F7 v0 A8 A9");
}

/* The list was empty: it gets the first, whatever else is given out meanwhile. */
static void it_is_of_the_first_frame(struct kunit *test)
{
	u64 at = put(test->priv, "L1 L2 A2 A1");

	EXPECT_SAID(test, at + 1, "L1 L2 A1");
	EXPECT_SAID(test, ALL, "A2");
}

/* And then nothing that came later is told either. */
static void what_is_not_told_yet_waits(struct kunit *test)
{
	u64 at = put(test->priv, "L1 L2 A7");

	EXPECT_SAID(test, at + REQUEST_NS - 1, "");
	put(test->priv, "A1");
	EXPECT_SAID(test, at + REQUEST_NS - 1, "L1 L2 A1 A7");
}

static void but_not_forever(struct kunit *test)
{
	u64 at = put(test->priv, "L1 L2 A7");

	EXPECT_SAID(test, at + REQUEST_NS, "L1 L2 A7");
	put(test->priv, "A1");
	EXPECT_SAID(test, ALL, "A1");
}

/* So many interrupts are none. */
static void nor_for_more_than_can_be_between(struct kunit *test)
{
	struct world *w = test->priv;
	u64 at = put(w, "L1");
	int i;

	for (i = 0; i < 511; i++)
		put_one(w, SBD_EVENT_VMSTAT, i, 0);
	EXPECT_SAID(test, at + 1, "");
	put_one(w, SBD_EVENT_VMSTAT, i, 0);
	EXPECT_SAID(test, at + 1, "L1");
}

static void the_next_one_has_its_own(struct kunit *test)
{
	u64 at = put(test->priv, "L1 A1 L2 A2");

	EXPECT_SAID(test, at + 1, "L1 A1");
	EXPECT_SAID(test, at + 3, "L2 A2");
}

static void bulk_calls_come_as_one(struct kunit *test)
{
	u64 at = put(test->priv, "L1 L2 K1/2 K2/1 K3/0 A5 K6/0");

	EXPECT_SAID(test, at + 1, "L1 L2 K1/2 K2/1 K3/0");
	EXPECT_SAID(test, ALL, "A5 K6/0");
}

static void bulk_calls_are_waited_for(struct kunit *test)
{
	u64 at = put(test->priv, "L1 K1/1");

	EXPECT_SAID(test, at + REQUEST_NS - 1, "");
	put(test->priv, "K2/0");
	EXPECT_SAID(test, at + 1, "L1 K1/1 K2/0");
}

/* ---- frees ------------ */

static void pages_of_a_batch_are_marked(struct kunit *test)
{
	put(test->priv, "F1 F2 F3 F4 B3 B4 F5 A6");
	EXPECT_SAID(test, ALL, "F1 F2 F3+ F4+ B3 B4 F5 A6");
}

static void a_batch_may_be_the_first(struct kunit *test)
{
	put(test->priv, "F1 F2 B1 D9 B2 F3 F4 B4 v0");
	EXPECT_SAID(test, ALL, "F1+ F2+ B1 D9 B2 F3 F4+ B4 v0");
}

/* BATCHED of what was freed before anybody listened tells nothing of these. */
static void a_batch_of_others_marks_nothing(struct kunit *test)
{
	put(test->priv, "F1 F2 B7 A3");
	EXPECT_SAID(test, ALL, "F1 F2 B7 A3");
}

static void frees_wait_for_their_batch(struct kunit *test)
{
	u64 at = put(test->priv, "F1 F2");

	EXPECT_SAID(test, at + BATCH_NS - 1, "");
	put(test->priv, "B2");
	EXPECT_SAID(test, at + BATCH_NS - 1, "F1 F2+ B2");
}

static void frees_do_not_wait_forever(struct kunit *test)
{
	u64 at = put(test->priv, "F1 F2");

	EXPECT_SAID(test, at + BATCH_NS, "F1 F2");
}

static void frees_do_not_wait_once_something_else_came(struct kunit *test)
{
	u64 at = put(test->priv, "F1 F2 A3");

	EXPECT_SAID(test, at + 3, "F1 F2 A3");
}

static void no_batch_is_larger(struct kunit *test)
{
	struct world *w = test->priv;
	u64 at = w->now + 1;
	int i;

	for (i = 0; i < 63; i++)
		put_one(w, SBD_EVENT_FREE, i, 0);
	EXPECT_SAID(test, at + 66, "");
	put_one(w, SBD_EVENT_FREE, i++, 0);
	put_one(w, SBD_EVENT_FREE, i, 0);
	KUNIT_EXPECT_NULL(test, strchr(said(test, at + 66), '+'));
	KUNIT_EXPECT_EQ(test, ring(w)->tail, 64);
}

/* The lists overflow: the zone's lock is taken when pages are drained. */
static void a_free_that_drains_is_when_it_drains(struct kunit *test)
{
	u64 at = put(test->priv, "F1 D5 D6");

	EXPECT_SAID(test, at + 1, "");
	EXPECT_SAID(test, at + 2, "F1 D5");
	EXPECT_SAID(test, at + 3, "D6");
}

static void so_is_whatever_else_drains(struct kunit *test)
{
	u64 at = put(test->priv, "F1 B1 D5");

	EXPECT_SAID(test, at + 2, "F1+");
	EXPECT_SAID(test, at + 3, "B1 D5");
	at = put(test->priv, "d0 D5 v0 D6");
	EXPECT_SAID(test, at + 1, "");
	EXPECT_SAID(test, at + 2, "d0 D5");
	EXPECT_SAID(test, at + 3, "v0");
	EXPECT_SAID(test, at + 4, "D6");
}

static struct kunit_case cases[] = {
	KUNIT_CASE(order_is_kept),
	KUNIT_CASE(all_of_a_record_arrives),
	KUNIT_CASE(what_is_newer_stays),
	KUNIT_CASE(what_is_not_complete_is_waited_for),
	KUNIT_CASE(what_was_read_is_gone),
	KUNIT_CASE(a_full_ring_drops_and_counts),
	KUNIT_CASE(a_place_that_was_read_is_free),
	KUNIT_CASE(it_may_go_round_often),
	KUNIT_CASE(what_belongs_together_may_lie_across_the_end),
	KUNIT_CASE(sizes_are_rounded_up_within_limits),
	KUNIT_CASE(none_are_destroyed_as_well),
	KUNIT_CASE(a_zone_has_its_own_numbers),
	KUNIT_CASE(a_request_comes_as_one),
	KUNIT_CASE(so_does_one_that_fell_back),
	KUNIT_CASE(interrupts_come_after_it),
	KUNIT_CASE(it_is_of_the_first_frame),
	KUNIT_CASE(what_is_not_told_yet_waits),
	KUNIT_CASE(but_not_forever),
	KUNIT_CASE(nor_for_more_than_can_be_between),
	KUNIT_CASE(the_next_one_has_its_own),
	KUNIT_CASE(bulk_calls_come_as_one),
	KUNIT_CASE(bulk_calls_are_waited_for),
	KUNIT_CASE(pages_of_a_batch_are_marked),
	KUNIT_CASE(a_batch_may_be_the_first),
	KUNIT_CASE(a_batch_of_others_marks_nothing),
	KUNIT_CASE(frees_wait_for_their_batch),
	KUNIT_CASE(frees_do_not_wait_forever),
	KUNIT_CASE(frees_do_not_wait_once_something_else_came),
	KUNIT_CASE(no_batch_is_larger),
	KUNIT_CASE(a_free_that_drains_is_when_it_drains),
	KUNIT_CASE(so_is_whatever_else_drains),
	{ }
};

static struct kunit_suite suite = {
	.name = "shadowbuddy_ring",
	.init = begin,
	.exit = end,
	.test_cases = cases,
};

kunit_test_suite(suite);
