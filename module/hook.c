// SPDX-License-Identifier: GPL-2.0
/*
 * Hooks: functions of the kernel that do what no event tells.
 *
 * Each is a kprobe, or a kretprobe where what comes of a call matters; a kernel that
 * lacks a function does without it.  Handlers write into rings, as probes do.
 */
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "compat.h"
#include "hook.h"

#define MOST_OBSERVERS	2	/* who listens, who mirrors */

/**
 * struct hook - a function of the kernel that is listened to
 * @name:   for people
 * @symbol: of the function
 * @enter:  called where it begins
 * @begins: instead, with @ends called where it returns
 * @ends:   likewise
 * @size:   that @begins keeps for @ends
 * @who:    rings of those who observe; hooks have no argument of ours
 * @entry:  the probe, if @enter
 * @whole:  the probe, if not
 */
struct hook {
	const char *name;
	const char *symbol;
	kprobe_pre_handler_t enter;
	kretprobe_handler_t begins;
	kretprobe_handler_t ends;
	size_t size;
	struct sbd_rings *who[MOST_OBSERVERS];
	union {
		struct kprobe entry;
		struct kretprobe whole;
	};
};

static struct hook hooks[SBD_NR_HOOKS];

static DEFINE_MUTEX(hook_lock);	/* protects hooks; handlers read who[] without it */

static __always_inline void tell(enum sbd_event_kind kind, struct sbd_event e)
{
	struct sbd_rings *o;
	int i;

	e.kind = kind;
	for (i = 0; i < MOST_OBSERVERS; i++) {
		o = READ_ONCE(hooks[kind - SBD_FIRST_HOOK].who[i]);
		if (o)
			sbd_ring_put(o, e);
	}
}

/* Under the zone's lock: each observer has its own numbers. */
static __always_inline void tell_numbered(enum sbd_event_kind kind, struct page *page,
					  unsigned int order)
{
	struct sbd_rings *o;
	int i;

	for (i = 0; i < MOST_OBSERVERS; i++) {
		o = READ_ONCE(hooks[kind - SBD_FIRST_HOOK].who[i]);
		if (o)
			sbd_ring_put(o, (struct sbd_event) {
				.pfn = page_to_pfn(page),
				.seq = sbd_ring_seq(o, page),
				.kind = kind,
				.order = order,
				.type = SBD_MOVABLE,
			});
	}
}

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
		tell(SBD_EVENT_BULK, (struct sbd_event) {
			.pfn = page_to_pfn(b->pages[i]),
			.gfp = b->gfp,
			.seq = n - i - 1,
		});
	return 0;
}

NOKPROBE_SYMBOL(bulk_ends);

static int on_drain_zone(struct kprobe *p, struct pt_regs *regs)
{
	const struct zone *z = (void *)regs_get_kernel_argument(regs, 1);

	tell(SBD_EVENT_DRAIN_ALL, (struct sbd_event) {
		.pfn = z->zone_start_pfn,
		.seq = regs_get_kernel_argument(regs, 0),
	});
	return 0;
}

NOKPROBE_SYMBOL(on_drain_zone);

static int on_vmstat(struct kprobe *p, struct pt_regs *regs)
{
	tell(SBD_EVENT_VMSTAT, (struct sbd_event) {
		.more = regs_get_kernel_argument(regs, 0),
	});
	return 0;
}

NOKPROBE_SYMBOL(on_vmstat);

static int balance_begins(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	const pg_data_t *node = (void *)regs_get_kernel_argument(regs, 0);

	*(int *)ri->data = node->node_id;
	return 0;
}

NOKPROBE_SYMBOL(balance_begins);

static int balance_ends(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	tell(SBD_EVENT_BALANCED, (struct sbd_event) {
		.pfn = *(int *)ri->data,
	});
	return 0;
}

NOKPROBE_SYMBOL(balance_ends);

/**
 * struct taking - a free block that may be taken
 * @page:  its first
 * @order: of it
 */
struct taking {
	struct page *page;
	unsigned int order;
};

static int isolate_begins(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct taking *t = (struct taking *)ri->data;

	t->page = (void *)regs_get_kernel_argument(regs, 0);
	t->order = regs_get_kernel_argument(regs, 1);
	return 0;
}

NOKPROBE_SYMBOL(isolate_begins);

static int isolate_ends(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	const struct taking *t = (struct taking *)ri->data;

	if (regs_return_value(regs))
		tell_numbered(SBD_EVENT_ISOLATE, t->page, t->order);
	return 0;
}

NOKPROBE_SYMBOL(isolate_ends);

static int on_putback(struct kprobe *p, struct pt_regs *regs)
{
	tell_numbered(SBD_EVENT_PUTBACK, (void *)regs_get_kernel_argument(regs, 0),
		      regs_get_kernel_argument(regs, 1));
	return 0;
}

NOKPROBE_SYMBOL(on_putback);

/**
 * struct unreserving - a reserved pageblock that may be given back
 * @type:    that it gets
 * @highest: zone that the request may use
 * @force:   even the last one
 */
struct unreserving {
	s8 type;
	u8 highest;
	bool force;
};

static int unreserve_begins(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	const struct sbd_live_request *rq = (void *)regs_get_kernel_argument(regs, 0);
	struct unreserving *u = (struct unreserving *)ri->data;

	u->type = rq->migratetype;
	u->highest = rq->highest_zoneidx;
	u->force = regs_get_kernel_argument(regs, 1);
	return 0;
}

NOKPROBE_SYMBOL(unreserve_begins);

