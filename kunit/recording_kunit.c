// SPDX-License-Identifier: GPL-2.0
/*
 * A stream recorded on a real machine, served here: the answer has to be the one
 * that the mirror gave when it ran live, on another kernel with another geometry.
 * Then: what is no sound recording is refused, whatever is wrong with it.
 *
 * stream.bin and stream.answers are unpacked by scripts/kunit from
 * tools/golden/stream; scripts/record-stream --golden makes those.
 *
 *	+------+-------+----------+---------+----
 *	| head | about | snapshot | record  | record ...
 *	+------+-------+----------+---------+----
 *	0      64                 head.body
 */
#include <kunit/test.h>
#include <linux/math64.h>
#include <linux/prandom.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "helpers.h"
#include "recording.h"
#include "recording_kunit.h"
#include "snapfile.h"

#define FILES						\
	".pushsection .rodata\n"				\
	".balign 8\n"					\
	"golden: .incbin \"stream.bin\"\n"		\
	"golden_end: .byte 0\n"				\
	"live: .incbin \"stream.answers\"\n"		\
	".byte 0\n"					\
	".popsection\n"

asm(FILES);

#define HEAD	sizeof(struct sbd_recording_head)
#define RECORD	sizeof(struct sbd_record)
#define FEW	3000	/* records, where many recordings are served */

/**
 * struct tape - a recording that may be changed
 * @buf: it
 * @len: of @buf
 */
struct tape {
	u8 *buf;
	size_t len;
};

static size_t golden_len(void)
{
	return golden_end - golden;
}

static size_t golden_body(void)
{
	return le64_to_cpu(((const struct sbd_recording_head *)golden)->body);
}

static struct sbd_recording_head *head(const struct tape *t)
{
	return (struct sbd_recording_head *)t->buf;
}

/* The beginning of the golden recording, with so many records. */
static struct tape tape(struct kunit *test, size_t records)
{
	struct tape t = { .len = golden_body() + records * RECORD };

	KUNIT_ASSERT_LE(test, t.len, golden_len());
	t.buf = kunit_kmalloc(test, t.len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t.buf);
	memcpy(t.buf, golden, t.len);
	sbd_recording_seal(t.buf, t.len);
	return t;
}

/* Opened; to be closed by who asks. */
static struct sbd_recorded *opened(struct kunit *test, const void *buf, size_t len)
{
	struct sbd_recorded *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	struct sbd_error err = { };

	KUNIT_ASSERT_NOT_NULL(test, r);
	KUNIT_ASSERT_EQ_MSG(test, sbd_recorded_open(r, buf, len, &err), 0, "%s", err.why);
	return r;
}

/* ---- the answer ------------------------------------------------------------------- */

static void replay(struct kunit *test, const struct sbd_whatif *w, int nr,
		   struct sbd_text *out, struct sbd_replayed *took)
{
	struct sbd_error err = { };
	int e = sbd_recording_replay(golden, golden_len(), w, nr, out, took, &err);

	KUNIT_ASSERT_EQ_MSG(test, e, 0, "%s: %s", err.word, err.why);
	KUNIT_ASSERT_NOT_NULL(test, out->buf);
}

/* Each line of what was said live is said here of the baseline. */
static void the_answer_is_that_of_the_live_run(struct kunit *test)
{
	struct sbd_replayed took;
	struct sbd_text out = { };
	const char *own, *line;
	char want[64];
	int lines = 0;

	replay(test, NULL, 0, &out, &took);
	own = strstr(out.buf, "\ninstance: baseline\n");
	KUNIT_ASSERT_NOT_NULL(test, own);
	for (line = live; *line; line += strcspn(line, "\n") + 1) {
		snprintf(want, sizeof(want), "\n%.*s\n", (int)strcspn(line, "\n"), line);
		KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(own, want), "live:%sreplayed:\n%s",
					  want, own);
		lines++;
	}
	KUNIT_EXPECT_GE(test, lines, 15);
	KUNIT_EXPECT_GT(test, took.records, 50000);
	sbd_text_free(&out);
}

static void the_answer_is_the_same_again(struct kunit *test)
{
	const struct sbd_whatif w = { .name = "same" };
	struct sbd_text a = { }, b = { };
	struct sbd_replayed took;

	replay(test, &w, 1, &a, &took);
	replay(test, &w, 1, &b, &took);
	KUNIT_EXPECT_STREQ(test, a.buf, b.buf);
	sbd_text_free(&a);
	sbd_text_free(&b);
}

