// SPDX-License-Identifier: GPL-2.0
/*
 * The loaded module's one shadow: an arena, the system on it, who may use it.
 *
 * The zones parameter reads
 *
 *	auto | NAME[:SIZE][:cma=MIB][,NAME...]
 *
 * NAME being DMA, DMA32, NORMAL or MOVABLE and SIZE a number of MiB or, with
 * "%", of hundredths of the arena.  One zone may leave its size out and takes
 * the rest.  Zones lie in the arena by type, the lowest first, whatever the
 * order in which they are named.  They are names only: a shadow's DMA zone is
 * wherever the arena is.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/math.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "pcp.h"
#include "shadow.h"

#define MIB_PAGES	(1UL << (20 - PAGE_SHIFT))
/* A smaller arena is not worth a second zone. */
#define AUTO_SPLIT	(64 * MIB_PAGES)

/**
 * struct wish - what the zones parameter asks of one zone
 * @given: the zone is asked for
 * @pages: its size, 0: the rest
 * @cma:   pages at its end in CMA pageblocks
 */
struct wish {
	bool given;
	unsigned long pages;
	unsigned long cma;
};

/**
 * struct cut - how the arena is to be cut up
 * @pages: of the arena
 * @wish:  a zone type each
 */
struct cut {
	unsigned long pages;
	struct wish wish[SBD_NR_ZONES];
};

static int zone_type(const char *name)
{
	int type;

	for (type = 0; type < SBD_ZONE_DEVICE; type++)
		if (!strcasecmp(name, sbd_zone_names[type]))
			return type;
	return -ENOENT;
}

/* "12" or "25%" */
static int parse_size(const struct cut *c, char *word, unsigned long *pages)
{
	size_t len = strlen(word);
	bool percent = len && word[len - 1] == '%';
	unsigned int n;

	if (percent)
		word[len - 1] = '\0';
	if (kstrtouint(word, 10, &n) || !n || (percent && n > 100))
		return -EINVAL;
	*pages = percent ? mult_frac(c->pages, n, 100UL) : n * MIB_PAGES;
	return 0;
}

/* What stands behind the name. */
static int parse_options(const struct cut *c, struct wish *w, char *rest)
{
	unsigned int mb;
	char *word;

	while ((word = strsep(&rest, ":"))) {
		if (!strncmp(word, "cma=", 4)) {
			if (kstrtouint(word + 4, 10, &mb))
				return -EINVAL;
			w->cma = mb * MIB_PAGES;
		} else if (w->pages || parse_size(c, word, &w->pages)) {
			return -EINVAL;
		}
	}
	return 0;
}

static int parse_zone(struct cut *c, char *rest)
{
	char *name = strsep(&rest, ":");
	int type = zone_type(name);
	struct wish *w;

	if (type < 0) {
		pr_err("zones: no zone is called \"%s\": DMA, DMA32, NORMAL, MOVABLE\n",
		       name);
		return -EINVAL;
	}
	w = &c->wish[type];
	if (w->given) {
		pr_err("zones: %s is there twice\n", sbd_zone_names[type]);
		return -EINVAL;
	}
	w->given = true;
	if (parse_options(c, w, rest)) {
		pr_err("zones: %s takes :MIB or :N%%, and :cma=MIB\n",
		       sbd_zone_names[type]);
		return -EINVAL;
	}
	return 0;
}

/*
 * A quarter to DMA32, the rest to NORMAL, as on a machine of 16 GiB: only
 * with a DMA32 zone below it does NORMAL know ALLOC_NOFRAGMENT.
 */
static void auto_zones(struct cut *c, const struct sbd_geometry *geo)
{
	c->wish[SBD_ZONE_NORMAL].given = true;
	if (c->pages < AUTO_SPLIT || !(geo->zones & BIT(SBD_ZONE_DMA32)))
		return;
	c->wish[SBD_ZONE_DMA32].given = true;
	c->wish[SBD_ZONE_DMA32].pages = c->pages / 4;
}

