/* SPDX-License-Identifier: GPL-2.0 */
/* One workload, served by two engines in alternating slices. */
#ifndef SBD_DUEL_H
#define SBD_DUEL_H

#include <linux/completion.h>

#include "experiment.h"
#include "hist.h"
#include "sbd.h"
#include "workload.h"

enum sbd_engine {
	SBD_ENGINE_NONE,	/* serves nothing: what the loop itself costs */
	SBD_ENGINE_LIVE,
	SBD_ENGINE_SHADOW,
	SBD_NR_ENGINES,
};

/* Two kinds of request are timed apart; a pair counts as the first. */
enum sbd_timed {
	SBD_TIMED_ALLOC,
	SBD_TIMED_FREE,
	SBD_NR_TIMED,
};

/**
 * struct sbd_tally - what one thread did on one engine
 * @ops:   requests served
 * @timed: those of them that were timed
 * @fail:  allocations refused
 * @sum:   time of the timed ones, ticks
 * @held:  pages got less pages given back; a thread may free another's
 * @hist:  ticks a request
 *
 * Written by its thread while it works, read when all threads wait.
 */
struct sbd_tally {
	u64 ops[SBD_NR_TIMED];
	u64 timed[SBD_NR_TIMED];
	u64 sum[SBD_NR_TIMED];
	u64 fail;
	long held;
	struct sbd_hist hist[SBD_NR_TIMED];
};

struct sbd_duel;

/**
 * struct sbd_duellist - one thread
 * @duel:  what it works for
 * @task:  the thread
 * @index: its number
 * @cpu:   where it is bound
 * @tally: by engine
 * @bulk:  addresses, for the bulk API
 */
struct sbd_duellist {
	struct sbd_duel *duel;
	struct task_struct *task;
	unsigned int index;
	int cpu;
	struct sbd_tally *tally[SBD_NR_ENGINES];
	unsigned long bulk[SBD_BULK_PAGES];
};

/**
 * struct sbd_slice - what all threads do next
 * @engine: on which
 * @from:   first request
 * @to:	    one past the last
 * @count:  the requests count, they do not only prepare
 * @record: keep the times
 */
struct sbd_slice {
	enum sbd_engine engine;
	unsigned int from;
	unsigned int to;
	bool count;
	bool record;
};

/**
 * struct sbd_duel - a run
 * @x:		 whose progress is told; may be NULL
 * @sys:	 the shadow
 * @wl:		 the requests
 * @gfp:	 mask by type; the same for both engines
 * @use:	 by engine: takes part
 * @per_op:	 time each request, else each slice
 * @touch:	 write to each page that is got
 * @slice_ops:	 requests of a slice
 * @lock_every:	 each so many-th slice times the zone locks instead of the
 *		 requests; 0: none does
 * @cycles:	 ticks are cycles, else ns
 * @nr:		 threads
 * @threads:	 them
 * @handle:	 by engine, then slot: what is held; see handle_make()
 * @running:	 threads that have not ended
 * @ended:	 none is left
 * @stop:	 end at the next slice
 * @error:	 why the run ended early, or 0
 * @over:	 no more slices
 * @arrived:	 threads that wait for the next slice
 * @gen:	 slices begun
 * @slice:	 the present one
 * @turn:	 engines that have had it
 * @number:	 slices so far
 * @nr_empty:	 slices that SBD_ENGINE_NONE was offered
 * @repeat:	 times that the sequence was done
 * @phase:	 present part of it
 * @ticks:	 that the run took
 * @ns:		 likewise
 * @lock_taken:	 zone locks taken while they were timed
 *
 * From @gen on: written by the last thread to arrive, while all others wait.
 */
struct sbd_duel {
	struct sbd_experiment *x;
	struct sbd_system *sys;
	struct sbd_workload wl;
	gfp_t gfp[SBD_MIX_TYPES];
	bool use[SBD_NR_ENGINES];
	bool per_op;
	bool touch;
	unsigned int slice_ops;
	unsigned int lock_every;
	bool cycles;
	unsigned int nr;
	struct sbd_duellist *threads;
	unsigned long *handle[SBD_NR_ENGINES];
	atomic_t running;
	struct completion ended;
	bool stop;
	int error;
	bool over;
	atomic_t arrived;

	unsigned int gen ____cacheline_aligned;
	struct sbd_slice slice;
	unsigned int turn;
	unsigned int number;
	unsigned int nr_empty;
	unsigned int repeat;
	unsigned int phase;
	u64 ticks;
	u64 ns;
	u64 lock_taken;
};

u64 sbd_duel_ticks(const struct sbd_duel *d);
int sbd_duel_prepare(struct sbd_duel *d, struct sbd_error *err);
int sbd_duel_run(struct sbd_duel *d, struct sbd_error *err);
int sbd_duel_give_back(struct sbd_duel *d);
void sbd_duel_free(struct sbd_duel *d);

unsigned long sbd_duel_live_spare(const struct sbd_duel *d);

#endif
