/* SPDX-License-Identifier: GPL-2.0 */
/* Dirty pages, the time that it takes to write them, and who waits for it. */
#ifndef SBD_WRITEBACK_H
#define SBD_WRITEBACK_H

#include "lru.h"

void sbd_writeback_start(struct sbd_owners *own, u32 o);
unsigned int sbd_writeback_complete(struct sbd_owners *own, int cpu);
void sbd_writeback_end(struct sbd_owners *own, int cpu);
unsigned int sbd_writeback_flush(struct sbd_owners *own, unsigned int most);
bool sbd_dirty_over(const struct sbd_system *sys, bool background);
bool sbd_node_dirty_ok(struct sbd_system *sys, int nid);
int sbd_dirty_throttle(struct sbd_owners *own, int cpu);

#endif
