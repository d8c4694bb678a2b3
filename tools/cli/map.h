/* SPDX-License-Identifier: GPL-2.0 */
/* The module's map files, and what map and top draw of them. */
#ifndef SB_MAP_H
#define SB_MAP_H

#include "sb.h"

/**
 * struct sb_map_zone - the pageblocks of one zone
 * @node:  number
 * @name:  as the kernel prints it
 * @n:	   pageblocks
 * @types: a letter each: U M R H C I, "." for no memory
 * @free:  a digit each: 0 for nothing free to 9 for all of it
 * @first: page frame at which the first one begins
 * @has_first: that is known
 */
struct sb_map_zone {
	int node;
	char name[16];
	size_t n;
	char *types;
	char *free;
	unsigned long first;
	bool has_first;
};

/**
 * struct sb_map - all zones of one allocator
 * @z:		  them
 * @n:		  how many
 * @note:	  what the file says instead of, or beside, zones; NULL
 * @block_pages:  pages of a pageblock, 0 if that is not known
 */
struct sb_map {
	struct sb_map_zone *z;
	int n;
	char *note;
	unsigned long block_pages;
};

/* mapdata.c; a char * is NULL or says what is wrong, to be freed */
char *sb_map_parse(struct sb_map *m, char *text);
char *sb_map_read(struct sb_map *m, bool live);
void sb_map_free(struct sb_map *m);
int sb_map_type(char letter);
char sb_map_letter(const struct sb_map_zone *z, size_t block);
const char *sb_map_shade(char free);
short sb_map_colour(int type, int colours);
extern const unsigned char sb_map_rgb[6][3];

/* map.c */
struct json_object *sb_map_json(const struct sb_map *m);

/* mapcolour.c */
int sb_map_colours(void);

/* picture.c */
enum picture { PICTURE_SVG, PICTURE_PNG };
enum status sb_picture(const struct sb_map *m, const char *title,
		       const char *subtitle, enum picture kind,
		       const char *path, int per_row);

/* pagesets.c: of zoneinfo, what kmem.c sums or leaves out */

/**
 * struct sb_pageset - a zone's lists on one CPU
 * @cpu:   number
 * @count: pages
 * @high:  limit
 * @batch: pages that a refill brings
 */
struct sb_pageset {
	int cpu;
	unsigned long count, high, batch;
};

/**
 * struct sb_zone_sets - all CPUs of a zone
 * @node:      number
 * @name:      as the kernel prints it
 * @start_pfn: first page frame
 * @has_start: the file said so
 * @set:       them
 * @n:	       how many
 */
struct sb_zone_sets {
	int node;
	char name[16];
	unsigned long start_pfn;
	bool has_start;
	struct sb_pageset *set;
	int n;
};

/**
 * struct sb_pagesets - all zones of one allocator
 * @z: them
 * @n: how many
 */
struct sb_pagesets {
	struct sb_zone_sets *z;
	int n;
};

int sb_pagesets_read(struct sb_pagesets *p, bool shadow);
const struct sb_zone_sets *sb_pagesets_of(const struct sb_pagesets *p, int node,
					  const char *zone);
void sb_pagesets_free(struct sb_pagesets *p);

#endif
