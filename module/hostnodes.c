// SPDX-License-Identifier: GPL-2.0
/*
 * The host's nodes: its own zonelists and reserves, and beside them those that
 * the model makes of the same zones, distances and ratios.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/topology.h>

#include "clone.h"
#include "format.h"
#include "hostnodes.h"
#include "snapshot.h"
#include "system.h"
#include "tunable.h"
#include "watermark.h"
#include "zonelist.h"

static void read_distances(struct sbd_system *sys)
{
	int nid, to;

	for (nid = 0; nid < sys->nr_nodes; nid++)
		for (to = 0; to < sys->nr_nodes; to++)
			sys->nodes[nid].distance[to] = node_distance(nid, to);
}

/* A bare clone has neither sizes nor reserves. */
static void read_zones(struct sbd_system *sys, const struct sbd_snap *s)
{
	int i, j;

	for (i = 0; i < sys->nr_zones; i++) {
		sys->zone[i]->present = s->zones[i].live->present_pages;
		sys->zone[i]->managed = zone_managed_pages(s->zones[i].live);
		for (j = 0; j < SBD_NR_ZONES; j++)
			if (sbd_live_zone_idx(j) >= 0)
				sys->zone[i]->lowmem_reserve[j] =
					s->zones[i].live->lowmem_reserve[sbd_live_zone_idx(j)];
	}
}

static void show_reserves(struct sbd_text *t, struct sbd_system *sys,
			  const char *who)
{
	struct sbd_zone *z;
	int i, j;

	sbd_for_each_zone(sys, i, z) {
		sbd_text_printf(t, "%s: node %d %s protection:", who, z->nid,
				sbd_zone_names[z->idx]);
		for (j = 0; j < SBD_NR_ZONES; j++)
			if (sys->geo.zones & BIT(j))
				sbd_text_printf(t, " %ld", z->lowmem_reserve[j]);
		sbd_text_printf(t, "\n");
	}
}

/*
 * The host built its zonelists when it booted, and knew of no node's CPUs yet;
 * only hotplug of memory makes it build them again.
 */
static void show_model(struct sbd_text *t, struct sbd_system *sys)
{
	int nid;

	for (nid = 0; nid < sys->nr_nodes; nid++)
		sys->nodes[nid].cpus = 0;
	sbd_zonelist_build(sys);
	for (nid = 0; nid < sys->nr_nodes; nid++) {
		sbd_text_printf(t, "model: node %d fallback:", nid);
		sbd_format_zonelist(t, &sys->nodes[nid], SBD_ALL_NODES);
	}
	sbd_setup_lowmem_reserve(sys);
	show_reserves(t, sys, "model");
}

static void show_both(struct sbd_text *t, const struct sbd_snap *s)
{
	struct sbd_profile prof;
	struct sbd_system *sys;

	if (sbd_profile_parse("auto", &prof)) {
		sbd_text_printf(t, "# the running kernel is not modelled\n");
		return;
	}
	if (sbd_clone_create(s, &prof, 0, &sys)) {
		sbd_text_printf(t, "# zones of this host cannot be modelled\n");
		return;
	}
	/* before the zones: the kernel makes its reserves anew whenever this is read */
	sbd_tunables_of_host(&sys->tun);
	read_distances(sys);
	read_zones(sys, s);
	sbd_zonelist_index(sys);
	sbd_format_nodes(t, sys);
	show_reserves(t, sys, "zone");
	show_model(t, sys);
	sbd_system_destroy(sys);
}

/**
 * sbd_hostnodes_show() - the host's nodes as sbd_format_nodes(), and the model's
 * @t: where to; a line "#" and the reason if there is nothing to show
 *
 * Lines "zone:" are the host's reserves, lines "model:" what the rules of the
 * running kernel's profile make of its zones, distances and tunables.
 * Context: process, may sleep.
 */
void sbd_hostnodes_show(struct sbd_text *t)
{
	struct sbd_snap s;
	int err = sbd_snap_create(&s);

	if (err)
		sbd_text_printf(t, "# %s\n", err == -E2BIG ?
				"more nodes, or larger zones, than we know" :
				"no memory");
	else
		show_both(t, &s);
	sbd_snap_destroy(&s);
}
