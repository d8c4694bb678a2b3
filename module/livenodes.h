/* SPDX-License-Identifier: GPL-2.0 */
/* The host's order of nodes and its lowmem reserves, and what the model makes. */
#ifndef SBD_LIVENODES_H
#define SBD_LIVENODES_H

#include "text.h"

void sbd_livenodes_show(struct sbd_text *t);

#endif
