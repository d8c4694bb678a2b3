// SPDX-License-Identifier: GPL-2.0
/*
 * Real, contiguous host memory under a system: from CMA through the DMA API,
 * or from anywhere by alloc_contig_range().
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/align.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/platform_device.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/vmstat.h>

#include "arena.h"
#include "compat.h"
#include "sbd.h"

#define LEAST_PAGES	(SZ_4M >> PAGE_SHIFT)
#define CONTIG_TRIES	64			/* failures a pass, ms each */
#define CONTIG_BUDGET	(10 * NSEC_PER_SEC)	/* a pass */

const char * const sbd_backend_names[] = {
	[SBD_BACKEND_AUTO] = "auto",
	[SBD_BACKEND_CMA] = "cma",
	[SBD_BACKEND_CONTIG] = "contig",
	NULL,
};

/**
 * struct why - the reason of a failure, for the one line in the log
 * @text: without the backend's name
 */
struct why {
	char text[SBD_ARENA_WHY];
};

static unsigned long to_mb(unsigned long pages)
{
	return pages >> (20 - PAGE_SHIFT);
}

#ifdef CONFIG_DMA_CMA
static unsigned long free_cma_pages(void)
{
	return global_zone_page_state(NR_FREE_CMA_PAGES);
}

/*
 * Every pageblock of a range is of the CMA type.  A request through the DMA
 * API is not movable, and only movable ones are ever served from CMA blocks
 * otherwise, so pages of such blocks can but have come from the CMA area.
 */
static bool is_cma_range(unsigned long pfn, unsigned long pages)
{
	unsigned long end = pfn + pages;
	struct zone *zone = page_zone(pfn_to_page(pfn));

	for (; pfn < end; pfn = ALIGN(pfn + 1, pageblock_nr_pages))
		if (!is_migrate_cma(sbd_live_block_type(zone, pfn)))
			return false;
	return true;
}

static int cma_device(struct sbd_arena *a, struct why *why)
{
	int err;

	a->dev = platform_device_register_simple("shadowbuddy-arena",
						 PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(a->dev)) {
		err = PTR_ERR(a->dev);
		goto no_device;
	}
	err = dma_set_mask_and_coherent(&a->dev->dev, DMA_BIT_MASK(64));
	if (err)
		goto unregister;
	return 0;

unregister:
	platform_device_unregister(a->dev);
no_device:
	snprintf(why->text, sizeof(why->text),
		 "no device to ask the DMA API with, error %d", err);
	return err;
}

static void cma_free(struct sbd_arena *a)
{
	dma_free_pages(&a->dev->dev, a->pages << PAGE_SHIFT, a->page, a->dma,
		       DMA_BIDIRECTIONAL);
}

static void cma_release(struct sbd_arena *a)
{
	cma_free(a);
	platform_device_unregister(a->dev);
}

/*
 * Where the area has no room, the DMA API falls back to ordinary memory
 * without a word: look where the pages came from, and give others back.
 * NOWARN, for that fallback WARNs when asked for more than the largest order;
 * NORETRY, for it is not wanted.
 */
static int cma_reserve(struct sbd_arena *a, struct why *why)
{
	unsigned long before = free_cma_pages();
	int err = cma_device(a, why);

	if (err)
		return err;
	err = -ENOMEM;
	a->page = dma_alloc_pages(&a->dev->dev, a->pages << PAGE_SHIFT, &a->dma,
				  DMA_BIDIRECTIONAL,
				  GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY);
	if (!a->page)
		goto unregister;
	a->base_pfn = page_to_pfn(a->page);
	if (!is_cma_range(a->base_pfn, a->pages))
		goto free;
	a->cma_pages = before - free_cma_pages();
	return 0;

free:
	cma_free(a);
unregister:
	platform_device_unregister(a->dev);
	snprintf(why->text, sizeof(why->text),
		 "the DMA API's CMA area has no %lu MiB in one piece (%lu MiB free; boot with cma=SIZE)",
		 to_mb(a->pages), to_mb(before));
	return err;
}
#else
static void cma_release(struct sbd_arena *a)
{
}

