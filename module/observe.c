// SPDX-License-Identifier: GPL-2.0
/*
 * What the host's allocator does, as it does it.
 *
 * A probe runs wherever a page is allocated or freed: under the zone lock, in an
 * interrupt, in an NMI.  It writes one record into its CPU's ring and returns.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "compat.h"
#include "observe.h"

/* ---- probes ---------------------------------------------------------------------- */

static void on_alloc(void *data, struct page *page, unsigned int order,
		     gfp_t gfp, int migratetype)
{
	sbd_ring_put(data, (struct sbd_event) {
		.pfn = page ? page_to_pfn(page) : SBD_EVENT_NO_PFN,
		.gfp = (__force u32)gfp,
		.kind = SBD_EVENT_ALLOC,
		.order = order,
		.type = migratetype,
		.more = current->flags & PF_MEMALLOC ? SBD_EVENT_MEMALLOC : 0,
	});
}

static void on_free(void *data, struct page *page, unsigned int order)
{
	sbd_ring_put(data, (struct sbd_event) {
		.pfn = page_to_pfn(page),
		.kind = SBD_EVENT_FREE,
		.order = order,
	});
}

static void on_batched(void *data, struct page *page)
{
	sbd_ring_put(data, (struct sbd_event) {
		.pfn = page_to_pfn(page),
		.kind = SBD_EVENT_BATCHED,
	});
}

static void on_locked(void *data, struct page *page, unsigned int order,
		      int migratetype, int percpu_refill)
{
	sbd_ring_put(data, (struct sbd_event) {
		.pfn = page_to_pfn(page),
		.seq = sbd_ring_seq(data, page),
		.kind = SBD_EVENT_LOCKED,
		.order = order,
		.type = migratetype,
		.more = percpu_refill,
	});
}

static void on_drain(void *data, struct page *page, unsigned int order,
		     int migratetype)
{
	sbd_ring_put(data, (struct sbd_event) {
		.pfn = page_to_pfn(page),
		.seq = sbd_ring_seq(data, page),
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

	sbd_ring_put(data, (struct sbd_event) {
		.pfn = pfn,
		.seq = sbd_ring_seq(data, page),
		.kind = SBD_EVENT_FALLBACK,
		.order = alloc_order,
		.type = alloc_migratetype,
		.more = fallback_migratetype | (claimed ? SBD_EVENT_CLAIMED : 0),
	});
}

static void on_kswapd_wake(void *data, int nid, int zid, int order)
{
	sbd_ring_put(data, (struct sbd_event) {
		.pfn = nid,
		.kind = SBD_EVENT_KSWAPD_WAKE,
		.order = order,
		.more = zid,
	});
}

static void on_kswapd_sleep(void *data, int nid)
{
	sbd_ring_put(data, (struct sbd_event) {
		.pfn = nid,
		.kind = SBD_EVENT_KSWAPD_SLEEP,
	});
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

static void detach(struct sbd_rings *rings, int n)
{
	while (n--)
		tracepoint_probe_unregister(probes[n].tp, probes[n].func, rings);
	tracepoint_synchronize_unregister();
}

static int attach(struct sbd_rings *rings)
{
	int i, err;

	for (i = 0; i < SBD_FIRST_HOOK; i++) {
		err = tracepoint_probe_register(probes[i].tp, probes[i].func, rings);
		if (err) {
			detach(rings, i);
			return err;
		}
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
	err = sbd_rings_create(&o->rings, cap) ?: attach(&o->rings);
	if (err) {
		sbd_observe_destroy(o);
		return err;
	}
	o->stopped = false;
	o->hooks = sbd_hooks_start(&o->rings, o->hooks);
	o->missed = sbd_hooks_missed(o->hooks);
	return 0;
}

/**
 * sbd_observe_stop() - no more; what was written can still be read
 * @o: started
 *
 * No probe runs any more on return.  Context: process, may sleep.
 */
void sbd_observe_stop(struct sbd_observer *o)
{
	o->missed = sbd_observe_missed(o);
	o->stopped = true;
	sbd_hooks_stop(&o->rings, o->hooks);
	detach(&o->rings, SBD_FIRST_HOOK);
}

/**
 * sbd_observe_destroy() - give the rings back
 * @o: stopped, or never started
 */
void sbd_observe_destroy(struct sbd_observer *o)
{
	sbd_rings_destroy(&o->rings);
}

/**
 * sbd_observe_missed() - calls that its hooks did not see
 * @o: started; or stopped
 *
 * Context: process, may sleep.
 */
u64 sbd_observe_missed(const struct sbd_observer *o)
{
	return o->stopped ? o->missed : sbd_hooks_missed(o->hooks) - o->missed;
}