/* A stream that the golden recording has been served to. */
static struct sbd_stream *serve(struct kunit *test, const struct sbd_whatif *w, int nr)
{
	struct sbd_stream *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	struct sbd_recorded *r = opened(test, golden, golden_len());

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->tun = r->tun;
	s->hooks = r->hooks;
	KUNIT_ASSERT_EQ(test, sbd_profile_parse(r->profile, &s->prof), 0);
	KUNIT_ASSERT_EQ(test, sbd_stream_create(s, &r->snap, w, nr), 0);
	sbd_stream_load(s, &r->snap);
	KUNIT_ASSERT_EQ(test, sbd_recorded_serve(r, s), 0);
	sbd_recorded_close(r);
	return s;
}

static void whatif(struct kunit *test, struct sbd_whatif *w, const char *words)
{
	struct sbd_error err = { };
	char args[64];

	strscpy(args, words, sizeof(args));
	KUNIT_ASSERT_EQ_MSG(test, sbd_whatif_parse(w, args, &err), 0, "%s", err.why);
}

static u64 locks(const struct sbd_stream *s, int i)
{
	struct sbd_zone *z;
	u64 sum = 0;
	int k;

	sbd_for_each_zone(s->inst[i].m.sys, k, z)
		sum += z->lock_stat.taken;
	return sum;
}

/* All get the same requests; only what is set otherwise answers otherwise. */
static void what_if_answers_otherwise(struct kunit *test)
{
	const struct sbd_mirror_count *n;
	struct sbd_stream *alone, *s;
	struct sbd_whatif w[3];
	int i;

	whatif(test, &w[0], "same");
	whatif(test, &w[1], "short percpu_pagelist_high_fraction=1000");
	whatif(test, &w[2], "older profile=6.1");
	alone = serve(test, NULL, 0);
	s = serve(test, w, 3);
	n = &s->inst[0].m.now;
	KUNIT_EXPECT_EQ(test, memcmp(n, &alone->inst[0].m.now, sizeof(*n)), 0);
	KUNIT_EXPECT_EQ(test, memcmp(n, &s->inst[1].m.now, sizeof(*n)), 0);
	KUNIT_EXPECT_EQ(test, locks(s, 0), locks(s, 1));
	for (i = 2; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, s->inst[i].m.now.requests, n->requests);
		KUNIT_EXPECT_LT(test, s->inst[i].m.now.exact, n->exact);
		KUNIT_EXPECT_NE(test, locks(s, i), locks(s, 0));
	}
	sbd_stream_destroy(alone);
	sbd_stream_destroy(s);
}

static void a_signal_ends_it(struct kunit *test)
{
	struct sbd_replayed took;
	struct sbd_error err = { };
	struct sbd_text out = { };

	allow_signal(SIGTERM);
	send_sig(SIGTERM, current, 1);
	KUNIT_EXPECT_EQ(test, sbd_recording_replay(golden, golden_len(), NULL, 0, &out,
						   &took, &err), -EINTR);
	flush_signals(current);
	disallow_signal(SIGTERM);
	KUNIT_EXPECT_EQ(test, out.len, 0);
}

/* ---- writing is the inverse of reading ------------------------------------------- */

static void retell(struct sbd_recording *to, const struct sbd_recorded *r)
{
	const struct sbd_record *rec = (const struct sbd_record *)r->records, *end = rec + r->nr;
	unsigned long nr_free[SBD_NR_ORDERS];
	struct sbd_event e;

	for (; rec < end; rec++) {
		e = (struct sbd_event) {
			.time = le64_to_cpu(rec->time),
			.pfn = le32_to_cpu(rec->pfn),
			.gfp = le32_to_cpu(rec->gfp),
			.seq = le32_to_cpu(rec->seq),
			.kind = rec->kind,
			.order = rec->order,
			.type = rec->type,
			.more = rec->more,
		};
		if (rec->kind != SBD_RECORD_SAMPLE) {
			sbd_recording_add(to, le16_to_cpu(rec->cpu), &e);
			continue;
		}
		nr_free[rec->order] = e.pfn;
		if (rec->order == SBD_MAX_ORDER)
			sbd_recording_sample(to, e.time, nr_free);
	}
}

