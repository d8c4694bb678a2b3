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
void sbd_compact_reset(struct sbd_zone *z);

#endif
