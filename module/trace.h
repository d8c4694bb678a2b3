/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints of system "shadowbuddy": one for every decision of the model.
 *
 * Text is key=value; a page frame is pfn=0x%lx; no kernel pointer ever.
 * Fields that kmem:mm_page_* events also have carry the same names.  Each
 * event says which system (sys=0 is the arena), node and zone it speaks of.
 * module/ABI describes them; scripts/test-abi holds the description to this.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM shadowbuddy

#if !defined(SBD_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define SBD_TRACE_H

#include <linux/tracepoint.h>

#include "sbd.h"

#ifndef SBD_TRACE_ONCE
#define SBD_TRACE_ONCE

/* Why the slow path went where it went. */
enum sbd_slow_step {
	SBD_SLOW_ENTER,		/* the fast path found nothing */
	SBD_SLOW_RETRY_MIN,	/* try again down to the min mark */
	SBD_SLOW_RETRY_RESERVES,/* and once more, with what reserves allow */
	SBD_SLOW_NO_RECLAIM,	/* may not reclaim, or nothing to reclaim */
	SBD_SLOW_GOT,		/* found a page after all */
	SBD_SLOW_FAIL,
	SBD_SLOW_COMPACT_FIRST,	/* a large block, or one that does not move: compact */
	SBD_SLOW_NOT_WORTH,	/* compaction is skipped or put off: not for NORETRY */
	SBD_SLOW_MEMALLOC,	/* works for more memory itself: must not reclaim */
	SBD_SLOW_RECLAIM,	/* reclaim for itself */
	SBD_SLOW_DRAIN,		/* reclaimed, but others have it: drain all lists */
	SBD_SLOW_COMPACT,	/* compact, and wait for it */
	SBD_SLOW_NORETRY,	/* would rather fail than try again */
	SBD_SLOW_COSTLY,	/* too large to try again */
	SBD_SLOW_RECLAIM_AGAIN,	/* reclaim could still free enough */
	SBD_SLOW_COMPACT_AGAIN,	/* compaction could still free a block */
	SBD_SLOW_OOM,		/* nothing helps: somebody has to go */
	SBD_SLOW_OOM_WAIT,	/* somebody else sees to that, or somebody is going */
	SBD_SLOW_NO_OOM,	/* nobody is killed for such a request */
	SBD_SLOW_VICTIM,	/* is going itself */
	SBD_SLOW_NOFAIL,	/* must not fail: from the reserves, or again */
	SBD_SLOW_SIGNAL,	/* a signal ended the wait */
	SBD_NR_SLOW_STEPS,
};

/* States of the slow path. */
enum sbd_slow_state {
	SBD_STATE_BEGIN,
	SBD_STATE_MIN,
	SBD_STATE_COMPACT_FIRST,
	SBD_STATE_RESERVES,
	SBD_STATE_MAY_RECLAIM,
	SBD_STATE_RECLAIM,
	SBD_STATE_COMPACT,
	SBD_STATE_AGAIN,
	SBD_STATE_OOM,
	SBD_STATE_NOPAGE,
	SBD_STATE_GOT,
	SBD_STATE_FAIL,
	SBD_NR_STATES,
};

/* Why pages left a per-CPU list. */
enum sbd_drain_why {
	SBD_DRAIN_HIGH,		/* count reached high */
	SBD_DRAIN_HIGH_ORDER,	/* a run of order 1..3 frees */
	SBD_DRAIN_DECAY,	/* vmstat worker: high decayed */
	SBD_DRAIN_EXPIRE,	/* vmstat worker: remote list idle */
	SBD_DRAIN_ALL,		/* somebody wants all pages back */
};

/* How a request was served. */
enum sbd_path {
	SBD_PATH_FAIL,
	SBD_PATH_PCP,
	SBD_PATH_DIRECT,
	SBD_PATH_BULK,
};

/* What was decided about putting compactions off. */
enum sbd_defer_step {
	SBD_DEFER_FAILED,	/* one failed: put off twice as many */
	SBD_DEFER_PUT_OFF,	/* this one is put off */
	SBD_DEFER_RESET,	/* one succeeded, or will */
};
#endif

