/* SPDX-License-Identifier: GPL-2.0 */
/* Compaction of whole nodes: on demand, by kcompactd, in advance. */
#ifndef SBD_KCOMPACTD_H
#define SBD_KCOMPACTD_H

#include "compact.h"

int sbd_compact_node(struct sbd_system *sys, int cpu, int nid);
void sbd_kcompactd_run(struct sbd_system *sys, int cpu, int nid);
bool sbd_kcompactd_wanted(const struct sbd_system *sys, int nid);
void sbd_kcompactd_wake(struct sbd_system *sys, int nid, unsigned int order,
			int highest);

#endif
