/* SPDX-License-Identifier: GPL-2.0 */
/* Getting pages back from their owners. */
#ifndef SBD_RECLAIM_H
#define SBD_RECLAIM_H

#include "lru.h"
#include "zonelist.h"

#define SBD_SWAP_CLUSTER	32UL	/* pages reclaimed at a time */
#define SBD_DEF_PRIORITY	12	/* 1/4096 of a list is scanned */
#define SBD_MAX_RECLAIM_RETRIES	16

/**
 * struct sbd_scan_control - one reclaim
 * @own:       whose pages
 * @cpu:       who reclaims
 * @order:     of the request
 * @highest:   of the request
 * @priority:  2^-priority of each list is scanned
 * @goal:      pages to reclaim
 * @task:      of the request, NULL: a daemon
 * @kswapd:    by kswapd
 * @may_write: dirty pages may be written
 * @may_swap:  anonymous pages may be reclaimed
 * @may_unmap: used pages may be reclaimed
 * @boosting:  only to undo a watermark boost: neither writes nor swaps
 * @scanned:   out: pages looked at
 * @reclaimed: out: pages that became free
 * @dirty:     out: of them, dirty ones that were met
 * @writeback: out: pages under writeback that were met
 * @interrupted: out: a signal came while it waited
 */
struct sbd_scan_control {
	struct sbd_owners *own;
	int cpu;
	unsigned int order;
	int highest;
	int priority;
	unsigned long goal;
	const struct sbd_task *task;
	bool kswapd;
	bool may_write;
	bool may_swap;
	bool may_unmap;
	bool boosting;
	unsigned long scanned;
	unsigned long reclaimed;
	unsigned long dirty;
	unsigned long writeback;
	bool interrupted;
};

unsigned long sbd_reclaim_node(struct sbd_scan_control *sc, int nid);
unsigned long sbd_reclaim_direct(struct sbd_request *rq, bool *interrupted);
unsigned long sbd_reclaimable(const struct sbd_owners *own, const struct sbd_zone *z);
bool sbd_node_reclaim(struct sbd_request *rq, struct sbd_zone *z);

#endif
