/* SPDX-License-Identifier: GPL-2.0 */
/* What a node's kswapd does, whoever runs it. */
#ifndef SBD_KSWAPD_H
#define SBD_KSWAPD_H

#include "reclaim.h"

bool sbd_node_balanced(struct sbd_system *sys, int nid, unsigned int order,
		       int highest);
void sbd_kswapd_wake(struct sbd_zone *z, unsigned int order, int highest);
bool sbd_kswapd_wanted(struct sbd_system *sys, int nid);
void sbd_kswapd_thresholds(struct sbd_system *sys, int nid, bool awake);
int sbd_kswapd_balance(struct sbd_system *sys, int cpu, int nid);

#endif