/* As one who follows @r's host would: from its snapshot, with its settings. */
static void begin(struct kunit *test, struct sbd_recording *to, struct sbd_recorded *r,
		  struct sbd_stream *s, unsigned int mb)
{
	struct sbd_error err = { };

	s->tun = r->tun;
	s->hooks = r->hooks;
	KUNIT_ASSERT_EQ(test, sbd_profile_parse(r->profile, &s->prof), 0);
	KUNIT_ASSERT_EQ(test, sbd_recording_create(to, mb, &err), 0);
	KUNIT_ASSERT_EQ_MSG(test, sbd_recording_start(to, s, &r->snap, &err), 0, "%s",
			    err.why);
}

static struct sbd_stream *no_stream(struct kunit *test)
{
	struct sbd_stream *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	return s;
}

static void what_is_read_is_written_again(struct kunit *test)
{
	struct sbd_recorded *r = opened(test, golden, golden_len());
	const size_t from = HEAD + sizeof(r->release);
	struct sbd_recording to;

	begin(test, &to, r, no_stream(test), 8);
	retell(&to, r);
	sbd_recording_end(&to, r->lost);
	KUNIT_EXPECT_EQ(test, to.nr, r->nr);
	KUNIT_ASSERT_EQ(test, to.len, golden_len());
	KUNIT_EXPECT_EQ(test, memcmp(to.buf + from, golden + from, to.len - from), 0);
	sbd_recording_free(&to);
	sbd_recorded_close(r);
}

static void it_stops_when_it_is_full(struct kunit *test)
{
	struct sbd_recorded *r = opened(test, golden, golden_len()), *cut;
	struct sbd_text t = { };
	struct sbd_recording to;

	begin(test, &to, r, no_stream(test), 1);
	retell(&to, r);
	sbd_recording_end(&to, 0);
	KUNIT_EXPECT_LE(test, to.len, 1 << 20);
	KUNIT_EXPECT_GT(test, to.len, (1 << 20) - SBD_NR_ORDERS * RECORD);
	KUNIT_EXPECT_EQ(test, to.nr + to.left, r->nr);
	sbd_recording_show(&to, &t);
	KUNIT_EXPECT_NOT_NULL(test, strstr(t.buf, "recording_full: yes\n"));
	cut = opened(test, to.buf, to.len);
	KUNIT_EXPECT_EQ(test, cut->nr, to.nr);
	KUNIT_EXPECT_EQ(test, cut->left, to.left);
	sbd_recorded_close(cut);
	sbd_text_free(&t);
	sbd_recording_free(&to);
	sbd_recorded_close(r);
}

static void too_little_room_is_refused(struct kunit *test)
{
	struct sbd_recorded *r = opened(test, golden, golden_len());
	struct sbd_stream *s = no_stream(test);
	struct sbd_error err = { };
	struct sbd_recording to;

	s->tun = r->tun;
	KUNIT_ASSERT_EQ(test, sbd_recording_create(&to, 1, &err), 0);
	for (to.size = HEAD; to.size < golden_body(); to.size += 1001)
		KUNIT_ASSERT_EQ(test, sbd_recording_start(&to, s, &r->snap, &err), -ENOSPC);
	KUNIT_EXPECT_STREQ(test, err.word, "record_mb");
	sbd_recording_free(&to);
	sbd_recorded_close(r);
}

/* The kernel that runs the suites: its snapshot makes the same clone by way of bytes. */
static void this_kernel_can_be_recorded(struct kunit *test)
{
	struct sbd_recorded *own = kunit_kzalloc(test, sizeof(*own), GFP_KERNEL), *r;
	struct sbd_stream *s = no_stream(test);
	struct sbd_recording to;
	struct sbd_system *sys;
	struct sbd_diff d;

	KUNIT_ASSERT_NOT_NULL(test, own);
	strscpy(own->profile, "6.12", sizeof(own->profile));
	sbd_tunables_default(&own->tun);
	KUNIT_ASSERT_EQ(test, sbd_snap_create(&own->snap), 0);
	KUNIT_ASSERT_EQ(test, sbd_snap_now(&own->snap, NSEC_PER_SEC), 0);
	KUNIT_ASSERT_EQ(test, sbd_snap_movable(&own->snap), 0);
	begin(test, &to, own, s, 16);
	sbd_recording_end(&to, 0);
	r = opened(test, to.buf, to.len);
	KUNIT_ASSERT_EQ(test, sbd_clone_create(&r->snap, &s->prof, 7, &sys), 0);
	sbd_clone_load(sys, &r->snap);
	KUNIT_EXPECT_FALSE_MSG(test, sbd_clone_differs(sys, &own->snap, &d), "%s", d.what);
	KUNIT_EXPECT_GT(test, own->snap.len, 10);
	sbd_system_destroy(sys);
	sbd_recorded_close(r);
	sbd_recording_free(&to);
	sbd_snap_destroy(&own->snap);
}

