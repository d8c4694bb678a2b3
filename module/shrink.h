/* SPDX-License-Identifier: GPL-2.0 */
/* Taking pages from the lists of one node, and deciding what becomes of each. */
#ifndef SBD_SHRINK_H
#define SBD_SHRINK_H

#include "lru.h"

#define SBD_SWAP_CLUSTER	32UL	/* pages looked at, and reclaimed, at a time */
#define SBD_DEF_PRIORITY	12	/* 1/4096 of a list is scanned */

/**
 * struct sbd_scan_control - one reclaim
 * @own:       whose pages
 * @cpu:       who reclaims
 * @order:     of the request
 * @highest:   of the request: pages of higher zones are passed over
 * @priority:  2^-priority of each list is scanned
 * @goal:      pages to reclaim
 * @kswapd:    by kswapd
 * @may_write: dirty pages may be written
 * @may_swap:  anonymous pages may be reclaimed
 * @may_unmap: mapped (that is, anonymous) pages may be reclaimed
 * @trim_cache: there is enough old page cache to leave anonymous pages alone
 * @age_anon:  active anonymous pages may be made inactive
 * @age_file:  active file pages may be made inactive
 * @scanned:   out: pages looked at
 * @reclaimed: out: pages that became free
 * @taken:     out: file pages isolated
 * @dirty:     out: of them, dirty ones that nobody writes
 * @writeback: out: of them, those that are being written
 * @immediate: out: of them, those met twice while being written
 * @written:   out: pages that it began to write
 * @interrupted: out: a signal came while it waited
 */
struct sbd_scan_control {
	struct sbd_owners *own;
	int cpu;
	unsigned int order;
	int highest;
	int priority;
	unsigned long goal;
	bool kswapd;
	bool may_write;
	bool may_swap;
	bool may_unmap;
	bool trim_cache;
	bool age_anon;
	bool age_file;
	unsigned long scanned;
	unsigned long reclaimed;
	unsigned long taken;
	unsigned long dirty;
	unsigned long writeback;
	unsigned long immediate;
	unsigned long written;
	bool interrupted;
};

unsigned long sbd_shrink_inactive(struct sbd_scan_control *sc, int nid,
				  enum sbd_lru_list list, unsigned long nr);
void sbd_shrink_active(struct sbd_scan_control *sc, int nid,
		       enum sbd_lru_list list, unsigned long nr);
unsigned long sbd_shrink_slab(struct sbd_scan_control *sc, int nid);
bool sbd_swap_free(const struct sbd_owners *own, unsigned long pages);

#endif
