/* SPDX-License-Identifier: GPL-2.0 */
/* Getting pages back from their owners, a node or a whole zonelist at a time. */
#ifndef SBD_RECLAIM_H
#define SBD_RECLAIM_H

#include "shrink.h"
#include "zonelist.h"

#define SBD_MAX_RECLAIM_RETRIES	16

void sbd_reclaim_node(struct sbd_scan_control *sc, int nid);
unsigned long sbd_reclaim_direct(struct sbd_request *rq, bool *interrupted);
unsigned long sbd_reclaimable(const struct sbd_owners *own,
			      const struct sbd_zone *z);
bool sbd_allow_direct(struct sbd_system *sys, int nid);
bool sbd_node_reclaim(struct sbd_request *rq, struct sbd_zone *z);

#endif
