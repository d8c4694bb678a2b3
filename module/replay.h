/* SPDX-License-Identifier: GPL-2.0 */
/* Scripts of requests, served by the shadow from its initial state. */
#ifndef SBD_REPLAY_H
#define SBD_REPLAY_H

#include "experiment.h"

#define SBD_REPLAY_MAX_BYTES	(4UL << 20)	/* of script text */

extern struct sbd_experiment sbd_replay;

int sbd_replay_set_script(const char *text, size_t len, struct sbd_error *err);
int sbd_replay_put_back(const char *text, size_t len);
int sbd_replay_get_script(struct sbd_text *out);
void sbd_replay_free_script(void);

#endif
