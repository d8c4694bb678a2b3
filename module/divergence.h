/* SPDX-License-Identifier: GPL-2.0 */
/* Where host and clone part, and what state explains it. */
#ifndef SBD_DIVERGENCE_H
#define SBD_DIVERGENCE_H

#include "burst.h"
#include "text.h"

/**
 * struct sbd_divergence - the first thing that was not alike
 * @found:  there is one
 * @burst:  in which burst, from 1
 * @nr_ops: requests of that burst
 * @op:	    place of the request, from 0; with @diff: @nr_ops
 * @cpu:    that served the burst
 * @req:    the request and the host's answer
 * @shadow: the clone's answer
 * @diff:   how the states differ after all requests; what is NULL if the
 *	    answers differ already
 */
struct sbd_divergence {
	bool found;
	u64 burst;
	u32 nr_ops;
	u32 op;
	int cpu;
	struct sbd_live_op req;
	unsigned long shadow;
	struct sbd_diff diff;
};

#define SBD_STEPS	16	/* requests that a report looks back */

/**
 * struct sbd_step - what one request did to a zone of the clone
 * @op:	      its place in the burst
 * @req:      the request and its answer
 * @refilled: pages that its CPU's lists got
 * @drained:  pages that they gave back
 * @split:    blocks halved
 * @merged:   blocks merged
 * @claims:   pageblocks that changed their type for it
 * @steals:   blocks of other types that it got
 * @direct:   it went past the per-CPU lists
 * @count:    pages on the CPU's lists afterwards
 * @high:     their limit
 */
struct sbd_step {
	u32 op;
	struct sbd_live_op req;
	u64 refilled;
	u64 drained;
	u64 split;
	u64 merged;
	u64 claims;
	u64 steals;
	u64 direct;
	int count;
	int high;
};

/**
 * struct sbd_history - the last requests that changed something in a zone
 * @z:	    the zone
 * @cpu:    whose lists
 * @before: its counters before the present request
 * @steps:  a ring
 * @nr:	    how many there were
 */
struct sbd_history {
	struct sbd_zone *z;
	int cpu;
	struct sbd_step before;
	struct sbd_step steps[SBD_STEPS];
	u32 nr;
};

void sbd_history_begin(struct sbd_history *h, struct sbd_system *sys,
		       const struct sbd_divergence *d);
void sbd_history_note(struct sbd_history *h, u32 op,
		      const struct sbd_live_op *req);
void sbd_divergence_trace(const struct sbd_divergence *d,
			  const struct sbd_system *sys);
void sbd_divergence_explain(const struct sbd_divergence *d,
			    struct sbd_system *sys,
			    const struct sbd_history *h, struct sbd_text *t);

#endif