static int cma_reserve(struct sbd_arena *a, struct why *why)
{
	snprintf(why->text, sizeof(why->text),
		 "this kernel is built without %s",
		 IS_ENABLED(CONFIG_CMA) ? "CONFIG_DMA_CMA" : "CONFIG_CMA");
	return -EOPNOTSUPP;
}
#endif

/* A frame that alloc_contig_range() can probably have emptied. */
static bool likely_movable(struct page *page)
{
	return PageLRU(page) || !page_ref_count(page);
}

/* How far to go on from a frame; a racing change only misjudges the block. */
static unsigned long stride(struct page *page)
{
	unsigned long order = READ_ONCE(page->private);

	return PageBuddy(page) && order < SBD_LIVE_NR_ORDERS ? 1UL << order : 1;
}

/*
 * A whole pageblock of the zone that can probably be emptied.  It has to be
 * MOVABLE already: alloc_contig_range() isolates pageblocks and, whether it
 * succeeds or not, leaves all that it isolated MOVABLE.  Of blocks that are,
 * none can be left changed.
 */
static bool block_usable(struct zone *zone, unsigned long pfn)
{
	unsigned long last = pfn + pageblock_nr_pages - 1;
	struct page *page = pfn_to_online_page(pfn);

	if (!page || page_zone(page) != zone || !pfn_to_online_page(last) ||
	    page_zone(pfn_to_page(last)) != zone ||
	    sbd_live_block_type(zone, pfn) != MIGRATE_MOVABLE)
		return false;
	for (; pfn <= last; pfn += stride(page)) {
		page = pfn_to_page(pfn);
		if (!PageBuddy(page) && !likely_movable(page))
			return false;
	}
	return true;
}

/**
 * struct hunt - a search for a range
 * @pages:    wanted
 * @align:    of the first frame, at least a pageblock
 * @tries:    failures still allowed
 * @deadline: ktime, ns
 */
struct hunt {
	unsigned long pages;
	unsigned long align;
	int tries;
	u64 deadline;
};

static bool hunt_over(const struct hunt *h)
{
	return !h->tries || ktime_get_ns() > h->deadline ||
	       fatal_signal_pending(current);
}

/*
 * Walk down a zone, a pageblock at a time, and try the top of every long
 * enough run of usable ones.  Which frame made a try fail is not known, so go
 * on half a range lower.  Return: the first frame, 0 if none.
 */
static unsigned long hunt_zone(struct hunt *h, struct zone *zone)
{
	unsigned long bottom = ALIGN(zone->zone_start_pfn, pageblock_nr_pages);
	unsigned long pfn = ALIGN_DOWN(zone_end_pfn(zone), pageblock_nr_pages);
	unsigned long top = pfn, start;

	while (pfn >= bottom + pageblock_nr_pages && !hunt_over(h)) {
		cond_resched();
		pfn -= pageblock_nr_pages;
		if (!block_usable(zone, pfn)) {
			top = pfn;
			continue;
		}
		if (top < pfn + h->pages)
			continue;
		start = ALIGN_DOWN(top - h->pages, h->align);
		if (start < pfn)
			continue;
		if (!sbd_contig_alloc(start, start + h->pages))
			return start;
		h->tries--;
		top = start + h->pages / 2;
	}
	return 0;
}

static unsigned long hunt_zones(struct hunt *h)
{
	unsigned long pfn;
	struct zone *zone;
	int type, nid;

	for (type = MAX_NR_ZONES - 1; type >= 0; type--) {
		for_each_online_node(nid) {
			zone = &NODE_DATA(nid)->node_zones[type];
			if (!populated_zone(zone))
				continue;
			pfn = hunt_zone(h, zone);
			if (pfn)
				return pfn;
		}
	}
	return 0;
}

static unsigned long hunt(unsigned long pages, unsigned long align, int *tried)
{
	struct hunt h = {
		.pages = pages,
		.align = align,
		.tries = CONTIG_TRIES,
		.deadline = ktime_get_ns() + CONTIG_BUDGET,
	};
	unsigned long pfn = hunt_zones(&h);

	*tried += CONTIG_TRIES - h.tries;
	return pfn;
}

