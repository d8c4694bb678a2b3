/* SPDX-License-Identifier: GPL-2.0 */
/* What the host's allocator does, as it does it: probes that write into rings. */
#ifndef SBD_OBSERVE_H
#define SBD_OBSERVE_H

#include "hook.h"
#include "ring.h"

/**
 * struct sbd_observer - one who is told all that happens
 * @rings:   where it is written
 * @hooks:   mask of hooks wanted; then of those that are there; bit 0 is the first
 * @missed:  calls that hooks had not seen when it started; once stopped, since then
 * @stopped: no more comes
 */
struct sbd_observer {
	struct sbd_rings rings;
	unsigned int hooks;
	unsigned long missed;
	bool stopped;
};

int sbd_observe_start(struct sbd_observer *o, u32 cap);
void sbd_observe_stop(struct sbd_observer *o);
void sbd_observe_destroy(struct sbd_observer *o);
u64 sbd_observe_missed(const struct sbd_observer *o);
const char *sbd_observe_missing(void);

#endif
