/* SPDX-License-Identifier: GPL-2.0 */
/* Sizing of marks and reserves, the checks against them, counter drift. */
#ifndef SBD_WATERMARK_H
#define SBD_WATERMARK_H

#include "profile.h"
#include "sbd.h"
#include "zone.h"

static inline unsigned long sbd_wmark_pages(const struct sbd_zone *z,
					    enum sbd_wmark w)
{
	return READ_ONCE(z->wmark[w]) + READ_ONCE(z->boost);
}

/* Pages kept from a request that could use higher zones. */
static inline long sbd_lowmem_reserve(const struct sbd_zone *z, int highest)
{
	return sbd_broken(z->sys, lowmem_reserve) ? 0 :
						     z->lowmem_reserve[highest];
}

/* Pages that count as free but are not for this request. */
static inline long sbd_unusable_free(const struct sbd_zone *z,
				     unsigned int order,
				     unsigned int alloc_flags)
{
	long unusable = (1L << order) - 1;

	if (!(alloc_flags & SBD_ALLOC_RESERVES) &&
	    !sbd_broken(z->sys, highatomic_withheld))
		unusable += z->prof->highatomic_free ?
			    READ_ONCE(z->nr_free_highatomic) :
			    READ_ONCE(z->nr_reserved_highatomic);
	if (z->has_cma && !(alloc_flags & SBD_ALLOC_CMA))
		unusable += sbd_zone_stat(z, SBD_NR_FREE_CMA_PAGES);
	return unusable;
}

/**
 * struct sbd_wmark_check - one question to a zone
 * @order:	 wanted
 * @mark:	 pages to stay above
 * @highest:	 highest zone type that the request could use
 * @alloc_flags: SBD_ALLOC_*
 * @gfp:	 the request's mask (6.1 looks at __GFP_ATOMIC)
 */
struct sbd_wmark_check {
	unsigned int order;
	unsigned long mark;
	int highest;
	unsigned int alloc_flags;
	gfp_t gfp;
};

bool sbd_watermark_ok_free(const struct sbd_zone *z,
			   const struct sbd_wmark_check *c, long free);
bool sbd_watermark_ok(const struct sbd_zone *z,
		      const struct sbd_wmark_check *c);
bool sbd_watermark_ok_safe(const struct sbd_zone *z,
			   const struct sbd_wmark_check *c);
bool sbd_watermark_fast_slow(const struct sbd_zone *z,
			     const struct sbd_wmark_check *c, long free);

/* The answer for order 0 that needs no more than the folded counter. */
static inline bool sbd_order0_ok(const struct sbd_zone *z, unsigned long mark,
				 int highest, unsigned int alloc_flags,
				 long free)
{
	long usable = free - min(free, sbd_unusable_free(z, 0, alloc_flags));

	return (unsigned long)usable > mark + sbd_lowmem_reserve(z, highest);
}

/**
 * sbd_watermark_fast() - may a request take from a zone, asked cheaply
 * @z: the zone
 * @c: the question
 *
 * zone_watermark_fast().  Context: any, no lock.  Return: yes or no.
 */
static inline bool sbd_watermark_fast(const struct sbd_zone *z,
				      const struct sbd_wmark_check *c)
{
	long free = sbd_zone_stat(z, SBD_NR_FREE_PAGES);

	if (!c->order && sbd_order0_ok(z, c->mark, c->highest, c->alloc_flags,
				       free))
		return true;
	return sbd_watermark_fast_slow(z, c, free);
}

unsigned long sbd_stat_exact(struct sbd_zone *z, enum sbd_zone_stat item);
int sbd_normal_threshold(const struct sbd_zone *z);
int sbd_pressure_threshold(const struct sbd_zone *z);
void sbd_refresh_thresholds(struct sbd_system *sys);

unsigned long sbd_lowmem_free(const struct sbd_system *sys, int highest);
int sbd_min_free_kbytes(const struct sbd_system *sys);
int sbd_recommended_min_free_kbytes(const struct sbd_system *sys);
void sbd_setup_wmarks(struct sbd_system *sys);
void sbd_setup_lowmem_reserve(struct sbd_system *sys);
void sbd_setup_grouping(struct sbd_system *sys, unsigned long pages);

int sbd_zone_batch(const struct sbd_zone *z);
int sbd_zone_high(const struct sbd_zone *z, int batch, int fraction);
void sbd_setup_pagesets(struct sbd_system *sys);

#endif
