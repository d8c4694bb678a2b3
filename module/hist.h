/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Histograms of times: buckets that double, each cut into equal parts.
 *
 * Adding takes a few instructions and no memory.  A value is known within
 * 1/32 of itself, from 0 to the largest number there is.
 */
#ifndef SBD_HIST_H
#define SBD_HIST_H

#include <linux/bitops.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>

#define SBD_HIST_BITS		5	/* 32 parts a doubling */
#define SBD_HIST_PARTS		BIT(SBD_HIST_BITS)
#define SBD_HIST_BUCKETS	((65 - SBD_HIST_BITS) * SBD_HIST_PARTS)

/**
 * struct sbd_hist - a histogram; all zero is an empty one
 * @count:  values
 * @max:    the greatest
 * @bucket: see sbd_hist_index()
 *
 * One writer; no lock.
 */
struct sbd_hist {
	u64 count;
	u64 max;
	u32 bucket[SBD_HIST_BUCKETS];
};

/* Values below SBD_HIST_PARTS have a bucket each. */
static inline unsigned int sbd_hist_index(u64 v)
{
	unsigned int shift;

	if (v < SBD_HIST_PARTS)
		return v;
	shift = fls64(v) - 1 - SBD_HIST_BITS;
	return (shift << SBD_HIST_BITS) + (v >> shift);
}

/* The middle of a bucket. */
static inline u64 sbd_hist_value(unsigned int index)
{
	unsigned int shift;
	u64 low;

	if (index < SBD_HIST_PARTS)
		return index;
	shift = (index >> SBD_HIST_BITS) - 1;
	low = (u64)(index - (shift << SBD_HIST_BITS)) << shift;
	return low + ((1ULL << shift) >> 1);
}

static inline void sbd_hist_add(struct sbd_hist *h, u64 v)
{
	h->bucket[sbd_hist_index(v)]++;
	h->count++;
	if (v > h->max)
		h->max = v;
}

static inline void sbd_hist_merge(struct sbd_hist *to,
				  const struct sbd_hist *from)
{
	unsigned int i;

	for (i = 0; i < SBD_HIST_BUCKETS; i++)
		to->bucket[i] += from->bucket[i];
	to->count += from->count;
	to->max = max(to->max, from->max);
}

/**
 * sbd_hist_quantile() - the value that a share of all values do not exceed
 * @h:	       the histogram
 * @per_mille: the share
 *
 * Return: within 1/32 of it; 0 if there are no values.
 */
static inline u64 sbd_hist_quantile(const struct sbd_hist *h,
				    unsigned int per_mille)
{
	u64 want = max_t(u64, div_u64(h->count * per_mille + 999, 1000), 1);
	u64 seen = 0;
	unsigned int i;

	for (i = 0; i < SBD_HIST_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen >= want)
			return min(sbd_hist_value(i), h->max);
	}
	return h->max;
}

#endif
