/* SPDX-License-Identifier: GPL-2.0 */
/* Moving an isolated owner's page to another frame. */
#ifndef SBD_MIGRATE_H
#define SBD_MIGRATE_H

#include "lru.h"
#include "suitable.h"

int sbd_migrate(struct sbd_owners *own, int cpu, u32 o, unsigned long target,
		enum sbd_compact_mode mode);

#endif
