/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences of the build API, and only those: what a kernel version *does*
 * is said in profile.[ch].  The only file that asks for LINUX_VERSION_CODE.
 *
 * Built and run: 6.1 and 6.12.  What is said here of later kernels was read in
 * the patches that changed them, and not run.
 */
#ifndef SBD_COMPAT_H
#define SBD_COMPAT_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/version.h>

#define SBD_BUILD_MAJOR		(LINUX_VERSION_CODE >> 16 & 0xff)
#define SBD_BUILD_MINOR		(LINUX_VERSION_CODE >> 8 & 0xff)
#define SBD_BUILD_SUBLEVEL	(LINUX_VERSION_CODE & 0xff)

/* The live allocator's orders: MAX_ORDER was exclusive before 6.4. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#define SBD_LIVE_NR_ORDERS	NR_PAGE_ORDERS
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define SBD_LIVE_NR_ORDERS	(MAX_ORDER + 1)
#else
#define SBD_LIVE_NR_ORDERS	MAX_ORDER
#endif

/*
 * The kernel's own reader of pageblock types is not exported, but where the
 * bits are can be seen from headers: NR_PAGEBLOCK_BITS a block, the type in
 * the low three.
 */
static inline unsigned long sbd_live_block_bits(struct zone *zone,
						unsigned long pfn)
{
	unsigned long bit, *map;

#ifdef CONFIG_SPARSEMEM
	map = section_to_usemap(__pfn_to_section(pfn));
	bit = (pfn & (PAGES_PER_SECTION - 1)) >> pageblock_order;
#else
	map = zone->pageblock_flags;
	bit = (pfn >> pageblock_order) - (zone->zone_start_pfn >> pageblock_order);
#endif
	bit *= NR_PAGEBLOCK_BITS;
	return READ_ONCE(map[bit / BITS_PER_LONG]) >> (bit % BITS_PER_LONG);
}

/**
 * sbd_live_block_type() - the live type of a pageblock
 * @zone: its zone
 * @pfn:  an online frame of it
 *
 * Context: any; without the zone lock the answer may be old at once.
 * Return: enum migratetype, in the numbering of the kernel that runs.
 */
static inline int sbd_live_block_type(struct zone *zone, unsigned long pfn)
{
	unsigned long bits = sbd_live_block_bits(zone, pfn);

	/* 6.17 made isolation a bit beside the type instead of a type. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0) && \
	defined(CONFIG_MEMORY_ISOLATION)
	if (bits >> PB_migrate_isolate & 1)
		return MIGRATE_ISOLATE;
#endif
	return bits & 7;
}

/* 6.17: a flag word where the pageblocks' type was. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#define SBD_CONTIG_HOW		ACR_FLAGS_NONE
#else
#define SBD_CONTIG_HOW		MIGRATE_MOVABLE
#endif

#ifdef CONFIG_CONTIG_ALLOC
static inline int sbd_contig_alloc(unsigned long start, unsigned long end)
{
	return alloc_contig_range(start, end, SBD_CONTIG_HOW,
				  GFP_KERNEL | __GFP_NOWARN);
}

static inline void sbd_contig_free(unsigned long start, unsigned long pages)
{
	free_contig_range(start, pages);
}
#else
static inline int sbd_contig_alloc(unsigned long start, unsigned long end)
{
	return -EOPNOTSUPP;
}

static inline void sbd_contig_free(unsigned long start, unsigned long pages)
{
}
#endif

/* What the suites compare with: decay_pcp_high() since 6.7, and since 6.12 ... */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
#define SBD_LIVE_DECAY_PCP_HIGH
#endif
/* ... free HIGHATOMIC pages are counted apart from reserved ones. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define SBD_LIVE_FREE_HIGHATOMIC
#endif
/* Declared in mm/internal.h, which is not for modules. */
int find_suitable_fallback(struct free_area *area, unsigned int order,
			   int migratetype, bool only_stealable,
			   bool *can_steal);

/* Many single pages at once; the array API lost its suffix in 6.14. */
static inline unsigned long sbd_live_bulk(gfp_t gfp, unsigned long nr,
					  struct page **pages)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
	return alloc_pages_bulk(gfp, nr, pages);
#else
	return alloc_pages_bulk_array(gfp, nr, pages);
#endif
}

#endif
