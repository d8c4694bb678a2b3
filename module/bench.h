/* SPDX-License-Identifier: GPL-2.0 */
/* Two engines, one workload, histograms. */
#ifndef SBD_BENCH_H
#define SBD_BENCH_H

#include "experiment.h"

extern struct sbd_experiment sbd_bench;

#endif
