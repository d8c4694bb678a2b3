/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The words of shadowbuddy: frames, lists, per-CPU lists, zones, systems.
 *
 * Lock order: pcp->lock, then zone->lock.  Nothing sleeps or allocates under
 * either.  Each field says which lock protects it; fields without a remark
 * are set while the system is built and only read afterwards.
 */
#ifndef SBD_H
#define SBD_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/gfp.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#define SBD_VERSION		"0.1.0"

#define SBD_MAX_ORDER		10
#define SBD_NR_ORDERS		(SBD_MAX_ORDER + 1)
/* One frame-map cell is one block of the largest order: zones never share one. */
#define SBD_CELL_PAGES		(1UL << SBD_MAX_ORDER)
#define SBD_COSTLY_ORDER	3	/* highest small order kept on per-CPU lists */
#define SBD_NR_LOW_PCP_LISTS	(3 * (SBD_COSTLY_ORDER + 1))
#define SBD_NR_PCP_LISTS	(SBD_NR_LOW_PCP_LISTS + 2)
#define SBD_MAX_NODES		8
#define SBD_PFN_NONE		(~0UL)
#define SBD_NIL			(~0U)	/* end of a frame list */

/* How far per-CPU batches scale: a setting, where the kernel has it. */
#ifdef CONFIG_PCP_BATCH_SCALE_MAX
#define SBD_BATCH_SCALE_MAX	CONFIG_PCP_BATCH_SCALE_MAX
#else
#define SBD_BATCH_SCALE_MAX	5
#endif

/* 6.1 still has __GFP_ATOMIC; 6.4 removed it and the bit stayed free. */
#define SBD_GFP_ATOMIC_BIT	((__force gfp_t)0x200u)

enum sbd_migratetype {
	SBD_UNMOVABLE,
	SBD_MOVABLE,
	SBD_RECLAIMABLE,
	SBD_PCPTYPES,
	SBD_HIGHATOMIC = SBD_PCPTYPES,
	SBD_CMA,
	SBD_ISOLATE,
	SBD_NR_TYPES,
};

enum sbd_zone_type {
	SBD_ZONE_DMA,
	SBD_ZONE_DMA32,
	SBD_ZONE_NORMAL,
	SBD_ZONE_MOVABLE,
	SBD_ZONE_DEVICE,	/* never populated: keeps reserves and layouts in step */
	SBD_NR_ZONES,
};

enum sbd_wmark {
	SBD_WMARK_MIN,
	SBD_WMARK_LOW,
	SBD_WMARK_HIGH,
	SBD_WMARK_PROMO,
	SBD_NR_WMARKS,
};

/* Allocation flags; values as in mm/internal.h of 6.1.119 and later. */
#define SBD_ALLOC_WMARK_MASK	0x003u	/* an enum sbd_wmark */
#define SBD_ALLOC_NO_WATERMARKS	0x004u
#define SBD_ALLOC_OOM		0x008u
#define SBD_ALLOC_NON_BLOCK	0x010u
#define SBD_ALLOC_MIN_RESERVE	0x020u	/* equals __GFP_HIGH */
#define SBD_ALLOC_CPUSET	0x040u
#define SBD_ALLOC_CMA		0x080u
#define SBD_ALLOC_NOFRAGMENT	0x100u
#define SBD_ALLOC_HIGHATOMIC	0x200u
#define SBD_ALLOC_KSWAPD	0x800u	/* equals __GFP_KSWAPD_RECLAIM */
#define SBD_ALLOC_RESERVES	(SBD_ALLOC_NON_BLOCK | SBD_ALLOC_MIN_RESERVE | \
				 SBD_ALLOC_HIGHATOMIC | SBD_ALLOC_OOM)

/* How a block enters a free list; like fpi_t. */
#define SBD_FPI_NONE		0x0u
#define SBD_FPI_TO_TAIL		0x1u

