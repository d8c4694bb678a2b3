/* SPDX-License-Identifier: GPL-2.0 */
/* Per-CPU page lists: refill, free, drains, and the vmstat worker's part. */
#ifndef SBD_PCP_H
#define SBD_PCP_H

#include "rules.h"
#include "sbd.h"

/* Blocks of this order are kept on per-CPU lists. */
static inline bool sbd_pcp_order(const struct sbd_zone *z, unsigned int order)
{
	return z->pcp_orders >> order & 1;
}

/**
 * sbd_pindex() - the list for an order and type
 * @z:	   the zone
 * @order: one that sbd_pcp_order() accepts
 * @mt:	   an ordinary type
 *
 * Three lists an order up to 3; then one list for blocks of pageblock order
 * that are not movable, and one for those that are.  Return: an index.
 */
static inline int sbd_pindex(const struct sbd_zone *z, unsigned int order,
			     int mt)
{
	if (order > SBD_COSTLY_ORDER)
		return SBD_NR_LOW_PCP_LISTS +
		       (mt == SBD_MOVABLE && !sbd_broken(z->sys, thp_list));
	return SBD_PCPTYPES * order + mt;
}

static inline unsigned int sbd_pindex_order(const struct sbd_zone *z, int pindex)
{
	return pindex < SBD_NR_LOW_PCP_LISTS ? pindex / SBD_PCPTYPES :
					       z->block_order;
}

void sbd_pcp_init(struct sbd_pcp *pcp);
struct sbd_frame *sbd_pcp_take(struct sbd_zone *z, int cpu, unsigned int order,
			       int mt, unsigned int alloc_flags);
struct sbd_frame *sbd_pcp_alloc(struct sbd_zone *z, int cpu, unsigned int order,
				int mt, unsigned int alloc_flags);
struct sbd_frame *sbd_pcp_pop(struct sbd_zone *z, int cpu, int mt);
bool sbd_pcp_free(struct sbd_zone *z, int cpu, struct sbd_frame *f,
		  unsigned int order, int mt);

void sbd_pcp_restore(struct sbd_zone *z, int cpu, int pindex,
		     struct sbd_frame *f, int mt);
void sbd_drain_zone(struct sbd_zone *z, int cpu);
bool sbd_decay_high(struct sbd_zone *z, int cpu);
void sbd_expire_zone(struct sbd_zone *z, int cpu);
bool sbd_vmstat_update(struct sbd_system *sys, int cpu);

#endif
