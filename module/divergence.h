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

void sbd_divergence_trace(const struct sbd_divergence *d,
			  const struct sbd_system *sys);
void sbd_divergence_explain(const struct sbd_divergence *d,
			    struct sbd_system *sys, struct sbd_text *t);

#endif