enum sbd_frame_state {
	SBD_FRAME_NONE,		/* inside a block that another frame heads */
	SBD_FRAME_BUDDY,	/* heads a block on a free list */
	SBD_FRAME_PCP,		/* heads a block on a per-CPU list */
	SBD_FRAME_USED,		/* heads an allocated block */
	SBD_FRAME_ISOLATED,	/* heads a free block taken off the lists */
};

#define SBD_FRAME_F_MOVABLE	0x1	/* its owner can move it (LRU, movable ops) */

/**
 * struct sbd_frame - the descriptor of one page frame
 * @prev:  previous frame of the list, by index in the zone, or SBD_NIL
 * @next:  next frame of the list, by index in the zone, or SBD_NIL
 * @owner: who holds the block; free for use by its holder while it is USED
 * @order: order of the block that this frame heads
 * @state: enum sbd_frame_state
 * @mt:    on a free list: that list's type; on a per-CPU list: the type it
 *	   was cached under (what 6.1 keeps in page->index)
 * @flags: SBD_FRAME_F_*
 *
 * Protected by the zone lock while BUDDY, by the pcp lock while PCP, by its
 * holder while USED or ISOLATED.
 */
struct sbd_frame {
	u32 prev;
	u32 next;
	u32 owner;
	u8 order;
	u8 state;
	u8 mt;
	u8 flags;
};

static_assert(sizeof(struct sbd_frame) == 16);

/**
 * struct sbd_list - a doubly linked list of frames, by index
 * @head: first frame or SBD_NIL
 * @tail: last frame or SBD_NIL
 */
struct sbd_list {
	u32 head;
	u32 tail;
};

/**
 * struct sbd_free_area - the free blocks of one order
 * @list:    one list a migratetype
 * @nr_free: blocks on all lists
 */
struct sbd_free_area {
	struct sbd_list list[SBD_NR_TYPES];
	unsigned long nr_free;
};

/**
 * struct sbd_count - calls served, by order
 * @alloc: blocks handed out
 * @free:  blocks taken back
 */
struct sbd_count {
	u64 alloc[SBD_NR_ORDERS];
	u64 free[SBD_NR_ORDERS];
};

#define SBD_PCPF_PREV_FREE_HIGH_ORDER	0x1
#define SBD_PCPF_FREE_HIGH_BATCH	0x2

/**
 * struct sbd_pcp - one CPU's lists for one zone
 * @lock:	  taken by trylock on the fast paths, as the kernel does
 * @count:	  pages on all lists
 * @high:	  pages above which frees go back to the zone
 * @high_min:	  lower bound of @high (6.1: equals @high)
 * @high_max:	  upper bound of @high (6.1: equals @high)
 * @batch:	  pages moved between zone and lists at a time
 * @free_count:	  6.12: recently freed pages, halved by each allocation
 * @free_factor:  6.1: how often the free batch is doubled
 * @alloc_factor: 6.12: how often the refill batch is doubled
 * @flags:	  SBD_PCPF_*
 * @expire:	  worker runs until a remote zone's list is drained
 * @lists:	  see sbd_pindex()
 * @served:	  calls served from these lists
 * @refills:	  refills, failed ones included
 * @refilled:	  pages that refills brought
 * @drains:	  times that pages went back to the zone
 * @drained:	  pages that went back
 *
 * All but @lock is protected by @lock.  high_min, high_max and batch are
 * written without it by the watermark code and read once where used.
 */
struct sbd_pcp {
	spinlock_t lock;
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
	struct sbd_list lists[SBD_NR_PCP_LISTS];
	struct sbd_count served;
	u64 refills;
	u64 refilled;
	u64 drains;
	u64 drained;
};

enum sbd_zone_stat {
	SBD_NR_FREE_PAGES,
	SBD_NR_FREE_CMA_PAGES,
	SBD_NR_ZONE_STATS,
};

struct sbd_capture;

