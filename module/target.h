/* SPDX-License-Identifier: GPL-2.0 */
/* The free scanner of a compaction: where to move pages. */
#ifndef SBD_TARGET_H
#define SBD_TARGET_H

#include "scanner.h"

unsigned long sbd_scan_target(struct sbd_scan *s, unsigned int order);
void sbd_scan_untarget(struct sbd_scan *s, unsigned long pfn,
		       unsigned int order);
unsigned long sbd_scan_release(struct sbd_scan *s);

#endif
