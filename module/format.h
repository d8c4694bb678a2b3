/* SPDX-License-Identifier: GPL-2.0 */
/* A system's state in the layouts of the kernel's own files. */
#ifndef SBD_FORMAT_H
#define SBD_FORMAT_H

#include "sbd.h"
#include "supply.h"
#include "text.h"

/**
 * struct sbd_totals - what a system has done, summed over zones and CPUs
 * @alloc:    blocks handed out, by order
 * @free:     blocks taken back, by order
 * @pgalloc:  pages handed out, by zone type
 * @pgfree:   pages taken back
 * @event:    enum sbd_zone_event
 * @refills:  of per-CPU lists
 * @refilled: pages that they brought
 * @drains:   of per-CPU lists
 * @drained:  pages that they gave back
 * @pcp_hits: requests served by a per-CPU list
 * @miss:     numa_miss
 * @foreign:  numa_foreign
 * @other:    numa_other
 * @interleave: numa_interleave
 * @lock:     zone lock use; maxima are the greatest of any zone
 */
struct sbd_totals {
	u64 alloc[SBD_NR_ORDERS];
	u64 free[SBD_NR_ORDERS];
	u64 pgalloc[SBD_NR_ZONES];
	u64 pgfree;
	u64 event[SBD_NR_EVENTS];
	u64 refills;
	u64 refilled;
	u64 drains;
	u64 drained;
	u64 pcp_hits;
	u64 miss;
	u64 foreign;
	u64 other;
	u64 interleave;
	struct sbd_lock_stat lock;
};

extern const char * const sbd_vm_event_names[];
extern const char * const sbd_allocstall_names[SBD_NR_ZONES];

void sbd_totals(const struct sbd_system *sys, struct sbd_totals *t);

void sbd_nr_free(const struct sbd_system *sys, unsigned long *nr_free);

void sbd_format_buddyinfo(struct sbd_text *t, struct sbd_system *sys);
void sbd_format_pagetypeinfo(struct sbd_text *t, struct sbd_system *sys);
void sbd_format_zoneinfo(struct sbd_text *t, struct sbd_system *sys);
void sbd_format_vmstat(struct sbd_text *t, struct sbd_system *sys);
void sbd_format_extfrag(struct sbd_text *t, struct sbd_system *sys);
void sbd_format_unusable(struct sbd_text *t, struct sbd_system *sys);
void sbd_format_pageblocks(struct sbd_text *t, struct sbd_system *sys);
void sbd_format_nodes(struct sbd_text *t, struct sbd_system *sys);
void sbd_format_zonelist(struct sbd_text *t, const struct sbd_node *node,
			 u8 nodes);
void sbd_format_map(struct sbd_text *t, struct sbd_system *sys);

void sbd_map_add(u16 *free, unsigned long at, unsigned int order,
		 unsigned int block_order, unsigned long nr_blocks);
void sbd_map_print(struct sbd_text *t, int nid, int type, const u8 *blocks,
		   const u16 *free, unsigned long nr_blocks,
		   unsigned int block_order);

#endif