/**
 * struct sbd_cpu_zone - what one CPU keeps for one zone
 * @pcp:	    its page lists
 * @stat_diff:	    counter changes not yet folded into the zone; zone lock
 * @stat_threshold: fold when a diff's magnitude exceeds this; zone lock
 * @capture:	    a compactor on this CPU that waits for a block, or NULL; zone lock
 */
struct sbd_cpu_zone {
	struct sbd_pcp pcp;
	s8 stat_diff[SBD_NR_ZONE_STATS];
	s8 stat_threshold;
	struct sbd_capture *capture;
} ____cacheline_aligned;

/* Bits of sbd_zone.flags, as in enum zone_flags. */
enum sbd_zone_flag {
	SBD_ZONE_BOOSTED,	/* boosted: wake kswapd at the next allocation */
	SBD_ZONE_RECLAIM_ACTIVE,/* kswapd works here: keep per-CPU lists short */
	SBD_ZONE_BELOW_HIGH,	/* 6.7: free pages fell below the high mark */
};

/* What happened in a zone, counted under its lock. */
enum sbd_zone_event {
	SBD_EV_SPLIT,		/* blocks split once */
	SBD_EV_MERGE,		/* buddies merged */
	SBD_EV_FALLBACK,	/* requests served by another type's block */
	SBD_EV_CLAIM,		/* of these: the pageblock changed its type */
	SBD_EV_STEAL,		/* of these: it did not */
	SBD_EV_CLAIM_REFUSED,	/* claims tried and given up: too few pages alike */
	SBD_EV_BOOST,		/* watermark boosts */
	SBD_EV_RESERVE,		/* pageblocks made HIGHATOMIC */
	SBD_EV_UNRESERVE,	/* and taken back */
	SBD_EV_HIGHATOMIC,	/* requests served from a HIGHATOMIC list */
	SBD_EV_CMA,		/* requests served from a CMA list */
	SBD_EV_DIRECT_ALLOC,	/* requests past the per-CPU lists */
	SBD_EV_DIRECT_FREE,
	SBD_EV_CAPTURE,		/* blocks that went to who compacted for them */
	SBD_EV_CAPTURE_PAGES,
	SBD_NR_EVENTS,
};

/**
 * struct sbd_lock_stat - use of the zone lock
 * @taken:     acquisitions, always counted
 * @contended: acquisitions that had to wait (while timing is on)
 * @wait_ns:   time waited, sum (while timing is on)
 * @wait_max:  longest wait
 * @hold_ns:   time held, sum
 * @hold_max:  longest hold
 * @since:     when the present holder got it
 */
struct sbd_lock_stat {
	u64 taken;
	u64 contended;
	u64 wait_ns;
	u64 wait_max;
	u64 hold_ns;
	u64 hold_max;
	u64 since;
};

struct sbd_owners;
struct sbd_profile;
struct sbd_system;

/**
 * struct sbd_compaction - what a zone remembers of its compactions
 * @migrate_pfn: where the migration scanner goes on: [0] async, [1] sync
 * @free_pfn:	 where the free scanner goes on
 * @init_migrate_pfn: where the migration scanner began after a reset
 * @init_free_pfn: likewise
 * @considered:	 requests put off since the last failure
 * @defer_shift: so many doublings of what is put off
 * @order_failed: lowest order that failed
 * @flush:	 skip bits are to be cleared by kswapd when it goes to sleep
 *
 * Written without a lock, as in the kernel: a lost update costs a scan.
 */
struct sbd_compaction {
	unsigned long migrate_pfn[2];
	unsigned long free_pfn;
	unsigned long init_migrate_pfn;
	unsigned long init_free_pfn;
	unsigned int considered;
	unsigned int defer_shift;
	int order_failed;
	bool flush;
};

