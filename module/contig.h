/* SPDX-License-Identifier: GPL-2.0 */
/* A range of frames for oneself, whoever has its pages now. */
#ifndef SBD_CONTIG_H
#define SBD_CONTIG_H

#include "sbd.h"

int sbd_contig_alloc(struct sbd_system *sys, int cpu, unsigned long start,
		     unsigned long end, int mt);
int sbd_contig_free(struct sbd_system *sys, int cpu, unsigned long start,
		    unsigned long end);

#endif
