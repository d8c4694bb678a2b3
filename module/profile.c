// SPDX-License-Identifier: GPL-2.0
/*
 * What a kernel version does.  A rule that changed inside a stable series is
 * keyed on the sublevel; the release or commit stands in profile.h.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "compat.h"
#include "profile.h"

/**
 * struct series - one stable series that can be modelled
 * @major: of the series
 * @minor: of the series
 * @oldest: first sublevel whose rules are all known
 * @newest: the sublevel that "MAJOR.MINOR" alone stands for, last one checked
 */
struct series {
	u16 major, minor, oldest, newest;
};

static const struct series known[] = {
	{ 6, 1, 119, 192 },
	{ 6, 12, 0, 117 },
};

/* At this sublevel or later in its series, or in any later series. */
static bool since(const struct sbd_profile *p, u16 minor, u16 sublevel)
{
	return p->minor > minor || (p->minor == minor && p->sublevel >= sublevel);
}

static void fill_61(struct sbd_profile *p)
{
	p->fallback = SBD_FALLBACK_MOVE;
	p->boost_wakes_always = true;
	p->cma_skips_pcp = true;
	p->lru_batch = 15;
	p->suitable_unmet = true;
	p->highatomic_needs_high = since(p, 1, 158);
}

static void fill_612(struct sbd_profile *p)
{
	p->fallback = since(p, 12, 29) ? SBD_FALLBACK_CLAIM : SBD_FALLBACK_TAKE;
	p->type_hygiene = true;
	p->pcp_autotune = true;
	p->below_high = true;
	p->drain_counts = true;
	p->highatomic_free = true;
	p->highatomic_floor = true;
	p->highatomic_order = true;
	p->unboosted_by_reserve = true;
	p->movable_min_small = true;
	p->zoneinfo_promo = true;
	p->lru_batch = 31;
	p->compact_orders = true;
	p->counts_node_reclaim = true;
	p->cost_of_rotation = true;
	p->compact_finish = true;
	p->compact_nofs = true;
	p->compact_cpuset = true;
	p->capture_movable = true;
	p->capture_early = true;
	p->weighted_interleave = true;
	p->zonelist_skips_empty = true;
	p->highatomic_needs_high = since(p, 12, 57);
	p->merge_rewrites_all = since(p, 12, 69);
	p->decay_batched = since(p, 12, 69);
}

static const struct series *find_series(unsigned int major, unsigned int minor)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].major == major && known[i].minor == minor)
			return &known[i];
	return NULL;
}

static int running(struct sbd_profile *prof)
{
	const struct series *s = find_series(SBD_BUILD_MAJOR, SBD_BUILD_MINOR);

	if (!s)
		return -ENOENT;
	prof->major = s->major;
	prof->minor = s->minor;
	prof->sublevel = SBD_BUILD_SUBLEVEL;
	scnprintf(prof->name, sizeof(prof->name), "%u.%u.%u", s->major,
		  s->minor, prof->sublevel);
	return 0;
}

/* "6.12" or "6.12.28", to the last character.  Return: how many numbers. */
static int numbers(const char *name, unsigned int *v)
{
	int end = 0;

	if (sscanf(name, "%2u.%2u.%3u%n", &v[0], &v[1], &v[2], &end) == 3 &&
	    !name[end])
		return 3;
	if (sscanf(name, "%2u.%2u%n", &v[0], &v[1], &end) == 2 && !name[end])
		return 2;
	return 0;
}

static int named(const char *name, struct sbd_profile *prof)
{
	const struct series *s;
	unsigned int v[3];
	int n = numbers(name, v);

	if (!n)
		return -EINVAL;
	s = find_series(v[0], v[1]);
	if (!s)
		return -ENOENT;
	prof->major = s->major;
	prof->minor = s->minor;
	prof->sublevel = n == 3 ? v[2] : s->newest;
	strscpy(prof->name, name, sizeof(prof->name));
	return 0;
}

/**
 * sbd_profile_parse() - the profile of a name
 * @name: "auto" (the kernel that the module was built for), "6.1", "6.12" (the
 *	  newest sublevel that was checked), or with a sublevel, "6.12.28"
 * @prof: filled
 *
 * Context: any.  Return: 0, -EINVAL if @name is no version, -ENOENT if that
 * kernel is not modelled.
 */
int sbd_profile_parse(const char *name, struct sbd_profile *prof)
{
	const struct series *s;
	int err;

	memset(prof, 0, sizeof(*prof));
	err = strcmp(name, "auto") ? named(name, prof) : running(prof);
	if (err)
		return err;
	s = find_series(prof->major, prof->minor);
	if (prof->sublevel < s->oldest)
		return -ENOENT;
	if (prof->minor == 1)
		fill_61(prof);
	else
		fill_612(prof);
	return 0;
}

/**
 * sbd_profile_known() - what can be asked for
 *
 * Return: a text for error messages.
 */
const char *sbd_profile_known(void)
{
	return "auto, 6.1 (from 6.1.119), 6.12 (from 6.12.0)";
}