/* ---- what is no recording ---------------------------------------------------------- */

/* Refused, with a reason. */
static void refused(struct kunit *test, const struct tape *t, const char *why)
{
	struct sbd_error err = { };
	struct sbd_recorded r;
	int e = sbd_recorded_open(&r, t->buf, t->len, &err);

	KUNIT_EXPECT_LT_MSG(test, e, 0, "taken, though: %s", why);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(err.why, why), "\"%s\", not \"%s\"",
				  err.why, why);
	if (!e)
		sbd_recorded_close(&r);
}

static void the_head_is_checked(struct kunit *test)
{
	struct tape t = tape(test, 10);

	t.buf[2] ^= 1;
	refused(test, &t, "not a recording");
	t.buf[2] ^= 1;
	head(&t)->version = cpu_to_le32(2);
	refused(test, &t, "format 2");
	head(&t)->version = cpu_to_le32(1);
	head(&t)->bytes = cpu_to_le64(~0ULL);
	refused(test, &t, "cannot be");
	sbd_recording_seal(t.buf, t.len);
	t.len--;
	refused(test, &t, "bytes of");
	t.len = HEAD - 1;
	refused(test, &t, "too short");
	t.len = 0;
	refused(test, &t, "too short");
}

/* @body and @records are what a file that is sealed again may still lie about. */
static void the_lengths_are_checked(struct kunit *test)
{
	static const s64 wrong[] = { 1, -1, 28, -28, S64_MAX / 2, S64_MIN };
	struct tape t = tape(test, 10);
	u64 body = le64_to_cpu(head(&t)->body);
	struct sbd_recorded r;
	struct sbd_error err;
	int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		head(&t)->body = cpu_to_le64(body + wrong[i]);
		sbd_recording_seal(t.buf, t.len);
		KUNIT_EXPECT_LT_MSG(test, sbd_recorded_open(&r, t.buf, t.len, &err), 0,
				    "body %lld further", wrong[i]);
	}
}

static void any_cut_is_refused(struct kunit *test)
{
	struct tape t = tape(test, 0);
	const size_t len = t.len;
	struct sbd_recorded r;
	struct sbd_error err;
	int taken = 0;

	/* all of the fields, then enough of the long arrays to end within each */
	for (t.len = HEAD; t.len < len; t.len += t.len < 4096 ? 1 : 61) {
		head(&t)->body = cpu_to_le64(t.len);
		sbd_recording_seal(t.buf, t.len);
		if (!sbd_recorded_open(&r, t.buf, t.len, &err)) {
			sbd_recorded_close(&r);
			taken++;
		}
		KUNIT_ASSERT_NE(test, err.why[0], 0);
	}
	KUNIT_EXPECT_EQ(test, taken, 0);
}

static void damage_is_seen(struct kunit *test)
{
	struct tape t = tape(test, 100);
	struct sbd_recorded r;
	struct sbd_error err;
	struct rnd_state rnd;
	int i, taken = 0;
	size_t bit;

	prandom_seed_state(&rnd, sbd_test_seed(test));
	for (i = 0; i < 500; i++) {
		bit = prandom_u32_state(&rnd) % (t.len * 8);
		t.buf[bit / 8] ^= 1 << bit % 8;
		if (!sbd_recorded_open(&r, t.buf, t.len, &err)) {
			sbd_recorded_close(&r);
			taken++;
		}
		t.buf[bit / 8] ^= 1 << bit % 8;
	}
	KUNIT_EXPECT_EQ(test, taken, 0);
}

