/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rules of the model that a test-only build can break, one at a time: a check
 * that finds no difference is worth what it finds when there is one.
 *
 * Built with SBD_BREAK=1, exact/run takes break=NAME, and the clone, and nothing
 * else, forgets that rule.  Otherwise all of this is the constant false.
 */
#ifndef SBD_RULES_H
#define SBD_RULES_H

#include "sbd.h"

/* name, kernels that have the rule, and what is wrong when it is broken */
#define SBD_RULES(X)							\
	X(reserve, ALL, "no HIGHATOMIC reserve is made")		\
	X(place, ALL, "head and tail change places")			\
	X(merge_likely, ALL, "never to the tail")			\
	X(merge_guard, ALL, "HIGHATOMIC and others merge")		\
	X(merge_type, V612, "a merge leaves the buddy's pageblocks")	\
	X(split_low, ALL, "the upper half is kept")			\
	X(order10_split, V612, "a block of two pageblocks is freed whole")\
	X(move_tail, ALL, "moved blocks to the head")			\
	X(fallback_order, ALL, "the other type first")			\
	X(can_claim, ALL, "small MOVABLE requests claim, too")		\
	X(claim_largest, ALL, "the smallest block is claimed first")	\
	X(claim_half, ALL, "a quarter is enough")			\
	X(claim_movable, ALL, "movable pages do not count")		\
	X(steal_smallest, ALL, "the largest is stolen")			\
	X(mode_memory, V612, "a refill starts anew for each block")	\
	X(boost, ALL, "the marks are not raised")			\
	X(boost_limit, ALL, "they rise without limit")			\
	X(boost_wake, ALL, "the flag stays set")			\
	X(reserve_limit, ALL, "one pageblock more")			\
	X(highatomic_first, ALL, "the reserve is not looked at first")	\
	X(highatomic_last, ALL, "nor last")				\
	X(highatomic_high, ALL, "without __GFP_HIGH, too")		\
	X(highatomic_pcp, ALL, "its pages go to the zone")		\
	X(highatomic_withheld, ALL, "it counts as free for all")	\
	X(min_reserve, ALL, "__GFP_HIGH may take no more")		\
	X(non_block, ALL, "who cannot wait may take no more")		\
	X(no_watermarks, ALL, "__GFP_MEMALLOC obeys the marks")		\
	X(nomemalloc, ALL, "is not looked at")				\
	X(unboosted, ALL, "a boost holds for all")			\
	X(lowmem_reserve, ALL, "lower zones keep nothing back")		\
	X(nofragment, ALL, "types mix at once")				\
	X(thisnode, ALL, "is not looked at")				\
	X(high_order_mark, ALL, "a free block of the size is not asked for")\
	X(below_high, V612, "the flag is not set")			\
	X(below_high_clear, V612, "the flag is not cleared")		\
	X(fold, ALL, "differences fold one page later")			\
	X(account_late, V61, "each page of a refill is accounted")	\
	X(pcp_head, ALL, "freed to the tail of the list")		\
	X(refill_tail, ALL, "a refill is put at the head")		\
	X(refill_order, ALL, "as many blocks of any order")		\
	X(refill_grow, V612, "alloc_factor stays")			\
	X(refill_high, V612, "high does not rise")			\
	X(free_scale, ALL, "an allocation does not halve the free scaler")\
	X(free_count, V612, "frees are not counted")			\
	X(free_batch, ALL, "one batch goes back")			\
	X(high_order_free, ALL, "runs of high orders are kept")		\
	X(high_raise, V612, "high does not follow free_count")		\
	X(drain_first, ALL, "drains begin with list 0")			\
	X(drain_tail, ALL, "the head is drained")			\
	X(thp_list, ALL, "one list for order 9")			\
	X(cached_type, V61, "drained under the present type")		\
	X(cma_balance, CMA, "CMA comes last")				\
	X(cma_skips_pcp, CMA_61, "is not done")				\
	X(reclaim_active, ALL, "lists stay long")

#define SBD_RULE_ENUM(name, kernels, what)	SBD_RULE_##name,
enum sbd_rule {
	SBD_RULE_NONE,
	SBD_RULES(SBD_RULE_ENUM)
	SBD_NR_RULES,
};

#ifdef SBD_BREAK
#define sbd_broken(sys, name)	unlikely((sys)->broken == SBD_RULE_##name)
#else
#define sbd_broken(sys, name)	false
#endif

#endif
