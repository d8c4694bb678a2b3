// SPDX-License-Identifier: GPL-2.0
/*
 * Synthetic users of memory.
 *
 * A client has more handles than there is memory, most of the time, and touches
 * them at random, some of them (the hot ones) more than others.  A page that is
 * there must be as it was left, wherever it was moved; one that is not there is
 * fetched, as by a page fault.  No request is ever a real process's.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "alloc.h"
#include "client.h"
#include "lru.h"
#include "workload.h"
#include "writeback.h"

#define MLOCK_ONE_IN	64	/* anonymous handles that are mlocked */
#define RELEASE_ONE_IN	16	/* requests that give a page back */

/* ---- The set ------------------------------------------------------------- */

/**
 * sbd_client_gfp() - the mask with which pages of a kind are asked for
 * @kind:  of the page
 * @write: it will be written to at once
 *
 * As page faults, the page cache and slabs do.  Return: the mask.
 */
gfp_t sbd_client_gfp(enum sbd_owner_kind kind, bool write)
{
	switch (kind) {
	case SBD_OWNER_ANON:
		return GFP_HIGHUSER_MOVABLE | __GFP_NOWARN;
	case SBD_OWNER_FILE:
		return GFP_HIGHUSER_MOVABLE | __GFP_NOWARN |
		       (write ? __GFP_WRITE : 0);
	case SBD_OWNER_SLAB:
		return GFP_KERNEL | __GFP_RECLAIMABLE | __GFP_NOWARN;
	default:
		return GFP_KERNEL | __GFP_NOWARN;
	}
}

static enum sbd_owner_kind draw_kind(struct sbd_client *c)
{
	unsigned int x = sbd_random_below(&c->rng, 100), kind = 0;

	while (kind < SBD_NR_OWNER_KINDS - 1 && x >= c->a.kinds[kind])
		x -= c->a.kinds[kind++];
	return kind;
}

static struct sbd_slot draw_slot(struct sbd_client *c)
{
	struct sbd_slot s = { .kind = draw_kind(c) };

	if (s.kind != SBD_OWNER_ANON)
		return s;
	s.order = min_t(unsigned int, c->a.order,
			__ffs64(sbd_random(&c->rng) | 1ULL << 63));
	s.mlock = !sbd_random_below(&c->rng, MLOCK_ONE_IN);
	return s;
}

/* What is too much of what can never go is left out; the set is smaller then. */
static void draw_slots(struct sbd_client *c, u32 most)
{
	unsigned long pages = 0, pinned = 0, size;
	struct sbd_slot s;

	while (pages < c->a.pages && c->nr < most) {
		s = draw_slot(c);
		size = 1UL << s.order;
		pages += size;
		if (s.kind == SBD_OWNER_KERNEL || s.mlock) {
			if (pinned + size > c->a.pinned)
				continue;
			pinned += size;
		}
		c->slot[c->nr++] = s;
	}
}

/**
 * sbd_client_init() - a client without pages
 * @c:	 filled
 * @sys: whose pages; its owners outlive the client
 * @a:	 what it is like, copied
 *
 * The same arguments make the same handles and the same requests.
 * Context: may sleep.  Return: 0, -ENOMEM.
 */
int sbd_client_init(struct sbd_client *c, struct sbd_system *sys,
		    const struct sbd_client_args *a)
{
	*c = (struct sbd_client) {
		.task = { .cpu = a->cpu, .policy = a->policy },
		.sys = sys,
		.a = *a,
		.rng = a->seed,
	};
	c->slot = kvcalloc(a->pages + 1, sizeof(*c->slot), GFP_KERNEL);
	if (!c->slot)
		return -ENOMEM;
	draw_slots(c, a->pages + 1);
	return 0;
}

/**
 * sbd_client_free() - forget a client
 * @c: the client; handles that it still has stay owned by nobody in particular
 */
void sbd_client_free(struct sbd_client *c)
{
	kvfree(c->slot);
	c->slot = NULL;
	c->nr = 0;
}

/**
 * sbd_client_policy() - the client's pages shall be elsewhere from now on
 * @c:	    the client, at rest
 * @policy: copied
 */
