// SPDX-License-Identifier: GPL-2.0
/*
 * Events of the host's allocator, in a ring for each CPU.
 *
 * Probes write; one reader, in its own time, takes the records of all CPUs in the
 * order in which what they tell of took effect.  That is not quite the order of their
 * times: a request is told of when it has been served, maybe long after it had the
 * zone's lock; a page that is freed in a batch, before it is.
 *
 *	LOCKED LOCKED ... ALLOC		the request had the lock at the first of them
 *	LOCKED ... BULK BULK		likewise a bulk call
 *	FREE DRAIN DRAIN		the lists overflowed: the zone's lock at DRAIN
 *	FREE FREE BATCHED DRAIN BATCHED	each is freed where BATCHED tells of it: the
 *					reader is told which are of a batch
 */
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mmzone.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/time64.h>
#include <linux/vmalloc.h>

#include "ring.h"

#define MOST_FREED	64	/* pages of a batch, and some that came before it */
#define MOST_BETWEEN	512	/* records of interrupts, before a request is told of */
#define MOST_LOCKED	4096	/* blocks that one request may take from a zone */
#define BATCH_NS	(20 * NSEC_PER_MSEC)	/* that a batch may take */
#define REQUEST_NS	(500 * NSEC_PER_MSEC)	/* and a request, whose pages may be cleared */

/* ---- making them ---------------------------------------------------------------- */

/**
 * sbd_rings_create() - make rings
 * @rings: filled
 * @cap:   records of each CPU's, SBD_RING_MIN..SBD_RING_MAX; rounded up
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM; sbd_rings_destroy() in any case.
 */
int sbd_rings_create(struct sbd_rings *rings, u32 cap)
{
	struct sbd_ring *r;
	int cpu;

	rings->cpu = -1;
	rings->cap = roundup_pow_of_two(clamp(cap, SBD_RING_MIN, SBD_RING_MAX));
	rings->ring = alloc_percpu(struct sbd_ring);
	rings->seq = kcalloc(nr_node_ids * MAX_NR_ZONES, sizeof(*rings->seq), GFP_KERNEL);
	if (!rings->ring || !rings->seq)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		r = per_cpu_ptr(rings->ring, cpu);
		r->events = vzalloc_node(array_size(rings->cap, sizeof(*r->events)),
					 cpu_to_node(cpu));
		if (!r->events)
			return -ENOMEM;
	}
	return 0;
}

/**
 * sbd_rings_destroy() - give them back
 * @rings: created, or failed to be, or zero; nobody writes any more
 */
void sbd_rings_destroy(struct sbd_rings *rings)
{
	int cpu;

	if (rings->ring)
		for_each_possible_cpu(cpu)
			vfree(per_cpu_ptr(rings->ring, cpu)->events);
	free_percpu(rings->ring);
	kfree(rings->seq);
	rings->ring = NULL;
	rings->seq = NULL;
}

/* ---- reading ----------------------------------------------------------------------- */

/* A record that was not read yet, the oldest is 0; NULL if it is not complete. */
static struct sbd_event *record(const struct sbd_rings *rings, const struct sbd_ring *r,
				unsigned int i)
{
	struct sbd_event *e = r->events + ((r->tail + i) & (rings->cap - 1));

	if (i >= READ_ONCE(r->head) - r->tail)
		return NULL;
	/* what sbd_ring_put() wrote before it set the time */
	return smp_load_acquire(&e->time) ? e : NULL;
}

/*
 * Pages that are freed one after the other: which of them are a batch's?  That tells
 * of all first, then again, as it goes from one to the next.
 * Return: false if that may still come.
 */
static bool whole_run(const struct sbd_rings *rings, struct sbd_ring *r, u64 before)
{
	const struct sbd_event *first = record(rings, r, 0), *e = first;
	unsigned int n = 0, i;

	while (e && e->kind == SBD_EVENT_FREE && n < MOST_FREED)
		e = record(rings, r, ++n);
	if (!e && before - first->time < BATCH_NS)
		return false;
	r->plain = n;
	r->batch = 0;
	if (!e || e->kind != SBD_EVENT_BATCHED)
		return true;
	for (i = 0; i < n && record(rings, r, i)->pfn != e->pfn;)
		i++;
	r->plain = i;
	r->batch = n - i;
	return true;
}

/* The next of them. */
static void mark_free(struct sbd_ring *r, struct sbd_event *e)
{
	e->more = 0;
	if (r->plain) {
		r->plain--;
	} else {
		e->more = SBD_EVENT_LATER;
		r->batch--;
	}
}

static bool is_of_request(const struct sbd_event *e)
{
	return e->kind == SBD_EVENT_LOCKED || e->kind == SBD_EVENT_FALLBACK;
}

/*
 * The first block that was taken: a list that is filled was empty, so the request gets
 * it.  A fallback tells of it, instead of LOCKED (6.12) or before (6.1, where it may
 * still be another).
 */
static u32 first_locked(const struct sbd_rings *rings, const struct sbd_ring *r,
			unsigned int n)
{
	struct sbd_event *e;
	unsigned int i;

	for (i = 0; i < n; i++) {
		e = record(rings, r, i);
		if (e->kind == SBD_EVENT_LOCKED)
			return e->pfn;
	}
	return SBD_EVENT_NO_PFN;
}

