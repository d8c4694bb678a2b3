/* SPDX-License-Identifier: GPL-2.0 */
/* Compaction: movable pages to one end of a zone, free memory to the other. */
#ifndef SBD_COMPACT_H
#define SBD_COMPACT_H

#include "suitable.h"

/**
 * struct sbd_compact_control - one compaction of one zone
 * @z:	      the zone
 * @cpu:      whose per-CPU lists
 * @order:    wanted; -1: all that can be had
 * @mt:	      of the request
 * @gfp:      of the request
 * @highest:  of the request
 * @alloc_flags: of the request
 * @mode:     how much it may wait
 * @whole:    scan all pageblocks, skip bits or not
 * @direct:   for a request that waits, not by a daemon
 * @proactive: until the node's score is low
 * @migrate_scanned: out: pages looked at by the migration scanner
 * @free_scanned: out: by the free scanner
 * @moved:    out: pages moved
 * @capture:  out: the block that a direct compaction freed for its request
 */
struct sbd_compact_control {
	struct sbd_zone *z;
	int cpu;
	int order;
	int mt;
	gfp_t gfp;
	int highest;
	unsigned int alloc_flags;
	enum sbd_compact_mode mode;
	bool whole;
	bool direct;
	bool proactive;
	unsigned long migrate_scanned;
	unsigned long free_scanned;
	unsigned long moved;
	struct sbd_frame *capture;
};

enum sbd_compact_result sbd_compact_zone(struct sbd_compact_control *cc);
enum sbd_compact_result sbd_compact_direct(struct sbd_request *rq,
					   unsigned int alloc_flags,
					   enum sbd_compact_priority prio,
					   struct sbd_frame **captured);
int sbd_compact_node(struct sbd_system *sys, int cpu, int nid);
void sbd_kcompactd_run(struct sbd_system *sys, int cpu, int nid);
bool sbd_kcompactd_wanted(const struct sbd_system *sys, int nid);
void sbd_kcompactd_wake(struct sbd_system *sys, int nid, unsigned int order,
			int highest);
unsigned int sbd_node_score(const struct sbd_system *sys, int nid);
unsigned int sbd_node_score_mark(const struct sbd_system *sys, bool low);
void sbd_compact_reset(struct sbd_zone *z);

#endif