TRACE_DEFINE_ENUM(SBD_SLOW_ENTER);
TRACE_DEFINE_ENUM(SBD_SLOW_RETRY_MIN);
TRACE_DEFINE_ENUM(SBD_SLOW_RETRY_RESERVES);
TRACE_DEFINE_ENUM(SBD_SLOW_NO_RECLAIM);
TRACE_DEFINE_ENUM(SBD_SLOW_GOT);
TRACE_DEFINE_ENUM(SBD_SLOW_FAIL);
TRACE_DEFINE_ENUM(SBD_SLOW_COMPACT_FIRST);
TRACE_DEFINE_ENUM(SBD_SLOW_NOT_WORTH);
TRACE_DEFINE_ENUM(SBD_SLOW_MEMALLOC);
TRACE_DEFINE_ENUM(SBD_SLOW_RECLAIM);
TRACE_DEFINE_ENUM(SBD_SLOW_DRAIN);
TRACE_DEFINE_ENUM(SBD_SLOW_COMPACT);
TRACE_DEFINE_ENUM(SBD_SLOW_NORETRY);
TRACE_DEFINE_ENUM(SBD_SLOW_COSTLY);
TRACE_DEFINE_ENUM(SBD_SLOW_RECLAIM_AGAIN);
TRACE_DEFINE_ENUM(SBD_SLOW_COMPACT_AGAIN);
TRACE_DEFINE_ENUM(SBD_SLOW_OOM);
TRACE_DEFINE_ENUM(SBD_SLOW_OOM_WAIT);
TRACE_DEFINE_ENUM(SBD_SLOW_NO_OOM);
TRACE_DEFINE_ENUM(SBD_SLOW_VICTIM);
TRACE_DEFINE_ENUM(SBD_SLOW_NOFAIL);
TRACE_DEFINE_ENUM(SBD_SLOW_SIGNAL);
TRACE_DEFINE_ENUM(SBD_STATE_BEGIN);
TRACE_DEFINE_ENUM(SBD_STATE_MIN);
TRACE_DEFINE_ENUM(SBD_STATE_COMPACT_FIRST);
TRACE_DEFINE_ENUM(SBD_STATE_RESERVES);
TRACE_DEFINE_ENUM(SBD_STATE_MAY_RECLAIM);
TRACE_DEFINE_ENUM(SBD_STATE_RECLAIM);
TRACE_DEFINE_ENUM(SBD_STATE_COMPACT);
TRACE_DEFINE_ENUM(SBD_STATE_AGAIN);
TRACE_DEFINE_ENUM(SBD_STATE_OOM);
TRACE_DEFINE_ENUM(SBD_STATE_NOPAGE);
TRACE_DEFINE_ENUM(SBD_STATE_GOT);
TRACE_DEFINE_ENUM(SBD_STATE_FAIL);
TRACE_DEFINE_ENUM(SBD_DRAIN_HIGH);
TRACE_DEFINE_ENUM(SBD_DRAIN_HIGH_ORDER);
TRACE_DEFINE_ENUM(SBD_DRAIN_DECAY);
TRACE_DEFINE_ENUM(SBD_DRAIN_EXPIRE);
TRACE_DEFINE_ENUM(SBD_DRAIN_ALL);
TRACE_DEFINE_ENUM(SBD_PATH_FAIL);
TRACE_DEFINE_ENUM(SBD_PATH_PCP);
TRACE_DEFINE_ENUM(SBD_PATH_DIRECT);
TRACE_DEFINE_ENUM(SBD_PATH_BULK);
TRACE_DEFINE_ENUM(SBD_DEFER_FAILED);
TRACE_DEFINE_ENUM(SBD_DEFER_PUT_OFF);
TRACE_DEFINE_ENUM(SBD_DEFER_RESET);
TRACE_DEFINE_ENUM(SBD_COMPACT_SKIPPED);
TRACE_DEFINE_ENUM(SBD_COMPACT_DEFERRED);
TRACE_DEFINE_ENUM(SBD_COMPACT_CONTINUE);
TRACE_DEFINE_ENUM(SBD_COMPACT_COMPLETE);
TRACE_DEFINE_ENUM(SBD_COMPACT_PARTIAL);
TRACE_DEFINE_ENUM(SBD_COMPACT_CONTENDED);
TRACE_DEFINE_ENUM(SBD_COMPACT_SUCCESS);
TRACE_DEFINE_ENUM(SBD_COMPACT_ASYNC);
TRACE_DEFINE_ENUM(SBD_COMPACT_SYNC_LIGHT);
TRACE_DEFINE_ENUM(SBD_COMPACT_SYNC);

#define sbd_show_slow_step(v) __print_symbolic(v,		\
	{ SBD_SLOW_ENTER, "enter" },				\
	{ SBD_SLOW_RETRY_MIN, "retry_min" },			\
	{ SBD_SLOW_RETRY_RESERVES, "retry_reserves" },		\
	{ SBD_SLOW_NO_RECLAIM, "no_reclaim" },			\
	{ SBD_SLOW_GOT, "got" },				\
	{ SBD_SLOW_FAIL, "fail" },				\
	{ SBD_SLOW_COMPACT_FIRST, "compact_first" },		\
	{ SBD_SLOW_NOT_WORTH, "not_worth" },			\
	{ SBD_SLOW_MEMALLOC, "memalloc" },			\
	{ SBD_SLOW_RECLAIM, "reclaim" },			\
	{ SBD_SLOW_DRAIN, "drain" },				\
	{ SBD_SLOW_COMPACT, "compact" },			\
	{ SBD_SLOW_NORETRY, "noretry" },			\
	{ SBD_SLOW_COSTLY, "costly" },				\
	{ SBD_SLOW_RECLAIM_AGAIN, "reclaim_again" },		\
	{ SBD_SLOW_COMPACT_AGAIN, "compact_again" },		\
	{ SBD_SLOW_OOM, "oom" },				\
	{ SBD_SLOW_OOM_WAIT, "oom_wait" },			\
	{ SBD_SLOW_NO_OOM, "no_oom" },				\
	{ SBD_SLOW_VICTIM, "victim" },				\
	{ SBD_SLOW_NOFAIL, "nofail" },				\
	{ SBD_SLOW_SIGNAL, "signal" })

