/* SPDX-License-Identifier: GPL-2.0 */
/* What if: an instance under other settings, and what came of it. */
#ifndef SBD_WHATIF_H
#define SBD_WHATIF_H

#include "errlog.h"
#include "profile.h"
#include "sbd.h"
#include "text.h"

#define SBD_WHATIF_NAME	16

/**
 * struct sbd_whatif - what is other than on the host
 * @name:    of the instance
 * @prof:    whose behaviour
 * @profile: as it was asked for; "" if it is the host's
 * @set:     mask of enum sbd_tunable_id
 * @tun:     values of those in @set
 */
struct sbd_whatif {
	char name[SBD_WHATIF_NAME];
	struct sbd_profile prof;
	char profile[16];
	unsigned int set;
	struct sbd_tunables tun;
};

enum sbd_figure {
	SBD_FIG_FALLBACKS,	/* requests served by another type's block */
	SBD_FIG_CLAIMS,		/* of these: the pageblock was claimed */
	SBD_FIG_STEALS,		/* of these: it was not */
	SBD_FIG_BOOSTS,		/* watermark boosts */
	SBD_FIG_BELOW_MARK,	/* times that a zone had too little for a request */
	SBD_FIG_REFUSED,	/* requests that no zone served, though the host did */
	SBD_FIG_LARGE,		/* free blocks of 2 MiB and more, in 2 MiB */
	SBD_FIG_UNUSABLE,	/* free pages in smaller ones, hundredths of a percent */
	SBD_FIG_PCP_HITS,	/* per-CPU list hits, hundredths of a percent */
	SBD_FIG_LOCKS,		/* zone lock acquisitions */
	SBD_NR_FIGURES,
};

#define SBD_FIG_UNKNOWN	S64_MIN	/* of the host, where nothing tells */

/**
 * struct sbd_figures - one instance's, or the host's
 * @v: enum sbd_figure
 */
struct sbd_figures {
	s64 v[SBD_NR_FIGURES];
};

int sbd_whatif_parse(struct sbd_whatif *w, char *args, struct sbd_error *err);
int sbd_whatif_tune(struct sbd_whatif *w, char *args, struct sbd_error *err);
void sbd_whatif_show(const struct sbd_whatif *w, struct sbd_text *t);
void sbd_whatif_apply(const struct sbd_whatif *w, struct sbd_system *sys,
		      const struct sbd_tunables *host);

void sbd_figures_memory(struct sbd_figures *f, const unsigned long *nr_free);
void sbd_figures_of(const struct sbd_system *sys, u64 refused,
		    struct sbd_figures *f);
void sbd_figures_print(struct sbd_text *t, const struct sbd_figures *host,
		       const struct sbd_figures *own, const char * const *names,
		       int nr);

#endif