/**
 * struct sbd_zone - one zone of one node
 * @sys:	    the system it belongs to
 * @prof:	    copy of sys->prof, to save a load on the hot paths
 * @idx:	    enum sbd_zone_type
 * @nid:	    node
 * @has_cma:	    it has CMA pageblocks
 * @grouped:	    copy of sys->grouped
 * @block_order: copy of sys->geo.block_order
 * @nofragment:	    a request that prefers this zone avoids mixing types first
 * @pcp_orders:	    mask of the orders that per-CPU lists hold
 * @first_block:    number of the pageblock that holds @start_pfn
 * @start_pfn:	    first page frame of the span
 * @spanned:	    frames of the span, a hole included
 * @present:	    frames that are memory
 * @managed:	    frames under the allocator's control
 * @cma_pages:	    frames in CMA pageblocks
 * @frames:	    one descriptor a frame of the span
 * @blocks:	    one byte a pageblock, from the block that holds @start_pfn
 * @nr_blocks:	    length of @blocks
 * @cpus:	    sys->nr_cpus entries
 * @wmark:	    pages, without boost; written under @lock, read without
 * @boost:	    pages added to every mark; likewise
 * @lowmem_reserve: pages kept from requests that could go higher
 * @percpu_drift_mark: below this, counters are read exactly where it matters
 * @pageset_high_min: what the per-CPU lists were last set to
 * @pageset_high_max: likewise
 * @pageset_batch:  likewise
 * @flags:	    enum sbd_zone_flag bits, atomic
 * @stat:	    folded counters, atomic; written under @lock
 * @nr_reserved_highatomic: pages in HIGHATOMIC pageblocks; @lock
 * @nr_free_highatomic: free pages on HIGHATOMIC lists (6.12); @lock
 * @nr_isolate:	    isolated pageblocks (6.1 looks at it); @lock
 * @uncounted:	    times that a claim looked at a pageblock whose movable pages
 *		    are not known; @lock
 * @numa_miss:	    pages served here though another node was preferred
 * @numa_foreign:   pages wanted here and served elsewhere
 * @numa_other:	    pages served to a CPU of another node
 * @interleave_hit: pages served here because interleaving said so
 * @below_mark:	    times that a request found too little here
 * @compact:	    see there
 * @lock:	    protects the free lists and what says so
 * @area:	    free blocks; @lock
 * @served:	    calls past the per-CPU lists; @lock
 * @event:	    enum sbd_zone_event counts; @lock
 * @lock_stat:	    @lock
 */
struct sbd_zone {
	struct sbd_system *sys;
	const struct sbd_profile *prof;
	u8 idx;
	u8 nid;
	bool has_cma;
	bool grouped;
	u8 block_order;
	bool nofragment;
	u16 pcp_orders;
	unsigned long first_block;
	unsigned long start_pfn;
	unsigned long spanned;
	unsigned long present;
	unsigned long managed;
	unsigned long cma_pages;
	struct sbd_frame *frames;
	u8 *blocks;
	unsigned long nr_blocks;
	struct sbd_cpu_zone *cpus;

	unsigned long wmark[SBD_NR_WMARKS];
	unsigned long boost;
	long lowmem_reserve[SBD_NR_ZONES];
	unsigned long percpu_drift_mark;
	int pageset_high_min;
	int pageset_high_max;
	int pageset_batch;
	unsigned long flags;
	atomic_long_t stat[SBD_NR_ZONE_STATS];
	unsigned long nr_reserved_highatomic;
	unsigned long nr_free_highatomic;
	unsigned long nr_isolate;
	unsigned long uncounted;
	atomic64_t numa_miss;
	atomic64_t numa_foreign;
	atomic64_t numa_other;
	atomic64_t interleave_hit;
	atomic64_t below_mark;
	struct sbd_compaction compact;

	spinlock_t lock ____cacheline_aligned;
	struct sbd_free_area area[SBD_NR_ORDERS];
	struct sbd_count served;
	u64 event[SBD_NR_EVENTS];
	struct sbd_lock_stat lock_stat;
} ____cacheline_aligned;

