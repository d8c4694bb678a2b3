// SPDX-License-Identifier: GPL-2.0
/*
 * The parameters that say how an arena is cut into nodes and zones.
 *
 *	nodes=N				1 to 8
 *	zones=auto | PART[/PART...]	one for each node, or one part for all
 *	PART: NAME[:SIZE][:cma=MIB][:hole=MIB][,NAME...] | -
 *	node_mb=auto | MIB,...		a size for each node; 0: no memory
 *	distance=auto | D,...		N * N numbers, row by row
 *	cpu_nodes=auto | NODE,...	nodes that have CPUs
 *
 * NAME being DMA, DMA32, NORMAL or MOVABLE and SIZE a number of MiB or, with
 * "%", of hundredths of the node.  One zone of a node may leave its size out and
 * takes the rest.  A part that is for all nodes gives DMA and DMA32 to the first
 * one with memory only.  Nodes lie in the arena by number, their zones by type,
 * the lowest first, whatever the order in which they are named.  They are names
 * only: a shadow's DMA zone is wherever the arena is.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/math.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "cut.h"

#define MIB_PAGES	(1UL << (20 - PAGE_SHIFT))
#define CELL_MIB	(SBD_CELL_PAGES / MIB_PAGES)
/* A smaller node is not worth a second zone. */
#define AUTO_SPLIT	(64 * MIB_PAGES)

/* One line about the zones of a node.  Return: -EINVAL. */
static __printf(3, 4)
int refuse(const struct sbd_cut *c, int nid, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	if (c->nr_nodes > 1)
		pr_err("zones: node %d: %pV\n", nid, &vaf);
	else
		pr_err("zones: %pV\n", &vaf);
	va_end(args);
	return -EINVAL;
}

/* Not said, and to be worked out. */
static bool is_auto(const char *text)
{
	return !*text || !strcmp(text, "auto");
}

/* ---- lists of numbers ------------------------------------------------------- */

/* "16,0,32".  Return: how many numbers, -EINVAL, -ENOMEM. */
static int parse_numbers(const char *name, const char *text, unsigned int *v,
			 int most)
{
	char *copy = kstrdup(text, GFP_KERNEL), *rest = copy, *word;
	int n = 0, err = 0;

	if (!copy)
		return -ENOMEM;
	while (!err && (word = strsep(&rest, ",")))
		if (n == most || kstrtouint(word, 10, &v[n++]))
			err = -EINVAL;
	kfree(copy);
	if (err)
		pr_err("%s=%s: at most %d numbers, with commas between them\n",
		       name, text, most);
	return err ?: n;
}

/* ---- nodes ------------------------------------------------------------------ */

/* A node's part of the zones parameter.  Return: NULL if there is none. */
static const char *part_of(const char *zones, int nid, size_t *len)
{
	if (strchr(zones, '/')) {
		while (nid-- && zones)
			zones = strchr(zones, '/') ? strchr(zones, '/') + 1 : NULL;
		if (!zones)
			return NULL;
	}
	*len = strchrnul(zones, '/') - zones;
	return zones;
}

static bool is_memoryless(const struct sbd_cut_params *p, int nid)
{
	size_t len;
	const char *part = part_of(p->zones, nid, &len);

	return part && len == 1 && *part == '-';
}

/* As many parts as nodes, or one. */
static int check_parts(const struct sbd_cut *c, const char *zones)
{
	const char *at = zones;
	int n = 1;

	while ((at = strchr(at, '/'))) {
		at++;
		n++;
	}
	if (n == 1 || n == c->nr_nodes)
		return 0;
	pr_err("zones: %d parts for %d nodes\n", n, c->nr_nodes);
	return -EINVAL;
}

