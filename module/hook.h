/* SPDX-License-Identifier: GPL-2.0 */
/* Functions of the kernel that do what no event tells. */
#ifndef SBD_HOOK_H
#define SBD_HOOK_H

#include "ring.h"

#define SBD_ALL_HOOKS	(BIT(SBD_NR_HOOKS) - 1)

const char *sbd_hook_name(int hook);
unsigned int sbd_hooks_start(struct sbd_rings *rings, unsigned int mask);
void sbd_hooks_stop(struct sbd_rings *rings, unsigned int mask);
unsigned long sbd_hooks_missed(unsigned int mask);

#endif