#define sbd_show_slow_state(v) __print_symbolic(v,		\
	{ SBD_STATE_BEGIN, "begin" },				\
	{ SBD_STATE_MIN, "min" },				\
	{ SBD_STATE_COMPACT_FIRST, "compact_first" },		\
	{ SBD_STATE_RESERVES, "reserves" },			\
	{ SBD_STATE_MAY_RECLAIM, "may_reclaim" },		\
	{ SBD_STATE_RECLAIM, "reclaim" },			\
	{ SBD_STATE_COMPACT, "compact" },			\
	{ SBD_STATE_AGAIN, "again" },				\
	{ SBD_STATE_OOM, "oom" },				\
	{ SBD_STATE_NOPAGE, "nopage" },				\
	{ SBD_STATE_GOT, "got" },				\
	{ SBD_STATE_FAIL, "fail" })

#define sbd_show_drain_why(v) __print_symbolic(v,		\
	{ SBD_DRAIN_HIGH, "high" },				\
	{ SBD_DRAIN_HIGH_ORDER, "high_order" },			\
	{ SBD_DRAIN_DECAY, "decay" },				\
	{ SBD_DRAIN_EXPIRE, "expire" },				\
	{ SBD_DRAIN_ALL, "all" })

#define sbd_show_path(v) __print_symbolic(v,			\
	{ SBD_PATH_FAIL, "fail" },				\
	{ SBD_PATH_PCP, "pcp" },				\
	{ SBD_PATH_DIRECT, "direct" },				\
	{ SBD_PATH_BULK, "bulk" })

#define sbd_show_defer_step(v) __print_symbolic(v,		\
	{ SBD_DEFER_FAILED, "failed" }, \
	{ SBD_DEFER_PUT_OFF, "put_off" }, \
	{ SBD_DEFER_RESET, "reset" })

#define sbd_show_compact_result(v) __print_symbolic(v,		\
	{ SBD_COMPACT_SKIPPED, "skipped" }, \
	{ SBD_COMPACT_DEFERRED, "deferred" }, \
	{ SBD_COMPACT_CONTINUE, "continue" }, \
	{ SBD_COMPACT_COMPLETE, "complete" }, \
	{ SBD_COMPACT_PARTIAL, "partial" }, \
	{ SBD_COMPACT_CONTENDED, "contended" }, \
	{ SBD_COMPACT_SUCCESS, "success" })

#define sbd_show_compact_mode(v) __print_symbolic(v,		\
	{ SBD_COMPACT_ASYNC, "async" }, \
	{ SBD_COMPACT_SYNC_LIGHT, "sync_light" }, \
	{ SBD_COMPACT_SYNC, "sync" })

TRACE_EVENT(sbd_alloc,
	TP_PROTO(const struct sbd_system *sys, const struct sbd_zone *z,
		 unsigned long pfn, unsigned int order, gfp_t gfp,
		 int migratetype, int path),
	TP_ARGS(sys, z, pfn, order, gfp, migratetype, path),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(int, node)
		__field(int, zone)
		__field(unsigned long, pfn)
		__field(unsigned int, order)
		__field(unsigned long, gfp_flags)
		__field(int, migratetype)
		__field(int, path)
	),
	TP_fast_assign(
		__entry->sys = sys->id;
		__entry->node = z ? z->nid : -1;
		__entry->zone = z ? z->idx : -1;
		__entry->pfn = pfn;
		__entry->order = order;
		__entry->gfp_flags = (__force unsigned long)gfp;
		__entry->migratetype = migratetype;
		__entry->path = path;
	),
	TP_printk("sys=%d node=%d zone=%d pfn=0x%lx order=%u gfp_flags=0x%lx migratetype=%d path=%s",
		  __entry->sys, __entry->node, __entry->zone, __entry->pfn,
		  __entry->order, __entry->gfp_flags, __entry->migratetype,
		  sbd_show_path(__entry->path))
);

/* A block of a zone: who, which, how large, of what type. */
DECLARE_EVENT_CLASS(sbd_block,
	TP_PROTO(const struct sbd_zone *z, unsigned long pfn,
		 unsigned int order, int migratetype),
	TP_ARGS(z, pfn, order, migratetype),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(int, node)
		__field(int, zone)
		__field(unsigned long, pfn)
		__field(unsigned int, order)
		__field(int, migratetype)
	),
	TP_fast_assign(
		__entry->sys = z->sys->id;
		__entry->node = z->nid;
		__entry->zone = z->idx;
		__entry->pfn = pfn;
		__entry->order = order;
		__entry->migratetype = migratetype;
	),
	TP_printk("sys=%d node=%d zone=%d pfn=0x%lx order=%u migratetype=%d",
		  __entry->sys, __entry->node, __entry->zone, __entry->pfn,
		  __entry->order, __entry->migratetype)
);

