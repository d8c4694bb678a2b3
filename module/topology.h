/* SPDX-License-Identifier: GPL-2.0 */
/* What of a host's shape does not follow from where its zones are. */
#ifndef SBD_TOPOLOGY_H
#define SBD_TOPOLOGY_H

#include "sbd.h"

struct zone;

#define SBD_MOST_ZONES	(SBD_MAX_NODES * SBD_NR_ZONES)
#define SBD_NO_ZONE	0xff	/* a cell that is no zone's */

/**
 * struct sbd_topology_node - one node's place
 * @cpus: CPUs online that belong to it
 * @nr:	  length of @zone
 * @zone: the order in which its requests try zones, by their index
 */
struct sbd_topology_node {
	int cpus;
	u8 nr;
	u8 zone[SBD_MOST_ZONES];
};

/**
 * struct sbd_topology - a host's shape, beside its zones
 * @geo:	   of its kernel
 * @nr_cpus:	   length of @cpu_node
 * @nr_online:	   CPUs online
 * @several_nodes: more than one node is online
 * @mixed:	   two zones share a cell: such a host has no clone
 * @caches_type:   its per-CPU lists remember each page's type
 * @zone_idx:	   its kernel's number of each of our zone types, -1: none
 * @node:	   the nodes
 * @cpu_node:	   node of each CPU
 * @first_cell:	   number of the first of @cell
 * @nr_cells:	   length of @cell
 * @cell:	   zone, by its index, of each SBD_CELL_PAGES frames, or SBD_NO_ZONE
 *
 * Zones are numbered as a snapshot and a system number them: the populated ones, by
 * node, then by type.
 */
struct sbd_topology {
	struct sbd_geometry geo;
	int nr_cpus;
	int nr_online;
	bool several_nodes;
	bool mixed;
	bool caches_type;
	s8 zone_idx[SBD_NR_ZONES];
	struct sbd_topology_node node[SBD_MAX_NODES];
	u8 *cpu_node;
	unsigned long first_cell;
	unsigned long nr_cells;
	u8 *cell;
};

int sbd_topology_of_host(struct sbd_topology *t, struct zone * const *zones,
			 int nr);
void sbd_topology_destroy(struct sbd_topology *t);

#endif
