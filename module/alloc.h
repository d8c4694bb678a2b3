/* SPDX-License-Identifier: GPL-2.0 */
/* The entry points of the shadow allocator. */
#ifndef SBD_ALLOC_H
#define SBD_ALLOC_H

#include "free.h"
#include "sbd.h"

unsigned long sbd_alloc(struct sbd_system *sys, int cpu, gfp_t gfp,
			unsigned int order);
unsigned long sbd_alloc_node(struct sbd_system *sys, int cpu, int nid,
			     gfp_t gfp, unsigned int order);
unsigned long sbd_alloc_task(struct sbd_system *sys, struct sbd_task *t,
			     gfp_t gfp, unsigned int order);
unsigned int sbd_alloc_bulk(struct sbd_system *sys, int cpu, gfp_t gfp,
			    unsigned int nr, unsigned long *pfns);

#endif
