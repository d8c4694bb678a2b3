// SPDX-License-Identifier: GPL-2.0
/*
 * Request generators.
 *
 * A workload is written down before it runs: both engines are then served the
 * very same requests, and no random number is drawn while the clock runs.  The
 * shapes bulk, repeat, rand and frag are those of LLFree's linux-alloc-bench,
 * so that figures can be held against published ones.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "workload.h"

const char * const sbd_workload_names[SBD_ALL_WORKLOADS + 1] = {
	[SBD_WL_REPEAT] = "repeat",
	[SBD_WL_BULK] = "bulk",
	[SBD_WL_RAND] = "rand",
	[SBD_WL_FRAG] = "frag",
	[SBD_WL_MIXED] = "mixed",
	[SBD_WL_FALLBACK] = "fallback",
	[SBD_WL_BULKAPI] = "bulkapi",
	[SBD_WL_PRESSURE] = "pressure",
	[SBD_WL_THP] = "thp",
	[SBD_WL_NODES] = "nodes",
};

/**
 * sbd_random() - the next number of a seeded sequence
 * @state: where the sequence is; any number begins one
 *
 * Steele, Lea and Flood's SplitMix64 (2014): a counter through a mixing
 * function, good enough for shuffling and free of bad seeds.
 * Context: any; one user a state.  Return: 64 random bits.
 */
