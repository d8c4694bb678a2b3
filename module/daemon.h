/* SPDX-License-Identifier: GPL-2.0 */
/* Threads that reclaim, compact and write in the background. */
#ifndef SBD_DAEMON_H
#define SBD_DAEMON_H

#include "sbd.h"

int sbd_daemons_start(struct sbd_system *sys);
void sbd_daemons_stop(struct sbd_system *sys);

#endif
