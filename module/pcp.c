// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU page lists: refill, free, drains, and the vmstat worker's part.
 *
 * Rules: semantics.md section 3, held against 6.1.192 and 6.12.117.
 */
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>

#include "fallback.h"
#include "pcp.h"
#include "profile.h"
#include "trace.h"
#include "watermark.h"
#include "zone.h"

/**
 * sbd_pcp_init() - empty lists, as at boot
 * @pcp: the lists; sizes are set by sbd_setup_pagesets()
 */
void sbd_pcp_init(struct sbd_pcp *pcp)
{
	int i;

	memset(pcp, 0, sizeof(*pcp));
	spin_lock_init(&pcp->lock);
	pcp->batch = 1;
	for (i = 0; i < SBD_NR_PCP_LISTS; i++)
		sbd_list_init(&pcp->lists[i]);
}

/* 6.7: how many pages a refill of order 0 fetches; it grows while none return. */
static int grow_batch(struct sbd_pcp *pcp, int high, int base, int batch)
{
	int most = max(high - pcp->count - base, base);

	if (batch <= most && pcp->alloc_factor < SBD_BATCH_SCALE_MAX)
		pcp->alloc_factor++;
	return min(batch, most);
}

/* 6.7: nr_pcp_alloc().  Raises high where the zone has plenty. */
static int tuned_refill(struct sbd_zone *z, struct sbd_pcp *pcp,
			unsigned int order)
{
	int base = READ_ONCE(pcp->batch);
	int low = READ_ONCE(pcp->high_min), top = READ_ONCE(pcp->high_max);
	int high, batch;

	high = clamp(pcp->high, low, top);
	pcp->high = high;
	if (high < base)
		return 1;
	batch = order ? base : base << pcp->alloc_factor;
	if (low != top && !test_bit(SBD_ZONE_BELOW_HIGH, &z->flags) &&
	    !sbd_broken(z->sys, refill_high)) {
		high = min(high + batch, top);
		pcp->high = high;
	}
	if (order || sbd_broken(z->sys, refill_grow))
		return batch;
	return grow_batch(pcp, high, base, batch);
}

/* Blocks to fetch when a list is empty. */
static int refill_size(struct sbd_zone *z, struct sbd_pcp *pcp,
		       unsigned int order)
{
	int batch = z->prof->pcp_autotune ? tuned_refill(z, pcp, order) :
					    READ_ONCE(pcp->batch);

	if (sbd_broken(z->sys, refill_order))
		order = 0;
	return batch > 1 ? max(batch >> order, 2) : batch;
}

/**
 * struct refill - one fetch from the zone
 * @z:	   the zone
 * @cpu:   whose lists
 * @order: of the blocks
 * @mt:	   of the request
 * @flags: SBD_ALLOC_*
 * @list:  to fill
 */
struct refill {
	struct sbd_zone *z;
	int cpu;
	unsigned int order;
	int mt;
	unsigned int flags;
	struct sbd_list *list;
};

/* 6.1 accounts a refill's pages at its end, at once; CMA ones each. */
static void account_cma(const struct refill *r, const struct sbd_frame *f)
{
	if (!r->z->prof->type_hygiene && f->mt == SBD_CMA)
		sbd_stat_add(r->z, r->cpu, SBD_NR_FREE_CMA_PAGES,
			     -(1L << r->order));
}

/* Broken on purpose: 6.1 accounts as later kernels do. */
static bool account_each(const struct sbd_zone *z)
{
	return !z->prof->type_hygiene && sbd_broken(z->sys, account_late);
}

/* rmqueue_bulk(): append blocks in the order in which the zone gives them. */
static int fetch(const struct refill *r, int wanted)
{
	enum sbd_rmqueue_mode mode = SBD_RMQUEUE_NORMAL;
	struct sbd_frame *f;
	unsigned long flags;
	int got;

	flags = sbd_zone_lock(r->z);
	for (got = 0; got < wanted; got++) {
		f = sbd_rmqueue(r->z, r->cpu, r->order, r->mt, r->flags, &mode);
		if (!f)
			break;
		f->state = SBD_FRAME_PCP;
		if (sbd_broken(r->z->sys, refill_tail))
			sbd_list_add(r->z, r->list, f);
		else
			sbd_list_add_tail(r->z, r->list, f);
		account_cma(r, f);
		if (account_each(r->z))
			sbd_stat_add(r->z, r->cpu, SBD_NR_FREE_PAGES,
				     -(1L << r->order));
	}
	if (!r->z->prof->type_hygiene && !account_each(r->z))
		sbd_stat_add(r->z, r->cpu, SBD_NR_FREE_PAGES,
			     -((long)got << r->order));
	sbd_zone_unlock(r->z, flags);
	return got;
}