/* A block came back; fires before it is put anywhere, as mm_page_free does. */
DEFINE_EVENT(sbd_block, sbd_free,
	TP_PROTO(const struct sbd_zone *z, unsigned long pfn,
		 unsigned int order, int migratetype),
	TP_ARGS(z, pfn, order, migratetype));

/* A block left its free list and was split to this order. */
DEFINE_EVENT(sbd_block, sbd_rmqueue,
	TP_PROTO(const struct sbd_zone *z, unsigned long pfn,
		 unsigned int order, int migratetype),
	TP_ARGS(z, pfn, order, migratetype));

/* Two buddies became one block; pfn and order are the merged block's. */
DEFINE_EVENT(sbd_block, sbd_merge,
	TP_PROTO(const struct sbd_zone *z, unsigned long pfn,
		 unsigned int order, int migratetype),
	TP_ARGS(z, pfn, order, migratetype));

/* A block was halved; pfn and order are the upper half's, left free. */
DEFINE_EVENT(sbd_block, sbd_split,
	TP_PROTO(const struct sbd_zone *z, unsigned long pfn,
		 unsigned int order, int migratetype),
	TP_ARGS(z, pfn, order, migratetype));

/* A per-CPU page went back to its zone, as mm_page_pcpu_drain says. */
DEFINE_EVENT(sbd_block, sbd_pcp_page,
	TP_PROTO(const struct sbd_zone *z, unsigned long pfn,
		 unsigned int order, int migratetype),
	TP_ARGS(z, pfn, order, migratetype));

/* Where a freed block was put on its list, and why. */
TRACE_EVENT(sbd_place,
	TP_PROTO(const struct sbd_zone *z, unsigned long pfn,
		 unsigned int order, int migratetype, bool tail),
	TP_ARGS(z, pfn, order, migratetype, tail),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(int, node)
		__field(int, zone)
		__field(unsigned long, pfn)
		__field(unsigned int, order)
		__field(int, migratetype)
		__field(int, tail)
	),
	TP_fast_assign(
		__entry->sys = z->sys->id;
		__entry->node = z->nid;
		__entry->zone = z->idx;
		__entry->pfn = pfn;
		__entry->order = order;
		__entry->migratetype = migratetype;
		__entry->tail = tail;
	),
	TP_printk("sys=%d node=%d zone=%d pfn=0x%lx order=%u migratetype=%d tail=%d",
		  __entry->sys, __entry->node, __entry->zone, __entry->pfn,
		  __entry->order, __entry->migratetype, __entry->tail)
);

/* A pageblock changed its type. */
TRACE_EVENT(sbd_pageblock,
	TP_PROTO(const struct sbd_zone *z, unsigned long pfn, int from, int to),
	TP_ARGS(z, pfn, from, to),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(int, node)
		__field(int, zone)
		__field(unsigned long, pfn)
		__field(int, old_migratetype)
		__field(int, migratetype)
	),
	TP_fast_assign(
		__entry->sys = z->sys->id;
		__entry->node = z->nid;
		__entry->zone = z->idx;
		__entry->pfn = pfn;
		__entry->old_migratetype = from;
		__entry->migratetype = to;
	),
	TP_printk("sys=%d node=%d zone=%d pfn=0x%lx old_migratetype=%d migratetype=%d",
		  __entry->sys, __entry->node, __entry->zone, __entry->pfn,
		  __entry->old_migratetype, __entry->migratetype)
);

/* A request was served by another type's block; fields as mm_page_alloc_extfrag. */
TRACE_EVENT(sbd_fallback,
	TP_PROTO(const struct sbd_zone *z, unsigned long pfn,
		 int alloc_order, int fallback_order, int alloc_migratetype,
		 int fallback_migratetype, bool change_ownership),
	TP_ARGS(z, pfn, alloc_order, fallback_order, alloc_migratetype,
		fallback_migratetype, change_ownership),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(int, node)
		__field(int, zone)
		__field(unsigned long, pfn)
		__field(int, alloc_order)
		__field(int, fallback_order)
		__field(int, alloc_migratetype)
		__field(int, fallback_migratetype)
		__field(int, change_ownership)
	),
	TP_fast_assign(
		__entry->sys = z->sys->id;
		__entry->node = z->nid;
		__entry->zone = z->idx;
		__entry->pfn = pfn;
		__entry->alloc_order = alloc_order;
		__entry->fallback_order = fallback_order;
		__entry->alloc_migratetype = alloc_migratetype;
		__entry->fallback_migratetype = fallback_migratetype;
		__entry->change_ownership = change_ownership;
	),
	TP_printk("sys=%d node=%d zone=%d pfn=0x%lx alloc_order=%d fallback_order=%d alloc_migratetype=%d fallback_migratetype=%d change_ownership=%d",
		  __entry->sys, __entry->node, __entry->zone, __entry->pfn,
		  __entry->alloc_order, __entry->fallback_order,
		  __entry->alloc_migratetype, __entry->fallback_migratetype,
		  __entry->change_ownership)
);

