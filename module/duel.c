// SPDX-License-Identifier: GPL-2.0
/*
 * One workload, served by two engines in alternating slices.
 *
 * A machine drifts: clocks change, caches fill, neighbours wake up.  Two runs
 * one after the other would put all of a drift on one side; slices of a few
 * hundred requests, who goes first alternating, put it on both.  Between
 * slices all threads wait for each other, which also is the barrier between
 * the parts of a workload.
 *
 * A third engine serves nothing: what is measured of it is what loop and clock
 * add to the figures of the others.  It is told and never subtracted here.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>
#include <linux/topology.h>

#include "alloc.h"
#include "duel.h"
#include "live.h"

#define EMPTY_SLICES	64	/* slices that are also given to SBD_ENGINE_NONE */

/* ---- One request --------------------------------------------------------- */

/**
 * sbd_duel_ticks() - the clock that requests are timed with
 * @d: the run, prepared
 *
 * Context: any.  Return: cycles where the machine counts them, else ns.
 */
u64 sbd_duel_ticks(const struct sbd_duel *d)
{
	return d->cycles ? get_cycles() : ktime_get_raw_ns();
}

static __always_inline u64 ticks(const struct sbd_duel *d)
{
	return likely(d->cycles) ? get_cycles() : ktime_get_raw_ns();
}

/*
 * What a slot holds: never 0 for a block, and the order in the low bits, so
 * that what is left at the end can be freed without knowing the sequence.
 */
#define HANDLE_ORDER	0xfUL

static __always_inline unsigned long get_block(struct sbd_duellist *t,
					       enum sbd_engine e, u32 op)
{
	unsigned int order = sbd_op_order(op);
	gfp_t gfp = t->duel->gfp[sbd_op_type(op)];
	struct page *page;
	unsigned long pfn;

	switch (e) {
	case SBD_ENGINE_LIVE:
		page = sbd_live_alloc(gfp, order);
		return page ? sbd_live_pack(page, order) : 0;
	case SBD_ENGINE_SHADOW:
		pfn = sbd_alloc(t->duel->sys, t->cpu, gfp, order);
		return pfn == SBD_PFN_NONE ? 0 : pfn << 4 | order;
	default:
		return 1UL << 4 | order;
	}
}

static __always_inline void put_block(struct sbd_duellist *t,
				      enum sbd_engine e, unsigned long handle)
{
	switch (e) {
	case SBD_ENGINE_LIVE:
		sbd_live_free_packed(handle);
		break;
	case SBD_ENGINE_SHADOW:
		sbd_free(t->duel->sys, t->cpu, handle >> 4,
			 handle & HANDLE_ORDER);
		break;
	default:
		barrier();
	}
}

/* Write a word to each page, as a user of the memory would. */
static void touch_block(enum sbd_engine e, unsigned long handle)
{
	struct page *page = (struct page *)((long)handle >> 4);
	unsigned long i, n = 1UL << (handle & HANDLE_ORDER);

	if (e == SBD_ENGINE_NONE)
		return;
	if (e == SBD_ENGINE_SHADOW)
		page = pfn_to_page(handle >> 4);
	for (i = 0; i < n; i++)
		WRITE_ONCE(*(unsigned long *)page_address(page + i), i);
}

static __always_inline bool serve_alloc(struct sbd_duellist *t,
					enum sbd_engine e, u32 op)
{
	unsigned long handle = get_block(t, e, op);

	t->duel->handle[e][sbd_op_slot(op)] = handle;
	if (unlikely(!handle)) {
		t->tally[e]->fail++;
		return true;
	}
	t->tally[e]->held += 1L << sbd_op_order(op);
	if (unlikely(t->duel->touch))
		touch_block(e, handle);
	return true;
}

/* Return: false if there is nothing to free, the allocation having failed. */
static __always_inline bool serve_free(struct sbd_duellist *t,
				       enum sbd_engine e, u32 op)
{
	unsigned long *slot = &t->duel->handle[e][sbd_op_slot(op)];
	unsigned long handle = *slot;

	/* None joins where it likes, and may not have seen the allocation. */
	if (unlikely(!handle) && e != SBD_ENGINE_NONE)
		return false;
	*slot = 0;
	put_block(t, e, handle);
	t->tally[e]->held -= 1L << sbd_op_order(op);
	return true;
}