static noinline void refill(struct sbd_pcp *pcp, const struct refill *r)
{
	int wanted = refill_size(r->z, pcp, r->order);
	int got = fetch(r, wanted);

	pcp->count += got << r->order;
	pcp->refills++;
	pcp->refilled += (u64)got << r->order;
	trace_sbd_pcp_refill(r->z, r->cpu, r->order, r->mt, wanted, got, pcp);
}

/* Take the first frame of a list that has one. */
static __always_inline void pop(struct sbd_zone *z, struct sbd_pcp *pcp,
				struct sbd_list *list, struct sbd_frame *f,
				unsigned int order)
{
	u32 next = f->next;

	list->head = next;
	if (next == SBD_NIL)
		list->tail = SBD_NIL;
	else
		z->frames[next].prev = SBD_NIL;
	pcp->count -= 1 << order;
	pcp->served.alloc[order]++;
	f->state = SBD_FRAME_USED;
}

/* __rmqueue_pcplist(): what single and bulk requests share. */
static __always_inline struct sbd_frame *take(struct sbd_zone *z,
					      struct sbd_pcp *pcp,
					      const struct refill *r)
{
	struct sbd_list *list = r->list;
	struct sbd_frame *f;

	lockdep_assert_held(&pcp->lock);
	if (unlikely(sbd_list_empty(list)))
		refill(pcp, r);
	f = sbd_list_first(z, list);
	if (unlikely(!f))
		return NULL;
	pop(z, pcp, list, f, r->order);
	return f;
}

/* Each profile has one of the two, the other is always 0. */
static __always_inline void halve_free_scale(const struct sbd_zone *z,
					     struct sbd_pcp *pcp)
{
	if (sbd_broken(z->sys, free_scale))
		return;
	pcp->free_count >>= 1;
	pcp->free_factor >>= 1;
}

/**
 * sbd_pcp_take() - a block from a CPU's lists, refilled if need be
 * @z:		 the zone
 * @cpu:	 whose lists
 * @order:	 wanted
 * @mt:		 wanted
 * @alloc_flags: SBD_ALLOC_*
 *
 * Context: pcp lock held; takes the zone lock.
 * Return: the block's head, USED; NULL if the zone gave nothing.
 */
struct sbd_frame *sbd_pcp_take(struct sbd_zone *z, int cpu, unsigned int order,
			       int mt, unsigned int alloc_flags)
{
	struct sbd_pcp *pcp = sbd_pcp(z, cpu);
	const struct refill r = { z, cpu, order, mt, alloc_flags,
				  &pcp->lists[sbd_pindex(z, order, mt)] };

	return take(z, pcp, &r);
}

/**
 * sbd_pcp_alloc() - a block from a CPU's lists
 * @z:		 the zone
 * @cpu:	 whose lists
 * @order:	 one that sbd_pcp_order() accepts
 * @mt:		 an ordinary type
 * @alloc_flags: SBD_ALLOC_*
 *
 * rmqueue_pcplist().  Context: any; tries the pcp lock, does not wait for it.
 * Return: the block's head, USED; NULL if the lock was taken or the zone gave
 * nothing, and the caller then asks the zone itself.
 */
struct sbd_frame *sbd_pcp_alloc(struct sbd_zone *z, int cpu, unsigned int order,
				int mt, unsigned int alloc_flags)
{
	struct sbd_pcp *pcp = sbd_pcp(z, cpu);
	const struct refill r = { z, cpu, order, mt, alloc_flags,
				  &pcp->lists[sbd_pindex(z, order, mt)] };
	struct sbd_frame *f;

	if (!spin_trylock(&pcp->lock))
		return NULL;
	halve_free_scale(z, pcp);
	f = take(z, pcp, &r);
	spin_unlock(&pcp->lock);
	return f;
}

