/* SPDX-License-Identifier: GPL-2.0 */
/* The host's nodes, and what the model would have made of them. */
#ifndef SBD_HOSTNODES_H
#define SBD_HOSTNODES_H

#include "text.h"

void sbd_hostnodes_show(struct sbd_text *t);

#endif
