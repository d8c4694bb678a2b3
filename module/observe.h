/* SPDX-License-Identifier: GPL-2.0 */
/* What the host's allocator does, as it does it: probes that write into rings. */
#ifndef SBD_OBSERVE_H
#define SBD_OBSERVE_H

#include <linux/cpumask.h>
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
	SBD_EVENT_DRAIN_ALL,	/* hook: drain_all_pages() */
	SBD_EVENT_VMSTAT,	/* hook: refresh_cpu_vm_stats() */
	SBD_NR_EVENT_KINDS,
};

#define SBD_FIRST_HOOK	SBD_EVENT_BULK
#define SBD_NR_HOOKS	(SBD_NR_EVENT_KINDS - SBD_FIRST_HOOK)

/**
 * struct sbd_event - one thing that happened
 * @time:  local_clock() + 1; 0 while the record is not complete
 * @pfn:   of the block; SBD_EVENT_NO_PFN: none; of kswapd: the node; of DRAIN_ALL:
 *	   a frame of the zone, or none for all zones
 * @gfp:   of an allocation
 * @seq:   of what happens under a zone's lock: its number in that zone; of BULK:
 *	   how many pages are still to come
 * @kind:  enum sbd_event_kind
 * @order: of the block; of a fallback, that of the request
 * @type:  ours; as the event has it: of a request, of a free list
 * @more:  of LOCKED, for a per-CPU list or not; of FALLBACK, the type fallen back
 *	   to in the lower half, above it whether the pageblock was claimed
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

/**
 * struct sbd_observer - one who is told all that happens
 * @hooks:   mask of hooks wanted; then of those that are there; bit 0 is the first
 * @cap:     records of a CPU's ring, a power of two
 * @rings:   one a CPU
 * @seq:     by zone: events under its lock so far; that lock
 */
struct sbd_observer {
	unsigned int hooks;
	u32 cap;
	struct sbd_ring __percpu *rings;
	u32 *seq;
};

#define SBD_RING_MIN	256u
#define SBD_RING_MAX	(1u << 22)

extern const char * const sbd_hook_names[SBD_NR_HOOKS];

int sbd_observe_start(struct sbd_observer *o, u32 cap);
void sbd_observe_stop(struct sbd_observer *o);
void sbd_observe_destroy(struct sbd_observer *o);
bool sbd_observe_next(struct sbd_observer *o, u64 before, struct sbd_event *e,
		      int *cpu);
u64 sbd_observe_lost(const struct sbd_observer *o);
u64 sbd_observe_backlog(const struct sbd_observer *o);
u64 sbd_observe_clock(void);
const char *sbd_observe_missing(void);

#endif