u64 sbd_random(u64 *state)
{
	u64 x = *state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

/**
 * sbd_random_below() - a number of a seeded sequence, below a bound
 * @state: as for sbd_random()
 * @n:	   the bound
 *
 * Context: as sbd_random().  Return: from 0 to @n - 1; 0 if @n is 0.
 */
u32 sbd_random_below(u64 *state, u32 n)
{
	return (sbd_random(state) >> 32) * n >> 32;
}

/**
 * struct maker - one thread's sequence while it is written
 * @w:	   the workload
 * @ops:   where its requests go
 * @n:	   requests so far
 * @base:  first of its slots
 * @rng:   see sbd_random()
 * @slots: its slots; the first @held of them hold a block
 * @order: by slot: order of the block in it
 * @held:  slots that hold one
 * @pages: held now
 * @peak:  the most there were
 */
struct maker {
	struct sbd_workload *w;
	u32 *ops;
	unsigned int n;
	unsigned int base;
	u64 rng;
	u32 *slots;
	u8 *order;
	unsigned int held;
	unsigned long pages;
	unsigned long peak;
};

/* A number below @n, without the bias that matters for the n we have. */
static unsigned int below(struct maker *m, unsigned int n)
{
	return sbd_random_below(&m->rng, n);
}

static unsigned int draw_type(struct maker *m)
{
	const unsigned int *mix = m->w->args.mix;
	unsigned int x = below(m, 100), type = 0;

	while (type < SBD_MIX_TYPES - 1 && x >= mix[type])
		x -= mix[type++];
	return type;
}

/* Each order is half as likely as the one below it. */
static unsigned int draw_order(struct maker *m)
{
	unsigned int order = m->w->args.order;

	if (m->w->args.kind != SBD_WL_MIXED)
		return order;
	return min_t(unsigned int, order,
		     __ffs64(sbd_random(&m->rng) | 1ULL << 63));
}

static void swap_slots(struct maker *m, unsigned int i, unsigned int j)
{
	swap(m->slots[i], m->slots[j]);
}

/* Allocate into the @i-th slot, one that holds nothing. */
static void emit_alloc(struct maker *m, unsigned int i, unsigned int type)
{
	unsigned int order = draw_order(m), slot = m->slots[i];

	m->order[slot] = order;
	m->ops[m->n++] = sbd_op_make(SBD_OP_ALLOC, type, order, m->base + slot);
	swap_slots(m, i, m->held++);
	m->pages += 1UL << order;
	m->peak = max(m->peak, m->pages);
}

/* Free the block in the @i-th slot. */
static void emit_free(struct maker *m, unsigned int i)
{
	unsigned int slot = m->slots[i];

	m->ops[m->n++] = sbd_op_make(SBD_OP_FREE, 0, m->order[slot],
				     m->base + slot);
	swap_slots(m, i, --m->held);
	m->pages -= 1UL << m->order[slot];
}

static void fill(struct maker *m)
{
	while (m->held < m->w->args.allocs)
		emit_alloc(m, m->held, draw_type(m));
}

/*
 * One block is given up and one got, of another type, perhaps.  From 4 slots
 * on (see check()) there is always one that holds a block and one that is empty.
 */
static void churn_one(struct maker *m)
{
	emit_free(m, below(m, m->held));
	emit_alloc(m, m->held + below(m, m->w->args.allocs - m->held),
		   draw_type(m));
}

static u64 churn_steps(const struct sbd_workload_args *a)
{
	return max_t(u64, (u64)a->allocs * a->churn / 100, 1) * a->rounds;
}

/*
 * A block of each type is held meanwhile: on an engine whose memory is all in
 * one piece each pair would else split the largest block and merge it again,
 * which one whose memory is in pieces already does not.
 */
static void make_repeat(struct maker *m)
{
	const struct sbd_workload_args *a = &m->w->args;
	unsigned int type;

	for (type = 0; type < SBD_MIX_TYPES; type++)
		m->ops[m->n++] = sbd_op_make(SBD_OP_ALLOC, type, a->order,
					     m->base + type);
	while (m->n < m->w->nr_ops)
		m->ops[m->n++] = sbd_op_make(SBD_OP_PAIR, draw_type(m),
					     a->order, m->base + SBD_MIX_TYPES);
	m->peak = (SBD_MIX_TYPES + 1UL) << a->order;
}

static void make_bulkapi(struct maker *m)
{
	while (m->n < m->w->args.allocs)
		m->ops[m->n++] = sbd_op_make(SBD_OP_BULK, draw_type(m), 0,
					     m->base);
	m->peak = SBD_BULK_PAGES;
}

static void make_bulk(struct maker *m)
{
	unsigned int i;

	fill(m);
	/* First in, first out: the frees meet the pages as they came. */
	for (i = 0; i < m->w->args.allocs; i++)
		m->ops[m->n++] = sbd_op_make(SBD_OP_FREE, 0, m->w->args.order,
					     m->base + i);
}

static void make_frag(struct maker *m)
{
	unsigned int n = m->w->args.allocs / 2;

	fill(m);
	while (n--)
		emit_free(m, below(m, m->held));
	while (m->n < m->w->nr_ops)
		churn_one(m);
}

static void make_mixed(struct maker *m)
{
	const struct sbd_workload_args *a = &m->w->args;
	unsigned int i;

	while (m->n < m->w->nr_ops) {
		i = below(m, a->allocs);
		if (i < m->held)
			emit_free(m, i);
		else
			emit_alloc(m, i, draw_type(m));
	}
}

/*
 * All memory becomes UNMOVABLE, a third of it free, but never half a pageblock,
 * which could be claimed.  Every MOVABLE page must then be stolen, and goes
 * back to where it came from.
 */
static void make_fallback(struct maker *m)
{
	unsigned int n = m->w->args.allocs, i, keep;

	while (m->held < n)
		emit_alloc(m, m->held, SBD_MIX_UNMOVABLE);
	for (i = n / 3; i; i--)
		emit_free(m, below(m, m->held));
	keep = m->held;
	for (i = n / 3; i; i--)
		emit_alloc(m, m->held, SBD_MIX_MOVABLE);
	while (m->held > keep)
		emit_free(m, m->held - 1);
}

/*
 * RAND frees as BULK does, but the slots of all threads are shuffled and dealt
 * out anew, so that most pages are freed by a thread that did not allocate
 * them.
 */
static void shuffle_frees(struct sbd_workload *w)
{
	unsigned int n = w->args.allocs, i, j;
	u64 rng = ~w->args.seed;

	for (i = w->nr_slots - 1; i > 0; i--) {
		j = sbd_random_below(&rng, i + 1);
		swap(w->ops[i / n * w->nr_ops + n + i % n],
		     w->ops[j / n * w->nr_ops + n + j % n]);
	}
}

/* How long each part is, and how often the whole is done. */
static u64 lay_out(struct sbd_workload *w)
{
	const struct sbd_workload_args *a = &w->args;
	u64 n = a->allocs;

	w->nr_phases = 1;
	w->repeats = a->rounds;
	w->nr_slots = a->allocs * a->threads;
	switch (a->kind) {
	case SBD_WL_REPEAT:
		w->nr_phases = 2;
		w->nr_prepare = 1;
		w->nr_slots = a->threads * (SBD_MIX_TYPES + 1);
		w->phase_end[0] = SBD_MIX_TYPES;
		n += SBD_MIX_TYPES;
		break;
	case SBD_WL_BULK:
	case SBD_WL_RAND:
		w->nr_phases = 2;
		w->phase_end[0] = n;
		n *= 2;
		break;
	case SBD_WL_FRAG:
		w->nr_phases = 3;
		w->repeats = 1;
		w->phase_end[0] = n;
		w->phase_end[1] = n + n / 2;
		n += n / 2 + 2 * churn_steps(a);
		break;
	case SBD_WL_MIXED:
		w->repeats = 1;
		n *= a->rounds;
		break;
	case SBD_WL_FALLBACK:
		w->nr_phases = 3;
		w->nr_prepare = 2;
		w->phase_end[0] = n;
		w->phase_end[1] = n + n / 3;
		n += n / 3 + n / 3 * 2;
		break;
	default:
		w->nr_slots = a->threads;
	}
	w->phase_end[w->nr_phases - 1] = n;
	w->nr_ops = n;
	return n;
}

static void make_one(struct maker *m)
{
	switch (m->w->args.kind) {
	case SBD_WL_REPEAT:
		make_repeat(m);
		break;
	case SBD_WL_BULKAPI:
		make_bulkapi(m);
		break;
	case SBD_WL_FRAG:
		make_frag(m);
		break;
	case SBD_WL_MIXED:
		make_mixed(m);
		break;
	case SBD_WL_FALLBACK:
		make_fallback(m);
		break;
	default:
		make_bulk(m);
	}
}

static int make_threads(struct sbd_workload *w, struct maker *m)
{
	unsigned int t, i, per = w->nr_slots / w->args.threads;

	for (t = 0; t < w->args.threads; t++) {
		m->ops = w->ops + (size_t)t * w->nr_ops;
		m->n = 0;
		m->base = t * per;
		m->rng = w->args.seed + t * 0x632be59bd9b4e019ULL;
		m->held = 0;
		m->pages = 0;
		m->peak = 0;
		for (i = 0; i < w->args.allocs; i++)
			m->slots[i] = i;
		make_one(m);
		if (WARN_ON_ONCE(m->n != w->nr_ops))
			return -EINVAL;
		w->peak += m->peak;
		cond_resched();
	}
	if (w->args.kind == SBD_WL_RAND)
		shuffle_frees(w);
	return 0;
}

static int check(const struct sbd_workload_args *a, struct sbd_error *err)
{
	if (a->mix[0] + a->mix[1] + a->mix[2] != 100)
		return sbd_error(err, -EINVAL, "mix",
				 "the percentages are not 100 together");
	if (a->kind == SBD_WL_BULKAPI && a->order)
		return sbd_error(err, -EINVAL, "order",
				 "the bulk API has order 0 only");
	if (a->allocs < 4 &&
	    (a->kind == SBD_WL_FRAG || a->kind == SBD_WL_FALLBACK))
		return sbd_error(err, -ERANGE, "allocs",
				 "this workload wants at least 4");
	return 0;
}

static int too_large(struct sbd_error *err)
{
	return sbd_error(err, -ERANGE, "allocs",
			 "allocs, rounds and threads make more than %lu requests",
			 SBD_MAX_OPS);
}

/**
 * sbd_workload_make() - write a workload down
 * @w:	  filled
 * @args: what is wanted; within the ranges of struct sbd_workload_args
 * @err:  filled on error
 *
 * Context: may sleep.  Return: 0; -EINVAL, -ERANGE or -ENOMEM, and then nothing
 * is held.
 */
int sbd_workload_make(struct sbd_workload *w,
		      const struct sbd_workload_args *args,
		      struct sbd_error *err)
{
	struct maker m = { .w = w };
	int ret = check(args, err);

	if (ret)
		return ret;
	memset(w, 0, sizeof(*w));
	w->args = *args;
	if ((u64)args->allocs * args->threads > SBD_MAX_OPS / 2 ||
	    (u64)args->allocs * args->rounds > SBD_MAX_OPS * 1024 ||
	    lay_out(w) * args->threads > SBD_MAX_OPS)
		return too_large(err);
	w->ops = kvmalloc_array(w->nr_ops, args->threads * sizeof(*w->ops),
				GFP_KERNEL);
	m.slots = kvmalloc_array(args->allocs, sizeof(*m.slots), GFP_KERNEL);
	m.order = kvmalloc_array(args->allocs, sizeof(*m.order), GFP_KERNEL);
	if (w->ops && m.slots && m.order)
		ret = make_threads(w, &m);
	else
		ret = sbd_error(err, -ENOMEM, "", "no memory for the requests");
	kvfree(m.order);
	kvfree(m.slots);
	if (ret)
		sbd_workload_free(w);
	return ret;
}

/**
 * sbd_workload_free() - release a workload
 * @w: the workload; all zero is an empty one
 *
 * Context: may sleep.
 */
void sbd_workload_free(struct sbd_workload *w)
{
	kvfree(w->ops);
	w->ops = NULL;
}
