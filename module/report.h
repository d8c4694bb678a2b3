/* SPDX-License-Identifier: GPL-2.0 */
/* How the figures of a bench read. */
#ifndef SBD_REPORT_H
#define SBD_REPORT_H

#include "duel.h"
#include "live.h"

/*
 * One mask for both engines.  No reclaim of either kind, so that a bench takes
 * free memory and nothing else, and a refusal is an answer; no use of the
 * reserves that would otherwise be open to who cannot wait; no compound pages,
 * whose preparation the shadow does not have.  MOVABLE is without HIGHMEM, and
 * so stays out of ZONE_MOVABLE, as the pages cannot really be moved.
 */
#define SBD_BENCH_GFP	(__GFP_NOWARN | __GFP_NORETRY | __GFP_NOMEMALLOC)

enum sbd_bench_engines { SBD_BENCH_BOTH, SBD_BENCH_LIVE, SBD_BENCH_SHADOW };
enum sbd_bench_timing { SBD_TIME_OP, SBD_TIME_SLICE };

extern const char * const sbd_bench_engines[];
extern const char * const sbd_bench_timings[];

/**
 * struct sbd_bench_args - the keys of a run
 * @wl:	    the workload; UNSET or 0 where it has a default of its own
 * @engine: who takes part
 * @timing: what is timed, each request or each slice
 * @slice:  requests of a slice
 * @locks:  each so many-th slice times zone locks; 0: none
 * @touch:  write to each page
 * @level:  take live memory beforehand, so that both engines have as much
 * @table:  run the standard rows instead, all else but the seed being theirs
 * @requests: of all clients.  This and the following are for the workloads whose
 *	    pages are owned, see struct sbd_pressure_args; UNSET: their default
 * @set:    percent
 * @kinds:  percent of each kind
 * @write:  percent
 * @policy: enum sbd_policy_mode
 * @swap:   MiB
 * @keep:   leave the pages to their owners
 * @compaction: frag with owned pages; compact after each round, or not
 */
struct sbd_bench_args {
	struct sbd_workload_args wl;
	unsigned int engine;
	unsigned int timing;
	unsigned int slice;
	unsigned int locks;
	unsigned int touch;
	unsigned int level;
	unsigned int table;
	unsigned int requests;
	unsigned int set;
	unsigned int kinds[4];
	unsigned int write;
	unsigned int policy;
	unsigned int swap;
	unsigned int keep;
	unsigned int compaction;
};

/**
 * struct sbd_bench - a run and what it was asked for
 * @d:	       the run itself
 * @a:	       keys, defaults filled in
 * @fallbacks: of the live engine
 * @watched:   they were counted
 * @tasks:     see struct sbd_live_fallbacks
 * @spare:     pages above the high marks, [0] live, [1] shadow
 * @hold:      live blocks held for level=1, address and order in one word
 * @nr_hold:   how many
 * @timer:     time between two readings of the clock, mean of many, ticks * 16
 * @sum:       room for the figures of all threads
 * @row:       name of the standard row that this is, or NULL
 * @lost:      pages that the shadow did not get back: 0, or a bug
 * @interrupted: a signal ended it
 */
struct sbd_bench {
	struct sbd_duel d;
	struct sbd_bench_args a;
	struct sbd_live_fallbacks fallbacks;
	bool watched;
	struct task_struct *tasks[SBD_MAX_THREADS];
	unsigned long spare[2];
	unsigned long *hold;
	unsigned int nr_hold;
	u64 timer;
	struct sbd_tally *sum;
	const char *row;
	int lost;
	bool interrupted;
};

static inline bool sbd_with_live(const struct sbd_bench *b)
{
	return b->a.engine != SBD_BENCH_SHADOW;
}

static inline bool sbd_with_shadow(const struct sbd_bench *b)
{
	return b->a.engine != SBD_BENCH_LIVE;
}

void sbd_report_state(const struct sbd_bench *b, struct sbd_text *out);
void sbd_report(const struct sbd_bench *b, const struct sbd_text *state,
		struct sbd_text *out);
void sbd_report_standard_head(struct sbd_text *out);
void sbd_report_standard(const struct sbd_bench *b, struct sbd_text *out);

#endif
