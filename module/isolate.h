/* SPDX-License-Identifier: GPL-2.0 */
/* Taking pageblocks and free blocks out of use. */
#ifndef SBD_ISOLATE_H
#define SBD_ISOLATE_H

#include "sbd.h"

bool sbd_isolate_block(struct sbd_zone *z, int cpu, unsigned long pfn);
void sbd_unisolate_block(struct sbd_zone *z, int cpu, unsigned long pfn,
			 int mt);
unsigned long sbd_isolate_free(struct sbd_zone *z, int cpu,
			       struct sbd_frame *f);
void sbd_putback_isolated(struct sbd_zone *z, int cpu, struct sbd_frame *f);

#endif
