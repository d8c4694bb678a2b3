/* SPDX-License-Identifier: GPL-2.0 */
/* Workloads whose pages are owned: they move, and go when memory is short. */
#ifndef SBD_PRESSURE_H
#define SBD_PRESSURE_H

#include "stage.h"

int sbd_pressure_run(struct sbd_system *sys, struct sbd_experiment *x,
		     void *memory, unsigned long memory_pfn,
		     const struct sbd_pressure_args *a, struct sbd_text *out,
		     struct sbd_error *err);

#endif
