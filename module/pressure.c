// SPDX-License-Identifier: GPL-2.0
/*
 * Workloads whose pages are owned: they move, and go when memory is short.
 *
 * A run is set up (owners, clients, threads that reclaim and compact), the scene
 * is played, all that is owned is read and held against its checksum, the accounts
 * are closed, and everything is given back, to the page.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>

#include "alloc.h"
#include "daemon.h"
#include "policy.h"
#include "pressure.h"
#include "profile.h"
#include "scene.h"
#include "shadow.h"
#include "watermark.h"
#include "workload.h"
#include "writeback.h"

/* Handles beyond the clients': given up, and still in somebody's hands. */
#define SPARE_HANDLES	8192

/* ---- the report ---------------------------------------------------------- */

static void report_events(struct sbd_stage *s)
{
	struct sbd_system *sys = s->sys;
	u64 n;
	int i;

	for (i = 0; i < SBD_NR_ZONES; i++) {
		n = atomic64_read(&sys->allocstall[i]);
		if (n)
			sbd_text_printf(s->out, "%s: %llu\n", sbd_allocstall_names[i], n);
	}
	for (i = 0; i < SBD_NR_VM_EVENTS; i++) {
		n = atomic64_read(&sys->vm_event[i]);
		if (n)
			sbd_text_printf(s->out, "%s: %llu\n", sbd_vm_event_names[i], n);
	}
}

static u64 sum_of(const u64 *v, bool pages)
{
	u64 sum = 0;
	int o;

	for (o = 0; o < SBD_NR_ORDERS; o++)
		sum += pages ? v[o] << o : v[o];
	return sum;
}

/*
 * What was handed out and not taken back is what owners hold.  A page that moves
 * is freed at its old place and was never handed out at its new one; neither was a
 * block that a compactor captured, or a target that it had no use for.  The kernel
 * counts so, too.
 */
static void report_balance(struct sbd_stage *s, const struct sbd_totals *t)
{
	u64 got = sum_of(t->alloc, true), freed = t->pgfree;
	u64 moved = atomic64_read(&s->sys->vm_event[SBD_VM_pgmigrate_success]);
	u64 captured = t->event[SBD_EV_CAPTURE_PAGES];
	u64 returned = atomic64_read(&s->sys->vm_event[SBD_VM_sbd_compact_returned]);
	s64 held = atomic_long_read(&s->sys->own->held);
	s64 off = (s64)(got + moved + captured + returned - freed) - held;

	sbd_text_printf(s->out, "pgalloc: %llu\npgfree: %llu\npgmoved: %llu\n", got,
			freed, moved);
	sbd_text_printf(s->out, "pgcaptured: %llu\npages_held: %lld\n", captured,
			held);
	if (off)
		sbd_text_printf(s->out, "balance: off by %lld\n", off);
	else
		sbd_text_printf(s->out, "balance: ok\n");
}

/* What zones counted as hits and misses is what was got from them. */
static void report_numa(struct sbd_stage *s, const struct sbd_totals *t,
			const struct sbd_client_stat *c)
{
	u64 counted = sum_of(t->alloc, false) + t->event[SBD_EV_CAPTURE];
	u64 got = c->faults - c->failed + s->direct;

	sbd_text_printf(s->out, "numa_hit: %llu\nnuma_miss: %llu\n",
			sum_of(t->alloc, false) - t->miss, t->miss);
	if (counted == got)
		sbd_text_printf(s->out, "numa: ok\n");
	else
		sbd_text_printf(s->out, "numa: %llu counted, %llu got\n", counted, got);
}

