// SPDX-License-Identifier: GPL-2.0
/* A text that grows: what files and results are printed into. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "text.h"

/* Make room for @more bytes and a NUL. */
static int text_grow(struct sbd_text *t, size_t more)
{
	size_t size = max_t(size_t, PAGE_SIZE, t->size);
	char *buf;

	if (t->len + more < t->size)
		return 0;
	while (size <= t->len + more)
		size *= 2;
	buf = vzalloc(size);
	if (!buf)
		return -ENOMEM;
	if (t->len)
		memcpy(buf, t->buf, t->len);
	vfree(t->buf);
	t->buf = buf;
	t->size = size;
	return 0;
}

/**
 * sbd_text_printf() - append to a text
 * @t:	 the text
 * @fmt: printf format
 *
 * What cannot be kept for want of memory sets @t->error.
 * Context: process, may sleep.
 */
void sbd_text_printf(struct sbd_text *t, const char *fmt, ...)
{
	va_list args, again;
	int n;

	va_start(args, fmt);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, args);
	if (text_grow(t, n + 1))
		t->error = -ENOMEM;
	else
		t->len += vsnprintf(t->buf + t->len, t->size - t->len, fmt, again);
	va_end(again);
	va_end(args);
}

/**
 * sbd_text_free() - free a text's memory; it is empty then
 * @t: the text
 */
void sbd_text_free(struct sbd_text *t)
{
	vfree(t->buf);
	memset(t, 0, sizeof(*t));
}
