// SPDX-License-Identifier: GPL-2.0
/* Parameters, and the order in which things begin and end. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "bench.h"
#include "debugfs.h"
#include "exact.h"
#include "follow.h"
#include "listen.h"
#include "profile.h"
#include "replay.h"
#include "shadow.h"

static unsigned int arena_mb = 64;
module_param(arena_mb, uint, 0444);
MODULE_PARM_DESC(arena_mb, "size of the arena in MiB: 4 to half of what is available (64)");

static char *backend = "auto";
module_param(backend, charp, 0444);
MODULE_PARM_DESC(backend, "where it comes from: auto (cma, else contig), cma, contig");

static char *profile = "auto";
module_param(profile, charp, 0444);
MODULE_PARM_DESC(profile, "kernel to model: auto (the one built for), 6.1, 6.12, or with a sublevel");

static unsigned int nodes = 1;
module_param(nodes, uint, 0444);
MODULE_PARM_DESC(nodes, "nodes that the arena is cut into: 1 to 8 (1)");

static char *node_mb = "auto";
module_param(node_mb, charp, 0444);
MODULE_PARM_DESC(node_mb, "size of each node in MiB, 0: no memory (auto: equal shares)");

static char *distance = "auto";
module_param(distance, charp, 0444);
MODULE_PARM_DESC(distance, "from each node to each, row by row, as in ACPI's SLIT (auto: 10 and 20)");

static char *cpu_nodes = "auto";
module_param(cpu_nodes, charp, 0444);
MODULE_PARM_DESC(cpu_nodes, "nodes that have CPUs (auto: all)");

static char *zones = "auto";
module_param(zones, charp, 0444);
MODULE_PARM_DESC(zones, "NAME[:MIB|:N%][:cma=MIB][:hole=MIB],... of DMA, DMA32, NORMAL, MOVABLE, with / a part a node, - for no memory (auto: NORMAL, from 64 MiB on DMA32:25%,NORMAL)");

/*
 * Linked into a kernel for KUnit, the model is all that is wanted: reserving
 * memory is for a module that somebody loads.
 */
#ifdef MODULE
static struct sbd_shadow shadow;

static void __init log_loaded(const struct sbd_shadow *s)
{
	const struct sbd_arena *a = &s->arena;
	char text[256];

	sbd_shadow_zones(s, text, sizeof(text));
	pr_info("%lu pages at pfn 0x%lx from %s%s%s%s, profile %s, zones %s\n",
		a->pages, a->base_pfn, sbd_backend_names[a->backend],
		a->not_cma[0] ? " (not cma: " : "", a->not_cma,
		a->not_cma[0] ? ")" : "", s->sys->prof->name, text);
}

static int __init sbd_init(void)
{
	const struct sbd_shadow_params params = {
		.arena_mb = arena_mb,
		.backend = backend,
		.profile = profile,
		.cut = {
			.nodes = nodes,
			.zones = zones,
			.node_mb = node_mb,
			.distance = distance,
			.cpu_nodes = cpu_nodes,
		},
	};
	int err;

	err = sbd_shadow_init(&shadow, &params);
	if (err)
		return err;
	sbd_experiment_init(&sbd_replay, &shadow);
	sbd_experiment_init(&sbd_bench, &shadow);
	sbd_experiment_init(&sbd_exact, &shadow);
	err = sbd_debugfs_init(&shadow);
	if (err)
		goto exit_experiments;
	log_loaded(&shadow);
	return 0;

exit_experiments:
	sbd_experiment_exit(&sbd_exact);
	sbd_experiment_exit(&sbd_bench);
	sbd_experiment_exit(&sbd_replay);
	sbd_shadow_exit(&shadow);
	return err;
}
module_init(sbd_init);

static void __exit sbd_exit(void)
{
	sbd_debugfs_exit();
	sbd_listen_exit();
	sbd_follow_exit();
	sbd_experiment_exit(&sbd_exact);
	sbd_experiment_exit(&sbd_bench);
	sbd_replay_free_script();
	sbd_experiment_exit(&sbd_replay);
	sbd_shadow_exit(&shadow);
}
module_exit(sbd_exit);
#endif

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A shadow of the host's page allocator, on memory of its own");
MODULE_VERSION(SBD_VERSION);
