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
#include <linux/ptrace.h>
#include <linux/version.h>

#include "sbd.h"

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

/* The type in a pageblock's bits; 6.17 made isolation a bit beside it. */
static inline int sbd_live_bits_type(unsigned long bits)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0) && \
	defined(CONFIG_MEMORY_ISOLATION)
	if (bits >> PB_migrate_isolate & 1)
		return MIGRATE_ISOLATE;
#endif
	return bits & 7;
}

/* Compaction found nothing in the pageblock. */
static inline bool sbd_live_bits_skip(unsigned long bits)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
	return bits >> PB_compact_skip & 1;
#else
	return bits >> PB_migrate_skip & 1;
#endif
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
	return sbd_live_bits_type(sbd_live_block_bits(zone, pfn));
}

/*
 * The kernel's migratetypes have other numbers with CMA than without, and
 * before 6.17 than after; ours never change.
 */
static inline int sbd_type_of_live(int mt)
{
#ifdef CONFIG_MEMORY_ISOLATION
	if (mt == MIGRATE_ISOLATE)
		return SBD_ISOLATE;
#endif
#ifdef CONFIG_CMA
	if (mt == MIGRATE_CMA)
		return SBD_CMA;
#endif
	return mt < MIGRATE_PCPTYPES + 1 ? mt : -1;
}

/* The kernel's number of one of our zone types, -1 if it has no such type. */
static inline int sbd_live_zone_idx(int type)
{
	switch (type) {
#ifdef CONFIG_ZONE_DMA
	case SBD_ZONE_DMA:
		return ZONE_DMA;
#endif
#ifdef CONFIG_ZONE_DMA32
	case SBD_ZONE_DMA32:
		return ZONE_DMA32;
#endif
	case SBD_ZONE_NORMAL:
		return ZONE_NORMAL;
	case SBD_ZONE_MOVABLE:
		return ZONE_MOVABLE;
#ifdef CONFIG_ZONE_DEVICE
	case SBD_ZONE_DEVICE:
		return ZONE_DEVICE;
#endif
	default:
		return -1;
	}
}

/**
 * struct sbd_live_pcp - what a per-CPU list of the host has beside its lists
 * @count:	  as in struct sbd_pcp, like the rest
 * @high:	  pages above which frees go back
 * @high_min:	  6.1: equals @high
 * @high_max:	  6.1: equals @high
 * @batch:	  pages moved at a time
 * @free_count:	  from 6.7
 * @free_factor:  to 6.6
 * @alloc_factor: from 6.7
 * @flags:	  from 6.7
 * @expire:	  0 without NUMA
 */
struct sbd_live_pcp {
	int count;
	int high;
	int high_min;
	int high_max;
	int batch;
	short free_count;
	u8 free_factor;
	u8 alloc_factor;
	u8 flags;
	u8 expire;
};

static inline void sbd_live_pcp_read(const struct per_cpu_pages *p,
				     struct sbd_live_pcp *to)
{
	*to = (struct sbd_live_pcp) {
		.count = p->count,
		.high = p->high,
		.batch = p->batch,
#ifdef CONFIG_NUMA
		.expire = p->expire,
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
		.high_min = p->high_min,
		.high_max = p->high_max,
		.free_count = p->free_count,
		.alloc_factor = p->alloc_factor,
		.flags = p->flags,
#else
		.high_min = p->high,
		.high_max = p->high,
		.free_factor = p->free_factor,
#endif
	};
}

/* To 6.9 a page on a per-CPU list remembers the type it came under. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define SBD_LIVE_CACHES_TYPE	false
static inline int sbd_live_cached_type(const struct page *page)
{
	return 0;
}
#else
#define SBD_LIVE_CACHES_TYPE	true
static inline int sbd_live_cached_type(const struct page *page)
{
	return page->index;
}
#endif

/* How the allocator judges that an owner can move an allocated page. */
static inline bool sbd_live_movable(struct page *page)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
	return PageLRU(page) || page_has_movable_ops(page);
#else
	return PageLRU(page) || __PageMovable(page);
#endif
}

static inline unsigned long sbd_live_free_highatomic(const struct zone *z)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	return z->nr_free_highatomic;
#else
	return 0;
#endif
}

/* The 6.7 flag in our place, or 0. */
static inline unsigned long sbd_live_below_high(const struct zone *z)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	return test_bit(ZONE_BELOW_HIGH, &z->flags) ? BIT(SBD_ZONE_BELOW_HIGH) : 0;
#else
	return 0;
#endif
}

static inline unsigned long sbd_live_nr_isolate(const struct zone *z)
{
#ifdef CONFIG_MEMORY_ISOLATION
	return z->nr_isolate_pageblock;
#else
	return 0;
#endif
}

/* A counter as it is kept, without the differences of the CPUs. */
static inline long sbd_live_stat(const struct zone *z, int item)
{
	return atomic_long_read(&z->vm_stat[item]);
}

static inline int sbd_live_diff(const struct zone *z, int cpu, int item)
{
#ifdef CONFIG_SMP
	return per_cpu_ptr(z->per_cpu_zonestats, cpu)->vm_stat_diff[item];
#else
	return 0;
#endif
}

static inline int sbd_live_threshold(const struct zone *z, int cpu)
{
#ifdef CONFIG_SMP
	return per_cpu_ptr(z->per_cpu_zonestats, cpu)->stat_threshold;
#else
	return 0;
#endif
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

/* 6.5: compaction_suitable() only says whether, and no longer checks the mark. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define SBD_LIVE_SUITABLE_IS_BOOL
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
int __isolate_free_page(struct page *page, unsigned int order);
void __putback_isolated_page(struct page *page, unsigned int order, int mt);

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

/*
 * The bulk API behind its macros.  It also filled lists, as its fifth argument,
 * until 6.14; allocations got a second name in 6.10.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define SBD_LIVE_BULK_SYMBOL	"alloc_pages_bulk_noprof"
#else
#define SBD_LIVE_BULK_SYMBOL	"__alloc_pages_bulk"
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
#define SBD_LIVE_BULK_ARRAY	4
#else
#define SBD_LIVE_BULK_ARRAY	5
#endif

/* Where the kernel cannot tell an argument, it has no probes that would ask. */
#ifndef CONFIG_HAVE_FUNCTION_ARG_ACCESS_API
static inline unsigned long regs_get_kernel_argument(struct pt_regs *regs,
						     unsigned int n)
{
	return 0;
}
#endif

static inline struct page **sbd_live_bulk_array(struct pt_regs *regs)
{
	return (struct page **)regs_get_kernel_argument(regs, SBD_LIVE_BULK_ARRAY);
}

/*
 * How the kernel's own functions hand a request on, as far as a hook reads it; the same
 * from 6.1 on (mm/internal.h there).
 */
struct sbd_live_request {
	void *zonelist;
	void *nodemask;
	void *preferred;
	int migratetype;
	int highest_zoneidx;
};

/* What an allocation enters; renamed in 6.10 and 6.14. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
#define SBD_LIVE_ALLOC_SYMBOL	"__alloc_frozen_pages_noprof"
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define SBD_LIVE_ALLOC_SYMBOL	"__alloc_pages_noprof"
#else
#define SBD_LIVE_ALLOC_SYMBOL	"__alloc_pages"
#endif

/* From 6.10 mm_page_alloc_extfrag has the block that was taken, not where from. */
#define SBD_LIVE_FALLBACK_TAKES	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0))

#endif
