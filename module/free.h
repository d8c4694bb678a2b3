/* SPDX-License-Identifier: GPL-2.0 */
/* The way back: blocks to the per-CPU lists or to their zone. */
#ifndef SBD_FREE_H
#define SBD_FREE_H

#include "sbd.h"

int sbd_free(struct sbd_system *sys, int cpu, unsigned long pfn,
	     unsigned int order);
void sbd_drain_all(struct sbd_system *sys);

#endif
