/* SPDX-License-Identifier: GPL-2.0 */
/* Would compaction help, and is it worth trying again? */
#ifndef SBD_SUITABLE_H
#define SBD_SUITABLE_H

#include "zonelist.h"

#define SBD_HPAGE_ORDER	9U	/* a huge page; COMPACTION_HPAGE_ORDER */

/* Priority of a direct compaction: the lower, the more it does. */
enum sbd_compact_priority {
	SBD_COMPACT_PRIO_SYNC_FULL,
	SBD_COMPACT_PRIO_SYNC_LIGHT,
	SBD_COMPACT_PRIO_ASYNC,
};

int sbd_zone_fragindex(const struct sbd_zone *z, unsigned int order);
unsigned int sbd_zone_extfrag(const struct sbd_zone *z, unsigned int order);
unsigned int sbd_node_score(const struct sbd_system *sys, int nid);
unsigned int sbd_node_score_mark(const struct sbd_system *sys, bool low);
enum sbd_compact_result sbd_compact_suitable(struct sbd_zone *z,
					     unsigned int order, int highest,
					     unsigned int alloc_flags);
bool sbd_compact_zonelist_suitable(const struct sbd_request *rq,
				   unsigned int alloc_flags);
void sbd_compact_defer(struct sbd_zone *z, unsigned int order);
bool sbd_compact_deferred(struct sbd_zone *z, unsigned int order);
void sbd_compact_defer_reset(struct sbd_zone *z, unsigned int order,
			     bool success);
bool sbd_compact_restarting(const struct sbd_zone *z, int order);

#endif
