// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of cli/pairs.c; scripts/test-report compiles and runs them. Each prints "ok" or
 * "not ok" and its name.
 */
#include <stdlib.h>
#include <string.h>

#include "../cli/pairs.h"
#include "../cli/sb.h"

#define LOG	8192
#define FRAMES	4096

static __u32 log_ids[LOG];	/* what was freed, in order */
static int nr_log;
static int failed;
static struct pairs p;

void *sb_alloc(size_t size)
{
	void *mem = calloc(1, size);

	if (!mem)
		exit(3);
	return mem;
}

static void note(void *ctx, __u32 id)
{
	(void)ctx;
	if (nr_log < LOG)
		log_ids[nr_log++] = id;
}

#define expect(what) do {							\
	if (!(what)) {								\
		printf("# line %d: %s\n", __LINE__, #what);			\
		good = false;							\
	}									\
} while (0)

static bool a_block_is_freed_as_it_was_allocated(void)
{
	bool good = true;
	__u32 id = pairs_alloc(&p, 64, 3, true);

	pairs_free(&p, 64, 3);
	expect(nr_log == 1 && log_ids[0] == id);
	expect(!p.used && !p.unmatched && !p.pieces && !p.again);
	return good;
}

static bool an_unknown_free_is_counted(void)
{
	bool good = true;

	pairs_alloc(&p, 64, 3, true);
	pairs_free(&p, 63, 0);
	pairs_free(&p, 72, 3);
	expect(!nr_log && p.unmatched == 2);
	return good;
}

static bool a_split_block_goes_with_its_last_piece(void)
{
	bool good = true;
	__u32 id = pairs_alloc(&p, 64, 2, true);

	pairs_free(&p, 66, 1);
	pairs_free(&p, 64, 0);
	expect(!nr_log);
	pairs_free(&p, 65, 0);
	expect(nr_log == 1 && log_ids[0] == id && p.pieces == 1 && !p.used);
	return good;
}

static bool a_piece_may_be_allocated_anew_meanwhile(void)
{
	bool good = true;
	__u32 whole = pairs_alloc(&p, 64, 2, true), piece;

	pairs_free(&p, 64, 0);
	piece = pairs_alloc(&p, 64, 0, true);
	expect(!nr_log && piece != whole);
	pairs_free(&p, 65, 0);
	pairs_free(&p, 66, 1);
	expect(nr_log == 1 && log_ids[0] == whole);
	pairs_free(&p, 64, 0);
	expect(nr_log == 2 && log_ids[1] == piece && !p.again && !p.unmatched);
	return good;
}

static bool blocks_may_come_back_as_one(void)
{
	bool good = true;

	pairs_alloc(&p, 64, 0, true);
	pairs_alloc(&p, 66, 1, true);
	pairs_free(&p, 64, 2);
	expect(nr_log == 2 && !p.used && !p.unmatched);
	return good;
}

static bool memory_handed_out_again_was_freed(void)
{
	bool good = true;
	__u32 a = pairs_alloc(&p, 64, 0, true), b = pairs_alloc(&p, 128, 3, true);

	pairs_alloc(&p, 64, 2, true);	/* around a */
	pairs_alloc(&p, 130, 0, true);	/* inside b */
	pairs_alloc(&p, 130, 0, true);	/* the same */
	expect(nr_log == 3 && log_ids[0] == a && log_ids[1] == b && p.again == 3);
	return good;
}

static bool what_is_not_wanted_has_no_id(void)
{
	bool good = true;

	expect(!pairs_alloc(&p, 64, 0, false));
	pairs_free(&p, 64, 0);
	expect(!nr_log && !p.unmatched && !p.used);
	expect(pairs_alloc(&p, 64, 0, true) == 1);
	return good;
}

/* By chance, against a plain array: by head frame, what is allocated there. */
static bool many_blocks_are_told_apart(void)
{
	static struct { __u32 id; int order; } held[FRAMES];
	static bool taken[FRAMES];
	unsigned int i, at, order, k, want = 0;
	bool good = true, free_there;

	srand(5);
	memset(held, 0, sizeof(held));
	memset(taken, 0, sizeof(taken));
	for (i = 0; i < 200000 && good; i++) {
		order = rand() % 4;
		at = rand() % (FRAMES >> order) << order;
		for (free_there = true, k = 0; k < 1U << order; k++)
			free_there &= !taken[at + k];
		if (free_there) {
			held[at].id = pairs_alloc(&p, at + 1000000, order, true);
			held[at].order = order;
			memset(&taken[at], 1, 1U << order);
		} else if (held[at].id) {
			order = held[at].order;
			nr_log = 0;
			pairs_free(&p, at + 1000000, order);
			expect(nr_log == 1 && log_ids[0] == held[at].id);
			held[at].id = 0;
			memset(&taken[at], 0, 1U << order);
		}
	}
	for (at = 0; at < FRAMES; at++)
		want += held[at].id != 0;
	expect(p.used == want && !p.unmatched && !p.again && !p.pieces);
	return good;
}

static void run(const char *name, bool (*test)(void))
{
	bool good;

	nr_log = 0;
	pairs_init(&p, note, NULL);
	good = test();
	pairs_exit(&p);
	printf("%s pairs: %s\n", good ? "ok" : "not ok", name);
	failed += !good;
}

#define RUN(test) run(#test, test)

int main(void)
{
	RUN(a_block_is_freed_as_it_was_allocated);
	RUN(an_unknown_free_is_counted);
	RUN(a_split_block_goes_with_its_last_piece);
	RUN(a_piece_may_be_allocated_anew_meanwhile);
	RUN(blocks_may_come_back_as_one);
	RUN(memory_handed_out_again_was_freed);
	RUN(what_is_not_wanted_has_no_id);
	RUN(many_blocks_are_told_apart);
	return failed != 0;
}
