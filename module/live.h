/* SPDX-License-Identifier: GPL-2.0 */
/* The real allocator: asking it, and reading what it says of itself. */
#ifndef SBD_LIVE_H
#define SBD_LIVE_H

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/timekeeping.h>

#include "sbd.h"

/**
 * struct sbd_live_zone - one populated zone of the host
 * @nid:     node
 * @name:    as /proc/buddyinfo has it
 * @nr_free: free blocks by order
 */
struct sbd_live_zone {
	int nid;
	const char *name;
	unsigned long nr_free[SBD_NR_ORDERS];
};

/**
 * struct sbd_live_fallbacks - requests of ours served by another type's block
 * @tasks:    whose requests count
 * @nr_tasks: how many
 * @own:      theirs
 * @others:   anybody else's, meanwhile
 */
struct sbd_live_fallbacks {
	struct task_struct **tasks;
	unsigned int nr_tasks;
	atomic64_t own;
	atomic64_t others;
};

/*
 * On the caller's own node and past the task's memory policy, which the shadow
 * does not have.  Inline, as they are what a bench measures.
 */
static inline struct page *sbd_live_alloc(gfp_t gfp, unsigned int order)
{
	return alloc_pages_node(NUMA_NO_NODE, gfp, order);
}

/* The same on a node that the caller names. */
static inline struct page *sbd_live_alloc_on(int nid, gfp_t gfp,
					     unsigned int order)
{
	return alloc_pages_node(nid, gfp, order);
}

static inline void sbd_live_free(struct page *page, unsigned int order)
{
	__free_pages(page, order);
}

/*
 * Nanoseconds, while all CPUs are stopped.  Where sched_clock() is unstable,
 * local_clock() stands still after one tick with interrupts off.
 */
static inline u64 sbd_live_clock(void)
{
	return ktime_get_mono_fast_ns();
}

/*
 * A block in one word, so that it can be freed by who knows nothing else of it.
 * A kernel address begins with some equal bits, which the way back restores.
 */
static_assert(BITS_PER_LONG == 64);

static inline unsigned long sbd_live_pack(struct page *page, unsigned int order)
{
	return (unsigned long)page << 4 | order;
}

static inline void sbd_live_free_packed(unsigned long block)
{
	sbd_live_free((struct page *)((long)block >> 4), block & 0xf);
}

unsigned int sbd_live_alloc_bulk(gfp_t gfp, unsigned int nr,
				 struct page **pages);
unsigned long sbd_live_spare(int nid);
bool sbd_live_clears(gfp_t gfp);
int sbd_live_read(const char *path, char *buf, size_t size);
int sbd_live_number(const char *path, long *value);
int sbd_live_zones(struct sbd_live_zone *zones, int max);
int sbd_live_watch(struct sbd_live_fallbacks *f);
void sbd_live_unwatch(struct sbd_live_fallbacks *f);

#endif
