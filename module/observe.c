// SPDX-License-Identifier: GPL-2.0
/*
 * What the host's allocator does, as it does it.
 *
 * A probe runs wherever a page is allocated or freed: under the zone lock, in an
 * interrupt, in an NMI.  It writes one record into its CPU's ring and returns; it
 * takes no lock, allocates nothing, wakes nobody.  Whoever interrupts it writes
 * the next record; a record is complete when its time is set.  One reader, in its
 * own time, takes the records of all CPUs in the order of their times.
 */
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/percpu.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "observe.h"

/**
 * struct sbd_ring - one CPU's records
 * @head:   records begun; this CPU
 * @lost:   records for which there was no room; this CPU
 * @events: the records
 * @tail:   records read; the reader
 */
struct sbd_ring {
	unsigned long head;
	unsigned long lost;
	struct sbd_event *events;
	unsigned long tail ____cacheline_aligned;
};

/* ---- writing ----------------------------------------------------------------- */

/*
 * A place of its own, or NULL.  Only this CPU and what interrupts it come here, so
 * that a plain compare-and-exchange does.
 */
static __always_inline struct sbd_event *
begin(struct sbd_observer *o, struct sbd_ring *r)
{
	unsigned long head = READ_ONCE(r->head), seen;

	for (;;) {
		if (unlikely(head - READ_ONCE(r->tail) >= o->cap)) {
			this_cpu_inc(o->rings->lost);
			return NULL;
		}
		seen = this_cpu_cmpxchg(o->rings->head, head, head + 1);
		if (likely(seen == head))
			return r->events + (head & (o->cap - 1));
		head = seen;
	}
}

static __always_inline void put(struct sbd_observer *o, struct sbd_event with)
{
	struct sbd_event *e;

	preempt_disable_notrace();
	e = begin(o, raw_cpu_ptr(o->rings));
	if (e) {
		e->pfn = with.pfn;
		e->gfp = with.gfp;
		e->seq = with.seq;
		e->kind = with.kind;
		e->order = with.order;
		e->type = with.type;
		e->more = with.more;
		smp_store_release(&e->time, local_clock() + 1);
	}
	preempt_enable_notrace();
}

/* Under the zone's lock, so that nobody else counts there. */
static u32 next_seq(struct sbd_observer *o, struct page *page)
{
	return ++o->seq[page_to_nid(page) * MAX_NR_ZONES + page_zonenum(page)];
}

static void on_alloc(void *data, struct page *page, unsigned int order,
		     gfp_t gfp, int migratetype)
{
	put(data, (struct sbd_event) {
		.pfn = page ? page_to_pfn(page) : SBD_EVENT_NO_PFN,
		.gfp = (__force u32)gfp,
		.kind = SBD_EVENT_ALLOC,
		.order = order,
		.type = migratetype,
	});
}

static void on_free(void *data, struct page *page, unsigned int order)
{
	put(data, (struct sbd_event) {
		.pfn = page_to_pfn(page),
		.kind = SBD_EVENT_FREE,
		.order = order,
	});
}

static void on_batched(void *data, struct page *page)
{
	put(data, (struct sbd_event) {
		.pfn = page_to_pfn(page),
		.kind = SBD_EVENT_BATCHED,
	});
}

static void on_locked(void *data, struct page *page, unsigned int order,
		      int migratetype, int percpu_refill)
{
	put(data, (struct sbd_event) {
		.pfn = page_to_pfn(page),
		.seq = next_seq(data, page),
		.kind = SBD_EVENT_LOCKED,
		.order = order,
		.type = migratetype,
		.more = percpu_refill,
	});
}

static void on_drain(void *data, struct page *page, unsigned int order,
		     int migratetype)
{
	put(data, (struct sbd_event) {
		.pfn = page_to_pfn(page),
		.seq = next_seq(data, page),
		.kind = SBD_EVENT_DRAIN,
		.order = order,
		.type = migratetype,
	});
}

