/* SPDX-License-Identifier: GPL-2.0 */
/* Compaction: movable pages to one end of a zone, free memory to the other. */
#ifndef SBD_COMPACT_H
#define SBD_COMPACT_H

#include "scanner.h"

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
