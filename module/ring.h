/* SPDX-License-Identifier: GPL-2.0 */
/* Events of the host's allocator, in a ring for each CPU. */
#ifndef SBD_RING_H
#define SBD_RING_H

#include <linux/compiler.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched/clock.h>
#include <linux/types.h>

#include "sbd.h"

enum sbd_event_kind {
	SBD_EVENT_ALLOC,	/* mm_page_alloc */
	SBD_EVENT_FREE,		/* mm_page_free */
	SBD_EVENT_BATCHED,	/* mm_page_free_batched: a second word on a free */
	SBD_EVENT_LOCKED,	/* mm_page_alloc_zone_locked */
	SBD_EVENT_DRAIN,	/* mm_page_pcpu_drain */
	SBD_EVENT_FALLBACK,	/* mm_page_alloc_extfrag */
	SBD_EVENT_KSWAPD_WAKE,	/* mm_vmscan_kswapd_wake */
	SBD_EVENT_KSWAPD_SLEEP,	/* mm_vmscan_kswapd_sleep */
	SBD_EVENT_BULK,		/* hook: a page of alloc_pages_bulk() */
	SBD_EVENT_DRAIN_ALL,	/* hook: drain_pages_zone() */
	SBD_EVENT_VMSTAT,	/* hook: refresh_cpu_vm_stats() */
	SBD_EVENT_BALANCED,	/* hook: balance_pgdat() has ended */
	SBD_EVENT_ISOLATE,	/* hook: __isolate_free_page() took a free block */
	SBD_EVENT_PUTBACK,	/* hook: __putback_isolated_page() */
	SBD_EVENT_UNRESERVE,	/* hook: unreserve_highatomic_pageblock() gave one back */
	SBD_NR_EVENT_KINDS,
};

#define SBD_FIRST_HOOK	SBD_EVENT_BULK
#define SBD_NR_HOOKS	(SBD_NR_EVENT_KINDS - SBD_FIRST_HOOK)

/**
 * struct sbd_event - one thing that happened
 * @time:  local_clock() + 1; 0 while the record is not complete
 * @pfn:   of the block; SBD_EVENT_NO_PFN: none; of kswapd and BALANCED: the node; of
 *	   DRAIN_ALL: a frame of the zone
 * @gfp:   of an allocation
 * @seq:   of what happens under a zone's lock: its number in that zone; of BULK:
 *	   how many pages are still to come; of DRAIN_ALL: whose list
 * @kind:  enum sbd_event_kind
 * @order: of the block; of a fallback, that of the request; of UNRESERVE, the
 *	   highest zone that the request may use, as the kernel numbers them
 * @type:  ours; as the event has it: of a request, of a free list
 * @more:  of ALLOC: SBD_EVENT_MEMALLOC or 0; of FREE, once read: SBD_EVENT_LATER if
 *	   BATCHED will tell when it goes to its list; of LOCKED, for a per-CPU list or not; of
 *	   FALLBACK, the type fallen back to in the lower half, above it whether the
 *	   pageblock was claimed; of UNRESERVE, whether even the last one
 */
struct sbd_event {
	u64 time;
	u32 pfn;
	u32 gfp;
	u32 seq;
	u8 kind;
	u8 order;
	s8 type;
	u8 more;
};

static_assert(sizeof(struct sbd_event) == 24);

#define SBD_EVENT_NO_PFN	U32_MAX
#define SBD_EVENT_CLAIMED	0x10
#define SBD_EVENT_LATER		1
#define SBD_EVENT_MEMALLOC	1	/* by a task that may use the reserves */

#define SBD_RING_MIN	256u
#define SBD_RING_MAX	4194304u

/**
 * struct sbd_ring - one CPU's records
 * @head:   records begun; this CPU
 * @lost:   records for which there was no room; this CPU
 * @events: the records
 * @tail:   records read; the reader
 * @whole:  records from @tail on that belong together, 0: not looked at yet
 * @key:    where these belong among those of other CPUs
 * @plain:  records of FREE from @tail on that are of no batch
 * @batch:  and then those that are
 */
struct sbd_ring {
	unsigned long head;
	unsigned long lost;
	struct sbd_event *events;
	unsigned long tail ____cacheline_aligned;
	unsigned int whole;
	unsigned int plain;
	unsigned int batch;
	u64 key;
};

/**
 * struct sbd_rings - all CPUs'
 * @cap:  records of each, a power of two
 * @ring: one a CPU, NULL if there are none
 * @seq:  by zone: events under its lock so far; that lock
 * @cpu:  the reader: whose records belong together, and are not all read, or -1
 */
struct sbd_rings {
	u32 cap;
	struct sbd_ring __percpu *ring;
	u32 *seq;
	int cpu;
};

/* A number under the zone's lock, so that nobody else counts there. */
static inline u32 sbd_ring_seq(struct sbd_rings *r, struct page *page)
{
	return ++r->seq[page_to_nid(page) * MAX_NR_ZONES + page_zonenum(page)];
}

/*
 * A place of its own, or NULL.  Only this CPU and what interrupts it come here, so
 * that a plain compare-and-exchange does.
 */
static __always_inline struct sbd_event *
sbd_ring_begin(struct sbd_rings *rings, struct sbd_ring *r)
{
	unsigned long head = READ_ONCE(r->head), seen;

	for (;;) {
		if (unlikely(head - READ_ONCE(r->tail) >= rings->cap)) {
			this_cpu_inc(rings->ring->lost);
			return NULL;
		}
		seen = this_cpu_cmpxchg(rings->ring->head, head, head + 1);
		if (likely(seen == head))
			return r->events + (head & (rings->cap - 1));
		head = seen;
	}
}

/**
 * sbd_ring_put() - write a record
 * @rings: where
 * @with:  all but the time
 *
 * Context: any, even NMI: no lock, no allocation, no wake-up.  Whoever interrupts it
 * writes the next record.  If there is no room, that is counted.
 */
static __always_inline void sbd_ring_put(struct sbd_rings *rings, struct sbd_event with)
{
	struct sbd_event *e;

	preempt_disable_notrace();
	e = sbd_ring_begin(rings, raw_cpu_ptr(rings->ring));
	if (e) {
		e->pfn = with.pfn;
		e->gfp = with.gfp;
		e->seq = with.seq;
		e->kind = with.kind;
		e->order = with.order;
		e->type = with.type;
		e->more = with.more;
		/* complete: see record() */
		smp_store_release(&e->time, local_clock() + 1);
	}
	preempt_enable_notrace();
}

/* Now, on the clock of the records. */
static inline u64 sbd_ring_clock(void)
{
	return local_clock() + 1;
}

int sbd_rings_create(struct sbd_rings *rings, u32 cap);
void sbd_rings_destroy(struct sbd_rings *rings);
bool sbd_rings_next(struct sbd_rings *rings, u64 before, struct sbd_event *e, int *cpu);
u64 sbd_rings_lost(const struct sbd_rings *rings);

#endif
