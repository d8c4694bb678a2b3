/* SPDX-License-Identifier: GPL-2.0 */
/* Following the host: who reads the rings and serves the mirrors. */
#ifndef SBD_FOLLOW_H
#define SBD_FOLLOW_H

#include "errlog.h"
#include "text.h"

int sbd_follow_enable(char *args, struct sbd_error *err);
void sbd_follow_show_enable(struct sbd_text *t);
void sbd_follow_result(struct sbd_text *t);
void sbd_follow_exit(void);

#endif