/* Whether it was claimed is seen by the pageblock's type, as the event itself does. */
static void on_extfrag(void *data, struct page *page, int alloc_order,
		       int fallback_order, int alloc_migratetype,
		       int fallback_migratetype)
{
	unsigned long pfn = page_to_pfn(page);
	bool claimed = sbd_live_block_type(page_zone(page), pfn) == alloc_migratetype;

	put(data, (struct sbd_event) {
		.pfn = pfn,
		.seq = next_seq(data, page),
		.kind = SBD_EVENT_FALLBACK,
		.order = alloc_order,
		.type = alloc_migratetype,
		.more = fallback_migratetype | (claimed ? SBD_EVENT_CLAIMED : 0),
	});
}

static void on_kswapd_wake(void *data, int nid, int zid, int order)
{
	put(data, (struct sbd_event) {
		.pfn = nid,
		.kind = SBD_EVENT_KSWAPD_WAKE,
		.order = order,
		.more = zid,
	});
}

static void on_kswapd_sleep(void *data, int nid)
{
	put(data, (struct sbd_event) {
		.pfn = nid,
		.kind = SBD_EVENT_KSWAPD_SLEEP,
	});
}

/* ---- hooks: what no event tells ---------------------------------------------------- */

/* Hooks have no argument of ours; there is one observer at a time. */
static struct sbd_observer *hooked;

/**
 * struct bulk - a call of the bulk API that has begun
 * @gfp:   of it
 * @pages: filled by it
 * @first: entries that were there already
 */
struct bulk {
	u32 gfp;
	struct page **pages;
	unsigned int first;
};

static int bulk_begins(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct bulk *b = (struct bulk *)ri->data;
	unsigned long nr = regs_get_kernel_argument(regs, 3);

	b->gfp = regs_get_kernel_argument(regs, 0);
	b->pages = sbd_live_bulk_array(regs);
	for (b->first = 0; b->pages && b->first < nr && b->pages[b->first];)
		b->first++;
	return !b->pages;
}
NOKPROBE_SYMBOL(bulk_begins);

static int bulk_ends(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	const struct bulk *b = (struct bulk *)ri->data;
	unsigned int i, n = regs_return_value(regs);

	for (i = b->first; i < n; i++)
		put(hooked, (struct sbd_event) {
			.pfn = page_to_pfn(b->pages[i]),
			.gfp = b->gfp,
			.seq = n - i - 1,
			.kind = SBD_EVENT_BULK,
		});
	return 0;
}
NOKPROBE_SYMBOL(bulk_ends);

static int on_drain_all(struct kprobe *p, struct pt_regs *regs)
{
	const struct zone *z = (void *)regs_get_kernel_argument(regs, 0);

	put(hooked, (struct sbd_event) {
		.pfn = z ? z->zone_start_pfn : SBD_EVENT_NO_PFN,
		.kind = SBD_EVENT_DRAIN_ALL,
	});
	return 0;
}
NOKPROBE_SYMBOL(on_drain_all);

static int on_vmstat(struct kprobe *p, struct pt_regs *regs)
{
	put(hooked, (struct sbd_event) {
		.kind = SBD_EVENT_VMSTAT,
		.more = regs_get_kernel_argument(regs, 0),
	});
	return 0;
}
NOKPROBE_SYMBOL(on_vmstat);

static struct kretprobe bulk_probe = {
	.entry_handler = bulk_begins,
	.handler = bulk_ends,
	.data_size = sizeof(struct bulk),
	.kp.symbol_name = SBD_LIVE_BULK_SYMBOL,
};

static struct kprobe drain_probe = {
	.symbol_name = "drain_all_pages",
	.pre_handler = on_drain_all,
};

static struct kprobe vmstat_probe = {
	.symbol_name = "refresh_cpu_vm_stats",
	.pre_handler = on_vmstat,
};

const char * const sbd_hook_names[SBD_NR_HOOKS] = {
	[SBD_EVENT_BULK - SBD_FIRST_HOOK] = "bulk",
	[SBD_EVENT_DRAIN_ALL - SBD_FIRST_HOOK] = "drain",
	[SBD_EVENT_VMSTAT - SBD_FIRST_HOOK] = "vmstat",
};

