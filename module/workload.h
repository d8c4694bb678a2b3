/* SPDX-License-Identifier: GPL-2.0 */
/* Request generators: the same seed gives the same sequence. */
#ifndef SBD_WORKLOAD_H
#define SBD_WORKLOAD_H

#include <linux/gfp.h>
#include <linux/types.h>

#include "errlog.h"

#define SBD_MAX_THREADS		64
#define SBD_MAX_PHASES		3
#define SBD_BULK_PAGES		32	/* pages a request of "bulkapi" */
#define SBD_SLOT_BITS		24
#define SBD_MAX_OPS		(16UL << 20)	/* of all threads, kept in memory */

enum sbd_mix {
	SBD_MIX_UNMOVABLE,
	SBD_MIX_MOVABLE,
	SBD_MIX_RECLAIMABLE,
	SBD_MIX_TYPES,
};

enum sbd_workload_kind {
	SBD_WL_REPEAT,	/* allocate and free at once */
	SBD_WL_BULK,	/* allocate all, then free all */
	SBD_WL_RAND,	/* the same, freed in shuffled order by any thread */
	SBD_WL_FRAG,	/* fill, free half at random, then churn */
	SBD_WL_MIXED,	/* allocate and free at random, orders and types mixed */
	SBD_WL_FALLBACK,/* movable pages out of unmovable memory */
	SBD_WL_BULKAPI,	/* SBD_BULK_PAGES at a call, then free them */
	SBD_NR_WORKLOADS,
	/* those whose pages are owned, see pressure.c */
	SBD_WL_PRESSURE = SBD_NR_WORKLOADS,
	SBD_WL_THP,
	SBD_WL_NODES,
	SBD_ALL_WORKLOADS,
};

/**
 * struct sbd_workload_args - what a workload is made from
 * @kind:    enum sbd_workload_kind
 * @order:   of every request; the greatest one for SBD_WL_MIXED
 * @threads: that work side by side, 1 to SBD_MAX_THREADS
 * @allocs:  blocks that each thread holds at most; for REPEAT and BULKAPI, its
 *	     pairs a round
 * @rounds:  REPEAT, BULK, RAND, BULKAPI: times the whole is done.  FRAG: rounds
 *	     of churn.  MIXED: times @allocs random steps.  FALLBACK: times a
 *	     third of @allocs is got and given back
 * @churn:   FRAG: percent of @allocs replaced a round
 * @mix:     percent of requests of each type, 100 together
 * @seed:    of the random choices
 */
struct sbd_workload_args {
	unsigned int kind;
	unsigned int order;
	unsigned int threads;
	unsigned int allocs;
	unsigned int rounds;
	unsigned int churn;
	unsigned int mix[SBD_MIX_TYPES];
	u64 seed;
};

enum sbd_op_kind {
	SBD_OP_ALLOC,
	SBD_OP_FREE,
	SBD_OP_PAIR,	/* both, one after the other */
	SBD_OP_BULK,	/* SBD_BULK_PAGES by the bulk API, then each freed */
};

/*
 * A request in 32 bits: what, which type, which order, which slot.  A slot is
 * where the block's address is kept; slots are numbered over all threads.
 */
static inline u32 sbd_op_make(enum sbd_op_kind kind, unsigned int type,
			      unsigned int order, unsigned int slot)
{
	return (u32)kind << 30 | type << 28 | order << SBD_SLOT_BITS | slot;
}

static inline enum sbd_op_kind sbd_op_kind(u32 op)
{
	return op >> 30;
}

static inline unsigned int sbd_op_type(u32 op)
{
	return op >> 28 & 3;
}

static inline unsigned int sbd_op_order(u32 op)
{
	return op >> SBD_SLOT_BITS & 0xf;
}

static inline unsigned int sbd_op_slot(u32 op)
{
	return op & ((1U << SBD_SLOT_BITS) - 1);
}

/**
 * struct sbd_workload - a sequence of requests for each thread
 * @args:      what it was made from
 * @nr_phases: parts; no thread begins one before all have ended the last
 * @nr_prepare: parts at the beginning that only prepare, and are not counted
 * @phase_end: where each part ends, in requests of one thread
 * @repeats:   how often all but the preparation is done
 * @nr_slots:  slots of all threads
 * @peak:      pages that are held at most, all threads
 * @nr_ops:    requests of one thread, one repeat
 * @ops:       thread @t's begin at @t * @nr_ops
 *
 * All threads have as many requests, so that slices of them line up.
 */
struct sbd_workload {
	struct sbd_workload_args args;
	unsigned int nr_phases;
	unsigned int nr_prepare;
	unsigned int phase_end[SBD_MAX_PHASES];
	unsigned int repeats;
	unsigned int nr_slots;
	unsigned long peak;
	unsigned int nr_ops;
	u32 *ops;
};

extern const char * const sbd_workload_names[SBD_ALL_WORKLOADS + 1];

u64 sbd_random(u64 *state);
u32 sbd_random_below(u64 *state, u32 n);
int sbd_workload_make(struct sbd_workload *w,
		      const struct sbd_workload_args *args,
		      struct sbd_error *err);
void sbd_workload_free(struct sbd_workload *w);

#endif
