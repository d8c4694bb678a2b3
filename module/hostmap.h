/* SPDX-License-Identifier: GPL-2.0 */
/* The host's pageblocks as a picture. */
#ifndef SBD_HOSTMAP_H
#define SBD_HOSTMAP_H

#include "text.h"

void sbd_hostmap_show(struct sbd_text *t);

#endif