/**
 * struct sbd_geometry - the shape of a modelled machine
 * @block_order: order of a pageblock, at most SBD_MAX_ORDER
 * @thp_pcp_lists:   per-CPU lists for blocks of pageblock order: 0 or 2
 * @cma:	     the kernel has the CMA type
 * @isolation:	     the kernel has the ISOLATE type
 * @thp:	     khugepaged raises min_free_kbytes
 * @smp:	     counters have per-CPU diffs
 * @zones:	     mask of the zone types that the kernel knows
 *
 * Apart from the profile: a kernel of the same version without hugetlb or
 * CMA has another geometry.
 */
struct sbd_geometry {
	u8 block_order;
	u8 thp_pcp_lists;
	bool cma;
	bool isolation;
	bool thp;
	bool smp;
	u8 zones;
};

/**
 * struct sbd_tunables - what /proc/sys/vm would hold for the system
 * @min_free_kbytes:		   kB; what the marks are made from
 * @user_min_free_kbytes:	   kB as last written by a user, -1 if never
 * @watermark_scale_factor:	   of 10000; distance between the marks
 * @watermark_boost_factor:	   of 10000; 0 switches boosting off
 * @percpu_pagelist_high_fraction: 0 or at least 8
 * @stat_interval:		   seconds between runs of the vmstat worker
 * @lowmem_reserve_ratio:	   a zone type each
 */
struct sbd_tunables {
	int min_free_kbytes;
	int user_min_free_kbytes;
	int watermark_scale_factor;
	int watermark_boost_factor;
	int percpu_pagelist_high_fraction;
	int stat_interval;
	int lowmem_reserve_ratio[SBD_NR_ZONES];
};

enum sbd_zonelist_order {
	SBD_ZONELIST_NODE,	/* all zones of a node before the next node's */
	SBD_ZONELIST_ZONE,	/* a zone type of all nodes before the next lower */
};

/* Bits of zone_reclaim_mode. */
#define SBD_RECLAIM_ZONE	0x1
#define SBD_RECLAIM_WRITE	0x2
#define SBD_RECLAIM_UNMAP	0x4

/**
 * struct sbd_vm_tunables - settings of reclaim, compaction and placement
 * @swappiness:	     0 to 200; how much rather anonymous pages are reclaimed
 * @dirty_ratio:     percent of what can be dirty at which writers wait
 * @dirty_background_ratio: likewise, at which writeback begins
 * @zone_reclaim_mode: SBD_RECLAIM_* bits
 * @min_unmapped_ratio: percent of a node's pages that are unmapped file pages
 *		     below which a node does not reclaim itself
 * @min_slab_ratio:  likewise, of reclaimable objects
 * @compaction_proactiveness: 0 to 100
 * @extfrag_threshold: thousandths; below it failures are for want of memory
 * @numa_zonelist_order: enum sbd_zonelist_order; the kernel has only "node"
 *		     since 4.14
 * @swap_mb:	     room for anonymous pages that were reclaimed
 * @writeback_ms:    time that it takes to write a page
 *
 * Named as in /proc/sys/vm, but for the last two, which stand for a disk.
 */
struct sbd_vm_tunables {
	int swappiness;
	int dirty_ratio;
	int dirty_background_ratio;
	int zone_reclaim_mode;
	int min_unmapped_ratio;
	int min_slab_ratio;
	int compaction_proactiveness;
	int extfrag_threshold;
	int numa_zonelist_order;
	int swap_mb;
	int writeback_ms;
};

