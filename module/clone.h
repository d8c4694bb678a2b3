/* SPDX-License-Identifier: GPL-2.0 */
/* A system that is a copy of the host's allocator. */
#ifndef SBD_CLONE_H
#define SBD_CLONE_H

#include "profile.h"
#include "snapshot.h"
#include "system.h"

/**
 * struct sbd_counted - the movable pages of one pageblock of the host
 * @zone:    index of its zone
 * @block:   index of the pageblock in the zone
 * @movable: a bit a frame
 */
struct sbd_counted {
	u32 zone;
	u32 block;
	unsigned long movable[SBD_CELL_PAGES / BITS_PER_LONG];
};

/**
 * struct sbd_diff - where a clone and a snapshot are not alike
 * @what:   a word; NULL if they are
 * @zone:   index of the zone
 * @cpu:    whose, -1 if it is the zone's
 * @order:  of a free list, -1 if it is none
 * @list:   migratetype of a free list, or index of a per-CPU list, or -1
 * @at:	    place in the list, from its head; or number of a pageblock
 * @live:   what the host has there; a frame, in lists, SBD_PFN_NONE past its end
 * @shadow: what the clone has there
 */
struct sbd_diff {
	const char *what;
	int zone;
	int cpu;
	int order;
	int list;
	unsigned long at;
	long live;
	long shadow;
};

int sbd_clone_create(const struct sbd_snap *s, const struct sbd_profile *prof,
		     int id, struct sbd_system **sys);
void sbd_clone_load(struct sbd_system *sys, const struct sbd_snap *s);
void sbd_clone_count(struct sbd_system *sys, const struct sbd_counted *c);
void sbd_clone_use(struct sbd_system *sys, unsigned long pfn,
		   unsigned int order);
bool sbd_clone_differs(const struct sbd_system *sys, const struct sbd_snap *s,
		       struct sbd_diff *d);

#endif