/* Equal shares, of whole cells; the last one with memory takes the rest. */
static int share_equally(struct sbd_cut *c, const struct sbd_cut_params *p)
{
	unsigned long share;
	int nid, n = 0, last = 0;

	for (nid = 0; nid < c->nr_nodes; nid++)
		n += !is_memoryless(p, nid);
	if (!n) {
		pr_err("zones: no node has memory\n");
		return -EINVAL;
	}
	share = round_down(c->pages / n, SBD_CELL_PAGES);
	if (!share) {
		pr_err("nodes=%d: arena_mb=%lu is too small, each takes %lu MiB\n",
		       c->nr_nodes, c->pages / MIB_PAGES, CELL_MIB);
		return -EINVAL;
	}
	for (nid = 0; nid < c->nr_nodes; nid++) {
		if (is_memoryless(p, nid))
			continue;
		c->node[nid].pages = share;
		last = nid;
	}
	c->node[last].pages += c->pages - n * share;
	return 0;
}

static int parse_node_mb(struct sbd_cut *c, const struct sbd_cut_params *p)
{
	unsigned int mb[SBD_MAX_NODES];
	int n = parse_numbers("node_mb", p->node_mb, mb, SBD_MAX_NODES), nid;
	bool parts = strchr(p->zones, '/');
	u64 sum = 0;

	if (n < 0)
		return n;
	if (n != c->nr_nodes) {
		pr_err("node_mb=%s: %d sizes for %d nodes\n", p->node_mb, n,
		       c->nr_nodes);
		return -EINVAL;
	}
	for (nid = 0; nid < n; nid++) {
		if ((parts || mb[nid]) && is_memoryless(p, nid) == !!mb[nid])
			return refuse(c, nid, "\"-\" goes with node_mb 0, and nothing else does");
		c->node[nid].pages = mb[nid] * MIB_PAGES;
		sum += mb[nid];
	}
	if (sum == c->pages / MIB_PAGES)
		return 0;
	pr_err("node_mb=%s: together %llu MiB, the arena has %lu\n", p->node_mb,
	       sum, c->pages / MIB_PAGES);
	return -EINVAL;
}

/* Distances by the rules of slit_valid(); the numbers may be different there and back. */
static int parse_distance(const struct sbd_cut *c, const char *text,
			  struct sbd_plan *plan)
{
	unsigned int v[SBD_MAX_NODES * SBD_MAX_NODES], *d = v;
	int want = c->nr_nodes * c->nr_nodes, n, i, j;

	if (is_auto(text))
		return 0;
	n = parse_numbers("distance", text, v, ARRAY_SIZE(v));
	if (n < 0)
		return n;
	if (n != want) {
		pr_err("distance: %d numbers, %d nodes want %d\n", n, c->nr_nodes,
		       want);
		return -EINVAL;
	}
	for (i = 0; i < c->nr_nodes; i++) {
		for (j = 0; j < c->nr_nodes; j++, d++) {
			if (i == j ? *d != LOCAL_DISTANCE :
				     *d <= LOCAL_DISTANCE || *d > U8_MAX)
				goto bad;
			plan->distance[i][j] = *d;
		}
	}
	return 0;

bad:
	pr_err("distance: %u from node %d to node %d: 10 to itself, else 11 to 254, or 255\n",
	       *d, i, j);
	return -EINVAL;
}

/* ---- CPUs ------------------------------------------------------------------- */

/* Nodes that have CPUs.  Return: how many. */
static int parse_cpu_nodes(const struct sbd_cut *c, const char *text,
			   unsigned int *nodes)
{
	unsigned int seen = 0;
	int n, i;

	if (is_auto(text)) {
		for (n = 0; n < c->nr_nodes; n++)
			nodes[n] = n;
		return n;
	}
	n = parse_numbers("cpu_nodes", text, nodes, SBD_MAX_NODES);
	for (i = 0; i < n; i++) {
		if (nodes[i] >= c->nr_nodes || seen & BIT(nodes[i])) {
			pr_err("cpu_nodes=%s: node %u is %s\n", text, nodes[i],
			       nodes[i] >= c->nr_nodes ? "not there" : "there twice");
			return -EINVAL;
		}
		seen |= BIT(nodes[i]);
	}
	return n;
}