static bool hook(int kind)
{
	switch (kind) {
	case SBD_EVENT_BULK:
		bulk_probe.kp.addr = NULL;
		return !register_kretprobe(&bulk_probe);
	case SBD_EVENT_DRAIN_ALL:
		drain_probe.addr = NULL;
		drain_probe.flags = 0;
		return !register_kprobe(&drain_probe);
	default:
		vmstat_probe.addr = NULL;
		vmstat_probe.flags = 0;
		return !register_kprobe(&vmstat_probe);
	}
}

static void unhook(int kind)
{
	switch (kind) {
	case SBD_EVENT_BULK:
		unregister_kretprobe(&bulk_probe);
		break;
	case SBD_EVENT_DRAIN_ALL:
		unregister_kprobe(&drain_probe);
		break;
	default:
		unregister_kprobe(&vmstat_probe);
	}
}

/* A kernel that does not have one does without. */
static void hook_all(struct sbd_observer *o)
{
	int i;

	hooked = o;
	for (i = 0; i < SBD_NR_HOOKS; i++)
		if ((o->hooks & BIT(i)) && !hook(SBD_FIRST_HOOK + i))
			o->hooks &= ~BIT(i);
}

static void unhook_all(struct sbd_observer *o)
{
	int i;

	for (i = 0; i < SBD_NR_HOOKS; i++)
		if (o->hooks & BIT(i))
			unhook(SBD_FIRST_HOOK + i);
}

/* ---- attaching --------------------------------------------------------------- */

/* By name: the symbols are not exported.  Found once, as they never go away. */
static struct probe {
	const char *name;
	void *func;
	struct tracepoint *tp;
} probes[SBD_FIRST_HOOK] = {
	[SBD_EVENT_ALLOC] = { "mm_page_alloc", on_alloc },
	[SBD_EVENT_FREE] = { "mm_page_free", on_free },
	[SBD_EVENT_BATCHED] = { "mm_page_free_batched", on_batched },
	[SBD_EVENT_LOCKED] = { "mm_page_alloc_zone_locked", on_locked },
	[SBD_EVENT_DRAIN] = { "mm_page_pcpu_drain", on_drain },
	[SBD_EVENT_FALLBACK] = { "mm_page_alloc_extfrag", on_extfrag },
	[SBD_EVENT_KSWAPD_WAKE] = { "mm_vmscan_kswapd_wake", on_kswapd_wake },
	[SBD_EVENT_KSWAPD_SLEEP] = { "mm_vmscan_kswapd_sleep", on_kswapd_sleep },
};

static void find_probe(struct tracepoint *tp, void *unused)
{
	int i;

	for (i = 0; i < SBD_FIRST_HOOK; i++)
		if (!strcmp(tp->name, probes[i].name))
			probes[i].tp = tp;
}

/**
 * sbd_observe_missing() - an event that this kernel does not have
 *
 * Context: process.  Return: its name, NULL if all are there.
 */
const char *sbd_observe_missing(void)
{
	int i;

	for_each_kernel_tracepoint(find_probe, NULL);
	for (i = 0; i < SBD_FIRST_HOOK; i++)
		if (!probes[i].tp)
			return probes[i].name;
	return NULL;
}

static void detach(struct sbd_observer *o, int n)
{
	while (n--)
		tracepoint_probe_unregister(probes[n].tp, probes[n].func, o);
	tracepoint_synchronize_unregister();
}

static int attach(struct sbd_observer *o)
{
	int i, err;

	for (i = 0; i < SBD_FIRST_HOOK; i++) {
		err = tracepoint_probe_register(probes[i].tp, probes[i].func, o);
		if (err) {
			detach(o, i);
			return err;
		}
	}
	return 0;
}

static int make_rings(struct sbd_observer *o)
{
	struct sbd_ring *r;
	int cpu;

	o->rings = alloc_percpu(struct sbd_ring);
	o->seq = kcalloc(nr_node_ids * MAX_NR_ZONES, sizeof(*o->seq), GFP_KERNEL);
	if (!o->rings || !o->seq)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		r = per_cpu_ptr(o->rings, cpu);
		r->events = vzalloc_node(array_size(o->cap, sizeof(*r->events)),
					 cpu_to_node(cpu));
		if (!r->events)
			return -ENOMEM;
	}
	return 0;
}

