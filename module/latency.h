/* SPDX-License-Identifier: GPL-2.0 */
/* How long the host's allocator takes to answer a request. */
#ifndef SBD_LATENCY_H
#define SBD_LATENCY_H

#include "text.h"

int sbd_latency_start(void);
void sbd_latency_stop(void);
void sbd_latency_reset(void);
void sbd_latency_show(struct sbd_text *t);
void sbd_latency_exit(void);

#endif