/**
 * sbd_pcp_pop() - an order-0 block from a CPU's list, if one is at hand
 * @z:	 the zone
 * @cpu: whose lists
 * @mt:	 an ordinary type
 *
 * What sbd_pcp_alloc() does where no refill is needed; else nothing happens.
 * Context: any; tries the pcp lock.  Return: the frame, USED, or NULL.
 */
struct sbd_frame *sbd_pcp_pop(struct sbd_zone *z, int cpu, int mt)
{
	struct sbd_pcp *pcp = sbd_pcp(z, cpu);
	struct sbd_list *list = &pcp->lists[mt];
	struct sbd_frame *f;

	if (sbd_list_empty(list) || !spin_trylock(&pcp->lock))
		return NULL;
	f = sbd_list_first(z, list);
	if (likely(f)) {
		halve_free_scale(z, pcp);
		pop(z, pcp, list, f, 0);
	}
	spin_unlock(&pcp->lock);
	return f;
}

/* The type under which a drained page returns to the zone. */
static int drained_type(const struct sbd_zone *z, const struct sbd_frame *f,
			unsigned long pfn)
{
	if (z->prof->type_hygiene || z->nr_isolate ||
	    sbd_broken(z->sys, cached_type))
		return sbd_block_type(z, pfn);
	return f->mt;
}

/* Free the last blocks of one list until it is empty or @count is used up. */
static int drain_list(struct sbd_zone *z, int cpu, int pindex, int count)
{
	unsigned int order = sbd_pindex_order(z, pindex);
	struct sbd_pcp *pcp = sbd_pcp(z, cpu);
	struct sbd_list *list = &pcp->lists[pindex];
	struct sbd_frame *f;
	unsigned long pfn;
	int mt;

	while (count > 0 && !sbd_list_empty(list)) {
		f = sbd_broken(z->sys, drain_tail) ? sbd_list_first(z, list) :
						     sbd_list_last(z, list);
		pfn = sbd_pfn(z, f);
		mt = drained_type(z, f, pfn);
		sbd_list_del(z, list, f);
		count -= 1 << order;
		pcp->count -= 1 << order;
		pcp->drained += 1UL << order;
		sbd_free_block(z, cpu, pfn, order, mt, SBD_FPI_NONE);
		trace_sbd_pcp_page(z, pfn, order, mt);
	}
	return count;
}

/*
 * free_pcppages_bulk(): give back @count pages, @pindex's list first, then the
 * next that has any, round and round.
 */
static noinline void drain(struct sbd_zone *z, int cpu, int count, int pindex,
			   enum sbd_drain_why why)
{
	struct sbd_pcp *pcp = sbd_pcp(z, cpu);
	unsigned long flags;

	lockdep_assert_held(&pcp->lock);
	count = min(pcp->count, count);
	if (sbd_broken(z->sys, drain_first))
		pindex = 0;
	trace_sbd_pcp_drain(z, cpu, count, pcp, why);
	pcp->drains++;
	flags = sbd_zone_lock(z);
	while (count > 0) {
		count = drain_list(z, cpu, pindex, count);
		pindex = (pindex + 1) % SBD_NR_PCP_LISTS;
	}
	sbd_zone_unlock(z, flags);
}

/* Pages to give back at once, of those between batch and high. */
static int clamp_drain(int wish, int batch, int high)
{
	return clamp(wish, batch, high - batch);
}

/**
 * struct excess - what a free leaves too much on the lists
 * @pages: to give back, 0 if none
 * @why:   of that
 */
struct excess {
	int pages;
	enum sbd_drain_why why;
};

/* kswapd works here. */
static __always_inline bool reclaim_active(const struct sbd_zone *z)
{
	return test_bit(SBD_ZONE_RECLAIM_ACTIVE, &z->flags) &&
	       !sbd_broken(z->sys, reclaim_active);
}