/**
 * sbd_observe_start() - from here on, everything is written down
 * @o:	 hooks set, the rest filled; stays until sbd_observe_destroy()
 * @cap: records of each CPU's ring, SBD_RING_MIN..SBD_RING_MAX; rounded up
 *
 * Context: process, may sleep.
 * Return: 0, -ENODEV if the kernel lacks an event, -ENOMEM.
 */
int sbd_observe_start(struct sbd_observer *o, u32 cap)
{
	int err;

	if (sbd_observe_missing())
		return -ENODEV;
	o->cap = roundup_pow_of_two(clamp(cap, SBD_RING_MIN, SBD_RING_MAX));
	err = make_rings(o) ?: attach(o);
	if (err)
		sbd_observe_destroy(o);
	else
		hook_all(o);
	return err;
}

/**
 * sbd_observe_stop() - no more; what was written can still be read
 * @o: started
 *
 * No probe runs any more on return.  Context: process, may sleep.
 */
void sbd_observe_stop(struct sbd_observer *o)
{
	unhook_all(o);
	detach(o, SBD_FIRST_HOOK);
}

/**
 * sbd_observe_destroy() - give the rings back
 * @o: stopped, or never started
 */
void sbd_observe_destroy(struct sbd_observer *o)
{
	int cpu;

	if (o->rings)
		for_each_possible_cpu(cpu)
			vfree(per_cpu_ptr(o->rings, cpu)->events);
	free_percpu(o->rings);
	kfree(o->seq);
	o->rings = NULL;
	o->seq = NULL;
}

/* ---- reading ----------------------------------------------------------------- */

/**
 * sbd_observe_clock() - now, on the clock of the records
 *
 * Context: any.
 */
u64 sbd_observe_clock(void)
{
	return local_clock() + 1;
}

/* The oldest complete record of a CPU. */
static struct sbd_event *oldest(struct sbd_observer *o, int cpu, u64 *time)
{
	struct sbd_ring *r = per_cpu_ptr(o->rings, cpu);
	struct sbd_event *e = r->events + (r->tail & (o->cap - 1));

	if (r->tail == READ_ONCE(r->head))
		return NULL;
	*time = smp_load_acquire(&e->time);
	return *time ? e : NULL;
}

/**
 * sbd_observe_next() - take the oldest record of all
 * @o:	    started
 * @before: only if it is older than this; an event that has begun on another CPU
 *	    may take a moment to be written
 * @e:	    filled
 * @cpu:    whose it was; set
 *
 * Context: one caller at a time.  Return: false if there is none.
 */
bool sbd_observe_next(struct sbd_observer *o, u64 before, struct sbd_event *e,
		      int *cpu)
{
	struct sbd_event *at, *best = NULL;
	struct sbd_ring *r;
	u64 time;
	int i;

	for_each_possible_cpu(i) {
		at = oldest(o, i, &time);
		if (!at || time >= before)
			continue;
		before = time;
		best = at;
		*cpu = i;
	}
	if (!best)
		return false;
	*e = *best;
	best->time = 0;
	r = per_cpu_ptr(o->rings, *cpu);
	smp_store_release(&r->tail, r->tail + 1);
	return true;
}

/**
 * sbd_observe_lost() - records for which there was no room
 * @o: started
 *
 * Context: any.
 */
u64 sbd_observe_lost(const struct sbd_observer *o)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(o->rings, cpu)->lost);
	return sum;
}

/**
 * sbd_observe_backlog() - records that wait to be read
 * @o: started
 *
 * Context: any.
 */
u64 sbd_observe_backlog(const struct sbd_observer *o)
{
	const struct sbd_ring *r;
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		r = per_cpu_ptr(o->rings, cpu);
		sum += READ_ONCE(r->head) - READ_ONCE(r->tail);
	}
	return sum;
}
