// SPDX-License-Identifier: GPL-2.0
/* The real allocator: taking from it with care, and reading its state. */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/vmstat.h>

#include "compat.h"
#include "live.h"

static_assert(SBD_LIVE_NR_ORDERS == SBD_NR_ORDERS);

/**
 * sbd_live_alloc_bulk() - many single pages in one call
 * @gfp:   as for alloc_pages()
 * @nr:	   how many
 * @pages: filled
 *
 * Context: as @gfp says.  Return: how many there were.
 */
unsigned int sbd_live_alloc_bulk(gfp_t gfp, unsigned int nr,
				 struct page **pages)
{
	/* It fills the entries that are NULL. */
	memset(pages, 0, nr * sizeof(*pages));
	return sbd_live_bulk(gfp, nr, pages);
}

/* Pages of one zone above what ordinary requests should leave alone. */
static unsigned long zone_spare(struct zone *z)
{
	unsigned long free = zone_page_state(z, NR_FREE_PAGES);
	unsigned long keep = z->_watermark[WMARK_HIGH] +
			     z->lowmem_reserve[ZONE_NORMAL];

	return free > keep ? free - keep : 0;
}

/**
 * sbd_live_spare() - pages that can be had with no zone below its high mark
 * @nid: of which node
 *
 * Of zones that a request without __GFP_HIGHMEM can use.  Folded counters only:
 * right within the drift of the per-CPU differences.
 * Context: any.  Return: pages.
 */
unsigned long sbd_live_spare(int nid)
{
	pg_data_t *node = NODE_DATA(nid);
	unsigned long sum = 0;
	int i;

	for (i = 0; i <= ZONE_NORMAL; i++)
		if (populated_zone(&node->node_zones[i]))
			sum += zone_spare(&node->node_zones[i]);
	return sum;
}

/**
 * sbd_live_clears() - does the kernel clear pages that such a request gets?
 * @gfp: of the request
 *
 * Context: any.
 */
bool sbd_live_clears(gfp_t gfp)
{
	return want_init_on_alloc(gfp);
}

/**
 * sbd_live_read() - the beginning of a file of the kernel's own
 * @path: below /proc or /sys
 * @buf:  filled, with a NUL; without a newline at the end
 * @size: of @buf
 *
 * What modules cannot see, user space can; the caller is in its context.
 * Context: process, may sleep.  Return: 0 or a negative errno.
 */
int sbd_live_read(const char *path, char *buf, size_t size)
{
	struct file *f = filp_open(path, O_RDONLY, 0);
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(f))
		return PTR_ERR(f);
	n = kernel_read(f, buf, size - 1, &pos);
	filp_close(f, NULL);
	if (n < 0)
		return n;
	buf[n] = '\0';
	strim(buf);
	return 0;
}

/**
 * sbd_live_number() - a number that a file of the kernel's own begins with
 * @path:  below /proc or /sys
 * @value: set
 *
 * Context: process, may sleep.  Return: 0 or a negative errno.
 */
int sbd_live_number(const char *path, long *value)
{
	char text[32];

	return sbd_live_read(path, text, sizeof(text)) ?:
	       kstrtol(text, 10, value);
}

/**
 * sbd_live_zones() - free blocks of the host's zones
 * @zones: filled
 * @max:   entries that @zones has
 *
 * Each zone is copied under its lock.
 * Context: process.  Return: entries filled.
 */
int sbd_live_zones(struct sbd_live_zone *zones, int max)
{
	int nid, i, o, n = 0;
	unsigned long flags;
	struct zone *z;

	for_each_online_node(nid) {
		for (i = 0; i < MAX_NR_ZONES && n < max; i++) {
			z = &NODE_DATA(nid)->node_zones[i];
			if (!populated_zone(z))
				continue;
			zones[n].nid = nid;
			zones[n].name = z->name;
			spin_lock_irqsave(&z->lock, flags);
			for (o = 0; o < SBD_NR_ORDERS; o++)
				zones[n].nr_free[o] = z->free_area[o].nr_free;
			spin_unlock_irqrestore(&z->lock, flags);
			n++;
		}
	}
	return n;
}

/* Called with the zone's lock held, in the task whose request it is. */
static void on_fallback(void *data, struct page *page, int alloc_order,
			int fallback_order, int alloc_migratetype,
			int fallback_migratetype)
{
	struct sbd_live_fallbacks *f = data;
	unsigned int i;

	for (i = 0; i < f->nr_tasks; i++) {
		if (f->tasks[i] == current) {
			atomic64_inc(&f->own);
			return;
		}
	}
	atomic64_inc(&f->others);
}

/* The event's symbol is not exported; its name is enough. */
static void find_extfrag(struct tracepoint *tp, void *found)
{
	if (!strcmp(tp->name, "mm_page_alloc_extfrag"))
		*(struct tracepoint **)found = tp;
}

static struct tracepoint *extfrag(void)
{
	struct tracepoint *tp = NULL;

	for_each_kernel_tracepoint(find_extfrag, &tp);
	return tp;
}

/**
 * sbd_live_watch() - begin to count fallbacks
 * @f: tasks set, counts zero; stays until sbd_live_unwatch()
 *
 * Context: process, may sleep.
 * Return: 0, -ENODEV if the kernel has no such event, or another errno.
 */
int sbd_live_watch(struct sbd_live_fallbacks *f)
{
	struct tracepoint *tp = extfrag();

	return tp ? tracepoint_probe_register(tp, on_fallback, f) : -ENODEV;
}

/**
 * sbd_live_unwatch() - stop counting
 * @f: what sbd_live_watch() was given and answered 0 for
 *
 * No probe runs any more on return.  Context: process, may sleep.
 */
void sbd_live_unwatch(struct sbd_live_fallbacks *f)
{
	tracepoint_probe_unregister(extfrag(), on_fallback, f);
	tracepoint_synchronize_unregister();
}