/* Open it; serve it if it opens.  Return: whether it did. */
static bool try(struct kunit *test, const struct tape *t)
{
	struct sbd_replayed took;
	struct sbd_error err = { };
	struct sbd_text out = { };
	int e;

	e = sbd_recording_replay(t->buf, t->len, NULL, 0, &out, &took, &err);
	KUNIT_EXPECT_EQ(test, !!e, !!err.why[0]);
	sbd_text_free(&out);
	return !e;
}

/*
 * Bits turned over by one who knows how to seal it again: refused, or served as well
 * as may be; never out of bounds, and nothing stays allocated.
 */
static void sealed_damage_does_no_harm(struct kunit *test)
{
	struct tape t = tape(test, FEW), was = tape(test, FEW);
	unsigned long pages = vmalloc_nr_pages();
	int i, k, taken = 0;
	struct rnd_state rnd;
	size_t bit, from, to;

	prandom_seed_state(&rnd, sbd_test_seed(test));
	for (i = 0; i < 200; i++) {
		from = i % 2 ? HEAD : golden_body();
		to = i % 2 ? HEAD + (golden_body() - HEAD) / (1 + i % 16) : t.len;
		for (k = 0; k < 1 + i % 8; k++) {
			bit = from * 8 + prandom_u32_state(&rnd) % ((to - from) * 8);
			t.buf[bit / 8] ^= 1 << bit % 8;
		}
		sbd_recording_seal(t.buf, t.len);
		taken += try(test, &t);
		memcpy(t.buf, was.buf, t.len);
	}
	kunit_info(test, "%d of %d served\n", taken, i);
	KUNIT_EXPECT_GT(test, taken, 10);
	KUNIT_EXPECT_LT(test, taken, 190);
	KUNIT_EXPECT_EQ(test, vmalloc_nr_pages(), pages);
}

/* ---- what makes no sense, though it is well formed --------------------------------- */

/**
 * struct spot - somewhere in a snapshot
 * @z:	   a zone
 * @list:  one of its free lists, with two blocks or more
 * @order: of these, above 0
 * @lower: another of its free lists, of a lower order, not empty
 */
struct spot {
	struct sbd_snap_zone *z;
	struct sbd_snap_list *list;
	int order;
	struct sbd_snap_list *lower;
};

static bool find_lists(struct spot *spot)
{
	struct sbd_snap_list *l;
	int o, mt;

	spot->lower = NULL;
	for (o = 0; o < SBD_NR_ORDERS; o++) {
		for (mt = 0; mt < SBD_NR_TYPES; mt++) {
			l = &spot->z->list[o][mt];
			spot->list = l;
			spot->order = o;
			if (spot->lower && l->nr > 1)
				return true;
			if (!spot->lower && !o && l->nr)
				spot->lower = l;
		}
	}
	return false;
}

static struct spot find_spot(struct sbd_snap *s)
{
	struct spot spot = { .z = s->zones + s->nr_zones };

	while (spot.z-- > s->zones)
		if (find_lists(&spot) && spot.order)
			return spot;
	return (struct spot) { };
}

static u32 *blocks(struct sbd_snap *s)
{
	return s->entries + find_spot(s).list->first;
}

static void a_block_twice(struct sbd_snap *s)
{
	blocks(s)[1] = blocks(s)[0];
}

static void a_block_in_another(struct sbd_snap *s)
{
	s->entries[find_spot(s).lower->first] = blocks(s)[0] + 1;
}

static void a_block_askew(struct sbd_snap *s)
{
	blocks(s)[0] += 1;
}

static void a_block_outside(struct sbd_snap *s)
{
	blocks(s)[0] = SBD_SNAP_OFFSET & ~((1U << SBD_MAX_ORDER) - 1);
}

static void a_block_with_a_type(struct sbd_snap *s)
{
	blocks(s)[0] |= 1U << SBD_SNAP_OFFSET_BITS;
}

static void a_count_too_high(struct sbd_snap *s)
{
	find_spot(s).z->nr_free[3]++;
}

static void a_cell_of_nobody(struct sbd_snap *s)
{
	unsigned long pfn = find_spot(s).z->start_pfn + blocks(s)[0];

	s->topo.cell[(pfn >> SBD_MAX_ORDER) - s->topo.first_cell] = SBD_NO_ZONE;
}

