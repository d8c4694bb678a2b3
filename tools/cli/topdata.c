// SPDX-License-Identifier: GPL-2.0
/*
 * A sample of both allocators. Every file is opened, read and closed each time, so
 * the module may be unloaded at any moment in between, and be loaded again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "top.h"

double top_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* ---- vmstat ------------------------------------------------------------------------ */

static const struct {
	const char *name;
	enum top_count at;
	bool ordered;		/* a number follows the name */
} keys[] = {
	{ "sbd_alloc_order", TOP_ALLOC, true },
	{ "sbd_free_order", TOP_FREE, true },
	{ "sbd_fail_order", TOP_FAIL, true },
	{ "sbd_fallback", TOP_FALLBACK, false },
	{ "sbd_claim", TOP_CLAIM, false },
	{ "sbd_steal", TOP_STEAL, false },
	{ "pgfree", TOP_PAGES_FREE, false },
};

/* Where a name is counted; TOP_COUNTS: nowhere. */
static enum top_count place(const char *name)
{
	unsigned long order;
	size_t i, n;
	char *end;

	if (!strncmp(name, "pgalloc_", 8))
		return TOP_PAGES_ALLOC;
	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		n = strlen(keys[i].name);
		if (!keys[i].ordered && !strcmp(name, keys[i].name))
			return keys[i].at;
		if (!keys[i].ordered || strncmp(name, keys[i].name, n) || !name[n])
			continue;
		order = strtoul(name + n, &end, 10);
		return *end || order >= SB_ORDERS ? TOP_COUNTS : keys[i].at + order;
	}
	return TOP_COUNTS;
}

static bool read_vmstat(struct top_side *s, bool shadow)
{
	char *path = sb_printf("%s/vmstat", shadow ? env.dir : env.proc);
	char *text = sb_read(path), *rest = text, *line, name[64];
	unsigned long long v;
	enum top_count at;

	free(path);
	while ((line = sb_line(&rest))) {
		if (sscanf(line, "%63s %llu", name, &v) != 2)
			continue;
		at = place(name);
		if (at < TOP_COUNTS)
			s->count[at] += v;
	}
	free(text);
	return text;
}

/* ---- one side ---------------------------------------------------------------------- */

static char *why_not(bool shadow, const char *file, int err)
{
	if (shadow && !sb_loaded())
		return sb_strdup("the module is not loaded: sudo shadowbuddy load");
	return sb_printf("cannot read %s/%s: %s", shadow ? env.dir : env.proc, file,
			 strerror(err));
}

static void read_map(struct top_side *s, bool live)
{
	s->map_why = sb_map_read(&s->map, live);
	if (s->map_why)
		sb_map_free(&s->map);
}

static void read_side(struct top_side *s, bool shadow)
{
	const char *bad = sb_zones_try(&s->zones, shadow, false);
	int err = errno;

	if (!bad) {
		err = sb_pagesets_read(&s->sets, shadow);
		bad = err ? "zoneinfo" : NULL;
	}
	if (!bad && !read_vmstat(s, shadow)) {
		err = errno;
		bad = "vmstat";
	}
	if (bad)
		s->why = why_not(shadow, bad, err);
	s->there = !bad;
	s->by_order = shadow;
}

/* ---- rates ------------------------------------------------------------------------- */

/* bench and replay begin with a reset, which a count that fell gives away. */
static bool begun_anew(const struct top_side *s, const struct top_side *before)
{
	int i;

	for (i = 0; i < TOP_COUNTS; i++)
		if (s->count[i] < before->count[i])
			return true;
	return false;
}

/* Of counts that were begun anew, all is since the sample before. */
static void set_rates(struct top_side *s, const struct top_side *before,
		      double took)
{
	bool anew = begun_anew(s, before);
	int i;

	if (!s->there || !before->there || s->by_order != before->by_order || took <= 0)
		return;
	for (i = 0; i < TOP_COUNTS; i++)
		s->rate[i] = (s->count[i] - (anew ? 0 : before->count[i])) / took;
}

/*
 * @before: the last one; NULL for the first
 * @live_map: the host's pageblocks too, for which all CPUs rest a moment
 */
struct top_sample *top_take(const struct top_sample *before, bool live_map)
{
	struct top_sample *s = sb_alloc(sizeof(*s));
	int i;

	s->at = top_now();
	read_side(&s->side[LIVE], false);
	if (s->side[LIVE].there)
		top_hist_read(&s->side[LIVE]);
	read_side(&s->side[SHADOW], true);
	if (s->side[SHADOW].there)
		read_map(&s->side[SHADOW], false);
	if (s->side[SHADOW].there && live_map)
		read_map(&s->side[LIVE], true);
	s->took = before ? s->at - before->at : 0;
	for (i = 0; before && i < 2; i++)
		set_rates(&s->side[i], &before->side[i], s->took);
	return s;
}