/* Whether enough of a pageblock is free or alike to claim it. */
TRACE_EVENT(sbd_claim,
	TP_PROTO(const struct sbd_zone *z, unsigned long pfn, int start_type,
		 int block_type, int free_pages, int alike_pages, bool claimed),
	TP_ARGS(z, pfn, start_type, block_type, free_pages, alike_pages, claimed),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(int, node)
		__field(int, zone)
		__field(unsigned long, pfn)
		__field(int, alloc_migratetype)
		__field(int, fallback_migratetype)
		__field(int, free_pages)
		__field(int, alike_pages)
		__field(int, claimed)
	),
	TP_fast_assign(
		__entry->sys = z->sys->id;
		__entry->node = z->nid;
		__entry->zone = z->idx;
		__entry->pfn = pfn;
		__entry->alloc_migratetype = start_type;
		__entry->fallback_migratetype = block_type;
		__entry->free_pages = free_pages;
		__entry->alike_pages = alike_pages;
		__entry->claimed = claimed;
	),
	TP_printk("sys=%d node=%d zone=%d pfn=0x%lx alloc_migratetype=%d fallback_migratetype=%d free_pages=%d alike_pages=%d claimed=%d",
		  __entry->sys, __entry->node, __entry->zone, __entry->pfn,
		  __entry->alloc_migratetype, __entry->fallback_migratetype,
		  __entry->free_pages, __entry->alike_pages, __entry->claimed)
);

/* A HIGHATOMIC reserve was made (reserve=1) or taken back. */
TRACE_EVENT(sbd_highatomic,
	TP_PROTO(const struct sbd_zone *z, unsigned long pfn, bool reserve,
		 unsigned long reserved),
	TP_ARGS(z, pfn, reserve, reserved),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(int, node)
		__field(int, zone)
		__field(unsigned long, pfn)
		__field(int, reserve)
		__field(unsigned long, reserved)
	),
	TP_fast_assign(
		__entry->sys = z->sys->id;
		__entry->node = z->nid;
		__entry->zone = z->idx;
		__entry->pfn = pfn;
		__entry->reserve = reserve;
		__entry->reserved = reserved;
	),
	TP_printk("sys=%d node=%d zone=%d pfn=0x%lx reserve=%d reserved=%lu",
		  __entry->sys, __entry->node, __entry->zone, __entry->pfn,
		  __entry->reserve, __entry->reserved)
);

/* A per-CPU list was empty. */
TRACE_EVENT(sbd_pcp_refill,
	TP_PROTO(const struct sbd_zone *z, int cpu, unsigned int order,
		 int migratetype, int wanted, int got, const struct sbd_pcp *pcp),
	TP_ARGS(z, cpu, order, migratetype, wanted, got, pcp),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(int, node)
		__field(int, zone)
		__field(int, cpu)
		__field(unsigned int, order)
		__field(int, migratetype)
		__field(int, wanted)
		__field(int, got)
		__field(int, count)
		__field(int, high)
	),
	TP_fast_assign(
		__entry->sys = z->sys->id;
		__entry->node = z->nid;
		__entry->zone = z->idx;
		__entry->cpu = cpu;
		__entry->order = order;
		__entry->migratetype = migratetype;
		__entry->wanted = wanted;
		__entry->got = got;
		__entry->count = pcp->count;
		__entry->high = pcp->high;
	),
	TP_printk("sys=%d node=%d zone=%d cpu=%d order=%u migratetype=%d wanted=%d got=%d count=%d high=%d",
		  __entry->sys, __entry->node, __entry->zone, __entry->cpu,
		  __entry->order, __entry->migratetype, __entry->wanted,
		  __entry->got, __entry->count, __entry->high)
);

/* Pages go back from a per-CPU list; count and high as before. */
TRACE_EVENT(sbd_pcp_drain,
	TP_PROTO(const struct sbd_zone *z, int cpu, int pages,
		 const struct sbd_pcp *pcp, int why),
	TP_ARGS(z, cpu, pages, pcp, why),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(int, node)
		__field(int, zone)
		__field(int, cpu)
		__field(int, pages)
		__field(int, count)
		__field(int, high)
		__field(int, why)
	),
	TP_fast_assign(
		__entry->sys = z->sys->id;
		__entry->node = z->nid;
		__entry->zone = z->idx;
		__entry->cpu = cpu;
		__entry->pages = pages;
		__entry->count = pcp->count;
		__entry->high = pcp->high;
		__entry->why = why;
	),
	TP_printk("sys=%d node=%d zone=%d cpu=%d pages=%d count=%d high=%d why=%s",
		  __entry->sys, __entry->node, __entry->zone, __entry->cpu,
		  __entry->pages, __entry->count, __entry->high,
		  sbd_show_drain_why(__entry->why))
);