/* What is counted of the whole system; the kernel's names in /proc/vmstat. */
#define SBD_VM_EVENTS(X)						\
	X(workingset_refault_anon) X(workingset_refault_file)		\
	X(nr_vmscan_write) X(nr_vmscan_immediate_reclaim)		\
	X(nr_dirtied) X(nr_written) X(nr_throttled_written)		\
	X(pswpin) X(pswpout)	/* up to here they stand before pgalloc */ \
	X(pgactivate) X(pgdeactivate)					\
	X(pgfault) X(pgmajfault) X(pgrefill)				\
	X(pgsteal_kswapd) X(pgsteal_direct)				\
	X(pgscan_kswapd) X(pgscan_direct)				\
	X(pgscan_direct_throttle)					\
	X(pgscan_anon) X(pgscan_file) X(pgsteal_anon) X(pgsteal_file)	\
	X(zone_reclaim_success) X(zone_reclaim_failed)			\
	X(slabs_scanned)						\
	X(kswapd_low_wmark_hit_quickly) X(kswapd_high_wmark_hit_quickly)\
	X(pageoutrun) X(pgrotated) X(oom_kill)				\
	X(pgmigrate_success) X(pgmigrate_fail)				\
	X(compact_migrate_scanned) X(compact_free_scanned)		\
	X(compact_isolated) X(compact_stall) X(compact_fail)		\
	X(compact_success) X(compact_daemon_wake)			\
	X(compact_daemon_migrate_scanned) X(compact_daemon_free_scanned)\
	X(unevictable_pgs_culled) X(unevictable_pgs_rescued)		\
	X(sbd_compact_returned)	/* ours: targets that compaction gave back */

#define SBD_VM_EVENT_ENUM(name)	SBD_VM_##name,
enum sbd_vm_event {
	SBD_VM_EVENTS(SBD_VM_EVENT_ENUM)
	SBD_NR_VM_EVENTS,
};

/* What came of a compaction; the greater, the better (enum compact_result). */
enum sbd_compact_result {
	SBD_COMPACT_SKIPPED,	/* too little free memory to move pages to */
	SBD_COMPACT_DEFERRED,	/* failed too often of late */
	SBD_COMPACT_CONTINUE,
	SBD_COMPACT_COMPLETE,	/* all of the zone was scanned, to no avail */
	SBD_COMPACT_PARTIAL,	/* part of the zone was scanned, to no avail */
	SBD_COMPACT_CONTENDED,	/* gave up: locks, a signal, or async and in the way */
	SBD_COMPACT_SUCCESS,	/* there is a block now, or was before */
};

/* How much a compaction may wait. */
enum sbd_compact_mode {
	SBD_COMPACT_ASYNC,
	SBD_COMPACT_SYNC_LIGHT,
	SBD_COMPACT_SYNC,
};

enum sbd_policy_mode {
	SBD_POLICY_DEFAULT,
	SBD_POLICY_PREFERRED,
	SBD_POLICY_BIND,
	SBD_POLICY_INTERLEAVE,
	SBD_POLICY_LOCAL,
	SBD_POLICY_PREFERRED_MANY,
	SBD_POLICY_WEIGHTED,
	SBD_NR_POLICIES,
};

/**
 * struct sbd_policy - where a task's pages shall be
 * @mode:   enum sbd_policy_mode
 * @nodes:  mask; none for DEFAULT and LOCAL
 * @weight: WEIGHTED: pages in a row from each node, at least 1
 */
struct sbd_policy {
	u8 mode;
	u8 nodes;
	u8 weight[SBD_MAX_NODES];
};

/* What can be said of a node, as in /sys/devices/system/node/. */
enum sbd_node_state {
	SBD_NODE_ONLINE,
	SBD_NODE_CPU,
	SBD_NODE_MEMORY,
	SBD_NODE_NORMAL_MEMORY,	/* in a zone that is not MOVABLE */
	SBD_NR_NODE_STATES,
};

#define SBD_TASK_MEMALLOC	0x01u	/* works for more memory: no watermarks */
#define SBD_TASK_VICTIM		0x02u	/* the OOM killer chose it */
#define SBD_TASK_RT		0x04u	/* real-time: may dip into reserves */
#define SBD_TASK_IRQ		0x08u	/* no task at all: an interrupt */
#define SBD_TASK_KSWAPD		0x10u	/* a daemon of the model itself */