/* 6.1: nr_pcp_high() and nr_pcp_free(). */
static int plain_pages(struct sbd_zone *z, struct sbd_pcp *pcp, bool free_high)
{
	int high = READ_ONCE(pcp->high), batch = READ_ONCE(pcp->batch), wish;
	int limit = high;

	if (free_high)
		limit = 0;
	else if (high && reclaim_active(z))
		limit = min(batch << 2, high);
	if (pcp->count < limit)
		return 0;
	if (free_high)
		return pcp->count;
	if (limit < batch)
		return 1;
	wish = batch << pcp->free_factor;
	if (sbd_broken(z->sys, free_batch))
		return batch;
	if (wish < limit - batch && pcp->free_factor < SBD_BATCH_SCALE_MAX)
		pcp->free_factor++;
	return clamp_drain(wish, batch, limit);
}

/* 6.7: nr_pcp_high().  Moves high; returns the count at which to drain. */
static __always_inline int tuned_high(struct sbd_zone *z, struct sbd_pcp *pcp,
				      int batch, bool free_high)
{
	int low = READ_ONCE(pcp->high_min), top = READ_ONCE(pcp->high_max);
	int high, recent = max_t(int, pcp->free_count, batch);

	high = clamp(pcp->high, low, top);
	pcp->high = high;
	if (!high)
		return 0;
	if (free_high) {
		pcp->high = max(high - (batch << SBD_BATCH_SCALE_MAX), low);
		return 0;
	}
	if (reclaim_active(z)) {
		pcp->high = max(high - recent, low);
		return min(batch << 2, pcp->high);
	}
	if (low == top)
		return high;
	if (test_bit(SBD_ZONE_BELOW_HIGH, &z->flags)) {
		pcp->high = max(high - recent, low);
		high = max(pcp->count, low);
	} else if (pcp->count >= high && pcp->high < pcp->free_count + batch &&
		   !sbd_broken(z->sys, high_raise)) {
		pcp->high = clamp(pcp->free_count + batch, low, top);
	}
	return high;
}

/* 6.7: whether a run of order 1..3 frees should go straight back. */
static __always_inline bool run_of_high_orders(struct sbd_pcp *pcp,
					       unsigned int order, int batch)
{
	bool run;

	if (!order || order > SBD_COSTLY_ORDER) {
		pcp->flags &= ~SBD_PCPF_PREV_FREE_HIGH_ORDER;
		return false;
	}
	run = pcp->free_count >= batch &&
	      (pcp->flags & SBD_PCPF_PREV_FREE_HIGH_ORDER) &&
	      (!(pcp->flags & SBD_PCPF_FREE_HIGH_BATCH) || pcp->count >= batch);
	pcp->flags |= SBD_PCPF_PREV_FREE_HIGH_ORDER;
	return run;
}

static struct excess plain_excess(struct sbd_zone *z, struct sbd_pcp *pcp,
				  unsigned int order)
{
	bool free_high = pcp->free_factor && order && order <= SBD_COSTLY_ORDER &&
			 !sbd_broken(z->sys, high_order_free);

	return (struct excess) {
		plain_pages(z, pcp, free_high),
		free_high ? SBD_DRAIN_HIGH_ORDER : SBD_DRAIN_HIGH,
	};
}

/* 6.7: free_unref_page_commit()'s reckoning and nr_pcp_free(). */
static __always_inline struct excess tuned_excess(struct sbd_zone *z,
						  struct sbd_pcp *pcp,
						  unsigned int order)
{
	int batch = READ_ONCE(pcp->batch), limit;
	bool free_high = run_of_high_orders(pcp, order, batch);

	if (sbd_broken(z->sys, high_order_free))
		free_high = false;
	if (pcp->free_count < batch << SBD_BATCH_SCALE_MAX &&
	    !sbd_broken(z->sys, free_count))
		pcp->free_count += 1 << order;
	limit = tuned_high(z, pcp, batch, free_high);
	if (likely(pcp->count < limit))
		return (struct excess) { 0 };
	if (free_high)
		return (struct excess) {
			min(pcp->count, batch << SBD_BATCH_SCALE_MAX),
			SBD_DRAIN_HIGH_ORDER,
		};
	if (limit < batch)
		return (struct excess) { 1, SBD_DRAIN_HIGH };
	if (sbd_broken(z->sys, free_batch))
		return (struct excess) { batch, SBD_DRAIN_HIGH };
	return (struct excess) {
		clamp_drain(pcp->free_count, batch, limit), SBD_DRAIN_HIGH,
	};
}