static int parse_zones(struct cut *c, const char *text,
		       const struct sbd_geometry *geo)
{
	char *copy, *rest, *word;
	int err = 0;

	if (!strcmp(text, "auto")) {
		auto_zones(c, geo);
		return 0;
	}
	copy = kstrdup(text, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	rest = copy;
	while (!err && (word = strsep(&rest, ",")))
		err = parse_zone(c, word);
	kfree(copy);
	return err;
}

/* What the modelled machine cannot have. */
static int check_wishes(const struct cut *c, const struct sbd_geometry *geo)
{
	int type;

	for (type = 0; type < SBD_ZONE_DEVICE; type++) {
		if (!c->wish[type].given)
			continue;
		if (!(geo->zones & BIT(type))) {
			pr_err("zones: the running kernel knows no zone %s\n",
			       sbd_zone_names[type]);
			return -EINVAL;
		}
		if (c->wish[type].cma && !geo->cma) {
			pr_err("zones: %s:cma: the running kernel is built without CONFIG_CMA\n",
			       sbd_zone_names[type]);
			return -EINVAL;
		}
	}
	return 0;
}

/* Who takes what the others leave; -1: nobody, -EINVAL: more than one. */
static int rest_zone(const struct cut *c)
{
	int type, rest = -1;

	for (type = 0; type < SBD_ZONE_DEVICE; type++) {
		if (!c->wish[type].given || c->wish[type].pages)
			continue;
		if (rest >= 0) {
			pr_err("zones: %s and %s have no size, only one may take the rest\n",
			       sbd_zone_names[rest], sbd_zone_names[type]);
			return -EINVAL;
		}
		rest = type;
	}
	return rest;
}

/* Settle all sizes. */
static int share_out(struct cut *c)
{
	unsigned long left = c->pages;
	int type, last = 0, rest = rest_zone(c);

	if (rest == -EINVAL)
		return rest;
	for (type = 0; type < SBD_ZONE_DEVICE; type++) {
		if (!c->wish[type].given)
			continue;
		if (c->wish[type].pages > left)
			goto too_large;
		left -= c->wish[type].pages;
		last = type;
	}
	if (rest >= 0 && !left)
		goto too_large;
	/* Hundredths are rounded down, and may leave some pages. */
	if (rest < 0 && left >= MIB_PAGES) {
		pr_err("zones: %lu MiB of the arena left over; leave one size out to have them\n",
		       left / MIB_PAGES);
		return -EINVAL;
	}
	c->wish[rest < 0 ? last : rest].pages += left;
	return 0;

too_large:
	pr_err("zones: together more than the arena, %lu MiB\n",
	       c->pages / MIB_PAGES);
	return -EINVAL;
}

static int check_cma(const struct sbd_zone_plan *p, unsigned int block_order)
{
	unsigned long block = 1UL << block_order;

	if (p->cma_pages <= p->pages &&
	    (!p->cma_pages ||
	     IS_ALIGNED(p->cma_pages | (p->start_pfn + p->pages), block)))
		return 0;
	pr_err("zones: %s:cma=%lu: not whole pageblocks (%lu KiB) at the end of the zone\n",
	       sbd_zone_names[p->type], p->cma_pages / MIB_PAGES,
	       block << (PAGE_SHIFT - 10));
	return -EINVAL;
}

static int add_zone(struct sbd_plan *plan, enum sbd_zone_type type,
		    unsigned long start, unsigned long stop, unsigned long cma)
{
	struct sbd_zone_plan *p = &plan->zones[plan->nr_zones++];

	p->type = type;
	p->start_pfn = start;
	p->pages = stop - start;
	p->cma_pages = cma;
	return check_cma(p, plan->geo.block_order);
}

/*
 * Two zones never share a cell, so where they meet is rounded to one; the
 * first begins and the last ends where the arena does.
 */
static int lay_out(struct sbd_plan *plan, const struct cut *c,
		   unsigned long pfn)
{
	unsigned long end = pfn + c->pages, mark = pfn, stop;
	bool rounded = false;
	int type, err = 0;

	for (type = 0; type < SBD_ZONE_DEVICE && !err; type++) {
		if (!c->wish[type].given)
			continue;
		mark += c->wish[type].pages;
		stop = mark == end ? end : round_down(mark + SBD_CELL_PAGES / 2,
						      SBD_CELL_PAGES);
		rounded |= stop != mark;
		if (stop <= pfn || stop > end || (stop == end && mark != end)) {
			pr_err("zones: no room for %s, or for what is above it: zones meet at multiples of %lu MiB\n",
			       sbd_zone_names[type], SBD_CELL_PAGES / MIB_PAGES);
			return -EINVAL;
		}
		err = add_zone(plan, type, pfn, stop, c->wish[type].cma);
		pfn = stop;
	}
	if (rounded && !err)
		pr_info("zones: rounded, zones meet at multiples of %lu MiB\n",
			SBD_CELL_PAGES / MIB_PAGES);
	return err;
}

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
			struct sbd_plan *plan, struct cut *c,
			enum sbd_backend *backend)
{
	int err = parse_backend(p->backend, backend) ?:
		  parse_profile(p->profile, &plan->prof);

	if (err)
		return err;
	if (p->nodes != 1) {
		pr_err("nodes=%u: only 1 for now\n", p->nodes);
		return -EINVAL;
	}
	c->pages = p->arena_mb * MIB_PAGES;
	err = sbd_arena_check(c->pages);
	if (err)
		return err;
	sbd_geometry_running(&plan->geo);
	plan->nr_cpus = nr_cpu_ids;
	plan->nr_online = num_online_cpus();
	return parse_zones(c, p->zones, &plan->geo) ?:
	       check_wishes(c, &plan->geo) ?: share_out(c);
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
 * @buf:  receives e.g. "DMA32:16,NORMAL:48"; MiB, rounded down
 * @size: of @buf
 */
void sbd_shadow_zones(const struct sbd_shadow *s, char *buf, size_t size)
{
	const struct sbd_zone_plan *p;
	size_t len = 0;
	int i;

	buf[0] = '\0';
	for (i = 0; i < s->plan->nr_zones; i++) {
		p = &s->plan->zones[i];
		len += scnprintf(buf + len, size - len, "%s%s:%lu",
				 i ? "," : "", sbd_zone_names[p->type],
				 p->pages / MIB_PAGES);
		if (p->cma_pages)
			len += scnprintf(buf + len, size - len, ":cma=%lu",
					 p->cma_pages / MIB_PAGES);
	}
}

static int make_system(struct sbd_shadow *s, const struct cut *c)
{
	int err = lay_out(s->plan, c, s->arena.base_pfn);

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
	struct cut cut = { };
	int err;

	s->plan = kzalloc(sizeof(*s->plan), GFP_KERNEL);
	if (!s->plan)
		return -ENOMEM;
	err = parse_params(p, s->plan, &cut, &backend);
	if (err)
		goto free_plan;
	err = sbd_arena_reserve(&s->arena, cut.pages, backend);
	if (err)
		goto free_plan;
	err = make_system(s, &cut);
	if (err)
		goto release;
	mutex_init(&s->use);
	INIT_DELAYED_WORK(&s->vmstat, vmstat_work);
	sbd_shadow_resume_vmstat(s);
	return 0;

release:
	sbd_arena_release(&s->arena);
free_plan:
	kfree(s->plan);
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