/* A zone was asked whether it has enough. */
TRACE_EVENT(sbd_watermark,
	TP_PROTO(const struct sbd_zone *z, unsigned int order,
		 unsigned long mark, int highest, unsigned int alloc_flags,
		 bool ok),
	TP_ARGS(z, order, mark, highest, alloc_flags, ok),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(int, node)
		__field(int, zone)
		__field(unsigned int, order)
		__field(unsigned long, mark)
		__field(long, reserve)
		__field(long, free)
		__field(unsigned int, alloc_flags)
		__field(int, ok)
	),
	TP_fast_assign(
		__entry->sys = z->sys->id;
		__entry->node = z->nid;
		__entry->zone = z->idx;
		__entry->order = order;
		__entry->mark = mark;
		__entry->reserve = z->lowmem_reserve[highest];
		__entry->free = atomic_long_read(&z->stat[SBD_NR_FREE_PAGES]);
		__entry->alloc_flags = alloc_flags;
		__entry->ok = ok;
	),
	TP_printk("sys=%d node=%d zone=%d order=%u mark=%lu reserve=%ld free=%ld alloc_flags=0x%x ok=%d",
		  __entry->sys, __entry->node, __entry->zone, __entry->order,
		  __entry->mark, __entry->reserve, __entry->free,
		  __entry->alloc_flags, __entry->ok)
);

/* The marks of a zone were raised. */
TRACE_EVENT(sbd_boost,
	TP_PROTO(const struct sbd_zone *z, bool wake),
	TP_ARGS(z, wake),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(int, node)
		__field(int, zone)
		__field(unsigned long, boost)
		__field(int, wake)
	),
	TP_fast_assign(
		__entry->sys = z->sys->id;
		__entry->node = z->nid;
		__entry->zone = z->idx;
		__entry->boost = z->boost;
		__entry->wake = wake;
	),
	TP_printk("sys=%d node=%d zone=%d boost=%lu wake=%d",
		  __entry->sys, __entry->node, __entry->zone, __entry->boost,
		  __entry->wake)
);

/* A per-CPU counter difference was folded into its zone by the worker. */
TRACE_EVENT(sbd_fold,
	TP_PROTO(const struct sbd_zone *z, int cpu, int item, int diff),
	TP_ARGS(z, cpu, item, diff),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(int, node)
		__field(int, zone)
		__field(int, cpu)
		__field(int, item)
		__field(int, diff)
	),
	TP_fast_assign(
		__entry->sys = z->sys->id;
		__entry->node = z->nid;
		__entry->zone = z->idx;
		__entry->cpu = cpu;
		__entry->item = item;
		__entry->diff = diff;
	),
	TP_printk("sys=%d node=%d zone=%d cpu=%d item=%d diff=%d",
		  __entry->sys, __entry->node, __entry->zone, __entry->cpu,
		  __entry->item, __entry->diff)
);

/* A step of the slow path, and its reason. */
TRACE_EVENT(sbd_slowpath,
	TP_PROTO(const struct sbd_system *sys, unsigned int order, gfp_t gfp,
		 unsigned int alloc_flags, int step, int from, int to),
	TP_ARGS(sys, order, gfp, alloc_flags, step, from, to),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(unsigned int, order)
		__field(unsigned long, gfp_flags)
		__field(unsigned int, alloc_flags)
		__field(int, step)
		__field(int, from)
		__field(int, to)
	),
	TP_fast_assign(
		__entry->sys = sys->id;
		__entry->order = order;
		__entry->gfp_flags = (__force unsigned long)gfp;
		__entry->alloc_flags = alloc_flags;
		__entry->step = step;
		__entry->from = from;
		__entry->to = to;
	),
	TP_printk("sys=%d order=%u gfp_flags=0x%lx alloc_flags=0x%x step=%s from=%s to=%s",
		  __entry->sys, __entry->order, __entry->gfp_flags,
		  __entry->alloc_flags, sbd_show_slow_step(__entry->step),
		  sbd_show_slow_state(__entry->from),
		  sbd_show_slow_state(__entry->to))
);

/* A reclaim of one node at one priority is over; what it looked at and freed. */
TRACE_EVENT(sbd_reclaim,
	TP_PROTO(const struct sbd_system *sys, int node, unsigned int order,
		 int priority, bool kswapd, unsigned long scanned,
		 unsigned long reclaimed),
	TP_ARGS(sys, node, order, priority, kswapd, scanned, reclaimed),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(int, node)
		__field(unsigned int, order)
		__field(int, priority)
		__field(int, kswapd)
		__field(unsigned long, nr_scanned)
		__field(unsigned long, nr_reclaimed)
	),
	TP_fast_assign(
		__entry->sys = sys->id;
		__entry->node = node;
		__entry->order = order;
		__entry->priority = priority;
		__entry->kswapd = kswapd;
		__entry->nr_scanned = scanned;
		__entry->nr_reclaimed = reclaimed;
	),
	TP_printk("sys=%d node=%d order=%u priority=%d kswapd=%d nr_scanned=%lu nr_reclaimed=%lu",
		  __entry->sys, __entry->node, __entry->order,
		  __entry->priority, __entry->kswapd, __entry->nr_scanned,
		  __entry->nr_reclaimed)
);

