/* SPDX-License-Identifier: GPL-2.0 */
/* Which free belongs to which allocation, in a trace that began in the middle. */
#ifndef PAIRS_H
#define PAIRS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define PAIRS_ORDERS	11

/**
 * struct pairs_block - a block that is allocated
 * @key:  its first frame and its order; 0 for an empty slot
 * @id:   what it is called; 0: of no interest, but its free is known then
 * @left: pages that were not given back yet
 */
struct pairs_block {
	__u64 key;
	__u32 id;
	__u32 left;
};

/**
 * struct pairs - the blocks that are allocated at some moment
 * @freed:     called when a block of interest has been given back
 * @ctx:       for it
 * @table:     open addressing, a power of two
 * @size:      slots
 * @used:      of them
 * @of_order:  how many blocks of each order there are
 * @last_id:   given out
 * @unmatched: frees of memory that nobody was seen to allocate
 * @pieces:    blocks that came back in pieces; freed with the last of them
 * @again:     blocks whose memory was handed out anew before a free was seen
 */
struct pairs {
	void (*freed)(void *ctx, __u32 id);
	void *ctx;
	struct pairs_block *table;
	size_t size;
	size_t used;
	size_t of_order[PAIRS_ORDERS];
	__u32 last_id;
	__u64 unmatched;
	__u64 pieces;
	__u64 again;
};

void pairs_init(struct pairs *p, void (*freed)(void *ctx, __u32 id), void *ctx);
void pairs_exit(struct pairs *p);
__u32 pairs_alloc(struct pairs *p, __u64 pfn, unsigned int order, bool wanted);
void pairs_free(struct pairs *p, __u64 pfn, unsigned int order);

#endif
