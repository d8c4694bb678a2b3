// SPDX-License-Identifier: GPL-2.0
/*
 * Where host and clone part, and what state explains it.
 *
 * The report is about the clone as it was just before the request: what lies on
 * the lists that the request could be served from, where on them each of the two
 * answers was, and how the watermarks work out.  Since a wrong step may show only
 * some requests later, what the last ones did in that zone comes with it.  A
 * reader who knows the kernel's rules can tell which rule one side applied and
 * the other did not.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "divergence.h"
#include "pageblock.h"
#include "pcp.h"
#include "profile.h"
#include "trace.h"
#include "watermark.h"
#include "zone.h"
#include "zonelist.h"

#define HEADS	6	/* blocks of a list that are shown */

/**
 * sbd_divergence_trace() - the event
 * @d:	 what was found
 * @sys: the clone
 */
void sbd_divergence_trace(const struct sbd_divergence *d,
			  const struct sbd_system *sys)
{
	trace_sbd_divergence(sys, d->burst, d->op, d->cpu, d->req.free,
			     d->req.pfn, d->shadow, d->req.order, d->req.gfp,
			     d->diff.what);
}

/* ---- the requests before ---------------------------------------------------------- */

/* The zone that the report is about. */
static struct sbd_zone *zone_in_question(const struct sbd_divergence *d,
					 struct sbd_system *sys)
{
	struct sbd_zone *z = NULL;

	if (d->diff.what)
		return sys->zone[d->diff.zone];
	if (d->shadow != SBD_PFN_NONE)
		z = sbd_zone_of(sys, d->shadow);
	if (!z && d->req.pfn != SBD_PFN_NONE)
		z = sbd_zone_of(sys, d->req.pfn);
	return z ?: sys->zone[0];
}

static void read_counters(const struct sbd_history *h, struct sbd_step *s)
{
	const struct sbd_pcp *pcp = sbd_pcp(h->z, h->cpu);
	const u64 *event = h->z->event;

	s->refilled = pcp->refilled;
	s->drained = pcp->drained;
	s->split = event[SBD_EV_SPLIT];
	s->merged = event[SBD_EV_MERGE];
	s->claims = event[SBD_EV_CLAIM];
	s->steals = event[SBD_EV_STEAL];
	s->direct = event[SBD_EV_DIRECT_ALLOC] + event[SBD_EV_DIRECT_FREE];
	s->count = pcp->count;
	s->high = pcp->high;
}

/**
 * sbd_history_begin() - look at a zone while requests are served once more
 * @h:	 filled
 * @sys: the clone, as it was before the first of them
 * @d:	 what was found
 */
void sbd_history_begin(struct sbd_history *h, struct sbd_system *sys,
		       const struct sbd_divergence *d)
{
	memset(h, 0, sizeof(*h));
	h->z = zone_in_question(d, sys);
	h->cpu = d->cpu;
	read_counters(h, &h->before);
}

/**
 * sbd_history_note() - keep what a request did
 * @h:	 begun
 * @op:	 the request's place
 * @req: it, served
 */
void sbd_history_note(struct sbd_history *h, u32 op,
		      const struct sbd_live_op *req)
{
	struct sbd_step now = { .op = op, .req = *req }, *s;

	read_counters(h, &now);
	if (now.direct != h->before.direct || now.count != h->before.count ||
	    now.refilled != h->before.refilled ||
	    now.drained != h->before.drained) {
		s = &h->steps[h->nr++ % SBD_STEPS];
		*s = now;
		s->refilled -= h->before.refilled;
		s->drained -= h->before.drained;
		s->split -= h->before.split;
		s->merged -= h->before.merged;
		s->claims -= h->before.claims;
		s->steals -= h->before.steals;
		s->direct -= h->before.direct;
	}
	h->before = now;
}

static void tell(struct sbd_text *t, const char *what, u64 n)
{
	if (n)
		sbd_text_printf(t, ", %s %llu", what, n);
}

