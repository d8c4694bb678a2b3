// SPDX-License-Identifier: GPL-2.0
/*
 * What if: an instance under other settings, and what came of it.
 *
 * The requests are the host's, under the host's settings: pages are freed when the
 * host freed them, and a request that the host's settings delayed comes delayed.
 * Some figures stand in spite of that; of the others it is said.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "format.h"
#include "system.h"
#include "tunable.h"
#include "whatif.h"

/* ---- settings -------------------------------------------------------------------- */

static int set_profile(struct sbd_whatif *w, const char *name, struct sbd_error *err)
{
	if (sbd_profile_parse(name, &w->prof))
		return sbd_error(err, -EINVAL, name, "one of %s", sbd_profile_known());
	strscpy(w->profile, name, sizeof(w->profile));
	return 0;
}

static int set_one(struct sbd_whatif *w, char *word, struct sbd_error *err)
{
	char *value = strchr(word, '=');
	const struct sbd_tunable *t;
	int e;

	if (!value)
		return sbd_error(err, -EINVAL, word, "not key=value");
	*value++ = '\0';
	if (!strcmp(word, "profile"))
		return set_profile(w, value, err);
	t = sbd_tunable_find(word);
	if (!t)
		return sbd_error(err, -EINVAL, word, "no such tunable, nor profile=");
	e = sbd_tunable_parse(t, value, &w->tun, err);
	if (!e)
		w->set |= BIT(t - sbd_tunable);
	return e;
}

/**
 * sbd_whatif_tune() - change settings of an instance
 * @w:	  changed if all words are good
 * @args: key=value words: profile, or a tunable; cut up
 * @err:  filled, if not
 *
 * Context: process.  Return: 0, -EINVAL, -ERANGE.
 */
int sbd_whatif_tune(struct sbd_whatif *w, char *args, struct sbd_error *err)
{
	struct sbd_whatif new = *w;
	char *word;
	int e = 0;

	while (!e && (word = strsep(&args, " \t\n")))
		if (*word)
			e = set_one(&new, word, err);
	if (!e)
		*w = new;
	return e;
}

static bool good_name(const char *name)
{
	size_t i, len = strlen(name);

	for (i = 0; i < len; i++)
		if (!isalnum(name[i]) && name[i] != '_' && name[i] != '-')
			return false;
	return len && len < SBD_WHATIF_NAME && name[0] != '-' &&
	       strcmp(name, "add") && strcmp(name, "remove") && strcmp(name, "baseline");
}

/**
 * sbd_whatif_parse() - an instance from "NAME key=value ..."
 * @w:	  filled
 * @args: cut up
 * @err:  filled, if it is not good
 *
 * Context: process.  Return: 0, -EINVAL, -ERANGE.
 */
int sbd_whatif_parse(struct sbd_whatif *w, char *args, struct sbd_error *err)
{
	char *name = strsep(&args, " \t\n");

	memset(w, 0, sizeof(*w));
	if (!name || !good_name(name))
		return sbd_error(err, -EINVAL, name ?: "",
				 "a name is up to %d letters, digits, _ and -",
				 SBD_WHATIF_NAME - 1);
	strscpy(w->name, name, sizeof(w->name));
	if (sbd_profile_parse("auto", &w->prof))
		return sbd_error(err, -EOPNOTSUPP, "", "this kernel is not modelled");
	return sbd_whatif_tune(w, args, err);
}

/**
 * sbd_whatif_show() - the settings that are other than the host's
 * @w: the instance's
 * @t: appended to
 */
void sbd_whatif_show(const struct sbd_whatif *w, struct sbd_text *t)
{
	struct sbd_tunables tun = w->tun;
	int i;

	if (w->profile[0])
		sbd_text_printf(t, "profile: %s\n", w->profile);
	for (i = 0; i < SBD_NR_TUNABLES; i++)
		if (w->set & BIT(i))
			sbd_text_printf(t, "%s: %d\n", sbd_tunable[i].name,
					*sbd_tunable_of(&tun, &sbd_tunable[i]));
}

/**
 * sbd_whatif_apply() - give a clone the settings of an instance
 * @w:	  the settings
 * @sys:  just loaded: its marks and list sizes are the host's
 * @host: the host's
 *
 * What an instance changes follows as after a write to /proc/sys/vm; what it does
 * not change stays as the host has it.
 * Context: process, may sleep.
 */
void sbd_whatif_apply(const struct sbd_whatif *w, struct sbd_system *sys,
		      const struct sbd_tunables *host)
{
	struct sbd_tunables tun = *host, own = w->tun;
	int i;

	sys->tun = *host;
	if (!w->set)
		return;
	for (i = 0; i < SBD_NR_TUNABLES; i++)
		if (w->set & BIT(i))
			*sbd_tunable_of(&tun, &sbd_tunable[i]) =
				*sbd_tunable_of(&own, &sbd_tunable[i]);
	sbd_tune(sys, &tun);
}

/* ---- figures --------------------------------------------------------------------- */

/*
 * struct figure - how one is shown
 * @name:  in the table
 * @parts: it is in hundredths of a percent
 * @sound: it stands, though pages are freed when the host frees them
 */