void sbd_client_policy(struct sbd_client *c, const struct sbd_policy *policy)
{
	c->task.policy = *policy;
	c->task.il_prev = SBD_MAX_NODES - 1;
	c->task.il_weight = 0;
}

/* ---- One page ------------------------------------------------------------ */

static void change(struct sbd_client *c, u32 o)
{
	struct sbd_owner *p = sbd_owner(c->sys->own, o);

	p->seed = sbd_random(&c->rng);
	sbd_owner_fill(c->sys->own, o);
}

static void use(struct sbd_client *c, u32 o, bool write)
{
	struct sbd_owners *own = c->sys->own;

	if (!sbd_owner_intact(own, o)) {
		c->stat.checksum_errors++;
		write = true;
	}
	if (write)
		change(c, o);
	sbd_lru_touch(own, o, write);
}

/* That a page was reclaimed and is back is counted where it joins its list. */
static void count_fault(struct sbd_client *c, const struct sbd_slot *s)
{
	sbd_count_vm(c->sys, pgfault, 1);
	c->stat.refaults += s->had;
}

/*
 * A page that comes back from disk is as it was; a new anonymous one is on no
 * disk yet, and so is dirty however it is used.
 */
static bool fetch(struct sbd_client *c, struct sbd_slot *s, gfp_t gfp,
		  bool write)
{
	struct sbd_owners *own = c->sys->own;
	struct sbd_owner *p = sbd_owner(own, s->owner);
	unsigned long pfn;

	c->stat.faults++;
	pfn = sbd_alloc_task(c->sys, &c->task, gfp, s->order);
	if (pfn == SBD_PFN_NONE) {
		c->stat.failed++;
		return false;
	}
	count_fault(c, s);
	sbd_owner_attach(own, s->owner, pfn, s->order);
	if (write)
		p->seed = sbd_random(&c->rng);
	sbd_owner_fill(own, s->owner);
	if (s->mlock)
		set_bit(SBD_OWNER_UNEVICTABLE, &p->flags);
	sbd_lru_touch(own, s->owner,
		      write || (s->kind == SBD_OWNER_ANON && !s->had));
	sbd_lru_add(own, c->task.cpu, s->owner);
	s->had = true;
	return true;
}

static bool have_handle(struct sbd_client *c, struct sbd_slot *s)
{
	u32 o;

	if (s->owner != SBD_NOBODY)
		return true;
	o = sbd_owner_new(c->sys->own, s->kind, sbd_random(&c->rng));
	s->had = false;
	WRITE_ONCE(s->owner, o);
	return o != SBD_NOBODY;
}

/**
 * sbd_client_fault() - touch a page, and fetch it with a mask of one's own
 * @c:	   the client
 * @i:	   the slot
 * @gfp:   for the page, if there is none
 * @write: change it
 *
 * Context: process, may sleep.  Return: it has a page.
 */
bool sbd_client_fault(struct sbd_client *c, u32 i, gfp_t gfp, bool write)
{
	struct sbd_slot *s = &c->slot[i];
	struct sbd_owner *p;
	bool there = true;

	if (!have_handle(c, s)) {
		c->stat.faults++;
		c->stat.failed++;
		return false;
	}
	p = sbd_owner(c->sys->own, s->owner);
	sbd_owner_lock(p);
	if (p->pfn != SBD_PFN_NONE)
		use(c, s->owner, write);
	else
		there = fetch(c, s, gfp, write);
	sbd_owner_unlock(p);
	return there;
}

/**
 * sbd_client_touch() - touch a page as its kind is touched
 * @c:	   the client
 * @i:	   the slot
 * @write: change it; who dirties the page cache may have to wait
 *
 * Context: process, may sleep.
 */
void sbd_client_touch(struct sbd_client *c, u32 i, bool write)
{
	enum sbd_owner_kind kind = c->slot[i].kind;

	if (sbd_client_fault(c, i, sbd_client_gfp(kind, write), write) &&
	    write && kind == SBD_OWNER_FILE)
		sbd_dirty_throttle(c->sys->own, c->task.cpu);
}

/**
 * sbd_client_release() - give a page and its handle back
 * @c: the client
 * @i: the slot; may hold nothing
 *
 * Context: process, may sleep.
 */
