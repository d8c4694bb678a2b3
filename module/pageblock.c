// SPDX-License-Identifier: GPL-2.0
/* Pageblock types, skip bits, grouping by mobility. */
#include "pageblock.h"
#include "trace.h"

const char * const sbd_type_names[SBD_NR_TYPES] = {
	[SBD_UNMOVABLE] = "Unmovable",
	[SBD_MOVABLE] = "Movable",
	[SBD_RECLAIMABLE] = "Reclaimable",
	[SBD_HIGHATOMIC] = "HighAtomic",
	[SBD_CMA] = "CMA",
	[SBD_ISOLATE] = "Isolate",
};

/**
 * sbd_block_set_type() - give one pageblock a type
 * @z:	 its zone
 * @pfn: any frame of it
 * @mt:	 enum sbd_migratetype
 *
 * Where pageblocks are not grouped by mobility the ordinary types are stored
 * as UNMOVABLE (set_pageblock_migratetype()).
 * Context: zone lock held, or the zone not yet in use.
 */
void sbd_block_set_type(struct sbd_zone *z, unsigned long pfn, int mt)
{
	u8 *block = &z->blocks[sbd_block_index(z, pfn)];
	int old = *block & SBD_BLOCK_TYPE_MASK;

	if (!z->grouped && mt < SBD_PCPTYPES)
		mt = SBD_UNMOVABLE;
	*block = (*block & ~SBD_BLOCK_TYPE_MASK) | mt;
	if (old != mt)
		trace_sbd_pageblock(z, sbd_block_start(z, pfn), old, mt);
}

/**
 * sbd_block_set_range() - give all pageblocks of a large block a type
 * @z:	   its zone
 * @pfn:   first frame
 * @order: at least the pageblock order
 * @mt:	   enum sbd_migratetype
 *
 * Context: zone lock held.
 */
void sbd_block_set_range(struct sbd_zone *z, unsigned long pfn,
			 unsigned int order, int mt)
{
	unsigned long end = pfn + (1UL << order);

	for (; pfn < end; pfn += sbd_block_pages(z))
		sbd_block_set_type(z, pfn, mt);
}

/**
 * sbd_block_count() - how many pageblocks have each type
 * @z:	   the zone
 * @count: SBD_NR_TYPES entries, set
 *
 * Those of a hole do not count, as in /proc/pagetypeinfo.
 * Context: any; the count is exact while the zone lock is held.
 */
void sbd_block_count(const struct sbd_zone *z, unsigned long *count)
{
	unsigned long i;
	int mt;

	for (mt = 0; mt < SBD_NR_TYPES; mt++)
		count[mt] = 0;
	for (i = 0; i < z->nr_blocks; i++) {
		mt = z->blocks[i] & SBD_BLOCK_TYPE_MASK;
		if (mt < SBD_NR_TYPES && !sbd_block_is_hole(z, i))
			count[mt]++;
	}
}