void top_drop(struct top_sample *s)
{
	int i;

	for (i = 0; s && i < 2; i++) {
		free(s->side[i].why);
		free(s->side[i].map_why);
		sb_map_free(&s->side[i].map);
		sb_pagesets_free(&s->side[i].sets);
	}
	free(s);
}

/* ---- JSON -------------------------------------------------------------------------- */

static struct json_object *number(double v)
{
	char text[64];

	snprintf(text, sizeof(text), "%.6f", v);
	return json_object_new_double_s(v, text);
}

/* A rate for each order, @step apart. */
static struct json_object *orders(const double *rate, int step)
{
	struct json_object *list = json_object_new_array();
	int o;

	for (o = 0; o < SB_ORDERS; o++)
		json_object_array_add(list, number(rate[o * step]));
	return list;
}

static void add_requests(struct json_object *o, const struct top_side *s,
			 bool shadow)
{
	struct json_object *types;
	int t;

	json_object_object_add(o, "pages_allocated", number(s->rate[TOP_PAGES_ALLOC]));
	json_object_object_add(o, "pages_freed", number(s->rate[TOP_PAGES_FREE]));
	if (!s->by_order)
		return;
	json_object_object_add(o, "allocations", orders(s->rate + TOP_ALLOC, 1));
	json_object_object_add(o, "frees", orders(s->rate + TOP_FREE, 1));
	if (shadow)
		json_object_object_add(o, "failures", orders(s->rate + TOP_FAIL, 1));
	if (!s->by_type)
		return;
	types = json_object_new_object();
	for (t = 0; t < TOP_TYPES; t++)
		json_object_object_add(types, t == TOP_TYPES - 1 ? "Other" : sb_types[t],
				       orders(s->rate + TOP_TYPE + t, TOP_TYPES));
	json_object_object_add(o, "allocations_by_type", types);
}

static void add_pairs(struct json_object *o, const struct top_side *s)
{
	struct json_object *list = json_object_new_array(), *p;
	int w, f;

	for (w = 0; w < TOP_PAIRS; w++) {
		for (f = 0; f < TOP_PAIRS; f++) {
			if (w == f)
				continue;
			p = json_object_new_object();
			json_object_object_add(p, "wanted", json_object_new_string(sb_types[w]));
			json_object_object_add(p, "from", json_object_new_string(sb_types[f]));
			json_object_object_add(p, "rate",
					       number(s->rate[TOP_PAIR + w * TOP_PAIRS + f]));
			json_object_array_add(list, p);
		}
	}
	json_object_object_add(o, "by_type", list);
}

static struct json_object *fallbacks(const struct top_side *s)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "all", number(s->rate[TOP_FALLBACK]));
	json_object_object_add(o, "claims", number(s->rate[TOP_CLAIM]));
	json_object_object_add(o, "steals", number(s->rate[TOP_STEAL]));
	if (s->by_type)
		add_pairs(o, s);
	return o;
}

static struct json_object *cpus(const struct sb_zone_sets *z)
{
	struct json_object *list = json_object_new_array(), *o;
	int i;

	for (i = 0; z && i < z->n; i++) {
		o = json_object_new_object();
		json_object_object_add(o, "cpu", json_object_new_int(z->set[i].cpu));
		json_object_object_add(o, "count", json_object_new_uint64(z->set[i].count));
		json_object_object_add(o, "high", json_object_new_uint64(z->set[i].high));
		json_object_object_add(o, "batch", json_object_new_uint64(z->set[i].batch));
		json_object_array_add(list, o);
	}
	return list;
}

/* As compare has them, with CPUs; pageblocks are not counted here. */
static struct json_object *zones(const struct top_side *s)
{
	struct json_object *list = sb_zones_json(&s->zones), *o;
	const struct sb_zone *z;
	int i;

	for (i = 0; i < s->zones.n; i++) {
		z = &s->zones.z[i];
		o = json_object_array_get_idx(list, i);
		json_object_object_del(o, "pageblocks");
		json_object_object_add(o, "cpus",
				       cpus(sb_pagesets_of(&s->sets, z->node, z->name)));
	}
	return list;
}

static struct json_object *side_json(const struct top_side *s, bool shadow)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "there", json_object_new_boolean(s->there));
	if (s->why)
		json_object_object_add(o, "says", json_object_new_string(s->why));
	if (!s->there)
		return o;
	add_requests(o, s, shadow);
	if (s->by_order)
		json_object_object_add(o, "fallbacks", fallbacks(s));
	json_object_object_add(o, "zones", zones(s));
	if (s->map.n)
		json_object_object_add(o, "map", sb_map_json(&s->map));
	return o;
}

/* Rates are a second. */
struct json_object *top_json(const struct top_sample *s)
{
	struct json_object *o = sb_json_new();
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	json_object_object_add(o, "time", number(ts.tv_sec + ts.tv_nsec / 1e9));
	json_object_object_add(o, "seconds", number(s->took));
	json_object_object_add(o, "live", side_json(&s->side[LIVE], false));
	json_object_object_add(o, "shadow", side_json(&s->side[SHADOW], true));
	return o;
}