/* 6.7: the flag that a drain may have made untrue. */
static void recheck_below_high(struct sbd_zone *z)
{
	struct sbd_wmark_check c = {
		.mark = sbd_wmark_pages(z, SBD_WMARK_HIGH),
		.highest = SBD_ZONE_MOVABLE,
	};

	if (test_bit(SBD_ZONE_BELOW_HIGH, &z->flags) &&
	    !sbd_broken(z->sys, below_high_clear) && sbd_watermark_ok(z, &c))
		clear_bit(SBD_ZONE_BELOW_HIGH, &z->flags);
}

/* Put a block at the head of its list; drain what is too much. */
static __always_inline void commit(struct sbd_zone *z, int cpu,
				   struct sbd_frame *f, unsigned int order,
				   int mt)
{
	struct sbd_pcp *pcp = sbd_pcp(z, cpu);
	int pindex = sbd_pindex(z, order, mt);
	struct excess e;

	lockdep_assert_held(&pcp->lock);
	pcp->alloc_factor >>= 1;
	pcp->served.free[order]++;
	f->state = SBD_FRAME_PCP;
	if (sbd_broken(z->sys, pcp_head))
		sbd_list_add_tail(z, &pcp->lists[pindex], f);
	else
		sbd_list_add(z, &pcp->lists[pindex], f);
	pcp->count += 1 << order;
	e = z->prof->pcp_autotune ? tuned_excess(z, pcp, order) :
				    plain_excess(z, pcp, order);
	if (likely(!e.pages))
		return;
	drain(z, cpu, e.pages, pindex, e.why);
	if (z->prof->below_high)
		recheck_below_high(z);
}

/**
 * sbd_pcp_free() - put a block on a CPU's lists
 * @z:	   the zone
 * @cpu:   whose lists
 * @f:	   its head; @f->mt holds its pageblock's type
 * @order: one that sbd_pcp_order() accepts
 * @mt:	   an ordinary type
 *
 * free_unref_page() with its commit.  Context: any; tries the pcp lock.
 * Return: false if the lock was taken: the caller then frees to the zone.
 */
bool sbd_pcp_free(struct sbd_zone *z, int cpu, struct sbd_frame *f,
		  unsigned int order, int mt)
{
	struct sbd_pcp *pcp = sbd_pcp(z, cpu);

	if (!spin_trylock(&pcp->lock))
		return false;
	commit(z, cpu, f, order, mt);
	spin_unlock(&pcp->lock);
	return true;
}

/**
 * sbd_pcp_restore() - put a block at the tail of a CPU's list, as found elsewhere
 * @z:	    the zone, not in use
 * @cpu:    whose lists
 * @pindex: which
 * @f:	    the block's head
 * @mt:	    the type that it is cached under
 *
 * For a clone; the lists' sizes are set by who calls.
 */
void sbd_pcp_restore(struct sbd_zone *z, int cpu, int pindex,
		     struct sbd_frame *f, int mt)
{
	f->state = SBD_FRAME_PCP;
	f->order = sbd_pindex_order(z, pindex);
	f->mt = mt;
	sbd_list_add_tail(z, &sbd_pcp(z, cpu)->lists[pindex], f);
}

/**
 * sbd_drain_zone() - give all pages of a CPU's lists back to a zone
 * @z:	 the zone
 * @cpu: whose lists
 *
 * drain_pages_zone(), in chunks, so that the lock is not held for long.
 * Context: process; takes the pcp lock.
 */
void sbd_drain_zone(struct sbd_zone *z, int cpu)
{
	struct sbd_pcp *pcp = sbd_pcp(z, cpu);
	int left, chunk;

	do {
		spin_lock(&pcp->lock);
		left = pcp->count;
		if (left) {
			chunk = min(left, pcp->batch << SBD_BATCH_SCALE_MAX);
			drain(z, cpu, chunk, 0, SBD_DRAIN_ALL);
			left -= chunk;
		}
		spin_unlock(&pcp->lock);
	} while (left);
}

