// SPDX-License-Identifier: GPL-2.0
/*
 * Moving an isolated owner's page to another frame.
 *
 * Rules: mm/migrate.c of 6.1.192 and 6.12.117: who waits for a page's lock and
 * for its writeback, and what is counted.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "free.h"
#include "migrate.h"
#include "trace.h"
#include "writeback.h"

#define WAIT_MS		10U
#define MOST_WAITS	100	/* of WAIT_MS for one page's writeback */

static bool lock_for(struct sbd_owner *p, enum sbd_compact_mode mode)
{
	if (sbd_owner_trylock(p))
		return true;
	if (mode == SBD_COMPACT_ASYNC)
		return false;
	sbd_owner_lock(p);
	return true;
}

/*
 * Only SYNC waits.  The writing ends by the clock; without a hook that lets
 * time pass, waiting would not bring it nearer.
 */
static int settle(struct sbd_owners *own, int cpu, struct sbd_owner *p,
		  enum sbd_compact_mode mode)
{
	struct sbd_system *sys = own->sys;
	int i, err;

	for (i = 0; test_bit(SBD_OWNER_WRITEBACK, &p->flags); i++) {
		if (mode != SBD_COMPACT_SYNC || !sys->hooks.wait || i == MOST_WAITS)
			return -EBUSY;
		err = sys->hooks.wait(sys, WAIT_MS);
		if (err)
			return err;
		sbd_writeback_complete(own, cpu);
	}
	return 0;
}

static void copy(const struct sbd_owners *own, const struct sbd_owner *p,
		 unsigned long target)
{
	if (own->memory)
		memcpy(sbd_owner_contents(own, target),
		       sbd_owner_contents(own, p->pfn),
		       sbd_owner_pages(p) << PAGE_SHIFT);
}

/* Under the owner's lock.  Return: 0, or why the page stays. */
static int move_locked(struct sbd_owners *own, int cpu, u32 o,
		       unsigned long target, enum sbd_compact_mode mode)
{
	struct sbd_owner *p = sbd_owner(own, o);
	int err;

	if (test_bit(SBD_OWNER_DEAD, &p->flags))
		return -ENOENT;
	err = settle(own, cpu, p, mode);
	if (err)
		return err;
	copy(own, p, target);
	sbd_owner_move(own, o, target);
	return 0;
}

static void count(struct sbd_owners *own, const struct sbd_owner *p, int err)
{
	if (err)
		sbd_count_vm(own->sys, pgmigrate_fail, sbd_owner_pages(p));
	else
		sbd_count_vm(own->sys, pgmigrate_success, sbd_owner_pages(p));
}

/**
 * sbd_migrate() - move an owner's page
 * @own:    the owners
 * @cpu:    whose per-CPU lists get the old block
 * @o:	    isolated by the caller, who puts it back afterwards
 * @target: first frame of a block of the owner's order, USED and nobody's
 * @mode:   ASYNC: gives up where it would wait; SYNC_LIGHT: waits for the
 *	    owner's lock; SYNC: for its writeback, too
 *
 * The contents are copied, the owner is pointed to its new block, and the old
 * one is freed.  A dirty page may move: the owner's flags stay.
 * Context: process; no lock held.
 * Return: 0; -EAGAIN, it is locked; -EBUSY, it is being written; -EINTR, a
 * signal came while it waited; -ENOENT, its owner gave it up, and putting it
 * back will free it.  @target is still the caller's after an error.
 */
int sbd_migrate(struct sbd_owners *own, int cpu, u32 o, unsigned long target,
		enum sbd_compact_mode mode)
{
	struct sbd_owner *p = sbd_owner(own, o);
	unsigned long old = p->pfn;
	struct sbd_zone *z = sbd_zone_of(own->sys, old);
	int err;

	if (lock_for(p, mode)) {
		err = move_locked(own, cpu, o, target, mode);
		sbd_owner_unlock(p);
	} else {
		err = -EAGAIN;
	}
	if (!err)
		WARN_ON_ONCE(sbd_free(own->sys, cpu, old, p->order));
	if (err != -ENOENT)
		count(own, p, err);
	trace_sbd_migrate(z, old, target, p->order, !err);
	return err;
}
