/* SPDX-License-Identifier: GPL-2.0 */
/* A zone's answer to one request: own lists, CMA, other types, reserves. */
#ifndef SBD_FALLBACK_H
#define SBD_FALLBACK_H

#include "sbd.h"

/**
 * enum sbd_rmqueue_mode - where the last request of a refill found its block
 * @SBD_RMQUEUE_NORMAL: own lists
 * @SBD_RMQUEUE_CMA:	CMA lists
 * @SBD_RMQUEUE_CLAIM:	a claimed pageblock
 * @SBD_RMQUEUE_STEAL:	another type's smallest block
 *
 * Kept over one hold of the zone lock, so that a refill does not search again
 * where there was nothing a moment ago (6.12.29; earlier kernels always begin
 * at NORMAL).
 */
enum sbd_rmqueue_mode {
	SBD_RMQUEUE_NORMAL,
	SBD_RMQUEUE_CMA,
	SBD_RMQUEUE_CLAIM,
	SBD_RMQUEUE_STEAL,
};

int sbd_find_fallback(const struct sbd_zone *z, unsigned int order,
		      int start_type, bool *can_claim);
struct sbd_frame *sbd_rmqueue(struct sbd_zone *z, int cpu, unsigned int order,
			      int mt, unsigned int alloc_flags,
			      enum sbd_rmqueue_mode *mode);
struct sbd_frame *sbd_rmqueue_direct(struct sbd_zone *z, int cpu,
				     unsigned int order, int mt,
				     unsigned int alloc_flags);
void sbd_reserve_highatomic(struct sbd_zone *z, int cpu, unsigned long pfn,
			    unsigned int order);
bool sbd_unreserve_highatomic(struct sbd_zone *z, int cpu, int mt, bool force);

#endif