static void drain_locked(struct sbd_zone *z, int cpu, int pages,
			 enum sbd_drain_why why)
{
	struct sbd_pcp *pcp = sbd_pcp(z, cpu);

	spin_lock(&pcp->lock);
	drain(z, cpu, pages, 0, why);
	spin_unlock(&pcp->lock);
}

/**
 * sbd_decay_high() - let a CPU's high sink towards its minimum
 * @z:	 the zone
 * @cpu: whose lists
 *
 * decay_pcp_high(), from 6.7: by an eighth, or as far as one large drain
 * allows; what is then too much goes back.
 * Context: process; takes the pcp lock.  Return: true if there is more to do.
 */
bool sbd_decay_high(struct sbd_zone *z, int cpu)
{
	struct sbd_pcp *pcp = sbd_pcp(z, cpu);
	int low = READ_ONCE(pcp->high_min), batch = READ_ONCE(pcp->batch);
	int left, chunk;
	bool more = false;

	if (pcp->high > low) {
		pcp->high = max3(pcp->count - (batch << SBD_BATCH_SCALE_MAX),
				 pcp->high - (pcp->high >> 3), low);
		more = pcp->high > low;
	}
	for (left = pcp->count - pcp->high; left > 0; left -= chunk) {
		chunk = z->prof->decay_batched ? min(left, batch) : left;
		drain_locked(z, cpu, chunk, SBD_DRAIN_DECAY);
		more = true;
	}
	return more;
}

/**
 * sbd_expire_zone() - give one batch of an idle remote list back
 * @z:	 the zone
 * @cpu: whose lists
 *
 * drain_zone_pages().  Context: process; takes the pcp lock.
 */
void sbd_expire_zone(struct sbd_zone *z, int cpu)
{
	struct sbd_pcp *pcp = sbd_pcp(z, cpu);
	int pages = min(pcp->count, READ_ONCE(pcp->batch));

	if (pages > 0)
		drain_locked(z, cpu, pages, SBD_DRAIN_EXPIRE);
}

/* Fold a CPU's differences into the zone.  Return: there were some. */
static bool fold(struct sbd_zone *z, int cpu)
{
	struct sbd_cpu_zone *cz = &z->cpus[cpu];
	unsigned long flags;
	bool any = false;
	int item;

	flags = sbd_zone_lock(z);
	for (item = 0; item < SBD_NR_ZONE_STATS; item++) {
		if (!cz->stat_diff[item])
			continue;
		trace_sbd_fold(z, cpu, item, cz->stat_diff[item]);
		atomic_long_add(cz->stat_diff[item], &z->stat[item]);
		cz->stat_diff[item] = 0;
		any = true;
	}
	sbd_zone_unlock(z, flags);
	return any;
}

/* A remote list that saw no change for three runs loses a batch. */
static bool expire(struct sbd_zone *z, int cpu)
{
	struct sbd_pcp *pcp = sbd_pcp(z, cpu);

	if (!pcp->expire || !pcp->count)
		return false;
	if (z->nid == z->sys->cpu_node[cpu]) {
		pcp->expire = 0;
		return false;
	}
	if (--pcp->expire)
		return z->prof->drain_counts;
	sbd_expire_zone(z, cpu);
	return true;
}

/**
 * sbd_vmstat_update() - one run of the vmstat worker
 * @sys: the system
 * @cpu: whose
 *
 * refresh_cpu_vm_stats(): folds the counters, lets high decay (6.7), counts
 * down and drains lists of remote nodes.
 * Context: process; takes pcp and zone locks.
 * Return: true if there was anything to do.
 */
bool sbd_vmstat_update(struct sbd_system *sys, int cpu)
{
	bool changed = false;
	struct sbd_zone *z;
	int i;

	sbd_for_each_zone(sys, i, z) {
		if (fold(z, cpu)) {
			sbd_pcp(z, cpu)->expire = 3;
			changed = true;
		}
		if (z->prof->pcp_autotune && sbd_decay_high(z, cpu))
			changed = true;
		if (expire(z, cpu))
			changed = true;
	}
	return changed;
}
