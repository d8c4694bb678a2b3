// SPDX-License-Identifier: GPL-2.0
/*
 * What free blocks offer to a request of some order.
 *
 * Rules: mm/vmstat.c of 6.1 and 6.12 (fragmentation_index(),
 * unusable_free_index(), extfrag_for_order()).
 */
#include <linux/compiler.h>
#include <linux/math64.h>

#include "supply.h"

/**
 * struct supply - what a request of some order finds
 * @pages:    free pages
 * @blocks:   free blocks
 * @suitable: blocks of the order that fit into them
 */
struct supply {
	unsigned long pages;
	unsigned long blocks;
	unsigned long suitable;
};

static struct supply supply_for(const unsigned long *nr_free,
				unsigned int order)
{
	struct supply s = { };
	unsigned int o;

	for (o = 0; o < SBD_NR_ORDERS; o++) {
		s.pages += nr_free[o] << o;
		s.blocks += nr_free[o];
		if (o >= order)
			s.suitable += nr_free[o] << (o - order);
	}
	return s;
}

/**
 * sbd_fragindex() - why a request would fail: 0 want of memory, 1000 fragments
 * @nr_free: free blocks by order
 * @order:   of the request
 *
 * fragmentation_index().  Return: thousandths; -1000 if it would not fail.
 */
int sbd_fragindex(const unsigned long *nr_free, unsigned int order)
{
	struct supply s = supply_for(nr_free, order);

	if (!s.blocks)
		return 0;
	if (s.suitable)
		return -1000;
	return 1000 - div64_ul(1000 + div64_ul(s.pages * 1000ULL, 1UL << order),
			       s.blocks);
}

/**
 * sbd_unusable_index() - the share of free memory too fragmented for an order
 * @nr_free: free blocks by order
 * @order:   of the request
 *
 * unusable_free_index().  Return: thousandths; 1000 if nothing is free.
 */
int sbd_unusable_index(const unsigned long *nr_free, unsigned int order)
{
	struct supply s = supply_for(nr_free, order);

	if (!s.pages)
		return 1000;
	return div64_ul((s.pages - (s.suitable << order)) * 1000ULL, s.pages);
}

/**
 * sbd_extfrag() - the share of free memory in pieces too small for an order
 * @nr_free: free blocks by order
 * @order:   what is small enough
 *
 * extfrag_for_order().  Return: percent; 0 if nothing is free.
 */
unsigned int sbd_extfrag(const unsigned long *nr_free, unsigned int order)
{
	struct supply s = supply_for(nr_free, order);

	if (!s.pages)
		return 0;
	return div64_ul((s.pages - (s.suitable << order)) * 100ULL, s.pages);
}

/**
 * sbd_zone_nr_free() - a zone's free blocks by order
 * @z:	     the zone
 * @nr_free: SBD_NR_ORDERS entries, set
 *
 * Context: any; without the zone lock they may be in motion.
 */
void sbd_zone_nr_free(const struct sbd_zone *z, unsigned long *nr_free)
{
	int o;

	for (o = 0; o < SBD_NR_ORDERS; o++)
		nr_free[o] = READ_ONCE(z->area[o].nr_free);
}