static void report(struct sbd_stage *s)
{
	struct sbd_totals *t = kvzalloc(sizeof(*t), GFP_KERNEL);
	struct sbd_client_stat c;

	sbd_crowd_stat(&s->crowd, &c);
	sbd_text_printf(s->out, "checksum_errors: %llu\n", c.checksum_errors);
	sbd_text_printf(s->out, "requests: %llu\nfaults: %llu\nrefaults: %llu\n",
			c.requests, c.faults, c.refaults);
	sbd_text_printf(s->out, "failed: %llu\noom_kills: %llu\nns: %llu\n", c.failed,
			c.oom_kills, s->ns);
	if (t) {
		sbd_totals(s->sys, t);
		report_balance(s, t);
		report_numa(s, t, &c);
	} else {
		s->out->error = -ENOMEM;
	}
	kvfree(t);
	report_events(s);
}

/* Tables come last, so that what goes before them is all of one form. */
static void report_end(struct sbd_stage *s)
{
	sbd_text_printf(s->out, "interrupted: %s\n", s->stopped ? "yes" : "no");
	if (s->table.len)
		sbd_text_printf(s->out, "%s", s->table.buf);
	s->out->error = s->out->error ?: s->table.error;
	sbd_text_free(&s->table);
}

static void report_head(struct sbd_stage *s)
{
	const struct sbd_pressure_args *a = &s->a;

	sbd_text_printf(s->out, "workload: %s threads=%u requests=%llu set=%u kinds=%u,%u,%u,%u write=%u order=%u policy=%s swap=%u\n",
			sbd_workload_names[a->kind], a->threads, a->requests,
			a->set, a->kinds[0], a->kinds[1], a->kinds[2],
			a->kinds[3], a->write, a->order,
			sbd_policy_names[a->policy], a->swap);
	sbd_text_printf(s->out, "seed: %llu\nengine: shadow\nnodes: %d\n", a->seed,
			s->sys->nr_nodes);
}

/* ---- setting up, and giving back ----------------------------------------- */

/**
 * sbd_pressure_pages() - pages of a system
 * @sys: the system
 *
 * Context: any.  Return: pages under its control.
 */
unsigned long sbd_pressure_pages(const struct sbd_system *sys)
{
	unsigned long sum = 0;
	struct sbd_zone *z;
	int i;

	sbd_for_each_zone(sys, i, z)
		sum += z->managed;
	return sum;
}

static void client_args(const struct sbd_stage *s, struct sbd_client_args *c)
{
	const struct sbd_pressure_args *a = &s->a;
	unsigned long pages = sbd_pressure_pages(s->sys);

	*c = (struct sbd_client_args) {
		.policy = {
			.mode = a->policy,
			.nodes = s->sys->node_state[SBD_NODE_MEMORY],
		},
		.pages = max(mult_frac(pages, a->set, 100UL) / a->threads, 1UL),
		.write = a->write,
		.order = a->order,
		.seed = a->seed,
	};
	memset(c->policy.weight, 1, sizeof(c->policy.weight));
	memcpy(c->kinds, a->kinds, sizeof(c->kinds));
	c->pinned = pages / SBD_CLIENT_PINNED_SHARE / a->threads;
	/* who fills memory once may keep what he has */
	if (a->kind == SBD_WL_FRAG || a->kind == SBD_WL_THP)
		c->pinned = c->pages;
}

static int open_stage(struct sbd_stage *s, void *memory, unsigned long memory_pfn,
		      struct sbd_error *err)
{
	struct sbd_client_args c;
	int ret;

	client_args(s, &c);
	ret = sbd_crowd_create(&s->crowd, s->a.threads, &c) ?:
	      sbd_owners_create(s->sys, sbd_crowd_handles(&s->crowd) + SPARE_HANDLES,
				memory, memory_pfn);
	if (ret)
		return sbd_error(err, ret, "", "no memory for the clients");
	s->sys->vm.swap_mb = s->a.swap;
	/* that nothing but the run's own compactions moves pages */
	if (s->a.kind == SBD_WL_FRAG)
		return 0;
	ret = sbd_daemons_start(s->sys);
	if (ret)
		return sbd_error(err, ret, "", "the daemons could not be started");
	s->sys->hooks.oom_kill = sbd_crowd_oom_kill;
	return 0;
}

