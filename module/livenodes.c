// SPDX-License-Identifier: GPL-2.0
/*
 * The host's order of nodes and its lowmem reserves, beside what the model makes
 * of the same zones, CPUs and distances.
 *
 * The model is a bare system with a frame a zone, told how large its zones are: that
 * costs no memory, however large the host.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "format.h"
#include "livenodes.h"
#include "snapshot.h"
#include "system.h"
#include "tunable.h"
#include "watermark.h"
#include "zonelist.h"

static int host_nodes(void)
{
	return min_t(int, nr_node_ids, SBD_MAX_NODES);
}

static struct sbd_system *frame_a_zone(const struct sbd_snap *s)
{
	struct sbd_plan *plan = kzalloc(sizeof(*plan), GFP_KERNEL);
	struct sbd_system *sys;
	int i;

	if (!plan)
		return ERR_PTR(-ENOMEM);
	sbd_profile_parse("auto", &plan->prof);
	plan->geo = s->topo.geo;
	plan->nr_cpus = 1;
	plan->nr_online = 1;
	plan->bare = true;
	plan->nr_nodes = host_nodes();
	plan->nr_zones = min(s->nr_zones, SBD_PLAN_ZONES);
	for (i = 0; i < plan->nr_zones; i++)
		plan->zones[i] = (struct sbd_zone_plan) {
			.type = s->zones[i].type,
			.nid = s->zones[i].nid,
			.start_pfn = i * SBD_CELL_PAGES,
			.pages = 1,
		};
	sys = sbd_system_create(plan);
	kfree(plan);
	return sys;
}

/* Sizes and distances of the host. */
static void tell(struct sbd_system *sys, const struct sbd_snap *s)
{
	int i, to;

	for (i = 0; i < sys->nr_zones; i++) {
		sys->zone[i]->present = s->zones[i].live->present_pages;
		sys->zone[i]->managed = zone_managed_pages(s->zones[i].live);
	}
	for (i = 0; i < sys->nr_nodes; i++)
		for (to = 0; to < sys->nr_nodes; to++)
			sys->nodes[i].distance[to] = node_distance(i, to);
	sbd_tunables_of_host(&sys->tun);
	sbd_setup_lowmem_reserve(sys);
}

static void show_live(struct sbd_text *t, const struct sbd_snap *s)
{
	const struct sbd_topology_node *node;
	const struct sbd_snap_zone *sz;
	int nid, i;

	for_each_online_node(nid) {
		if (nid >= SBD_MAX_NODES)
			continue;
		node = &s->topo.node[nid];
		sbd_text_printf(t, "live: node %d", nid);
		for (i = 0; i < node->nr; i++) {
			sz = &s->zones[node->zone[i]];
			sbd_text_printf(t, " %s/%d", sbd_zone_names[sz->type], sz->nid);
		}
		sbd_text_printf(t, "\n");
	}
}

/*
 * The kernel first builds its lists before any CPU is said to belong to a node, and
 * anew only when a zone gets its first or loses its last memory.
 */
static void show_model(struct sbd_text *t, struct sbd_system *sys,
		       const struct sbd_snap *s, bool booting)
{
	int nid;

	for (nid = 0; nid < sys->nr_nodes; nid++)
		sys->nodes[nid].cpus = booting ? 0 : s->topo.node[nid].cpus;
	sbd_zonelist_build(sys);
	for_each_online_node(nid) {
		if (nid >= sys->nr_nodes)
			continue;
		sbd_text_printf(t, "%s: node %d", booting ? "boot" : "model", nid);
		sbd_format_zonelist(t, &sys->nodes[nid], SBD_ALL_NODES);
	}
}

static void show_protection(struct sbd_text *t, const struct sbd_zone *z,
			    const struct zone *live)
{
	int type;

	sbd_text_printf(t, "protection: node %d zone %s live", z->nid,
			sbd_zone_names[z->idx]);
	for (type = 0; type < SBD_NR_ZONES; type++)
		if (z->sys->geo.zones & BIT(type))
			sbd_text_printf(t, " %ld",
					live->lowmem_reserve[sbd_live_zone_idx(type)]);
	sbd_text_printf(t, " model");
	for (type = 0; type < SBD_NR_ZONES; type++)
		if (z->sys->geo.zones & BIT(type))
			sbd_text_printf(t, " %ld", z->lowmem_reserve[type]);
	sbd_text_printf(t, "\n");
}

static int show(struct sbd_text *t, const struct sbd_snap *s)
{
	struct sbd_system *sys = frame_a_zone(s);
	int i;

	if (IS_ERR(sys))
		return PTR_ERR(sys);
	tell(sys, s);
	show_live(t, s);
	show_model(t, sys, s, true);
	show_model(t, sys, s, false);
	for (i = 0; i < sys->nr_zones; i++)
		show_protection(t, sys->zone[i], s->zones[i].live);
	sbd_system_destroy(sys);
	return 0;
}

/**
 * sbd_livenodes_show() - orders and reserves, of the host and of the model
 * @t: appended to
 *
 * Context: process, may sleep.
 */
void sbd_livenodes_show(struct sbd_text *t)
{
	struct sbd_snap s;
	int err = sbd_snap_create(&s) ?: show(t, &s);

	if (err == -E2BIG)
		sbd_text_printf(t, "# more than %d nodes, or a zone too large\n",
				SBD_MAX_NODES);
	else if (err)
		t->error = err;
	sbd_snap_destroy(&s);
}