/* Zones are cut at cells, so a range that begins with one is cut best. */
static int contig_reserve(struct sbd_arena *a, struct why *why)
{
	int tried = 0;

	if (!IS_ENABLED(CONFIG_CONTIG_ALLOC)) {
		snprintf(why->text, sizeof(why->text),
			 "this kernel is built without CONFIG_CONTIG_ALLOC");
		return -EOPNOTSUPP;
	}
	a->base_pfn = hunt(a->pages, max(SBD_CELL_PAGES, pageblock_nr_pages),
			   &tried);
	if (!a->base_pfn && pageblock_nr_pages < SBD_CELL_PAGES)
		a->base_pfn = hunt(a->pages, pageblock_nr_pages, &tried);
	if (!a->base_pfn) {
		snprintf(why->text, sizeof(why->text),
			 "no %lu MiB of movable memory in one piece (%d ranges tried in vain)",
			 to_mb(a->pages), tried);
		return fatal_signal_pending(current) ? -EINTR : -ENOMEM;
	}
	a->page = pfn_to_page(a->base_pfn);
	return 0;
}

/**
 * sbd_arena_check() - may an arena be that large
 * @pages: at least 4 MiB, at most half of what is available
 *
 * A refusal is said in one line of the log.
 * Context: process.  Return: 0, -EINVAL if too small, -ENOMEM if too large.
 */
int sbd_arena_check(unsigned long pages)
{
	unsigned long most = max(si_mem_available() / 2, 0L);

	if (pages < LEAST_PAGES) {
		pr_err("arena_mb=%lu: at least %lu are needed\n",
		       to_mb(pages), to_mb(LEAST_PAGES));
		return -EINVAL;
	}
	if (pages > most) {
		pr_err("arena_mb=%lu: more than half of the available memory, which is %lu\n",
		       to_mb(pages), to_mb(most));
		return -ENOMEM;
	}
	return 0;
}

static int reserve_from(struct sbd_arena *a, enum sbd_backend backend,
			struct why *why)
{
	a->backend = backend;
	return backend == SBD_BACKEND_CMA ? cma_reserve(a, why) :
					    contig_reserve(a, why);
}

static int reserve_auto(struct sbd_arena *a)
{
	struct why no_cma, no_contig;
	int err;

	if (!reserve_from(a, SBD_BACKEND_CMA, &no_cma))
		return 0;
	err = reserve_from(a, SBD_BACKEND_CONTIG, &no_contig);
	if (err)
		pr_err("backend=auto: cma: %s; contig: %s\n", no_cma.text,
		       no_contig.text);
	else
		strscpy(a->not_cma, no_cma.text, sizeof(a->not_cma));
	return err;
}

/**
 * sbd_arena_reserve() - get contiguous memory
 * @a:	     filled on success
 * @pages:   how many, as sbd_arena_check() allows
 * @backend: where from; AUTO tries CMA, then contig
 *
 * What cannot be met is said in one line of the log.  The range may begin or
 * end inside a pageblock.  Its contents are undefined.
 * Context: process, may sleep, up to seconds where memory has to be migrated.
 * Return: 0; -EOPNOTSUPP if the kernel has no such backend, -ENOMEM if it has
 * no such memory, -EINTR after a fatal signal.  Nothing is held after an error.
 */
int sbd_arena_reserve(struct sbd_arena *a, unsigned long pages,
		      enum sbd_backend backend)
{
	struct why why;
	int err;

	memset(a, 0, sizeof(*a));
	a->pages = pages;
	if (backend == SBD_BACKEND_AUTO)
		return reserve_auto(a);
	err = reserve_from(a, backend, &why);
	if (err)
		pr_err("backend=%s: %s\n", sbd_backend_names[backend], why.text);
	return err;
}

/**
 * sbd_arena_release() - give all of it back
 * @a: what sbd_arena_reserve() filled; nobody uses the memory any more
 *
 * Context: process, may sleep.
 */
void sbd_arena_release(struct sbd_arena *a)
{
	if (a->backend == SBD_BACKEND_CMA)
		cma_release(a);
	else
		sbd_contig_free(a->base_pfn, a->pages);
}
