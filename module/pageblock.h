/* SPDX-License-Identifier: GPL-2.0 */
/* Pageblock types, skip bits, grouping by mobility. */
#ifndef SBD_PAGEBLOCK_H
#define SBD_PAGEBLOCK_H

#include <linux/minmax.h>

#include "sbd.h"

#define SBD_BLOCK_TYPE_MASK	0x07
#define SBD_BLOCK_SKIP		0x08	/* compaction found nothing here */
#define SBD_BLOCK_UNCOUNTED	0x10	/* a clone's: movable pages not known */

static inline unsigned long sbd_block_pages(const struct sbd_zone *z)
{
	return 1UL << z->block_order;
}

static inline unsigned long sbd_block_index(const struct sbd_zone *z,
					    unsigned long pfn)
{
	return (pfn >> z->block_order) - z->first_block;
}

static inline unsigned long sbd_block_start(const struct sbd_zone *z,
					    unsigned long pfn)
{
	return pfn & ~(sbd_block_pages(z) - 1);
}

/**
 * sbd_block_type() - the type of the pageblock that holds a frame
 * @z:	 its zone
 * @pfn: the frame
 *
 * Context: any; a racing change shows as the old or the new type.
 * Return: enum sbd_migratetype.
 */
static inline int sbd_block_type(const struct sbd_zone *z, unsigned long pfn)
{
	return z->blocks[sbd_block_index(z, pfn)] & SBD_BLOCK_TYPE_MASK;
}

/* The zone spans a pageblock, by its number, but has no frame of it. */
static inline bool sbd_block_is_hole(const struct sbd_zone *z,
				     unsigned long block)
{
	unsigned long pfn = (z->first_block + block) << z->block_order;

	return sbd_zone_of(z->sys, max(pfn, z->start_pfn)) != z;
}

/* Types that may merge with, and be converted into, each other. */
static inline bool sbd_type_mergeable(int mt)
{
	return mt < SBD_PCPTYPES;
}

void sbd_block_set_type(struct sbd_zone *z, unsigned long pfn, int mt);
void sbd_block_set_range(struct sbd_zone *z, unsigned long pfn,
			 unsigned int order, int mt);
void sbd_block_count(const struct sbd_zone *z, unsigned long *count);

#endif