/**
 * struct sbd_task - who asks for memory
 * @cpu:       where it runs
 * @flags:     SBD_TASK_*
 * @allowed:   mask of nodes that its cpuset allows; 0: all
 * @il_prev:   node that was interleaved to last
 * @il_weight: pages left of that node's weight
 * @policy:    where its pages shall be
 * @die:       set by the OOM killer; whoever works for the task looks at it
 */
struct sbd_task {
	int cpu;
	unsigned int flags;
	u8 allowed;
	u8 il_prev;
	u8 il_weight;
	struct sbd_policy policy;
	bool die;
};

/**
 * struct sbd_node - one node: its zones and its place
 * @zones:	a zone a type, NULL where absent
 * @zonelist:	the order in which a request from this node tries zones
 * @nr_zonelist: entries in use
 * @first:	index of the first entry that a request up to a zone type may use
 * @nid:	number
 * @cpus:	CPUs that belong to it
 * @distance:	to each node, ACPI SLIT: 10 local, 255 unreachable
 */
struct sbd_node {
	struct sbd_zone *zones[SBD_NR_ZONES];
	struct sbd_zone *zonelist[SBD_MAX_NODES * SBD_NR_ZONES];
	int nr_zonelist;
	u8 first[SBD_NR_ZONES];
	int nid;
	int cpus;
	u8 distance[SBD_MAX_NODES];
};

struct sbd_request;

/**
 * struct sbd_hooks - what a higher layer does for the model
 * @wake_kswapd: a zone wants its node's kswapd; may be NULL
 * @clock:	 nanoseconds, for lock timing
 * @node_reclaim: a zone has too little: reclaim on its node first; may be NULL.
 *		 Return: the zone is worth another look
 * @dirty_ok:	 a node may take one more dirty page; may be NULL: all may
 * @wake_kcompactd: a node's free memory is in too small pieces; may be NULL
 * @wait:	 let ms pass, for writeback and others to get on; may be NULL: go on
 *		 at once.  Return: 0, -EINTR after a signal
 * @oom_kill:	 end a client; may be NULL.  Return: memory will become free
 */
struct sbd_hooks {
	void (*wake_kswapd)(struct sbd_zone *z, unsigned int order, int highest);
	u64 (*clock)(void);
	bool (*node_reclaim)(struct sbd_request *rq, struct sbd_zone *z);
	bool (*dirty_ok)(struct sbd_system *sys, int nid);
	void (*wake_kcompactd)(struct sbd_system *sys, int nid, unsigned int order,
			       int highest);
	int (*wait)(struct sbd_system *sys, unsigned int ms);
	bool (*oom_kill)(struct sbd_system *sys, struct sbd_task *task);
};

/**
 * struct sbd_system - one whole modelled machine
 * @id:		    number in tracepoints; the arena's system is 0
 * @prof:	    which kernel's behaviour
 * @geo:	    which shape
 * @gfp_zone:	    highest zone type, by the lowest four bits of a gfp mask
 * @hooks:	    what higher layers do
 * @nr_cpus:	    CPUs it has; a cpu argument is below this
 * @nr_online:	    CPUs that count in the sizing rules
 * @nr_nodes:	    nodes in use, by the highest number
 * @several_nodes:  more than one is online
 * @node_state:	    mask of the nodes that are in each enum sbd_node_state
 * @policy_zone:    lowest zone type that memory policies hold for
 * @nodes:	    the nodes
 * @cpu_node:	    node of each CPU
 * @nr_zones:	    populated zones
 * @zone:	    populated zones, by node, then by type
 * @start_pfn:	    first frame of all, rounded down to a cell
 * @nr_cells:	    length of @cell
 * @cell:	    zone (index in @zone) of each SBD_CELL_PAGES frames, 0xff: none
 * @meta_bytes:	    memory that the system's own structures take
 * @grouped:	    pageblocks are grouped by mobility
 * @lock_timing:    time the zone locks
 * @tun:	    the tunables; @tun_lock
 * @tun_lock:	    serialises changes of tunables and what follows from them
 * @totalreserve:   pages that no cache should count on
 * @broken:	    enum sbd_rule that it does not keep; test builds only
 * @fail:	    requests refused, by order
 * @kswapd_wakes:   times that a zone wanted kswapd
 * @vm:		    settings of reclaim, compaction and placement
 * @own:	    who owns pages, and can be asked for them back; NULL: nobody.
 *		    @own_sem, or who uses the system
 * @own_sem:	    held by who only looks at @own, against its being destroyed
 * @vm_event:	    enum sbd_vm_event counts
 * @allocstall:	    direct reclaims, by zone type
 */
