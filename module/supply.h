/* SPDX-License-Identifier: GPL-2.0 */
/* What free blocks offer to a request of some order. */
#ifndef SBD_SUPPLY_H
#define SBD_SUPPLY_H

#include "sbd.h"

int sbd_fragindex(const unsigned long *nr_free, unsigned int order);
int sbd_unusable_index(const unsigned long *nr_free, unsigned int order);
unsigned int sbd_extfrag(const unsigned long *nr_free, unsigned int order);
void sbd_zone_nr_free(const struct sbd_zone *z, unsigned long *nr_free);

#endif
