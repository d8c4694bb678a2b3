/* SPDX-License-Identifier: GPL-2.0 */
/* Real, contiguous host memory under a system. */
#ifndef SBD_ARENA_H
#define SBD_ARENA_H

#include <linux/types.h>

struct page;
struct platform_device;

#define SBD_ARENA_WHY	128	/* bytes of a reason */

enum sbd_backend {
	SBD_BACKEND_AUTO,
	SBD_BACKEND_CMA,
	SBD_BACKEND_CONTIG,
};

/**
 * struct sbd_arena - one reserved range
 * @backend:  which one gave the memory; never AUTO once reserved
 * @base_pfn: first page frame
 * @pages:    length
 * @cma_pages: pages by which the kernel's free CMA pages fell (CMA), 0 (contig)
 * @dev:      device through which CMA was asked, NULL for contig
 * @page:     first page
 * @dma:      address as the device sees it
 * @not_cma:  why AUTO did not get it from CMA; "" if it did, or was not asked
 */
struct sbd_arena {
	enum sbd_backend backend;
	unsigned long base_pfn;
	unsigned long pages;
	long cma_pages;
	struct platform_device *dev;
	struct page *page;
	dma_addr_t dma;
	char not_cma[SBD_ARENA_WHY];
};

extern const char * const sbd_backend_names[];

int sbd_arena_check(unsigned long pages);
int sbd_arena_reserve(struct sbd_arena *a, unsigned long pages,
		      enum sbd_backend backend);
void sbd_arena_release(struct sbd_arena *a);

#endif
