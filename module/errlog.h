/* SPDX-License-Identifier: GPL-2.0 */
/* Why a write was refused: the last few reasons. */
#ifndef SBD_ERRLOG_H
#define SBD_ERRLOG_H

#include <linux/types.h>

#include "text.h"

/**
 * struct sbd_error - one refusal in the making
 * @word: the word that was wrong, "" if it is about the whole
 * @why:  what was wrong with it
 */
struct sbd_error {
	char word[40];
	char why[96];
};

__printf(4, 5)
int sbd_error(struct sbd_error *e, int err, const char *word,
	      const char *why, ...);
void sbd_errlog_add(const char *file, const char *text, size_t len,
		    const struct sbd_error *e, int err);
void sbd_errlog_show(struct sbd_text *t);

#endif
