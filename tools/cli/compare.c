// SPDX-License-Identifier: GPL-2.0
/*
 * compare: the zones of both allocators side by side. They are not of one size, so
 * shares are compared: of a zone's free memory, its pageblocks, its pages.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sb.h"

struct args {
	double threshold;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	char *end;

	switch (key) {
	case 't':
		a->threshold = strtod(arg, &end);
		if (end == arg || *end || !(a->threshold >= 0 && a->threshold <= 100))
			argp_error(state, "a threshold is a number from 0 to 100, not '%s'",
				   arg);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "no argument is wanted: '%s'", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "threshold", 't', "POINTS", 0,
	  "Mark what is further apart, in percentage points (default 5)", 0 },
	{ 0 }
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Both allocators' zones side by side.\v"
	       "Zones of one node and name stand together, the kernel's first. As they are not of "
	       "one size, shares are compared: of the free pages by order, of the pageblocks by "
	       "type, of the zone's pages by watermark; and the fragmentation index. A \"*\" "
	       "marks what is further apart than the threshold; exit status 1 if there is any.\n\n"
	       "EXAMPLES\n"
	       "  sudo shadowbuddy compare\n"
	       "  sudo shadowbuddy compare -t 20\n"
	       "  sudo shadowbuddy compare --json | jq '.differences[].what'",
	.children = (const struct argp_child[]) { { &sb_common_argp, 0, NULL, 0 }, { 0 } },
};

/* ---- what is compared ------------------------------------------------------------ */

/**
 * struct group - some figures of a zone that stand in one table
 * @title:  above it
 * @key:    in JSON
 * @n:      columns
 * @width:  of one
 * @name:   of a column
 * @figure: as shown
 * @share:  as compared, in percent
 */
struct group {
	const char *title;
	const char *key;
	int n;
	int width;
	void (*name)(int i, char *buf, size_t size);
	long (*figure)(const struct sb_zone *z, int i);
	double (*share)(const struct sb_zone *z, int i);
};

static double percent(unsigned long part, unsigned long whole)
{
	return whole ? 100.0 * part / whole : 0;
}

static void order_name(int i, char *buf, size_t size)
{
	snprintf(buf, size, "%d", i);
}

static long order_figure(const struct sb_zone *z, int i)
{
	return z->nr_free[i];
}

static double order_share(const struct sb_zone *z, int i)
{
	unsigned long all = 0;
	int o;

	for (o = 0; o < SB_ORDERS; o++)
		all += z->nr_free[o] << o;
	return percent(z->nr_free[i] << i, all);
}

static long index_figure(const struct sb_zone *z, int i)
{
	return sb_fragindex(z->nr_free, i);
}

/* From -1000, which is a request that would be served, to 1000. */
static double index_share(const struct sb_zone *z, int i)
{
	return (sb_fragindex(z->nr_free, i) + 1000) / 20.0;
}

static void type_name(int i, char *buf, size_t size)
{
	snprintf(buf, size, "%s", sb_types[i]);
}

static long type_figure(const struct sb_zone *z, int i)
{
	return z->blocks[i];
}

static double type_share(const struct sb_zone *z, int i)
{
	unsigned long all = 0;
	int t;

	for (t = 0; t < 6; t++)
		all += z->blocks[t];
	return percent(z->blocks[i], all);
}

static const char *const mark_names[] = { "free", "min", "low", "high", "boost", "managed" };

static void mark_name(int i, char *buf, size_t size)
{
	snprintf(buf, size, "%s", mark_names[i]);
}

static long mark_figure(const struct sb_zone *z, int i)
{
	const unsigned long v[] = {
		z->free, z->min, z->low, z->high, z->boost, z->managed,
	};

	return v[i];
}

static double mark_share(const struct sb_zone *z, int i)
{
	return percent(mark_figure(z, i), z->managed);
}

static const struct group groups[] = {
	{ "free blocks by order", "free_blocks", SB_ORDERS, 6, order_name,
	  order_figure, order_share },
	{ "fragmentation index by order, thousandths (-1000: would be served)",
	  "fragmentation_index", SB_ORDERS, 6, order_name, index_figure, index_share },
	{ "pageblocks by type", "pageblocks", 6, 11, type_name, type_figure, type_share },
	{ "watermarks, pages", "watermarks", 6, 11, mark_name, mark_figure, mark_share },
};

#define NR_GROUPS (sizeof(groups) / sizeof(*groups))

static bool apart(const struct group *g, const struct sb_zone *live,
		  const struct sb_zone *shadow, int i, double threshold)
{
	return fabs(g->share(live, i) - g->share(shadow, i)) > threshold;
}

