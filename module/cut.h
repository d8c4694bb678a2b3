/* SPDX-License-Identifier: GPL-2.0 */
/* The parameters that say how an arena is cut into nodes and zones. */
#ifndef SBD_CUT_H
#define SBD_CUT_H

#include "system.h"

/**
 * struct sbd_cut_params - module parameters, as given
 * @nodes:     1 to SBD_MAX_NODES
 * @zones:     "auto" or e.g. "DMA:4,NORMAL:25%:cma=8,MOVABLE"; with "/" a part a
 *	       node, "-" for one without memory
 * @node_mb:   sizes, MiB, e.g. "16,0,32"; "auto" or "": equal shares
 * @distance:  @nodes times @nodes numbers, row by row; "auto" or "": 10
 *	       and 20
 * @cpu_nodes: nodes that have CPUs, e.g. "0,1"; "auto" or "": all
 */
struct sbd_cut_params {
	unsigned int nodes;
	const char *zones;
	const char *node_mb;
	const char *distance;
	const char *cpu_nodes;
};

/**
 * struct sbd_cut_zone - what is asked of one zone; pages
 * @given: the zone is asked for
 * @pages: its size with its hole, 0: the rest of the node
 * @cma:   at its end, in CMA pageblocks
 * @hole:  in its middle, whole cells
 */
struct sbd_cut_zone {
	bool given;
	unsigned long pages;
	unsigned long cma;
	unsigned long hole;
};

/**
 * struct sbd_cut - how an arena is to be cut up
 * @pages:    of the arena
 * @nr_nodes: entries of @node
 * @node:     size in pages, 0: no memory; a zone type each
 */
struct sbd_cut {
	unsigned long pages;
	int nr_nodes;
	struct {
		unsigned long pages;
		struct sbd_cut_zone zone[SBD_NR_ZONES];
	} node[SBD_MAX_NODES];
};

int sbd_cut_parse(struct sbd_cut *c, const struct sbd_cut_params *p,
		  unsigned long pages, struct sbd_plan *plan);
int sbd_cut_lay_out(const struct sbd_cut *c, unsigned long pfn,
		    struct sbd_plan *plan);
void sbd_cut_print(const struct sbd_plan *plan, char *buf, size_t size);

#endif
