// SPDX-License-Identifier: GPL-2.0
/* The way back: blocks to the per-CPU lists or to their zone. */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "free.h"
#include "pcp.h"
#include "profile.h"
#include "trace.h"
#include "zone.h"

/* Free past the per-CPU lists. */
static void free_direct(struct sbd_zone *z, int cpu, unsigned long pfn,
			unsigned int order, int mt)
{
	unsigned long flags;

	flags = sbd_zone_lock(z);
	z->served.free[order]++;
	z->event[SBD_EV_DIRECT_FREE]++;
	/* 6.1 read the type before the lock; isolation may have come since */
	if (z->prof->type_hygiene || z->nr_isolate || mt == SBD_ISOLATE)
		mt = sbd_block_type(z, pfn);
	if (unlikely(order > z->block_order && z->prof->type_hygiene))
		sbd_free_by_block(z, cpu, pfn, order, SBD_FPI_NONE);
	else
		sbd_free_block(z, cpu, pfn, order, mt, SBD_FPI_NONE);
	sbd_zone_unlock(z, flags);
}

/**
 * sbd_free() - give a block back
 * @sys:   the system
 * @cpu:   whose per-CPU lists
 * @pfn:   as sbd_alloc() returned it
 * @order: as it was asked for
 *
 * free_unref_page() and __free_pages_ok().  Reserved and CMA pageblocks' pages
 * go to the MOVABLE lists, isolated ones straight to the zone.
 * Context: as sbd_alloc().
 * Return: 0; -EINVAL, and nothing done, if that block is not allocated.
 */
int sbd_free(struct sbd_system *sys, int cpu, unsigned long pfn,
	     unsigned int order)
{
	struct sbd_zone *z = sbd_zone_of(sys, pfn);
	struct sbd_frame *f;
	int mt, list_mt;

	if (unlikely(!z))
		return -EINVAL;
	f = sbd_frame(z, pfn);
	if (unlikely(f->state != SBD_FRAME_USED || f->order != order))
		return -EINVAL;
	mt = sbd_block_type(z, pfn);
	trace_sbd_free(z, pfn, order, mt);
	f->flags = 0;
	f->mt = mt;
	list_mt = mt < SBD_PCPTYPES ? mt : SBD_MOVABLE;
	if (sbd_pcp_order(z, order) && mt != SBD_ISOLATE &&
	    !(mt == SBD_HIGHATOMIC && sbd_broken(sys, highatomic_pcp)) &&
	    likely(sbd_pcp_free(z, cpu, f, order, list_mt)))
		return 0;
	free_direct(z, cpu, pfn, order, mt);
	return 0;
}

/**
 * sbd_drain_all() - give all per-CPU pages back to their zones
 * @sys: the system
 *
 * drain_all_pages(): CPUs ascending, zones in order, done by the caller.
 * Context: process.
 */
void sbd_drain_all(struct sbd_system *sys)
{
	struct sbd_zone *z;
	int cpu, i;

	for (cpu = 0; cpu < sys->nr_cpus; cpu++)
		sbd_for_each_zone(sys, i, z)
			sbd_drain_zone(z, cpu);
}