static const struct sb_zone *same_zone(const struct sb_zones *zs, const struct sb_zone *z)
{
	int i;

	for (i = 0; i < zs->n; i++)
		if (zs->z[i].node == z->node && !strcmp(zs->z[i].name, z->name))
			return &zs->z[i];
	return NULL;
}

/* ---- as text --------------------------------------------------------------------- */

static void print_head(const struct group *g)
{
	char name[16];
	int i;

	printf("%s%s%s\n%-19s", sb_paint("1"), g->title, sb_paint("0"), "");
	for (i = 0; i < g->n; i++) {
		g->name(i, name, sizeof(name));
		printf("%*s ", g->width, name);
	}
	putchar('\n');
}

/* A row; with @other, what is apart from it is marked. */
static int print_row(const struct group *g, const struct sb_zone *z, const char *side,
		     const struct sb_zone *other, double threshold)
{
	bool marked;
	int i, n = 0;

	printf("%2d %-9s %-6s", z->node, z->name, side);
	for (i = 0; i < g->n; i++) {
		marked = other && apart(g, other, z, i, threshold);
		n += marked;
		printf("%s%*ld%c%s", marked ? sb_paint("33") : "", g->width, g->figure(z, i),
		       marked ? '*' : ' ', marked ? sb_paint("0") : "");
	}
	putchar('\n');
	return n;
}

static int print_group(const struct group *g, const struct sb_zones *live,
		       const struct sb_zones *shadow, double threshold)
{
	const struct sb_zone *other;
	int i, n = 0;

	print_head(g);
	for (i = 0; i < live->n; i++) {
		print_row(g, &live->z[i], "live", NULL, threshold);
		other = same_zone(shadow, &live->z[i]);
		if (other)
			n += print_row(g, other, "shadow", &live->z[i], threshold);
	}
	for (i = 0; i < shadow->n; i++)
		if (!same_zone(live, &shadow->z[i]))
			print_row(g, &shadow->z[i], "shadow", NULL, threshold);
	putchar('\n');
	return n;
}

/* ---- as JSON --------------------------------------------------------------------- */

static struct json_object *difference(const struct group *g, const struct sb_zone *live,
				      const struct sb_zone *shadow, int i)
{
	struct json_object *o = json_object_new_object();
	char name[16];

	g->name(i, name, sizeof(name));
	json_object_object_add(o, "node", json_object_new_int(live->node));
	json_object_object_add(o, "zone", json_object_new_string(live->name));
	json_object_object_add(o, "what", json_object_new_string(g->key));
	json_object_object_add(o, "column", json_object_new_string(name));
	json_object_object_add(o, "live", json_object_new_int64(g->figure(live, i)));
	json_object_object_add(o, "shadow", json_object_new_int64(g->figure(shadow, i)));
	return o;
}

static struct json_object *differences(const struct sb_zones *live,
				       const struct sb_zones *shadow, double threshold)
{
	struct json_object *list = json_object_new_array();
	const struct sb_zone *z, *other;
	size_t g;
	int i;

	for (z = live->z; z < live->z + live->n; z++) {
		other = same_zone(shadow, z);
		for (g = 0; other && g < NR_GROUPS; g++)
			for (i = 0; i < groups[g].n; i++)
				if (apart(&groups[g], z, other, i, threshold))
					json_object_array_add(list, difference(&groups[g], z,
									       other, i));
	}
	return list;
}

static int print_all_json(const struct sb_zones *live, const struct sb_zones *shadow,
			  double threshold)
{
	struct json_object *o = sb_json_new(), *d = differences(live, shadow, threshold);
	int n = json_object_array_length(d);

	json_object_object_add(o, "threshold", json_object_new_double(threshold));
	json_object_object_add(o, "live", sb_zones_json(live));
	json_object_object_add(o, "shadow", sb_zones_json(shadow));
	json_object_object_add(o, "differences", d);
	sb_print_json(o);
	return n;
}

enum status verb_compare(int argc, char **argv)
{
	struct args a = { .threshold = 5 };
	struct sb_zones *zs;
	enum status st;
	int n = 0;
	size_t i;

	if (sb_parse(&argp, argc, argv, &a))
		return ST_USAGE;
	st = sb_need_module();
	if (st)
		return st;
	zs = sb_alloc(2 * sizeof(*zs));
	st = sb_zones_read(&zs[0], false);
	if (!st)
		st = sb_zones_read(&zs[1], true);
	if (!st && env.json)
		n = print_all_json(&zs[0], &zs[1], a.threshold);
	for (i = 0; !st && !env.json && i < NR_GROUPS; i++)
		n += print_group(&groups[i], &zs[0], &zs[1], a.threshold);
	free(zs);
	return st ? st : n ? ST_DIFFERENT : ST_DONE;
}