struct sbd_system {
	int id;
	const struct sbd_profile *prof;
	struct sbd_geometry geo;
	u8 gfp_zone[16];
	struct sbd_hooks hooks;
	int nr_cpus;
	int nr_online;
	int nr_nodes;
	bool several_nodes;
	u8 node_state[SBD_NR_NODE_STATES];
	u8 policy_zone;
	struct sbd_node nodes[SBD_MAX_NODES];
	u8 *cpu_node;
	int nr_zones;
	struct sbd_zone *zone[SBD_MAX_NODES * SBD_NR_ZONES];
	unsigned long start_pfn;
	unsigned long nr_cells;
	u8 *cell;
	size_t meta_bytes;
	bool grouped;
	bool lock_timing;
	struct sbd_tunables tun;
	struct mutex tun_lock;
	unsigned long totalreserve;
#ifdef SBD_BREAK
	u8 broken;
#endif
	atomic64_t fail[SBD_NR_ORDERS];
	atomic64_t kswapd_wakes;
	struct sbd_vm_tunables vm;
	struct sbd_owners *own;
	struct rw_semaphore own_sem;	/* who only looks at own */
	atomic64_t vm_event[SBD_NR_VM_EVENTS];
	atomic64_t allocstall[SBD_NR_ZONES];
};

#define sbd_count_vm(sys, name, n)					\
	atomic64_add(n, &(sys)->vm_event[SBD_VM_##name])

#define sbd_for_each_zone(sys, i, z)					\
	for ((i) = 0; (i) < (sys)->nr_zones && ((z) = (sys)->zone[i]); (i)++)

static inline struct sbd_pcp *sbd_pcp(struct sbd_zone *z, int cpu)
{
	return &z->cpus[cpu].pcp;
}

static inline unsigned long sbd_pfn(const struct sbd_zone *z,
				    const struct sbd_frame *f)
{
	return z->start_pfn + (f - z->frames);
}

static inline struct sbd_frame *sbd_frame(const struct sbd_zone *z,
					  unsigned long pfn)
{
	return z->frames + (pfn - z->start_pfn);
}

static inline bool sbd_spans(const struct sbd_zone *z, unsigned long pfn)
{
	return pfn - z->start_pfn < z->spanned;
}

/**
 * sbd_zone_of() - the zone that holds a frame
 * @sys: the system
 * @pfn: any number
 *
 * One table look-up, whatever the holes.  Return: the zone, NULL if none.
 */
static inline struct sbd_zone *sbd_zone_of(const struct sbd_system *sys,
					   unsigned long pfn)
{
	unsigned long cell = (pfn - sys->start_pfn) >> SBD_MAX_ORDER;
	struct sbd_zone *z;

	if (pfn < sys->start_pfn || cell >= sys->nr_cells ||
	    sys->cell[cell] == 0xff)
		return NULL;
	z = sys->zone[sys->cell[cell]];
	return sbd_spans(z, pfn) ? z : NULL;
}

extern const char * const sbd_zone_names[SBD_NR_ZONES];
extern const char * const sbd_type_names[SBD_NR_TYPES];

#endif
