// SPDX-License-Identifier: GPL-2.0
/*
 * Which free belongs to which allocation.
 *
 * A block is known by its first frame and its order, for several may begin at one
 * frame: the kernel splits blocks without a word (split_page(), huge pages), gives
 * some pieces back and hands those out again while the rest is still in use.
 *
 *	order 2  |#######################|	allocated
 *	order 0  |  0  |  1  |  2  |  3  |	1 freed, then allocated anew: a block of
 *				     its own inside the other
 *
 * So a free is first of the very block, else a piece of the smallest block around
 * it, else it takes whatever blocks lie inside it.
 */
#include <stdlib.h>
#include <string.h>

#include "pairs.h"
#include "sb.h"

#define FIRST_SIZE	4096

static __u64 key_of(__u64 pfn, unsigned int order)
{
	return pfn << 4 | (order + 1);
}

static unsigned int order_of(const struct pairs_block *b)
{
	return (b->key & 15) - 1;
}

static size_t home(const struct pairs *p, __u64 key)
{
	key *= 0x9e3779b97f4a7c15ULL;
	return (key ^ key >> 32) & (p->size - 1);
}

void pairs_init(struct pairs *p, void (*freed)(void *ctx, __u32 id), void *ctx)
{
	*p = (struct pairs) { .freed = freed, .ctx = ctx, .size = FIRST_SIZE };
	p->table = sb_alloc(p->size * sizeof(*p->table));
}

void pairs_exit(struct pairs *p)
{
	free(p->table);
}

/* Where a key is, or would be. */
static struct pairs_block *slot_of(const struct pairs *p, __u64 key)
{
	size_t i = home(p, key);

	while (p->table[i].key && p->table[i].key != key)
		i = (i + 1) & (p->size - 1);
	return &p->table[i];
}

static struct pairs_block *find(const struct pairs *p, __u64 pfn, unsigned int order)
{
	struct pairs_block *b;

	if (!p->of_order[order])
		return NULL;
	b = slot_of(p, key_of(pfn, order));
	return b->key ? b : NULL;
}

static void grow(struct pairs *p)
{
	struct pairs_block *old = p->table;
	size_t n = p->size, i;

	p->size *= 2;
	p->table = sb_alloc(p->size * sizeof(*p->table));
	for (i = 0; i < n; i++)
		if (old[i].key)
			*slot_of(p, old[i].key) = old[i];
	free(old);
}

static void insert(struct pairs *p, __u64 pfn, unsigned int order, __u32 id)
{
	struct pairs_block *b;

	if (2 * (p->used + 1) > p->size)
		grow(p);
	b = slot_of(p, key_of(pfn, order));
	*b = (struct pairs_block) {
		.key = key_of(pfn, order), .id = id, .left = 1U << order,
	};
	p->used++;
	p->of_order[order]++;
}

/* Close the gap, so that what was probed past this slot is still found. */
static void erase(struct pairs *p, struct pairs_block *b)
{
	size_t gap = b - p->table, mask = p->size - 1, i = gap;

	p->used--;
	p->of_order[order_of(b)]--;
	for (;;) {
		i = (i + 1) & mask;
		if (!p->table[i].key)
			break;
		if (((i - home(p, p->table[i].key)) & mask) < ((i - gap) & mask))
			continue;
		p->table[gap] = p->table[i];
		gap = i;
	}
	memset(&p->table[gap], 0, sizeof(*p->table));
}

static void give_back(struct pairs *p, struct pairs_block *b)
{
	__u32 id = b->id;

	erase(p, b);
	if (id)
		p->freed(p->ctx, id);
}

/* Give back all blocks inside a range, but not one that is the range.  Return: how many. */
static unsigned int free_inside(struct pairs *p, __u64 pfn, unsigned int order)
{
	unsigned int o, n = 0;
	struct pairs_block *b;
	__u64 at;

	for (o = 0; o < order; o++) {
		for (at = pfn; p->of_order[o] && at < pfn + (1ULL << order); at += 1ULL << o) {
			b = find(p, at, o);
			if (!b)
				continue;
			give_back(p, b);
			n++;
		}
	}
	return n;
}

/* The smallest block of more than @order around a frame. */
static struct pairs_block *around(const struct pairs *p, __u64 pfn, unsigned int order)
{
	struct pairs_block *b;
	unsigned int o;

	for (o = order + 1; o < PAIRS_ORDERS; o++) {
		b = find(p, pfn & ~((1ULL << o) - 1), o);
		if (b)
			return b;
	}
	return NULL;
}

/*
 * What was there before must have gone, or it could not be handed out; only that a
 * piece of a block had been given back does not mean the whole of it.
 */
static void make_room(struct pairs *p, __u64 pfn, unsigned int order)
{
	struct pairs_block *b = find(p, pfn, order);

	if (b) {
		give_back(p, b);
		p->again++;
	}
	while ((b = around(p, pfn, order)) && b->left == 1U << order_of(b)) {
		give_back(p, b);
		p->again++;
	}
	p->again += free_inside(p, pfn, order);
}

/* A block was handed out.  Return: its ID, 0 if it is not @wanted. */
__u32 pairs_alloc(struct pairs *p, __u64 pfn, unsigned int order, bool wanted)
{
	__u32 id;

	make_room(p, pfn, order);
	id = wanted ? ++p->last_id : 0;
	insert(p, pfn, order, id);
	return id;
}

static void free_piece(struct pairs *p, struct pairs_block *b, unsigned int order)
{
	if (b->left == 1U << order_of(b))
		p->pieces++;
	b->left -= b->left < 1U << order ? b->left : 1U << order;
	if (!b->left)
		give_back(p, b);
}

/* A block was given back, or a part of one, or several as one. */
void pairs_free(struct pairs *p, __u64 pfn, unsigned int order)
{
	struct pairs_block *b = find(p, pfn, order);

	if (b) {
		give_back(p, b);
		return;
	}
	b = around(p, pfn, order);
	if (b)
		free_piece(p, b, order);
	else if (!free_inside(p, pfn, order))
		p->unmatched++;
}
