/* SPDX-License-Identifier: GPL-2.0 */
/* The migration scanner of a compaction: which pages to move. */
#ifndef SBD_SOURCE_H
#define SBD_SOURCE_H

#include "scanner.h"

void sbd_scan_putback(struct sbd_scan *s);
int sbd_scan_migratable(struct sbd_scan *s);

#endif
