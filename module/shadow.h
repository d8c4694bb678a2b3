/* SPDX-License-Identifier: GPL-2.0 */
/* The loaded module's one shadow: an arena, the system on it, who may use it. */
#ifndef SBD_SHADOW_H
#define SBD_SHADOW_H

#include <linux/workqueue.h>

#include "arena.h"
#include "cut.h"
#include "system.h"

/**
 * struct sbd_shadow - the arena's system and its keeper
 * @arena:  the memory
 * @sys:    the system on it
 * @plan:   what the system was built from
 * @use:    held by whoever runs an experiment or resets; see sbd_shadow_claim()
 * @vmstat: the worker that folds counters and decays per-CPU lists
 */
struct sbd_shadow {
	struct sbd_arena arena;
	struct sbd_system *sys;
	struct sbd_plan *plan;
	struct mutex use;	/* whoever runs an experiment or resets */
	struct delayed_work vmstat;
};

/**
 * struct sbd_shadow_params - module parameters, as given
 * @arena_mb: size
 * @backend:  "auto", "cma" or "contig"
 * @profile:  "auto" or a kernel version
 * @cut:      nodes and zones
 */
struct sbd_shadow_params {
	unsigned int arena_mb;
	const char *backend;
	const char *profile;
	struct sbd_cut_params cut;
};

int sbd_shadow_init(struct sbd_shadow *s, const struct sbd_shadow_params *p);
void sbd_shadow_exit(struct sbd_shadow *s);
void sbd_shadow_zones(const struct sbd_shadow *s, char *buf, size_t size);

int sbd_shadow_claim(struct sbd_shadow *s);
void sbd_shadow_unclaim(struct sbd_shadow *s);
void sbd_shadow_pause_vmstat(struct sbd_shadow *s);
void sbd_shadow_resume_vmstat(struct sbd_shadow *s);
void sbd_shadow_reset(struct sbd_shadow *s);

#endif
