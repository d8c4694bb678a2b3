/* SPDX-License-Identifier: GPL-2.0 */
/* In which order a request tries zones, and the walk over them. */
#ifndef SBD_ZONELIST_H
#define SBD_ZONELIST_H

#include "sbd.h"

/**
 * struct sbd_request - one request on its way
 * @sys:	 the system
 * @node:	 whose zonelist
 * @preferred:	 index of the first zone that will do
 * @cpu:	 who asks
 * @gfp:	 as given
 * @order:	 wanted
 * @mt:		 an ordinary type, from @gfp
 * @highest:	 highest zone type that will do, from @gfp
 * @alloc_flags: SBD_ALLOC_*
 * @zone:	 out: the zone that served it
 * @path:	 out: enum sbd_path
 */
struct sbd_request {
	struct sbd_system *sys;
	struct sbd_node *node;
	int preferred;
	int cpu;
	gfp_t gfp;
	unsigned int order;
	int mt;
	int highest;
	unsigned int alloc_flags;
	struct sbd_zone *zone;
	int path;
};

int sbd_gfp_zone(const struct sbd_geometry *geo, gfp_t gfp);
int sbd_gfp_type(const struct sbd_system *sys, gfp_t gfp);
bool sbd_request_init(struct sbd_request *rq, struct sbd_system *sys, int cpu,
		      gfp_t gfp, unsigned int order);
unsigned int sbd_nofragment(const struct sbd_request *rq);
struct sbd_frame *sbd_walk(struct sbd_request *rq);
void sbd_zonelist_build(struct sbd_system *sys);

#endif