/* A kswapd run is over: the order that is left to reclaim for, where it ended. */
TRACE_EVENT(sbd_kswapd,
	TP_PROTO(const struct sbd_system *sys, int node, unsigned int order,
		 int highest, int priority, unsigned long reclaimed),
	TP_ARGS(sys, node, order, highest, priority, reclaimed),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(int, node)
		__field(unsigned int, order)
		__field(int, highest)
		__field(int, priority)
		__field(unsigned long, nr_reclaimed)
	),
	TP_fast_assign(
		__entry->sys = sys->id;
		__entry->node = node;
		__entry->order = order;
		__entry->highest = highest;
		__entry->priority = priority;
		__entry->nr_reclaimed = reclaimed;
	),
	TP_printk("sys=%d node=%d order=%u highest=%d priority=%d nr_reclaimed=%lu",
		  __entry->sys, __entry->node, __entry->order,
		  __entry->highest, __entry->priority, __entry->nr_reclaimed)
);

/* Somebody wanted a range of frames for himself; error is 0 if he has it. */
TRACE_EVENT(sbd_contig,
	TP_PROTO(const struct sbd_system *sys, const struct sbd_zone *z,
		 unsigned long pfn, unsigned long pages, int migratetype,
		 int error),
	TP_ARGS(sys, z, pfn, pages, migratetype, error),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(int, node)
		__field(int, zone)
		__field(unsigned long, pfn)
		__field(unsigned long, pages)
		__field(int, migratetype)
		__field(int, error)
	),
	TP_fast_assign(
		__entry->sys = sys->id;
		__entry->node = z->nid;
		__entry->zone = z->idx;
		__entry->pfn = pfn;
		__entry->pages = pages;
		__entry->migratetype = migratetype;
		__entry->error = error;
	),
	TP_printk("sys=%d node=%d zone=%d pfn=0x%lx pages=%lu migratetype=%d error=%d",
		  __entry->sys, __entry->node, __entry->zone, __entry->pfn,
		  __entry->pages, __entry->migratetype, __entry->error)
);

/* An owner loses its page; kind 0 anonymous, 1 file, 2 a reclaimable object. */
TRACE_EVENT(sbd_evict,
	TP_PROTO(const struct sbd_system *sys, int node, unsigned long pfn,
		 unsigned int order, int kind),
	TP_ARGS(sys, node, pfn, order, kind),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(int, node)
		__field(unsigned long, pfn)
		__field(unsigned int, order)
		__field(int, kind)
	),
	TP_fast_assign(
		__entry->sys = sys->id;
		__entry->node = node;
		__entry->pfn = pfn;
		__entry->order = order;
		__entry->kind = kind;
	),
	TP_printk("sys=%d node=%d pfn=0x%lx order=%u kind=%d",
		  __entry->sys, __entry->node, __entry->pfn, __entry->order,
		  __entry->kind)
);

/*
 * A clone answered otherwise than the host, or was left in another state; what
 * names what differs then.
 */
TRACE_EVENT(sbd_divergence,
	TP_PROTO(const struct sbd_system *sys, u64 burst, u32 op, int cpu,
		 bool free, unsigned long pfn, unsigned long shadow_pfn,
		 unsigned int order, unsigned long gfp_flags, const char *what),
	TP_ARGS(sys, burst, op, cpu, free, pfn, shadow_pfn, order, gfp_flags,
		what),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(u64, burst)
		__field(u32, op)
		__field(int, cpu)
		__field(int, free)
		__field(unsigned long, pfn)
		__field(unsigned long, shadow_pfn)
		__field(unsigned int, order)
		__field(unsigned long, gfp_flags)
		__array(char, what, 24)
	),
	TP_fast_assign(
		__entry->sys = sys->id;
		__entry->burst = burst;
		__entry->op = op;
		__entry->cpu = cpu;
		__entry->free = free;
		__entry->pfn = pfn;
		__entry->shadow_pfn = shadow_pfn;
		__entry->order = order;
		__entry->gfp_flags = gfp_flags;
		strscpy(__entry->what, what ?: "answer", sizeof(__entry->what));
	),
	TP_printk("sys=%d burst=%llu op=%u cpu=%d free=%d pfn=0x%lx shadow_pfn=0x%lx order=%u gfp_flags=0x%lx what=%s",
		  __entry->sys, __entry->burst, __entry->op, __entry->cpu,
		  __entry->free, __entry->pfn, __entry->shadow_pfn,
		  __entry->order, __entry->gfp_flags, __entry->what)
);

/* A mirror gave a request another frame than the host did, for the first time. */
TRACE_EVENT(sbd_mirror_first,
	TP_PROTO(const struct sbd_system *sys, int cpu, unsigned int order,
		 unsigned long gfp_flags, unsigned long pfn, unsigned long shadow_pfn,
		 const char *other),
	TP_ARGS(sys, cpu, order, gfp_flags, pfn, shadow_pfn, other),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(int, cpu)
		__field(unsigned int, order)
		__field(unsigned long, gfp_flags)
		__field(unsigned long, pfn)
		__field(unsigned long, shadow_pfn)
		__array(char, other, 16)
	),
	TP_fast_assign(
		__entry->sys = sys->id;
		__entry->cpu = cpu;
		__entry->order = order;
		__entry->gfp_flags = gfp_flags;
		__entry->pfn = pfn;
		__entry->shadow_pfn = shadow_pfn;
		strscpy(__entry->other, other, sizeof(__entry->other));
	),
	TP_printk("sys=%d cpu=%d order=%u gfp_flags=0x%lx pfn=0x%lx shadow_pfn=0x%lx other=%s",
		  __entry->sys, __entry->cpu, __entry->order,
		  __entry->gfp_flags, __entry->pfn, __entry->shadow_pfn,
		  __entry->other)
);

