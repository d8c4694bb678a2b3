// SPDX-License-Identifier: GPL-2.0
/* The kernel's layouts of zones: /proc's files and the module's read alike. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sb.h"

const char *const sb_types[6] = {
	"Unmovable", "Movable", "Reclaimable", "HighAtomic", "CMA", "Isolate",
};

static char *text_of(const char *name, bool shadow)
{
	char *path, *text;

	if (shadow)
		return sb_file(name);
	path = sb_printf("%s/%s", env.proc, name);
	text = sb_read(path);
	free(path);
	return text;
}

/* The zone of a node by that name, made if need be and wanted. */
static struct sb_zone *zone_of(struct sb_zones *zs, int node, const char *name,
			       bool make)
{
	struct sb_zone *z;
	int i;

	for (i = 0; i < zs->n; i++)
		if (zs->z[i].node == node && !strcmp(zs->z[i].name, name))
			return &zs->z[i];
	if (!make || zs->n == (int)(sizeof(zs->z) / sizeof(*zs->z)))
		return NULL;
	z = &zs->z[zs->n++];
	z->node = node;
	snprintf(z->name, sizeof(z->name), "%s", name);
	return z;
}

/* "Node 0, zone   Normal ..." ; @used: bytes up to what follows. */
static struct sb_zone *zone_at(struct sb_zones *zs, const char *line, int *used,
			       bool make)
{
	char name[16];
	int node;

	if (sscanf(line, "Node %d, zone %15s%n", &node, name, used) != 2)
		return NULL;
	if (name[strlen(name) - 1] == ',')
		name[strlen(name) - 1] = '\0';
	return zone_of(zs, node, name, make);
}

static void read_buddyinfo(struct sb_zones *zs, char *text)
{
	struct sb_zone *z;
	char *line, *at;
	int used, o;

	while ((line = sb_line(&text))) {
		z = zone_at(zs, line, &used, true);
		if (!z)
			continue;
		for (at = line + used, o = 0; o < SB_ORDERS; o++)
			z->nr_free[o] = strtoul(at, &at, 10);
	}
}

/* What zoneinfo says of one zone, by the first word of a line. */
static void read_field(struct sb_zone *z, const char *line)
{
	const struct {
		const char *word;
		unsigned long *to;
	} fields[] = {
		{ "boost", &z->boost }, { "min", &z->min }, { "low", &z->low },
		{ "high", &z->high }, { "managed", &z->managed },
	};
	unsigned long v;
	char word[32];
	size_t i;

	if (sscanf(line, " pages free %lu", &v) == 1) {
		z->free = v;
		return;
	}
	if (sscanf(line, "%31s %lu", word, &v) != 2)
		return;
	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (!strcmp(word, fields[i].word))
			*fields[i].to = v;
	if (!strcmp(word, "count:"))
		z->pcp += v;
	else if (!strcmp(word, "high:"))
		z->pcp_high += v;
	else if (!strcmp(word, "batch:") && !z->pcp_batch)
		z->pcp_batch = v;
}

static void read_zoneinfo(struct sb_zones *zs, char *text)
{
	struct sb_zone *z = NULL;
	char *line;
	int used;

	while ((line = sb_line(&text))) {
		if (!strncmp(line, "Node ", 5))
			z = zone_at(zs, line, &used, false);
		else if (z)
			read_field(z, line);
	}
}

/* Which type each column of "Number of blocks type" is. */
static int read_heads(const char *line, int *type)
{
	char word[16];
	int n = 0, used, i;

	line += strlen("Number of blocks type");
	while (n < 6 && sscanf(line, "%15s%n", word, &used) == 1) {
		for (type[n] = -1, i = 0; i < 6; i++)
			if (!strcmp(word, sb_types[i]))
				type[n] = i;
		line += used;
		n++;
	}
	return n;
}

static void read_pagetypeinfo(struct sb_zones *zs, char *text)
{
	int type[6], n = 0, used, i;
	struct sb_zone *z;
	char *line, *at;

	while ((line = sb_line(&text))) {
		/* With page_owner=on there is a table of mixed blocks, too. */
		if (!strncmp(line, "Number of ", 10)) {
			n = strncmp(line, "Number of blocks type", 21) ? 0 :
				read_heads(line, type);
			continue;
		}
		z = n ? zone_at(zs, line, &used, false) : NULL;
		if (!z)
			continue;
		for (at = line + used, i = 0; i < n; i++) {
			unsigned long v = strtoul(at, &at, 10);

			if (type[i] >= 0)
				z->blocks[type[i]] = v;
		}
	}
}