static void a_cell_of_no_zone(struct sbd_snap *s)
{
	s->topo.cell[0] = s->nr_zones;
}

static void cells_elsewhere(struct sbd_snap *s)
{
	s->topo.first_cell++;
}

static void a_pageblock_of_no_type(struct sbd_snap *s)
{
	find_spot(s).z->blocks[0] = SBD_NR_TYPES;
}

static void a_cpu_count_too_high(struct sbd_snap *s)
{
	find_spot(s).z->cpus[0].s.count++;
}

static void a_batch_of_nothing(struct sbd_snap *s)
{
	find_spot(s).z->cpus[0].s.batch = 0;
}

static void limits_upside_down(struct sbd_snap *s)
{
	struct sbd_live_pcp *p = &find_spot(s).z->cpus[0].s;

	p->high_min = p->high_max + 1;
}

static void a_zonelist_with_a_stranger(struct sbd_snap *s)
{
	s->topo.node[0].zone[0] = s->nr_zones;
}

static void a_zonelist_that_repeats(struct sbd_snap *s)
{
	s->topo.node[0].zone[1] = s->topo.node[0].zone[0];
}

static void a_cpu_of_no_node(struct sbd_snap *s)
{
	s->topo.cpu_node[0] = SBD_MAX_NODES - 1;
}

static void a_zone_twice(struct sbd_snap *s)
{
	s->zones[1].type = s->zones[0].type;
}

static void pageblocks_too_large(struct sbd_snap *s)
{
	s->topo.geo.block_order = SBD_MAX_ORDER + 1;
}

static const struct oddity {
	void (*make)(struct sbd_snap *s);
	const char *why;
} oddities[] = {
	{ a_block_twice, "a free list" },
	{ a_block_in_another, "a free list" },
	{ a_block_askew, "a free list" },
	{ a_block_outside, "a free list" },
	{ a_block_with_a_type, "a free list" },
	{ a_count_too_high, "a free list" },
	{ a_cell_of_nobody, "a free list" },
	{ a_cell_of_no_zone, "whose frames" },
	{ cells_elsewhere, "whose frames" },
	{ a_pageblock_of_no_type, "a pageblock's type" },
	{ a_cpu_count_too_high, "a per-CPU list" },
	{ a_batch_of_nothing, "a per-CPU list's batch" },
	{ limits_upside_down, "a per-CPU list's limits" },
	{ a_zonelist_with_a_stranger, "a node's zonelist" },
	{ a_zonelist_that_repeats, "a node's zonelist" },
	{ a_cpu_of_no_node, "a node's zonelist" },
	{ a_zone_twice, "order of the zones" },
	{ pageblocks_too_large, "pageblock order" },
};

/*
 * Written over what the tape has there: none of it is longer for being odd.  Some of
 * it is seen when it is written already.
 */
static void rewrite(struct kunit *test, struct tape *t, struct sbd_snap *s,
		    const struct oddity *odd)
{
	struct sbd_wire w = { .buf = t->buf, .len = t->len };
	struct sbd_tunables tun;
	u32 hooks = 0;

	w.at = HEAD + sizeof_field(struct sbd_recorded, release) +
	       sizeof_field(struct sbd_recorded, profile) + sizeof(hooks);
	w.reading = true;
	sbd_snapfile_tunables(&w, &tun);
	w.reading = false;
	odd->make(s);
	sbd_snapfile(&w, s);
	if (w.wrong) {
		KUNIT_EXPECT_STREQ(test, w.wrong, odd->why);
		return;
	}
	KUNIT_ASSERT_EQ(test, w.at, golden_body());
	sbd_recording_seal(t->buf, t->len);
	refused(test, t, odd->why);
}

static void what_makes_no_sense_is_refused(struct kunit *test)
{
	struct tape t = tape(test, 0);
	struct sbd_recorded *r;
	int i;

	for (i = 0; i < ARRAY_SIZE(oddities); i++) {
		r = opened(test, golden, golden_len());
		KUNIT_ASSERT_NOT_NULL(test, find_spot(&r->snap).z);
		rewrite(test, &t, &r->snap, &oddities[i]);
		sbd_recorded_close(r);
	}
}

