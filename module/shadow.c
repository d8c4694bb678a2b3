// SPDX-License-Identifier: GPL-2.0
/* The loaded module's one shadow: an arena, the system on it, who may use it. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "pcp.h"
#include "shadow.h"

#define MIB_PAGES	(1UL << (20 - PAGE_SHIFT))
#define AUTO_SPLIT_MB	64	/* from here on, "auto" makes two zones */

/* As written in the zones parameter. */
static const char * const zone_words[] = {
	[SBD_ZONE_DMA] = "DMA",
	[SBD_ZONE_DMA32] = "DMA32",
	[SBD_ZONE_NORMAL] = "NORMAL",
	[SBD_ZONE_MOVABLE] = "MOVABLE",
	NULL,
};

/**
 * struct wish - what the zones parameter asks of one zone
 * @given: the zone is asked for
 * @mb:	   its size, 0: the rest
 * @cma:   MiB of CMA pageblocks at its end
 */
struct wish {
	bool given;
	unsigned int mb;
	unsigned int cma;
};

/* "NAME[:MB[:cma=MB]]" */
static int parse_zone(char *word, struct wish *wishes)
{
	char *name = strsep(&word, ":"), *size = strsep(&word, ":");
	int type = match_string(zone_words, -1, name);
	struct wish *w;

	if (type < 0) {
		pr_err("zones: no zone is called \"%s\" (DMA, DMA32, NORMAL, MOVABLE)\n",
		       name);
		return -EINVAL;
	}
	w = &wishes[type];
	if (w->given) {
		pr_err("zones: %s is given twice\n", name);
		return -EINVAL;
	}
	w->given = true;
	if (size && *size && kstrtouint(size, 10, &w->mb))
		goto bad;
	if (word && (strncmp(word, "cma=", 4) || kstrtouint(word + 4, 10, &w->cma)))
		goto bad;
	return 0;

bad:
	pr_err("zones: %s takes NAME[:MIB[:cma=MIB]]\n", name);
	return -EINVAL;
}

static void auto_zones(unsigned int arena_mb, struct wish *wishes)
{
	wishes[SBD_ZONE_NORMAL].given = true;
	if (arena_mb >= AUTO_SPLIT_MB) {
		wishes[SBD_ZONE_DMA32].given = true;
		wishes[SBD_ZONE_DMA32].mb = arena_mb / 4;
	}
}

static int parse_zones(const char *text, unsigned int arena_mb,
		       struct wish *wishes)
{
	char *copy, *rest, *word;
	int err = 0;

