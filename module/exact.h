/* SPDX-License-Identifier: GPL-2.0 */
/* Page by page: does the shadow answer as the host does? */
#ifndef SBD_EXACT_H
#define SBD_EXACT_H

#include "experiment.h"

extern struct sbd_experiment sbd_exact;

int sbd_exact_run(struct sbd_experiment *x, char *args, struct sbd_text *out,
		  struct sbd_error *err);

#endif
