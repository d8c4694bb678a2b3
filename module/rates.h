/* SPDX-License-Identifier: GPL-2.0 */
/* What the host's allocator did, counted. */
#ifndef SBD_RATES_H
#define SBD_RATES_H

#include <linux/mutex.h>

#include "ring.h"
#include "text.h"

#define SBD_RATES_OTHER	SBD_PCPTYPES		/* a type that no request has */
#define SBD_RATES_TYPES	(SBD_PCPTYPES + 1)

/**
 * struct sbd_rates_cell - blocks of one order in one zone
 * @alloc: requests answered, by type
 * @bulk:  pages that bulk calls got, where their hook is
 * @free:  given back
 */
struct sbd_rates_cell {
	u64 alloc[SBD_RATES_TYPES];
	u64 bulk;
	u64 free;
};

/**
 * struct sbd_rates_cpu - what one CPU of the host did with its lists
 * @allocs:   requests answered, of orders that the lists hold
 * @hits:     of these: the lists had a block
 * @refills:  times that blocks were fetched from a zone, for bulk calls too
 * @refilled: pages that these brought
 * @direct:   of @allocs: went past the lists
 * @drained:  pages given back to a zone
 * @batched:  blocks freed many at a time
 * @bulk:     pages that bulk calls got
 */
struct sbd_rates_cpu {
	u64 allocs;
	u64 hits;
	u64 refills;
	u64 refilled;
	u64 direct;
	u64 drained;
	u64 batched;
	u64 bulk;
};

/**
 * struct sbd_rates_count - all counts; nothing but u64
 * @kind:     events, by enum sbd_event_kind
 * @refused:  requests, by order and type
 * @fallback: by wanted type, type of the block taken, order, and claimed or not
 * @rest:     a struct sbd_rates_cell for each zone and order, then a struct
 *	      sbd_rates_cpu for each CPU
 */
struct sbd_rates_count {
	u64 kind[SBD_NR_EVENT_KINDS];
	u64 refused[SBD_NR_ORDERS][SBD_RATES_TYPES];
	u64 fallback[SBD_RATES_TYPES][SBD_RATES_TYPES][SBD_NR_ORDERS][2];
	u64 rest[];
};

struct sbd_rates_seen;

/**
 * struct sbd_rates - counts since a moment
 * @fallback_takes: a fallback is told of when the block has been taken
 * @nr_zones: zones of the host, and one for frames of no zone
 * @nr_cpus:  CPUs that there can be
 * @len:      u64 in a struct sbd_rates_count here
 * @now:      since sbd_rates_create(); written by whoever brings the events
 * @seen:     what was seen on each CPU since its last request; likewise
 * @lock:     protects the rest
 * @base:     what @now was at the last reset
 * @view:     the difference, while it is printed
 * @since:    time of the last reset
 * @dropped:  events that had been lost then
 */
struct sbd_rates {
	bool fallback_takes;
	unsigned int nr_zones;
	unsigned int nr_cpus;
	size_t len;
	struct sbd_rates_count *now;
	struct sbd_rates_seen *seen;
	struct mutex lock;	/* protects base, view, since, dropped */
	struct sbd_rates_count *base;
	struct sbd_rates_count *view;
	u64 since;
	u64 dropped;
};

struct sbd_system;

int sbd_rates_create(struct sbd_rates *r, u64 now);
void sbd_rates_destroy(struct sbd_rates *r);
void sbd_rates_event(struct sbd_rates *r, int cpu, const struct sbd_event *e);
void sbd_rates_reset(struct sbd_rates *r, u64 now, u64 dropped);
void sbd_rates_show(struct sbd_rates *r, struct sbd_text *t, u64 now,
		    u64 dropped);
void sbd_rates_show_lists(struct sbd_rates *r, struct sbd_text *t, u64 now,
			  u64 dropped);
void sbd_rates_show_fallbacks(struct sbd_rates *r, struct sbd_text *t, u64 now,
			      u64 dropped);
void sbd_rates_time_locks(struct sbd_system *sys, bool on);
void sbd_rates_reset_locks(struct sbd_system *sys);
void sbd_rates_show_locks(struct sbd_text *t, struct sbd_system *sys);

#endif
