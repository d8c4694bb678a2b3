// SPDX-License-Identifier: GPL-2.0
/* The loaded module's one shadow: an arena, the system on it, who may use it. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "cut.h"
#include "pcp.h"
#include "shadow.h"

#define MIB_PAGES	(1UL << (20 - PAGE_SHIFT))

static int parse_profile(const char *name, struct sbd_profile *prof)
{
	int err = sbd_profile_parse(name, prof);

	if (err && !strcmp(name, "auto"))
		pr_err("profile=auto: the kernel that the module was built for is not modelled, choose one: %s\n",
		       sbd_profile_known());
	else if (err)
		pr_err("profile=%s: not one of %s\n", name, sbd_profile_known());
	return err;
}

static int parse_backend(const char *name, enum sbd_backend *backend)
{
	int i = match_string(sbd_backend_names, -1, name);

	if (i < 0) {
		pr_err("backend=%s: not one of auto, cma, contig\n", name);
		return -EINVAL;
	}
	*backend = i;
	return 0;
}

/* All that can be said without an arena. */
static int parse_params(const struct sbd_shadow_params *p,
			struct sbd_plan *plan, struct sbd_cut *c,
			enum sbd_backend *backend)
{
	unsigned long pages = p->arena_mb * MIB_PAGES;
	int err = parse_backend(p->backend, backend) ?:
		  parse_profile(p->profile, &plan->prof);

	if (err)
		return err;
	err = sbd_arena_check(pages);
	if (err)
		return err;
	sbd_geometry_running(&plan->geo);
	plan->nr_cpus = nr_cpu_ids;
	plan->nr_online = num_online_cpus();
	return sbd_cut_parse(c, &p->cut, pages, plan);
}

/* An interval of 0 switches the worker off; it then only looks for another. */
static int vmstat_interval(const struct sbd_shadow *s)
{
	return clamp(READ_ONCE(s->sys->tun.stat_interval), 0, 3600);
}

static void vmstat_schedule(struct sbd_shadow *s)
{
	schedule_delayed_work(&s->vmstat, max(vmstat_interval(s), 1) * HZ);
}

/*
 * The kernel has such a worker on each CPU; one after the other will do, for
 * what they do to each other's zones is under locks in either case.
 */
static void vmstat_work(struct work_struct *work)
{
	struct sbd_shadow *s = container_of(work, struct sbd_shadow, vmstat.work);
	int cpu;

	for_each_online_cpu(cpu)
		if (vmstat_interval(s) && cpu < s->sys->nr_cpus)
			sbd_vmstat_update(s->sys, cpu);
	vmstat_schedule(s);
}

/**
 * sbd_shadow_pause_vmstat() - keep the worker away, for repeatable runs
 * @s: the shadow, claimed by the caller
 *
 * Context: process, waits for a running worker.
 */
void sbd_shadow_pause_vmstat(struct sbd_shadow *s)
{
	cancel_delayed_work_sync(&s->vmstat);
}

/**
 * sbd_shadow_resume_vmstat() - let the worker work again
 * @s: the shadow
 *
 * Its next run is a whole interval away.  Context: any.
 */
void sbd_shadow_resume_vmstat(struct sbd_shadow *s)
{
	vmstat_schedule(s);
}

/**
 * sbd_shadow_reset() - back to the initial state, with the worker kept away
 * @s: the shadow, claimed by the caller
 *
 * Context: process, waits for a running worker.
 */
void sbd_shadow_reset(struct sbd_shadow *s)
{
	sbd_shadow_pause_vmstat(s);
	sbd_system_reset(s->sys);
	sbd_shadow_resume_vmstat(s);
}

/**
 * sbd_shadow_claim() - have the shadow for oneself
 * @s: the shadow
 *
 * Context: process.  The same task has to call sbd_shadow_unclaim().
 * Return: 0, -EBUSY if somebody else has it.
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

/**
 * sbd_shadow_zones() - how the arena is cut up, as the parameter would say it
 * @s:	  the shadow
 * @buf:  receives e.g. "DMA32:16,NORMAL:48/NORMAL:64"; MiB, rounded down
 * @size: of @buf
 */
void sbd_shadow_zones(const struct sbd_shadow *s, char *buf, size_t size)
{
	sbd_cut_print(s->plan, buf, size);
}

static void plan_free(struct sbd_plan *plan)
{
	if (plan)
		kfree(plan->cpu_node);
	kfree(plan);
}

static int make_system(struct sbd_shadow *s, const struct sbd_cut *c)
{
	int err = sbd_cut_lay_out(c, s->arena.base_pfn, s->plan);

	if (err)
		return err;
	s->sys = sbd_system_create(s->plan);
	if (!IS_ERR(s->sys))
		return 0;
	err = PTR_ERR(s->sys);
	pr_err("no system on the arena, error %d\n", err);
	return err;
}

/**
 * sbd_shadow_init() - reserve an arena and build a system on it
 * @s: filled
 * @p: module parameters
 *
 * What cannot be met is said in one line of the log.
 * Context: process, may sleep.
 * Return: 0; -EINVAL for a parameter that makes no sense, -ENOENT for a
 * profile that is not known, else what sbd_arena_check(), sbd_arena_reserve()
 * or sbd_system_create() return.  Nothing is held after an error.
 */
int sbd_shadow_init(struct sbd_shadow *s, const struct sbd_shadow_params *p)
{
	enum sbd_backend backend;
	struct sbd_cut *cut;
	int err = -ENOMEM;

	s->plan = kzalloc(sizeof(*s->plan), GFP_KERNEL);
	cut = kzalloc(sizeof(*cut), GFP_KERNEL);
	if (!s->plan || !cut)
		goto free_plan;
	err = parse_params(p, s->plan, cut, &backend);
	if (err)
		goto free_plan;
	err = sbd_arena_reserve(&s->arena, cut->pages, backend);
	if (err)
		goto free_plan;
	err = make_system(s, cut);
	if (err)
		goto release;
	kfree(cut);
	mutex_init(&s->use);
	INIT_DELAYED_WORK(&s->vmstat, vmstat_work);
	sbd_shadow_resume_vmstat(s);
	return 0;

release:
	sbd_arena_release(&s->arena);
free_plan:
	kfree(cut);
	plan_free(s->plan);
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
	plan_free(s->plan);
}
