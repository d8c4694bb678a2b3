/* SPDX-License-Identifier: GPL-2.0 */
/* The tunables by their names in /proc/sys/vm: reading, checking, printing. */
#ifndef SBD_TUNABLE_H
#define SBD_TUNABLE_H

#include "errlog.h"
#include "sbd.h"
#include "text.h"

/**
 * struct sbd_tunable - one number of struct sbd_tunables
 * @name:   as in /proc/sys/vm
 * @offset: where
 * @min:    least
 * @max:    greatest
 * @also:   another value allowed, below @min
 */
struct sbd_tunable {
	const char *name;
	size_t offset;
	int min;
	int max;
	int also;
};

enum sbd_tunable_id {
	SBD_TUN_MIN_FREE,
	SBD_TUN_SCALE,
	SBD_TUN_BOOST,
	SBD_TUN_PCP_FRACTION,
	SBD_TUN_STAT_INTERVAL,
	SBD_NR_TUNABLES,
};

extern const struct sbd_tunable sbd_tunable[SBD_NR_TUNABLES];

static inline int *sbd_tunable_of(struct sbd_tunables *tun, const struct sbd_tunable *t)
{
	return (int *)((void *)tun + t->offset);
}

/**
 * struct sbd_vm_tunable - one number of struct sbd_vm_tunables
 * @name:   as in /proc/sys/vm, where the kernel has it
 * @offset: where
 * @min:    least
 * @max:    greatest
 *
 * No part of a recording, as those of struct sbd_tunables are.
 */
struct sbd_vm_tunable {
	const char *name;
	size_t offset;
	int min;
	int max;
};

enum sbd_vm_tunable_id {
	SBD_VM_TUN_SWAPPINESS,
	SBD_VM_TUN_DIRTY,
	SBD_VM_TUN_DIRTY_BACKGROUND,
	SBD_VM_TUN_ZONE_RECLAIM,
	SBD_VM_TUN_MIN_UNMAPPED,
	SBD_VM_TUN_MIN_SLAB,
	SBD_VM_TUN_PROACTIVENESS,
	SBD_VM_TUN_EXTFRAG,
	SBD_VM_TUN_SWAP_MB,
	SBD_VM_TUN_WRITEBACK_MS,
	SBD_NR_VM_TUNABLES,
};

extern const struct sbd_vm_tunable sbd_vm_tunable[SBD_NR_VM_TUNABLES];

int sbd_vm_tunable_get(const struct sbd_vm_tunables *vm,
		       const struct sbd_vm_tunable *t);
int sbd_vm_tunable_set(struct sbd_vm_tunables *vm,
		       const struct sbd_vm_tunable *t, const char *text,
		       struct sbd_error *err);
const struct sbd_tunable *sbd_tunable_find(const char *name);
int sbd_tunable_parse(const struct sbd_tunable *t, const char *text,
		      struct sbd_tunables *to, struct sbd_error *err);
int sbd_tunables_of_host(struct sbd_tunables *tun);

#endif