/* Pages that are nowhere: after all was given back, not one may be missing. */
static long lost_pages(struct sbd_system *sys)
{
	long lost = 0;
	struct sbd_zone *z;
	int i;

	sbd_drain_all(sys);
	sbd_for_each_zone(sys, i, z)
		lost += z->managed - sbd_stat_exact(z, SBD_NR_FREE_PAGES);
	return lost;
}

static void close_stage(struct sbd_stage *s, bool keep)
{
	struct sbd_system *sys = s->sys;

	if (!sys->own)
		return;
	if (sys->own->daemons)
		sbd_daemons_stop(sys);
	if (keep)
		return;
	sbd_crowd_give_back(&s->crowd);
	sbd_lru_drain_all(sys->own);
	sbd_text_printf(s->out, "lost_pages: %ld\nlost_handles: %u\n", lost_pages(sys),
			sys->own->used);
	sbd_owners_destroy(sys);
}

/* ---- a run --------------------------------------------------------------- */

static int play(struct sbd_stage *s, struct sbd_error *err)
{
	switch (s->a.kind) {
	case SBD_WL_THP:
		return sbd_scene_thp(s, err);
	case SBD_WL_NODES:
		return sbd_scene_nodes(s, err);
	case SBD_WL_FRAG:
		return sbd_scene_frag(s, err);
	}
	if (s->x)
		atomic64_set(&s->x->total, s->a.requests);
	return sbd_crowd_run(&s->crowd, s->a.requests, err);
}

/* Read all, close the accounts; daemons rest, so that these are of one moment. */
static void take_stock(struct sbd_stage *s)
{
	if (s->sys->own->daemons)
		sbd_daemons_stop(s->sys);
	if (s->x)
		sbd_shadow_pause_vmstat(s->x->shadow);
	sbd_crowd_verify(&s->crowd);
	report(s);
}

static int run_stage(struct sbd_stage *s, struct sbd_error *err)
{
	u64 start = local_clock();
	int ret;

	report_head(s);
	ret = play(s, err);
	s->ns = local_clock() - start;
	s->stopped |= ret == -EINTR;
	if (ret && ret != -EINTR)
		return ret;
	/* steps were estimates, and are told in lots */
	if (s->x && !s->stopped)
		atomic64_set(&s->x->done, atomic64_read(&s->x->total));
	take_stock(s);
	return ret;
}

/**
 * sbd_pressure_run() - a workload whose pages are owned
 * @sys:	nobody else's meanwhile, and just reset
 * @x:		whose progress is told; may be NULL
 * @memory:	where the pages' contents are, NULL: nowhere
 * @memory_pfn: frame at @memory
 * @a:		what is to be done
 * @out:	the report is appended
 * @err:	filled on error
 *
 * Context: process, may sleep; a signal ends it.
 * Return: 0; -EINTR, all given back and @out valid; another error with nothing
 * changed.
 */
int sbd_pressure_run(struct sbd_system *sys, struct sbd_experiment *x,
		     void *memory, unsigned long memory_pfn,
		     const struct sbd_pressure_args *a, struct sbd_text *out,
		     struct sbd_error *err)
{
	struct sbd_stage *s = kvzalloc(sizeof(*s), GFP_KERNEL);
	int ret;

	if (!s)
		return sbd_error(err, -ENOMEM, "", "no memory");
	s->sys = sys;
	s->x = x;
	s->a = *a;
	s->out = out;
	s->crowd.x = x;
	s->crowd.sys = sys;
	s->swap_mb = sys->vm.swap_mb;
	ret = open_stage(s, memory, memory_pfn, err);
	if (!ret)
		ret = run_stage(s, err);
	close_stage(s, s->a.keep && !ret);
	report_end(s);
	sys->vm.swap_mb = s->swap_mb;
	sbd_crowd_free(&s->crowd);
	kvfree(s);
	return ret;
}
