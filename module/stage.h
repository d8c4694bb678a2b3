/* SPDX-License-Identifier: GPL-2.0 */
/* A run of a workload whose pages are owned. */
#ifndef SBD_STAGE_H
#define SBD_STAGE_H

#include "crowd.h"
#include "format.h"

/**
 * struct sbd_pressure_args - what is to be done
 * @kind:     SBD_WL_PRESSURE, SBD_WL_THP, SBD_WL_NODES or SBD_WL_FRAG
 * @threads:  clients side by side
 * @requests: of all of them
 * @set:      percent of the system's pages that their handles are for
 * @kinds:    percent of them of each enum sbd_owner_kind, 100 together
 * @write:    percent of touches that write
 * @order:    largest order of anonymous pages, 0 to 3
 * @policy:   enum sbd_policy_mode
 * @swap:     MiB
 * @keep:     leave the pages to their owners at the end
 * @churn:    THP: percent of pages given back; FRAG: replaced in a round
 * @rounds:   FRAG: of churn
 * @compact:  FRAG: compact after each round
 * @seed:     of the random choices
 */
struct sbd_pressure_args {
	unsigned int kind;
	unsigned int threads;
	u64 requests;
	unsigned int set;
	unsigned int kinds[SBD_NR_OWNER_KINDS];
	unsigned int write;
	unsigned int order;
	unsigned int policy;
	unsigned int swap;
	unsigned int keep;
	unsigned int churn;
	unsigned int rounds;
	unsigned int compact;
	u64 seed;
};

/**
 * struct sbd_stage - a run of such a workload
 * @sys:     the system
 * @a:	     what is to be done
 * @x:	     whose progress is told; may be NULL
 * @crowd:   the clients
 * @swap_mb: the system's setting, before
 * @out:     where the report goes
 * @table:   what stands below it
 * @direct:  blocks that the scene got, and no client
 * @ns:	     time that the scene took
 * @stopped: a signal came
 */
struct sbd_stage {
	struct sbd_system *sys;
	struct sbd_pressure_args a;
	struct sbd_experiment *x;
	struct sbd_crowd crowd;
	int swap_mb;
	struct sbd_text *out;
	struct sbd_text table;
	u64 direct;
	u64 ns;
	bool stopped;
};

unsigned long sbd_pressure_pages(const struct sbd_system *sys);

#endif