/* A mirror was held against the host; shares are hundredths of a percent. */
TRACE_EVENT(sbd_mirror_look,
	TP_PROTO(const struct sbd_system *sys, u64 events, u64 dropped, u64 requests,
		 u64 exact, unsigned int distance, long free),
	TP_ARGS(sys, events, dropped, requests, exact, distance, free),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(u64, events)
		__field(u64, dropped)
		__field(u64, requests)
		__field(u64, exact)
		__field(unsigned int, distance)
		__field(long, free)
	),
	TP_fast_assign(
		__entry->sys = sys->id;
		__entry->events = events;
		__entry->dropped = dropped;
		__entry->requests = requests;
		__entry->exact = exact;
		__entry->distance = distance;
		__entry->free = free;
	),
	TP_printk("sys=%d events=%llu dropped=%llu requests=%llu exact=%llu distance=%u free=%ld",
		  __entry->sys, __entry->events, __entry->dropped,
		  __entry->requests, __entry->exact, __entry->distance,
		  __entry->free)
);

/*
 * A compaction of a zone begins (step=begin), or ended; moved and scanned are
 * pages, scanned by both scanners together; order -1 is all that can be had.
 */
TRACE_EVENT(sbd_compact,
	TP_PROTO(const struct sbd_zone *z, int order, int mode, bool end,
		 int result, unsigned long moved, unsigned long scanned),
	TP_ARGS(z, order, mode, end, result, moved, scanned),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(int, node)
		__field(int, zone)
		__field(int, order)
		__field(int, mode)
		__field(int, end)
		__field(int, result)
		__field(unsigned long, moved)
		__field(unsigned long, scanned)
	),
	TP_fast_assign(
		__entry->sys = z->sys->id;
		__entry->node = z->nid;
		__entry->zone = z->idx;
		__entry->order = order;
		__entry->mode = mode;
		__entry->end = end;
		__entry->result = result;
		__entry->moved = moved;
		__entry->scanned = scanned;
	),
	TP_printk("sys=%d node=%d zone=%d order=%d mode=%s end=%d result=%s moved=%lu scanned=%lu",
		  __entry->sys, __entry->node, __entry->zone, __entry->order,
		  sbd_show_compact_mode(__entry->mode), __entry->end,
		  sbd_show_compact_result(__entry->result), __entry->moved,
		  __entry->scanned)
);

/* An owner's page was moved, or (ok=0) could not be. */
TRACE_EVENT(sbd_migrate,
	TP_PROTO(const struct sbd_zone *z, unsigned long pfn,
		 unsigned long new_pfn, unsigned int order, bool ok),
	TP_ARGS(z, pfn, new_pfn, order, ok),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(int, node)
		__field(int, zone)
		__field(unsigned long, pfn)
		__field(unsigned long, new_pfn)
		__field(unsigned int, order)
		__field(int, ok)
	),
	TP_fast_assign(
		__entry->sys = z->sys->id;
		__entry->node = z->nid;
		__entry->zone = z->idx;
		__entry->pfn = pfn;
		__entry->new_pfn = new_pfn;
		__entry->order = order;
		__entry->ok = ok;
	),
	TP_printk("sys=%d node=%d zone=%d pfn=0x%lx new_pfn=0x%lx order=%u ok=%d",
		  __entry->sys, __entry->node, __entry->zone, __entry->pfn,
		  __entry->new_pfn, __entry->order, __entry->ok)
);

/* Compactions of a zone are put off, or no longer. */
TRACE_EVENT(sbd_defer,
	TP_PROTO(const struct sbd_zone *z, int order, int step),
	TP_ARGS(z, order, step),
	TP_STRUCT__entry(
		__field(int, sys)
		__field(int, node)
		__field(int, zone)
		__field(int, order)
		__field(int, step)
		__field(unsigned int, considered)
		__field(unsigned int, defer_shift)
		__field(int, order_failed)
	),
	TP_fast_assign(
		__entry->sys = z->sys->id;
		__entry->node = z->nid;
		__entry->zone = z->idx;
		__entry->order = order;
		__entry->step = step;
		__entry->considered = z->compact.considered;
		__entry->defer_shift = z->compact.defer_shift;
		__entry->order_failed = z->compact.order_failed;
	),
	TP_printk("sys=%d node=%d zone=%d order=%d step=%s considered=%u defer_shift=%u order_failed=%d",
		  __entry->sys, __entry->node, __entry->zone, __entry->order,
		  sbd_show_defer_step(__entry->step), __entry->considered,
		  __entry->defer_shift, __entry->order_failed)
);

#endif /* SBD_TRACE_H */

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
