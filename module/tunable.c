// SPDX-License-Identifier: GPL-2.0
/* The tunables by their names in /proc/sys/vm. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "compat.h"
#include "live.h"
#include "system.h"
#include "tunable.h"

#define TUNABLE(field, lo, hi, extra) \
	{ #field, offsetof(struct sbd_tunables, field), lo, hi, extra }

const struct sbd_tunable sbd_tunable[SBD_NR_TUNABLES] = {
	[SBD_TUN_MIN_FREE] = TUNABLE(min_free_kbytes, 0, INT_MAX, 0),
	[SBD_TUN_SCALE] = TUNABLE(watermark_scale_factor, 1, 3000, 1),
	[SBD_TUN_BOOST] = TUNABLE(watermark_boost_factor, 0, INT_MAX, 0),
	[SBD_TUN_PCP_FRACTION] = TUNABLE(percpu_pagelist_high_fraction, 8, INT_MAX, 0),
	[SBD_TUN_STAT_INTERVAL] = TUNABLE(stat_interval, 0, 3600, 0),
};

/**
 * sbd_tunable_find() - a tunable by its name
 * @name: as in /proc/sys/vm
 *
 * Context: any.  Return: NULL if there is none.
 */
const struct sbd_tunable *sbd_tunable_find(const char *name)
{
	int i;

	for (i = 0; i < SBD_NR_TUNABLES; i++)
		if (!strcmp(sbd_tunable[i].name, name))
			return &sbd_tunable[i];
	return NULL;
}

/**
 * sbd_tunable_parse() - a number for a tunable
 * @t:	  which
 * @text: what was written
 * @to:	  changed, if it is good
 * @err:  filled, if not
 *
 * Context: any.  Return: 0, -EINVAL, -ERANGE.
 */
int sbd_tunable_parse(const struct sbd_tunable *t, const char *text,
		      struct sbd_tunables *to, struct sbd_error *err)
{
	int v, e = kstrtoint(text, 0, &v);

	if (e && e != -ERANGE)
		return sbd_error(err, -EINVAL, text, "not a number");
	if (e || ((v < t->min || v > t->max) && v != t->also))
		return sbd_error(err, -ERANGE, text, "from %d to %d%s", t->min,
				 t->max, t->also < t->min ? ", or 0" : "");
	*sbd_tunable_of(to, t) = v;
	return 0;
}

/* ---- reclaim, compaction, placement -------------------------------------------- */

#define VM_TUNABLE(field, lo, hi) \
	{ #field, offsetof(struct sbd_vm_tunables, field), lo, hi }

/* Ranges of vm_table in kernel/sysctl.c; the last two stand for a disk. */
const struct sbd_vm_tunable sbd_vm_tunable[SBD_NR_VM_TUNABLES] = {
	[SBD_VM_TUN_SWAPPINESS] = VM_TUNABLE(swappiness, 0, 200),
	[SBD_VM_TUN_DIRTY] = VM_TUNABLE(dirty_ratio, 0, 100),
	[SBD_VM_TUN_DIRTY_BACKGROUND] = VM_TUNABLE(dirty_background_ratio, 0, 100),
	[SBD_VM_TUN_ZONE_RECLAIM] = VM_TUNABLE(zone_reclaim_mode, 0, 7),
	[SBD_VM_TUN_MIN_UNMAPPED] = VM_TUNABLE(min_unmapped_ratio, 0, 100),
	[SBD_VM_TUN_MIN_SLAB] = VM_TUNABLE(min_slab_ratio, 0, 100),
	[SBD_VM_TUN_PROACTIVENESS] = VM_TUNABLE(compaction_proactiveness, 0, 100),
	[SBD_VM_TUN_EXTFRAG] = VM_TUNABLE(extfrag_threshold, 0, 1000),
	[SBD_VM_TUN_SWAP_MB] = VM_TUNABLE(swap_mb, 0, 65536),
	[SBD_VM_TUN_WRITEBACK_MS] = VM_TUNABLE(writeback_ms, 0, 10000),
};

/**
 * sbd_vm_tunable_get() - read one of these numbers
 * @vm: where
 * @t:	which
 *
 * Context: any.  Return: its value.
 */
int sbd_vm_tunable_get(const struct sbd_vm_tunables *vm,
		       const struct sbd_vm_tunable *t)
{
	return READ_ONCE(*(const int *)((const void *)vm + t->offset));
}

/**
 * sbd_vm_tunable_set() - write one of these numbers
 * @vm:	  where; may be in use, whoever reads a number there does so once
 * @t:	  which
 * @text: what was written
 * @err:  filled, if it is refused
 *
 * Context: any.  Return: 0; -EINVAL, -ERANGE and nothing changed.
 */
int sbd_vm_tunable_set(struct sbd_vm_tunables *vm,
		       const struct sbd_vm_tunable *t, const char *text,
		       struct sbd_error *err)
{
	int v, e = kstrtoint(text, 0, &v);

	if (e && e != -ERANGE)
		return sbd_error(err, -EINVAL, text, "not a number");
	if (e || v < t->min || v > t->max)
		return sbd_error(err, -ERANGE, text, "from %d to %d", t->min, t->max);
	WRITE_ONCE(*(int *)((void *)vm + t->offset), v);
	return 0;
}

/* ---- the host's ----------------------------------------------------------------- */

static void read_ratios(struct sbd_tunables *tun)
{
	char text[96], *rest = text, *word;
	int type = 0;

	if (sbd_live_read("/proc/sys/vm/lowmem_reserve_ratio", text, sizeof(text)))
		return;
	while ((word = strsep(&rest, " \t"))) {
		while (type < SBD_NR_ZONES && sbd_live_zone_idx(type) < 0)
			type++;
		if (type == SBD_NR_ZONES)
			return;
		if (!kstrtoint(word, 0, &tun->lowmem_reserve_ratio[type]))
			type++;
	}
}

/**
 * sbd_tunables_of_host() - what /proc/sys/vm holds
 * @tun: filled; what cannot be read has the kernel's default
 *
 * Context: process, may sleep.  Return: 0 or the errno of the first that could not
 * be read.
 */
int sbd_tunables_of_host(struct sbd_tunables *tun)
{
	int i, e, err = 0;
	char path[64];
	long v;

	sbd_tunables_default(tun);
	for (i = 0; i < SBD_NR_TUNABLES; i++) {
		snprintf(path, sizeof(path), "/proc/sys/vm/%s", sbd_tunable[i].name);
		e = sbd_live_number(path, &v);
		if (!e)
			*sbd_tunable_of(tun, &sbd_tunable[i]) = v;
		err = err ?: e;
	}
	tun->user_min_free_kbytes = tun->min_free_kbytes;
	read_ratios(tun);
	return err;
}
