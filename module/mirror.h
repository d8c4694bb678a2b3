/* SPDX-License-Identifier: GPL-2.0 */
/* A clone that is served the host's own requests, as they come. */
#ifndef SBD_MIRROR_H
#define SBD_MIRROR_H

#include "clone.h"
#include "ring.h"

#define SBD_MIRROR_NAME	16
#define SBD_MIRROR_NONE	U32_MAX

/* In what a request was served otherwise than on the host, the gravest first. */
enum sbd_mirror_other {
	SBD_OTHER_REFUSED,	/* by leave only, or not at all */
	SBD_OTHER_ZONE,		/* from another zone */
	SBD_OTHER_FALLBACK,	/* one fell back, the other did not, or otherwise */
	SBD_OTHER_PATH,		/* one from a per-CPU list, the other not */
	SBD_OTHER_REFILL,	/* one refilled its list, the other had a block there */
	SBD_OTHER_FRAME,	/* in all this alike: only another frame */
	SBD_NR_OTHERS,
};

extern const char * const sbd_other_names[SBD_NR_OTHERS];

/**
 * struct sbd_mirror_count - what one instance did since its snapshot
 * @requests:	 allocations that the host answered, served here, too
 * @order0:	 of these, single pages
 * @refused:	 refused here, though not by the host
 * @forced:	 of these, served after all by leave to go below the marks
 * @exact:	 got the very frame that the host got
 * @zone:	 got a frame of the same zone
 * @path:	 of @order0: per-CPU list or not, as on the host
 * @fell_back:	 requests for which the host or the instance fell back
 * @alike:	 of these: both did, to the same type, claiming or not
 * @frees:	 blocks given back
 * @unmatched:	 frees of what was never seen allocated
 * @reordered:	 a frame was reported allocated again before it was reported free
 * @bulk:	 pages that the host got in bulk
 * @bulk_exact:	 of these, the very same ones
 * @first:	 number of the first request with another frame, from 1; 0: none
 * @other:	 requests with another frame, by enum sbd_mirror_other
 * @isolated:	 free blocks that the host took off its lists
 * @elsewhere:	 of these: not free here, so that another was taken
 */
struct sbd_mirror_count {
	u64 requests;
	u64 order0;
	u64 refused;
	u64 forced;
	u64 exact;
	u64 zone;
	u64 path;
	u64 fell_back;
	u64 alike;
	u64 frees;
	u64 unmatched;
	u64 reordered;
	u64 first;
	u64 bulk;
	u64 bulk_exact;
	u64 other[SBD_NR_OTHERS];
	u64 isolated;
	u64 elsewhere;
};

/* How a request was served, on either side. */
struct sbd_served {
	bool direct;
	bool refill;
	bool forced;
	s8 from;	/* type that was fallen back to, -1: none */
	bool claimed;
};

/**
 * struct sbd_mirror_first - the first request that got another frame
 * @e:	    it
 * @cpu:    its CPU
 * @pfn:    the frame here, SBD_PFN_NONE: none
 * @other:  in what it differs
 * @host:   how the host served it
 * @own:    and how this was
 * @active: kswapd was at work
 * @late:   the frame had been seen in two hands shortly before
 */
struct sbd_mirror_first {
	struct sbd_event e;
	int cpu;
	unsigned long pfn;
	enum sbd_mirror_other other;
	struct sbd_served host;
	struct sbd_served own;
	bool active;
	bool late;
};

#define SBD_MIRROR_LATE	64
#define SBD_MIRROR_BULK	64	/* pages of a bulk call that are served at once */

/**
 * struct sbd_mirror - one instance
 * @name:  its folder; "baseline" has the host's own settings
 * @prof:  whose behaviour
 * @sys:   the clone
 * @map:   by the host's frame, from sys->start_pfn: the instance's, as an offset,
 *	   or SBD_MIRROR_NONE
 * @nr_map: length of @map
 * @zone_idx: the host's number of each zone type, as its kswapd events have it
 * @late:  frames whose free is still to be reported, though it has been acted on
 * @nr_late: how many there were
 * @boost: by zone: what it was when kswapd began
 * @first: valid if @now.first
 * @now:   counts
 */
struct sbd_mirror {
	char name[SBD_MIRROR_NAME];
	struct sbd_profile prof;
	struct sbd_system *sys;
	u32 *map;
	unsigned long nr_map;
	s8 zone_idx[SBD_NR_ZONES];
	u32 late[SBD_MIRROR_LATE];
	unsigned int nr_late;
	unsigned long boost[SBD_MAX_NODES * SBD_NR_ZONES];
	struct sbd_mirror_first first;
	struct sbd_mirror_count now;
};

int sbd_mirror_create(struct sbd_mirror *m, const struct sbd_snap *s, int id);
void sbd_mirror_load(struct sbd_mirror *m, const struct sbd_snap *s);
void sbd_mirror_destroy(struct sbd_mirror *m);
bool sbd_mirror_knows(struct sbd_mirror *m, unsigned long pfn);
void sbd_mirror_alloc(struct sbd_mirror *m, int cpu, const struct sbd_event *e,
		      const struct sbd_served *host);
void sbd_mirror_free(struct sbd_mirror *m, int cpu, const struct sbd_event *e);
void sbd_mirror_bulk(struct sbd_mirror *m, int cpu, const struct sbd_event *e,
		     const u32 *pfns, unsigned int nr);
void sbd_mirror_drain(struct sbd_mirror *m, const struct sbd_event *e);
void sbd_mirror_unreserve(struct sbd_mirror *m, int cpu, const struct sbd_event *e);
void sbd_mirror_kswapd(struct sbd_mirror *m, const struct sbd_event *e);
void sbd_mirror_isolate(struct sbd_mirror *m, int cpu, const struct sbd_event *e);
void sbd_mirror_putback(struct sbd_mirror *m, int cpu, const struct sbd_event *e);
void sbd_mirror_tick(struct sbd_mirror *m, int cpu);
size_t sbd_mirror_bytes(const struct sbd_mirror *m);

#endif
