/* SPDX-License-Identifier: GPL-2.0 */
/* Building, resetting and destroying a modelled machine. */
#ifndef SBD_SYSTEM_H
#define SBD_SYSTEM_H

#include "profile.h"
#include "sbd.h"

/* No zone of a plan is SBD_ZONE_DEVICE. */
#define SBD_PLAN_ZONES	(SBD_MAX_NODES * SBD_ZONE_DEVICE)

/**
 * struct sbd_zone_plan - where one zone goes
 * @type:      enum sbd_zone_type
 * @nid:       node
 * @start_pfn: first frame
 * @pages:     frames
 * @cma_pages: frames at the end of the zone that are CMA pageblocks; whole
 *	       pageblocks only
 * @hole_pfn:  first frame of a hole; frames of the zone lie on both sides
 * @hole_pages: its frames, 0: none; it begins and ends with a cell of
 *	       SBD_CELL_PAGES frames, before the CMA pageblocks
 */
struct sbd_zone_plan {
	enum sbd_zone_type type;
	int nid;
	unsigned long start_pfn;
	unsigned long pages;
	unsigned long cma_pages;
	unsigned long hole_pfn;
	unsigned long hole_pages;
};

/**
 * struct sbd_plan - what a system is to be
 * @id:	      number in tracepoints
 * @prof:     copied
 * @geo:      copied
 * @nr_cpus:  CPUs; a cpu argument is below this
 * @nr_online: CPUs that count in the sizing rules
 * @bare:     leave all lists empty and all sizes zero, for who fills them in;
 *	      zones may then span each other's cells, see sbd_system.cell
 * @nr_nodes: nodes, by the highest number; 0: as many as have zones
 * @distance: from each node to each, ACPI SLIT: 10 to itself, more to others,
 *	      255 unreachable; all 0: 10 and 20
 * @cpu_node: node of each CPU, @nr_cpus entries; NULL: all are node 0's
 * @nr_zones: entries of @zones
 * @zones:    in any order; two zones never share SBD_CELL_PAGES aligned frames
 */
struct sbd_plan {
	int id;
	struct sbd_profile prof;
	struct sbd_geometry geo;
	int nr_cpus;
	int nr_online;
	bool bare;
	int nr_nodes;
	u8 distance[SBD_MAX_NODES][SBD_MAX_NODES];
	const u8 *cpu_node;
	int nr_zones;
	struct sbd_zone_plan zones[SBD_PLAN_ZONES];
};

void sbd_tunables_default(struct sbd_tunables *tun);
void sbd_geometry_running(struct sbd_geometry *geo);
struct sbd_system *sbd_system_create(const struct sbd_plan *plan);
void sbd_system_clear(struct sbd_system *sys);
void sbd_system_reset(struct sbd_system *sys);
void sbd_system_destroy(struct sbd_system *sys);

int sbd_tune(struct sbd_system *sys, const struct sbd_tunables *tun);
int sbd_tune_one(struct sbd_system *sys, size_t offset, int v);
int sbd_tune_ratios(struct sbd_system *sys, const int *ratio,
		    unsigned int types);

#endif