/* Those online are dealt out in contiguous shares; others join the last one's. */
static int deal_cpus(const struct sbd_cut *c, const char *text,
		     struct sbd_plan *plan)
{
	unsigned int nodes[SBD_MAX_NODES];
	int n = parse_cpu_nodes(c, text, nodes), cpu;
	u8 *of;

	if (n < 0)
		return n;
	of = kcalloc(plan->nr_cpus, sizeof(*of), GFP_KERNEL);
	if (!of)
		return -ENOMEM;
	for (cpu = 0; cpu < plan->nr_cpus; cpu++)
		of[cpu] = nodes[min(cpu, plan->nr_online - 1) * n / plan->nr_online];
	plan->cpu_node = of;
	return 0;
}

/* ---- zones ------------------------------------------------------------------ */

static int zone_type(const char *name)
{
	int type;

	for (type = 0; type < SBD_ZONE_DEVICE; type++)
		if (!strcasecmp(name, sbd_zone_names[type]))
			return type;
	return -ENOENT;
}

/* "12" or "25%" of so many pages */
static int parse_size(unsigned long of, char *word, unsigned long *pages)
{
	size_t len = strlen(word);
	bool percent = len && word[len - 1] == '%';
	unsigned int n;

	if (percent)
		word[len - 1] = '\0';
	if (kstrtouint(word, 10, &n) || !n || (percent && n > 100))
		return -EINVAL;
	*pages = percent ? mult_frac(of, n, 100UL) : n * MIB_PAGES;
	return 0;
}

static int parse_mib(const char *word, unsigned long *pages)
{
	unsigned int mb;

	if (kstrtouint(word, 10, &mb))
		return -EINVAL;
	*pages = mb * MIB_PAGES;
	return 0;
}

/* What stands behind the name. */
static int parse_options(unsigned long of, struct sbd_cut_zone *w, char *rest)
{
	char *word;
	int err = 0;

	while (!err && (word = strsep(&rest, ":"))) {
		if (!strncmp(word, "cma=", 4))
			err = parse_mib(word + 4, &w->cma);
		else if (!strncmp(word, "hole=", 5))
			err = parse_mib(word + 5, &w->hole);
		else
			err = w->pages ? -EINVAL : parse_size(of, word, &w->pages);
	}
	return err;
}

static int parse_zone(struct sbd_cut *c, int nid, char *rest)
{
	char *name = strsep(&rest, ":");
	int type = zone_type(name);
	struct sbd_cut_zone *w;

	if (type < 0)
		return refuse(c, nid, "no zone is called \"%s\": DMA, DMA32, NORMAL, MOVABLE",
			      name);
	w = &c->node[nid].zone[type];
	if (w->given)
		return refuse(c, nid, "%s is there twice", sbd_zone_names[type]);
	w->given = true;
	if (parse_options(c->node[nid].pages, w, rest))
		return refuse(c, nid, "%s takes :MIB or :N%%, :cma=MIB and :hole=MIB",
			      sbd_zone_names[type]);
	return 0;
}

static bool first_with_memory(const struct sbd_cut *c, int nid)
{
	while (--nid >= 0)
		if (c->node[nid].pages)
			return false;
	return true;
}

/*
 * A quarter to DMA32, the rest to NORMAL, as on a machine of 16 GiB: only
 * with a DMA32 zone below it does NORMAL know ALLOC_NOFRAGMENT.
 */
static void auto_zones(struct sbd_cut *c, int nid,
		       const struct sbd_geometry *geo)
{
	struct sbd_cut_zone *zone = c->node[nid].zone;

	zone[SBD_ZONE_NORMAL].given = true;
	if (c->node[nid].pages < AUTO_SPLIT ||
	    !(geo->zones & BIT(SBD_ZONE_DMA32)) || !first_with_memory(c, nid))
		return;
	zone[SBD_ZONE_DMA32].given = true;
	zone[SBD_ZONE_DMA32].pages = c->node[nid].pages / 4;
}