static void tell_step(const struct sbd_step *s, struct sbd_text *t)
{
	sbd_text_printf(t, "  %5u: %s order %u", s->op + 1,
			s->req.free ? "free    " : "allocate", s->req.order);
	if (!s->req.free)
		sbd_text_printf(t, " gfp 0x%x", s->req.gfp);
	if (s->req.pfn == SBD_PFN_NONE)
		sbd_text_printf(t, " refused");
	else
		sbd_text_printf(t, " pfn 0x%lx", s->req.pfn);
	sbd_text_printf(t, ": %s", s->direct ? "direct" : "per-CPU");
	tell(t, "refilled", s->refilled);
	tell(t, "drained", s->drained);
	tell(t, "split", s->split);
	tell(t, "merged", s->merged);
	tell(t, "claimed", s->claims);
	tell(t, "stole", s->steals);
	sbd_text_printf(t, "; count %d high %d\n", s->count, s->high);
}

static void tell_history(const struct sbd_history *h, struct sbd_text *t)
{
	u32 i = h->nr > SBD_STEPS ? h->nr - SBD_STEPS : 0;

	sbd_text_printf(t, "what the shadow did in node %d %s for the requests before:\n",
			h->z->nid, sbd_zone_names[h->z->idx]);
	if (!h->nr)
		sbd_text_printf(t, "  nothing\n");
	for (; i < h->nr; i++)
		tell_step(&h->steps[i % SBD_STEPS], t);
}

/* ---- one frame ------------------------------------------------------------------ */

static long place(const struct sbd_zone *z, const struct sbd_list *l,
		  const struct sbd_frame *f)
{
	long at = 0;
	u32 i;

	for (i = l->head; i != SBD_NIL; i = z->frames[i].next, at++)
		if (z->frames + i == f)
			return at;
	return -1;
}

static void describe_pcp(const struct sbd_zone *z, const struct sbd_frame *f,
			 struct sbd_text *t)
{
	const struct sbd_pcp *pcp;
	int cpu, i;
	long at;

	for (cpu = 0; cpu < z->sys->nr_cpus; cpu++) {
		pcp = sbd_pcp((struct sbd_zone *)z, cpu);
		for (i = 0; i < SBD_NR_PCP_LISTS; i++) {
			at = place(z, &pcp->lists[i], f);
			if (at < 0)
				continue;
			sbd_text_printf(t, "on CPU %d's list %d (order %u), at place %ld, cached as %s",
					cpu, i, sbd_pindex_order(z, i), at,
					sbd_type_names[f->mt]);
			return;
		}
	}
}

static void describe_frame(const struct sbd_system *sys, unsigned long pfn,
			   struct sbd_text *t)
{
	const struct sbd_zone *z = sbd_zone_of(sys, pfn);
	const struct sbd_frame *f = z ? sbd_block_of(z, pfn) : NULL;

	if (!z) {
		sbd_text_printf(t, "in no zone");
		return;
	}
	sbd_text_printf(t, "node %d %s, pageblock %s: ", z->nid,
			sbd_zone_names[z->idx],
			sbd_type_names[sbd_block_type(z, pfn)]);
	if (!f)
		sbd_text_printf(t, "allocated, not by us");
	else if (f->state == SBD_FRAME_BUDDY)
		sbd_text_printf(t, "in a free block of order %u at 0x%lx, list %s, at place %ld",
				f->order, sbd_pfn(z, f), sbd_type_names[f->mt],
				place(z, &z->area[f->order].list[f->mt], f));
	else if (f->state == SBD_FRAME_PCP)
		describe_pcp(z, f, t);
	else
		sbd_text_printf(t, "allocated by us, order %u at 0x%lx",
				f->order, sbd_pfn(z, f));
}

static void answer(const struct sbd_system *sys, const char *who,
		   unsigned long pfn, struct sbd_text *t)
{
	sbd_text_printf(t, "%s: ", who);
	if (pfn == SBD_PFN_NONE) {
		sbd_text_printf(t, "refused\n");
		return;
	}
	sbd_text_printf(t, "pfn 0x%lx; before: ", pfn);
	describe_frame(sys, pfn, t);
	sbd_text_printf(t, "\n");
}