static void bulk_live(struct sbd_duellist *t, gfp_t gfp)
{
	struct page **pages = (struct page **)t->bulk;
	unsigned int i, n;

	n = sbd_live_alloc_bulk(gfp, SBD_BULK_PAGES, pages);
	for (i = 0; i < n; i++)
		sbd_live_free(pages[i], 0);
	t->tally[SBD_ENGINE_LIVE]->fail += n < SBD_BULK_PAGES;
}

static void bulk_shadow(struct sbd_duellist *t, gfp_t gfp)
{
	struct sbd_system *sys = t->duel->sys;
	unsigned int i, n;

	n = sbd_alloc_bulk(sys, t->cpu, gfp, SBD_BULK_PAGES, t->bulk);
	for (i = 0; i < n; i++)
		sbd_free(sys, t->cpu, t->bulk[i], 0);
	t->tally[SBD_ENGINE_SHADOW]->fail += n < SBD_BULK_PAGES;
}

static bool serve_bulk(struct sbd_duellist *t, enum sbd_engine e, u32 op)
{
	gfp_t gfp = t->duel->gfp[sbd_op_type(op)];

	if (e == SBD_ENGINE_LIVE)
		bulk_live(t, gfp);
	else if (e == SBD_ENGINE_SHADOW)
		bulk_shadow(t, gfp);
	return true;
}

static __always_inline bool serve(struct sbd_duellist *t, enum sbd_engine e,
				  u32 op)
{
	switch (sbd_op_kind(op)) {
	case SBD_OP_ALLOC:
		return serve_alloc(t, e, op);
	case SBD_OP_FREE:
		return serve_free(t, e, op);
	case SBD_OP_PAIR:
		serve_alloc(t, e, op);
		serve_free(t, e, op);
		return true;
	default:
		return serve_bulk(t, e, op);
	}
}

/* ---- One slice ----------------------------------------------------------- */

static enum sbd_timed timed_as(u32 op)
{
	return sbd_op_kind(op) == SBD_OP_FREE ? SBD_TIMED_FREE : SBD_TIMED_ALLOC;
}

static __always_inline void slice_by_op(struct sbd_duellist *t,
					enum sbd_engine e, const u32 *op,
					unsigned int n)
{
	const struct sbd_slice *slice = &t->duel->slice;
	struct sbd_tally *tally = t->tally[e];
	enum sbd_timed what;
	u64 time;

	for (; n--; op++) {
		time = ticks(t->duel);
		if (!serve(t, e, *op))
			continue;
		time = ticks(t->duel) - time;
		what = timed_as(*op);
		tally->ops[what] += slice->count;
		if (!slice->record)
			continue;
		tally->timed[what]++;
		tally->sum[what] += time;
		sbd_hist_add(&tally->hist[what], time);
	}
}

/* A slice that both allocates and frees counts as allocations, all of it. */
static __always_inline void slice_as_whole(struct sbd_duellist *t,
					   enum sbd_engine e, const u32 *op,
					   unsigned int n)
{
	struct sbd_tally *tally = t->tally[e];
	enum sbd_timed what = SBD_TIMED_ALLOC;
	unsigned int i, served = 0;
	u64 time;

	if (t->duel->wl.nr_phases == 2)
		what = timed_as(*op);
	time = ticks(t->duel);
	for (i = 0; i < n; i++)
		served += serve(t, e, op[i]);
	time = ticks(t->duel) - time;
	if (!served)
		return;
	if (t->duel->slice.count)
		tally->ops[what] += served;
	if (!t->duel->slice.record)
		return;
	tally->timed[what] += served;
	tally->sum[what] += time;
	sbd_hist_add(&tally->hist[what], div_u64(time, served));
}

/* The engine is a constant below here: no indirect call is timed. */
static __always_inline void run_slice(struct sbd_duellist *t, enum sbd_engine e)
{
	const struct sbd_duel *d = t->duel;
	unsigned int n = d->slice.to - d->slice.from;
	const u32 *op = d->wl.ops + (size_t)t->index * d->wl.nr_ops +
			d->slice.from;

	if (d->per_op)
		slice_by_op(t, e, op, n);
	else
		slice_as_whole(t, e, op, n);
}

static noinline void run_live(struct sbd_duellist *t)
{
	run_slice(t, SBD_ENGINE_LIVE);
}

static noinline void run_shadow(struct sbd_duellist *t)
{
	run_slice(t, SBD_ENGINE_SHADOW);
}

static noinline void run_none(struct sbd_duellist *t)
{
	run_slice(t, SBD_ENGINE_NONE);
}

/* ---- Between slices ------------------------------------------------------ */