void sbd_client_release(struct sbd_client *c, u32 i)
{
	u32 o = c->slot[i].owner;

	if (o == SBD_NOBODY)
		return;
	c->stat.released += sbd_client_holds(c, i);
	WRITE_ONCE(c->slot[i].owner, SBD_NOBODY);
	sbd_lru_release(c->sys->own, c->task.cpu, o);
}

/* ---- Requests ------------------------------------------------------------ */

static u32 draw_index(struct sbd_client *c)
{
	u32 hot = max(c->nr * SBD_CLIENT_HOT_SET / 100, 1U);

	if (sbd_random_below(&c->rng, 100) < SBD_CLIENT_HOT_TOUCHES)
		return sbd_random_below(&c->rng, hot);
	return sbd_random_below(&c->rng, c->nr);
}

/**
 * sbd_client_request() - do whatever comes next
 * @c: the client
 *
 * Mostly that is to touch a page.  Context: process, may sleep.
 */
void sbd_client_request(struct sbd_client *c)
{
	u32 i = draw_index(c);

	c->stat.requests++;
	if (!sbd_random_below(&c->rng, RELEASE_ONE_IN))
		sbd_client_release(c, i);
	else
		sbd_client_touch(c, i, sbd_random_below(&c->rng, 100) < c->a.write);
}

/**
 * sbd_client_condemned() - die, if the OOM killer says so
 * @c: the client
 *
 * Its pages are given back; who goes on is a new client with the same wishes.
 * Context: process, may sleep; the client's thread.  Return: it was to die.
 */
bool sbd_client_condemned(struct sbd_client *c)
{
	if (!READ_ONCE(c->task.die))
		return false;
	c->stat.oom_kills++;
	sbd_client_give_back(c);
	c->task.flags &= ~SBD_TASK_VICTIM;
	/* whoever looks for a victim now finds the pages gone */
	smp_store_release(&c->task.die, false);
	return true;
}

/**
 * sbd_client_give_back() - give all pages and handles back
 * @c: the client; stays usable
 *
 * Context: process, may sleep.
 */
void sbd_client_give_back(struct sbd_client *c)
{
	u32 i;

	for (i = 0; i < c->nr; i++) {
		sbd_client_release(c, i);
		cond_resched();
	}
	/* those in a batch are not free before */
	if (c->nr)
		sbd_lru_drain_all(c->sys->own);
}

static void verify_one(struct sbd_client *c, u32 o)
{
	struct sbd_owner *p = sbd_owner(c->sys->own, o);

	sbd_owner_lock(p);
	if (p->pfn != SBD_PFN_NONE && !sbd_owner_intact(c->sys->own, o))
		c->stat.checksum_errors++;
	sbd_owner_unlock(p);
}

/**
 * sbd_client_verify() - is all that the client holds as it was left?
 * @c: the client
 *
 * What is not is counted.  Context: process, may sleep.
 */
void sbd_client_verify(struct sbd_client *c)
{
	u32 i;

	for (i = 0; i < c->nr; i++) {
		if (c->slot[i].owner != SBD_NOBODY)
			verify_one(c, c->slot[i].owner);
		cond_resched();
	}
}

static unsigned long pages_of(const struct sbd_client *c, u32 i, int nid)
{
	const struct sbd_owner *p;
	u32 o = READ_ONCE(c->slot[i].owner);

	if (o == SBD_NOBODY)
		return 0;
	p = sbd_owner(c->sys->own, o);
	if (READ_ONCE(p->pfn) == SBD_PFN_NONE ||
	    (nid >= 0 && READ_ONCE(p->nid) != nid))
		return 0;
	return 1UL << c->slot[i].order;
}

/**
 * sbd_client_pages() - how many pages a client has
 * @c:	 the client
 * @nid: on this node; -1: on all
 *
 * Context: any; exact while the client and the daemons rest.  Return: pages.
 */
unsigned long sbd_client_pages(const struct sbd_client *c, int nid)
{
	unsigned long sum = 0;
	u32 i;

	for (i = 0; i < c->nr; i++)
		sum += pages_of(c, i, nid);
	return sum;
}