static void records_are_checked(struct kunit *test)
{
	struct tape t = tape(test, 10);
	struct sbd_record *rec = (struct sbd_record *)(t.buf + golden_body()) + 7, was = *rec;

	rec->kind = SBD_NR_EVENT_KINDS;
	sbd_recording_seal(t.buf, t.len);
	refused(test, &t, "record 7");
	*rec = was;
	rec->order = SBD_MAX_ORDER + 1;
	sbd_recording_seal(t.buf, t.len);
	refused(test, &t, "record 7");
	*rec = was;
	rec->cpu = cpu_to_le16(64);
	sbd_recording_seal(t.buf, t.len);
	refused(test, &t, "record 7");
}

/* ---- in pieces ------------------------------------------------------------------------ */

static void it_may_come_in_pieces(struct kunit *test)
{
	struct tape t = tape(test, FEW);
	struct sbd_error err = { };
	struct sbd_upload u = { };
	struct rnd_state rnd;
	size_t at, n;

	prandom_seed_state(&rnd, sbd_test_seed(test));
	for (at = 0; at < t.len; at += n) {
		n = at < 100 ? 1 : 1 + prandom_u32_state(&rnd) % 5000;
		n = min(n, t.len - at);
		KUNIT_ASSERT_EQ(test, sbd_upload_add(&u, t.buf + at, n, &err), 0);
		KUNIT_ASSERT_EQ(test, u.len, at + n);
	}
	KUNIT_EXPECT_EQ(test, u.size, t.len);
	KUNIT_EXPECT_EQ(test, memcmp(u.buf, t.buf, t.len), 0);
	KUNIT_EXPECT_EQ(test, sbd_upload_add(&u, t.buf, 1, &err), -EINVAL);
	KUNIT_EXPECT_STREQ(test, err.why, "longer than it says itself");
	sbd_upload_free(&u);
}

static void what_cannot_become_one_is_refused_early(struct kunit *test)
{
	struct tape t = tape(test, 10);
	struct sbd_error err = { };
	struct sbd_upload u = { };

	t.buf[0] = 'x';
	KUNIT_EXPECT_EQ(test, sbd_upload_add(&u, t.buf, HEAD - 1, &err), 0);
	KUNIT_EXPECT_EQ(test, sbd_upload_add(&u, t.buf + HEAD - 1, 1, &err), -EINVAL);
	KUNIT_EXPECT_STREQ(test, err.why, "not a recording");
	KUNIT_EXPECT_NULL(test, u.buf);
	sbd_upload_free(&u);
}

/* ---- how fast --------------------------------------------------------------------------- */

/* For the log; time is no test. */
static void bench_replay(struct kunit *test)
{
	struct sbd_replayed took, best = { .ns = U64_MAX };
	struct sbd_text out = { };
	int i;

	for (i = 0; i < 5; i++) {
		replay(test, NULL, 0, &out, &took);
		if (took.ns < best.ns)
			best = took;
	}
	kunit_info(test, "%llu records, one instance: %llu events a second\n",
		   best.records, div64_u64(best.records * NSEC_PER_SEC, best.ns));
	sbd_text_free(&out);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(the_answer_is_that_of_the_live_run),
	KUNIT_CASE(the_answer_is_the_same_again),
	KUNIT_CASE(what_if_answers_otherwise),
	KUNIT_CASE(a_signal_ends_it),
	KUNIT_CASE(what_is_read_is_written_again),
	KUNIT_CASE(it_stops_when_it_is_full),
	KUNIT_CASE(too_little_room_is_refused),
	KUNIT_CASE(this_kernel_can_be_recorded),
	KUNIT_CASE(the_head_is_checked),
	KUNIT_CASE(the_lengths_are_checked),
	KUNIT_CASE(any_cut_is_refused),
	KUNIT_CASE(damage_is_seen),
	KUNIT_CASE(sealed_damage_does_no_harm),
	KUNIT_CASE(what_makes_no_sense_is_refused),
	KUNIT_CASE(records_are_checked),
	KUNIT_CASE(it_may_come_in_pieces),
	KUNIT_CASE(what_cannot_become_one_is_refused_early),
	KUNIT_CASE(bench_replay),
	{ }
};

static struct kunit_suite suite = {
	.name = "shadowbuddy_recording",
	.test_cases = cases,
};

kunit_test_suite(suite);
