// SPDX-License-Identifier: GPL-2.0
/*
 * The host's pageblocks as a picture: sbd_format_map() of the real allocator.
 *
 * Made from one snapshot, for which the CPUs rest a moment; a host whose lists
 * are too long to be read in that time has no picture.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "format.h"
#include "hostmap.h"
#include "pageblock.h"
#include "snapshot.h"

#define MOST_NS		(5 * NSEC_PER_MSEC)	/* that the CPUs may rest */

/* Free pages of each pageblock of a zone, from its lists. */
static void count_free(const struct sbd_snap *s, const struct sbd_snap_zone *sz,
		       u16 *free)
{
	unsigned long shift = sz->start_pfn & (pageblock_nr_pages - 1), at;
	const struct sbd_snap_list *l;
	int o, mt;
	u32 i;

	for (o = 0; o < SBD_NR_ORDERS; o++) {
		for (mt = 0; mt < SBD_NR_TYPES; mt++) {
			l = &sz->list[o][mt];
			for (i = 0; i < l->nr; i++) {
				at = s->entries[l->first + i] + shift;
				sbd_map_add(free, at, o, pageblock_order,
					    sz->nr_blocks);
			}
		}
	}
}

static void show_zone(const struct sbd_snap *s, const struct sbd_snap_zone *sz,
		      struct sbd_text *t)
{
	u16 *free = vzalloc(array_size(sz->nr_blocks, sizeof(*free)));

	if (!free) {
		t->error = -ENOMEM;
		return;
	}
	count_free(s, sz, free);
	sbd_map_print(t, sz->nid, sz->type, sz->blocks, free, sz->nr_blocks,
		      pageblock_order);
	vfree(free);
}

/* Why there is no picture. */
static void show_why(const struct sbd_snap *s, int err, struct sbd_text *t)
{
	switch (err) {
	case -ENOMEM:
		t->error = err;
		break;
	case -E2BIG:
		sbd_text_printf(t, "# more than %d nodes, or a zone too large\n",
				SBD_MAX_NODES);
		break;
	case -EAGAIN:
		sbd_text_printf(t, "# memory was added or removed meanwhile\n");
		break;
	case -EUCLEAN:
		sbd_text_printf(t, "# the running kernel's %s are not as its headers say\n",
				s->wrong);
		break;
	case -ENOSPC:
	case -ETIME:
		sbd_text_printf(t, "# too much to read at once: %u list entries\n",
				s->wanted);
		break;
	default:
		sbd_text_printf(t, "# the CPUs could not be stopped (error %d)\n",
				err);
	}
}

/**
 * sbd_hostmap_show() - the picture, or a line that says why there is none
 * @t: appended to
 *
 * Context: process, may sleep; stops all CPUs for 5 ms at most.
 */
void sbd_hostmap_show(struct sbd_text *t)
{
	struct sbd_snap s;
	int i, err;

	if (IS_ENABLED(CONFIG_PREEMPT_RT)) {
		sbd_text_printf(t, "# PREEMPT_RT: the allocator's locks may be held while all CPUs are stopped\n");
		return;
	}
	err = sbd_snap_create(&s) ?: sbd_snap_now(&s, MOST_NS);
	if (err)
		show_why(&s, err, t);
	for (i = 0; !err && i < s.nr_zones; i++)
		show_zone(&s, &s.zones[i], t);
	sbd_snap_destroy(&s);
}