/*
 * All that the files say of one allocator's zones, and not a word if one cannot be
 * read.  @types: pageblocks too, for which the kernel counts under the zone lock.
 * Return: NULL, or the name of that file; errno says why.
 */
const char *sb_zones_try(struct sb_zones *zs, bool shadow, bool types)
{
	static const struct {
		const char *name;
		void (*read)(struct sb_zones *zs, char *text);
	} files[] = {
		{ "buddyinfo", read_buddyinfo },
		{ "zoneinfo", read_zoneinfo },
		{ "pagetypeinfo", read_pagetypeinfo },
	};
	size_t i, n = types ? 3 : 2;
	char *text;

	memset(zs, 0, sizeof(*zs));
	for (i = 0; i < n; i++) {
		text = text_of(files[i].name, shadow);
		if (!text)
			return files[i].name;
		files[i].read(zs, text);
		free(text);
	}
	return NULL;
}

/* Likewise, all of them, with an error message. */
enum status sb_zones_read(struct sb_zones *zs, bool shadow)
{
	const char *name = sb_zones_try(zs, shadow, true);

	if (name)
		return sb_fail(ST_CANNOT, "cannot read %s/%s: %s",
			       shadow ? env.dir : env.proc, name, strerror(errno));
	if (!zs->n)
		return sb_fail(ST_CANNOT, "%s/buddyinfo has no zone: it is not what a kernel prints",
			       shadow ? env.dir : env.proc);
	return ST_DONE;
}

/* As extfrag_index: thousandths; -1000 if a request would not fail. */
int sb_fragindex(const unsigned long *nr_free, unsigned int order)
{
	unsigned long pages = 0, blocks = 0, suitable = 0;
	unsigned int o;

	for (o = 0; o < SB_ORDERS; o++) {
		pages += nr_free[o] << o;
		blocks += nr_free[o];
		suitable += o >= order ? nr_free[o] : 0;
	}
	if (!blocks)
		return 0;
	if (suitable)
		return -1000;
	return 1000 - (1000 + pages * 1000 / (1UL << order)) / blocks;
}

static struct json_object *zone_json(const struct sb_zone *z)
{
	struct json_object *o = json_object_new_object();
	struct json_object *nr_free = json_object_new_array();
	struct json_object *frag = json_object_new_array();
	struct json_object *blocks = json_object_new_object();
	const struct {
		const char *name;
		unsigned long v;
	} numbers[] = {
		{ "free", z->free }, { "min", z->min }, { "low", z->low },
		{ "high", z->high }, { "boost", z->boost },
		{ "managed", z->managed }, { "per_cpu", z->pcp },
		{ "per_cpu_high", z->pcp_high }, { "per_cpu_batch", z->pcp_batch },
	};
	size_t i;

	json_object_object_add(o, "node", json_object_new_int(z->node));
	json_object_object_add(o, "zone", json_object_new_string(z->name));
	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		json_object_object_add(o, numbers[i].name,
				       json_object_new_uint64(numbers[i].v));
	for (i = 0; i < SB_ORDERS; i++) {
		json_object_array_add(nr_free, json_object_new_uint64(z->nr_free[i]));
		json_object_array_add(frag, json_object_new_int(sb_fragindex(z->nr_free, i)));
	}
	for (i = 0; i < 6; i++)
		json_object_object_add(blocks, sb_types[i],
				       json_object_new_uint64(z->blocks[i]));
	json_object_object_add(o, "free_blocks", nr_free);
	json_object_object_add(o, "fragmentation_index", frag);
	json_object_object_add(o, "pageblocks", blocks);
	return o;
}

struct json_object *sb_zones_json(const struct sb_zones *zs)
{
	struct json_object *list = json_object_new_array();
	int i;

	for (i = 0; i < zs->n; i++)
		json_object_array_add(list, zone_json(&zs->z[i]));
	return list;
}