/* A few slices are enough to know what the loop costs. */
static bool want_empty(struct sbd_duel *d)
{
	return d->slice.record && d->nr_empty++ < EMPTY_SLICES;
}

/* The next engine for the present slice; false if each has had it. */
static bool next_engine(struct sbd_duel *d)
{
	static const enum sbd_engine turns[2][SBD_NR_ENGINES] = {
		{ SBD_ENGINE_LIVE, SBD_ENGINE_SHADOW, SBD_ENGINE_NONE },
		{ SBD_ENGINE_SHADOW, SBD_ENGINE_LIVE, SBD_ENGINE_NONE },
	};
	enum sbd_engine e;

	while (d->turn < SBD_NR_ENGINES) {
		e = turns[d->number & 1][d->turn++];
		if (!d->use[e] || (e == SBD_ENGINE_NONE && !want_empty(d)))
			continue;
		d->slice.engine = e;
		return true;
	}
	return false;
}

/* In this slice the zone locks are timed; see time_locks(). */
static bool times_locks(const struct sbd_duel *d)
{
	return d->lock_every && d->phase >= d->wl.nr_prepare &&
	       d->number % d->lock_every == d->lock_every / 2;
}

/* Requests of one thread that only prepare. */
static unsigned int prepared(const struct sbd_workload *wl)
{
	return wl->nr_prepare ? wl->phase_end[wl->nr_prepare - 1] : 0;
}

/* Move on to the next requests; false if there are none left. */
static bool next_requests(struct sbd_duel *d)
{
	const struct sbd_workload *wl = &d->wl;

	if (d->slice.to == wl->phase_end[d->phase]) {
		if (++d->phase == wl->nr_phases) {
			d->phase = wl->nr_prepare;
			d->slice.to = prepared(wl);
			if (++d->repeat == wl->repeats)
				return false;
		}
	}
	d->slice.from = d->slice.to;
	d->slice.to = min(d->slice.from + d->slice_ops,
			  wl->phase_end[d->phase]);
	d->number++;
	d->slice.count = d->phase >= wl->nr_prepare;
	d->slice.record = d->slice.count && !times_locks(d);
	d->turn = 0;
	if (d->x)
		atomic64_add(d->slice.to - d->slice.from, &d->x->done);
	return true;
}

static u64 locks_taken(const struct sbd_system *sys)
{
	struct sbd_zone *z;
	u64 sum = 0;
	int i;

	sbd_for_each_zone(sys, i, z)
		sum += READ_ONCE(z->lock_stat.taken);
	return sum;
}

/*
 * Timing the zone locks costs more than taking them.  So it is done in slices
 * whose own times are thrown away, on both engines.
 */
static void time_locks(struct sbd_duel *d, bool on)
{
	if (d->sys->lock_timing == on)
		return;
	WRITE_ONCE(d->sys->lock_timing, on);
	if (on)
		d->lock_taken -= locks_taken(d->sys);
	else
		d->lock_taken += locks_taken(d->sys);
}

static long held(const struct sbd_duel *d, enum sbd_engine e)
{
	unsigned int i;
	long sum = 0;

	for (i = 0; i < d->nr; i++)
		sum += d->threads[i].tally[e]->held;
	return sum;
}

/**
 * sbd_duel_live_spare() - pages that the run's nodes can spare
 * @d: the run, prepared
 *
 * Any node may have to serve all threads, so it is the least of their nodes'.
 * Context: any.  Return: pages.
 */
unsigned long sbd_duel_live_spare(const struct sbd_duel *d)
{
	unsigned long least = ULONG_MAX;
	unsigned int i;

	for (i = 0; i < d->nr; i++)
		least = min(least,
			    sbd_live_spare(cpu_to_mem(d->threads[i].cpu)));
	return least;
}

/* The slice to come leaves the host above its high marks, whatever it does. */
static bool host_can_bear(const struct sbd_duel *d)
{
	unsigned long slice = d->slice.to - d->slice.from, want, rest;
	unsigned int order = d->wl.args.kind == SBD_WL_BULKAPI ?
			     ilog2(SBD_BULK_PAGES) : d->wl.args.order;

	rest = d->wl.peak - min_t(long, held(d, SBD_ENGINE_LIVE), d->wl.peak);
	want = min(d->nr * slice << order, rest);
	return sbd_duel_live_spare(d) >= want;
}

