/* SPDX-License-Identifier: GPL-2.0 */
/* Listening to the host: its allocator's rates, lists, fallbacks and latency. */
#ifndef SBD_LISTEN_H
#define SBD_LISTEN_H

#include "errlog.h"
#include "text.h"

struct sbd_system;

enum sbd_listen_table {
	SBD_LISTEN_RATES,
	SBD_LISTEN_LISTS,
	SBD_LISTEN_FALLBACKS,
};

int sbd_listen_enable(char *args, struct sbd_system *sys, struct sbd_error *err);
void sbd_listen_show_enable(struct sbd_text *t);
void sbd_listen_reset(struct sbd_system *sys);
void sbd_listen_show(struct sbd_text *t, enum sbd_listen_table table);
void sbd_listen_exit(void);

#endif