static int unreserve_ends(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	const struct unreserving *u = (struct unreserving *)ri->data;

	if (regs_return_value(regs) & 1)
		tell(SBD_EVENT_UNRESERVE, (struct sbd_event) {
			.order = u->highest,
			.type = u->type,
			.more = u->force,
		});
	return 0;
}

NOKPROBE_SYMBOL(unreserve_ends);

#define HOOK(kind)	(SBD_EVENT_ ## kind - SBD_FIRST_HOOK)

static struct hook hooks[SBD_NR_HOOKS] = {
	[HOOK(BULK)] = {
		.name = "bulk",
		.symbol = SBD_LIVE_BULK_SYMBOL,
		.begins = bulk_begins,
		.ends = bulk_ends,
		.size = sizeof(struct bulk),
	},
	[HOOK(DRAIN_ALL)] = {
		.name = "drain",
		.symbol = "drain_pages_zone",
		.enter = on_drain_zone,
	},
	[HOOK(VMSTAT)] = {
		.name = "vmstat",
		.symbol = "refresh_cpu_vm_stats",
		.enter = on_vmstat,
	},
	[HOOK(BALANCED)] = {
		.name = "balance",
		.symbol = "balance_pgdat",
		.begins = balance_begins,
		.ends = balance_ends,
		.size = sizeof(int),
	},
	[HOOK(ISOLATE)] = {
		.name = "isolate",
		.symbol = "__isolate_free_page",
		.begins = isolate_begins,
		.ends = isolate_ends,
		.size = sizeof(struct taking),
	},
	[HOOK(PUTBACK)] = {
		.name = "putback",
		.symbol = "__putback_isolated_page",
		.enter = on_putback,
	},
	[HOOK(UNRESERVE)] = {
		.name = "unreserve",
		.symbol = "unreserve_highatomic_pageblock",
		.begins = unreserve_begins,
		.ends = unreserve_ends,
		.size = sizeof(struct unreserving),
	},
};

/**
 * sbd_hook_name() - what people call a hook
 * @hook: its number, below SBD_NR_HOOKS
 *
 * Context: any.
 */
const char *sbd_hook_name(int hook)
{
	return hooks[hook].name;
}

static int probe_function(struct hook *h)
{
	if (h->enter) {
		h->entry = (struct kprobe) {
			.symbol_name = h->symbol,
			.pre_handler = h->enter,
		};
		return register_kprobe(&h->entry);
	}
	memset(&h->whole, 0, sizeof(h->whole));
	h->whole.kp.symbol_name = h->symbol;
	h->whole.entry_handler = h->begins;
	h->whole.handler = h->ends;
	h->whole.data_size = h->size;
	return register_kretprobe(&h->whole);
}

static void leave_function(struct hook *h)
{
	if (h->enter)
		unregister_kprobe(&h->entry);
	else
		unregister_kretprobe(&h->whole);
}

static bool in_use(const struct hook *h)
{
	int i;

	for (i = 0; i < MOST_OBSERVERS; i++)
		if (h->who[i])
			return true;
	return false;
}

/* Return: whether it is there. */
static bool hook(struct hook *h, struct sbd_rings *o)
{
	int i;

	if (!in_use(h) && probe_function(h))
		return false;
	for (i = 0; h->who[i];)
		i++;
	WRITE_ONCE(h->who[i], o);
	return true;
}

static void unhook(struct hook *h, struct sbd_rings *o)
{
	int i;

	for (i = 0; i < MOST_OBSERVERS; i++)
		if (h->who[i] == o)
			WRITE_ONCE(h->who[i], NULL);
	if (!in_use(h))
		leave_function(h);
}

/**
 * sbd_hooks_missed() - calls that the hooks did not see
 * @mask: of which hooks
 *
 * Those that wait for a function to return have room for so many callers at once.
 * Context: process, may sleep.  Return: calls since each was first hooked.
 */
unsigned long sbd_hooks_missed(unsigned int mask)
{
	unsigned long sum = 0;
	int i;

	mutex_lock(&hook_lock);
	for (i = 0; i < SBD_NR_HOOKS; i++)
		if ((mask & BIT(i)) && in_use(&hooks[i]))
			sum += hooks[i].enter ? hooks[i].entry.nmissed :
						hooks[i].whole.nmissed;
	mutex_unlock(&hook_lock);
	return sum;
}

/**
 * sbd_hooks_start() - from here on, they write into rings
 * @rings: which; stay until sbd_hooks_stop()
 * @mask:  hooks; bit 0 is the first
 *
 * Context: process, may sleep.
 * Return: those of them that this kernel has.
 */
unsigned int sbd_hooks_start(struct sbd_rings *rings, unsigned int mask)
{
	int i;

	mutex_lock(&hook_lock);
	for (i = 0; i < SBD_NR_HOOKS; i++)
		if ((mask & BIT(i)) && !hook(&hooks[i], rings))
			mask &= ~BIT(i);
	mutex_unlock(&hook_lock);
	return mask;
}

/**
 * sbd_hooks_stop() - no more
 * @rings: as they were started
 * @mask:  what sbd_hooks_start() returned
 *
 * No handler knows @rings any more on return.  Context: process, may sleep.
 */
void sbd_hooks_stop(struct sbd_rings *rings, unsigned int mask)
{
	int i;

	mutex_lock(&hook_lock);
	for (i = 0; i < SBD_NR_HOOKS; i++)
		if (mask & BIT(i))
			unhook(&hooks[i], rings);
	mutex_unlock(&hook_lock);
	/* handlers run with preemption off */
	synchronize_rcu();
}