/* Record @from is put before record @to. */
static void bring_forward(const struct sbd_rings *rings, const struct sbd_ring *r,
			  unsigned int from, unsigned int to)
{
	struct sbd_event e = *record(rings, r, from);
	unsigned int i;

	for (i = from; i > to; i--)
		*record(rings, r, i) = *record(rings, r, i - 1);
	*record(rings, r, to) = e;
}

/*
 * An interrupt may have come before the request was told of; what it did comes after.
 * Return: the request's place, @n if it is not there, -1 if it may still come.
 */
static int find_request(const struct sbd_rings *rings, const struct sbd_ring *r,
			unsigned int n)
{
	u32 first = record(rings, r, 0)->pfn, locked = first_locked(rings, r, n);
	struct sbd_event *e;
	unsigned int i;

	for (i = n; i < n + MOST_BETWEEN; i++) {
		e = record(rings, r, i);
		if (!e)
			return -1;
		if (e->kind == SBD_EVENT_ALLOC && (e->pfn == first || e->pfn == locked))
			return i;
	}
	return n;
}

/*
 * What was taken from a zone, and for whom.
 * Return: false if that may still come.
 */
static bool whole_request(const struct sbd_rings *rings, struct sbd_ring *r,
			  const struct sbd_event *first, u64 before)
{
	const struct sbd_event *e = first;
	unsigned int n = 0;
	int at;

	r->key = first->time;
	while (e && is_of_request(e) && n < MOST_LOCKED)
		e = record(rings, r, ++n);
	r->whole = n;
	while (e && e->kind == SBD_EVENT_BULK && e->seq && n < MOST_LOCKED)
		e = record(rings, r, ++n);
	if (e && e->kind == SBD_EVENT_BULK) {
		r->whole = n + 1;
		return true;
	}
	at = find_request(rings, r, r->whole);
	if (at < 0 && before - first->time < REQUEST_NS) {
		r->whole = 0;
		return false;
	}
	e = at < 0 ? NULL : record(rings, r, at);
	if (e && e->kind == SBD_EVENT_ALLOC) {
		bring_forward(rings, r, at, r->whole);
		r->whole++;
	}
	return true;
}

/* The lists overflow: that is when the zone's lock is taken. */
static void wait_for_drain(const struct sbd_rings *rings, struct sbd_ring *r)
{
	const struct sbd_event *next = record(rings, r, 1);

	if (next && next->kind == SBD_EVENT_DRAIN)
		r->key = next->time;
}

/* What belongs together, at the oldest end.  Return: false if it is not all there. */
static bool look(const struct sbd_rings *rings, struct sbd_ring *r, u64 before)
{
	struct sbd_event *e = record(rings, r, 0);

	r->key = e->time;
	if (is_of_request(e))
		return whole_request(rings, r, e, before);
	if (e->kind == SBD_EVENT_FREE) {
		if (!r->plain && !r->batch && !whole_run(rings, r, before))
			return false;
		mark_free(r, e);
	}
	if (e->kind == SBD_EVENT_FREE || e->kind == SBD_EVENT_BATCHED ||
	    e->kind == SBD_EVENT_DRAIN_ALL)
		wait_for_drain(rings, r);
	r->whole = 1;
	return true;
}

static void take(struct sbd_rings *rings, int cpu, struct sbd_event *e)
{
	struct sbd_ring *r = per_cpu_ptr(rings->ring, cpu);
	struct sbd_event *at = record(rings, r, 0);

	*e = *at;
	at->time = 0;
	r->whole--;
	rings->cpu = r->whole ? cpu : -1;
	/* its place is free when it has been copied: see sbd_ring_begin() */
	smp_store_release(&r->tail, r->tail + 1);
}

/* Return: the CPU whose records are next, -1 if there are none, or it is not clear yet. */
static int next_cpu(struct sbd_rings *rings, u64 before)
{
	u64 limit = before, open = U64_MAX;
	const struct sbd_event *e;
	struct sbd_ring *r;
	int i, cpu = -1;

	for_each_possible_cpu(i) {
		r = per_cpu_ptr(rings->ring, i);
		e = record(rings, r, 0);
		/* of one that has begun nobody knows where it belongs */
		if (!e && READ_ONCE(r->head) != r->tail)
			return -1;
		if (!e || (!r->whole && e->time >= before))
			continue;
		if (!r->whole && !look(rings, r, before)) {
			open = min(open, r->key);
			continue;
		}
		if (r->key >= limit)
			continue;
		limit = r->key;
		cpu = i;
	}
	return limit < open ? cpu : -1;
}

/**
 * sbd_rings_next() - take the record that comes next
 * @rings:  created
 * @before: only if what it tells of is older than this; an event that has begun on
 *	    another CPU may take a moment to be written
 * @e:	    filled
 * @cpu:    whose it was; set
 *
 * Context: one caller at a time.  Return: false if there is none.
 */
bool sbd_rings_next(struct sbd_rings *rings, u64 before, struct sbd_event *e, int *cpu)
{
	*cpu = rings->cpu >= 0 ? rings->cpu : next_cpu(rings, before);
	if (*cpu < 0)
		return false;
	take(rings, *cpu, e);
	return true;
}

/**
 * sbd_rings_lost() - records for which there was no room
 * @rings: created
 *
 * Context: any.
 */
u64 sbd_rings_lost(const struct sbd_rings *rings)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(rings->ring, cpu)->lost);
	return sum;
}