/* Done by the last thread to arrive, while all others wait. */
static void advance(struct sbd_duel *d)
{
	time_locks(d, false);
	if (READ_ONCE(d->stop)) {
		d->error = -EINTR;
	} else if (next_engine(d) || (next_requests(d) && next_engine(d))) {
		if (d->slice.engine == SBD_ENGINE_LIVE && !host_can_bear(d))
			d->error = -ENOMEM;
		if (d->slice.engine == SBD_ENGINE_SHADOW)
			time_locks(d, times_locks(d));
	} else {
		d->over = true;
	}
	if (d->error)
		d->over = true;
}

/* Wait for all, then go on together; false if there is nothing more to do. */
static bool next_slice(struct sbd_duel *d)
{
	unsigned int gen = READ_ONCE(d->gen);

	if (atomic_inc_return(&d->arrived) == d->nr) {
		atomic_set(&d->arrived, 0);
		advance(d);
		/* The others see the new slice once they see this. */
		smp_store_release(&d->gen, gen + 1);
		cond_resched();
	} else {
		/* Pairs with the store above. */
		while (smp_load_acquire(&d->gen) == gen) {
			cpu_relax();
			cond_resched();
		}
	}
	return !d->over;
}

static int thread_fn(void *data)
{
	struct sbd_duellist *t = data;
	struct sbd_duel *d = t->duel;

	while (next_slice(d)) {
		switch (d->slice.engine) {
		case SBD_ENGINE_LIVE:
			run_live(t);
			break;
		case SBD_ENGINE_SHADOW:
			run_shadow(t);
			break;
		default:
			run_none(t);
		}
	}
	if (atomic_dec_and_test(&d->running))
		complete(&d->ended);
	/* Stay until kthread_stop(), so that the task can be named till then. */
	set_current_state(TASK_IDLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_IDLE);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/* ---- The whole ----------------------------------------------------------- */

/* CPUs of the caller's node first: there the memory is near. */
static int choose_cpus(struct sbd_duel *d)
{
	int here = numa_node_id(), pass, cpu;
	unsigned int n = 0;

	for (pass = 0; pass < 2; pass++)
		for_each_online_cpu(cpu)
			if (n < d->nr && cpu < d->sys->nr_cpus &&
			    (cpu_to_node(cpu) != here) == pass)
				d->threads[n++].cpu = cpu;
	return n == d->nr ? 0 : -ERANGE;
}

static int thread_prepare(struct sbd_duel *d, unsigned int i)
{
	struct sbd_duellist *t = &d->threads[i];
	int e;

	t->duel = d;
	t->index = i;
	for (e = 0; e < SBD_NR_ENGINES; e++) {
		t->tally[e] = kvzalloc(sizeof(*t->tally[e]), GFP_KERNEL);
		if (!t->tally[e])
			return -ENOMEM;
	}
	return 0;
}

static int make_handles(struct sbd_duel *d)
{
	int e;

	for (e = 0; e < SBD_NR_ENGINES; e++) {
		d->handle[e] = kvcalloc(d->wl.nr_slots, sizeof(*d->handle[e]),
					GFP_KERNEL);
		if (!d->handle[e])
			return -ENOMEM;
	}
	return 0;
}

static int create_threads(struct sbd_duel *d)
{
	struct task_struct *task;
	struct sbd_duellist *t;
	unsigned int i;

	for (i = 0; i < d->nr; i++) {
		t = &d->threads[i];
		task = kthread_create_on_node(thread_fn, t, cpu_to_node(t->cpu),
					      "sbd_bench/%u", i);
		if (IS_ERR(task))
			return PTR_ERR(task);
		kthread_bind(task, t->cpu);
		t->task = task;
	}
	return 0;
}

static void choose_clock(struct sbd_duel *d)
{
	cycles_t before = get_cycles();

	usleep_range(20, 50);
	d->cycles = get_cycles() != before;
}

/**
 * sbd_duel_prepare() - get memory, CPUs and threads of a run
 * @d:	 the run: sys, wl, gfp, use and settings are set
 * @err: filled on error
 *
 * Context: may sleep.  Return: 0; -ERANGE if there are more threads than CPUs;
 * -ENOMEM or -EINTR for want of memory or threads.  sbd_duel_free() in any case.
 */
int sbd_duel_prepare(struct sbd_duel *d, struct sbd_error *err)
{
	unsigned int i;
	int ret;

	d->nr = d->wl.args.threads;
	choose_clock(d);
	d->threads = kvcalloc(d->nr, sizeof(*d->threads), GFP_KERNEL);
	ret = d->threads ? make_handles(d) : -ENOMEM;
	for (i = 0; !ret && i < d->nr; i++)
		ret = thread_prepare(d, i);
	if (ret)
		return sbd_error(err, ret, "", "no memory for the run");
	ret = choose_cpus(d);
	if (ret)
		return sbd_error(err, ret, "threads", "there are %u CPUs online",
				 num_online_cpus());
	ret = create_threads(d);
	if (ret)
		sbd_error(err, ret, "threads", "they could not be started");
	return ret;
}

static void stop_threads(struct sbd_duel *d)
{
	unsigned int i;

	for (i = 0; d->threads && i < d->nr; i++)
		if (d->threads[i].task)
			kthread_stop(d->threads[i].task);
}

/**
 * sbd_duel_free() - release the memory of a run
 * @d: the run; nothing is held any more
 */
void sbd_duel_free(struct sbd_duel *d)
{
	unsigned int i;
	int e;

	stop_threads(d);
	for (e = 0; e < SBD_NR_ENGINES; e++) {
		for (i = 0; d->threads && i < d->nr; i++)
			kvfree(d->threads[i].tally[e]);
		kvfree(d->handle[e]);
		d->handle[e] = NULL;
	}
	kvfree(d->threads);
	d->threads = NULL;
}

/* Set them going and wait; a signal lets them end at the next slice. */
static void let_run(struct sbd_duel *d)
{
	unsigned int i;

	atomic_set(&d->running, d->nr);
	for (i = 0; i < d->nr; i++)
		wake_up_process(d->threads[i].task);
	if (!wait_for_completion_interruptible(&d->ended))
		return;
	WRITE_ONCE(d->stop, true);
	wait_for_completion(&d->ended);
}

static void set_start(struct sbd_duel *d)
{
	unsigned int prep = prepared(&d->wl);
	u64 total = prep + (u64)(d->wl.nr_ops - prep) * d->wl.repeats;

	init_completion(&d->ended);
	d->number = UINT_MAX;
	d->turn = SBD_NR_ENGINES;
	if (d->x)
		atomic64_set(&d->x->total, total);
}

/**
 * sbd_duel_run() - let the threads do all slices
 * @d:	   the run, prepared
 * @err:   filled on error
 *
 * What the workload holds at its end stays held, for a look at the state, and
 * also after an error: sbd_duel_give_back().
 * Context: process, may sleep.
 * Return: 0; -EINTR after a signal; -ENOMEM if the host came down to its high
 * watermark.
 */
int sbd_duel_run(struct sbd_duel *d, struct sbd_error *err)
{
	u64 ticks_0, ns_0;

	set_start(d);
	ticks_0 = sbd_duel_ticks(d);
	ns_0 = ktime_get_raw_ns();
	let_run(d);
	/* Two readings too close together would give a poor rate. */
	while (ktime_get_raw_ns() - ns_0 < 5 * NSEC_PER_MSEC)
		usleep_range(500, 1000);
	d->ticks = sbd_duel_ticks(d) - ticks_0;
	d->ns = ktime_get_raw_ns() - ns_0;
	time_locks(d, false);
	if (d->error == -ENOMEM)
		sbd_error(err, d->error, "allocs",
			  "the host came down to its high watermark meanwhile");
	return d->error;
}

/* What is not what it was before the run, in pages. */
static long missing(struct sbd_system *sys)
{
	struct sbd_zone *z;
	long sum = 0;
	int i, o, cpu;

	sbd_for_each_zone(sys, i, z) {
		sum += z->managed;
		for (o = 0; o < SBD_NR_ORDERS; o++)
			sum -= READ_ONCE(z->area[o].nr_free) << o;
		for (cpu = 0; cpu < sys->nr_cpus; cpu++)
			sum -= READ_ONCE(sbd_pcp(z, cpu)->count);
	}
	return sum;
}

/**
 * sbd_duel_give_back() - free what the workload holds, on both engines
 * @d: the run, ended
 *
 * Context: process, may sleep.  Return: pages that the shadow lost: 0 or a bug.
 */
int sbd_duel_give_back(struct sbd_duel *d)
{
	unsigned long *live = d->handle[SBD_ENGINE_LIVE];
	unsigned long *shadow = d->handle[SBD_ENGINE_SHADOW];
	unsigned int i;

	for (i = 0; i < d->wl.nr_slots; i++) {
		if (live[i])
			put_block(&d->threads[0], SBD_ENGINE_LIVE, live[i]);
		if (shadow[i])
			put_block(&d->threads[0], SBD_ENGINE_SHADOW, shadow[i]);
		live[i] = 0;
		shadow[i] = 0;
		cond_resched();
	}
	return missing(d->sys);
}
