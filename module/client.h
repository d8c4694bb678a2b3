/* SPDX-License-Identifier: GPL-2.0 */
/* Synthetic users of memory: a set of handles, and what is done with them. */
#ifndef SBD_CLIENT_H
#define SBD_CLIENT_H

#include "owner.h"

/* Of the system's pages, the share that can neither move nor go, at most. */
#define SBD_CLIENT_PINNED_SHARE	4

/* Percentages; see struct sbd_client_args. */
#define SBD_CLIENT_HOT_SET	20
#define SBD_CLIENT_HOT_TOUCHES	80

/**
 * struct sbd_client_args - what a client is like
 * @cpu:    where it runs
 * @policy: where its pages shall be
 * @pages:  its handles' pages together, about
 * @pinned: of them, at most so many of the kernel's own or mlocked
 * @kinds:  percent of pages of each kind, 100 together
 * @write:  percent of touches that write
 * @order:  anonymous pages are of orders up to this, each half as often as the
 *	    one below it
 * @seed:   of the random choices
 */
struct sbd_client_args {
	int cpu;
	struct sbd_policy policy;
	unsigned long pages;
	unsigned long pinned;
	unsigned int kinds[SBD_NR_OWNER_KINDS];
	unsigned int write;
	unsigned int order;
	u64 seed;
};

/**
 * struct sbd_client_stat - what came of its requests
 * @requests: pages touched or given back
 * @faults:   touches that found no page
 * @refaults: of them: there had been one, and it was reclaimed
 * @failed:   of them: there was none to be had
 * @released: pages given back
 * @checksum_errors: pages that were not as they were left
 * @oom_kills: times that it was chosen to die
 */
struct sbd_client_stat {
	u64 requests;
	u64 faults;
	u64 refaults;
	u64 failed;
	u64 released;
	u64 checksum_errors;
	u64 oom_kills;
};

/**
 * struct sbd_slot - a place for one handle
 * @owner: the handle, SBD_NOBODY while there is none
 * @kind:  enum sbd_owner_kind
 * @order: of its page
 * @mlock: its page is unevictable
 * @had:   the handle has had a page
 */
struct sbd_slot {
	u32 owner;
	u8 kind;
	u8 order;
	bool mlock;
	bool had;
};

/**
 * struct sbd_client - one user of memory; one thread works for it
 * @task:  as the model sees it
 * @sys:   whose pages
 * @a:     what it is like
 * @rng:   see sbd_random()
 * @nr:    length of @slot
 * @slot:  the first SBD_CLIENT_HOT_SET percent are hot
 * @stat:  written by its thread, read when that rests
 */
struct sbd_client {
	struct sbd_task task;
	struct sbd_system *sys;
	struct sbd_client_args a;
	u64 rng;
	u32 nr;
	struct sbd_slot *slot;
	struct sbd_client_stat stat;
};

int sbd_client_init(struct sbd_client *c, struct sbd_system *sys,
		    const struct sbd_client_args *a);
void sbd_client_free(struct sbd_client *c);
void sbd_client_policy(struct sbd_client *c, const struct sbd_policy *policy);

bool sbd_client_fault(struct sbd_client *c, u32 i, gfp_t gfp, bool write);
void sbd_client_touch(struct sbd_client *c, u32 i, bool write);
void sbd_client_release(struct sbd_client *c, u32 i);
void sbd_client_request(struct sbd_client *c);
bool sbd_client_condemned(struct sbd_client *c);
void sbd_client_give_back(struct sbd_client *c);
void sbd_client_verify(struct sbd_client *c);

unsigned long sbd_client_pages(const struct sbd_client *c, int nid);
gfp_t sbd_client_gfp(enum sbd_owner_kind kind, bool write);

static inline bool sbd_client_holds(const struct sbd_client *c, u32 i)
{
	u32 o = READ_ONCE(c->slot[i].owner);

	return o != SBD_NOBODY &&
	       READ_ONCE(sbd_owner(c->sys->own, o)->pfn) != SBD_PFN_NONE;
}

#endif
