/* SPDX-License-Identifier: GPL-2.0 */
/* A text that grows: what files and results are printed into. */
#ifndef SBD_TEXT_H
#define SBD_TEXT_H

#include <linux/types.h>

/**
 * struct sbd_text - a growing text
 * @buf:   vmalloc()ed, NUL-terminated
 * @len:   bytes used, without the NUL
 * @size:  bytes allocated
 * @error: a printf that could not be kept: -ENOMEM
 */
struct sbd_text {
	char *buf;
	size_t len;
	size_t size;
	int error;
};

__printf(2, 3)
void sbd_text_printf(struct sbd_text *t, const char *fmt, ...);
void sbd_text_free(struct sbd_text *t);

#endif
