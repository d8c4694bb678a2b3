// SPDX-License-Identifier: GPL-2.0
/* Per-CPU lists, CPU by CPU, and where zones begin: the end of zoneinfo. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"

static struct sb_zone_sets *add_zone(struct sb_pagesets *p, const char *line)
{
	struct sb_zone_sets *z;
	char name[16];
	int node;

	if (sscanf(line, "Node %d, zone %15s", &node, name) != 2)
		return NULL;
	p->z = realloc(p->z, (p->n + 1) * sizeof(*p->z));
	if (!p->z)
		exit(sb_fail(ST_CANNOT, "out of memory"));
	z = &p->z[p->n++];
	*z = (struct sb_zone_sets) { .node = node };
	snprintf(z->name, sizeof(z->name), "%s", name);
	return z;
}

static struct sb_pageset *add_set(struct sb_zone_sets *z, int cpu)
{
	z->set = realloc(z->set, (z->n + 1) * sizeof(*z->set));
	if (!z->set)
		exit(sb_fail(ST_CANNOT, "out of memory"));
	z->set[z->n] = (struct sb_pageset) { .cpu = cpu };
	return &z->set[z->n++];
}

static void read_line(struct sb_zone_sets *z, const char *line)
{
	struct sb_pageset *s = z->n ? &z->set[z->n - 1] : NULL;
	unsigned long v;
	char word[32];

	if (sscanf(line, "%31s %lu", word, &v) != 2)
		return;
	if (!strcmp(word, "cpu:")) {
		add_set(z, v);
	} else if (!strcmp(word, "start_pfn:")) {
		z->start_pfn = v;
		z->has_start = true;
	} else if (s && !strcmp(word, "count:")) {
		s->count = v;
	} else if (s && !strcmp(word, "high:")) {
		s->high = v;
	} else if (s && !strcmp(word, "batch:")) {
		s->batch = v;
	}
}

/* Return: 0, or an errno. */
int sb_pagesets_read(struct sb_pagesets *p, bool shadow)
{
	char *path = sb_printf("%s/zoneinfo", shadow ? env.dir : env.proc);
	char *text = sb_read(path), *rest = text, *line;
	struct sb_zone_sets *z = NULL;
	int err = errno;

	*p = (struct sb_pagesets) { 0 };
	free(path);
	if (!text)
		return err;
	while ((line = sb_line(&rest))) {
		if (!strncmp(line, "Node ", 5))
			z = add_zone(p, line);
		else if (z)
			read_line(z, line);
	}
	free(text);
	return 0;
}

/* NULL if there is none. */
const struct sb_zone_sets *sb_pagesets_of(const struct sb_pagesets *p, int node,
					  const char *zone)
{
	int i;

	for (i = 0; i < p->n; i++)
		if (p->z[i].node == node && !strcmp(p->z[i].name, zone))
			return &p->z[i];
	return NULL;
}

void sb_pagesets_free(struct sb_pagesets *p)
{
	int i;

	for (i = 0; i < p->n; i++)
		free(p->z[i].set);
	free(p->z);
	*p = (struct sb_pagesets) { 0 };
}
