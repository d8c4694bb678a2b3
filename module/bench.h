/* SPDX-License-Identifier: GPL-2.0 */
/* Two engines, one workload, a report. */
#ifndef SBD_BENCH_H
#define SBD_BENCH_H

#include "experiment.h"

struct sbd_system;

extern struct sbd_experiment sbd_bench;

int sbd_bench_run(struct sbd_system *sys, char *args, struct sbd_text *out,
		  struct sbd_error *err);

#endif