static const struct figure {
	const char *name;
	bool parts;
	bool sound;
} figures[SBD_NR_FIGURES] = {
	[SBD_FIG_FALLBACKS] = { "fallbacks", false, true },
	[SBD_FIG_CLAIMS] = { "claims", false, true },
	[SBD_FIG_STEALS] = { "steals", false, true },
	[SBD_FIG_BOOSTS] = { "boosts", false, true },
	[SBD_FIG_BELOW_MARK] = { "below_mark", false, true },
	[SBD_FIG_REFUSED] = { "refused", false, true },
	[SBD_FIG_LARGE] = { "free_2m", false, true },
	[SBD_FIG_UNUSABLE] = { "unusable_2m_pct", true, true },
	[SBD_FIG_PCP_HITS] = { "per_cpu_hit_pct", true, false },
	[SBD_FIG_LOCKS] = { "zone_locks", false, false },
};

#define LARGE_ORDER	9	/* 2 MiB */

/**
 * sbd_figures_memory() - the figures that free blocks tell
 * @f:	     two of its figures are set
 * @nr_free: free blocks by order
 */
void sbd_figures_memory(struct sbd_figures *f, const unsigned long *nr_free)
{
	u64 all = 0, large = 0;
	int o;

	for (o = 0; o < SBD_NR_ORDERS; o++) {
		all += (u64)nr_free[o] << o;
		large += o >= LARGE_ORDER ? (u64)nr_free[o] << o : 0;
	}
	f->v[SBD_FIG_LARGE] = large >> LARGE_ORDER;
	f->v[SBD_FIG_UNUSABLE] = all ? div64_u64((all - large) * 10000, all) : 0;
}

static s64 hits(const struct sbd_totals *t)
{
	return t->pcp_hits ? div64_u64((t->pcp_hits - min(t->refills, t->pcp_hits)) * 10000,
				       t->pcp_hits) : 0;
}

/**
 * sbd_figures_of() - what a system has done and has
 * @sys:     the system, not in use
 * @refused: requests that it refused though the host did not
 * @f:	     filled
 */
void sbd_figures_of(const struct sbd_system *sys, u64 refused,
		    struct sbd_figures *f)
{
	unsigned long nr_free[SBD_NR_ORDERS];
	struct sbd_totals t;
	struct sbd_zone *z;
	int i;

	sbd_totals(sys, &t);
	sbd_nr_free(sys, nr_free);
	sbd_figures_memory(f, nr_free);
	f->v[SBD_FIG_FALLBACKS] = t.event[SBD_EV_CLAIM] + t.event[SBD_EV_STEAL];
	f->v[SBD_FIG_CLAIMS] = t.event[SBD_EV_CLAIM];
	f->v[SBD_FIG_STEALS] = t.event[SBD_EV_STEAL];
	f->v[SBD_FIG_BOOSTS] = t.event[SBD_EV_BOOST];
	f->v[SBD_FIG_BELOW_MARK] = 0;
	sbd_for_each_zone(sys, i, z)
		f->v[SBD_FIG_BELOW_MARK] += atomic64_read(&z->below_mark);
	f->v[SBD_FIG_REFUSED] = refused;
	f->v[SBD_FIG_PCP_HITS] = hits(&t);
	f->v[SBD_FIG_LOCKS] = t.lock.taken;
}

/* A figure, right-aligned. */
static void print_one(struct sbd_text *t, const struct figure *f, s64 v)
{
	char buf[32];

	if (v == SBD_FIG_UNKNOWN)
		snprintf(buf, sizeof(buf), "-");
	else if (f->parts)
		snprintf(buf, sizeof(buf), "%s%lld.%02lld", v < 0 ? "-" : "",
			 abs(v) / 100, abs(v) % 100);
	else
		snprintf(buf, sizeof(buf), "%lld", v);
	sbd_text_printf(t, " %12s", buf);
}

/* Against the baseline: what is no further apart than that is from the host is no answer. */
static void print_what_if(struct sbd_text *t, const struct figure *f, s64 base, s64 v,
			  s64 error)
{
	print_one(t, f, v);
	if (error != SBD_FIG_UNKNOWN && abs(v - base) <= error)
		sbd_text_printf(t, " %12s", v == base ? "same" : "within_error");
	else if (v == base)
		sbd_text_printf(t, " %12s", "same");
	else
		print_one(t, f, v - base);
}

/**
 * sbd_figures_print() - the table
 * @t:	   appended to
 * @host:  the host's figures
 * @own:   the baseline's, then the others'
 * @names: of the instances
 * @nr:	   how many there are
 *
 * Columns: figure host baseline error, then two for each instance: its figure, and
 * by how much that is apart from the baseline's; last, whether the figure is sound
 * or an open loop's.
 */
void sbd_figures_print(struct sbd_text *t, const struct sbd_figures *host,
		       const struct sbd_figures *own, const char * const *names,
		       int nr)
{
	s64 error;
	int i, k;

	sbd_text_printf(t, "%-16s %12s %12s %12s", "figure", "host", "baseline", "error");
	for (k = 1; k < nr; k++)
		sbd_text_printf(t, " %12s %12s", names[k], "change");
	sbd_text_printf(t, " kind\n");
	for (i = 0; i < SBD_NR_FIGURES; i++) {
		error = host->v[i] == SBD_FIG_UNKNOWN ? SBD_FIG_UNKNOWN :
						       abs(host->v[i] - own->v[i]);
		sbd_text_printf(t, "%-16s", figures[i].name);
		print_one(t, &figures[i], host->v[i]);
		print_one(t, &figures[i], own->v[i]);
		print_one(t, &figures[i], error);
		for (k = 1; k < nr; k++)
			print_what_if(t, &figures[i], own->v[i], own[k].v[i], error);
		sbd_text_printf(t, " %s\n", figures[i].sound ? "sound" : "open_loop");
	}
}
