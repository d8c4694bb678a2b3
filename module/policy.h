/* SPDX-License-Identifier: GPL-2.0 */
/* Memory policies: on which nodes a task's pages shall be. */
#ifndef SBD_POLICY_H
#define SBD_POLICY_H

#include "sbd.h"

/**
 * struct sbd_choice - where one request looks
 * @nid:      whose zonelist
 * @nodes:    mask of nodes that will do
 * @strict:   false: if these have nothing, all nodes are tried (PREFERRED_MANY)
 * @interleaved: the node was chosen by turns, and a hit is to be counted
 */
struct sbd_choice {
	int nid;
	u8 nodes;
	bool strict;
	bool interleaved;
};

extern const char * const sbd_policy_names[];

bool sbd_policy_known(const struct sbd_system *sys, unsigned int mode);
void sbd_policy_set(struct sbd_task *t, const struct sbd_policy *p);
void sbd_policy_choose(const struct sbd_system *sys, struct sbd_task *t,
		       gfp_t gfp, unsigned int order, struct sbd_choice *c);

#endif