/* ---- one zone ------------------------------------------------------------------- */

static void heads(const struct sbd_zone *z, const struct sbd_list *l,
		  struct sbd_text *t)
{
	unsigned long n = 0;
	u32 i;

	for (i = l->head; i != SBD_NIL; i = z->frames[i].next)
		if (n++ < HEADS)
			sbd_text_printf(t, " 0x%lx", z->start_pfn + i);
	if (n > HEADS)
		sbd_text_printf(t, " ... (%lu)", n);
	else if (!n)
		sbd_text_printf(t, " -");
	sbd_text_printf(t, "\n");
}

static void explain_lists(const struct sbd_zone *z, unsigned int from,
			  struct sbd_text *t)
{
	unsigned int o;
	int mt;

	for (o = from; o < SBD_NR_ORDERS; o++) {
		for (mt = 0; mt < SBD_NR_TYPES; mt++) {
			if (sbd_list_empty(&z->area[o].list[mt]))
				continue;
			sbd_text_printf(t, "  free order %u %s:", o,
					sbd_type_names[mt]);
			heads(z, &z->area[o].list[mt], t);
		}
	}
}

static void explain_pcp(struct sbd_zone *z, int cpu, unsigned int order, int mt,
			struct sbd_text *t)
{
	const struct sbd_pcp *pcp = sbd_pcp(z, cpu);

	sbd_text_printf(t, "  CPU %d: count %d high %d (%d..%d) batch %d", cpu,
			pcp->count, pcp->high, pcp->high_min, pcp->high_max,
			pcp->batch);
	sbd_text_printf(t, " free_count %d free_factor %u alloc_factor %u flags 0x%x\n",
			pcp->free_count, pcp->free_factor, pcp->alloc_factor,
			pcp->flags);
	if (!sbd_pcp_order(z, order) || mt >= SBD_PCPTYPES)
		return;
	sbd_text_printf(t, "  CPU %d list %d (order %u %s):", cpu,
			sbd_pindex(z, order, mt), order, sbd_type_names[mt]);
	heads(z, &pcp->lists[sbd_pindex(z, order, mt)], t);
}

/* free - unusable against mark + reserve, as zone_watermark_fast() has it. */
static void explain_mark(const struct sbd_zone *z, const struct sbd_request *rq,
			 enum sbd_wmark w, struct sbd_text *t)
{
	static const char * const names[] = { "min", "low", "high" };
	struct sbd_wmark_check c = {
		.order = rq->order,
		.mark = sbd_wmark_pages(z, w),
		.highest = rq->highest,
		.alloc_flags = rq->alloc_flags,
		.gfp = rq->gfp,
	};

	sbd_text_printf(t, "  %s: %ld free - %ld unusable against %lu + %ld reserve: %s\n",
			names[w], (long)sbd_zone_stat(z, SBD_NR_FREE_PAGES),
			sbd_unusable_free(z, rq->order, rq->alloc_flags),
			c.mark, z->lowmem_reserve[rq->highest],
			sbd_watermark_fast(z, &c) ? "enough" : "not enough");
}

static void explain_state(const struct sbd_zone *z, int cpu, struct sbd_text *t)
{
	sbd_text_printf(t, "  boost %lu flags 0x%lx highatomic %lu reserved %lu free",
			z->boost, z->flags, z->nr_reserved_highatomic,
			z->nr_free_highatomic);
	sbd_text_printf(t, ", difference of CPU %d: %d (threshold %d)\n", cpu,
			z->cpus[cpu].stat_diff[SBD_NR_FREE_PAGES],
			z->cpus[cpu].stat_threshold);
}

static void explain_zone(struct sbd_zone *z, const struct sbd_request *rq,
			 struct sbd_text *t)
{
	sbd_text_printf(t, "zone: node %d %s\n", z->nid, sbd_zone_names[z->idx]);
	explain_mark(z, rq, SBD_WMARK_MIN, t);
	explain_mark(z, rq, SBD_WMARK_LOW, t);
	explain_mark(z, rq, SBD_WMARK_HIGH, t);
	explain_state(z, rq->cpu, t);
	explain_pcp(z, rq->cpu, rq->order, rq->mt, t);
	explain_lists(z, rq->order, t);
}