/* A part that is for all nodes means low zones for the first alone. */
static void drop_low_zones(struct sbd_cut *c, int nid)
{
	if (first_with_memory(c, nid))
		return;
	memset(&c->node[nid].zone[SBD_ZONE_DMA], 0, sizeof(struct sbd_cut_zone));
	memset(&c->node[nid].zone[SBD_ZONE_DMA32], 0, sizeof(struct sbd_cut_zone));
}

static int parse_part(struct sbd_cut *c, int nid, const char *zones,
		      const struct sbd_geometry *geo)
{
	char *copy, *rest, *word;
	const char *part;
	size_t len = 0;
	int err = 0;

	part = part_of(zones, nid, &len);
	copy = kstrndup(part, len, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	rest = copy;
	if (!strcmp(copy, "auto")) {
		auto_zones(c, nid, geo);
		rest = NULL;
	}
	while (!err && (word = strsep(&rest, ",")))
		err = parse_zone(c, nid, word);
	kfree(copy);
	if (!strchr(zones, '/'))
		drop_low_zones(c, nid);
	return err;
}

/* What the modelled machine cannot have. */
static int check_zone(const struct sbd_cut *c, int nid, int type,
		      const struct sbd_geometry *geo)
{
	const struct sbd_cut_zone *w = &c->node[nid].zone[type];
	const char *name = sbd_zone_names[type];

	if (!(geo->zones & BIT(type)))
		return refuse(c, nid, "the running kernel knows no zone %s", name);
	if (w->cma && !geo->cma)
		return refuse(c, nid, "%s:cma: the running kernel is built without CONFIG_CMA",
			      name);
	if (!IS_ALIGNED(w->hole, SBD_CELL_PAGES))
		return refuse(c, nid, "%s:hole=%lu: not a multiple of %lu MiB", name,
			      w->hole / MIB_PAGES, CELL_MIB);
	return 0;
}

/* Who takes what the others leave; -1: nobody, -EINVAL: more than one. */
static int rest_zone(const struct sbd_cut *c, int nid)
{
	const struct sbd_cut_zone *zone = c->node[nid].zone;
	int type, rest = -1;

	for (type = 0; type < SBD_ZONE_DEVICE; type++) {
		if (!zone[type].given || zone[type].pages)
			continue;
		if (rest >= 0)
			return refuse(c, nid, "%s and %s have no size, only one may take the rest",
				      sbd_zone_names[rest], sbd_zone_names[type]);
		rest = type;
	}
	return rest;
}

/* Settle the sizes of a node's zones. */
static int share_out(struct sbd_cut *c, int nid)
{
	struct sbd_cut_zone *zone = c->node[nid].zone;
	unsigned long left = c->node[nid].pages;
	int type, last = -1, rest = rest_zone(c, nid);

	if (rest == -EINVAL)
		return rest;
	for (type = 0; type < SBD_ZONE_DEVICE; type++) {
		if (!zone[type].given)
			continue;
		if (zone[type].pages > left)
			goto too_large;
		left -= zone[type].pages;
		last = type;
	}
	if (last < 0)
		return refuse(c, nid, "no zone is left for it: DMA and DMA32 are for the first one");
	if (rest >= 0 && !left)
		goto too_large;
	/* Hundredths are rounded down, and may leave some pages. */
	if (rest < 0 && left >= MIB_PAGES)
		return refuse(c, nid, "%lu MiB of the %s left over; leave one size out to have them",
			      left / MIB_PAGES, c->nr_nodes > 1 ? "node" : "arena");
	zone[rest < 0 ? last : rest].pages += left;
	return 0;

too_large:
	return refuse(c, nid, "together more than the %s, %lu MiB",
		      c->nr_nodes > 1 ? "node" : "arena",
		      c->node[nid].pages / MIB_PAGES);
}

static int parse_node(struct sbd_cut *c, int nid, const char *zones,
		      const struct sbd_geometry *geo)
{
	int type, err = parse_part(c, nid, zones, geo);

	for (type = 0; type < SBD_ZONE_DEVICE && !err; type++)
		if (c->node[nid].zone[type].given)
			err = check_zone(c, nid, type, geo);
	return err ?: share_out(c, nid);
}

/**
 * sbd_cut_parse() - all that can be said of a cut without an arena
 * @c:	   filled
 * @p:	   the parameters
 * @pages: of the arena
 * @plan:  its geometry and CPUs are there; nodes, distances and the CPUs' nodes
 *	   are filled in.  Its cpu_node is the caller's to kfree(), also after
 *	   an error
 *
 * What makes no sense is said in one line of the log.
 * Context: process, may sleep.  Return: 0, -EINVAL, -ENOMEM.
 */
int sbd_cut_parse(struct sbd_cut *c, const struct sbd_cut_params *p,
		  unsigned long pages, struct sbd_plan *plan)
{
	int nid, err;

	memset(c, 0, sizeof(*c));
	if (p->nodes < 1 || p->nodes > SBD_MAX_NODES) {
		pr_err("nodes=%u: 1 to %d\n", p->nodes, SBD_MAX_NODES);
		return -EINVAL;
	}
	c->pages = pages;
	c->nr_nodes = p->nodes;
	plan->nr_nodes = p->nodes;
	err = check_parts(c, p->zones);
	if (!err)
		err = is_auto(p->node_mb) ? share_equally(c, p) :
					    parse_node_mb(c, p);
	for (nid = 0; nid < c->nr_nodes && !err; nid++)
		if (c->node[nid].pages)
			err = parse_node(c, nid, p->zones, &plan->geo);
	return err ?: parse_distance(c, p->distance, plan) ?:
		      deal_cpus(c, p->cpu_nodes, plan);
}

/* ---- laying it out ---------------------------------------------------------- */

/**
 * struct layout - an arena that is being laid out
 * @c:	     how
 * @plan:    gets the zones
 * @pfn:     first frame that no zone has
 * @mark:    where the next zone would begin if nothing were rounded
 * @end:     of the arena
 * @rounded: something was
 */
struct layout {
	const struct sbd_cut *c;
	struct sbd_plan *plan;
	unsigned long pfn;
	unsigned long mark;
	unsigned long end;
	bool rounded;
};

static int check_cma(const struct sbd_cut *c, const struct sbd_zone_plan *p,
		     unsigned int block_order)
{
	unsigned long block = 1UL << block_order;

	if (p->cma_pages <= p->pages &&
	    (!p->cma_pages ||
	     IS_ALIGNED(p->cma_pages | (p->start_pfn + p->pages), block)))
		return 0;
	return refuse(c, p->nid, "%s:cma=%lu: not whole pageblocks (%lu KiB) at the end of the zone",
		      sbd_zone_names[p->type], p->cma_pages / MIB_PAGES,
		      block << (PAGE_SHIFT - 10));
}

/* In the middle of what is not CMA, rounded down to a cell. */
static int put_hole(const struct sbd_cut *c, struct sbd_zone_plan *p,
		    unsigned long hole)
{
	unsigned long end = p->start_pfn + p->pages - p->cma_pages;
	unsigned long pfn;

	if (!hole)
		return 0;
	if (hole < end - p->start_pfn) {
		pfn = round_down(p->start_pfn + (end - p->start_pfn - hole) / 2,
				 SBD_CELL_PAGES);
		if (pfn <= p->start_pfn)
			pfn += SBD_CELL_PAGES;
		if (pfn + hole < end) {
			p->hole_pfn = pfn;
			p->hole_pages = hole;
			return 0;
		}
	}
	return refuse(c, p->nid, "%s:hole=%lu: no room, the zone has memory on both sides of it",
		      sbd_zone_names[p->type], hole / MIB_PAGES);
}

/*
 * Two zones never share a cell, so where they meet is rounded to one; the
 * first begins and the last ends where the arena does.
 */
static int put_zone(struct layout *l, int nid, int type)
{
	const struct sbd_cut_zone *w = &l->c->node[nid].zone[type];
	struct sbd_zone_plan *p = &l->plan->zones[l->plan->nr_zones];
	unsigned long stop;

	l->mark += w->pages;
	stop = l->mark == l->end ? l->end :
	       round_down(l->mark + SBD_CELL_PAGES / 2, SBD_CELL_PAGES);
	l->rounded |= stop != l->mark;
	if (stop <= l->pfn || stop > l->end ||
	    (stop == l->end && l->mark != l->end))
		return refuse(l->c, nid, "no room for %s, or for what is above it: zones meet at multiples of %lu MiB",
			      sbd_zone_names[type], CELL_MIB);
	*p = (struct sbd_zone_plan) {
		.type = type,
		.nid = nid,
		.start_pfn = l->pfn,
		.pages = stop - l->pfn,
		.cma_pages = w->cma,
	};
	l->plan->nr_zones++;
	l->pfn = stop;
	return check_cma(l->c, p, l->plan->geo.block_order) ?:
	       put_hole(l->c, p, w->hole);
}

/**
 * sbd_cut_lay_out() - give each zone its frames
 * @c:	  parsed
 * @pfn:  first frame of the arena
 * @plan: its zones are filled in
 *
 * Context: process.  Return: 0; -EINVAL, said in one line of the log, if a zone
 * rounds to nothing, or its hole or CMA pageblocks find no room.
 */
int sbd_cut_lay_out(const struct sbd_cut *c, unsigned long pfn,
		    struct sbd_plan *plan)
{
	struct layout l = {
		.c = c, .plan = plan, .pfn = pfn, .mark = pfn,
		.end = pfn + c->pages,
	};
	int nid, type, err = 0;

	plan->nr_zones = 0;
	for (nid = 0; nid < c->nr_nodes; nid++)
		for (type = 0; type < SBD_ZONE_DEVICE && !err; type++)
			if (c->node[nid].zone[type].given)
				err = put_zone(&l, nid, type);
	if (l.rounded && !err)
		pr_info("zones: rounded, zones meet at multiples of %lu MiB\n",
			CELL_MIB);
	return err;
}

/* ---- saying it -------------------------------------------------------------- */

static size_t print_zone(const struct sbd_zone_plan *p, char *buf, size_t size)
{
	size_t len = scnprintf(buf, size, "%s:%lu", sbd_zone_names[p->type],
			       p->pages / MIB_PAGES);

	if (p->cma_pages)
		len += scnprintf(buf + len, size - len, ":cma=%lu",
				 p->cma_pages / MIB_PAGES);
	if (p->hole_pages)
		len += scnprintf(buf + len, size - len, ":hole=%lu",
				 p->hole_pages / MIB_PAGES);
	return len;
}

/**
 * sbd_cut_print() - how an arena is cut up, as the zones parameter would say it
 * @plan: laid out
 * @buf:  receives e.g. "DMA32:16,NORMAL:48/NORMAL:64/-"; MiB, rounded down
 * @size: of @buf
 *
 * Context: any.
 */
void sbd_cut_print(const struct sbd_plan *plan, char *buf, size_t size)
{
	size_t len = 0;
	int nid, i, n;

	buf[0] = '\0';
	for (nid = 0; nid < plan->nr_nodes; nid++) {
		if (nid)
			len += scnprintf(buf + len, size - len, "/");
		for (n = 0, i = 0; i < plan->nr_zones; i++) {
			if (plan->zones[i].nid != nid)
				continue;
			if (n++)
				len += scnprintf(buf + len, size - len, ",");
			len += print_zone(&plan->zones[i], buf + len, size - len);
		}
		if (!n)
			len += scnprintf(buf + len, size - len, "-");
	}
}