	if (!strcmp(text, "auto")) {
		auto_zones(arena_mb, wishes);
		return 0;
	}
	copy = kstrdup(text, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	rest = copy;
	while (!err && (word = strsep(&rest, ",")))
		err = parse_zone(word, wishes);
	kfree(copy);
	return err;
}

/* Let the one zone without a size have what the others leave. */
static int share_out(struct wish *wishes, unsigned int arena_mb)
{
	unsigned int sum = 0;
	int type, rest = -1;

	for (type = 0; type < SBD_ZONE_DEVICE; type++) {
		if (!wishes[type].given)
			continue;
		if (!wishes[type].mb && rest >= 0) {
			pr_err("zones: only one zone can take the rest\n");
			return -EINVAL;
		}
		if (!wishes[type].mb)
			rest = type;
		if (wishes[type].mb > arena_mb - sum)
			goto too_much;
		sum += wishes[type].mb;
	}
	if (rest >= 0 && sum == arena_mb)
		goto too_much;
	if (rest >= 0)
		wishes[rest].mb = arena_mb - sum;
	else if (sum != arena_mb) {
		pr_err("zones: %u MiB of %u are nobody's (leave one size out: that zone takes the rest)\n",
		       arena_mb - sum, arena_mb);
		return -EINVAL;
	}
	return 0;

too_much:
	pr_err("zones: the sizes are more than arena_mb=%u\n", arena_mb);
	return -EINVAL;
}

/* Zones end where cells do, but for the last, which ends with the arena. */
static int lay_out(struct sbd_plan *plan, const struct sbd_arena *a,
		   const struct wish *wishes)
{
	unsigned long pfn = a->base_pfn, end = pfn + a->pages, mark = pfn, stop;
	unsigned long block = 1UL << plan->geo.block_order;
	struct sbd_zone_plan *p;
	int type;

	for (type = 0; type < SBD_ZONE_DEVICE; type++) {
		if (!wishes[type].given)
			continue;
		mark += wishes[type].mb * MIB_PAGES;
		stop = mark == end ? end : ALIGN(mark, SBD_CELL_PAGES);
		stop = min(stop, end);
		if (stop <= pfn) {
			pr_err("zones: %s is too small for this arena (zones end on multiples of %lu pages)\n",
			       zone_words[type], SBD_CELL_PAGES);
			return -EINVAL;
		}
		p = &plan->zones[plan->nr_zones++];
		p->type = type;
		p->start_pfn = pfn;
		p->pages = stop - pfn;
		p->cma_pages = wishes[type].cma * MIB_PAGES;
		if (p->cma_pages &&
		    (!plan->geo.cma || p->cma_pages > p->pages ||
		     (p->cma_pages | stop) & (block - 1))) {
			pr_err("zones: %s:cma=%u: needs a kernel with CMA, and whole pageblocks inside the zone\n",
			       zone_words[type], wishes[type].cma);
			return -EINVAL;
		}
		pfn = stop;
	}
	return 0;
}

static int make_plan(struct sbd_plan *plan, const struct sbd_shadow_params *p)
{
	int err;

	memset(plan, 0, sizeof(*plan));
	err = sbd_profile_parse(p->profile, &plan->prof);
	if (err) {
		pr_err("profile=%s: not one of %s\n", p->profile,
		       sbd_profile_known());
		return err;
	}
	if (p->nodes != 1) {
		pr_err("nodes=%u: only 1 for now\n", p->nodes);
		return -EINVAL;
	}
	sbd_geometry_running(&plan->geo);
	plan->nr_cpus = nr_cpu_ids;
	plan->nr_online = num_online_cpus();
	return 0;
}

static void vmstat_work(struct work_struct *work)
{
	struct sbd_shadow *s = container_of(work, struct sbd_shadow, vmstat.work);
	int cpu, interval = READ_ONCE(s->sys->tun.stat_interval);

	if (interval) {
		for_each_online_cpu(cpu)
			if (cpu < s->sys->nr_cpus)
				sbd_vmstat_update(s->sys, cpu);
	}
	schedule_delayed_work(&s->vmstat, max(interval, 1) * HZ);
}

/**
 * sbd_shadow_pause_vmstat() - keep the worker away, for repeatable runs
 * @s: the shadow, claimed
 *
 * Context: process, may sleep.
 */
void sbd_shadow_pause_vmstat(struct sbd_shadow *s)
{
	cancel_delayed_work_sync(&s->vmstat);
}

/**
 * sbd_shadow_resume_vmstat() - let the worker work again
 * @s: the shadow
 */
void sbd_shadow_resume_vmstat(struct sbd_shadow *s)
{
	schedule_delayed_work(&s->vmstat, HZ);
}

/**
 * sbd_shadow_claim() - have the shadow for oneself
 * @s: the shadow
 *
 * Context: process.  Return: 0, -EBUSY if somebody else has it.
 */
int sbd_shadow_claim(struct sbd_shadow *s)
{
	return mutex_trylock(&s->use) ? 0 : -EBUSY;
}

/**
 * sbd_shadow_unclaim() - let others have it
 * @s: what this task claimed
 */
void sbd_shadow_unclaim(struct sbd_shadow *s)
{
	mutex_unlock(&s->use);
}

static int backend_of(const char *name)
{
	int backend = match_string(sbd_backend_names, -1, name);

	if (backend < 0)
		pr_err("backend=%s: not one of auto, cma, contig\n", name);
	return backend;
}

/**
 * sbd_shadow_init() - reserve an arena and build a system on it
 * @s: filled
 * @p: module parameters
 *
 * What cannot be met is said in one line of the log.
 * Context: process, may sleep.  Return: 0 or a negative errno, and then
 * nothing is held.
 */
int sbd_shadow_init(struct sbd_shadow *s, const struct sbd_shadow_params *p)
{
	struct wish wishes[SBD_NR_ZONES] = { };
	int backend = backend_of(p->backend), err;
	struct sbd_plan *plan;

	if (backend < 0)
		return -EINVAL;
	plan = kzalloc(sizeof(*plan), GFP_KERNEL);
	if (!plan)
		return -ENOMEM;
	err = make_plan(plan, p) ?: parse_zones(p->zones, p->arena_mb, wishes) ?:
	      share_out(wishes, p->arena_mb) ?:
	      sbd_arena_reserve(&s->arena, p->arena_mb * MIB_PAGES, backend);
	if (err)
		goto free_plan;
	err = lay_out(plan, &s->arena, wishes);
	if (err)
		goto release;
	s->sys = sbd_system_create(plan);
	if (IS_ERR(s->sys)) {
		err = PTR_ERR(s->sys);
		pr_err("no system on the arena: error %d\n", err);
		goto release;
	}
	s->plan = plan;
	mutex_init(&s->use);
	INIT_DELAYED_WORK(&s->vmstat, vmstat_work);
	sbd_shadow_resume_vmstat(s);
	return 0;

release:
	sbd_arena_release(&s->arena);
free_plan:
	kfree(plan);
	return err;
}

/**
 * sbd_shadow_exit() - undo sbd_shadow_init()
 * @s: the shadow; nobody uses it any more
 *
 * Context: process, may sleep.
 */
void sbd_shadow_exit(struct sbd_shadow *s)
{
	sbd_shadow_pause_vmstat(s);
	mutex_destroy(&s->use);
	sbd_system_destroy(s->sys);
	sbd_arena_release(&s->arena);
	kfree(s->plan);
}
