/* SPDX-License-Identifier: GPL-2.0 */
/* Following the host: who reads the rings and serves the mirrors. */
#ifndef SBD_FOLLOW_H
#define SBD_FOLLOW_H

#include "errlog.h"
#include "stream.h"
#include "text.h"

#define SBD_FOLLOW_WHATIFS	(SBD_STREAM_INSTANCES - 1)

int sbd_follow_enable(char *args, struct sbd_error *err);
int sbd_follow_resnap(struct sbd_error *err);
void sbd_follow_show_enable(struct sbd_text *t);
void sbd_follow_result(struct sbd_text *t);
void sbd_follow_series(struct sbd_text *t);

int sbd_follow_add(char *args, struct sbd_error *err);
int sbd_follow_remove(const char *name, struct sbd_error *err);
int sbd_follow_tune(int slot, char *args, struct sbd_error *err);
void sbd_follow_show_tunables(int slot, struct sbd_text *t);
bool sbd_follow_name(int slot, char *name);

ssize_t sbd_follow_recording(char __user *to, size_t len, loff_t *pos);
int sbd_follow_replay(const void *buf, size_t len, struct sbd_error *err);
void sbd_follow_exit(void);

#endif