/* ---- the whole -------------------------------------------------------------------- */

static void explain_alloc(const struct sbd_divergence *d,
			  struct sbd_system *sys, struct sbd_text *t)
{
	struct sbd_request rq;
	struct sbd_zone *z;
	int i;

	sbd_text_printf(t, "request: allocate order %u gfp 0x%x node %u\n",
			d->req.order, d->req.gfp, d->req.nid);
	answer(sys, "live", d->req.pfn, t);
	answer(sys, "shadow", d->shadow, t);
	if (!sbd_request_init(&rq, sys, d->cpu, d->req.nid,
			      (__force gfp_t)d->req.gfp, d->req.order))
		return;
	sbd_text_printf(t, "means: type %s, up to zone %s, first alloc_flags 0x%x\n",
			sbd_type_names[rq.mt], sbd_zone_names[rq.highest],
			rq.alloc_flags);
	for (i = rq.preferred; i < rq.node->nr_zonelist; i++) {
		z = rq.node->zonelist[i];
		if (z->idx <= rq.highest)
			explain_zone(z, &rq, t);
	}
}

static void explain_diff(const struct sbd_divergence *d,
			 struct sbd_system *sys, struct sbd_text *t)
{
	const struct sbd_diff *diff = &d->diff;
	struct sbd_zone *z = sys->zone[diff->zone];

	sbd_text_printf(t, "all answers alike; then, in node %d %s", z->nid,
			sbd_zone_names[z->idx]);
	if (diff->cpu >= 0)
		sbd_text_printf(t, ", CPU %d", diff->cpu);
	sbd_text_printf(t, ": %s", diff->what);
	if (diff->order >= 0)
		sbd_text_printf(t, " order %d", diff->order);
	if (diff->list >= 0 && diff->cpu < 0)
		sbd_text_printf(t, " %s", sbd_type_names[diff->list]);
	else if (diff->list >= 0)
		sbd_text_printf(t, " %d", diff->list);
	if (diff->list >= 0 || !strcmp(diff->what, "pageblock"))
		sbd_text_printf(t, ", at place %lu", diff->at);
	sbd_text_printf(t, "\n");
	if (diff->list >= 0) {
		answer(sys, "live", diff->live, t);
		answer(sys, "shadow", diff->shadow, t);
	} else {
		sbd_text_printf(t, "live: %ld\nshadow: %ld\n", diff->live,
				diff->shadow);
	}
	if (diff->cpu >= 0)
		explain_pcp(z, diff->cpu, 0, SBD_PCPTYPES, t);
	if (diff->order >= 0)
		explain_lists(z, diff->order, t);
}

/**
 * sbd_divergence_explain() - what a reader needs to find the rule
 * @d:	 what was found
 * @sys: the clone, as it was before the request; after all of them if it is the
 *	 states that differ
 * @h:	 of the requests up to there
 * @t:	 appended to
 *
 * Context: process, may sleep.
 */
void sbd_divergence_explain(const struct sbd_divergence *d,
			    struct sbd_system *sys,
			    const struct sbd_history *h, struct sbd_text *t)
{
	sbd_text_printf(t, "\nburst %llu, request %u of %u, CPU %d, profile %s\n",
			d->burst, d->op + 1, d->nr_ops, d->cpu, sys->prof->name);
	if (d->diff.what) {
		explain_diff(d, sys, t);
	} else if (d->req.free) {
		sbd_text_printf(t, "request: free order %u pfn 0x%lx\n",
				d->req.order, d->req.pfn);
		sbd_text_printf(t, "the shadow does not have it allocated: ");
		describe_frame(sys, d->req.pfn, t);
		sbd_text_printf(t, "\n");
	} else {
		explain_alloc(d, sys, t);
	}
	tell_history(h, t);
}
