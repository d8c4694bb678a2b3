/* SPDX-License-Identifier: GPL-2.0 */
/* What top knows of both allocators, and how it shows it. */
#ifndef SB_TOP_H
#define SB_TOP_H

#include "map.h"

/* kmem.c; NULL, or the name of a file that cannot be read */
const char *sb_zones_try(struct sb_zones *zs, bool shadow, bool types);

#define TOP_TYPES	5	/* the first four of sb_types[], and others */
#define TOP_PAIRS	3	/* types that serve each other */

/* What is counted: first the arrays by order. */
enum top_count {
	TOP_ALLOC,
	TOP_FREE = TOP_ALLOC + SB_ORDERS,
	TOP_FAIL = TOP_FREE + SB_ORDERS,
	TOP_TYPE = TOP_FAIL + SB_ORDERS,	/* + order * TOP_TYPES + type */
	TOP_PAIR = TOP_TYPE + SB_ORDERS * TOP_TYPES, /* + wanted * TOP_PAIRS + from */
	TOP_FALLBACK = TOP_PAIR + TOP_PAIRS * TOP_PAIRS,
	TOP_CLAIM,
	TOP_STEAL,
	TOP_PAGES_ALLOC,
	TOP_PAGES_FREE,
	TOP_COUNTS
};

enum { LIVE, SHADOW };

/**
 * struct top_side - one allocator at one moment
 * @there:     its files could be read
 * @why:       what is missing of it, in words; NULL
 * @by_order:  requests are counted by order
 * @by_type:   and by type
 * @zones:     free blocks, watermarks
 * @sets:      per-CPU lists
 * @map:       pageblocks, if they were asked for
 * @map_why:   why there are none; NULL
 * @count:     since whenever
 * @rate:      a second; 0 until there are two samples to compare
 */
struct top_side {
	bool there;
	char *why;
	bool by_order, by_type;
	struct sb_zones zones;
	struct sb_pagesets sets;
	struct sb_map map;
	char *map_why;
	unsigned long long count[TOP_COUNTS];
	double rate[TOP_COUNTS];
};

/**
 * struct top_sample - both, and when
 * @at:	  seconds of a steady clock
 * @took: seconds since the sample before
 * @side: by LIVE and SHADOW
 */
struct top_sample {
	double at, took;
	struct top_side side[2];
};

/* topdata.c */
struct top_sample *top_take(const struct top_sample *before, bool live_map);
void top_drop(struct top_sample *s);
struct json_object *top_json(const struct top_sample *s);
double top_now(void);

/* tophist.c: the kernel's own tracepoints, counted in an instance of our own */
void top_hist_open(void);
void top_hist_read(struct top_side *live);
void top_hist_close(void);

/**
 * struct top_ui - what the keys change
 * @paused:   no new samples
 * @help:     shown instead of the figures
 * @live_map: show the host's pageblocks, not the arena's
 * @sort:     enum top_sort
 * @zone:     number in the list of all zones; -1: all
 * @scroll:   lines that are above the screen
 * @interval: seconds
 */
struct top_ui {
	bool paused, help, live_map;
	int sort, zone, scroll;
	double interval;
};

enum top_sort {
	SORT_ORDER, SORT_LIVE_ALLOC, SORT_LIVE_FREE, SORT_SHADOW_ALLOC,
	SORT_SHADOW_FREE, SORT_SHADOW_FAIL, SORTS
};

/* topview.c */
bool top_view_open(void);
void top_view_close(void);
void top_view_draw(struct top_ui *ui, const struct top_sample *s);
int top_view_key(int ms);
int top_view_zones(const struct top_sample *s);

/* What top_view_key() returns beside characters. */
enum top_key { TOP_NO_KEY = -1, TOP_UP = 0x1000, TOP_DOWN, TOP_PAGE_UP, TOP_PAGE_DOWN,
	       TOP_RESIZE };

#endif
